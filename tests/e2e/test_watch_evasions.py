# SPDX-License-Identifier: Apache-2.0
"""Ways round a rule that names a path or a program, on the running kernel: each is still seen, and what is not is said here."""
import base64
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from patience import PATIENCE
from watching import Halves, Whole, halves, main

EVADE = os.environ['DAVY_EVADE']
RULES = '''
- list: watched
  items: [{files}]
- list: programs
  items: [{programs}]
- rule: Opened
  desc: a watched file was opened
  condition: evt.type in (open, openat, openat2, creat, open_by_handle_at) and evt.rawres >= 0 and fd.name in (watched)
  output: "%fd.name %fd.nameraw %fd.ino %proc.pid %proc.name %proc.exepath %proc.aname[2] %evt.type %evt.is_open_read %fd.resolved"
  priority: WARNING
- rule: Inode opened
  desc: a file was opened by whatever name
  condition: evt.type in (open, openat, openat2) and fd.ino = {inode}
  output: "%fd.name %fd.ino"
  priority: WARNING
- rule: Odd name
  desc: a file below a watched folder was opened
  condition: evt.type in (open, openat, openat2) and fd.name startswith {folder}/watched/odd/
  output: "%fd.name %fd.nameraw"
  priority: WARNING
- rule: Ran
  desc: a watched program was run
  condition: evt.type in (execve, execveat) and evt.rawres = 0 and proc.exepath in (programs)
  output: "%proc.exepath %proc.exe %proc.name %proc.pname %proc.pid %proc.cmdline"
  priority: WARNING
- rule: Loaded
  desc: the loader ran a watched program
  condition: evt.type in (execve, execveat) and proc.args contains {folder}/watched/by_loader
  output: "%proc.exepath %proc.args"
  priority: WARNING
- rule: Changed
  desc: a name was given to another file
  condition: evt.type in (rename, renameat, renameat2, link, linkat) and evt.rawres >= 0 and fs.path.target in (watched) or
             evt.type in (link, linkat) and evt.rawres >= 0 and fs.path.source in (watched)
  output: "%evt.type %fs.path.source %fs.path.target %proc.name"
  priority: WARNING
- rule: Covered
  desc: something was mounted over a watched file
  condition: evt.type = mount and evt.failed = false and evt.arg.dir startswith {folder}/watched/covered
  output: "%evt.arg.dir %fs.path.target %fs.path.targetraw %proc.name"
  priority: WARNING
- rule: Linked
  desc: a link to a watched file was made
  condition: evt.type in (symlink, symlinkat) and evt.rawres >= 0 and evt.arg.target = {folder}/watched/linked_to
  output: "%evt.arg.target %evt.arg.linkpath %fs.path.targetraw"
  priority: WARNING
- rule: Connected
  desc: loopback was contacted
  condition: evt.type = connect and fd.sip = 127.0.0.1 and proc.cmdline contains {word}
  output: "%fd.name %fd.rport %proc.cmdline"
  priority: WARNING
'''
MOUNT = '''
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(sys.argv[1].encode(), sys.argv[2].encode(), None, 4096, None):
    sys.exit(os.strerror(ctypes.get_errno()))
'''
# Ways to open a file by which a rule knows it by its path.
WAYS = ['symlinked', 'symlinked_folder', 'self_root', 'cwd_of_another', 'by_folder', 'by_working_folder', 'by_dots', 'bind_mount', 'bind_of_all', 'chrooted',
        'other_namespace', 'reopened', 'beneath', 'in_root', 'created', 'by_handle', 'open_32', 'uring_open', 'uring_open2', 'by_thread',
        'renamed_process', 'double_fork', 'same_number', 'rewritten', 'hard_link']
RUNS = ['run_32', 'run_by_thread', 'lying_name', 'by_descriptor', 'deleted', 'by_vfork', 'spawned', 'by_symlink', 'by_loader']
COVERED = ['covered_by_dots', 'covered_by_link', 'covered_by_folder', 'covered_from_here']
CHANGES = ['renamed_over', 'exchanged', 'linked_in', 'uring_rename', 'renamed_by_link']


class Evasions(Whole, Halves):
    @classmethod
    def prepare(cls):
        cls.watched = cls.folder / 'watched'
        cls.watched.mkdir()
        cls.evade = cls.folder / 'evade'
        shutil.copy(EVADE, cls.evade)
        for name in [*WAYS, *CHANGES, *COVERED, 'linked_to']:
            (cls.watched / name).touch()
        (cls.watched / 'linked_in').unlink()
        for name in RUNS:
            shutil.copy('/bin/true', cls.watched / name)

    @classmethod
    def rule_files(cls):
        rules = cls.folder / 'rules.yaml'
        rules.write_text(RULES.format(files=', '.join(f'{cls.watched}/{n}' for n in [*WAYS, *CHANGES]), folder=cls.folder, word=cls.word,
                                      programs=', '.join(f'{cls.watched}/{n}' for n in RUNS), inode=(cls.watched / 'hard_link').stat().st_ino))
        return [rules]

    def go(self, way, status=(0,)):
        """Does it, with a folder of its own to work in; what it wrote."""
        scratch = self.folder / f'scratch-{way}'
        scratch.mkdir()
        done = subprocess.run([self.evade, way, self.watched / way, scratch, self.mark(way)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
        if done.returncode == 77:
            self.skipTest('this machine does not have it')
        self.assertIn(done.returncode, status, (way, done.stderr))
        return done.stdout.strip()

    def opened(self, way, rule='Opened'):
        got = [f for f in self.findings if f['rule'] == rule and f['output_fields']['fd.name'] == str(self.watched / way)]
        self.assertTrue(got, f'{way} was not seen')
        for finding in got:
            self.assertEqual(finding['subject']['exe'], str(self.evade))
        return got

    def ran(self, way):
        got = [f['output_fields'] for f in self.findings if f['rule'] == 'Ran' and f['output_fields']['proc.exepath'] == str(self.watched / way)]
        self.assertEqual(len(got), 1, f'{way} was not seen, or more than once: {got}')
        return got[0]

    # ---- the file by another name ----

    def several(self, ways):
        skipped, failed = [], []
        for way in ways:
            try:
                self.go(way)
            except unittest.SkipTest:
                skipped.append(way)
            except AssertionError as error:
                failed.append(str(error))
        self.assertEqual(failed, [])
        return [w for w in ways if w not in skipped]

    @halves
    def test_other_names_for_its_path(self):
        ways = self.several(['symlinked', 'symlinked_folder', 'self_root', 'cwd_of_another', 'by_folder', 'by_working_folder', 'by_dots', 'chrooted',
                             'other_namespace'])
        yield
        for way in ways:
            with self.subTest(way):
                self.assertEqual(len(self.opened(way)), 1)

    @halves
    def test_mounts(self):
        ways = self.several(['bind_mount', 'bind_of_all'])
        yield
        for way in ways:
            with self.subTest(way):
                self.assertEqual(len(self.opened(way)), 1)

    @halves
    def test_mounts_over_a_file(self):
        (self.folder / 'to_watched').symlink_to(self.watched)
        (self.folder / 'to_covered').symlink_to(self.watched / 'covered_by_link')
        self.written = {'covered_by_dots': f'{self.folder}/evade_folder/..//watched/./covered_by_dots', 'covered_by_link': f'{self.folder}/to_covered',
                        'covered_by_folder': f'{self.folder}/to_watched/covered_by_folder', 'covered_from_here': '../watched/covered_from_here'}
        (self.folder / 'evade_folder').mkdir()
        for place in self.written.values():
            # the call itself: mount(8) would tidy the path before
            self.do('unshare', '--mount', '--propagation', 'private', sys.executable, '-c', MOUNT, self.evade, place, cwd=self.watched)
        yield
        got = {f['output_fields']['evt.arg.dir']: f for f in self.findings if f['rule'] == 'Covered'}
        self.assertEqual(sorted(got), sorted(str(self.watched / way) for way in COVERED))
        for way, place in self.written.items():
            fields = got[str(self.watched / way)]['output_fields']
            self.assertEqual((fields['fs.path.target'], fields['fs.path.targetraw']), (str(self.watched / way), place))
        self.assertEqual(len([f for f in self.findings if f['rule'] == 'Covered']), len(COVERED))

    @halves
    def test_links_that_say_it_in_other_words(self):
        says = [f'{self.watched}/../watched/linked_to', f'{self.watched}/./linked_to', '../watched/linked_to', f'{self.watched}/linked_to']
        (self.folder / 'links').mkdir()
        for i, text in enumerate(says):
            os.symlink(text, self.folder / 'links' / str(i))
        yield
        got = {f['output_fields']['fs.path.targetraw'] for f in self.findings if f['rule'] == 'Linked'}
        self.assertEqual(got, set(says))

    @halves
    def test_hard_link(self):
        # Another name of the same file is no path that a rule could know: what is told is the link when it is made, and the inode.
        self.go('hard_link')
        yield
        link = f'{self.folder}/scratch-hard_link/hard'
        self.assertEqual([f['output_fields']['fd.name'] for f in self.findings if f['rule'] == 'Inode opened'], [link])
        self.assertEqual([f for f in self.findings if f['rule'] == 'Opened' and 'hard' in f['output_fields']['fd.name']], [])
        changed = [f['output_fields'] for f in self.findings if f['rule'] == 'Changed' and link in f['output']]
        self.assertEqual(len(changed), 1)

    @halves
    def test_other_calls(self):
        ways = self.several(['reopened', 'beneath', 'in_root', 'created', 'by_handle', 'open_32', 'uring_open', 'uring_open2'])
        yield
        for way in ways:
            with self.subTest(way):
                got = self.opened(way)
                if way == 'reopened':
                    self.assertTrue([f for f in got if (f['output_fields']['fd.nameraw'] or '').startswith('/proc/self/fd/')], got)
                if way == 'created':
                    self.assertEqual(got[0]['output_fields']['evt.type'], 'creat')

    @halves
    def test_connections(self):
        ports = {}
        for way in ('uring_connect', 'connect_32'):
            try:
                ports[way] = self.go(way)
            except unittest.SkipTest:
                pass
        yield
        self.assertTrue(ports)
        for way, port in ports.items():
            with self.subTest(way):
                self.finds('Connected', f'evade {way} ', {'fd.rport': int(port)})

    # ---- who does it ----

    @halves
    def test_threads_that_rewrite_the_path(self):
        hits = int(self.go('rewritten'))
        inode = (self.watched / 'rewritten').stat().st_ino
        yield
        self.assertGreater(hits, 0)
        # each time that the kernel opened the file is told, whatever stood in memory when the record was written
        self.assertEqual(len([f for f in self.opened('rewritten') if f['output_fields']['fd.ino'] == inode]), hits)

    @halves
    def test_threads_and_names_of_processes(self):
        ways = self.several(['by_thread', 'renamed_process'])
        yield
        for way in ways:
            with self.subTest(way):
                self.assertEqual(self.opened(way)[0]['output_fields']['proc.exepath'], str(self.evade))

    @halves
    def test_double_fork(self):
        self.go('double_fork')
        yield
        self.opened('double_fork')

    @halves
    def test_a_number_that_another_process_had(self):
        pid = int(self.go('same_number'))
        yield
        fields = self.opened('same_number')[0]['output_fields']
        self.assertEqual((fields['proc.pid'], fields['proc.exepath'], fields['proc.name']), (pid, str(self.evade), 'evade'))

    # ---- programs ----

    @halves
    def test_ways_to_run(self):
        ways = self.several(['run_32', 'run_by_thread', 'lying_name', 'by_descriptor', 'by_vfork', 'spawned', 'by_symlink'])
        yield
        for way in ways:
            with self.subTest(way):
                got = self.ran(way)
                if way not in ('run_by_thread',):
                    self.assertEqual(got['proc.pname'], 'evade')
                if way == 'lying_name':
                    self.assertEqual(got['proc.exe'], '[kworker/0:1]')

    @halves
    def test_a_file_that_is_gone(self):
        self.go('deleted')
        yield
        self.assertEqual(self.ran('deleted')['proc.pname'], 'evade')

    @halves
    def test_the_loader(self):
        self.go('by_loader')
        yield
        got = [f for f in self.findings if f['rule'] == 'Loaded' and 'ld-linux' in f['output_fields']['proc.exepath']]
        self.assertEqual(len(got), 1)

    @halves
    def test_scripts_of_scripts(self):
        names = []
        for i in range(4):
            script = self.folder / f'script{i}'
            script.write_text(f'#!{names[-1] if names else shutil.which("busybox") + " sh"}\n:\n')
            script.chmod(0o755)
            names.append(script)
        self.do(names[-1], self.mark('script'))
        yield
        got = self.of(self.mark('script'), 'Seen')
        self.assertTrue([f for f in got if str(names[-1]) in f['output']], got)
        self.assertTrue([f for f in got if f['subject']['exe'] == shutil.which('busybox')], got)

    # ---- names that change, and odd ones ----

    @halves
    def test_names_that_change(self):
        ways = self.several(['renamed_over', 'exchanged', 'linked_in', 'uring_rename'])
        yield
        for way in ways:
            with self.subTest(way):
                got = [f for f in self.findings if f['rule'] == 'Changed' and f['output_fields']['fs.path.target'] == str(self.watched / way)
                       or f['rule'] == 'Changed' and f['output_fields']['fs.path.source'] == str(self.watched / way)]
                self.assertEqual(len(got), 1)

    @halves
    def test_odd_names(self):
        odd = self.watched / 'odd'
        odd.mkdir()
        self.latin = os.fsencode(odd) + b'/caf\xe9\xff'
        os.close(os.open(self.latin, os.O_CREAT | os.O_WRONLY))
        # a path as long as one may be: 4,095 bytes
        here = os.open(odd, os.O_RDONLY)
        path = str(odd)
        while len(path) < 3800:
            name = 'd' * 200
            os.mkdir(name, dir_fd=here)
            here = os.open(name, os.O_RDONLY, dir_fd=here)
            path += '/' + name
        rest = 4095 - len(path) - 1
        while rest > 250:
            name = 'e' * 100
            os.mkdir(name, dir_fd=here)
            here = os.open(name, os.O_RDONLY, dir_fd=here)
            path += '/' + name
            rest -= 101
        self.long = path + '/' + 'f' * rest
        os.close(os.open(self.long, os.O_CREAT | os.O_WRONLY))
        os.close(os.open('f' * rest, os.O_RDONLY, dir_fd=here))
        yield
        got = [f['output_fields'] for f in self.findings if f['rule'] == 'Odd name']
        self.assertTrue([g for g in got if base64.b64decode(g.get('fd.name_base64', '') + '==') == self.latin], [list(g) for g in got])
        self.assertEqual(len([g for g in got if g['fd.name'] == self.long]), 2, [len(g['fd.name']) for g in got])


if __name__ == '__main__':
    main()
