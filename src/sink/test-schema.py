# SPDX-License-Identifier: Apache-2.0
"""Real reports against docs/report-schema.json, in TAP: usage: test-schema.py PROGRAM-THAT-WRITES-REPORTS SCHEMA"""
import copy
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print('1..0 # SKIP python3-jsonschema is missing')
    sys.exit(0)

program, schema_path = sys.argv[1:]
with open(schema_path, encoding='utf-8') as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
reports = [json.loads(part) for part in subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout.split(b'\0') if part]
number = 0


def tell(ok, what):
    global number
    number += 1
    print(f'{"ok" if ok else "not ok"} {number} - {what}')


for report in reports:
    errors = list(validator.iter_errors(report))
    for error in errors:
        print(f'# {error.json_path}: {error.message[:300]}')
    tell(not errors, f'report {report["targets"][0]["verdict"]["word"]} fits the schema')

# The schema must be able to refuse.
for what, change in {
    'a finding without rule': lambda report, finding: finding.pop('rule'),
    'an unknown kind': lambda report, finding: finding.update(kind='other'),
    'an unknown key': lambda report, finding: finding.update(colour='red'),
    'an unknown verdict': lambda report, finding: report['targets'][0]['verdict'].update(word='virus'),
    'another schema': lambda report, finding: report.update(schema='davy.report/2'),
}.items():
    damaged = copy.deepcopy(reports[0])
    change(damaged, damaged['targets'][0]['findings'][0])
    tell(not validator.is_valid(damaged), f'refused: {what}')
print(f'1..{number}')
