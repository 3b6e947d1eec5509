// SPDX-License-Identifier: Apache-2.0
/* Folders, single files, and `only`: nothing is followed out of the target, nothing but regular files is
 * opened. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "harness/test.h"
#include "image/beneath.h"
#include "image/test-build.h"

static char dir[64];

static void put(const char *path, const char *text)
{
    char full[200];
    snprintf(full, sizeof(full), "%s/%s", dir, path);
    FILE *f = fopen(full, "w");
    CHECK(f);
    fputs(text, f);
    fclose(f);
}

static void make(const char *path)
{
    char full[200];
    snprintf(full, sizeof(full), "%s/%s", dir, path);
    CHECK(!mkdir(full, 0755));
}

/* A fresh folder of its own for each test. */
static void start(void)
{
    snprintf(dir, sizeof(dir), "/tmp/davy-test-folder-XXXXXX");
    CHECK(mkdtemp(dir));
}

static void end(void)
{
    char command[120];
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    CHECK(!system(command));
}

static void expect(const char *target, const struct image_options *options, const char *want)
{
    _cleanup_(strbuf_done) struct strbuf got = {};
    _cleanup_(image_freep) struct image *img = NULL;
    struct error err = ERROR_NULL;
    CHECK(!image_open(target, options, &img, &err));
    walk_text(img, &got);
    CHECK_STR(strbuf_str(&got), want);
}

TEST(whole_folder_in_order)
{
    start();
    make("b");
    make("b/.wh.c");
    put("b/y", "");
    put("b/x", "");
    put("a", "");
    CHECK(!symlinkat("../../out", open(dir, O_PATH), "l"));
    expect(dir, NULL, "0 /\n0 /a\n0 /b\n0 /b/.wh.c\n0 /b/x\n0 /b/y\n0 /l !link-escape\n");
    end();
}

TEST(skip_and_only)
{
    start();
    make("b");
    make("b/c");
    put("b/c/x", "");
    put("a", "");
    put("b/y", "");
    struct image_options skip = {.skip = (const char *const[]){"/b/c", NULL}};
    expect(dir, &skip, "0 /\n0 /a\n0 /b\n0 /b/c\n0 /b/y\n");
    struct image_options only = {
        .only = (const char *const[]){"/a", "/none", "/b/c/x", "/b/c", "/a", "/a/under", NULL}};
    expect(dir, &only, "0 /a\n0 /b/c\n0 /b/c/x\n");
    end();
}

/* A link on the way to an `only` path is followed inside the target; the last name never is. */
TEST(only_stays_inside)
{
    start();
    make("real");
    put("real/x", "inside\n");
    int d = open(dir, O_PATH);
    CHECK(!symlinkat("/real", d, "link"));
    CHECK(!symlinkat("/etc", d, "out"));
    CHECK(!symlinkat("../../../../../../etc", d, "climb"));
    struct image_options only = {.only = (const char *const[]){"/link/x", "/link", "/out/passwd",
                                                               "/climb/passwd", "/../../etc/passwd", NULL}};
    int probe = beneath_open(d, "/link/x", O_RDONLY);
    if (probe < 0)
        test_skip("no openat2 here: links on the way are refused");
    (void)close(probe);
    (void)close(d);
    expect(dir, &only, "0 /link/x\n0 /link\n");
    end();
}

TEST(fifos_and_devices_are_not_opened)
{
    start();
    char full[200];
    snprintf(full, sizeof(full), "%s/fifo", dir);
    CHECK(!mkfifo(full, 0644));
    snprintf(full, sizeof(full), "%s/null", dir);
    bool has_device = !mknod(full, S_IFCHR | 0644, 1 << 8 | 3);
    expect(dir, NULL, has_device ? "0 /\n0 /fifo\n0 /null !device\n" : "0 /\n0 /fifo\n");
    end();
}

TEST(content_flags_and_attributes)
{
    start();
    put("f", "hello");
    char full[200];
    snprintf(full, sizeof(full), "%s/f", dir);
    bool has_xattr = !setxattr(full, "user.davy", "1", 1, 0);
    int fd = open(full, O_RDONLY);
    long flags = FS_IMMUTABLE_FL;
    bool is_immutable = !ioctl(fd, FS_IOC_SETFLAGS, &flags);
    _cleanup_(image_freep) struct image *img = NULL;
    struct error err = ERROR_NULL;
    const struct image_entry *e;
    const uint8_t *p = NULL;
    size_t n = 0;
    int r = image_open(full, NULL, &img, &err);
    r = r ? r : image_next(img, &e, &err);
    flags = 0;
    if (is_immutable)
        (void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
    (void)close(fd);
    CHECK_INT(r, 0);
    CHECK_INT(image_info(img)->kind, IMAGE_FILE);
    CHECK_CSTR(full, e->path.p);
    CHECK_INT(e->size, 5);
    CHECK(e->is_immutable == is_immutable);
    CHECK_INT(e->n_xattrs, has_xattr);
    CHECK(!image_read(img, &p, &n, &err));
    CHECK_STR(str_n(p, n), "hello");
    CHECK_INT(image_read(img, &p, &n, &err), 1);
    CHECK_INT(image_next(img, &e, &err), 1);
    end();
}

TEST(a_file_that_shrinks_is_truncated_and_one_that_grows_ends)
{
    start();
    put("a", "0123456789");
    put("b", "0123456789");
    _cleanup_(image_freep) struct image *img = NULL;
    const struct image_entry *e;
    const uint8_t *p;
    size_t n;
    char full[200];
    CHECK(!image_open(dir, NULL, &img, NULL) && !image_next(img, &e, NULL) && !image_next(img, &e, NULL));
    snprintf(full, sizeof(full), "%s/a", dir);
    CHECK(!truncate(full, 4));
    CHECK(!image_read(img, &p, &n, NULL));
    CHECK_INT(n, 4);
    CHECK_INT(image_read(img, &p, &n, NULL), 1);
    CHECK(e->problems == IMAGE_PROBLEM_MASK(TRUNCATED));
    CHECK(!image_next(img, &e, NULL));
    put("b", "0123456789 and more");
    CHECK(!image_read(img, &p, &n, NULL));
    CHECK_INT(n, 10);
    CHECK_INT(image_read(img, &p, &n, NULL), 1);
    end();
}

/* Writes a byte at that place of the file. */
static void put_at(const char *name, off_t at, char c)
{
    char full[200];
    snprintf(full, sizeof(full), "%s/%s", dir, name);
    int fd = open(full, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    CHECK(fd >= 0 && pwrite(fd, &c, 1, at) == 1 && !close(fd));
}

/* A disk of a virtual machine, /var/log/lastlog: what is stored is read, behind the holes too, and holes are counted. */
TEST(long_holes_are_passed_over)
{
    struct image_options options = {};
    _cleanup_(image_freep) struct image *img = NULL;
    const struct image_entry *e;
    const uint8_t *p;
    size_t n;
    uint64_t given = 0, seen = 0;
    start();
    put_at("a", 0, 'x');
    put_at("a", 1LL << 30, 'y');
    put_at("a", (1LL << 40) - 1, 'z');
    CHECK(!image_open(dir, &options, &img, NULL));
    CHECK(!image_next(img, &e, NULL) && !image_next(img, &e, NULL));
    CHECK_INT(e->size, 1LL << 40);
    while (!image_read(img, &p, &n, NULL)) {
        given += n;
        for (size_t i = 0; i < n; i++)
            seen += p[i] != 0;
    }
    CHECK_INT(seen, 3);
    CHECK(given < 1 << 20);
    CHECK_INT(given + e->hole_bytes, e->size);
    CHECK_INT(e->problems, 0);
    end();
}

/* Short ones are zeros, as for any other reader, until they are too many. */
TEST(short_holes_are_given)
{
    _cleanup_(image_freep) struct image *img = NULL;
    const struct image_entry *e;
    const uint8_t *p;
    size_t n;
    uint64_t given[2] = {}, passed[2];
    start();
    put_at("a", 0, 'x');
    put_at("a", 40 << 20, 'y');
    put_at("b", 0, 'x');
    for (off_t i = 1; i < 20; i++)
        put_at("b", i * (40 << 20), 'y');
    CHECK(!image_open(dir, NULL, &img, NULL));
    CHECK(!image_next(img, &e, NULL));
    for (int i = 0; i < 2; i++) {
        CHECK(!image_next(img, &e, NULL));
        while (!image_read(img, &p, &n, NULL))
            given[i] += n;
        passed[i] = e->hole_bytes;
        CHECK_INT(given[i] + passed[i], e->size);
    }
    CHECK_INT(passed[0], 0);
    CHECK(passed[1] > 17LL * (39 << 20) && given[1] < IMAGE_HOLE_BYTES + (2 << 20));
    end();
}

TEST(more_than_a_file_may_have)
{
    start();
    put("a", "0123456789");
    struct image_options options = {.limits.layer_bytes = 4};
    expect(dir, &options, "0 /\n0 /a !bomb\n");
    end();
}

TEST(too_deep_a_tree)
{
    start();
    make("a");
    make("a/b");
    make("a/b/c");
    struct image_options options = {.limits.depth = 2};
    expect(dir, &options, "0 /\n0 /a\n0 /a/b !bad-name\n");
    end();
}

TEST(pseudo_file_systems_are_not_entered)
{
    struct image_options only = {.only = (const char *const[]){"/proc", "/sys", NULL}};
    expect("/", &only, "0 /proc\n0 /sys\n");
}

TEST(targets_that_cannot_be)
{
    struct image *img = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(image_open("/dev/null", NULL, &img, &err), -EINVAL);
    CHECK(str_has(str_from(err.text), STR("neither a folder nor a regular file")));
    CHECK_INT(image_open("/nowhere/at:all", NULL, &img, &err), -ENOENT);
    CHECK(str_has(str_from(err.text), STR("/nowhere/at:all")));
    CHECK(!img);
}
