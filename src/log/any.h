// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The field json.any: what a path of names leads to when nobody says where lists stand in between, as rules of Sigma write it.
 */
#include "log/record.h"

/*
 * Every value that the JSON pointer leads to, in which each array on the way stands for its elements, at most LOG_LIST_MAX. An array
 * at the end gives its elements and itself as JSON text. A name is looked for as it is written, then as one name with dots in the
 * place of slashes (annotations/a.b/c finds annotations."a.b.c" too), then in any case. One value is given as it is, more as a list.
 */
int any_get(const struct log_record *r, struct str pointer, struct value *ret);
