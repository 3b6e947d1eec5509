// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Texts for people in their language.
 *
 *     page_puts(p, _("nothing"));                        translated where it is used
 *     static const char *const WORDS[] = {N_("file")};   marked here, translated by _(WORDS[i]) where it is shown
 *     intl_plural("%zu file", "%zu files", n)            the form for a number
 *
 * The functions that say something to people (error_set() and its like, cmd_error(), load_say() and so on, see
 * po/xgettext.args) translate their format themselves: their callers mark nothing. Only sentences for people are marked:
 * field names, verdict words of machine formats, option names and keys are not.
 *
 * src/cmd chooses the catalogues once, before there are threads; without one everything is English. The choice is the
 * only state of the process in this room: a text deep in a loader has no other way to know who reads it.
 */
#include "base/catalogue.h"

#define _format_arg_(n) __attribute__((__format_arg__(n)))

/* The text in the chosen language, itself when there is no translation. Never NULL. */
const char *intl_text(const char *text) _format_arg_(1);
#define _(text) intl_text(text)
#define N_(text) text
/* The text for n things. */
const char *intl_plural(const char *one, const char *many, uint64_t n) _format_arg_(1) _format_arg_(2);
/* A text that is marked elsewhere and came here as data. */
struct str intl_str(struct str text);
/* A text of a rule (name, desc, next, output), by the catalogue of the shipped rules; white space at its ends does not count. */
struct str intl_rule(struct str text);

/* Chooses catalogues, which the caller keeps; NULL is English. */
void intl_use(const struct catalogue *program, const struct catalogue *rules);
/* English for what machines read, until it is taken back. */
void intl_pause(bool pause);
