// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the two parts of a reader share: the one that goes from file to file (reader.c), and the one that makes records of what a file holds
 * (reader_records.c). Inside the room only.
 */
#include "log/frame.h"
#include "log/parser.h"
#include "log/paths.h"
#include "log/reader.h"
#include "log/unwrap.h"

struct log_reader {
    struct log_options options;
    struct log_path_list paths;
    size_t next_path;
    VEC(struct log_stream *) streams; /* one; when files are followed, one for each */
    size_t at;                        /* of streams */
    bool is_idle;                     /* nobody had a record since the round began */
    struct log_unwrap unwrap;
    struct log_record record;
    struct log_sum sum;
    struct event_run run;
    uint64_t last_ns;                 /* time of the newest record with one */
    struct log_stats stats;
    uint64_t raw_done;                /* of files that were closed */
    struct log_unknowns unknowns;
    struct strbuf given;              /* to log_reader_text(); a row of a table, as JSON */
};

/* Tells of what could not be read: the record of that number, or with 0 the file. */
void log_records_say(struct log_reader *r, const struct log_stream *s, uint64_t number, const char *why, bool is_unknown);
bool log_records_are_json(struct str head);
/*
 * The next record of a stream of that shape: 1; 0: some bytes were passed over, ask again; -EAGAIN: it takes more bytes than are there.
 * `is_end`: there are no more; `is_full`: nor is there room for more.
 */
int log_records_json(struct log_reader *r, struct log_stream *s, bool is_end, bool is_full, const struct log_record **ret);
int log_records_text(struct log_reader *r, struct log_stream *s, bool is_end, bool is_full, const struct log_record **ret);
int log_records_lifted(struct log_reader *r, struct log_stream *s, bool is_end, bool is_full, const struct log_record **ret);
int log_records_table(struct log_reader *r, struct log_stream *s, bool is_end, const struct log_record **ret);
