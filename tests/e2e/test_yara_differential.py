# SPDX-License-Identifier: Apache-2.0
"""
YARA rules in the shapes that public collections have, over files made to sit on their edges: `davy scan` must tell of each file what
the `yara` command tells of it. Also of what lies in an archive, against the same files unpacked.
"""

import base64
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import zipfile

DAVY = os.environ["DAVY"]
YARA = shutil.which("yara")
WINDOW = 64 << 20  # contents beyond it are looked at in windows

RULE_FOR_ALL = """
- rule: A match
  desc: Every file that a rule matches.
  source: scan
  condition: evt.type = file and yara.given exists
  output: "%yara.given"
  priority: NOTICE
"""

RULES = {
    "strings": r"""
rule plain { strings: $a = "needle" condition: $a }
rule as_nocase { strings: $a = "NeEdLe" nocase condition: $a }
rule as_wide { strings: $a = "needle" wide condition: $a }
rule wide_ascii { strings: $a = "needle" wide ascii condition: #a == 2 }
rule as_fullword { strings: $a = "needle" fullword condition: $a }
rule fullword_wide { strings: $a = "needle" wide fullword condition: $a }
rule xored { strings: $a = "needle in hay" xor(0x01-0xff) condition: $a }
rule xored_any { strings: $a = "needle in hay" xor condition: $a }
rule xored_wide { strings: $a = "needle" xor(1-3) wide condition: $a }
rule b64 { strings: $a = "needle in the hay" base64 condition: $a }
rule b64_wide { strings: $a = "needle in the hay" base64wide condition: $a }
rule b64_alphabet { strings: $a = "needle in the hay" base64("!@#$%^&*(){}[].,|ABCDEFGHIJ\x09LMNOPQRSTUVWXYZabcdefghijklmnopqrstu") condition: $a }
rule nul { strings: $a = "a\x00b\x00\x00c" condition: $a }
rule tabs { strings: $a = "\t\"\\\n" condition: $a }
rule one_byte { strings: $a = "\x07" condition: $a }
rule two_bytes { strings: $a = { 7F 45 } condition: $a at 0 }
rule private_string { strings: $a = "needle" private condition: $a }
rule anonymous { strings: $ = "needle" $ = "thread" $ = "absent" condition: 2 of them }
""",
    "hex": r"""
rule wild { strings: $a = { 6E 65 ?? 64 ?C 6? } condition: $a }
rule jump { strings: $a = { 6E [2-4] 6C 65 } condition: $a }
rule jump_open { strings: $a = { 41 42 43 [10-] 44 45 46 } condition: $a }
rule jump_any { strings: $a = { 41 42 43 [-] 44 45 46 } condition: $a }
rule alternatives { strings: $a = { 6E ( 65 65 | 6F 6F | 61 ?? 61 ) 64 } condition: $a }
rule only_wild_end { strings: $a = { 6E 65 65 64 ?? ?? } condition: $a }
rule short_atoms { strings: $a = { 00 ?? 00 ?? 07 } condition: $a }
""",
    "regex": r"""
rule re_simple { strings: $a = /n[e]{2}dle/ condition: $a }
rule re_flags { strings: $a = /NEEDLE.{1,3}THREAD/is condition: $a }
rule re_dot { strings: $a = /needle.thread/ condition: $a }
rule re_wide { strings: $a = /ne+dle/ wide condition: $a }
rule re_full { strings: $a = /needles?/ fullword condition: $a }
rule re_anchor { strings: $a = /^\x7fELF/ condition: $a }
rule re_end { strings: $a = /thread$/ condition: $a }
rule re_class { strings: $a = /[^a-z]needle[\s]/ condition: $a }
rule re_lazy { strings: $a = /ABC.*?DEF/s condition: $a }
rule re_word { strings: $a = /\bneedle\b/ condition: $a }
rule re_alt { strings: $a = /(needle|thread|yarn)s/ condition: $a }
rule re_hex { strings: $a = /\x00\x01[\x02-\x09]/ condition: $a }
rule re_greedy { strings: $a = /x{10,20}y/ condition: #a > 1 }
""",
    "conditions": r"""
rule small { condition: filesize < 10 }
rule empty_file { condition: filesize == 0 }
rule one_byte_file { condition: filesize == 1 }
rule large { condition: filesize > 64MB }
rule size_kb { condition: filesize > 1KB and filesize < 100KB }
rule always { condition: true }
rule never { condition: false }
rule elf { condition: uint32be(0) == 0x7F454C46 }
rule mz { condition: uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 }
rule last_byte { condition: uint8(filesize - 1) == 0x0A }
rule negative { condition: uint32(-4) == 0 }
rule negative_undefined { condition: not defined uint32(-4) }
rule huge { condition: uint8(0x7fffffffffff) == 0 }
rule huge_undefined { condition: not defined uint8(0x7fffffffffff) }
rule undefined_is_false { condition: not (uint8(filesize) == 0) }
rule at_end { strings: $a = "thread" condition: $a at filesize - 6 }
rule in_range { strings: $a = "needle" condition: $a in (0..100) }
rule in_tail { strings: $a = "needle" condition: $a in (filesize - 100 .. filesize) }
rule count { strings: $a = "needle" condition: #a > 2 }
rule count_in { strings: $a = "needle" condition: #a in (0..200) == 2 }
rule offset { strings: $a = "needle" condition: @a[1] < @a[2] and @a[2] - @a[1] > 6 }
rule length { strings: $a = /ne+dle/ condition: !a[1] > 6 }
rule every { strings: $a = "needle" $b = "thread" condition: all of them }
rule no_word { strings: $a = "needle" $b = "thread" condition: none of them }
rule half { strings: $a = "needle" $b = "thread" $c = "yarn" $d = "hay" condition: 50% of them }
rule of_in { strings: $a = "needle" $b = "thread" condition: any of them in (0..64) }
rule of_prefix { strings: $x1 = "needle" $x2 = "thread" $y = "absent" condition: all of ($x*) and not $y }
rule for_of { strings: $a = "needle" $b = "thread" condition: for any of them : ( # > 1 ) }
rule for_i { strings: $a = "needle" condition: for any i in (1..#a) : ( @a[i] > 1000 ) }
rule for_from_zero { strings: $a = "needle" condition: for any i in (0..#a) : ( uint8(@a[i] + 6) == 0x20 ) }
rule for_all_bytes { condition: filesize > 4 and for all i in (0..3) : ( uint8(i) != 0 ) }
rule for_list { condition: for any i in (1, 5, 9) : ( uint8(i) == 0x65 ) }
rule nested { strings: $a = "needle" $b = "thread" condition: for any i in (1..#a) : ( for any j in (1..#b) : ( @b[j] - @a[i] == 8 ) ) }
rule arithmetic { condition: filesize % 7 == 3 and (filesize \ 2) * 2 <= filesize and (filesize >> 1) < 5000 }
rule bits { condition: uint8(0) & 0x60 == 0x60 }
rule float_compare { condition: filesize * 1.5 > 12.5 }
rule absent { strings: $a = "needle" condition: not $a }
rule plain_again { strings: $a = "needle" condition: $a }
rule refers { condition: plain_again and not small }
rule wild_refs { strings: $a = "x" condition: any of (small*) or $a }
""",
    "private_global": r"""
private rule hidden { strings: $a = "needle" condition: $a }
global private rule gate { condition: filesize < 1MB }
rule shown { condition: hidden }
rule gated { condition: true }
rule tagged : one two { meta: score = 60 author = "nobody" strings: $a = "thread" condition: $a }
""",
    "global_text": r"""
global rule only_with_thread { strings: $a = "thread" condition: $a }
rule behind_global { condition: filesize > 0 }
""",
    "modules": r"""
import "pe"
import "elf"
import "hash"
import "math"
import "time"
import "dotnet"
import "console"
rule is_pe { condition: pe.is_pe }
rule is_elf { condition: elf.type == elf.ET_DYN or elf.type == elf.ET_EXEC }
rule elf_machine { condition: elf.machine == elf.EM_X86_64 and elf.number_of_sections > 10 }
rule elf_sections { condition: for any i in (0..elf.number_of_sections - 1) : ( elf.sections[i].name == ".text" ) }
rule elf_dynamic { condition: for any s in elf.dynamic : ( s.type == elf.DT_NEEDED ) }
rule hash_empty { condition: hash.md5(0, filesize) == "d41d8cd98f00b204e9800998ecf8427e" }
rule hash_part { condition: hash.sha256(0, 4) == "f7d8c4a2c5ae8fd7f6e4fc0ff9b3e2a96d3c5e7dffb3ef0ae2b5c1f2c1e2a7c3" or hash.crc32(0, filesize) > 1000 }
rule entropy { condition: math.entropy(0, filesize) > 7.5 }
rule entropy_low { condition: filesize > 0 and math.entropy(0, filesize) < 4.0 }
rule mean { condition: math.in_range(math.mean(0, filesize), 60.0, 130.0) }
rule deviation { condition: math.deviation(0, filesize, math.MEAN_BYTES) > 60.0 }
rule later { condition: time.now() > 1600000000 }
rule said { condition: console.log("x") and filesize > 100 }
rule pe_section { condition: pe.number_of_sections > 0 and pe.sections[0].name == ".text" }
rule no_net { condition: not defined dotnet.version }
""",
}
# Of each file alone: the command keeps the entry point of one file for the next.
ENTRY = r"""
rule has_entry { condition: entrypoint >= 0 }
rule entry_bytes { strings: $a = { F3 0F 1E FA } condition: $a at entrypoint }
rule no_entry { condition: not defined entrypoint }
"""
# What one file of rules takes in from others, beside it and below.
INCLUDES = {"outer.yar": 'include "inner/part.yar"\ninclude "./beside.yar"\nrule outer { condition: inner_rule and beside_rule }\n',
            "inner/part.yar": 'include "../deep/end.yar"\nrule inner_rule { condition: end_rule }\n', "deep/end.yar": "rule end_rule { condition: filesize > 3 }\n",
            "beside.yar": 'rule beside_rule { strings: $a = "needle" condition: $a }\n'}


def contents(seed):
    """Files that sit on the edges of the rules above: names and bytes."""
    r = random.Random(seed)
    words = [b"needle", b"NEEDLE", b"thread", b"yarn", b"hay", b"needles", b"neeeedle", b"x" * 15 + b"y", b"\x00\x01\x05", b"ABC", b"DEF", b"naXad", b"need\x00", b"\t\"\\\n"]
    words += [w.decode("latin-1").encode("utf-16-le") for w in words[:3]] + [bytes(c ^ k for c in b"needle in hay") for k in (0, 1, 2, 0x41, 0xff)]
    words += [bytes(c ^ 2 for c in "needle".encode("utf-16-le"))]
    files = {"empty": b"", "one": b"n", "seven": b"\x07", "newline": b"\n", "four": b"\x00" * 4, "elf-magic": b"\x7fELF", "mz": b"MZ" + b"\0" * 58 + b"\x40\0\0\0PE\0\0" + b"\0" * 200,
             "nul": b"a\x00b\x00\x00c", "end": b"a thread", "begin": b"needle", "noise": r.randbytes(50_000)}
    for i in range(60):
        parts = []
        for _ in range(r.randint(1, 14)):
            parts.append(r.choice(words))
            parts.append(r.choice([b"", b" ", b"\n", b"\0", b"_", r.randbytes(r.randint(0, 40)), b" " * r.randint(0, 300), b"e" * r.randint(1, 2000)]))
        files[f"words{i:02d}"] = b"".join(parts)
    for i, name in enumerate(("true", "ls", "dash", "gzip")):
        if os.path.exists(f"/bin/{name}"):
            files[f"program{i}"] = pathlib.Path("/bin", name).read_bytes()
    # What is encoded in them Davy unwraps and looks at, too.
    encoded = [base64.b64encode(b"x" * k + b"needle in the hay" + b"y") for k in range(3)] + [base64.b64encode(b"needle in the hay").decode().encode("utf-16-le")]
    files |= {f"encoded{i}": b" " * i + e + b" behind it\n" for i, e in enumerate(encoded)}
    return files


@unittest.skipUnless(YARA, "yara is not installed")
class Differential(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix="davy-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)
        (cls.temp / "all.yaml").write_text(RULE_FOR_ALL)
        cls.tree = cls.temp / "tree"
        cls.tree.mkdir()
        for name, data in contents(int(os.environ.get("DAVY_SEED", "1"))).items():
            (cls.tree / name).write_bytes(data)

    def rules(self, name, text):
        path = self.temp / "rules" / f"{name}.yar"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def yara(self, rules, tree):
        """Rules by file, as the command tells them."""
        result = subprocess.run([YARA, "-r", "-N", "-w", rules, tree], capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, 0, result.stderr)
        told = {}
        for line in result.stdout.splitlines():
            rule, _, path = line.partition(" ")
            if path.startswith(str(tree)): # and not what console.log() says
                told.setdefault(path[len(str(tree)) :], set()).add(rule)
        return told

    def davy(self, rules, tree, *arguments):
        result = subprocess.run([DAVY, "scan", "--quiet", "--full", "--no-feed", "--no-cache", "-r", self.temp / "all.yaml", "--yara", rules, "--format=json", *arguments, tree],
                                capture_output=True, timeout=600, env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertIn(result.returncode, (0, 1), result.stderr.decode())
        target = json.loads(result.stdout)["targets"][0]
        self.assertEqual((target["findings_not_kept"], target["unread"]["total"]), (0, 0))
        told = {}
        for f in target["findings"]:
            for path in (f["subject"]["name"], *f.get("also", [])):
                told[path] = set(f["output"].strip("()").split(","))
        return told

    def compare(self, want, got, what):
        for path in sorted(want.keys() | got.keys()):
            told = got.get(path, set())
            if "encoded" in path:
                told = told & want.get(path, set())
            self.assertEqual(sorted(told), sorted(want.get(path, ())), f"{what}: {path}")

    def same(self, rules, tree):
        want = self.yara(rules, tree)
        self.compare(want, self.davy(rules, tree), rules.name)
        return sum(map(len, want.values()))

    def test_rules(self):
        for name, text in RULES.items():
            with self.subTest(name):
                self.assertGreater(self.same(self.rules(name, text), self.tree), 20)

    def test_entry_points(self):
        rules, want = self.rules("entry", ENTRY), {}
        for path in self.tree.iterdir():
            said = subprocess.run([YARA, "-N", "-w", rules, path], capture_output=True, text=True, check=True).stdout
            want |= {f"/{path.name}": {line.split()[0] for line in said.splitlines()}} if said else {}
        self.compare(want, self.davy(rules, self.tree, "-j", "1"), "entry")

    def test_what_this_libyara_does_not_know(self):
        version = subprocess.run([YARA, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        for name, text in (("not", "rule a { strings: $a = { 6E ~00 } condition: $a }"), ("module", 'import "of_tomorrow"\nrule a { condition: true }')):
            result = subprocess.run([DAVY, "scan", "-q", "--no-feed", "--yara", self.rules(name, text), self.tree], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
            self.assertEqual(result.returncode, 3)
            self.assertRegex(result.stderr, rf"{name}.yar:\d: .*; libyara here is version {re.escape(version)}, and rules for later ones may have what it does not know")

    def test_includes(self):
        for name, text in INCLUDES.items():
            path = self.temp / "included" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.assertGreater(self.same(self.temp / "included/outer.yar", self.tree), 20)

    def test_a_rule_of_many_strings(self):
        strings = " ".join(f'$s{i} = "w{i:04d}x"' for i in range(1500))
        rules = self.rules("many", f"rule any_word {{ strings: {strings} condition: any of them }}\nrule three_words {{ strings: {strings} condition: 3 of them }}\n")
        tree, r = self.temp / "words", random.Random(3)
        tree.mkdir()
        for i in range(20):
            (tree / str(i)).write_text(" ".join(f"w{r.randrange(3000):04d}x" for _ in range(r.randint(1, 8))))
        self.assertGreater(self.same(rules, tree), 10)

    def test_same_names_in_several_files(self):
        folder = self.temp / "many"
        folder.mkdir()
        for i, text in enumerate(('rule same { strings: $a = "needle" condition: $a }', 'rule same { strings: $a = "thread" condition: $a }',
                                  'global rule gate { condition: filesize > 100 } rule own { condition: true }')):
            (folder / f"{i}.yar").write_text(text)
        want = {}
        for path in sorted(folder.iterdir()):
            for name, rules in self.yara(path, self.tree).items():
                want.setdefault(name, set()).update(rules)
        self.compare(want, self.davy(folder, self.tree), "many")

    def test_large_files(self):
        """Larger than a window, and mostly holes (of longer ones Davy says that they hold nothing): what lies at either side of an edge, across it, and at the very end."""
        tree = self.temp / "large"
        tree.mkdir()
        for name, size, places in (("at-edge", WINDOW + 4096, [(WINDOW - 6, b"needle"), (WINDOW, b" thread")]), ("across", WINDOW + 4096, [(WINDOW - 3, b"needle thread")]),
                                   ("exact", WINDOW, [(WINDOW - 6, b"needle")]), ("one-more", WINDOW + 1, [(WINDOW - 5, b"needle")]), ("zeros", WINDOW, [])):
            with open(tree / name, "wb") as f:
                for offset, data in places:
                    f.seek(offset)
                    f.write(data)
                f.truncate(size)
        text = r"""
rule needle { strings: $a = "needle" condition: $a }
rule both_words { strings: $a = "needle thread" condition: $a }
rule large { condition: filesize > 64MB }
rule exact { condition: filesize == 64MB }
rule magic { condition: uint32be(0) == 0x7F454C46 }
rule at_start { strings: $a = "needle" condition: $a in (0..100) }
rule joined { strings: $a = /needle.thread/ condition: $a }
"""
        self.assertGreater(self.same(self.rules("large", text), tree), 8)

    def test_archives(self):
        """The members of archives against the files themselves."""
        for kind, pack in (("tar.gz", lambda p: tarfile.open(p, "w:gz")), ("zip", lambda p: zipfile.ZipFile(p, "w", zipfile.ZIP_DEFLATED))):
            folder = self.temp / f"packed-{kind}"
            folder.mkdir()
            with pack(folder / f"a.{kind}") as archive:
                for path in sorted(self.tree.iterdir()):
                    (archive.add if kind == "tar.gz" else archive.write)(path, path.name)
            for name in ("strings", "hex", "regex", "conditions", "private_global"):
                rules = self.rules(name, RULES[name])
                want = {f"/a.{kind}!{path[1:]}": told for path, told in self.yara(rules, self.tree).items()}
                got = {path: told for path, told in self.davy(rules, folder).items() if "!" in path}
                self.compare(want, got, f"{name}, {kind}")


if __name__ == "__main__":
    unittest.main()
