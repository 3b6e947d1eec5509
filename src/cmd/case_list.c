// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "cmd/case.h"

static const char NAME[] = "davy case list";

struct listing {
    const struct case_options *options;
    struct arena arena; /* of the texts of rows */
    VEC(struct case_row) rows;
};

static int take_row(void *ctx, const struct case_row *row)
{
    struct listing *l = ctx;
    if (row->status != CASE_OPEN && !l->options->all)
        return 0;
    struct case_row copy = *row;
    struct str *const texts[] = {&copy.host, &copy.place, &copy.image, &copy.reason};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = arena_str(&l->arena, *texts[i]);
    vec_add(&l->rows, copy);
    return 0;
}

/* What context alone speaks for is no intrusion; it is kept, because what comes next may make it one. */
static bool is_shown(const struct case_options *o, const struct case_view *v)
{
    return o->all || v->story.verdict.word > VERDICT_AUTHORISED;
}

static int show_all(struct listing *l, struct case_store *s, struct strbuf *out, size_t *shown, struct error *err)
{
    const struct case_options *o = l->options;
    const struct sink_options look = {.width = cmd_columns(STDOUT_FILENO), .colour = cmd_colour(STDOUT_FILENO), .utf8 = cmd_utf8()};
    int r = 0;
    for (size_t i = 0; !r && i < l->rows.n && *shown <= o->most; i++) {
        _cleanup_(case_loaded_done) struct case_loaded c = {};
        r = case_load_row(o, s, &l->rows.v[i], false, &c, err);
        if (r || !is_shown(o, &c.view))
            continue;
        if (*shown == o->most) { /* one more than is shown tells that there are more */
            ++*shown;
            break;
        }
        if (o->format == CASE_JSON) {
            strbuf_adds(out, (*shown)++ ? ",\n" : "\n");
            case_view_json(out, &c.view, false);
        } else {
            (*shown)++;
            case_view_line(out, &c.view, &look);
        }
    }
    return r;
}

int case_list(const struct case_options *o, char **operands, size_t n)
{
    _cleanup_(case_store_closep) struct case_store *s = NULL;
    _cleanup_(strbuf_done) struct strbuf out = {};
    struct listing l = {.options = o};
    struct error err = ERROR_NULL;
    size_t shown = 0;
    if (n) {
        cmd_error(NAME, "`%s` is too much; `davy case show %s` shows a case", operands[0], operands[0]);
        return EXIT_USAGE;
    }
    int code = case_open(o, NAME, CASE_STORE_READ, &s);
    if (code)
        return code;
    if (o->format == CASE_JSON)
        strbuf_adds(&out, "{\"schema\":\"davy.cases/1\",\"cases\":[");
    /* of all: what is not listed may not crowd out what is */
    int r = case_store_cases(s, 0, CASE_CASES_MAX, take_row, &l, &err);
    if (!r)
        r = show_all(&l, s, &out, &shown, &err);
    if (r < 0)
        cmd_error(NAME, "%s", err.text);
    if (o->format == CASE_JSON)
        strbuf_adds(&out, "]}\n");
    else if (!shown)
        strbuf_adds(&out, o->all ? _("no cases\n") : _("no open cases; --all shows closed ones and those of context alone\n"));
    else if (shown > o->most)
        strbuf_printf(&out, _("older cases are not shown; --most %d shows all\n"), CASE_CASES_MAX);
    vec_done(&l.rows);
    arena_done(&l.arena);
    if (r < 0)
        return EXIT_CANNOT;
    return cmd_print(NAME, &out);
}
