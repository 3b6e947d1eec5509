// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "harness/test.h"
#include "sink/summary.h"
#include "sink/test-live-sample.h"

#define SECOND_NS UINT64_C(1'000'000'000)

static struct str page(struct summary *s, struct strbuf *b, struct live_look look)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
    strbuf_clear(b);
    summary_text(s, &look, b);
    return strbuf_str(b);
}

static void add(struct summary *s, struct alert *a, const char *who, uint64_t after_s)
{
    struct alert now = *a;
    now.subject.process = str_from(who);
    now.time_ns += after_s * SECOND_NS;
    summary_add(s, &now);
}

TEST(nothing_found_is_said)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct summary *s = summary_new();
    summary_about(s, &(struct summary_about){.title = STR("a\x1b[1m.log"), .right = STR("3 ms"), .foot = {{"checked", STR("7 records")}}});
    CHECK_STR(page(s, &b, (struct live_look){.width = 40}), " a\\x1b[1m.log                       3 ms\n"
                                                            "\n"
                                                            " + nothing found in what was looked at\n"
                                                            "\n"
                                                            " checked    7 records\n");
    s = summary_free(s);
}

TEST(what_could_not_be_read_is_no_clean_page)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct summary *s = summary_new();
    summary_about(s, &(struct summary_about){.is_unread = true});
    CHECK_STR(page(s, &b, (struct live_look){.width = 40}), " X NOT READ   nothing was judged\n\n");
    s = summary_free(s);
}

TEST(most_severe_first_and_who_did_most_of_it)
{
    struct live_sample x, y;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct summary *s = summary_new();
    struct alert *low = live_sample(&x), *high = live_sample(&y);
    y.rule.name = high->name = STR("Worse");
    y.rule.desc = STR("It is worse.");
    y.rule.next = STR("See to it.");
    high->priority = PRIORITY_ERROR;
    low->priority = PRIORITY_NOTICE;
    low->n_rows = low->n_techniques = 0;
    low->output = STR("o");
    add(s, low, "one", 0);
    add(s, low, "two", 5);
    add(s, low, "two", 90'000);
    add(s, high, "three", 7);
    /* stands for four more */
    low->repeats = 4;
    low->since_ns = low->time_ns;
    add(s, low, "three", 60);
    summary_case(s, 12);
    summary_case(s, 12);
    CHECK_STR(page(s, &b, (struct live_look){.width = 60, .utf8 = true}),
              " 1 HIGH  ·  7 LOW\n"
              "\n"
              " HIGH       Worse                         row 18   T1098.004\n"
              "            three   2023-11-14 22:13:27\n"
              "              bash wrote /root/.ssh/\\x1b[31mkeys\\xff\n"
              "   why      It is worse.\n"
              "   next     See to it.\n"
              "\n"
              " LOW        Keys replaced ×7\n"
              "            three ×4   2023-11-14 22:13:20 → 22:14:20\n"
              "              o\n"
              "            two ×2\n"
              "            2023-11-14 22:13:25 → 2023-11-15 23:13:20\n"
              "              o\n"
              "            one   2023-11-14 22:13:20\n"
              "              o\n"
              "\n"
              " cases      12 (davy case show 12)\n");
    s = summary_free(s);
}

/* A name that is longer than a line, in the last line that what was said may have: the mark for the rest needs room too. */
TEST(no_line_is_wider_than_the_page)
{
    struct live_sample x;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct summary *s = summary_new();
    struct alert *a = live_sample(&x);
    a->n_rows = a->n_techniques = 0;
    a->output = STR("GetParameter by arn:aws:iam::111111111111:role/aws-reserved/eu-west-1/Administrators from 192.0.2.1");
    add(s, a, "one", 0);
    for (unsigned utf8 = 0; utf8 <= 1; utf8++) {
        struct str all = page(s, &b, (struct live_look){.width = 60, .utf8 = utf8});
        CHECK(str_has(all, utf8 ? STR("istrators …\n") : STR("rators ...\n")));
        while (all.n) {
            const size_t end = (size_t)str_find(all, STR("\n"), 0);
            CHECK(text_width(str_sub(all, 0, end)) <= 60);
            all = str_sub(all, end + 1, all.n);
        }
    }
    s = summary_free(s);
}

TEST(context_is_a_paragraph_unless_all_is_wanted)
{
    struct live_sample x;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct summary *s = summary_new();
    struct alert *a = live_sample(&x);
    a->priority = PRIORITY_INFORMATIONAL;
    add(s, a, "one", 0);
    add(s, a, "one", 1);
    CHECK(str_has(page(s, &b, (struct live_look){.width = 80}), STR(" context    2 signs that count only beside others (--verbose lists them): Keys")));
    CHECK(!str_has(strbuf_str(&b), STR("one x2")));
    CHECK(str_has(page(s, &b, (struct live_look){.width = 80, .verbose = true}), STR("one x2")));
    s = summary_free(s);
}

TEST(whom_is_bounded_and_counted)
{
    struct live_sample x;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct summary *s = summary_new();
    struct alert *a = live_sample(&x);
    char who[32];
    for (int i = 0; i < SUMMARY_WHO_MAX + 500; i++) {
        (void)snprintf(who, sizeof(who), "who%d", i);
        add(s, a, who, 0);
    }
    CHECK(str_has(page(s, &b, (struct live_look){.width = 80}), STR("Keys replaced x1,500")));
    CHECK(str_has(strbuf_str(&b), STR("and 1,497 more (--verbose lists them)")));
    CHECK(str_has(page(s, &b, (struct live_look){.width = 80, .verbose = true}), STR("and 500 more, counted and not kept")));
    s = summary_free(s);
}

/* Whatever a stranger wrote is text on the page, and the page is whole however little there is. */
TEST(html_shows_and_does_not_obey)
{
    struct live_sample x;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct summary *s = summary_new();
    struct alert *a = live_sample(&x);
    a->priority = PRIORITY_CRITICAL;
    a->output = STR("<script>alert(1)</script> \x1b[31m & 'quoted'");
    add(s, a, "<img src=x onerror=alert(2)>", 0);
    for (int i = 0; i < 40; i++)
        add(s, a, (const char[]){(char)('a' + i % 26), (char)('0' + i / 26), 0}, (uint64_t)i * 3600);
    summary_about(s, &(struct summary_about){.title = STR("\"><b>a.log"), .right = STR("3 ms"), .foot = {{"checked", STR("7 <records>")}}});
    summary_case(s, 7);
    summary_html(s, &(struct live_look){}, &b);
    const struct str page = strbuf_str(&b);
    CHECK(str_has(page, STR("&lt;script&gt;alert(1)&lt;/script&gt; \\x1b[31m &amp; &#39;quoted&#39;")));
    CHECK(str_has(page, STR("&lt;img src=x onerror=alert(2)&gt;")) && str_has(page, STR("&quot;&gt;&lt;b&gt;a.log")));
    CHECK(!str_has(page, STR("<script")) && !str_has(page, STR("<img")) && !str_has(page, STR("<b>a.log")) && !str_has(page, STR("\x1b")));
    CHECK(str_has(page, STR("7 &lt;records&gt;")) && str_has(page, STR("davy case show 7")) && str_has(page, STR("<h4>Keys replaced</h4><span class=\"times\">×41")));
    CHECK(str_has(page, STR("<svg class=\"lanes\"")) && str_ends(page, STR("</html>\n")));
    s = summary_free(s);
}

TEST(html_says_why_nothing_is_on_it)
{
    static const struct {
        struct summary_about about;
        const char *says;
    } CASES[] = {
        {{.is_unread = true}, "Nothing could be read, so nothing was judged."},
        {{.is_empty = true}, "There was no record to judge."},
        {{.is_part = true}, "It was stopped; nothing was found until then."},
        {{}, "Nothing was found in what was looked at."},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        struct summary *s = summary_new();
        summary_about(s, &CASES[i].about);
        summary_html(s, &(struct live_look){}, &b);
        CHECK(str_has(strbuf_str(&b), str_from(CASES[i].says)));
        CHECK(str_has(strbuf_str(&b), i == 3 ? STR("class=\"verdict t-ok\"") : STR("class=\"verdict t-medium\"")));
        s = summary_free(s);
    }
}
