// SPDX-License-Identifier: Apache-2.0
/* docker and containerd. */
#include "source/container/test-bolt.h"
#include "source/container/test-tree.h"

/* ---- docker ---- */

#define DOCKER_CONFIG                                                                                                                      \
    "{\"ID\":\"" ID "\",\"Created\":\"2026-11-22T10:00:00.5Z\",\"Name\":\"/shop_web_1\",\"Image\":\"sha256:" IMAGE "\","                   \
    "\"State\":{\"Running\":true,\"StartedAt\":\"2026-11-22T10:00:01.25+01:00\",\"Pid\":4242},"                                            \
    "\"Config\":{\"Image\":\"shop/web\",\"User\":\"www\",\"Labels\":{\"zone\":\"b\",\"app\":\"shop\"},"                                    \
    "\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"curl -f http://localhost/\"]}},"                                                           \
    "\"NetworkSettings\":{\"Networks\":{\"other\":{\"IPAddress\":\"172.18.0.3\"},\"bridge\":{\"IPAddress\":\"172.17.0.2\"}}},"             \
    "\"MountPoints\":{\"/data\":{\"Source\":\"/var/lib/docker/volumes/shop_data/_data\",\"Destination\":\"/data\",\"RW\":true,\"Name\":\"shop_data\",\"Driver\":\"local\","       \
    "\"Type\":\"volume\",\"Relabel\":\"z\",\"Propagation\":\"\"},\"/run/docker.sock\":{\"Source\":\"/var/run/docker.sock\","               \
    "\"Destination\":\"/run/docker.sock\",\"RW\":false,\"Type\":\"bind\",\"Relabel\":\"ro\",\"Propagation\":\"rprivate\"}}}"

TEST(docker_by_its_files)
{
    tree_new();
    put("/var/lib/docker/containers/" ID "/config.v2.json", DOCKER_CONFIG);
    put("/var/lib/docker/containers/" ID "/hostconfig.json",
        "{\"Privileged\":true,\"PidMode\":\"host\",\"NetworkMode\":\"default\",\"IpcMode\":\"private\"}");
    put("/var/lib/docker/image/overlay2/repositories.json",
        "{\"Repositories\":{\"busybox\":{\"busybox:1\":\"sha256:" ID "\"},\"shop/web\":{\"shop/web:latest\":\"sha256:" IMAGE
        "\",\"shop/web@" DIGEST "\":\"sha256:" IMAGE "\"}}}");
    _cleanup_(container_info_freep) struct container_info *c = look("/system.slice/docker-" ID ".scope");
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_ID, NULL, "6d5a178d9851");
    CHECK_FIELD(c, F_CONTAINER_TYPE, NULL, "docker");
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "shop_web_1");
    CHECK_FIELD(c, F_CONTAINER_IMAGE, NULL, "shop/web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_ID, NULL, IMAGE);
    CHECK_FIELD(c, F_CONTAINER_IMAGE_REPOSITORY, NULL, "shop/web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_TAG, NULL, "latest");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_DIGEST, NULL, DIGEST);
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "true");
    CHECK_FIELD(c, F_CONTAINER_HOST_PID, NULL, "true");
    CHECK_FIELD(c, F_CONTAINER_HOST_NETWORK, NULL, "false");
    CHECK_FIELD(c, F_CONTAINER_HOST_IPC, NULL, "false");
    CHECK_FIELD(c, F_CONTAINER_IP, NULL, "172.17.0.2");
    CHECK_FIELD(c, F_CONTAINER_LABELS, NULL, "app:shop, zone:b");
    CHECK_FIELD(c, F_CONTAINER_MOUNTS, NULL,
                "/var/lib/docker/volumes/shop_data/_data:/data:z:true:,/var/run/docker.sock:/run/docker.sock:ro:false:rprivate");
    CHECK_FIELD(c, F_CONTAINER_MOUNT_DEST, "/var/run/docker.sock", "/run/docker.sock");
    CHECK_FIELD(c, F_CONTAINER_HEALTHCHECK, NULL, "/bin/sh -c curl -f http://localhost/");
    CHECK(c->created_ns == 1795341600500000000ULL);
    CHECK(c->started_ns == 1795338001250000000ULL);
    CHECK_STR(c->user, "www");
    tree_done();
}

TEST(docker_elsewhere)
{
    tree_new();
    CHECK(!look("/docker/" ID));
    put("/etc/docker/daemon.json", "{\"data-root\":\"/srv/docker\"}");
    put("/srv/docker/containers/" ID "/config.v2.json", DOCKER_CONFIG);
    _cleanup_(container_info_freep) struct container_info *c = look("/docker/" ID);
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "shop_web_1");
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "<NA>"); /* its other file is not there */
    /* another's address where the network is another's */
    put("/srv/docker/containers/" ID2 "/config.v2.json", "{\"ID\":\"" ID2 "\",\"Name\":\"/side\",\"Image\":\"sha256:00\"}");
    put("/srv/docker/containers/" ID2 "/hostconfig.json", "{\"Privileged\":false,\"NetworkMode\":\"container:" ID "\"}");
    _cleanup_(container_info_freep) struct container_info *side = look("/docker/" ID2);
    CHECK_FIELD(side, F_CONTAINER_IP, NULL, "172.17.0.2");
    CHECK_FIELD(side, F_CONTAINER_PRIVILEGED, NULL, "false");
    CHECK_FIELD(side, F_CONTAINER_MOUNTS, NULL, "");
    tree_done();
}

TEST(rootless_docker_by_its_owner)
{
    tree_new();
    put("/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
    put("/home/ann/.local/share/docker/containers/" ID "/config.v2.json", DOCKER_CONFIG);
    _cleanup_(container_info_freep) struct container_info *c =
        look("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope");
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "shop_web_1");
    CHECK(!look("/user.slice/user-1001.slice/user@1001.service/user.slice/docker-" ID ".scope"));
    CHECK(!look("/docker/" ID));
    tree_done();
}

TEST(a_pods_container_of_docker)
{
    tree_new();
    put("/var/lib/docker/containers/" ID "/config.v2.json",
        "{\"ID\":\"" ID "\",\"Name\":\"/k8s_web_web-1_shop_" UID "_0\",\"Image\":\"sha256:" IMAGE "\",\"Config\":{\"Image\":\"sha256:" IMAGE
        "\",\"Labels\":{\"io.kubernetes.docker.type\":\"container\",\"io.kubernetes.pod.name\":\"web-1\","
        "\"io.kubernetes.pod.namespace\":\"shop\",\"io.kubernetes.pod.uid\":\"" UID "\",\"io.kubernetes.sandbox.id\":\"" ID2 "\"}}}");
    put("/var/lib/docker/image/overlay2/repositories.json",
        "{\"Repositories\":{\"shop/web\":{\"shop/web:3\":\"sha256:" IMAGE "\"}}}");
    _cleanup_(container_info_freep) struct container_info *c = look("/kubepods/burstable/pod" UID "/" ID);
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_TYPE, NULL, "docker"); /* though the path does not tell */
    CHECK_FIELD(c, F_CONTAINER_IMAGE_REPOSITORY, NULL, "shop/web"); /* by the id alone */
    CHECK_FIELD(c, F_CONTAINER_IMAGE_TAG, NULL, "3");
    CHECK_FIELD(c, F_K8S_POD_NAME, NULL, "web-1");
    CHECK_FIELD(c, F_K8S_NS_NAME, NULL, "shop");
    CHECK_FIELD(c, F_K8S_POD_FULL_SANDBOX_ID, NULL, ID2);
    CHECK_FIELD(c, F_CONTAINER_LABELS, NULL, "");
    put("/var/lib/docker/containers/" ID2 "/config.v2.json",
        "{\"ID\":\"" ID2 "\",\"Name\":\"/k8s_POD_web-1_shop_" UID "_0\",\"Config\":{\"Labels\":{\"io.kubernetes.docker.type\":\"podsandbox\","
        "\"tier\":\"front\"}}}");
    _cleanup_(container_info_freep) struct container_info *s = look("/kubepods/burstable/pod" UID "/" ID2);
    CHECK(s && s->is_sandbox);
    CHECK_FIELD(s, F_K8S_POD_FULL_SANDBOX_ID, NULL, ID2);
    CHECK_FIELD(s, F_K8S_POD_LABEL, "tier", "front");
    tree_done();
}

/* ---- containerd ---- */

#define MASKS "\"maskedPaths\":[\"/proc/kcore\"],\"readonlyPaths\":[\"/proc/sys\"],\"seccomp\":{}"
#define CAPS "\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"]}"

#define CRI_CONFIG                                                                                                                         \
    "{\"process\":{\"user\":{\"uid\":33}," CAPS "},\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"        \
    "{\"destination\":\"/etc/hosts\",\"type\":\"bind\",\"source\":\"/var/lib/kubelet/pods/" UID                                           \
    "/etc-hosts\",\"options\":[\"rbind\",\"rprivate\",\"rw\"]},"                                                                          \
    "{\"destination\":\"/etc/hostname\",\"type\":\"bind\",\"source\":\"/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/" ID2      \
    "/hostname\",\"options\":[\"rbind\",\"rprivate\",\"ro\"]},{\"destination\":\"/dev/shm\",\"type\":\"bind\",\"source\":"                \
    "\"/run/containerd/io.containerd.grpc.v1.cri/sandboxes/" ID2 "/shm\",\"options\":[\"rbind\"]},"                                        \
    "{\"destination\":\"/host\",\"type\":\"bind\",\"source\":\"/etc\",\"options\":[\"rbind\",\"rslave\",\"ro\"]}],"                       \
    "\"annotations\":{\"io.kubernetes.cri.container-name\":\"web\",\"io.kubernetes.cri.container-type\":\"container\","                    \
    "\"io.kubernetes.cri.image-name\":\"registry.example/shop/web:3\",\"io.kubernetes.cri.sandbox-id\":\"" ID2 "\","                       \
    "\"io.kubernetes.cri.sandbox-name\":\"web-1\",\"io.kubernetes.cri.sandbox-namespace\":\"shop\","                                       \
    "\"io.kubernetes.cri.sandbox-uid\":\"" UID "\"},"                                                                                      \
    "\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"ipc\",\"path\":\"/proc/1/ns/ipc\"},{\"type\":\"mount\"}]," MASKS "}}"

TEST(a_pods_container_of_containerd)
{
    tree_new();
    put("/run/containerd/io.containerd.runtime.v2.task/moby/x/config.json", "{}");
    put("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json", CRI_CONFIG);
    put("/var/lib/cni/results/cni-loopback-" ID2 "-lo", "{\"kind\":\"cniCacheV1\",\"result\":{\"ips\":[{\"address\":\"127.0.0.1/8\"}]}}");
    put("/var/lib/cni/results/cbr0-" ID2 "-eth0",
        "{\"kind\":\"cniCacheV1\",\"containerId\":\"" ID2 "\",\"result\":{\"interfaces\":[{\"name\":\"eth0\"}],\"ips\":[{\"address\":\"fd00::7/64\"},"
        "{\"address\":\"10.244.0.5/24\"}]}}");
    _cleanup_(container_info_freep) struct container_info *c =
        look("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod63b3ebfc_2890_11e9_8154_16bf8ef8d9dc.slice/cri-containerd-" ID ".scope");
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_TYPE, NULL, "containerd");
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE, NULL, "registry.example/shop/web:3");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_REPOSITORY, NULL, "registry.example/shop/web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_TAG, NULL, "3");
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "false");
    CHECK_FIELD(c, F_CONTAINER_HOST_PID, NULL, "false");
    CHECK_FIELD(c, F_CONTAINER_HOST_NETWORK, NULL, "true");
    CHECK_FIELD(c, F_CONTAINER_HOST_IPC, NULL, "false");
    CHECK_FIELD(c, F_CONTAINER_MOUNTS, NULL,
                "/var/lib/kubelet/pods/" UID "/etc-hosts:/etc/hosts::true:private,/etc:/host::false:rslave");
    CHECK_FIELD(c, F_K8S_POD_NAME, NULL, "web-1");
    CHECK_FIELD(c, F_K8S_NS_NAME, NULL, "shop");
    CHECK_FIELD(c, F_K8S_POD_UID, NULL, UID);
    CHECK_FIELD(c, F_K8S_POD_SANDBOX_ID, NULL, "17d8c9eacc62");
    CHECK_FIELD(c, F_K8S_POD_IP, NULL, "10.244.0.5");
    CHECK_FIELD(c, F_CONTAINER_IP, NULL, "10.244.0.5");
    CHECK_FIELD(c, F_CONTAINER_CNI_JSON, NULL,
                "{\"interfaces\":[{\"name\":\"eth0\"}],\"ips\":[{\"address\":\"fd00::7/64\"},{\"address\":\"10.244.0.5/24\"}]}");
    CHECK_STR(c->user, "33");
    CHECK(!c->is_sandbox);
    tree_done();
}

TEST(a_sandbox_of_containerd)
{
    tree_new();
    put("/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" ID2 "/config.json",
        "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\",\"io.kubernetes.cri.sandbox-id\":\"" ID2 "\","
        "\"io.kubernetes.cri.sandbox-name\":\"web-1\",\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}");
    _cleanup_(container_info_freep) struct container_info *c = look("/kubepods/pod" UID "/" ID2);
    CHECK(c && c->is_sandbox);
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "web-1");
    CHECK_FIELD(c, F_K8S_POD_SANDBOX_ID, NULL, "17d8c9eacc62");
    CHECK_FIELD(c, F_K8S_POD_UID, NULL, UID); /* by the control group */
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "<NA>");
    tree_done();
}

TEST(containers_of_ctr_and_nerdctl)
{
    tree_new();
    put("/run/containerd/io.containerd.runtime.v2.task/default/my-test/config.json",
        "{\"process\":{\"user\":{\"uid\":0}," CAPS "},\"mounts\":[{\"destination\":\"/run\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
        "[\"nosuid\",\"mode=755\"]},{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/y\",\"options\":[\"ro\"]}],"
        "\"linux\":{\"rootfsPropagation\":\"rslave\",\"namespaces\":[{\"type\":\"network\"}]}}");
    _cleanup_(container_info_freep) struct container_info *c = look("/default/my-test");
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "my-test");
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "true"); /* nothing is masked, and it may administrate */
    CHECK_FIELD(c, F_CONTAINER_HOST_PID, NULL, "true");
    CHECK_FIELD(c, F_CONTAINER_HOST_NETWORK, NULL, "false");
    CHECK_FIELD(c, F_CONTAINER_MOUNTS, NULL, "tmpfs:/run:755:true:rslave,/y:/x::false:rslave");
    CHECK_FIELD(c, F_K8S_POD_NAME, NULL, "<NA>");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_REPOSITORY, NULL, "");

    put("/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json",
        "{\"annotations\":{\"nerdctl/name\":\"web\",\"nerdctl/image-ref\":\"docker.io/library/web:1\",\"app\":\"shop\"}}");
    _cleanup_(container_info_freep) struct container_info *n = look("/system.slice/nerdctl-" ID ".scope");
    CHECK(n);
    CHECK_FIELD(n, F_CONTAINER_NAME, NULL, "web");
    CHECK_FIELD(n, F_CONTAINER_IMAGE_TAG, NULL, "1");
    CHECK_FIELD(n, F_CONTAINER_LABEL, "app", "shop");
    tree_done();
}

/* A protobuf Any: a type and the text. */
static struct str any(struct strbuf *b, const char *text)
{
    size_t n = strlen(text);
    strbuf_clear(b);
    strbuf_adds(b, "\x0a\x03web\x12");
    for (; n >= 0x80; n >>= 7)
        strbuf_addc(b, (char)(n | 0x80));
    strbuf_addc(b, (char)n);
    strbuf_adds(b, text);
    return strbuf_str(b);
}

#define ITEM(key, s, kind) (struct item){key, (s).p, (s).n, kind, 0}

TEST(containerd_by_its_database)
{
    struct strbuf b[10] = {}, file = {};
    struct str note = any(&b[0],
                          "{\"Version\":\"v1\",\"Metadata\":{\"ImageRef\":\"sha256:" IMAGE "\",\"Config\":{\"mounts\":[{\"container_path\":"
                          "\"/host\",\"host_path\":\"/\",\"readonly\":true,\"propagation\":2},{\"container_path\":\"/x\",\"host_path\":\"/y\"}],"
                          "\"linux\":{\"security_context\":{\"privileged\":true}}}}}");
    struct str pod = any(&b[1],
                         "{\"Version\":\"v1\",\"Metadata\":{\"IP\":\"10.244.0.8\",\"Config\":{\"labels\":{\"tier\":\"front\",\"app\":\"shop\"},"
                         "\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":\"{\\\"spec\\\":{\\\"containers\\\":[{\\\"name\\\":"
                         "\\\"web\\\",\\\"readinessProbe\\\":{\\\"exec\\\":{\\\"command\\\":[\\\"ready\\\",\\\"-q\\\"]}}}]}}\"}}}}");
    struct str labels = bucket_within(&b[2], (struct item[]){ITEM("app", STR("shop"), 0), ITEM("io.cri-containerd.kind", STR("container"), 0)}, 2);
    struct str own = bucket_within(&b[3], (struct item[]){ITEM("io.cri-containerd.container.metadata", note, 0)}, 1);
    struct str of_pod = bucket_within(&b[4], (struct item[]){ITEM("io.cri-containerd.sandbox.metadata", pod, 0)}, 1);
    struct str container = bucket_within(&b[5], (struct item[]){ITEM("extensions", own, 1), ITEM("image", STR("registry.example/shop/web:3"), 0),
                                                                ITEM("labels", labels, 1)}, 3);
    struct str sandbox = bucket_within(&b[6], (struct item[]){ITEM("extensions", of_pod, 1)}, 1);
    struct str containers = bucket_within(&b[7], (struct item[]){ITEM(ID2, sandbox, 1), ITEM(ID, container, 1)}, 2);
    struct strbuf i[4] = {};
    struct str target = bucket_within(&i[0], (struct item[]){ITEM("digest", STR(DIGEST), 0)}, 1);
    struct str image = bucket_within(&i[1], (struct item[]){ITEM("target", target, 1)}, 1);
    struct str images = bucket_within(&i[2], (struct item[]){ITEM("registry.example/shop/web:3", image, 1)}, 1);
    struct str ns = bucket_within(&b[8], (struct item[]){ITEM("containers", containers, 1), ITEM("images", images, 1)}, 2);
    struct str v1 = bucket_within(&b[9], (struct item[]){ITEM("k8s.io", ns, 1)}, 1);
    file_of(&file, (struct item[]){ITEM("v1", v1, 1)}, 1);

    tree_new();
    put("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json", CRI_CONFIG);
    put_bytes("/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db", strbuf_str(&file));
    _cleanup_(container_info_freep) struct container_info *c = look("/kubepods/pod" UID "/" ID);
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_DIGEST, NULL, DIGEST);
    CHECK_FIELD(c, F_CONTAINER_IMAGE_ID, NULL, IMAGE);
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "true");
    CHECK_FIELD(c, F_CONTAINER_MOUNTS, NULL, "/:/host::false:rshared,/y:/x::true:private");
    CHECK_FIELD(c, F_CONTAINER_LABEL, "app", "shop");
    CHECK_FIELD(c, F_K8S_POD_LABELS, NULL, "app:shop, tier:front");
    CHECK_FIELD(c, F_K8S_POD_IP, NULL, "10.244.0.8");
    CHECK_FIELD(c, F_CONTAINER_READINESS_PROBE, NULL, "ready -q");
    /* one that is broken leaves what the bundle says */
    memset(file.p + 3 * PAGE, 0xff, PAGE);
    put_bytes("/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db", strbuf_str(&file));
    _cleanup_(container_info_freep) struct container_info *d = look("/kubepods/pod" UID "/" ID);
    CHECK(d);
    CHECK_FIELD(d, F_CONTAINER_PRIVILEGED, NULL, "false");
    CHECK_FIELD(d, F_K8S_POD_LABELS, NULL, "");
    CHECK_FIELD(d, F_K8S_POD_NAME, NULL, "web-1");
    tree_done();
    for (size_t k = 0; k < ARRAY_SIZE(b); k++)
        strbuf_done(&b[k]);
    for (size_t k = 0; k < ARRAY_SIZE(i); k++)
        strbuf_done(&i[k]);
    strbuf_done(&file);
}
