// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a rule file has to say about itself: errors and warnings with file, line, column, the source line with a caret,
 * Falco's code (LOAD_ERR_…, LOAD_…) and a cure.
 */
#include "base/arena.h"
#include "base/strbuf.h"

enum diag_code {
#define DIAG(id, name, is_error, help) DIAG_##id,
#include "rule/diag.def"
#undef DIAG
    DIAG__N,
};

struct diag {
    enum diag_code code;
    const char *file;   /* as given to the loader */
    uint32_t line;      /* from 1; 0 when the whole file is meant */
    uint32_t column;    /* from 1, in bytes */
    struct str item;    /* "rule Foo", "macro bar", …; may be empty */
    struct str message; /* one line */
    struct str cure;    /* one line: what to write instead; may be empty */
    struct str source;  /* the line of the file that is meant; may be empty */
};

/* Collects diagnostics of a load; owns their strings. */
struct diags {
    struct arena arena;
    struct diag *v;
    size_t n, capacity;
    size_t n_errors;
};

void diags_done(struct diags *d);
/*
 * Copies everything but `file`, which must outlive the collection; a message and a cure that are marked texts (N_) are
 * kept in the reader's language. The first 10000 are kept, then one that says so; errors go on being counted.
 */
void diags_add(struct diags *d, const struct diag *diag);
const char *diag_code_name(enum diag_code c);
bool diag_code_is_error(enum diag_code c);
/*
 * Renders as
 *     rules/x.yaml:12:20: error: unknown field "proc.nmae" [LOAD_ERR_COMPILE_CONDITION]
 *       condition: proc.nmae = sh
 *                  ^
 *       did you mean "proc.name"?
 */
void diag_render(struct strbuf *b, const struct diag *diag);
