// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The filter: what the kernel side asks of an event before it makes a record. It is a superset of what the rules can
 * match: whatever it cannot decide it lets pass. rule/prefilter.h makes it from the compiled rules, source/bpf loads it,
 * the programs in bpf/ run it; this header is the form in which they share it.
 *
 * An event of a kind passes when one of the kind's clauses holds. A clause holds when all facts of `yes` are true, none of
 * `no` is, and (when `paths` is not 0) the event's path lies in one of those classes. A fact that the kernel side
 * cannot tell counts as true for `yes` and as false for `no`. The classes of a path are a bit mask: the or over
 * all entries that fit it.
 */
#include "event/record.h"

enum filter_fact {
    FILTER_OK,            /* res >= 0 */
    FILTER_FAILED,        /* res < 0 */
    FILTER_READ,          /* evt.is_open_read */
    FILTER_WRITE,         /* evt.is_open_write */
    FILTER_CREATED,       /* evt.is_open_create */
    FILTER_EXECUTABLE,    /* evt.is_open_exec */
    FILTER_TRUNC,         /* opened with O_TRUNC */
    FILTER_FILE,          /* fd.typechar f */
    FILTER_DIRECTORY,     /* d */
    FILTER_IPV4, FILTER_IPV6, /* 4, 6 */
    FILTER_UNIX,          /* u */
    FILTER_OTHER_FD,      /* any other type */
    FILTER_TCP, FILTER_UDP, FILTER_OTHER_L4, /* fd.l4proto */
    FILTER_CONNECTED,     /* fd.connected */
    FILTER_NAME_CHANGED,  /* fd.name_changed */
    FILTER_RES_STDIO,     /* evt.rawres is 0, 1 or 2 */
    FILTER_DOTDOT,        /* the path as written has ".." in it */
    FILTER_HOST,          /* container.id is host */
    FILTER_PACKET,        /* socket(): the domain is AF_PACKET */
    FILTER_FACTS__N,
};

enum {
    FILTER_CLAUSES_MAX = 16,   /* of one kind; the maker joins clauses until they fit */
    FILTER_CLASSES_MAX = 64,
    FILTER_KINDS = RECORD_KIND_OTHER + 64,
    FILTER_PATH_MAX = 128,     /* bytes of a path entry; what is longer becomes a shorter prefix or suffix */
    FILTER_SUFFIX_LENGTHS = 8, /* different lengths of suffix entries; what has another length becomes a shorter suffix */
    FILTER_PATHS_MAX = 4096,
};

struct filter_clause {
    record_u64 yes, no;
    record_u64 paths;
};

struct filter_kind {
    record_u32 wanted; /* 0: no rule can match, nothing is made */
    record_u32 n;      /* 0 with wanted: everything passes */
    struct filter_clause clauses[FILTER_CLAUSES_MAX];
};

/* How an entry fits a path (absolute, without "//", "." and ".."). */
enum filter_fit {
    FILTER_IS,      /* the whole path */
    FILTER_BEGINS,  /* bytes at its start */
    FILTER_ENDS,    /* bytes at its end */
    FILTER_NAMED,   /* the whole last component */
};
struct filter_path {
    record_u32 fit; /* enum filter_fit */
    record_u32 n;
    record_u64 classes;
    char bytes[FILTER_PATH_MAX];
};

#ifndef __bpf__
#include <stddef.h>
struct filter {
    struct filter_kind kinds[FILTER_KINDS]; /* by record kind */
    struct filter_path *paths;              /* every (fit, bytes) once */
    size_t n_paths;
    record_u64 everything;  /* classes that a path of any form may have, because their rules ask more than entries can say */
};
#endif
