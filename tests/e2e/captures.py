# SPDX-License-Identifier: Apache-2.0
"""Captures by hand, from docs/capture.md and src/event/record.h alone: what a stranger's program would write."""
import struct
import subprocess

OPENAT, EXECVE = 257, 59
USER, MACHINE, DROPS = 2049, 2054, 2053
PARAM, FD, RESOLVED, EXE, ARGS, CWD, TEXT, DROP = 0, 32, 36, 38, 39, 41, 50, 55
HEADER = '<IHHQqQQQQQQ8i4II3III16s'
BOOT_NS = 1_700_000_000_000_000_000
BASE = {'flags': 0, 'time': 1_000_000_000, 'res': 0, 'pid': 100, 'ppid': 1, 'uid': 0, 'comm': 'sh', 'start': 500, 'pstart': 1}


def block(tag, data=b'', value=0):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack('<HHI', tag, len(data), value) + data + bytes(-len(data) % 8)


def record(kind, *blocks, **what):
    w = {**BASE, **what}
    body = b''.join(blocks)
    size = struct.calcsize(HEADER)
    return struct.pack(HEADER, size + len(body), kind, w['flags'], w['time'], w['res'], 0, w['start'], w['pstart'], 0, 0, 0,
                       w['pid'], w['pid'], w['ppid'], w['pid'], w['pid'], w['pid'], w['pid'], w['pid'],
                       w['uid'], w['uid'], w['uid'], 0xffffffff, 0, 1, 1, 1, 0, 0, w['comm'].encode()) + body


def machine(name='db-3'):
    return record(MACHINE, block(PARAM, struct.pack('<Q', BOOT_NS)), block(TEXT, name), time=1)


def user(uid, name):
    return record(USER, block(TEXT, name), uid=uid, time=1)


def execve(path, args, **what):
    exe = struct.pack('<QQQIIIIQQQIIIIQ', 7, 0, 0, 1, 0, 0o100755, 0, 1024, 0, 0, 0, 0, 0, 0, 0) + path.encode()
    return record(EXECVE, block(EXE, exe), block(ARGS, '\0'.join(args) + '\0'), block(CWD, '/'), **what)


def openat(path, resolved=None, flags=0, **what):
    """flags as open(2) takes them: 0 reads, 1 writes."""
    fd = struct.pack('<iBBHQIIIHH16s16sII', 3, 1, 0, 0, 9, 1, 0, 0o100600, 0, 0, b'', b'', 1, 0) + (resolved or path).encode()
    more = [block(RESOLVED, resolved)] if resolved else []
    return record(OPENAT, block(PARAM + 2, path), block(PARAM + 3, value=flags), block(FD, fd), *more, res=3, **what)


def drops(count):
    return record(DROPS, block(DROP, struct.pack('<QII', count, OPENAT, 0)), pid=0, ppid=0, comm='')


def header(version=1):
    return struct.pack('<8sHHHHQQ72s72s24s32s24s', b'DAVYCAP\n', version, 256, struct.calcsize(HEADER), 1, BOOT_NS, BOOT_NS,
                       b'db-3', b'6.1', b'x86_64', b'a test', b'')


def frame(*records):
    return subprocess.run(['zstd', '-q', '-c', '--check', '-1'], input=b''.join(records), stdout=subprocess.PIPE, check=True).stdout


def capture(path, *records):
    """A frame holds at most 1 MiB, and whole records."""
    frames, size, rest = [], 0, [machine(), user(0, 'root')]
    for r in records:
        if size + len(r) > 900_000:
            frames.append(frame(*rest))
            size, rest = 0, []
        rest.append(r)
        size += len(r)
    path.write_bytes(header() + b''.join(frames) + frame(*rest))
    return path
