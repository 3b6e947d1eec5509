// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Records of files, one after the other. Memory is bounded whatever the size of the files (log/limits.h): a window, a parser, and
 * for each file that is followed a window more.
 */
#include "base/error.h"
#include "log/record.h"
#include "log/sum.h"
#include "log/unknown.h"

/* Something that could not be read. */
struct log_trouble {
    const char *file;
    uint64_t number, line, offset; /* of the record; number 0: the file as a whole; line 0: not known */
    uint64_t group, row;           /* of the record in a table of row groups (Parquet), both from 1; group 0: it is none; row 0: the group as a whole */
    const char *why;               /* valid until the function returns */
    bool is_unknown;               /* nobody knows the file's format: in a folder it may be anything */
    const struct log_unknown *unknown; /* of a file that is followed: its first record of JSON whose format nobody knows, `why` is what it may be; else NULL */
};

struct log_options {
    const char *const *paths; /* files, folders with all below, "-" */
    size_t n_paths;
    uint64_t unpacked;        /* how much a file may unpack to before that counts as too much; 0: LOG_UNPACKED */
    bool follow;              /* goes on when a file grows, is cut, or another one takes its name */
    struct log_state *state;         /* what records add up to; NULL: each stands for itself. As long as the reader */
    const struct log_prices *prices; /* of machines that are started; NULL: unknown */
    struct addresses *addresses;     /* what is known of addresses; NULL: nothing */
    const struct log_cases *cases;   /* open cases; NULL: not known */
    /* Called for the first record of a file that cannot be read, and for files that cannot. May be NULL. */
    void (*say)(void *ctx, const struct log_trouble *t);
    void *ctx;
};

struct log_stats {
    uint64_t records, bytes;       /* records that were given; unpacked bytes that were read */
    uint64_t raw, raw_total;       /* bytes of the files: so far, and in all that is known; for progress */
    uint64_t broken;               /* records that do not parse */
    uint64_t files, bad_files;     /* read; that could not be read, or only in part */
    uint64_t unread_files;         /* of the bad ones: for another reason than records that do not parse */
    uint64_t unknown_files;        /* whose format nobody knows */
    uint64_t unknown_records;      /* of JSON whose format nobody knows, of files that were left */
    uint64_t formats[LOG_FORMAT__N]; /* records of each */
    const char *file;              /* that is being read; NULL: none */
};

struct log_reader;
/* Looks folders through; -errno with text when a path that was named is not there. */
int log_reader_new(const struct log_options *o, struct log_reader **ret, struct error *err);
struct log_reader *log_reader_free(struct log_reader *r);
DEFINE_CLEANUP(struct log_reader *, log_reader_free)
/* 1: *ret is the next record, valid until the next call; 0: there is none any more; -EAGAIN: none now (asked again, it waits up to 200 ms). */
int log_reader_next(struct log_reader *r, const struct log_record **ret);
/* Makes evt.hostname of a record what it is about: the machine that wrote it, or provider and account, such as aws:123456789012. */
void log_reader_name(struct log_reader *r, const struct event *event);
void log_reader_stats(const struct log_reader *r, struct log_stats *ret);
/* Records of JSON of no known format, of all files so far; the kinds with the most records first. As long as the reader. */
const struct log_unknowns *log_reader_unknowns(struct log_reader *r);

/* A text as one record, whatever its format: for tests of rules. -EINVAL with text when nothing knows it; `r` from log_reader_new() with no paths. */
int log_reader_text(struct log_reader *r, struct str text, const struct log_record **ret, struct error *err);
