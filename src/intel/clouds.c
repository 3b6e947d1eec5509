// SPDX-License-Identifier: Apache-2.0
#include "intel/clouds.h"

#include <errno.h>
#include <jansson.h>

#include "base/file.h"

enum { DEPTH_MAX = 8 }; /* published lists nest five deep */

struct adding {
    struct clouds *clouds;
    struct str provider;
    uint64_t n, bad;
    int result;
};

static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-')
            return false;
    return s.n && s.n < CLOUDS_WORD;
}

/* The number of a place; 0 when there are too many. */
static uint16_t place_of(struct clouds *c, struct str provider, struct str region)
{
    char key[2 * CLOUDS_WORD + 1];
    region = str_sub(region, 0, CLOUDS_WORD);
    const int n = snprintf(key, sizeof(key), "%.*s %.*s", STR_ARG(provider), STR_ARG(region));
    struct map_entry *e = map_get(&c->by_name, str_n(key, (size_t)n));
    if (e)
        return (uint16_t)e->u64;
    if (!c->places.n)
        vec_add(&c->places, {});
    if (c->places.n >= CLOUDS_PLACES)
        return 0;
    e = map_put(&c->by_name, arena_str(&c->arena, str_n(key, (size_t)n)), NULL);
    e->u64 = c->places.n;
    vec_add(&c->places, {arena_str(&c->arena, provider), arena_str(&c->arena, region)});
    return (uint16_t)e->u64;
}

/* False: it is no network. */
static bool add(struct adding *a, struct str text, struct str region)
{
    struct net net;
    if (!net_from_str(text, &net))
        return false;
    const uint16_t place = place_of(a->clouds, a->provider, region);
    const int e = place ? net_map_add(&a->clouds->nets, &net, place) : -EFBIG;
    a->result = a->result < 0 ? a->result : e;
    a->n++;
    return true;
}

/* ---- JSON ---- */

static bool is_net_key(const char *key)
{
    static const char *const keys[] = {"list", "prefixes", "ip_prefix", "ipv6_prefix", "ipv4Prefix", "ipv6Prefix", "addressPrefixes", "cidr", "cidrs", "ipv4_cidrs", "ipv6_cidrs"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (!strcmp(key, keys[i]))
            return true;
    return false;
}

static struct str region_in(const json_t *object, struct str otherwise)
{
    static const char *const keys[] = {"region", "scope"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const json_t *v = json_object_get(object, keys[i]);
        if (json_is_string(v) && json_string_length(v))
            return str_n(json_string_value(v), json_string_length(v));
    }
    return otherwise;
}

static void walk(struct adding *a, const json_t *j, bool is_net, struct str region, unsigned depth)
{
    const char *key;
    json_t *value;
    size_t i;
    if (depth > DEPTH_MAX)
        return;
    if (json_is_string(j) && is_net)
        a->bad += !add(a, str_n(json_string_value(j), json_string_length(j)), region);
    if (json_is_object(j))
        region = region_in(j, region);
    json_array_foreach((json_t *)j, i, value) walk(a, value, is_net, region, depth + 1);
    json_object_foreach((json_t *)j, key, value) walk(a, value, is_net_key(key), region, depth + 1);
}

static int add_json(struct adding *a, const char *name, struct str text, struct error *err)
{
    json_error_t e;
    json_t *j = json_loadb(text.p, text.n, 0, &e);
    if (!j)
        return error_set(err, -EINVAL, "%s:%d:%d: %s", name, e.line, e.column, e.text);
    walk(a, j, json_is_array(j), STR_NULL, 0);
    json_decref(j);
    return 0;
}

/* ---- lines ---- */

static int add_lines(struct adding *a, const char *name, struct str text, struct error *err)
{
    struct str line;
    for (unsigned n = 1; str_split(&text, '\n', &line); n++) {
        struct str column[3] = {};
        line = str_trim(line);
        if (!line.n || line.p[0] == '#' || line.p[0] == ';')
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(column); i++)
            if (!str_split(&line, ',', &column[i]))
                break;
        if (!add(a, str_trim(column[0]), str_trim(column[2])))
            return error_set(err, -EINVAL, "%s:%u: `%.*s` is no network such as 192.0.2.0/24", name, n, STR_ARG(str_sub(column[0], 0, 80)));
    }
    return 0;
}

int clouds_add_text(struct clouds *c, struct str provider, const char *name, struct str text, uint64_t *ret_n, struct error *err)
{
    struct adding a = {.clouds = c, .provider = provider};
    if (!is_word(provider))
        return error_set(err, -EINVAL, "`%.*s` is no name of a provider: a word of small letters, digits and dashes, such as aws", STR_ARG(provider));
    if (str_starts(text, STR("\xef\xbb\xbf")))
        text = str_sub(text, 3, text.n);
    const struct str begin = str_trim(text);
    const bool is_json = begin.n && (begin.p[0] == '{' || begin.p[0] == '[');
    const int e = is_json ? add_json(&a, name, text, err) : add_lines(&a, name, text, err);
    if (e < 0)
        return e;
    if (a.result < 0)
        return error_set(err, a.result, "%s: more networks or regions than can be kept", name);
    if (!a.n)
        return error_set(err, -EINVAL, "%s: holds no network; lines, RFC 8805, and the JSON of AWS, Google, Azure, Oracle and MISP are understood", name);
    if (ret_n)
        *ret_n = a.n;
    return 0;
}

int clouds_add(struct clouds *c, struct str provider, const char *path, uint64_t *ret_n, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const int e = file_read(path, CLOUDS_FILE_BYTES, &b, err);
    return e < 0 ? e : clouds_add_text(c, provider, path, strbuf_str(&b), ret_n, err);
}

void clouds_seal(struct clouds *c)
{
    net_map_seal(&c->nets);
}

void clouds_done(struct clouds *c)
{
    net_map_done(&c->nets);
    map_done(&c->by_name);
    vec_done(&c->places);
    arena_done(&c->arena);
}

struct cloud_place clouds_find(const struct clouds *c, const struct net *address)
{
    const uint16_t place = net_map_find(&c->nets, address);
    return place ? c->places.v[place] : (struct cloud_place){};
}
