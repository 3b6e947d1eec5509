// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Names as records of the stream: of users and groups, from the files of the machine and of each mount namespace that somebody
 * asks about, and of addresses. The context asks (context_ask.user and its like); what is found out becomes records that the loop
 * puts into the stream, for the context and for the capture alike.
 *
 * Reading a file behind /proc/PID/root may take as long as a stranger's file system likes, and a look-up of an address
 * asks the network: a thread for each does it, and nobody waits. What hangs costs further names, nothing else.
 */
#include <stdbool.h>

#include "base/error.h"
#include "event/record.h"

enum {
    NAMES_FILE_MAX = 1 << 20,    /* bytes of a passwd or group file that are read */
    NAMES_USERS_MAX = 4096,      /* users, and as many groups, told of one file; further lines are not */
    NAMES_QUESTIONS_MAX = 256,   /* that wait; further ones are not asked */
    NAMES_SPACES_MAX = 1024,     /* mount namespaces remembered as asked about */
};

struct names_source;
/* `root`: folder that is the machine's root, "" for this one. Never NULL. Threads begin with the first question. */
struct names_source *names_source_new(const char *root);
/* NULL is fine; a thread that hangs is left behind after 2 s. Returns NULL. */
struct names_source *names_source_free(struct names_source *n);
DEFINE_CLEANUP(struct names_source *, names_source_free)

/*
 * Gives RECORD_USER and RECORD_GROUP of the machine as a whole (mntns 0), reading its files now. Returns how many, or what the function
 * returned when that was not 0.
 */
int names_source_machine(struct names_source *n, uint64_t time_ns, int (*give)(void *ctx, const struct record *r), void *ctx);
/* Asks for the users and groups of the mount namespace of the record's process, once. Never waits. */
void names_source_ask(struct names_source *n, const struct record *about);
/* Asks for the name of an address. Never waits. */
void names_source_ask_host(struct names_source *n, const uint8_t address[16], bool v6);
/* Gives what was found since the last time; as names_source_machine(). */
int names_source_take(struct names_source *n, uint64_t time_ns, int (*give)(void *ctx, const struct record *r), void *ctx);
