// SPDX-License-Identifier: Apache-2.0
/* What a regular expression cannot tell of a secret: checksums, keys that parse, and how it may be shown. */
#include <math.h>
#include <zlib.h>

#include "base/digest.h"
#include "base/text.h"
#include "inspect/secret.h"

/*
 * The tokens of GitHub (and npm's, of the same make) end in six base62 digits of the CRC-32 of what stands
 * between the prefix and them. Source of the scheme: GitHub's engineering blog of 2021-04-05.
 */
static bool check_crc32(struct str s)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    ptrdiff_t at = str_find(s, STR("_"), 0);
    if (at < 0 || s.n - (size_t)at < 8)
        return false;
    struct str body = str_sub(s, (size_t)at + 1, s.n - 6);
    uint32_t sum = (uint32_t)crc32(0, (const Bytef *)body.p, (uInt)body.n);
    for (size_t i = 0; i < 6; i++, sum /= 62)
        if (s.p[s.n - 1 - i] != digits[sum % 62])
            return false;
    return true;
}

/* The length of a DER element with this tag at the start of d, header included; 0 when there is none or it
 * overruns. */
static size_t der_size(const uint8_t *d, size_t n, uint8_t tag, size_t *ret_header)
{
    if (n < 2 || d[0] != tag)
        return 0;
    size_t header = 2, length = d[1];
    if (d[1] & 0x80) {
        unsigned count = d[1] & 0x7f;
        if (!count || count > 4 || n < 2 + count)
            return 0;
        length = 0;
        for (unsigned i = 0; i < count; i++)
            length = length << 8 | d[2 + i];
        header += count;
    }
    if (length > n - header)
        return 0;
    *ret_header = header;
    return header + length;
}

/* The line with the dashes at `from`, without them; *from moves behind it. */
static bool pem_boundary(struct str s, const char *dashes, size_t *from, struct str *ret)
{
    ptrdiff_t at = str_find(s, str_from(dashes), *from);
    if (at < 0)
        return false;
    size_t start = (size_t)at + strlen(dashes);
    ptrdiff_t stop = str_find(s, STR("-----"), start);
    if (stop < 0)
        return false;
    *ret = str_sub(s, start, (size_t)stop);
    *from = (size_t)stop + 5;
    return true;
}

/* Drops "Name: value" lines, as encrypted PEM and PGP armour have, and everything that source code puts
 * around base64. */
static void pem_body(struct strbuf *b, struct str body)
{
    struct str line;
    for (bool first = true; str_split(&body, '\n', &line); first = false) {
        line = str_trim(line);
        if (line.n && line.p[0] == '=' && line.n <= 6) /* checksum of PGP armour */
            return;
        if (!first && str_has(line, STR(": ")))
            continue;
        for (size_t i = 0; i < line.n; i++) {
            char c = line.p[i];
            if (c == '\\' && i + 1 < line.n) {
                i++; /* \n of a quoted string */
                continue;
            }
            if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                c == '/' || c == '=')
                strbuf_addc(b, c);
        }
    }
}

/*
 * A private key that is one: the body is base64 of a DER structure of the right length, of OpenSSH's
 * container, or of an OpenPGP packet; a template or a cut example is none of these.
 */
static bool check_private_key(struct str s)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str kind, der;
    size_t at = 0;
    if (!pem_boundary(s, "-----BEGIN ", &at, &kind))
        return false;
    ptrdiff_t stop = str_find(s, STR("-----END"), at);
    if (stop < 0)
        return false;
    struct str raw = str_sub(s, at, (size_t)stop);
    pem_body(&b, raw);
    if (b.n < 64 || !base64_decode(&a, strbuf_str(&b), &der) || der.n < 32)
        return false;
    const uint8_t *d = (const uint8_t *)der.p;
    size_t header;
    if (str_has(kind, STR("OPENSSH")))
        return str_starts(der, STR("openssh-key-v1"));
    if (str_has(kind, STR("PGP")))
        return d[0] & 0x80;
    if (str_has(raw, STR("ENCRYPTED"))) /* of the old kind: the body is ciphertext */
        return true;
    return der_size(d, der.n, 0x30, &header) == der.n;
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

static const struct {
    const char *name;
    secret_check *check;
} SECRET_CHECKS[] = {
    {"crc32", check_crc32}, {"private-key", check_private_key}, {"jwt", check_jwt}, {"basic", check_basic},
    {"mixed", check_mixed},
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
