// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The journal of systemd as lines of a login log, where no syslog writes files: journalctl(1) follows it as a process of its own, with
 * the user nobody and the group of the journal where that can be, without a capability, and says what root's processes (_UID=0, which
 * the journal itself writes) told under the facilities auth and authpriv.
 */
#include <sys/types.h>

#include "base/strbuf.h"

enum { JOURNAL_LINES_MAX = 1 << 20 }; /* bytes that are kept of what has no end of line yet */

struct journal {
    int fd; /* readable: its lines; -1: none */
    pid_t pid;
};
#define JOURNAL_NULL ((struct journal){.fd = -1})

/* Where systemd keeps one; `root` is "" for this machine. */
bool journal_is_there(const char *root);
/* Starts it. -errno when it cannot be; no program of that name: -ENOENT. NULL for `program`: journalctl. */
int journal_open(struct journal *j, const char *program);
/* Appends what it said, without waiting. False: it has ended. */
bool journal_read(const struct journal *j, struct strbuf *lines);
/* It ends with the pipe and with its parent. */
void journal_close(struct journal *j);
