// SPDX-License-Identifier: Apache-2.0
/* The first byte chooses the kind of line; the rest are lines, for flow logs the first of them the header. */
#include <stdlib.h>

#include "log/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct text *t, struct str line)
{
    for (unsigned id = 0; id < TEXT__N; id++) {
        const struct value *v = &t->v[id];
        if (v->type == VALUE_NONE)
            continue;
        if (v->type != text_type((enum text_id)id) || !text_name((enum text_id)id))
            abort();
        if (v->type == VALUE_STRING && (!v->s.n || v->s.n > line.n + TEXT_NAME_MAX))
            abort();
        if (v->type == VALUE_IP && (v->net < t->nets || v->net >= t->nets + t->n_nets))
            abort();
        if (v->type == VALUE_PORT && v->u > 65535)
            abort();
    }
    if (!t->repeat || t->repeat > TEXT_REPEAT_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct text t;
    static const struct text_clock clock = {.base_ns = 1795953600ULL * 1'000'000'000};
    struct flow_columns columns;
    if (!size)
        return 0;
    struct str text = str_n(data + 1, size - 1), line;
    text_flow_default(&columns);
    for (unsigned n = 0; str_split(&text, '\n', &line); n++) {
        const bool is = data[0] % 3 == 0 ? text_auth_line(line, &clock, &t) : data[0] % 3 == 1 ? text_access_line(line, &t) :
                        !n && text_flow_header(line, &columns) ? false : text_flow_line(line, &columns, &t);
        if (is)
            look(&t, line);
    }
    return 0;
}
