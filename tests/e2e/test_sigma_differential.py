# SPDX-License-Identifier: Apache-2.0
"""Random Sigma rules on random records of JSON, judged by davy logs and by a small evaluator of its own, which is written from Sigma's specification and knows nothing of ours."""
import base64
import ipaddress
import json
import os
import random
import re
import subprocess
import tempfile
import unittest

from patience import PATIENCE

DAVY = os.environ['DAVY']
SETS, RULES, RECORDS = 6, 50, 40

FIELDS = ['requestParameters.a', 'requestParameters.b', 'requestParameters.c.d', 'requestParameters.list.x', 'sourceIPAddress', 'userAgent', 'errorCode']
TEXTS = ['a', 'B', 'ab', 'Ba', 'aab', 'a*b', 'b?a', 'a\\b', 'C:\\x\\*', '', 'A[b]', 'say -x /y', 'cmd /C dir', 'x\ny', '203.0.113.9', '10.1.2.3', '2001:db8::1', 'true', '5', '05', '-3', '1e3', 'ä', 'YWI=', base64.b64encode(b'xxab secret').decode(), 'None', 'null']
PATTERNS = ['a', 'AB', 'ab*', '*B', 'a?', '*a*b*', 'a\\*b', 'b\\?a', 'a\\\\b', 'a\\b', '', '*', '?', '[b]', 'A[B]', '\\\\*', '*\\\\*', 'C:\\x\\\\\\*', 'c:\\\\x*', '203.*', 'TRUE', '5', 'say*', '"', 'Ä', 'ä']


def texts(value):
    """What a path leads to, as texts: a list stands for its elements, and for itself."""
    if value is None:
        return []
    if isinstance(value, list):
        return [t for v in value for t in texts(v)] + [json.dumps(value, separators=(',', ':'), ensure_ascii=False)]
    if isinstance(value, dict):
        return [json.dumps(value, separators=(',', ':'), ensure_ascii=False)]
    return [value if isinstance(value, str) else json.dumps(value)]


def reach(value, path):
    if isinstance(value, list):
        found = [t for v in value for t in reach(v, path)]
        return found + (texts(value)[-1:] if not path else []) if path else texts(value)
    if not path:
        return texts(value)
    return reach(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else []


def pattern(text):
    """A value as Sigma writes it, as an expression."""
    out, i = '', 0
    while i < len(text):
        if text[i] == '\\' and text[i + 1:i + 2] in ('*', '?', '\\') and text[i + 1:]:
            i += 1
            out += re.escape(text[i])
        else:
            out += {'*': '.*', '?': '.'}.get(text[i], re.escape(text[i]))
        i += 1
    return out


def plain(text):
    return re.sub(r'\\([*?\\])', r'\1', text)


def number(text):
    return float(text) if re.fullmatch(r'-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?', text) else None


def matches(text, value, how, cased):
    before, behind = ('.*' if how in ('contains', 'endswith') else ''), ('.*' if how in ('contains', 'startswith') else '')
    flags = re.S | (0 if cased else re.A | re.I)
    return re.fullmatch((before + pattern(value) + behind).encode(), text.encode(), flags) is not None


def one_value(found, key, value, record):
    """Whether one value of an item holds for one of the texts found."""
    mods = key.split('|')[1:]
    if 'exists' in mods:
        return bool(found) == value
    if value is None:
        return not found
    how = next((m for m in mods if m in ('contains', 'startswith', 'endswith')), '')
    cased = 'cased' in mods
    if 're' in mods:
        flags = sum({'i': re.I, 'm': re.M, 's': re.S}[m] for m in mods if m in ('i', 'm', 's'))
        return any(re.search(value, t, flags | re.A) for t in found)
    if 'cidr' in mods:
        for t in found:
            try:
                if ipaddress.ip_address(t) in ipaddress.ip_network(value, False):
                    return True
            except (ValueError, TypeError):
                pass
        return False
    for name, test in (('lte', lambda a, b: a <= b), ('lt', lambda a, b: a < b), ('gte', lambda a, b: a >= b), ('gt', lambda a, b: a > b)):
        if name in mods:
            return any(number(t) is not None and test(number(t), value) for t in found)
    if 'fieldref' in mods:
        other = reach(record, value.split('.'))
        low = (lambda s: s) if cased else lambda s: ''.join(c.lower() if c.isascii() else c for c in s)
        test = {'': lambda a, b: a == b, 'contains': lambda a, b: b in a, 'startswith': str.startswith, 'endswith': str.endswith}[how]
        return any(test(low(a), low(b)) for a in found for b in other)
    value = value if isinstance(value, str) else json.dumps(value)
    if 'base64offset' in mods:
        raw = plain(value).encode('utf-16-le' if 'wide' in mods else 'utf-8')
        ways = [base64.b64encode(b' ' * i + raw)[(0, 2, 3)[i]:(None, -3, -2)[(len(raw) + i) % 3]].decode() for i in range(3)]
        return any(w in t if 'contains' in mods else w == t for w in ways for t in found)
    if 'base64' in mods:
        value = base64.b64encode(plain(value).encode('utf-16-le' if 'wide' in mods else 'utf-8')).decode()
        return any(matches(t, value, how, True) for t in found)
    values = [value]
    if 'windash' in mods:
        values = [re.sub(r'(?<![^\s])[-/\u2013\u2014\u2015](?=\w)', d, value) for d in ('-', '/', '\u2013', '\u2014', '\u2015')] + [value]
    return any(matches(t, v, how, cased) for v in values for t in found)


def item(key, values, record):
    if key is None:  # words
        values = values if isinstance(values, list) else [values]
        return any(matches(json.dumps(record, separators=(',', ':'), ensure_ascii=False), v, 'contains', False) for v in values)
    found = reach(record, key.split('|')[0].split('.'))
    values = values if isinstance(values, list) else [values]
    hits = [one_value(found, key, v, record) for v in values]
    return (all(hits) if '|all' in key else any(hits)) != ('|neq' in key)


def detection(d, record):
    if isinstance(d, list):
        return any(detection(x, record) if isinstance(x, (dict, list)) else item(None, x, record) for x in d)
    return all(item(k, v, record) for k, v in d.items())


def random_item(r):
    field = r.choice(FIELDS)
    kind = r.randrange(12)
    pick = lambda: r.choice(PATTERNS)
    neq = '|neq' if not r.randrange(8) else ''
    if kind < 5:
        how = r.choice(['', '', '|contains', '|startswith', '|endswith'])
        values = [pick() for _ in range(r.randint(1, 3))]
        if not how and not r.randrange(5):
            values.append(r.choice([5, True, -3, False]))
        every = '|all' if not r.randrange(4) else ''
        if not how and not every and not r.randrange(5):
            values.append(None)
        return field + neq + how + ('|cased' if not r.randrange(4) else '') + every, values if len(values) > 1 else values[0]
    if kind == 5:
        return field + neq + '|re' + r.choice(['', '|i', '|m', '|s', '|i|s']), r.choice(['a+b', '^a', 'b$', 'x.y', '^y$', '^$', r'\d+', '[A-B]a', 'ab|x', r'\\b'])
    if kind == 6:
        return 'sourceIPAddress' + neq + '|cidr', r.choice(['203.0.113.0/24', '10.0.0.0/8', '2001:db8::/32', '0.0.0.0/0', '203.0.113.9/32', ['10.1.0.0/16', '::/0']])
    if kind == 7:
        return field + neq + '|' + r.choice(['lt', 'lte', 'gt', 'gte']), r.choice([5, 0, -3, 1000])
    if kind == 8:
        return field + '|exists', r.choice([True, False])
    if kind == 9:
        return field + neq + '|fieldref' + r.choice(['', '|contains', '|startswith', '|endswith']), r.choice(FIELDS)
    if kind == 10:
        return field + r.choice(['|base64', '|base64offset|contains', '|wide|base64offset|contains', '|base64|contains']), r.choice(['abc', 'secret', 'YWI', 'xxab secret'])
    return field + '|windash' + r.choice(['', '|contains']), r.choice(['say -x /y', '-x', '/C', ' -c ', 'cmd -C dir'])


def random_detection(r, depth=1):
    kind = r.randrange(8)
    if kind == 0:
        return [r.choice(['a', 'secret', 'errorCode', 'say*y', 'cmd /c', '*zz*']) for _ in range(r.randint(1, 2))]
    if kind < 3 and depth:
        return [random_detection(r, 0) for _ in range(r.randint(1, 3))]
    return dict(random_item(r) for _ in range(r.randint(1, 2)))


NAMES = ['sel_a', 'sel_b', 'filter_main', '_hidden']


def random_condition(r, depth):
    kind = r.randrange(6 if depth else 2)
    if kind == 0 or (kind < 2 and depth):
        name = r.choice(NAMES)
        return name, lambda hits: hits[name]
    if kind == 1:
        some, of = r.choice(['1', 'any', 'all']), r.choice(['them', 'sel_*', 'filter_*', '*', 'sel*a'])
        meant = [n for n in NAMES if not n.startswith('_')] if of == 'them' else [n for n in NAMES if re.fullmatch(of.replace('*', '.*'), n)]
        return f'{some} of {of}', lambda hits: (all if some == 'all' else any)(hits[n] for n in meant)
    if kind == 2:
        text, a = random_condition(r, 0)
        return f'not {text}', lambda hits: not a(hits)
    x, a = random_condition(r, depth - 1)
    y, b = random_condition(r, depth - 1)
    if kind == 3:
        return f'{x} and {y}' if ' or ' not in x + y else f'({x}) and ({y})', lambda hits: a(hits) and b(hits)
    if kind == 4:
        return f'({x} or {y})', lambda hits: a(hits) or b(hits)
    return f'not ({x})', lambda hits: not a(hits)


def random_value(r, depth=1):
    kind = r.randrange(10)
    if kind < 5:
        return r.choice(TEXTS)
    if kind == 5:
        return r.choice([5, 0, -3, 1000, 4.5, 17])
    if kind == 6:
        return r.choice([True, False, None])
    if kind == 7 and depth:
        return [random_value(r, 0) for _ in range(r.randrange(3))]
    if kind == 8 and depth:
        return {'d': random_value(r, 0), 'x': random_value(r, 0)}
    return r.choice(TEXTS)


def random_record(r, number):
    parameters = {k: random_value(r) for k in ('a', 'b', 'c', 'list') if r.randrange(4)}
    if r.randrange(2):
        parameters['c'] = {'d': random_value(r)}
    if r.randrange(2):
        parameters['list'] = [{'x': random_value(r, 0)} for _ in range(r.randrange(3))]
    record = {'eventVersion': '1.08', 'eventTime': '2026-03-02T10:00:00Z', 'eventSource': 'ec2.amazonaws.com', 'eventName': 'RunInstances', 'awsRegion': 'eu-west-1', 'eventID': str(number), 'requestParameters': parameters,
              'sourceIPAddress': r.choice(['203.0.113.9', '10.1.2.3', '2001:db8::1', 'ec2.amazonaws.com', '203.0.113.10'])}
    for name in ('userAgent', 'errorCode'):
        if r.randrange(3):
            record[name] = r.choice(TEXTS)
    return record


class Differential(unittest.TestCase):
    def test_rules_of_sigma(self):
        hits = 0
        for number in range(SETS):
            r = random.Random(int(os.environ.get('SEED', 20261130)) + number)
            rules, tests = [], []
            for i in range(RULES):
                detections = {n: random_detection(r) for n in NAMES}
                condition, test = random_condition(r, 3)
                rules.append({'title': f'r{i}', 'logsource': {'product': 'aws', 'service': 'cloudtrail'}, 'detection': {**detections, 'condition': condition}})
                tests.append((detections, test))
            records = [random_record(r, i) for i in range(RECORDS)]
            with tempfile.TemporaryDirectory() as folder:
                for name, items in (('rules.yml', '\n---\n'.join(json.dumps(x, ensure_ascii=False) for x in rules)), ('log.json', '\n'.join(json.dumps(x, separators=(',', ':'), ensure_ascii=False) for x in records)), ('none.yaml', '[]')):
                    with open(f'{folder}/{name}', 'w', encoding='utf-8') as f:
                        f.write(items + '\n')
                with open(f'{folder}/none.yaml', 'w', encoding='utf-8') as f:
                    f.write('- rule: None\n  desc: d\n  condition: cloud.id = nobody\n  output: x\n  priority: WARNING\n  source: log\n')
                with open(f'{folder}/pipeline.yaml', 'w', encoding='utf-8') as f:
                    f.write('name: out\npriority: 90\ntransformations:\n  - {type: set_state, key: output, val: [cloud.id]}\n')
                run = subprocess.run([DAVY, 'logs', '-q', '--store', '', '-f', 'json', '--repeats', '0', '--rate', '0', '-r', f'{folder}/none.yaml', '--sigma-strict', '--sigma-pipeline', f'{folder}/pipeline.yaml', '--sigma', f'{folder}/rules.yml', f'{folder}/log.json'],
                                     capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual(run.returncode, 0, run.stderr[:4000])
            got = {(f['rule'], f['output_fields']['cloud.id']) for f in map(json.loads, run.stdout.splitlines())}
            for i, (detections, test) in enumerate(tests):
                for k, record in enumerate(records):
                    want = test({n: detection(d, record) for n, d in detections.items()})
                    hits += want
                    self.assertEqual((f'r{i}', str(k)) in got, want, json.dumps([rules[i], record], ensure_ascii=False, indent=1) + str({n: detection(d, record) for n, d in detections.items()}))
        self.assertGreater(hits, SETS * RULES * RECORDS // 10)
        self.assertLess(hits, SETS * RULES * RECORDS * 9 // 10)


if __name__ == '__main__':
    unittest.main()
