// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/intl.h"
#include "base/json.h"
#include "base/text.h"
#include "fleet/description.h"
#include "fleet/private.h"

/* Base64 for addresses, with padding: how names stand in subjects and digests in descriptions. */
static struct str base64_url(struct arena *a, const void *p, size_t n)
{
    struct str plain = base64_encode_unpadded(a, p, n);
    char *out = arena_alloc(a, plain.n + 4);
    size_t k = 0;
    for (; k < plain.n; k++)
        out[k] = plain.p[k] == '+' ? '-' : plain.p[k] == '/' ? '_' : plain.p[k];
    while (k % 4)
        out[k++] = '=';
    return str_n(out, k);
}

static const char *stream_of(struct arena *a, const char *bucket)
{
    return arena_printf(a, "OBJ_%s", bucket).p;
}

static const char *meta_of(struct arena *a, const char *bucket, struct str name)
{
    return arena_printf(a, "$O.%s.M.%.*s", bucket, STR_ARG(base64_url(a, name.p, name.n))).p;
}

int fleet_bucket_make(struct fleet *f, const char *bucket, struct error *err)
{
    struct arena a = {};
    jsStreamConfig c;
    const char *subjects[] = {arena_printf(&a, "$O.%s.C.>", bucket).p, arena_printf(&a, "$O.%s.M.>", bucket).p};
    (void)jsStreamConfig_Init(&c);
    c.Name = stream_of(&a, bucket);
    c.Subjects = subjects;
    c.SubjectsLen = 2;
    c.Storage = js_FileStorage;
    c.Discard = js_DiscardNew;
    c.AllowRollup = true;
    int r = fleet_stream_make(f, &c, err);
    arena_done(&a);
    return r;
}

static struct str digest_of(struct arena *a, struct str bytes)
{
    uint8_t sha256[SHA256_BYTES];
    sha256_once(bytes.p, bytes.n, sha256);
    return arena_printf(a, "SHA-256=%.*s", STR_ARG(base64_url(a, sha256, sizeof(sha256))));
}

/* ---- writing ---- */

static int put_chunks(struct fleet *f, const char *subject, struct str bytes, struct error *err)
{
    for (size_t at = 0; at < bytes.n; at += FLEET_CHUNK) {
        struct str piece = str_sub(bytes, at, at + FLEET_CHUNK);
        jsErrCode code = 0;
        natsStatus s = js_Publish(NULL, f->js, subject, piece.p, (int)piece.n, NULL, &code);
        if (s != NATS_OK)
            return fleet_say(s, code, N_("an object cannot be written"), err);
    }
    return 0;
}

static char *describe(struct arena *a, const char *bucket, struct str name, const char *id, struct str bytes)
{
    struct strbuf time_text = {};
    text_add_time(&time_text, clock_ns(CLOCK_REALTIME), 9);
    struct str digest = digest_of(a, bytes);
    json_t *j = json_pack("{s:s%, s:{s:i}, s:s, s:s, s:I, s:s, s:I, s:s%}", "name", name.p, name.n, "options", "max_chunk_size", FLEET_CHUNK, "bucket", bucket,
                          "nuid", id, "size", (json_int_t)bytes.n, "mtime", time_text.p, "chunks",
                          (json_int_t)((bytes.n + FLEET_CHUNK - 1) / FLEET_CHUNK), "digest", digest.p, digest.n);
    char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
    json_decref(j);
    strbuf_done(&time_text);
    return text;
}

/* The newest description is the only one: it takes the place of what the subject had. */
static int put_description(struct fleet *f, const char *subject, const char *text, struct error *err)
{
    natsMsg *m = NULL;
    jsErrCode code = 0;
    natsStatus s = natsMsg_Create(&m, subject, NULL, text, (int)strlen(text));
    if (s == NATS_OK)
        s = natsMsgHeader_Set(m, "Nats-Rollup", "sub");
    if (s == NATS_OK)
        s = js_PublishMsg(NULL, f->js, m, NULL, &code);
    natsMsg_Destroy(m);
    return fleet_say(s, code, N_("an object cannot be written"), err);
}

/* ---- reading ---- */

/* 1: there is no such object. */
static int get_description(struct fleet *f, const char *bucket, struct str name, struct arena *a, struct fleet_description *ret, struct error *err)
{
    natsMsg *m = NULL;
    jsErrCode code = 0;
    natsStatus s = js_GetLastMsg(&m, f->js, stream_of(a, bucket), meta_of(a, bucket, name), NULL, &code);
    if (s == NATS_NOT_FOUND || code == JSNoMessageFoundErr || code == JSStreamNotFoundErr)
        return 1;
    if (s != NATS_OK)
        return fleet_say(s, code, N_("an object cannot be read"), err);
    int r = fleet_description_read(str_n(natsMsg_GetData(m), (size_t)natsMsg_GetDataLength(m)), a, ret, err);
    natsMsg_Destroy(m);
    return r < 0 ? error_wrap(err, r, "the object %.*s", STR_ARG(name)) : r;
}

static int get_chunks(struct fleet *f, const char *bucket, const struct fleet_description *d, struct arena *a, struct strbuf *ret, struct error *err)
{
    jsSubOptions o;
    jsErrCode code = 0;
    natsSubscription *sub = NULL;
    const size_t from = ret->n;
    (void)jsSubOptions_Init(&o);
    o.Stream = stream_of(a, bucket);
    o.Ordered = true;
    natsStatus s = js_SubscribeSync(&sub, f->js, arena_printf(a, "$O.%s.C.%.*s", bucket, STR_ARG(d->id)).p, NULL, &o, &code);
    for (uint64_t i = 0; s == NATS_OK && i < d->chunks; i++) {
        natsMsg *m = NULL;
        s = natsSubscription_NextMsg(&m, sub, FLEET_CALL_MS);
        if (s != NATS_OK)
            break;
        if (ret->n - from + (size_t)natsMsg_GetDataLength(m) <= d->size)
            strbuf_add(ret, str_n(natsMsg_GetData(m), (size_t)natsMsg_GetDataLength(m)));
        natsMsg_Destroy(m);
    }
    natsSubscription_Destroy(sub);
    if (s != NATS_OK)
        return fleet_say(s, code, N_("an object cannot be read"), err);
    struct str whole = str_n(ret->p + from, ret->n - from);
    if (whole.n == d->size && str_eq(digest_of(a, whole), d->digest))
        return 0;
    return error_set(err, -EBADMSG, "an object is not what its description says");
}

int fleet_object_get(struct fleet *f, const char *bucket, struct str name, struct strbuf *ret, struct error *err)
{
    struct arena a = {};
    struct fleet_description d;
    strbuf_reserve(ret, 1);
    int r = get_description(f, bucket, name, &a, &d, err);
    if (!r)
        r = get_chunks(f, bucket, &d, &a, ret, err);
    arena_done(&a);
    return r;
}

static void purge(struct fleet *f, const char *bucket, struct str id, struct arena *a)
{
    jsOptions o;
    (void)jsOptions_Init(&o);
    o.Stream.Purge.Subject = arena_printf(a, "$O.%s.C.%.*s", bucket, STR_ARG(id)).p;
    (void)js_PurgeStream(f->js, stream_of(a, bucket), &o, NULL);
}

int fleet_object_put(struct fleet *f, const char *bucket, struct str name, struct str bytes, struct error *err)
{
    struct arena a = {};
    struct fleet_description old = {};
    uint8_t id_bytes[16];
    if (!name.n || name.n > FLEET_NAME_MAX)
        return error_set(err, -EINVAL, "an object needs a name of at most %d bytes", FLEET_NAME_MAX);
    if (getrandom(id_bytes, sizeof(id_bytes), 0) != (ssize_t)sizeof(id_bytes))
        return error_errno(err, -errno, "no random bytes");
    struct str id = hex_encode(&a, id_bytes, sizeof(id_bytes));
    const bool has_old = !get_description(f, bucket, name, &a, &old, NULL);
    int r = put_chunks(f, arena_printf(&a, "$O.%s.C.%.*s", bucket, STR_ARG(id)).p, bytes, err);
    char *text = r ? NULL : describe(&a, bucket, name, id.p, bytes);
    if (!r)
        r = text ? put_description(f, meta_of(&a, bucket, name), text, err) : error_set(err, -EINVAL, "the name of an object is no UTF-8");
    if (r)
        purge(f, bucket, id, &a);
    else if (has_old)
        purge(f, bucket, old.id, &a);
    free(text);
    arena_done(&a);
    return r;
}
