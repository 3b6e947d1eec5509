# SPDX-License-Identifier: Apache-2.0
"""davy watch under load and its signals: nothing is lost unsaid, parents stay right, and nothing is left behind."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

from live_containers import Bundle
from patience import PATIENCE, wait_for
from watching import Watcher, main

ACTS = os.environ['DAVY_ACTS']
MARKED = '''
- rule: {name}
  desc: a marked program was run
  condition: evt.type in (execve, execveat) and proc.args contains {word}
  output: "%proc.args %proc.pname %proc.aname[2] %proc.aname[3] %proc.ppid %proc.pcmdline"
  priority: WARNING
'''
INSIDE = '''
- rule: Inside
  desc: a container's first program was run
  condition: evt.type in (execve, execveat) and container.id startswith {word} and proc.cmdline startswith "sh -c"
  output: "%container.id %container.name"
  priority: WARNING
'''
KILLED = '''
- rule: Killed
  desc: the watcher before this one was killed
  condition: evt.type = drops and drops.reasons intersects (killed)
  output: "%drops.since %drops.count %drops.reasons"
  priority: WARNING
'''
OPENS = '''
- rule: Any open
  desc: a file of the test's was opened
  condition: evt.type in (open, openat) and fd.name startswith {folder}/flood
  output: "%fd.name"
  priority: WARNING
'''


class Load(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir='/var/tmp')
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.word = f'davy{uuid.uuid4().hex[:12]}'
        self.rules = self.folder / 'rules.yaml'
        self.rules.write_text(MARKED.format(name='Marked', word=self.word))

    def watch(self, *options):
        watcher = Watcher(self.folder, [self.rules], *options)
        self.addCleanup(watcher.kill)
        return watcher

    def program(self, name):
        path = self.folder / name
        if not path.exists():
            shutil.copy(ACTS, path)
        return path

    def found(self, watcher, rule='Marked'):
        return [f['output_fields'] for f in watcher.findings() if f['rule'] == rule]

    # ---- the process table ----

    def test_parents_in_a_storm_of_processes(self):
        watcher = self.watch('--stats')
        self.program('acts'), self.program('parent'), self.program('grandparent')
        storm = 'i=0; while [ $i -lt 2500 ]; do (:); i=$((i+1)); done'
        with subprocess.Popen(['sh', '-c', f'{storm} & {storm} & {storm} & {storm} & wait']) as shells:
            done = 0
            while shells.poll() is None:
                self.deep(f'{self.word}-{done}')
                done += 1
        self.assertEqual(watcher.end(), 0)
        got = self.found(watcher)
        mine = pathlib.Path('/proc/self/comm').read_text().strip()
        runs = [g for g in got if g['proc.pname'] == 'parent']
        self.assertEqual(len(runs), done, (done, len(got), watcher.said))
        for run in runs:
            self.assertEqual((run['proc.aname[2]'], run['proc.aname[3]']), ('grandparent', mine))

    def deep(self, mark):
        subprocess.run([self.program('grandparent'), 'run', self.program('parent'), 'run', self.program('acts'), 'quiet', mark], check=True, timeout=PATIENCE)

    def test_parents_that_were_there_before(self):
        shell = subprocess.Popen(['sh', '-c', f'exec {self.program("oldest")} run /bin/sh'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(shell.wait)
        self.addCleanup(shell.kill)
        wait_for(lambda: pathlib.Path(f'/proc/{shell.pid}/task/{shell.pid}/children').read_text())
        watcher = self.watch()
        shell.stdin.write(f'/bin/true {self.word}\n'.encode())
        shell.stdin.close()
        shell.stdout.read()
        shell.stdout.close()
        shell.wait(PATIENCE)
        self.assertEqual(watcher.end(), 0)
        got = self.found(watcher)
        self.assertEqual(len(got), 1, watcher.said)
        self.assertEqual((got[0]['proc.pname'], got[0]['proc.aname[2]'], got[0]['proc.pcmdline']), ('sh', 'oldest', 'sh'))

    # ---- signals ----

    def test_rules_change_in_a_stream_and_none_is_lost(self):
        capture = self.folder / 'all.davycap'
        watcher = self.watch('--capture', capture)
        total, changes = 600, 0
        stop = threading.Event()

        def change():
            while not stop.wait(0.3):
                nonlocal changes
                changes += 1
                self.rules.write_text(MARKED.format(name=f'Marked{changes % 2 or ""}', word=self.word))
                watcher.signal(signal.SIGHUP)
                watcher.signal(signal.SIGUSR1)
        thread = threading.Thread(target=change)
        thread.start()
        done = 0
        while done < total or changes < 3:  # as many as it takes on a fast machine
            subprocess.run([self.program('acts'), 'quiet', f'{self.word}-{done}-'], check=True)
            done += 1
        stop.set()
        thread.join()
        self.assertEqual(watcher.end(), 0)
        self.assertGreater(changes, 2)
        marks = {m for f in watcher.findings() for m in re.findall(rf'{self.word}-(\d+)-', f['output_fields']['proc.args'])}
        self.assertEqual(sorted(set(range(done)) - {int(m) for m in marks}), [])
        self.assertTrue(any('from now on' in l for l in watcher.said), watcher.said)
        self.assertTrue(any('filtered in the kernel' in l for l in watcher.said), watcher.said)

    def test_what_is_lost_is_told(self):
        (self.folder / 'flood').touch()
        self.rules.write_text(OPENS.format(folder=self.folder) + MARKED.format(name='Marked', word=self.word))
        watcher = self.watch('--buffer', '256K', '--stats')
        code = f'import os\nfor i in range(200000): os.close(os.open("{self.folder}/flood", os.O_RDONLY))'
        watcher.signal(signal.SIGSTOP)  # as a machine without a processor to spare would
        subprocess.run(['python3', '-c', code], check=True, timeout=PATIENCE)
        watcher.signal(signal.SIGCONT)

        def goes_on():  # the first acts after the flood may be lost with it
            subprocess.run([self.program('acts'), 'quiet', self.word], check=True)
            return self.found(watcher)
        wait_for(goes_on, lambda: watcher.said, pause=0.5)
        self.assertEqual(watcher.end(), 0)
        told = [l for l in watcher.said if re.search(r'dropped|lost', l)]
        count = max((int(n.replace(',', '')) for l in told for n in re.findall(r'\d[\d,]*', l)), default=0)
        self.assertGreater(count, 1000, watcher.said)

    # ---- rights, and what is left ----

    @unittest.skipUnless(shutil.which('runc') and shutil.which('busybox'), 'runc or busybox is missing')
    def test_names_of_containers_in_a_burst(self):
        # Each is looked for when it starts, not when those before it were waited for: by then its runtime may have forgotten it.
        self.rules.write_text(INSIDE.format(word=self.word))
        bundle = Bundle(self.folder / 'bundle')
        self.addCleanup(bundle.close)
        bundle.configure(['sh', '-c', f': {self.word}; sleep 0.5'], [], False, False)
        watcher = self.watch()
        names = [f'{self.word}-{i}' for i in range(24)]
        running = [subprocess.Popen(['runc', 'run', '--bundle', bundle.folder, n], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) for n in names]
        self.assertEqual([r.wait(PATIENCE) for r in running], [0] * len(names))
        wait_for(lambda: len(self.found(watcher, 'Inside')) >= len(names), lambda: self.found(watcher, 'Inside'))
        self.assertEqual(watcher.end(), 0)
        got = self.found(watcher, 'Inside')
        self.assertEqual(sorted(f['container.id'] for f in got), sorted(names))
        self.assertEqual([f for f in got if f['container.name'] != f['container.id']], [])

    def test_who_was_killed_is_told_by_who_comes_next(self):
        state = self.folder / 'watch.state'
        mark = self.folder / 'watch.state.watching'
        self.rules.write_text(KILLED)
        first = self.watch('--state', state)
        self.assertTrue(mark.exists())
        first.kill()
        self.assertTrue(mark.exists())
        before = self.found(first, 'Killed')
        second = self.watch('--state', state)
        wait_for(lambda: self.found(second, 'Killed'), lambda: second.said)
        self.assertEqual(second.end(), 0)
        self.assertFalse(mark.exists(), 'it ended as it was told to')
        got = self.found(second, 'Killed')
        self.assertEqual((before, len(got)), ([], 1))
        self.assertLess(abs(got[0]['drops.since'] / 1e9 - time.time()), 300)
        third = self.watch('--state', state)
        self.assertEqual(third.end(), 0)
        self.assertEqual(len(self.found(third, 'Killed')), 1, 'findings are put behind those that are there')

    def test_rights(self):
        watcher = self.watch()
        kept = sum(1 << n for n in (2, 19, 38, 39))  # as the man page says: DAC_READ_SEARCH, SYS_PTRACE, PERFMON, BPF
        for task in pathlib.Path(f'/proc/{watcher.process.pid}/task').iterdir():
            status = dict(l.split(':\t', 1) for l in (task / 'status').read_text().splitlines())
            self.assertEqual({k: int(status[k], 16) & ~kept for k in ('CapEff', 'CapPrm', 'CapInh', 'CapAmb')},
                             {'CapEff': 0, 'CapPrm': 0, 'CapInh': 0, 'CapAmb': 0})
            self.assertEqual((status['NoNewPrivs'], status['Seccomp']), ('1', '2'))

    @unittest.skipUnless(shutil.which('bpftool'), 'there is no bpftool')
    def test_nothing_is_left_in_the_kernel(self):
        watcher = self.watch()

        held = set()  # programs, and those that its links hold
        for entry in pathlib.Path(f'/proc/{watcher.process.pid}/fdinfo').iterdir():
            with contextlib.suppress(FileNotFoundError):  # it opens and closes files meanwhile
                held |= {int(n) for n in re.findall(r'^prog_id:\s*(\d+)', entry.read_text(), re.M)}
        watcher.process.kill()
        watcher.process.wait(PATIENCE)

        def left():
            shown = json.loads(subprocess.run(['bpftool', '-j', 'prog', 'show'], check=True, stdout=subprocess.PIPE).stdout)
            return held & {p['id'] for p in shown}
        wait_for(lambda: not left())
        self.assertGreater(len(held), 1)


if __name__ == '__main__':
    main()
