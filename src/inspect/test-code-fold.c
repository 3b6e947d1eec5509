// SPDX-License-Identifier: Apache-2.0
/*
 * Install hooks and pages that fold up what they run, made here from harmless lines: hosts are documentation addresses, nothing is
 * ever run. What comes out must be seen, and that it was folded.
 */
#include <time.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/test-facts.h"

static void look(const char *path, struct str content)
{
    static const char *const only[] = {"script", "web", "unwrap", NULL};
    look_with(&(struct inspect_options){.only = only}, path, content, &facts);
}

TEST(what_programs_fold_up_is_seen)
{
    /* path, a way in which it was folded, and the program: each stops davytest. */
    static const char *const CASES[][3] = {
        {"/x.js", "folded", "require('\\x63\\x68\\x69\\x6c\\x64_process')['\\x65\\x78\\x65\\x63']('systemctl stop davytest')\n"},
        {"/x.js", "folded", "const c = require('child_process'); c.exec('\\u0073\\u0079\\u0073\\u0074emctl stop davytest'); child_process.exec('\\x73\\x79\\x73temctl stop davytest')\n"},
        {"/x.js", "folded",
         "require('child_process').execSync(String.fromCharCode(115,121,115,116,101,109,99,116,108,32,115,116,111,112,32,100,97,118,121,116,101,115,116))\n"},
        {"/x.js", "folded", "require('child_process').exec(Buffer.from('c3lzdGVtY3RsIHN0b3AgZGF2eXRlc3Q=', 'base64').toString())\n"},
        {"/x.js", "folded", "require('child_process').exec(Buffer.from('73797374656d63746c2073746f70206461767974657374','hex').toString('utf8'))\n"},
        {"/x.js", "folded", "require('child_process').exec('tsetyvad pots ltcmetsys'.split('').reverse().join(''))\n"},
        {"/x.js", "base64", "eval(atob('cmVxdWlyZSgnY2hpbGRfcHJvY2VzcycpLmV4ZWMoJ3N5c3RlbWN0bCBzdG9wIGRhdnl0ZXN0Jyk='))\n"},
        {"/x.js", "base64", "var q = 'cmVxdWlyZSgnY2hpbGRfcHJvY2VzcycpLmV4ZWMoJ3N5c3RlbWN0'; q += 'bCBzdG9wIGRhdnl0ZXN0Jyk='; (function(){ var d = atob(q); new Function(d)(); })()\n"},
        {"/x.js", "folded", "var a = ['sys', 'temctl', ' st', 'op ', 'dav', 'yte', 'st'].join(''); require('child_process').exec(a)\n"},
        {"/x.js", "strings",
         "var _0xab12=['stop','davytest','child_process','exec','systemctl\\x20stop\\x20davytest'];var _0xcd34=function(_0x1,_0x2){_0x1=_0x1-0x0;var "
         "_0x3=_0xab12[_0x1];return _0x3;};require(_0xcd34('0x2'))[_0xcd34('0x3')](_0xcd34('0x4'));\n"},
        {"/x.js", "strings",
         "var _0xab12=['c3lzdGVtY3RsIHN0b3AgZGF2eXRlc3Q=','c3RvcA==','c3RvcA==','Y2hpbGRfcHJvY2Vzcw==','ZXhlYw=='];(function(_0xf,_0xg){var "
         "_0xh=function(_0xi){while(--_0xi){_0xf['push'](_0xf['shift']());}};_0xh(++_0xg);}(_0xab12,0x2));"
         "require(_0xcd34(0x1))[_0xcd34(0x2)](_0xcd34(0x3));\n" },
        {"/x.py", "base64", "import base64\nexec(base64.b64decode('aW1wb3J0IG9zCm9zLnN5c3RlbSgic3lzdGVtY3RsIHN0b3AgZGF2eXRlc3QiKQ=='))\n"},
        {"/x.py", "hex", "exec(bytes.fromhex('6f732e73797374656d282273797374656d63746c2073746f70206461767974657374222900'[:-2]))\nexec(bytes.fromhex('6f732e73797374656d282273797374656d63746c2073746f702064617679746573742229').decode())\n"},
        {"/x.py", "numbers",
         "exec(''.join(map(chr, [111,115,46,115,121,115,116,101,109,40,34,115,121,115,116,101,109,99,116,108,32,115,116,111,112,32,100,97,118,121,116,101,"
         "115,116,34,41])))\n"},
        {"/x.py", "numbers",
         "exec(''.join(chr(c) for c in [111,115,46,115,121,115,116,101,109,40,34,115,121,115,116,101,109,99,116,108,32,115,116,111,112,32,100,97,118,121,"
         "116,101,115,116,34,41]))\n"},
        {"/x.py", "rot13", "import codecs\nexec(codecs.decode('bf.flfgrz(\"flfgrzpgy fgbc qnilgrfg\")', 'rot_13'))\n"},
        {"/x.py", "folded", "import os\nos.system(chr(115)+chr(121)+chr(115)+'temctl stop ' + 'davy' 'test')\n"},
        {"/x.py", "base64", "exec(__import__('base64').b64decode('b3Muc3lzdGVtKCJzeXN0ZW1jdGwgc3RvcCBkYXZ5dGVzdCIp'))\n"},
        {"/x.py", "base64", "getattr(__builtins__, 'exec')(getattr(__import__('base64'), 'b64decode')('b3Muc3lzdGVtKCJzeXN0ZW1jdGwgc3RvcCBkYXZ5dGVzdCIp'))\n"},
        {"/x.py", "rev", "exec(\"\"\")\"tsetyvad pots ltcmetsys\"(metsys.so\"\"\"[::-1])\n"},
        {"/x.php", "base64", "<?php eval(base64_decode('c3lzdGVtKCdzeXN0ZW1jdGwgc3RvcCBkYXZ5dGVzdCcpOw=='));\n"},
        {"/x.php", "rot13", "<?php eval(str_rot13(\"flfgrz('flfgrzpgy fgbc qnilgrfg');\"));\n"},
        {"/x.php", "folded", "<?php system(chr(115).chr(121).chr(115).'temctl stop davytest');\n"},
        {"/x.php", "rev", "<?php $f = 'str' . 'rev'; eval($f(';)\"tsetyvad pots ltcmetsys\"(metsys'));\n"},
        {"/x.php", "hex", "<?php $x = pack('H*', '73797374656d282773797374656d63746c2073746f7020646176797465737427293b'); eval($x);\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i][0], str_from(CASES[i][2]));
        bool found = false;
        for (const char *p = list(F_UNWRAP_CHAINS); (p = strstr(p, CASES[i][1])); p++)
            found = true;
        if (!found)
            test_fail(__FILE__, __LINE__, "%s in place of %s: %s", list(F_UNWRAP_CHAINS), CASES[i][1], CASES[i][2]);
        if (!facts_list(&facts, F_SCRIPT_STOPS, "davytest"))
            test_fail(__FILE__, __LINE__, "stops %s (%s): %s", list(F_SCRIPT_STOPS), list(F_UNWRAP_CHAINS), CASES[i][2]);
        if (!flag(F_SCRIPT_DECODE_RUN))
            test_fail(__FILE__, __LINE__, "not run: %s", CASES[i][2]);
    }
}

#define UNPACK "eval(function(p,a,c,k,e,d){e=function(c){return(c<a?'':e(parseInt(c/a)))+((c=c%a)>35?String.fromCharCode(c+29):c.toString(36))};while(c--)if(k[c])" \
               "p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c]);return p}"

/* The packer: honest scripts are packed so, too, thus it is no sign that text is decoded and run; what comes out is. */
TEST(packed_programs)
{
    static const char *const CASES[] = {
        UNPACK "('0(\\'1\\').2(\\'3 4 5\\')',10,6,'require|child_process|exec|systemctl|stop|davytest'.split('|'),0,{}))\n",
        UNPACK "('1(\\'2\\').3(\\'4 5 6\\')', 36, 7, '|require|child_process|exec|systemctl|stop|davytest' . split ( '\\x7c' ), 0, {}))\n",
        UNPACK "(\"0('1').2('Z 10 5')\",62,63,\"require|child_process|exec|||davytest||||||||||||||||||||||||||||||||||||||||||||||||||||||||systemctl|stop\".split(\"|\"),0,{}))\n",
        "window['ev'+'al'](function (q, w, x, y, z, r) { return q.replace(new RegExp('\\\\b' + x + '\\\\b'), w) }('require(\\'child_process\\').exec(\\'0 stop davytest\\')',2,1,'systemctl'.split('|')))\n",
        "<html><script>" UNPACK "('0(\\'1\\').2(\\'3 4 5\\')',10,6,'require|child_process|exec|systemctl|stop|davytest'.split('|'),0,{}))</script></html>",
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(i + 1 < ARRAY_SIZE(CASES) ? "/x.js" : "/x.html", str_from(CASES[i]));
        if (!strstr(list(F_UNWRAP_CHAINS), "packer") || !facts_list(&facts, F_SCRIPT_STOPS, "davytest"))
            test_fail(__FILE__, __LINE__, "%s stops %s: %s", list(F_UNWRAP_CHAINS), list(F_SCRIPT_STOPS), CASES[i]);
        CHECK(!flag(F_SCRIPT_DECODE_RUN));
    }
    static const char *const OTHERS[] = {
        UNPACK "('0 1',10,2,'a|b'.join('|'),0,{}))\n", UNPACK "('0 1',1,2,'a|b'.split('|'),0,{}))\n", UNPACK "('0 1',63,2,'a|b'.split('|'),0,{}))\n",
        UNPACK "('0 1',10,'a|b'.split('|'),0,{}))\n",  UNPACK "('0 1',10,2,'a|b",                       UNPACK "('0 1",
        UNPACK "('0 1',10,2,'a|b'.split('||'),0,{}))\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++) {
        look("/x.js", str_from(OTHERS[i]));
        if (strstr(list(F_UNWRAP_CHAINS), "packer"))
            test_fail(__FILE__, __LINE__, "unpacked: %s", OTHERS[i]);
    }
}

/* A word that comes out again and again, and what opens without end. */
TEST(packed_bombs)
{
    struct strbuf b = {};
    strbuf_adds(&b, UNPACK "('");
    for (unsigned i = 0; i < 200000; i++)
        strbuf_adds(&b, "0 ");
    strbuf_adds(&b, "',10,1,'");
    strbuf_pad(&b, 'x', 100000);
    strbuf_adds(&b, "'.split('|'),0,{}))\n");
    clock_t begin = clock();
    look("/x.js", strbuf_str(&b));
    CHECK(facts_has(&facts, F_UNWRAP_CHAINS));
    strbuf_clear(&b);
    strbuf_adds(&b, UNPACK);
    for (unsigned i = 0; i < 100000; i++)
        strbuf_adds(&b, "}('',2,1,'");
    look("/x.js", strbuf_str(&b));
    CHECK((clock() - begin) / CLOCKS_PER_SEC < 20);
    strbuf_done(&b);
}

static void zip_base64(struct strbuf *b, struct str s, int window)
{
    static const char CODE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t out[4096];
    z_stream z = {.next_in = (z_const Bytef *)s.p, .avail_in = (uInt)s.n, .next_out = out, .avail_out = sizeof(out)};
    CHECK(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    size_t n = sizeof(out) - z.avail_out;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (i + k < n ? out[i + k] : 0);
        for (unsigned k = 0; k < 4; k++)
            strbuf_addc(b, i + k <= n ? CODE[v >> (18 - 6 * k) & 63] : '=');
    }
}

TEST(compressed_text_in_every_language)
{
    static const struct {
        const char *path, *front, *code, *back, *how;
        int window;
    } CASES[] = {
        {"/x.py", "import zlib, base64\nexec(zlib.decompress(base64.b64decode('", "os.system('systemctl stop davytest')", "')))\n", "base64>zlib", 15},
        {"/x.py", "exec(__import__('gzip').decompress(__import__('base64').b64decode(b'", "os.system('systemctl stop davytest')", "')))\n", "base64>gzip", 31},
        {"/x.php", "<?php eval(gzinflate(base64_decode('", "system('systemctl stop davytest');", "')));\n", "base64>deflate", -15},
        {"/x.php", "<?php @eval(gzuncompress(base64_decode(\"", "system('systemctl stop davytest');", "\")));\n", "base64>zlib", 15},
        {"/x.js", "eval(require('zlib').inflateRawSync(Buffer.from('", "child_process.exec('systemctl stop davytest')", "', 'base64')).toString())\n",
         "base64>deflate", -15},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        strbuf_adds(&b, CASES[i].front);
        zip_base64(&b, str_from(CASES[i].code), CASES[i].window);
        strbuf_adds(&b, CASES[i].back);
        look(CASES[i].path, strbuf_str(&b));
        if (!facts_list(&facts, F_UNWRAP_CHAINS, CASES[i].how))
            test_fail(__FILE__, __LINE__, "%s in place of %s: %s", list(F_UNWRAP_CHAINS), CASES[i].how, b.p);
        CHECK(facts_list(&facts, F_SCRIPT_STOPS, "davytest"));
        CHECK(flag(F_SCRIPT_DECODE_RUN));
    }
}

TEST(what_looks_like_it_stays_plain)
{
    static const char *const CASES[][2] = {
        {"/x.js", "const re = /\\x61\\x62/; re.exec('text'); const s = 'caf\\xe9 \\u00fc'; module.exports = require('path').join('a', 'b')\n"},
        {"/x.js", "var ESC = '\\x1b[31m', RESET = '\\x1b[0m'; console.log(ESC + 'red' + RESET); /a/.exec(s)\n"},
        {"/x.js", "var c = String.fromCharCode(code); exec(cmd); const t = atob(input); eval(source)\n"},
        {"/x.js", "const key = Buffer.from(process.env.KEY, 'base64'); require('child_process').execFile('node', ['-v'])\n"},
        {"/x.js", "items.reverse().join(', '); pattern.exec('a b c'); [3, 1, 2].reverse(); require('fs')\n"},
        {"/x.py", "import re\nR = re.compile('[\\x61-\\x7a]')\nx = name[::-1]\nsubprocess.run(['ls'])\n"},
        {"/x.py", "data = zlib.decompress(read())\nexec(compile(source, name, 'exec'))\nfor c in range(10): print(chr(c))\n"},
        {"/x.py", "KEY = bytes.fromhex('00ff00ff')\nos.system('ls')\nt = codecs.decode(line, 'rot13')\n"},
        {"/x.py", "os.system('ls ' + 'a very long text that goes over ' + 'several lines, as style wants')\nx = y.encode('hex')\nunhexlify(z)\n"},
        {"/x.php", "<?php $s = str_rot13($text); $x = strrev($y); system('ls'); echo \"it's\" . 'fine' . chr(10);\n"},
        {"/x.php", "<?php $v = base64_decode($_COOKIE['a']); echo 'evaluation'; $d = gzinflate(substr($z, 10));\n"},
        {"/x.js", "var host = ['e', 'x'].join(''), t = pattern.exec(host); each.call(this, 'a' + String.fromCharCode(98), t); chain.run('\\x61\\x62')\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i][0], str_from(CASES[i][1]));
        if (facts_has(&facts, F_UNWRAP_CHAINS))
            test_fail(__FILE__, __LINE__, "%s in: %s", list(F_UNWRAP_CHAINS), CASES[i][1]);
        CHECK(!flag(F_SCRIPT_DECODE_RUN));
    }
}

TEST(hostile_code_takes_linear_time)
{
    static const char *const UNITS[][2] = {
        {"/x.js", "eval(atob("},       {"/x.js", "a=a+a;"},          {"/x.js", "[["},       {"/x.js", "x['\\x61\\x62\\x63']"},
        {"/x.js", "a+='aaaaaaaa';"},   {"/x.js", "_0xa=[_0xa,_0xa,"}, {"/x.js", "a=a.split('').reverse();"},
        {"/x.py", "exec(b64decode("},  {"/x.py", "'''"},             {"/x.py", "a=a[::-1];"}, {"/x.py", "chr(c) for c in [1,"},
        {"/x.js", "function _0xa(b){return _0xa(b-1);}_0xa(1);"}, {"/x.js", "_0xa=['1','2','3','4'];b['shift']();"}, {"/x.js", "parseInt(_0xa(1))+"},
        {"/x.js", "_0xa={a:((((((1+"}, {"/x.js", "_0xa=_0xb,_0xb=_0xa;_0xa(-"},
        {"/x.html", "<?php '"},        {"/x.html", "<a onclick='&#39;"}, {"/x.php", "<a b=\"<?php \\'"}, {"/x.html", "<a srcdoc=\"&lt;a srcdoc="},
        {"/x.html", "<script>eval(atob('"}, {"/x.html", "<a href=javascript:%61"}, {"/x.php", "<!-- <? /* ?>"}, {"/x.html", "<b onx=&#97;>"},
        {"/x.py", "f(a)(b)[c]."},      {"/x.php", "$a.=$a;"},        {"/x.php", "eval(chr(1)."}, {"/x.php", "str_replace('a','aaaa',$a);$a='aaaa';"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(UNITS); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        strbuf_adds(&b, str_ends(str_from(UNITS[i][0]), STR("php")) ? "<?php $a='aaaaaaaa';" : "a='aaaaaaaa';\n");
        strbuf_adds(&b, str_ends(str_from(UNITS[i][0]), STR("py")) ? "exec(x)\nchr(1)\n" : "exec(x);chr(1);\n");
        while (b.n < 1000000)
            strbuf_adds(&b, UNITS[i][1]);
        clock_t before = clock();
        look(UNITS[i][0], strbuf_str(&b));
        if (clock() - before >= 2 * CLOCKS_PER_SEC)
            test_fail(__FILE__, __LINE__, "%ld ms: %s", (long)((clock() - before) * 1000 / CLOCKS_PER_SEC), UNITS[i][1]);
    }
}

/* What the code in a page does when it is unfolded: it names a miner's words, and the way that it came out. */
TEST(what_pages_fold_up_is_seen)
{
    static const char *const CASES[][3] = {
        /* "mining.authorize", spelled in numbers, in a script element */
        {"/x.html", "folded", "<html><body><script>var s = new WebSocket(h); s.send(String.fromCharCode(109,105,110,105,110,103,46,97,117,116,104,111,114,105,122,101)); eval(x)</script></body></html>"},
        {"/x.html", "base64", "<html><script type='TEXT/JavaScript'>eval(atob('c2VuZCgnbWluaW5nLmF1dGhvcml6ZScp'))</script></html>"},
        {"/x.html", "folded", "<html><p title='</script>'>It's</p><script>f('it is')</script><script>var a = ['min', 'ing', '.au', 'tho', 'rize'].join(''); eval(b); s.send(a)</script>"},
        /* a list in one script, and the call in the next */
        {"/x.html", "folded", "<html><script>var m = 'ezirohtua.gninim'.split('').reverse().join('')</script><script>eval(b); send(m + '')</script>"},
        /* event handlers, with and without character references */
        {"/x.html", "attributes>base64", "<html><body onload=\"eval(atob('c2VuZCgnbWluaW5nLmF1dGhvcml6ZScp'))\">"},
        {"/x.html", "attributes>base64", "<html><body onload='&#101;&#x76;al(at&#111;b(&quot;c2VuZCgnbWluaW5nLmF1dGhvcml6ZScp&quot;))'>"},
        {"/x.html", "attributes", "<html><img src=x onerror = s.send(&quot;mining.auth&quot;+&quot;orize&quot;)>"},
        /* addresses */
        {"/x.html", "attributes", "<html><a href=' java\tscript:send(%22mining.%22+%22authorize%22)'>x</a>"},
        {"/x.html", "attributes", "<html><script src=\"data:text/javascript,send('mining%2Eauthorize')\"></script>"},
        {"/x.html", "base64", "<html><script src=\"data:text/javascript;base64,c2VuZCgnbWluaW5nLmF1dGhvcml6ZScp\"></script>"},
        /* pages in pages */
        {"/x.html", "nested", "<html><iframe srcdoc=\"&lt;script&gt;send('mining.authorize')&lt;/script&gt;\"></iframe>"},
        {"/x.html", "nested", "<html><iframe src=\"data:text/html,%3Cscript%3Esend('mining.authorize')%3C/script%3E\"></iframe>"},
        {"/x.svg", "folded", "<svg xmlns='x'><script>eval(a); send('\\x6d\\x69\\x6e\\x69\\x6e\\x67.authorize')</script></svg>"},
        /* a browser's code in pages of servers */
        {"/x.php", "base64", "<?php echo 'it'; ?><p><script>eval(atob('c2VuZCgnbWluaW5nLmF1dGhvcml6ZScp'))</script>"},
        {"/x.jsp", "base64", "<%@ page %><p><script>eval(atob('c2VuZCgnbWluaW5nLmF1dGhvcml6ZScp'))</script>"},
        {"/x.twig", "base64", "{% block body %}<p>{{ x }}<script>eval(atob('c2VuZCgnbWluaW5nLmF1dGhvcml6ZScp'))</script>{% endblock %}"},
        {"/x.blade.php", "folded", "@extends('a')<script>var u = '\\x6d\\x69\\x6e\\x69\\x6e\\x67'+'.authorize'; eval(u)</script>"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i][0], str_from(CASES[i][2]));
        if (!strstr(list(F_UNWRAP_CHAINS), CASES[i][1]))
            test_fail(__FILE__, __LINE__, "%s in place of %s: %s", list(F_UNWRAP_CHAINS), CASES[i][1], CASES[i][2]);
        if (!facts_list(&facts, F_WEB_DOES, "mining-protocol"))
            test_fail(__FILE__, __LINE__, "does %s (%s): %s", list(F_WEB_DOES), list(F_UNWRAP_CHAINS), CASES[i][2]);
        if (facts_has(&facts, F_SCRIPT_COMMANDS))
            test_fail(__FILE__, __LINE__, "commands %s (%s): %s", list(F_SCRIPT_COMMANDS), list(F_UNWRAP_CHAINS), CASES[i][2]);
    }
}

/* Code of a server runs wherever it stands in a page. */
TEST(servers_code_in_pages_is_seen)
{
    static const char *const CASES[] = {
        "<html><body><?php system(chr(115).chr(121).chr(115).'temctl stop davytest'); ?></body></html>",
        "<!doctype html><html><!-- <?php eval(base64_decode('c3lzdGVtKCdzeXN0ZW1jdGwgc3RvcCBkYXZ5dGVzdCcpOw==')); ?> --></html>",
        "<html><script>var a = 'it is'; <?php eval(base64_decode('c3lzdGVtKCdzeXN0ZW1jdGwgc3RvcCBkYXZ5dGVzdCcpOw==')); ?></script></html>",
        "<html><?php $a = '?>'; $b = \"?>\"; /* ?> */ eval(base64_decode('c3lzdGVtKCdzeXN0ZW1jdGwgc3RvcCBkYXZ5dGVzdCcpOw==')); ?></html>",
        "<html><p class=\"<?= eval(base64_decode('c3lzdGVtKCdzeXN0ZW1jdGwgc3RvcCBkYXZ5dGVzdCcpOw==')) ?>\">don't</p></html>",
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look("/srv/x.php", str_from(CASES[i]));
        if (!facts_list(&facts, F_SCRIPT_STOPS, "davytest") || !flag(F_SCRIPT_DECODE_RUN))
            test_fail(__FILE__, __LINE__, "stops %s (%s): %s", list(F_SCRIPT_STOPS), list(F_UNWRAP_CHAINS), CASES[i]);
    }
}

TEST(pages_that_fold_nothing_stay_plain)
{
    static const char *const CASES[][2] = {
        {"/x.html", "<html><script>var x = atob(input); eval(source); el.setAttribute('data-x', 'a' + 'b')</script></html>"},
        {"/x.html", "<html><script type='text/template'>eval(atob('c2VuZCgnbWluaW5nLmF1dGhvcml6ZScp' ))</script></html>"},
        {"/x.html", "<html><!-- <script>eval(['a', 'b', 'c', 'd', 'e', 'f'].join(''))</script> --></html>"},
        {"/x.html", "<html><pre>eval(String.fromCharCode(109,105,110,105,110,103))</pre></html>"},
        {"/x.html", "<html><img alt='&#39;'><a href=\"mailto:x@example.org\" title='javascript: and data:text/html, explained'>x</a></html>"},
        {"/x.php", "<p>chr(115).chr(121)</p><?php echo 'a' . 'b'; system($x); ?><p>It's chr(115).chr(121).chr(115)</p>"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i][0], str_from(CASES[i][1]));
        for (const char *const *way = (const char *const[]){"folded", "attributes", "nested", "numbers", NULL}; *way; way++)
            if (strstr(list(F_UNWRAP_CHAINS), *way))
                test_fail(__FILE__, __LINE__, "%s in: %s", list(F_UNWRAP_CHAINS), CASES[i][1]);
        CHECK(!flag(F_SCRIPT_DECODE_RUN));
    }
}

/*
 * Lists as obfuscators make them: turned until a sum of their texts' numbers is right; plain, in base64 with the small letters first, in
 * RC4 under a key; asked directly, and by way of a function that shifts the number. The command stands in two of the texts.
 */
TEST(lists_are_turned_until_their_sum_is_right)
{
    static const char *const CASES[] = {
        "(function(_0xg,_0xh){var _0xi=_0xg();while(!![]){try{var _0xj=parseInt(_0xc1(0x64))/0x1+-parseInt(_0xc1(0x66))/0x2*(parseInt(_0xc1(0x68))/-0x4)+parseInt(_0xc1(0x6b))/(0x2+0x3);if(_0xj===_0xh)break;else _0xi['push'](_0xi['shift']());}catch(_0xk){_0xi['push'](_0xi['shift']());}}}(_0xa1,0xb5/0x8));function _0xc1(_0xd,_0xe){_0xd=_0xd-0x64;var _0xf=_0xa1()[_0xd];return _0xf;}function _0xa1(){var _0xb=['systemctl sto','40miner','p davytest','12it','davytest','7is','child_process','3no','exec'];_0xa1=function(){return _0xb;};return _0xa1();}require(_0xc1(0x67))[_0xc1(0x69)](_0xc1(0x6a)+_0xc1(0x6c));",
        "function _0xw1(_0xp,_0xq,_0xr){return _0xc1(_0xr-0x7,_0xq);}(function(_0xg,_0xh){var _0xi=_0xg();while(!![]){try{var _0xj=parseInt(_0xw1(0x9,0,-5+0x70))/0x1+-parseInt(_0xw1(0x9,0,-5+0x72))/0x2*(parseInt(_0xw1(0x9,0,-5+0x74))/-0x4)+parseInt(_0xw1(0x9,0,-5+0x77))/(0x2+0x3);if(_0xj===_0xh)break;else _0xi['push'](_0xi['shift']());}catch(_0xk){_0xi['push'](_0xi['shift']());}}}(_0xa1,0xb5/0x8));function _0xc1(_0xd,_0xe){_0xd=_0xd-0x64;var _0xf=_0xa1()[_0xd];return _0xf;}function _0xa1(){var _0xb=['exec','systemctl sto','40miner','p davytest','12it','davytest','7is','child_process','3no'];_0xa1=function(){return _0xb;};return _0xa1();}require(_0xw1(0x9,0,-5+0x73))[_0xw1(0x9,0,-5+0x75)](_0xw1(0x9,0,-5+0x76)+_0xw1(0x9,0,-5+0x78));",
        "(function(_0xg,_0xh){var _0xi=_0xg();while(!![]){try{var _0xj=parseInt(_0xc1(0x64))/0x1+-parseInt(_0xc1(0x66))/0x2*(parseInt(_0xc1(0x68))/-0x4)+parseInt(_0xc1(0x6b))/(0x2+0x3);if(_0xj===_0xh)break;else _0xi['push'](_0xi['shift']());}catch(_0xk){_0xi['push'](_0xi['shift']());}}}(_0xa1,0xb5/0x8));function _0xc1(_0xd,_0xe){_0xd=_0xd-0x64;var _0xf=_0xa1()[_0xd];var _0xy='abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=';return _0xf;}function _0xa1(){var _0xb=['C3LZDgvTy3rSihn0BW','ndbTAw5LCG','CcbKyxz5DgvZDa','mtjPDa','zgf2ExrLC3q','n2LZ','y2HPBgrFChjVy2vZCW','m25V','zxHLyW'];_0xa1=function(){return _0xb;};return _0xa1();}require(_0xc1(0x67))[_0xc1(0x69)](_0xc1(0x6a)+_0xc1(0x6c));",
        "function _0xw1(_0xp,_0xq,_0xr){return _0xc1(_0xr-0x7,_0xq);}(function(_0xg,_0xh){var _0xi=_0xg();while(!![]){try{var _0xj=parseInt(_0xw1(0x9,0,-5+0x70))/0x1+-parseInt(_0xw1(0x9,0,-5+0x72))/0x2*(parseInt(_0xw1(0x9,0,-5+0x74))/-0x4)+parseInt(_0xw1(0x9,0,-5+0x77))/(0x2+0x3);if(_0xj===_0xh)break;else _0xi['push'](_0xi['shift']());}catch(_0xk){_0xi['push'](_0xi['shift']());}}}(_0xa1,0xb5/0x8));function _0xc1(_0xd,_0xe){_0xd=_0xd-0x64;var _0xf=_0xa1()[_0xd];var _0xy='abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=';return _0xf;}function _0xa1(){var _0xb=['zxHLyW','C3LZDgvTy3rSihn0BW','ndbTAw5LCG','CcbKyxz5DgvZDa','mtjPDa','zgf2ExrLC3q','n2LZ','y2HPBgrFChjVy2vZCW','m25V'];_0xa1=function(){return _0xb;};return _0xa1();}require(_0xw1(0x9,0,-5+0x73))[_0xw1(0x9,0,-5+0x75)](_0xw1(0x9,0,-5+0x76)+_0xw1(0x9,0,-5+0x78));",
        "(function(_0xg,_0xh){var _0xi=_0xg();while(!![]){try{var _0xj=parseInt(_0xc1(0x64,'k0'))/0x1+-parseInt(_0xc1(0x66,'k2'))/0x2*(parseInt(_0xc1(0x68,'k4'))/-0x4)+parseInt(_0xc1(0x6b,'k7'))/(0x2+0x3);if(_0xj===_0xh)break;else _0xi['push'](_0xi['shift']());}catch(_0xk){_0xi['push'](_0xi['shift']());}}}(_0xa1,0xb5/0x8));function _0xc1(_0xd,_0xe){_0xd=_0xd-0x64;var _0xf=_0xa1()[_0xd];var _0xy='abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=';return _0xf;}function _0xa1(){var _0xb=['fc4TWQFdLmkxW4FdLLtdMWVdJmky','W6NdLSo1bbRdTSkY','CspcPdldRSoNFZ1Meq','c8kvW5bh','W4/cVNZdVSotWQZdNeu','WPNdI1S','WPtdTuZcRhXOCt3dHmo4nf58','W4PNWQm','e24PWPW'];_0xa1=function(){return _0xb;};return _0xa1();}require(_0xc1(0x67,'k3'))[_0xc1(0x69,'k5')](_0xc1(0x6a,'k6')+_0xc1(0x6c,'k8'));",
        "function _0xw1(_0xp,_0xq,_0xr){return _0xc1(_0xr-0x7,_0xq);}(function(_0xg,_0xh){var _0xi=_0xg();while(!![]){try{var _0xj=parseInt(_0xw1(0x9,'k0',-5+0x70))/0x1+-parseInt(_0xw1(0x9,'k2',-5+0x72))/0x2*(parseInt(_0xw1(0x9,'k4',-5+0x74))/-0x4)+parseInt(_0xw1(0x9,'k7',-5+0x77))/(0x2+0x3);if(_0xj===_0xh)break;else _0xi['push'](_0xi['shift']());}catch(_0xk){_0xi['push'](_0xi['shift']());}}}(_0xa1,0xb5/0x8));function _0xc1(_0xd,_0xe){_0xd=_0xd-0x64;var _0xf=_0xa1()[_0xd];var _0xy='abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=';return _0xf;}function _0xa1(){var _0xb=['e24PWPW','fc4TWQFdLmkxW4FdLLtdMWVdJmky','W6NdLSo1bbRdTSkY','CspcPdldRSoNFZ1Meq','c8kvW5bh','W4/cVNZdVSotWQZdNeu','WPNdI1S','WPtdTuZcRhXOCt3dHmo4nf58','W4PNWQm'];_0xa1=function(){return _0xb;};return _0xa1();}require(_0xw1(0x9,'k3',-5+0x73))[_0xw1(0x9,'k5',-5+0x75)](_0xw1(0x9,'k6',-5+0x76)+_0xw1(0x9,'k8',-5+0x78));",
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look("/x.js", str_from(CASES[i]));
        if (!facts_list(&facts, F_SCRIPT_STOPS, "davytest") || !flag(F_SCRIPT_DECODE_RUN))
            test_fail(__FILE__, __LINE__, "stops %s (%s): %s", list(F_SCRIPT_STOPS), list(F_UNWRAP_CHAINS), CASES[i]);
        /* no turn makes another sum right: nothing is put in */
        _cleanup_(strbuf_done) struct strbuf b = {};
        ptrdiff_t at = str_find(str_from(CASES[i]), STR("_0xa1,0x"), 0);
        strbuf_add(&b, str_sub(str_from(CASES[i]), 0, (size_t)at + 8));
        strbuf_adds(&b, "7");
        strbuf_adds(&b, CASES[i] + at + 8);
        look("/x.js", strbuf_str(&b));
        CHECK(!facts_list(&facts, F_SCRIPT_STOPS, "davytest"));
    }
}

TEST(lists_that_never_fit_cost_no_more_than_their_budget)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, "function _0xc(a,k){a=a-0x0;var l='abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=';return _0xl[a];}"
                    "(function(_0xg,_0xh){while(1){try{var s=0x1");
    for (int k = 0; k < 120; k++)
        strbuf_adds(&b, "+parseInt(_0xc(0x1,'key'))");
    strbuf_adds(&b, ";if(s===_0xh)break;_0xg['push'](_0xg['shift']());}catch(e){}}}(_0xl,0x123456));_0xl=[");
    for (int k = 0; k < 60000; k++)
        strbuf_adds(&b, "'oL4hW5KrWRK',"); /* 123456 under the key: all of the sum is counted at every turn */
    strbuf_adds(&b, "''];eval(_0xc(0x1))");
    clock_t before = clock();
    look("/x.js", strbuf_str(&b));
    if (clock() - before >= 2 * CLOCKS_PER_SEC)
        test_fail(__FILE__, __LINE__, "%ld ms", (long)((clock() - before) * 1000 / CLOCKS_PER_SEC));
}

/* Code that turns lists of its own for other ends, and functions that count. */
TEST(other_lists_stay_as_they_are)
{
    static const char *const CASES[] = {
        "function f(a){a=a-1;return q[a];}var q=['a','b','c','d','e'];while(x)q['push'](q['shift']());exec(f(2));eval(y)",
        "function g(a){a=a-1;return q[a];}var q=['12a','bbbb','cccc','dddd'];var n=parseInt(g(0x1))/2;(function(a,b){a.push(a.shift())}(q,3));exec(g(2))",
        "/* _0x */ function g(a){a=a-1;return q[a];}var q=['aaaa','bbbb','cccc','dddd'];exec(g(2))",
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look("/x.js", str_from(CASES[i]));
        if (strstr(list(F_UNWRAP_CHAINS), "folded"))
            test_fail(__FILE__, __LINE__, "%s: %s", list(F_UNWRAP_CHAINS), CASES[i]);
        CHECK(!flag(F_SCRIPT_DECODE_RUN));
    }
}

TEST(large_values_are_made_within_a_budget)
{
    static const char *const UNITS[] = {"bytes.fromhex(b);", "zlib.decompress(b);", "''.join(c);", "b[::-1];", "b.replace('a','aa');", "codecs.decode(b,'rot13');",
                                        "base64.b64decode(b+'!');", "b+b;"};
    for (size_t i = 0; i < ARRAY_SIZE(UNITS); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        strbuf_adds(&b, "exec(x);chr(1);a='aaaaaaaa';");
        for (int k = 0; k < 16; k++)
            strbuf_adds(&b, "a=a+a;");
        strbuf_adds(&b, "b=a+'g';c=[");
        for (int k = 0; k < 60000; k++)
            strbuf_adds(&b, "'a',");
        strbuf_adds(&b, "];");
        while (b.n < 2000000)
            strbuf_adds(&b, UNITS[i]);
        clock_t before = clock();
        look("/x.py", strbuf_str(&b));
        if (clock() - before >= 2 * CLOCKS_PER_SEC)
            test_fail(__FILE__, __LINE__, "%ld ms: %s", (long)((clock() - before) * 1000 / CLOCKS_PER_SEC), UNITS[i]);
    }
}
