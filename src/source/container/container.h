// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the runtimes of this machine wrote down of a container: docker, podman, containerd, CRI-O, runc, crun,
 * systemd-nspawn, and pods of Kubernetes by way of the annotations that their runtimes keep. Files are read
 * first, which needs no daemon; the engines' sockets are asked only for what no file tells.
 *
 * Everything is read beneath one folder, so that a test, or a sensor that is itself in a container, can point
 * at another root. Needs CAP_DAC_READ_SEARCH for stores of root and of users, and CAP_SYS_PTRACE to compare
 * namespaces; without them less is known. What is read was written by strangers as much as by runtimes:
 * sizes, depths and times have limits (internal.h).
 */
#include "base/error.h"
#include "context/container.h"

struct container_stores {
    int root;     /* folder that is the machine's root; the caller's, open as long as it is used */
    int proc;     /* /proc of that machine; -1: processes tell nothing */
    bool may_ask; /* the sockets of docker and podman, CONTAINER_ASK_MS for an answer; who gives up rights before calls curl_late() first */
};

enum {
    CONTAINER_ASK_MS = 1000,       /* for an answer of an engine's socket */
    CONTAINER_QUESTION_PATH = 512, /* those of Kubernetes, the longest, have under 300 */
};

struct container_question {
    struct cgroup_container what;
    char path[CONTAINER_QUESTION_PATH]; /* of the control group; empty: too long, or not known */
    int32_t pid;                        /* any process of the container; 0: none is known */
    bool is_early;  /* its runtime may still be writing: nothing rather than the name alone */
    uint32_t owner; /* of a rootless container: whose stores are looked into too; 0: only the machine's */
};
/* `path` is the control group that *what comes from: it names the owner ("user-1000.slice"). */
void container_question_init(struct container_question *q, const struct cgroup_container *what,
                             struct str path, int32_t pid);

/*
 * 0 with a sealed container, which the caller frees; 1 when nothing is known of it. May take CONTAINER_ASK_MS
 * for each socket, and as long as a file system needs: not for a loop of events, see asker.h.
 */
int container_lookup(const struct container_stores *s, const struct container_question *q,
                     struct container_info **ret);
