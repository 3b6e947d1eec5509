// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a worker shows to the process that started it, in memory that both see: what it is at, how far it is, and the
 * records that it has not yet sent. When it is killed in the middle of something, everything it had told before is still
 * there. The parent believes none of it more than it must. Inside the room only.
 */
#include <stdatomic.h>

#include "base/wire.h"
#include "worker/walk.h"

enum { DESK_OUT_BYTES = 256 << 10, DESK_PATH_BYTES = 512 };

struct desk {
    _Atomic uint64_t beat; /* rises with every sign of life */
    _Atomic uint64_t item; /* being worked at; 0: none */
    _Atomic uint32_t phase;       /* enum walk_phase */
    _Atomic bool unpacks_aside;   /* a thread of its own unpacks at this moment what follows the item */
    struct worker_counts counts;
    struct worker_progress progress; /* without the path */
    char path[DESK_PATH_BYTES];
    _Atomic uint64_t base;  /* bytes of the stream before out[] */
    _Atomic uint32_t ready; /* bytes of out[] that are whole records */
    char out[DESK_OUT_BYTES];
};

/* Shared memory of n bytes, zeroed; NULL when there is none. Given back with munmap(). */
void *desk_memory(size_t n);

enum record_kind {
    RECORD_OPENED,
    RECORD_EVENT,
    RECORD_UNREAD,
    RECORD_LAYER,
    RECORD_HANDED, /* the records of this item come from the helper with this number */
    RECORD_DONE,   /* the item has no more records */
    RECORD_VOID,   /* nor will it be told: the walker ended before all of its content was here; a walker's: what it said does not hold */
    RECORD_FAILED, /* the target could not be opened: text */
    RECORD_END,    /* of the work: result */
    RECORD_NOTE,   /* of an entry of a layer: bytes for its notes */
    RECORD_LEARNT, /* the layer is through: digest, machine, bytes it unpacks to, whether it was read whole */
    RECORD_ASK,    /* for the notes of a layer: digest, machine; the answer comes over the socket, with a file or without */
    RECORD_SEALED, /* a blob is right: digest, seal */
    RECORD_IS_SEALED, /* whether it was told so before: digest, seal; the answer, likewise, has a text when it was */
    RECORD_HEAD,  /* of a large file, before its events: digest of its first bytes */
    RECORD_AGAIN, /* the item was not what its head promised, and its content is gone: the walk must begin again there */
    RECORD__N,
};

/* The sending side, in the worker. */
struct outbox {
    struct desk *desk;
    int fd; /* of the pipe */
    struct strbuf body;
};
/* Sends a record; what is longer than the desk goes through the pipe at once. */
void outbox_add(struct outbox *o, enum record_kind kind, uint64_t item, struct str body);
/* Writes what is ready. */
void outbox_flush(struct outbox *o);

/* The receiving side, in the parent: the stream of one worker, or of several that followed each other. */
struct inbox {
    int fd;            /* of the pipe; -1: none */
    uint64_t received; /* bytes from the worker that now sends */
    struct strbuf bytes;
    size_t at; /* of the first record that was not taken */
};
struct record {
    enum record_kind kind;
    uint64_t item;
    struct str body;
};
/* Reads what the pipe holds, `most` bytes at most: 0, 1 at its end, -errno. */
int inbox_read(struct inbox *in, size_t most);
/* The worker is gone: takes what it left on its desk, and drops a record that was cut off. */
void inbox_salvage(struct inbox *in, const struct desk *desk);
/* The last record of that kind about the item, of those that were not taken yet, becomes a RECORD_VOID. After inbox_salvage(). */
void inbox_take_back(struct inbox *in, enum record_kind kind, uint64_t item);
/* The next whole record, valid until the next inbox_read(): 0, 1 when there is none yet, -EBADMSG when the bytes are none. */
int inbox_take(struct inbox *in, struct record *ret);
void inbox_done(struct inbox *in);
