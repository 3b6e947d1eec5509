// SPDX-License-Identifier: Apache-2.0
/* Private keys: whether they really are ones. */
#include <ctype.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "inspect/secret_valid.h"

enum {
    KEY_BYTES_MAX = 64 << 10, /* of a body in base64; 16384-bit RSA has 13 KB */
    IV_DIGITS_MIN = 16,       /* of DES, whose blocks have 8 bytes; of AES 32 */
    KEY_BYTES_MIN = 48,       /* an Ed25519 key in PKCS #8 is 48 bytes of DER: 64 characters */
};

/* Keys that everybody has: parts of their bodies in base64, without line ends. */
static const char *const PUBLISHED[] = {
    /* Vagrant's insecure key (its modulus), https://github.com/hashicorp/vagrant/tree/main/keys */
    "6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v1I2YJ6oXevct1YeS0o9HZyN1Q9qgCgzUFtdOKLv6Ied",
};

static bool is_base64(char c)
{
    return base64_has(c) || c == '=';
}

/* One line of the body; what source code puts around it falls away. */
static void add_line(struct strbuf *b, struct str line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '\\')
            i++; /* \n of a quoted string */
        else if (is_base64(line.p[i]))
            strbuf_addc(b, line.p[i]);
}

struct str secret_pem_body(struct str text, struct arena *a, struct str *ret_label, bool *ret_is_encrypted)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    ptrdiff_t begin = str_find(text, STR("-----BEGIN"), 0);
    if (begin < 0)
        return STR_NULL;
    size_t from = (size_t)begin + 10;
    ptrdiff_t dashes = str_find(text, STR("-----"), from);
    ptrdiff_t end = dashes < 0 ? -1 : str_find(text, STR("-----END"), (size_t)dashes + 5);
    if (end < 0)
        return STR_NULL;
    struct str label = str_trim(str_sub(text, from, (size_t)dashes)), line;
    struct str rest = str_sub(text, (size_t)dashes + 5, (size_t)end);
    *ret_is_encrypted = str_starts(label, STR("ENCRYPTED")) || str_has(rest, STR("ENCRYPTED"));
    *ret_label = label;
    if (rest.n > KEY_BYTES_MAX)
        return STR_NULL;
    for (bool first = true; str_split(&rest, '\n', &line); first = false) {
        line = str_trim(line);
        if (line.n && line.p[0] == '=' && line.n <= 6) /* checksum of PGP armour */
            break;
        if (first || !str_has(line, STR(": "))) /* headers of encrypted keys and of PGP */
            add_line(&b, line);
    }
    return arena_str(a, strbuf_str(&b));
}

static uint32_t read_u32(const char *p)
{
    const uint8_t *u = (const uint8_t *)p;
    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* A string with its length in front, as SSH writes all things. */
static bool take(struct str *s, struct str *ret)
{
    if (s->n < 4)
        return false;
    uint32_t n = read_u32(s->p);
    if (n > s->n - 4)
        return false;
    *ret = str_sub(*s, 4, 4 + (size_t)n);
    *s = str_sub(*s, 4 + (size_t)n, s->n);
    return true;
}

static void add_print(struct secret_validity *v, const void *p, size_t n)
{
    if (v->n_prints < ARRAY_SIZE(v->prints))
        sha256_once(p, n, v->prints[v->n_prints++]);
}

static size_t bits_of(struct str number)
{
    while (number.n && !number.p[0])
        number = str_sub(number, 1, number.n);
    size_t bits = number.n * 8;
    for (uint8_t top = number.n ? (uint8_t)number.p[0] : 0; top && !(top & 0x80); top = (uint8_t)(top << 1))
        bits--;
    return bits;
}

/* openssh-key-v1 (PROTOCOL.key of OpenSSH): names of cipher and derivation, its options, a count, the public key, the rest. */
static void examine_openssh(struct str der, struct arena *a, struct secret_validity *v)
{
    static const char MAGIC[] = "openssh-key-v1"; /* with its NUL */
    struct str cipher, kdf, options, public, private, kind, number;
    v->states |= 1U << SECRET_KEY_BROKEN;
    if (!str_starts(der, str_n(MAGIC, sizeof(MAGIC))))
        return;
    struct str s = str_sub(der, sizeof(MAGIC), der.n);
    if (!take(&s, &cipher) || !take(&s, &kdf) || !take(&s, &options) || s.n < 4)
        return;
    s = str_sub(s, 4, s.n);
    if (!take(&s, &public) || !take(&s, &private))
        return;
    const struct str blob = public;
    if (!take(&public, &kind))
        return;
    bool is_plain = str_is(cipher, "none");
    /* Of a plain one the first two numbers are the same: that is how OpenSSH tells a right passphrase. */
    if (private.n < 16 || (is_plain && memcmp(private.p, private.p + 4, 4) != 0))
        return;
    v->states &= ~(1U << SECRET_KEY_BROKEN);
    add_print(v, blob.p, blob.n);
    v->states |= is_plain ? 1U << SECRET_KEY_OK : 1U << SECRET_ENCRYPTED;
    if (str_is(kind, "ssh-rsa") && take(&public, &number) && take(&public, &number))
        v->detail = arena_printf(a, "RSA %zu bits", bits_of(number));
    else if (kind.n && kind.n <= 40 && (str_starts(kind, STR("ssh-")) || str_starts(kind, STR("ecdsa-")) ||
                                        str_starts(kind, STR("sk-"))))
        v->detail = arena_str(a, kind);
}

/* A string, or a positive number, as SSH writes them. */
static void put(struct strbuf *b, const void *p, size_t n, bool is_number)
{
    const bool pad = is_number && n && *(const uint8_t *)p & 0x80;
    const uint32_t size = (uint32_t)(n + pad);
    const char head[] = {(char)(size >> 24), (char)(size >> 16), (char)(size >> 8), (char)size};
    strbuf_add(b, str_n(head, sizeof(head)));
    if (pad)
        strbuf_addc(b, 0);
    strbuf_add(b, str_n(p, n));
}

/* RFC 4253, 6.6: keys that OpenSSH also writes in PEM. */
static void print_rsa(const EVP_PKEY *key, struct secret_validity *v)
{
    static const char *const PARTS[] = {OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_N};
    _cleanup_(strbuf_done) struct strbuf b = {};
    uint8_t bytes[2048]; /* 16384 bits */
    put(&b, "ssh-rsa", 7, false);
    for (size_t i = 0; i < ARRAY_SIZE(PARTS); i++) {
        BIGNUM *n = NULL;
        if (!EVP_PKEY_get_bn_param(key, PARTS[i], &n) || BN_num_bytes(n) > (int)sizeof(bytes)) {
            BN_free(n);
            return;
        }
        put(&b, bytes, (size_t)BN_bn2bin(n, bytes), true);
        BN_free(n);
    }
    add_print(v, b.p, b.n);
}

static void print_key(EVP_PKEY *key, struct secret_validity *v)
{
    unsigned char *der = NULL;
    const int n = i2d_PUBKEY(key, &der);
    if (n > 0)
        add_print(v, der, (size_t)n);
    OPENSSL_free(der);
    if (EVP_PKEY_is_a(key, "RSA"))
        print_rsa(key, v);
}

/* Whether the bytes are one DER sequence from the first to the last. */
static bool is_sequence(struct str der)
{
    const unsigned char *p = (const unsigned char *)der.p;
    long length;
    int tag, class, r = ASN1_get_object(&p, &length, &tag, &class, (long)der.n);
    return !(r & 0x80) && tag == V_ASN1_SEQUENCE && (size_t)(p - (const unsigned char *)der.p) + (size_t)length == der.n;
}

/* A key of a kind that OpenSSL does not know stays what nobody can tell. */
static void examine_der(struct str der, struct arena *a, struct secret_validity *v)
{
    const unsigned char *p = (const unsigned char *)der.p;
    if (!is_sequence(der)) {
        v->states |= 1U << SECRET_KEY_BROKEN;
        return;
    }
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
    if (key) {
        v->states |= 1U << SECRET_KEY_OK;
        print_key(key, v);
        const char *name = EVP_PKEY_get0_type_name(key);
        v->detail = arena_printf(a, "%s %d bits", name ? name : "key", EVP_PKEY_get_bits(key));
    }
    EVP_PKEY_free(key);
    ERR_clear_error();
}

/* What is encrypted cannot be read, but it has a form: PKCS#8 is a sequence of ASN.1; before it (RFC 1421) a header names the cipher and its first vector. */
static bool is_encrypted_form(struct str text, struct str label, struct str der)
{
    if (str_starts(label, STR("ENCRYPTED")))
        return der.p[0] == 0x30;
    const ptrdiff_t at = str_find(text, STR("DEK-Info: "), 0), comma = at < 0 ? -1 : str_find(text, STR(","), (size_t)at);
    size_t digits = 0;
    while (comma >= 0 && (size_t)comma + 1 + digits < text.n && isxdigit((unsigned char)text.p[(size_t)comma + 1 + digits]))
        digits++;
    return digits >= IV_DIGITS_MIN && !(der.n % (IV_DIGITS_MIN / 2));
}

void secret_examine_key(struct str text, struct arena *a, struct secret_validity *v)
{
    bool encrypted = false;
    struct str label = STR_NULL, der, body = secret_pem_body(text, a, &label, &encrypted);
    if (!str_has(label, STR("PRIVATE KEY")))
        return;
    for (size_t i = 0; i < sizeof(PUBLISHED) / sizeof(PUBLISHED[0]); i++)
        if (str_has(body, str_from(PUBLISHED[i])))
            v->states |= 1U << SECRET_EXAMPLE;
    if (!body.n || !base64_decode(a, body, &der) || der.n < KEY_BYTES_MIN * 3 / 4)
        v->states |= 1U << SECRET_KEY_BROKEN;
    else if (str_has(label, STR("PGP")))
        v->states |= der.p[0] & 0x80 ? 0 : 1U << SECRET_KEY_BROKEN; /* RFC 4880: that bit begins a packet */
    else if (str_has(label, STR("OPENSSH")))
        examine_openssh(der, a, v);
    else if (encrypted)
        v->states |= 1U << (is_encrypted_form(text, label, der) ? SECRET_ENCRYPTED : SECRET_KEY_BROKEN);
    else
        examine_der(der, a, v);
}
