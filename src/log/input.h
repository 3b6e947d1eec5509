// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The bytes of one file, unpacked: plain, gzip (by ISA-L, any number of members) or zstd (any number of frames), UTF-16, or what an archive holds
 * (log/archived.h), told by their first bytes. A window over them is at hand; LOG_PADDING bytes behind it may be read.
 */
#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

enum log_packing { LOG_PLAIN, LOG_GZIP, LOG_ZSTD, LOG_UTF16 };

struct log_unpacker;
struct log_archive;
struct log_input {
    int fd;
    enum log_packing packing;
    char *buffer;
    size_t capacity, start, end; /* the window is [start, end) */
    uint64_t offset;             /* of the window's first byte in the unpacked bytes */
    uint64_t raw, size;          /* bytes of the file read so far; in all, 0: not known */
    uint64_t unpacked;           /* bytes that came of them, of all members */
    uint64_t limit;              /* LOG_UNPACKED; less in tests */
    bool is_file, has_ended, has_begun; /* has_begun: how it is packed is known */
    dev_t dev;
    ino_t ino;
    struct log_unpacker *unpacker;
    struct log_archive *archive; /* NULL: it is none */
    const char *member;          /* of the archive, whose bytes these are; NULL: of none, or of a file that is only packed */
};

/* "-" is standard input. -errno with text. */
int log_input_open(struct log_input *in, const char *path, struct error *err);
void log_input_close(struct log_input *in);
static inline struct str log_input_bytes(const struct log_input *in)
{
    return (struct str){in->buffer + in->start, in->end - in->start};
}
void log_input_consume(struct log_input *in, size_t n);
/*
 * More bytes behind the window; the window moves. 0: there are more; 1: the file has ended (for now, when it is plain and grows);
 * -ENOBUFS: the window is as large as it may be; -EFBIG with text: the file unpacks to far more than a log does; -EAGAIN: none now (a pipe that somebody follows); -errno with text when it cannot be read or unpacked: what came
 * before stays at hand.
 */
int log_input_fill(struct log_input *in, struct error *err);
/*
 * Of an archive, when a member has ended or is to be left: goes on to the next one, whose bytes begin at offset 0. 1; 0: there is none, or this is no
 * archive; -errno with text.
 */
int log_input_next_member(struct log_input *in, struct error *err);
