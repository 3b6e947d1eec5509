// SPDX-License-Identifier: Apache-2.0
/* Where names led to, by what resolvers answered. */
#include "base/cleanup.h"
#include "log/state_private.h"

#define DAY_NS (86400 * 1'000'000'000ULL)

/* How many of the places the name never led to before; they are known from now on. */
static size_t learn(struct log_state *s, struct log_lookup *l, const struct str *places, size_t n, uint64_t t)
{
    size_t fresh = 0;
    for (size_t i = 0; i < n; i++) {
        struct log_known *k = LOG_TAKE(s, known, log_key(s, LOG_KEY_ANSWER, str_n(&l->head.key, sizeof(l->head.key)), places[i], STR_NULL), t);
        if (k->first_ns)
            continue;
        k->first_ns = t ? t : 1;
        l->places += l->places < UINT32_MAX;
        fresh++;
    }
    return fresh;
}

void log_state_answer(struct log_state *s, uint64_t time_ns, struct str network, struct str name, struct str type, const struct str *places, size_t n, struct log_now *now)
{
    if (!n)
        return;
    struct log_lookup *l = LOG_TAKE(s, lookups, log_key(s, LOG_KEY_LOOKUP, network, name, type), time_ns);
    struct log_names *ret = &now->names;
    *ret = (struct log_names){.is = true, .answers = l->answers, .places = l->places, .days = l->first_ns && time_ns > l->first_ns ? (time_ns - l->first_ns) / DAY_NS : 0};
    const size_t fresh = learn(s, l, places, n, time_ns);
    ret->is_elsewhere = l->answers && fresh == n;
    /* a name that moves does not come back: who asks two resolvers, of which one was lied to, hears both in turn */
    ret->is_conflict = !fresh && l->elsewhere_ns && time_ns >= l->elsewhere_ns && time_ns - l->elsewhere_ns <= LOG_CONFLICT_NS && l->elsewhere != log_key(s, LOG_KEY_ANSWER, places[0], STR_NULL, STR_NULL);
    if (ret->is_elsewhere) {
        l->elsewhere = log_key(s, LOG_KEY_ANSWER, places[0], STR_NULL, STR_NULL);
        l->elsewhere_ns = time_ns ? time_ns : 1;
    } else if (ret->is_conflict) {
        l->elsewhere_ns = 0; /* told once */
    }
    if (!l->first_ns || time_ns < l->first_ns)
        l->first_ns = time_ns ? time_ns : 1;
    l->answers++;
    snprintf(ret->place, sizeof(ret->place), "%.*s", STR_ARG(str_sub(places[0], 0, sizeof(ret->place) - 1)));
}
