// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Lines that somebody wrote something in front of: runtimes of containers (CRI: "TIME stdout F LINE", a long line in pieces marked P), and
 * exports of CloudWatch ("TIME LINE", "TIME STREAM LINE"), Fluentd (TIME, tag and object, apart by tabs), streams of events ("data: {"). What is behind goes the way of a record by itself.
 */
#include "base/strbuf.h"
#include "log/format.h"

struct log_prefix {
    struct strbuf kept[2]; /* pieces of a line of standard output, of standard error */
};

/* Whether a file that begins so has such lines; those behind which nothing is known are taken of CRI alone. */
bool prefix_is(struct str head);
/*
 * Takes the next line off the front of `bytes`: *ret is cleared and holds what is behind its prefix, *ret_time_ns the time of it. LOG_NOTHING for
 * an empty line and a piece that goes on, LOG_BROKEN for a line without a prefix.
 */
enum log_next prefix_next(struct log_prefix *p, struct str bytes, bool is_end, size_t *ret_used, struct strbuf *ret, uint64_t *ret_time_ns);
void prefix_done(struct log_prefix *p);
