// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Errors: the policy of the whole program.
 *
 * - A function that can fail returns `int`: 0 is success; a NEGATIVE value is -errno, a failure that the caller
 *   forwards untouched unless it can cure it; a POSITIVE value is a condition that the function's header names and
 *   that the caller must handle (end of stream, not found, skipped).
 * - Return parameters (named `ret_x` or last `x`) are untouched on failure.
 * - Loaders and everything else whose failure a person reads take a `struct error *` as the last parameter and say
 *   what failed and how to cure it; callers on the way up add context with `error_wrap()`. Hot paths use ints only.
 * - Only `cmd/` prints, logs and exits. Rooms return.
 * - A `struct error *` may be NULL: the text is then dropped and only the code returned.
 * - Out of memory is -ENOMEM wherever the size asked for depends on outside data. Small fixed allocations use the
 *   x-variants of `base/alloc.h`, which abort with a message: a scanner that cannot get 64 bytes cannot report either.
 */
#include "base/cleanup.h"

struct error {
    int code;        /* negative errno, 0 while unset */
    char text[1024]; /* one or more lines, UTF-8, no trailing newline; cut at the end if longer */
};
#define ERROR_NULL ((struct error){})

/*
 * Sets code and text, replacing what was there. Returns `code` so that `return error_set(err, -EINVAL, "…")` reads well.
 * This and the next two translate the format (base/intl.h).
 */
int error_set(struct error *err, int code, const char *fmt, ...) _printf_(3, 4);

/* Puts "context: " before the text. Returns err->code, or `code` when err is NULL or empty. */
int error_wrap(struct error *err, int code, const char *fmt, ...) _printf_(3, 4);

/* Like error_set() and appends ": " and error_words(code). */
int error_errno(struct error *err, int code, const char *fmt, ...) _printf_(3, 4);

/* What an errno, of either sign, means, in the reader's language. Static; as long as the catalogue. */
const char *error_words(int code);
