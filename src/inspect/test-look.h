// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What tests of analyzers share: one look at one content, and a question to its facts. */
#include "harness/test.h"
#include "inspect/inspect.h"

/*
 * Looks at the content as the file `path` (NULL: it has none) with the analyzers that the options name.
 * *facts is begun anew; zeroed is right before the first call.
 */
static inline void look_with(const struct inspect_options *options, const char *path, struct str content,
                             struct facts *facts)
{
    _cleanup_(inspector_freep) struct inspector *in = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(inspector_new(options, &in, &err), 0);
    facts_done(facts);
    facts_init(facts);
    facts_reset(facts, EVENT_FILE, 0);
    if (path)
        facts_str(facts, F_FILE_PATH, str_from(path));
    CHECK_INT(inspector_bytes(in, content, facts), 0);
}

/* Whether a list field has this element. */
static inline bool facts_list(const struct facts *facts, enum field_id id, const char *want)
{
    const struct value *v = facts_get(facts, id);
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        if (str_is(v->list.v[i].s, want))
            return true;
    return false;
}
