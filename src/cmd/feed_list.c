// SPDX-License-Identifier: Apache-2.0
/* davy feed list: written as it is read, so that a feed of any size is listed in the same memory. */
#include <errno.h>

#include "base/intl.h"
#include "base/text.h"
#include "cmd/feed.h"

static const char NAME[] = "davy feed list";
enum { PIECE = 1 << 16 };

struct listing {
    const struct feed_options *options;
    struct strbuf out;
    size_t shown, seen;
};

static bool has_any_category(const struct feed_options *o, const struct feed_entry *e)
{
    for (size_t i = 0; i < o->categories.n; i++)
        if (feed_entry_has_category(e, str_from(o->categories.v[i])))
            return true;
    return !o->categories.n;
}

bool feed_is_wanted(const struct feed_options *o, const struct feed_entry *e, bool only_bad)
{
    bool expired = feed_entry_is_expired(e, o->now_s);
    if (only_bad && ((o->verdict < 0 && !feed_verdict_is_bad(e->verdict)) || (expired && !o->expired)))
        return false; /* whoever blocks what is on such a list blocks it all */
    return (o->type < 0 || e->type == (enum feed_type)o->type) && (o->verdict < 0 || e->verdict == (enum feed_verdict)o->verdict) &&
           e->first_seen_s >= o->since_s && (!o->expired || expired) && has_any_category(o, e);
}

static int take(void *ctx, const struct feed_entry *e)
{
    struct listing *l = ctx;
    _cleanup_(arena_done) struct arena a = {};
    l->seen++;
    if (!feed_is_wanted(l->options, e, l->options->format == FEED_SHA256))
        return 0;
    switch (l->options->format) {
    case FEED_TEXT:
        feed_show(&l->out, e, NULL, l->options->now_s);
        break;
    case FEED_JSON:
        strbuf_adds(&l->out, l->shown ? ",\n" : "\n");
        feed_add_json(&l->out, feed_entry_json(e, l->options->now_s));
        break;
    default:
        strbuf_printf(&l->out, "%s\n", hex_encode(&a, e->digest, SHA256_BYTES).p);
        break;
    }
    l->shown++;
    return l->out.n >= PIECE && feed_print(&l->out) ? -EPIPE : 0;
}

int feed_list(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    struct listing l = {.options = o};
    struct error err = ERROR_NULL;
    if (n) {
        cmd_error(NAME, "`%s` is too much; `davy feed check` looks digests up", operands[0]);
        return EXIT_USAGE;
    }
    int code = feed_open(o, NAME, FEED_READ, &s);
    if (code)
        return code;
    if (o->format == FEED_JSON)
        strbuf_adds(&l.out, "{\"schema\":\"davy.feed/1\",\"list\":[");
    int r = feed_store_each(s, FEED_FIRST_SEEN_FIRST, take, &l, &err);
    if (r < 0) {
        if (err.code)
            cmd_error(NAME, "%s", err.text);
        strbuf_done(&l.out);
        return EXIT_CANNOT;
    }
    if (o->format == FEED_JSON)
        strbuf_adds(&l.out, "]}\n");
    if (o->format == FEED_TEXT) {
        strbuf_printf(&l.out, _("%zu of %zu entries in "), l.shown, l.seen);
        text_add_safe(&l.out, str_from(cmd_feed_path(o->feed)));
        strbuf_addc(&l.out, '\n');
    }
    return feed_print(&l.out);
}
