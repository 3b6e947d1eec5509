// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "event/record_read.h"
#include "event/record_write.h"
#include "harness/test.h"

static void fill(struct record_writer *w)
{
    struct record *r = record_begin(w, RECORD_PROCESS);
    r->pid = 7;
    memcpy(r->comm, "sh", 3);
    record_add_text(w, RECORD_PARAM + 3, STR("abc"));
    record_add_number(w, RECORD_PARAM + 4, 5);
    record_add_number(w, RECORD_PARAM + 5, 1ULL << 40);
    struct record_fd fd = {.num = 1, .type = RECORD_FD_FILE};
    record_add(w, RECORD_STDIO, 1, &fd, sizeof(fd), STR("/tmp/x"));
    struct record_exe exe = {.ino = 99};
    record_add(w, RECORD_EXE, 0, &exe, sizeof(exe), STR("/bin/sh"));
    record_add_text(w, RECORD_CWD, STR("/"));
}

TEST(what_was_written_is_read)
{
    _cleanup_(record_writer_done) struct record_writer w = {};
    fill(&w);
    const struct record *r = w.record;
    CHECK_INT(record_check(r, r->size, NULL, NULL), 0);
    struct record_index index;
    record_index(r, &index);
    CHECK_STR(record_text(index.v[RECORD_PARAM + 3]), "abc");
    CHECK_INT(record_number(index.v[RECORD_PARAM + 4]), 5);
    CHECK_INT(record_number(index.v[RECORD_PARAM + 5]), 1LL << 40);
    CHECK(!index.v[RECORD_PARAM + 6]);
    struct str name = {};
    CHECK_INT(record_exe(index.v[RECORD_EXE], &name)->ino, 99);
    CHECK_STR(name, "/bin/sh");
    CHECK_INT(record_stdio(r, 1, &name)->type, RECORD_FD_FILE);
    CHECK_STR(name, "/tmp/x");
    CHECK(!record_stdio(r, 0, NULL));
    CHECK_STR(record_text(record_find(r, RECORD_CWD)), "/");
}

TEST(every_prefix_needs_more)
{
    _cleanup_(record_writer_done) struct record_writer w = {};
    fill(&w);
    for (size_t n = 0; n < w.record->size; n++) {
        _cleanup_free_ char *copy = malloc(n + 1);
        size_t need = 0;
        memcpy(copy, w.record, n);
        CHECK_INT(record_check(copy, n, &need, NULL), -ENODATA);
        CHECK_INT(need, n < sizeof(struct record) ? sizeof(struct record) : w.record->size);
    }
}

static const char *why(struct record_writer *w)
{
    const char *reason = NULL;
    return record_check(w->record, RECORD_BYTES_MAX, NULL, &reason) == -EBADMSG ? reason : "sound";
}

TEST(what_is_not_a_record_is_refused_with_the_reason)
{
    _cleanup_(record_writer_done) struct record_writer w = {};
    struct record_fd fd = {.type = RECORD_FD_ANON + 1};

    record_begin(&w, 1)->size = 8;
    CHECK_CSTR(why(&w), "a size that no record has");
    record_begin(&w, 1)->size = RECORD_BYTES_MAX + 8;
    CHECK_CSTR(why(&w), "a size that no record has");
    record_begin(&w, 1)->size += 4;
    CHECK_CSTR(why(&w), "a size that no record has");

    memset(record_begin(&w, 1)->comm, 'a', 16);
    CHECK_CSTR(why(&w), "a name of a thread without an end");

    record_begin(&w, 1);
    record_add_text(&w, RECORD_CWD, STR("/abc"));
    ((struct record_block *)(w.record + 1))->size = 9;
    CHECK_CSTR(why(&w), "a block that is longer than its record");

    record_begin(&w, 1);
    record_add_text(&w, RECORD_CWD, STR("/abc"));
    ((struct record_block *)(w.record + 1))->size = 3;
    CHECK_CSTR(why(&w), "padding that is not zero");

    record_begin(&w, 1);
    record_add_text(&w, RECORD_CWD, STR("/a\0c"));
    CHECK_CSTR(why(&w), "a path or name with a NUL in it");

    record_begin(&w, 1);
    record_add(&w, RECORD_FD, 0, &fd, sizeof(fd), STR_NULL);
    CHECK_CSTR(why(&w), "a type of descriptor that is not known");

    record_begin(&w, 1);
    record_add_text(&w, RECORD_EXE, STR("12345678"));
    CHECK_CSTR(why(&w), "a block that is shorter than its structure");

    fd.type = RECORD_FD_FILE;
    record_begin(&w, 1);
    record_add(&w, RECORD_STDIO, 3, &fd, sizeof(fd), STR_NULL);
    CHECK_CSTR(why(&w), "a standard descriptor over 2");

    /* Tags of later versions pass. */
    record_begin(&w, 60000);
    record_add_text(&w, RECORD_TAGS__N + 5, STR("x"));
    CHECK_CSTR(why(&w), "sound");
}

TEST(text_is_cut_at_its_limit_and_says_so)
{
    _cleanup_(record_writer_done) struct record_writer w = {};
    _cleanup_free_ char *long_text = malloc(70000);
    memset(long_text, 'a', 70000);
    record_begin(&w, 1);
    record_add_text(&w, RECORD_CWD, str_n(long_text, RECORD_PATH_MAX));
    CHECK(!(w.record->flags & RECORD_CUT));
    record_add_text(&w, RECORD_CWD, str_n(long_text, RECORD_PATH_MAX + 1));
    CHECK(w.record->flags & RECORD_CUT);
    for (int i = 0; i < 8; i++)
        record_add_text(&w, RECORD_ARGS, str_n(long_text, 70000));
    CHECK_INT(record_check(w.record, w.record->size, NULL, NULL), 0);
    CHECK(w.record->size <= RECORD_BYTES_MAX);
}
