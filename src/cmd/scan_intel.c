// SPDX-License-Identifier: Apache-2.0
/* Lists of digests and names of a scan: loads them, says what was not understood, counts them for the report. */
#include "base/day.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/intel_files.h"
#include "cmd/scan.h"
#include "cmd/scan_feed.h"

/* Once for each list, on standard error: what is left out would be missed in silence otherwise. */
static void say_left_out(const char *program, const struct intel_list *l)
{
    struct strbuf bad = {}, used = {}, b = {};
    uint64_t entries = l->digests + l->names + l->nets;
    text_add_count(&bad, l->bad);
    text_add_count(&used, entries);
    strbuf_printf(&b, intl_plural("%s line is not understood and left out (%.*s%s)", "%s lines are not understood and left out (%.*s%s)", l->bad),
                  bad.p, STR_ARG(l->bad_shown), l->bad > LIST_BAD_SHOWN ? "; …" : "");
    strbuf_adds(&b, "; ");
    strbuf_printf(&b, intl_plural("%s entry is used", "%s entries are used", entries), used.p);
    cmd_error(program, "%.*s: %s", STR_ARG(l->file), b.p);
    strbuf_done(&bad);
    strbuf_done(&used);
    strbuf_done(&b);
}

static void say_empty(const char *program, const struct intel_list *l)
{
    cmd_error(program,
              "%.*s: nothing of it is used: all %llu lines say more than a name, such as a path or a pattern, or are "
              "signatures for other versions",
              STR_ARG(l->file), (unsigned long long)l->passed);
}

int scan_load_intel(struct scan *s)
{
    const struct scan_options *o = s->options;
    struct error err = ERROR_NULL;
    int r = intel_files_load(
        &(struct intel_options){
            .hashes = o->hashes.v,
            .n_hashes = o->hashes.n,
            .leaked = o->leaked.v,
            .n_leaked = o->leaked.n,
            .lists = o->lists.v,
            .n_lists = o->lists.n,
            .folders = o->list_folders.v,
            .n_folders = o->list_folders.n,
            .no_shipped = o->no_shipped_lists,
            .more = o->no_feed ? NULL : scan_feed_add,
            .more_ctx = &(struct scan_feed){.path = o->feed, .now_ns = s->report.started_ns},
        },
        s->report.started_ns, &s->intel, &err);
    if (r < 0) {
        cmd_error(o->program, "%s", err.text);
        return r;
    }
    size_t n;
    const struct intel_list *lists = intel_lists(s->intel, &n);
    for (size_t i = 0; i < n; i++) {
        if (lists[i].bad)
            say_left_out(o->program, &lists[i]);
        if (lists[i].left_out.n)
            cmd_error(o->program, "%.*s: not read, for want of the language of such signatures (clamscan has it): %.*s", STR_ARG(lists[i].file),
                      STR_ARG(lists[i].left_out));
        else if (!lists[i].digests && !lists[i].names && !lists[i].nets)
            say_empty(o->program, &lists[i]);
    }
    return 0;
}

void scan_count_intel(struct scan *s)
{
    struct intel_totals totals = intel_totals(s->intel);
    size_t n;
    const struct intel_list *lists = intel_lists(s->intel, &n);
    s->report.rules.listed_digests = totals.digests;
    s->report.rules.listed_names = totals.names;
    for (size_t i = 0; i < n; i++)
        if (lists[i].is_expired)
            report_expired(&s->report, lists[i].file, day_text(&s->arena, lists[i].expires));
    const struct ruleset_expired *expired;
    n = ruleset_expired(s->rules, &expired);
    for (size_t i = 0; i < n; i++)
        report_expired(&s->report, arena_printf(&s->arena, "%s: %.*s", expired[i].file, STR_ARG(expired[i].list)), expired[i].day);
}
