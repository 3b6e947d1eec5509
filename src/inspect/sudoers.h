// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Who may do everything by sudo, read from sudoers text (sudoers(5)), or by doas (doas.conf(5)). Read: user specifications with lists,
 * tags and runas, User_Alias and Cmnd_Alias, `Defaults !authenticate`. Left out: host lists (every host
 * counts), netgroups, conditions by date, includes (give each file to sudoers_add()).
 */
#include "base/arena.h"

enum {
    SUDOERS_GRANTS_MAX = 4096,
    SUDOERS_STEPS_MAX = 1 << 16, /* names looked at while aliases are resolved: they may nest and repeat */
};

struct sudo_grant {
    struct str who;      /* "name", "%group", "#uid" or "ALL" */
    bool nopasswd;       /* without being asked for a password */
    size_t offset, size; /* of the line in the text that was added */
    unsigned text;       /* which text, counted from 0 */
};

struct sudoers;
struct sudoers *sudoers_new(void);
struct sudoers *sudoers_free(struct sudoers *s);
/* Reads one file, by its path that of sudo or of doas; lines that make no sense are passed over. The text is not kept. */
void sudoers_add(struct sudoers *s, struct str path, struct str text);
/* Who may run every command as root. The array belongs to s and is valid until the next call on it. */
size_t sudoers_grants(struct sudoers *s, const struct sudo_grant **ret);
/* Whether sudo, or doas, would read a file of that name: in a folder sudo passes over names with a dot or a last tilde.
 */
bool sudoers_reads(struct str path);
