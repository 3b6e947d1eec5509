// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A program that is asked to stop, by ^C (SIGINT), SIGTERM or the end of its terminal (SIGHUP). Loops and waits that may take long look
 * at stop_signal() and return -EINTR; what lies about is cleared away on the way out, and the program ends by that signal, so that
 * whoever waits for it sees why (stop_raise()). A second such signal ends it at once. Nothing here is asked unless stop_listen() was called.
 */

/* From here on. What whoever started the program wants ignored (nohup) stays ignored. System calls that wait return -EINTR. */
void stop_listen(void);
/* The same in a process that was forked off and has nothing to clear away: these signals are its parent's business, but for SIGTERM. */
void stop_leave_to_parent(void);
/* The signal that asked; 0: none did. */
int stop_signal(void);
/* The same, and it is forgotten: what is to be done before the end may be stopped by another one. */
int stop_take(void);
/* "SIGINT" */
const char *stop_name(int signal);
/* Sends the signal to this process, as if nobody had listened. Comes back where even that is refused. */
void stop_raise(int signal);
