// SPDX-License-Identifier: Apache-2.0
/* Whether an image has the program that its command begins with. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "sandbox/program.h"
#include "sandbox/tree.h"

static char folder[64];

static const char *at(const char *name)
{
    static char path[160];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, mode_t mode)
{
    const int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && fchmod(fd, mode) == 0 && close(fd) == 0);
}

static int make_tree(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/davy-test-program-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    CHECK(mkdir(at("bin"), 0755) == 0 && mkdir(at("opt"), 0755) == 0 && mkdir(at("srv"), 0755) == 0);
    put("bin/run", 0755);
    put("bin/text", 0644);
    put("opt/tool", 0100);
    put("srv/start", 0755);
    CHECK(symlink("/bin/run", at("opt/link")) == 0);
    CHECK(symlink("../../../../../../bin/run", at("opt/up")) == 0);
    CHECK(symlink("/gone", at("opt/loose")) == 0);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static const struct {
    const char *name, *path;
    int code;
} NAMES[] = {
    {"/bin/run", NULL, 0},
    {"/opt/tool", NULL, 0},
    {"/opt/link", NULL, 0},
    {"/opt/up", NULL, 0}, /* no link leads out of the tree */
    {"/opt/loose", NULL, -ENOENT},
    {"/opt", NULL, -EACCES},
    {"/bin/text", NULL, -EACCES},
    {"/bin/gone", NULL, -ENOENT},
    {"/bin/run/more", NULL, -ENOENT},
    {"run", NULL, 0},
    {"text", NULL, -EACCES},
    {"tool", NULL, -ENOENT},
    {"tool", "PATH=/gone:/opt", 0},
    {"run", "PATH=/opt", -ENOENT},
    {"start", "PATH=:/opt", 0}, /* the working folder */
    {"./start", NULL, 0},
    {"./gone", NULL, -ENOENT},
    {"", NULL, -ENOENT},
    {"/proc/self/exe", NULL, 0},
};

TEST(what_a_command_begins_with)
{
    _cleanup_close_ int tree = make_tree();
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
        struct error err = ERROR_NULL;
        struct str env[] = {STR("PATHS=/opt"), str_from(NAMES[i].path)};
        const struct unpacked image = {.env = env, .n_env = NAMES[i].path ? 2 : 1, .workdir = STR("/srv")};
        const int r = program_check(tree, &image, str_from(NAMES[i].name), &err);
        if (r != NAMES[i].code)
            (void)printf("# %s: %d, %s\n", NAMES[i].name, r, err.text);
        CHECK(r == NAMES[i].code);
        CHECK(!r || strstr(err.text, "davy detonate IMAGE -- COMMAND"));
    }
    CHECK(tree_remove(AT_FDCWD, folder) == 0);
}
