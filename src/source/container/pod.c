// SPDX-License-Identifier: Apache-2.0
/* What belongs to pods: probes, and what network plugins gave. */
#include "source/container/internal.h"

void cri_mount(struct container_info *c, const json_t *mount)
{
    /* CRI's numbers, and their names, which protobuf's own JSON has */
    static const char *const WORDS[] = {"private", "rslave", "rshared"};
    static const char *const NAMES[] = {"PROPAGATION_PRIVATE", "PROPAGATION_HOST_TO_CONTAINER",
                                        "PROPAGATION_BIDIRECTIONAL"};
    const json_t *propagation = json_object_get(mount, "propagation");
    json_int_t number = json_integer_value(propagation);
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_is(text_of(propagation), NAMES[i]))
            number = (json_int_t)i;
    container_add_mount(
        c, &(struct container_mount){
               .source = text_at(mount, "host_path"),
               .dest = text_at(mount, "container_path"),
               .rdwr = !json_is_true(json_object_get(mount, "readonly")),
               .propagation = number >= 0 && number < 3 ? str_from(WORDS[number]) : STR("unknown"),
           });
}

static void fill_probe(struct container_info *c, struct container_probe *of, const json_t *probe)
{
    const json_t *command = node_at(probe, "exec", "command");
    for (size_t i = 0; i < json_array_size(command); i++)
        container_add_word(c, of, text_of(json_array_get(command, i)));
}

void probes_from_pod(struct container_info *c, struct str specification, struct str name)
{
    _cleanup_(json_decrefp) json_t *root = store_parse(specification);
    const json_t *containers = node_at(root, "spec", "containers");
    for (size_t i = 0; i < json_array_size(containers); i++) {
        const json_t *o = json_array_get(containers, i);
        /* docker's label was of the one container */
        if (name.n && !str_eq(text_at(o, "name"), name))
            continue;
        fill_probe(c, &c->liveness, json_object_get(o, "livenessProbe"));
        fill_probe(c, &c->readiness, json_object_get(o, "readinessProbe"));
        return;
    }
}

/* The first IPv4 address, without its prefix. */
static struct str address_of(const json_t *result)
{
    const json_t *ips = json_object_get(result, "ips");
    for (size_t i = 0; i < json_array_size(ips); i++) {
        struct str s = text_at(json_array_get(ips, i), "address");
        const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
        if (s.n && !memchr(s.p, ':', s.n))
            return slash ? str_sub(s, 0, (size_t)(slash - s.p)) : s;
    }
    return STR_NULL;
}

static bool take_result(struct finder *f, struct container_info *c, const char *file)
{
    _cleanup_(json_decrefp) json_t *cached = store_json(f, STORE_FILE_MAX, "/var/lib/cni/results/%s", file);
    const json_t *result = json_object_get(cached, "result");
    if (!json_is_object(result))
        return false;
    char *text = json_dumps(result, JSON_COMPACT);
    if (text && strlen(text) <= CONTAINER_TEXT_MAX)
        container_set(c, &c->cni_json, str_from(text));
    free(text);
    struct str ip = address_of(result);
    if (ip.n)
        container_set(c, &c->ip, ip);
    return true;
}

void network_from_cache(struct finder *f, struct container_info *c, struct str container)
{
    /* <network>-<container>-<interface>, and "lo" is nobody's address */
    _cleanup_closedir_ DIR *d = store_folder(f, "/var/lib/cni/results");
    size_t seen = 0;
    for (struct dirent *e; d && container.n && seen++ < STORE_RESULTS_MAX && (e = readdir(d));) {
        struct str name = str_from(e->d_name);
        if (str_has(name, container) && !str_ends(name, STR("-lo")) && take_result(f, c, e->d_name))
            return;
    }
}
