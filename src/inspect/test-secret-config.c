// SPDX-License-Identifier: Apache-2.0
/* Files of secret rules: what each key means, files that extend others, rules that require others. */
#include <fcntl.h>
#include <sys/stat.h>

#include "inspect/secret_search.h"
#include "inspect/test-secret.h"

#define RULE(id) "[[rules]]\nid = '" id "'\nregex = '''\\b" id "_[a-z0-9]{8}\\b'''\nkeywords = ['" id "_']\n"

/* A folder of files that extend each other. */
static char folder[64];

static const char *write_file(const char *name, const char *text)
{
    static char path[4][128];
    static unsigned turn;
    char *p = path[turn++ % 4];
    if (!folder[0]) {
        strcpy(folder, "/tmp/davy-secret-XXXXXX");
        CHECK(mkdtemp(folder) != NULL);
    }
    (void)snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
    FILE *f = fopen(p, "we");
    CHECK(f && fputs(text, f) >= 0 && !fclose(f));
    return p;
}

static void remove_folder(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK_INT(system(command), 0);
    folder[0] = 0;
}

static struct secret_rules *load_files(const char *first, const char *second)
{
    struct error err = ERROR_NULL;
    struct secret_rules *r = secret_rules_new();
    if (secret_rules_add_file(r, first, &err) < 0 || (second && secret_rules_add_file(r, second, &err) < 0))
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return r;
}

static void check_file_error(const char *path, const char *want)
{
    struct error err = ERROR_NULL;
    _cleanup_(secret_rules_freep) struct secret_rules *r = secret_rules_new();
    CHECK(secret_rules_add_file(r, path, &err) < 0);
    if (!strstr(err.text, want))
        test_fail(__FILE__, __LINE__, "got \"%s\", want it to have \"%s\"", err.text, want);
}

TEST(every_top_key_is_known_in_any_case)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load("title = 't'\ndescription = 'd'\nminVersion = 'v8.25.0'\nmaxTargetMegaBytes = 1\n[allowList]\ndescription = 'd'\nPaths = "
             "['^/skip/']\n[[rules]]\nID = 'tok'\nRegex = 'tok_([a-z]{4})'\nsecretgroup = 1\nKeyWords = ['tok_']\n");
    CHECK_INT(r->warnings.n, 0);
    CHECK_CSTR(found(r, "tok_abcd", "/a"), "tok");
    CHECK_CSTR(found(r, "tok_abcd", "/skip/a"), "");
    char *large = xalloc(1'000'010);
    memset(large, 'x', 1'000'009);
    memcpy(large, "tok_abcd", 8);
    CHECK_CSTR(found(r, large, "/a"), "");
    large[999'999] = 0;
    CHECK_CSTR(found(r, large, "/a"), "tok");
    free(large);
}

TEST(a_newer_format_is_told)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load("minVersion = 'v9.1.0'\n" RULE("tok"));
    CHECK_INT(r->warnings.n, 1);
    CHECK_STR(r->warnings.v[0], "t.toml:1:14: minVersion is `v9.1.0`; the format known here is that of gitleaks 8.30");
}

TEST(of_two_rules_with_one_id_the_later_counts)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load(RULE("tok") "[[rules]]\nid = 'tok'\nregex = 'other_[a-z]{4}'\nkeywords = ['other_']\n");
    CHECK_INT(r->warnings.n, 1);
    CHECK_CSTR(found(r, "tok_abcd1234", "/a"), "");
    CHECK_CSTR(found(r, "other_abcd", "/a"), "tok");
}

TEST(an_empty_rule_says_nothing)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load("[[rules]]\n" RULE("tok"));
    CHECK_INT(r->rules.n, 1);
}

TEST(wrong_files_are_refused)
{
    check_error("[[rules]]\nid = ' '\nregex = 'x'\n", "t.toml:2:6: a rule needs an `id`");
    check_error("[[rules]]\nid = 'a'\nregex = ''\npath = ''\n", "t.toml:1:1: rule a: a rule needs a `regex`, a `path`, or both");
    check_error("[[allowlists]]\ndescription = 'nothing'\n", "t.toml:1:1: an allowlist needs at least one");
    check_error("[[allowlists]]\nregexes = ['(']\n", "t.toml:2:12: the pattern is no regular expression");
    check_error("[[allowlists]]\nregexTarget = 'file'\nregexes = ['x']\n", "t.toml:2:15: `regexTarget` is secret, match or line");
    check_error("[[allowlists]]\ncondition = 'XOR'\nregexes = ['x']\n", "t.toml:2:13: `condition` is OR or AND");
    check_error("[[allowlists]]\ntargetRules = ['none']\nregexes = ['x']\n", "t.toml:1:1: `targetRules` names `none`");
    check_error(RULE("a") "[[rules.allowlists]]\ntargetRules = ['a']\npaths = ['x']\n", "`targetRules` is not understood");
    check_error(RULE("a") "[rules.allowlist]\npaths = ['x']\n[[rules.allowlists]]\npaths = ['x']\n", "both `allowlist` and");
    check_error("[[rules]]\nid = 'a'\nregex = '(?<=x)y'\n", "t.toml:3:9: rule a: the pattern is no regular expression");
    check_error("[extend]\npath = 'x.toml'\nuseDefault = true\n", "t.toml:1:1: both `path` and `useDefault`");
    check_error("[extend]\nurl = 'https://rules.example/x.toml'\n", "t.toml:2:7: `url` is not followed");
    check_error("[extend]\npaths = 'x'\n", "t.toml:2:9: `paths` is not understood here; remove it, or use one of: path,");
    check_error(RULE("a") "[[rules.required]]\nid = 'b'\n", "[[rules.required]] names `b`, which this file has not");
    check_error(RULE("a") "[[rules.required]]\nwithinLines = 1\n", "[[rules.required]] needs the `id`");
    check_error(RULE("a") "[[rules.required]]\nid = 'a'\nwithinLines = -1\n", "`withinLines` must be 0 or more");
    check_error("[[rules]]\nid = 'a'\nregex = 'x'\nfile = 'y'\n", "`file` is of gitleaks 7 or older, and 8 passes it over; what it meant is now called `path`");
    check_error("[allowlist]\nfiles = ['y']\n", "now called `paths`");
    check_error("[[rules]]\nid = 'a'\nregex = '(x)'\nreportGroup = 1\n", "now called `secretGroup`");
    check_error("[allowlist]\nrepos = ['y']\n", "`repos` is of gitleaks 7 or older, and 8 passes it over; remove it");
    check_error("[[rules]]\nid = 'a'\nregex = 'x'\nskipReport = 'yes'\n", "`skipReport` is a string and must be a boolean");
}

TEST(names_of_groups_are_written_both_ways)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load("[[rules]]\nid = 'a'\nregex = 'x=(?<name>[a-z]{4})[(?<]?(?P<more>\\d)'\nsecretGroup = 2\n");
    CHECK_CSTR(found(r, "x=abcd7", "/a"), "a");
}

TEST(sets_know_nothing_of_each_other)
{
    const char *a = write_file("a.toml", RULE("tok") "[[allowlists]]\nregexes = ['allow']\n");
    const char *b = write_file("b.toml", RULE("tok"));
    _cleanup_(secret_rules_freep) struct secret_rules *one = load_files(a, NULL);
    _cleanup_(secret_rules_freep) struct secret_rules *both = load_files(a, b);
    CHECK_CSTR(found(one, "tok_allow123", "/a"), "");
    CHECK_CSTR(found(both, "tok_allow123", "/a"), "tok");
    struct facts f;
    look(both, STR("tok_abcd1234"), "/a", true, &f);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 1);
    facts_done(&f);
    remove_folder();
}

TEST(a_file_extends_another_beside_it)
{
    (void)write_file("base.toml", "[[rules]]\nid = 'tok'\ndescription = 'base'\nregex = 'tok_([a-z]{4})'\nentropy = 3.5\nkeywords = "
                                  "['tok_']\ntags = ['one']\n[[rules.allowlists]]\nstopwords = ['aaaa']\n" RULE("off") RULE("kept")
                                  "[[allowlists]]\npaths = ['^/vendor/']\n[[allowlists]]\ntargetRules = ['kept']\nregexes = ['zzzz']\n");
    const char *child = write_file(
        "child.toml", "[extend]\npath = 'base.toml'\ndisabledRules = ['off', 'unknown']\n[[rules]]\nid = 'tok'\nentropy = 1\nkeywords = "
                      "['TKN_']\ntags = ['two']\n[[rules.allowlists]]\nstopwords = ['bbbb']\n" RULE("new"));
    _cleanup_(secret_rules_freep) struct secret_rules *r = load_files(child, NULL);
    CHECK_INT(r->warnings.n, 1);
    CHECK(str_has(r->warnings.v[0], STR("which the extended file has not")) || str_has(r->warnings.v[0], STR("unknown")));
    CHECK_CSTR(found(r, "tok_abca", "/a"), "tok"); /* entropy of the child */
    CHECK_CSTR(found(r, "tok_aaaa tok_bbbb", "/a"), "");
    CHECK_CSTR(found(r, "off_abcd1234", "/a"), "");
    CHECK_CSTR(found(r, "new_abcd1234 kept_abcd1234", "/a"), "new,kept");
    CHECK_CSTR(found(r, "new_zzzz1234 kept_zzzz1234", "/a"), "new");
    CHECK_CSTR(found(r, "new_abcd1234", "/vendor/a"), "");
    const struct secret_rule *tok = &r->rules.v[0];
    CHECK_STR(tok->description, "base");
    CHECK_INT(tok->tags.n, 2);
    CHECK_STR(tok->tags.v[0], "one");
    CHECK_INT(tok->words.n, 2);
    remove_folder();
}

TEST(the_childs_pattern_path_and_group_go_first)
{
    (void)write_file("base.toml", "[[rules]]\nid = 'tok'\nregex = 'tok_([a-z]{4})'\npath = '^/base/'\n");
    const char *child = write_file("child.toml", "[extend]\npath = 'base.toml'\n[[rules]]\nid = 'tok'\nregex = "
                                                 "'(t)kn_([a-z]{4})'\nsecretGroup = 2\npath = '^/child/'\n");
    _cleanup_(secret_rules_freep) struct secret_rules *r = load_files(child, NULL);
    CHECK_CSTR(found(r, "tkn_abcd", "/child/a"), "tok");
    CHECK_CSTR(found(r, "tkn_abcd", "/base/a"), "");
    CHECK_CSTR(found(r, "tok_abcd", "/child/a"), "");
    remove_folder();
}

TEST(two_files_deep_and_no_deeper)
{
    (void)write_file("c.toml", RULE("third") "[extend]\npath = 'd.toml'\n"); /* not followed: there is none */
    (void)write_file("b.toml", RULE("second") "[extend]\npath = 'c.toml'\n");
    const char *a = write_file("a.toml", RULE("first") "[extend]\npath = 'b.toml'\n");
    _cleanup_(secret_rules_freep) struct secret_rules *r = load_files(a, NULL);
    CHECK_CSTR(found(r, "first_abcd1234 second_abcd1234 third_abcd1234", "/a"), "first,second,third");
    const char *cut = write_file("cut.toml", "[extend]\npath = 'gone.toml'\n");
    check_file_error(cut, "cut.toml:1:1: extend: ");
    const char *bad = write_file("bad.toml", "[extend]\npath = 'worse.toml'\n");
    (void)write_file("worse.toml", "[[rules]]\nid = 'a'\nregex = '('\n");
    check_file_error(bad, "worse.toml:3:9: rule a: ");
    const char *self = write_file("self.toml", RULE("self") "[extend]\npath = 'self.toml'\n");
    _cleanup_(secret_rules_freep) struct secret_rules *again = load_files(self, NULL);
    CHECK_CSTR(found(again, "self_abcd1234", "/a"), "self");
    remove_folder();
}

TEST(use_default_amends_the_first_set_or_gitleaks_own)
{
    const char *shipped = write_file("davy.toml", RULE("ours") RULE("off"));
    const char *child =
        write_file("child.toml", "[extend]\nuseDefault = true\ndisabledRules = ['off']\n" RULE("mine")
                                 "[[rules]]\nid = 'generic-api-key'\n[[rules.allowlists]]\npaths = ['x']\n[[rules]]\nid = "
                                 "'ours'\n[[rules.allowlists]]\nregexes = ['allow']\n[[allowlists]]\nregexes = ['every']\n");
    _cleanup_(secret_rules_freep) struct secret_rules *r = load_files(shipped, child);
    CHECK_INT(r->warnings.n, 1); /* generic-api-key is gitleaks' */
    CHECK(str_has(r->warnings.v[0], STR("generic-api-key")));
    CHECK_CSTR(found(r, "ours_abcd1234 mine_abcd1234", "/a"), "ours,mine");
    CHECK_CSTR(found(r, "off_abcd1234 ours_allow123 ours_every123", "/a"), "");
    struct error err = ERROR_NULL;
    const char *theirs = write_file("gitleaks.toml", "[[rules]]\nid = 'generic-api-key'\nregex = 'g_[a-z]{4}'\n");
    _cleanup_(secret_rules_freep) struct secret_rules *three = secret_rules_new();
    CHECK_INT(secret_rules_add_file(three, shipped, &err), 0);
    CHECK_INT(secret_rules_add_file(three, theirs, &err), 0);
    CHECK_INT(secret_rules_add_file(three, child, &err), 0);
    CHECK_CSTR(found(three, "g_abcd", "/a"), "generic-api-key");
    CHECK_CSTR(found(three, "g_abcd", "/x"), "");
    CHECK_CSTR(found(three, "off_abcd1234", "/a"), "off"); /* the shipped set is as it was */
    remove_folder();
}

#define COMPOSITE(near)                                                                                                \
    "[[rules]]\nid = 'pair'\nregex = 'pw=([a-z0-9]{8})'\nkeywords = ['pw=']\n[[rules.required]]\nid = 'user'\n" near   \
    "[[rules]]\nid = 'user'\nregex = 'user=([a-z]{4})'\nkeywords = ['elsewhere']\nskipReport = true\n"

TEST(a_rule_may_require_another_near)
{
    _cleanup_(secret_rules_freep) struct secret_rules *any = load(COMPOSITE(""));
    _cleanup_(secret_rules_freep) struct secret_rules *lines = load(COMPOSITE("withinLines = 1\n"));
    _cleanup_(secret_rules_freep) struct secret_rules *columns = load(COMPOSITE("withinLines = 0\nwithinColumns = 12\n"));
    CHECK_CSTR(found(any, "user=root elsewhere\n", "/a"), ""); /* not reported for itself */
    CHECK_CSTR(found(any, "pw=abcd1234\n", "/a"), "");
    CHECK_CSTR(found(any, "pw=abcd1234\n\n\n\nuser=root\n", "/a"), "pair");
    CHECK_CSTR(found(lines, "pw=abcd1234\nuser=root\n", "/a"), "pair");
    CHECK_CSTR(found(lines, "pw=abcd1234\n\nuser=root\n", "/a"), "");
    CHECK_CSTR(found(columns, "user=root;  pw=abcd1234\n", "/a"), "pair");
    CHECK_CSTR(found(columns, "user=root;   pw=abcd1234\n", "/a"), "");
    CHECK_CSTR(found(columns, "user=root;\npw=abcd1234\n", "/a"), "");
}

TEST(what_is_required_is_hidden_too)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load(COMPOSITE(""));
    struct facts f;
    look(r, STR("user=rootuser pw=abcd1234\n"), "/a", true, &f);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 1);
    CHECK_INT(f.n_notes, 1);
    CHECK(!str_has(f.notes[0].excerpt, STR("rootu")));
    facts_done(&f);
}

TEST(keywords_hold_for_their_fragment)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r = load("[[rules]]\nid = 'hex'\nregex = '\\b[0-9a-f]{32}\\b'\nkeywords = ['scene']\n");
    struct strbuf b = {};
    strbuf_adds(&b, "scene\n");
    strbuf_pad(&b, 'z', 99'992);
    strbuf_adds(&b, "\n\n0123456789abcdef0123456789abcdef\n");
    CHECK_CSTR(found(r, b.p, "/a"), ""); /* the blank line ends the first fragment */
    strbuf_clear(&b);
    strbuf_adds(&b, "scene\n");
    strbuf_pad(&b, 'z', 99'990);
    strbuf_adds(&b, "\n0123456789abcdef0123456789abcdef\n");
    CHECK_CSTR(found(r, b.p, "/a"), "hex"); /* here it goes on */
    strbuf_done(&b);
}

static void keep_edge(void *ctx, size_t from, size_t to)
{
    size_t *edges = ctx;
    (void)from;
    edges[++edges[0]] = to;
}

TEST(fragments_are_cut_as_gitleaks_reads)
{
    size_t edges[32] = {};
    struct strbuf b = {};
    secret_fragments(STR(""), keep_edge, edges);
    CHECK_INT(edges[0], 0);
    strbuf_pad(&b, 'x', 200'000);
    secret_fragments(strbuf_str(&b), keep_edge, edges);
    CHECK_INT(edges[1], 125'000); /* no blank line within reach */
    CHECK_INT(edges[2], 125'000 + 3672 + 25'000); /* what was left of 7 × 4096 buffered bytes, and 25,000 more */
    b.p[100'500] = b.p[100'502] = '\n';
    b.p[100'501] = ' ';
    memset(edges, 0, sizeof(edges));
    secret_fragments(strbuf_str(&b), keep_edge, edges);
    CHECK_INT(edges[1], 100'503);
    strbuf_done(&b);
}

/* The same as gitleaks does it: byte by byte. */
static void cut_slowly(struct str data, size_t *edges)
{
    for (size_t from = 0, buffered = 0; from < data.n;) {
        size_t left = data.n - from, n = buffered ? buffered : left < SECRET_FRAGMENT ? left : SECRET_FRAGMENT, to = from + n;
        unsigned lines = 0;
        for (size_t i = to; i > from && strchr(" \t\r\n", data.p[i - 1]) && lines < 2; i--)
            lines += data.p[i - 1] == '\n';
        bool blank = lines == 2;
        lines = !blank && data.p[to - 1] == '\n';
        for (buffered = 0; !blank && to < data.n && to - from - n < SECRET_FRAGMENT_MORE; blank = lines >= 2) {
            buffered = (buffered ? buffered : data.n - to < 4096 ? data.n - to : 4096) - 1;
            char c = data.p[to++];
            lines = c == '\n' ? lines + 1 : strchr(" \t\r", c) ? lines : 0;
        }
        keep_edge(edges, from, to);
        from = to;
    }
}

TEST(fragments_of_lines_of_all_lengths)
{
    enum { BYTES = 500'000, EDGES = 4096 };
    static size_t edges[EDGES], slow[EDGES];
    struct strbuf b = {};
    uint32_t state = 9;
    for (unsigned run = 1; run < 40; run++) {
        strbuf_clear(&b);
        strbuf_pad(&b, 'x', BYTES - run);
        for (size_t i = 0; i < b.n; i += 1 + (state >> 16) % (run * run * 3)) {
            state = state * 1103515245 + 12345;
            b.p[i] = "\n\n\n \t\r"[(state >> 16) % 6];
        }
        edges[0] = slow[0] = 0;
        secret_fragments(strbuf_str(&b), keep_edge, edges);
        cut_slowly(strbuf_str(&b), slow);
        for (size_t i = 0; i <= slow[0]; i++)
            CHECK_INT(edges[i], slow[i]);
    }
    strbuf_done(&b);
}

TEST(what_every_match_has)
{
    struct secret_reach r = secret_reach_of(STR("(?i)\\bkey(?:s|=)?_x@(?:[a-z]{3,9}\\.|-{2}\\.+)(=.*)?"));
    CHECK_INT(r.least, 3 + 3 + 3);
    CHECK_CSTR(r.needs, "_@.");
    CHECK(secret_reach_fits(&r, STR("key_x@--.")));
    CHECK(!secret_reach_fits(&r, STR("key_x@--")));  /* too short */
    CHECK(!secret_reach_fits(&r, STR("key_x@--=="))); /* no point */
    CHECK_INT(secret_reach_of(STR("a+\xc3\xa9|(?:bb){2,}")).least, 1); /* what is not ASCII may have shorter forms */
    CHECK_INT(secret_reach_of(STR("\\p{L}{5}@")).least, 0);              /* not understood: nothing is known */
    CHECK_CSTR(secret_reach_of(STR("\\p{L}{5}@")).needs, "");
    CHECK_CSTR(secret_reach_of(STR("a=b|a@b")).needs, "");
    CHECK_CSTR(secret_reach_of(STR("(a=)*[=]\\Q@\\E(?:=){0,1}")).needs, "@");
}

TEST(letters_beyond_ascii_fold_as_in_go)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load("[[rules]]\nid = 'kelvin'\nregex = '(?i)key=([a-z0-9]{8})'\nkeywords = ['key=']\n"
             "[[rules]]\nid = 'long-s'\nregex = '(?i)pass=([a-z0-9]{8})'\nkeywords = ['pa']\n"
             "[[rules]]\nid = 'wide'\nregex = '(?i)пароль=([a-z0-9]{8})'\nkeywords = ['ПАРОЛЬ']\n");
    CHECK_CSTR(found(r, "\xe2\x84\xaa"
                        "ey=abcd1234",
                     "/a"),
               "kelvin");
    CHECK_CSTR(found(r, "pa\xc5\xbf\xc5\xbf=abcd1234", "/a"), "long-s");
    CHECK_CSTR(found(r, "Пароль=abcd1234", "/a"), "wide");
    CHECK_CSTR(found(r, "пар=abcd1234", "/a"), "");
}

TEST(patterns_of_a_list_are_joined)
{
    /* As in gitleaks, (?i) of the first holds for the second. */
    _cleanup_(secret_rules_freep) struct secret_rules *r = load(RULE("tok") "[[allowlists]]\npaths = ['(?i)\\.PNG$', '^/skip/']\n");
    CHECK_CSTR(found(r, "tok_abcd1234", "/a.png"), "");
    CHECK_CSTR(found(r, "tok_abcd1234", "/SKIP/a"), "");
    CHECK_CSTR(found(r, "tok_abcd1234", "/a"), "tok");
}

/* Lists of words that somebody joined into one pattern. */
TEST(a_long_alternation)
{
    for (int words = 4000; words <= 6000; words += 2000) {
        _cleanup_(strbuf_done) struct strbuf text = {};
        strbuf_adds(&text, "[[rules]]\nid = 'a'\nregex = '\\b(?:");
        for (int i = 0; i < words; i++)
            strbuf_printf(&text, "%sw%05d", i ? "|" : "", i);
        strbuf_adds(&text, ")=([a-z]{8})'\n");
        if (words > 4000) {
            check_error(text.p, "t.toml:3:9: rule a: the pattern is longer than 32768 bytes; split the rule");
            continue;
        }
        _cleanup_(secret_rules_freep) struct secret_rules *r = load(text.p);
        CHECK_INT(r->warnings.n, 0);
    }
}
