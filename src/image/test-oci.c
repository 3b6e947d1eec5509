// SPDX-License-Identifier: Apache-2.0
/* OCI layouts: which image of several, indexes within indexes, digests and sizes that do not hold. */

#include "harness/test.h"
#include "image/test-build.h"

struct oci {
    struct arena a;
    struct strbuf tar;
};

static void oci_done(struct oci *o)
{
    arena_done(&o->a);
    strbuf_done(&o->tar);
}

/* Adds a blob; its digest. */
static struct str blob(struct oci *o, struct str s)
{
    struct str hex = hex_of(&o->a, s);
    tar_file(&o->tar, arena_printf(&o->a, "blobs/sha256/%.*s", STR_ARG(hex)).p, s);
    return arena_printf(&o->a, "sha256:%.*s", STR_ARG(hex));
}

/* An image of one layer that holds one file of this name; the digest of its manifest. */
static struct str image_of(struct oci *o, const char *name)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    tar_words(&t, name);
    struct str layer = blob(o, strbuf_str(&t));
    struct str config = blob(
        o, arena_printf(&o->a, "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%.*s\"]}}", STR_ARG(layer)));
    return blob(
        o, arena_printf(&o->a,
                        "{\"config\":{\"digest\":\"%.*s\"},\"layers\":[{\"digest\":\"%.*s\",\"size\":%zu,"
                        "\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\"}]}",
                        STR_ARG(config), STR_ARG(layer), t.n));
}

static struct str descriptor(struct oci *o, struct str digest, const char *arch, const char *ref)
{
    return arena_printf(&o->a,
                        "{\"digest\":\"%.*s\",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"},"
                        "\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}}",
                        STR_ARG(digest), arch, ref);
}

static void finish(struct oci *o, struct str manifests)
{
    tar_file(&o->tar, "oci-layout", STR("{\"imageLayoutVersion\":\"1.0.0\"}"));
    tar_file(&o->tar, "index.json", arena_printf(&o->a, "{\"manifests\":[%.*s]}", STR_ARG(manifests)));
    tar_end(&o->tar);
}

static int open_oci(const struct oci *o, const char *ref, const char *platform, struct image **ret,
                    struct error *err)
{
    struct part part = part_memory(o->tar.p, o->tar.n);
    struct image_options options = {.platform = platform};
    return image_open_part(&part, ref, &options, ret, err);
}

static void expect(const struct oci *o, const char *ref, const char *platform, const char *want)
{
    _cleanup_(image_freep) struct image *img = NULL;
    _cleanup_(strbuf_done) struct strbuf got = {};
    struct error err = ERROR_NULL;
    if (open_oci(o, ref, platform, &img, &err) < 0) {
        CHECK_CSTR(err.text, want);
        return;
    }
    walk_text(img, &got);
    add_problem_words(&got, image_info(img)->problems);
    CHECK_STR(strbuf_str(&got), want);
}

/* Annotations of the index, of the manifest and of layers are told; names and dates, and what another image has, are not. */
TEST(annotations_are_told)
{
    _cleanup_(oci_done) struct oci o = {};
    _cleanup_(image_freep) struct image *img = NULL;
    _cleanup_(strbuf_done) struct strbuf t = {};
    struct error err = ERROR_NULL;
    tar_words(&t, "a");
    struct str layer = blob(&o, strbuf_str(&t));
    struct str config = blob(&o, arena_printf(&o.a, "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%.*s\"]}}", STR_ARG(layer)));
    struct str manifest = blob(&o, arena_printf(&o.a,
                                                "{\"config\":{\"digest\":\"%.*s\"},\"annotations\":{\"m\":\"of the manifest, a text that says something\",\"created\":\"2026-01-01\",\"n\":7},"
                                                "\"layers\":[{\"digest\":\"%.*s\",\"size\":%zu,\"annotations\":{\"l\":\"of the layer, a text that says something\"},"
                                                "\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\"}]}",
                                                STR_ARG(config), STR_ARG(layer), t.n));
    finish(&o, arena_printf(&o.a,
                            "{\"digest\":\"%.*s\",\"annotations\":{\"org.opencontainers.image.ref.name\":\"a\",\"i\":\"of the index, a text that says something\"}},"
                            "{\"digest\":\"sha256:0\",\"annotations\":{\"x\":\"of another image, a text that says something\"}}",
                            STR_ARG(manifest)));
    CHECK_INT(open_oci(&o, "a", NULL, &img, &err), 0);
    CHECK_STR(image_info(img)->annotations, "[{\"i\":\"of the index, a text that says something\"},{\"m\":\"of the manifest, a text that says something\"},"
                                            "{\"l\":\"of the layer, a text that says something\"}]");
}

TEST(no_annotations)
{
    _cleanup_(oci_done) struct oci o = {};
    _cleanup_(image_freep) struct image *img = NULL;
    struct error err = ERROR_NULL;
    finish(&o, descriptor(&o, image_of(&o, "amd"), "amd64", "a"));
    CHECK_INT(open_oci(&o, "a", NULL, &img, &err), 0);
    CHECK(!image_info(img)->annotations.n);
}

TEST(platform_is_chosen)
{
    _cleanup_(oci_done) struct oci o = {};
    struct str arm = descriptor(&o, image_of(&o, "arm"), "arm64", "a"),
               amd = descriptor(&o, image_of(&o, "amd"), "amd64", "a");
    finish(&o, arena_printf(&o.a, "%.*s,%.*s", STR_ARG(arm), STR_ARG(amd)));
    expect(&o, NULL, "linux/arm64", "1 /arm\n");
    expect(&o, NULL, "linux/arm64/v8", "1 /arm\n");
    expect(&o, NULL, "linux/amd64", "1 /amd\n");
    expect(&o, NULL, "linux/s390x",
           "no image for linux/s390x here, only for: linux/arm64, linux/amd64; choose one with --platform");
}

TEST(name_is_chosen)
{
    _cleanup_(oci_done) struct oci o = {};
    struct str x = image_of(&o, "x");
    struct str one = descriptor(&o, x, "amd64", "one"),
               two = descriptor(&o, image_of(&o, "y"), "amd64", "two"),
               again = descriptor(&o, x, "amd64", "again");
    finish(&o, arena_printf(&o.a, "%.*s,%.*s,%.*s", STR_ARG(one), STR_ARG(two), STR_ARG(again)));
    expect(&o, "two", "linux/amd64", "1 /y\n");
    expect(&o, "again", "linux/amd64", "1 /x\n");
    expect(&o, NULL, "linux/amd64", "it holds several images: one, two; choose one as TARGET:NAME");
    expect(&o, "three", "linux/amd64", "the layout has no image named three");
}

TEST(only_image_needs_no_choice)
{
    _cleanup_(oci_done) struct oci o = {};
    finish(&o, descriptor(&o, image_of(&o, "x"), "s390x", "a"));
    expect(&o, NULL, NULL, "1 /x\n");
}

TEST(index_within_index_and_attestation)
{
    _cleanup_(oci_done) struct oci o = {};
    struct str inner = blob(
        &o, arena_printf(&o.a,
                         "{\"manifests\":[%.*s,{\"digest\":\"sha256:0\",\"platform\":{\"os\":\"unknown\"}}]}",
                         STR_ARG(descriptor(&o, image_of(&o, "x"), "amd64", ""))));
    finish(
        &o,
        arena_printf(
            &o.a,
            "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"%.*s\",\"annotations\":"
            "{\"io.containerd.image.name\":\"docker.io/library/x:1\"}}",
            STR_ARG(inner)));
    _cleanup_(image_freep) struct image *img = NULL;
    CHECK(!open_oci(&o, NULL, "linux/amd64", &img, NULL));
    CHECK_STR(image_info(img)->ref, "docker.io/library/x:1");
    expect(&o, NULL, "linux/amd64", "1 /x\n");
}

/* An index whose name is not its digest can name itself; the walk over indexes ends all the same. */
TEST(index_that_names_itself)
{
    _cleanup_(oci_done) struct oci o = {};
    const char *hex = "0000000000000000000000000000000000000000000000000000000000000000";
    struct str self = arena_printf(
        &o.a, "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"sha256:%s\"}", hex);
    struct str many =
        arena_printf(&o.a, "{\"manifests\":[%.*s,%.*s,%.*s]}", STR_ARG(self), STR_ARG(self), STR_ARG(self));
    tar_file(&o.tar, arena_printf(&o.a, "blobs/sha256/%s", hex).p, many);
    finish(&o, self);
    expect(&o, NULL, "linux/amd64", "the layout's index names no image that can be read");
}

TEST(digest_and_size_that_do_not_hold)
{
    _cleanup_(oci_done) struct oci o = {};
    finish(&o, descriptor(&o, image_of(&o, "x"), "amd64", "a"));
    ptrdiff_t at = str_find(strbuf_str(&o.tar), STR("x\0\0\0"), 512);
    CHECK(at > 0);
    at = str_find(strbuf_str(&o.tar), STR("x\0\0\0"), (size_t)at + 1); /* the first is its name */
    CHECK(at > 0);
    o.tar.p[at] = 'y'; /* the content of the file x in the layer */
    expect(&o, NULL, NULL, "1 /x\n !digest-mismatch !diff-id-mismatch");
    ptrdiff_t size = str_find(strbuf_str(&o.tar), STR("\"size\":2048"), 0);
    CHECK(size > 0);
    o.tar.p[size + 7] = '3';
    expect(&o, NULL, NULL, "1 /x\n !digest-mismatch !diff-id-mismatch !size-mismatch");
}

TEST(missing_and_encrypted_layers)
{
    _cleanup_(oci_done) struct oci o = {};
    const char *hex = "1111111111111111111111111111111111111111111111111111111111111111";
    struct str secret = blob(&o, STR("not to be read"));
    struct str manifest = blob(
        &o,
        arena_printf(
            &o.a,
            "{\"layers\":[{\"digest\":\"sha256:%s\"},{\"digest\":\"../../etc/passwd\"},{\"digest\":7},"
            "{\"digest\":\"%.*s\",\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip+encrypted\"}]}",
            hex, STR_ARG(secret)));
    finish(&o, descriptor(&o, manifest, "amd64", "a"));
    expect(&o, NULL, NULL, " !missing-blob !encrypted");
}

/* What docker's classic store would load and what containerd would load are two different images. */
TEST(two_manifests_that_disagree)
{
    const char *other = "blobs/sha256/2222222222222222222222222222222222222222222222222222222222222222";
    for (int disagree = 0; disagree < 2; disagree++) {
        _cleanup_(oci_done) struct oci o = {};
        struct str manifest = image_of(&o, "x"), tar = strbuf_str(&o.tar);
        ptrdiff_t at = str_find(tar, STR("\"digest\":\"sha256:"), 0);
        CHECK(at > 0);
        struct str hex = str_sub(tar, (size_t)at + 17, (size_t)at + 17 + SHA256_HEX);
        struct str config =
            disagree ? str_from(other) : arena_printf(&o.a, "blobs/sha256/%.*s", STR_ARG(hex));
        tar_file(&o.tar, "manifest.json",
                 arena_printf(&o.a, "[{\"Config\":\"%.*s\",\"Layers\":[]}]", STR_ARG(config)));
        finish(&o, descriptor(&o, manifest, "amd64", "a"));
        expect(&o, NULL, NULL, disagree ? "1 /x\n !digest-mismatch" : "1 /x\n");
    }
}

/* Who asks for a platform gets no other one, whether the index or only the image itself names it. */
TEST(platform_of_the_configuration)
{
    _cleanup_(oci_done) struct oci o = {};
    _cleanup_(strbuf_done) struct strbuf t = {};
    tar_words(&t, "app.wasm");
    struct str layer = blob(&o, strbuf_str(&t));
    struct str config = blob(&o, arena_printf(&o.a, "{\"os\":\"wasi\",\"architecture\":\"wasm\",\"rootfs\":{\"diff_ids\":[\"%.*s\"]}}", STR_ARG(layer)));
    struct str wasm = blob(&o, arena_printf(&o.a, "{\"config\":{\"digest\":\"%.*s\"},\"layers\":[{\"digest\":\"%.*s\"}]}", STR_ARG(config), STR_ARG(layer)));
    struct str x = image_of(&o, "x");
    finish(&o, arena_printf(&o.a, "{\"digest\":\"%.*s\"},%.*s", STR_ARG(wasm), STR_ARG(descriptor(&o, x, "amd64", ""))));
    expect(&o, NULL, "wasi/wasm", "1 /app.wasm\n");
    expect(&o, NULL, "linux/amd64", "1 /x\n");
    expect(&o, NULL, "linux/arm64", "no image for linux/arm64 here, only for: wasi/wasm, linux/amd64; choose one with --platform");
    expect(&o, wasm.p, NULL, "1 /app.wasm\n");
    expect(&o, wasm.p, "linux/amd64", "no image for linux/amd64 here, only for: wasi/wasm; choose one with --platform");
}

/* A descriptor without a type: what it names says what it is. */
TEST(index_that_nobody_calls_one)
{
    _cleanup_(oci_done) struct oci o = {};
    struct str inner = blob(&o, arena_printf(&o.a, "{\"manifests\":[%.*s]}", STR_ARG(descriptor(&o, image_of(&o, "x"), "amd64", ""))));
    finish(&o, arena_printf(&o.a, "{\"digest\":\"%.*s\"}", STR_ARG(inner)));
    expect(&o, NULL, "linux/amd64", "1 /x\n");
}
