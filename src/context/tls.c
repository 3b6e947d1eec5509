// SPDX-License-Identifier: Apache-2.0
#include "context/tls.h"

enum { EXTENSION_SNI = 0, EXTENSION_ALPN = 16, NAME_MAX_BYTES = 255 };

/* What is left to read; `is_short` once something lay beyond the end. */
struct reader {
    const uint8_t *p, *end;
    bool is_short;
};

static unsigned take(struct reader *r, unsigned bytes)
{
    unsigned v = 0;
    if ((size_t)(r->end - r->p) < bytes) {
        r->is_short = true;
        r->p = r->end;
        return 0;
    }
    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | *r->p++;
    return v;
}

static void skip(struct reader *r, size_t bytes)
{
    if ((size_t)(r->end - r->p) < bytes) {
        r->is_short = true;
        r->p = r->end;
    } else {
        r->p += bytes;
    }
}

/* A list of names with one element: kind 0, length, name. */
static struct str server_name(struct reader *r)
{
    (void)take(r, 2);
    const unsigned kind = take(r, 1), n = take(r, 2);
    if (kind || !n || n > NAME_MAX_BYTES || r->is_short || (size_t)(r->end - r->p) < n)
        return STR_NULL;
    return str_n((const char *)r->p, n);
}

bool tls_hello_read(struct str bytes, struct tls_hello *ret)
{
    struct reader r = {(const uint8_t *)bytes.p, (const uint8_t *)bytes.p + bytes.n, false};
    *ret = (struct tls_hello){};
    if (bytes.n < 6 || take(&r, 1) != 0x16 || take(&r, 1) != 3 || take(&r, 1) > 4)
        return false;
    skip(&r, 2);
    if (take(&r, 1) != 1)
        return false;
    skip(&r, 3 + 2 + 32); /* length, version, random */
    skip(&r, take(&r, 1)); /* session */
    skip(&r, take(&r, 2)); /* ciphers */
    skip(&r, take(&r, 1)); /* compression */
    const unsigned all = take(&r, 2);
    ret->is_whole = !r.is_short && (size_t)(r.end - r.p) >= all;
    if (ret->is_whole)
        r.end = r.p + all;
    while (!r.is_short && r.p < r.end) {
        const unsigned kind = take(&r, 2), n = take(&r, 2);
        struct reader in = r;
        if (r.is_short)
            break;
        if (kind == EXTENSION_SNI)
            ret->sni = server_name(&in);
        ret->has_alpn |= kind == EXTENSION_ALPN;
        skip(&r, n);
    }
    return true;
}

/* Neither a word of a language nor a number: two digits among letters, or letters as no word has them. */
static bool is_random_name(struct str s)
{
    unsigned digits = 0, row = 0, longest = 0;
    for (size_t i = 0; i < s.n; i++) {
        const bool is_digit = s.p[i] >= '2' && s.p[i] <= '7';
        digits += is_digit;
        row = is_digit || strchr("aeiouy", s.p[i]) ? 0 : row + 1;
        longest = row > longest ? row : longest;
    }
    return digits < s.n && (digits >= 3 || (digits >= 2 && longest >= 2) || (digits && longest >= 4) || longest >= 6);
}

bool tls_is_tor(const struct tls_hello *h)
{
    enum { LEAST = 8, MOST = 20 };
    const struct str head = STR("www."), tail = STR(".com");
    if (h->has_alpn || !str_starts(h->sni, head) || !str_ends(h->sni, tail) || h->sni.n < head.n + tail.n)
        return false;
    const struct str name = str_sub(h->sni, head.n, h->sni.n - tail.n);
    if (name.n < LEAST || name.n > MOST)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!((name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= '2' && name.p[i] <= '7')))
            return false;
    return is_random_name(name);
}
