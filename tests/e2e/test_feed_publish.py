# SPDX-License-Identifier: Apache-2.0
"""Feeds between machines: published, pulled, withdrawn, and what somebody did to one on its way is noticed."""
import base64
import contextlib
import functools
import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

DAVY = os.environ['DAVY']


def digest(text):
    return 'sha256:' + hashlib.sha256(text.encode()).hexdigest()


class Handler(http.server.SimpleHTTPRequestHandler):
    asked = []

    def do_GET(self):
        self.asked.append((self.path, self.headers.get('Range')))
        return super().do_GET()

    def log_message(self, *arguments):
        pass


class Feeds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-feeds-', dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None))
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(dir=self.temp))
        self.folder = self.place / 'served'

    def davy(self, who, *arguments, code=0, **env):
        result = subprocess.run([DAVY, 'feed', *map(str, arguments)], capture_output=True, text=True, timeout=600,
                                env={**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(self.place / who / 'feed.db'), **env})
        self.assertEqual(result.returncode, code, result.stderr + result.stdout[:2000])
        return result.stdout + result.stderr

    def json(self, who, *arguments, **options):
        return json.loads(self.davy(who, *arguments, '--format', 'json', **options))

    def add(self, who, *names, kind='manifest', more=()):
        self.davy(who, 'add', '--type', kind, '--reason', 'drops a miner', '--category', 'mining', *more, *map(digest, names))

    def publish(self, *more, code=0):
        return self.davy('maker', 'publish', '--approved-by', 'A. Person', '--basis', 'house rules', '--scope', 'our clusters', '--notified', 'abuse@example.org', *more, code=code)

    def begin(self, *names):
        self.add('maker', *names)
        self.key = re.search('sha256:[0-9a-f]{64}', self.davy('maker', 'key', 'new'))[0]
        return self.publish('--name', 'example', self.folder)

    def copy(self, name):
        shutil.copytree(self.folder, self.place / name)
        return self.place / name

    def listed(self, who):
        return {e['digest'] for e in self.json(who, 'list')['list']}

    @contextlib.contextmanager
    def served(self):
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Handler, directory=self.folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Handler.asked = []
        try:
            yield f'http://127.0.0.1:{server.server_address[1]}'
        finally:
            server.shutdown()
            server.server_close()

    def test_what_is_published_is_pulled_and_what_is_withdrawn_goes(self):
        out = self.begin('a', 'b')
        self.assertIn('published: 2 new, 0 changed', out)
        out = self.davy('reader', 'pull', '--key', self.key, self.folder)
        self.assertIn('example: added 2, changed 0, withdrawn 0; 3 entries in its log', out)
        entry = next(e for e in self.json('reader', 'list')['list'] if e['digest'] == digest('a'))
        self.assertEqual((entry['feed'], entry['approved_by'], entry['basis'], entry['scope'], entry['notified'], entry['categories']),
                         ('example', 'A. Person', 'house rules', 'our clusters', 'abuse@example.org', ['mining']))
        self.davy('reader', 'check', digest('a'), code=1)
        # a second time nothing is new, and the key is known
        self.assertIn('added 0, changed 0, withdrawn 0', self.davy('reader', 'pull', self.folder))
        self.add('maker', 'c')
        self.davy('maker', 'add', '--type', 'manifest', '--reason', 'another reason', digest('b'))
        self.assertIn('published: 1 new, 1 changed', self.publish(self.folder))
        self.davy('maker', 'withdraw', '--reason', 'an honest image', '--approved-by', 'B. Judge', self.folder, digest('a'))
        result = self.json('reader', 'pull')['feeds'][0]
        self.assertEqual((result['added'], result['changed'], result['length']), (1, 1, 6))
        self.assertEqual(result['withdrawn'], [{'digest': digest('a'), 'reason': 'an honest image', 'approved_by': 'B. Judge'}])
        self.assertEqual(self.listed('reader'), {digest('b'), digest('c')})
        # what was withdrawn is published again only when it is named; it stands in the maker's own feed all the time
        self.assertIn('published: 0 new', self.publish(self.folder))
        self.assertIn('published: 0 new, 1 changed', self.publish(self.folder, digest('a')))
        self.davy('reader', 'pull')
        self.assertIn(digest('a'), self.listed('reader'))
        # the log says who approved what
        text = self.davy('reader', 'log', self.folder)
        for words in ('approved by A. Person', 'approved by B. Judge', 'by what right: house rules', 'an honest image', 'the chain holds'):
            self.assertIn(words, text)
        log = self.json('reader', 'log', self.folder)['log']
        self.assertEqual([l['op'] for l in log], ['begin', 'list', 'list', 'list', 'list', 'withdraw', 'list'])
        self.davy('reader', 'forget', 'example')
        self.assertEqual(self.listed('reader'), set())

    def test_nothing_is_published_without_approval(self):
        self.add('maker', 'a')
        self.davy('maker', 'key', 'new')
        self.assertIn('nothing was published: 1 entries wait', self.davy('maker', 'publish', '--name', 'example', self.folder))
        self.assertFalse((self.folder / 'head').exists())
        self.davy('maker', 'withdraw', self.folder, digest('a'), '--reason', 'x', code=2)
        # things that everybody has, verdicts that are no accusation and what has expired stay at home
        self.davy('maker', 'add', '--type', 'file', '--reason', 'x', digest(''))
        self.davy('maker', 'add', '--type', 'file', '--reason', 'x', '--verdict', 'suspicious', digest('s'))
        out = self.publish('--name', 'example', self.folder)
        self.assertIn('published: 1 new', out)
        self.assertIn('1 digests are of things that everybody has', out)
        self.assertEqual(len((self.folder / 'log.jsonl').read_text().splitlines()), 2)

    def test_trust_is_never_silent(self):
        self.begin('a')
        out = self.davy('reader', 'pull', self.folder, code=3)
        self.assertIn(f'--key {self.key}', out)
        self.assertIn('nothing was changed', out)
        out = self.davy('reader', 'pull', '--key', digest('another key'), self.folder, code=3)
        self.assertIn('not signed by the key that is trusted', out)
        self.assertIn('no fingerprint', self.davy('reader', 'pull', '--key', 'x', self.folder, code=2))
        self.davy('reader', 'pull', '--key', self.key, self.folder)
        # another feed at the same place, by the same key
        shutil.rmtree(self.folder)
        self.davy('maker', 'publish', '--approved-by', 'x', '--name', 'other', self.folder)
        self.assertIn('another feed than before', self.davy('reader', 'pull', '--key', self.key, self.folder, code=3))

    def refused(self, source, says, who='reader'):
        before = self.json(who, 'list'), self.json(who, 'sources')
        self.assertIn(says, self.davy(who, 'pull', source, code=3))
        self.assertEqual((self.json(who, 'list'), self.json(who, 'sources')), before)

    def test_old_short_forked_and_edited_feeds_change_nothing(self):
        self.begin('a')
        old = self.copy('old')
        self.add('maker', 'b', 'c')
        self.publish(self.folder)
        self.davy('reader', 'pull', '--key', self.key, self.folder)
        shutil.copytree(self.folder, self.place / 'kept')

        def put(source):
            shutil.rmtree(self.folder)
            shutil.copytree(source, self.folder)
        put(old)
        self.refused(self.folder, 'was shortened')
        # the publisher notices, too, before he forks his own feed
        self.assertIn('holds an older or another log', self.publish(self.folder, code=3))
        put(self.place / 'kept')
        log = (self.folder / 'log.jsonl').read_bytes()
        lines = log.splitlines(keepends=True)
        for changed, says in ((log[:-len(lines[-1])], 'was shortened'), (log[:-10], 'last line of the log is not whole'),
                              (log.replace(b'drops a miner', b'drops a minor'), 'chain is broken'),
                              (lines[0] + lines[1] + lines[3] + lines[2], 'chain is broken'), (b''.join(lines[1:] + lines[:1]), 'chain is broken')):
            (self.folder / 'log.jsonl').write_bytes(changed)
            self.refused(self.folder, says)
        put(self.place / 'kept')
        head = (self.folder / 'head').read_bytes()
        for changed, says in ((head.replace(b'"length":4', b'"length":3'), 'signature of the head does not hold'), (b'{}\n\n', 'schema'),
                              (b'', 'no head of a feed'), (head + head, 'no head of a feed')):
            (self.folder / 'head').write_bytes(changed)
            self.refused(self.folder, says)
        put(self.place / 'kept')
        self.davy('reader', 'pull', self.folder)
        # somebody with the key goes on from the old state
        fork = self.place / 'fork'
        shutil.copytree(old, fork)
        (self.place / 'forker').mkdir()
        shutil.copy(self.place / 'maker/feed-key.pem', self.place / 'forker/feed-key.pem')
        self.add('forker', *'defgh')
        self.davy('forker', 'publish', '--approved-by', 'x', fork)
        put(fork)
        self.refused(self.folder, 'was forked')

    def test_a_frozen_feed_is_noticed(self):
        self.begin('a')
        self.publish('--days', '1', self.folder)
        self.davy('reader', 'pull', '--key', self.key, self.folder)
        head = self.folder / 'head'
        statement = json.loads(head.read_text().splitlines()[0])
        # signed again as if two days ago
        statement['time'] = '2020-01-01T00:00:00Z'
        statement['expires'] = '2020-01-02T00:00:00Z'
        text = json.dumps(statement, separators=(',', ':'))
        message = self.place / 'm'
        message.write_text(text)
        signature = subprocess.run(['openssl', 'pkeyutl', '-sign', '-rawin', '-inkey', self.place / 'maker/feed-key.pem', '-in', message],
                                   capture_output=True, check=True).stdout
        head.write_text(f'{text}\n{base64.b64encode(signature).decode()}\n')
        self.refused(self.folder, 'older than what was pulled last')
        self.assertIn('has expired', self.davy('another', 'pull', '--key', self.key, self.folder, code=3))
        # publishing again, with nothing new, cures it
        self.publish(self.folder)
        self.davy('another', 'pull', '--key', self.key, self.folder)

    def test_anybody_can_check_it_with_openssl(self):
        self.begin('a', 'b')
        statement, signature = (self.folder / 'head').read_text().splitlines()
        (self.place / 'm').write_text(statement)
        (self.place / 's').write_bytes(base64.b64decode(signature))
        subprocess.run(['openssl', 'pkeyutl', '-verify', '-pubin', '-inkey', self.folder / 'key.pem', '-rawin', '-in', self.place / 'm',
                        '-sigfile', self.place / 's'], check=True, capture_output=True)
        head = json.loads(statement)
        lines = (self.folder / 'log.jsonl').read_text().splitlines()
        hashes = [hashlib.sha256(l.encode()).hexdigest() for l in lines]
        self.assertEqual([json.loads(l)['prev'] for l in lines], ['0' * 64, *hashes[:-1]])
        self.assertEqual((head['feed'], head['hash'], head['length']), (hashes[0], hashes[-1], len(lines)))
        self.assertEqual(head['bytes'], (self.folder / 'log.jsonl').stat().st_size)
        self.assertEqual(self.key, 'sha256:' + hashlib.sha256(base64.b64decode(head['key'])).hexdigest())

    def test_keys_change(self):
        self.begin('a')
        self.davy('reader', 'pull', '--key', self.key, self.folder)
        new = self.place / 'new.pem'
        second = re.search('sha256:[0-9a-f]{64}', self.davy('maker', 'key', 'new', new))[0]
        self.publish('--new-key', new, self.folder)
        self.assertIn('signed by another key', self.publish(self.folder, code=3))
        self.add('maker', 'b')
        self.publish('--key-file', new, self.folder)
        self.davy('reader', 'pull')
        self.assertEqual(self.json('reader', 'sources')['feeds'][0]['key'], second)
        self.assertEqual(self.listed('reader'), {digest('a'), digest('b')})
        self.davy('late', 'pull', '--key', self.key, self.folder)
        self.davy('later', 'pull', '--key', second, self.folder)
        os.chmod(new, 0o644)
        self.assertIn('chmod 600', self.publish('--key-file', new, self.folder, code=3))

    def test_over_http(self):
        self.begin('a')
        with self.served() as url:
            self.davy('reader', 'pull', '--key', self.key, url + '/')
            self.add('maker', 'b')
            self.publish(self.folder)
            self.assertIn('added 1', self.davy('reader', 'pull'))
            (self.folder / 'log.jsonl').unlink()
            self.refused(url, '404')
            self.refused(url, 'is a feed published there?')
        self.refused(url, 'nothing was changed')
        self.assertIn('only https is', self.davy('reader', 'pull', 'http://feed.invalid/x', code=3))
        self.assertIn('https:// or file://', self.davy('reader', 'pull', 'ftp://127.0.0.1/x', code=3))

    def test_the_owner_knows_better(self):
        self.begin('a')
        self.davy('reader', 'pull', '--key', self.key, self.folder)
        self.davy('reader', 'check', digest('a'), code=1)
        self.assertIn('is listed by the feed `example`', self.davy('reader', 'remove', digest('a'), code=3))
        self.davy('reader', 'add', '--type', 'manifest', '--verdict', 'clean', '--reason', 'our own build', digest('a'))
        self.davy('reader', 'check', digest('a'))
        self.davy('reader', 'pull')
        self.davy('reader', 'check', digest('a'))
        # what was pulled is not published on as one's own
        self.davy('reader', 'key', 'new')
        self.assertIn('nothing to begin a feed with', self.davy('reader', 'publish', '--name', 'x', '--approved-by', 'x', self.place / 'n', code=3))

    def test_a_scan_knows_what_was_pulled(self):
        files = self.place / 'files'
        files.mkdir()
        (files / 'x').write_text('DAVY TEST IMITATION of a file that a feed lists\n')
        self.add('maker', (files / 'x').read_text(), kind='file')
        self.begin('a')
        self.davy('reader', 'pull', '--key', self.key, self.folder)
        report = subprocess.run([DAVY, 'scan', '-q', '--format', 'json', '--fail-on', 'none', files], capture_output=True, timeout=600,
                                env={**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(self.place / 'reader/feed.db')})
        self.assertEqual(report.returncode, 0, report.stderr)
        target = json.loads(report.stdout)['targets'][0]
        self.assertEqual(target['verdict']['word'], 'malicious')
        self.assertIn('feed example: added by hand', json.dumps(target))

    def test_a_crash_between_log_and_head_costs_nothing(self):
        self.begin('a')
        with open(self.folder / 'log.jsonl', 'a') as f:
            f.write('{"n":2,"prev":"half a li')
        self.davy('reader', 'pull', '--key', self.key, self.folder)
        self.add('maker', 'b')
        self.publish(self.folder)
        self.assertIn('added 1', self.davy('reader', 'pull'))


if __name__ == '__main__':
    unittest.main()
