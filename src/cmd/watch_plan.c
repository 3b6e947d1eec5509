// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "cmd/watch_live.h"
#include "event/record_kind.h"
#include "source/bpf/bpf.h"

enum { EVENT_COLUMNS = 21, PROVIDER_COLUMNS = 33 }; /* with the blank behind */

/* What records are called that are no events for rules. */
static const char *kind_name(uint32_t kind)
{
    enum event_type type = record_kind_type(kind);
    return type != EVENT__INVALID ? event_type_name(type) : kind == RECORD_FORK ? "fork" : "?";
}

static const char *state_of(const struct source_bpf_kind *k)
{
    return !k->provider ? _("cannot be seen here") : k->loaded ? _("runs") : _("no rule wants it");
}

/* One event a line, for programs too. */
static void add_each(struct strbuf *b, const struct source *s)
{
    struct source_bpf_kind k;
    cmd_add_padded(b, _("event"), EVENT_COLUMNS);
    cmd_add_padded(b, _("provider"), PROVIDER_COLUMNS);
    strbuf_printf(b, "%s\n", _("state"));
    for (size_t i = 0; source_bpf_kind(s, i, &k); i++) {
        cmd_add_padded(b, kind_name(k.kind), EVENT_COLUMNS);
        cmd_add_padded(b, k.provider ? k.provider : "-", PROVIDER_COLUMNS);
        strbuf_adds(b, state_of(&k));
        if (k.lost)
            strbuf_printf(b, _("; lost: %s"), _(k.lost));
        strbuf_addc(b, '\n');
    }
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

/* Seen in one way, with the same loss; what is not loaded is alike whoever would show it. */
static bool is_alike(const struct source_bpf_kind *a, const struct source_bpf_kind *b)
{
    if (!a->provider != !b->provider || a->loaded != b->loaded)
        return false;
    return !a->loaded || (is_same(a->provider, b->provider) && is_same(a->lost, b->lost));
}

/* The kinds that are alike to the i-th, unless an earlier one has shown them. */
static void add_group(struct strbuf *b, const struct source *s, size_t i, const struct source_bpf_kind *first)
{
    struct source_bpf_kind k;
    struct strbuf names = {}, lost = {};
    const unsigned columns = cmd_columns(STDOUT_FILENO);
    for (size_t j = 0; source_bpf_kind(s, j, &k); j++) {
        if (!is_alike(first, &k))
            continue;
        if (j < i)
            goto end;
        strbuf_printf(&names, "%s%s", names.n ? ", " : "", kind_name(k.kind));
    }
    strbuf_addc(b, ' ');
    cmd_add_padded(b, first->loaded ? first->provider : state_of(first), PROVIDER_COLUMNS);
    cmd_add_wrapped(b, strbuf_str(&names), 1 + PROVIDER_COLUMNS, 1 + PROVIDER_COLUMNS, columns);
    if (first->loaded && first->lost) {
        strbuf_printf(&lost, _("lost: %s"), _(first->lost));
        strbuf_pad(b, ' ', 3);
        cmd_add_wrapped(b, strbuf_str(&lost), 3, 3, columns);
    }
end:
    strbuf_done(&names);
    strbuf_done(&lost);
}

/* How much is seen and what is not, then how: events that are seen alike stand together. */
static void add_groups(struct strbuf *b, const struct source *s)
{
    struct source_bpf_kind k;
    size_t seen = 0, unwanted = 0, hidden = 0;
    for (size_t i = 0; source_bpf_kind(s, i, &k); i++) {
        seen += k.provider && k.loaded;
        unwanted += k.provider && !k.loaded;
        hidden += !k.provider;
    }
    struct strbuf says = {};
    strbuf_printf(b, " %s ", hidden ? (cmd_utf8() ? "✗" : "X") : (cmd_utf8() ? "✓" : "+"));
    strbuf_printf(&says, intl_plural("%zu kind of event is watched", "%zu kinds of events are watched", seen), seen);
    strbuf_printf(&says, intl_plural(", %zu is wanted by no rule", ", %zu are wanted by no rule", unwanted), unwanted);
    strbuf_printf(&says, intl_plural(", %zu cannot be seen here", ", %zu cannot be seen here", hidden), hidden);
    strbuf_adds(&says, _(" (--verbose: each by itself)"));
    cmd_add_wrapped(b, strbuf_str(&says), 3, 3, cmd_columns(STDOUT_FILENO));
    strbuf_addc(b, '\n');
    strbuf_done(&says);
    for (int loaded = 1; loaded >= 0; loaded--) /* what is not seen, last */
        for (size_t i = 0; source_bpf_kind(s, i, &k); i++)
            if (k.loaded == (bool)loaded)
                add_group(b, s, i, &k);
}

int plan_print(const struct source *s, bool each)
{
    struct strbuf b = {};
    (each ? add_each : add_groups)(&b, s);
    const int code = cmd_print("davy watch", &b);
    strbuf_done(&b);
    return code;
}
