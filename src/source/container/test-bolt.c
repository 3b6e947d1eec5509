// SPDX-License-Identifier: Apache-2.0
/* Databases are written here page by page; e2e/containers reads those of the real engines. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "source/container/bolt.h"
#include "source/container/test-bolt.h"

/*
 * v1 ─ ns ─ containers ─ box ─┬ image = "shop/web:3"
 *    (page 4)  (5: branch      └ labels (within the value): app = "shop", zone = "b"
 *               of 6 and 7)
 */
static int database(char bytes[8 * PAGE])
{
    char labels[16 + 256] = {}, box[16 + 512] = {}, to5[16] = {}, to4[16] = {}, to8[16] = {};
    memset(bytes, 0, 8 * PAGE);
    size_t n = 16 + page_into(labels + 16, 0, LEAF, (struct item[]){{"app", "shop", 4, 0, 0}, {"zone", "b", 1, 0, 0}}, 2);
    size_t box_n =
        16 + page_into(box + 16, 0, LEAF, (struct item[]){{"image", "shop/web:3", 10, 0, 0}, {"labels", labels, n, 1, 0}}, 2);
    put64(to4, 4);
    put64(to5, 5);
    put64(to8, 3);
    meta_into(bytes, 0, 3, 7);
    meta_into(bytes + PAGE, 1, 2, 6); /* the state before, whose root is gone */
    (void)page_into(bytes + 3 * PAGE, 3, LEAF, (struct item[]){{"v1", to4, 16, 1, 0}}, 1);
    char ns[16 + 256] = {};
    size_t ns_n = 16 + page_into(ns + 16, 0, LEAF, (struct item[]){{"containers", to5, 16, 1, 0}}, 1);
    (void)page_into(bytes + 4 * PAGE, 4, LEAF, (struct item[]){{"ns", ns, ns_n, 1, 0}}, 1);
    (void)page_into(bytes + 5 * PAGE, 5, BRANCH, (struct item[]){{"a", NULL, 0, 0, 6}, {"m", NULL, 0, 0, 7}}, 2);
    (void)page_into(bytes + 6 * PAGE, 6, LEAF, (struct item[]){{"a", "1", 1, 0, 0}, {"box", box, box_n, 1, 0}}, 2);
    (void)page_into(bytes + 7 * PAGE, 7, LEAF, (struct item[]){{"m", "2", 1, 0, 0}, {"z", "3", 1, 0, 0}}, 2);
    int fd = memfd_create("bolt", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, bytes, 8 * PAGE) == 8 * PAGE);
    return fd;
}

/* ---- reading ---- */

static const struct str BOX[] = {STR("v1"), STR("ns"), STR("containers"), STR("box")};

static void check_value(struct bolt *b, const struct str *more, size_t n, const char *want)
{
    struct str path[8];
    _cleanup_(strbuf_done) struct strbuf value = {};
    memcpy(path, BOX, sizeof(BOX));
    memcpy(path + 4, more, n * sizeof(*more));
    int r = bolt_get(b, path, 4 + n, &value);
    CHECK_INT(r, want ? 0 : 1);
    CHECK_STR(strbuf_str(&value), want ? want : "");
}

static void list(void *ctx, struct str key, struct str value)
{
    strbuf_printf(ctx, "%.*s=%.*s ", STR_ARG(key), STR_ARG(value));
}

TEST(values_and_buckets)
{
    static char bytes[8 * PAGE];
    _cleanup_close_ int fd = database(bytes);
    _cleanup_(bolt_done) struct bolt b;
    _cleanup_(strbuf_done) struct strbuf all = {};
    CHECK_INT(bolt_open(&b, fd), 0);
    CHECK_INT(b.state, 7);
    check_value(&b, &STR("image"), 1, "shop/web:3");
    check_value(&b, (struct str[]){STR("labels"), STR("zone")}, 2, "b");
    check_value(&b, (struct str[]){STR("labels"), STR("zon")}, 2, NULL);
    check_value(&b, (struct str[]){STR("labels"), STR("zz")}, 2, NULL);
    check_value(&b, &STR("labels"), 1, NULL); /* a bucket is no value */
    check_value(&b, (struct str[]){STR("image"), STR("x")}, 2, NULL);
    CHECK_INT(bolt_get(&b, (struct str[]){STR("v1"), STR("none"), STR("x")}, 3, &all), 1);
    CHECK_INT(bolt_each(&b, BOX, 3, list, &all), 0);
    CHECK_STR(strbuf_str(&all), "a=1 m=2 z=3 ");
    strbuf_clear(&all);
    CHECK_INT(bolt_each(&b, (struct str[]){BOX[0], BOX[1], BOX[2], BOX[3], STR("labels")}, 5, list, &all), 0);
    CHECK_STR(strbuf_str(&all), "app=shop zone=b ");
    CHECK_INT(bolt_get(&b, (struct str[]){BOX[0], BOX[1], BOX[2], STR("z")}, 4, &all), 0);
    CHECK_INT(bolt_get(&b, (struct str[]){BOX[0], BOX[1], BOX[2], STR("0")}, 4, &all), 1);
    CHECK(bolt_is_same(&b));
    meta_into(bytes + PAGE, 1, 3, 8);
    CHECK(pwrite(fd, bytes + PAGE, PAGE, PAGE) == PAGE);
    CHECK(!bolt_is_same(&b));
}

TEST(a_torn_first_page_leaves_the_second)
{
    static char bytes[8 * PAGE];
    _cleanup_close_ int fd = database(bytes);
    _cleanup_(bolt_done) struct bolt b;
    meta_into(bytes + PAGE, 1, 3, 8);
    CHECK(pwrite(fd, bytes + PAGE, PAGE, PAGE) == PAGE && pwrite(fd, "x", 1, 20) == 1);
    CHECK_INT(bolt_open(&b, fd), 0);
    CHECK_INT(b.state, 8);
    check_value(&b, &STR("image"), 1, "shop/web:3");
}

TEST(broken_ones_end)
{
    static char bytes[8 * PAGE];
    struct strbuf out = {};
    /* every byte of every page, one after the other: nothing may be read that is not there */
    int fd = database(bytes);
    for (size_t at = 2 * PAGE; at < sizeof(bytes); at += 3) {
        static const char WRONG[] = {0, 1, 127, -1};
        for (size_t i = 0; i < sizeof(WRONG); i++) {
            struct bolt b;
            CHECK(pwrite(fd, &WRONG[i], 1, (off_t)at) == 1);
            CHECK_INT(bolt_open(&b, fd), 0);
            (void)bolt_get(&b, (struct str[]){BOX[0], BOX[1], BOX[2], BOX[3], STR("labels"), STR("app")}, 6, &out);
            (void)bolt_each(&b, BOX, 3, list, &out);
            bolt_done(&b);
        }
        CHECK(pwrite(fd, bytes + at, 1, (off_t)at) == 1);
    }
    /* a page that leads to itself */
    struct bolt b;
    (void)page_into(bytes + 5 * PAGE, 5, BRANCH, (struct item[]){{"a", NULL, 0, 0, 5}}, 1);
    CHECK(pwrite(fd, bytes + 5 * PAGE, PAGE, 5 * PAGE) == PAGE);
    CHECK_INT(bolt_open(&b, fd), 0);
    CHECK_INT(bolt_get(&b, BOX, 4, &out), -EBADMSG);
    CHECK_INT(bolt_each(&b, BOX, 3, list, &out), -EBADMSG);
    bolt_done(&b);
    CHECK(!ftruncate(fd, 100));
    CHECK_INT(bolt_open(&b, fd), 0); /* one page tells the rest is gone */
    CHECK(bolt_get(&b, BOX, 4, &out) < 0);
    bolt_done(&b);
    CHECK(!ftruncate(fd, 60));
    CHECK_INT(bolt_open(&b, fd), -EBADMSG);
    bolt_done(&b);
    (void)close(fd);
    strbuf_done(&out);
}
