// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/map.h"
#include "base/outlet.h"
#include "base/strbuf.h"
#include "event/record_write.h"
#include "source/names/names.h"

enum { FREE_MS = 2000 };

/* What a thread is asked. */
struct question {
    bool is_host, v6;
    uint8_t address[16];
    int32_t pid;
    uint32_t mntns;
};

/* What both sides share; the last that leaves gives it back: a thread may hang beyond the end. */
struct box {
    pthread_mutex_t lock;
    struct strbuf found; /* records, one after another */
    unsigned holders;
};

struct names_source {
    char *root;
    struct box *box;
    struct outlet *files, *hosts; /* questions go in, the threads put what they find into the box */
    struct map spaces;            /* mount namespaces that were asked about */
    uint32_t space_ids[NAMES_SPACES_MAX];
    struct strbuf taken;
};

/* ---- what a file says ---- */

struct told {
    struct record_writer writer;
    struct strbuf *to; /* NULL: to the function */
    int (*give)(void *ctx, const struct record *r);
    void *ctx;
    uint64_t time_ns;
    uint32_t mntns;
    int n, result;
};

static void tell(struct told *t)
{
    t->n++;
    if (t->to)
        strbuf_add(t->to, str_n(t->writer.record, t->writer.record->size));
    else
        t->result = t->give(t->ctx, t->writer.record);
}

static bool tell_user(struct told *t, const struct str *f, size_t n)
{
    uint64_t uid, gid = 0;
    if (n < 4 || !f[0].n || !str_to_u64(f[2], &uid) || uid > UINT32_MAX)
        return false;
    struct record *r = record_begin(&t->writer, RECORD_USER);
    r->time_ns = t->time_ns;
    r->mntns = t->mntns;
    r->uid = (uint32_t)uid;
    r->gid = str_to_u64(f[3], &gid) ? (uint32_t)gid : 0;
    record_add_text(&t->writer, RECORD_TEXT, f[0]);
    if (n > 5)
        record_add_text(&t->writer, RECORD_HOME, f[5]);
    if (n > 6)
        record_add_text(&t->writer, RECORD_SHELL, f[6]);
    tell(t);
    return true;
}

static bool tell_group(struct told *t, const struct str *f, size_t n)
{
    uint64_t gid;
    if (n < 3 || !f[0].n || !str_to_u64(f[2], &gid) || gid > UINT32_MAX)
        return false;
    struct record *r = record_begin(&t->writer, RECORD_GROUP);
    r->time_ns = t->time_ns;
    r->mntns = t->mntns;
    r->gid = (uint32_t)gid;
    record_add_text(&t->writer, RECORD_TEXT, f[0]);
    tell(t);
    return true;
}

/* A regular file, and no pipe that somebody put in its place. */
static void read_file(const char *path, struct strbuf *b)
{
    struct stat st;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    (void)io_read_up_to(fd, NAMES_FILE_MAX, b);
}

/* The first line of an id counts, as in the C library; so the last is told first. */
static void tell_file(struct told *t, const char *path, bool (*line)(struct told *t, const struct str *f, size_t n))
{
    struct strbuf text = {};
    read_file(path, &text);
    struct str rest = strbuf_str(&text);
    size_t lines = 0;
    for (size_t i = 0; i < rest.n && lines < NAMES_USERS_MAX; i++)
        if (rest.p[i] == '\n' && ++lines == NAMES_USERS_MAX)
            rest.n = i;
    while (rest.n && !t->result) {
        size_t begin = rest.n;
        while (begin && rest.p[begin - 1] != '\n')
            begin--;
        struct str one = str_sub(rest, begin, rest.n), f[7];
        size_t n = 0;
        while (n < ARRAY_SIZE(f) && str_split(&one, ':', &f[n]))
            n++;
        (void)line(t, f, n);
        rest.n = begin ? begin - 1 : 0;
    }
    strbuf_done(&text);
}

static void tell_files(struct told *t, const char *root)
{
    struct strbuf path = {};
    strbuf_printf(&path, "%s/etc/passwd", root);
    tell_file(t, path.p, tell_user);
    strbuf_clear(&path);
    strbuf_printf(&path, "%s/etc/group", root);
    tell_file(t, path.p, tell_group);
    strbuf_done(&path);
}

int names_source_machine(struct names_source *n, uint64_t time_ns, int (*give)(void *ctx, const struct record *r), void *ctx)
{
    struct told t = {.give = give, .ctx = ctx, .time_ns = time_ns};
    tell_files(&t, n->root);
    record_writer_done(&t.writer);
    return t.result ? t.result : t.n;
}

/* ---- the threads ---- */

static void box_leave(struct box *box)
{
    (void)pthread_mutex_lock(&box->lock);
    bool is_last = !--box->holders;
    (void)pthread_mutex_unlock(&box->lock);
    if (!is_last)
        return;
    strbuf_done(&box->found);
    (void)pthread_mutex_destroy(&box->lock);
    free(box);
}

static void look_at_files(const struct question *q, struct strbuf *found)
{
    char root[64];
    struct told t = {.to = found, .mntns = q->mntns};
    (void)snprintf(root, sizeof(root), "/proc/%d/root", (int)q->pid);
    tell_files(&t, root);
    record_writer_done(&t.writer);
}

static void look_at_host(const struct question *q, struct strbuf *found)
{
    char name[NI_MAXHOST];
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6};
    struct sockaddr_in a4 = {.sin_family = AF_INET};
    memcpy(&a6.sin6_addr, q->address, 16);
    memcpy(&a4.sin_addr, q->address, 4);
    if (getnameinfo(q->v6 ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4, q->v6 ? sizeof(a6) : sizeof(a4), name, sizeof(name),
                    NULL, 0, NI_NAMEREQD))
        return;
    struct record_writer w = {};
    struct record_net net = {.family = q->v6 ? AF_INET6 : AF_INET};
    memcpy(net.raddr, q->address, q->v6 ? 16 : 4);
    (void)record_begin(&w, RECORD_HOSTNAME);
    record_add(&w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    record_add_text(&w, RECORD_TEXT, str_from(name));
    strbuf_add(found, str_n(w.record, w.record->size));
    record_writer_done(&w);
}

static int answer(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err)
{
    struct box *box = ctx;
    struct strbuf found = {};
    struct question q;
    (void)attempt, (void)is_last, (void)wait_ms, (void)err;
    memcpy(&q, message.p, sizeof(q));
    if (q.is_host)
        look_at_host(&q, &found);
    else
        look_at_files(&q, &found);
    (void)pthread_mutex_lock(&box->lock);
    strbuf_add(&box->found, strbuf_str(&found));
    (void)pthread_mutex_unlock(&box->lock);
    strbuf_done(&found);
    return 0;
}

static void leave(void *ctx)
{
    box_leave(ctx);
}

static const struct outlet_ops OPS = {.write = answer, .done = leave};

static struct outlet *thread_of(struct box *box)
{
    box->holders++;
    return outlet_new(&(struct outlet_options){.ops = &OPS, .ctx = box, .bytes = NAMES_QUESTIONS_MAX * sizeof(struct question)});
}

struct names_source *names_source_new(const char *root)
{
    struct names_source *n = xnew(struct names_source);
    n->root = xstrdup(root);
    n->box = xnew(struct box);
    (void)pthread_mutex_init(&n->box->lock, NULL);
    n->box->holders = 1;
    n->files = thread_of(n->box);
    n->hosts = thread_of(n->box);
    return n;
}

struct names_source *names_source_free(struct names_source *n)
{
    if (!n)
        return NULL;
    (void)outlet_free(n->files, FREE_MS);
    (void)outlet_free(n->hosts, 0); /* an answer of the network is not waited for */
    box_leave(n->box);
    map_done(&n->spaces);
    strbuf_done(&n->taken);
    free(n->root);
    free(n);
    return NULL;
}

/* ---- questions ---- */

void names_source_ask(struct names_source *n, const struct record *about)
{
    const struct question q = {.pid = about->pid, .mntns = about->mntns};
    if (!q.mntns || q.pid <= 0 || n->spaces.n >= NAMES_SPACES_MAX)
        return;
    uint32_t *id = &n->space_ids[n->spaces.n];
    bool is_new;
    *id = q.mntns;
    (void)map_put(&n->spaces, str_n(id, sizeof(*id)), &is_new);
    if (is_new)
        (void)outlet_put(n->files, str_n(&q, sizeof(q)));
}

void names_source_ask_host(struct names_source *n, const uint8_t address[16], bool v6)
{
    struct question q = {.is_host = true, .v6 = v6};
    memcpy(q.address, address, v6 ? 16 : 4);
    (void)outlet_put(n->hosts, str_n(&q, sizeof(q)));
}

int names_source_take(struct names_source *n, uint64_t time_ns, int (*give)(void *ctx, const struct record *r), void *ctx)
{
    int r = 0, given = 0;
    (void)pthread_mutex_lock(&n->box->lock);
    const struct strbuf swap = n->taken;
    n->taken = n->box->found;
    n->box->found = swap;
    (void)pthread_mutex_unlock(&n->box->lock);
    for (size_t at = 0; !r && at < n->taken.n; given++) {
        struct record *record = (struct record *)(n->taken.p + at);
        record->time_ns = time_ns;
        at += record->size;
        r = give(ctx, record);
    }
    strbuf_clear(&n->taken);
    return r ? r : given;
}
