// SPDX-License-Identifier: Apache-2.0
/*
 * Rows are put together from columns that are streamed side by side. Each value says with its levels how much of what it lies in is there
 * (definition), and which list it goes on (repetition); of a group, its first column that can be read tells for all.
 */
#include <errno.h>

#include "base/intl.h"
#include "base/json_string.h"
#include "base/text.h"
#include "log/limits.h"
#include "log/node.h"
#include "log/parquet.h"
#include "log/parquet_text.h"

struct parquet {
    struct parquet_meta meta;
    struct parquet_source source;
    struct parquet_column *columns; /* one for each leaf */
    struct parquet_chunk *chunks;   /* of the row group at hand */
    bool *is_told;                  /* that a column is left out */
    struct strbuf names;            /* of nodes, as `"name":` */
    uint32_t *name_at;              /* one more than nodes */
    size_t group;                   /* the next one */
    uint64_t left, row, rows;       /* rows of the group that were not given; that were; of all groups so far */
    bool has_news;                  /* a column may have become one that is left out */
    bool is_too_large;
    struct strbuf why;
};

bool parquet_is(struct str head)
{
    return str_starts(head, STR("PAR1")) || str_starts(head, STR("PARE"));
}

static void name_nodes(struct parquet *p)
{
    p->name_at = xrealloc(NULL, p->meta.nodes.n + 1, sizeof(*p->name_at));
    for (size_t i = 0; i < p->meta.nodes.n; i++) {
        const struct str name = p->meta.nodes.v[i].name;
        p->name_at[i] = (uint32_t)p->names.n;
        if (text_is_utf8(name)) {
            json_string_add_bytes(&p->names, name);
        } else {
            _cleanup_(strbuf_done) struct strbuf safe = {};
            text_add_safe(&safe, name);
            json_string_add_bytes(&p->names, strbuf_str(&safe));
        }
        strbuf_addc(&p->names, ':');
    }
    p->name_at[p->meta.nodes.n] = (uint32_t)p->names.n;
}

int parquet_open(int fd, uint64_t size, struct parquet **ret, struct error *err)
{
    struct parquet *p = xnew(struct parquet);
    const int r = parquet_meta_read(&p->meta, fd, size, err);
    if (r < 0) {
        parquet_free(p);
        return r;
    }
    const size_t n = p->meta.leaves.n;
    p->source = (struct parquet_source){.fd = fd, .size = size, .unpacker = parquet_unpacker_new()};
    p->columns = xalloc(n * sizeof(*p->columns));
    p->chunks = xalloc(n * sizeof(*p->chunks));
    p->is_told = xalloc(n * sizeof(*p->is_told));
    for (size_t i = 0; i < n; i++) {
        p->columns[i].node = &p->meta.nodes.v[p->meta.leaves.v[i]];
        p->columns[i].source = &p->source;
    }
    name_nodes(p);
    *ret = p;
    return 0;
}

struct parquet *parquet_free(struct parquet *p)
{
    if (!p)
        return NULL;
    for (size_t i = 0; p->columns && i < p->meta.leaves.n; i++)
        parquet_column_done(&p->columns[i]);
    free(p->columns);
    free(p->chunks);
    free(p->is_told);
    free(p->name_at);
    free(p->source.packed.p);
    (void)parquet_unpacker_free(p->source.unpacker);
    strbuf_done(&p->names);
    strbuf_done(&p->why);
    parquet_meta_done(&p->meta);
    free(p);
    return NULL;
}

bool parquet_has(const struct parquet *p, struct str name)
{
    const struct parquet_node *nodes = p->meta.nodes.v;
    for (uint32_t i = 1; i < nodes[0].end; i = nodes[i].end)
        if (str_eq_nocase(nodes[i].name, name))
            return true;
    return false;
}

void parquet_place(const struct parquet *p, struct parquet_place *ret)
{
    *ret = (struct parquet_place){.group = p->group, .row = p->row, .read = p->source.read, .unpacked = p->source.unpacked};
}

/* ---- a row ---- */

/* The column that tells of a node whether it is there; NULL: none can be read. */
static struct parquet_column *lead(struct parquet *p, const struct parquet_node *n)
{
    for (uint32_t i = n->leaf; i < n->leaf + n->n_leaves; i++)
        if (!p->columns[i].why)
            return &p->columns[i];
    return NULL;
}

/* One value each goes by. */
static void pass(struct parquet *p, const struct parquet_node *n)
{
    for (uint32_t i = n->leaf; i < n->leaf + n->n_leaves; i++)
        if (!p->columns[i].why)
            (void)parquet_column_next(&p->columns[i]);
}

static void add_node(struct parquet *p, uint32_t at, struct strbuf *b);

static bool is_room(struct parquet *p, const struct strbuf *b, size_t more)
{
    enum { SPARE = 64 }; /* what is no text */
    if (b->n + more + SPARE > LOG_RECORD_MAX)
        p->is_too_large = true;
    return !p->is_too_large;
}

static void add_leaf(struct parquet *p, const struct parquet_node *n, struct strbuf *b)
{
    struct parquet_column *c = &p->columns[n->leaf];
    const bool is_there = c->has && c->def == n->max_def;
    if (is_room(p, b, is_there ? c->value.s.n : 0)) {
        if (is_there)
            parquet_add_value(b, n, &c->value);
        else
            strbuf_adds(b, "null");
    }
    (void)parquet_column_next(c);
}

/* The element of a list: what is repeated, or what is alone in it. */
static uint32_t element_of(const struct parquet *p, uint32_t list, uint32_t repeated)
{
    const struct parquet_node *nodes = p->meta.nodes.v, *r = &nodes[repeated];
    const bool is_wrapped = nodes[list].is_list && !r->is_leaf && repeated + 1 < r->end && nodes[repeated + 1].end == r->end && !str_is(r->name, "array") &&
                            !str_ends(r->name, STR("_tuple")) && nodes[repeated + 1].repetition != PARQUET_REPEATED;
    return is_wrapped ? repeated + 1 : repeated;
}

/* A pair of a map as a member. */
static void add_pair(struct parquet *p, uint32_t pair, struct strbuf *b)
{
    const struct parquet_node *nodes = p->meta.nodes.v;
    const uint32_t key = pair + 1, value = nodes[key].end;
    const size_t from = b->n;
    add_node(p, key, b);
    if (b->n > from && b->p[from] != '"') {
        _cleanup_(strbuf_done) struct strbuf text = {};
        strbuf_add(&text, str_sub(strbuf_str(b), from, b->n));
        b->n = from;
        json_string_add_bytes(b, strbuf_str(&text));
    }
    strbuf_addc(b, ':');
    if (value < nodes[pair].end)
        add_node(p, value, b);
    else
        strbuf_adds(b, "null");
}

/* What is repeated, as many times as it is; `at` is the repeated node, `list` what it lies in. */
static void add_repeated(struct parquet *p, uint32_t list, uint32_t at, struct strbuf *b)
{
    const struct parquet_node *nodes = p->meta.nodes.v, *n = &nodes[at];
    const struct parquet_column *first = lead(p, n);
    const uint32_t element = element_of(p, list, at);
    const bool is_map = nodes[list].is_map && !n->is_leaf && at + 1 < n->end && nodes[at + 1].is_leaf && !p->columns[nodes[at + 1].leaf].why &&
                        (nodes[at + 1].end == n->end || nodes[nodes[at + 1].end].end == n->end) && nodes[at + 1].repetition != PARQUET_REPEATED;
    strbuf_addc(b, is_map ? '{' : '[');
    if (!first || !first->has || first->def < n->max_def) {
        pass(p, n);
    } else {
        for (bool is_more = true, is_first = true; is_more; is_first = false) {
            if (!is_first && is_room(p, b, 0))
                strbuf_addc(b, ',');
            const size_t from = b->n;
            if (is_map)
                add_pair(p, at, b);
            else if (element == at && !n->is_leaf)
                add_node(p, at, b);
            else if (element == at)
                add_leaf(p, n, b);
            else
                add_node(p, element, b);
            if (p->is_too_large)
                b->n = from;
            first = lead(p, n); /* it may have come to an end that it should not */
            is_more = first && first->has && first->rep == n->max_rep;
        }
    }
    strbuf_addc(b, is_map ? '}' : ']');
}

/* The members of a group, those that are not there left out. */
static void add_members(struct parquet *p, uint32_t at, struct strbuf *b)
{
    const struct parquet_node *nodes = p->meta.nodes.v;
    bool is_first = true;
    strbuf_addc(b, '{');
    for (uint32_t i = at + 1; i < nodes[at].end; i = nodes[i].end) {
        const struct parquet_column *c = lead(p, &nodes[i]);
        if (!c)
            continue;
        if (nodes[i].repetition != PARQUET_REPEATED && (!c->has || c->def < nodes[i].max_def)) {
            pass(p, &nodes[i]);
            continue;
        }
        const struct str name = str_sub(strbuf_str(&p->names), p->name_at[i], p->name_at[i + 1]);
        if (is_room(p, b, name.n)) {
            if (!is_first)
                strbuf_addc(b, ',');
            strbuf_add(b, name);
        }
        is_first = false;
        if (nodes[i].repetition == PARQUET_REPEATED)
            add_repeated(p, at, i, b);
        else
            add_node(p, i, b);
    }
    strbuf_addc(b, '}');
}

/* One node that is not repeated, or an element of one that is. */
static void add_node(struct parquet *p, uint32_t at, struct strbuf *b)
{
    const struct parquet_node *nodes = p->meta.nodes.v, *n = &nodes[at];
    const struct parquet_column *c = lead(p, n);
    if (!c || !c->has || c->def < n->max_def) {
        pass(p, n);
        strbuf_adds(b, "null");
    } else if (n->is_leaf) {
        add_leaf(p, n, b);
    } else if ((n->is_list || n->is_map) && at + 1 < n->end && nodes[at + 1].end == n->end && nodes[at + 1].repetition == PARQUET_REPEATED) {
        add_repeated(p, at, at + 1, b);
    } else {
        add_members(p, at, b);
    }
}

/* Columns whose values are of another row by now go on to the next. */
static void align(struct parquet *p)
{
    for (size_t i = 0; i < p->meta.leaves.n; i++) {
        struct parquet_column *c = &p->columns[i];
        while (c->node->max_rep && c->has && c->rep)
            (void)parquet_column_next(c);
    }
}

/* ---- row groups ---- */

/* "user.name" */
static void add_path(const struct parquet *p, uint32_t leaf, struct strbuf *b)
{
    const uint32_t at = p->meta.leaves.v[leaf];
    const size_t from = b->n;
    for (uint32_t i = 1; i <= at; i++) {
        if (p->meta.nodes.v[i].end <= at)
            continue;
        if (b->n > from)
            strbuf_addc(b, '.');
        text_add_safe(b, p->meta.nodes.v[i].name);
    }
}

/* Columns that cannot be read and were not told of, all with the same reason: true, and *ret_why. */
static bool tell(struct parquet *p, const char **ret_why)
{
    enum { NAMED = 4 };
    const char *why = NULL;
    size_t n = 0;
    _cleanup_(strbuf_done) struct strbuf names = {};
    for (uint32_t i = 0; p->has_news && i < p->meta.leaves.n; i++) {
        const char *its = p->columns[i].why;
        if (!its || p->is_told[i] || (why && why != its))
            continue;
        why = its;
        p->is_told[i] = true;
        if (n++ < NAMED) {
            strbuf_adds(&names, n > 1 ? ", " : "");
            add_path(p, i, &names);
        }
    }
    p->has_news = why;
    if (!why)
        return false;
    strbuf_clear(&p->why);
    strbuf_printf(&p->why, _("columns that are left out: %zu (%.*s%s): %s"), n, STR_ARG(strbuf_str(&names)), n > NAMED ? ", ..." : "", intl_text(why));
    *ret_why = p->why.p;
    return true;
}

static bool begin_group(struct parquet *p, const char **ret_why)
{
    const size_t n = p->meta.leaves.n;
    uint64_t rows;
    p->row = p->left = 0;
    if (!parquet_group(&p->meta, p->group++, p->source.size, p->chunks, &rows) || rows > p->meta.rows - p->rows) {
        strbuf_clear(&p->why);
        strbuf_printf(&p->why, _("row group %llu makes no sense, and is left out"), (unsigned long long)p->group);
        *ret_why = p->why.p;
        return false;
    }
    p->rows += rows;
    p->left = rows;
    for (size_t i = 0; i < n; i++) /* all give back first what they hold */
        parquet_column_begin(&p->columns[i], &p->chunks[i]);
    for (size_t i = 0; rows && i < n; i++)
        (void)parquet_column_next(&p->columns[i]);
    p->has_news = true;
    return true;
}

/* Columns that end before the row group does are left out from there on; false when there is no other. */
static bool look_at_columns(struct parquet *p)
{
    bool has_any = false;
    for (size_t i = 0; i < p->meta.leaves.n; i++) {
        struct parquet_column *c = &p->columns[i];
        if (!c->why && !c->has)
            c->why = N_("ends before the others do");
        p->has_news = p->has_news || (c->why && !p->is_told[i]);
        has_any = has_any || !c->why;
    }
    return has_any;
}

int parquet_next(struct parquet *p, struct strbuf *row, const char **ret_why)
{
    strbuf_clear(row);
    for (;;) {
        if (p->left && !look_at_columns(p))
            p->left = 0;
        if (tell(p, ret_why))
            return 2;
        if (p->left)
            break;
        if (p->group == p->meta.groups.n)
            return 0;
        if (!begin_group(p, ret_why))
            return 2;
    }
    p->is_too_large = false;
    add_members(p, 0, row);
    align(p);
    p->left--;
    p->row++;
    return p->is_too_large ? -E2BIG : 1;
}
