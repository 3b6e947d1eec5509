// SPDX-License-Identifier: Apache-2.0
#include "event/record_write.h"

#include <stdlib.h>

#include "base/alloc.h"

void record_writer_done(struct record_writer *w)
{
    free(w->record);
    w->record = NULL;
}

struct record *record_begin(struct record_writer *w, uint16_t kind)
{
    if (!w->record)
        w->record = xalloc(RECORD_BYTES_MAX);
    *w->record = (struct record){.size = sizeof(struct record), .kind = kind};
    return w->record;
}

static size_t limit(uint16_t tag)
{
    switch (tag) {
    case RECORD_ENV:
        return RECORD_ENV_MAX;
    case RECORD_DNS_PACKET:
        return 512;
    case RECORD_DATA:
        return RECORD_DATA_MAX;
    case RECORD_JSON:
        return UINT16_MAX;
    default:
        return tag < RECORD_FD || tag == RECORD_ARGS ? RECORD_ARGS_MAX : RECORD_PATH_MAX;
    }
}

void record_add(struct record_writer *w, uint16_t tag, uint32_t value, const void *structure, size_t n, struct str text)
{
    struct record *r = w->record;
    size_t room = RECORD_BYTES_MAX - r->size, most = limit(tag);
    if (room < sizeof(struct record_block) + n + RECORD_ALIGN) {
        r->flags |= RECORD_CUT;
        return;
    }
    room -= sizeof(struct record_block) + n + RECORD_ALIGN; /* the last for the padding */
    if (text.n > most || text.n > room) {
        text.n = most < room ? most : room;
        r->flags |= RECORD_CUT;
    }
    if (n + text.n > UINT16_MAX)
        text.n = UINT16_MAX - n;
    struct record_block *b = (struct record_block *)((char *)r + r->size);
    size_t size = n + text.n, end = (size + RECORD_ALIGN - 1) & ~(size_t)(RECORD_ALIGN - 1);
    *b = (struct record_block){.tag = tag, .size = (uint16_t)size, .value = value};
    char *bytes = (char *)(b + 1);
    memset(bytes + size, 0, end - size);
    if (n)
        memcpy(bytes, structure, n);
    if (text.n)
        memcpy(bytes + n, text.p, text.n);
    r->size += (uint32_t)(sizeof(*b) + end);
}

void record_add_number(struct record_writer *w, uint16_t tag, uint64_t number)
{
    if (number <= UINT32_MAX)
        record_add(w, tag, (uint32_t)number, NULL, 0, STR_NULL);
    else
        record_add(w, tag, 0, &number, sizeof(number), STR_NULL);
}
