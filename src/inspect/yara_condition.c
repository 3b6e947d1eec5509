// SPDX-License-Identifier: Apache-2.0
#include "inspect/yara_condition.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/vec.h"
#include "inspect/yara_machine.h"

struct rule_code {
    const uint8_t *begin;
    uint32_t group; /* of rules that begin with the same test, GROUP_NONE for none */
    VEC(uint32_t) users; /* rules that ask for the result of this one */
    bool asks_entry;     /* for the deprecated `entrypoint` */
};

/* A first test that decides: when it fails, none of the rules that begin with it matches. */
struct group {
    const uint8_t *begin;
    uint64_t epoch;
    bool fails;
};

enum { GROUP_NONE = UINT32_MAX };

struct yara_conditions {
    const YR_RULES *rules;
    VEC(struct rule_code) codes;
    VEC(struct group) groups;
    uint64_t *loose, *due, *open; /* a bit per rule */
    size_t words, n_loose;
    uint64_t epoch;
    bool all; /* the code could not be read: every rule is always open */
    struct yara_stack *stack;
};

static void set_bit(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= 1ULL << (i % 64);
}

static bool is_group_failing(struct yara_conditions *y, uint32_t number, const struct content *c, const bool *may)
{
    struct group *g = &y->groups.v[number];
    if (g->epoch != y->epoch) {
        const struct yara_view view = {.rules = y->rules, .c = c, .may = may, .open = y->open, .stop_at_test = true};
        g->epoch = y->epoch;
        g->fails = yara_machine_fails(&view, y->stack, g->begin);
    }
    return g->fails;
}

static bool may_match(struct yara_conditions *y, uint32_t rule, const struct content *c, const bool *may)
{
    const struct rule_code *code = &y->codes.v[rule];
    if (code->group != GROUP_NONE && is_group_failing(y, code->group, c, may))
        return false;
    const struct yara_view view = {.rules = y->rules, .c = c, .may = may, .open = y->open};
    return !yara_machine_fails(&view, y->stack, code->begin);
}

/* Finds where each rule's code begins, and who asks for whom; false when the code is not what is known here. */
static bool find_rules(struct yara_conditions *y)
{
    const YR_RULES *rules = y->rules;
    uint32_t rule = UINT32_MAX, n = 0;
    for (const uint8_t *p = rules->code_start; *p != OP_HALT;) {
        size_t length = yara_machine_length(p);
        if (!length)
            return false;
        if (*p == OP_INIT_RULE) {
            rule = (uint32_t)yara_machine_i32(p + 5);
            if (rule >= rules->num_rules || y->codes.v[rule].begin)
                return false;
            y->codes.v[rule].begin = p + length;
            n++;
        } else if (*p == OP_PUSH_RULE) {
            uint64_t used = yara_machine_u64(p + 1);
            if (rule >= rules->num_rules || used >= rule)
                return false;
            vec_add(&y->codes.v[used].users, rule);
        } else if (*p == OP_ENTRYPOINT && rule < rules->num_rules) {
            y->codes.v[rule].asks_entry = true;
        } else if (*p == OP_MATCH_RULE) {
            if (yara_machine_u64(p + 1) != rule)
                return false;
            rule = UINT32_MAX;
        }
        p += length;
    }
    return n == rules->num_rules;
}

/* The first test of a rule when it decides alone: rules that share it are grouped. */
static uint32_t group_of(struct yara_conditions *y, struct map *known, uint32_t rule, const bool *may)
{
    const uint8_t *begin = y->codes.v[rule].begin, *p = begin;
    while (*p != OP_JFALSE) {
        bool is_plain = *p == OP_PUSH_8 || *p == OP_PUSH_16 || *p == OP_PUSH_32 || *p == OP_PUSH || *p == OP_FILESIZE ||
                        IS_INT_OP(*p) || (*p >= OP_READ_INT && *p <= OP_UINT32BE);
        if (!is_plain)
            return GROUP_NONE;
        p += yara_machine_length(p);
    }
    const struct yara_view view = {.rules = y->rules, .may = may, .open = y->open, .deny_first_test = true};
    if (!yara_machine_fails(&view, y->stack, begin))
        return GROUP_NONE;
    bool new;
    struct map_entry *e = map_put(known, str_n(begin, (size_t)(p - begin)), &new);
    if (new) {
        e->u64 = y->groups.n;
        vec_add(&y->groups, (struct group){.begin = begin});
    }
    return (uint32_t)e->u64;
}

static void prepare(struct yara_conditions *y, const bool *may)
{
    const uint32_t n = y->rules->num_rules;
    for (uint32_t i = 0; i < n; i++)
        (void)vec_push(&y->codes);
    for (uint32_t i = 0; i < n; i++)
        y->codes.v[i].group = GROUP_NONE;
    if (!YARA_MACHINE_IS_KNOWN || !find_rules(y)) {
        y->all = true;
        y->n_loose = n;
        return;
    }
    struct map known = {};
    for (uint32_t i = 0; i < n; i++) {
        if (may_match(y, i, NULL, may)) {
            set_bit(y->loose, i);
            set_bit(y->open, i);
            y->n_loose++;
        }
    }
    /* With every rule open, so that the first test of a rule decides whatever others say. */
    memset(y->open, 0xff, y->words * sizeof(*y->open));
    bool *all = xalloc(y->rules->num_strings + 1);
    memset(all, 1, y->rules->num_strings + 1);
    for (uint32_t i = 0; i < n; i++)
        y->codes.v[i].group = group_of(y, &known, i, all);
    free(all);
    map_done(&known);
}

struct yara_conditions *yara_conditions_new(const YR_RULES *rules, const bool *may)
{
    struct yara_conditions *y = xnew(struct yara_conditions);
    y->rules = rules;
    y->words = rules->num_rules / 64 + 1;
    y->loose = xalloc(y->words * sizeof(*y->loose));
    y->due = xalloc(y->words * sizeof(*y->due));
    y->open = xalloc(y->words * sizeof(*y->open));
    y->stack = yara_stack_new();
    prepare(y, may);
    return y;
}

struct yara_conditions *yara_conditions_free(struct yara_conditions *y)
{
    if (!y)
        return NULL;
    vec_each(code, &y->codes) vec_done(&code->users);
    vec_done(&y->codes);
    vec_done(&y->groups);
    free(y->loose);
    free(y->due);
    free(y->open);
    (void)yara_stack_free(y->stack);
    free(y);
    return NULL;
}

size_t yara_conditions_loose(const struct yara_conditions *y)
{
    return y->n_loose;
}

bool yara_conditions_run(struct yara_conditions *y, const struct content *c, const bool *may, const uint32_t *touched,
                         size_t n_touched)
{
    bool any = false;
    if (y->all)
        return y->rules->num_rules > 0;
    y->epoch++;
    memset(y->open, 0, y->words * sizeof(*y->open));
    memcpy(y->due, y->loose, y->words * sizeof(*y->due));
    for (size_t i = 0; i < n_touched; i++)
        set_bit(y->due, touched[i]);
    /* Who asks for a rule comes behind it, so that bits are only added ahead. */
    for (size_t w = 0; w < y->words; w++)
        for (uint64_t left = y->due[w], done = 0; left; left = y->due[w] & ~done) {
            unsigned b = (unsigned)__builtin_ctzll(left);
            uint32_t rule = (uint32_t)(w * 64 + b);
            done |= (2ULL << b) - 1;
            if (!may_match(y, rule, c, may))
                continue;
            set_bit(y->open, rule);
            any |= !RULE_IS_PRIVATE(&y->rules->rules_table[rule]); /* alone they are told to nobody */
            vec_each(user, &y->codes.v[rule].users) set_bit(y->due, *user);
        }
    return any;
}

bool yara_conditions_ask_entry(const struct yara_conditions *y)
{
    for (uint32_t i = 0; !y->all && i < y->rules->num_rules; i++)
        if (y->codes.v[i].asks_entry && yara_bit(y->open, i))
            return true;
    return y->all;
}

bool yara_conditions_open(const struct yara_conditions *y, uint32_t rule)
{
    return y->all || yara_bit(y->open, rule);
}

bool yara_conditions_ask(const struct yara_conditions *y, const char *name)
{
    if (y->all)
        return true;
    for (const uint8_t *p = y->rules->code_start; *p != OP_HALT; p += yara_machine_length(p))
        if (*p == OP_OBJ_LOAD && !strcmp((const char *)(uintptr_t)yara_machine_u64(p + 1), name))
            return true;
    return false;
}
