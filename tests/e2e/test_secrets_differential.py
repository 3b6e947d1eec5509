# SPDX-License-Identifier: Apache-2.0
"""
Random rules in gitleaks' format over random files: what `davy scan` tells against gitleaks_model.py, which takes each step on its own.

Each configuration draws some rules, allowlists of both kinds and required rules; each file draws lines that nearly match them: other
case, low entropy, stop words, comments that allow, encodings within encodings, places near and far. DAVY_SEED draws others.
"""

import base64
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import tomllib
import unittest

import gitleaks_model

DAVY = os.environ["DAVY"]
SEED = int(os.environ.get("DAVY_SEED", "1"))
CONFIGS, FILES = 24, 40

RULE_FOR_ALL = """
- rule: A secret
  desc: Every file that holds one.
  source: scan
  condition: evt.type = file and secret.count > 0
  output: "%secret.kinds"
  priority: NOTICE
"""

# Pattern, and a few texts that match it; {n} is a number of the rule.
SHAPES = [
    (r"tok{n}_[a-z0-9]{{6,12}}", ["tok{n}_ab12cd34", "tok{n}_aaaaaa", "tok{n}_stopword1", "tok{n}_zq81mf"]),
    (r"(?i)key{n}[ ]?=[ ]?\"([a-f0-9]{{8,16}})\"", ['key{n} = "0123456789ab"', 'KEY{n}="aaaaaaaa"', 'Key{n} ="deadbeef1"']),
    (r"\b(pw{n}:)([^ \n]{{5,20}}) (end)?", ["pw{n}:hunter2x! end", "pw{n}:aaaaa ", "pw{n}:stopword99 end"]),
    (r"sec{n}(?:=|: *)(?:([A-Z]{{4}}[0-9]{{4}})|([a-z]{{8}}))(?:\s|$)", ["sec{n}=ABCD1234", "sec{n}:  qwertzui", "sec{n}=AAAA1111 "]),
    (r"begin{n}\n[a-z0-9\n]{{4,40}}?\nstop{n}", ["begin{n}\nabcd\nef12\nstop{n}", "begin{n}\naaaa\nstop{n}"]),
    (r"\n?id{n} [0-9]{{3,6}}\n?", ["id{n} 123", "\nid{n} 99999\n"]),
]
STOPWORDS = ["stopword", "AAAA", "qwe"]
PATHS = ["a.txt", "src/b.yaml", "src/vendor/c.txt", "vendor/d.txt", "src/key.pem", "docs/e.md", "empty.pem"]
PATH_PATTERNS = [r"\.md$", r"^src/", r"(?:^|/)vendor$", r"(?i)\.YAML$", r"^/vendor/", r"txt"]


class Draw:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def chance(self, share):
        return self.r.random() < share

    def allow(self, n, shapes):
        parts = {}
        if self.chance(0.3):
            parts["condition"] = self.r.choice(["AND", "or", "&&", "||"])
        if self.chance(0.5):
            parts["stopwords"] = self.r.sample(STOPWORDS, self.r.randint(1, 2))
        if self.chance(0.4):
            target = self.r.choice(["", "secret", "match", "line"])
            parts |= {"regexTarget": target} if target else {}
            parts["regexes"] = self.r.sample([r"^aaa", r"(?i)DEAD", r"hunter", r"ABCD[0-9]+", r"nothing here", r"stop\d", r"# fine", r"^[a-z]+$"], self.r.randint(1, 3))
        if self.chance(0.3) or not {"stopwords", "regexes"} & parts.keys():
            parts["paths"] = self.r.sample(PATH_PATTERNS, 1)
        if self.chance(0.05):
            parts["commits"] = ["0123abcd"]
        return parts

    def rule(self, n):
        pattern, texts = self.r.choice(SHAPES)
        rule = {"id": f"x-{self.r.choice(['', '', 'generic-'])}rule{n}", "regex": pattern.format(n=n)}
        word = texts[0].format(n=n).split("_")[0].split(" ")[0].split(":")[0].split("=")[0].split("\n")[0]
        groups = gitleaks_model.compile_go(rule["regex"]).groups
        if self.chance(0.7):
            rule["keywords"] = [word.upper() if self.chance(0.3) else word]
        if self.chance(0.15):
            rule["keywords"] = ["elsewhere"]
        if groups and self.chance(0.5):
            rule["secretGroup"] = self.r.randint(1, groups)
        if self.chance(0.4):
            rule["entropy"] = self.r.choice([1, 2.0, 2.75, 3])
        if self.chance(0.2):
            rule["path"] = self.r.choice(PATH_PATTERNS)
        if self.chance(0.1):
            rule["skipReport"] = True
        rule["allowlists"] = [self.allow(n, None) for _ in range(self.r.choice([0, 0, 1, 2]))]
        return rule, [t.format(n=n) for t in texts]

    def config(self):
        rules, texts = [], []
        for n in range(1, self.r.randint(4, 9)):
            rule, more = self.rule(n)
            rules.append(rule)
            texts += more
        if self.chance(0.5): # the same text by another rule, so that a generic one has something to give way to
            twin = dict(self.r.choice(rules), id="x-twin", allowlists=[])
            rules.append({k: v for k, v in twin.items() if k not in ("skipReport", "path")})
        for rule in rules:
            if self.chance(0.2):
                need = {"id": self.r.choice(rules)["id"]}
                if self.chance(0.6):
                    need["withinLines"] = self.r.choice([0, 1, 3])
                if self.chance(0.3):
                    need["withinColumns"] = self.r.choice([0, 5, 40])
                if need["id"] != rule["id"]:
                    rule["required"] = [need]
        if self.chance(0.3):
            rules.append({"id": "x-path", "path": r"\.pem$", "allowlists": [self.allow(0, None)] if self.chance(0.3) else []})
        lists = []
        for _ in range(self.r.choice([0, 1, 1, 2])):
            a = self.allow(0, None)
            if self.chance(0.5):
                a["targetRules"] = [r["id"] for r in self.r.sample(rules, 2)]
            lists.append(a)
        return {"rules": rules, "allowlists": lists}, texts

    def encode(self, text):
        raw = text.encode()
        return self.r.choice([
            lambda: base64.b64encode(raw).decode(), lambda: base64.urlsafe_b64encode(raw).decode().rstrip("="), lambda: raw.hex(),
            lambda: "".join(f"%{b:02X}" if self.chance(0.7) else chr(b) if b != 0x25 else "%25" for b in raw),
            lambda: "".join(f"\\u{b:04x}" for b in raw), lambda: "".join(f"U+{b:04X} " for b in raw)])()

    def content(self, texts):
        lines = []
        for _ in range(self.r.randint(3, 12)):
            text = self.r.choice(texts)
            what = self.r.random()
            if what < 0.2:
                text = self.r.choice(["", "nothing here", "elsewhere", "dé = ünïcode", "x" * self.r.randint(1, 60), "\r", "\t"])
            elif what < 0.3:
                text = text.swapcase()
            elif what < 0.4:
                text = text[: self.r.randint(1, len(text))]
            elif what < 0.65:
                for _ in range(self.r.choice([1, 1, 2, 3])):
                    text = self.r.choice(["", "a = ", "'"]) + self.encode(text)
            tail = self.r.choice(["", "", "", " # fine", " # gitleaks:allow", " " + self.r.choice(texts), ";"])
            lines.append(self.r.choice(["", "", "  ", "stop9 "]) + text + tail)
        return "\n".join(lines) + self.r.choice(["", "\n"])


def toml(config):
    """The configuration as text; JSON's strings and lists are TOML's too."""
    out = []

    def table(head, t):
        out.append(head)
        out.extend(f"{k} = {json.dumps(v)}" for k, v in t.items() if k not in ("allowlists", "required"))

    for rule in config["rules"]:
        table("[[rules]]", rule)
        for a in rule.get("allowlists", []):
            table("[[rules.allowlists]]", a)
        for need in rule.get("required", []):
            table("[[rules.required]]", need)
    for a in config["allowlists"]:
        table("[[allowlists]]", a)
    return "\n".join(out) + "\n"


class Differential(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix="davy-e2e-"))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        (self.temp / "all.yaml").write_text(RULE_FOR_ALL)

    def scan(self, config, tree, depth):
        result = subprocess.run([DAVY, "scan", "--quiet", "--no-feed", "--no-cache", "--no-shipped-lists", "-r", self.temp / "all.yaml", "--secrets", config,
                                 "--decode-depth", str(depth), "--format=json", tree], capture_output=True, timeout=600, env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertIn(result.returncode, (0, 1), result.stderr.decode())
        target = json.loads(result.stdout)["targets"][0]
        self.assertEqual(target["findings_not_kept"], 0)
        told = {}
        for finding in target["findings"]:
            self.assertEqual(finding["notes_total"], len(finding["notes"]), "more was found than is shown")
            self.assertEqual(finding["repeats"], 0)
            told[finding["subject"]["path"]] = [(n["value"], n.get("line", 0), "via" in n) for n in finding["notes"]
                                                if n["field"] == "secret.kinds" and n["value"].startswith("x-")]
        return told

    def compare(self, config_text, contents, depth):
        """Each file with both; how many findings there were."""
        tree = pathlib.Path(tempfile.mkdtemp(dir=self.temp))
        config = tree.parent / "gitleaks.toml"
        config.write_text(config_text)
        for path, data in contents.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(data)
        told = self.scan(config, tree, depth)
        model = gitleaks_model.Config(tomllib.loads(config_text), depth)
        n = 0
        for path, data in contents.items():
            want = model.detect("/" + path, data)
            n += len(want)
            # What Davy unwraps is a content of its own, which gitleaks never sees: more may be told of it.
            got = {(rule, line) for rule, line, via in told.get("/" + path, []) if (rule, line) in want or not via}
            self.assertEqual(sorted(got), sorted(want), f"{path}, seed {SEED}\n{config_text}\n{data.decode()!r}")
        shutil.rmtree(tree)
        return n

    def test_random(self):
        found = 0
        for number in range(CONFIGS):
            draw = Draw(SEED * 1000 + number)
            config, texts = draw.config()
            contents = {f"{i:02d}/{draw.r.choice(PATHS)}": draw.content(texts).encode() for i in range(FILES)}
            contents |= {path: draw.content(texts).encode() for path in PATHS}
            contents["empty.pem"] = b""
            found += self.compare(toml(config), contents, draw.r.choice([0, 1, 2, 5]))
        self.assertGreater(found, CONFIGS * FILES // 2)

    def test_allowed_by_a_comment(self):
        """Also where the encoding is unwrapped as a content of its own, which has no comment."""
        config = "[[rules]]\nid = \"x-tok\"\nregex = \"tok_[a-z0-9]{8}\"\n"
        told = {}
        for name, tail in (("plain", ""), ("allowed", " # gitleaks:allow")):
            for kind, encode in (("base64", lambda b: base64.b64encode(b).decode()), ("hex", bytes.hex)):
                text = f'a = "{encode(b"a sentence of words and then tok_ab12cd34 within more of the same")}"{tail}\n'
                told[name, kind] = self.compare(config, {"a.txt": text.encode()}, 5)
                self.assertEqual(self.scan(self.temp / "gitleaks.toml", self.write("b.txt", text), 5), {} if tail else {"/b.txt": [("x-tok", 1, True)]})
        self.assertEqual(told, {("plain", "base64"): 1, ("plain", "hex"): 1, ("allowed", "base64"): 0, ("allowed", "hex"): 0})

    def write(self, name, text):
        tree = pathlib.Path(tempfile.mkdtemp(dir=self.temp))
        (tree / name).write_text(text)
        return tree

    def test_fragments(self):
        """Rules without a keyword of their own in each match are looked for in fragments, which are cut as gitleaks cuts them."""
        config = '[[rules]]\nid = "x-far"\nregex = "tok1_[a-z]{6,12}"\nkeywords = ["elsewhere"]\n[[rules]]\nid = "x-pair"\nregex = "key[0-9]{4}"\n' \
                 '[[rules.required]]\nid = "x-far"\n'
        draw, found = Draw(SEED), 0
        for _ in range(4):
            data = bytearray()
            while len(data) < draw.r.randint(120_000, 420_000):
                data += draw.r.choice([b"a line of text\n", b"\n\n", b"x" * draw.r.randint(1, 9000) + b"\n", b" \t\n"])
                if draw.chance(0.2):
                    data += draw.r.choice([b"elsewhere\n", b"tok1_abcdefg\n", b"key1234\n"])
            found += self.compare(config, {"a.txt": bytes(data)}, 0)
        self.assertGreater(found, 10)


if __name__ == "__main__":
    unittest.main()
