# SPDX-License-Identifier: Apache-2.0
"""davy hunt --detonate: what images do in the jail counts in the study, alone and with a queue, and a worker that dies leaves no jail behind."""
import glob
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'corpus')]
import corpus
import hunting
import postgres
from registries import Registry
from test_hunt import DAVY, LIMIT, Case

SHAPE = os.environ['CORPUS_SHAPE']


def why_not(*programs):
    if os.geteuid():
        return 'jails need root'
    missing = [p for p in ('docker-registry', 'runc', 'busybox', *programs) if not shutil.which(p)]
    return f'not installed: {missing}' if missing else None


@unittest.skipIf(why_not(), why_not())
class Detonating(Case):
    def setUp(self):
        super().setUp()
        self.temp.chmod(0o711)  # root of a jail passes through
        self.env |= {'TMPDIR': str(self.temp)}
        self.storage = hunting.Storage(self.temp / 'registry')

    def put(self, repository, image):
        return hunting.put_layout(self.storage, repository, '1', image.write(f'{repository}:1'))

    def sample(self, name):
        """An image of the corpus; its digest."""
        build = next(build for n, build, _, _ in corpus.samples(SHAPE) if n == name)
        return hunting.put_layout(self.storage, f'corpus/{name}', '1', build(self.temp / f'sample-{name}'))

    def serve(self):
        registry = Registry(self.temp / 'registry')
        self.addCleanup(registry.stop)
        return registry

    def report(self, image, *options):
        return json.loads(self.hunt('report', '--store', self.where, *options, '--image', image).stdout)

    def probe(self):
        """Whether there are jails on this machine at all."""
        image = corpus.Image(self.temp / 'probe').run('/bin/true').write('probe:1')
        done = subprocess.run([DAVY, 'detonate', '-q', '--no-feed', '-t', '2', str(image)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.env,
                              timeout=LIMIT, text=True)
        if done.returncode == 3:
            self.skipTest(done.stderr)

    def test_what_images_do_counts(self):
        self.probe()
        self.where = self.store
        miner, site = self.sample('miner'), self.sample('web-miner')
        foreign = self.storage.image('acme/foreign', '1', [hunting.layer({'/bin/true': 'not for this machine\n'})],
                                     ('linux', 'arm64' if platform.machine() == 'x86_64' else 'amd64'))['digest']
        registry = self.serve()
        options = ('--store', self.store, '--quiet', '--mark', '--time', 10, '--fast', 2, '--tries', 1)
        # those alone in which the look at the files found something
        self.hunt(*options, '--detonate', 'suspicious', registry.host)
        study = self.study('--store', self.store)
        self.assertEqual(self.words(study), {'clean': 2, 'unwanted': 1})
        self.assertEqual((study['counts']['judged'], study['counts']['detonated'], study['counts']['not_run']), (3, 1, 0))
        self.assertTrue(self.report(site)['detonation']['targets'][0]['runs'])
        self.assertIsNone(self.report(miner)['detonation'])
        # all: the miner's shape shows only when it runs
        self.hunt(*options, '--detonate', 'all', registry.host)
        study = self.study('--store', self.store)
        self.assertEqual(self.words(study), {'malicious': 1, 'unwanted': 1, 'clean': 1})
        self.assertEqual((study['counts']['detonated'], study['counts']['not_run'], study['counts']['failed']), (2, 1, 0))
        worst = study['repositories'][0]
        self.assertEqual((worst['name'], worst['malicious'], worst['purposes']), (f'{registry.host}/corpus/miner', 1, 'mining'))
        self.assertEqual({c['name']: c['images'] for c in study['categories']}['mining'], 2)
        report = self.report(miner)
        self.assertEqual(report['scan']['targets'][0]['verdict']['word'], 'clean')
        self.assertEqual(report['detonation']['targets'][0]['verdict']['word'], 'malicious')
        self.assertIn('pool.example', json.dumps(report['detonation']))
        self.assertIn('"fast": 2', json.dumps(report['detonation']))
        self.assertIn('could not be detonated', self.report(foreign)['detonation_failure'])
        self.assertIn('2 images were also run in the jail', self.hunt('report', '--store', self.store).stdout)
        self.assertEqual(glob.glob(f'{self.temp}/davy-detonate-*'), [])

    @unittest.skipIf(not hunting.Nats.program(), 'nats-server is not installed')
    @unittest.skipIf(postgres.missing(), postgres.missing())
    def test_a_worker_dies_with_a_jail(self):
        """The jail goes with it, and another worker does the image again."""
        self.probe()
        digest = self.put('acme/slow', corpus.Image(self.temp / 'slow').run('/bin/sh', '-c', 'echo started; sleep 4; echo done'))
        registry = self.serve()
        database, nats = postgres.Server(), hunting.Nats(self.temp / 'nats', 1)
        self.addCleanup(database.stop)
        self.addCleanup(nats.stop)
        self.where = database.new_database()
        shared = ['--queue', nats.urls, '--store', self.where, '--ack-wait', 2, '--wait', 0, '--quiet', '--detonate', 'all', '--time', 120]
        hunt = self.start(*shared, registry.host, log='log-hunt')
        worker = self.start('--worker', *shared, '--jobs', 1, log='log-worker0')
        jails = []

        def running():
            jails[:] = [pathlib.Path(p).name for p in glob.glob(f'{self.temp}/davy-detonate-*/jails/*')]
            return [p for j in jails for p in glob.glob(f'/sys/fs/cgroup/**/{j}/cgroup.procs', recursive=True) if pathlib.Path(p).read_text()]
        self.until(running, 'a jail', worker)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        dead = list(jails)
        self.until(lambda: not glob.glob(f'{self.temp}/davy-detonate-*'), 'the end of the jail')
        self.assertEqual([g for j in dead for g in glob.glob(f'/sys/fs/cgroup/{j}') + glob.glob(f'/sys/fs/cgroup/*/{j}')], [])
        other = self.start('--worker', *shared, '--jobs', 1, '--until-empty', log='log-worker1')
        self.assertEqual(hunt.wait(LIMIT), 0, (self.temp / 'log-hunt').read_text()[-2000:])
        other.wait(LIMIT)
        study = self.study('--store', self.where)
        self.assertEqual((self.words(study), study['counts']['detonated'], study['counts']['failed']), ({'clean': 1}, 1, 0))
        run = self.report(digest, '--queue', nats.urls)['detonation']['targets'][0]['runs'][0]
        self.assertEqual(run['output'].split(), ['started', 'done'])
        self.assertEqual(glob.glob(f'{self.temp}/davy-detonate-*'), [])


if __name__ == '__main__':
    unittest.main(verbosity=2)
