// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include "base/strbuf.h"
#include "inspect/capability.h"
#include "inspect/path_facts.h"
#include "inspect/persist.h"
#include "inspect/scan_facts.h"

static void set_if(struct facts *f, enum field_id id, struct str s)
{
    if (s.n)
        facts_str(f, id, s);
}

static void add_all(struct facts *f, enum field_id id, const struct str *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)facts_add(f, id, v[i]);
}

/* RFC 3339 as image configurations write it: seconds are enough for a build time. */
static bool parse_time(struct str s, uint64_t *ret)
{
    char text[20];
    struct tm tm = {};
    if (s.n < 19)
        return false;
    memcpy(text, s.p, 19);
    text[19] = 0;
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    time_t t = end && !*end ? timegm(&tm) : -1;
    if (t < 0)
        return false;
    *ret = (uint64_t)t * 1'000'000'000U;
    return true;
}

void scan_facts_problems(struct facts *f, enum field_id field, uint64_t bits)
{
    for (int bit = 0; bit < IMAGE_PROBLEM__N; bit++)
        if (bits >> bit & 1)
            (void)facts_add(f, field, str_from(image_problem_name((enum image_problem_bit)bit)));
}

void scan_facts_image_short(struct facts *f, const struct image_info *info, struct str ref)
{
    set_if(f, F_IMAGE_REF, ref);
    set_if(f, F_IMAGE_DIGEST, info->manifest_digest);
    set_if(f, F_IMAGE_CONFIG_DIGEST, info->config_digest);
    set_if(f, F_IMAGE_OS, info->os);
    set_if(f, F_IMAGE_ARCH, info->arch);
}

static void set_cmdline(struct facts *f, const struct image_info *info)
{
    struct strbuf line = {};
    for (size_t i = 0; i < info->n_entrypoint + info->n_cmd; i++) {
        struct str word = i < info->n_entrypoint ? info->entrypoint[i] : info->cmd[i - info->n_entrypoint];
        if (line.n)
            strbuf_addc(&line, ' ');
        strbuf_add(&line, word);
    }
    set_if(f, F_IMAGE_CMDLINE, strbuf_str(&line));
    strbuf_done(&line);
}

void scan_facts_image(struct facts *f, const struct image_info *info, struct str ref, const struct imitate *names)
{
    scan_facts_image_short(f, info, ref);
    if (ref.n)
        imitate_look(names, ref, f);
    set_if(f, F_IMAGE_AUTHOR, info->author);
    set_if(f, F_IMAGE_WORKDIR, info->workdir);
    facts_str(f, F_IMAGE_USER, info->user);
    uint64_t created;
    if (parse_time(info->created, &created))
        facts_uint(f, F_IMAGE_CREATED, created);
    add_all(f, F_IMAGE_ENTRYPOINT, info->entrypoint, info->n_entrypoint);
    add_all(f, F_IMAGE_CMD, info->cmd, info->n_cmd);
    add_all(f, F_IMAGE_ENV, info->env, info->n_env);
    add_all(f, F_IMAGE_LABELS, info->labels, info->n_labels);
    add_all(f, F_IMAGE_PORTS, info->ports, info->n_ports);
    add_all(f, F_IMAGE_VOLUMES, info->volumes, info->n_volumes);
    set_cmdline(f, info);
    for (size_t i = 0; i < info->n_history; i++)
        (void)facts_add(f, F_IMAGE_HISTORY, info->history[i].created_by);

    uint64_t size = 0;
    for (size_t i = 0; i < info->n_layers; i++) {
        size += info->layers[i].size;
        if (info->layers[i].digest.n)
            (void)facts_add(f, F_IMAGE_LAYER_DIGESTS, info->layers[i].digest);
        if (info->layers[i].diff_id.n)
            (void)facts_add(f, F_IMAGE_DIFF_IDS, info->layers[i].diff_id);
    }
    facts_uint(f, F_IMAGE_LAYERS, info->n_layers);
    facts_uint(f, F_IMAGE_SIZE, size);
    set_if(f, F_IMAGE_ARTIFACT, info->artifact);
    scan_facts_problems(f, F_IMAGE_PROBLEMS, info->problems);
}

void scan_facts_path(struct facts *f, struct str path)
{
    path_facts(f, path);
}

void scan_facts_inode(struct facts *f, const struct image_entry *e)
{
    facts_uint(f, F_FILE_SIZE, e->size);
    facts_uint(f, F_FILE_MODE, e->mode & 07777);
    facts_uint(f, F_FILE_UID, e->uid);
    facts_uint(f, F_FILE_GID, e->gid);
    if (e->mtime_ns)
        facts_uint(f, F_FILE_MTIME, e->mtime_ns);
    if (e->ctime_ns) {
        facts_uint(f, F_FILE_CTIME, e->ctime_ns);
        if (e->ctime_ns > e->mtime_ns)
            facts_uint(f, F_FILE_CTIME_AHEAD, e->ctime_ns - e->mtime_ns);
    }
    bool regular = e->type == ENTRY_REGULAR;
    facts_bool(f, F_FILE_IS_EXEC, regular && (e->mode & 0111));
    facts_bool(f, F_FILE_IS_SUID, regular && (e->mode & 04000));
    facts_bool(f, F_FILE_IS_SGID, regular && (e->mode & 02000));
}

void scan_facts_entry(struct facts *f, const struct image_entry *e, const char *origin)
{
    scan_facts_path(f, e->path);
    facts_str(f, F_FILE_ORIGIN, str_from(origin));
    facts_str(f, F_FILE_TYPE, str_from(entry_type_name(e->type)));
    scan_facts_inode(f, e);
    facts_bool(f, F_FILE_IS_IMMUTABLE, e->is_immutable);
    facts_bool(f, F_FILE_IS_APPEND_ONLY, e->is_append_only);
    set_if(f, F_FILE_LINK_TARGET, e->link_target);
    struct persist_place place;
    if (e->type == ENTRY_SYMLINK && persist_place(e->path, &place)) /* what it names is read as if it lay here */
        facts_str(f, F_PERSIST_KIND, str_from(persist_kind_name(place.kind, e->path)));
    add_all(f, F_FILE_XATTRS, e->xattrs, e->n_xattrs);
    capability_facts(f, e->capability);
    scan_facts_problems(f, F_FILE_PROBLEMS, e->problems);
}

void scan_facts_layer(struct facts *f, const struct image_entry *e, size_t layers, struct str created_by)
{
    facts_uint(f, F_LAYER_INDEX, e->layer->index);
    facts_uint(f, F_LAYER_COUNT, layers);
    set_if(f, F_LAYER_DIGEST, e->layer->digest);
    set_if(f, F_LAYER_DIFF_ID, e->layer->diff_id);
    set_if(f, F_LAYER_CREATED_BY, created_by);
    facts_str(f, F_LAYER_STATE, str_from(layer_state_name(e->state)));
    if (e->hidden_by)
        facts_uint(f, F_LAYER_HIDDEN_BY, e->hidden_by);
}

const char *scan_machine(struct str arch)
{
    static const char *const pairs[][2] = {
        {"amd64", "x86_64"},   {"386", "x86"},         {"arm64", "aarch64"},   {"arm", "arm"},
        {"ppc64le", "ppc64le"}, {"s390x", "s390"},      {"riscv64", "riscv64"}, {"mips64le", "mips64el"},
        {"loong64", "loongarch"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (str_is(arch, pairs[i][0]))
            return pairs[i][1];
    return NULL;
}
