# SPDX-License-Identifier: Apache-2.0
"""The feed in the forms of other programs: read by the programs themselves where Debian has them, else held against their formats."""
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import uuid

import yaml

DAVY = os.environ['DAVY']
BAD = b'DAVY TEST IMITATION: a file that a feed lists\n'
LAYER = b'DAVY TEST IMITATION: a layer'
NAMESPACE = uuid.UUID('9ce0f4f2-6f3a-4b0e-9d53-2f0b7f1c7a61')


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-export-'))
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)
        cls.add(b'image', 'manifest', '--reason', 'drops a miner', '--category', 'mining', '--category', 'botnet', '--expires', '2099-12-31')
        cls.add(b'image 2', 'manifest', '--reason', 'a "quoted" reason: {{ x }}', '--verdict', 'unwanted')
        cls.add(LAYER, 'layer', '--reason', 'x')
        cls.add(BAD, 'file', '--reason', 'known', '--category', 'mining', '--size', str(len(BAD)))
        cls.add(BAD + b'!', 'file', '--reason', 'known', '--category', 'mining')
        cls.add(b'clean', 'manifest', '--reason', 'x', '--verdict', 'clean')
        cls.add(b'old', 'manifest', '--reason', 'x', '--expires', '2020-01-01')
        cls.add(b'', 'file', '--reason', 'x')

    @classmethod
    def davy(cls, *arguments, code=0):
        result = subprocess.run([DAVY, 'feed', *map(str, arguments)], capture_output=True, timeout=120,
                                env={**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(cls.temp / 'feed.db')})
        assert result.returncode == code, (result.returncode, result.stderr)
        return result.stdout

    @classmethod
    def add(cls, data, kind, *more):
        cls.davy('add', '--type', kind, *more, digest(data))

    def export(self, form, *more):
        out = self.davy('export', '--format', form, *more)
        self.assertEqual(out, self.davy('export', '--format', form, *more))  # the same entries give the same bytes
        return out

    def test_plain_list_and_json(self):
        lines = self.export('sha256').decode().splitlines()
        self.assertEqual(sorted('sha256:' + l for l in lines), sorted(map(digest, (b'image', b'image 2', LAYER, BAD, BAD + b'!'))))
        self.assertEqual(lines, self.davy('export').decode().splitlines())
        self.assertEqual(self.export('sha256', '--type', 'layer').decode().strip(), digest(LAYER)[7:])
        self.assertEqual(self.export('sha256', '--verdict', 'unwanted').decode().strip(), digest(b'image 2')[7:])
        listed = json.loads(self.export('json'))
        self.assertEqual((listed['schema'], len(listed['list'])), ('davy.feed/1', 5))
        path = self.temp / 'list.txt'
        self.assertEqual(self.davy('export', '--output', path), b'')
        self.assertEqual(path.read_text().splitlines(), lines)
        self.davy('export', '--output', '/nowhere/at/all', code=3)
        self.davy('export', '--format', 'csv', code=2)

    @unittest.skipUnless(shutil.which('clamscan'), 'clamscan is missing')
    def test_clamav(self):
        signatures = self.temp / 'davy.hsb'
        signatures.write_bytes(self.export('clamav'))
        self.assertIn(f'{digest(BAD)[7:]}:{len(BAD)}:Davy.Malicious.mining.{digest(BAD)[7:15]}:73\n', signatures.read_text())
        self.assertIn(f'{digest(LAYER)[7:]}:*:Davy.Malicious.Listed.', signatures.read_text())
        folder = self.temp / 'files'
        folder.mkdir()
        for name, data in (('sized', BAD), ('any-size', BAD + b'!'), ('near', BAD + b'?'), ('layer', LAYER)):
            (folder / name).write_bytes(data)
        result = subprocess.run(['clamscan', '--no-summary', '-d', signatures, folder], capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        found = dict(re.findall(r'/([^/\s]+): (\S+)', result.stdout))
        self.assertEqual(set(found), {'sized', 'any-size', 'near', 'layer'})
        self.assertEqual(found['near'], 'OK')
        self.assertTrue(found['sized'].startswith('Davy.Malicious.mining'), found)
        self.assertTrue(found['any-size'].startswith('Davy.Malicious.mining'), found)
        self.assertTrue(found['layer'].startswith('Davy.Malicious.Listed'), found)

    def test_stix(self):
        bundle = json.loads(self.export('stix'))
        self.assertEqual((bundle['type'], set(bundle)), ('bundle', {'type', 'id', 'objects'}))
        identity, *indicators = bundle['objects']
        self.assertEqual((identity['type'], identity['identity_class'], len(indicators)), ('identity', 'system', 5))
        uuid5 = '[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
        stamp = r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$'
        seen = set()
        for o in (bundle, *bundle['objects']):
            self.assertRegex(o['id'], f"^{o['type']}--{uuid5}$")
            self.assertNotIn(o['id'], seen)
            seen.add(o['id'])
        for o in indicators:
            self.assertEqual((o['spec_version'], o['pattern_type'], o['created_by_ref']), ('2.1', 'stix', identity['id']))
            for key in ('created', 'modified', 'valid_from'):
                self.assertRegex(o[key], stamp)
            self.assertLessEqual(o['created'], o['modified'])
            value = re.fullmatch(r"\[file:hashes\.'SHA-256' = '([0-9a-f]{64})'\]", o['pattern'])[1]
            self.assertEqual(o['id'], f"indicator--{uuid.uuid5(NAMESPACE, f'digest:sha256:{value}')}")
        first = next(o for o in indicators if digest(b'image')[7:] in o['pattern'])
        self.assertEqual(first['valid_until'], '2100-01-01T00:00:00.000Z')
        self.assertEqual(first['indicator_types'], ['malicious-activity'])
        self.assertEqual(first['labels'], ['manifest', 'mining', 'botnet'])

    def test_misp(self):
        event = json.loads(self.export('misp'))['Event']
        self.assertEqual((event['distribution'], event['published'], event['analysis']), ('0', False, '2'))
        self.assertRegex(event['date'], r'^\d{4}-\d\d-\d\d$')
        uuids = {event['uuid'], event['Orgc']['uuid'], *(a['uuid'] for a in event['Attribute'])}
        self.assertEqual(len(uuids), 7)
        for a in event['Attribute']:
            self.assertEqual((a['type'], a['category'], a['to_ids']), ('sha256', 'Payload delivery', True))
            self.assertRegex(a['value'], '^[0-9a-f]{64}$')
            self.assertRegex(a['timestamp'], '^[0-9]+$')
        tags = {t['name'] for a in event['Attribute'] for t in a['Tag']}
        self.assertLessEqual({'davy:verdict="malicious"', 'davy:verdict="unwanted"', 'davy:category="mining"', 'davy:type="layer"'}, tags)

    def test_kyverno(self):
        policy, = yaml.safe_load_all(self.export('kyverno'))
        self.assertEqual((policy['kind'], policy['spec']['validationFailureAction']), ('ClusterPolicy', 'Audit'))
        condition = policy['spec']['rules'][0]['validate']['foreach'][0]['deny']['conditions']['any'][0]
        self.assertEqual(condition['operator'], 'AnyIn')
        self.assertEqual(sorted(condition['value']), sorted(map(digest, (b'image', b'image 2'))))
        policy, = yaml.safe_load_all(self.export('kyverno', '--enforce'))
        self.assertEqual(policy['spec']['validationFailureAction'], 'Enforce')

    def test_gatekeeper(self):
        template, constraint = yaml.safe_load_all(self.export('gatekeeper'))
        kind = template['spec']['crd']['spec']['names']['kind']
        self.assertEqual((template['kind'], template['metadata']['name'], constraint['kind']), ('ConstraintTemplate', kind.lower(), kind))
        self.assertIn(f'package {kind.lower()}', template['spec']['targets'][0]['rego'])
        self.assertEqual(constraint['spec']['enforcementAction'], 'dryrun')
        self.assertEqual(sorted(constraint['spec']['parameters']['digests']), sorted(map(digest, (b'image', b'image 2'))))
        _, constraint = yaml.safe_load_all(self.export('gatekeeper', '--enforce'))
        self.assertEqual(constraint['spec']['enforcementAction'], 'deny')

    def test_opa(self):
        with tarfile.open(fileobj=io.BytesIO(self.export('opa')), mode='r:gz') as t:
            members = {m.name: json.load(t.extractfile(m)) for m in t.getmembers()}
        self.assertEqual(set(members), {'.manifest', 'data.json'})
        self.assertEqual(members['.manifest']['roots'], ['davy/feed'])
        self.assertRegex(members['.manifest']['revision'], '^[0-9a-f]{64}$')
        digests = members['data.json']['davy']['feed']['digests']
        self.assertEqual(digests[digest(LAYER)]['type'], 'layer')
        self.assertEqual(len(digests), 5)

    def test_a_long_list_becomes_several_policies(self):
        feed = self.temp / 'long.db'
        names = [digest(str(i).encode()) for i in range(5001)]
        for i in range(0, len(names), 1000):
            self.davy('add', '--feed', feed, '--type', 'manifest', '--reason', 'x', *names[i:i + 1000])
        policies = list(yaml.load_all(self.davy('export', '--feed', feed, '-f', 'kyverno'), Loader=getattr(yaml, 'CSafeLoader', yaml.SafeLoader)))
        self.assertEqual([p['metadata']['name'] for p in policies], ['davy-feed-1', 'davy-feed-2'])
        lists = [p['spec']['rules'][0]['validate']['foreach'][0]['deny']['conditions']['any'][0]['value'] for p in policies]
        self.assertEqual((len(lists[0]), sorted(lists[0] + lists[1])), (5000, sorted(names)))

    def test_an_empty_feed(self):
        feed = self.temp / 'empty.db'
        self.davy('add', '--feed', feed, '--type', 'manifest', '--verdict', 'clean', '--reason', 'x', digest(b'x'))
        for form in ('sha256', 'clamav'):
            self.assertEqual(self.davy('export', '--feed', feed, '-f', form), b'')
        for form in ('json', 'stix', 'misp'):
            json.loads(self.davy('export', '--feed', feed, '-f', form))
        for form in ('kyverno', 'gatekeeper'):
            for document in yaml.safe_load_all(self.davy('export', '--feed', feed, '-f', form)):
                self.assertTrue(document['kind'])


if __name__ == '__main__':
    unittest.main()
