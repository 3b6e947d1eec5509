// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
#include "inspect/imitate.h"
#include "inspect/nearness.h"

#include <errno.h>
#include <stdlib.h>

static struct imitate *load(void)
{
    struct imitate *im = NULL;
    struct error err = ERROR_NULL;
    const char *path = getenv("DAVY_OFFICIAL_IMAGES"); /* meson.build says where the list is */
    if (!path)
        test_skip("DAVY_OFFICIAL_IMAGES is not set");
    if (imitate_new(path, &im, &err))
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return im;
}

TEST(reference_is_split_as_docker_does)
{
    static const struct {
        const char *ref, *registry, *ns, *repository, *tag, *digest;
    } cases[] = {
        {"nginx", "docker.io", "library", "nginx", "latest", ""},
        {"nginx:1.27", "docker.io", "library", "nginx", "1.27", ""},
        {"grafana/grafana", "docker.io", "grafana", "grafana", "latest", ""},
        {"index.docker.io/library/redis", "docker.io", "library", "redis", "latest", ""},
        {"docker://debian:12", "docker.io", "library", "debian", "12", ""},
        {"localhost/app", "localhost", "", "app", "latest", ""},
        {"localhost:5000/team/app:dev", "localhost:5000", "team", "app", "dev", ""},
        {"registry.example/a/b/c:v1", "registry.example", "a/b", "c", "v1", ""},
        {"ghcr.io/o/r@sha256:00ff", "ghcr.io", "o", "r", "", "sha256:00ff"},
        {"o/r:v2@sha256:00ff", "docker.io", "o", "r", "v2", "sha256:00ff"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct image_name n;
        CHECK(image_name_parse(str_from(cases[i].ref), &n));
        CHECK_STR(n.registry, cases[i].registry);
        CHECK_STR(n.ns, cases[i].ns);
        CHECK_STR(n.repository, cases[i].repository);
        CHECK_STR(n.tag, cases[i].tag);
        CHECK_STR(n.digest, cases[i].digest);
    }
}

TEST(what_is_no_reference_is_refused)
{
    static const char *const bad[] = {
        "", "/", "a//b", "Upper", "a b", "a:", "a@", "a@sha256", "-\xff", "a/", "x:y/z:t:u"};
    struct image_name n;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (image_name_parse(str_from(bad[i]), &n))
            test_fail(__FILE__, __LINE__, "\"%s\" was taken for a reference", bad[i]);
    char huge[IMAGE_REF_MAX + 2];
    memset(huge, 'a', sizeof(huge));
    CHECK(!image_name_parse(str_n(huge, sizeof(huge)), &n));
    CHECK(!image_name_parse(str_n(huge, 300), &n));
}

TEST(distance_counts_swaps_as_one)
{
    CHECK_INT(edit_distance(STR("nginx"), STR("ngnix")), 1);
    CHECK_INT(edit_distance(STR("postgres"), STR("postgers")), 1);
    CHECK_INT(edit_distance(STR("redis"), STR("redis")), 0);
    CHECK_INT(edit_distance(STR(""), STR("abc")), 3);
    CHECK_INT(edit_distance(STR("kitten"), STR("sitting")), 3);
}

TEST(names_that_mislead_are_told_apart)
{
    static const struct {
        const char *ref, *imitates, *how;
    } cases[] = {
        {"vibersastra/ubuntu", "ubuntu", "same-name"},
        {"vibersastra/golang:latest", "golang", "same-name"},
        {"pocosow/centos", "", ""}, /* centos is no longer an official image */
        {"someone/ngnix", "nginx", "edit"},
        {"someone/postgers", "postgres", "edit"},
        {"someone/elasticseerch", "elasticsearch", "edit"},
        {"someone/ub0ntu", "ubuntu", "edit"}, /* 0 does not read as u */
        {"someone/p0stgres", "postgres", "homoglyph"},
        {"someone/a1pine", "alpine", "homoglyph"},
        {"someone/rnysql", "mysql", "homoglyph"},
        {"someone/alpine2", "alpine", "affix"},
        {"someone/ubuntu-base", "ubuntu", "affix"},
        {"someone/official-nginx", "nginx", "affix"},
        {"quay.io/someone/ngnix", "nginx", "edit"},
        {"someone/mosquitto-eclipse", "eclipse-mosquitto", "order"},
        {"someone/rocketchat", "rocket.chat", "separator"},
        {"bitnami/nginx", "nginx", "own-project"},
        {"mysql/mysql", "mysql", "own-project"},
        {"apache/flink", "flink", "own-project"},
        {"nginxinc/nginx", "nginx", "own-project"},
    };
    _cleanup_(imitate_freep) struct imitate *im = load();
    struct facts facts;
    facts_init(&facts);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        facts_reset(&facts, EVENT_IMAGE, 1);
        imitate_look(im, str_from(cases[i].ref), &facts);
        CHECK_STR(facts_get_str(&facts, F_IMAGE_IMITATES), cases[i].imitates);
        CHECK_STR(facts_get_str(&facts, F_IMAGE_IMITATES_HOW), cases[i].how);
        CHECK(!facts_get(&facts, F_IMAGE_OFFICIAL)->b);
    }
    facts_done(&facts);
}

TEST(honest_names_imitate_nobody)
{
    static const char *const honest[] = {"nginx",
                                         "docker.io/library/ubuntu:24.04",
                                         "arm64v8/debian",
                                         "grafana/grafana",
                                         "mysql/mysql-server",
                                         "someone/nginx-exporter",
                                         "someone/mysql-backup",
                                         "someone/python-app",
                                         "someone/nodes",
                                         "someone/host",
                                         "prom/prometheus",
                                         "registry.corp.example/team/nginx",
                                         "localhost:5000/ngnix",
                                         "myapp",
                                         "ubuntu-base",
                                         "someone/ghost-theme",
                                         "jenkins/jenkins",
                                         "portainer/portainer-ce",
                                         "k8s.gcr.io/pause",
                                         "someone/go"};
    _cleanup_(imitate_freep) struct imitate *im = load();
    struct facts facts;
    facts_init(&facts);
    for (size_t i = 0; i < ARRAY_SIZE(honest); i++) {
        facts_reset(&facts, EVENT_IMAGE, 1);
        imitate_look(im, str_from(honest[i]), &facts);
        if (facts_has(&facts, F_IMAGE_IMITATES))
            test_fail(__FILE__, __LINE__, "%s is said to imitate %.*s", honest[i],
                      STR_ARG(facts_get_str(&facts, F_IMAGE_IMITATES)));
    }
    facts_done(&facts);
}

TEST(facts_of_the_reference)
{
    _cleanup_(imitate_freep) struct imitate *im = load();
    struct facts facts;
    facts_init(&facts);
    facts_reset(&facts, EVENT_IMAGE, 1);
    imitate_look(im, STR("debian@sha256:00"), &facts);
    CHECK(facts_get(&facts, F_IMAGE_PINNED)->b);
    CHECK(facts_get(&facts, F_IMAGE_OFFICIAL)->b);
    CHECK(!facts_has(&facts, F_IMAGE_TAG));
    facts_reset(&facts, EVENT_IMAGE, 1);
    imitate_look(im, STR("no reference"), &facts);
    CHECK_STR(facts_get_str(&facts, F_IMAGE_REF), "no reference");
    CHECK(!facts_has(&facts, F_IMAGE_REGISTRY));
    facts_done(&facts);
}

TEST(registries_that_mislead)
{
    static const struct {
        const char *ref, *want;
    } cases[] = {
        {"d0cker.io/library/nginx", "docker.io"}, {"ghcr.lo/o/r", "ghcr.io"},        {"dokcer.io/library/redis", "docker.io"},
        {"mcr.micros0ft.com/x/y", "mcr.microsoft.com"}, {"docker-io/x", ""},        {"docker.io/library/nginx", ""},
        {"gcr.io/p/r", ""},                       {"icr.io/p/r", ""},               {"registry.example.com/nginx", ""},
        {"nginx", ""},                            {"registry-1.docker.io/library/nginx", ""},
    };
    _cleanup_(imitate_freep) struct imitate *im = load();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(facts_done) struct facts f = {};
        facts_init(&f);
        facts_reset(&f, EVENT_IMAGE, 0);
        imitate_look(im, str_from(cases[i].ref), &f);
        CHECK_STR(facts_get_str(&f, F_IMAGE_REGISTRY_IMITATES), cases[i].want);
    }
}

TEST(a_bad_list_says_where_and_how_to_cure)
{
    struct imitate *im = NULL;
    struct error err = ERROR_NULL;
    char path[] = "/tmp/davy-test-names-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK(write(fd, "nginx\nBad Name\n", 15) == 15);
    close(fd);
    int r = imitate_new(path, &im, &err);
    unlink(path);
    CHECK_INT(r, -EINVAL);
    CHECK(str_has(str_from(err.text), STR(":2: \"Bad\" is no image name")));
    CHECK_INT(imitate_new("/nonexistent/names", &im, &err), -ENOENT);
}
