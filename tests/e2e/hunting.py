# SPDX-License-Identifier: Apache-2.0
"""
What a hunt runs on, for tests and by hand (tests/services): a registry with many small images, written straight into its storage, and a
cluster of NATS. Images are benign and labelled: ordinary files, and the shape of a few things that Davy must tell.
"""
import contextlib
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import socket
import subprocess
import tarfile
import urllib.request

import imitations
from patience import free_port, wait_for
from registries import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Registry

OCI_LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
PASSWD = 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n'


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def layer(files):
    """A gzip layer of {path: content}: bytes as stored and the digest of what is in it. The same files give the same bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as tar:
        for path, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(path.lstrip('/'))
            info.size, info.mode, info.mtime = len(data), 0o600 if '.aws' in path or '.ssh' in path else 0o644, 1_700_000_000
            tar.addfile(info, io.BytesIO(data))
    plain = out.getvalue()
    return gzip.compress(plain, 1, mtime=0), digest(plain)


class Storage:
    """The files of docker-registry, as its storage driver `filesystem` lays them out."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder) / 'store/docker/registry/v2'

    def write(self, path, data):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def blob(self, repository, data, is_missing=False):
        name = digest(data)
        hexa = name.partition(':')[2]
        if not is_missing and not (self.root / f'blobs/sha256/{hexa[:2]}/{hexa}/data').exists():
            self.write(f'blobs/sha256/{hexa[:2]}/{hexa}/data', data)
        self.write(f'repositories/{repository}/_layers/sha256/{hexa}/link', name)
        return {'digest': name, 'size': len(data)}

    def manifest(self, repository, tag, document, media_type, is_missing=False):
        data = json.dumps(document).encode()
        name = digest(data)
        hexa = name.partition(':')[2]
        if not is_missing:
            self.write(f'blobs/sha256/{hexa[:2]}/{hexa}/data', data)
        self.write(f'repositories/{repository}/_manifests/revisions/sha256/{hexa}/link', name)
        if tag:
            self.write(f'repositories/{repository}/_manifests/tags/{tag}/current/link', name)
            self.write(f'repositories/{repository}/_manifests/tags/{tag}/index/sha256/{hexa}/link', name)
        return {'mediaType': media_type, 'digest': name, 'size': len(data)}

    def image(self, repository, tag, layers, platform=('linux', 'amd64'), created=0, missing_layer=None):
        """`layers`: what layer() gives. The manifest's descriptor."""
        config = json.dumps({'os': platform[0], 'architecture': platform[1], 'created': f'2026-01-01T00:{created // 60:02}:{created % 60:02}Z', 'config': {},
                             'rootfs': {'type': 'layers', 'diff_ids': [plain for _, plain in layers]}}).encode()
        return self.manifest(repository, tag, {
            'schemaVersion': 2, 'mediaType': OCI_MANIFEST, 'config': {'mediaType': OCI_CONFIG, **self.blob(repository, config)},
            'layers': [{'mediaType': OCI_LAYER_GZIP, **self.blob(repository, data, i == missing_layer)} for i, (data, _) in enumerate(layers)]}, OCI_MANIFEST)


def put_layout(storage, repository, tag, folder):
    """The image of an OCI layout that has one. The digest of its manifest."""
    blobs = pathlib.Path(folder) / 'blobs/sha256'
    digest_of = json.loads((pathlib.Path(folder) / 'index.json').read_text())['manifests'][0]['digest']
    manifest = json.loads((blobs / digest_of.partition(':')[2]).read_bytes())
    for part in (manifest['config'], *manifest['layers']):
        storage.blob(repository, (blobs / part['digest'].partition(':')[2]).read_bytes())
    name = storage.manifest(repository, tag, manifest, OCI_MANIFEST)['digest']
    assert name == digest_of, (name, digest_of)
    return name


def fill(storage, count):
    """
    `count` images of 5 tags in each repository, three layers each: one of all, one of the repository, one of the image. What the last one
    holds decides the verdict. Gives {manifest digest: verdict}.
    """
    base = layer({'/etc/passwd': PASSWD, '/etc/group': 'root:x:0:\n', '/etc/os-release': 'NAME="Imitation"\nID=imitation\n',
                  '/usr/share/doc/readme.txt': 'Nothing to see here.\n' * 200})
    miner = imitations.miner_config()
    verdicts, middle = {}, None
    for i in range(count):
        repository, tag = f'acme/app{i // 5:03}', f'v{i % 5}'
        if i % 5 == 0:
            middle = layer({f'/srv/{repository}/index.html': f'<html><body>{repository}</body></html>\n' * 20})
        files, verdict = {f'/srv/{repository}/{tag}.txt': f'version {tag}, image {i}\n'}, 'clean'
        if i % 10 == 3:
            files['/opt/.cache/config.json'] = miner
            verdict = 'malicious'
        elif i % 10 == 7:
            files['/root/.aws/credentials'] = imitations.aws_credentials()
            verdict = 'exposed'
        verdicts[storage.image(repository, tag, [base, middle, layer(files)], created=i)['digest']] = verdict
    return verdicts


def specials(storage):
    """What a registry also has: names near official ones, the same image twice, an index, an image that lost a layer, a tag that leads nowhere."""
    base = layer({'/etc/passwd': PASSWD})
    page = layer({'/srv/page.html': '<html></html>\n'})
    same = storage.image('acme/twice', 'one', [base, page])
    storage.image('acme/twice', 'two', [base, page])
    storage.image('someone/p0stgres', 'latest', [base, layer({'/srv/p.txt': 'no database\n'})])
    both = [storage.image('acme/wide', '', [base, layer({'/srv/arch.txt': arch + '\n'})], ('linux', arch)) | {'platform': {'os': 'linux', 'architecture': arch}}
            for arch in ('amd64', 'arm64')]
    storage.manifest('acme/wide', 'latest', {'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': both}, OCI_INDEX)
    broken = storage.image('acme/broken', 'latest', [base, layer({'/srv/lost.txt': 'this layer is not there\n'})], missing_layer=1)
    storage.blob('acme/gone', b'{}')
    storage.manifest('acme/gone', 'latest', {'schemaVersion': 2, 'what': 'is not there'}, OCI_MANIFEST, is_missing=True)
    return {'same': same['digest'], 'amd64': both[0]['digest'], 'arm64': both[1]['digest'], 'broken': broken['digest']}


def registry(folder, count, with_specials=False):
    """A running docker-registry with `count` images, {digest: verdict}, and the digests of the special ones."""
    storage = Storage(folder)
    verdicts = fill(storage, count)
    special = specials(storage) if with_specials else {}
    return Registry(folder), verdicts, special


class Nats:
    """`count` nodes of nats-server with JetStream, a cluster when there are several; files below `folder`."""

    def __init__(self, folder, count=3):
        self.folder = pathlib.Path(folder)
        self.clients = [free_port() for _ in range(count)]
        self.monitors = [free_port() for _ in range(count)]
        routes = [free_port() for _ in range(count)]
        self.processes = [None] * count
        for i in range(count):
            place = self.folder / f'n{i}'
            place.mkdir(parents=True)
            cluster = {'cluster': {'name': 'davy', 'listen': f'127.0.0.1:{routes[i]}', 'routes': [f'nats://127.0.0.1:{p}' for p in routes]}}
            (place / 'nats.conf').write_text(json.dumps({
                'server_name': f'n{i}', 'listen': f'127.0.0.1:{self.clients[i]}', 'http': f'127.0.0.1:{self.monitors[i]}',
                'jetstream': {'store_dir': str(place / 'data'), 'max_memory_store': 64 << 20, 'max_file_store': 1 << 30}, **(cluster if count > 1 else {})}))
            self.start(i)
        for i in range(count):
            self.wait(i)

    @staticmethod
    def program():
        return shutil.which('nats-server') or shutil.which('nats-server', path='/usr/sbin:/usr/local/sbin')

    def start(self, i):
        with open(self.folder / f'n{i}/log', 'ab') as log:
            self.processes[i] = subprocess.Popen([self.program(), '-c', self.folder / f'n{i}/nats.conf'], stdout=log, stderr=log)

    def wait(self, i):
        def answers():
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', self.clients[i]), 1):
                return True
            return self.processes[i].poll() is not None
        log = (self.folder / f'n{i}/log').read_text
        wait_for(answers, log)
        if self.processes[i].poll() is not None:
            raise RuntimeError(log())

    def kill(self, i):
        self.processes[i].kill()
        self.processes[i].wait()

    def stop(self):
        for i, process in enumerate(self.processes):
            if process.poll() is None:
                self.kill(i)

    @property
    def urls(self):
        return ','.join(f'nats://127.0.0.1:{p}' for p in self.clients)

    def stream(self, name):
        """What a node says of a stream; None while there is none."""
        for port, process in zip(self.monitors, self.processes):
            with contextlib.suppress(OSError, ValueError):
                if process.poll() is not None:
                    continue
                with urllib.request.urlopen(f'http://127.0.0.1:{port}/jsz?streams=true&config=true', timeout=5) as answer:
                    for account in json.load(answer).get('account_details') or []:
                        for stream in account.get('stream_detail') or []:
                            if stream['name'] == name:
                                return stream
        return None

    def leader(self, name):
        """The number of the node that leads the stream."""
        def led():
            stream = self.stream(name)
            return stream and stream.get('cluster', {}).get('leader')
        return int(wait_for(led, lambda: f'the stream {name} has no leader')[1:])
