// SPDX-License-Identifier: Apache-2.0
#include "inspect/yara_machine.h"

#include "base/alloc.h"

enum {
    STACK_MAX = 1 << 14, /* libyara's own default */
    CELLS_MAX = 64,      /* variables of loops: four loops deep, a few each */
    RANGES_MAX = 8,      /* iterators of one condition */
    STEPS_MAX = 1 << 14, /* of one condition; loops that need more leave the rule open */
};

enum kind {
    KNOWN,     /* `i` is the value */
    UNDEFINED, /* YARA's undefined */
    FALSY,     /* 0 or undefined */
    OPEN,      /* anything */
    RANGE,     /* an iterator, ranges[i] */
};

struct yara_stack {
    struct val {
        enum kind kind;
        int64_t i;
    } v[STACK_MAX];
};

struct machine {
    const struct yara_view *view;
    struct val *stack;
    size_t n;
    struct val cells[CELLS_MAX];
    struct range {
        int64_t next, last;
        bool is_empty;
    } ranges[RANGES_MAX];
    unsigned n_ranges;
    bool deny_first_test;
    bool gave_up;
};

struct yara_stack *yara_stack_new(void)
{
    return xalloc(sizeof(struct yara_stack));
}

struct yara_stack *yara_stack_free(struct yara_stack *s)
{
    free(s);
    return NULL;
}

static void push(struct machine *m, enum kind kind, int64_t i)
{
    if (m->n >= STACK_MAX) {
        m->gave_up = true;
        return;
    }
    m->stack[m->n++] = (struct val){kind, i};
}

static struct val pop(struct machine *m)
{
    if (m->n)
        return m->stack[--m->n];
    m->gave_up = true;
    return (struct val){OPEN, 0};
}

static bool is_true(struct val v)
{
    return v.kind == KNOWN && v.i;
}

static bool is_false(struct val v)
{
    return (v.kind == KNOWN && !v.i) || v.kind == FALSY || v.kind == UNDEFINED;
}

/* Whether a string that the stack refers to may be found; an odd reference gives up. */
static bool may_find(struct machine *m, struct val v)
{
    const YR_RULES *rules = m->view->rules;
    uintptr_t at = (uintptr_t)v.i, base = (uintptr_t)rules->strings_table;
    if (v.kind != KNOWN || at < base || (at - base) / sizeof(YR_STRING) >= rules->num_strings) {
        m->gave_up = true;
        return true;
    }
    return m->view->may[(at - base) / sizeof(YR_STRING)];
}

static void integers(struct machine *m, unsigned op)
{
    struct val b = pop(m), a = pop(m);
    bool compares = op <= OP_INT_GE;
    if (a.kind == UNDEFINED || b.kind == UNDEFINED) {
        push(m, compares ? FALSY : UNDEFINED, 0);
        return;
    }
    if (a.kind != KNOWN || b.kind != KNOWN) {
        push(m, OPEN, 0);
        return;
    }
    uint64_t x = (uint64_t)a.i, y = (uint64_t)b.i;
    switch (op) {
    case OP_INT_EQ:
        push(m, KNOWN, a.i == b.i);
        return;
    case OP_INT_NEQ:
        push(m, KNOWN, a.i != b.i);
        return;
    case OP_INT_LT:
        push(m, KNOWN, a.i < b.i);
        return;
    case OP_INT_GT:
        push(m, KNOWN, a.i > b.i);
        return;
    case OP_INT_LE:
        push(m, KNOWN, a.i <= b.i);
        return;
    case OP_INT_GE:
        push(m, KNOWN, a.i >= b.i);
        return;
    case OP_INT_ADD:
        push(m, KNOWN, (int64_t)(x + y));
        return;
    case OP_INT_SUB:
        push(m, KNOWN, (int64_t)(x - y));
        return;
    case OP_INT_MUL:
        push(m, KNOWN, (int64_t)(x * y));
        return;
    case OP_BITWISE_AND:
        push(m, KNOWN, a.i & b.i);
        return;
    case OP_BITWISE_OR:
        push(m, KNOWN, a.i | b.i);
        return;
    case OP_BITWISE_XOR:
        push(m, KNOWN, a.i ^ b.i);
        return;
    default: /* division and shifts have cases of their own, and nobody begins a condition with them */
        push(m, OPEN, 0);
    }
}

/* intXX() and uintXX(): the bytes are there when the place is in the window. */
static void read_int(struct machine *m, unsigned op)
{
    unsigned kind = op - OP_READ_INT, size = 1U << kind % 3;
    struct val at = pop(m);
    const struct content *c = m->view->c;
    if (at.kind != KNOWN || !c) {
        push(m, at.kind == UNDEFINED ? UNDEFINED : OPEN, 0);
        return;
    }
    uint64_t from = (uint64_t)at.i - c->offset;
    if ((uint64_t)at.i < c->offset || c->data.n < size || from > c->data.n - size) {
        push(m, UNDEFINED, 0);
        return;
    }
    const uint8_t *p = (const uint8_t *)c->data.p + from;
    uint32_t v = 0;
    for (unsigned i = 0; i < size; i++)
        v = v << 8 | p[kind >= 6 ? i : size - 1 - i];
    bool is_signed = kind % 6 < 3;
    push(m, KNOWN, !is_signed ? (int64_t)v : size == 1 ? (int8_t)v : size == 2 ? (int16_t)v : (int32_t)v);
}

/* The result of "quantifier of n things", of which at least `least` and at most `most` hold. */
static void push_quantified(struct machine *m, struct val quantifier, int64_t n, int64_t least, int64_t most, bool exact)
{
    if (quantifier.kind == UNDEFINED) { /* all */
        if (most < n)
            push(m, FALSY, 0);
        else
            push(m, exact && least >= n ? KNOWN : OPEN, 1);
    } else if (quantifier.kind != KNOWN || quantifier.i <= 0) { /* `none` differs between versions */
        push(m, OPEN, 0);
    } else if (most < quantifier.i) {
        push(m, FALSY, 0);
    } else {
        push(m, exact && least >= quantifier.i ? KNOWN : OPEN, 1);
    }
}

static void of(struct machine *m, bool rules, bool percent)
{
    int64_t n = 0, least = 0, most = 0;
    struct val v = pop(m);
    for (; v.kind != UNDEFINED && !m->gave_up; v = pop(m), n++) {
        if (rules) {
            least += is_true(v);
            most += !is_false(v);
        } else {
            most += may_find(m, v);
        }
    }
    struct val quantifier = pop(m);
    if (!percent)
        push_quantified(m, quantifier, n, least, most, true);
    else if (quantifier.kind == KNOWN && n && (double)most / (double)n * 100 < (double)quantifier.i)
        push(m, FALSY, 0);
    else
        push(m, OPEN, 0);
}

static void of_in(struct machine *m)
{
    int64_t n = 0, most = 0;
    (void)pop(m);
    (void)pop(m);
    for (struct val v = pop(m); v.kind != UNDEFINED && !m->gave_up; v = pop(m), n++)
        most += may_find(m, v);
    push_quantified(m, pop(m), n, 0, most, false);
}

/* `$a at x` and `$a in (x..y)`, #a in (x..y): what a string that is not there gives. */
static void found_at(struct machine *m, unsigned places, bool counts)
{
    bool may = may_find(m, pop(m)), defined = true;
    for (unsigned i = 0; i < places; i++)
        defined &= pop(m).kind == KNOWN;
    if (may)
        push(m, OPEN, 0);
    else if (counts && !defined)
        push(m, OPEN, 0);
    else
        push(m, counts || defined ? KNOWN : FALSY, 0);
}

static void start_range(struct machine *m)
{
    struct val last = pop(m), first = pop(m);
    bool is_empty = last.kind == UNDEFINED || first.kind == UNDEFINED;
    if (m->n_ranges >= RANGES_MAX || (!is_empty && (last.kind != KNOWN || first.kind != KNOWN))) {
        m->gave_up = true;
        return;
    }
    m->ranges[m->n_ranges] = (struct range){.next = first.i, .last = last.i, .is_empty = is_empty};
    push(m, RANGE, m->n_ranges++);
}

static void next_of_range(struct machine *m)
{
    struct val v = pop(m);
    if (v.kind != RANGE) {
        m->gave_up = true;
        return;
    }
    struct range *r = &m->ranges[v.i];
    push(m, RANGE, v.i);
    bool more = !r->is_empty && r->next <= r->last;
    push(m, KNOWN, !more);
    if (more)
        push(m, KNOWN, r->next++);
    else
        push(m, UNDEFINED, 0);
}

static void push_size(struct machine *m)
{
    const struct content *c = m->view->c;
    if (c)
        push(m, KNOWN, (int64_t)(c->size ? c->size : c->offset + c->data.n));
    else
        push(m, OPEN, 0);
}

static struct val *cell(struct machine *m, const uint8_t *p)
{
    uint64_t i = yara_machine_u64(p);
    if (i < CELLS_MAX)
        return &m->cells[i];
    m->gave_up = true;
    return &m->cells[0];
}

static void pop_push(struct machine *m, unsigned pops, enum kind kind)
{
    while (pops--)
        (void)pop(m);
    push(m, kind, 0);
}

/* Instructions without an operand that do not jump; false for others. */
static bool simple(struct machine *m, unsigned op)
{
    struct val a, b;
    switch (op) {
    case OP_NOP:
        return true;
    case OP_AND:
        b = pop(m), a = pop(m);
        if (is_false(a) || is_false(b))
            push(m, KNOWN, 0);
        else
            push(m, is_true(a) && is_true(b) ? KNOWN : OPEN, 1);
        return true;
    case OP_OR:
        b = pop(m), a = pop(m);
        if (is_true(a) || is_true(b))
            push(m, KNOWN, 1);
        else
            push(m, is_false(a) && is_false(b) ? KNOWN : OPEN, 0);
        return true;
    case OP_NOT:
        a = pop(m);
        push(m, a.kind == FALSY ? OPEN : a.kind, a.kind == KNOWN ? !a.i : 0);
        return true;
    case OP_DEFINED:
        a = pop(m);
        push(m, a.kind == KNOWN || a.kind == UNDEFINED ? KNOWN : OPEN, a.kind == KNOWN);
        return true;
    case OP_POP:
        (void)pop(m);
        return true;
    case OP_PUSH_U:
        push(m, UNDEFINED, 0);
        return true;
    case OP_FOUND:
        push(m, may_find(m, pop(m)) ? OPEN : KNOWN, 0);
        return true;
    case OP_COUNT:
        push(m, may_find(m, pop(m)) ? OPEN : KNOWN, 0);
        return true;
    case OP_FOUND_AT:
        found_at(m, 1, false);
        return true;
    case OP_FOUND_IN:
        found_at(m, 2, false);
        return true;
    case OP_COUNT_IN:
        found_at(m, 2, true);
        return true;
    case OP_OFFSET:
    case OP_LENGTH:
        a = pop(m);
        (void)pop(m);
        push(m, may_find(m, a) ? OPEN : UNDEFINED, 0);
        return true;
    case OP_OF_FOUND_IN:
        of_in(m);
        return true;
    case OP_FILESIZE:
        push_size(m);
        return true;
    case OP_ENTRYPOINT:
        push(m, OPEN, 0);
        return true;
    case OP_ITER_START_INT_RANGE:
        start_range(m);
        return true;
    case OP_ITER_NEXT:
        next_of_range(m);
        return true;
    case OP_OBJ_VALUE:
    case OP_BITWISE_NOT:
    case OP_INT_MINUS:
    case OP_DBL_MINUS:
    case OP_STR_TO_BOOL:
        pop_push(m, 1, OPEN);
        return true;
    case OP_INDEX_ARRAY:
    case OP_LOOKUP_DICT:
    case OP_MATCHES:
    case OP_CONTAINS:
    case OP_STARTSWITH:
    case OP_ENDSWITH:
    case OP_ICONTAINS:
    case OP_ISTARTSWITH:
    case OP_IENDSWITH:
    case OP_IEQUALS:
        pop_push(m, 2, OPEN);
        return true;
    case OP_BITWISE_AND:
    case OP_BITWISE_OR:
    case OP_BITWISE_XOR:
    case OP_SHL:
    case OP_SHR:
    case OP_MOD:
        integers(m, op);
        return true;
    default:
        if (IS_INT_OP(op))
            integers(m, op);
        else if ((IS_DBL_OP(op) && op != OP_DBL_MINUS) || IS_STR_OP(op))
            pop_push(m, 2, OPEN);
        else if (op >= OP_READ_INT && op <= OP_UINT32BE)
            read_int(m, op);
        else
            return false;
        return true;
    }
}

/* Instructions with an operand that do not jump: the bytes of the operand, -1 for others. */
static int with_operand(struct machine *m, unsigned op, const uint8_t *p)
{
    struct val v;
    uint16_t half;
    uint32_t word;
    switch (op) {
    case OP_PUSH:
        push(m, KNOWN, (int64_t)yara_machine_u64(p));
        return 8;
    case OP_PUSH_8:
        push(m, KNOWN, *p);
        return 1;
    case OP_PUSH_16:
        memcpy(&half, p, sizeof(half));
        push(m, KNOWN, half);
        return 2;
    case OP_PUSH_32:
        memcpy(&word, p, sizeof(word));
        push(m, KNOWN, word);
        return 4;
    case OP_PUSH_RULE:
        word = (uint32_t)yara_machine_u64(p);
        push(m, word < m->view->rules->num_rules && !yara_bit(m->view->open, word) ? KNOWN : OPEN, 0);
        return 8;
    case OP_OF:
        of(m, yara_machine_u64(p) != OF_STRING_SET, false);
        return 8;
    case OP_OF_PERCENT:
        of(m, yara_machine_u64(p) != OF_STRING_SET, true);
        return 8;
    case OP_OBJ_LOAD:
        push(m, OPEN, 0);
        return 8;
    case OP_OBJ_FIELD:
        pop_push(m, 1, OPEN);
        return 8;
    case OP_CALL: /* the operand is a string with a letter for each argument */
        pop_push(m, (unsigned)strlen((const char *)(uintptr_t)yara_machine_u64(p)) + 1, OPEN);
        return 8;
    case OP_INT_TO_DBL:
        word = (uint32_t)yara_machine_u64(p);
        if (word && word <= m->n)
            m->stack[m->n - word] = (struct val){OPEN, 0};
        else
            m->gave_up = true;
        return 8;
    case OP_CLEAR_M:
        *cell(m, p) = (struct val){KNOWN, 0};
        return 8;
    case OP_INCR_M:
        if (cell(m, p)->kind == KNOWN)
            cell(m, p)->i++;
        return 8;
    case OP_ADD_M:
        v = pop(m);
        if (v.kind == KNOWN && cell(m, p)->kind == KNOWN)
            cell(m, p)->i += v.i;
        else if (!is_false(v))
            *cell(m, p) = (struct val){OPEN, 0};
        return 8;
    case OP_POP_M:
        *cell(m, p) = pop(m);
        return 8;
    case OP_PUSH_M:
        v = *cell(m, p);
        push(m, v.kind, v.i);
        return 8;
    case OP_SET_M:
        v = pop(m);
        push(m, v.kind, v.i);
        if (v.kind == KNOWN)
            *cell(m, p) = v;
        else if (v.kind != UNDEFINED)
            *cell(m, p) = (struct val){OPEN, 0};
        return 8;
    case OP_SWAPUNDEF:
        v = pop(m);
        if (v.kind == UNDEFINED)
            v = *cell(m, p);
        else if (v.kind != KNOWN)
            v = (struct val){OPEN, 0};
        push(m, v.kind, v.i);
        return 8;
    default:
        return -1;
    }
}

/*
 * Whether a jump is taken. `and` and `or` jump over their right side when the left decides; where the left is open
 * the right side is run, whose result with an open left includes what the jump would have given. Other jumps
 * need to know.
 */
static bool is_taken(struct machine *m, unsigned op)
{
    struct val b, a;
    switch (op) {
    case OP_JFALSE:
        a = pop(m);
        if (m->deny_first_test)
            a = (struct val){KNOWN, 0};
        m->deny_first_test = false;
        push(m, a.kind, a.i);
        return is_false(a);
    case OP_JTRUE:
        a = pop(m);
        push(m, a.kind, a.i);
        return is_true(a);
    case OP_JFALSE_P:
    case OP_JTRUE_P:
        a = pop(m);
        m->gave_up |= a.kind != KNOWN && a.kind != UNDEFINED;
        return a.kind == KNOWN && (op == OP_JFALSE_P ? !a.i : a.i != 0);
    case OP_JUNDEF_P:
        a = pop(m);
        m->gave_up |= a.kind == OPEN || a.kind == FALSY;
        return a.kind == UNDEFINED;
    case OP_JNUNDEF:
        a = pop(m);
        push(m, a.kind, a.i);
        m->gave_up |= a.kind == OPEN || a.kind == FALSY;
        return a.kind != UNDEFINED;
    case OP_JL_P:
    case OP_JLE_P:
        b = pop(m), a = pop(m);
        m->gave_up |= a.kind != KNOWN || b.kind != KNOWN;
        return op == OP_JL_P ? a.i < b.i : a.i <= b.i;
    case OP_JZ:
    case OP_JZ_P:
        a = pop(m);
        if (op == OP_JZ)
            push(m, a.kind, a.i);
        m->gave_up |= a.kind != KNOWN;
        return !a.i;
    default:
        m->gave_up = true;
        return false;
    }
}

static bool is_jump(unsigned op)
{
    return (op >= OP_JUNDEF_P && op <= OP_JLE_P) || op == OP_JZ || op == OP_JZ_P;
}

/* Runs a condition to its end, or to its first test; what is left on the stack, OPEN when it gave up. */
static struct val run(struct machine *m, const uint8_t *p)
{
    const struct val open = {OPEN, 0};
    for (unsigned steps = 0; steps < STEPS_MAX && !m->gave_up; steps++) {
        unsigned op = *p;
        if (op == OP_MATCH_RULE || op == OP_HALT || (op == OP_JFALSE && m->view->stop_at_test)) {
            struct val v = pop(m);
            return m->gave_up ? open : v;
        }
        if (is_jump(op)) {
            p += is_taken(m, op) ? yara_machine_i32(p + 1) : 1 + (int)sizeof(int32_t);
        } else if (simple(m, op)) {
            p++;
        } else {
            int n = with_operand(m, op, p + 1);
            if (n < 0)
                return open;
            p += 1 + n;
        }
    }
    return open;
}

bool yara_machine_fails(const struct yara_view *view, struct yara_stack *stack, const uint8_t *begin)
{
    struct machine m = {.view = view, .stack = stack->v, .deny_first_test = view->deny_first_test};
    return is_false(run(&m, begin));
}

size_t yara_machine_length(const uint8_t *p)
{
    switch (*p) {
    case OP_PUSH_8:
        return 2;
    case OP_PUSH_16:
        return 3;
    case OP_PUSH_32:
        return 5;
    case OP_PUSH:
    case OP_CALL:
    case OP_OBJ_LOAD:
    case OP_OBJ_FIELD:
    case OP_OF:
    case OP_OF_PERCENT:
    case OP_PUSH_RULE:
    case OP_INIT_RULE:
    case OP_MATCH_RULE:
    case OP_INCR_M:
    case OP_CLEAR_M:
    case OP_ADD_M:
    case OP_POP_M:
    case OP_PUSH_M:
    case OP_SET_M:
    case OP_SWAPUNDEF:
    case OP_IMPORT:
    case OP_INT_TO_DBL:
        return 9;
    default:
        if (is_jump(*p))
            return 5;
        return *p <= OP_DEFINED || (*p >= OP_INT_BEGIN && *p <= OP_STR_END) || *p >= OP_READ_INT ? 1 : 0;
    }
}
