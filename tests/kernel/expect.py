# SPDX-License-Identifier: Apache-2.0
"""What each act must be seen as: findings of rules.yaml made by the act's own process, with fields that fit."""
import re


class Seen:
    """A finding of `rule`. A field fits when it is equal or a pattern is found in it."""

    def __init__(self, rule, **fields):
        self.rule = rule
        self.fields = {name.replace('__', '.'): value for name, value in fields.items()}

    def fits(self, finding, act):
        if finding['rule'] != self.rule:
            return False
        seen = finding['output_fields']
        return seen.get('proc.pid') == act['pid'] and all(fit(seen.get(name), want, act) for name, want in self.fields.items())

    def __str__(self):
        return f'{self.rule}: ' + ', '.join(f'{k} {v.pattern if isinstance(v, re.Pattern) else v!r}' for k, v in self.fields.items())


class With(str):
    """A pattern in which FACT stands for what only the act knew: a port, whom a signal was sent to."""


FACT = With('^FACT$')


def fit(seen, want, act):
    if isinstance(want, With):
        return bool(re.search(want.replace('FACT', str(act['fact'])), str(seen)))
    if isinstance(want, re.Pattern):
        return bool(want.search(str(seen)))
    return seen == want


def opened(**fields):
    return Seen('secret reached', **{'proc__name': 'acts', 'evt__is_open_read': True, **fields})


def program(exepath, **fields):
    return Seen('program', **{'proc__exepath': exepath, 'evt__res': 'SUCCESS', 'proc__pname': 'acts', **fields})


def changed(kind, **fields):
    return Seen('names changed', **{'evt__type': re.compile(f'^{kind}'), 'evt__res': 'SUCCESS', **fields})


def call(kind, args=None, **fields):
    return Seen('call', **{'evt__type': kind, 'evt__res': 'SUCCESS', **fields}, **({'evt__args': args} if args else {}))


TARGET = '/t/bin/target'
ACTS = {
    'open': [opened(fd__name='/t/data/secret')],
    'open-create': [Seen('file opened', fd__name='/t/data/created', evt__is_open_write=True, evt__is_open_create=True,
                         evt__is_open_exec=True)],
    'open-symlink': [opened()],
    'open-proc-root': [opened()],
    'open-dirfd': [opened(fd__name='/t/data/secret')],
    'open-relative': [opened()],
    'open-missing': [Seen('file opened', fd__name='/t/data/missing', evt__res='ENOENT')],
    'openat2': [opened(evt__type='openat2')],
    'open-rewritten': [Seen('pipe reached')],
    'rename-rewritten': [Seen('renamed', evt__res='SUCCESS')],
    'names': [
        changed('rename', fs__path__source='/t/data/a', fs__path__target='/t/data/b'),
        changed('link', fs__path__source='/t/data/hard', fs__path__target='/t/data/b'), # the new name is the source, as in Falco
        changed('symlink', fs__path__source='/t/data/soft', fs__path__target='/t/data/b'),
        changed('f?chmod', evt__args=re.compile('S_ISUID')),
        changed('mkdir', fs__path__name='/t/data/folder'),
        changed('rmdir', fs__path__name='/t/data/folder'),
        changed('unlink', fs__path__name='/t/data/b'),
    ],
    'unlink-symlink': [Seen('unlinked', evt__res='SUCCESS')],
    'immutable': [Seen('attributes', fd__name='/t/ext4/file', evt__args=re.compile('(?i)immutable'))],
    'immutable-tmpfs': [Seen('attributes', fd__name='/t/data/flags', evt__args=re.compile('(?i)immutable'))],
    'immutable-xattr': [Seen('attributes', fd__name='/t/ext4/file', evt__args=re.compile('(?i)append'))],
    'immutable-syscall': [Seen('attributes', evt__args=re.compile('(?i)immutable'))],
    'setxattr': [call('setxattr', re.compile('security.davy'))],
    'write-device': [Seen('call', evt__type='block_write', fd__name='/dev/loop1')],
    'exec': [program(TARGET, proc__name='target', proc__args='one two words ', proc__exe='target', proc__env=re.compile('DAVY=kernel'))],
    'exec-symlink': [program(TARGET, proc__exe='sshd')],
    'exec-script': [program(TARGET, proc__name='script')],
    'exec-fd': [program(TARGET, proc__exe='by-descriptor')],
    'exec-missing': [Seen('program', evt__res='ENOENT', proc__name='acts')],
    'exec-memfd': [Seen('program', evt__res='SUCCESS', proc__is_exe_from_memfd=True, proc__exe='from-memory')],
    'exec-deleted': [Seen('program', evt__res='SUCCESS', proc__exe='deleted', proc__exepath=re.compile('^/t/data/deleted'))],
    'kill': [Seen('signal', evt__type='kill', evt__res='SUCCESS', evt__args=With(r'SIGTERM.*\bFACT\b|\bFACT\b.*SIGTERM'))],
    'kill-pidfd': [Seen('signal', evt__type='signal', evt__args=With(r'SIGKILL.*\bFACT\b|\bFACT\b.*SIGKILL'))],
    'ptrace': [call('ptrace', With(r'PTRACE_ATTACH.*\bFACT\b'))],
    'setresuid': [call('setresuid', re.compile('1000'))],
    'unshare': [call('unshare', re.compile('CLONE_NEWUTS'))],
    'connect': [Seen('connection', fd__rip='127.0.0.1', fd__rport=FACT, fd__l4proto='tcp', fd__type='ipv4', evt__res='SUCCESS')],
    'connect6': [Seen('connection', fd__rip='::1', fd__rport=FACT, fd__l4proto='tcp', fd__type='ipv6', evt__res='SUCCESS')],
    'connect-unix': [Seen('connection', fd__name=re.compile('/t/data/socket'), fd__type='unix', evt__res='SUCCESS')],
    'sendto': [Seen('datagram', fd__l4proto='udp', fd__rport=FACT)],
    'uring-open': [opened()],
    'uring-connect': [Seen('connection', fd__rip='127.0.0.1', fd__rport=FACT)],
    'uring-unlink': [Seen('names changed', fs__path__name='/t/data/uring')],
    'open-32': [opened(evt__type='open')],
    'unlink-32': [changed('unlink', fs__path__name='/t/data/unlink-32')],
    'exec-32': [program(TARGET)],
    'mount': [call('mount', re.compile('/t/mnt')), call('umount2', re.compile('/t/mnt'))],
    'mount-bind': [call('mount', re.compile('MS_BIND|flags=4096'))],
    'mount-new': [call('fsopen', re.compile('tmpfs')), call('fsmount'), call('move_mount', re.compile('/t/mnt'))],
    'module': [call('finit_module', fd__name='/t/module.ko')],
    'fchmodat2': [changed('fchmodat', evt__args=re.compile('S_ISUID'), fs__path__name='/t/data/mode')],
    'setxattrat': [call('setxattrat', re.compile('security.davy-late')), call('removexattrat', re.compile('security.davy-late'))],
    'open-tree-attr': [call('open_tree_attr', re.compile('/t/mnt'))],
    'fchroot': [call('fchroot', fd__name='/t/data')],
    'clone3': [Seen('call', evt__type='clone3', evt__args=re.compile('CLONE_NEWUTS'))],
    'bpf': [call('bpf', re.compile('BPF_MAP_CREATE'))],
}
