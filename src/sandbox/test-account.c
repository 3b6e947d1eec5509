// SPDX-License-Identifier: Apache-2.0
/* Who an image runs as; and that trees are removed without following what is in them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "sandbox/account.h"
#include "sandbox/tree.h"

static char folder[64];

static void put(const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    (void)fputs(text, f);
    CHECK(fclose(f) == 0);
}

static int make_tree(void)
{
    char path[128];
    (void)snprintf(folder, sizeof(folder), "/tmp/davy-test-account-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof(path), "%s/etc", folder);
    CHECK(mkdir(path, 0755) == 0);
    put("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbroken\nweb:x:101:102:web:/srv/www:/bin/false\nhuge:x:99999999:1:::\n");
    put("etc/group", "root:x:0:\nweb:x:102:\nlogs:x:7:daemon,web\nall:x:8:web\n");
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static const struct {
    const char *user;
    int result;
    uint32_t uid, gid;
    size_t groups;
    const char *home;
} USERS[] = {
    {"", 0, 0, 0, 0, "/root"},
    {"web", 0, 101, 102, 2, "/srv/www"},
    {"101", 0, 101, 102, 2, "/srv/www"},
    {"web:logs", 0, 101, 7, 0, "/srv/www"},
    {"2000:3000", 0, 2000, 3000, 0, "/"},
    {"2000", 0, 2000, 0, 0, "/"},
    {"nobody-there", -ENOENT, 0, 0, 0, ""},
    {"web:nothing", -ENOENT, 0, 0, 0, ""},
    {"huge", -ENOENT, 0, 0, 0, ""},
};

TEST(users_are_found_by_name_and_number)
{
    _cleanup_close_ int tree = make_tree();
    for (size_t i = 0; i < ARRAY_SIZE(USERS); i++) {
        struct account a = {};
        struct error err = ERROR_NULL;
        CHECK_INT(account_find(tree, str_from(USERS[i].user), &a, &err), USERS[i].result);
        CHECK(!USERS[i].result == !err.text[0]);
        if (USERS[i].result)
            continue;
        CHECK_INT(a.uid, USERS[i].uid);
        CHECK_INT(a.gid, USERS[i].gid);
        CHECK_INT(a.n_groups, USERS[i].groups);
        CHECK_STR(str_from(a.home), USERS[i].home);
    }
    CHECK_INT(tree_remove(AT_FDCWD, folder), 0);
}

TEST(links_out_of_the_tree_are_neither_read_nor_removed)
{
    struct account a = {};
    struct error err = ERROR_NULL;
    char outside[64] = "/tmp/davy-test-outside-XXXXXX", path[128];
    _cleanup_close_ int tree = make_tree();
    CHECK(mkdtemp(outside) != NULL);
    (void)snprintf(path, sizeof(path), "%s/kept", outside);
    CHECK(mkdir(path, 0755) == 0);
    (void)snprintf(path, sizeof(path), "%s/link", folder);
    CHECK(symlink(outside, path) == 0);
    (void)snprintf(path, sizeof(path), "%s/etc/passwd", folder);
    CHECK(unlink(path) == 0 && symlink("/etc/passwd", path) == 0);
    CHECK_INT(account_find(tree, STR("root"), &a, &err), -ENOENT); /* the machine's own file is not the image's */
    CHECK_INT(tree_remove(AT_FDCWD, folder), 0);
    CHECK(access(folder, F_OK) < 0);
    (void)snprintf(path, sizeof(path), "%s/kept", outside);
    CHECK(access(path, F_OK) == 0);
    CHECK_INT(tree_remove(AT_FDCWD, outside), 0);
}
