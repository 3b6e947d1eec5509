// SPDX-License-Identifier: Apache-2.0
/* Places that are real: files, log sockets and a web server that the test makes. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "base/file.h"
#include "harness/test.h"
#include "sink/test-live-sample.h"

enum { PATIENCE_MS = 20'000 }; /* the machine may be busy */

static char folder[64];
static char path_buffer[256];

static const char *path_of(const char *name)
{
    if (!folder[0]) {
        (void)snprintf(folder, sizeof(folder), "/tmp/davy-live-XXXXXX");
        CHECK(mkdtemp(folder));
    }
    (void)snprintf(path_buffer, sizeof(path_buffer), "%s/%s", folder, name);
    return path_buffer;
}

static void forget_folder(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    CHECK_INT(system(command), 0);
    folder[0] = 0;
}

static struct live_sink *sink_to(const char *format, const char *where, const char *headers)
{
    struct live_sink *s = NULL;
    struct error err = ERROR_NULL;
    (void)setenv("TZ", "UTC", 1);
    tzset();
    if (live_sink_open(&(struct live_options){.format = live_format_from(str_from(format)), .where = where, .headers = headers}, &s, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return s;
}

/* Of alerts about machines of one key the first is shown, the others are told as one: where events are of any day, and unless all is asked for. */
TEST(machines_of_one_key_are_one)
{
    for (int verbose = 0; verbose < 2; verbose++) {
        struct live_sample sample;
        struct alert *a = live_sample(&sample);
        struct error err = ERROR_NULL;
        struct live_sink *s = NULL;
        struct strbuf text = {};
        const char *path = path_of("folded");
        (void)setenv("TZ", "UTC", 1);
        tzset();
        CHECK_INT(live_sink_open(&(struct live_options){.format = live_format_from(STR("text")), .where = path, .look = {.width = 200, .dated = true, .verbose = verbose}}, &s, &err), 0);
        a->ties = (struct alert_ties){.shared = {STR("key:AKIA1"), STR("instance:i-1")}, .n_shared = 2};
        CHECK(live_sink_put(s, a));
        a->ties.shared[1] = STR("instance:i-2");
        CHECK(live_sink_put(s, a) && live_sink_put(s, a));
        a->ties.shared[0] = STR("key:AKIA2"); /* of another key: for itself */
        CHECK(live_sink_put(s, a));
        a->ties.shared[0] = STR("key:AKIA1");
        a->time_ns += 2 * 3600 * 1'000'000'000ULL; /* another day's work, while the first is not told yet: for itself */
        CHECK(live_sink_put(s, a));
        a->ties.n_shared = 1; /* about no machine */
        CHECK(live_sink_put(s, a));
        CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
        CHECK_INT(file_read(path, 1 << 20, &text, &err), 0);
        size_t n = 0;
        for (ptrdiff_t at = 0; (at = str_find(strbuf_str(&text), STR("Keys replaced"), (size_t)at)) >= 0; at++)
            n++;
        CHECK_INT(n, verbose ? 6 : 5);
        CHECK(str_has(strbuf_str(&text), STR("by the same, about i-2")) == !verbose);
        strbuf_done(&text);
        forget_folder();
    }
}

static void refuses(const char *format, const char *where, const char *says)
{
    struct live_sink *s = NULL;
    struct error err = ERROR_NULL;
    CHECK(live_sink_open(&(struct live_options){.format = live_format_from(str_from(format)), .where = where}, &s, &err) < 0);
    if (!str_has(str_from(err.text), str_from(says)))
        test_fail(__FILE__, __LINE__, "`%s` does not say `%s`", err.text, says);
}

static size_t lines_in(const char *path)
{
    struct strbuf b = {};
    size_t n = 0;
    CHECK_INT(file_read(path, 1 << 20, &b, NULL), 0);
    for (size_t i = 0; i < b.n; i++)
        n += b.p[i] == '\n';
    strbuf_done(&b);
    return n;
}

TEST(places_are_told_apart)
{
    CHECK_INT(live_place_of(NULL), LIVE_STDOUT);
    CHECK_INT(live_place_of("-"), LIVE_STDOUT);
    CHECK_INT(live_place_of("syslog:"), LIVE_SYSLOG);
    CHECK_INT(live_place_of("https://hook.example/x"), LIVE_WEBHOOK);
    CHECK_INT(live_place_of("./syslog"), LIVE_FILE);
}

TEST(mistakes_are_told_at_the_start)
{
    refuses("text", "syslog:", "takes falco or json");
    refuses("json", "syslog:udp:", "is no log");
    refuses("json", "syslog:udp://[::1", "is no log");
    refuses("json", "syslog:tcp://host:99999", "is no log");
    refuses("json", "https://", "is no address");
    refuses("json", "/nonexistent/folder/file", "cannot write /nonexistent/folder/file");
}

/* Lines go behind those that are there; a page takes the place of the last one, when it is ready. */
TEST(a_page_replaces_what_was_in_its_file)
{
    struct live_sample sample;
    char path[256];
    (void)snprintf(path, sizeof(path), "%s", path_of("page.html"));
    for (int i = 0; i < 2; i++) {
        _cleanup_(strbuf_done) struct strbuf before = {}, after = {};
        struct live_sink *s = sink_to("html", path, NULL);
        CHECK(live_sink_put(s, live_sample(&sample)));
        CHECK_INT(file_read(path, 1 << 20, &before, NULL), 0);
        CHECK(i ? str_ends(strbuf_str(&before), STR("</html>\n")) : !before.n); /* the old one is there until then */
        CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
        CHECK_INT(file_read(path, 1 << 20, &after, NULL), 0);
        CHECK(str_find(strbuf_str(&after), STR("</html>"), 0) == (ptrdiff_t)after.n - (ptrdiff_t)strlen("</html>\n"));
    }
    (void)unlink(path);
}

TEST(a_file_is_appended_to_and_reopened)
{
    struct live_sample sample;
    char first[256], moved[256];
    (void)snprintf(first, sizeof(first), "%s", path_of("a.log"));
    (void)snprintf(moved, sizeof(moved), "%s", path_of("a.log.1"));
    struct live_sink *s = sink_to("json", first, NULL);
    CHECK(live_sink_put(s, live_sample(&sample)));
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
    s = sink_to("json", first, NULL);
    CHECK(live_sink_put(s, &sample.alert));
    for (struct outlet_stats stats = {}; stats.written < 1;)
        live_sink_stats(s, &stats);
    CHECK_INT(rename(first, moved), 0);
    live_sink_reopen(s);
    CHECK(live_sink_put(s, &sample.alert));
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
    CHECK_INT(lines_in(moved), 2);
    CHECK_INT(lines_in(first), 1);
    struct stat st;
    CHECK_INT(stat(first, &st), 0);
    CHECK_INT(st.st_mode & 027, 0); /* nobody else writes it, strangers do not read it */
    forget_folder();
}

TEST(text_waits_for_its_case)
{
    struct live_sample sample;
    struct live_sink *s = NULL;
    struct strbuf text = {};
    const char *path = path_of("text.log");
    const struct alert *a = live_sample(&sample);
    struct alert second = *a;
    second.num = 42;
    CHECK_INT(live_sink_open(&(struct live_options){.format = live_format_from(STR("text")), .where = path, .case_ms = 100, .look = {.width = 80, .utf8 = true}}, &s, NULL), 0);
    live_sink_tick(s, 1000);
    CHECK(live_sink_put(s, a) && live_sink_put(s, &second) && live_sink_put(s, a));
    /* in order: the second is known first, another rule's is nobody's */
    live_sink_case(s, &(struct live_case){.id = 7, .num = 42, .rule = a->name});
    live_sink_case(s, &(struct live_case){.id = 9, .num = 41, .rule = STR("Another")});
    live_sink_tick(s, 1099);
    struct outlet_stats stats = {};
    live_sink_stats(s, &stats);
    CHECK_INT(stats.written + stats.queued, 0);
    live_sink_case(s, &(struct live_case){.id = 7, .is_new = true, .num = 41, .rule = a->name});
    live_sink_tick(s, 1100);
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
    CHECK_INT(file_read(path, 1 << 20, &text, NULL), 0);
    CHECK(str_has(strbuf_str(&text), STR("case 7 opened\n")));
    CHECK(str_has(strbuf_str(&text), STR("↑ case 7\n")));
    CHECK(str_find(strbuf_str(&text), STR("opened"), 0) < str_find(strbuf_str(&text), STR("↑"), 0));
    CHECK(!str_has(strbuf_str(&text), STR("case 9")));
    strbuf_done(&text);
    forget_folder();
}

TEST(a_full_disk_is_told_and_does_not_stop_it)
{
    struct live_sample sample;
    struct live_sink *s = sink_to("json", "/dev/full", NULL);
    struct outlet_stats stats = {};
    for (int i = 0; i < 100; i++)
        CHECK(live_sink_put(s, live_sample(&sample)));
    while (stats.lost < 100)
        live_sink_stats(s, &stats);
    CHECK_INT(stats.last.code, -ENOSPC);
    CHECK(str_has(str_from(stats.last.text), STR("/dev/full")));
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 100);
}

struct pager {
    int fd;
    unsigned asked;
    size_t lines;
    pthread_t thread;
};

static void *read_all(void *ctx)
{
    struct pager *p = ctx;
    char bytes[4096];
    for (ssize_t n; (n = read(p->fd, bytes, sizeof(bytes))) > 0;)
        for (ssize_t i = 0; i < n; i++)
            p->lines += bytes[i] == '\n';
    return NULL;
}

/* Reads nothing until it was asked about three times. */
static bool waits_for_pager(void *ctx)
{
    struct pager *p = ctx;
    if (++p->asked == 3)
        CHECK_INT(pthread_create(&p->thread, NULL, read_all, p), 0);
    return true;
}

static bool gives_up(void *ctx)
{
    return ++((struct pager *)ctx)->asked < 3;
}

TEST(a_reader_that_is_waited_for_loses_nothing)
{
    enum { ALERTS = 300 }; /* more than a pipe holds */
    for (int is_patient = 0; is_patient < 2; is_patient++) {
        struct live_sample sample;
        char where[64];
        int ends[2];
        CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
        (void)snprintf(where, sizeof(where), "/proc/self/fd/%d", ends[1]);
        struct live_sink *s = sink_to("json", where, NULL);
        (void)close(ends[1]);
        for (int i = 0; i < ALERTS; i++)
            CHECK(live_sink_put(s, live_sample(&sample)));
        struct pager pager = {.fd = ends[0]};
        live_sink_finish(s, is_patient ? waits_for_pager : gives_up, &pager);
        CHECK(pager.asked >= 3);
        const uint64_t lost = live_sink_close(s, 10);
        if (is_patient) {
            CHECK_INT(lost, 0);
            CHECK_INT(pthread_join(pager.thread, NULL), 0);
            CHECK_INT(pager.lines, ALERTS);
        } else {
            CHECK(lost > 0);
        }
        (void)close(ends[0]);
    }
}

/* ---- log sockets ---- */

static int bound_unix(const char *path, int type)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK_INT(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    if (type == SOCK_STREAM)
        CHECK_INT(listen(fd, 4), 0);
    return fd;
}

static int bound_inet(int type, unsigned *ret_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(a);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK_INT(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    if (type == SOCK_STREAM)
        CHECK_INT(listen(fd, 16), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&a, &size), 0);
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static struct str receive(int fd, char *buffer, size_t size)
{
    CHECK_INT(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, PATIENCE_MS), 1);
    ssize_t n = recv(fd, buffer, size, 0);
    CHECK(n >= 0);
    return str_n(buffer, (size_t)n);
}

TEST(syslog_of_this_machine)
{
    struct live_sample sample;
    char where[300], got[4096], want[256];
    const char *path = path_of("log");
    int fd = bound_unix(path, SOCK_DGRAM);
    (void)snprintf(where, sizeof(where), "syslog:%s", path);
    struct live_sink *s = sink_to("falco", where, NULL);
    CHECK(live_sink_put(s, live_sample(&sample)));
    (void)snprintf(want, sizeof(want), "<26>Nov 14 22:13:20 davy[%d]: 22:13:20.123456789: Critical bash wrote ", (int)getpid());
    struct str message = receive(fd, got, sizeof(got));
    CHECK(str_starts(message, str_from(want)));
    CHECK(!str_has(message, STR("\n")));
    /* the daemon is started again: a new socket under the old name */
    (void)close(fd);
    CHECK_INT(unlink(path), 0);
    fd = bound_unix(path, SOCK_DGRAM);
    CHECK(live_sink_put(s, &sample.alert));
    CHECK(str_starts(receive(fd, got, sizeof(got)), str_from(want)));
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
    (void)close(fd);
    forget_folder();
}

TEST(syslog_over_a_stream_of_this_machine)
{
    struct live_sample sample;
    char where[300], got[4096];
    const char *path = path_of("stream");
    int listener = bound_unix(path, SOCK_STREAM);
    (void)snprintf(where, sizeof(where), "syslog:%s", path);
    struct live_sink *s = sink_to("json", where, NULL);
    CHECK(live_sink_put(s, live_sample(&sample)));
    int fd = accept(listener, NULL, NULL);
    CHECK(fd >= 0);
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
    struct str message = receive(fd, got, sizeof(got));
    CHECK(str_has(message, STR("]: {\"time\":")) && str_ends(message, STR("}\n")));
    (void)close(fd);
    (void)close(listener);
    forget_folder();
}

TEST(syslog_over_the_network)
{
    struct live_sample sample;
    char where[64], got[4096], want[256];
    unsigned port;
    int fd = bound_inet(SOCK_DGRAM, &port);
    (void)snprintf(where, sizeof(where), "syslog:udp://127.0.0.1:%u", port);
    struct live_sink *s = sink_to("falco", where, NULL);
    CHECK(live_sink_put(s, live_sample(&sample)));
    (void)snprintf(want, sizeof(want), "<26>1 2023-11-14T22:13:20.123456Z db-3 davy %d finding [origin software=\"davy\" swVersion=", (int)getpid());
    CHECK(str_starts(receive(fd, got, sizeof(got)), str_from(want)));
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
    (void)close(fd);

    fd = bound_inet(SOCK_STREAM, &port);
    (void)snprintf(where, sizeof(where), "syslog:tcp://127.0.0.1:%u", port);
    s = sink_to("falco", where, NULL);
    CHECK(live_sink_put(s, &sample.alert));
    CHECK(live_sink_put(s, &sample.alert));
    int peer = accept(fd, NULL, NULL);
    CHECK(peer >= 0);
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
    size_t n = 0;
    for (ssize_t more; (more = recv(peer, got + n, sizeof(got) - n, 0)) > 0;)
        n += (size_t)more;
    struct str rest = str_n(got, n);
    for (int i = 0; i < 2; i++) { /* each message behind its length */
        uint64_t length;
        ptrdiff_t blank = str_find(rest, STR(" "), 0);
        CHECK(blank > 0 && str_to_u64(str_sub(rest, 0, (size_t)blank), &length));
        CHECK(str_starts(str_sub(rest, (size_t)blank + 1, rest.n), str_from(want)));
        rest = str_sub(rest, (size_t)blank + 1 + length, rest.n);
    }
    CHECK_INT(rest.n, 0);
    (void)close(peer);
    (void)close(fd);
}

TEST(a_log_that_is_away_costs_findings_and_no_time)
{
    struct live_sample sample;
    char where[300];
    struct timespec begin, end;
    (void)snprintf(where, sizeof(where), "syslog:%s", path_of("nobody"));
    struct live_sink *s = sink_to("falco", where, NULL);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (int i = 0; i < 100; i++)
        CHECK(live_sink_put(s, live_sample(&sample)));
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    CHECK(end.tv_sec - begin.tv_sec < 2);
    CHECK_INT(live_sink_close(s, 10), 100);
    forget_folder();
}

/* ---- a web server ---- */

struct server {
    int fd;
    unsigned port;
    pthread_t thread;
    pthread_mutex_t lock;
    const char *const *answers; /* one for each request, the last for all further ones */
    size_t n_answers;
    unsigned requests;
    struct strbuf bodies, heads;
    atomic_bool is_ending;
};

static size_t header_number(struct str head, struct str name)
{
    ptrdiff_t at = str_find_nocase(head, name, 0);
    size_t n = 0;
    for (size_t i = (size_t)at + name.n; at >= 0 && i < head.n; i++) {
        if (head.p[i] >= '0' && head.p[i] <= '9')
            n = n * 10 + (size_t)(head.p[i] - '0');
        else if (head.p[i] != ' ')
            break;
    }
    return n;
}

/* Answers requests on one connection until it is closed. */
static void serve(struct server *v, int peer)
{
    struct strbuf in = {};
    char piece[4096];
    for (ssize_t n; (n = recv(peer, piece, sizeof(piece), 0)) > 0;) {
        strbuf_add(&in, str_n(piece, (size_t)n));
        ptrdiff_t end = str_find(strbuf_str(&in), STR("\r\n\r\n"), 0);
        if (end < 0)
            continue;
        struct str head = str_sub(strbuf_str(&in), 0, (size_t)end);
        size_t length = header_number(head, STR("content-length:"));
        if (in.n < (size_t)end + 4 + length)
            continue;
        (void)pthread_mutex_lock(&v->lock);
        const char *answer = v->answers[v->requests < v->n_answers ? v->requests : v->n_answers - 1];
        v->requests++;
        strbuf_add(&v->heads, head);
        strbuf_add(&v->bodies, str_n(in.p + end + 4, length));
        strbuf_addc(&v->bodies, '\n');
        (void)pthread_mutex_unlock(&v->lock);
        strbuf_clear(&in);
        (void)send(peer, answer, strlen(answer), MSG_NOSIGNAL);
    }
    strbuf_done(&in);
}

static void *run_server(void *ctx)
{
    struct server *v = ctx;
    while (!atomic_load(&v->is_ending)) {
        int peer = accept(v->fd, NULL, NULL);
        if (peer < 0)
            break;
        serve(v, peer);
        (void)close(peer);
    }
    return NULL;
}

static void server_init(struct server *v, const char *const *answers, size_t n)
{
    *v = (struct server){.answers = answers, .n_answers = n};
    (void)pthread_mutex_init(&v->lock, NULL);
    v->fd = bound_inet(SOCK_STREAM, &v->port);
    CHECK_INT(pthread_create(&v->thread, NULL, run_server, v), 0);
}

static void server_done(struct server *v)
{
    atomic_store(&v->is_ending, true);
    (void)shutdown(v->fd, SHUT_RDWR);
    (void)pthread_join(v->thread, NULL);
    (void)close(v->fd);
    strbuf_done(&v->bodies);
    strbuf_done(&v->heads);
}

static const char OK[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST(a_webhook_gets_each_finding)
{
    static const char *const answers[] = {OK};
    struct live_sample sample;
    struct server v;
    char where[64], headers[256];
    server_init(&v, answers, 1);
    (void)snprintf(where, sizeof(where), "http://127.0.0.1:%u/hook?a=b", v.port);
    (void)snprintf(headers, sizeof(headers), "%s", path_of("headers"));
    FILE *f = fopen(headers, "w");
    CHECK(f && fputs("# who asks\nX-Token: sesame\n\n", f) >= 0 && fclose(f) == 0);
    struct live_sink *s = sink_to("json", where, headers);
    for (int i = 0; i < 3; i++)
        CHECK(live_sink_put(s, live_sample(&sample)));
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
    CHECK_INT(v.requests, 3);
    struct str heads = strbuf_str(&v.heads), bodies = strbuf_str(&v.bodies), line;
    CHECK(str_starts(heads, STR("POST /hook?a=b HTTP/1.1")));
    CHECK(str_has(heads, STR("Content-Type: application/json")) && str_has(heads, STR("X-Token: sesame")));
    for (int i = 0; i < 3; i++) {
        CHECK(str_split(&bodies, '\n', &line));
        CHECK(str_starts(line, STR("{\"time\":\"2023-11-14T22:13:20.123456789Z\",\"rule\":\"Keys replaced\"")));
        CHECK(str_ends(line, STR("}")));
    }
    server_done(&v);
    forget_folder();
}

TEST(a_webhook_tries_again_what_may_pass)
{
    static const char *const answers[] = {"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", OK};
    struct live_sample sample;
    struct server v;
    char where[64];
    server_init(&v, answers, 2);
    (void)snprintf(where, sizeof(where), "http://127.0.0.1:%u/", v.port);
    struct live_sink *s = sink_to("falco", where, NULL);
    CHECK(live_sink_put(s, live_sample(&sample)));
    for (struct outlet_stats stats = {}; !stats.written;) /* the wait is not cut short */
        live_sink_stats(s, &stats);
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 0);
    CHECK_INT(v.requests, 2);
    server_done(&v);
}

TEST(a_webhook_gives_up_what_is_refused)
{
    static const char *const answers[] = {"HTTP/1.1 400 No\r\nContent-Length: 9\r\n\r\nno schema", OK};
    struct live_sample sample;
    struct server v;
    struct outlet_stats stats = {};
    char where[64];
    server_init(&v, answers, 2);
    (void)snprintf(where, sizeof(where), "http://127.0.0.1:%u/", v.port);
    struct live_sink *s = sink_to("json", where, NULL);
    CHECK(live_sink_put(s, live_sample(&sample)));
    while (!stats.lost)
        live_sink_stats(s, &stats);
    CHECK(str_has(str_from(stats.last.text), STR("answers 400 no schema")));
    CHECK(live_sink_put(s, &sample.alert));
    CHECK_INT(live_sink_close(s, PATIENCE_MS), 1);
    CHECK_INT(v.requests, 2);
    server_done(&v);
}

TEST(a_webhook_that_is_away_costs_findings_and_no_time)
{
    struct live_sample sample;
    char where[64];
    unsigned port;
    int fd = bound_inet(SOCK_STREAM, &port);
    (void)close(fd); /* nobody listens there now */
    (void)snprintf(where, sizeof(where), "http://127.0.0.1:%u/", port);
    struct live_sink *s = sink_to("json", where, NULL);
    for (int i = 0; i < 10; i++)
        CHECK(live_sink_put(s, live_sample(&sample)));
    CHECK_INT(live_sink_close(s, 50), 10);
}
