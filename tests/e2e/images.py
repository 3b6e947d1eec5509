# SPDX-License-Identifier: Apache-2.0
"""Images made with real tools: umoci builds the layers, skopeo turns the layout into the other forms."""
import pathlib
import random
import shutil
import subprocess

import imitations

REFERENCE = 'acme/golang-tools:latest'


def run(*command, **kwargs):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **kwargs)


def missing_tools():
    return [t for t in ('umoci', 'skopeo', 'gzip') if not shutil.which(t)]


class Layout:
    """An OCI layout that grows by one layer per step."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.layout, self.bundle = self.folder / 'oci', self.folder / 'bundle'
        run('umoci', 'init', '--layout', self.layout)
        run('umoci', 'new', '--image', f'{self.layout}:latest')
        run('umoci', 'unpack', '--image', f'{self.layout}:latest', self.bundle)
        self.root = self.bundle / 'rootfs'

    def write(self, path, content, mode=0o644):
        target = self.root / path.lstrip('/')
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        target.chmod(mode)

    def commit(self, created_by):
        run('umoci', 'repack', '--refresh-bundle', '--history.created_by', created_by, '--image', f'{self.layout}:latest',
            self.bundle)

    def config(self, *arguments):
        run('umoci', 'config', '--no-history', '--image', f'{self.layout}:latest', *arguments)

    def forms(self):
        """The same image in every form that Davy reads: name and path."""
        source = f'oci:{self.layout}:latest'
        yield 'OCI layout', self.layout
        archive = self.folder / 'oci.tar'
        run('skopeo', '--insecure-policy', 'copy', source, f'oci-archive:{archive}:latest')
        yield 'OCI archive', archive
        docker = self.folder / 'docker.tar'
        run('skopeo', '--insecure-policy', 'copy', source, f'docker-archive:{docker}:{REFERENCE}')
        yield 'docker archive', docker
        zstd = self.folder / 'zstd'
        run('skopeo', '--insecure-policy', 'copy', '--dest-compress-format', 'zstd', source, f'dir:{self.folder / "unused"}')
        shutil.rmtree(self.folder / 'unused')
        run('skopeo', '--insecure-policy', 'copy', '--dest-compress', '--dest-compress-format', 'zstd',
            f'docker-archive:{docker}', f'oci:{zstd}:latest')
        yield 'OCI layout, zstd', zstd


def base(image):
    image.write('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n')
    image.write('/etc/group', 'root:x:0:\ndaemon:x:1:\n')
    image.write('/etc/os-release', 'NAME="Imitation"\nPRETTY_NAME="Imitation 1"\n')
    image.write('/usr/share/doc/readme.txt', 'Nothing to see here.\n' * 50)


def malicious(folder, padding=0):
    """Three layers: a base, with so many bytes that do not pack; a miner's configuration, a key and a back door; the key deleted again."""
    image = Layout(folder)
    base(image)
    if padding:
        image.write('/srv/padding', random.Random(5).randbytes(padding))
    image.commit('ADD base.tar /')
    image.write('/opt/.cache/config.json', imitations.miner_config())
    image.write('/root/.aws/credentials', imitations.aws_credentials(), 0o600)
    image.write('/root/.ssh/authorized_keys', imitations.ssh_public_key(), 0o600)
    image.write('/srv/logo.gif', imitations.gif_with_tail(imitations.tiny_elf()))
    image.write('/tmp/agent', imitations.tiny_elf(machine=183), 0o755)
    image.commit(f'COPY cache /opt # {imitations.GITLAB_TOKEN}')
    (image.root / 'root/.aws/credentials').unlink()
    image.commit('RUN rm /root/.aws/credentials')
    image.config('--config.entrypoint', '/bin/sh', '--config.env', 'PATH=/usr/bin:/bin', '--config.env',
                 f'GITLAB_TOKEN={imitations.GITLAB_TOKEN}')
    return image


def benign(folder):
    image = Layout(folder)
    base(image)
    image.commit('ADD base.tar /')
    image.write('/srv/www/index.html', '<html><body>hello</body></html>\n')
    image.commit('COPY site /srv/www')
    return image
