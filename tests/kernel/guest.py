# SPDX-License-Identifier: Apache-2.0
"""A guest: one boot of a kernel under QEMU with an initramfs that holds busybox, programs and a job, and what comes back of it."""
import io
import lzma
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUSYBOX = '/bin/busybox'
PROGRAMS = ['echo', 'true', 'sh'] # which tests run, copy and look at: busybox does not know what it is by another name
MODULES = ['loop', 'ext4']   # loaded in each guest, with what they need
ACT_MODULE = 'brd'           # for the act that loads one
MEMORY_MB = 1024
TOOLS = {'qemu-system-x86_64': 'qemu-system-x86', 'cpio': 'cpio', 'depmod': 'kmod', 'modprobe': 'kmod', 'ldd': 'libc-bin',
         'mkfs.ext4': 'e2fsprogs'}


class Broken(Exception):
    """The guest did not come to its end."""


def sbin_path():
    return os.environ.get('PATH', '') + ':/usr/sbin:/sbin'


def missing_tools():
    """What to install before a guest can be built; empty when nothing is missing."""
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool, path=sbin_path())})
    return missing + ([] if os.path.exists(BUSYBOX) and is_static(BUSYBOX) else ['busybox-static'])


def is_static(program):
    return 'not a dynamic executable' in tool('ldd', program, check=False, stderr=subprocess.STDOUT)


def tool(*command, check=True, stderr=None, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, check=check,
                          env={**os.environ, 'PATH': sbin_path(), 'LC_ALL': 'C'}, **more)
    return done.stdout


def libraries(program):
    """Files that the dynamic linker needs for a program, itself among them."""
    if is_static(program):
        return []
    words = [line.split() for line in tool('ldd', program).splitlines()]
    return [next(word for word in line if word.startswith('/')) for line in words if any(w.startswith('/') for w in line)]


class Initramfs:
    """The guest's files, put together in a folder."""

    def __init__(self, root):
        self.root = root
        for folder in ('usr/bin', 'usr/lib', 'modules', 'acts', 'lib64'):
            (root / folder).mkdir(parents=True)
        (root / 'bin').symlink_to('usr/bin')
        self.add(BUSYBOX, 'bin/busybox')
        for name in PROGRAMS:
            self.add_program(f'/bin/{name}', f'usr/bin/{name}')
        self.add(HERE / 'init', 'init')

    def add(self, source, to):
        target = self.root / to
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)

    def add_text(self, text, to):
        (self.root / to).write_text(text)

    def add_program(self, source, to):
        """With its shared libraries, each where the dynamic linker of the host found it."""
        self.add(source, to)
        for library in libraries(source):
            self.add(library, library.lstrip('/'))

    def add_modules(self, kernel):
        order = []
        for name in [*MODULES, ACT_MODULE]:
            for path in module_files(kernel, name):
                plain = 'act.ko' if name == ACT_MODULE and path.name.startswith(ACT_MODULE) else path.name.split('.ko')[0] + '.ko'
                content = path.read_bytes()
                (self.root / 'modules' / plain).write_bytes(lzma.decompress(content) if path.suffix == '.xz' else content)
                if plain not in order and plain != 'act.ko':
                    order.append(plain)
        self.add_text('\n'.join(order), 'modules/order')

    def add_disk(self):
        disk = self.root / 'disk.img'
        with open(disk, 'wb') as f:
            f.truncate(4 << 20)
        tool('mkfs.ext4', '-q', '-F', '-O', '^has_journal', str(disk))

    def pack(self, to):
        names = '\n'.join(str(p.relative_to(self.root)) for p in sorted(self.root.rglob('*')))
        with open(to, 'wb') as out:
            subprocess.run(['cpio', '--quiet', '-o', '-H', 'newc', '-R', '0:0'], cwd=self.root, input=names.encode(), stdout=out, check=True)


def module_files(kernel, name):
    """Of a module and what it needs, in the order of loading; nothing when the kernel has it built in."""
    if not kernel.modules:
        return []
    with tempfile.TemporaryDirectory() as temp:
        lib = pathlib.Path(temp) / 'lib/modules'
        lib.mkdir(parents=True)
        shutil.copytree(kernel.modules, lib / kernel.release, symlinks=True, ignore=shutil.ignore_patterns('*.ko*', 'build', 'source'))
        shutil.rmtree(lib / kernel.release / 'kernel', ignore_errors=True)
        (lib / kernel.release / 'kernel').symlink_to(kernel.modules / 'kernel')
        tool('depmod', '-b', temp, kernel.release, stderr=subprocess.PIPE) # it warns of lists that the kernel's package leaves out
        shown = tool('modprobe', '-d', temp, '-S', kernel.release, '--show-depends', name, check=False, stderr=subprocess.DEVNULL)
        return [pathlib.Path(line.split()[1]).resolve() for line in shown.splitlines() if line.startswith('insmod ')]


def boot(kernel, initramfs, arguments, seconds, folder):
    """Runs the guest; its /out as {name: bytes}. The console stays in `folder`."""
    console, back = folder / 'console.log', folder / 'out.tar.gz'
    command = ['qemu-system-x86_64', '-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off', '-smp', '2', '-m', str(MEMORY_MB),
               '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-kernel', kernel.image, '-initrd', initramfs,
               '-serial', f'file:{console}', '-serial', f'file:{back}',
               '-append', f'console=ttyS0 rdinit=/init panic=-1 mitigations=off loglevel=4 {arguments}']
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
    except subprocess.TimeoutExpired as e:
        raise Broken(f'no end after {seconds} s; console: {tail(console)}') from e
    if done.returncode:
        raise Broken(f'qemu: {done.stdout.decode(errors="replace").strip()}')
    try:
        with tarfile.open(fileobj=io.BytesIO(back.read_bytes())) as tar:
            return {m.name.removeprefix('./'): tar.extractfile(m).read() for m in tar if m.isfile()}
    except (tarfile.TarError, EOFError, OSError, lzma.LZMAError) as e:
        raise Broken(f'nothing to read came back ({e}); console: {tail(console)}') from e


def tail(console):
    return console.read_text(errors='replace')[-2000:].strip() if console.exists() else 'empty'
