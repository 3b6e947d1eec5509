# SPDX-License-Identifier: Apache-2.0
"""davy scan as its user runs it: real images, real processes, exit codes, screens."""
import hashlib
import io
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import hostile
import images
import imitations

DAVY = os.environ['DAVY']


def davy(*arguments, env=None, **kwargs):
    return subprocess.run([DAVY, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          env={**os.environ, 'LC_ALL': 'C.UTF-8', 'COLUMNS': '80', **(env or {})}, timeout=600, **kwargs)


def scan(*arguments, **kwargs):
    """The JSON report and the exit code."""
    result = davy('scan', '--format', 'json', *arguments, **kwargs)
    assert result.stdout, result.stderr.decode()
    return json.loads(result.stdout), result.returncode


def piped(source, *arguments, env=None):
    with source:
        return subprocess.run([DAVY, 'scan', *arguments], stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600,
                              env={**os.environ, 'LC_ALL': 'C.UTF-8', **(env or {})}, check=False)


def findings(target, at_least=None):
    order = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug']
    rows = target['findings']
    if at_least:
        rows = [f for f in rows if order.index(f['priority'].lower()) <= order.index(at_least)]
    return rows


def essence(target):
    """What must be the same whatever form the image comes in."""
    rows = set()
    for f in findings(target):
        s = f['subject']
        rows.add((f['rule'], s['name'], s.get('layer'), s.get('layer_state')))
    return rows


class Scratch(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-e2e-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)


class GivenRules(Scratch):
    def test_what_is_given_is_told_and_a_wrong_file_of_a_folder_is_not_the_end(self):
        rules, target = self.temp / 'rules', self.temp / 'target'
        rules.mkdir()
        target.mkdir()
        (rules / 'mine.yar').write_text('rule SUSP_mine { meta: description = "DAVY TEST IMITATION" score = 80 '
                                        'strings: $a = "harmless imitation" condition: $a }')
        (rules / 'newer.yar').write_text('import "module_of_a_later_yara"\nrule later { condition: true }')
        (target / 'x.bin').write_text('a harmless imitation\n')
        (target / '.env').write_text(f'AWS_ACCESS_KEY_ID={imitations.AWS_KEY_ID}\n')
        (rules / 'asks.yar').write_text('rule asks { strings: $a = "harmless imitation" condition: $a and site == "lab" and level > 2 }')
        result = davy('scan', '--no-cache', '-f', 'json', '--yara', rules, target)
        report = json.loads(result.stdout)
        found = {f['rule']: f for f in report['targets'][0]['findings']}
        self.assertEqual(result.returncode, 1)
        self.assertIn('Match of a given YARA rule of high score', found)
        self.assertIn('(SUSP_mine) (80)', found['Match of a given YARA rule of high score']['output'])
        self.assertIn('Secret in a folder', found)
        self.assertIn('newer.yar:1', result.stderr.decode())
        self.assertIn('left out', result.stderr.decode())
        self.assertIn('asks.yar:1: rule asks: undefined identifier "site"; if it is an external variable, declare it with '
                      '--yara-define site=VALUE', result.stderr.decode())
        defines = ['--yara-define', 'site=lab', '--yara-define', 'level=3']
        result = davy('scan', '--no-cache', '-f', 'json', '--yara', rules / 'asks.yar', *defines, target)
        self.assertIn('(asks)', next(f for f in json.loads(result.stdout)['targets'][0]['findings'] if f['rule'] == 'Match of a given YARA rule')['output'])
        result = davy('scan', '--no-cache', '--yara', rules / 'asks.yar', *defines[:2], target)
        self.assertEqual((result.returncode, 'level=VALUE' in result.stderr.decode()), (3, True))
        result = davy('scan', '--no-cache', '--yara', rules / 'asks.yar', '--yara-define', 'site', target)
        self.assertIn('write NAME=VALUE', result.stderr.decode())


    @unittest.skipUnless(shutil.which('yara'), 'yara is not installed')
    def test_empty_files_are_judged_as_yara_judges_them(self):
        target = self.temp / 'target'
        target.mkdir()
        for name, content in {'empty': b'', 'other.conf': b'', 'one': b'x', 'text': b'a harmless imitation\n'}.items():
            (target / name).write_bytes(content)
        conditions = ['filesize == 0', 'filesize < 2', 'not $a', 'filesize > 0', '#a == 0 and filesize < 20', 'uint8(0) == 120', 'not defined uint8(0)',
                      'true', 'filesize == 0 and $a', 'for any i in (0..filesize) : (uint8(i) == 120)', 'none of them', 'any of them']
        rules = self.temp / 'rules.yar'
        rules.write_text('\n'.join(f'rule r{i} {{ strings: $a = "harmless imitation" condition: ({c}) and (#a >= 0) }}' for i, c in enumerate(conditions)))
        want = set(subprocess.run(['yara', '-r', rules, target], stdout=subprocess.PIPE, text=True, check=True).stdout.split('\n')) - {''}
        report = json.loads(davy('scan', '--no-cache', '--full', '-f', 'json', '--fail-on', 'none', '--yara', rules, target).stdout)
        got = {f'{rule} {target}/{path.lstrip("/")}' for f in report['targets'][0]['findings'] if f['rule'] == 'Match of a given YARA rule'
               for path in (f['subject']['name'], *f.get('also', [])) for rule in next(x['text'] for x in f['fields'] if x['name'] == 'yara.given').strip('()').split(',')}
        self.assertEqual(got, want)
        self.assertTrue(any(line.endswith('/empty') for line in want))


@unittest.skipIf(images.missing_tools(), f'tools are missing: {images.missing_tools()}')
@unittest.skipIf(os.geteuid(), 'umoci needs root here')
class Images(Scratch):
    def test_malicious_image_in_every_form(self):
        image = images.malicious(self.temp)
        seen = {}
        for form, path in image.forms():
            with self.subTest(form=form):
                report, code = scan('--name', images.REFERENCE, path)
                self.assertEqual(code, 1)
                (target,) = report['targets']
                self.assertEqual(target['verdict']['word'], 'malicious', form)
                self.assertIn('mining', target['verdict']['purposes'])
                seen[form] = essence(target)
        first, *rest = seen.values()
        self.assertTrue(len(first) >= 5, first)
        for form, rows in seen.items():
            self.assertEqual(rows, first, f'{form} differs: {rows ^ first}')
        states = {(path, layer, state) for _, path, layer, state in first}
        self.assertIn(('/root/.aws/credentials', 2, 'deleted'), states)
        self.assertIn(('/opt/.cache/config.json', 2, 'effective'), states)
        self.assertIn('/srv/logo.gif', {path for _, path, _, _ in first})
        self.assertIn('/tmp/agent', {path for _, path, _, _ in first})
        self.assertIn('/root/.ssh/authorized_keys', {path for _, path, _, _ in first})

    def test_an_image_through_standard_input_is_the_same_image(self):
        image = images.malicious(self.temp)
        archive = dict(image.forms())['docker archive']
        expected = essence(scan(archive)[0]['targets'][0])
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        with subprocess.Popen(['cat', archive], stdout=subprocess.PIPE) as cat:
            through_pipe = piped(cat.stdout, '--format', 'json', '-', env=cache)
        for what, result in (('a pipe', through_pipe), ('a file', piped(archive.open('rb'), '--format', 'json', '-', env=cache))):
            (target,) = json.loads(result.stdout)['targets']
            self.assertEqual((result.returncode, target['name'], target['kind']), (1, '-', 'image'), what)
            self.assertEqual(essence(target), expected, what)
            self.assertTrue(target['reference'].endswith(images.REFERENCE), what)
        self.assertEqual(list((self.temp / 'cache/davy/pull').iterdir()), [], 'what came through the pipe is gone')

    def test_secrets_are_redacted_everywhere(self):
        image = images.malicious(self.temp)
        for arguments in (['--format', 'json'], ['--format', 'text', '--verbose']):
            result = davy('scan', *arguments, image.layout)
            for secret in (imitations.AWS_SECRET, imitations.AWS_KEY_ID, imitations.GITLAB_TOKEN):
                self.assertNotIn(secret.encode(), result.stdout + result.stderr, arguments)

    def test_benign_image_is_clean_and_says_what_was_looked_at(self):
        image = images.benign(self.temp)
        report, code = scan(image.layout)
        (target,) = report['targets']
        self.assertEqual((code, target['verdict']['word']), (0, 'clean'), target['findings'])
        self.assertEqual(target['counts']['files'], 5)
        self.assertEqual(len(target['layers']), 2)
        text = davy('scan', image.layout)
        self.assertEqual(text.returncode, 0)
        screen = text.stdout.decode()
        self.assertIn('CLEAN', screen)
        self.assertIn('checked', screen)
        self.assertTrue(all(len(line) <= 80 for line in screen.split('\n')), screen)

    def test_unpacked_root_gives_the_effective_findings(self):
        image = images.malicious(self.temp)
        report, _ = scan(image.layout)
        packed = {(f['rule'], f['subject']['name']) for f in findings(report['targets'][0])
                  if f['subject'].get('layer_state') == 'effective' and f['subject']['type'] == 'file'}
        report, code = scan(image.root)
        unpacked = {(f['rule'], f['subject']['name']) for f in findings(report['targets'][0]) if f['subject']['type'] == 'file'}
        self.assertEqual(code, 1)
        # rules about images speak of layers and of the image's architecture, which a folder does not have
        self.assertTrue({p for r, p in packed} - {'/tmp/agent', '/root/.ssh/authorized_keys', '(image configuration)'}
                        <= {p for r, p in unpacked}, (packed, unpacked))

    def test_programs_are_compared_with_what_packages_recorded(self):
        """Of the final file system: what a layer replaced is told of that layer, once, in every form, and from notes too."""
        def md5sums(files):
            return ''.join(f'{hashlib.md5(c).hexdigest()}  {p}\n' for p, c in files.items())

        def told(*arguments):
            report, _ = scan('--no-feed', *arguments)
            return {(f['rule'], f['subject']['name'], f['subject'].get('layer')) for f in findings(report['targets'][0])
                    if 'package' in f['rule'] and f['kind'] != 'context'}
        elf = imitations.tiny_elf()
        image = images.Layout(self.temp)
        images.base(image)
        files = {'bin/ps': elf + b'1', 'usr/bin/top': elf + b'2', 'usr/bin/upgraded': elf + b'3', 'usr/bin/moved': elf + b'4'}
        for path, content in files.items():
            image.write(path if path != 'usr/bin/moved' else 'usr/bin/moved.real', content, 0o755)
        image.write('/usr/bin/moved', b'#!/bin/sh\n# a wrapper of the administrator\n', 0o755)
        image.write('/var/lib/dpkg/info/procps.md5sums', md5sums(files))
        image.write('/var/lib/dpkg/diversions', '/usr/bin/moved\n/usr/bin/moved.real\n:\n')
        image.commit('ADD base.tar /')
        self.assertEqual(told(image.layout), set())
        image.write('/bin/ps', elf + b'another', 0o755)
        files['usr/bin/upgraded'] = elf + b'new'
        image.write('/usr/bin/upgraded', files['usr/bin/upgraded'], 0o755)
        image.write('/var/lib/dpkg/info/procps.md5sums', md5sums(files))
        image.commit('RUN upgrade')
        rule = "Program that shows or admits is not its package's"
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        for name, path in image.forms():
            self.assertEqual(told(path), {(rule, '/bin/ps', 2)}, name)
        for _ in range(2):
            report, _ = scan('--no-feed', image.layout, env=cache)
            self.assertEqual([f['subject'].get('layer') for f in findings(report['targets'][0]) if f['rule'] == rule], [2])
        self.assertEqual(told(image.root), {(rule, '/bin/ps', None)})
        image.write('/bin/ps', elf + b'1', 0o755)
        image.commit('RUN repair')
        self.assertEqual(told(image.layout), set())

    def test_capabilities_of_a_file_in_a_layer(self):
        value = struct.pack('<IIIII', 0x02000001, 1 << 7, 0, 0, 0).decode('utf-8', 'surrogateescape')
        elf = imitations.tiny_elf()
        root = self.temp / 'root.tar'
        with tarfile.open(root, 'w', format=tarfile.PAX_FORMAT) as tar:
            for name, caps in (('usr/bin/python3.11', True), ('usr/bin/python3.12', False)):
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(elf), 0o755
                info.pax_headers = {'SCHILY.xattr.security.capability': value} if caps else {}
                tar.addfile(info, io.BytesIO(elf))
        layout = self.temp / 'caps'
        images.run('umoci', 'init', '--layout', layout)
        images.run('umoci', 'new', '--image', f'{layout}:latest')
        images.run('umoci', 'raw', 'add-layer', '--image', f'{layout}:latest', root)
        report, code = scan('--no-feed', layout)
        told = [(f['subject']['name'], f['output']) for f in findings(report['targets'][0]) if f['rule'] == 'Shell or interpreter with the rights of root']
        self.assertEqual([name for name, _ in told], ['/usr/bin/python3.11'])
        self.assertIn('CAP_SETUID', told[0][1])
        self.assertEqual(code, 1)

    def test_rules_for_live_events_are_not_taken_for_judges_of_files(self):
        live = self.temp / 'live.yaml'
        live.write_text('- rule: Shell\n  desc: x\n  condition: evt.type = execve and proc.name = sh\n  output: x\n  priority: NOTICE\n')
        done = davy('scan', '--no-cache', '--rules', live, self.temp)
        self.assertEqual(done.returncode, 3)
        self.assertIn('no rule with `source: scan` in what --rules names', done.stderr.decode())
        both = live.read_text() + ('- rule: Any file\n  desc: x\n  source: scan\n  condition: evt.type = file\n  output: "%file.path"\n'
                                   '  priority: NOTICE\n')
        live.write_text(both)
        done = davy('scan', '--no-cache', '--rules', live, self.temp)
        self.assertIn(' 1 behaviour rule', done.stdout.decode())

    def test_known_layers_are_judged_again_and_not_believed_blindly(self):
        image = images.malicious(self.temp)
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}

        def look(*options, target=image.layout):
            t = scan(*options, target, env=cache)[0]['targets'][0]
            for f in t['findings']:
                del f['time']
            return t
        cold, bare = look(), look('--no-cache')
        known = look()
        self.assertEqual(known['counts']['bytes'], 0, 'a layer was read again')
        self.assertGreater(cold['counts']['bytes'], 0)
        for other in (bare, known):
            for key in ('findings', 'verdict', 'unread', 'skipped', 'layers'):
                self.assertEqual(other[key], cold[key], key)
        self.assertEqual(known['counts']['accounts'], cold['counts']['accounts'])
        # another set of rules for behaviour judges the same notes
        rules = self.temp / 'own.yaml'
        rules.write_text('- rule: Any credentials file\n  desc: x\n  source: scan\n'
                         '  condition: evt.type = file and file.name = credentials and layer.state = deleted\n'
                         '  output: "%file.path"\n  priority: NOTICE\n')
        own = look('--rules', rules)
        self.assertEqual(own['counts']['bytes'], 0)
        self.assertEqual([f['subject']['name'] for f in own['findings']], ['/root/.aws/credentials'])
        # another set of rules for content reads them
        content = self.temp / 'more.yar'
        content.write_text('rule any_word { strings: $a = "DAVY TEST IMITATION" condition: $a }\n')
        self.assertGreater(look('--yara', content)['counts']['bytes'], 0)
        # a blob that is not what its digest says is read, whatever is known of the digest
        for blob in sorted((image.layout / 'blobs/sha256').iterdir(), key=lambda b: b.stat().st_size)[-1:]:
            data = bytearray(blob.read_bytes())
            data[-1] ^= 1
            blob.write_bytes(data)
        damaged = look()
        self.assertIn('digest', json.dumps(damaged['unread']))

    def test_a_known_layer_above_an_unknown_one_spoils_no_notes(self):
        """What builds on a new base has its old layers on top: they are known, and the base is not."""
        top = hostile.tar(hostile.entry('srv/a.txt', b'a'), hostile.entry('srv/b.txt', b'b'))
        def seen(name, *layers):
            if not (self.temp / name).exists():
                hostile.Layout(self.temp / name, list(layers))
            result = davy('scan', '--format', 'json', self.temp / name, env={'XDG_CACHE_HOME': str(self.temp / 'cache')})
            (target,) = json.loads(result.stdout)['targets']
            self.assertEqual(target['unread']['total'], 0)
            return {f['subject']['name'] for f in target['findings']}, target['counts']['files'], target['counts'].get('layers_known', 0)
        old = hostile.tar(hostile.miner('opt/old.json'))
        new = hostile.tar(hostile.miner('opt/new.json'), hostile.entry('etc/x', b'x'))
        self.assertEqual(seen('old', old, top), ({'/opt/old.json'}, 3, 0))
        for known in (1, 2, 2):
            self.assertEqual(seen('new', new, top), ({'/opt/new.json'}, 4, known))
        between = hostile.tar(hostile.miner('opt/between.json'))
        for known in (2, 3):
            self.assertEqual(seen('three', old, between, top), ({'/opt/old.json', '/opt/between.json'}, 4, known))

    def test_a_blob_that_was_right_is_not_read_again_while_its_file_stays(self):
        image = images.malicious(self.temp, padding=12 << 20)
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        blob = max((image.layout / 'blobs/sha256').iterdir(), key=lambda b: b.stat().st_size)

        def look():
            """The report, and how many bytes were read by the scan and all its workers, which count as ours once they were waited for."""
            def count():
                return int(pathlib.Path('/proc/self/io').read_text().split()[1])
            before = count()
            report = scan(image.layout, env=cache)[0]['targets'][0]
            return report, count() - before
        time.sleep(2.1)  # a file that changed just now may change again and keep its times
        size = blob.stat().st_size
        first, read = look()
        self.assertGreater(read, size)
        known, rest = look()
        self.assertLess(rest, size // 2)  # rules and notes
        self.assertEqual(known['counts']['bytes'], 0)
        os.utime(blob)
        time.sleep(2.1)
        _, read = look()  # digested again, and found right again
        self.assertGreater(read, rest + size * 9 // 10)
        self.assertLess(look()[1], rest + size // 2)
        times = blob.stat()
        with open(blob, 'r+b') as f:  # one byte, and the time of the change set back
            f.seek(size // 2)
            byte = f.read(1)
            f.seek(size // 2)
            f.write(bytes([byte[0] ^ 1]))
        os.utime(blob, ns=(times.st_atime_ns, times.st_mtime_ns))
        time.sleep(2.1)
        damaged, _ = look()
        self.assertIn('digest', json.dumps(damaged['unread']))

    def test_a_known_layer_is_held_against_what_another_image_says_of_it(self):
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        layer = hostile.gz(hostile.tar(hostile.entry('etc/motd', b'DAVY TEST IMITATION\n')))

        def other_size(manifest):
            manifest['layers'][0]['size'] += 1

        def other_type(manifest):
            manifest['layers'][0]['mediaType'] = hostile.LAYER + '+zstd'
        words = {}
        for name, more in {'first': {}, 'same': {}, 'content': {'unpacked': [b'something else']}, 'size': {'change': other_size},
                           'type': {'change': other_type}}.items():
            image = hostile.Layout(self.temp / name, [layer], media_type=hostile.LAYER + '+gzip', **more)
            for options in ([], ['--no-cache']):
                target = scan(*options, image.folder, env=cache)[0]['targets'][0]
                words[name, bool(options)] = [gap['why'] for gap in target['unread']['list']]
                self.assertEqual(target['counts'].get('layers_known', 0), int(name != 'first' and not options), name)
        for name, word in {'first': '', 'same': '', 'content': 'unpacked layer has the digest', 'size': 'bytes, there are', 'type': 'zstd'}.items():
            self.assertEqual(words[name, False], words[name, True], name)
            self.assertEqual(len(words[name, False]), int(word != ''), name)
            self.assertIn(word, ' '.join(words[name, False]), name)

    def test_known_files_are_judged_again_and_not_believed_blindly(self):
        image = images.malicious(self.temp)
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        kept = self.temp / 'cache/davy'

        def look(*options, target):
            for notes in kept.glob('notes.db*'):  # of layers, which would be told whole
                notes.unlink()
            t = scan(*options, target, env=cache)[0]['targets'][0]
            for f in t['findings']:
                del f['time']
            known = t['counts'].pop('files_known', 0)
            return {k: t[k] for k in ('findings', 'verdict', 'unread', 'skipped', 'layers', 'counts') if k in t}, known

        for target in (image.layout, image.root):
            for notes in kept.glob('files*'):
                notes.unlink()
            for jobs in ('1', '2'):
                bare, known = look('--no-cache', '-j', jobs, target=target)
                self.assertEqual(known, 0)
                cold, known = look('-j', jobs, target=target)
                self.assertEqual(cold, bare)
                again, known = look('-j', jobs, target=target)
                self.assertEqual(again, bare)
                self.assertGreater(known, 3)
        # what is damaged is not there
        data, table = ((kept / name).read_bytes() for name in ('files.notes', 'files.table'))
        left, step = [], max(1, len(data) // 12)
        for at in range(0, len(data), step):
            end = min(at + 64, len(data))
            (kept / 'files.notes').write_bytes(data[:at] + bytes(b ^ 0x55 for b in data[at:end]) + data[end:])
            damaged, fewer = look(target=image.root)
            self.assertEqual(damaged, bare)
            left.append(fewer)
            (kept / 'files.notes').write_bytes(data)  # and where each stood, before what was looked at again
            (kept / 'files.table').write_bytes(table)
        self.assertLess(min(left), known)
        # other content at the same path, the same content elsewhere, and other rules for content are looked at
        before = look(target=image.root)[1]
        config = image.root / 'opt/.cache/config.json'
        clean = config.read_bytes()
        config.write_bytes(b'{}' + b' ' * (len(clean) - 2))
        changed, known = look(target=image.root)
        self.assertEqual(known, before - 1)
        self.assertNotIn('/opt/.cache/config.json', {f['subject']['name'] for f in changed['findings']})
        config.write_bytes(clean)
        config.rename(config.with_name('other.json'))
        moved, known = look(target=image.root)
        self.assertEqual(known, before - 1)
        self.assertIn('/opt/.cache/other.json', {f['subject']['name'] for f in moved['findings']})
        content = self.temp / 'more.yar'
        content.write_text('rule any_word { strings: $a = "DAVY TEST IMITATION" condition: $a }\n')
        self.assertEqual(look('--yara', content, target=image.root)[1], 0)

    def test_known_archives_are_told_with_their_members(self):
        image = images.Layout(self.temp)
        images.base(image)
        config = self.temp / 'pool.json'
        config.write_text(imitations.miner_config())
        with zipfile.ZipFile(self.temp / 'inner.jar', 'w') as jar:
            jar.writestr('META-INF/MANIFEST.MF', 'Manifest-Version: 1.0\n')
            jar.writestr('a/config.json', config.read_text() + '\n' * 3)
        with tarfile.open(self.temp / 'app.tar.gz', 'w:gz') as tar:
            tar.add(self.temp / 'inner.jar', 'lib/inner.jar')
            tar.add(config, 'etc/pool.json')
        image.write('opt/app.tar.gz', (self.temp / 'app.tar.gz').read_bytes())
        image.commit('COPY app.tar.gz /opt')
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}

        def look(*options, target):
            for notes in (self.temp / 'cache/davy').glob('notes.db*'):
                notes.unlink()
            t = scan(*options, target, env=cache)[0]['targets'][0]
            for f in t['findings']:
                del f['time']
            return {k: t[k] for k in ('findings', 'verdict', 'unread', 'skipped')}, t['counts'].get('files_known', 0)

        def members(told):
            return sorted({f['subject']['name'] for f in told['findings'] if '!' in f['subject']['name']})

        for target in (image.layout, image.root):
            for notes in (self.temp / 'cache/davy').glob('files*'):
                notes.unlink()
            bare, _ = look('--no-cache', target=target)
            self.assertEqual(members(bare), ['/opt/app.tar.gz!etc/pool.json', '/opt/app.tar.gz!lib/inner.jar!a/config.json'])
            for jobs in ('1', '2', '2'):
                told, known = look('-j', jobs, target=target)
                self.assertEqual(told, bare)
            # what stands in the notes of layers was told from those of files
            self.assertEqual(scan(target, env=cache)[0]['targets'][0]['verdict'], bare['verdict'])
            archive = image.root / 'opt/app.tar.gz'
            if target == image.root:
                whole = archive.read_bytes()
                archive.rename(archive.with_name('moved.tar.gz'))
                moved, fewer = look(target=target)
                self.assertEqual(members(moved), [m.replace('app.', 'moved.') for m in members(bare)])
                self.assertEqual(fewer, known - 1)
                # the first byte of its CRC-32: of those before it the last may hold nothing but padding
                archive.write_bytes(whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:])
                archive.with_name('moved.tar.gz').unlink()
                for _ in range(2):  # an archive in trouble is looked at each time
                    self.assertEqual(look(target=target)[1], known - 1)

    def test_files_of_one_target_are_known_in_the_next(self):
        for name in 'ab':
            (self.temp / name / 'opt').mkdir(parents=True)
            (self.temp / name / 'opt/pool.json').write_text(imitations.miner_config())
            (self.temp / name / 'opt/notes.txt').write_text('the same in both')
        (self.temp / 'b/opt/more.txt').write_text('in one')
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        first, second = scan(self.temp / 'a', self.temp / 'b', env=cache)[0]['targets']
        self.assertEqual([t['counts'].get('files_known', 0) for t in (first, second)], [0, 2])
        self.assertEqual([f['rule'] for f in first['findings']], [f['rule'] for f in second['findings']])
        alone = scan('--no-cache', self.temp / 'b')[0]['targets'][0]
        for t in (second, alone):
            for f in t['findings']:
                del f['time']
        self.assertEqual(second['findings'], alone['findings'])

    def test_large_and_odd_archives_are_known_too(self):
        root = self.temp / 'root'
        root.mkdir()
        member = imitations.miner_config()
        with zipfile.ZipFile(self.temp / 'fat.jar', 'w', zipfile.ZIP_DEFLATED) as jar:
            for i in range(9000):
                jar.writestr(f'org/example/some/package/Class{i}.class', f'content {i}')
            jar.writestr('etc/pool.json', member)
        shutil.copy(self.temp / 'fat.jar', root)
        with zipfile.ZipFile(self.temp / 'thin.jar', 'w', zipfile.ZIP_DEFLATED) as jar:
            jar.writestr('etc/pool.json', member + '\n')
        (root / 'a.jmod').write_bytes(b'JM\x01\x00' + (self.temp / 'thin.jar').read_bytes())
        (self.temp / 'f.c').write_text('int f(void) { return 1; }\n')
        for command in (['gcc', '-c', 'f.c'], ['ar', 'rcs', root / 'f.a', 'f.o']):
            subprocess.run(command, cwd=self.temp, check=True)
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        seen = []
        for _ in range(2):
            t = scan('-j1', root, env=cache)[0]['targets'][0]
            for f in t['findings']:
                del f['time']
            seen.append((t['findings'], t['counts'].get('files_known', 0)))
        self.assertEqual(seen[0][0], seen[1][0])
        self.assertEqual({f['subject']['name'] for f in seen[0][0] if 'Miner conf' in f['rule']}, {'/fat.jar!etc/pool.json', '/a.jmod!etc/pool.json'})
        self.assertEqual([n for _, n in seen], [0, 3])

    def test_known_files_that_nobody_can_hold_are_known_by_all_of_their_bytes(self):
        image = images.Layout(self.temp)
        images.base(image)
        content = self.temp / 'more.yar'
        content.write_text('rule imitation { strings: $a = "DAVY TEST IMITATION" condition: $a }\n')
        begin, end = bytes(range(256)) * (65 << 12), b'DAVY TEST IMITATION at the end\n'
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        kept = self.temp / 'cache/davy'

        def look(*options, target):
            for notes in kept.glob('notes.db*'):
                notes.unlink()
            t = scan('--yara', content, *options, target, env=cache)[0]['targets'][0]
            for f in t['findings']:
                del f['time']
            return {k: t[k] for k in ('findings', 'verdict', 'unread', 'skipped')}, t['counts'].get('files_known', 0)

        image.write('/srv/large.bin', begin + end)
        image.commit('COPY large.bin /srv')
        for target in (image.layout, image.root):
            for jobs in ('1', '2'):
                for notes in kept.glob('files*'):
                    notes.unlink()
                bare, known = look('--no-cache', '-j', jobs, target=target)
                self.assertIn('/srv/large.bin', {f['subject']['name'] for f in bare['findings']})
                self.assertEqual(look('-j', jobs, target=target), (bare, 0))
                self.assertEqual(look('-j', jobs, target=target), (bare, 3))  # with os-release and readme.txt
        # The same size and beginning, and another end: it is looked at, and known from then on.
        image.write('/srv/large.bin', begin + b'-' * len(end))
        image.write('/srv/other.txt', end)
        image.commit('COPY other.bin /srv/large.bin')
        for target in (image.layout, image.root):
            for jobs in ('1', '2'):
                for notes in kept.glob('files*'):
                    notes.unlink()
                image.write('/srv/large.bin', begin + end)
                look('-j', jobs, target=image.root)  # what is known now
                image.write('/srv/large.bin', begin + b'-' * len(end))
                bare = look('--no-cache', '-j', jobs, target=target)[0]
                self.assertEqual(look('-j', jobs, target=target)[0], bare)
                self.assertEqual(look('-j', jobs, target=target)[0], bare)
                if target is image.root:
                    self.assertNotIn('/srv/large.bin', {f['subject']['name'] for f in bare['findings']})
                    self.assertEqual(look('-j', jobs, target=target), (bare, 4))

    def test_policy_authorises_with_reason_and_expiry(self):
        image = images.malicious(self.temp)
        entry = ('version: 1\nauthorise:\n  - what: {{path: "*"}}\n    approved_by: Test\n    reason: the test says so\n'
                 '    until: {}\n')
        policy = self.temp / 'policy.yaml'
        policy.write_text(entry.format('2500-12-31'))
        report, code = scan('--policy', policy, image.layout)
        target = report['targets'][0]
        self.assertEqual(code, 0, target['verdict'])
        self.assertEqual(target['verdict']['word'], 'authorised')
        policy.write_text(entry.format('2020-01-01'))
        report, code = scan('--policy', policy, image.layout)
        self.assertEqual((code, report['targets'][0]['verdict']['word']), (1, 'malicious'))
        policy.write_text('version: 1\nauthorise:\n  - wat: {}\n')
        result = davy('scan', '--policy', policy, image.layout)
        self.assertEqual(result.returncode, 3)
        self.assertIn(f'{policy}:3:', result.stderr.decode())

    def test_damaged_images_go_on(self):
        image = images.malicious(self.temp)
        manifest = json.loads((image.layout / 'index.json').read_text())['manifests'][0]['digest'][7:]
        layers = json.loads((image.layout / 'blobs/sha256' / manifest).read_text())['layers']
        blob = image.layout / 'blobs/sha256' / layers[1]['digest'][7:]
        whole = blob.read_bytes()
        for name, data in {'truncated': whole[:len(whole) // 2], 'garbage': b'\x1f\x8b' + b'?' * 100, 'empty': b''}.items():
            with self.subTest(name):
                blob.write_bytes(data)
                report, code = scan(image.layout)
                target = report['targets'][0]
                self.assertTrue(target['unread']['total'] > 0, name)
                self.assertIn(code, (0, 1))
        blob.unlink()
        report, code = scan(image.layout)
        self.assertTrue(report['targets'][0]['unread']['total'] > 0)


class Machine(Scratch):
    @unittest.skipIf(os.geteuid(), 'needs root to look into every process')
    def test_process_whose_program_was_deleted(self):
        program = self.temp / 'davy-test-imitation'
        shutil.copy('/bin/sleep', program)
        process = subprocess.Popen([program, '300'])
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGKILL)
        program.unlink()
        report, code = scan(f'pid:{process.pid}')
        (target,) = report['targets']
        self.assertEqual(target['kind'], 'process')
        self.assertEqual(target['counts']['processes'], 1)
        self.assertTrue([f for f in findings(target) if f['subject'].get('pid') == process.pid], target['findings'])

    def test_secrets_on_a_command_line_are_not_shown(self):
        token = 'glpat-' + 'kR9xWq2LmZ7vTb4NcY8s'  # right in form, of no account
        # the words of a miner make sure that the command line is in the report
        process = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)', '--header', token, '--db-password', 'hunter2-imitation', '-o',
                                    'stratum+tcp://pool.imitation.example:3333'])
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGKILL)
        result = davy('scan', '--format', 'json', f'pid:{process.pid}')
        self.assertIn(b'pool.imitation.example:3333', result.stdout)
        self.assertNotIn(token[8:].encode(), result.stdout)
        self.assertNotIn(b'hunter2-imitation', result.stdout)

    def test_process_that_does_not_exist(self):
        report, code = scan('pid:2147483646')
        self.assertEqual(code, 3)
        self.assertTrue(report['targets'][0]['failure'])

    @unittest.skipIf(os.geteuid(), 'needs root to look into every process')
    def test_this_machine(self):
        report, code = scan('/')
        (target,) = report['targets']
        self.assertEqual(target['kind'], 'host')
        self.assertTrue(target['counts']['processes'] > 1)
        self.assertTrue(target['counts']['accounts'] > 5)
        self.assertTrue(target['counts']['files'] > 100)


class CommandLine(Scratch):
    def test_usage_errors(self):
        for arguments, says in ((['scan'], 'say what to scan'), (['scan', '--fromat', 'x', '/'], 'there is no option'),
                                (['scan', '--fail-on', 'loud', '/'], 'is no severity'), (['scan', '--format', 'xml', '/'], 'no format'),
                                (['scna'], 'there is no command'), ([], 'Usage')):
            result = davy(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(says, result.stderr.decode(), arguments)

    def test_targets_that_cannot_be_scanned(self):
        report, code = scan(self.temp / 'missing')
        self.assertEqual(code, 3)
        self.assertIn('missing', report['targets'][0]['failure'])

    def test_standard_input_that_cannot_be_scanned_says_why(self):
        mine, theirs = os.openpty()
        self.addCleanup(os.close, mine)
        result = piped(os.fdopen(theirs, 'rb', buffering=0), '--format', 'json', '-')
        self.assertEqual(result.returncode, 3)
        self.assertIn('standard input is a terminal', json.loads(result.stdout)['targets'][0]['failure'])
        listed = subprocess.run([DAVY, 'scan', '--stream'], input=b'-\n', stdout=subprocess.PIPE, timeout=600, check=False)
        self.assertIn('standard input gives the targets here', json.loads(listed.stdout.splitlines()[1])['targets'][0]['failure'])
        full = self.temp / 'full'
        full.mkdir()
        if os.geteuid() == 0 and subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', full], check=False).returncode == 0:
            self.addCleanup(subprocess.run, ['umount', '-l', full], check=False)
            with subprocess.Popen(['head', '-c', '3000000', '/dev/zero'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as many:
                result = piped(many.stdout, '--format', 'json', '-', env={'XDG_CACHE_HOME': str(full)})
            self.assertEqual(result.returncode, 3)
            self.assertIn('XDG_CACHE_HOME', json.loads(result.stdout)['targets'][0]['failure'])

    def test_single_file_output_and_fail_on(self):
        config = self.temp / 'config.json'
        config.write_text(imitations.miner_config())
        out = self.temp / 'report.json'
        result = davy('scan', '--format', 'json', '--output', out, config)
        self.assertEqual((result.returncode, result.stdout), (1, b''))
        report = json.loads(out.read_text())
        self.assertEqual(report['schema'], 'davy.report/1')
        self.assertEqual(davy('scan', '--fail-on', 'none', config).returncode, 0)
        self.assertEqual(davy('scan', '--fail-on', 'emergency', config).returncode, 0)

    def test_names_cannot_write_to_the_terminal(self):
        folder = self.temp / 'root'
        folder.mkdir()
        (folder / 'x\x1b[31m\u202eevil\n.json').write_text(imitations.miner_config())
        result = davy('scan', folder)
        self.assertEqual(result.returncode, 1)
        self.assertNotIn(b'\x1b', result.stdout)
        self.assertNotIn('\u202e'.encode(), result.stdout)

    def test_help_and_version(self):
        for arguments in (['--help'], ['scan', '--help'], ['help', 'scan'], ['rules', '--help'], ['--version'], ['scan', '--version']):
            result = davy(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, b''), arguments)
            self.assertTrue(result.stdout)

    def test_report_matches_its_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest('python3-jsonschema is missing')
        schema = json.loads((pathlib.Path(__file__).parents[2] / 'docs/report-schema.json').read_text())
        config = self.temp / 'config.json'
        config.write_text(imitations.miner_config())
        for target in (config, self.temp, self.temp / 'missing'):
            report, _ = scan(target)
            jsonschema.validate(report, schema)


if __name__ == '__main__':
    unittest.main(verbosity=2)
