// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "harness/test.h"
#include "inspect/address.h"
#include "inspect/analyzer.h"
#include "inspect/keccak.h"

static struct str keccak_hex(struct arena *a, const char *s)
{
    uint8_t sum[KECCAK_BYTES];
    keccak256(s, strlen(s), sum);
    return hex_encode(a, sum, sizeof(sum));
}

TEST(keccak_answers_as_published)
{
    _cleanup_(arena_done) struct arena a = {};
    CHECK_STR(keccak_hex(&a, ""), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    CHECK_STR(keccak_hex(&a, "abc"), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

/* Monero's base58 of n bytes: 8 bytes become 11 characters, what remains as few as hold it. */
static void monero_encode(const uint8_t *p, size_t n, char *ret)
{
    static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    static const uint8_t chars[] = {0, 2, 3, 5, 6, 7, 9, 10, 11};
    for (size_t at = 0; at < n; at += 8) {
        size_t size = n - at < 8 ? n - at : 8;
        uint64_t v = 0;
        for (size_t i = 0; i < size; i++)
            v = v << 8 | p[at + i];
        for (size_t i = chars[size]; i-- > 0; v /= 58)
            ret[i] = base58[v % 58];
        ret += chars[size];
    }
    *ret = 0;
}

/* An address of nobody: the "keys" are counting bytes. */
static void make_monero(uint8_t network, size_t n, char ret[107])
{
    uint8_t bytes[77], sum[KECCAK_BYTES];
    bytes[0] = network;
    for (size_t i = 1; i < n - 4; i++)
        bytes[i] = (uint8_t)i;
    keccak256(bytes, n - 4, sum);
    memcpy(bytes + n - 4, sum, 4);
    monero_encode(bytes, n, ret);
}

TEST(monero_addresses)
{
    char s[107];
    /* The public donation addresses of the Monero project, old and new. */
    CHECK(address_is_monero(STR(
        "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A")));
    CHECK(address_is_monero(STR(
        "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H")));
    make_monero(18, 69, s);
    CHECK(s[0] == '4' && address_is_monero(str_from(s)));
    s[50] = s[50] == 'a' ? 'b' : 'a';
    CHECK(!address_is_monero(str_from(s)));
    make_monero(42, 69, s);
    CHECK(s[0] == '8' && address_is_monero(str_from(s)));
    make_monero(19, 77, s);
    CHECK(s[0] == '4' && strlen(s) == 106 && address_is_monero(str_from(s)));
    make_monero(53, 69, s); /* test network */
    CHECK(!address_is_monero(str_from(s)));
    memset(s, 'z', 95); /* every block overflows */
    s[0] = '4';
    CHECK(!address_is_monero(str_n(s, 95)));
}

TEST(coins_of_the_same_form)
{
    static const struct {
        uint8_t version[2];
        size_t n;
        const char *currency, *begins;
    } ROWS[] = {{{0x30}, 1, "litecoin", "L"}, {{0x32}, 1, "litecoin", "M"},  {{0x1e}, 1, "dogecoin", "D"},
                {{0x4c}, 1, "dash", "X"},     {{0x3c}, 1, "ravencoin", "R"}, {{0x1c, 0xb8}, 2, "zcash", "t1"},
                {{0x1c, 0xbd}, 2, "zcash", "t3"}, {{0x05}, 1, "bitcoin", "3"}};
    static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    for (size_t row = 0; row < ARRAY_SIZE(ROWS); row++) {
        uint8_t bytes[26], sum[SHA256_BYTES];
        size_t n = ROWS[row].n + 20;
        memcpy(bytes, ROWS[row].version, ROWS[row].n);
        memset(bytes + ROWS[row].n, 0x5a, 20);
        sha256_once(bytes, n, sum);
        sha256_once(sum, sizeof(sum), sum);
        memcpy(bytes + n, sum, 4);
        char text[40];
        size_t at = sizeof(text) - 1;
        text[at] = 0;
        for (bool more = true; more;) {
            unsigned rest = 0;
            more = false;
            for (size_t i = 0; i < n + 4; i++) {
                unsigned v = rest << 8 | bytes[i];
                bytes[i] = (uint8_t)(v / 58);
                rest = v % 58;
                more |= bytes[i] != 0;
            }
            text[--at] = base58[rest];
        }
        CHECK_CSTR(address_currency(str_from(text + at)), ROWS[row].currency);
        CHECK(str_starts(str_from(text + at), str_from(ROWS[row].begins)));
        text[at + 9] = text[at + 9] == 'a' ? 'b' : 'a';
        CHECK(!address_currency(str_from(text + at)));
    }
}

TEST(bitcoin_addresses)
{
    CHECK_CSTR(address_currency(STR("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")),
               "bitcoin"); /* the first block's */
    CHECK(!address_currency(STR("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")));
    CHECK(address_is_bitcoin(STR("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy")));
    CHECK(address_is_bitcoin(STR("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"))); /* BIP 173 */
    CHECK(address_is_bitcoin(STR("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4")));
    CHECK(!address_is_bitcoin(STR("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")));
    CHECK(!address_is_bitcoin(STR("bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")));
    CHECK(address_is_bitcoin(
        STR("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"))); /* BIP 350 */
    CHECK(!address_is_bitcoin(STR("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx")));
}

TEST(ethereum_addresses)
{
    CHECK_CSTR(address_currency(STR("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")), "ethereum"); /* EIP-55 */
    CHECK(!address_currency(STR("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD")));
    CHECK(!address_currency(STR("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")));
}

static void look(struct str data, bool is_text, struct facts *f)
{
    struct content c = {.data = data, .first = true, .last = true, .is_text = is_text};
    facts_init(f);
    facts_reset(f, EVENT_FILE, 0);
    analyzer_wallet.look(NULL, NULL, &c, f);
}

TEST(addresses_are_found_in_text_and_glued_in_programs)
{
    struct facts f;
    look(STR("a=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa, bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4\n"
             "x 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
         true, &f);
    CHECK_INT(facts_get(&f, F_WALLET_COUNT)->u, 3);
    CHECK_INT(facts_get(&f, F_WALLET_CURRENCIES)->list.n, 2);
    CHECK_INT(f.n_notes, 3);
    CHECK_INT(f.notes[0].offset, 2);
    facts_done(&f);
    char s[107], glued[200];
    make_monero(18, 69, s);
    snprintf(glued, sizeof(glued), "walletflag%sbadnumber", s);
    look(str_from(glued), false, &f);
    CHECK_INT(facts_get(&f, F_WALLET_COUNT)->u, 1);
    CHECK(str_is(facts_get(&f, F_WALLET_ADDRESSES)->list.v[0].s, s));
    facts_done(&f);
    look(str_from(glued), true, &f);
    CHECK(!facts_has(&f, F_WALLET_COUNT));
    facts_done(&f);
}

TEST(nothing_but_beginnings_takes_no_time)
{
    enum { N = 4 << 20 };
    _cleanup_free_ char *data = malloc(N);
    CHECK(data);
    memset(data, '4', N);
    for (size_t i = 0; i < N; i += 4000)
        data[i] = 0;
    struct facts f;
    clock_t start = clock();
    look(str_n(data, N), false, &f);
    CHECK(clock() - start < 4 * CLOCKS_PER_SEC); /* without the bound: 12 s and more */
    facts_done(&f);
}
