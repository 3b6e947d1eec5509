// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/strbuf.h"
#include "harness/test.h"
#include "inspect/account.h"

enum { DAY_S = 86400 };
static const uint64_t NOW = 20000ull * DAY_S * 1000000000ull;

/* The facts of the account `name`; fails when there is none. */
static void find(struct accounts *a, const char *name, struct facts *f)
{
    while (accounts_next(a, f) == 0)
        if (str_is(facts_get_str(f, F_ACCOUNT_NAME), name))
            return;
    test_fail(__FILE__, __LINE__, "no account %s", name);
}

static void put_all(struct accounts *a)
{
    accounts_add(a, STR("/etc/sudoers"), STR("root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n"));
    accounts_add(a, STR("/etc/sudoers.d/90"), STR("sysl0g ALL=(ALL) NOPASSWD: ALL\n"));
    accounts_add(a, STR("/etc/sudoers.d/91.bak"), STR("alice ALL=(ALL) NOPASSWD: ALL\n"));
    accounts_add(a, STR("/etc/passwd"),
                 STR("root:x:0:0:root:/root:/bin/bash\n"
                     "daemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n"
                     "sysl0g:x:0:0::/usr/lib/.s:/bin/bash\n"
                     "alice:x:1000:1000:Alice:/home/alice/:/bin/bash\n"
                     "mail1:x:1001:27::/var/mail1:/bin/sh\n"
                     "carl::1002:1002::/home/carl:\n"
                     "dave:$6$x:1003:1003::/home/dave:/bin/false\n"
                     "+::::::\nbroken\nno:x:notanumber:0::/:\n# c:x:5:5:::\n"));
    accounts_add(a, STR("/etc/shadow"),
                 STR("root:*:19000:0:99999:7:::\nalice:$6$salt$hash:19990:0:99999:7:::\n"
                     "sysl0g:!!:0:::::\nmail1::19999::::\n"));
    accounts_add(a, STR("/etc/group"),
                 STR("root:x:0:\nsudo:x:27:alice\nalice:x:1000:\ndocker:x:99:carl, dave\n"));
    accounts_add(
        a, STR("/home/alice/.ssh/authorized_keys"),
        STR("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f a\nnone\n"));
}

TEST(every_account_once)
{
    struct facts f;
    struct accounts *a = accounts_new(NOW);
    size_t n = 0;
    put_all(a);
    facts_init(&f);
    while (accounts_next(a, &f) == 0)
        n++;
    CHECK_INT(n, 7);
    facts_done(&f);
    accounts_free(a);
}

TEST(doas_counts_like_sudo)
{
    struct facts f;
    struct accounts *a = accounts_new(NOW);
    accounts_add(a, STR("/etc/passwd"), STR("eve:x:1001:1001::/home/eve:/bin/sh\nbob:x:1002:1002::/home/bob:/bin/sh\n"));
    accounts_add(a, STR("/etc/doas.d/eve.conf"), STR("permit nopass eve as root\npermit persist bob cmd reboot\n"));
    CHECK(accounts_wants(STR("/etc/doas.d/eve.conf")) && accounts_wants(STR("/etc/doas.conf")));
    facts_init(&f);
    find(a, "eve", &f);
    CHECK(facts_get(&f, F_ACCOUNT_IS_ADMIN)->b && facts_get(&f, F_ACCOUNT_NOPASSWD)->b);
    find(a, "bob", &f);
    CHECK(!facts_get(&f, F_ACCOUNT_IS_ADMIN)->b && !facts_get(&f, F_ACCOUNT_NOPASSWD)->b);
    facts_done(&f);
    accounts_free(a);
}

TEST(every_field)
{
    struct facts f;
    struct accounts *a = accounts_new(NOW);
    put_all(a);
    facts_init(&f);
    find(a, "root", &f);
    CHECK(f.event.type == EVENT_ACCOUNT && f.event.time_ns == NOW);
    CHECK_INT(facts_get(&f, F_ACCOUNT_UID)->u, 0);
    CHECK(facts_get(&f, F_ACCOUNT_DUPLICATE_UID)->b && facts_get(&f, F_ACCOUNT_IS_ADMIN)->b);
    CHECK(!facts_get(&f, F_ACCOUNT_NOPASSWD)->b && !facts_has(&f, F_ACCOUNT_IMITATES));
    CHECK_STR(facts_get_str(&f, F_ACCOUNT_PASSWORD), "locked");
    find(a, "daemon", &f);
    CHECK(facts_get(&f, F_ACCOUNT_IS_SYSTEM)->b && !facts_get(&f, F_ACCOUNT_CAN_LOGIN)->b);
    CHECK_STR(facts_get_str(&f, F_ACCOUNT_PASSWORD), "unknown");
    find(a, "sysl0g", &f);
    CHECK_STR(facts_get_str(&f, F_ACCOUNT_IMITATES), "syslog");
    CHECK(facts_get(&f, F_ACCOUNT_NOPASSWD)->b && !facts_get(&f, F_ACCOUNT_IS_SYSTEM)->b);
    CHECK(!facts_has(&f, F_ACCOUNT_PASSWORD_AGE));
    find(a, "alice", &f);
    CHECK_STR(facts_get_str(&f, F_ACCOUNT_PASSWORD), "set");
    CHECK_INT(facts_get(&f, F_ACCOUNT_PASSWORD_AGE)->u, 10ull * DAY_S * 1000000000ull);
    CHECK_INT(facts_get(&f, F_ACCOUNT_SSH_KEYS)->u, 1);
    CHECK_INT(facts_get(&f, F_ACCOUNT_GROUPS)->list.n, 2);
    CHECK(facts_get(&f, F_ACCOUNT_IS_ADMIN)->b && !facts_get(&f, F_ACCOUNT_NOPASSWD)->b);
    CHECK(!facts_has(&f, F_ACCOUNT_IMITATES) && !facts_get(&f, F_ACCOUNT_DUPLICATE_UID)->b);
    find(a, "mail1", &f);
    CHECK_STR(facts_get_str(&f, F_ACCOUNT_IMITATES), "mail");
    CHECK_STR(facts_get_str(&f, F_ACCOUNT_PASSWORD), "empty");
    CHECK(facts_get(&f, F_ACCOUNT_IS_ADMIN)->b);
    find(a, "carl", &f);
    CHECK_STR(facts_get_str(&f, F_ACCOUNT_PASSWORD), "empty");
    CHECK(facts_get(&f, F_ACCOUNT_CAN_LOGIN)->b && facts_get(&f, F_ACCOUNT_IS_ADMIN)->b);
    find(a, "dave", &f);
    CHECK_STR(facts_get_str(&f, F_ACCOUNT_PASSWORD), "set");
    CHECK(!facts_get(&f, F_ACCOUNT_CAN_LOGIN)->b && facts_get(&f, F_ACCOUNT_IS_ADMIN)->b);
    CHECK_INT(accounts_next(a, &f), 1);
    /* no event may hold a hash */
    for (int i = 0; i < FIELD__N; i++)
        CHECK(!str_has(facts_get_str(&f, i), STR("$6$")));
    facts_done(&f);
    accounts_free(a);
}

TEST(imitations)
{
    static const struct {
        const char *name, *want;
    } CASES[] = {
        {"r00t", "root"},
        {"root1", "root"},
        {"deamon", "daemon"},
        {"sysl0g", "syslog"},
        {"syslogd", "syslog"},
        {"ngnix", "nginx"},
        {"mysqld", "mysql"},
        {"www_data", "www-data"},
        {"messagbus", "messagebus"},
        {"sshd_", "sshd"},
        {"postgres2", "postgres"},
        {"root", ""},
        {"daemon", ""},
        {"james", ""},
        {"ubuntu", ""},
        {"debian", ""},
        {"ec2-user", ""},
        {"admin", ""},
        {"user", ""},
        {"deploy", ""},
        {"git", ""},
        {"jenkins", ""},
        {"ben", ""},
        {"dan", ""},
        {"alice", ""},
        {"vagrant", ""},
        {"centos", ""},
        {"core", ""},
        {"gail", ""},
        {"lisa", ""},
        {"andy", ""},
        {"oracle", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        if (!str_is(account_imitates(str_from(CASES[i].name)), CASES[i].want))
            test_fail(__FILE__, __LINE__, "%s imitates %.*s", CASES[i].name,
                      STR_ARG(account_imitates(str_from(CASES[i].name))));
}

static void add_real(struct accounts *a, const char *path)
{
    static char buffer[1 << 20];
    FILE *f = fopen(path, "r");
    if (!f)
        return;
    const size_t n = fread(buffer, 1, sizeof(buffer), f);
    fclose(f);
    accounts_add(a, str_from(path), str_n(buffer, n));
}

TEST(this_machine_looks_sane)
{
    struct facts f;
    struct accounts *a = accounts_new(NOW);
    bool root = false;
    size_t n = 0;
    add_real(a, "/etc/passwd");
    add_real(a, "/etc/shadow");
    add_real(a, "/etc/group");
    add_real(a, "/etc/sudoers");
    facts_init(&f);
    for (; accounts_next(a, &f) == 0; n++) {
        CHECK(facts_get_str(&f, F_ACCOUNT_NAME).n);
        if (facts_has(&f, F_ACCOUNT_IMITATES))
            test_fail(__FILE__, __LINE__, "%.*s", STR_ARG(facts_get_str(&f, F_ACCOUNT_NAME)));
        if (facts_get(&f, F_ACCOUNT_UID)->u == 0 && str_is(facts_get_str(&f, F_ACCOUNT_NAME), "root")) {
            root = true;
            CHECK(facts_get(&f, F_ACCOUNT_CAN_LOGIN)->b);
        }
    }
    CHECK(root && n > 5);
    facts_done(&f);
    accounts_free(a);
}
