// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The output of a rule: text with fields in it.
 *
 *     %field  %field[arg]  %transformer(field)   the value; <NA> where the event has none
 *     %20field                                   padded with blanks or cut to 20 bytes
 *     %%                                         a percent sign
 *     *                                          at the start: absent values print <NA>, which we always do; left out
 *     %container.info                            belongs to the past of Falco: left out with a warning
 */
#include "rule/transform.h"

struct format_part {
    struct str text;   /* without operand: as it is */
    uint32_t operand;  /* in the program; PROGRAM_NONE for text */
    struct str name;   /* of the operand, as written without percent sign and width */
    uint32_t width;    /* 0: as long as it is */
};

struct format {
    struct format_part *parts;
    size_t n_parts;
};

/* FORMAT_UNKNOWN: a field that nothing gives, which is an error unless the rule asks to be skipped then. */
enum format_problem { FORMAT_WARNING, FORMAT_ERROR, FORMAT_UNKNOWN };
/* A word of the output that is wrong; offset in bytes. */
typedef void (*format_problem_fn)(void *ctx, uint32_t offset, enum format_problem problem, struct str message,
                                  struct str cure);
/* What to do with each operand: its number, or PROGRAM_NONE. */
typedef uint32_t (*format_operand_fn)(void *ctx, const struct operand *o);

struct format_parser {
    enum event_source source;
    struct arena *arena; /* of the result, the output text and the names are copied there */
    format_operand_fn on_operand;
    format_problem_fn on_problem;
    size_t n_problems; /* that were found before, elsewhere: after many only the plain fact is reported */
    void *ctx;
};

/* Reports every problem. 0, or -EINVAL when one of them is more than a warning. */
int format_parse(const struct format_parser *p, struct str output, struct format *ret);
/*
 * Appends one value padded or cut to the width; NULL prints <NA>. A list prints as (a,b); the values of a field that stands
 * for several (is_any, typing_is_any()) with blanks between, as Falco prints ancestors.
 */
void format_add_value(struct strbuf *b, const struct value *v, bool is_any, uint32_t width);
