// SPDX-License-Identifier: Apache-2.0
#pragma once
/* `davy scan --from FILE`: many targets, one a line, such as the thousand images of a team. */
#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"

enum {
    SCAN_LIST_MAX = 100'000,    /* targets: a report holds some kilobytes of each until it is written; davy hunt keeps them on disk */
    SCAN_LIST_LINE_MAX = 8'192, /* bytes of a line: a path has 4,095 at most, a reference fewer */
};

struct scan_list_entry {
    const char *target, *platform; /* platform: NULL where the line names none */
};

/* Zeroed, it is empty. */
struct scan_list {
    struct arena arena;
    struct map seen; /* lines that came before */
    struct {
        struct scan_list_entry *v;
        size_t n, capacity;
    } entries;
};

/* Adds one target of the command line, which lives as long as the list. */
void scan_list_add(struct scan_list *l, const char *target);
/*
 * Adds the targets of a file ("-": standard input): TARGET, or TARGET, a tab and OS/ARCH. Blank lines and lines that begin with # say
 * nothing; a line that came before is taken once. 0, or negative with the file, the line and the cure in *err.
 */
int scan_list_read(struct scan_list *l, const char *path, struct error *err);
void scan_list_done(struct scan_list *l);
