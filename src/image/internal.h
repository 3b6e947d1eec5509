// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The image as the files of this room share it. */
#include "base/vec.h"
#include "image/image.h"
#include "image/limits.h"
#include "image/state.h"
#include "image/store.h"
#include "image/tar.h"
#include "image/unpacked.h"

/* What is known of a layer beside what struct image_layer shows. */
struct layer_source {
    struct str blob;        /* cleaned name in the store; empty: the layer is the target itself */
    bool has_declared_size; /* `size` of the manifest is in declared_size */
    uint64_t declared_size;
    bool is_encrypted;
    bool may_be_file; /* its media type is no layer's, or the whole is no image: it counts as a file unless its bytes are a tar */
    struct str title; /* a file's name, as the manifest gives it; may be empty */
    const struct image_replay *replay; /* NULL: the blob is read */
};

struct walk {
    uint32_t layer; /* 1-based; 0 before the first */
    bool is_open;
    struct part part;
    struct stream *stream;
    struct tar *tar; /* NULL also for a layer that is one file */
    bool was_given; /* the file that the layer is came up already */
    const struct image_replay *replay;
    struct state state;
    uint64_t unpacked; /* bytes of the layers that are done */
    uint64_t layer_entries;
    uint64_t packed_before; /* bytes of the layers that are done */
};

struct folder;
struct image {
    struct arena arena;
    struct image_limits limits;
    struct image_info info;
    struct image_layer *layers; /* info.layers */
    struct layer_source *sources;
    VEC(struct image_trouble) troubles;
    size_t n_troubles_lost;

    struct part target;        /* the file that was opened; unused for folders */
    struct unpacked *unpacked; /* the target as the store reads it, when it is compressed as a whole */
    struct store store;        /* unused for single layers, folders and files */
    bool is_flat;              /* the store keeps blobs as skopeo's dir: does */
    struct walk walk;
    struct folder *folder; /* NULL unless the target is a folder or a file */

    struct digest_aside *aside; /* takes digests; may be NULL */
    struct unpack_aside *unpacker; /* of layers; may be NULL */
    struct image_entry entry;
    struct arena entry_arena;
    struct image_progress progress;
};

/* Records a problem of the image (layer 0) or of a layer, with a sentence for the report. */
void image_trouble(struct image *img, uint32_t layer, uint64_t problems, const char *fmt, ...) _printf_(4, 5);
/* The words of all bits, separated by ", ", in the arena. */
struct str image_problem_words(struct arena *a, uint64_t problems);
/* Makes room for n layers (cut to limits.layers), with their index set. */
void image_set_layers(struct image *img, size_t n);

/* config.c: fills info from the configuration; never fails, what does not fit becomes a trouble. */
void config_read(struct image *img, struct str json);
/* The same of an image of docker's first form, whose configuration names neither layers nor history. */
void config_read_old(struct image *img, struct str json);
/* A JSON blob of the store into the image's arena: 0, 1 when it is missing, negative (with the trouble
 * recorded). */
int blob_text(struct image *img, struct str name, const char *what, struct str *ret);
/* Whether text has this "sha256:…" digest; true too when the digest is of another algorithm or form, with a
 * trouble. */
bool digest_fits(struct image *img, struct str text, struct str digest);
/* "sha256:<hex>" gives "/blobs/sha256/<hex>"; empty for anything else. */
struct str digest_path(struct arena *a, struct str digest);

/* oci.c, docker.c, docker_old.c: read manifest and configuration from img->store. */
int oci_open(struct image *img, const char *ref, const char *platform, struct error *err);
/* Whether the store is what skopeo and podman call dir: blobs under their digests beside manifest.json. */
bool oci_is_flat(struct image *img);
/* docker_open: 1 when manifest.json is of something else (a web application has one too). */
int docker_open(struct image *img, const char *ref, struct error *err);
/* docker_old_open: 1 when `repositories` is of something else. */
int docker_old_open(struct image *img, const char *ref, struct error *err);
/* Tells when manifest.json names another image than the index that was read: two tools would load different
 * ones. */
void docker_compare(struct image *img);

/* Whether the bytes, unpacked, begin as a tar archive does. */
bool part_is_tar(const struct part *part, const struct image_limits *limits);

/* layered.c: the walk over img->layers. */
/* The layer's blob as the store has it: 0, 1 when there is none, -errno. */
int layer_blob(struct image *img, uint32_t layer, struct part *ret);
int layered_next(struct image *img, struct error *err);
int layered_read(struct image *img, const uint8_t **ret, size_t *ret_n, struct error *err);
bool layered_hold(struct image *img, uint64_t n);
/* image_abandon() for layers. */
void layered_abandon(struct image *img, const char *why);
void layered_done(struct image *img);

/* folder.c: keeps a copy of the descriptor of a folder (`path` is then "/") or of a file. */
int folder_open(struct image *img, int fd, const char *path, bool is_file,
                const struct image_options *options, struct error *err);
int folder_next(struct image *img, struct error *err);
int folder_read(struct image *img, const uint8_t **ret, size_t *ret_n, struct error *err);
bool folder_hold(struct image *img, uint64_t n);
void folder_release(struct image *img);
struct folder *folder_free(struct folder *f);

/*
 * image.c: the same as image_open() for bytes at hand (fuzzers, tests): an image archive or a layer, borrowed
 * until image_free().
 */
int image_open_part(const struct part *target, const char *ref, const struct image_options *options,
                    struct image **ret, struct error *err);
