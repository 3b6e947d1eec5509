# SPDX-License-Identifier: Apache-2.0
"""Images as a hostile author makes them: tar entries, layers and layouts written byte by byte, so that any part may lie."""
import hashlib
import io
import json
import zlib

import imitations

LAYER = 'application/vnd.oci.image.layer.v1.tar'
END = bytes(1024)


def header(name, size=0, kind=b'0', link=b'', mode=0o644, device=(0, 0)):
    """One ustar header; fields that are too long are cut."""
    h = bytearray(512)
    name, link = name[:100], link[:100]
    h[0:len(name)] = name
    h[100:108] = b'%07o\0' % mode
    h[108:116] = h[116:124] = b'0000000\0'
    h[124:136] = b'%011o\0' % size if size < 8 ** 11 else b'\x80' + size.to_bytes(11, 'big')
    h[136:148] = b'00000000000\0'
    h[156:157] = kind
    h[157:157 + len(link)] = link
    h[257:265] = b'ustar\x0000'
    h[329:337], h[337:345] = b'%07o\0' % device[0], b'%07o\0' % device[1]
    h[148:156] = b' ' * 8
    h[148:156] = b'%06o\0 ' % sum(h)
    return bytes(h)


def padded(data):
    return data + bytes(-len(data) % 512)


def entry(name, data=b'', kind=b'0', link=b'', **more):
    """A whole entry; long names go by GNU's extra header."""
    name = name if isinstance(name, bytes) else name.encode()
    long_name = header(b'././@LongLink', len(name) + 1, b'L') + padded(name + b'\0') if len(name) > 100 else b''
    return long_name + header(name, len(data), kind, link, **more) + padded(data)


def pax(records, name, data=b'', kind=b'0', **more):
    """An entry behind records of PAX, {key: bytes}."""
    body = b''
    for key, value in records.items():
        record = b' %s=%s\n' % (key.encode(), value)
        n = len(record)
        while len(b'%d' % n + record) != n:
            n = len(b'%d' % n + record)
        body += b'%d' % n + record
    return header(b'PaxHeaders/x', len(body), b'x') + padded(body) + entry(name, data, kind, **more)


def tar(*entries):
    return b''.join(entries) + END


def gz(data, level=1):
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def sha(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def miner(path='opt/miner/config.json'):
    """The entry that shows that a scan went on: it is found or the test fails."""
    return entry(path, imitations.miner_config().encode())


class Layout:
    """An OCI layout from layers (bytes as stored, lowest first). `change` may alter the manifest, `config` the configuration."""

    def __init__(self, folder, layers, config=None, change=None, media_type=LAYER, unpacked=None):
        self.folder = folder
        (folder / 'blobs/sha256').mkdir(parents=True)
        (folder / 'oci-layout').write_text('{"imageLayoutVersion": "1.0.0"}')
        settled = {'os': 'linux', 'architecture': 'amd64', 'config': {},
                   'rootfs': {'type': 'layers', 'diff_ids': [sha(d) for d in unpacked or map(self.unpacked, layers)]}}
        settled.update(config or {})
        manifest = {'schemaVersion': 2, 'config': self.blob(json.dumps(settled).encode()),
                    'layers': [{**self.blob(d), 'mediaType': media_type} for d in layers]}
        if change:
            change(manifest)
        self.manifest = manifest
        self.index(self.blob(json.dumps(manifest).encode()))

    @staticmethod
    def unpacked(data):
        return zlib.decompress(data, 31) if data[:2] == b'\x1f\x8b' else data

    def blob(self, data):
        digest = sha(data)
        (self.folder / 'blobs/sha256' / digest[7:]).write_bytes(data)
        return {'digest': digest, 'size': len(data)}

    def path(self, digest):
        return self.folder / 'blobs/sha256' / digest[7:]

    def index(self, *descriptors):
        kind = {'mediaType': 'application/vnd.oci.image.manifest.v1+json'}
        (self.folder / 'index.json').write_text(json.dumps({'schemaVersion': 2, 'manifests': [{**kind, **d} for d in descriptors]}))

    def archive(self):
        """The same as one tar file, as bytes."""
        out = io.BytesIO()
        for path in sorted(p for p in self.folder.rglob('*') if p.is_file()):
            out.write(entry(str(path.relative_to(self.folder)), path.read_bytes()))
        out.write(END)
        return out.getvalue()


def docker(layers, config=None, extra=(), names=None):
    """A docker archive as bytes; `names` are what manifest.json says of the layers."""
    settled = {'os': 'linux', 'architecture': 'amd64', 'config': {}, 'rootfs': {'type': 'layers', 'diff_ids': list(map(sha, layers))}}
    settled.update(config or {})
    text = json.dumps(settled).encode()
    made = [f'{i:064x}/layer.tar' for i in range(len(layers))]
    manifest = [{'Config': sha(text)[7:] + '.json', 'RepoTags': ['acme/tool:1'], 'Layers': names or made}]
    return tar(entry(sha(text)[7:] + '.json', text), *(entry(n, d) for n, d in zip(made, layers)), *extra,
               entry('manifest.json', json.dumps(manifest).encode()))
