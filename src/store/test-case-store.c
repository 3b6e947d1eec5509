// SPDX-License-Identifier: Apache-2.0
/* The store of cases, on SQLite, and on the PostgreSQL that DAVY_TEST_POSTGRES names (tests/e2e/on_postgres.py): the same tests. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "harness/test.h"
#include "store/case_schema.h"

struct place {
    char url[512], folder[64];
};

static void place_init(struct place *p)
{
    const char *postgres = getenv("DAVY_TEST_POSTGRES");
    *p = (struct place){.folder = "/tmp/davy-case-store-XXXXXX"};
    if (!postgres) {
        CHECK(mkdtemp(p->folder));
        (void)snprintf(p->url, sizeof(p->url), "%s/deep/er/davy.db", p->folder);
        return;
    }
    struct db *db = NULL;
    (void)snprintf(p->url, sizeof(p->url), "%s", postgres);
    CHECK_INT(DB_POSTGRES.open(postgres, false, &db, NULL), 0);
    CHECK_INT(DB_POSTGRES.run(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", NULL), 0);
    DB_POSTGRES.close(db);
    p->folder[0] = 0;
}

static void place_done(struct place *p)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", p->folder);
    if (p->folder[0])
        CHECK_INT(system(command), 0);
}

static struct case_store *store_at(const struct place *p)
{
    struct case_store *s = NULL;
    struct error err = ERROR_NULL;
    if (case_store_open(p->url, CASE_STORE_WRITE, &s, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return s;
}

static struct case_put put_of(int64_t case_id, const char *rule, uint64_t time_ns)
{
    return (struct case_put){.case_id = case_id, .time_ns = time_ns, .last_ns = time_ns, .count = 1, .priority = 2, .fold = str_from(rule),
                             .rule = str_from(rule), .host = STR("db-3"), .place = STR("web"), .image = STR("nginx"), .line = STR("{}")};
}

static int64_t put(struct case_store *s, int64_t case_id, const char *rule, uint64_t time_ns)
{
    int64_t id = 0;
    struct error err = ERROR_NULL;
    struct case_put p = put_of(case_id, rule, time_ns);
    CHECK_INT(case_store_begin(s, NULL), 0);
    int r = case_store_put(s, &p, &id, &err);
    if (r < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK_INT(case_store_commit(s, NULL), 0);
    return r ? -r : id;
}

struct seen {
    struct case_row row;
    size_t n;
    uint64_t count, withheld, time_ns;
    struct strbuf text;
};

static int see_row(void *ctx, const struct case_row *row)
{
    struct seen *s = ctx;
    s->row = *row;
    s->n++;
    strbuf_add(&s->text, row->host);
    strbuf_add(&s->text, row->reason);
    return 0;
}

static int see_kept(void *ctx, const struct case_kept *k)
{
    struct seen *s = ctx;
    CHECK(k->time_ns >= s->time_ns);
    s->n++;
    s->count += k->count;
    s->withheld += k->withheld;
    s->time_ns = k->time_ns;
    strbuf_add(&s->text, k->line);
    return 0;
}

static int see_note(void *ctx, const struct case_note *n)
{
    struct seen *s = ctx;
    s->n++;
    strbuf_add(&s->text, n->who);
    strbuf_add(&s->text, n->text);
    return 0;
}

static int see_key(void *ctx, int tie, const uint8_t key[CASE_TIE_KEY_BYTES], int64_t case_id, uint64_t last_ns)
{
    struct seen *s = ctx;
    s->n++;
    s->count = (uint64_t)case_id;
    s->time_ns = last_ns;
    CHECK(tie == 3 && key[0] == 7);
    return 0;
}

TEST(findings_come_back_as_they_were)
{
    static const char BYTES[] = "{\"a\":\"\\u0000\"}\xff\xfe\0'; DROP TABLE davy_cases; --";
    struct place p;
    struct seen seen = {};
    int64_t id = 0;
    place_init(&p);
    struct case_store *s = store_at(&p);
    struct case_put one = put_of(0, "r", 10);
    one.line = one.host = str_n(BYTES, sizeof(BYTES) - 1);
    CHECK_INT(case_store_begin(s, NULL), 0);
    CHECK_INT(case_store_put(s, &one, &id, NULL), 0);
    CHECK_INT(case_store_commit(s, NULL), 0);
    s = case_store_close(s);
    CHECK_INT(case_store_open(p.url, CASE_STORE_READ, &s, NULL), 0);
    CHECK_INT(case_store_findings(s, id, see_kept, &seen, NULL), 0);
    CHECK(str_eq(strbuf_str(&seen.text), str_n(BYTES, sizeof(BYTES) - 1)));
    strbuf_clear(&seen.text);
    CHECK_INT(case_store_cases(s, id, 1, see_row, &seen, NULL), 0);
    CHECK(str_eq(strbuf_str(&seen.text), str_n(BYTES, sizeof(BYTES) - 1)));
    CHECK_INT(seen.row.findings, 1);
    strbuf_done(&seen.text);
    case_store_close(s);
    place_done(&p);
}

TEST(repeats_are_counted)
{
    struct place p;
    struct seen seen = {};
    place_init(&p);
    struct case_store *s = store_at(&p);
    int64_t id = put(s, 0, "a", 10);
    CHECK_INT(put(s, id, "b", 5), id);
    for (int i = 0; i < 20; i++)
        CHECK_INT(put(s, id, "a", 20 + (uint64_t)i), id);
    CHECK_INT(case_store_findings(s, id, see_kept, &seen, NULL), 0);
    CHECK_INT(seen.n, 2);
    CHECK_INT(seen.count, 22);
    CHECK_INT(case_store_withheld(s, STR("a"), STR("db-3"), 40, NULL), 0);
    seen = (struct seen){.text = seen.text};
    CHECK_INT(case_store_rules(s, id, see_kept, &seen, NULL), 0);
    CHECK_INT(seen.withheld, 40);
    CHECK_INT(case_store_cases(s, id, 1, see_row, &seen, NULL), 0);
    CHECK_INT(seen.row.first_ns, 5);
    CHECK_INT(seen.row.last_ns, 39);
    CHECK_INT(seen.row.findings, 22);
    strbuf_done(&seen.text);
    case_store_close(s);
    place_done(&p);
}

TEST(what_was_not_committed_is_gone_and_what_was_is_there)
{
    struct place p;
    struct seen seen = {};
    int64_t id = 0;
    place_init(&p);
    struct case_store *s = store_at(&p);
    put(s, 0, "a", 10);
    struct case_put one = put_of(0, "b", 10);
    CHECK_INT(case_store_begin(s, NULL), 0);
    CHECK_INT(case_store_put(s, &one, &id, NULL), 0);
    case_store_rollback(s);
    pid_t child = fork();
    if (!child) { /* ends in the middle of a transaction, as a kill does */
        struct case_store *mine = NULL;
        bool fine = !case_store_open(p.url, CASE_STORE_WRITE, &mine, NULL) && !case_store_begin(mine, NULL) && !case_store_put(mine, &one, &id, NULL) &&
                    !case_store_commit(mine, NULL) && !case_store_begin(mine, NULL) && !case_store_put(mine, &one, &id, NULL);
        _exit(fine ? 0 : 1);
    }
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child && !status);
    CHECK_INT(case_store_cases(s, 0, 100, see_row, &seen, NULL), 0);
    CHECK_INT(seen.n, 2);
    strbuf_done(&seen.text);
    case_store_close(s);
    place_done(&p);
}

TEST(two_cases_become_one)
{
    static const uint8_t KEY[CASE_TIE_KEY_BYTES] = {7};
    struct place p;
    struct seen seen = {};
    struct error err = ERROR_NULL;
    place_init(&p);
    struct case_store *s = store_at(&p);
    int64_t a = put(s, 0, "a", 10), b = put(s, 0, "b", 30);
    CHECK(a > 0 && b > a);
    CHECK_INT(case_store_put_key(s, 3, KEY, a, 1, NULL), 0);
    CHECK_INT(case_store_put_key(s, 3, KEY, b, 30, NULL), 0);
    CHECK_INT(case_store_note(s, b, STR("n"), STR("w"), 1, NULL), 0);
    CHECK_INT(case_store_merge(s, b, a, NULL), 0);
    CHECK_INT(case_store_findings(s, a, see_kept, &seen, NULL), 0);
    CHECK_INT(seen.n, 2);
    seen = (struct seen){.text = seen.text};
    CHECK_INT(case_store_keys(s, see_key, &seen, NULL), 0);
    CHECK_INT(seen.n, 1);
    CHECK_INT(seen.count, a);
    CHECK_INT(seen.time_ns, 30);
    strbuf_clear(&seen.text);
    CHECK_INT(case_store_notes(s, a, see_note, &seen, NULL), 0);
    CHECK_STR(strbuf_str(&seen.text), "wn");
    CHECK_INT(put(s, b, "c", 40), -1);
    CHECK_INT(case_store_merge(s, b, a, NULL), 1);
    CHECK_INT(case_store_note(s, b, STR("n"), STR("w"), 1, &err), -ENOENT);
    CHECK(str_has(str_from(err.text), STR("has become part of case")));
    seen.n = 0;
    CHECK_INT(case_store_cases(s, 0, 100, see_row, &seen, NULL), 0);
    CHECK_INT(seen.n, 1);
    CHECK_INT(seen.row.last_ns, 30);
    strbuf_done(&seen.text);
    case_store_close(s);
    place_done(&p);
}

TEST(a_closed_case_stays_as_it_is)
{
    struct place p;
    struct seen seen = {};
    place_init(&p);
    struct case_store *s = store_at(&p);
    int64_t id = put(s, 0, "a", 10);
    CHECK_INT(case_store_close_case(s, 99, STR("x"), STR("w"), 1, NULL), -ENOENT);
    CHECK_INT(case_store_close_case(s, id, STR("redeployed"), STR("w"), 77, NULL), 0);
    CHECK_INT(case_store_close_case(s, id, STR("redeployed"), STR("w"), 78, NULL), -EALREADY);
    CHECK_INT(put(s, id, "a", 20), -1);
    CHECK_INT(case_store_cases(s, id, 1, see_row, &seen, NULL), 0);
    CHECK_INT(seen.row.status, CASE_CLOSED);
    CHECK_INT(seen.row.closed_ns, 77);
    CHECK_STR(strbuf_str(&seen.text), "db-3redeployed");
    strbuf_done(&seen.text);
    case_store_close(s);
    place_done(&p);
}

TEST(a_flood_keeps_the_first_of_each_rule)
{
    struct place p;
    struct seen seen = {};
    char name[32];
    int64_t id = 0;
    place_init(&p);
    struct case_store *s = store_at(&p);
    CHECK_INT(case_store_begin(s, NULL), 0);
    for (int i = 0; i < CASE_FINDINGS_MAX + 50; i++) {
        (void)snprintf(name, sizeof(name), "%d", i);
        struct case_put one = put_of(id, "flood", 10);
        one.fold = str_from(name);
        CHECK_INT(case_store_put(s, &one, &id, NULL), 0);
    }
    struct case_put other = put_of(id, "other", 11);
    CHECK_INT(case_store_put(s, &other, &id, NULL), 0);
    CHECK_INT(case_store_commit(s, NULL), 0);
    CHECK_INT(case_store_findings(s, id, see_kept, &seen, NULL), 0);
    CHECK_INT(seen.n, CASE_FINDINGS_MAX + 1);
    CHECK_INT(case_store_cases(s, id, 1, see_row, &seen, NULL), 0);
    CHECK_INT(seen.row.not_kept, 50);
    CHECK_INT(seen.row.findings, CASE_FINDINGS_MAX + 51);
    strbuf_done(&seen.text);
    case_store_close(s);
    place_done(&p);
}

TEST(older_tables_are_brought_up_to_date_with_what_is_in_them)
{
    struct place p;
    struct seen seen = {};
    struct db *db = NULL;
    int64_t version = 0;
    place_init(&p);
    const struct db_ops *ops = p.folder[0] ? &DB_SQLITE : &DB_POSTGRES;
    CHECK_INT(ops->open(p.url, false, &db, NULL), 0);
    CHECK_INT(db_schema_migrate(ops, db, &CASE_TABLES, 1, NULL), 0);
    CHECK_INT(ops->run(db, p.folder[0] ? "INSERT INTO davy_cases VALUES(5, 0, 1, 2, 0, 1, 0, 0, 3, x'68', x'', x'', x'')"
                                       : "INSERT INTO davy_cases VALUES(5, 0, 1, 2, 0, 1, 0, 0, 3, 'h', '', '', '')", NULL), 0);
    db = ops->close(db);
    struct case_store *s = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(case_store_open(p.url, CASE_STORE_READ, &s, &err), -EPROTO);
    CHECK(str_has(str_from(err.text), STR("older version 1")));
    s = store_at(&p);
    CHECK_INT(case_store_cases(s, 5, 1, see_row, &seen, NULL), 0);
    CHECK_INT(seen.row.follows, 0);
    CHECK_STR(strbuf_str(&seen.text), "h");
    case_store_close(s);
    CHECK_INT(ops->open(p.url, false, &db, NULL), 0);
    CHECK_INT(db_schema_version(ops, db, &CASE_TABLES, &version, NULL), 0);
    CHECK_INT(version, CASE_SCHEMA);
    CHECK_INT(ops->run(db, "UPDATE davy_cases_version SET version = 99", NULL), 0);
    ops->close(db);
    s = NULL;
    CHECK_INT(case_store_open(p.url, CASE_STORE_WRITE, &s, &err), -EPROTO);
    CHECK(str_has(str_from(err.text), STR("version 99")));
    strbuf_done(&seen.text);
    place_done(&p);
}

TEST(two_make_it_at_once)
{
    struct place p;
    int fine = 0;
    place_init(&p);
    for (int i = 0; i < 4; i++)
        if (!fork()) {
            struct case_store *s = NULL;
            struct case_put one = put_of(0, "a", 10);
            int64_t id;
            _exit(case_store_open(p.url, CASE_STORE_WRITE, &s, NULL) || case_store_begin(s, NULL) || case_store_put(s, &one, &id, NULL) ||
                  case_store_commit(s, NULL));
        }
    for (int i = 0, status; i < 4 && wait(&status) > 0; i++)
        fine += !status;
    CHECK_INT(fine, 4);
    struct seen seen = {};
    struct case_store *s = store_at(&p);
    CHECK_INT(case_store_cases(s, 0, 100, see_row, &seen, NULL), 0);
    CHECK_INT(seen.n, 4);
    strbuf_done(&seen.text);
    case_store_close(s);
    place_done(&p);
}

TEST(a_file_is_its_owners_alone_and_a_wrong_one_is_left)
{
    struct place p;
    struct stat st;
    struct error err = ERROR_NULL;
    struct case_store *s = NULL;
    place_init(&p);
    if (!p.folder[0])
        test_skip("of SQLite only");
    CHECK_INT(case_store_open(p.url, CASE_STORE_READ, &s, &err), -ENOENT);
    case_store_close(store_at(&p));
    CHECK_INT(stat(p.url, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    _cleanup_fclose_ FILE *f = fopen(p.url, "r+");
    CHECK(f && fwrite("nonsense nonsense nonsense", 1, 26, f) == 26 && !fflush(f));
    CHECK_INT(case_store_open(p.url, CASE_STORE_WRITE, &s, &err), -EUCLEAN);
    CHECK_INT(case_store_open(p.folder, CASE_STORE_WRITE, &s, &err), -EISDIR);
    place_done(&p);
}

TEST(a_password_is_not_named)
{
    char b[128];
    CHECK_CSTR(case_store_name("postgres://u:pw@h/d", b, sizeof(b)), "postgres://u:…@h/d");
    CHECK_CSTR(case_store_name("postgres://u@h/d", b, sizeof(b)), "postgres://u@h/d");
    CHECK_CSTR(case_store_name("/a:b@c", b, sizeof(b)), "/a:b@c");
}
