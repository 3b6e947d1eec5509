// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "harness/test.h"
#include "inspect/analyzer.h"

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
    int r = start(dir, 0, &in, &err);
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
