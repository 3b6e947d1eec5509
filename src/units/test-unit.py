# SPDX-License-Identifier: Apache-2.0
"""Each unit says what systemd understands, leaves little, and leaves what its program needs."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

WATCH, ADMIT, PULL = (pathlib.Path(sys.argv.pop(1)) for _ in range(3))


def analyze(*args):
    if not shutil.which('systemd-analyze'):
        raise unittest.SkipTest('systemd-analyze is missing')
    return subprocess.run(['systemd-analyze', *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Unit:
    def values(self, key):
        return re.findall(rf'^{key}=(.*)$', self.unit.read_text(), re.M)

    def test_systemd_understands_it(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / self.unit.name
            # the program need not be installed, nor its man page
            unit.write_text(re.sub(r'^ExecStart=\S+', 'ExecStart=/bin/true', self.unit.read_text(), flags=re.M).replace('Documentation=man:', '#'))
            done = analyze('verify', '--man=no', str(unit))
            complaints = [l for l in done.stdout.splitlines() if 'davy' in l]
            self.assertEqual(complaints, [])

    def test_it_leaves_little(self):
        done = analyze('security', '--offline=yes', str(self.unit))
        level = re.search(r'exposure level for \S+: ([\d.]+)', done.stdout)
        self.assertTrue(level, done.stdout)
        self.assertLessEqual(float(level[1]), self.exposure_max)


class Watch(Unit, unittest.TestCase):
    unit, exposure_max = WATCH, 3.5  # of 10, as systemd-analyze counts

    def test_it_leaves_what_is_needed(self):
        calls = ' '.join(self.values('SystemCallFilter')).split()
        for call in ('bpf', 'perf_event_open', 'seccomp', '@system-service'):
            self.assertIn(call, calls)
        capabilities = self.values('CapabilityBoundingSet')[0].split()
        for capability in ('CAP_BPF', 'CAP_PERFMON', 'CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH'):
            self.assertIn(capability, capabilities)
        for hides in ('ProtectProc', 'PrivateUsers', 'PrivateTmp', 'PrivateNetwork'):
            self.assertEqual(self.values(hides), [])


class Admit(Unit, unittest.TestCase):
    unit, exposure_max = ADMIT, 1.5

    def test_it_leaves_what_is_needed(self):
        self.assertIn('seccomp', ' '.join(self.values('SystemCallFilter')).split())
        self.assertEqual(self.values('CapabilityBoundingSet'), [''])
        self.assertIn('capset', self.values('SystemCallFilter'))
        for key in ('PrivateNetwork', 'IPAddressDeny'):
            self.assertEqual(self.values(key), [])
        self.assertIn('AF_INET', self.values('RestrictAddressFamilies')[0])


class Pull(Unit, unittest.TestCase):
    unit, exposure_max = PULL, 1.5

    def test_both_share_the_feed(self):
        for key in ('User', 'DynamicUser', 'StateDirectory'):
            self.assertEqual(self.values(key), re.findall(rf'^{key}=(.*)$', ADMIT.read_text(), re.M))


if __name__ == '__main__':
    unittest.main(verbosity=2)
