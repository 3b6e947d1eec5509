# SPDX-License-Identifier: Apache-2.0
"""Logs of ordinary days of administration, as every cloud, cluster and server writes them: what a rule must not speak of.

Everything in them is made up: accounts, people, addresses of documentation (RFC 5737) and private ones. The days come from a seed, so that
a failure comes back.
"""
import datetime
import gzip
import json
import pathlib
import random
import uuid

ACCOUNT = '111122223333'
BACKUP_ACCOUNT = '222233334444'
HOME_REGION, SECOND_REGION = 'eu-central-1', 'eu-west-1'
OFFICE, HOME_OFFICE, VPN, CI_NETWORK, NAT = '198.51.100.', '203.0.113.', '192.0.2.', '203.0.113.2', '198.51.100.200'
PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin']
AGENTS = {
    'console': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    'terraform': 'APN/1.0 HashiCorp/1.0 Terraform/1.8.5 (+https://www.terraform.io) terraform-provider-aws/5.58.0 aws-sdk-go-v2/1.30.1 os/linux',
    'cli': 'aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/linux#6.8.0 md/arch#x86_64 lang/python#3.11.8',
    'sdk': 'Boto3/1.34.144 md/Botocore#1.34.144 ua/2.0 os/linux#6.1.92-99.174.amzn2023.x86_64 md/arch#x86_64 lang/python#3.12.4',
    'agent': 'aws-sdk-go/1.49.6 (go1.21.8; linux; amd64) amazon-ssm-agent/3.3.551.0',
}


class Days:
    def __init__(self, folder, days=9, seed=1):
        self.folder, self.days, self.r = pathlib.Path(folder), days, random.Random(seed)
        self.start = datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)  # a Monday
        self.instances = [f'i-0{self.r.getrandbits(64):016x}' for _ in range(12)]
        self.folder.mkdir(parents=True, exist_ok=True)

    def at(self, day, hour, minute=None, second=None):
        return self.start + datetime.timedelta(days=day, hours=hour, minutes=self.r.randrange(60) if minute is None else minute,
                                               seconds=self.r.randrange(60) if second is None else second)

    def write(self, name, records, pack=False):
        text = '\n'.join(json.dumps(x) for x in records) + '\n' if isinstance(records[0], dict) else '\n'.join(records) + '\n'
        path = self.folder / name
        if pack:
            path.write_bytes(gzip.compress(text.encode()))
        else:
            path.write_text(text)
        return path

    # ---- AWS ----

    def record(self, when, source, name, who, ip, agent, request=None, response=None, region=HOME_REGION, error=None, readonly=None, **more):
        r = {'eventVersion': '1.10', 'userIdentity': who, 'eventTime': when.strftime('%Y-%m-%dT%H:%M:%SZ'), 'eventSource': f'{source}.amazonaws.com', 'eventName': name,
             'awsRegion': region, 'sourceIPAddress': ip, 'userAgent': agent, 'requestParameters': request, 'responseElements': response,
             'requestID': str(uuid.UUID(int=self.r.getrandbits(128))), 'eventID': str(uuid.UUID(int=self.r.getrandbits(128))),
             'readOnly': name.startswith(('Describe', 'List', 'Get', 'Head', 'Lookup')) if readonly is None else readonly, 'eventType': 'AwsApiCall', 'managementEvent': True,
             'recipientAccountId': ACCOUNT, 'eventCategory': 'Management'}
        if error:
            r['errorCode'], r['errorMessage'] = error, 'User is not authorized to perform this operation'
        r.update(more)
        return r

    def session(self, role, name, principal='AROA', provider=None):
        who = {'type': 'AssumedRole', 'principalId': f'{principal}EXAMPLE{role.upper()[:6]}:{name}', 'arn': f'arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}', 'accountId': ACCOUNT,
               'accessKeyId': f'ASIA{self.r.getrandbits(60):016X}'[:20],
               'sessionContext': {'sessionIssuer': {'type': 'Role', 'principalId': f'{principal}EXAMPLE', 'arn': f'arn:aws:iam::{ACCOUNT}:role/{role}', 'accountId': ACCOUNT, 'userName': role},
                                  'attributes': {'creationDate': '2026-03-02T07:00:00Z', 'mfaAuthenticated': 'false'}}}
        if provider:
            who['sessionContext']['webIdFederationData'] = {'federatedProvider': provider, 'attributes': {}}
        return who

    def service(self, name):
        return {'type': 'AWSService', 'invokedBy': f'{name}.amazonaws.com'}

    def invoked(self, role, by):
        who = self.session(role, by.split('.')[0])
        who['invokedBy'] = f'{by}.amazonaws.com'
        return who

    def people(self, day):
        """Colleagues in the console, with a second factor, through the directory."""
        out = []
        for i, name in enumerate(PEOPLE):
            if self.start.weekday() + day % 7 in (5, 6) and name != 'alice':
                continue
            ip = OFFICE + str(10 + i) if day % 3 else HOME_OFFICE + str(40 + i)
            who = self.session('AWSReservedSSO_PowerUser_0123456789abcdef', f'{name}@example.com')
            hour = 7 + self.r.randrange(3)
            out.append(self.record(self.at(day, hour, 0), 'signin', 'ConsoleLogin', {k: v for k, v in who.items() if k != 'accessKeyId'}, ip, AGENTS['console'], None, {'ConsoleLogin': 'Success'},
                                   additionalEventData={'MobileVersion': 'No', 'MFAUsed': 'No'}, eventType='AwsConsoleSignIn', readOnly=False))
            for _ in range(25):
                service, call = self.r.choice([('ec2', 'DescribeInstances'), ('ec2', 'DescribeVolumes'), ('s3', 'ListBuckets'), ('s3', 'GetBucketPolicy'), ('cloudwatch', 'DescribeAlarms'), ('logs', 'DescribeLogGroups'),
                                               ('rds', 'DescribeDBInstances'), ('lambda', 'ListFunctions20150331'), ('iam', 'ListRoles'), ('health', 'DescribeEventAggregates'), ('ce', 'GetCostAndUsage'), ('ec2', 'DescribeSecurityGroups')])
                denied = self.r.random() < 0.15
                out.append(self.record(self.at(day, hour + self.r.randrange(1, 9)), service, call, who, ip, AGENTS['console'], {}, region=self.r.choice([HOME_REGION, HOME_REGION, SECOND_REGION]),
                                       error='AccessDenied' if denied else None, sessionCredentialFromConsole='true'))
            if name == 'bob':  # looks for a fault on a machine
                for target in self.r.sample(self.instances, 2):
                    out.append(self.record(self.at(day, hour + 2), 'ssm', 'StartSession', who, ip, AGENTS['console'], {'target': target}, {'sessionId': f'{name}-0', 'streamUrl': 'wss://ssmmessages'}, sessionCredentialFromConsole='true', readonly=False))
            if name == 'carol' and day == 2:  # a new telephone
                user = {'type': 'IAMUser', 'principalId': 'AIDAEXAMPLECAROL', 'arn': f'arn:aws:iam::{ACCOUNT}:user/carol', 'accountId': ACCOUNT, 'accessKeyId': 'ASIAEXAMPLECAROL0001', 'userName': 'carol',
                        'sessionContext': {'attributes': {'creationDate': '2026-03-04T08:00:00Z', 'mfaAuthenticated': 'true'}}}
                out.append(self.record(self.at(day, 8, 0), 'signin', 'ConsoleLogin', {k: v for k, v in user.items() if k != 'accessKeyId'}, ip, AGENTS['console'], None, {'ConsoleLogin': 'Success'},
                                       additionalEventData={'LoginTo': 'https://console.aws.amazon.com/console/home', 'MobileVersion': 'No', 'MFAUsed': 'Yes'}, eventType='AwsConsoleSignIn', readOnly=False))
                for call, request in (('DeactivateMFADevice', {'userName': 'carol', 'serialNumber': f'arn:aws:iam::{ACCOUNT}:mfa/carol'}), ('DeleteVirtualMFADevice', {'serialNumber': f'arn:aws:iam::{ACCOUNT}:mfa/carol'}),
                                      ('CreateVirtualMFADevice', {'virtualMFADeviceName': 'carol-new'}), ('EnableMFADevice', {'userName': 'carol', 'serialNumber': f'arn:aws:iam::{ACCOUNT}:mfa/carol-new'}),
                                      ('CreateAccessKey', {'userName': 'carol'}), ('UpdateAccessKey', {'userName': 'carol', 'status': 'Inactive', 'accessKeyId': 'AKIAEXAMPLEOLD000001'})):
                    out.append(self.record(self.at(day, 8, 5), 'iam', call, user, ip, AGENTS['console'], request, None, region='us-east-1', sessionCredentialFromConsole='true', readonly=False))
            if name == 'alice' and day == 3:  # a newcomer
                admin = self.session('AWSReservedSSO_Administrator_fedcba9876543210', 'alice@example.com')
                for call, request in (('CreateUser', {'userName': 'frank'}), ('CreateLoginProfile', {'userName': 'frank', 'passwordResetRequired': True}), ('AddUserToGroup', {'userName': 'frank', 'groupName': 'developers'})):
                    out.append(self.record(self.at(day, 9, 1), 'iam', call, admin, ip, AGENTS['console'], request, None, region='us-east-1', sessionCredentialFromConsole='true', readonly=False))
        return out

    def pipelines(self, day):
        """Terraform plans and applies by a role that the pipeline takes with a token of its own."""
        out = []
        for run in range(3):
            hour, ip = self.r.randrange(8, 17), CI_NETWORK + str(self.r.randrange(10, 60))
            who = self.session('terraform-ci', f'GitHubActions-{day}{run}', provider=f'arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com')
            federated = {'type': 'WebIdentityUser', 'principalId': f'arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:example/infra', 'userName': 'repo:example/infra:ref:refs/heads/main',
                         'identityProvider': f'arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com'}
            out.append(self.record(self.at(day, hour, 0, 0), 'sts', 'AssumeRoleWithWebIdentity', federated, ip, AGENTS['terraform'], {'roleArn': f'arn:aws:iam::{ACCOUNT}:role/terraform-ci', 'roleSessionName': f'GitHubActions-{day}{run}'}, {'subjectFromWebIdentityToken': 'repo:example/infra'}))
            out.append(self.record(self.at(day, hour, 0, 2), 'sts', 'GetCallerIdentity', who, ip, AGENTS['terraform']))
            plan = [('ec2', 'DescribeVpcs', {}), ('ec2', 'DescribeSubnets', {}), ('ec2', 'DescribeSecurityGroups', {}), ('iam', 'GetRole', {'roleName': 'web'}), ('iam', 'ListAttachedRolePolicies', {'roleName': 'web'}),
                    ('s3', 'GetBucketAcl', {'bucketName': 'example-assets', 'Host': 's3.amazonaws.com'}), ('s3', 'GetBucketPublicAccessBlock', {'bucketName': 'example-assets'}), ('s3', 'GetBucketVersioning', {'bucketName': 'example-assets'}),
                    ('cloudtrail', 'DescribeTrails', {}), ('cloudtrail', 'GetTrailStatus', {'name': 'org'}), ('cloudtrail', 'GetEventSelectors', {'trailName': 'org'}), ('route53', 'ListResourceRecordSets', {'hostedZoneId': 'Z0EXAMPLE'}),
                    ('kms', 'DescribeKey', {'keyId': 'alias/app'}), ('secretsmanager', 'DescribeSecret', {'secretId': 'db'}), ('secretsmanager', 'GetSecretValue', {'secretId': 'db'}), ('guardduty', 'GetDetector', {'detectorId': 'd'}), ('config', 'DescribeConfigurationRecorders', {})]
            for service, call, request in plan * 2:
                out.append(self.record(self.at(day, hour, self.r.randrange(1, 5)), service, call, who, ip, AGENTS['terraform'], request, region='us-east-1' if service in ('iam', 'route53') else HOME_REGION))
            for instance in self.instances[:8]:
                out.append(self.record(self.at(day, hour, 5), 'ec2', 'DescribeInstanceAttribute', who, ip, AGENTS['terraform'], {'instanceId': instance, 'attribute': 'userData'}))
                out.append(self.record(self.at(day, hour, 5), 'ec2', 'DescribeInstanceAttribute', who, ip, AGENTS['terraform'], {'instanceId': instance, 'attribute': 'disableApiTermination'}))
            if run:
                continue
            trust = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'lambda.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]})
            policy = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': ['s3:GetObject', 's3:PutObject'], 'Resource': 'arn:aws:s3:::example-assets/*'}]})
            bucket_policy = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Deny', 'Principal': '*', 'Action': 's3:*', 'Resource': 'arn:aws:s3:::example-new/*', 'Condition': {'Bool': {'aws:SecureTransport': 'false'}}}]}
            rules = {'items': [{'ipProtocol': 'tcp', 'fromPort': 443, 'toPort': 443, 'groups': {}, 'ipRanges': {'items': [{'cidrIp': '0.0.0.0/0'}]}, 'ipv6Ranges': {'items': [{'cidrIpv6': '::/0'}]}, 'prefixListIds': {}},
                               {'ipProtocol': 'tcp', 'fromPort': 22, 'toPort': 22, 'groups': {}, 'ipRanges': {'items': [{'cidrIp': '10.0.0.0/8'}]}, 'ipv6Ranges': {}, 'prefixListIds': {}}]}
            apply = [('ec2', 'CreateSecurityGroup', {'groupName': 'web'}), ('ec2', 'AuthorizeSecurityGroupIngress', {'groupId': 'sg-0123', 'ipPermissions': rules}), ('ec2', 'RevokeSecurityGroupEgress', {'groupId': 'sg-0123'}),
                     ('iam', 'CreateRole', {'roleName': f'fn-{day}', 'assumeRolePolicyDocument': trust}), ('iam', 'PutRolePolicy', {'roleName': f'fn-{day}', 'policyName': 'p', 'policyDocument': policy}),
                     ('iam', 'AttachRolePolicy', {'roleName': f'fn-{day}', 'policyArn': 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'}), ('s3', 'CreateBucket', {'bucketName': f'example-new-{day}'}),
                     ('s3', 'PutBucketPublicAccessBlock', {'bucketName': 'example-new', 'PublicAccessBlockConfiguration': {'BlockPublicAcls': True, 'BlockPublicPolicy': True, 'IgnorePublicAcls': True, 'RestrictPublicBuckets': True}}),
                     ('s3', 'PutBucketPolicy', {'bucketName': 'example-new', 'bucketPolicy': bucket_policy}), ('s3', 'PutBucketVersioning', {'bucketName': 'example-new', 'VersioningConfiguration': {'Status': 'Enabled'}}),
                     ('s3', 'PutBucketLifecycle', {'bucketName': 'example-trail-logs', 'LifecycleConfiguration': {'Rule': {'Expiration': {'Days': 400}, 'ID': 'old', 'Status': 'Enabled'}}}),
                     ('lambda', 'UpdateFunctionCode20150331v2', {'functionName': 'thumbs'}), ('lambda', 'UpdateFunctionConfiguration20150331v2', {'functionName': 'thumbs', 'memorySize': 512}),
                     ('ecs', 'RegisterTaskDefinition', {'family': 'web', 'containerDefinitions': [{'name': 'web', 'image': f'{ACCOUNT}.dkr.ecr.{HOME_REGION}.amazonaws.com/web:{day}', 'command': ['serve']}]}),
                     ('ecs', 'UpdateService', {'service': 'web', 'cluster': 'prod'}), ('ec2', 'RunInstances', {'instanceType': 't3.large', 'instancesSet': {'items': [{'imageId': 'ami-0', 'minCount': 1, 'maxCount': 1}]}}),
                     ('logs', 'DeleteLogGroup', {'logGroupName': f'/aws/lambda/old-{day}'}), ('cloudwatch', 'DeleteAlarms', {'alarmNames': ['old']}), ('kms', 'ScheduleKeyDeletion', {'keyId': 'k', 'pendingWindowInDays': 30})]
            for service, call, request in apply:
                response = {'instancesSet': {'items': [{'instanceId': self.instances[0]}]}} if call == 'RunInstances' else None
                out.append(self.record(self.at(day, hour, self.r.randrange(8, 12)), service, call, who, ip, AGENTS['terraform'], request, response, region='us-east-1' if service == 'iam' else HOME_REGION, readonly=False))
            # certificates renewed: a question and its removal
            for action in ('UPSERT', 'DELETE'):
                out.append(self.record(self.at(day, hour, 20), 'route53', 'ChangeResourceRecordSets', self.session('cert-manager', 'cert-manager'), NAT, AGENTS['sdk'],
                                       {'hostedZoneId': 'Z0EXAMPLE', 'changeBatch': {'changes': [{'action': action, 'resourceRecordSet': {'name': '_acme-challenge.www.example.com.', 'type': 'TXT', 'tTL': 10, 'resourceRecords': [{'value': f'"{self.r.getrandbits(128):x}"'}]}}]}}, None, region='us-east-1', readonly=False))
            # names of services that come and go
            out.append(self.record(self.at(day, hour, 21), 'route53', 'ChangeResourceRecordSets', self.session('external-dns', 'external-dns'), NAT, AGENTS['sdk'],
                                   {'hostedZoneId': 'Z0EXAMPLE', 'changeBatch': {'changes': [{'action': 'UPSERT', 'resourceRecordSet': {'name': 'app.example.com.', 'type': 'A', 'tTL': 300, 'resourceRecords': [{'value': f'198.51.100.{20 + day}'}]}}]}}, None, region='us-east-1', readonly=False))
        return out

    def machines(self, day):
        """What machines and services do by themselves: scaling, agents, programs with roles, backups."""
        out = []
        for hour in range(24):
            for _ in range(2):
                i = self.r.choice(self.instances)
                who = self.session('web', i)
                who['sessionContext']['ec2RoleDelivery'] = '2.0'
                out.append(self.record(self.at(day, hour), 'ssm', 'UpdateInstanceInformation', who, NAT, AGENTS['agent'], {'instanceId': i, 'agentVersion': '3.3.551.0'}, readonly=False))
                out.append(self.record(self.at(day, hour), 'secretsmanager', 'GetSecretValue', self.session('external-secrets', 'external-secrets'), NAT, AGENTS['sdk'], {'secretId': self.r.choice('abcdefghijklmnop')}))
                out.append(self.record(self.at(day, hour), 'kms', 'Decrypt', self.session('app', 'worker'), NAT, AGENTS['sdk'], {'encryptionAlgorithm': 'SYMMETRIC_DEFAULT'}, readonly=True))
                out.append(self.record(self.at(day, hour), 'ssm', 'GetParametersByPath', self.session('app', 'worker'), NAT, AGENTS['sdk'], {'path': '/app', 'withDecryption': True, 'recursive': True}))
            scaling = self.invoked('AWSServiceRoleForAutoScaling', 'autoscaling')
            for _ in range(2 if 8 <= hour <= 18 else 0):
                out.append(self.record(self.at(day, hour), 'ec2', 'RunInstances', scaling, 'autoscaling.amazonaws.com', 'autoscaling.amazonaws.com', {'instanceType': 'm5.2xlarge', 'instancesSet': {'items': [{'minCount': 3, 'maxCount': 3}]}},
                                       {'instancesSet': {'items': [{'instanceId': f'i-0{self.r.getrandbits(64):016x}'} for _ in range(3)]}}, readonly=False))
                out.append(self.record(self.at(day, hour), 'ec2', 'TerminateInstances', scaling, 'autoscaling.amazonaws.com', 'autoscaling.amazonaws.com', {'instancesSet': {'items': [{'instanceId': self.r.choice(self.instances)}]}}, readonly=False))
            user = {'type': 'IAMUser', 'principalId': 'AIDAEXAMPLEBACKUP', 'arn': f'arn:aws:iam::{ACCOUNT}:user/onprem-sync', 'accountId': ACCOUNT, 'accessKeyId': 'AKIAIOSFODNN7EXAMPLE', 'userName': 'onprem-sync'}
            out.append(self.record(self.at(day, hour), 's3', 'ListObjects', user, OFFICE + '5', AGENTS['cli'], {'bucketName': 'example-sync'}))
        # backups copy snapshots and delete old ones
        backup = self.session('backup', 'nightly')
        for k in range(12):
            out.append(self.record(self.at(day, 2, k), 'ec2', 'CreateSnapshot', self.invoked('AWSBackupDefaultServiceRole', 'backup'), 'backup.amazonaws.com', 'backup.amazonaws.com', {'volumeId': f'vol-{k:017x}'}, readonly=False))
            out.append(self.record(self.at(day, 2, 20 + k), 'ec2', 'CopySnapshot', backup, NAT, AGENTS['sdk'], {'sourceRegion': HOME_REGION, 'sourceSnapshotId': f'snap-{k:017x}'}, region=SECOND_REGION, readonly=False))
            out.append(self.record(self.at(day, 2, 33 + k), 'ec2', 'DeleteSnapshot', backup, NAT, AGENTS['sdk'], {'snapshotId': f'snap-{k + 100:017x}'}, readonly=False))
        out.append(self.record(self.at(day, 2, 50), 'ec2', 'ModifySnapshotAttribute', backup, NAT, AGENTS['sdk'], {'snapshotId': 'snap-1', 'attributeType': 'CREATE_VOLUME_PERMISSION', 'createVolumePermission': {'add': {'items': [{'userId': BACKUP_ACCOUNT}]}}}, readonly=False))
        for _ in range(3):
            out.append(self.record(self.at(day, 3), 'sts', 'AssumeRole', self.service('lambda'), 'lambda.amazonaws.com', 'lambda.amazonaws.com', {'roleArn': f'arn:aws:iam::{ACCOUNT}:role/fn', 'roleSessionName': 'fn'}))
        vendor = {'type': 'AWSAccount', 'principalId': 'AROAVENDOR:datadog', 'accountId': '464622532012'}
        out.append(self.record(self.at(day, 4), 'sts', 'AssumeRole', vendor, VPN + '44', AGENTS['sdk'], {'roleArn': f'arn:aws:iam::{ACCOUNT}:role/DatadogIntegration', 'roleSessionName': 'dd', 'externalId': 'x'}))
        return out

    def changes(self, day):
        """What a pipeline changes by the calls that intruders use too: with keys, networks and accounts of the owner."""
        own = f'arn:aws:kms:{HOME_REGION}:{ACCOUNT}:key/1'
        who, ip = self.session('platform-ci', f'run-{day}', provider=f'arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com'), CI_NETWORK + '33'
        scp = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}, {'Effect': 'Deny', 'Action': ['cloudtrail:StopLogging'], 'Resource': '*'}]})
        boundary = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'NotAction': ['iam:*', 'organizations:*', 'account:*'], 'Resource': '*'}]})
        calls = [('s3', 'PutBucketEncryption', {'bucketName': 'example-assets', 'ServerSideEncryptionConfiguration': {'Rule': {'ApplyServerSideEncryptionByDefault': {'SSEAlgorithm': 'aws:kms', 'KMSMasterKeyID': own}}}}),
                 ('s3', 'PutBucketLogging', {'bucketName': 'example-assets', 'BucketLoggingStatus': {'LoggingEnabled': {'TargetBucket': 'example-logs', 'TargetPrefix': 'assets/'}}}),
                 ('s3', 'CreateAccessPoint', {'name': 'ap', 'CreateAccessPointRequest': {'Bucket': 'example-assets', 'PublicAccessBlockConfiguration': {'BlockPublicAcls': True, 'IgnorePublicAcls': True, 'BlockPublicPolicy': True, 'RestrictPublicBuckets': True}}}),
                 ('s3', 'PutBucketReplication', {'bucketName': 'example-assets', 'ReplicationConfiguration': {'Rule': {'Destination': {'Bucket': 'arn:aws:s3:::example-assets-copy', 'Account': BACKUP_ACCOUNT}, 'Status': 'Enabled'}}}),
                 ('s3', 'PutBucketWebsite', {'bucketName': 'example.com', 'WebsiteConfiguration': {'RedirectAllRequestsTo': {'HostName': 'www.example.com'}}}),
                 ('elasticloadbalancing', 'ModifyLoadBalancerAttributes', {'loadBalancerArn': 'x', 'attributes': [{'key': 'access_logs.s3.enabled', 'value': 'true'}, {'key': 'deletion_protection.enabled', 'value': 'true'}]}),
                 ('elasticloadbalancing', 'CreateListener', {'defaultActions': [{'type': 'redirect', 'redirectConfig': {'protocol': 'HTTPS', 'port': '443', 'host': '#{host}', 'statusCode': 'HTTP_301'}}]}),
                 ('rds', 'ModifyDBInstance', {'dBInstanceIdentifier': 'shop', 'backupRetentionPeriod': 14, 'deletionProtection': True, 'cloudwatchLogsExportConfiguration': {'enableLogTypes': ['audit']}}),
                 ('rds', 'ModifyDBCluster', {'dBClusterIdentifier': f'preview-{day}', 'deletionProtection': False}), ('rds', 'DeleteDBCluster', {'dBClusterIdentifier': f'preview-{day}', 'skipFinalSnapshot': True}),
                 ('dynamodb', 'UpdateContinuousBackups', {'tableName': 'carts', 'pointInTimeRecoverySpecification': {'pointInTimeRecoveryEnabled': True}}), ('events', 'PutTargets', {'rule': 'nightly', 'targets': [{'id': '1', 'arn': f'arn:aws:lambda:{HOME_REGION}:{ACCOUNT}:function:f'}]}),
                 ('backup', 'StartCopyJob', {'destinationBackupVaultArn': f'arn:aws:backup:{SECOND_REGION}:{BACKUP_ACCOUNT}:backup-vault:copies'}), ('logs', 'PutSubscriptionFilter', {'logGroupName': '/app', 'destinationArn': f'arn:aws:logs:{HOME_REGION}:{BACKUP_ACCOUNT}:destination:central'}),
                 ('logs', 'PutRetentionPolicy', {'logGroupName': f'/aws/lambda/f{day}', 'retentionInDays': 3}), ('logs', 'PutRetentionPolicy', {'logGroupName': 'aws-cloudtrail-logs', 'retentionInDays': 400}),
                 ('guardduty', 'UpdateDetector', {'detectorId': 'd', 'enable': True, 'features': [{'name': 'S3_DATA_EVENTS', 'status': 'ENABLED'}]}), ('cloudtrail', 'UpdateTrail', {'name': 'org', 's3BucketName': 'example-trail', 'isMultiRegionTrail': True, 'enableLogFileValidation': True}),
                 ('cloudtrail', 'PutInsightSelectors', {'trailName': 'org', 'insightSelectors': [{'insightType': 'ApiCallRateInsight'}]}), ('config', 'PutConfigurationRecorder', {'configurationRecorder': {'recordingGroup': {'allSupported': False, 'resourceTypes': ['AWS::EC2::Instance']}}}),
                 ('securityhub', 'BatchUpdateFindings', {'findingIdentifiers': [{'id': 'f', 'productArn': 'p'}], 'workflow': {'status': 'SUPPRESSED'}}), ('organizations', 'UpdatePolicy', {'policyId': 'p-1', 'content': scp}),
                 ('sso', 'CreateAccountAssignment', {'targetId': ACCOUNT, 'permissionSetArn': 'p', 'principalType': 'GROUP'}), ('sso', 'AttachManagedPolicyToPermissionSet', {'managedPolicyArn': 'arn:aws:iam::aws:policy/ReadOnlyAccess'}),
                 ('cloudformation', 'CreateStackInstances', {'stackSetName': 'baseline', 'deploymentTargets': {'organizationalUnitIds': ['ou-1']}, 'regions': [HOME_REGION]}), ('iam', 'CreatePolicy', {'policyName': 'developers', 'policyDocument': boundary}),
                 ('ec2', 'ModifyInstanceMetadataOptions', {'ModifyInstanceMetadataOptionsRequest': {'InstanceId': self.instances[0], 'HttpTokens': 'required'}}), ('ec2', 'CreateVpcPeeringConnection', {'vpcId': 'vpc-1', 'peerVpcId': 'vpc-2', 'peerOwnerId': ACCOUNT}),
                 ('ec2', 'CreateDhcpOptions', {'dhcpConfigurationSet': {'items': [{'key': 'domain-name-servers', 'valueSet': {'items': [{'value': '10.0.0.2'}, {'value': 'AmazonProvidedDNS'}]}}]}}),
                 ('ec2', 'ModifyManagedPrefixList', {'ModifyManagedPrefixListRequest': {'PrefixListId': 'pl-1', 'AddEntry': {'Cidr': '198.51.100.0/24'}}}), ('route53resolver', 'CreateResolverRule', {'ruleType': 'FORWARD', 'domainName': 'corp.example.', 'targetIps': [{'ip': '10.9.0.2', 'port': 53}]}),
                 ('ssm', 'SendCommand', {'documentName': 'AWS-RunPatchBaseline', 'targets': [{'key': 'InstanceIds', 'values': ['*']}]}), ('ssm', 'SendCommand', {'documentName': 'AWS-RunShellScript', 'instanceIds': self.instances[:3]}),
                 ('ecr', 'BatchDeleteImage', {'repositoryName': 'web', 'imageIds': [{'imageTag': str(day)}]}), ('budgets', 'UpdateBudget', {'budgetName': 'all'}), ('codebuild', 'StartBuild', {'projectName': 'web', 'buildspecOverride': 'phases: {build: {commands: [make]}}'}),
                 ('ec2', 'TerminateInstances', {'instancesSet': {'items': [{'instanceId': x} for x in self.instances[8:]]}})]
        return [self.record(self.at(day, 13, k), service, call, who, ip, AGENTS['terraform'], request, None, region='us-east-1' if service in ('iam', 'organizations') else HOME_REGION, readonly=False) for k, (service, call, request) in enumerate(calls)]

    def cloudtrail(self):
        paths = []
        for day in range(self.days):
            records = sorted(self.people(day) + self.pipelines(day) + self.changes(day) + self.machines(day), key=lambda r: r['eventTime'])
            path = self.folder / f'{ACCOUNT}_CloudTrail_{HOME_REGION}_{day:02d}.json.gz'
            path.write_bytes(gzip.compress(json.dumps({'Records': records}).encode()))
            paths.append(path)
        return paths

    # ---- networks ----

    def flows(self):
        header = 'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id flow-direction traffic-path'
        lines = [header]
        for day in range(self.days):
            for hour in range(24):
                t = int(self.at(day, hour, 0, 0).timestamp())

                def flow(src, dst, sport, dport, packets, size, action='ACCEPT', at=0, proto=6, direction='egress'):
                    lines.append(f'5 {ACCOUNT} eni-0a{src.split(".")[-1]} {src} {dst} {sport} {dport} {proto} {packets} {size} {t + at} {t + at + 60} {action} OK vpc-1 subnet-1 {self.instances[0]} 19 IPv4 {src} {dst} {HOME_REGION} euc1-az1 {direction} 1')
                for k in range(6):
                    web = f'10.0.1.{10 + k % 3}'
                    visitor = f'203.0.113.{self.r.randrange(1, 254)}'
                    busy = 40 if 8 <= hour <= 20 else 8
                    flow(web, visitor, 443, self.r.randrange(30000, 60000), 400, busy * self.r.randrange(20_000, 60_000), at=k * 300)
                    flow(visitor, web, self.r.randrange(30000, 60000), 443, 300, 40_000, at=k * 300, direction='ingress')
                    flow(web, '10.0.2.20', self.r.randrange(30000, 60000), 5432, 90, 60_000, at=k * 300)
                    flow(f'203.0.113.{self.r.randrange(1, 254)}', web, self.r.randrange(30000, 60000), self.r.choice([22, 23, 3389, 8080, 6379]), 1, 40, 'REJECT', at=k * 300, direction='ingress')
                    flow('10.0.3.4', f'10.0.1.{10 + k % 3}', self.r.randrange(30000, 60000), 22, 60, 9_000, at=k * 300)
                    flow(web, '10.0.0.2', self.r.randrange(30000, 60000), 53, 2, 140, at=k * 300, proto=17)
                    lines.append(f'5 {ACCOUNT} eni-0aff - - - - - - - {t + k * 60} {t + k * 60 + 60} - NODATA vpc-1 subnet-1 - - - - - {HOME_REGION} euc1-az1 - -')
                if hour == 2:  # the nightly backup into the second region
                    flow('10.0.2.20', '10.1.2.20', 40000, 443, 9_000_000, 18_000_000_000 + self.r.randrange(2_000_000_000))
                if hour == 4:
                    flow('10.0.1.10', '198.51.100.77', 40001, 443, 200_000, 300_000_000 + self.r.randrange(60_000_000))
        return [self.write('vpc-flow.log', lines)] + self.flows_of_others()

    def flows_of_others(self):
        """Azure's, by group, and Google's: a server of the web, its database, what every address of the internet gets."""
        azure, google = [], []
        for day in range(self.days):
            for hour in range(24):
                when = self.at(day, hour, 0, 0)
                seconds, tuples = int(when.timestamp()), []
                for k in range(12):
                    visitor, port = f'203.0.113.{self.r.randrange(1, 254)}', self.r.randrange(30000, 60000)
                    there, back = self.r.randrange(2_000, 40_000), self.r.randrange(20_000, 2_000_000)
                    tuples.append(f'{seconds + k},{visitor},10.0.1.4,{port},443,T,I,A,B,,,,')
                    tuples.append(f'{seconds + k + 20},{visitor},10.0.1.4,{port},443,T,I,A,E,{there // 500},{there},{back // 1200},{back}')
                    tuples.append(f'{seconds + k},10.0.1.4,10.0.2.20,{port},5432,T,O,A,E,40,20000,60,60000')
                    tuples.append(f'{seconds + k},203.0.113.{self.r.randrange(1, 254)},10.0.1.4,{port},{self.r.choice([22, 23, 3389, 6379])},T,I,D,B,,,,')
                    stamp = (when + datetime.timedelta(seconds=k)).strftime('%Y-%m-%dT%H:%M:%S.%fZ')
                    google.append({'insertId': f'{self.r.getrandbits(48):x}', 'logName': 'projects/example-prod/logs/compute.googleapis.com%2Fvpc_flows', 'timestamp': stamp, 'resource': {'type': 'gce_subnetwork', 'labels': {'project_id': 'example-prod'}},
                                   'jsonPayload': {'connection': {'src_ip': '10.0.1.4', 'dest_ip': visitor, 'src_port': 443, 'dest_port': port, 'protocol': 6}, 'bytes_sent': str(back), 'packets_sent': str(back // 1200), 'start_time': stamp, 'end_time': stamp,
                                                   'reporter': 'SRC', 'src_instance': {'project_id': 'example-prod', 'vm_name': 'web', 'region': 'europe-west3', 'zone': 'europe-west3-a'}}})
                azure.append({'time': when.strftime('%Y-%m-%dT%H:%M:%SZ'), 'systemId': 's', 'category': 'NetworkSecurityGroupFlowEvent', 'resourceId': '/SUBSCRIPTIONS/0B1F6471-1BF0-4DDA-AEC3-CB9272F09590/RESOURCEGROUPS/PROD/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB',
                              'operationName': 'NetworkSecurityGroupFlowEvents', 'properties': {'Version': 2, 'flows': [{'rule': 'UserRule_web', 'flows': [{'mac': '000D3AF87856', 'flowTuples': tuples}]}]}})
        return [self.write('nsg-flow.json', azure), self.write('gcp-flow.json', google)]

    def names(self):
        out = []
        for day in range(self.days):
            for hour in range(24):
                for name in ('www.example.com.', f'sqs.{HOME_REGION}.amazonaws.com.', 'deb.debian.org.', f'ec2.{HOME_REGION}.amazonaws.com.', 'api.github.com.', 'db.internal.example.',
                             'd1qj8k2v9h3m5w7x.cloudfront.net.', 'search-logs-abcdefghijklmnopqrstuvwxyz0123456789.eu-central-1.es.amazonaws.com.'):
                    out.append({'version': '1.100000', 'account_id': ACCOUNT, 'region': HOME_REGION, 'vpc_id': 'vpc-1', 'query_timestamp': self.at(day, hour).strftime('%Y-%m-%dT%H:%M:%SZ'), 'query_name': name, 'query_type': self.r.choice(['A', 'AAAA']),
                                'query_class': 'IN', 'rcode': 'NOERROR', 'answers': [{'Rdata': '198.51.100.7', 'Type': 'A', 'Class': 'IN'}], 'srcaddr': '10.0.1.10', 'srcport': '40000', 'transport': 'UDP', 'srcids': {'instance': self.instances[0]}})
        return [self.write('resolver.log', sorted(out, key=lambda r: r['query_timestamp']))]

    # ---- servers ----

    def logins(self):
        lines, iso, journal = [], [], []
        events = []
        for day in range(self.days):
            for name in PEOPLE:
                ip, pid = OFFICE + str(10 + PEOPLE.index(name)), self.r.randrange(1000, 30000)
                hour = self.r.randrange(7, 12)
                port = self.r.randrange(30000, 60000)
                for _ in range(self.r.choice([0, 0, 1, 2])):  # a few mistype
                    events.append((self.at(day, hour, 1), 'sshd', pid, f'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}  user={name}'))
                    events.append((self.at(day, hour, 2), 'sshd', pid, f'Failed password for {name} from {ip} port {port} ssh2'))
                events.append((self.at(day, hour, 3), 'sshd', pid, f'Accepted {"publickey" if name != "dave" else "password"} for {name} from {ip} port {port} ssh2' + (': ED25519 SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' if name != 'dave' else '')))
                events.append((self.at(day, hour, 3), 'sshd', pid, f'pam_unix(sshd:session): session opened for user {name}(uid=1000) by (uid=0)'))
                events.append((self.at(day, hour, 10), 'sudo', pid + 1, f'   {name} : TTY=pts/0 ; PWD=/home/{name} ; USER=root ; COMMAND=/usr/bin/{self.r.choice(["systemctl restart nginx", "apt-get update", "journalctl -u app", "tail -f /var/log/syslog"])}'))
                events.append((self.at(day, hour, 10), 'sudo', pid + 1, f'pam_unix(sudo:session): session opened for user root(uid=0) by {name}(uid=1000)'))
                if name == 'erin':
                    events.append((self.at(day, hour, 12), 'sudo', pid + 2, f'pam_unix(sudo:auth): authentication failure; logname=erin uid=1004 euid=0 tty=/dev/pts/0 ruser=erin rhost=  user=erin'))
                events.append((self.at(day, hour + 5, 0), 'sshd', pid, f'Received disconnect from {ip} port {port}:11: disconnected by user'))
                events.append((self.at(day, hour + 5, 0), 'sshd', pid, f'Disconnected from user {name} {ip} port {port}'))
            for hour in range(24):
                events.append((self.at(day, hour, 17, 1), 'CRON', self.r.randrange(1000, 30000), '(root) CMD (   cd / && run-parts --report /etc/cron.hourly)'))
                events.append((self.at(day, hour, 17, 1), 'CRON', self.r.randrange(1000, 30000), 'pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)'))
                events.append((self.at(day, hour, 30), 'sshd', self.r.randrange(1000, 30000), f'Connection closed by {VPN}9 port {self.r.randrange(30000, 60000)} [preauth]'))  # the monitoring
                events.append((self.at(day, hour, 31), 'CRON', self.r.randrange(1000, 30000), '(backup) CMD (curl -fsS -m 10 https://hc.example.com/ping/0f3 > /dev/null)'))
                events.append((self.at(day, hour, 40), 'sshd', self.r.randrange(1000, 30000), f'Accepted publickey for deploy from {CI_NETWORK}7 port {self.r.randrange(30000, 60000)} ssh2: RSA SHA256:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz'))
            if day == 1:  # a package brings its account
                events += [(self.at(day, 6, 1), 'groupadd', 900, 'new group: name=prometheus, GID=998'), (self.at(day, 6, 1), 'useradd', 901, 'new user: name=prometheus, UID=998, GID=998, home=/var/lib/prometheus, shell=/usr/sbin/nologin, from=none')]
                events += [(self.at(day, 9, 1), 'useradd', 902, 'new user: name=frank, UID=1005, GID=1005, home=/home/frank, shell=/bin/bash, from=/dev/pts/0'), (self.at(day, 9, 2), 'usermod', 903, "add 'frank' to group 'sudo'"),
                           (self.at(day, 9, 3), 'passwd', 904, 'pam_unix(passwd:chauthtok): password changed for frank')]
        for when, program, pid, message in sorted(events):
            tag = program if program == 'sudo' else f'{program}[{pid}]'
            lines.append(f'{when.strftime("%b")} {when.day:2d} {when.strftime("%H:%M:%S")} web1 {tag}: {message}')
            iso.append(f'{when.strftime("%Y-%m-%dT%H:%M:%S.%f")}+00:00 web2 {tag}: {message}')
            journal.append({'__REALTIME_TIMESTAMP': str(int(when.timestamp() * 1e6)), '_HOSTNAME': 'web3', 'SYSLOG_IDENTIFIER': program, '_COMM': program.lower(), '_PID': str(pid), 'MESSAGE': message.strip(), 'PRIORITY': '6', '_BOOT_ID': '0' * 32})
        export = ''.join(''.join(f'{k}={v}\n' for k, v in e.items()) + '\n' for e in journal).replace('web3', 'web4')
        (self.folder / 'journal.export').write_text(export)
        return [self.write('auth.log', lines), self.write('secure.log', iso), self.write('journal.json', journal), self.folder / 'journal.export']

    def audit(self):
        """Records of auditd on a server: services, people with sudo, logs that are turned over, the end of the day when the machine goes down."""
        lines, serial = [], 100

        def act(when, *records, who='auid=4294967295', exe='/usr/bin/dash', call=59):
            nonlocal serial
            serial += 1
            head = f'msg=audit({when.timestamp():.3f}:{serial})'
            lines.append((when, f'type=SYSCALL {head}: arch=c000003e syscall={call} success=yes exit=0 a0=5 a1=6 a2=7 a3=8 items=2 ppid=1 pid={serial} {who} uid=0 gid=0 euid=0 tty=(none) ses=1 comm="x" exe="{exe}" key=(null)'))
            lines.extend((when, f'type={kind} {head}: {text}') for kind, text in records)

        def single(when, text):
            nonlocal serial
            serial += 1
            kind, rest = text.split(' ', 1)
            lines.append((when, f'type={kind} msg=audit({when.timestamp():.3f}:{serial}): {rest}'))

        def execve(*args):
            return 'EXECVE', f'argc={len(args)}' + ''.join(f' a{n}=' + (f'"{a}"' if ' ' not in a else a.encode().hex().upper()) for n, a in enumerate(args))
        for day in range(self.days):
            for hour in range(24):
                act(self.at(day, hour, 17), execve('/bin/sh', '-c', 'cd / && run-parts --report /etc/cron.hourly'), who='auid=0')
                act(self.at(day, hour, 31), execve('/bin/sh', '-c', 'curl -fsS -m 10 https://hc.example.com/ping/0f3 > /dev/null'), who='auid=0')
                act(self.at(day, hour, 32), execve('sh', '-c', 'ps aux | grep app'))
            act(self.at(day, 0, 5), ('PATH', 'item=1 name="/var/log/auth.log.5" inode=9 nametype=DELETE'), exe='/usr/sbin/logrotate', call=87)
            act(self.at(day, 3), execve('dpkg', '-i', '/var/cache/apt/archives/google-osconfig-agent_1.deb'), execve('systemctl', 'restart', 'google-osconfig-agent'))
            act(self.at(day, 3), execve('modprobe', 'nf_conntrack'))
            single(self.at(day, 23), 'CONFIG_CHANGE op=set audit_enabled=0 old=1 auid=4294967295 ses=4294967295 res=1')
            single(self.at(day, 23), 'CONFIG_CHANGE auid=4294967295 ses=4294967295 op=remove_rule key="exec" list=4 res=1')
            for name in PEOPLE:
                hour = self.r.randrange(7, 12)
                ip = OFFICE + str(10 + PEOPLE.index(name))
                single(self.at(day, hour, 3), f"USER_AUTH pid=7 uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:authentication acct=\"{name}\" exe=\"/usr/sbin/sshd\" hostname={ip} addr={ip} terminal=ssh res=success'")
                single(self.at(day, hour, 4), f"USER_LOGIN pid=7 uid=0 auid=1000 ses=2 msg='op=login acct=\"{name}\" exe=\"/usr/sbin/sshd\" hostname={ip} addr={ip} terminal=/dev/pts/0 res=success'")
                single(self.at(day, hour, 10), f"USER_CMD pid=8 uid=1000 auid=1000 ses=2 msg='cwd=\"/home/{name}\" cmd={'systemctl restart nginx'.encode().hex().upper()} exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'\x1dAUID=\"{name}\"")
                act(self.at(day, hour, 11), execve('chmod', '+x', f'/home/{name}/deploy.sh'), execve('bash', '-c', f'/home/{name}/deploy.sh'), who='auid=1000')
                act(self.at(day, hour, 12), execve('systemctl', 'status', 'amazon-ssm-agent'), execve('auditctl', '-l'), who='auid=1000')
        return [self.write('auditd.log', [text for _, text in sorted(lines, key=lambda x: x[0])])]

    def web(self):
        lines, as_json = [], []
        pages = ['/', '/index.html', '/products?id=7', '/css/main.css', '/js/app.js', '/images/logo.png', '/search?q=how+to+use+wget+and+curl', '/api/v1/items', '/about', '/wp-content/uploads/2026/03/team.jpg', '/download?file=manual.pdf']
        crawlers = ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)']
        for day in range(self.days):
            for _ in range(600):
                when, crawler = self.at(day, self.r.randrange(24)), self.r.random() < 0.2
                ip = f'66.249.66.{self.r.randrange(1, 30)}' if crawler else f'203.0.113.{self.r.randrange(1, 254)}'
                page = self.r.choice(pages)
                status = 200
                if crawler and self.r.random() < 0.3:
                    page, status = f'/old/{self.r.randrange(400)}', 404
                if self.r.random() < 0.03:
                    page, status = self.r.choice([('/.env', 404), ('/wp-login.php', 404), ('/favicon.ico', 404), ('/robots.txt', 200), ('/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', 404)])  # what every server sees
                    ip = f'192.0.2.{self.r.randrange(1, 254)}'
                agent = self.r.choice(crawlers) if crawler else AGENTS['console']
                lines.append((when, f'{ip} - - [{when.strftime("%d/%b/%Y:%H:%M:%S")} +0000] "GET {page} HTTP/1.1" {status} {self.r.randrange(200, 40000)} "-" "{agent}"'))
                as_json.append((when, {'level': 'info', 'ts': when.timestamp(), 'logger': 'http.log.access', 'msg': 'handled request', 'request': {'remote_ip': ip, 'remote_port': '41342', 'client_ip': ip, 'proto': 'HTTP/2.0', 'method': 'GET', 'host': 'www.example.com', 'uri': page,
                                                                                                                                                     'headers': {'User-Agent': [agent]}}, 'duration': 0.001, 'size': 1200, 'status': status}))
        lines.sort(key=lambda x: x[0])
        as_json.sort(key=lambda x: x[0])
        return [self.write('access.log', [x for _, x in lines]), self.write('caddy.json', [x for _, x in as_json])]

    # ---- the cluster ----

    def kubernetes(self):
        out = []

        def audit(when, verb, user, resource, namespace, name, ip='10.0.1.10', agent='kubectl/v1.30.2 (linux/amd64) kubernetes/39683505', code=200, sub=None, groups=('system:authenticated',), body=None, decision='allow'):
            ref = {'resource': resource, 'apiVersion': 'v1'}
            if namespace:
                ref['namespace'] = namespace
            if name:
                ref['name'] = name
            if sub:
                ref['subresource'] = sub
            e = {'kind': 'Event', 'apiVersion': 'audit.k8s.io/v1', 'level': 'RequestResponse' if body else 'Metadata', 'auditID': str(uuid.UUID(int=self.r.getrandbits(128))), 'stage': 'ResponseComplete',
                 'requestURI': f'/api/v1/{"namespaces/" + namespace + "/" if namespace else ""}{resource}' + (f'/{name}' if name else ''), 'verb': verb, 'user': {'username': user, 'groups': list(groups)}, 'sourceIPs': [ip], 'userAgent': agent,
                 'objectRef': ref, 'responseStatus': {'metadata': {}, 'code': code}, 'requestReceivedTimestamp': when.strftime('%Y-%m-%dT%H:%M:%S.%fZ'), 'stageTimestamp': when.strftime('%Y-%m-%dT%H:%M:%S.%fZ'),
                 'annotations': {'authorization.k8s.io/decision': decision, 'authorization.k8s.io/reason': ''}}
            if body:
                e['requestObject'] = body
            out.append(e)

        def pod(name, image, **spec):
            return {'kind': 'Pod', 'apiVersion': 'v1', 'metadata': {'name': name}, 'spec': {'containers': [{'name': 'c', 'image': image, 'resources': {}}], **spec}}
        system = ('system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated')
        for day in range(self.days):
            for hour in range(24):
                audit(self.at(day, hour), 'get', 'system:anonymous', '', None, None, '10.0.0.9', 'kube-probe/1.30', groups=('system:unauthenticated',))
                out[-1]['requestURI'] = '/readyz'
                out[-1].pop('objectRef')
                audit(self.at(day, hour), 'update', 'system:kube-controller-manager', 'leases', 'kube-system', 'kube-controller-manager', agent='kube-controller-manager/v1.30.2')
                audit(self.at(day, hour), 'list', 'system:serviceaccount:cert-manager:cert-manager', 'secrets', None, None, agent='cert-manager-controller/v1.15')
                audit(self.at(day, hour), 'watch', 'system:serviceaccount:external-secrets:external-secrets', 'secrets', None, None, agent='external-secrets/v0.9')
                audit(self.at(day, hour), 'create', 'system:serviceaccount:kube-system:replicaset-controller', 'pods', 'shop', f'web-{hour}', groups=system, body=pod(f'web-{hour}', 'registry.example.com/web:1.4'), code=201)
                audit(self.at(day, hour), 'create', 'system:serviceaccount:kube-system:daemon-set-controller', 'pods', 'kube-system', f'kube-proxy-{hour}', groups=system, code=201,
                      body=pod(f'kube-proxy-{hour}', 'registry.k8s.io/kube-proxy:v1.30.2', hostNetwork=True, volumes=[{'name': 'm', 'hostPath': {'path': '/lib/modules'}}]))
                audit(self.at(day, hour), 'create', f'system:node:node{hour % 3}', 'serviceaccounts', 'shop', 'default', sub='token', groups=('system:nodes', 'system:authenticated'), code=201)
                audit(self.at(day, hour), 'patch', 'system:serviceaccount:cert-manager:cainjector', 'mutatingwebhookconfigurations', None, 'cert-manager-webhook')
                audit(self.at(day, hour), 'create', 'system:serviceaccount:kube-system:cronjob-controller', 'jobs', 'shop', f'report-{hour}', groups=system, code=201)
            for name in PEOPLE:
                user = f'{name}@example.com'
                for _ in range(10):
                    audit(self.at(day, self.r.randrange(8, 18)), self.r.choice(['get', 'list', 'watch']), user, self.r.choice(['pods', 'deployments', 'services', 'configmaps', 'events', 'nodes']), self.r.choice(['shop', 'monitoring']), None, OFFICE + '10')
                audit(self.at(day, 10), 'get', user, 'pods', 'shop', 'web-1', OFFICE + '10', sub='log')
                audit(self.at(day, 11), 'get', user, 'secrets', 'shop', 'db', OFFICE + '10', code=403, decision='forbid')
            audit(self.at(day, 12), 'create', 'bob@example.com', 'pods', 'shop', 'web-1', OFFICE + '11', sub='exec', code=101)
            audit(self.at(day, 12), 'patch', 'alice@example.com', 'deployments', 'shop', 'web', OFFICE + '10', sub='scale', body={'spec': {'replicas': 20}})
            audit(self.at(day, 12), 'delete', 'alice@example.com', 'networkpolicies', 'preview', f'preview-{day}', OFFICE + '10')
            audit(self.at(day, 12), 'create', 'alice@example.com', 'serviceaccounts', 'kube-system', 'admin-user', OFFICE + '10', sub='token', code=201)
            audit(self.at(day, 13), 'create', 'alice@example.com', 'persistentvolumes', None, f'data-{day}', OFFICE + '10', code=201, body={'kind': 'PersistentVolume', 'spec': {'hostPath': {'path': '/srv/data'}}})
            audit(self.at(day, 9), 'get', 'alice@example.com', 'secrets', 'shop', 'db', OFFICE + '10')
            for k, (resource, name) in enumerate([('deployments', 'web'), ('services', 'web'), ('configmaps', 'web'), ('secrets', 'web-config'), ('daemonsets', 'node-exporter'), ('cronjobs', 'report')]):
                body = {'kind': resource[:-1].capitalize(), 'metadata': {'name': name}, 'spec': {'template': {'spec': {'containers': [{'name': 'c', 'image': 'registry.example.com/x:1', 'securityContext': {'privileged': False}}], 'hostNetwork': name == 'node-exporter',
                                                                                                                'volumes': [{'name': 'h', 'hostPath': {'path': '/sys/fs/cgroup'}}] if name == 'node-exporter' else []}}}}
                audit(self.at(day, 14, k), 'patch', 'system:serviceaccount:argocd:argocd-application-controller', resource, 'monitoring' if name == 'node-exporter' else 'shop', name, agent='argocd-application-controller/v2.11', body=body)
        return [self.write('audit.log', sorted(out, key=lambda e: e['stageTimestamp']))]

    # ---- Google Cloud and Azure ----

    def google(self):
        out = []

        def entry(when, service, method, user, ip, agent, resource, request=None, **more):
            p = {'@type': 'type.googleapis.com/google.cloud.audit.AuditLog', 'status': {}, 'authenticationInfo': {'principalEmail': user}, 'requestMetadata': {'callerIp': ip, 'callerSuppliedUserAgent': agent}, 'serviceName': f'{service}.googleapis.com',
                 'methodName': method, 'authorizationInfo': [{'permission': 'x', 'granted': True}], 'resourceName': resource}
            if request is not None:
                p['request'] = request
            p.update(more)
            out.append({'protoPayload': p, 'insertId': f'{self.r.getrandbits(48):x}', 'resource': {'type': 'gce_instance', 'labels': {'project_id': 'example-prod', 'zone': 'europe-west3-a'}}, 'timestamp': when.strftime('%Y-%m-%dT%H:%M:%S.%fZ'),
                        'severity': 'NOTICE', 'logName': 'projects/example-prod/logs/cloudaudit.googleapis.com%2Factivity', 'receiveTimestamp': when.strftime('%Y-%m-%dT%H:%M:%S.%fZ')})
        for day in range(self.days):
            ci = 'terraform@example-prod.iam.gserviceaccount.com'
            for method in ('v1.compute.instances.insert', 'v1.compute.disks.insert', 'v1.compute.firewalls.insert', 'google.iam.admin.v1.CreateServiceAccount', 'dns.changes.create', 'v1.compute.instances.setMetadata', 'google.logging.v2.ConfigServiceV2.CreateSink'):
                request = {'machineType': 'projects/example-prod/zones/europe-west3-a/machineTypes/e2-standard-2', 'name': 'web'}
                if 'firewalls' in method:
                    request = {'sourceRanges': ['0.0.0.0/0'], 'alloweds': [{'IPProtocol': 'tcp', 'ports': ['443']}]}
                if 'dns' in method:
                    request = {'managedZone': 'z', 'change': {'additions': [{'name': '_acme-challenge.www.example.com.', 'type': 'TXT', 'ttl': 60, 'rrdatas': ['"x"']}]}}
                if 'setMetadata' in method:
                    request = {'metadata': {'items': [{'key': 'purpose'}]}}
                entry(self.at(day, 9), method.split('.')[1] if method.startswith('v1') else 'iam', method, ci, CI_NETWORK + '9', 'google-api-go-client/0.5 Terraform/1.8.5 (+https://www.terraform.io)', 'projects/example-prod/x', request)
            for n in range(6):  # what is older than a month
                entry(self.at(day, 3), 'compute', 'v1.compute.snapshots.delete', ci, CI_NETWORK + '9', 'google-api-go-client/0.5', f'projects/example-prod/global/snapshots/daily-{day}-{n}')
            entry(self.at(day, 10), 'cloudsql', 'cloudsql.instances.update', ci, CI_NETWORK + '9', 'google-api-go-client/0.5', 'projects/example-prod/instances/db', {'body': {'settings': {'ipConfiguration': {'authorizedNetworks': [{'value': '198.51.100.0/24'}]}}}})
            for service, method, request in (('orgpolicy', 'google.cloud.orgpolicy.v2.OrgPolicy.UpdatePolicy', {'policy': {'spec': {'rules': [{'enforce': True}]}}}), ('compute', 'v1.compute.instanceGroupManagers.resize', {'size': '12'}),
                                             ('cloudsql', 'cloudsql.instances.patch', {'body': {'settings': {'tier': 'db-g1-small', 'backupConfiguration': {'enabled': True}}}}), ('run', 'google.cloud.run.v2.Jobs.CreateJob', {'job': {'template': {'template': {'containers': [{'image': 'europe-docker.pkg.dev/p/r/report'}]}}}}),
                                             ('dns', 'dns.managedZones.patch', {'managedZone': {'dnssecConfig': {'state': 'ON'}}}), ('cloudresourcemanager', 'CreateProject', {'project': {'projectId': f'preview-{day}'}})):
                entry(self.at(day, 12), service, method, ci, CI_NETWORK + '9', 'google-api-go-client/0.5 Terraform/1.8.5', f'projects/example-prod/{service}', request)
            for n in range(20):  # somebody looks into a report
                entry(self.at(day, 14), 'storage', 'storage.objects.get', 'carol@example.com', OFFICE + '12', AGENTS['console'], f'projects/_/buckets/reports/objects/{day}-{n}')
            entry(self.at(day, 10), 'iamcredentials', 'GenerateAccessToken', 'alice@example.com', OFFICE + '12', AGENTS['cli'], 'projects/-/serviceAccounts/1')
            for zone in 'abc' * 3:
                entry(self.at(day, 11), 'compute', 'v1.compute.instances.insert', '123@cloudservices.gserviceaccount.com', 'private', 'GCE Managed Instance Group for GKE', f'projects/example-prod/zones/europe-west3-{zone}/instances/gke-1', {'machineType': 'zones/a/machineTypes/e2-standard-4'})
            for name in PEOPLE:
                entry(self.at(day, 10), 'secretmanager', 'google.cloud.secretmanager.v1.SecretManagerService.ListSecrets', f'{name}@example.com', OFFICE + '12', AGENTS['console'], 'projects/example-prod')
                entry(self.at(day, 10), 'compute', 'beta.compute.instances.list', f'{name}@example.com', OFFICE + '12', AGENTS['console'], 'projects/example-prod')
            entry(self.at(day, 15), 'cloudresourcemanager', 'SetIamPolicy', 'alice@example.com', OFFICE + '12', AGENTS['console'], 'projects/example-prod', {},
                  serviceData={'policyDelta': {'bindingDeltas': [{'action': 'ADD', 'role': 'roles/viewer', 'member': 'user:frank@example.com'}]}})
        return [self.write('gcp-audit.json', sorted(out, key=lambda e: e['timestamp']))]

    def azure(self):
        activity, signins = [], []
        for day in range(self.days):
            for op, caller in (('MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE', 'deploy-app'), ('MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/SECURITYRULES/WRITE', 'deploy-app'), ('MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION', 'backup-app'),
                               ('MICROSOFT.RESOURCES/DEPLOYMENTS/WRITE', 'deploy-app'), ('MICROSOFT.NETWORK/DNSZONES/TXT/WRITE', 'deploy-app'), ('MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE', 'alice@example.com'), ('MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/WRITE', 'deploy-app'),
                               ('MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTSCHEDULEREQUESTS/WRITE', 'alice@example.com'), ('MICROSOFT.DBFORPOSTGRESQL/FLEXIBLESERVERS/FIREWALLRULES/WRITE', 'deploy-app'), ('MICROSOFT.NETWORK/VIRTUALNETWORKS/WRITE', 'deploy-app'),
                               ('MICROSOFT.MANAGEDIDENTITY/USERASSIGNEDIDENTITIES/FEDERATEDIDENTITYCREDENTIALS/WRITE', 'deploy-app'), ('MICROSOFT.AUTHORIZATION/LOCKS/DELETE', 'deploy-app')):
                when = self.at(day, self.r.randrange(8, 18))
                record = {'time': when.strftime('%Y-%m-%dT%H:%M:%S.%fZ'), 'resourceId': f'/SUBSCRIPTIONS/0B1F6471-1BF0-4DDA-AEC3-CB9272F09590/RESOURCEGROUPS/PROD/PROVIDERS/{op.rsplit("/", 1)[0]}/X', 'operationName': op, 'category': 'Administrative', 'resultType': 'Success', 'resultSignature': 'Succeeded.Created',
                          'callerIpAddress': CI_NETWORK + '9', 'correlationId': str(uuid.UUID(int=self.r.getrandbits(128))), 'level': 'Information', 'tenantId': 't',
                          'identity': {'authorization': {'action': op, 'scope': '/x'}, 'claims': {'name': caller, 'appid': caller}}, 'properties': {'statusCode': 'Created'}}
                if 'DIAGNOSTICSETTINGS' in op:
                    record['properties']['requestbody'] = json.dumps({'properties': {'logs': [{'category': 'Administrative', 'enabled': True}, {'category': 'Autoscale', 'enabled': False}]}})
                if 'SCHEDULEREQUESTS' in op:  # an owner goes to work
                    record['properties']['requestbody'] = json.dumps({'Properties': {'RoleDefinitionId': '/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'PrincipalId': 'p', 'RequestType': 'SelfActivate'}})
                if 'FIREWALLRULES' in op:
                    record['properties']['requestbody'] = json.dumps({'properties': {'startIpAddress': '0.0.0.0', 'endIpAddress': '0.0.0.0'}})
                if op.endswith('VIRTUALNETWORKS/WRITE'):
                    record['properties']['requestbody'] = json.dumps({'properties': {'addressSpace': {'addressPrefixes': ['10.3.0.0/16']}, 'dhcpOptions': {'dnsServers': ['10.3.0.4', '168.63.129.16']}}})
                if 'FEDERATED' in op:
                    record['properties']['requestbody'] = json.dumps({'properties': {'issuer': 'https://token.actions.githubusercontent.com', 'subject': 'repo:example/infra:ref:refs/heads/main'}})
                if 'VIRTUALMACHINES' in op:
                    record['properties']['requestbody'] = json.dumps({'properties': {'hardwareProfile': {'vmSize': 'Standard_D2s_v5'}}})
                if 'SECURITYRULES' in op:
                    record['properties']['requestbody'] = json.dumps({'properties': {'access': 'Allow', 'sourceAddressPrefix': '*', 'destinationPortRange': '443', 'protocol': 'Tcp'}})
                activity.append(record)
            for operation, details in (('Update user', 'Frank'), ('Add member to group', 'developers'), ('Add member to role', 'Directory Readers'), ('Consent to application', 'Planner'), ('Update conditional access policy', 'Office'),
                                       ('Add service principal credentials', 'deploy-app'), ('User registered security info', 'Frank'), ('Reset user password', 'Frank'), ('Add app role assignment to service principal', 'User.Read.All')):
                when = self.at(day, 10)
                signins.append({'time': when.strftime('%Y-%m-%dT%H:%M:%S.%fZ'), 'category': 'AuditLogs', 'operationName': operation, 'resultSignature': 'None', 'tenantId': 't', 'identity': 'alice', 'callerIpAddress': OFFICE + '14',
                                'properties': {'id': 'x', 'activityDisplayName': operation, 'activityDateTime': when.strftime('%Y-%m-%dT%H:%M:%SZ'), 'result': 'success', 'initiatedBy': {'user': {'userPrincipalName': 'alice@example.com', 'ipAddress': OFFICE + '14'}},
                                               'targetResources': [{'displayName': details, 'modifiedProperties': [{'displayName': 'Role.DisplayName', 'newValue': f'"{details}"'}]}]}})
            for name in PEOPLE:
                when = self.at(day, 8)
                for code in ('50140', '0'):
                    signins.append({'time': when.strftime('%Y-%m-%dT%H:%M:%S.%fZ'), 'resourceId': '/tenants/t/providers/Microsoft.aadiam', 'operationName': 'Sign-in activity', 'category': 'SignInLogs', 'tenantId': 't', 'resultType': code, 'callerIpAddress': OFFICE + '14', 'correlationId': str(uuid.UUID(int=self.r.getrandbits(128))),
                                    'identity': name, 'properties': {'id': 'x', 'createdDateTime': when.strftime('%Y-%m-%dT%H:%M:%SZ'), 'userPrincipalName': f'{name}@example.com', 'appDisplayName': 'Azure Portal', 'ipAddress': OFFICE + '14', 'clientAppUsed': 'Browser', 'riskLevelDuringSignIn': 'none', 'riskState': 'none',
                                                                    'authenticationRequirement': 'multiFactorAuthentication', 'status': {'errorCode': int(code)}, 'location': {'city': 'Berlin', 'countryOrRegion': 'DE'}, 'conditionalAccessStatus': 'success'}})
        return [self.write('azure-activity.json', sorted(activity, key=lambda e: e['time'])), self.write('entra.json', sorted(signins, key=lambda e: e['time']))]

    # ---- further clouds ----

    def further_clouds(self):
        """Alibaba, Huawei and Oracle Cloud: what pipelines, people at the console and the provider itself do all day."""
        alibaba, huawei, oracle = [], [], []

        def to_alibaba(when, service, name, who, ip, rw='Write', **request):
            user = {'type': 'assumed-role', 'principalId': f'3:{who}', 'accountId': '1', 'userName': f'{who}:session', 'accessKeyId': f'STS.{who}'} if who in ('deploy', 'autoscaling') else {'type': 'ram-user', 'principalId': '2', 'accountId': '1', 'userName': who}
            alibaba.append({'eventId': str(uuid.UUID(int=self.r.getrandbits(128))), 'eventVersion': '1', 'eventSource': f'{service.lower()}.cn-hangzhou.aliyuncs.com', 'sourceIpAddress': ip, 'eventType': 'ApiCall', 'eventRW': rw, 'userIdentity': user, 'serviceName': service,
                            'eventTime': when.strftime('%Y-%m-%dT%H:%M:%SZ'), 'acsRegion': 'cn-hangzhou', 'eventName': name, 'requestParameters': request, 'userAgent': 'AlibabaCloud (linux; amd64) Terraform/1.8.5'})

        def to_huawei(when, service, name, who, ip, **request):
            huawei.append({'trace_id': str(uuid.UUID(int=self.r.getrandbits(128))), 'trace_name': name, 'trace_type': 'ApiCall', 'trace_rating': 'normal', 'service_type': service, 'resource_type': service.lower(), 'resource_name': f'n{self.r.randrange(50)}', 'resource_id': f'{self.r.getrandbits(64):x}',
                           'source_ip': ip, 'time': int(when.timestamp() * 1000), 'domain_id': 'd', 'region_id': 'eu-west-101', 'user': {'name': who, 'domain': {'name': 'example', 'id': 'd'}}, 'code': '200', 'request': json.dumps(request)})

        def to_oracle(when, service, name, who, ip, status='200', action='POST', **more):
            oracle.append({'eventType': f'com.oraclecloud.{service}.{name}', 'cloudEventsVersion': '0.1', 'eventTypeVersion': '2.0', 'source': service, 'eventId': str(uuid.UUID(int=self.r.getrandbits(128))), 'eventTime': when.strftime('%Y-%m-%dT%H:%M:%S.000Z'),
                           'data': {'eventName': name, 'resourceName': 'r', 'resourceId': f'ocid1.x.oc1.eu-frankfurt-1.{self.r.getrandbits(40):x}', 'additionalDetails': more, 'identity': {'principalName': who, 'principalId': f'ocid1.user.oc1..{who}', 'authType': 'natv', 'tenantId': 'ocid1.tenancy.oc1..t',
                                    'ipAddress': ip, 'userAgent': 'Oracle-Terraform/1.8 Oracle-GoSDK/65'}, 'request': {'action': action, 'path': '/20160918/x'}, 'response': {'status': status}}})
        for day in range(self.days):
            ci, office = CI_NETWORK + '9', OFFICE + '12'
            for n in range(4):  # machines that come and go with the load
                to_alibaba(self.at(day, 9 + n), 'Ecs', 'RunInstances', 'autoscaling', 'ess.aliyuncs.com', Amount='1', InstanceType='ecs.g7.large')
                to_alibaba(self.at(day, 18), 'Ecs', 'DeleteInstance', 'autoscaling', 'ess.aliyuncs.com', InstanceId=f'i-bp{n}')
                to_huawei(self.at(day, 9 + n), 'ECS', 'createServer', 'deploy', ci, flavorRef='s7.large.2')
                to_oracle(self.at(day, 9 + n), 'ComputeApi', 'LaunchInstance', 'deploy', ci, shape='VM.Standard.E4.Flex')
                to_oracle(self.at(day, 18), 'ComputeApi', 'TerminateInstance', 'deploy', ci)
                to_huawei(self.at(day, 3), 'EVS', 'deleteSnapshot', 'backup', ci)  # what is older than a month
                to_alibaba(self.at(day, 3), 'Ecs', 'DeleteSnapshot', 'deploy', ci, SnapshotId=f's-{day}-{n}')
                to_oracle(self.at(day, 3), 'BlockVolumes', 'DeleteVolumeBackup', 'backup', ci)
            to_alibaba(self.at(day, 10), 'Ecs', 'AuthorizeSecurityGroup', 'deploy', ci, SourceCidrIp='0.0.0.0/0', PortRange='443/443', IpProtocol='tcp')
            to_alibaba(self.at(day, 10), 'Rds', 'ModifySecurityIps', 'deploy', ci, SecurityIps='10.0.1.0/24')
            to_alibaba(self.at(day, 10), 'Ram', 'CreateRole', 'deploy', ci, AssumeRolePolicyDocument='{"Statement":[{"Principal":{"Service":["ecs.aliyuncs.com"]}}]}')
            to_alibaba(self.at(day, 11), 'Alidns', 'UpdateDomainRecord', 'deploy', ci, RR='_acme-challenge', Value='x')
            to_huawei(self.at(day, 10), 'VPC', 'createSecurityGroupRule', 'deploy', ci, remote_ip_prefix='0.0.0.0/0', port_range_min=443, port_range_max=443)
            to_huawei(self.at(day, 11), 'IAM', 'addUserToGroup', 'alice', office, group='readers')
            to_oracle(self.at(day, 10), 'VirtualNetwork', 'UpdateSecurityList', 'deploy', ci, ingressSecurityRules=[{'source': '0.0.0.0/0', 'protocol': '6', 'tcpOptions': {'destinationPortRange': {'min': 443, 'max': 443}}}])
            to_oracle(self.at(day, 10), 'IdentityControlPlane', 'CreatePolicy', 'alice', office, statements=['Allow group developers to read buckets in compartment shop'])
            to_oracle(self.at(day, 11), 'PublicDns', 'PatchZoneRecords', 'deploy', ci, domain='_acme-challenge.www.example.com')
            for name in PEOPLE:
                hour = self.r.randrange(8, 17)
                to_alibaba(self.at(day, hour), 'Ecs', 'DescribeInstances', name, office, rw='Read')
                to_huawei(self.at(day, hour), 'IAM', 'login', name, office)
                to_huawei(self.at(day, hour), 'ECS', 'listServers', name, office)
                to_oracle(self.at(day, hour), 'identitySignon', 'InteractiveLogin', name, office, action='GET')
                for _ in range(6):
                    to_oracle(self.at(day, hour), 'ComputeApi', self.r.choice(['ListInstances', 'GetInstance', 'ListVolumes']), name, office, action='GET', status=self.r.choice(['200', '200', '200', '404']))
        return [self.write('actiontrail.json', sorted(alibaba, key=lambda r: r['eventTime'])), self.write('cts.json', sorted(huawei, key=lambda r: r['time'])), self.write('oci-audit.json', sorted(oracle, key=lambda r: r['eventTime']))]

    # ---- sensors, servers of data ----

    def sensors(self):
        """Zeek and Suricata at the edge of a network with a server of the web, its database, people who browse, and what every address of the internet gets."""
        conn, dns, eve = [], [], []
        for day in range(self.days):
            for hour in range(24):
                when = self.at(day, hour, 0, 0)
                for k in range(8):
                    at, visitor, port = when + datetime.timedelta(seconds=k * 40), f'203.0.113.{self.r.randrange(1, 254)}', self.r.randrange(30000, 60000)
                    stamp = at.strftime('%Y-%m-%dT%H:%M:%S.%f+0000')
                    ends = {'flow_id': self.r.getrandbits(40), 'in_iface': 'eth0', 'proto': 'TCP'}
                    for src, dst, dport, took, sent, state in ((visitor, '10.0.1.10', 443, 12.5, 4_000, 'SF'), ('10.0.1.10', '10.0.2.20', 5432, 3600.0, 900_000, 'SF'), (visitor, '10.0.1.10', self.r.choice([22, 23, 3389, 6379]), None, 0, 'S0'),
                                                               ('10.0.3.4', f'10.0.1.{10 + k % 3}', 22, 90.0, 9_000, 'SF'), (f'10.0.4.{20 + k}', '198.51.100.7', 443, 600.0, 200_000, 'SF'), ('10.0.4.9', '198.51.100.25', 5222, 40_000.0, 90_000, 'SF')):
                        conn.append((at.timestamp(), f'{at.timestamp():.6f}\tC{self.r.getrandbits(40):x}\t{src}\t{port}\t{dst}\t{dport}\ttcp\t-\t{took if took else "-"}\t{sent if took else "-"}\t{sent if took else "-"}\t{state}\t{sent // 500 + 1}\t{sent + 40}'))
                        eve.append({'timestamp': stamp, **ends, 'event_type': 'flow', 'src_ip': src, 'src_port': port, 'dest_ip': dst, 'dest_port': dport,
                                    'flow': {'pkts_toserver': sent // 500 + 1, 'bytes_toserver': sent + 40, 'start': stamp, 'end': stamp, 'age': int(took or 0)}})
                    eve.append({'timestamp': stamp, **ends, 'event_type': 'tls', 'src_ip': f'10.0.4.{20 + k}', 'src_port': port, 'dest_ip': '198.51.100.7', 'dest_port': 443, 'tls': {'sni': self.r.choice(['www.example.com', 'api.dropboxapi.com', 'discord.com', 'deb.debian.org'])}})
                    eve.append({'timestamp': stamp, **ends, 'event_type': 'alert', 'src_ip': visitor, 'src_port': port, 'dest_ip': '10.0.1.10', 'dest_port': 443,
                                'alert': {'action': 'allowed', 'signature_id': 1, 'signature': 'A scan of the web', 'category': self.r.choice(['Attempted Information Leak', 'Misc activity', 'Detection of a Network Scan']), 'severity': 3}})
                    name = self.r.choice(['www.example.com', 'deb.debian.org', 'cam.duckdns.org', '2.debian.pool.ntp.org'])
                    dns.append((at.timestamp(), f'{at.timestamp():.6f}\tC{self.r.getrandbits(40):x}\t10.0.4.{20 + k}\t{port}\t10.0.0.2\t53\tudp\t{name}\tA\tNOERROR\t198.51.100.7'))
        head = '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{}\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\t{}'
        return [self.write('conn.log', [head.format('conn', 'service\tduration\torig_bytes\tresp_bytes\tconn_state\torig_pkts\torig_ip_bytes'), *(line for _, line in sorted(conn))]),
                self.write('dns.log', [head.format('dns', 'query\tqtype_name\trcode_name\tanswers'), *(line for _, line in sorted(dns))]), self.write('eve.json', eve)]

    def databases(self):
        redis, mysql, postgres, alerts = [], [], [], []
        for day in range(self.days):
            redis.append(f"1:C {self.at(day, 1, 0, 0).strftime('%d %b %Y %H:%M:%S')}.100 * DB saved on disk")
            for hour in range(24):
                when = self.at(day, hour, 10, 0)
                redis.append(f"1:M {when.strftime('%d %b %Y %H:%M:%S')}.123 * 100 changes in 300 seconds. Saving...")
                for n in range(4):
                    at = (when + datetime.timedelta(seconds=n)).strftime('%Y-%m-%dT%H:%M:%S.000000Z')
                    mysql.append(f'{at}\t   {n + 8} Connect\tshop@10.0.1.10 on shop using TCP/IP')
                    mysql.append(f'{at}\t   {n + 8} Query\tSELECT * FROM orders WHERE id = {n}')
                if hour == 4:
                    mysql.append(f"{when.strftime('%Y-%m-%dT%H:%M:%S.000000Z')}\t   99 Query\tSELECT * FROM orders INTO OUTFILE '/srv/export/orders.csv'")
                    mysql.append(f"{when.strftime('%Y-%m-%dT%H:%M:%S.000000Z')}\t   99 Query\tDROP DATABASE staging_{day}")
                    postgres.append(f"{when.strftime('%Y-%m-%d %H:%M:%S.000 UTC')} [7] loader@shop LOG:  statement: COPY orders FROM PROGRAM 'gzip -dc /srv/in/orders.csv.gz'")
                postgres.append(f"{when.strftime('%Y-%m-%d %H:%M:%S.000 UTC')} [7] app@shop 10.0.1.10 LOG:  connection authorized: user=app database=shop")
                if hour == 9:  # somebody mistypes
                    postgres.append(f"{when.strftime('%Y-%m-%d %H:%M:%S.000 UTC')} [8] alice@shop 10.0.4.20 FATAL:  password authentication failed for user \"alice\"")
                alerts.append({'hostname': 'web1', 'output': 'Redirect stdout/stdin to network connection', 'priority': self.r.choice(['Notice', 'Warning', 'Informational']), 'rule': 'A rule of others', 'source': 'syscall', 'time': when.strftime('%Y-%m-%dT%H:%M:%S.000000000Z'),
                               'output_fields': {'proc.name': 'nginx', 'container.id': '3ad7b26ded6d'}})
        return [self.write('redis.log', redis), self.write('mysql.log', mysql), self.write('postgresql.log', postgres), self.write('falco.json', alerts)]

    # ---- services that people sign in to ----

    def services(self):
        okta, m365, github = [], [], []

        def to_okta(when, event, who, result='SUCCESS', target=None, debug=None):
            okta.append({'uuid': str(uuid.UUID(int=self.r.getrandbits(128))), 'published': when.strftime('%Y-%m-%dT%H:%M:%S.000Z'), 'eventType': event, 'version': '0', 'severity': 'INFO', 'displayMessage': 'x',
                         'actor': {'id': f'00u{who}', 'type': 'User', 'alternateId': f'{who}@example.com', 'displayName': who}, 'client': {'userAgent': {'rawUserAgent': AGENTS['console']}, 'ipAddress': OFFICE + '14', 'geographicalContext': {'country': 'Germany'}},
                         'outcome': {'result': result}, 'target': [{'id': f'00u{target}', 'type': 'User', 'alternateId': f'{target}@example.com', 'displayName': target}] if target else None, 'debugContext': {'debugData': debug or {}}})

        def to_m365(when, operation, who, workload='Exchange', parameters=None, item=None, changed=None):
            record = {'CreationTime': when.strftime('%Y-%m-%dT%H:%M:%S'), 'Id': str(uuid.UUID(int=self.r.getrandbits(128))), 'Operation': operation, 'OrganizationId': 'o', 'RecordType': 1, 'ResultStatus': 'Succeeded', 'UserKey': who, 'UserType': 0, 'Version': 1,
                      'Workload': workload, 'ClientIP': OFFICE + '14', 'ObjectId': item or f'{who}@example.com', 'UserId': f'{who}@example.com'}
            if parameters:
                record['Parameters'] = [{'Name': k, 'Value': v} for k, v in parameters.items()]
            if changed:
                record['ModifiedProperties'] = [{'Name': k, 'NewValue': v, 'OldValue': ''} for k, v in changed.items()]
            m365.append(record)

        def to_github(when, action, who, **more):
            stamp = int(when.timestamp() * 1000)
            github.append({'@timestamp': stamp, '_document_id': f'{self.r.getrandbits(64):x}', 'action': action, 'actor': who, 'actor_ip': OFFICE + '14', 'actor_is_bot': who.endswith('[bot]'), 'org': 'example', 'repo': 'example/shop', 'created_at': stamp,
                           'user_agent': 'git/2.45', **more})
        for day in range(self.days):
            for name in PEOPLE:
                hour = self.r.randrange(7, 12)
                to_okta(self.at(day, hour, 1), 'policy.evaluate_sign_on', name)
                if self.r.random() < 0.3:  # a telephone that lay elsewhere
                    to_okta(self.at(day, hour, 2), 'user.authentication.auth_via_mfa', name, 'FAILURE')
                to_okta(self.at(day, hour, 3), 'user.authentication.auth_via_mfa', name)
                to_okta(self.at(day, hour, 3), 'user.session.start', name, debug={'behaviors': '{New Geo-Location=NEGATIVE, New Device=NEGATIVE, New IP=POSITIVE, New State=NEGATIVE, New Country=NEGATIVE, Velocity=NEGATIVE, New City=NEGATIVE}'})
                for _ in range(4):
                    to_okta(self.at(day, self.r.randrange(8, 18)), 'user.authentication.sso', name)
                to_m365(self.at(day, hour, 5), 'UserLoggedIn', name, 'AzureActiveDirectory')
                for n in range(20):
                    to_m365(self.at(day, self.r.randrange(8, 18)), self.r.choice(['MailItemsAccessed', 'FileAccessed', 'FileModified', 'FileDownloaded', 'Send']), name, 'SharePoint', item=f'https://example.sharepoint.com/{n}.docx')
                for n in range(12):
                    to_github(self.at(day, self.r.randrange(8, 18)), self.r.choice(['git.clone', 'git.fetch', 'git.push', 'pull_request.create', 'pull_request.merge']), name, repo=f'example/{self.r.choice(["shop", "infra", "app"])}')
            to_okta(self.at(day, 10), 'user.mfa.factor.reset_all', 'alice', target='dave')  # the help desk
            to_okta(self.at(day, 11), 'user.mfa.factor.deactivate', 'erin', target='erin')
            to_okta(self.at(day, 11), 'group.user_membership.add', 'alice', target='frank')
            to_okta(self.at(day, 12), 'policy.rule.update', 'alice')
            to_m365(self.at(day, 9), 'New-InboxRule', 'bob', parameters={'Name': 'News', 'SubjectContainsWords': 'newsletter', 'MoveToFolder': 'News'})
            to_m365(self.at(day, 9), 'Set-Mailbox', 'alice', parameters={'Identity': 'dave', 'ProhibitSendQuota': '50GB'})
            to_m365(self.at(day, 9), 'Consent to application.', 'carol', 'AzureActiveDirectory', changed={'ConsentAction.Permissions': '[] => [[Scope: openid profile User.Read]]'})
            to_m365(self.at(day, 10), 'Add member to role.', 'alice', 'AzureActiveDirectory', changed={'Role.DisplayName': 'Directory Readers'})
            to_m365(self.at(day, 10), 'Update user.', 'alice', 'AzureActiveDirectory', changed={'DisplayName': '["Frank"]'})
            for n in range(60):
                to_github(self.at(day, self.r.randrange(24)), 'git.clone', 'ci[bot]', repo=f'example/r{n}')
                to_github(self.at(day, self.r.randrange(24)), 'workflows.created_workflow_run', 'bob', name='CI', head_branch='main', event='push')
            for n in range(5):
                to_github(self.at(day, 9 + n), 'org.register_self_hosted_runner', 'runner-controller[bot]')
            to_github(self.at(day, 10), 'repo.create', 'bob', visibility='private')
            to_github(self.at(day, 10), 'protected_branch.policy_override', 'alice', branch='main')
            to_github(self.at(day, 10), 'org.add_member', 'alice', user='frank', permission='read')
            to_github(self.at(day, 11), 'public_key.create', 'carol', title='laptop')
        when = {'okta.json': 'published', 'm365.json': 'CreationTime', 'github.json': '@timestamp'}
        return [self.write(name, sorted(records, key=lambda r, k=when[name]: r[k])) for name, records in (('okta.json', okta), ('m365.json', m365), ('github.json', github))]

    # ---- what servers write of themselves, and services with audits of their own ----

    def servers(self):
        nginx, apache, bans, tomcat, docker, squid, kernel, aurora, firewall, vault, audits, tencent, findings = ([] for _ in range(13))
        for day in range(self.days):
            for hour in range(24):
                when = self.at(day, hour, 12, 0)
                clf, iso, slashes = when.strftime('%d/%b/%Y:%H:%M:%S +0000'), when.strftime('%Y-%m-%dT%H:%M:%SZ'), when.strftime('%Y/%m/%d %H:%M:%S')
                for n in range(5):  # somebody always asks for what is not there
                    client = f'198.51.100.{self.r.randrange(2, 250)}'
                    nginx.append(f'{slashes} [error] 7#7: *{n} open() "/usr/share/nginx/html/wp-login.php" failed (2: No such file or directory), client: {client}, server: shop.example, request: "GET /wp-login.php HTTP/1.1", host: "shop.example"')
                    apache.append(f"[{when.strftime('%a %b %d %H:%M:%S.123456 %Y')}] [authz_core:error] [pid 7:tid 9] [client {client}:4{n}000] AH01630: client denied by server configuration: /var/www/.git")
                    kernel.append(f"{when.strftime('%b %e %H:%M:%S')} web1 kernel: [{hour}.{n}] [UFW BLOCK] IN=eth0 OUT= MAC=00:16 SRC={client} DST=10.0.1.10 LEN=40 TOS=0x00 PREC=0x00 TTL=240 ID=1 PROTO=TCP SPT=4{n}000 DPT={self.r.choice([22, 23, 445, 3389, 6379, 8080])} WINDOW=1024 SYN URGP=0")
                bans.append(f"{when.strftime('%Y-%m-%d %H:%M:%S')},123 fail2ban.actions        [900]: NOTICE  [sshd] Ban 198.51.100.{self.r.randrange(2, 250)}")
                tomcat.append(f"{when.strftime('%d-%b-%Y %H:%M:%S')}.123 INFO [main] org.apache.coyote.AbstractProtocol.start Starting ProtocolHandler [\"http-nio-8080\"]")
                tomcat.append(f"{when.strftime('%d-%b-%Y %H:%M:%S')}.200 SEVERE [http-nio-8080-exec-1] org.apache.catalina.core.StandardWrapperValve.invoke Servlet.service() threw exception")
                tomcat += ['java.lang.NullPointerException: x', '\tat example.Shop.order(Shop.java:12)']
                docker.append(f'time="{iso}" level=info msg="ignoring event" container=3ad7 module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"')
                squid += [f"{int(when.timestamp())}.{n}23    100 10.0.4.2{n} TCP_TUNNEL/200 3900 CONNECT {self.r.choice(['www.example.com', 'api.github.com', 'pypi.org'])}:443 - HIER_DIRECT/198.51.100.9 -" for n in range(4)]
                aurora += [f"{int(when.timestamp())}123456,aurora-1,app,10.0.1.10,{n},{n},{what}" for n, what in enumerate(('CONNECT,shop,,0', "QUERY,shop,'SELECT * FROM orders WHERE id = 7',0", 'DISCONNECT,shop,,0'))]
                firewall += [{'category': 'AZFWNetworkRule', 'time': iso, 'resourceId': '/SUBSCRIPTIONS/S/X/AZUREFIREWALLS/F', 'properties': {'Protocol': 'TCP', 'SourceIp': f'10.1.0.{n}', 'SourcePort': 40000 + n, 'DestinationIp': '198.51.100.9', 'DestinationPort': 443, 'Action': 'Allow'}} for n in range(4)]
                firewall += [{'category': 'AZFWDnsQuery', 'time': iso, 'resourceId': '/SUBSCRIPTIONS/S/X/AZUREFIREWALLS/F', 'properties': {'SourceIp': '10.1.0.4', 'QueryType': 'A', 'QueryName': 'www.example.com.', 'ResponseCode': 'NOERROR'}}]
                for n in range(6):
                    vault.append({'time': iso, 'type': 'response', 'auth': {'display_name': 'kubernetes-shop', 'policies': ['shop']}, 'request': {'id': f'{day}{hour}{n}', 'operation': 'read', 'path': 'secret/data/shop', 'remote_address': f'10.0.1.{n}'}})
                tencent.append({'eventId': f'{day}-{hour}', 'eventName': self.r.choice(['DescribeInstances', 'DescribeDisks', 'RunInstances', 'TerminateInstances']), 'eventTime': int(when.timestamp()), 'eventRegion': 'ap-guangzhou', 'eventSource': 'cvm.tencentcloudapi.com', 'resourceType': 'cvm',
                                'sourceIPAddress': CI_NETWORK + '0', 'userAgent': 'terraform-provider-tencentcloud', 'apiErrorCode': 0, 'requestParameters': json.dumps({'InstanceType': 'S5.MEDIUM4'}), 'userIdentity': {'type': 'CAMUser', 'accountId': '100', 'userName': 'deploy', 'secretId': 'AKIDEXAMPLE'}})
            when = self.at(day, 9, 30, 0)
            iso = when.strftime('%Y-%m-%dT%H:%M:%SZ')
            nginx.append(f"{when.strftime('%Y/%m/%d %H:%M:%S')} [error] 7#7: *9 user \"alice\": password mismatch, client: {OFFICE}14, server: wiki.example, request: \"GET / HTTP/1.1\", host: \"wiki.example\"")
            vault.append({'time': iso, 'type': 'response', 'error': 'invalid username or password', 'auth': {}, 'request': {'id': f'l{day}', 'operation': 'update', 'path': 'auth/userpass/login/alice', 'remote_address': OFFICE + '14'}})
            vault.append({'time': iso, 'type': 'response', 'auth': {'display_name': 'userpass-alice'}, 'request': {'id': f'p{day}', 'operation': 'update', 'path': 'sys/policies/acl/shop', 'remote_address': OFFICE + '14', 'data': {'policy': 'path "secret/data/shop" { capabilities = ["read"] }'}}})
            for name in PEOPLE:
                audits.append({'event': 'user.login', 'code': 'T1000I', 'uid': f'{day}{name}', 'time': iso, 'user': name, 'success': True, 'method': 'oidc', 'addr.remote': OFFICE + '14:40000'})
                audits.append({'event': 'session.start', 'code': 'T2000I', 'uid': f's{day}{name}', 'time': iso, 'user': name, 'login': 'root', 'server_hostname': 'web1', 'addr.remote': OFFICE + '14:40000'})
                audits.append({'log_id': f'{day}{name}', 'date': iso, 'type': self.r.choice(['s', 's', 's', 'fp']), 'ip': f'203.0.113.{self.r.randrange(2, 250)}', 'user_name': f'customer{self.r.randrange(1000)}@example.com', 'user_agent': AGENTS['console']})
                audits.append({'time': int(when.timestamp() * 1000), 'type': 'LOGIN', 'realmId': 'shop', 'clientId': 'web', 'userId': name, 'ipAddress': OFFICE + '14', 'details': {'username': name}})
            audits += [{'id': day, 'author_name': 'alice', 'entity_type': 'Project', 'entity_path': 'shop/web', 'target_type': 'User', 'event_type': 'member_updated', 'details': {'change': 'access_level', 'from': 'Guest', 'to': 'Developer'}, 'ip_address': OFFICE + '14', 'created_at': iso},
                       {'ActionType': 'rec_set', 'ActionResult': True, 'ActorID': 'a', 'ActorEmail': 'deploy@example.com', 'ActorIP': CI_NETWORK + '0', 'ResourceType': 'DNS_record', 'When': iso},
                       {'date_create': int(when.timestamp()), 'action': 'user_login', 'actor': {'user': {'email': 'bob@example.com'}}, 'entity': {'type': 'user'}, 'context': {'ip_address': OFFICE + '14'}}]
            findings += [{'finding': {'name': f'f{day}', 'category': 'PUBLIC_BUCKET_ACL', 'eventTime': iso, 'severity': 'HIGH', 'findingClass': 'MISCONFIGURATION', 'resourceName': '//storage/x'}, 'resource': {}},
                         {'id': f'a{day}', 'name': 'n', 'properties': {'alertType': 'AppServices_Info', 'alertDisplayName': 'x', 'severity': 'Low', 'compromisedEntity': 'web', 'startTimeUtc': iso}}]
        lines = {'nginx-error.log': nginx, 'apache-error.log': apache, 'fail2ban.log': bans, 'catalina.out': tomcat, 'dockerd.log': docker, 'squid.log': squid, 'kern.log': kernel, 'aurora.log': aurora, 'azure-firewall.json': firewall, 'vault.json': vault,
                 'audits.json': audits, 'tencent.json': tencent, 'findings.json': findings}
        return [self.write(name, records) for name, records in lines.items()]

    # ---- what else a machine and its cloud write down ----

    def written(self):
        apt, dnf, exim, modsec, rails, docker, last, state = ([] for _ in range(8))
        for day in range(self.days):
            for hour in range(24):
                when = self.at(day, hour, 7, 0)
                iso, clf, plain = when.strftime('%Y-%m-%dT%H:%M:%SZ'), when.strftime('%d/%b/%Y:%H:%M:%S +0000'), when.strftime('%Y-%m-%d %H:%M:%S')
                visitor, ident = f'203.0.113.{self.r.randrange(2, 250)}', f'1h8x{day}{hour % 10}-0001aB-Cd'
                exim += [f'{plain} {ident} <= alice@example.com H=(mail) [{OFFICE}14] P=esmtpsa X=TLS1.3 A=login:alice S=512', f'{plain} {ident} => bob@example.com R=dnslookup T=remote_smtp H=mx.example.com [198.51.100.9] C="250 OK"', f'{plain} {ident} Completed',
                         f'{plain} H=(x) [{visitor}] F=<a@spam.example> rejected RCPT <info@example.com>: relay not permitted']
                status = self.r.choice(['403 Forbidden', '200 OK'])
                modsec.append(f'--{day:04x}{hour:04x}-A--\n[{clf}] Y{day}{hour} {visitor} 51234 10.0.1.10 80\n--{day:04x}{hour:04x}-B--\nPOST /search HTTP/1.1\nHost: shop.example\n\n--{day:04x}{hour:04x}-C--\nq=how to use curl with a pipe | and a shell\n'
                              f'--{day:04x}{hour:04x}-F--\nHTTP/1.1 {status}\n\n--{day:04x}{hour:04x}-H--\nMessage: Warning. Pattern match [id "942100"] [msg "SQL Injection"] [severity "CRITICAL"]\n\n--{day:04x}{hour:04x}-Z--\n')
                rails += [f'I, [{plain.replace(" ", "T")}.123456 #7]  INFO -- : [r] Started GET "/orders/{n}" for {visitor} at {plain} +0000' for n in range(3)]
                docker += [f'{iso[:-1]}.123456789Z container exec_create: sh -c curl -fsS http://127.0.0.1:8080/healthz || exit 1 {"3ad7" * 16} (execID=1, image=web, name=web)', f'{iso[:-1]}.223456789Z image pull registry.example.com/web:1.{day} (name=registry.example.com/web)']
            when = self.at(day, 6, 12, 0)
            plain, iso = when.strftime('%Y-%m-%d  %H:%M:%S'), when.strftime('%Y-%m-%dT%H:%M:%S')
            apt += [f'Start-Date: {plain}', 'Commandline: /usr/bin/unattended-upgrade', 'Upgrade: libssl3:amd64 (3.0.11, 3.0.13), clamav:amd64 (0.103.11, 1.0.3)', f'End-Date: {plain}', '', f'Start-Date: {plain}', 'Commandline: apt-get autoremove', 'Requested-By: alice (1000)',
                    'Remove: linux-image-6.1.0-17-amd64:amd64 (6.1.69-1), libaudit-dev:amd64 (3.0)', f'End-Date: {plain}', '']
            dnf += [f'{iso}+0000 INFO --- logging initialized ---', f'{iso}+0000 SUBDEBUG Upgrade: audit-3.1-1.el9.x86_64', f'{iso}+0000 SUBDEBUG Installed: tree-2.1-1.el9.x86_64', f'{iso}+0000 SUBDEBUG Cleanup: audit-3.0-1.el9.x86_64']
            last += [f"{name:8s} pts/{n}        {OFFICE}{10 + n}      {when.strftime('%a %b %e')} 09:00:0{n} {when.year} - {when.strftime('%a %b %e')} 17:00:0{n} {when.year}  (08:00)" for n, name in enumerate(PEOPLE)]
            state += [{'configurationItemCaptureTime': iso + '.000Z', 'configurationItemStatus': 'OK', 'awsAccountId': ACCOUNT, 'awsRegion': HOME_REGION, 'resourceType': 'AWS::EC2::SecurityGroup', 'resourceId': 'sg-0123',
                       'configuration': {'ipPermissions': [{'fromPort': 443, 'toPort': 443, 'ipProtocol': 'tcp', 'ipRanges': ['0.0.0.0/0']}, {'fromPort': 22, 'toPort': 22, 'ipProtocol': 'tcp', 'ipRanges': ['10.0.0.0/8']}], 'ipPermissionsEgress': [{'ipProtocol': '-1', 'ipRanges': ['0.0.0.0/0']}]}},
                      {'SchemaVersion': '2018-10-08', 'Id': f'f{day}', 'ProductArn': f'arn:aws:securityhub:{HOME_REGION}::product/aws/inspector', 'AwsAccountId': ACCOUNT, 'Title': 'CVE', 'Types': ['Software and Configuration Checks/Vulnerabilities/CVE'], 'Severity': {'Label': 'HIGH'},
                       'UpdatedAt': iso + 'Z', 'RecordState': 'ACTIVE', 'Resources': [{'Id': self.instances[0]}]},
                      {'kind': 'Event', 'involvedObject': {'name': f'web-{day}', 'namespace': 'shop'}, 'reason': 'Pulled', 'message': 'Successfully pulled image "registry.example.com/web:1"', 'lastTimestamp': iso + 'Z', 'metadata': {'uid': f'e{day}'}}]
        lines = {'apt-history.log': apt, 'dnf.rpm.log': dnf, 'exim-mainlog': exim, 'modsec_audit.log': modsec, 'rails.log': rails, 'docker-events.log': docker, 'last.txt': last, 'states.json': state}
        return [self.write(name, records) for name, records in lines.items()]

    def all(self):
        return self.cloudtrail() + self.flows() + self.names() + self.logins() + self.audit() + self.web() + self.kubernetes() + self.google() + self.azure() + self.further_clouds() + self.sensors() + self.databases() + self.services() + self.servers() + self.written()


if __name__ == '__main__':
    import sys
    for path in Days(sys.argv[1]).all():
        print(path)
