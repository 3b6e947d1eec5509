// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/vec.h"
#include "event/record_read.h"
#include "event/record_write.h"
#include "source/capture/keep.h"

enum { BUCKETS = 8192, EXECVE = 59, EXECVEAT = 322 };

struct key {
    uint64_t kind, a, b;
};

struct kept {
    struct kept *next;
    struct key key;
    struct record *record;
};

struct kept_set {
    struct kept *buckets[BUCKETS];
    size_t bytes, n;
    struct record_writer writer;
};

struct kept_set *kept_set_new(void)
{
    return xnew(struct kept_set);
}

static struct kept **find(struct kept_set *k, const struct key *key)
{
    struct kept **p = &k->buckets[hash_str(str_n(key, sizeof(*key))) % BUCKETS];
    while (*p && memcmp(&(*p)->key, key, sizeof(*key)))
        p = &(*p)->next;
    return p;
}

static void drop(struct kept_set *k, struct kept **p)
{
    struct kept *e = *p;
    *p = e->next;
    k->bytes -= sizeof(*e) + e->record->size;
    k->n--;
    free(e->record);
    free(e);
}

struct kept_set *kept_set_free(struct kept_set *k)
{
    if (!k)
        return NULL;
    for (size_t i = 0; i < BUCKETS; i++)
        while (k->buckets[i])
            drop(k, &k->buckets[i]);
    record_writer_done(&k->writer);
    free(k);
    return NULL;
}

static void put(struct kept_set *k, const struct key *key, const struct record *r)
{
    struct kept **p = find(k, key);
    if (*p)
        drop(k, p);
    if (k->bytes + sizeof(**p) + r->size > CAPTURE_KEPT_BYTES)
        return;
    struct kept *e = xnew(struct kept);
    e->key = *key;
    e->record = xalloc(r->size);
    memcpy(e->record, r, r->size);
    e->next = *p;
    *p = e;
    k->bytes += sizeof(*e) + r->size;
    k->n++;
}

/* ---- processes ---- */

static struct key key_of_process(int32_t pid, uint64_t start_ns)
{
    return (struct key){RECORD_PROCESS, (uint32_t)pid, start_ns};
}

static bool tells_process(unsigned tag)
{
    switch (tag) {
    case RECORD_EXE:
    case RECORD_ARGS:
    case RECORD_ENV:
    case RECORD_CWD:
    case RECORD_CGROUP:
    case RECORD_STDIO:
    case RECORD_ROOT:
    case RECORD_LOADER:
        return true;
    default:
        return false;
    }
}

/* The header of one record, what another tells of a process. */
static void put_process(struct kept_set *k, const struct record *head, const struct record *from)
{
    struct record *r = record_begin(&k->writer, RECORD_PROCESS);
    const uint32_t size = r->size;
    *r = *head;
    r->kind = RECORD_PROCESS;
    r->size = size;
    r->res = 0;
    r->tid = r->pid;
    r->vtid = r->vpid;
    r->flags &= RECORD_IS_TRUSTED;
    if (from)
        record_each(b, from)
            if (tells_process(b->tag))
                record_add(&k->writer, b->tag, b->value, NULL, 0, record_text(b));
    const struct key key = key_of_process(head->pid, head->start_ns);
    put(k, &key, k->writer.record);
}

static void see_fork(struct kept_set *k, const struct record *r)
{
    const struct record_target *maker = record_target(record_find(r, RECORD_TARGET));
    const struct key key = maker ? key_of_process(maker->pid, maker->start_ns) : key_of_process(r->ppid, r->pstart_ns);
    struct kept **from = find(k, &key);
    if (!(r->flags & RECORD_IS_THREAD))
        put_process(k, r, *from ? (*from)->record : NULL);
}

static void see_exit(struct kept_set *k, const struct record *r)
{
    const struct key key = key_of_process(r->pid, r->start_ns);
    struct kept **p = find(k, &key);
    if (*p && (!(r->flags & RECORD_IS_THREAD) || r->flags & RECORD_IS_LAST))
        drop(k, p);
}

/* ---- all else ---- */

static uint64_t hash_of(const struct record *r, unsigned tag)
{
    const struct record_block *b = record_find(r, (enum record_tag)tag);
    return b ? hash_str(record_text(b)) : 0;
}

/* Of a file of keys or accounts: whose mounts show it. */
static uint32_t space_of(const struct record *r)
{
    const struct record_block *b = record_find(r, RECORD_PARAM);
    return b ? b->value : 0;
}

void kept_set_see(struct kept_set *k, const struct record *r)
{
    struct key key = {.kind = r->kind};
    const struct record_net *net;
    switch (r->kind) {
    case RECORD_FORK:
        see_fork(k, r);
        return;
    case EXECVE:
    case EXECVEAT:
        if (r->res >= 0)
            put_process(k, r, r);
        return;
    case RECORD_PROCESS:
        put_process(k, r, r);
        return;
    case RECORD_PROCEXIT:
        see_exit(k, r);
        return;
    case RECORD_MACHINE:
        break;
    case RECORD_USER:
        key = (struct key){r->kind, r->mntns, r->uid};
        break;
    case RECORD_GROUP:
        key = (struct key){r->kind, r->mntns, r->gid};
        break;
    case RECORD_HOSTNAME:
        if (!(net = record_net(record_find(r, RECORD_NET))))
            return;
        key.a = hash_str(str_n(net->raddr, sizeof(net->raddr)));
        break;
    case RECORD_CONFIG:
        key = (struct key){r->kind, hash_of(r, RECORD_PARAM), space_of(r)};
        break;
    case RECORD_CONTAINER:
        key.a = hash_of(r, RECORD_CGROUP);
        key.b = key.a ? 0 : hash_of(r, RECORD_JSON);
        break;
    default:
        return;
    }
    put(k, &key, r);
}

/* ---- giving ---- */

static int order_of(const struct record *r)
{
    static const uint16_t ORDER[] = {RECORD_MACHINE, RECORD_USER, RECORD_GROUP, RECORD_HOSTNAME, RECORD_CONTAINER, RECORD_CONFIG, RECORD_PROCESS};
    int i = 0;
    while (i < (int)ARRAY_SIZE(ORDER) && ORDER[i] != r->kind)
        i++;
    return i;
}

static int compare(const void *a, const void *b)
{
    const struct record *x = *(struct record *const *)a, *y = *(struct record *const *)b;
    if (x->kind != y->kind)
        return order_of(x) - order_of(y);
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    return x->pid != y->pid ? (x->pid < y->pid ? -1 : 1) : (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

int kept_set_give(const struct kept_set *k, int (*give)(void *ctx, const struct record *r), void *ctx)
{
    _cleanup_free_ struct record **all = xalloc((k->n + 1) * sizeof(struct record *));
    size_t n = 0;
    int r = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct kept *e = k->buckets[i]; e; e = e->next)
            all[n++] = e->record;
    qsort(all, n, sizeof(struct record *), compare);
    for (size_t i = 0; i < n && !r; i++)
        r = give(ctx, all[i]);
    return r;
}
