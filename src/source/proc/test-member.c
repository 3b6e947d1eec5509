// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
#include "source/proc/member.h"

#define ID "6d5a178d9851f1455917bb3c57f0e59db4754dc58239ca5b8ceb135854f8b692"

static bool is_of(const char *cgroup, const char *id)
{
    return proc_cgroup_is_of(str_from(cgroup), str_from(id));
}

TEST(control_groups_hold_ids_in_many_forms)
{
    static const char *const FORMS[] = {
        "0::/libpod_parent/libpod-" ID "\n",
        "0::/system.slice/docker-" ID ".scope\n",
        "12:cpu:/docker/" ID "\n11:memory:/docker/" ID "\n",
        "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope\n",
        "0::/kubepods/besteffort/pod1/" ID "/init.scope\n",
        "0::/system.slice:docker:" ID "\n",
        "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container\n",
    };
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        if (!is_of(FORMS[i], ID) || !is_of(FORMS[i], "6d5a178d9851") || !is_of(FORMS[i], "6d5a178d9851f145"))
            test_fail(__FILE__, __LINE__, "%s", FORMS[i]);
        CHECK(!is_of(FORMS[i], "6d5a178d985"));             /* too short to be sure */
        CHECK(!is_of(FORMS[i], "d5a178d9851f1455917bb3c")); /* not its beginning */
        CHECK(!is_of(FORMS[i], "6d5a178d98510"));
    }
}

TEST(names_are_last_folders)
{
    CHECK(is_of("1:cpu:/\n0::/web\n", "web"));
    CHECK(is_of("0::/a/b/web\n", "web"));
    CHECK(!is_of("0::/web/other\n", "web"));
    CHECK(!is_of("0::/webs\n", "web"));
    CHECK(!is_of("0::/\n", "web"));
    CHECK(!is_of("0::/docker/" ID "\n", "docker"));
    CHECK(!is_of("", "web"));
    CHECK(!is_of("nonsense\n::\n", "web"));
}

TEST(the_monitor_of_a_container_is_not_in_it)
{
    CHECK(!is_of("0::/libpod_parent/libpod-conmon-" ID "\n", ID));
    CHECK(!is_of("0::/machine.slice/libpod-conmon-" ID ".scope\n", "6d5a178d9851"));
}

TEST(no_process_of_what_is_not_there)
{
    static const char *const NAMES[] = {"", "davy-no-such-container", "../../etc", ".", "user.slice", ID, "a/b"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        struct proc_members m = {};
        CHECK_INT(proc_members_find(str_from(NAMES[i]), &m), 1);
        CHECK(!m.pids.n);
    }
}
