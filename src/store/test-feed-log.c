// SPDX-License-Identifier: Apache-2.0
/* A feed's log and head: what was written is read again, and what somebody did to it is noticed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "harness/test.h"
#include "store/feed_log.h"

enum { NOW = 1'700'000'000, DAY = 86400 };
static char folder[64];

static struct feed_key *key(const char *name)
{
    char path[128];
    struct feed_key *k = NULL;
    struct error err = ERROR_NULL;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)feed_key_make(path, &err);
    if (feed_key_load(path, &k, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return k;
}

/* A log in the making, and its head. */
struct made {
    struct strbuf log, head;
    struct feed_head h;
    struct arena arena;
    struct feed_key *key;
};

static void add(struct made *m, struct feed_line l)
{
    size_t start = m->log.n;
    l.n = m->h.length;
    memcpy(l.prev, m->h.hash, sizeof(l.prev));
    l.time_s = NOW + l.n;
    feed_line_write(&m->log, &l);
    sha256_once(m->log.p + start, m->log.n - start - 1, m->h.hash);
    if (!m->h.length)
        memcpy(m->h.id, m->h.hash, sizeof(m->h.id));
    m->h.length++;
    m->h.bytes = m->log.n;
}

static struct feed_entry entry(uint8_t number)
{
    return (struct feed_entry){.digest = {number, 1}, .type = FEED_FILE, .verdict = FEED_UNWANTED, .categories = STR("mining,botnet"),
                               .reason = STR("a \"miner\"\nof ours"), .source = STR("é"), .first_seen_s = NOW - DAY, .expires_s = 20000ULL * DAY,
                               .size = 7, .approved_by = STR("A. Person"), .basis = STR("house rules"), .scope = STR("all clusters"), .notified = STR("abuse@example.org"), .image = STR("docker.io/x/y:z")};
}

static void sign(struct made *m, uint64_t time_s)
{
    m->h.time_s = time_s;
    m->h.expires_s = time_s + DAY;
    m->h.key = *feed_key_public(m->key);
    strbuf_clear(&m->head);
    feed_head_write(&m->head, &m->h, m->key);
}

static void begin(struct made *m)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/davy-log-XXXXXX");
    CHECK(mkdtemp(folder));
    *m = (struct made){.key = key("a.pem"), .h = {.name = STR("test-feed")}};
    add(m, (struct feed_line){.op = FEED_OP_BEGIN, .name = m->h.name, .key = *feed_key_public(m->key)});
    add(m, (struct feed_line){.op = FEED_OP_LIST, .entry = entry(1)});
    add(m, (struct feed_line){.op = FEED_OP_LIST, .entry = entry(2)});
    sign(m, NOW + 10);
}

static void end(struct made *m)
{
    char command[128];
    strbuf_done(&m->log);
    strbuf_done(&m->head);
    arena_done(&m->arena);
    (void)feed_key_free(m->key);
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(!system(command));
}

/* The next line that ends in a line break; what stands behind the last one is a line that no log has. */
static bool next_line(struct str *rest, struct str *ret)
{
    if (!rest->n)
        return false;
    const char *end = memchr(rest->p, '\n', rest->n);
    size_t n = end ? (size_t)(end - rest->p) : rest->n;
    *ret = end ? str_n(rest->p, n) : STR("unfinished");
    *rest = str_sub(*rest, end ? n + 1 : n, rest->n);
    return true;
}

static struct error error;
/* Everything that a puller does; *ret (may be NULL) is what it remembers afterwards. */
static int pull(struct made *m, const struct feed_key *trusted, const struct feed_seen *seen, struct feed_seen *ret)
{
    struct feed_head h;
    struct feed_chain c;
    struct feed_line l;
    uint8_t fingerprint[SHA256_BYTES];
    struct str rest = strbuf_str(&m->log), line;
    error = ERROR_NULL;
    feed_public_fingerprint(feed_key_public(trusted), fingerprint);
    int r = feed_head_parse(strbuf_str(&m->head), &m->arena, &h, &error);
    if (!r)
        r = feed_head_check(&h, seen, NOW + 20, &error);
    feed_chain_init(&c, fingerprint, seen);
    while (!r && next_line(&rest, &line))
        r = feed_chain_line(&c, line, &m->arena, &l, &error);
    if (!r)
        r = feed_chain_end(&c, &h, &error);
    if (!r && ret) {
        *ret = (struct feed_seen){.length = h.length, .bytes = h.bytes, .time_s = h.time_s, .key = h.key};
        memcpy(ret->hash, h.hash, sizeof(ret->hash));
    }
    return r;
}

TEST(what_was_written_is_read)
{
    struct made m;
    begin(&m);
    struct str rest = strbuf_str(&m.log), line;
    struct feed_line l;
    struct feed_seen seen;
    CHECK_INT(pull(&m, m.key, NULL, &seen), 0);
    CHECK_INT(pull(&m, m.key, &seen, NULL), 0);
    CHECK(next_line(&rest, &line) && next_line(&rest, &line));
    CHECK_INT(feed_line_parse(line, &m.arena, &l, &error), 0);
    struct feed_entry e = entry(1);
    CHECK(!memcmp(l.entry.digest, e.digest, sizeof(e.digest)));
    CHECK_INT(l.entry.type, e.type);
    CHECK_INT(l.entry.verdict, e.verdict);
    CHECK_INT(l.entry.size, 7);
    CHECK_INT(l.entry.expires_s, e.expires_s);
    CHECK_INT(l.entry.first_seen_s, e.first_seen_s);
    CHECK_STR(l.entry.categories, "mining,botnet");
    CHECK_STR(l.entry.reason, "a \"miner\"\nof ours");
    CHECK_STR(l.entry.source, "é");
    CHECK_STR(l.entry.scope, "all clusters");
    CHECK_STR(l.entry.image, "docker.io/x/y:z");
    CHECK_STR(l.entry.notified, "abuse@example.org");
    CHECK_STR(l.entry.basis, "house rules");
    CHECK_STR(l.entry.approved_by, "A. Person");
    end(&m);
}

TEST(whoever_changes_a_byte_is_noticed)
{
    struct made m;
    begin(&m);
    for (struct strbuf *b = &m.log; b; b = b == &m.log ? &m.head : NULL)
        for (size_t i = 0; i < b->n; i++) {
            b->p[i] ^= 1;
            if (!pull(&m, m.key, NULL, NULL))
                test_fail(__FILE__, __LINE__, "byte %zu of the %s was changed and nobody noticed", i, b == &m.log ? "log" : "head");
            CHECK(error.code < 0 && error.text[0]);
            b->p[i] ^= 1;
        }
    CHECK_INT(pull(&m, m.key, NULL, NULL), 0);
    end(&m);
}

TEST(old_short_and_forked_feeds_are_noticed)
{
    struct made m;
    begin(&m);
    struct feed_seen seen, later;
    CHECK_INT(pull(&m, m.key, NULL, &seen), 0);
    struct made old = {.key = m.key, .h = m.h};
    strbuf_add(&old.log, strbuf_str(&m.log));
    strbuf_add(&old.head, strbuf_str(&m.head));
    add(&m, (struct feed_line){.op = FEED_OP_WITHDRAW, .entry = {.digest = {1, 1}, .reason = STR("wrong"), .approved_by = STR("B")}});
    sign(&m, NOW + 12);
    CHECK_INT(pull(&m, m.key, &seen, &later), 0);
    CHECK_INT(pull(&old, m.key, &later, NULL), -ESTALE); /* shortened, or rolled back */
    CHECK(strstr(error.text, "shortened"));
    add(&old, (struct feed_line){.op = FEED_OP_LIST, .entry = entry(9)});
    sign(&old, NOW + 13);
    CHECK_INT(pull(&old, m.key, &later, NULL), -ESTALE); /* as long, and another */
    CHECK(strstr(error.text, "forked"));
    add(&old, (struct feed_line){.op = FEED_OP_LIST, .entry = entry(10)});
    sign(&old, NOW + 14);
    CHECK_INT(pull(&old, m.key, &later, NULL), -ESTALE); /* longer, and another */
    CHECK(strstr(error.text, "forked"));
    sign(&m, NOW + 11);
    CHECK_INT(pull(&m, m.key, &later, NULL), -ESTALE); /* the same, signed earlier */
    CHECK(strstr(error.text, "older"));
    sign(&m, NOW - 2 * DAY);
    CHECK_INT(pull(&m, m.key, NULL, NULL), -ESTALE); /* frozen */
    CHECK(strstr(error.text, "expired"));
    sign(&m, NOW + DAY);
    CHECK_INT(pull(&m, m.key, NULL, NULL), -ESTALE);
    CHECK(strstr(error.text, "future"));
    old.key = NULL;
    strbuf_done(&old.log);
    strbuf_done(&old.head);
    arena_done(&old.arena);
    end(&m);
}

/* What is appended is enough: nobody reads the old part again. */
TEST(a_walk_goes_on_where_it_ended)
{
    struct made m;
    begin(&m);
    struct feed_seen seen;
    struct feed_chain c;
    struct feed_line l;
    CHECK_INT(pull(&m, m.key, NULL, &seen), 0);
    add(&m, (struct feed_line){.op = FEED_OP_LIST, .entry = entry(3)});
    sign(&m, NOW + 15);
    struct str rest = str_sub(strbuf_str(&m.log), seen.bytes, m.log.n), line;
    feed_chain_resume(&c, m.h.id, &seen);
    while (next_line(&rest, &line))
        CHECK_INT(feed_chain_line(&c, line, &m.arena, &l, &error), 0);
    CHECK_INT(feed_chain_end(&c, &m.h, &error), 0);
    CHECK_INT(l.entry.digest[0], 3);
    end(&m);
}

static void hand_over(struct made *m, const struct feed_key *signer, struct feed_key *to)
{
    uint8_t signature[FEED_SIGNATURE_BYTES];
    struct feed_line l = {.op = FEED_OP_KEY, .key = *feed_key_public(to), .entry = {.approved_by = STR("C")}};
    feed_key_sign(signer, feed_key_message(&m->arena, m->h.id, m->h.hash, feed_key_public(m->key), &l.key), signature);
    l.signature = str_n(signature, sizeof(signature));
    add(m, l);
    (void)feed_key_free(m->key);
    m->key = to;
}

TEST(keys_change_by_the_hand_of_the_old_one)
{
    struct made m;
    begin(&m);
    _cleanup_(feed_key_freep) struct feed_key *first = key("a.pem"), *stranger = key("x.pem");
    struct feed_seen seen;
    CHECK_INT(pull(&m, stranger, NULL, NULL), -EKEYREJECTED);
    CHECK_INT(pull(&m, first, NULL, &seen), 0);
    hand_over(&m, first, key("b.pem"));
    add(&m, (struct feed_line){.op = FEED_OP_LIST, .entry = entry(4)});
    sign(&m, NOW + 15);
    CHECK_INT(pull(&m, first, &seen, NULL), 0); /* whoever trusts the first key trusts the second */
    CHECK_INT(pull(&m, m.key, NULL, NULL), 0);
    hand_over(&m, stranger, key("c.pem"));
    sign(&m, NOW + 16);
    CHECK_INT(pull(&m, first, &seen, NULL), -EKEYREJECTED);
    CHECK(strstr(error.text, "the old one has not signed"));
    end(&m);
}

/* With the right hashes, signed by nobody who may: the head names a key that the log does not. */
TEST(a_head_by_another_key_is_noticed)
{
    struct made m;
    begin(&m);
    _cleanup_(feed_key_freep) struct feed_key *first = TAKE_PTR(m.key);
    m.key = key("x.pem");
    sign(&m, NOW + 15);
    CHECK_INT(pull(&m, first, NULL, NULL), -EKEYREJECTED);
    CHECK_INT(pull(&m, m.key, NULL, NULL), -EKEYREJECTED);
    end(&m);
}

TEST(keys_that_others_may_read_are_refused)
{
    struct made m;
    begin(&m);
    struct feed_key *k = NULL;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/a.pem", folder);
    CHECK_INT(feed_key_make(path, &error), -EEXIST);
    CHECK(!chmod(path, 0640));
    CHECK_INT(feed_key_load(path, &k, &error), -EPERM);
    CHECK(strstr(error.text, "chmod 600"));
    CHECK(!chmod(path, 0600));
    _cleanup_close_ int fd = open(path, O_WRONLY | O_TRUNC);
    CHECK_INT(feed_key_load(path, &k, &error), -EINVAL);
    CHECK(write(fd, "-----BEGIN PRIVATE KEY-----\n", 28) == 28);
    CHECK_INT(feed_key_load(path, &k, &error), -EINVAL);
    (void)snprintf(path, sizeof(path), "%s/none.pem", folder);
    CHECK_INT(feed_key_load(path, &k, &error), -ENOENT);
    end(&m);
}

TEST(wrong_lines_are_refused)
{
    static const struct {
        const char *line, *says;
    } WRONG[] = {
        {"", "expected"},
        {"[]", "no JSON object"},
        {"{\"n\":0,\"n\":0}", "duplicate"},
        {"{\"n\":-1}", "`n`"},
        {"{\"n\":1,\"prev\":\"%\",\"time\":\"2026-01-01T00:00:00Z\",\"op\":\"delete\"}", "newer one"},
        {"{\"n\":1,\"prev\":\"%\",\"time\":\"2026-01-01 00:00:00Z\",\"op\":\"list\"}", "`time`"},
        {"{\"n\":1,\"prev\":\"%\",\"time\":\"2026-01-01T24:00:00Z\",\"op\":\"list\"}", "`time`"},
        {"{\"n\":1,\"prev\":\"%\",\"time\":\"2026-01-01T00:00:00Z\",\"op\":\"list\",\"digest\":\"md5:12\"}", "`digest`"},
        {"{\"n\":1,\"prev\":\"%\",\"time\":\"2026-01-01T00:00:00Z\",\"op\":\"list\",\"digest\":\"sha256:%\",\"type\":\"image\"}", "`type`"},
        {"{\"n\":1,\"prev\":\"%\",\"time\":\"2026-01-01T00:00:00Z\",\"op\":\"list\",\"digest\":\"sha256:%\",\"type\":\"file\",\"verdict\":\"clean\"}",
         "`verdict`"},
        {"{\"n\":1,\"prev\":\"%\",\"time\":\"2026-01-01T00:00:00Z\",\"op\":\"withdraw\",\"digest\":\"sha256:%\",\"reason\":\"x\"}",
         "`approved_by`"},
        {"{\"n\":1,\"prev\":\"%\",\"time\":\"2026-01-01T00:00:00Z\",\"op\":\"key\",\"key\":\"AAAA\"}", "`key`"},
        {"{\"n\":0,\"prev\":\"%\",\"time\":\"2026-01-01T00:00:00Z\",\"op\":\"begin\",\"schema\":\"davy.feed-log/1\",\"name\":\"a b\",\"key\":\"AAAA\"}",
         "`key`"},
    };
    _cleanup_(arena_done) struct arena a = {};
    struct feed_line l;
    for (size_t i = 0; i < ARRAY_SIZE(WRONG); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        for (const char *p = WRONG[i].line; *p; p++)
            strbuf_printf(&b, *p == '%' ? "%c123456789012345678901234567890123456789012345678901234567890123" : "%c", *p == '%' ? '0' : *p);
        error = ERROR_NULL;
        if (feed_line_parse(strbuf_str(&b), &a, &l, &error) >= 0)
            test_fail(__FILE__, __LINE__, "`%s` is taken", b.p ? b.p : "");
        if (!strstr(error.text, WRONG[i].says))
            test_fail(__FILE__, __LINE__, "`%s`: %s", b.p ? b.p : "", error.text);
    }
}
