// SPDX-License-Identifier: Apache-2.0
#include "inspect/imitate.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "inspect/nearness.h"

enum {
    LINE_MAX_BYTES = 1024,
    NAMES_MAX = 4096, /* Docker has about 150; the search is linear in them */
};

struct official {
    struct str name;
    struct str projects; /* namespaces of its own project, separated by blanks */
};

struct imitate {
    struct arena arena;
    struct official *names;
    size_t n_names, capacity;
    struct map by_name;    /* name → index + 1 */
    struct map publishers; /* namespaces that build official software under their own name */
};

/* ---- reference ---- */

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/';
}

static bool is_registry(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '.' || s.p[i] == ':' || (s.p[i] >= 'A' && s.p[i] <= 'Z'))
            return true;
    return str_is(s, "localhost");
}

static bool is_path(struct str s)
{
    if (!s.n || s.n > 255 || s.p[0] == '/' || s.p[s.n - 1] == '/')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_name_byte(s.p[i]) || (s.p[i] == '/' && s.p[i - 1] == '/'))
            return false;
    return true;
}

/* A tag, or a digest, where a colon may stand too. */
static bool is_word(struct str s, size_t max, bool colon)
{
    if (!s.n || s.n > max)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!is_name_byte(c) && !(c >= 'A' && c <= 'Z') && !(colon && (c == ':' || c == '+')))
            return false;
        if (c == '/')
            return false;
    }
    return true;
}

bool image_name_parse(struct str ref, struct image_name *ret)
{
    struct image_name name = {};
    if (!ref.n || ref.n > IMAGE_REF_MAX)
        return false;
    ptrdiff_t scheme = str_find(ref, STR("://"), 0);
    if (scheme >= 0)
        ref = str_sub(ref, (size_t)scheme + 3, ref.n);
    ptrdiff_t at = str_find(ref, STR("@"), 0);
    if (at >= 0) {
        name.digest = str_sub(ref, (size_t)at + 1, ref.n);
        ref = str_sub(ref, 0, (size_t)at);
        if (!is_word(name.digest, 256, true) || !str_has(name.digest, STR(":")))
            return false;
    }
    ptrdiff_t slash = str_find(ref, STR("/"), 0);
    name.registry = STR("docker.io");
    if (slash > 0 && is_registry(str_sub(ref, 0, (size_t)slash))) {
        name.registry = str_sub(ref, 0, (size_t)slash);
        ref = str_sub(ref, (size_t)slash + 1, ref.n);
        if (str_is(name.registry, "index.docker.io") || str_is(name.registry, "registry-1.docker.io"))
            name.registry = STR("docker.io");
    }
    struct str last = str_basename(ref);
    ptrdiff_t colon = str_find(last, STR(":"), 0);
    if (colon >= 0) {
        name.tag = str_sub(last, (size_t)colon + 1, last.n);
        ref = str_sub(ref, 0, ref.n - name.tag.n - 1);
        if (!is_word(name.tag, 128, false))
            return false;
    } else if (!name.digest.n) {
        name.tag = STR("latest");
    }
    if (!is_path(ref))
        return false;
    name.repository = str_basename(ref);
    name.ns = str_dirname(ref);
    if (!name.ns.n && str_is(name.registry, "docker.io"))
        name.ns = STR("library");
    *ret = name;
    return true;
}

/* ---- names ---- */

static void add_name(struct imitate *im, struct str name, struct str projects)
{
    bool added;
    struct map_entry *e = map_put(&im->by_name, arena_str(&im->arena, name), &added);
    if (!added)
        return;
    if (im->n_names == im->capacity) {
        im->capacity = im->capacity ? im->capacity * 2 : 256;
        im->names = xrealloc(im->names, im->capacity, sizeof(*im->names));
    }
    im->names[im->n_names] = (struct official){e->key, arena_str(&im->arena, projects)};
    e->u64 = ++im->n_names;
}

static bool next_word(struct str *rest, struct str *ret)
{
    while (str_split(rest, ' ', ret))
        if (ret->n)
            return true;
    return false;
}

static int add_line(struct imitate *im, const char *path, unsigned line, struct str text, struct error *err)
{
    struct str word, rest;
    ptrdiff_t comment = str_find(text, STR("#"), 0);
    rest = text = str_trim(comment >= 0 ? str_sub(text, 0, (size_t)comment) : text);
    if (!text.n)
        return 0;
    while (next_word(&rest, &word))
        if (!str_is(word, "*") && !is_path(word))
            return error_set(err, -EINVAL,
                             "%s:%u: \"%.*s\" is no image name: write lower-case names separated by blanks",
                             path, line, STR_ARG(word));
    rest = text;
    (void)next_word(&rest, &word);
    if (str_is(word, "*")) {
        while (next_word(&rest, &word))
            (void)map_put(&im->publishers, arena_str(&im->arena, word), NULL);
        return 0;
    }
    if (im->n_names >= NAMES_MAX)
        return error_set(err, -EINVAL, "%s:%u: more than %d names: keep to official images", path, line,
                         NAMES_MAX);
    add_name(im, word, rest);
    return 0;
}

int imitate_new(const char *path, struct imitate **ret, struct error *err)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    if (!file)
        return error_errno(err, -errno, "cannot read the official image names in %s", path);
    _cleanup_(imitate_freep) struct imitate *im = xnew(struct imitate);
    char buffer[LINE_MAX_BYTES];
    unsigned line = 0;
    while (fgets(buffer, sizeof(buffer), file)) {
        struct str text = str_from(buffer);
        line++;
        if (text.n + 1 == sizeof(buffer) && text.p[text.n - 1] != '\n')
            return error_set(err, -EINVAL, "%s:%u: line longer than %d bytes: break it up", path, line,
                             LINE_MAX_BYTES - 1);
        int r = add_line(im, path, line, text, err);
        if (r < 0)
            return r;
    }
    if (ferror(file))
        return error_errno(err, -EIO, "cannot read the official image names in %s", path);
    *ret = TAKE_PTR(im);
    return 0;
}

struct imitate *imitate_free(struct imitate *im)
{
    if (im) {
        free(im->names);
        map_done(&im->by_name);
        map_done(&im->publishers);
        arena_done(&im->arena);
        free(im);
    }
    return NULL;
}

/* ---- nearness ---- */

/*
 * Registries where anybody may open a namespace: only there does a known name mislead. On a company's own
 * registry "team/nginx" is a mirror or a derivative.
 */
static bool is_open_registry(struct str registry)
{
    return str_is(registry, "docker.io") || str_is(registry, "quay.io") || str_is(registry, "ghcr.io");
}

/* Docker's own namespaces: library, and those where it publishes official images for one architecture. */
static bool is_docker_namespace(struct str ns)
{
    static const char *const own[] = {"library", "amd64",   "arm32v5", "arm32v6",
                                      "arm32v7", "arm64v8", "i386",    "mips64le",
                                      "ppc64le", "riscv64", "s390x",   "windows-amd64"};
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (str_is(ns, own[i]))
            return true;
    return false;
}

/* A namespace that the list names, or one that begins with the image's own name, as mysql/mysql-server. */
static bool is_project_namespace(const struct imitate *im, const struct official *o, struct str ns)
{
    struct str rest = o->projects, word;
    while (next_word(&rest, &word))
        if (str_eq(word, ns))
            return true;
    return map_has(&im->publishers, ns) || str_eq(ns, o->name);
}

static void set_imitates(struct facts *facts, struct str name, const char *how)
{
    facts_str(facts, F_IMAGE_IMITATES, name);
    facts_str(facts, F_IMAGE_IMITATES_HOW, str_from(how));
}

static void look_near(const struct imitate *im, const struct image_name *name, struct facts *facts)
{
    const struct map_entry *same = map_get(&im->by_name, name->repository);
    const struct official *best = NULL;
    enum nearness best_how = NEARNESS__N;

    if (same) {
        const struct official *o = &im->names[same->u64 - 1];
        set_imitates(facts, o->name, is_project_namespace(im, o, name->ns) ? "own-project" : "same-name");
        return;
    }
    for (size_t i = 0; i < im->n_names; i++) {
        enum nearness how = nearness(name->repository, im->names[i].name);
        if (how < best_how) {
            best_how = how;
            best = &im->names[i];
        }
    }
    if (best)
        set_imitates(facts, best->name,
                     is_project_namespace(im, best, name->ns) ? "own-project" : nearness_name(best_how));
}

/* A registry whose host reads like, or is one slip of the finger from, one that everybody pulls from. */
static void look_registry(struct str host, struct facts *facts)
{
    enum { EDIT_BYTES_MIN = 9 }; /* shorter hosts are neighbours of each other: gcr.io, ghcr.io, icr.io */
    static const char *const KNOWN[] = {"docker.io",       "index.docker.io", "registry-1.docker.io", "hub.docker.com", "ghcr.io",
                                        "quay.io",         "gcr.io",          "registry.k8s.io",      "k8s.gcr.io",     "icr.io",
                                        "nvcr.io",         "lscr.io",         "mcr.microsoft.com",    "public.ecr.aws", "registry.gitlab.com",
                                        "docker.elastic.co", "registry.redhat.io", "registry.access.redhat.com"};
    for (size_t i = 0; i < ARRAY_SIZE(KNOWN); i++)
        if (str_is(host, KNOWN[i]))
            return;
    for (size_t i = 0; i < ARRAY_SIZE(KNOWN); i++) {
        struct str known = str_from(KNOWN[i]);
        enum nearness how = nearness(host, known);
        if (how == NEARNESS_HOMOGLYPH ||
            (known.n >= EDIT_BYTES_MIN && (how == NEARNESS_SEPARATOR || how == NEARNESS_EDIT))) {
            facts_str(facts, F_IMAGE_REGISTRY_IMITATES, known);
            return;
        }
    }
}

void imitate_look(const struct imitate *im, struct str ref, struct facts *facts)
{
    struct image_name name;
    facts_str(facts, F_IMAGE_REF, ref);
    if (!image_name_parse(ref, &name))
        return;
    facts_str(facts, F_IMAGE_REGISTRY, name.registry);
    look_registry(name.registry, facts);
    facts_str(facts, F_IMAGE_NAMESPACE, name.ns);
    facts_str(facts, F_IMAGE_REPOSITORY, name.repository);
    if (name.tag.n)
        facts_str(facts, F_IMAGE_TAG, name.tag);
    facts_bool(facts, F_IMAGE_PINNED, name.digest.n > 0);

    bool hub = str_is(name.registry, "docker.io");
    bool official = hub && is_docker_namespace(name.ns) && map_has(&im->by_name, name.repository);
    facts_bool(facts, F_IMAGE_OFFICIAL, official);
    /* docker.io/library/x that is not official is a local build without a registry: nobody else can push
     * there. */
    if (official || !is_open_registry(name.registry) || (hub && is_docker_namespace(name.ns)))
        return;
    look_near(im, &name, facts);
}
