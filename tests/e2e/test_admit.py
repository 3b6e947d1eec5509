# SPDX-License-Identifier: Apache-2.0
"""davy admit, asked over HTTPS by curl as an API server asks it."""
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from patience import PATIENCE, wait_for

DAVY = os.environ['DAVY']


def digest(text):
    return 'sha256:' + hashlib.sha256(text.encode()).hexdigest()


def pod(*images, **more):
    return {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'web', 'namespace': 'shop'},
            'spec': {'containers': [{'name': f'c{i}', 'image': image} for i, image in enumerate(images)], **more}}


def template(kind, spec):
    return {'apiVersion': 'apps/v1', 'kind': kind, 'metadata': {'name': 'web'}, 'spec': {'template': {'metadata': {}, 'spec': spec}}}


BAD = 'registry.example/team/app@' + digest('bad')
GOOD = 'registry.example/team/app@' + digest('good')


@unittest.skipUnless(shutil.which('curl') and shutil.which('openssl'), 'curl or openssl is missing')
class Admit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-admit-'))
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)
        cls.feed = cls.temp / 'feed.db'
        cls.add('bad', 'drops a miner', '--category', 'mining')
        cls.add('named', 'imitates another', '--image', 'bad/tool:1.0', '--verdict', 'unwanted')
        cls.certificate('a')

    @classmethod
    def davy(cls, *arguments):
        return subprocess.run([DAVY, *map(str, arguments)], check=True, capture_output=True, timeout=600,
                              env={**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(cls.feed)})

    @classmethod
    def add(cls, name, reason, *more):
        cls.davy('feed', 'add', '--type', 'manifest', '--reason', reason, *more, digest(name))

    @classmethod
    def certificate(cls, name):
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout',
                        cls.temp / f'{name}.key', '-out', cls.temp / f'{name}.crt', '-subj', f'/CN={name}', '-addext',
                        'subjectAltName=IP:127.0.0.1'], check=True, capture_output=True)

    @contextlib.contextmanager
    def running(self, *arguments, name='a'):
        log = self.temp / 'log'
        with open(log, 'w') as f:
            process = subprocess.Popen([DAVY, 'admit', '--cert', self.temp / f'{name}.crt', '--key', self.temp / f'{name}.key', '--listen',
                                        '127.0.0.1:0', *arguments], stderr=f,
                                       env={**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(self.feed)})
        self.ca = self.temp / f'{name}.crt'
        self.log = log
        try:
            wait_for(lambda: 'port ' in log.read_text() or process.poll() is not None, log.read_text)
            found = re.search(r'port (\d+)', log.read_text())
            self.assertTrue(found, log.read_text())
            self.port = int(found[1])
            yield process
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0, log.read_text())
        finally:
            process.kill()
            process.wait()

    def curl(self, path, *more, data=None):
        result = subprocess.run(['curl', '-sS', '-m', str(PATIENCE), '--noproxy', '*', '--cacert', self.ca, '-w', '\n%{http_code}', *more,
                                 *(['--data-binary', '@-', '-H', 'Content-Type: application/json'] if data is not None else []),
                                 f'https://127.0.0.1:{self.port}{path}'], input=data, capture_output=True, timeout=2 * PATIENCE)
        self.assertEqual(result.returncode, 0, result.stderr)
        body, _, code = result.stdout.decode().rpartition('\n')
        return int(code), body

    def ask(self, subject, operation='CREATE', **more):
        code, body = self.curl('/validate?timeout=2s', data=json.dumps({
            'apiVersion': 'admission.k8s.io/v1', 'kind': 'AdmissionReview',
            'request': {'uid': '705ab4f5-6393', 'kind': {'group': '', 'version': 'v1', 'kind': (subject or {}).get('kind')}, 'namespace': 'shop',
                        'operation': operation, 'object': subject, **more}}).encode())
        self.assertEqual(code, 200, body)
        review = json.loads(body)
        self.assertEqual((review['apiVersion'], review['kind'], review['response']['uid']),
                         ('admission.k8s.io/v1', 'AdmissionReview', '705ab4f5-6393'))
        return review['response']

    def test_what_is_listed_is_denied_wherever_it_stands(self):
        spec = {'containers': [{'image': GOOD}], 'initContainers': [{'image': BAD}]}
        subjects = [pod(BAD), pod(GOOD, BAD), pod(GOOD, initContainers=[{'name': 'i', 'image': BAD}]),
                    pod(GOOD, ephemeralContainers=[{'name': 'e', 'image': BAD}]),
                    pod(GOOD, volumes=[{'name': 'v', 'image': {'reference': BAD}}]),
                    *(template(kind, spec) for kind in ('Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'Job', 'ReplicationController')),
                    {'kind': 'CronJob', 'metadata': {'name': 'c'}, 'spec': {'jobTemplate': {'spec': {'template': {'spec': spec}}}}},
                    {'kind': 'Rollout', 'metadata': {'name': 'r'}, 'spec': {'template': {'spec': spec}}},
                    pod('registry.example/team/app:v1@' + digest('bad'))]
        with self.running('--enforce'):
            for subject in subjects:
                with self.subTest(subject):
                    response = self.ask(subject)
                    self.assertEqual((response['allowed'], response['status']['code']), (False, 403))
                    self.assertIn('is listed as malicious: drops a miner', response['status']['message'])
                    self.assertIn('drops a miner', response['auditAnnotations']['denied'])
            for subject in (pod(GOOD), pod('nginx'), pod('nginx:1.27', 'registry.example:5000/a/b:c'), {'kind': 'ConfigMap', 'data': {'image': BAD}},
                            {'kind': 'Pod', 'metadata': {'name': 'p', 'annotations': {'x': BAD}}, 'spec': {'containers': []}}):
                with self.subTest(subject):
                    self.assertEqual(self.ask(subject), {'uid': '705ab4f5-6393', 'allowed': True})
            self.assertTrue(self.ask(None, 'DELETE', oldObject=pod(BAD))['allowed'])
            # a tag is known by the name under which the image was found
            for name in ('bad/tool:1.0', 'docker.io/bad/tool:1.0'):
                self.assertIn('known by that name as unwanted', self.ask(pod(name))['status']['message'])
            self.assertTrue(self.ask(pod('bad/tool:1.1'))['allowed'])
            # what runs already can still be scaled down, and nothing bad comes in by an update
            response = self.ask(template('Deployment', spec), 'UPDATE', oldObject=template('Deployment', spec))
            self.assertTrue(response['allowed'])
            self.assertIn('is listed as malicious', response['warnings'][0])
            self.assertFalse(self.ask(template('Deployment', spec), 'UPDATE', oldObject=template('Deployment', {'containers': [{'image': GOOD}]}))['allowed'])
        self.assertIn('denied Pod shop/web: image ' + BAD, self.log.read_text())

    def test_a_dry_run_denies_nothing(self):
        with self.running():
            response = self.ask(pod(BAD, *(f'{BAD[:-64]}{i:064x}' for i in range(3))))
            self.assertTrue(response['allowed'])
            self.assertIn('davy would deny: image ' + BAD, response['warnings'][0])
            self.assertIn('drops a miner', response['auditAnnotations']['would-deny'])
            self.assertNotIn('status', response)
            self.assertRegex(self.curl('/metrics')[1], r'(?m)^davy_admit_would_deny_total 1$')
        self.assertIn('dry run, would deny', self.log.read_text())

    def test_choices(self):
        many = pod(*(f'nginx:{i}' for i in range(20)))
        with self.running('--enforce', '--unpinned', 'deny', '--listed', 'warn', '--trouble', 'deny'):
            self.assertIn('not pinned to a digest', self.ask(pod('nginx'))['status']['message'])
            self.assertTrue(self.ask(pod(GOOD))['allowed'])
            response = self.ask(pod(BAD))
            self.assertTrue(response['allowed'])
            self.assertIn('is listed as malicious', response['warnings'][0])
            self.assertIn('is no name of an image', self.ask(pod('UPPER CASE'))['status']['message'])
            self.assertLess(len(json.dumps(self.ask(many))), 16384)
            self.assertIn('over 2000 different images', self.ask(pod(*(f'a/b@sha256:{i:064x}' for i in range(2100))))['status']['message'])
        with self.running('--enforce', '--unpinned', 'warn', '--quiet'):
            response = self.ask(many)
            self.assertTrue(response['allowed'])
            self.assertEqual(len(response['warnings']), 8)
            self.assertTrue(all(len(w) <= 250 for w in response['warnings']))
            self.assertIn('is no name of an image', self.ask(pod('UPPER CASE'))['warnings'][0])

    def test_requests_that_are_none(self):
        with self.running('--enforce') as process:
            for data, words in ((b'', 'no JSON'), (b'[' * 100000, 'nested deeper'), (b'{}', 'no AdmissionReview'),
                                (b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"}', 'admissionReviewVersions'),
                                (b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}}', 'uid'), (b'\xff\xfe', 'no JSON')):
                with self.subTest(data[:20]):
                    code, body = self.curl('/validate', data=data)
                    self.assertEqual(code, 400)
                    self.assertIn(words, body)
            self.assertEqual(self.curl('/validate', data=b' ' * (9 << 20))[0], 413)
            self.assertEqual(self.curl('/validate')[0], 405)
            self.assertEqual(self.curl('/elsewhere', data=b'{}')[0], 404)
            self.assertEqual(self.curl('/healthz', data=b'')[0], 405)
            # plain HTTP, old TLS and silence
            with socket.create_connection(('127.0.0.1', self.port), 5) as s:
                s.sendall(b'GET /healthz HTTP/1.1\r\n\r\n')
                self.assertNotIn(b'200', s.recv(4096))
            old = subprocess.run(['curl', '-sk', '--tls-max', '1.1', '--ciphers', 'DEFAULT@SECLEVEL=0', f'https://127.0.0.1:{self.port}/healthz'],
                                 capture_output=True, timeout=600)
            self.assertNotEqual((old.returncode, old.stdout), (0, b'ok\n'))
            silent = [socket.create_connection(('127.0.0.1', self.port), 5) for _ in range(50)]
            self.assertFalse(self.ask(pod(BAD))['allowed'])
            for s in silent:
                s.close()
            status = pathlib.Path(f'/proc/{process.pid}/status').read_text()
            self.assertRegex(status, r'(?m)^Seccomp:\t2$')
            self.assertRegex(status, r'(?m)^CapEff:\t0+$')
            self.assertRegex(status, r'(?m)^NoNewPrivs:\t1$')

    def test_a_feed_that_changes_is_read_again(self):
        # how often it looked is told, and is not counted on: it may look while the feed is being written
        def metric(name):
            return int(re.search(rf'(?m)^davy_admit_{name} (\d+)$', self.curl('/metrics')[1])[1])
        image = 'registry.example/late@' + digest('late')
        with self.running('--enforce'):
            self.assertTrue(self.ask(pod(image))['allowed'])
            self.add('late', 'found late')
            wait_for(lambda: not self.ask(pod(image))['allowed'], self.log.read_text, 0.1)
            self.davy('feed', 'remove', digest('late'))
            wait_for(lambda: self.ask(pod(image))['allowed'], self.log.read_text, 0.1)
            # one that breaks leaves the old one answering, and is told
            kept, reloads = self.feed.read_bytes(), metric('feed_reloads_total')
            self.assertGreaterEqual(reloads, 2)
            broken = self.feed.with_name('broken')
            broken.write_bytes(b'no database' * 1000)
            broken.rename(self.feed)
            wait_for(lambda: metric('feed_reload_errors_total'), self.log.read_text, 0.1)
            self.assertFalse(self.ask(pod(BAD))['allowed'])
            self.assertEqual(self.curl('/healthz')[0], 503)
            broken.write_bytes(kept)
            broken.rename(self.feed)
            wait_for(lambda: self.curl('/healthz') == (200, 'ok\n'), self.log.read_text, 0.1)
            self.assertGreater(metric('feed_reloads_total'), reloads)

    def test_a_new_certificate_is_taken(self):
        self.certificate('b')
        shutil.copy(self.temp / 'b.crt', self.temp / 'now.crt')
        shutil.copy(self.temp / 'b.key', self.temp / 'now.key')
        with self.running('--enforce', name='now'):
            self.assertFalse(self.ask(pod(BAD))['allowed'])
            self.certificate('c')
            for kind in ('key', 'crt'):
                (self.temp / f'c.{kind}').rename(self.temp / f'now.{kind}')
            wait_for(lambda: ssl.get_server_certificate(('127.0.0.1', self.port)).strip() in (self.temp / 'now.crt').read_text(), self.log.read_text, 0.1)
            self.assertFalse(self.ask(pod(BAD))['allowed'])

    def test_a_change_of_certificate_cuts_nobody_off(self):
        review = json.dumps({'apiVersion': 'admission.k8s.io/v1', 'kind': 'AdmissionReview',
                             'request': {'uid': 'u', 'operation': 'CREATE', 'object': pod(BAD)}}).encode()
        pairs = []
        for name in ('even', 'odd'):
            self.certificate(name)
            pairs.append([(self.temp / f'{name}.{kind}').read_bytes() for kind in ('key', 'crt')])
        now = [self.temp / 'turn.key', self.temp / 'turn.crt']
        for path, text in zip(now, pairs[0]):
            path.write_bytes(text)
        context = ssl._create_unverified_context()
        over, answered, failed = threading.Event(), [], []

        def client(keeps):
            connection = None
            while not over.is_set():
                try:
                    connection = connection or http.client.HTTPSConnection('127.0.0.1', self.port, context=context, timeout=PATIENCE)
                    connection.request('POST', '/validate', review)
                    answer = connection.getresponse()
                    answered.append((answer.status, json.loads(answer.read())['response']['allowed']))
                    if not keeps:
                        connection.close()
                        connection = None
                except (OSError, http.client.HTTPException) as e:
                    failed.append(repr(e))
                    connection = None

        with self.running('--enforce', name='turn'):
            clients = [threading.Thread(target=client, args=(i % 2 == 0,)) for i in range(6)]
            for c in clients:
                c.start()
            for turn in range(1, 7):
                for path, text in zip(now, pairs[turn % 2]):
                    (self.temp / 'next').write_bytes(text)
                    (self.temp / 'next').rename(path)
                wait_for(lambda: ssl.get_server_certificate(('127.0.0.1', self.port)).strip() in pairs[turn % 2][1].decode(), self.log.read_text, 0.05)
                turned = len(answered)
                wait_for(lambda: len(answered) > turned + 10 or failed)
            over.set()
            for c in clients:
                c.join()
        self.assertEqual((failed[:3], set(answered)), ([], {(200, False)}))

    def client(self, name, ca, usage='clientAuth', subject=None):
        """A certificate of an authority of its own."""
        if not (self.temp / f'{ca}.crt').exists():
            self.certificate(ca)
        subprocess.run(['openssl', 'req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', self.temp / f'{name}.key', '-out',
                        self.temp / f'{name}.csr', '-subj', f'/CN={subject or name}'], check=True, capture_output=True)
        (self.temp / 'ext').write_text(f'extendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n')
        subprocess.run(['openssl', 'x509', '-req', '-in', self.temp / f'{name}.csr', '-CA', self.temp / f'{ca}.crt', '-CAkey', self.temp / f'{ca}.key',
                        '-CAcreateserial', '-days', '2', '-extfile', self.temp / 'ext', '-out', self.temp / f'{name}.crt'], check=True, capture_output=True)
        return ('--cert', self.temp / f'{name}.crt', '--key', self.temp / f'{name}.key')

    def test_only_known_clients_are_answered(self):
        review = json.dumps({'apiVersion': 'admission.k8s.io/v1', 'kind': 'AdmissionReview',
                             'request': {'uid': 'u', 'operation': 'CREATE', 'object': pod(BAD)}}).encode()
        server, other, kubelet = (self.client('kube-apiserver', 'clients'), self.client('stranger', 'strangers'), self.client('kubelet', 'clients'))
        wrong = self.client('as-server', 'clients', 'serverAuth', 'kube-apiserver')
        authorities = self.temp / 'client-ca.crt'
        shutil.copy(self.temp / 'clients.crt', authorities)
        with self.running('--enforce', '--client-ca', authorities, '--client-name', 'kube-apiserver'):
            code, body = self.curl('/validate', *server, data=review)
            self.assertEqual((code, json.loads(body)['response']['allowed']), (200, False))
            for who in ((), other, kubelet, wrong):
                with self.subTest(who):
                    self.assertEqual(self.curl('/validate', *who, data=review)[0], 403)
                    self.assertEqual(self.curl('/metrics', *who)[0], 403)
                    self.assertEqual(self.curl('/healthz', *who), (200, 'ok\n'))
            self.assertRegex(self.curl('/metrics', *server)[1], r'(?m)^davy_admit_unknown_clients_total 8$')
            # other authorities are taken while it runs
            shutil.copy(self.temp / 'strangers.crt', self.temp / 'new')
            (self.temp / 'new').rename(authorities)
            wait_for(lambda: self.curl('/validate', *server, data=review)[0] == 403, self.log.read_text, 0.1)
        with self.running('--enforce', '--client-ca', self.temp / 'clients.crt'):
            self.assertEqual(self.curl('/validate', *kubelet, data=review)[0], 200)

    def test_beginnings_that_fail(self):
        (self.temp / 'bad.crt').write_text('no certificate')
        for arguments, code, words in (([], 2, '--cert'), (['--cert', 'x'], 2, '--key'), (['--listen', 'x'], 2, 'an address and a port'),
                                       (['--unpinned', 'never'], 2, 'allow, warn or deny'), (['x'], 2, 'no operand'), (['--cert', 'x', '--key', 'y', '--client-name', 'z'], 2, '--client-ca'),
                                       (['--cert', self.temp / 'a.crt', '--key', self.temp / 'a.key', '--listen', '127.0.0.1:0', '--client-ca', self.temp / 'bad.crt'], 3, 'authorities'),
                                       (['--cert', self.temp / 'bad.crt', '--key', self.temp / 'a.key', '--listen', '127.0.0.1:0'], 3, 'certificate'),
                                       (['--cert', self.temp / 'a.crt', '--key', self.temp / 'a.key', '--listen', '127.0.0.1:0', '--feed', '/none'], 3,
                                        'there is no feed'),
                                       (['--cert', self.temp / 'a.crt', '--key', self.temp / 'a.key', '--listen', 'host:1'], 3, 'is no address')):
            with self.subTest(arguments):
                result = subprocess.run([DAVY, 'admit', *map(str, arguments)], capture_output=True, text=True, timeout=600,
                                        env={**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(self.feed)})
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIn(words, result.stderr)


if __name__ == '__main__':
    unittest.main()
