// SPDX-License-Identifier: Apache-2.0
#include "intel/internal.h"

/* Doubled quotes inside stay doubled: nobody compares reasons. */
bool csv_field(struct str *s, char separator, struct str *ret)
{
    if (!s->p)
        return false;
    struct str t = str_trim(*s);
    if (t.n && t.p[0] == '"') {
        size_t end = 1;
        while (end < t.n && (t.p[end] != '"' || (end + 1 < t.n && t.p[end + 1] == '"')))
            end += t.p[end] == '"' ? 2 : 1;
        *ret = str_sub(t, 1, end);
        t = str_sub(t, end + 1, t.n);
        const char *next = t.n ? memchr(t.p, separator, t.n) : NULL;
        *s = next ? str_sub(t, (size_t)(next - t.p) + 1, t.n) : STR_NULL;
        return true;
    }
    const char *next = s->n ? memchr(s->p, separator, s->n) : NULL;
    *ret = str_trim(next ? str_sub(*s, 0, (size_t)(next - s->p)) : *s);
    *s = next ? str_sub(*s, (size_t)(next - s->p) + 1, s->n) : STR_NULL;
    return true;
}
