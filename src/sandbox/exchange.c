// SPDX-License-Identifier: Apache-2.0
#include "base/wire.h"
#include "sandbox/exchange.h"

void exchange_write(struct strbuf *b, const struct exchange *e)
{
    wire_add_u64(b, e->time_ns);
    wire_add_u64(b, e->connection);
    wire_add_u64(b, e->bytes);
    wire_add_u64(b, e->port);
    wire_add_u64(b, e->tls);
    wire_add_u64(b, e->is_listed);
    for (size_t i = 0; i < EXCHANGE_TEXTS; i++)
        wire_add_str(b, str_sub(e->text[i], 0, EXCHANGE_TEXT_MAX));
}

bool exchange_read(struct str bytes, struct exchange *ret)
{
    struct wire w = {.left = bytes};
    struct exchange e = {.time_ns = wire_u64(&w), .connection = wire_u64(&w), .bytes = wire_u64(&w)};
    e.port = (uint16_t)wire_below(&w, 65536);
    e.tls = wire_below(&w, 2);
    e.is_listed = wire_below(&w, 2);
    for (size_t i = 0; i < EXCHANGE_TEXTS; i++) {
        e.text[i] = wire_str(&w);
        w.bad |= e.text[i].n > EXCHANGE_TEXT_MAX;
    }
    if (w.bad || w.left.n)
        return false;
    *ret = e;
    return true;
}
