// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A jail: one run of a command of an image, by runc. It has namespaces of its own for users (root in it is nobody outside),
 * mounts, processes, network, IPC, names, control groups and clocks; no new privileges, a list of system calls, a handful of
 * rights that hold in it alone; the image's files below an overlay that is memory; bounds on processor, memory and processes; no
 * device but null, zero, full, random, urandom, tty and terminals of its own; and a network that ends at the pretend internet.
 *
 *     jail_create(y, &options, &j, &err)     all is there, nothing of the image has run
 *     jail_start(j, &err)
 *     jail_poll(j, &sink)                    what came since; as often as wanted
 *     jail_stop(j)                           stands still: memory and files can be looked at
 *     jail_free(j)
 */
#include "sandbox/account.h"
#include "sandbox/exchange.h"
#include "sandbox/unpack.h"
#include "sandbox/yard.h"

struct jail_options {
    const struct unpacked *image;
    const struct str *args;      /* the command */
    size_t n_args;
    bool pretend;                /* the pretend internet; false: a loopback and nothing else */
    bool marked;                 /* /run/davy-jail stands in it, for samples that refuse to run anywhere else */
    uint64_t memory;
    unsigned pids, cpu_percent;
    uint64_t uptime;             /* seconds that clocks since boot tell more than the machine's */
    unsigned fast;               /* waits take so much less (sandbox/pace.h); 0: as long as they take */
};

/* Where programs are looked for when the image does not say. */
#define JAIL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { JAIL_OUTPUT_MAX = 64 << 10 }; /* kept of what it says */

struct jail {
    struct yard *yard;
    char id[YARD_ID];
    char bundle[360], place[300]; /* for runc; and its files in the stage */
    char group[400];              /* of the unified hierarchy */
    pid_t pid;                    /* of its first process, as the machine counts */
    int pidfd, output;            /* -1: none */
    uint64_t started_ns, uptime;  /* since the epoch; as the options say */
    bool is_mounted, has_ended, is_created;
    int status;                   /* as waitpid(2) tells, once it has ended */
    struct strbuf said;           /* on standard output and error */
    uint64_t said_bytes;
    struct pretend *pretend;      /* NULL: there is none */
    struct pace *pace;            /* the same */
    char mark[48];
};

/* 0: the caller frees it. -errno with text. */
int jail_create(struct yard *y, const struct jail_options *o, struct jail **ret, struct error *err);
struct jail *jail_free(struct jail *j);
DEFINE_CLEANUP(struct jail *, jail_free)
/* Id of the control group, as the kernel's programs know it. */
uint64_t jail_group_id(const struct jail *j);
int jail_start(struct jail *j, struct error *err);
/* Takes what it says and what it asked of the pretend internet, without waiting. False: it has ended, and nothing is left of it. */
bool jail_poll(struct jail *j, exchange_fn fn, void *ctx);
/* How far its clocks are ahead by now, nanoseconds. */
uint64_t jail_ahead_ns(const struct jail *j);
/* Whether its programs see that their waits are shorter than their clocks say (pace_is_seen()). */
bool jail_clocks_are_seen(const struct jail *j);
/* NULL, or which part of what it lives by has ended before it: what it does from then on says little. */
const char *jail_broken(struct jail *j);
/* The same as jail_poll(), after everything that is on its way. */
void jail_drain(struct jail *j, exchange_fn fn, void *ctx);
/* Stands still, until it is freed. */
int jail_stop(struct jail *j);
/* Folder of what it changed and made, to be read by this process and its children. */
void jail_upper(const struct jail *j, char *ret, size_t size);
