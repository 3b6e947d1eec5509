// SPDX-License-Identifier: Apache-2.0
/* The words of mining: pools, algorithms, coins, payees. Names are those that miners' own option lists
 * publish. */
#include "base/strbuf.h"
#include "inspect/address.h"
#include "inspect/miner.h"

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

static bool is_stratum_scheme(struct str s)
{
    return str_starts(s, STR("stratum")) || str_starts(s, STR("daemon+")) || str_starts(s, STR("ethproxy")) ||
           str_starts(s, STR("ethstratum")) || str_starts(s, STR("self-select+"));
}

bool miner_pool_read(struct str s, struct miner_pool *ret, size_t *ret_n)
{
    struct miner_pool pool = {};
    size_t at = 0, scheme = 0;
    while (scheme < s.n && scheme < 24 && (is_host_char(s.p[scheme]) || s.p[scheme] == '+'))
        scheme++;
    if (str_starts(str_sub(s, scheme, s.n), STR("://"))) {
        char low[24];
        for (size_t i = 0; i < scheme; i++)
            low[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
        struct str name = str_n(low, scheme);
        pool.is_stratum = is_stratum_scheme(name);
        if (!pool.is_stratum && !str_is(name, "tcp") && !str_is(name, "ssl") && !str_is(name, "tls") &&
            !str_is(name, "http") && !str_is(name, "https"))
            return false;
        at = scheme + 3;
        /* stratum1+tcp://WALLET.worker:x@host:port */
        size_t user = at;
        while (user < s.n && user - at < 256 &&
               (is_host_char(s.p[user]) || s.p[user] == ':' || s.p[user] == '%' || s.p[user] == '+'))
            user++;
        if (user < s.n && s.p[user] == '@') {
            pool.user = str_sub(s, at, user);
            at = user + 1;
        }
    }
    size_t from = at;
    bool has_dot = false, has_letter_or_digit = false;
    if (at < s.n && s.p[at] == '[') {
        while (at < s.n && at - from < 48 && s.p[at] != ']')
            at++;
        has_dot = has_letter_or_digit = at - from > 3;
        at++;
    } else {
        for (; at < s.n && at - from < 254 && is_host_char(s.p[at]); at++) {
            has_dot |= s.p[at] == '.' && at > from;
            has_letter_or_digit |= s.p[at] != '.' && s.p[at] != '-' && s.p[at] != '_';
        }
    }
    if (at >= s.n || s.p[at] != ':' || !has_letter_or_digit || s.p[from] == '-')
        return false;
    pool.host = str_sub(s, from, at);
    if (!has_dot && !str_eq_nocase(pool.host, STR("localhost")))
        return false;
    size_t digits = ++at;
    uint32_t port = 0;
    while (at < s.n && at - digits < 5 && s.p[at] >= '0' && s.p[at] <= '9')
        port = port * 10 + (uint32_t)(s.p[at++] - '0');
    if (!port || port > 65535 || (at < s.n && ((s.p[at] >= '0' && s.p[at] <= '9') || s.p[at] == '.')))
        return false;
    pool.port = (uint16_t)port;
    *ret = pool;
    *ret_n = at;
    return true;
}

bool miner_is_algo(struct str s)
{
    static const char *const families[] = {"rx/",         "cn/",      "cn-lite",   "cn-heavy",   "cn-pico",
                                           "cryptonight", "randomx",  "argon2/",   "yespower",   "yescrypt",
                                           "progpow",     "kawpow",   "equihash",  "cuckaroo",   "cuckatoo",
                                           "beamhash",    "astrobwt", "x16r",      "lyra2",      "ghostrider",
                                           "ethash",      "etchash",  "autolykos", "kheavyhash", "verushash"};
    static const char *const names[] = {"cn",        "rx",        "gr",        "chukwa",    "panthera",  "minotaurx",
                                        "neoscrypt", "scrypt",    "sha256d",   "blake3",    "octopus",
                                        "firopow",   "x11",       "zelhash",   "power2b",   "sha3d",
                                        "allium",    "curvehash", "xelishash", "dynexsolve"};
    for (size_t i = 0; i < ARRAY_SIZE(families); i++)
        if (str_eq_nocase(str_sub(s, 0, strlen(families[i])), str_from(families[i])) && s.n <= 24)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_eq_nocase(s, str_from(names[i])))
            return true;
    return false;
}

bool miner_is_coin(struct str s)
{
    static const char *const names[] = {
        "monero", "xmr",        "arqma",    "arq",     "dero",     "ravencoin",  "rvn",       "wownero",
        "wow",    "keva",       "kevacoin", "zephyr",  "sumokoin", "graft",      "townforge", "yada",
        "aeon",   "turtlecoin", "trtl",     "salvium", "sal",      "electroneum", "kaspa",    "kas",
        "alephium", "alph",     "ironfish", "ergo",     "erg",         "verus",    "vrsc",
        "zano",   "nexa",       "karlsen",  "kls",     "pyrin",    "radiant",     "rxd",      "neoxa",
        "clore",  "dynex",      "dnx",      "conflux", "cfx",      "zcash"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_eq_nocase(s, str_from(names[i])))
            return true;
    return false;
}

bool miner_is_wallet(struct str s)
{
    size_t n = 0, coin = 0;
    /* pools that pay in another coin than they mine: XMR:ADDRESS */
    while (coin < s.n && coin < 6 && s.p[coin] >= 'A' && s.p[coin] <= 'Z')
        coin++;
    if (coin && coin < s.n && s.p[coin] == ':')
        s = str_sub(s, coin + 1, s.n);
    while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || (s.p[n] >= 'A' && s.p[n] <= 'Z') ||
                       (s.p[n] >= 'a' && s.p[n] <= 'z')))
        n++;
    return address_currency(str_sub(s, 0, n));
}

void miner_see_pool(const struct content *c, struct facts *facts, const struct miner_pool *pool, size_t from,
                    size_t to)
{
    struct str value = arena_printf(&facts->arena, "%.*s:%u", STR_ARG(pool->host), pool->port);
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] >= 'A' && value.p[i] <= 'Z')
            ((char *)value.p)[i] |= 0x20;
    inspection_see(facts, F_MINER_POOLS, value, c, from, to);
}

void miner_see_config(const struct content *c, struct facts *facts, const char *kind, size_t at)
{
    static const char *const surest_first[] = {"xmrig", "command-line", "generic-json", "generic-config"};
    struct str known = facts_get_str(facts, F_MINER_CONFIG);
    for (size_t i = 0; known.n && i < ARRAY_SIZE(surest_first); i++) {
        if (str_is(known, surest_first[i]))
            return;
        if (!strcmp(kind, surest_first[i]))
            break;
    }
    facts_str(facts, F_MINER_CONFIG, str_from(kind));
    struct note n = {
        .field = F_MINER_CONFIG, .value = str_from(kind), .via = c->via, .offset = c->offset + at};
    content_line(c, at, &n.line, &n.column);
    facts_note(facts, &n);
}
