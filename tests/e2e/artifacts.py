# SPDX-License-Identifier: Apache-2.0
"""What registries keep beside images, as its makers' tools write it: signatures, attestations, lists of parts, modules, charts, files."""
import gzip
import hashlib
import io
import json
import pathlib
import tarfile

from registries import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST

EMPTY = 'application/vnd.oci.empty.v1+json'
HELM = 'application/vnd.cncf.helm.config.v1+json'
COSIGN = 'application/vnd.dev.cosign.simplesigning.v1+json'


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as t:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def rootfs(*layers, **more):
    return json.dumps({'architecture': '', 'os': '', 'config': {}, 'rootfs': {'type': 'layers', 'diff_ids': [digest(d) for d in layers]},
                       **more}).encode()


class Artifact:
    """`layers`: (media type, title, bytes). `called`: the media type that it goes by; empty for an image."""

    def __init__(self, called, config_type, config, layers, artifact_type=None):
        self.called, self.config_type, self.config, self.layers, self.artifact_type = called, config_type, config, layers, artifact_type

    def manifest(self, put):
        def descriptor(media_type, data, title=None):
            put(data)
            return {'mediaType': media_type, 'digest': digest(data), 'size': len(data),
                    **({'annotations': {'org.opencontainers.image.title': title}} if title else {})}
        return json.dumps({'schemaVersion': 2, 'mediaType': OCI_MANIFEST, **({'artifactType': self.artifact_type} if self.artifact_type else {}),
                           'config': descriptor(self.config_type, self.config),
                           'layers': [descriptor(kind, data, title) for kind, title, data in self.layers]}).encode()

    def layout(self, folder):
        blobs = pathlib.Path(folder) / 'blobs/sha256'
        blobs.mkdir(parents=True)

        def put(data):
            (blobs / digest(data)[7:]).write_bytes(data)
        manifest = self.manifest(put)
        put(manifest)
        (blobs.parents[1] / 'oci-layout').write_text('{"imageLayoutVersion":"1.0.0"}')
        (blobs.parents[1] / 'index.json').write_text(json.dumps({'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': [
            {'mediaType': OCI_MANIFEST, 'digest': digest(manifest), 'size': len(manifest)}]}))
        return pathlib.Path(folder)

    def push(self, registry, repository, tag):
        return registry.put_manifest(repository, tag, self.manifest(lambda data: registry.put_blob(repository, data)), OCI_MANIFEST)


def file(content, title='notes.txt', media_type='text/plain'):
    """What `oras push` makes of a file."""
    return Artifact('application/vnd.acme.notes', EMPTY, b'{}', [(media_type, title, content)], 'application/vnd.acme.notes')


_PAYLOAD = json.dumps({'critical': {'identity': {'docker-reference': 'registry.example/acme/web'}, 'image': {
    'docker-manifest-digest': digest(b'')}, 'type': 'cosign container image signature'}, 'optional': None}).encode()
_ENVELOPE = b'{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}'
_PARTS = b'{"spdxVersion":"SPDX-2.3","packages":[]}'
_CHART = gzip.compress(tar({'web/Chart.yaml': b'apiVersion: v2\nname: web\nversion: 1.0.0\n', 'web/values.yaml': b'replicas: 1\n'}), mtime=0)
_IN_TOTO = 'application/vnd.in-toto+json'
_MODULE = 'application/vnd.wasm.config.v0+json'

KINDS = {
    'file': file(b'hello\n'),
    'file called a layer': Artifact('application/vnd.unknown.artifact.v1', EMPTY, b'{}', [(OCI_LAYER, 'notes.txt', b'hello\n')],
                                    'application/vnd.unknown.artifact.v1'),
    'signature': Artifact(COSIGN, OCI_CONFIG, rootfs(_PAYLOAD), [(COSIGN, None, _PAYLOAD)]),
    'attestation': Artifact(_IN_TOTO, OCI_CONFIG, rootfs(_ENVELOPE, os='unknown', architecture='unknown'), [(_IN_TOTO, None, _ENVELOPE)]),
    'list of parts': Artifact('application/spdx+json', EMPTY, b'{}', [('application/spdx+json', 'web.spdx.json', _PARTS)],
                              'application/spdx+json'),
    'module': Artifact(_MODULE, _MODULE, b'{"os":"wasip1","architecture":"wasm","layerDigests":[]}',
                       [('application/wasm', None, b'\0asm\1\0\0\0')]),
    'chart': Artifact(HELM, HELM, b'{"name":"web","version":"1.0.0","apiVersion":"v2"}',
                      [('application/vnd.cncf.helm.chart.content.v1.tar+gzip', None, _CHART)]),
}

# images that somebody gave an artifact's media types, and that do not agree with themselves; each with a layer of its own, since a layer that
# is known from another image is not unpacked again
_CHART_LAYER, _SIGNATURE_LAYER, _TYPED_LAYER, _EMPTY_LAYER = (tar({'bin/x': b'%d\n' % i}) for i in range(4))
IMAGES = {
    'configuration of a chart': Artifact('', HELM, rootfs(b'other', os='linux', architecture='amd64'), [(OCI_LAYER, None, _CHART_LAYER)]),
    'layers of a signature': Artifact('', OCI_CONFIG, rootfs(b'other', os='linux', architecture='amd64'), [(COSIGN, None, _SIGNATURE_LAYER)], COSIGN),
    'an artifactType': Artifact('', OCI_CONFIG, rootfs(_TYPED_LAYER, b'second', os='linux', architecture='amd64'), [(OCI_LAYER, None, _TYPED_LAYER)], HELM),
    'nothing to run': Artifact('', OCI_CONFIG, b'{}', [(OCI_LAYER, None, _EMPTY_LAYER)]),
}
