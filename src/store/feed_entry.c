// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "base/text.h"
#include "store/feed_entry.h"

static const char *const TYPES[] = {"manifest", "config", "layer", "file", "secret"};
static const char *const VERDICTS[] = {"malicious", "unwanted", "suspicious", "exposed", "clean"};
_Static_assert(ARRAY_SIZE(TYPES) == FEED_TYPE__N && ARRAY_SIZE(VERDICTS) == FEED_VERDICT__N, "a word for each");

static int word_in(const char *const *words, size_t n, struct str word)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(word, words[i]))
            return (int)i;
    return -1;
}

const char *feed_type_name(enum feed_type type)
{
    return TYPES[type];
}

int feed_type_from(struct str word)
{
    return word_in(TYPES, FEED_TYPE__N, word);
}

const char *feed_verdict_name(enum feed_verdict verdict)
{
    return VERDICTS[verdict];
}

int feed_verdict_from(struct str word)
{
    return word_in(VERDICTS, FEED_VERDICT__N, word);
}

bool feed_entry_has_category(const struct feed_entry *e, struct str category)
{
    struct str rest = e->categories, one;
    while (str_split(&rest, ',', &one))
        if (str_eq(one, category))
            return true;
    return false;
}

static const struct str PREFIX = {"sha256:", 7};

bool feed_digest_parse(struct str s, uint8_t ret[SHA256_BYTES])
{
    uint8_t bytes[SHA256_BYTES];
    if (s.n > PREFIX.n && str_eq_nocase(str_sub(s, 0, PREFIX.n), PREFIX))
        s = str_sub(s, PREFIX.n, s.n);
    if (s.n != SHA256_HEX || !hex_decode(s, bytes))
        return false;
    memcpy(ret, bytes, sizeof(bytes));
    return true;
}

struct str feed_digest_text(struct arena *a, const uint8_t digest[SHA256_BYTES])
{
    return arena_printf(a, "%s%s", PREFIX.p, hex_encode(a, digest, SHA256_BYTES).p);
}

bool feed_digest_is_common(const uint8_t digest[SHA256_BYTES])
{
    static const char *const COMMON[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", /* no bytes */
        "a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4", /* a layer without files, as docker compresses it */
        "4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1", /* as buildkit does */
        "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef", /* 1024 zero bytes: the same layer, not compressed */
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", /* {}: the configuration of OCI artifacts */
    };
    uint8_t one[SHA256_BYTES];
    for (size_t i = 0; i < ARRAY_SIZE(COMMON); i++)
        if (hex_decode(str_from(COMMON[i]), one) && !memcmp(one, digest, sizeof(one)))
            return true;
    return false;
}

static int check_text(struct str s, const char *what, struct error *err)
{
    if (s.n > FEED_TEXT_MAX)
        return error_set(err, -EINVAL, "the %s is longer than %d bytes", _(what), FEED_TEXT_MAX);
    if (!text_is_utf8(s) || (s.n && memchr(s.p, 0, s.n)))
        return error_set(err, -EINVAL, "the %s is no UTF-8 text", _(what));
    return 0;
}

int feed_entry_check(const struct feed_entry *e, struct error *err)
{
    int r = check_text(e->categories, N_("list of categories"), err);
    if (!r)
        r = check_text(e->reason, N_("reason"), err);
    if (!r)
        r = check_text(e->source, N_("source"), err);
    if (!r)
        r = check_text(e->rules, N_("digest of the rules"), err);
    if (!r)
        r = check_text(e->approved_by, N_("name of who approved it"), err);
    if (!r)
        r = check_text(e->basis, N_("legal basis"), err);
    if (!r)
        r = check_text(e->scope, N_("scope"), err);
    if (!r)
        r = check_text(e->notified, N_("note of who was told"), err);
    if (!r)
        r = check_text(e->image, N_("name of the image"), err);
    return r ? r : check_text(e->engine, N_("version"), err);
}
