// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Looking at what strangers wrote, in processes that can do nothing else: bytes in, facts out. Unpacking, parsing and
 * matching happen in confined workers (base/confine.h); the caller sees opened targets, events and gaps, in the order of
 * the walk, whatever the number of workers.
 *
 *     workers_new(&options, &ws, &err);                  the inspector is loaded: workers inherit it by fork
 *     workers_target(ws, &job, &sink, &err);             an image, folder or file
 *     workers_text(ws, facts, text, &err); workers_file(ws, fd, facts, …);     single things
 *     workers_free(ws);
 *
 * One worker walks and unpacks; with more than one processor it hands files over to others as long as they keep up and
 * looks at the rest itself, so that nobody waits. A worker that dies, or stalls, costs the file it was at: an event with
 * that file's facts and `parser-died` or `parser-stalled` in file.problems takes its place, and the walk goes on behind it.
 */
#include "base/digest.h"
#include "image/image.h"
#include "inspect/imitate.h"
#include "inspect/inspect.h"

struct worker_options {
    struct inspector *inspector; /* borrowed; loaded before any worker starts */
    const struct imitate *names; /* borrowed; may be NULL */
    uint64_t now_ns;             /* time of the events, since the epoch */
    unsigned jobs;               /* workers that look at content; 0: one per processor, at most WORKERS_MAX */
    unsigned stall_seconds;      /* 0: WORKER_STALL_SECONDS */
    bool in_process;             /* no workers, no confinement: for debuggers and profilers */
};

enum {
    WORKERS_MAX = 16,
    /* A file may take so many seconds of processor time without any progress: libyara gives up after 30 by itself, and
     * then looks for the rules that were too slow. */
    WORKER_STALL_SECONDS = 180,
    /* The same in seconds of waiting, as many times longer: a slow disk is not an attack, a hung mount ends at last. */
    WORKER_WAIT_FACTOR = 10,
    WORKER_RESTARTS_MAX = 64, /* per target: beyond it the rest of the target is given up */
};
/* Address space a worker may take beyond what is loaded: two windows, libyara's and libzstd's at their worst. */
#define WORKER_MEMORY ((uint64_t)1 << 30)

struct worker_counts {
    uint64_t files, directories, symlinks, hardlinks, specials, whiteouts; /* entries that were met */
    uint64_t bytes;                                                        /* of content that was read */
    uint64_t known; /* files whose content was digested and not looked at, since it was before */
    uint64_t accounts;
};

struct worker_layer {
    uint32_t index; /* 1 is the lowest */
    struct str digest, created_by; /* the history line without secrets */
    uint64_t size, unpacked, entries;
    bool was_known; /* its entries came from notes, not from the blob */
};

/* What a target turned out to be. Strings are valid during the call. */
struct worker_opened {
    enum image_kind kind;
    struct str ref, digest, config_digest, os, arch, variant;
    struct str artifact; /* as image_info.artifact */
    uint64_t history;
    size_t layers;
};

struct worker_progress {
    uint64_t bytes_done, bytes_total, entries;
    const char *path; /* what is being looked at; bytes of a stranger */
};

/* Belongs to the key that notes of layers are kept by: notes of another form, or of a version that mixed them up, are none. */
enum { WORKER_NOTES_FORM = 2 };

/* What the caller does with what is told. Called in the caller's process, in the order of the walk. */
struct worker_sink {
    void *ctx;
    /* Once, first, when the target could be opened. */
    void (*opened)(void *ctx, const struct worker_opened *o);
    /* An event to be judged; the facts are valid during the call and may be added to. Negative ends the work. */
    int (*event)(void *ctx, struct facts *facts);
    /* Something that could not be looked at. */
    void (*unread)(void *ctx, struct str what, struct str why);
    /* At the end of an image, each layer, lowest first. */
    void (*layer)(void *ctx, const struct worker_layer *l);
    /* Now and then; may be NULL. */
    void (*progress)(void *ctx, const struct worker_progress *p);
    /*
     * What was noted when a layer with this digest was read before (by the same inspector, for the same machine): an open
     * file that is taken over, or -1. The layer's blob is then not unpacked; only its digest is checked. May be NULL.
     */
    int (*known)(void *ctx, struct str digest, struct str machine);
    /* Notes of the layer that is being read, piece by piece: they come by the million, so that nobody should have to hold them. May be NULL, with the next. */
    void (*note)(void *ctx, struct str piece);
    /*
     * A layer was read whole and without trouble: `head`, and behind it the pieces since the last call, are its notes. An empty
     * head: the pieces are worth nothing, as those of a layer that was known.
     */
    void (*learned)(void *ctx, struct str digest, struct str machine, struct str head);
    /*
     * Whether a blob was told right before, by its digest and the seal of its file (image_blob_seal()): it is then not digested
     * again as long as the seal is the same. NULL, with the next: none ever is.
     */
    bool (*is_sealed)(void *ctx, struct str digest, struct str seal);
    /* A blob has the digest that it is named by; its file had this seal before it was read. */
    void (*sealed)(void *ctx, struct str digest, struct str seal);
    /*
     * The same for a single file, by a key that stands for the file and this machine's word for foreign programs. It is called
     * within the walker, a process of its own without rights: it may read memory that was there when workers_target() was
     * called, and nothing else. NULL: none is known.
     */
    bool (*file_known)(void *ctx, const uint8_t key[SHA256_BYTES], struct str *ret);
    /* Whether notes under the key are kept already, and will be: file_learned() need not come. May be NULL. */
    bool (*file_kept)(void *ctx, const uint8_t key[SHA256_BYTES]);
    /*
     * At the end of a target, the notes of each file that was looked at without trouble, or known; `replaces`: whatever was noted under
     * the key before. May be NULL.
     */
    void (*file_learned)(void *ctx, const uint8_t key[SHA256_BYTES], struct str notes, bool replaces);
};

struct worker_job {
    const char *target;          /* as the user wrote it: TARGET or TARGET:NAME */
    struct str ref;              /* name of the image, where the user gives one; else empty */
    const char *origin;          /* word of file.origin; NULL: layer, folder or file as it turns out */
    const char *machine;         /* elf.machine that programs are compared with; NULL: of the image */
    struct image_options image;
    bool no_accounts;            /* accounts are not told */
    bool may_lack_known;         /* blobs of known layers were left out on purpose (a pull) */
};

struct workers;
/* -errno with text when no worker can be confined here. */
int workers_new(const struct worker_options *options, struct workers **ret, struct error *err);
struct workers *workers_free(struct workers *ws);
DEFINE_CLEANUP(struct workers *, workers_free)

/*
 * Looks at a target. 0; 1 when it could not be opened (err says why; nothing but unread and the event of a dead worker
 * was told); negative when the sink ended the work or a worker could not be started; -EINTR when the program was asked to stop
 * (base/stop.h), which the functions below return, too.
 */
int workers_target(struct workers *ws, const struct worker_job *job, const struct worker_sink *sink,
                   struct worker_counts *counts, struct error *err);
/*
 * inspector_text() on `text`, in a worker: `facts` goes there and comes back. A worker that dies leaves the facts as they
 * were, and `parser-died` in file.problems. Negative when no worker can be started.
 */
int workers_text(struct workers *ws, struct str text, struct facts *facts, struct error *err);
/*
 * inspector_file() on an open file, likewise. *ret_bytes: read from it. *ret_error: -errno when it could not be read to its
 * end, else 0.
 */
int workers_file(struct workers *ws, int fd, struct facts *facts, uint64_t *ret_bytes, int *ret_error, struct error *err);
/* Nanoseconds of processor time that workers which still live have used. */
uint64_t workers_cpu_ns(const struct workers *ws);
