// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Lines and messages of servers of data: Redis, MySQL and MariaDB, PostgreSQL. Each looks at one line and allocates nothing; texts borrow from it. Who logged in, or failed to, is as in every login log.
 */
#include "log/text.h"

/* A line of such a server's own log; *ret_words: the words of a command that Redis showed, each between quotes; else empty. true when it is one. */
bool text_database_line(struct str line, const struct text_clock *clock, struct text *ret, struct str *ret_words);
/* The same of what such a server said to the syslog or the journal: true when it says something of logins. */
bool text_database_message(struct str program, struct str message, struct text *ret);
