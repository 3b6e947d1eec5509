# SPDX-License-Identifier: Apache-2.0
"""davy logs over tables in Parquet that others wrote (tests/parquet/write.mjs): the findings are those of the same records as text."""
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import zipfile

DAVY = os.environ['DAVY']
TABLES = pathlib.Path(__file__).resolve().parents[1] / 'parquet'
FLOWS = sorted(TABLES.glob('flow.*.parquet')) + sorted(TABLES.glob('sorted.*.parquet'))
FLOW_COLUMNS = ('version', 'account_id', 'interface_id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets', 'bytes', 'start', 'end', 'action', 'log_status')
WHOLE = """
- rule: Whole record
  desc: every record
  source: log
  condition: json.obj exists
  output: "%json.obj"
  priority: NOTICE
"""


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]


class Parquet(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.temp = pathlib.Path(temp.name)

    def run_logs(self, *args, code=0, stdin=None, env=None):
        run = subprocess.run([DAVY, 'logs', '--quiet', '-f', 'json', *map(str, args)], capture_output=True, input=stdin, timeout=300, env={**os.environ, 'LC_ALL': 'C.UTF-8', **(env or {})})
        self.assertEqual(run.returncode, code, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()], run.stderr.decode()

    def told(self, *args, **more):
        """What the findings say, without where the record stood."""
        found, stderr = self.run_logs(*args, **more)
        self.assertEqual(stderr, '')
        return [(f['rule'], f['priority'], f['time'], {k: v for k, v in f['output_fields'].items() if not k.startswith('log.')}) for f in found]

    def flows_as_text(self):
        path = self.temp / 'flow.log'
        rows = lines(TABLES / 'flow.jsonl')
        path.write_text('\n'.join([' '.join(c.replace('_', '-') for c in FLOW_COLUMNS)] + [' '.join(str(row.get(c, '-')) for c in FLOW_COLUMNS) for row in rows]) + '\n')
        return path

    def test_flow_logs_say_what_they_say_as_text(self):
        want = self.told(self.flows_as_text())
        self.assertEqual({rule for rule, *_ in want}, {'Many machines tried by one', 'Flow like that of mining', 'Flood sent', 'Flows were lost'})
        self.assertGreaterEqual(len(FLOWS), 4)
        for table in FLOWS:
            with self.subTest(table.name):
                self.assertEqual(self.told(table), want)

    def test_every_way_in(self):
        table = TABLES / 'flow.hyparquet-gzip.parquet'
        want = self.told(table)
        self.assertEqual(len(want), 4)
        packed = self.temp / 'flow.parquet.gz'
        packed.write_bytes(gzip.compress(table.read_bytes()))
        with tarfile.open(self.temp / 'flow.tar.gz', 'w:gz') as t:
            t.add(table, 'a/flow.parquet')
        with zipfile.ZipFile(self.temp / 'flow.zip', 'w', zipfile.ZIP_DEFLATED) as z:
            z.write(table, 'a/flow.parquet')
        aside = self.temp / 'aside'
        aside.mkdir()
        for path in (packed, self.temp / 'flow.tar.gz', self.temp / 'flow.zip'):
            with self.subTest(path.name):
                self.assertEqual(self.told(path, env={'TMPDIR': str(aside)}), want)
        self.assertEqual(self.told('-', stdin=table.read_bytes(), env={'TMPDIR': str(aside)}), want)
        self.assertEqual(list(aside.iterdir()), [])

    def test_folders_as_hive_names_them(self):
        folder = self.temp / 'AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=03/day=02/hour=10'
        folder.mkdir(parents=True)
        shutil.copy(TABLES / 'flow.arrow-v1-snappy.parquet', folder / '111122223333_vpcflowlogs_eu-west-1_fl-1_20260302T1000Z_0123abcd.log.parquet')
        self.assertEqual(self.told(self.temp / 'AWSLogs'), self.told(TABLES / 'flow.arrow-v1-snappy.parquet'))
        self.assertEqual({rule for rule, *_ in self.told('--since', '2026-03-02T10:05Z', self.temp / 'AWSLogs')}, {'Flow like that of mining'})
        self.assertEqual(self.told('--until', '2026-03-02T09:00Z', self.temp / 'AWSLogs'), [])

    def test_folders_give_columns_that_a_table_lacks(self):
        """Of Parquet and of tables with commas, in folders and in archives; what the table has itself, and what Hive calls nothing, is not added."""
        rules = self.temp / 'where.yaml'
        rules.write_text('- rule: Where\n  desc: d\n  source: log\n  condition: json.value[/srcaddr] exists and json.value[/aws-region] = eu-west-1\n  output: "%json.value[/team] %json.value[/version] %json.value[/empty]"\n  priority: NOTICE\n')
        inner = pathlib.Path('aws-region=eu-west-1/team=a%2Fb%20c/version=999/empty=__HIVE_DEFAULT_PARTITION__')
        folder = self.temp / 'lake' / inner
        folder.mkdir(parents=True)
        shutil.copy(TABLES / 'flow.arrow-v1-snappy.parquet', folder / 'x.parquet')
        rows = len(lines(TABLES / 'flow.jsonl'))
        want = {'a/b c 2 <NA>'}
        has_ends = sum('srcaddr' in row for row in lines(TABLES / 'flow.jsonl'))
        found, _ = self.run_logs('-r', rules, '--repeats', '0', '--rate', '0', self.temp / 'lake')
        self.assertEqual(({f['message'].split(' container')[0] for f in found}, len(found)), (want, has_ends))
        self.assertGreaterEqual(rows, has_ends)
        with zipfile.ZipFile(self.temp / 'lake.zip', 'w') as z:
            z.write(folder / 'x.parquet', str(inner / 'x.parquet'))
        self.assertEqual(len(self.run_logs('-r', rules, '--repeats', '0', '--rate', '0', self.temp / 'lake.zip')[0]), has_ends)
        table = self.temp / 'lake2' / inner
        table.mkdir(parents=True)
        (table / 'x.csv').write_text('version,srcaddr,dstaddr,start\n2,10.0.0.1,10.0.0.2,1772445600\n2,10.0.0.1,10.0.0.3,1772445600\n')
        found, _ = self.run_logs('-r', rules, '--repeats', '0', '--rate', '0', self.temp / 'lake2')
        self.assertEqual(({f['message'].split(' container')[0] for f in found}, len(found)), (want, 2))

    def test_trail_of_a_table_is_a_trail(self):
        want = self.told(TABLES / 'trail.jsonl')
        self.assertIn('Trail stopped or deleted', {rule for rule, *_ in want})
        self.assertEqual(self.told(TABLES / 'trail.duckdb-snappy.parquet'), want)

    def test_requests_to_a_balancer(self):
        found = self.told(TABLES / 'balancer.duckdb-gzip.parquet')
        self.assertEqual({rule for rule, *_ in found}, {'Files of secrets given out', 'Files of secrets asked for', 'Request for a known hole'})
        self.assertEqual({time[:19] for _, _, time, _ in found}, {'2026-03-02T10:00:01', '2026-03-02T10:00:02'})

    def test_questions_to_the_resolver(self):
        rules = self.temp / 'dns.yaml'
        rules.write_text('- rule: Question\n  desc: x\n  source: log\n  condition: dns.question = pool.example\n  output: "%dns.answers %dns.instance %cloud.region"\n  priority: NOTICE\n')
        found = self.told('-r', rules, TABLES / 'resolver.parquetjs-v2-snappy.parquet')
        self.assertEqual(len(found), 12)
        self.assertEqual(found[0][3]['dns.instance'], 'i-0123456789abcdef0')
        self.assertIn('198.51.100.1', str(found[0][3]['dns.answers']))

    def test_every_row_is_there_as_it_was_written(self):
        rules = self.temp / 'whole.yaml'
        rules.write_text(WHOLE)
        for kind in ('types', 'nested', 'odd'):
            want = lines(TABLES / f'{kind}.jsonl')
            for table in sorted(TABLES.glob(f'{kind}.*.parquet')):
                with self.subTest(table.name):
                    self.assertEqual([json.loads(f['output_fields']['json.obj']) for f in self.run_logs('-r', rules, table)[0]], want)

    def test_a_file_that_is_cut_or_damaged(self):
        whole = (TABLES / 'flow.arrow-v1-snappy.parquet').read_bytes()
        cut = self.temp / 'cut.parquet'
        cut.write_bytes(whole[:-100])
        self.assertIn('this is Parquet that is cut', self.run_logs(cut, code=3)[1])
        self.assertIn('this is Parquet that is cut', self.run_logs('-', code=3, stdin=whole[:-100])[1])
        damaged = self.temp / 'damaged.parquet'
        damaged.write_bytes(whole[:8] + bytes(len(whole) // 4) + whole[8 + len(whole) // 4:])
        stderr = self.run_logs(damaged, code=3)[1]
        self.assertRegex(stderr, r'damaged.parquet: row group 1: columns that are left out: [0-9]+ \(version, .*: damaged')

    def test_an_encrypted_file_is_said_with_the_cure(self):
        found, stderr = self.run_logs(TABLES / 'refused' / 'encrypted.duckdb.parquet', code=3)
        self.assertEqual(found, [])
        self.assertIn('this is Parquet whose footer is encrypted, which is not read: have it written without encryption', stderr)

    def test_no_room_to_put_it_aside(self):
        stderr = self.run_logs('-', code=3, stdin=(TABLES / 'flow.hyparquet-gzip.parquet').read_bytes(), env={'TMPDIR': '/nowhere/at/all'})[1]
        self.assertIn('no room for it in /nowhere/at/all: unpack it and name the file, or set TMPDIR', stderr)

    def test_who_logs_what(self):
        run = subprocess.run([DAVY, 'logs', 'coverage', '-f', 'json', str(TABLES / 'trail.duckdb-snappy.parquet')], capture_output=True, text=True, timeout=300)
        self.assertIn('111122223333', run.stdout)


if __name__ == '__main__':
    unittest.main()
