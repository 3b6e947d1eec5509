// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The look at one target, in whatever process: opens it, walks its entries, states facts, and tells them to an outlet.
 * Inside the room only.
 */
#include "worker/worker.h"

/* What the walk does at the moment, for whoever watches it. */
enum walk_phase {
    WALK_OPEN,    /* telling what the target is */
    WALK_NEXT,    /* looking for the next entry: unpacking, headers */
    WALK_READ,    /* unpacking the content of one */
    WALK_INSPECT, /* looking at the content */
};

enum walk_verdict {
    WALK_DO,   /* look at the entry */
    WALK_SKIP, /* it was told before */
    WALK_DEAD, /* a worker ended over it: say so and pass it by */
};

struct outlet {
    void *ctx;
    void (*phase)(void *ctx, enum walk_phase phase);
    /*
     * Before each item (an entry, the configuration, an account, the image itself), counted from 1 in an order that is the
     * same in every walk: what to do with it. *ret_problem: the word for file.problems with WALK_DEAD.
     */
    enum walk_verdict (*item)(void *ctx, uint64_t item, const char **ret_problem);
    /* How often what is being read must be given up before the walk goes on to this item (image_abandon()), and why. */
    unsigned (*abandon)(void *ctx, uint64_t item, const char **ret_why);
    void (*opened)(void *ctx, const struct worker_opened *o);
    int (*event)(void *ctx, struct facts *facts);
    void (*unread)(void *ctx, struct str what, struct str why);
    void (*layer)(void *ctx, const struct worker_layer *l);
    void (*progress)(void *ctx, const struct worker_progress *p);
    /*
     * Gives a file, its facts and its content, to somebody else who looks at it and tells the event; the bytes are free when
     * it returns. False when nobody has time: the walk has to look itself. May be NULL: nobody ever has.
     */
    bool (*hand_over)(void *ctx, const struct facts *facts, struct str content);
    /*
     * The same for content that nobody can hold: `flow_begin` asks whether somebody has time, `flow` gives the next bytes, `flow_end`
     * says that nothing follows, and what reading the entry met. May be NULL, all three or none.
     */
    bool (*flow_begin)(void *ctx, const struct facts *facts);
    void (*flow)(void *ctx, struct str piece);
    void (*flow_end)(void *ctx, const struct image_entry *e, bool is_bad);
    /* The walk will be busy with something else for a while: what was handed over should be looked at now. May be NULL. */
    void (*busy)(void *ctx);
    /* Notes of an entry, before its events (notes.h). May be NULL, with the two below: nothing is noted or known. */
    void (*note)(void *ctx, struct str note);
    /* The layer is through. `whole`: it was read to its end without trouble, so that its notes are worth keeping. */
    void (*learnt)(void *ctx, struct str digest, struct str machine, uint64_t unpacked, struct str unpacked_digest, bool whole);
    /* The digest of the first FILE_NOTE_HEAD_BYTES of a file too large to be held, before its events. May be NULL, with the next. */
    void (*head)(void *ctx, const uint8_t digest[SHA256_BYTES]);
    /*
     * A file that began as a known one was read and is another: the walk must begin again at its item, and know no file by its head.
     * Does not return. NULL: no file is known so.
     */
    void (*again)(void *ctx);
    /* Notes of the layer with this digest, made for this machine: an open file, or -1. */
    int (*known)(void *ctx, struct str digest, struct str machine);
    /* Whether the blob with this digest was right when its file had this seal; that it is. NULL where `known` is. */
    bool (*is_sealed)(void *ctx, struct str digest, struct str seal);
    void (*sealed)(void *ctx, struct str digest, struct str seal);
    /* What elf.is_foreign is told from; NULL: nothing. */
    void (*machine)(void *ctx, const char *machine);
};

struct walk_options {
    const struct worker_options *worker;
    const struct worker_job *job;
    int fd;           /* of the target; taken over */
    const char *path; /* absolute, for a single file */
    const char *name; /* of TARGET:NAME, may be NULL */
    const struct outlet *out;
    const struct worker_sink *sink; /* for file_known() alone; NULL: no file is known */
    struct digest_aside *aside;     /* takes digests beside the walk (base/digest_aside.h); may be NULL */
    struct unpack_aside *unpacker;  /* unpacks layers beside it (image/unpack_aside.h); may be NULL */
};

/* 0; 1 when the target cannot be opened (err); negative when the outlet ended it or for a failure of our own. */
int walk_target(const struct walk_options *options, struct worker_counts *counts, struct error *err);
