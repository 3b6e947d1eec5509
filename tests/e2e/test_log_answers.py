# SPDX-License-Identifier: Apache-2.0
"""davy logs over whole answers of those who keep logs for others: each record within is judged as it would be alone."""
import base64
import gzip
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
from unittest import mock

from patience import PATIENCE

DAVY = os.environ['DAVY']
# A sanitizer keeps freed memory.
SANITIZED = b'__asan_init' in (pathlib.Path(DAVY).parent / 'davy-logs').read_bytes()
RULES = '''
- rule: Logging stopped
  desc: d
  condition: ct.name = StopLogging
  output: "by %ct.user.arn"
  priority: CRITICAL
  source: aws_cloudtrail
- rule: Key made
  desc: d
  condition: ct.name = CreateAccessKey
  output: "by %ct.user.arn"
  priority: WARNING
  source: aws_cloudtrail
- rule: Flow
  desc: d
  condition: flow.dstport = 3333
  output: "from %flow.src to %flow.dst"
  priority: WARNING
  source: flow_log
- rule: Question
  desc: d
  condition: dns.question = pool.example
  output: "%dns.question"
  priority: WARNING
  source: dns_log
- rule: Login
  desc: d
  condition: login.user exists
  output: "%login.user"
  priority: WARNING
  source: log
- rule: Cloud
  desc: d
  condition: cloud.provider in (gcp, azure)
  output: "%cloud.action"
  priority: WARNING
  source: log
'''
AT = '2024-07-31T14:00:00Z'


def record(name, n=0):
    return {'eventVersion': '1.08', 'eventTime': AT, 'eventName': name, 'eventSource': 'iam.amazonaws.com', 'awsRegion': 'eu-west-1', 'sourceIPAddress': '198.51.100.7', 'recipientAccountId': '123456789012', 'eventID': f'{name}-{n}',
            'userIdentity': {'type': 'IAMUser', 'arn': f'arn:aws:iam::123456789012:user/u{n}', 'userName': f'u{n}', 'accessKeyId': f'AKIA{n}'}}


BOTH = [record('StopLogging'), record('CreateAccessKey')]
TEXTS = [json.dumps(r) for r in BOTH]
WANT = ['Logging stopped', 'Key made']
ACTIVITIES = [{'TimeGenerated': AT, 'OperationNameValue': name, 'ActivityStatusValue': 'Success', 'Caller': 'eve@example.com', 'Properties': None} for name in ('MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE', 'X/Y/Z')]
COLUMNS = list(ACTIVITIES[0])
ACTIVITY_ROWS = [list(a.values()) for a in ACTIVITIES]
TRAIL = ['TimeGenerated', 'EventName', 'EventSource', 'AWSRegion', 'SourceIpAddress', 'AwsEventId', 'Type']
TRAIL_ROWS = [[AT, name, 'iam.amazonaws.com', 'eu-west-1', '198.51.100.7', '1', 'AWSCloudTrail'] for name in ('StopLogging', 'CreateAccessKey')]
HITS = [{'_index': 'trail', '_id': str(n), '_score': 1.0, '_source': r} for n, r in enumerate(BOTH)]
LINES = [[f'172243440000000000{n}', text] for n, text in enumerate(TEXTS)]
SYSLOG = 'Dec 10 06:55:46 host sshd[1]: Failed password for invalid user bob from 203.0.113.9 port 2 ssh2'


def search(hits, **more):
    return {'took': 3, 'timed_out': False, '_shards': {'total': 1, 'successful': 1, 'skipped': 0, 'failed': 0}, 'hits': {'total': {'value': len(hits), 'relation': 'eq'}, 'max_score': 1.0, 'hits': hits}, **more}


def google(method):
    return {'protoPayload': {'@type': 'type.googleapis.com/google.cloud.audit.AuditLog', 'methodName': method, 'serviceName': 's'}, 'timestamp': AT, 'logName': 'projects/p/logs/cloudaudit.googleapis.com%2Factivity', 'insertId': '1'}


def bigquery(method):
    return {'logName': 'projects/p/logs/cloudaudit_googleapis_com_activity', 'resource': {'type': 'project', 'labels': {'project_id': 'p'}}, 'protopayload_auditlog': {'serviceName': 'c', 'methodName': method, 'authorizationInfo': [{'permission': 'x'}]},
            'timestamp': '1722434400.5', 'insertId': '1'}


def cell(value):
    """As BigQuery's interface has values: {"v": …}, records as {"f": […]}."""
    return {'v': {'f': [cell(x) for x in value.values()]} if isinstance(value, dict) else [cell(x) for x in value] if isinstance(value, list) else value}


def schema(value):
    fields = []
    for name, v in value.items():
        first = v[0] if isinstance(v, list) else v
        fields.append({'name': name, 'type': 'RECORD' if isinstance(first, dict) else 'TIMESTAMP' if name == 'timestamp' else 'STRING', 'mode': 'REPEATED' if isinstance(v, list) else 'NULLABLE', **({'fields': schema(first)} if isinstance(first, dict) else {})})
    return fields


def watched(messages, **more):
    return {'messageType': 'DATA_MESSAGE', 'owner': '1', 'logGroup': 'g', 'logStream': 's', 'subscriptionFilters': ['f'], 'logEvents': [{'id': str(n), 'timestamp': 1722434400000, 'message': m, **more} for n, m in enumerate(messages)]}


def packed(text):
    return base64.b64encode(text.encode()).decode()


FLOW = '2 123456789012 eni-1 10.0.0.1 203.0.113.9 40000 3333 6 10 800 1722434400 1722434460 ACCEPT OK'
FLOW_NAMES = 'version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action log_status'.split()
OWN_FLOW = '5 vpc-1 10.0.0.1 203.0.113.9 3333 ACCEPT 800 1722434400'
OWN_NAMES = 'version vpc_id srcaddr dstaddr dstport action bytes start'.split()
QUESTION = json.dumps({'version': '1.1', 'account_id': '1', 'region': 'r', 'vpc_id': 'v', 'query_timestamp': AT, 'query_name': 'pool.example.', 'query_type': 'A', 'query_class': 'IN', 'rcode': 'NOERROR', 'answers': [], 'srcaddr': '10.0.0.1', 'srcport': '1', 'transport': 'UDP', 'srcids': {'instance': 'i-1'}})

ANSWERS = {
    'Elasticsearch: a search': (search(HITS), WANT),
    'Elasticsearch: a page of a scroll': ({'_scroll_id': 'F' * 3000, **search(HITS)}, WANT),
    'Elasticsearch: at a point in time': ({'pit_id': 'x', **search(HITS)}, WANT),
    'Elasticsearch: aggregations beside': (search(HITS, aggregations={'a': {'buckets': [{'key': 'x', 'doc_count': 1}]}}), WANT),
    'Elasticsearch: aggregations before': ({'took': 1, 'aggregations': {'hits': {'buckets': [1]}}, 'hits': {'hits': HITS}}, WANT),
    'Elasticsearch: several searches': ({'took': 3, 'responses': [search([h]) for h in HITS] + [{'error': {'type': 'x'}, 'status': 404}]}, WANT),
    'Elasticsearch: asynchronous': ({'id': 'x', 'is_partial': False, 'is_running': False, 'start_time_in_millis': 1, 'expiration_time_in_millis': 2, 'response': search(HITS)}, WANT),
    'Kibana': ({'isPartial': False, 'rawResponse': search(HITS)}, WANT),
    'Elasticsearch: the original kept': (search([{'_index': 'i', '_source': {'@timestamp': AT, 'event': {'original': t}}} for t in TEXTS]), WANT),
    'Elasticsearch: fields': (search([{'_index': 'i', 'fields': {'@timestamp': [AT], 'event.original': [t]}} for t in TEXTS]), WANT),
    'Elasticsearch: SQL': ({'columns': [{'name': n, 'type': 'text'} for n in ('eventName', 'eventTime')], 'rows': [['StopLogging', AT], ['CreateAccessKey', AT]], 'cursor': 'x'}, WANT),
    'OpenSearch: SQL': ({'schema': [{'name': n, 'type': 'text'} for n in ('eventName', 'eventTime')], 'datarows': [['StopLogging', AT], ['CreateAccessKey', AT]], 'total': 2, 'size': 2, 'status': 200}, WANT),
    'pages in an array': ([search([h]) for h in HITS], WANT),
    'Loki: a query': ({'status': 'success', 'data': {'resultType': 'streams', 'result': [{'stream': {'job': 'a'}, 'values': LINES}, {'stream': {'job': 'b'}, 'values': LINES[:1]}], 'stats': {'summary': {}}}}, WANT + WANT[:1]),
    'Loki: names in order': ({'data': {'result': [{'stream': {}, 'values': LINES}], 'resultType': 'streams'}, 'status': 'success'}, WANT),
    'Loki: structured metadata': ({'status': 'success', 'data': {'resultType': 'streams', 'encodingFlags': ['categorize-labels'], 'result': [{'stream': {'job': 'a'}, 'values': [[*line, {'structuredMetadata': {'k': 'v'}}] for line in LINES]}]}}, WANT),
    'Loki: lines of syslog': ({'status': 'success', 'data': {'resultType': 'streams', 'result': [{'stream': {'job': 'a'}, 'values': [['1722434400000000000', SYSLOG]]}]}}, ['Login']),
    'Loki: what is pushed': ({'streams': [{'stream': {'job': 'a'}, 'values': LINES}]}, WANT),
    'Splunk: results': ({'preview': False, 'init_offset': 0, 'messages': [], 'fields': [{'name': '_raw'}], 'results': [{'_raw': t, '_time': AT} for t in TEXTS], 'highlighted': {}}, WANT),
    'Splunk: rows': ({'preview': False, 'init_offset': 0, 'messages': [], 'fields': ['_time', '_raw'], 'rows': [[AT, t] for t in TEXTS]}, WANT),
    'Splunk: columns': ({'preview': False, 'init_offset': 0, 'messages': [], 'fields': ['_time', '_raw', 'tag'], 'columns': [[AT, AT], TEXTS, [None, ['a', 'b']]]}, WANT),
    'Splunk: columns, of names': ({'preview': False, 'init_offset': 0, 'fields': ['eventName', 'eventTime', 'eventSource'], 'columns': [['StopLogging', 'CreateAccessKey', 'X'], [AT] * 3, ['iam.amazonaws.com'] * 2]}, WANT),
    'InfluxDB': ({'results': [{'statement_id': 0, 'series': [{'name': 'trail', 'columns': ['time', 'message'], 'values': [[AT, t] for t in TEXTS]}]}, {'statement_id': 1, 'series': [{'name': 'a', 'tags': {'host': 'h'}, 'columns': ['time', 'message'], 'values': [[AT, TEXTS[0]]]}, {'name': 'b', 'columns': ['eventName', 'eventTime'], 'values': [['CreateAccessKey', AT]]}]}, {'statement_id': 2}]}, WANT * 2),
    'Grafana: frames': ([{'schema': {'refId': 'A', 'fields': [{'name': 'Time', 'type': 'time'}, {'name': 'Line', 'type': 'string'}, {'name': 'labels', 'type': 'other'}]}, 'data': {'values': [[1722434400000] * 2, TEXTS, [{'job': 'a'}] * 2]}}], WANT),
    'ClickHouse: JSONCompact': ({'meta': [{'name': n, 'type': 'String'} for n in ('eventName', 'eventTime')], 'data': [['StopLogging', AT], ['CreateAccessKey', AT]], 'rows': 2, 'statistics': {'elapsed': 0.1}}, WANT),
    'ClickHouse: JSON': ({'meta': [{'name': n, 'type': 'String'} for n in ('eventName', 'eventTime')], 'data': [{'eventName': 'StopLogging', 'eventTime': AT}, {'eventName': 'CreateAccessKey', 'eventTime': AT}], 'rows': 2}, WANT),
    'ClickHouse: columns': ({'meta': [{'name': n, 'type': 'String'} for n in ('eventName', 'eventTime')], 'data': {'eventName': ['StopLogging', 'CreateAccessKey'], 'eventTime': [AT, AT]}, 'rows': 2}, WANT),
    'Trino': ({'id': '20240731_1', 'infoUri': 'http://h/ui', 'columns': [{'name': n, 'type': 'varchar'} for n in ('eventName', 'eventTime')], 'data': [['StopLogging', AT], ['CreateAccessKey', AT]], 'stats': {'state': 'FINISHED'}}, WANT),
    'pandas: split': ({'columns': ['eventName', 'eventTime'], 'index': [0, 1], 'data': [['StopLogging', AT], ['CreateAccessKey', AT]]}, WANT),
    'Snowflake': ({'resultSetMetaData': {'numRows': 2, 'format': 'jsonv2', 'rowType': [{'name': n, 'type': 'text'} for n in ('eventName', 'eventTime')]}, 'data': [['StopLogging', AT], ['CreateAccessKey', AT]], 'code': '090001'}, WANT),
    'Datadog: its interface': ({'data': [{'id': str(n), 'type': 'log', 'attributes': {'service': 's', 'timestamp': AT, 'attributes': r}} for n, r in enumerate(BOTH)], 'links': {'next': 'x'}, 'meta': {'page': {'after': 'y'}}}, WANT),
    'Datadog: the links first': ({'links': {}, 'data': [{'id': str(n), 'type': 'log', 'attributes': {'attributes': r}} for n, r in enumerate(BOTH)], 'meta': {}}, WANT),
    'a record with data of its own': ([{'data': [1, 2], **BOTH[0]}, {'data': ['x'], **BOTH[1]}], WANT),
    'a record with data of its own, alone': ({'data': [1, 2], **BOTH[0]}, WANT[:1]),
    'Splunk: export': ([{'preview': False, 'offset': n, 'lastrow': n == 1, 'result': {'_raw': t, '_time': AT}} for n, t in enumerate(TEXTS)], WANT),
    'Log Analytics': ({'tables': [{'name': 'PrimaryResult', 'columns': [{'name': n, 'type': 'string'} for n in COLUMNS], 'rows': ACTIVITY_ROWS}]}, ['Cloud'] * 2),
    'Log Analytics: two tables': ({'statistics': {'query': {}}, 'tables': [{'name': 'a', 'columns': [{'name': n, 'type': 'string'} for n in COLUMNS], 'rows': ACTIVITY_ROWS}, {'name': 'b', 'columns': [{'name': n, 'type': 'string'} for n in TRAIL], 'rows': TRAIL_ROWS}]}, ['Cloud'] * 2 + WANT),
    'Log Analytics: by az': ([{**a, 'TableName': 'PrimaryResult'} for a in ACTIVITIES], ['Cloud'] * 2),
    'Kusto, version 1': ({'Tables': [{'TableName': 'Table_0', 'Columns': [{'ColumnName': n, 'DataType': 'String'} for n in COLUMNS], 'Rows': ACTIVITY_ROWS}]}, ['Cloud'] * 2),
    'Kusto, version 2': ([{'FrameType': 'DataSetHeader', 'IsProgressive': False}, {'FrameType': 'DataTable', 'TableKind': 'PrimaryResult', 'Columns': [{'ColumnName': n, 'ColumnType': 'string'} for n in COLUMNS], 'Rows': ACTIVITY_ROWS}, {'FrameType': 'DataSetCompletion'}], ['Cloud'] * 2),
    'Google: an array': ([google('a'), google('b')], ['Cloud'] * 2),
    'Google: a page': ({'nextPageToken': 'x', 'entries': [google('a'), google('b')]}, ['Cloud'] * 2),
    'BigQuery: rows': ([bigquery('a'), bigquery('b')], ['Cloud'] * 2),
    'BigQuery: its interface': ({'kind': 'bigquery#queryResponse', 'schema': {'fields': schema(bigquery('a'))}, 'jobReference': {'projectId': 'p'}, 'totalRows': '2', 'rows': [{'f': [cell(x) for x in bigquery(m).values()]} for m in 'ab'], 'jobComplete': True}, ['Cloud'] * 2),
    'CloudWatch: filter-log-events': ({'events': [{'logStreamName': 's', 'timestamp': 1, 'message': t, 'ingestionTime': 1, 'eventId': 'e'} for t in TEXTS], 'searchedLogStreams': []}, WANT),
    'CloudWatch: get-log-events': ({'events': [{'timestamp': 1, 'message': t, 'ingestionTime': 1} for t in TEXTS], 'nextForwardToken': 'f', 'nextBackwardToken': 'b'}, WANT),
    'CloudWatch: the tokens before': ({'nextForwardToken': 'f', 'nextBackwardToken': 'b', 'events': [{'timestamp': 1, 'message': t} for t in TEXTS]}, WANT),
    'CloudWatch: get-query-results': ({'queryLanguage': 'CWLI', 'results': [[{'field': '@timestamp', 'value': '2024-07-31 14:00:00.000'}, {'field': '@message', 'value': t}, {'field': '@ptr', 'value': 'p'}] for t in TEXTS], 'statistics': {'recordsMatched': 2.0}, 'status': 'Complete'}, WANT),
    'CloudWatch: names of a query': ({'results': [[{'field': 'eventName', 'value': r['eventName']}, {'field': 'eventTime', 'value': AT}] for r in BOTH], 'status': 'Complete'}, WANT),
    'CloudWatch: get-log-record': ([{'logRecord': {'@message': t, '@timestamp': '1722434400000'}} for t in TEXTS], WANT),
    'CloudTrail: lookup-events': ({'Events': [{'EventId': '1', 'EventName': r['eventName'], 'ReadOnly': 'false', 'EventTime': 1722434400.0, 'EventSource': 'iam.amazonaws.com', 'Username': 'u', 'Resources': [], 'CloudTrailEvent': t} for r, t in zip(BOTH, TEXTS)], 'NextToken': 'x'}, WANT),
    'CloudTrail: its page, the token before': ({'NextToken': 'x', 'Events': [{'EventId': '1', 'EventName': r['eventName'], 'EventTime': '2024-07-31T14:00:00+00:00', 'CloudTrailEvent': t} for r, t in zip(BOTH, TEXTS)]}, WANT),
    'VPC flow logs by a subscription': (watched([FLOW, FLOW]), ['Flow'] * 2),
    'VPC flow logs, taken apart': (watched([FLOW, FLOW], extractedFields=dict(zip(FLOW_NAMES, FLOW.split()))), ['Flow'] * 2),
    'VPC flow logs with columns of their own, taken apart': (watched([OWN_FLOW], extractedFields=dict(zip(OWN_NAMES, OWN_FLOW.split()))), ['Flow']),
    'several flows in a message': (watched(['\n'.join([FLOW] * 3), FLOW + '\r\n' + FLOW + '\r\n']), ['Flow'] * 5),
    'several flows in a packed string': ([{'message': {'data': packed('\n'.join([FLOW] * 3))}}], ['Flow'] * 3),
    'several flows in messages over Kinesis': ([{'Records': [{'kinesis': {'data': base64.b64encode(gzip.compress(json.dumps(watched([FLOW + '\n' + FLOW, FLOW])).encode())).decode()}, 'eventSource': 'aws:kinesis'}] * 2}], ['Flow'] * 6),
    'questions by a subscription': (watched([QUESTION, QUESTION]), ['Question'] * 2),
    'several questions in a message': (watched([QUESTION + '\n' + QUESTION, QUESTION + QUESTION]), ['Question'] * 4),
    'several questions in an answer': ({'results': [[{'field': '@message', 'value': QUESTION + '\n' + QUESTION}]], 'status': 'Complete'}, ['Question'] * 2),
    'several records in a packed string': ({'requestId': 'r', 'timestamp': 1, 'records': [{'data': packed('\n'.join(TEXTS))}, {'data': packed(''.join(TEXTS))}]}, WANT * 2),
    'several lines of sshd in a message': (watched([SYSLOG + '\n' + SYSLOG.replace('bob', 'eve')]), ['Login'] * 2),
}


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.rules = f'{folder.name}/rules.yaml'
        with open(cls.rules, 'w', encoding='utf-8') as f:
            f.write(RULES)

    def logs(self, text, code=0):
        run = subprocess.run([DAVY, 'logs', '-r', self.rules, '-q', '--stats', '-f', 'json', '--repeats', '0', '--rate', '0', '-'], input=text, capture_output=True, text=True, timeout=PATIENCE,
                             env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'})
        self.assertEqual(run.returncode, code, run.stderr)
        self.err = run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    def names(self, text, code=0):
        return [f['rule'] for f in self.logs(text, code)]

    def test_every_answer(self):
        """All in one, because a run costs more than what it reads; one by one only to say which is wrong."""
        want = [rule for _, rules in ANSWERS.values() for rule in rules]
        for indent in (None, 1):
            text = {name: json.dumps(answer, indent=indent) for name, (answer, _) in ANSWERS.items()}
            if self.names('\n'.join(text.values())) != want or not re.search(r'records that do not parse +0\n', self.err):
                for name in ANSWERS:
                    with self.subTest(name, indent=indent):
                        self.assertEqual(self.names(text[name]), ANSWERS[name][1])
                        self.assertRegex(self.err, r'records that do not parse +0\n')
                self.fail('each is read alone, and not all of them together')

    def test_what_rows_and_lines_say(self):
        found = self.logs(json.dumps(ANSWERS['BigQuery: its interface'][0]))
        self.assertEqual([(f['time'], f['message'].split()[0]) for f in found], [('2024-07-31T14:00:00.500000000Z', 'a'), ('2024-07-31T14:00:00.500000000Z', 'b')])
        own = self.rules.replace('rules.yaml', 'own.yaml')
        with open(own, 'w', encoding='utf-8') as f:
            f.write('- rule: Line\n  desc: d\n  condition: json.value[/line] = hello\n  output: "%json.value[/stream/job] %json.value[/metadata/structuredMetadata/k]"\n  priority: WARNING\n  source: log\n')
        before, self.rules = self.rules, own
        try:
            found = self.logs(json.dumps({'status': 'success', 'data': {'resultType': 'streams', 'result': [{'stream': {'job': 'a'}, 'values': [['1722434400000000000', 'hello', {'structuredMetadata': {'k': 'v'}}]]}]}}))
        finally:
            self.rules = before
        self.assertEqual([(f['message'][:3], f['time']) for f in found], [('a v', '2024-07-31T14:00:00.000000000Z')])

    def test_notifications_of_a_bucket_are_no_calls(self):
        notice = {'eventVersion': '2.1', 'eventSource': 'aws:s3', 'awsRegion': 'us-west-2', 'eventTime': AT, 'eventName': 'ObjectCreated:Put', 'userIdentity': {'principalId': 'AWS:AIDA'}, 'requestParameters': {'sourceIPAddress': '203.0.113.9'},
                  'responseElements': {'x-amz-request-id': 'C'}, 's3': {'s3SchemaVersion': '1.0', 'bucket': {'name': 'b', 'arn': 'arn:aws:s3:::b'}, 'object': {'key': 'k', 'size': 1}}}
        changed = {'eventID': '1', 'eventName': 'REMOVE', 'eventVersion': '1.1', 'eventSource': 'aws:dynamodb', 'awsRegion': 'us-west-2', 'dynamodb': {'Keys': {}}, 'userIdentity': {'type': 'Service', 'principalId': 'dynamodb.amazonaws.com'}}
        for notices, says in (([notice] * 3, 'notifications of S3'), ([changed] * 3, 'changes of a table of DynamoDB')):
            self.assertEqual(self.names(json.dumps({'Records': notices}) + '\n' + TEXTS[0]), WANT[:1])
            self.assertRegex(self.err, r'\n +cloudtrail 1\n')
            self.assertRegex(self.err, r'\n +json 3\n')
            self.assertIn(says, self.err)

    @mock.patch.dict(os.environ)
    def test_large_answers_flow(self):
        """More than a record may be; one within is broken and told with its place; memory does not grow."""
        os.environ.pop('MALLOC_PERTURB_', None)  # meson's: what is written all over is in memory, used or not
        n = 10500
        texts = [json.dumps(record('StopLogging', i)) for i in range(n)]
        quoted = [json.dumps(t) for t in texts]
        columns = json.dumps([{'name': c} for c in TRAIL])
        shapes = {
            'Elasticsearch': ('{"took":3,"hits":{"total":{"value":2},"hits":[', [f'{{"_index":"i","_id":"{i}","_source":{t}}}' for i, t in enumerate(texts)], ']}}'),
            'Loki': ('{"status":"success","data":{"resultType":"streams","result":[{"stream":{"a":"b"},"values":[', [f'["17224344000000{i:05}",{t}]' for i, t in enumerate(quoted)], ']}]}}'),
            'Splunk': ('{"preview":false,"results":[', [f'{{"_raw":{t}}}' for t in quoted], ']}'),
            'Log Analytics': (f'{{"tables":[{{"name":"P","columns":{columns},"rows":[', [json.dumps([AT, 'StopLogging', 'iam.amazonaws.com', 'r', '198.51.100.7', str(i), 'x' * 400]) for i in range(n)], ']}]}'),
            'CloudWatch': ('{"events":[', [f'{{"timestamp":1,"message":{t}}}' for t in quoted], ']}'),
        }
        for name, (head, elements, tail) in shapes.items():
            with self.subTest(name):
                text = head + ','.join(elements) + tail
                self.assertGreater(len(text), 4 << 20)
                self.assertEqual(len(self.names(text)), n)
                if not SANITIZED:
                    self.assertLess(float(re.search(r'memory of the program +([0-9.]+) MB', self.err)[1]), 12)
                bad = n // 2
                broken = head + ','.join(e if i != bad else e[:120] + '}' for i, e in enumerate(elements)) + tail
                self.assertGreaterEqual(len(self.names(broken, code=3)), n - 2)
                self.assertIn(f'record {bad + 1} at byte {len(head) + sum(len(e) + 1 for e in elements[:bad])}', self.err)

    def test_a_head_of_many_columns(self):
        """The schema of Google's audit in BigQuery is long; what numbers over time are is no log, and is not called broken."""
        wide = {**{f'column_{n:05}_of_the_export': None for n in range(2000)}, **bigquery('a')}
        answer = {'kind': 'bigquery#queryResponse', 'schema': {'fields': schema(wide)}, 'totalRows': '1', 'rows': [{'f': [cell(x) for x in wide.values()]}]}
        self.assertGreater(len(json.dumps(answer['schema'])), 150 << 10)
        self.assertEqual(self.names(json.dumps(answer)), ['Cloud'])
        numbers = {'status': 'success', 'data': {'resultType': 'matrix', 'result': [{'metric': {'job': 'a'}, 'values': [[1722434400, '1'], [1722434460, '2']]}]}}
        self.assertEqual(self.names(json.dumps(numbers)), [])
        self.assertRegex(self.err, r'\n +json 1\n')

    def test_what_is_cut(self):
        """Wherever an answer ends, the records before are judged, and that it ends is said."""
        text = json.dumps(search([{'_index': 'i', '_source': record('StopLogging', n)} for n in range(9)]))
        at = text.index('"u5"')
        self.assertEqual(len(self.names(text[:at], code=3)), 5)
        self.assertIn('does not end', self.err)


if __name__ == '__main__':
    unittest.main()
