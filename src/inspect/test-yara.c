// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/stat.h>
#include <yara.h>

#include "base/strbuf.h"
#include "harness/test.h"
#include "inspect/analyzer.h"
#include "inspect/test-look.h"

static void put(const char *dir, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    _cleanup_fclose_ FILE *f = fopen(path, "we");
    CHECK(f && fputs(text, f) >= 0);
}

static int start(const char *dir, size_t window, struct inspector **ret, struct error *err)
{
    static const char *const only[] = {"yara", NULL};
    const char *const paths[] = {dir, NULL};
    return inspector_new(&(struct inspect_options){.only = only, .yara_paths = paths, .window_bytes = window},
                         ret, err);
}

static void drop(const char *dir)
{
    char command[600];
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    CHECK_INT(system(command), 0);
}

TEST(rules_of_a_folder_match)
{
    char dir[] = "/tmp/davy-test-yara-XXXXXX";
    CHECK(mkdtemp(dir));
    put(dir, "b.yara",
        "private rule hidden { condition: true }\n"
        "rule shown : tag_one tag_two { strings: $a = \"IMITATION\" $b = \"of\" condition: hidden and $a and "
        "$b }\n");
    put(dir, "a.yar",
        "rule shown { condition: filename == \"x.sh\" and extension == \".sh\" and filepath contains "
        "\"/opt/\" }\n"
        "rule late { strings: $z = \"far away\" condition: $z and filesize > 3000 }\n");
    put(dir, "notes.txt", "not a rule");
    struct error err = ERROR_NULL;
    struct inspector *in = NULL;
    int r = start(dir, 1024, &in, &err);
    drop(dir);
    if (r)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK_INT(inspector_info(in).yara_rules, 4);
    struct facts f;
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    facts_str(&f, F_FILE_PATH, STR("/opt/x.sh"));
    CHECK_INT(inspector_bytes(in, STR("line one\nDAVY TEST IMITATION of\n"), &f), 0);
    CHECK_INT(facts_get(&f, F_YARA_RULES)->list.n, 1);
    CHECK_STR(facts_get(&f, F_YARA_RULES)->list.v[0].s, "shown");
    CHECK_INT(facts_get(&f, F_YARA_TAGS)->list.n, 2);
    bool noted = false;
    for (size_t i = 0; i < f.n_notes; i++)
        noted |= f.notes[i].line == 2 && f.notes[i].offset == 19;
    CHECK(noted);

    _cleanup_(strbuf_done) struct strbuf big = {};
    strbuf_pad(&big, '.', 3500);
    strbuf_adds(&big, "far away");
    facts_reset(&f, EVENT_FILE, 0);
    CHECK_INT(inspector_bytes(in, strbuf_str(&big), &f), 0);
    CHECK_STR(facts_get(&f, F_YARA_RULES)->list.v[0].s, "late");
    CHECK_INT(f.notes[0].offset, 3500);
    facts_done(&f);
    inspector_free(in);
}

TEST(a_wrong_rule_is_told_with_file_and_line)
{
    char dir[] = "/tmp/davy-test-yara-XXXXXX";
    CHECK(mkdtemp(dir));
    put(dir, "bad.yar", "rule ok { condition: true }\n\nrule wrong { condition: $a }\n");
    struct error err = ERROR_NULL;
    struct inspector *in = NULL;
    char path[64];
    snprintf(path, sizeof(path), "%s/bad.yar", dir);
    int r = start(path, 0, &in, &err);
    drop(dir);
    CHECK_INT(r, -EINVAL);
    CHECK(str_has(str_from(err.text), STR("/bad.yar:3: ")));
    CHECK_INT(start("/nonexistent/rules", 0, &in, &err), -ENOENT);
}

TEST(public_rules_load)
{
    const char *shared = getenv("DAVY_SHARED");
    char path[4096];
    snprintf(path, sizeof(path), "%s/data/yara/reversinglabs",
             shared ? shared : DAVY_SOURCE_ROOT "/../shared");
    if (access(path, R_OK) < 0)
        test_skip("no public rules here");
    struct error err = ERROR_NULL;
    struct inspector *in = NULL;
    if (start(path, 0, &in, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK(inspector_info(in).yara_rules > 1000);
    inspector_free(in);
}

/* What LOKI tells its rules. */
TEST(variables_of_public_collections)
{
    char dir[] = "/tmp/davy-test-yara-XXXXXX";
    CHECK(mkdtemp(dir));
    put(dir, "a.yar",
        "rule kind { condition: filetype == \"ELF\" and extension == \".so\" and filename == \"X.SO\" }\n"
        "rule owned { condition: owner == \"root\" and filepath == \"/lib/X.SO\" }\n"
        "rule digest { condition: md5 == \"b1b158f5d76a72b724bca349a64cf789\" }\n"
        "rule other { condition: filetype == \"EXE\" or filetype == \"-\" or owner == \"\" }\n");
    struct error err = ERROR_NULL;
    struct inspector *in = NULL;
    int r = start(dir, 0, &in, &err);
    drop(dir);
    if (r)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    struct facts f;
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    facts_str(&f, F_FILE_PATH, STR("/lib/X.SO"));
    facts_uint(&f, F_FILE_UID, 0);
    CHECK_INT(inspector_bytes(in, STR("\x7f""ELF\0\0\0\0"), &f), 0);
    CHECK_INT(facts_get(&f, F_YARA_RULES)->list.n, 3);
    CHECK_STR(facts_get(&f, F_YARA_RULES)->list.v[2].s, "digest");
    facts_done(&f);
    inspector_free(in);
}

/* As yara -d has them; what the user declares is the same for all files, whoever sets it else. */
TEST(the_user_declares_variables)
{
    char dir[] = "/tmp/davy-test-yara-XXXXXX", kept[64];
    static const char *const only[] = {"yara", NULL};
    static const char *const defines[] = {"level=-7", "weight=1.50", "strict=true", "lax=false", "site=a=b", "empty=", "dots=1.2.3", "point=.5", "filename=any", NULL};
    CHECK(mkdtemp(dir));
    snprintf(kept, sizeof(kept), "%s/cache", dir);
    struct cache *cache = cache_open(kept);
    put(dir, "a.yar",
        "rule whole { condition: level == -7 and level < 0 }\n"
        "rule part { condition: weight > 1.49 and weight < 1.51 }\n"
        "rule yes { condition: strict and not lax }\n"
        "rule text { condition: site == \"a=b\" and empty == \"\" and dots == \"1.2.3\" and point == \".5\" }\n"
        "rule named { condition: filename == \"any\" and extension == \".so\" }\n"
        "rule never { condition: lax or level > 0 }\n");
    for (int i = 0; i < 3; i++) { /* compiled, from the cache, and with another value */
        struct error err = ERROR_NULL;
        struct inspector *in = NULL;
        const char *const others[] = {"level=7", "weight=1.5", "strict=1", "lax=false", "site=", "empty=", "dots=x", "point=", NULL};
        int r = inspector_new(&(struct inspect_options){.only = only, .yara_paths = (const char *const[]){dir, NULL}, .yara_defines = i < 2 ? defines : others,
                                                        .cache = cache}, &in, &err);
        if (r)
            test_fail(__FILE__, __LINE__, "%s", err.text);
        struct facts f;
        facts_init(&f);
        facts_reset(&f, EVENT_FILE, 0);
        facts_str(&f, F_FILE_PATH, STR("/lib/x.so"));
        CHECK_INT(inspector_bytes(in, STR("data"), &f), 0);
        CHECK(facts_list(&f, F_YARA_RULES, "part"));
        CHECK_INT(facts_list(&f, F_YARA_RULES, "whole"), i < 2);
        CHECK_INT(facts_list(&f, F_YARA_RULES, "text"), i < 2);
        CHECK_INT(facts_list(&f, F_YARA_RULES, "named"), i < 2);
        CHECK(facts_list(&f, F_YARA_RULES, "yes"));
        CHECK_INT(facts_list(&f, F_YARA_RULES, "never"), i == 2);
        facts_done(&f);
        inspector_free(in);
    }
    cache_close(cache);
    drop(dir);
}

TEST(wrong_variables_are_told_with_the_cure)
{
    static const struct {
        const char *define, *want;
    } CASES[] = {
        {"level", "write NAME=VALUE"},
        {"=1", "write NAME=VALUE"},
        {"1st=1", "write NAME=VALUE"},
        {"a-b=1", "write NAME=VALUE"},
        {"level=99999999999999999999", "64 bits"},
        {"given=1", "declared twice"},
        {"other=1", "/a.yar:3: rule asks: undefined identifier \"level\"; if it is an external variable, declare it with --yara-define level=VALUE"},
    };
    char dir[] = "/tmp/davy-test-yara-XXXXXX", path[64];
    static const char *const only[] = {"yara", NULL};
    CHECK(mkdtemp(dir));
    put(dir, "a.yar", "rule fine { condition: true }\n\nrule asks { condition: level > 3 }\n");
    snprintf(path, sizeof(path), "%s/a.yar", dir);
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        struct error err = ERROR_NULL;
        struct inspector *in = NULL;
        const char *const defines[] = {CASES[i].define, "given=2", NULL};
        CHECK_INT(inspector_new(&(struct inspect_options){.only = only, .yara_paths = (const char *const[]){path, NULL}, .yara_defines = defines}, &in, &err), -EINVAL);
        if (!strstr(err.text, CASES[i].want))
            test_fail(__FILE__, __LINE__, "%s gives \"%s\"", CASES[i].define, err.text);
    }
    drop(dir);
}

TEST(a_rule_that_takes_too_long_is_named_and_the_others_still_judge)
{
    char dir[] = "/tmp/davy-test-yara-XXXXXX";
    CHECK(mkdtemp(dir));
    put(dir, "a.yar",
        "rule before { strings: $a = \"IMITATION\" condition: $a }\n"
        "rule endless { strings: $a = \"IMITATION\" condition: $a and for all i in (0..0x7fffffffffff) : "
        "( uint8(i % filesize) != 1 ) }\n"
        "rule behind { condition: filesize > 3 and not endless }\n");
    static const char *const only[] = {"yara", NULL};
    struct error err = ERROR_NULL;
    struct inspector *in = NULL;
    int r = inspector_new(&(struct inspect_options){.only = only,
                                                    .yara_paths = (const char *const[]){dir, NULL},
                                                    .yara_seconds = 1},
                          &in, &err);
    drop(dir);
    if (r)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    struct facts f;
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    CHECK_INT(inspector_bytes(in, STR("DAVY TEST IMITATION\n"), &f), 0);
    const struct value *slow = facts_get(&f, F_YARA_SLOW), *rules = facts_get(&f, F_YARA_RULES);
    CHECK_INT(slow->type, VALUE_LIST);
    CHECK_INT(slow->list.n, 1);
    CHECK_STR(slow->list.v[0].s, "endless");
    CHECK_STR(facts_get(&f, F_FILE_PROBLEMS)->list.v[0].s, "yara-timeout");
    CHECK(rules->type == VALUE_LIST && rules->list.n >= 1);
    CHECK_STR(rules->list.v[0].s, "before");
    /* the next content is judged by all of them again */
    facts_reset(&f, EVENT_FILE, 0);
    CHECK_INT(inspector_bytes(in, STR("nothing of that kind"), &f), 0);
    CHECK(!facts_has(&f, F_YARA_SLOW));
    CHECK_STR(facts_get(&f, F_YARA_RULES)->list.v[0].s, "behind");
    facts_done(&f);
    inspector_free(in);
}

/* libyara 4.2 compiles a count within a range, and ends every look that evaluates one. */
TEST(a_rule_that_libyara_cannot_run_is_named_and_the_others_still_judge)
{
    char dir[] = "/tmp/davy-test-yara-XXXXXX";
    CHECK(mkdtemp(dir));
    put(dir, "a.yar",
        "rule before { strings: $a = \"IMITATION\" condition: $a }\n"
        "rule broken { strings: $a = \"T\" condition: #a in (1..20) > 1 }\n"
        "rule absent { strings: $a = \"nowhere to be found\" condition: #a in (1..20) > 1 }\n"
        "rule behind { condition: filesize > 3 }\n");
    struct error err = ERROR_NULL;
    struct inspector *in = NULL;
    int r = start(dir, 0, &in, &err);
    drop(dir);
    if (r)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    struct facts f;
    facts_init(&f);
    for (int i = 0; i < 2; i++) {
        facts_reset(&f, EVENT_FILE, 0);
        CHECK_INT(inspector_bytes(in, STR("DAVY TEST IMITATION\n"), &f), 0);
        CHECK(facts_list(&f, F_YARA_RULES, "before") && facts_list(&f, F_YARA_RULES, "behind"));
        CHECK_INT(facts_list(&f, F_YARA_FAILED, "broken"), !i); /* it is not asked again */
        CHECK_INT(facts_list(&f, F_FILE_PROBLEMS, "yara-failed"), !i);
    }
    facts_done(&f);
    inspector_free(in);
}

TEST(compiled_rules_of_a_stranger_are_refused)
{
    char dir[] = "/tmp/davy-test-yara-XXXXXX", path[256];
    YR_COMPILER *compiler;
    YR_RULES *rules;
    CHECK(mkdtemp(dir));
    CHECK_INT(yr_initialize(), ERROR_SUCCESS);
    CHECK_INT(yr_compiler_create(&compiler), ERROR_SUCCESS);
    CHECK_INT(yr_compiler_add_string(compiler, "rule x { condition: true }", NULL), 0);
    CHECK_INT(yr_compiler_get_rules(compiler, &rules), ERROR_SUCCESS);
    snprintf(path, sizeof(path), "%s/x.yar", dir);
    CHECK_INT(yr_rules_save(rules, path), ERROR_SUCCESS);
    yr_rules_destroy(rules);
    yr_compiler_destroy(compiler);
    yr_finalize();
    struct error err = ERROR_NULL;
    struct inspector *in = NULL;
    int r = start(path, 0, &in, &err);
    drop(dir);
    CHECK_INT(r, -EINVAL);
    CHECK(str_has(str_from(err.text), STR("source form")));
}

/* Twice: compiled, and out of the cache. */
TEST(a_wrong_file_of_a_folder_is_left_out_and_what_is_given_is_told)
{
    char dir[] = "/tmp/davy-test-yara-XXXXXX", kept[64], own[64];
    CHECK(mkdtemp(dir));
    put(dir, "a.yar", "rule weak { meta: description = \"says little\" score = 40 condition: filesize == 4 }\n");
    put(dir, "b.yar", "rule fine { condition: true }\nrule broken { condition: $x }\n");
    put(dir, "c.yar", "import \"nothing\"\nrule other { condition: true }\n");
    put(dir, "d.yar", "rule strong { meta: severity = 90 score = \"many\" condition: filesize == 4 }\n");
    put(dir, "own.inc", "rule own { condition: true }\n");
    snprintf(kept, sizeof(kept), "%s/cache", dir);
    snprintf(own, sizeof(own), "%s/own.inc", dir);
    struct cache *cache = cache_open(kept);
    static const char *const only[] = {"yara", NULL};
    for (unsigned i = 0; i < 2; i++) {
        struct error err = ERROR_NULL;
        struct inspector *in = NULL;
        struct facts f;
        if (inspector_new(&(struct inspect_options){.only = only,
                                                    .yara_paths = (const char *const[]){own, dir, NULL},
                                                    .yara_own = 1,
                                                    .cache = cache},
                          &in, &err) < 0)
            test_fail(__FILE__, __LINE__, "%s", err.text);
        struct inspector_info info = inspector_info(in);
        CHECK_INT(info.yara_rules, 3);
        CHECK_INT(info.n_yara_left_out, 2);
        CHECK(str_has(info.yara_left_out[0], STR("b.yar:2: rule broken")));
        CHECK(str_has(info.yara_left_out[1], STR("c.yar:1: ")));
        facts_init(&f);
        facts_reset(&f, EVENT_FILE, 0);
        CHECK_INT(inspector_bytes(in, STR("word"), &f), 0);
        CHECK_INT(facts_get(&f, F_YARA_RULES)->list.n, 3);
        CHECK_INT(facts_get(&f, F_YARA_GIVEN)->list.n, 2);
        CHECK_STR(facts_get(&f, F_YARA_GIVEN)->list.v[0].s, "weak");
        CHECK_STR(facts_get(&f, F_YARA_GIVEN_ABOUT)->list.v[0].s, "says little");
        CHECK_INT(facts_get(&f, F_YARA_GIVEN_SCORE)->u, 90);
        facts_reset(&f, EVENT_FILE, 0);
        CHECK_INT(inspector_bytes(in, STR("other"), &f), 0);
        CHECK(!facts_has(&f, F_YARA_GIVEN));
        facts_done(&f);
        inspector_free(in);
    }
    /* a file that was named itself must be right */
    char named[64];
    struct error err = ERROR_NULL;
    struct inspector *in = NULL;
    snprintf(named, sizeof(named), "%s/b.yar", dir);
    CHECK_INT(inspector_new(&(struct inspect_options){.only = only, .yara_paths = (const char *const[]){named, NULL}}, &in, &err),
              -EINVAL);
    cache_close(cache);
    drop(dir);
}

/* Includes are found beside the file; the same rules come out of the cache, and after a change they do not. */
TEST(rules_are_kept_compiled)
{
    char dir[] = "/tmp/davy-test-yara-XXXXXX", kept[64];
    CHECK(mkdtemp(dir));
    snprintf(kept, sizeof(kept), "%s/cache", dir);
    struct cache *cache = cache_open(kept);
    CHECK(cache);
    static const char *const only[] = {"yara", NULL};
    static const char *const TEXTS[] = {"rule one { strings: $a = \"word\" condition: $a }\n",
                                        "rule one { strings: $a = \"word\" condition: $a }\n",
                                        "rule two { strings: $a = /wor[a-d]/ condition: $a }\n",
                                        "include \"b.inc\"\n"};
    static const char *const NAMES[] = {"one", "one", "two", "three"};
    put(dir, "b.inc", "rule three { condition: filesize == 4 }\n");
    for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++) {
        struct error err = ERROR_NULL;
        struct inspector *in = NULL;
        struct facts f;
        put(dir, "a.yar", TEXTS[i]);
        if (inspector_new(&(struct inspect_options){.only = only,
                                                    .yara_paths = (const char *const[]){dir, NULL},
                                                    .cache = cache},
                          &in, &err) < 0)
            test_fail(__FILE__, __LINE__, "%s", err.text);
        facts_init(&f);
        facts_reset(&f, EVENT_FILE, 0);
        CHECK_INT(inspector_bytes(in, STR("word"), &f), 0);
        CHECK_STR(facts_get(&f, F_YARA_RULES)->list.v[0].s, NAMES[i]);
        facts_done(&f);
        inspector_free(in);
    }
    cache_close(cache);
    drop(dir);
}
