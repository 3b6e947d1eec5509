// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "harness/test.h"
#include "worker/desk.h"

static void open_both(struct outbox *out, struct inbox *in)
{
    int ends[2];
    CHECK(!pipe2(ends, O_CLOEXEC));
    *out = (struct outbox){.desk = desk_memory(sizeof(struct desk)), .fd = ends[1]};
    *in = (struct inbox){.fd = ends[0]};
    CHECK(out->desk != NULL);
}

static void close_both(struct outbox *out, struct inbox *in)
{
    if (out->fd >= 0)
        close(out->fd);
    inbox_done(in);
    (void)munmap(out->desk, sizeof(struct desk));
}

static void expect(struct inbox *in, uint64_t item, const char *body)
{
    struct record r;
    CHECK_INT(inbox_take(in, &r), 0);
    CHECK_INT(r.kind, RECORD_EVENT);
    CHECK_INT(r.item, item);
    CHECK_STR(r.body, body);
}

TEST(records_arrive_in_order)
{
    struct outbox out;
    struct inbox in;
    struct record r;
    open_both(&out, &in);
    outbox_add(&out, RECORD_EVENT, 1, STR("one"));
    outbox_add(&out, RECORD_EVENT, 2, STR(""));
    CHECK_INT(inbox_take(&in, &r), 1);
    outbox_flush(&out);
    CHECK_INT(inbox_read(&in, 5), 0); /* a piece of the first */
    CHECK_INT(inbox_take(&in, &r), 1);
    CHECK_INT(inbox_read(&in, 1 << 16), 0);
    expect(&in, 1, "one");
    expect(&in, 2, "");
    CHECK_INT(inbox_take(&in, &r), 1);
    close_both(&out, &in);
}

/* Wherever a worker is killed, whole records are told once each. */
TEST(what_lies_on_the_desk_is_not_lost)
{
    for (size_t read = 0; read < 60; read++) {
        struct outbox out;
        struct inbox in;
        struct record r;
        open_both(&out, &in);
        outbox_add(&out, RECORD_EVENT, 1, STR("one"));
        outbox_flush(&out);
        outbox_add(&out, RECORD_EVENT, 2, STR("two"));
        outbox_add(&out, RECORD_EVENT, 3, STR("three"));
        if (read > 16) { /* the flush was under way: some bytes were written, the desk does not know yet */
            size_t n = read - 16 < out.desk->ready ? read - 16 : out.desk->ready;
            CHECK(write(out.fd, out.desk->out, n) == (ssize_t)n);
        }
        close(out.fd);
        out.fd = -1;
        while (!inbox_read(&in, read ? read : 1))
            ;
        inbox_salvage(&in, out.desk);
        expect(&in, 1, "one");
        expect(&in, 2, "two");
        expect(&in, 3, "three");
        CHECK_INT(inbox_take(&in, &r), 1);
        close_both(&out, &in);
    }
}

/* Of walkers that followed each other, each may have said what it did not do. */
TEST(what_was_said_is_taken_back_where_it_stands)
{
    static const enum record_kind WANT[] = {RECORD_HANDED, RECORD_EVENT, RECORD_VOID, RECORD_OPENED, RECORD_HANDED, RECORD_VOID};
    struct outbox out;
    struct inbox in;
    struct record r;
    open_both(&out, &in);
    outbox_add(&out, RECORD_HANDED, 5, STR("first"));
    outbox_add(&out, RECORD_HANDED, 6, STR("taken"));
    outbox_add(&out, RECORD_EVENT, 7, STR("event"));
    outbox_add(&out, RECORD_HANDED, 7, STR("void"));
    outbox_flush(&out);
    CHECK_INT(inbox_read(&in, 4096), 0);
    CHECK_INT(inbox_take(&in, &r), 0);
    inbox_take_back(&in, RECORD_HANDED, 5); /* it is too late for that */
    inbox_take_back(&in, RECORD_HANDED, 7);
    outbox_add(&out, RECORD_OPENED, 0, STR_NULL);
    outbox_add(&out, RECORD_HANDED, 7, STR("again"));
    outbox_add(&out, RECORD_HANDED, 8, STR("void"));
    outbox_flush(&out);
    CHECK_INT(inbox_read(&in, 4096), 0);
    inbox_take_back(&in, RECORD_HANDED, 8);
    inbox_take_back(&in, RECORD_HANDED, 9);
    for (size_t i = 0; i < ARRAY_SIZE(WANT); i++) {
        CHECK_INT(inbox_take(&in, &r), 0);
        CHECK_INT(r.kind, WANT[i]);
        CHECK(r.kind != RECORD_VOID || str_is(r.body, "void"));
    }
    CHECK_INT(inbox_take(&in, &r), 1);
    close_both(&out, &in);
}

TEST(a_record_that_was_cut_off_is_dropped)
{
    struct outbox out;
    struct inbox in;
    struct record r;
    open_both(&out, &in);
    outbox_add(&out, RECORD_EVENT, 1, STR("one"));
    outbox_flush(&out);
    CHECK(write(out.fd, "\x40\0\0\0\1\2\3", 7) == 7);
    close(out.fd);
    out.fd = -1;
    while (!inbox_read(&in, 4096))
        ;
    inbox_salvage(&in, out.desk);
    expect(&in, 1, "one");
    CHECK_INT(inbox_take(&in, &r), 1);
    CHECK_INT(in.bytes.n - in.at, 0);
    close_both(&out, &in);
}

TEST(bytes_that_are_no_records_are_refused)
{
    static const struct {
        const char *bytes;
        size_t n;
    } BAD[] = {{"\0\0\0\0\0\0\0\0\0\0\0\0\0", 13}, {"\xff\xff\xff\xff\1\0\0\0\0\0\0\0\0", 13}, {"\x09\0\0\0\x63\0\0\0\0\0\0\0\0", 13}};
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        struct inbox in = {.fd = -1};
        struct record r;
        strbuf_add(&in.bytes, str_n(BAD[i].bytes, BAD[i].n));
        CHECK_INT(inbox_take(&in, &r), -EBADMSG);
        inbox_done(&in);
    }
    /* a desk that claims more than it has */
    struct desk *d = desk_memory(sizeof(*d));
    struct inbox in = {.fd = -1};
    d->ready = UINT32_MAX;
    d->base = 5;
    inbox_salvage(&in, d);
    CHECK_INT(in.bytes.n, 0);
    (void)munmap(d, sizeof(*d));
}
