// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <unistd.h>

#include "event/record_kind.h"
#include "harness/test.h"
#include "rule/prefilter.h"
#include "base/strbuf.h"

#define BIT(fact) (1ULL << (fact))

/* A rule set of these conditions, named R0, R1, …; those that begin with '-' are off. */
static struct ruleset *rules(const char *const *conditions, size_t n)
{
    struct strbuf yaml = {};
    struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    for (size_t i = 0; i < n; i++) {
        const bool is_off = conditions[i][0] == '-';
        strbuf_printf(&yaml, "- rule: R%zu\n  desc: d\n  output: o\n  priority: NOTICE\n  enabled: %s\n  condition: >\n    %s\n", i,
                      is_off ? "false" : "true", conditions[i] + is_off);
    }
    int r = ruleset_load_memory(rs, "test", strbuf_str(&yaml), &diags);
    r = r ? r : ruleset_compile(rs, &diags);
    if (r) {
        struct strbuf text = {};
        for (size_t i = 0; i < diags.n; i++)
            diag_render(&text, &diags.v[i]);
        test_fail(__FILE__, __LINE__, "%s", text.p);
    }
    diags_done(&diags);
    strbuf_done(&yaml);
    return rs;
}

static struct filter *filter_of(const char *const *conditions, size_t n)
{
    struct ruleset *rs = rules(conditions, n);
    struct filter *f = prefilter_new(rs, NULL);
    ruleset_free(rs);
    return f;
}

static struct filter *filter_of_one(const char *condition)
{
    return filter_of(&condition, 1);
}

static bool passes(const struct filter *f, enum event_type t, record_u64 facts, const char *text)
{
    const struct str s = str_from(text);
    return filter_pass(f, &(struct filter_event){.kind = (unsigned)record_kind_of(t), .facts = facts, .texts = &s, .n_texts = text != NULL});
}

static const struct filter_kind *kind(const struct filter *f, enum event_type t)
{
    return &f->kinds[record_kind_of(t)];
}

enum { O = 1 << FILTER_OK, F = 1 << FILTER_FAILED, R = 1 << FILTER_READ, W = 1 << FILTER_WRITE, FILE_ = 1 << FILTER_FILE,
       DIR_ = 1 << FILTER_DIRECTORY, T = 1 << FILTER_TRUNC };

/* A condition, calls that it must let pass and calls that it must keep away: facts and path. */
static const struct {
    const char *condition;
    enum event_type type;
    record_u64 facts;
    const char *text;
    bool passes;
} CALLS[] = {
    {"evt.type=open and fd.name=/etc/shadow", EVENT_OPEN, O, "/etc/shadow", true},
    {"evt.type=open and fd.name=/etc/shadow", EVENT_OPEN, O, "/etc/shadow-", false},
    {"evt.type=open and fd.name=/etc/shadow", EVENT_OPENAT, O, "/etc/shadow", false},
    {"evt.type=open and fd.name in (/a, /b)", EVENT_OPEN, O, "/b", true},
    {"evt.type=open and fd.name in (/a, /b)", EVENT_OPEN, O, "/c", false},
    {"evt.type=open and fd.name startswith /etc/", EVENT_OPEN, O, "/etc/x/y", true},
    {"evt.type=open and fd.name startswith /etc/", EVENT_OPEN, O, "/etc", false},
    {"evt.type=open and fd.name startswith etc", EVENT_OPEN, O, "/x", true},
    {"evt.type=open and fd.name endswith _agent", EVENT_OPEN, O, "/x/release_agent", true},
    {"evt.type=open and fd.name endswith _agent", EVENT_OPEN, O, "/x/agent", false},
    {"evt.type=open and fd.name = release_agent", EVENT_OPEN, O, "/x/release_agent", true},
    {"evt.type=open and fd.name glob '/home/*/.ssh/id'", EVENT_OPEN, O, "/home/u/.ssh/id", true},
    {"evt.type=open and fd.name glob '/home/*/.ssh/id'", EVENT_OPEN, O, "/root/ssh/id", false},
    {"evt.type=open and fd.name glob '*.log'", EVENT_OPEN, O, "/var/a.log", true},
    {"evt.type=open and fd.name glob '*.log'", EVENT_OPEN, O, "/var/a.txt", false},
    {"evt.type=open and fd.name glob '?'", EVENT_OPEN, O, "/var/a.txt", true},
    {"evt.type=open and fd.name pmatch (/etc, /usr//bin/)", EVENT_OPEN, O, "/usr/bin/x", true},
    {"evt.type=open and fd.name pmatch (/etc, /usr//bin/)", EVENT_OPEN, O, "/etc", true},
    {"evt.type=open and fd.name pmatch (/etc, /usr//bin/)", EVENT_OPEN, O, "/etcetera", false},
    {"evt.type=open and fd.name pmatch ('/home/*/x')", EVENT_OPEN, O, "/home/u/x/y", true},
    {"evt.type=open and fd.name pmatch ('/home/*/x')", EVENT_OPEN, O, "/root/x", false},
    {"evt.type=open and fd.name contains x", EVENT_OPEN, O, "/a", true},
    {"evt.type=open and fd.name contains '../'", EVENT_OPEN, O, "/a", true},
    {"evt.type=open and fd.nameraw contains '../'", EVENT_OPEN, O, "/a", false},
    {"evt.type=open and fd.nameraw contains '../'", EVENT_OPEN, O | BIT(FILTER_DOTDOT), "/a", true},
    {"evt.type=fchmod and fd.nameraw contains '../'", EVENT_FCHMOD, O, "/a", true},
    {"evt.type=open and evt.rawarg.name startswith '/etc/../'", EVENT_OPEN, O, "/etc/x", false},
    {"evt.type=open and evt.arg.name startswith /etc/", EVENT_OPEN, O, "/etc/x", true},
    {"evt.type=open and evt.arg.name startswith /etc/", EVENT_OPEN, O, "/etc", true},
    {"evt.type=open and evt.arg.name startswith /etc/", EVENT_OPEN, O, "/x", false},
    {"evt.type=open and evt.arg.name startswith /etc/", EVENT_OPEN, O | BIT(FILTER_DOTDOT), "/x", true},
    {"evt.type=unlink and evt.arg.path startswith /etc//x", EVENT_UNLINK, O, "/etc/xy", true},
    {"evt.type=unlink and evt.arg.path endswith x//", EVENT_UNLINK, O, "/etc/x", true},
    {"evt.type=unlink and evt.arg.path endswith x//", EVENT_UNLINK, O, "/etc/y", false},
    {"evt.type=unlink and evt.arg.path = /etc/./x/", EVENT_UNLINK, O, "/etc/x", true},
    {"evt.type=unlink and evt.arg.path startswith /etc", EVENT_UNLINK, O, "/tmp/../x", true},
    {"evt.type=open and fd.nameraw glob '*../*'", EVENT_OPEN, O, "/a", false},
    {"evt.type=open and fd.directory=/etc/pam.d", EVENT_OPEN, O, "/etc/pam.d/x", true},
    {"evt.type=open and fd.directory=/etc/pam.d", EVENT_OPEN, O, "/etc/pam.d", true},
    {"evt.type=open and fd.directory=/etc/pam.d", EVENT_OPEN, O, "/etc/pam.conf", false},
    {"evt.type=open and fd.directory=/", EVENT_OPEN, O, "/x", true},
    {"evt.type=open and fd.filename in (syslog, auth.log)", EVENT_OPEN, O, "/x/auth.log", true},
    {"evt.type=open and fd.filename in (syslog, auth.log)", EVENT_OPEN, O, "/x/myauth.log", false},
    {"evt.type=open and fd.filename endswith .key", EVENT_OPEN, O, "/x/a.key", true},
    {"evt.type=open and fd.filename endswith .key", EVENT_OPEN, O, "/x/a.crt", false},
    {"evt.type=open and not fd.name=/etc/shadow", EVENT_OPEN, O, "/etc/shadow", true},
    {"evt.type=open and fd.name!=/etc/shadow", EVENT_OPEN, O, "/etc/shadow", true},
    {"evt.type=open and fd.name startswith anyof (/a, /b)", EVENT_OPEN, O, "/bx", true},
    {"evt.type=open and fd.name startswith anyof (/a, /b)", EVENT_OPEN, O, "/cx", false},
    {"evt.type=open and fd.name in ()", EVENT_OPEN, O, "/a", false},
    {"evt.type=open and tolower(fd.name)=/etc/shadow", EVENT_OPEN, O, "/a", true},
    {"evt.type=unlink and evt.arg.path startswith /etc", EVENT_UNLINK, O, "/etc/x", true},
    {"evt.type=unlink and evt.arg.path startswith /etc", EVENT_UNLINK, O, "/x", false},
    {"evt.type=unlink and evt.arg.newpath startswith /etc", EVENT_UNLINK, O, "/etc/x", false},
    {"evt.type=rename and fs.path.target startswith /etc", EVENT_RENAME, O, "/etc/x", true},
    {"evt.type=rename and fd.name startswith /etc", EVENT_RENAME, O, "/etc/x", false},
    {"evt.type=symlink and evt.arg.target in (/etc, /etc/)", EVENT_SYMLINK, O, "/etc", true},
    {"evt.type=symlink and evt.arg.target in (/etc, /etc/)", EVENT_SYMLINK, O, "/etc/", true},
    {"evt.type=symlink and evt.arg.target in (/etc, /etc/)", EVENT_SYMLINK, O, "/usr", false},
    {"evt.type=open and evt.is_open_read=true", EVENT_OPEN, O | R, "/x", true},
    {"evt.type=open and evt.is_open_read=true", EVENT_OPEN, O | W, "/x", false},
    {"evt.type=open and not evt.is_open_read=true", EVENT_OPEN, O | R, "/x", false},
    {"evt.type=unlink and evt.is_open_read=true", EVENT_UNLINK, O | R, "/x", false},
    {"evt.type=unlink and evt.is_open_read=false", EVENT_UNLINK, O, "/x", true},
    {"evt.type=open and fd.typechar=f", EVENT_OPEN, O | FILE_, "/x", true},
    {"evt.type=open and fd.typechar=f", EVENT_OPEN, O | DIR_, "/x", false},
    {"evt.type=open and fd.typechar=4", EVENT_OPEN, O | FILE_, "/x", false},
    {"evt.type=open and fd.type in (file, directory)", EVENT_OPEN, O | DIR_, "/x", true},
    {"evt.type=open and fd.type in (file, directory)", EVENT_OPEN, O | BIT(FILTER_OTHER_FD), "/x", false},
    {"evt.type=open and fd.num>=0", EVENT_OPEN, O, "/x", true},
    {"evt.type=open and fd.num>=0", EVENT_OPEN, F, "/x", false},
    {"evt.type=close and fd.num>=0", EVENT_CLOSE, F, NULL, true},
    {"evt.type=open and evt.res=ENOENT", EVENT_OPEN, O, "/x", false},
    {"evt.type=open and evt.res!=SUCCESS", EVENT_OPEN, F, "/x", true},
    {"evt.type=open and evt.res!=SUCCESS", EVENT_OPEN, O, "/x", false},
    {"evt.type=open and evt.res startswith E", EVENT_OPEN, F, "/x", true},
    {"evt.type=open and evt.failed=true", EVENT_OPEN, O, "/x", false},
    {"evt.type=dup and evt.rawres in (0, 1, 2)", EVENT_DUP, O, NULL, false},
    {"evt.type=dup and evt.rawres in (0, 1, 2)", EVENT_DUP, O | BIT(FILTER_RES_STDIO), NULL, true},
    {"evt.type=dup and evt.rawres>2", EVENT_DUP, O | BIT(FILTER_RES_STDIO), NULL, false},
    {"evt.type=dup and evt.rawres<=-5", EVENT_DUP, O, NULL, false},
    {"evt.type=open and evt.arg.flags contains O_TRUNC", EVENT_OPEN, O | T, "/x", true},
    {"evt.type=open and evt.arg.flags contains O_TRUNC", EVENT_OPEN, O, "/x", false},
    {"evt.type=open and not evt.arg.flags contains O_TRUNC", EVENT_OPEN, O | T, "/x", false},
    {"evt.type=open and evt.arg.flags contains O_CREAT", EVENT_OPEN, O, "/x", true},
    {"evt.type=socket and evt.arg.domain contains AF_PACKET", EVENT_SOCKET, O, NULL, false},
    {"evt.type=socket and evt.arg.domain contains AF_PACKET", EVENT_SOCKET, O | BIT(FILTER_PACKET), NULL, true},
    {"evt.type=socket and container.id!=host", EVENT_SOCKET, O | BIT(FILTER_HOST), NULL, false},
    {"evt.type=socket and container.id!=host", EVENT_SOCKET, O, NULL, true},
    {"evt.type=socket and container.id=host", EVENT_SOCKET, O, NULL, false},
    {"evt.type=socket and evt.num=0", EVENT_SOCKET, O, NULL, false},
    {"evt.type=socket and evt.dir=>", EVENT_SOCKET, O, NULL, false},
    {"evt.type in (openat, write) and evt.buffer contains x", EVENT_OPENAT, O, "/x", false},
    {"evt.type in (openat, write) and evt.buffer contains x", EVENT_WRITE, O, "/x", true},
    {"evt.type=socket and evt.dir=<", EVENT_SOCKET, O, NULL, true},
    {"evt.type.is.socket=1", EVENT_SOCKET, O, NULL, true},
    {"evt.type.is.socket=1", EVENT_CLOSE, O, NULL, false},
    {"fd.l4proto=tcp", EVENT_OPEN, O, "/x", false},
    {"fd.l4proto=tcp", EVENT_SENDTO, O | BIT(FILTER_TCP), NULL, true},
    {"fd.l4proto!=tcp", EVENT_SENDTO, O | BIT(FILTER_TCP), NULL, false},
    {"fd.connected=false", EVENT_SENDTO, O | BIT(FILTER_CONNECTED), NULL, false},
    {"fd.name_changed=true", EVENT_SENDTO, O, NULL, false},
    {"fd.sport=22", EVENT_GETPID, O, NULL, false},
    {"fd.sport=22", EVENT_RENAME, O, "/x", false},
    {"proc.name=x", EVENT_GETPID, O, NULL, true},
    {"fd.net!=127.0.0.0/8 and evt.type=connect", EVENT_CONNECT, O | BIT(FILTER_LOOPBACK), NULL, false},
    {"evt.type=connect and not fd.snet in (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)", EVENT_CONNECT, O | BIT(FILTER_PRIVATE),
     NULL, false},
    {"evt.type=connect and not fd.snet in (10.0.0.0/8, 172.16.0.0/13, 192.168.0.0/16)", EVENT_CONNECT, O | BIT(FILTER_PRIVATE),
     NULL, true},
};

TEST(calls)
{
    for (size_t i = 0; i < sizeof(CALLS) / sizeof(*CALLS); i++) {
        _cleanup_(filter_freep) struct filter *f = filter_of_one(CALLS[i].condition);
        if (passes(f, CALLS[i].type, CALLS[i].facts, CALLS[i].text) != CALLS[i].passes)
            test_fail(__FILE__, __LINE__, "%s: %s %s %s", CALLS[i].condition, event_type_name(CALLS[i].type),
                      CALLS[i].text ? CALLS[i].text : "", CALLS[i].passes ? "must pass" : "must not pass");
    }
}

TEST(ports_and_networks)
{
    _cleanup_(filter_freep) struct filter *f = filter_of(
        (const char *const[]){"evt.type=connect and fd.sport in (3333, 4444)",
                              "evt.type=connect and fd.sip in (203.0.113.7, 2001:db8::1)", "evt.type=connect and fd.snet=198.51.100.0/23"},
        3);
    static const struct {
        record_u16 port;
        const char *address;
        bool passes;
    } cases[] = {{3333, "8.8.8.8", true},      {443, "8.8.8.8", false},        {443, "203.0.113.7", true},
                 {443, "203.0.113.8", false},  {443, "2001:db8::1", true},     {443, "2001:db8::2", false},
                 {443, "198.51.101.9", true},  {443, "198.51.102.9", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct net net;
        CHECK(net_from_str(str_from(cases[i].address), &net));
        const struct filter_event e = {.kind = (unsigned)record_kind_of(EVENT_CONNECT), .ports = &cases[i].port, .n_ports = 1,
                                       .addresses = &net, .n_addresses = 1};
        if (filter_pass(f, &e) != cases[i].passes)
            test_fail(__FILE__, __LINE__, "%u %s", cases[i].port, cases[i].address);
    }
}

TEST(only_live_rules_that_are_on)
{
    _cleanup_(filter_freep) struct filter *f =
        filter_of((const char *const[]){"-evt.type=open", "evt.type=close", "evt.type=close and evt.type=open"}, 3);
    CHECK(!kind(f, EVENT_OPEN)->wanted);
    CHECK(kind(f, EVENT_CLOSE)->wanted);
    CHECK_INT(kind(f, EVENT_CLOSE)->n, 0);
    for (unsigned k = 0; k < FILTER_KINDS; k++)
        CHECK(!f->kinds[k].wanted || record_kind_type(k) == EVENT_CLOSE);

    _cleanup_(ruleset_freep) struct ruleset *rs = rules((const char *const[]){"-evt.type=open", "evt.type=close"}, 2);
    _cleanup_(filter_freep) struct filter *one = prefilter_new(rs, ruleset_get(rs, 0));
    CHECK(kind(one, EVENT_OPEN)->wanted && !kind(one, EVENT_CLOSE)->wanted);
    _cleanup_(filter_freep) struct filter *none = filter_of(NULL, 0);
    for (unsigned k = 0; k < FILTER_KINDS; k++)
        CHECK(!none->kinds[k].wanted);
}

/* Limits */

static void check_limits(const struct filter *f)
{
    bool lengths[FILTER_PATH_MAX + 1] = {};
    size_t n_lengths = 0;
    CHECK(f->n_paths <= FILTER_PATHS_MAX);
    for (size_t i = 0; i < f->n_paths; i++) {
        const struct filter_path *p = &f->paths[i];
        CHECK(p->n <= FILTER_PATH_MAX && p->fit < FILTER_FITS__N && p->classes);
        if (p->fit == FILTER_ENDS && !lengths[p->n]) {
            lengths[p->n] = true;
            n_lengths++;
        }
        for (size_t k = 0; k < i; k++) {
            const struct filter_path *q = &f->paths[k];
            CHECK(p->fit != q->fit || p->n != q->n || memcmp(p->bytes, q->bytes, sizeof(p->bytes)) != 0);
            /* The longest is enough. */
            if (p->fit == FILTER_BEGINS && q->fit == FILTER_BEGINS && p->n > q->n && !memcmp(p->bytes, q->bytes, q->n))
                CHECK(!(q->classes & ~p->classes));
        }
    }
    CHECK(n_lengths <= FILTER_SUFFIX_LENGTHS);
    for (unsigned k = 0; k < FILTER_KINDS; k++)
        CHECK(f->kinds[k].n <= FILTER_CLAUSES_MAX && (f->kinds[k].wanted || !f->kinds[k].n));
}

enum { MANY = 200 };

TEST(many_rules_share_classes_and_lengths)
{
    struct strbuf texts[MANY] = {};
    const char *conditions[MANY];
    static const char *const types[] = {"open", "openat", "unlink", "rmdir", "mkdir", "chmod", "truncate", "chdir", "chroot", "stat"};
    static const char *const fields[] = {"fd.name", "fd.name", "fs.path.name", "fs.path.name", "fs.path.name", "fs.path.name",
                                         "fs.path.name", "fs.path.name", "fs.path.name", "fs.path.name"};
    for (unsigned i = 0; i < MANY; i++) {
        strbuf_printf(&texts[i], "evt.type=%s and evt.rawres %s and %s %s ", types[i % 10], i % 3 ? ">= 0" : "< 0", fields[i % 10],
                      i % 4 ? "endswith" : "startswith");
        strbuf_addc(&texts[i], i % 4 ? 'e' : '/');
        strbuf_pad(&texts[i], (char)('a' + i % 26), i);
        strbuf_printf(&texts[i], "%u", i);
        conditions[i] = texts[i].p;
    }
    _cleanup_(filter_freep) struct filter *f = filter_of(conditions, MANY);
    check_limits(f);
    size_t passed = 0;
    for (unsigned i = 0; i < MANY; i++) {
        struct strbuf path = {};
        const record_u64 facts = i % 3 ? O : F;
        strbuf_printf(&path, i % 4 ? "/x/e" : "/");
        strbuf_pad(&path, (char)('a' + i % 26), i);
        strbuf_printf(&path, "%u%s", i, i % 4 ? "" : "/x");
        CHECK(passes(f, event_type_from(str_from(types[i % 10])), facts, path.p));
        strbuf_adds(&path, "?");
        passed += passes(f, event_type_from(str_from(types[i % 10])), facts, "/nowhere/else");
        strbuf_done(&path);
        strbuf_done(&texts[i]);
    }
    /* Widening does not give up. */
    CHECK_INT(passed, 0);
}

TEST(too_many_names)
{
    struct strbuf condition = {};
    strbuf_adds(&condition, "evt.type=open and fd.name in (/first");
    for (unsigned i = 0; i < 900; i++)
        strbuf_printf(&condition, ", /a/%u", i);
    strbuf_adds(&condition, ")");
    {
        _cleanup_(filter_freep) struct filter *f = filter_of_one(condition.p);
        check_limits(f);
        CHECK_INT(f->n_paths, 901);
        CHECK(passes(f, EVENT_OPEN, O, "/a/899") && !passes(f, EVENT_OPEN, O, "/a/900"));
    }
    /* One rule with more names than a set takes: every path. */
    condition.p[--condition.n] = 0;
    for (unsigned i = 900; i < 5000; i++)
        strbuf_printf(&condition, ", /a/%u", i);
    strbuf_adds(&condition, ")");
    {
        _cleanup_(filter_freep) struct filter *f = filter_of_one(condition.p);
        check_limits(f);
        CHECK_INT(f->n_paths, 0);
        CHECK(passes(f, EVENT_OPEN, O, "/nowhere"));
    }
    strbuf_done(&condition);
    /* Many that are too many together: some classes become part of everything, the others stay. */
    struct strbuf texts[8] = {};
    const char *conditions[8];
    for (unsigned r = 0; r < 8; r++) {
        strbuf_printf(&texts[r], "evt.type=%s and fs.path.name in (/x", ((const char *const[]){"open", "creat", "unlink", "rmdir", "mkdir", "chmod", "chdir", "link"})[r]);
        for (unsigned i = 0; i < 700 + r; i++)
            strbuf_printf(&texts[r], ", /%u/%u", r, i);
        strbuf_adds(&texts[r], ")");
        conditions[r] = texts[r].p;
    }
    _cleanup_(filter_freep) struct filter *f = filter_of(conditions, 8);
    check_limits(f);
    CHECK(f->everything);
    CHECK(f->n_paths > FILTER_PATHS_MAX / 2);
    CHECK(passes(f, EVENT_OPEN, O, "/0/699") && !passes(f, EVENT_OPEN, O, "/nowhere"));
    CHECK(passes(f, EVENT_LINK, O, "/7/706") && passes(f, EVENT_LINK, O, "/nowhere"));
    for (unsigned r = 0; r < 8; r++)
        strbuf_done(&texts[r]);
}

TEST(long_names_are_cut)
{
    struct strbuf name = {}, condition = {};
    strbuf_pad(&name, 'n', 2 * FILTER_PATH_MAX);
    strbuf_printf(&condition, "evt.type=open and (fd.name=/%s or fd.filename=x%s or fd.name startswith /s%s or fd.name endswith %se)", name.p,
                  name.p, name.p, name.p);
    _cleanup_(filter_freep) struct filter *f = filter_of_one(condition.p);
    check_limits(f);
    CHECK_INT(f->n_paths, 4);
    static const char *const fits[] = {"/%s", "/a/x%s", "/s%s/b", "/c/%se"};
    for (size_t i = 0; i < 4; i++) {
        struct strbuf path = {};
        const char *rest = strchr(fits[i], '%') + 2;
        strbuf_printf(&path, "%.*s%s%s", (int)(rest - 2 - fits[i]), fits[i], name.p, rest);
        CHECK(passes(f, EVENT_OPEN, O, path.p));
        strbuf_done(&path);
    }
    CHECK(!passes(f, EVENT_OPEN, O, "/n"));
    strbuf_done(&name);
    strbuf_done(&condition);
}

TEST(rules_that_cost_too_much_want_everything)
{
    /* Every "or" multiplies the terms of what follows, on every type; the rule behind is not looked at any more. */
    static const char behind[] = "evt.type=close and evt.rawres<0";
    struct strbuf condition = {};
    strbuf_adds(&condition, "evt.type!=close");
    for (unsigned i = 0; i < 7000; i++)
        strbuf_printf(&condition, " and (fd.name in (/%u, /a%u) or evt.arg.flags contains %u or fd.typechar=%c or fd.connected=%s)", i,
                      i + 1, i, "fd4u"[i % 4], i % 2 ? "true" : "false");
    for (unsigned i = 0; i < 2; i++) {
        const char *const conditions[] = {i ? condition.p : "evt.type=open", behind};
        _cleanup_(filter_freep) struct filter *f = filter_of(conditions, 2);
        check_limits(f);
        CHECK(passes(f, EVENT_OPEN, O | FILE_, "/1"));
        CHECK(kind(f, EVENT_CLOSE)->wanted);
        CHECK_INT(kind(f, EVENT_CLOSE)->n, !i);
    }
    strbuf_done(&condition);
}

/* Upstream's rules */

static struct ruleset *upstream(void)
{
    const char *shared = getenv("DAVY_SHARED"), *root = getenv("DAVY_SOURCE_ROOT");
    struct strbuf path = {};
    struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    strbuf_printf(&path, shared ? "%s" : "%s/../shared", shared ? shared : root ? root : ".");
    strbuf_adds(&path, "/falco/falco_rules.yaml");
    const bool is_there = access(path.p, R_OK) == 0;
    if (is_there)
        CHECK_INT(ruleset_load_file(rs, path.p, &diags) || ruleset_compile(rs, &diags), 0);
    strbuf_done(&path);
    diags_done(&diags);
    if (!is_there) {
        ruleset_free(rs);
        test_skip("the folder with upstream's rules is not here");
    }
    return rs;
}

TEST(upstream_rules_leave_quiet_calls_in_the_kernel)
{
    _cleanup_(ruleset_freep) struct ruleset *rs = upstream();
    _cleanup_(filter_freep) struct filter *f = prefilter_new(rs, NULL);
    check_limits(f);
    static const char *const quiet[] = {"/etc/hostname", "/usr/lib/x.so", "/proc/self/maps", "/etc/ld.so.cache", "/home/u/.bashrc",
                                        "/tmp/x", "/var/lib/dpkg/status"};
    static const enum event_type opens[] = {EVENT_OPEN, EVENT_OPENAT, EVENT_OPENAT2};
    for (size_t t = 0; t < 3; t++) {
        for (size_t i = 0; i < sizeof(quiet) / sizeof(*quiet); i++)
            CHECK(!passes(f, opens[t], O | R | FILE_, quiet[i]));
        CHECK(!passes(f, opens[t], O | W | FILE_, "/dev/null"));
        CHECK(!passes(f, opens[t], O | W | FILE_, "/var/log/messages"));
        CHECK(!passes(f, opens[t], O | W | T | FILE_, "/tmp/x"));
        CHECK(!passes(f, opens[t], O | R | DIR_, "/etc/pam.d"));
        CHECK(!passes(f, opens[t], F | R, "/usr/lib/x.so"));
        CHECK(passes(f, opens[t], O | R | FILE_, "/etc/shadow"));
        CHECK(passes(f, opens[t], O | R | FILE_, "/etc/pam.d/sudo"));
        CHECK(passes(f, opens[t], O | R | FILE_ | BIT(FILTER_DOTDOT), "/etc/hostname"));
        CHECK(passes(f, opens[t], F | R | FILE_ | BIT(FILTER_DOTDOT), "/etc/hostname"));
        CHECK(passes(f, opens[t], O | W | T | FILE_, "/var/log/messages"));
        CHECK(passes(f, opens[t], O | W | FILE_, "/sys/fs/cgroup/x/release_agent"));
        CHECK(!passes(f, opens[t], O | W | FILE_ | BIT(FILTER_HOST), "/sys/fs/cgroup/x/release_agent"));
    }
    static const enum event_type unwanted[] = {EVENT_CLOSE, EVENT_READ, EVENT_WRITE, EVENT_SENDTO, EVENT_SENDMSG, EVENT_RECVFROM,
                                               EVENT_FUTEX, EVENT_UNLINK, EVENT_CREAT, EVENT_STAT, EVENT_MMAP};
    for (size_t i = 0; i < sizeof(unwanted) / sizeof(*unwanted); i++)
        CHECK(!passes(f, unwanted[i], O | BIT(FILTER_TCP) | BIT(FILTER_IPV4), NULL));
    CHECK(passes(f, EVENT_EXECVE, O, "/bin/true"));
    CHECK(passes(f, EVENT_PTRACE, O, NULL));
    CHECK(passes(f, EVENT_LINK, O, "/etc/shadow") && !passes(f, EVENT_LINK, O, "/etc/hosts"));
    CHECK(passes(f, EVENT_SYMLINK, O, "/etc/") && !passes(f, EVENT_SYMLINK, O, "/lib/x"));
    CHECK(passes(f, EVENT_DUP2, O | BIT(FILTER_RES_STDIO) | BIT(FILTER_IPV4), NULL));
    CHECK(!passes(f, EVENT_DUP2, O | BIT(FILTER_RES_STDIO) | BIT(FILTER_OTHER_FD), NULL));
    CHECK(!passes(f, EVENT_DUP2, O | BIT(FILTER_RES_STDIO) | BIT(FILTER_IPV4) | BIT(FILTER_HOST), NULL));
    CHECK(!passes(f, EVENT_DUP2, O | BIT(FILTER_IPV4), NULL));
    CHECK(passes(f, EVENT_SOCKET, O | BIT(FILTER_PACKET), NULL) && !passes(f, EVENT_SOCKET, O, NULL));
}

TEST(upstream_rules_on_connections)
{
    _cleanup_(ruleset_freep) struct ruleset *rs = upstream();
    _cleanup_(filter_freep) struct filter *f = prefilter_new(rs, NULL);
    const record_u64 facts = O | BIT(FILTER_IPV4) | BIT(FILTER_TCP) | BIT(FILTER_HOST);
    const record_u16 web = 443, other = 5432;
    struct filter_event e = {.kind = (unsigned)record_kind_of(EVENT_CONNECT), .facts = facts, .ports = &web, .n_ports = 1};
    CHECK(filter_pass(f, &e));
    e.facts = facts | BIT(FILTER_LOOPBACK);
    CHECK(!filter_pass(f, &e));
    e.facts = facts | BIT(FILTER_PRIVATE);
    CHECK(!filter_pass(f, &e));
    e.facts = facts;
    e.ports = &other;
    CHECK(!filter_pass(f, &e));
    /* From a container it may be the server of a cluster, whatever its port. */
    e.facts = facts & ~BIT(FILTER_HOST);
    CHECK(filter_pass(f, &e));
    e.facts = O | BIT(FILTER_UNIX);
    CHECK(!filter_pass(f, &e));
}

/* For people */

static void explain(const char *condition, struct strbuf *ret)
{
    _cleanup_(ruleset_freep) struct ruleset *rs = rules(&condition, 1);
    strbuf_clear(ret);
    prefilter_explain_rule(rs, ruleset_get(rs, 0), ret);
}

TEST(explained)
{
    struct strbuf b = {};
    explain("evt.type in (open, openat) and evt.is_open_write=true and fd.typechar=f and fd.num>=0 and proc.name=x and "
            "(fd.name startswith /etc/ or fd.filename=y or fd.name=/z or fd.name endswith .key)",
            &b);
    CHECK_STR(strbuf_str(&b), "open, openat:\n"
                              "  - succeeded, opened for writing, a file\n"
                              "    path: /z /etc/* *.key */y\n"
                              "left to user space:\n"
                              "  proc.name = x\n");
    explain("evt.type=connect and fd.typechar in (4, 6) and fd.sport in (22, 80) and container.id != host", &b);
    CHECK_STR(strbuf_str(&b), "connect:\n"
                              "  - an IPv4 socket / an IPv6 socket, in a container\n"
                              "    port of either end: 22 80\n");
    explain("evt.type=connect and fd.snet=10.0.0.0/8", &b);
    CHECK_STR(strbuf_str(&b), "connect:\n"
                              "  - whatever it does\n"
                              "    address of either end: 10.0.0.0/8\n");
    explain("evt.type=open and proc.name=x", &b);
    CHECK_STR(strbuf_str(&b), "open: every event\nleft to user space:\n  proc.name = x\n");
    explain("evt.type=open and evt.num=0", &b);
    CHECK_STR(strbuf_str(&b), "no event: the rule can never match\n");
    strbuf_clear(&b);
    _cleanup_(ruleset_freep) struct ruleset *rs =
        rules((const char *const[]){"evt.type in (open, creat) and fd.name=/x", "evt.type=close"}, 2);
    prefilter_explain(rs, &b);
    CHECK_STR(strbuf_str(&b), "open, creat: 1 clause\nclose: every event\n"
                              "event types wanted: 3, of these whole: 1; names, ports and networks: 1\n");
    strbuf_done(&b);
}

/* What a field with memory is made of leaves the kernel though no rule may match it; what it is not made of does not. */
TEST(fields_with_memory_are_fed)
{
    struct filter *f = filter_of_one("evt.type=execve and exec.download.by exists");
    CHECK(passes(f, EVENT_OPENAT, O | W | FILE_, "/tmp/x") && passes(f, EVENT_CONNECT, F, NULL) && passes(f, EVENT_EXECVE, O, NULL));
    CHECK(!passes(f, EVENT_OPENAT, O | R | FILE_, "/tmp/x") && !kind(f, EVENT_USAGE)->wanted && !kind(f, EVENT_RENAME)->wanted);
    filter_free(f);
    f = filter_of_one("evt.type=config_change and config.kind=keys and config.kept.count=0");
    CHECK(passes(f, EVENT_OPENAT, O | W | FILE_, "/home/x/.ssh/authorized_keys") && passes(f, EVENT_RENAME, O, "/etc/passwd") &&
          passes(f, EVENT_OPEN, O | W | FILE_, "/etc/sudoers.d/x"));
    CHECK(!passes(f, EVENT_OPENAT, O | W | FILE_, "/tmp/x") && !passes(f, EVENT_OPENAT, O | R | FILE_, "/etc/passwd") &&
          !passes(f, EVENT_RENAME, F, "/etc/passwd") && !kind(f, EVENT_CONNECT)->wanted);
    filter_free(f);
    f = filter_of_one("evt.type=usage and cpu.mean > 50");
    CHECK(kind(f, EVENT_USAGE)->wanted && !kind(f, EVENT_OPENAT)->wanted);
    filter_free(f);
    f = filter_of_one("evt.type in (rename, connect) and toupper(renames.ending) = X and proc.name = y");
    CHECK(passes(f, EVENT_RENAMEAT2, O, "/x") && !passes(f, EVENT_RENAMEAT2, F, "/x"));
    filter_free(f);
    f = filter_of((const char *const[]){"evt.type=write and evt.buffer contains x", "evt.type=read and fd.num=3",
                                        "evt.type=sendto and toupper(data.protocol) = IRC"}, 3);
    CHECK_INT(kind(f, EVENT_WRITE)->wanted, FILTER_WANTED | FILTER_WANTS_DATA);
    CHECK_INT(kind(f, EVENT_SENDTO)->wanted, FILTER_WANTED | FILTER_WANTS_DATA);
    CHECK_INT(kind(f, EVENT_READ)->wanted, FILTER_WANTED);
    filter_free(f);
    f = filter_of_one("-evt.type=execve and exec.download.by exists");
    CHECK(!kind(f, EVENT_OPENAT)->wanted);
    filter_free(f);
}
