// SPDX-License-Identifier: Apache-2.0
/* An entry for people and for programs. */
#include <errno.h>

#include "base/day.h"
#include "base/intl.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/feed.h"

enum { DAY_S = 86400, NS_A_SECOND = 1'000'000'000 };

static struct str day_at(struct arena *a, uint64_t s)
{
    return day_text(a, day_of(s < UINT64_MAX / NS_A_SECOND ? s * NS_A_SECOND : UINT64_MAX));
}

/* The last day on which an entry counts. */
static struct str last_day(struct arena *a, const struct feed_entry *e)
{
    return day_at(a, e->expires_s - 1);
}

static void add_fit(struct strbuf *b, struct str text, size_t columns)
{
    strbuf_adds(b, "  ");
    text_add_fit(b, text, columns - 2, cmd_utf8());
    strbuf_addc(b, '\n');
}

static void add_head(struct strbuf *b, struct arena *a, const struct feed_entry *e, uint64_t now_s)
{
    static const char *const WORDS[] = {N_("MALICIOUS"), N_("UNWANTED"), N_("SUSPICIOUS"), N_("EXPOSED"), N_("CLEAN")};
    static const char *const TYPES[] = {N_("manifest"), N_("config"), N_("layer"), N_("file")};
    cmd_add_padded(b, _(WORDS[e->verdict]), 12);
    cmd_add_padded(b, _(TYPES[e->type]), 10);
    strbuf_printf(b, _("first seen %s"), day_at(a, e->first_seen_s).p);
    if (!e->expires_s)
        return;
    strbuf_adds(b, " · ");
    strbuf_printf(b, feed_entry_is_expired(e, now_s) ? _("expired, last day %s") : _("until %s"), last_day(a, e).p);
}

void feed_show(struct strbuf *b, const struct feed_entry *e, const char *asked, uint64_t now_s)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf head = {}, line = {};
    size_t columns = cmd_columns(STDOUT_FILENO);
    add_head(&head, &a, e, now_s);
    text_add_fit(b, strbuf_str(&head), columns, cmd_utf8());
    strbuf_addc(b, '\n');
    if (asked)
        add_fit(b, str_from(asked), columns);
    strbuf_printf(b, "  %s\n", feed_digest_text(&a, e->digest).p); /* whole at any width: it is copied from here */
    strbuf_add(&line, e->reason);
    if (e->categories.n)
        strbuf_printf(&line, " (%.*s)", STR_ARG(e->categories));
    add_fit(b, strbuf_str(&line), columns);
    strbuf_clear(&line);
    strbuf_printf(&line, _("from %.*s"), STR_ARG(e->source));
    if (e->feed.n)
        strbuf_printf(&line, _(", by the feed %.*s"), STR_ARG(e->feed));
    add_fit(b, strbuf_str(&line), columns);
    if (!e->approved_by.n)
        return;
    strbuf_clear(&line);
    strbuf_printf(&line, _("approved by %.*s"), STR_ARG(e->approved_by));
    if (e->basis.n)
        strbuf_printf(&line, " (%.*s)", STR_ARG(e->basis));
    add_fit(b, strbuf_str(&line), columns);
}

static void put(json_t *j, const char *key, struct str s)
{
    (void)json_object_set_new(j, key, json_stringn(s.n ? s.p : "", s.n));
}

static void put_time(json_t *j, const char *key, uint64_t s)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    text_add_time(&b, s < UINT64_MAX / NS_A_SECOND ? s * NS_A_SECOND : UINT64_MAX, 0);
    put(j, key, strbuf_str(&b));
}

json_t *feed_entry_json(const struct feed_entry *e, uint64_t now_s)
{
    _cleanup_(arena_done) struct arena a = {};
    json_t *j = json_object(), *categories = json_array();
    struct str rest = e->categories, one;
    while (str_split(&rest, ',', &one))
        if (one.n)
            (void)json_array_append_new(categories, json_stringn(one.p, one.n));
    put(j, "digest", feed_digest_text(&a, e->digest));
    put(j, "type", str_from(feed_type_name(e->type)));
    put(j, "verdict", str_from(feed_verdict_name(e->verdict)));
    (void)json_object_set_new(j, "categories", categories);
    put(j, "reason", e->reason);
    put(j, "source", e->source);
    put_time(j, "first_seen", e->first_seen_s);
    put_time(j, "updated", e->updated_s);
    if (e->expires_s)
        put(j, "expires", last_day(&a, e));
    (void)json_object_set_new(j, "expired", json_boolean(feed_entry_is_expired(e, now_s)));
    if (e->rules.n)
        put(j, "rules", e->rules);
    put(j, "engine", e->engine);
    if (e->size)
        (void)json_object_set_new(j, "size", json_integer((json_int_t)e->size));
    if (e->image.n)
        put(j, "image", e->image);
    if (e->feed.n)
        put(j, "feed", e->feed);
    if (e->approved_by.n)
        put(j, "approved_by", e->approved_by);
    if (e->basis.n)
        put(j, "basis", e->basis);
    if (e->scope.n)
        put(j, "scope", e->scope);
    if (e->notified.n)
        put(j, "notified", e->notified);
    return j;
}

void feed_add_json(struct strbuf *b, json_t *j)
{
    json_add(b, j, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    json_decref(j);
}

int feed_print(struct strbuf *b)
{
    const int code = cmd_print("davy feed", b);
    strbuf_done(b);
    return code;
}
