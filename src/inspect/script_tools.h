// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What shell tools do with their arguments, as far as the script analyzer needs it. Names are base names. */
#include "inspect/script_parse.h"

/* The words of one command behind its name: v[0] is the name. */
struct sh_args {
    const struct sh_word *v;
    size_t n;
};

/* Whether the name is a word of the blank-separated list. */
bool sh_in(struct str name, const char *list);
/* The name without a version: python3.11 is python, nodejs is node. */
struct str sh_interpreter(struct str name);
/* sh, bash and the like, with or without a version. */
bool sh_is_shell(struct str name);
/* Shells and interpreters of scripts. */
bool sh_is_interpreter(struct str name);
/* Whether that interpreter, called so, runs what comes in on standard input. */
bool sh_runs_stdin(struct str name, struct sh_args a);
/* Whether the command turns encoded or packed input into plain text. */
bool sh_decodes(struct str name, struct sh_args a);
/* Tools whose purpose is to fetch what a URL names. */
bool sh_is_downloader(struct str name);
/* Whether the option of a downloader takes the next argument as its value; *ret_output: that is the file it
 * writes. */
bool sh_download_option(struct str name, struct str option, bool *ret_output);
/* Tools that take URLs for other ends than to fetch a file. */
bool sh_names_urls(struct str name);
/* Whether the word is a URL of a scheme that files are fetched by. */
bool sh_is_url(struct str s);
/*
 * Takes wrappers off the front (sudo, nohup, timeout 5, env A=b, busybox, xargs -n 1 …) so that v[0] is what
 * runs. *ret_xargs is set when its last arguments come from standard input.
 */
struct sh_args sh_unwrap_command(struct sh_args a, bool *ret_xargs);
/* +i, -ia, =a and the like: a specification of inode flags that touches immutable or append-only. */
bool sh_is_flag_spec(struct str s);
/* Tools that know -i or -a as an option of their own. */
bool sh_has_own_options(struct str name);
