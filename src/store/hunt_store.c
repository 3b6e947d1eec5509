// SPDX-License-Identifier: Apache-2.0
/* Opening, walks, and what is to be looked at. */
#include <errno.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/text.h"
#include "store/hunt_private.h"

bool hunt_store_is_server(const char *url)
{
    return db_is_postgres(url);
}

const char *hunt_store_name(const char *url, char *buf, size_t size)
{
    return db_name(url, buf, size);
}

int hunt_store_open(const char *url, enum hunt_mode mode, struct hunt_store **ret, struct error *err)
{
    static const struct db_kind KIND = {&HUNT_TABLES, N_("hunts"), "davy hunt --store", " REGISTRY"};
    _cleanup_(hunt_store_closep) struct hunt_store *s = xnew(struct hunt_store);
    int r = db_open(&KIND, url, mode == HUNT_READ, &s->ops, &s->db, err);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(s);
    return 0;
}

struct hunt_store *hunt_store_close(struct hunt_store *s)
{
    if (!s)
        return NULL;
    if (s->db)
        s->ops->close(s->db);
    free(s);
    return NULL;
}

int hunt_store_begin(struct hunt_store *s, struct error *err)
{
    return s->ops->run(s->db, s->ops->begin, err);
}

int hunt_store_commit(struct hunt_store *s, struct error *err)
{
    return s->ops->run(s->db, "COMMIT", err);
}

void hunt_store_rollback(struct hunt_store *s)
{
    (void)s->ops->run(s->db, "ROLLBACK", NULL);
}

static struct str cut(struct str s)
{
    return text_cut(s, HUNT_TEXT_MAX);
}

/* ---- sources ---- */

struct source_reading {
    hunt_source_fn take;
    void *ctx;
};

static int take_source(void *ctx, const struct db_value *v, size_t n)
{
    const struct source_reading *to = ctx;
    (void)n;
    return to->take(to->ctx, &(struct hunt_source){.id = v[0].n,
                                                   .state = v[1].n == HUNT_WALKING || v[1].n == HUNT_WALK_FAILED ? (enum hunt_walk)v[1].n : HUNT_WALKED,
                                                   .started_ns = (uint64_t)v[2].n,
                                                   .ended_ns = (uint64_t)v[3].n,
                                                   .repositories = v[4].n,
                                                   .tags = v[5].n,
                                                   .name = v[6].s,
                                                   .page = v[7].s,
                                                   .last = v[8].s,
                                                   .error = v[9].s});
}

int hunt_store_sources(struct hunt_store *s, hunt_source_fn take, void *ctx, struct error *err)
{
    struct source_reading to = {take, ctx};
    return s->ops->query(s->db, "SELECT id, state, started_ns, ended_ns, repositories, tags, name, page, last, error FROM davy_hunt_sources ORDER BY name",
                         NULL, 0, take_source, &to, err);
}

int hunt_store_source(struct hunt_store *s, struct str name, uint64_t now_ns, int64_t *ret_id, struct error *err)
{
    static const char MAKE[] = "INSERT INTO davy_hunt_sources(name, state, started_ns, ended_ns, repositories, tags, page, last, error)"
                               " VALUES($1, $2, $3, 0, 0, 0, $4, $4, $4) ON CONFLICT(name) DO NOTHING",
                      FIND[] = "SELECT id FROM davy_hunt_sources WHERE name = $1";
    struct db_numbers got = {};
    int r = QUERY(s, MAKE, NULL, NULL, err, DB_S(cut(name)), DB_N(HUNT_WALKED), DB_N(now_ns), DB_S(STR_NULL));
    if (!r)
        r = QUERY(s, FIND, db_take_numbers, &got, err, DB_S(cut(name)));
    if (!r)
        *ret_id = got.v[0];
    return r;
}

int hunt_store_set_source(struct hunt_store *s, const struct hunt_source *x, struct error *err)
{
    static const char SQL[] = "UPDATE davy_hunt_sources SET state = $1, started_ns = $2, ended_ns = $3, repositories = $4, tags = $5, page = $6,"
                              " last = $7, error = $8 WHERE id = $9";
    return QUERY(s, SQL, NULL, NULL, err, DB_N(x->state), DB_N(x->started_ns), DB_N(x->ended_ns), DB_N(x->repositories), DB_N(x->tags), DB_S(x->page),
                 DB_S(x->last), DB_S(cut(x->error)), DB_N(x->id));
}

/* ---- plans ---- */

static int put_layer(struct hunt_store *s, int64_t image, size_t position, const struct hunt_layer *l, struct error *err)
{
    static const char MAKE[] = "INSERT INTO davy_hunt_layers(digest, size) VALUES($1, $2) ON CONFLICT(digest) DO NOTHING",
                      JOIN[] = "INSERT INTO davy_hunt_image_layers(image, position, layer)"
                               " SELECT $1, $2, id FROM davy_hunt_layers WHERE digest = $3";
    int r = QUERY(s, MAKE, NULL, NULL, err, DB_S(l->digest), DB_N(l->size));
    return r ? r : QUERY(s, JOIN, NULL, NULL, err, DB_N(image), DB_N(position), DB_S(l->digest));
}

static int put_image(struct hunt_store *s, const struct hunt_plan *p, bool *ret_is_new, struct error *err)
{
    static const char SQL[] = "INSERT INTO davy_hunt_images(digest, rules, state, tries, not_before_ns, queued_ns, pull, platform, repository, created_ns,"
                              " bytes, verdict, purposes, worst, unread, judged_ns, cpu_ms, wall_ms, detonated, judged_by, error)"
                              " VALUES($1, $2, $3, 0, 0, 0, $4, $5, $6, $7, $8, $9, $9, 99, 0, 0, 0, 0, 0, $9, $9)"
                              " ON CONFLICT(digest, rules) DO NOTHING RETURNING id";
    struct db_numbers got = {};
    int r = QUERY(s, SQL, db_take_numbers, &got, err, DB_S(p->digest), DB_S(p->rules), DB_N(HUNT_WAITING), DB_S(p->pull), DB_S(p->platform),
                  DB_S(p->repository), DB_N(p->created_ns), DB_N(p->bytes), DB_S(STR_NULL));
    for (size_t i = 0; !r && got.rows && i < p->n_layers; i++)
        r = put_layer(s, got.v[0], i + 1, &p->layers[i], err);
    *ret_is_new = got.rows;
    return r;
}

static int put_ref(struct hunt_store *s, int64_t source, struct str reference, struct str platform, struct str repository, struct str digest,
                   uint64_t now_ns, struct str why, struct error *err)
{
    static const char SQL[] = "INSERT INTO davy_hunt_refs(reference, platform, source, repository, digest, seen_ns, error) VALUES($1, $2, $3, $4, $5, $6, $7)"
                              " ON CONFLICT(reference, platform) DO UPDATE SET source = $3, digest = $5, seen_ns = $6, error = $7";
    return QUERY(s, SQL, NULL, NULL, err, DB_S(reference), DB_S(platform), DB_N(source), DB_S(repository), DB_S(digest), DB_N(now_ns), DB_S(cut(why)));
}

int hunt_store_plan(struct hunt_store *s, const struct hunt_plan *p, bool *ret_is_new, struct error *err)
{
    static const char FOUND[] = "DELETE FROM davy_hunt_refs WHERE reference = $1 AND length(digest) = 0";
    int r = QUERY(s, FOUND, NULL, NULL, err, DB_S(p->reference));
    if (!r)
        r = put_ref(s, p->source, p->reference, p->platform, p->repository, p->digest, p->now_ns, STR_NULL, err);
    return r ? r : put_image(s, p, ret_is_new, err);
}

int hunt_store_lost(struct hunt_store *s, int64_t source, struct str reference, struct str repository, uint64_t now_ns, struct str why,
                    struct error *err)
{
    return put_ref(s, source, reference, STR_NULL, repository, STR_NULL, now_ns, why, err);
}

struct job_reading {
    hunt_job_fn take;
    void *ctx;
};

static int take_job(void *ctx, const struct db_value *v, size_t n)
{
    const struct job_reading *to = ctx;
    (void)n;
    return to->take(to->ctx, &(struct hunt_job){.id = v[0].n,
                                                .tries = v[1].n,
                                                .bytes = (uint64_t)v[2].n,
                                                .digest = v[3].s,
                                                .pull = v[4].s,
                                                .platform = v[5].s,
                                                .repository = v[6].s,
                                                .queued = v[7].n});
}

#define JOB_COLUMNS "SELECT id, tries, bytes, digest, pull, platform, repository, queued_ns FROM davy_hunt_images i"
int hunt_store_waiting(struct hunt_store *s, struct str rules, uint64_t now_ns, int64_t after, uint64_t most, hunt_job_fn take, void *ctx,
                       struct error *err)
{
    static const char SQL[] = JOB_COLUMNS " WHERE rules = $1 AND state = $2 AND id > $3 AND not_before_ns <= $4 AND " HUNT_IS_MEANT
                                          " ORDER BY id LIMIT $5";
    struct job_reading to = {take, ctx};
    return QUERY(s, SQL, take_job, &to, err, DB_S(rules), DB_N(HUNT_WAITING), DB_N(after), DB_N(now_ns), DB_N(most));
}

int hunt_store_unqueued(struct hunt_store *s, struct str rules, uint64_t queued_before_ns, uint64_t most, hunt_job_fn take, void *ctx,
                        struct error *err)
{
    static const char SQL[] = JOB_COLUMNS " WHERE rules = $1 AND state = $2 AND queued_ns < $3 AND " HUNT_IS_MEANT
                                          " ORDER BY id LIMIT $4";
    struct job_reading to = {take, ctx};
    return QUERY(s, SQL, take_job, &to, err, DB_S(rules), DB_N(HUNT_WAITING), DB_N(queued_before_ns), DB_N(most));
}

int hunt_store_set_queued(struct hunt_store *s, int64_t id, uint64_t now_ns, struct error *err)
{
    static const char SQL[] = "UPDATE davy_hunt_images SET queued_ns = $1 WHERE id = $2";
    return QUERY(s, SQL, NULL, NULL, err, DB_N(now_ns), DB_N(id));
}

int hunt_store_keep(struct hunt_store *s, struct str digest, struct str rules, uint64_t now_ns, struct error *err)
{
    static const char SQL[] = "UPDATE davy_hunt_images SET queued_ns = $1 WHERE digest = $2 AND rules = $3 AND state = $4";
    return QUERY(s, SQL, NULL, NULL, err, DB_N(now_ns), DB_S(digest), DB_S(rules), DB_N(HUNT_WAITING));
}

struct layer_reading {
    hunt_layer_fn take;
    void *ctx;
};

static int take_layer(void *ctx, const struct db_value *v, size_t n)
{
    const struct layer_reading *to = ctx;
    (void)n;
    return to->take(to->ctx, v[0].n, (uint64_t)v[1].n);
}

int hunt_store_layers(struct hunt_store *s, int64_t image, hunt_layer_fn take, void *ctx, struct error *err)
{
    static const char SQL[] = "SELECT l.id, l.size FROM davy_hunt_image_layers x JOIN davy_hunt_layers l ON l.id = x.layer WHERE x.image = $1"
                              " ORDER BY x.position";
    struct layer_reading to = {take, ctx};
    return QUERY(s, SQL, take_layer, &to, err, DB_N(image));
}

static int in_transaction(struct hunt_store *s, int r, struct error *err)
{
    if (!r)
        return hunt_store_commit(s, err);
    hunt_store_rollback(s);
    return r;
}

int hunt_store_retry(struct hunt_store *s, struct str rules, uint64_t now_ns, struct error *err)
{
    static const char IMAGES[] = "UPDATE davy_hunt_images SET state = $1, tries = 0, not_before_ns = 0, queued_ns = $2, error = $3 WHERE rules = $4 AND state = $5",
                      REFS[] = "DELETE FROM davy_hunt_refs WHERE length(digest) = 0";
    int r = hunt_store_begin(s, err);
    if (r < 0)
        return r;
    r = QUERY(s, IMAGES, NULL, NULL, err, DB_N(HUNT_WAITING), DB_N(-(int64_t)now_ns), DB_S(STR_NULL), DB_S(rules), DB_N(HUNT_FAILED));
    if (!r)
        r = s->ops->query(s->db, REFS, NULL, 0, NULL, NULL, err);
    return in_transaction(s, r, err);
}
