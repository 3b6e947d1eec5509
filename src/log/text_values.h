// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a line says (log/text.h), as fields of a record: for every format that is made of such lines. */
#include "log/text.h"
#include "log/values.h"

/* Everything that a line says; `ip` is the field of its address. */
void text_values_set(struct log_values *v, const struct text *t, enum field_id ip);
/* A name that was asked for, and every domain that it lies in. */
void text_values_question(struct log_values *v, struct str name);
/* A list; none when it is empty. */
void text_values_list(struct log_values *v, enum field_id id, const struct value *items, size_t n);
