// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Arguments of a command line on their way to people: what an option or assignment names as a password, token or secret
 * is replaced by "…", so that no output, report or log can hold it. davy scan does it where facts begin, davy watch where an
 * alert is made (finding/shown_event.h), because its rules judge what was written.
 */
#include "base/strbuf.h"

/*
 * Appends one argument. *hide says, from one call to the next, that an option before asked for this value; start with
 * false. Values that name a file ("/run/secrets/x", "@file") stay.
 */
void argument_add(struct strbuf *b, struct str argument, bool *hide);
/*
 * Appends a text that is, or holds, a command line or an environment: words with single bytes `between` them, as a rule blanks. Beside
 * what argument_add() hides: passwords in addresses (scheme://user:…@host), what follows "Authorization: Bearer" and its like, and
 * words in the form of a well-known vendor's token. True when something was hidden.
 */
bool argument_add_line(struct strbuf *b, struct str line, char between);
