# SPDX-License-Identifier: Apache-2.0
"""What a watcher sees beside the kernel's events: logs of logins that grow and are rotated, and processes that /proc does not show.

The watcher has a space of mounts of its own, so that its /var/log and its /proc can be changed without touching the machine's.
"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from patience import wait_for
from watching import Watcher, main

RULES = '''
- rule: Failed
  desc: d
  source: log
  condition: login.outcome = failure
  output: "%login.user %login.ip %log.file"
  priority: WARNING
- rule: Login failed
  desc: d
  source: auth
  condition: login.outcome = failure and login.ip exists
  output: x
  priority: DEBUG
- correlation: Guessed
  desc: d
  source: log
  type: event_count
  rules: [Login failed]
  group-by: [login.ip]
  timespan: 10m
  condition: {gte: 10}
  generate: false
  output: "%correlation.count %login.ip"
  priority: WARNING
- rule: Hidden
  desc: d
  condition: evt.type = hidden_process and hidden.how exists
  output: "%proc.pid %hidden.how %proc.cmdline"
  priority: WARNING
- rule: Of a cloud
  desc: d
  source: aws_cloudtrail
  condition: ct.name exists
  output: x
  priority: WARNING
'''
OWN = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', 'mount -t tmpfs davy-test /var/log && exec "$@"', 'sh']


def failed(user, ip='203.0.113.9'):
    return f'{time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())} web1 sshd[7]: Failed password for {user} from {ip} port 4242 ssh2\n'


class More(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='davy-more-'))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        rules = cls.folder / 'rules.yaml'
        rules.write_text(RULES)
        cls.capture = cls.folder / 'all.davycap'
        cls.watcher = Watcher(cls.folder, [rules], '--capture', cls.capture, before=OWN)
        cls.addClassCleanup(cls.watcher.kill)
        cls.log = pathlib.Path(f'/proc/{cls.watcher.process.pid}/root/var/log')

    def found(self, rule):
        return [f['output_fields'] for f in self.watcher.findings() if f['rule'] == rule]

    def users(self):
        return [fields['login.user'] for fields in self.found('Failed')]

    def add(self, name, text):
        with open(self.log / name, 'a', encoding='utf-8') as f:
            f.write(text)

    def test_1_logs_are_followed(self):
        self.assertTrue(any('watching by 4 rules' in l for l in self.watcher.said), self.watcher.said) # not that of a cloud
        self.add('auth.log', failed('one') + failed('two'))
        wait_for(lambda: {'one', 'two'} <= set(self.users()))
        self.assertEqual(self.found('Failed')[0]['log.file'], '/var/log/auth.log')
        # half a line waits
        line = failed('three')
        self.add('auth.log', line[:40])
        time.sleep(1)
        self.assertNotIn('three', self.users())
        self.add('auth.log', line[40:])
        wait_for(lambda: 'three' in self.users())

    def test_2_and_survive_rotation(self):
        (self.log / 'auth.log').rename(self.log / 'auth.log.1')
        self.add('auth.log.1', failed('late')) # by who has it open still
        self.add('auth.log', failed('new'))
        wait_for(lambda: {'late', 'new'} <= set(self.users()))
        with open(self.log / 'auth.log', 'w', encoding='utf-8') as f: # copytruncate
            f.write(failed('c')) # shorter than what was there, by which it is told
        wait_for(lambda: 'c' in self.users())
        self.assertEqual(sorted(u for u in self.users() if u != 'root'), ['c', 'late', 'new', 'one', 'three', 'two'])

    def test_3_and_correlated(self):
        self.add('secure', ''.join(failed('root', '203.0.113.77') for _ in range(10)))
        wait_for(lambda: any(fields['login.ip'] == '203.0.113.77' for fields in self.found('Guessed')))

    def test_4_a_covered_process_is_seen(self):
        (self.folder / 'empty').mkdir()
        with subprocess.Popen(['sleep', '300']) as hidden:
            try:
                subprocess.run(['nsenter', '-t', str(self.watcher.process.pid), '-m', 'mount', '--bind', self.folder / 'empty', f'/proc/{hidden.pid}'],
                               check=True)
                wait_for(lambda: self.found('Hidden'))
                fields = self.found('Hidden')[0]
                self.assertEqual((fields['proc.pid'], fields['hidden.how'], fields['proc.cmdline']), (hidden.pid, 'covered', 'sleep 300'))
            finally:
                hidden.kill()

    def test_5_the_end(self):
        self.assertEqual(self.watcher.end(), 0)
        self.assertEqual(len(self.found('Hidden')), 1) # told once, and nothing else is hidden

    def test_6_a_replay_finds_the_same(self):
        def short(findings):
            return [(f['rule'], f['message']) for f in findings]
        again = [json.loads(l) for l in self.watcher.replay(self.capture).splitlines()]
        self.assertEqual(short(again), short(self.watcher.findings()))


if __name__ == '__main__':
    main(lambda: '' if os.geteuid() == 0 and shutil.which('unshare') and shutil.which('nsenter') else 'needs root, unshare and nsenter')
