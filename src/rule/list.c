// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "rule/limits.h"
#include "rule/list.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_delimiter(char c)
{
    return is_blank(c) || c == '(' || c == ')' || c == ',' || c == '=';
}

void list_quote(struct strbuf *b, struct str item)
{
    bool quote = item.n && str_has(item, STR(" ")) && item.p[0] != '"' && item.p[0] != '\'';
    if (quote)
        strbuf_addc(b, '"');
    strbuf_add(b, item);
    if (quote)
        strbuf_addc(b, '"');
}

/* Splices; lists that an item names were expanded before, because they were defined earlier, unless they were
 * changed later. */
static int expand(struct ruleset *rs, struct list *l, unsigned depth, struct diags *diags)
{
    VEC(struct str) items = {};
    struct strbuf joined = {};
    int result = 0;
    l->state = STATE_RUNNING;
    l->is_expired = l->expires && l->expires < rs->today;
    for (size_t i = 0; i < l->items.n && !result; i++) {
        struct map_entry *e = map_get(&rs->lists, l->items.v[i]->text);
        struct list *inner = e ? e->ptr : NULL;
        bool splice =
            inner && inner->def.index < l->def.visible && inner != l && inner->state != STATE_RUNNING;
        if (splice && inner->state == STATE_NEW && depth < RULE_DEPTH)
            result = expand(rs, inner, depth + 1, diags);
        splice = splice && inner->state == STATE_DONE;
        size_t count = splice ? inner->n_expanded : 1;
        rs->list_items += count;
        if (result)
            break;
        if (items.n + count > RULE_LIST_ITEMS || rs->list_items > RULE_ALL_LIST_ITEMS) {
            load_report(diags, DIAG_ERR_VALIDATE, arena_printf(&rs->load, "list %.*s", STR_ARG(l->def.name)),
                        l->items.v[i], 0, N_("too many items once the lists it names are put in"),
                        N_("a list holds up to 200000 items, all lists together 2000000"));
            result = -EINVAL;
        }
        for (size_t j = 0; j < count && !result; j++)
            vec_add(&items, splice ? inner->expanded[j] : l->items.v[i]->text);
        if (splice) {
            inner->def.is_used = true;
            l->is_expired |= inner->is_expired;
        }
    }
    for (size_t i = 0; i < items.n && !result; i++) {
        if (i)
            strbuf_adds(&joined, ", ");
        list_quote(&joined, items.v[i]);
    }
    l->state = STATE_DONE;
    l->joined = arena_str(&rs->load, strbuf_str(&joined));
    l->expanded = arena_array(&rs->load, struct str, items.n);
    if (items.n)
        memcpy(l->expanded, items.v, items.n * sizeof(*items.v));
    l->n_expanded = items.n;
    vec_done(&items);
    strbuf_done(&joined);
    return result;
}

int list_expand_all(struct ruleset *rs, struct diags *diags)
{
    int result = 0;
    for (size_t i = 0; i < rs->lists.n; i++) {
        struct list *l = rs->lists.v[i].ptr;
        int r = l->state == STATE_NEW ? expand(rs, l, 0, diags) : 0;
        result = r ? r : result;
    }
    return result;
}

/*
 * The work on one condition. Falco replaces list after list over the whole text, so an item that names a list
 * defined later is replaced in its turn; `least` is the index that such a list must have. Reading the text
 * once and going into what was put in gives the same, without a pass per list.
 */
struct substitution {
    struct ruleset *rs;
    const struct pieces *from; /* the condition: places of what is put in point here */
    struct pieces *out;
    struct str label;
    struct diags *diags;
    size_t work; /* bytes read: lists that come to nothing cost too */
    unsigned depth;
    bool is_too_large;
};

/* Takes blanks, and for an empty list a comma, off the end; not further back than `floor`. */
static bool take_back(struct pieces *out, size_t floor, bool comma)
{
    size_t n = out->text.n;
    while (n > floor && is_blank(out->text.p[n - 1]))
        n--;
    bool had_comma = comma && n > floor && out->text.p[n - 1] == ',';
    pieces_cut(out, n - had_comma);
    return had_comma;
}

/* The list that the text names at `at`, where a word begins and *end is its end; of several the one that was defined first. */
static struct list *named(const struct substitution *s, struct str text, size_t at, size_t *end, uint32_t least)
{
    const struct str word = str_sub(text, at, *end);
    struct map_entry *e = word.n ? map_get(&s->rs->lists, word) : NULL;
    struct list *l = e ? e->ptr : NULL;
    l = l && l->def.index >= least ? l : NULL;
    for (size_t i = 0; i < s->rs->wide_lists.n; i++) {
        struct list *wide = s->rs->wide_lists.v[i];
        const struct str name = wide->def.name;
        if (wide->def.index < least || (l && l->def.index < wide->def.index) || !str_starts(str_sub(text, at, text.n), name) ||
            (at + name.n < text.n && !is_delimiter(text.p[at + name.n])))
            continue;
        *end = at + name.n;
        l = wide;
    }
    return l;
}

/* Appends part [from, to) of `text`; at depth 0 that is the condition itself, below the joined items of a
 * list at `at`. */
static void put(struct substitution *s, struct str text, size_t from, size_t to, bool is_condition, size_t at)
{
    if (s->out->text.n + (to - from) > RULE_EXPANDED_BYTES)
        s->is_too_large = true;
    else if (is_condition)
        pieces_part(s->out, s->from, from, to);
    else
        pieces_insert_at(s->out, s->from, at, str_sub(text, from, to));
}

static void walk(struct substitution *s, struct str text, uint32_t least, bool is_condition, size_t at)
{
    size_t floor = is_condition ? 0 : s->out->text.n, kept = 0;
    char quote = 0;
    s->work += text.n;
    s->is_too_large |= s->work > 2 * (size_t)RULE_EXPANDED_BYTES || s->depth > RULE_DEPTH;
    for (size_t i = 0; i < text.n && !s->is_too_large;) {
        size_t end = i;
        while (end < text.n && !is_delimiter(text.p[end]))
            end++;
        struct list *l = named(s, text, i, &end, least);
        if (!l) {
            for (end += end < text.n; i < end; i++) {
                if (text.p[i] == '\\' && quote)
                    i++;
                else if (quote ? text.p[i] == quote : text.p[i] == '"' || text.p[i] == '\'')
                    quote = quote ? 0 : text.p[i];
            }
            i = end;
            continue;
        }
        l->def.is_used = true;
        s->rs->met_expired |= l->is_expired;
        size_t place = is_condition ? i : at, from = 0;
        if (quote && is_condition) {
            const struct yaml_node *node = pieces_find(s->from, i, &from);
            load_report(s->diags, DIAG_COMPILE_CONDITION, s->label, node, from,
                        N_("the name of a list stands inside a quoted value and is replaced there too"),
                        N_("rename the list, or write the value so that the name does not stand alone"));
        }
        put(s, text, kept, i, is_condition, at);
        (void)take_back(s->out, floor, false);
        if (s->out->text.n)
            pieces_insert_at(s->out, s->from, place, STR(" "));
        size_t before = s->out->text.n;
        s->depth++;
        walk(s, l->joined, l->def.index + 1, false, place);
        s->depth--;
        bool is_empty = s->out->text.n == before;
        for (i = end; i < text.n && is_blank(text.p[i]);)
            i++;
        if (is_empty && !take_back(s->out, floor, true) && i < text.n && text.p[i] == ',')
            i++;
        pieces_insert_at(s->out, s->from, place, STR(" "));
        kept = i;
    }
    put(s, text, kept, text.n, is_condition, at);
}

int list_substitute(struct ruleset *rs, const struct pieces *from, struct str label, struct pieces *ret,
                    struct diags *diags)
{
    struct substitution s = {.rs = rs, .from = from, .out = ret, .label = label, .diags = diags};
    walk(&s, strbuf_str(&from->text), 0, true, 0);
    rs->expanded_bytes += ret->text.n;
    if (!s.is_too_large && rs->expanded_bytes <= RULE_ALL_EXPANDED_BYTES)
        return 0;
    size_t at = 0;
    const struct yaml_node *node = pieces_find(from, 0, &at);
    load_report(diags, DIAG_ERR_VALIDATE, label, node, at,
                N_("the condition grows too large once its lists are put in"),
                N_("a condition takes up to 4 MiB, all of them 256 MiB; use fewer or shorter lists"));
    return -EINVAL;
}
