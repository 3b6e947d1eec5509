// SPDX-License-Identifier: Apache-2.0
/* Artifacts in OCI layouts: what they are called, their blobs as files; and images that only look like artifacts. */
#include "harness/test.h"
#include "image/test-build.h"

#define EMPTY_CONFIG "application/vnd.oci.empty.v1+json"
#define HELM_CONFIG "application/vnd.cncf.helm.config.v1+json"
#define IMAGE_CONFIG "application/vnd.oci.image.config.v1+json"
#define IMAGE_LAYER "application/vnd.oci.image.layer.v1.tar"
#define COSIGN_LAYER "application/vnd.dev.cosign.simplesigning.v1+json"

struct made {
    struct arena a;
    struct strbuf tar, layers;
    struct str last; /* digest of the layer added last */
};

static void made_done(struct made *m)
{
    arena_done(&m->a);
    strbuf_done(&m->tar);
    strbuf_done(&m->layers);
}

static struct str blob(struct made *m, struct str s)
{
    struct str hex = hex_of(&m->a, s);
    tar_file(&m->tar, arena_printf(&m->a, "blobs/sha256/%.*s", STR_ARG(hex)).p, s);
    return arena_printf(&m->a, "sha256:%.*s", STR_ARG(hex));
}

static void layer(struct made *m, const char *type, const char *title, struct str content)
{
    m->last = blob(m, content);
    strbuf_printf(&m->layers, "%s{\"mediaType\":\"%s\",\"digest\":\"%.*s\",\"size\":%zu", m->layers.n ? "," : "", type,
                  STR_ARG(m->last), content.n);
    if (title)
        strbuf_printf(&m->layers, ",\"annotations\":{\"org.opencontainers.image.title\":\"%s\"}", title);
    strbuf_adds(&m->layers, "}");
}

static void tar_layer(struct made *m, const char *type, const char *words)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    tar_words(&t, words);
    layer(m, type, NULL, strbuf_str(&t));
}

/* A configuration that names the layer added last by this digest, or by its own. */
static struct str rootfs(struct made *m, const char *diff_id)
{
    struct str id = diff_id ? str_from(diff_id) : m->last;
    return arena_printf(&m->a, "{\"architecture\":\"\",\"os\":\"\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%.*s\"]}}",
                        STR_ARG(id));
}

static void open_made(struct made *m, const char *config_type, struct str config, const char *artifact_type, struct image **ret)
{
    struct str digest = blob(m, config);
    struct str declared = artifact_type ? arena_printf(&m->a, "\"artifactType\":\"%s\",", artifact_type) : STR("");
    struct str manifest = blob(
        m, arena_printf(&m->a, "{%.*s\"config\":{\"mediaType\":\"%s\",\"digest\":\"%.*s\",\"size\":%zu},\"layers\":[%.*s]}",
                        STR_ARG(declared), config_type, STR_ARG(digest), config.n, STR_ARG(strbuf_str(&m->layers))));
    tar_file(&m->tar, "oci-layout", STR("{\"imageLayoutVersion\":\"1.0.0\"}"));
    tar_file(&m->tar, "index.json", arena_printf(&m->a, "{\"manifests\":[{\"digest\":\"%.*s\"}]}", STR_ARG(manifest)));
    tar_end(&m->tar);
    struct part part = part_memory(m->tar.p, m->tar.n);
    struct error err = ERROR_NULL;
    CHECK(!image_open_part(&part, NULL, NULL, ret, &err));
}

/* `want`: the type, then what the walk gives, then the problems. */
static void expect_artifact(struct made *m, const char *config_type, struct str config, const char *artifact_type, const char *want)
{
    _cleanup_(image_freep) struct image *img = NULL;
    _cleanup_(strbuf_done) struct strbuf got = {};
    open_made(m, config_type, config, artifact_type, &img);
    strbuf_printf(&got, "%.*s\n", STR_ARG(image_info(img)->artifact));
    walk_text(img, &got);
    add_problem_words(&got, image_info(img)->problems);
    CHECK_STR(strbuf_str(&got), want);
}

TEST(file_of_oras)
{
    _cleanup_(made_done) struct made m = {};
    layer(&m, "text/plain", "notes/a.txt", STR("hello"));
    expect_artifact(&m, EMPTY_CONFIG, STR("{}"), "application/vnd.acme.notes", "application/vnd.acme.notes\n1 /notes/a.txt\n");
}

/* ORAS calls a file whose type nobody gave a layer. */
TEST(file_that_is_called_a_layer)
{
    _cleanup_(made_done) struct made m = {};
    layer(&m, IMAGE_LAYER, "a.txt", STR("hello"));
    tar_layer(&m, IMAGE_LAYER, "dir/ dir/x");
    expect_artifact(&m, EMPTY_CONFIG, STR("{}"), NULL, IMAGE_LAYER "\n2 /dir\n2 /dir/x\n1 /a.txt\n");
}

TEST(module_and_list_of_parts)
{
    _cleanup_(made_done) struct made m = {};
    layer(&m, "application/wasm", "m.wasm", STR("\0asm\1\0\0\0"));
    layer(&m, "application/spdx+json", "m.spdx.json", STR("{\"spdxVersion\":\"SPDX-2.3\"}"));
    expect_artifact(&m, "application/vnd.wasm.config.v0+json", STR("{\"os\":\"wasip1\",\"architecture\":\"wasm\"}"), NULL,
                    "application/vnd.wasm.config.v0+json\n2 /m.spdx.json\n1 /m.wasm\n");
}

TEST(chart_is_an_archive)
{
    _cleanup_(made_done) struct made m = {};
    _cleanup_(strbuf_done) struct strbuf t = {}, z = {};
    tar_words(&t, "chart/Chart.yaml");
    gzip_add(&z, strbuf_str(&t));
    layer(&m, "application/vnd.cncf.helm.chart.content.v1.tar+gzip", NULL, strbuf_str(&z));
    layer(&m, "application/vnd.cncf.helm.chart.provenance.v1.prov", "chart.prov", STR("-----BEGIN PGP SIGNED MESSAGE-----\n"));
    expect_artifact(&m, HELM_CONFIG, STR("{\"name\":\"chart\"}"), NULL, HELM_CONFIG "\n2 /chart.prov\n1 /chart/Chart.yaml\n");
}

/* Cosign gives a signature the configuration of an image, so it is held to it. */
TEST(signature_of_cosign)
{
    for (int wrong = 0; wrong < 2; wrong++) {
        _cleanup_(made_done) struct made m = {};
        layer(&m, COSIGN_LAYER, "sig", STR("{\"critical\":{}}"));
        struct str config = rootfs(&m, wrong ? "sha256:0000000000000000000000000000000000000000000000000000000000000000" : NULL);
        expect_artifact(&m, IMAGE_CONFIG, config, NULL,
                        wrong ? COSIGN_LAYER "\n1 /sig\n !diff-id-mismatch" : COSIGN_LAYER "\n1 /sig\n");
    }
}

/* The configuration may name what is packed or what it unpacks to; the file is the blob as it is. */
TEST(packed_file)
{
    for (int by_blob = 0; by_blob < 2; by_blob++) {
        _cleanup_(made_done) struct made m = {};
        _cleanup_(strbuf_done) struct strbuf z = {};
        gzip_add(&z, STR("hello"));
        layer(&m, "application/gzip", "a.gz", strbuf_str(&z));
        struct str unpacked = arena_printf(&m.a, "sha256:%.*s", STR_ARG(hex_of(&m.a, STR("hello"))));
        expect_artifact(&m, IMAGE_CONFIG, rootfs(&m, by_blob ? NULL : unpacked.p), NULL, "application/gzip\n1 /a.gz\n");
    }
}

TEST(no_content_or_no_name)
{
    _cleanup_(made_done) struct made m = {};
    layer(&m, EMPTY_CONFIG, NULL, STR("{}"));
    struct str want = arena_printf(&m.a, "application/vnd.acme\n1 /%.*s\n", STR_ARG(m.last));
    expect_artifact(&m, EMPTY_CONFIG, STR("{}"), "application/vnd.acme", want.p);
}

/* Tools that know one type of configuration only. */
TEST(empty_configuration_with_the_type_of_an_image)
{
    _cleanup_(made_done) struct made m = {}, k = {};
    layer(&m, "application/vnd.acme.data", "d", STR("x"));
    expect_artifact(&m, IMAGE_CONFIG, STR("{}"), NULL, "application/vnd.acme.data\n1 /d\n");
    tar_layer(&k, "application/vnd.acme.data", "bin/x");
    expect_artifact(&k, IMAGE_CONFIG, STR("{}"), NULL, "application/vnd.acme.data\n1 /bin/x\n");
}

TEST(configuration_that_is_no_json)
{
    _cleanup_(made_done) struct made m = {};
    layer(&m, "application/vnd.acme.data", "d", STR("x"));
    expect_artifact(&m, "application/vnd.acme.config", STR("key = value"), NULL, "application/vnd.acme.config\n1 /d\n");
}

TEST(name_that_climbs)
{
    _cleanup_(made_done) struct made m = {};
    layer(&m, "text/plain", "../../etc/cron.d/x", STR("x"));
    expect_artifact(&m, EMPTY_CONFIG, STR("{}"), NULL, "text/plain\n1 /etc/cron.d/x !path-traversal\n");
}

TEST(digest_and_size_of_a_file)
{
    _cleanup_(made_done) struct made m = {};
    layer(&m, "text/plain", "a", STR("unmistakable"));
    ptrdiff_t at = str_find(strbuf_str(&m.tar), STR("unmistakable"), 0);
    CHECK(at > 0);
    m.tar.p[at] = 'U';
    ptrdiff_t size = str_find(strbuf_str(&m.layers), STR("\"size\":12"), 0);
    CHECK(size > 0);
    m.layers.p[size + 7] = '2';
    expect_artifact(&m, EMPTY_CONFIG, STR("{}"), NULL, "text/plain\n1 /a\n !digest-mismatch !size-mismatch");
}

/* ---- images that somebody calls something else ---- */

TEST(image_with_the_types_of_an_artifact)
{
    static const char *const WRONG = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    static const struct {
        const char *config, *layer, *artifact;
    } TYPES[] = {
        {HELM_CONFIG, IMAGE_LAYER, "application/vnd.acme"},
        {EMPTY_CONFIG, IMAGE_LAYER, "application/vnd.acme"},
        {IMAGE_CONFIG, COSIGN_LAYER, "application/vnd.acme"},
        {HELM_CONFIG, COSIGN_LAYER, NULL},
        {IMAGE_CONFIG, IMAGE_LAYER, "application/vnd.acme"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(TYPES); i++)
        for (int wrong = 0; wrong < 2; wrong++) {
            _cleanup_(made_done) struct made m = {};
            tar_layer(&m, TYPES[i].layer, "bin/x");
            expect_artifact(&m, TYPES[i].config, rootfs(&m, wrong ? WRONG : NULL), TYPES[i].artifact,
                            wrong ? "\n1 /bin/x\n !diff-id-mismatch" : "\n1 /bin/x\n");
        }
}

/* Runtimes read keys whatever the case of their letters. */
TEST(root_file_system_in_capitals)
{
    _cleanup_(made_done) struct made m = {};
    tar_layer(&m, COSIGN_LAYER, "bin/x");
    expect_artifact(&m, HELM_CONFIG, STR("{\"RootFS\":{}}"), NULL, "\n1 /bin/x\n !diff-id-mismatch");
}

TEST(layers_that_the_configuration_does_not_name)
{
    static const struct {
        const char *type, *text;
    } CONFIGS[] = {{IMAGE_CONFIG, "{}"}, {IMAGE_CONFIG, "{\"os\":\"linux\"}"}, {HELM_CONFIG, "{\"os\":\"linux\"}"},
                   {EMPTY_CONFIG, "{\"rootfs\":{\"diff_ids\":[]}}"}};
    for (size_t i = 0; i < ARRAY_SIZE(CONFIGS); i++) {
        _cleanup_(made_done) struct made m = {};
        tar_layer(&m, IMAGE_LAYER, "bin/x");
        expect_artifact(&m, CONFIGS[i].type, str_from(CONFIGS[i].text), NULL, "\n1 /bin/x\n !diff-id-mismatch");
    }
}

TEST(layer_of_an_image_that_is_no_tar)
{
    _cleanup_(made_done) struct made m = {};
    layer(&m, IMAGE_LAYER, NULL, STR("hello"));
    expect_artifact(&m, IMAGE_CONFIG, rootfs(&m, NULL), NULL,
                    "\n1 /sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n !corrupt");
}
