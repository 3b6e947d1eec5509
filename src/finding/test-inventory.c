// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "finding/inventory.h"
#include "harness/test.h"

static const char HEX[] = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

static void file(struct facts *f, const char *path, const char *kind, uint64_t size)
{
    facts_reset(f, EVENT_FILE, 0);
    facts_str(f, F_FILE_PATH, str_from(path));
    facts_str(f, F_FILE_KIND, str_from(kind));
    facts_uint(f, F_FILE_SIZE, size);
    facts_str(f, F_FILE_SHA256, str_from(HEX));
}

TEST(bytes_are_summed_by_folder_and_kind)
{
    _cleanup_(inventory_done) struct inventory inv = {};
    _cleanup_(facts_done) struct facts f;
    facts_init(&f);
    static const char *const paths[] = {"/usr/lib/a/b/c.so", "/usr/lib/a/d.so", "/usr/x", "/y", "/usr/lib/a/readme"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        file(&f, paths[i], i == 4 ? "text" : "elf", 10 + i);
        inventory_add(&inv, &f, false);
    }
    CHECK_INT(inv.shares.n, 4);
    CHECK_STR(inv.shares.v[0].folder, "/usr/lib/a");
    CHECK_INT(inv.shares.v[0].bytes, 21);
    CHECK_INT(inv.shares.v[0].files, 2);
    CHECK_STR(inv.shares.v[1].folder, "/usr");
    CHECK_STR(inv.shares.v[2].folder, "/");
    CHECK_STR(inv.shares.v[3].kind, "text");
    CHECK_INT(inv.files.n, 0); /* nobody asked */
    facts_reset(&f, EVENT_ACCOUNT, 0);
    inventory_add(&inv, &f, true);
    CHECK_INT(inv.shares.n, 4);
}

TEST(folders_are_bounded)
{
    _cleanup_(inventory_done) struct inventory inv = {};
    _cleanup_(facts_done) struct facts f;
    facts_init(&f);
    for (int i = 0; i < INVENTORY_SHARES_MAX + 100; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "/%d/x", i);
        file(&f, path, "elf", 1);
        inventory_add(&inv, &f, false);
    }
    CHECK_INT(inv.shares.n, INVENTORY_SHARES_MAX + 1);
    CHECK_STR(inv.shares.v[INVENTORY_SHARES_MAX].folder, "(other)");
    CHECK_INT(inv.shares.v[INVENTORY_SHARES_MAX].files, 100);
}

TEST(what_can_run_is_listed)
{
    _cleanup_(inventory_done) struct inventory inv = {};
    _cleanup_(facts_done) struct facts f;
    facts_init(&f);
    file(&f, "/bin/a", "elf", 5);
    facts_uint(&f, F_LAYER_INDEX, 2);
    facts_str(&f, F_LAYER_STATE, STR("deleted"));
    inventory_add(&inv, &f, true);
    file(&f, "/etc/x.conf", "text", 5);
    inventory_add(&inv, &f, true);
    file(&f, "/app/x.jar", "zip", 5);
    inventory_add(&inv, &f, true);
    file(&f, "/app/run", "text", 5);
    facts_bool(&f, F_FILE_IS_EXEC, true);
    inventory_add(&inv, &f, true);
    CHECK_INT(inv.files.n, 3);
    CHECK_STR(inv.files.v[0].path, "/bin/a");
    CHECK_STR(inv.files.v[0].layer_state, "deleted");
    CHECK_INT(inv.files.v[0].layer, 2);
    CHECK_INT(inv.files.v[0].sha256[1], 0x1e);
    CHECK_STR(inv.files.v[2].path, "/app/run");
    CHECK(inv.is_listed);
}

static void database(struct facts *f, const char *state)
{
    file(f, "/var/lib/dpkg/status", "text", 100);
    facts_str(f, F_LAYER_STATE, str_from(state));
    facts_str(f, F_PACKAGE_ECOSYSTEM, STR("deb"));
    facts_add(f, F_PACKAGE_LIST, STR("bash 5.2-1 amd64"));
    facts_add(f, F_PACKAGE_LIST, STR("bare"));
    facts_add(f, F_PACKAGE_LIST, STR("bash 5.2-1 amd64"));
}

TEST(packages_come_from_what_a_container_sees)
{
    _cleanup_(inventory_done) struct inventory inv = {};
    _cleanup_(facts_done) struct facts f;
    facts_init(&f);
    database(&f, "shadowed");
    inventory_add(&inv, &f, true);
    CHECK_INT(inv.packages.n, 0);
    database(&f, "effective");
    inventory_add(&inv, &f, true);
    CHECK_INT(inv.packages.n, 2);
    CHECK_STR(inv.packages.v[0].name, "bash");
    CHECK_STR(inv.packages.v[0].version, "5.2-1");
    CHECK_STR(inv.packages.v[0].arch, "amd64");
    CHECK_STR(inv.packages.v[1].name, "bare");
    CHECK_INT(inv.packages.v[1].version.n, 0);
    file(&f, "/var/lib/rpm/rpmdb.sqlite", "sqlite", 100);
    facts_str(&f, F_PACKAGE_ECOSYSTEM, STR("rpm"));
    inventory_add(&inv, &f, true);
    CHECK_STR(inv.unread_database, "/var/lib/rpm/rpmdb.sqlite");
    file(&f, "/usr/lib/os-release", "text", 100);
    facts_str(&f, F_OS_RELEASE_ID, STR("debian"));
    facts_str(&f, F_OS_RELEASE_VERSION, STR("12"));
    inventory_add(&inv, &f, true);
    CHECK_STR(inv.os_id, "debian");
    CHECK_STR(inv.os_version, "12");
}
