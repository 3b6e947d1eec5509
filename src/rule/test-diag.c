// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "harness/test.h"
#include "rule/diag.h"

static void rendered(const struct diag *diag, const char *want)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    diag_render(&b, diag);
    CHECK_STR(strbuf_str(&b), want);
}

TEST(shows_the_line_with_a_caret_and_the_cure)
{
    rendered(&(struct diag){.code = DIAG_ERR_COMPILE_CONDITION,
                            .file = "rules/x.yaml",
                            .line = 12,
                            .column = 14,
                            .item = STR("rule A"),
                            .message = STR("unknown field \"proc.nmae\""),
                            .cure = STR("did you mean \"proc.name\"?"),
                            .source = STR("  condition: proc.nmae = sh")},
             "rules/x.yaml:12:14: error: rule A: unknown field \"proc.nmae\" [LOAD_ERR_COMPILE_CONDITION]\n"
             "  condition: proc.nmae = sh\n"
             "             ^\n"
             "  did you mean \"proc.name\"?\n");
}

TEST(a_whole_file_has_no_line)
{
    rendered(&(struct diag){.code = DIAG_UNUSED_LIST, .file = "x", .message = STR("empty")},
             "x: warning: empty [LOAD_UNUSED_LIST]\n");
}

TEST(control_characters_cannot_reach_the_terminal)
{
    rendered(&(struct diag){.code = DIAG_ERR_VALIDATE,
                            .file = "x",
                            .line = 1,
                            .column = 3,
                            .message = STR("\x1b[31m"),
                            .source = STR("\x1b]0;x")},
             "x:1:3: error: \\x1b[31m [LOAD_ERR_VALIDATE]\n"
             "  \\x1b]0;x\n"
             "       ^\n");
}

TEST(the_caret_stands_right_after_wide_characters)
{
    rendered(&(struct diag){.code = DIAG_ERR_VALIDATE,
                            .file = "x",
                            .line = 1,
                            .column = 7,
                            .message = STR("m"),
                            .source = STR("\xe6\xbc\xa2\xe5\xad\x97!")},
             "x:1:7: error: m [LOAD_ERR_VALIDATE]\n"
             "  \xe6\xbc\xa2\xe5\xad\x97!\n"
             "      ^\n");
}

TEST(a_long_line_is_cut_around_the_caret)
{
    char line[400];
    memset(line, 'a', sizeof(line));
    line[300] = 'X';
    _cleanup_(strbuf_done) struct strbuf b = {};
    diag_render(&b, &(struct diag){.code = DIAG_ERR_VALIDATE,
                                   .file = "x",
                                   .line = 1,
                                   .column = 301,
                                   .message = STR("m"),
                                   .source = str_n(line, sizeof(line))});
    struct str rest = strbuf_str(&b), head, source, caret;
    CHECK(str_split(&rest, '\n', &head) && str_split(&rest, '\n', &source) && str_split(&rest, '\n', &caret));
    CHECK(source.n < 110 && str_starts(source, STR("  ...")) && str_ends(source, STR("...")));
    CHECK_INT(str_find(source, STR("X"), 0), str_find(caret, STR("^"), 0));
}

TEST(keeps_so_many_and_says_so)
{
    _cleanup_(diags_done) struct diags d = {};
    for (int i = 0; i < 20'000; i++)
        diags_add(&d, &(struct diag){.code = DIAG_ERR_VALIDATE, .file = "x", .message = STR("m")});
    CHECK_INT(d.n, 10'001);
    CHECK_INT(d.n_errors, 20'000);
    CHECK_STR(d.v[10'000].message, "there is more; it is not shown");
}

TEST(counts_errors_and_keeps_its_own_copies)
{
    _cleanup_(diags_done) struct diags d = {};
    char text[] = "first";
    diags_add(&d, &(struct diag){.code = DIAG_ERR_VALIDATE, .file = "x", .message = str_from(text)});
    text[0] = 'X';
    diags_add(&d, &(struct diag){.code = DIAG_UNUSED_MACRO, .file = "x", .message = STR("second")});
    CHECK_INT(d.n, 2);
    CHECK_INT(d.n_errors, 1);
    CHECK_STR(d.v[0].message, "first");
}
