// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What every program of Davy shares: options as rows, help made from them, exit codes, where data lies, how errors are said,
 * in which language. Usage, summary, help and examples are marked texts (N_), translated when they are shown.
 */
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "base/strbuf.h"

enum exit_code {
    EXIT_NOTHING = 0,  /* nothing found at or above --fail-on */
    EXIT_FINDINGS = 1, /* findings at or above --fail-on */
    EXIT_USAGE = 2,
    EXIT_CANNOT = 3, /* could not do the work */
};

/* One option. The list of a program ends with a row whose name is NULL. */
struct cmd_option {
    const char *name;   /* long name without dashes */
    char letter;        /* short form, 0: none */
    const char *arg;    /* what the value is called, NULL: takes none */
    const char *help;   /* one or more sentences, no newline; wrapped when shown */
};

struct cmd_program {
    const char *name;     /* "davy scan" */
    const char *usage;    /* "[OPTION…] TARGET…" */
    const char *summary;  /* one paragraph */
    const struct cmd_option *options;
    const char *examples; /* lines "  command    what it does", NULL: none */
    /* Takes one option; -EINVAL after cmd_error() when the value is wrong. */
    int (*take)(void *ctx, const struct cmd_option *option, const char *value);
};

/*
 * Parses the command line: calls `take` for each option in order; --help prints the help on stdout and exits 0, --version
 * likewise. Where there is --colour, --color and --no-color are understood, too. Returns the index of the first operand, or -EINVAL
 * after saying what is wrong on stderr (exit with EXIT_USAGE), with the option that is spelt most alike.
 */
int cmd_parse(const struct cmd_program *program, int argc, char **argv, void *ctx);

/* The commands of a program such as davy-feed: n rows of `size` bytes that each begin with the struct cmd_program of one. */
struct cmd_commands {
    const char *name; /* "davy feed"; its commands are called "davy feed add" and so on */
    const void *rows;
    size_t n, size;
    void (*help)(FILE *out);
};
/*
 * Begins such a program: takes the language (cmd_language()) and finds the row that argv[1] names. Returns its index, or -1 with
 * the exit code in *ret_code, after the help or an error has been shown.
 */
int cmd_choose(const struct cmd_commands *commands, int argc, char **argv, int *ret_code);

/* Says that none of the `n` commands is called so, and which one may be meant. */
void cmd_no_command(const char *program, const char *word, const char *const *names, size_t n);

/* Appends a text and blanks up to so many columns, by the columns it takes and not by its bytes; at least one blank. */
void cmd_add_padded(struct strbuf *b, const char *text, size_t columns);

/* Writes "…", "·", "→" and their like as ASCII has them, unless the locale's characters are UTF-8. For text of our own. */
void cmd_plain(struct strbuf *b);

/*
 * Appends a text from column `at`, broken before column `width` and going on at `indent`, and ends the line.
 */
void cmd_add_wrapped(struct strbuf *b, struct str text, unsigned at, unsigned indent, unsigned width);

/* Lines that are wider go on in the next one, below the text of their last column; words are kept whole where they fit. */
void cmd_fold(struct strbuf *b, unsigned width);

/*
 * What is on its way to standard output goes out. EXIT_NOTHING, or EXIT_CANNOT after saying why it could not be written; who closes a
 * pipe, as `head` does, knows that, and is told nothing.
 */
int cmd_flush(const char *program);
/* Writes it to standard output, and flushes: as cmd_flush(). */
int cmd_print(const char *program, const struct strbuf *b);

/* The same with a page of lines for people: folded where standard output is a terminal, in the locale's characters. Changes *b. */
int cmd_print_page(const char *program, struct strbuf *b);

/* Writes it into a file: a reader finds the old one or the new one, and the old one stays when that cannot be done. -errno. */
int cmd_replace_file(const char *path, struct str text);

/* Ends this process by a signal that asked it to stop (base/stop.h), when all is cleared away. */
void cmd_end_by(int signal) __attribute__((__noreturn__));

/* Prints "davy scan: message" on stderr, the format translated; control characters in the text are made visible, and on a terminal it is folded. */
void cmd_error(const char *program, const char *fmt, ...) _printf_(2, 3);

/*
 * The folder that holds rules/: $DAVY_DATA, else beside the program in a build tree, else where `make install` puts it.
 * Static; never NULL.
 */
const char *cmd_data_dir(void);
/*
 * A folder of the installed tree, `below` its prefix: the prefix that the running program stands in, so that a tree can
 * be moved as a whole, else the one it was built for. Static, overwritten by the next call.
 */
const char *cmd_installed_dir(const char *below);
/*
 * The folder for what can be made again: $XDG_CACHE_HOME/davy, else /var/cache/davy for root and ~/.cache/davy for others.
 * It need not exist. Static; "" when there is none.
 */
const char *cmd_cache_dir(void);
/*
 * The feed of verdicts: `given` unless NULL, else $DAVY_FEED, else /var/lib/davy/feed.db for root and
 * $XDG_DATA_HOME/davy/feed.db or ~/.local/share/davy/feed.db for others. It need not exist. Static or `given`; "" when there
 * is none.
 */
const char *cmd_feed_path(const char *given);
/* Folder of the running program; static; "" when unknown. */
const char *cmd_program_dir(void);

/*
 * Chooses language and characters by LANGUAGE, LC_ALL, LC_MESSAGES, LC_CTYPE and LANG, and the catalogues of the build tree
 * or the installed one. Every program begins with it. Numbers are never written in another locale than C.
 */
void cmd_language(void);

/* Columns of the terminal behind fd: COLUMNS, else the terminal's own, else 80; between 40 and 200. */
unsigned cmd_columns(int fd);
/* Whether the locale's characters are UTF-8 (cmd_language() must have run). */
bool cmd_utf8(void);
/* Whether to colour what goes to fd: a terminal, NO_COLOR unset, TERM not dumb. */
bool cmd_colour(int fd);
