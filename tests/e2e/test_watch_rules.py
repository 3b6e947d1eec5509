# SPDX-License-Identifier: Apache-2.0
"""Each of Falco's stable rules, unmodified, on the running kernel: an act that it must tell of, and one beside it that it must not."""
import os
import pathlib
import shutil
import subprocess
import time

from live_containers import Bundle, Podman
from watching import Halves, Whole, halves, main

ACTS = os.environ['DAVY_ACTS']
UPSTREAM = pathlib.Path(os.environ.get('DAVY_UPSTREAM_RULES', 'no-such-file'))
API_SERVER, METADATA, OUTSIDE = '198.51.100.10', '169.254.169.254', '203.0.113.7'  # for documentation (RFC 5737), and clouds' own
WWW_DATA = 33


def need():
    lost = [t for t in ('runc', 'podman', 'busybox', 'jq', 'umoci', 'skopeo', 'ip', 'unshare') if not shutil.which(t)]
    return f'tools are missing: {lost}' if lost else '' if UPSTREAM.is_file() else 'the upstream rules are not here (DAVY_UPSTREAM_RULES)'


class Rules(Whole, Halves):
    @classmethod
    def rule_files(cls):
        return [UPSTREAM]

    @classmethod
    def before(cls):
        # Only the watcher sees these names of hosts: they stand for what a cluster's name server would say.
        hosts = cls.folder / 'hosts'
        hosts.write_text(pathlib.Path('/etc/hosts').read_text() + f'{API_SERVER} kubernetes.default.svc.cluster.local\n')
        return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', f'mount --bind {hosts} /etc/hosts && exec "$@"', 'sh']

    @classmethod
    def prepare(cls):
        cls.programs = cls.folder / 'bin'
        cls.programs.mkdir()
        for name in ('acts', 'nginx', 'sshd', 'ssh', 'plainly', 'shred', 'shredded', 'debugfs', 'reader'):
            shutil.copy(ACTS, cls.programs / name)
        cls.bundle = Bundle(cls.folder / 'bundle', *(cls.programs / n for n in ('acts', 'debugfs')))
        cls.addClassCleanup(cls.bundle.close)
        cls.podman = Podman(cls.folder / 'podman', *(cls.programs / n for n in ('acts', 'debugfs')))
        cls.addClassCleanup(cls.podman.close)
        cls.network = cls.word[:15]
        subprocess.run(['ip', 'netns', 'add', cls.network], check=True)
        cls.addClassCleanup(subprocess.run, ['ip', 'netns', 'del', cls.network], check=False)
        inside = ['ip', '-n', cls.network]
        subprocess.run([*inside, 'link', 'set', 'lo', 'up'], check=True)
        for address in (API_SERVER, METADATA, OUTSIDE):
            subprocess.run([*inside, 'address', 'add', f'{address}/32', 'dev', 'lo'], check=True)

    def program(self, name):
        return self.programs / name

    def from_python(self):
        """Who acted, where this test started it itself."""
        return {'user.name': 'root', 'user.uid': 0, 'proc.pname': pathlib.Path('/proc/self/comm').read_text().strip(), 'container.id': 'host'}

    def inside(self, name):
        return {'container.id': name, 'container.name': name}

    # ---- files ----

    @halves
    def test_directory_traversal(self):
        there, near = self.mark('traversal'), self.mark('straight')
        for mark in (there, near):
            (self.folder / mark / 'a').mkdir(parents=True)
        raw = f'{self.folder}/{there}/a/../../../../../etc/hostname'
        self.do(self.program('reader'), 'open', raw, 'read')
        self.do(self.program('reader'), 'open', '/etc/hostname', 'read', 0, near)
        yield
        self.finds('Directory traversal monitored file read', there,
                   {'fd.name': '/etc/hostname', 'fd.nameraw': raw, 'proc.name': 'reader', 'evt.type': 'openat',
                    'proc.exepath': str(self.program('reader')), **self.from_python()})
        self.finds_not('Directory traversal monitored file read', near)

    @halves
    def test_trusted_after_startup(self):
        late, early = self.mark('late'), self.mark('early')
        with subprocess.Popen([self.program('nginx'), 'open', '/etc/shadow', 'read', '6', late]) as slow:
            self.do(self.program('nginx'), 'open', '/etc/shadow', 'read', '0', early)
        self.assertEqual(slow.returncode, 0)
        yield
        rule = 'Read sensitive file trusted after startup'
        self.finds(rule, late, {'fd.name': '/etc/shadow', 'proc.name': 'nginx', 'proc.cmdline': f'nginx open /etc/shadow read 6 {late}', **self.from_python()})
        self.finds_not(rule, early)

    @halves
    def test_untrusted(self):
        there, near = self.mark('reader'), self.mark('sshd')
        self.do(self.program('reader'), 'open', '/etc/shadow', 'read', 0, there)
        self.do(self.program('sshd'), 'open', '/etc/shadow', 'read', 0, near)
        yield
        rule = 'Read sensitive file untrusted'
        self.finds(rule, there, {'fd.name': '/etc/shadow', 'proc.name': 'reader', 'evt.type': 'openat', 'user.loginuid': self.loginuid(), 'proc.tty': 0,
                                 **self.from_python()}, subject={'process': 'reader', 'exe': str(self.program('reader'))}, path='written')
        self.finds_not(rule, near)

    def loginuid(self):
        value = int(pathlib.Path('/proc/self/loginuid').read_text())
        return -1 if value == 0xffffffff else value

    @halves
    def test_clear_log(self):
        there, near = self.mark('cleared'), self.mark('appended')
        for mark in (there, near):
            (self.folder / mark).mkdir()
            os.close(os.open(self.folder / mark / 'auth.log', os.O_CREAT | os.O_WRONLY))
        self.do(self.program('acts'), 'open', self.folder / there / 'auth.log', 'truncate')
        self.do(self.program('acts'), 'open', self.folder / near / 'auth.log', 'append')
        yield
        self.finds('Clear Log Activities', there, {'fd.name': f'{self.folder}/{there}/auth.log', 'proc.name': 'acts', **self.from_python()})
        self.finds_not('Clear Log Activities', near)

    @halves
    def test_remove_bulk_data(self):
        there, near = self.mark('bulk'), self.mark('little')
        self.do(self.program('shred'), 'quiet', there)
        self.do(self.program('shredded'), 'quiet', near)
        yield
        self.finds('Remove Bulk Data from Disk', there, {'proc.cmdline': f'shred quiet {there}', 'proc.exepath': str(self.program('shred')),
                                                         'evt.arg.flags': 'EXE_WRITABLE', **self.from_python()})
        self.finds_not('Remove Bulk Data from Disk', near)

    @halves
    def test_links(self):
        there, near = self.mark('link'), self.mark('otherlink')
        self.do('ln', '-s', '/etc/shadow', self.folder / there)
        self.do('ln', '-s', '/etc/hostname', self.folder / near)
        # on another file system: it is asked for and refused
        subprocess.run(['ln', '/etc/shadow', f'/dev/shm/{there}'], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(['ln', '/etc/hostname', f'/dev/shm/{near}'], stderr=subprocess.DEVNULL, check=False)
        yield
        self.finds('Create Symlink Over Sensitive Files', there,
                   {'evt.arg.target': '/etc/shadow', 'evt.arg.linkpath': f'{self.folder}/{there}', 'proc.name': 'ln', **self.from_python()})
        self.finds_not('Create Symlink Over Sensitive Files', near)
        self.finds('Create Hardlink Over Sensitive Files', there,
                   {'evt.arg.oldpath': '/etc/shadow', 'evt.arg.newpath': f'/dev/shm/{there}', 'evt.type': 'linkat', **self.from_python()})
        self.finds_not('Create Hardlink Over Sensitive Files', near)

    # ---- what is run ----

    @halves
    def test_shell_of_a_server(self):
        there, near = self.mark('web'), self.mark('noweb')
        self.do(self.program('nginx'), 'run', '/bin/sh', '-c', f': {there}')
        self.do(self.program('plainly'), 'run', '/bin/sh', '-c', f': {near}')
        yield
        shell = pathlib.Path('/bin/sh').resolve()
        self.finds('Run shell untrusted', there,
                   {'proc.cmdline': f'sh -c : {there}', 'proc.pname': 'nginx', 'proc.pexepath': str(self.program('nginx')), 'proc.name': 'sh',
                    'proc.pcmdline': f'nginx run /bin/sh -c : {there}', 'proc.pexe': str(self.program('nginx')), 'proc.exepath': str(shell),
                    'proc.aname[2]': self.from_python()['proc.pname']})
        self.finds_not('Run shell untrusted', near)

    @halves
    def test_system_user(self):
        there, near = self.mark('system'), self.mark('root')
        self.do(self.program('sshd'), 'as', WWW_DATA, self.program('acts'), 'quiet', there)
        self.do(self.program('sshd'), 'as', 0, self.program('acts'), 'quiet', near)
        yield
        self.finds('System user interactive', there, {'user.name': 'www-data', 'user.uid': WWW_DATA, 'proc.pname': 'sshd', 'proc.cmdline': f'acts quiet {there}'})
        self.finds_not('System user interactive', near)

    @halves
    def test_search_of_keys(self):
        there, near = self.mark('keys'), self.mark('certificates')
        for words in ('BEGIN RSA PRIVATE', 'BEGIN CERTIFICATE'):
            mark = there if 'PRIVATE' in words else near
            subprocess.run(['grep', '-e', words, '-e', mark, '/etc/hostname'], stdout=subprocess.DEVNULL, check=False)
        self.do('find', self.folder, '-name', 'id_rsa', '-o', '-name', there)
        yield
        rule = 'Search Private Keys or Passwords'
        got = {f['output_fields']['proc.name']: f['output_fields'] for f in self.of(there, rule)}
        self.assertEqual(got.keys(), {'grep', 'find'})
        self.assertEqual(got['grep']['proc.cmdline'], f'grep -e BEGIN RSA PRIVATE -e {there} /etc/hostname')
        self.finds_not(rule, near)

    @halves
    def test_search_of_aws_credentials(self):
        there, near = self.mark('aws'), self.mark('noaws')
        subprocess.run(['grep', '-e', 'aws_secret_access_key', '-e', there, '/etc/hostname'], stdout=subprocess.DEVNULL, check=False, cwd='/usr')
        self.do('find', self.folder, '-name', near, '-o', '-path', '.aws/config')
        yield
        self.finds('Find AWS Credentials', there, {'proc.name': 'grep', 'proc.cwd': '/usr/', 'group.gid': 0, 'group.name': 'root'})
        self.finds_not('Find AWS Credentials', near)

    @halves
    def test_shared_memory(self):
        there, near = self.mark('shm'), self.mark('shmname')
        folder = pathlib.Path('/dev/shm') / there
        folder.mkdir()
        try:
            shutil.copy(ACTS, folder / 'thing')
            self.do(folder / 'thing', 'quiet')
            self.do('./thing', 'quiet', f'{there}relative', cwd=folder)
        finally:
            shutil.rmtree(folder)
        self.do(self.program('acts'), 'quiet', '/dev/shm/', near)
        yield
        rule = 'Execution from /dev/shm'
        relative = self.finds(rule, f'{there}relative', {'proc.cwd': f'/dev/shm/{there}/'})
        absolute = next(f for f in self.of(there, rule) if f != relative)
        self.assertEqual(absolute['output_fields'] | {'proc.exepath': str(folder / 'thing'), 'evt.res': 'SUCCESS', 'proc.name': 'thing'},
                         absolute['output_fields'])
        self.finds_not(rule, near)

    @halves
    def test_from_memory(self):
        there, near = self.mark('memory'), self.mark('disk')
        self.do(self.program('acts'), 'memfd', 'nothing', ACTS, 'quiet', there)
        self.do(self.program('acts'), 'run', ACTS, 'quiet', near)
        yield
        # since Linux 6.14 a program that is run by its descriptor is named after its file
        name = self.of(there, 'Fileless execution via memfd_create')[0]['output_fields']['proc.name']
        self.assertIn(name, ('memfd:nothing', *map(str, range(64))))
        self.finds('Fileless execution via memfd_create', there, {'proc.exepath': 'memfd:nothing', 'proc.pname': 'acts', 'proc.name': name})
        self.finds_not('Fileless execution via memfd_create', near)

    @halves
    def test_ptrace(self):
        seize, asked, near = self.mark('seize'), self.mark('traceme'), self.mark('peek')
        self.do(self.program('acts'), 'seize', seize)
        self.do(self.program('acts'), 'traceme', asked)
        self.do(self.program('acts'), 'peek', near)
        yield
        parent = self.from_python()
        self.finds('PTRACE attached to process', seize, {'proc.name': 'acts', 'evt.type': 'ptrace', **parent})
        self.finds('PTRACE anti-debug attempt', asked, {'proc.name': 'acts', 'evt.type': 'ptrace', 'proc.pname': 'acts'})
        for mark in (near, asked):
            self.finds_not('PTRACE attached to process', mark)
        for mark in (near, seize):
            self.finds_not('PTRACE anti-debug attempt', mark)

    # ---- networks ----

    def on_network(self, *command):
        return self.do('ip', 'netns', 'exec', self.network, *command)

    @halves
    def test_ssh_to_another_port(self):
        there, near = self.mark('ssh443'), self.mark('ssh22')
        self.on_network(self.program('ssh'), 'connect', OUTSIDE, 443, there)
        self.on_network(self.program('ssh'), 'connect', OUTSIDE, 22, near)
        yield
        rule = 'Disallowed SSH Connection Non Standard Port'
        got = self.finds(rule, there, {'fd.rport': 443, 'fd.type': 'ipv4', 'fd.l4proto': 'tcp', 'proc.name': 'ssh', 'evt.type': 'connect'})
        fields = got['output_fields']
        self.assertEqual(fields['fd.name'], f'{OUTSIDE}:{fields["fd.lport"]}->{OUTSIDE}:443')
        self.finds_not(rule, near)

    def in_network(self, mark, address):
        """In a container of runc's on the test's network."""
        config = self.bundle.config['linux']['namespaces']
        network = next(n for n in config if n['type'] == 'network')
        network['path'] = f'/run/netns/{self.network}'
        try:
            return self.bundle.run(mark, f'acts connect {address} 6443 {mark}; sleep 2; acts connect {address} 6443 {mark}again')
        finally:
            del network['path']

    @halves
    def test_api_server(self):
        there, near = self.mark('api'), self.mark('noapi')
        name, said = self.in_network(there, API_SERVER)
        self.assertEqual(said, '')
        self.in_network(near, METADATA)
        yield
        rule = 'Contact K8S API Server From Container'
        # the address has a name once somebody was asked for it
        got = self.finds(rule, f'{there}again', {'fd.rport': 6443, 'fd.type': 'ipv4', 'fd.l4proto': 'tcp', **self.inside(name)})
        self.assertTrue(got['output_fields']['fd.name'].endswith(f'->{API_SERVER}:6443'))
        self.finds_not(rule, near)

    # ---- containers ----

    @halves
    def test_terminal_shell(self):
        there, near = self.mark('terminal'), self.mark('piped')
        name, _ = self.bundle.run(there, f': {there}', terminal=True)
        self.bundle.run(near, f': {near}')
        yield
        got = self.finds('Terminal shell in container', there, {'proc.name': 'sh', **self.inside(name), 'proc.cmdline': f'sh -c : {there}; sleep 0.3'},
                         subject={'container_id': name, 'container_name': name})
        self.assertNotEqual(got['output_fields']['proc.tty'], 0)
        self.finds_not('Terminal shell in container', near)

    @halves
    def test_netcat(self):
        there, near = self.mark('nc'), self.mark('plainnc')
        name, _ = self.bundle.run(there, f'acts run /bin/nc -w 1 -e /bin/true 127.0.0.1 9 {there}; acts run /bin/nc -w 1 127.0.0.1 9 {near}')
        yield
        self.finds('Netcat Remote Code Execution in Container', f'9 {there}', {'proc.name': 'nc', **self.inside(name)})
        self.finds_not('Netcat Remote Code Execution in Container', near)

    @halves
    def test_packet_socket(self):
        there, near = self.mark('packet'), self.mark('stream')
        name, _ = self.bundle.run(there, f'acts packet {there}; acts stream {near}')
        yield
        got = self.finds('Packet socket created in container', f'acts packet {there}', {'proc.name': 'acts', **self.inside(name)})
        self.assertIn('AF_PACKET', got['output_fields']['evt.args'])
        self.finds_not('Packet socket created in container', near)

    @halves
    def test_redirect(self):
        there, near = self.mark('stdin'), self.mark('nine')
        name, said = self.bundle.run(there, f'acts redirect 7001 0 {there}; acts redirect 7002 9 {near}', capabilities=['CAP_NET_ADMIN'])
        self.assertEqual(said, '')
        yield
        rule = 'Redirect STDOUT/STDIN to Network Connection in Container'
        got = self.finds(rule, f'acts redirect 7001 0 {there}', {'fd.type': 'ipv4', 'fd.l4proto': 'tcp', 'fd.sip': '127.0.0.1', 'fd.rport': 7001,
                                                                 'evt.type': 'dup2', 'proc.aname[2]': 'runc', **self.inside(name)})
        fields = got['output_fields']
        self.assertEqual(fields['fd.name'], f'127.0.0.1:{fields["fd.lport"]}->127.0.0.1:7001')
        self.finds_not(rule, near)

    @halves
    def test_kernel_module(self):
        there, near = self.mark('module'), self.mark('weak')
        name, said = self.bundle.run(there, f'acts module {there}', capabilities=['CAP_SYS_MODULE'])
        self.assertEqual(said, '')
        self.bundle.run(near, f'acts module {near}')
        yield
        rule = 'Linux Kernel Module Injection Detected'
        self.assertEqual({f['output_fields']['evt.type'] for f in self.of(f'acts module {there}', rule)}, {'init_module', 'finit_module'})
        got = self.finds(rule, f'acts module {there}', {'proc.args': f'module {there}', 'proc.pexepath': '/bin/busybox', 'proc.aname[2]': 'runc', **self.inside(name)}, count=2)
        self.assertTrue(got['output_fields']['evt.res'].startswith('E'), got['output_fields']['evt.res'])
        self.finds_not(rule, near)

    @halves
    def test_debugfs(self):
        there, near = self.mark('privileged'), self.mark('ordinary')
        name, _ = self.bundle.run(there, f'debugfs quiet {there}', privileged=True)
        self.bundle.run(near, f'debugfs quiet {near}')
        yield
        self.finds('Debugfs Launched in Privileged Container', f'debugfs quiet {there}', {'proc.exepath': '/bin/debugfs', **self.inside(name)})
        self.finds_not('Debugfs Launched in Privileged Container', near)

    @halves
    def test_release_agent(self):
        there, near = self.mark('agent'), self.mark('meek')
        script = 'mkdir -p /tmp/{0} && acts open /tmp/{0}/release_agent write'
        name, said = self.bundle.run(there, script.format(there), capabilities=['CAP_SYS_ADMIN'])
        self.assertEqual(said, '')
        self.bundle.run(near, script.format(near))
        yield
        rule = 'Detect release_agent File Container Escapes'
        got = self.finds(rule, f'acts open /tmp/{there}', {'fd.name': f'/tmp/{there}/release_agent', 'user.uid': 0, **self.inside(name)})
        self.assertIn('CAP_SYS_ADMIN', got['output_fields']['thread.cap_effective'])
        self.finds_not(rule, near)

    @halves
    def test_drop_and_execute(self):
        there, near = self.mark('dropped'), self.mark('shipped')
        name, _ = self.bundle.run(there, f'cp /bin/acts /tmp/dropped; /bin/acts quiet {near}; /tmp/dropped quiet {there}')
        start = time.time()
        yield
        rule = 'Drop and execute new binary in container'
        got = self.finds(rule, f'dropped quiet {there}', {'proc.exe': '/tmp/dropped', 'proc.exepath': '/tmp/dropped', 'proc.cwd': '/', **self.inside(name)})
        self.assertIn('EXE_UPPER_LAYER', got['output_fields']['evt.arg.flags'])
        self.assertLess(abs(got['output_fields']['proc.exe_ino.mtime'] / 1e9 - start), 60)
        self.finds_not(rule, f'acts quiet {near}')

    @halves
    def test_podman_is_told_by_name_and_image(self):
        there = self.mark('podman')
        name = there.rstrip('-')
        full = self.podman.run(name, f'cp /bin/acts /tmp/dropped; /tmp/dropped quiet {there}; acts packet {there}; debugfs quiet {there}', '--privileged')
        yield
        who = {'container.id': full[:12], 'container.name': name}
        image = {'container_id': full[:12], 'container_name': name, 'image': f'{Podman.NAME}:{Podman.TAG}'}
        self.finds('Drop and execute new binary in container', f'dropped quiet {there}', who, image)
        self.finds('Packet socket created in container', f'acts packet {there}', who, image)
        self.finds('Debugfs Launched in Privileged Container', f'debugfs quiet {there}', who, image)

    # ---- all ----

    def test_every_rule_fired(self):
        names = [l.split(':', 1)[1].strip() for l in UPSTREAM.read_text().splitlines() if l.startswith('- rule:')]
        fired = {f['rule'] for f in self.of(self.word)}
        self.assertEqual([n for n in names if n not in fired], [])


if __name__ == '__main__':
    main(need)
