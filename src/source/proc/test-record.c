// SPDX-License-Identifier: Apache-2.0
/* This very process as a record, and what the context makes of it. */
#include <fcntl.h>
#include <unistd.h>

#include "context/test-records.h"
#include "harness/test.h"
#include "source/proc/fs.h"
#include "source/proc/parse.h"
#include "source/proc/record.h"

static uint64_t start_of_self(void)
{
    struct strbuf b = {};
    struct proc_stat st;
    CHECK(fs_read(AT_FDCWD, "/proc/self/stat", 4096, &b) && proc_parse_stat(strbuf_str(&b), &st));
    strbuf_done(&b);
    return st.start * (1'000'000'000 / (uint64_t)sysconf(_SC_CLK_TCK)) + 3'000'000;
}

struct answer {
    struct record_writer w;
    int proc;
    unsigned asked;
};

static const struct record *answer(void *ctx, int32_t pid, uint64_t start_ns)
{
    struct answer *a = ctx;
    a->asked++;
    return proc_record(a->proc, pid, start_ns, false, &a->w) ? a->w.record : NULL;
}

TEST(a_process_tells_what_it_is)
{
    struct answer a = {.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    struct stream s;
    char exe[4096] = "";
    const uint64_t start = start_of_self();
    CHECK(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
    CHECK(proc_record(a.proc, getpid(), start, false, &a.w));
    CHECK_INT(record_check(a.w.record, a.w.record->size, NULL, NULL), 0);
    CHECK_INT(record_number(record_find(a.w.record, RECORD_PARAM)), 1);
    CHECK(!proc_record(a.proc, getpid(), start + 1'000'000'000, false, &a.w));
    CHECK(!proc_record(a.proc, 0x7ffffff0, start, false, &a.w));
    stream_init(&s, (struct context_options){.ask = {.process = answer, .ctx = &a}});
    struct record *r = stream_call(&s, EVENT_SETUID, getpid(), getppid(), "odd");
    r->start_ns = start;
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "proc.exepath", exe);
    CHECK_FIELD(&s, "proc.name", "odd");
    CHECK(a.asked >= 1);
    const unsigned asked = a.asked;
    r = stream_call(&s, EVENT_SETUID, getpid(), getppid(), "odd");
    r->start_ns = start;
    CHECK_INT(stream_take(&s), 1);
    CHECK_INT(a.asked, asked);
    stream_done(&s);
    record_writer_done(&a.w);
    (void)close(a.proc);
}
