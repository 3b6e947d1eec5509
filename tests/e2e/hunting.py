# SPDX-License-Identifier: Apache-2.0
"""
What a hunt runs on, for tests and by hand (tests/services): a registry with many small images, written straight into its storage. Images are
benign and labelled: ordinary files, and the shape of a few things that Davy must tell.
"""
import gzip
import hashlib
import io
import json
import pathlib
import tarfile

import imitations
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
