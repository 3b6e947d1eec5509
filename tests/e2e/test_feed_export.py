# SPDX-License-Identifier: Apache-2.0
"""
The feed in the forms of other programs: read by the programs themselves where they are installed (clamscan in every run; opa, kyverno,
Python's stix2-validator, stix2-patterns and PyMISP, which Debian does not have, by hand), and held against their specifications.
"""
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import uuid

import jsonschema
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import sharing_schemas as schemas

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
        result = subprocess.run([DAVY, 'feed', *map(str, arguments)], capture_output=True, timeout=600,
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
        result = subprocess.run(['clamscan', '--no-summary', '-d', signatures, folder], capture_output=True, text=True, timeout=600)
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

    def check(self, schema, document):
        jsonschema.Draft7Validator.check_schema(schema)
        errors = sorted(jsonschema.Draft7Validator(schema).iter_errors(document), key=lambda e: list(e.path))
        self.assertEqual([f'{list(e.path)}: {e.message[:300]}' for e in errors], [])

    def test_what_the_specifications_ask_for(self):
        bundle = json.loads(self.export('stix'))
        self.check(schemas.STIX_BUNDLE, bundle)
        self.assertNotEqual(str(NAMESPACE), schemas.STIX_OWN_NAMESPACE)
        ids = {o['id'] for o in bundle['objects']}
        for o in bundle['objects']:
            self.assertLessEqual(o['created'], o['modified'])
            self.assertIn(o.get('created_by_ref', o['id']), ids)  # no reference leads nowhere
            self.assertLess(o.get('valid_from', ''), o.get('valid_until', '~'))
        misp = json.loads(self.export('misp'))
        self.check(schemas.MISP, misp)
        self.assertLessEqual(max(int(a['timestamp']) for a in misp['Event']['Attribute']), int(misp['Event']['timestamp']))
        for document in yaml.safe_load_all(self.export('kyverno', '--enforce')):
            self.check(schemas.KYVERNO, document)
        template, *constraints = yaml.safe_load_all(self.export('gatekeeper'))
        self.check(schemas.GATEKEEPER_TEMPLATE, template)
        kind = template['spec']['crd']['spec']['names']['kind']
        self.assertEqual(template['metadata']['name'], kind.lower())
        for constraint in constraints:
            self.check(schemas.GATEKEEPER_CONSTRAINT, constraint)
            self.assertEqual(constraint['kind'], kind)

    def test_the_checker_finds_mistakes(self):
        """Each of these is a mistake that a reader would refuse."""
        bundle = json.loads(self.export('stix'))
        indicator = next(i for i, o in enumerate(bundle['objects']) if o['type'] == 'indicator')
        for key, value in (('id', 'indicator--1'), ('created', '2026-11-29 10:00:00'), ('pattern', "[file:hashes.SHA-256 = 'x']"), ('labels', []),
                           ('valid_from', None), ('spec_version', '2.0'), ('x', 1), ('indicator_types', ['bad'])):
            wrong = json.loads(json.dumps(bundle))
            wrong['objects'][indicator][key] = value
            self.assertTrue(list(jsonschema.Draft7Validator(schemas.STIX_BUNDLE).iter_errors(wrong)), key)
        misp = json.loads(self.export('misp'))
        misp['Event']['distribution'] = 0
        self.assertTrue(list(jsonschema.Draft7Validator(schemas.MISP).iter_errors(misp)))

    @unittest.skipUnless(importlib.util.find_spec('stix2validator'), 'Python has no stix2validator (OASIS); Debian neither')
    def test_stix_by_its_validator(self):
        from stix2validator import validate_string
        self.assertTrue(validate_string(self.export('stix').decode()).is_valid)

    @unittest.skipUnless(importlib.util.find_spec('stix2patterns'), 'Python has no stix2patterns (OASIS); Debian neither')
    def test_patterns_by_their_parser(self):
        from stix2patterns.validator import run_validator
        for o in json.loads(self.export('stix'))['objects'][1:]:
            self.assertEqual(run_validator(o['pattern']), [])

    @unittest.skipUnless(importlib.util.find_spec('pymisp'), 'Python has no PyMISP; Debian neither')
    def test_misp_by_its_library(self):
        from pymisp import MISPEvent
        event = MISPEvent()
        event.load(json.loads(self.export('misp')))
        self.assertEqual(len(event.attributes), 5)

    @unittest.skipUnless(shutil.which('opa'), 'opa is not installed; Debian does not have it')
    def test_rego_by_opa(self):
        template, constraint = yaml.safe_load_all(self.export('gatekeeper'))
        policy = self.temp / 'policy.rego'
        policy.write_text(template['spec']['targets'][0]['rego'])
        for image, found in ((digest(b'image'), 1), (digest(b'other'), 0)):
            given = self.temp / 'input.json'
            given.write_text(json.dumps({'parameters': constraint['spec']['parameters'], 'review': {'object': {'spec': {
                'containers': [{'name': 'a', 'image': f'registry.example/x@{image}'}]}}}}))
            result = subprocess.run(['opa', 'eval', '--v0-compatible', '-f', 'json', '-d', policy, '-i', given, f'data.{constraint["kind"].lower()}.violation'],
                                    capture_output=True, text=True, timeout=600)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(len(json.loads(result.stdout)['result'][0]['expressions'][0]['value']), found)

    @unittest.skipUnless(shutil.which('kyverno'), 'kyverno is not installed; Debian does not have it')
    def test_policies_by_kyverno(self):
        policy, pod = self.temp / 'policy.yaml', self.temp / 'pod.yaml'
        policy.write_bytes(self.export('kyverno', '--enforce'))
        for image, code in ((digest(b'image'), 1), (digest(b'other'), 0)):
            pod.write_text(f'{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{containers: [{{name: a, image: "registry.example/x@{image}"}}]}}}}')
            result = subprocess.run(['kyverno', 'apply', policy, '--resource', pod], capture_output=True, text=True, timeout=600)
            self.assertEqual(result.returncode, code, result.stdout + result.stderr)

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
