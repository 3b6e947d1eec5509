# SPDX-License-Identifier: Apache-2.0
"""Registries on loopback: the real docker-registry in each way of access, and fakes that misbehave on purpose."""
import base64
import contextlib
import gzip
import hashlib
import http.server
import io
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tarfile
import threading
import urllib.error
import urllib.request

from images import run
from patience import free_port, wait_for

OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar'


def missing_tools():
    return [t for t in ('docker-registry', 'skopeo', 'openssl') if not shutil.which(t)]


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


class Registry:
    """docker-registry with its files below `folder`. `auth` and `tls` are parts of its configuration."""

    def __init__(self, folder, auth=None, tls=None):
        self.port = free_port()
        self.host = f'127.0.0.1:{self.port}'
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        config = {'version': 0.1, 'log': {'level': 'error', 'accesslog': {'disabled': True}},
                  'storage': {'filesystem': {'rootdirectory': str(self.folder / 'store')}, 'delete': {'enabled': True}},
                  'http': {'addr': self.host, 'secret': 'test'}}
        if auth:
            config['auth'] = auth
        if tls:
            config['http']['tls'] = tls
        (self.folder / 'config.yml').write_text(json.dumps(config))
        with open(self.folder / 'log', 'wb') as log:
            self.process = subprocess.Popen(['docker-registry', 'serve', self.folder / 'config.yml'], stdout=log, stderr=log)
        wait_for(self.answers, (self.folder / 'log').read_text)

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / 'log').read_text())
        with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', self.port), 1):
            return True

    def stop(self):
        self.process.kill()
        self.process.wait()

    def push(self, source, name, *options):
        run('skopeo', '--insecure-policy', 'copy', '--dest-tls-verify=false', *options, source, f'docker://{self.host}/{name}')

    def url(self, path):
        return f'http://{self.host}/v2/{path}'

    def get(self, path, accept=f'{OCI_INDEX}, {OCI_MANIFEST}'):
        request = urllib.request.Request(self.url(path), headers={'Accept': accept})
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def put_blob(self, repository, data):
        with urllib.request.urlopen(urllib.request.Request(self.url(f'{repository}/blobs/uploads/'), method='POST', data=b'')) as answer:
            where = answer.headers['Location']
        url = where + ('&' if '?' in where else '?') + 'digest=' + digest(data)
        urllib.request.urlopen(urllib.request.Request(url, method='PUT', data=data, headers={'Content-Type': 'application/octet-stream'})).close()
        return {'digest': digest(data), 'size': len(data)}

    def put_manifest(self, repository, tag, manifest, media_type):
        data = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        urllib.request.urlopen(urllib.request.Request(self.url(f'{repository}/manifests/{tag}'), method='PUT', data=data,
                                                      headers={'Content-Type': media_type})).close()
        return {'mediaType': media_type, 'digest': digest(data), 'size': len(data)}

    def put_image(self, repository, tag, layers, platform=('linux', 'amd64'), **more):
        """`layers`: (media type, stored bytes, unpacked bytes); gives the manifest's descriptor."""
        config = json.dumps({'os': platform[0], 'architecture': platform[1], 'config': {}, **more,
                             'rootfs': {'type': 'layers', 'diff_ids': [digest(plain) for _, _, plain in layers]}}).encode()
        manifest = {'schemaVersion': 2, 'mediaType': OCI_MANIFEST,
                    'config': {'mediaType': OCI_CONFIG, **self.put_blob(repository, config)},
                    'layers': [{'mediaType': kind, **self.put_blob(repository, data)} for kind, data, _ in layers]}
        return self.put_manifest(repository, tag, manifest, OCI_MANIFEST)


class Fake:
    """
    A server on loopback whose answers a test writes: `handle(h)` gets the request handler and returns True when it has
    answered; else the request goes to `upstream` as it came. All requests are kept in `seen`.
    """

    def __init__(self, handle=None, upstream=None, tls=None):
        fake = self
        self.seen, self.handle, self.upstream = [], handle or (lambda h: False), upstream

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            timeout = 60

            def log_message(self, *arguments):
                pass

            def answer(self, status, body=b'', **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace('_', '-'), str(value))
                if not any(n.lower() in ('content_length', 'transfer_encoding') for n in headers):
                    self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                return True

            def cut(self, status, body, length, **headers):
                """Promises `length` bytes and hangs up after `body`."""
                self.answer(status, body, Content_Length=length, **headers)
                self.wfile.flush()
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return True

            def pass_on(self):
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ('host', 'connection', 'accept-encoding')}
                request = urllib.request.Request(f'http://{fake.upstream}{self.path}', headers=headers)
                try:
                    with urllib.request.urlopen(request) as r:
                        status, body, got = r.status, r.read(), r.headers
                except urllib.error.HTTPError as e:
                    status, body, got = e.code, e.read(), e.headers
                keep = {k.replace('-', '_'): v for k, v in got.items()
                        if k.lower() in ('content-type', 'docker-content-digest', 'content-range', 'www-authenticate')}
                return self.answer(status, body, **keep)

            def do_GET(self):
                length = int(self.headers.get('Content-Length') or 0)
                self.body = self.rfile.read(length) if length else b''
                fake.seen.append((self.command, self.path, dict(self.headers), self.body))
                with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
                    if not fake.handle(self):
                        self.pass_on() if fake.upstream else self.answer(404)

            do_POST = do_GET

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *arguments):
                pass

        self.server = Server(('127.0.0.1', 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.host = f'127.0.0.1:{self.port}'
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start() # the end is waited for so long

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def requests(self, part):
        return [r for r in self.seen if part in r[1]]


def certificate(folder, name):
    """A self-signed authority for 127.0.0.1: certificate and key."""
    cert, key = pathlib.Path(folder) / f'{name}.pem', pathlib.Path(folder) / f'{name}.key'
    run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', f'/CN={name}',
        '-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:TRUE', '-keyout', key, '-out', cert)
    return str(cert), str(key)


def login_file(path, host, user, password):
    auth = base64.b64encode(f'{user}:{password}'.encode()).decode()
    pathlib.Path(path).write_text(json.dumps({'auths': {host: {'auth': auth}}}))
    return path


def json_web_token(claims, cert, key):
    """RS256, signed by openssl, with the certificate in its header: what docker-registry checks."""
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b'=')
    chain = ''.join(pathlib.Path(cert).read_text().split('-----')[2].split())
    text = encode(json.dumps({'alg': 'RS256', 'typ': 'JWT', 'x5c': [chain]}).encode()) + b'.' + encode(json.dumps(claims).encode())
    signature = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', key], input=text, stdout=subprocess.PIPE, check=True).stdout
    return (text + b'.' + encode(signature)).decode()


def tar_of(files):
    """An uncompressed tar of {name: bytes}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as t:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def estargz(files):
    """
    The files as eStargz: each header and each content a gzip member of its own, then the table of contents, then the footer
    that says where the table begins (51 bytes: an empty member with an extra field).
    """
    plain = tar_of({'.no.prefetch.landmark': b'\x0f', **files})
    end = plain.rstrip(b'\0')
    members, entries, at = [], [], 0
    plain = plain[:(len(end) + 511) // 512 * 512]
    while at < len(plain):
        info = tarfile.TarInfo.frombuf(plain[at:at + 512], 'utf-8', 'strict')
        size = 512 + (info.size + 511) // 512 * 512
        entries.append({'name': info.name, 'type': 'reg', 'size': info.size, 'mode': 0o644,
                        'offset': sum(map(len, members)) + len(gzip.compress(plain[at:at + 512], mtime=0)),
                        'digest': digest(plain[at + 512:at + 512 + info.size])})
        members += [gzip.compress(plain[at:at + 512], mtime=0), gzip.compress(plain[at + 512:at + size], mtime=0)]
        at += size
    table = tar_of({'stargz.index.json': json.dumps({'version': 1, 'entries': entries}).encode()})
    offset = sum(map(len, members))
    members.append(gzip.compress(table, mtime=0))
    subfield = b'SG' + (22).to_bytes(2, 'little') + b'%016xSTARGZ' % offset
    footer = (b'\x1f\x8b\x08\x04\0\0\0\0\0\xff' + len(subfield).to_bytes(2, 'little') + subfield +
              b'\x01\0\0\xff\xff' + b'\0' * 8)
    assert len(footer) == 51
    return b''.join(members) + footer, plain + table
