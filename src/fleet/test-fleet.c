// SPDX-License-Identifier: Apache-2.0
/* What needs no server; tests/e2e/test_hunt.py has the rest, with a cluster that loses its leader. */
#include <errno.h>

#include "fleet/fleet.h"
#include "harness/test.h"

TEST(names_have_no_passwords)
{
    char buf[128], small[8];
    CHECK_CSTR(fleet_name("nats://a:1,nats://u:pw@b:2", buf, sizeof(buf)), "nats://a:1,nats://u:…@b:2");
    CHECK_CSTR(fleet_name("nats://u:pw@a,nats://u2:pw2@b", buf, sizeof(buf)), "nats://u:…@a,nats://u2:…@b");
    CHECK_CSTR(fleet_name("nats://token@a", buf, sizeof(buf)), "nats://…@a");
    CHECK_CSTR(fleet_name("a,b", buf, sizeof(buf)), "a,b");
    CHECK(strlen(fleet_name("nats://aaaaaaaa,b", small, sizeof(small))) < sizeof(small));
}

TEST(no_address_is_an_error_at_once)
{
    struct fleet *f = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(fleet_open(" , ", "test", &f, &err), -EINVAL);
    CHECK(str_has(str_from(err.text), STR("nats://HOST:4222")));
    CHECK(!f);
}
