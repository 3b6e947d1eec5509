// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The files that fields with memory are about (event/feed_path.def): for who remembers them (context), for who reads them (source), and
 * for the kernel's filter (rule/prefilter_feed.c).
 */
#include "event/filter.h"

enum feed_place { FEED_ANYWHERE, FEED_CONFIG_FILES, FEED_LOGIN_LOGS, FEED_KEY_FILES };

struct feed_path {
    enum feed_place place;
    enum filter_fit fit; /* a fit of paths */
    struct str text;
};
enum {
#define FEED_PATH(...) +1
    FEED_PATHS_N = 0
#include "event/feed_path.def"
#undef FEED_PATH
};
extern const struct feed_path FEED_PATHS[FEED_PATHS_N];

/* Whether an absolute path is one of the place's. */
bool feed_path_is(enum feed_place place, struct str path);
/* The text of the i-th entry of a place, ended by NUL; NULL behind the last. */
const char *feed_path_at(enum feed_place place, size_t i);
