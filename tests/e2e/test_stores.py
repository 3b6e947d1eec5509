# SPDX-License-Identifier: Apache-2.0
"""Images of this machine's own stores and running containers, with the real engines as far as they are installed."""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import images
import imitations
from patience import wait_for
from test_scan import davy, essence, findings

missing = images.missing_tools()
# Sets no limits of processes and files: a test machine may not be allowed to raise them as podman wants.
RUNTIME = '''#!/bin/sh
before=
for word in "$@"; do
    if [ "$before" = --bundle ] || [ "$before" = -b ]; then
        jq -c 'del(.process.rlimits)' "$word/config.json" >"$word/config.new" && mv "$word/config.new" "$word/config.json"
    fi
    before=$word
done
exec runc "$@"
'''


def comes_up(process, path):
    """Waits until somebody answers at the socket; false when the process that should ended."""
    def answers():
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as s:
            s.connect(str(path))
            return True
    wait_for(lambda: answers() or process.poll() is not None, pause=0.1)
    return answers()


def need(*tools):
    lost = [t for t in tools if not shutil.which(t)]
    return unittest.skipIf(lost, f'tools are missing: {lost}')


@unittest.skipIf(missing, f'tools are missing: {missing}')
@unittest.skipIf(os.geteuid(), 'stores of other users cannot be read')
class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix='davy-stores-'))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.image = images.malicious(cls.shared / 'image')
        cls.archive = cls.shared / 'docker.tar'
        images.run('skopeo', '--insecure-policy', 'copy', f'oci:{cls.image.layout}:latest', f'docker-archive:{cls.archive}:{images.REFERENCE}')

    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-e2e-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.env = {'XDG_CACHE_HOME': str(self.temp / 'cache'), 'XDG_RUNTIME_DIR': str(self.temp), 'DOCKER_HOST': f'unix://{self.temp}/none',
                    'CONTAINERD_ADDRESS': str(self.temp / 'none'), 'CONTAINERS_STORAGE_CONF': str(self.temp / 'storage.conf')}
        (self.temp / 'storage.conf').write_text(f'[storage]\ndriver = "vfs"\nrunroot = "{self.temp}/run"\ngraphroot = "{self.temp}/store"\n')

    def run_it(self, *command):
        return subprocess.run([str(c) for c in command], env={**os.environ, **self.env}, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True).stdout.strip()

    def daemon(self, path, *command):
        """Starts it and waits for its socket."""
        with open(self.temp / 'daemon.log', 'wb') as log:
            process = subprocess.Popen([str(c) for c in command], env={**os.environ, **self.env}, stdout=log, stderr=log)

        def stop():
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()
        self.addCleanup(stop)
        if not comes_up(process, path):
            self.skipTest('does not start here: ' + (self.temp / 'daemon.log').read_text()[-300:])

    def scan(self, *arguments):
        result = davy('scan', '--format', 'json', *arguments, env=self.env)
        (target,) = json.loads(result.stdout)['targets']
        return target, result.returncode

    def check_image(self, target):
        expected, _ = self.scan('--name', images.REFERENCE, self.archive)
        got, code = self.scan('--name', images.REFERENCE, target)
        self.assertEqual((code, got['name'], got['kind'], got['verdict']['word'], got['unread']['total']), (1, target, 'image', 'malicious', 0))
        self.assertEqual(essence(got), essence(expected))
        self.assertEqual(list((self.temp / 'cache/davy/pull').iterdir()), [])

    def check_none(self, target, says):
        got, code = self.scan(target)
        self.assertEqual(code, 3)
        self.assertIn(says, got['failure'])


class Stores(Case):
    @need('podman')
    def test_podman(self):
        self.run_it('podman', 'load', '-q', '-i', self.archive)
        name = self.run_it('podman', 'images', '--format', '{{.Repository}}:{{.Tag}}')
        self.check_image(f'podman:{name}')
        self.check_image('podman:' + self.run_it('podman', 'images', '-q'))
        self.check_none('podman:none', 'podman has no image none')
        self.check_none('podman:--help', 'is no name')

    @need('podman')
    def test_docker_api_of_podman(self):
        self.run_it('podman', 'load', '-q', '-i', self.archive)
        name = self.run_it('podman', 'images', '--format', '{{.Repository}}:{{.Tag}}')
        path = self.temp / 'docker.sock'
        self.daemon(path, 'podman', 'system', 'service', '--time=0', f'unix://{path}')
        self.env['DOCKER_HOST'] = f'unix://{path}'
        self.check_image(f'docker:{name}')
        self.check_none('docker:none', 'docker has no image none')
        self.env['DOCKER_HOST'] = ''  # found by itself below XDG_RUNTIME_DIR, as rootless docker puts it
        self.check_image(f'docker:{name}')

    @need('dockerd', 'docker')
    def test_docker(self):
        path = self.temp / 'engine.sock'
        self.daemon(path, 'dockerd', '--data-root', self.temp / 'engine', '--exec-root', self.temp / 'exec', '--pidfile', self.temp / 'engine.pid',
                    '--iptables=false', '--bridge=none', '--storage-driver=vfs', '-H', f'unix://{path}')
        self.env['DOCKER_HOST'] = f'unix://{path}'
        self.run_it('docker', 'load', '-i', self.archive)
        self.check_image(f'docker:{images.REFERENCE}')

    def test_docker_that_is_not_there(self):
        self.check_none('docker:x', 'docker')
        self.env['DOCKER_HOST'] = 'tcp://192.0.2.1:2375'
        self.check_none('docker:x', 'docker save')

    @need('containerd', 'ctr')
    def test_containerd(self):
        path = self.temp / 'c.sock'
        (self.temp / 'config.toml').write_text(
            f'version = 2\nroot = "{self.temp}/root"\nstate = "{self.temp}/state"\n'
            f'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", '
            f'"io.containerd.snapshotter.v1.devmapper"]\n[grpc]\naddress = "{path}"\n')
        self.daemon(path, 'containerd', '-c', self.temp / 'config.toml')
        self.env['CONTAINERD_ADDRESS'] = str(path)
        oci = self.temp / 'oci.tar'
        images.run('skopeo', '--insecure-policy', 'copy', f'oci:{self.image.layout}:latest', f'oci-archive:{oci}:docker.io/{images.REFERENCE}')
        self.run_it('ctr', '-n', 'k8s.io', 'images', 'import', '--no-unpack', oci)
        self.check_image(f'containerd:{images.REFERENCE}')
        self.check_none('containerd:none', 'in any namespace')


@need('runc', 'busybox', 'jq')
class Containers(Case):
    COMMAND = 'sleep 300 & exec sleep 301'

    def setUp(self):
        super().setUp()
        self.root = self.temp / 'bundle/rootfs'
        for folder in ('bin', 'srv', 'proc', 'sys', 'dev', 'etc'):
            (self.root / folder).mkdir(parents=True)
        shutil.copy(shutil.which('busybox'), self.root / 'bin/busybox')
        for name in ('sh', 'sleep'):
            (self.root / 'bin' / name).symlink_to('busybox')
        (self.root / 'etc/passwd').write_text('root:x:0:0:root:/:/bin/sh\n')
        (self.root / 'srv/config.json').write_text(imitations.miner_config())
        (self.root / 'srv/out').symlink_to('/../../..' + str(self.temp / 'outside'))
        (self.temp / 'outside').mkdir()
        (self.temp / 'outside/config.json').write_text(imitations.miner_config())

    def check_container(self, target):
        got, code = self.scan(target)
        self.assertEqual((code, got.get('failure'), got['kind']), (1, None, 'container'))
        self.assertEqual(got['counts']['processes'], 2, got['counts'])
        self.assertEqual({f['subject']['name'] for f in findings(got, 'warning') if f['subject']['type'] == 'file'}, {'/srv/config.json'})

    def start_runc(self, name, change='.'):
        bundle = self.temp / 'bundle'
        images.run('runc', 'spec', '--bundle', bundle)
        config = images.run('jq', f'.process.terminal = false | .process.args = ["sh", "-c", "{self.COMMAND}"] | {change}', bundle / 'config.json').stdout
        (bundle / 'config.json').write_text(config)
        self.addCleanup(subprocess.run, ['runc', 'delete', '-f', name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(['runc', 'run', '--detach', '--bundle', bundle, name], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def test_runc(self):
        name = f'davy-imitation-{os.getpid()}'
        self.start_runc(name)
        self.check_container(f'container:{name}')
        self.check_none(f'container:{name[:-1]}', 'no container called')
        self.check_none('container:user.slice', 'no container called')
        self.check_none('container:../../etc', 'no container called')

    def test_runc_whose_control_group_has_another_name(self):
        name = f'davy-imitation-{os.getpid()}'
        self.start_runc(name, '.linux.cgroupsPath = "/davy-elsewhere/x"')
        self.check_container(f'container:{name}')

    def test_one_that_ends_while_it_is_scanned(self):
        """Whatever of it could still be seen is told, and the report is whole."""
        for i in range(4000):
            (self.root / f'srv/{i}.txt').write_text('text\n' * 2000)
        name = f'davy-imitation-{os.getpid()}'
        self.start_runc(name)
        for pause in (0.05, 0.4):
            scan = subprocess.Popen([os.environ['DAVY'], 'scan', '-q', '--no-cache', '-f', 'json', f'container:{name}'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    env={**os.environ, 'LC_ALL': 'C.UTF-8'})
            time.sleep(pause)
            subprocess.run(['runc', 'kill', name, 'KILL'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            out, said = scan.communicate(timeout=300)
            self.assertIn(scan.returncode, (0, 1, 3), said)
            (target,) = json.loads(out)['targets']
            self.assertEqual(target['kind'], 'container')
            self.assertTrue(target.get('failure') or target['verdict'])
            self.assertNotIn(str(self.temp), json.dumps(target), 'a file of the machine was taken for one of the container')

    @need('podman')
    def test_podman(self):
        runtime = self.temp / 'rt/runc'
        runtime.parent.mkdir()
        runtime.write_text(RUNTIME)
        runtime.chmod(0o755)
        podman = ('podman', '--cgroup-manager=cgroupfs', '--runtime', runtime)
        tar = self.temp / 'root.tar'
        images.run('tar', '-C', self.root, '-cf', tar, '.')
        self.run_it('podman', 'import', '-q', tar, 'box:1')
        name = f'web-{os.getpid()}'
        ident = self.run_it(*podman, 'run', '-d', '--name', name, '--network', 'none', 'box:1', 'sh', '-c', self.COMMAND).splitlines()[-1]
        self.addCleanup(self.run_it, *podman, 'rm', '-f', '-t', '0', name)
        for known in (name, ident, ident[:12]):
            self.check_container(f'container:{known}')
        # what was written since lies in its upper layer, and what was removed is no more
        (self.temp / 'late.json').write_text(imitations.miner_config())
        self.run_it(*podman, 'cp', self.temp / 'late.json', f'{name}:/srv/late.json')
        inside = pathlib.Path('/proc', self.run_it(*podman, 'inspect', '-f', '{{.State.Pid}}', name).splitlines()[-1], 'root')
        (inside / 'srv/config.json').unlink()
        got, code = self.scan(f'container:{name}')
        self.assertEqual({f['subject']['name'] for f in findings(got, 'warning') if f['subject']['type'] == 'file'}, {'/srv/late.json'})
        self.run_it(*podman, 'stop', '-t', '0', name)
        self.check_none(f'container:{name}', 'does not run')


if __name__ == '__main__':
    unittest.main(verbosity=2)
