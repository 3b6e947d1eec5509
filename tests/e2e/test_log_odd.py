# SPDX-License-Identifier: Apache-2.0
"""davy logs over records of every format as they are not meant to be: nothing is lost without a word."""
import gzip
import json
import os
import re
import subprocess
import tempfile
import unittest

from patience import PATIENCE

DAVY = os.environ['DAVY']
RULE = '- rule: Any\n  desc: d\n  condition: log.format exists\n  output: "%log.format"\n  priority: WARNING\n  source: log\n'
AT = '2026-03-02T10:00:00Z'
TRAIL = {'eventVersion': '1.08', 'eventTime': AT, 'eventName': 'StopLogging', 'eventSource': 'cloudtrail.amazonaws.com', 'awsRegion': 'eu-west-1', 'sourceIPAddress': '203.0.113.9', 'userIdentity': {'type': 'IAMUser', 'arn': 'arn:aws:iam::1:user/a'},
         'requestParameters': {'name': 'x'}, 'recipientAccountId': '1', 'eventID': 'e'}
JSON = {
    'cloudtrail': TRAIL,
    'cloudtrail, by EventBridge': {'version': '0', 'id': '1', 'detail-type': 'AWS API Call via CloudTrail', 'source': 'aws.iam', 'time': AT, 'detail': TRAIL},
    'guardduty': {'schemaVersion': '2.0', 'accountId': '1', 'region': 'eu-west-1', 'id': 'f', 'arn': 'arn:aws:guardduty:x', 'type': 'CryptoCurrency:EC2/BitcoinTool.B!DNS', 'severity': 8, 'updatedAt': AT, 'createdAt': AT, 'title': 't',
                  'resource': {'resourceType': 'Instance', 'instanceDetails': {'instanceId': 'i-0123456789abcdef0'}}, 'service': {'count': 1, 'serviceName': 'guardduty'}},
    'gcp-audit': {'protoPayload': {'@type': 'type.googleapis.com/google.cloud.audit.AuditLog', 'methodName': 'storage.buckets.delete', 'serviceName': 'storage.googleapis.com', 'authenticationInfo': {'principalEmail': 'a@b'}}, 'timestamp': AT,
                  'logName': 'projects/p/logs/cloudaudit.googleapis.com%2Factivity', 'insertId': '1'},
    'azure-activity': {'time': AT, 'resourceId': '/SUBSCRIPTIONS/S/X', 'operationName': 'MICROSOFT.X/DELETE', 'category': 'Administrative', 'resultType': 'Success', 'callerIpAddress': '203.0.113.9', 'correlationId': 'c', 'identity': {'claims': {}}},
    'entra, by its interface': {'createdDateTime': AT, 'userPrincipalName': 'alice@example.com', 'appDisplayName': 'x', 'ipAddress': '203.0.113.9', 'status': {'errorCode': 50126}},
    'entra': {'time': AT, 'category': 'SignInLogs', 'operationName': 'Sign-in activity', 'resultType': '50126', 'callerIpAddress': '203.0.113.9', 'properties': {'userPrincipalName': 'alice@example.com', 'status': {'errorCode': 50126}, 'createdDateTime': AT}},
    'k8s-audit': {'kind': 'Event', 'apiVersion': 'audit.k8s.io/v1', 'level': 'Request', 'auditID': '1', 'stage': 'ResponseComplete', 'requestURI': '/x', 'verb': 'list', 'user': {'username': 'u'}, 'objectRef': {'resource': 'secrets'}, 'stageTimestamp': AT},
    'actiontrail': {'eventId': '1', 'eventVersion': 1, 'eventName': 'StopLogging', 'serviceName': 'Actiontrail', 'eventTime': AT, 'acsRegion': 'cn-hangzhou', 'sourceIpAddress': '203.0.113.9', 'userIdentity': {'type': 'ram-user', 'accountId': '5'}},
    'huawei-cts': {'trace_id': '1', 'trace_name': 'deleteServer', 'time': 1772445600000, 'trace_rating': 'normal', 'service_type': 'ECS', 'source_ip': '203.0.113.9', 'user': {'name': 'alice', 'domain': {'id': 'd'}}},
    'route53-resolver': {'version': '1.1', 'account_id': '1', 'query_timestamp': AT, 'query_name': 'pool.example.', 'query_type': 'A', 'query_class': 'IN', 'rcode': 'NOERROR', 'answers': [], 'srcaddr': '10.0.0.1', 'srcport': '1', 'transport': 'UDP'},
    'okta': {'actor': {'id': '00u', 'type': 'User', 'alternateId': 'eve@example.com'}, 'client': {'ipAddress': '203.0.113.9'}, 'eventType': 'user.session.start', 'outcome': {'result': 'FAILURE'}, 'published': AT, 'uuid': 'u', 'target': []},
    'journal-json': {'MESSAGE': 'Failed password for root from 203.0.113.9 port 22 ssh2', 'SYSLOG_IDENTIFIER': 'sshd', '_HOSTNAME': 'h', '__REALTIME_TIMESTAMP': '1772445600000000', 'PRIORITY': '6'},
    'oci-audit': {'eventType': 'com.oraclecloud.ComputeApi.LaunchInstance', 'source': 'ComputeApi', 'eventId': 'e', 'eventTime': AT, 'data': {'eventName': 'LaunchInstance', 'resourceId': 'ocid1.instance.oc1.phx.a', 'identity': {'principalId': 'u'}}},
    'suricata': {'timestamp': AT, 'flow_id': 1, 'event_type': 'alert', 'src_ip': '10.0.0.5', 'src_port': 1, 'dest_ip': '203.0.113.9', 'dest_port': 3333, 'proto': 'TCP', 'alert': {'signature': 's', 'category': 'c', 'severity': 1}},
    'zeek-json': {'ts': AT, 'uid': 'C', 'id.orig_h': '10.0.0.5', 'id.orig_p': 1, 'id.resp_h': '203.0.113.9', 'id.resp_p': 3333, 'proto': 'tcp', 'conn_state': 'SF', 'orig_bytes': 5},
    'falco-alert': {'hostname': 'h', 'output': 'o', 'priority': 'Warning', 'rule': 'r', 'time': AT, 'output_fields': {'proc.name': 'x'}},
    'sysmon': {'@timestamp': AT, 'winlog': {'channel': 'Linux-Sysmon/Operational', 'event_id': '1', 'event_data': {'CommandLine': 'id'}}},
    'mongodb': {'t': {'$date': AT}, 's': 'I', 'c': 'ACCESS', 'msg': 'Authentication failed', 'attr': {'principalName': 'root', 'remote': '203.0.113.9:4'}},
    'access-json': {'level': 'info', 'ts': 1772445600.5, 'request': {'remote_ip': '203.0.113.9', 'method': 'GET', 'host': 'h', 'uri': '/.env', 'headers': {}}, 'status': 200, 'size': 5},
}
SSHD = 'Failed password for root from 203.0.113.9 port 2 ssh2'
# A head, and a line (or an entry) that comes three times.
TEXT = {
    'flow': ('version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n', '2 1 eni-1 10.0.0.1 203.0.113.9 40000 3333 6 10 800 1772445600 1772445660 ACCEPT OK'),
    'flow, version 8': ('version vpc-id srcaddr dstaddr srcport dstport tcp-flags type pkt-srcaddr pkt-dstaddr region bytes start action reject-reason\n', '8 vpc-1 10.0.0.1 203.0.113.9 40000 3333 2 IPv4 10.0.0.1 203.0.113.9 eu-west-1 5 1772445600 ACCEPT -'),
    'flow, more columns without a header': ('', '5 vpc-1 subnet-2 - 123456789012 eni-1 10.0.0.1 203.0.113.9 40000 3333 6 10 800 1772445600 1772445660 ACCEPT OK 19 IPv4 10.0.0.1 203.0.113.9 eu-west-1 egress'),
    'flow, of a balancer': ('', 'tls 2.0 2026-03-02T10:00:00 net/lb/c6 g3 203.0.113.9:51341 10.0.0.5:443 5000 2 98 246 - arn - ECDHE tlsv12 - shop.example h2 h2 h2 2026-03-02T09:59:55'),
    'zeek': ('#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n', '1772445600.0\t10.0.0.5\t1\t203.0.113.9\t3333\ttcp\tSF'),
    'database, Redis': ('', "1:M 02 Mar 2026 10:00:00.123 * Module 'system' loaded from /tmp/exp.so"),
    'database, shown by MONITOR': ('', '1772445600.107412 [0 203.0.113.9:60866] "CONFIG" "SET" "dir" "/var/spool/cron"'),
    'database, MySQL': ('', "2026-03-02T10:00:00.123456Z 12 [Note] [MY-010926] [Server] Access denied for user 'root'@'203.0.113.9' (using password: YES)"),
    'database, PostgreSQL': ('', '2026-03-02 10:00:00.000 UTC [123] postgres@db FATAL:  password authentication failed for user "postgres"'),
    'dns, of Route 53': ('', '1.0 2026-03-02T10:00:00.000Z Z123412341234 pool.example AAAA NOERROR UDP IAD12 203.0.113.9 192.0.2.0/24'),
    'dns, of BIND': ('', '02-Mar-2026 10:00:00.000 queries: info: client @0x7f0c 10.0.0.9#5353 (pool.example): query: pool.example IN A +E(0)K (10.0.0.1)'),
    'dns, of Unbound': ('', '[1772445600] unbound[7:0] reply: 10.0.0.9 pool.example. A IN NOERROR 0.000000 1 60'),
    'syslog': ('', f'Mar  2 10:00:00 host sshd[1]: {SSHD}'),
    'syslog, RFC 3339': ('', f'2026-03-02T19:00:00.123456+09:00 host sshd[1]: {SSHD}'),
    'journal': ('', f'__CURSOR=x\n__REALTIME_TIMESTAMP=1772445600000000\n_HOSTNAME=h\nSYSLOG_IDENTIFIER=sshd\nMESSAGE={SSHD}\n'),
    'access': ('', '203.0.113.9 - - [02/Mar/2026:19:00:00 +0900] "GET /.env HTTP/1.1" 200 12 "-" "x"'),
}


def as_texts(value):
    if isinstance(value, dict):
        return {k: as_texts(v) for k, v in value.items()}
    return [as_texts(v) for v in value] if isinstance(value, list) else value if isinstance(value, str) else str(value)


def at(value, time):
    return {k: at(v, time) for k, v in value.items()} if isinstance(value, dict) else time if value == AT else value


def odd_json(record):
    """What is given; how many records of the format it holds, and how many that are broken; the time of all, where it is asked for."""
    text = json.dumps(record)
    r = text.encode()
    yield 'cut', r[:len(r) // 2] + b'\n' + r + b'\n', 1, 1, None
    yield 'cut at the end', r + b'\n' + r[:len(r) // 2], 1, 1, None
    yield 'cut in an array', b'[' + r + b',' + r[:len(r) // 2] + b',' + r + b']', 2, 1, None
    yield 'no objects in an array', b'[' + r + b',null,5,' + r + b']', 2, 1, None
    yield 'doubled names', (text[:-1] + ',' + text[1:]).encode(), 1, 0, None
    yield 'numbers as texts', json.dumps(as_texts(record)).encode(), 1, 0, AT
    yield 'CR LF', r + b'\r\n\r\n' + r + b'\r\n', 2, 0, None
    yield 'over lines with CR LF', (json.dumps(record, indent=1) + '\n').replace('\n', '\r\n').encode() * 2, 2, 0, None
    yield 'marks of the encoding', b'\xef\xbb\xbf' + r + b'\n\xef\xbb\xbf' + r, 2, 0, None
    yield 'UTF-16', text.encode('utf-16'), 1, 0, None
    yield 'members of gzip', gzip.compress(r + b'\n') + gzip.compress(r + b'\n' + r[:10]) + gzip.compress(r[10:]), 3, 0, None
    yield '3 MiB', json.dumps({**record, 'zz': 'x' * (3 << 20)}).encode(), 1, 0, None
    yield '5 MiB', json.dumps({**record, 'zz': 'x' * (5 << 20)}).encode() + b'\n' + r, 1, 1, None
    yield 'in a text', json.dumps({'@timestamp': 'x', 'message': text}).encode(), 1, 0, None
    yield 'in a text of a text', json.dumps({'body': json.dumps({'Type': 'Notification', 'Message': text})}).encode(), 1, 0, None
    yield 'a foreign encoding', r[:-1] + b',"zz":"\xe9"}', 1, 0, None
    yield 'zeros', r + b'\n\0\0\0\n' + r, 2, 0, None
    yield 'another line', r + b'\nhello world\n' + r, 2, 1, None
    yield 'too deep', r[:-1] + b',"zz":' + b'[' * 2000 + b']' * 2000 + b'}\n' + r, 1, 1, None
    if AT in text:
        for time in ('2026-03-02T19:00:00+09:00', '2026-03-02T19:00:00+0900', '2026-03-02 10:00:00', '2026-03-02T10:00:00.123456789Z', '3/2/2026 10:00:00 AM', 1772445600, '1772445600000'):
            yield f'at {time}', json.dumps(at(record, time)).encode(), 1, 0, AT


def odd_text(head, line):
    text = head + f'{line}\n' * 3
    r = text.encode()
    one = line.encode() + b'\n'
    yield 'CR LF', text.replace('\n', '\r\n').encode(), 3, 0, None
    yield 'a mark of the encoding', b'\xef\xbb\xbf' + r, 3, 0, None
    yield 'UTF-16', text.encode('utf-16'), 3, 0, None
    yield 'no end', r.rstrip(b'\n'), 3, 0, None
    yield 'members of gzip', gzip.compress(r[:70]) + gzip.compress(r[70:]), 3, 0, None
    yield 'cut', r + one[:20], 3, 1, None
    yield 'another line', r + b'zzz qqq garbage here\n' + one, 4, 1, None
    yield 'empty lines', (head + f'{line}\n\n' * 3).encode(), 3, 0, None
    yield '3 MiB', r + b'x' * (3 << 20) + b'\n' + one, 4, 1, None
    yield 'zeros', r + b'\0' * 50 + b'\n' + one, 4, 1, None
    yield 'in a text', json.dumps({'message': text}).encode(), 3, 0, None
    yield 'a foreign encoding', r + one.replace(b'ssh', b's\xe9h').replace(b'.env', b'.\xe9nv'), 4, 0, None
    if head:
        yield 'the head again', r + r, 6, 0, None


class Odd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.rules = f'{folder.name}/rules.yaml'
        with open(cls.rules, 'w', encoding='utf-8') as f:
            f.write(RULE)

    def look(self, name, what, given, good, broken, time):
        with self.subTest(name, what=what):
            run = subprocess.run([DAVY, 'logs', '-r', self.rules, '-q', '--stats', '-f', 'json', '--repeats', '0', '--rate', '0', '-'], input=given, capture_output=True, timeout=PATIENCE, env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'})
            said = run.stderr.decode()
            found = [json.loads(line) for line in run.stdout.splitlines()]
            self.assertEqual([f['message'].split()[0] for f in found], [name.split(',')[0]] * good, said)
            self.assertEqual(int(re.search(r'do not parse +([0-9]+)', said)[1]), broken)
            self.assertEqual(run.returncode, 3 if broken else 0, said)
            if broken:
                self.assertRegex(said, r'davy logs: -:?[0-9]*: record [0-9]+ at byte [0-9]+: ')
            if time:
                self.assertEqual({f['time'][:19] for f in found}, {time[:19]})

    def test_records_of_json(self):
        for name, record in JSON.items():
            for what in odd_json(record):
                self.look(name, *what)

    def test_lines(self):
        for name, (head, line) in TEXT.items():
            for what in odd_text(head, line):
                self.look(name, *what)


if __name__ == '__main__':
    unittest.main()
