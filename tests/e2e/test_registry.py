# SPDX-License-Identifier: Apache-2.0
"""Images from registries: a real docker-registry on loopback, in every way of access, and fakes that misbehave."""
import base64
import http.server
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / 'src/sink'))
import artifacts
import check_formats
import images
import imitations
import registries
from registries import OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Fake, Registry, digest
from test_scan import essence, findings

DAVY = os.environ['DAVY']
PULL = pathlib.Path(DAVY).parent / 'src/image/registry-pull'
missing = images.missing_tools() + registries.missing_tools()


def davy(*arguments, env=None, **kwargs):
    return subprocess.run([DAVY, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          env={**os.environ, 'LC_ALL': 'C.UTF-8', 'COLUMNS': '80', **(env or {})}, timeout=600, **kwargs)


@unittest.skipIf(missing, f'tools are missing: {missing}')
@unittest.skipIf(os.geteuid(), 'umoci needs root here')
class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix='davy-registry-'))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.image = images.malicious(cls.shared / 'image')
        cls.registry = Registry(cls.shared / 'registry')
        cls.addClassCleanup(cls.registry.stop)
        cls.registry.push(f'oci:{cls.image.layout}:latest', images.REFERENCE)

    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-e2e-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.home = self.temp / 'home'
        self.home.mkdir()

    def env(self, **more):
        """A user with nothing: no logins, no cache."""
        clean = {'HOME': str(self.home), 'XDG_CACHE_HOME': str(self.temp / 'cache'), 'DOCKER_CONFIG': str(self.home / '.docker'),
                 'XDG_RUNTIME_DIR': str(self.temp / 'run'), 'REGISTRY_AUTH_FILE': '', 'SSL_CERT_FILE': '', 'DOCKER_HOST': ''}
        return {**clean, **more}

    def scan(self, *arguments, env=None, cache=False):
        """Without the notes of earlier scans, so that every layer is fetched."""
        result = davy('scan', '--format', 'json', *([] if cache else ['--no-cache']), *arguments, env=self.env(**(env or {})))
        self.assertTrue(result.stdout, result.stderr.decode())
        return json.loads(result.stdout), result.returncode

    def failure(self, *arguments, env=None):
        report, code = self.scan(*arguments, env=env)
        self.assertEqual(code, 3, report['targets'])
        return report['targets'][0]['failure']

    def pull(self, reference, *options, env=None, timeout=600):
        """registry_pull() into self.temp/layout: code and the facts that it prints."""
        result = subprocess.run([PULL, *map(str, options), reference, self.temp / 'layout'], stdout=subprocess.PIPE,
                                env={**os.environ, **self.env(**(env or {}))}, timeout=timeout, text=True)
        self.assertIn(result.returncode, (0, 1), result.stdout)
        facts = {}
        for line in result.stdout.splitlines():
            word, _, rest = line.partition(' ')
            facts.setdefault(word, []).append(rest)
        self.assertNotIn('progress', facts)
        self.assertNotIn('an', facts, result.stdout)
        return result.returncode, facts

    def spooled(self):
        root = self.temp / 'cache/davy/pull'
        return sorted(p.name for p in root.iterdir()) if root.exists() else []

    def fake(self, handle=None, **kwargs):
        fake = Fake(handle, **kwargs)
        self.addCleanup(fake.stop)
        return fake


class Pulling(Case):
    def test_findings_are_those_of_the_other_forms(self):
        seen = {}
        forms = [*self.image.forms(), ('registry', f'{self.registry.host}/{images.REFERENCE}'),
                 ('registry:', f'registry:{self.registry.host}/{images.REFERENCE}')]
        for form, target in forms:
            report, code = self.scan('--name', images.REFERENCE, target)
            self.assertEqual(code, 1)
            (one,) = report['targets']
            self.assertEqual(one['verdict']['word'], 'malicious', form)
            self.assertEqual(one['name'], str(target))
            seen[form] = essence(one)
        for form, rows in seen.items():
            self.assertEqual(rows, seen['OCI layout'], form)
        self.assertEqual(self.spooled(), [])

    def test_known_layers_are_not_fetched_and_told_the_same(self):
        fake = self.fake(upstream=self.registry.host)
        target = f'{fake.host}/{images.REFERENCE}'
        first, code = self.scan(target, cache=True)
        blobs = [r[1] for r in fake.seen if '/blobs/' in r[1]]
        self.assertGreater(len(blobs), 2)
        fake.seen.clear()
        again, code_again = self.scan(target, cache=True)
        self.assertEqual(len([r for r in fake.seen if '/blobs/' in r[1]]), 1, 'more than the configuration was fetched')
        self.assertEqual((code_again, essence(again['targets'][0])), (code, essence(first['targets'][0])))
        self.assertEqual(again['targets'][0]['unread']['total'], 0)
        self.assertEqual(again['targets'][0]['verdict'], first['targets'][0]['verdict'])

    def test_artifacts(self):
        for i, (name, artifact) in enumerate(artifacts.KINDS.items()):
            artifact.push(self.registry, 'acme/beside', f'v{i}')
            for _ in range(2):  # the second time with notes of the first
                report, code = self.scan(f'{self.registry.host}/acme/beside:v{i}', cache=True)
                (one,) = report['targets']
                self.assertEqual((code, one['kind'], one['artifact'], one['verdict']['word'], one['unread']['total']),
                                 (0, 'artifact', artifact.called, 'clean', 0), (name, one))
        artifacts.IMAGES['configuration of a chart'].push(self.registry, 'acme/beside', 'image')
        report, code = self.scan(f'{self.registry.host}/acme/beside:image')
        self.assertEqual((code, report['targets'][0]['kind']), (1, 'image'))

    def test_artifacts_that_a_tag_gathers(self):
        """What tools keep beside an image where the registry has no list of what refers to it."""
        kinds = [artifacts.KINDS[k] for k in ('file', 'list of parts')]
        entries = [{**k.push(self.registry, 'acme/beside', f'of{i}'), 'artifactType': k.artifact_type} for i, k in enumerate(kinds)]
        index = {'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': entries}
        self.registry.put_manifest('acme/beside', 'sha256-0', index, OCI_INDEX)
        report, code = self.scan(f'{self.registry.host}/acme/beside:sha256-0')
        self.assertEqual((code, [t['artifact'] for t in report['targets']]), (0, [k.called for k in kinds]))

    def test_reference_is_a_fact(self):
        target = f'{self.registry.host}/acme/golang-tools'
        report, _ = self.scan(target)
        (one,) = report['targets']
        self.assertEqual(one['reference'], f'{target}:latest')
        self.assertEqual(one['platform'], 'linux/amd64')
        by_digest = f'{target}@{one["digest"]}'
        report, _ = self.scan(by_digest)
        self.assertEqual(report['targets'][0]['reference'], by_digest)
        self.assertEqual(report['targets'][0]['digest'], one['digest'])

    def test_keep(self):
        report, code = self.scan('--keep', self.temp / 'kept', f'{self.registry.host}/{images.REFERENCE}')
        self.assertEqual(code, 1)
        again, _ = self.scan('--name', report['targets'][0]['reference'], self.temp / 'kept')
        self.assertEqual(essence(again['targets'][0]), essence(report['targets'][0]))
        self.assertEqual(self.spooled(), [])
        images.run('skopeo', 'inspect', f'oci:{self.temp / "kept"}:{report["targets"][0]["reference"]}')

    def test_what_is_there_is_not_fetched_again(self):
        fake = self.fake(upstream=self.registry.host)
        code, first = self.pull(f'{fake.host}/{images.REFERENCE}')
        self.assertEqual(code, 0, first)
        blobs = len(fake.requests('/blobs/'))
        code, second = self.pull(f'{fake.host}/{images.REFERENCE}')
        self.assertEqual((code, second['fetched'], second['kept']), (0, ['0'], first['fetched']))
        self.assertEqual(len(fake.requests('/blobs/')), blobs)

    def test_layers_that_the_caller_knows_are_left_out(self):
        manifest = json.loads(self.registry.get('acme/golang-tools/manifests/latest'))
        known = manifest['layers'][0]['digest']
        code, facts = self.pull(f'{self.registry.host}/{images.REFERENCE}', '--skip', known)
        self.assertEqual((code, 'trouble' in facts), (0, False), facts)
        there = {p.name for p in (self.temp / 'layout/blobs/sha256').iterdir()}
        self.assertNotIn(known[7:], there)
        self.assertEqual(len(there), 4)

    def test_what_is_not_there(self):
        for target, says in ((f'{self.registry.host}/acme/none:1', 'has no acme/none:1'),
                             (f'{self.registry.host}/acme/golang-tools:none', 'has no acme/golang-tools:none'),
                             (f'{self.registry.host}/acme/golang-tools@sha256:{"0" * 64}', 'has no acme/golang-tools@sha256:000'),
                             ('127.0.0.1:1/a/b', '127.0.0.1:1')):
            self.assertIn(says, self.failure(target))
        self.assertEqual(self.spooled(), [])

    def test_telling_targets_apart(self):
        for target, says in (('nosuch.tar', 'ends as a file'), ('nosuch', 'a single word'), ('./no/such:1', 'reads as a path'),
                             ('/no/such', 'reads as a path'), ('acme/Tools:1', 'lower case'), ('tests/nosuch', 'folder before its last part'),
                             ('registry:acme/Tools:1', 'lower case'), ('registry:-', 'no part of'), ('docker:a b', 'no name or id')):
            result = davy('scan', '--format', 'json', target, env=self.env(), cwd=pathlib.Path(__file__).parents[2])
            failure = json.loads(result.stdout)['targets'][0]['failure']
            self.assertIn(says, failure)
            self.assertEqual(result.returncode, 3)
        # a path wins over what else the same words could mean
        for name in ('acme', 'registry:x', 'docker:x', 'acme/tools:1'):
            (self.temp / name).parent.mkdir(exist_ok=True)
            if name != 'acme':
                (self.temp / name).write_text('nothing\n')
                result = davy('scan', '--format', 'json', name, env=self.env(), cwd=self.temp)
                self.assertEqual(json.loads(result.stdout)['targets'][0]['counts']['files'], 1, name)

    def test_names_that_other_tools_give(self):
        archive = self.temp / 'image.tar'
        images.run('skopeo', '--insecure-policy', 'copy', f'oci:{self.image.layout}:latest', f'docker-archive:{archive}:{images.REFERENCE}')
        for target in (f'docker-archive:{archive}', f'docker-archive:{archive}:{images.REFERENCE}', f'oci:{self.image.layout}', f'oci:{self.image.layout}:latest',
                       f'docker://{self.registry.host}/{images.REFERENCE}'):
            report, code = self.scan(target)
            self.assertEqual((code, report['targets'][0]['verdict']['word']), (1, 'malicious'), target)
        for scheme in ('http', 'https'):
            self.assertIn('has no scheme', self.failure(f'{scheme}://{self.registry.host}/{images.REFERENCE}'))
        self.assertIn('/no/such.tar', self.failure('docker-archive:/no/such.tar'))

    def test_tag_and_digest(self):
        of = digest(self.registry.get('acme/golang-tools/manifests/latest'))
        report, code = self.scan(f'{self.registry.host}/{images.REFERENCE}@{of}')
        self.assertEqual((code, report['targets'][0]['digest']), (1, of))

    def test_addresses_of_version_6(self):
        fake = self.fake(upstream=self.registry.host)

        class Six(http.server.ThreadingHTTPServer):
            address_family, daemon_threads = socket.AF_INET6, True
        try:
            server = Six(('::1', 0), fake.server.RequestHandlerClass)
        except OSError as e:
            self.skipTest(f'no ::1 here: {e}')
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        report, code = self.scan(f'[::1]:{server.server_address[1]}/{images.REFERENCE}')
        self.assertEqual((code, report['targets'][0]['verdict']['word']), (1, 'malicious'))

    def test_usage(self):
        for arguments in (['--all-platforms', '--platform', 'linux/amd64', 'a/b:1'], ['--keep', 'x', 'a', 'b']):
            self.assertEqual(davy('scan', *arguments).returncode, 2)


class Many(Case):
    """A list of targets: what a team with a thousand images gives."""
    N = 60

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.base = registries.tar_of({f'usr/share/{i}.txt': random.Random(i).randbytes(500) for i in range(50)})
        for i in range(cls.N):
            top = registries.tar_of({'srv/config.json' if i % 20 == 3 else 'srv/id': imitations.miner_config().encode() if i % 20 == 3 else b'%d' % i})
            cls.registry.put_image(f'team/i{i}', '1', [(OCI_LAYER, cls.base, cls.base), (OCI_LAYER, top, top)])
        cls.references = [f'{cls.registry.host}/team/i{i}:1' for i in range(cls.N)]

    def list(self, *lines):
        path = self.temp / 'images.txt'
        path.write_text('\n'.join(lines))
        return path

    def test_a_list_of_targets_and_one_report(self):
        fake = self.fake(upstream=self.registry.host)
        names = [r.replace(self.registry.host, fake.host) for r in self.references]
        missing = f'{fake.host}/team/none:1'
        listed = self.list('# what the team runs', '', *names[:30], f'  {names[0]}\r', missing, 'nginx', *names[30:], '')
        outputs = {f: self.temp / f for f in ('json', 'sarif', 'html', 'cyclonedx', 'spdx', 'openmetrics')}
        result = davy('scan', '--from', listed, '-f', 'text', *(f'--format={f}={p}' for f, p in outputs.items()), self.image.layout, env=self.env())
        self.assertEqual((result.returncode, result.stderr), (1, b''))
        targets = json.loads(outputs['json'].read_text())['targets']
        self.assertEqual([t['name'] for t in targets], [str(self.image.layout), *names[:30], missing, 'nginx', *names[30:]])
        bad = {str(self.image.layout), names[3], names[23], names[43]}
        self.assertEqual({t['name'] for t in targets if t.get('verdict', {}).get('word') == 'malicious'}, bad)
        failed = {t['name']: t['failure'] for t in targets if 'failure' in t}
        self.assertEqual(set(failed), {missing, 'nginx'})
        self.assertIn('registry:nginx', failed['nginx'])
        base = [r for r in fake.requests('/blobs/') if digest(self.base) in r[1]]
        self.assertLess(len(base), self.N, 'the layer that all share came with each')
        for name, path in outputs.items():
            if name in check_formats.CHECKS:
                self.assertEqual(check_formats.CHECKS[name](path.read_bytes()), [], name)
        # a line for what is clean; those to look at are named at the end
        text = result.stdout.decode()
        self.assertLess(len(text.splitlines()), 4 * len(targets), text)
        end = text[text.index('\n targets '):]
        self.assertTrue(all(name in end for name in (*bad, *failed)), end)
        self.assertNotIn(names[0] + '\n', end)
        self.assertNotIn('\x1b', text)

    def test_standard_input_and_platforms(self):
        for arch, text in (('amd64', b'plain'), ('arm64', imitations.miner_config().encode())):
            tar = registries.tar_of({'srv/config.json': text})
            self.registry.put_image('team/of-arch', arch, [(OCI_LAYER, tar, tar)], ('linux', arch))
        one = f'{self.registry.host}/team/of-arch'
        lines = f'{one}:arm64\tlinux/arm64\n{one}:arm64\n{one}:amd64\tlinux/amd64'
        result = subprocess.run([DAVY, 'scan', '--from', '-', '-f', 'json', '--platform', 'linux/amd64'], input=lines.encode(), stdout=subprocess.PIPE,
                                env={**os.environ, **self.env()}, check=False)
        self.assertEqual([(t.get('platform'), t.get('verdict', {}).get('word')) for t in json.loads(result.stdout)['targets']],
                         [('linux/arm64', 'malicious'), (None, None), ('linux/amd64', 'clean')])

    def test_lists_that_are_wrong(self):
        for data, says in ((b'a/b:1\n\0\n', 'line 2'), (b'x' * 9000, 'line 1'), (b'\n# nothing\n', 'names no target'), (b'a/b:1\tnonsense', 'OS/ARCH'), (b'', 'names no target')):
            path = self.temp / 'list'
            path.write_bytes(data)
            result = davy('scan', '--from', path, env=self.env())
            self.assertEqual((result.returncode, result.stdout), (2, b''), data[:20])
            self.assertIn(says, result.stderr.decode())
        for arguments in (['--from', self.temp / 'none'], ['--from', '-', '-'], ['--from', '-', '--from', '-'], ['--stream', '--from', '-'],
                          ['--keep', 'x', '--from', self.list('a/b', 'a/c')]):
            self.assertEqual(davy('scan', *arguments, env=self.env()).returncode, 2, arguments)

    def test_progress_says_which(self):
        listed = self.list(*self.references)
        master, slave = os.openpty()
        with subprocess.Popen([DAVY, 'scan', '--no-cache', '--from', listed, '-f', 'json', '-o', self.temp / 'out.json'], stderr=slave, stdin=subprocess.DEVNULL,
                              env={**os.environ, **self.env(), 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm'}) as running:
            os.close(slave)
            seen = b''
            while True:
                try:
                    piece = os.read(master, 65536)
                except OSError:
                    break
                if not piece:
                    break
                seen += piece
            running.wait()
        os.close(master)
        if seen:  # it took over half a second
            self.assertRegex(seen, rb'\d+/%d ' % self.N)
            self.assertTrue(seen.endswith(b'\r\x1b[K'), seen[-50:])


class Platforms(Case):
    def setUp(self):
        super().setUp()
        self.parts = {}
        for arch, text in (('amd64', b'plain\n'), ('arm64', imitations.miner_config().encode())):
            tar = registries.tar_of({'srv/config.json': text})
            self.parts[arch] = self.registry.put_image('acme/multi', arch, [(OCI_LAYER, tar, tar)], ('linux', arch))
        note = self.registry.put_image('acme/multi', 'note', [], ('unknown', 'unknown'))
        manifests = [{**d, 'platform': {'os': 'linux', 'architecture': arch}} for arch, d in self.parts.items()]
        manifests.append({**note, 'platform': {'os': 'unknown', 'architecture': 'unknown'},
                          'annotations': {'vnd.docker.reference.type': 'attestation-manifest'}})
        self.index = {'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': manifests}
        top = self.registry.put_manifest('acme/multi', '1', self.index, OCI_INDEX)
        self.registry.put_manifest('acme/multi', 'nested', {'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': [top]}, OCI_INDEX)
        self.target = f'{self.registry.host}/acme/multi:1'

    def test_this_machine(self):
        for target in (self.target, f'{self.registry.host}/acme/multi:nested'):
            report, code = self.scan(target, '--platform', 'linux/amd64')
            self.assertEqual((code, [t['digest'] for t in report['targets']]), (0, [self.parts['amd64']['digest']]))
        if os.uname().machine == 'x86_64':
            report, code = self.scan(self.target)
            self.assertEqual((code, report['targets'][0]['platform']), (0, 'linux/amd64'))

    def test_one_that_was_asked_for(self):
        report, code = self.scan('--platform', 'linux/arm64', self.target)
        self.assertEqual((code, [t['platform'] for t in report['targets']]), (1, ['linux/arm64']))

    def test_all(self):
        report, code = self.scan('--all-platforms', self.target)
        self.assertEqual(code, 1)
        self.assertEqual([(t['platform'], t['digest'], t['verdict']['word'] == 'clean') for t in report['targets']],
                         [('linux/amd64', self.parts['amd64']['digest'], True), ('linux/arm64', self.parts['arm64']['digest'], False)])
        self.assertEqual({t['name'] for t in report['targets']}, {self.target})

    def test_variants(self):
        tar = registries.tar_of({'srv/x': b'x'})
        parts = {v: self.registry.put_image('acme/arm', v, [(OCI_LAYER, tar, tar)], ('linux', 'arm'), variant=v) for v in ('v6', 'v7')}
        manifests = [{**d, 'platform': {'os': 'linux', 'architecture': 'arm', 'variant': v}} for v, d in parts.items()]
        self.registry.put_manifest('acme/arm', '1', {'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': manifests}, OCI_INDEX)
        target = f'{self.registry.host}/acme/arm:1'
        for v, d in parts.items():
            report, code = self.scan('--platform', f'linux/arm/{v}', target)
            self.assertEqual((code, report['targets'][0]['digest'], report['targets'][0]['platform']), (0, d['digest'], f'linux/arm/{v}'))
        self.assertIn('linux/arm/v6, linux/arm/v7', self.failure('--platform', 'linux/arm/v5', target))

    def test_none_that_fits(self):
        failure = self.failure('--platform', 'linux/s390x', self.target)
        self.assertIn('linux/amd64, linux/arm64', failure)
        self.assertNotIn('unknown', failure)
        self.assertIn('only one for linux/arm64', self.failure('--platform', 'linux/amd64', f'{self.registry.host}/acme/multi:arm64'))

    def test_index_that_names_itself_and_one_too_deep(self):
        manifests = {}

        def handle(h):
            name = h.path.rsplit('/', 1)[-1]
            return '/manifests/' in h.path and name in manifests and h.answer(200, manifests[name], Content_Type=OCI_INDEX)
        inner = {'mediaType': OCI_INDEX, 'digest': digest(b'x'), 'size': 1}
        for n in range(12):
            data = json.dumps({'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': [inner]}).encode()
            inner = {'mediaType': OCI_INDEX, 'digest': digest(data), 'size': len(data)}
            manifests[digest(data)] = data
        manifests['deep'] = data
        many = {'mediaType': OCI_MANIFEST, 'digest': digest(b'x'), 'size': 1}
        manifests['wide'] = json.dumps({'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': [many] * 5000}).encode()
        fake = self.fake(handle)
        self.assertIn('indexes within indexes', self.failure(f'{fake.host}/a:deep'))
        self.assertIn('5000 parts', self.failure(f'{fake.host}/a:wide'))


class Layers(Case):
    def test_zstd_and_chunks_of_it(self):
        report, _ = self.scan('--name', images.REFERENCE, self.image.layout)
        expected = essence(report['targets'][0])
        archive = self.temp / 'docker.tar'  # not compressed: what is compressed already would be pushed as it is
        images.run('skopeo', '--insecure-policy', 'copy', f'oci:{self.image.layout}:latest', f'docker-archive:{archive}:{images.REFERENCE}')
        for form in ('zstd', 'zstd:chunked'):
            with self.subTest(form):
                # a registry of its own: skopeo would find the layers of another form there and leave it at them
                registry = Registry(self.temp / form)
                self.addCleanup(registry.stop)
                tag = 'acme/golang-tools:zstd'
                registry.push(f'docker-archive:{archive}', tag, '--dest-compress-format', form, '--dest-compress', '--format', 'oci')
                manifest = json.loads(registry.get(tag.replace(':', '/manifests/')))
                self.assertEqual({l['mediaType'] for l in manifest['layers']}, {OCI_LAYER + '+zstd'})
                self.assertEqual('io.containers.zstd-chunked.manifest-checksum' in json.dumps(manifest), form == 'zstd:chunked')
                report, code = self.scan('--name', images.REFERENCE, f'{registry.host}/{tag}')
                self.assertEqual(essence(report['targets'][0]), expected)
                self.assertEqual(report['targets'][0]['unread']['total'], 0, (report['targets'][0]['unread'], manifest))

    def test_zstd_of_several_frames_with_a_table(self):
        plain = registries.tar_of({'srv/a.txt': b'a' * 3000, 'srv/config.json': imitations.miner_config().encode(), 'srv/z': b'z' * 700})
        pack = lambda data: subprocess.run(['zstd', '-q', '-c'], input=data, stdout=subprocess.PIPE, check=True).stdout
        frames = b''.join(pack(plain[i:i + 1024]) for i in range(0, len(plain), 1024))
        table = pack(b'{"version":1,"entries":[]}')
        skippable = lambda data: b'\x50\x2a\x4d\x18' + len(data).to_bytes(4, 'little') + data
        footer = b''.join(n.to_bytes(8, 'little') for n in (len(frames) + 8, len(table), 26, 1, 0, 0, 0)) + b'GNUlInUx'
        chunked = frames + skippable(table) + skippable(footer)
        self.registry.put_image('acme/chunked', '1', [(OCI_LAYER + '+zstd', chunked, plain)])
        report, code = self.scan(f'{self.registry.host}/acme/chunked:1')
        target = report['targets'][0]
        self.assertEqual((code, target['unread']['total'], target['counts']['files']), (1, 0, 3), target['unread'])
        self.assertIn('/srv/config.json', {f['subject']['name'] for f in findings(target)})
        self.assertNotIn('diff-id-mismatch', json.dumps(target))

    def test_estargz(self):
        files = {'srv/a.txt': b'plain text\n' * 200, 'srv/config.json': imitations.miner_config().encode(), 'srv/empty': b''}
        packed, plain = registries.estargz(files)
        import gzip
        self.assertEqual(gzip.decompress(packed), plain)
        self.registry.put_image('acme/estargz', '1', [(OCI_LAYER + '+gzip', packed, plain)])
        report, code = self.scan(f'{self.registry.host}/acme/estargz:1')
        target = report['targets'][0]
        self.assertEqual((code, target['unread']['total'], target['counts']['files']), (1, 0, 5), target['unread'])
        self.assertEqual({f['subject']['name'] for f in findings(target) if f['subject']['type'] == 'file'}, {'/srv/config.json'})
        self.assertNotIn('digest-mismatch', json.dumps(target))
        self.assertNotIn('diff-id-mismatch', json.dumps(target))

    def foreign(self, url):
        tar = registries.tar_of({'srv/config.json': imitations.miner_config().encode()})
        base = registries.tar_of({'etc/hostname': b'x\n'})
        config = json.dumps({'os': 'linux', 'architecture': 'amd64', 'rootfs': {'type': 'layers', 'diff_ids': [digest(base), digest(tar)]}}).encode()
        kind = 'application/vnd.oci.image.layer.nondistributable.v1.tar'
        manifest = json.dumps({'schemaVersion': 2, 'mediaType': OCI_MANIFEST, 'config': {'mediaType': registries.OCI_CONFIG, 'digest': digest(config),
                               'size': len(config)}, 'layers': [{'mediaType': OCI_LAYER, 'digest': digest(base), 'size': len(base)},
                               {'mediaType': kind, 'digest': digest(tar), 'size': len(tar), 'urls': url}]}).encode()
        blobs = {digest(config): config, digest(base): base}

        def handle(h):
            if '/manifests/' in h.path:
                return h.answer(200, manifest, Content_Type=OCI_MANIFEST)
            data = blobs.get(h.path.rsplit('/', 1)[-1])
            return data is not None and h.answer(200, data)
        return self.fake(handle), tar

    def test_foreign_layers(self):
        elsewhere = self.fake()
        fake, tar = self.foreign([f'http://{elsewhere.host}/missing', f'http://{elsewhere.host}/layer.tar'])
        elsewhere.handle = lambda h: h.path == '/layer.tar' and h.answer(200, tar)
        login = registries.login_file(self.temp / 'login', fake.host, 'user', 'secret')
        report, code = self.scan('--auth', login, f'{fake.host}/a:1')
        self.assertEqual((code, report['targets'][0]['unread']['total']), (1, 0))
        self.assertEqual([p for _, p, _, _ in elsewhere.seen], ['/missing', '/layer.tar'])
        self.assertFalse(any('Authorization' in h for _, _, h, _ in elsewhere.seen))

    def test_foreign_layer_that_nobody_has(self):
        for urls in ([], ['http://192.0.2.1/x'], ['file:///etc/passwd'], ['http://user:pw@127.0.0.1/x'], ['gopher://127.0.0.1/x']):
            with self.subTest(urls):
                fake, _ = self.foreign(urls)
                report, code = self.scan(f'{fake.host}/a:1')
                target = report['targets'][0]
                self.assertEqual((code, target['counts']['files']), (0, 1))
                self.assertIn('layer 2', json.dumps(target['unread']))

    def test_first_schema_is_refused_with_the_cure(self):
        old = json.dumps({'schemaVersion': 1, 'name': 'a', 'tag': '1', 'fsLayers': [], 'history': []}).encode()
        fake = self.fake(lambda h: '/manifests/' in h.path and h.answer(200, old, Content_Type='application/vnd.docker.distribution.manifest.v1+json'))
        self.assertIn('skopeo copy --format v2s2', self.failure(f'{fake.host}/a:1'))


class Broken(Case):
    """One layer of a megabyte, of bytes that do not compress, through servers that misbehave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tar = registries.tar_of({'srv/noise': random.Random(1).randbytes(1 << 20), 'srv/config.json': imitations.miner_config().encode()})
        cls.registry.put_image('acme/big', '1', [(OCI_LAYER, cls.tar, cls.tar)])
        cls.layer = digest(cls.tar)

    def behind(self, handle):
        def only_layer(h):
            return h.path.endswith(self.layer) and '/blobs/' in h.path and handle(h)
        return self.fake(only_layer, upstream=self.registry.host)

    @staticmethod
    def wanted(h):
        return int((h.headers.get('Range') or 'bytes=0-')[len('bytes='):].rstrip('-'))

    def part(self, h, n, **headers):
        """A piece from where it was asked, then the line is cut."""
        at = self.wanted(h)
        rest = self.tar[at:]
        if at:
            headers['Content_Range'] = f'bytes {at}-{len(self.tar) - 1}/{len(self.tar)}'
        return h.cut(206 if at else 200, rest[:n], len(rest), **headers)

    def good(self, fake, stall=60):
        code, facts = self.pull(f'{fake.host}/acme/big:1', '--stall', stall)
        self.assertEqual((code, 'trouble' in facts), (0, False), facts)
        self.assertEqual((self.temp / 'layout/blobs/sha256' / self.layer[7:]).read_bytes(), self.tar)
        self.assertEqual(list((self.temp / 'layout/blobs/.partial').iterdir()), [])
        return facts

    def test_connection_cut_again_and_again(self):
        fake = self.behind(lambda h: self.part(h, 100_000))
        self.good(fake)
        ranges = [r[2].get('Range') for r in fake.requests(self.layer)]
        self.assertEqual(ranges[0], None)
        self.assertEqual(len(ranges), -(-len(self.tar) // 100_000))
        self.assertTrue(all(r.startswith('bytes=') for r in ranges[1:]))
        starts = [int(r[6:-1]) for r in ranges[1:]]
        self.assertEqual(starts, sorted(set(starts)))

    def test_second_run_goes_on_where_the_first_was_broken(self):
        dead = []

        def handle(h):
            if not dead:
                dead.append(1)
                return self.part(h, 300_000)
            return h.cut(200, b'', 10) if len(dead) == 1 else False
        fake = self.behind(handle)
        failure = self.failure(f'{fake.host}/acme/big:1')
        self.assertIn('goes on with it', failure)
        (kept,) = self.spooled()
        (partial,) = (self.temp / 'cache/davy/pull' / kept / 'blobs/.partial').iterdir()
        self.assertTrue(0 < partial.stat().st_size <= 300_000)
        size = partial.stat().st_size
        dead.append(2)
        fake.seen.clear()
        report, code = self.scan(f'{fake.host}/acme/big:1')
        self.assertEqual((code, report['targets'][0]['unread']['total']), (1, 0))
        self.assertEqual([r[2].get('Range') for r in fake.requests(self.layer)], [f'bytes={size}-'])
        self.assertEqual(self.spooled(), [])

    def test_partial_of_other_bytes_is_thrown_away(self):
        partial = self.temp / 'layout/blobs/.partial'
        partial.mkdir(parents=True)
        for data in (b'?' * 5000, b'?' * len(self.tar), b'?' * (len(self.tar) + 5)):
            (partial / self.layer.replace(':', '-')).write_bytes(data)
            self.good(self.fake(upstream=self.registry.host))
            (self.temp / 'layout/blobs/sha256' / self.layer[7:]).unlink()

    def test_server_that_ignores_ranges(self):
        cuts = []

        def handle(h):
            cuts.append(h)
            return h.cut(200, self.tar[:200_000], len(self.tar)) if len(cuts) < 3 else h.answer(200, self.tar)
        self.good(self.behind(handle))

    def test_server_that_ignores_ranges_and_never_ends(self):
        fake = self.behind(lambda h: h.cut(200, self.tar[:200_000], len(self.tar)))
        code, facts = self.pull(f'{fake.host}/acme/big:1')
        self.assertEqual((code, facts['may-go-on']), (1, ['1']), facts)
        self.assertTrue(len(fake.requests(self.layer)) < 10)

    def test_416(self):
        fake = self.behind(lambda h: h.answer(416, Content_Range=f'bytes */{len(self.tar)}') if self.wanted(h) else
                           self.part(h, 200_000) if len(fake.requests(self.layer)) == 1 else h.answer(200, self.tar))
        self.good(fake)

    def test_wrong_content_range(self):
        for said in ('bytes 0-5/10', 'nonsense', 'bytes 1-1048/*', ''):
            fake = self.behind(lambda h: h.answer(206, self.tar, **({'Content_Range': said} if said else {})) if self.wanted(h) else
                               self.part(h, 200_000) if len(fake.requests(self.layer)) == 1 else h.answer(200, self.tar))
            self.good(fake)
            (self.temp / 'layout/blobs/sha256' / self.layer[7:]).unlink()

    def test_errors_that_pass(self):
        fake = self.behind(lambda h: h.answer(503 if len(fake.requests(self.layer)) % 2 else 429, Retry_After='0') if
                           len(fake.requests(self.layer)) < 4 else False)
        self.good(fake)
        fake = self.fake(lambda h: '/manifests/' in h.path and len(fake.requests('/manifests/')) < 4 and h.answer(502), upstream=self.registry.host)
        self.good(fake)

    def test_errors_that_stay(self):
        fake = self.behind(lambda h: h.answer(500))
        code, facts = self.pull(f'{fake.host}/acme/big:1')
        self.assertEqual((code, facts['may-go-on']), (1, ['1']))
        self.assertIn('500', facts['error'][0])

    def test_lies(self):
        other = bytes(len(self.tar))
        lies = {'other bytes': lambda h: h.answer(200, other), 'more bytes': lambda h: h.answer(200, self.tar + b'more'),
                'endless': lambda h: endless(h), 'missing': lambda h: h.answer(404), 'forbidden': lambda h: h.answer(403, b'{"errors":[{"message":"go \x1b away"}]}')}

        def endless(h):
            h.answer(200, b'', Transfer_Encoding='chunked')
            while True:
                h.wfile.write(b'10000\r\n' + b'x' * 65536 + b'\r\n')
        for name, handle in lies.items():
            with self.subTest(name):
                fake = self.behind(handle)
                report, code = self.scan(f'{fake.host}/acme/big:1')
                target = report['targets'][0]
                self.assertEqual((code, target.get('failure')), (0, None), target)
                self.assertIn(self.layer[7:30], json.dumps(target['unread']))
                self.assertEqual(self.spooled(), [])

    def test_fewer_bytes_than_declared(self):
        fake = self.behind(lambda h: h.answer(200, self.tar[:1000]) if not self.wanted(h) else h.answer(416))
        code, facts = self.pull(f'{fake.host}/acme/big:1')
        self.assertEqual(code, 1, facts)
        self.assertFalse((self.temp / 'layout/blobs/sha256' / self.layer[7:]).exists())

    def test_stalling(self):
        over = threading.Event()
        self.addCleanup(over.set)

        def handle(h):
            if self.wanted(h):
                return False
            h.answer(200, self.tar[:100_000], Content_Length=len(self.tar))
            h.wfile.flush()
            over.wait()
            h.close_connection = True
            return True
        self.good(self.behind(handle), stall=1)  # slow only until the limit

    def test_declared_sizes_have_limits(self):
        code, facts = self.pull(f'{self.registry.host}/acme/big:1', '--layer-max', '1000')
        self.assertEqual(code, 0)
        self.assertIn('was not fetched', facts['trouble'][0])
        manifest = json.loads(self.registry.get('acme/big/manifests/1'))
        manifest['layers'] = [{**manifest['layers'][0], 'size': 60 << 30, 'digest': digest(bytes([n]))} for n in range(8)]
        data = json.dumps(manifest).encode()
        fake = self.fake(lambda h: '/manifests/' in h.path and h.answer(200, data, Content_Type=OCI_MANIFEST), upstream=self.registry.host)
        self.assertIn('declares over', self.failure(f'{fake.host}/acme/big:1'))

    def test_full_disk(self):
        small = self.temp / 'small'
        small.mkdir()
        images.run('mount', '-t', 'tmpfs', '-o', 'size=600k', 'none', small)
        self.addCleanup(images.run, 'umount', '-l', small)
        failure = self.failure(f'{self.registry.host}/acme/big:1', env={'XDG_CACHE_HOME': str(small)})
        self.assertIn('room for', failure)
        self.assertIn('XDG_CACHE_HOME', failure)
        # full only while it is written
        (small / 'davy').rename(small / 'old')
        shutil.rmtree(small / 'old')
        images.run('mount', '-o', 'remount,size=1900k', small)  # compiled rules take a fifth of it

        def handle(h):
            (small / 'filler').write_bytes(bytes(600_000))
            return False
        fake = self.behind(handle)
        failure = self.failure(f'{fake.host}/acme/big:1', env={'XDG_CACHE_HOME': str(small)})
        self.assertIn('the disk is full', failure)
        (small / 'filler').unlink()
        fake.handle = lambda h: False
        report, code = self.scan(f'{fake.host}/acme/big:1', env={'XDG_CACHE_HOME': str(small)})
        self.assertEqual((code, report['targets'][0]['unread']['total']), (1, 0))

    def test_folders_that_others_write_to_are_not_used(self):
        cache = self.temp / 'open'
        (cache / 'davy/pull').mkdir(parents=True)
        (cache / 'davy/pull').chmod(0o777)
        env = {'XDG_CACHE_HOME': str(cache), 'TMPDIR': str(self.temp)}
        _, code = self.scan(f'{self.registry.host}/acme/big:1', env=env)
        self.assertEqual(code, 1)
        self.assertEqual(list((cache / 'davy/pull').iterdir()), [])
        own = self.temp / 'davy-pull-0'
        self.assertEqual((own.stat().st_mode & 0o777, list(own.iterdir())), (0o700, []))
        own.rmdir()
        own.symlink_to(self.home)
        self.assertIn('no folder for the image', self.failure(f'{self.registry.host}/acme/big:1', env=env))

    def test_old_leftovers_are_purged(self):
        root = self.temp / 'cache/davy/pull'
        for name, days in (('pull-old', 8), ('pull-young', 1), ('tmp-1', 1), ('other', 99)):
            (root / name / 'blobs').mkdir(parents=True)
            (root / name / 'blobs/x').write_text('x')
            os.utime(root / name, (time.time() - days * 86400,) * 2)
        root.chmod(0o700)
        self.scan(f'{self.registry.host}/acme/big:1')
        self.assertEqual(self.spooled(), ['other', 'pull-young'])


class Hostile(Case):
    def hostile(self, body, **headers):
        def handle(h):
            return '/manifests/' in h.path and (body(h) if callable(body) else h.answer(200, body, Content_Type=OCI_MANIFEST, **headers))
        return self.fake(handle)

    def test_json(self):
        def endless(h):
            h.answer(200, b'', Transfer_Encoding='chunked', Content_Type=OCI_MANIFEST)
            while True:
                h.wfile.write(b'10000\r\n' + b' ' * 65536 + b'\r\n')

        def gigabytes(h):
            h.send_response(200)
            h.send_header('Content-Length', str(5 << 30))
            h.end_headers()
            for _ in range(5 << 10):
                h.wfile.write(b'[' * (1 << 20))

        def headers(h):
            h.wfile.write(b'HTTP/1.1 200 OK\r\n' + b'X-Filler: ' + b'x' * 1000 + b'\r\n')
            while True:
                h.wfile.write(b'X-Filler: ' + b'x' * 1000 + b'\r\n')
        deep = b'{"layers":' + b'[' * 10_000 + b']' * 10_000 + b'}'
        for name, body, says in (('endless', endless, 'over 4194304 bytes'), ('gigabytes', gigabytes, 'over 4194304 bytes'),
                                 ('deep', deep, 'nested deeper'), ('many', b'{"layers":[' + b'{},' * 1_000_000 + b'{}]}', 'values'), ('headers', headers, 'headers'), ('empty', b'', 'manifest'),
                                 ('no utf-8', b'{"layers":[],"config":"\xff"}', 'manifest'), ('html', b'<html>', 'manifest'),
                                 ('a path', json.dumps({'layers': [], 'config': {'digest': 'sha256:../../../etc/passwd', 'size': 1}}).encode(), 'no digest'),
                                 ('escapes', json.dumps({'layers': [], 'config': {'digest': '\x1b[31m', 'size': 1}}).encode(), 'no digest')):
            with self.subTest(name):
                fake = self.hostile(body)
                failure = self.failure(f'{fake.host}/a:1')
                self.assertIn(says, failure)
                self.assertNotIn('\x1b', failure)

    def test_manifest_that_is_not_what_was_asked_for(self):
        manifest = self.registry.get('acme/golang-tools/manifests/latest')
        fake = self.hostile(manifest + b' ', Docker_Content_Digest=digest(manifest))
        self.assertIn('is not what the registry says', self.failure(f'{fake.host}/a:1'))
        self.assertIn('is not what the registry says', self.failure(f'{fake.host}/a@{digest(manifest)}'))

    def test_redirect_loop(self):
        fake = self.fake(lambda h: '/manifests/' in h.path and h.answer(302, Location=h.path + 'x'))
        self.assertIn('redirects', self.failure(f'{fake.host}/a:1'))

    def test_redirects_that_are_not_followed(self):
        for where in ('http://192.0.2.1/x', 'file:///etc/passwd', 'ftp://127.0.0.1/x', 'http://user:secret@127.0.0.1/x', '//[', 'http://127.0.0.1.example/x'):
            fake = self.fake(lambda h: '/manifests/' in h.path and h.answer(307, Location=where))
            failure = self.failure(f'{fake.host}/a:1')
            self.assertTrue('is not asked' in failure or 'no address' in failure, failure)


class Access(Case):
    PASSWORD = 'correct-horse-imitation'

    def protected(self, **kwargs):
        if not shutil.which('htpasswd'):
            self.skipTest('htpasswd is missing')
        table = self.temp / 'htpasswd'
        table.write_text(images.run('htpasswd', '-Bbn', 'user', self.PASSWORD).stdout)
        registry = Registry(self.temp / 'registry', auth={'htpasswd': {'realm': 'test', 'path': str(table)}}, **kwargs)
        self.addCleanup(registry.stop)
        registry.push(f'oci:{self.image.layout}:latest', images.REFERENCE, '--dest-creds', f'user:{self.PASSWORD}')
        return registry

    def test_password(self):
        registry = self.protected()
        target = f'{registry.host}/{images.REFERENCE}'
        failure = self.failure(target)
        self.assertIn('docker login', failure)
        self.assertIn('--auth FILE', failure)
        good = registries.login_file(self.temp / 'good', registry.host, 'user', self.PASSWORD)
        self.assertEqual(self.scan('--auth', good, target)[1], 1)
        wrong = registries.login_file(self.temp / 'wrong', registry.host, 'user', 'wrong-horse')
        failure = self.failure('--auth', wrong, target)
        self.assertIn(str(wrong), failure)
        self.assertNotIn('wrong-horse', failure)
        self.assertNotIn(base64.b64encode(b'user:wrong-horse').decode(), failure)
        self.assertIn('No such file', self.failure('--auth', self.temp / 'none', target))
        (self.temp / 'broken').write_text('{"auths": ')
        self.assertIn('broken', self.failure('--auth', self.temp / 'broken', target))

    def test_where_logins_are_looked_for(self):
        registry = self.protected()
        target = f'{registry.host}/{images.REFERENCE}'
        for place, env in (('home/.docker/config.json', {'DOCKER_CONFIG': str(self.home / '.docker')}),
                           ('elsewhere/config.json', {'DOCKER_CONFIG': str(self.temp / 'elsewhere')}),
                           ('run/containers/auth.json', {}), ('home/.config/containers/auth.json', {}),
                           ('named.json', {'REGISTRY_AUTH_FILE': str(self.temp / 'named.json')})):
            path = self.temp / place
            path.parent.mkdir(parents=True, exist_ok=True)
            registries.login_file(path, registry.host, 'user', self.PASSWORD)
            self.assertEqual(self.scan(target, env=env)[1], 1, place)
            path.unlink()
        # what is wrong in one place is said only when it mattered
        (self.home / '.docker').mkdir(exist_ok=True)
        (self.home / '.docker/config.json').write_text('{')
        self.assertIn('.docker/config.json', self.failure(target))

    def helper(self, script):
        tools = self.temp / 'bin'
        tools.mkdir(exist_ok=True)
        (tools / 'docker-credential-imitation').write_text('#!/bin/sh\n' + script)
        (tools / 'docker-credential-imitation').chmod(0o755)
        return f'{tools}:{os.environ["PATH"]}'

    def test_helper(self):
        registry = self.protected()
        target = f'{registry.host}/{images.REFERENCE}'
        login = self.temp / 'login'
        login.write_text(json.dumps({'credHelpers': {registry.host: 'imitation'}}))
        path = self.helper(f'test "$1" = get && test "$(cat)" = {registry.host} && '
                           f'echo \'{{"ServerURL":"x","Username":"user","Secret":"{self.PASSWORD}"}}\'')
        self.assertEqual(self.scan('--auth', login, target, env={'PATH': path})[1], 1)
        for script, says in (('echo credentials not found in native keychain; exit 1', 'native keychain'), ('echo nonsense', 'docker-credential-imitation'),
                             ('yes | head -c 1000000', 'more than'), ('kill -9 $$', 'signal 9')):
            self.assertIn(says, self.failure('--auth', login, target, env={'PATH': self.helper(script)}))
        login.write_text(json.dumps({'credsStore': 'missing'}))
        self.assertIn('docker-credential-missing', self.failure('--auth', login, target))
        login.write_text(json.dumps({'credsStore': '../imitation'}))
        self.assertIn('credsStore', self.failure('--auth', login, target))

    def test_helper_is_not_asked_where_no_login_is_needed(self):
        login = self.temp / 'login'
        login.write_text(json.dumps({'credsStore': 'imitation'}))
        path = self.helper(f'touch {self.temp}/asked; exit 1')
        self.assertEqual(self.scan('--auth', login, f'{self.registry.host}/{images.REFERENCE}', env={'PATH': path})[1], 1)
        self.assertFalse((self.temp / 'asked').exists())

    def token_registry(self, seconds=300):
        """The registry's own token scheme, with a small server that signs."""
        cert, key = registries.certificate(self.temp, 'signer')
        given = []

        def sign(h):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(h.path).query or h.body.decode())
            basic = h.headers.get('Authorization') == 'Basic ' + base64.b64encode(f'user:{self.PASSWORD}'.encode()).decode()
            refresh = query.get('refresh_token') == ['refresh-imitation'] and query.get('grant_type') == ['refresh_token']
            given.append((h.command, query, basic, refresh))
            if not (basic or refresh or self.anonymous):
                return h.answer(401, b'{"errors":[{"message":"who are you?"}]}')
            kind, name, actions = query['scope'][0].split(':')
            now = int(time.time())
            claims = {'iss': 'test', 'sub': 'user', 'aud': query['service'][0], 'exp': now + self.seconds, 'nbf': now - 60, 'iat': now, 'jti': str(len(given)),
                      'access': [{'type': kind, 'name': name, 'actions': actions.split(',')}]}
            token = registries.json_web_token(claims, cert, key)
            return h.answer(200, json.dumps({'access_token' if refresh else 'token': token, 'expires_in': self.seconds}).encode())
        self.anonymous, self.seconds = True, seconds
        signer = self.fake(sign)
        registry = Registry(self.temp / 'registry', auth={'token': {'realm': f'http://{signer.host}/token', 'service': 'test service', 'issuer': 'test',
                                                                    'rootcertbundle': cert}})
        self.addCleanup(registry.stop)
        registry.push(f'oci:{self.image.layout}:latest', images.REFERENCE)
        given.clear()
        return registry, given

    def test_token(self):
        registry, given = self.token_registry()
        target = f'{registry.host}/{images.REFERENCE}'
        self.assertEqual(self.scan(target)[1], 1)
        self.assertEqual([(g[0], g[1]['service'], g[1]['scope']) for g in given], [('GET', ['test service'], ['repository:acme/golang-tools:pull'])])
        self.anonymous = False
        self.assertIn('without a login', self.failure(target))
        login = registries.login_file(self.temp / 'login', registry.host, 'user', self.PASSWORD)
        self.assertEqual(self.scan('--auth', login, target)[1], 1)
        self.assertTrue(given[-1][2])
        wrong = registries.login_file(self.temp / 'wrong', registry.host, 'user', 'wrong')
        self.assertIn(str(wrong), self.failure('--auth', wrong, target))
        login.write_text(json.dumps({'auths': {registry.host: {'auth': base64.b64encode(b'user:').decode(), 'identitytoken': 'refresh-imitation'}}}))
        self.assertEqual(self.scan('--auth', login, target)[1], 1)
        self.assertEqual((given[-1][0], given[-1][3]), ('POST', True))

    def test_token_that_runs_out_in_the_middle(self):
        registry, given = self.token_registry()
        refused = []

        def handle(h):
            """Takes each token for two requests."""
            token = h.headers.get('Authorization')
            if token and '/blobs/' in h.path and sum(r[2].get('Authorization') == token for r in fake.seen) > 2:
                refused.append(h.path)
                return h.answer(401, b'', WWW_Authenticate=challenge)
            return False
        with self.assertRaises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(registry.url(''))
        refusal.exception.close()
        challenge = refusal.exception.headers['WWW-Authenticate'] + ',scope="repository:acme/golang-tools:pull"'
        fake = self.fake(handle, upstream=registry.host)
        code, facts = self.pull(f'{fake.host}/{images.REFERENCE}')
        self.assertEqual((code, 'trouble' in facts), (0, False), facts)
        self.assertTrue(refused and len(given) >= 2, (refused, given))

    def test_token_server_that_misbehaves(self):
        answers = {'no token': b'{}', 'nonsense': b'<html>', 'line end': json.dumps({'token': 'a\r\nX-Injected: b'}).encode(), 'huge': b'"' + b'x' * (2 << 20)}
        for name, body in answers.items():
            with self.subTest(name):
                signer = self.fake(lambda h: h.answer(200, body))
                fake = self.fake(lambda h: h.answer(401, b'', WWW_Authenticate=f'Bearer realm="http://{signer.host}/token",service="x"'))
                self.assertIn('token', self.failure(f'{fake.host}/a:1'))
                self.assertFalse(any('X-Injected' in r[2] for r in fake.seen))
        for realm in ('http://192.0.2.1/token', 'file:///etc/passwd', 'nonsense'):
            fake = self.fake(lambda h: h.answer(401, b'', WWW_Authenticate=f'Bearer realm="{realm}"'))
            failure = self.failure(f'{fake.host}/a:1')
            self.assertTrue('is not asked' in failure or 'no address' in failure or 'no such host' in failure.lower(), failure)

    def test_tls(self):
        cert, key = registries.certificate(self.temp, 'registry')
        registry = self.protected(tls={'certificate': cert, 'key': key})
        target = f'{registry.host}/{images.REFERENCE}'
        login = registries.login_file(self.temp / 'login', registry.host, 'user', self.PASSWORD)
        failure = self.failure('--auth', login, target)
        self.assertIn('--ca FILE', failure)
        self.assertEqual(self.scan('--auth', login, '--ca', cert, target)[1], 1)
        self.assertEqual(self.scan('--auth', login, target, env={'SSL_CERT_FILE': cert})[1], 1)
        other, _ = registries.certificate(self.temp, 'other')
        self.assertIn('--ca FILE', self.failure('--auth', login, '--ca', other, target))
        self.assertIn('none.pem', self.failure('--auth', login, '--ca', self.temp / 'none.pem', target))

    def test_credentials_stay_with_their_host(self):
        cert, key = registries.certificate(self.temp, 'both')
        storage = self.fake(upstream=self.registry.host, tls=(cert, key))
        secret = 'Basic ' + base64.b64encode(b'user:secret-imitation').decode()

        def handle(h):
            if h.headers.get('Authorization') != secret:
                return h.answer(401, b'', WWW_Authenticate='Basic realm="x"')
            return '/blobs/' in h.path and h.answer(307, Location=f'https://{storage.host}{h.path}')
        for tls, options in (((cert, key), ('--ca', cert)), (None, ('--ca', cert))):
            storage.seen.clear()
            fake = self.fake(handle, upstream=self.registry.host, tls=tls)
            login = registries.login_file(self.temp / 'login', fake.host, 'user', 'secret-imitation')
            report, code = self.scan('--auth', login, *options, f'{fake.host}/{images.REFERENCE}')
            self.assertEqual((code, report['targets'][0].get('failure'), report['targets'][0]['unread']['total']), (1, None, 0))
            self.assertEqual(len(storage.seen), 4)
            self.assertFalse([r for r in storage.seen if 'Authorization' in r[2]])
            self.assertTrue([r for r in fake.seen if r[2].get('Authorization') == secret])
            self.assertEqual([r for r in fake.seen if not r[1].startswith('/v2/')], [])

    def test_where_a_redirect_led_cannot_ask_for_the_login(self):
        signer = self.fake(lambda h: h.answer(200, b'{"token":"x"}'))
        for challenge in ('Basic realm="x"', f'Bearer realm="http://{signer.host}/token",service="x"'):
            storage = self.fake(lambda h: h.answer(401, b'', WWW_Authenticate=challenge))
            fake = self.fake(lambda h: '/blobs/' in h.path and h.answer(307, Location=f'http://{storage.host}{h.path}'), upstream=self.registry.host)
            login = registries.login_file(self.temp / 'login', fake.host, 'user', 'secret-imitation')
            report, _ = self.scan('--auth', login, f'{fake.host}/{images.REFERENCE}')
            self.assertEqual(report['targets'][0]['unread']['total'], 8)  # each of four blobs: not fetched, not there
            self.assertTrue(storage.seen)
            self.assertFalse([r for r in storage.seen + signer.seen if 'Authorization' in r[2]])
            self.assertEqual(signer.seen, [])

    def test_https_does_not_lead_to_plain_http_elsewhere(self):
        cert, key = registries.certificate(self.temp, 'tls')
        fake = self.fake(lambda h: '/blobs/' in h.path and h.answer(302, Location='http://192.0.2.7/x'), upstream=self.registry.host, tls=(cert, key))
        report, code = self.scan('--ca', cert, f'{fake.host}/{images.REFERENCE}')
        self.assertIn('is not asked', json.dumps(report['targets'][0]['unread']))


if __name__ == '__main__':
    unittest.main(verbosity=2)
