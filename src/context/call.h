// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What is known of a type of event before one happens: its group, what it does with descriptors (call.def), its parameters
 * (event/param.def).
 */
#include "context/words.h"
#include "event/type.h"

enum call_category {
    CATEGORY_OTHER, CATEGORY_FILE, CATEGORY_NET, CATEGORY_IPC, CATEGORY_MEMORY, CATEGORY_PROCESS, CATEGORY_SLEEP,
    CATEGORY_SYSTEM, CATEGORY_SIGNAL, CATEGORY_USER, CATEGORY_TIME, CATEGORY_WAIT, CATEGORY_INTERNAL,
    /* By what the descriptor is: file, net or ipc. */
    CATEGORY_IO_READ, CATEGORY_IO_WRITE, CATEGORY_IO_OTHER,
    CATEGORY__N,
};
/* "file", "IPC" …, as evt.category has it; of the IO ones "unknown". Static. */
struct str call_category_word(enum call_category c);

enum call_flags {
    CALL_CREATES_FD = 1 << 0,
    CALL_USES_FD = 1 << 1,
    CALL_READS = 1 << 2,  /* from a descriptor */
    CALL_WRITES = 1 << 3,
    CALL_WAITS = 1 << 4,
    CALL_OPENS = 1 << 5,  /* a file by its path: evt.is_open_* */
    CALL_INCOMING = 1 << 6, /* its tuple is given from the peer to us */
    CALL_IS_SYSCALL = 1 << 7,
};

enum param_kind {
    PARAM_CHARBUF, PARAM_BYTEBUF, PARAM_FSPATH, PARAM_FSRELPATH, PARAM_FD, PARAM_PID, PARAM_ERRNO, PARAM_UID, PARAM_GID,
    PARAM_UINT8, PARAM_UINT32, PARAM_UINT64, PARAM_INT32, PARAM_INT64, PARAM_OCT32, PARAM_HEX32, PARAM_HEX64, PARAM_FLAGS8,
    PARAM_FLAGS16, PARAM_FLAGS32, PARAM_ENUMFLAGS8, PARAM_ENUMFLAGS16, PARAM_ENUMFLAGS32, PARAM_MODE, PARAM_ABSTIME,
    PARAM_SIGTYPE, PARAM_SOCKADDR, PARAM_SOCKTUPLE, PARAM_DYN,
};
enum param_from {
    FROM_BLOCK, FROM_RES, FROM_TID, FROM_PID, FROM_PPID, FROM_COMM, FROM_TTY, FROM_VPGID, FROM_PGID, FROM_LOGINUID, FROM_UID,
    FROM_GID, FROM_CAP_INHERITABLE, FROM_CAP_PERMITTED, FROM_CAP_EFFECTIVE, FROM_ARGV0, FROM_ARGS, FROM_ENV, FROM_CWD,
    FROM_CGROUPS, FROM_EXEPATH, FROM_EXE_FLAGS, FROM_EXE_INO, FROM_EXE_CTIME, FROM_EXE_MTIME, FROM_FDLIMIT, FROM_PGFT_MAJ,
    FROM_PGFT_MIN, FROM_VM_SIZE, FROM_VM_RSS, FROM_VM_SWAP, FROM_FD, FROM_FD_DEV, FROM_FD_INO, FROM_TUPLE, FROM_DATA, FROM_SIGNAL,
    FROM_TARGET_PID, FROM_TARGET_UID, FROM_TARGET_COMM, FROM_OLD_STATE, FROM_STATE, FROM_SENT, FROM_RECEIVED, FROM_PERIOD, FROM_USER_TIME, FROM_SYSTEM_TIME,
    FROM_USAGE_VM, FROM_USAGE_RSS, FROM_USAGE_HUGE, FROM_USAGE_LOCKED, FROM_USAGE_THREADS, FROM_USAGE_BUSY,
};
struct param {
    const char *name;
    uint16_t type;      /* enum event_type */
    uint8_t position, name_n;
    uint8_t kind, words, from;
};

struct call {
    const struct param *params; /* by position, without a gap */
    uint8_t n_params;
    uint8_t category, flags;
    uint8_t traits; /* enum record_traits: what rules were promised that it may tell */
    /* Positions of its paths and of the descriptors of the folders they begin in; -1: none. */
    int8_t path[2], dir[2];
    int8_t open_flags, open_mode; /* of what opens or makes a file: O_… and permissions */
};
/* Fills the table for every type; static texts. */
void calls_init(struct call calls[EVENT__N]);
/* The parameter of that name; NULL when there is none. */
const struct param *call_param(const struct call *c, struct str name);
