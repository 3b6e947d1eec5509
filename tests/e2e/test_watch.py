# SPDX-License-Identifier: Apache-2.0
"""davy watch on the running kernel: what this test does is found, captured and found again; rights go; rules change."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import uuid

import elsewhere
from patience import PATIENCE, wait_for

DAVY = os.environ['DAVY']
KEPT = {'CAP_DAC_READ_SEARCH': 2, 'CAP_SYS_PTRACE': 19, 'CAP_PERFMON': 38, 'CAP_BPF': 39}


def can_watch():
    probe = subprocess.run([DAVY, 'watch', '--plan'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return probe.returncode == 0, probe.stderr.strip()


class Watch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.marker = f'davy-{uuid.uuid4()}'
        self.rules = self.folder / 'rules.yaml'
        self.rules.write_text(self.rule('Marker', self.marker))
        signal.signal(signal.SIGALRM, self.too_long)
        signal.alarm(2 * PATIENCE)
        self.addCleanup(signal.alarm, 0)

    def too_long(self, *args):
        raise AssertionError('this takes too long')

    def rule(self, name, marker):
        return (f'- rule: {name}\n  desc: d\n  condition: evt.type in (execve, execveat) and proc.args contains {marker}\n'
                f'  output: "%proc.cmdline %proc.pname %user.name"\n  priority: WARNING\n')

    def start(self, *args):
        p = subprocess.Popen([DAVY, 'watch', '-r', self.rules, '-f', 'json', *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = []
        reader = threading.Thread(target=lambda: [said.append(l.decode()) for l in p.stderr], daemon=True)
        reader.start()
        for what in (p.stdout.close, p.stderr.close, reader.join, p.wait, p.kill):
            self.addCleanup(what)
        wait_for(lambda: p.poll() is not None or any('watching by' in l for l in said), lambda: said)
        self.assertIsNone(p.poll(), said)
        return p, said

    def act(self, marker):
        subprocess.run(['/bin/true', marker], check=True)

    def test_what_happens_is_found_captured_and_found_again(self):
        capture = self.folder / 'a.davycap'
        p, said = self.start('--capture', capture, '--repeats', '0')
        self.act(self.marker)
        line = p.stdout.readline()
        found = json.loads(line)
        self.assertEqual((found['rule'], found['output_fields']['proc.cmdline'], found['subject']['container_id'] if
                          'container_id' in found['subject'] else 'host'), ('Marker', f'true {self.marker}', 'host'))
        p.send_signal(signal.SIGTERM)
        lines = [line, *p.stdout]
        self.assertEqual(p.wait(PATIENCE), 0, said)
        again = subprocess.run([DAVY, 'replay', '-q', '-r', self.rules, '-f', 'json', '--repeats', '0', capture], stdout=subprocess.PIPE,
                               check=True).stdout
        self.assertEqual(again, b''.join(lines))

    def test_rights_go(self):
        p, _ = self.start()
        self.act(self.marker)
        p.stdout.readline()
        for task in pathlib.Path(f'/proc/{p.pid}/task').iterdir():
            status = dict(l.split(':\t', 1) for l in (task / 'status').read_text().splitlines())
            self.assertEqual(int(status['CapPrm'], 16) & ~sum(1 << n for n in KEPT.values()), 0, status['Name'])
            self.assertEqual((status['NoNewPrivs'], status['Seccomp']), ('1', '2'))
        p.send_signal(signal.SIGINT)
        self.assertEqual(p.wait(PATIENCE), 0)

    def test_rules_change_while_events_go_on(self):
        other = f'other-{uuid.uuid4()}'
        p, said = self.start()
        self.act(self.marker)
        self.assertEqual(json.loads(p.stdout.readline())['rule'], 'Marker')
        self.rules.write_text('- rule: Marker\n  condition: evt.type =\n')
        p.send_signal(signal.SIGHUP)
        wait_for(lambda: any('stay as they are' in l for l in said))
        self.assertTrue(any('rules.yaml:' in l for l in said), said)
        self.rules.write_text(self.rule('Other', other))
        p.send_signal(signal.SIGHUP)
        wait_for(lambda: any('from now on' in l for l in said))
        self.act(other)
        self.assertEqual([json.loads(p.stdout.readline())['rule']], ['Other'])
        p.send_signal(signal.SIGUSR1)
        wait_for(lambda: any('filtered in the kernel' in l for l in said))
        p.send_signal(signal.SIGTERM)
        self.assertEqual(p.wait(PATIENCE), 0, said)

    def test_the_units_capabilities_are_enough(self):
        unit = (pathlib.Path(__file__).resolve().parents[2] / 'src/units/davy-watch.service.in').read_text()
        line = next(l for l in unit.splitlines() if l.startswith('CapabilityBoundingSet='))
        names = [c.removeprefix('CAP_').lower() for c in line.split('=')[1].split()]
        held = int(next(l for l in pathlib.Path('/proc/self/status').read_text().splitlines() if l.startswith('CapBnd')).split()[1], 16)
        names = [n for n in names if n != 'sys_resource' or held >> 24 & 1]
        done = subprocess.run(['setpriv', '--bounding-set', ','.join(['-all', *('+' + n for n in names)]), DAVY, 'watch', '-r', self.rules,
                               '--duration', '1'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_it_ends_by_itself(self):
        p, said = self.start('--duration', '1', '--stats')
        self.assertEqual(p.wait(PATIENCE), 0)
        wait_for(lambda: any('events seen' in l for l in said))

    def test_plan(self):
        plan = subprocess.run([DAVY, 'watch', '--plan', '-v', '-r', self.rules], stdout=subprocess.PIPE, text=True, check=True).stdout
        rows = {l.split()[0]: l for l in plan.splitlines()[1:]}
        self.assertTrue(rows['execve'].rstrip().endswith('runs'), rows['execve'])
        self.assertIn('no rule wants it', rows['dup'])
        short = subprocess.run([DAVY, 'watch', '--plan', '-r', self.rules], stdout=subprocess.PIPE, text=True, check=True, env=dict(os.environ, COLUMNS='80')).stdout
        self.assertRegex(short.splitlines()[0], r'\d+ kinds? of events? (is|are) watched')
        self.assertTrue(all(len(line) <= 80 for line in short.splitlines()[1:]), short)
        self.assertEqual(len(re.findall(r'\bdup2\b', short)), 1, short)


class Cannot(unittest.TestCase):
    def test_without_root_it_says_so(self):
        if os.geteuid() != 0:
            self.skipTest('is about giving up root')
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(['setpriv', '--reuid', '65534', '--clear-groups', '--bounding-set', '-all', elsewhere.copied(folder, 'watch'),
                                   'watch', '--duration', '1'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn('needs root', done.stderr)


if __name__ == '__main__':
    fine, why = can_watch()
    if not fine:
        print('skipped:', why)
        sys.exit(77)
    unittest.main(verbosity=2)
