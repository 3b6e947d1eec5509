# SPDX-License-Identifier: Apache-2.0
"""Sigma rules through the commands: what loads, what is named, what is found in records of a cloud."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

DAVY = os.environ['DAVY']

CLOUD = '''title: Port opened to everybody
id: 6e0cf7a1-0000-4000-8000-000000000001
name: opened
logsource: {product: aws, service: cloudtrail}
detection:
  selection:
    eventName: authorizesecuritygroupingress
    requestParameters.ipPermissions.items.ipRanges.items.cidrIp|cidr: 0.0.0.0/0
    userIdentity.type: [Root, IAMUser]
  filter: {userAgent|startswith: terraform}
  condition: selection and not filter
fields: [sourceIPAddress]
level: high
tags: [attack.t1562.007]
---
title: Words
logsource: {product: aws, service: cloudtrail}
detection:
  words: ['say "hello"']
  condition: words
---
title: Often
correlation: {type: event_count, rules: [opened], group-by: [userIdentity.arn], timespan: 10m, generate: true, condition: {gte: 2}}
level: critical
'''

LIVE = '''title: Not for this program
logsource: {product: linux, category: process_creation}
detection:
  a: {Image|endswith: /x}
  b: {Image|soundslike: /x}
  condition: a or b
---
title: Started
logsource: {product: linux, category: process_creation}
detection: {a: {Image|endswith: /x}, condition: a}
'''


def record(number, **more):
    r = {'eventVersion': '1.08', 'eventTime': f'2026-01-31T08:1{number}:00Z', 'eventSource': 'ec2.amazonaws.com', 'eventName': 'AuthorizeSecurityGroupIngress',
         'awsRegion': 'eu-west-1', 'sourceIPAddress': '203.0.113.9', 'userAgent': 'aws-cli/2', 'eventID': f'00000000-0000-4000-8000-00000000000{number}',
         'eventType': 'AwsApiCall', 'recipientAccountId': '123456789012',
         'userIdentity': {'type': 'IAMUser', 'arn': 'arn:aws:iam::123456789012:user/eve', 'accountId': '123456789012'},
         'requestParameters': {'ipPermissions': {'items': [{'ipRanges': {'items': [{'cidrIp': '10.0.0.0/8'}, {'cidrIp': '0.0.0.0/0'}]}}]}}}
    r.update(more)
    return r


class Sigma(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = pathlib.Path(self.folder.name)
        (self.dir / 'rules/deep').mkdir(parents=True)
        (self.dir / 'rules/cloud.yml').write_text(CLOUD)
        (self.dir / 'rules/deep/live.yml').write_text(LIVE)
        (self.dir / 'none.yaml').write_text('')

    def run_davy(self, code, *words):
        done = subprocess.run([DAVY, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def test_what_is_not_supported_is_named(self):
        out, _ = self.run_davy(0, 'rules', 'check', '--sigma', str(self.dir / 'rules'))
        self.assertIn('live.yml:5:13: warning: rule Not for this program: the modifier "soundslike" is not supported', out)
        self.assertIn('rules: 4, errors: 0, warnings: 1\nSigma rules left out: 1\n', out)
        out, _ = self.run_davy(1, 'rules', 'check', '--sigma-strict', '--sigma', str(self.dir / 'rules'))
        self.assertIn('live.yml:5:13: error:', out)
        self.run_davy(3, 'rules', 'check', '--sigma', str(self.dir / 'nowhere'))

    def test_a_rule_becomes_a_condition(self):
        out, _ = self.run_davy(0, 'rules', 'explain', '--sigma', str(self.dir / 'rules'), 'Started')
        self.assertIn('proc.exepath iendswith "/x"', out)
        out, _ = self.run_davy(0, 'rules', 'list', '-f', 'json', '--sigma', str(self.dir / 'rules'))
        self.assertEqual([r['rule'] for r in json.loads(out)], ['Port opened to everybody', 'Words', 'Started', 'Often'])

    def test_records_are_judged(self):
        records = [record(1), record(2, userAgent='terraform/1.6'), record(3, requestParameters={'note': 'say "hello"'}), record(4)]
        (self.dir / 'trail.json').write_text(json.dumps({'Records': records}))
        out, _ = self.run_davy(0, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma', str(self.dir / 'rules'), '--store', '', '-f', 'json',
                               str(self.dir / 'trail.json'))
        found = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(sorted(f['rule'] for f in found), ['Often', 'Port opened to everybody', 'Port opened to everybody', 'Words'])
        opened = next(f for f in found if f['rule'] == 'Port opened to everybody')
        self.assertEqual(opened['severity'], 'high')
        self.assertIn('T1562.007', opened['techniques'])
        self.assertIn('203.0.113.9', opened['output'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
