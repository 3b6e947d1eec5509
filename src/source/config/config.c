// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "source/config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/outlet.h"
#include "base/vec.h"
#include "event/feed_path.h"
#include "source/config/open.h"
#include "source/config/rewrite.h"
#include "source/login/journal.h"
#include "source/login/login.h"

enum {
    FREE_MS = 2000,
    MOMENT_MS = 150, /* between an event and a look at the file: who opened it writes now */
    OWN_EVERY_MS = 400,   /* between looks at the machine's logs of logins */
    LEFT_BEHIND_S = 7 * 86400, /* a log of syslog that nobody wrote to for so long: cron alone writes each hour */
    FOUND_MAX = 16 << 20, /* bytes of records of logins that wait; more are left out */
    PATH_BYTES = 512,
};
static const uint64_t AGAIN_NS[] = {2'000'000'000ULL, 30'000'000'000ULL};

enum what { A_FILE, ALL_FILES, OWN_LOGS, REWRITTEN };

struct question {
    struct record about; /* the header alone */
    enum what what;
    uint64_t asked_ns; /* of CLOCK_MONOTONIC */
    char path[PATH_BYTES];
};

/* A log of logins of the machine's own; the descriptor stays with the file when another takes its name. */
struct own_log {
    int fd; /* -1: none is there */
    dev_t dev;
    ino_t ino;
    bool was_looked_for;
};
enum { OWN_LOGS_MAX = 8 };

/* What both sides share; the last that leaves gives it back: a thread may hang beyond the end. */
struct box {
    pthread_mutex_t lock;
    struct strbuf found; /* records, one after another */
    char *root;
    uint64_t salt;
    uint32_t space; /* of mounts, that this process is in */
    unsigned holders;
    bool is_looking; /* at its own logs of logins: asked for, and not answered yet */
    /* the thread's alone */
    struct login_logs *logins;
    struct own_log own[OWN_LOGS_MAX]; /* in the order of event/feed_path.def */
    struct strbuf records;
};

struct again {
    struct question question;
    uint64_t due_ns;
    unsigned round; /* how often it was asked again */
};

struct config_source {
    struct box *box;
    struct outlet *thread;
    struct strbuf taken;
    VEC(struct again) again;
    bool follows;         /* logs of logins */
    bool has_begun;       /* the thread, which has the logs to itself from then on */
    uint64_t next_own_ns; /* when those of the machine are looked at again */
    struct journal journal;
    bool has_journal_ended; /* and nobody was told */
    struct strbuf said;   /* by the journal, and no whole line yet */
    struct login_logs *told; /* by the journal */
};

/* ---- the thread ---- */

static void box_leave(void *ctx)
{
    struct box *box = ctx;
    (void)pthread_mutex_lock(&box->lock);
    const bool is_last = !--box->holders;
    (void)pthread_mutex_unlock(&box->lock);
    if (!is_last)
        return;
    strbuf_done(&box->found);
    strbuf_done(&box->records);
    login_logs_free(box->logins);
    for (size_t i = 0; i < OWN_LOGS_MAX; i++)
        if (box->own[i].fd >= 0)
            (void)close(box->own[i].fd);
    (void)pthread_mutex_destroy(&box->lock);
    free(box->root);
    free(box);
}

/* A regular file, and no pipe that somebody put in its place; a file that is gone says nothing. False: it cannot be read. */
static bool read_file(const struct box *box, const struct record *about, const char *path, struct strbuf *ret, uint32_t *ret_space)
{
    struct stat st;
    _cleanup_close_ int fd = config_open(box->root, box->space, about, str_from(path), ret_space);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return fd == -ENOENT;
    (void)io_read_up_to(fd, CONFIG_FILE_MAX, ret);
    return true;
}

/* A record with the header of who touched a file. */
static void begin_about(struct record_writer *w, uint16_t kind, const struct record *about)
{
    struct record *r = record_begin(w, kind);
    const uint32_t size = r->size;
    *r = *about;
    r->size = size;
    r->kind = kind;
    r->flags = 0;
    r->res = 0;
}

static void look_at(struct box *box, const struct record *about, const char *path)
{
    struct record_writer w = {};
    struct strbuf text = {};
    uint32_t space;
    begin_about(&w, RECORD_CONFIG, about);
    if (read_file(box, about, path, &text, &space) &&
        config_add_entries(&w, str_from(path), space, strbuf_str(&text), box->salt)) {
        (void)pthread_mutex_lock(&box->lock);
        strbuf_add(&box->found, str_n(w.record, w.record->size));
        (void)pthread_mutex_unlock(&box->lock);
    }
    strbuf_done(&text);
    record_writer_done(&w);
}

/* Tells that all files of a folder were told: one that comes later is new. */
static void look_at_folder(struct box *box, const struct record *about, const char *path)
{
    struct record_writer w = {};
    begin_about(&w, RECORD_CONFIG, about);
    if (config_add_entries(&w, str_from(path), 0, STR_NULL, box->salt)) {
        (void)pthread_mutex_lock(&box->lock);
        strbuf_add(&box->found, str_n(w.record, w.record->size));
        (void)pthread_mutex_unlock(&box->lock);
    }
    record_writer_done(&w);
}

static void look_at_keys(struct box *box, const struct record *about, struct str home)
{
    static const char *const NAMES[] = {"authorized_keys", "authorized_keys2"};
    struct strbuf path = {};
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
        strbuf_clear(&path);
        strbuf_printf(&path, "%.*s/.ssh/%s", STR_ARG(home), NAMES[i]);
        if (path.n < PATH_BYTES)
            look_at(box, about, path.p);
    }
    strbuf_done(&path);
}

static void look_at_homes(struct box *box, const struct record *about)
{
    struct strbuf text = {};
    uint32_t space;
    (void)read_file(box, about, "/etc/passwd", &text, &space);
    struct str rest = strbuf_str(&text), line;
    for (unsigned n = 0; n < CONFIG_USERS && str_split(&rest, '\n', &line); n++) {
        struct str left = line, f = STR_NULL;
        unsigned i = 0;
        while (i < 6 && str_split(&left, ':', &f))
            i++;
        /* system accounts share homes such as / and /nonexistent, which have no keys */
        if (i == 6 && f.n > 1 && f.p[0] == '/' && !memchr(f.p, 0, f.n))
            look_at_keys(box, about, f);
    }
    strbuf_done(&text);
}

static void look_at_all(struct box *box, const struct record *about)
{
    static const char *const FILES[] = {"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers"};
    struct strbuf folder = {}, path = {};
    for (size_t i = 0; i < ARRAY_SIZE(FILES); i++)
        look_at(box, about, FILES[i]);
    strbuf_printf(&folder, "%s/etc/sudoers.d", box->root);
    _cleanup_closedir_ DIR *d = opendir(folder.p);
    bool is_whole = d || errno == ENOENT;
    unsigned n = 0;
    for (struct dirent *e; d && (e = readdir(d)); n++) {
        strbuf_clear(&path);
        strbuf_printf(&path, "/etc/sudoers.d/%s", e->d_name);
        if (n == CONFIG_ENTRIES_TOLD || path.n >= PATH_BYTES) {
            is_whole = false;
            break;
        }
        if (e->d_name[0] != '.')
            look_at(box, about, path.p);
    }
    if (is_whole)
        look_at_folder(box, about, "/etc/sudoers.d");
    strbuf_done(&folder);
    strbuf_done(&path);
    look_at_homes(box, about);
}

/* ---- logs of logins ---- */

static int64_t now_s(void)
{
    return (int64_t)time(NULL);
}

/* Puts the records of the thread where the other side takes them. */
static void hand_over(struct box *box)
{
    (void)pthread_mutex_lock(&box->lock);
    if (box->found.n < FOUND_MAX)
        strbuf_add(&box->found, strbuf_str(&box->records));
    (void)pthread_mutex_unlock(&box->lock);
    strbuf_clear(&box->records);
}

/* Reads on in a log, what was written before it was renamed too, then in the one that has its name now. */
static void look_at_own_log(struct box *box, size_t i)
{
    struct own_log *log = &box->own[i];
    const char *const name = feed_path_at(FEED_LOGIN_LOGS, i);
    const struct str path = str_from(name);
    char whole[PATH_BYTES * 2];
    struct stat st;
    const bool is_first = !log->was_looked_for;
    log->was_looked_for = true;
    if (log->fd >= 0)
        (void)login_logs_read(box->logins, log->fd, path, LOGIN_AT_END, now_s(), &box->records);
    if (snprintf(whole, sizeof(whole), "%s%s", box->root, name) >= (int)sizeof(whole) || stat(whole, &st) < 0 || !S_ISREG(st.st_mode) ||
        (log->fd >= 0 && st.st_dev == log->dev && st.st_ino == log->ino))
        return;
    _cleanup_close_ int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    if (log->fd >= 0)
        (void)close(log->fd);
    log->fd = TAKE_FD(fd);
    log->dev = st.st_dev;
    log->ino = st.st_ino;
    (void)login_logs_read(box->logins, log->fd, path, is_first ? LOGIN_AT_END : LOGIN_AT_START, now_s(), &box->records);
}

static void look_at_own_logs(struct box *box)
{
    for (size_t i = 0; i < OWN_LOGS_MAX && feed_path_at(FEED_LOGIN_LOGS, i); i++)
        look_at_own_log(box, i);
    hand_over(box);
    (void)pthread_mutex_lock(&box->lock);
    box->is_looking = false;
    (void)pthread_mutex_unlock(&box->lock);
}

/* One that another space of mounts has; the machine's own are followed anyway. */
static void look_at_log(struct box *box, const struct record *about, const char *path)
{
    uint32_t space;
    _cleanup_close_ int fd = config_open(box->root, box->space, about, str_from(path), &space);
    if (fd < 0 || !space)
        return;
    (void)login_logs_read(box->logins, fd, str_from(path), LOGIN_FRESH, now_s(), &box->records);
    for (size_t at = 0; at < box->records.n;) {
        struct record *r = (struct record *)(box->records.p + at);
        r->mntns = about->mntns;
        r->cgroup = about->cgroup;
        at += r->size;
    }
    hand_over(box);
}

/* ---- files that are written anew ---- */

static struct str read_piece(int fd, uint64_t at, char bytes[REWRITE_BYTES])
{
    const ssize_t n = pread(fd, bytes, REWRITE_BYTES, (off_t)at);
    return str_n(bytes, n > 0 ? (size_t)n : 0);
}

/* Of what begins as a text: whether it goes on so. */
static bool turns_random(int fd, uint64_t size)
{
    char bytes[REWRITE_BYTES];
    uint64_t at = REWRITE_BYTES;
    for (unsigned i = 0; i < REWRITE_NEXT && at < size; i++, at += REWRITE_BYTES)
        if (rewrite_is_random_piece(read_piece(fd, at, bytes)))
            return true;
    const uint64_t step = size > at ? (size - at) / REWRITE_FAR : 0;
    for (unsigned i = 1; step && i <= REWRITE_FAR; i++)
        if (rewrite_is_random_piece(read_piece(fd, at + i * step - REWRITE_BYTES, bytes)))
            return true;
    return false;
}

static bool look_into(int fd, uint64_t size, struct rewrite_fact *ret)
{
    char bytes[REWRITE_BYTES];
    if (!rewrite_look(read_piece(fd, 0, bytes), ret))
        return false;
    if (ret->is_7z && rewrite_is_7z_encrypted(read_piece(fd, size > REWRITE_BYTES ? size - REWRITE_BYTES : 0, bytes)))
        ret->format = "7z";
    if (ret->format || (ret->is_text && turns_random(fd, size)))
        ret->is_random = true;
    return true;
}

static void look_at_rewritten(struct box *box, const struct record *about, const char *path)
{
    struct record_writer w = {};
    struct rewrite_fact fact;
    struct stat st;
    uint32_t space;
    _cleanup_close_ int fd = config_open(box->root, box->space, about, str_from(path), &space);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !look_into(fd, (uint64_t)st.st_size, &fact))
        return;
    begin_about(&w, RECORD_REWRITE, about);
    record_add_text(&w, RECORD_PARAM, str_from(path));
    record_add_number(&w, RECORD_PARAM + 1, (uint64_t)(fact.entropy * 1000));
    record_add_number(&w, RECORD_PARAM + 2, fact.is_random);
    record_add_number(&w, RECORD_PARAM + 3, st.st_ino);
    if (fact.format)
        record_add_text(&w, RECORD_PARAM + 4, str_from(fact.format));
    strbuf_add(&box->records, str_n((const char *)w.record, w.record->size));
    record_writer_done(&w);
    hand_over(box);
}

/* Who opened it writes now; questions that waited behind others need not wait again. */
static void wait_a_moment(uint64_t asked_ns)
{
    const uint64_t now = clock_ns(CLOCK_MONOTONIC), moment = MOMENT_MS * 1'000'000ULL, waited = now > asked_ns ? now - asked_ns : 0;
    if (waited < moment)
        (void)nanosleep(&(struct timespec){.tv_nsec = (long)(moment - waited)}, NULL);
}

static int answer(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err)
{
    struct box *box = ctx;
    struct question q;
    (void)attempt, (void)is_last, (void)wait_ms, (void)err;
    memcpy(&q, message.p, sizeof(q));
    if (q.what == ALL_FILES) {
        look_at_all(box, &q.about);
        return 0;
    }
    if (q.what == OWN_LOGS) {
        look_at_own_logs(box);
        return 0;
    }
    wait_a_moment(q.asked_ns);
    if (q.what == REWRITTEN)
        look_at_rewritten(box, &q.about, q.path);
    else if (feed_path_is(FEED_LOGIN_LOGS, str_from(q.path)))
        look_at_log(box, &q.about, q.path);
    else
        look_at(box, &q.about, q.path);
    return 0;
}

static const struct outlet_ops OPS = {.write = answer, .done = box_leave};

struct config_source *config_source_new(const char *root)
{
    struct config_source *c = xnew(struct config_source);
    c->box = xnew(struct box);
    (void)pthread_mutex_init(&c->box->lock, NULL);
    c->box->root = xstrdup(root);
    c->box->space = config_own_space(root);
    c->box->holders = 2;
    c->box->logins = login_logs_new();
    for (size_t i = 0; i < OWN_LOGS_MAX; i++)
        c->box->own[i].fd = -1;
    c->journal = JOURNAL_NULL;
    (void)getrandom(&c->box->salt, sizeof(c->box->salt), GRND_NONBLOCK);
    c->thread = outlet_new(&(struct outlet_options){.ops = &OPS, .ctx = c->box, .bytes = CONFIG_QUESTIONS * sizeof(struct question)});
    return c;
}

struct config_source *config_source_free(struct config_source *c)
{
    if (!c)
        return NULL;
    (void)outlet_free(c->thread, FREE_MS);
    box_leave(c->box);
    vec_done(&c->again);
    strbuf_done(&c->taken);
    journal_close(&c->journal);
    strbuf_done(&c->said);
    login_logs_free(c->told);
    free(c);
    return NULL;
}

/* ---- questions ---- */

static bool put(struct config_source *c, const struct question *q)
{
    struct question asked = *q;
    c->has_begun = true;
    asked.asked_ns = clock_ns(CLOCK_MONOTONIC);
    return outlet_put(c->thread, str_n(&asked, sizeof(asked)));
}

void config_source_begin(struct config_source *c, uint64_t time_ns)
{
    struct question q = {.what = ALL_FILES, .about = {.time_ns = time_ns}};
    (void)put(c, &q);
}

static struct again *find_again(struct config_source *c, const struct question *q)
{
    vec_each (a, &c->again)
        if (a->question.about.mntns == q->about.mntns && !strcmp(a->question.path, q->path))
            return a;
    return NULL;
}

void config_source_ask(struct config_source *c, const struct record *about, struct str path)
{
    struct question q = {.about = *about};
    if (path.n >= sizeof(q.path) || memchr(path.p, 0, path.n))
        return;
    memcpy(q.path, path.p, path.n);
    struct again *a = find_again(c, &q);
    if (feed_path_is(FEED_LOGIN_LOGS, path)) {
        /* each guess is written: the look that is due soon sees all of them */
        if (!c->follows || (c->box->space && about->mntns == c->box->space) || (a && !a->round))
            return;
    }
    (void)put(c, &q);
    if (!a && c->again.n < CONFIG_AGAIN)
        a = vec_push(&c->again);
    if (a)
        *a = (struct again){.question = q, .due_ns = about->time_ns + AGAIN_NS[0]};
}

void config_source_ask_rewrite(struct config_source *c, const struct record *about, struct str path)
{
    struct question q = {.what = REWRITTEN, .about = *about};
    if (path.n >= sizeof(q.path) || memchr(path.p, 0, path.n))
        return;
    memcpy(q.path, path.p, path.n);
    (void)put(c, &q);
}

static void ask_again(struct config_source *c, uint64_t time_ns)
{
    for (size_t i = 0; i < c->again.n;) {
        struct again *a = &c->again.v[i];
        if (a->due_ns > time_ns) {
            i++;
            continue;
        }
        (void)put(c, &a->question);
        if (++a->round < ARRAY_SIZE(AGAIN_NS)) {
            a->due_ns = a->question.about.time_ns + AGAIN_NS[a->round];
            i++;
        } else {
            *a = c->again.v[--c->again.n];
        }
    }
}

/* Whether somebody writes such a file: one that was left behind when syslog went says nothing any more. */
static bool has_syslog(const struct config_source *c)
{
    char path[PATH_BYTES * 2];
    struct stat st;
    const char *log;
    for (size_t i = 0; (log = feed_path_at(FEED_LOGIN_LOGS, i)); i++)
        if (!str_ends(str_from(log), STR("tmp")) && snprintf(path, sizeof(path), "%s%s", c->box->root, log) < (int)sizeof(path) &&
            stat(path, &st) == 0 && st.st_mtim.tv_sec > now_s() - LEFT_BEHIND_S)
            return true;
    return false;
}

int config_source_journal(struct config_source *c, const char *program)
{
    if (has_syslog(c) || !journal_is_there(c->box->root))
        return 0;
    const int r = journal_open(&c->journal, program);
    if (r < 0)
        return r;
    c->told = login_logs_new();
    return 1;
}

void config_source_follow(struct config_source *c)
{
    if (!c->has_begun) /* what is written from here on counts */
        look_at_own_logs(c->box);
    c->follows = true;
}

static void ask_own_logs(struct config_source *c, uint64_t time_ns)
{
    if (!c->follows || time_ns < c->next_own_ns)
        return;
    c->next_own_ns = time_ns + OWN_EVERY_MS * 1'000'000ULL;
    (void)pthread_mutex_lock(&c->box->lock);
    const bool asks = !c->box->is_looking;
    c->box->is_looking = true;
    (void)pthread_mutex_unlock(&c->box->lock);
    struct question q = {.what = OWN_LOGS, .about = {.time_ns = time_ns}};
    if (asks && !put(c, &q)) {
        (void)pthread_mutex_lock(&c->box->lock);
        c->box->is_looking = false;
        (void)pthread_mutex_unlock(&c->box->lock);
    }
}

/* Lines of the journal, behind what the thread found. */
static void hear_journal(struct config_source *c)
{
    if (c->journal.fd < 0)
        return;
    const bool goes_on = journal_read(&c->journal, &c->said);
    const char *end = c->said.n ? memrchr(c->said.p, '\n', c->said.n) : NULL;
    const size_t n = end ? (size_t)(end - c->said.p) + 1 : 0;
    if (c->follows)
        login_logs_lines(c->told, str_n(c->said.p, n), STR("journal"), now_s(), &c->taken);
    if (n || c->said.n >= JOURNAL_LINES_MAX) {
        const size_t rest = n ? c->said.n - n : 0;
        if (rest)
            memmove(c->said.p, c->said.p + n, rest);
        c->said.n = rest;
    }
    if (!goes_on) {
        journal_close(&c->journal);
        c->has_journal_ended = true;
    }
}

bool config_source_has_journal_ended(struct config_source *c)
{
    const bool has = c->has_journal_ended;
    c->has_journal_ended = false;
    return has;
}

int config_source_take(struct config_source *c, uint64_t time_ns, int (*give)(void *ctx, const struct record *r), void *ctx)
{
    int r = 0, given = 0;
    ask_again(c, time_ns);
    ask_own_logs(c, time_ns);
    (void)pthread_mutex_lock(&c->box->lock);
    const struct strbuf swap = c->taken;
    c->taken = c->box->found;
    c->box->found = swap;
    (void)pthread_mutex_unlock(&c->box->lock);
    hear_journal(c);
    for (size_t at = 0; !r && at < c->taken.n; given++) {
        struct record *record = (struct record *)(c->taken.p + at);
        record->time_ns = time_ns;
        at += record->size;
        r = give(ctx, record);
    }
    strbuf_clear(&c->taken);
    return r ? r : given;
}
