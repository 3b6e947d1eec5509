// SPDX-License-Identifier: Apache-2.0
/* What the page at the end of davy logs says of what was read, and of what could not be. */
#include <time.h>

#include "base/intl.h"
#include "base/stop.h"
#include "base/text.h"
#include "cmd/logs.h"

static void add_minute(struct strbuf *b, uint64_t time_ns)
{
    const time_t seconds = (time_t)(time_ns / 1'000'000'000);
    struct tm t = {};
    char text[40];
    (void)localtime_r(&seconds, &t);
    (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &t);
    strbuf_adds(b, text);
}

static void add_wall(struct strbuf *b, uint64_t ns)
{
    const double s = (double)ns / 1e9;
    strbuf_printf(b, s < 0.0995 ? _("%.0f ms") : s < 99.5 ? _("%.1f s") : _("%.0f s"), s < 0.0995 ? s * 1000 : s);
}

static void add_checked(struct strbuf *b, const struct log_stats *s, const struct logs_span *span)
{
    bool any = false;
    text_add_counted(b, s->records, "%s record", "%s records");
    for (int f = 0; f < LOG_FORMAT__N; f++) {
        if (!s->formats[f])
            continue;
        strbuf_adds(b, any ? _(", ") : " (");
        strbuf_adds(b, log_format_name((enum log_format)f));
        if (s->formats[f] != s->records) {
            strbuf_addc(b, ' ');
            text_add_count(b, s->formats[f]);
        }
        any = true;
    }
    strbuf_adds(b, any ? ")" : "");
    strbuf_adds(b, _(", "));
    text_add_counted(b, s->files, "%s file", "%s files");
    strbuf_adds(b, _(", "));
    text_add_size(b, s->bytes);
    if (span->first_ns) {
        struct strbuf from = {}, to = {};
        add_minute(&from, span->first_ns);
        add_minute(&to, span->last_ns);
        strbuf_printf(b, _("; from %s to %s"), from.p, to.p);
        strbuf_done(&from);
        strbuf_done(&to);
    }
    strbuf_adds(b, _("; "));
    text_add_counted(b, span->rules, "%s rule", "%s rules");
}

static void add_unread(struct strbuf *b, const struct log_stats *s, int stopped_by)
{
    if (stopped_by)
        strbuf_printf(b, _("all that was to come when %s stopped it"), stop_name(stopped_by));
    if (s->broken) {
        strbuf_adds(b, b->n ? _("; ") : "");
        text_add_counted(b, s->broken, "%s record does not parse", "%s records do not parse");
    }
    if (s->unread_files) {
        strbuf_adds(b, b->n ? _("; ") : "");
        text_add_counted(b, s->unread_files, "%s file could not be read, or not to its end", "%s files could not be read, or not to their end");
    }
    if (s->unknown_files) {
        strbuf_adds(b, b->n ? _("; ") : "");
        text_add_counted(b, s->unknown_files, "%s file is of no format that is known here (--verbose names it)",
                    "%s files are of no format that is known here (--verbose names them)");
    }
    if (s->unknown_records) {
        strbuf_adds(b, b->n ? _("; ") : "");
        text_add_counted(b, s->unknown_records, "%s record is JSON of no format that is known here", "%s records are JSON of no format that is known here");
    }
    if (!b->n)
        strbuf_adds(b, _("nothing"));
}

/* No rule of ours asks for records that nobody knows; rules of others may. */
static bool is_unread(const struct logs_reading *r, const struct log_stats *s)
{
    const struct watch_options *o = &r->options->watch;
    const bool has_own = o->rules.n || o->sigma.paths.n;
    const bool has_trouble = s->broken || s->bad_files || s->unknown_files || s->unknown_records;
    return has_trouble && (!s->records || (!has_own && s->records == s->unknown_records));
}

void logs_about(const struct logs_reading *r, const struct logs_span *span)
{
    struct strbuf title = {}, wall = {}, checked = {}, unread = {};
    struct log_stats s;
    log_reader_stats(r->reader, &s);
    watch_add_title(&title, r->paths, r->n_paths);
    add_wall(&wall, span->wall_ns);
    add_checked(&checked, &s, span);
    add_unread(&unread, &s, span->stopped_by);
    watch_outputs_about((struct watch_options *)&r->options->watch,
                        &(struct summary_about){.is_unread = is_unread(r, &s),
                                                .is_empty = !s.records && !span->stopped_by,
                                                .is_part = span->stopped_by,
                                                .title = strbuf_str(&title),
                                                .right = strbuf_str(&wall),
                                                .foot = {{_("checked"), strbuf_str(&checked)}, {_("unread"), strbuf_str(&unread)}}});
    strbuf_done(&title);
    strbuf_done(&wall);
    strbuf_done(&checked);
    strbuf_done(&unread);
}
