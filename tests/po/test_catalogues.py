# SPDX-License-Identifier: Apache-2.0
"""The message catalogues: complete, current, sound, and fit for the screen."""
import ast
import os
import pathlib
import re
import subprocess
import tempfile
import unicodedata
import unittest

ROOT = pathlib.Path(os.environ['DAVY_SOURCE_ROOT'])
LANGUAGES = [line for line in (ROOT / 'po/LINGUAS').read_text().split() if re.fullmatch('[a-z]{2}(_[A-Z]{2})?', line)]
CATALOGUES = [ROOT / folder / f'{language}.po' for language in LANGUAGES for folder in ('po', 'po/rules')]
STRINGS = r'((?:".*"\n?)+)'
ENTRY = re.compile(r'(?:^msgctxt .*\n)?^msgid ' + STRINGS + r'(?:msgid_plural ' + STRINGS + r')?((?:msgstr(?:\[\d\])? ' + STRINGS + r')+)', re.M)
CURE = 'run tools/po-update and translate what it leaves (CONTRIBUTING.md, "Adding a text")'


def width(text):
    """Columns, as terminals show them: ambiguous characters count as one."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


def text_of(strings):
    return ''.join(ast.literal_eval(line) for line in strings.strip().split('\n'))


def entries(path):
    """(msgid, all translations, flags) of each text."""
    for block in path.read_text().split('\n\n'):
        match = ENTRY.search('\n'.join(line for line in block.split('\n') if not line.startswith('#')) + '\n')
        if match and text_of(match[1]):
            forms = re.findall(r'^msgstr(?:\[\d\])? ' + STRINGS, match[3], re.M)
            flags = ' '.join(re.findall(r'^#, (.*)$', block, re.M))
            yield text_of(match[1]), [text_of(f) for f in forms], flags


class Catalogues(unittest.TestCase):
    def test_every_text_is_translated(self):
        for path in CATALOGUES:
            left = [text for text, forms, flags in entries(path) if not all(forms) or 'fuzzy' in flags]
            self.assertFalse(left, f'{path.relative_to(ROOT)}: {CURE}:\n' + '\n'.join(map(repr, left)))

    def test_templates_and_catalogues_are_current(self):
        with tempfile.TemporaryDirectory(prefix='davy-po-') as temp:
            subprocess.run([ROOT / 'tools/po-update', '--templates', temp], check=True)
            for name in ('davy.pot', 'rules/davy-rules.pot'):
                now = {text for text, _, _ in entries(pathlib.Path(temp) / name)}
                self.assertGreater(len(now), 300)
                kept = {text for text, _, _ in entries(ROOT / 'po' / name)}
                self.assertEqual(now ^ kept, set(), f'po/{name} is out of date: {CURE}')
                for language in LANGUAGES:
                    path = (ROOT / 'po' / name).parent / f'{language}.po'
                    self.assertEqual(now ^ {text for text, _, _ in entries(path)}, set(), f'{path} is out of date: {CURE}')

    def test_a_new_text_is_noticed(self):
        """What the tests above rest on: the extraction sees marked texts, formats of loaders, and cures."""
        known = {text for text, _, _ in entries(ROOT / 'po/davy.pot')}
        for text in ('nothing', 'cannot read %s', 'the key "%s" is missing', 'add it', 'stopped early: %s',
                     'manifest.json names no image', '%s file', 'Permission denied', 'mining'):
            self.assertIn(text, known)

    def test_formats_are_sound(self):
        for path in CATALOGUES:
            result = subprocess.run(['msgfmt', '--check', '--output-file=/dev/null', path], capture_output=True, text=True)
            self.assertEqual((result.returncode, result.stderr), (0, ''), path)

    def test_outputs_keep_their_fields(self):
        fields = re.compile(r'%[a-z_]+(?:\.[a-z0-9_]+)+(?:\[[^]]*\])?|%%')
        for language in LANGUAGES:
            for text, forms, _ in entries(ROOT / f'po/rules/{language}.po'):
                for form in forms:
                    self.assertEqual(sorted(fields.findall(text)), sorted(fields.findall(form)), text)

    def test_labels_fit_their_column(self):
        """Labels stand in eleven columns from column 1 or 3, severities likewise."""
        labels = {1: ('checked', 'unread', 'skipped', 'policy', 'targets', 'context', 'critical', 'high', 'medium', 'low',
                      'info', 'exposed', 'authorised'),
                  3: ('why', 'next', 'rule', 'see')}
        for language in LANGUAGES:
            texts = {text: forms[0] for text, forms, _ in entries(ROOT / f'po/{language}.po')}
            for column, words in labels.items():
                for word in words:
                    self.assertLessEqual(column + width(texts[word]), 11, f'{language}: {word}')
            self.assertLessEqual(1 + width(texts['exit %d'] % 3), 11)

    def test_blocks_fit_a_terminal(self):
        """Texts that are shown as they stand: their lines have at most 80 columns."""
        for path in CATALOGUES:
            for text, forms, _ in entries(path):
                for line in (line for form in forms if '\n' in text for line in form.split('\n')):
                    self.assertLessEqual(width(line), 80, line)


@unittest.skipUnless('ja' in LANGUAGES, 'no Japanese')
class Japanese(unittest.TestCase):
    def test_punctuation_is_japanese(self):
        wide = '[\u3041-\u30ff\u4e00-\u9fff]'
        for path in (ROOT / 'po/ja.po', ROOT / 'po/rules/ja.po'):
            for text, forms, _ in entries(path):
                for form in (re.sub(r'%(?:\d\$)?(?:\.\*)?(?:ll|z|l)?[a-z]', '…', f) for f in forms):
                    self.assertNotRegex(form, f'{wide}[,.;!?]', 'Latin punctuation after Japanese text')
                    self.assertNotRegex(form, '[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]', 'full-width letters or digits')
                    self.assertNotRegex(form, f'{wide}[A-Za-z0-9]|[A-Za-z0-9]{wide}', 'no blank between Latin and Japanese')

    def test_sentences_end_like_sentences(self):
        for text, forms, _ in entries(ROOT / 'po/rules/ja.po'):
            if text.endswith('.'):
                self.assertTrue(forms[0].endswith('。'), forms[0])


if __name__ == '__main__':
    unittest.main()
