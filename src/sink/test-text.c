// SPDX-License-Identifier: Apache-2.0
/*
 * The text report against golden files (src/sink/golden). DAVY_WRITE_GOLDEN=1 writes them anew: look at every
 * change.
 */
#include <errno.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "finding/sample.h"
#include "harness/test.h"
#include "sink/sink.h"

static const char POLICY[] = "version: 1\n"
                             "authorise:\n"
                             "  - what: {rule: \"Miner*\"}\n"
                             "    approved_by: Aiko Tanaka\n"
                             "    reason: benchmark of the new nodes\n"
                             "    until: 2030-01-01\n"
                             "  - what: {path: /root/*}\n"
                             "    approved_by: Aiko Tanaka\n"
                             "    reason: key of a test account\n"
                             "    until: 2020-01-01\n"
                             "  - what: {path: /nothing}\n"
                             "    approved_by: Aiko Tanaka\n"
                             "    reason: gone\n"
                             "    until: 2030-01-01\n";

static void render(const struct report *r, struct sink_options options, struct strbuf *ret)
{
    struct error err = {};
    options.output = sink_output_strbuf(ret);
    struct sink *s = SINK_TEXT.open(&options);
    CHECK_INT(SINK_TEXT.report(s, r, &err), 0);
    CHECK(!SINK_TEXT.close(s));
}

static FILE *golden(const char *name, const char *mode)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/src/sink/golden/%s.txt", getenv("DAVY_SOURCE_ROOT"), name);
    FILE *f = fopen(path, mode);
    if (!f)
        test_fail(__FILE__, __LINE__, "cannot open %s", path);
    return f;
}

static void check_golden(const char *name, struct str got)
{
    if (getenv("DAVY_WRITE_GOLDEN")) {
        FILE *f = golden(name, "w");
        CHECK(fwrite(got.p, 1, got.n, f) == got.n && fclose(f) == 0);
        return;
    }
    static char want[64 << 10];
    FILE *f = golden(name, "r");
    size_t n = fread(want, 1, sizeof(want) - 1, f);
    want[n] = 0;
    (void)fclose(f);
    CHECK_STR(got, want);
}

static void image(const char *name, struct sink_options options, bool with_policy)
{
    struct arena a = {};
    struct report r = {};
    struct policy *p = NULL;
    struct strbuf got = {};
    struct error err = {};
    if (with_policy)
        CHECK_INT(policy_load_memory("/etc/davy/policy.yaml", str_from(POLICY), &p, &err), 0);
    sample_image_report(&r, &a, p);
    render(&r, options, &got);
    report_done(&r);
    arena_done(&a);
    policy_free(p);
    check_golden(name, strbuf_str(&got));
    strbuf_done(&got);
}

TEST(image_80)
{
    image("image-80", (struct sink_options){.utf8 = true}, false);
}
TEST(image_60)
{
    image("image-60", (struct sink_options){.width = 60, .utf8 = true}, false);
}
TEST(image_120)
{
    image("image-120", (struct sink_options){.width = 120, .utf8 = true}, false);
}
TEST(image_ascii)
{
    image("image-ascii", (struct sink_options){.width = 80}, false);
}
TEST(image_colour)
{
    image("image-colour", (struct sink_options){.width = 80, .utf8 = true, .colour = true}, false);
}
TEST(image_verbose)
{
    image("image-verbose", (struct sink_options){.width = 80, .utf8 = true, .verbose = true}, false);
}
TEST(image_policy)
{
    image("image-policy", (struct sink_options){.width = 80, .utf8 = true}, true);
}

TEST(clean_and_failed)
{
    struct arena a = {};
    struct report r = {};
    struct strbuf got = {};
    sample_clean_report(&r, &a);
    report_failure(report_add_target(&r, STR("missing.tar"), STR("image")),
                   STR("there is no file missing.tar"));
    render(&r, (struct sink_options){.width = 80, .utf8 = true}, &got);
    report_done(&r);
    arena_done(&a);
    check_golden("clean", strbuf_str(&got));
    strbuf_done(&got);
}

TEST(a_long_excerpt_keeps_its_value)
{
    struct arena a = {};
    struct report r = {.version = STR("0.1.0")};
    struct strbuf got = {};
    struct facts f;
    struct report_target *t = report_add_target(&r, STR("x"), STR("file"));
    t->findings = findings_new(&(struct findings_options){});
    facts_init(&f);
    sample_file(&f, "/a", NULL, 0);
    facts_note(
        &f, &(struct note){.field = F_MINER_POOLS,
                           .value = STR("pool.example:3333"),
                           .excerpt = STR("the words before it go on for longer than a line of this width "
                                          "pool.example:3333 and so do those that come after it, é é é é é"),
                           .line = 9});
    (void)findings_keep(t->findings, sample_rule(&a, 0, "Sample", PRIORITY_ERROR, ""), &f, STR("found"));
    facts_done(&f);
    report_judge(&r);
    render(&r, (struct sink_options){.width = 60, .utf8 = true}, &got);
    CHECK(str_has(strbuf_str(&got), STR("line 9  …his width pool.example:3333 and so do …\n")));
    strbuf_done(&got);
    report_done(&r);
    arena_done(&a);
}

/* The report at 80 columns of `n` findings of one rule about a file. */
static void render_output(const char *template, const char *output, int n, bool verbose, struct strbuf *ret)
{
    struct arena a = {};
    struct report r = {.version = STR("0.1.0")};
    struct facts f;
    struct report_target *t = report_add_target(&r, STR("x"), STR("file"));
    struct rule *rule = sample_rule(&a, 0, "Sample", PRIORITY_ERROR, "");
    t->findings = findings_new(&(struct findings_options){});
    rule->output = str_from(template);
    facts_init(&f);
    for (int i = 0; i < n; i++) {
        sample_file(&f, i ? "/b" : "/a", NULL, 0);
        (void)findings_keep(t->findings, rule, &f, str_from(output));
    }
    facts_done(&f);
    report_judge(&r);
    render(&r, (struct sink_options){.width = 80, .utf8 = true, .verbose = verbose}, ret);
    report_done(&r);
    arena_done(&a);
}

TEST(an_output_reads_well)
{
    static const struct {
        const char *template, *output, *shown;
    } cases[] = {
        {"pool %miner.pools · %file.size bytes", "pool (a:1) · 3 bytes", "pool a:1 · 3 bytes"},
        {"pools %miner.pools end", "pools (a:1,b:2) end", "pools a:1, b:2 end"},
        {"runs %persist.commands", "runs (cut -d, -f1)", "runs cut -d, -f1"},
        {"locks %script.locks · kills %script.kills", "locks <NA> · kills (a)", "kills a"},
        {"kills %script.kills · locks %script.locks", "kills (a) · locks <NA>", "kills a"},
        {"%file.name of %user.name", "x of <NA>", "x of unknown"},
        {"%file.name (%user.name) runs", "x (<NA>) runs", "x runs"},
        {"%file.name (%user.name, %file.path)", "x (<NA>, /x)", "x (unknown, /x)"},
        {"%file.name (%user.name) %file.path end", "x (<NA>) <NA> end", "x end"},
        {"%file.name %user.name %file.path", "x <NA> /x", "x /x"},
        {"entropy %elf.entropy.exec", "entropy 1.538001985", "entropy 1.53"},
        {"%proc.cpu.percent %% for", "90.5 % for", "90.5 % for"},
        {"%proc.name (%proc.pid) runs", "a (b) (7) runs", "a (b) (7) runs"},
        {"other %file.name", "what the rule does not say (x)", "what the rule does not say (x)"},
        {"%file.name%file.path", "(two,side)", "(two,side)"},
        {"*%file.name", "star", "star"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct strbuf got = {}, line = {};
        render_output(cases[i].template, cases[i].output, 1, false, &got);
        strbuf_printf(&line, "\n            %s\n", cases[i].shown);
        if (!str_has(strbuf_str(&got), strbuf_str(&line)))
            test_fail(__FILE__, __LINE__, "no line \"%s\" in %.*s", cases[i].shown,
                      STR_ARG(strbuf_str(&got)));
        strbuf_done(&got);
        strbuf_done(&line);
    }
}

static size_t count_lines(struct str s)
{
    size_t n = 0;
    struct str line;
    while (str_split(&s, '\n', &line))
        n++;
    return n;
}

TEST(an_output_is_bounded_unless_verbose)
{
    struct strbuf command = {}, bare = {}, one = {}, all = {}, words = {};
    for (int i = 0; i < 300; i++)
        strbuf_printf(&command, "%sword%d", i ? " " : "runs ", i);
    render_output("runs %proc.cmdline", "", 1, false, &bare);
    render_output("runs %proc.cmdline", command.p, 1, false, &one);
    render_output("no field", command.p, 1, false, &words);
    render_output("runs %proc.cmdline", command.p, 1, true, &all);
    CHECK_INT(count_lines(strbuf_str(&one)), count_lines(strbuf_str(&bare)) + 3);
    CHECK_INT(count_lines(strbuf_str(&words)), count_lines(strbuf_str(&bare)) + 3);
    CHECK(str_has(strbuf_str(&one), STR("runs word0 ")) && str_has(strbuf_str(&one), STR(" word299\n")));
    CHECK(str_has(strbuf_str(&words), STR("runs word0 ")) && str_has(strbuf_str(&words), STR("…\n")));
    CHECK(count_lines(strbuf_str(&all)) > 30);
    strbuf_done(&command);
    strbuf_done(&bare);
    strbuf_done(&one);
    strbuf_done(&words);
    strbuf_done(&all);
}

TEST(a_long_value_in_the_last_line_keeps_its_ends)
{
    struct arena a = {};
    struct report r = {.version = STR("0.1.0")};
    struct strbuf got = {};
    struct facts f;
    struct report_target *t = report_add_target(&r, STR("x"), STR("rootfs"));
    t->findings = findings_new(&(struct findings_options){});
    const struct rule *rule = sample_rule(&a, 0, "Sample", PRIORITY_ERROR, "axis:intent by:name");
    facts_init(&f);
    for (int i = 0; i < 2; i++) { /* of several, two lines each */
        sample_file(&f, i ? "/a" : "/b", NULL, 0);
        (void)findings_keep(t->findings, rule, &f,
                            STR("pool pool.imitation.example:3333 and monero address BEGIN000000000000000000000000000000000000000000000000000END"));
    }
    facts_done(&f);
    report_judge(&r);
    render(&r, (struct sink_options){.width = 60, .utf8 = true}, &got);
    CHECK(str_has(strbuf_str(&got), STR("            address BEGIN000")));
    CHECK(str_has(strbuf_str(&got), STR("000END\n")));
    strbuf_done(&got);
    report_done(&r);
    arena_done(&a);
}

TEST(equal_reasons_are_one_line)
{
    struct arena a = {};
    struct report r = {};
    struct strbuf got = {}, verbose = {};
    sample_clean_report(&r, &a);
    struct report_target *t = r.targets.v[0];
    for (int i = 0; i < 33; i++)
        report_unread(t, arena_printf(&a, "/%d", i),
                      i % 3 ? STR("permission denied") : STR("input/output error"));
    render(&r, (struct sink_options){.width = 80, .utf8 = true}, &got);
    render(&r, (struct sink_options){.width = 80, .utf8 = true, .verbose = true}, &verbose);
    CHECK(str_has(strbuf_str(&got), STR(" unread     33 could not be read:\n"
                                        "            /0 and 10 more: input/output error\n"
                                        "            /1 and 21 more: permission denied\n"
                                        " skipped ")));
    CHECK(str_has(strbuf_str(&verbose), STR("            /32: permission denied\n")));
    strbuf_done(&got);
    strbuf_done(&verbose);
    report_done(&r);
    arena_done(&a);
}

TEST(what_was_only_counted_is_said)
{
    struct arena a = {};
    struct report r = {.version = STR("0.1.0")};
    struct strbuf got = {}, verbose = {};
    struct facts f;
    struct report_target *t = report_add_target(&r, STR("x"), STR("rootfs"));
    t->findings = findings_new(&(struct findings_options){.per_rule = 7});
    const struct rule *rule = sample_rule(&a, 0, "Sample", PRIORITY_ERROR, "axis:intent by:name");
    facts_init(&f);
    for (int i = 0; i < 20; i++) {
        char path[16];
        (void)snprintf(path, sizeof(path), "/%d", i);
        sample_file(&f, path, NULL, 0);
        (void)findings_keep(t->findings, rule, &f, STR(""));
    }
    facts_done(&f);
    report_judge(&r);
    render(&r, (struct sink_options){}, &got);
    render(&r, (struct sink_options){.verbose = true}, &verbose);
    CHECK(str_has(strbuf_str(&got), STR("Sample x20")));
    CHECK(str_has(strbuf_str(&got), STR("            and 2 more, see --format json\n            and 13 more, counted and not kept\n")));
    CHECK(str_has(strbuf_str(&got), STR("SUSPICIOUS")));
    CHECK(str_has(strbuf_str(&verbose), STR("and 13 more, counted and not kept")));
    strbuf_done(&got);
    strbuf_done(&verbose);
    report_done(&r);
    arena_done(&a);
}

static struct str with_copies(struct strbuf *b, int copies, bool verbose)
{
    struct arena a = {};
    struct report r = {.version = STR("0.1.0")};
    struct facts f;
    struct report_target *t = report_add_target(&r, STR("x"), STR("rootfs"));
    t->findings = findings_new(&(struct findings_options){});
    const struct rule *rule = sample_rule(&a, 0, "Sample", PRIORITY_ERROR, "axis:intent by:name");
    facts_init(&f);
    for (int i = 0; i <= copies; i++) {
        char path[16];
        (void)snprintf(path, sizeof(path), "/place/%d", i);
        sample_file(&f, path, SAMPLE_SHA256, 0);
        (void)findings_keep(t->findings, rule, &f, STR(""));
    }
    facts_done(&f);
    report_judge(&r);
    strbuf_clear(b);
    render(&r, (struct sink_options){.width = 80, .utf8 = true, .verbose = verbose}, b);
    report_done(&r);
    arena_done(&a);
    return strbuf_str(b);
}

TEST(copies_are_told_by_name)
{
    struct strbuf b = {};
    CHECK(str_has(with_copies(&b, 2, false), STR("            /place/0\n            also at /place/1\n            also at /place/2\n")));
    CHECK(!str_has(strbuf_str(&b), STR(" more path")));
    CHECK(str_has(with_copies(&b, 5, false), STR("also at /place/5\n"))); /* one line more is not worth a line that says so */
    CHECK(str_has(with_copies(&b, 6, false), STR("also at /place/4\n            and 2 more paths with the same content\n")));
    CHECK(!str_has(strbuf_str(&b), STR("/place/5")));
    CHECK(str_has(with_copies(&b, 40, true), STR("also at /place/32\n            and 8 more paths with the same content\n")));
    strbuf_done(&b);
}

static size_t place_of(struct str text, const char *path)
{
    ptrdiff_t at = str_find(text, str_from(path), 0);
    return at < 0 ? 0 : (size_t)at;
}

TEST(what_a_container_sees_comes_first)
{
    static const char *const states[] = {"deleted", "shadowed", "effective"};
    struct arena a = {};
    struct report r = {.version = STR("0.1.0")};
    struct strbuf got = {};
    struct facts f;
    struct report_target *t = report_add_target(&r, STR("x"), STR("image"));
    t->findings = findings_new(&(struct findings_options){});
    const struct rule *rule = sample_rule(&a, 0, "Sample", PRIORITY_ERROR, "axis:intent by:name");
    facts_init(&f);
    for (uint32_t i = 0; i < 3; i++) {
        char path[16];
        (void)snprintf(path, sizeof(path), "/%s", states[i]);
        sample_file(&f, path, SAMPLE_SHA256, 3 - i);
        facts_str(&f, F_LAYER_STATE, str_from(states[i]));
        (void)findings_keep(t->findings, rule, &f, STR(""));
    }
    facts_done(&f);
    report_judge(&r);
    render(&r, (struct sink_options){.width = 80, .utf8 = true}, &got);
    struct str text = strbuf_str(&got);
    CHECK(place_of(text, "/effective") && place_of(text, "/effective") < place_of(text, "/shadowed"));
    CHECK(place_of(text, "/shadowed") < place_of(text, "/deleted"));
    strbuf_done(&got);
    report_done(&r);
    arena_done(&a);
}

/* Every byte that a name may hold, words longer than a line, wide characters, thousands of gaps. */
static void hostile_report(struct report *r, struct arena *a)
{
    struct report_target *t = report_add_target(r, STR("x\033[2J\xff\xe2\x80\xae.tar"), STR("image"));
    struct facts f;
    static char bytes[512]; /* the report borrows it */
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    r->fail_on = PRIORITY_DEBUG;
    r->version = STR("0.1.0");
    t->platform = str_n(bytes, sizeof(bytes));
    t->digest = STR("sha256:\033]0;x");
    t->findings = findings_new(&(struct findings_options){});
    facts_init(&f);
    for (uint32_t i = 0; i < 40; i++) {
        struct rule *rule =
            sample_rule(a, i / 4, "Rule \033[31m with\nhostile name and a rather long title for one line",
                        (enum priority)(i / 4 % PRIORITY__N),
                        i % 3 ? "axis:intent by:name purpose:\033[m row:\x07 T1000" : "kind:exposure");
        rule->desc = STR("日本語の長い説明文は空白なしで書かれるので折り返しは文字の間で行われなければならな"
                         "い。そうでないと切れる。");
        rule->next = str_n(bytes, sizeof(bytes));
        char path[64];
        (void)snprintf(path, sizeof(path), "/%u\033]8;;http://x\007\xc3(", i);
        sample_file(&f, path, NULL, i);
        facts_str(&f, F_LAYER_CREATED_BY, str_n(bytes, sizeof(bytes)));
        facts_str(&f, F_LAYER_STATE, i % 2 ? STR("shadowed") : STR("deleted"));
        facts_note(&f, &(struct note){.field = F_FILE_PATH,
                                      .value = str_n(bytes, sizeof(bytes)),
                                      .excerpt = str_n(bytes, i * 10),
                                      .via = i % 2 ? str_n(bytes, 100) : STR_NULL,
                                      .line = i});
        (void)findings_keep(t->findings, rule, &f, str_n(bytes, sizeof(bytes)));
    }
    facts_done(&f);
    for (int i = 0; i < REPORT_GAPS_MAX + 10; i++)
        report_unread(t, str_n(bytes, sizeof(bytes)), str_n(bytes, sizeof(bytes)));
    report_skipped(t, STR(""), STR(""));
    report_judge(r);
}

TEST(hostile_bytes_are_shown_and_do_nothing)
{
    struct arena a = {};
    struct report r = {};
    hostile_report(&r, &a);
    for (unsigned width = 40; width <= 200; width += 31) {
        for (int utf8 = 0; utf8 < 2; utf8++) {
            struct strbuf got = {};
            render(&r, (struct sink_options){.width = width, .utf8 = utf8, .verbose = width % 2}, &got);
            struct str rest = strbuf_str(&got), line;
            CHECK(text_is_utf8(rest));
            while (str_split(&rest, '\n', &line)) {
                struct strbuf safe = {};
                text_add_safe(&safe, line);
                bool is_safe = str_eq(line, strbuf_str(&safe));
                strbuf_done(&safe);
                CHECK(is_safe);
                if (text_width(line) > width)
                    test_fail(__FILE__, __LINE__, "%zu columns at width %u: %.*s", text_width(line), width,
                              STR_ARG(line));
                for (size_t i = 0; !utf8 && i < line.n; i++)
                    CHECK((unsigned char)line.p[i] < 0x80);
            }
            strbuf_done(&got);
        }
    }
    report_done(&r);
    arena_done(&a);
}

TEST(the_samples_fit_every_width_and_keep_words_whole)
{
    struct arena a = {};
    struct report r = {};
    sample_image_report(&r, &a, NULL);
    for (unsigned width = 60; width <= 200; width++) {
        struct strbuf got = {};
        render(&r, (struct sink_options){.width = width, .utf8 = true, .verbose = true}, &got);
        struct str rest = strbuf_str(&got), line;
        while (str_split(&rest, '\n', &line))
            CHECK(text_width(line) <= width);
        CHECK(str_has(strbuf_str(&got), STR("pool.example:10128")));
        CHECK(str_has(strbuf_str(&got), STR("deleting")));
        CHECK(str_has(strbuf_str(&got), STR("0f1e2d3c4b5a")));
        strbuf_done(&got);
    }
    report_done(&r);
    arena_done(&a);
}

static int write_fails(void *, const void *, size_t)
{
    return -ENOSPC;
}

TEST(an_output_that_fails_is_said)
{
    static const struct sink_ops *const all[] = {&SINK_TEXT, &SINK_JSON};
    for (size_t i = 0; i < 2; i++) {
        struct arena a = {};
        struct report r = {};
        struct error err = {};
        sample_image_report(&r, &a, NULL);
        struct sink *s = all[i]->open(&(struct sink_options){.output = {.write = write_fails}});
        CHECK_INT(all[i]->report(s, &r, &err), -ENOSPC);
        CHECK_CSTR(err.text, "cannot write the report: No space left on device");
        (void)all[i]->close(s);
        report_done(&r);
        arena_done(&a);
    }
}
