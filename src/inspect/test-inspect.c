// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"
#include "harness/test.h"
#include "inspect/inspection.h"
#include "inspect/analyzer.h"

struct pieces {
    struct str rest;
    size_t piece;
    int at_end;
};

static int read_piece(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct pieces *p = ctx;
    if (!p->rest.n)
        return p->at_end;
    size_t n = p->rest.n < p->piece ? p->rest.n : p->piece;
    *ret = (const uint8_t *)p->rest.p;
    *ret_n = n;
    p->rest = str_sub(p->rest, n, p->rest.n);
    return 0;
}

static struct inspector *inspector(size_t window)
{
    struct inspector *in = NULL;
    struct error err = ERROR_NULL;
    static const char *const none[] = {NULL};
    CHECK_INT(inspector_new(&(struct inspect_options){.window_bytes = window, .only = none}, &in, &err), 0);
    return in;
}

TEST(bytes_and_pieces_tell_the_same)
{
    char data[10000];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 2654435761u >> 13);
    _cleanup_(inspector_freep) struct inspector *in = inspector(1024);
    _cleanup_(facts_done) struct facts a = {}, b = {};
    facts_init(&a);
    facts_init(&b);
    for (size_t n = 1000; n < sizeof(data); n += 1237) {
        facts_reset(&a, EVENT_FILE, 0);
        facts_reset(&b, EVENT_FILE, 0);
        CHECK_INT(inspector_bytes(in, str_n(data, n), &a), 0);
        struct pieces p = {str_n(data, n), 700, 1};
        CHECK_INT(inspector_file(in, &(struct content_source){&p, read_piece}, &b), 0);
        struct sha256 *h = sha256_new();
        sha256_add(h, data, n);
        CHECK(str_eq(facts_get_str(&a, F_FILE_SHA256), sha256_end_hex(h, &a.arena)));
        sha256_free(h);
        CHECK(str_eq(facts_get_str(&a, F_FILE_SHA256), facts_get_str(&b, F_FILE_SHA256)));
        CHECK(facts_get(&a, F_FILE_ENTROPY)->d == facts_get(&b, F_FILE_ENTROPY)->d);
        CHECK_INT(facts_get(&a, F_FILE_SIZE)->u, n);
        CHECK_INT(facts_get(&b, F_FILE_SIZE)->u, n);
        CHECK_INT(facts_get(&a, F_FILE_PARTIAL)->b, n > 1024);
        CHECK_INT(facts_get(&b, F_FILE_PARTIAL)->b, n > 1024);
    }
}

TEST(an_unreadable_rest_is_told)
{
    _cleanup_(inspector_freep) struct inspector *in = inspector(0);
    _cleanup_(facts_done) struct facts f = {};
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    struct pieces p = {STR("#!/bin/sh\n"), 4, -5};
    CHECK_INT(inspector_file(in, &(struct content_source){&p, read_piece}, &f), 1);
    CHECK_STR(facts_get_str(&f, F_FILE_KIND), "script");
    CHECK(facts_get(&f, F_FILE_PARTIAL)->b);
}

TEST(empty_file)
{
    _cleanup_(inspector_freep) struct inspector *in = inspector(0);
    _cleanup_(facts_done) struct facts f = {};
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    CHECK_INT(inspector_bytes(in, STR_NULL, &f), 0);
    CHECK_STR(facts_get_str(&f, F_FILE_KIND), "empty");
    CHECK_STR(facts_get_str(&f, F_FILE_SHA256),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(!facts_get(&f, F_FILE_IS_TEXT)->b);
}

TEST(extension_and_content_disagree)
{
    _cleanup_(inspector_freep) struct inspector *in = inspector(0);
    _cleanup_(facts_done) struct facts f = {};
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    facts_str(&f, F_FILE_PATH, STR("/srv/logo.png"));
    CHECK_INT(inspector_bytes(in, STR("#!/bin/sh\n"), &f), 0);
    CHECK_STR(facts_get_str(&f, F_FILE_KIND_EXPECTED), "png");
    CHECK(facts_get(&f, F_FILE_KIND_MISMATCH)->b);
}

TEST(lines_are_counted_as_one_by_one)
{
    enum { BYTES = 600'000 }; /* marks are farther apart than the least */
    static char text[BYTES];
    uint32_t state = 3;
    for (size_t i = 0; i < BYTES; i++) {
        state = state * 1103515245 + 12345;
        text[i] = i > 580'000 || (state >> 16) % (1 + i / 100) == 0 ? '\n' : 'x'; /* lines of all lengths, then thousands of empty ones */
    }
    struct line_cache cache = {};
    const struct content c = {.data = str_n(text, BYTES), .first = true, .is_text = true, .lines = &cache};
    uint32_t line = 1, column = 1, is_line, is_column;
    for (size_t at = 0; at <= BYTES; at++) {
        state = state * 1103515245 + 12345;
        if ((state >> 16) % 37 == 0) {
            content_line(&c, at, &is_line, &is_column);
            CHECK_INT(is_line, line);
            CHECK_INT(is_column, column);
        }
        if (at == BYTES)
            break;
        column = text[at] == '\n' ? 1 : column + 1;
        line += text[at] == '\n';
    }
    content_line(&c, BYTES, &is_line, &is_column);
    CHECK_INT(is_line, line);
    content_line(&c, 0, &is_line, &is_column); /* back to the beginning */
    CHECK_INT(is_line, 1);
    CHECK_INT(is_column, 1);
    for (size_t i = 0; i < 500; i++) { /* in any order, as analyzers ask one after the other; each must be told as a new cache tells it */
        state = state * 1103515245 + 12345;
        size_t at = (state >> 8) % (BYTES + 1);
        struct line_cache other = {};
        struct content d = c;
        d.lines = &other;
        content_line(&d, at, &line, &column);
        content_line(&c, at, &is_line, &is_column);
        CHECK_INT(is_line, line);
        CHECK_INT(is_column, column);
    }
}
