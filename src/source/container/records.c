// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/curl_late.h"
#include "base/hash.h"
#include "context/container_codec.h"
#include "event/record_read.h"
#include "event/record_write.h"
#include "source/container/records.h"

enum {
    PART_MS = 10, /* of a wait, between two looks at what comes behind */
    ASKED = 1024, /* control groups remembered as asked about, each at the place that its hash gives */
    AGAIN_NS = 1000000000, /* the asker knows for how long a question makes no sense; this only keeps its lock
                              free */
};

struct container_records {
    struct container_asker *asker;
    struct record_writer writer;
    struct strbuf json;
    struct {
        uint64_t hash, until_ns;
    } asked[ASKED];
    uint64_t ahead[ASKED]; /* hashes of what was asked about ahead of its events, which is done once */
    uint64_t noticed[ASKED]; /* and of what was asked about before its turn */
};

int container_records_new(const struct container_stores *stores, struct container_records **ret,
                          struct error *err)
{
    if (stores->may_ask)
        (void)curl_late(NULL); /* whoever asks may have given up its rights by then; without it nobody is asked */
    struct container_records *c = xnew(struct container_records);
    int r = container_asker_new(stores, &c->asker, err);
    if (r < 0) {
        free(c);
        return r;
    }
    *ret = c;
    return 0;
}

struct container_records *container_records_free(struct container_records *c)
{
    if (!c)
        return NULL;
    container_asker_free(c->asker);
    record_writer_done(&c->writer);
    strbuf_done(&c->json);
    free(c);
    return NULL;
}

static bool question_of(const struct record *about, struct str cgroup, bool is_isolated, struct container_question *q)
{
    struct cgroup_container what;
    if (!cgroup_container_from_path(cgroup, is_isolated, &what))
        return false;
    container_question_init(q, &what, cgroup, about->pid);
    return true;
}

const struct record *container_records_ask(void *ctx, const struct record *about, struct str cgroup)
{
    struct container_records *c = ctx;
    struct container_question q;
    uint64_t hash = hash_str(cgroup);
    size_t at = hash % ASKED;
    if (c->asked[at].hash == hash && about->time_ns < c->asked[at].until_ns)
        return NULL;
    c->asked[at].hash = hash;
    c->asked[at].until_ns = about->time_ns + AGAIN_NS;
    /* the context, which knows the machine's namespaces, asks about a plain folder only where it may be a
     * container's */
    if (question_of(about, cgroup, true, &q))
        (void)container_asker_ask(c->asker, &q);
    return NULL;
}

/* The question about the process's container, and which group it is; 0: it is in none. */
static uint64_t question_ahead(const struct record *process, struct container_question *q)
{
    const struct record_block *path = record_find(process, RECORD_CGROUP);
    const bool is_isolated = process->vpid != process->pid;
    if (!path || !question_of(process, record_text(path), is_isolated, q))
        return 0;
    return hash_str(record_text(path)) ^ is_isolated;
}

bool container_records_ahead(struct container_records *c, const struct record *process, unsigned wait_ms, void (*meanwhile)(void *ctx), void *ctx)
{
    struct container_question q;
    const uint64_t hash = question_ahead(process, &q);
    if (!hash || c->ahead[hash % ASKED] == hash)
        return false;
    c->ahead[hash % ASKED] = hash;
    /* an event of who sets the container up may have asked already, too early for an answer */
    (void)container_asker_ask(c->asker, &q);
    for (unsigned left = wait_ms; left;) {
        const unsigned part = left < PART_MS ? left : PART_MS;
        if (meanwhile)
            meanwhile(ctx);
        if (container_asker_wait(c->asker, &q, part))
            return true;
        left -= part;
    }
    return false;
}

void container_records_notice(struct container_records *c, const struct record *process)
{
    struct container_question q;
    const uint64_t hash = question_ahead(process, &q);
    if (!hash || c->ahead[hash % ASKED] == hash || c->noticed[hash % ASKED] == hash)
        return;
    c->noticed[hash % ASKED] = hash;
    (void)container_asker_ask(c->asker, &q);
}

int container_records_fd(const struct container_records *c)
{
    return container_asker_fd(c->asker);
}

static const struct record *make(struct container_records *c, const struct container_answer *a,
                                 uint64_t time_ns)
{
    struct record *r = record_begin(&c->writer, RECORD_CONTAINER);
    r->time_ns = time_ns;
    r->pid = r->tid = a->question.pid;
    if (a->question.path[0])
        record_add_text(&c->writer, RECORD_CGROUP, str_from(a->question.path));
    strbuf_clear(&c->json);
    container_encode(a->info, &c->json);
    record_add_text(&c->writer, RECORD_JSON, strbuf_str(&c->json));
    return c->writer.record;
}

int container_records_take(struct container_records *c, uint64_t time_ns,
                           int (*give)(void *ctx, const struct record *r), void *ctx)
{
    struct container_answer a;
    int n = 0;
    while (container_asker_next(c->asker, &a)) {
        int r = a.info ? give(ctx, make(c, &a, time_ns)) : 0;
        n += a.info != NULL;
        container_info_free(a.info);
        if (r)
            return r;
    }
    return n;
}

struct container_asker_stats container_records_stats(struct container_records *c)
{
    return container_asker_stats(c->asker);
}
