// SPDX-License-Identifier: Apache-2.0
/* Hosts that pages load from and name, and the well-known names that they nearly are. */
#include <ctype.h>

#include "base/cleanup.h"
#include "inspect/hostname.h"
#include "inspect/nearness.h"
#include "inspect/web.h"

/* Names that pages load scripts from all over the web, without the top-level domain; whoever reads page source expects them. */
static const char *const KNOWN[] = {
    "google-analytics", "googletagmanager", "googleapis",   "googleadservices", "googlesyndication", "gstatic",
    "doubleclick",      "jquery",           "cloudflare",   "bootstrapcdn",     "jsdelivr",          "fontawesome",
    "facebook",         "hotjar",           "magento",      "stripe",           "paypal",            "paypalobjects",
    "braintreegateway", "typekit",          "shopify",      "recaptcha",        "newrelic",          "adobedtm",
    "googletagservices",
};

/* The label in front of the top-level domain; "co.jp" and the like count as one. */
static struct str registered_label(struct str host)
{
    struct str labels[128];
    size_t n = 0;
    struct str label;
    while (n < ARRAY_SIZE(labels) && str_split(&host, '.', &label))
        labels[n++] = label;
    if (n < 2)
        return STR_NULL;
    bool second = n >= 3 && labels[n - 1].n == 2 && labels[n - 2].n <= 3;
    return labels[n - (second ? 3 : 2)];
}

static bool is_known(struct str label)
{
    for (size_t i = 0; i < ARRAY_SIZE(KNOWN); i++)
        if (str_is(label, KNOWN[i]))
            return true;
    return false;
}

/* g-analytics, googleanalytics-cdn, jquery-cdn: what a shopkeeper would not look at twice. */
static bool is_dressed_up(struct str label, struct str known)
{
    static const char *const DRESS[] = {"cdn", "js", "api", "static", "lib", "libs", "code", "min", "assets", "script", "scripts"};
    for (size_t i = 0; i < ARRAY_SIZE(DRESS); i++) {
        struct str d = str_from(DRESS[i]);
        if (label.n == known.n + d.n + 1 && str_starts(label, known) && str_ends(label, d) && label.p[known.n] == '-')
            return true;
        if (label.n == known.n + d.n + 1 && str_starts(label, d) && str_ends(label, known) && label.p[d.n] == '-')
            return true;
    }
    return false;
}

static void look_near(struct web *w, struct str host, struct str place)
{
    struct str label = registered_label(host);
    if (label.n < 5 || is_known(label))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(KNOWN); i++) {
        struct str known = str_from(KNOWN[i]);
        enum nearness how = nearness(label, known);
        if (how == NEARNESS_HOMOGLYPH || how == NEARNESS_SEPARATOR || how == NEARNESS_ORDER || how == NEARNESS_EDIT ||
            is_dressed_up(label, known))
            web_see(w, F_WEB_IMITATES, arena_printf(&w->facts->arena, "%.*s (%s)", STR_ARG(host), KNOWN[i]), place);
    }
}

static bool is_full(const struct facts *f, enum field_id id)
{
    const struct value *v = facts_get(f, id);
    return v->type == VALUE_LIST && v->list.n >= FACTS_LIST_MAX;
}

static void see_host(struct web *w, enum field_id list, struct str host)
{
    struct str place = host;
    char text[256];
    for (size_t i = 0; i < host.n; i++)
        text[i] = (char)tolower((unsigned char)host.p[i]);
    host = str_n(text, host.n);
    if (is_full(w->facts, list) || !facts_add(w->facts, list, host))
        return;
    look_near(w, host, place);
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == '.' && memchr(host.p + i + 1, '.', host.n - i - 1) && !is_full(w->facts, list))
            (void)facts_add(w->facts, list, str_sub(host, i + 1, host.n));
}

void web_url(struct web *w, enum field_id list, struct str url)
{
    url = str_trim(str_sub(url, 0, 2048));
    ptrdiff_t at = str_starts(url, STR("//")) ? 0 : str_find(url, STR("://"), 0);
    if (at < 0 || at > 8)
        return;
    struct str host = str_sub(url, (size_t)at + (at || url.p[0] == ':' ? 3 : 2), url.n);
    size_t n = 0;
    while (n < host.n && is_hostname_char(host.p[n]))
        n++;
    host = str_sub(host, 0, n);
    /* what pages name without asking it for anything: namespaces of XML */
    if (hostname_is(host, HOSTNAME_URL) && !str_eq_nocase(host, STR("www.w3.org")))
        see_host(w, list, host);
}
