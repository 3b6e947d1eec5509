// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "base/strbuf.h"
#include "cmd/watch.h"

enum { SECONDS_MAX = 86400, RATE_MAX = 1'000'000 };

void watch_options_init(struct watch_options *o, const char *program)
{
    *o = (struct watch_options){
        .program = program,
        .colour = "auto",
        .matching = RULE_MATCHING_ALL,
        .least = PRIORITY_DEBUG,
        .window_ns = ALERT_WINDOW_DEFAULT_NS,
        .rate = ALERT_RATE_DEFAULT,
        .fail_on = -1,
    };
}

void watch_options_done(struct watch_options *o)
{
    vec_done(&o->rules);
    sigma_files_done(&o->sigma);
    vec_done(&o->outputs);
}

int watch_number(const struct watch_options *o, const char *option, const char *value, uint64_t least, uint64_t most, uint64_t *ret)
{
    uint64_t n;
    if (!str_to_u64(str_from(value), &n) || n < least || n > most) {
        cmd_error(o->program, "--%s takes a number from %llu to %llu", option, (unsigned long long)least, (unsigned long long)most);
        return -EINVAL;
    }
    *ret = n;
    return 0;
}

int watch_size(const struct watch_options *o, const char *option, const char *value, uint64_t least, uint64_t most, uint64_t *ret)
{
    static const char UNITS[] = "KMGT";
    struct str s = str_from(value);
    const char *unit = s.n ? strchr(UNITS, s.p[s.n - 1] & ~0x20) : NULL;
    unsigned shift = unit && *unit ? 10 * (unsigned)(unit - UNITS + 1) : 0;
    uint64_t n;
    if (!str_to_u64(shift ? str_sub(s, 0, s.n - 1) : s, &n) || n > most >> shift || n << shift < least) {
        cmd_error(o->program, "--%s takes a size such as 64M, from %llu to %llu bytes", option, (unsigned long long)least,
                  (unsigned long long)most);
        return -EINVAL;
    }
    *ret = n << shift;
    return 0;
}

static int take_format(struct watch_options *o, const char *value)
{
    struct str rest = str_from(value), name = STR_NULL;
    (void)str_split(&rest, '=', &name);
    const char *where = name.n < strlen(value) ? rest.p : NULL;
    const struct live_format *format = live_format_from(name);
    if (!format) {
        struct strbuf names = {};
        for (size_t i = 0; live_format_at(i); i++)
            strbuf_printf(&names, "%s%s", !i ? "" : live_format_at(i + 1) ? ", " : _(" or "), live_format_at(i)->name);
        cmd_error(o->program, "there is no format `%.*s`; --format takes %s", STR_ARG(name), names.p);
        strbuf_done(&names);
        return -EINVAL;
    }
    if (where && !*where) {
        cmd_error(o->program, "--format %s names no place; write %s=FILE, or %s alone for standard output", value, format->name, format->name);
        return -EINVAL;
    }
    vec_add(&o->outputs, (struct watch_output){.format = format, .where = where});
    return 0;
}

static int take_priority(struct watch_options *o, const char *value)
{
    int p = severity_or_priority_from(str_from(value));
    if (p < 0) {
        cmd_error(o->program, "`%s` is no priority; --priority takes emergency, alert, critical, error, warning, notice, "
                              "informational or debug", value);
        return -EINVAL;
    }
    o->least = (enum priority)p;
    return 0;
}

static int take_word(const struct watch_options *o, const char *option, const char *value, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(value, words[i]))
            return i;
    cmd_error(o->program, words[2] ? _("--%s takes %s, %s or %s") : _("--%s takes %s or %s"), option, words[0], words[1], words[2]);
    return -EINVAL;
}

int watch_options_take(struct watch_options *o, const struct cmd_option *option, const char *value)
{
    static const char *const MATCHING[] = {"first", "all", NULL}, *const COLOUR[] = {"auto", "always", "never", NULL};
    struct str name = str_from(option->name);
    uint64_t n;
    int r = 0;
    if (sigma_files_take(&o->sigma, option->name, value))
        return 0;
    if (str_is(name, "rules"))
        vec_add(&o->rules, value);
    else if (str_is(name, "format"))
        r = take_format(o, value);
    else if (str_is(name, "output"))
        o->output = value;
    else if (str_is(name, "store"))
        o->store = value;
    else if (str_is(name, "priority"))
        r = take_priority(o, value);
    else if (str_is(name, "matching") && (r = take_word(o, "matching", value, MATCHING)) >= 0)
        o->matching = r ? RULE_MATCHING_ALL : RULE_MATCHING_FIRST;
    else if (str_is(name, "colour") && (r = take_word(o, "colour", value, COLOUR)) >= 0)
        o->colour = value;
    else if (str_is(name, "repeats") && !(r = watch_number(o, "repeats", value, 0, SECONDS_MAX, &n)))
        o->window_ns = n * 1'000'000'000;
    else if (str_is(name, "rate") && !(r = watch_number(o, "rate", value, 0, RATE_MAX, &n)))
        o->rate = (unsigned)n;
    else if (str_is(name, "stats-every") && !(r = watch_number(o, "stats-every", value, 1, SECONDS_MAX, &n)))
        o->stats_seconds = (unsigned)n;
    else if (str_is(name, "state"))
        o->state = value;
    else if (str_is(name, "hostname"))
        o->hostname = value;
    else if (str_is(name, "ca"))
        o->ca = value;
    else if (str_is(name, "headers"))
        o->headers = value;
    else if (str_is(name, "show-secrets"))
        o->show_secrets = true;
    else if (str_is(name, "stats"))
        o->stats = true;
    else if (str_is(name, "quiet"))
        o->quiet = true;
    else if (str_is(name, "verbose"))
        o->verbose = true;
    else if (!r)
        return 1;
    return r < 0 ? r : 0;
}
