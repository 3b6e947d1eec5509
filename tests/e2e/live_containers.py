# SPDX-License-Identifier: Apache-2.0
"""Containers for live tests: runc with a bundle on an overlay, and podman with an image of its own."""
import json
import os
import pathlib
import pty
import select
import shutil
import subprocess
import time

import images
from test_stores import RUNTIME

ALL = [f'CAP_{c}' for c in ('CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_ADMIN NET_RAW '
                            'IPC_LOCK SYS_MODULE SYS_CHROOT SYS_PTRACE SYS_ADMIN MKNOD AUDIT_WRITE').split()]


def root_fs(folder, *programs):
    """busybox under its names, and our programs, which are static."""
    (folder / 'bin').mkdir(parents=True)
    for name in ('proc', 'sys', 'dev', 'etc', 'run', 'tmp', 'work'):
        (folder / name).mkdir()
    shutil.copy(shutil.which('busybox'), folder / 'bin/busybox')
    for name in ('sh', 'sleep', 'nc', 'cat', 'true', 'cp', 'ls'):
        (folder / 'bin' / name).symlink_to('busybox')
    for program in programs:
        shutil.copy(program, folder / 'bin' / pathlib.Path(program).name)
    (folder / 'etc/passwd').write_text('root:x:0:0:root:/:/bin/sh\nweb:x:700:700:web:/:/bin/sh\n')
    (folder / 'etc/group').write_text('root:x:0:\nweb:x:700:\n')


class Bundle:
    """A bundle of runc's whose root is an overlay; run() as often as wanted, close() at the end."""
    def __init__(self, folder, *programs):
        self.folder, self.count = folder, 0
        self.lower, self.root = folder / 'lower', folder / 'rootfs'
        folder.mkdir()
        root_fs(self.lower, *programs)
        for name in ('upper', 'work', 'rootfs'):
            (folder / name).mkdir()
        subprocess.run(['mount', '-t', 'overlay', 'overlay', '-o', f'lowerdir={self.lower},upperdir={folder}/upper,workdir={folder}/work', self.root],
                       check=True)
        subprocess.run(['runc', 'spec', '--bundle', folder], check=True)
        self.config = json.loads((folder / 'config.json').read_text())

    def close(self):
        subprocess.run(['umount', self.root], check=False, stderr=subprocess.DEVNULL)

    def configure(self, words, capabilities, terminal, privileged):
        config = json.loads(json.dumps(self.config))
        config['process'].update(terminal=terminal, args=words)
        config['root'] = {'path': 'rootfs', 'readonly': False}
        sets = config['process']['capabilities']
        for name in sets:
            sets[name] = sorted({*sets[name], *capabilities})
        if privileged:
            config['linux'].pop('maskedPaths', None)
            config['linux'].pop('readonlyPaths', None)
            for mount in config['mounts']:
                if mount['type'] in ('sysfs', 'cgroup'):
                    mount['options'].remove('ro')
        (self.folder / 'config.json').write_text(json.dumps(config))

    def run(self, word, script, capabilities=(), privileged=False, terminal=False):
        """
        Runs a shell script in a container of its own name, which is returned with what it wrote. The container lives until it was looked up:
        runc removes its state at the end, and one that is gone before anybody could look is known by its id alone.
        """
        self.count += 1
        name = f'{word}-{self.count}'
        self.configure(['sh', '-c', f'{script}; sleep 0.3'], ALL if privileged else capabilities, terminal, privileged)
        command = ['runc', 'run', '--bundle', str(self.folder), name]
        out = self.on_terminal(command) if terminal else subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                                                       timeout=600, check=False).stdout.decode()
        subprocess.run(['runc', 'delete', '-f', name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return name, out

    def on_terminal(self, command):
        pid, terminal = pty.fork()
        if not pid:
            os.execvp(command[0], command)
        out, end = b'', time.monotonic() + 120
        while time.monotonic() < end and select.select([terminal], [], [], 1) is not None:
            try:
                out += os.read(terminal, 4096)
            except OSError:
                break
        os.close(terminal)
        os.waitpid(pid, 0)
        return out.decode(errors='replace')


class Podman:
    """podman with a store and an image of its own."""
    NAME, TAG = 'localhost/shop/web', '3'

    def __init__(self, folder, *programs):
        self.folder = folder
        folder.mkdir()
        runtime = folder / 'rt/runc'
        runtime.parent.mkdir()
        runtime.write_text(RUNTIME)
        runtime.chmod(0o755)
        self.runtime = runtime
        conf = folder / 'storage.conf'
        conf.write_text(f'[storage]\ndriver = "overlay"\nrunroot = "{folder}/run"\ngraphroot = "{folder}/store"\n')
        self.env = {**os.environ, 'CONTAINERS_STORAGE_CONF': str(conf)}
        layout = images.Layout(folder / 'image')
        root_fs(folder / 'fs', *programs)
        shutil.copytree(folder / 'fs', layout.root, symlinks=True, dirs_exist_ok=True)
        layout.commit('busybox')
        archive = folder / 'oci.tar'
        images.run('skopeo', '--insecure-policy', 'copy', f'oci:{layout.layout}:latest', f'oci-archive:{archive}:{self.NAME}:{self.TAG}')
        self('load', '-q', '-i', archive)

    def __call__(self, *words):
        done = subprocess.run(['podman', '--cgroup-manager=cgroupfs', '--runtime', self.runtime, *map(str, words)], env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600, check=False)
        if done.returncode:
            raise AssertionError(f'podman {words}: {done.stderr}')
        return done.stdout.strip()

    def run(self, name, script, *options):
        """Runs a shell script in a container of this name; returns its id."""
        self('run', '--name', name, '--network', 'none', *options, f'{self.NAME}:{self.TAG}', 'sh', '-c', script)
        return self('inspect', '--format', '{{.Id}}', name)

    def close(self):
        subprocess.run(['podman', '--cgroup-manager=cgroupfs', '--runtime', self.runtime, 'rm', '-af', '-t', '0'], env=self.env,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        subprocess.run(['umount', self.folder / 'store/overlay'], stderr=subprocess.DEVNULL, check=False)
