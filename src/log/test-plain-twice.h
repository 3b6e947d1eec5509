// SPDX-License-Identifier: Apache-2.0
#pragma once
/* One object read twice, for tests: once plainly where that may be (log/plain.h), once by simdjson alone, because a name has an escape. */
#include "base/strbuf.h"
#include "log/limits.h"
#include "log/parser.h"

struct reading {
    struct strbuf text;
    struct json_parser *parser;
    struct node root;
    int error;
};

static inline void read_with(struct reading *r, const char *name, struct str members)
{
    const char *why;
    strbuf_clear(&r->text);
    strbuf_printf(&r->text, "{\"%s\":0", name);
    if (members.n)
        strbuf_adds(&r->text, ",");
    strbuf_add(&r->text, members);
    strbuf_adds(&r->text, "}");
    const size_t n = r->text.n;
    strbuf_pad(&r->text, 0, LOG_PADDING);
    if (!r->parser)
        r->parser = json_parser_new(LOG_RECORD_MAX);
    r->error = json_parser_run(r->parser, str_n(r->text.p, n), &r->root, &why);
}

static inline void reading_done(struct reading *r)
{
    strbuf_done(&r->text);
    r->parser = json_parser_free(r->parser);
}

/* Whether two readings see the same: the whole as text, the members one after the other, and each by its name. The second was not read plainly. */
static inline bool sees_same(const struct reading *x, const struct reading *y)
{
    struct arena arena = {};
    bool same = x->error == y->error;
    if (same && !x->error) {
        struct node_each a = node_each(x->root), b = node_each(y->root);
        same = !y->root.tape->text && str_eq(node_text(x->root, &arena), node_text(y->root, &arena));
        while (same && node_next(&a))
            same = node_next(&b) && str_eq(a.name, b.name) && node_kind(a.value) == node_kind(b.value) &&
                   str_eq(node_text(node_get(x->root, a.name), &arena), node_text(node_get(y->root, b.name), &arena));
        same = same && !node_next(&b) && node_is(node_get(x->root, STR("Z"))) == node_is(node_get(y->root, STR("Z")));
    }
    arena_done(&arena);
    return same;
}

/* The same object, read in both ways. `ret_is_plain`: the first was read plainly. */
static inline bool read_twice(struct reading r[2], struct str members, bool *ret_is_plain)
{
    for (unsigned times = 0; times < 8; times++) /* soon names come in an order that is known (log/name_tree.h), then all that stands between values (log/joints.h) */
        read_with(&r[0], "A", members);
    read_with(&r[1], "\\u0041", members);
    *ret_is_plain = !r[0].error && r[0].root.tape->text;
    return sees_same(&r[0], &r[1]);
}
