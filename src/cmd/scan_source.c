// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/stat.h>

#include "base/intl.h"
#include "base/stop.h"
#include "cmd/scan.h"
#include "cmd/scan_notes.h"
#include "cmd/scan_source.h"
#include "cmd/scan_stdin.h"
#include "image/platform.h"
#include "inspect/scan_facts.h"
#include "cmd/scan_spool.h"
#include "image/local/local.h"
#include "image/registry/registry.h"

static const struct {
    const char *scheme;
    enum source_kind kind;
} SCHEMES[] = {
    {"registry:", SOURCE_REGISTRY}, {"docker://", SOURCE_REGISTRY},     {"docker:", SOURCE_DOCKER},      {"podman:", SOURCE_PODMAN},
    {"containerd:", SOURCE_CONTAINERD}, {"container:", SOURCE_CONTAINER}, {"pid:", SOURCE_PROCESS},
    /* what skopeo, podman and buildah call the same */
    {"docker-daemon:", SOURCE_DOCKER},  {"containers-storage:", SOURCE_PODMAN},
    {"docker-archive:", SOURCE_PATH},   {"oci-archive:", SOURCE_PATH},    {"oci:", SOURCE_PATH},           {"dir:", SOURCE_PATH},
};

/* ---- what is it? ---- */

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* PATH:NAME of an image archive or layout. A folder that is no layout holds no names. */
static bool is_named_in_path(const char *target, struct arena *a)
{
    for (const char *colon = strchr(target, ':'); colon; colon = strchr(colon + 1, ':')) {
        const char *path = arena_str(a, str_n(target, (size_t)(colon - target))).p;
        if (!*path || !is_there(path))
            continue;
        return !is_folder(path) || is_there(arena_printf(a, "%s/index.json", path).p) ||
               is_there(arena_printf(a, "%s/manifest.json", path).p);
    }
    return false;
}

/* A name that a registry could have, but more probably is a file that was mistyped. */
static const char *reads_as_file(struct str target, struct arena *a)
{
    static const char *const SUFFIXES[] = {".tar", ".gz", ".tgz", ".xz", ".zst", ".bz2", ".zip", ".img", ".json", ".iso"};
    struct str folder = str_dirname(target);
    bool has_suffix = false;
    for (size_t i = 0; i < ARRAY_SIZE(SUFFIXES); i++)
        has_suffix |= str_ends(target, str_from(SUFFIXES[i]));
    if (target.n && (target.p[0] == '/' || target.p[0] == '.' || target.p[0] == '~'))
        return _("it reads as a path");
    if (has_suffix && !str_has(str_basename(target), STR(":")))
        return _("its name ends as a file's does");
    if (str_has(target, STR("@")) || str_has(str_basename(target), STR(":")))
        return NULL;
    if (!folder.n)
        return _("a single word is taken for a file's name");
    return is_folder(arena_str(a, folder).p) ? _("the folder before its last part is there") : NULL;
}

static int tell(const char *target, struct arena *a, enum source_kind *ret, struct str *ret_rest, struct error *err)
{
    struct str t = str_from(target);
    struct reference reference;
    struct error why = ERROR_NULL;
    *ret_rest = t;
    *ret = str_is(t, "-") ? SOURCE_STDIN : SOURCE_PATH;
    if (*ret == SOURCE_STDIN || is_there(target))
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(SCHEMES); i++) {
        struct str scheme = str_from(SCHEMES[i].scheme);
        if (str_starts(t, scheme) && t.n > scheme.n) {
            *ret = SCHEMES[i].kind;
            *ret_rest = str_sub(t, scheme.n, t.n);
            return 0;
        }
    }
    if (is_named_in_path(target, a))
        return 0;
    if (str_starts(t, STR("https://")) || str_starts(t, STR("http://")))
        return error_set(err, -EINVAL, "%s: an image's name has no scheme: write HOST/NAME:TAG alone (https is used, and plain http for loopback addresses)", target);
    *ret = SOURCE_REGISTRY;
    const char *file = reads_as_file(t, a);
    int r = reference_parse(t, a, &reference, &why);
    if (!r && !file)
        return 0;
    if (r < 0 && !file)
        return error_set(err, -ENOENT, "%s: no file or folder is called so, and it is no image reference: %s", target, why.text);
    if (r < 0)
        return error_set(err, -ENOENT, "%s: no file or folder is called so (%s)", target, file);
    return error_set(err, -ENOENT, "%s: no file or folder is called so (%s); for an image of a registry write registry:%s", target,
                     file, target);
}

int source_tell(const char *target, enum source_kind *ret, struct str *ret_rest, struct error *err)
{
    struct arena a = {};
    int r = tell(target, &a, ret, ret_rest, err);
    arena_done(&a);
    return r;
}

/* ---- fetching ---- */

static void on_progress(void *ctx, struct str what, uint64_t done, uint64_t total)
{
    struct scan *s = ctx;
    char text[160];
    (void)snprintf(text, sizeof(text), "%.*s", STR_ARG(what));
    progress_at(&s->progress, _("pulling"), done, total, 0, text);
}

static int fail(struct scan *s, const char *target, const struct error *err)
{
    scan_target_begin(s, target, "image");
    report_failure(s->target, str_from(err->text));
    scan_target_end(s);
    return stop_signal() ? -EINTR : 0;
}

static void add_unread(struct fetched *f, struct pull *pull, struct str manifest)
{
    vec_each(t, &pull->troubles) if (!t->manifest.n || str_eq(t->manifest, manifest)) vec_add(&f->unread, t->text);
}

/* Looks at one image under the name that the user gave. */
static int scan_one(struct scan *s, struct fetched *f, const char *path)
{
    s->fetched = f;
    int r = scan_image(s, path);
    s->fetched = NULL;
    vec_done(&f->unread);
    return r;
}

static int scan_pulled(struct scan *s, const char *target, const struct spool *spool, struct pull *pull)
{
    int r = 0;
    vec_each(image, &pull->images)
    {
        struct fetched f = {.shown = target, .may_lack_known = true};
        add_unread(&f, pull, image->digest);
        const char *path = arena_printf(&s->arena, "%s:%.*s", spool->path, STR_ARG(image->digest)).p;
        r = scan_one(s, &f, path);
        if (r < 0)
            break;
    }
    return r;
}

/* Layers known from an earlier scan need not come: what was noted of them is judged again. */
static bool want_layer(void *ctx, struct str digest, uint64_t size)
{
    const struct scan *s = ctx;
    struct platform p = platform_parse(str_from(s->options->platform ? s->options->platform : platform_own()));
    (void)size;
    return !scan_notes_has(s->notes, digest, str_from(scan_machine(p.arch)));
}

static int from_registry(struct scan *s, const char *target, struct str name)
{
    const struct scan_options *o = s->options;
    struct arena a = {};
    struct spool spool = SPOOL_NULL;
    struct reference reference;
    struct error err = ERROR_NULL;
    struct pull pull = {};
    const char *ca = o->ca ? o->ca : getenv("SSL_CERT_FILE");
    struct pull_options options = {.platform = o->platform,
                                   .all_platforms = o->all_platforms,
                                   .auth_file = o->auth,
                                   .ca_file = ca && *ca ? ca : NULL,
                                   .want_layer = s->notes && !o->all_platforms && !o->keep ? want_layer : NULL,
                                   .progress = on_progress,
                                   .ctx = s};
    int r = reference_parse(name, &a, &reference, &err);
    struct str key = r < 0 ? STR_NULL
                           : arena_printf(&a, "%.*s %s", STR_ARG(reference_name(&reference, &a)),
                                          o->all_platforms ? "all" : o->platform ? o->platform : "");
    if (!r)
        r = spool_open(&spool, key, o->keep, &err);
    if (!r) {
        progress_start_next(&s->progress, !o->quiet);
        r = registry_pull(&reference, &options, spool.dir, &pull, &err);
        progress_end(&s->progress);
    }
    bool leave = pull_may_go_on(&pull, r);
    if (leave && !stop_signal())
        (void)error_set(&err, r, "%s; what came so far is kept: the same command goes on with it", arena_str(&a, str_from(err.text)).p);
    r = r < 0 ? fail(s, target, &err) : scan_pulled(s, target, &spool, &pull);
    spool_done(&spool, leave);
    pull_done(&pull);
    arena_done(&a);
    return r;
}

static int from_store(struct scan *s, const char *target, enum source_kind kind, struct str name)
{
    typedef int get(struct str name, const struct local_options *options, int dir, struct error *err);
    get *const fetch = kind == SOURCE_DOCKER ? local_docker : kind == SOURCE_PODMAN ? local_podman : local_containerd;
    struct local_options options = {.platform = s->options->platform, .progress = on_progress, .ctx = s};
    struct spool spool = SPOOL_NULL;
    struct error err = ERROR_NULL;
    struct fetched f = {.shown = target};
    int r = spool_open(&spool, STR_NULL, s->options->keep, &err);
    if (!r) {
        progress_start_next(&s->progress, !s->options->quiet);
        r = fetch(name, &options, spool.dir, &err);
        progress_end(&s->progress);
    }
    r = r < 0 ? fail(s, target, &err) : scan_one(s, &f, arena_printf(&s->arena, "%s/" LOCAL_ARCHIVE, spool.path).p);
    spool_done(&spool, false);
    return r;
}

int scan_fetched(struct scan *s, const char *target, enum source_kind kind, struct str name)
{
    switch (kind) {
    case SOURCE_STDIN:
        return scan_stdin(s);
    case SOURCE_REGISTRY:
        return from_registry(s, target, name);
    default:
        return from_store(s, target, kind, name);
    }
}
