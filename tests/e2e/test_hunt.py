# SPDX-License-Identifier: Apache-2.0
"""davy hunt: whole registries, alone and with a queue, and what is killed in the middle of it."""
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import artifacts
import hunting
import imitations
import postgres
import registries
from patience import PATIENCE, wait_for

DAVY = os.environ['DAVY']
missing = [t for t in ('docker-registry',) if not shutil.which(t)]
LIMIT = 2 * PATIENCE


class Case(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-hunt-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.store = self.temp / 'hunt.db'
        self.env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'HOME': str(self.temp), 'XDG_CACHE_HOME': str(self.temp / 'cache'), 'DOCKER_CONFIG': str(self.temp),
                    'REGISTRY_AUTH_FILE': '', 'SSL_CERT_FILE': '', 'XDG_RUNTIME_DIR': str(self.temp), 'DAVY_HUNT_STORE': ''}

    def start(self, *arguments, log='log'):
        """A hunt in the background, in a group of its own."""
        with open(self.temp / log, 'ab') as out:
            process = subprocess.Popen([DAVY, 'hunt', *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.env)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
            process.wait()

    def hunt(self, *arguments, code=0):
        result = subprocess.run([DAVY, 'hunt', *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.env, timeout=LIMIT, text=True)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def study(self, *arguments):
        return json.loads(self.hunt('report', '--format', 'json', *arguments).stdout)

    def words(self, study):
        return {v['word']: v['images'] for v in study['verdicts']}

    def until(self, true, what, process=None):
        def said():
            return f'{what} did not come: ' + ''.join(f.read_text()[-800:] for f in self.temp.glob('log*'))

        def came():
            ended = process and process.poll() is not None
            if not (got := true()) and ended:
                self.fail(said())
            return got
        wait_for(came, said, 0.1, LIMIT)


@unittest.skipIf(missing, f'tools are missing: {missing}')
class Alone(Case):
    def rows(self, sql):
        # not read-only: another program's journal must be read with it
        with sqlite3.connect(self.store, timeout=30) as db:
            return db.execute(sql).fetchall()

    def judged(self):
        try:
            return self.rows('SELECT digest, verdict, judged_ns FROM davy_hunt_images WHERE state = 1')
        except sqlite3.OperationalError:  # not made yet
            return []

    def test_killed_and_gone_on(self):
        real, verdicts, special = hunting.registry(self.temp / 'registry', 40, True)
        self.addCleanup(real.stop)
        # half of the images cannot be had before it is killed, so that it is killed in the middle
        held, over = set(list(verdicts)[20:]), threading.Event()
        self.addCleanup(over.set)
        registry = registries.Fake(lambda h: h.path.rpartition('/')[2] in held and over.wait() and False, upstream=real.host)
        self.addCleanup(registry.stop)
        first = self.start('--store', self.store, '--quiet', '--jobs', 4, registry.host)
        self.until(lambda: len(self.judged()) >= 5, 'the first results', first)
        first.send_signal(signal.SIGKILL)
        first.wait()
        over.set()
        before = {d: t for d, _, t in self.judged()}
        self.assertLess(len(before), 40)
        self.hunt('--store', self.store, '--quiet', registry.host)
        after = {d.decode(): (v.decode(), t) for d, v, t in self.judged()}
        for digest, verdict in verdicts.items():
            self.assertEqual(after[digest][0], verdict, digest)
        for digest, t in before.items():
            self.assertEqual(after[digest.decode()][1], t, 'judged twice')
        # four more: the same image under two tags, a name, an image for this machine of an index, one that lost a layer
        self.assertEqual(len(after), 44)
        self.assertNotIn(special['arm64'], after)

        study = self.study('--store', self.store)
        self.assertEqual(self.words(study), {'clean': 36, 'malicious': 4, 'exposed': 4})
        counts = study['counts']
        self.assertEqual((counts['images'], counts['judged'], counts['failed'], counts['references'], counts['lost_references'], counts['not_whole']),
                         (44, 44, 0, 46, 1, 1))
        categories = {c['name']: c['images'] for c in study['categories']}
        self.assertEqual((categories['mining'], categories['secrets'], categories['aws'], categories['github']), (4, 4, 4, 0))
        self.assertEqual([(x['name'], x['like']) for x in study['look_alikes']], [(f'{registry.host}/someone/p0stgres', 'postgres')])
        self.assertEqual(study['shared_layers'][0]['images'], 40)
        self.assertIn('acme/gone', study['failures'][0]['example'])
        self.assertEqual(study['sources'][0]['state'], 'walked')
        self.assertEqual({r['name'] for r in study['repositories'] if r['malicious']}, {f'{registry.host}/acme/app{i:03}' for i in (0, 2, 4, 6)})

        # nothing new: nothing is looked at again
        self.hunt('--store', self.store, '--quiet', registry.host)
        self.assertEqual({d.decode(): (v.decode(), t) for d, v, t in self.judged()}, after)
        report = json.loads(self.hunt('report', '--store', self.store, '--image', f'{registry.host}/acme/app000:v3').stdout)
        self.assertEqual(report['scan']['targets'][0]['verdict']['word'], 'malicious')
        text = self.hunt('report', '--store', self.store).stdout
        self.assertIn('Categories', text)
        self.assertRegex(text.splitlines()[1], r'^ \S+ \d+ malicious') # the verdict first
        told = text[text.index('\nNext\n'):].replace('\\\n', '')
        command = re.search(r'davy (hunt report --store .* --image \S+)', told)[1].split()
        self.assertEqual(json.loads(self.hunt(*command[1:]).stdout)['scan']['targets'][0]['verdict']['word'], 'malicious')
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
        page = self.hunt('report', '--store', self.store, '--format', 'html').stdout
        self.assertIn('<table>', page)
        for word, tone in (('clean', 'ok'), ('malicious', 'bad')):  # a share of clean images is no alarm
            self.assertRegex(page, rf'<th scope=row>{word}<td class=n>\d+<td class=b><span class="bar {tone}"')
        self.assertIn('<html lang="en">', page)
        self.assertRegex(page, r'<p class="verdict bad">\d+ malicious')
        self.assertNotIn('<script', page)
        # what was found goes into a feed, with the sizes of layers and files
        lines = self.hunt('report', '--store', self.store, '--reports', 'malicious').stdout
        self.assertEqual(len(lines.splitlines()), 4)
        feed = {**self.env, 'DAVY_FEED': str(self.temp / 'feed.db')}
        subprocess.run([DAVY, 'feed', 'add', '--report', '-'], input=lines, stdout=subprocess.PIPE, env=feed, check=True, text=True, timeout=LIMIT)
        listed = json.loads(subprocess.run([DAVY, 'feed', 'export', '--format', 'json'], stdout=subprocess.PIPE, env=feed, check=True, timeout=LIMIT).stdout)['list']
        self.assertEqual({e['digest'] for e in listed if e['type'] == 'manifest'}, {d for d, v in verdicts.items() if v == 'malicious'})
        self.assertEqual({e['image'] for e in listed if e['type'] == 'manifest'}, {f'{registry.host}/acme/app{i:03}:v3' for i in (0, 2, 4, 6)})
        self.assertEqual({e['size'] for e in listed if e['type'] == 'file'}, {len(imitations.miner_config())})
        blobs = self.temp / 'registry/store/docker/registry/v2/blobs/sha256'
        layers = [e for e in listed if e['type'] == 'layer']
        self.assertEqual(len(layers), 4)
        for e in layers:
            self.assertEqual(e['size'], (blobs / e['digest'][7:9] / e['digest'][7:] / 'data').stat().st_size)
        self.hunt('report', '--store', self.store, '--reports', 'bad', code=2)

    def test_layers_are_fetched_once(self):
        registry, _, _ = hunting.registry(self.temp / 'registry', 20)
        self.addCleanup(registry.stop)
        fake = registries.Fake(upstream=registry.host)
        self.addCleanup(fake.stop)
        self.hunt('--store', self.store, '--quiet', '--jobs', 2, f'{fake.host}/acme/*')
        asked = collections.Counter(r[1].rpartition('/')[2] for r in fake.requests('/blobs/'))
        layers = {d.decode() for (d,) in self.rows('SELECT digest FROM davy_hunt_layers')}
        self.assertEqual(len(layers), 1 + 4 + 20)
        self.assertEqual({d: n for d, n in asked.items() if d in layers and n > 1}, {})

    def test_policy_of_tags_and_platforms(self):
        registry, _, special = hunting.registry(self.temp / 'registry', 10, True)
        self.addCleanup(registry.stop)
        names = self.temp / 'names.txt'
        names.write_text(f'# a list\n{registry.host}/acme/app000  # five tags\n{registry.host}/acme/app001:v4\nno such/Name\n{registry.host}/acme/wide\n')
        self.hunt('--store', self.store, '--quiet', '--list', names, '--newest', 2, '--all-platforms')
        references = sorted(r.decode().partition('/')[2] for (r,) in self.rows("SELECT reference FROM davy_hunt_refs WHERE length(digest) > 0"))
        self.assertEqual(references, ['acme/app000:v3', 'acme/app000:v4', 'acme/app001:v4', 'acme/wide:latest', 'acme/wide:latest'])
        self.assertLessEqual({special['amd64'], special['arm64']}, {d.decode() for d, _, _ in self.judged()})
        study = self.study('--store', self.store)
        self.assertIn(f'{names}:4', study['failures'][0]['why'])
        other = self.temp / 'other.db'
        self.hunt('--store', other, '--quiet', '--tags', 'v[12]', f'{registry.host}/acme/app00*')
        self.assertEqual(self.study('--store', other)['counts']['judged'], 4)

    def test_artifacts_count_and_are_clean(self):
        registry = registries.Registry(self.temp / 'registry')
        self.addCleanup(registry.stop)
        for i, artifact in enumerate(artifacts.KINDS.values()):
            artifact.push(registry, 'acme/beside', f'v{i}')
        self.hunt('--store', self.store, '--quiet', registry.host)
        study = self.study('--store', self.store)
        self.assertEqual((study['counts']['judged'], study['counts']['failed']), (len(artifacts.KINDS), 0), study['failures'])
        self.assertEqual(self.words(study), {'clean': len(artifacts.KINDS)})

    def test_what_fails_is_told_and_tried_again(self):
        registry, verdicts, _ = hunting.registry(self.temp / 'registry', 5)
        self.addCleanup(registry.stop)
        bad = next(iter(verdicts))

        def handle(h):
            return f'/manifests/{bad}' in h.path and h.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"imitation"}]}')
        fake = registries.Fake(handle, upstream=registry.host)
        self.addCleanup(fake.stop)
        self.hunt('--store', self.store, '--quiet', '--tries', 2, '--wait', 0, fake.host)
        study = self.study('--store', self.store)
        self.assertEqual((study['counts']['judged'], study['counts']['failed']), (4, 1))
        self.assertIn(bad, study['failures'][0]['example'])
        self.assertEqual(len(fake.requests(f'/manifests/{bad}')), 2)
        fake.handle = lambda h: False
        self.hunt('--store', self.store, '--quiet', '--retry', fake.host)
        self.assertEqual(self.study('--store', self.store)['counts']['judged'], 5)

    def test_what_leads_to_no_image_is_no_whole_hunt(self):
        """A pattern that nothing matches, a repository or tag that is not there, a list of such: the study has the rest, and the code is 3."""
        registry, verdicts, _ = hunting.registry(self.temp / 'registry', 3)
        self.addCleanup(registry.stop)
        (self.temp / 'list').write_text(f'{registry.host}/none\n{registry.host}/none:1\n')
        for i, (words, says) in enumerate(((['/nosuch/*'], "no repository's name matches"), (['/none'], '/none led to no image'), (['/none:1'], '/none:1 led to no image'),
                                           (['--list'], 'list led to no image'), (['/nosuch/*', ''], "no repository's name matches"))):
            with self.subTest(words):
                store = str(self.temp / f'nothing{i}.db')
                named = ['--list', str(self.temp / 'list')] if words == ['--list'] else [registry.host + w for w in words]
                said = self.hunt('--store', store, '--quiet', *named, code=3)
                self.assertIn(says, said.stderr)
                self.assertIn('Study: ', said.stdout)
                self.assertEqual(self.study('--store', store)['counts']['judged'], len(verdicts) if '' in words else 0)
        self.hunt('--store', store, '--quiet', registry.host)

    def test_what_cannot_be_done_says_why(self):
        for arguments, says in ((('--worker',), '--queue'), (('--queue', 'nats://127.0.0.1:1', '--store', self.store, 'localhost:1'), 'postgres://'),
                                (('--store', self.store), 'say what to hunt'), (('acme/*',), 'follows the registry'),
                                (('--platform', 'linux/arm64', '--all-platforms', 'x'), 'exclude')):
            self.assertIn(says, self.hunt(*arguments, code=2).stderr)
        self.assertIn('no store of hunts', self.hunt('report', '--store', self.store, code=3).stderr)
        if not (pathlib.Path(DAVY).parent / 'davy-detonate').exists():
            self.assertIn('davy-detonate', self.hunt('--store', self.store, '--detonate', 'all', 'localhost:1', code=3).stderr)


@unittest.skipIf(missing or not hunting.Nats.program(), 'docker-registry and nats-server are not installed')
@unittest.skipIf(postgres.missing(), postgres.missing())
class Queue(Case):
    """Two workers, three nodes of NATS, PostgreSQL; a worker, the leading node and the database are killed in the middle."""
    IMAGES = 200

    def query(self, sql):
        result = subprocess.run(['psql', '-At', '-F', ' ', self.url, '-c', sql], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, text=True)
        return [line.split(' ') for line in result.stdout.splitlines()]

    def count(self, sql):
        rows = self.query(sql)
        return int(rows[0][0]) if rows else -1

    def judged(self):
        return self.count('SELECT count(*) FROM davy_hunt_images WHERE state = 1')

    def test_a_worker_says_that_its_queue_is_away(self):
        """A queue that nobody answers for is none that is empty; the worker waits for it, and ends when it is told to."""
        database = postgres.Server()
        self.addCleanup(database.stop)
        nats = hunting.Nats(self.temp / 'nats', 1)
        self.addCleanup(nats.stop)
        worker = self.start('--worker', '--quiet', '--queue', nats.urls, '--store', database.new_database(), log='log-worker')
        self.until(lambda: list(self.temp.glob('nats/n0/data/**/obs/*')), 'a worker that takes jobs', worker)
        nats.kill(0)
        self.until(lambda: 'NATS: no server of the queue is there; it is tried again' in (self.temp / 'log-worker').read_text(), 'word of it', worker)
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(worker.wait(PATIENCE), 0)

    def test_every_image_once(self):
        registry, verdicts, _ = hunting.registry(self.temp / 'registry', self.IMAGES)
        self.addCleanup(registry.stop)
        database = postgres.Server()
        self.addCleanup(database.stop)
        nats = hunting.Nats(self.temp / 'nats')
        self.addCleanup(nats.stop)
        self.url = database.new_database()
        shared = ['--queue', nats.urls, '--store', self.url, '--ack-wait', 4, '--wait', 1]

        hunt = self.start(*shared, '--quiet', registry.host, log='log-hunt')
        self.until(lambda: self.count('SELECT count(*) FROM davy_hunt_images WHERE queued_ns > 0') == self.IMAGES, 'the queue', hunt)
        stream = nats.stream('DAVY_HUNT')
        self.assertEqual((stream['config']['num_replicas'], stream['config']['retention']), (3, 'workqueue'))
        # one more row than once would show here
        self.query('CREATE TABLE judged_log(digest BYTEA, verdict BYTEA)')
        self.query('CREATE FUNCTION log_it() RETURNS trigger AS $$ BEGIN INSERT INTO judged_log VALUES(NEW.digest, NEW.verdict); RETURN NEW; END $$ LANGUAGE plpgsql')
        self.query('CREATE TRIGGER log_it AFTER UPDATE ON davy_hunt_images FOR EACH ROW WHEN (NEW.state = 1) EXECUTE FUNCTION log_it()')
        # this one will never be had: it becomes a dead letter
        dead = sorted(d for d, v in verdicts.items() if v == 'clean')[0]
        (self.temp / f'registry/store/docker/registry/v2/blobs/sha256/{dead[7:9]}/{dead[7:]}/data').unlink()

        workers = [self.start('--worker', *shared, '--jobs', 1, '--tries', 2, log=f'log-worker{i}') for i in range(2)]
        self.until(lambda: self.judged() > self.IMAGES // 10, 'results', hunt)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        workers.append(self.start('--worker', *shared, '--jobs', 1, '--tries', 2, log='log-worker2'))
        self.until(lambda: self.judged() > self.IMAGES // 4, 'results after a worker died', hunt)
        leader = nats.leader('DAVY_HUNT')
        nats.kill(leader)
        self.until(lambda: self.judged() > self.IMAGES // 2, 'results after the leading node died', hunt)
        database.run(postgres.programs() / 'pg_ctl', '-D', database.folder / 'data', '-m', 'immediate', '-w', 'stop')
        wait_for(lambda: self.judged() == -1) # nobody has it
        database.start()
        nats.start(leader)
        try:
            self.assertEqual(hunt.wait(LIMIT), 0, (self.temp / 'log-hunt').read_text()[-2000:])
        except subprocess.TimeoutExpired:
            self.fail(self.query('SELECT state, count(*) FROM davy_hunt_images GROUP BY state'))

        rows = self.query("SELECT convert_from(digest, 'UTF8'), state, convert_from(verdict, 'UTF8') FROM davy_hunt_images")
        self.assertEqual({d: (s, v) for d, s, v in rows},
                         {d: ('2', '') if d == dead else ('1', v) for d, v in verdicts.items()})
        self.assertEqual(self.query("SELECT convert_from(digest, 'UTF8'), count(*) FROM judged_log GROUP BY digest HAVING count(*) > 1"), [])
        self.assertEqual(self.count('SELECT count(*) FROM judged_log'), self.IMAGES - 1)
        self.until(lambda: (nats.stream('DAVY_HUNT') or {}).get('state', {}).get('messages') == 0, 'an empty queue')
        self.until(lambda: (nats.stream('DAVY_HUNT_DEAD') or {}).get('state', {}).get('messages') == 1, 'one dead letter')

        study = self.study('--store', self.url)
        self.assertEqual(self.words(study), {'clean': self.IMAGES * 8 // 10 - 1, 'malicious': self.IMAGES // 10, 'exposed': self.IMAGES // 10})
        bad = next(d for d, v in verdicts.items() if v == 'malicious')
        report = json.loads(self.hunt('report', '--store', self.url, '--queue', nats.urls, '--image', bad).stdout)
        self.assertEqual(report['scan']['targets'][0]['digest'], bad)
        for worker in workers[1:]:
            worker.terminate()
            self.assertEqual(worker.wait(LIMIT), 0)


if __name__ == '__main__':
    unittest.main(verbosity=2)
