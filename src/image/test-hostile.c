// SPDX-License-Identifier: Apache-2.0
/* Bytes that no honest tool writes: the walk tells what is wrong and goes on. */
#include "harness/test.h"
#include "image/test-build.h"
#include <zstd.h>

/* Walks the bytes as a target; the walk's text, then each trouble's layer and words. */
static void expect_with(struct str bytes, const struct image_options *options, const char *want)
{
    _cleanup_(strbuf_done) struct strbuf got = {};
    _cleanup_(image_freep) struct image *img = NULL;
    struct part part = part_memory(bytes.p, bytes.n);
    CHECK(!image_open_part(&part, NULL, options, &img, NULL));
    walk_text(img, &got);
    const struct image_trouble *t;
    size_t n = image_troubles(img, &t);
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(&got, "trouble %u", t[i].layer);
        add_problem_words(&got, t[i].problems);
        strbuf_addc(&got, '\n');
    }
    CHECK_STR(strbuf_str(&got), want);
}
static void expect(struct str bytes, const char *want)
{
    expect_with(bytes, NULL, want);
}

TEST(names_are_cleaned_and_told)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    tar_words(&t, "../../etc/passwd /abs a/./b//c a/../../x l->../../out m->../ok n=>../../shadow !dev/sda");
    expect(strbuf_str(&t),
           "1 /etc/passwd !path-traversal\n1 /abs !absolute-path\n1 /a/b/c\n1 /x !path-traversal\n"
           "1 /l !link-escape\n1 /m !link-escape\n1 /n !link-escape\n1 /dev/sda !device\n");
}

TEST(long_and_deep_names)
{
    _cleanup_(strbuf_done) struct strbuf t = {}, name = {};
    for (int i = 0; i < 300; i++)
        strbuf_adds(&name, "d/");
    tar_header(&t, STR("././@LongLink"), 'L', name.n + 1, NULL);
    strbuf_addc(&name, 0);
    tar_content(&t, strbuf_str(&name));
    tar_header(&t, STR("short"), '5', 0, NULL);
    tar_words(&t, "after");
    _cleanup_(image_freep) struct image *img = NULL;
    struct part part = part_memory(t.p, t.n);
    const struct image_entry *e;
    CHECK(!image_open_part(&part, NULL, NULL, &img, NULL));
    CHECK(!image_next(img, &e, NULL));
    CHECK_INT(e->path.n, 600);
    CHECK(e->problems == IMAGE_PROBLEM_MASK(BAD_NAME));
    CHECK(!image_next(img, &e, NULL));
    CHECK_STR(e->path, "/after");
}

/* PAX names are UTF-8 by definition, but what is there are bytes, whatever the locale and the normal form. */
TEST(names_stay_bytes)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    const char exact[] = "17 path=e\xcc\x81/\xff\xe3\x81\x82\n";
    tar_header(&t, STR("pax"), 'x', sizeof(exact) - 1, NULL);
    tar_content(&t, str_n(exact, sizeof(exact) - 1));
    tar_words(&t, "short");
    expect(strbuf_str(&t), "1 /e\xcc\x81/\xff\xe3\x81\x82\n");
}

TEST(truncated_tar)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    tar_words(&t, "a b");
    expect(str_sub(strbuf_str(&t), 0, 1536), "1 /a\n1 /b !truncated\ntrouble 1 !truncated\n");
    expect(str_sub(strbuf_str(&t), 0, 1100), "1 /a\ntrouble 1 !truncated\n");
}

TEST(damaged_header_is_stepped_over)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    tar_words(&t, "a b c");
    t.p[1024 + 3] ^= 1; /* the name of b */
    _cleanup_(strbuf_done) struct strbuf got = {};
    _cleanup_(image_freep) struct image *img = NULL;
    struct part part = part_memory(t.p, t.n);
    CHECK(!image_open_part(&part, NULL, NULL, &img, NULL));
    walk_text(img, &got);
    CHECK(str_starts(strbuf_str(&got), STR("1 /a\n")));
    CHECK(image_info(img)->problems & IMAGE_PROBLEM_MASK(CORRUPT));
}

TEST(data_after_the_end)
{
    _cleanup_(strbuf_done) struct strbuf t = {}, z = {};
    tar_words(&t, "a");
    tar_words(&t, "hidden");
    expect(strbuf_str(&t), "1 /a\ntrouble 1 !trailing-data\n");
    gzip_add(&z, str_sub(strbuf_str(&t), 0, 2048));
    strbuf_pad(&z, 0, 100);
    expect(strbuf_str(&z), "1 /a\n");
    strbuf_adds(&z, "garbage");
    expect(strbuf_str(&z), "1 /a\ntrouble 1 !trailing-data\n");
}

TEST(gzip_of_many_members_cut_anywhere)
{
    _cleanup_(strbuf_done) struct strbuf t = {}, z = {};
    tar_words(&t, "a b c");
    for (size_t i = 0; i < t.n; i += 300)
        gzip_add(&z, str_sub(strbuf_str(&t), i, i + 300));
    gzip_add(&z, STR_NULL);
    expect(strbuf_str(&z), "1 /a\n1 /b\n1 /c\n");
}

TEST(damaged_gzip)
{
    _cleanup_(strbuf_done) struct strbuf t = {}, z = {};
    tar_words(&t, "a b");
    gzip_add(&z, strbuf_str(&t));
    expect(str_sub(strbuf_str(&z), 0, z.n - 4), "1 /a\n1 /b\ntrouble 1 !truncated\n");
    z.p[z.n - 8] ^= 1; /* the CRC */
    expect(strbuf_str(&z), "1 /a\n1 /b\ntrouble 1 !corrupt\n");
}

TEST(zstd_frames_and_skippable_ones)
{
    _cleanup_(strbuf_done) struct strbuf t = {}, z = {};
    char out[4096];
    tar_words(&t, "a b");
    strbuf_add(&z, str_n("\x50\x2a\x4d\x18\x04\0\0\0skip", 12));
    size_t n = ZSTD_compress(out, sizeof(out), t.p, 700, 1);
    strbuf_add(&z, str_n(out, n));
    n = ZSTD_compress(out, sizeof(out), t.p + 700, t.n - 700, 1);
    strbuf_add(&z, str_n(out, n));
    size_t end = z.n;
    strbuf_add(&z, str_n("\x5f\x2a\x4d\x18\x04\0\0\0skip", 12));
    expect(strbuf_str(&z), "1 /a\n1 /b\n");
    expect(str_sub(strbuf_str(&z), 0, end - 5), "1 /a !truncated\ntrouble 1 !truncated\n");
    z.n = end;
    strbuf_adds(&z, "garbage");
    expect(strbuf_str(&z), "1 /a\n1 /b\ntrouble 1 !trailing-data\n");
}

/* A header that asks for a window of 2 GiB: refused, not allocated. */
TEST(zstd_window_is_limited)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf archive = {};
    const char frame[] = "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00";
    struct str layer = str_n(frame, sizeof(frame) - 1);
    docker_archive(&archive, &a, &layer, 1, "{}");
    expect(strbuf_str(&archive), "trouble 0 !diff-id-mismatch\ntrouble 1 !corrupt\n");
}

TEST(bomb)
{
    _cleanup_(strbuf_done) struct strbuf t = {}, z = {}, zeros = {};
    strbuf_pad(&zeros, 0, 70 << 20);
    tar_file(&t, "zeros", strbuf_str(&zeros));
    tar_words(&t, "after");
    gzip_add(&z, strbuf_str(&t));
    expect(strbuf_str(&z), "1 /zeros !bomb\ntrouble 1 !bomb\n");
    struct image_options roomy = {.limits.ratio = 2000};
    expect_with(strbuf_str(&z), &roomy, "1 /zeros\n1 /after\n");
    struct image_options tight = {.limits = {.ratio = 2000, .layer_bytes = 10 << 20}};
    expect_with(strbuf_str(&z), &tight, "1 /zeros !bomb\ntrouble 1 !bomb\n");
}

TEST(too_many_entries)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    struct image_options options = {.limits.entries = 2};
    tar_words(&t, "a b c d");
    expect_with(strbuf_str(&t), &options, "1 /a\n1 /b\ntrouble 1 !too-many-entries\n");
}

TEST(layers_go_on_after_a_broken_one)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf archive = {}, t = {};
    tar_words(&t, "a");
    struct str layers[] = {strbuf_str(&t), STR("this is no tar at all"), strbuf_str(&t)};
    docker_archive(&archive, &a, layers, 3, NULL);
    expect(strbuf_str(&archive), "3 /a\n2 /2/layer.tar\n1 /a shadowed 3\ntrouble 2 !corrupt\n");
}

TEST(diff_id_and_history)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf archive = {}, t = {};
    tar_words(&t, "a");
    struct str layers[] = {strbuf_str(&t), strbuf_str(&t)};
    docker_archive(&archive, &a, layers, 2,
                   "{\"history\":[{\"created_by\":\"one\"},{\"created_by\":\"none\",\"empty_layer\":true},{"
                   "\"created_by\":\"two\"}],"
                   "\"rootfs\":{\"diff_ids\":[\"sha256:00\",\"sha256:11\"]},\"config\":{\"Env\":7,\"Cmd\":"
                   "\"run\",\"Labels\":{\"k\":\"v\"}}}");
    _cleanup_(image_freep) struct image *img = NULL;
    struct part part = part_memory(archive.p, archive.n);
    CHECK(!image_open_part(&part, NULL, NULL, &img, NULL));
    const struct image_info *i = image_info(img);
    CHECK_STR(i->layers[0].created_by, "one");
    CHECK_STR(i->layers[1].created_by, "two");
    CHECK_STR(i->cmd[0], "run");
    CHECK_STR(i->labels[0], "k=v");
    CHECK_STR(i->ref, "test:1");
    CHECK_INT(i->n_env, 0);
    CHECK(i->problems == IMAGE_PROBLEM_MASK(CORRUPT));
    expect(strbuf_str(&archive), "2 /a\n1 /a shadowed 2\ntrouble 0 !corrupt\ntrouble 2 "
                                 "!diff-id-mismatch\ntrouble 1 !diff-id-mismatch\n");
}

TEST(json_bounds)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf archive = {}, t = {}, deep = {};
    tar_words(&t, "a");
    struct str layer = strbuf_str(&t);
    strbuf_pad(&deep, '[', 100000);
    docker_archive(&archive, &a, &layer, 1, deep.p);
    expect(strbuf_str(&archive), "1 /a\ntrouble 0 !corrupt\n");
    struct image_options small = {.limits.json_bytes = 1000};
    expect_with(strbuf_str(&archive), &small, "1 /a\ntrouble 0 !bomb\n");
}

/* Whatever the hole's size, it holds nothing: what is stored of the file is read, and nothing is unrolled. */
TEST(long_holes_are_passed_over)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    _cleanup_(image_freep) struct image *img = NULL;
    /* GNU sparse 1.0 in PAX: a map with one piece of 1 byte at the end of 1 TiB */
    const char pax[] = "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n24 GNU.sparse.name=hole\n"
                       "37 GNU.sparse.realsize=1099511627776\n";
    const char map[] = "1\n1099511627775\n1\n";
    tar_header(&t, STR("pax"), 'x', sizeof(pax) - 1, NULL);
    tar_content(&t, str_n(pax, sizeof(pax) - 1));
    tar_header(&t, STR("sparse"), '0', 513, NULL);
    tar_content(&t, str_n(map, sizeof(map) - 1));
    tar_content(&t, STR("x"));
    tar_words(&t, "after");
    struct image_options options = {.limits.layer_bytes = 1 << 20};
    struct part part = part_memory(t.p, t.n);
    const struct image_entry *e;
    const uint8_t *p;
    size_t n;
    CHECK(!image_open_part(&part, NULL, &options, &img, NULL) && !image_next(img, &e, NULL));
    CHECK_INT(e->size, 1099511627776);
    CHECK(!image_read(img, &p, &n, NULL) && n == 1 && *p == 'x');
    CHECK_INT(image_read(img, &p, &n, NULL), 1);
    CHECK_INT(e->hole_bytes, 1099511627775);
    CHECK(!image_next(img, &e, NULL));
    CHECK_INT(e->hole_bytes, 0);
    expect_with(strbuf_str(&t), &options, "1 /hole\n1 /after\n");
}

/* Old GNU sparse headers of many files, each with a hole that may be given: they are given until it would be a bomb. */
TEST(many_short_holes)
{
    enum { FILES = 40, HOLE = 10 << 20 };
    _cleanup_(strbuf_done) struct strbuf t = {};
    _cleanup_(image_freep) struct image *img = NULL;
    const char map[] = "1\n10485760\n1\n";
    for (int i = 0; i < FILES; i++) {
        char pax[128], size[64];
        int n = snprintf(size, sizeof(size), "GNU.sparse.realsize=%d\n", HOLE + 1);
        snprintf(pax, sizeof(pax), "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n%d %s", n + 3, size);
        tar_header(&t, STR("pax"), 'x', strlen(pax), NULL);
        tar_content(&t, str_from(pax));
        tar_header(&t, STR("sparse"), '0', 513, NULL);
        tar_content(&t, str_n(map, sizeof(map) - 1));
        tar_content(&t, STR("x"));
    }
    tar_end(&t);
    struct part part = part_memory(t.p, t.n);
    const struct image_entry *e;
    const uint8_t *p;
    size_t n;
    uint64_t given = 0, passed = 0;
    CHECK(!image_open_part(&part, NULL, NULL, &img, NULL));
    while (!image_next(img, &e, NULL)) {
        while (!image_read(img, &p, &n, NULL))
            given += n;
        passed += e->hole_bytes;
        CHECK(!(e->problems & IMAGE_PROBLEM_MASK(BOMB)));
    }
    CHECK_INT(given + passed, FILES * (HOLE + 1LL));
    CHECK(given > 50 << 20 && given < 64 << 20);
}
