// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/cleanup.h"
#include "harness/test.h"

static const uint8_t KEY[SHA256_BYTES] = {1, 2, 3}, OTHER[SHA256_BYTES] = {4};

struct folder {
    char path[64], file[256];
};

static struct folder folder_new(void)
{
    struct folder f = {.path = "/tmp/davy-test-cache-XXXXXX"};
    CHECK(mkdtemp(f.path));
    int n = snprintf(f.file, sizeof(f.file), "%s/thing-", f.path);
    for (size_t i = 0; i < SHA256_BYTES; i++)
        n += snprintf(f.file + n, 3, "%02x", KEY[i]);
    return f;
}

static void folder_drop(const struct folder *f)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", f->path);
    CHECK_INT(system(command), 0);
}

TEST(an_entry_comes_back_until_something_is_wrong_with_it)
{
    struct folder f = folder_new();
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct cache *c = cache_open(f.path);
    CHECK(c);
    CHECK(!cache_get(c, "thing", KEY, &b));
    cache_put(c, "thing", KEY, STR("made\0here"));
    CHECK(cache_get(c, "thing", KEY, &b));
    CHECK(str_eq(strbuf_str(&b), STR("made\0here")));
    CHECK(!cache_get(c, "thing", OTHER, &b));
    CHECK(!cache_get(c, "other", KEY, &b));

    /* open to others */
    CHECK_INT(chmod(f.file, 0666), 0);
    CHECK(!cache_get(c, "thing", KEY, &b));
    CHECK_INT(chmod(f.file, 0600), 0);
    CHECK(cache_get(c, "thing", KEY, &b));

    /* altered, then cut */
    int fd = open(f.file, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, "M", 1, 8 + SHA256_BYTES) == 1);
    CHECK(!cache_get(c, "thing", KEY, &b));
    cache_put(c, "thing", KEY, STR("made again"));
    close(fd);
    CHECK(cache_get(c, "thing", KEY, &b));
    CHECK_INT(truncate(f.file, 45), 0);
    CHECK(!cache_get(c, "thing", KEY, &b));
    CHECK_INT(truncate(f.file, 3), 0);
    CHECK(!cache_get(c, "thing", KEY, &b));

    /* a link, even to something good; it is replaced, not followed */
    char aside[300];
    snprintf(aside, sizeof(aside), "%s/aside", f.path);
    cache_put(c, "thing", KEY, STR("good"));
    CHECK_INT(rename(f.file, aside), 0);
    CHECK_INT(symlink(aside, f.file), 0);
    CHECK(!cache_get(c, "thing", KEY, &b));
    cache_put(c, "thing", KEY, STR("new"));
    struct stat st;
    CHECK_INT(lstat(f.file, &st), 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK(cache_get(c, "thing", KEY, &b));
    CHECK_STR(strbuf_str(&b), "new");
    cache_close(c);
    folder_drop(&f);
}

TEST(folders_that_are_not_ours_alone_are_not_used)
{
    struct folder f = folder_new();
    char link[128], below[128];
    CHECK_INT(chmod(f.path, 0777), 0);
    CHECK(!cache_open(f.path));
    CHECK_INT(chmod(f.path, 0700), 0);
    snprintf(link, sizeof(link), "%s/link", f.path);
    CHECK_INT(symlink(f.path, link), 0);
    CHECK(!cache_open(link));
    snprintf(below, sizeof(below), "%s/a/b", f.path);
    struct cache *c = cache_open(below);
    struct stat st;
    CHECK(c && stat(below, &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0700);
    cache_close(c);
    snprintf(below, sizeof(below), "%s/x/y/z", f.path);
    CHECK(!cache_open(below));
    if (geteuid() == 0) { /* somebody else's */
        CHECK_INT(chown(f.path, 65534, 65534), 0);
        CHECK(!cache_open(f.path));
        CHECK_INT(chown(f.path, 0, 0), 0);
    }
    folder_drop(&f);
    CHECK(!cache_get(NULL, "thing", KEY, NULL));
    cache_put(NULL, "thing", KEY, STR("x"));
}

TEST(the_oldest_entries_are_dropped)
{
    struct folder f = folder_new();
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct cache *c = cache_open(f.path);
    char other[300];
    snprintf(other, sizeof(other), "%s/notes.db", f.path);
    close(open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); /* somebody else's, and the oldest */
    cache_put(c, "thing", KEY, STR("kept because it is used"));
    for (unsigned i = 0; i < CACHE_ENTRIES_MAX * 2; i++) {
        uint8_t key[SHA256_BYTES] = {[31] = (uint8_t)(i + 1)};
        cache_put(c, "thing", key, STR("x"));
        CHECK(cache_get(c, "thing", KEY, &b));
    }
    CHECK_INT(access(other, F_OK), 0);
    const uint8_t first[SHA256_BYTES] = {[31] = 1};
    CHECK(!cache_get(c, "thing", first, &b));
    cache_close(c);
    folder_drop(&f);
}
