// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * An exchange: one thing that a jail asked of the pretend internet, as facts. Texts are a stranger's bytes; none is longer than
 * EXCHANGE_TEXT_MAX.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

enum {
    EXCHANGE_TEXT_MAX = 1024,
    EXCHANGES_MAX = 20'000,  /* told one by one of one run; further ones are counted */
    EXCHANGE_BYTES_MAX = 16 << 10, /* of one as bytes */
};

/* Texts of an exchange, in the order in which they are sent: names in exchange.def. */
enum exchange_text {
#define EXCHANGE_TEXT(id, name) EXCHANGE_##id,
#include "sandbox/exchange.def"
#undef EXCHANGE_TEXT
    EXCHANGE_TEXTS,
};

struct exchange {
    uint64_t time_ns;     /* since the epoch */
    uint64_t connection;  /* numbers connections and datagrams of a run */
    uint64_t bytes;       /* received so far in it */
    uint16_t port;        /* of the other side, as it was asked for */
    bool tls, is_listed;  /* is_listed: the host stands in a list that the pretend internet handed out before */
    struct str text[EXCHANGE_TEXTS];
};

typedef void (*exchange_fn)(void *ctx, const struct exchange *e);

/* As bytes, and back; texts borrow from the bytes. False for bytes that are none. */
void exchange_write(struct strbuf *b, const struct exchange *e);
bool exchange_read(struct str bytes, struct exchange *ret);
