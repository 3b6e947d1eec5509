// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What files of SSH keys, accounts and rights say, as records of the stream (RECORD_CONFIG). The context asks when an event may change one
 * (context_ask.config); a thread reads the file a moment later and again after two and after thirty seconds, and what it says
 * becomes a record with the header of who touched it. The context compares. In another space of mounts than this program's it is read
 * through who touched it, or its parent or session's leader; a file that is the machine's there too counts as that.
 *
 * Logs of logins are read on by the same thread (source/login): the machine's own all the time, those of other spaces of mounts when
 * somebody opens them for writing. Where there is none of syslog's, journalctl tells.
 *
 * Nobody's secret is in a record: of a key there is its fingerprint, of a password whether there is one and a salted hash of what the
 * file holds, with a salt of this run of the program alone.
 */
#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "event/record_write.h"

enum {
    CONFIG_FILE_MAX = 1 << 20,  /* bytes of a file that are read */
    CONFIG_ENTRIES_TOLD = 512,  /* of one file */
    CONFIG_TEXT_MAX = 512,      /* bytes of one entry; a record holds 64 KiB, what does not fit is cut */
    CONFIG_QUESTIONS = 256,     /* that wait; further ones are not asked */
    CONFIG_AGAIN = 64,          /* files that will be looked at once more */
    CONFIG_USERS = 1024,        /* whose homes are looked into for keys at the beginning */
};

struct config_source;
/* `root`: folder that is the machine's root, "" for this one. Never NULL. The thread begins with the first question. */
struct config_source *config_source_new(const char *root);
/* NULL is fine; a thread that hangs is left behind after 2 s. Returns NULL. */
struct config_source *config_source_free(struct config_source *c);
/* Asks what all such files of the machine say now: what later changes are compared with. Never waits. */
void config_source_begin(struct config_source *c, uint64_t time_ns);
/*
 * Before the process is confined, as it starts a program: follows the journal where it takes the place of syslog's files. 1: it does; 0: there is
 * no need; -errno: it cannot (-ENOENT: no journalctl). NULL for `program`: the system's.
 */
int config_source_journal(struct config_source *c, const char *program);
/* Whether journalctl ended since the last time this was asked: nothing of the journal is seen any more. */
bool config_source_has_journal_ended(struct config_source *c);
/* From now on logs of logins are followed; what is in them already was there before. */
void config_source_follow(struct config_source *c);
/* Asks what one says, and remembers to ask again. Never waits. */
void config_source_ask(struct config_source *c, const struct record *about, struct str path);
/* Asks what a file holds that was written anew (source/config/rewrite.h). Never waits. */
void config_source_ask_rewrite(struct config_source *c, const struct record *about, struct str path);
/* Gives what was found since the last time; asks again what is due. Returns how many, or what the function returned when that was not 0. */
int config_source_take(struct config_source *c, uint64_t time_ns, int (*give)(void *ctx, const struct record *r), void *ctx);

/*
 * The entries of a file of that name: RECORD_TEXT blocks in `w`, behind RECORD_PARAM 0 and 1, path and kind. The value of the first
 * is the space of mounts whose file it is, 0: the machine's. False for a path that is no such file.
 */
bool config_add_entries(struct record_writer *w, struct str path, uint32_t space, struct str text, uint64_t salt);
