// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a text is read as, for tests: READS() for one record, READS_NTH() for one of several that a file holds. Each wish is "field=text". */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "harness/test.h"
#include "log/reader.h"

#define NS UINT64_C(1000000000)

static inline void says(const struct log_record *r, const char *text, const char *const *want)
{
    for (; *want; want++) {
        const char *equals = strchr(*want, '=');
        struct value v = {};
        struct strbuf b = {};
        const char *open = memchr(*want, '[', (size_t)(equals - *want));
        const struct field_ref ref = {.id = field_from(str_n(*want, (size_t)((open ? open : equals) - *want))), .has_arg = open, .arg = open ? str_n(open + 1, (size_t)(equals - open) - 2) : STR_NULL};
        if (ref.id < 0)
            test_fail(*want, 0, "no such field");
        if (event_get(&r->event, &ref, &v) != 1)
            v = (struct value){};
        value_add_text(&b, &v);
        if (!str_is(strbuf_str(&b), equals + 1))
            test_fail(*want, 0, "%.*s of %s", STR_ARG(strbuf_str(&b)), text);
        strbuf_done(&b);
    }
}

static inline void reads(const char *text, const char *format, uint64_t seconds, const char *const *want)
{
    struct error err = ERROR_NULL;
    _cleanup_(log_reader_freep) struct log_reader *reader = NULL;
    const struct log_record *r;
    CHECK_INT(log_reader_new(&(struct log_options){}, &reader, &err), 0);
    if (log_reader_text(reader, str_from(text), &r, &err) < 0)
        test_fail(format, 0, "%s: %s", err.text, text);
    CHECK_CSTR(log_format_name(r->format), format);
    CHECK_INT(r->event.time_ns / NS, seconds);
    says(r, text, want);
}
#define READS(text, format, seconds, ...) reads((text), (format), (seconds), (const char *const[]){__VA_ARGS__, NULL})

static inline void reads_nth(const char *text, unsigned nth, const char *const *want)
{
    struct error err = ERROR_NULL;
    _cleanup_(log_reader_freep) struct log_reader *reader = NULL;
    const struct log_record *r = NULL;
    char path[] = "/tmp/davy-shapes-XXXXXX";
    const int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
    CHECK_INT(log_reader_new(&(struct log_options){.paths = (const char *const[]){path}, .n_paths = 1}, &reader, &err), 0);
    unsigned n = 0;
    while (n < nth && log_reader_next(reader, &r) == 1)
        n++;
    (void)unlink(path);
    CHECK_INT(n, nth);
    says(r, text, want);
}
#define READS_NTH(text, nth, ...) reads_nth((text), (nth), (const char *const[]){__VA_ARGS__, NULL})
