// SPDX-License-Identifier: Apache-2.0
#include "intel/sharing.h"

#include <string.h>

enum {
    DEPTH_MAX = 8,        /* of a MISP document: response, event, object, attribute, and their lists */
    COMPARISONS_MAX = 64, /* of one pattern; a pattern of more is passed over */
};

static struct str text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
}

static bool is_stix(const json_t *document)
{
    return str_is(text_of(document, "type"), "bundle") && json_is_array(json_object_get(document, "objects"));
}

bool sharing_is(const json_t *document)
{
    const json_t *first = json_is_array(document) ? json_array_get(document, 0) : document;
    return is_stix(document) || json_object_get(first, "Event") || json_is_array(json_object_get(first, "Attribute")) ||
           json_is_array(json_object_get(document, "response"));
}

struct giving {
    sharing_each_entry *each;
    void *ctx;
    struct str name, expires;
};

static void give(const struct giving *g, enum sharing_kind kind, struct str value)
{
    g->each(g->ctx, &(struct sharing_entry){.kind = kind, .value = kind == SHARING_OTHER ? STR_NULL : value, .name = g->name, .expires = g->expires});
}

/* [type:path = 'value' OR …]: what a comparison is about. */
static bool is_address_path(struct str s)
{
    static const char *const PATHS[] = {"ipv4-addr:value", "ipv6-addr:value", "domain-name:value", NULL};
    return str_is_any(s, PATHS);
}

static bool is_digest_path(struct str s)
{
    static const char *const PATHS[] = {"file:hashes.'SHA-256'", "file:hashes.'SHA-1'", "file:hashes.MD5", "file:hashes.'MD5'", "file:hashes.\"SHA-256\"", "file:hashes.SHA256", "file:hashes.'SHA256'",
                                        "file:hashes.'SHA1'", "file:hashes.SHA1", NULL};
    return str_is_any(s, PATHS);
}

/* The next word of a pattern: a text in quotes, a sign, or what stands without blanks; its quotes are taken off. */
static bool next_word(struct str *s, struct str *ret, bool *ret_is_text)
{
    *s = str_trim(*s);
    if (!s->n)
        return false;
    size_t n = 1;
    *ret_is_text = s->p[0] == '\'';
    if (*ret_is_text) {
        while (n < s->n && s->p[n] != '\'')
            n += s->p[n] == '\\' ? 2 : 1;
        if (n >= s->n) { /* it does not end: no text, and no other word of a pattern */
            *ret_is_text = false;
            *ret = *s;
            *s = STR_NULL;
            return true;
        }
        *ret = str_sub(*s, 1, n);
        *s = str_sub(*s, n + 1, s->n);
        return true;
    }
    if (!strchr("[]()=,", s->p[0]))
        for (bool quoted = false; n < s->n && (quoted || !strchr(" \t\r\n[]()=,", s->p[n])); n++)
            quoted ^= s->p[n] == '\'' || s->p[n] == '"';
    *ret = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return true;
}

struct comparison {
    struct str path, value;
};

/*
 * The comparisons of a pattern that holds when any of them does, or, where all are of one file, when all do. 0 when it is another, such
 * as one of an address and a port: each alone says less than the pattern.
 */
static size_t read_pattern(struct str pattern, struct comparison v[COMPARISONS_MAX], bool *ret_all)
{
    struct str word, path = {};
    bool is_text, all = false, any = false, has_equals = false;
    size_t n = 0;
    while (next_word(&pattern, &word, &is_text)) {
        if (is_text) {
            if (!path.n || !has_equals || n == COMPARISONS_MAX)
                return 0;
            v[n++] = (struct comparison){path, word};
        } else if (str_is(word, "=") || str_is(word, "IN")) {
            has_equals = true;
        } else if (str_is(word, "AND") || str_is(word, "OR")) {
            all |= str_is(word, "AND");
            any |= str_is(word, "OR");
            path = STR_NULL;
            has_equals = false;
        } else if (memchr(word.p, ':', word.n)) {
            if (path.n)
                return 0;
            path = word;
        } else if (!strchr("[](),", word.p[0])) {
            return 0; /* NOT, LIKE, MATCHES, FOLLOWEDBY, numbers */
        }
    }
    for (size_t i = 0; all && i < n; i++)
        if (any || (!is_digest_path(v[i].path) && !str_is(v[i].path, "file:name") && !str_is(v[i].path, "file:size")))
            return 0;
    *ret_all = all;
    return n;
}

static void give_pattern(const struct giving *g, struct str pattern)
{
    struct comparison v[COMPARISONS_MAX];
    bool all = false, given = false;
    size_t n = read_pattern(pattern, v, &all);
    const struct comparison *best = NULL;
    for (size_t i = 0; i < n; i++) {
        if (is_digest_path(v[i].path) && all)
            best = !best || v[i].value.n > best->value.n ? &v[i] : best;
        else if (is_digest_path(v[i].path) || is_address_path(v[i].path))
            give(g, is_digest_path(v[i].path) ? SHARING_DIGEST : SHARING_NAME, v[i].value), given = true;
    }
    if (best)
        give(g, SHARING_DIGEST, best->value);
    else if (!given)
        give(g, SHARING_OTHER, STR_NULL);
}

static void give_stix(const json_t *bundle, struct giving *g)
{
    const json_t *object;
    size_t i;
    json_array_foreach(json_object_get(bundle, "objects"), i, object)
    {
        struct str type = text_of(object, "type");
        g->name = text_of(object, "name");
        g->expires = str_sub(text_of(object, "valid_until"), 0, 10);
        if (str_is(type, "indicator") && (json_is_true(json_object_get(object, "revoked")) || !str_is(text_of(object, "pattern_type"), "stix")))
            give(g, SHARING_OTHER, STR_NULL);
        else if (str_is(type, "indicator"))
            give_pattern(g, text_of(object, "pattern"));
        else if (str_is(type, "domain-name") || str_is(type, "ipv4-addr") || str_is(type, "ipv6-addr"))
            give(g, SHARING_NAME, text_of(object, "value"));
    }
}

/* The part of "a|b" that is at `at`. */
static struct str part(struct str s, int at)
{
    struct str one = {};
    for (int i = 0; i <= at; i++)
        if (!str_split(&s, '|', &one))
            return STR_NULL;
    return one;
}

static void give_attribute(const json_t *a, const struct giving *g)
{
    static const char *const NAMES[] = {"domain", "hostname", "ip-src", "ip-dst"}, *const FIRST[] = {"ip-src|port", "ip-dst|port", "hostname|port"},
                      *const DIGESTS[] = {"md5", "sha1", "sha256"}, *const OF_FILES[] = {"filename|md5", "filename|sha1", "filename|sha256"};
    struct str type = text_of(a, "type"), value = text_of(a, "value");
    const json_t *ids = json_object_get(a, "to_ids");
    bool is_off = json_is_true(json_object_get(a, "deleted")) || json_is_false(ids);
    for (size_t i = 0; !is_off && i < sizeof(NAMES) / sizeof(*NAMES); i++)
        if (str_is(type, NAMES[i])) {
            give(g, SHARING_NAME, value);
            return;
        }
    for (size_t i = 0; !is_off && i < 3; i++) {
        if (str_is(type, FIRST[i])) {
            give(g, SHARING_NAME, part(value, 0));
            return;
        }
        if (str_is(type, DIGESTS[i]) || str_is(type, OF_FILES[i])) {
            give(g, SHARING_DIGEST, str_is(type, DIGESTS[i]) ? value : part(value, 1));
            return;
        }
    }
    if (!is_off && str_is(type, "domain|ip")) {
        give(g, SHARING_NAME, part(value, 0));
        give(g, SHARING_NAME, part(value, 1));
    } else {
        give(g, SHARING_OTHER, STR_NULL);
    }
}

static void walk_misp(const json_t *j, struct giving *g, unsigned depth)
{
    const char *key;
    json_t *value;
    size_t i;
    if (depth > DEPTH_MAX)
        return;
    json_array_foreach((json_t *)j, i, value) walk_misp(value, g, depth + 1);
    struct str info = text_of(j, "info");
    if (info.n)
        g->name = info;
    json_object_foreach((json_t *)j, key, value)
    {
        if (strcmp(key, "Attribute") != 0) {
            if (!strcmp(key, "Event") || !strcmp(key, "Object") || !strcmp(key, "response"))
                walk_misp(value, g, depth + 1);
            continue;
        }
        const json_t *a;
        json_array_foreach(value, i, a) give_attribute(a, g);
    }
}

void sharing_each(const json_t *document, sharing_each_entry *each, void *ctx)
{
    struct giving g = {.each = each, .ctx = ctx};
    if (is_stix(document))
        give_stix(document, &g);
    else
        walk_misp(document, &g, 0);
}
