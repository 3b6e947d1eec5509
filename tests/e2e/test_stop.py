# SPDX-License-Identifier: Apache-2.0
"""^C, SIGTERM, a terminal that closes: the line of progress goes, how far it came is said, nothing is left, and the signal is how it ends."""
import gzip
import os
import pathlib
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import captures
import imitations
from patience import PATIENCE, wait_for

DAVY = os.environ['DAVY']
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CLEARED = '\r\x1b[K'


class Running:
    """A program with a terminal for its errors, in a session of its own, so that whatever it leaves is found."""

    def __init__(self, env, *arguments, stdin=subprocess.DEVNULL):
        self.terminal, end = pty.openpty()
        self.said, self.stdout = '', b''
        # tests may run under nohup, which it would go by
        self.process = subprocess.Popen(['env', '--default-signal=INT,TERM,HUP', DAVY, *map(str, arguments)], stdin=stdin, stdout=subprocess.PIPE, stderr=end, start_new_session=True, env=env)
        os.close(end)
        self.readers = [threading.Thread(target=self.listen, daemon=True), threading.Thread(target=self.take, daemon=True)]
        for reader in self.readers:
            reader.start()

    def listen(self):
        try:
            while data := os.read(self.terminal, 65536):
                self.said += data.decode(errors='replace')
        except OSError:  # nobody holds the other end any more
            pass

    def take(self):
        self.stdout = self.process.stdout.read()

    def end(self, number):
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.took = time.monotonic() - began
        for reader in self.readers:
            reader.join(PATIENCE)
        os.close(self.terminal)
        self.process.stdout.close()
        return code

    def left(self):
        """Processes of its session."""
        found = []
        for stat in pathlib.Path('/proc').glob('[0-9]*/stat'):
            try:
                fields = stat.read_text(errors='replace').rpartition(')')[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.process.pid and fields[0] != 'Z':
                found.append(stat.parent.name)
        return found


class Stop(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-e2e-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'COLUMNS': '200', 'TERM': 'xterm', 'XDG_CACHE_HOME': str(self.temp / 'cache'), 'TMPDIR': str(self.temp / 'tmp')}
        (self.temp / 'tmp').mkdir()

    def start(self, *arguments, **more):
        running = Running(self.env, *arguments, **more)
        self.addCleanup(running.process.kill)
        return running

    def large(self):
        """A file that takes long: text with something to look at in every line."""
        root = self.temp / 'large'
        root.mkdir()
        (root / 'a.json').write_text(imitations.miner_config())
        text = b''.join(b'for i in %d; do echo "$(date) http://host%d.example/%x" >> /tmp/x%d; done\n' % (i, i, i * 7919, i) for i in range(20_000))
        for i in range(400):
            (root / f'b{i:03}.sh').write_bytes(b'#!/bin/sh\n# %d\n' % i + text)
        return root

    def check_ended(self, running, number, code):
        self.assertEqual(code, -number, running.said)
        self.assertLess(running.took, 20)
        wait_for(lambda: not running.left())
        self.assertEqual(running.left(), [])
        last = running.said.rpartition(CLEARED)[2]
        self.assertTrue(last.startswith('davy '), running.said[-600:])  # the line of progress was cleared first
        self.assertIn(f'stopped by {signal.Signals(number).name}', last)
        return last

    def test_a_scan(self):
        root, out = self.large(), self.temp / 'out'
        out.mkdir()
        small = self.temp / 'small'
        small.write_text('hello\n')
        (out / 'report.json').write_text('old')
        for number in SIGNALS:
            for how in ([], ['--unconfined'], ['--jobs=1']):
                with self.subTest(signal=number, how=how):
                    running = self.start('scan', '--no-cache', *how, '-f', 'text', '-f', f'json={out}/report.json', '-f', f'html={out}/page.html', small, root)
                    wait_for(lambda: '% ' in running.said or 'looked at' in running.said)
                    said = self.check_ended(running, number, running.end(number))
                    self.assertEqual(running.stdout, b'')
                    self.assertIn('no report was written', said)
                    self.assertRegex(said, rf'of {root} until then: [\d,]+ files?, [\d.]+ MB; \d findings?, the worst critical')
                    self.assertIn('targets that were done: 1 of 2', said)
                    self.assertEqual([p.name for p in out.iterdir()], ['report.json'])
                    self.assertEqual((out / 'report.json').read_text(), 'old')
                    self.assertEqual(list((self.temp / 'tmp').iterdir()), [])

    def test_a_second_signal_does_not_wait(self):
        running = self.start('scan', '--no-cache', '--jobs=1', self.large())
        wait_for(lambda: 'looked at' in running.said)
        running.process.send_signal(signal.SIGINT)
        self.assertEqual(running.end(signal.SIGINT), -signal.SIGINT)
        wait_for(lambda: not running.left())
        self.assertEqual(running.left(), [])

    def test_what_is_to_be_ignored_is(self):
        """As under nohup."""
        small = self.temp / 'root'
        small.mkdir()
        for i in range(200):
            (small / f'{i}.txt').write_text('hello %d\n' % i * 20_000)
        result = subprocess.run(['sh', '-c', 'trap "" HUP; (sleep 0.3; kill -HUP $$) & exec "$0" scan -q --no-cache "$1"', DAVY, small],
                                env=self.env, capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b''))
        self.assertIn(b'CLEAN', result.stdout)

    def test_this_machine(self):
        running = self.start('scan', '--no-cache', '--full', '/')
        wait_for(lambda: 'process ' in running.said or 'reading' in running.said)
        said = self.check_ended(running, signal.SIGINT, running.end(signal.SIGINT))
        self.assertRegex(said, 'of / until then: ')

    def spool(self):
        pull = self.temp / 'cache/davy/pull'
        return [p.name for p in pull.iterdir() if p.name.startswith('tmp-')] if pull.exists() else []

    def test_what_comes_through_a_pipe(self):
        running = self.start('scan', '--no-cache', '-', stdin=subprocess.PIPE)
        running.process.stdin.write(b'x' * 100_000)
        running.process.stdin.flush()
        wait_for(self.spool)
        self.check_ended(running, signal.SIGTERM, running.end(signal.SIGTERM))
        running.process.stdin.close()
        self.assertEqual(self.spool(), [])

    def test_a_registry_that_never_answers(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            running = self.start('scan', '--no-cache', f'127.0.0.1:{server.getsockname()[1]}/acme/tools:1')
            connection, _ = server.accept()
            with connection:
                self.check_ended(running, signal.SIGINT, running.end(signal.SIGINT))
        self.assertEqual(self.spool(), [])

    def test_a_stream_of_targets(self):
        running = self.start('scan', '--no-cache', '--stream', stdin=subprocess.PIPE)
        running.process.stdin.write(f'{self.large()}\n'.encode())
        running.process.stdin.flush()
        wait_for(lambda: 'looked at' in running.said)
        self.assertEqual(running.end(signal.SIGTERM), -signal.SIGTERM)
        running.process.stdin.close()
        self.assertEqual(len(running.stdout.splitlines()), 1)  # who judges, and no target
        wait_for(lambda: not running.left())
        self.assertEqual(running.left(), [])

    def log(self):
        path = self.temp / 'access.log.gz'
        lines = b''.join(b'192.0.2.%d - - [10/Oct/2025:13:%02d:%02d +0000] "GET /a?id=%d HTTP/1.1" 200 23 "-" "Mozilla/5.0"\n' % (i % 250, i // 1000, i % 60, i)
                         for i in range(50_000))
        with gzip.open(path, 'wb', 1) as f:
            for _ in range(60):
                f.write(lines)
        return path

    def test_logs(self):
        log = self.log()
        running = self.start('logs', log)
        wait_for(lambda: '% ' in running.said)
        said = self.check_ended(running, signal.SIGINT, running.end(signal.SIGINT))
        self.assertIn('what was told is of what was read until then', said)
        page = running.stdout.decode()
        self.assertIn('STOPPED   nothing found until then', page)
        self.assertIn('all that was to come when SIGINT stopped it', page)
        running = self.start('logs', 'coverage', log)
        wait_for(lambda: '% ' in running.said)
        self.assertIn('nothing is told of a part', self.check_ended(running, signal.SIGTERM, running.end(signal.SIGTERM)))
        self.assertEqual(running.stdout, b'')

    def test_a_replay(self):
        path, many = self.temp / 'long.cap', captures.frame(*[captures.execve('/bin/ls', ['ls', '-l'])] * 500)
        path.write_bytes(captures.header() + many * 40_000)  # 20 million events
        running = self.start('replay', '-f', 'summary', path)
        time.sleep(2)
        self.assertEqual(running.end(signal.SIGINT), -signal.SIGINT)
        self.assertIn('stopped by SIGINT before its end: what was told is of what was read until then', running.said)
        self.assertIn('STOPPED   nothing found until then', running.stdout.decode())
        self.assertEqual(running.left(), [])

    def test_logs_that_are_followed_end_well(self):
        running = self.start('logs', '--follow', self.log())
        time.sleep(1)
        self.assertEqual(running.end(signal.SIGINT), 0)
        self.assertNotIn('stopped', running.said)


if __name__ == '__main__':
    unittest.main()
