// SPDX-License-Identifier: Apache-2.0
/* From a reference to an OCI layout: manifests first, then the configuration and the layers of each image. */
#include <errno.h>
#include <stdarg.h>
#include <sys/statvfs.h>

#include "base/intl.h"
#include "base/text.h"
#include "base/json.h"
#include "image/limits.h"
#include "image/registry/blob.h"
#include "image/registry/fetch.h"
#include "image/registry/find.h"
#include "image/registry/limits.h"
#include "image/registry/registry.h"

struct pulling {
    const struct pull_options *options;
    struct find find;
    int dir;
    struct pull *pull;
    uint64_t done, total;              /* bytes of blobs */
    struct str current;
};

void pull_done(struct pull *p)
{
    vec_done(&p->images);
    vec_done(&p->troubles);
    arena_done(&p->arena);
}

bool pull_may_go_on(const struct pull *p, int result)
{
    if (!p->is_begun || !result)
        return false;
    return http_may_pass(result, 0) || result == -EINTR || result == -EHOSTUNREACH || result == -ENOSPC || result == -EDQUOT;
}

static void tell(struct pulling *p, struct str what, uint64_t at)
{
    if (p->options->progress)
        p->options->progress(p->options->ctx, what, p->done + at, p->total);
}

static void trouble(struct pulling *p, struct str manifest, const char *fmt, ...) _printf_(3, 4);
static void trouble(struct pulling *p, struct str manifest, const char *fmt, ...)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    va_list ap;
    if (p->pull->troubles.n >= REGISTRY_TROUBLES_MAX)
        return;
    va_start(ap, fmt);
    strbuf_vprintf(&b, intl_text(fmt), ap);
    va_end(ap);
    vec_add(&p->pull->troubles, (struct pull_trouble){manifest, arena_str(&p->pull->arena, strbuf_str(&b))});
}

static void on_question(void *ctx, struct str name)
{
    tell(ctx, name, 0);
}

static void on_left_out(void *ctx, const char *text)
{
    trouble(ctx, STR_NULL, "%s", text);
}

/* ---- blobs ---- */

static uint64_t limit(uint64_t given, uint64_t otherwise)
{
    return given ? given : otherwise;
}

/* Adds up what is to come, and refuses what could not be looked at or stored anyway. */
static int plan(struct pulling *p, struct error *err)
{
    uint64_t layer_max = limit(p->options->limits.layer_bytes, IMAGE_LIMITS_DEFAULT.layer_bytes);
    uint64_t total_max = limit(p->options->limits.total_bytes, IMAGE_LIMITS_DEFAULT.total_bytes);
    uint64_t missing = 0;
    vec_each(c, &p->find.chosen) for (size_t i = 0; i < c->manifest.n_children; i++)
    {
        const struct descriptor *d = &c->manifest.children[i];
        if (d->size > layer_max)
            continue; /* told when its turn comes */
        if (__builtin_add_overflow(p->total, d->size, &p->total) || p->total > total_max)
            return error_set(err, -EFBIG, "the manifest declares over %llu bytes of layers", (unsigned long long)total_max);
        if (!blob_is_there(p->dir, d->digest, d->size)) {
            uint64_t has = blob_partial(p->dir, d->digest);
            missing += d->size - (has < d->size ? has : d->size);
        }
    }
    struct statvfs fs;
    if (!fstatvfs(p->dir, &fs) && !p->options->want_layer && fs.f_bavail < missing / fs.f_frsize) {
        _cleanup_(strbuf_done) struct strbuf need = {}, has = {};
        text_add_size(&need, missing);
        text_add_size(&has, (uint64_t)fs.f_bavail * fs.f_frsize);
        return error_set(err, -ENOSPC,
                         "the image has %s that are not here yet, and the disk has room for %s; make room, or set "
                         "XDG_CACHE_HOME to a folder on a larger one",
                         need.p, has.p);
    }
    return 0;
}

static void on_progress(void *ctx, uint64_t at)
{
    struct pulling *p = ctx;
    tell(p, p->current, at);
}

/* 0 also when this blob alone cannot be had: the trouble says so. */
static int get_blob(struct pulling *p, const struct chosen *c, const struct descriptor *d, const char *what, struct error *err)
{
    struct error why = ERROR_NULL;
    struct fetch f = {.client = p->find.client, .dir = p->dir, .progress = on_progress, .ctx = p};
    bool was_there = blob_is_there(p->dir, d->digest, d->size);
    uint64_t had = was_there ? d->size : blob_partial(p->dir, d->digest);
    p->current = d->digest;
    int r = fetch_blob(&f, d, &why, err);
    if (r < 0)
        return error_wrap(err, r, "%s %.*s", what, STR_ARG(d->digest));
    if (r) {
        trouble(p, c->descriptor.digest, N_("%s %.*s could not be had: %s"), what, STR_ARG(d->digest), why.text);
        return 0;
    }
    p->pull->bytes_kept += had < d->size ? had : d->size;
    p->pull->bytes_fetched += had < d->size ? d->size - had : 0;
    return 0;
}

/*
 * An image outside an index says in its configuration what it is for. -ENOENT when another platform was asked for; a
 * configuration that cannot be read is told when the image is looked at.
 */
static int check_platform(struct pulling *p, struct chosen *c, struct error *err)
{
    struct arena *a = &p->pull->arena;
    _cleanup_free_ char *text = NULL;
    size_t n;
    if (c->descriptor.platform.os.n || blob_read(p->dir, c->manifest.config.digest, IMAGE_LIMITS_DEFAULT.json_bytes, &text, &n))
        return 0;
    c->descriptor.platform = find_config_platform(str_n(text, n), a, NULL);
    const char *want = p->options->platform;
    if (!want || !c->descriptor.platform.os.n || platform_fits(c->descriptor.platform, platform_parse(str_from(want))))
        return 0;
    return error_set(err, -ENOENT, "there is no image for %s, only one for %.*s", want,
                     STR_ARG(find_platform_text(&c->descriptor.platform, a)));
}

static int get_image(struct pulling *p, struct chosen *c, struct error *err)
{
    const struct image_limits *l = &p->options->limits;
    const struct manifest *m = &c->manifest;
    int r = 0;
    if (m->config.size > limit(l->json_bytes, IMAGE_LIMITS_DEFAULT.json_bytes))
        trouble(p, c->descriptor.digest, N_("the configuration is said to have %llu bytes and was not fetched"),
                (unsigned long long)m->config.size);
    else
        r = get_blob(p, c, &m->config, "configuration", err);
    if (!r)
        r = check_platform(p, c, err);
    for (size_t i = 0; !r && i < m->n_children; i++) {
        const struct descriptor *d = &m->children[i];
        if (d->size > limit(l->layer_bytes, IMAGE_LIMITS_DEFAULT.layer_bytes)) {
            trouble(p, c->descriptor.digest, N_("layer %zu is said to have %llu bytes and was not fetched"), i + 1,
                    (unsigned long long)d->size);
            continue;
        }
        bool is_wanted = !p->options->want_layer || p->options->want_layer(p->options->ctx, d->digest, d->size);
        char what[32];
        (void)snprintf(what, sizeof(what), "layer %zu", i + 1);
        r = is_wanted ? get_blob(p, c, d, what, err) : 0;
        p->done += d->size;
    }
    return r;
}

/* ---- index.json ---- */

static json_t *json_text(struct str s)
{
    return json_stringn(s.p ? s.p : "", s.n);
}

static json_t *index_entry(struct pulling *p, const struct chosen *c)
{
    const struct descriptor *d = &c->descriptor;
    json_t *entry = json_object(), *notes = json_object();
    (void)json_object_set_new(entry, "mediaType", json_text(d->media_type));
    (void)json_object_set_new(entry, "digest", json_text(d->digest));
    (void)json_object_set_new(entry, "size", json_integer((json_int_t)d->size));
    if (d->platform.os.n) {
        json_t *f = json_object();
        (void)json_object_set_new(f, "os", json_text(d->platform.os));
        (void)json_object_set_new(f, "architecture", json_text(d->platform.arch));
        if (d->platform.variant.n)
            (void)json_object_set_new(f, "variant", json_text(d->platform.variant));
        if (d->os_version.n)
            (void)json_object_set_new(f, "os.version", json_text(d->os_version));
        (void)json_object_set_new(entry, "platform", f);
    }
    (void)json_object_set_new(notes, "org.opencontainers.image.ref.name", json_text(p->pull->name));
    (void)json_object_set_new(entry, "annotations", notes);
    return entry;
}

static int write_index(struct pulling *p, struct error *err)
{
    _cleanup_(json_decrefp) json_t *index = json_object();
    json_t *list = json_array();
    (void)json_object_set_new(index, "schemaVersion", json_integer(2));
    (void)json_object_set_new(index, "mediaType", json_string("application/vnd.oci.image.index.v1+json"));
    (void)json_object_set_new(index, "manifests", list);
    vec_each(c, &p->find.chosen)
    {
        (void)json_array_append_new(list, index_entry(p, c));
        vec_add(&p->pull->images,
                (struct pulled_image){c->descriptor.digest, find_platform_text(&c->descriptor.platform, &p->pull->arena)});
    }
    _cleanup_free_ char *text = json_dumps(index, JSON_COMPACT);
    if (!text)
        return error_set(err, -EINVAL, "the manifest holds text that is no UTF-8");
    return layout_file(p->dir, "index.json", str_from(text), err);
}

int registry_pull(const struct reference *r, const struct pull_options *options, int dir, struct pull *ret, struct error *err)
{
    *ret = (struct pull){};
    ret->name = reference_name(r, &ret->arena);
    struct pulling p = {.options = options, .dir = dir, .pull = ret};
    p.find = (struct find){.reference = r,
                           .platform = options->platform,
                           .all_platforms = options->all_platforms,
                           .dir = dir,
                           .arena = &ret->arena,
                           .asks = on_question,
                           .trouble = on_left_out,
                           .ctx = &p};
    struct client_options client = {
        .auth_file = options->auth_file, .ca_file = options->ca_file, .stall_seconds = options->stall_seconds};
    int e = layout_begin(dir, err);
    if (!e)
        e = client_new(r, &client, &p.find.client, err);
    if (!e)
        e = find_images(&p.find, err);
    ret->is_begun = !e;
    if (!e)
        e = plan(&p, err);
    for (size_t i = 0; !e && i < p.find.chosen.n; i++)
        e = get_image(&p, &p.find.chosen.v[i], err);
    if (!e)
        e = write_index(&p, err);
    client_free(p.find.client);
    find_done(&p.find);
    return e;
}
