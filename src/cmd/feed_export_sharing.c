// SPDX-License-Identifier: Apache-2.0
/*
 * STIX 2.1 and MISP. Names of objects are UUIDs of version 5 (RFC 4122) in a namespace of our own, so the same entry has the same
 * name wherever it is exported, and a newer export updates an older one.
 */
#include "base/day.h"
#include "base/text.h"
#include "cmd/feed_export.h"

enum { NS_A_SECOND = 1'000'000'000, SHA1_BYTES = 20, UUID_BYTES = 16 };

/* 9ce0f4f2-6f3a-4b0e-9d53-2f0b7f1c7a61 */
static const uint8_t NAMESPACE[UUID_BYTES] = {0x9c, 0xe0, 0xf4, 0xf2, 0x6f, 0x3a, 0x4b, 0x0e, 0x9d, 0x53, 0x2f, 0x0b, 0x7f, 0x1c, 0x7a, 0x61};

static const char *uuid(struct arena *a, const char *kind, struct str name)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    uint8_t h[SHA1_BYTES];
    strbuf_add(&b, str_n(NAMESPACE, sizeof(NAMESPACE)));
    strbuf_printf(&b, "%s:", kind);
    strbuf_add(&b, name);
    digest_once(DIGEST_SHA1, b.p, b.n, h);
    h[6] = (uint8_t)((h[6] & 0x0f) | 0x50);
    h[8] = (uint8_t)((h[8] & 0x3f) | 0x80);
    struct str hex = hex_encode(a, h, UUID_BYTES);
    return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.p, hex.p + 8, hex.p + 12, hex.p + 16, hex.p + 20).p;
}

static void put(json_t *j, const char *key, struct str s)
{
    (void)json_object_set_new(j, key, json_stringn(s.n ? s.p : "", s.n));
}

static void put_time(json_t *j, const char *key, uint64_t s, unsigned fraction)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    text_add_time(&b, s < UINT64_MAX / NS_A_SECOND ? s * NS_A_SECOND : UINT64_MAX, fraction);
    put(j, key, strbuf_str(&b));
}

static json_t *words(const struct feed_entry *e, const char *first)
{
    json_t *list = json_array();
    struct str rest = e->categories, one;
    (void)json_array_append_new(list, json_string(first));
    while (str_split(&rest, ',', &one))
        if (one.n)
            (void)json_array_append_new(list, json_stringn(one.p, one.n));
    return list;
}

static struct str about(struct arena *a, const struct feed_entry *e)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_printf(&b, "%.*s (%s, from %.*s)", STR_ARG(e->reason), feed_type_name(e->type), STR_ARG(e->source));
    if (e->approved_by.n)
        strbuf_printf(&b, "; approved by %.*s", STR_ARG(e->approved_by));
    if (e->basis.n)
        strbuf_printf(&b, ", %.*s", STR_ARG(e->basis));
    return arena_str(a, strbuf_str(&b));
}

/* ---- STIX ---- */

static json_t *stix_identity(struct arena *a)
{
    json_t *j = json_object();
    put(j, "type", STR("identity"));
    put(j, "spec_version", STR("2.1"));
    put(j, "id", arena_printf(a, "identity--%s", uuid(a, "identity", STR("davy"))));
    put_time(j, "created", 1'767'225'600, 3); /* an object that never changes has one time for good: 2026-01-01 */
    put_time(j, "modified", 1'767'225'600, 3);
    put(j, "name", STR("Davy feed"));
    put(j, "identity_class", STR("system"));
    return j;
}

static json_t *stix_indicator(struct arena *a, const struct feed_entry *e)
{
    json_t *j = json_object(), *types = json_array();
    struct str digest = feed_digest_text(a, e->digest), hex = hex_encode(a, e->digest, SHA256_BYTES);
    put(j, "type", STR("indicator"));
    put(j, "spec_version", STR("2.1"));
    put(j, "id", arena_printf(a, "indicator--%s", uuid(a, "digest", digest)));
    put(j, "created_by_ref", arena_printf(a, "identity--%s", uuid(a, "identity", STR("davy"))));
    put_time(j, "created", e->first_seen_s, 3);
    put_time(j, "modified", e->updated_s > e->first_seen_s ? e->updated_s : e->first_seen_s, 3);
    put(j, "name", arena_printf(a, "%s %s %s", feed_verdict_name(e->verdict), feed_type_name(e->type), digest.p));
    put(j, "description", about(a, e));
    (void)json_array_append_new(types, json_string(e->verdict == FEED_MALICIOUS ? "malicious-activity" : "anomalous-activity"));
    (void)json_object_set_new(j, "indicator_types", types);
    put(j, "pattern", arena_printf(a, "[file:hashes.'SHA-256' = '%s']", hex.p));
    put(j, "pattern_type", STR("stix"));
    put(j, "pattern_version", STR("2.1"));
    put_time(j, "valid_from", e->first_seen_s, 3);
    if (e->expires_s > e->first_seen_s)
        put_time(j, "valid_until", e->expires_s, 3);
    (void)json_object_set_new(j, "labels", words(e, feed_type_name(e->type)));
    return j;
}

void feed_export_stix(struct feed_exported *x, struct strbuf *b)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf all = {};
    feed_add_json(&all, stix_identity(&a));
    vec_each(e, &x->entries)
    {
        strbuf_adds(&all, ",\n");
        feed_add_json(&all, stix_indicator(&a, e));
    }
    strbuf_printf(b, "{\"type\":\"bundle\",\"id\":\"bundle--%s\",\"objects\":[\n", uuid(&a, "bundle", strbuf_str(&all)));
    strbuf_add(b, strbuf_str(&all));
    strbuf_adds(b, "]}\n");
}

/* ---- MISP ---- */

static json_t *misp_tag(struct arena *a, const char *predicate, struct str value)
{
    json_t *j = json_object();
    put(j, "name", arena_printf(a, "davy:%s=\"%.*s\"", predicate, STR_ARG(value)));
    return j;
}

static json_t *misp_attribute(struct arena *a, const struct feed_entry *e)
{
    json_t *j = json_object(), *tags = json_array();
    struct str rest = e->categories, one;
    put(j, "uuid", str_from(uuid(a, "attribute", feed_digest_text(a, e->digest))));
    put(j, "type", STR("sha256"));
    put(j, "category", STR("Payload delivery"));
    put(j, "value", hex_encode(a, e->digest, SHA256_BYTES));
    (void)json_object_set_new(j, "to_ids", json_true());
    put(j, "distribution", STR("5")); /* as the event's */
    put(j, "comment", about(a, e));
    put(j, "timestamp", arena_printf(a, "%llu", (unsigned long long)e->updated_s));
    put_time(j, "first_seen", e->first_seen_s, 6);
    (void)json_array_append_new(tags, misp_tag(a, "verdict", str_from(feed_verdict_name(e->verdict))));
    (void)json_array_append_new(tags, misp_tag(a, "type", str_from(feed_type_name(e->type))));
    while (str_split(&rest, ',', &one))
        if (one.n)
            (void)json_array_append_new(tags, misp_tag(a, "category", one));
    (void)json_object_set_new(j, "Tag", tags);
    return j;
}

void feed_export_misp(struct feed_exported *x, struct strbuf *b)
{
    _cleanup_(arena_done) struct arena a = {};
    json_t *event = json_object(), *org = json_object(), *attributes = json_array(), *root = json_object();
    put(event, "uuid", str_from(uuid(&a, "event", STR("feed"))));
    put(event, "info", STR("Davy feed: digests of images, layers and files"));
    put(event, "date", day_text(&a, day_of(x->newest_s * NS_A_SECOND)));
    put(event, "timestamp", arena_printf(&a, "%llu", (unsigned long long)x->newest_s));
    put(event, "threat_level_id", STR("2"));
    put(event, "analysis", STR("2"));
    put(event, "distribution", STR("0")); /* your organisation alone, until somebody decides otherwise */
    (void)json_object_set_new(event, "published", json_false());
    put(org, "name", STR("Davy"));
    put(org, "uuid", str_from(uuid(&a, "organisation", STR("davy"))));
    (void)json_object_set_new(event, "Orgc", org);
    vec_each(e, &x->entries)
        (void)json_array_append_new(attributes, misp_attribute(&a, e));
    (void)json_object_set_new(event, "Attribute", attributes);
    (void)json_object_set_new(root, "Event", event);
    feed_add_json(b, root);
    strbuf_addc(b, '\n');
}
