// SPDX-License-Identifier: Apache-2.0
/* The head of a feed, and the walk along its log. */
#include <errno.h>

#include "base/intl.h"
#include "store/feed_json.h"
#include "store/feed_log.h"

static int read_head(const json_t *j, struct arena *a, struct feed_head *h, struct error *err)
{
    if (!str_is(feed_get_str(j, "schema", a), FEED_HEAD_SCHEMA))
        return error_set(err, -EINVAL, "the head is not of schema %s", FEED_HEAD_SCHEMA);
    h->name = feed_get_str(j, "name", a);
    if (!feed_get_hash(j, "feed", a, h->id) || !feed_name_is_good(h->name) || !feed_get_number(j, "length", &h->length) || !h->length ||
        !feed_get_number(j, "bytes", &h->bytes) || !feed_get_hash(j, "hash", a, h->hash) || !feed_get_time(j, "time", a, &h->time_s) ||
        !feed_get_time(j, "expires", a, &h->expires_s) || !feed_public_parse(feed_get_str(j, "key", a), &h->key))
        return error_set(err, -EINVAL, "the head lacks feed, name, length, bytes, hash, time, expires or key, or one is wrong");
    return h->bytes > FEED_LOG_MAX ? error_set(err, -EFBIG, "the head speaks of a log of over %llu bytes", (unsigned long long)FEED_LOG_MAX) : 0;
}

int feed_head_parse(struct str text, struct arena *a, struct feed_head *ret, struct error *err)
{
    struct str rest = text, statement, encoded, signature;
    struct feed_head h = {};
    json_t *j = NULL;
    if (text.n > FEED_HEAD_MAX || !str_ends(text, STR("\n")) || !str_split(&rest, '\n', &statement) || !str_split(&rest, '\n', &encoded) || rest.n)
        return error_set(err, -EINVAL, "this is no head of a feed: two lines, what is signed and its signature");
    int r = feed_get_object(statement, FEED_HEAD_MAX, &j, err);
    if (!r)
        r = read_head(j, a, &h, err);
    json_decref(j);
    if (r < 0)
        return r;
    if (!base64_decode(a, encoded, &signature) || !str_eq(encoded, feed_base64(a, signature.p, signature.n)) || !feed_public_verify(&h.key, statement, signature))
        return error_set(err, -EKEYREJECTED, "the signature of the head does not hold: it was changed, or damaged on its way");
    *ret = h;
    return 0;
}

void feed_head_write(struct strbuf *b, const struct feed_head *h, const struct feed_key *key)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf statement = {};
    uint8_t signature[FEED_SIGNATURE_BYTES];
    json_t *j = json_object();
    feed_put_str(j, "schema", STR(FEED_HEAD_SCHEMA));
    feed_put_str(j, "feed", hex_encode(&a, h->id, sizeof(h->id)));
    feed_put_str(j, "name", h->name);
    (void)json_object_set_new(j, "length", json_integer((json_int_t)h->length));
    (void)json_object_set_new(j, "bytes", json_integer((json_int_t)h->bytes));
    feed_put_str(j, "hash", hex_encode(&a, h->hash, sizeof(h->hash)));
    feed_put_time(j, "time", h->time_s);
    feed_put_time(j, "expires", h->expires_s);
    feed_put_str(j, "key", feed_public_text(&a, &h->key));
    feed_put_end(&statement, j);
    feed_key_sign(key, strbuf_str(&statement), signature);
    strbuf_add(b, strbuf_str(&statement));
    strbuf_printf(b, "\n%s\n", feed_base64(&a, signature, sizeof(signature)).p);
}

int feed_head_check(const struct feed_head *h, const struct feed_seen *seen, uint64_t now_s, struct error *err)
{
    if (seen && h->length < seen->length)
        return error_set(err, -ESTALE,
                         "the feed was shortened: it has %llu entries, and had %llu when it was last pulled; ask its publisher, nobody may "
                         "take entries out",
                         (unsigned long long)h->length, (unsigned long long)seen->length);
    if (seen && h->length == seen->length && memcmp(h->hash, seen->hash, sizeof(h->hash)))
        return error_set(err, -ESTALE, "the feed was forked: its %llu entries are others than those pulled last; ask its publisher",
                         (unsigned long long)h->length);
    if (seen && h->time_s < seen->time_s)
        return error_set(err, -ESTALE, "the feed is older than what was pulled last: somebody shows an old copy of it; ask another mirror, or "
                                       "its publisher");
    if (h->expires_s <= now_s)
        return error_set(err, -ESTALE, "the head of the feed has expired: it is an old copy, its publisher has stopped signing, or the clock "
                                       "of this machine is wrong; ask its publisher to run `davy feed publish`");
    if (h->time_s > now_s + FEED_CLOCK_S)
        return error_set(err, -ESTALE, "the head of the feed is from the future; the clock of this machine or of its publisher is wrong");
    return 0;
}

void feed_chain_init(struct feed_chain *c, const uint8_t *fingerprint, const struct feed_seen *seen)
{
    *c = (struct feed_chain){.fingerprint = fingerprint, .seen = seen};
}

void feed_chain_resume(struct feed_chain *c, const uint8_t id[SHA256_BYTES], const struct feed_seen *seen)
{
    *c = (struct feed_chain){.n = seen->length, .bytes = seen->bytes, .key = seen->key, .is_trusted = true};
    memcpy(c->last, seen->hash, sizeof(c->last));
    memcpy(c->id, id, sizeof(c->id));
}

static void use_key(struct feed_chain *c, const struct feed_public *key)
{
    uint8_t fingerprint[SHA256_BYTES];
    c->key = *key;
    feed_public_fingerprint(key, fingerprint);
    if (!c->fingerprint || !memcmp(fingerprint, c->fingerprint, sizeof(fingerprint)))
        c->is_trusted = true;
}

static int take_key(struct feed_chain *c, const struct feed_line *l, struct arena *a, struct error *err)
{
    if (!feed_public_verify(&c->key, feed_key_message(a, c->id, l->prev, &c->key, &l->key), l->signature))
        return error_set(err, -EKEYREJECTED, "entry %llu hands over to another key, and the old one has not signed that",
                         (unsigned long long)l->n);
    use_key(c, &l->key);
    return 0;
}

int feed_chain_line(struct feed_chain *c, struct str line, struct arena *a, struct feed_line *ret, struct error *err)
{
    struct feed_line l;
    int r = feed_line_parse(line, a, &l, err);
    if (r < 0)
        return error_wrap(err, r, "entry %llu", (unsigned long long)c->n);
    if (l.n != c->n || memcmp(l.prev, c->last, sizeof(l.prev)))
        return error_set(err, -EBADMSG, "the chain is broken at entry %llu: it does not follow the one before; the log was edited, forked or "
                                        "damaged",
                         (unsigned long long)c->n);
    if ((l.op == FEED_OP_BEGIN) != !c->n)
        return error_set(err, -EBADMSG, "entry %llu: a log begins once", (unsigned long long)c->n);
    if (l.op == FEED_OP_KEY)
        r = take_key(c, &l, a, err);
    sha256_once(line.p, line.n, c->last);
    c->n++;
    c->bytes += line.n + 1;
    if (l.op == FEED_OP_BEGIN) {
        memcpy(c->id, c->last, sizeof(c->id));
        use_key(c, &l.key);
    }
    if (!r && c->seen && c->n == c->seen->length && (memcmp(c->last, c->seen->hash, sizeof(c->last)) || c->bytes != c->seen->bytes))
        r = error_set(err, -ESTALE, "the feed was forked: its first %llu entries are others than those pulled last; ask its publisher",
                      (unsigned long long)c->n);
    if (!r)
        *ret = l;
    return r;
}

int feed_chain_end(const struct feed_chain *c, const struct feed_head *h, struct error *err)
{
    if (c->n != h->length || c->bytes != h->bytes)
        return error_set(err, -EBADMSG, "the log has %llu entries in %llu bytes, its head signs %llu in %llu: it was shortened, or is being published "
                                        "at this moment; try again in a minute",
                         (unsigned long long)c->n, (unsigned long long)c->bytes, (unsigned long long)h->length, (unsigned long long)h->bytes);
    if (memcmp(c->last, h->hash, sizeof(c->last)) || memcmp(c->id, h->id, sizeof(c->id)))
        return error_set(err, -EBADMSG, "the log is not the one that its head signs; it was edited, or damaged on its way");
    if (!feed_public_eq(&c->key, &h->key))
        return error_set(err, -EKEYREJECTED, "the head is signed by another key than the log names");
    if (!c->is_trusted)
        return error_set(err, -EKEYREJECTED, "the feed is not signed by the key that is trusted, nor by one that it handed over to");
    return 0;
}
