// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/text.h"
#include "store/case_schema.h"

struct case_store {
    const struct db_ops *ops;
    struct db *db;
};

const char *case_store_name(const char *url, char *buf, size_t size)
{
    return db_name(url, buf, size);
}

int case_store_open(const char *url, enum case_store_mode mode, struct case_store **ret, struct error *err)
{
    static const struct db_kind KIND = {&CASE_TABLES, N_("cases"), "davy watch --store", ""};
    _cleanup_(case_store_closep) struct case_store *s = xnew(struct case_store);
    int r = db_open(&KIND, url, mode == CASE_STORE_READ, &s->ops, &s->db, err);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(s);
    return 0;
}

struct case_store *case_store_close(struct case_store *s)
{
    if (!s)
        return NULL;
    if (s->db)
        s->ops->close(s->db);
    free(s);
    return NULL;
}

int case_store_begin(struct case_store *s, struct error *err)
{
    return s->ops->run(s->db, s->ops->begin, err);
}

int case_store_commit(struct case_store *s, struct error *err)
{
    return s->ops->run(s->db, "COMMIT", err);
}

void case_store_rollback(struct case_store *s)
{
    (void)s->ops->run(s->db, "ROLLBACK", NULL);
}

#define QUERY(s, ...) DB_QUERY((s)->ops, (s)->db, __VA_ARGS__)

static struct str cut(struct str s)
{
    return text_cut(s, CASE_TEXT_MAX);
}

/* ---- findings in ---- */

static int open_case(struct case_store *s, const struct case_put *p, int64_t *ret_id, struct error *err)
{
    static const char SQL[] = "INSERT INTO davy_cases(status, first_ns, last_ns, closed_ns, findings, not_kept, merged_into, worst, host, place,"
                              " image, reason, follows) VALUES($1, $2, $3, 0, 0, 0, 0, $4, $5, $6, $7, $8, $9) RETURNING id";
    struct db_numbers got = {};
    int r = QUERY(s, SQL, db_take_numbers, &got, err, DB_N(CASE_OPEN), DB_N(p->time_ns), DB_N(p->last_ns), DB_N(p->priority), DB_S(cut(p->host)),
                  DB_S(cut(p->place)), DB_S(cut(p->image)), DB_S(STR_NULL), DB_N(p->follows));
    *ret_id = got.v[0];
    return r;
}

/* 1: not open. *ret_kept: different findings that are in it, at least. */
static int check_open(struct case_store *s, int64_t id, int64_t *ret_kept, struct error *err)
{
    static const char SQL[] = "SELECT status, findings - not_kept FROM davy_cases WHERE id = $1",
                      COUNT[] = "SELECT count(*) FROM davy_findings WHERE case_id = $1";
    struct db_numbers got = {};
    int r = QUERY(s, SQL, db_take_numbers, &got, err, DB_N(id));
    if (r < 0)
        return r;
    if (!got.rows || got.v[0] != CASE_OPEN)
        return 1;
    *ret_kept = got.v[1];
    if (*ret_kept < CASE_FINDINGS_MAX)
        return 0;
    struct db_numbers kept = {};
    r = QUERY(s, COUNT, db_take_numbers, &kept, err, DB_N(id));
    *ret_kept = kept.v[0];
    return r;
}

static int fold(struct case_store *s, const struct case_put *p, int64_t id, bool *ret_is_in, struct error *err)
{
    static const char SQL[] = "UPDATE davy_findings SET n = n + $1, last_ns = CASE WHEN last_ns < $2 THEN $2 ELSE last_ns END"
                              " WHERE case_id = $3 AND fold = $4 RETURNING id";
    struct db_numbers got = {};
    int r = QUERY(s, SQL, db_take_numbers, &got, err, DB_N(p->count), DB_N(p->last_ns), DB_N(id), DB_S(p->fold));
    *ret_is_in = got.rows;
    return r;
}

static int has_rule(struct case_store *s, int64_t id, struct str rule, bool *ret, struct error *err)
{
    static const char SQL[] = "SELECT id FROM davy_findings WHERE case_id = $1 AND rule = $2 LIMIT 1";
    struct db_numbers got = {};
    int r = QUERY(s, SQL, db_take_numbers, &got, err, DB_N(id), DB_S(cut(rule)));
    *ret = got.rows;
    return r;
}

static int keep(struct case_store *s, const struct case_put *p, int64_t id, struct error *err)
{
    static const char SQL[] = "INSERT INTO davy_findings(case_id, time_ns, last_ns, n, withheld, priority, fold, rule, host, line)"
                              " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    return QUERY(s, SQL, NULL, NULL, err, DB_N(id), DB_N(p->time_ns), DB_N(p->last_ns), DB_N(p->count), DB_N(p->withheld), DB_N(p->priority),
                 DB_S(p->fold), DB_S(cut(p->rule)), DB_S(cut(p->host)), DB_S(p->line));
}

static int count(struct case_store *s, const struct case_put *p, int64_t id, bool is_kept, struct error *err)
{
    static const char SQL[] = "UPDATE davy_cases SET findings = findings + $1, not_kept = not_kept + $2,"
                              " first_ns = CASE WHEN first_ns > $3 THEN $3 ELSE first_ns END,"
                              " last_ns = CASE WHEN last_ns < $4 THEN $4 ELSE last_ns END,"
                              " worst = CASE WHEN worst > $5 THEN $5 ELSE worst END,"
                              " place = CASE WHEN length(place) = 0 THEN $6 ELSE place END,"
                              " image = CASE WHEN length(image) = 0 THEN $7 ELSE image END WHERE id = $8";
    return QUERY(s, SQL, NULL, NULL, err, DB_N(p->count), DB_N(is_kept ? 0 : p->count), DB_N(p->time_ns), DB_N(p->last_ns), DB_N(p->priority),
                 DB_S(cut(p->place)), DB_S(cut(p->image)), DB_N(id));
}

int case_store_put(struct case_store *s, const struct case_put *p, int64_t *ret_id, struct error *err)
{
    int64_t id = p->case_id, kept = 0;
    bool is_in = false, is_full = false;
    int r = id ? check_open(s, id, &kept, err) : open_case(s, p, &id, err);
    if (!r && p->case_id)
        r = fold(s, p, id, &is_in, err);
    if (!r && !is_in && kept >= CASE_FINDINGS_MAX)
        r = has_rule(s, id, p->rule, &is_full, err);
    if (!r && !is_in && !is_full)
        r = keep(s, p, id, err);
    if (!r)
        r = count(s, p, id, is_in || !is_full, err);
    if (!r)
        *ret_id = id;
    return r;
}

int case_store_withheld(struct case_store *s, struct str rule, struct str host, uint64_t n, struct error *err)
{
    static const char SQL[] = "UPDATE davy_findings SET withheld = withheld + $1"
                              " WHERE id = (SELECT max(id) FROM davy_findings WHERE rule = $2 AND host = $3)";
    return QUERY(s, SQL, NULL, NULL, err, DB_N(n), DB_S(cut(rule)), DB_S(cut(host)));
}

int case_store_put_key(struct case_store *s, int tie, const uint8_t key[CASE_TIE_KEY_BYTES], int64_t case_id, uint64_t last_ns, struct error *err)
{
    static const char SQL[] = "INSERT INTO davy_case_keys(tie, key, case_id, last_ns) VALUES($1, $2, $3, $4)"
                              " ON CONFLICT(tie, key) DO UPDATE SET case_id = $3, last_ns = $4";
    return QUERY(s, SQL, NULL, NULL, err, DB_N(tie), DB_S(str_n(key, CASE_TIE_KEY_BYTES)), DB_N(case_id), DB_N(last_ns));
}

int case_store_merge(struct case_store *s, int64_t from, int64_t into, struct error *err)
{
    static const char *const MOVE[] = {"UPDATE davy_findings SET case_id = $1 WHERE case_id = $2",
                                       "UPDATE davy_case_notes SET case_id = $1 WHERE case_id = $2",
                                       "UPDATE davy_case_keys SET case_id = $1 WHERE case_id = $2"};
    static const char ADD[] = "UPDATE davy_cases SET findings = findings + (SELECT findings FROM davy_cases WHERE id = $1),"
                              " not_kept = not_kept + (SELECT not_kept FROM davy_cases WHERE id = $1),"
                              " first_ns = (SELECT min(first_ns) FROM davy_cases WHERE id IN ($1, $2)),"
                              " last_ns = (SELECT max(last_ns) FROM davy_cases WHERE id IN ($1, $2)),"
                              " worst = (SELECT min(worst) FROM davy_cases WHERE id IN ($1, $2)) WHERE id = $2",
                      END[] = "UPDATE davy_cases SET status = $1, merged_into = $2, findings = 0, not_kept = 0 WHERE id = $3";
    int64_t kept;
    int r = check_open(s, from, &kept, err);
    if (!r)
        r = QUERY(s, ADD, NULL, NULL, err, DB_N(from), DB_N(into));
    for (size_t i = 0; !r && i < ARRAY_SIZE(MOVE); i++)
        r = QUERY(s, MOVE[i], NULL, NULL, err, DB_N(into), DB_N(from));
    return r ? r : QUERY(s, END, NULL, NULL, err, DB_N(CASE_MERGED), DB_N(into), DB_N(from));
}

static int take_id(void *ctx, const struct db_value *v, size_t n)
{
    (void)n;
    *(int64_t *)ctx = v[0].n;
    return 0;
}

int case_store_prune(struct case_store *s, uint64_t before_ns, struct error *err)
{
    static const char COUNT[] = "SELECT count(*) FROM davy_cases", OLD_KEYS[] = "DELETE FROM davy_case_keys WHERE last_ns < $1",
                      OLDEST[] = "SELECT id FROM davy_cases ORDER BY CASE WHEN status = 0 THEN 1 ELSE 0 END, last_ns, id LIMIT 1";
    static const char *const DROP[] = {"DELETE FROM davy_findings WHERE case_id = $1", "DELETE FROM davy_case_notes WHERE case_id = $1",
                                       "DELETE FROM davy_case_keys WHERE case_id = $1", "DELETE FROM davy_cases WHERE id = $1"};
    int64_t n = 0, id = 0;
    int r = QUERY(s, OLD_KEYS, NULL, NULL, err, DB_N(before_ns));
    if (!r)
        r = s->ops->query(s->db, COUNT, NULL, 0, take_id, &n, err);
    for (; !r && n > CASE_CASES_MAX; n--) {
        r = s->ops->query(s->db, OLDEST, NULL, 0, take_id, &id, err);
        for (size_t i = 0; !r && i < ARRAY_SIZE(DROP); i++)
            r = QUERY(s, DROP[i], NULL, NULL, err, DB_N(id));
    }
    return r;
}

/* ---- people ---- */

static int find_case(struct case_store *s, int64_t id, int64_t *ret_status, struct error *err)
{
    static const char SQL[] = "SELECT status, merged_into FROM davy_cases WHERE id = $1";
    struct db_numbers got = {};
    int r = QUERY(s, SQL, db_take_numbers, &got, err, DB_N(id));
    if (!r && !got.rows)
        r = error_set(err, -ENOENT, "there is no case %lld; `davy case list` tells which there are", (long long)id);
    if (!r && got.v[0] == CASE_MERGED)
        r = error_set(err, -ENOENT, "case %lld has become part of case %lld", (long long)id, (long long)got.v[1]);
    if (!r)
        *ret_status = got.v[0];
    return r;
}

static int in_transaction(struct case_store *s, int r, struct error *err)
{
    if (!r)
        return case_store_commit(s, err);
    case_store_rollback(s);
    return r;
}

static int add_note(struct case_store *s, int64_t id, struct str text, struct str who, uint64_t now_ns, struct error *err)
{
    static const char COUNT[] = "SELECT count(*) FROM davy_case_notes WHERE case_id = $1",
                      SQL[] = "INSERT INTO davy_case_notes(case_id, time_ns, who, text) VALUES($1, $2, $3, $4)";
    struct db_numbers got = {};
    int r = QUERY(s, COUNT, db_take_numbers, &got, err, DB_N(id));
    if (!r && got.v[0] >= CASE_NOTES_MAX)
        r = error_set(err, -ENOSPC, "case %lld has %d notes, which is as many as a case may have", (long long)id, CASE_NOTES_MAX);
    return r ? r : QUERY(s, SQL, NULL, NULL, err, DB_N(id), DB_N(now_ns), DB_S(cut(who)), DB_S(cut(text)));
}

int case_store_note(struct case_store *s, int64_t id, struct str text, struct str who, uint64_t now_ns, struct error *err)
{
    int64_t status;
    int r = case_store_begin(s, err);
    if (r < 0)
        return r;
    r = find_case(s, id, &status, err);
    if (!r)
        r = add_note(s, id, text, who, now_ns, err);
    return in_transaction(s, r, err);
}

int case_store_close_case(struct case_store *s, int64_t id, struct str reason, struct str who, uint64_t now_ns, struct error *err)
{
    static const char SQL[] = "UPDATE davy_cases SET status = $1, closed_ns = $2, reason = $3 WHERE id = $4";
    int64_t status = CASE_OPEN;
    int r = case_store_begin(s, err);
    if (r < 0)
        return r;
    r = find_case(s, id, &status, err);
    if (!r && status != CASE_OPEN)
        r = error_set(err, -EALREADY, "case %lld is closed already", (long long)id);
    if (!r)
        r = QUERY(s, SQL, NULL, NULL, err, DB_N(CASE_CLOSED), DB_N(now_ns), DB_S(cut(reason)), DB_N(id));
    if (!r)
        r = add_note(s, id, reason, who, now_ns, err);
    return in_transaction(s, r, err);
}

/* ---- findings out ---- */

struct reading {
    void *ctx;
    union {
        case_row_fn row;
        case_kept_fn kept;
        case_note_fn note;
        case_key_fn key;
    };
};

static int take_case(void *ctx, const struct db_value *v, size_t n)
{
    const struct reading *to = ctx;
    (void)n;
    const struct case_row row = {
        .id = v[0].n, .status = v[1].n >= 0 && v[1].n < CASE_STATUS__N ? (enum case_status)v[1].n : CASE_OPEN, .first_ns = (uint64_t)v[2].n,
        .last_ns = (uint64_t)v[3].n, .closed_ns = (uint64_t)v[4].n, .findings = (uint64_t)v[5].n, .not_kept = (uint64_t)v[6].n,
        .merged_into = v[7].n, .worst = v[8].n, .host = v[9].s, .place = v[10].s, .image = v[11].s, .reason = v[12].s, .follows = v[13].n};
    return to->row(to->ctx, &row);
}

#define CASE_COLUMNS "id, status, first_ns, last_ns, closed_ns, findings, not_kept, merged_into, worst, host, place, image, reason, follows"
int case_store_cases(struct case_store *s, int64_t id, uint64_t most, case_row_fn take, void *ctx, struct error *err)
{
    static const char ALL[] = "SELECT " CASE_COLUMNS " FROM davy_cases WHERE status <> $1 ORDER BY last_ns DESC, id DESC LIMIT $2",
                      ONE[] = "SELECT " CASE_COLUMNS " FROM davy_cases WHERE id = $1";
    struct reading to = {.ctx = ctx, .row = take};
    return id ? QUERY(s, ONE, take_case, &to, err, DB_N(id)) : QUERY(s, ALL, take_case, &to, err, DB_N(CASE_MERGED), DB_N(most));
}

static int take_kept(void *ctx, const struct db_value *v, size_t n)
{
    const struct reading *to = ctx;
    (void)n;
    const struct case_kept kept = {.id = v[0].n, .case_id = v[1].n, .time_ns = (uint64_t)v[2].n, .last_ns = (uint64_t)v[3].n,
                                   .count = (uint64_t)v[4].n, .withheld = (uint64_t)v[5].n, .line = v[6].s};
    return to->kept(to->ctx, &kept);
}

#define KEPT_COLUMNS "SELECT id, case_id, time_ns, last_ns, n, withheld, line FROM davy_findings"
int case_store_findings(struct case_store *s, int64_t id, case_kept_fn take, void *ctx, struct error *err)
{
    struct reading to = {.ctx = ctx, .kept = take};
    return QUERY(s, KEPT_COLUMNS " WHERE case_id = $1 ORDER BY time_ns, id", take_kept, &to, err, DB_N(id));
}

int case_store_rules(struct case_store *s, int64_t id, case_kept_fn take, void *ctx, struct error *err)
{
    struct reading to = {.ctx = ctx, .kept = take};
    return QUERY(s, KEPT_COLUMNS " WHERE id IN (SELECT min(id) FROM davy_findings WHERE case_id = $1 GROUP BY rule) ORDER BY time_ns, id", take_kept, &to,
                 err, DB_N(id));
}

static int take_note(void *ctx, const struct db_value *v, size_t n)
{
    const struct reading *to = ctx;
    (void)n;
    return to->note(to->ctx, &(struct case_note){.time_ns = (uint64_t)v[0].n, .who = v[1].s, .text = v[2].s});
}

int case_store_notes(struct case_store *s, int64_t id, case_note_fn take, void *ctx, struct error *err)
{
    struct reading to = {.ctx = ctx, .note = take};
    return QUERY(s, "SELECT time_ns, who, text FROM davy_case_notes WHERE case_id = $1 ORDER BY id", take_note, &to, err, DB_N(id));
}

static int take_key(void *ctx, const struct db_value *v, size_t n)
{
    const struct reading *to = ctx;
    (void)n;
    return v[1].s.n == CASE_TIE_KEY_BYTES ? to->key(to->ctx, (int)v[0].n, (const uint8_t *)v[1].s.p, v[2].n, (uint64_t)v[3].n) : 0;
}

int case_store_keys(struct case_store *s, case_key_fn take, void *ctx, struct error *err)
{
    static const char SQL[] = "SELECT k.tie, k.key, k.case_id, k.last_ns FROM davy_case_keys k JOIN davy_cases c ON c.id = k.case_id"
                              " WHERE c.status <> $1 ORDER BY k.last_ns, k.tie, k.key";
    struct reading to = {.ctx = ctx, .key = take};
    return QUERY(s, SQL, take_key, &to, err, DB_N(CASE_MERGED));
}
