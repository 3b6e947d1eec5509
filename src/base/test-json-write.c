// SPDX-License-Identifier: Apache-2.0
#include "base/json_write.h"

#include <math.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "harness/test.h"

static struct str of(struct strbuf *b, struct str s)
{
    strbuf_clear(b);
    json_write_text(b, NULL, s);
    return strbuf_str(b);
}

TEST(strings_are_ascii_and_read_as_they_were)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    CHECK_STR(of(&b, STR("plain /<>'&")), "\"plain /<>'&\"");
    CHECK_STR(of(&b, STR("a\"b\\c\n\t\r\b\f")), "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\"");
    CHECK_STR(of(&b, str_n("\x00\x1b\x7f", 3)), "\"\\u0000\\u001B\\u007F\"");
    CHECK_STR(of(&b, STR("\xe6\x97\xa5\xf0\x9f\x98\x80")), "\"\\u65E5\\uD83D\\uDE00\"");
    CHECK_STR(of(&b, str_n("a\xff" "b", 3)), "\"a\\\\xffb\"");
    CHECK_STR(of(&b, STR_NULL), "\"\"");
    /* every text, as a reader of JSON has it */
    for (unsigned i = 0; i < 0x110000; i += i < 0x900 ? 1 : 0x3f1) {
        char text[5] = "";
        size_t n = 0;
        if (i < 0x80)
            text[n++] = (char)i;
        else if (i < 0x800)
            text[n++] = (char)(0xc0 | i >> 6);
        else if (i < 0x10000)
            text[n++] = (char)(0xe0 | i >> 12);
        else
            text[n++] = (char)(0xf0 | i >> 18);
        for (int left = i < 0x80 ? 0 : i < 0x800 ? 1 : i < 0x10000 ? 2 : 3; left > 0; left--)
            text[n++] = (char)(0x80 | (i >> 6 * (left - 1) & 0x3f));
        if (!i || (i >= 0xd800 && i < 0xe000))
            continue;
        json_t *j = json_loadb(b.p, of(&b, str_n(text, n)).n, JSON_DECODE_ANY, NULL);
        CHECK_STR(str_n(json_string_value(j), json_string_length(j)), text);
        json_decref(j);
    }
}

TEST(values_stand_in_order_with_commas)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const struct str list[] = {STR("x"), STR("y")};
    json_write_open(&b, NULL, '{');
    json_write_open(&b, "a", '[');
    json_write_close(&b, ']');
    json_write_open(&b, "o", '{');
    json_write_put(&b, "bytes", str_n("\xff\x01", 2));
    json_write_put_named(&b, STR("named:"), STR("{"));
    json_write_close(&b, '}');
    json_write_list(&b, "l", list, 2);
    json_write_count(&b, "n", UINT64_MAX);
    json_write_int(&b, "i", INT64_MIN);
    json_write_bool(&b, "t", true);
    json_write_double(&b, "d", 2);
    json_write_double(&b, "e", 1e300);
    json_write_double(&b, "f", NAN);
    json_write_null(&b, "z");
    json_write_time(&b, "time", 1);
    json_write_close(&b, '}');
    CHECK_STR(strbuf_str(&b), "{\"a\":[],\"o\":{\"bytes\":\"\\\\xff\\u0001\",\"bytes_base64\":\"/wE\",\"named:\":\"{\"},\"l\":[\"x\",\"y\"],\"n\":1.84467441e+19,"
                              "\"i\":-9223372036854775808,\"t\":true,\"d\":2.0,\"e\":1e+300,\"f\":null,\"z\":null,\"time\":\"1970-01-01T00:00:00.000000001Z\"}");
    strbuf_addc(&b, '\n');
    json_write_open(&b, NULL, '{');
    CHECK(b.p[b.n - 2] == '\n'); /* a line of its own */
}
