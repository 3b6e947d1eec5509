// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * `davy feed`: what its files share. Each subcommand is one row of the table in feed.c and one function.
 */
#include "base/vec.h"
#include "cmd/common.h"
#include "cmd/feed_json.h"
#include "store/feed_store.h"

enum feed_format { FEED_TEXT, FEED_JSON, FEED_SHA256, FEED_STIX, FEED_MISP, FEED_CLAMAV, FEED_KYVERNO, FEED_GATEKEEPER, FEED_OPA };

/* What the options of all subcommands fill; each subcommand lists those it takes. */
struct feed_options {
    const char *feed; /* --feed, NULL: the default */
    const char *reason, *source;
    VEC(const char *) categories;
    VEC(const char *) reports;
    enum feed_format format;
    int type, verdict;  /* -1: not given */
    uint64_t now_s;
    uint64_t expires_s; /* as in struct feed_entry; 0: not given */
    uint64_t since_s;
    uint64_t size; /* 0: not given */
    unsigned days; /* 0: not given */
    bool expired, with_clean, full, enforce;
    const char *approved_by, *basis, *scope, *notified;
    const char *name;             /* of a feed that begins */
    const char *key;              /* fingerprint of the one that is trusted */
    const char *key_file, *new_key;
    const char *ca_file;
    const char *output;
    const char *image;            /* name of the one that is added */
};

/* The subcommands: operands in, exit code out. */
int feed_add(const struct feed_options *o, char **operands, size_t n);
int feed_remove(const struct feed_options *o, char **operands, size_t n);
int feed_list(const struct feed_options *o, char **operands, size_t n);
int feed_check(const struct feed_options *o, char **operands, size_t n);
int feed_publish(const struct feed_options *o, char **operands, size_t n);
int feed_withdraw(const struct feed_options *o, char **operands, size_t n);
int feed_export(const struct feed_options *o, char **operands, size_t n);
int feed_pull(const struct feed_options *o, char **operands, size_t n);
int feed_forget(const struct feed_options *o, char **operands, size_t n);
int feed_sources(const struct feed_options *o, char **operands, size_t n);
int feed_log(const struct feed_options *o, char **operands, size_t n);
int feed_key(const struct feed_options *o, char **operands, size_t n);

/* The file of the key that signs: as given, else beside the feed. */
const char *feed_key_path(const struct feed_options *o, struct arena *a);
/* Whether list and export show an entry: by type, verdict, category, day and expiry. `only_bad`: what nobody chose counts as malicious and unwanted. */
bool feed_is_wanted(const struct feed_options *o, const struct feed_entry *e, bool only_bad);

/* Opens the feed that the options name; the code to exit with, 0 when it is open. */
int feed_open(const struct feed_options *o, const char *program, enum feed_mode mode, struct feed_store **ret);
/* Reads a whole file, or standard input when it is called -; the messages call it `name`. As file_read(). */
int feed_read_text(const char *path, const char *name, size_t max, struct strbuf *b, struct error *err);

/* An entry for people: three or four lines no wider than the terminal; `asked` is what it was found for, NULL: nothing. */
void feed_show(struct strbuf *b, const struct feed_entry *e, const char *asked, uint64_t now_s);
/* The same for programs. New reference. */
json_t *feed_entry_json(const struct feed_entry *e, uint64_t now_s);
/* Appends a value on one line, in ASCII, and gives it back. */
void feed_add_json(struct strbuf *b, json_t *j);
/* Prints what was gathered and forgets it; the exit code. */
int feed_print(struct strbuf *b);
