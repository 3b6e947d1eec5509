// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a report: whatever comes out of it can be put into a feed, each digest once and never that of nothing. */
#include "base/map.h"
#include "cmd/feed_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(feed_report_done) struct feed_report report = {};
    _cleanup_(map_done) struct map seen = {};
    struct error err = ERROR_NULL;
    if (feed_report_read("fuzz.json", str_n(data, size), true, &report, &err) < 0) {
        if (!err.code)
            abort(); /* every refusal says why */
        return 0;
    }
    vec_each(e, &report.entries)
    {
        bool is_new;
        (void)map_put(&seen, feed_digest_text(&report.arena, e->digest), &is_new);
        if (!is_new || feed_entry_check(e, &err) < 0 || !e->reason.n)
            abort();
    }
    return 0;
}
