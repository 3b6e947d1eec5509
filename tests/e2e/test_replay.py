# SPDX-License-Identifier: Apache-2.0
"""davy replay from end to end: captures in, findings out, in every format, through signals, damage and closed pipes."""
import contextlib
import fcntl
import http.server
import json
import os
import pathlib
import pty
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

import captures as c
from patience import PATIENCE, wait_for

DAVY = os.environ['DAVY']
SHADOW = '''
- rule: Shadow read
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow and evt.is_open_read = true
  output: "%proc.name of %user.name read %fd.name, %proc.aname[9], %proc.pid"
  priority: WARNING
  tags: [kind:threat, axis:intent, by:behaviour, row:18, T1003.008]
'''
TMP = '''
- rule: Any open
  desc: d
  condition: evt.type = openat and fd.name startswith /
  output: open %fd.name
  priority: NOTICE
'''


class Replay(unittest.TestCase):
    def setUp(self):
        signal.signal(signal.SIGALRM, self.too_long)
        signal.alarm(2 * PATIENCE)
        self.addCleanup(signal.alarm, 0)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.rules = self.write('rules.yaml', SHADOW)
        self.env = {**os.environ, 'TZ': 'UTC', 'LC_ALL': 'C.UTF-8'}

    def too_long(self, *args):
        raise AssertionError('this takes too long')

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def capture(self, *records, name='a.davycap'):
        return c.capture(self.folder / name, *records)

    def replay(self, *args, code=0):
        done = subprocess.run([DAVY, 'replay', '-q', *map(str, args)], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def start(self, *args, **more):
        p = subprocess.Popen([DAVY, 'replay', *map(str, args)], env=self.env, **more)
        for stream in (p.stdin, p.stdout, p.stderr):
            if stream:
                self.addCleanup(self.close, stream)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        return p

    @staticmethod
    def close(stream):
        with contextlib.suppress(BrokenPipeError):
            stream.close()

    def one(self):
        return self.capture(c.execve('/usr/bin/cat', ['cat', '/etc/shadow'], comm='cat'), c.openat('/etc/shadow', comm='cat'))

    def test_every_format_at_once(self):
        out = self.folder
        done = self.replay('-r', self.rules, '-f', 'text', '-f', f'json={out}/j', '-f', f'falco={out}/f', self.one())
        self.assertIn('MEDIUM    Shadow read   cat(100)', done.stdout)
        self.assertIn('cat of root read /etc/shadow, <NA>, 100', done.stdout)
        self.assertEqual((out / 'f').read_text(), '22:13:21.000000000: Warning cat of root read /etc/shadow, <NA>, 100 '
                         'container_id=host container_name=host\n')
        j = json.loads((out / 'j').read_text())
        self.assertEqual((j['time'], j['rule'], j['priority'], j['source'], j['hostname']),
                         ('2023-11-14T22:13:21.000000000Z', 'Shadow read', 'Warning', 'syscall', 'db-3'))
        self.assertEqual(j['output_fields']['proc.pid'], 100)
        self.assertIsNone(j['output_fields']['proc.aname[9]'])
        self.assertEqual(j['evidence']['evt.is_open_read'], True)
        self.assertEqual((j['severity'], j['kind'], j['axes'], j['rows'], j['techniques']), ('medium', 'threat', ['intent'], ['18'], ['T1003.008']))
        self.assertEqual(j['subject']['cmdline'], 'cat /etc/shadow')

    def test_a_file_behind_a_link_is_found_once(self):
        evasion = self.capture(c.openat('/proc/self/root/etc/shadow', '/etc/shadow'), c.openat('/etc/shadow', '/etc/shadow', time=2 * 10**9))
        lines = [json.loads(l) for l in self.replay('-r', self.rules, '-f', 'json', '--repeats', 0, evasion).stdout.splitlines()]
        self.assertEqual([l['path'] for l in lines], ['resolved', 'written'])

    def test_rules_that_run(self):
        both = self.write('both.yaml', SHADOW + TMP)
        names = lambda *args: [json.loads(l)['rule'] for l in self.replay('-r', both, '-f', 'json', *args, self.one()).stdout.splitlines()]
        self.assertEqual(names(), ['Shadow read', 'Any open'])
        self.assertEqual(names('--matching', 'first'), ['Shadow read'])
        self.assertEqual(names('--priority', 'warning'), ['Shadow read'])
        self.assertEqual(names('--priority', 'medium'), ['Shadow read'], 'a severity is understood too')
        self.assertIn('no rule', self.replay('-r', both, '--priority', 'critical', self.one(), code=3).stderr)

    def test_exit_codes(self):
        self.replay('-r', self.rules, '--fail-on', 'medium', self.one(), code=1)
        self.replay('-r', self.rules, '--fail-on', 'high', self.one(), code=0)
        self.replay(code=2)
        self.replay('-f', 'xml', self.one(), code=2)
        self.replay('-f', 'text', '-f', 'json', self.one(), code=2)
        self.replay('--rate', 'many', self.one(), code=2)
        broken = self.replay('-r', self.write('broken.yaml', SHADOW.replace('fd.name', 'fd.nmae')), self.one(), code=3)
        self.assertIn('broken.yaml:4:', broken.stderr)
        scan_only = self.write('scan.yaml', SHADOW.replace('evt.type = openat and fd.name = /etc/shadow and evt.is_open_read = true',
                                                          'evt.type = file').replace('  priority', '  source: scan\n  priority')
                               .replace('%proc.name of %user.name read %fd.name, %proc.aname[9], %proc.pid', 'x'))
        self.assertIn('no rule for live events', self.replay('-r', scan_only, self.one(), code=3).stderr)

    def test_repeats_and_rate(self):
        many = self.capture(*[c.openat('/etc/shadow', time=10**9 + i) for i in range(50)])
        lines = [json.loads(l) for l in self.replay('-r', self.rules, '-f', 'json', many).stdout.splitlines()]
        self.assertEqual([l.get('repeats') for l in lines], [None, 49])
        self.assertEqual(len(self.replay('-r', self.rules, '-f', 'json', '--repeats', 0, many).stdout.splitlines()), 50)
        flood = self.capture(*[c.openat(f'/{i}', time=10**9) for i in range(50)])
        lines = [json.loads(l) for l in self.replay('-r', self.write('t.yaml', TMP), '-f', 'json', '--rate', 1, flood).stdout.splitlines()]
        self.assertEqual(len(lines), 11)
        self.assertEqual(lines[-1]['withheld'], 40)

    def test_lost_events_are_a_finding_of_the_shipped_rules(self):
        done = self.replay('-f', 'json', self.capture(c.drops(1234)))
        self.assertIn('1,234' if '1,234' in done.stdout else '1234', json.loads(done.stdout)['output'])

    def test_cut_damaged_and_foreign_files(self):
        whole = self.one().read_bytes()
        second = c.frame(c.openat('/etc/shadow', pid=7, time=3 * 10**9))
        cut = self.folder / 'cut'
        cut.write_bytes(whole + second[:-3])
        done = self.replay('-r', self.rules, '-f', 'json', cut)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertIn('ends in the middle of a frame', done.stderr)
        damaged = self.folder / 'damaged'
        damaged.write_bytes(whole + b'garbage' * 30 + second)
        done = self.replay('-r', self.rules, '-f', 'json', damaged, code=3)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertIn('damaged places: 1', done.stderr)
        self.assertIn('is no capture', self.replay('-r', self.rules, self.rules, code=3).stderr)
        later = self.folder / 'later'
        later.write_bytes(c.header(version=9) + second)
        self.assertIn('form 9', self.replay('-r', self.rules, later, code=3).stderr)

    def test_several_files_are_one_stream(self):
        first = self.capture(c.execve('/bin/one', ['one', 'two'], pid=300, comm='one'), name='1')
        second = self.folder / '2'
        second.write_bytes(c.header() + c.frame(c.openat('/etc/shadow', pid=300, comm='one')))
        j = json.loads(self.replay('-r', self.rules, '-f', 'json', first, second).stdout)
        self.assertEqual(j['subject']['cmdline'], 'one two')

    def test_hup_changes_rules_between_two_events_of_a_slow_pipe(self):
        p = self.start('-r', self.rules, '-f', 'json', '-', stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = []
        threading.Thread(target=lambda: [said.append(l.decode()) for l in p.stderr], daemon=True).start()
        p.stdin.write(c.header() + c.frame(c.machine(), c.openat('/etc/shadow')))
        p.stdin.flush()
        self.assertEqual(json.loads(p.stdout.readline())['rule'], 'Shadow read')
        # a broken file: the old rules stay, and where it is wrong is said
        self.rules.write_text(SHADOW.replace('fd.name =', 'fd.nmae ='))
        p.send_signal(signal.SIGHUP)
        wait_for(lambda: any('stay as they are' in l for l in said))
        self.assertTrue(any('rules.yaml:4:' in l for l in said), said)
        p.stdin.write(c.frame(c.openat('/etc/shadow', pid=2, time=2 * 10**9)))
        p.stdin.flush()
        self.assertEqual(json.loads(p.stdout.readline())['rule'], 'Shadow read')
        self.rules.write_text(TMP)
        p.send_signal(signal.SIGHUP)
        wait_for(lambda: any('1 rule from now on' in l for l in said))
        p.stdin.write(c.frame(*[c.openat(f'/x{i}', time=(3 + i) * 10**9) for i in range(100)]))
        p.stdin.close()
        lines = p.stdout.read().splitlines()
        self.assertEqual([json.loads(l)['output_fields']['fd.name'] for l in lines], [f'/x{i}' for i in range(100)])
        self.assertEqual(p.wait(PATIENCE), 0)

    def test_hup_opens_a_log_again(self):
        log = self.folder / 'log'
        p = self.start('-q', '-r', self.rules, '-f', f'falco={log}', '-', stdin=subprocess.PIPE)
        p.stdin.write(c.header() + c.frame(c.machine(), c.openat('/etc/shadow')))
        p.stdin.flush()
        wait_for(lambda: log.exists() and log.stat().st_size)
        log.rename(self.folder / 'log.1')
        p.send_signal(signal.SIGHUP)
        wait_for(log.exists)
        p.stdin.write(c.frame(c.openat('/etc/shadow', pid=2, time=5 * 10**9)))
        p.stdin.close()
        self.assertEqual(p.wait(PATIENCE), 0)
        self.assertEqual(len(log.read_text().splitlines()), 1)
        self.assertEqual(len((self.folder / 'log.1').read_text().splitlines()), 1)

    def test_usr1_tells_counters_and_term_ends_in_order(self):
        p = self.start('-r', self.rules, '-f', 'json', '-', stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdin.write(c.header() + c.frame(c.machine(), *[c.openat('/etc/shadow', time=10**9 + i) for i in range(5)]))
        p.stdin.flush()
        p.stdout.readline()
        p.send_signal(signal.SIGUSR1)
        said = [p.stderr.readline().decode() for _ in range(6)]
        self.assertTrue(any('records delivered            6' in l for l in said), said)
        p.send_signal(signal.SIGTERM)
        self.assertEqual(json.loads(p.stdout.read().splitlines()[-1])['repeats'], 4, 'what was counted is told')
        self.assertRegex(p.stderr.read().decode(), r'\n +5 +[\d.]+ ms  Shadow read\n')
        self.assertEqual(p.wait(PATIENCE), 0)

    def test_a_closed_pipe_ends_it(self):
        many = self.capture(*[c.openat(f'/{i}', time=10**9 + i) for i in range(3000)])
        p = self.start('-q', '-r', self.write('t.yaml', TMP), '-f', 'json', '--rate', 0, '-', stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p.stdin.write(many.read_bytes())
        p.stdin.flush()
        p.stdout.readline()
        p.stdout.close()
        with contextlib.suppress(BrokenPipeError):  # it may have ended already
            p.stdin.write(c.frame(*[c.openat(f'/{i}', time=10**9 + i) for i in range(3000)]))
            p.stdin.flush()
        self.assertEqual(p.wait(PATIENCE), 0)

    def test_a_slow_reader_loses_nothing_of_a_replay(self):
        many = self.capture(*[c.openat(f'/{i:0500}', time=10**9 + i) for i in range(12000)])
        p = self.start('-q', '-r', self.write('t.yaml', TMP), '-f', 'json', '--rate', 0, many, stdout=subprocess.PIPE)
        time.sleep(0.5)
        self.assertEqual(sum(1 for _ in p.stdout), 12000)
        self.assertEqual(p.wait(PATIENCE), 0)

    def hook(self, context=None):
        """A web server, and what it was sent."""
        got = []

        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                got.append((self.path, self.headers['Content-Type'], json.loads(self.rfile.read(int(self.headers['Content-Length'])))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *args):
                pass  # a client that trusts nobody hangs up

        server = Server(('127.0.0.1', 0), Hook)
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_port, got

    def test_a_webhook_and_a_log_socket(self):
        port, got = self.hook()
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(log.close)
        log.bind(str(self.folder / 'dev-log'))
        log.settimeout(PATIENCE)
        self.replay('-r', self.rules, '-f', f'json=http://127.0.0.1:{port}/davy', '-f', f'falco=syslog:{self.folder}/dev-log', self.one())
        self.assertEqual([(path, kind, body['rule']) for path, kind, body in got], [('/davy', 'application/json', 'Shadow read')])
        self.assertRegex(log.recv(65536).decode(), r'^<28>Nov 14 22:13:21 davy\[\d+\]: 22:13:21.000000000: Warning cat of root')

    def test_https_is_sent_to_whom_an_authority_knows(self):
        key, certificate = self.folder / 'key', self.folder / 'certificate'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext',
                        'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate], check=True, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        port, got = self.hook(context)
        done = self.replay('-r', self.rules, '-f', f'json=https://localhost:{port}/', self.one())
        self.assertEqual(got, [])
        self.assertIn('1 message lost', done.stderr)
        done = self.replay('-r', self.rules, '-f', f'json=https://localhost:{port}/', '--ca', certificate, self.one())
        self.assertEqual([body['rule'] for _, _, body in got], ['Shadow read'], done.stderr)
        self.assertIn('certificates: ', self.replay('-f', f'json=https://localhost:{port}/', '--ca', '/nonexistent', self.one(), code=3).stderr)

    def test_a_terminal_has_a_line_at_its_bottom(self):
        ours, theirs = pty.openpty()
        p = self.start('-r', self.rules, '--colour', 'never', '-', stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.DEVNULL)
        os.close(theirs)
        seen = bytearray()

        def read():
            try:
                while piece := os.read(ours, 65536):
                    seen.extend(piece)
            except OSError:
                pass
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        p.stdin.write(c.header() + c.frame(c.machine(), c.openat('/etc/shadow')))
        p.stdin.flush()
        wait_for(lambda: '· 1 finding ·'.encode() in seen)
        p.stdin.close()
        self.assertEqual(p.wait(PATIENCE), 0)
        reader.join(PATIENCE)  # what was written last may not have been read yet
        text = seen.decode()
        self.assertIn('\r\x1b[K 22:13:21  MEDIUM    Shadow read', text)
        self.assertTrue(text.rstrip('\n').endswith('\r\x1b[K'), 'the line goes at the end')
        os.close(ours)

    def test_a_stopped_terminal_stops_nothing_that_is_live(self):
        """The way of live findings: a queue that nobody empties costs findings, and the end comes all the same."""
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        p = self.start('-r', self.write('t.yaml', TMP), '-f', 'json', '--rate', 0, '-', stdin=subprocess.PIPE, stdout=write, stderr=write)
        os.close(write)
        p.stdin.write(c.header() + c.frame(c.machine(), *[c.openat(f'/{i}', time=10**9 + i) for i in range(3000)]))
        p.stdin.flush()

        def waiting():  # bytes in the pipe
            return int.from_bytes(fcntl.ioctl(read, termios.FIONREAD, bytes(4)), sys.byteorder)
        room = fcntl.fcntl(read, fcntl.F_GETPIPE_SZ)  # little where much else has pipes
        wait_for(lambda: waiting() >= room // 2, waiting)
        p.send_signal(signal.SIGTERM)
        self.assertEqual(p.wait(PATIENCE), 3, 'what could not be shown is missing')

    def test_what_reads_a_capture_holds_no_rights(self):
        p = self.start('-q', '-r', self.rules, '-f', 'json', '-', stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p.stdin.write(c.header() + c.frame(c.machine(), c.openat('/etc/shadow')))
        p.stdin.flush()
        p.stdout.readline()
        status = dict(l.split(':\t', 1) for l in pathlib.Path(f'/proc/{p.pid}/status').read_text().splitlines())
        self.assertEqual((int(status['CapEff'], 16), int(status['CapPrm'], 16), status['NoNewPrivs'], status['Seccomp']), (0, 0, '1', '2'))
        p.stdin.close()
        self.assertEqual(p.wait(PATIENCE), 0)


if __name__ == '__main__':
    unittest.main(verbosity=2)
