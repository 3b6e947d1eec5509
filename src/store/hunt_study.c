// SPDX-License-Identifier: Apache-2.0
#include "store/hunt_study.h"

#include "store/hunt_private.h"

static int take_text(void *ctx, const struct db_value *v, size_t n)
{
    (void)n;
    strbuf_clear(ctx);
    strbuf_add(ctx, v[0].s);
    return 0;
}

int hunt_study_rules(struct hunt_store *s, struct strbuf *ret, struct error *err)
{
    return s->ops->query(s->db, "SELECT rules FROM davy_hunt_images ORDER BY id DESC LIMIT 1", NULL, 0, take_text, ret, err);
}

#define OF_IMAGES " FROM davy_hunt_images i WHERE i.rules = $1 AND " HUNT_IS_MEANT
#define LAYER_USES(rules)                                                                                                             \
    "(SELECT x.layer AS id, count(DISTINCT x.image) AS uses FROM davy_hunt_image_layers x JOIN davy_hunt_images i ON i.id = x.image" \
    " WHERE i.rules = " rules " AND " HUNT_IS_MEANT " GROUP BY x.layer) u"

int hunt_study_totals(struct hunt_store *s, struct str rules, struct hunt_study_totals *ret, struct error *err)
{
    static const char REFS[] = "SELECT count(DISTINCT reference), count(DISTINCT repository), CAST(COALESCE(sum(CASE WHEN length(digest) = 0 THEN 1 ELSE 0 END), 0)"
                               " AS BIGINT) FROM davy_hunt_refs",
                      LAYERS[] = "SELECT count(*), CAST(COALESCE(sum(l.size), 0) AS BIGINT), CAST(COALESCE(sum(CASE WHEN uses > 1 THEN 1 ELSE 0 END), 0) AS BIGINT),"
                                 " CAST(COALESCE(sum(l.size * (uses - 1)), 0) AS BIGINT) FROM davy_hunt_layers l JOIN " LAYER_USES("$1") " ON u.id = l.id",
                      TIMES[] = "SELECT COALESCE(min(judged_ns), 0), COALESCE(max(judged_ns), 0), CAST(COALESCE(sum(CASE WHEN detonated = 1 THEN 1 ELSE 0 END), 0)"
                              " AS BIGINT), CAST(COALESCE(sum(CASE WHEN detonated = 2 THEN 1 ELSE 0 END), 0) AS BIGINT),"
                                " CAST(COALESCE(sum(CASE WHEN unread > 0 THEN 1 ELSE 0 END), 0) AS BIGINT)" OF_IMAGES
                                " AND state = 1";
    struct db_numbers refs = {}, layers = {}, times = {};
    int r = s->ops->query(s->db, REFS, NULL, 0, db_take_numbers, &refs, err);
    if (!r)
        r = QUERY(s, LAYERS, db_take_numbers, &layers, err, DB_S(rules));
    if (!r)
        r = QUERY(s, TIMES, db_take_numbers, &times, err, DB_S(rules));
    if (!r)
        *ret = (struct hunt_study_totals){.references = (uint64_t)refs.v[0],
                                          .repositories = (uint64_t)refs.v[1],
                                          .lost = (uint64_t)refs.v[2],
                                          .layers = (uint64_t)layers.v[0],
                                          .layer_bytes = (uint64_t)layers.v[1],
                                          .shared_layers = (uint64_t)layers.v[2],
                                          .shared_bytes_saved = (uint64_t)layers.v[3],
                                          .first_ns = (uint64_t)times.v[0],
                                          .last_ns = (uint64_t)times.v[1],
                                          .detonated = (uint64_t)times.v[2],
                                          .not_run = (uint64_t)times.v[3],
                                          .not_whole = (uint64_t)times.v[4]};
    return r;
}

struct reading {
    void *ctx;
    struct hunt_store *store; /* for a second question about a row */
    struct str rules;
    struct error *err;
    union {
        hunt_verdict_fn verdict;
        hunt_rule_fn rule;
        hunt_spoke_fn spoke;
        hunt_repository_fn repository;
        hunt_shared_fn shared;
        hunt_why_fn why;
    };
};

static int take_verdict(void *ctx, const struct db_value *v, size_t n)
{
    const struct reading *to = ctx;
    (void)n;
    return to->verdict(to->ctx, v[0].s, (uint64_t)v[1].n, (uint64_t)v[2].n);
}

int hunt_study_verdicts(struct hunt_store *s, struct str rules, hunt_verdict_fn take, void *ctx, struct error *err)
{
    static const char SQL[] = "SELECT verdict, count(*), CAST(COALESCE(sum(bytes), 0) AS BIGINT)" OF_IMAGES " AND state = 1 GROUP BY verdict ORDER BY 2 DESC, 1";
    struct reading to = {.ctx = ctx, .verdict = take};
    return QUERY(s, SQL, take_verdict, &to, err, DB_S(rules));
}

static int take_rule(void *ctx, const struct db_value *v, size_t n)
{
    const struct reading *to = ctx;
    (void)n;
    return to->rule(to->ctx, &(struct hunt_rule){
                                 .id = v[0].n, .priority = v[1].n, .name = v[2].s, .kind = v[3].s, .tags = v[4].s, .images = (uint64_t)v[5].n});
}

int hunt_study_rules_that_spoke(struct hunt_store *s, struct str rules, hunt_rule_fn take, void *ctx, struct error *err)
{
    static const char SQL[] = "SELECT u.id, u.priority, u.name, u.kind, u.tags, count(*) FROM davy_hunt_rules u JOIN davy_hunt_findings f ON f.rule = u.id"
                              " JOIN davy_hunt_images i ON i.id = f.image WHERE i.rules = $1 AND i.state = 1 AND " HUNT_IS_MEANT
                              " GROUP BY u.id, u.priority, u.name, u.kind, u.tags ORDER BY 6 DESC, u.name";
    struct reading to = {.ctx = ctx, .rule = take};
    return QUERY(s, SQL, take_rule, &to, err, DB_S(rules));
}

static int take_spoke(void *ctx, const struct db_value *v, size_t n)
{
    const struct reading *to = ctx;
    (void)n;
    return to->spoke(to->ctx, v[0].n, v[1].n, v[2].s, v[3].s);
}

int hunt_study_spoke(struct hunt_store *s, struct str rules, hunt_spoke_fn take, void *ctx, struct error *err)
{
    static const char SQL[] = "SELECT f.image, f.rule, i.verdict, f.detail FROM davy_hunt_findings f JOIN davy_hunt_images i ON i.id = f.image"
                              " WHERE i.rules = $1 AND i.state = 1 AND " HUNT_IS_MEANT " ORDER BY f.image, f.rule";
    struct reading to = {.ctx = ctx, .spoke = take};
    return QUERY(s, SQL, take_spoke, &to, err, DB_S(rules));
}

static int take_repository(void *ctx, const struct db_value *v, size_t n)
{
    const struct reading *to = ctx;
    (void)n;
    return to->repository(to->ctx, &(struct hunt_repository){.name = v[0].s,
                                                             .references = (uint64_t)v[1].n,
                                                             .images = (uint64_t)v[2].n,
                                                             .malicious = (uint64_t)v[3].n,
                                                             .unwanted = (uint64_t)v[4].n,
                                                             .exposed = (uint64_t)v[5].n});
}

struct worst {
    const struct reading *to;
    struct hunt_repository row;
};

static int take_example(void *ctx, const struct db_value *v, size_t n)
{
    struct worst *w = ctx;
    (void)n;
    w->row.purposes = v[0].s;
    w->row.example = v[1].s;
    return w->to->repository(w->to->ctx, &w->row);
}

static int take_worst(void *ctx, const struct db_value *v, size_t n)
{
    static const char SQL[] = "SELECT i.purposes, r.reference FROM davy_hunt_refs r JOIN davy_hunt_images i ON i.digest = r.digest WHERE i.rules = $1"
                              " AND i.state = 1 AND r.repository = $2 ORDER BY CASE WHEN i.verdict = $3 THEN 0 WHEN i.verdict = $4 THEN 1"
                              " WHEN i.verdict = $5 THEN 2 ELSE 3 END, i.worst, r.reference LIMIT 1";
    const struct reading *to = ctx;
    struct worst w = {to,
                      {.name = v[0].s, .references = (uint64_t)v[1].n, .images = (uint64_t)v[2].n, .malicious = (uint64_t)v[3].n,
                       .unwanted = (uint64_t)v[4].n, .exposed = (uint64_t)v[5].n}};
    (void)n;
    return QUERY(to->store, SQL, take_example, &w, to->err, DB_S(to->rules), DB_S(v[0].s), DB_S(STR("malicious")), DB_S(STR("unwanted")),
                 DB_S(STR("exposed")));
}

#define COUNT_OF(word) "count(DISTINCT CASE WHEN i.verdict = " word " THEN i.id END)"
int hunt_study_repositories(struct hunt_store *s, struct str rules, uint64_t most, hunt_repository_fn take, void *ctx, struct error *err)
{
    static const char ALL[] = "SELECT r.repository, count(DISTINCT r.reference), count(DISTINCT i.id), " COUNT_OF("$1") ", " COUNT_OF("$2") ", "
                              COUNT_OF("$3") " FROM davy_hunt_refs r LEFT JOIN davy_hunt_images i ON i.digest = r.digest AND i.rules = $4"
                              " AND i.state = 1 GROUP BY r.repository ORDER BY 1",
                      WORST[] = "SELECT * FROM (SELECT r.repository AS name, count(DISTINCT r.reference), count(DISTINCT i.id), " COUNT_OF("$1") " AS bad, "
                                COUNT_OF("$2") " AS odd, " COUNT_OF("$3") " AS wide FROM davy_hunt_refs r JOIN davy_hunt_images i ON i.digest = r.digest"
                                " AND i.rules = $4 AND i.state = 1 GROUP BY r.repository) w WHERE bad > 0 OR odd > 0 OR wide > 0"
                                " ORDER BY bad DESC, odd DESC, wide DESC, name LIMIT $5";
    struct reading to = {.ctx = ctx, .store = s, .rules = rules, .err = err, .repository = take};
    if (!most)
        return QUERY(s, ALL, take_repository, &to, err, DB_S(STR("malicious")), DB_S(STR("unwanted")), DB_S(STR("exposed")), DB_S(rules));
    return QUERY(s, WORST, take_worst, &to, err, DB_S(STR("malicious")), DB_S(STR("unwanted")), DB_S(STR("exposed")), DB_S(rules), DB_N(most));
}

static int take_shared(void *ctx, const struct db_value *v, size_t n)
{
    const struct reading *to = ctx;
    return to->shared(to->ctx, &(struct hunt_shared){.digest = v[0].s, .size = (uint64_t)v[1].n, .images = (uint64_t)v[2].n, .rule = n > 3 ? v[3].s : STR_NULL});
}

int hunt_study_shared(struct hunt_store *s, struct str rules, bool with_findings, uint64_t most, hunt_shared_fn take, void *ctx, struct error *err)
{
    static const char ANY[] = "SELECT l.digest, l.size, u.uses FROM davy_hunt_layers l JOIN " LAYER_USES("$1")
                              " ON u.id = l.id WHERE u.uses > 1 ORDER BY u.uses DESC, l.size DESC, l.digest LIMIT $2",
                      FOUND[] = "SELECT l.digest, l.size, u.uses, (SELECT w.name FROM davy_hunt_rules w JOIN davy_hunt_findings f ON f.rule = w.id"
                                " WHERE f.layer = l.id AND w.kind <> $1 ORDER BY w.priority, w.name LIMIT 1) FROM davy_hunt_layers l JOIN "
                                LAYER_USES("$2") " ON u.id = l.id WHERE EXISTS(SELECT 1 FROM davy_hunt_findings f JOIN davy_hunt_rules w ON w.id = f.rule"
                                " WHERE f.layer = l.id AND w.kind <> $1) ORDER BY u.uses DESC, l.digest LIMIT $3";
    struct reading to = {.ctx = ctx, .shared = take};
    return with_findings ? QUERY(s, FOUND, take_shared, &to, err, DB_S(STR("context")), DB_S(rules), DB_N(most))
                         : QUERY(s, ANY, take_shared, &to, err, DB_S(rules), DB_N(most));
}

struct why {
    const struct reading *to;
    struct str why;
    uint64_t n;
};

static int take_why_example(void *ctx, const struct db_value *v, size_t n)
{
    const struct why *w = ctx;
    (void)n;
    return w->to->why(w->to->ctx, w->why, w->n, v[0].s);
}

static int take_why(void *ctx, const struct db_value *v, size_t n)
{
    static const char SQL[] = "SELECT * FROM (SELECT i.pull AS name" OF_IMAGES " AND state = 2 AND i.error = $2"
                              " UNION ALL SELECT reference FROM davy_hunt_refs WHERE length(digest) = 0 AND error = $2) e ORDER BY name LIMIT 1";
    const struct reading *to = ctx;
    struct why w = {to, v[0].s, (uint64_t)v[1].n};
    (void)n;
    return QUERY(to->store, SQL, take_why_example, &w, to->err, DB_S(to->rules), DB_S(v[0].s));
}

int hunt_study_failures(struct hunt_store *s, struct str rules, uint64_t most, hunt_why_fn take, void *ctx, struct error *err)
{
    static const char SQL[] = "SELECT error, count(*) FROM (SELECT i.error AS error" OF_IMAGES " AND state = 2"
                              " UNION ALL SELECT error FROM davy_hunt_refs WHERE length(digest) = 0) e GROUP BY error ORDER BY 2 DESC, 1 LIMIT $2";
    struct reading to = {.ctx = ctx, .store = s, .rules = rules, .err = err, .why = take};
    return QUERY(s, SQL, take_why, &to, err, DB_S(rules), DB_N(most));
}
