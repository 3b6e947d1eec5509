// SPDX-License-Identifier: Apache-2.0
/* Lines of a feed's log, as JSON. */
#include <errno.h>
#include <jansson.h>

#include "base/intl.h"
#include "base/text.h"
#include "store/feed_json.h"
#include "store/feed_log.h"

static const char *const OPS[FEED_OP__N] = {"begin", "list", "withdraw", "key"};

static int wrong(struct error *err, const char *what)
{
    return error_set(err, -EINVAL, "%s", _(what));
}

static int read_texts(const json_t *j, struct arena *a, struct feed_entry *e, struct error *err)
{
    struct {
        const char *key;
        struct str *to;
    } texts[] = {{"reason", &e->reason}, {"source", &e->source}, {"rules", &e->rules}, {"engine", &e->engine},
                 {"approved_by", &e->approved_by}, {"basis", &e->basis}, {"scope", &e->scope}, {"notified", &e->notified}, {"image", &e->image}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i].to = feed_get_str(j, texts[i].key, a);
    return feed_entry_check(e, err);
}

static int read_categories(const json_t *j, struct arena *a, struct feed_entry *e, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const json_t *list = json_object_get(j, "categories"), *item;
    size_t i;
    json_array_foreach((json_t *)list, i, item)
    {
        struct str s = str_n(json_string_value(item), json_string_length(item));
        if (!json_is_string(item) || !s.n || memchr(s.p, ',', s.n))
            return wrong(err, N_("a category is a word without commas"));
        strbuf_adds(&b, b.n ? "," : "");
        strbuf_add(&b, s);
    }
    e->categories = arena_str(a, strbuf_str(&b));
    return 0;
}

static int read_list(const json_t *j, struct arena *a, struct feed_line *l, struct error *err)
{
    struct feed_entry *e = &l->entry;
    int type = feed_type_from(feed_get_str(j, "type", a)), verdict = feed_verdict_from(feed_get_str(j, "verdict", a));
    struct str expires = feed_get_str(j, "expires", a);
    uint16_t last = 0;
    if (type < 0)
        return wrong(err, N_("`type` is none of manifest, config, layer and file"));
    if (verdict < 0 || !feed_verdict_is_bad((enum feed_verdict)verdict))
        return wrong(err, N_("`verdict` is neither malicious nor unwanted"));
    if (expires.n && (expires.n != 10 || !day_parse(expires, &last)))
        return wrong(err, N_("`expires` is no day written YYYY-MM-DD"));
    if (!feed_get_time(j, "first_seen", a, &e->first_seen_s))
        return wrong(err, N_("`first_seen` is no time written YYYY-MM-DDThh:mm:ssZ"));
    if (!feed_get_number(j, "size", &e->size))
        return wrong(err, N_("`size` is no number of bytes"));
    e->type = (enum feed_type)type;
    e->verdict = (enum feed_verdict)verdict;
    e->expires_s = expires.n ? ((uint64_t)last + 1) * FEED_DAY_S : 0;
    e->updated_s = l->time_s;
    return read_categories(j, a, e, err);
}

static int read_entry(const json_t *j, struct arena *a, struct feed_line *l, struct error *err)
{
    struct str digest = feed_get_str(j, "digest", a);
    if (!str_starts(digest, STR("sha256:")) || !feed_digest_parse(digest, l->entry.digest))
        return wrong(err, N_("`digest` is not sha256: and 64 digits of hex"));
    int r = l->op == FEED_OP_LIST ? read_list(j, a, l, err) : 0;
    if (!r)
        r = read_texts(j, a, &l->entry, err);
    if (!r && (!l->entry.reason.n || !l->entry.approved_by.n))
        r = wrong(err, N_("`reason` or `approved_by` is missing"));
    return r;
}

static int read_key(const json_t *j, struct arena *a, struct feed_line *l, struct error *err)
{
    if (!feed_public_parse(feed_get_str(j, "key", a), &l->key))
        return wrong(err, N_("`key` is no public Ed25519 key"));
    if (l->op == FEED_OP_BEGIN) {
        l->name = feed_get_str(j, "name", a);
        if (!str_is(feed_get_str(j, "schema", a), FEED_LOG_SCHEMA))
            return wrong(err, N_("the first line is not of a log of schema davy.feed-log/1"));
        return feed_name_is_good(l->name) ? read_texts(j, a, &l->entry, err) : wrong(err, N_("`name` is no name of a feed"));
    }
    if (!base64_decode(a, feed_get_str(j, "signature", a), &l->signature) || l->signature.n != FEED_SIGNATURE_BYTES)
        return wrong(err, N_("`signature` is no Ed25519 signature"));
    return read_texts(j, a, &l->entry, err);
}

static int read_line(const json_t *j, struct arena *a, struct feed_line *l, struct error *err)
{
    struct str op = feed_get_str(j, "op", a);
    size_t i = 0;
    while (i < FEED_OP__N && !str_is(op, OPS[i]))
        i++;
    if (!feed_get_number(j, "n", &l->n) || !feed_get_hash(j, "prev", a, l->prev) || !feed_get_time(j, "time", a, &l->time_s))
        return wrong(err, N_("`n`, `prev` or `time` is missing or wrong"));
    if (i == FEED_OP__N)
        return wrong(err, N_("`op` is an operation that this Davy does not know; a newer one may"));
    l->op = (enum feed_op)i;
    return l->op == FEED_OP_BEGIN || l->op == FEED_OP_KEY ? read_key(j, a, l, err) : read_entry(j, a, l, err);
}

int feed_line_parse(struct str line, struct arena *a, struct feed_line *ret, struct error *err)
{
    struct feed_line l = {};
    json_t *j = NULL;
    int r = feed_get_object(line, FEED_LINE_MAX, &j, err);
    if (!r)
        r = read_line(j, a, &l, err);
    json_decref(j);
    if (!r)
        *ret = l;
    return r;
}

static void put_list(json_t *j, const struct feed_entry *e)
{
    _cleanup_(arena_done) struct arena a = {};
    json_t *categories = json_array();
    struct str rest = e->categories, one;
    while (str_split(&rest, ',', &one))
        if (one.n)
            (void)json_array_append_new(categories, json_stringn(one.p, one.n));
    feed_put_str(j, "type", str_from(feed_type_name(e->type)));
    feed_put_str(j, "verdict", str_from(feed_verdict_name(e->verdict)));
    (void)json_object_set_new(j, "categories", categories);
    feed_put_time(j, "first_seen", e->first_seen_s);
    if (e->expires_s)
        feed_put_str(j, "expires", feed_last_day(&a, e->expires_s));
    if (e->size)
        (void)json_object_set_new(j, "size", json_integer((json_int_t)e->size));
}

static void put_texts(json_t *j, const struct feed_entry *e)
{
    const struct {
        const char *key;
        struct str s;
    } texts[] = {{"reason", e->reason}, {"source", e->source}, {"rules", e->rules}, {"engine", e->engine},
                 {"approved_by", e->approved_by}, {"basis", e->basis}, {"scope", e->scope}, {"notified", e->notified}, {"image", e->image}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (texts[i].s.n)
            feed_put_str(j, texts[i].key, texts[i].s);
}

void feed_line_write(struct strbuf *b, const struct feed_line *l)
{
    _cleanup_(arena_done) struct arena a = {};
    json_t *j = json_object();
    (void)json_object_set_new(j, "n", json_integer((json_int_t)l->n));
    feed_put_str(j, "prev", hex_encode(&a, l->prev, sizeof(l->prev)));
    feed_put_time(j, "time", l->time_s);
    feed_put_str(j, "op", str_from(OPS[l->op]));
    if (l->op == FEED_OP_BEGIN) {
        feed_put_str(j, "schema", STR(FEED_LOG_SCHEMA));
        feed_put_str(j, "name", l->name);
    }
    if (l->op == FEED_OP_BEGIN || l->op == FEED_OP_KEY)
        feed_put_str(j, "key", feed_public_text(&a, &l->key));
    else
        feed_put_str(j, "digest", feed_digest_text(&a, l->entry.digest));
    if (l->op == FEED_OP_KEY)
        feed_put_str(j, "signature", feed_base64(&a, l->signature.p, l->signature.n));
    if (l->op == FEED_OP_LIST)
        put_list(j, &l->entry);
    put_texts(j, &l->entry);
    feed_put_end(b, j);
    strbuf_addc(b, '\n');
}

struct str feed_key_message(struct arena *a, const uint8_t id[SHA256_BYTES], const uint8_t prev[SHA256_BYTES],
                            const struct feed_public *from, const struct feed_public *to)
{
    return arena_printf(a, "davy.feed-key/1\n%s\n%s\n%s\n%s\n", hex_encode(a, id, SHA256_BYTES).p, hex_encode(a, prev, SHA256_BYTES).p,
                        feed_public_text(a, from).p, feed_public_text(a, to).p);
}
