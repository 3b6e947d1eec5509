// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "context/container_cache.h"
#include "context/container_codec.h"
#include "context/container_field.h"
#include "harness/test.h"

#define ID "6d5a178d9851f1455917bb3c57f0e59db4754dc58239ca5b8ceb135854f8b692"
#define SANDBOX "17d8c9eacc629f9945f304d89e9708c0c619649a484a215b240628319548a09f"

/* The value as text; "<NA>" when absent. */
static const char *text_of(const struct container_view *v, enum field_id id, const char *arg)
{
    static struct strbuf b;
    struct value value = {};
    struct field_ref ref = {.id = id, .has_arg = arg, .arg = str_from(arg)};
    uint64_t index;
    if (arg && str_to_u64(ref.arg, &index)) {
        ref.arg_is_index = true;
        ref.index = (uint32_t)index;
    }
    int r = container_field(v, &ref, &value);
    CHECK(r == 0 || r == 1);
    CHECK(r == 0 || value.type == FIELDS[id].type);
    if (!r)
        value.type = VALUE_NONE;
    strbuf_clear(&b);
    value_add_text(&b, &value);
    return strbuf_str(&b).p;
}

#define CHECK_FIELD(view, id, arg, want) CHECK_CSTR(text_of(view, id, arg), want)

static struct container_info *sample(void)
{
    struct container_info *c = container_info_new(CONTAINER_DOCKER, STR(ID));
    container_set(c, &c->name, STR("web"));
    container_set_image(c, STR("registry.example:5000/shop/web:1.2"));
    container_set(c, &c->image_id, STR("0123"));
    container_set(c, &c->ip, STR("172.17.0.2"));
    c->privileged = CONTAINER_YES;
    c->host_pid = CONTAINER_NO;
    c->created_ns = 1700000000000000000;
    c->started_ns = 1700000001000000000;
    container_add_mount(c, &(struct container_mount){STR("/etc/passwd"), STR("/x"), STR("ro"), STR("rprivate"), .rdwr = false});
    container_add_mount(c, &(struct container_mount){STR("/var/run/docker.sock"), STR("/run/d.sock"), STR(""), STR(""), .rdwr = true});
    container_add_mount(c, &(struct container_mount){STR("/"), STR("/host"), STR(""), STR("rslave"), .rdwr = true});
    container_add_label(c, &c->labels, STR("zone"), STR("b"));
    container_add_label(c, &c->labels, STR("app"), STR("shop"));
    container_add_label(c, &c->labels, STR("empty"), STR(""));
    container_add_label(c, &c->labels, STR("annotation.x"), STR("y"));
    container_add_label(c, &c->labels, STR("io.kubernetes.container.name"), STR("web"));
    container_add_word(c, &c->healthcheck, STR("curl"));
    container_add_word(c, &c->healthcheck, STR("-f"));
    container_add_word(c, &c->healthcheck, STR("http://localhost/"));
    c->liveness.kind = PROBE_NONE;
    container_info_seal(c);
    return c;
}

TEST(fields_of_a_container)
{
    _cleanup_(container_info_freep) struct container_info *c = sample();
    struct container_view v = {.type = c->type, .id = c->id, .info = c, .now_ns = 1700000001000000500};
    CHECK_FIELD(&v, F_CONTAINER_ID, NULL, "6d5a178d9851");
    CHECK_FIELD(&v, F_CONTAINER_FULL_ID, NULL, ID);
    CHECK_FIELD(&v, F_CONTAINER_NAME, NULL, "web");
    CHECK_FIELD(&v, F_CONTAINER_TYPE, NULL, "docker");
    CHECK_FIELD(&v, F_CONTAINER_IMAGE, NULL, "registry.example:5000/shop/web:1.2");
    CHECK_FIELD(&v, F_CONTAINER_IMAGE_REPOSITORY, NULL, "registry.example:5000/shop/web");
    CHECK_FIELD(&v, F_CONTAINER_IMAGE_TAG, NULL, "1.2");
    CHECK_FIELD(&v, F_CONTAINER_IMAGE_DIGEST, NULL, "");
    CHECK_FIELD(&v, F_CONTAINER_IMAGE_ID, NULL, "0123");
    CHECK_FIELD(&v, F_CONTAINER_PRIVILEGED, NULL, "true");
    CHECK_FIELD(&v, F_CONTAINER_HOST_PID, NULL, "false");
    CHECK_FIELD(&v, F_CONTAINER_HOST_NETWORK, NULL, "<NA>"); /* not told */
    CHECK_FIELD(&v, F_CONTAINER_IP, NULL, "172.17.0.2");
    CHECK_FIELD(&v, F_CONTAINER_CNI_JSON, NULL, "");
    CHECK_FIELD(&v, F_CONTAINER_LABELS, NULL, "app:shop, empty, zone:b");
    CHECK_FIELD(&v, F_CONTAINER_LABEL, "app", "shop");
    CHECK_FIELD(&v, F_CONTAINER_LABEL, "annotation.x", "y");
    CHECK_FIELD(&v, F_CONTAINER_LABEL, "ap", "<NA>");
    CHECK_FIELD(&v, F_CONTAINER_HEALTHCHECK, NULL, "curl -f http://localhost/");
    CHECK_FIELD(&v, F_CONTAINER_LIVENESS_PROBE, NULL, "NONE");
    CHECK_FIELD(&v, F_CONTAINER_READINESS_PROBE, NULL, "<NA>");
    CHECK_FIELD(&v, F_CONTAINER_START_TS, NULL, "1700000001000000000");
    CHECK_FIELD(&v, F_CONTAINER_DURATION, NULL, "500");
    CHECK_FIELD(&v, F_K8S_POD_NAME, NULL, "<NA>");
    CHECK_FIELD(&v, F_K8S_POD_SANDBOX_ID, NULL, "");
    CHECK_FIELD(&v, F_K8S_POD_IP, NULL, "");
    CHECK_FIELD(&v, F_K8S_POD_LABELS, NULL, "");
    CHECK_FIELD(&v, F_K8S_DEPLOYMENT_NAME, NULL, "<NA>");
    CHECK_FIELD(&v, F_PROC_NAME, NULL, "<NA>"); /* none of ours */
    v.start_ns = 1700000001000000400; /* the kernel's word goes before the runtime's */
    CHECK_FIELD(&v, F_CONTAINER_START_TS, NULL, "1700000001000000400");
    CHECK_FIELD(&v, F_CONTAINER_DURATION, NULL, "100");
    v.now_ns = 1;
    CHECK_FIELD(&v, F_CONTAINER_DURATION, NULL, "<NA>");
}

TEST(mounts_by_position_and_pattern)
{
    _cleanup_(container_info_freep) struct container_info *c = sample();
    struct container_view v = {.type = c->type, .id = c->id, .info = c};
    CHECK_FIELD(&v, F_CONTAINER_MOUNTS, NULL,
                "/etc/passwd:/x:ro:false:rprivate,/var/run/docker.sock:/run/d.sock::true:,/:/host::true:rslave");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT, "0", "/etc/passwd:/x:ro:false:rprivate");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT, "3", "<NA>");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT, "/var/*.sock", "/var/run/docker.sock:/run/d.sock::true:");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_DEST, "/etc*", "/x");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_DEST, "/etc", "<NA>"); /* the whole source */
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_DEST, "/", "/host");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_DEST, "/var/run/docker.sock", "/run/d.sock");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_DEST, "/proc*", "<NA>");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_SOURCE, "/run/*", "/var/run/docker.sock"); /* by destination */
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_SOURCE, "/etc*", "<NA>");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_SOURCE, "1", "/var/run/docker.sock");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_MODE, "/etc/*", "ro");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_MODE, "/", "");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_RDWR, "/etc/*", "false");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_RDWR, "1", "true");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_PROPAGATION, "2", "rslave");
}

TEST(the_host)
{
    struct container_view v = {};
    static const enum field_id HOST[] = {F_CONTAINER_ID, F_CONTAINER_FULL_ID, F_CONTAINER_NAME, F_CONTAINER_TYPE};
    static const enum field_id EMPTY[] = {
        F_CONTAINER_IMAGE, F_CONTAINER_IMAGE_ID, F_CONTAINER_IMAGE_REPOSITORY, F_CONTAINER_IMAGE_TAG, F_CONTAINER_IMAGE_DIGEST,
        F_CONTAINER_MOUNTS, F_CONTAINER_IP, F_CONTAINER_CNI_JSON, F_CONTAINER_LABELS, F_K8S_POD_SANDBOX_ID,
        F_K8S_POD_FULL_SANDBOX_ID, F_K8S_POD_LABELS, F_K8S_POD_IP, F_K8S_POD_CNI_JSON};
    static const enum field_id FALSE[] = {F_CONTAINER_PRIVILEGED, F_CONTAINER_HOST_PID, F_CONTAINER_HOST_NETWORK, F_CONTAINER_HOST_IPC};
    static const enum field_id NONE[] = {F_K8S_POD_NAME, F_K8S_NS_NAME, F_K8S_POD_ID, F_K8S_POD_UID, F_CONTAINER_START_TS,
                                         F_CONTAINER_DURATION, F_CONTAINER_HEALTHCHECK};
    for (size_t i = 0; i < ARRAY_SIZE(HOST); i++)
        CHECK_FIELD(&v, HOST[i], NULL, "host");
    for (size_t i = 0; i < ARRAY_SIZE(EMPTY); i++)
        CHECK_FIELD(&v, EMPTY[i], NULL, "");
    for (size_t i = 0; i < ARRAY_SIZE(FALSE); i++)
        CHECK_FIELD(&v, FALSE[i], NULL, "false");
    for (size_t i = 0; i < ARRAY_SIZE(NONE); i++)
        CHECK_FIELD(&v, NONE[i], NULL, "<NA>");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT_DEST, "/*", "<NA>");
    CHECK_FIELD(&v, F_CONTAINER_LABEL, "a", "<NA>");
}

TEST(nothing_known_yet)
{
    struct container_view v = {.type = CONTAINER_CRIO, .id = STR(ID), .pod_uid = STR("u-1")};
    CHECK_FIELD(&v, F_CONTAINER_ID, NULL, "6d5a178d9851");
    CHECK_FIELD(&v, F_CONTAINER_FULL_ID, NULL, ID);
    CHECK_FIELD(&v, F_CONTAINER_TYPE, NULL, "cri-o");
    CHECK_FIELD(&v, F_K8S_POD_UID, NULL, "u-1");
    CHECK_FIELD(&v, F_K8S_POD_ID, NULL, "u-1");
    static const enum field_id NONE[] = {F_CONTAINER_NAME, F_CONTAINER_IMAGE, F_CONTAINER_IMAGE_REPOSITORY, F_CONTAINER_PRIVILEGED,
                                         F_CONTAINER_MOUNTS, F_CONTAINER_LABELS, F_K8S_POD_NAME, F_K8S_POD_SANDBOX_ID, F_CONTAINER_IP,
                                         F_CONTAINER_START_TS};
    for (size_t i = 0; i < ARRAY_SIZE(NONE); i++)
        CHECK_FIELD(&v, NONE[i], NULL, "<NA>");
    CHECK_FIELD(&v, F_CONTAINER_MOUNT, "0", "<NA>");
}

TEST(a_pod_by_its_sandbox)
{
    _cleanup_(container_cache_freep) struct container_cache *cache = container_cache_new(0);
    struct container_info *c = container_info_new(CONTAINER_CONTAINERD, STR(ID));
    container_set_pod(c, STR(SANDBOX), STR("63b3ebfc-2890-11e9"), STR("web-1"), STR("shop"));
    container_info_seal(c);
    container_cache_put(cache, c);
    struct cgroup_container g;
    struct container_view v;
    CHECK(cgroup_container_from_path(STR("/kubepods/burstable/pod63b3ebfc-2890-11e9/" ID), false, &g));
    container_view_init(&v, &g, cache);
    CHECK(v.info == c && !v.sandbox);
    CHECK_FIELD(&v, F_K8S_POD_NAME, NULL, "web-1");
    CHECK_FIELD(&v, F_K8S_NS_NAME, NULL, "shop");
    CHECK_FIELD(&v, F_K8S_POD_UID, NULL, "63b3ebfc-2890-11e9");
    CHECK_FIELD(&v, F_K8S_POD_SANDBOX_ID, NULL, "17d8c9eacc62");
    CHECK_FIELD(&v, F_K8S_POD_FULL_SANDBOX_ID, NULL, SANDBOX);
    CHECK_FIELD(&v, F_K8S_POD_IP, NULL, "");
    CHECK_FIELD(&v, F_CONTAINER_LABELS, NULL, "");
    CHECK_FIELD(&v, F_CONTAINER_LABEL, "io.kubernetes.pod.name", "web-1");

    struct container_info *s = container_info_new(CONTAINER_CONTAINERD, STR(SANDBOX));
    s->is_sandbox = true;
    container_set_pod(s, STR(SANDBOX), STR("63b3ebfc-2890-11e9"), STR("web-1"), STR("shop"));
    container_set(s, &s->ip, STR("10.0.0.7"));
    container_set(s, &s->cni_json, STR("[{\"name\":\"eth0\"}]"));
    container_add_label(s, &s->pod_labels, STR("tier"), STR("front"));
    container_info_seal(s);
    container_cache_put(cache, s);
    container_view_init(&v, &g, cache);
    CHECK(v.sandbox == s);
    CHECK_FIELD(&v, F_K8S_POD_IP, NULL, "10.0.0.7");
    CHECK_FIELD(&v, F_CONTAINER_IP, NULL, "10.0.0.7");
    CHECK_FIELD(&v, F_K8S_POD_LABELS, NULL, "tier:front");
    CHECK_FIELD(&v, F_K8S_POD_LABEL, "tier", "front");
    CHECK_FIELD(&v, F_K8S_POD_CNI_JSON, NULL, "[{\"name\":\"eth0\"}]");
}

TEST(what_the_store_says_goes_before_the_path)
{
    _cleanup_(container_cache_freep) struct container_cache *cache = container_cache_new(0);
    container_cache_put(cache, sample());
    struct cgroup_container g;
    struct container_view v;
    CHECK(cgroup_container_from_path(STR("/kubepods/burstable/pod1/" ID), false, &g) && g.type == CONTAINER_CONTAINERD);
    container_view_init(&v, &g, cache);
    CHECK_FIELD(&v, F_CONTAINER_TYPE, NULL, "docker");
    CHECK_FIELD(&v, F_K8S_POD_UID, NULL, "1"); /* labels do not tell it */
}

TEST(images)
{
    static const struct {
        const char *image, *repository, *tag, *digest, *id;
    } CASES[] = {
        {"nginx", "nginx", "", "", ""},
        {"nginx:1", "nginx", "1", "", ""},
        {"a/b:latest", "a/b", "latest", "", ""},
        {"registry.example:5000/a/b", "registry.example:5000/a/b", "", "", ""},
        {"registry.example:5000/a/b:1", "registry.example:5000/a/b", "1", "", ""},
        {"localhost:5000/b@sha256:00", "localhost:5000/b", "", "sha256:00", ""},
        {"a/b:1@sha256:00", "a/b", "", "sha256:00", ""},
        {"sha256:0123", "", "", "", "0123"},
        {"", "", "", "", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        _cleanup_(container_info_freep) struct container_info *c = container_info_new(CONTAINER_PODMAN, STR(ID));
        container_set_image(c, str_from(CASES[i].image));
        CHECK_STR(c->image, CASES[i].image);
        CHECK_STR(c->repository, CASES[i].repository);
        CHECK_STR(c->tag, CASES[i].tag);
        CHECK_STR(c->digest, CASES[i].digest);
        CHECK_STR(c->image_id, CASES[i].id);
    }
}

TEST(probes_are_known_by_their_command_line)
{
    _cleanup_(container_info_freep) struct container_info *c = sample();
    CHECK(container_probe_is(&c->healthcheck, STR("curl\0-f\0http://localhost/\0")));
    CHECK(container_probe_is(&c->healthcheck, STR("curl\0-f\0http://localhost/")));
    CHECK(!container_probe_is(&c->healthcheck, STR("curl\0-f\0")));
    CHECK(!container_probe_is(&c->healthcheck, STR("curl\0-f\0http://localhost/\0-v\0")));
    CHECK(!container_probe_is(&c->healthcheck, STR("curl -f http://localhost/")));
    CHECK(!container_probe_is(&c->healthcheck, STR_NULL));
    CHECK(!container_probe_is(&c->liveness, STR_NULL));
    CHECK(!container_probe_is(&c->readiness, STR("curl")));
}

TEST(limits_and_strange_bytes)
{
    _cleanup_(container_info_freep) struct container_info *c = container_info_new(CONTAINER_LXC, STR("x"));
    char big[8192];
    memset(big, 'a', sizeof(big));
    container_set(c, &c->name, str_n(big, sizeof(big)));
    CHECK_INT(c->name.n, CONTAINER_TEXT_MAX);
    CHECK(c->is_cut);
    container_set(c, &c->image, STR("ab\0cd"));
    CHECK_STR(c->image, "ab");
    container_set(c, &c->image, STR("a\xff"));
    CHECK_STR(c->image, "a\\xff");
    container_add_label(c, &c->labels, STR("k"), str_n(big, CONTAINER_LABEL_VALUE_MAX + 1));
    CHECK(!c->labels.n);
    container_add_label(c, &c->labels, STR("k"), str_n(big, CONTAINER_LABEL_VALUE_MAX));
    container_add_label(c, &c->labels, STR("k"), STR("second"));
    container_add_label(c, &c->labels, STR(""), STR("no key"));
    CHECK_INT(c->labels.n, 1);
    for (int i = 0; i < 1000; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%d", i);
        container_add_label(c, &c->labels, str_from(key), STR("v"));
        container_add_mount(c, &(struct container_mount){.source = STR("/a")});
        container_add_word(c, &c->readiness, STR("w"));
    }
    CHECK_INT(c->labels.n, CONTAINER_LABELS_MAX);
    CHECK_INT(c->n_mounts, CONTAINER_MOUNTS_MAX);
    CHECK_INT(c->readiness.n, CONTAINER_WORDS_MAX);
    for (int i = 0; i < 20; i++)
        container_set(c, &c->cni_json, str_n(big, 4096));
    CHECK(c->bytes <= CONTAINER_BYTES_MAX);
    container_info_seal(c);
}

static void check_same(const struct container_info *a, const struct container_info *b)
{
    struct strbuf x = {}, y = {};
    container_encode(a, &x);
    container_encode(b, &y);
    CHECK_STR(strbuf_str(&x), y.p);
    strbuf_done(&x);
    strbuf_done(&y);
}

TEST(codec_keeps_everything)
{
    _cleanup_(container_info_freep) struct container_info *c = sample(), *d = NULL;
    _cleanup_(strbuf_done) struct strbuf b = {};
    container_encode(c, &b);
    CHECK(!container_decode(strbuf_str(&b), &d, NULL));
    check_same(c, d);
    CHECK_STR(d->mounts_text, c->mounts_text.p);
    CHECK_STR(d->labels.text, c->labels.text.p);
    CHECK_STR(d->healthcheck.text, "curl -f http://localhost/");
    CHECK_INT(d->liveness.kind, PROBE_NONE);
    CHECK_INT(d->readiness.kind, PROBE_UNKNOWN);
    CHECK_INT(d->privileged, CONTAINER_YES);
    CHECK_INT(d->host_pid, CONTAINER_NO);
    CHECK_INT(d->host_ipc, CONTAINER_UNKNOWN);
    CHECK(d->started_ns == c->started_ns && d->created_ns == c->created_ns && !d->is_cut);
}

TEST(codec_cuts_what_does_not_fit)
{
    _cleanup_(container_info_freep) struct container_info *c = container_info_new(CONTAINER_DOCKER, STR(ID)), *d = NULL;
    _cleanup_(strbuf_done) struct strbuf b = {};
    container_set(c, &c->name, STR("web"));
    char control[100];
    memset(control, 1, sizeof(control)); /* six bytes each as JSON */
    for (int i = 0; i < 256; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%d", i);
        container_add_label(c, &c->labels, str_from(key), str_n(control, sizeof(control)));
    }
    container_info_seal(c);
    strbuf_adds(&b, "before");
    container_encode(c, &b);
    CHECK(b.n < CONTAINER_JSON_MAX);
    CHECK(!container_decode(str_sub(strbuf_str(&b), 6, b.n), &d, NULL));
    CHECK_STR(d->name, "web");
    CHECK(d->is_cut && !d->labels.n);
}

TEST(codec_refuses)
{
    static const char *const BAD[] = {"", "{", "[]", "null", "{}", "{\"id\":\"a\"}", "{\"type\":\"docker\"}", "{\"id\":\"\",\"type\":\"docker\"}",
                                      "{\"id\":\"a\",\"type\":\"host\"}", "{\"id\":\"a\",\"type\":\"rkt\"}", "{\"id\":1,\"type\":\"docker\"}",
                                      "{\"id\":\"a\\u0000b\",\"type\":\"docker\"}"};
    struct container_info *c = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        struct error err = ERROR_NULL;
        CHECK_INT(container_decode(str_from(BAD[i]), &c, &err), -74 /* EBADMSG */);
        CHECK(err.text[0] && !c);
    }
    /* wrong types are passed over */
    CHECK(!container_decode(STR("{\"id\":\"a\",\"type\":\"lxc\",\"name\":5,\"privileged\":1,\"mounts\":{},\"labels\":[1],\"healthcheck\":\"x\","
                                "\"started_ns\":-5,\"pod_labels\":{\"a\":1},\"liveness\":[1,\"b\"]}"), &c, NULL));
    CHECK(!c->name.n && c->privileged == CONTAINER_UNKNOWN && !c->n_mounts && !c->labels.n && !c->started_ns && !c->pod_labels.n);
    container_info_free(c);
}

static struct container_info *named(const char *id)
{
    struct container_info *c = container_info_new(CONTAINER_RUNC, str_from(id));
    container_info_seal(c);
    return c;
}

TEST(cache_forgets_the_longest_unused)
{
    _cleanup_(container_cache_freep) struct container_cache *cache = container_cache_new(3);
    container_cache_put(cache, named("a"));
    container_cache_put(cache, named("b"));
    container_cache_put(cache, named("c"));
    CHECK(container_cache_get(cache, STR("a")));
    container_cache_put(cache, named("d"));
    CHECK(!container_cache_get(cache, STR("b")));
    CHECK(container_cache_get(cache, STR("a")) && container_cache_get(cache, STR("c")) && container_cache_get(cache, STR("d")));
    container_cache_put(cache, named("c"));
    struct container_cache_stats s = container_cache_stats(cache);
    CHECK_INT(s.entries, 3);
    CHECK_INT(s.added, 4);
    CHECK_INT(s.replaced, 1);
    CHECK_INT(s.evicted, 1);
    CHECK_INT(s.hits, 4);
    CHECK_INT(s.misses, 1);
    CHECK(s.bytes > 0);
}

TEST(cache_of_many)
{
    _cleanup_(container_cache_freep) struct container_cache *cache = container_cache_new(100);
    for (int i = 0; i < 5000; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "c%d", i);
        container_cache_put(cache, named(id));
        CHECK(container_cache_get(cache, str_from(id)));
    }
    CHECK_INT(container_cache_stats(cache).entries, 100);
    CHECK_INT(container_cache_stats(cache).evicted, 4900);
    CHECK(container_cache_get(cache, STR("c4900")) && !container_cache_get(cache, STR("c4899")));
}
