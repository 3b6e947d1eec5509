// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"
#include "rule/eval.h"
#include "rule/matcher.h"

bool matcher_key(const struct value *v, char room[8], struct str *ret)
{
    switch (v->type) {
    case VALUE_STRING:
    case VALUE_BYTES:
        *ret = v->s;
        return true;
    case VALUE_BOOL:
        room[0] = v->b;
        *ret = str_n(room, 1);
        return true;
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_PORT:
    case VALUE_TIME:
    case VALUE_DURATION:
        memcpy(room, &v->u, 8);
        *ret = str_n(room, 8);
        return true;
    default:
        return false;
    }
}

static bool is_membership(const struct leaf *l)
{
    return l->right == PROGRAM_NONE && (l->op == OP_IN || l->op == OP_INTERSECTS);
}

int matcher_init(struct program *p, uint32_t id, size_t *n_regexes, struct error *err)
{
    struct leaf *l = &p->leaves[id];
    const enum value_type type = p->operands[l->left].type;
    if (l->right != PROGRAM_NONE)
        return 0;
    if (type == VALUE_DYNAMIC) {
        l->numbers = arena_array(&p->arena, struct value, l->n_constants);
        for (size_t i = 0; i < l->n_constants; i++)
            if (!typing_number(l->texts[i], &l->numbers[i]))
                l->numbers[i].type = VALUE_NONE;
    }
    if ((is_membership(l) && (type == VALUE_IP || type == VALUE_NET)) || l->op == OP_CIDR) {
        l->nets = netset_new();
        for (size_t i = 0; i < l->n_constants; i++)
            netset_add(l->nets, l->constants[i].net);
    }
    if (l->op == OP_PMATCH) {
        l->pathsets = arena_array(&p->arena, struct pathset *, l->n_constants + 1);
        for (size_t i = 0; i < l->n_constants; i++) {
            struct pathset **set = &l->pathsets[l->modifier == MOD_NONE ? 0 : i];
            if (!*set)
                *set = pathset_new();
            pathset_add(*set, l->constants[i].s);
        }
    }
    if (l->op == OP_REGEX || l->op == OP_MATCHES) {
        l->regexes = arena_array(&p->arena, struct regex *, l->n_constants);
        *n_regexes += l->n_constants;
        if (*n_regexes > PROGRAM_REGEXES_MAX)
            return error_set(err, -EINVAL, "more than %d regular expressions", PROGRAM_REGEXES_MAX);
        for (size_t i = 0; i < l->n_constants; i++) {
            int r = regex_new(l->constants[i].s, l->op == OP_REGEX ? REGEX_POSIX : REGEX_GO, TYPING_REGEX_BYTES, &l->regexes[i], err);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* Groups */

/* Which kind of group could judge the leaf; -1 when none can. */
static int group_kind(const struct program *p, const struct leaf *l)
{
    const struct operand *o = &p->operands[l->left];
    const bool is_any_of = l->modifier == MOD_NONE || l->modifier == MOD_ANYOF;
    if (l->right != PROGRAM_NONE || l->is_type_test || !is_any_of || !l->n_constants)
        return -1;
    char room[8];
    struct str key;
    switch (l->op) {
    case OP_IN:
        /* Of a list every element must be in the set. */
        if (o->is_list)
            return -1;
        [[fallthrough]];
    case OP_EQ:
    case OP_INTERSECTS:
        return o->type != VALUE_DYNAMIC && matcher_key(&l->constants[0], room, &key) ? (int)GROUP_HASH : -1;
    case OP_CONTAINS:
    case OP_BCONTAINS:
        return GROUP_CONTAINS;
    case OP_ICONTAINS:
        return GROUP_ICONTAINS;
    case OP_STARTSWITH:
    case OP_BSTARTSWITH:
        return GROUP_STARTS;
    case OP_ENDSWITH:
        return GROUP_ENDS;
    case OP_ISTARTSWITH:
        return GROUP_ISTARTS;
    case OP_IENDSWITH:
        return GROUP_IENDS;
    case OP_IEQUALS:
        for (size_t i = 0; i < l->n_constants; i++)
            if (l->constants[i].s.n > MATCHER_FOLD_BYTES)
                return -1;
        return GROUP_IHASH;
    default:
        return -1;
    }
}

struct member {
    uint32_t operand, leaf;
    int kind;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->operand != y->operand)
        return x->operand < y->operand ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->leaf < y->leaf ? -1 : x->leaf > y->leaf;
}

/* The key of a constant in the table of a group. */
static bool group_key(const struct group *g, const struct value *v, char room[MATCHER_FOLD_BYTES], struct str *ret)
{
    if (g->kind == GROUP_HASH)
        return matcher_key(v, room, ret);
    *ret = matcher_fold(v->s, room);
    return true;
}

/* value → leaves, as rows of one array: count, then sum, then fill. */
static void build_hash(struct program *p, struct group *g, const struct member *m, size_t n)
{
    char room[MATCHER_FOLD_BYTES];
    struct str key;
    for (size_t i = 0; i < n; i++) {
        const struct leaf *l = &p->leaves[m[i].leaf];
        for (size_t k = 0; k < l->n_constants; k++)
            if (group_key(g, &l->constants[k], room, &key) && !map_has(&g->keys, key)) {
                uint64_t row = g->keys.n;
                map_put(&g->keys, arena_str(&p->arena, key), NULL)->u64 = row;
                g->lengths |= matcher_length(key);
                g->marks[matcher_mark(key) / 64] |= 1ULL << (matcher_mark(key) % 64);
            }
    }
    g->rows = arena_array(&p->arena, uint32_t, g->keys.n + 2);
    for (int fill = 0; fill < 2; fill++) {
        for (size_t i = 0; i < n; i++) {
            const struct leaf *l = &p->leaves[m[i].leaf];
            for (size_t k = 0; k < l->n_constants; k++) {
                if (!group_key(g, &l->constants[k], room, &key))
                    continue;
                uint64_t row = map_get(&g->keys, key)->u64;
                if (fill)
                    g->leaves[g->rows[row + 1]++] = m[i].leaf;
                else
                    g->rows[row + 2]++;
            }
        }
        if (fill)
            break;
        for (size_t r = 2; r < g->keys.n + 2; r++)
            g->rows[r] += g->rows[r - 1];
        g->leaves = arena_array(&p->arena, uint32_t, g->rows[g->keys.n + 1]);
    }
}

static bool build_automaton(struct program *p, struct group *g, const struct member *m, size_t n)
{
    static const enum automaton_kind kinds[] = {[GROUP_CONTAINS] = AUTOMATON_CONTAINS,
                                                [GROUP_ICONTAINS] = AUTOMATON_CONTAINS,
                                                [GROUP_STARTS] = AUTOMATON_STARTS,
                                                [GROUP_ISTARTS] = AUTOMATON_STARTS,
                                                [GROUP_ENDS] = AUTOMATON_ENDS,
                                                [GROUP_IENDS] = AUTOMATON_ENDS};
    const bool nocase = g->kind == GROUP_ICONTAINS || g->kind == GROUP_ISTARTS || g->kind == GROUP_IENDS;
    VEC(struct needle) needles = {};
    for (size_t i = 0; i < n; i++) {
        const struct leaf *l = &p->leaves[m[i].leaf];
        for (size_t k = 0; k < l->n_constants; k++)
            vec_add(&needles, (struct needle){l->constants[k].s, m[i].leaf});
    }
    if (needles.n >= AUTOMATON_NEEDLES_MIN)
        g->automaton = automaton_new(kinds[g->kind], nocase, needles.v, needles.n);
    vec_done(&needles);
    return g->automaton;
}

static void add_group(struct program *p, const struct member *m, size_t n)
{
    struct group *g = &p->groups[p->n_groups];
    *g = (struct group){.operand = m->operand};
    g->kind = (typeof(g->kind))m->kind;
    if (g->kind != GROUP_HASH && g->kind != GROUP_IHASH) {
        if (!build_automaton(p, g, m, n))
            return;
    } else if (n == 1 && p->leaves[m->leaf].n_constants == 1) {
        return; /* one comparison is cheaper than a hash */
    } else {
        build_hash(p, g, m, n);
    }
    for (size_t i = 0; i < n; i++)
        p->leaves[m[i].leaf].group = (uint32_t)p->n_groups;
    p->n_groups++;
}

void matcher_group(struct program *p)
{
    VEC(struct member) members = {};
    for (size_t i = 0; i < p->n_leaves; i++) {
        int kind = group_kind(p, &p->leaves[i]);
        if (kind >= 0)
            vec_add(&members, (struct member){p->leaves[i].left, (uint32_t)i, kind});
    }
    if (members.n)
        qsort(members.v, members.n, sizeof(*members.v), compare_members);
    p->groups = arena_array(&p->arena, struct group, members.n);
    for (size_t from = 0, to; from < members.n; from = to) {
        for (to = from + 1; to < members.n && members.v[to].operand == members.v[from].operand &&
                            members.v[to].kind == members.v[from].kind;)
            to++;
        add_group(p, &members.v[from], to - from);
    }
    vec_done(&members);

    for (size_t i = 0; i < p->n_leaves; i++) {
        struct leaf *l = &p->leaves[i];
        char room[8];
        struct str key;
        if (!is_membership(l) || l->nets || l->group != PROGRAM_NONE || l->is_type_test)
            continue;
        for (size_t k = 0; k < l->n_constants; k++)
            if (matcher_key(&l->constants[k], room, &key))
                map_put(&l->set, arena_str(&p->arena, key), NULL);
    }
}

void matcher_done(struct program *p)
{
    for (size_t i = 0; i < p->n_leaves; i++) {
        struct leaf *l = &p->leaves[i];
        map_done(&l->set);
        netset_free(l->nets);
        for (size_t k = 0; l->pathsets && k < l->n_constants; k++)
            pathset_free(l->pathsets[k]);
        for (size_t k = 0; l->regexes && k < l->n_constants; k++)
            regex_free(l->regexes[k]);
    }
    for (size_t i = 0; i < p->n_groups; i++) {
        map_done(&p->groups[i].keys);
        automaton_free(p->groups[i].automaton);
    }
}
