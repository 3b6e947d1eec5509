# SPDX-License-Identifier: Apache-2.0
"""Help, completions and man pages speak of the same commands and options; the completions load in their shells."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAVY = os.environ['DAVY']


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
        front = (ROOT / 'docs/man/davy.1.scd').read_text()
        for word in self.commands:
            self.assertIn(f'*{word}*', front)
            self.assertTrue([s for s in '18' if (ROOT / f'docs/man/davy-{word}.{s}.scd').exists()], word)
        for name in ('davy-scan.1.scd', 'ja/davy-scan.1.scd'):
            page = (ROOT / 'docs/man' / name).read_text()
            for option in self.options:
                self.assertIn(f'*--{option}*', page, name)
        for word in self.commands:
            self.assertIn(f'*{word}*', (ROOT / 'docs/man/ja/davy.1.scd').read_text())

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


if __name__ == '__main__':
    unittest.main(verbosity=2)
