// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Event types and sources. One list each (type.def, below); names, enums, docs and the rule compiler come from it.
 *
 * A source names what gives the events and therefore which fields can exist: `syscall` is the live kernel (and its
 * replays), `scan` is the static look at images, folders and this machine. All the others are kinds of logs; a rule with the
 * source `log` judges the records of every one of them (event_source_gives()).
 */
#include "base/str.h"

enum event_source {
    SOURCE_SYSCALL,
    SOURCE_SCAN,
    SOURCE_LOG,
    SOURCE_CLOUDTRAIL,
    SOURCE_GUARDDUTY,
    SOURCE_K8S_AUDIT,
    SOURCE_GCP_AUDIT,
    SOURCE_AZURE_ACTIVITY,
    SOURCE_AZURE_SIGNIN,
    SOURCE_ACTIONTRAIL,
    SOURCE_HUAWEI_CTS,
    SOURCE_OKTA,
    SOURCE_AUTH,
    SOURCE_JOURNAL,
    SOURCE_WEB_ACCESS,
    SOURCE_FLOW_LOG,
    SOURCE_DNS_LOG,
    SOURCE__N,
};

enum event_type {
#define EVENT_TYPE(id, name, source, help) EVENT_##id,
#include "event/type.def"
#undef EVENT_TYPE
    EVENT__N,
    EVENT__INVALID = -22,
};

/* Static names, never NULL for a valid value. */
const char *event_type_name(enum event_type t);
enum event_source event_type_source(enum event_type t);
/* Whether a rule of the source judges events of the type: its own, and every record of a log when it is SOURCE_LOG. */
bool event_source_gives(enum event_source s, enum event_type t);
/* The same of all types at once: bit t % 64 of word t / 64. Each of `ret` is written. */
enum { EVENT_WORDS = (EVENT__N + 63) / 64 };
void event_source_types(enum event_source s, uint64_t ret[EVENT_WORDS]);
bool event_source_is_log(enum event_source s);
/* Whether rules of the two can judge events of one stream: they are the same, or both are of logs. */
bool event_source_is_beside(enum event_source a, enum event_source b);
/* By name ("openat", "file"); EVENT__INVALID when there is none. */
enum event_type event_type_from(struct str name);
const char *event_source_name(enum event_source s);
/* -EINVAL when there is none. */
int event_source_from(struct str name);
