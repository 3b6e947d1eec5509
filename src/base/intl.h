// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Texts for people in their language, by gettext (glibc's own; src/cmd chooses the domain and where catalogues lie).
 *
 *     page_puts(p, _("nothing"));                     translated where it is used
 *     static const char *const WORDS[] = {N_("file")};   marked here, translated by _(WORDS[i]) where it is shown
 *
 * Only sentences for people are marked: field names, verdict words of machine formats, option names and keys are not.
 */
#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text
