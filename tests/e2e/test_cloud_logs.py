# SPDX-License-Identifier: Apache-2.0
"""davy logs over whole logs: days on which nothing happened, techniques that others recorded, and what only several records show."""
import collections
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import ordinary_days

DAVY = os.environ['DAVY']
DATA = pathlib.Path(__file__).resolve().parents[2].parent / 'shared' / 'data'
STRATUS = DATA / 'cloudlogs' / 'stratus' / 'detonation-logs'
OPENSSH = DATA / 'auth' / 'OpenSSH_2k.log'
LOUD = ('emergency', 'alert', 'critical', 'error', 'warning')


def masked(value):
    """The same without what the client says of itself."""
    if isinstance(value, dict):
        return {k: 'masked' if k == 'userAgent' else masked(v) for k, v in value.items()}
    return [masked(v) for v in value] if isinstance(value, list) else value


class Logs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-logs-'))
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)

    def findings(self, *paths, options=()):
        run = subprocess.run([DAVY, 'logs', '-f', 'json', '--quiet', *options, *map(str, paths)], capture_output=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=300)
        self.assertEqual(run.returncode, 0, run.stderr.decode()[-2000:])
        return [json.loads(line) for line in run.stdout.splitlines()]

    def loud(self, findings):
        return collections.Counter(f'{f["priority"]}: {f["rule"]}: {f["message"]}' for f in findings if f['priority'].lower() in LOUD)

    def write(self, name, records):
        path = self.temp / name
        path.write_text('\n'.join(json.dumps(r) if isinstance(r, dict) else r for r in records) + '\n')
        return path


class OrdinaryDays(Logs):
    """Each format alone, so that a failure names it, and all together."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = ordinary_days.Days(cls.temp / 'days', days=9)
        cls.paths = cls.made.all()

    def test_nothing_is_said_of_any_format(self):
        for path in [p for p in self.paths if 'CloudTrail' not in p.name]:
            with self.subTest(path.name):
                self.assertEqual(self.loud(self.findings(path)), {})

    def test_nothing_is_said_of_all_together(self):
        self.assertEqual(self.loud(self.findings(self.temp / 'days')), {})

    def test_every_format_was_read(self):
        run = subprocess.run([DAVY, 'logs', '-f', 'json', '--stats', str(self.temp / 'days')], capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=300)
        for name in ('cloudtrail', 'k8s-audit', 'gcp-audit', 'azure-activity', 'entra', 'syslog', 'access', 'flow', 'journal', 'journal-json', 'route53-resolver', 'access-json'):
            self.assertRegex(run.stderr, rf'(?m)^ +{name} \d+')
        self.assertNotIn('files of no known format', run.stderr)


class Techniques(Logs):
    @unittest.skipUnless(STRATUS.is_dir(), 'the shared data is not here')
    def test_every_technique_is_found_whatever_the_client_calls_itself(self):
        missed = []
        for path in sorted(STRATUS.glob('*.json')):
            copy = self.temp / path.name
            copy.write_text(json.dumps(masked(json.loads(path.read_text()))))
            if not [f for f in self.findings(copy) if f['priority'].lower() not in ('debug', 'informational')]:
                missed.append(path.name)
        self.assertEqual(missed, [])

    @unittest.skipUnless(OPENSSH.is_file(), 'the shared data is not here')
    def test_guessing_is_found_and_the_one_login_is_none_of_it(self):
        found = self.findings(OPENSSH)
        loud = {(f['rule'], f['output_fields'].get('login.ip')) for f in found if f['priority'].lower() in LOUD}
        self.assertIn(('Passwords guessed from one address', '183.62.140.253'), loud)
        self.assertIn(('Many names tried from one address', '103.99.0.122'), loud)
        self.assertNotIn('Password guessed', {f['rule'] for f in found})
        self.assertNotIn('119.137.62.142', {f['output_fields'].get('login.ip') for f in found if f['priority'].lower() in LOUD})

    def test_a_password_that_was_guessed(self):
        lines = [f'Dec 10 06:55:{i:02d} web1 sshd[1]: Failed password for root from 203.0.113.9 port 4000 ssh2' for i in range(5)]
        lines.append('Dec 10 06:55:30 web1 sshd[1]: message repeated 5 times: [ Failed password for root from 203.0.113.9 port 4000 ssh2]')
        lines.append('Dec 10 06:56:00 web1 sshd[2]: Accepted password for root from 203.0.113.9 port 4001 ssh2')
        found = {f['rule']: f['priority'] for f in self.findings(self.write('auth.log', lines))}
        self.assertEqual(found.get('Password guessed'), 'Critical')
        lines[-1] = lines[-1].replace('203.0.113.9', '198.51.100.4')
        self.assertNotIn('Password guessed', {f['rule'] for f in self.findings(self.write('auth.log', lines))})


class Adding(Logs):
    """What records add up to."""

    def days(self):
        return ordinary_days.Days(self.temp / 'made', days=9, seed=7)

    def user(self, name='ci', key='AKIAIOSFODNN7EXAMPLE'):
        return {'type': 'IAMUser', 'principalId': 'AIDAEXAMPLE', 'arn': f'arn:aws:iam::{ordinary_days.ACCOUNT}:user/{name}', 'accountId': ordinary_days.ACCOUNT, 'accessKeyId': key, 'userName': name}

    def history(self, d, days=20):
        return [d.record(d.at(day, hour), 's3', 'ListObjects', self.user(), '198.51.100.5', ordinary_days.AGENTS['cli'], {'bucketName': 'x'}) for day in range(days) for hour in range(0, 24, 4)]

    def test_a_key_in_other_hands(self):
        d = self.days()
        calm = self.history(d)
        stolen = d.record(d.at(20, 3), 'ec2', 'DescribeInstances', self.user(), '203.0.113.99', ordinary_days.AGENTS['sdk'], {}, region='ap-southeast-3')
        self.assertEqual(self.loud(self.findings(self.write('calm.json', calm))), {})
        found = {f['rule']: f['message'] for f in self.findings(self.write('stolen.json', calm + [stolen]))}
        self.assertIn('Key used from a new network with a new client', found)
        self.assertIn('first time in 20 days that AKIAIOSFODNN7EXAMPLE', found['Key used in a new region for a new service'])
        self.assertIn('calls ec2 in ap-southeast-3', found['Key used in a new region for a new service'])

    def test_what_is_usual_is_kept_between_runs(self):
        d = self.days()
        state = self.temp / 'state'
        stolen = d.record(d.at(20, 3), 'ec2', 'DescribeInstances', self.user(), '203.0.113.99', ordinary_days.AGENTS['sdk'], {}, region='ap-southeast-3')
        alone = self.write('alone.json', [stolen])
        self.assertEqual(self.loud(self.findings(alone)), {})
        self.findings(self.write('calm.json', self.history(d)), options=('--state', str(state)))
        self.assertIn('Key used in a new region for a new service', {f['rule'] for f in self.findings(alone, options=('--state', str(state)))})
        (self.temp / 'state.logs').write_bytes(b'nonsense')
        self.assertEqual(self.loud(self.findings(alone, options=('--state', str(state)))), {})

    def test_a_key_that_slept(self):
        d = self.days()
        late = d.record(d.at(120, 3), 's3', 'ListBuckets', self.user(), '203.0.113.99', ordinary_days.AGENTS['cli'], {})
        self.assertIn('Key that slept used again', {f['rule'] for f in self.findings(self.write('slept.json', self.history(d) + [late]))})

    def test_money(self):
        d = self.days()
        def start(count, kind, **more):
            return d.record(d.at(1, 3, 0, 5), 'ec2', 'RunInstances', self.user(), '198.51.100.5', 'x', {'instanceType': kind, 'instancesSet': {'items': [{'minCount': 1, 'maxCount': count}]}},
                            {'instancesSet': {'items': [{'instanceId': f'i-{k:017x}'} for k in range(count)]}}, readonly=False, **more)
        little = {f['rule'] for f in self.findings(self.write('little.json', [start(2, 't3.large')]))}
        self.assertNotIn('Machines started for much money an hour', little)
        found = {f['rule']: f['message'] for f in self.findings(self.write('much.json', [start(50, 'c5.24xlarge')] * 6))}
        self.assertIn('1224', found['Machines started for very much money an hour'])

    def test_a_name_led_elsewhere(self):
        d = self.days()

        def change(day, value, ttl, name='www.example.com.', kind='A'):
            return d.record(d.at(day, 10), 'route53', 'ChangeResourceRecordSets', self.user(), '198.51.100.5', 'x',
                            {'hostedZoneId': 'Z1', 'changeBatch': {'changes': [{'action': 'UPSERT', 'resourceRecordSet': {'name': name, 'type': kind, 'tTL': ttl, 'resourceRecords': [{'value': value}]}}]}}, {'changeInfo': {}}, region='us-east-1', readonly=False)
        calm = [change(0, '198.51.100.7', 3600), change(1, '198.51.100.7', 300), change(2, '"x"', 60, '_acme-challenge.www.example.com.', 'TXT'), change(3, '"y"', 60, '_acme-challenge.www.example.com.', 'TXT')]
        self.assertEqual(self.loud(self.findings(self.write('calm.json', calm))), {})
        found = {f['rule']: f['message'] for f in self.findings(self.write('led.json', calm + [change(4, '203.0.113.66', 60)]))}
        self.assertIn('www.example.com A: 198.51.100.7 (300 s) is 203.0.113.66 (60 s) now', found['Known name led elsewhere'])

    def test_bytes_to_elsewhere(self):
        d = self.days()
        path = d.flows()[0]
        calm = path.read_text().splitlines()
        t = int(datetime.datetime(2026, 3, 10, 14, 5, tzinfo=datetime.timezone.utc).timestamp())
        columns = calm[1].split()[:3] + ['10.0.1.10', '203.0.113.99', '50000', '443', '6', '900000', '40000000000', str(t), str(t + 60), 'ACCEPT', 'OK', 'vpc-1', 'subnet-1', '-', '19', 'IPv4', '10.0.1.10', '203.0.113.99', 'eu-central-1', 'euc1-az1', 'egress', '8']
        out = [line for line in calm[1:] if int(line.split()[10]) < t]
        found = {f['rule']: f['message'] for f in self.findings(self.write('sent.log', [calm[0]] + out + [' '.join(columns)]))}
        self.assertIn('GB from 10.0.1.10 to internet', found['Far more sent than usual at this hour'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
