# SPDX-License-Identifier: Apache-2.0
"""What is found of real containers: runc, podman (also without root) and containerd, as far as they are installed."""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import images
from patience import wait_for
from test_stores import RUNTIME, comes_up, need

SHOW = os.environ['CONTAINER_SHOW']
COMMAND = ['sleep', '300']


@unittest.skipIf(os.geteuid(), 'starts containers as root')
class Case(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-containers-'))
        self.temp.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.addCleanup(self.wait_for_the_end)
        self.env = dict(os.environ)

    def wait_for_the_end(self):
        """Engines clean up after a container on their own time, and would write into the folder again."""
        def is_ours(process):
            with contextlib.suppress(OSError):
                return str(self.temp).encode() in (process / 'cmdline').read_bytes()
            return False
        with contextlib.suppress(AssertionError):  # it is no matter of this test
            wait_for(lambda: not any(map(is_ours, pathlib.Path('/proc').glob('[0-9]*'))), pause=0.1, seconds=60)

    def run_it(self, *command, **more):
        return subprocess.run([str(c) for c in command], env=self.env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, **more).stdout.strip()

    def show(self, pid, *options):
        def shown(*walls):
            return json.loads(subprocess.run([SHOW, *walls, *[str(o) for o in options], str(pid)], check=True, stdout=subprocess.PIPE, text=True).stdout)

        def answered(*walls):  # an engine on a busy machine may take longer than a question waits
            return wait_for(lambda: (got := shown(*walls)) and 'unknown' not in got and got, lambda: shown(*walls), 0.1)
        free, confined = (answered(), answered('--confined')) if '--ask' in options else (shown(), shown('--confined'))
        self.assertEqual(confined, free)
        return free

    def root_fs(self, folder):
        (folder / 'bin').mkdir(parents=True)
        for name in ('proc', 'sys', 'dev', 'etc', 'run', 'tmp'):
            (folder / name).mkdir()
        shutil.copy(shutil.which('busybox'), folder / 'bin/busybox')
        for name in ('sh', 'sleep'):
            (folder / 'bin' / name).symlink_to('busybox')
        (folder / 'etc/passwd').write_text('root:x:0:0:root:/:/bin/sh\n')
        return folder


    def image(self):
        layout = images.Layout(self.temp / 'image')
        self.root_fs(self.temp / 'fs')
        shutil.copytree(self.temp / 'fs', layout.root, symlinks=True, dirs_exist_ok=True)
        layout.commit('busybox')
        archive = self.temp / 'oci.tar'
        images.run('skopeo', '--insecure-policy', 'copy', f'oci:{layout.layout}:latest', f'oci-archive:{archive}:localhost/shop/web:3')
        return archive


@need('runc', 'busybox', 'jq')
class Runc(Case):
    def start(self, change='.'):
        name = f'davy-imitation-{os.getpid()}-{id(self)}'
        bundle = self.temp / 'bundle'
        self.root_fs(bundle / 'rootfs')
        self.run_it('runc', 'spec', '--bundle', bundle)
        words = json.dumps(COMMAND)
        config = self.run_it('jq', f'.process.terminal = false | .process.args = {words} | .hostname = "x" | {change}', bundle / 'config.json')
        (bundle / 'config.json').write_text(config)
        self.addCleanup(subprocess.run, ['runc', 'delete', '-f', name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(['runc', 'run', '--detach', '--bundle', bundle, name], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return name, json.loads(self.run_it('runc', 'state', name))['pid']

    def test_plain(self):
        name, pid = self.start('.mounts += [{"destination":"/host","type":"bind","source":"/etc","options":["rbind","ro"]}]')
        got = self.show(pid)
        self.assertEqual((got['type'], got['id'], got['name']), ('runc', name, name))
        self.assertEqual((got['privileged'], got['host_pid'], got['host_network'], got['host_ipc']), (False, False, False, False))
        self.assertIn({'source': '/etc', 'dest': '/host', 'mode': '', 'rdwr': False, 'propagation': ''}, got['mounts'])
        self.assertLess(abs(got['created_ns'] / 1e9 - time.time()), 600)

    def test_with_the_machines_network_and_all_rights(self):
        _, pid = self.start('.linux.namespaces |= map(select(.type != "network")) | del(.linux.maskedPaths, .linux.readonlyPaths)'
                            ' | .process.capabilities.bounding += ["CAP_SYS_ADMIN"]'
                            ' | .mounts |= map(if .type == "sysfs" or .type == "cgroup" then .options -= ["ro"] else . end)')
        got = self.show(pid)
        self.assertEqual((got['privileged'], got['host_pid'], got['host_network']), (True, False, True))

    def test_this_process_is_in_none(self):
        self.assertEqual(self.show(os.getpid())['type'], 'host')


@need('podman', 'runc', 'jq', 'busybox', 'umoci')
class Podman(Case):
    def setUp(self):
        super().setUp()
        runtime = self.temp / 'rt/runc'
        runtime.parent.mkdir()
        runtime.write_text(RUNTIME)
        runtime.chmod(0o755)
        self.runtime = runtime

    def storage(self, graph, run):
        conf = self.temp / 'storage.conf'
        conf.write_text(f'[storage]\ndriver = "vfs"\nrunroot = "{run}"\ngraphroot = "{graph}"\n')
        self.env['CONTAINERS_STORAGE_CONF'] = str(conf)

    def start(self, podman, name, *options):
        podman('run', '--detach', '--name', name, '--network', 'none', *options, 'localhost/shop/web:3', *COMMAND)
        return json.loads(podman('inspect', name))[0]

    def check(self, got, want, name):
        self.assertEqual((got['type'], got['id'], got['name']), ('podman', want['Id'], name))
        self.assertEqual((got['image'], got['repository'], got['tag']), (want['ImageName'], 'localhost/shop/web', '3'))
        self.assertEqual((got['image_id'], got['digest']), (want['Image'], want['ImageDigest']))
        mounts = [{'source': m['Source'], 'dest': m['Destination'], 'mode': m['Mode'], 'rdwr': m['RW'], 'propagation': m['Propagation']}
                  for m in want['Mounts']]
        # podman tells them in an order of its own, which is not always that of its files
        self.assertEqual(sorted(got.get('mounts', []), key=lambda m: m['dest']), sorted(mounts, key=lambda m: m['dest']))

    def test_root(self):
        self.storage(self.temp / 'store', self.temp / 'run')

        def podman(*words):
            return self.run_it('podman', '--cgroup-manager=cgroupfs', '--runtime', self.runtime, *words)
        self.addCleanup(lambda: subprocess.run(['podman', 'rm', '-af', '-t', '0'], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        podman('load', '-q', '-i', self.image())
        want = self.start(podman, 'davy-web', '-v', '/etc:/host:ro', '-v', '/:/all', '--label', 'app=shop', '--health-cmd', 'true',
                          '--health-interval', 'disable')
        got = self.show(want['State']['Pid'])
        self.check(got, want, 'davy-web')
        self.assertEqual((got['labels'], got['healthcheck'][-1]), ({'app': 'shop'}, 'true'))
        self.assertEqual((got['privileged'], got['host_pid'], got['host_ipc']), (False, False, False))
        want = self.start(podman, 'davy-strong', '--privileged', '--pid', 'host', '--ipc', 'host')
        got = self.show(want['State']['Pid'])
        self.check(got, want, 'davy-strong')
        self.assertEqual((got['privileged'], got['host_pid'], got['host_ipc']), (True, True, True))

    def test_engine(self):
        self.storage(self.temp / 'store', self.temp / 'run-root')

        def podman(*words):
            return self.run_it('podman', '--cgroup-manager=cgroupfs', '--runtime', self.runtime, *words)
        self.addCleanup(lambda: subprocess.run(['podman', 'rm', '-af', '-t', '0'], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        podman('load', '-q', '-i', self.image())
        want = self.start(podman, 'davy-web', '--label', 'app=shop', '-v', '/etc:/host:ro')
        # a root that has the socket and no files: only the engine can tell
        root = self.temp / 'root'
        (root / 'run/podman').mkdir(parents=True)
        path = root / 'run/podman/podman.sock'
        service = subprocess.Popen(['podman', 'system', 'service', '--time=0', f'unix://{path}'], env=self.env, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(service.wait)
        self.addCleanup(service.terminate)
        self.assertTrue(comes_up(service, path))
        pid = want['State']['Pid']
        self.assertEqual(self.show(pid, '--root', root)['unknown'], want['Id'])
        got = self.show(pid, '--root', root, '--ask')
        self.check({**got, 'digest': want['ImageDigest']}, want, 'davy-web')
        self.assertEqual(got['labels'], {'app': 'shop'})

    @unittest.skipUnless(shutil.which('newuidmap'), 'no newuidmap')
    def test_without_root(self):
        user = f'davyt{os.getpid() % 100000}'
        try:
            self.run_it('useradd', '--create-home', '--home-dir', self.temp / 'home', user)
        except subprocess.CalledProcessError as e:
            self.skipTest(f'useradd: {e.stderr}')
        self.addCleanup(subprocess.run, ['userdel', '--force', user], stderr=subprocess.DEVNULL)
        uid = pwd.getpwnam(user).pw_uid
        run = self.temp / 'xdg'
        run.mkdir(mode=0o700)
        os.chown(run, uid, uid)
        (self.temp / 'home/run').mkdir()
        os.chown(self.temp / 'home/run', uid, uid)
        self.storage(self.temp / 'home/store', self.temp / 'home/run')
        self.env.update(HOME=str(self.temp / 'home'), XDG_RUNTIME_DIR=str(run), USER=user)
        archive = self.image()

        def podman(*words):
            return self.run_it('podman', '--cgroup-manager=cgroupfs', '--events-backend=file', '--runtime', self.runtime, *words,
                               user=uid, group=uid, extra_groups=[], cwd='/')

        def clean():
            for words in (('rm', '-af', '-t', '0'), ('unshare', 'rm', '-rf', str(self.temp / 'home/store'))):
                subprocess.run(['podman', *words], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=uid, group=uid,
                               extra_groups=[], cwd='/')
            for file in run.glob('libpod/tmp/pause.pid'):  # the process that keeps podman's namespaces
                pid = int(file.read_text())
                with contextlib.suppress(OSError):
                    if os.stat(f'/proc/{pid}').st_uid == uid:
                        os.kill(pid, signal.SIGKILL)
        self.addCleanup(clean)
        try:
            podman('load', '-q', '-i', archive)
            want = self.start(podman, 'davy-own', '-v', '/etc:/host:ro')
        except subprocess.CalledProcessError as e:
            self.skipTest(f'podman without root does not run here: {e.stderr[-300:]}')
        pid = want['State']['Pid']
        if self.show(pid)['type'] == 'host':
            # no control group of its own, because hierarchies of version 1 are mounted: it is put where it would be
            self.move(pid, f'user.slice/user-{uid}.slice/user@{uid}.service/user.slice/libpod-{want["Id"]}.scope/container')
        self.check(self.show(pid), want, 'davy-own')

    def move(self, pid, path):
        top = next((t for t in map(pathlib.Path, ('/sys/fs/cgroup/unified', '/sys/fs/cgroup')) if (t / 'cgroup.procs').exists()), None)
        if not top:
            self.skipTest('no unified hierarchy of control groups')
        below = f'davy-test-{os.getpid()}/{path}'
        (top / below).mkdir(parents=True)

        def remove():
            def gone():  # who ended may be in it for a moment more
                with contextlib.suppress(OSError):
                    while below_parts:
                        (top / '/'.join(below_parts)).rmdir()
                        below_parts.pop()
                return not below_parts
            wait_for(gone, pause=0.1)
        below_parts = below.split('/')
        self.addCleanup(remove)
        self.addCleanup(subprocess.run, ['podman', 'rm', '-af', '-t', '0'], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                        user=os.stat(self.temp / 'xdg').st_uid, group=os.stat(self.temp / 'xdg').st_gid, extra_groups=[], cwd='/')
        (top / below / 'cgroup.procs').write_text(str(pid))


class Daemon(Case):
    def start_daemon(self, path, *command):
        """Starts it and waits for its socket."""
        with open(self.temp / 'log', 'wb') as log:
            daemon = subprocess.Popen([str(c) for c in command], stdout=log, stderr=log)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        if not comes_up(daemon, path):
            self.skipTest('does not start here: ' + (self.temp / 'log').read_text()[-300:])


@need('dockerd', 'docker', 'busybox', 'jq')
class Docker(Daemon):
    def test_by_its_files(self):
        path = self.temp / 'engine.sock'
        self.start_daemon(path, 'dockerd', '--data-root', self.temp / 'engine', '--exec-root', self.temp / 'exec', '--pidfile',
                          self.temp / 'engine.pid', '--iptables=false', '--bridge=none', '--storage-driver=vfs', '-H', f'unix://{path}')
        self.env['DOCKER_HOST'] = f'unix://{path}'
        self.root_fs(self.temp / 'fs')
        subprocess.run(f'tar -C {self.temp}/fs -c . | docker import - shop/web:3', shell=True, env=self.env, check=True, stdout=subprocess.DEVNULL)
        try:
            self.run_it('docker', 'run', '--detach', '--name', 'davy-web', '--network', 'none', '--pid', 'host', '--label', 'app=shop',
                        '--health-cmd', 'true', '-v', '/etc:/host:ro', '-v', 'davy-data:/data', 'shop/web:3', *COMMAND)
        except subprocess.CalledProcessError as e:
            self.skipTest(f'docker runs no container here: {e.stderr[-300:]}')
        self.addCleanup(subprocess.run, ['docker', 'rm', '-f', '-v', 'davy-web'], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        want = json.loads(self.run_it('docker', 'inspect', 'davy-web'))[0]
        # a root of our own, where the daemon's configuration names the place of its data
        (self.temp / 'etc/docker').mkdir(parents=True)
        (self.temp / 'etc/docker/daemon.json').write_text('{"data-root": "/engine"}')
        got = self.show(want['State']['Pid'], '--root', self.temp)
        self.assertEqual((got['type'], got['id'], got['name']), ('docker', want['Id'], 'davy-web'))
        self.assertEqual((got['image'], got['repository'], got['tag'], 'sha256:' + got['image_id']), ('shop/web:3', 'shop/web', '3', want['Image']))
        self.assertEqual((got['privileged'], got['host_pid'], got['host_network'], got['host_ipc']), (False, True, False, False))
        self.assertEqual((got['labels'], got['healthcheck']), ({'app': 'shop'}, ['/bin/sh', '-c', 'true']))
        mounts = {m['Destination']: (m['Source'], m['Mode'], m['RW'], m['Propagation']) for m in want['Mounts']}
        self.assertEqual({m['dest']: (m['source'], m['mode'], m['rdwr'], m['propagation']) for m in got['mounts']}, mounts)
        # the same by the socket
        root = self.temp / 'root'
        (root / 'run').mkdir(parents=True)
        os.link(path, root / 'run/docker.sock')
        asked = self.show(want['State']['Pid'], '--root', root, '--ask')
        self.assertEqual(asked['name'], 'davy-web')
        self.assertEqual({m['dest']: m['source'] for m in asked['mounts']}, {m['Destination']: m['Source'] for m in want['Mounts']})


@need('containerd', 'ctr', 'runc', 'busybox', 'umoci', 'skopeo')
class Containerd(Daemon):
    def test_ctr(self):
        path = self.temp / 'c.sock'
        # its state lies where a machine keeps it, below a root of our own
        (self.temp / 'config.toml').write_text(
            f'version = 2\nroot = "{self.temp}/var/lib/containerd"\nstate = "{self.temp}/run/containerd"\n'
            f'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", '
            f'"io.containerd.snapshotter.v1.devmapper"]\n[grpc]\naddress = "{path}"\n')
        self.start_daemon(path, 'containerd', '-c', self.temp / 'config.toml')
        ctr = ['ctr', '-a', path, '-n', 'davy-test']
        try:
            self.run_it(*ctr, 'images', 'import', '--snapshotter', 'native', self.image())
            self.run_it(*ctr, 'run', '--detach', '--snapshotter', 'native', '--label', 'app=shop', '--env', 'PATH=/bin', '--mount',
                        'type=bind,src=/etc,dst=/host,options=rbind:ro', 'localhost/shop/web:3', 'davy-box', *COMMAND)
        except subprocess.CalledProcessError as e:
            self.skipTest(f'ctr does not run here: {e.stderr[-300:]}')
        self.addCleanup(subprocess.run, [*ctr, 'container', 'rm', 'davy-box'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(subprocess.run, [*ctr, 'task', 'rm', '-f', 'davy-box'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pid = self.run_it(*ctr, 'task', 'ls').splitlines()[-1].split()[1]
        got = self.show(pid, '--root', self.temp)
        self.assertEqual((got['type'], got['id'], got['name']), ('containerd', 'davy-box', 'davy-box'))
        self.assertEqual((got['privileged'], got['host_pid'], got['host_network']), (False, False, False))
        self.assertIn(('/etc', '/host', False), [(m['source'], m['dest'], m['rdwr']) for m in got['mounts']])
        # by the database
        digest = self.run_it(*ctr, 'images', 'ls').splitlines()[-1].split()[2]
        self.assertEqual((got['image'], got['repository'], got['tag'], got['digest']), ('localhost/shop/web:3', 'localhost/shop/web', '3', digest))
        self.assertEqual(got['labels']['app'], 'shop')


if __name__ == '__main__':
    unittest.main(verbosity=2)
