// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Live sinks: where alerts go as they happen. Each has a format and a place:
 *
 *     text, falco, json, summary sink/live_format.h
 *     standard output, a file, syslog:[/SOCKET|udp://HOST:PORT|tcp://HOST:PORT], http://… or https://…
 *
 * An alert is made text at once, and carried to its place by an outlet (base/outlet.h): putting never waits, what the
 * place cannot take is lost and counted.
 */
#include "base/outlet.h"
#include "sink/live_format.h"
#include "sink/summary.h"

enum live_place { LIVE_STDOUT, LIVE_FILE, LIVE_SYSLOG, LIVE_WEBHOOK, LIVE_PIPE };

struct live_options {
    const struct live_format *format;
    const char *where;   /* as the user wrote it; NULL or "-": standard output */
    int fd;              /* a pipe that `where` is only the name of; 0: none; borrowed */
    struct live_look look;
    const char *ca;      /* webhook: file with certificates of authorities beside the system's, or NULL */
    const char *headers; /* webhook: file with further header lines, or NULL */
    size_t bytes;        /* bound of the queue, 0: OUTLET_BYTES_DEFAULT */
    unsigned case_ms;    /* how long an alert waits for live_sink_case(), where the format has a place for it; 0: not at all */
};

/* The case that an alert was put into. */
struct live_case {
    int64_t id;
    bool is_new;     /* the alert opened it */
    uint64_t num;    /* of the alert's event */
    struct str rule; /* of the alert */
};

struct live_sink;
/* What kind of place the words name. */
enum live_place live_place_of(const char *where);
/*
 * Opens the place, so that a mistake is told at the start: files are opened, addresses and certificates looked at; a server
 * or a log socket that is away may come later. -errno with text. Strings are copied. Threads begin with the first message.
 */
int live_sink_open(const struct live_options *options, struct live_sink **ret, struct error *err);
/* False: lost. */
bool live_sink_put(struct live_sink *s, const struct alert *a);
/* The case of an alert that still waits for it; nothing for others. */
void live_sink_case(struct live_sink *s, const struct live_case *c);
/* Lets those go out that waited long enough, by a clock in milliseconds that the caller goes by; UINT64_MAX: all. */
void live_sink_tick(struct live_sink *s, uint64_t now_ms);
/* For who can wait: until there is room for one more alert, at most so long; false: there is none yet. */
bool live_sink_wait(struct live_sink *s, unsigned timeout_ms);
/* What the page of a summary says beside its findings; nothing for other formats. */
void live_sink_about(struct live_sink *s, const struct summary_about *about);
/* A line at the bottom of a terminal, redrawn behind each alert, NULL: none any more; nothing on other places. */
void live_sink_status(struct live_sink *s, const struct live_status *status);
/* Opens a file again under its name: log files may have been moved. */
void live_sink_reopen(struct live_sink *s);
void live_sink_stats(struct live_sink *s, struct outlet_stats *ret);
/* "json to /var/log/x", for messages about it; as long as the sink. */
const char *live_sink_name(const struct live_sink *s);
/*
 * For who has read something to its end and must lose nothing of it, however slow its reader is: lets all go out, as live_sink_close() does, as long
 * as goes_on() says so, which is asked about ten times a second while nobody takes anything. Only live_sink_close() comes after it.
 */
void live_sink_finish(struct live_sink *s, bool (*goes_on)(void *ctx), void *ctx);
/* Writes the page of a summary, and lets what waits go out, at most so long; NULL is fine. Returns how many alerts were lost. */
uint64_t live_sink_close(struct live_sink *s, unsigned timeout_ms);
/* The same; *ret_last is the last error of the place, code 0 when there was none. */
uint64_t live_sink_end(struct live_sink *s, unsigned timeout_ms, struct error *ret_last);
