// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>

#include "base/alloc.h"
#include "image/limits.h"
#include "image/tar.h"

struct tar {
    struct archive *a;
    struct stream *stream;
    locale_t
        names; /* names stay bytes: libarchive would otherwise convert them to the user's character set */
    const uint8_t *piece; /* data of the entry that is not handed out yet because a hole comes first */
    size_t piece_n;
    uint64_t at, piece_at; /* in the entry's content */
    uint64_t size;
    uint64_t holes;
    uint64_t entry_holes, passed_over; /* of the entry: handed out, and not */
    uint64_t pulled; /* from the stream */
    size_t last;     /* bytes of the last pull */
    bool has_stream_ended;
    bool has_failed; /* before the first header */
    int ended;
};

enum { BLOCK = 512 };

static const uint8_t ZEROS[64 << 10];

static ssize_t pull(struct archive *a, void *ctx, const void **ret)
{
    struct tar *t = ctx;
    const uint8_t *p;
    size_t n;
    int r = stream_next(t->stream, &p, &n);
    if (r < 0) {
        archive_set_error(a, -r, "stream");
        return -1;
    }
    if (r) {
        t->has_stream_ended = true;
        return 0;
    }
    t->pulled += n;
    t->last = n;
    *ret = p;
    return (ssize_t)n;
}

struct tar *tar_new(struct stream *s)
{
    struct tar *t = xnew(struct tar);
    t->stream = s;
    t->a = archive_read_new();
    t->names = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!t->a || !t->names || archive_read_set_format(t->a, ARCHIVE_FORMAT_TAR) != ARCHIVE_OK ||
        archive_read_open(t->a, t, NULL, pull, NULL) != ARCHIVE_OK)
        t->has_failed = true;
    return t;
}

struct tar *tar_free(struct tar *t)
{
    if (!t)
        return NULL;
    if (t->a)
        archive_read_free(t->a);
    if (t->names)
        freelocale(t->names);
    free(t);
    return NULL;
}

/* Why libarchive gave up: what the stream met, else an early end, else damage. */
static uint64_t reason(const struct tar *t)
{
    uint64_t p = stream_problems(t->stream);
    if (p)
        return p;
    return t->has_stream_ended ? IMAGE_PROBLEM_MASK(TRUNCATED) : IMAGE_PROBLEM_MASK(CORRUPT);
}

static enum entry_type type_of(struct archive_entry *ae)
{
    if (archive_entry_hardlink(ae))
        return ENTRY_HARDLINK;
    switch (archive_entry_filetype(ae)) {
    case AE_IFDIR:
        return ENTRY_DIRECTORY;
    case AE_IFLNK:
        return ENTRY_SYMLINK;
    case AE_IFIFO:
        return ENTRY_FIFO;
    case AE_IFSOCK:
        return ENTRY_SOCKET;
    case AE_IFCHR:
        return ENTRY_CHAR_DEVICE;
    case AE_IFBLK:
        return ENTRY_BLOCK_DEVICE;
    default:
        return ENTRY_REGULAR;
    }
}

static uint64_t nanoseconds(time_t s, long ns)
{
    if (s < 0 || (uint64_t)s > UINT64_MAX / 1000000000 - 1 || ns < 0 || ns > 999999999)
        return 0;
    return (uint64_t)s * 1000000000 + (uint64_t)ns;
}

static struct str copy(struct arena *a, const char *s)
{
    return arena_str(a, str_from(s));
}

static void add_xattrs(struct arena *a, struct archive_entry *ae, struct image_entry *e)
{
    int n = archive_entry_xattr_reset(ae);
    if (n <= 0)
        return;
    struct str *names = arena_array(a, struct str, (size_t)n);
    const char *name;
    const void *value;
    size_t size;
    while (e->n_xattrs < (size_t)n && archive_entry_xattr_next(ae, &name, &value, &size) == ARCHIVE_OK) {
        names[e->n_xattrs++] = copy(a, name);
        if (!strcmp(name, "security.capability") && size <= IMAGE_CAPABILITY_BYTES)
            e->capability = arena_str(a, str_n(value, size));
    }
    e->xattrs = names;
}

static void fill(struct tar *t, struct arena *a, struct archive_entry *ae, struct image_entry *e)
{
    const char *path = archive_entry_pathname(ae);
    e->type = type_of(ae);
    if (!archive_entry_filetype(ae) && e->type == ENTRY_REGULAR) /* libarchive drops the target where only a PAX record names it */
        e->type = ENTRY_HARDLINK;
    e->raw_path = copy(a, path ? path : archive_entry_pathname_utf8(ae));
    if (e->type == ENTRY_HARDLINK)
        e->link_target = archive_entry_hardlink(ae) ? copy(a, archive_entry_hardlink(ae)) : STR_NULL;
    else if (e->type == ENTRY_SYMLINK)
        e->link_target = copy(a, archive_entry_symlink(ae));
    t->size = e->type == ENTRY_REGULAR && archive_entry_size(ae) > 0 ? (uint64_t)archive_entry_size(ae) : 0;
    e->size = t->size;
    e->mode = archive_entry_perm(ae);
    e->uid = (uint64_t)archive_entry_uid(ae);
    e->gid = (uint64_t)archive_entry_gid(ae);
    e->mtime_ns = nanoseconds(archive_entry_mtime(ae), archive_entry_mtime_nsec(ae));
    e->ctime_ns = archive_entry_ctime_is_set(ae)
                      ? nanoseconds(archive_entry_ctime(ae), archive_entry_ctime_nsec(ae))
                      : 0;
    add_xattrs(a, ae, e);
    t->at = t->piece_at = 0;
    t->entry_holes = t->passed_over = 0;
    t->piece_n = 0;
}

/* Bytes of the last piece that libarchive pulled and did not use yet. */
static size_t unused(const struct tar *t)
{
    la_int64_t used = archive_filter_bytes(t->a, 0);
    uint64_t n = used >= 0 && (uint64_t)used < t->pulled ? t->pulled - (uint64_t)used : 0;
    return n < t->last ? (size_t)n : t->last;
}

/* They are for whoever looks behind the end of the archive. */
static void give_back(struct tar *t)
{
    stream_unread(t->stream, unused(t));
}

bool tar_hold(struct tar *t, uint64_t n)
{
    uint64_t have = unused(t), stored = n + (-n & (BLOCK - 1)); /* libarchive passes over the padding while the content is held */
    return stream_hold(t->stream, stored > have ? stored - have : 0);
}

int tar_next(struct tar *t, struct arena *a, struct image_entry *e, uint64_t *problems)
{
    if (t->ended)
        return t->ended;
    if (t->has_failed) {
        *problems |= reason(t);
        return t->ended = -EBADMSG;
    }
    struct archive_entry *ae;
    locale_t before = uselocale(t->names);
    int r;
    do {
        r = archive_read_next_header(t->a, &ae);
        if (r == ARCHIVE_RETRY || r == ARCHIVE_FAILED)
            *problems |= IMAGE_PROBLEM_MASK(CORRUPT);
    } while (r == ARCHIVE_RETRY || r == ARCHIVE_FAILED);
    if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
        fill(t, a, ae, e);
    (void)uselocale(before);
    if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
        return 0;
    if (r == ARCHIVE_EOF) {
        give_back(t);
        return t->ended = 1;
    }
    *problems |= reason(t);
    return t->ended = -EBADMSG;
}

int tar_read(struct tar *t, const uint8_t **ret, size_t *ret_n, uint64_t *problems)
{
    if (!t->piece_n) {
        const void *p = NULL;
        size_t n = 0;
        la_int64_t offset = 0;
        int r;
        do
            r = t->ended || !t->size ? ARCHIVE_EOF : archive_read_data_block(t->a, &p, &n, &offset);
        while ((r == ARCHIVE_OK || r == ARCHIVE_WARN) && !n);
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN && r != ARCHIVE_EOF) {
            *problems |= reason(t);
            return -EBADMSG;
        }
        t->piece = p;
        t->piece_n = r == ARCHIVE_EOF ? 0 : n;
        t->piece_at = r == ARCHIVE_EOF ? t->size : (uint64_t)offset;
    }
    uint64_t hole = t->at < t->piece_at ? t->piece_at - t->at : 0;
    /* an archive is a few bytes longer for a hole of any size: that is no bomb, as long as nobody unrolls it */
    if (hole && (hole > IMAGE_HOLE_BYTES - t->entry_holes || stream_is_bomb(t->stream, t->holes + hole))) {
        t->passed_over += hole;
        t->at = t->piece_at;
        hole = 0;
    }
    if (hole) {
        *ret = ZEROS;
        *ret_n = hole < sizeof(ZEROS) ? (size_t)hole : sizeof(ZEROS);
        t->holes += *ret_n;
        t->entry_holes += *ret_n;
    } else if (t->piece_n) {
        *ret = t->piece;
        *ret_n = t->piece_n;
        t->piece_n = 0;
    } else {
        return 1;
    }
    t->at += *ret_n;
    return 0;
}

uint64_t tar_holes(const struct tar *t)
{
    return t->holes;
}

uint64_t tar_passed_over(const struct tar *t)
{
    return t->passed_over;
}

bool tar_sniff(const uint8_t *p, size_t n)
{
    if (n < 512)
        return false;
    /* The checksum is the sum of all bytes with its own field as blanks; old tars summed signed characters.
     */
    int64_t sum = 0, sum_signed = 0, want = 0;
    for (size_t i = 0; i < 512; i++) {
        uint8_t c = i >= 148 && i < 156 ? ' ' : p[i];
        sum += c;
        sum_signed += (int8_t)c;
    }
    size_t i = 148;
    while (i < 156 && p[i] == ' ')
        i++;
    if (i == 156 || p[i] < '0' || p[i] > '7')
        return false;
    for (; i < 156 && p[i] >= '0' && p[i] <= '7'; i++)
        want = want * 8 + (p[i] - '0');
    return want == sum || want == sum_signed;
}
