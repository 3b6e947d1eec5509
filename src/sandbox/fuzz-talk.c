// SPDX-License-Identifier: Apache-2.0
/*
 * A stranger speaks to the pretend internet: the first two bytes are the port, the third cuts the rest into pieces. Whatever comes,
 * answers and exchanges stay bounded, and it takes the same whether it comes at once or byte by byte.
 */
#include <stdlib.h>

#include "sandbox/talk.h"

struct seen {
    unsigned n;
};

static void take(void *ctx, const struct exchange *e)
{
    struct seen *s = ctx;
    struct strbuf b = {};
    struct exchange back;
    s->n++;
    exchange_write(&b, e);
    if (b.n > EXCHANGE_BYTES_MAX || !exchange_read(strbuf_str(&b), &back) || back.port != e->port)
        abort();
    for (size_t i = 0; i < EXCHANGE_TEXTS; i++)
        if (!str_eq(back.text[i], str_sub(e->text[i], 0, EXCHANGE_TEXT_MAX)))
            abort();
    strbuf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = {};
    struct talk_world world;
    struct talk t;
    if (size < 3 || size > 1 << 16)
        return 0;
    talk_world_init(&world, take, &seen);
    talk_init(&t, &world, "198.18.0.16", "host.example", (uint16_t)(data[0] << 8 | data[1]), false);
    const size_t piece = data[2] ? data[2] : size;
    for (size_t at = 3; at < size; at += piece) {
        talk_take(&t, str_n(data + at, size - at < piece ? size - at : piece));
        if (t.in.n > TALK_IN_MAX + piece || (t.is_over && t.in.n > TALK_IN_MAX))
            abort();
    }
    talk_end(&t);
    if (!seen.n || seen.n > TALK_TOLD_MAX + 1)
        abort(); /* whoever connects is told of */
    talk_done(&t);
    return 0;
}
