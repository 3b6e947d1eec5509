// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "sink/sbom.h"

/* Percent-encoding as package URLs want it; '/' stays where the part may have several segments. */
static void encode(struct strbuf *b, struct str s, bool segments)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~:", c)) ||
            (c == '/' && segments))
            strbuf_addc(b, (char)c);
        else
            strbuf_printf(b, "%%%02X", c);
    }
}

static bool is_of_system(struct str ecosystem)
{
    return str_is(ecosystem, "deb") || str_is(ecosystem, "apk");
}

/* PyPI compares names without case and with '-' for '_' and '.': its package URLs are written that way. */
static struct str pypi_name(struct arena *a, struct str name)
{
    char *p = (char *)arena_str(a, name).p;
    for (size_t i = 0; i < name.n; i++)
        p[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i] == '_' ? '-' : p[i]);
    return str_n(p, name.n);
}

struct str sbom_purl(struct arena *a, const struct inventory *inv, const struct inventory_package *p)
{
    struct strbuf b = {};
    struct str vendor = inv->os_id.n ? inv->os_id : str_is(p->ecosystem, "apk") ? STR("alpine") : STR("debian");
    strbuf_adds(&b, "pkg:");
    encode(&b, p->ecosystem, false);
    strbuf_addc(&b, '/');
    if (is_of_system(p->ecosystem)) {
        encode(&b, vendor, false);
        strbuf_addc(&b, '/');
    }
    bool is_pypi = str_is(p->ecosystem, "pypi");
    encode(&b, is_pypi ? pypi_name(a, p->name) : p->name, true);
    if (p->version.n) {
        strbuf_addc(&b, '@');
        encode(&b, p->version, false);
    }
    const char *before = "?";
    if (p->arch.n) {
        strbuf_adds(&b, "?arch=");
        encode(&b, p->arch, false);
        before = "&";
    }
    if (is_of_system(p->ecosystem) && inv->os_version.n) {
        strbuf_printf(&b, "%sdistro=", before);
        encode(&b, vendor, false);
        strbuf_addc(&b, '-');
        encode(&b, inv->os_version, false);
    }
    struct str purl = arena_str(a, strbuf_str(&b));
    strbuf_done(&b);
    return purl;
}

struct str sbom_uuid(struct arena *a, const struct report *r, const char *format)
{
    struct sha256 *h = sha256_new();
    uint8_t d[SHA256_BYTES];
    sha256_add(h, format, strlen(format));
    sha256_add(h, &r->started_ns, sizeof(r->started_ns));
    sha256_add(h, r->rules.digest.p ? r->rules.digest.p : "", r->rules.digest.n);
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[i];
        sha256_add(h, t->name.p, t->name.n);
        sha256_add(h, t->digest.p ? t->digest.p : "", t->digest.n);
    }
    sha256_end(h, d);
    (void)sha256_free(h);
    d[6] = (uint8_t)((d[6] & 0x0f) | 0x80);
    d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
    struct str x = hex_encode(a, d, 16);
    return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", x.p, x.p + 8, x.p + 12, x.p + 16, x.p + 20);
}

struct str sbom_sha256(struct str digest)
{
    struct str hex = str_starts(digest, STR("sha256:")) ? str_sub(digest, strlen("sha256:"), digest.n) : STR_NULL;
    uint8_t bytes[SHA256_BYTES];
    return hex.n == SHA256_HEX && hex_decode(hex, bytes) ? hex : STR_NULL;
}

struct str sbom_time(struct arena *a, uint64_t ns)
{
    struct strbuf b = {};
    text_add_time(&b, ns, 0);
    struct str s = arena_str(a, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}
