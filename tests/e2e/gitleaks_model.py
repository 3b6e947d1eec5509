# SPDX-License-Identifier: Apache-2.0
"""
What gitleaks 8.30 does with a file, step by step and without any of what makes Davy quick: a second opinion for tests.

Written from the order of evaluation that docs/secrets.md names, with Python's own regular expressions in place of RE2. Patterns are
those that mean the same in both; texts hold no letters that only one of them takes for a case of another (K, ſ, İ, ı). Where
docs/secrets.md says that Davy differs on purpose, the model does as Davy does.
"""

import base64
import math
import re
from dataclasses import dataclass, field

FRAGMENT, MORE, BUFFER = 100_000, 25_000, 4096
BLANKS = " \t\r\n"


def translate(pattern):
    """A pattern of Go's in Python's words: flags that begin within, classes of ASCII alone, $ and \\z at the very end."""
    out, i, stack, flags, in_class = [], 0, [], [], False
    while i < len(pattern):
        c = pattern[i]
        if c == "\\":
            spaces = {"s": r"\t\n\f\r "} if in_class else {"z": r"\Z", "s": r"[\t\n\f\r ]", "S": r"[^\t\n\f\r ]"}
            word = spaces.get(pattern[i + 1], pattern[i : i + 2])
            out.append(word)
            i += 2
        elif in_class:
            posix = re.match(r"\[:(\w+):\]", pattern[i:])
            if posix:
                out.append({"alnum": "0-9A-Za-z", "alpha": "A-Za-z", "digit": "0-9", "xdigit": "0-9A-Fa-f", "space": r"\t\n\v\f\r "}[posix[1]])
                i += posix.end()
                continue
            in_class = c != "]"
            out.append("\\[" if c == "[" else c)
            i += 1
        elif c == "[":
            end = i + (2 if pattern[i + 1] == "^" else 1)
            out.append(pattern[i:end])
            if pattern[end] == "]":
                out.append("\\]")
                end += 1
            in_class, i = True, end
        elif c == "(":
            stack.append(flags)
            flag = re.match(r"\(\?([a-zA-Z-]+)\)", pattern[i:])
            if flag:
                stack.pop()
                flags = flags + [flag[1].replace("U", "")]
                out.append(f"(?{flags[-1]}:")
                i += flag.end()
                continue
            head = re.match(r"\(\?(?:P<\w+>|[a-zA-Z-]*:)|\(", pattern[i:])
            out.append(head[0])
            flags, i = [], i + head.end()
        elif c == ")":
            out.append(")" * len(flags) + ")")
            flags, i = stack.pop(), i + 1
        elif c == "|":
            out.append(")" * len(flags) + "|" + "".join(f"(?{f}:" for f in flags))
            i += 1
        else:
            out.append(r"\Z" if c == "$" else c)
            i += 1
    return "".join(out) + ")" * len(flags)


def compile_go(pattern):
    return re.compile(translate(pattern), re.ASCII)


def lower(text):
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def entropy(secret):
    size, bits = len(secret.encode("utf-8", "surrogateescape")), 0.0
    for c in set(secret):
        share = secret.count(c) / size
        bits -= share * math.log2(share)
    return bits


@dataclass
class Allow:
    all: bool
    target: str
    paths: re.Pattern
    regexes: re.Pattern
    stopwords: list
    commits: bool

    def path_allows(self, path):
        """The path alone, before anything is searched."""
        if self.all and (self.regexes or self.stopwords or self.commits):
            return False
        return self.path_matches(path)

    def path_matches(self, path):
        return bool(self.paths and any(self.paths.search(p) for p in forms(path)))

    def allows(self, path, secret, match, line):
        target = {"match": match, "line": line}.get(self.target, secret)
        by_regex = bool(self.regexes and target and self.regexes.search(target))
        by_word = any(w in lower(secret) for w in self.stopwords) if secret else False
        if not self.all:
            return by_regex or by_word
        checks = [by_regex] if self.regexes else []
        checks += [by_word] if self.stopwords else []
        checks += [self.path_matches(path)] if self.paths else []
        checks += [False] if self.commits else []
        return all(checks)


def forms(path):
    """A path as it stands, and as gitleaks has it when it is started in the folder itself."""
    return (path, path[1:]) if path.startswith("/") and len(path) > 1 else (path,)


def any_of(patterns):
    return compile_go("(?:" + "|".join(patterns) + ")") if patterns else None


def read_allow(t):
    return Allow(t.get("condition", "").upper() in ("AND", "&&"), t.get("regexTarget", ""), any_of(t.get("paths")), any_of(t.get("regexes")),
                 [lower(w) for w in t.get("stopwords", [])], bool(t.get("commits")))


@dataclass
class Rule:
    id: str
    regex: re.Pattern
    path: re.Pattern
    group: int
    entropy: float
    keywords: list
    skip: bool
    required: list
    allows: list


@dataclass
class Finding:
    rule: Rule
    start: int  # of the match, in its fragment
    line: int  # of the match, from 0, in its fragment
    column: int
    secret: str
    at: int  # of the secret; of what was decoded, of the match
    depth: int = 0
    kinds: int = 0


@dataclass
class Segment:
    before: list = field(repr=False)
    original: tuple
    encoded: tuple
    decoded: tuple
    kinds: int


def touch(a, b):
    return b[0] <= a[1] and b[1] >= a[0]


def merge(a, b):
    return (min(a[0], b[0]), max(a[1], b[1]))


def to_original(s, span):
    if s.decoded[0] <= span[0] and span[1] <= s.decoded[1]:
        return s.original
    whole = merge(s.decoded, span)
    up = (s.encoded[0] + whole[0] - s.decoded[0], s.encoded[1] + whole[1] - s.decoded[1])
    found = None
    for p in s.before:
        if touch(p.decoded, up):
            o = to_original(p, up)
            found = merge(found, o) if found else o
    return found or up


PERCENT, UNICODE, HEX, BASE64 = 1, 2, 4, 8
ENCODINGS = re.compile(
    r"(%[0-9A-Fa-f]{2}(?:.*%[0-9A-Fa-f]{2})?)"
    r"|((?:U\+[a-fA-F0-9]{4}(?:[\t\n\f\r ]|\Z))+|(?:\\{1,2}[uU][a-fA-F0-9]{4})+)"
    r"|([0-9A-Fa-f]{32,})"
    r"|([\w/+-]{16,}={0,2})", re.ASCII)


def as_text(raw):
    """Decoded bytes, when they are a text: Davy takes one of any language."""
    if any(b < 9 or b == 0x7f for b in raw):
        return ""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return ""
    return "" if any(0x80 <= ord(c) < 0xa0 for c in text) else text


def decode_percent(s):
    raw = re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), s.encode("utf-8", "surrogateescape"))
    for byte in re.findall(r"%([0-9A-Fa-f]{2})", s):
        if int(byte, 16) < 9 or int(byte, 16) == 0x7f:
            return ""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return ""


def decode_unicode(s):
    return "".join(chr(v) if not 0xd800 <= v < 0xe000 else "\ufffd" for v in (int(h, 16) for h in re.findall(r"(?:U\+|[uU])([0-9A-Fa-f]{4})", s)))


def decode_hex(s):
    return as_text(bytes.fromhex(s)) if len(s) % 2 == 0 and re.search("[0-9]", s) else ""


def decode_base64(s):
    if not re.search("[0-9+/_-]", s):
        return ""
    body = s.rstrip("=")
    if not re.search("[-_]", s) and len(s) % 4 == 0:
        return as_text(base64.b64decode(s))
    if not re.search("[+/]", s) and body == s and len(s) % 4 != 1:
        return as_text(base64.urlsafe_b64decode(s + "=" * (-len(s) % 4)))
    return ""


DECODERS = ((PERCENT, decode_percent), (UNICODE, decode_unicode), (HEX, decode_hex), (BASE64, decode_base64))


def decode(text, before):
    """One pass: the text with what is encoded in it decoded in place, and the pieces."""
    all_matches = [(m.lastindex - 1, m.span()) for m in ENCODINGS.finditer(text)]
    segments, out, done, shift = [], [], 0, 0
    for i, (kind, span) in enumerate(all_matches):
        near = all_matches[max(i - 1, 0) : i] + all_matches[i + 1 : i + 2]
        if any(touch(span, other) and k < kind for k, other in near):
            continue
        value = DECODERS[kind][1](text[span[0] : span[1]])
        if not value:
            continue
        decoded = (span[0] + shift, span[0] + shift + len(value))
        shift += len(value) - (span[1] - span[0])
        s = Segment(before, span, span, decoded, DECODERS[kind][0])
        if before:
            original = None
            for p in before:
                if touch(span, p.decoded):
                    s.kinds |= p.kinds
                    o = to_original(p, span)
                    original = merge(original, o) if original else o
            s.original = original or span
        segments.append(s)
        out += [text[done : span[0]], value]
        done = span[1]
    return ("".join(out) + text[done:], segments)


def ends_blank(data):
    lines = 0
    for c in reversed(data):
        if c not in b" \t\r\n" or lines == 2:
            break
        lines += c == 10
    return lines >= 2


def fragments(data):
    """Parts of a file that are looked at together: FRAGMENT bytes and more, up to a blank line, through a buffer."""
    at = buffered = 0
    while at < len(data):
        n = buffered or min(FRAGMENT, len(data) - at)
        end, buffered, lines = at + n, 0, 0
        if not ends_blank(data[max(at, end - 4096) : end]):
            lines = 1 if data[end - 1] == 10 else 0
            while end < len(data) and end - at - n < MORE:
                if not buffered:
                    buffered = min(BUFFER, len(data) - end)
                c = data[end]
                end, buffered = end + 1, buffered - 1
                lines = lines + 1 if c == 10 else lines if c in b" \t\r" else 0
                if lines >= 2:
                    break
        yield at, data[at:end]
        at = end


class Config:
    def __init__(self, doc, decode_depth=5):
        self.decode_depth = decode_depth
        lists = lambda t: t.get("allowlists", []) + ([t["allowlist"]] if "allowlist" in t else [])
        self.allows = [read_allow(a) for a in lists(doc) if not a.get("targetRules")]
        self.rules = {}
        for r in doc.get("rules", []):
            if r:
                self.rules[r["id"]] = Rule(
                    r["id"], compile_go(r["regex"]) if r.get("regex") else None, compile_go(r["path"]) if r.get("path") else None, r.get("secretGroup", 0),
                    r.get("entropy", 0), [lower(k) for k in r.get("keywords", [])], r.get("skipReport", False), r.get("required", []),
                    [read_allow(a) for a in lists(r)])
        for a in lists(doc):
            for name in a.get("targetRules", []):
                self.rules[name].allows.append(read_allow(a))

    def detect(self, path, data):
        """(rule, line) of each finding; lines from 1, 0 for a rule of the path alone."""
        found = set()
        folders = [path[:i] for i in range(1, len(path)) if path[i] == "/"]
        if not data or any(a.path_allows(p) for a in self.allows for p in [path, *folders]):
            return found
        for rule in self.rules.values():
            if not rule.regex and rule.path and not rule.skip and not any(a.path_allows(path) for a in rule.allows):
                if any(rule.path.search(p) for p in forms(path)):
                    found.add((rule.id, 0))
        for at, raw in fragments(data):
            text = raw.decode("utf-8", "surrogateescape")
            before = data[:at].count(b"\n")
            for f in self.fragment(path, text):
                found.add((f.rule.id, before + text.count("\n", 0, f.at) + 1))
        return found

    def fragment(self, path, raw):
        found, text, segments, depth = [], raw, [], 0
        while True:
            low = lower(text)
            for rule in self.rules.values():
                if not rule.keywords or any(k in low for k in rule.keywords):
                    found += self.rule(path, raw, text, rule, segments, depth, False)
            if depth == self.decode_depth:
                break
            text, segments = decode(text, segments)
            depth += 1
            if not segments:
                break
        return [f for f in found if not self.is_told_better(f, found)]

    @staticmethod
    def is_told_better(f, found):
        generic = lambda r: "generic" in r.id.lower()
        return generic(f.rule) and any(not generic(o.rule) and o.line == f.line and f.secret in o.secret for o in found)

    def rule(self, path, raw, text, rule, segments, depth, inherited):
        found = []
        if (rule.skip and not inherited) or not rule.regex or any(a.path_allows(path) for a in rule.allows):
            return found
        if rule.path and not any(rule.path.search(p) for p in forms(path)):
            return found
        for m in rule.regex.finditer(text):
            f = self.match(path, raw, text, rule, segments, depth, m)
            if f:
                found.append(f)
        if inherited or not rule.required:
            return found
        for need in rule.required:
            other = self.rules.get(need["id"])
            others = self.rule(path, raw, text, other, segments, depth, True) if other and found else []
            found = [f for f in found if any(self.is_near(f, o, need) for o in others)]
        return found

    @staticmethod
    def is_near(f, o, need):
        lines, columns = need.get("withinLines"), need.get("withinColumns")
        return (lines is None or abs(f.line - o.line) <= lines) and (columns is None or abs(f.column - o.column) <= columns)

    def match(self, path, raw, text, rule, segments, depth, m):
        match = m[0].strip("\n")
        if not match:
            return None
        span, kinds, line = (m.start(), m.end()), 0, ""
        if segments:
            hit = [s for s in segments if touch(s.decoded, span)]
            if not hit:
                return None
            decoded = hit[0].decoded
            place = to_original(hit[0], span)
            for s in hit:
                kinds |= s.kinds
                decoded, place = merge(decoded, s.decoded), merge(place, to_original(s, span))
            line = text[text.rfind("\n", 0, decoded[0]) + 1 : end_of_line(text, decoded[1])]
            span = (min(place[0], len(raw)), min(place[1], len(raw)))
        else:
            start = m.start() + len(m[0]) - len(m[0].lstrip("\n"))
            span = (start, start + len(match))
        here = raw[raw.rfind("\n", 0, span[0]) + 1 : end_of_line(raw, span[1])]
        if "gitleaks:allow" in here:
            return None
        secret, at = match, span[0]
        again = rule.regex.search(match) if rule.regex.groups else None
        if again:
            group = rule.group or next((g for g in range(1, rule.regex.groups + 1) if again[g]), 0)
            secret = again[group] or ""
            at += 0 if segments or not secret else again.start(group)
        if rule.entropy and entropy(secret) <= rule.entropy:
            return None
        if any(a.allows(path, secret, match, line or here) for a in self.allows + rule.allows):
            return None
        return Finding(rule, span[0], raw.count("\n", 0, span[0]), span[0] - raw.rfind("\n", 0, span[0]) - 1, secret, at, depth, kinds)


def end_of_line(text, at):
    end = text.find("\n", at)
    return end if end >= 0 else len(text)
