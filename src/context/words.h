// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Numbers of system calls as words (words.def), in Falco's numbering and spelling.
 */
#include "context/jot.h"

enum words {
    WORDS_NONE,
    WORDS_OPEN, WORDS_CREAT, WORDS_DUP, WORDS_EXE, WORDS_CLONE, WORDS_PTRACE, WORDS_BPF, WORDS_DOMAIN, WORDS_RENAME,
    WORDS_UNLINK, WORDS_LINK, WORDS_RESOLVE, WORDS_MODULE, WORDS_DELETE_MODULE, WORDS_MODE, WORDS_INODE,
    WORDS_PROT, WORDS_MMAP, WORDS_WHENCE, WORDS_SHUTDOWN, WORDS_FLOCK, WORDS_MOUNT, WORDS_UMOUNT, WORDS_CHOWN_AT, WORDS_SPLICE,
    WORDS_MEMFD, WORDS_PIDFD, WORDS_URING_SETUP, WORDS_URING_FEATURES, WORDS_URING_ENTER, WORDS_URING_REGISTER, WORDS_FSCONFIG,
    WORDS_FCNTL, WORDS_PRCTL, WORDS_TCP_STATE,
    WORDS__N,
};

/* Bits of the kernel as bits of Falco; a number of the kernel as Falco's number. */
uint32_t words_flags(enum words table, uint32_t kernel);
uint32_t words_enum(enum words table, uint32_t kernel);
/* Appends the names of Falco's bits, joined by '|', or of Falco's number; nothing where there is none. */
void words_jot_flags(struct jot *j, enum words table, uint32_t falco);
void words_jot_enum(struct jot *j, enum words table, uint32_t falco);

/* Falco's bits of a way to open that the kernel's flags do not hold. */
enum {
    WORDS_O_RDONLY = 1 << 0, WORDS_O_WRONLY = 1 << 1, WORDS_O_CREAT = 1 << 2, WORDS_O_TMPFILE = 1 << 13,
    WORDS_O_F_CREATED = 1 << 14, WORDS_FD_UPPER_LAYER = 1 << 15, WORDS_FD_LOWER_LAYER = 1 << 16,
};

/* "ENOENT", "SIGKILL", "CAP_SYS_ADMIN"; empty for a number that has no name. Static. */
struct str words_errno(int number);
struct str words_signal(int number);
/* Appends the names of all capabilities of the set with blanks between. */
void words_jot_capabilities(struct jot *j, uint64_t set);
