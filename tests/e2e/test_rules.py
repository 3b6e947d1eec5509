# SPDX-License-Identifier: Apache-2.0
"""davy rules: every subcommand on good and bad rules, its exit codes, and how it tells a failing case."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

DAVY = os.environ['DAVY']

RULES = '''- list: bad_names
  items: [dropper]
- rule: Dropper
  desc: A file with a bad name.
  source: scan
  condition: evt.type = file and file.name in (bad_names) and file.size > 0
  output: "%file.path"
  priority: WARNING
  tags: [row:1, by:name]
'''

CASES = '''- rule: Dropper
  hit:
    - name: as facts
      event: file
      fields: {file.name: dropper, file.size: 5}
    - name: as bytes
      file: {path: /tmp/dropper, mode: 0755, content: "DAVY TEST IMITATION"}
    - name: as base64
      file: {path: /tmp/dropper, base64: REFWWQ==}
    - name: from the disk
      file: {path: /tmp/dropper, path_on_disk: content}
    - name: bytes, and a fact beside them
      file: {path: /tmp/other, content: x}
      fields: {file.name: dropper}
  near_miss:
    - name: another name
      event: file
      fields: {file.name: dropped, file.size: 5, file.mode: 0644, elf.imports: [a, b], file.is_exec: true, file.entropy: 7.5}
'''


VAIN = '''- list: nobody
  items: []
- rule: No such data
  desc: An opened file has no data yet.
  condition: evt.type in (open, openat) and evt.buffer contains x
  output: o
  priority: INFO
- rule: Nobody to ask for
  desc: The list is empty.
  condition: evt.type = connect and fd.sip in (nobody)
  output: o
  priority: INFO
- rule: Off
  desc: Of those that are off nobody expects anything.
  condition: evt.type = connect and fd.sip in (nobody)
  output: o
  enabled: false
  priority: INFO
- rule: Of no filter
  desc: Such events are told whatever they say.
  condition: evt.type = container and container.privileged = true
  output: o
  priority: INFO
- rule: Data of one of two
  desc: One of the events has data.
  condition: evt.type in (write, openat) and evt.buffer contains x
  output: o
  priority: INFO
'''


class Rules(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = pathlib.Path(self.folder.name)
        self.rules = self.write('r.yaml', RULES)
        self.write('content', 'x')

    def write(self, name, text):
        path = self.dir / name
        path.write_text(text)
        return str(path)

    def run_davy(self, code, *words):
        done = subprocess.run([DAVY, 'rules', *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def test_usage(self):
        self.assertIn('explain', self.run_davy(0, '--help')[0])
        for words in ([], ['nothing'], ['check', '--bogus'], ['explain'], ['list', '--source', 'x'], ['fields', 'a', 'b'],
                      ['check', '--format', 'xml']):
            self.assertTrue(self.run_davy(2, *words)[1], words)
        for command in ('check', 'list', 'explain', 'fields', 'test'):
            self.assertIn(f'davy rules {command}', self.run_davy(0, command, '--help')[0])

    def test_check(self):
        self.assertEqual(self.run_davy(0, 'check', self.rules)[0], 'rules: 1, errors: 0, warnings: 0\n')
        unused = self.write('unused.yaml', '- list: l\n  items: []\n')
        self.assertIn('LOAD_UNUSED_LIST', self.run_davy(0, 'check', unused)[0])
        bad = self.write('bad.yaml', RULES.replace('file.size > 0', 'file.sise > 0'))
        out = self.run_davy(1, 'check', bad)[0]
        self.assertIn('bad.yaml:6:63: error: rule Dropper:', out)
        self.assertIn('"file.size"', out)
        values = self.write('values.yaml', 'customRules:\n  rules.yaml: |\n    - rule: R\n') # the values of a chart
        for files in ((values,), (self.rules, values), (values, self.rules)):
            self.assertIn('a rule file is a sequence of items', self.run_davy(1, 'check', *files)[0])
        self.run_davy(3, 'check', str(self.dir / 'nowhere.yaml'))
        self.run_davy(0, 'check')

    def test_check_tells_all_at_once(self):
        """What keeps a file from loading, what contradicts itself, what does not compile, and rules of Sigma that have to be right: one run."""
        rule = '- rule: {}\n  desc: d\n  condition: evt.type = file and {}\n  output: "{}"\n  priority: {}\n  source: scan\n'
        wrong = self.write('wrong.yaml', '- rule: Without\n  desc: d\n  output: x\n  priority: ERROR\n' + rule.format('Loud', 'file.size > 0', 'x', 'LOUD') + rule.format('Field', 'file.sise > 0', 'x', 'ERROR') +
                           rule.format('Macro', 'missing_macro', 'x', 'ERROR') + rule.format('Open', 'file.name in (a, b', 'x', 'ERROR') + rule.format('Shown', 'file.size = abc', '%file.nothing', 'ERROR') + RULES)
        out = self.run_davy(1, 'check', wrong)[0]
        for name in ('Without', 'Loud', 'Field', 'Macro', 'Open'):
            self.assertEqual(out.count(f'rule {name}:'), 1, out)
        self.assertEqual(out.count('rule Shown:'), 2, out)
        self.assertIn('errors: 7, warnings: 0\n', out)
        sigma = self.write('wrong.yml', '---\n'.join(f'title: {n}\nlogsource: {{product: linux, service: sshd}}\ndetection: {{sel: {{{d}}}, condition: {c}}}\n' for n, d, c in (('Modifier', "'message|nosuch': 1", 'sel'), ('No field', 'nofield: 1', 'sel'), ('Name', 'message: 1', 'other'))))
        out = self.run_davy(1, 'check', '--sigma-strict', '--sigma', sigma, wrong)[0]
        self.assertEqual([out.count(f'error: rule {n}:') for n in ('Modifier', 'No field', 'Name', 'Loud', 'Field')], [1] * 5, out)
        self.assertIn('errors: 10, warnings: 0\n', out)
        self.assertEqual(json.loads(self.run_davy(1, 'check', '-f', 'json', '--sigma-strict', '--sigma', sigma)[0])['errors'], 3)
        self.assertIn('rules: 0, errors: 0, warnings: 3', self.run_davy(0, 'check', '--sigma', sigma)[0])

    def test_check_tells_of_rules_that_never_match(self):
        rules = self.write('vain.yaml', VAIN)
        said = self.run_davy(0, 'check', rules)[0]
        for name in ('No such data', 'Nobody to ask for'):
            self.assertIn(f'warning: rule {name}: no event can meet the condition', said)
            self.assertIn('no event: the rule can never match', self.run_davy(0, 'explain', '--kernel', name, rules)[0])
        self.assertIn('rules: 5, errors: 0, warnings: 2', said)
        self.assertIn('container: every event', self.run_davy(0, 'explain', '--kernel', 'Of no filter', rules)[0])

    def test_check_as_json(self):
        bad = self.write('bad.yaml', RULES.replace('WARNING', 'LOUD'))
        report = json.loads(self.run_davy(1, 'check', '--format', 'json', bad)[0])
        self.assertEqual(report['errors'], 1)
        diagnostic = report['diagnostics'][0]
        self.assertEqual((diagnostic['line'], diagnostic['column'], diagnostic['severity']), (8, 13, 'error'))
        self.assertEqual(diagnostic['code'], 'LOAD_ERR_YAML_VALIDATE')

    def test_list(self):
        self.assertIn('Warning       scan    Dropper', self.run_davy(0, 'list', self.rules)[0])
        self.assertIn('0 of 1 rules', self.run_davy(0, 'list', '--tag', 'row:2', self.rules)[0])
        self.assertIn('1 of 1 rules', self.run_davy(0, 'list', '-t', 'row:1', '-t', 'by:name', '-s', 'scan', self.rules)[0])
        self.assertEqual(json.loads(self.run_davy(0, 'list', '-f', 'json', self.rules)[0])[0]['tags'], ['row:1', 'by:name'])
        self.assertGreater(len(json.loads(self.run_davy(0, 'list', '-f', 'json')[0])), 50)

    def test_explain(self):
        out = self.run_davy(0, 'explain', 'dropper', self.rules)[0]
        for words in ('A file with a bad name.', 'evt.type = file and', 'file.size', 'program\n'):
            self.assertIn(words, out)
        self.assertIn('Dropper', self.run_davy(3, 'explain', 'drop', self.rules)[1])

    def test_explain_kernel(self):
        live = self.write('live.yaml', """
- rule: Shadow read
  desc: d
  condition: evt.type in (open, openat) and evt.is_open_read = true and fd.name = /etc/shadow and proc.name = cat
  output: o
  priority: NOTICE
- rule: Anything
  desc: d
  condition: evt.type = setuid
  output: o
  priority: NOTICE
""")
        out = self.run_davy(0, 'explain', '--kernel', 'shadow read', live)[0]
        self.assertEqual(out, 'open, openat:\n  - opened for reading\n    path: /etc/shadow\n'
                              'left to user space:\n  proc.name = cat\n')
        out = self.run_davy(0, 'explain', '-k', live)[0]
        self.assertEqual(out, 'open, openat: 1 clause\nsetuid: every event\n'
                              'event types wanted: 3, of these whole: 1; names, ports and networks: 1\n')
        self.assertIn('not about live events', self.run_davy(0, 'explain', '-k', 'dropper', self.rules)[0])
        self.assertIn('event types wanted: ', self.run_davy(0, 'explain', '-k')[0])
        self.run_davy(3, 'explain', '-k', 'no such rule', live)

    def test_fields(self):
        self.assertIn('elf.packer', self.run_davy(0, 'fields', 'elf.*')[0])
        self.assertNotIn('file.path', self.run_davy(0, 'fields', 'elf.*')[0])
        fields = json.loads(self.run_davy(0, 'fields', '-f', 'json')[0])
        self.assertGreater(len(fields), 300)
        self.assertEqual([f['type'] for f in fields if f['name'] == 'file.size'], ['uint'])

    def test_cases_that_hold(self):
        self.write('r.cases.yaml', CASES)
        self.assertEqual(self.run_davy(0, 'test', self.rules)[0], '6 passed, 0 failed\n')
        self.assertEqual(self.run_davy(0, 'test', str(self.dir))[0], '6 passed, 0 failed\n')

    def test_cases_that_fail(self):
        self.write('r.cases.yaml', CASES.replace('dropped', 'dropper').replace('name: dropper, file.size: 5}', 'name: x}', 1))
        out = self.run_davy(1, 'test', self.rules)[0]
        self.assertIn('r.cases.yaml:3: Dropper: hit "as facts" does not match. Its facts:\n', out)
        self.assertIn('    file.name = x\n', out)
        self.assertIn('near miss "another name" matches. Its facts:\n', out)
        self.assertIn('4 passed, 2 failed\n', out)

    def test_a_rule_without_cases_fails(self):
        self.assertIn('r.yaml:3: Dropper: has no hit and no near miss\n', self.run_davy(1, 'test', self.rules)[0])
        self.write('r.cases.yaml', CASES.split('  near_miss')[0])
        self.assertIn('Dropper: has no near miss\n', self.run_davy(1, 'test', self.rules)[0])

    def test_cases_that_are_wrong(self):
        for old, new, say in (
                ('file.size: 5', 'file.sise: 5', 'r.cases.yaml:5:36: there is no field "file.sise", did you mean "file.size"?'),
                ('file.size: 5', 'file.size: many', 'the field file.size takes a uint'),
                ('event: file', 'event: fiel', 'there is no event type of this name'),
                ('rule: Dropper', 'rule: Dripper', 'there is no rule of this name among those loaded'),
                ('path: /tmp/dropper', 'path: tmp', 'a file needs an absolute path'),
                ('REFWWQ==', '"!"', 'this is no base64'),
                ('path_on_disk: content', 'path_on_disk: gone', 'No such file'),
                ('near_miss', 'near_mis', 'cases have no key "near_mis"'),
                ('mode: 0755', 'mood: 0755', 'a file of a case has no key "mood"'),
                ('- rule', '[', 'not YAML')):
            self.write('r.cases.yaml', CASES.replace(old, new, 1))
            self.assertIn(say, self.run_davy(3, 'test', self.rules)[1])


if __name__ == '__main__':
    unittest.main(verbosity=2)
