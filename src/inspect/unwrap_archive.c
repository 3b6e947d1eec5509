// SPDX-License-Identifier: Apache-2.0
/* Archives within a file: members that people write (settings, keys, scripts) are handed on one by one. */
#include <archive.h>
#include <archive_entry.h>

#include "base/strbuf.h"
#include "inspect/unwrap_archive.h"

enum {
    MEMBERS_LOOKED = 256,       /* members handed on: what is small and matters comes early or not at all */
    MEMBERS_SEEN = 8192,        /* headers read */
    MEMBER_BYTES_MAX = 1 << 20, /* settings, keys and scripts are smaller */
    SKIPPED_BYTES_MAX = 64 << 20,
};

static void archive_read_freep(struct archive **a)
{
    archive_read_free(*a);
}

/* Reads a member whole; false when it is too large, damaged or no text. */
static bool read_member(struct archive *a, size_t room, uint64_t *skipped, struct strbuf *out)
{
    const void *p;
    size_t n;
    la_int64_t offset;
    strbuf_clear(out);
    while (archive_read_data_block(a, &p, &n, &offset) == ARCHIVE_OK) {
        if (*skipped > SKIPPED_BYTES_MAX)
            return false;
        *skipped += n;
        /* Holes in members are not filled: no honest text file has any. */
        if (out->n + n > MEMBER_BYTES_MAX || out->n + n > room || (uint64_t)offset != out->n)
            return false;
        strbuf_add(out, str_n(p, n));
        if (memchr(p, 0, n < 512 ? n : 512))
            return false;
    }
    return out->n > 0;
}

void unwrap_archive(struct inspection *in, const struct content *c)
{
    _cleanup_(archive_read_freep) struct archive *a = archive_read_new();
    _cleanup_(strbuf_done) struct strbuf out = {};
    const char *how = c->kind == KIND_ZIP ? "zip" : "tar";
    struct archive_entry *entry;
    uint64_t skipped = 0;
    if (c->kind == KIND_ZIP)
        archive_read_support_format_zip_seekable(a);
    else
        archive_read_support_format_tar(a);
    if (archive_read_open_memory(a, c->data.p, c->data.n) != ARCHIVE_OK)
        return;
    unsigned looked = 0;
    for (unsigned seen = 0; seen < MEMBERS_SEEN && looked < MEMBERS_LOOKED && skipped <= SKIPPED_BYTES_MAX;
         seen++) {
        int r = archive_read_next_header(a, &entry);
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
            return;
        if (archive_entry_filetype(entry) != AE_IFREG ||
            (archive_entry_size_is_set(entry) && archive_entry_size(entry) > MEMBER_BYTES_MAX) ||
            !inspection_room(in, c))
            continue;
        if (read_member(a, inspection_room(in, c), &skipped, &out)) {
            inspection_unwrap(in, c, how, strbuf_str(&out));
            looked++;
        }
    }
}
