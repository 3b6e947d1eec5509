# SPDX-License-Identifier: Apache-2.0
"""davy logs from end to end: files in every form, what is broken, times, following, cases, coverage."""
import base64
import csv
import gzip
import io
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest
import zipfile

import elsewhere
from patience import PATIENCE, wait_for

DAVY = os.environ['DAVY']
RULES = '''
- rule: Logging stopped
  desc: d
  condition: ct.name = StopLogging and not ct.error exists
  output: "logging stopped by %ct.user.arn with %cloud.key from %ct.srcip"
  priority: CRITICAL
  source: aws_cloudtrail
  tags: [kind:threat, axis:intent, by:behaviour, row:88, T1562.008]
- rule: Machine gone
  desc: d
  condition: ct.name = TerminateInstances
  output: "%cloud.instances ended by %cloud.principal"
  priority: WARNING
  source: aws_cloudtrail
- rule: Key made
  desc: d
  condition: cloud.action = CreateAccessKey
  output: "key made by %cloud.principal"
  priority: WARNING
  source: log
  tags: [kind:threat, axis:intent, by:behaviour, row:48, T1098]
- rule: Privileged pod
  desc: d
  condition: ka.verb = create and ka.target.resource = pods and ka.req.pod.containers.privileged intersects (true)
  output: "privileged pod by %ka.user.name: %ka.req.pod.containers.image[0]"
  priority: WARNING
  source: k8s_audit
'''


def record(name, time='2024-07-31T14:00:00Z', key='AKIAEXAMPLE', ip='198.51.100.7', **more):
    return {'eventVersion': '1.08', 'eventTime': time, 'eventName': name, 'eventSource': 'iam.amazonaws.com', 'awsRegion': 'eu-west-1',
            'sourceIPAddress': ip, 'recipientAccountId': '123456789012', 'eventID': f'{name}-{time}',
            'userIdentity': {'type': 'IAMUser', 'arn': f'arn:aws:iam::123456789012:user/{key.lower()}', 'userName': 'u', 'accessKeyId': key}, **more}


class Logs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.rules = self.write('rules.yaml', RULES)
        self.env = {**os.environ, 'TZ': 'UTC', 'LC_ALL': 'C.UTF-8'}

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def logs(self, *args, stdin=None, code=0, rules=True):
        more = ['-r', self.rules] if rules else []
        done = subprocess.run([DAVY, 'logs', *more, '-q', '--format', 'json', *args], input=stdin, capture_output=True, text=True, env=self.env,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, code, done.stderr)
        self.err = done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def names(self, *args, **more):
        return [f['rule'] for f in self.logs(*args, **more)]

    def test_every_form(self):
        both = [record('StopLogging'), record('CreateAccessKey')]
        want = ['Logging stopped', 'Key made']
        lines = ''.join(json.dumps(r) + '\n' for r in both)
        delivered = json.dumps({'Records': both})
        self.assertEqual(self.names(self.write('a.json', lines)), want)
        self.assertEqual(self.names(self.write('b.json', delivered)), want)
        self.assertEqual(self.names(self.write('c.json', json.dumps(both, indent=2))), want)
        self.assertEqual(sorted(self.names(self.write('d.json.gz', gzip.compress(delivered.encode()) + gzip.compress(b'\n' + delivered.encode())))), sorted(want * 2))
        self.assertEqual(self.names('-', stdin=lines), want)
        self.assertEqual(self.logs('-', stdin=lines)[1]['message'], 'key made by arn:aws:iam::123456789012:user/akiaexample')  # no container=<NA>
        # by the times in the names, whatever the region's folder
        self.write('AWSLogs/1/us/x_20240731T1410Z_a.json.gz', gzip.compress(json.dumps({'Records': [both[1]]}).encode()))
        self.write('AWSLogs/1/zz/x_20240731T1400Z_b.json.gz', gzip.compress(json.dumps({'Records': [both[0]]}).encode()))
        self.assertEqual(self.names(self.folder / 'AWSLogs'), want)
        (self.folder / 'link').symlink_to('AWSLogs')
        self.assertEqual(self.names(self.folder / 'link'), want)

    def columns(self, record, row):
        """A record as a table has it: names in small letters, objects as texts; those of Athena are rows of their own kind."""
        def athena(value):
            return '{' + ', '.join(f'{k.lower()}={athena(v) if isinstance(v, dict) else v}' for k, v in value.items()) + '}'
        return {k.lower(): athena(v) if row and k == 'userIdentity' else json.dumps(v) if isinstance(v, dict) else str(v) for k, v in record.items()}

    def test_every_table(self):
        both = [record('StopLogging', requestParameters={'name': 'a "trail", of mine'}), record('CreateAccessKey', requestParameters={'userName': 'x\ny'})]
        want = ['Logging stopped', 'Key made']
        for row in (True, False):
            rows = [self.columns(r, row) for r in both]
            text = io.StringIO()
            table = csv.DictWriter(text, rows[0], quoting=csv.QUOTE_ALL)
            table.writeheader()
            table.writerows(rows)
            found = self.logs(self.write('table.csv', text.getvalue()))
            self.assertEqual([f['rule'] for f in found], want)
            self.assertIn('arn:aws:iam::123456789012:user/akiaexample with AKIAEXAMPLE from 198.51.100.7', found[0]['message'])
            self.assertEqual(self.names('-', stdin='\ufeff' + text.getvalue().replace('\r\n', '\n').rstrip()), want)
            # one row that is broken costs itself
            broken = text.getvalue().splitlines(keepends=True)
            self.assertEqual(self.names(self.write('broken.csv', broken[0] + '"too","few"\r\n' + ''.join(broken[1:])), code=3), want)
            self.assertIn('not as many columns', self.err)
            cells = [{'Data': [{'VarCharValue': k} for k in rows[0]]}] + [{'Data': [{'VarCharValue': v} for v in r.values()]} for r in rows]
            about = {'ColumnInfo': [{'Name': k, 'Type': 'varchar'} for k in rows[0]]}
            pages = []
            for page in ({'UpdateCount': 0, 'ResultSet': {'Rows': cells, 'ResultSetMetadata': about}}, {'ResultSet': {'Rows': cells[1:], 'ResultSetMetadata': about}}, {'ResultSet': {'Rows': cells}}):
                pages += [json.dumps(page, indent=1), json.dumps(page)]
            lake = {'QueryStatus': 'FINISHED', 'QueryStatistics': {'ResultsCount': 2, 'BytesScanned': 7}, 'QueryResultRows': [[{k: v} for k, v in r.items()] for r in rows]}
            pages += [json.dumps(lake), json.dumps(lake, indent=1)]
            self.assertEqual(self.names('--repeats', '0', '-', stdin='\n'.join(pages)), want * len(pages))

    def test_every_envelope(self):
        both = [record('StopLogging'), record('CreateAccessKey')]
        want = ['Logging stopped', 'Key made']
        packed = lambda value: base64.b64encode(json.dumps(value).encode()).decode()
        zipped = lambda value: base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()
        watched = {'messageType': 'DATA_MESSAGE', 'owner': '123456789012', 'logGroup': 'CloudTrail', 'logStream': 'x', 'subscriptionFilters': ['f'],
                   'logEvents': [{'id': str(i), 'timestamp': 1, 'message': json.dumps(r)} for i, r in enumerate(both)]}
        forms = {
            'Pub/Sub, pushed': [{'message': {'data': packed(r), 'attributes': {}, 'messageId': '1', 'publishTime': '2024-07-31T14:00:00Z'}, 'subscription': 'projects/p/subscriptions/s'} for r in both],
            'Pub/Sub, pulled': [{'receivedMessages': [{'ackId': 'a', 'message': {'data': packed(r), 'messageId': '1'}} for r in both]}],
            'Pub/Sub, by gcloud': [[{'ackId': 'a', 'message': {'data': packed(r), 'messageId': '1'}} for r in both]],
            'CloudWatch, to a function': [{'awslogs': {'data': zipped(watched)}}],
            'CloudWatch, over Kinesis': [{'Records': [{'kinesis': {'partitionKey': 'k', 'data': zipped(watched)}, 'eventSource': 'aws:kinesis'}]}],
            'CloudWatch, in a bucket': [watched],
            'Kinesis': [{'Records': [{'kinesis': {'data': packed(r)}, 'eventSource': 'aws:kinesis'} for r in both]}],
            'Kinesis, by its interface': [{'Records': [{'SequenceNumber': '1', 'Data': packed(r), 'PartitionKey': 'k'} for r in both], 'MillisBehindLatest': 0}],
            'Firehose': [{'requestId': 'r', 'timestamp': 1, 'records': [{'data': packed(r)} for r in both]}],
            'SNS': [{'Records': [{'EventSource': 'aws:sns', 'Sns': {'Type': 'Notification', 'Message': json.dumps(r)}} for r in both]}],
            'SQS of SNS': [{'Records': [{'messageId': 'm', 'body': json.dumps({'Type': 'Notification', 'Message': json.dumps(r)}), 'eventSource': 'aws:sqs'} for r in both]}],
            'a batch in a message': [{'@timestamp': 'x', 'message': json.dumps({'records': both})}],
            'an array in a message': [{'@timestamp': 'x', 'message': json.dumps(both)}],
            'EventBridge': [{'version': '0', 'id': '1', 'detail-type': 'AWS API Call via CloudTrail', 'source': 'aws.iam', 'detail': r} for r in both],
        }
        for indent in (None, 2):
            # all in one, because a run costs more than what it reads; one by one only to say which is wrong
            text = {form: '\n'.join(json.dumps(v, indent=indent) for v in values) for form, values in forms.items()}
            if self.names('--repeats', '0', '-', stdin='\n'.join(text.values())) != want * len(forms):
                for form in forms:
                    with self.subTest(form, indent=indent):
                        self.assertEqual(self.names('-', stdin=text[form]), want)
        # what is none of that is a record like any other, and what is cut costs itself
        self.assertEqual(self.names('-', stdin='\n'.join(json.dumps(v) for v in ({'message': {'data': 'eyJub3Q'}}, {'awslogs': {'data': zipped(watched)[:200]}}, {'data': 'W' * 99}, both[0]))), want[:1])
        self.assertEqual(self.names('-', stdin=json.dumps({'message': json.dumps(both)[:-40]}) + '\n' + json.dumps(both[0]), code=3), ['Logging stopped', 'Logging stopped'])

    def test_what_tools_of_others_export(self):
        """CloudWatch Logs Insights, SNS by way of SQS, Elasticsearch, Splunk, Datadog, Loki, a table of Sentinel; lines with commas, zeros and CR LF."""
        r = record('StopLogging')
        text = json.dumps(r)
        forms = {
            'insights': json.dumps({'results': [[{'field': '@timestamp', 'value': '2026-03-02 10:00:00.000'}, {'field': '@message', 'value': text}, {'field': '@ptr', 'value': 'x'}]], 'status': 'Complete'}),
            'sns': json.dumps({'Messages': [{'MessageId': '1', 'Body': json.dumps({'Type': 'Notification', 'Message': text})}]}),
            'hit': json.dumps({'_index': 'x', '_source': {'event': {'original': text}, '@timestamp': '2026-03-02T10:00:00Z'}}),
            'splunk': json.dumps({'preview': False, 'result': {'_raw': text, '_time': '2026-03-02'}}),
            'datadog': json.dumps({'id': 'x', 'attributes': {'attributes': r, 'timestamp': '2026-03-02T10:00:00Z'}}),
            'loki': json.dumps({'labels': {'a': 'b'}, 'line': text, 'timestamp': '2026-03-02T10:00:00Z'}),
            'sentinel': json.dumps({'TimeGenerated': r['eventTime'], 'EventName': 'StopLogging', 'EventSource': r['eventSource'], 'AWSRegion': 'eu-west-1', 'SourceIpAddress': '198.51.100.7', 'RecipientAccountId': '123456789012', 'ErrorCode': '',
                                    'UserIdentityType': 'IAMUser', 'UserIdentityArn': r['userIdentity']['arn'], 'UserIdentityAccessKeyId': 'AKIAEXAMPLE', 'RequestParameters': '{"name":"t"}', 'SessionMfaAuthenticated': False, 'Type': 'AWSCloudTrail'}),
            'commas': f'{text},\n{text},\n',
            'zeros': f'{text}\n\0\0\0\0{text}\n',
            'lines': f'\ufeff{text}\r\n{text}\r\n',
        }
        for name, form in forms.items():
            with self.subTest(name):
                found = self.logs('--repeats', '0', '--rate', '0', self.write(f'{name}.json', form))
                self.assertEqual([f['rule'] for f in found], ['Logging stopped'] * (2 if name in ('commas', 'zeros', 'lines') else 1))
                self.assertIn('arn:aws:iam::123456789012:user/akiaexample with AKIAEXAMPLE from 198.51.100.7', found[0]['message'])
                self.assertEqual(self.err, '')
        # one that is broken costs itself, whatever ends its line
        self.assertEqual(self.names(self.write('b.json', f'{{"eventName": "x\r\n{text}\r\n'), code=3), ['Logging stopped'])

    def test_a_cluster_of_google(self):
        """GKE's requests stand in Google's audit: the rules for clusters hold for them, and those for Google too."""
        entry = {'protoPayload': {'@type': 'type.googleapis.com/google.cloud.audit.AuditLog', 'serviceName': 'k8s.io', 'methodName': 'io.k8s.core.v1.pods.create', 'resourceName': 'core/v1/namespaces/web/pods/p1',
                                  'authenticationInfo': {'principalEmail': 'mallory@example.com'}, 'requestMetadata': {'callerIp': '203.0.113.9'}, 'status': {},
                                  'request': {'spec': {'containers': [{'image': 'i:1', 'securityContext': {'privileged': True}}]}}},
                 'insertId': '1', 'labels': {'authorization.k8s.io/decision': 'allow'}, 'resource': {'type': 'k8s_cluster', 'labels': {'cluster_name': 'c', 'project_id': 'p', 'location': 'europe-west4'}},
                 'timestamp': '2024-07-31T14:00:00Z', 'logName': 'projects/p/logs/cloudaudit.googleapis.com%2Factivity'}
        google = self.write('google.yaml', RULES + '\n- rule: Pod by Google\n  desc: d\n  condition: gcp.methodName = io.k8s.core.v1.pods.create\n  output: "x"\n  priority: WARNING\n  source: gcp_auditlog\n')
        for text in (json.dumps(entry), json.dumps([entry], indent=1)):
            found = self.logs('-r', google, '-', stdin=text, rules=False)
            self.assertEqual(sorted(f['rule'] for f in found), ['Pod by Google', 'Privileged pod'])
            pod = next(f for f in found if f['rule'] == 'Privileged pod')
            self.assertIn('privileged pod by mallory@example.com: (i:1)', pod['message'])
            self.assertIn('pod:web/p1', pod['ties']['shared'])

    def test_who_and_where(self):
        f = self.logs(self.write('a.json', json.dumps(record('StopLogging'))))[0]
        self.assertEqual(f['source'], 'aws_cloudtrail')
        self.assertEqual(f['hostname'], 'aws:123456789012')
        self.assertEqual(f['subject']['user'], 'arn:aws:iam::123456789012:user/akiaexample')
        self.assertEqual(f['ties']['peer'], '198.51.100.7')
        self.assertIn('key:AKIAEXAMPLE', f['ties']['shared'])
        self.assertEqual(f['time'], '2024-07-31T14:00:00.000000000Z')
        pod = {'auditID': 'a', 'verb': 'create', 'kind': 'Event', 'apiVersion': 'audit.k8s.io/v1', 'stageTimestamp': '2024-07-31T14:00:00Z',
               'user': {'username': 'u'}, 'objectRef': {'resource': 'pods', 'namespace': 'n', 'name': 'p'},
               'requestObject': {'spec': {'containers': [{'image': 'i:1', 'securityContext': {'privileged': True}}]}}}
        f = self.logs('-', stdin=json.dumps({'kind': 'EventList', 'apiVersion': 'audit.k8s.io/v1', 'items': [pod]}))[0]
        self.assertIn('privileged pod by u: (i:1)', f['message'])
        self.assertIn('pod:n/p', f['ties']['shared'])

    def page(self, *args, **env):
        done = subprocess.run([DAVY, 'logs', '-r', self.rules, *args], capture_output=True, text=True, timeout=PATIENCE,
                              env={**self.env, 'COLUMNS': '80', **env})
        return done.stdout, done.stderr, done.returncode

    def test_a_page_at_the_end(self):
        self.write('logs/a.json', ''.join(json.dumps(r) + '\n' for r in [
            record('StopLogging'), *[record('CreateAccessKey', f'2024-07-31T14:0{i}:00Z', f'AKIA{i // 4}') for i in range(6)], 'noise']))
        self.write('logs/notes.txt', 'what else a folder holds\n')
        page, err, code = self.page(self.folder / 'logs')
        self.assertEqual(code, 3)  # a record does not parse
        lines = page.splitlines()
        self.assertEqual(lines[2], ' 1 CRITICAL  ·  6 MEDIUM')
        self.assertLess(page.index('CRITICAL   Logging stopped'), page.index('MEDIUM     Key made ×6'))
        self.assertIn('            arn:aws:iam::123456789012:user/akia0 ×4\n            2024-07-31 14:00:00 → 14:03:00\n', page)
        self.assertIn(' checked    7 records (cloudtrail), 2 files', page)
        self.assertIn('; from 2024-07-31 14:00 to\n            2024-07-31 14:05; 4 rules\n', page)
        self.assertIn(' unread     1 record does not parse; 1 file is of no format', page)
        self.assertTrue(all(len(line) <= 80 for line in lines), page)
        self.assertNotIn('notes.txt', err)
        self.assertIn('notes.txt: nobody here knows', self.page('-v', self.folder / 'logs')[1])
        # into cases, and as they come
        page, *_ = self.page('--store', self.folder / 'davy.db', self.folder / 'logs/a.json')
        self.assertRegex(page, r'\n cases      1(, \d+)* \(davy case show 1\)\n$')
        self.assertIn(' 14:00:00  CRITICAL  Logging stopped', self.page('-f', 'text', self.folder / 'logs')[0])

    def test_a_page_never_says_clean_of_what_nobody_judged(self):
        def page(*args, code=0):
            done = subprocess.run([DAVY, 'logs', *map(str, args)], capture_output=True, text=True, env={**self.env, 'COLUMNS': '80'}, timeout=PATIENCE)
            self.assertEqual(done.returncode, code, done.stderr)
            return done.stdout

        broken, empty = self.write('broken.json', '{"eventName": "x'), self.write('empty.log', '')
        unknown = self.write('unknown.json', '{"time": "2026-01-01T00:00:00Z", "who": "x", "did": "y"}\n')
        text = page(broken, code=3)
        self.assertIn('\n ✗ NOT READ   nothing was judged\n', text)
        self.assertIn(' checked    0 records, 1 file, 16 B; ', text)
        self.assertIn('\n · EMPTY   there was no record to judge\n', page(empty))
        self.assertIn('\n ✗ NOT READ   nothing was judged\n', page(unknown))
        cut = self.write('cut.json.gz', gzip.compress(json.dumps(record('ListUsers')).encode() * 900)[:-40])
        self.assertIn(' unread     2 records do not parse; 1 file could not be read, or not to its end\n', page(cut, broken, code=3))
        # whose own rules may ask for what is in them, or where others were judged beside them
        self.assertIn('\n ✓ nothing found', page('-r', self.rules, unknown))
        self.assertIn('\n ✓ nothing found', page(unknown, self.write('known.json', json.dumps(record('ListUsers')))))

    def test_exit_codes(self):
        bad, none = self.write('bad.json', json.dumps(record('StopLogging'))), self.write('none.json', json.dumps(record('ListUsers')))
        self.logs('--fail-on', 'high', bad, code=1)
        self.logs('--fail-on', 'high', none)
        self.logs(code=2)
        self.logs('--since', 'yesterday', none, code=2)
        self.logs('--since', '2024-08-01', '--until', '2024-07-01', none, code=2)
        self.logs(self.folder / 'away', code=3)
        self.assertIn('away', self.err)

    def test_what_is_broken(self):
        path = self.write('a.json', json.dumps(record('StopLogging')) + '\n{"eventName": "x\n' + json.dumps(record('CreateAccessKey')) + '\nnoise\n')
        self.assertEqual(self.names(path, code=3), ['Logging stopped', 'Key made'])
        self.assertIn(f'{path}:2: record 2 at byte', self.err)
        self.assertIn('records that do not parse: 2', self.err)
        self.assertEqual(self.err.count('at byte'), 1)
        packed = gzip.compress(json.dumps({'Records': [record('StopLogging')] * 50}).encode())
        self.assertTrue(self.logs('--repeats', '0', '--rate', '0', self.write('b.gz', packed[:len(packed) * 3 // 4]), code=3))
        self.logs(self.write('c.bin', bytes(range(256)) * 20), code=3)
        self.assertIn('nobody here knows', self.err)

    def test_what_strangers_pack(self):
        """Names of members cannot forge lines, a million broken members are no million lines, and what unpacks without end is left."""
        path = self.folder / 'names.zip'
        with zipfile.ZipFile(path, 'w') as z:
            z.writestr('a\x1b[2J\ndavy logs: all is well\u202e.json', json.dumps(record('StopLogging')) + '\n{"eventName": "x\n')
        found = self.logs(path, code=3)
        self.assertEqual([f['rule'] for f in found], ['Logging stopped'])
        self.assertIn('a\\x1b[2J\\x0adavy logs: all is well', self.err)
        self.assertFalse([line for line in self.err.splitlines() if line.startswith('davy logs: all is well')])
        self.assertNotIn('\x1b', self.err)
        path = self.folder / 'many.zip'
        with zipfile.ZipFile(path, 'w') as z:
            for n in range(300):
                z.writestr(f'{n}.json', '{"eventName": "x\n')
        self.assertEqual(self.logs(path, code=3), [])
        self.assertEqual(self.err.count('does not end'), 100)
        self.assertIn('more files with something that could not be read: 200', self.err)
        self.assertIn('records that do not parse: 300', self.err)
        self.logs('--verbose', path, code=3)
        self.assertEqual(self.err.count('does not end'), 300)

    def test_json_of_no_known_format(self):
        """It is said which file, how many, what members, what it may be; a rule that asks for json.value sees it; the exit code is no complaint."""
        rules = self.write('own.yaml', '''
- rule: Eve did it
  desc: d
  condition: json.value[/who] = eve
  output: "%json.value[/who] did %json.value[/what]"
  priority: WARNING
  source: log
''')
        lines = ''.join(json.dumps({'when': '2026-03-02T10:00:00Z', 'who': 'eve', 'what': f'act {n}', '\x1b[31mx': 1}) + '\n' for n in range(3))
        path = self.write('own.json', json.dumps(record('StopLogging')) + '\n' + lines)
        found = self.logs('-r', rules, path)
        self.assertEqual([f['rule'] for f in found], ['Logging stopped'] + ['Eve did it'] * 3)
        self.assertIn('eve did act 0', found[1]['message'])
        self.assertTrue(found[1]['time'].startswith('2026-03-02T10:00:00'), found[1]['time'])
        self.assertIn(f'{path}:2: records of JSON of no known format, from here on: 3; members: when, who, what, \\x1b[31mx; ', self.err)
        self.assertIn('json.value', self.err)
        # what is known to hold no records is not told of, but for --verbose
        digest = self.write('digest.json', json.dumps({'awsAccountId': '123456789012', 'digestS3Bucket': 'b', 'logFiles': []}))
        self.assertEqual(self.logs(digest), [])
        self.assertEqual(self.err, '')
        self.logs('--verbose', digest)
        self.assertIn('digest of CloudTrail', self.err)
        # of many files of one kind it is said once; of many kinds the most frequent
        for n in range(5):
            self.write(f'many/{n}.json', json.dumps({'hostIdentifier': 'h', 'unixTime': 1}))
            self.write(f'many/z{n}.json', json.dumps({f'a{n}': 1}))
        self.logs(self.folder / 'many')
        self.assertIn('and 4 more files: records of JSON of no known format: 5; members: hostIdentifier, unixTime; these are answers of osquery', self.err)
        self.assertEqual(self.err.count('members:'), 3)
        self.assertIn('other unknown formats: 3', self.err)
        # the first of a file that grows is told at once
        out = self.folder / 'err'
        with open(out, 'w') as err:
            follower = subprocess.Popen([DAVY, 'logs', '-r', self.rules, '-q', '--format', f'json={self.folder / "o"}', '--follow', path], env=self.env, stderr=err)
            try:
                wait_for(lambda: 'no known format' in out.read_text())
            finally:
                follower.send_signal(signal.SIGTERM)
            follower.wait(PATIENCE)
        self.assertEqual(out.read_text().count('no known format'), 1)

    def test_one_key_and_many_machines(self):
        def ended(n, key='AKIAEXAMPLE', minute=0):
            return record('TerminateInstances', f'2024-07-31T14:{minute:02}:{n:02}Z', key, requestParameters={'instancesSet': {'items': [{'instanceId': f'i-{n:017x}'}]}})
        path = self.write('a.json', '\n'.join(json.dumps(r) for r in [ended(n) for n in range(40)] + [ended(50, 'AKIAOTHER'), record('StopLogging')]))
        self.assertEqual(len(self.logs(path)), 42)  # a program is told of each
        look = lambda *more: subprocess.run([DAVY, 'logs', '-r', self.rules, '-q', *more, path], capture_output=True, text=True, env=self.env, timeout=PATIENCE, check=True).stdout
        page = ' '.join(look().split())
        self.assertIn('Machine gone ×41', page)
        self.assertIn('40 machines: i-00000000000000000, i-00000000000000001,', page)
        self.assertIn('and 34 more', page)
        text = look('-f', 'text')
        self.assertEqual(text.count('Machine gone'), 3, text)
        self.assertIn('×39 since 14:00:01', text)
        self.assertIn('about i-00000000000000001, i-00000000000000002', ' '.join(text.split()))
        self.assertIn('and 33 more', ' '.join(text.split()))
        self.assertIn('Logging stopped', text)
        self.assertEqual(look('-v', '-f', 'text').count('Machine gone'), 41)
        self.assertEqual(look('-f', 'text', '--store', str(self.folder / 'cases.db')).count('Machine gone'), 3)

    def test_times(self):
        path = self.write('a.json', ''.join(json.dumps(record('StopLogging', f'2024-07-{day:02}T00:00:00Z')) + '\n' for day in range(1, 29)))
        times = [f['time'][:10] for f in self.logs('--repeats', '0', '--since', '2024-07-10', '--until', '2024-07-12T00:00Z', path)]
        self.assertEqual(times, ['2024-07-10', '2024-07-11'])
        self.assertEqual(self.names('--since', '1d', path), [])

    def test_what_is_found_does_not_hang_on_how_fast_it_is_read(self):
        """Files follow each other in no order of time: an earlier act that is read a second after a later one of somebody else still counts."""
        rules = self.write('many.yaml', RULES + '''
- correlation: Many keys made
  desc: d
  source: log
  type: event_count
  rules: [Key made]
  group-by: [cloud.principal]
  timespan: 15m
  condition: {gte: 4}
  output: "keys made by %cloud.principal"
  priority: CRITICAL
''')
        made = [json.dumps(record('CreateAccessKey', f'2024-07-31T14:0{i}:00Z')) + '\n' for i in range(4)]
        later = json.dumps(record('StopLogging', '2024-08-09T19:00:00Z', 'AKIAOTHER')) + '\n'

        def found(pause):
            reader = subprocess.Popen([DAVY, 'logs', '-r', rules, '-q', '--repeats', '0', '--format', 'json', '-'], env=self.env, text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for part in (''.join(made[:3]) + later * 2000, later * 2000, made[3]):
                reader.stdin.write(part)
                reader.stdin.flush()
                time.sleep(pause)
            out, _ = reader.communicate(timeout=PATIENCE)
            return [json.loads(line)['rule'] for line in out.splitlines()].count('Many keys made')

        self.assertEqual(found(0), 1)
        self.assertEqual(found(1.2), 1)

    def test_follow(self):
        path, out = self.write('a.json', json.dumps(record('StopLogging')) + '\n'), self.folder / 'out'
        follower = subprocess.Popen([DAVY, 'logs', '-r', self.rules, '-q', '--repeats', '0', '--format', f'json={out}', '--follow', path], env=self.env)
        try:
            count = lambda: out.read_text().count('\n') if out.exists() else 0
            wait_for(lambda: count() == 1)
            with open(path, 'a') as more:
                more.write(json.dumps(record('CreateAccessKey'))[:100])
                more.flush()
                time.sleep(0.5)
                self.assertEqual(count(), 1)
                more.write(json.dumps(record('CreateAccessKey'))[100:] + '\n')
            wait_for(lambda: count() == 2)
            path.rename(self.folder / 'a.json.1')
            self.write('a.json', json.dumps(record('StopLogging', '2024-07-31T15:00:00Z')) + '\n')
            wait_for(lambda: count() == 3)
        finally:
            follower.send_signal(signal.SIGTERM)
        self.assertEqual(follower.wait(PATIENCE), 0)

    def test_follow_ends_with_its_pipe(self):
        for kept in ([], [self.write('b.json', json.dumps(record('StopLogging')) + '\n')]):
            follower = subprocess.Popen([DAVY, 'logs', '-r', self.rules, '-q', '--format', 'json', '--follow', '-', *kept], env=self.env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            follower.stdin.write((json.dumps(record('CreateAccessKey')) + '\n').encode())
            follower.stdin.flush()
            self.assertIn(b'Key made', follower.stdout.readline())
            self.assertIsNone(follower.poll())
            follower.stdin.close()
            if kept:  # a file may still grow
                time.sleep(1)
                self.assertIsNone(follower.poll())
                follower.send_signal(signal.SIGTERM)
            self.assertEqual(follower.wait(PATIENCE), 0)
            follower.stdout.close()

    @unittest.skipIf(os.geteuid(), 'becomes nobody')
    def test_a_folder_that_is_barred_hides_no_other(self):
        folder = self.folder / 'logs'
        self.folder.chmod(0o755)
        self.write('logs/open/a.json', json.dumps(record('StopLogging')) + '\n')
        self.write('logs/barred/b.json', json.dumps(record('StopLogging')) + '\n')
        self.write('logs/listed/c.json', json.dumps(record('StopLogging')) + '\n')
        (folder / 'barred').chmod(0o700)
        (folder / 'listed').chmod(0o744)  # its files have names, and nothing else
        self.rules.chmod(0o644)
        with tempfile.TemporaryDirectory() as other:
            davy = elsewhere.copied(other, 'logs')
            nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', davy, 'logs', '-r', self.rules, '-q']
            done = subprocess.run([*nobody, folder], env=self.env, capture_output=True, text=True, timeout=PATIENCE, cwd='/')
            self.assertIn('1 record', done.stdout)
            self.assertIn('Logging stopped', done.stdout)
            self.assertEqual(done.returncode, 3)
            for path in ('barred', 'listed/c.json'):
                self.assertIn(f'{folder / path}: Permission denied', done.stderr)
            alone = subprocess.run([*nobody, folder / 'barred'], env=self.env, capture_output=True, text=True, timeout=PATIENCE, cwd='/')
            self.assertEqual(alone.returncode, 3)
            self.assertIn(f'cannot look through {folder / "barred"}: Permission denied', alone.stderr)

    def test_cases(self):
        store = self.folder / 'cases.db'
        path = self.write('a.json', '\n'.join(json.dumps(r) for r in [
            record('StopLogging', '2024-07-31T14:00:00Z', 'AKIAONE', '198.51.100.1'), record('CreateAccessKey', '2024-07-31T14:30:00Z', 'AKIAONE', '203.0.113.1'),
            record('StopLogging', '2024-07-31T14:10:00Z', 'AKIATWO', '192.0.2.9')]))
        self.logs('--store', store, path)
        done = subprocess.run([DAVY, 'case', 'list', '--store', store, '--format', 'json', '--all'], capture_output=True, text=True, env=self.env, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count('"id"'), 2, done.stdout)
        shown = subprocess.run([DAVY, 'case', 'show', '--store', store, '1'], capture_output=True, text=True, env=self.env, timeout=PATIENCE).stdout
        self.assertIn('switch off the keys', ' '.join(shown.split())) # an account has no firewall and no disk

    def test_what_a_case_costs_is_no_longer_than_it_lasted(self):
        rules = self.write('theft.yaml', '''
- rule: Secret taken
  desc: d
  condition: ct.name = GetSecretValue
  output: "taken by %cloud.principal"
  priority: WARNING
  source: aws_cloudtrail
  tags: [kind:threat, axis:intent, by:behaviour, purpose:theft, row:48, T1555]
''')

        def cost(*moments):
            store = self.folder / f'{len(moments)}.db'
            path = self.write(f'{len(moments)}.json', '\n'.join(json.dumps(record('GetSecretValue', f'2024-07-31T{m}Z')) for m in moments))
            self.logs('-r', rules, '--repeats', '0', '--store', store, path, rules=False)
            shown = subprocess.run([DAVY, 'case', 'show', '--store', store, '1'], capture_output=True, text=True, env=self.env, timeout=PATIENCE).stdout
            return ' '.join(shown.split())

        self.assertNotIn('in use against your will', cost('14:00:00'))
        self.assertIn('in use against your will for 5 seconds at least', cost('14:00:00', '14:00:05'))
        self.assertIn('in use against your will for 2 minutes at least', cost('14:00:00', '14:00:05', '14:02:50'))

    def test_coverage(self):
        path = self.write('a.json', '\n'.join(json.dumps(r) for r in [
            record('ListUsers', '2024-07-01T00:10:00Z'), record('ListUsers', '2024-07-05T00:10:00Z'), record('StopLogging', '2024-07-05T00:20:00Z')]))

        def coverage(*args, code=0):
            done = subprocess.run([DAVY, 'logs', 'coverage', '-q', *args, path], capture_output=True, text=True, env=self.env, timeout=PATIENCE)
            self.assertEqual(done.returncode, code, done.stderr)
            return done.stdout

        c = json.loads(coverage('--format', 'json', '--expect', 'aws:123456789012:eu-west-1:cloudtrail'))
        self.assertEqual(c['records'], 3)
        self.assertEqual(c['logs'][0]['gaps'], [{'from': '2024-07-01T01:00:00Z', 'to': '2024-07-05T00:00:00Z'}])
        self.assertEqual([x['action'] for x in c['changes']], ['StopLogging'])
        self.assertEqual(c['missing'], [])
        self.assertRegex(coverage().splitlines()[0], r'1 with gaps.*logging was changed 1 time$')
        self.assertIn('nothing from', coverage())
        self.assertIn('missing or silent: aws:123456789012:us-east-1', coverage('--expect', 'aws:123456789012:us-east-1', code=1))
        self.assertIn('SILENT', coverage('--until', '2024-07-20', '--expect', 'aws', code=1))

    def test_falcos_own_rules(self):
        shared = pathlib.Path(os.environ.get('DAVY_SHARED', pathlib.Path(__file__).parents[2] / '../shared'))
        rules, records = shared / 'data/falco-plugins/aws_cloudtrail_rules.yaml', shared / 'data/cloudlogs/stratus'
        if not rules.exists() or not records.exists():
            self.skipTest('the shared folder is not here')
        found = set(self.names('-r', rules, records, rules=False))
        self.assertLessEqual({'CloudTrail Logging Disabled', 'Console Login Without MFA', 'Create AWS user', 'Update Lambda Function Code'}, found)


if __name__ == '__main__':
    unittest.main()
