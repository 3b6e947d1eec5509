// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "sink/live_private.h"
#include "sink/summary.h"

const struct live_format LIVE_SUMMARY = {.name = "summary", .help = N_("for people, one page at the end"), .page = summary_text},
                         LIVE_HTML = {.name = "html", .help = N_("the same as a page for a browser, which needs nothing else"), .page = summary_html};

static const struct live_format *const FORMATS[] = {&LIVE_TEXT, &LIVE_FALCO, &LIVE_JSON, &LIVE_SUMMARY, &LIVE_HTML};

const struct live_format *live_format_at(size_t i)
{
    return i < ARRAY_SIZE(FORMATS) ? FORMATS[i] : NULL;
}

const struct live_format *live_format_from(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(FORMATS); i++)
        if (str_is(name, FORMATS[i]->name))
            return FORMATS[i];
    return NULL;
}
