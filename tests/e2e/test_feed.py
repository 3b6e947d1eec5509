# SPDX-License-Identifier: Apache-2.0
"""davy feed through the command: what reports give it, what it lists and tells, and what it refuses."""
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

import images
import imitations

DAVY = os.environ['DAVY']
DIGEST = 'sha256:' + '0123456789abcdef' * 4


class Feed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-feed-'))
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)

    def setUp(self):
        self.feed = pathlib.Path(tempfile.mkdtemp(dir=self.temp)) / 'feed.db'

    def run_davy(self, *arguments, code=0, stdin=None, **env):
        result = subprocess.run([DAVY, *map(str, arguments)], capture_output=True, input=stdin,
                                env={**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(self.feed), **env}, timeout=600)
        self.assertEqual(result.returncode, code, result.stderr.decode() + result.stdout.decode()[:2000])
        return result

    def text(self, *arguments, **options):
        result = self.run_davy('feed', *arguments, **options)
        return (result.stdout + result.stderr).decode()

    def json(self, *arguments, **options):
        return json.loads(self.run_davy('feed', *arguments, '--format', 'json', **options).stdout)

    def add(self, digest=DIGEST, *more):
        return self.text('add', '--type', 'layer', '--reason', 'drops a miner', *more, digest)

    def scan(self, target):
        path = self.feed.parent / 'report.json'
        path.write_bytes(self.run_davy('scan', '-q', '--format', 'json', '--fail-on', 'none', target).stdout)
        return path

    @unittest.skipIf(images.missing_tools(), 'umoci or skopeo is missing')
    def test_a_report_gives_what_its_findings_are_about(self):
        folder = self.temp / 'image'
        folder.mkdir()
        layout = images.malicious(folder).layout
        index = json.loads((layout / 'index.json').read_text())
        manifest_digest = index['manifests'][0]['digest']
        manifest = json.loads((layout / 'blobs/sha256' / manifest_digest[7:]).read_text())
        report = self.scan(layout)
        self.assertIn('added 4, updated 0', self.text('add', '--report', report, '--expires', '30'))
        entries = {e['type']: e for e in self.json('list')['list']}
        self.assertEqual(entries['manifest']['digest'], manifest_digest)
        self.assertEqual(entries['config']['digest'], manifest['config']['digest'])
        # the base layer and the one that only removes have no finding, and are not given away
        self.assertEqual(entries['layer']['digest'], manifest['layers'][1]['digest'])
        self.assertEqual(entries['file']['digest'], 'sha256:' + hashlib.sha256(imitations.miner_config().encode()).hexdigest())
        for e in entries.values():
            self.assertEqual(e['verdict'], 'malicious')
            self.assertIn('mining', e['categories'])
            self.assertIn('Miner configuration with a payable address', e['reason'])
            self.assertIn(f'scan report {report}', e['source'])
            self.assertRegex(e['rules'], '^[0-9a-f]{64}$')
            self.assertRegex(e['expires'], '^20[0-9]{2}-[0-9]{2}-[0-9]{2}$')
        # a second time, through standard input: updated, and the day it was first seen stays
        first = entries['layer']['first_seen']
        with sqlite3.connect(self.feed) as db:
            db.execute('UPDATE entries SET first_seen = 86400')
        db.close()
        self.assertIn('added 0, updated 4', self.text('add', '--report', '-', stdin=report.read_bytes()))
        again = {e['type']: e for e in self.json('list')['list']}
        self.assertEqual(again['layer']['first_seen'], '1970-01-02T00:00:00Z')
        self.assertGreaterEqual(again['layer']['updated'], first)
        self.assertNotIn('expires', again['layer'])
        # the layout on disk: three of its five digests
        found = self.json('check', layout, code=1)
        self.assertEqual((found['checked'], found['listed']), (5, 3))
        self.assertEqual({e['type'] for e in found['entries']}, {'manifest', 'config', 'layer'})

    @unittest.skipIf(images.missing_tools(), 'umoci or skopeo is missing')
    def test_clean_images_only_when_asked(self):
        folder = self.temp / 'clean'
        folder.mkdir()
        report = self.scan(images.benign(folder).layout)
        self.assertIn('added 0, updated 0', self.text('add', '--report', report))
        self.assertIn('added 1, updated 0', self.text('add', '--with-clean', '--report', report))
        entry = self.json('list')['list'][0]
        self.assertEqual((entry['type'], entry['verdict']), ('manifest', 'clean'))
        # whoever blocks by the list does not block a clean image
        self.assertEqual(self.text('list', '--format', 'sha256'), '')
        self.assertEqual(self.json('check', entry['digest'])['entries'][0]['bad'], False)

    def test_weak_findings_do_not_give_parts_away(self):
        shell = 'a' * 64
        weak = {'kind': 'threat', 'rule': 'Shell elsewhere', 'axes': ['intent'], 'by': ['place'], 'conclusive': False,
                'purposes': [], 'subject': {'type': 'file', 'name': '/x', 'sha256': shell, 'layer_digest': 'sha256:' + 'b' * 64}}
        strong = {**weak, 'rule': 'Listed', 'by': ['digest'], 'conclusive': True,
                  'subject': {'type': 'file', 'name': '/y', 'sha256': 'c' * 64, 'layer_digest': 'sha256:' + 'd' * 64}}
        process = {**strong, 'by': ['behaviour'], 'subject': {'type': 'process', 'name': 'bash(1)', 'sha256': 'e' * 64}}
        empty = {**strong, 'subject': {'type': 'file', 'name': '/z', 'sha256': hashlib.sha256().hexdigest()}}
        permitted = {**strong, 'authorised': {}, 'subject': {'type': 'file', 'name': '/p', 'sha256': 'f' * 64}}
        report = self.feed.parent / 'r.json'
        report.write_text(json.dumps({'schema': 'davy.report/1', 'version': '0.1.0', 'targets': [
            {'name': 'i', 'digest': 'sha512:00', 'verdict': {'word': 'malicious'},
             'findings': [weak, strong, process, empty, permitted]},
            {'name': 'j', 'digest': DIGEST, 'verdict': {'word': 'suspicious'}, 'findings': [strong]}]}))
        self.assertIn('1 digests are no SHA-256 and left out', self.text('add', '--report', report))
        self.assertEqual({e['digest'] for e in self.json('list')['list']}, {'sha256:' + 'c' * 64, 'sha256:' + 'd' * 64})
        weak2 = {**weak, 'rule': 'Another', 'by': ['content']}
        report.write_text(json.dumps({'schema': 'davy.report/1', 'targets': [
            {'name': 'i', 'verdict': {'word': 'unwanted'}, 'findings': [weak, weak2]}]}))
        self.text('add', '--report', report)
        # two kinds of evidence in the layer, but only one of them is about what the file is
        self.assertEqual([e['type'] for e in self.json('list')['list'] if e['verdict'] == 'unwanted'], ['layer'])

    def findings(self, *arguments):
        out = self.run_davy('scan', '-q', '--format', 'json', '--fail-on', 'none', *arguments).stdout
        return {f['rule']: f for t in json.loads(out)['targets'] for f in t['findings']}

    @unittest.skipIf(images.missing_tools(), 'umoci or skopeo is missing')
    def test_a_scan_knows_the_feed(self):
        folder = self.temp / 'listed'
        folder.mkdir()
        layout = images.benign(folder).layout
        index = json.loads((layout / 'index.json').read_text())
        manifest = json.loads((layout / 'blobs/sha256' / index['manifests'][0]['digest'][7:]).read_text())
        page = hashlib.sha256(b'<html><body>hello</body></html>\n').hexdigest()
        image, file = 'Image on a list of known bad images', 'File on a list of known bad files'
        self.assertFalse({image, file} & set(self.findings(layout)), 'no feed is no error')
        for digest in (index['manifests'][0]['digest'], manifest['config']['digest'], manifest['layers'][0]['digest']):
            self.add(digest, '--source', 'a friend')
            found = self.findings(layout)
            self.assertRegex(found[image]['output'], 'drops a miner.*feed: a friend')
            self.text('remove', digest)
            self.assertNotIn(image, self.findings(layout))
        self.text('add', '--type', 'file', '--reason', 'a test', page)
        self.assertEqual(self.findings(layout)[file]['subject']['path'], '/srv/www/index.html')
        self.assertNotIn(file, self.findings('--no-feed', layout))
        self.assertNotIn(file, self.findings('--feed', self.other_feed(), layout))
        self.text('add', '--type', 'file', '--reason', 'a test', '--verdict', 'unwanted', page)
        self.assertIn('Unwanted file on a list', self.findings(layout))
        self.text('add', '--type', 'file', '--reason', 'a test', '--expires', '2020-01-01', page)
        self.assertIn('File on an expired list', self.findings(layout))
        self.text('add', '--type', 'file', '--reason', 'a test', '--verdict', 'clean', page)
        self.assertFalse([r for r in self.findings(layout) if ' on a' in r])

    def other_feed(self):
        other = self.feed.parent / 'other.db'
        self.text('add', '--feed', other, '--type', 'file', '--reason', 'x', DIGEST)
        return other

    def test_a_scan_says_what_is_wrong_with_the_feed(self):
        absent = self.feed.parent / 'absent.db'
        self.assertIn(b'there is no feed', self.run_davy('scan', '--feed', absent, __file__, code=3).stderr)
        self.feed.write_bytes(b'no database at all, whatever the name says')
        self.assertIn(b'.recover', self.run_davy('scan', __file__, code=3).stderr)

    def test_a_feed_with_nothing_in_it_stops_no_scan(self):
        """What took nothing in, such as a first pull that was refused, may leave an empty file behind: who asked for no feed is not held up by it."""
        target = self.feed.parent / 'file'
        target.write_text('nothing')
        self.assertIn('there is no feed at', self.text('forget', 'x', code=3))
        self.assertFalse(self.feed.exists())
        self.feed.touch()
        self.assertEqual(self.run_davy('scan', '-q', target).stderr, b'')
        self.assertIn('holds no feed yet', self.run_davy('scan', '-q', '--feed', self.feed, target, code=3).stderr.decode())

    def test_list(self):
        self.add()
        self.add('a' * 64, '--category', 'mining', '--category', 'botnet', '--verdict', 'unwanted', '--source', 'a friend')
        self.add('b' * 64, '--expires', '2020-01-02')
        self.add('c' * 64, '--verdict', 'suspicious')
        entries = self.json('list')
        self.assertEqual(entries['schema'], 'davy.feed/1')
        self.assertEqual(len(entries['list']), 4)
        self.assertEqual(self.text('list', '--format', 'sha256').split(), [DIGEST[7:], 'a' * 64])
        self.assertEqual(self.text('list', '--format', 'sha256', '--expired').split(), ['b' * 64])
        self.assertEqual(self.text('list', '-f', 'sha256', '--verdict', 'suspicious').split(), ['c' * 64])
        self.assertEqual([e['digest'][7:] for e in self.json('list', '--category', 'botnet')['list']], ['a' * 64])
        self.assertEqual([e['expires'] for e in self.json('list', '--expired')['list']], ['2020-01-02'])
        self.assertEqual(self.json('list', '--type', 'file')['list'], [])
        self.assertEqual(self.json('list', '--since', '2999-01-01')['list'], [])
        text = self.text('list', COLUMNS='60')
        self.assertIn('4 of 4 entries', text)
        self.assertIn('expired, last day 2020-01-02', text)
        self.assertLessEqual(max(len(line) for line in text.splitlines() if 'sha256:' not in line and 'entries' not in line), 60)

    def test_check(self):
        bad = self.feed.parent / 'bad'
        bad.write_text('DAVY TEST IMITATION\n')
        good = self.feed.parent / 'good'
        good.write_text('honest\n')
        digest = hashlib.sha256(bad.read_bytes()).hexdigest()
        self.text('add', '--type', 'file', '--reason', 'a test', digest)
        self.assertIn('1 of 2 listed', self.text('check', bad, good, code=1))
        self.assertIn('0 of 1 listed', self.text('check', good))
        self.assertIn('1 of 1 listed', self.text('check', digest.upper(), code=1))
        sums = f'{digest} *{bad}\n\n# comment\n{"0" * 64}  x\nSHA256 (y) = {digest}\nsha256:{digest}\n\\{digest}  a\\nb\n'
        found = self.json('check', '-', stdin=sums.encode(), code=1)
        self.assertEqual((found['checked'], found['listed']), (5, 4))
        self.assertEqual([e['asked'] for e in found['entries']], [str(bad), 'y', 'sha256:' + digest, 'a\\nb'])
        self.assertIn('2020-01-01 is over', self.text('add', '--type', 'file', '--reason', 'a test', '--expires', '2020-01-01', digest))
        self.assertIn('expired', self.text('check', bad))
        self.text('remove', digest)
        self.assertIn('0 of 1 listed', self.text('check', bad))
        self.assertIn('is not in the feed', self.text('remove', digest, code=3))

    def test_what_cannot_be_checked_is_said(self):
        self.assertIn('davy feed add', self.text('check', DIGEST, code=3))
        self.assertIn('davy feed add', self.text('list', code=3))
        self.assertFalse(self.feed.exists())
        self.add()
        self.assertIn('cannot be read as a file', self.text('check', self.feed.parent / 'absent', code=3))
        self.assertIn('standard input:2:', self.text('check', '-', stdin=b'\nnonsense\n', code=3))
        for nothing in (b'', b'# a comment\n\n'):
            self.assertIn('nothing was checked', self.text('check', '-', stdin=nothing, code=3))
        self.assertIn('without an OCI layout', self.text('check', self.feed.parent, code=3))
        self.assertIn('no file and no folder', self.text('check', '/dev/null', code=3))
        # something listed weighs more than something that could not be looked at
        self.assertIn('1 of 1 listed', self.text('check', '/dev/null', DIGEST, code=1))
        long = b'a' * 100000 + b'\n' + DIGEST.encode() + b'\n'
        text = self.text('check', '-', stdin=long, code=1)
        self.assertIn('standard input:1:', text)
        self.assertIn('1 of 1 listed', text)

    def test_a_hundred_thousand_digests_and_many_hands(self):
        digests = [hashlib.sha256(b'%d' % i).hexdigest() for i in range(100_000)]
        content = self.feed.parent / 'listed'
        content.write_bytes(b'77777')
        given = ('add', '--type', 'file', '--reason', 'a long list', '-')
        self.assertIn('added 100000, updated 0', self.text(*given, stdin=('# a remark\n\n' + '\n'.join(f'{d}  some/file' for d in digests)).encode()))
        self.assertIn('100000 of 100000 listed', self.text('check', '-', code=1, stdin='\n'.join(digests).encode()))
        self.assertIn('a long list', self.text('check', content, code=1))
        self.assertIn('a long list', self.run_davy('scan', '-q', content, code=1).stdout.decode())
        hands = [subprocess.Popen([DAVY, 'feed', 'add', '--type', 'file', '--reason', f'hand {h}', '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  env={**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(self.feed)}) for h in range(4)]
        for h, hand in enumerate(hands):
            hand.stdin.write('\n'.join(hashlib.sha256(b'%d of %d' % (i, h)).hexdigest() for i in range(2000)).encode())
            hand.stdin.close()
        for hand in hands:
            self.assertIn(b'added 2000, updated 0', hand.stdout.read())
            hand.stdout.close()
            self.assertEqual(hand.wait(), 0)
        self.assertIn('108000 of 108000 entries', self.text('list'))

    def test_standard_input_that_is_wrong_adds_nothing(self):
        for data, words in ((b'', 'nothing was added'), (b'# nothing\n', 'nothing was added'), (DIGEST.encode() + b'\nno digest\n', 'standard input:2'), (b'\0' * 50000, 'nothing was added')):
            self.assertIn(words, self.text('add', '--type', 'file', '--reason', 'x', '-', code=2, stdin=data))
        self.assertIn('--type', self.text('add', '-', code=2, stdin=DIGEST.encode()))
        self.assertFalse(self.feed.exists())

    def test_command_lines_that_are_wrong(self):
        for arguments, words in ((['add'], 'name digests'), (['add', DIGEST], '--type'),
                                 (['add', '--type', 'layer', '--reason', 'x', 'sha256:12'], 'is no SHA-256'),
                                 (['add', '--type', 'image', DIGEST], 'manifest, config, layer, file or secret'),
                                 (['add', '--verdict', 'bad', DIGEST], 'malicious, unwanted'),
                                 (['add', '--expires', '2026-02-30', DIGEST], 'YYYY-MM-DD'),
                                 (['add', '--expires', '36501', DIGEST], 'YYYY-MM-DD'),
                                 (['add', '--category', 'a,b', DIGEST], 'one word'),
                                 (['add', '--type', 'file', '--reason', 'x' * 2000, DIGEST], 'longer than 1024'),
                                 (['list', '--format', 'yaml'], 'text, json or sha256'), (['list', 'x'], 'too much'),
                                 (['check'], 'name digests'), (['check', '--format', 'sha256', 'x'], 'text or json'),
                                 (['remove'], 'name digests'), (['broadcast'], 'there is no command'), ([], 'Usage')):
            with self.subTest(arguments):
                self.assertIn(words, self.text(*arguments, code=2))
        self.assertFalse(self.feed.exists())

    def test_hostile_reports(self):
        report = self.feed.parent / 'r.json'
        whole = {'schema': 'davy.report/1', 'targets': [
            {'name': 'i', 'digest': DIGEST, 'verdict': {'word': 'malicious'}, 'findings': []}]}
        bad_digest = {**whole, 'targets': whole['targets'] + [{**whole['targets'][0], 'digest': 'sha256:../../etc'}]}
        for text, words in (('[' * 10000 + ']' * 10000, 'nests deeper than 32'), ('{"a":' * 10000, 'nests deeper than 32'),
                            ('', 'r.json:1:'), ('{', 'r.json:1:'), ('{"schema":"x"}', 'is no report'),
                            ('{"schema":"davy.report/1","schema":"davy.report/1"}', 'duplicate'),
                            ('[' + '0,' * 2000001 + '0]', 'more than 2000000 values'),
                            (json.dumps(bad_digest), 'targets[1]: a digest that is no SHA-256'),
                            ('{"schema":"davy.report/1","targets":[7]}', 'targets[0]: no target')):
            with self.subTest(words):
                report.write_text(text)
                self.assertIn(words, self.text('add', '--report', report, code=3))
        with open(report, 'wb') as f:
            f.truncate(1 << 30)
        self.assertIn('is larger than', self.text('add', '--report', report, code=3))
        self.assertIn('Is a directory', self.text('add', '--report', self.feed.parent, code=3))
        self.assertFalse(self.feed.exists(), 'a refused report leaves nothing behind')
        whole['targets'][0]['name'] = whole['targets'][0]['reference'] = 'evil\x1b[2J\n\u202e' + 'x' * 5000
        report.write_text(json.dumps(whole))
        self.text('add', '--report', report)
        shown = self.text('list')
        self.assertNotIn('\x1b', shown)
        self.assertNotIn('\u202e', shown)

    def test_a_damaged_feed_is_left_alone(self):
        self.add()
        content = b'SQLite format 3\0' + os.urandom(9000)
        self.feed.write_bytes(content)
        for command in (['add', '--type', 'file', '--reason', 'x', DIGEST], ['list'], ['check', DIGEST], ['remove', DIGEST]):
            self.assertIn('.recover', self.text(*command, code=3))
        self.assertEqual(self.feed.read_bytes(), content)

    def test_the_default_place(self):
        env = {'DAVY_FEED': '', 'XDG_DATA_HOME': str(self.feed.parent / 'data'), 'HOME': str(self.feed.parent)}
        if os.geteuid():
            self.run_davy('feed', 'add', '--type', 'file', '--reason', 'x', DIGEST, **env)
            self.assertTrue((self.feed.parent / 'data/davy/feed.db').exists())
        other = self.feed.parent / 'other.db'
        self.run_davy('feed', 'add', '--feed', other, '--type', 'file', '--reason', 'x', DIGEST, **env)
        self.assertTrue(other.exists())
        self.assertFalse(self.feed.exists())


if __name__ == '__main__':
    unittest.main(verbosity=2)
