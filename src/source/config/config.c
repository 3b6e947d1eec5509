// SPDX-License-Identifier: Apache-2.0
#include "source/config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/outlet.h"
#include "base/vec.h"
#include "source/config/open.h"

enum {
    FREE_MS = 2000,
    MOMENT_MS = 150, /* between an event and a look at the file: who opened it writes now */
    PATH_BYTES = 512,
};
static const uint64_t AGAIN_NS[] = {2'000'000'000ULL, 30'000'000'000ULL};

struct question {
    struct record about; /* the header alone */
    bool is_all;
    char path[PATH_BYTES];
};

/* What both sides share; the last that leaves gives it back: a thread may hang beyond the end. */
struct box {
    pthread_mutex_t lock;
    struct strbuf found; /* records, one after another */
    char *root;
    uint64_t salt;
    uint32_t space; /* of mounts, that this process is in */
    unsigned holders;
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
    strbuf_reserve(ret, CONFIG_FILE_MAX);
    for (ssize_t n; ret->n < CONFIG_FILE_MAX && (n = read(fd, ret->p + ret->n, CONFIG_FILE_MAX - ret->n)) > 0;)
        ret->n += (size_t)n;
    return true;
}

static void look_at(struct box *box, const struct record *about, const char *path)
{
    struct record_writer w = {};
    struct strbuf text = {};
    uint32_t space;
    struct record *r = record_begin(&w, RECORD_CONFIG);
    const uint32_t size = r->size;
    *r = *about;
    r->size = size;
    r->kind = RECORD_CONFIG;
    r->flags = 0;
    r->res = 0;
    if (read_file(box, about, path, &text, &space) &&
        config_add_entries(&w, str_from(path), space, strbuf_str(&text), box->salt)) {
        (void)pthread_mutex_lock(&box->lock);
        strbuf_add(&box->found, str_n(w.record, w.record->size));
        (void)pthread_mutex_unlock(&box->lock);
    }
    strbuf_done(&text);
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
    unsigned n = 0;
    for (struct dirent *e; d && n < CONFIG_ENTRIES_TOLD && (e = readdir(d)); n++) {
        strbuf_clear(&path);
        strbuf_printf(&path, "/etc/sudoers.d/%s", e->d_name);
        if (e->d_name[0] != '.' && path.n < PATH_BYTES)
            look_at(box, about, path.p);
    }
    strbuf_done(&folder);
    strbuf_done(&path);
    look_at_homes(box, about);
}

static int answer(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err)
{
    struct box *box = ctx;
    struct question q;
    (void)attempt, (void)is_last, (void)wait_ms, (void)err;
    memcpy(&q, message.p, sizeof(q));
    if (q.is_all) {
        look_at_all(box, &q.about);
        return 0;
    }
    (void)nanosleep(&(struct timespec){.tv_nsec = MOMENT_MS * 1'000'000L}, NULL);
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
    free(c);
    return NULL;
}

/* ---- questions ---- */

static bool put(struct config_source *c, const struct question *q)
{
    return outlet_put(c->thread, str_n(q, sizeof(*q)));
}

void config_source_begin(struct config_source *c, uint64_t time_ns)
{
    struct question q = {.is_all = true, .about = {.time_ns = time_ns}};
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
    (void)put(c, &q);
    struct again *a = find_again(c, &q);
    if (!a && c->again.n < CONFIG_AGAIN)
        a = vec_push(&c->again);
    if (a)
        *a = (struct again){.question = q, .due_ns = about->time_ns + AGAIN_NS[0]};
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

int config_source_take(struct config_source *c, uint64_t time_ns, int (*give)(void *ctx, const struct record *r), void *ctx)
{
    int r = 0, given = 0;
    ask_again(c, time_ns);
    (void)pthread_mutex_lock(&c->box->lock);
    const struct strbuf swap = c->taken;
    c->taken = c->box->found;
    c->box->found = swap;
    (void)pthread_mutex_unlock(&c->box->lock);
    for (size_t at = 0; !r && at < c->taken.n; given++) {
        struct record *record = (struct record *)(c->taken.p + at);
        record->time_ns = time_ns;
        at += record->size;
        r = give(ctx, record);
    }
    strbuf_clear(&c->taken);
    return r ? r : given;
}
