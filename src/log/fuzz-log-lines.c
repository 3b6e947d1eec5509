// SPDX-License-Identifier: Apache-2.0
/*
 * One decoder of text (FUZZ_FORMAT, a LOG_… of format.def) over any bytes, whether they would be recognised or not: each step goes on, and what
 * it says has the types of its fields. The bytes come whole, then in two pieces as a file that grows gives them.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "log/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct log_values *v)
{
    if (v->n > LOG_VALUES_MAX || v->n_named > LOG_NAMED_MAX)
        abort();
    for (unsigned i = 0; i < v->n; i++) {
        const enum field_id id = v->ids[i];
        const struct value *x = &v->values[i];
        if (x->type == VALUE_LIST ? !(FIELDS[id].flags & FIELD_LIST) : x->type != FIELDS[id].type && !(FIELDS[id].type == VALUE_INT && x->type == VALUE_UINT))
            abort();
        if (x->type == VALUE_STRING && !x->s.n)
            abort();
        if (x->type == VALUE_PORT && x->u > UINT16_MAX)
            abort();
    }
}

static unsigned read_all(const struct log_format_ops *ops, struct str bytes, size_t known)
{
    _cleanup_free_ void *state = ops->state_size ? xalloc(ops->state_size) : NULL;
    struct arena arena = {};
    unsigned records = 0, still = 0;
    while (bytes.n && still < 64) {
        struct log_values v = {.arena = &arena, .type = ops->type};
        const bool is_end = known >= bytes.n;
        size_t used = 0;
        const enum log_next got = ops->next(state, is_end ? bytes : str_sub(bytes, 0, known), is_end, &used, &v);
        if (got == LOG_MORE && !is_end) {
            known = bytes.n; /* the rest came */
            continue;
        }
        if (used > (is_end ? bytes.n : known))
            abort();
        if (got == LOG_RECORD) {
            check(&v);
            records++;
        }
        still = used ? 0 : still + 1;
        if (!used && got != LOG_RECORD)
            break;
        bytes = str_sub(bytes, used, bytes.n);
        known = known > used ? known - used : 0;
        known = known ? known : bytes.n;
        arena_reset(&arena);
    }
    if (ops->done && state)
        ops->done(state);
    arena_done(&arena);
    return records;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct log_format_ops *ops = log_format_ops(FUZZ_FORMAT);
    if (!size || size > 1 << 16)
        return 0;
    const struct str bytes = str_n(data + 1, size - 1);
    (void)ops->sniff(str_sub(bytes, 0, LOG_HEAD));
    (void)read_all(ops, bytes, bytes.n);
    (void)read_all(ops, bytes, bytes.n * data[0] / 256);
    return 0;
}
