# SPDX-License-Identifier: Apache-2.0
"""Tests in two halves: all acts are done under one watcher, then each test looks for what was found of its own.

A test is a generator: it acts, yields, and checks. Everything it looks for carries a word of its own, because other people's acts
on this machine are seen too. Containers are real ones.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import uuid

from patience import PATIENCE, wait_for

DAVY = os.environ['DAVY']
SEEN = '''
- rule: Seen
  desc: a process of a test began
  condition: evt.type in (execve, execveat) and proc.cmdline contains {word}
  output: "%proc.cmdline %proc.pname %proc.aname[2] %proc.exepath %container.id"
  priority: DEBUG
'''


def can_watch():
    probe = subprocess.run([DAVY, 'watch', '--plan'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return probe.returncode == 0, probe.stderr.strip()


def main(need=lambda: ''):
    """Runs the tests of the calling file; where nothing can be watched it says why and is skipped."""
    fine, why = can_watch()
    why = why if not fine else need()
    if why:
        print('skipped:', why)
        sys.exit(77)
    unittest.main(module='__main__', verbosity=2)


class Watcher:
    """davy watch with its findings in a file and all that it said."""
    def __init__(self, folder, rules, *options, before=()):
        self.found_file, self.said = folder / 'found.json', []
        self.rules = [str(w) for r in rules for w in ('-r', r)]
        self.process = subprocess.Popen([*before, DAVY, 'watch', *self.rules, '-f', f'json={self.found_file}', '--repeats', '0', '--rate', '0',
                                         *(() if '--buffer' in options else ('--buffer', '64M')), # a machine that is busy reads late
                                         *map(str, options)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=lambda: [self.said.append(l.decode()) for l in self.process.stderr], daemon=True)
        self.reader.start()
        wait_for(lambda: any('watching by' in l for l in self.said) or self.process.poll() is not None, lambda: self.said)
        if self.process.poll() is not None:
            raise AssertionError(f'it does not watch: {self.said}')

    def signal(self, number):
        self.process.send_signal(number)

    def findings(self):
        """Those whose line is whole: it may be writing one."""
        return [json.loads(l) for l in self.found_file.read_bytes().splitlines(keepends=True) if l.endswith(b'\n')]

    def end(self):
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.reader.join()
        self.process.stderr.close()
        return status

    def kill(self):
        self.process.kill()
        self.end()

    def replay(self, *captures):
        return subprocess.run([DAVY, 'replay', '-q', *self.rules, '-f', 'json', '--repeats', '0', '--rate', '0', *map(str, captures)],
                              stdout=subprocess.PIPE, check=True).stdout


def halves(function):
    """A test of Halves."""
    def test(self):
        half = self.first_halves[function.__name__]
        if isinstance(half, BaseException):
            raise half
        for _ in half:
            self.fail('a test has two halves')
    test.first_half = function
    test.__name__, test.__doc__ = function.__name__, function.__doc__
    return test


class Halves(unittest.TestCase):
    options = ()

    @classmethod
    def rule_files(cls):
        raise NotImplementedError

    @classmethod
    def before(cls):
        """The command that starts the watcher."""
        return ()

    @classmethod
    def setUpClass(cls):
        cls.word = f'davy{uuid.uuid4().hex[:12]}'
        # where other users may come, and on the file system of the machine, for overlays
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix=f'{cls.word}-', dir='/var/tmp'))
        cls.folder.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        seen = cls.folder / 'seen.yaml'
        seen.write_text(SEEN.format(word=cls.word))
        cls.actor, cls.first_halves = cls(), {}
        cls.prepare()
        cls.capture = cls.folder / 'all.davycap'
        cls.watcher = Watcher(cls.folder, [*cls.rule_files(), seen], '--capture', cls.capture, *cls.options, before=cls.before())
        cls.addClassCleanup(cls.watcher.kill)
        for name in unittest.defaultTestLoader.getTestCaseNames(cls):
            function = getattr(getattr(cls, name), 'first_half', None)
            if function:
                cls.first_halves[name] = cls.act(function)
        cls.status = cls.watcher.end()
        cls.findings = cls.watcher.findings()

    @classmethod
    def act(cls, function):
        half = function(cls.actor)
        try:
            next(half)
            return half
        except (Exception, unittest.SkipTest) as error:
            return error

    @classmethod
    def prepare(cls):
        pass

    def mark(self, name):
        """A word for one act."""
        return f'{self.word}-{name}-'

    def do(self, *command, **more):
        more = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT, **more}
        done = subprocess.run([str(c) for c in command], timeout=PATIENCE, check=False, **more)
        if done.returncode:
            raise AssertionError(f'{command} ended with {done.returncode}: {done.stdout}')
        return done.stdout

    def of(self, mark, rule=None):
        mark = mark.encode('unicode_escape').decode()
        return [f for f in self.findings if (rule or f['rule']) == f['rule'] and mark in json.dumps([f['output_fields'], f['subject'], f['evidence']])]

    def finds(self, rule, mark, fields=None, subject=None, count=1, path=None):
        """That the rule fired on the marked act, with these output fields. Returns the finding."""
        got = self.of(mark, rule)
        if not got:
            self.fail(f'{rule}: not found; of {mark} there is {[(f["rule"], f["output"]) for f in self.of(mark)]}')
        self.assertEqual(len(got), count, [f['output'] for f in got])
        for finding in got:
            self.assertEqual({**finding['output_fields'], **(fields or {})}, finding['output_fields'])
            self.assertEqual({**finding['subject'], **(subject or {})}, finding['subject'])
            if path:
                self.assertEqual(finding['path'], path)
        return got[0]

    def finds_not(self, rule, mark):
        """That the rule did not fire on the marked act, which was seen."""
        self.assertTrue(self.of(mark, 'Seen'), f'the act {mark} was not seen at all')
        self.assertEqual([f['output'] for f in self.of(mark, rule)], [])


class Whole:
    """What holds for all acts together; beside Halves."""
    def test_nothing_was_lost(self):
        self.assertEqual(self.status, 0, self.watcher.said)
        self.assertFalse([l for l in self.watcher.said if 'lost' in l or 'lacks' in l or 'dropped' in l], self.watcher.said)

    def test_the_capture_gives_the_same(self):
        self.assertTrue(self.findings)
        self.assertEqual(self.watcher.replay(self.capture), self.watcher.found_file.read_bytes())
