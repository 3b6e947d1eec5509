// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What login logs say while they are written, as records of the stream (RECORD_LOGIN): the binary logs btmp and wtmp (utmp(5)) and
 * lines of sshd, su, sudo, login and others in files of syslog. A log is read on from where it was read last, survives being
 * renamed, cut and made anew, and a login that a binary log and a line both tell of is told once. Nothing here is for several threads.
 *
 * Who may write such a file may write what they want there: a name in it proves nothing.
 */
#include <sys/types.h>

#include "base/strbuf.h"
#include "context/login.h"
#include "event/record_write.h"

enum {
    LOGIN_FILES_MAX = 64,       /* remembered: those of the machine, and of containers that have their own */
    LOGIN_LOOK_BYTES = 1 << 20, /* of one file in one look; what is more comes with the next */
    LOGIN_FIRST_BYTES = 64 << 10, /* from the end of a file that is met when somebody writes to it */
    LOGIN_FRESH_S = 60,         /* what is older there was written before */
    LOGIN_SAME_S = 10,          /* a binary log and syslog tell of one login within so long */
    LOGIN_SEEN_MAX = 512,       /* failures and logins remembered for that */
    LOGIN_REPEAT_MAX = 64,      /* of one line that says that it happened many times */
};

struct login_logs;
/* Never NULL. */
struct login_logs *login_logs_new(void);
struct login_logs *login_logs_free(struct login_logs *l);

/* How to begin with a file that is not known yet. */
enum login_begin {
    LOGIN_AT_END,   /* what is in it was there before */
    LOGIN_AT_START, /* it came in place of one that was known */
    LOGIN_FRESH,    /* only what was written within the last LOGIN_FRESH_S seconds */
};
/*
 * Reads on in a file, which must be a regular one, and appends records to `found`, one after another, their time 0. `path` says what is
 * in it (event/feed_path.def), `now_s` is the time since the epoch. Returns whether there was more than LOGIN_LOOK_BYTES.
 */
bool login_logs_read(struct login_logs *l, int fd, struct str path, enum login_begin begin, int64_t now_s, struct strbuf *found);

/* Lines and whole entries of utmp(5), as above: what is not fresh counts too. For journals, tests and fuzzers. */
void login_logs_lines(struct login_logs *l, struct str lines, struct str path, int64_t now_s, struct strbuf *found);
void login_logs_utmp(struct login_logs *l, struct str entries, struct str path, int64_t now_s, struct strbuf *found);
