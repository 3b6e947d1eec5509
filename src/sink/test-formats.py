# SPDX-License-Identifier: Apache-2.0
"""Sample and hostile reports against what the standards demand, in TAP: usage: test-formats.py PROGRAM-THAT-WRITES-REPORTS"""
import json
import subprocess
import sys

import check_formats

number = 0


def tell(bad, what):
    global number
    number += 1
    for complaint in bad[:20]:
        print(f'# {complaint!s}'.replace('\n', ' '))
    print(f'{"not ok" if bad else "ok"} {number} - {what}')


reports = {}
for name, check in check_formats.CHECKS.items():
    out = subprocess.run([sys.argv[1], name], stdout=subprocess.PIPE, check=True).stdout
    reports[name] = out.split(b'\0')[:-1]
    for what, data in zip(('image', 'clean', 'authorised', 'hostile'), reports[name]):
        tell(check(data), f'{name}: {what}')
print('# official schemas are ' + ('used' if check_formats.has_schemas() else 'missing: tools/get-schemas brings them'))

# The checks must be able to refuse.
sarif, cdx, spdx = (json.loads(reports[n][0]) for n in ('sarif', 'cyclonedx', 'spdx'))
sarif['runs'][0]['results'][0]['locations'][0]['physicalLocation']['artifactLocation']['uri'] = '/a b'
cdx['components'][0]['hashes'] = [{'alg': 'SHA-256', 'content': 'x'}]
spdx['packages'][0]['SPDXID'] = 'x'
for name, data in (('sarif', json.dumps(sarif).encode()), ('cyclonedx', json.dumps(cdx).encode()), ('spdx', json.dumps(spdx).encode()),
                   ('openmetrics', reports['openmetrics'][0].replace(b'# EOF', b'')),
                   ('html', reports['html'][0].replace(b'</main>', b'<script></script></main>')),
                   ('html', reports['html'][0].replace(b'color-scheme: light', b'color-scheme: dark', 1))):
    tell([] if check_formats.CHECKS[name](data) else ['not refused'], f'refused: a damaged {name}')

# What the makers of SARIF and GitHub's code scanning say, by their own program. It passes over the hostile one as a whole, damaged or not.
if check_formats.validator_missing():
    number += 1
    print(f'ok {number} - the validator of SARIF # SKIP {check_formats.validator_missing()}')
else:
    damaged = json.loads(reports['sarif'][0])
    del damaged['runs'][0]['results'][0]['locations']  # which GitHub asks for, and the standard does not
    *complaints, of_damaged = check_formats.validator_errors([*reports['sarif'][:3], json.dumps(damaged).encode()])
    for what, bad in zip(('image', 'clean', 'authorised'), complaints):
        tell(bad, f'the validator of SARIF: {what}')
    tell([] if of_damaged else ['not refused'], 'the validator of SARIF refuses a damaged one')

# A fingerprint stays when the scan is done again.
again = subprocess.run([sys.argv[1], 'sarif'], stdout=subprocess.PIPE, check=True).stdout.split(b'\0')[0]
tell([] if again == reports['sarif'][0] else ['differs'], 'the same report twice')
authorised = json.loads(reports['sarif'][2])['runs'][0]['results']
tell([] if any(r['suppressions'] for r in authorised) and any(not r['suppressions'] for r in authorised) else ['no suppressions'],
     'what the policy authorises is suppressed, and nothing else')
print(f'1..{number}')
