# SPDX-License-Identifier: Apache-2.0
"""The unit says what systemd understands, leaves little, and leaves what the program needs."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

UNIT = pathlib.Path(sys.argv.pop(1))
EXPOSURE_MAX = 3.5  # of 10, as systemd-analyze counts


def analyze(*args):
    if not shutil.which('systemd-analyze'):
        raise unittest.SkipTest('systemd-analyze is missing')
    return subprocess.run(['systemd-analyze', *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Unit(unittest.TestCase):
    def values(self, key):
        return re.findall(rf'^{key}=(.*)$', UNIT.read_text(), re.M)

    def test_systemd_understands_it(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / UNIT.name
            # the program need not be installed, nor its man page
            unit.write_text(re.sub(r'^ExecStart=\S+', 'ExecStart=/bin/true', UNIT.read_text(), flags=re.M).replace('Documentation=man:', '#'))
            done = analyze('verify', '--man=no', str(unit))
            complaints = [l for l in done.stdout.splitlines() if 'davy' in l]
            self.assertEqual(complaints, [])

    def test_it_leaves_little(self):
        done = analyze('security', '--offline=yes', str(UNIT))
        level = re.search(r'exposure level for \S+: ([\d.]+)', done.stdout)
        self.assertTrue(level, done.stdout)
        self.assertLessEqual(float(level[1]), EXPOSURE_MAX)

    def test_it_leaves_what_is_needed(self):
        calls = ' '.join(self.values('SystemCallFilter')).split()
        for call in ('bpf', 'perf_event_open', 'seccomp', '@system-service'):
            self.assertIn(call, calls)
        capabilities = self.values('CapabilityBoundingSet')[0].split()
        for capability in ('CAP_BPF', 'CAP_PERFMON', 'CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH'):
            self.assertIn(capability, capabilities)
        for hides in ('ProtectProc', 'PrivateUsers', 'PrivateTmp', 'PrivateNetwork'):
            self.assertEqual(self.values(hides), [])


if __name__ == '__main__':
    unittest.main(verbosity=2)
