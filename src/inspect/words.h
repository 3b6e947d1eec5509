// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Whether one of many words stands in a short text. Made without being compiled, where a database of vectorscan would take
 * tens of milliseconds for a list that few files ever need.
 */
#include "base/str.h"

struct words;

struct words *words_new(void);
struct words *words_free(struct words *w);
/* Adds a word that is not empty; the bytes are copied. */
void words_add(struct words *w, struct str word);
/* Whether a word is part of the text, byte for byte. */
bool words_in(const struct words *w, struct str text);
