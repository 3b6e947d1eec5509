// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What is known of one container: what its runtime wrote down of it, in the terms of Falco's container.* and k8s.* fields.
 * Whoever learns of one (source/container, a capture) makes a struct container_info, fills it by the functions below, which
 * bound and clean what strangers wrote, and seals it; from then on it does not change and may be read by anybody.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "context/cgroup_container.h"

enum {
    CONTAINER_TEXT_MAX = 4096,      /* of one text: PATH_MAX, and what Falco keeps of a network plugin's result */
    CONTAINER_LABEL_VALUE_MAX = 100, /* longer labels are left out, as Falco's label_max_len does: they are documents */
    CONTAINER_LABELS_MAX = 256,     /* of the container, and of the pod */
    CONTAINER_MOUNTS_MAX = 256,     /* pods have under 30 */
    CONTAINER_WORDS_MAX = 64,       /* of a probe's command */
    CONTAINER_BYTES_MAX = 24 << 10, /* texts of one container together: a record holds 64 KiB, JSON makes them longer */
};

enum container_known { CONTAINER_UNKNOWN, CONTAINER_NO, CONTAINER_YES };
static inline enum container_known container_known_from(bool is)
{
    return is ? CONTAINER_YES : CONTAINER_NO;
}

struct container_mount {
    struct str source, dest, mode, propagation;
    bool rdwr;
    struct str text; /* source:dest:mode:rdwr:propagation, made by container_info_seal() */
};

struct container_label {
    struct str key, value;
};

struct container_labels {
    struct container_label *v; /* by key, once sealed */
    size_t n, room;
    struct str text; /* "a:b, c" without annotations and Kubernetes' own, made by container_info_seal() */
};

/* A command that the runtime or kubelet runs in the container to see whether it is well. */
struct container_probe {
    enum { PROBE_UNKNOWN, PROBE_NONE, PROBE_COMMAND } kind; /* NONE: switched off explicitly */
    struct str *words;
    size_t n, room;
    struct str text; /* the words with a blank between, made by container_info_seal() */
};

struct container_info {
    struct arena arena; /* owns every text */
    size_t bytes;       /* of texts */
    bool is_cut;        /* something was over a limit and is left out */
    bool is_sandbox;    /* the pod's own container, which keeps its namespaces */
    enum container_type type;
    enum container_known privileged, host_pid, host_network, host_ipc;
    struct str id;      /* in full */
    struct str name, image, image_id, repository, tag, digest, user;
    struct str ip, cni_json;
    struct str sandbox_id; /* in full, of the pod that it belongs to */
    uint64_t created_ns, started_ns; /* since the epoch, 0: unknown */
    struct container_mount *mounts;
    size_t n_mounts, mounts_room;
    struct str mounts_text; /* made by container_info_seal() */
    struct container_labels labels, pod_labels;
    struct container_probe healthcheck, liveness, readiness;
};

/* `id` in full, at most CONTAINER_ID_MAX - 1 bytes. The caller frees it. */
struct container_info *container_info_new(enum container_type type, struct str id);
struct container_info *container_info_free(struct container_info *c);
DEFINE_CLEANUP(struct container_info *, container_info_free)
/* Sorts labels and makes the texts. Once, when everything is told. */
void container_info_seal(struct container_info *c);

/*
 * Sets a text member of *c, copied: cut at a NUL byte or at CONTAINER_TEXT_MAX, bytes that are no UTF-8 written as \xHH; left
 * empty and is_cut set when CONTAINER_BYTES_MAX is used up. NUL follows every text.
 */
void container_set(struct container_info *c, struct str *member, struct str text);
void container_add_mount(struct container_info *c, const struct container_mount *mount);
/* `of` is &c->labels or &c->pod_labels. The first value of a key stands. */
void container_add_label(struct container_info *c, struct container_labels *of, struct str key, struct str value);
/* `of` is a probe of *c; sets its kind. */
void container_add_word(struct container_info *c, struct container_probe *of, struct str word);

/*
 * Sets image, and repository, tag, digest and image_id as far as the name tells: "host:5000/a/b:1@sha256:…". As Falco does it, a
 * name with a digest has no tag; "sha256:…" alone is an id.
 */
void container_set_image(struct container_info *c, struct str name);
/* Makes it a part of a pod: sets sandbox_id and the labels of Kubernetes that k8s.* are read from; empty texts are left out. */
void container_set_pod(struct container_info *c, struct str sandbox, struct str uid, struct str name, struct str ns);

/* NULL when there is none. */
const struct str *container_label(const struct container_labels *of, struct str key);
/* The words that Kubernetes' labels begin with, and the labels that tell the pod. */
#define CONTAINER_LABEL_POD_NAME "io.kubernetes.pod.name"
#define CONTAINER_LABEL_POD_NAMESPACE "io.kubernetes.pod.namespace"
#define CONTAINER_LABEL_POD_UID "io.kubernetes.pod.uid"
#define CONTAINER_LABEL_SANDBOX "io.kubernetes.sandbox.id"
#define CONTAINER_LABEL_NAME "io.kubernetes.container.name"
/* Whether a command line (a NUL after each word) is that of the probe. */
bool container_probe_is(const struct container_probe *p, struct str command_line);
