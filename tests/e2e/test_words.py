# SPDX-License-Identifier: Apache-2.0
"""Help, completions and man pages speak of the same commands and options; the completions load in their shells."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAVY = os.environ['DAVY']
ENGLISH = {**{k: v for k, v in os.environ.items() if k != 'LANGUAGE' and k[:3] != 'LC_'}, 'LANG': 'C.UTF-8'}


def help_of(*command):
    return subprocess.run([DAVY, *command, '--help'], check=True, stdout=subprocess.PIPE, text=True).stdout


class Words(unittest.TestCase):
    def setUp(self):
        self.commands = re.findall(r'^COMMAND\("(\w+)"', (ROOT / 'src/cmd/command.def').read_text(), re.M)
        self.options = re.findall(r'^  (?:-\w, |    )--([a-z-]+)', help_of('scan'), re.M)
        self.assertGreater(len(self.options), 8)

    def test_completions_know_every_command_and_option(self):
        for name in ('davy.bash', '_davy', 'davy.fish'):
            text = (ROOT / 'completions' / name).read_text()
            for word in self.commands:
                self.assertRegex(text, rf'\b{word}\b', name)
            for option in self.options:
                self.assertRegex(text, rf'-l {option}\b' if name == 'davy.fish' else rf'--{option}\b', name)

    def test_man_pages_know_every_command_and_option(self):
        fronts = [(ROOT / 'docs/man' / name).read_text() for name in ('davy.1.scd', 'ja/davy.1.scd')]
        for front in fronts:
            told = re.search(r'^# (?:COMMANDS|コマンド)$(.*?)^# ', front, re.M | re.S)[1]
            self.assertEqual(sorted(re.findall(r'^\*(\w+)\*$', told, re.M)), sorted(self.commands), 'each in the section of commands')
        for word in self.commands:
            self.assertTrue([s for s in '18' if (ROOT / f'docs/man/davy-{word}.{s}.scd').exists()], word)
        for name in ('davy-scan.1.scd', 'ja/davy-scan.1.scd'):
            page = (ROOT / 'docs/man' / name).read_text()
            for option in self.options:
                self.assertIn(f'*--{option}*', page, name)

    def test_feed_options_are_known(self):
        page = (ROOT / 'docs/man/davy-feed.1.scd').read_text()
        japanese = (ROOT / 'docs/man/ja/davy-feed.1.scd').read_text()
        commands = re.findall(r'^  (\w+) +\S', help_of('feed').split('Commands:')[1], re.M)
        self.assertEqual(commands, ['add', 'remove', 'list', 'check', 'export', 'pull', 'sources', 'forget', 'publish', 'withdraw', 'log', 'key'])
        for command in commands:
            self.assertIn(f'*davy feed {command}*', page)
            self.assertIn(f'*davy feed {command}*', japanese)
            for option in re.findall(r'^  (?:-\w, |    )--([a-z0-9-]+)', help_of('feed', command), re.M):
                if option not in ('help', 'version'):
                    self.assertIn(f'*--{option}*', page)
                    self.assertIn(f'*--{option}*', japanese)
                for name in ('davy.bash', '_davy', 'davy.fish'):
                    text = (ROOT / 'completions' / name).read_text()
                    self.assertRegex(text, rf'-l {option}\b' if name == 'davy.fish' else rf'--{option}\b', name)

    def test_admit_options_are_known(self):
        pages = [(ROOT / 'docs/man' / name).read_text() for name in ('davy-admit.8.scd', 'ja/davy-admit.8.scd')]
        options = re.findall(r'^  (?:-\w, |    )--([a-z0-9-]+)', help_of('admit'), re.M)
        self.assertGreater(len(options), 9)
        for option in options:
            for page in pages:
                self.assertIn(f'*--{option}*', page)
            for name in ('davy.bash', '_davy', 'davy.fish'):
                text = (ROOT / 'completions' / name).read_text()
                self.assertRegex(text, rf'-l {option}\b' if name == 'davy.fish' else rf'--{option}\b', name)

    def test_hunt_options_are_known(self):
        pages = [(ROOT / 'docs/man' / name).read_text() for name in ('davy-hunt.1.scd', 'ja/davy-hunt.1.scd')]
        options = re.findall(r'^  (?:-\w, |    )--([a-z0-9-]+)', help_of('hunt') + help_of('hunt', 'report'), re.M)
        self.assertGreater(len(options), 30)
        for option in options:
            for page in pages:
                self.assertIn(f'*--{option}*', page)
            for name in ('davy.bash', '_davy', 'davy.fish'):
                text = (ROOT / 'completions' / name).read_text()
                if name == 'davy.fish':
                    self.assertRegex(text, rf"from hunt'.* -l {option}\b", name)
                else:
                    self.assertRegex(text, rf'--{option}\b', name)

    def test_case_options_are_known(self):
        page = (ROOT / 'docs/man/davy-case.1.scd').read_text()
        japanese = (ROOT / 'docs/man/ja/davy-case.1.scd').read_text()
        commands = re.findall(r'^  (\w+) +\S', help_of('case').split('Commands:')[1].split('Examples:')[0], re.M)
        self.assertEqual(commands, ['list', 'show', 'export', 'close', 'note', 'ingest'])
        for command in commands:
            self.assertIn(f'*davy case {command}*', page)
            for option in re.findall(r'^  (?:-\w, |    )--([a-z0-9-]+)', help_of('case', command), re.M):
                self.assertIn(f'*--{option}*', page)
                self.assertIn(f'*--{option}*', japanese)
                for name in ('davy.bash', '_davy', 'davy.fish'):
                    text = (ROOT / 'completions' / name).read_text()
                    self.assertRegex(text, rf'-l {option}\b' if name == 'davy.fish' else rf'--{option}\b', name)

    def test_watch_and_replay_options_are_known(self):
        of_watch = (ROOT / 'docs/man/davy-watch.8.scd').read_text()
        of_replay = (ROOT / 'docs/man/davy-replay.1.scd').read_text()
        for command, page in (('watch', of_watch), ('replay', of_replay)):
            options = re.findall(r'^  (?:-\w, |    )--([a-z0-9-]+)', help_of(command), re.M)
            self.assertGreater(len(options), 12)
            for option in options:
                self.assertIn(f'*--{option}*', page)
                for name in ('davy.bash', '_davy', 'davy.fish'):
                    text = (ROOT / 'completions' / name).read_text()
                    if name == 'davy.fish':
                        self.assertRegex(text, rf"from [a-z ]*{command}[a-z ]*'.* -l {option}\b", name)
                    else:
                        self.assertRegex(text, rf'--{option}\b', name)

    def test_cost_and_drill_options_are_known(self):
        for command, least in (('cost', 30), ('drill', 9)):
            page = (ROOT / f'docs/man/davy-{command}.1.scd').read_text()
            options = re.findall(r'^  (?:-\w, |    )--([a-z0-9-]+)', help_of(command), re.M)
            self.assertGreater(len(options), least)
            for option in options:
                self.assertIn(f'*--{option}*', page)
                for name in ('davy.bash', '_davy', 'davy.fish'):
                    text = (ROOT / 'completions' / name).read_text()
                    self.assertRegex(text, rf"from {command}'.* -l {option}\b" if name == 'davy.fish' else rf'--{option}\b', name)

    def test_completions_load(self):
        checks = {'bash': ['bash', '-n', 'completions/davy.bash'], 'zsh': ['zsh', '-n', 'completions/_davy'],
                  'fish': ['fish', '-n', 'completions/davy.fish']}
        for shell, command in checks.items():
            with self.subTest(shell):
                if not shutil.which(shell):
                    self.skipTest(f'{shell} is missing')
                subprocess.run(command, cwd=ROOT, check=True)

    def test_bash_completes(self):
        for command, begin, want in (('scan', '--fo', '--format'), ('watch', '--capture-s', '--capture-size'), ('replay', '--fa', '--fail-on'),
                                     ('replay', '--capt', '')):
            script = f'source completions/davy.bash; COMP_WORDS=(davy {command} {begin}); COMP_CWORD=2; _davy; echo "${{COMPREPLY[@]}}"'
            out = subprocess.run(['bash', '-c', script], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
            self.assertEqual(out.strip(), want)
        # a command of a command has only its own options
        for words, want in ((['feed', 'remove', '--'], '--feed --help --version'), (['case', 'note', '--s'], '--store'), (['rules', 'fields', '--si'], '')):
            script = f'source completions/davy.bash; COMP_WORDS=({DAVY} {" ".join(words)}); COMP_CWORD={len(words)}; _davy; echo "${{COMPREPLY[@]}}"'
            out = subprocess.run(['bash', '-c', script], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
            self.assertEqual(out.strip(), want)

    def test_what_is_misspelt_is_told(self):
        def said(*words):
            done = subprocess.run([DAVY, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENGLISH)
            self.assertEqual(done.returncode, 2, words)
            return done.stderr

        self.assertIn('did you mean `davy scan`?', said('scann'))
        self.assertIn('did you mean `davy feed list`?', said('feed', 'lst'))
        self.assertIn('did you mean --quiet?', said('scan', '--quite', '.'))
        self.assertIn('did you mean --format?', said('rules', 'list', '--formt=json'))
        self.assertIn('`davy --help` lists them', said('nothing-like-it'))
        self.assertIn('see --help', said('scan', '--nothing-like-it'))

    def test_color_is_colour(self):
        for option in ('--color=never', '--no-color', '--no-colour', '--colour=never'):
            self.assertTrue(help_of('scan', option), option)
        done = subprocess.run([DAVY, 'scan', '--color=red', '.'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENGLISH)
        self.assertEqual((done.returncode, '--colour takes' in done.stderr), (2, True), done.stderr)

    @unittest.skipUnless(os.path.exists('/dev/full'), '/dev/full is missing')
    def test_a_full_disk_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / 'auth.log').write_text('Dec 10 06:55:46 host sshd[24200]: Invalid user webmaster from 192.0.2.7\n')
            for words in (['--help'], ['scan', '--help'], ['rules', 'list'], ['rules', 'fields', '-f', 'json'], ['cost', '-c', '100'], ['cost', '-l', '-f', 'json'],
                          ['drill', '--list'], ['logs', folder], ['logs', '-f', 'json', '-o', '/dev/full', folder], ['logs', 'coverage', folder],
                          ['logs', 'coverage', '-f', 'json', folder]):
                is_quiet = words[:3] == ['logs', '-f', 'json'] # nothing is found there, so nothing is lost
                with self.subTest(words), open('/dev/full', 'w') as full:
                    done = subprocess.run([DAVY, *words], stdout=full, stderr=subprocess.PIPE, text=True, env=ENGLISH)
                    self.assertEqual((done.returncode, 'cannot write' in done.stderr), (0, False) if is_quiet else (3, True), done.stderr)

    def test_help_is_ascii_where_the_locale_is(self):
        for command in ('scan', 'watch', 'cost'):
            done = subprocess.run([DAVY, command, '--help'], check=True, stdout=subprocess.PIPE, env={**ENGLISH, 'LANG': 'C'})
            self.assertTrue(done.stdout.isascii(), command)


if __name__ == '__main__':
    unittest.main(verbosity=2)
