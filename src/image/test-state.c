// SPDX-License-Identifier: Apache-2.0
/* What a container sees: whiteouts, opaque folders, replacements and duplicates, in every order. */
#include "harness/test.h"
#include "image/test-build.h"

/* Layers as words, lowest first, NULL at the end; the expected walk from the highest down. */
static void expect(const char *const *layers, const char *want)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf archive = {}, got = {};
    _cleanup_(image_freep) struct image *img = NULL;
    struct str blobs[8];
    size_t n = 0;
    for (; layers[n]; n++) {
        _cleanup_(strbuf_done) struct strbuf t = {};
        tar_words(&t, layers[n]);
        blobs[n] = arena_str(&a, strbuf_str(&t));
    }
    docker_archive(&archive, &a, blobs, n, NULL);
    struct part part = part_memory(archive.p, archive.n);
    CHECK(!image_open_part(&part, NULL, NULL, &img, NULL));
    walk_text(img, &got);
    CHECK_STR(strbuf_str(&got), want);
    CHECK_INT(image_info(img)->problems, 0);
}
#define LAYERS(...)                                                                                          \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }

TEST(replaced_file_is_shadowed)
{
    expect(LAYERS("d/ d/a", "d/a"), "2 /d/a\n1 /d\n1 /d/a shadowed 2\n");
}

TEST(folder_of_both_layers_hides_nothing_below)
{
    expect(LAYERS("d/ d/a", "d/ d/b"), "2 /d\n2 /d/b\n1 /d shadowed 2\n1 /d/a\n");
}

TEST(whiteout_deletes_file_and_folder)
{
    expect(LAYERS("a b d/ d/x e", ".wh.a .wh.d"),
           "1 /a deleted 2\n1 /b\n1 /d deleted 2\n1 /d/x deleted 2\n1 /e\n");
}

TEST(whiteout_hides_only_lower_layers_in_either_order)
{
    expect(LAYERS("a", "a .wh.a"), "2 /a\n1 /a shadowed 2\n");
    expect(LAYERS("a", ".wh.a a"), "2 /a\n1 /a shadowed 2\n");
    expect(LAYERS("d/ d/x", ".wh.d d/ d/y"), "2 /d\n2 /d/y\n1 /d shadowed 2\n1 /d/x deleted 2\n");
    expect(LAYERS("d/ d/x", "d/ d/y .wh.d"), "2 /d\n2 /d/y\n1 /d shadowed 2\n1 /d/x deleted 2\n");
}

TEST(opaque_folder_in_either_order)
{
    const char *want =
        "2 /d\n2 /d/y\n1 /d shadowed 2\n1 /d/x deleted 2\n1 /d/e deleted 2\n1 /d/e/z deleted 2\n1 /f\n";
    expect(LAYERS("d/ d/x d/e/ d/e/z f", "d/ d/.wh..wh..opq d/y"), want);
    expect(LAYERS("d/ d/x d/e/ d/e/z f", "d/ d/y d/.wh..wh..opq"), want);
    expect(LAYERS("a", ".wh..wh..opq b"), "2 /b\n1 /a deleted 2\n");
}

TEST(file_kept_under_an_opaque_folder_is_shadowed)
{
    expect(LAYERS("d/ d/x", "d/ d/.wh..wh..opq d/x"), "2 /d\n2 /d/x\n1 /d shadowed 2\n1 /d/x shadowed 2\n");
}

TEST(first_layer_above_that_hides_is_named)
{
    expect(LAYERS("a", ".wh.a", "a"), "3 /a\n1 /a deleted 2\n");
    expect(LAYERS("a", "a", ".wh.a"), "2 /a deleted 3\n1 /a shadowed 2\n");
    expect(LAYERS("d/ d/a", "d/a", ".wh.d", "d/ d/a"),
           "4 /d\n4 /d/a\n2 /d/a deleted 3\n1 /d deleted 3\n1 /d/a shadowed 2\n");
}

/* The opaque marker of layer 2 must not make the walk forget that layer 3 removed the folder. */
TEST(marks_of_the_same_layer_do_not_cover_those_above)
{
    expect(LAYERS("x", "d/ d/.wh..wh..opq d/a", ".wh.d"), "2 /d deleted 3\n2 /d/a deleted 3\n1 /x\n");
    expect(LAYERS("x", "a a", "a"), "3 /a\n2 /a shadowed 3\n2 /a shadowed 3 !duplicate\n1 /x\n");
}

TEST(file_over_folder_hides_what_is_below)
{
    expect(LAYERS("d/ d/x", "d"), "2 /d\n1 /d shadowed 2\n1 /d/x shadowed 2\n");
    expect(LAYERS("d/ d/x", "d->e"), "2 /d\n1 /d shadowed 2\n1 /d/x shadowed 2\n");
    expect(LAYERS("d/ d/x", "d", "d/ d/y"),
           "3 /d\n3 /d/y\n2 /d shadowed 3\n1 /d shadowed 2\n1 /d/x shadowed 2\n");
}

TEST(folder_over_file_shadows_it)
{
    expect(LAYERS("d", "d/ d/x"), "2 /d\n2 /d/x\n1 /d shadowed 2\n");
}

TEST(duplicates_are_told_folders_are_not)
{
    expect(LAYERS("a a d/ d/"), "1 /a\n1 /a !duplicate\n1 /d\n1 /d\n");
    expect(LAYERS("d/ d a a/"), "1 /d\n1 /d !duplicate\n1 /a\n1 /a !duplicate\n");
    expect(LAYERS("./a a x/../a"), "1 /a\n1 /a !duplicate\n1 /a !duplicate\n");
}

TEST(whiteouts_of_nothing)
{
    expect(LAYERS("a", ".wh. d/.wh... d/.wh.."),
           "2 /.wh. !bad-whiteout\n2 /d/.wh... !bad-whiteout\n2 /d/.wh.. !bad-whiteout\n1 /a\n");
    expect(LAYERS("a", ".wh..wh.plnk .wh.zz"), "1 /a\n");
}

TEST(a_name_that_begins_alike_is_not_hidden)
{
    expect(LAYERS("ab abc/ abc/x", ".wh.a"), "1 /ab\n1 /abc\n1 /abc/x\n");
}

TEST(many_paths)
{
    struct state s = {};
    char name[40];
    uint32_t by;
    for (unsigned i = 0; i < 200000; i++)
        CHECK(state_add(&s, str_n(name, (size_t)snprintf(name, sizeof(name), "/d/%u", i)), STATE_OTHER));
    state_commit(&s, 2, false);
    for (unsigned i = 0; i < 400000; i++) {
        enum layer_state got =
            state_get(&s, str_n(name, (size_t)snprintf(name, sizeof(name), "/d/%u", i)), &by);
        CHECK_INT(got, i < 200000 ? LAYER_SHADOWED : LAYER_EFFECTIVE);
    }
    CHECK(s.capacity * sizeof(*s.v) <= 200000 * 28);
    state_done(&s);
}
