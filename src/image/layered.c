// SPDX-License-Identifier: Apache-2.0
/* The walk over layers, from the highest down: one stream and one tar at a time. */
#include <errno.h>
#include <stdarg.h>

#include "image/codec.h"
#include "image/internal.h"
#include "image/path.h"
#include "image/sha512.h"

static struct image_layer *current(struct image *img)
{
    return &img->layers[img->walk.layer - 1];
}

/* What the media type promises: `*ret` is set when it says something about compression. */
static bool promises(struct str media_type, enum codec *ret)
{
    if (str_ends(media_type, STR("gzip")))
        *ret = CODEC_GZIP;
    else if (str_ends(media_type, STR("zstd")))
        *ret = CODEC_ZSTD;
    else if (str_ends(media_type, STR("tar")))
        *ret = CODEC_PLAIN;
    else
        return false;
    return true;
}

static void check_media_type(struct image *img, enum codec is)
{
    enum codec promised;
    if (promises(current(img)->media_type, &promised) && promised != is)
        image_trouble(img, img->walk.layer, IMAGE_PROBLEM_MASK(MEDIA_TYPE),
                      "the manifest says %s, the bytes are %s", codec_name(promised), codec_name(is));
}

int layer_blob(struct image *img, uint32_t layer, struct part *ret)
{
    const struct layer_source *src = &img->sources[layer - 1];
    if (src->blob.n)
        return store_get(&img->store, src->blob, ret);
    if (img->info.kind != IMAGE_ROOTFS)
        return 1;
    *ret = part_slice(&img->target, 0, img->target.size);
    return 0;
}

static void check_size(struct image *img, uint64_t size)
{
    const struct layer_source *src = &img->sources[img->walk.layer - 1];
    if (src->has_declared_size && src->declared_size != size)
        image_trouble(img, img->walk.layer, IMAGE_PROBLEM_MASK(SIZE_MISMATCH),
                      "the manifest says %llu bytes, there are %llu", (unsigned long long)src->declared_size,
                      (unsigned long long)size);
}

static void check_diff_id(struct image *img)
{
    const struct image_layer *l = current(img);
    if (l->unpacked_digest.n && str_starts(l->diff_id, STR("sha256:")) && !str_eq_nocase(l->unpacked_digest, l->diff_id))
        image_trouble(img, l->index, IMAGE_PROBLEM_MASK(DIFF_ID_MISMATCH), "the unpacked layer has the digest %.*s, not %.*s",
                      STR_ARG(l->unpacked_digest), STR_ARG(l->diff_id));
}

/* What this manifest and configuration say of a blob that is known from another image. */
static void check_replayed(struct image *img)
{
    struct image_layer *l = current(img);
    struct part part = {.fd = -1};
    uint8_t magic[8];
    size_t n;
    l->unpacked_digest = img->walk.replay->unpacked_digest;
    check_diff_id(img);
    if (layer_blob(img, l->index, &part))
        return;
    check_size(img, part.size);
    if (!part_read(&part, 0, magic, sizeof(magic), &n))
        check_media_type(img, codec_sniff(magic, n));
    part_done(&part);
}

/* The layer's bytes from their beginning, of w->part: 0, or 1 with its trouble recorded. */
static int open_stream(struct image *img)
{
    struct walk *w = &img->walk;
    const struct image_layer *l = current(img);
    struct stream_options options = {
        .limits = &img->limits,
        .as_stored = l->is_file,
        .left = img->limits.total_bytes -
                (w->unpacked < img->limits.total_bytes ? w->unpacked : img->limits.total_bytes),
        .hash_packed = true,
        .hash_unpacked = l->diff_id.n || img->info.kind != IMAGE_ROOTFS,
        .most_held = IMAGE_HELD_BYTES,
        .aside = img->aside,
        .unpacker = img->unpacker,
    };
    int r = stream_open(&w->part, &options, &w->stream);
    if (r < 0)
        image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(UNREADABLE), "%s", error_words(r));
    return r < 0 ? 1 : 0;
}

/* 0 when the layer can be walked, 1 when there is nothing to walk (with its trouble recorded). */
static int open_layer(struct image *img)
{
    struct walk *w = &img->walk;
    const struct layer_source *src = &img->sources[w->layer - 1];
    struct image_layer *l = current(img);
    if (src->replay) {
        w->replay = src->replay;
        check_replayed(img);
        return 0;
    }
    int r = layer_blob(img, w->layer, &w->part);
    if (r > 0) {
        image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(MISSING_BLOB), "blob %.*s is not there",
                      STR_ARG(src->blob.n ? src->blob : l->digest));
        return 1;
    }
    if (r < 0) {
        image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(UNREADABLE), "%s", error_words(r));
        return 1;
    }
    l->seal = part_seal(&w->part, &img->arena);
    l->is_file = src->may_be_file && !src->is_encrypted && !part_is_tar(&w->part, &img->limits);
    if (open_stream(img))
        return 1;
    check_size(img, w->part.size);
    l->size = w->part.size;
    if (src->is_encrypted) {
        image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(ENCRYPTED),
                      "the layer is encrypted: its files were not looked at");
        return 0;
    }
    if (l->is_file)
        return 0;
    check_media_type(img, stream_codec(w->stream));
    w->tar = tar_new(w->stream);
    return 0;
}

/* What is called a layer and is none may hold anything, such as a zip: its bytes are looked at all the same. As open_layer(). */
static int reopen_as_file(struct image *img)
{
    struct walk *w = &img->walk;
    image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(CORRUPT),
                  "the layer is no tar archive, and no tool unpacks it: it was looked at as one file");
    tar_free(w->tar);
    w->tar = NULL;
    w->stream = stream_free(w->stream);
    current(img)->is_file = true;
    return open_stream(img);
}

struct str image_blob_seal(struct image *img, uint32_t layer)
{
    struct part part = {.fd = -1};
    struct str seal = STR_NULL;
    if (!layer_blob(img, layer, &part))
        seal = part_seal(&part, &img->arena);
    part_done(&part);
    return seal;
}

enum image_blob image_check_blob(struct image *img, uint32_t layer)
{
    struct image_layer *l = &img->layers[layer - 1];
    struct part part = {.fd = -1};
    _cleanup_(stream_freep) struct stream *s = NULL;
    struct stream_options options = {.limits = &img->limits, .left = img->limits.total_bytes, .hash_packed = true};
    int r = layer_blob(img, layer, &part);
    if (r)
        return r > 0 ? IMAGE_BLOB_MISSING : IMAGE_BLOB_OTHER;
    l->seal = part_seal(&part, &img->arena);
    r = stream_open(&part, &options, &s);
    if (!r)
        r = stream_finish(s);
    struct str is = r ? STR_NULL : stream_packed_digest(s, &img->arena), want = l->digest.n ? l->digest : l->diff_id;
    s = stream_free(s);
    part_done(&part);
    return is.n && str_eq_nocase(is, want) ? IMAGE_BLOB_RIGHT : IMAGE_BLOB_OTHER;
}

void image_replay_layer(struct image *img, uint32_t layer, const struct image_replay *replay)
{
    img->sources[layer - 1].replay = replay;
}

/* What follows the archive's end: the digests cover it, and nothing but zeros belongs there. */
static void drain(struct image *img)
{
    struct walk *w = &img->walk;
    const uint8_t *p;
    size_t n;
    bool has_data = false;
    while (!stream_next(w->stream, &p, &n))
        has_data |= w->tar && !all_zero(p, n);
    if (has_data)
        image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(TRAILING_DATA),
                      "data after the end of the tar archive, which no tool unpacks");
    uint64_t problems = stream_problems(w->stream);
    if (problems)
        image_trouble(img, w->layer, problems, "the blob is damaged: %.*s",
                      STR_ARG(image_problem_words(&img->arena, problems)));
}

/* The digest of what a file that was read as it is stored unpacks to. */
static struct str unpacked_digest(struct image *img)
{
    _cleanup_(stream_freep) struct stream *s = NULL;
    struct stream_options options = {.limits = &img->limits, .left = img->limits.total_bytes, .hash_unpacked = true};
    const uint8_t *p;
    size_t n;
    if (stream_open(&img->walk.part, &options, &s) < 0)
        return STR_NULL;
    while (!stream_next(s, &p, &n))
        ;
    return stream_unpacked_digest(s, &img->arena);
}

static void check_digests(struct image *img)
{
    struct walk *w = &img->walk;
    struct image_layer *l = current(img);
    struct str packed = stream_packed_digest(w->stream, &img->arena);
    struct str unpacked =
        stream_codec(w->stream) == CODEC_PLAIN ? packed : stream_unpacked_digest(w->stream, &img->arena);
    bool is_sha256 = str_starts(l->digest, STR("sha256:"));
    /* makers of artifacts name the blob as it is, whatever it is packed with */
    if (l->is_file && str_starts(l->diff_id, STR("sha256:")) && !str_eq_nocase(packed, l->diff_id))
        unpacked = unpacked_digest(img);
    if (is_sha256 && !str_eq_nocase(packed, l->digest))
        image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(DIGEST_MISMATCH),
                      "the blob has the digest %.*s, not %.*s", STR_ARG(packed), STR_ARG(l->digest));
    if (sha512_is(l->digest) && !sha512_fits(&w->part, l->digest))
        image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(DIGEST_MISMATCH), "the blob does not have the digest %.*s", STR_ARG(l->digest));
    if (img->sources[w->layer - 1].is_encrypted) /* the configuration names what it is once it is readable */
        return;
    l->unpacked_digest = unpacked;
    check_diff_id(img);
    if (!l->digest.n)
        l->digest = packed;
}

static void close_layer(struct image *img)
{
    struct walk *w = &img->walk;
    w->replay = NULL;
    tar_free(w->tar);
    w->tar = NULL;
    stream_free(w->stream);
    w->stream = NULL;
    part_done(&w->part);
    w->is_open = w->was_given = false;
}

/* `is_complete`: the tar was read to its end and the rest of the stream may be unpacked. */
static void end_layer(struct image *img, bool is_complete)
{
    struct walk *w = &img->walk;
    struct image_layer *l = current(img);
    if (w->replay) {
        l->unpacked = w->replay->unpacked;
    } else {
        if (is_complete)
            drain(img);
        int r = stream_finish(w->stream);
        if (r < 0)
            image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(UNREADABLE), "%s", error_words(r));
        else
            check_digests(img);
        l->unpacked = stream_unpacked(w->stream);
    }
    l->entries = w->layer_entries;
    w->unpacked += l->unpacked + (w->tar ? tar_holes(w->tar) : 0);
    w->packed_before += l->size;
    img->progress.bytes_done = w->packed_before;
    state_commit(&w->state, w->layer, w->layer == 1);
    close_layer(img);
}

static void mark(struct image *img, struct image_entry *e)
{
    struct state *s = &img->walk.state;
    struct str name = STR_NULL, folder = str_dirname(e->path);
    uint64_t p = 0;
    enum path_whiteout w = path_whiteout(e->path, &name);
    e->state = state_get(s, e->path, &e->hidden_by);
    e->is_whiteout = w != PATH_NO_WHITEOUT;
    switch (w) {
    case PATH_NO_WHITEOUT:
        if (!state_add(s, e->path, e->type == ENTRY_DIRECTORY ? STATE_DIRECTORY : STATE_OTHER))
            p = IMAGE_PROBLEM_MASK(DUPLICATE);
        break;
    case PATH_WHITEOUT:
        (void)state_add(s,
                        arena_printf(&img->entry_arena, "%.*s/%.*s", folder.n > 1 ? (int)folder.n : 0,
                                     folder.p, STR_ARG(name)),
                        STATE_WHITEOUT);
        break;
    case PATH_WHITEOUT_OPAQUE:
        (void)state_add(s, folder, STATE_OPAQUE);
        break;
    case PATH_WHITEOUT_INTERNAL:
        break;
    case PATH_WHITEOUT_BAD:
        p = IMAGE_PROBLEM_MASK(BAD_WHITEOUT);
        break;
    }
    e->problems |= p;
}

static void check_links(struct image *img, struct image_entry *e)
{
    uint64_t p = 0;
    if (e->type == ENTRY_SYMLINK && path_symlink_escapes(e->path, e->link_target))
        e->problems |= IMAGE_PROBLEM_MASK(LINK_ESCAPE);
    if (e->type == ENTRY_HARDLINK && !e->link_target.n && !img->walk.replay) /* a layer that is noted was read without trouble */
        image_trouble(img, img->walk.layer, IMAGE_PROBLEM_MASK(CORRUPT), "%.*s is a hard link whose file cannot be told: it was not looked at under this name",
                      STR_ARG(e->path));
    if (e->type == ENTRY_HARDLINK) {
        (void)path_clean(&img->entry_arena, e->link_target, &img->limits, &p);
        if (p & IMAGE_PROBLEM_MASK(PATH_TRAVERSAL))
            e->problems |= IMAGE_PROBLEM_MASK(LINK_ESCAPE);
    }
}

/* The entry of a layer that is one file: its name is the manifest's, else its digest or place. It hides nothing of other layers. */
static int next_file(struct image *img)
{
    struct walk *w = &img->walk;
    struct image_entry *e = &img->entry;
    const struct layer_source *src = &img->sources[w->layer - 1];
    if (w->was_given)
        return 1;
    w->was_given = true;
    w->layer_entries++;
    img->progress.entries++;
    *e = (struct image_entry){.layer = current(img), .type = ENTRY_REGULAR, .size = w->part.size, .mode = 0644};
    e->raw_path = src->title.n ? src->title : current(img)->digest.n ? current(img)->digest : str_sub(src->blob, 1, src->blob.n);
    e->path = path_clean(&img->entry_arena, e->raw_path, &img->limits, &e->problems);
    return 0;
}

static int read_file(struct image *img, const uint8_t **ret, size_t *ret_n, struct error *err)
{
    struct stream *s = img->walk.stream;
    int r = stream_next(s, ret, ret_n);
    img->progress.bytes_done = img->walk.packed_before + stream_packed(s);
    if (r >= 0)
        return r;
    img->entry.problems |= stream_problems(s);
    return error_set(err, r, "%.*s", STR_ARG(image_problem_words(&img->entry_arena, stream_problems(s))));
}

/* Whether what could not be read is no archive at all; a damaged one is told as such. */
static bool is_no_tar(struct image *img, uint64_t problems)
{
    const struct walk *w = &img->walk;
    const uint64_t other = IMAGE_PROBLEM_MASK(UNREADABLE) | IMAGE_PROBLEM_MASK(BOMB);
    return !w->layer_entries && img->info.kind != IMAGE_ROOTFS && !(problems & other) && stream_unpacked(w->stream) &&
           !part_is_tar(&w->part, &img->limits);
}

/* As tar_next(); -ENOEXEC when the layer turns out to be none. */
static int next_entry(struct image *img)
{
    struct walk *w = &img->walk;
    struct image_entry *e = &img->entry;
    uint64_t problems = 0;
    *e = (struct image_entry){.layer = current(img)};
    int r = w->replay ? w->replay->next(w->replay->ctx, e) : tar_next(w->tar, &img->entry_arena, e, &problems);
    if (r < 0 && w->replay)
        image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(UNREADABLE), "what was noted of the layer in an earlier scan is damaged; --no-cache reads it anew");
    if (r < 0 && w->tar && is_no_tar(img, problems))
        return -ENOEXEC;
    if (problems)
        image_trouble(img, w->layer, problems, "the layer cannot be read whole: %.*s (after %llu entries)",
                      STR_ARG(image_problem_words(&img->arena, problems)),
                      (unsigned long long)w->layer_entries);
    if (r)
        return r;
    if (++w->layer_entries > img->limits.entries) {
        image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(TOO_MANY),
                      "over %llu entries: the rest was not looked at",
                      (unsigned long long)img->limits.entries);
        return -E2BIG;
    }
    img->progress.entries++;
    e->path = path_clean(&img->entry_arena, e->raw_path, &img->limits, &e->problems);
    if (w->replay) /* paths are noted from the root on; what was wrong with the name is noted, too */
        e->problems &= ~IMAGE_PROBLEM_MASK(ABSOLUTE_PATH);
    if (e->type == ENTRY_CHAR_DEVICE || e->type == ENTRY_BLOCK_DEVICE)
        e->problems |= IMAGE_PROBLEM_MASK(DEVICE);
    check_links(img, e);
    bool was_full = w->state.is_full;
    mark(img, e);
    // cppcheck-suppress incorrectLogicOperator ; mark() changes the state through img
    if (w->state.is_full && !was_full)
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(TOO_MANY),
                      "over %d paths: states of lower layers may be wrong", IMAGE_STATE_PATHS_MAX);
    return 0;
}

int layered_next(struct image *img, struct error *err)
{
    (void)err; /* a layer that cannot be read is a trouble, and the others follow */
    struct walk *w = &img->walk;
    arena_reset(&img->entry_arena);
    for (;;) {
        if (!w->is_open) {
            if (w->layer == 1 || !img->info.n_layers)
                return 1;
            w->layer = w->layer ? w->layer - 1 : (uint32_t)img->info.n_layers;
            w->layer_entries = 0;
            w->part = (struct part){.fd = -1};
            if (open_layer(img)) {
                close_layer(img);
                continue;
            }
            w->is_open = true;
        }
        int r = current(img)->is_file ? next_file(img) : w->tar || w->replay ? next_entry(img) : -ENOTSUP;
        if (r == -ENOEXEC) {
            if (reopen_as_file(img)) {
                close_layer(img);
                continue;
            }
            r = next_file(img);
        }
        if (!r) {
            img->progress.bytes_done = w->packed_before + (w->replay ? 0 : stream_packed(w->stream));
            return 0;
        }
        end_layer(img, r > 0);
    }
}

int layered_read(struct image *img, const uint8_t **ret, size_t *ret_n, struct error *err)
{
    struct walk *w = &img->walk;
    uint64_t problems = 0;
    if (w->is_open && current(img)->is_file)
        return read_file(img, ret, ret_n, err);
    if (!w->is_open || !w->tar || img->entry.type != ENTRY_REGULAR)
        return 1;
    int r = tar_read(w->tar, ret, ret_n, &problems);
    img->entry.problems |= problems;
    img->entry.hole_bytes = tar_passed_over(w->tar);
    img->progress.bytes_done = w->packed_before + stream_packed(w->stream);
    if (r < 0)
        return error_set(err, r, "%.*s", STR_ARG(image_problem_words(&img->entry_arena, problems)));
    return r;
}

bool layered_hold(struct image *img, uint64_t n)
{
    struct walk *w = &img->walk;
    return w->is_open && current(img)->is_file ? stream_hold(w->stream, n) : w->tar && tar_hold(w->tar, n);
}

void layered_abandon(struct image *img, const char *why)
{
    struct walk *w = &img->walk;
    if (!w->is_open) {
        if (w->layer == 1 || !img->info.n_layers)
            return;
        w->layer = w->layer ? w->layer - 1 : (uint32_t)img->info.n_layers;
    }
    image_trouble(img, w->layer, IMAGE_PROBLEM_MASK(UNREADABLE), "%s (after %llu entries)", why,
                  (unsigned long long)(w->is_open ? w->layer_entries : 0));
    current(img)->entries = w->is_open ? w->layer_entries : 0;
    w->packed_before += current(img)->size;
    state_commit(&w->state, w->layer, w->layer == 1);
    close_layer(img);
}

void layered_done(struct image *img)
{
    close_layer(img);
    state_done(&img->walk.state);
}
