# SPDX-License-Identifier: Apache-2.0
"""Slips of the pen: each is refused with its cure and the promised exit code, before anything is judged or made."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from patience import PATIENCE, wait_for

DAVY = os.environ['DAVY']
USAGE, CANNOT = 2, 3


class Mistakes(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-mistakes-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        (self.temp / 'folder').mkdir()
        (self.temp / 'empty').touch()
        (self.temp / 'file').write_text('nothing')
        self.env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(self.temp / 'feed.db'), 'XDG_CACHE_HOME': str(self.temp / 'cache')}

    def refused(self, code, words, *arguments):
        before = sorted(self.temp.iterdir())
        result = subprocess.run([DAVY, *map(str, arguments)], capture_output=True, stdin=subprocess.DEVNULL, cwd=self.temp, env=self.env, timeout=PATIENCE)
        self.assertEqual((result.returncode, result.stdout), (code, b''), (arguments, result.stderr))
        errors = result.stderr.decode()
        self.assertIn(words, errors)
        self.assertTrue(errors.startswith(f'davy {arguments[0]}'), errors)
        self.assertEqual(errors.count('\n'), 1, 'one line says it')
        self.assertNotIn('\\x', errors, 'nothing that had to be escaped')
        made = [p for p in sorted(self.temp.iterdir()) if p not in before and p.name != 'cache']
        self.assertEqual(made, [], 'nothing was made')

    def test_the_command_line(self):
        for words, *arguments in (
                ('--list takes CATEGORY=FILE, such as mining=nocoin.txt, not `mining`', 'scan', '--list', 'mining', 'file'),
                ('--platform takes OS/ARCH, such as linux/arm64, not `arm64`', 'scan', '--platform', 'arm64', 'file'),
                ('--platform takes OS/ARCH, such as linux/arm64, not `linux/`', 'detonate', '--platform', 'linux/', 'file'),
                ('one of the targets is empty', 'scan', 'file', ''),
                ('one of the targets is empty', 'hunt', ''),
                ('`/srv/images` reads as a path', 'hunt', '/srv/images'),
                ('`./images/` reads as a path', 'hunt', './images/'),
                ('--measure takes seconds, 0.1 to 3600, not `0`', 'cost', '--measure', '0'),
                ('--list takes provider:NAME=FILE, such as provider:aws=ip-ranges.json, not `aws`', 'logs', '--list', 'aws', 'file'),
                ('--expect takes PROVIDER', 'logs', 'coverage', '--expect', '', 'file'),
                ('--expect takes PROVIDER', 'logs', 'coverage', '--expect', ':1234', 'file'),
                ('there is no source `cloud`; --source takes scan, syscall, log', 'rules', 'list', '--source', 'cloud'),
                ('`sha256:00` is no fingerprint of a key', 'feed', 'pull', '--key', 'sha256:00', 'http://127.0.0.1:1/feed'),
                ('no feed is followed yet; name the folder or the address of one', 'feed', 'pull')):
            with self.subTest(arguments):
                self.refused(USAGE, words, *arguments)

    def test_what_is_named_holds_nothing(self):
        no_rules = 'there is no rule file in the folder folder: *.yaml or *.yml, without *.cases.yaml'
        for words, *arguments in (
                (no_rules, 'rules', 'check', 'folder'),
                (no_rules, 'rules', 'test', 'folder'),
                (no_rules, 'scan', '--rules', 'folder', 'file'),
                (no_rules, 'replay', '--rules', 'folder', 'file'),
                ('there is no feed at', 'feed', 'forget', 'x'),
                ('file:1:1: a policy is a mapping', 'scan', '--policy', 'file', 'folder')):
            with self.subTest(arguments):
                self.refused(CANNOT, words, *arguments)

    def test_an_empty_list_of_a_hunt(self):
        (self.temp / 'empty').write_text('\n  # nothing yet\n')
        result = subprocess.run([DAVY, 'hunt', '-q', '--store', 'hunt.db', '--list', 'empty'], capture_output=True, cwd=self.temp, env=self.env, timeout=PATIENCE)
        self.assertEqual((result.returncode, result.stdout), (CANNOT, b''), result.stderr)
        self.assertIn('empty names nothing to hunt', result.stderr.decode())

    def test_a_registry_that_is_away_is_not_an_empty_one(self):
        """It is told and asked again, and who ends the wait learns that the hunt is not done."""
        said = self.temp / 'said'
        with said.open('wb') as out:
            hunt = subprocess.Popen([DAVY, 'hunt', '-q', '--store', 'hunt.db', '127.0.0.1:1/acme/tools'], stdout=subprocess.PIPE, stderr=out, cwd=self.temp, env=self.env)
        self.addCleanup(hunt.kill)
        self.assertTrue(wait_for(lambda: 'is asked again' in said.read_text()), said.read_text())
        time.sleep(3)  # longer than the first wait: the next question is not the last
        self.assertIsNone(hunt.poll())
        hunt.send_signal(signal.SIGTERM)
        self.assertEqual((hunt.communicate(timeout=PATIENCE)[0], hunt.returncode), (b'', CANNOT))
        self.assertIn('stopped; the same command goes on where it is', said.read_text())


if __name__ == '__main__':
    unittest.main(verbosity=2)
