// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Shell text: what a script, a cron line or the command of a unit would do. Nothing is run; what depends on
 * the machine stays as it is written ("$HOME/.ssh").
 */
#include "inspect/analyzer.h"
#include "inspect/shape.h"

/*
 * Adds what one command line does to the script.* lists (commands, writes, removes, stops, kills, locks,
 * downloads, download_run, decode_run), and hands what was folded up and is run to all analyzers (inspection_unwrap()). `c` is the content that the command stands in and `at` its offset
 * there, for notes. The text need not be a part of c->data and need
 * not live longer than the call.
 */
void script_look_command(struct str command, const struct content *c, size_t at, struct facts *facts);
/*
 * The same for a program in another language (`interpreter` as script.interpreter names it): commands that it
 * hands to a shell as literal text, and code that it decodes or fetches and runs. `text` lies in c->data, at
 * its start.
 */
void script_look_calls(struct str text, struct str interpreter, const struct content *c, struct facts *facts);
struct strbuf;
/* Adds a word of a list of arguments to a command line: its blanks and marks are no more the shell's. */
void script_add_word(struct strbuf *b, struct str word);
/* Adds the shape of shell text. */
void script_shape(struct str text, struct shape *ret);
