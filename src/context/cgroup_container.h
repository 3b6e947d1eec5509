// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the path of a control group says of containers: which runtime, which id, which pod. Text in, values out; nothing is
 * asked of the machine. Container managers name their groups, each in its way, and nothing else marks a container in the
 * kernel; the forms stand in one table in cgroup_container.c.
 *
 * Containers nest (docker in docker, a cluster's node that is itself a container): the innermost one counts. What belongs to
 * a manager and not to a container (conmon, lxc.monitor, the supervisor of systemd-nspawn) is of whatever is around it.
 */
#include "base/str.h"

/* How container.type prints them. Below CONTAINER_RUNC they are Falco's words; for the rest Falco has none. */
enum container_type {
    CONTAINER_HOST,
#define CONTAINER_TYPE(id, name) CONTAINER_##id,
#include "context/container_type.def"
#undef CONTAINER_TYPE
    CONTAINER__N,
};

enum {
    CONTAINER_ID_MAX = 256,     /* NAME_MAX and a NUL: an id is a folder's name */
    CONTAINER_ID_SHORT = 12,    /* what runtimes and Falco show of a hexadecimal id */
    CONTAINER_POD_UID_MAX = 64, /* a UUID, or the 32 digits of a static pod's digest, and a NUL */
};

struct cgroup_container {
    enum container_type type;
    bool is_type_sure;  /* false: the id alone is sure; a bare id may be docker's or containerd's */
    bool is_sandbox;    /* the pod's own: a virtual machine's, where the path says so */
    bool is_unnamed;    /* no manager's form: taken because the process has namespaces of its own */
    char id[CONTAINER_ID_MAX];           /* in full, or the name where the runtime has only names; empty: not in a container */
    char pod_uid[CONTAINER_POD_UID_MAX]; /* of Kubernetes, with hyphens; may be set without an id */
};

/*
 * Reads one path, absolute or relative to a control group namespace ("/../x"). `is_isolated` tells that the process is in
 * a pid namespace that is not the machine's: then a plain folder, such as `runc run NAME` makes, is taken for a container's
 * too, unless it is a unit of systemd. True when there is a container; *ret is set in any case.
 */
bool cgroup_container_from_path(struct str path, bool is_isolated, struct cgroup_container *ret);
/*
 * The same for the text of /proc/PID/cgroup with its line for each hierarchy (v1, v2, both). Hierarchies may disagree: a
 * manager's form goes before a plain folder, which at least half of the hierarchies must have.
 */
bool cgroup_container_from_text(struct str text, bool is_isolated, struct cgroup_container *ret);

/* Static, "host" for CONTAINER_HOST. */
const char *container_type_name(enum container_type type);
/* By name; CONTAINER__N when there is none. */
enum container_type container_type_from(struct str name);
/*
 * What container.id shows: the first 12 bytes where an id is 64 hexadecimal digits, and of every id of containerd, as
 * Falco does; names as they are. Borrows from `id`.
 */
struct str container_short_id(enum container_type type, struct str id);
/* Whether s is an id as docker, podman and Kubernetes make them: 64 lower case hexadecimal digits. */
bool container_is_hex_id(struct str s);
