# SPDX-License-Identifier: Apache-2.0
"""Where the same content lies: every place is told, the one that tells most first, whatever the order of the walk; and what becomes of thousands of findings."""
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / 'src/sink')]
import artifacts
import check_formats
import imitations

DAVY = os.environ['DAVY']
MINER = 'Miner configuration with a payable address'
CONFIG = imitations.miner_config().encode()


def layer(*entries):
    """A layer of (path, content or None, mode, name that it links to)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as t:
        for path, data, mode, link in entries:
            info = tarfile.TarInfo(path)
            info.mode = mode
            if link:
                info.type, info.linkname = tarfile.LNKTYPE, link
            else:
                info.size = len(data)
            t.addfile(info, None if link else io.BytesIO(data))
    return out.getvalue()


def file(path, data=CONFIG, mode=0o644):
    return path, data, mode, None


def link(path, to):
    return path, None, 0o644, to


class Places(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-e2e-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'COLUMNS': '80', 'XDG_CACHE_HOME': str(self.temp / 'cache')}

    def image(self, *layers):
        image = artifacts.Artifact('', artifacts.OCI_CONFIG, artifacts.rootfs(*layers, os='linux', architecture='amd64'),
                                   [(artifacts.OCI_LAYER, None, x) for x in layers])
        return image.layout(pathlib.Path(tempfile.mkdtemp(dir=self.temp)) / 'image')

    def scan(self, target, *arguments):
        """The report in each form, each held against its standard, and the exit code."""
        out = pathlib.Path(tempfile.mkdtemp(dir=self.temp))
        forms = ['text', 'json', *check_formats.CHECKS]
        result = subprocess.run([DAVY, 'scan', '--quiet', *(f'--format={f}={out / f}' for f in forms), *arguments, str(target)],
                                capture_output=True, env=self.env, timeout=600, check=False)
        self.assertEqual((result.stdout, result.stderr), (b'', b''))
        reports = {f: (out / f).read_bytes() for f in forms}
        for name, check in check_formats.CHECKS.items():
            self.assertEqual(check(reports[name]), [], name)
        return reports, result.returncode

    def findings(self, reports, rule=MINER):
        return [{k: v for k, v in f.items() if k != 'time'} for f in json.loads(reports['json'])['targets'][0]['findings'] if f['rule'] == rule]

    def folder(self, **files):
        root = self.temp / 'root'
        for path, data in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        return root

    def test_copies_are_told_in_every_form(self):
        root = self.folder(**{f'a/{i:02}/config.json': CONFIG for i in range(40)}, **{'etc/cron.d/job': CONFIG})
        reports, code = self.scan(root)
        self.assertEqual(code, 1)
        found, = self.findings(reports)
        self.assertEqual(found['subject']['name'], '/etc/cron.d/job')  # met last, and the one that matters
        self.assertEqual((len(found['also']), found['also_total']), (32, 40))
        self.assertEqual(found['also'][0], '/a/00/config.json')
        text = reports['text'].decode()
        self.assertRegex(text, r'\n +/etc/cron\.d/job:\d+\n +also at /a/00/config\.json\n')
        self.assertIn('and 36 more paths with the same content', text)
        result, = (r for r in json.loads(reports['sarif'])['runs'][0]['results'] if r['ruleId'] == 'miner-configuration-with-a-payable-address')
        self.assertEqual(result['locations'][0]['physicalLocation']['artifactLocation']['uri'], 'etc/cron.d/job')
        also = [x['physicalLocation']['artifactLocation']['uri'] for x in result['relatedLocations'] if x['message']['text'].startswith('also at ')]
        self.assertEqual(also, [p[1:] for p in found['also']])
        ids = [x['id'] for x in result['relatedLocations']]
        self.assertEqual(len(set(ids)), len(ids))
        page = reports['html'].decode()
        self.assertIn('<code>/a/00/config.json</code>', page)
        self.assertIn('the same content under 40 more paths', page)
        self.assertIn('<li>and 8 more places</li>', page)

    def test_what_a_container_sees_comes_first(self):
        image = self.image(layer(file('opt/x.json'), file('opt/there.json'), file('opt/deleted.json')),
                           layer(file('opt/x.json', b'{}')),
                           layer(file('srv/again.json'), file('srv/deleted.json')),
                           layer(file('srv/.wh.deleted.json', b''), file('opt/.wh.deleted.json', b'')))
        reports, code = self.scan(image)
        self.assertEqual(code, 1)
        told = {(f['subject']['name'], f['subject']['layer'], f['subject']['layer_state'], *f.get('also', [])) for f in self.findings(reports)}
        self.assertEqual(told, {('/opt/x.json', 1, 'shadowed'), ('/opt/there.json', 1, 'effective'), ('/opt/deleted.json', 1, 'deleted'),
                                ('/srv/again.json', 3, 'effective'), ('/srv/deleted.json', 3, 'deleted')})
        text = reports['text'].decode()
        order = [text.index(p) for p in ('/srv/again.json', '/opt/there.json', '/opt/x.json', '/srv/deleted.json', '/opt/deleted.json')]
        self.assertEqual(order, sorted(order), text)
        again, _ = self.scan(image)  # layers from their notes
        self.assertEqual(self.findings(again), self.findings(reports))

    def test_every_name_of_a_file_is_judged(self):
        """The first name lies among samples, and is removed: what the container sees is the second."""
        sample = 'Miner configuration with a payable address among samples'
        image = self.image(layer(file('usr/share/doc/example.json', mode=0o755), link('etc/cron.d/job', 'usr/share/doc/example.json'),
                                 link('opt/third', 'etc/cron.d/job')),
                           layer(file('usr/share/doc/.wh.example.json', b'')))
        for arguments in ([], [], ['--no-cache'], ['--unconfined', '--no-cache'], ['--jobs=1', '--no-cache']):
            reports, code = self.scan(image, *arguments)
            self.assertEqual(code, 1)
            hidden, = self.findings(reports, sample)
            self.assertEqual((hidden['subject']['name'], hidden['subject']['layer_state']), ('/usr/share/doc/example.json', 'deleted'))
            found, = self.findings(reports)
            self.assertEqual((found['subject']['name'], found['subject']['layer_state'], found['also']), ('/etc/cron.d/job', 'effective', ['/opt/third']))
            self.assertEqual(found['subject']['sha256'], hidden['subject']['sha256'])

    def test_names_in_an_archive_and_in_a_folder(self):
        tar = self.temp / 'root.tar'
        tar.write_bytes(layer(file('opt/a.json'), link('srv/b.json', './opt/a.json')))
        root = self.folder(**{'opt/a.json': CONFIG})
        (root / 'srv').mkdir()
        os.link(root / 'opt/a.json', root / 'srv/b.json')
        for target in (tar, root):
            found, = self.findings(self.scan(target)[0])
            self.assertEqual([found['subject']['name'], *found['also']], ['/opt/a.json', '/srv/b.json'])

    def test_thousands_of_findings(self):
        """5,000 files, each another: 1,000 are kept of the rule, all are counted, and what is more severe than they is there."""
        files = {f'a/{i:04}.json': CONFIG.replace(b'"pass": "x"', b'"pass": "x%d"' % i) for i in range(5000)}
        root = self.folder(**files, **{'z/.aws/credentials': imitations.aws_credentials().encode()})
        for policy, code in (('high', 1), ('none', 0)):
            reports, got = self.scan(root, '--fail-on', policy)
            self.assertEqual(got, code)
        target = json.loads(reports['json'])['targets'][0]
        self.assertEqual((len(self.findings(reports)), target['findings_not_kept']), (1000, 4000))
        self.assertTrue(any(f['subject']['name'] == '/z/.aws/credentials' for f in target['findings']))
        text = reports['text'].decode()
        self.assertIn(f'{MINER} ×5000', text)
        self.assertIn('            and 995 more, see --format json\n            and 4000 more, counted and not kept\n', text)
        run, = json.loads(reports['sarif'])['runs']
        notes = [n['message']['text'] for n in run['invocations'][0]['toolExecutionNotifications']]
        self.assertTrue(any('4000 findings beyond the limits of a report were counted only' in n for n in notes), notes)
        self.assertEqual(len(run['results']), len(target['findings']))
        self.assertLess(len(reports['html']), 4 << 20)


if __name__ == '__main__':
    unittest.main()
