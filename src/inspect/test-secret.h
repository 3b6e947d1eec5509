// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the tests of secrets share: rules from a text, and a look with them. */
#include <errno.h>

#include "harness/test.h"
#include "inspect/secret.h"
#include "inspect/test-look.h"

#define TEST_NOW 1'767'225'600'000'000'000U /* 2026-01-01 */

[[maybe_unused]] static struct secret_rules *load(const char *toml)
{
    struct error err = ERROR_NULL;
    struct secret_rules *r = secret_rules_new();
    if (secret_rules_add(r, str_from(toml), "t.toml", &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return r;
}

[[maybe_unused]] static void check_error(const char *toml, const char *want)
{
    struct error err = ERROR_NULL;
    _cleanup_(secret_rules_freep) struct secret_rules *r = secret_rules_new();
    CHECK_INT(secret_rules_add(r, str_from(toml), "t.toml", &err), -EINVAL);
    if (!strstr(err.text, want))
        test_fail(__FILE__, __LINE__, "got \"%s\", want it to have \"%s\"", err.text, want);
}

/* Looks at the content as the analyzer does: keywords first, then the search. */
[[maybe_unused]] static void look(const struct secret_rules *rules, struct str data, const char *path, bool is_text,
                 struct facts *f)
{
    _cleanup_(secret_search_freep) struct secret_search *s = secret_search_new(rules);
    struct content c = {.data = data,
                        .size = data.n,
                        .first = true,
                        .last = true,
                        .is_text = is_text,
                        .path = str_from(path)};
    facts_init(f);
    facts_reset(f, EVENT_FILE, TEST_NOW);
    for (unsigned k = 0; k < rules->keywords.n; k++) {
        struct str word = rules->keywords.v[k].text;
        for (ptrdiff_t at = 0; (at = str_find_nocase(data, word, (size_t)at)) >= 0; at++)
            secret_search_hit(s, k, (size_t)at + word.n);
    }
    secret_search_run(s, &c, f);
}

/* The ids found, joined by commas. */
[[maybe_unused]] static const char *found(const struct secret_rules *rules, const char *data, const char *path)
{
    static char text[1024];
    struct facts f = {};
    look(rules, str_from(data), path, true, &f);
    text[0] = 0;
    for (size_t i = 0; i < facts_get(&f, F_SECRET_KINDS)->list.n; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.*s", i ? "," : "",
                 STR_ARG(facts_get(&f, F_SECRET_KINDS)->list.v[i].s));
    facts_done(&f);
    return text;
}
