# SPDX-License-Identifier: Apache-2.0
"""Rules in the shapes that public collections of Sigma have, each with a record of its source that matches and one that nearly does. All rules are loaded together: a rule speaks of its own record alone."""
import collections
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

DAVY = os.environ['DAVY']
TIME = '2026-03-02T10:15:30Z'
CASES = collections.defaultdict(list)
CLIENT = {'uid': 'C', 'id.orig_p': 40000, 'id.resp_h': '10.0.0.2', 'id.resp_p': 80}


def case(group, source, detection, match, miss):
    CASES[group].append((source, detection, match, miss))


# ---- Google ----
def google(**payload):
    return {'insertId': 'i', 'timestamp': TIME, 'logName': 'projects/p/logs/cloudaudit.googleapis.com%2Factivity', 'resource': {'type': 'k8s_cluster'},
            'protoPayload': {'serviceName': 'k8s.io', 'methodName': 'm', **payload}}


def workspace(name, **parameters):
    return google(serviceName='admin.googleapis.com', metadata={'event': [{'eventName': name, 'parameter': [{'name': k, 'value': v} for k, v in parameters.items()]}]})


AUDIT = 'product: gcp, service: gcp.audit'
case('google', AUDIT, "a: {data.protoPayload.resource.type: k8s_cluster, data.protoPayload.logName: ['cloudaudit.googleapis.com%2Factivity'], data.protoPayload.methodName: pods.create}, k: [example.com/note], condition: a and k",
     google(methodName='pods.create', request={'metadata': {'annotations': {'example.com/note': '1'}}}), google(methodName='pods.create'))
case('google', 'product: gcp, service: cloudaudit', 'a: {protoPayload.serviceData.policyDelta.bindingDeltas..action: ADD}, condition: a', google(serviceData={'policyDelta': {'bindingDeltas': [{'action': 'ADD'}]}}),
     google(serviceData={'policyDelta': {'bindingDeltas': [{'action': 'REMOVE'}]}}))
case('google', AUDIT, "a: {'protoPayload.bindings{}.role': owner, 'protoPayload.bindings[*].members': bob}, condition: a", google(bindings=[{'role': 'owner', 'members': ['bob']}]), google(bindings=[{'role': 'viewer', 'members': ['bob']}]))
case('google', 'product: gcp, service: google_workspace.admin', 'a: {eventName: ADD_MEMBER, member_kind: OUTSIDE}, condition: a', workspace('ADD_MEMBER', MEMBER_KIND='OUTSIDE'), workspace('ADD_MEMBER', MEMBER_KIND='INSIDE'))


# ---- Microsoft ----
def signin(code='0', **properties):
    return {'time': TIME, 'category': 'SignInLogs', 'operationName': 'Sign-in activity', 'resultType': code, 'callerIpAddress': '203.0.113.9',
            'properties': {'userPrincipalName': 'a@example.com', 'ipAddress': '203.0.113.9', 'appDisplayName': 'App', 'status': {'errorCode': int(code)}, **properties}}


def change(name, **properties):
    return {'time': TIME, 'category': 'AuditLogs', 'operationName': name, 'resultType': '',
            'properties': {'activityDisplayName': name, 'activityDateTime': TIME, 'category': 'UserManagement', 'result': 'success', 'initiatedBy': {'user': {'userPrincipalName': 'root@example.com'}}, **properties}}


def activity(name):
    return {'time': TIME, 'resourceId': '/SUBSCRIPTIONS/S', 'operationName': name, 'category': 'Administrative', 'resultType': 'Success', 'callerIpAddress': '203.0.113.9', 'properties': {'message': name}}


def unified(**more):
    return {'CreationTime': TIME[:-1], 'Id': 'i', 'Operation': 'X', 'RecordType': 1, 'Workload': 'AzureActiveDirectory', 'UserId': 'a@example.com', **more}


SIGNINS, CHANGES, ACTIVITY = ('product: azure, service: ' + s for s in ('signinlogs', 'auditlogs', 'activitylogs'))
case('microsoft', SIGNINS, 'a: {Status: Success, userAgent|contains: oldclient}, condition: a', signin(userAgent='OldClient/1'), signin('50126', userAgent='OldClient/1'))
case('microsoft', SIGNINS, 'a: {Status: failure, userAgent|contains: badclient}, condition: a', signin('50126', userAgent='BadClient/1'), signin(userAgent='BadClient/1'))
case('microsoft', SIGNINS, 'a: {Status: [Sucess, Failure], AppDisplayName: Asked}, f: {Status: Success}, condition: a and not f', signin('53003', appDisplayName='Asked'), signin(appDisplayName='Asked'))
case('microsoft', SIGNINS, "a: {ResultType: 0, AppDisplayName: Unjoined, DeviceDetail.trusttype: ''}, condition: a", signin(appDisplayName='Unjoined', deviceDetail={'deviceId': ''}), signin(appDisplayName='Unjoined', deviceDetail={'trustType': 'Joined'}))
case('microsoft', SIGNINS, "a: {AppDisplayName: Quiet, someCode: [null, fine]}, condition: a", signin(appDisplayName='Quiet', someCode='fine'), signin(appDisplayName='Quiet', someCode='bad'))
case('microsoft', SIGNINS, "a: {AppDisplayName: Silent, someCode: [null, fine]}, condition: a", signin(appDisplayName='Silent'), signin(appDisplayName='Silent', someCode='bad'))
case('microsoft', CHANGES, 'a: {properties.message: [Add thing], Status: Success}, condition: a', change('Add thing'), change('Add thing', result='failure'))
case('microsoft', 'product: azure, service: audit', 'a: {ActivityDisplayName|contains|all: [Bring, stranger]}, condition: a', change('Bring a stranger'), change('Bring a friend'))
case('microsoft', ACTIVITY, 'a: {properties.message: Make principal}, condition: a', change('Make principal'), change('Drop principal'))
case('microsoft', ACTIVITY, 'a: {operationName: MICROSOFT.X/WRITE, properties.message|endswith: /WRITE}, condition: a', activity('MICROSOFT.X/WRITE'), activity('MICROSOFT.X/READ'))
case('microsoft', 'product: azure, service: azureactivity', 'a: {operationName: MICROSOFT.Y/WRITE, status: success}, condition: a', activity('MICROSOFT.Y/WRITE'), activity('MICROSOFT.Y/READ'))
case('microsoft', ACTIVITY, 'a: {eventSource: AzureActiveDirectory, eventName|contains: Second factor off, status: success}, condition: a', unified(Operation='Second factor off.'), unified(Operation='Second factor on.'))
case('microsoft', ACTIVITY, "a: {Workload: AzureActiveDirectory, 'ModifiedProperties{}.NewValue|endswith': Chiefs}, condition: a", unified(ModifiedProperties=[{'Name': 'Role', 'NewValue': 'The Chiefs'}]), unified(ModifiedProperties=[{'Name': 'Role', 'NewValue': 'Readers'}]))
case('microsoft', 'product: m365, service: audit', "a: {Operation: Came in, RequestKind: 'A:A'}, f: {RequestKind|contains: B}, condition: a and not f", unified(Operation='Came in', ExtendedProperties=[{'Name': 'RequestKind', 'Value': 'A:A'}]), unified(Operation='Came in', ExtendedProperties=[{'Name': 'RequestKind', 'Value': 'A:B'}]))
case('microsoft', 'product: microsoft365portal, service: auditlogs', 'a: {Operation: Set-Box}, condition: a', unified(Operation='Set-Box'), unified(Operation='Get-Box'))

# ---- other clouds and services ----
flow = '2 123456789012 eni-1 203.0.113.9 10.0.0.1 40000 {} {} 3 180 1772446530 1772446590 {} OK'
case('services', 'product: aws, service: vpcflow', 'a: {action: REJECT, dstport: 7022, protocol: 6}, condition: a', flow.format(7022, 6, 'REJECT'), flow.format(7022, 17, 'REJECT'))
waf = {'timestamp': 1772446530000, 'formatVersion': 1, 'webaclId': 'w', 'action': 'BLOCK', 'httpRequest': {'clientIp': '203.0.113.9', 'uri': '/waf', 'httpMethod': 'GET', 'args': ''}}
case('services', 'product: aws, service: waf', 'a: {action: BLOCK, httpRequest.uri: /waf, clientIp|cidr: 203.0.113.0/24}, condition: a', waf, {**waf, 'action': 'ALLOW'})
trail = {'eventVersion': '1.08', 'eventTime': TIME, 'eventSource': 'iam.amazonaws.com', 'eventName': 'NestedThing', 'eventID': 'e', 'awsRegion': 'x', 'userIdentity': {'type': 'IAMUser', 'userName': 'eve', 'sessionContext': {'attributes': {'mfa': 'false'}}}}
case('services', 'product: aws, service: cloudtrail', "a: {eventName: NestedThing, userIdentity: {userName|startswith: e, sessionContext: {attributes.mfa: 'false'}}}, condition: a", trail, {**trail, 'userIdentity': {**trail['userIdentity'], 'sessionContext': {'attributes': {'mfa': 'true'}}}})
duo = {'event_type': 'authentication', 'reason': 'odd_push', 'result': 'denied', 'isotimestamp': TIME, 'timestamp': 1772446530, 'user': {'name': 'a'}}
case('services', 'product: cisco, service: duo', 'a: {event_type: authentication, reason: odd_push}, condition: a', duo, {**duo, 'reason': 'user_approved'})
asked = {'kind': 'Event', 'apiVersion': 'audit.k8s.io/v1', 'auditID': 'a', 'stage': 'ResponseComplete', 'requestURI': '/x/exec?command=%2fbin%2fsh', 'verb': 'create', 'user': {'username': 'bob'}, 'objectRef': {'resource': 'pods'},
         'responseStatus': {'code': 101}, 'requestReceivedTimestamp': TIME, 'annotations': {'authorization.k8s.io/decision': 'allow'}}
case('services', 'product: kubernetes, service: audit', "a: {requestURI|re: '%2fbin%2f(ba)?sh', responseStatus.code: ALLOW}, condition: a", asked, {**asked, 'annotations': {'authorization.k8s.io/decision': 'forbid'}})
eve = {'timestamp': '2026-03-02T10:15:30.000000+0000', 'event_type': 'alert', 'src_ip': '203.0.113.9', 'src_port': 1, 'dest_ip': '10.0.0.1', 'dest_port': 80, 'proto': 'TCP', 'alert': {'signature': 'A TEST of it', 'signature_id': 1, 'severity': 1}}
case('services', 'product: suricata', 'a: {alert.signature|contains: test of, alert.severity: 1}, condition: a', eve, {**eve, 'alert': {**eve['alert'], 'severity': 3}})

# ---- Linux ----
AUDITD, STARTED, CONNECTED = 'product: linux, service: auditd', 'product: linux, category: process_creation', 'product: linux, category: network_connection'


def says(kind, text, number=5):
    return f"type={kind} msg=audit(1772446530.000:{number}): pid=1 uid=0 auid=1000 ses=1 msg='{text}'"


def sysmon(number, **data):
    values = ''.join(f'<Data Name="{k}">{v}</Data>' for k, v in {'UtcTime': '2026-03-02 10:15:30.100', 'ProcessId': '10', 'User': 'root', **data}.items())
    return ('Mar  2 10:15:30 web1 sysmon: <Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/>'
            f'<EventID>{number}</EventID><TimeCreated SystemTime="2026-03-02T10:15:30.1Z"/><Computer>web1</Computer></System><EventData>{values}</EventData></Event>')


def syslog(program, text):
    return f'Mar  2 10:15:30 web1 {program}: {text}'


case('linux', AUDITD, 'a: {type: USER_CMD, cmd|contains: viwall}, condition: a', says('USER_CMD', 'cwd="/" cmd="viwall" exe="/usr/bin/sudo" res=success'), says('USER_CMD', 'cwd="/" cmd="ls" exe="/usr/bin/sudo" res=success'))
case('linux', AUDITD, "a: {type: SYSCALL, success: 'no', exit: '-EACCES', comm: refused}, condition: a", 'type=SYSCALL msg=audit(1772446530.1:6): arch=c000003e syscall=257 success=no exit=-13 a0=1 pid=7 auid=1000 uid=1000 comm="refused" exe="/x"',
     'type=SYSCALL msg=audit(1772446530.1:6): arch=c000003e syscall=257 success=no exit=-2 a0=1 pid=7 auid=1000 uid=1000 comm="refused" exe="/x"')
case('linux', AUDITD, 'a: {type: EXECVE, argc|gt: 3, a4: fifth}, condition: a', 'type=EXECVE msg=audit(1772446530.1:7): argc=5 a0="x" a1="b" a2="c" a3="d" a4="fifth"', 'type=EXECVE msg=audit(1772446530.1:7): argc=5 a0="x" a1="b" a2="c" a3="d" a4="sixth"')
case('linux', STARTED, 'a: {Image|endswith: /fetch, ParentImage|endswith: [/webd]}, condition: a', sysmon(1, Image='/usr/bin/fetch', CommandLine='fetch', ParentImage='/usr/sbin/webd'), sysmon(1, Image='/usr/bin/fetch', CommandLine='fetch', ParentImage='/bin/sh'))
def laurel(parent):
    return {'ID': '1772446530.123:9', 'NODE': 'web1', 'SYSCALL': {'syscall': 59, 'SYSCALL': 'execve', 'success': 'yes', 'ppid': 1, 'pid': 2, 'auid': 1000, 'uid': 0, 'comm': 'grab', 'exe': '/usr/bin/grab', 'PPID': {'EVENT_ID': '1772446529.1:8', 'comm': 'x', 'exe': parent, 'ppid': 1}},
            'EXECVE': {'argc': 2, 'ARGV': ['grab', '-o']}}


case('linux', STARTED, 'a: {Image|endswith: /grab, ParentImage: /usr/sbin/outer}, condition: a', laurel('/usr/sbin/outer'), laurel('/usr/sbin/outer" exe="/usr/sbin/outer'))
case('linux', STARTED, 'a: {CommandLine: id, LogonId: 1007}, f: {ParentCommandLine|contains: known}, condition: a and not f', sysmon(1, Image='/bin/id', CommandLine='id', LogonId='1007', ParentCommandLine='x'),
     sysmon(1, Image='/bin/id', CommandLine='id', LogonId='1007', ParentCommandLine='known'))
ends = {'Image': '/bin/x', 'Protocol': 'tcp', 'Initiated': 'true', 'SourceIp': '10.0.0.4', 'SourcePort': '40001', 'DestinationIp': '203.0.113.9', 'DestinationHostname': 'tunnel.example', 'DestinationPort': '4444'}
case('linux', CONNECTED, 'a: {DestinationHostname|contains: tunnel., Protocol: tcp}, condition: a', sysmon(3, **ends), sysmon(3, **{**ends, 'DestinationHostname': 'other.example'}))
case('linux', CONNECTED, "a: {SourcePort: 40002, SourceIp|startswith: '10.'}, condition: a", sysmon(3, **{**ends, 'DestinationHostname': 'x', 'SourcePort': '40002'}), sysmon(3, **{**ends, 'DestinationHostname': 'x', 'SourcePort': '40003'}))
case('linux', 'product: linux, service: sysmon', 'a: {EventID: 11, TargetFilename: /tmp/own}, condition: a', sysmon(11, Image='/bin/x', TargetFilename='/tmp/own'), sysmon(11, Image='/bin/x', TargetFilename='/tmp/other'))
case('linux', 'category: process_creation', 'a: {Image|endswith: /everywhere}, condition: a', sysmon(1, Image='/usr/bin/everywhere', CommandLine='x'), sysmon(1, Image='/usr/bin/somewhere', CommandLine='x'))
case('linux', 'product: linux, category: dns_query', 'a: {QueryName|endswith: .asked.example}, condition: a', '[INFO] 10.0.0.4:40000 - 1 "A IN x.asked.example. udp 50 false 512" NOERROR qr,rd,ra 100 0.01s', '[INFO] 10.0.0.4:40000 - 1 "A IN asked.example. udp 50 false 512" NOERROR qr,rd,ra 100 0.01s')
# words are searched in the name of the program too; nothing but the words of one line counts
case('linux', 'product: linux, service: auth', "k: {'|all': [elevd, wrong ticket]}, condition: k", syslog('elevd[7]', 'alice: wrong ticket'), syslog('elevd[7]', 'alice: ticket'))
case('linux', 'product: linux', "k: {'|all': [dispatchd, '../../up']}, condition: k", syslog('dispatchd[7]', 'cannot read ../../up'), syslog('dispatchd[7]', 'cannot read up'))
case('linux', 'product: linux', 'k: [cleared *my_history], condition: k', 'type=EXECVE msg=audit(1772446530.1:8): argc=2 a0="cleared" a1=".my_history"', 'type=EXECVE msg=audit(1772446530.1:8): argc=2 a0="cleared" a1=".your_history"')
case('linux', 'product: linux, service: secure', 'k: [Refused word], condition: k', syslog('sshd[7]', 'Refused word for bob'), syslog('sshd[7]', 'Taken word for bob'))
case('linux', 'product: linux, service: kernel', 'k: [fell over at], condition: k', syslog('kernel', '[1.2] x[1]: fell over at 0'), syslog('other', 'fell over at 0'))
case('linux', 'product: linux, category: firewall', "k: ['[PACKETS OFF]'], condition: k", syslog('kernel', '[1.2] [PACKETS OFF] IN=eth0 OUT= MAC=00 SRC=203.0.113.9 DST=10.0.0.1 LEN=40 PROTO=TCP SPT=4 DPT=7023'),
     syslog('kernel', '[1.2] [PACKETS ON] IN=eth0 OUT= MAC=00 SRC=203.0.113.9 DST=10.0.0.1 LEN=40 PROTO=TCP SPT=4 DPT=7023'))

# ---- scanners for malware ----
case('antivirus', 'category: antivirus', 'a: [{Signature|startswith: Php.}, {Signature|contains: Shell}], f: {Signature|contains: Keygen}, condition: a and not f', syslog('clamd[1]', '/srv/a.php: Php.Test.A FOUND'), syslog('clamd[1]', '/srv/a.php: Php.Keygen.A FOUND'))
case('antivirus', 'category: antivirus', 'a: {Filename|contains: /served/}, b: {Filename|endswith: .jspx}, condition: 1 of them', 'Mon Mar  2 10:15:30 2026 -> /srv/served/x: Test.B(44d88612fea8a8f36de82e1278abb02f:68) FOUND', 'Mon Mar  2 10:15:30 2026 -> /srv/served/x: OK')


# ---- web servers and proxies ----
def request(url, agent='x', method='GET'):
    return f'203.0.113.9 - - [02/Mar/2026:10:15:30 +0000] "{method} {url} HTTP/1.1" 200 1 "-" "{agent}"'


def columns(names, values):
    return f'#Fields: date time c-ip cs-method cs-host cs-uri-stem sc-status {names}\n2026-03-02 10:15:30 10.0.0.4 GET h.example /x 200 {values}\n'


case('web', 'category: webserver', 'a: {cs-method: POST, c-uri-stem|contains: /enter/, c-uri-query|contains: only=1}, f: {cs-useragent|contains: [goodbot]}, condition: a and not f', request('/enter/?only=1', method='POST'), request('/enter/?only=1', 'GoodBot/1', 'POST'))
case('web', 'category: proxy', 'a: {r-dns|endswith: .xyzzy, c-uri-extension: [exe]}, condition: a', request('http://a.xyzzy/x.exe'), request('http://a.example/x.exe'))
case('web', 'category: proxy', "a: {c-uri|contains: '://whole.example/'}, condition: a", '1772446530.123    200 10.0.0.4 TCP_MISS/200 4512 GET http://whole.example/x - HIER_DIRECT/203.0.113.9 text/html', '1772446530.123    200 10.0.0.4 TCP_MISS/200 4512 GET http://other.example/whole.example/ - HIER_DIRECT/203.0.113.9 text/html')
case('web', 'category: proxy', "a: {c-useragent|startswith: 'Fetcher/', cs-host|endswith: ['9']}, condition: a", request('http://203.0.113.9/x', 'Fetcher/7'), request('http://h.example/x', 'Fetcher/7'))
case('web', 'category: proxy', 'a: {cs-cookie|contains: SECRET}, f: {cs-host|endswith: .good.example}, condition: a and not f', columns('cs(Cookie)', 'SECRET=1'), columns('cs(Cookie)', 'a=1'))
case('web', 'category: proxy', 'a: {dst_port: 7443, dst_ip|startswith: 203.0.113.}, condition: a', columns('cs-uri-port r-ip', '7443 203.0.113.8'), columns('cs-uri-port r-ip', '7444 203.0.113.8'))
case('web', 'category: proxy', 'a: {cs-mime-type: application/x-test}, condition: a', columns('rs(Content-Type)', 'application/x-test'), columns('rs(Content-Type)', 'text/html'))
case('web', 'category: proxy', 'a: {dst_ip|cidr: 198.51.100.0/24}, condition: a', *('1772446530.123    200 10.0.0.4 TCP_MISS/200 4512 GET http://s.example/ - HIER_DIRECT/%s text/html' % ip for ip in ('198.51.100.7', '203.0.113.7')))
# rules ask the path for what stands behind the question mark; what is said of requests is said of the access log, whoever else is named
case('web', 'category: webserver', 'a: {cs-uri-stem|contains|all: [/set/it, on=1]}, condition: a', request('/set/it?on=1'), request('/set/it?on=0'))
case('web', 'category: webserver, product: nginx', 'a: {cs-uri-query|endswith: nginx-only}, condition: a', request('/a?nginx-only'), request('/a?nginx'))
case('web', 'category: webserver, product: linux, service: syslog', "k: ['%0d%0auser=boss'], condition: k", request('/a?%0d%0auser=boss'), request('/a?user=boss'))
# what a log writes where nothing was sent
case('web', 'category: webserver', "a: {cs-uri-stem: /nobody, cs-username: ['-', '', anonymous]}, condition: a", request('/nobody'), request('/nobody').replace('- - [', '- bob ['))
case('web', 'category: proxy', "a: {c-useragent: '', cs-uri-stem: /silent}, condition: a", request('/silent', '-'), request('/silent', 'x'))
case('web', 'category: webserver', "a: {cs-referer: '-', cs-uri-stem: /direct}, f: {cs-username: ''}, condition: a and not f", request('/direct').replace('- - [', '- bob ['), request('/direct'))
# what looks like a URL and is a path, stays one
case('web', 'category: webserver', 'a: {cs-uri-stem: /a://b}, condition: a', request('/a://b'), request('/a:/b'))

# ---- networks ----
case('network', 'category: firewall', "p: {dst_port: [7021]}, a1: {action: [forward, accept, 2]}, a2: {blocked: 'false'}, condition: p and 1 of a*", flow.format(7021, 6, 'ACCEPT'), flow.format(7021, 6, 'REJECT'))
case('network', 'service: netflow', 'a: {destination.port: 7025, source.ip|cidr: 203.0.113.0/24}, condition: a', flow.format(7025, 6, 'ACCEPT'), flow.format(7026, 6, 'ACCEPT'))
case('network', 'category: appliance, product: paloalto, service: gate', "g: ['cannot open(../'], t_a: [never], t_b: [ever], condition: g or all of t_*", syslog('gatesvc[1]', 'cannot open(../../x)'), syslog('gatesvc[1]', 'cannot open(x)'))


def zeek(kind, origin='10.0.0.5', **more):
    return {'_path': kind, 'ts': 1772446530.5, 'id.orig_h': origin, **CLIENT, **more}


for service, detection, match, miss in (
        ('smb_files', "a: {path: '\\\\\\\\*\\IPC$', name: pipe1}, condition: a", zeek('smb_files', path='\\\\srv\\IPC$', name='pipe1'), zeek('smb_files', path='\\\\srv\\C$', name='pipe1')),
        ('ldap', "a: {filter|contains: '(kind=\\*)'}, condition: a", zeek('ldap_search', filter='(kind=*)'), zeek('ldap_search', filter='(kind=x)')),
        ('rdp', 's: {id.orig_h|cidr: [10.0.0.0/8]}, condition: not s', zeek('rdp', '203.0.113.9', cookie='x'), zeek('http', '203.0.113.9', uri='/x', method='GET')),
        ('ssh', 'a: {kex_alg|contains: old-group}, f: {kex_alg|contains: hybrid}, condition: a and not f', zeek('ssh', kex_alg='old-group14', auth_attempts=1), zeek('ssh', kex_alg='old-group14-hybrid', auth_attempts=1)),
        ('x509', 'a: {certificate.key_alg|contains: oldkey}, condition: a', {'_path': 'x509', 'ts': 1772446530.5, 'certificate.key_alg': 'oldkey'}, {'_path': 'x509', 'ts': 1772446530.5, 'certificate.key_alg': 'new'}),
        ('files', 'a: {mime_type: application/x-test, tx_hosts: 10.0.0.9}, condition: a', {'_path': 'files', 'ts': 1772446530.5, 'fuid': 'F', 'tx_hosts': ['10.0.0.8', '10.0.0.9'], 'mime_type': 'application/x-test'},
         {'_path': 'files', 'ts': 1772446530.5, 'fuid': 'F', 'tx_hosts': ['10.0.0.8'], 'mime_type': 'application/x-test'}),
        ('notice', "a: {note: 'Test::Noticed', sub|contains: part}, condition: a", {'_path': 'notice', 'ts': 1772446530.5, 'note': 'Test::Noticed', 'msg': 'm', 'sub': 'a part'}, {'_path': 'notice', 'ts': 1772446530.5, 'note': 'Test::Other', 'msg': 'm', 'sub': 'a part'})):
    case('network', f'product: zeek, service: {service}', detection, match, miss)
case('network', 'product: fortios, service: vpn', 'a: {logdesc|contains: tunnel, remip: 203.0.113.9}, condition: a', 'date=2026-03-02 time=10:15:30 devname="fw1" type="event" logdesc="a tunnel" remip=203.0.113.9 msg="y"', 'date=2026-03-02 time=10:15:30 devname="fw1" type="event" logdesc="a tunnel" remip=203.0.113.8 msg="y"')
case('network', 'product: cisco, service: ios', 'k: [wipe the log], condition: k', 'Mar  2 10:15:30 rtr 12: *Mar  2 10:15:30.1: %PARSER-5-CFGLOG_LOGGEDCMD: User:bob  logged command:wipe the log', 'Mar  2 10:15:30 rtr 12: *Mar  2 10:15:30.1: %PARSER-5-CFGLOG_LOGGEDCMD: User:bob  logged command:show')

# ---- applications that write JSON ----
logged = {'@timestamp': TIME, 'level': 'ERROR', 'logger': 'app', 'message': 'x', 'exception': {'class': 'com.example.TestWentWrong', 'message': 'y'}}
case('applications', 'category: application, product: jvm', "k: {'|all': [TestWentWrong, com.example]}, condition: k", logged, {**logged, 'exception': {'class': 'com.example.Other'}})
case('applications', 'category: application, product: generic', 'a: {message|contains: say the secret}, condition: a', {'time': TIME, 'app': 'chat', 'message': 'Say the secret!'}, {'time': TIME, 'app': 'chat', 'message': 'Say it!'})


class Public(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        (self.dir / 'none.yaml').write_text('')
        (self.dir / 'file.yaml').write_text('name: file\npriority: 100\ntransformations:\n  - {type: set_state, key: output, val: [log.file]}\n')

    def logs(self, rules, logs, *words, code=0):
        done = subprocess.run([DAVY, 'logs', '-r', self.dir / 'none.yaml', '--sigma', rules, '--store', '', '-q', '-f', 'json', '--repeats', '0', *words, *logs], capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'}, timeout=300)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def test_each_rule_speaks_of_its_own_record(self):
        for group, cases in CASES.items():
            rules, logs = self.dir / group / 'rules', self.dir / group / 'logs'
            rules.mkdir(parents=True)
            logs.mkdir()
            for n, (source, detection, *records) in enumerate(cases):
                (rules / f'{n}.yml').write_text(f'title: T{n}\nlogsource: {{{source}}}\ndetection: {{{detection}}}\nlevel: medium\n')
                for name, record in zip(('match', 'miss'), records):
                    (logs / f'{name}{n}.txt').write_text((record if isinstance(record, str) else json.dumps(record)) + '\n')
            found, err = self.logs(rules, [logs], '--sigma-strict', '--sigma-pipeline', str(self.dir / 'file.yaml'))
            told = collections.defaultdict(set)
            for f in found:
                told[int(f['rule'][1:])].add(re.search(r'/(match|miss)(\d+)\.txt', f['output']).group(0))
            for n, (source, detection, *_) in enumerate(cases):
                with self.subTest(group=group, source=source, detection=detection):
                    self.assertEqual(told[n], {f'/match{n}.txt'}, err)

    def test_what_is_counted_stands_below_properties(self):
        """A field that a pipeline looks for in several places counts, and groups, by the first that a record has."""
        (self.dir / 'guess.yml').write_text('title: Many names\nlogsource: {product: azure, service: signinlogs}\ndetection: {a: {ResultType|startswith: ["5"]}, f: {ResultType: [50140]}, timeframe: 10m, '
                                            'condition: a and not f | count(UserPrincipalName) by IPAddress > 2}\nlevel: high\n')
        def names(address, *who):
            return [signin('50126', userPrincipalName=w, ipAddress=address) for w in who]
        graph = [{'createdDateTime': TIME, 'userPrincipalName': w, 'appDisplayName': 'App', 'ipAddress': '203.0.113.7', 'status': {'errorCode': 50126}, 'resultType': '50126'} for w in ('a', 'b', 'c')]
        for what, records, want in (('one source', names('203.0.113.9', 'a', 'b', 'c'), 1), ('two sources', names('203.0.113.9', 'a', 'b') + names('203.0.113.8', 'c'), 0), ('one name', names('203.0.113.9', 'a', 'a', 'a'), 0),
                                    ('at the top', graph, 1)):
            with self.subTest(what):
                (self.dir / 'signins.json').write_text('\n'.join(map(json.dumps, records)))
                found, err = self.logs(self.dir / 'guess.yml', [self.dir / 'signins.json'], '--sigma-strict')
                self.assertEqual([f['rule'] for f in found].count('Many names'), want, err)

    def test_zeeks_own_json_is_told_apart_by_its_files(self):
        """Zeek writes a file for each log and says in no line which it is; what only one log has tells that too."""
        (self.dir / 'rdp.yml').write_text('title: Desktop\nlogsource: {product: zeek, service: rdp}\ndetection: {s: {id.orig_h|cidr: [10.0.0.0/8]}, condition: not s}\n')
        line = {k: v for k, v in zeek('', '203.0.113.9').items() if k != '_path'}
        for name, more, want in (('rdp.log', {'cookie': 'x'}, 1), ('vnc.log', {'cookie': 'x'}, 0), ('rdp.10:00:00.log', {'uri': '/x', 'method': 'GET'}, 0)):
            with self.subTest(name):
                (self.dir / name).write_text(json.dumps({**line, **more}) + '\n')
                found, err = self.logs(self.dir / 'rdp.yml', [self.dir / name], '--sigma-strict')
                self.assertEqual(len(found), want, err)

    def test_names_are_taken_as_they_are(self):
        """A name of a rule's field goes into a condition: whatever it holds, it names that value and nothing else."""
        for name in ('a"] exists or log.value["x', 'a\\', 'a]b', 'x y', "x'y", '{service}'):
            with self.subTest(name):
                (self.dir / 'name.yml').write_text(f'title: T\nlogsource: {{product: zeek, service: {json.dumps(name)}}}\ndetection:\n  a:\n    {json.dumps(name)}: v\n  condition: a\n')
                (self.dir / 'name.json').write_text('\n'.join(json.dumps(zeek(path, **{key: 'v'})) for path, key in ((name, name), ('other', name), (name, 'other'))) + '\n')
                found, err = self.logs(self.dir / 'name.yml', [self.dir / 'name.json'], '--sigma-strict')
                self.assertEqual(len(found), 1, err)

    def test_what_no_event_says_is_named(self):
        """Of live events: a number in a0 is no word of a command line, and a call by its number is that call."""
        for detection, want in (('{type: SYSCALL, SYSCALL: socket, a0: 26}', 'a0: arguments of a call as numbers are not in live events'), ('{type: ADD_USER}', 'no event is of the type "ADD_USER"'),
                                ('{type: SYSCALL, SYSCALL: [no_such_call]}', 'no event is of the type "no_such_call"'), ('{type: SYSCALL, syscall: 41, success: "yes"}', 'errors: 0, warnings: 0')):
            with self.subTest(detection):
                (self.dir / 'live.yml').write_text(f'title: T\nlogsource: {{product: linux, service: auditd}}\ndetection: {{a: {detection}, condition: a}}\n')
                done = subprocess.run([DAVY, 'rules', 'check', '--sigma', self.dir / 'live.yml'], capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=300)
                self.assertIn(want, done.stdout)
        done = subprocess.run([DAVY, 'rules', 'explain', '--sigma', self.dir / 'live.yml', 'T'], capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=300)
        self.assertIn('1 event type: socket', done.stdout)

    def test_what_no_record_says_is_named(self):
        for source, field, want in (('product: linux, category: process_creation', 'Hashes', 'neither auditd nor Sysmon'), ('category: webserver', 'request_body', 'nothing gives the field "request_body"'), ('product: windows, category: process_creation', 'Image', 'no pipeline knows the log source'),
                                    ('product: linux, category: file_access', 'TargetFilename', 'no pipeline knows the log source'), ('category: dns', 'query', 'a record has many values of "parent_domain" at once')):
            with self.subTest(source):
                (self.dir / 'rule.yml').write_text(f'title: T\nlogsource: {{{source}}}\ndetection: {{a: {{{field}: x}}, timeframe: 1m, condition: a | count({field}) by parent_domain > 5}}\n' if field == 'query' else
                                                 f'title: T\nlogsource: {{{source}}}\ndetection: {{a: {{{field}: x}}, condition: a}}\n')
                (self.dir / 'empty.json').write_text('{"a":1}\n')
                _, err = self.logs(self.dir / 'rule.yml', [self.dir / 'empty.json'], '--verbose', code=0 if field == 'query' else 3)
                self.assertIn(want, err)


if __name__ == '__main__':
    unittest.main(verbosity=2)
