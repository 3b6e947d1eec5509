// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the live formats and places share. Inside the room only. */
#include "base/outlet.h"
#include "sink/live.h"
#include "sink/live_format.h"
#include "sink/words.h"

struct live_seam;
extern const struct live_format LIVE_TEXT, LIVE_FALCO, LIVE_JSON, LIVE_SUMMARY, LIVE_HTML;

/* LIVE_TEXT.add(), which tells where the alert's case has its place. */
void live_text_add(struct strbuf *b, const struct alert *a, const struct live_look *look, struct live_seam *ret);
/* Appends the case to a text that ends in this column, with a new line before it where there is no room. */
void live_add_case(struct strbuf *b, const struct live_case *c, unsigned column, const struct live_look *look);

/* The output in the reader's language (words_translated()). Not made safe; may be in *b. */
static inline struct str live_words(struct strbuf *b, const struct alert *a)
{
    return words_translated(b, &(struct words){a->rule ? a->rule->output : STR_NULL, a->output, a->fields, a->n_fields});
}

/* "HH:MM:SS", local, with that many digits of the second's fraction (0 or 9). */
void live_add_clock(struct strbuf *b, uint64_t time_ns, unsigned digits);
/* Falco's line without its newline: time, priority, message. Returns where in `b` the message begins. */
size_t live_add_line(struct strbuf *b, const struct alert *a);

/* Standard output; the descriptor is borrowed. */
struct outlet *outlet_to_fd(int fd, size_t bytes);
/* A file, made when it is not there (0640), that is appended to or, `is_whole`, becomes what is written to it. -errno with text. */
int outlet_to_file(const char *path, size_t bytes, bool is_whole, struct outlet **ret, struct error *err);
/*
 * A log socket: a path (its type is found out), "udp://HOST:PORT" or "tcp://HOST:PORT" (PORT: 514 and 601 when left out).
 * Messages come with their header, see live_add_syslog(). Only a mistaken address fails here.
 */
int outlet_to_syslog(const char *where, size_t bytes, struct outlet **ret, struct error *err);
/*
 * The syslog message of an alert: for a socket of this machine in the form of syslog(3), which every daemon there takes,
 * else RFC 5424.
 */
void live_add_syslog(struct strbuf *b, const struct alert *a, struct str text, bool is_local);
struct webhook_options {
    const char *url, *type; /* type: of the body */
    const char *ca, *headers;
    size_t bytes;
};
/* POSTs each message. -errno with text for an address, certificates or headers that cannot be used. */
int outlet_to_webhook(const struct webhook_options *options, struct outlet **ret, struct error *err);
