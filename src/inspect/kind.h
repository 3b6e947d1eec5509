// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What content is by its own bytes, and what a file name promises.
 */
#include "base/entropy.h"
#include "inspect/analyzer.h"

/* The word of file.kind; static. */
const char *kind_name(enum file_kind kind);
/*
 * The kind by the first window of the content. `is_text` as kind_is_text() says. Kinds that have no signature of their own
 * (JavaScript) are told from plain text by the extension of `path`, which may be empty.
 */
enum file_kind kind_sniff(struct str data, bool is_text, struct str path);
/*
 * Whether bytes with that histogram are text: no NUL, next to no control characters (one stray byte must not hide a
 * script from text analyzers: one in 256 is let pass), and either UTF-8 or at most a third of the bytes beyond ASCII.
 */
bool kind_is_text(struct str data, const struct histogram *h);
/* What the extension of the path's last component promises; KIND_DATA when it promises nothing that we can tell. */
enum file_kind kind_expected(struct str path);
/*
 * Whether content of kind `is` breaks the promise `expected`. All kinds of text are one family (a .txt may be JSON), text
 * in an unknown encoding (data) may be text, a .so may be a linker script, and an empty file breaks no promise.
 */
bool kind_mismatch(enum file_kind expected, enum file_kind is, struct str data);
