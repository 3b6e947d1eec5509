// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The live event as the files of this room see it: the record, what it is about, and the answers made so far. One function
 * per field or family of fields (field_live.def) answers; each lives in field_*.c, a class of fields per file.
 */
#include "context/call.h"
#include "context/config.h"
#include "context/container_field.h"
#include "context/context.h"
#include "context/endpoint.h"
#include "context/names.h"
#include "context/process.h"
#include "context/state.h"

enum { LIVE_GROUPS = 256 }; /* control groups whose container is remembered; nodes run 110 pods */

/* What a control group says of containers, remembered by where it stands. */
struct live_group {
    struct interned *path; /* a reference; NULL: free */
    bool is_isolated;
    struct cgroup_container container;
};

/* The path of a control group by its id, as records that carry both told it. */
struct live_group_id {
    uint64_t id;
    struct interned *path; /* a reference; NULL: free */
};

struct live_event {
    struct event event; /* first */
    struct context *context;
    const struct record *record;
    struct record_index index;
    const struct call *call;
    struct process *process;    /* NULL: a record without a process */
    const struct record_fd *fd; /* what fd.* speaks of; NULL: nothing */
    struct str fd_path;
    const struct container_info *container; /* that a record of its own told of last; of the event CONTAINER */
    struct record_fd net;       /* `fd` of events about a socket without a descriptor */
    uint64_t since_last_ns;     /* since the event before */
    bool is_resolved;           /* paths are given as the kernel resolved them */
    bool is_rooted;             /* likewise, and a file reached by a mount where the process's root shows it */
    uint8_t endpoint_state;     /* of `endpoint`: 0 not looked at, 1 none, 2 there */
    uint8_t paths_made;         /* bits of `paths` */
    bool is_fd_name_made;
    struct endpoint endpoint;
    struct str paths[4];        /* first and second, as written, as resolved */
    struct str fd_name;
    struct jot jot;
    struct config_diff config; /* of the event CONFIG_CHANGE */
    struct state_now state;
};

struct context {
    struct context_options options;
    struct processes *processes;
    struct names *users, *groups_of_users, *hosts;
    struct container_cache *containers;
    struct live_group *groups;       /* LIVE_GROUPS of them */
    struct live_group_id *group_ids; /* as many */
    struct configs *configs;
    struct state *state;
    struct services *services; /* names of ports; NULL: not wanted */
    struct event_run run;
    uint64_t boot_ns;          /* since the epoch, when CLOCK_BOOTTIME began, by the clock as it was when the run began */
    uint64_t stepped_ns;       /* when run.step_ns was known, by CLOCK_BOOTTIME */
    int64_t step_before_ns;    /* run.step_ns until then */
    uint64_t events, last_ns;  /* time of the last event */
    uint64_t uses;             /* util.cnt */
    uint32_t machine_pidns;    /* of the machine's own processes, 0: not known */
    struct call calls[EVENT__N];
    struct live_event live;
};

typedef int (*live_fn)(struct live_event *e, const struct field_ref *ref, struct value *ret);
/* By field; NULL: nothing gives it. */
extern const live_fn LIVE_FIELDS[FIELD__N];

static inline int give_str(struct value *ret, struct str s)
{
    *ret = VALUE_OF_STR(s);
    return 1;
}
static inline int give_int(struct value *ret, int64_t i)
{
    *ret = VALUE_OF_INT(i);
    return 1;
}
static inline int give_uint(struct value *ret, uint64_t u)
{
    *ret = VALUE_OF_UINT(u);
    return 1;
}
static inline int give_bool(struct value *ret, bool b)
{
    *ret = VALUE_OF_BOOL(b);
    return 1;
}
static inline int give_u(struct value *ret, enum value_type type, uint64_t u)
{
    *ret = (struct value){.type = type, .u = u};
    return 1;
}

/* Text of a block; p is NULL without it. */
static inline struct str live_text(const struct live_event *e, unsigned tag)
{
    return e->index.v[tag] ? record_text(e->index.v[tag]) : STR_NULL;
}
/* What the clock of the machine said then: to compare with what the kernel wrote into inodes. */
static inline uint64_t live_wall(const struct live_event *e, uint64_t boottime_ns)
{
    const struct context *c = e->context;
    return c->boot_ns + boottime_ns + (uint64_t)(boottime_ns < c->stepped_ns ? c->step_before_ns : c->run.step_ns);
}

/* Nanoseconds since the epoch of a time of the record, by the clock that nobody sets: processes are known by it. */
static inline uint64_t live_epoch(const struct live_event *e, uint64_t boottime_ns)
{
    return e->context->boot_ns + boottime_ns;
}

/*
 * The event's first (0) or second (1) path in the form that counts now: absolute and clean; p is NULL without it. As the
 * call was given it, with nothing done to it.
 */
struct str live_path(struct live_event *e, unsigned which);
struct str live_path_raw(const struct live_event *e, unsigned which);
/* As the kernel resolved it; p is NULL where the record does not tell. */
struct str live_resolved_path(const struct live_event *e, unsigned which);
/* What a new symbolic link says, as it was written; p is NULL for other events. And what that means: from the folder in which the link lies. */
struct str live_link_raw(const struct live_event *e);
struct str live_link_text(struct live_event *e);
/* Whether a relative path of the event begins in the working folder, not in that of a descriptor. */
bool live_begins_in_cwd(const struct live_event *e, unsigned which);
/* Working folder of the process, with a '/' at its end as Falco has it; p is NULL when it is not known. */
struct str live_cwd(struct live_event *e);

/* What the event's descriptor is; as with Falco, whatever was opened by a path is a file unless it is a folder. */
enum record_fd_type live_fd_type_of(const struct live_event *e);
/* fd.name; p is NULL when the event has no descriptor. NULL when the descriptor is no socket of IPv4 or IPv6. */
struct str live_fd_text(struct live_event *e);
const struct endpoint *live_endpoint(struct live_event *e);

/* NULL when nobody knows it. */
const struct name *live_user(struct live_event *e, uint32_t uid);
const struct name *live_group_name(struct live_event *e, uint32_t gid);

/* container.*, k8s.*: see container_field.h. */
int live_container(struct live_event *e, const struct field_ref *ref, struct value *ret);
/* What is known of the event's container; NULL when it is in none or nothing is known. */
const struct container_info *live_container_info(struct live_event *e);
/* The host name of an address; empty when nobody knows it. */
struct str live_host(struct live_event *e, const uint8_t *bytes, bool v6);
/* proc.cmdline of a process of that name; the name alone when its command is not known (NULL). */
struct str live_command_line(struct live_event *e, const struct command *c, struct str name);

/* Parameters. evt.rawarg: 1 and the value with its type, 0 without one. */
int live_param_value(struct live_event *e, const struct param *p, struct value *ret);
/* evt.arg: words where there are some, else the plain text. */
struct str live_param_text(struct live_event *e, const struct param *p);
/* evt.args: name=plain(words) of each, with blanks between. */
struct str live_params_text(struct live_event *e);
/* A number of the record as it stands there; false without it. */
bool live_param_number(const struct live_event *e, const struct param *p, int64_t *ret);
