// SPDX-License-Identifier: Apache-2.0
/* The store of hunts, in SQLite or, with DAVY_TEST_POSTGRES, in a database of the test's own. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "harness/test.h"
#include "store/db.h"
#include "store/hunt_study.h"

static const char RULES[] = "0123456789abcdef";
static const char DIGEST[] = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  OTHER[] = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                  LAYER[] = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

struct place {
    char folder[64];
    char url[256];
};

static void place_init(struct place *p)
{
    const char *server = getenv("DAVY_TEST_POSTGRES");
    *p = (struct place){};
    if (server) {
        (void)snprintf(p->url, sizeof(p->url), "%s", server);
        struct db *db = NULL; /* tests after each other in one database */
        CHECK_INT(DB_POSTGRES.open(server, false, &db, NULL), 0);
        CHECK_INT(DB_POSTGRES.run(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", NULL), 0);
        DB_POSTGRES.close(db);
        return;
    }
    (void)snprintf(p->folder, sizeof(p->folder), "/tmp/davy-hunt-XXXXXX");
    CHECK(mkdtemp(p->folder));
    (void)snprintf(p->url, sizeof(p->url), "%s/deep/hunt.db", p->folder);
}

static void place_done(struct place *p)
{
    char remove[128];
    (void)snprintf(remove, sizeof(remove), "rm -rf '%s'", p->folder);
    if (p->folder[0])
        CHECK_INT(system(remove), 0);
}

static struct hunt_store *store_at(struct place *p)
{
    struct hunt_store *s = NULL;
    struct error err = ERROR_NULL;
    if (hunt_store_open(p->url, HUNT_WRITE, &s, &err) < 0) {
        (void)fprintf(stderr, "# %s\n", err.text);
        abort();
    }
    return s;
}

static struct hunt_plan plan_of(const char *digest, const char *reference, const struct hunt_layer *layers, size_t n)
{
    return (struct hunt_plan){.source = 1, .reference = str_from(reference), .repository = STR("r.example/a"), .platform = STR("linux/amd64"),
                              .digest = str_from(digest), .rules = str_from(RULES), .pull = str_from(reference), .now_ns = 5, .layers = layers,
                              .n_layers = n, .bytes = 100};
}

static void put(struct hunt_store *s, const char *digest, const char *reference, bool is_new)
{
    const struct hunt_layer layers[] = {{str_from(LAYER), 60}, {str_from(digest), 40}};
    struct hunt_plan plan = plan_of(digest, reference, layers, 2);
    bool was_new = !is_new;
    CHECK_INT(hunt_store_begin(s, NULL), 0);
    CHECK_INT(hunt_store_plan(s, &plan, &was_new, NULL), 0);
    CHECK_INT(hunt_store_commit(s, NULL), 0);
    CHECK_INT(was_new, is_new);
}

static struct hunt_result result_of(const struct hunt_finding *f, size_t n, const char *verdict)
{
    return (struct hunt_result){.verdict = str_from(verdict), .purposes = STR("mining"), .by = STR("here"), .worst = 3, .judged_ns = 9, .cpu_ms = 1, .wall_ms = 2,
                                .findings = f, .n_findings = n, .report = STR("{\"schema\":\"davy.hunt-image/1\"}")};
}

struct seen {
    size_t n;
    char text[512];
};

static int see_job(void *ctx, const struct hunt_job *j)
{
    struct seen *s = ctx;
    s->n++;
    (void)snprintf(s->text, sizeof(s->text), "%.*s %lld %lld", STR_ARG(j->pull), (long long)j->tries, (long long)j->queued);
    return 0;
}

static int see_layer(void *ctx, int64_t layer, uint64_t size)
{
    struct seen *s = ctx;
    CHECK(layer > 0);
    s->n += size;
    return 0;
}

TEST(an_image_is_judged_once)
{
    struct place p;
    place_init(&p);
    struct hunt_store *s = store_at(&p);
    const struct hunt_finding f = {.rule = STR("Miner"), .kind = STR("threat"), .tags = STR("purpose:mining by:name"), .priority = 3, .count = 2,
                                   .layer = str_from(LAYER), .detail = STR("words"), .example = STR("/x: y")};
    const struct hunt_result bad = result_of(&f, 1, "malicious"), clean = result_of(NULL, 0, "clean");
    struct strbuf digest = {}, report = {};
    struct hunt_counts c;
    enum hunt_state state = HUNT_FAILED;
    put(s, DIGEST, "r.example/a:1", true);
    put(s, DIGEST, "r.example/a:2", false);
    CHECK_INT(hunt_store_state(s, str_from(DIGEST), str_from(RULES), &state, NULL), 0);
    CHECK_INT(state, HUNT_WAITING);
    CHECK_INT(hunt_store_state(s, str_from(OTHER), str_from(RULES), &state, NULL), 1);
    CHECK_INT(hunt_store_judge(s, str_from(DIGEST), str_from(RULES), &bad, NULL), 0);
    CHECK_INT(hunt_store_judge(s, str_from(DIGEST), str_from(RULES), &clean, NULL), 1);
    CHECK_INT(hunt_store_judge(s, str_from(OTHER), str_from(RULES), &clean, NULL), -ENOENT);
    /* a late failure changes nothing either */
    CHECK_INT(hunt_store_fail(s, str_from(DIGEST), str_from(RULES), STR("late"), true, 9, 9, NULL), 0);
    CHECK_INT(hunt_store_state(s, str_from(DIGEST), str_from(RULES), &state, NULL), 0);
    CHECK_INT(state, HUNT_JUDGED);
    CHECK_INT(hunt_store_counts(s, str_from(RULES), &c, NULL), 0);
    CHECK_INT(c.images, 1);
    CHECK_INT(c.judged, 1);
    CHECK_INT(c.failed, 0);
    CHECK_INT(c.findings, 1);
    CHECK_INT(c.bytes_done, 100);
    CHECK_INT(hunt_store_report(s, str_from(RULES), STR("r.example/a:2"), &digest, &report, NULL), 0);
    CHECK_STR(strbuf_str(&report), "{\"schema\":\"davy.hunt-image/1\"}");
    CHECK_STR(strbuf_str(&digest), DIGEST);
    strbuf_clear(&report);
    CHECK_INT(hunt_store_report(s, str_from(RULES), STR("aaaaaaaa"), &digest, &report, NULL), 0);
    CHECK_INT(hunt_store_report(s, str_from(RULES), STR("dddddddd"), &digest, &report, NULL), -ENOENT);
    strbuf_done(&digest);
    strbuf_done(&report);
    hunt_store_close(s);
    place_done(&p);
}

TEST(what_waits_is_given_until_it_is_done)
{
    struct place p;
    place_init(&p);
    struct hunt_store *s = store_at(&p);
    struct seen seen = {};
    struct hunt_counts c;
    put(s, DIGEST, "r.example/a:1", true);
    put(s, OTHER, "r.example/b:1", true);
    CHECK_INT(hunt_store_waiting(s, str_from(RULES), 10, 0, 9, see_job, &seen, NULL), 0);
    CHECK_INT(seen.n, 2);
    CHECK_INT(hunt_store_waiting(s, STR("other rules"), 10, 0, 9, see_job, &seen, NULL), 0);
    CHECK_INT(seen.n, 2);
    seen = (struct seen){};
    CHECK_INT(hunt_store_layers(s, 1, see_layer, &seen, NULL), 0);
    CHECK_INT(seen.n, 100);
    CHECK_INT(hunt_store_fail(s, str_from(DIGEST), str_from(RULES), STR("away"), false, 20, 50, NULL), 0);
    seen = (struct seen){};
    CHECK_INT(hunt_store_waiting(s, str_from(RULES), 49, 0, 9, see_job, &seen, NULL), 0);
    CHECK_INT(seen.n, 1);
    seen = (struct seen){};
    CHECK_INT(hunt_store_waiting(s, str_from(RULES), 50, 0, 1, see_job, &seen, NULL), 0);
    CHECK_STR(str_from(seen.text), "r.example/a:1 1 0");
    CHECK_INT(hunt_store_fail(s, str_from(DIGEST), str_from(RULES), STR("gone"), true, 60, 0, NULL), 0);
    enum hunt_state state = HUNT_WAITING;
    CHECK_INT(hunt_store_state(s, str_from(DIGEST), str_from(RULES), &state, NULL), 0);
    CHECK_INT(state, HUNT_FAILED);
    CHECK_INT(hunt_store_counts(s, str_from(RULES), &c, NULL), 0);
    CHECK_INT(c.failed, 1);
    CHECK_INT(hunt_store_retry(s, str_from(RULES), 70, NULL), 0);
    CHECK_INT(hunt_store_counts(s, str_from(RULES), &c, NULL), 0);
    CHECK_INT(c.failed, 0);
    /* queued anew under another number */
    seen = (struct seen){};
    CHECK_INT(hunt_store_set_queued(s, 2, 80, NULL), 0);
    CHECK_INT(hunt_store_unqueued(s, str_from(RULES), 1, 9, see_job, &seen, NULL), 0);
    CHECK_INT(seen.n, 1);
    CHECK_STR(str_from(seen.text), "r.example/a:1 0 -70");
    seen = (struct seen){};
    CHECK_INT(hunt_store_unqueued(s, str_from(RULES), 81, 9, see_job, &seen, NULL), 0);
    CHECK_INT(seen.n, 2);
    hunt_store_close(s);
    place_done(&p);
}

static int see_source(void *ctx, const struct hunt_source *x)
{
    struct seen *s = ctx;
    s->n++;
    (void)snprintf(s->text, sizeof(s->text), "%.*s %d %.*s %.*s %lld", STR_ARG(x->name), x->state, STR_ARG(x->page), STR_ARG(x->last), (long long)x->tags);
    return 0;
}

TEST(a_walk_goes_on_where_it_was)
{
    struct place p;
    place_init(&p);
    struct hunt_store *s = store_at(&p);
    struct seen seen = {};
    int64_t id = 0, again = 0;
    CHECK_INT(hunt_store_source(s, STR("r.example"), 5, &id, NULL), 0);
    CHECK_INT(hunt_store_set_source(s, &(struct hunt_source){.id = id, .state = HUNT_WALKING, .tags = 7, .page = STR("/v2/_catalog?last=x"), .last = STR("a/b")}, NULL),
              0);
    hunt_store_close(s);
    s = store_at(&p);
    CHECK_INT(hunt_store_source(s, STR("r.example"), 6, &again, NULL), 0);
    CHECK_INT(again, id);
    CHECK_INT(hunt_store_sources(s, see_source, &seen, NULL), 0);
    CHECK_INT(seen.n, 1);
    CHECK_STR(str_from(seen.text), "r.example 0 /v2/_catalog?last=x a/b 7");
    hunt_store_close(s);
    place_done(&p);
}

TEST(a_store_that_is_killed_keeps_what_was_committed)
{
    struct place p;
    place_init(&p);
    hunt_store_close(store_at(&p));
    pid_t pid = fork();
    if (!pid) {
        struct hunt_store *s = store_at(&p);
        bool is_new;
        put(s, DIGEST, "r.example/a:1", true);
        struct hunt_plan plan = plan_of(OTHER, "r.example/b:1", NULL, 0);
        (void)hunt_store_begin(s, NULL);
        (void)hunt_store_plan(s, &plan, &is_new, NULL);
        (void)kill(getpid(), SIGKILL);
    }
    CHECK(waitpid(pid, NULL, 0) == pid);
    struct hunt_store *s = store_at(&p);
    struct hunt_counts c;
    CHECK_INT(hunt_store_counts(s, str_from(RULES), &c, NULL), 0);
    CHECK_INT(c.images, 1);
    hunt_store_close(s);
    place_done(&p);
}

static int see_verdict(void *ctx, struct str verdict, uint64_t images, uint64_t bytes)
{
    struct seen *s = ctx;
    s->n += images;
    CHECK(verdict.n && bytes);
    return 0;
}

static int see_repository(void *ctx, const struct hunt_repository *r)
{
    struct seen *s = ctx;
    s->n++;
    (void)snprintf(s->text, sizeof(s->text), "%.*s %d %d %d %.*s", STR_ARG(r->name), (int)r->references, (int)r->images, (int)r->malicious, STR_ARG(r->example));
    return 0;
}

static int see_shared(void *ctx, const struct hunt_shared *l)
{
    struct seen *s = ctx;
    s->n++;
    (void)snprintf(s->text, sizeof(s->text), "%d %d %.*s", (int)l->images, (int)l->size, STR_ARG(l->rule));
    return 0;
}

static int see_why(void *ctx, struct str why, uint64_t n, struct str example)
{
    struct seen *s = ctx;
    s->n++;
    (void)snprintf(s->text, sizeof(s->text), "%.*s %d %.*s", STR_ARG(why), (int)n, STR_ARG(example));
    return 0;
}

static int see_rule(void *ctx, const struct hunt_rule *r)
{
    struct seen *s = ctx;
    s->n++;
    (void)snprintf(s->text, sizeof(s->text), "%.*s %.*s %d", STR_ARG(r->name), STR_ARG(r->kind), (int)r->images);
    return 0;
}

static int see_spoke(void *ctx, int64_t image, int64_t rule, struct str verdict, struct str detail)
{
    struct seen *s = ctx;
    s->n++;
    CHECK(image && rule);
    (void)snprintf(s->text, sizeof(s->text), "%.*s %.*s", STR_ARG(verdict), STR_ARG(detail));
    return 0;
}

TEST(the_study_counts)
{
    struct place p;
    place_init(&p);
    struct hunt_store *s = store_at(&p);
    const struct hunt_finding f = {.rule = STR("Miner"), .kind = STR("threat"), .priority = 3, .count = 2, .layer = str_from(LAYER), .detail = STR("words")};
    const struct hunt_result bad = result_of(&f, 1, "malicious"), clean = result_of(NULL, 0, "clean");
    struct strbuf rules = {};
    struct hunt_study_totals t;
    struct seen seen = {};
    put(s, DIGEST, "r.example/a:1", true);
    put(s, DIGEST, "r.example/a:2", false);
    put(s, OTHER, "r.example/a:3", true);
    CHECK_INT(hunt_store_judge(s, str_from(DIGEST), str_from(RULES), &bad, NULL), 0);
    CHECK_INT(hunt_store_judge(s, str_from(OTHER), str_from(RULES), &clean, NULL), 0);
    CHECK_INT(hunt_store_lost(s, 1, STR("r.example/z:1"), STR("r.example/z"), 5, STR("not there"), NULL), 0);
    CHECK_INT(hunt_study_rules(s, &rules, NULL), 0);
    CHECK_STR(strbuf_str(&rules), RULES);
    CHECK_INT(hunt_study_totals(s, str_from(RULES), &t, NULL), 0);
    CHECK_INT(t.references, 4);
    CHECK_INT(t.repositories, 2);
    CHECK_INT(t.lost, 1);
    CHECK_INT(t.layers, 3);
    CHECK_INT(t.shared_layers, 1);
    CHECK_INT(t.shared_bytes_saved, 60);
    CHECK_INT(hunt_study_verdicts(s, str_from(RULES), see_verdict, &seen, NULL), 0);
    CHECK_INT(seen.n, 2);
    CHECK_INT(hunt_study_repositories(s, str_from(RULES), 5, see_repository, &seen, NULL), 0);
    CHECK_STR(str_from(seen.text), "r.example/a 3 2 1 r.example/a:1");
    CHECK_INT(hunt_study_repositories(s, str_from(RULES), 0, see_repository, &seen, NULL), 0);
    CHECK_STR(str_from(seen.text), "r.example/z 1 0 0 ");
    CHECK_INT(hunt_study_shared(s, str_from(RULES), true, 5, see_shared, &seen, NULL), 0);
    CHECK_STR(str_from(seen.text), "2 60 Miner");
    CHECK_INT(hunt_study_shared(s, str_from(RULES), false, 5, see_shared, &seen, NULL), 0);
    CHECK_STR(str_from(seen.text), "2 60 ");
    CHECK_INT(hunt_study_failures(s, str_from(RULES), 5, see_why, &seen, NULL), 0);
    CHECK_STR(str_from(seen.text), "not there 1 r.example/z:1");
    CHECK_INT(hunt_study_rules_that_spoke(s, str_from(RULES), see_rule, &seen, NULL), 0);
    CHECK_STR(str_from(seen.text), "Miner threat 1");
    CHECK_INT(hunt_study_spoke(s, str_from(RULES), see_spoke, &seen, NULL), 0);
    CHECK_STR(str_from(seen.text), "malicious words");
    /* what no reference means any more is history */
    put(s, OTHER, "r.example/a:1", false);
    put(s, OTHER, "r.example/a:2", false);
    seen = (struct seen){};
    CHECK_INT(hunt_study_spoke(s, str_from(RULES), see_spoke, &seen, NULL), 0);
    CHECK_INT(seen.n, 0);
    strbuf_done(&rules);
    hunt_store_close(s);
    place_done(&p);
}

TEST(errors_say_what_to_do)
{
    struct place p;
    struct hunt_store *s = NULL;
    struct error err = ERROR_NULL;
    char buf[128];
    place_init(&p);
    CHECK_INT(hunt_store_open(p.url, HUNT_READ, &s, &err), -ENOENT);
    CHECK(str_has(str_from(err.text), STR("davy hunt --store")));
    CHECK_STR(str_from(hunt_store_name("postgres://me:secret@host/db", buf, sizeof(buf))), "postgres://me:…@host/db");
    CHECK(hunt_store_is_server("postgresql:///x") && !hunt_store_is_server("/var/x.db"));
    place_done(&p);
}
