# SPDX-License-Identifier: Apache-2.0
"""Ordinary work gives no live finding of warning or above, by the shipped rules. Needs root.

All that the work does carries a login uid of its own, so that what others do on this machine is not counted. Exceptions are named,
with the reason, in exceptions_live.txt: "rule | kind of work | pattern of the command line | why".
"""
import fnmatch
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import ordinary_work
import watching

HERE = pathlib.Path(__file__).parent
LOGIN = 1694201 # nobody's
LOUD = ('Emergency', 'Alert', 'Critical', 'Error', 'Warning')


def exceptions():
    for line in (HERE / 'exceptions_live.txt').read_text().split('\n'):
        if line and not line.startswith('#'):
            rule, work, command, why = (part.strip() for part in line.split('|'))
            assert why, line
            yield rule, work, command


class Quiet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='davy-ordinary-', dir='/var/tmp'))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.folder.chmod(0o755) # where servers with users of their own come
        cls.watcher = watching.Watcher(cls.folder, [])
        cls.addClassCleanup(cls.watcher.kill)
        cls.done = {}
        for work in ordinary_work.ALL:
            if os.environ.get('DAVY_WORK', work.__name__) != work.__name__:
                continue
            place = cls.folder / work.__name__
            place.mkdir()
            begin, failed = time.time_ns(), None
            pid = os.fork()
            if not pid: # a login of its own
                status = 1
                try:
                    pathlib.Path('/proc/self/loginuid').write_text(str(LOGIN))
                    work(place)
                    status = 0
                except LookupError as e:
                    (cls.folder / f'{work.__name__}.why').write_text(str(e))
                    status = 77
                except Exception as e: # told by the test
                    (cls.folder / f'{work.__name__}.why').write_text(f'{type(e).__name__}: {e}')
                finally:
                    os._exit(status)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            why = cls.folder / f'{work.__name__}.why'
            cls.done[work.__name__] = (begin, time.time_ns(), status, why.read_text() if why.exists() else '')
        time.sleep(1)
        cls.status = cls.watcher.end()
        cls.findings = cls.watcher.findings()

    def test_ordinary_work_is_quiet(self):
        allowed, used = list(exceptions()), set()
        for name, (begin, end, status, why) in self.done.items():
            with self.subTest(name):
                if status == 77:
                    self.skipTest(why)
                self.assertEqual(status, 0, why)
                loud, count = [], 0
                for f in self.findings:
                    if not begin <= f['output_fields']['evt.time'] <= end or f['subject'].get('loginuid') != LOGIN:
                        continue
                    count += 1
                    command = f['subject'].get('cmdline', '')
                    excuse = [a for a in allowed if a[0] == f['rule'] and a[1] == name and fnmatch.fnmatchcase(command, a[2])]
                    used.update(excuse)
                    if f['priority'] in LOUD and not excuse:
                        loud.append((f['priority'], f['rule'], command[:150], f['output'][:300]))
                print(f'{name}: {(end - begin) / 1e9:.1f} s, {count} findings', file=sys.stderr)
                self.assertFalse(loud, '\n'.join(map(str, loud[:20])))

    def test_nothing_was_lost(self):
        self.assertEqual(self.status, 0, self.watcher.said)
        self.assertFalse([l for l in self.watcher.said if 'lost' in l or 'dropped' in l], self.watcher.said)


if __name__ == '__main__':
    fine, why = watching.can_watch()
    if not fine or os.geteuid():
        print('skipped:', why or 'needs root')
        sys.exit(77)
    unittest.main(verbosity=2)
