// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Borders of JSON records in a stream: one after the other, on lines or over several; in an array; in the array of an object such as
 * {"Records":[…]}. A record that is broken costs itself: the next place that looks like a beginning is looked for.
 */
#include "log/stream.h"

enum log_frame {
    LOG_FRAME_VALUE,  /* *ret is the text of a value, at the window's front; frame_done() goes on behind it */
    LOG_FRAME_MORE,   /* more bytes are needed; at the end of the file: it is over */
    LOG_FRAME_BROKEN, /* what was skipped is no value; *ret_why says what is wrong */
};

/* `is_end`: no more bytes come; `is_full`: the window cannot grow. Skips white space and what holds records. */
enum log_frame log_frame_next(struct log_stream *s, bool is_end, bool is_full, struct str *ret, const char **ret_why);
/*
 * The value was a line and is no whole value: whether one that goes over several lines may begin with it, and log_frame_next() is to be
 * asked again.
 */
bool log_frame_may_be_pretty(struct log_stream *s, struct str text);
/* Offset behind the [ of an object's array of records; 0: it is none that holds records; -1: it cannot be told from these bytes. */
ptrdiff_t log_frame_holder(struct str object);
/* Whether the value is a row of a table or a line of Loki (log/holder.h), and which. */
bool log_frame_is_row(const struct log_stream *s);
bool log_frame_is_line(const struct log_stream *s);
/* Whether the next value is a line of its own that begins as those before it; the end of the line before is skipped. */
bool log_frame_is_alike(struct log_stream *s);
/* The value was taken, and parsed or not. */
void log_frame_done(struct log_stream *s, struct str text, bool is_good);
