// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "sink/outline.h"

#define BETWEEN " · "

void outline_end(struct outline *o)
{
    if (o->absent && !o->known) {
        o->text.n = o->part;
        if (o->text.n >= sizeof(BETWEEN) - 1)
            o->text.n -= sizeof(BETWEEN) - 1;
    }
    o->part = o->text.n;
    o->known = o->absent = 0;
    o->alone = 0;
    o->has_value = o->is_beside = false;
}

void outline_words(struct outline *o, struct str words)
{
    ptrdiff_t at;
    if (o->alone && str_starts(words, STR(")"))) {
        o->text.n = o->alone;
        words = str_sub(words, 1, words.n);
    }
    o->alone = 0;
    o->is_beside = o->has_value && str_is(words, " ");
    o->has_value = false;
    while ((at = str_find(words, STR(BETWEEN), 0)) >= 0) {
        strbuf_add(&o->text, str_sub(words, 0, (size_t)at));
        outline_end(o);
        if (o->text.n)
            strbuf_adds(&o->text, BETWEEN);
        o->part = o->text.n;
        words = str_sub(words, (size_t)at + sizeof(BETWEEN) - 1, words.n);
    }
    strbuf_add(&o->text, words);
}

bool outline_value(struct outline *o, bool is_known)
{
    const bool is_beside = o->is_beside;
    o->alone = 0;
    o->has_value = true;
    o->is_beside = false;
    if (is_known) {
        o->known++;
        return true;
    }
    o->absent++;
    if (is_beside) {
        o->text.n--; /* the blank */
        return false;
    }
    if (str_ends(strbuf_str(&o->text), STR(" (")) && o->text.n - 2 > o->part)
        o->alone = o->text.n - 2;
    strbuf_adds(&o->text, _("unknown"));
    return false;
}
