// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "harness/test.h"
#include "image/registry/auth_file.h"
#include "image/registry/catalog.h"
#include "image/registry/challenge.h"
#include "image/registry/content_range.h"
#include "image/registry/manifest.h"

#define HEX64 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* ---- references ---- */

static void check_reference(const char *text, const char *name, const char *host)
{
    struct arena a = {};
    struct reference r;
    struct error err = ERROR_NULL;
    if (reference_parse(str_from(text), &a, &r, &err))
        test_fail(__FILE__, __LINE__, "%s: %s", text, err.text);
    CHECK_STR(reference_name(&r, &a), name);
    CHECK_STR(r.host, host);
    arena_done(&a);
}

TEST(references_are_split_as_docker_does)
{
    check_reference("nginx", "docker.io/library/nginx:latest", "registry-1.docker.io");
    check_reference("acme/tools:1.2", "docker.io/acme/tools:1.2", "registry-1.docker.io");
    check_reference("docker.io/library/x", "docker.io/library/x:latest", "registry-1.docker.io");
    check_reference("docker.io/x", "docker.io/library/x:latest", "registry-1.docker.io");
    check_reference("index.docker.io/a/b", "docker.io/a/b:latest", "registry-1.docker.io");
    check_reference("127.0.0.1:5000/a/b:tag", "127.0.0.1:5000/a/b:tag", "127.0.0.1:5000");
    check_reference("localhost/a", "localhost/a:latest", "localhost");
    check_reference("ghcr.io/a/b/c@sha256:" HEX64, "ghcr.io/a/b/c@sha256:" HEX64, "ghcr.io");
    check_reference("ghcr.io/a:1@sha256:" HEX64, "ghcr.io/a:1@sha256:" HEX64, "ghcr.io");
    check_reference("[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000");
    check_reference("Registry/a", "Registry/a:latest", "Registry");
    check_reference("a_b/c__d/e.f-g---h", "docker.io/a_b/c__d/e.f-g---h:latest", "registry-1.docker.io");
    check_reference("x@sha512:" HEX64 HEX64, "docker.io/library/x@sha512:" HEX64 HEX64, "registry-1.docker.io");
    check_reference("a:_tag.X-1", "docker.io/library/a:_tag.X-1", "registry-1.docker.io");
}

TEST(what_is_no_reference_is_refused_with_the_reason)
{
    static const char *const BAD[] = {
        "", "/", "a//b", "a/", "/a", "A", "acme/Tools", "a:", "a:-x", "a:b:c", "a@", "a@sha256:12", "a@md5:" HEX64, "a@sha256:" HEX64 "0",
        "host.io/", "host..io/a", "host.io:99999/a", "host.io:/a", "-host.io/a", "a b", "a\nb", "a/b_", "a___b", "a..b", HEX64,
        "http://host.io/a", "../a", "a/../b", "[zz]:1/a", "user@host.io/a",
    };
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        struct arena a = {};
        struct reference r;
        struct error err = ERROR_NULL;
        if (reference_parse(str_from(BAD[i]), &a, &r, &err) != -EINVAL || !err.text[0])
            test_fail(__FILE__, __LINE__, "`%s` was taken", BAD[i]);
        arena_done(&a);
    }
}

TEST(names_that_are_written_in_two_ways)
{
    static const struct {
        const char *x, *y;
        bool same;
    } CASES[] = {
        {"nginx", "docker.io/library/nginx:latest", true}, {"acme/tools:1", "index.docker.io/acme/tools:1", true}, {"acme/tools:1", "acme/tools:2", false},
        {"acme/tools", "localhost/acme/tools:latest", false}, {"No Reference", "No Reference", true}, {"No Reference", "nginx", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
        CHECK_INT(reference_is_same(str_from(CASES[i].x), str_from(CASES[i].y)), CASES[i].same);
}

TEST(references_have_limits)
{
    char text[REFERENCE_MAX + 2];
    struct arena a = {};
    struct reference r;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    CHECK_INT(reference_parse(str_from(text), &a, &r, NULL), -EINVAL);
    CHECK_INT(reference_parse(str_n(text, 256), &a, &r, NULL), -EINVAL);
    CHECK_INT(reference_parse(str_n(text, 200), &a, &r, NULL), 0);
    CHECK_INT(reference_parse(str_n("a\0b", 3), &a, &r, NULL), -EINVAL);
    text[3] = ':';
    CHECK_INT(reference_parse(str_n(text, 4 + 128), &a, &r, NULL), 0);
    CHECK_INT(reference_parse(str_n(text, 4 + 129), &a, &r, NULL), -EINVAL);
    arena_done(&a);
}

TEST(loopback_is_told_by_address)
{
    CHECK(host_is_loopback(STR("127.0.0.1:5000")) && host_is_loopback(STR("127.255.1.2")) && host_is_loopback(STR("localhost:1")));
    CHECK(host_is_loopback(STR("[::1]:5000")) && host_is_loopback(STR("[::1]")));
    CHECK(!host_is_loopback(STR("127.0.0.1.example.com")) && !host_is_loopback(STR("127.0.0.1.")) && !host_is_loopback(STR("127.1")));
    CHECK(!host_is_loopback(STR("localhost.example")) && !host_is_loopback(STR("10.0.0.1")) && !host_is_loopback(STR("[::2]")));
    CHECK(!host_is_loopback(STR("127.0.0.256")) && !host_is_loopback(STR("127.0.0.1x")) && !host_is_loopback(STR("")));
}

/* ---- WWW-Authenticate ---- */

TEST(challenges_are_read)
{
    struct arena a = {};
    struct challenge c[CHALLENGES_MAX];
    CHECK_INT(challenge_parse(STR("Bearer realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:a/b:pull,push\""), &a, c), 1);
    CHECK_STR(c[0].scheme, "Bearer");
    CHECK_STR(c[0].realm, "https://auth.example/token");
    CHECK_STR(c[0].service, "registry.example");
    CHECK_STR(c[0].scope, "repository:a/b:pull,push");
    CHECK_INT(challenge_parse(STR("Negotiate abc/+==, Basic realm=\"a \\\"quoted\\\" name\" , bearer REALM = token , error=x"), &a, c), 3);
    CHECK_STR(c[0].scheme, "Negotiate");
    CHECK(!c[0].realm.n);
    CHECK_STR(c[1].scheme, "Basic");
    CHECK_STR(c[1].realm, "a \"quoted\" name");
    CHECK_STR(c[2].realm, "token");
    CHECK_STR(c[2].error, "x");
    CHECK_INT(challenge_parse(STR("Negotiate, Basic realm=\"x\""), &a, c), 2);
    CHECK_STR(c[1].scheme, "Basic");
    arena_done(&a);
}

TEST(broken_challenges_keep_what_was_whole)
{
    struct arena a = {};
    struct challenge c[CHALLENGES_MAX];
    CHECK_INT(challenge_parse(STR(""), &a, c), 0);
    CHECK_INT(challenge_parse(STR(",,, ,"), &a, c), 0);
    CHECK_INT(challenge_parse(STR("Bearer realm=\"never ends"), &a, c), 0);
    CHECK_INT(challenge_parse(STR("Basic realm=\"x\", Bearer realm=\"y"), &a, c), 1);
    CHECK_INT(challenge_parse(STR("\"quoted\" first"), &a, c), 0);
    CHECK_INT(challenge_parse(STR("a,b,c,d,e,f,g,h,i,j,k"), &a, c), CHALLENGES_MAX);
    /* the first of two values counts */
    CHECK_INT(challenge_parse(STR("Bearer realm=\"one\",realm=\"two\""), &a, c), 1);
    CHECK_STR(c[0].realm, "one");
    arena_done(&a);
}

/* ---- Content-Range ---- */

TEST(content_ranges)
{
    struct content_range r;
    CHECK(content_range_parse(STR(" bytes 5-9/10\r\n"), &r) && r.has_range && r.first == 5 && r.last == 9 && r.has_total && r.total == 10);
    CHECK(content_range_parse(STR("bytes 0-0/*"), &r) && r.has_range && !r.has_total);
    CHECK(content_range_parse(STR("BYTES */77"), &r) && !r.has_range && r.total == 77);
    static const char *const BAD[] = {"", "bytes", "bytes ", "bytes */*", "bytes 5-4/10", "bytes 5-10/10", "bytes 5/10", "bytes -5/10",
                                      "bytes 5-/10", "items 0-1/2", "bytes 0-1/2x", "bytes 0-1", "bytes 99999999999999999999-1/2", "bytes=0-1/2"};
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++)
        if (content_range_parse(str_from(BAD[i]), &r))
            test_fail(__FILE__, __LINE__, "`%s` was taken", BAD[i]);
}

/* ---- config.json ---- */

static int find(const char *json, const char *ref, struct arena *a, struct credential *c, struct error *err)
{
    struct reference r;
    CHECK_INT(reference_parse(str_from(ref), a, &r, NULL), 0);
    *c = (struct credential){};
    return auth_file_find(str_from(json), &r, a, c, err);
}

TEST(logins_are_found_by_the_narrowest_key)
{
    struct arena a = {};
    struct credential c;
    struct error err = ERROR_NULL;
    const char *json = "{\"auths\": {\"https://index.docker.io/v1/\": {\"auth\": \"aHViOnNlY3JldDox\"},"
                       " \"quay.io\": {\"auth\": \"cTpx\"}, \"quay.io/acme\": {\"auth\": \"YTph\"}, \"quay.io/acme/x\": {\"auth\": \"eDp4\"},"
                       " \"https://127.0.0.1:5000/v2/\": {\"username\": \"u\", \"password\": \"p\"},"
                       " \"tok.io\": {\"auth\": \"PHRva2VuPjo=\", \"identitytoken\": \"refresh\"}, \"reg.io\": {\"registrytoken\": \"jwt\"}}}";
    CHECK_INT(find(json, "nginx", &a, &c, &err), 0);
    CHECK_STR(c.user, "hub");
    CHECK_STR(c.password, "secret:1");
    CHECK_INT(find(json, "quay.io/acme/x", &a, &c, &err), 0);
    CHECK_STR(c.user, "x");
    CHECK_INT(find(json, "quay.io/acme/xy", &a, &c, &err), 0);
    CHECK_STR(c.user, "a");
    CHECK_INT(find(json, "quay.io/acmes/x", &a, &c, &err), 0);
    CHECK_STR(c.user, "q");
    CHECK_INT(find(json, "127.0.0.1:5000/x", &a, &c, &err), 0);
    CHECK_STR(c.password, "p");
    CHECK_INT(find(json, "tok.io/x", &a, &c, &err), 0);
    CHECK_STR(c.identity_token, "refresh");
    CHECK_INT(find(json, "reg.io/x", &a, &c, &err), 0);
    CHECK_STR(c.registry_token, "jwt");
    CHECK_INT(find(json, "quay.io.evil.example/acme/x", &a, &c, &err), 1);
    CHECK_INT(find(json, "127.0.0.1:500/x", &a, &c, &err), 1);
    CHECK_INT(find("{}", "nginx", &a, &c, &err), 1);
    arena_done(&a);
}

TEST(helpers_are_named_by_the_file_only)
{
    struct arena a = {};
    struct credential c;
    struct error err = ERROR_NULL;
    CHECK_INT(find("{\"credsStore\": \"pass\", \"credHelpers\": {\"gcr.io\": \"gcloud\"}}", "gcr.io/a/b", &a, &c, &err), 0);
    CHECK_STR(c.helper, "gcloud");
    CHECK_STR(c.server, "gcr.io");
    CHECK_INT(find("{\"credsStore\": \"pass\"}", "nginx", &a, &c, &err), 0);
    CHECK_STR(c.helper, "pass");
    CHECK_STR(c.server, "https://index.docker.io/v1/");
    static const char *const BAD[] = {"../../tmp/x", "a b", "a/b", "", ".x", "-x", "$(x)"};
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        char json[100];
        snprintf(json, sizeof(json), "{\"credHelpers\": {\"gcr.io\": \"%s\"}}", BAD[i]);
        int r = find(json, "gcr.io/a", &a, &c, &err);
        if (r == 0)
            test_fail(__FILE__, __LINE__, "`%s` was taken", BAD[i]);
    }
    CHECK_INT(auth_helper_answer(STR("{\"ServerURL\":\"x\",\"Username\":\"u\",\"Secret\":\"s\"}"), &a, &c, &err), 0);
    CHECK_STR(c.user, "u");
    CHECK_INT(auth_helper_answer(STR("{\"Username\":\"<token>\",\"Secret\":\"s\"}"), &a, &c, &err), 0);
    CHECK_STR(c.identity_token, "s");
    CHECK(!c.user.n);
    CHECK_INT(auth_helper_answer(STR("credentials not found"), &a, &c, &err), -EINVAL);
    CHECK_INT(auth_helper_answer(STR("{\"Username\":\"u\",\"Secret\":\"a\\r\\nX: y\"}"), &a, &c, &err), -EINVAL);
    arena_done(&a);
}

TEST(broken_logins_are_errors)
{
    static const char *const BAD[] = {"", "[]", "{", "{\"auths\": {\"quay.io\": {\"auth\": \"***\"}}}", "{\"auths\": {\"quay.io\": {\"auth\": 1}}}",
                                      "{\"auths\": {\"quay.io\": {\"auth\": \"bm9jb2xvbg==\"}}}",
                                      "{\"auths\": {\"quay.io\": {\"username\": \"a\\nb\", \"password\": \"c\"}}}"};
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        struct arena a = {};
        struct credential c;
        struct error err = ERROR_NULL;
        if (find(BAD[i], "quay.io/a", &a, &c, &err) != -EINVAL || !err.text[0])
            test_fail(__FILE__, __LINE__, "`%s` was taken", BAD[i]);
        arena_done(&a);
    }
}

/* ---- manifests ---- */

#define LAYER(type, more) "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" HEX64 "\",\"size\":5" more "}"

TEST(manifests_of_both_kinds)
{
    struct arena a = {};
    struct manifest m;
    struct error err = ERROR_NULL;
    const char *image = "{\"schemaVersion\":2,\"config\":" LAYER("c", "") ",\"layers\":[" LAYER("application/vnd.oci.image.layer.v1.tar", "") ","
                        LAYER("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", ",\"urls\":[\"https://a.example/x\"]") "]}";
    CHECK_INT(manifest_parse(str_from(image), STR("application/vnd.oci.image.manifest.v1+json; charset=utf-8"), &a, &m, &err), 0);
    CHECK(!m.is_index && m.n_children == 2 && !m.children[0].is_foreign && m.children[1].is_foreign && m.children[1].n_urls == 1);
    CHECK_STR(m.media_type, "application/vnd.oci.image.manifest.v1+json");
    const char *index = "{\"manifests\":[" LAYER("m", ",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"}") ","
                        LAYER("m", ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}") ","
                        LAYER("m", ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}") "]}";
    CHECK_INT(manifest_parse(str_from(index), STR("x/y"), &a, &m, &err), 0);
    CHECK(m.is_index && m.n_children == 3 && !m.children[0].is_attestation && m.children[1].is_attestation && m.children[2].is_attestation);
    CHECK_STR(m.children[0].platform.variant, "v7");
    arena_done(&a);
}

TEST(manifests_that_cannot_be_trusted)
{
    static const struct {
        const char *json, *type;
        int code;
    } BAD[] = {
        {"{\"schemaVersion\":1,\"fsLayers\":[]}", "", -EPROTONOSUPPORT},
        {"{}", "application/vnd.docker.distribution.manifest.v1+prettyjws", -EPROTONOSUPPORT},
        {"{}", "application/json", -EPROTONOSUPPORT},
        {"[]", "", -EPROTONOSUPPORT},
        {"{\"layers\":[],\"manifests\":[]}", "", -EPROTONOSUPPORT},
        {"{\"layers\":[]}", "", -EINVAL},
        {"{\"manifests\":[{\"digest\":\"sha256:../../x\",\"size\":1}]}", "", -EINVAL},
        {"{\"manifests\":[{\"digest\":\"sha256:" HEX64 "\",\"size\":-1}]}", "", -EINVAL},
        {"{\"manifests\":[{\"digest\":\"sha256:" HEX64 "\",\"size\":1.5}]}", "", -EINVAL},
        {"{\"manifests\":[{\"digest\":\"sha256:" HEX64 "\",\"size\":99999999999999999999}]}", "", -EINVAL},
        {"{\"manifests\":[7]}", "", -EINVAL},
        {"nonsense", "", -EINVAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        struct arena a = {};
        struct manifest m;
        struct error err = ERROR_NULL;
        int r = manifest_parse(str_from(BAD[i].json), str_from(BAD[i].type), &a, &m, &err);
        if (r != BAD[i].code || !err.text[0])
            test_fail(__FILE__, __LINE__, "%s gives %d (%s)", BAD[i].json, r, err.text);
        arena_done(&a);
    }
}

TEST(lists_of_names_lead_on_within_the_registry)
{
    static const struct {
        const char *json, *link, *next;
        bool are_tags;
        int code;
        size_t names, odd;
    } CASES[] = {
        {"{\"repositories\":[\"acme/tools\",\"UPPER\",\"a//b\",7]}", "</v2/_catalog?last=x&n=2>; rel=\"next\"", "/v2/_catalog?last=x&n=2", false, 0, 1, 3},
        {"{\"tags\":[\"v1\",\"-x\",\"a/b\"]}", "<https://r.example/v2/a/tags/list?last=v1>; rel=\"next\"", "/v2/a/tags/list?last=v1", true, 0, 1, 2},
        {"{\"tags\":[\"v1\"]}", "<https://elsewhere.example/v2/a/tags/list>; rel=\"next\"", "", true, 0, 1, 0},
        {"{\"tags\":[\"v1\"]}", "<//elsewhere.example/v2/>; rel=\"next\"", "", true, 0, 1, 0},
        {"{\"tags\":[\"v1\"]}", "</v2/a/tags/list>; rel=\"prev\"", "", true, 0, 1, 0},
        {"{\"tags\":[]}", "</v2/a/tags/list?n=1>; rel=\"next\"", "", true, 0, 0, 0},
        {"{\"tags\":null}", "", "", true, 0, 0, 0},
        {"{\"tags\":{}}", "", "", true, -EPROTO, 0, 0},
        {"[", "", "", true, -EINVAL, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        struct registry_names n = {};
        CHECK_INT(registry_names_parse(str_from(CASES[i].json), CASES[i].are_tags, STR("https://r.example"), str_from(CASES[i].link), &n, NULL), CASES[i].code);
        CHECK_INT(n.names.n, CASES[i].names);
        CHECK_INT(n.odd, CASES[i].odd);
        CHECK_STR(n.next, CASES[i].next);
        registry_names_done(&n);
    }
}
