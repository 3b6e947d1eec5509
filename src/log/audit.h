// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Records of Linux' audit (auditd): `type=SYSCALL msg=audit(1364481363.243:24287): arch=…`, as auditd writes them, enriched, as `ausearch -i` shows them, and
 * as they stand in the syslog and the journal. Every pair is log.value[NAME] in auditd's own names, texts that were written as hexadecimal digits
 * decoded; log.value[type] and log.value[serial] are those of the record. EXECVE also has log.value[cmdline], its arguments joined by blanks.
 *
 * One act makes several records with the same serial. What the first one (SYSCALL) says of who did it stands in the others of that act too, where these
 * do not say it themselves: which program, by whom, under which key. What records say of logins and accounts is login.*, as of every login log.
 */
#include "base/strbuf.h"
#include "log/values.h"

enum {
    AUDIT_SHARED = 19,      /* names that records of an act share: audit.c */
    AUDIT_ACTS = 4,         /* whose records may come in between each other's, by several processors */
    AUDIT_AHEAD = 16,       /* lines that are looked through for it */
    AUDIT_KEPT_MAX = 512,   /* bytes of one value that is kept for the other records of an act */
    AUDIT_ARGS_MAX = 32,    /* arguments of a program that are fields of their own; cmdline has the rest too */
    AUDIT_CMDLINE_MAX = 32 << 10,
};

/* Of one file; zeroed at first. */
struct audit_state {
    struct audit_act {
        uint64_t serial, time_ns; /* serial 0: free */
        struct {
            uint32_t at, n;
        } texts[AUDIT_SHARED];    /* in bytes; n 0: not said */
        struct strbuf bytes;
    } acts[AUDIT_ACTS];
    unsigned next;
};
void audit_state_done(void *state);

/* Whether a line or message is such a record. */
bool audit_is(struct str line);
/*
 * Takes a record apart; `state` may be NULL: each stands for itself. `ahead` are the lines behind it as far as they are at hand: ausearch puts the first
 * record of an act last. False: it is none, and nothing is set.
 */
bool audit_take(struct audit_state *state, struct str line, struct str ahead, struct log_values *v);
/* The same of an entry of the journal, which has the type as its first word and no serial. */
bool audit_take_entry(struct str message, struct log_values *v);
