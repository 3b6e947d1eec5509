// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "harness/test.h"

#define SHOWS(call, want)                                                                                              \
    do {                                                                                                               \
        struct strbuf b = {};                                                                                          \
        call;                                                                                                          \
        CHECK_STR(strbuf_str(&b), want);                                                                               \
        strbuf_done(&b);                                                                                               \
    } while (0)

TEST(nothing_reaches_the_terminal_but_text)
{
    SHOWS(text_add_safe(&b, STR("ab\x1b[31mc\n\xff")), "ab\\x1b[31mc\\x0a\\xff");
    SHOWS(text_add_safe(&b, STR("日本 é")), "日本 é");
    SHOWS(text_add_safe(&b, STR("x\u202egpj")), "x\\xe2\\x80\\xaegpj");
    SHOWS(text_add_safe(&b, STR("\xc0\xaf\xed\xa0\x80")), "\\xc0\\xaf\\xed\\xa0\\x80");
}

TEST(width_counts_columns)
{
    CHECK_INT(text_width(STR("abc")), 3);
    CHECK_INT(text_width(STR("日本")), 4);
    CHECK_INT(text_width(STR("e\u0301")), 1);
}

/* The pieces of a text, with | where a line may end; blanks stay. */
static void add_pieces(struct strbuf *b, struct str s)
{
    while (s.n) {
        struct str piece = text_next_piece(&s);
        strbuf_add(b, piece);
        if (s.n && s.p[0] != ' ')
            strbuf_addc(b, '|');
        while (s.n && s.p[0] == ' ') {
            strbuf_addc(b, ' ');
            s = str_sub(s, 1, s.n);
        }
    }
}

TEST(a_cut_leaves_whole_characters)
{
    CHECK_STR(text_cut(STR("日本"), 6), "日本");
    CHECK_STR(text_cut(STR("日本"), 5), "日");
    CHECK_STR(text_cut(STR("日本"), 4), "日");
    CHECK_STR(text_cut(STR("日本"), 3), "日");
    CHECK_STR(text_cut(STR("日本"), 2), "");
    CHECK_STR(text_cut(STR("abc"), 2), "ab");
    CHECK_STR(text_cut(STR("a\x80\x80\x80"), 3), "a\x80\x80");
    CHECK_STR(text_cut(STR_NULL, 3), "");
}

TEST(lines_end_where_they_may)
{
    SHOWS(add_pieces(&b, STR("two words, here")), "two words, here");
    SHOWS(add_pieces(&b, STR("証拠を保全。")), "証拠を|保全。");
    SHOWS(add_pieces(&b, STR("鍵（SSH）、「rows」と")), "鍵|（SSH）、|「rows」|と");
    SHOWS(add_pieces(&b, STR("きょっとする々")), "きょっとする々");
    SHOWS(add_pieces(&b, STR("このマイナーは")), "この|マイナーは");
    SHOWS(add_pieces(&b, STR("調べてください。次")), "調べてください。|次");
    SHOWS(add_pieces(&b, STR("CPU を使う(MSR)か?")), "CPU を|使う|(MSR)|か?");
    SHOWS(add_pieces(&b, STR("（（（")), "（（（");
    SHOWS(add_pieces(&b, STR("か\xe3\x82\x99字")), "か\xe3\x82\x99|字"); /* a combining mark stays with its letter */
    SHOWS(add_pieces(&b, STR("アイウエオカキクケコサシスセソ")), "アイウエオカキクケコサシ|スセソ");
    SHOWS(add_pieces(&b, STR("接続元を調べています")), "接続元を|調べています");
    SHOWS(add_pieces(&b, STR("実行者・ログの漏洩")), "実行者・|ログの|漏洩");
    SHOWS(add_pieces(&b, STR("数分間以内同一主体操作試行拒否")), "数分間以内同一主体操作試|行拒否"); /* of what never ends, 24 columns */
    SHOWS(add_pieces(&b, STR("フォルダーもありません")), "フォルダーもありません");
    SHOWS(add_pieces(&b, STR("これはとてもとてもながいことば")), "これはとてもとてもながい|ことば");
    SHOWS(add_pieces(&b, STR("\xff語")), "\xff|語");
}

TEST(fit_cuts_the_middle)
{
    SHOWS(text_add_fit(&b, STR("/usr/share/very/long/name.txt"), 15, true), "/usr/sh…ame.txt");
    SHOWS(text_add_fit(&b, STR("/usr/share/very/long/name.txt"), 15, false), "/usr/s...me.txt");
    SHOWS(text_add_fit(&b, STR("short"), 15, true), "short");
    SHOWS(text_add_fit(&b, STR("日本語日本語日本語"), 9, true), "日本…本語");
}

TEST(figures)
{
    SHOWS(text_add_size(&b, 0), "0 B");
    SHOWS(text_add_size(&b, 999), "999 B");
    SHOWS(text_add_size(&b, 1234), "1.2 kB");
    SHOWS(text_add_size(&b, 214'000'000), "214 MB");
    SHOWS(text_add_size(&b, 999'600), "1.0 MB");
    SHOWS(text_add_count(&b, 8412), "8,412");
    SHOWS(text_add_count(&b, 999), "999");
    SHOWS(text_add_count(&b, 1'000'000), "1,000,000");
    SHOWS(text_add_time(&b, 1'700'000'000'123'456'789, 9), "2023-11-14T22:13:20.123456789Z");
    SHOWS(text_add_time(&b, 0, 0), "1970-01-01T00:00:00Z");
}
