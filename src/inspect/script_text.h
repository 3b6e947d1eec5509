// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What small tools print when all that they get is known: what a script spells in numbers, turns round or encodes. */
#include "base/strbuf.h"
#include "inspect/script_tools.h"

/* What goes from one command of a pipeline to the next. */
struct sh_text {
    struct strbuf text; /* at most SH_TEXT_MAX bytes */
    struct strbuf how;  /* the ways in which it was folded up so far: "rev>base64" */
    bool is_known;
    bool is_dynamic; /* parts of it depend on the machine and stand as they are written */
};
void sh_text_done(struct sh_text *t);
/* The command's output takes the place of its input in *t; !is_known when it is none of these tools. `name` is its base name. */
void sh_text_through(struct sh_text *t, struct str name, struct sh_args a);
