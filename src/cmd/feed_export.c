// SPDX-License-Identifier: Apache-2.0
/* davy feed export: the entries, the output, and the plain forms. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/intl.h"
#include "base/io.h"
#include "cmd/feed_export.h"

static const char NAME[] = "davy feed export";

static int take(void *ctx, const struct feed_entry *e)
{
    struct feed_exported *x = ctx;
    /* what others compare with files and images has no hashes of secrets in it, unless they are asked for */
    const bool is_other = e->type == FEED_SECRET && x->o->format != FEED_JSON && x->o->type != FEED_SECRET;
    if (is_other || !feed_is_wanted(x->o, e, true) || feed_digest_is_common(e->digest))
        return 0;
    struct feed_entry own = *e;
    struct str *const texts[] = {&own.categories, &own.reason, &own.source, &own.rules, &own.engine, &own.image, &own.approved_by, &own.basis, &own.scope, &own.notified,
                                 &own.feed};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = arena_str(&x->arena, *texts[i]);
    vec_add(&x->entries, own);
    x->newest_s = e->updated_s > x->newest_s ? e->updated_s : x->newest_s;
    return 0;
}

static void add_sha256(struct feed_exported *x, struct strbuf *b)
{
    _cleanup_(arena_done) struct arena a = {};
    vec_each(e, &x->entries)
        strbuf_printf(b, "%s\n", hex_encode(&a, e->digest, SHA256_BYTES).p);
}

static void add_list(struct feed_exported *x, struct strbuf *b)
{
    strbuf_adds(b, "{\"schema\":\"davy.feed/1\",\"list\":[");
    vec_each(e, &x->entries)
    {
        strbuf_adds(b, e == x->entries.v ? "\n" : ",\n");
        feed_add_json(b, feed_entry_json(e, x->o->now_s));
    }
    strbuf_adds(b, "]}\n");
}

/* hash:size:name:level. Names of ClamAV are words with dots. */
static void add_clamav(struct feed_exported *x, struct strbuf *b)
{
    _cleanup_(arena_done) struct arena a = {};
    vec_each(e, &x->entries)
    {
        struct str rest = e->categories, category = STR_NULL, hex = hex_encode(&a, e->digest, SHA256_BYTES);
        (void)str_split(&rest, ',', &category);
        strbuf_printf(b, "%s:", hex.p);
        if (e->size)
            strbuf_printf(b, "%llu", (unsigned long long)e->size);
        else
            strbuf_addc(b, '*');
        strbuf_printf(b, ":Davy.%s.%s", e->verdict == FEED_UNWANTED ? "Unwanted" : "Malicious", category.n ? "" : "Listed");
        for (size_t i = 0; i < category.n; i++)
            strbuf_addc(b, strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", category.p[i]) ? category.p[i] : '_');
        strbuf_printf(b, ".%.8s:%d\n", hex.p, CLAMAV_LEVEL);
    }
}

static int write_file(const char *path, struct str text)
{
    const int r = cmd_replace_file(path, text);
    if (r < 0)
        cmd_error(NAME, "cannot write %s: %s", path, error_words(r));
    return r < 0 ? EXIT_CANNOT : EXIT_NOTHING;
}

static int write_out(struct feed_exported *x)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct error err = ERROR_NULL;
    int r = 0;
    switch (x->o->format) {
    case FEED_JSON:
        add_list(x, &b);
        break;
    case FEED_STIX:
        feed_export_stix(x, &b);
        break;
    case FEED_MISP:
        feed_export_misp(x, &b);
        break;
    case FEED_CLAMAV:
        add_clamav(x, &b);
        break;
    case FEED_KYVERNO:
        feed_export_kyverno(x, &b);
        break;
    case FEED_GATEKEEPER:
        feed_export_gatekeeper(x, &b);
        break;
    case FEED_OPA:
        r = feed_export_opa(x, &b, &err);
        break;
    default:
        add_sha256(x, &b);
    }
    if (r < 0) {
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    return x->o->output ? write_file(x->o->output, strbuf_str(&b)) : feed_print(&b);
}

static void exported_done(struct feed_exported *x)
{
    vec_done(&x->entries);
    arena_done(&x->arena);
}

int feed_export(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    _cleanup_(exported_done) struct feed_exported x = {.o = o};
    struct error err = ERROR_NULL;
    if (n) {
        cmd_error(NAME, "`%s` is too much; --output names a file to write to", operands[0]);
        return EXIT_USAGE;
    }
    int code = feed_open(o, NAME, FEED_READ, &s);
    if (code)
        return code;
    if (feed_store_each(s, FEED_FIRST_SEEN_FIRST, take, &x, &err) < 0) {
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    return write_out(&x);
}
