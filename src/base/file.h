// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Small files that a person wrote (rules, lists, policies), read whole.
 */
#include "base/error.h"
#include "base/strbuf.h"

/* Appends the content to *b. -EFBIG beyond `max` bytes, -EISDIR, or what the system says; the text names the
 * file. */
int file_read(const char *path, size_t max, struct strbuf *b, struct error *err);
