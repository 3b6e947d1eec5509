// SPDX-License-Identifier: Apache-2.0
#include "event/feed_path.h"

const struct feed_path FEED_PATHS[] = {
#define FEED_PATH(place, fit, text) {FEED_##place, FILTER_##fit, STR(text)},
#include "event/feed_path.def"
#undef FEED_PATH
};

static bool fits(const struct feed_path *f, struct str path)
{
    switch (f->fit) {
    case FILTER_IS:
        return str_eq(path, f->text);
    case FILTER_BEGINS:
        return str_starts(path, f->text);
    case FILTER_ENDS:
        return str_ends(path, f->text);
    case FILTER_NAMED:
        return str_ends(path, f->text) && path.n > f->text.n && path.p[path.n - f->text.n - 1] == '/';
    default:
        return false;
    }
}

bool feed_path_is(enum feed_place place, struct str path)
{
    for (size_t i = 0; i < FEED_PATHS_N; i++)
        if (FEED_PATHS[i].place == place && fits(&FEED_PATHS[i], path))
            return true;
    return false;
}

const char *feed_path_at(enum feed_place place, size_t i)
{
    for (size_t k = 0; k < FEED_PATHS_N; k++)
        if (FEED_PATHS[k].place == place && !i--)
            return FEED_PATHS[k].text.p;
    return NULL;
}
