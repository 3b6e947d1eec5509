// SPDX-License-Identifier: Apache-2.0
#include "base/day.h"
#include "base/intl.h"
#include "intel/list.h"

bool category_parse(struct arena *a, struct str s, struct str *ret)
{
    char text[LIST_CATEGORY_MAX];
    if (!s.n || s.n > sizeof(text) || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
        text[i] = c;
    }
    *ret = arena_str(a, str_n(text, s.n));
    return true;
}

static bool set_day(struct str value, uint16_t *into)
{
    /* Block lists for browsers say "Expires: 4 days", which is about fetching them again. */
    return value.n < 4 || memchr(value.p, ' ', 4) || value.p[0] < '0' || value.p[0] > '9' || day_parse(value, into);
}

static void set_text(struct arena *a, struct str value, struct str *into)
{
    if (!into->n)
        *into = arena_str(a, str_sub(value, 0, LIST_TEXT_MAX));
}

bool list_header(struct intel_list *list, struct arena *a, struct str comment, bool fixed, const char **ret_why)
{
    const char *colon = comment.n ? memchr(comment.p, ':', comment.n) : NULL;
    if (!colon)
        return true;
    struct str key = str_trim(str_sub(comment, 0, (size_t)(colon - comment.p)));
    struct str value = str_trim(str_sub(comment, (size_t)(colon - comment.p) + 1, comment.n));
    *ret_why = N_("a day is written YYYY-MM-DD");
    if (str_eq_nocase(key, STR("expires")))
        return list->expires || set_day(value, &list->expires);
    if (str_eq_nocase(key, STR("reviewed")))
        return list->reviewed || set_day(value, &list->reviewed);
    if (str_eq_nocase(key, STR("source")))
        set_text(a, value, &list->source);
    else if (str_eq_nocase(key, STR("licence")) || str_eq_nocase(key, STR("license")))
        set_text(a, value, &list->licence);
    else if (str_eq_nocase(key, STR("kind")) && str_eq_nocase(value, STR("context")))
        list->is_context = true;
    else if (str_eq_nocase(key, STR("category")) && !fixed) {
        *ret_why = N_("a category is one word of letters, digits and dashes, such as mining");
        return category_parse(a, value, &list->category);
    }
    return true;
}

void list_bad(struct intel_list *list, struct arena *a, uint32_t line, const char *why)
{
    if (list->bad++ < LIST_BAD_SHOWN)
        list->bad_shown = arena_printf(a, _("%.*s%sline %u: %s"), STR_ARG(list->bad_shown), list->bad_shown.n ? "; " : "", line, _(why));
}
