# SPDX-License-Identifier: Apache-2.0
"""Judges what came back from a guest; each judgement is a line of TAP."""
import json
import re

import expect

# What a kernel says of itself when a program of ours did harm.
HARM = re.compile(r'(BUG:|WARNING:|Oops|general protection fault|refcount_t|possible deadlock|rcu.*stall|soft lockup).*')


class Tap:
    """Lines on standard output as they come; the plan at the end."""

    def __init__(self):
        self.n = self.bad = self.skipped = 0

    def put(self, ok, name, skip=None, *notes):
        self.n += 1
        self.bad += not ok
        self.skipped += skip is not None
        print(f'{"ok" if ok else "not ok"} {self.n} - {name}' + (f' # SKIP {skip}' if skip is not None else ''), flush=True)
        for note in notes:
            for line in str(note).splitlines():
                print(f'#   {line}', flush=True)

    def end(self):
        print(f'1..{self.n}' if self.n else '1..0 # SKIP nothing could be run', flush=True)
        return 77 if self.n == self.skipped else int(self.bad > 0)


def text(out, name):
    return out.get(name, b'').decode(errors='replace')


def lines_of_json(content):
    found = []
    for line in content.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            found.append({'rule': None, 'broken': line})
    return found


def judge_kernel(tap, out, where):
    harm = [m[0] for m in map(HARM.search, text(out, 'dmesg.txt').splitlines()) if m]
    tap.put(not harm, f'{where}: the kernel has nothing to complain of', None, *harm[:5])


def judge_tests(tap, out, where):
    for name in sorted(n.removeprefix('tests/').removesuffix('.status') for n in out if n.startswith('tests/') and n.endswith('.status')):
        status, said = int(text(out, f'tests/{name}.status')), text(out, f'tests/{name}.tap')
        lines = [line for line in said.splitlines() if re.match(r'(not )?ok ', line)]
        skipped = re.search(r'^1\.\.0 # SKIP (.*)$', said, re.M)
        for line in lines:
            skip = re.search(r'# SKIP ?(.*)$', line, re.I)
            tap.put(line.startswith('ok'), f'{where}: {name}: ' + re.sub(r'^(not )?ok \d+ (- )?', '', line).split(' #')[0], skip and skip[1],
                    *([] if line.startswith('ok') else [said, text(out, f'tests/{name}.err')]))
        if status == 77 or skipped:
            tap.put(True, f'{where}: {name}', skipped[1] if skipped else 'it says so')
        elif status and not any(line.startswith('not ok') for line in lines):
            tap.put(False, f'{where}: {name} ended with status {status}', None, said, text(out, f'tests/{name}.err'))


def judge_acts(tap, out, where):
    findings = lines_of_json(text(out, 'watch.jsonl'))
    broken = [f['broken'] for f in findings if f['rule'] is None and 'broken' in f]
    tap.put(not broken, f'{where}: every line is JSON', None, *broken[:3])
    acts = {act['act']: act for act in lines_of_json(text(out, 'acts.jsonl')) if 'act' in act}
    for name, wanted in expect.ACTS.items():
        act = acts.get(name)
        if not act or act['status'] == 'failed':
            tap.put(False, f'{where}: {name} could not be done', None, act and act['why'], text(out, 'acts.err'))
        elif act['status'] == 'skipped':
            tap.put(True, f'{where}: {name}', act['why'])
        else:
            own = [f for f in findings if f.get('output_fields', {}).get('proc.pid') == act['pid']]
            missing = [seen for seen in wanted if not any(seen.fits(f, act) for f in own)]
            tap.put(not missing, f'{where}: {name} is seen', None, *(f'missing: {seen}' for seen in missing),
                    *((f'seen: {f["rule"]}: {f["output_fields"]}' for f in own) if missing else ()))
    for name in acts.keys() - expect.ACTS.keys():
        tap.put(False, f'{where}: nothing says what {name} must be seen as')


def judge_clock(tap, out, where):
    """Somebody set the clock: findings tell the time that it shows, and windows go on as if nobody had."""
    findings = lines_of_json(text(out, 'watch.jsonl'))
    for year in ('2041', '2001'):
        times = [f.get('time', '') for f in findings if f.get('output_fields', {}).get('fd.name') == f'/t/sentinel-{year}']
        tap.put(bool(times) and times[-1].startswith(year), f'{where}: when the clock says {year}, findings say so', None, *times)
    told = [f for f in findings if f['rule'] == 'again']
    counted = sum(f.get('repeats', 0) or 1 for f in told)
    tap.put(counted == 20 and len(told) <= 8, f'{where}: repeats are told by the window while the clock is set', None,
            *(f'{f.get("time")} repeats {f.get("repeats")}' for f in told))
    tap.put(any(f['rule'] == 'clock was set between' for f in findings), f'{where}: a correlation reaches over the setting of the clock')


def judge_plan(tap, out, where, boot):
    """Each event can be seen, and the hooks are reached the way this boot has: by BPF LSM, or past it by fentry."""
    plan = text(out, 'plan.txt')
    unseen = [line for line in plan.splitlines() if 'cannot be seen here' in line]
    tap.put(text(out, 'plan.status').strip() == '0', f'{where}: there is a plan', None, text(out, 'plan.err'))
    tap.put(not unseen, f'{where}: every event can be seen', None, *unseen)
    want, other = ('lsm/', 'fentry/') if boot == 'lsm' else ('fentry/', 'lsm/')
    tap.put(want in plan and other not in plan, f'{where}: paths are told by {want.rstrip("/")} hooks', None,
            *([] if want in plan and other not in plan else [plan]))


def judge_watch(tap, out, where):
    """Did the watching begin, tell all, and end as it was told? False when it did not begin: nothing else can be judged."""
    errors = text(out, 'watch.err')
    if text(out, 'begin.status').strip() != '0':
        tap.put(False, f'{where}: watching begins', None, errors or 'this build has no davy-watch')
        return False
    tap.put(text(out, 'end.status').strip() == '0', f'{where}: all is told', None, errors)
    tap.put(text(out, 'watch.status').strip() == '0', f'{where}: watching ends when it is told to', None, text(out, 'watch.status'), errors)
    return True


def tell_times(out, where):
    """When what was done, in seconds since the boot: what takes long shows."""
    for line in text(out, 'times.txt').splitlines():
        print(f'# {where}: {line}', flush=True)


def judge(tap, out, where, boot, parts):
    tell_times(out, where)
    judge_kernel(tap, out, where)
    if 'source' in parts:
        judge_tests(tap, out, where)
    if 'watch' in parts:
        if judge_watch(tap, out, where):
            judge_plan(tap, out, where, boot)
            judge_acts(tap, out, where)
            judge_clock(tap, out, where)
