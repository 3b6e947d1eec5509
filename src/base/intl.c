// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"

static struct {
    const struct catalogue *program, *rules;
    bool paused;
} chosen;

const char *intl_text(const char *text)
{
    struct str found = chosen.paused ? STR_NULL : catalogue_get(chosen.program, str_from(text));
    return found.p ? found.p : text;
}

const char *intl_plural(const char *one, const char *many, uint64_t n)
{
    struct str found = chosen.paused ? STR_NULL : catalogue_plural(chosen.program, str_from(one), n);
    return found.p ? found.p : n == 1 ? one : many;
}

struct str intl_str(struct str text)
{
    struct str found = chosen.paused || !text.n ? STR_NULL : catalogue_get(chosen.program, text);
    return found.p ? found : text;
}

struct str intl_rule(struct str text)
{
    struct str found = chosen.paused || !text.n ? STR_NULL : catalogue_get(chosen.rules, str_trim(text));
    return found.p ? found : text;
}

void intl_use(const struct catalogue *program, const struct catalogue *rules)
{
    chosen.program = program;
    chosen.rules = rules;
}

void intl_pause(bool pause)
{
    chosen.paused = pause;
}
