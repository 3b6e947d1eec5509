// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/text.h"
#include "rule/diag.h"

static const struct {
    const char *name;
    bool is_error;
} CODES[DIAG__N] = {
#define DIAG(id, name, is_error, help) [DIAG_##id] = {name, is_error},
#include "rule/diag.def"
#undef DIAG
};

enum {
    SOURCE_COLUMNS = 96, /* of a source line that are shown; longer ones are cut around the caret */
    DIAGS_MAX = 10'000,  /* kept; a hostile file can have something wrong at every byte */
    BEFORE_CARET = 60,   /* bytes kept before the caret when a line is cut */
};

void diags_done(struct diags *d)
{
    arena_done(&d->arena);
    free(d->v);
    *d = (struct diags){};
}

void diags_add(struct diags *d, const struct diag *diag)
{
    d->n_errors += CODES[diag->code].is_error;
    if (d->n > DIAGS_MAX)
        return;
    if (d->n == d->capacity) {
        d->capacity = d->capacity ? d->capacity * 2 : 16;
        d->v = xrealloc(d->v, d->capacity, sizeof(*d->v));
    }
    struct diag *copy = &d->v[d->n++];
    *copy = *diag;
    copy->item = arena_str(&d->arena, diag->item);
    copy->message = arena_str(&d->arena, intl_str(diag->message));
    copy->cure = arena_str(&d->arena, intl_str(diag->cure));
    copy->source = arena_str(&d->arena, diag->source);
    if (d->n > DIAGS_MAX)
        *copy = (struct diag){
            .code = diag->code, .file = diag->file, .message = str_from(_("there is more; it is not shown"))};
}

const char *diag_code_name(enum diag_code c)
{
    return CODES[c].name;
}

bool diag_code_is_error(enum diag_code c)
{
    return CODES[c].is_error;
}

/* Steps back from `at` to the first byte of a UTF-8 sequence. */
static size_t sequence_start(struct str s, size_t at)
{
    while (at > 0 && at < s.n && ((unsigned char)s.p[at] & 0xC0) == 0x80)
        at--;
    return at;
}

/* The source line without its indentation, and a caret under the column; very long lines are cut around the
 * caret. */
static void add_source(struct strbuf *b, struct str line, uint32_t column)
{
    size_t at = column ? column - 1 : 0, from = 0;
    while (from < line.n && from < at && (line.p[from] == ' ' || line.p[from] == '\t'))
        from++;
    if (at > line.n)
        at = line.n;
    at = sequence_start(line, at);
    bool cut_left = false;
    if (at - from > BEFORE_CARET && line.n - from > SOURCE_COLUMNS) {
        from = sequence_start(line, at - BEFORE_CARET);
        cut_left = true;
    }
    size_t to = line.n - from > SOURCE_COLUMNS ? sequence_start(line, from + SOURCE_COLUMNS) : line.n;

    struct strbuf before = {};
    if (cut_left)
        strbuf_adds(&before, "...");
    text_add_safe(&before, str_sub(line, from, at));
    strbuf_adds(b, "  ");
    strbuf_add(b, strbuf_str(&before));
    text_add_safe(b, str_sub(line, at, to));
    if (to < line.n)
        strbuf_adds(b, "...");
    strbuf_addc(b, '\n');
    if (column) {
        strbuf_adds(b, "  ");
        strbuf_pad(b, ' ', text_width(strbuf_str(&before)));
        strbuf_adds(b, "^\n");
    }
    strbuf_done(&before);
}

void diag_render(struct strbuf *b, const struct diag *diag)
{
    text_add_safe(b, str_from(diag->file));
    if (diag->line)
        strbuf_printf(b, ":%u", diag->line);
    if (diag->line && diag->column)
        strbuf_printf(b, ":%u", diag->column);
    strbuf_printf(b, ": %s: ", CODES[diag->code].is_error ? _("error") : _("warning"));
    if (diag->item.n) {
        text_add_safe(b, diag->item);
        strbuf_adds(b, ": ");
    }
    text_add_safe(b, diag->message);
    strbuf_printf(b, " [%s]\n", CODES[diag->code].name);
    if (diag->source.n)
        add_source(b, diag->source, diag->column);
    if (diag->cure.n) {
        strbuf_adds(b, "  ");
        text_add_safe(b, diag->cure);
        strbuf_addc(b, '\n');
    }
}
