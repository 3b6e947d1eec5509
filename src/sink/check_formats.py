# SPDX-License-Identifier: Apache-2.0
"""What the standards demand of each format, as checks: each function takes the bytes of a report and returns a list of
complaints. Official schemas are used as well where tools/get-schemas has brought them."""
import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

try:
    import jsonschema
except ImportError:
    jsonschema = None
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    sys.path.append('/usr/lib/python3/dist-packages')  # pure Python: any interpreter may take Debian's
    try:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    except ImportError:
        text_string_to_metric_families = None

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / 'build/schemas'
GITHUB = {'runs': 20, 'results': 25_000, 'rules': 25_000, 'tags': 20, 'locations': 1_000, 'text': 1_024, 'bytes': 10 << 20}
URI_REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@/]|%[0-9A-Fa-f]{2})+")
DATE_TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z')


def schema_errors(value, name, draft='Draft7Validator', others=()):
    path = SCHEMAS / name
    if jsonschema is None or not path.exists():
        return []
    schema = json.loads(path.read_text(encoding='utf-8-sig'))
    options = {'format_checker': jsonschema.FormatChecker()}
    if others:
        try:
            from referencing import Registry, Resource
        except ImportError:
            store = {u: json.loads((SCHEMAS / f).read_text()) for u, f in others}
            options['resolver'] = jsonschema.RefResolver(schema['$id'], schema, store)
        else:
            options['registry'] = Registry().with_resources(
                [(u, Resource.from_contents(json.loads((SCHEMAS / f).read_text()))) for u, f in others])
    errors = getattr(jsonschema, draft)(schema, **options).iter_errors(value)
    return [f'{name}: {e.json_path}: {e.message[:300]}' for e, _ in zip(errors, range(20))]


def has_schemas():
    return jsonschema is not None and (SCHEMAS / 'sarif-2.1.0.json').exists()


def validator_missing():
    """Why the validator of SARIF's makers cannot be asked; None: it can."""
    program = SCHEMAS / 'Sarif.Multitool'
    return None if program.exists() else 'tools/get-schemas has not brought the validator of SARIF'


def validator_errors(reports):
    """What the validator of SARIF's makers complains of in the reports, with the rules of GitHub's code scanning: a list for each."""
    with tempfile.TemporaryDirectory(prefix='davy-sarif-') as folder:
        paths = [pathlib.Path(folder) / f'{i}.sarif' for i in range(len(reports))]
        for path, data in zip(paths, reports):
            path.write_bytes(data)
        out = subprocess.run([SCHEMAS / 'Sarif.Multitool', 'validate', *paths, '--rule-kind', 'Sarif;Ghas', '--level', 'Error;Warning'], capture_output=True,
                             text=True, check=False, cwd=folder, env={**os.environ, 'DOTNET_SYSTEM_GLOBALIZATION_INVARIANT': '1', 'HOME': folder})
        # 2005: Davy has no page of its own; 2017: a whole file is meant where no line is told
        lines = [line[:300] for line in out.stdout.splitlines() if re.search(r'\): (?:error|warning) (?!SARIF2005:|SARIF2017:)', line)]
        if 'Analysis completed successfully' not in out.stdout:
            lines = [f'{path}(: {out.stdout[-500:]} {out.stderr[-500:]}' for path in paths]
        return [[line for line in lines if line.startswith(f'{path}(')] for path in paths]


def load_json(data):
    """Strict: ASCII, no duplicate keys, no numbers outside JSON."""
    def pairs(items):
        keys = [k for k, _ in items]
        assert len(keys) == len(set(keys)), f'a key twice: {keys}'
        return dict(items)

    def refuse(word):
        raise ValueError(f'{word} is no JSON number')
    assert all(b == 10 or 32 <= b < 127 for b in data), 'bytes outside printable ASCII'
    return json.loads(data, object_pairs_hook=pairs, parse_constant=refuse)


def check_sarif(data):
    log, bad = load_json(data), []

    def want(ok, what):
        if not ok:
            bad.append(what)
    bad += schema_errors(log, 'sarif-2.1.0.json')
    want(log['version'] == '2.1.0', 'version')
    want(1 <= len(log['runs']) <= GITHUB['runs'], f'{len(log["runs"])} runs')
    categories = [run.get('automationDetails', {}).get('id') for run in log['runs']]
    want(len(set(categories)) == len(categories), f'runs of one category {categories}')
    for run in log['runs']:
        driver = run['tool']['driver']
        rules, results = driver.get('rules', []), run['results']
        want(len(results) <= GITHUB['results'] and len(rules) <= GITHUB['rules'], 'too many results or rules')
        ids = [r['id'] for r in rules]
        want(len(set(ids)) == len(ids), 'rule ids are not unique')
        taxa = [t['id'] for c in run.get('taxonomies', []) for t in c['taxa']]
        want(len(driver.get('supportedTaxonomies', [])) == len(run.get('taxonomies', [])), 'taxonomies and what the tool names')
        for r in rules:
            for key in ('shortDescription', 'fullDescription', 'help'):
                want(r[key]['text'], f'{key} of {r["id"]}')
            want(len(r['shortDescription']['text']) <= GITHUB['text'] and len(r['fullDescription']['text']) <= GITHUB['text'], f'long texts of {r["id"]}')
            want(len(r['properties']['tags']) <= GITHUB['tags'], f'tags of {r["id"]}')
            want(r['defaultConfiguration']['level'] in ('error', 'warning', 'note'), f'level of {r["id"]}')
            severity = r['properties'].get('security-severity')
            want(severity is None or 0 < float(severity) <= 10, f'security-severity {severity}')
            for relation in r.get('relationships', []):
                want(relation['target']['id'] in taxa, f'{relation["target"]["id"]} is no taxon')
        notifications = {n['id'] for n in driver['notifications']}
        for n in (n for i in run['invocations'] for n in i['toolExecutionNotifications']):
            want(n['descriptor']['id'] in notifications, f'notification {n["descriptor"]["id"]}')
            want(n['message']['text'], 'a notification without text')
        for i in run['invocations']:
            want(DATE_TIME.fullmatch(i['startTimeUtc']) and DATE_TIME.fullmatch(i['endTimeUtc']), 'times')
            want(i['exitCode'] in (0, 1, 3), 'exit code')
        prints = [x['partialFingerprints']['primaryLocationLineHash'] for x in results]
        want(len(set(prints)) == len(prints), 'fingerprints are not unique')
        suppressed = {'suppressions' in x for x in results}
        want(len(suppressed) <= 1, 'suppressions of some results only')
        for x in results:
            want(ids[x['ruleIndex']] == x['ruleId'], 'ruleIndex and ruleId')
            want(0 < len(x['message']['text']) <= GITHUB['text'], 'message')
            want(not re.search(r'\]\(|\{\d', x['message']['text']), f'a link or placeholder: {x["message"]["text"][:80]}')
            want(x['level'] in ('error', 'warning', 'note') if 'level' in x else x['kind'] == 'informational', 'level and kind')
            want(1 <= len(x['locations']) <= GITHUB['locations'], 'locations')
            for place in x['locations'] + x.get('relatedLocations', []):
                artifact = place['physicalLocation']['artifactLocation']
                uri = artifact['uri']
                want(URI_REFERENCE.fullmatch(uri) and not uri.startswith('/'), f'uri {uri[:80]}')
                want(artifact.get('uriBaseId', 'TARGET') in run['originalUriBaseIds'] or 'uriBaseId' not in artifact, 'uriBaseId')
                region = place['physicalLocation'].get('region', {})
                want(region.get('startLine', 1) >= 1 and region.get('startColumn', 1) >= 1 and region.get('byteOffset', 0) >= 0, f'region {region}')
            for s in x.get('suppressions', []):
                want(s['kind'] == 'external' and s['justification'], 'suppression')
    return bad


def check_cyclonedx(data):
    bom, bad = load_json(data), []

    def want(ok, what):
        if not ok:
            bad.append(what)
    base = 'http://cyclonedx.org/schema/'
    bad += schema_errors(bom, 'bom-1.6.SNAPSHOT.schema.json', others=[
        (base + f, f) for f in ('spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json', 'cryptography-defs.SNAPSHOT.schema.json')])
    want(bom['bomFormat'] == 'CycloneDX' and bom['specVersion'] == '1.6' and bom['version'] >= 1, 'head')
    want(re.fullmatch(r'urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}', bom['serialNumber']), 'serialNumber')
    want(DATE_TIME.fullmatch(bom['metadata']['timestamp']), 'timestamp')
    components = [bom['metadata']['component'], *bom['components']]
    refs = [c['bom-ref'] for c in components]
    want(len(set(refs)) == len(refs), 'bom-refs are not unique')
    for c in components:
        want(c['name'] and c['type'] in ('container', 'file', 'operating-system', 'application', 'data', 'library'), f'component {c["bom-ref"]}')
        for h in c.get('hashes', []):
            want(h['alg'] == 'SHA-256' and re.fullmatch(r'[0-9a-fA-F]{64}', h['content']), f'hash of {c["bom-ref"]}')
        want('purl' not in c or check_purl(c['purl']), f'purl {c.get("purl", "")[:100]}')
    for d in bom['dependencies']:
        want(d['ref'] in refs and set(d['dependsOn']) <= set(refs), 'dependencies')
    return bad


def check_purl(purl):
    return re.fullmatch(r'pkg:[A-Za-z0-9.+\-%~_:]+(?:/[A-Za-z0-9.\-%~_:]+)+(?:@[A-Za-z0-9.\-%~_:]+)?(?:\?[a-z]+=[A-Za-z0-9.\-%~_:]+(?:&[a-z]+=[A-Za-z0-9.\-%~_:]+)*)?', purl)


def check_spdx(data):
    doc, bad = load_json(data), []

    def want(ok, what):
        if not ok:
            bad.append(what)
    want((doc['spdxVersion'], doc['dataLicense'], doc['SPDXID']) == ('SPDX-2.3', 'CC0-1.0', 'SPDXRef-DOCUMENT'), 'head')
    want(doc['name'] and urllib.parse.urlparse(doc['documentNamespace']).scheme and '#' not in doc['documentNamespace'], 'namespace')
    want(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', doc['creationInfo']['created']), 'created')
    want(all(re.match(r'Tool: .', c) for c in doc['creationInfo']['creators']), 'creators')
    ids = [p['SPDXID'] for p in doc['packages']]
    want(len(set(ids)) == len(ids), 'ids are not unique')
    for p in doc['packages']:
        want(re.fullmatch(r'SPDXRef-[A-Za-z0-9.\-]+', p['SPDXID']), f'id {p["SPDXID"]}')
        want(p['name'] and p['downloadLocation'] == 'NOASSERTION' and p['filesAnalyzed'] is False, f'package {p["SPDXID"]}')
        want('packageVerificationCode' not in p, 'a verification code without files')
        for c in p.get('checksums', []):
            want(c['algorithm'] == 'SHA256' and re.fullmatch(r'[0-9a-fA-F]{64}', c['checksumValue']), 'checksum')
    known = {'SPDXRef-DOCUMENT', *ids}
    for r in doc['relationships']:
        want(r['spdxElementId'] in known and r['relatedSpdxElement'] in known and r['relationshipType'] in ('DESCRIBES', 'CONTAINS'), f'relationship {r}')
    want(not ids or any(r['relationshipType'] == 'DESCRIBES' for r in doc['relationships']), 'nothing is described')
    return bad


SAMPLE = re.compile(r'(davy_[a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!\})|(?=\})))*)\})? (-?\d+(?:\.\d+)?)')


def check_openmetrics(data):
    text, bad = data.decode('utf-8'), []
    if not text.endswith('\n# EOF\n') or text.count('# EOF') != 1:
        bad.append('no # EOF at the end')
    current, ended, seen = None, set(), set()
    for line in text.split('\n')[:-2]:
        if line.startswith('# '):
            _, kind, name, *rest = line.split(' ', 3)
            if kind == 'TYPE':
                ended.add(current)
                current = name
                if name in ended or rest != ['gauge']:
                    bad.append(f'family {name} twice, or of a type that node_exporter does not know')
            elif name != current or kind not in ('HELP', 'UNIT'):
                bad.append(f'misplaced: {line[:100]}')
            elif kind == 'UNIT' and not name.endswith('_' + rest[0]):
                bad.append(f'{name} does not end with its unit')
            continue
        match = SAMPLE.fullmatch(line)
        if not match or match[1] != current:
            bad.append(f'no sample of {current}: {line[:120]!r}')
        elif (match[1], match[2]) in seen:
            bad.append(f'the same sample twice: {line[:120]!r}')
        else:
            seen.add((match[1], match[2]))
    if text_string_to_metric_families:
        try:
            families = list(text_string_to_metric_families(text))
            if not any(f.name == 'davy_verdict' for f in families):
                bad.append('no verdict')
        except ValueError as e:
            bad.append(f'prometheus_client: {e}')
    return bad


class Page(html.parser.HTMLParser):
    """Balance, allowed elements and attributes, unique ids, names for what has none."""
    VOID = {'meta', 'input', 'rect', 'br', 'line', 'circle', 'path'}
    ALLOWED = VOID | set('html head title style body a header h1 h2 h3 h4 span time main section ul li div p svg g text table caption thead '
                         'tbody tr th td details summary article footer fieldset legend label code mark b pre ol tspan'.split())
    ATTRIBUTES = set('lang charset http-equiv content name id class href datetime aria-labelledby aria-label aria-hidden role viewbox '
                     'preserveaspectratio x y x1 x2 y1 y2 cx cy r d text-anchor width height rx scope type checked open tabindex'.split())

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.bad, self.ids, self.links, self.headings, self.text, self.policy, self.style = [], [], set(), [], [], [], '', ''

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in self.ALLOWED:
            self.bad.append(f'element {tag}')
        for name, value in attributes.items():
            if name not in self.ATTRIBUTES:
                self.bad.append(f'attribute {name} of {tag}')
            if name == 'href' and not value.startswith('#'):
                self.bad.append(f'link to {value[:60]}')
            if name == 'id':
                if value in self.ids:
                    self.bad.append(f'id {value} twice')
                self.ids.add(value)
        if 'href' in attributes:
            self.links.append(attributes['href'])
        if tag == 'html':
            self.language = attributes.get('lang')
        if tag == 'meta' and attributes.get('http-equiv'):
            self.policy = attributes['content']
        if tag in ('h1', 'h2', 'h3', 'h4'):
            self.headings.append(int(tag[1]))
        if tag == 'svg' and not (attributes.get('aria-hidden') == 'true' or attributes.get('role') == 'img'):
            self.bad.append('a picture without a name')
        if tag == 'table':
            self.tables = getattr(self, 'tables', 0) + 1
        if tag == 'caption':
            self.tables -= 1
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.bad.append(f'</{tag}> closes nothing')

    def handle_data(self, data):
        if self.stack and self.stack[-1] == 'style':
            self.style += data
        else:
            self.text.append(data)

    def handle_comment(self, data):
        self.bad.append('a comment')

    def unknown_decl(self, data):
        self.bad.append('a declaration')


def luminance(colour):
    digits = ''.join(2 * c for c in colour) if len(colour) == 3 else colour
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    return sum(f * (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4) for f, p in zip((0.2126, 0.7152, 0.0722), parts))


def pale_text(style):
    """Pairs of colours of the style, light and dark, that text is written in and that stand out less than WCAG's AA asks for."""
    tones = ('critical', 'high', 'medium', 'low', 'info', 'ok')
    pairs = [('ink', 'page'), ('ink', 'card'), ('ink', 'tint'), ('ink', 'mark'), ('ink', 'data'), ('soft', 'page'), ('soft', 'card'), ('soft', 'tint')]
    pairs += [('on-block', k) for k in ('program', 'script', 'text', 'media', 'archive')]
    pairs += [p for t in tones for p in ((t, f'{t}-tint'), (t, 'card'), ('soft', f'{t}-tint'), ('ink', f'{t}-tint'))]
    bad = []
    for scheme in re.findall(r':root \{([^}]*--ink:[^}]*)\}', style):
        colours = dict(re.findall(r'--([a-z-]+): #([0-9a-f]{3,6})\b', scheme))
        for text, ground in pairs:
            dark, light = sorted(luminance(colours[c]) for c in (text, ground))
            if (light + 0.05) / (dark + 0.05) < 4.5:
                bad.append(f'{text} on {ground}: #{colours[text]} on #{colours[ground]}')
    return bad


def check_html(data):
    import base64
    import hashlib
    text = data.decode('utf-8')
    page = Page()
    page.feed(text)
    page.close()
    bad = page.bad[:20]
    if page.stack:
        bad.append(f'not closed: {page.stack}')
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    if page.policy != f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'":
        bad.append(f'policy {page.policy}')
    if re.search(r'url\(|@import|expression\(', page.style):
        bad.append('the style asks for something')
    bad += pale_text(page.style) or ([] if page.style.count('--ink:') == 2 else ['not a light and a dark scheme'])
    if not page.language:
        bad.append('no language')
    for link in page.links:
        if link[1:] not in page.ids:
            bad.append(f'{link} leads nowhere')
    if page.headings[:1] != [1] or any(b > a + 1 for a, b in zip(page.headings, page.headings[1:])):
        bad.append(f'headings {page.headings[:20]}')
    if getattr(page, 'tables', 0):
        bad.append('a table without caption')
    if re.search('[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]', text):
        bad.append('characters that change what is shown')
    return bad


CHECKS = {'sarif': check_sarif, 'html': check_html, 'cyclonedx': check_cyclonedx, 'spdx': check_spdx, 'openmetrics': check_openmetrics}
