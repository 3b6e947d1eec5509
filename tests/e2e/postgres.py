# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of a test's own: Debian's, as its own user, in a folder that goes with it, on a socket in that folder and no port."""
import itertools
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile


def programs():
    found = sorted(pathlib.Path('/usr/lib/postgresql').glob('*/bin/initdb'), key=lambda p: int(p.parts[-3]) if p.parts[-3].isdigit() else 0)
    return found[-1].parent if found else None


def missing():
    """Why there can be none; empty: there can."""
    if not programs():
        return 'the package postgresql is not installed'
    try:
        pwd.getpwnam('postgres')
    except KeyError:
        return 'there is no user postgres'
    return '' if os.geteuid() == 0 else 'only root can run it as the user postgres'


class Server:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='davy-pg-', dir='/tmp'))
        shutil.chown(self.folder, 'postgres')
        self.names = itertools.count(1)
        try:
            self.run(programs() / 'initdb', '-D', self.folder / 'data', '-A', 'trust', '-N', '--locale=C', '-E', 'UTF8')
            # the folder is nobody else's, but the test is root
            self.folder.chmod(0o711)
            self.start()
        except BaseException:
            self.stop()
            raise

    def run(self, *command, check=True):
        return subprocess.run(['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--', *map(str, command)], check=check, cwd='/',
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE if check else subprocess.DEVNULL, timeout=600)

    def start(self):
        subprocess.run(['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--', str(programs() / 'pg_ctl'), '-D', str(self.folder / 'data'),
                        '-w', '-t', '300', '-l', str(self.folder / 'log'), '-o', f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=on", 'start'],
                       check=True, cwd='/', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)

    def halt(self):
        self.run(programs() / 'pg_ctl', '-D', self.folder / 'data', '-m', 'fast', '-w', '-t', '300', 'stop', check=False)

    def stop(self):
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self):
        name = f'cases{next(self.names)}'
        self.run(programs() / 'createdb', '-h', self.folder, name)
        return f'postgresql:///{name}?host={self.folder}&user=postgres'
