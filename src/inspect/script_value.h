// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What ${…} makes of a variable's text: parts of it, and other text in place of some of it. */
#include "base/strbuf.h"

/*
 * Adds to *out what a shell puts in for `${name<operation>}` when the variable holds `text`: ":3:2", "/a/b", "//a/b", "#a", "%a",
 * "^^", ",,", "[1]" of a list. False, and nothing added, when the operation is another one or holds a pattern or a variable.
 */
bool sh_value(struct str text, struct str operation, bool is_list, struct strbuf *out);
