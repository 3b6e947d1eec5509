// SPDX-License-Identifier: Apache-2.0
/*
 * Lists of names that are one JSON document: an array of strings or objects, an object with such an array (MISP's warning
 * lists: `list`), or what cloud providers publish of their addresses (`prefixes`, `addressPrefixes`).
 */
#include <errno.h>
#include <jansson.h>

#include "intel/internal.h"
#include "intel/sharing.h"

enum { DEPTH_MAX = 8 }; /* published lists nest four deep */

/* Keys whose strings are names or addresses. */
static bool is_entry_key(const char *key)
{
    static const char *const keys[] = {"list",       "domain",     "domains",     "host",        "hosts",
                                       "hostname",   "ip",         "ips",         "value",       "indicator",
                                       "ip_prefix",  "ipv6_prefix", "ipv4Prefix", "ipv6Prefix",  "addressPrefixes",
                                       "cidr",       "address",    "addresses",   "ipv4_cidrs",  "ipv6_cidrs"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (!strcmp(key, keys[i]))
            return true;
    return false;
}

static void walk(struct reading *r, const json_t *j, bool is_entry, unsigned depth)
{
    const char *key;
    json_t *value;
    size_t i;
    if (depth > DEPTH_MAX)
        return;
    if (json_is_string(j) && is_entry) {
        r->line++;
        name_list_entry(r, str_n(json_string_value(j), json_string_length(j)));
    }
    json_array_foreach((json_t *)j, i, value) walk(r, value, is_entry, depth + 1);
    json_object_foreach((json_t *)j, key, value) walk(r, value, is_entry_key(key), depth + 1);
}

static struct str text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
}

/* One indicator of a bundle of STIX or an event of MISP. What is past its last day is not told: names have none of their own. */
static void take_shared(void *ctx, const struct sharing_entry *entry)
{
    struct reading *r = ctx;
    uint16_t expires = 0;
    r->line++;
    if (entry->kind != SHARING_NAME || (entry->expires.n && day_parse(entry->expires, &expires) && expires < r->intel->today))
        r->list.passed++;
    else
        name_list_entry(r, entry->value);
}

bool name_list_json_line(struct reading *r, struct str line)
{
    json_error_t e;
    json_t *j = json_loadb(line.p, line.n, JSON_ALLOW_NUL, &e);
    uint64_t before = r->list.names + r->list.nets + r->list.bad;
    uint32_t at = r->line;
    if (!j)
        return false;
    walk(r, j, false, 0);
    r->line = at;
    if (before == r->list.names + r->list.nets + r->list.bad)
        r->list.passed++; /* what the list says of itself */
    json_decref(j);
    return true;
}

int name_list_json(struct reading *r, struct str text, struct error *err)
{
    static const char *const named[] = {"name", "description", NULL};
    json_error_t e;
    json_t *j = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &e);
    if (!j)
        return error_set(err, -EINVAL, "%.*s:%d:%d: %s", STR_ARG(r->list.file), e.line, e.column, e.text);
    struct str type = text_of(j, "type");
    if (str_is(type, "regex") || str_is(type, "substring")) {
        json_decref(j);
        return error_set(err, -EINVAL, "%.*s: a list of patterns (its type says so); only lists of names and addresses can be read",
                         STR_ARG(r->list.file));
    }
    for (const char *const *key = named; *key && !r->list.source.n; key++)
        r->list.source = arena_str(&r->intel->arena, str_sub(text_of(j, *key), 0, LIST_TEXT_MAX));
    if (sharing_is(j))
        sharing_each(j, take_shared, r);
    else
        walk(r, j, json_is_array(j), 0);
    json_decref(j);
    return 0;
}
