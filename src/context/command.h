// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A command: what one exec made of a process, in one piece of memory that never changes. Its children share it until they
 * exec themselves.
 */
#include "context/jot.h"
#include "event/record_read.h"

struct command_stdio {
    uint8_t type; /* enum record_fd_type; RECORD_FD_UNKNOWN where it was not told */
    uint8_t l4proto;
    uint16_t n;   /* bytes of the name as fd.name prints it */
    uint32_t from;
};

struct command {
    uint32_t refs;
    uint32_t bytes;  /* of memory, this included */
    bool is_whole;   /* the program and its command line are known */
    struct record_exe exe;
    struct command_stdio stdio[3];
    uint32_t n_args; /* words after the first */
    /*
     * bytes: path of the program, first word, name of the thread with each further word after a blank, the words' ends,
     * environment, loader, names of stdio
     */
    uint32_t exepath_n, argv0_n, line_n, name_n, env_n, loader_n;
    char bytes_[];
};

/*
 * From the blocks of EXEC or PROCESS, with one reference. The environment is kept when `keep_env`. Names of stdio are made
 * in *jot, which is left as it was.
 */
struct command *command_new(const struct record *r, const struct record_index *index, bool keep_env, struct jot *jot);
static inline struct command *command_share(struct command *c)
{
    if (c)
        c->refs++;
    return c;
}
/* NULL is taken. Returns the bytes of memory that were given back. */
size_t command_drop(struct command *c);

/* Path of the program as the kernel resolved it; first word of the command line. */
struct str command_exepath(const struct command *c);
struct str command_exe(const struct command *c);
/* "name arg arg": proc.cmdline; the same without the name: proc.args. */
struct str command_line(const struct command *c);
struct str command_args(const struct command *c);
/* The name of the thread that it begins with. */
struct str command_name(const struct command *c);
/* Word i after the first; false when there is none. */
bool command_arg(const struct command *c, uint32_t i, struct str *ret);
/* A NUL after each variable. Empty when it was not kept. */
struct str command_env(const struct command *c);
/* The value of a variable; false when there is none. */
bool command_env_value(const struct command *c, struct str name, struct str *ret);
struct str command_loader(const struct command *c);
struct str command_stdio_name(const struct command *c, unsigned num);
