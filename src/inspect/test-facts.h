// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What tests share that ask one set of facts after another: the facts of the last look, and what a field of them says. */
#include "base/strbuf.h"
#include "event/value.h"
#include "inspect/test-look.h"

static struct facts facts;
static struct strbuf text;

/* The field as text, lists in parentheses; valid until the next question. */
static inline const char *list(enum field_id id)
{
    strbuf_clear(&text);
    strbuf_adds(&text, "");
    value_add_text(&text, facts_get(&facts, id));
    return text.p;
}

static inline bool flag(enum field_id id)
{
    return facts_get(&facts, id)->type == VALUE_BOOL && facts_get(&facts, id)->b;
}
