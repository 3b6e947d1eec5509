// SPDX-License-Identifier: Apache-2.0
/* The small parts that context is made of: paths, words, texts of an event, strings that are shared, names, DNS. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "context/call.h"
#include "context/dns.h"
#include "context/endpoint.h"
#include "context/intern.h"
#include "context/names.h"
#include "context/path.h"
#include "context/services.h"
#include "event/record_kind.h"
#include "harness/test.h"

static struct jot jot_of(char *room, size_t n)
{
    return (struct jot){.p = room, .size = n};
}

static struct str join(struct jot *j, const char *base, const char *path)
{
    j->used = 0;
    path_jot(j, str_from(base), str_from(path));
    return jot_end(j, 0);
}

TEST(paths)
{
    char room[256];
    struct jot j = jot_of(room, sizeof(room));
    CHECK_STR(join(&j, "", "/a/b"), "/a/b");
    CHECK_STR(join(&j, "", "//a///b//"), "/a/b");
    CHECK_STR(join(&j, "/x", "/a/./../b"), "/b");
    CHECK_STR(join(&j, "/x", "a"), "/x/a");
    CHECK_STR(join(&j, "/x/", "./a/."), "/x/a");
    CHECK_STR(join(&j, "/x/y", "../../.."), "/");
    CHECK_STR(join(&j, "/x/y", "../../../etc/passwd"), "/etc/passwd");
    CHECK_STR(join(&j, "/x/y", "...a/..b"), "/x/y/...a/..b");
    CHECK_STR(join(&j, "/", ""), "/");
    CHECK_STR(join(&j, "", "/.."), "/");
    CHECK_STR(join(&j, "/", "dir/term"), "/dir/term");
    CHECK_STR(join(&j, "/foo", "..//a"), "/a");
    CHECK(path_is_clean(STR("/")));
    CHECK(path_is_clean(STR("/a/b.c/..d/.e")));
    const char *const unclean[] = {"", "a", "a/b", "//", "/a/", "/a//b", "/.", "/..", "/a/./b", "/a/../b", "/a/.."};
    for (size_t i = 0; i < sizeof(unclean) / sizeof(unclean[0]); i++)
        if (path_is_clean(str_from(unclean[i])))
            test_fail(__FILE__, __LINE__, "%s", unclean[i]);
}

/* What is clean comes out as it went in; what comes out is clean. */
TEST(paths_at_random)
{
    static const char letters[] = "/.a/";
    char in[16], room[64];
    for (uint32_t k = 0; k < 1 << 16; k++) {
        size_t n = 1 + k % 8;
        for (size_t i = 0; i < n; i++)
            in[i] = letters[k >> (2 * i) & 3];
        struct jot j = jot_of(room, sizeof(room));
        path_jot(&j, STR("/q"), str_n(in, n));
        CHECK(path_is_clean(jot_end(&j, 0)));
        if (path_is_clean(str_n(in, n)))
            CHECK(str_eq(jot_end(&j, 0), str_n(in, n)));
    }
}

static struct str flags(struct jot *j, enum words table, uint32_t kernel)
{
    j->used = 0;
    words_jot_flags(j, table, words_flags(table, kernel));
    return jot_end(j, 0);
}

static struct str number(struct jot *j, enum words table, uint32_t kernel)
{
    j->used = 0;
    words_jot_enum(j, table, words_enum(table, kernel));
    return jot_end(j, 0);
}

TEST(words)
{
    char room[256];
    struct jot j = jot_of(room, sizeof(room));
    CHECK_STR(flags(&j, WORDS_OPEN, 0), "O_RDONLY");
    CHECK_STR(flags(&j, WORDS_OPEN, 01), "O_WRONLY");
    CHECK_STR(flags(&j, WORDS_OPEN, 02), "O_RDWR");
    CHECK_STR(flags(&j, WORDS_OPEN, 03101), "O_TRUNC|O_APPEND|O_CREAT|O_WRONLY");
    CHECK_STR(flags(&j, WORDS_OPEN, 02200000), "O_DIRECTORY|O_RDONLY|O_CLOEXEC");
    CHECK_STR(flags(&j, WORDS_OPEN, 020200002), "O_DIRECTORY|O_RDWR|O_TMPFILE");
    CHECK_STR(flags(&j, WORDS_OPEN, 010000), "O_DSYNC|O_RDONLY");
    CHECK_STR(flags(&j, WORDS_DUP, 0), "O_NONE");
    CHECK_STR(flags(&j, WORDS_UNLINK, 0x200), "AT_REMOVEDIR");
    CHECK_STR(flags(&j, WORDS_EXE, RECORD_EXE_WRITABLE | RECORD_EXE_MEMFD), "EXE_WRITABLE|EXE_FROM_MEMFD");
    CHECK_STR(flags(&j, WORDS_MODE, 0), "");
    CHECK_STR(number(&j, WORDS_PTRACE, 0), "PTRACE_TRACEME");
    CHECK_STR(number(&j, WORDS_PTRACE, 0x4206), "PTRACE_SEIZE");
    CHECK_STR(number(&j, WORDS_PTRACE, 0x9999), "PTRACE_UNKNOWN");
    CHECK_STR(number(&j, WORDS_DOMAIN, 1), "AF_LOCAL");
    CHECK_STR(number(&j, WORDS_DOMAIN, 10), "AF_INET6");
    CHECK_STR(number(&j, WORDS_DOMAIN, 999), "");
    CHECK_STR(words_errno(-EACCES), "EACCES");
    CHECK_INT(words_errno(-3999).n, 0);
    CHECK_STR(words_signal(15), "SIGTERM");
    CHECK_INT(words_signal(64).n + words_signal(-1).n, 0);
    j.used = 0;
    words_jot_capabilities(&j, 1ULL << 39 | 1 << 21);
    CHECK_STR(jot_end(&j, 0), "CAP_SYS_ADMIN CAP_BPF");
}

TEST(what_does_not_fit_is_cut)
{
    char room[8];
    struct jot j = jot_of(room, sizeof(room));
    jot_add(&j, STR("0123456789"));
    jot_char(&j, 'x');
    jot_u64(&j, 5);
    CHECK_STR(jot_end(&j, 0), "01234567");
    CHECK(!jot_values(&j, 1));
    CHECK(!jot_net(&j));
}

TEST(numbers_as_text)
{
    char room[128];
    struct jot j = jot_of(room, sizeof(room));
    jot_i64(&j, INT64_MIN);
    jot_char(&j, ' ');
    jot_u64(&j, UINT64_MAX);
    jot_char(&j, ' ');
    jot_hex(&j, 0xabc);
    jot_char(&j, ' ');
    jot_upper_hex(&j, 0xabc);
    jot_char(&j, ' ');
    jot_octal(&j, 0644);
    jot_octal(&j, 0);
    CHECK_STR(jot_end(&j, 0), "-9223372036854775808 18446744073709551615 abc ABC 06440");
}

TEST(strings_that_are_shared)
{
    struct interner in = {};
    struct interned *all[500];
    struct interned *a = intern(&in, STR("/a")), *b = intern(&in, STR("/a"));
    CHECK(a == b);
    CHECK_INT(in.n, 1);
    for (int i = 0; i < 500; i++) {
        char text[16];
        snprintf(text, sizeof(text), "/%d", i);
        all[i] = intern(&in, str_from(text));
    }
    CHECK_STR(intern_str(all[77]), "/77");
    CHECK_INT(in.n, 501);
    for (int i = 0; i < 500; i++)
        CHECK(!intern_drop(&in, all[i]));
    intern_drop(&in, a);
    CHECK_INT(in.n, 1);
    intern_set(&in, &b, STR("/a"));
    CHECK_INT(b->refs, 1);
    intern_set(&in, &b, STR("/b"));
    CHECK_INT(in.n, 1);
    CHECK_STR(intern_str(b), "/b");
    CHECK(!intern_drop(&in, NULL));
    interner_done(&in);
    CHECK_INT(in.bytes, 0);
}

TEST(names_are_bounded)
{
    struct names *n = names_new(100);
    for (uint32_t id = 0; id < 1000; id++) {
        struct name name = {.name = STR("x")};
        names_put(n, 1, &id, sizeof(id), &name);
        CHECK(names_count(n) <= 100);
        CHECK(names_get(n, 1, &id, sizeof(id)));
    }
    uint32_t first = 0, last = 990;
    CHECK(!names_get(n, 1, &first, sizeof(first)));
    CHECK(names_get(n, 1, &last, sizeof(last)));
    CHECK(!names_get(n, 2, &last, sizeof(last)));
    struct name other = {.name = STR("y"), .home = STR("/h")};
    names_put(n, 1, &last, sizeof(last), &other);
    CHECK_STR(names_get(n, 1, &last, sizeof(last))->name, "y");
    CHECK_STR(names_get(n, 1, &last, sizeof(last))->home, "/h");
    const size_t bytes = names_bytes(n);
    for (int i = 0; i < 100'000; i++) {
        other.name = i % 2 ? STR("a") : STR("b");
        names_put(n, 1, &last, sizeof(last), &other);
    }
    CHECK(names_bytes(n) < bytes + 100'000);
    names_free(n);
}

TEST(services)
{
    struct services *s = services_new();
    if (!services_name(s, 443, IPPROTO_TCP).n)
        test_skip("this machine has no list of services");
    CHECK_STR(services_name(s, 443, IPPROTO_TCP), "https");
    CHECK_STR(services_name(s, 53, IPPROTO_UDP), "domain");
    CHECK_INT(services_name(s, 1, IPPROTO_ICMP).n, 0);
    services_free(s);
}

TEST(who_serves)
{
    struct endpoint e;
    struct record_fd fd = {.type = RECORD_FD_IPV4, .l4proto = IPPROTO_UDP, .lport = 53, .rport = 40000, .raddr = {1}};
    CHECK(endpoint_read(&fd, &e) && e.is_server);
    fd.flags = RECORD_FD_CONNECTED;
    CHECK(endpoint_read(&fd, &e) && e.is_server);
    fd = (struct record_fd){.type = RECORD_FD_IPV4, .l4proto = IPPROTO_UDP, .lport = 40000, .rport = 53, .raddr = {1}};
    CHECK(endpoint_read(&fd, &e) && !e.is_server && e.has_role);
    fd = (struct record_fd){.type = RECORD_FD_IPV4, .l4proto = IPPROTO_TCP};
    CHECK(endpoint_read(&fd, &e) && !e.has_role);
    fd.type = RECORD_FD_UNIX;
    CHECK(!endpoint_read(&fd, &e));
    for (int t = 0; t <= RECORD_FD_ANON; t++) {
        CHECK(endpoint_type_word((enum record_fd_type)t).n);
        CHECK(endpoint_type_char((enum record_fd_type)t));
    }
    CHECK_STR(endpoint_l4_word(IPPROTO_RAW), "raw");
    CHECK_STR(endpoint_l4_word(IPPROTO_ICMPV6), "icmp");
    CHECK_INT(endpoint_l4_word(IPPROTO_SCTP).n, 0);
}

TEST(calls_and_their_parameters)
{
    static struct call calls[EVENT__N];
    calls_init(calls);
    CHECK_INT(calls[EVENT_OPENAT].n_params, 7);
    CHECK_INT(calls[EVENT_OPENAT].path[0], 2);
    CHECK_INT(calls[EVENT_OPENAT].dir[0], 1);
    CHECK_INT(calls[EVENT_OPENAT].path[1], -1);
    CHECK_INT(calls[EVENT_OPENAT].open_flags, 3);
    CHECK_INT(calls[EVENT_OPENAT].open_mode, 4);
    CHECK_INT(calls[EVENT_RENAMEAT2].path[1], 4);
    CHECK_INT(calls[EVENT_RENAMEAT2].dir[1], 3);
    CHECK_INT(calls[EVENT_SYMLINKAT].path[0], 3);
    CHECK_INT(calls[EVENT_EXECVE].path[0], 30);
    CHECK_INT(call_param(&calls[EVENT_EXECVE], STR("flags"))->position, 19);
    CHECK(!call_param(&calls[EVENT_EXECVE], STR("flag")));
    CHECK(!call_param(&calls[EVENT_GETPID], STR("res")));
    /* Positions have no gaps, so that a parameter is found by its place. */
    for (int t = 0; t < EVENT__N; t++)
        for (unsigned i = 0; i < calls[t].n_params; i++)
            CHECK_INT(calls[t].params[i].position, i);
    /* What works on a descriptor was promised to. */
    for (int t = 0; t < EVENT__N; t++)
        if (calls[t].flags & (CALL_CREATES_FD | CALL_USES_FD) && record_kind_of((enum event_type)t) >= 0)
            CHECK(calls[t].traits & RECORD_HAS_FD);
}

TEST(dns_that_is_cut_or_damaged)
{
    static struct dns_message m;
    static const char packet[] = "\x12\x34\x81\x83\0\1\0\2\0\0\0\0\1a\2bc\0\0\x10\0\1"
                                 "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0e\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4";
    struct str whole = str_n(packet, sizeof(packet) - 1);
    char text[DNS_NAME_MAX];
    CHECK(dns_read(whole, &m));
    CHECK_CSTR(m.question, "a.bc");
    CHECK_STR(dns_type_word(m.type), "TXT");
    CHECK_STR(dns_rcode_word(m.rcode), "NXDOMAIN");
    CHECK_INT(m.n_records, 2);
    CHECK_INT(dns_record_text(whole, &m.records[0], text, sizeof(text)), 2);
    CHECK_CSTR(text, "bc");
    for (size_t n = 0; n < whole.n; n++) {
        bool is_message = dns_read(str_n(packet, n), &m);
        CHECK_INT(is_message, n >= 12 + 10);
        CHECK(m.n_records < 2);
    }
    /* A name that points to itself. */
    CHECK(!dns_read(STR("\0\1\0\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"), &m));
    CHECK_CSTR(m.question, "");
    CHECK(dns_read(STR("\0\1\0\0\0\0\0\0\0\0\0\0"), &m));
    CHECK_INT(m.type, 0);
    CHECK(dns_read(STR("\0\1\0\0\0\1\0\0\0\0\0\0\0\0\2\0\1"), &m));
    CHECK_CSTR(m.question, ".");
}
