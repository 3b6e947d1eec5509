// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/test-look.h"

static struct facts facts;

static void look(const char *path, const char *content)
{
    static const char *const only[] = {"packages", NULL};
    look_with(&(struct inspect_options){.only = only}, path, str_from(content), &facts);
}

static size_t count(enum field_id id)
{
    const struct value *v = facts_get(&facts, id);
    return v->type == VALUE_LIST ? v->list.n : 0;
}

TEST(dpkg_names_what_is_installed)
{
    static const char status[] = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b7\n"
                                 "Description: shell\n Version: 9 is not this one\n\n"
                                 "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n"
                                 "Package: half\nStatus: install ok not-installed\nVersion: 1\n\n"
                                 "Package: last\nStatus: hold ok installed\nVersion: 1:2-3\nArchitecture: all";
    look("/var/lib/dpkg/status", status);
    CHECK_STR(facts_get_str(&facts, F_PACKAGE_ECOSYSTEM), "deb");
    CHECK_INT(count(F_PACKAGE_NAMES), 2);
    CHECK(facts_list(&facts, F_PACKAGE_LIST, "bash 5.2.15-2+b7 amd64"));
    CHECK(facts_list(&facts, F_PACKAGE_LIST, "last 1:2-3 all"));
    CHECK(facts_list(&facts, F_PACKAGE_NAMES, "bash"));
    look("/var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024a\nArchitecture: all\n");
    CHECK(facts_list(&facts, F_PACKAGE_LIST, "tzdata 2024a all"));
    look("/var/lib/dpkg/status.d/tzdata.md5sums", "Package: tzdata\nVersion: 2024a\n");
    CHECK(!facts_has(&facts, F_PACKAGE_ECOSYSTEM) && !facts_has(&facts, F_PACKAGE_LIST));
    look("/backup/var/lib/dpkg/status", status);
    CHECK(!facts_has(&facts, F_PACKAGE_ECOSYSTEM) && !facts_has(&facts, F_PACKAGE_NAMES));
}

TEST(apk_python_and_node)
{
    look("/lib/apk/db/installed", "C:Q1x=\nP:musl\nV:1.2.4-r2\nA:x86_64\nT:libc\n\nP:busybox\nV:1.36\nA:x86_64\n\n");
    CHECK_STR(facts_get_str(&facts, F_PACKAGE_ECOSYSTEM), "apk");
    CHECK(facts_list(&facts, F_PACKAGE_LIST, "musl 1.2.4-r2 x86_64"));
    CHECK_INT(count(F_PACKAGE_LIST), 2);
    look("/usr/lib/python3/dist-packages/requests-2.28.dist-info/METADATA",
         "Metadata-Version: 2.1\r\nName: requests\r\nVersion: 2.28.1\r\n\r\nName: other\nVersion: 0\n");
    CHECK_STR(facts_get_str(&facts, F_PACKAGE_ECOSYSTEM), "pypi");
    CHECK(facts_list(&facts, F_PACKAGE_LIST, "requests 2.28.1"));
    CHECK_INT(count(F_PACKAGE_LIST), 1);
    look("/app/node_modules/@scope/x/package.json", "{\"name\": \"@scope/x\", \"version\": \"1.0.0\", \"dependencies\": {}}");
    CHECK_STR(facts_get_str(&facts, F_PACKAGE_ECOSYSTEM), "npm");
    CHECK(facts_list(&facts, F_PACKAGE_LIST, "@scope/x 1.0.0"));
    look("/app/node_modules/x/esm/package.json", "{\"type\": \"module\"}");
    CHECK(!facts_has(&facts, F_PACKAGE_LIST));
    look("/app/package.json", "{\"name\": \"app\", \"version\": \"1.0.0\"}");
    CHECK(!facts_has(&facts, F_PACKAGE_LIST));
}

TEST(os_release_and_rpm)
{
    look("/usr/lib/os-release", "NAME=\"Debian\"\nID=debian\nVERSION_ID=\"12\"\nID_LIKE=x\n");
    CHECK_STR(facts_get_str(&facts, F_OS_RELEASE_ID), "debian");
    CHECK_STR(facts_get_str(&facts, F_OS_RELEASE_VERSION), "12");
    look("/opt/os-release", "ID=debian\n");
    CHECK(!facts_has(&facts, F_OS_RELEASE_ID) && !facts_has(&facts, F_OS_RELEASE_VERSION));
    look("/var/lib/rpm/rpmdb.sqlite", "SQLite format 3");
    CHECK_STR(facts_get_str(&facts, F_PACKAGE_ECOSYSTEM), "rpm");
    CHECK(!facts_has(&facts, F_PACKAGE_LIST));
}

TEST(hostile_databases)
{
    look("/var/lib/dpkg/status", "Package: a b\nVersion: 1\n\nPackage: \nVersion: 1\n\nPackage: \xff\nVersion: 1\n\n"
                                 "Package: x\nVersion: 1 2\nArchitecture: y\n\nVersion: 3\n\n");
    CHECK_INT(count(F_PACKAGE_LIST), 1);
    CHECK(facts_list(&facts, F_PACKAGE_LIST, "x"));
    look("/a/node_modules/x/package.json", "{\"name\": [1], \"version\": {}}");
    CHECK(!facts_has(&facts, F_PACKAGE_LIST));
    look("/a/node_modules/x/package.json", "{\"name\": \"x\", \"version\"");
    CHECK(!facts_has(&facts, F_PACKAGE_LIST));
}

TEST(a_database_is_longer_than_other_lists)
{
    struct strbuf b = {};
    for (int i = 0; i < FACTS_LONG_LIST_MAX + 10; i++)
        strbuf_printf(&b, "Package: p%d\nVersion: 1\n\n", i);
    look("/var/lib/dpkg/status", b.p);
    CHECK_INT(count(F_PACKAGE_LIST), FACTS_LONG_LIST_MAX);
    CHECK_INT(count(F_PACKAGE_NAMES), FACTS_LIST_MAX);
    CHECK_INT(facts.n_lost, 10);
    strbuf_done(&b);
}
