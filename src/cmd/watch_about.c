// SPDX-License-Identifier: Apache-2.0
/* What the page at the end says beside its findings. */
#include "base/intl.h"
#include "base/text.h"
#include "cmd/watch.h"

void watch_add_title(struct strbuf *b, const char *const *paths, size_t n)
{
    strbuf_adds(b, !strcmp(paths[0], "-") ? _("standard input") : paths[0]);
    if (n > 1) {
        strbuf_addc(b, ' ');
        text_add_counted(b, n - 1, "and %s more", "and %s more");
    }
}

void watch_about(struct watch *w, const char *const *paths, size_t n, struct str unread)
{
    _cleanup_(strbuf_done) struct strbuf title = {}, checked = {}, missing = {};
    struct source_stats s;
    uint64_t dropped = 0;
    w->source->ops->stats(w->source, &s);
    for (size_t i = 0; i < ARRAY_SIZE(s.dropped); i++)
        dropped += s.dropped[i];
    watch_add_title(&title, paths, n);
    text_add_counted(&checked, s.delivered, "%s record", "%s records");
    strbuf_adds(&checked, _("; "));
    text_add_counted(&checked, w->rules->n_enabled, "%s rule", "%s rules");
    strbuf_add(&missing, unread);
    if (dropped) {
        strbuf_adds(&missing, missing.n ? _("; ") : "");
        text_add_counted(&missing, dropped, "%s event was lost", "%s events were lost");
    }
    if (!missing.n)
        strbuf_adds(&missing, _("nothing"));
    watch_outputs_about(w->options, &(struct summary_about){
                                        .is_empty = w->is_replay && !s.delivered && !w->stopped_by,
                                        .is_part = w->is_replay && w->stopped_by,
                                        .title = strbuf_str(&title),
                                        .foot = {{_("checked"), strbuf_str(&checked)}, {_("unread"), strbuf_str(&missing)}},
                                    });
}
