// SPDX-License-Identifier: Apache-2.0
/* Telling what a target is, and the parts of the API that are the same for all kinds. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/text.h"
#include "image/codec.h"
#include "image/internal.h"
#include "image/path.h"

struct str image_problem_words(struct arena *a, uint64_t problems)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (unsigned bit = 0; bit < IMAGE_PROBLEM__N; bit++)
        if (problems & 1ULL << bit)
            strbuf_printf(&b, "%s%s", b.n ? ", " : "", image_problem_name((enum image_problem_bit)bit));
    return arena_str(a, strbuf_str(&b));
}

void image_trouble(struct image *img, uint32_t layer, uint64_t problems, const char *fmt, ...)
{
    _cleanup_(strbuf_done) struct strbuf raw = {}, safe = {};
    va_list ap;
    img->info.problems |= problems;
    if (img->troubles.n >= IMAGE_TROUBLES_MAX)
        return;
    va_start(ap, fmt);
    strbuf_vprintf(&raw, intl_text(fmt), ap);
    va_end(ap);
    text_add_safe(&safe, text_cut(strbuf_str(&raw), 512));
    struct image_trouble t = {
        .layer = layer, .problems = problems, .text = arena_str(&img->arena, strbuf_str(&safe))};
    vec_add(&img->troubles, t);
}

void image_set_layers(struct image *img, size_t n)
{
    if (n > img->limits.layers) {
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(TOO_MANY), "%zu layers: the highest %llu are looked at", n,
                      (unsigned long long)img->limits.layers);
        n = (size_t)img->limits.layers;
    }
    img->layers = arena_array(&img->arena, struct image_layer, n);
    img->sources = arena_array(&img->arena, struct layer_source, n);
    for (size_t i = 0; i < n; i++)
        img->layers[i].index = (uint32_t)i + 1;
    img->info.layers = img->layers;
    img->info.n_layers = n;
}

static struct image *image_new(const struct image_options *options)
{
    const struct image_limits none = {}, *given = options ? &options->limits : &none,
                              *d = &IMAGE_LIMITS_DEFAULT;
    struct image *img = xnew(struct image);
    img->target.fd = img->store.dir = img->walk.part.fd = -1;
    struct image_limits *l = &img->limits;
    l->layer_bytes = given->layer_bytes ? given->layer_bytes : d->layer_bytes;
    l->total_bytes = given->total_bytes ? given->total_bytes : d->total_bytes;
    l->ratio = given->ratio ? given->ratio : d->ratio;
    l->entries = given->entries ? given->entries : d->entries;
    l->path_bytes = given->path_bytes ? given->path_bytes : d->path_bytes;
    l->depth = given->depth ? given->depth : d->depth;
    l->json_bytes = given->json_bytes ? given->json_bytes : d->json_bytes;
    l->layers = given->layers ? given->layers : d->layers;
    if (l->layers > UINT16_MAX)
        l->layers = UINT16_MAX; /* what struct state_path can hold */
    return img;
}

struct image *image_free(struct image *img)
{
    if (!img)
        return NULL;
    layered_done(img);
    folder_free(img->folder);
    store_done(&img->store);
    unpacked_free(img->unpacked);
    part_done(&img->target);
    vec_done(&img->troubles);
    arena_done(&img->entry_arena);
    arena_done(&img->arena);
    free(img);
    return NULL;
}

static bool store_has(const struct store *s, const char *name)
{
    struct part p = {.fd = -1};
    int r = store_get(s, str_from(name), &p);
    if (!r)
        part_done(&p);
    return r <= 0;
}

/* Bytes to be walked, for progress. */
static void add_up(struct image *img)
{
    for (size_t i = 0; i < img->info.n_layers; i++) {
        struct part p = {.fd = -1};
        if (img->sources[i].blob.n && !store_get(&img->store, img->sources[i].blob, &p)) {
            img->layers[i].size = p.size;
            img->progress.bytes_total += p.size;
            part_done(&p);
        }
    }
}

/* Reads the image that the store holds: 0, 1 when it holds none, negative. */
static int open_store(struct image *img, const char *ref, const struct image_options *options,
                      struct error *err)
{
    const char *platform = options ? options->platform : NULL;
    bool has_index = store_has(&img->store, "/index.json") && store_has(&img->store, "/oci-layout");
    bool has_manifest = store_has(&img->store, "/manifest.json");
    int r = 1;
    img->is_flat = !has_index && has_manifest && oci_is_flat(img);
    has_index |= img->is_flat;
    if (img->store.problems)
        image_trouble(img, 0, img->store.problems, "the archive cannot be read whole: %.*s",
                      STR_ARG(image_problem_words(&img->arena, img->store.problems)));
    /* `docker save` writes both since version 25; the index tells more, and the manifest is there if it
     * cannot be read */
    if (has_index) {
        img->info.kind = img->store.dir >= 0 ? IMAGE_OCI_LAYOUT : IMAGE_OCI_ARCHIVE;
        r = oci_open(img, ref, platform, err);
        if (!r && has_manifest && !img->is_flat && !platform)
            docker_compare(img);
    }
    if (has_manifest && !img->is_flat && r) {
        int from_index = r;
        img->info.kind = IMAGE_DOCKER_ARCHIVE;
        r = docker_open(img, ref, err);
        if (r > 0)
            r = from_index;
    }
    if (r > 0 && !has_manifest && store_has(&img->store, "/repositories")) {
        img->info.kind = IMAGE_DOCKER_ARCHIVE;
        r = docker_old_open(img, ref, err);
    }
    if (!r)
        add_up(img);
    return r;
}

bool part_is_tar(const struct part *part, const struct image_limits *limits)
{
    _cleanup_(stream_freep) struct stream *s = NULL;
    struct stream_options options = {.limits = limits, .left = limits->total_bytes};
    uint8_t head[512];
    size_t have = 0, n;
    const uint8_t *p;
    if (stream_open(part, &options, &s) < 0)
        return false;
    while (have < sizeof(head) && !stream_next(s, &p, &n)) {
        size_t take = n < sizeof(head) - have ? n : sizeof(head) - have;
        memcpy(head + have, p, take);
        have += take;
    }
    return tar_sniff(head, have);
}

/* The store holds no image after all: what was recorded while looking will be told by the walk. */
static void forget_store(struct image *img)
{
    store_done(&img->store);
    img->info.problems = 0;
    vec_clear(&img->troubles);
}

/* What a tar holds: an image, or else a root file system as one layer. */
static int open_archive(struct image *img, const char *ref, const struct image_options *options,
                        struct error *err)
{
    uint8_t magic[8];
    size_t n;
    int r = part_read(&img->target, 0, magic, sizeof(magic), &n);
    if (r < 0)
        return error_errno(err, r, "read");
    struct part tar = img->target;
    bool is_packed = codec_sniff(magic, n) != CODEC_PLAIN;
    if (is_packed) {
        img->unpacked = unpacked_new(&img->target, &img->limits);
        tar = unpacked_part(img->unpacked);
    }
    if (!store_archive(&img->store, &tar, is_packed, &img->limits)) {
        r = open_store(img, ref, options, err);
        if (r <= 0)
            return r;
    }
    forget_store(img);
    img->unpacked = unpacked_free(img->unpacked);
    img->info.kind = IMAGE_ROOTFS;
    image_set_layers(img, 1);
    img->layers[0].size = img->progress.bytes_total = img->target.size;
    return 0;
}

int image_open_part(const struct part *target, const char *ref, const struct image_options *options,
                    struct image **ret, struct error *err)
{
    struct image *img = image_new(options);
    img->target = *target;
    img->target.owns_fd = false;
    int r = open_archive(img, ref, options, err);
    if (r < 0) {
        image_free(img);
        return r;
    }
    *ret = img;
    return 0;
}

static int open_folder(struct image *img, int fd, const char *ref, const struct image_options *options,
                       struct error *err)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return error_errno(err, -errno, "folder");
    store_folder(&img->store, copy);
    int r = open_store(img, ref, options, err);
    if (r <= 0)
        return r;
    forget_store(img);
    img->info.kind = IMAGE_ROOTFS;
    return folder_open(img, fd, "/", false, options, err);
}

/* The absolute, cleaned form of what the user wrote, for the path of a single file. */
static struct str absolute(struct image *img, const char *target)
{
    uint64_t ignored = 0;
    _cleanup_free_ char *cwd = *target == '/' ? NULL : getcwd(NULL, 0);
    return path_clean(&img->arena, arena_printf(&img->arena, "%s/%s", cwd ? cwd : "", target), &img->limits,
                      &ignored);
}

static int open_fd(struct image *img, int fd, const char *target, const char *ref,
                   const struct image_options *options, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_errno(err, -errno, "%s", target);
    if (S_ISDIR(st.st_mode))
        return open_folder(img, fd, ref, options, err);
    int r = part_file(fd, false, &img->target);
    if (r < 0)
        return error_errno(err, r, "%s", target);
    if (part_is_tar(&img->target, &img->limits))
        return open_archive(img, ref, options, err);
    img->info.kind = IMAGE_FILE;
    return folder_open(img, fd, absolute(img, target).p, true, options, err);
}

/* TARGET, or TARGET:NAME when no file is called so; *ret_ref points into target. */
static int open_target(const char *target, const char **ret_ref)
{
    int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    *ret_ref = NULL;
    int fd = open(target, flags);
    if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR))
        return fd < 0 ? -errno : fd;
    /* the name may hold colons itself ("host:5000/x:1"), so the first prefix that is there counts */
    for (const char *colon = strchr(target, ':'); colon; colon = strchr(colon + 1, ':')) {
        _cleanup_free_ char *path = xstrndup(target, (size_t)(colon - target));
        fd = open(path, flags);
        if (fd >= 0) {
            *ret_ref = colon + 1;
            return fd;
        }
    }
    return -ENOENT;
}

int image_open_target(const char *target, const char **ret_name, struct error *err)
{
    struct stat st;
    /* opening a device may act on it */
    if (!stat(target, &st) && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        return error_set(err, -EINVAL,
                         "%s is neither a folder nor a regular file; give an image, a folder or a file",
                         target);
    int fd = open_target(target, ret_name);
    return fd < 0 ? error_errno(err, fd, "%s", target) : fd;
}

int image_open_fd(int fd, const char *target, const char *name, const struct image_options *options,
                  struct image **ret, struct error *err)
{
    struct image *img = image_new(options);
    int r = open_fd(img, fd, target, name, options, err);
    if (r < 0) {
        image_free(img);
        (void)close(fd);
        return err && err->code ? error_wrap(err, r, "%s", target) : r;
    }
    if (img->target.fd == fd)
        img->target.owns_fd = true;
    else
        (void)close(fd);
    *ret = img;
    return 0;
}

int image_open(const char *target, const struct image_options *options, struct image **ret, struct error *err)
{
    const char *name;
    int fd = image_open_target(target, &name, err);
    return fd < 0 ? fd : image_open_fd(fd, target, name, options, ret, err);
}

void image_work_aside(struct image *img, struct digest_aside *digests, struct unpack_aside *unpacker)
{
    img->aside = digests;
    img->unpacker = unpacker;
}

struct sha256 *image_digest(const struct image *img)
{
    return img->walk.stream ? stream_digest(img->walk.stream) : NULL;
}

void image_abandon(struct image *img, const char *why)
{
    if (!img->folder)
        layered_abandon(img, why);
}

const struct image_info *image_info(const struct image *img)
{
    return &img->info;
}

struct image_progress image_progress(const struct image *img)
{
    return img->progress;
}

int image_next(struct image *img, const struct image_entry **ret, struct error *err)
{
    int r = img->folder ? folder_next(img, err) : layered_next(img, err);
    if (!r)
        *ret = &img->entry;
    return r;
}

int image_read(struct image *img, const uint8_t **ret, size_t *ret_n, struct error *err)
{
    return img->folder ? folder_read(img, ret, ret_n, err) : layered_read(img, ret, ret_n, err);
}

bool image_hold(struct image *img, uint64_t n)
{
    return img->folder ? folder_hold(img, n) : layered_hold(img, n);
}

void image_release(struct image *img)
{
    if (img->folder)
        folder_release(img);
    else if (img->walk.stream)
        stream_release(img->walk.stream);
}

size_t image_troubles(const struct image *img, const struct image_trouble **ret)
{
    *ret = img->troubles.v;
    return img->troubles.n;
}
