// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stddef.h>

#include "base/json.h"
#include "context/container_codec.h"

static const struct {
    const char *key;
    size_t at;
} TEXTS[] = {
#define TEXT(name) {#name, offsetof(struct container_info, name)}
    TEXT(name), TEXT(image), TEXT(image_id), TEXT(repository), TEXT(tag), TEXT(digest), TEXT(user), TEXT(ip), TEXT(cni_json), TEXT(sandbox_id),
#undef TEXT
};
static const struct {
    const char *key;
    size_t at;
} WORDS[] = {
#define WORD(name) {#name, offsetof(struct container_info, name)}
    WORD(privileged), WORD(host_pid), WORD(host_network), WORD(host_ipc),
#undef WORD
};
static const struct {
    const char *key;
    size_t at;
} PROBES[] = {
#define PROBE(name) {#name, offsetof(struct container_info, name)}
    PROBE(healthcheck), PROBE(liveness), PROBE(readiness),
#undef PROBE
};
static const struct {
    const char *key;
    size_t at;
} LABELS[] = {
#define LABEL(name) {#name, offsetof(struct container_info, name)}
    LABEL(labels), LABEL(pod_labels),
#undef LABEL
};
static const struct {
    const char *key;
    size_t at;
} TIMES[] = {
#define TIME(name) {#name, offsetof(struct container_info, name)}
    TIME(created_ns), TIME(started_ns),
#undef TIME
};

static void *member(const struct container_info *c, size_t at)
{
    return (char *)(uintptr_t)c + at;
}

/* ---- writing ---- */

static json_t *text(struct str s)
{
    return json_stringn(s.n ? s.p : "", s.n);
}

static void encode_labels(json_t *root, const char *key, const struct container_labels *of)
{
    if (!of->n)
        return;
    json_t *o = json_object();
    for (size_t i = 0; i < of->n; i++)
        (void)json_object_set_new(o, of->v[i].key.p, text(of->v[i].value));
    (void)json_object_set_new(root, key, o);
}

static void encode_probe(json_t *root, const char *key, const struct container_probe *p)
{
    if (p->kind == PROBE_UNKNOWN)
        return;
    json_t *a = json_array();
    for (size_t i = 0; i < p->n; i++)
        (void)json_array_append_new(a, text(p->words[i]));
    (void)json_object_set_new(root, key, a); /* empty: switched off */
}

static void encode_mounts(json_t *root, const struct container_info *c)
{
    if (!c->n_mounts)
        return;
    json_t *a = json_array();
    for (size_t i = 0; i < c->n_mounts; i++) {
        const struct container_mount *m = &c->mounts[i];
        json_t *o = json_object();
        (void)json_object_set_new(o, "source", text(m->source));
        (void)json_object_set_new(o, "dest", text(m->dest));
        (void)json_object_set_new(o, "mode", text(m->mode));
        (void)json_object_set_new(o, "rdwr", json_boolean(m->rdwr));
        (void)json_object_set_new(o, "propagation", text(m->propagation));
        (void)json_array_append_new(a, o);
    }
    (void)json_object_set_new(root, "mounts", a);
}

static json_t *encode(const struct container_info *c, bool in_full)
{
    json_t *root = json_object();
    (void)json_object_set_new(root, "id", text(c->id));
    (void)json_object_set_new(root, "type", json_string(container_type_name(c->type)));
    for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++) {
        const struct str *s = member(c, TEXTS[i].at);
        if (s->n && (in_full || s != &c->cni_json))
            (void)json_object_set_new(root, TEXTS[i].key, text(*s));
    }
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++) {
        enum container_known known = *(enum container_known *)member(c, WORDS[i].at);
        if (known != CONTAINER_UNKNOWN)
            (void)json_object_set_new(root, WORDS[i].key, json_boolean(known == CONTAINER_YES));
    }
    for (size_t i = 0; i < ARRAY_SIZE(TIMES); i++) {
        uint64_t ns = *(uint64_t *)member(c, TIMES[i].at);
        if (ns && ns <= INT64_MAX)
            (void)json_object_set_new(root, TIMES[i].key, json_integer((json_int_t)ns));
    }
    if (c->is_sandbox)
        (void)json_object_set_new(root, "sandbox", json_true());
    if (c->is_cut || !in_full)
        (void)json_object_set_new(root, "cut", json_true());
    if (!in_full)
        return root;
    for (size_t i = 0; i < ARRAY_SIZE(LABELS); i++)
        encode_labels(root, LABELS[i].key, member(c, LABELS[i].at));
    for (size_t i = 0; i < ARRAY_SIZE(PROBES); i++)
        encode_probe(root, PROBES[i].key, member(c, PROBES[i].at));
    encode_mounts(root, c);
    return root;
}

void container_encode(const struct container_info *c, struct strbuf *out)
{
    for (int in_full = 1; in_full >= 0; in_full--) {
        _cleanup_(json_decrefp) json_t *root = encode(c, in_full);
        strbuf_reserve(out, CONTAINER_JSON_MAX);
        size_t n = json_dumpb(root, out->p + out->n, CONTAINER_JSON_MAX, JSON_COMPACT);
        if (n && n <= CONTAINER_JSON_MAX) {
            out->n += n;
            out->p[out->n] = 0;
            return;
        }
    }
}

/* ---- reading ---- */

static struct str as_str(const json_t *v)
{
    return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
}

static void decode_labels(const json_t *o, struct container_info *c, struct container_labels *of)
{
    json_t *value;
    const char *key;
    size_t n;
    json_object_keylen_foreach((json_t *)(uintptr_t)o, key, n, value)
    {
        if (json_is_string(value))
            container_add_label(c, of, str_n(key, n), as_str(value));
    }
}

static void decode_probe(const json_t *a, struct container_info *c, struct container_probe *p)
{
    if (!json_is_array(a))
        return;
    p->kind = PROBE_NONE;
    for (size_t i = 0; i < json_array_size(a); i++)
        container_add_word(c, p, as_str(json_array_get(a, i)));
}

static void decode_mounts(const json_t *a, struct container_info *c)
{
    for (size_t i = 0; i < json_array_size(a); i++) {
        const json_t *o = json_array_get(a, i);
        container_add_mount(c, &(struct container_mount){
                                   .source = as_str(json_object_get(o, "source")),
                                   .dest = as_str(json_object_get(o, "dest")),
                                   .mode = as_str(json_object_get(o, "mode")),
                                   .propagation = as_str(json_object_get(o, "propagation")),
                                   .rdwr = json_is_true(json_object_get(o, "rdwr")),
                               });
    }
}

static void decode(const json_t *root, struct container_info *c)
{
    c->is_sandbox = json_is_true(json_object_get(root, "sandbox"));
    for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
        container_set(c, member(c, TEXTS[i].at), as_str(json_object_get(root, TEXTS[i].key)));
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++) {
        const json_t *v = json_object_get(root, WORDS[i].key);
        if (json_is_boolean(v))
            *(enum container_known *)member(c, WORDS[i].at) = container_known_from(json_is_true(v));
    }
    for (size_t i = 0; i < ARRAY_SIZE(TIMES); i++) {
        json_int_t ns = json_integer_value(json_object_get(root, TIMES[i].key));
        *(uint64_t *)member(c, TIMES[i].at) = ns > 0 ? (uint64_t)ns : 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(LABELS); i++)
        decode_labels(json_object_get(root, LABELS[i].key), c, member(c, LABELS[i].at));
    for (size_t i = 0; i < ARRAY_SIZE(PROBES); i++)
        decode_probe(json_object_get(root, PROBES[i].key), c, member(c, PROBES[i].at));
    decode_mounts(json_object_get(root, "mounts"), c);
    c->is_cut |= json_is_true(json_object_get(root, "cut"));
}

int container_decode(struct str json, struct container_info **ret, struct error *err)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    if (json.n > CONTAINER_JSON_MAX)
        return error_set(err, -EBADMSG, "a container's record holds over %d bytes", CONTAINER_JSON_MAX);
    struct error why = ERROR_NULL;
    if (json_parse(json, &root, &why) < 0)
        return error_set(err, -EBADMSG, "a container's record: %s", why.text);
    struct str id = as_str(json_object_get(root, "id"));
    enum container_type type = container_type_from(as_str(json_object_get(root, "type")));
    if (!id.n || id.n >= CONTAINER_ID_MAX || memchr(id.p, 0, id.n) || type == CONTAINER_HOST || type == CONTAINER__N)
        return error_set(err, -EBADMSG, "a container's record has no id, or no type that is known");
    struct container_info *c = container_info_new(type, id);
    decode(root, c);
    container_info_seal(c);
    *ret = c;
    return 0;
}
