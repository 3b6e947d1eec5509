// SPDX-License-Identifier: Apache-2.0
/* davy feed add and remove: everything that one command gives is added, or nothing. */
#include <errno.h>

#include "base/day.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/feed.h"
#include "cmd/feed_lines.h"
#include "cmd/feed_report.h"
#include "config.h"

static const char ADD[] = "davy feed add", REMOVE[] = "davy feed remove";

enum { ADD_MAX = 1'000'000 }; /* digests of one command: some 200 MB until they are added */

/* Everything to be added, gathered before the feed is opened. */
struct gathered {
    struct arena arena;
    VEC(struct feed_entry) entries;
    VEC(struct feed_report) reports; /* own the texts of their entries */
};

static void gathered_done(struct gathered *g)
{
    vec_each(r, &g->reports)
        feed_report_done(r);
    vec_done(&g->reports);
    vec_done(&g->entries);
    arena_done(&g->arena);
}

static struct str categories(const struct feed_options *o, struct arena *a)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < o->categories.n; i++)
        strbuf_printf(&b, "%s%s", i ? "," : "", o->categories.v[i]);
    return arena_str(a, strbuf_str(&b));
}

/* A digest of the command line or of standard input. */
struct given {
    struct gathered *to;
    const struct feed_options *options;
    struct error err; /* the first thing that is wrong */
};

static void take_digest(struct given *g, const uint8_t digest[SHA256_BYTES])
{
    const struct feed_options *o = g->options;
    struct feed_entry e = {
        .type = (enum feed_type)o->type,
        .verdict = o->verdict < 0 ? FEED_MALICIOUS : (enum feed_verdict)o->verdict,
        .categories = categories(o, &g->to->arena),
        .reason = str_from(o->reason),
        .source = o->source ? str_from(o->source) : STR("added by hand"),
        .engine = STR(DAVY_VERSION),
        .expires_s = o->expires_s,
        .size = o->size,
        .image = str_from(o->image),
    };
    memcpy(e.digest, digest, sizeof(e.digest));
    if (g->err.code || feed_entry_check(&e, &g->err) < 0)
        return;
    if (g->to->entries.n >= ADD_MAX)
        (void)error_set(&g->err, -E2BIG, "over %d digests: give them in several commands", ADD_MAX);
    else
        vec_add(&g->to->entries, e);
}

static void take_named(void *ctx, const uint8_t digest[SHA256_BYTES], struct str)
{
    take_digest(ctx, digest);
}

static void take_bad(void *ctx, size_t number)
{
    struct given *g = ctx;
    if (!g->err.code)
        (void)error_set(&g->err, -EINVAL, "standard input:%zu: no SHA-256 and no line of sha256sum", number);
}

static void take_input(struct given *g)
{
    const size_t before = g->to->entries.n;
    const int r = feed_lines_read(&(struct feed_lines){g, take_named, take_bad});
    if (r < 0)
        (void)error_errno(&g->err, r, "cannot read standard input");
    else if (g->to->entries.n == before && !g->err.code) /* the program before it in the pipe may have failed */
        (void)error_set(&g->err, -ENODATA, "standard input has no digest: nothing was added");
}

static int gather_digests(struct gathered *to, const struct feed_options *o, char **operands, size_t n)
{
    struct given g = {.to = to, .options = o, .err = ERROR_NULL};
    if (n && (o->type < 0 || !o->reason)) {
        cmd_error(ADD, "say what the digests are made of with --type, and why they are listed with --reason");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < n && !g.err.code; i++) {
        uint8_t digest[SHA256_BYTES];
        if (!strcmp(operands[i], "-"))
            take_input(&g);
        else if (feed_digest_parse(str_from(operands[i]), digest))
            take_digest(&g, digest);
        else
            (void)error_set(&g.err, -EINVAL, "`%s` is no SHA-256: 64 digits of hex, with sha256: before them or not", operands[i]);
    }
    if (g.err.code)
        cmd_error(ADD, "%s", g.err.text);
    return g.err.code ? EXIT_USAGE : 0;
}

/* What the command line says goes over what the report says. */
static void take_entry(struct gathered *g, const struct feed_options *o, struct feed_entry e)
{
    if (o->type >= 0 && e.type != (enum feed_type)o->type)
        return;
    e.reason = o->reason ? str_from(o->reason) : e.reason;
    e.source = o->source ? str_from(o->source) : e.source;
    e.categories = o->categories.n ? categories(o, &g->arena) : e.categories;
    e.expires_s = o->expires_s;
    vec_add(&g->entries, e);
}

/* One report in the whole text, or one a line, as `davy hunt report --reports` writes them. */
static bool is_lines(struct str text)
{
    struct str rest = text, first;
    return str_split(&rest, '\n', &first) && str_starts(first, STR("{")) && str_ends(first, STR("}")) && str_trim(rest).n;
}

static int read_report(struct gathered *g, const struct feed_options *o, const char *name, struct str text, struct error *err)
{
    struct feed_report *report = vec_push(&g->reports);
    int r = feed_report_read(name, text, o->with_clean, report, err);
    if (r < 0)
        return r;
    vec_each(e, &report->entries)
        take_entry(g, o, *e);
    if (report->other_digests)
        cmd_error(ADD, "%s: %zu digests are no SHA-256 and left out", name, report->other_digests);
    return 0;
}

static int gather_report(struct gathered *g, const struct feed_options *o, const char *path)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct error err = ERROR_NULL;
    const char *name = strcmp(path, "-") ? path : _("standard input");
    int r = feed_read_text(path, name, FEED_REPORT_BYTES, &text, &err);
    const bool has_lines = is_lines(strbuf_str(&text));
    struct str rest = strbuf_str(&text), line;
    if (!r && !has_lines)
        r = read_report(g, o, name, rest, &err);
    for (unsigned n = 1; !r && has_lines && str_split(&rest, '\n', &line); n++) {
        r = str_trim(line).n ? read_report(g, o, name, line, &err) : 0;
        if (r < 0)
            (void)error_wrap(&err, r, "line %u", n);
    }
    if (r < 0) {
        cmd_error(ADD, "%s", err.text);
        return EXIT_CANNOT;
    }
    return 0;
}

static int put_all(struct feed_store *s, const struct gathered *g, size_t *ret_new, struct error *err)
{
    int r = 0;
    *ret_new = 0;
    for (size_t i = 0; !r && i < g->entries.n; i++) {
        bool is_new = false;
        r = feed_store_put(s, &g->entries.v[i], &is_new, err);
        *ret_new += is_new;
    }
    return r ? r : feed_store_commit(s, err);
}

/* A day of the past is a slip more often than meant; what is kept is what was said. */
static void say_it_is_over(const struct feed_options *o)
{
    _cleanup_(arena_done) struct arena a = {};
    struct str day = day_text(&a, day_of((o->expires_s - 1) * 1'000'000'000));
    cmd_error(ADD, "%.*s is over: these entries do not count", STR_ARG(day));
}

static int add_all(const struct feed_options *o, const struct gathered *g)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    struct error err = ERROR_NULL;
    struct strbuf b = {};
    size_t added = 0;
    int code = feed_open(o, ADD, FEED_WRITE, &s);
    if (code)
        return code;
    if (put_all(s, g, &added, &err) < 0) {
        cmd_error(ADD, "%s", err.text);
        return EXIT_CANNOT;
    }
    strbuf_printf(&b, _("added %zu, updated %zu: "), added, g->entries.n - added);
    text_add_safe(&b, str_from(cmd_feed_path(o->feed)));
    strbuf_addc(&b, '\n');
    if (g->entries.n && o->expires_s && o->expires_s <= o->now_s)
        say_it_is_over(o);
    return feed_print(&b);
}

int feed_add(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(gathered_done) struct gathered g = {};
    if (!n && !o->reports.n) {
        cmd_error(ADD, "name digests, or a report with --report");
        return EXIT_USAGE;
    }
    if (o->reports.n && o->verdict >= 0) {
        cmd_error(ADD, "a report brings its own verdicts; give --verdict with digests alone");
        return EXIT_USAGE;
    }
    int code = gather_digests(&g, o, operands, n);
    for (size_t i = 0; !code && i < o->reports.n; i++)
        code = gather_report(&g, o, o->reports.v[i]);
    return code ? code : add_all(o, &g);
}

/* What other feeds say stays; the owner can say otherwise. */
static void say_not_there(struct feed_store *s, const uint8_t digest[SHA256_BYTES], const char *operand)
{
    _cleanup_(arena_done) struct arena a = {};
    struct feed_entry e;
    if (!feed_store_get(s, digest, &a, &e, NULL))
        cmd_error(REMOVE, "%s is listed by the feed `%.*s`, not here; `davy feed add --verdict clean` makes an exception", operand, STR_ARG(e.feed));
    else
        cmd_error(REMOVE, "%s is not in the feed", operand);
}

static int remove_all(struct feed_store *s, char **operands, size_t n, size_t *ret_removed, struct error *err)
{
    int r = 0;
    for (size_t i = 0; !r && i < n; i++) {
        uint8_t digest[SHA256_BYTES];
        bool was = false;
        (void)feed_digest_parse(str_from(operands[i]), digest);
        r = feed_store_remove(s, digest, &was, err);
        *ret_removed += was;
        if (!r && !was)
            say_not_there(s, digest, operands[i]);
    }
    return r ? r : feed_store_commit(s, err);
}

int feed_remove(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    struct error err = ERROR_NULL;
    struct strbuf b = {};
    uint8_t ignored[SHA256_BYTES];
    size_t removed = 0;
    if (!n) {
        cmd_error(REMOVE, "name digests; `davy feed list` shows them");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < n; i++)
        if (!feed_digest_parse(str_from(operands[i]), ignored)) {
            cmd_error(REMOVE, "`%s` is no SHA-256: 64 digits of hex, with sha256: before them or not", operands[i]);
            return EXIT_USAGE;
        }
    /* opened to be read first: a feed is not made in order to take something out of it */
    int code = feed_open(o, REMOVE, FEED_READ, &s);
    s = feed_store_close(s);
    if (!code)
        code = feed_open(o, REMOVE, FEED_WRITE, &s);
    if (code)
        return code;
    if (remove_all(s, operands, n, &removed, &err) < 0) {
        cmd_error(REMOVE, "%s", err.text);
        return EXIT_CANNOT;
    }
    strbuf_printf(&b, _("removed %zu of %zu\n"), removed, n);
    code = feed_print(&b);
    return code ? code : removed == n ? EXIT_NOTHING : EXIT_CANNOT;
}
