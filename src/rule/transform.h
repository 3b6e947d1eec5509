// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Transformers: values out of values, without the heap. Results live in the scratch memory given and die with the event.
 * A text that does not fit into what is left of the scratch is cut, not dropped: a long command line must not hide what
 * stands at its front.
 */
#include "rule/typing.h"

struct scratch {
    char *p;
    size_t size, used;
};

/*
 * Applies o->transformer (not TR_NONE) to the values of its arguments; a NULL argument is an absent one and makes the
 * result absent. 1: *ret is set, 0: absent. join() and concat() print numbers as value_add_text() does.
 */
int transform_apply(const struct operand *o, const struct value *const *args, struct scratch *s, struct value *ret);
/* A scalar as text, written to the scratch where it is not text already; false for a list or an absent value. */
bool transform_text(const struct value *v, struct scratch *s, struct str *ret);
