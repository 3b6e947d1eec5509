// SPDX-License-Identifier: Apache-2.0
/* Results: each image once. */
#include <errno.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/hunt_private.h"

enum { PACK_LEVEL = 3 };

static struct str cut(struct str s)
{
    return text_cut(s, HUNT_TEXT_MAX);
}

/* Apart from the transaction of the image: two programs that add the same rules in another order would wait for each other in it. */
static int put_rules(struct hunt_store *s, const struct hunt_result *x, struct error *err)
{
    static const char SQL[] = "INSERT INTO davy_hunt_rules(name, kind, priority, tags) VALUES($1, $2, $3, $4) ON CONFLICT(name) DO UPDATE SET kind = $2,"
                              " priority = $3, tags = $4 WHERE davy_hunt_rules.tags <> $4 OR davy_hunt_rules.priority <> $3 OR davy_hunt_rules.kind <> $2";
    int r = 0;
    for (size_t i = 0; !r && i < x->n_findings && i < HUNT_FINDINGS_MAX; i++) {
        const struct hunt_finding *f = &x->findings[i];
        r = QUERY(s, SQL, NULL, NULL, err, DB_S(cut(f->rule)), DB_S(cut(f->kind)), DB_N(f->priority), DB_S(cut(f->tags)));
    }
    return r;
}

static int put_finding(struct hunt_store *s, int64_t image, const struct hunt_finding *f, struct error *err)
{
    static const char SQL[] = "INSERT INTO davy_hunt_findings(image, rule, n, layer, detail, example) SELECT $1, id, $2,"
                              " COALESCE((SELECT l.id FROM davy_hunt_layers l WHERE l.digest = $3), 0), $4, $5 FROM davy_hunt_rules WHERE name = $6"
                              " ON CONFLICT(image, rule) DO NOTHING";
    return QUERY(s, SQL, NULL, NULL, err, DB_N(image), DB_N(f->count), DB_S(f->layer), DB_S(cut(f->detail)), DB_S(cut(f->example)), DB_S(cut(f->rule)));
}

static int put_report(struct hunt_store *s, int64_t image, struct str report, struct error *err)
{
    static const char SQL[] = "INSERT INTO davy_hunt_reports(image, report) VALUES($1, $2) ON CONFLICT(image) DO UPDATE SET report = $2";
    if (!report.n)
        return 0;
    const size_t room = ZSTD_compressBound(report.n);
    _cleanup_free_ char *packed = xalloc(room);
    const size_t n = ZSTD_compress(packed, room, report.p, report.n, PACK_LEVEL);
    if (ZSTD_isError(n))
        return error_set(err, -EIO, "zstd: %s", ZSTD_getErrorName(n));
    return QUERY(s, SQL, NULL, NULL, err, DB_N(image), DB_S(str_n(packed, n)));
}

static int find_image(struct hunt_store *s, struct str digest, struct str rules, struct db_numbers *ret, struct error *err)
{
    static const char SQL[] = "SELECT id, state FROM davy_hunt_images WHERE digest = $1 AND rules = $2";
    return QUERY(s, SQL, db_take_numbers, ret, err, DB_S(digest), DB_S(rules));
}

static int judge(struct hunt_store *s, struct str digest, struct str rules, const struct hunt_result *x, struct error *err)
{
    static const char SQL[] = "UPDATE davy_hunt_images SET state = $1, verdict = $2, purposes = $3, worst = $4, unread = $5, judged_ns = $6, cpu_ms = $7,"
                              " wall_ms = $8, detonated = $9, judged_by = $10, error = $11 WHERE digest = $12 AND rules = $13 AND state <> $1 RETURNING id";
    struct db_numbers got = {}, there = {};
    int r = QUERY(s, SQL, db_take_numbers, &got, err, DB_N(HUNT_JUDGED), DB_S(cut(x->verdict)), DB_S(cut(x->purposes)), DB_N(x->worst), DB_N(x->unread),
                  DB_N(x->judged_ns), DB_N(x->cpu_ms), DB_N(x->wall_ms), DB_N(x->detonated), DB_S(cut(x->by)), DB_S(STR_NULL), DB_S(digest),
                  DB_S(rules));
    if (r < 0)
        return r;
    if (!got.rows) {
        r = find_image(s, digest, rules, &there, err);
        return r ? r : there.rows ? 1 : error_set(err, -ENOENT, "the store knows no image %.*s under these rules", STR_ARG(digest));
    }
    for (size_t i = 0; !r && i < x->n_findings && i < HUNT_FINDINGS_MAX; i++)
        r = put_finding(s, got.v[0], &x->findings[i], err);
    return r ? r : put_report(s, got.v[0], x->report, err);
}

int hunt_store_judge(struct hunt_store *s, struct str digest, struct str rules, const struct hunt_result *x, struct error *err)
{
    int r = put_rules(s, x, err);
    if (!r)
        r = hunt_store_begin(s, err);
    if (r < 0)
        return r;
    r = judge(s, digest, rules, x, err);
    if (!r)
        r = hunt_store_commit(s, err);
    if (r)
        hunt_store_rollback(s);
    return r;
}

int hunt_store_fail(struct hunt_store *s, struct str digest, struct str rules, struct str why, bool for_good, uint64_t now_ns,
                    uint64_t not_before_ns, struct error *err)
{
    static const char SQL[] = "UPDATE davy_hunt_images SET state = $1, tries = tries + 1, error = $2, not_before_ns = $3, judged_ns = $4"
                              " WHERE digest = $5 AND rules = $6 AND state = $7";
    return QUERY(s, SQL, NULL, NULL, err, DB_N(for_good ? HUNT_FAILED : HUNT_WAITING), DB_S(cut(why)), DB_N(not_before_ns), DB_N(for_good ? now_ns : 0),
                 DB_S(digest), DB_S(rules), DB_N(HUNT_WAITING));
}

int hunt_store_state(struct hunt_store *s, struct str digest, struct str rules, enum hunt_state *ret, struct error *err)
{
    struct db_numbers got = {};
    int r = find_image(s, digest, rules, &got, err);
    if (r < 0)
        return r;
    *ret = (enum hunt_state)got.v[1];
    return got.rows ? 0 : 1;
}

/* ---- reports ---- */

struct report_reading {
    struct strbuf *digest, *report;
    int64_t image;
    int failed;
};

static int unpack(struct strbuf *to, struct str packed)
{
    const unsigned long long size = ZSTD_getFrameContentSize(packed.p, packed.n);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > HUNT_REPORT_MAX)
        return -EUCLEAN;
    strbuf_reserve(to, size);
    const size_t n = ZSTD_decompress(to->p + to->n, size, packed.p, packed.n);
    if (ZSTD_isError(n))
        return -EUCLEAN;
    to->n += n;
    return 0;
}

static int take_whose(void *ctx, const struct db_value *v, size_t n)
{
    struct report_reading *to = ctx;
    (void)n;
    to->image = v[0].n;
    strbuf_clear(to->digest);
    strbuf_add(to->digest, v[1].s);
    return 0;
}

static int take_report(void *ctx, const struct db_value *v, size_t n)
{
    struct report_reading *to = ctx;
    (void)n;
    to->failed = unpack(to->report, v[0].s);
    return 0;
}

int hunt_store_report(struct hunt_store *s, struct str rules, struct str what, struct strbuf *ret_digest, struct strbuf *ret, struct error *err)
{
    static const char BY_NAME[] = "SELECT i.id, i.digest FROM davy_hunt_images i JOIN davy_hunt_refs r ON r.digest = i.digest"
                                  " WHERE i.rules = $1 AND r.reference = $2 ORDER BY i.id LIMIT 1",
                      BY_DIGEST[] = "SELECT id, digest FROM davy_hunt_images WHERE rules = $1 AND digest >= $2 AND digest < $3 ORDER BY digest LIMIT 1",
                      GET[] = "SELECT report FROM davy_hunt_reports WHERE image = $1";
    struct report_reading to = {.digest = ret_digest, .report = ret};
    struct strbuf from = {}, end = {};
    strbuf_printf(&from, "%s%.*s", str_starts(what, STR("sha")) ? "" : "sha256:", STR_ARG(what));
    strbuf_printf(&end, "%s~", from.p); /* behind every hex digit */
    int r = QUERY(s, BY_NAME, take_whose, &to, err, DB_S(rules), DB_S(what));
    if (!r && !to.image && what.n >= 4)
        r = QUERY(s, BY_DIGEST, take_whose, &to, err, DB_S(rules), DB_S(strbuf_str(&from)), DB_S(strbuf_str(&end)));
    strbuf_done(&from);
    strbuf_done(&end);
    if (!r && !to.image)
        r = error_set(err, -ENOENT, "the hunt knows no image `%.*s`; name it by its digest (or the beginning of it) or by registry/repository:tag",
                      STR_ARG(what));
    if (!r)
        r = QUERY(s, GET, take_report, &to, err, DB_N(to.image));
    if (!r && to.failed)
        r = error_set(err, to.failed, "the report of %s is damaged", ret_digest->p);
    return r ? r : ret->n ? 0 : 1;
}

struct reports_reading {
    hunt_report_fn take;
    void *ctx;
    struct strbuf text;
    struct error *err;
};

static int take_one_report(void *ctx, const struct db_value *v, size_t n)
{
    struct reports_reading *to = ctx;
    (void)n;
    strbuf_clear(&to->text);
    if (v[1].s.n && unpack(&to->text, v[1].s) < 0)
        return error_set(to->err, -EUCLEAN, "the report of %.*s is damaged", STR_ARG(v[0].s));
    return to->take(to->ctx, v[0].s, strbuf_str(&to->text));
}

int hunt_store_reports(struct hunt_store *s, struct str rules, struct str verdict, hunt_report_fn take, void *ctx, struct error *err)
{
    static const char SQL[] = "SELECT i.digest, p.report FROM davy_hunt_images i LEFT JOIN davy_hunt_reports p ON p.image = i.id"
                              " WHERE i.rules = $1 AND i.state = 1 AND i.verdict = $2 AND " HUNT_IS_MEANT " ORDER BY i.id";
    struct reports_reading to = {.take = take, .ctx = ctx, .err = err};
    int r = QUERY(s, SQL, take_one_report, &to, err, DB_S(rules), DB_S(verdict));
    strbuf_done(&to.text);
    return r;
}

int hunt_store_counts(struct hunt_store *s, struct str rules, struct hunt_counts *ret, struct error *err)
{
    static const char IMAGES[] = "SELECT count(*), CAST(COALESCE(sum(CASE WHEN state = 1 THEN 1 ELSE 0 END), 0) AS BIGINT),"
                                 " CAST(COALESCE(sum(CASE WHEN state = 2 THEN 1 ELSE 0 END), 0) AS BIGINT), CAST(COALESCE(sum(bytes), 0) AS BIGINT),"
                                 " CAST(COALESCE(sum(CASE WHEN state = 0 THEN 0 ELSE bytes END), 0) AS BIGINT) FROM davy_hunt_images i WHERE rules = $1 AND "
                                 HUNT_IS_MEANT,
                      FINDINGS[] = "SELECT count(*) FROM davy_hunt_findings f JOIN davy_hunt_images i ON i.id = f.image JOIN davy_hunt_rules u ON u.id = f.rule"
                                   " WHERE i.rules = $1 AND u.kind <> $2 AND " HUNT_IS_MEANT,
                      LOST[] = "SELECT count(*) FROM davy_hunt_refs WHERE length(digest) = 0";
    struct db_numbers images = {}, findings = {}, lost = {};
    int r = QUERY(s, IMAGES, db_take_numbers, &images, err, DB_S(rules));
    if (!r)
        r = QUERY(s, FINDINGS, db_take_numbers, &findings, err, DB_S(rules), DB_S(STR("context")));
    if (!r)
        r = s->ops->query(s->db, LOST, NULL, 0, db_take_numbers, &lost, err);
    if (!r)
        *ret = (struct hunt_counts){.images = (uint64_t)images.v[0],
                                    .judged = (uint64_t)images.v[1],
                                    .failed = (uint64_t)images.v[2],
                                    .bytes = (uint64_t)images.v[3],
                                    .bytes_done = (uint64_t)images.v[4],
                                    .findings = (uint64_t)findings.v[0],
                                    .lost = (uint64_t)lost.v[0]};
    return r;
}
