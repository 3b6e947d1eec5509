// SPDX-License-Identifier: Apache-2.0
/*
 * Wallet addresses: runs of letters and digits of the right length whose checksum is right. They lie
 * within long words, and there only every 26th byte need be looked at to find the runs that are long enough.
 */
#include <assert.h>

#include "base/word_run.h"
#include "inspect/address.h"
#include "inspect/analyzer.h"

enum {
    GLUED_TRIES_MAX =
        16 << 10, /* checksums per window: content made of nothing but beginnings must not cost hours */
    GLUED_BYTES_MAX =
        4 << 10, /* strings without an end mark, as in Go programs, are looked through to this length */
};

/* A table: the bytes come in no order, so that comparing would be guessed wrong half of the time. */
static const bool ALNUM[256] = {
    ['0' ... '9'] = true,
    ['A' ... 'Z'] = true,
    ['a' ... 'z'] = true,
};

static bool is_alnum(char c)
{
    return ALNUM[(uint8_t)c];
}

static void see(const struct content *c, struct facts *facts, struct str s, const char *currency)
{
    size_t from = (size_t)(s.p - c->data.p), before = facts_get(facts, F_WALLET_ADDRESSES)->list.n;
    if (!facts_has(facts, F_WALLET_ADDRESSES))
        before = 0;
    facts_add(facts, F_WALLET_CURRENCIES, str_from(currency));
    inspection_see(facts, F_WALLET_ADDRESSES, s, c, from, from + s.n);
    if (facts_get(facts, F_WALLET_ADDRESSES)->list.n > before)
        facts_count(facts, F_WALLET_COUNT);
}

static void look_at_run(const struct content *c, struct facts *facts, struct str run, unsigned *tries)
{
    const char *currency = address_currency(run);
    if (currency) {
        see(c, facts, run, currency);
        return;
    }
    if (c->is_text || run.n <= MONERO_BYTES || run.n > GLUED_BYTES_MAX)
        return;
    for (size_t i = 0; i + MONERO_BYTES <= run.n; i++) {
        char next = run.p[i + 1];
        if ((run.p[i] != '4' && run.p[i] != '8') ||
            !((next >= '0' && next <= '9') || next == 'A' || next == 'B'))
            continue;
        if (!*tries)
            return;
        --*tries;
        struct str s = str_sub(run, i, i + MONERO_BYTES);
        if (address_is_monero(s)) {
            see(c, facts, s, "monero");
            i += MONERO_BYTES - 1;
        }
    }
}

/* Runs of letters and digits in [start, end). */
static void look_at_word(const struct content *c, struct facts *facts, size_t start, size_t end, unsigned *tries)
{
    const char *p = c->data.p;
    while (start + ADDRESS_BYTES_MIN <= end) {
        size_t at = start + ADDRESS_BYTES_MIN; /* the run, if long enough, holds all bytes before here */
        while (at > start && is_alnum(p[at - 1]))
            at--;
        if (at > start) {
            start = at;
            continue;
        }
        size_t to = start + ADDRESS_BYTES_MIN;
        while (to < end && is_alnum(p[to]))
            to++;
        look_at_run(c, facts, str_sub(c->data, start, to), tries);
        start = to + 1;
    }
}

static int wallet_look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)state;
    (void)in;
    static_assert((int)WORD_RUN_MIN <= (int)ADDRESS_BYTES_MIN, "shorter words are not found");
    unsigned tries = GLUED_TRIES_MAX;
    for (size_t at = 0, end; word_run_next(c->data, &at, &end); at = end)
        look_at_word(c, facts, at, end, &tries);
    return 0;
}

const struct analyzer analyzer_wallet = {.name = "wallet", .look = wallet_look};
