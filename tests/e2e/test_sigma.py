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

NETWORK = '''title: Pool asked for
logsource: {service: dns, product: zeek}
detection:
  selection: {query|endswith: [pool.example]}
  exclude_answers: {answers: [127.0.0.1]}
  exclude_rejected: {rejected: 'true'}
  condition: selection and not 1 of exclude_*
---
title: Put
logsource: {product: zeek, service: http}
detection: {selection: {user_agent|contains: WebDAV, method: PUT}, filter: {id.resp_h|cidr: [10.0.0.0/8]}, condition: selection and not filter}
---
title: Scanned
logsource: {category: firewall}
detection: {selection: {action: denied}, timeframe: 24h, condition: selection | count(dst_ip) by src_ip > 2}
---
title: Asked for all
logsource: {category: database}
detection: {keywords: [drop, 'select \\*'], condition: keywords}
---
title: Canary
logsource: {category: application, product: opencanary}
detection: {selection: {logtype: 17001}, condition: selection}
---
title: Keys of all set
logsource: {product: bitbucket, service: audit}
detection: {selection: {auditType.category: Global administration, auditType.action: Global SSH settings changed}, condition: selection}
---
title: Log cleared
logsource: {product: cisco, service: aaa}
detection: {keywords: [clear logging], condition: keywords}
---
title: Words and numbers
logsource: {product: zeek, service: http}
detection: {a: {method: PUT}, b: {uri: /x}, c: {status_code: 500}, condition: 2 of them}
'''

AUDIT_RULES = '''title: Fetched into a folder for everybody
logsource: {product: linux, service: auditd}
detection:
  selection: {type: EXECVE, a0|endswith: curl, a1: '-o', a2|startswith: /tmp/}
  condition: selection
---
title: Key of audit
logsource: {product: linux, service: auditd}
detection: {selection: {type: SYSCALL, key: exec, syscall: execve, success: 'yes'}, condition: selection}
---
title: Words of audit
logsource: {product: linux, service: auditd}
detection: {keywords: ['*/usr/sbin/useradd*'], condition: keywords}
---
title: Program by its line
logsource: {product: linux, category: process_creation}
detection: {selection: {Image|endswith: /curl, CommandLine|contains|all: ['-o', 'a b'], User: root}, condition: selection}
---
title: Log gone
logsource: {product: linux, category: file_delete}
detection: {selection: {TargetFilename|startswith: /var/log/}, condition: selection}
---
title: Called home
logsource: {product: linux, category: network_connection}
detection: {selection: {Initiated: 'true', DestinationPort: 4444, DestinationIp|cidr: 203.0.113.0/24}, condition: selection}
---
title: By its digest
logsource: {product: linux, category: process_creation}
detection: {selection: {Hashes|contains: SHA256=00}, condition: selection}
'''
AUDIT = '''type=SYSCALL msg=audit(1772452800.123:1): arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e items=2 ppid=700 pid=701 auid=1000 uid=0 comm="curl" exe="/usr/bin/curl" key="exec"\x1dAUID="alice" UID="root"
type=EXECVE msg=audit(1772452800.123:1): argc=3 a0="curl" a1="-o" a2=2F746D702F612062
type=ADD_USER msg=audit(1772452803.000:2): pid=11 uid=0 auid=1000 ses=3 msg='op=adding user acct="eve" exe="/usr/sbin/useradd" hostname=h addr=? terminal=pts/0 res=success'
type=SYSCALL msg=audit(1772452807.000:3): arch=c000003e syscall=42 success=yes exit=0 a0=3 pid=5 auid=1000 uid=0 comm="nc" exe="/usr/bin/nc" key=(null)
type=SOCKADDR msg=audit(1772452807.000:3): saddr=0200115CCB0071090000000000000000
type=SYSCALL msg=audit(1772452808.000:4): arch=c000003e syscall=87 success=yes exit=0 items=2 pid=6 auid=1000 uid=0 comm="rm" exe="/usr/bin/rm" key=(null)
type=PATH msg=audit(1772452808.000:4): item=1 name="/var/log/auth.log" inode=9 nametype=DELETE
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

    def test_what_numbers_come_to(self):
        """Metrics of specification 2.1 over records of a cloud: bytes by principal; texts count as numbers; a mistake costs one correlation."""
        rules = self.dir / 'metrics.yml'
        rules.write_text("""title: Object read
name: read
logsource: {product: aws, service: cloudtrail}
detection: {sel: {eventName: GetObject}, condition: sel}
level: low
""" + ''.join(f"""---
title: {title}
correlation: {{type: {kind}, rules: [read], group-by: [userIdentity.arn], timespan: 1h, condition: {{field: additionalEventData.bytesTransferredOut, {condition}}}}}
level: high
""" for title, kind, condition in (('Sum', 'value_sum', 'gte: 1000'), ('Mean', 'value_avg', 'gt: 300.5'), ('Middle', 'value_median', 'gte: 400'), ('Most', 'value_percentile', 'percentile: 90, gte: 500'), ('Nothing', 'value_sum', 'gte: 100000'), ('Wrong', 'value_sum', 'percentile: 5, gte: 1'))))
        records = [{'eventName': 'GetObject', 'eventTime': f'2026-03-02T10:{n:02}:00Z', 'eventSource': 's3.amazonaws.com', 'userIdentity': {'arn': f'arn:{who}'}, 'additionalEventData': {'bytesTransferredOut': size}}
                   for n, (who, size) in enumerate([('a', 100), ('b', 90), ('a', '400'), ('a', 501), ('a', 'x'), ('b', 90)])]
        log = self.dir / 'metrics.json'
        log.write_text('\n'.join(map(json.dumps, records)))
        done = subprocess.run([DAVY, 'logs', '--sigma', rules, '-q', '-r', str(self.dir / 'none.yaml'), '--format', 'json', log], capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {f['rule']: f['time'][11:16] for f in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(found, {'Sum': '10:03', 'Mean': '10:03', 'Middle': '10:03', 'Most': '10:03'})
        out, _ = self.run_davy(0, 'rules', 'check', '--sigma', str(rules))
        self.assertIn('only value_percentile has a percentile', out)
        self.assertEqual(out.count('[SIGMA_SKIPPED]'), 1)

    def test_one_broken_file_among_a_thousand(self):
        """What is wrong costs itself: it is named and counted, and the thousand others judge. What cannot be read at all is an error besides: the exit code tells."""
        folder = self.dir / 'many'
        folder.mkdir()
        for n in range(1000):
            (folder / f'{n:04}.yml').write_text(f'title: Good {n}\nlogsource: {{product: aws, service: cloudtrail}}\ndetection: {{s: {{eventName: Name{n}}}, condition: s}}\n')
        base = 'title: Base\nname: base\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: x}, condition: s}\n---\ntitle: Bad\ncorrelation: {type: event_count, rules: [base], timespan: 1h, condition: {%s}}\n'
        log = self.dir / 'many.json'
        log.write_text(json.dumps(record(1, eventName='Name7')))
        for content, said in ((base % 'gte: 10, lte: 3', ':7:75: warning: correlation Bad: no count can meet'), (base % 'lt: 0', ':7:79: warning: correlation Bad: nothing is less'), ('title: x\n  a: [\n', ':1:8: warning: not YAML'),
                              (b'\x00\xff', 'does not belong into UTF-8'), ('- list\n', 'this is no Sigma rule'), ('title: f\nlogsource: {product: aws}\nfilter: {rules: any, s: {a: b}}\n', ':3:10: warning: filter f: the filter has no condition')):
            (folder / '0500-bad.yml').write_bytes(content if isinstance(content, bytes) else content.encode())
            out, _ = self.run_davy(0, 'rules', 'check', '--sigma', str(folder))
            self.assertIn('0500-bad.yml:', out)
            self.assertIn(said, out)
            self.assertRegex(out, r'\nrules: 100[01], errors: 0, warnings: 1\nSigma rules left out: 1\n')
            self.run_davy(1, 'rules', 'check', '--sigma-strict', '--sigma', str(folder))
            out, err = self.run_davy(0, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma', str(folder), '-q', '-f', 'json', str(log))
            self.assertEqual([json.loads(line)['rule'] for line in out.splitlines()], ['Good 7'])
            self.run_davy(3, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma-strict', '--sigma', str(folder), '-q', str(log))
        (folder / '0500-bad.yml').unlink()
        for make, said in ((lambda p: p.symlink_to('/nowhere/at/all'), 'No such file'), (os.mkfifo, 'this is no file'), (lambda p: p.write_bytes(b'#' * ((16 << 20) + 1)), 'larger than 16 MiB')):
            make(folder / '0500-bad.yml')
            out, _ = self.run_davy(3, 'rules', 'check', '--sigma', str(folder))
            self.assertIn(said, out)
            self.assertIn('\nrules: 1000, errors: 1, warnings: 0\n', out)
            out, err = self.run_davy(3, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma', str(folder), '-q', '-f', 'json', str(log))
            self.assertEqual([json.loads(line)['rule'] for line in out.splitlines()], ['Good 7'])
            self.assertIn(said, err)
            out, err = self.run_davy(3, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma-strict', '--sigma', str(folder), '-q', '-f', 'json', str(log))
            self.assertEqual(out, '')
            (folder / '0500-bad.yml').unlink()
        deep = folder
        for _ in range(40):
            deep /= 'd'
        deep.mkdir(parents=True)
        out, err = self.run_davy(3, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma', str(folder), '-q', '-f', 'json', str(log))
        self.assertEqual(([json.loads(line)['rule'] for line in out.splitlines()], err.count('/d/d/d: error:')), (['Good 7'], 1))
        # what somebody names is asked for: nothing runs without it
        self.run_davy(3, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma', str(folder / '0001.yml'), '--sigma', str(self.dir / 'nowhere'), '-q', str(log))

    def test_one_broken_item_in_a_folder_of_falcos_rules(self):
        """davy logs judges by what is right, says each mistake where it is, counts them and ends with 3; davy rules check finds fault with the folder."""
        folder = self.dir / 'falco'
        folder.mkdir()
        rule = '- rule: {}\n  desc: d\n  condition: {}\n  output: o\n  priority: WARNING\n  source: aws_cloudtrail\n'
        for n in range(20):
            (folder / f'{n:02}.yaml').write_text(f'- list: l{n}\n  items: [Name{n}]\n- macro: m{n}\n  condition: ct.name in (l{n})\n' + rule.format(f'Good {n}', f'm{n}'))
        log = self.dir / 'many.json'
        log.write_text(json.dumps(record(1, eventName='Name7')))
        beside = rule.format('Beside', 'ct.name = Name7')
        for content, lost, said in (('a: [', 1, ':1:5: error: not YAML'), (rule.format('B', 'ct.name =') + beside, 1, ':3:23: error: rule B: expected a value'), (rule.format('B', 'ct.nosuch = x') + beside, 1, 'unknown field "ct.nosuch"'),
                                    ('- macro: bad\n  condition: ct.name in (\n' + rule.format('B', 'bad') + beside, 2, ':3:3: error: rule B: a macro that it uses is wrong'), (rule.format('B', 'nobody') + beside, 1, 'there is no macro "nobody"'),
                                    ('- rule: B\n  condition: ct.name = x\n' + beside, 1, 'the key "output" is missing'), ('- required_engine_version: 999\n' + beside, 1, 'the rules need engine 0.999.0'),
                                    ('- correlation: C\n  desc: d\n  type: event_count\n  rules: [Nope]\n  timespan: 1h\n  condition: {gte: 2}\n  output: o\n  priority: WARNING\n  source: log\n' + beside, 1, 'there is no rule "Nope"'),
                                    ('- correlation: Good 3\n  desc: d\n  type: event_count\n  rules: [Good 4]\n  timespan: 1h\n  condition: {gte: 2}\n  output: o\n  priority: WARNING\n  source: log\n' + beside, 1, 'there is a rule of this name')):
            (folder / '10-bad.yaml').write_text(content)
            out, err = self.run_davy(3, 'logs', '-r', str(folder), '-q', '-f', 'json', str(log))
            self.assertEqual([json.loads(line)['rule'] for line in out.splitlines()], ['Good 7'] + ['Beside'] * (beside in content and 'engine' not in content), content)
            self.assertIn(f'{folder}/10-bad.yaml:', err)
            self.assertIn(said, err)
            self.assertIn(f'{lost} item{"s" if lost > 1 else ""} of rule files', err)
            out, _ = self.run_davy(1, 'rules', 'check', str(folder))
            self.assertIn('10-bad.yaml:', out)
        (folder / '10-bad.yaml').unlink()
        (folder / '10-bad.yaml').symlink_to('/nowhere/at/all')
        out, err = self.run_davy(3, 'logs', '-r', str(folder), '-q', '-f', 'json', str(log))
        self.assertEqual(([json.loads(line)['rule'] for line in out.splitlines()], err.count('No such file')), (['Good 7'], 1))
        # of a file alone that is wrong nothing is left
        (self.dir / 'wrong.yaml').write_text('a: [')
        out, err = self.run_davy(3, 'logs', '-r', str(self.dir / 'wrong.yaml'), '-q', '-f', 'json', str(log))
        self.assertIn('no rule for logs in what was loaded', err)

    def test_services_that_people_sign_in_to(self):
        """Rules in the shape that public ones for Workspace, OneLogin, Duo and Exchange have, and records that nearly match."""
        def workspace(event, **parameters):
            return {'protoPayload': {'@type': 'type.googleapis.com/google.cloud.audit.AuditLog', 'serviceName': 'admin.googleapis.com', 'methodName': f'google.admin.AdminService.{event}', 'authenticationInfo': {'principalEmail': 'a@b.example'},
                                     'metadata': {'@type': 'type.googleapis.com/ccc_hosted_reporting.ActivityProto', 'event': [{'eventName': event, 'eventType': 'T', 'parameter': [{'name': k, 'value': v, 'type': 'TYPE_STRING', 'label': 'LABEL_OPTIONAL'} for k, v in parameters.items()]}]}},
                    'logName': 'organizations/1/logs/cloudaudit.googleapis.com%2Factivity', 'timestamp': '2026-03-02T10:00:00Z', 'insertId': 'i'}
        one = {'id': 5, 'created_at': '2026-03-02T10:00:00Z', 'account_id': 1, 'event_type_id': 532, 'user_name': 'u', 'ipaddr': '203.0.113.9'}
        duo = {'action': 'bypass_create', 'description': '{}', 'isotimestamp': '2026-03-02T10:00:00+00:00', 'object': 'bob', 'timestamp': 1772445600, 'username': 'eve'}
        exchange = {'CreationTime': '2026-03-02T10:00:00', 'Id': '1', 'Operation': 'New-InboxRule', 'OrganizationId': 'o', 'RecordType': 1, 'UserType': 2, 'Workload': 'Exchange', 'UserId': 'u@b.example', 'Parameters': [{'Name': 'ForwardTo', 'Value': 'x@evil.example'}, {'Name': 'Name', 'Value': '.'}]}
        records = [workspace('ALLOW_STRONG_AUTHENTICATION', OLD_VALUE='true', NEW_VALUE='false'), workspace('ALLOW_STRONG_AUTHENTICATION', OLD_VALUE='false', NEW_VALUE='true'),
                   workspace('CHANGE_APPLICATION_SETTING', SETTING_NAME='ContextAwareAccess enabled', NEW_VALUE='x'), workspace('CHANGE_APPLICATION_SETTING', SETTING_NAME='Other', NEW_VALUE='ContextAwareAccess'),
                   one, {**one, 'event_type_id': 8}, duo, {**duo, 'action': 'user_update'}, {k: v for k, v in duo.items() if k != 'isotimestamp'}, {'action': {'name': 'bypass_create'}, 'activity_id': 'a', 'ts': '2026-03-02T10:00:00Z'},
                   exchange, {**exchange, 'Parameters': [{'Name': 'Name', 'Value': 'x@evil.example'}]}]
        rules = self.dir / 'services.yml'
        rules.write_text("""title: Second factor off
logsource: {product: gcp, service: google_workspace.admin}
detection:
  base: {eventService: admin.googleapis.com, eventName: [ENFORCE_STRONG_AUTHENTICATION, ALLOW_STRONG_AUTHENTICATION]}
  value: {new_value: 'false'}
  condition: all of them
---
title: Access by context
logsource: {product: gcp, service: google_workspace.admin}
detection: {selection: {eventService: admin.googleapis.com, eventName: CHANGE_APPLICATION_SETTING, 'setting_name|startswith': ContextAwareAccess}, condition: selection}
---
title: User locked
logsource: {product: onelogin, service: onelogin.events}
detection: {selection: {event_type_id: 532}, condition: selection}
---
title: Bypass
logsource: {product: cisco, service: duo}
detection: {selection: {action: bypass_create}, condition: selection}
---
title: Mail sent on
logsource: {product: m365, service: exchange}
detection: {selection: {Operation: New-InboxRule, 'Parameters.ForwardTo|endswith': evil.example}, condition: selection}
""")
        log = self.dir / 'services.json'
        def activity(event, **parameters):
            return {'kind': 'admin#reports#activity', 'id': {'time': '2026-03-02T10:00:00.000Z', 'uniqueQualifier': '1', 'applicationName': 'admin', 'customerId': 'C1'}, 'actor': {'email': 'a@b.example'}, 'ipAddress': '203.0.113.9',
                    'events': [{'type': 'OTHER', 'name': 'OTHER', 'parameters': [{'name': 'NEW_VALUE', 'value': 'false'}]}, {'type': 'T', 'name': event, 'parameters': [{'name': k, 'value': v} for k, v in parameters.items()]}]}
        # Workspace's own interface has the same events, several in an activity: what one says is not what another did
        reports = [activity('ALLOW_STRONG_AUTHENTICATION', NEW_VALUE='true'), activity('ALLOW_STRONG_AUTHENTICATION', NEW_VALUE='false'), activity('CHANGE_APPLICATION_SETTING', SETTING_NAME='ContextAwareAccess enabled')]
        for text in ('\n'.join(map(json.dumps, reports)), json.dumps({'kind': 'admin#reports#activities', 'etag': 'e', 'items': reports}), json.dumps(reports, indent=1)):
            log.write_text(text)
            out, err = self.run_davy(0, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma-strict', '--sigma', str(rules), '-q', '-f', 'json', '--repeats', '0', str(log))
            self.assertEqual([json.loads(line)['rule'] for line in out.splitlines()], ['Second factor off', 'Access by context'], err)
        log.write_text('\n'.join(map(json.dumps, records)))
        out, err = self.run_davy(0, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma-strict', '--sigma', str(rules), '-q', '-f', 'json', '--repeats', '0', str(log))
        self.assertEqual([json.loads(line)['rule'] for line in out.splitlines()], ['Second factor off', 'Access by context', 'User locked', 'Bypass', 'Bypass', 'Mail sent on'], err)

    def test_guessed_passwords_as_rules_for_sshd_count_them(self):
        """Words beside fields, networks that do not count, and a correlation over them by address and machine."""
        rules = self.dir / 'guessed.yml'
        rules.write_text("""title: One guess
id: 00000000-0000-4000-8000-000000000001
level: informational
logsource: {product: linux, service: sshd}
detection:
  keywords: ['failed password', 'Access denied']
  accounts: {'user_name|contains': [root, admin], deviceProcessName: sshd, 'client_ip|exists': true}
  private: {'client_ip|cidr': [10.0.0.0/8, 'fc00::/7', '::1/128']}
  condition: keywords and accounts and not private
---
title: Many guesses
level: medium
correlation:
  type: event_count
  rules: [00000000-0000-4000-8000-000000000001]
  timespan: 15m
  condition: {gte: 3}
  group-by: [client_ip, host]
""")
        def guesses(ip, host='h', user='root'):
            return [f'2026-03-02T10:0{n}:00Z {host} sshd[1]: Failed password for {user} from {ip} port 2 ssh2' for n in range(3)]
        log = self.dir / 'auth.log'
        log.write_text('\n'.join(guesses('203.0.113.9') + guesses('10.0.0.9') + guesses('fd00::9') + guesses('2001:db8::9', 'i') + guesses('203.0.113.8', user='bob') + guesses('203.0.113.7', 'a')[:2] + guesses('203.0.113.7', 'b')[:1]) + '\n')
        out, _ = self.run_davy(0, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma', str(rules), '-q', '-f', 'json', str(log))
        found = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(f['rule'], f['ties']['peer']) for f in found], [('Many guesses', '203.0.113.9'), ('Many guesses', '2001:db8::9')])

    def test_rules_in_the_words_of_falcos_plugin_for_okta(self):
        rules = self.dir / 'okta.yaml'
        rules.write_text("""- required_plugin_versions:
  - {name: okta, version: 0.1.0}
- list: home
  items: [Germany]
- rule: Member added
  desc: d
  condition: okta.evt.type = "group.user_membership.add" and not okta.client.geo.country in (home)
  output: "%okta.actor.name put %okta.target.user.name into %okta.target.group.name"
  priority: NOTICE
  source: okta
""")
        record = {'actor': {'id': '1', 'displayName': 'Eve'}, 'client': {'geographicalContext': {'country': 'France'}}, 'eventType': 'group.user_membership.add', 'outcome': {'result': 'SUCCESS'}, 'published': '2026-03-02T10:00:00Z',
                  'target': [{'type': 'User', 'displayName': 'Bob'}, {'type': 'UserGroup', 'displayName': 'admins'}]}
        log = self.dir / 'okta.json'
        log.write_text(json.dumps([record, {**record, 'client': {'geographicalContext': {'country': 'Germany'}}}]))
        done = subprocess.run([DAVY, 'logs', '-r', rules, '-q', '--format', 'json', log], capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=300)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual([f['message'].split(' container')[0] for f in map(json.loads, done.stdout.splitlines())], ['Eve put Bob into admins'])

    def test_what_a_service_says_beside_logins(self):
        """Rules for sshd and sudo mean every line of it, logins or not; what sudo names is a field."""
        (self.dir / 'sshd.yml').write_text('''title: sshd broken
logsource: {product: linux, service: sshd}
detection: {keywords: ['*unexpected internal error*'], condition: keywords}
---
title: Login refused
logsource: {product: linux, service: sshd}
detection: {keywords: [Failed password], condition: keywords}
---
title: Number in place of a user
logsource: {product: linux, service: sudo}
detection: {selection: {USER: ['#-*', '#*4294967295']}, condition: selection}
''')
        (self.dir / 'auth.log').write_text('''Dec 10 06:55:46 h sshd[1]: fatal: unexpected internal error in channel
Dec 10 06:55:47 h sshd[1]: Failed password for root from 203.0.113.9 port 22 ssh2
Dec 10 06:55:48 h sudo:    eve : TTY=pts/0 ; PWD=/ ; USER=#-1 ; COMMAND=/usr/bin/id
Dec 10 06:55:49 h nginx[1]: unexpected internal error, Failed password
''')
        out, _ = self.run_davy(0, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma', str(self.dir / 'sshd.yml'), '-f', 'json', str(self.dir / 'auth.log'))
        self.assertEqual([json.loads(line)['rule'] for line in out.splitlines()], ['sshd broken', 'Login refused', 'Number in place of a user'])

    def test_records_of_auditd_are_judged(self):
        """In davy logs the log sources of Linux are records of auditd: their own names, and those of started programs, files and connections."""
        (self.dir / 'audit.yml').write_text(AUDIT_RULES)
        (self.dir / 'audit.log').write_text(AUDIT)
        out, err = self.run_davy(0, 'logs', '--verbose', '-r', str(self.dir / 'none.yaml'), '--sigma', str(self.dir / 'audit.yml'), '-f', 'json', str(self.dir / 'audit.log'))
        found = [json.loads(line)['rule'] for line in out.splitlines()]
        self.assertEqual(sorted(found), ['Called home', 'Fetched into a folder for everybody', 'Key of audit', 'Log gone', 'Program by its line', 'Words of audit'])
        self.assertIn('1 Sigma rule is left out (--verbose says why)', err)
        self.assertIn('audit.yml:29:25: warning: rule By its digest: Hashes', err)  # no record has digests of programs

    def test_acts_of_audit_as_laurel_writes_them(self):
        """All records of an act in one object: the same rules find the same, whatever stands in an argument."""
        act = lambda n, **records: json.dumps({'ID': f'{1772452800 + n}.123:{n}', 'NODE': 'web1.example', **records})
        who = {'arch': '0xc000003e', 'syscall': 59, 'success': 'yes', 'exit': 0, 'ppid': 700, 'pid': 701, 'auid': 1000, 'uid': 0, 'ses': 3, 'comm': 'x', 'exe': '/x', 'key': None, 'AUID': 'alice', 'UID': 'root'}
        acts = [act(1, PATH=[{'item': 0, 'name': '/usr/bin/curl', 'nametype': 'NORMAL'}], EXECVE={'argc': 3, 'ARGV': ['curl', '-o', '/tmp/a b']}, SYSCALL={**who, 'comm': 'curl', 'exe': '/usr/bin/curl', 'key': 'exec', 'SYSCALL': 'execve', 'PPID': {'comm': 'bash'}}, PROCTITLE={'ARGV': ['curl', '-o', '/tmp/a b']}),
                act(2, ADD_USER={'pid': 11, 'uid': 0, 'auid': 1000, 'op': 'adding user', 'acct': 'eve', 'exe': '/usr/sbin/useradd', 'res': 'success'}),
                act(3, SYSCALL={**who, 'syscall': 42, 'comm': 'nc', 'exe': '/usr/bin/nc', 'SYSCALL': 'connect'}, SOCKADDR={'saddr_fam': 'inet', 'laddr': '203.0.113.9', 'lport': 4444}),
                act(4, SYSCALL={**who, 'syscall': 87, 'comm': 'rm', 'exe': '/usr/bin/rm', 'SYSCALL': 'unlink'}, PATH=[{'item': 0, 'name': '/tmp'}, {'item': 1, 'name': '/var/log/auth.log', 'nametype': 'DELETE'}]),
                act(5, SYSCALL={**who, 'comm': 'curl', 'exe': '/usr/bin/curl'}, EXECVE={'argc': 3, 'ARGV': ['curl', '-o"\n', 'type=SYSCALL msg=audit(1.1:1): key="exec"']})]
        (self.dir / 'audit.yml').write_text(AUDIT_RULES)
        own = self.dir / 'own.yaml'
        own.write_text('- rule: Quoted\n  desc: d\n  condition: log.value[type] = EXECVE and log.value[a1] startswith "-o\\"" and log.value[a2] contains "type=SYSCALL" and log.value[exe] = /usr/bin/curl\n  output: "%log.host %log.value[AUID] %log.value[key]"\n  priority: WARNING\n  source: log\n')
        for name, text in (('lines', '\n'.join(acts)), ('in messages', '\n'.join(json.dumps({'@timestamp': '2026-03-02T10:00:00Z', 'message': a}) for a in acts))):
            with self.subTest(name):
                (self.dir / 'laurel.log').write_text(text + '\n')
                out, err = self.run_davy(0, 'logs', '-r', str(own), '--sigma', str(self.dir / 'audit.yml'), '-q', '--stats', '-f', 'json', '--repeats', '0', str(self.dir / 'laurel.log'))
                found = [json.loads(line) for line in out.splitlines()]
                self.assertEqual(sorted(f['rule'] for f in found), ['Called home', 'Fetched into a folder for everybody', 'Key of audit', 'Log gone', 'Program by its line', 'Quoted', 'Words of audit'])
                self.assertEqual([f['message'].split(' container')[0] for f in found if f['rule'] == 'Quoted'], ['web1.example alice <NA>'])
                self.assertRegex(err, r'auditd 12\n')

    def test_correlations_in_words_and_by_the_greatest_number(self):
        """Conditions that name rules, and value_min and value_max: what is found when, over five acts of somebody."""
        rule = "title: {0}\nname: {1}\nlogsource: {{product: aws, service: cloudtrail}}\ndetection: {{sel: {{eventName: {0}}}, condition: sel}}\n---\n"
        several = [('All three', 'type: temporal, rules: [a, b, c], condition: a AND (b AND c)'), ('Two of three', 'type: temporal, rules: [a, b, c], condition: a and c'), ('One of two', 'type: temporal, rules: [a, b, c], condition: b or c'),
                   ('All of them', 'type: temporal_ordered, rules: [a, c, b], condition: all of them'), ('Another order', 'type: temporal_ordered, rules: [c, a], condition: c and a'),
                   ('Greatest', 'type: value_max, rules: [a, b, c], condition: {field: requestParameters.n, gte: 7}'), ('Greater than any', 'type: value_max, rules: [a, b, c], condition: {field: requestParameters.n, gte: 8}'),
                   ('Least', 'type: value_min, rules: [a, b, c], condition: {field: requestParameters.n, gte: 2, lte: 2}')]
        rules = self.dir / 'words.yml'
        rules.write_text(''.join(rule.format(n.upper(), n) for n in 'abc') + '\n---\n'.join(f'title: {t}\ncorrelation: {{{body}, group-by: [userIdentity.arn], timespan: 5m}}' for t, body in several))
        log = self.dir / 'words.json'
        log.write_text('\n'.join(json.dumps({'eventVersion': '1.08', 'eventTime': f'2026-03-02T10:0{m}:00Z', 'eventSource': 'ec2.amazonaws.com', 'eventName': n, 'eventID': str(m), 'awsRegion': 'x', 'userIdentity': {'arn': 'arn:x'}, 'requestParameters': {'n': v}})
                                 for m, (n, v) in enumerate((('A', 3), ('C', 2), ('D', 1), ('X', 9), ('B', 7)))))
        out, err = self.run_davy(0, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma-strict', '--sigma', str(rules), '-q', '-f', 'json', '--repeats', '0', str(log))
        self.assertEqual(sorted((f['time'][14:16], f['rule']) for f in map(json.loads, out.splitlines())),
                         [('01', 'Least'), ('01', 'One of two'), ('01', 'Two of three'), ('04', 'All of them'), ('04', 'All three'), ('04', 'Greatest')], err)

    def test_networks_databases_and_applications(self):
        """Zeek's logs by their own names, as JSON and in columns; firewalls by flows; what servers of data, applications and routers say."""
        ends = {'uid': 'C', 'id.orig_h': '10.0.0.5', 'id.orig_p': 5, 'id.resp_h': '203.0.113.9', 'id.resp_p': 80}
        asked = {'_path': 'dns', 'ts': 1772452800, **ends, 'query': 'x.pool.example', 'qtype_name': 'A', 'rcode_name': 'NOERROR', 'answers': ['203.0.113.9'], 'rejected': False}
        records = [asked, {**asked, 'rejected': True}, {**asked, 'answers': ['127.0.0.1']},
                   {'_path': 'http', 'ts': 1772452801, **ends, 'method': 'PUT', 'uri': '/x', 'user_agent': 'Microsoft-WebDAV-MiniRedir', 'status_code': 201},
                   {'_path': 'http', 'ts': 1772452801, **ends, 'id.resp_h': '10.0.0.9', 'method': 'PUT', 'uri': '/y', 'user_agent': 'Microsoft-WebDAV-MiniRedir', 'status_code': 201},
                   *({'_path': 'conn', 'ts': 1772452802, **ends, 'id.resp_h': f'10.0.0.{n}', 'proto': 'tcp', 'conn_state': 'REJ'} for n in (7, 8, 9)),
                   {'logtype': 17001, 'src_host': '203.0.113.9', 'local_time': '2026-03-02 12:00:00'}, {'auditType': {'action': 'Global SSH settings changed', 'category': 'Global administration'}, 'timestamp': '2026-03-02T12:00:00Z'}]
        (self.dir / 'network.yml').write_text(NETWORK)
        (self.dir / 'network.json').write_text('\n'.join(map(json.dumps, records)))
        (self.dir / 'mysql.log').write_text('2026-03-02T12:00:00.123456Z\t   12 Query\tSELECT * FROM x\n')
        (self.dir / 'router.log').write_text('2026-03-02T12:00:00Z rtr aaa[1]: user ran clear logging\n')
        head = '#separator \\x09\n#set_separator\t,\n#path\tdns\n#fields\tts\tid.orig_h\tid.resp_h\tquery\tqtype_name\trcode_name\tanswers\trejected\n#types\ttime\taddr\taddr\tstring\tstring\tstring\tvector[string]\tbool\n'
        (self.dir / 'columns.log').write_text(head + '1772452803.0\t10.0.0.5\t10.0.0.2\tx.pool.example\tA\tNOERROR\t203.0.113.9\tF\n1772452804.0\t10.0.0.5\t10.0.0.2\tx.pool.example\tA\tREFUSED\t-\tT\n')
        out, err = self.run_davy(0, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma-strict', '--sigma', str(self.dir / 'network.yml'), '-q', '-f', 'json', '--repeats', '0',
                                 *(str(self.dir / name) for name in ('network.json', 'mysql.log', 'router.log', 'columns.log')))
        found = sorted(json.loads(line)['rule'] for line in out.splitlines())
        self.assertEqual([rule for rule in found if '(each)' not in rule], ['Asked for all', 'Canary', 'Keys of all set', 'Log cleared', 'Pool asked for', 'Pool asked for', 'Put', 'Scanned', 'Words and numbers'], err)

    def test_what_public_rules_take_for_granted(self):
        """Log sources, words of Elastic and shapes that public rules have: each with a record that matches and one that nearly does."""
        time = '2026-03-02T10:15:30Z'
        google = {'insertId': 'i', 'timestamp': time, 'logName': 'projects/p/logs/cloudaudit.googleapis.com%2Factivity'}

        def firewall(ranges):
            return {**google, 'protoPayload': {'serviceName': 'compute.googleapis.com', 'methodName': 'v1.compute.firewalls.insert', 'request': {'sourceRanges': [ranges], 'alloweds': [{'ports': ['22']}]}}}

        def shared(visibility):
            return {'kind': 'admin#reports#activities', 'items': [{'id': {'time': time, 'applicationName': 'drive'}, 'actor': {'email': 'a@example.com'},
                    'events': [{'type': 'acl_change', 'name': 'change_acl_editors', 'parameters': [{'name': 'visibility', 'value': visibility}]}]}]}

        def message(who):
            return {'CreationTime': time[:-1], 'Id': 'i', 'Operation': 'MessageSent', 'RecordType': 25, 'Workload': 'MicrosoftTeams', 'UserId': who, 'MessageURLs': ['https://example.com/a.exe']}

        def zeek(names):
            return {'_path': 'http', 'ts': 1772446530.5, 'uid': 'C', 'id.orig_h': '10.0.0.1', 'id.orig_p': 1, 'id.resp_h': '10.0.0.2', 'id.resp_p': 5985, 'method': 'POST', 'uri': '/x', 'client_header_names': names}
        request = '203.0.113.9 - - [02/Mar/2026:10:15:30 +0000] "GET {} HTTP/1.1" 200 1 "-" "x"'
        pairs = 'date=2026-03-02 time=10:15:30 devname="fw1" action="Edit" cfgpath="{}" msg="x"'
        question = '[INFO] 10.0.0.4:40000 - 1 "A IN {} udp 50 false 512" NOERROR qr,rd,ra 100 0.01s'
        cases = [('product: auth0, service: mfa', 'a: {data.type: gd_send_pn}, condition: a', {'log_id': '1', 'data': {'log_id': '1', 'date': time, 'type': 'gd_send_pn'}}, {'log_id': '1', 'date': time, 'type': 's'}),
                 ('product: auth0, service: mfa', "a: {details.enabled: 'false'}, condition: a", {'log_id': '1', 'date': time, 'type': 'sapi', 'details': {'enabled': False}}, {'log_id': '1', 'date': time, 'type': 'sapi', 'details': {'enabled': True}}),
                 ('product: atlassian, service: audit', 'a: {attributes.action: added_org_admin}, condition: a', {'attributes': {'time': time, 'action': 'added_org_admin', 'actor': {}}}, {'attributes': {'time': time, 'action': 'x', 'actor': {}}}),
                 ('product: 1password', "a: {category|contains: failed}, f: {category: firewall_failed}, condition: a and not f", {'session_uuid': 's', 'timestamp': time, 'category': 'mfa_failed', 'target_user': {'email': 'a@example.com'}},
                  {'session_uuid': 's', 'timestamp': time, 'category': 'firewall_failed', 'target_user': {'email': 'a@example.com'}}),
                 ('product: hashicorp, service: vault', 'a: {request.path|startswith: secret/}, condition: a', {'time': time, 'type': 'request', 'request': {'operation': 'read', 'path': 'secret/x'}}, {'time': time, 'type': 'request', 'request': {'operation': 'read', 'path': 'sys/x'}}),
                 ('product: gcp, service: gcp.audit', "a: {gcp.audit.request.source_ranges: '0.0.0.0/0', gcp.audit.request.alloweds.ports: 22}, condition: a", firewall('0.0.0.0/0'), firewall('10.0.0.0/8')),
                 ('product: gcp, service: google_workspace.drive', 'a: {protoPayload.metadata.event.visibility: public_on_the_web}, condition: a', shared('public_on_the_web'), shared('private')),
                 ('product: m365, service: audit', "a: {user.email: '*@*.onmicrosoft.com', o365.audit.MessageURLs|endswith: .exe}, condition: a", message('a@b.onmicrosoft.com'), message('a@example.com')),
                 ('product: azure, service: riskdetection', 'a: {riskEventType: unfamiliarFeatures}, condition: a', {'riskEventType': 'unfamiliarFeatures', 'detectedDateTime': time}, {'riskEventType': 'x', 'detectedDateTime': time}),
                 ('product: zeek, service: http', 'a: {uri: /x}, f: {client_header_names|contains: AUTHORIZATION}, condition: a and not f', zeek(['HOST']), zeek(['HOST', 'AUTHORIZATION'])),
                 ('category: dns', "a: {dns.question.name|endswith: .xyz, source.ip|cidr: 10.0.0.0/8}, condition: a", question.format('a.xyz.'), question.format('xyz.example.')),
                 ('category: proxy', 'a: {c-uri-extension: [exe, msi]}, condition: a', request.format('/a/b.c/setup.EXE?x=.txt'), request.format('/a.exe/b')),
                 ('category: application, product: generic', "a: {message|contains: ignore previous}, condition: a", '2026-03-02 10:15:30 INFO chat: ignore previous', '2026-03-02 10:15:30 INFO chat: previous'),
                 ('category: application, product: jvm', "k: [java.lang.OutOfMemoryError], condition: k", '2026-03-02 10:15:30 ERROR it failed\njava.lang.OutOfMemoryError: heap', '2026-03-02 10:15:30 ERROR it failed\njava.lang.Error: heap'),
                 ('service: nginx', 'k: [core dumped], condition: k', '2026/03/02 10:15:30 [alert] 1#1: worker process 7 exited on signal 6 (core dumped)', '2026/03/02 10:15:30 [notice] 1#1: start'),
                 ('service: apache', 'k: [exit signal Segmentation Fault], condition: k', '[Mon Mar 02 10:15:30.5 2026] [core:notice] [pid 1:tid 2] AH00052: child pid 3 exit signal Segmentation fault (11)', '[Mon Mar 02 10:15:30.5 2026] [core:notice] [pid 1:tid 2] AH00489: x'),
                 ('product: modsecurity', "k: ['ModSecurity: Access denied'], condition: k", '2026/03/02 10:15:30 [error] 7#7: *1 ModSecurity: Access denied with code 403', '2026/03/02 10:15:30 [error] 7#7: *1 ModSecurity: Warning'),
                 ('product: huawei, service: bgp', "k: {'|all': [':179', BGP_AUTH_FAILED]}, condition: k", 'Mar  2 10:15:30 ne40 %%01BGP/3/BGP_AUTH_FAILED(l)[1]:It failed. (PeerAddress=10.0.0.1:179)', 'Mar  2 10:15:30 ne40 %%01BGP/3/STATE(l)[1]:x (PeerAddress=10.0.0.1:179)'),
                 ('product: fortigate, service: event', 'a: {action: Edit, cfgpath: vpn.ssl.settings}, condition: a', pairs.format('vpn.ssl.settings'), pairs.format('system.dns')),
                 ('product: fortinet, category: firewall', 'a: {fortinet.firewall.action: Edit, fortinet.firewall.cfgpath: user.local}, condition: a', 'Mar  2 10:15:30 fw1 ' + pairs.format('user.local'), pairs.format('system.dns')),
                 ('category: dns', "a: {qtype_name: 'NULL'}, condition: a", question.format('t.example.').replace('"A IN', '"NULL IN'), question.format('t.example.')),
                 ('product: cowrie, category: application', "a: {input|contains: 'base64 '}, b: {input|endswith: '| sh'}, condition: a AND (NOT b)", {'eventid': 'cowrie.command.input', 'input': 'base64 -d x', 'timestamp': time}, {'eventid': 'cowrie.command.input', 'input': 'base64 -d x | sh', 'timestamp': time}),
                 ('product: azure, service: signinlogs', 'a: {ResultType: [70044, 50132], AutonomousSystemNumber: 16509}, condition: all of a*', {'time': time, 'category': 'SignInLogs', 'resultType': '70044', 'properties': {'autonomousSystemNumber': 16509}},
                  {'time': time, 'category': 'SignInLogs', 'resultType': '70044', 'properties': {'autonomousSystemNumber': 16510}}),
                 ('category: database', 'k: [truncate], condition: k', "20260302 10:15:30,h,alice,203.0.113.9,10,100,QUERY,prod,'truncate x',0", "20260302 10:15:30,h,alice,203.0.113.9,10,100,QUERY,prod,'select x',0")]
        rule, log = self.dir / 'public.yml', self.dir / 'public.log'
        for source, detection, match, miss in cases:
            rule.write_text(f'title: T\nlogsource: {{{source}}}\ndetection: {{{detection}}}\nlevel: medium\n')
            for record, want in ((match, 1), (miss, 0)):
                with self.subTest(source=source, want=want):
                    log.write_text((record if isinstance(record, str) else json.dumps(record)) + '\n')
                    out, err = self.run_davy(0, 'logs', '-r', str(self.dir / 'none.yaml'), '--sigma-strict', '--sigma', str(rule), '-q', '-f', 'json', '--repeats', '0', str(log))
                    self.assertEqual(len(out.splitlines()), want, (record, err))

    def test_acts_of_audit_as_auditbeat_has_them(self):
        """The same acts in Elastic's common schema: the same rules find the same."""
        def act(n, action, syscall, exe, auditd=None, **more):
            name = exe.rsplit('/', 1)[-1]
            process = {'pid': 701, 'parent': {'pid': 700}, 'name': name, 'executable': exe, 'working_directory': '/', **more.pop('process', {})}
            return {'@timestamp': f'2026-03-02T12:00:{n:02}.123Z', '@metadata': {'beat': 'auditbeat'}, 'event': {'module': 'auditd', 'kind': 'event', 'action': action, 'outcome': 'success', 'category': ['process']}, 'host': {'name': 'web1.example'},
                    'agent': {'type': 'auditbeat'}, 'ecs': {'version': '8.0.0'}, 'service': {'type': 'auditd'}, 'process': process, 'user': {'id': '0', 'name': 'root', 'audit': {'id': '1000', 'name': 'alice'}},
                    'auditd': {'message_type': 'syscall', 'sequence': n, 'session': '3', 'result': 'success', 'summary': {'how': exe}, 'data': {'arch': 'x86_64', 'syscall': syscall, 'exit': '0', 'tty': 'pts0'}, **(auditd or {})}, **more}
        acts = [act(1, 'executed', 'execve', '/usr/bin/curl', {'paths': [{'item': '0', 'name': '/usr/bin/curl', 'nametype': 'NORMAL'}]}, process={'args': ['curl', '-o', '/tmp/a b'], 'title': 'curl -o /tmp/a b'}, tags=['exec']),
                act(2, 'added-user-account', '', '/usr/sbin/useradd', {'message_type': 'add_user', 'data': {'op': 'adding user', 'acct': 'eve', 'hostname': 'web1', 'terminal': 'pts/0'}}),
                act(3, 'connected-to', 'connect', '/usr/bin/nc', network={'direction': 'egress'}, destination={'ip': '203.0.113.9', 'port': '4444'}, process={'args': ['nc', '203.0.113.9', '4444']}),
                act(4, 'deleted', 'unlink', '/usr/bin/rm', {'paths': [{'item': '0', 'name': '/tmp', 'nametype': 'PARENT'}, {'item': '1', 'name': '/var/log/auth.log', 'nametype': 'DELETE'}]}),
                act(5, 'executed', 'execve', '/usr/bin/curl', process={'args': ['curl', '-o"\n', 'type=SYSCALL msg=audit(1.1:1): key="exec"']})]
        (self.dir / 'audit.yml').write_text(AUDIT_RULES)
        own = self.dir / 'own.yaml'
        own.write_text('- rule: Quoted\n  desc: d\n  condition: log.value[type] = EXECVE and log.value[a1] startswith "-o\\"" and log.value[a2] contains "type=SYSCALL" and log.value[exe] = /usr/bin/curl\n  output: "%log.host %log.value[AUID] %log.value[key]"\n  priority: WARNING\n  source: log\n')
        for name, text in (('lines', '\n'.join(map(json.dumps, acts))), ('an answer of Elasticsearch', json.dumps({'took': 1, 'timed_out': False, 'hits': {'total': {'value': len(acts)}, 'hits': [{'_index': 'a', '_source': a} for a in acts]}})),
                           ('in messages', '\n'.join(json.dumps({'timestamp': 1772452800000, 'message': json.dumps(a)}) for a in acts))):
            with self.subTest(name):
                (self.dir / 'beat.log').write_text(text + '\n')
                out, err = self.run_davy(0, 'logs', '-r', str(own), '--sigma', str(self.dir / 'audit.yml'), '-q', '--stats', '-f', 'json', '--repeats', '0', str(self.dir / 'beat.log'))
                found = [json.loads(line) for line in out.splitlines()]
                self.assertEqual(sorted(f['rule'] for f in found), ['Called home', 'Fetched into a folder for everybody', 'Key of audit', 'Log gone', 'Program by its line', 'Quoted', 'Words of audit'])
                self.assertEqual([f['message'].split(' container')[0] for f in found if f['rule'] == 'Quoted'], ['web1.example alice <NA>'])
                self.assertRegex(err, r'records that do not parse +0\n')


if __name__ == '__main__':
    unittest.main(verbosity=2)
