// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "event/value.h"
#include "harness/test.h"

TEST(networks)
{
    struct net ten, host, six, any;
    CHECK(net_from_str(STR("10.0.0.0/8"), &ten));
    CHECK(net_from_str(STR("10.200.1.2"), &host));
    CHECK(net_from_str(STR("2001:db8::1"), &six));
    CHECK(net_from_str(STR("0.0.0.0/0"), &any));
    CHECK(net_contains(&ten, &host));
    CHECK(net_contains(&any, &host));
    CHECK(!net_contains(&ten, &six));
    CHECK(!net_contains(&host, &ten));
    CHECK(net_from_str(STR("172.16.0.0/12"), &any));
    CHECK(net_from_str(STR("172.31.255.255"), &host) && net_contains(&any, &host));
    CHECK(net_from_str(STR("172.32.0.0"), &host) && !net_contains(&any, &host));
    CHECK(!net_from_str(STR("10.0.0.0/33"), &any));
    CHECK(!net_from_str(STR("10.0.0"), &any));
    CHECK(!net_from_str(STR(""), &any));
}

TEST(values_print_as_in_falco)
{
    struct strbuf b = {};
    struct value items[] = {VALUE_OF_STR(STR("a")), VALUE_OF_STR(STR("b"))};
    value_add_text(&b, &(struct value){.type = VALUE_LIST, .list = {items, 2}});
    value_add_text(&b, &(struct value){});
    value_add_text(&b, &VALUE_OF_BOOL(true));
    value_add_text(&b, &VALUE_OF_INT(-3));
    CHECK_STR(strbuf_str(&b), "(a,b)<NA>true-3");
    strbuf_done(&b);
}
