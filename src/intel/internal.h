// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Inside of the room: the sets while they are filled, and the readers of both kinds of list.
 */
#include "base/day.h"
#include "base/map.h"
#include "base/vec.h"
#include "intel/intel.h"
#include "intel/lines.h"

struct intel {
    struct arena arena;
    uint16_t today;
    VEC(struct intel_list) lists;
    struct digests digests, leaked; /* of contents; of secrets */
    struct names names;
    struct nets nets;
    struct map ignored; /* names of signatures that do not count */
    bool entries_expire; /* some digest has a last day of its own */
    struct digest *hash;
    struct str digest; /* once sealed */
};

/* A list while it is read. */
struct reading {
    struct intel *intel;
    struct intel_list list;
    uint16_t number;       /* of the list */
    uint32_t line;         /* being read, for list_bad() */
    bool category_fixed;  /* given from outside: a header does not change it */
    bool in_header;        /* nothing but comments so far */
    struct strbuf origin;  /* of a zone, without the dot at its end */
    bool in_soa;           /* between the parentheses of a zone's first record */
    struct csv_columns {
        bool known;
        bool is_mixed; /* the column of digests, or of names, holds other things, too */
        char separator;
        int digest[DIGEST__N], any, name, source, expires; /* index of the column, -1: none */
    } csv;
    int result; /* of the sets: -EFBIG when they are full */
};

/*
 * Reads one file. `given` says from outside what its header could; NULL: nothing. `alone`: it was named itself, so that it must hold
 * something.
 */
int intel_add_file(struct intel *in, const char *path, const struct intel_list *given, bool digests, bool alone, struct error *err);
/* Reads one list, called `name`, from its lines. */
int intel_add_lines(struct intel *in, const char *name, const struct intel_list *given, struct lines *lines, bool digests, struct error *err);
/* Counts the line at hand as not understood. */
void reading_bad(struct reading *r, const char *why);
/* Takes a comment for the header, while the list has one. */
void reading_comment(struct reading *r, struct str comment);

/* Each reads all lines into the sets of r->intel and counts in r->list; 0, or -errno of reading. */
int digest_list_read(struct reading *r, struct lines *lines, struct error *err);
int name_list_read(struct reading *r, struct lines *lines, struct error *err);
/* A list of names that is one JSON document (MISP's warning lists and events, bundles of STIX, providers' address ranges). */
int name_list_json(struct reading *r, struct str text, struct error *err);
/* One line of a list that has a JSON object on each; false when it is none. */
bool name_list_json_line(struct reading *r, struct str line);
/* A field of CSV, quoted or not, off the front of *s; false behind the last. */
bool csv_field(struct str *s, char separator, struct str *ret);
/* One name or address in any form that stands alone. */
void name_list_entry(struct reading *r, struct str entry);
