// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Arguments of a command line on their way into facts: what an option or assignment names as a password, token or secret
 * is replaced by "…" here, at the source, so that no rule's output, report or log can hold it. Secrets that are told by
 * their own form (a vendor's token) are the secret rules' business.
 */
#include "base/strbuf.h"

/*
 * Appends one argument. *hide says, from one call to the next, that an option before asked for this value; start with
 * false. Values that name a file ("/run/secrets/x", "@file") stay.
 */
void argument_add(struct strbuf *b, struct str argument, bool *hide);
