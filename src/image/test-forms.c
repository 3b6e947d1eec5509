// SPDX-License-Identifier: Apache-2.0
/* Forms of an image that are no OCI layout and have no list in manifest.json: docker's first one, and dir: of skopeo. */
#include "harness/test.h"
#include "image/test-build.h"

struct made {
    struct arena a;
    struct strbuf tar;
};

static void made_done(struct made *m)
{
    arena_done(&m->a);
    strbuf_done(&m->tar);
}

static struct str name_of(char c)
{
    static char id[SHA256_HEX];
    memset(id, c, sizeof(id));
    return str_n(id, sizeof(id));
}

/* A layer called cccc… that stands on the one called by `parent` (0: on nothing). */
static void old_layer(struct made *m, char c, char parent, const char *words, const char *more)
{
    _cleanup_(strbuf_done) struct strbuf t = {}, json = {};
    struct str id = name_of(c);
    strbuf_printf(&json, "{\"id\":\"%.*s\",\"os\":\"linux\",\"container_config\":{\"Cmd\":[\"/bin/sh\",\"-c\",\"make %c\"]}%s", STR_ARG(id), c, more);
    if (parent)
        strbuf_printf(&json, ",\"parent\":\"%.*s\"", STR_ARG(name_of(parent)));
    strbuf_adds(&json, "}");
    id = name_of(c);
    tar_file(&m->tar, arena_printf(&m->a, "%.*s/VERSION", STR_ARG(id)).p, STR("1.0"));
    tar_file(&m->tar, arena_printf(&m->a, "%.*s/json", STR_ARG(id)).p, strbuf_str(&json));
    if (!words)
        return;
    tar_words(&t, words);
    tar_file(&m->tar, arena_printf(&m->a, "%.*s/layer.tar", STR_ARG(id)).p, strbuf_str(&t));
}

/* `names`: "tag=c tag=c". */
static void old_names(struct made *m, const char *names)
{
    _cleanup_(strbuf_done) struct strbuf json = {};
    struct str rest = str_from(names), w;
    strbuf_adds(&json, "{\"acme/x\":{");
    for (bool is_first = true; str_split(&rest, ' ', &w); is_first = false)
        strbuf_printf(&json, "%s\"%.*s\":\"%.*s\"", is_first ? "" : ",", (int)w.n - 2, w.p, STR_ARG(name_of(w.p[w.n - 1])));
    strbuf_adds(&json, "}}");
    tar_file(&m->tar, "repositories", strbuf_str(&json));
    tar_end(&m->tar);
}

/* What the archive gives: name and command, lines of history, files, problems; or why it gives nothing. */
static void expect(struct made *m, const char *ref, const char *want)
{
    _cleanup_(image_freep) struct image *img = NULL;
    _cleanup_(strbuf_done) struct strbuf got = {};
    struct part part = part_memory(m->tar.p, m->tar.n);
    struct error err = ERROR_NULL;
    if (image_open_part(&part, ref, NULL, &img, &err) < 0) {
        CHECK_CSTR(err.text, want);
        return;
    }
    const struct image_info *i = image_info(img);
    strbuf_printf(&got, "%.*s %.*s\n", STR_ARG(i->ref), STR_ARG(i->n_cmd ? i->cmd[0] : STR_NULL));
    for (size_t k = 0; k < i->n_layers; k++)
        strbuf_printf(&got, "%.*s\n", STR_ARG(i->layers[k].created_by));
    walk_text(img, &got);
    add_problem_words(&got, image_info(img)->problems);
    CHECK_STR(strbuf_str(&got), want);
}

TEST(first_form_of_docker)
{
    _cleanup_(made_done) struct made m = {};
    old_layer(&m, 'a', 0, "etc/ etc/passwd x", "");
    old_layer(&m, 'b', 'a', ".wh.x y", ",\"config\":{\"Cmd\":[\"/y\"]}");
    old_names(&m, "1=b");
    expect(&m, NULL, "acme/x:1 /y\n/bin/sh -c make a\n/bin/sh -c make b\n2 /y\n1 /etc\n1 /etc/passwd\n1 /x deleted 2\n");
}

TEST(first_form_of_several_images)
{
    _cleanup_(made_done) struct made m = {};
    old_layer(&m, 'a', 0, "a", "");
    old_layer(&m, 'b', 'a', "b", "");
    old_names(&m, "1=a 2=b also-2=b");
    expect(&m, NULL, "it holds several images: acme/x:1, acme/x:2, acme/x:also-2; choose one as TARGET:NAME");
    expect(&m, "acme/x:also-2", "acme/x:also-2 \n/bin/sh -c make a\n/bin/sh -c make b\n2 /b\n1 /a\n");
    expect(&m, "acme/x:3", "no image named acme/x:3 here, only: acme/x:1, acme/x:2, acme/x:also-2");
}

TEST(first_form_with_something_missing)
{
    _cleanup_(made_done) struct made m = {}, k = {};
    old_layer(&m, 'b', 'a', "b", "");
    old_names(&m, "1=b");
    expect(&m, NULL, "acme/x:1 \n/bin/sh -c make b\n1 /b\n !missing-blob");
    old_layer(&k, 'a', 0, NULL, "");
    old_layer(&k, 'b', 'a', "b", "");
    old_names(&k, "1=b");
    expect(&k, NULL, "acme/x:1 \n/bin/sh -c make a\n/bin/sh -c make b\n2 /b\n !missing-blob");
}

/* Nobody can make such a chain, for a layer's name is a digest; the walk ends all the same. */
TEST(first_form_in_a_circle)
{
    _cleanup_(made_done) struct made m = {};
    _cleanup_(image_freep) struct image *img = NULL;
    old_layer(&m, 'a', 'b', "a", "");
    old_layer(&m, 'b', 'a', "b", "");
    old_names(&m, "1=b");
    struct part part = part_memory(m.tar.p, m.tar.n);
    const struct image_options options = {.limits = {.layers = 5}};
    CHECK(!image_open_part(&part, NULL, &options, &img, NULL));
    CHECK_INT(image_info(img)->n_layers, 5);
    CHECK(image_info(img)->problems == IMAGE_PROBLEM_MASK(TOO_MANY));
}

/* Other things are called `repositories` too: then the tar is files. */
TEST(repositories_of_something_else)
{
    static const char *const TEXTS[] = {"deb http://x y z", "{}", "[]", "{\"a\":{\"b\":\"c\"}}", "{\"a\":\"b\"}"};
    for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++) {
        _cleanup_(made_done) struct made m = {};
        tar_file(&m.tar, "repositories", str_from(TEXTS[i]));
        tar_end(&m.tar);
        expect(&m, NULL, " \n\n1 /repositories\n");
    }
}

/* ---- dir: of skopeo and podman ---- */

static struct str flat_blob(struct made *m, const char *after, struct str s)
{
    struct str hex = hex_of(&m->a, s);
    tar_file(&m->tar, arena_printf(&m->a, "%.*s%s", STR_ARG(hex), after).p, s);
    return arena_printf(&m->a, "sha256:%.*s", STR_ARG(hex));
}

static struct str flat_manifest(struct made *m, const char *words)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    tar_words(&t, words);
    struct str layer = flat_blob(m, "", strbuf_str(&t));
    struct str config = flat_blob(
        m, "", arena_printf(&m->a, "{\"os\":\"linux\",\"config\":{\"Cmd\":[\"/%s\"]},\"rootfs\":{\"diff_ids\":[\"%.*s\"]}}", words, STR_ARG(layer)));
    return arena_printf(&m->a,
                        "{\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\",\"config\":{\"digest\":\"%.*s\"},"
                        "\"layers\":[{\"digest\":\"%.*s\",\"size\":%zu}]}",
                        STR_ARG(config), STR_ARG(layer), t.n);
}

static void flat_end(struct made *m, struct str manifest)
{
    tar_file(&m->tar, "manifest.json", manifest);
    tar_file(&m->tar, "version", STR("Directory Transport Version: 1.1\n"));
    tar_end(&m->tar);
}

TEST(flat_folder)
{
    _cleanup_(made_done) struct made m = {};
    flat_end(&m, flat_manifest(&m, "x"));
    expect(&m, NULL, " /x\n\n1 /x\n");
    expect(&m, "name", "the layout has no image named name");
}

TEST(flat_folder_whose_layer_is_another)
{
    _cleanup_(made_done) struct made m = {};
    struct str manifest = flat_manifest(&m, "x");
    m.tar.p[512 + 512] ^= 1; /* the content of x */
    flat_end(&m, manifest);
    expect(&m, NULL, " /x\n\n1 /x\n !digest-mismatch !diff-id-mismatch");
}

/* `skopeo copy --all`: a list, and a manifest of each platform under a name of its own. */
TEST(flat_folder_of_several_platforms)
{
    _cleanup_(made_done) struct made m = {};
    _cleanup_(image_freep) struct image *img = NULL;
    _cleanup_(strbuf_done) struct strbuf got = {};
    struct str arm = flat_blob(&m, ".manifest.json", flat_manifest(&m, "arm"));
    struct str amd = flat_blob(&m, ".manifest.json", flat_manifest(&m, "amd"));
    const char *type = "application/vnd.docker.distribution.manifest.v2+json";
    flat_end(&m, arena_printf(&m.a,
                              "{\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%.*s\",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}},"
                              "{\"mediaType\":\"%s\",\"digest\":\"%.*s\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}",
                              type, STR_ARG(arm), type, STR_ARG(amd)));
    struct part part = part_memory(m.tar.p, m.tar.n);
    const struct image_options options = {.platform = "linux/arm64"};
    CHECK(!image_open_part(&part, NULL, &options, &img, NULL));
    CHECK_STR(image_info(img)->manifest_digest, arm.p);
    walk_text(img, &got);
    CHECK_STR(strbuf_str(&got), "1 /arm\n");
}

/* A version of something else beside a manifest of something else. */
TEST(no_flat_folder)
{
    _cleanup_(made_done) struct made m = {};
    tar_file(&m.tar, "manifest.json", STR("{\"name\":\"app\",\"layers\":[]}"));
    tar_file(&m.tar, "version", STR("1.2.3\n"));
    tar_end(&m.tar);
    expect(&m, NULL, " \n\n1 /manifest.json\n1 /version\n");
}
