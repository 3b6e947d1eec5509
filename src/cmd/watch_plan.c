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

int plan_print(const struct source *s)
{
    struct source_bpf_kind k;
    struct strbuf b = {};
    cmd_add_padded(&b, _("event"), EVENT_COLUMNS);
    cmd_add_padded(&b, _("provider"), PROVIDER_COLUMNS);
    strbuf_printf(&b, "%s\n", _("state"));
    for (size_t i = 0; source_bpf_kind(s, i, &k); i++) {
        cmd_add_padded(&b, kind_name(k.kind), EVENT_COLUMNS);
        cmd_add_padded(&b, k.provider ? k.provider : "-", PROVIDER_COLUMNS);
        strbuf_adds(&b, state_of(&k));
        if (k.lost)
            strbuf_printf(&b, _("; lost: %s"), _(k.lost));
        strbuf_addc(&b, '\n');
    }
    const bool is_written = fwrite(b.p, 1, b.n, stdout) == b.n && !fflush(stdout);
    strbuf_done(&b);
    return is_written ? EXIT_NOTHING : EXIT_CANNOT;
}
