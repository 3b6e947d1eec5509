// SPDX-License-Identifier: Apache-2.0
/* Pictures built by hand with something behind or inside: harmless bytes with true headers, which no machine
 * can run. */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/media.h"
#include "inspect/test-look.h"

static struct facts facts;

static void look(struct str content)
{
    static const char *const only[] = {"media", "elf", NULL};
    look_with(&(struct inspect_options){.only = only}, NULL, content, &facts);
}

static bool lists(enum field_id id, const char *want)
{
    return facts_list(&facts, id, want);
}

#define GIF STR("GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;")
#define PNG                                                                                                  \
    STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\0IEND\xae\x42\x60"   \
        "\x82")
#define JPEG STR("\xff\xd8\xff\xe0\0\4\1\2\xff\xda\0\4\1\2\x11\xff\0\x22\xff\xd0\x33\xff\xff\xd9")
#define WEBP STR("RIFF\xc\0\0\0WEBPVP8 \0\0\0\0")
#define PDF  STR("%PDF-1.4\n1 0 obj\nendobj\nstartxref\n9\n%%EOF\n")
#define ZIP  STR("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")

static const struct row {
    const char *name;
    struct str bytes;
} ROWS[] = {{"gif", GIF}, {"png", PNG}, {"jpeg", JPEG}, {"webp", WEBP}, {"pdf", PDF}, {"zip", ZIP}};

/* A 64-byte header that says it is a program for x86_64. */
static const char ELF[64] = "\x7f"
                            "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0\1\0\0\0";

TEST(true_ends)
{
    for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
        look(ROWS[i].bytes);
        CHECK_STR(facts_get_str(&facts, F_FILE_KIND), ROWS[i].name);
        CHECK_INT(facts_get(&facts, F_MEDIA_END)->u, ROWS[i].bytes.n);
        CHECK_INT(facts_get(&facts, F_MEDIA_TAIL_SIZE)->u, 0);
        CHECK(!facts_has(&facts, F_MEDIA_TAIL_KIND));
        /* Cut short, it has no end. */
        if (!str_is(facts_get_str(&facts, F_FILE_KIND), "pdf"))
            CHECK_INT(media_end(kind_sniff(ROWS[i].bytes, false, STR_NULL),
                                str_sub(ROWS[i].bytes, 0, ROWS[i].bytes.n - 1)),
                      0);
    }
}

TEST(bmp_by_its_rows)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_add(&b, STR("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\3\0\0\0\xfe\xff\xff\xff\1\0\x18\0\0\0\0\0"));
    strbuf_pad(&b, 0, 0x36 - b.n + 24); /* two rows, from the top, of 3 pixels padded to 12 bytes */
    look(strbuf_str(&b));
    CHECK_INT(facts_get(&facts, F_MEDIA_END)->u, b.n);
}

TEST(a_program_behind_a_picture)
{
    for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        strbuf_add(&b, ROWS[i].bytes);
        strbuf_add(&b, str_n(ELF, sizeof(ELF)));
        look(strbuf_str(&b));
        CHECK_INT(facts_get(&facts, F_MEDIA_TAIL_SIZE)->u, sizeof(ELF));
        CHECK_STR(facts_get_str(&facts, F_MEDIA_TAIL_KIND), "elf");
        CHECK(lists(F_MEDIA_EMBEDDED, "elf"));
        CHECK(lists(F_UNWRAP_CHAINS, "tail"));
        CHECK_STR(facts_get_str(&facts, F_ELF_MACHINE), "x86_64");
        CHECK_STR(facts_get_str(&facts, F_FILE_KIND), ROWS[i].name);
    }
}

TEST(every_key)
{
    for (unsigned key = 1; key < 256; key++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        char want[16];
        strbuf_add(&b, PNG);
        strbuf_pad(&b, 'x', 100);
        for (size_t i = 0; i < sizeof(ELF); i++)
            strbuf_addc(&b, (char)(ELF[i] ^ (int)key));
        look(strbuf_str(&b));
        snprintf(want, sizeof(want), "elf^0x%02x", key);
        CHECK(lists(F_MEDIA_EMBEDDED, want));
        CHECK_INT(facts_get(&facts, F_MEDIA_EMBEDDED)->list.n, 1);
        snprintf(want, sizeof(want), "xor:%02x", key);
        CHECK(lists(F_UNWRAP_CHAINS, want));
        CHECK_STR(facts_get_str(&facts, F_ELF_MACHINE), "x86_64");
    }
}

TEST(xored_script_and_pe)
{
    struct embedded e;
    char script[] = "....#!/bin/sh\necho DAVY TEST IMITATION\n", pe[200] = "";
    for (size_t i = 4; i < sizeof(script); i++)
        script[i] ^= 0x5a;
    CHECK(media_find_program(str_n(script, sizeof(script)), 0, &e));
    CHECK_INT(e.kind, KIND_SCRIPT);
    CHECK_INT(e.how, SCRAMBLE_XOR);
    CHECK_INT(e.n_key, 1);
    CHECK_INT(e.key[0], 0x5a);
    CHECK_INT(e.at, 4);
    memcpy(pe, "MZ", 2);
    pe[60] = 100;
    memcpy(pe + 100, "PE\0\0\x64\x86", 6);
    CHECK(media_find_program(str_n(pe, sizeof(pe)), 0, &e));
    CHECK_INT(e.kind, KIND_PE);
    CHECK_INT(e.how, SCRAMBLE_NONE);
    pe[101] = 'X';
    CHECK(!media_find_program(str_n(pe, sizeof(pe)), 0, &e));
    CHECK(!media_find_program(STR("a document that quotes #!/bin/sh in plain"), 0, &e));
}

TEST(innocent_tails)
{
    static const struct {
        struct str tail;
        const char *kind;
    } CASES[] = {
        {{"\n", 1}, "padding"},
        {{"\0\0\0\0\0\0", 6}, "padding"},
        {{"\xff\xd8\xff\xe0\0\4\1\2\xff\xd9", 10}, "jpeg"},
        {{"\0\0\0\x18"
          "ftypmp42\0\0\0\0",
          16},
         "mp4"},
        {{"made with an editor", 19}, "text"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        strbuf_add(&b, JPEG);
        strbuf_add(&b, CASES[i].tail);
        look(strbuf_str(&b));
        CHECK_INT(facts_get(&facts, F_MEDIA_END)->u, JPEG.n);
        CHECK_STR(facts_get_str(&facts, F_MEDIA_TAIL_KIND), CASES[i].kind);
        CHECK(!facts_has(&facts, F_MEDIA_EMBEDDED));
    }
}

TEST(thumbnails_are_inside)
{
    /* A whole JPEG within an application segment does not end the outer one. */
    struct str s = STR("\xff\xd8\xff\xe1\0\x0c"
                       "Exif\xff\xd8\xff\xd9\0\0\xff\xd9");
    CHECK_INT(media_end(KIND_JPEG, s), s.n);
}

TEST(an_archive_holds_programs_openly)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_add(&b, STR("PK\3\4 stored: "));
    strbuf_add(&b, str_n(ELF, sizeof(ELF)));
    strbuf_add(&b, ZIP);
    look(strbuf_str(&b));
    CHECK_INT(facts_get(&facts, F_MEDIA_END)->u, b.n);
    CHECK(!facts_has(&facts, F_MEDIA_EMBEDDED));
}
