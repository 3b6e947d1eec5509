// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The order in which people read findings. Inside the room only.
 */
#include "finding/report.h"

enum { ORDER_TARGETS_MANY = 8 }; /* beyond it, a clean target is told in short and the others come first */

enum section { SECTION_THREAT, SECTION_EXPOSURE, SECTION_AUTHORISED, SECTION_CONTEXT, SECTION__N };
enum section section_of(const struct finding *f);

/*
 * The findings of a target section by section, in each the most severe first, what cannot be chance before what may be,
 * findings of one rule together in the order found. The caller frees the array; never NULL.
 */
const struct finding **order_findings(const struct report_target *t, size_t *ret_n);
/*
 * The numbers of all targets (from 0), those that somebody has to look at first: by verdict, those that could not be scanned before what is
 * authorised or clean; else as they were given. The caller frees the array; never NULL.
 */
size_t *order_targets(const struct report *r);
/* Whether there is nothing to read about a target: it was scanned, all of it, and is clean. */
bool order_is_plainly_clean(const struct report_target *t);
/* Where the findings of v[from]'s rule and section end. */
size_t order_group_end(const struct finding *const *v, size_t from, size_t n);
/* Line of the first place in the file itself, 0 when none is known. */
uint32_t order_first_line(const struct finding *f);
/* What kind of moment of a run it is (report_moment.what), as a word for people. */
const char *word_of_moment(const char *what);
