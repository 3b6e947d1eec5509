// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What programs in Python and Perl do without a shell: lists of processes that they kill, files that they write and remove, disks that they write over. As
 * everywhere here no language is parsed: a call is its name and what stands behind it, a variable what the line says that gives it its value. Inside the room only.
 */
#include "inspect/analyzer.h"

/* Adds to script.kills, script.writes and script.removes; `text` lies in c->data. Nothing for other interpreters. */
void script_look_natively(struct str text, struct str interpreter, const struct content *c, struct facts *facts);
