// SPDX-License-Identifier: Apache-2.0
#include "image/registry/content_range.h"

bool content_range_parse(struct str value, struct content_range *ret)
{
    struct content_range r = {};
    value = str_trim(value);
    if (value.n < 6 || !str_eq_nocase(str_sub(value, 0, 5), STR("bytes")) || (value.p[5] != ' ' && value.p[5] != '\t'))
        return false;
    value = str_trim(str_sub(value, 6, value.n));
    ptrdiff_t slash = str_find(value, STR("/"), 0);
    if (slash < 0)
        return false;
    struct str range = str_sub(value, 0, (size_t)slash), total = str_sub(value, (size_t)slash + 1, value.n);
    r.has_total = !str_is(total, "*");
    if (r.has_total && !str_to_u64(total, &r.total))
        return false;
    ptrdiff_t dash = str_find(range, STR("-"), 0);
    r.has_range = !str_is(range, "*");
    if (r.has_range && (dash < 0 || !str_to_u64(str_sub(range, 0, (size_t)dash), &r.first) ||
                        !str_to_u64(str_sub(range, (size_t)dash + 1, range.n), &r.last)))
        return false;
    if (!r.has_range && !r.has_total)
        return false;
    if (r.has_range && (r.last < r.first || (r.has_total && r.last >= r.total)))
        return false;
    *ret = r;
    return true;
}
