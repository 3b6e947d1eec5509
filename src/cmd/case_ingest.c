// SPDX-License-Identifier: Apache-2.0
/*
 * davy case ingest: findings in, cases kept. davy watch runs it for --store, so that the process that watches holds no database;
 * it lives until its input ends, and has committed what it read a fifth of a second ago.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/intl.h"
#include "base/io.h"
#include "cmd/case.h"
#include "finding/case_book.h"

static const char NAME[] = "davy case ingest";
enum {
    BATCH_MS = 200,       /* a finding waits at most so long for its commit */
    BATCH_LINES = 256,
    PIECE = 64 << 10,
    RETRY_MS = 500,       /* when the store does not take it */
    GIVE_UP_MS = 10'000,  /* once there is nothing more to read */
};
#define DAY_NS (24 * 3600 * 1'000'000'000ULL)

struct ingest {
    const struct case_options *options;
    struct case_store *store; /* NULL: to be opened again */
    struct case_book *book;
    struct strbuf in;         /* what was read and is not a whole line yet, behind the batch */
    size_t batch;             /* bytes of whole lines at its start */
    size_t lines;
    uint64_t since_ms;        /* of the first line in the batch */
    uint64_t newest_ns, put, bad, long_lines;
    bool is_end, skips;       /* skips: the rest of a line that is too long */
    struct error told;        /* of the store, while it lasts */
    struct strbuf answers;    /* to who watches: what is to be told once it is committed */
    struct arena arena;
};

/* ---- one finding ---- */

static int restore(void *ctx, int tie, const uint8_t key[CASE_KEY_BYTES], int64_t case_id, uint64_t last_ns)
{
    struct ingest *in = ctx;
    if (tie >= 0 && tie < CASE_TIE__N && case_id > 0)
        case_book_restore(in->book, (enum case_tie)tie, key, last_ns, case_id);
    in->newest_ns = last_ns > in->newest_ns ? last_ns : in->newest_ns;
    return 0;
}

static struct case_put put_of(const struct case_finding *f, struct str line, struct str fold)
{
    const struct alert_subject *s = &f->subject;
    return (struct case_put){
        .time_ns = f->time_ns, .last_ns = f->last_ns, .count = f->count, .priority = f->priority, .rule = f->rule, .host = f->host,
        .place = s->container_name.n ? s->container_name : s->container_id.n ? s->container_id : s->pod, .image = s->image, .line = line,
        .fold = fold};
}

/* Its case, and all that it shows to be the same one. */
static int put(struct ingest *in, const struct case_finding *f, struct str line, struct error *err)
{
    struct case_key keys[CASE_KEYS_MAX];
    struct case_found found;
    uint8_t fold[CASE_FOLD_BYTES];
    int64_t id = 0;
    int r = 1;
    const size_t n = case_keys(f, keys);
    case_finding_fold(f, fold);
    struct case_put p = put_of(f, line, str_n(fold, sizeof(fold)));
    while (r == 1) { /* a case that somebody closed is left alone: what goes on is a new one, which says so */
        case_book_find(in->book, keys, n, f->time_ns, &found);
        p.case_id = found.id;
        r = case_store_put(in->store, &p, &id, err);
        if (r == 1) {
            p.follows = found.id;
            case_book_move(in->book, found.id, 0);
        }
    }
    for (size_t i = 0; !r && i < found.n_others; i++) {
        r = case_store_merge(in->store, found.others[i], id, err);
        case_book_move(in->book, found.others[i], r ? 0 : id);
        r = r == 1 ? 0 : r;
    }
    case_book_set(in->book, keys, n, f->time_ns, id);
    if (in->options->machines)
        case_machines_tell(&in->answers, f, id, f->time_ns);
    if (in->options->for_watch && !memchr(f->rule.p, '\n', f->rule.n))
        strbuf_printf(&in->answers, "%lld %s %llu %.*s\n", (long long)id, p.case_id ? "joined" : "opened", (unsigned long long)f->num,
                      STR_ARG(f->rule));
    for (size_t i = 0; !r && i < n; i++)
        if (keys[i].sets)
            r = case_store_put_key(in->store, (int)keys[i].tie, keys[i].id, id, f->time_ns, err);
    return r;
}

static int take_line(struct ingest *in, struct str line, struct error *err)
{
    struct case_finding f;
    struct error why = ERROR_NULL;
    arena_reset(&in->arena);
    if (!str_trim(line).n)
        return 0;
    if (case_finding_read(line, &in->arena, &f, &why) < 0) {
        if (!in->bad++)
            cmd_error(NAME, "%s", why.text);
        return 0;
    }
    in->newest_ns = f.time_ns > in->newest_ns ? f.time_ns : in->newest_ns;
    in->put++;
    if (!f.has_subject && f.withheld)
        return case_store_withheld(in->store, f.rule, f.host, f.withheld, err);
    return put(in, &f, line, err);
}

/* ---- a batch ---- */

/* Never waits: who watches may be busy, and shows a finding without its case then. */
static void answer(struct ingest *in)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
    struct str rest = strbuf_str(&in->answers);
    while (rest.n && poll(&p, 1, 0) == 1 && (p.revents & POLLOUT)) {
        /* what is ready takes so much at once */
        const ssize_t n = write(STDOUT_FILENO, rest.p, rest.n < PIPE_BUF ? rest.n : PIPE_BUF);
        if (n <= 0)
            return;
        rest = str_sub(rest, (size_t)n, rest.n);
    }
}

static int begin(struct ingest *in, struct error *err)
{
    int r = 0;
    if (!in->store) {
        r = case_store_open(case_store_of(in->options), CASE_STORE_WRITE, &in->store, err);
        in->book = case_book_free(in->book);
    }
    if (!r && !in->book) {
        in->book = case_book_new();
        r = case_store_keys(in->store, restore, in, err);
    }
    return r ? r : case_store_begin(in->store, err);
}

static int take_batch(struct ingest *in, struct error *err)
{
    const uint64_t bad = in->bad, put_before = in->put;
    struct str rest = str_n(in->in.p, in->batch), line;
    int r = begin(in, err);
    if (r < 0)
        return r;
    strbuf_clear(&in->answers);
    while (!r && str_split(&rest, '\n', &line))
        r = take_line(in, line, err);
    if (!r)
        r = case_store_commit(in->store, err);
    if (!r) {
        answer(in);
        return 0;
    }
    case_store_rollback(in->store);
    in->book = case_book_free(in->book); /* it knows of cases that are none now */
    in->bad = bad;
    in->put = put_before;
    return r;
}

/* Until the store takes it: what waits in the pipe waits there, and davy watch counts what does not fit. */
static int commit(struct ingest *in)
{
    uint64_t waited = 0;
    for (;; waited += RETRY_MS) {
        struct error err = ERROR_NULL;
        if (!in->batch || !take_batch(in, &err))
            break;
        if (err.code != in->told.code)
            cmd_error(NAME, "%s; it is tried again", err.text);
        in->told = err;
        if (err.code == -ENOTCONN)
            in->store = case_store_close(in->store);
        if (in->is_end && waited >= GIVE_UP_MS)
            return EXIT_CANNOT;
        (void)poll(NULL, 0, RETRY_MS);
    }
    in->told = ERROR_NULL;
    memmove(in->in.p, in->in.p + in->batch, in->in.n - in->batch);
    in->in.n -= in->batch;
    in->batch = in->lines = 0;
    return 0;
}

/* ---- reading ---- */

static void count_lines(struct ingest *in, size_t from)
{
    for (size_t i = from; i < in->in.n; i++)
        if (in->in.p[i] == '\n') {
            in->since_ms = in->lines++ ? in->since_ms : clock_ms(CLOCK_MONOTONIC);
            in->batch = i + 1;
        }
}

/* A line that is longer than any finding goes as it comes. */
static void drop_long(struct ingest *in)
{
    if (in->in.n - in->batch <= CASE_LINE_MAX)
        return;
    in->in.n = in->batch;
    in->skips = true;
    if (!in->long_lines++)
        cmd_error(NAME, "a line of the input is longer than %d bytes, which no finding is; it is left out", CASE_LINE_MAX);
}

static void read_some(struct ingest *in)
{
    char piece[PIECE];
    const ssize_t n = read(STDIN_FILENO, piece, sizeof(piece));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    struct str s = str_n(piece, n > 0 ? (size_t)n : 0);
    in->is_end = n <= 0;
    if (in->skips && !in->is_end) {
        const ptrdiff_t end = str_find(s, STR("\n"), 0);
        s = end < 0 ? STR_NULL : str_sub(s, (size_t)end + 1, s.n);
        in->skips = end < 0;
    }
    const size_t from = in->in.n;
    strbuf_add(&in->in, s);
    if (in->is_end && in->in.n && in->in.p[in->in.n - 1] != '\n' && !in->skips)
        strbuf_addc(&in->in, '\n');
    count_lines(in, from);
    drop_long(in);
}

static int read_all(struct ingest *in)
{
    int code = 0;
    while (!code && !in->is_end) {
        const uint64_t waited = in->lines ? clock_ms(CLOCK_MONOTONIC) - in->since_ms : 0;
        struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
        const int r = in->lines && waited >= BATCH_MS ? 0 : poll(&p, 1, in->lines ? (int)(BATCH_MS - waited) : -1);
        if (r > 0)
            read_some(in);
        if (in->lines && (r == 0 || in->lines >= BATCH_LINES || in->is_end))
            code = commit(in);
    }
    return code;
}

/* The terminal's ^C and systemd's stop reach this process too; it ends when there is nothing more to keep. */
static void stay(void)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE};
    for (size_t i = 0; i < ARRAY_SIZE(SIGNALS); i++)
        (void)signal(SIGNALS[i], SIG_IGN);
}

/* All of them, however long that takes: who asked waits for `ready`. */
static int tell_machines(struct ingest *in, struct error *err)
{
    struct strbuf b = {};
    int r = case_machines(in->store, &b, err);
    if (!r && (r = io_write(STDOUT_FILENO, strbuf_str(&b))) < 0)
        r = error_errno(err, r, "standard output");
    strbuf_done(&b);
    return r;
}

static int start(struct ingest *in)
{
    struct error err = ERROR_NULL;
    int r = begin(in, &err);
    if (!r)
        r = case_store_prune(in->store, in->newest_ns > DAY_NS ? in->newest_ns - DAY_NS : 0, &err);
    if (!r)
        r = case_store_commit(in->store, &err);
    if (r < 0) {
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    if (in->options->machines && (r = tell_machines(in, &err)) < 0) {
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    if (in->options->for_watch) {
        static const char READY[] = "ready\n";
        if (write(STDOUT_FILENO, READY, sizeof(READY) - 1) < 0)
            return EXIT_CANNOT;
    }
    return 0;
}

int case_ingest(const struct case_options *o, char **operands, size_t n)
{
    struct ingest in = {.options = o};
    if (n) {
        cmd_error(NAME, "`%s` is too much; it reads standard input", operands[0]);
        return EXIT_USAGE;
    }
    if (o->for_watch)
        stay();
    int code = start(&in);
    if (!code)
        code = read_all(&in);
    if (in.bad > 1)
        cmd_error(NAME, "lines that are no findings: %llu; they are left out", (unsigned long long)in.bad);
    case_store_close(in.store);
    case_book_free(in.book);
    strbuf_done(&in.in);
    strbuf_done(&in.answers);
    arena_done(&in.arena);
    return code ? code : in.bad || in.long_lines ? EXIT_CANNOT : EXIT_NOTHING;
}
