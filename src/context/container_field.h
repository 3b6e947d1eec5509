// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The answers to container.* and k8s.*, in Falco's texts (container plugin 0.4 to 0.7).
 *
 * - Outside containers id, full_id, name and type are "host", other texts empty, truths false, and what is told by labels
 *   (k8s.pod.name, k8s.ns.name, k8s.pod.uid) absent.
 * - In a container that nothing is known of yet (the look-up runs, or found nothing) only what its control group says is
 *   there: id, full_id, type and the pod's uid; where Falco gives the id alone.
 * - Once it is known, a text that its runtime does not tell is empty, a truth absent.
 * - container.mount*[x]: by position, or by a shell pattern over the whole source (container.mount.source: over the
 *   destination); absent when none fits. Falco documents a pattern; its plugin of late takes it for a regular
 *   expression that may match anywhere, so that [/] fits every mount. The documented meaning is kept.
 * - healthcheck and probes: the command line, "NONE" when switched off. k8s.rc, svc, rs, deployment, ns.id and ns.label* are
 *   absent, as there.
 */
#include "context/container_cache.h"
#include "event/field.h"

/* What a process is in; borrowed texts. */
struct container_view {
    enum container_type type;
    struct str id;      /* in full; empty on the host */
    struct str pod_uid;
    const struct container_info *info;    /* NULL: not known */
    const struct container_info *sandbox; /* of its pod; NULL likewise */
    uint64_t start_ns;  /* when the first process of its pid namespace began, since the epoch; 0: take the runtime's word */
    uint64_t now_ns;    /* of the event, since the epoch */
};

/* What the control group and the cache say; start_ns and now_ns are left 0. The view borrows from both. */
void container_view_init(struct container_view *v, const struct cgroup_container *c, struct container_cache *cache);
/* 1: *ret is set, borrowing from the view's parts; 0: absent, or no such field. Allocates nothing. */
int container_field(const struct container_view *v, const struct field_ref *ref, struct value *ret);
