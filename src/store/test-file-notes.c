// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/test.h"
#include "store/file_notes.h"

enum { DAY = 86400, START = 20000 * DAY };

static char folder[64];
static const uint8_t KEY[SHA256_BYTES] = {1}, OTHER[SHA256_BYTES] = {1, 0, 0, 0, 0, 0, 0, 0, 2}; /* the first bytes are the same */

static void begin(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/davy-files-XXXXXX");
    CHECK(mkdtemp(folder));
}

static void end(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(!system(command));
}

static struct file_notes *open_at(uint64_t now)
{
    struct file_notes *f = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(file_notes_open(folder, now, &f, &err), 0);
    return f;
}

static void keep(const uint8_t *key, struct str notes, uint64_t now)
{
    struct file_notes *f = open_at(now);
    file_notes_add(f, key, notes, false);
    file_notes_close(f);
}

static bool holds(const uint8_t *key, const char *want, uint64_t now)
{
    struct str got;
    struct file_notes *f = open_at(now);
    bool found = file_notes_find(f, key, &got);
    if (found)
        CHECK_STR(got, want);
    file_notes_close(f);
    return found;
}

static void replace(const uint8_t *key, struct str notes)
{
    struct file_notes *f = open_at(START);
    file_notes_add(f, key, notes, true);
    file_notes_close(f);
}

static off_t size_of(const char *name)
{
    char path[128];
    struct stat st = {};
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return stat(path, &st) < 0 ? -1 : st.st_size;
}

/* Changes one byte of a file. */
static void damage(const char *name, off_t at)
{
    char path[128];
    uint8_t byte = 0;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= 0x10;
    CHECK_INT(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* Where the first row of the index stands. */
static off_t row_of(const char *name)
{
    static uint8_t bytes[24 << 20];
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, bytes, sizeof(bytes));
    close(fd);
    for (off_t at = 24; at < n; at++)
        if (bytes[at])
            return at / 24 * 24;
    return -1;
}

TEST(the_newest_is_found_where_it_replaces_another)
{
    begin();
    keep(KEY, STR("first"), START);
    keep(KEY, STR("again"), START);
    CHECK(holds(KEY, "first", START));
    replace(KEY, STR("second"));
    CHECK(holds(KEY, "second", START));
    off_t size = size_of("files.notes");
    replace(KEY, STR("second"));
    CHECK(holds(KEY, "second", START));
    CHECK_INT(size_of("files.notes"), size);
    end();
}

TEST(notes_come_back_until_they_are_old)
{
    begin();
    CHECK(!holds(KEY, "", START));
    keep(KEY, STR("first"), START);
    keep(OTHER, STR("second"), START + DAY);
    CHECK(holds(KEY, "first", START));
    CHECK(holds(OTHER, "second", START + 29 * DAY));
    CHECK(!holds(KEY, "", START + 30 * DAY));
    CHECK(holds(OTHER, "second", START + 30 * DAY));
    CHECK(!holds(KEY, "", START - DAY)); /* made in the future: the clock is not to be trusted */
    keep(KEY, STR("anew"), START + 40 * DAY);
    CHECK(holds(KEY, "anew", START + 40 * DAY));
    end();
}

TEST(what_is_there_is_not_written_again)
{
    begin();
    keep(KEY, STR("x"), START);
    off_t n = size_of("files.notes");
    keep(KEY, STR("x"), START);
    CHECK_INT(size_of("files.notes"), n);
    end();
}

TEST(damage_is_as_if_nothing_were_there)
{
    begin();
    keep(KEY, STR("notes of a file"), START);
    off_t n = size_of("files.notes"), row = row_of("files.table");
    for (off_t i = 0; i < n; i++) {
        damage("files.notes", i);
        CHECK(!holds(KEY, "", START));
        damage("files.notes", i);
    }
    for (off_t i = row; i < row + 20; i++) { /* behind it is the day */
        damage("files.table", i);
        CHECK(!holds(KEY, "", START));
        damage("files.table", i);
    }
    damage("files.table", 3); /* its mark */
    CHECK(!holds(KEY, "", START));
    damage("files.table", 3);
    CHECK(holds(KEY, "notes of a file", START));
    end();
}

TEST(a_cut_file_is_no_trouble)
{
    char path[128];
    begin();
    keep(KEY, STR("notes"), START);
    (void)snprintf(path, sizeof(path), "%s/files.notes", folder);
    CHECK_INT(truncate(path, size_of("files.notes") - 1), 0);
    CHECK(!holds(KEY, "", START));
    keep(KEY, STR("more"), START);
    CHECK(holds(KEY, "more", START));
    (void)snprintf(path, sizeof(path), "%s/files.table", folder);
    CHECK_INT(truncate(path, size_of("files.table") - 5), 0);
    CHECK(!holds(KEY, "", START));
    keep(OTHER, STR("other"), START);
    CHECK(holds(OTHER, "other", START));
    end();
}

/* Keys that lead to the same row: as many as are looked at find their place, and no more are kept. */
TEST(keys_that_meet_cost_little)
{
    enum { MEET = 100 };
    uint8_t key[SHA256_BYTES] = {7};
    size_t found = 0;
    begin();
    struct file_notes *f = open_at(START);
    for (unsigned i = 0; i < MEET; i++) {
        key[20] = (uint8_t)i;
        file_notes_add(f, key, STR("x"), false);
    }
    file_notes_close(f);
    f = open_at(START);
    for (unsigned i = 0; i < MEET; i++) {
        struct str got;
        key[20] = (uint8_t)i;
        found += file_notes_find(f, key, &got);
    }
    CHECK_INT(found, 64);
    CHECK_INT(file_notes_count(f), 64);
    file_notes_close(f);
    /* rows that are old make room */
    key[20] = 99;
    keep(key, STR("anew"), START + 31 * DAY);
    CHECK(holds(key, "anew", START + 31 * DAY));
    f = open_at(START + 31 * DAY);
    CHECK_INT(file_notes_count(f), 64);
    file_notes_close(f);
    end();
}

TEST(many_are_found_each)
{
    enum { MANY = 60'000 };
    begin();
    for (unsigned round = 0; round < 2; round++) {
        struct file_notes *f = open_at(START);
        for (unsigned i = round * MANY / 2; i < (round + 1) * MANY / 2; i++) {
            uint8_t key[SHA256_BYTES];
            sha256_once(&i, sizeof(i), key);
            file_notes_add(f, key, str_n(&i, sizeof(i)), false);
        }
        file_notes_close(f);
    }
    struct file_notes *f = open_at(START);
    CHECK_INT(file_notes_count(f), MANY);
    for (unsigned i = 0; i < MANY; i++) {
        uint8_t key[SHA256_BYTES];
        struct str got;
        sha256_once(&i, sizeof(i), key);
        CHECK(file_notes_find(f, key, &got) && str_eq(got, str_n(&i, sizeof(i))));
    }
    file_notes_close(f);
    end();
}

TEST(files_that_others_can_write_are_not_believed)
{
    char path[128];
    begin();
    keep(KEY, STR("notes"), START);
    (void)snprintf(path, sizeof(path), "%s/files.notes", folder);
    CHECK_INT(chmod(path, 0666), 0);
    CHECK(!holds(KEY, "", START));
    keep(OTHER, STR("other"), START);
    CHECK(!holds(OTHER, "", START));
    end();
}

TEST(more_than_wait_to_be_written_together)
{
    enum { N = 3 * FILE_NOTES_PENDING / FILE_NOTE_BYTES_MAX };
    static char big[FILE_NOTE_BYTES_MAX];
    uint8_t key[SHA256_BYTES] = {};
    struct str found;
    unsigned n = 0;
    begin();
    struct file_notes *f = open_at(START);
    for (unsigned i = 0; i < N; i++) {
        key[9] = (uint8_t)(i + 1);
        memset(big, (int)i, sizeof(big));
        file_notes_add(f, key, str_n(big, sizeof(big)), false);
    }
    file_notes_close(f);
    f = open_at(START);
    for (unsigned i = 0; i < N; i++) {
        key[9] = (uint8_t)(i + 1);
        n += file_notes_find(f, key, &found) && found.n == sizeof(big) && (uint8_t)found.p[sizeof(big) - 1] == (uint8_t)i;
    }
    CHECK_INT(n, N);
    file_notes_close(f);
    end();
}

TEST(what_was_added_is_found_after_a_refresh)
{
    struct str found;
    begin();
    struct file_notes *f = open_at(START);
    file_notes_refresh(f); /* of nothing */
    file_notes_add(f, KEY, STR("notes"), false);
    CHECK(!file_notes_find(f, KEY, &found) && !file_notes_has(f, KEY));
    file_notes_refresh(f);
    CHECK(file_notes_has(f, KEY) && file_notes_find(f, KEY, &found));
    CHECK_STR(found, "notes");
    CHECK_INT(file_notes_count(f), 1);
    file_notes_add(f, OTHER, STR("other"), false);
    file_notes_refresh(f);
    CHECK(file_notes_find(f, OTHER, &found) && file_notes_find(f, KEY, &found));
    file_notes_close(f);
    CHECK(holds(KEY, "notes", START));
    end();
}

TEST(full_files_become_the_old_ones)
{
    enum { ROUND = 31 };
    static char big[FILE_NOTE_BYTES_MAX / 2];
    uint8_t key[SHA256_BYTES] = {};
    begin();
    keep(KEY, STR("first"), START);
    for (unsigned round = 0; size_of("files-old.notes") < 0; round++) {
        CHECK(round < 20);
        struct file_notes *f = open_at(START);
        for (unsigned i = 0; i < ROUND; i++) {
            key[9] = (uint8_t)i;
            key[10] = (uint8_t)(i >> 8);
            key[11] = (uint8_t)round + 1;
            memcpy(big, key, sizeof(key));
            file_notes_add(f, key, str_n(big, sizeof(big)), false);
        }
        file_notes_close(f);
        CHECK(size_of("files.notes") <= FILE_NOTES_BYTES);
    }
    CHECK(holds(KEY, "first", START));
    keep(KEY, STR("first"), START); /* what is in demand moves on */
    CHECK_INT(unlinkat(AT_FDCWD, strcat(strcpy((char[128]){}, folder), "/files-old.notes"), 0), 0);
    CHECK(holds(KEY, "first", START));
    end();
}
