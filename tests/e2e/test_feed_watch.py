# SPDX-License-Identifier: Apache-2.0
"""davy watch and davy replay know the images that the feed of this machine lists."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import captures

DAVY = os.environ['DAVY']
CONTAINER, JSON = 2051, 49
RULE = 'Container of a listed image started'


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def container(number, **more):
    return captures.record(CONTAINER, captures.block(JSON, json.dumps({'id': f'{number:064x}', 'type': 'docker', 'name': f'c{number}', **more})),
                           pid=0, ppid=0, comm='', time=2_000_000_000 + number)


class Watch(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-feed-watch-'))
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'DAVY_FEED': str(self.temp / 'feed.db')}

    def davy(self, *arguments):
        result = subprocess.run([DAVY, *map(str, arguments)], capture_output=True, text=True, env=self.env, timeout=600)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def replay(self, *more):
        capture = captures.capture(self.temp / 'c.davycap', container(1, digest='sha256:' + digest('manifest')), container(2, image_id=digest('config')),
                                   container(3, digest='sha256:' + digest('clean')), container(4, digest='sha256:' + digest('old')),
                                   container(5, digest='sha256:' + digest('layer')))
        result = self.davy('replay', '--format', 'json', *more, capture)
        found = [json.loads(line) for line in result.stdout.splitlines() if line.startswith('{')]
        return sorted(f['subject']['container_name'] for f in found if f.get('rule') == RULE), result.stderr

    def test_containers_of_listed_images_are_found(self):
        self.assertEqual(self.replay()[0], [])  # no feed
        for name, kind, more in (('manifest', 'manifest', ()), ('config', 'config', ()), ('layer', 'layer', ()),
                                 ('clean', 'manifest', ('--verdict', 'clean')), ('old', 'manifest', ('--expires', '2020-01-01'))):
            self.davy('feed', 'add', '--type', kind, '--reason', 'x', *more, digest(name))
        self.assertEqual(self.replay()[0], ['c1', 'c2'])

    def test_rules_of_others_go_on_beside_a_feed(self):
        self.davy('feed', 'add', '--type', 'manifest', '--reason', 'x', digest('manifest'))
        rules = self.temp / 'r.yaml'
        rules.write_text('- rule: R\n  desc: d\n  condition: evt.type = container and container.image.digest in (feed_image_digests)\n'
                         '  output: o\n  priority: WARNING\n')
        result = self.davy('replay', '--format', 'json', '--rules', rules,
                           captures.capture(self.temp / 'd.davycap', container(1, digest='sha256:' + digest('manifest')), container(2)))
        self.assertEqual(result.stdout.count('"R"'), 1, result.stdout)

    def test_a_broken_feed_is_told_and_nothing_else_is_lost(self):
        (self.temp / 'feed.db').write_text('no database' * 1000)
        found, said = self.replay()
        self.assertEqual(found, [])
        self.assertIn('nothing is known of the feed', said)


if __name__ == '__main__':
    unittest.main()
