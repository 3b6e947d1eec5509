// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "worker/known_layer.h"

static int next_entry(void *ctx, struct image_entry *e)
{
    struct known_layer *k = ctx;
    enum note_kind kind;
    int r = notes_peek(&k->notes, &kind);
    if (r)
        return 1;
    if (kind != NOTE_ENTRY)
        return -EBADMSG;
    notes_entry(&k->notes, e);
    return k->notes.left.bad ? -EBADMSG : 0;
}

int known_layer_open(struct known_layer *k, int file)
{
    _cleanup_close_ int fd = file;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_size <= 0 || st.st_size > NOTES_MAX)
        return -EBADMSG;
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return -errno;
    k->map = map;
    k->n = (size_t)st.st_size;
    int r = notes_open(&k->notes, str_n(map, k->n));
    k->replay = (struct image_replay){k, next_entry, k->notes.unpacked, k->notes.unpacked_digest};
    return r;
}

void known_layer_done(struct known_layer *k)
{
    if (k->map)
        (void)munmap(k->map, k->n);
    k->map = NULL;
}
