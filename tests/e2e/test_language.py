# SPDX-License-Identifier: Apache-2.0
"""Davy in Japanese, on a machine where no Japanese locale is generated: the same judgement, said in another language."""
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import imitations

DAVY = os.environ['DAVY']
LANGUAGE_VARIABLES = {'LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'LC_MESSAGES', 'LC_NUMERIC', 'LC_TIME'}
BEGINS_NO_LINE = set('、。，．・：；？！）」』】〕］｝〉》ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々…')
ENDS_NO_LINE = set('（「『【〔［｛〈《')
JAPANESE = {'LANG': 'ja_JP.UTF-8'}
ENGLISH = {'LANG': 'C.UTF-8'}


def davy(*arguments, language=JAPANESE, columns=80):
    env = {k: v for k, v in os.environ.items() if k not in LANGUAGE_VARIABLES}
    result = subprocess.run([DAVY, *map(str, arguments)], capture_output=True, stdin=subprocess.DEVNULL, timeout=600,
                            env={**env, 'COLUMNS': str(columns), **language})
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


def is_japanese(text):
    return re.search('[\u3041-\u30ff\u4e00-\u9fff]', text) is not None


class Language(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-language-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)

    def root(self):
        """A folder like a machine's, with imitations of what is found on taken ones."""
        root = self.temp / 'root'
        for path, content in {
            'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nr00t:x:0:0::/home/r00t:/bin/bash\n',
            'etc/os-release': 'NAME="Imitation"\n',
            'opt/.cache/config.json': imitations.miner_config(),
            'root/.aws/credentials': imitations.aws_credentials(),
        }.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        picture = root / 'srv/logo.gif'
        picture.parent.mkdir()
        picture.write_bytes(imitations.gif_with_tail(imitations.tiny_elf()))
        return root

    def assert_page(self, text, columns=80):
        self.assertNotIn('\ufffd', text)
        self.assertNotRegex(text, r'\\x[89a-f]', 'letters escaped')
        for line in text.split('\n'):
            self.assertLessEqual(width(line), columns, line)
            words = line.strip()
            if words:
                self.assertNotIn(words[0], BEGINS_NO_LINE, line)
                self.assertNotIn(words[-1], ENDS_NO_LINE, line)

    def test_a_report(self):
        root = self.root()
        code, english, _ = davy('scan', root, language=ENGLISH)
        for columns in (60, 80, 120):
            with self.subTest(columns=columns):
                ja_code, japanese, errors = davy('scan', root, columns=columns)
                self.assertEqual((ja_code, errors), (code, ''))
                self.assert_page(japanese, columns)
        self.assertEqual(code, 1)
        code, japanese, _ = davy('scan', root)
        for words in ('✗ 悪性 MALICIOUS', '所有者の意図に反する ●●●', '社会的に許容されない ●●●', 'マイニング', '緊急', '理由', '対応',
                      '読込不可   なし', '終了 1     深刻度「警告」以上の検出あり（--fail-on warning）'):
            self.assertIn(words, japanese)
        for words in ('why', 'next', 'findings at or above', 'CRITICAL', 'layer', 'nothing'):
            self.assertNotIn(words, japanese)
        titles = re.findall(r'^ (?:CRITICAL|HIGH|MEDIUM|LOW|INFO|EXPOSED) +(.*?)(?: {3,}.*| ×\d+)?$', english, re.M)
        rules = re.findall(r'^   ルール +(.*)$', japanese, re.M)
        self.assertGreater(len(rules), 2)
        self.assertEqual(rules, titles, 'the same rules in the same order, under their own names')
        labels = re.findall(r'^( {3}(?:理由|対応|ルール|参照) +)\S', japanese, re.M)
        self.assertGreater(len(labels), 8)
        self.assertEqual({width(label) for label in labels}, {12}, 'texts begin in one column')

    def test_json_is_the_same(self):
        def data(language):
            code, text, errors = davy('scan', '--format', 'json', self.temp / 'root', self.temp / 'missing', language=language)
            report = json.loads(text)

            def plain(value):
                if isinstance(value, dict):
                    return {k: plain(v) for k, v in value.items()
                            if not re.search(r'(?:^|_)(?:ns|time|at|seconds|started|ended)$', k)}
                return [plain(v) for v in value] if isinstance(value, list) else value
            return code, plain(report), errors
        self.root()
        english = data(ENGLISH)
        self.assertEqual(data(JAPANESE), english)
        self.assertIn('no file or folder is called so', json.dumps(english[1]))

    def test_which_language(self):
        for variables, japanese in (
                ({'LANG': 'ja_JP.UTF-8'}, True), ({'LANG': 'ja_JP.utf8'}, True), ({'LANG': 'ja_JP'}, True), ({'LANG': 'ja'}, True),
                ({'LC_ALL': 'ja_JP.UTF-8', 'LANG': 'C'}, True), ({'LC_MESSAGES': 'ja_JP.UTF-8', 'LANG': 'C.UTF-8'}, True),
                ({'LANG': 'C.UTF-8', 'LANGUAGE': 'ja'}, True), ({'LANGUAGE': 'ja'}, True), ({'LANG': 'C.UTF-8', 'LANGUAGE': 'xx:ja'}, True),
                ({'LANG': 'ja_JP.UTF-8', 'LANGUAGE': 'en:ja'}, False), ({}, False), ({'LANG': 'C', 'LANGUAGE': 'ja'}, False),
                ({'LANG': 'C.UTF-8'}, False), ({'LC_ALL': 'C', 'LANG': 'ja_JP.UTF-8'}, False), ({'LANG': 'ja_JP.eucJP'}, False),
                ({'LANG': '../ja', 'LANGUAGE': '../ja'}, False), ({'LANG': 'de_DE.UTF-8'}, False)):
            with self.subTest(variables):
                code, _, errors = davy('nothing', language=variables)
                self.assertEqual((code, is_japanese(errors)), (2, japanese), errors)

    def test_help(self):
        for arguments in ((), ('scan',), ('rules',), ('rules', 'check'), ('rules', 'list'), ('rules', 'explain'),
                          ('rules', 'fields'), ('rules', 'test'), ('watch',), ('replay',), ('logs',), ('logs', 'coverage'), ('hunt',),
                          ('hunt', 'report'), ('detonate',), ('feed',), ('feed', 'add'), ('feed', 'publish'), ('admit',), ('case',)):
            with self.subTest(arguments):
                code, text, errors = davy(*arguments, '--help')
                self.assertEqual((code, errors), (0, ''))
                self.assertTrue(text.startswith('使い方: davy'), text)
                self.assert_page(text)
                options = re.findall(r'--[a-z-]+', davy(*arguments, '--help', language=ENGLISH)[1])
                self.assertEqual(set(re.findall(r'--[a-z-]+', text)), set(options))

    def test_errors_of_the_command_line(self):
        for arguments, words in ((('scan', '--nothing', '/x'), 'davy scan: オプション --nothing はありません'),
                                 (('scan',), '調査の対象を指定してください'),
                                 (('scan', '--policy', self.temp / 'missing', '/x'), 'そのようなファイルやディレクトリはありません')):
            code, out, errors = davy(*arguments)
            self.assertEqual((code, out), (3 if '--policy' in arguments else 2, ''))
            self.assertIn(words, errors)

    def test_errors_of_rules(self):
        """A caret stands under its place however wide the letters before it are."""
        rules = self.temp / 'mine.yaml'
        rules.write_text('- rule: 採掘\n  source: scan\n  desc: d\n  output: o\n  priority: WARNING\n'
                         '  condition: evt.type = file and file.path = "日本語" and file.nmae = x\n')
        code, text, _ = davy('rules', 'check', rules)
        lines = text.split('\n')
        self.assertEqual(code, 1)
        self.assertRegex(lines[0], r'mine\.yaml:6:\d+: エラー: rule 採掘: 未知のフィールド "file\.nmae" です \[LOAD_ERR_COMPILE_CONDITION\]')
        self.assertEqual(width(lines[2].rstrip('^')), width(lines[1][:lines[1].index('file.nmae')]))
        self.assertEqual(lines[3], '  "file.name" のことですか')
        self.assertEqual(davy('rules', 'check', '--format', 'json', rules), davy('rules', 'check', '--format', 'json', rules, language=ENGLISH))

    def test_a_rule_of_the_users_speaks_for_itself(self):
        rules = self.temp / 'mine.yaml'
        rules.write_text('- rule: House rule\n  source: scan\n  desc: Said by the house.\n  next: Ask the house.\n'
                         '  condition: evt.type = file and file.name = logo.gif\n  output: seen %file.path\n  priority: WARNING\n')
        _, text, _ = davy('scan', '--rules', rules, self.root())
        for words in ('警告       House rule', '理由     Said by the house.', '対応     Ask the house.', 'seen /srv/logo.gif'):
            self.assertIn(words, text)
        self.assertNotIn('   ルール   ', text)

    def on_terminal(self, *arguments, language=JAPANESE, columns=80):
        """What stands on a terminal of so many columns, both streams."""
        env = {k: v for k, v in os.environ.items() if k not in LANGUAGE_VARIABLES | {'COLUMNS'}}
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 50, columns, 0, 0))
        shown = b''
        with subprocess.Popen([DAVY, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs, env={**env, **language}) as process:
            os.close(theirs)
            while True:
                try:
                    shown += (some := os.read(ours, 65536))
                except OSError:  # as Linux says that nobody holds the other side any more
                    some = b''
                if not some:
                    break
            process.wait(timeout=600)
        os.close(ours)
        return shown.decode().replace('\r', '')

    def test_no_word_is_broken_at_the_edge_of_a_terminal(self):
        """Lists and errors are folded between words there, below their column, and stay one line each for other programs."""
        for arguments in (('rules', 'explain', 'Miner configuration'), ('rules', 'list', '--tag', 'purpose:mining'), ('rules', 'fields', 'proc.exe'),
                          ('cost', '-i', 't3.large', '-c', '100', '-b', '13'), ('drill', '--list'), ('hunt', '/srv/images')):
            for language in (ENGLISH, JAPANESE, {'LANG': 'C'}):
                with self.subTest(arguments=arguments, language=language):
                    shown = self.on_terminal(*arguments, language=language)
                    self.assertLessEqual(max(width(line) for line in shown.split('\n')), 80, shown)
                    piped = ''.join(davy(*arguments, language=language)[1:])
                    self.assertGreater(shown.count('\n'), piped.count('\n'))
                    self.assertEqual(re.sub(r'\s', '', shown), re.sub(r'\s', '', piped), 'nothing is lost')
                    if language != JAPANESE: # which is broken between letters
                        self.assertEqual(shown.split(), piped.split())
        self.assertRegex(self.on_terminal('rules', 'explain', 'Miner configuration', language=ENGLISH), r'\nwhy {8}\S[^\n]*\n {11}\S')
        for shown in (self.on_terminal('scan', '--nothing…', language={'LANG': 'C'}), davy('hunt', '/…', language={'LANG': 'C'})[2]):
            self.assertTrue(shown.isascii(), shown)

    def test_explain(self):
        _, text, _ = davy('rules', 'explain', 'Miner configuration')
        self.assertTrue(text.startswith('Miner configuration\nマイナーの設定\n'), text)
        self.assertRegex(text, r'\n理由       採掘')
        _, text, _ = davy('rules', 'explain', 'User made')
        for words in ('User made\nユーザーの作成\n', '\n理由       アカウントに新しいユーザー', '\n対応       同じ時刻に', '\n正当な例   管理者やパイプライン'):
            self.assertIn(words, text)

    def test_logs_in_other_words(self):
        """Outputs are said in the words of the translation, with the values of the record; of the user's own rules as they are written."""
        log, rules = self.temp / 'trail.json', self.temp / 'mine.yaml'
        log.write_text(json.dumps({'Records': [{
            'eventVersion': '1.09', 'eventID': '5c1c8f0a-0000-4000-8000-000000000001', 'eventTime': '2026-02-03T04:05:06Z', 'eventType': 'AwsApiCall',
            'eventSource': 'iam.amazonaws.com', 'eventName': 'CreateUser', 'awsRegion': 'us-east-1', 'recipientAccountId': '123456789012',
            'sourceIPAddress': '192.0.2.7', 'userAgent': 'aws-cli/2.0', 'requestParameters': {'userName': 'mallory'}, 'responseElements': None,
            'userIdentity': {'type': 'IAMUser', 'arn': 'arn:aws:iam::123456789012:user/eve', 'accountId': '123456789012', 'userName': 'eve',
                             'accessKeyId': 'AKIAIMITATIONONLY000', 'principalId': 'AIDAIMITATION'}}]}))
        rules.write_text('- rule: House rule\n  source: aws_cloudtrail\n  desc: d\n  condition: ct.name = CreateUser\n'
                         '  output: house says %ct.name\n  priority: WARNING\n')
        code, text, errors = davy('logs', '--store', '', '-q', log, columns=120)
        self.assertEqual((code, errors), (0, ''))
        self.assert_page(text, 120)
        for words in ('ユーザーの作成', 'mallory · 接続元 192.0.2.7 · 実行者 arn:aws:iam::123456789012:user/eve'):
            self.assertIn(words, text)
        self.assertIn('mallory by arn:aws:iam::123456789012:user/eve from 192.0.2.7', davy('logs', '--store', '', '-q', log, language=ENGLISH, columns=120)[1])
        self.assertEqual(davy('logs', '--store', '', '-q', '-f', 'json', log), davy('logs', '--store', '', '-q', '-f', 'json', log, language=ENGLISH))
        self.assertIn('house says CreateUser', davy('logs', '--store', '', '-q', '-r', rules, log)[1])


if __name__ == '__main__':
    unittest.main()
