// SPDX-License-Identifier: Apache-2.0
#include "rule/pieces.h"

static void begin(struct pieces *p, const struct yaml_node *node, size_t from, bool is_copy)
{
    struct piece piece = {(uint32_t)p->text.n, node, (uint32_t)from, is_copy};
    struct piece *last = p->v.n ? &p->v.v[p->v.n - 1] : NULL;
    if (last && last->at == piece.at)
        *last = piece;
    else if (!last || last->node != node || last->is_copy != is_copy ||
             (is_copy ? last->from + (piece.at - last->at) : last->from) != piece.from)
        vec_add(&p->v, piece);
}

void pieces_copy(struct pieces *p, const struct yaml_node *node, size_t from, size_t to)
{
    begin(p, node, from, true);
    strbuf_add(&p->text, str_sub(node->text, from, to));
}

void pieces_insert(struct pieces *p, const struct yaml_node *node, size_t from, struct str text)
{
    begin(p, node, from, false);
    strbuf_add(&p->text, text);
}

/* Index of the piece that byte `at` lies in. */
static size_t find(const struct pieces *p, size_t at)
{
    size_t low = 0, high = p->v.n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (p->v.v[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void pieces_part(struct pieces *p, const struct pieces *other, size_t from, size_t to)
{
    for (size_t i = find(other, from); from < to && i < other->v.n; i++) {
        const struct piece *o = &other->v.v[i];
        size_t end = i + 1 < other->v.n ? other->v.v[i + 1].at : other->text.n;
        end = end < to ? end : to;
        begin(p, o->node, o->is_copy ? o->from + (from - o->at) : o->from, o->is_copy);
        strbuf_add(&p->text, str_sub(strbuf_str(&other->text), from, end));
        from = end;
    }
}

void pieces_insert_at(struct pieces *p, const struct pieces *other, size_t at, struct str text)
{
    size_t from = 0;
    const struct yaml_node *node = pieces_find(other, at, &from);
    pieces_insert(p, node, from, text);
}

void pieces_cut(struct pieces *p, size_t n)
{
    while (p->v.n && p->v.v[p->v.n - 1].at >= n)
        p->v.n--;
    p->text.n = n < p->text.n ? n : p->text.n;
}

const struct yaml_node *pieces_find(const struct pieces *p, size_t at, size_t *ret_from)
{
    if (!p->v.n)
        return NULL;
    const struct piece *piece = &p->v.v[find(p, at)];
    *ret_from = piece->is_copy ? piece->from + (at - piece->at) : piece->from;
    return piece->node;
}

void pieces_join(struct pieces *p, const struct node_list *nodes)
{
    for (size_t i = 0; i < nodes->n; i++) {
        if (i)
            pieces_insert(p, nodes->v[i], 0, STR(" "));
        pieces_copy(p, nodes->v[i], 0, nodes->v[i]->text.n);
    }
}

void pieces_done(struct pieces *p)
{
    strbuf_done(&p->text);
    vec_done(&p->v);
}
