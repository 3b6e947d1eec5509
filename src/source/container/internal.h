// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the readers of stores share. */
#include "base/json.h"
#include "base/strbuf.h"
#include "source/container/container.h"

enum {
    STORE_FILE_MAX = 4 << 20,  /* what is written of one container; the largest seen are 200 kB, annotations
                                  and environment */
    STORE_LIST_MAX = 16 << 20, /* lists of all containers or images: 1 kB each */
    STORE_FOLDERS_MAX = 64,    /* namespaces of containerd; Kubernetes and docker have one each */
    STORE_RESULTS_MAX = 4096,  /* kept results of network plugins */
    STORE_ANCESTORS_MAX = 16,  /* processes between one in a container and its monitor */
    STORE_PASSWD_MAX = 65536,  /* lines */
};

/* One look-up under way. */
struct finder {
    const struct container_stores *stores;
    const struct container_question *q;
    struct str id;
    struct arena arena; /* paths */
    struct strbuf text; /* the file read last */
    const char *home;   /* of the owner, NULL: none */
    const char *bundle; /* that the monitor of the process was given, NULL: not known */
    const char *ns;     /* of containerd, as its shim was told; NULL: not known */
};

/* The JSON of a file beneath the root, which the caller frees; NULL when there is none or it is none. */
json_t *store_json(struct finder *f, size_t max, const char *fmt, ...) _printf_(3, 4);
/* The same from text. */
json_t *store_parse(struct str text);
/* A folder beneath the root, NULL when there is none; the caller closes it. */
DIR *store_folder(struct finder *f, const char *path);
/* Whether s may be a part of a path: a name that leads nowhere else. */
bool store_is_name(struct str s);
/*
 * What a path of members leads to, node_at(o, "Config", "Image"); NULL when there is nothing. As a text,
 * empty when it is none; as a truth, unknown when it is none.
 */
const json_t *node_of(const json_t *o, const char *const *path, size_t n);
#define node_at(o, ...)                                                                                      \
    node_of((o), (const char *const[]){__VA_ARGS__},                                                         \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define text_at(o, ...)  text_of(node_at(o, __VA_ARGS__))
#define known_at(o, ...) known_of(node_at(o, __VA_ARGS__))
static inline struct str text_of(const json_t *v)
{
    return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
}
static inline enum container_known known_of(const json_t *v)
{
    return json_is_boolean(v) ? container_known_from(json_is_true(v)) : CONTAINER_UNKNOWN;
}
/* ISO 8601 with a fraction and a zone, as Go writes it; 0 when it is none, or before 1971, which stands for
 * never. */
uint64_t time_from(struct str s);
/* Adds the texts of an object as labels. */
void add_labels(struct container_info *c, struct container_labels *of, const json_t *o);

/* How a runtime's mounts are told apart from those that it makes for itself. */
enum oci_style {
    OCI_PLAIN,  /* all of them */
    OCI_PODMAN, /* those that the user asked for */
    OCI_POD,    /* those that kubelet asked for */
};
/* What the configuration of the OCI runtime says: mounts, namespaces, privilege. */
void oci_fill(struct container_info *c, const json_t *spec, enum oci_style style);

/* Each store: a container, not sealed, or NULL. */
struct container_info *find_docker(struct finder *f);
struct container_info *find_containerd(struct finder *f);
struct container_info *find_crio(struct finder *f);
struct container_info *find_podman(struct finder *f);
struct container_info *find_runc(struct finder *f);
struct container_info *find_machine(struct finder *f);
/* By the socket of docker or podman, which answer alike. */
struct container_info *ask_engine(struct finder *f, enum container_type type);

/* A container by what docker's API, or its files, say: `c` is the container, `host` its HostConfig. */
struct container_info *docker_info(enum container_type type, const json_t *c, const json_t *host);
/* What only containerd's own database tells (labels, pods, images), for a container of that namespace. */
void containerd_from_database(struct finder *f, struct container_info *c, struct str ns);
/* One mount as kubelet asks CRI for it. */
void cri_mount(struct container_info *c, const json_t *mount);
/* What only podman's own database tells (labels, health check), in the folder of its store. */
void podman_from_database(struct finder *f, struct container_info *c, const char *graph);
/* Sets the health check from docker's words for it. */
void fill_healthcheck(struct container_info *c, const json_t *test);
/* Liveness and readiness of the container of that name, from the specification of a pod as kubectl keeps it
 * in an annotation. */
void probes_from_pod(struct container_info *c, struct str specification, struct str name);
/* Address and result of the network plugin for a container, as libcni keeps it. */
void network_from_cache(struct finder *f, struct container_info *c, struct str container);
/* Sets home, bundle and ns from the owner and the processes above the question's. */
void find_owner(struct finder *f);
/* What /proc tells and nobody else did: namespaces that are the machine's own. */
void namespaces_from_proc(struct finder *f, struct container_info *c);
