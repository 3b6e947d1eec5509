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
}

void outline_words(struct outline *o, struct str words)
{
    ptrdiff_t at;
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
    if (is_known) {
        o->known++;
    } else {
        o->absent++;
        strbuf_adds(&o->text, _("unknown"));
    }
    return is_known;
}
