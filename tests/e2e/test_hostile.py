# SPDX-License-Identifier: Apache-2.0
"""davy scan against hostile image authors and odd but honest images: it never crashes, its time and memory are bounded, it
names the problem and goes on with the rest."""
import bz2
import hashlib
import io
import itertools
import json
import lzma
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import elsewhere
import hostile
import imitations
from hostile import Layout, docker, entry, gz, miner, tar

DAVY = os.environ['DAVY']
MIB = 1 << 20
MEMORY = 256 * MIB
SECONDS = 30  # of processor time, of all its processes together
# A sanitizer keeps freed memory and slows everything: there only crashes and what is found count.
SANITIZED = any(b'__asan_init' in (pathlib.Path(DAVY).parent / name).read_bytes() for name in ('davy', 'davy-scan'))

# A process of its own measures: the kernel counts the memory of whoever starts a program to that program's peak.
MEASURE = """
import resource, subprocess, sys
try:
    code = subprocess.run(sys.argv[3:], timeout=20 * float(sys.argv[1]), user=sys.argv[2] or None).returncode
except subprocess.TimeoutExpired:
    code = -1  # it hangs
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print('\\n#', [code, usage.ru_maxrss, round(usage.ru_utime + usage.ru_stime, 2)], sep='', end='', file=sys.stderr)
"""


class Hostile(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-hostile-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.count = 0

    def place(self, data, name=None):
        self.count += 1
        path = self.temp / (name or f'target{self.count}')
        path.write_bytes(data)
        return path

    def layout(self, layers, **more):
        self.count += 1
        return Layout(self.temp / f'layout{self.count}', layers, **more)

    def run_davy(self, *arguments, seconds=SECONDS, user='', davy=DAVY):
        """Exit code and what was written; time and memory are checked here for every scan."""
        limit = seconds * (20 if SANITIZED else 1)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            made = subprocess.run([sys.executable, '-I', '-S', '-c', MEASURE, str(limit), user, davy, *map(str, arguments)],
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=err, check=False,
                                  env={**os.environ, 'LC_ALL': 'C.UTF-8', 'COLUMNS': '80'})
            out.seek(0)
            err.seek(0)
            written, complaint = out.read(), err.read()
        complaint, _, figures = complaint.rpartition(b'\n#')
        self.assertEqual(made.returncode, 0, complaint[-4000:])
        code, peak, took = json.loads(figures)
        self.assertIn(code, (0, 1, 3), (arguments, took, complaint[-4000:]))
        self.assertLess(took, limit, arguments)
        if not SANITIZED:
            self.assertLessEqual(peak * 1024, MEMORY, arguments)
        return code, written

    def scan(self, target, *arguments, **more):
        """The report's only target; its "exit" is the exit code, "words" everything said about what went wrong."""
        code, written = self.run_davy('scan', '--format', 'json', *arguments, target, **more)
        self.assertTrue(written, target)
        (found,) = json.loads(written)['targets']
        found['exit'] = code
        found['words'] = json.dumps([found['unread'], found.get('failure'), found['findings']])
        return found

    def names(self, found):
        return {f['subject']['name'] for f in found['findings']}

    def assert_goes_on(self, found, path='/opt/miner/config.json'):
        self.assertEqual(found['exit'], 1)
        self.assertIn(path, self.names(found))


class Bombs(Hostile):
    """Ten gigabytes of zeros in ten megabytes: 160 members or frames of 64 MiB each."""
    MEMBER = gz(bytes(64 * MIB), 9)

    def gzip_bomb(self, begin=b''):
        return gz(begin) + self.MEMBER * 160

    def test_layer(self):
        size = 160 * 64 * MIB
        bomb = self.gzip_bomb(hostile.header(b'zeros', size))
        self.assertLess(len(bomb), 12 * MIB)
        image = self.layout([gz(tar(miner())), bomb], unpacked=[tar(miner()), b''])
        found = self.scan(image.folder)
        self.assert_goes_on(found)
        self.assertIn('bomb', found['words'])

    @unittest.skipUnless(shutil.which('zstd'), 'zstd is missing')
    def test_zstd_layer(self):
        def frame(data):
            return subprocess.run(['zstd', '-q', '-3', '-c'], input=data, stdout=subprocess.PIPE, check=True).stdout
        bomb = frame(hostile.header(b'zeros', 160 * 64 * MIB)) + frame(bytes(64 * MIB)) * 160
        image = self.layout([tar(miner()), bomb], unpacked=[tar(miner()), b''])
        found = self.scan(image.folder)
        self.assert_goes_on(found)
        self.assertIn('bomb', found['words'])
        self.scan(self.place(bomb))

    def test_files_within_a_layer(self):
        bomb = self.gzip_bomb()
        nested = gz(bomb)
        xz = lzma.compress(bytes(16 * MIB), preset=0) * 64
        image = self.layout([gz(tar(entry('srv/a.gz', bomb), entry('srv/b.gz', nested), entry('srv/c.xz', xz), miner()))])
        self.assert_goes_on(self.scan(image.folder))

    def test_archive_and_file(self):
        for data in (self.gzip_bomb(), self.gzip_bomb(hostile.header(b'zeros', 160 * 64 * MIB)), self.gzip_bomb(b'x')):
            self.scan(self.place(data))

    def test_bomb_of_empty_members(self):
        empty = gz(b'')
        image = self.layout([tar(miner()), empty * 500_000], unpacked=[tar(miner()), b''])
        self.assert_goes_on(self.scan(image.folder))

    def test_holes(self):
        """A sparse tar entry: a few bytes, a hole of 8 TiB."""
        sparse = bytearray(hostile.header(b'hole', 0, b'S'))
        sparse[257:265] = b'ustar  \0'
        sparse[386:410] = b'%011o\0%011o\0' % (8 ** 11 - 1, 0)
        sparse[483:495] = b'\x80' + (1 << 43).to_bytes(11, 'big')
        sparse[148:156] = b' ' * 8
        sparse[148:156] = b'%06o\0 ' % sum(sparse)
        found = self.scan(self.layout([tar(miner()), tar(bytes(sparse))]).folder)
        self.assert_goes_on(found)
        self.assertEqual([gap['what'] for gap in found['skipped']['list']], ['/hole'])


class Entries(Hostile):
    @staticmethod
    def million(pattern, kind=b'0'):
        """A million entries, made by changing eight digits of one header."""
        base = bytearray(hostile.header(pattern, 0, kind))
        at = base.index(b'00000000')
        total = sum(base) - sum(base[148:156]) + 8 * 32
        for i in range(1_000_000):
            digits = b'%08d' % i
            base[at:at + 8] = digits
            base[148:156] = b'%06o\0 ' % (total + sum(digits) - 8 * 48)
            yield bytes(base)

    def test_million_entries_that_climb(self):
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        path = self.temp / 'many.tar.gz'
        with path.open('wb') as f:
            f.write(packer.compress(miner()))
            many = self.million(b'../f00000000')
            while piece := b''.join(itertools.islice(many, 10_000)):
                f.write(packer.compress(piece))
            f.write(packer.compress(hostile.END) + packer.flush())
        found = self.scan(path, seconds=60)
        self.assertEqual(found['counts']['files'], 1_000_001)
        self.assertGreater(found['findings_not_kept'], 0)
        self.assert_goes_on(found)

    def test_paths_links_and_devices(self):
        layer = tar(entry('../../up', b'x'), entry('/abs', b'x'), entry('a/../../../b', b'x'), entry('', b'x'), entry('.', kind=b'5'),
                    entry('hard', kind=b'1', link=b'../../../etc/shadow'), entry('abshard', kind=b'1', link=b'/etc/shadow'),
                    entry('soft', kind=b'2', link=b'../../../../etc/shadow'), entry('loop', kind=b'2', link=b'loop'),
                    entry('soft/below', b'x'), entry('todev', kind=b'2', link=b'/dev/sda'), entry('sda', kind=b'4', device=(8, 0)),
                    entry('mem', kind=b'3', device=(1, 1)), entry('fifo', kind=b'6'), entry('todev', kind=b'1', link=b'sda'),
                    entry('contiguous', b'x', kind=b'7'), entry('vendor', b'x', kind=b'Z'), miner())
        found = self.scan(self.layout([layer]).folder)
        self.assert_goes_on(found)
        self.assertIn('path-traversal', found['words'])
        self.assertLessEqual({'/hard', '/up'}, self.names(found))
        self.assertGreaterEqual(found['counts']['files'] + found['counts']['hardlinks'], 8, found['counts'])

    def test_names(self):
        names = [b'a\nb\x1b]0;title\x07\x1b[2J', b'\xff\xfe\x80', b'\xe2\x80\xae' + b'gpj.x', b'n' * 255, b'/'.join([b'd' * 200] * 20),
                 b'n' * 4096, b'd/' * 2047 + b'x', b'd/' * 30_000 + b'x', b'x' * 100_000, b' ', b'-rf', b'\x7f', b'C:\\x', b'%s%n%n']
        configs = [imitations.miner_config().replace('DAVY', f'{i} DAVY').encode() for i in range(len(names))]
        path = self.layout([tar(*map(entry, names, configs), miner())]).folder
        found = self.scan(path)
        self.assert_goes_on(found)
        self.assertIn('bad-name', found['words'])
        _, screen = self.run_davy('scan', '--verbose', path)
        self.assertFalse({b % 256 for b in screen} & (set(range(32)) - {10}), 'control bytes on the screen')
        screen.decode()

    def test_duplicates_and_case(self):
        config = imitations.miner_config().encode()
        layer = tar(entry('etc/A.json', b'{}'), entry('etc/a.json', config), entry('etc/a.json', b'{}'), entry('./etc//a.json', b'{}'),
                    entry('etc', kind=b'5'), entry('etc', b'now a file'), entry('ETC/Cron.d/x', b'x'))
        found = self.scan(self.layout([layer]).folder)
        self.assert_goes_on(found, '/etc/a.json')

    def test_findings_cannot_be_drowned(self):
        """A thousand loud files in front hide nothing behind them, and what is kept of each stays small."""
        token = 'glpat-' + 'kR9xWq2LmZ7vTb4N'
        loud = ''.join(f'token = "{token}{i:04d}" ' + 'z' * 4000 + '\n' for i in range(300))
        layer = tar(*(entry(f'srv/{i:05d}.sh', f'#!/bin/sh\n# {i}\n{loud if i < 60 else loud[:9000]}'.encode(), mode=0o755)
                      for i in range(2000)))
        found = self.scan(self.layout([tar(miner()), gz(layer)]).folder, seconds=60)
        self.assert_goes_on(found)

    def test_whiteouts_in_every_order(self):
        """Three layers, seven things each may do to a folder: what umoci unpacks is what is told as effective."""
        if not shutil.which('umoci') or os.geteuid():
            self.skipTest('umoci as root is needed')

        def content(layer, case):
            return imitations.miner_config().replace('DAVY', f'{layer} {case} DAVY').encode()

        def folder(case):
            return entry(f'{case}/a', kind=b'5', mode=0o755)

        steps = [lambda c, n: b'', lambda c, n: folder(c) + entry(f'{c}/a/f', content(n, c)),
                 lambda c, n: entry(f'{c}/a/.wh.f'), lambda c, n: folder(c) + entry(f'{c}/a/.wh..wh..opq'),
                 lambda c, n: entry(f'{c}/.wh.a'), lambda c, n: entry(f'{c}/a', content(n, c)),
                 lambda c, n: folder(c) + entry(f'{c}/a/f', content(n, c)) + entry(f'{c}/a/.wh..wh..opq')]
        orders = list(itertools.product(range(len(steps)), repeat=3))
        cases = {f'c{"".join(map(str, o))}': o for o in orders
                 # a whiteout below what is a file is no layer that any tool writes
                 if not any(b == 2 and 5 in o[:i] for i, b in enumerate(o))}
        layers = [tar(*(entry(c, kind=b'5', mode=0o755) + steps[o[n]](c, n + 1) for c, o in cases.items())) for n in range(3)]
        image = self.layout([gz(layer) for layer in layers], media_type=hostile.LAYER + '+gzip',
                            change=lambda m: m['config'].update(mediaType='application/vnd.oci.image.config.v1+json'))
        text = json.loads((image.folder / 'index.json').read_text())
        text['manifests'][0]['annotations'] = {'org.opencontainers.image.ref.name': 't'}
        (image.folder / 'index.json').write_text(json.dumps(text))
        subprocess.run(['umoci', 'unpack', '--image', f'{image.folder}:t', self.temp / 'bundle'], check=True, capture_output=True)
        root = self.temp / 'bundle/rootfs'
        want = {'/' + str(p.relative_to(root)): int(p.read_text().split('"comment": "')[1][0]) for p in root.rglob('*') if p.is_file()}
        found = self.scan(image.folder)
        self.assertEqual(found['findings_not_kept'], 0)
        got = {f['subject']['name']: f['subject']['layer'] for f in found['findings'] if f['subject'].get('layer_state') == 'effective'}
        self.assertEqual(got, want)


    def test_hard_links_to_files_of_lower_layers(self):
        """containerd, podman and umoci unpack them so: what a container sees under the link is the lower layer's file."""
        def places(*layers):
            found = self.scan(self.layout(list(layers)).folder)
            return {(f['subject']['name'], f['subject']['layer'], f['subject']['layer_state']) for f in found['findings'] if 'layer' in f['subject']}
        link = entry('usr/bin/app.json', kind=b'1', link=b'opt/a.json')
        effective = ('/usr/bin/app.json', 2, 'effective')
        self.assertEqual(places(tar(miner('opt/a.json')), tar(link, entry('opt/.wh.a.json'))), {effective, ('/opt/a.json', 1, 'deleted')})
        self.assertIn(effective, places(tar(miner('opt/a.json')), tar(entry('opt/.wh.a.json'), link)))
        # through a link of a layer between, and removed again above
        self.assertEqual(places(tar(miner('opt/a.json')), tar(link), tar(entry('b.json', kind=b'1', link=b'/usr/bin/app.json')), tar(entry('usr/bin/.wh.app.json'))),
                         {('/opt/a.json', 1, 'effective'), ('/usr/bin/app.json', 2, 'deleted'), ('/b.json', 3, 'effective')})
        # the file that counts is the next one below
        self.assertEqual(places(tar(miner('opt/a.json')), tar(entry('opt/a.json', b'{}')), tar(link)), {('/opt/a.json', 1, 'shadowed')})
        self.assertEqual(places(tar(entry('opt/a.json', b'{}')), tar(link), tar(miner('opt/a.json'))), {('/opt/a.json', 3, 'effective')})

    def test_names_that_only_records_of_pax_give(self):
        config = imitations.miner_config().encode()
        found = self.scan(self.layout([tar(hostile.pax({'path': b'opt/long/config.json'}, 'short', config))]).folder)
        self.assert_goes_on(found, '/opt/long/config.json')
        found = self.scan(self.layout([tar(miner('opt/a.json'), hostile.pax({'linkpath': b'opt/a.json'}, 'b.json', kind=b'1', link=b'x'))]).folder)
        self.assertEqual([f['also'] for f in found['findings'] if f['subject']['name'] == '/opt/a.json'], [['/b.json']])
        # libarchive loses the target where the header has none: the report says so
        found = self.scan(self.layout([tar(miner('opt/a.json'), hostile.pax({'linkpath': b'opt/a.json'}, 'b.json', kind=b'1'))]).folder)
        self.assert_goes_on(found, '/opt/a.json')
        self.assertIn('/b.json is a hard link', found['words'])

    def test_links_to_lower_layers_are_told_from_notes_too(self):
        image = self.layout([tar(miner('opt/a.json')), tar(entry('usr/bin/app.json', kind=b'1', link=b'opt/a.json'), entry('opt/.wh.a.json'))])
        env = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        seen = []
        for _ in range(2):
            result = subprocess.run([DAVY, 'scan', '-f', 'json', image.folder], stdout=subprocess.PIPE, env={**os.environ, **env}, check=False)
            (found,) = json.loads(result.stdout)['targets']
            seen.append((self.names(found), found['counts'].get('layers_known', 0)))
        self.assertEqual([names for names, _ in seen], [{'/opt/a.json', '/usr/bin/app.json'}] * 2)
        self.assertEqual([known for _, known in seen], [0, 2])


class Documents(Hostile):
    """Manifests, configurations, indexes."""

    def test_deep_and_huge_configuration(self):
        deep = b'[' * 10_000 + b']' * 10_000
        for text in (deep, b'{"config":' * 10_000 + b'1' + b'}' * 10_000, b'[' * 1_000_000, b'"' + b'x' * 20 * MIB + b'"', b'', b'nul',
                     b'{"rootfs":{"diff_ids":{}},"history":7,"config":[{}],"os":{}}', b'\xff\xfe' * 1000, b'{"a":1e999999999}'):
            image = self.layout([tar(miner())])
            image.manifest['config'] = image.blob(text)
            image.index(image.blob(json.dumps(image.manifest).encode()))
            found = self.scan(image.folder)
            self.assert_goes_on(found)
            self.assertGreater(found['unread']['total'], 0, text[:40])
            for document in (lambda i: i.index(i.blob(text)), lambda i: (i.folder / 'index.json').write_bytes(text)):
                document(image)
                self.assertEqual(self.scan(image.folder)['exit'], 3)

    def test_huge_labels_environment_and_history(self):
        config = {'config': {'Labels': {f'l{i}': 'v' * 100 for i in range(20_000)}, 'Env': [f'E{i}={"x" * 90}' for i in range(20_000)],
                             'Entrypoint': ['x' * MIB], 'Cmd': ['a\x1b[31m\n'] * 1000},
                  'history': [{'created_by': 'RUN ' + 'y' * 100_000}]}
        image = self.layout([tar(miner())], config=config)
        self.assert_goes_on(self.scan(image.folder))
        self.run_davy('scan', '--verbose', image.folder)

    def test_history_that_does_not_fit(self):
        for history in ([], [{'created_by': 'x'}] * 500, [{'empty_layer': True}], None, 'x', [[], 1, None]):
            self.assert_goes_on(self.scan(self.layout([tar(miner())], config={'history': history}).folder))

    def test_no_layers(self):
        image = self.layout([])
        self.assertEqual(self.scan(image.folder)['exit'], 0)
        self.assertEqual(self.scan(self.place(docker([])))['exit'], 0)

    def test_what_is_missing(self):
        def foreign(m):
            m['layers'].append({'mediaType': 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'size': 7,
                                'digest': 'sha256:' + '1' * 64, 'urls': ['http://x.example/']})

        def no_config(m):
            del m['config']

        def config_gone(m):
            m['config']['digest'] = 'sha256:' + '2' * 64

        def bad_digests(m):
            m['layers'] += [{'digest': d, 'size': 1} for d in ('', 'sha256:../../../etc/passwd', 'sha256:', 'md5:00', 7, None, '/etc/passwd',
                                                               'sha512:' + '0' * 128)] + [{}, None, 3, []]
        for change in (foreign, no_config, config_gone, bad_digests):
            with self.subTest(change.__name__):
                found = self.scan(self.layout([tar(miner())], change=change).folder)
                self.assert_goes_on(found)
                self.assertGreater(found['unread']['total'], 0)

    def test_wrong_media_types_and_digests(self):
        for kind in ('text/plain', hostile.LAYER + '+zstd', '', 'application/vnd.oci.image.manifest.v1+json'):
            self.assert_goes_on(self.scan(self.layout([gz(tar(miner()))], media_type=kind).folder))
        image = self.layout([gz(tar(miner()))])
        image.path(image.manifest['layers'][0]['digest']).write_bytes(gz(tar(miner(), entry('other'))))
        found = self.scan(image.folder)
        self.assert_goes_on(found)
        self.assertIn('digest', found['words'])

    def test_many_layers(self):
        """More than there may be: the highest are looked at, and a layer named a thousand times costs no memory."""
        def repeat(m):
            m['layers'] *= 3000
        found = self.scan(self.layout([gz(tar(miner()))], change=repeat).folder)
        self.assert_goes_on(found)
        self.assertIn('3000', found['words'])

    def test_index_recursion(self):
        kind = 'application/vnd.oci.image.index.v1+json'
        image = self.layout([tar(miner())])
        manifest = json.loads((image.folder / 'index.json').read_text())['manifests'][0]
        # digests cannot be recursive, but nobody makes an author's digests true
        own = 'sha256:' + '3' * 64
        image.path(own).write_text(json.dumps({'manifests': [{'mediaType': kind, 'digest': own}] * 1000}))
        image.index({'mediaType': kind, 'digest': own}, manifest)
        self.assert_goes_on(self.scan(image.folder))
        image.index({'mediaType': kind, 'digest': own})
        self.assertEqual(self.scan(image.folder)['exit'], 3)

    def test_links_in_a_layout_folder(self):
        image = self.layout([tar(miner())])
        blob = image.path(image.manifest['layers'][0]['digest'])
        outside = self.temp / 'outside'
        blob.rename(outside)
        for make in (lambda: blob.symlink_to(outside), lambda: os.mkfifo(blob), lambda: blob.symlink_to('/dev/zero'), blob.mkdir):
            make()
            found = self.scan(image.folder)
            self.assertGreater(found['unread']['total'], 0)
            blob.rmdir() if blob.is_dir() else blob.unlink()


class Archives(Hostile):
    def test_truncated_at_every_tenth(self):
        layers = [gz(tar(miner(), *(entry(f'f{i}', random.Random(i).randbytes(3000)) for i in range(30)))) for _ in range(2)]
        image = self.layout(layers)
        forms = {'layer': None, 'oci': image.archive(), 'docker': docker(layers), 'rootfs': layers[0]}
        forms['packed'] = gz(forms['docker'])
        blob = image.path(image.manifest['layers'][0]['digest'])
        for (form, data), tenth in itertools.product(forms.items(), range(10)):
            with self.subTest(form=form, tenth=tenth):
                if data is None:
                    blob.write_bytes(layers[0][:len(layers[0]) * tenth // 10])
                    found = self.scan(image.folder)
                    self.assertGreater(found['unread']['total'], 0)
                else:
                    found = self.scan(self.place(data[:len(data) * tenth // 10], 'cut'))
                    if tenth > 1:
                        self.assertTrue(found['unread']['total'] or found.get('failure'), found)

    def test_members_and_garbage(self):
        layer = tar(miner(), entry('f', bytes(5000)))
        parts = b''.join(gz(layer[i:i + 700]) for i in range(0, len(layer), 700))
        self.assert_goes_on(self.scan(self.layout([parts], unpacked=[layer]).folder))
        for tail in (b'garbage' * 100, b'\x1f\x8b' + b'?' * 50, bytes(100_000), gz(b'text behind the end' * 100)):
            found = self.scan(self.layout([parts + tail], unpacked=[layer]).folder)
            self.assert_goes_on(found)

    def test_layers_that_are_no_tar(self):
        """No tool unpacks them; what they hold is looked at all the same, and the layer is named."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, 'w') as z:
            z.writestr('opt/config.json', imitations.miner_config())
        for data, member in ((packed.getvalue(), '!opt/config.json'), (imitations.miner_config().encode(), ''),
                             (gz(imitations.miner_config().encode()), '')):
            for target, name in ((self.layout([tar(entry('a')), data]).folder, '/' + hostile.sha(data)),
                                 (self.place(docker([tar(entry('a')), data])), f'/{1:064x}/layer.tar')):
                found = self.scan(target)
                self.assertEqual([u['what'] for u in found['unread']['list'] if 'no tar archive' in u['why']], ['layer 2'])
                self.assertEqual({(f['subject']['name'].split('!')[0], f['subject']['layer']) for f in found['findings'] if 'layer' in f['subject']}, {(name, 2)})
                if member:
                    self.assertTrue(any(n.endswith(member) for n in self.names(found)), found['findings'])
        # an error page instead of the layer
        page = b'<html><body>403 Forbidden</body></html>'
        found = self.scan(self.layout([page, tar(miner())]).folder)
        self.assert_goes_on(found)
        self.assertIn('no tar archive', found['words'])

    def test_every_way_to_pack_a_layer(self):
        layer = tar(miner(), entry('f', bytes(5000)))
        packers = {'gzip': gz, 'bzip2': bz2.compress, 'xz': lzma.compress}
        for tool in ('zstd', 'lz4'):
            if shutil.which(tool):
                packers[tool] = lambda data, tool=tool: subprocess.run([tool, '-zc' if tool == 'lz4' else '-qc'], input=data, stdout=subprocess.PIPE, check=True).stdout
        for name, pack in packers.items():
            with self.subTest(name):
                found = self.scan(self.layout([pack(layer)], unpacked=[layer]).folder)
                self.assert_goes_on(found)
                self.assertEqual([u['why'] for u in found['unread']['list']], [f'the manifest says plain, the bytes are {name}'])
                found = self.scan(self.place(pack(layer), f'root.tar.{name}'))
                self.assertEqual((found['kind'], found['unread']['total']), ('rootfs', 0))
                self.assert_goes_on(found)

    def test_digests_of_sha512_are_held_against_the_bytes(self):
        layer = tar(miner())
        digest = 'sha512:' + hashlib.sha512(layer).hexdigest()

        def rename(m):
            m['layers'][0]['digest'] = digest
        image = self.layout([layer], change=rename)
        blob = image.folder / 'blobs/sha512' / digest[7:]
        blob.parent.mkdir()
        for data, total in ((layer, 0), (tar(miner('opt/miner/other.json')), 1)):
            blob.write_bytes(data)
            found = self.scan(image.folder)
            self.assertEqual(found['exit'], 1)
            self.assertEqual(len([u for u in found['unread']['list'] if 'does not have the digest sha512:' in u['why']]), total, found['unread'])

    def test_docker_archive_with_links(self):
        layer = tar(miner())
        names = ['a/layer.tar', 'loop', 'up/layer.tar', f'{0:064x}/layer.tar', 'gone', '../../../etc/passwd', '/etc/passwd']
        extra = [entry('a/layer.tar', kind=b'2', link=b'../%s/layer.tar' % (b'0' * 64)), entry('loop', kind=b'2', link=b'loop'),
                 entry('up/layer.tar', kind=b'2', link=b'../../../../etc/passwd'), entry('fifo', kind=b'6')]
        found = self.scan(self.place(docker([layer], extra=extra, names=names)))
        self.assert_goes_on(found)
        self.assertIn(1, {f['subject'].get('layer') for f in found['findings']}, 'the linked layer was not looked at')
        self.assertGreater(found['unread']['total'], 2)
        self.assertNotIn('root:x', found['words'])

    def test_random_damage(self):
        rng = random.Random(20)
        layers = [gz(tar(miner(), entry('f', bytes(3000))))]
        for whole in (docker([tar(miner())]), self.layout(layers).archive(), gz(docker(layers))):
            for _ in range(12):
                data = bytearray(whole)
                for _ in range(rng.choice((1, 3, 30))):
                    data[rng.randrange(len(data))] = rng.randrange(256)
                self.scan(self.place(bytes(data), 'damaged'))


class Contents(Hostile):
    def test_secret_on_the_window_border(self):
        token = imitations.GITLAB_TOKEN.encode()
        window, overlap = 64 * MIB, 64 << 10
        for border in (window, 2 * window - overlap):
            for shift in (-13, 0):
                with self.subTest(border=border, shift=shift):
                    path = self.temp / 'large.txt'
                    with path.open('wb') as f:
                        f.write(b'\n' * 10)
                        f.truncate(border + MIB)
                        f.seek(border + shift - 8)
                        f.write(b'\ntoken: ' + token + b'\n')
                        # not sparse: holes are not read
                        f.seek(0)
                        for at in range(0, border + MIB, MIB):
                            os.pwrite(f.fileno(), b'\n' * 4096, at + 8192)
                    found = self.scan(path)
                    self.assertTrue(found['findings'], found)

    def test_long_scripts(self):
        lines = {'assignments': 'a{i}=$a{j}$(echo {i})\n', 'pipes': 'echo ZWNobyBoZWxsbyB3b3JsZCAx{i} | base64 -d | sh\n',
                 'quotes': '"\'`$((\\\n', 'heredocs': 'cat <<E{i}\n', 'turned': 'echo "olleh {i}" | rev | sh\n', 'evals': 'eval "$(eval $x{i}'}
        layer = tar(*(entry(f'usr/bin/{name}', ('#!/bin/sh\n' + ''.join(form.format(i=i, j=i // 2) for i in range(100_000))).encode(),
                            mode=0o755) for name, form in lines.items()), miner())
        self.assert_goes_on(self.scan(self.layout([layer]).folder))


class Live(Hostile):
    def test_odd_targets(self):
        empty = self.place(b'', 'empty')
        self.assertEqual(self.scan(empty)['exit'], 0)
        os.mkfifo(self.temp / 'fifo')
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(str(self.temp / 'socket'))
        (self.temp / 'dangling').symlink_to('nowhere')
        (self.temp / 'loop').symlink_to('loop')
        for target in ('fifo', 'socket', 'dangling', 'loop', 'x' * 300, 'empty/below', '/dev/zero', '/dev/null'):
            found = self.scan(self.temp / target, seconds=10)
            self.assertEqual(found['exit'], 3, target)
            self.assertTrue(found['failure'])

    def test_folder_of_specials(self):
        folder = self.temp / 'root'
        (folder / 'opt').mkdir(parents=True)
        (folder / 'opt/config.json').write_text(imitations.miner_config())
        os.mkfifo(folder / 'fifo')
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(str(folder / 'socket'))
        (folder / 'loop').symlink_to('.')
        (folder / 'out').symlink_to('/')
        if not os.geteuid():
            os.mknod(folder / 'zero', 0o20666, os.makedev(1, 5))
        with (folder / 'sparse').open('wb') as f:
            f.truncate(100 << 30)
        (folder / os.fsdecode(b'\xff\x1b[2J\n')).write_text(imitations.miner_config() + ' ')
        deep = folder
        for _ in range(300):
            deep = deep / 'd'
        deep.mkdir(parents=True)
        found = self.scan(folder)
        self.assert_goes_on(found, '/opt/config.json')
        self.assertEqual([gap['what'] for gap in found['skipped']['list']], ['/sparse'])
        _, screen = self.run_davy('scan', '--verbose', folder)
        self.assertNotIn(b'\x1b', screen)

    def test_files_that_change_and_vanish(self):
        folder = self.temp / 'root'
        (folder / 'busy').mkdir(parents=True)
        (folder / 'config.json').write_text(imitations.miner_config())
        stop = threading.Event()

        def churn():
            for i in itertools.cycle(range(200)):
                path = folder / 'busy' / str(i)
                if stop.is_set():
                    return
                try:
                    if i % 3 == 0:
                        path.write_bytes(bytes(100_000))
                    elif i % 3 == 1:
                        path.mkdir(exist_ok=True)
                        (path / 'x').write_bytes(b'x' * 1000)
                        shutil.rmtree(path)
                    else:
                        path.symlink_to('/dev/zero')
                    (folder / 'busy' / str((i + 150) % 200)).unlink(missing_ok=True)
                    with (folder / 'log').open('ab' if i else 'wb') as f:
                        f.write(b'line\n' * 1000)
                except OSError:
                    pass
        worker = threading.Thread(target=churn)
        worker.start()
        try:
            for _ in range(8):
                self.assert_goes_on(self.scan(folder), '/config.json')
        finally:
            stop.set()
            worker.join()

    @unittest.skipIf(os.geteuid(), 'needs root to become somebody else')
    def test_unreadable_as_another_user(self):
        self.temp.chmod(0o755)
        folder = self.temp / 'root'
        (folder / 'closed').mkdir(parents=True)
        (folder / 'closed/x').write_text('x')
        (folder / 'closed').chmod(0o700)
        (folder / 'secret').write_text('x')
        (folder / 'secret').chmod(0o600)
        (folder / 'config.json').write_text(imitations.miner_config())
        other = tempfile.TemporaryDirectory()
        self.addCleanup(other.cleanup)
        davy = elsewhere.copied(other.name, 'scan')
        found = self.scan(folder, user='nobody', davy=davy)
        self.assert_goes_on(found, '/config.json')
        self.assertEqual(found['unread']['total'], 2, found['unread'])
        self.assertEqual(self.scan(folder / 'closed', user='nobody', davy=davy)['exit'], 3)


if __name__ == '__main__':
    unittest.main(verbosity=2)
