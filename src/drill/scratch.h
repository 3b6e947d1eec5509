// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Where acts are done: namespaces of their own for mounts, network, IPC and the host name, and of acts in containers for processes. What acts write to (/etc,
 * /root, /tmp, /var/spool, /var/log, /boot, /usr/local, /mnt, /dev, some files of /proc and /sys) lies in memory there, with users, keys
 * and schedules that are nobody's; everything else of the machine is there to be read and cannot be written. The network is a loopback
 * that has a few addresses of documentation (RFC 5737) and the one of metadata services.
 *
 * All of it ends with the process that made it, however that ends: the first process inside waits for a pipe's end, and so does one beside
 * it that ends what is left in the control groups of acts and removes them.
 */
#include <sys/types.h>

#include "base/error.h"
#include "drill/act.h"

struct drill_scratch;

/*
 * Makes one. `act_program` is copied in. Nothing is done to the machine. -errno with what could not be had: there is no half of
 * it. Only while the process has one thread.
 */
int drill_scratch_new(const char *act_program, struct drill_scratch **ret, struct error *err);
/* Ends everything in it and waits for that. NULL is fine. Returns NULL. */
struct drill_scratch *drill_scratch_free(struct drill_scratch *s);
DEFINE_CLEANUP(struct drill_scratch *, drill_scratch_free)

/* An act that runs. */
struct drill_run {
    pid_t pid;    /* of its shell, as the machine counts; waited for by drill_wait() */
    int output;   /* what it says; closed by drill_wait() */
    int terminal; /* of DRILL_TERMINAL, -1: none */
};
/* Starts an act under a label. The caller calls drill_wait(). -EOPNOTSUPP: this machine has no control groups for containers. */
int drill_start(struct drill_scratch *s, const struct drill_act *act, const char *label, struct drill_run *ret, struct error *err);
/* Whether it has ended; drill_wait() is still to be called. */
bool drill_ended(const struct drill_run *run);
/*
 * Waits for it, at most so many seconds, then ends it. The exit status of its shell, -ETIMEDOUT, or -EINTR when a signal ended it;
 * appends the start of what it said.
 */
int drill_wait(struct drill_run *run, unsigned seconds, struct strbuf *said);
