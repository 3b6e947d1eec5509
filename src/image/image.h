// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Images: bytes in, files out. One API over docker archives, OCI layouts (folder or tar), folders that are root file
 * systems, single files and the live root. It decodes and verifies; it says nothing about what is good or bad.
 *
 *     image_open(target, &options, &img, &err)       reads manifest, configuration and history
 *     image_next(img, &entry)                        the next entry, from the highest layer to the lowest
 *     image_read(img, &data, &n)                     the entry's content in pieces; what is not read is skipped
 *     image_free(img)
 *
 * Layers are walked from the top down, so that when a file comes up it is already known whether a higher layer replaces
 * or removes it (`state`). A bad entry or a damaged layer is reported as `problems` of the entry or as a problem record
 * (image_problem), and the walk goes on with what can still be read. Nothing is ever written, no link is ever followed
 * out of the target.
 */
#include "base/arena.h"
#include "base/error.h"

enum image_kind {
    IMAGE_DOCKER_ARCHIVE, /* of any version; unpacked into a folder too */
    IMAGE_OCI_LAYOUT,     /* also what skopeo calls dir: */
    IMAGE_OCI_ARCHIVE,
    IMAGE_ROOTFS, /* a folder that holds a root file system (or any tree) */
    IMAGE_FILE,   /* one file */
};

/* What may be spent on bytes from a stranger; image/limits.h holds the defaults and their reasons. */
struct image_limits {
    uint64_t layer_bytes;      /* unpacked bytes per layer */
    uint64_t total_bytes;      /* unpacked bytes of the whole image */
    uint64_t ratio;            /* unpacked : packed, beyond which a stream of over 64 MiB counts as a bomb */
    uint64_t entries;          /* per layer */
    uint64_t path_bytes;       /* one path */
    uint64_t depth;            /* components of a path, nested indexes */
    uint64_t json_bytes;       /* one manifest or configuration */
    uint64_t layers;           /* per image */
};
extern const struct image_limits IMAGE_LIMITS_DEFAULT;

/* Bits of `problems`; image_problem_name() gives the words that file.problems and image.problems use. */
enum image_problem_bit {
#define IMAGE_PROBLEM(id, name, help) IMAGE_PROBLEM_BIT_##id,
#include "image/problem.def"
#undef IMAGE_PROBLEM
    IMAGE_PROBLEM__N,
};
#define IMAGE_PROBLEM_MASK(id) (1ULL << IMAGE_PROBLEM_BIT_##id)
const char *image_problem_name(enum image_problem_bit bit);

enum layer_state { LAYER_EFFECTIVE, LAYER_SHADOWED, LAYER_DELETED };
const char *layer_state_name(enum layer_state s);

struct image_layer {
    uint32_t index;        /* 1 is the lowest */
    struct str digest;     /* of the blob as stored, "sha256:…"; empty for folders */
    struct str diff_id;    /* as the configuration declares */
    struct str unpacked_digest; /* what it should be: the bytes' own, known once the layer of an image was walked to its end */
    struct str media_type; /* as the manifest declares; the bytes decide */
    struct str created_by; /* history line, empty when the history is missing or does not fit */
    uint64_t size;         /* bytes as stored */
    uint64_t unpacked;     /* bytes after decompression, known once the layer was walked */
    uint64_t entries;      /* known once walked */
    bool is_file;          /* no archive but one file, as layers of artifacts are; known once walked */
    struct str seal;       /* image_blob_seal() before the blob was last read from its begin; empty: it was not, or there is none */
};

struct image_history {
    struct str created_by, comment, created;
    bool empty_layer;
};

/* Strings and arrays live as long as the image. */
struct image_info {
    enum image_kind kind;
    struct str ref; /* name the archive or layout gives, else empty */
    struct str manifest_digest, config_digest;
    struct str os, arch, variant, author, created, user, workdir;
    struct str config; /* as it is stored, for analyzers of text */
    struct str annotations; /* of manifest, layers and index, a JSON list of objects, for analyzers of text; empty where there are none */
    struct str artifact; /* media type of what is kept like an image and is none; empty for images (image/artifact.h) */
    const struct str *entrypoint, *cmd, *env, *labels, *ports, *volumes; /* labels as name=value */
    size_t n_entrypoint, n_cmd, n_env, n_labels, n_ports, n_volumes;
    const struct image_history *history;
    size_t n_history;
    const struct image_layer *layers; /* lowest first; empty for folders and files */
    size_t n_layers;
    uint64_t problems; /* bits; complete after the walk (digests are checked as the layers stream by) */
};

enum entry_type {
    ENTRY_REGULAR,
    ENTRY_DIRECTORY,
    ENTRY_SYMLINK,
    ENTRY_HARDLINK,
    ENTRY_FIFO,
    ENTRY_SOCKET,
    ENTRY_CHAR_DEVICE,
    ENTRY_BLOCK_DEVICE,
};
const char *entry_type_name(enum entry_type t);

/* Valid until the next call on the image. */
struct image_entry {
    const struct image_layer *layer; /* NULL for folders and files */
    enum layer_state state;
    uint32_t hidden_by;      /* layer index, 0 while effective */
    struct str path;         /* absolute, cleaned: "/etc/passwd"; safe to show only through text_add_safe() */
    struct str raw_path;     /* as stored */
    enum entry_type type;
    struct str link_target;  /* as stored */
    uint64_t size, mode, uid, gid;
    uint64_t mtime_ns, ctime_ns; /* ctime 0 where there is none */
    bool is_immutable, is_append_only, is_whiteout;
    const struct str *xattrs; /* names */
    size_t n_xattrs;
    struct str capability; /* value of security.capability, empty where there is none */
    uint64_t problems;
    uint64_t hole_bytes; /* of holes that image_read() passed over instead of giving zeros; known once the content was read */
    int error; /* -errno when a live file could not be opened (counted as unreadable) */
};

struct image_progress {
    uint64_t bytes_done, bytes_total; /* as stored, or file bytes for folders; total 0 when unknown */
    uint64_t entries;
};

struct image_options {
    struct image_limits limits; /* zeros mean the defaults */
    const char *platform;       /* "linux/arm64", NULL: the machine's own, else the only one */
    bool one_file_system;       /* folders: do not cross mount points */
    const char *const *skip;    /* folders: absolute paths inside the target not to enter, NULL-terminated, may be NULL */
    const char *const *only;    /* folders: walk only these subtrees or files, NULL-terminated; NULL walks all */
};

struct image;
/*
 * Opens what `target` is: the kind is told from the content. Errors say what was found instead, and the cure.
 */
int image_open(const char *target, const struct image_options *options, struct image **ret, struct error *err);
/*
 * The two halves of image_open(), for a caller that opens and one, with fewer rights, that reads. The first gives the open
 * descriptor of TARGET, or of the TARGET in TARGET:NAME (*ret_name then points at NAME, else it is NULL), or -errno with
 * text; the caller closes it. The second takes the descriptor over, whether it succeeds or not; `target` is what errors
 * call it, and of a single file the path that is shown (absolute).
 */
int image_open_target(const char *target, const char **ret_name, struct error *err);
int image_open_fd(int fd, const char *target, const char *name, const struct image_options *options,
                  struct image **ret, struct error *err);
struct image *image_free(struct image *img);
DEFINE_CLEANUP(struct image *, image_free)
/* What was told by the manifest and configuration; valid as long as the image. */
const struct image_info *image_info(const struct image *img);
/* How far the walk is, for a progress bar and the report. */
struct image_progress image_progress(const struct image *img);
/* 0 and the next entry; 1 at the end; negative only when nothing more can be read from the whole target. */
int image_next(struct image *img, const struct image_entry **ret, struct error *err);
/*
 * The next piece of the current entry's content (long holes of sparse files are left out, see hole_bytes), 0 at a piece, 1 at the end, negative when the rest of this entry cannot be
 * read (its `problems` then tell; image_next() goes on). The bytes are valid until the next call on the image.
 */
int image_read(struct image *img, const uint8_t **ret, size_t *ret_n, struct error *err);
/*
 * Before the first image_read() of an entry: its pieces stay valid until image_release() and follow one another in memory
 * (but for the holes of sparse files, which lie elsewhere), for n bytes in all. False when there is no room for so many.
 */
bool image_hold(struct image *img, uint64_t n);
/* Before anything but image_read() is called again. */
void image_release(struct image *img);
/* The layer's own digest, for whoever digests what image_read() gives: sha256_add_beside() takes both together. May be NULL. */
struct sha256;
struct sha256 *image_digest(const struct image *img);
/*
 * Digests of layers are taken by `digests`, and nothing waits for whoever digests content; layers are unpacked by `unpacker`, which may be
 * NULL. Both borrowed; before the walk. What image_read() gives stays until the next piece, and until all that was given aside before it
 * was taken.
 */
struct digest_aside;
struct unpack_aside;
void image_work_aside(struct image *img, struct digest_aside *digests, struct unpack_aside *unpacker);
/*
 * The entries of a layer as they are known from an earlier walk: 0 and the next one (raw_path and type are enough; strings
 * stay valid until the next call), 1 at the end.
 */
struct image_replay {
    void *ctx;
    int (*next)(void *ctx, struct image_entry *e);
    uint64_t unpacked; /* bytes, for image_layer.unpacked */
    struct str unpacked_digest; /* for image_layer.unpacked_digest; what the configuration declares is held against it */
};
/* Whether the layer's blob is what its digest (or, without one, its diff id) says; it is hashed, not unpacked. */
enum image_blob { IMAGE_BLOB_RIGHT, IMAGE_BLOB_OTHER, IMAGE_BLOB_MISSING };
enum image_blob image_check_blob(struct image *img, uint32_t layer);
/*
 * Words that stay the same as long as nobody writes into the file that holds the layer's blob; empty where that cannot be told.
 * Who has found the blob right under such words need not read it again.
 */
struct str image_blob_seal(struct image *img, uint32_t layer);
/*
 * The walk takes the entries of this layer from `replay` (borrowed until the walk has left the layer) instead of the blob.
 * Before the walk comes to the layer.
 */
void image_replay_layer(struct image *img, uint32_t layer, const struct image_replay *replay);
/*
 * Gives up the layer that is being read: its rest is left out, with `why` among the troubles, and image_next() goes on
 * behind it. Between layers it leaves out the next one. For a caller that knows that reading on would end badly. Folders
 * and files have nothing to be given up: one entry says nothing about the next.
 */
void image_abandon(struct image *img, const char *why);
/* Problems that belong to no entry, in the order they were met: text for the report's "could not be read". */
struct image_trouble {
    uint32_t layer; /* 0: the image itself */
    uint64_t problems;
    struct str text;
};
size_t image_troubles(const struct image *img, const struct image_trouble **ret);
