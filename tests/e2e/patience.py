# SPDX-License-Identifier: Apache-2.0
"""How tests wait: for a condition, and never for a time. A machine that is slow makes a test slow and does not make it fail."""
import random
import socket
import time

PATIENCE = 300  # seconds, for what takes less than one on a machine of its own: who waits so long waits in vain


def wait_for(what, say=None, pause=0.02, seconds=PATIENCE):
    """What `what()` gives as soon as that is true; `say()` tells what was there when it never was."""
    end = time.monotonic() + seconds
    while not (got := what()):
        if time.monotonic() > end:
            raise AssertionError(f'waited in vain: {say() if say else what}')
        time.sleep(pause)
    return got


CHANCE, given = random.SystemRandom(), set()


def free_port():
    """
    A port of loopback for a server that cannot choose one itself. It is not one of those that the kernel gives to clients, of whom one could
    have it before the server does, and it is not given twice.
    """
    with open('/proc/sys/net/ipv4/ip_local_port_range') as f:
        first, last = map(int, f.read().split())
    choice = [*range(10_000, min(first, 32_768)), *range(max(last + 1, 10_000), 65_536)] or range(10_000, 65_536)
    while True:
        port = CHANCE.choice(choice)
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', port))
            except OSError:
                continue
        if port not in given:
            given.add(port)
            return port
