# SPDX-License-Identifier: Apache-2.0
"""davy logs over what servers of DNS write of questions: the shipped rules for names hold, whoever wrote them down."""
import datetime
import json
import os
import subprocess
import tempfile
import unittest

from patience import PATIENCE

DAVY = os.environ['DAVY']
POOL, TOR = 'Pool of miners asked for', 'Name inside Tor asked for in the cloud'


def message(text):
    return json.dumps({'__REALTIME_TIMESTAMP': '1772445600000000', '_HOSTNAME': 'h', 'SYSLOG_IDENTIFIER': 'dnsmasq', 'MESSAGE': text})


# How a question for a name is written; lines beside it that are no question; whether both stand alone in a file.
FORMS = {
    'dnsmasq by syslog': ('Mar  2 10:00:00 router dnsmasq[7]: query[A] {} from 10.0.0.9', 'Mar  2 10:00:00 router dnsmasq[7]: reply {} is 203.0.113.5\nMar  2 10:00:00 router dhcpd[8]: DHCPACK on 10.0.0.9'),
    'dnsmasq in a file of its own, with more': ('Mar  2 10:00:00 dnsmasq[7]: 44 10.0.0.9/53321 query[AAAA] {} from 10.0.0.9', 'Mar  2 10:00:00 dnsmasq[7]: 44 10.0.0.9/53321 forwarded {} to 9.9.9.9'),
    'BIND by syslog': ('2026-03-02T10:00:00.123456+00:00 ns named[7]: client @0x7f0c 10.0.0.9#5353 ({0}): query: {0} IN A +E(0)K (10.0.0.1)', '2026-03-02T10:00:00.123456+00:00 ns named[7]: zone {}/IN: loaded serial 1'),
    'BIND in a file of its own': ('02-Mar-2026 10:00:00.000 queries: info: client @0x7f0c 10.0.0.9#5353 ({0}): view a: query: {0} IN A +E(0)K (10.0.0.1)', '02-Mar-2026 10:00:00.000 general: info: zone {}/IN: loaded serial 1'),
    'Unbound': ('[1772445600] unbound[7:0] info: 10.0.0.9 {}. A IN', '[1772445600] unbound[7:0] notice: init module 0: iterator'),
    'Unbound by the journal': ('Mar 02 10:00:00 h unbound[7]: [7:0] reply: 10.0.0.9 {}. A IN NOERROR 0.000000 1 60', 'Mar 02 10:00:00 h unbound[7]: [7:0] info: start of service'),
    'CoreDNS': ('[INFO] 10.0.0.9:53344 - 1234 "A IN {}. udp 40 false 512" NOERROR qr,rd,ra 90 0.02s', '.:53\n[INFO] plugin/reload: Running configuration SHA512 = 0\nCoreDNS-1.11.1\nlinux/amd64, go1.21.7, ae2bbc2\n[ERROR] plugin/errors: 2 {}. A: timeout'),
    'CoreDNS in a container': ('2026-03-02T10:00:00.123456789Z stdout F [INFO] 10.0.0.9:53344 - 1234 "A IN {}. udp 40 false 512" NOERROR qr,rd,ra 90 0.02s', '2026-03-02T10:00:00.123456789Z stdout F [INFO] plugin/reload: Running'),
    'CoreDNS by a collector': ('{{"log":"[INFO] 10.0.0.9:53344 - 1234 \\"A IN {}. udp 40 false 512\\" NOERROR qr,rd,ra 90 0.02s","time":"2026-03-02T10:00:00Z","kubernetes":{{"namespace_name":"kube-system"}}}}', ''),
    'Route 53, a public zone': ('1.0 2026-03-02T10:00:00.000Z Z123412341234 {} AAAA NOERROR UDP IAD12 10.0.0.9 192.0.2.0/24', ''),
    'Route 53 by CloudWatch': ('{{"timestamp":1772445600000,"message":"1.0 2026-03-02T10:00:00Z Z123412341234 {} A NOERROR UDP IAD12 10.0.0.9 -"}}', ''),
    'the journal': (message('query[A] {} from 10.0.0.9').replace('{"', '{{"').replace('"}', '"}}'), message('reply x is 203.0.113.5').replace('{"', '{{"').replace('"}', '"}}')),
}


class Questions(unittest.TestCase):
    def logs(self, text, *more):
        run = subprocess.run([DAVY, 'logs', '-q', '--stats', '--store', '', '-f', 'json', '--repeats', '0', '--rate', '0', *more, '-'], input=text, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'})
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stderr, r'records that do not parse +0\n')
        return [json.loads(line) for line in run.stdout.splitlines()]

    def test_every_form(self):
        for name, (question, other) in FORMS.items():
            with self.subTest(name):
                lines = [question.format(n) for n in ('eu.NanoPool.org', 'www.example.com', 'x.onion.ly', 'nanopool.org.example', 'www.example.org')]
                text = '\n'.join(lines + ([other.format('eu.nanopool.org')] if other else [])) + '\n'
                found = self.logs(text)
                self.assertEqual([f['rule'] for f in found], [POOL, TOR])
                self.assertIn('eu.nanopool.org', found[0]['message'])
                self.assertIn('10.0.0.9', found[0]['message'])
                if name != 'CoreDNS':  # its lines say no time of their own
                    self.assertRegex(found[0]['time'], '^20[0-9]{2}-03-02T10:00:00')

    def test_a_name_that_carries_data(self):
        """A hundred long names of one machine within a short time."""
        lines = [f'Mar  2 10:00:{n // 10:02} router dnsmasq[7]: query[TXT] {n:045}abc.t.example from 10.0.0.9' for n in range(150)]
        self.assertIn('Data in names', [f['rule'] for f in self.logs('\n'.join(lines))])
        self.assertNotIn('Data in names', [f['rule'] for f in self.logs('\n'.join(lines[:99]))])

    def test_answers_have_lines_of_their_own(self):
        """Who asked for a name is told once, however many lines say what it leads to; and a resolver that was lied to is found by these."""
        text = ['query[A] {} from 10.0.0.9', 'forwarded {} to 9.9.9.9', 'reply {} is <CNAME>', 'reply {} is 203.0.113.5', 'cached {} is 203.0.113.5', 'reply {} is NXDOMAIN-IPv6']
        found = self.logs('\n'.join(f'Mar  2 10:00:{i:02} router dnsmasq[7]: ' + t.format(n) for n in ('eu.nanopool.org', 'x.onion.ly') for i, t in enumerate(text)))
        self.assertEqual([f['rule'] for f in found], [POOL, TOR])
        days = [datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(hours=h) for h in range(24 * 9)]
        def reply(t, address):
            return f'{t:%Y-%m-%dT%H:%M:%S}+00:00 router dnsmasq[7]: reply login.example.com is {address}'
        calm = [reply(t, '198.51.100.7') for t in days]
        self.assertEqual(self.logs('\n'.join(calm)), [])
        end = days[-1] + datetime.timedelta(hours=1)
        found = self.logs('\n'.join(calm + [reply(end, '203.0.113.66'), reply(end + datetime.timedelta(minutes=2), '198.51.100.7')]))
        self.assertIn('Name answered from elsewhere for a time', [f['rule'] for f in found])

    def test_what_systemd_resolved_tells(self):
        lines = '\n'.join('Mar  2 10:00:00 h systemd-resolved[9]: ' + t for t in ('Looking up RR for eu.nanopool.org IN A.', 'Cache miss for eu.nanopool.org IN A', 'Transaction 5 for <eu.nanopool.org IN A> on scope dns on eth0/* now complete with <success> from network (unsigned; non-confidential).',
                                                                               'Added NXDOMAIN cache entry for x.onion.ly IN A 60s', 'Looking up RR for www.example.org IN A.'))
        self.assertEqual([f['rule'] for f in self.logs(lines)], [POOL])
        monitor = [{'state': 'success', 'question': [{'class': 1, 'type': 1, 'name': n}], 'answer': [{'ifindex': 2, 'rr': {'key': {'class': 1, 'type': 1, 'name': n}, 'address': [203, 0, 113, 5]}, 'raw': 'AA=='}]} for n in ('www.example.org', 'EU.nanopool.org', 'x.onion.ly')]
        self.assertEqual([f['rule'] for f in self.logs('\n'.join(map(json.dumps, monitor)))], [POOL, TOR])

    def test_what_a_zone_of_route_53_says_besides(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f'{folder}/zone.yaml', 'w', encoding='utf-8') as f:
                f.write('- rule: Zone\n  desc: d\n  condition: log.value[hosted_zone_id] = Z1 and dns.rcode = NXDOMAIN and dns.is_answer = true and cloud.provider = aws\n'
                        '  output: "%dns.question %dns.type %log.value[edge_location] %log.value[protocol] %log.value[edns_client_subnet]"\n  priority: WARNING\n  source: dns_log\n')
            found = self.logs('1.0 2026-03-02T10:00:00.000Z Z1 x.example AAAA NXDOMAIN TCP FRA5 2001:db8::1 192.0.2.0/24\n' * 2, '-r', f'{folder}/zone.yaml')
        self.assertEqual([f['message'].split(' container')[0] for f in found], ['x.example AAAA FRA5 TCP 192.0.2.0/24'] * 2)


if __name__ == '__main__':
    unittest.main()
