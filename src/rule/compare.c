// SPDX-License-Identifier: Apache-2.0
#include "rule/compare.h"
#include "base/glob.h"
#include "rule/matcher.h"

static bool is_unsigned(enum value_type t)
{
    return t == VALUE_UINT || t == VALUE_PORT || t == VALUE_TIME || t == VALUE_DURATION;
}

static bool is_string(enum value_type t)
{
    return t == VALUE_STRING || t == VALUE_BYTES;
}

static bool is_address(enum value_type t)
{
    return t == VALUE_IP || t == VALUE_NET;
}

bool compare_is_type(enum value_type promised, const struct value *v)
{
    if (promised == VALUE_DYNAMIC)
        return v->type != VALUE_NONE && v->type != VALUE_LIST && v->type != VALUE_DYNAMIC;
    return v->type == promised || (is_unsigned(v->type) && is_unsigned(promised)) ||
           (is_string(v->type) && is_string(promised)) || (is_address(v->type) && is_address(promised));
}

/* Numbers of any two types, without losing bits: <0, 0, >0; 2 when one is not a number (NaN). */
static int compare_numbers(const struct value *a, const struct value *b)
{
    if (a->type == VALUE_DOUBLE || b->type == VALUE_DOUBLE) {
        double x = a->type == VALUE_DOUBLE ? a->d : a->type == VALUE_INT ? (double)a->i : (double)a->u;
        double y = b->type == VALUE_DOUBLE ? b->d : b->type == VALUE_INT ? (double)b->i : (double)b->u;
        return x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
    }
    if (a->type == VALUE_INT && b->type == VALUE_INT)
        return (a->i > b->i) - (a->i < b->i);
    if (a->type == VALUE_INT && a->i < 0)
        return -1;
    if (b->type == VALUE_INT && b->i < 0)
        return 1;
    return (a->u > b->u) - (a->u < b->u);
}

static bool order_says(enum operator op, int order)
{
    switch (op) {
    case OP_EQ:
    case OP_EQ2:
    case OP_IN:
    case OP_INTERSECTS:
        return order == 0;
    case OP_NE:
        return order != 0;
    case OP_LT:
        return order < 0;
    case OP_LE:
        return order <= 0;
    case OP_GT:
        return order > 0 && order != 2;
    case OP_GE:
        return order >= 0 && order != 2;
    default:
        return false;
    }
}

/* The network on the right contains the address (or the whole network) on the left. */
static bool lies_in(const struct net *outer, const struct net *inner)
{
    return outer->prefix <= inner->prefix && net_contains(outer, inner);
}

static bool compare_texts(enum operator op, struct str a, struct str b)
{
    switch (op) {
    case OP_CONTAINS:
    case OP_BCONTAINS:
        return str_has(a, b);
    case OP_ICONTAINS:
        return str_find_nocase(a, b, 0) >= 0;
    case OP_STARTSWITH:
    case OP_BSTARTSWITH:
        return str_starts(a, b);
    case OP_ENDSWITH:
        return str_ends(a, b);
    case OP_IEQUALS:
        return str_eq_nocase(a, b);
    case OP_ISTARTSWITH:
        return str_eq_nocase(str_sub(a, 0, b.n), b);
    case OP_IENDSWITH:
        return b.n <= a.n && str_eq_nocase(str_sub(a, a.n - b.n, a.n), b);
    case OP_GLOB:
    case OP_IGLOB:
        return glob_match(b, a, op == OP_IGLOB);
    case OP_EQ:
    case OP_EQ2:
    case OP_IN:
    case OP_INTERSECTS:
        return str_eq(a, b);
    case OP_NE:
        return !str_eq(a, b);
    default: {
        int order = str_cmp(a, b);
        return order_says(op, (order > 0) - (order < 0));
    }
    }
}

/* `v op constant` for a plain comparison; `number` is the constant as a number, NULL or NONE where it is
 * none. */
static bool compare_scalar(enum operator op, const struct value *v, struct str text,
                           const struct value *constant, const struct value *number)
{
    const bool is_order = op == OP_EQ || op == OP_NE || (op >= OP_LT && op <= OP_GE);
    if (is_order && number && number->type != VALUE_NONE && typing_is_number(v->type))
        return order_says(op, compare_numbers(v, number));
    if (is_string(constant->type))
        return compare_texts(op, text, constant->s);
    if (constant->type == VALUE_NET)
        return lies_in(constant->net, v->net) == (op != OP_NE);
    if (constant->type == VALUE_BOOL)
        return (constant->b == v->b) == (op != OP_NE);
    return order_says(op, compare_numbers(v, constant));
}

static bool is_member(const struct leaf *l, const struct value *v, struct str text)
{
    char room[8];
    struct str key;
    if (l->nets)
        return netset_has(l->nets, v->net);
    if (l->set.n && !l->numbers)
        return matcher_key(v, room, &key) && map_has(&l->set, key);
    for (size_t k = 0; k < l->n_constants; k++)
        if (compare_scalar(OP_EQ, v, text, &l->constants[k], l->numbers ? &l->numbers[k] : NULL))
            return true;
    return false;
}

bool compare_constant(const struct leaf *l, size_t k, const struct value *v, struct str text)
{
    switch (l->op) {
    case OP_IN:
    case OP_INTERSECTS:
        return is_member(l, v, text);
    case OP_PMATCH:
        return l->n_constants && pathset_match(l->pathsets[k], text);
    case OP_REGEX:
        return regex_full(l->regexes[k], text);
    case OP_MATCHES:
        return regex_find(l->regexes[k], text, 0, NULL, 0);
    case OP_CIDR: {
        struct net net;
        return net_from_str(text, &net) && netset_has(l->nets, &net);
    }
    default:
        return compare_scalar(l->op, v, text, &l->constants[k], l->numbers ? &l->numbers[k] : NULL);
    }
}

bool compare_values(enum operator op, const struct value *a, const struct value *b)
{
    if (is_string(a->type) && is_string(b->type))
        return op == OP_PMATCH ? pathset_is_below(a->s, b->s) : compare_texts(op, a->s, b->s);
    if (typing_is_number(a->type) && typing_is_number(b->type))
        return order_says(op, compare_numbers(a, b));
    if (is_address(a->type) && is_address(b->type))
        return lies_in(b->net, a->net) == (op != OP_NE);
    if (a->type == VALUE_BOOL && b->type == VALUE_BOOL)
        return (a->b == b->b) == (op != OP_NE);
    return false;
}
