// SPDX-License-Identifier: Apache-2.0
/*
 * Records from a stranger's capture: whatever passes the check is taken, and every field is asked of every event, in both forms of its
 * paths. What an answer points to is read to its end.
 */
#include <stdlib.h>

#include "context/context.h"
#include "event/record_read.h"

enum { RECORDS_MAX = 64, PROCESSES = 8 };

static volatile uint64_t seen; /* so that nothing is read in vain */

static uint64_t sum(struct str s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += (unsigned char)s.p[i];
    return n;
}

static uint64_t read_value(const struct value *v)
{
    uint64_t n = 0;
    switch (v->type) {
    case VALUE_STRING:
    case VALUE_BYTES:
        return sum(v->s);
    case VALUE_IP:
    case VALUE_NET:
        return v->net->prefix + v->net->bytes[v->net->v6 ? 15 : 3];
    case VALUE_LIST:
        for (size_t i = 0; i < v->list.n; i++) {
            if (v->list.v[i].type == VALUE_LIST)
                abort();
            n += read_value(&v->list.v[i]);
        }
        return n;
    default:
        return 1;
    }
}

/* One argument for each field that takes some, another with every round. */
static void ask_all(const struct event *e, unsigned round)
{
    static const char *const words[] = {"flags", "name", "1", "path", "dst", "memory", "/etc", "A", ""};
    enum { N_WORDS = sizeof(words) / sizeof(words[0]) };
    for (int id = 0; id < FIELD__N; id++) {
        struct value v = {};
        struct field_ref ref = {.id = (enum field_id)id};
        const char *word = words[(round + (unsigned)id) % N_WORDS];
        if (FIELDS[id].flags & (FIELD_ARG_ALLOWED | FIELD_ARG_REQUIRED) && word[0]) {
            ref.has_arg = true;
            ref.arg = str_from(word);
            ref.arg_is_index = word[0] == '1' && FIELDS[id].flags & FIELD_ARG_INDEX;
            ref.index = 1;
        }
        int r = event_get(e, &ref, &v);
        if (r != 0 && r != 1)
            abort();
        if (r)
            seen += read_value(&v);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct context *c = context_new(&(struct context_options){.processes = PROCESSES, .keep_env = true});
    /* Every record by itself, so that a sanitizer sees the first byte that is read beyond it. */
    for (unsigned n = 0; n < RECORDS_MAX; n++) {
        struct live_event *e = NULL;
        char *copy = malloc(size ? size : 1);
        if (!copy)
            break;
        memcpy(copy, data, size);
        if (record_check(copy, size, NULL, NULL)) {
            free(copy);
            break;
        }
        const uint32_t used = ((const struct record *)copy)->size;
        char *exact = realloc(copy, used);
        copy = exact ? exact : copy;
        if (context_take(c, (const struct record *)copy, &e)) {
            ask_all(live_event(e), n);
            while (live_event_resolved(e))
                ask_all(live_event(e), n + 1);
            ask_all(live_event(e), n + 2);
        }
        data += used;
        size -= used;
        free(copy);
    }
    context_free(c);
    return 0;
}
