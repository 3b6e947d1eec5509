# SPDX-License-Identifier: Apache-2.0
"""Kernels as Debian builds them, fetched with apt under a configuration of their own and kept unpacked in a cache.

Nothing of the machine changes: lists, packages and sources are private to the cache. The mirrors are those that the machine's
own apt uses; signatures are checked against Debian's archive keyring as apt always does.
"""
import collections
import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
LISTS_FRESH_S = 24 * 3600 # an index older than this is asked for again before a kernel is chosen

# Name, suites it may come from, packages of the suite that are it. Of several the newest is taken.
Kernel = collections.namedtuple('Kernel', 'name suites pattern')
KERNELS = [
    Kernel('5.10', ['bullseye-security', 'bullseye'], r'linux-image-5\.10\.\d+-\d+-amd64'),
    Kernel('6.1', ['bookworm-security', 'bookworm'], r'linux-image-6\.1\.\d+-\d+-amd64'),
    Kernel('6.12', ['bookworm-backports', 'trixie'], r'linux-image-6\.12\.[\w.+]+-amd64'),
    Kernel('6.18', ['trixie-backports'], r'linux-image-6\.18\.[\w.+]+-amd64'),
    Kernel('newest', ['trixie-backports', 'sid'], r'linux-image-\d+\.\d+[\w.+]*-amd64'),
]
# Any other version (6.17, 7.1) is looked for where Debian keeps kernels that were new once.
OTHER = re.compile(r'\d+\.\d+')
OTHER_SUITES = ['trixie-backports', 'sid', 'bookworm-backports']
# Since 7.0 the image package only depends on the one that holds the kernel.
PARTS = re.compile(r'linux-(?:binary|modules)-\d[\w.+-]*')


class Unavailable(Exception):
    """The kernel cannot be had here; the text says why."""


def cache_folder():
    base = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    folder = pathlib.Path(base) / 'davy-test' / 'kernels'
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def locked(folder):
    """One fetch at a time; runs that find everything in the cache do not wait for it."""
    with open(folder / 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def mirrors():
    """Addresses of Debian's archive and of its security archive, as the machine's apt knows them."""
    found = {}
    if not shutil.which('apt-get'):
        raise Unavailable('there is no apt-get')
    listed = subprocess.run(['apt-get', 'indextargets', '--format', '$(ORIGIN)|$(LABEL)|$(SITE)', 'Created-By: Packages'],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    for line in listed.splitlines():
        origin, label, site = line.split('|', 2)
        if origin == 'Debian':
            found.setdefault(label, site)
    return found


class Suite:
    """One suite of the archive with lists of its own."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder / 'apt' / name
        label = 'Debian-Security' if name.endswith('-security') else 'Debian'
        site = mirrors().get(label)
        if not site:
            raise Unavailable(f'no source of apt on this machine is a mirror of {label}')
        if not os.path.exists(KEYRING):
            raise Unavailable(f'{KEYRING} is missing (package debian-archive-keyring)')
        for part in ('lists/partial', 'cache/archives/partial'):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        # Of a suite whose support has ended the index is out of date but still signed, and freshness is no matter here.
        (self.folder / 'source.sources').write_text(
            f'Types: deb\nURIs: {site}\nSuites: {name}\nComponents: main\nArchitectures: amd64\n'
            f'Signed-By: {KEYRING}\nCheck-Valid-Until: no\n')
        (self.folder / 'status').touch()

    def apt(self, program, *words, cwd=None):
        options = {
            'Dir::Etc::sourcelist': self.folder / 'source.sources', 'Dir::Etc::sourceparts': '-',
            'Dir::State': self.folder, 'Dir::State::Lists': self.folder / 'lists', 'Dir::State::status': self.folder / 'status',
            'Dir::Cache': self.folder / 'cache', 'APT::Architecture': 'amd64', 'APT::Architectures': 'amd64',
            'APT::Sandbox::User': '', 'Acquire::Languages': 'none', 'APT::Get::List-Cleanup': 'false',
            'Acquire::Retries': '2', 'Acquire::AllowInsecureRepositories': 'false', 'APT::Get::AllowUnauthenticated': 'false',
        }
        command = [program, '-q', *(f'-o{key}={value}' for key, value in options.items()), *words]
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise Unavailable(f'{program} {words[0]} for {self.name}: {" ".join(done.stderr.split()) or "failed"}')
        return done.stdout

    def update(self, refresh):
        stamp = self.folder / 'updated'
        if refresh or not stamp.exists() or time.time() - stamp.stat().st_mtime > LISTS_FRESH_S:
            self.apt('apt-get', '--error-on=any', 'update')
            stamp.touch()

    def packages(self, pattern):
        """(version, name) of the packages whose whole name fits."""
        found = []
        for name in self.apt('apt-cache', 'pkgnames', 'linux-image-').split():
            if re.fullmatch(pattern, name):
                shown = self.apt('apt-cache', 'show', name)
                found += [(version, name) for version in re.findall(r'^Version: (.*)$', shown, re.M)]
        return found

    def parts(self, name):
        """Without those that the archive has dropped: of older kernels it may keep the kernel alone, and a guest can do without modules."""
        depends = re.findall(r'^(?:Pre-)?Depends: (.*)$', self.apt('apt-cache', 'show', name), re.M)
        return [part for part in sorted(set(PARTS.findall(' '.join(depends)))) if self.has(part)]

    def has(self, package):
        return re.search(r'^ +Candidate: [^(]', self.apt('apt-cache', 'policy', package), re.M) is not None


def named(name):
    """What is meant by a name: a row of KERNELS, or a version that is none of them. ValueError: neither."""
    for kernel in KERNELS:
        if kernel.name == name:
            return kernel
    if not OTHER.fullmatch(name):
        raise ValueError(f'{name} is no version of a kernel')
    return Kernel(name, OTHER_SUITES, rf'linux-image-{re.escape(name)}\.[\w.+]+-amd64')


def is_newer(a, b):
    return subprocess.run(['dpkg', '--compare-versions', a, 'gt', b]).returncode == 0


def choose(kernel, folder, refresh):
    """(suite, version, package) of the newest that fits; suites that cannot be reached are passed over while one can."""
    best, troubles = None, []
    for name in kernel.suites:
        try:
            suite = Suite(name, folder)
            suite.update(refresh)
            for version, package in suite.packages(kernel.pattern):
                if best is None or is_newer(version, best[1]):
                    best = (suite, version, package)
        except Unavailable as e:
            troubles.append(str(e))
    if best is None:
        raise Unavailable('; '.join(troubles) or f'no package of {", ".join(kernel.suites)} is a kernel {kernel.name}')
    return best


def unpack(suite, package, to):
    with tempfile.TemporaryDirectory(dir=to.parent) as temp:
        suite.apt('apt-get', 'download', package, *suite.parts(package), cwd=temp)
        tree = pathlib.Path(temp) / 'tree'
        for deb in sorted(pathlib.Path(temp).glob('*.deb')):
            subprocess.run(['dpkg-deb', '-x', deb, tree], check=True)
        keep_what_boots(tree)
        os.replace(tree, to)


def keep_what_boots(tree):
    """A module folder holds a hundred megabytes, of which the guest wants file systems and what they are made of."""
    for modules in module_folders(tree):
        for top in (modules / 'kernel').iterdir():
            if top.name == 'drivers':
                for driver in top.iterdir():
                    if driver.name != 'block':
                        shutil.rmtree(driver)
            elif top.name not in ('fs', 'lib', 'crypto', 'arch', 'mm'):
                shutil.rmtree(top)
    shutil.rmtree(tree / 'usr/share', ignore_errors=True)


def module_folders(tree):
    return [folder for top in ('lib/modules', 'usr/lib/modules') for folder in (tree / top).glob('*') if (folder / 'kernel').is_dir()]


class Unpacked:
    """A kernel in the cache: `release` (as uname -r), `image`, `modules` (a folder that modprobe -d understands)."""

    def __init__(self, tree):
        self.tree = tree
        images = [*tree.glob('boot/vmlinuz-*'), *tree.glob('usr/lib/modules/*/vmlinuz'), *tree.glob('lib/modules/*/vmlinuz')]
        if not images:
            raise Unavailable(f'{tree}: no kernel in the package')
        self.image = images[0]
        name = self.image.name
        self.release = name[len('vmlinuz-'):] if name.startswith('vmlinuz-') else self.image.parent.name
        folders = [f for f in module_folders(tree) if f.name == self.release]
        self.modules = folders[0] if folders else None


def get(name, refresh=False):
    """The kernel of that name (named()), fetched when the cache lacks it. Unavailable says why there is none."""
    kernel = named(name)
    folder = cache_folder()
    current = folder / f'{name}.current' # the package chosen last
    if current.exists() and not refresh:
        tree = folder / current.read_text()
        if tree.is_dir():
            return Unpacked(tree)
    for tool in ('dpkg-deb', 'apt-get'):
        if not shutil.which(tool):
            raise Unavailable(f'there is no {tool}')
    with locked(folder):
        suite, version, package = choose(kernel, folder, refresh)
        tree = folder / f'{package}_{version.replace(":", "_")}'
        if not tree.is_dir():
            unpack(suite, package, tree)
        pending = folder / f'.{name}.current'
        pending.write_text(tree.name)
        os.replace(pending, current)
    return Unpacked(tree)
