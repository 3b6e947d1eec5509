// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which of the names that anything is told by an object has: known.def lists them. What an object is, is asked by some 250 lookups of names, nearly all in vain for a record that nobody here knows;
 * one walk over its members tells which of these questions are worth it. A set bit says no more than that: who asks looks for himself.
 */
#include "log/format.h"

enum known_group {
    KNOWN_AUDIT,         /* acts of Linux' audit (log/audit_json.h, log/audit_ecs.h) */
    KNOWN_ANEW,          /* what is written anew (log/anew.h) */
    KNOWN_HELD,          /* tables, flows and findings that one object holds */
    KNOWN_OTEL,          /* a record of OpenTelemetry */
    KNOWN_WRAPPED,       /* objects within, that may be of a known format */
    KNOWN_TEXT,          /* strings within, that may be */
    KNOWN_WEB,           /* requests in other words (log/web.h) */
    KNOWN_ENTRY_MESSAGE, /* a line of syslog that was taken apart (log/entry.h): both */
    KNOWN_ENTRY_PROGRAM,
};

struct known {
    uint64_t formats; /* a bit for each enum log_format */
    uint32_t groups;  /* a bit for each group */
};
struct known known_names(struct node object);
static inline bool known_may(const struct known *k, enum known_group g)
{
    return k->groups >> g & 1;
}
static inline bool known_may_format(const struct known *k, enum log_format f)
{
    return k->formats >> f & 1;
}
