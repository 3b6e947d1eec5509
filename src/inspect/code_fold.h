// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Programs that spell their text in numbers, encode it or keep it in shuffled lists: expressions of which every part is a constant
 * are put in as what they come out as. JavaScript, Python and PHP; no statement is run, no loop followed. Linear, within limits.
 */
#include "inspect/analyzer.h"
#include "inspect/code_read.h"

/*
 * Hands to the inspector (inspection_unwrap()) the code with such expressions put in, under "folded"; each text that the code runs,
 * under the ways in which it was folded ("base64>zlib"); the texts of a list that an obfuscator made, under "strings". States
 * script.decode_run when a call that runs text or commands gets such a text.
 */
void code_fold(struct inspection *in, const struct content *c, struct str code, enum code_language language, struct facts *facts);
/* The same of a page: the code of its scripts and of the server, put into the page; what its attributes run, under "attributes"; pages
 * within it, under "nested". `folds`: whether any of its code can be folded at all. */
void code_fold_page(struct inspection *in, const struct content *c, bool folds, struct facts *facts);
