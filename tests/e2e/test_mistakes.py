# SPDX-License-Identifier: Apache-2.0
"""Slips of the pen: each is refused with its cure and the promised exit code, before anything is judged or made."""
import json
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
        self.assertEqual((hunt.communicate(timeout=PATIENCE)[0], hunt.returncode), (b'', -signal.SIGTERM))
        self.assertIn('stopped; the same command goes on where it is', said.read_text())

    def opened(self, pid):
        """How many files in the test's folder the process holds open."""
        links = []
        for fd in pathlib.Path(f'/proc/{pid}/fd').iterdir():
            try:
                links.append(os.readlink(fd))
            except FileNotFoundError:  # closed meanwhile
                pass
        return sum(link.startswith(f'{self.temp}/') and '/cache/' not in link for link in links)

    def test_an_interrupted_scan_leaves_nothing_behind(self):
        (self.temp / 'report').write_text('old')
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                before = sorted(p.name for p in self.temp.iterdir() if p.name != 'cache')
                # what comes through the pipe has no end
                with subprocess.Popen([DAVY, 'scan', '-q', '-f', 'json=report', '-f', 'text=new', '-'], cwd=self.temp, env=self.env, stdin=subprocess.PIPE) as scan:
                    self.addCleanup(scan.kill)
                    wait_for(lambda: self.opened(scan.pid) >= 2)
                    scan.send_signal(number)
                    self.assertEqual(scan.wait(timeout=PATIENCE), -number)
                self.assertEqual(sorted(p.name for p in self.temp.iterdir() if p.name != 'cache'), before)
                self.assertEqual((self.temp / 'report').read_text(), 'old')


@unittest.skipIf(os.geteuid(), 'mounts a small disk, and becomes nobody')
class Limits(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-limits-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(self.temp / 'feed.db'), 'XDG_CACHE_HOME': str(self.temp / 'cache')}

    def run_davy(self, *arguments, code=0, before=(), **more):
        result = subprocess.run([*before, DAVY, *map(str, arguments)], capture_output=True, cwd=self.temp, env=self.env, timeout=PATIENCE, **more)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def test_a_full_disk_leaves_what_was_there(self):
        """A file that cannot be written whole is not begun, and the old one stays."""
        self.run_davy('feed', 'add', '--type', 'file', '--reason', 'x' * 400, *(f'sha256:{i:064x}' for i in range(1, 200)))
        line = {'time': '2026-01-01T00:00:00Z', 'rule': 'R', 'priority': 'Warning', 'message': 'm' * 9000, 'kind': 'threat', 'axes': ['intent'],
                'output_fields': {'evt.time': 1767225600_000000000}}
        self.run_davy('case', 'ingest', '--store', 'cases.db', input=json.dumps(line).encode())
        # the disk is there for the program alone
        disk = ('unshare', '--mount', 'sh', '-ec', 'mkdir disk; mount -t tmpfs -o size=16k none disk; echo old >disk/old; head -c 8192 /dev/zero >disk/fill; code=0; '
                                                   '"$@" || code=$?; ls -A disk; cat disk/old; exit $code', 'sh')
        for arguments in (('feed', 'export', '--format', 'json', '--output', 'disk/old'), ('feed', 'export', '--format', 'stix', '--output', 'disk/new'),
                          ('case', 'export', '1', '--store', 'cases.db', '--output', 'disk/new')):
            with self.subTest(arguments):
                shutil.rmtree(self.temp / 'disk', ignore_errors=True)
                result = self.run_davy(*arguments, before=disk, code=CANNOT)
                self.assertEqual(result.stdout.split(), [b'fill', b'old', b'old'])
                self.assertIn('No space left on device', result.stderr.decode())

    def test_a_program_that_may_not_be_read_is_told(self):
        nobody = ('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups')
        if subprocess.run([*nobody, 'test', '-x', DAVY], check=False).returncode:
            self.skipTest('nobody may not run the program from here')
        self.temp.chmod(0o755)
        self.env['XDG_CACHE_HOME'] = ''
        shown = self.run_davy('scan', '-q', 'pid:1', before=nobody).stdout.decode()
        self.assertRegex(shown, r'unread +1 could not be read:\s+/proc/1/exe: Permission denied')
        self.assertIn('nothing found in what could be read', shown)


if __name__ == '__main__':
    unittest.main(verbosity=2)
