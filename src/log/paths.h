// SPDX-License-Identifier: Apache-2.0
#pragma once
/* From what the user names to the files that are read. */
#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

struct log_path_list {
    VEC(const char *) files;
    uint64_t bytes; /* of regular files */
    struct arena arena;
};

/*
 * The files that paths name, folders with all regular files below them. Files of a folder stand in the order of the times in their names
 * (…_20240731T1420Z_… as clouds deliver them), those without one by name behind them. -errno with text.
 */
int log_paths(struct log_path_list *l, const char *const *paths, size_t n, struct error *err);
void log_paths_done(struct log_path_list *l);
