# SPDX-License-Identifier: Apache-2.0
"""What is ordinary stays quiet: a Debian minbase image and this machine's /usr give nothing at warning and above.

Exceptions are named, with the reason, in exceptions.txt: a line "rule | path pattern | why". Each must still be needed on a
machine that has the path; one that matches nothing is only reported, since machines differ.
"""
import fnmatch
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from test_scan import findings, scan

HERE = pathlib.Path(__file__).parent


def exceptions():
    for line in (HERE / 'exceptions.txt').read_text().split('\n'):
        if line and not line.startswith('#'):
            rule, path, why = (part.strip() for part in line.split('|'))
            assert why, line
            yield rule, path


class Quiet(unittest.TestCase):
    def check(self, *arguments):
        report, code = scan('--fail-on', 'none', *arguments)
        (target,) = report['targets']
        self.assertEqual(code, 0)
        loud, excused = [], 0
        allowed = list(exceptions())
        for f in findings(target, 'warning'):
            paths = [f['subject']['name'], *f.get('also', [])]
            if all(any(f['rule'] == r and fnmatch.fnmatchcase(p, pattern) for r, pattern in allowed) for p in paths):
                excused += 1
            else:
                loud.append((f['priority'], f['rule'], paths[:3], f['output'][:200]))
        print(f'{arguments[-1]}: {target["counts"]["files"]} files, {target["counts"]["bytes"]} bytes, '
              f'{len(findings(target))} findings, {excused} excused, unread {target["unread"]["total"]}, '
              f'{target["cpu_seconds"]:.1f} CPU s', file=sys.stderr)
        self.assertFalse(loud, '\n'.join(map(str, loud)))
        return target

    def test_usr_of_this_machine(self):
        target = self.check('/usr')
        self.assertGreater(target['counts']['files'], 1000)
        self.assertIn(target['verdict']['word'], ('clean', 'exposed'))

    def test_debian_minbase(self):
        if os.geteuid() or not shutil.which('mmdebstrap') or not shutil.which('umoci'):
            self.skipTest('needs root, mmdebstrap and umoci')
        temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-minbase-'))
        self.addCleanup(shutil.rmtree, temp, ignore_errors=True)
        tar = temp / 'minbase.tar'
        made = subprocess.run(['mmdebstrap', '--variant=minbase', '--quiet', 'bookworm', tar], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if made.returncode:
            self.skipTest('mmdebstrap could not build a root file system: ' + made.stdout[-300:])
        layout = temp / 'oci'
        subprocess.run(['umoci', 'init', '--layout', layout], check=True)
        subprocess.run(['umoci', 'new', '--image', f'{layout}:debian'], check=True)
        subprocess.run(['umoci', 'raw', 'add-layer', '--image', f'{layout}:debian', tar], check=True)
        target = self.check('--name', 'debian:bookworm', layout)
        self.assertEqual(target['verdict']['word'], 'clean', json.dumps(target['findings'])[:2000])
        self.detonate(layout)

    def detonate(self, layout):
        """What every image does when it starts, in a jail, is nothing to speak of."""
        if not shutil.which('runc'):
            return
        script = 'id; ls / /etc > /tmp/list; dpkg -l | tail -1; apt-config dump > /dev/null; sleep 300; date'
        with tempfile.NamedTemporaryFile(suffix='.json') as out:
            done = subprocess.run([os.environ['DAVY'], 'detonate', '-q', '--no-feed', '-t', '200', '--fast=300', '-f', 'json', '-o', out.name, '--name', 'debian:bookworm',
                                   layout, '--', '/bin/sh', '-c', script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode == 3:
                self.skipTest('there can be no jail here: ' + done.stdout[-300:])
            target = json.loads(pathlib.Path(out.name).read_bytes())['targets'][0]  # a report replaces the file of its name
        self.assertEqual((target['verdict']['word'], target['runs'][0]['ended']), ('clean', 'exit 0'), json.dumps(target)[:2000])


if __name__ == '__main__':
    unittest.main(verbosity=2)
