// SPDX-License-Identifier: Apache-2.0
/* Tokens here are made up for the tests: right in form, of no account. */
#include <errno.h>

#include "base/file.h"
#include "inspect/test-secret.h"

#define TOKEN_RULE "[[rules]]\nid = 'tok'\nregex = '''\\btok_[a-z0-9]{8}\\b'''\nkeywords = ['TOK_']\n"

TEST(a_rule_finds_and_its_keyword_ignores_case)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load(TOKEN_RULE);
    CHECK_CSTR(found(r, "x = tok_abcd1234;", "/a"), "tok");
    CHECK_CSTR(found(r, "x = tok_abcd123;", "/a"), "");
}

TEST(wrong_rules_say_where_and_how_to_cure)
{
    check_error("[[rules]]\nregex = 'x'\n", "t.toml:1:1: a rule needs an `id`");
    check_error("[[rules]]\nid = 'a'\n", "rule a: a rule needs a `regex`, a `path`, or both");
    check_error("[[rules]]\nid = 'a'\nregex = '(x'\n",
                "t.toml:3:9: rule a: the pattern is no regular expression");
    check_error("[[rules]]\nid = 'a'\nregex = 'x'\nentrophy = 3\n",
                "t.toml:4:12: rule a: `entrophy` is not understood");
    check_error("[[rules]]\nid = 'a'\nregex = '(x)'\nsecretGroup = 2\n",
                "`secretGroup` is 2 but the pattern has 1");
    check_error("[[rules]]\nid = 'a'\nregex = 'x'\nkeywords = 'x'\n",
                "`keywords` is a string and must be an array");
    check_error("[[rules]]\nid = 'a'\nregex = 'x'\nkeywords = ['']\n", "an empty keyword");
    check_error("[[rules]]\nid = 'a'\nregex = 'x'\n[[rules.allowlists]]\ndescription = 'd'\n",
                "an allowlist needs at least one");
    check_error("[allowlist]\npaths = ['x']\n[[allowlists]]\npaths = ['x']\n",
                "both `allowlist` and `allowlists`");
    check_error("[extend]\nuseDefault = true\n", "t.toml:1:1: `useDefault`: no rules are loaded yet");
    check_error("[[rules]]\nid = 'a'\nregex = 'x'\ntags = ['check:luck']\n",
                "there is no check of that name");
    check_error("id = \n", "t.toml:1:");
}

TEST(groups_and_entropy_choose_the_secret)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load("[[rules]]\nid = 'pw'\nregex = '''(user|pass)=\"([^\"]+)\"'''\nsecretGroup = 2\nentropy = "
             "3\nkeywords = ['pass']\n");
    CHECK_CSTR(found(r, "pass=\"aaaaaaaaaaaa\"", "/a"), "");
    CHECK_CSTR(found(r, "pass=\"k3Jx9Qz7Lm2w\"", "/a"), "pw");
    CHECK(secret_entropy(STR("abcd")) == 2.0);
    CHECK(secret_entropy(STR("aaaa")) == 0.0);
    CHECK(secret_entropy(STR("éé")) == 0.5); /* one code point twice, over four bytes */
}

/* One alternative per word, each with a group, as rules for encoded tokens have them; Go has no limit. */
TEST(a_secret_may_be_any_of_many_groups)
{
    enum { MANY = 60 };
    for (unsigned chosen = 0; chosen < 2; chosen++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        strbuf_adds(&b, "[[rules]]\nid = 'many'\nkeywords = ['tok']\nentropy = 2.5\nregex = '''tok(?:");
        for (unsigned i = 0; i < MANY; i++)
            strbuf_printf(&b, "%s(?P<g%u>w%02u[a-z]+)", i ? "|" : "", i, i);
        strbuf_adds(&b, ")=0000000000000000000000'''\n");
        if (chosen)
            strbuf_printf(&b, "secretGroup = %d\n", (int)MANY);
        strbuf_addc(&b, '\0');
        _cleanup_(secret_rules_freep) struct secret_rules *r = load(b.p);
        /* The whole match has too little entropy, the group enough. */
        CHECK_CSTR(found(r, "tokw59abcd=0000000000000000000000", "/a"), "many");
        CHECK_CSTR(found(r, "tokw00abcd=0000000000000000000000", "/a"), chosen ? "" : "many");
    }
}

TEST(allowlists_by_path_regex_and_stop_word)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load(TOKEN_RULE "[[rules.allowlists]]\npaths = ['^/doc/']\nstopwords = ['EXAMPLE']\n"
                        "[[rules.allowlists]]\ncondition = 'AND'\npaths = ['[.]c$']\nregexTarget = "
                        "'line'\nregexes = ['^//']\n"
                        "[[allowlists]]\nregexTarget = 'match'\nregexes = ['zzzz']\n");
    CHECK_CSTR(found(r, "tok_abcd1234", "/src/x"), "tok");
    CHECK_CSTR(found(r, "tok_abcd1234", "/doc/x"), "");
    CHECK_CSTR(found(r, "tok_example1", "/src/x"), "");
    CHECK_CSTR(found(r, "// tok_abcd1234", "/src/x.c"), "");
    CHECK_CSTR(found(r, "x tok_abcd1234", "/src/x.c"), "tok");
    CHECK_CSTR(found(r, "// tok_abcd1234", "/src/x.h"), "tok");
    CHECK_CSTR(found(r, "tok_zzzz1234", "/src/x"), "");
    CHECK_CSTR(found(r, "a\nx tok_abcd1234 # gitleaks:allow\nb", "/src/x"), "");
}

TEST(a_comment_in_a_file_does_not_silence_our_own_rules)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load(TOKEN_RULE);
    secret_rules_own(r);
    CHECK_CSTR(found(r, "a\nx tok_abcd1234 # gitleaks:allow\nb", "/src/x"), "tok");
    /* the user's set beside it, and one that takes ours over, mean what gitleaks means */
    CHECK_INT(secret_rules_add(r, STR("[[rules]]\nid = 'theirs'\nregex = 'tok_[a-z0-9]+'\nkeywords = ['tok_']\n"), "x.toml", NULL), 0);
    CHECK_CSTR(found(r, "x tok_abcd1234 # gitleaks:allow", "/src/x"), "tok");
    CHECK_CSTR(found(r, "x tok_abcd1234", "/src/x"), "tok,theirs");
    CHECK_INT(secret_rules_add(r, STR("[extend]\nuseDefault = true\n"), "y.toml", NULL), 0);
    CHECK_CSTR(found(r, "x tok_abcd1234 # gitleaks:allow", "/src/x"), "");
}

TEST(path_rules_and_generic_rules)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load(TOKEN_RULE "[[rules]]\nid = 'by-path'\npath = '[.]p12$'\n"
                        "[[rules]]\nid = 'both'\npath = '[.]ini$'\nregex = 'pw=(\\w+)'\nkeywords = ['pw=']\n"
                        "[[rules]]\nid = 'generic-x'\nregex = 'key=(\\w+)'\nkeywords = ['key=']\n");
    CHECK_CSTR(found(r, "anything", "/k/a.p12"), "by-path");
    CHECK_CSTR(found(r, "pw=hello", "/a.ini"), "both");
    CHECK_CSTR(found(r, "pw=hello", "/a.txt"), "");
    CHECK_CSTR(found(r, "key=tok_abcd1234", "/a"), "tok");
    CHECK_CSTR(found(r, "key=other1234\ntok_abcd1234", "/a"), "generic-x,tok");
}

/* A pattern with ^ was written for a tool that is started in the folder itself, or for whole paths. */
TEST(paths_are_matched_with_their_slash_and_without)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load("[[rules]]\nid = 'a'\nregex = 'tok_[a-z]{4}'\npath = '^src/'\n[[rules]]\nid = 'b'\nregex = 'tok_[a-z]{4}'\npath = '^/src/'\n"
             "[[rules]]\nid = 'c'\npath = '^key$'\n[[allowlists]]\npaths = ['^src/skip/']\n"
             "[[allowlists]]\ncondition = 'AND'\npaths = ['^src/and/']\nstopwords = ['stop']\n");
    CHECK_CSTR(found(r, "tok_abcd", "/src/x"), "a,b");
    CHECK_CSTR(found(r, "tok_abcd", "/lib/src/x"), "");
    CHECK_CSTR(found(r, "tok_abcd", "/src/skip/x"), "");
    CHECK_CSTR(found(r, "tok_stop", "/src/and/x"), "");
    CHECK_CSTR(found(r, "tok_stop", "/src/x"), "a,b");
    CHECK_CSTR(found(r, "x", "/key"), "c");
    CHECK_CSTR(found(r, "x", "/a/key"), "");
}

TEST(a_folder_that_is_allowed_is_allowed_with_what_is_in_it)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load("[[rules]]\nid = 'a'\nregex = 'tok_[a-z]{4}'\n[[rules.allowlists]]\npaths = ['own$']\n[[allowlists]]\npaths = ['(^|/)vendor$']\n"
             "[[allowlists]]\ncondition = 'AND'\npaths = ['(^|/)both$']\nregexes = ['zzzz']\n");
    CHECK_CSTR(found(r, "tok_abcd", "/vendor/x"), "");
    CHECK_CSTR(found(r, "tok_abcd", "/a/vendor/b/x"), "");
    CHECK_CSTR(found(r, "tok_abcd", "/a/vendors/x"), "a");
    CHECK_CSTR(found(r, "tok_abcd", "/both/x"), "a");
    CHECK_CSTR(found(r, "tok_abcd", "/own/x"), "a"); /* a list of a rule looks at files */
}

/* The secret of a group that took no part is empty, and gives way to whatever else is on the line. */
TEST(a_generic_finding_without_a_secret_gives_way_to_any)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load("[[rules]]\nid = 'generic-a'\nregex = '(tok)_([0-9]{4})?'\nsecretGroup = 2\n[[rules]]\nid = 'b'\nregex = 'key_[a-z]{4}'\n");
    CHECK_CSTR(found(r, "tok_", "/a"), "generic-a");
    CHECK_CSTR(found(r, "tok_ key_abcd", "/a"), "b");
    CHECK_CSTR(found(r, "tok_\nkey_abcd", "/a"), "generic-a,b");
    CHECK_CSTR(found(r, "tok_1234 key_abcd", "/a"), "generic-a,b");
}

TEST(an_empty_file_holds_no_secret)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load("[[rules]]\nid = 'p12'\npath = '[.]p12$'\n");
    CHECK_CSTR(found(r, "x", "/a.p12"), "p12");
    CHECK_CSTR(found(r, "", "/a.p12"), "");
}

TEST(binary_content_is_searched_within_printable_runs)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load(TOKEN_RULE "[[rules]]\nid = 'generic-x'\nregex = 'key=(\\w+)'\nkeywords = ['key=']\n");
    struct facts f = {};
    look(r,
         STR("\x7f"
             "ELF\0\1tok_abcd1234\0key=abcdefgh\0tok_abcd\0"
             "1234"),
         "/bin/x", false, &f);
    CHECK_INT(facts_get(&f, F_SECRET_KINDS)->list.n, 1);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 1);
    CHECK_INT(f.notes[0].offset, 6);
    CHECK_INT(f.notes[0].line, 0);
    facts_done(&f);
}

TEST(no_secret_byte_is_stated)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load(TOKEN_RULE);
    struct str data = STR("one\ncurl https://x.example/tok_abcd1234 tok_wxyz7890\n");
    struct content c = {.data = data, .size = data.n, .first = true, .last = true, .is_text = true};
    _cleanup_(secret_search_freep) struct secret_search *s = secret_search_new(r);
    struct facts f = {};
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    inspection_see(&f, F_CONTENT_URLS, STR("https://x.example/tok_abcd1234"), &c, 9, 39);
    facts_add(&f, F_CONTENT_HOSTS, STR("x.example"));
    secret_search_hit(s, SECRET_ODD_N, 31);
    secret_search_hit(s, SECRET_ODD_N, 44);
    secret_search_run(s, &c, &f);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 2);
    CHECK_INT(f.n_notes, 3);
    for (size_t i = 0; i < f.n_notes; i++) {
        CHECK(!str_has(f.notes[i].value, STR("abcd12")) && !str_has(f.notes[i].excerpt, STR("abcd12")));
        CHECK(!str_has(f.notes[i].value, STR("wxyz78")) && !str_has(f.notes[i].excerpt, STR("wxyz78")));
    }
    CHECK_STR(facts_get(&f, F_CONTENT_URLS)->list.v[0].s, "https://x.example/tok_…34");
    CHECK_STR(facts_get(&f, F_CONTENT_HOSTS)->list.v[0].s, "x.example");
    CHECK_STR(f.notes[1].value, "tok");
    CHECK_STR(f.notes[1].excerpt, "curl https://x.example/tok_…34");
    facts_done(&f);
}

TEST(short_secrets_show_less)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    secret_redact(&b, STR("hunter2x"));
    secret_redact(&b, STR("abcdefghijklm"));
    secret_redact(&b, STR("abc"));
    CHECK_STR(strbuf_str(&b), "hu…abcd…lm…");
}

TEST(gitleaks_own_file_loads_and_works)
{
    const char *shared = getenv("DAVY_SHARED");
    char path[4096];
    snprintf(path, sizeof(path), "%s/data/secrets/gitleaks.toml",
             shared ? shared : DAVY_SOURCE_ROOT "/../shared");
    if (access(path, R_OK) < 0)
        test_skip("no gitleaks.toml here");
    struct error err = ERROR_NULL;
    _cleanup_(secret_rules_freep) struct secret_rules *r = secret_rules_new();
    if (secret_rules_add_file(r, path, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK_INT(r->rules.n, 222);
    CHECK_INT(r->path_only.n, 1);
    CHECK_CSTR(found(r,
                     "aws_key = \"AKIA"
                     "QYLPMN5HHHFPZAM2\"\n",
                     "/app/x.py"),
               "aws-access-token");
    CHECK_CSTR(found(r, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n", "/app/x.py"), "");
    CHECK_CSTR(found(r,
                     "t: glpat-"
                     "a1B2c3D4e5F6g7H8i9J0\n",
                     "/app/x.yml"),
               "gitlab-pat");
    CHECK_CSTR(found(r, "password = \"k3Jx9Qz7Lm2wR8vB\"\n", "/app/x.py"), "generic-api-key");
    CHECK_CSTR(found(r,
                     "t: glpat-"
                     "a1B2c3D4e5F6g7H8i9J0\n",
                     "/app/node_modules/x.yml"),
               "");
    CHECK_CSTR(found(r, "", "/app/store.p12"), ""); /* an empty file holds none, whatever it is called */
    CHECK_CSTR(found(r, "x", "/app/store.p12"), "pkcs12-file");
}
