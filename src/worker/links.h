// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Hard links of an archive: further names of a file that came before in the same layer. The walk meets the content once, under
 * the first name; what it gave is told again under each other one, so that rules judge every place where the file lies, and
 * a higher layer that removes the first name hides nothing of the others.
 *
 * A link may also name a file of a layer below its own (containerd, podman and umoci unpack it so). Layers are walked from the highest
 * down: the link waits for the file, and is told once more when it comes. Inside the room only.
 */
#include "base/map.h"
#include "event/facts.h"
#include "image/image.h"

/*
 * Facts kept of the files of one layer, with their paths and places in the map: some 30,000 of them. Beyond it those kept so far are forgotten:
 * links follow their file soon, since both lie in one part of the tree as a rule.
 */
enum {
    LINKS_BYTES_MAX = 24 << 20,
    LINKS_WAITING_BYTES_MAX = 8 << 20, /* the same of links that wait, some 20,000: builders make none, since docker itself cannot unpack them */
};

struct links_waiting;
/* A zeroed one is ready, and wants nothing yet. */
struct links {
    bool is_wanted;
    uint64_t layer;     /* that the files below are of */
    struct arena arena; /* what the map points to */
    struct map files;   /* by path: facts as bytes */
    struct arena waiting_arena;
    struct map waiting;        /* by the path of the file: links of layers above */
    struct links_waiting *due; /* those of the file that was seen last */
    const struct str *due_content;
    uint64_t n_lost; /* links that could not wait */
};

/* What is walked: folders show every name of a file as a file, so only archives and images are listened to. */
void links_opened(struct links *l, enum image_kind kind, int fd);
/*
 * An event of the walk, in its order; `encoded` as facts_encode() gives it, copied. A file is remembered. A hard link to one
 * gets what its content told, and persist.kind and persist.user of its own place; its path, owner and state stay its own. One
 * whose file is not known stays as it is.
 */
void links_see(struct links *l, struct facts *f, struct str encoded);
/*
 * After links_see(): the next link of a higher layer that names the file which was seen. Its event anew in `f`, with the content, and
 * false when there is none. Its problems are left out: they were told when it came up.
 */
bool links_next(struct links *l, struct facts *f);
/* At the end: says of how many links nobody knows what they hold, if there are any; as worker_sink.unread. */
void links_tell_lost(const struct links *l, void (*unread)(void *ctx, struct str what, struct str why), void *ctx);
/* May run twice. */
void links_done(struct links *l);
