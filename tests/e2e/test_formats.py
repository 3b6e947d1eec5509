# SPDX-License-Identifier: Apache-2.0
"""Every format of a report: of the images that the other tests scan, of a machine's root, of hostile names; several at once."""
import gzip
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / 'src/sink')]
import artifacts
import check_formats
import hostile
import images
import imitations

DAVY = os.environ['DAVY']
FORMATS = list(check_formats.CHECKS)


def davy(*arguments, **kwargs):
    return subprocess.run([DAVY, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=600, **kwargs)


class Scratch(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-e2e-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)

    def scan(self, *arguments):
        """One scan, every format; each is held against its standard. Returns the reports as bytes and the exit code."""
        out = pathlib.Path(tempfile.mkdtemp(dir=self.temp))
        formats = [f'--format={f}={out / f}' for f in ['json', *FORMATS]]
        result = davy('scan', '--quiet', *formats, *arguments)
        self.assertEqual((result.stdout, result.stderr), (b'', b''))
        self.assertEqual(sorted(p.name for p in out.iterdir()), sorted(['json', *FORMATS]))
        reports = {f: (out / f).read_bytes() for f in ['json', *FORMATS]}
        for name in FORMATS:
            self.assertEqual(check_formats.CHECKS[name](reports[name]), [], name)
        return reports, result.returncode


@unittest.skipIf(images.missing_tools(), f'tools are missing: {images.missing_tools()}')
@unittest.skipIf(os.geteuid(), 'umoci needs root here')
class Images(Scratch):
    def test_malicious(self):
        image = images.malicious(self.temp)
        reports, code = self.scan('--name', images.REFERENCE, image.layout)
        report = json.loads(reports['json'])['targets'][0]
        self.assertEqual(code, 1)
        run = json.loads(reports['sarif'])['runs'][0]
        self.assertEqual(len(run['results']), len(report['findings']))
        self.assertEqual(run['properties']['targets'][0]['verdict'], 'malicious')
        self.assertEqual(run['invocations'][0]['exitCode'], 1)
        places = {x['locations'][0]['physicalLocation']['artifactLocation']['uri']: x for x in run['results']}
        config = places['opt/.cache/config.json']
        self.assertEqual(config['level'], 'error')
        self.assertTrue(config['locations'][0]['physicalLocation']['region']['startLine'])
        self.assertEqual(places['root/.aws/credentials']['locations'][0]['logicalLocations'][0]['properties']['state'], 'deleted')
        again, _ = self.scan('--name', images.REFERENCE, image.layout)
        self.assertEqual([x['partialFingerprints'] for x in json.loads(again['sarif'])['runs'][0]['results']],
                         [x['partialFingerprints'] for x in run['results']])
        bom = json.loads(reports['cyclonedx'])
        files = {c['name']: c for c in bom['components'] if c['type'] == 'file'}
        self.assertIn('/tmp/agent', files)
        self.assertEqual(sum(c['name'].startswith('layer ') for c in bom['components']), len(report['layers']))
        self.assertIn('davy_verdict{', reports['openmetrics'].decode())
        self.assertRegex(reports['openmetrics'].decode(), r'verdict="malicious"\} 1')
        for name, data in reports.items():
            for secret in (imitations.AWS_SECRET, imitations.AWS_KEY_ID, imitations.GITLAB_TOKEN):
                self.assertNotIn(secret.encode(), data, name)

    def test_benign_and_authorised(self):
        (self.temp / 'benign').mkdir()
        reports, code = self.scan(images.benign(self.temp / 'benign').layout)
        self.assertEqual(code, 0)
        self.assertRegex(reports['html'].decode(), 'Everything that was to be looked at could be read')
        (self.temp / 'malicious').mkdir()
        policy = self.temp / 'policy.yaml'
        policy.write_text('version: 1\nauthorise:\n  - what: {path: "/opt/*"}\n    approved_by: Test & <co>\n    reason: the test "says" so\n'
                          '    until: 2500-12-31\n')
        reports, _ = self.scan('--policy', policy, images.malicious(self.temp / 'malicious').layout)
        results = json.loads(reports['sarif'])['runs'][0]['results']
        suppressed = [x for x in results if x['suppressions']]
        self.assertTrue(suppressed and len(suppressed) < len(results))
        self.assertIn('the test "says" so', suppressed[0]['suppressions'][0]['justification'])


@unittest.skipIf(images.missing_tools(), f'tools are missing: {images.missing_tools()}')
@unittest.skipIf(os.geteuid(), 'umoci needs root here')
class Skopeo(Scratch):
    """Forms that skopeo writes and that cannot be looked at whole, or not at all: the report says which part and why."""

    def setUp(self):
        super().setUp()
        (self.temp / 'image').mkdir()
        self.image = images.malicious(self.temp / 'image')

    def copy(self, to, *options):
        images.run('skopeo', '--insecure-policy', 'copy', *options, f'oci:{self.image.layout}:latest', to)
        return to.partition(':')[2].removesuffix(':latest')

    def one(self, target):
        reports, code = self.scan('--name', images.REFERENCE, target)
        return json.loads(reports['json'])['targets'][0], code

    def test_encrypted_layers_are_named_and_no_contradiction(self):
        key, public = self.temp / 'key.pem', self.temp / 'public.pem'
        images.run('openssl', 'genrsa', '-out', key, '2048')
        images.run('openssl', 'rsa', '-in', key, '-pubout', '-out', public)
        for options, layers in (([], [3, 2, 1]), (['--encrypt-layer', '1'], [2])):
            target, code = self.one(self.copy(f'oci:{self.temp}/encrypted{len(layers)}:latest', '--encryption-key', f'jwe:{public}', *options))
            self.assertEqual([(u['what'], u['why']) for u in target['unread']['list']],
                             [(f'layer {n}', 'the layer is encrypted: its files were not looked at') for n in layers])
            self.assertNotIn('Image that contradicts itself', {f['rule'] for f in target['findings']})

    def test_schema_1_says_what_to_do(self):
        for target in (self.copy(f'dir:{self.temp}/old', '--format', 'v2s1'),):
            failed, code = self.one(target)
            self.assertEqual(code, 3)
            self.assertIn('skopeo copy --format v2s2', failed['failure'])


class Artifacts(Scratch):
    def layouts(self, these):
        return [a.layout(self.temp / name.replace(' ', '-')) for name, a in these.items()]

    def test_each_kind_is_no_image_and_clean(self):
        reports, code = self.scan(*self.layouts(artifacts.KINDS))
        self.assertEqual(code, 0)
        targets = json.loads(reports['json'])['targets']
        for (name, artifact), target in zip(artifacts.KINDS.items(), targets, strict=True):
            self.assertEqual((target['kind'], target['artifact'], target['verdict']['word'], target['unread']['total']),
                             ('artifact', artifact.called, 'clean', 0), (name, target))
            self.assertEqual(target['counts']['files'], 2 if name == 'chart' else 1, name)
        self.assertIn(artifacts.HELM, reports['html'].decode())

    def test_a_plain_line_tells(self):
        result = davy('scan', '--quiet', '--no-cache', artifacts.KINDS['chart'].layout(self.temp / 'chart'))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f'No image but an artifact, of type {artifacts.HELM}', ' '.join(result.stdout.decode().split()))

    def test_content_is_judged(self):
        made = {'secret': artifacts.file(imitations.aws_credentials().encode(), '.aws/credentials'),
                'config': artifacts.file(imitations.miner_config().encode(), 'config.json', 'application/json'),
                'packed': artifacts.Artifact(artifacts.HELM, artifacts.HELM, b'{}', [('application/vnd.cncf.helm.chart.content.v1.tar+gzip', None, gzip.compress(
                    artifacts.tar({'web/config.json': imitations.miner_config().encode()}), mtime=0))])}
        reports, code = self.scan(*self.layouts(made))
        self.assertEqual(code, 1)
        for name, target in zip(made, json.loads(reports['json'])['targets'], strict=True):
            self.assertEqual(target['kind'], 'artifact', name)
            self.assertNotIn(target['verdict']['word'], ('clean', 'authorised'), name)
            self.assertNotIn('Image that contradicts itself', [f['rule'] for f in target['findings']], name)

    def test_what_has_another_digest_is_told(self):
        layout = artifacts.KINDS['file'].layout(self.temp / 'layout')
        blob = layout / 'blobs/sha256' / artifacts.digest(b'hello\n')[7:]
        blob.write_bytes(b'jello\n')
        reports, code = self.scan(layout)
        self.assertEqual(code, 1)
        self.assertEqual([f['rule'] for f in json.loads(reports['json'])['targets'][0]['findings']], ['Image that contradicts itself'])

    def test_an_image_stays_one(self):
        reports, code = self.scan(*self.layouts(artifacts.IMAGES))
        self.assertEqual(code, 1)
        for name, target in zip(artifacts.IMAGES, json.loads(reports['json'])['targets'], strict=True):
            self.assertEqual((target['kind'], target.get('artifact')), ('image', None), name)
            self.assertIn('Image that contradicts itself', [f['rule'] for f in target['findings']], name)


class Software(Scratch):
    def test_packages_of_the_target(self):
        root = self.temp / 'root'
        for path, content in {
                'var/lib/dpkg/status': 'Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b7\n\n'
                                       'Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n',
                'usr/lib/os-release': 'ID=debian\nVERSION_ID="12"\n',
                'usr/lib/python3/dist-packages/Some_Thing-1.dist-info/METADATA': 'Metadata-Version: 2.1\nName: Some_Thing\nVersion: 1.0\n',
                'srv/node_modules/@a/b/package.json': '{"name": "@a/b", "version": "2.0.0"}',
                'var/lib/rpm/rpmdb.sqlite': 'SQLite format 3',
                'usr/bin/tool': imitations.tiny_elf()}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        reports, _ = self.scan(root)
        bom = json.loads(reports['cyclonedx'])
        purls = {c['purl'] for c in bom['components'] if 'purl' in c}
        self.assertEqual(purls, {'pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64&distro=debian-12', 'pkg:pypi/some-thing@1.0', 'pkg:npm/%40a/b@2.0.0'})
        self.assertIn({'name': 'davy:packages.database_not_read', 'value': '/var/lib/rpm/rpmdb.sqlite'}, bom['metadata']['component']['properties'])
        spdx = json.loads(reports['spdx'])
        self.assertEqual({r['referenceLocator'] for p in spdx['packages'] for r in p.get('externalRefs', [])}, purls)
        self.assertIn('/usr/bin/tool', {c['name'] for c in bom['components'] if c['type'] == 'file'})


class Hostile(Scratch):
    def test_names_and_contents(self):
        root = os.fsencode(self.temp / 'root')
        for name in (b'<script>alert(1)<', b'\'"&;]]>', b'\xe2\x80\xae\xe2\x81\xa6', b'\xff\xfe\x80', b'\x1b[2J\n\t\r', b'%2e%2e', b'#?[x](http', b'{0}', b'a' * 200):
            folder = os.path.join(root, name)
            os.makedirs(folder)
            with open(os.path.join(folder, name + b'.json'), 'w') as f:
                f.write(imitations.miner_config().replace('"pass": "x"', '"pass": "</td><img src=x onerror=alert(1)>"'))
        reports, code = self.scan(os.fsdecode(root), self.temp / 'missing\udcff', os.fsdecode(root))
        self.assertEqual(code, 1)
        self.assertIn('<img src=x onerror', ''.join(self.text(reports['html'])))
        self.assertIn('%1B%5B2J%0A%09%0D', reports['sarif'].decode())

    def test_what_images_archives_and_packages_call_things(self):
        """Names from everywhere but a file system: members, packages, labels, references, lines of history, secrets, problems."""
        evil = ['<script>alert(1)</script>', '\'"&;]]>--><!--', '\u202e\u2066\u200b', '\x1b[2J\x1b]0;t\x07\r\n', '../../etc/shadow', '%s%n{0}', '\ufeff\ufffe\U0001f600', 'n' * 4000]
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, 'w') as z:
            for n, name in enumerate(evil):
                z.writestr(f'{n}{name}/config.json', imitations.miner_config() + ' ' * n)
        tarred = hostile.tar(*(hostile.entry(f'{n}{name}/c.json'.encode(), (imitations.miner_config() + '\n' * (n + 1)).encode()) for n, name in enumerate(evil)),
                             hostile.entry(b'\xff\xfe\x80\x1b[2J', imitations.miner_config().encode()))
        packages = ''.join(f'Package: p{n}{name}\nStatus: install ok installed\nArchitecture: {name}\nVersion: 1{name}\n\n' for n, name in enumerate(evil))
        layer = hostile.tar(hostile.entry('srv/a.zip', archive.getvalue()), hostile.entry('srv/b.tar', tarred), hostile.entry('var/lib/dpkg/status', packages.encode()),
                            hostile.entry('usr/lib/os-release', f'ID={evil[0]}\nVERSION_ID="{evil[1]}"\nPRETTY_NAME={evil[3]}\n'.encode()),
                            hostile.entry('usr/lib/python3/dist-packages/x.dist-info/METADATA', f'Name: {evil[0]}\nVersion: {evil[1]}\nLicense: {evil[4]}\n'.encode()),
                            hostile.entry('srv/node_modules/x/package.json', json.dumps({'name': evil[1], 'version': evil[0], 'license': evil[3]}).encode()))
        config = {'os': evil[0], 'architecture': evil[1], 'variant': evil[3], 'author': evil[0], 'created': evil[1],
                  'config': {'Labels': {name: name for name in evil}, 'Env': [f'API_TOKEN={name}' for name in evil], 'Entrypoint': evil, 'Cmd': evil, 'User': evil[0],
                             'ExposedPorts': {evil[0]: {}}, 'Volumes': {evil[4]: {}}, 'WorkingDir': evil[3]},
                  'history': [{'created_by': ' '.join(evil), 'comment': evil[0]}]}
        image = hostile.Layout(self.temp / 'image', [layer], config=config)
        image.index({**image.blob(json.dumps(image.manifest).encode()), 'annotations': {'org.opencontainers.image.ref.name': ''.join(evil[:4])}})
        reports, code = self.scan(image.folder)
        self.assertEqual(code, 1)
        self.assertGreater(len(json.loads(reports['json'])['targets'][0]['findings']), 10)
        self.assertNotIn(b'\x1b', b''.join(reports.values()))
        self.assertNotIn('<script>alert(1)', reports['html'].decode())
        for arguments in ([], ['--verbose']):
            screen = davy('scan', *arguments, image.folder).stdout.decode()
            self.assertFalse([c for c in screen if c in '\x1b\x07\r\u202e\u2066'])

    @staticmethod
    def text(page):
        parser = check_formats.Page()
        parser.feed(page.decode())
        return parser.text

    @unittest.skipUnless(shutil.which('chromium'), 'chromium is missing')
    def test_a_browser_shows_the_page_as_it_is(self):
        folder = self.temp / 'root/<b onload=x>'
        folder.mkdir(parents=True)
        (folder / 'x.json').write_text(imitations.miner_config())
        page, picture = self.temp / 'report.html', self.temp / 'report.png'
        davy('scan', '--quiet', '--format', f'html={page}', self.temp / 'root')
        arguments = ['chromium', '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', f'--user-data-dir={self.temp / "profile"}',
                     '--enable-logging=stderr', '--window-size=360,2000']
        try:
            shown = subprocess.run([*arguments, f'--screenshot={picture}', f'file://{page}'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
        except subprocess.TimeoutExpired:
            self.skipTest('chromium does not end here')
        if not picture.exists():
            self.skipTest('chromium does not run here')
        console = [line for line in shown.stderr.decode(errors='replace').split('\n') if 'CONSOLE' in line]
        self.assertEqual(console, []) # a violation of the page's own policy would be told here
        self.assertGreater(picture.stat().st_size, 10_000)


class CommandLine(Scratch):
    def setUp(self):
        super().setUp()
        self.file = self.temp / 'config.json'
        self.file.write_text(imitations.miner_config())

    def test_several_reports_of_one_scan(self):
        sarif, page = self.temp / 'a.sarif', self.temp / 'a.html'
        result = davy('scan', '-f', 'text', '-f', f'sarif={sarif}', '-f', 'html', '-o', page, self.file)
        self.assertEqual(result.returncode, 1)  # --output is of the last one without a file
        self.assertIn(b'MALICIOUS', result.stdout)
        self.assertEqual(check_formats.check_sarif(sarif.read_bytes()) + check_formats.check_html(page.read_bytes()), [])
        page.unlink()
        result = davy('scan', '-f', f'sarif={sarif}', '-f', 'html', '-o', page, self.file)
        self.assertEqual((result.returncode, result.stdout), (1, b''))
        self.assertEqual(check_formats.check_sarif(sarif.read_bytes()) + check_formats.check_html(page.read_bytes()), [])
        result = davy('scan', '-f', 'json=-', '-f', f'sarif={sarif}', self.file)
        self.assertEqual(json.loads(result.stdout)['schema'], 'davy.report/1')

    def test_json_and_output_as_ever(self):
        for arguments in (['-f', 'json', '-o', 'FILE'], ['-o', 'FILE', '--format', 'json']):
            out = self.temp / 'report.json'
            result = davy('scan', *[str(out) if a == 'FILE' else a for a in arguments], self.file)
            self.assertEqual((result.returncode, result.stdout), (1, b''))
            self.assertEqual(json.loads(out.read_text())['schema'], 'davy.report/1')
            self.assertEqual(out.stat().st_mode & 0o777, 0o666 & ~self.mask())
            out.unlink()

    @staticmethod
    def mask():
        mask = os.umask(0)
        os.umask(mask)
        return mask

    def test_mistakes(self):
        for arguments, says in ((['-f', 'xml'], 'there is no format `xml`; --format takes text, json, sarif'),
                                (['-f', 'memory'], 'there is no format'), (['-f', 'sarif='], 'names no file'),
                                (['-f', 'text', '-f', 'json'], 'would go to standard output'),
                                (['-f', 'sarif=a', '-f', 'json=a'], 'would go to a'),
                                (['-f', 'sarif=a', '-o', 'b'], 'every --format has its file already')):
            result = davy('scan', *arguments, self.file, cwd=self.temp)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(says, result.stderr.decode(), arguments)
        self.assertEqual([p.name for p in self.temp.iterdir()], ['config.json'])

    def test_a_file_that_cannot_be_written_is_told_before_the_scan(self):
        result = davy('scan', '-f', f'json={self.temp / "none/x.json"}', '-f', f'sarif={self.temp / "x.sarif"}', self.file)
        self.assertEqual((result.returncode, result.stdout), (3, b''))
        self.assertIn('none/x.json: No such file or directory', result.stderr.decode())
        self.assertEqual([p.name for p in self.temp.iterdir()], ['config.json'])
        result = davy('scan', '-f', 'json=/dev/full', '-f', f'openmetrics={self.temp / "x.prom"}', self.file)
        self.assertEqual(result.returncode, 3)
        self.assertIn('No space left on device', result.stderr.decode())
        self.assertEqual(check_formats.check_openmetrics((self.temp / 'x.prom').read_bytes()), [])

    def test_a_report_is_replaced_whole(self):
        out, link = self.temp / 'report.json', self.temp / 'link.json'
        out.write_text('old' * 100_000)
        inode = out.stat().st_ino
        self.assertEqual(davy('scan', '-f', f'json={out}', self.file).returncode, 1)
        self.assertNotEqual(out.stat().st_ino, inode)
        json.loads(out.read_text())
        link.symlink_to(out)
        davy('scan', '-f', f'sarif={link}', self.file)
        self.assertTrue(link.is_symlink())
        self.assertEqual(check_formats.check_sarif(out.read_bytes()), [])
        self.assertEqual(sorted(p.name for p in self.temp.iterdir()), ['config.json', 'link.json', 'report.json'])

    def test_numbers_have_points_in_every_locale(self):
        made = self.temp / 'de_DE.UTF-8'
        subprocess.run(['localedef', '-i', 'de_DE', '-f', 'UTF-8', '--no-archive', made], check=True)
        env = {**os.environ, 'LC_ALL': 'de_DE.UTF-8', 'LOCPATH': str(self.temp)}
        self.assertIn('decimal_point=","', subprocess.run(['locale', '-k', 'decimal_point'], stdout=subprocess.PIPE, text=True, check=True, env=env).stdout)
        out = self.temp / 'x.prom'
        subprocess.run([DAVY, 'scan', '-q', '-f', f'openmetrics={out}', '-f', f'html={self.temp / "x.html"}', self.file], env=env)
        self.assertEqual(check_formats.check_openmetrics(out.read_bytes()), [])


if __name__ == '__main__':
    unittest.main(verbosity=2)
