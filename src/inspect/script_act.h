// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A pipeline of a shell script being looked at, and the acts of its commands on what is there. Inside the room only. */
#include "inspect/script_text.h"

/* One pipeline being looked at. */
struct look {
    struct sh *sh;
    struct sh_pipeline *p;
    struct sh_result *result;
    struct sh_origin from_before; /* of the commands before this one in the pipeline */
    bool kills;                   /* something in it kills what the rest names */
    bool lists;                   /* something in it lists processes */
    size_t at;                    /* of its first word, for nested text */
};

/* States the value in a list field, with its place. False: it is there already, or is no value: empty, too long, not printable. */
bool sh_see(struct sh *s, enum field_id field, struct str value, const struct sh_word *w);
/* The same of a word; lists (loop variables, arrays) stand for each of their words. */
void sh_see_each(struct sh *s, enum field_id field, const struct sh_word *w);
/* A file that is written. */
void sh_see_written(struct sh *s, const struct sh_word *w);
/* Processes that are killed, of which `o` knows how they were searched for. */
void sh_see_killed(struct sh *s, const struct sh_origin *o, const struct sh_word *w);
bool sh_is_option(const struct sh_word *w);
/* Processes that are searched for and killed, services that are stopped, files that are removed, written and locked. */
void sh_look_acts(struct look *l, struct str name, struct sh_args a, bool xargs);
