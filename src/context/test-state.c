// SPDX-License-Identifier: Apache-2.0
/* What is told of several events together, and that near misses are not. */
#include <errno.h>
#include <fcntl.h>

#include "context/protocol.h"
#include "context/test-records.h"
#include "context/tls.h"
#include "harness/test.h"

#define SECOND 1'000'000'000ULL

static struct str number(struct stream *s, const char *name)
{
    return stream_ask(s, name);
}

/* As a number, -1 without one. */
static double ask(struct stream *s, const char *name)
{
    char text[64] = "";
    const struct str t = number(s, name);
    if (!t.n || t.n >= sizeof(text) || t.p[0] == '<')
        return -1;
    memcpy(text, t.p, t.n);
    return strtod(text, NULL);
}

static void connect_to(struct stream *s, int pid, uint64_t at_ns, uint8_t last, uint16_t port, int64_t res)
{
    const struct record_fd fd = {.num = 3, .type = RECORD_FD_IPV4, .l4proto = 6, .rport = port, .raddr = {last ? 192 : 127, 0, 2, last}};
    struct record *r = stream_call(s, EVENT_CONNECT, pid, 1, "x");
    r->time_ns = s->now_ns = at_ns;
    r->res = res;
    stream_fd(s, &fd, "");
    CHECK_INT(stream_take(s), 1);
}

TEST(a_timer_makes_even_intervals)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    for (unsigned i = 0; i < 20; i++)
        connect_to(&s, 30, 1000 * SECOND + i * 60 * SECOND + i % 2 * SECOND, 9, 443, i % 3 ? 0 : -EINPROGRESS);
    CHECK_INT(ask(&s, "beacon.count"), 19);
    CHECK_INT(ask(&s, "beacon.interval") / 1e9 + 0.5, 60);
    CHECK(ask(&s, "beacon.jitter") > 0 && ask(&s, "beacon.jitter") < 5);
    /* another port, another address, a failure are others */
    connect_to(&s, 30, 3000 * SECOND, 9, 80, 0);
    CHECK_INT(ask(&s, "beacon.count"), 0);
    connect_to(&s, 30, 3000 * SECOND, 9, 443, -ECONNREFUSED);
    CHECK_INT(ask(&s, "beacon.count"), -1);
    /* one visit of many connections */
    for (unsigned i = 0; i < 10; i++)
        connect_to(&s, 31, 4000 * SECOND + i * SECOND / 10, 7, 443, 0);
    CHECK_INT(ask(&s, "beacon.count"), 0);
    /* people */
    static const unsigned when[] = {0, 3, 9, 11, 30, 31, 55, 60, 90, 97};
    for (unsigned i = 0; i < 10; i++)
        connect_to(&s, 32, 5000 * SECOND + when[i] * SECOND, 5, 443, 0);
    CHECK(ask(&s, "beacon.jitter") > 50 || ask(&s, "beacon.count") < 5);
    stream_done(&s);
}

static void flow(struct stream *s, uint8_t last, uint64_t sent)
{
    struct record_net net = {.family = 2, .l4proto = 6, .rport = 443, .raddr = {192, 0, 2, last}, .flags = 1, .sent = sent};
    stream_begin(s, RECORD_FLOW, 30, 1, "x");
    record_add(&s->w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    CHECK_INT(stream_take(s), 1);
}

TEST(pieces_of_one_size)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    for (unsigned i = 0; i < 40; i++)
        flow(&s, 1, 3000 + i % 7);
    CHECK_INT(ask(&s, "upload.count"), 40);
    CHECK_INT(ask(&s, "upload.mean"), 3002);
    CHECK(ask(&s, "upload.spread") < 1);
    for (unsigned i = 0; i < 40; i++)
        flow(&s, 2, 100 + i * i * 50);
    CHECK(ask(&s, "upload.spread") > 50);
    flow(&s, 3, 0);
    CHECK_INT(ask(&s, "upload.count"), -1);
    stream_done(&s);
}

static void use(struct stream *s, int pid, uint64_t at_ns, unsigned percent)
{
    const uint64_t period = 10 * SECOND;
    struct record_usage u = {.period_ns = period, .user_ns = period / 100 * percent, .threads = 1};
    struct record *r = stream_begin(s, RECORD_USAGE, pid, 1, "x");
    r->time_ns = s->now_ns = at_ns;
    record_add(&s->w, RECORD_USAGE_DATA, 0, &u, sizeof(u), STR_NULL);
    CHECK_INT(stream_take(s), 1);
}

TEST(bursts_over_hours)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    /* 250 s of 397 s, for three hours; idle periods are not told (THREATS 73) */
    for (uint64_t t = 0; t < 10800; t += 10)
        if (t % 397 < 250)
            use(&s, 30, (1000 + t) * SECOND, 100);
    CHECK(ask(&s, "cpu.observed") > 10000e9);
    CHECK(ask(&s, "cpu.active") > 60 && ask(&s, "cpu.active") < 66);
    CHECK(ask(&s, "cpu.mean") > 60 && ask(&s, "cpu.mean") < 66);
    CHECK(ask(&s, "cpu.bursts") > 25 && ask(&s, "cpu.bursts") < 29);
    CHECK(ask(&s, "cpu.burst") > 235e9 && ask(&s, "cpu.burst") < 265e9);
    /* minutes at full speed, as a loader that waits for a sandbox to give up (THREATS 125) */
    for (uint64_t t = 0; t < 300; t += 10)
        use(&s, 31, (20000 + t) * SECOND, 400);
    CHECK_INT(ask(&s, "cpu.bursts"), 1);
    CHECK_INT(ask(&s, "cpu.observed") / 1e9, 300);
    CHECK_INT(ask(&s, "cpu.mean"), 400);
    use(&s, 32, 30000 * SECOND, 20);
    CHECK_INT(ask(&s, "cpu.bursts"), 0);
    CHECK_INT(ask(&s, "cpu.burst"), -1);
    stream_done(&s);
}

static void open_file(struct stream *s, int pid, uint64_t ino, unsigned oflags)
{
    const struct record_fd fd = {.num = 3, .type = RECORD_FD_FILE, .ino = ino, .oflags = oflags};
    stream_call(s, EVENT_OPENAT, pid, 1, "fetch")->res = 3;
    stream_fd(s, &fd, "/tmp/x");
    CHECK_INT(stream_take(s), 1);
}

static void run(struct stream *s, int pid, uint64_t ino)
{
    struct record_exe exe = {.ino = ino};
    stream_call(s, EVENT_EXECVE, pid, 1, "y");
    record_add(&s->w, RECORD_EXE, 0, &exe, sizeof(exe), STR("/tmp/x"));
    CHECK_INT(stream_take(s), 1);
}

static void run_script(struct stream *s, int pid, struct str args)
{
    s->now_ns += SECOND;
    stream_call(s, EVENT_EXECVE, pid, 1, "sh");
    record_add_text(&s->w, RECORD_ARGS, args);
    record_add_text(&s->w, RECORD_CWD, STR("/tmp"));
    CHECK_INT(stream_take(s), 1);
}

TEST(a_script_that_was_fetched_is_given_to_a_shell)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    connect_to(&s, 30, 1000 * SECOND, 9, 443, 0);
    open_file(&s, 30, 501, O_WRONLY); /* /tmp/x */
    run_script(&s, 40, STR("sh\0-e\0/tmp/x\0more\0"));
    CHECK_FIELD(&s, "exec.script", "/tmp/x");
    CHECK_FIELD(&s, "exec.script.by", "fetch");
    CHECK(ask(&s, "exec.script.age") > 0);
    CHECK_FIELD(&s, "exec.download.by", "<NA>");
    run_script(&s, 41, STR("sh\0./x\0"));
    CHECK_FIELD(&s, "exec.script", "/tmp/x");
    /* another file, an argument behind the script, a line of a script, none */
    static const struct str OTHERS[] = {{"sh\0/tmp/y\0", 10}, {"sh\0y\0/tmp/x\0", 12}, {"sh\0-c\0cat /tmp/x\0", 17}, {"sh\0-i\0", 6}};
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        run_script(&s, 42, OTHERS[i]);
        CHECK_FIELD(&s, "exec.script", "<NA>");
    }
    stream_done(&s);
}

TEST(what_was_fetched_is_run)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    connect_to(&s, 30, 1000 * SECOND, 9, 443, 0);
    open_file(&s, 30, 501, O_WRONLY);
    run(&s, 40, 501);
    CHECK_FIELD(&s, "exec.download.by", "fetch");
    CHECK(ask(&s, "exec.download.age") > 0);
    /* opened before the connection, as a shell does for `fetch > file` */
    open_file(&s, 31, 502, O_RDWR);
    connect_to(&s, 31, s.now_ns + 1, 9, 443, 0);
    run(&s, 41, 502);
    CHECK_FIELD(&s, "exec.download.by", "fetch");
    /* read only; loopback only; a compiler; a day later */
    open_file(&s, 30, 503, O_RDONLY);
    run(&s, 42, 503);
    CHECK_FIELD(&s, "exec.download.by", "<NA>");
    connect_to(&s, 33, s.now_ns + 1, 0, 443, 0);
    open_file(&s, 33, 504, O_WRONLY);
    run(&s, 43, 504);
    CHECK_FIELD(&s, "exec.download.by", "<NA>");
    open_file(&s, 34, 505, O_WRONLY);
    run(&s, 44, 505);
    CHECK_FIELD(&s, "exec.download.by", "<NA>");
    s.now_ns += 25 * 3600 * SECOND;
    run(&s, 45, 501);
    CHECK_FIELD(&s, "exec.download.by", "<NA>");
    stream_done(&s);
}

static void rename_file(struct stream *s, const char *from, const char *to, unsigned i)
{
    char a[64], b[80];
    (void)snprintf(a, sizeof(a), "/srv/%u%s", i, from);
    (void)snprintf(b, sizeof(b), "/srv/%u%s", i, to);
    stream_call(s, EVENT_RENAME, 30, 1, "x");
    stream_param(s, 1, a);
    stream_param(s, 2, b);
    CHECK_INT(stream_take(s), 1);
}

TEST(many_files_get_one_ending)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    for (unsigned i = 0; i < 50; i++)
        rename_file(&s, ".doc", ".doc.encrypt", i);
    CHECK_INT(ask(&s, "renames.count"), 50);
    CHECK_INT(ask(&s, "renames.same_ending"), 50);
    CHECK_FIELD(&s, "renames.ending", "encrypt");
    rename_file(&s, ".doc", ".locked", 1);
    CHECK_INT(ask(&s, "renames.same_ending"), 1);
    CHECK_FIELD(&s, "renames.ending", "locked");
    /* a program that puts files in place */
    for (unsigned i = 0; i < 50; i++)
        rename_file(&s, ".pyc.1234", ".pyc", i);
    CHECK_INT(ask(&s, "renames.same_ending"), 0);
    CHECK_FIELD(&s, "renames.ending", "<NA>");
    s.now_ns += 61 * SECOND;
    rename_file(&s, ".doc", ".doc.encrypt", 1);
    CHECK_INT(ask(&s, "renames.count"), 1);
    stream_done(&s);
}

TEST(names_of_kernel_threads)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    stream_exec(&s, 30, 1, "kdevtmpfsi", "/tmp/kdevtmpfsi", "kdevtmpfsi|");
    CHECK_FIELD(&s, "proc.looks_like_kthread", "true");
    stream_exec(&s, 31, 1, "bash", "/usr/bin/bash", "bash|");
    CHECK_FIELD(&s, "proc.looks_like_kthread", "false");
    stream_call(&s, EVENT_SETUID, 32, 2, "kworker/0:1");
    stream_take(&s);
    CHECK_FIELD(&s, "proc.looks_like_kthread", "<NA>");
    stream_done(&s);
}

static void ask_for(struct stream *s, bool is_answer, uint64_t at_ns)
{
    char packet[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\4pool\7example\3org\0\0\1\0\1";
    struct record_net net = {.family = 2, .l4proto = 17, .rport = 53, .raddr = {192, 0, 2, 1}, .flags = 1};
    packet[2] = is_answer ? (char)0x81 : 1;
    stream_begin(s, RECORD_DNS, 30, 1, "x")->time_ns = s->now_ns = at_ns;
    record_add(&s->w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    record_add_text(&s->w, RECORD_DNS_PACKET, str_n(packet, sizeof(packet) - 1));
    CHECK_INT(stream_take(s), 1);
}

TEST(names_that_are_new)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    ask_for(&s, false, 1000 * SECOND);
    CHECK_FIELD(&s, "dns.known_for", "0");
    ask_for(&s, true, 1001 * SECOND);
    CHECK_FIELD(&s, "dns.known_for", "<NA>");
    ask_for(&s, false, 1400 * SECOND);
    CHECK_FIELD(&s, "dns.known_for", "400000000000");
    stream_done(&s);
}

static const char *const MESSAGES[][2] = {
    {"{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":\"x\",\"pass\":\"x\",\"agent\":\"x\"}}\n", "stratum"},
    {"{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": []}\n", "stratum"},
    {"\n\r\n {\n \"id\": 1,\n \"method\":\n \"mining.subscribe\",\n \"params\": []\n}\n", "stratum"},
    {"{\"id\": 1, \"method\": \"mining.subscribe\", \"par", "stratum"},
    {"{\"id\":1,\"meth", ""},
    {"{\"method\":\"login\"}\n{\"agent\":\"x\"}\n", ""},
    {"{\"method\":\"login\",\"params\":{\"user\":\"x\"}}\n", ""},
    {"{\"id\":1,\"text\":\"mining.subscribe\"}", ""},
    {"NICK bot-1\r\nUSER a b c :d\r\n", "irc"},
    {"USER a 0 * :b\r\n", "irc"},
    {"\r\nJOIN #x\r\n", "irc"},
    {"USER anonymous\r\n", ""},
    {"JOIN #x\r\n", "irc"},
    {"NICK", ""},
    {"GET /x HTTP/1.1\r\n", "http"},
    {"GET /x\r\n", ""},
    {"SSH-2.0-OpenSSH_9.2\r\n", "ssh"},
    {"\x05\x01\x02", "socks"},
    {"\x05\x01\x02\x02", ""},
    {"\x16\x03\x01\x02\x05\x01\x01", "tls"},
    {"hello", ""},
    {"", ""},
};

TEST(languages_are_known_by_their_grammar)
{
    for (size_t i = 0; i < sizeof(MESSAGES) / sizeof(MESSAGES[0]); i++)
        CHECK_STR(protocol_of(str_from(MESSAGES[i][0])), MESSAGES[i][1]);
    CHECK_STR(protocol_of(STR("4\0ll|x")), "njrat");
    CHECK_STR(protocol_of(STR("4\0xyz")), "");
    CHECK_STR(protocol_of(STR("0\0ll")), "");
    struct stream s;
    stream_init(&s, (struct context_options){});
    stream_call(&s, EVENT_WRITE, 30, 1, "x");
    record_add_text(&s.w, RECORD_DATA, STR("JOIN #x\r\n"));
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "data.protocol", "irc");
    stream_done(&s);
}

/* Tables are of a fixed size: a flood makes them forget, never grow or fail. */
TEST(a_flood_is_bounded)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    const uint64_t before = context_stats(s.c).bytes;
    for (int i = 0; i < 50000; i++)
        connect_to(&s, 30, (1000 + (uint64_t)i) * SECOND, (uint8_t)(i % 250 + 1), (uint16_t)(i % 60000), 0);
    CHECK(context_stats(s.c).bytes < before + (1 << 20));
    stream_done(&s);
}

static void open_as(struct stream *s, int pid, int ppid, int sid, const char *path, uint64_t ino, unsigned oflags, unsigned flags)
{
    const struct record_fd fd = {.num = 3, .type = RECORD_FD_FILE, .ino = ino, .oflags = oflags, .flags = (uint16_t)flags};
    struct record *r = stream_call(s, EVENT_OPENAT, pid, ppid, "cat");
    r->res = 3;
    r->sid = sid;
    r->time_ns = s->now_ns;
    stream_fd(s, &fd, path);
    CHECK_INT(stream_take(s), 1);
}

static void connect_as(struct stream *s, int pid, int ppid, int sid, uint8_t first)
{
    const struct record_fd fd = {.num = 3, .type = RECORD_FD_IPV4, .l4proto = 6, .rport = 443, .raddr = {first, 0, 2, 9}};
    struct record *r = stream_call(s, EVENT_CONNECT, pid, ppid, "curl");
    r->sid = sid;
    r->time_ns = s->now_ns;
    stream_fd(s, &fd, "");
    CHECK_INT(stream_take(s), 1);
}

TEST(keys_read_by_one_and_sent_by_another)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    s.now_ns = 1000 * SECOND;
    open_as(&s, 30, 20, 20, "/root/.aws/credentials", 5, O_RDONLY, 0);
    s.now_ns += 5 * SECOND;
    connect_as(&s, 31, 20, 20, 192); /* a child of the same shell */
    CHECK_FIELD(&s, "keys.read.path", "/root/.aws/credentials");
    CHECK_FIELD(&s, "keys.read.by", "cat");
    CHECK_FIELD(&s, "keys.read.is_self", "false");
    CHECK_INT(ask(&s, "keys.read.age") / 1e9, 5);
    connect_as(&s, 32, 20, 32, 192); /* that left the session */
    CHECK_FIELD(&s, "keys.read.by", "cat");
    connect_as(&s, 33, 29, 20, 192); /* of the session */
    CHECK_FIELD(&s, "keys.read.by", "cat");
    connect_as(&s, 34, 30, 34, 192); /* a child of who read */
    CHECK_FIELD(&s, "keys.read.by", "cat");
    connect_as(&s, 30, 20, 20, 192);
    CHECK_FIELD(&s, "keys.read.is_self", "true");
    connect_as(&s, 31, 20, 20, 127); /* to itself */
    CHECK_FIELD(&s, "keys.read.by", "<NA>");
    connect_as(&s, 40, 41, 41, 192); /* somebody else */
    CHECK_FIELD(&s, "keys.read.by", "<NA>");
    s.now_ns += 700 * SECOND;
    connect_as(&s, 31, 20, 20, 192);
    CHECK_FIELD(&s, "keys.read.by", "<NA>");
    /* a public key, and a file that is written */
    open_as(&s, 50, 51, 51, "/root/.ssh/id_rsa.pub", 6, O_RDONLY, 0);
    open_as(&s, 50, 51, 51, "/root/.ssh/id_rsa", 7, O_WRONLY, 0);
    connect_as(&s, 50, 51, 51, 192);
    CHECK_FIELD(&s, "keys.read.by", "<NA>");
    stream_done(&s);
}

static unsigned asked;
static void count_looks(void *ctx, const struct record *about, struct str path)
{
    (void)ctx, (void)about, (void)path;
    asked++;
}

static void look(struct stream *s, int pid, uint64_t ino, bool random)
{
    struct record *r = stream_begin(s, RECORD_REWRITE, pid, 20, "x");
    r->time_ns = s->now_ns;
    stream_param(s, 0, "/srv/x");
    stream_number(s, 1, 7950);
    stream_number(s, 2, random);
    stream_number(s, 3, ino);
    CHECK_INT(stream_take(s), 1);
}

TEST(files_written_anew_are_looked_at_from_the_eighth_on)
{
    struct stream s;
    stream_init(&s, (struct context_options){.ask.rewrite = count_looks});
    s.now_ns = 1000 * SECOND;
    asked = 0;
    for (unsigned i = 0; i < 20; i++)
        open_as(&s, 30, 20, 20, "/srv/x", 100 + i, O_RDWR, 0);
    CHECK_INT(asked, 13);
    for (unsigned i = 0; i < 13; i++)
        look(&s, 30, 107 + i, i != 3);
    CHECK_INT(ask(&s, "rewrite.count"), 20);
    CHECK_INT(ask(&s, "rewrite.random"), 12);
    look(&s, 30, 119, true); /* the same file again */
    CHECK_INT(ask(&s, "rewrite.random"), 12);
    CHECK_FIELD(&s, "rewrite.is_random", "true");
    /* new files, logs, the kernel's, one file again and again */
    asked = 0;
    for (unsigned i = 0; i < 40; i++) {
        open_as(&s, 31, 21, 21, "/srv/x", 200 + i, O_WRONLY, RECORD_FD_CREATED);
        open_as(&s, 32, 22, 22, "/srv/x", 300 + i, O_WRONLY | O_APPEND, 0);
        open_as(&s, 33, 23, 23, "/proc/sys/x", 400 + i, O_WRONLY, 0);
        open_as(&s, 34, 24, 24, "/srv/x", 500, O_WRONLY, 0);
    }
    CHECK_INT(asked, 0);
    /* one file by each of many children of one */
    for (unsigned i = 0; i < 20; i++)
        open_as(&s, 600 + (int)i, 25, 25, "/srv/x", 600 + i, O_WRONLY, 0);
    CHECK_INT(asked, 13);
    look(&s, 619, 619, true);
    CHECK_INT(ask(&s, "rewrite.count"), 20);
    /* not without a bound, and anew after a minute */
    for (unsigned i = 0; i < 500; i++)
        open_as(&s, 35, 26, 26, "/srv/x", 1000 + i, O_WRONLY, 0);
    CHECK_INT(asked, 13 + 64);
    s.now_ns += 70 * SECOND;
    open_as(&s, 35, 26, 26, "/srv/x", 5000, O_WRONLY, 0);
    CHECK_INT(asked, 13 + 64);
    stream_done(&s);
}

static void away(struct stream *s, int pid, int ppid, const char *path)
{
    stream_call(s, EVENT_UNLINK, pid, ppid, "rm");
    stream_param(s, 1, path);
    CHECK_INT(stream_take(s), 1);
}

static char looked_at[128];
static void note_look(void *ctx, const struct record *about, struct str path)
{
    (void)ctx, (void)about;
    asked++;
    (void)snprintf(looked_at, sizeof(looked_at), "%.*s", STR_ARG(path));
}

static void look_at_new(struct stream *s, int pid, int ppid, const char *path, uint64_t ino)
{
    struct record *r = stream_begin(s, RECORD_REWRITE, pid, ppid, "rm");
    r->time_ns = s->now_ns;
    stream_param(s, 0, path);
    stream_number(s, 1, 7950);
    stream_number(s, 2, 1);
    stream_number(s, 3, ino);
    stream_param(s, 4, "openpgp");
    CHECK_INT(stream_take(s), 1);
}

static const char *numbered(char b[64], const char *folder, unsigned i, const char *ending)
{
    (void)snprintf(b, 64, "/%s/%u%s", folder, i, ending);
    return b;
}

TEST(new_files_in_place_of_others)
{
    struct stream s;
    char b[64];
    stream_init(&s, (struct context_options){.ask.rewrite = note_look});
    s.now_ns = 1000 * SECOND;
    asked = 0;
    make_shell(&s);
    /* a shell's loop: a program for each file writes beside it, another removes it */
    for (unsigned i = 0; i < 20; i++) {
        (void)numbered(b, "srv", i, ".doc.locked");
        open_as(&s, 100 + (int)i, 20, 20, b, 100 + i, O_WRONLY, RECORD_FD_CREATED);
        (void)numbered(b, "srv", i, ".doc");
        away(&s, 200 + (int)i, 20, b);
    }
    CHECK_INT(asked, 17);
    CHECK_STR(str_from(looked_at), "/srv/19.doc.locked");
    for (unsigned i = 3; i < 20; i++) {
        (void)numbered(b, "srv", i, ".doc.locked");
        look_at_new(&s, 200 + (int)i, 20, b, 100 + i);
    }
    CHECK_INT(ask(&s, "rewrite.replaced"), 20);
    CHECK_INT(ask(&s, "rewrite.random"), 17);
    CHECK_INT(ask(&s, "rewrite.count"), 0);
    CHECK_FIELD(&s, "rewrite.by", "cat");
    CHECK_FIELD(&s, "rewrite.format", "openpgp");
    /* another ending in place of its own, emptied or moved away in place of removed, below find and a shell each time */
    asked = 0;
    stream_fork(&s, 50, 20, "bash");
    for (int i = 0; i < 8; i++) {
        stream_fork(&s, 300 + i * 10, 50, "sh");
        stream_fork(&s, 301 + i * 10, 300 + i * 10, "x");
        stream_fork(&s, 302 + i * 10, 300 + i * 10, "y");
        open_as(&s, 301 + i * 10, 300 + i * 10, 50, numbered(b, "home", (unsigned)i, ".enc"), 500 + (unsigned)i, O_WRONLY, RECORD_FD_CREATED);
        if (i % 2)
            open_as(&s, 302 + i * 10, 300 + i * 10, 50, numbered(b, "home", (unsigned)i, ".txt"), 600 + (unsigned)i, O_WRONLY | O_TRUNC, 0);
        else
            away(&s, 302 + i * 10, 300 + i * 10, numbered(b, "home", (unsigned)i, ".txt"));
    }
    CHECK_INT(asked, 5);
    CHECK_STR(str_from(looked_at), "/home/7.enc");
    /* other people's files, a program's own new ones, other names */
    asked = 0;
    for (unsigned i = 0; i < 20; i++) {
        open_as(&s, 700, 71, 71, numbered(b, "opt", i, ".o"), 700 + i, O_WRONLY, RECORD_FD_CREATED);
        away(&s, 800, 81, numbered(b, "opt", i, ""));
        away(&s, 700, 71, numbered(b, "opt", i, ".o"));
        away(&s, 700, 71, numbered(b, "opt", i, ".o.d"));
    }
    CHECK_INT(asked, 0);
    stream_done(&s);
}

TEST(files_moved_over_others)
{
    struct stream s;
    char a[64], b[64];
    stream_init(&s, (struct context_options){.ask.rewrite = note_look});
    s.now_ns = 1000 * SECOND;
    asked = 0;
    for (int i = 0; i < 20; i++)
        for (int how = 0; how < 2; how++) {
            struct record *r = stream_call(&s, how ? EVENT_RENAMEAT : EVENT_RENAMEAT2, 900 + i, 20, "mv");
            r->res = how ? 0 : -EEXIST;
            stream_param(&s, 2, numbered(a, "srv", (unsigned)i, ".tmp"));
            stream_param(&s, 4, numbered(b, "srv", (unsigned)i, ".doc"));
            CHECK_INT(stream_take(&s), 1);
        }
    CHECK_INT(asked, 17);
    CHECK_STR(str_from(looked_at), "/srv/19.doc");
    look_at_new(&s, 919, 20, "/srv/19.doc", 5);
    CHECK_INT(ask(&s, "rewrite.replaced"), 20);
    /* nothing was there */
    asked = 0;
    for (unsigned i = 0; i < 20; i++) {
        (void)stream_call(&s, EVENT_RENAMEAT2, 960, 21, "mv");
        stream_param(&s, 2, numbered(a, "opt", i, ".tmp"));
        stream_param(&s, 4, numbered(b, "opt", i, ".doc"));
        CHECK_INT(stream_take(&s), 1);
    }
    CHECK_INT(asked, 0);
    stream_done(&s);
}

/* A client's hello with a name, and with or without a word on protocols. */
static struct str hello(char *b, const char *name, bool alpn)
{
    static const char HEAD[] = "\x16\x03\x01\0\0\x01\0\0\0\x03\x03" "0123456789abcdef0123456789abcdef" "\0\0\x02\x13\x01\x01\0";
    static const char ALPN[] = "\0\x10\0\x05\0\x03\x02h2";
    size_t n = sizeof(HEAD) - 1;
    const size_t k = strlen(name);
    memcpy(b, HEAD, n);
    b[n++] = 0;
    b[n++] = (char)(9 + k + (alpn ? sizeof(ALPN) - 1 : 0));
    const char sni[] = {0, 0, 0, (char)(k + 5), 0, (char)(k + 3), 0, 0, (char)k};
    memcpy(b + n, sni, sizeof(sni));
    memcpy(b + n + sizeof(sni), name, k);
    n += sizeof(sni) + k;
    if (alpn) {
        memcpy(b + n, ALPN, sizeof(ALPN) - 1);
        n += sizeof(ALPN) - 1;
    }
    return str_n(b, n);
}

TEST(a_hello_of_tor)
{
    static const char *const RANDOM[] = {"www.7fq3mzk2xw5t.com", "www.xkqzvbtl.com", "www.n2dgqpayx4.com"},
                            *const NAMES[] = {"www.example.com", "www.stackoverflow.com", "www.microsoft.com", "www.web2print.com", "www.7fq3mzk2xw5t.org",
                                              "7fq3mzk2xw5t.com", "www.7fq3.com", "www.22222222.com", "www.7fq3mzk2xw5t7fq3mzk2xw5t.com", "www.8fq3mzk9xw1t.com"};
    char b[512];
    struct tls_hello h;
    for (size_t i = 0; i < sizeof(RANDOM) / sizeof(RANDOM[0]); i++) {
        CHECK_STR(protocol_of(hello(b, RANDOM[i], false)), "tor");
        CHECK_STR(protocol_of(hello(b, RANDOM[i], true)), "tls");
    }
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        CHECK_STR(protocol_of(hello(b, NAMES[i], false)), "tls");
    const struct str whole = hello(b, "www.example.com", true);
    CHECK(tls_hello_read(whole, &h) && h.has_alpn && h.is_whole);
    CHECK_STR(h.sni, "www.example.com");
    /* cut anywhere: no name that is not there, nothing read behind the end */
    for (size_t n = 0; n < whole.n; n++) {
        char *piece = malloc(n + 1);
        memcpy(piece, b, n);
        if (tls_hello_read(str_n(piece, n), &h))
            CHECK(!h.is_whole && (!h.sni.n || str_is(h.sni, "www.example.com")));
        free(piece);
    }
}
