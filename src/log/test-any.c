// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "harness/test.h"
#include "log/reader.h"

static const char RECORD[] = "{\"eventVersion\":\"1.08\",\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"X\",\"eventTime\":\"2026-01-31T08:15:00Z\","
                             "\"awsRegion\":\"eu-west-1\",\"eventID\":\"1\",\"userIdentity\":{\"type\":\"Root\"},"
                             "\"requestParameters\":{\"items\":[{\"a\":1},{\"a\":[true,\"x\"]},{\"b\":null}],\"k.l/m\":{\"N\":\"y\"},\"empty\":\"\",\"none\":[],"
                             "\"pairs\":[{\"name\":\"NEW_VALUE\",\"value\":\"false\"},{\"Name\":\"To\",\"Value\":{\"x\":7}},{\"name\":\"On\",\"boolValue\":true},{\"name\":\"own\",\"value\":1,\"own\":2},{\"name\":5}],"
                             "\"pair\":{\"name\":\"a\",\"value\":1}}}\n";

static const struct {
    const char *pointer, *text; /* values joined by |; NULL: absent */
} CASES[] = {
    {"/eventName", "X"},
    {"/EVENTNAME", "X"},
    {"/userIdentity/type", "Root"},
    {"/userIdentity", "{\"type\":\"Root\"}"},
    {"/requestParameters/items/a", "1|true|x|[true,\"x\"]"},
    {"/requestParameters/items/b", NULL},
    {"/requestParameters/items/c", NULL},
    {"/requestParameters/k/l~1m/n", "y"},
    {"/requestParameters/empty", ""},
    {"/requestParameters/none", "[]"},
    {"/requestParameters/none/x", NULL},
    {"/eventName/x", NULL},
    /* names and values in a list; a member of that name goes first, and what is in no list is no pair */
    {"/requestParameters/pairs/new_value", "false"},
    {"/requestParameters/pairs/To/x", "7"},
    {"/requestParameters/pairs/to/y", NULL},
    {"/requestParameters/pairs/on", "true"},
    {"/requestParameters/pairs/own", "2"},
    {"/requestParameters/pairs/name", "NEW_VALUE|To|On|own|5"},
    {"/requestParameters/pairs/OLD_VALUE", NULL},
    {"/requestParameters/pair/a", NULL},
};

TEST(a_path_leads_through_lists_and_names_with_dots)
{
    struct error err = ERROR_NULL;
    struct log_reader *reader = NULL;
    const struct log_record *record = NULL;
    CHECK_INT(log_reader_new(&(struct log_options){}, &reader, &err), 0);
    CHECK_INT(log_reader_text(reader, STR(RECORD), &record, &err), 0);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        const struct field_ref ref = {.id = F_JSON_ANY, .has_arg = true, .arg = str_from(CASES[i].pointer)};
        struct strbuf b = {};
        struct value v;
        const int has = event_get(&record->event, &ref, &v);
        if (has != (CASES[i].text != NULL))
            test_fail(__FILE__, __LINE__, "%s: %d", CASES[i].pointer, has);
        for (size_t k = 0; has && k < (v.type == VALUE_LIST ? v.list.n : 1); k++) {
            strbuf_adds(&b, k ? "|" : "");
            value_add_text(&b, v.type == VALUE_LIST ? &v.list.v[k] : &v);
        }
        if (has && !str_is(strbuf_str(&b), CASES[i].text))
            test_fail(__FILE__, __LINE__, "%s: %s", CASES[i].pointer, b.p);
        strbuf_done(&b);
    }
    log_reader_free(reader);
}
