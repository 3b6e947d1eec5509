// SPDX-License-Identifier: Apache-2.0
/* Rule files from the outside: what the loader says to bad ones, and what becomes of good ones. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "harness/test.h"
#include "rule/limits.h"
#include "rule/ruleset.h"

static void render(const struct diags *diags, struct strbuf *b)
{
    for (size_t i = 0; i < diags->n; i++)
        diag_render(b, &diags->v[i]);
}

static bool read_file(const char *path, struct strbuf *ret)
{
    _cleanup_fclose_ FILE *f = fopen(path, "rbe");
    char chunk[4096];
    strbuf_clear(ret);
    for (size_t n; f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
        strbuf_add(ret, str_n(chunk, n));
    return f;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_yaml(const struct dirent *e)
{
    return str_ends(str_from(e->d_name), STR(".yaml"));
}

/* tests/rules/bad/NAME.yaml says NAME.expected, to the byte. DAVY_ACCEPT=1 writes what it says now, for
 * reading the diff. */
TEST(every_bad_rule_has_its_message)
{
    const char *root = getenv("DAVY_SOURCE_ROOT");
    if (!root)
        test_skip("DAVY_SOURCE_ROOT is not set");
    _cleanup_(strbuf_done) struct strbuf dir = {}, path = {}, yaml = {}, want = {};
    strbuf_printf(&dir, "%s/tests/rules/bad", root);
    struct dirent **names = NULL;
    int n = scandir(dir.p, &names, is_yaml, compare_names), wrong = 0;
    CHECK(n > 80);
    for (int i = 0; i < n; i++) {
        _cleanup_(diags_done) struct diags diags = {};
        _cleanup_(strbuf_done) struct strbuf got = {};
        _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
        strbuf_clear(&path);
        strbuf_printf(&path, "%s/%s", dir.p, names[i]->d_name);
        bool readable = read_file(path.p, &yaml);
        (void)ruleset_load_memory(rs, names[i]->d_name, strbuf_str(&yaml), &diags);
        (void)ruleset_compile(rs, &diags);
        render(&diags, &got);
        path.n -= strlen(".yaml");
        path.p[path.n] = 0;
        strbuf_adds(&path, ".expected");
        if (getenv("DAVY_ACCEPT")) {
            _cleanup_fclose_ FILE *f = fopen(path.p, "we");
            readable &= f && fwrite(got.p, 1, got.n, f) == got.n;
        }
        if (!readable || !read_file(path.p, &want) || !got.n ||
            !str_eq(strbuf_str(&got), strbuf_str(&want))) {
            printf("# %s says:\n", names[i]->d_name);
            struct str rest = strbuf_str(&got), line;
            while (str_split(&rest, '\n', &line))
                printf("#   %.*s\n", STR_ARG(line));
            wrong++;
        }
        free(names[i]);
    }
    free(names);
    CHECK_INT(wrong, 0);
}

/* Loads texts one after the other as if each were a file, compiles, and shows what was said. */
static struct ruleset *load(const char *const *texts, size_t n, struct strbuf *said)
{
    _cleanup_(diags_done) struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    for (size_t i = 0; i < n; i++)
        (void)ruleset_load_memory(rs, "x.yaml", str_from(texts[i]), &diags);
    (void)ruleset_compile(rs, &diags);
    render(&diags, said);
    return rs;
}

#define LOAD(rs, said, ...)                                                                                  \
    static const char *const texts_of_##rs[] = {__VA_ARGS__};                                                \
    _cleanup_(strbuf_done) struct strbuf said = {};                                                          \
    _cleanup_(ruleset_freep) struct ruleset *rs = load(texts_of_##rs, ARRAY_SIZE(texts_of_##rs), &said)

#define RULE(name, condition)                                                                                \
    "- rule: " name "\n  desc: of " name "\n  condition: " condition "\n  output: out of " name              \
    "\n  priority: NOTICE\n"

TEST(a_rule_with_everything)
{
    LOAD(rs, said,
         "- rule: R\n  desc: d\n  condition: evt.type = file\n  output: >\n    a\n    b\n  priority: info\n  "
         "source: scan\n"
         "  enabled: no\n  tags: [x, y, x]\n  next: look\n  falsepositives: nobody\n  capture: true\n  capture_duration: 500\n"
         "  warn_evttypes: false\n  skip-if-unknown-filter: true\n");
    CHECK_STR(strbuf_str(&said), "");
    CHECK_INT(ruleset_count(rs), 1);
    const struct rule *r = ruleset_get(rs, 0);
    CHECK_STR(r->name, "R");
    CHECK_STR(r->desc, "d");
    CHECK_STR(r->condition, "evt.type = file");
    CHECK_STR(r->output, "a b");
    CHECK_STR(r->next, "look");
    CHECK_STR(r->falsepositives, "nobody");
    CHECK_INT(r->priority, PRIORITY_INFORMATIONAL);
    CHECK_INT(r->source, SOURCE_SCAN);
    CHECK(!r->enabled);
    CHECK_INT(r->n_tags, 2);
    CHECK_STR(r->tags[1], "y");
    CHECK_CSTR(r->file, "x.yaml");
    CHECK_INT(r->line, 1);
}

TEST(empty_documents_and_items_are_skipped)
{
    LOAD(rs, said, "---\n---\n-\n- ~\n" RULE("A", "evt.type = open") "---\n" RULE("B", "evt.type = open"), "",
         "# nothing\n");
    CHECK_STR(strbuf_str(&said), "");
    CHECK_INT(ruleset_count(rs), 2);
}

TEST(a_redefinition_replaces_and_keeps_the_position)
{
    LOAD(rs, said, RULE("A", "evt.type = open") RULE("B", "evt.type = open"), RULE("A", "evt.type = openat"));
    CHECK_STR(strbuf_str(&said), "");
    CHECK_INT(ruleset_count(rs), 2);
    CHECK_STR(ruleset_get(rs, 0)->name, "A");
    CHECK_STR(ruleset_get(rs, 0)->condition, "evt.type = openat");
}

TEST(every_override)
{
    LOAD(
        rs, said, RULE("A", "evt.type = open") "  tags: [a]\n",
        "- rule: A\n  condition: and proc.name = x\n  output: more\n  desc: more\n  tags: [b]\n  next: then\n  falsepositives: some\n"
        "  exceptions:\n    - {name: e, fields: proc.pname, values: [y]}\n"
        "  override: {condition: append, output: append, desc: append, tags: append, next: append, falsepositives: replace, "
        "exceptions: append}\n",
        "- rule: A\n  priority: ERROR\n  enabled: false\n  capture: false\n  capture_duration: 1\n  "
        "warn_evttypes: false\n"
        "  skip-if-unknown-filter: true\n  desc: new\n"
        "  override: {priority: replace, enabled: replace, capture: replace, capture_duration: replace,\n"
        "    warn_evttypes: replace, skip-if-unknown-filter: replace, desc: replace}\n");
    CHECK_STR(strbuf_str(&said), "");
    const struct rule *r = ruleset_get(rs, 0);
    CHECK_STR(r->condition, "evt.type = open and proc.name = x");
    CHECK_STR(r->output, "out of A more");
    CHECK_STR(r->desc, "new");
    CHECK_STR(r->next, "then");
    CHECK_STR(r->falsepositives, "some");
    CHECK_INT(r->n_tags, 2);
    CHECK_INT(r->priority, PRIORITY_ERROR);
    CHECK(!r->enabled);
}

/* As Falco does: a warning, and both hold. */
TEST(two_exceptions_of_one_name)
{
    LOAD(rs, said,
         RULE("A", "evt.type = open") "  exceptions:\n"
                                      "    - {name: e, fields: [proc.name], comps: [contains], values: [[x]]}\n"
                                      "    - {name: e, fields: [proc.name], comps: [endswith], values: [[y]]}\n",
         "- rule: A\n  exceptions:\n    - {name: e, values: [[z]]}\n  override: {exceptions: append}\n");
    CHECK(str_has(strbuf_str(&said), STR("LOAD_EXCEPTION_NAME_NOT_UNIQUE")) && !str_has(strbuf_str(&said), STR("error")));
    CHECK_INT(ruleset_count(rs), 1);
    _cleanup_(strbuf_done) struct strbuf program = {};
    ruleset_explain(rs, ruleset_get(rs, 0), &program);
    CHECK(str_has(strbuf_str(&program), STR("contains x")));
    CHECK(str_has(strbuf_str(&program), STR("contains z")));
    CHECK(str_has(strbuf_str(&program), STR("endswith y")));
}

TEST(the_deprecated_forms_still_work)
{
    LOAD(rs, said, RULE("A", "evt.type = open"),
         "- rule: A\n  condition: and proc.name = x\n  append: true\n", "- rule: A\n  enabled: false\n");
    CHECK(str_has(strbuf_str(&said), STR("LOAD_DEPRECATED_ITEM")) &&
          !str_has(strbuf_str(&said), STR("error")));
    CHECK_STR(ruleset_get(rs, 0)->condition, "evt.type = open and proc.name = x");
    CHECK(!ruleset_get(rs, 0)->enabled);
}

TEST(versions)
{
    LOAD(rs, said,
         "- required_engine_version: 57\n- required_engine_version: 0.63.0\n- required_plugin_versions:\n"
         "  - {name: container, version: 0.4.0}\n"
         "  - name: other\n    version: 1.0.0-rc1\n    alternatives: [{name: container, version: 0.1.0}]\n");
    CHECK_STR(strbuf_str(&said), "");
    CHECK_INT(ruleset_count(rs), 0);
}

/* As Falco does: only appending needs something to append to. */
TEST(replacing_what_is_not_there_defines_it)
{
    LOAD(rs, said,
         "- list: L\n  items: [a]\n  override: {items: replace}\n"
         "- macro: m\n  condition: evt.type = open\n  override: {condition: replace}\n",
         RULE("A", "m and proc.name in (L)"));
    CHECK_STR(strbuf_str(&said), "");
    CHECK_INT(ruleset_count(rs), 1);
}

TEST(an_unknown_field_in_the_output_may_skip_the_rule)
{
    LOAD(rs, said,
         "- rule: A\n  desc: d\n  condition: evt.type = open\n  output: o %no.such\n  priority: INFO\n"
         "  skip-if-unknown-filter: true\n");
    CHECK(str_has(strbuf_str(&said),
                  STR("x.yaml:4:14: warning: rule A: unknown field \"no.such\" [LOAD_UNKNOWN_FILTER]")));
    CHECK_INT(ruleset_count(rs), 1);
    CHECK(!ruleset_get(rs, 0)->enabled);
    LOAD(other, said_of_other,
         "- rule: A\n  desc: d\n  condition: evt.type = open\n  output: o %no.such %\n  priority: INFO\n"
         "  skip-if-unknown-filter: true\n");
    CHECK(str_has(strbuf_str(&said_of_other), STR("error: rule A: no field follows \"%\"")));
    CHECK_INT(ruleset_count(other), 0);
}

TEST(names_are_suggested_for_the_first_problems_only)
{
    _cleanup_(strbuf_done) struct strbuf yaml = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    _cleanup_(diags_done) struct diags diags = {};
    strbuf_adds(&yaml, "- rule: A\n  desc: d\n  condition: evt.type = open\n  priority: INFO\n  output: >\n");
    for (int i = 0; i < 2 * RULE_SUGGESTIONS; i++)
        strbuf_printf(&yaml, "    %%proc.nmae\n");
    (void)ruleset_load_memory(rs, "x.yaml", strbuf_str(&yaml), &diags);
    CHECK_INT(ruleset_compile(rs, &diags), -EINVAL);
    CHECK_INT(diags.n, 2 * RULE_SUGGESTIONS);
    CHECK(diags.v[0].cure.n && diags.v[RULE_SUGGESTIONS - 1].cure.n);
    CHECK(!diags.v[RULE_SUGGESTIONS].cure.n);
}

TEST(errors_name_the_file_they_are_in)
{
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    CHECK_INT(ruleset_load_memory(rs, "base.yaml", STR(RULE("A", "evt.type = open")), &diags), 0);
    CHECK_INT(ruleset_load_memory(rs, "local.yaml",
                                  STR("\n- rule: A\n  condition: |\n    and proc.name\n      = (x)\n  "
                                      "override: {condition: append}\n"),
                                  &diags),
              0);
    CHECK_INT(ruleset_compile(rs, &diags), -EINVAL);
    CHECK_INT(diags.n_errors, 1);
    CHECK_CSTR(diags.v[0].file, "local.yaml");
    CHECK_INT(diags.v[0].line, 5);
    CHECK_INT(diags.v[0].column, 9);
}

TEST(the_digest_follows_the_text)
{
    LOAD(a, said_a, RULE("A", "evt.type = open"));
    LOAD(b, said_b, RULE("A", "evt.type = open"));
    LOAD(c, said_c, RULE("A", "evt.type = openat"));
    CHECK_INT(ruleset_digest(a).n, 64);
    CHECK(str_eq(ruleset_digest(a), ruleset_digest(b)));
    CHECK(!str_eq(ruleset_digest(a), ruleset_digest(c)));
}

static void refuses_text(struct str text, const char *message)
{
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    int r = ruleset_load_memory(rs, "x.yaml", text, &diags);
    CHECK(ruleset_compile(rs, &diags) == -EINVAL || r);
    CHECK(diags.n >= 1);
    CHECK_STR(diags.v[0].message, message);
    CHECK(diags.v[0].cure.n > 0);
}

TEST(limits)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_pad(&b, ' ', RULE_FILE_BYTES + 1);
    refuses_text(strbuf_str(&b), "the file is larger than 16 MiB");

    strbuf_clear(&b);
    strbuf_adds(&b, "- macro: m\n  condition: proc.name = ");
    strbuf_pad(&b, 'x', RULE_TEXT_BYTES);
    refuses_text(strbuf_str(&b), "the value of \"condition\" is longer than 1048576 bytes");

    strbuf_clear(&b);
    for (int i = 0; i <= RULE_ITEMS; i++)
        strbuf_adds(&b, "- {list: a, items: []}\n");
    refuses_text(strbuf_str(&b), "more than 100000 items");

    strbuf_clear(&b);
    strbuf_adds(&b, "- list: l0\n  items: [x, y]\n");
    for (int i = 1; i < 40; i++)
        strbuf_printf(&b, "- list: l%d\n  items: [l%d, l%d]\n", i, i - 1, i - 1);
    refuses_text(strbuf_str(&b), "too many items once the lists it names are put in");

    strbuf_clear(&b);
    for (int i = 0; i < 40; i++)
        strbuf_printf(&b, "- list: l%d\n  items: [l%d, l%d]\n", i, i + 1, i + 1);
    strbuf_adds(&b, "- list: l40\n  items: []\n" RULE("A", "evt.type = open and proc.name in (l0)"));
    refuses_text(strbuf_str(&b), "the condition grows too large once its lists are put in");

    strbuf_clear(&b);
    strbuf_adds(&b, "- macro: m0\n  condition: proc.name = x\n");
    for (int i = 1; i < 1200; i++)
        strbuf_printf(&b, "- macro: m%d\n  condition: not m%d\n", i, i - 1);
    refuses_text(strbuf_str(&b), "the condition is nested more than 1000 deep with this macro put in");

    strbuf_clear(&b);
    strbuf_adds(&b, "- macro: m\n  condition: >-\n    proc.name = x");
    for (int i = 0; i < 20'000; i++)
        strbuf_adds(&b, " or a.b=c");
    for (int i = 0; i < 26; i++)
        strbuf_printf(&b, "\n" RULE("A%d", "evt.type = open and m"), i, i, i);
    refuses_text(strbuf_str(&b), "the conditions of all rules have more than 500000 parts");
}

TEST(limits_of_what_is_appended)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, RULE("A", "evt.type = open"));
    for (int i = 0; i <= RULE_TEXT_PARTS; i++)
        strbuf_adds(&b, "- rule: A\n  desc: more\n  override: {desc: append}\n");
    refuses_text(strbuf_str(&b), "the value of \"desc\" is longer than 1048576 bytes or of more than 1000 "
                                 "parts once this is appended");

    strbuf_clear(&b);
    strbuf_adds(&b, RULE("A", "evt.type = open") "  exceptions:\n");
    for (int i = 0; i <= RULE_EXCEPTIONS; i++)
        strbuf_printf(&b, "  - {name: e%d, fields: proc.name}\n", i);
    refuses_text(strbuf_str(&b), "the rule has more than 10000 exceptions");
}

/* Thousands of problems in one long line: each costs little, and not all are kept. */
TEST(many_problems_are_cheap)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    strbuf_adds(&b, "- rule: A\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.type = open and "
                    "proc.name in (x");
    for (int i = 0; i < 80'000; i++)
        strbuf_adds(&b, ", proc.name");
    strbuf_adds(&b, ")\n");
    CHECK_INT(ruleset_load_memory(rs, "x.yaml", strbuf_str(&b), &diags), 0);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    CHECK_INT(diags.n, 10'001);
    CHECK(diags.arena.bytes < 10 << 20);
}

TEST(files_that_cannot_be_read)
{
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    CHECK_INT(ruleset_load_file(rs, "/nonexistent/rules.yaml", &diags), -ENOENT);
    CHECK_INT(ruleset_load_file(rs, "/dev/null", &diags), -EINVAL);
    CHECK_INT(diags.n_errors, 2);
    CHECK_INT(diags.v[0].code, DIAG_ERR_FILE_READ);
    CHECK_INT(ruleset_compile(rs, &diags), -EINVAL);
}

/* Files of other people, beside the source tree of some machines only. */
static void loads_shared(const char *name, size_t rules, size_t warnings)
{
    const char *shared = getenv("DAVY_SHARED"), *root = getenv("DAVY_SOURCE_ROOT");
    char path[PATH_MAX];
    if (shared)
        (void)snprintf(path, sizeof(path), "%s/%s", shared, name);
    else
        (void)snprintf(path, sizeof(path), "%s/../shared/%s", root ? root : ".", name);
    if (access(path, R_OK))
        test_skip("the shared folder is not here");
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(strbuf_done) struct strbuf said = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    (void)ruleset_load_file(rs, path, &diags);
    int r = ruleset_compile(rs, &diags);
    render(&diags, &said);
    if (r)
        test_fail(path, 0, "%.*s", STR_ARG(strbuf_str(&said)));
    CHECK_INT(ruleset_count(rs), rules);
    CHECK_INT(diags.n, warnings);
}

TEST(falcos_own_rules_load_unmodified)
{
    loads_shared("falco/falco_rules.yaml", 25, 0);
}

TEST(rules_of_falcos_cloudtrail_plugin_load_unmodified)
{
    loads_shared("data/falco-plugins/aws_cloudtrail_rules.yaml", 22, 0);
}

TEST(a_limit_leaves_other_sources_out_and_switches_what_matters_less_off)
{
    static const char RULES[] = "- rule: a\n  desc: d\n  condition: evt.type = openat\n  output: o\n  priority: ERROR\n"
                                "- rule: b\n  desc: d\n  condition: evt.type = openat\n  output: o\n  priority: NOTICE\n"
                                "- rule: c\n  desc: d\n  source: scan\n  condition: evt.type = file\n  output: o\n  priority: ERROR\n";
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    CHECK_INT(ruleset_load_memory(rs, "t.yaml", STR(RULES), &diags), 0);
    ruleset_limit(rs, SOURCE_SYSCALL, PRIORITY_WARNING);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    CHECK_INT(ruleset_count(rs), 2);
    CHECK(ruleset_get(rs, 0)->enabled);
    CHECK(!ruleset_get(rs, 1)->enabled);
    CHECK_INT(diags.n, 0);
}
