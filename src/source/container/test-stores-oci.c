// SPDX-License-Identifier: Apache-2.0
/* CRI-O, podman, runc, crun, machines, and what is no store at all. */
#include <sqlite3.h>

#include "source/container/test-tree.h"

#define MASKS "\"maskedPaths\":[\"/proc/kcore\"],\"readonlyPaths\":[\"/proc/sys\"],\"seccomp\":{}"
#define CAPS "\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"]}"

/* ---- CRI-O ---- */

#define CRIO(key) "\"io.kubernetes.cri-o." key "\":"

TEST(a_pods_container_of_crio)
{
    tree_new();
    put("/run/containers/storage/overlay-containers/" ID "/userdata/config.json",
        "{\"process\":{" CAPS "},\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/var/run/netns/x\"},{\"type\":\"ipc\"}],"
        MASKS "},\"mounts\":[{\"destination\":\"/etc/resolv.conf\",\"type\":\"bind\",\"source\":\"/run/containers/storage/overlay-containers/" ID2
        "/userdata/resolv.conf\",\"options\":[\"bind\"]}],\"annotations\":{" CRIO("ContainerType") "\"container\"," CRIO("SandboxID") "\"" ID2 "\","
        CRIO("Metadata") "\"{\\\"name\\\":\\\"web\\\"}\"," CRIO("Image") "\"" IMAGE "\"," CRIO("ImageName") "\"quay.io/shop/web:3\","
        CRIO("ImageRef") "\"" IMAGE "\"," CRIO("Created") "\"2026-11-22T10:00:00.5Z\"," CRIO("IP.0") "\"10.88.0.9\","
        CRIO("CNIResult") "\"{\\\"cniVersion\\\":\\\"1.0.0\\\"}\","
        CRIO("Labels") "\"{\\\"io.kubernetes.container.name\\\":\\\"web\\\",\\\"io.kubernetes.pod.name\\\":\\\"web-1\\\","
        "\\\"io.kubernetes.pod.namespace\\\":\\\"shop\\\",\\\"io.kubernetes.pod.uid\\\":\\\"" UID "\\\"}\","
        CRIO("Volumes") "\"[{\\\"container_path\\\":\\\"/etc/hosts\\\",\\\"host_path\\\":\\\"/var/lib/kubelet/etc-hosts\\\",\\\"readonly\\\":false},"
        "{\\\"container_path\\\":\\\"/host\\\",\\\"host_path\\\":\\\"/\\\",\\\"readonly\\\":true,\\\"propagation\\\":1}]\"}}");
    put("/run/containers/storage/overlay-containers/" ID2 "/userdata/config.json",
        "{\"annotations\":{" CRIO("ContainerType") "\"sandbox\"," CRIO("Labels") "\"{\\\"tier\\\":\\\"front\\\",\\\"app\\\":\\\"shop\\\"}\","
        CRIO("KubeName") "\"web-1\"," CRIO("Annotations")
        "\"{\\\"kubectl.kubernetes.io/last-applied-configuration\\\":\\\"{\\\\\\\"spec\\\\\\\":{\\\\\\\"containers\\\\\\\":[{\\\\\\\"name\\\\\\\":\\\\\\\"other\\\\\\\","
        "\\\\\\\"livenessProbe\\\\\\\":{\\\\\\\"exec\\\\\\\":{\\\\\\\"command\\\\\\\":[\\\\\\\"no\\\\\\\"]}}},{\\\\\\\"name\\\\\\\":\\\\\\\"web\\\\\\\","
        "\\\\\\\"livenessProbe\\\\\\\":{\\\\\\\"exec\\\\\\\":{\\\\\\\"command\\\\\\\":[\\\\\\\"cat\\\\\\\",\\\\\\\"/ok\\\\\\\"]}}}]}}\\\"}\"}}");
    put("/var/lib/containers/storage/overlay-images/images.json", "[{\"id\":\"" ID "\"},{\"id\":\"" IMAGE "\",\"digest\":\"" DIGEST "\",\"names\":[]}]");
    _cleanup_(container_info_freep) struct container_info *c =
        look("/kubepods.slice/kubepods-pod63b3ebfc_2890_11e9_8154_16bf8ef8d9dc.slice/crio-" ID ".scope/container");
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_TYPE, NULL, "cri-o");
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE, NULL, "quay.io/shop/web:3");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_REPOSITORY, NULL, "quay.io/shop/web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_ID, NULL, IMAGE);
    CHECK_FIELD(c, F_CONTAINER_IMAGE_DIGEST, NULL, DIGEST);
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "false");
    CHECK_FIELD(c, F_CONTAINER_IP, NULL, "10.88.0.9");
    CHECK_FIELD(c, F_CONTAINER_CNI_JSON, NULL, "{\"cniVersion\":\"1.0.0\"}");
    CHECK_FIELD(c, F_CONTAINER_MOUNTS, NULL, "/var/lib/kubelet/etc-hosts:/etc/hosts::true:private,/:/host::false:rslave");
    CHECK_FIELD(c, F_K8S_POD_NAME, NULL, "web-1");
    CHECK_FIELD(c, F_K8S_NS_NAME, NULL, "shop");
    CHECK_FIELD(c, F_K8S_POD_UID, NULL, UID);
    CHECK_FIELD(c, F_K8S_POD_FULL_SANDBOX_ID, NULL, ID2);
    CHECK_FIELD(c, F_K8S_POD_LABELS, NULL, "app:shop, tier:front");
    CHECK_FIELD(c, F_CONTAINER_LIVENESS_PROBE, NULL, "cat /ok");
    CHECK_FIELD(c, F_CONTAINER_READINESS_PROBE, NULL, "<NA>");
    CHECK(c->created_ns == 1795341600500000000ULL);
    tree_done();
}

/* ---- podman ---- */

#define PODMAN_CONFIG                                                                                                                      \
    "{\"process\":{\"user\":{\"uid\":0}," CAPS "},\"annotations\":{\"io.container.manager\":\"libpod\"},\"mounts\":["                     \
    "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},{\"destination\":\"/etc/hosts\",\"type\":\"bind\","                 \
    "\"source\":\"/run/containers/storage/overlay-containers/" ID "/userdata/hosts\",\"options\":[\"bind\",\"rprivate\"]},"               \
    "{\"destination\":\"/host\",\"type\":\"bind\",\"source\":\"/etc\",\"options\":[\"ro\",\"rprivate\",\"rbind\"]}],"                     \
    "\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"}]," MASKS "}}"
#define PODMAN_LIST                                                                                                                        \
    "[{\"id\":\"" ID2 "\",\"names\":[\"other\"]},{\"id\":\"" ID "\",\"names\":[\"web\"],\"image\":\"" IMAGE "\",\"created\":"             \
    "\"2026-11-22T10:00:00.5Z\",\"metadata\":\"{\\\"image-name\\\":\\\"localhost/shop/web:3\\\",\\\"name\\\":\\\"web\\\"}\"}]"

static void check_podman(const struct container_info *c)
{
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_TYPE, NULL, "podman");
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE, NULL, "localhost/shop/web:3");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_REPOSITORY, NULL, "localhost/shop/web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_TAG, NULL, "3");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_ID, NULL, IMAGE);
    CHECK_FIELD(c, F_CONTAINER_IMAGE_DIGEST, NULL, DIGEST);
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "false");
    CHECK_FIELD(c, F_CONTAINER_MOUNTS, NULL, "/etc:/host::false:rprivate");
    CHECK_FIELD(c, F_CONTAINER_HOST_NETWORK, NULL, "false");
    CHECK_FIELD(c, F_K8S_POD_SANDBOX_ID, NULL, "");
    CHECK(c->created_ns == 1795341600500000000ULL);
}

TEST(podman_by_its_lists)
{
    tree_new();
    put("/var/lib/containers/storage/overlay-containers/" ID "/userdata/config.json", PODMAN_CONFIG);
    put("/var/lib/containers/storage/overlay-containers/containers.json", PODMAN_LIST);
    put("/var/lib/containers/storage/overlay-images/images.json", "[{\"id\":\"" IMAGE "\",\"digest\":\"" DIGEST "\"}]");
    _cleanup_(container_info_freep) struct container_info *c = look("/machine.slice/libpod-" ID ".scope/container");
    check_podman(c);
    CHECK_FIELD(c, F_CONTAINER_LABELS, NULL, ""); /* the lists do not tell */
    CHECK(!look("/libpod_parent/libpod-" ID2));
    tree_done();
}

TEST(rootless_podman_by_its_owner)
{
    tree_new();
    put("/etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
    put("/home/ann/.local/share/containers/storage/vfs-containers/" ID "/userdata/config.json", PODMAN_CONFIG);
    put("/home/ann/.local/share/containers/storage/vfs-containers/containers.json", PODMAN_LIST);
    put("/home/ann/.local/share/containers/storage/vfs-images/images.json", "[{\"id\":\"" IMAGE "\",\"digest\":\"" DIGEST "\"}]");
    _cleanup_(container_info_freep) struct container_info *c =
        look("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container");
    check_podman(c);
    tree_done();
}

TEST(podman_by_its_database)
{
    tree_new();
    char path[128];
    sqlite3 *db;
    put("/var/lib/containers/storage/overlay-containers/" ID "/userdata/config.json", PODMAN_CONFIG);
    put("/var/lib/containers/storage/overlay-images/images.json", "[{\"id\":\"" IMAGE "\",\"digest\":\"" DIGEST "\"}]");
    (void)snprintf(path, sizeof(path), "%s/var/lib/containers/storage/db.sql", root);
    CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db,
                       "CREATE TABLE ContainerConfig(ID TEXT PRIMARY KEY NOT NULL, Name TEXT UNIQUE NOT NULL, PodID TEXT, JSON TEXT NOT NULL);"
                       "INSERT INTO ContainerConfig VALUES('" ID "', 'web', NULL, '{\"id\":\"" ID "\",\"name\":\"web\",\"rootfsImageID\":\"" IMAGE
                       "\",\"rootfsImageName\":\"localhost/shop/web:3\",\"createdTime\":\"2026-11-22T10:00:00.5Z\",\"labels\":{\"app\":\"shop\"},"
                       "\"healthcheck\":{\"Test\":[\"CMD\",\"true\"]}}')",
                       NULL, NULL, NULL) == SQLITE_OK);
    CHECK(sqlite3_close(db) == SQLITE_OK);
    _cleanup_(container_info_freep) struct container_info *c = look("/libpod_parent/libpod-" ID);
    check_podman(c);
    CHECK_FIELD(c, F_CONTAINER_LABELS, NULL, "app:shop");
    CHECK_FIELD(c, F_CONTAINER_HEALTHCHECK, NULL, "true");
    put("/var/lib/containers/storage/db.sql", "no database at all");
    _cleanup_(container_info_freep) struct container_info *d = look("/libpod_parent/libpod-" ID);
    CHECK(d && !d->name.n);
    tree_done();
}

/* ---- others ---- */

TEST(runc_and_crun_by_their_state)
{
    tree_new();
    struct container_stores s = stores();
    put("/run/runc/box/state.json", "{\"id\":\"box\",\"init_process_pid\":4242,\"created\":\"2026-11-22T10:00:00.5Z\",\"config\":{\"labels\":[\"bundle=/b\"]}}");
    put("/b/config.json", "{\"process\":{" CAPS "},\"mounts\":[{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/y\",\"options\":[\"rw\"]}],"
                          "\"linux\":{\"namespaces\":[{\"type\":\"pid\"}]," MASKS "}}");
    _cleanup_(container_info_freep) struct container_info *c = look_with(&s, "/box", true);
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_TYPE, NULL, "runc");
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "box");
    CHECK_FIELD(c, F_CONTAINER_MOUNTS, NULL, "/y:/x::true:");
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "false");
    CHECK_FIELD(c, F_CONTAINER_HOST_NETWORK, NULL, "true");
    CHECK(c->created_ns == 1795341600500000000ULL);

    put("/run/crun/cbox/status", "{\"pid\":4242,\"bundle\":\"/none\",\"created\":\"2026-11-22T10:00:00.5Z\"}");
    put("/run/crun/cbox/config.json", "{\"linux\":{\"namespaces\":[]},\"process\":{}}");
    _cleanup_(container_info_freep) struct container_info *crun = look_with(&s, "/cbox", true);
    CHECK(crun);
    CHECK_FIELD(crun, F_CONTAINER_TYPE, NULL, "crun");
    CHECK_FIELD(crun, F_CONTAINER_HOST_PID, NULL, "true");

    put("/run/user/1000/runc/mine/state.json", "{\"id\":\"mine\"}");
    _cleanup_(container_info_freep) struct container_info *mine = look("/user.slice/user-1000.slice/user@1000.service/user.slice/runc-mine.scope");
    CHECK(mine);
    CHECK_FIELD(mine, F_CONTAINER_PRIVILEGED, NULL, "<NA>");
    /* a plain folder that no runtime knows is no container; one that says its runtime has its name */
    CHECK(!look_with(&s, "/nobody", true));
    _cleanup_(container_info_freep) struct container_info *named = look("/system.slice/runc-lost.scope");
    CHECK(named);
    CHECK_FIELD(named, F_CONTAINER_NAME, NULL, "lost");
    tree_done();
}

TEST(machines_and_lxc)
{
    tree_new();
    put("/run/systemd/machines/web", "# This is private data\nNAME=web\nROOT=/var/lib/machines/web\nCLASS=container\nREALTIME=1795341600500000\n");
    put("/run/systemd/machines/vm", "NAME=vm\nCLASS=vm\n");
    _cleanup_(container_info_freep) struct container_info *c = look("/machine.slice/machine-web.scope/payload"), *x = look("/lxc.payload.db");
    CHECK(c && x);
    CHECK_FIELD(c, F_CONTAINER_TYPE, NULL, "systemd-nspawn");
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE, NULL, "/var/lib/machines/web");
    CHECK_FIELD(c, F_CONTAINER_START_TS, NULL, "1795341600500000000");
    CHECK_FIELD(x, F_CONTAINER_ID, NULL, "db");
    CHECK_FIELD(x, F_CONTAINER_NAME, NULL, "db");
    tree_done();
}

TEST(hostile_stores)
{
    tree_new();
    char path[256];
    /* a fifo would hold a reader up, a link would lead out of the root */
    put("/var/lib/docker/containers/" ID "/x", "");
    (void)snprintf(path, sizeof(path), "%s/var/lib/docker/containers/%s/config.v2.json", root, ID);
    CHECK(!mkfifo(path, 0600));
    CHECK(!look("/docker/" ID));
    CHECK(!unlink(path) && !symlink("/../../../../etc/passwd", path));
    CHECK(!look("/docker/" ID));
    static const char *const BAD[] = {"", "{", "[]", "null", "{\"ID\":5}", "{\"ID\":\"\"}", "\xff", "{\"ID\":\"a\",\"Config\":[],\"State\":1,\"MountPoints\":[1]}"};
    CHECK(!unlink(path));
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        put("/var/lib/docker/containers/" ID "/config.v2.json", BAD[i]);
        _cleanup_(container_info_freep) struct container_info *c = look("/docker/" ID);
        CHECK(!c == (i + 1 < ARRAY_SIZE(BAD)));
    }
    struct container_question q = {.what = {.type = CONTAINER_DOCKER, .id = "../../etc"}};
    struct container_info *none = NULL;
    struct container_stores s = stores();
    CHECK_INT(container_lookup(&s, &q, &none), 1);
    tree_done();
}
