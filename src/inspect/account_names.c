// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "inspect/account.h"
#include "inspect/nearness.h"

enum {
    EDIT_FROM = 6, /* letters from which one wrong letter is no other word: james is not games */
    SWAP_FROM = 5,
    NUMBER_MAX = 3, /* digits of a number that is added */
};

static const char *const NAMES[] = {
#define SYSTEM_ACCOUNT(name) name,
#include "inspect/account_names.def"
#undef SYSTEM_ACCOUNT
};

/* A number, a separator, or one of the endings that daemons have. */
static bool is_added(struct str name, struct str official)
{
    uint64_t number;
    if (name.n <= official.n || !str_starts(name, official))
        return false;
    const struct str rest = str_sub(name, official.n, name.n);
    if (rest.n <= NUMBER_MAX && str_to_u64(rest, &number))
        return true;
    if (rest.n == 1 && memchr("_-.$", rest.p[0], 4))
        return true;
    return rest.n == 1 && official.n >= SWAP_FROM && memchr("sd", rest.p[0], 2);
}

static bool is_swapped(struct str name, struct str official)
{
    if (name.n != official.n || name.n < SWAP_FROM)
        return false;
    for (size_t i = 0; i + 1 < name.n; i++)
        if (name.p[i] != official.p[i])
            return name.p[i] == official.p[i + 1] && name.p[i + 1] == official.p[i] &&
                   str_eq(str_sub(name, i + 2, name.n), str_sub(official, i + 2, official.n));
    return false;
}

struct str account_imitates(struct str name)
{
    struct str found = STR_NULL;
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
        const struct str official = str_from(NAMES[i]);
        if (str_eq(name, official))
            return STR_NULL;
        if (found.n)
            continue;
        const enum nearness near = nearness(name, official);
        if (near == NEARNESS_HOMOGLYPH || near == NEARNESS_SEPARATOR || is_added(name, official) ||
            is_swapped(name, official) ||
            (official.n >= EDIT_FROM && name.n <= 64 && edit_distance(name, official) == 1))
            found = official;
    }
    return found;
}
