# SPDX-License-Identifier: Apache-2.0
"""Correlations from end to end: captures in, what several findings say together out; over restarts and reloads."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import captures as c
from patience import PATIENCE

DAVY = os.environ['DAVY']
SECOND = 1_000_000_000
RULES = '''
- rule: Shadow read
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow
  output: "%proc.name read %fd.name"
  priority: WARNING
- rule: Keys read
  desc: d
  condition: evt.type = openat and fd.name endswith .pem
  output: "%proc.name read %fd.name"
  priority: NOTICE
- correlation: Keys and hashes
  desc: d
  type: temporal
  rules: [Shadow read, Keys read]
  group-by: [proc.pid]
  timespan: 1m
  output: "%proc.name took %correlation.count things within %correlation.seconds s: %correlation.rules, last %fd.name"
  priority: CRITICAL
  tags: [kind:threat, axis:intent, purpose:theft]
- correlation: Many keys
  desc: d
  type: value_count
  rules: [Keys read]
  group-by: [proc.pid]
  timespan: 1h
  condition: {gte: 3, field: fd.name}
  output: "%correlation.count keys of %correlation.matches"
  priority: ERROR
'''


def opened(path, second, pid=100):
    return c.openat(path, pid=pid, time=second * SECOND)


class Correlations(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.rules = self.write(RULES)
        self.env = {**os.environ, 'TZ': 'UTC', 'LC_ALL': 'C.UTF-8'}

    def write(self, text, name='rules.yaml'):
        path = self.folder / name
        path.write_text(text)
        return path

    def capture(self, *records, name='a.davycap'):
        return c.capture(self.folder / name, *records)

    def replay(self, *args, code=0):
        done = subprocess.run([DAVY, 'replay', '-q', '-r', self.rules, *map(str, args)], env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def findings(self, *args):
        return [json.loads(line) for line in self.replay('-f', 'json', *args).stdout.splitlines()]

    def test_a_finding_of_findings(self):
        a = self.capture(opened('/etc/shadow', 1), opened('/a.pem', 3), opened('/b.pem', 5, pid=200))
        found = self.findings(a)
        self.assertEqual([f['rule'] for f in found], ['Shadow read', 'Keys read', 'Keys and hashes', 'Keys read'])
        whole = found[2]
        self.assertIn('sh took 2 things within 2 s: (Shadow read,Keys read), last /a.pem', whole['output'])
        self.assertEqual(whole['priority'], 'Critical')
        self.assertEqual(whole['purposes'], ['theft'])
        self.assertEqual(whole['output_fields']['correlation.count'], 2)
        self.assertEqual(whole['output_fields']['correlation.rules'], ['Shadow read', 'Keys read'])
        self.assertEqual(whole['correlation']['matches'], 2)
        members = whole['correlation']['members']
        self.assertEqual([(m['rule'], m['num']) for m in members], [(f['rule'], f['num']) for f in found[:2]])
        self.assertEqual([m['time'] for m in members], [f['time'] for f in found[:2]])
        self.assertEqual((whole['num'], whole['time']), (found[1]['num'], found[1]['time']))
        self.assertNotIn('correlation', found[0])

    def test_text_names_the_members(self):
        a = self.capture(opened('/etc/shadow', 1), opened('/a.pem', 3))
        text = self.replay(a).stdout
        self.assertRegex(text, r'CRITICAL +Keys and hashes')
        self.assertRegex(text, r'← 22:13:21  Shadow read +event \d+\n +← 22:13:23  Keys read +event \d+\n')

    def test_silent_members(self):
        self.rules = self.write(RULES.replace('  timespan: 1m\n', '  timespan: 1m\n  generate: false\n'))
        a = self.capture(opened('/etc/shadow', 1), opened('/a.pem', 3))
        self.assertEqual([f['rule'] for f in self.findings(a)], ['Keys and hashes'])

    def test_priority_leaves_members_to_correlations(self):
        a = self.capture(opened('/etc/shadow', 1), opened('/a.pem', 3))
        self.assertEqual([f['rule'] for f in self.findings('--priority', 'critical', a)], ['Keys and hashes'])

    def test_state_goes_on_where_it_ended(self):
        records = [opened('/a.pem', 1), opened('/b.pem', 2), opened('/b.pem', 3), opened('/c.pem', 4), opened('/d.pem', 5)]
        whole = [f for f in self.findings(self.capture(*records)) if f['rule'] == 'Many keys']
        self.assertEqual(len(whole), 1)
        state = self.folder / 'state'
        for cut in range(len(records) + 1):
            state.unlink(missing_ok=True)
            parts = self.capture(*records[:cut], name='1.davycap'), self.capture(*records[cut:], name='2.davycap')
            found = [f for part in parts for f in self.findings('--state', state, part) if f['rule'] == 'Many keys']
            self.assertEqual([f['time'] for f in found], [whole[0]['time']], cut)
            self.assertEqual(found[0]['output_fields'], whole[0]['output_fields'])
            self.assertEqual(state.stat().st_mode & 0o777, 0o600)
            self.assertEqual([p.name for p in self.folder.glob('.*')], [])

    def test_state_that_is_none(self):
        a = self.capture(opened('/etc/shadow', 1), opened('/a.pem', 3))
        state = self.folder / 'state'
        state.write_bytes(b'something else')
        done = self.replay('--state', state, a)
        self.assertIn('correlations begin anew', done.stderr)
        self.assertIn('Keys and hashes', done.stdout)
        self.assertNotEqual(state.read_bytes(), b'something else')
        self.assertIn('cannot keep', self.replay('--state', self.folder / 'no' / 'state', a, code=3).stderr)

    def test_reload_forgets_nothing(self):
        """Half of the events, other rules with the same correlation, the other half; through a pipe that stays open."""
        halves = [self.capture(*r, name=f'{i}.davycap').read_bytes()
                  for i, r in enumerate(([opened('/a.pem', 1), opened('/b.pem', 2)], [opened('/c.pem', 3)]))]
        p = subprocess.Popen([DAVY, 'replay', '-r', self.rules, '-f', 'json', '-'], env=self.env, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for stream in (p.stdin, p.stdout, p.stderr):
            self.addCleanup(stream.close)
        self.addCleanup(p.kill)
        p.stdin.write(halves[0])
        p.stdin.flush()
        self.assertIn(b'a.pem', p.stdout.readline())
        self.assertIn(b'b.pem', p.stdout.readline())
        self.write(RULES.replace('%correlation.count keys', '%correlation.count new keys'))
        os.kill(p.pid, signal.SIGHUP)
        self.assertIn(b'from now on', p.stderr.readline())
        p.stdin.write(halves[1][len(c.header()):])
        p.stdin.close()
        found = [json.loads(line) for line in p.stdout.read().splitlines()]
        self.assertEqual([f['rule'] for f in found], ['Keys read', 'Many keys'])
        self.assertIn('3 new keys of 3', found[1]['output'])
        self.assertEqual(p.wait(PATIENCE), 0)

    def test_stats(self):
        a = self.capture(opened('/etc/shadow', 1), opened('/a.pem', 3))
        said = self.replay('--stats', a).stderr
        self.assertRegex(said, r'matches for correlations +2\n')
        self.assertRegex(said, r'found by correlations +1\n')


if __name__ == '__main__':
    unittest.main()
