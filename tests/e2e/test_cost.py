# SPDX-License-Identifier: Apache-2.0
"""davy cost: published and worked-out figures come out of the command, and each says where it is from."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

DAVY = os.environ['DAVY']


def cost(*options, code=0):
    run = subprocess.run([DAVY, 'cost', *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.returncode == code, (run.returncode, run.stderr)
    return run


def answer(*options):
    doc = json.loads(cost('-f', 'json', *options).stdout)
    assert doc['schema'] == 'davy.cost/1'
    doc['by_name'] = {f['name']: f for f in doc['results'] + doc['inputs']}
    return doc


class Cost(unittest.TestCase):
    def near(self, figure, low, high=None):
        self.assertAlmostEqual(figure['low'], low, 2)
        self.assertAlmostEqual(figure['high'], low if high is None else high, 2)

    def test_burstable_month(self):
        f = answer('-i', 't3.large', '-c', '100', '-b', '13')['by_name']
        self.near(f['month_before'], 60.74)
        self.near(f['month_used'], 111.84)
        self.near(f['direct'], 50.38, 51.1)
        self.assertEqual(f['cpu']['basis'], 'given')
        self.assertEqual(f['price']['basis'], 'cited')
        self.assertTrue(f['price']['source'])

    def test_trend_micro_and_a_fleet(self):
        doc = answer('-m', 'trend-micro', '-c', '100', '-b', '13', '-n', '40')
        self.assertEqual(doc['model'], 'trend-micro')
        self.near(doc['by_name']['month_before'], 20)
        self.near(doc['by_name']['month_used'], 130)
        self.near(doc['by_name']['direct'], 4400)

    def test_new_machines_and_time_to_alert(self):
        f = answer('-i', 'c5.24xlarge', '--new', '-n', '20', '-t', '6h', '-a', '45m', '-c', '100')['by_name']
        self.near(f['direct'], 4.08 * 20 * 6)
        self.near(f['until_alert'], 4.08 * 20 * 0.75)
        self.assertNotIn('opportunity', f)

    def test_machines_that_the_other_started_are_not_this_one(self):
        """Without --cpu they are used wholly, whatever this machine does."""
        doc = answer('-i', 'c5.24xlarge', '--new', '-t', '6h')
        f = doc['by_name']
        self.assertEqual((f['cpu']['low'], f['cpu']['basis']), (1, 'assumed'))
        self.assertNotIn('waiting_10s', f)
        self.assertEqual(f['attacker_per_day'], answer('-i', 'c5.24xlarge', '--new', '-t', '6h', '-c', '100')['by_name']['attacker_per_day'])
        self.assertEqual(answer('-i', 'c5.24xlarge', '--new', '--measure', '0.1')['by_name']['cpu']['basis'], 'measured')

    def test_the_head_has_all_of_the_bill(self):
        """Traffic is on the bill, and what is not on it but was used by another stands beside it."""
        head = cost('-c', '0', '-e', '2T').stdout.splitlines()[1]
        self.assertIn('more on the bill: 171.00 USD (', head)
        head = cost('-c', '100').stdout
        self.assertRegex(' '.join(head.split('\n\n')[0].split()), r'more on the bill: 0.00 USD · paid by you, used by another: [1-9]')

    def test_traffic_by_tiers(self):
        f = answer('-c', '0', '-e', '2T')['by_name']
        self.near(f['traffic'], 171)
        self.near(f['bill'], 171)
        self.near(answer('-c', '0', '-e', '50G', '--way', 'region')['by_name']['traffic'], 1)

    def test_ratio_of_given_figures(self):
        f = answer('-c', '100', '--vcpus', '1', '--vcpu-hashrate', '721', '--network-hashrate', '2.5G', '--coin-price', '207')['by_name']
        self.near(f['ratio'], 1.02 / (721 / 2.5e9 * 432 * 207))
        self.assertEqual([r['low'] for r in answer('-c', '1')['results'] if r['name'] == 'published_ratio'], [53, 56])

    def test_load_is_measured(self):
        f = answer('--measure', '0.3')['by_name']
        self.assertEqual(f['cpu']['basis'], 'measured')
        self.assertLessEqual(f['cpu']['high'], 1)
        self.assertEqual(f['vcpus']['low'], len([l for l in open('/proc/stat') if l.startswith('cpu')]) - 1)

    def test_pressure_and_indirect_cost(self):
        with tempfile.NamedTemporaryFile('w') as psi:
            psi.write('some avg10=12.50 avg60=3.25 avg300=1.00 total=1\n')
            psi.flush()
            f = answer('-c', '50', '--pressure', psi.name, '--outage', '2h', '--revenue', '300', '--affected', '50',
                       '--response', '90m', '--rate', '80')['by_name']
        self.near(f['waiting_10s'], 0.125)
        self.near(f['outage'], 300)
        self.near(f['response'], 120)

    def test_old_prices_say_so(self):
        fresh, old = cost('-c', '50', '--stale-after', '36500').stdout, cost('-c', '50', '--stale-after', '0').stdout
        self.assertNotIn(' old', fresh)
        self.assertIn('older than 0 days', old)
        self.assertRegex(old, '[·-] old')
        self.assertRegex(old.splitlines()[1], r'^ \S.*: .*USD \(duration 730 h, estimated\)$')

    def test_mistakes_are_told(self):
        for options, says in ((['-i', 'x9'], 't3.large'), (['-c', '101'], 'per cent'), (['-c', '0x10'], 'per cent'), (['-t', '5'], '90s'), (['-c', '1', '-b', '2'], 'below'),
                              (['-m', 'on-premises', '-c', '1'], '--watts'), (['-m', 'burstable', '-c', '1'], '--baseline'),
                              (['-m', 'free'], 'no model'), (['-e', '1G', '-c', '1', '--way', 'x'], 'internet'),
                              (['-c', '1', '--outage', '1h'], '--revenue'), (['more'], 'too much')):
            self.assertIn(says, cost(*options, code=2).stderr, options)
        with tempfile.TemporaryDirectory() as folder:
            table = pathlib.Path(folder, 't.toml')
            table.write_text('format = "davy.prices/1"\n[[price]]\nid = "a"\nkind = "coin"\nvalue = -1\n')
            self.assertIn('t.toml:5:9', cost('-p', str(table), code=3).stderr)
            self.assertIn('no-such', cost('-p', folder + '/no-such', code=3).stderr)

    def test_table_has_a_source_and_a_day_for_each_row(self):
        rows = json.loads(cost('-l', '-f', 'json').stdout)['prices']
        self.assertGreater(len(rows), 10)
        for row in rows:
            self.assertTrue(row['source'] and row['date'] and row['basis'] in ('cited', 'assumed'), row)
            self.assertIn(row['price'], cost('-l').stdout)


if __name__ == '__main__':
    unittest.main(verbosity=2)
