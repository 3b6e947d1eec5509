// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "context/cgroup_container.h"
#include "harness/test.h"

#define ID "6d5a178d9851f1455917bb3c57f0e59db4754dc58239ca5b8ceb135854f8b692"
#define ID2 "17d8c9eacc629f9945f304d89e9708c0c619649a484a215b240628319548a09f"
#define UID "63b3ebfc-2890-11e9-8154-16bf8ef8d9dc"
#define UID_ "63b3ebfc_2890_11e9_8154_16bf8ef8d9dc"
#define STATIC_UID "bd12dd3393227d950605a2444b13c27a"
#define USER "/user.slice/user-1000.slice/user@1000.service"
#define BUILD "r8nxzoq9xx5mn5xyb6j3zt7v9"
#define HANDLE "7c1b2f58-6a3e-4a6f-5c5d-0f3b"

struct case_of {
    const char *path, *type, *id, *pod;
};

static const struct case_of CONTAINERS[] = {
    /* docker */
    {"/docker/" ID, "docker", ID, ""},
    {"/system.slice/docker-" ID ".scope", "docker", ID, ""},
    {"/docker.slice/docker-" ID ".scope", "docker", ID, ""},
    {"/system.slice:docker:" ID, "docker", ID, ""},
    {"/system.slice/" ID, "docker", ID, ""},      /* --cgroup-parent */
    {"/actions_job/" ID, "docker", ID, ""},
    {"/" ID, "docker", ID, ""},
    {USER "/user.slice/docker-" ID ".scope", "docker", ID, ""}, /* rootless */
    {"/system.slice/balena-" ID ".scope", "docker", ID, ""},
    {"/system.slice/docker-" ID ".scope/system.slice/ssh.service", "docker", ID, ""},
    {"/docker/" ID "/syscont-cgroup-root/init.scope", "docker", ID, ""}, /* sysbox */
    {"/../docker-" ID ".scope", "docker", ID, ""}, /* seen from a control group namespace */
    {"/ecs/4f4f4b2c-2ab8-4b2c-8d54-9d4f3d0a6a65/" ID, "docker", ID, ""},
    {"/ecs/" STATIC_UID "/" ID, "docker", ID, ""},
    {"/ecstasks.slice/ecstasks-" STATIC_UID ".slice/docker-" ID ".scope", "docker", ID, ""},
    {"/ecs/" STATIC_UID "/" STATIC_UID "-1051014391", "containerd", STATIC_UID "-1051014391", ""}, /* Fargate */
    /* builders */
    {"/docker/buildkit/" BUILD, "buildkit", BUILD, ""},
    {"/system.slice/docker-" BUILD ".scope", "buildkit", BUILD, ""},
    {"/system.slice:docker:" BUILD, "buildkit", BUILD, ""},
    {"/buildkit/" BUILD, "buildkit", BUILD, ""},
    {"/docker/" ID "/buildkit/" BUILD, "buildkit", BUILD, ""},
    /* podman */
    {"/machine.slice/libpod-" ID ".scope", "podman", ID, ""},
    {"/machine.slice/libpod-" ID ".scope/container", "podman", ID, ""},
    {"/machine.slice/machine-libpod_pod_" ID2 ".slice/libpod-" ID ".scope", "podman", ID, ""},
    {"/libpod_parent/libpod-" ID, "podman", ID, ""},
    {"/libpod_parent/" ID2 "/libpod-" ID, "podman", ID, ""},
    {"/system.slice/libpod-" ID, "podman", ID, ""},
    {USER "/libpod-" ID, "podman", ID, ""},
    {USER "/user.slice/libpod-" ID ".scope/container", "podman", ID, ""},
    {USER "/user.slice/user-libpod_pod_" ID2 ".slice/libpod-" ID ".scope", "podman", ID, ""},
    {"/system.slice/system-ceph.slice/ceph@mon.ip-10-0-25-96.service/libpod-payload-" ID, "podman", ID, ""},
    {"/system.slice/web.service/libpod-payload-" ID ".scope", "podman", ID, ""},
    /* containerd */
    {"/system.slice/containerd-" ID ".scope", "containerd", ID, ""},
    {"/system.slice/nerdctl-" ID ".scope", "containerd", ID, ""},
    {USER "/user.slice/nerdctl-" ID ".scope", "containerd", ID, ""},
    {"/default/" ID, "containerd", ID, ""},
    {"/k8s.io/" ID, "containerd", ID, ""},
    {"/default/test_container", "containerd", "test_container", ""},
    {"/default/service.container", "containerd", "service.container", ""},
    {"/default/a", "containerd", "a", ""},
    {"/k8s.io/my-test_container", "containerd", "my-test_container", ""},
    {"/docker/" ID "/default/" ID2, "containerd", ID2, ""},
    /* Kubernetes */
    {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/cri-containerd-" ID ".scope", "containerd", ID, UID},
    {"/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope", "containerd", ID, UID},
    {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_ ".slice/crio-" ID ".scope", "cri-o", ID, UID},
    {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_ ".slice/crio-" ID ".scope/container", "cri-o", ID, UID},
    {"/kubepods.slice/kubepods-pod" UID_ ".slice/docker-" ID ".scope", "docker", ID, UID},
    {"/kubepods/besteffort/pod" UID "/" ID, "containerd", ID, UID},
    {"/kubepods/pod" UID "/" ID, "containerd", ID, UID},
    {"/kubepods/burstable/pod" STATIC_UID "/" ID, "containerd", ID, STATIC_UID},
    {"/kubepods/besteffort/pod" UID "/crio-" ID, "cri-o", ID, UID},
    {"/kubepods-burstable-pod" STATIC_UID ".slice:cri-containerd:" ID, "containerd", ID, STATIC_UID},
    {"/system.slice/containerd.service/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" ID, "containerd", ID, UID},
    {"/kubepods-besteffort-pod" UID_ ".slice:crio:" ID, "cri-o", ID, UID},
    {"/docker/" ID2 "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
     "kubelet-kubepods-besteffort-pod" UID_ ".slice/cri-containerd-" ID ".scope", "containerd", ID, UID}, /* kind */
    {"/docker/" ID2 "/kubelet/kubepods/besteffort/pod" UID "/" ID, "containerd", ID, UID},
    {"/kubepods/burstable/pod" UID "/" ID2 "/docker/" ID, "docker", ID, UID}, /* docker in a pod */
    {"/kubepods/burstable/pod" UID "/kata_" ID, "kata", ID, UID},
    {"/kata_overhead/" ID, "kata", ID, ""},
    /* runc and crun by systemd */
    {"/system.slice/runc-web.scope", "runc", "web", ""},
    {USER "/user.slice/runc-my-box.scope", "runc", "my-box", ""},
    {"/system.slice/crun-web.scope", "crun", "web", ""},
    {"/docker/" ID "/system.slice/runc-web.scope", "runc", "web", ""},
    /* LXC, LXD, Incus */
    {"/lxc/web", "lxc", "web", ""},
    {"/lxc/web/ns/init.scope", "lxc", "web", ""},
    {"/lxc.payload/web", "lxc", "web", ""},
    {"/lxc.payload.web", "lxc", "web", ""},
    {"/lxc.payload.project_web/system.slice/ssh.service", "lxc", "project_web", ""},
    {"/system.slice/lxc@web.service/lxc.payload.web/init.scope", "lxc", "web", ""},
    {USER "/app.slice/lxc.payload.mine/init.scope", "lxc", "mine", ""},
    {"/lxc.payload.outer/lxc.payload.inner/init.scope", "lxc", "inner", ""},
    {"/lxc.payload.outer/system.slice/docker-" ID ".scope", "docker", ID, ""},
    /* libvirt */
    {"/machine/x/web.libvirt-lxc", "libvirt-lxc", "web", ""},
    {"/libvirt/lxc/web", "libvirt-lxc", "web", ""},
    {"/machine.slice/machine-lxc\\x2d2293906\\x2dlibvirt\\x2dcontainer.scope/libvirt", "libvirt-lxc", "2293906\\x2dlibvirt\\x2dcontainer", ""},
    /* systemd-nspawn */
    {"/machine.slice/machine-web.scope", "systemd-nspawn", "web", ""},
    {"/machine.slice/machine-my\\x2dbox.scope/payload/system.slice/ssh.service", "systemd-nspawn", "my-box", ""},
    {"/machine.slice/machine-a\\x0ab\\x2fc.scope/payload", "systemd-nspawn", "a?b?c", ""},
    {"/machine.slice/systemd-nspawn@web.service/payload/init.scope", "systemd-nspawn", "web", ""},
    {"/machine.slice/systemd-nspawn@web.service/payload/system.slice/docker-" ID ".scope", "docker", ID, ""},
    {"/docker/" ID "/machine.slice/machine-web.scope/supervisor", "docker", ID, ""},
    {"/docker/" ID "/libpod_parent/conmon", "docker", ID, ""},
    /* Cloud Foundry, Mesos */
    {"/garden/" HANDLE, "garden", HANDLE, ""},
    {"/system.slice/runc-bpm-garden.scope/garden/good/" UID, "garden", UID, ""},
    {"/system.slice/runc-bpm-rep.scope", "bpm", "rep", ""},
    {"/system.slice/bpm-rep.scope", "bpm", "rep", ""},
    {"/bpm-rep.worker-1", "bpm", "rep.worker-1", ""},
    {"/mesos/" UID, "mesos", UID, ""},
};

TEST(every_managers_form)
{
    for (size_t i = 0; i < ARRAY_SIZE(CONTAINERS); i++) {
        const struct case_of *k = &CONTAINERS[i];
        struct cgroup_container c;
        if (!cgroup_container_from_path(str_from(k->path), false, &c) || strcmp(container_type_name(c.type), k->type) ||
            strcmp(c.id, k->id) || strcmp(c.pod_uid, k->pod))
            test_fail(__FILE__, __LINE__, "%s gives %s %s pod %s", k->path, container_type_name(c.type), c.id, c.pod_uid);
        CHECK(!c.is_unnamed);
        CHECK_INT(c.is_sandbox, c.type == CONTAINER_KATA);
    }
}

static const char *const HOST[] = {
    "", "/", "/init.scope", "/system.slice", "/system.slice/docker.service", "/system.slice/containerd.service",
    "/system.slice/ssh.service", "/user.slice/user-0.slice/session-1.scope", USER "/init.scope",
    USER "/app.slice/app-gnome-firefox-4242.scope", USER "/app.slice/app-flatpak-org.example.App-1.scope",
    USER "/user.slice/podman-1234.scope", USER "/user.slice/podman-pause-0123abcd.scope",
    /* what belongs to a container's manager */
    "/machine.slice/libpod-conmon-" ID ".scope", "/libpod_parent/conmon", "/libpod_parent/libpod-conmon-" ID,
    "/system.slice/crio-conmon-" ID ".scope", "/kubepods.slice/crio-conmon-" ID ".scope",
    "/kubepods/burstable/pod" UID "/crio-conmon-" ID,
    "/lxc.monitor.web", "/lxc.monitor/web", "/lxc.pivot", "/lxc",
    "/machine.slice/systemd-nspawn@web.service/supervisor", "/machine.slice/machine-web.scope/supervisor",
    "/system.slice/web.service/supervisor", "/machine.slice",
    /* virtual machines */
    "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator",
    /* units that are called like ids: podman's health checks are */
    "/system.slice/" ID ".service", "/system.slice/" ID ".timer", "/system.slice/" ID "-1f2e3d4c.service", "/" ID ".scope",
    USER "/app.slice/" ID ".service", "/system.slice/docker-" ID ".service", "/system.slice/docker-" ID ".mount",
    "/default/some_short_id.service", "/default/some_short_id.slice", "/default/some_short_id.scope", "/default/.scope",
    /* nearly ids */
    "/docker/6d5a178d9851", "/docker/buildx", "/docker/" ID "0", "/libpod_parent/libpod-" ID "g", USER "/libpod-" ID ID,
    "/system.slice/docker-.scope", "/system.slice/docker-6D5A178D9851F1455917BB3C57F0E59DB4754DC58239CA5B8CEB135854F8B692.scope",
    "/system.slice/crio-" ID ".slice", "/process_api/5845e4256fdee6223dc64a0719584286",
    /* plain folders and others' groups */
    "/mybox", "/my_namespace/box", "/kubepods", "/kubepods.slice/kubepods-besteffort.slice", "/system.slice/bpm-x.service",
    "/kubelet/kubepods", "/pod" UID "/x", "/garden", "/ecs", "/buildkit/short", "/user.slice:x:y", "/a:b:" , "/:::",
};

TEST(the_host_and_its_services_are_no_containers)
{
    for (size_t i = 0; i < ARRAY_SIZE(HOST); i++) {
        struct cgroup_container c;
        if (cgroup_container_from_path(str_from(HOST[i]), false, &c) || c.type != CONTAINER_HOST)
            test_fail(__FILE__, __LINE__, "%s gives %s %s", HOST[i], container_type_name(c.type), c.id);
    }
}

TEST(plain_folders_count_with_namespaces)
{
    static const struct case_of CASES[] = {
        {"/mybox", "runc", "mybox", ""},
        {"/../mybox", "runc", "mybox", ""},
        {"/mybox/init.scope", "runc", "mybox", ""},
        {"/mybox/system.slice/ssh.service", "runc", "mybox", ""},
        {"/user.slice/user-1000.slice/mybox", "runc", "mybox", ""},
        {"/user.slice/user-0.slice/session-1.scope/mybox", "runc", "mybox", ""},
        {"/my_very_long_namespace-1.5/test_container", "containerd", "test_container", ""},
        {"/my.namespace/container.name/inner", "containerd", "container.name", ""},
    };
    struct cgroup_container c;
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        if (!cgroup_container_from_path(str_from(CASES[i].path), true, &c) || strcmp(container_type_name(c.type), CASES[i].type) ||
            strcmp(c.id, CASES[i].id))
            test_fail(__FILE__, __LINE__, "%s gives %s %s", CASES[i].path, container_type_name(c.type), c.id);
        CHECK(c.is_unnamed && !c.is_type_sure);
    }
    static const char *const NONE[] = {"/", "", "/..", USER "/app.slice/app-flatpak-org.example.App-1.scope", "/init.scope",
                                       "/system.slice/private.service", "/user.slice/user-0.slice/session-1.scope",
                                       ("/kubepods/burstable/pod" UID), "/a b", "/x\ny"};
    for (size_t i = 0; i < ARRAY_SIZE(NONE); i++)
        if (cgroup_container_from_path(str_from(NONE[i]), true, &c))
            test_fail(__FILE__, __LINE__, "%s gives %s %s", NONE[i], container_type_name(c.type), c.id);
    /* a form goes before */
    CHECK(cgroup_container_from_path(STR("/docker/" ID), true, &c) && !c.is_unnamed);
}

TEST(a_pod_without_a_container)
{
    struct cgroup_container c;
    CHECK(!cgroup_container_from_path(STR("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice"), false, &c));
    CHECK_CSTR(c.pod_uid, UID);
    CHECK(!cgroup_container_from_path(STR("/kubepods.slice/kubepods-pod" UID_ ".slice/crio-conmon-" ID ".scope"), false, &c));
    CHECK_CSTR(c.pod_uid, UID);
}

static void check_text(const char *text, bool is_isolated, const char *type, const char *id)
{
    struct cgroup_container c;
    bool is = cgroup_container_from_text(str_from(text), is_isolated, &c);
    if (is != (*id != 0) || strcmp(container_type_name(c.type), type) || strcmp(c.id, id))
        test_fail(__FILE__, __LINE__, "%s gives %s %s", text, container_type_name(c.type), c.id);
}

TEST(hierarchies_together)
{
    check_text("0::/system.slice/docker-" ID ".scope\n", false, "docker", ID);
    check_text("12:pids:/docker/" ID "\n1:name=systemd:/docker/" ID "\n0::/\n", false, "docker", ID);
    check_text("12:pids:/docker/" ID "\n0::/system.slice/containerd.service\n", false, "docker", ID);
    check_text("5:cpu,cpuacct:/\n0::/libpod_parent/libpod-" ID "\n", false, "podman", ID);
    /* the innermost, whichever hierarchy knows it */
    check_text("3:cpu:/docker/" ID "\n2:pids:/docker/" ID "/docker/" ID2 "\n0::/docker/" ID, false, "docker", ID2);
    /* a plain folder must be in half of them, and a form goes before it */
    check_text("3:cpu:/web\n2:pids:/web\n0::/web\n", true, "runc", "web");
    check_text("3:cpu:/web\n2:pids:/web\n0::/web\n", false, "host", "");
    check_text("5:memory:/process_api/5845e4256fdee6223dc64a0719584286\n3:cpuset:/\n2:cpuacct:/\n0::/\n", true, "host", "");
    check_text("3:cpu:/web\n2:pids:/web\n0::/docker/" ID "\n", true, "docker", ID);
    check_text("0::/web/a:b\n", true, "containerd", "a:b");
    check_text("nonsense\n::\n:\n1:2\n", true, "host", "");
    check_text("", true, "host", "");
}

TEST(type_of_a_bare_id_is_not_sure)
{
    struct cgroup_container c;
    CHECK(cgroup_container_from_path(STR("/kubepods/pod" UID "/" ID), false, &c) && !c.is_type_sure);
    CHECK(cgroup_container_from_path(STR("/actions_job/" ID), false, &c) && !c.is_type_sure);
    CHECK(cgroup_container_from_path(STR("/docker/" ID), false, &c) && c.is_type_sure);
    CHECK(cgroup_container_from_path(STR("/libpod_parent/libpod-" ID), false, &c) && c.is_type_sure);
}

TEST(names_that_are_too_long_are_none)
{
    char path[600];
    struct cgroup_container c;
    memcpy(path, "/lxc/", 5);
    memset(path + 5, 'a', sizeof(path) - 5);
    CHECK(!cgroup_container_from_path(str_n(path, 5 + CONTAINER_ID_MAX), false, &c));
    CHECK(cgroup_container_from_path(str_n(path, 4 + CONTAINER_ID_MAX), false, &c));
    CHECK_INT(strlen(c.id), CONTAINER_ID_MAX - 1);
}

TEST(short_ids)
{
    CHECK_STR(container_short_id(CONTAINER_DOCKER, STR(ID)), "6d5a178d9851");
    CHECK_STR(container_short_id(CONTAINER_CONTAINERD, STR("test_container")), "test_contain");
    CHECK_STR(container_short_id(CONTAINER_CONTAINERD, STR("a")), "a");
    CHECK_STR(container_short_id(CONTAINER_LXC, STR("a-long-name-of-lxc")), "a-long-name-of-lxc");
    CHECK_STR(container_short_id(CONTAINER_RUNC, STR(ID)), "6d5a178d9851");
}

TEST(types_have_names)
{
    for (int t = 0; t < CONTAINER__N; t++)
        CHECK_INT(container_type_from(str_from(container_type_name((enum container_type)t))), t);
    CHECK_INT(container_type_from(STR("rkt")), CONTAINER__N);
}
