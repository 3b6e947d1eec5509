# SPDX-License-Identifier: Apache-2.0
"""Ten kinds of ordinary work on a server, done for real, for a watcher that must stay quiet.

Each function does one kind in a folder of its own and undoes what it did outside. What would change the machine's accounts runs
on a copy of /etc in a mount namespace of its own; servers listen on loopback.
"""
import contextlib
import getpass
import json
import os
import pathlib
import pty
import shutil
import socket
import subprocess
import time

from patience import free_port, wait_for

PATIENCE = 600


def do(*command, **more):
    more = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT, 'timeout': PATIENCE, **more}
    done = subprocess.run([str(c) for c in command], check=False, **more)
    if done.returncode:
        raise AssertionError(f'{command} ended with {done.returncode}: {done.stdout}')
    return done.stdout


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise LookupError(f'{program} is not installed')


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 1):
        return True


@contextlib.contextmanager
def server(*command, port, **more):
    process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        wait_for(lambda: listens(port), lambda: f'nothing listens on {port}')
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def on_terminal(*command):
    """Runs it on a terminal of its own, as somebody who sits there does."""
    pid, fd = pty.fork()
    if not pid:
        os.execvp(command[0], [str(c) for c in command])
    said = b''
    with contextlib.suppress(OSError): # how a terminal ends
        while got := os.read(fd, 4096):
            said += got
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) # before the terminal is taken away
    os.close(fd)
    if status:
        raise AssertionError(f'{command} ended with {status}: {said}')


def packages(folder):
    """apt installs, upgrades and removes, in a root file system of its own."""
    need('mmdebstrap')
    root = folder / 'root'
    try:
        do('mmdebstrap', '--variant=apt', '--quiet', '--include=cron', 'bookworm', root)
    except AssertionError as e:
        raise LookupError(f'no root file system could be made: {str(e)[-200:]}') from e
    shutil.copy('/etc/resolv.conf', root / 'etc/resolv.conf')
    for command in (['apt-get', 'update', '-q'], ['apt-get', 'upgrade', '-y', '-q'], ['apt-get', 'install', '-y', '-q', '--no-install-recommends', 'nano'],
                    ['apt-get', 'install', '-y', '-q', '--reinstall', 'nano'], ['apt-get', 'purge', '-y', '-q', 'nano']):
        try:
            do('chroot', root, *command, env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'})
        except AssertionError as e:
            raise LookupError(f'packages cannot be had: {str(e)[-200:]}') from e


def compiling(folder):
    """make of a C project: a few hundred files, a library, a program, its tests, an installation."""
    names = [f'part{i}' for i in range(120)]
    for i, name in enumerate(names):
        (folder / f'{name}.c').write_text(f'#include <stdio.h>\n#include <string.h>\nint {name}(int x)\n{{\n    char b[64];\n'
                                          f'    snprintf(b, sizeof(b), "%d", x + {i});\n    return (int)strlen(b);\n}}\n')
    (folder / 'main.c').write_text(''.join(f'int {n}(int);\n' for n in names) + 'int main(void)\n{\n    return ' + ' + '.join(f'{n}(1)' for n in names) + ' < 0;\n}\n')
    (folder / 'Makefile').write_text(f'OBJECTS = {" ".join(n + ".o" for n in names)}\nall: program\nlibparts.a: $(OBJECTS)\n\tar rcs $@ $^\n'
                                     'program: main.o libparts.a\n\t$(CC) -o $@ $^\ncheck: program\n\t./program\n'
                                     'install: program\n\tinstall -D program $(DESTDIR)/usr/bin/program\n\tstrip $(DESTDIR)/usr/bin/program\n')
    do('make', '-j2', '-C', folder)
    do('make', '-C', folder, 'check', 'install', f'DESTDIR={folder}/stage')


def node_packages(folder):
    """npm ci with scripts that run at installation."""
    need('npm')
    library, app = folder / 'library', folder / 'app'
    library.mkdir()
    app.mkdir()
    (library / 'package.json').write_text(json.dumps({'name': 'library', 'version': '1.0.0', 'scripts': {'install': 'node build.js'}}))
    (library / 'build.js').write_text("require('fs').writeFileSync('built.js', 'module.exports = 1;\\n');\n"
                                      "require('child_process').execSync('uname -a');\n")
    quiet = {'cwd': app, 'env': {**os.environ, 'npm_config_cache': str(folder / 'cache'), 'npm_config_offline': 'true', 'npm_config_update_notifier': 'false'}}
    do('npm', 'pack', '--pack-destination', app, library, **quiet)
    (app / 'package.json').write_text(json.dumps({'name': 'app', 'version': '1.0.0', 'dependencies': {'library': 'file:library-1.0.0.tgz'}}))
    do('npm', 'install', '--package-lock-only', **quiet)
    do('npm', 'ci', **quiet)


def versions(folder):
    """git: commits, a clone over its own protocol, gc, and an archive."""
    need('git')
    source = folder / 'source'
    as_author = {'env': {**os.environ, 'GIT_AUTHOR_NAME': 'a', 'GIT_AUTHOR_EMAIL': 'a@example.org', 'GIT_COMMITTER_NAME': 'a', 'GIT_COMMITTER_EMAIL': 'a@example.org'}}
    do('git', 'init', '-q', source)
    for i in range(30):
        (source / f'file{i}').write_text('line\n' * (i + 1))
        do('git', '-C', source, 'add', '.')
        do('git', '-C', source, 'commit', '-q', '-m', f'change {i}', **as_author)
    do('git', 'clone', '-q', f'file://{source}', folder / 'clone')
    do('git', '-C', folder / 'clone', 'gc', '-q', '--aggressive')
    do('git', '-C', folder / 'clone', 'archive', '-o', folder / 'clone.tar.gz', 'HEAD')


def database(folder):
    """PostgreSQL: a cluster, a benchmark, a dump."""
    tools = pathlib.Path(max(pathlib.Path('/usr/lib/postgresql').glob('*/bin'), default=''))
    if not (tools / 'pgbench').exists():
        raise LookupError('postgresql is not installed')
    data, port = folder / 'data', free_port()
    folder.chmod(0o755)
    data.mkdir()
    shutil.chown(data, 'postgres', 'postgres')
    as_owner = ['runuser', '-u', 'postgres', '--']
    at = ['-h', data, '-p', port]
    do(*as_owner, tools / 'initdb', '-D', data, '-A', 'trust', '--no-sync', cwd='/')
    do(*as_owner, tools / 'pg_ctl', '-D', data, '-w', '-l', data / 'log', '-o', f'-k {data} -p {port} -h 127.0.0.1', 'start', cwd='/', stdout=subprocess.DEVNULL)
    try:
        do(*as_owner, tools / 'pgbench', *at, '-i', '-q', '-s', 2, 'postgres', cwd='/')
        do(*as_owner, tools / 'pgbench', *at, '-T', 5, '-c', 4, '-j', 2, 'postgres', cwd='/')
        do(*as_owner, tools / 'pg_dump', *at, '-f', data / 'dump.sql', 'postgres', cwd='/')
    finally:
        do(*as_owner, tools / 'pg_ctl', '-D', data, '-w', '-m', 'fast', 'stop', cwd='/', stdout=subprocess.DEVNULL)


def cache(folder):
    """Redis under its benchmark, with a snapshot."""
    need('redis-server', 'redis-benchmark', 'redis-cli')
    port = free_port()
    with server('redis-server', '--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '1', '1', port=port):
        do('redis-benchmark', '-p', port, '-q', '-n', 20000, '-t', 'get,set,lpush')
        do('redis-cli', '-p', port, 'bgsave')
        time.sleep(1)


def container(folder):
    """A container image is built and written out."""
    need('buildah', 'busybox')
    store = ['--root', folder / 'store', '--runroot', folder / 'run', '--storage-driver', 'vfs']
    (folder / 'context/bin').mkdir(parents=True)
    shutil.copy(shutil.which('busybox'), folder / 'context/bin/busybox')
    (folder / 'context/bin/sh').symlink_to('busybox')
    (folder / 'context/Containerfile').write_text('FROM scratch\nCOPY bin /bin\nRUN /bin/busybox --install -s /bin && echo built > /built\nCMD ["/bin/sh"]\n')
    do('buildah', *store, 'build', '--isolation', 'chroot', '-q', '-t', 'localhost/ordinary', folder / 'context')
    do('buildah', *store, 'push', '-q', 'localhost/ordinary', f'oci:{folder}/layout:latest')


def timed_jobs(folder):
    """What cron runs on a Debian machine every day: run-parts over jobs that rotate logs, clean up and make lists."""
    jobs, logs = folder / 'cron.daily', folder / 'logs'
    jobs.mkdir()
    logs.mkdir()
    (logs / 'app.log').write_text('line\n' * 1000)
    (folder / 'rotate.conf').write_text(f'{logs}/*.log {{\n  rotate 3\n  compress\n  missingok\n}}\n')
    rotate = f'logrotate -f -s {folder}/state {folder}/rotate.conf' if shutil.which('logrotate') else f'gzip -c {logs}/app.log > {logs}/app.log.1.gz'
    for name, text in {'rotate': rotate, 'clean': f'find {folder} -name "*.old" -mtime +7 -delete', 'list': f'dpkg-query -W > {folder}/packages',
                       'database': f'tar -cf {folder}/etc.tar -C /etc hosts hostname\ngzip -f {folder}/etc.tar'}.items():
        (jobs / name).write_text(f'#!/bin/sh\nset -e\n{text}\n')
        (jobs / name).chmod(0o755)
    for _ in range(2):
        do('sh', '-c', f'cd / && run-parts --report {jobs}')


@contextlib.contextmanager
def shell_server(folder):
    """An SSH server on loopback that lets this user in by a key made here; gives the command to enter by."""
    need('sshd', 'ssh', 'ssh-keygen')
    port = free_port()
    for name in ('host', 'user'):
        do('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', folder / name)
    (folder / 'authorized').write_text((folder / 'user.pub').read_text())
    (folder / 'config').write_text(f'Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\nStrictModes no\n'
                                   f'PidFile {folder}/pid\nPermitRootLogin yes\nUsePAM no\nSubsystem sftp internal-sftp\n')
    pathlib.Path('/run/sshd').mkdir(exist_ok=True)
    with server('/usr/sbin/sshd', '-D', '-f', folder / 'config', port=port):
        yield ['ssh', '-F', 'none', '-p', str(port), '-i', str(folder / 'user'), '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no',
               '-o', f'UserKnownHostsFile={folder}/known', '-o', 'LogLevel=ERROR']


def backup(folder):
    """A backup with tar, and with rsync over ssh."""
    need('rsync')
    source = folder / 'source'
    source.mkdir()
    for i in range(300):
        (source / f'f{i}').write_text('data\n' * i)
    do('tar', '-czf', folder / 'etc.tar.gz', '-C', '/', 'etc')
    with shell_server(folder) as ssh:
        for _ in range(2):
            do('rsync', '-a', '--delete', '-e', ' '.join(ssh), f'{source}/', f'{getpass.getuser()}@127.0.0.1:{folder}/copy/')
    do('tar', '-czf', folder / 'copy.tar.gz', '-C', folder, 'copy')


def accounts(folder):
    """An administrator at a terminal makes a user, sets a password, gives a group, takes all back; on a copy of /etc."""
    need('useradd', 'chpasswd', 'unshare')
    copy = folder / 'etc'
    do('cp', '-a', '/etc', copy)
    steps = ('useradd -m -d /tmp/home-of-kim -s /bin/bash kim', "printf 'kim:Long-enough-1\\n' | chpasswd", 'usermod -aG users kim', 'chage -M 90 kim',
             'passwd -S kim', 'passwd -l kim', 'userdel kim', 'rm -rf /tmp/home-of-kim')
    on_terminal('unshare', '-m', '--propagation', 'private', 'bash', '-ec', f'mount --bind {copy} /etc\nmount -t tmpfs none /tmp\n' + '\n'.join(steps))


def remote_administration(folder):
    """What a tool of administration does: modules copied by ssh into a folder of their own, run by python there, removed."""
    tasks = {'facts': 'import json, os, platform\nprint(json.dumps({"nodes": os.uname(), "release": platform.release(), "users": open("/etc/passwd").read().count("\\n")}))',
             'file': f'import os\nos.makedirs("{folder}/srv", exist_ok=True)\nopen("{folder}/srv/app.conf", "w").write("port = 1\\n")\nos.chmod("{folder}/srv/app.conf", 0o640)',
             'command': 'import subprocess\nsubprocess.run(["systemctl", "--version"], check=False)\nsubprocess.run(["id"], check=True)'}
    remote = f'{folder}/.ansible/tmp'
    with shell_server(folder) as ssh:
        enter = [*ssh, f'{getpass.getuser()}@127.0.0.1']
        for i, (name, text) in enumerate(tasks.items()):
            place = f'{remote}/ordinary-{i}'
            do(*enter, f"/bin/sh -c 'umask 77 && mkdir -p {place} && echo ok'")
            do(*enter, f"/bin/sh -c 'cat > {place}/AnsiballZ_{name}.py'", stdin=None, input=text.encode())
            do(*enter, f"/bin/sh -c 'chmod u+x {place} {place}/AnsiballZ_{name}.py'")
            do(*enter, f"/bin/sh -c '/usr/bin/python3 {place}/AnsiballZ_{name}.py && sleep 0'")
            do(*enter, f"/bin/sh -c 'rm -f -r {place}/ > /dev/null 2>&1 && sleep 0'")


ALL = [packages, compiling, node_packages, versions, database, cache, container, timed_jobs, backup, accounts, remote_administration]
