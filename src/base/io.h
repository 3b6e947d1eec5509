// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Bytes into and out of descriptors that wait, whole: what a signal interrupted is tried again, what went in part goes on. All
 * return 0 or -errno and keep no descriptor. Not for those that do not wait (-EAGAIN is an error here), and not for sockets that
 * may be closed at their other end: writing to one raises SIGPIPE.
 */
#include <stdint.h>
#include <sys/types.h>

#include "base/strbuf.h"

/* Writes all bytes. Of a failed write some may have gone. -ENOSPC also where a file takes nothing and says nothing. */
int io_write(int fd, struct str bytes);
/* The same from byte `at` of a file on; where the descriptor stands does not change. */
int io_write_at(int fd, struct str bytes, uint64_t at);
/* Fills all n bytes; 1 when the file ends before. What stands in `p` is then unknown. */
int io_read(int fd, void *p, size_t n);
/* The same from byte `at` of a file on; where the descriptor stands does not change. */
int io_read_at(int fd, void *p, size_t n, uint64_t at);
/* Appends what there is up to the end, until *b holds `max` bytes. What came before an error stays. */
int io_read_up_to(int fd, size_t max, struct strbuf *b);

enum io_replace_flags {
    IO_REPLACE_SYNC = 1, /* it is there after a power cut */
};
/*
 * Writes a file `name` into the folder in place of the one that is there: beside it, as ".NAME.new", and then in one step, so that
 * a reader has the old one or the new one. When that fails the old one is left as it was and nothing stands beside it.
 */
int io_replace(int folder, struct str name, struct str content, mode_t mode, enum io_replace_flags flags);
