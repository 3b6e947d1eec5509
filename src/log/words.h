// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the words of several providers have in common. */
#include "log/record.h"

struct word_pair {
    const char *from, *to;
};
/* What a word becomes by a table that ends with an empty pair; empty when it is not in it. Case counts. */
struct str words_pair(const struct word_pair *pairs, struct str word);
/* Whether a call of this name only reads, by its first word: not Create…, Delete…, Put… and their like. */
bool words_is_read(struct str name);
/* Whether a code or text of an error says that somebody was not allowed to. */
bool words_is_denied(struct str code);
/* Whether it is the id of a virtual machine of AWS: i-0123456789abcdef0. */
bool words_is_instance(struct str s);
/* Adds every id of a virtual machine that stands in a value, to a depth of eight. */
void words_add_instances(struct log_list *l, struct node n);
/* Adds the strings of an object whose member's name ends in Name, Id, Arn or ARN: what a request is about. */
void words_add_names(struct log_list *l, struct node object);
/* In lower case, in the record's arena. */
struct str words_lower(const struct log_record *r, struct str s);
