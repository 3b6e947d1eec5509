// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the operators say about one value. Absent values do not get here: the caller has said no already.
 */
#include "rule/program.h"

/* Whether a value that an event gave may be compared as the type that the field table promises. */
bool compare_is_type(enum value_type promised, const struct value *v);
/*
 * Whether `v op constant k` holds; for in, intersects and pmatch without modifier, whether `v op (all constants)` does.
 * `text` is v as text, for STRING, BYTES and DYNAMIC left sides; v keeps its own type, so that a DYNAMIC number compares
 * as a number with a constant that is one.
 */
bool compare_constant(const struct leaf *l, size_t k, const struct value *v, struct str text);
/* Whether `a op b` holds for two scalars of an event. Values of types that do not fit together: false. */
bool compare_values(enum operator op, const struct value *a, const struct value *b);
