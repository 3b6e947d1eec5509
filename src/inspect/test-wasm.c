// SPDX-License-Identifier: Apache-2.0
/* Modules put together by hand: sections, names and a few functions that do nothing of use. DAVY TEST IMITATION. */
#include "base/strbuf.h"
#include "inspect/test-look.h"
#include "inspect/wasm.h"

static struct facts facts;

static void look(struct str content)
{
    static const char *const only[] = {"wasm", NULL};
    look_with(&(struct inspect_options){.only = only}, NULL, content, &facts);
}

static bool lists(enum field_id id, const char *want)
{
    return facts_list(&facts, id, want);
}

static void put_u32(struct strbuf *b, size_t v)
{
    for (; v > 0x7f; v >>= 7)
        strbuf_addc(b, (char)(v | 0x80));
    strbuf_addc(b, (char)v);
}

static void put_name(struct strbuf *b, const char *s)
{
    put_u32(b, strlen(s));
    strbuf_adds(b, s);
}

static void put_section(struct strbuf *b, char id, struct strbuf *section)
{
    strbuf_addc(b, id);
    put_u32(b, section->n);
    strbuf_add(b, strbuf_str(section));
    strbuf_clear(section);
}

static void put_i32(struct strbuf *b, int32_t v)
{
    strbuf_addc(b, 0x41);
    for (;; v >>= 7) {
        bool last = v >= -64 && v < 64;
        strbuf_addc(b, (char)((v & 0x7f) | (last ? 0 : 0x80)));
        if (last)
            return;
    }
}

/* i64.const, drop */
static void put_i64(struct strbuf *b, uint64_t value)
{
    int64_t v = (int64_t)value;
    strbuf_addc(b, 0x42);
    for (;; v >>= 7) {
        bool last = v >= -64 && v < 64;
        strbuf_addc(b, (char)((v & 0x7f) | (last ? 0 : 0x80)));
        if (last)
            break;
    }
    strbuf_addc(b, 0x1a);
}

/* A body around code that the caller gives: no locals, end. */
static void put_body(struct strbuf *section, struct str code)
{
    put_u32(section, code.n + 2);
    strbuf_addc(section, 0);
    strbuf_add(section, code);
    strbuf_addc(section, 0x0b);
}

static void begin(struct strbuf *b)
{
    strbuf_add(b, STR("\0asm\1\0\0\0"));
}

/* A loop of get, get, xor, const 7, rotl, set on 64 bits, `rounds` times. */
static void put_mixing_loop(struct strbuf *code, unsigned rounds)
{
    strbuf_add(code, STR("\x03\x40"));
    while (rounds--)
        strbuf_add(code, STR("\x20\x00\x20\x01\x85\x42\x07\x89\x21\x00"));
    strbuf_addc(code, 0x0b);
}

TEST(sections_are_read)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, s = {};
    begin(&b);
    put_u32(&s, 2);
    put_name(&s, "env");
    put_name(&s, "abort");
    strbuf_add(&s, STR("\0\0"));
    put_name(&s, "env");
    put_name(&s, "memory");
    strbuf_add(&s, STR("\2\1"));
    put_u32(&s, 300);
    put_u32(&s, 65536);
    put_section(&b, 2, &s);
    put_u32(&s, 1);
    put_name(&s, "_hash_imitation");
    strbuf_add(&s, STR("\0\0"));
    put_section(&b, 7, &s);
    put_u32(&s, 2);
    put_body(&s, STR("\x01"));
    put_body(&s, STR("\x20\0\x28\2\0\x1a"));
    put_section(&b, 10, &s);
    put_name(&s, "name");
    strbuf_addc(&s, 1);
    strbuf_addc(&s, 11);
    strbuf_add(&s, STR("\1\0\x08mix_bits"));
    put_section(&b, 0, &s);
    look(strbuf_str(&b));
    CHECK_STR(facts_get_str(&facts, F_FILE_KIND), "wasm");
    CHECK(lists(F_WASM_IMPORTS, "env.abort"));
    CHECK(lists(F_WASM_IMPORTS, "env.memory"));
    CHECK(lists(F_WASM_EXPORTS, "_hash_imitation"));
    CHECK(lists(F_WASM_NAMES, "mix_bits"));
    CHECK_INT(facts_get(&facts, F_WASM_MEMORY_PAGES)->u, 300);
    CHECK_INT(facts_get(&facts, F_WASM_FUNCTIONS)->u, 2);
    CHECK_INT(facts_get(&facts, F_WASM_OPS)->u, 2 + 4);
    CHECK_INT(facts_get(&facts, F_WASM_HASH_LOOPS)->u, 0);
    CHECK(!facts_has(&facts, F_WASM_PROBLEMS));
    CHECK(!facts_has(&facts, F_WASM_PRIMITIVES));
}

TEST(loops_that_mix_bits)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, s = {}, code = {};
    begin(&b);
    put_u32(&s, 3);
    put_mixing_loop(&code, 20);
    put_body(&s, strbuf_str(&code));
    /* The loop around it is none of its own. */
    strbuf_clear(&code);
    strbuf_add(&code, STR("\x03\x40"));
    put_mixing_loop(&code, 20);
    strbuf_addc(&code, 0x0b);
    put_body(&s, strbuf_str(&code));
    /* A checksum: short. */
    strbuf_clear(&code);
    put_mixing_loop(&code, 2);
    put_body(&s, strbuf_str(&code));
    put_section(&b, 10, &s);
    look(strbuf_str(&b));
    CHECK_INT(facts_get(&facts, F_WASM_HASH_LOOPS)->u, 2);
    CHECK(facts_get(&facts, F_WASM_OPS_WIDE)->d == 1);
    CHECK(facts_get(&facts, F_WASM_OPS_BITWISE)->d > 0.3);
}

TEST(constants_in_code_and_data)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, s = {}, code = {};
    begin(&b);
    put_u32(&s, 1);
    static const uint64_t ROUNDS[] = {0x800000000000808a, 0x8000000080008000, 0x8000000080008081,
                                      0x8000000000008009, 0x800000000000008b, 0x8000000000008089};
    for (size_t i = 0; i < ARRAY_SIZE(ROUNDS); i++)
        put_i64(&code, ROUNDS[i]);
    put_i32(&code, 0x1ffff0);
    strbuf_addc(&code, 0x1a);
    put_body(&s, strbuf_str(&code));
    put_section(&b, 10, &s);
    strbuf_add(&s, STR("\1\0\x41\0\x0b\x28"));
    strbuf_add(&s, STR("....\xc6\x32\xf4\xa5\xf4\x97\xa5\xc6....\xeb\x98\xa3\x41\x2c\x20\xd3\xeb"
                       "\x1b\xd1\x1b\xda\xa9\xfc\x1a\x22...."));
    put_section(&b, 11, &s);
    look(strbuf_str(&b));
    CHECK(lists(F_WASM_PRIMITIVES, "keccak"));
    CHECK(lists(F_WASM_PRIMITIVES, "groestl"));
    CHECK(lists(F_WASM_PRIMITIVES, "jh"));
    CHECK(lists(F_WASM_PRIMITIVES, "skein")); /* big endian */
    CHECK(lists(F_WASM_PRIMITIVES, "cryptonight-scratchpad"));
    CHECK_INT(facts_get(&facts, F_WASM_PRIMITIVES)->list.n, 5);
}

TEST(too_few_constants_say_nothing)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, s = {}, code = {};
    begin(&b);
    put_u32(&s, 1);
    put_i64(&code, 0x8000000080008000); /* a mask may look like one round constant */
    put_i64(&code, 0x800000000000808a);
    put_i64(&code, 0x6a09e667f3bcc908);
    put_body(&s, strbuf_str(&code));
    put_section(&b, 10, &s);
    strbuf_add(&s, STR("\1\0\x41\0\x0b\4\xf0\xff\x1f\0")); /* the mask among data is a number like others */
    put_section(&b, 11, &s);
    look(strbuf_str(&b));
    CHECK_INT(facts_get(&facts, F_WASM_OPS)->u, 7);
    CHECK(!facts_has(&facts, F_WASM_PRIMITIVES));
}

TEST(sha512_is_not_blake2b)
{
    static const uint64_t BOTH[] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0xa54ff53a5f1d36f1,
                                    0x428a2f98d728ae22, 0x7137449123ef65cd};
    for (size_t n = 3; n <= 5; n += 2) {
        struct wasm_constants c = {};
        for (size_t i = 0; i < n; i++)
            wasm_constants_add64(&c, BOTH[i]);
        CHECK(wasm_constants_has(&c, WASM_BLAKE2B) == (n == 3));
        CHECK(wasm_constants_has(&c, WASM_SHA512) == (n == 5));
    }
}

/* Signatures of wallets, in limbs of 26 and 25 bits or of 51; one constant alone may be chance. */
TEST(signatures)
{
    static const uint64_t LIMBS[] = {0x00d37285ff5978b6, 0xff86c9d3fe0ea0b0, 929955233495203u, 1718705420411056u};
    for (size_t i = 0; i < 4; i += 2) {
        _cleanup_(strbuf_done) struct strbuf b = {}, s = {}, data = {};
        struct wasm_constants c = {};
        wasm_constants_add64(&c, LIMBS[i]);
        CHECK(!wasm_constants_has(&c, WASM_ED25519));
        begin(&b);
        strbuf_add(&s, STR("\1\0\x41\0\x0b\x18"));
        for (size_t k = 0; k < 3; k++)
            for (unsigned j = 0; j < 8; j++)
                strbuf_addc(&s, (char)(k == 1 ? 0 : LIMBS[i + k / 2] >> 8 * j));
        put_section(&b, 11, &s);
        look(strbuf_str(&b));
        CHECK(lists(F_WASM_PRIMITIVES, "ed25519"));
    }
}

TEST(damage_is_told)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, s = {};
    begin(&b);
    put_u32(&s, 1);
    put_body(&s, STR("\x01\xff\x01"));
    put_section(&b, 10, &s);
    look(strbuf_str(&b));
    CHECK(lists(F_WASM_PROBLEMS, "unknown-code"));
    look(str_sub(strbuf_str(&b), 0, b.n - 3));
    CHECK(lists(F_WASM_PROBLEMS, "truncated"));
    look(STR("\0asm\1\0\0\0\x0a\xff\xff\xff\xff\xff\xff\xff"));
    CHECK(lists(F_WASM_PROBLEMS, "bad-section"));
    look(STR("no module at all"));
    CHECK(!facts_has(&facts, F_WASM_PROBLEMS));
    facts_done(&facts);
}
