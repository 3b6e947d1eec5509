# SPDX-License-Identifier: Apache-2.0
"""What `make install` puts down runs where it lies: the front finds its programs, the programs their rules."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

IMITATIONS = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ['DAVY']).parent
# Harmless by construction: docs/writing-rules.md, "Trying it out".
IMITATION = 'DAVY TEST IMITATION of a listed file\n'


class Install(unittest.TestCase):
    def test_installed_tree(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', root / 'tree'],
                           check=True, stdout=subprocess.DEVNULL)
            (root / 'tree').rename(root / 'moved')
            davy = next((root / 'moved').rglob('bin/davy'))
            sample = root / 'sample.txt'
            sample.write_text(IMITATION)
            env = {k: v for k, v in os.environ.items() if k != 'DAVY_DATA'}
            scan = subprocess.run([davy, 'scan', '-q', '-f', 'json', sample], env=env, stdout=subprocess.PIPE)
            self.assertEqual(scan.returncode, 1)
            self.assertEqual(json.loads(scan.stdout)['targets'][0]['verdict']['word'], 'malicious')
            # A program that looks for miners is none: what we install is told by nobody who looks as we do.
            own = subprocess.run([davy, 'scan', '--no-cache', '-q', '-f', 'json', root / 'moved'], env=env, stdout=subprocess.PIPE)
            self.assertEqual([(f['rule'], f['subject']['name']) for f in json.loads(own.stdout)['targets'][0]['findings']], [])
            self.assertEqual(own.returncode, 0)
            # Nor by another version, to which these are not its own files byte for byte; nor is what a scan keeps.
            other = root / 'other'
            shutil.copytree(root / 'moved', other)
            for path in (p for p in other.rglob('share/davy/rules/**/*') if p.is_file()):
                path.write_bytes(path.read_bytes() + b'\n')
            cache = {**env, 'XDG_CACHE_HOME': str(root / 'cache')}
            subprocess.run([davy, 'scan', '-q', IMITATIONS], env=cache, stdout=subprocess.DEVNULL)
            self.assertGreater((root / 'cache/davy/files.notes').stat().st_size, 10_000)
            for place in (other, root / 'cache'):
                found = subprocess.run([davy, 'scan', '--no-cache', '-q', '-f', 'json', place], env=env, stdout=subprocess.PIPE)
                self.assertEqual([(f['rule'], f['subject']['name']) for f in json.loads(found.stdout)['targets'][0]['findings']], [])
            rules = subprocess.run([davy, 'rules', 'test'], env=env, stdout=subprocess.PIPE, text=True)
            self.assertEqual(rules.returncode, 0, rules.stdout)
            self.assertTrue(list((root / 'moved').rglob('man1/davy.1')))
            japanese = subprocess.run([davy, 'scan', sample], env={**env, 'LC_ALL': 'ja_JP.UTF-8'}, stdout=subprocess.PIPE,
                                      text=True, encoding='utf-8')
            self.assertIn('悪性 MALICIOUS', japanese.stdout)
            self.assertIn('   理由     ', japanese.stdout, 'the texts of the shipped rules are there too')


if __name__ == '__main__':
    unittest.main(verbosity=2)
