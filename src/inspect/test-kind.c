// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
#include "inspect/kind.h"

static bool text(struct str s)
{
    struct histogram h = {};
    histogram_add(&h, s);
    return kind_is_text(s, &h);
}

static const char *sniff(struct str s, const char *path)
{
    return kind_name(kind_sniff(s, text(s), str_from(path)));
}

TEST(entropy_is_shannons)
{
    char all[256 * 64];
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)i;
    CHECK(entropy_of(str_n(all, sizeof(all))) == 8.0);
    memset(all, 'x', sizeof(all));
    CHECK(entropy_of(str_n(all, sizeof(all))) == 0.0);
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)(i & 3);
    CHECK(entropy_of(str_n(all, sizeof(all))) == 2.0);
    CHECK(entropy_of(str_n(all, 1001)) > 1.99 && entropy_of(str_n(all, 1001)) < 2.0);
    CHECK(entropy_of(STR_NULL) == 0.0);
}

TEST(kinds_by_content)
{
    CHECK_CSTR(sniff(STR(""), "x"), "empty");
    CHECK_CSTR(sniff(STR("\x7f"
                         "ELF\2\1\1"),
                     "a.png"),
               "elf");
    CHECK_CSTR(sniff(STR("#!/bin/sh\necho\n"), "x"), "script");
    CHECK_CSTR(sniff(STR("#!/bin/sh\necho\n\0\1\2\3binary"), "x"), "script");
    CHECK_CSTR(sniff(STR("<?php echo 1;"), "x"), "script");
    CHECK_CSTR(sniff(STR("\n {\"a\": 1}"), "x"), "json");
    CHECK_CSTR(sniff(STR("{ not json }"), "x"), "text");
    CHECK_CSTR(sniff(STR("<!DOCTYPE HTML><p>"), "x"), "html");
    CHECK_CSTR(sniff(STR("var a = 1;"), "x.js"), "javascript");
    CHECK_CSTR(sniff(STR("\xca\xfe\xba\xbe\0\0\0\x34"), "x"), "class");
    CHECK_CSTR(sniff(STR("\xca\xfe\xba\xbe\0\0\0\2"), "x"), "macho");
    CHECK_CSTR(sniff(STR("MZ is not a program"), "x"), "text");
    CHECK_CSTR(sniff(STR("\1\2\3\4"), "x"), "data");
}

TEST(tar_without_ustar_by_checksum)
{
    char h[512] = "file";
    memcpy(h + 100, "0000644", 8);
    unsigned sum = 8 * ' ';
    for (size_t i = 0; i < sizeof(h); i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    CHECK_CSTR(sniff(str_n(h, sizeof(h)), "x"), "tar");
    h[0]++;
    CHECK_CSTR(sniff(str_n(h, sizeof(h)), "x"), "data");
}

TEST(what_is_text)
{
    CHECK(text(STR("plain\n")));
    CHECK(text(STR("caf\xc3\xa9\n")));
    CHECK(text(STR("a caf\xe9 in Latin-1\n")));
    CHECK(text(STR("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e")));
    CHECK(!text(STR("a\0b")));
    CHECK(!text(STR("\xfe\xdc\xba\x98\x81\x82")));
    CHECK(!text(STR("\1\2\3 abc")));
    char script[1000];
    memset(script, 'x', sizeof(script));
    script[500] = 1; /* one stray byte does not hide a script */
    CHECK(text(str_n(script, sizeof(script))));
}

TEST(promises)
{
    CHECK_INT(kind_expected(STR("/a/b.PNG")), KIND_PNG);
    CHECK_INT(kind_expected(STR("/a.png/b")), KIND_DATA);
    CHECK_INT(kind_expected(STR("/a/.png")), KIND_DATA);
    CHECK(kind_mismatch(KIND_PNG, KIND_ELF, STR_NULL));
    CHECK(kind_mismatch(KIND_PNG, KIND_DATA, STR_NULL));
    CHECK(kind_mismatch(KIND_TEXT, KIND_ELF, STR_NULL));
    CHECK(!kind_mismatch(KIND_TEXT, KIND_JSON, STR_NULL));
    CHECK(!kind_mismatch(KIND_TEXT, KIND_DATA, STR_NULL));
    CHECK(!kind_mismatch(KIND_PNG, KIND_EMPTY, STR_NULL));
    CHECK(kind_mismatch(KIND_ELF, KIND_SCRIPT, STR("#!/bin/sh")));
    CHECK(!kind_mismatch(KIND_ELF, KIND_TEXT, STR("/* GNU ld script */ GROUP ( libc.so.6 )")));
}
