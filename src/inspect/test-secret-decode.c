// SPDX-License-Identifier: Apache-2.0
/* Decoding in place, and what is found in what was decoded. */
#include "inspect/inspect.h"
#include "inspect/secret_decode.h"
#include "inspect/test-secret.h"

/* All passes until nothing is left. */
static void check_decoded(const char *text, const char *want)
{
    struct secret_decoding d = {};
    struct str t = str_from(text);
    while (secret_decode(&d, t, &t))
        ;
    if (!str_is(t, want))
        test_fail(__FILE__, __LINE__, "%s gives %.*s, want %s", text, STR_ARG(t), want);
    secret_decode_done(&d);
}

TEST(each_encoding_is_decoded_where_it_stands)
{
    static const struct {
        const char *text, *want;
    } CASES[] = {
        {"", ""},
        {"nothing to see", "nothing to see"},
        {"a=d29yZHMgb2YgbWFueSBraW5kcw==;", "a=words of many kinds;"},
        {"a=d29yZHMgb2YgbWFueSBraW5kcw;", "a=words of many kinds;"}, /* no padding */
        {"Pj4-Pj4_Pj4-Pj4_Pj4-", ">>>>>?>>>>>?>>>"},                 /* the alphabet for URLs */
        {"a longidentifierwithoutdigits b", "a longidentifierwithoutdigits b"},
        {"key=776f726473206f66206d616e79206b696e6473 b", "key=words of many kinds b"},
        {"key=776f726473206f66206d616e79206b696e647 b", "key=776f726473206f66206d616e79206b696e647 b"}, /* odd */
        {"d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"},                       /* not text */
        {"a%3D%22b c%22 d", "a=\"b c\" d"},
        {"%00%01", "%00%01"},
        {"100% of 5%", "100% of 5%"},
        {"k=\\u0061\\u0062\\U0063 d", "k=abc d"},
        {"k=\\\\u0061\\\\u0062", "k=ab"},
        {"k=U+0061 U+0062\tU+0063", "k=abc"},
        {"xU+0061 U+00622", "xaU+00622"},
        {"\\u00e9\\u20ac\\ud800", "é€\xef\xbf\xbd"},
        {"\\u0085\\u0061", "\xc2\x85" "a"},
        {"a=Y2Fmw6k6IHRva18xMjM0NTY3OA==", "a=café: tok_12345678"}, /* text in other languages is text */
        {"a=44OR44K544Ov44O844OJOiB4MTIzNDU2", "a=パスワード: x123456"},
        {"a=636166c3a93a20746f6b5f3132333435363738", "a=café: tok_12345678"},
        {"caf%C3%A9%20au", "café au"},
        {"caf%C3x%20au", "caf%C3x%20au"},
        {"%61\xe9%62", "a\xe9" "b"},
        {"a=Y2Fm6Tp0b2tfMTIzNDU2Nzg=", "a=Y2Fm6Tp0b2tfMTIzNDU2Nzg="}, /* Latin-1 may be anything */
        {"a=Y2Fmwp86dG9rXzEyMzQ1Njc4", "a=Y2Fmwp86dG9rXzEyMzQ1Njc4"}, /* a control character beyond ASCII */
        {"ZDI5eVpITWdiMllnYldGdWVTQnJhVzVrY3c9PQ==", "words of many kinds"}, /* twice */
        {"d29yZHMgb2Yg%62WFueSBraW5kcw==", "words of many kinds"}, /* percent first, then base64 */
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
        check_decoded(CASES[i].text, CASES[i].want);
}

TEST(places_are_told_in_the_first_text)
{
    struct secret_decoding d = {};
    struct str t = STR("ab ZDI5eVpITWdiMllnYldGdWVTQnJhVzVrY3c9PQ== cd");
    struct secret_range place, decoded;
    unsigned kinds;
    CHECK(secret_decode(&d, t, &t));
    CHECK(secret_decode(&d, t, &t));
    CHECK_STR(t, "ab words of many kinds cd");
    CHECK(secret_decode_place(&d, (struct secret_range){9, 11}, &place, &kinds, &decoded));
    CHECK_INT(place.from, 3);
    CHECK_INT(place.to, 43);
    CHECK_INT(kinds, SECRET_BASE64);
    CHECK_INT(decoded.from, 3);
    CHECK_INT(decoded.to, 22);
    CHECK(secret_decode_place(&d, (struct secret_range){0, 8}, &place, &kinds, &decoded)); /* begins before it */
    CHECK_INT(place.from, 0);
    CHECK(!secret_decode_place(&d, (struct secret_range){0, 1}, &place, &kinds, &decoded));
    secret_decode_done(&d);
}

#define RULE "[[rules]]\nid = 'pw'\nregex = '''secret=([a-z0-9-]{16,})'''\nkeywords = ['secret=']\n"

TEST(a_decoded_secret_is_found_once_with_its_encodings)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load(RULE);
    struct facts f;
    /* "secret=abcdefgh-12345678" in base64, on the second line */
    look(r, STR("first\nkey: c2VjcmV0PWFiY2RlZmdoLTEyMzQ1Njc4 end\n"), "/a", true, &f);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 1);
    CHECK_INT(f.n_notes, 1);
    CHECK_INT(f.notes[0].offset, 11);
    CHECK_STR(f.notes[0].via, "base64");
    CHECK_STR(f.notes[0].excerpt, "key: abcd…78");
    CHECK_INT(facts_get(&f, F_SECRET_DECODED)->list.n, 2);
    CHECK(facts_list(&f, F_SECRET_DECODED, "decoded:base64") && facts_list(&f, F_SECRET_DECODED, "decode-depth:1"));
    facts_done(&f);
    /* The name in plain, the value in hexadecimal: only in place it is one. */
    look(r, STR("secret=61626364656667682d3132333435363738\n"), "/a", true, &f);
    CHECK(facts_list(&f, F_SECRET_DECODED, "decoded:hex"));
    facts_done(&f);
    look(r, STR("secret=abcdefgh-12345678\n"), "/a", true, &f);
    CHECK(!facts_has(&f, F_SECRET_DECODED));
    facts_done(&f);
}

/* The same value in two Kubernetes manifests of one file: both have to go. */
TEST(each_place_of_an_encoded_secret_is_told)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load(RULE);
    struct facts f;
    look(r, STR("a: c2VjcmV0PWFiY2RlZmdoLTEyMzQ1Njc4\nsecret=%61bcdefgh-12345678\nb: c2VjcmV0PWFiY2RlZmdoLTEyMzQ1Njc4\n"), "/a",
         true, &f);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 3);
    CHECK_INT(f.n_notes, 3);
    CHECK_INT(f.notes[0].offset, 3);
    CHECK_INT(f.notes[1].offset, 36);
    CHECK_INT(f.notes[2].offset, 66);
    facts_done(&f);
    /* In plain, with something encoded right behind: one place, though the match touches what was decoded. */
    look(r, STR("secret=abcdefgh-12345678=YSBzZW50ZW5jZSB0aGF0IGlzIG5vIHNlY3JldCE\n"), "/a", true, &f);
    CHECK_INT(f.n_notes, 1);
    facts_done(&f);
}

/* A match that takes its line's end along touches what is decoded behind it: that is a place of its own none the less. */
TEST(a_place_behind_one_that_touches_it_is_told)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load("[[rules]]\nid = 't'\nregex = '\\bsec=[A-Z]{4}[0-9]{4}(?:\\s|$)'\n");
    struct facts f;
    look(r, STR("U+0073 U+0065 U+0063 U+003D U+0041 U+0042 U+0043 U+0044 U+0031 U+0032 U+0033 U+0034 \n"
                "XHUwMDczXHUwMDY1XHUwMDYzXHUwMDNkXHUwMDQxXHUwMDQyXHUwMDQzXHUwMDQ0XHUwMDMxXHUwMDMyXHUwMDMzXHUwMDM0\n"), "/a", true, &f);
    CHECK_INT(f.n_notes, 2);
    CHECK_INT(f.notes[0].offset, 0);
    CHECK_INT(f.notes[1].offset, 85);
    facts_done(&f);
}

TEST(depth_zero_decodes_nothing)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load(RULE);
    r->decode_depth = 0;
    CHECK_CSTR(found(r, "c2VjcmV0PWFiY2RlZmdoLTEyMzQ1Njc4", "/a"), "");
    r->decode_depth = 1; /* once is not enough for what is encoded twice */
    CHECK_CSTR(found(r, "YzJWamNtVjBQV0ZpWTJSbFptZG9MVEV5TXpRMU5qYzQ=", "/a"), "");
    r->decode_depth = 2;
    CHECK_CSTR(found(r, "YzJWamNtVjBQV0ZpWTJSbFptZG9MVEV5TXpRMU5qYzQ=", "/a"), "pw");
}

TEST(two_decoders_state_one_secret_once)
{
    static const char *const only[] = {"strings", "unwrap", NULL};
    static const char *const rules[] = {DAVY_SOURCE_ROOT "/rules/secrets/davy.toml", NULL};
    struct inspector *in;
    struct error err = ERROR_NULL;
    struct facts f;
    if (inspector_new(&(struct inspect_options){.only = only, .secret_paths = rules}, &in, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, TEST_NOW);
    facts_str(&f, F_FILE_PATH, STR("/app/x.sh"));
    /* "export TOKEN=glpat-a1B2c3D4e5F6g7H8i9J0\n" */
    CHECK_INT(inspector_bytes(in, STR("#!/bin/sh\necho ZXhwb3J0IFRPS0VOPWdscGF0LWExQjJjM0Q0ZTVGNmc3SDhpOUowCg== | base64 -d\n"), &f), 0);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 1);
    CHECK(facts_list(&f, F_SECRET_KINDS, "gitlab-token"));
    size_t notes = 0;
    for (size_t i = 0; i < f.n_notes; i++) {
        if (f.notes[i].field == F_SECRET_KINDS) {
            CHECK_INT(f.notes[i].line, 2);
            CHECK_INT(f.notes[i].column, 6);
            notes++;
        }
        CHECK(!str_has(f.notes[i].excerpt, STR("WdscGF0LWExQjJj")) && !str_has(f.notes[i].excerpt, STR("c3D4e5F6")));
    }
    CHECK_INT(notes, 1);
    facts_done(&f);
    inspector_free(in);
}
