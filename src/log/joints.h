// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What stands between the values of a plain text (log/plain.h), in which orders it came so far. Records come by the million and in few kinds: from the quote that
 * closes one value to the quote that opens the next the bytes are the same each time, `","eventName":"`. Such a *joint* was read once with its grammar; when it is
 * there again, behind the same joints, one comparison tells that it is right, and how many marks it has. What is left to read are the values: strings and whole
 * numbers. The last joint of an object knows the whole tape, with its names, and where on it the values belong; and where all names stand (log/members.h).
 */
#include "log/members.h"

enum {
    JOINTS = 4096,         /* in all; a trail of many days has a thousand. When there is no room for more, they are begun anew after: */
    JOINTS_LOST = 4096,    /* objects that could not be kept */
    JOINTS_BYTES = 2 << 20, /* that all take */
    JOINT_BESIDE = 48,     /* that may stand in one place: what each kind of request begins with */
    JOINT_SIZE = 512,      /* bytes of one */
    JOINT_VALUES = 256,    /* strings and numbers of an object; CloudTrail has thirty */
    JOINT_NAMES = 256,     /* its names */
    JOINT_TAPE = 2048,     /* words of its tape */
    /* Where less than a quarter of so many objects was known, nobody looks for so long: names or lists are other ones each time. */
    JOINTS_TRIAL = 256,
    JOINTS_PAUSE = 2048,
};

struct joints;
/* Never NULL. */
struct joints *joints_new(void);
struct joints *joints_free(struct joints *j);
/* As plain_read(), with the same arguments, of an object whose joints are all known; 0: they are not. *ret is valid until joints_learn(). */
size_t joints_read(struct joints *j, struct str text, const uint32_t *marks, size_t n, uint64_t *words, struct tape *ret);
/* Keeps the joints of an object that plain_read() has read, n marks of it; only of one whose names it knew before, so that what comes once takes no room. */
void joints_learn(struct joints *j, struct str text, const uint32_t *marks, size_t n, const struct tape *tape);
