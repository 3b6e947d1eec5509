// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/test.h"
#include "store/notes_store.h"

static char folder[64], path[80];
static const uint8_t KEY[SHA256_BYTES] = {1}, OTHER[SHA256_BYTES] = {2};

static void begin(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/davy-store-XXXXXX");
    CHECK(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/in/notes.db", folder);
}

static void end(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(!system(command));
}

static struct notes_store *open_store(uint64_t now)
{
    struct notes_store *s = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(notes_store_open(path, now, &s, &err), 0);
    return s;
}

static bool holds(struct notes_store *s, const uint8_t *key, struct str want)
{
    int fd = notes_store_get(s, key);
    if (fd < 0)
        return false;
    char *got = malloc(want.n + 1);
    ssize_t n = read(fd, got, want.n + 1);
    bool same = n == (ssize_t)want.n && !memcmp(got, want.p, want.n);
    free(got);
    close(fd);
    return same;
}

TEST(notes_come_back_until_they_are_old)
{
    begin();
    struct notes_store *s = open_store(1000);
    CHECK(notes_store_get(s, KEY) < 0);
    CHECK(!notes_store_has(s, KEY));
    notes_store_put(s, KEY, STR("notes\0of a layer"));
    notes_store_put(s, OTHER, STR("a"));
    notes_store_put(s, OTHER, STR("b"));
    CHECK(holds(s, KEY, STR("notes\0of a layer")));
    s = notes_store_close(s);
    s = open_store(1000 + 29 * 86400);
    CHECK(holds(s, KEY, STR("notes\0of a layer")));
    CHECK(holds(s, OTHER, STR("b")));
    CHECK(notes_store_has(s, OTHER));
    s = notes_store_close(s);
    s = open_store(1000 + 31 * 86400);
    CHECK(!notes_store_has(s, KEY));
    CHECK(notes_store_get(s, KEY) < 0);
    notes_store_close(s);
    end();
}

TEST(notes_that_come_in_pieces_are_kept_whole)
{
    enum { PIECES = 9000 };
    _cleanup_(strbuf_done) struct strbuf all = {};
    begin();
    struct notes_store *s = open_store(1000);
    strbuf_adds(&all, "head");
    for (unsigned i = 0; i < PIECES; i++) {
        char piece[400] = {};
        int n = snprintf(piece, sizeof(piece), "/usr/lib/%u/%u and what is said of it", i, i * 2654435761U);
        n += (int)(i * 7919 % 300);
        strbuf_add(&all, str_n(piece, (size_t)n < sizeof(piece) ? (size_t)n : sizeof(piece)));
        notes_store_add(s, str_n(piece, (size_t)n < sizeof(piece) ? (size_t)n : sizeof(piece)));
    }
    notes_store_put(s, KEY, STR("head"));
    notes_store_put(s, OTHER, STR("only this"));
    CHECK(holds(s, KEY, strbuf_str(&all)));
    CHECK(holds(s, OTHER, STR("only this")));
    notes_store_add(s, STR("of a layer that did not end"));
    notes_store_drop(s);
    notes_store_add(s, STR(" second"));
    notes_store_put(s, OTHER, STR("first"));
    CHECK(holds(s, OTHER, STR("first second")));
    notes_store_add(s, STR("left behind"));
    notes_store_close(s);
    end();
}

TEST(seals_are_no_notes_and_grow_old_too)
{
    begin();
    struct notes_store *s = open_store(1000);
    CHECK(!notes_store_is_sealed(s, KEY));
    notes_store_seal(s, KEY);
    notes_store_seal(s, KEY);
    notes_store_put(s, OTHER, STR("notes"));
    CHECK(notes_store_is_sealed(s, KEY) && !notes_store_is_sealed(s, OTHER));
    CHECK(!notes_store_has(s, KEY) && notes_store_get(s, KEY) < 0);
    s = notes_store_close(s);
    s = open_store(1000 + 29 * 86400);
    CHECK(notes_store_is_sealed(s, KEY));
    notes_store_seal(s, OTHER);
    s = notes_store_close(s);
    s = open_store(1000 + 31 * 86400);
    CHECK(!notes_store_is_sealed(s, KEY) && notes_store_is_sealed(s, OTHER));
    notes_store_seal(s, OTHER); /* what is old goes when something was kept */
    s = notes_store_close(s);
    s = open_store(1000);
    CHECK(!notes_store_is_sealed(s, KEY) && notes_store_is_sealed(s, OTHER));
    notes_store_close(s);
    end();
}

TEST(the_oldest_seals_go_first)
{
    begin();
    struct notes_store *s = open_store(1);
    sqlite3 *db;
    char fill[200];
    notes_store_seal(s, KEY);
    notes_store_seal(s, OTHER);
    notes_store_seal(s, KEY); /* is the newer one now */
    s = notes_store_close(s);
    (void)snprintf(fill, sizeof(fill), "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                                       " INSERT INTO seals(key, made) SELECT CAST('seal' || i AS BLOB), 1 FROM n", NOTES_STORE_SEALS - 2);
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, fill, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    s = open_store(1);
    CHECK(notes_store_is_sealed(s, KEY) && notes_store_is_sealed(s, OTHER));
    notes_store_seal(s, (const uint8_t[SHA256_BYTES]){3});
    s = notes_store_close(s);
    s = open_store(1);
    CHECK(notes_store_is_sealed(s, KEY) && !notes_store_is_sealed(s, OTHER));
    notes_store_close(s);
    end();
}

TEST(notes_of_another_version_are_dropped)
{
    begin();
    struct notes_store *s = open_store(1);
    sqlite3 *db;
    notes_store_put(s, KEY, STR("notes"));
    notes_store_seal(s, KEY);
    notes_store_close(s);
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, "DROP TABLE seals; PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    s = open_store(1);
    CHECK(!notes_store_has(s, KEY) && !notes_store_is_sealed(s, KEY));
    notes_store_seal(s, KEY);
    CHECK(notes_store_is_sealed(s, KEY));
    notes_store_close(s);
    end();
}

TEST(two_programs_share_the_file)
{
    begin();
    struct notes_store *a = open_store(1), *b = open_store(1);
    notes_store_put(a, KEY, STR("from a"));
    CHECK(holds(b, KEY, STR("from a")));
    notes_store_put(b, OTHER, STR("from b"));
    CHECK(holds(a, OTHER, STR("from b")));
    notes_store_close(a);
    notes_store_close(b);
    end();
}

TEST(what_others_may_write_is_not_used)
{
    struct notes_store *s = NULL;
    struct error err = ERROR_NULL;
    begin();
    s = notes_store_close(open_store(1));
    CHECK(!chmod(path, 0666));
    CHECK(notes_store_open(path, 1, &s, &err) < 0);
    CHECK(str_has(str_from(err.text), STR("others")));
    CHECK(!chmod(path, 0600));
    char name[96];
    (void)snprintf(name, sizeof(name), "%s/in/link.db", folder);
    CHECK(!symlink("notes.db", name));
    CHECK(notes_store_open(name, 1, &s, &err) < 0);
    end();
}

TEST(a_damaged_file_is_no_harm)
{
    struct notes_store *s = NULL;
    struct error err = ERROR_NULL;
    begin();
    s = open_store(1);
    notes_store_put(s, KEY, STR("x"));
    s = notes_store_close(s);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, "no database at all, only text", 29, 0) == 29);
    close(fd);
    CHECK(notes_store_open(path, 1, &s, &err) < 0);
    CHECK(err.text[0]);
    end();
}
