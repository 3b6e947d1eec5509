// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Accounts: fed with the files that make them, gives one `account` event each. Works on any root (image,
 * folder, live), and on what is there: malformed lines are passed over. Of passwords only the state is told.
 *
 *     if (accounts_wants(path)) accounts_add(acc, path, content);   each effective file once, in any order
 *     while (accounts_next(acc, facts) == 0) …
 */
#include "base/strbuf.h"
#include "event/facts.h"

enum {
    ACCOUNTS_MAX = 65536,          /* of one target */
    ACCOUNTS_FILE_MAX = 16 << 20,  /* bytes read of one file */
    ACCOUNTS_TOTAL_MAX = 64 << 20, /* of all files together */
};

struct accounts;
/* `now_ns`: since the epoch, for the age of passwords; the time of the events. */
struct accounts *accounts_new(uint64_t now_ns);
struct accounts *accounts_free(struct accounts *a);
/* passwd, shadow, group, sudoers and authorized_keys files. */
bool accounts_wants(struct str path);
/* Reads a file that accounts_wants(); the content is not kept. More than the limits is left out. */
void accounts_add(struct accounts *a, struct str path, struct str content);
/*
 * Appends the content with every password field reduced to its state (empty, locked or set): accounts_add() tells the same
 * from it, and nothing else is left to keep. Other files than passwd and shadow come back as they are.
 */
void accounts_without_passwords(struct str path, struct str content, struct strbuf *out);
/* 0: facts were reset and hold the next account; 1: there are no more. */
int accounts_next(struct accounts *a, struct facts *facts);

/*
 * The system account that `name` nearly has the name of, empty when none: a look-alike letter, swapped
 * neighbours, one wrong letter in a long name, a number or a plural added. The names themselves imitate
 * nobody.
 */
struct str account_imitates(struct str name);
