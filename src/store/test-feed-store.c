// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "harness/test.h"
#include "store/feed_followed.h"

static char folder[64], path[96];
enum { NOW = 1'700'000'000 };

static void begin(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/davy-feed-XXXXXX");
    CHECK(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/in/side/feed.db", folder);
}

static void end(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(!system(command));
}

static struct feed_store *open_feed(enum feed_mode mode, uint64_t now)
{
    struct feed_store *s = NULL;
    struct error err = ERROR_NULL;
    if (feed_store_open(path, mode, now, &s, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return s;
}

static struct feed_entry entry(unsigned number)
{
    struct feed_entry e = {
        .type = FEED_LAYER,
        .verdict = FEED_MALICIOUS,
        .categories = STR("mining,botnet"),
        .reason = STR("Miner configuration"),
        .source = STR("a test"),
        .rules = STR("00ff"),
        .engine = STR("0.1.0"),
    };
    memcpy(e.digest, &number, sizeof(number));
    return e;
}

static void put(struct feed_store *s, const struct feed_entry *e, bool is_new)
{
    struct error err = ERROR_NULL;
    bool got = !is_new;
    if (feed_store_put(s, e, &got, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK_INT(got, is_new);
}

static void commit(struct feed_store *s)
{
    CHECK_INT(feed_store_commit(s, NULL), 0);
    (void)feed_store_close(s);
}

static int count_one(void *ctx, const struct feed_entry *)
{
    ++*(unsigned *)ctx;
    return 0;
}

static unsigned count(void)
{
    struct feed_store *s = open_feed(FEED_READ, NOW);
    unsigned n = 0;
    unsigned anyhow = 0;
    CHECK_INT(feed_store_each(s, FEED_FIRST_SEEN_FIRST, count_one, &n, NULL), 0);
    CHECK_INT(feed_store_each(s, FEED_ANY_ORDER, count_one, &anyhow, NULL), 0);
    CHECK_INT(anyhow, n);
    (void)feed_store_close(s);
    return n;
}

/* Opening must fail with that code, and with these words of a cure. */
static void refused(enum feed_mode mode, int code, const char *words)
{
    struct feed_store *s = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(feed_store_open(path, mode, NOW, &s, &err), code);
    if (!strstr(err.text, words))
        test_fail(__FILE__, __LINE__, "`%s` is not in: %s", words, err.text);
    CHECK(!s);
}

TEST(words_and_digests)
{
    _cleanup_(arena_done) struct arena a = {};
    uint8_t d[SHA256_BYTES] = {9};
    CHECK_INT(feed_type_from(STR("layer")), FEED_LAYER);
    CHECK_INT(feed_type_from(STR("Layer")), -1);
    CHECK_INT(feed_verdict_from(STR("clean")), FEED_CLEAN);
    CHECK_INT(feed_verdict_from(STR("")), -1);
    CHECK_CSTR(feed_verdict_name(FEED_UNWANTED), "unwanted");
    CHECK(feed_digest_parse(STR("SHA256:000102030405060708090A0B0C0D0E0F000102030405060708090a0b0c0d0e0f"), d));
    CHECK_STR(feed_digest_text(&a, d), "sha256:000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f");
    CHECK(feed_digest_parse(STR("000102030405060708090A0B0C0D0E0F000102030405060708090a0b0c0d0e0f"), d));
    CHECK(!feed_digest_parse(STR("00010203"), d));
    CHECK(!feed_digest_parse(STR("sha256:"), d));
    CHECK(!feed_digest_parse(STR("md5:0102030405060708090A0B0C0D0E0F000102030405060708090a0b0c0d0e0f00"), d));
    CHECK(!feed_digest_parse(STR("g00102030405060708090A0B0C0D0E0F000102030405060708090a0b0c0d0e0f"), d));
    CHECK_INT(d[1], 1);
}

TEST(entries_come_back)
{
    begin();
    _cleanup_(arena_done) struct arena a = {};
    struct feed_store *s = open_feed(FEED_WRITE, NOW);
    struct feed_entry e = entry(7), got = {};
    e.reason = STR("two \"quotes\", a 'quote' and 漢字");
    put(s, &e, true);
    commit(s);
    s = open_feed(FEED_READ, NOW + 5);
    CHECK_INT(feed_store_get(s, e.digest, &a, &got, NULL), 0);
    CHECK_INT(got.type, FEED_LAYER);
    CHECK_INT(got.verdict, FEED_MALICIOUS);
    CHECK_STR(got.categories, "mining,botnet");
    CHECK_STR(got.reason, "two \"quotes\", a 'quote' and 漢字");
    CHECK_STR(got.source, "a test");
    CHECK_STR(got.rules, "00ff");
    CHECK_STR(got.engine, "0.1.0");
    CHECK_INT(got.first_seen_s, NOW);
    CHECK_INT(got.updated_s, NOW);
    CHECK(feed_entry_has_category(&got, STR("botnet")));
    CHECK(!feed_entry_has_category(&got, STR("bot")));
    e = entry(8);
    CHECK_INT(feed_store_get(s, e.digest, &a, &got, NULL), 1);
    (void)feed_store_close(s);
    struct stat st;
    CHECK(!stat(path, &st));
    CHECK_INT(st.st_mode & 0777, 0600);
    end();
}

TEST(adding_again_updates_and_keeps_the_first_day)
{
    begin();
    _cleanup_(arena_done) struct arena a = {};
    struct feed_store *s = open_feed(FEED_WRITE, NOW);
    struct feed_entry e = entry(1), got = {};
    put(s, &e, true);
    commit(s);
    s = open_feed(FEED_WRITE, NOW + 100);
    e.verdict = FEED_CLEAN;
    e.reason = STR("seen again");
    e.expires_s = NOW + 200;
    put(s, &e, false);
    commit(s);
    s = open_feed(FEED_WRITE, NOW + 150);
    CHECK_INT(feed_store_get(s, e.digest, &a, &got, NULL), 0);
    CHECK_INT(got.first_seen_s, NOW);
    CHECK_INT(got.updated_s, NOW + 100);
    CHECK_INT(got.verdict, FEED_CLEAN);
    CHECK_STR(got.reason, "seen again");
    bool was = false;
    CHECK_INT(feed_store_remove(s, e.digest, &was, NULL), 0);
    CHECK(was);
    CHECK_INT(feed_store_remove(s, e.digest, &was, NULL), 0);
    CHECK(!was);
    commit(s);
    CHECK_INT(count(), 0);
    end();
}

TEST(an_entry_counts_until_it_expires)
{
    struct feed_entry e = entry(1);
    CHECK(!feed_entry_is_expired(&e, UINT64_MAX));
    e.expires_s = NOW;
    CHECK(!feed_entry_is_expired(&e, NOW - 1));
    CHECK(feed_entry_is_bad(&e, NOW - 1));
    CHECK(feed_entry_is_expired(&e, NOW));
    CHECK(!feed_entry_is_bad(&e, NOW));
    e.verdict = FEED_SUSPICIOUS;
    CHECK(!feed_entry_is_bad(&e, NOW - 1));
}

TEST(texts_have_limits)
{
    begin();
    struct feed_store *s = open_feed(FEED_WRITE, NOW);
    struct error err = ERROR_NULL;
    struct feed_entry e = entry(1);
    char longer[FEED_TEXT_MAX + 1];
    memset(longer, 'a', sizeof(longer));
    e.reason = str_n(longer, sizeof(longer));
    CHECK_INT(feed_store_put(s, &e, NULL, &err), -EINVAL);
    CHECK(strstr(err.text, "the reason is longer than 1024 bytes"));
    e.reason = str_n(longer, sizeof(longer) - 1);
    put(s, &e, true);
    e.source = STR("\xff");
    CHECK_INT(feed_store_put(s, &e, NULL, &err), -EINVAL);
    CHECK(strstr(err.text, "the source is no UTF-8"));
    e.source = STR("a\0b");
    CHECK_INT(feed_store_put(s, &e, NULL, &err), -EINVAL);
    (void)feed_store_close(s);
    CHECK_INT(count_one(&(unsigned){0}, &e), 0);
    end();
}

TEST(what_is_not_committed_is_taken_back)
{
    begin();
    struct feed_store *s = open_feed(FEED_WRITE, NOW);
    struct feed_entry e = entry(1);
    put(s, &e, true);
    commit(s);
    s = open_feed(FEED_WRITE, NOW);
    e = entry(2);
    put(s, &e, true);
    (void)feed_store_close(s);
    CHECK_INT(count(), 1);
    end();
}

static void write_at(off_t at, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_INT(pwrite(fd, text, strlen(text), at), strlen(text));
    close(fd);
}

static struct str content_of(struct arena *a)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    CHECK(fd >= 0 && !fstat(fd, &st));
    char *p = arena_alloc(a, (size_t)st.st_size);
    CHECK_INT(read(fd, p, (size_t)st.st_size), st.st_size);
    close(fd);
    return str_n(p, (size_t)st.st_size);
}

TEST(a_damaged_file_is_left_alone)
{
    begin();
    _cleanup_(arena_done) struct arena a = {};
    struct feed_store *s = open_feed(FEED_WRITE, NOW);
    for (unsigned i = 0; i < 500; i++) {
        struct feed_entry e = entry(i);
        put(s, &e, true);
    }
    commit(s);
    for (off_t at = 4096; at < 6 * 4096; at += 4096)
        write_at(at, "nothing that a page begins with");
    struct str before = content_of(&a);
    refused(FEED_WRITE, -EUCLEAN, ".recover");
    CHECK(str_eq(before, content_of(&a)));
    s = open_feed(FEED_READ, NOW);
    struct error err = ERROR_NULL;
    unsigned n = 0;
    CHECK_INT(feed_store_each(s, FEED_FIRST_SEEN_FIRST, count_one, &n, &err), -EUCLEAN);
    CHECK(strstr(err.text, "left as it is"));
    (void)feed_store_close(s);
    write_at(0, "no database at all, whatever the name says");
    before = content_of(&a);
    refused(FEED_WRITE, -EUCLEAN, ".recover");
    refused(FEED_READ, -EUCLEAN, ".recover");
    CHECK(str_eq(before, content_of(&a)));
    end();
}

static void sql(const char *text)
{
    sqlite3 *db;
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
}

TEST(other_files_are_told_apart)
{
    begin();
    refused(FEED_READ, -ENOENT, "davy feed add");
    struct feed_store *s = open_feed(FEED_WRITE, NOW);
    commit(s);
    sql("PRAGMA user_version = 3");
    refused(FEED_WRITE, -EPROTO, "version 3");
    refused(FEED_READ, -EPROTO, "version 3");
    (void)snprintf(path, sizeof(path), "%s/other.db", folder);
    sql("CREATE TABLE t(x)");
    refused(FEED_WRITE, -EPROTO, "another program");
    (void)snprintf(path, sizeof(path), "%s/empty.db", folder);
    write_at(0, "");
    refused(FEED_READ, -ENOENT, "davy feed add");
    commit(open_feed(FEED_WRITE, NOW));
    CHECK_INT(count(), 0);
    (void)snprintf(path, sizeof(path), "%s/in", folder);
    refused(FEED_READ, -EISDIR, "is no file");
    refused(FEED_WRITE, -EISDIR, "is no file");
    end();
}

TEST(rows_that_a_hand_wrote_are_told)
{
    begin();
    commit(open_feed(FEED_WRITE, NOW));
    sql("INSERT INTO entries VALUES('sha256:12', 'layer', 'malicious', '', '', '', '', '', 1, 1, 0, 0, '')");
    struct feed_store *s = open_feed(FEED_READ, NOW);
    struct error err = ERROR_NULL;
    unsigned n = 0;
    CHECK_INT(feed_store_each(s, FEED_FIRST_SEEN_FIRST, count_one, &n, &err), -EUCLEAN);
    CHECK(strstr(err.text, "the entry of `sha256:12`"));
    (void)feed_store_close(s);
    end();
}

/* As version 1 made it. */
TEST(a_feed_of_version_1_is_read_and_becomes_version_2)
{
    begin();
    commit(open_feed(FEED_WRITE, NOW));
    sql("DROP TABLE pulled; DROP TABLE feeds; ALTER TABLE entries DROP COLUMN size; ALTER TABLE entries DROP COLUMN image; PRAGMA user_version = 1");
    sql("INSERT INTO entries VALUES('sha256:0100000000000000000000000000000000000000000000000000000000000000', 'layer', 'malicious', '', 'r', "
        "'s', '', '', 1, 1, 0)");
    _cleanup_(arena_done) struct arena a = {};
    struct feed_entry e = entry(1), got;
    struct feed_followed f;
    struct error err = ERROR_NULL;
    struct feed_store *s = open_feed(FEED_READ, NOW);
    CHECK_INT(count(), 1);
    CHECK_INT(feed_store_get(s, e.digest, &a, &got, &err), 0);
    CHECK_STR(got.reason, "r");
    CHECK_INT(feed_followed_get(s, e.digest, FEED_PULLED, &a, &f, &err), 1);
    (void)feed_store_close(s);
    s = open_feed(FEED_WRITE, NOW);
    e.size = 17;
    put(s, &e, false);
    commit(s);
    s = open_feed(FEED_READ, NOW);
    CHECK_INT(feed_store_get(s, e.digest, &a, &got, &err), 0);
    CHECK_INT(got.size, 17);
    CHECK_INT(got.first_seen_s, 1);
    (void)feed_store_close(s);
    end();
}

static void pull(struct feed_store *s, uint8_t feed, struct feed_entry e, bool is_new)
{
    struct feed_followed f = {.name = feed == 1 ? STR("one") : STR("two"), .url = STR("file:///x"), .seen = {.length = 3, .bytes = 99}};
    struct error err = ERROR_NULL;
    bool got = !is_new;
    f.id[0] = feed;
    f.seen.key = (struct feed_public){{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00, feed}};
    CHECK_INT(feed_followed_put(s, &f, &err), 0);
    if (feed_pulled_put(s, f.id, &e, &got, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK_INT(got, is_new);
}

static struct feed_entry get(unsigned number, struct arena *a)
{
    struct feed_store *s = open_feed(FEED_READ, NOW);
    struct feed_entry e = {};
    struct error err = ERROR_NULL;
    CHECK_INT(feed_store_get(s, entry(number).digest, a, &e, &err), 0);
    (void)feed_store_close(s);
    return e;
}

TEST(own_entries_go_before_those_of_feeds)
{
    begin();
    _cleanup_(arena_done) struct arena a = {};
    struct feed_store *s = open_feed(FEED_WRITE, NOW);
    struct feed_entry e = entry(1);
    e.approved_by = STR("A. Judge");
    e.verdict = FEED_UNWANTED;
    e.updated_s = e.first_seen_s = 5;
    pull(s, 1, e, true);
    pull(s, 1, e, false);
    e.verdict = FEED_MALICIOUS;
    pull(s, 2, e, true);
    commit(s);
    CHECK_INT(count(), 1);
    struct feed_entry got = get(1, &a);
    CHECK_INT(got.verdict, FEED_MALICIOUS); /* the worse one of two feeds */
    CHECK_STR(got.feed, "two");
    CHECK_STR(got.approved_by, "A. Judge");
    CHECK_INT(got.updated_s, 5);
    s = open_feed(FEED_WRITE, NOW);
    e = entry(1);
    e.verdict = FEED_CLEAN;
    put(s, &e, true);
    commit(s);
    got = get(1, &a);
    CHECK_INT(got.verdict, FEED_CLEAN); /* the owner knows better */
    CHECK_STR(got.feed, "");
    s = open_feed(FEED_WRITE, NOW);
    e.expires_s = NOW - 1;
    put(s, &e, false);
    commit(s);
    CHECK_STR(get(1, &a).feed, "two"); /* until he does not say so any more */
    CHECK_INT(count(), 1);
    struct error err = ERROR_NULL;
    uint64_t gone = 0;
    const uint8_t two[SHA256_BYTES] = {2};
    s = open_feed(FEED_WRITE, NOW);
    CHECK_INT(feed_followed_forget(s, two, &gone, &err), 0);
    CHECK_INT(gone, 1);
    commit(s);
    CHECK_STR(get(1, &a).feed, "one");
    end();
}

/* Whether a file can be read by somebody who may change nothing. */
TEST(reading_needs_no_right_to_write)
{
    begin();
    struct feed_store *s = open_feed(FEED_WRITE, NOW);
    struct feed_entry e = entry(1);
    (void)snprintf(path, sizeof(path), "%s/in/side/feed%%3f?#.db", folder);
    (void)feed_store_close(s);
    s = open_feed(FEED_WRITE, NOW);
    put(s, &e, true);
    commit(s);
    CHECK(!chmod(path, 0444));
    char place[96];
    for (const char *const *p = (const char *const[]){"", "/in", "/in/side", NULL}; *p; p++) {
        (void)snprintf(place, sizeof(place), "%s%s", folder, *p);
        CHECK(!chmod(place, 0555));
    }
    pid_t pid = fork();
    if (!pid) {
        struct feed_store *other = NULL;
        unsigned n = 0;
        if (!geteuid() && (setgid(65534) || setuid(65534)))
            _exit(3);
        if (feed_store_open(path, FEED_READ, NOW, &other, NULL) < 0 || feed_store_each(other, FEED_ANY_ORDER, count_one, &n, NULL) || n != 1)
            _exit(1);
        (void)feed_store_close(other);
        _exit(feed_store_open(path, FEED_WRITE, NOW, &other, NULL) == -EACCES ? 0 : 2);
    }
    int status;
    CHECK_INT(waitpid(pid, &status, 0), pid);
    for (const char *const *p = (const char *const[]){"", "/in", "/in/side", NULL}; *p; p++) {
        (void)snprintf(place, sizeof(place), "%s%s", folder, *p);
        CHECK(!chmod(place, 0755));
    }
    CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
    end();
}

TEST(several_programs_write_at_once)
{
    enum { PROGRAMS = 4, ROUNDS = 25 };
    begin();
    pid_t pids[PROGRAMS];
    for (unsigned i = 0; i < PROGRAMS; i++) {
        pids[i] = fork();
        if (pids[i])
            continue;
        /* the first of them also makes the file */
        for (unsigned k = 0; k < ROUNDS; k++) {
            struct feed_store *s = NULL;
            struct error err = ERROR_NULL;
            struct feed_entry e = entry(i * ROUNDS + k);
            if (feed_store_open(path, FEED_WRITE, NOW, &s, &err) < 0 || feed_store_put(s, &e, NULL, &err) < 0 ||
                feed_store_commit(s, &err) < 0) {
                printf("# %s\n", err.text);
                (void)fflush(stdout);
                _exit(1);
            }
            (void)feed_store_close(s);
        }
        _exit(0);
    }
    for (unsigned i = 0; i < PROGRAMS; i++) {
        int status;
        CHECK_INT(waitpid(pids[i], &status, 0), pids[i]);
        CHECK_INT(status, 0);
    }
    CHECK_INT(count(), PROGRAMS * ROUNDS);
    end();
}

/* A program that commits two entries, begins with many more, and is ended in the middle of it. */
static void write_and_be_killed(int tell)
{
    struct feed_store *s = NULL;
    for (unsigned i = 0; i < 2; i++) {
        struct feed_entry e = entry(i);
        if (feed_store_open(path, FEED_WRITE, NOW, &s, NULL) < 0 || feed_store_put(s, &e, NULL, NULL) < 0 ||
            feed_store_commit(s, NULL) < 0)
            _exit(1);
        if (!i)
            s = feed_store_close(s);
    }
    struct feed_store *next = NULL;
    if (feed_store_open(path, FEED_WRITE, NOW, &next, NULL) < 0)
        _exit(1);
    for (unsigned i = 2;; i++) {
        struct feed_entry e = entry(i);
        if (feed_store_put(next, &e, NULL, NULL) < 0)
            _exit(1);
        /* by now pages of it have gone to the journal, since the cache of SQLite is full */
        if (i == 20'000 && write(tell, "x", 1) != 1)
            _exit(1);
    }
}

TEST(a_kill_loses_nothing_that_was_committed)
{
    begin();
    int ends[2];
    char c;
    CHECK(!pipe(ends));
    pid_t pid = fork();
    if (!pid)
        write_and_be_killed(ends[1]);
    close(ends[1]);
    CHECK_INT(read(ends[0], &c, 1), 1);
    close(ends[0]);
    CHECK(!kill(pid, SIGKILL));
    int status;
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(count(), 2);
    struct feed_store *s = open_feed(FEED_WRITE, NOW);
    struct feed_entry e = entry(2);
    put(s, &e, true);
    commit(s);
    CHECK_INT(count(), 3);
    end();
}
