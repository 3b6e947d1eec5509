// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/catalogue.h"
#include "base/intl.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "harness/test.h"

struct pair {
    struct str text, translation;
};

static void add_word(struct strbuf *b, uint32_t w, bool swapped)
{
    if (swapped)
        w = __builtin_bswap32(w);
    strbuf_add(b, str_n(&w, sizeof(w)));
}

/* A catalogue as msgfmt lays it out; pairs in order. */
static void build(struct strbuf *b, const struct pair *pairs, uint32_t n, bool swapped)
{
    uint32_t texts = 28, translations = texts + n * 8, at = translations + n * 8;
    const uint32_t head[] = {0x950412deU, 0, n, texts, translations, 0, at};
    for (size_t i = 0; i < ARRAY_SIZE(head); i++)
        add_word(b, head[i], swapped);
    for (int table = 0; table < 2; table++)
        for (uint32_t i = 0; i < n; i++) {
            struct str s = table ? pairs[i].translation : pairs[i].text;
            add_word(b, (uint32_t)s.n, swapped);
            add_word(b, at, swapped);
            at += (uint32_t)s.n + 1;
        }
    for (int table = 0; table < 2; table++)
        for (uint32_t i = 0; i < n; i++) {
            strbuf_add(b, table ? pairs[i].translation : pairs[i].text);
            strbuf_addc(b, 0);
        }
}

static const struct pair JAPANESE[] = {
    {STR(""), STR("Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n")},
    {STR("%zu file\0%zu files"), STR("%zu 個のファイル")},
    {STR("empty"), STR("")},
    {STR("nothing"), STR("なし")},
};
static const struct pair GERMAN[] = {
    {STR(""), STR("Plural-Forms: nplurals=2; plural=(n != 1);\n")},
    {STR("%zu file\0%zu files"), STR("%zu Datei\0%zu Dateien")},
};

TEST(texts_are_found_in_both_byte_orders)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        struct strbuf b = {};
        struct catalogue *c = NULL;
        build(&b, JAPANESE, ARRAY_SIZE(JAPANESE), swapped);
        CHECK_INT(catalogue_from("ja.mo", strbuf_str(&b), &c, NULL), 0);
        CHECK_STR(catalogue_get(c, STR("nothing")), "なし");
        CHECK(!catalogue_get(c, STR("noth")).p);
        CHECK(!catalogue_get(c, STR("zzz")).p);
        CHECK(!catalogue_get(c, STR("empty")).p);
        CHECK_STR(catalogue_plural(c, STR("%zu file"), 1), "%zu 個のファイル");
        CHECK_STR(catalogue_plural(c, STR("%zu file"), 2), "%zu 個のファイル");
        catalogue_free(c);
        strbuf_done(&b);
    }
}

TEST(two_forms_follow_the_number)
{
    struct strbuf b = {};
    struct catalogue *c = NULL;
    build(&b, GERMAN, ARRAY_SIZE(GERMAN), false);
    CHECK_INT(catalogue_from("de.mo", strbuf_str(&b), &c, NULL), 0);
    CHECK_STR(catalogue_plural(c, STR("%zu file"), 1), "%zu Datei");
    CHECK_STR(catalogue_plural(c, STR("%zu file"), 0), "%zu Dateien");
    catalogue_free(c);
    strbuf_done(&b);
}

static void refused(struct str bytes, const char *why)
{
    struct catalogue *c = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(catalogue_from("x.mo", bytes, &c, &err), -EINVAL);
    CHECK(str_has(str_from(err.text), str_from(why)));
    CHECK(!c);
}

TEST(what_is_no_catalogue_is_refused)
{
    const struct pair wrong_order[] = {{STR("b"), STR("x")}, {STR("a"), STR("y")}};
    const struct pair no_utf8[] = {{STR("a"), STR("\xff")}};
    struct strbuf b = {};
    refused(STR_NULL, "no message catalogue");
    refused(STR("\xde\x12\x04\x95"), "no message catalogue");
    refused(STR("#!/bin/sh\necho this is a script\n"), "no message catalogue");
    build(&b, wrong_order, 2, false);
    refused(strbuf_str(&b), "not in order");
    strbuf_clear(&b);
    build(&b, no_utf8, 1, false);
    refused(strbuf_str(&b), "not UTF-8");
    strbuf_clear(&b);
    build(&b, JAPANESE, ARRAY_SIZE(JAPANESE), false);
    refused(str_sub(strbuf_str(&b), 0, b.n - 2), "lies outside");
    refused(str_sub(strbuf_str(&b), 0, 40), "no message catalogue");
    strbuf_done(&b);
}

TEST(the_program_speaks_the_chosen_language)
{
    struct strbuf b = {};
    struct catalogue *c = NULL;
    CHECK_STR(str_from(_("nothing")), "nothing");
    build(&b, JAPANESE, ARRAY_SIZE(JAPANESE), false);
    CHECK_INT(catalogue_from("ja.mo", strbuf_str(&b), &c, NULL), 0);
    intl_use(c, NULL);
    CHECK_STR(str_from(_("nothing")), "なし");
    CHECK_STR(str_from(_("other")), "other");
    CHECK_STR(str_from(intl_plural("%zu file", "%zu files", 2)), "%zu 個のファイル");
    CHECK_STR(intl_str(STR("nothing")), "なし");
    CHECK_STR(intl_rule(STR("nothing")), "nothing");
    intl_pause(true);
    CHECK_STR(str_from(_("nothing")), "nothing");
    CHECK_STR(str_from(intl_plural("%zu file", "%zu files", 1)), "%zu file");
    intl_pause(false);
    struct error err = ERROR_NULL;
    (void)error_set(&err, -EINVAL, "nothing");
    CHECK_STR(str_from(err.text), "なし");
    char many[2048];
    memset(many, 0, sizeof(many));
    for (size_t i = 0; i + 3 < sizeof(many); i += 3)
        memcpy(many + i, "語", 3);
    (void)error_errno(&err, -EINVAL, "x%s", many);
    CHECK(text_is_utf8(str_from(err.text)));
    CHECK_INT(strlen(err.text), 1 + 340 * 3); /* and not half of the next */
    intl_use(NULL, NULL);
    CHECK_STR(str_from(intl_plural("%zu file", "%zu files", 0)), "%zu files");
    catalogue_free(c);
    strbuf_done(&b);
}
