// SPDX-License-Identifier: Apache-2.0
#include "base/json_string.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "harness/test.h"

/* Bytes; in ASCII; with their bytes; as UTF-8 without quotes; whether they are UTF-8. */
static const struct {
    struct str bytes;
    const char *ascii, *kept, *utf8;
    bool is_utf8;
} CASES[] = {
    {STR(""), "\"\"", "\"\"", "", true},
    {STR("plain /<>'&"), "\"plain /<>'&\"", "\"plain /<>'&\"", "plain /<>'&", true},
    {STR("a\"b\\c/"), "\"a\\\"b\\\\c/\"", "\"a\\\"b\\\\c/\"", "a\"b\\c/", true},
    {STR("\n\t\r\b\f"), "\"\\n\\t\\r\\b\\f\"", "\"\\n\\t\\r\\u0008\\u000c\"", "\n\t\r\b\f", true},
    {STR("\x1b[0m\x1f\x7f"), "\"\\u001B[0m\\u001F\\u007F\"", "\"\\u001b[0m\\u001f\x7f\"", "\x1b[0m\x1f\x7f", true},
    /* C1, the separators that JavaScript takes for line ends, an override of direction, the last of each length */
    {STR("\xc2\x85"), "\"\\u0085\"", "\"\xc2\x85\"", "\xc2\x85", true},
    {STR("\xe2\x80\xa8\xe2\x80\xa9"), "\"\\u2028\\u2029\"", "\"\xe2\x80\xa8\xe2\x80\xa9\"", "\xe2\x80\xa8\xe2\x80\xa9", true},
    {STR("\xe2\x80\xae"), "\"\\u202E\"", "\"\xe2\x80\xae\"", "\xe2\x80\xae", true},
    {STR("\xdf\xbf\xef\xbf\xbf\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"), "\"\\u07FF\\uFFFF\\uD83D\\uDE00\\uDBFF\\uDFFF\"",
     "\"\xdf\xbf\xef\xbf\xbf\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"", "\xdf\xbf\xef\xbf\xbf\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", true},
    /* bytes that are none: alone, cut off, overlong, a half of a pair, beyond the last plane */
    {STR("a\xff""b"), "\"a\\\\xffb\"", "\"a\xff""b\"", "a\\xffb", false},
    {STR("\x80"), "\"\\\\x80\"", "\"\x80\"", "\\x80", false},
    {STR("\xe2\x80"), "\"\\\\xe2\\\\x80\"", "\"\xe2\x80\"", "\\xe2\\x80", false},
    {STR("\xc0\xaf\xe6\x97\xa5"), "\"\\\\xc0\\\\xaf\\u65E5\"", "\"\xc0\xaf\xe6\x97\xa5\"", "\\xc0\\xaf\xe6\x97\xa5", false},
    {STR("\xed\xa0\x80\"\xed\xbf\xbf"), "\"\\\\xed\\\\xa0\\\\x80\\\"\\\\xed\\\\xbf\\\\xbf\"", "\"\xed\xa0\x80\\\"\xed\xbf\xbf\"",
     "\\xed\\xa0\\x80\"\\xed\\xbf\\xbf", false},
    {STR("\xf4\x90\x80\x80"), "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"", "\"\xf4\x90\x80\x80\"", "\\xf4\\x90\\x80\\x80", false},
};

TEST(strings_of_all_kinds_in_all_ways)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        strbuf_clear(&b);
        CHECK_INT(json_string_add(&b, CASES[i].bytes), CASES[i].is_utf8);
        CHECK_STR(strbuf_str(&b), CASES[i].ascii);
        strbuf_clear(&b);
        json_string_add_bytes(&b, CASES[i].bytes);
        CHECK_STR(strbuf_str(&b), CASES[i].kept);
        strbuf_clear(&b);
        CHECK_INT(json_string_make_utf8(&b, CASES[i].bytes), CASES[i].is_utf8);
        CHECK_STR(strbuf_str(&b), CASES[i].utf8);
    }
}

TEST(nul_is_a_byte_like_others_and_all_is_appended)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const struct str text = STR("a\0b");
    strbuf_adds(&b, "x:");
    CHECK(json_string_add(&b, text));
    json_string_add_bytes(&b, text);
    CHECK(json_string_make_utf8(&b, text));
    CHECK(str_eq(strbuf_str(&b), STR("x:\"a\\u0000b\"\"a\\u0000b\"a\0b")));
}

/* Every byte after every other: as a reader of JSON has it, the same bytes come back where they were UTF-8, the same text else. */
TEST(readers_get_what_was_there)
{
    _cleanup_(strbuf_done) struct strbuf ascii = {}, kept = {}, utf8 = {};
    for (unsigned i = 0; i < 0x10000; i++) {
        const char pair[] = {'<', (char)(i >> 8), (char)i, '>'};
        const struct str text = str_n(pair, sizeof(pair));
        strbuf_clear(&ascii);
        strbuf_clear(&kept);
        strbuf_clear(&utf8);
        const bool is_utf8 = json_string_add(&ascii, text);
        json_string_add_bytes(&kept, text);
        CHECK_INT(json_string_make_utf8(&utf8, text), is_utf8);
        CHECK(!is_utf8 || str_eq(strbuf_str(&utf8), text));
        _cleanup_(json_decrefp) json_t *a = json_loadb(ascii.p, ascii.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        CHECK(a && str_eq(str_n(json_string_value(a), json_string_length(a)), strbuf_str(&utf8)));
        _cleanup_(json_decrefp) json_t *k = json_loadb(kept.p, kept.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        CHECK_INT(k != NULL, is_utf8);
        CHECK(!k || str_eq(str_n(json_string_value(k), json_string_length(k)), text));
        for (size_t at = 0; at < ascii.n; at++)
            CHECK(ascii.p[at] >= ' ' && ascii.p[at] <= '~');
    }
}

/* Eight bytes are looked at together: whatever stands where among plain ones is written as it is by itself. */
TEST(a_byte_is_written_alike_wherever_it_stands)
{
    _cleanup_(strbuf_done) struct strbuf all = {}, want = {}, one = {};
    char text[19];
    for (unsigned c = 0; c < 0x80; c++)
        for (size_t at = 0; at < sizeof(text); at++) {
            const char byte = (char)c;
            memset(text, 'a', sizeof(text));
            text[at] = byte;
            strbuf_clear(&all);
            strbuf_clear(&want);
            strbuf_clear(&one);
            CHECK(json_string_add(&one, str_n(&byte, 1)));
            CHECK(json_string_add(&all, str_n(text, sizeof(text))));
            strbuf_addc(&want, '"');
            strbuf_pad(&want, 'a', at);
            strbuf_add(&want, str_sub(strbuf_str(&one), 1, one.n - 1));
            strbuf_pad(&want, 'a', sizeof(text) - 1 - at);
            strbuf_addc(&want, '"');
            CHECK_STR(strbuf_str(&all), want.p);
        }
}

/* Bytes one by one and formatted, around every size at which there is no more room. */
TEST(texts_grow_by_whatever_is_added)
{
    for (size_t n = 0; n < 300; n++) {
        _cleanup_(strbuf_done) struct strbuf b = {}, c = {};
        for (size_t i = 0; i < n; i++)
            strbuf_addc(&b, 'x');
        strbuf_printf(&b, "%s", "");
        strbuf_printf(&b, "<%d>", 12345);
        strbuf_printf(&b, "%.*s", (int)n, "y");
        strbuf_pad(&c, 'x', n);
        strbuf_adds(&c, n ? "<12345>y" : "<12345>");
        CHECK_STR(strbuf_str(&b), c.p);
        CHECK_INT(b.p[b.n], 0);
    }
}
