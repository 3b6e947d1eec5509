# SPDX-License-Identifier: Apache-2.0
"""davy drill on the running kernel: every act is seen, a rule that is off is missed, and the machine is as it was, also after a kill."""
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from patience import wait_for
from watching import DAVY, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What acts write to, by the same path, in their scratch.
WATCHED = ['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/hosts', '/etc/resolv.conf', '/etc/ld.so.conf', '/etc/ld.so.preload', '/etc/sudoers',
           '/etc/sudoers.d', '/etc/cron.d', '/etc/crontab', '/etc/pam.d', '/etc/systemd/system', '/etc/ld.so.conf.d', '/root/.ssh', '/root/.aws',
           '/var/spool/cron', '/boot', '/mnt', '/usr/local/bin', '/proc/sys/kernel/core_pattern', '/proc/sys/vm/nr_hugepages', '/proc/modules']
LEFT = ('DAVY-DRILL', 'davy-drill')


def state_of(path):
    """Content, owner and mode of a file; of a folder those of all below."""
    try:
        found = path.lstat()
        if path.is_symlink():
            return os.readlink(path)
        if path.is_dir():
            return {str(p): state_of(p) for p in sorted(path.iterdir())}
        if path.stat().st_size > 64 << 20:
            return found.st_mtime_ns
        return found.st_mode, found.st_uid, hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def state():
    return {name: state_of(pathlib.Path(name)) for name in WATCHED}


def drill(*words, before=(), **more):
    return subprocess.run([*before, DAVY, 'drill', '-q', *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=600, **more)


def processes():
    """Those of a drill."""
    found = []
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            words = (folder / 'cmdline').read_bytes()
            if b'DAVY-DRILL-' in words or (folder / 'comm').read_text().strip() == 'davy-drill':
                found.append((folder.name, words))
        except OSError:
            pass
    return found


def groups():
    root = [l.split()[4] for l in pathlib.Path('/proc/self/mountinfo').read_text().splitlines() if ' - cgroup2 ' in l]
    return {p.name for r in root[:1] for p in pathlib.Path(r).iterdir() if p.name.startswith(('davy-drill-', 'docker-'))}


def mounts():
    return [l for l in pathlib.Path('/proc/self/mountinfo').read_text().splitlines() if any(w in l for w in LEFT)]


class Drill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.before, cls.groups = state(), groups()
        cls.run_of_all = drill('--all', '--wait', '60', '-f', 'json')
        cls.after = state()
        cls.report = json.loads(cls.run_of_all.stdout)

    def test_every_act_is_seen(self):
        unseen = [(a['act'], a['status'], a.get('said'), [e['rule'] for e in a['expected'] if not e['seen']]) for a in self.report['acts']
                  if not a['seen'] and not a['skipped']]
        self.assertFalse(unseen, (unseen, self.report["losses"]))
        self.assertEqual(self.run_of_all.returncode, 0, self.run_of_all.stderr)
        self.assertGreater(self.report['acts_seen'], 105)
        self.assertLess(self.report['acts_skipped'], 9)  # without a spare disk, flags of tmpfs (Linux 6.6) or the emergency key

    def test_every_live_rule_has_an_act_or_a_reason(self):
        for rule in self.report['rules']:
            if rule['cover'] == 'no-act':
                self.assertTrue(rule.get('why'), rule['rule'])
        expected = {e['rule'] for a in self.report['acts'] for e in a['expected']}
        self.assertLessEqual(expected, {r['rule'] for r in self.report['rules']})

    def test_matrix_has_rows_and_both_numbers(self):
        cells = {c['tag']: c for c in self.report['matrix']}
        for tag in ('row:10', 'row:13', 'row:18', 'T1562.001', 'T1685', 'T1070.002', 'T1685.006', 'T1098.004'):
            self.assertGreater(cells[tag]['seen'], 0, tag)
        rows = [int(c['tag'][4:]) for c in self.report['matrix'] if c['tag'].startswith('row:')]
        self.assertEqual(rows, sorted(rows))

    def test_the_machine_is_as_it_was(self):
        self.assertEqual(self.before, self.after)
        self.assertEqual(mounts(), [])
        self.assertEqual(groups() - self.groups, set())

    def test_a_kill_in_the_middle_leaves_nothing(self):
        before, before_groups = state(), groups()
        with subprocess.Popen([DAVY, 'drill', '-q', '--all'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            mine = lambda: [w for _, w in processes() if b'DAVY-DRILL-' in w]  # an act, which has files open in the scratch
            wait_for(lambda: mine() or running.poll() is not None)
            self.assertIsNone(running.poll())
            running.send_signal(signal.SIGKILL)
        wait_for(lambda: not processes() and not groups() - before_groups)
        self.assertEqual(before, state())
        self.assertEqual(mounts(), [])

    def test_a_rule_that_is_off_is_missed(self):
        with tempfile.TemporaryDirectory() as folder:
            off = pathlib.Path(folder, 'off.yaml')
            off.write_text('- rule: Miner by its name\n  enabled: false\n  override: {enabled: replace}\n')
            rules = [w for p in (ROOT / 'rules/intel', ROOT / 'rules/behaviour', off) for w in ('-r', p)]
            run = drill('miner-name', 'keys-read', '--wait', '30', '-f', 'json', *rules)
        self.assertEqual(run.returncode, 1, run.stderr)
        acts = {a['act']: a for a in json.loads(run.stdout)['acts']}
        self.assertFalse(acts['miner-name']['seen'])
        self.assertEqual(acts['miner-name']['expected'], [{'rule': 'Miner by its name', 'loaded': False, 'seen': False}])
        self.assertTrue(acts['keys-read']['seen'])

    def test_a_watcher_that_does_not_see_is_told(self):
        with tempfile.NamedTemporaryFile() as nothing:
            run = drill('miner-name', '--wait', '1', '-w', nothing.name)
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn('0 seen', run.stdout)

    def test_a_watcher_that_runs_is_followed(self):
        with tempfile.TemporaryDirectory() as folder:
            found = pathlib.Path(folder, 'found.json')
            with subprocess.Popen([DAVY, 'watch', '-f', f'json={found}'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as watch:
                try:
                    wait_for(lambda: 'watching by' in watch.stderr.readline())
                    run = drill('keys-added', 'keys-locked', '--wait', '30', '-w', found)
                finally:
                    watch.terminate()
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn('2 seen', run.stdout)

    def test_what_cannot_be_built_is_refused(self):
        with tempfile.NamedTemporaryFile() as nothing:
            run = drill('miner-name', '-w', nothing.name, before=['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'])
        self.assertEqual(run.returncode, 3, run.stdout + run.stderr)
        self.assertIn('namespaces', run.stderr)
        with tempfile.NamedTemporaryFile() as nothing:
            os.chmod(nothing.name, 0o644)
            run = drill('miner-name', '-w', nothing.name, before=['setpriv', '--reuid', '65534', '--clear-groups'])
        self.assertEqual(run.returncode, 3, run.stdout + run.stderr)

    def test_mistakes_are_told(self):
        for words, says in ((['no-such-act'], '--list'), ([], '--all'), (['--all', 'keys-read'], '--list'), (['--wait', '0', '--all'], '600'),
                            (['-f', 'html', '--all'], 'json'), (['-f', 'names', '--all'], '--list')):
            run = drill(*words)
            self.assertEqual(run.returncode, 2, words)
            self.assertIn(says, run.stderr)

    def test_one_quiet_act_ends_with_its_watcher(self):
        done = drill('new-name-asked', '--wait', '60', '-f', 'json')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([a['seen'] for a in json.loads(done.stdout)['acts']], [True])

    def test_list_names_acts_and_rules(self):
        names = drill('--list', '-f', 'names').stdout.split()
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(names, [a['act'] for a in self.report['acts']])
        self.assertIn('Miner by its name', drill('--list').stdout)


if __name__ == '__main__':
    main(lambda: '' if os.geteuid() == 0 else 'drills need root')
