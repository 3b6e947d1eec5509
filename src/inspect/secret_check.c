// SPDX-License-Identifier: Apache-2.0
/* What a regular expression cannot tell of a secret: whether it is one by its form, its entropy, and how it may be shown. */
#include <math.h>

#include "base/digest.h"
#include "base/text.h"
#include "inspect/secret.h"
#include "inspect/secret_valid.h"

/* A private key that is one, or may be; a template or a cut example is none. */
static bool check_private_key(struct str s)
{
    _cleanup_(arena_done) struct arena a = {};
    struct secret_validity v = {};
    secret_examine_key(s, &a, &v);
    return str_has(s, STR("PRIVATE KEY")) && !(v.states >> SECRET_KEY_BROKEN & 1);
}

/* A JSON web token whose header is the JSON it must be. */
static bool check_jwt(struct str s)
{
    _cleanup_(arena_done) struct arena a = {};
    struct str head, json;
    return str_split(&s, '.', &head) && head.n < 4096 && base64_decode(&a, head, &json) && json.n > 8 &&
           json.p[0] == '{' && str_has(json, STR("\"alg\"")) && json.p[json.n - 1] == '}';
}

/* user:password in base64, as registries and HTTP's basic authentication keep it. */
static bool check_basic(struct str s)
{
    _cleanup_(arena_done) struct arena a = {};
    struct str plain;
    if (s.n > 4096 || !base64_decode(&a, s, &plain))
        return false;
    ptrdiff_t colon = str_find(plain, STR(":"), 0);
    for (size_t i = 0; i < plain.n; i++)
        if ((uint8_t)plain.p[i] < 0x20 || (uint8_t)plain.p[i] > 0x7e)
            return false;
    return colon > 0 && plain.n - (size_t)colon > 3;
}

/* A word that mixes letters and digits and is no path, variable or identifier: what a password looks like and
 * prose does not. */
static bool check_mixed(struct str s)
{
    bool letter = false, digit = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        digit |= c >= '0' && c <= '9';
        letter |= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
    return letter && digit;
}

/* Whether numbers of 16 bits, read from `at` on, rise nearly all the way. */
static bool is_rising(struct str bytes, size_t at)
{
    enum { LEAST = 16, PERCENT = 90 };
    const uint8_t *p = (const uint8_t *)bytes.p;
    size_t n = 0, rises = 0;
    for (; at + 3 < bytes.n; at += 2, n++)
        rises += (p[at + 2] | p[at + 3] << 8) >= (p[at] | p[at + 1] << 8);
    return n >= LEAST && rises * 100 >= n * PERCENT;
}

/*
 * A token, and no piece of the base64 that indexes of generated documentation hold: sorted lists of numbers, as long and as varied as
 * a token. Where the piece was cut is not known, so that it is read from each of the four places.
 */
static bool check_scattered(struct str s)
{
    for (size_t cut = 0; cut < 4 && cut < s.n; cut++) {
        _cleanup_(arena_done) struct arena a = {};
        struct str bytes, whole = str_sub(s, cut, cut + ((s.n - cut) & ~(size_t)3));
        if (base64_decode(&a, whole, &bytes) && (is_rising(bytes, 0) || is_rising(bytes, 1)))
            return false;
    }
    return true;
}

static const struct {
    const char *name;
    secret_check *check;
} SECRET_CHECKS[] = {
    {"crc32", secret_crc32_holds}, {"private-key", check_private_key}, {"jwt", check_jwt}, {"basic", check_basic},
    {"mixed", check_mixed}, {"scattered", check_scattered},
};

secret_check *secret_check_from(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(SECRET_CHECKS); i++)
        if (str_is(name, SECRET_CHECKS[i].name))
            return SECRET_CHECKS[i].check;
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

double secret_entropy(struct str s)
{
    size_t ascii[128] = {};
    VEC(uint32_t) others = {};
    double e = 0, n = (double)s.n;
    for (struct str rest = s; rest.n;) {
        uint32_t c = 0xfffd;
        size_t length = text_decode(rest, &c);
        if (!length) {
            length = 1;
            c = 0xfffd;
        }
        if (c < 128)
            ascii[c]++;
        else
            vec_add(&others, c);
        rest = str_sub(rest, length, rest.n);
    }
    for (size_t i = 0; i < 128; i++)
        if (ascii[i])
            e -= (double)ascii[i] / n * log2((double)ascii[i] / n);
    if (others.n)
        qsort(others.v, others.n, sizeof(*others.v), by_value);
    for (size_t i = 0, j; i < others.n; i = j) {
        for (j = i; j < others.n && others.v[j] == others.v[i]; j++)
            ;
        e -= (double)(j - i) / n * log2((double)(j - i) / n);
    }
    vec_done(&others);
    return e;
}

void secret_redact(struct strbuf *b, struct str s)
{
    bool is_short = s.n < 12;
    text_add_safe(b, str_sub(s, 0, is_short ? (s.n > 4 ? 2 : 0) : 4));
    strbuf_adds(b, "…");
    if (!is_short)
        text_add_safe(b, str_sub(s, s.n - 2, s.n));
}

static void add_rune(struct strbuf *b, uint32_t v)
{
    static const uint8_t FIRST[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned n = v < 0x80 ? 1 : v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
    strbuf_addc(b, (char)(n == 1 ? v : FIRST[n] | v >> 6 * (n - 1)));
    while (--n)
        strbuf_addc(b, (char)(0x80 | (v >> 6 * (n - 1) & 0x3f)));
}

/* The small letter of a capital of the alphabets that keywords are written in; no locale is asked, so that it is the same
 * everywhere. */
static uint32_t lower_rune(uint32_t c)
{
    if (c == 0x130) /* as Unicode's simple mapping has it */
        return 'i';
    if (c == 0x212a) /* Kelvin */
        return 'k';
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) || (c >= 0x410 && c <= 0x42f))
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40f)
        return c + 0x50;
    if (c >= 0x531 && c <= 0x556)
        return c + 0x30;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf) ||
        (c >= 0x4d0 && c <= 0x52f) || (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c + (c & 1);
    return c;
}

void secret_lower(struct strbuf *b, struct str s)
{
    while (s.n) {
        size_t ascii = 0;
        strbuf_reserve(b, s.n);
        for (; ascii < s.n && (uint8_t)s.p[ascii] < 0x80; ascii++) {
            char a = s.p[ascii];
            b->p[b->n++] = (char)(a >= 'A' && a <= 'Z' ? a | 0x20 : a);
        }
        s = str_sub(s, ascii, s.n);
        if (!s.n)
            break;
        uint32_t rune;
        size_t n = text_decode(s, &rune);
        if (n)
            add_rune(b, lower_rune(rune));
        else
            strbuf_addc(b, s.p[0]);
        s = str_sub(s, n ? n : 1, s.n);
    }
}
