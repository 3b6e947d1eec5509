// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A rule's output in the reader's language, from the values that it was filled with. Inside the room only. */
#include "finding/alert.h"

struct words {
    struct str output; /* of the rule: the template */
    struct str said;   /* what became of it */
    const struct output_field *fields;
    size_t n_fields;
};

/*
 * The values in the words of the translation; `said` as it stands without one, or when the translation names a field that is not
 * there. Not made safe; may be in *b.
 */
struct str words_translated(struct strbuf *b, const struct words *w);
/* Whether `said` is this output with these values, with or without the container that is told behind it: another rule may have had the same name. */
bool words_fit(const struct words *w);
