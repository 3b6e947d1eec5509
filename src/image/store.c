// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "image/beneath.h"
#include "image/limits.h"
#include "image/path.h"
#include "image/store.h"

struct pass {
    const struct part *part;
    uint64_t at;
    uint8_t buffer[64 << 10];
};

static ssize_t pull(struct archive *a, void *ctx, const void **ret)
{
    struct pass *p = ctx;
    size_t n;
    int r = part_read(p->part, p->at, p->buffer, sizeof(p->buffer), &n);
    if (r < 0) {
        archive_set_error(a, -r, "read");
        return -1;
    }
    p->at += n;
    *ret = p->buffer;
    return (ssize_t)n;
}

static la_int64_t skip(struct archive *a, void *ctx, la_int64_t wanted)
{
    (void)a;
    struct pass *p = ctx;
    uint64_t left = p->part->size - (p->at < p->part->size ? p->at : p->part->size);
    uint64_t n = (uint64_t)wanted < left ? (uint64_t)wanted : left;
    p->at += n;
    return (la_int64_t)n;
}

/* Its cleaned name. */
static struct str add_member(struct store *s, struct archive *a, struct archive_entry *ae,
                             const struct image_limits *limits)
{
    uint64_t ignored = 0;
    const char *path = archive_entry_pathname(ae);
    const char *link = archive_entry_hardlink(ae);
    struct str name = path_clean(&s->arena, str_from(path), limits, &ignored);
    struct member *m = arena_new(&s->arena, struct member);
    if (link) {
        m->link = path_clean(&s->arena, str_from(link), limits, &ignored);
    } else if (archive_entry_filetype(ae) == AE_IFLNK) {
        struct str from = str_dirname(name);
        struct str to = str_sub(str_from(archive_entry_symlink(ae)), 0, limits->path_bytes);
        struct str joined = arena_printf(&s->arena, "%.*s/%.*s", STR_ARG(from), STR_ARG(to));
        m->link = path_clean(&s->arena, str_starts(to, STR("/")) ? to : joined, limits, &ignored);
    } else if (archive_entry_filetype(ae) == AE_IFREG) {
        m->offset = (uint64_t)archive_filter_bytes(a, 0);
        m->size = archive_entry_size(ae) > 0 ? (uint64_t)archive_entry_size(ae) : 0;
    } else {
        return name;
    }
    /* The last one of a name counts, as for a tool that unpacks. */
    map_put(&s->members, name, NULL)->ptr = m;
    return name;
}

void store_folder(struct store *s, int dir)
{
    *s = (struct store){.dir = dir};
}

/* Top names of docker archives and OCI layouts: blobs, <hex>/layer.tar, <hex>.tar, *.json, oci-layout,
 * repositories. */
static bool is_of_image(struct str name)
{
    struct str top = STR_NULL;
    if (!path_component(&name, &top) || str_is(top, "blobs") || str_is(top, "oci-layout") ||
        str_is(top, "repositories"))
        return true;
    return str_ends(top, STR(".json")) || top.n >= SHA256_HEX;
}

int store_archive(struct store *s, const struct part *archive, bool is_costly,
                  const struct image_limits *limits)
{
    *s = (struct store){.dir = -1, .archive = *archive};
    s->archive.owns_fd = false;
    struct archive *a = archive_read_new();
    if (!a)
        return -ENOMEM;
    _cleanup_free_ struct pass *p = xnew(struct pass);
    p->part = archive;
    int r = archive_read_support_format_tar(a);
    if (r == ARCHIVE_OK)
        r = archive_read_open2(a, p, NULL, pull, skip, NULL);
    struct archive_entry *ae;
    size_t strange = 0;
    for (size_t n = 0; r == ARCHIVE_OK; n++) {
        r = archive_read_next_header(a, &ae);
        if (r == ARCHIVE_EOF)
            break;
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
            if (!n) {
                archive_read_free(a);
                return -EINVAL;
            }
            s->problems |=
                p->at >= archive->size ? IMAGE_PROBLEM_MASK(TRUNCATED) : IMAGE_PROBLEM_MASK(CORRUPT);
            break;
        }
        if (n == IMAGE_MEMBERS_MAX) {
            s->problems |= IMAGE_PROBLEM_MASK(TOO_MANY);
            break;
        }
        r = ARCHIVE_OK;
        strange += !is_of_image(add_member(s, a, ae, limits));
        if (is_costly && strange == n + 1 && strange == IMAGE_STRANGE_MEMBERS) {
            archive_read_free(a);
            return -EINVAL;
        }
    }
    archive_read_free(a);
    return 0;
}

void store_done(struct store *s)
{
    if (s->dir >= 0)
        (void)close(s->dir);
    map_done(&s->members);
    arena_done(&s->arena);
    *s = (struct store){.dir = -1};
}

static int from_folder(const struct store *s, struct str name, struct part *ret)
{
    char path[PATH_MAX];
    if (name.n <= 1 || name.n >= sizeof(path) || memchr(name.p, 0, name.n))
        return 1;
    memcpy(path, name.p, name.n);
    path[name.n] = 0;
    _cleanup_close_ int fd = beneath_open(s->dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd == -ENOENT || fd == -ENOTDIR || fd == -EXDEV || fd == -ELOOP)
        return 1;
    if (fd < 0)
        return fd;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return 1;
    return part_file(TAKE_FD(fd), true, ret);
}

int store_get(const struct store *s, struct str name, struct part *ret)
{
    if (s->dir >= 0)
        return from_folder(s, name, ret);
    for (int hops = 0; hops <= IMAGE_LINK_HOPS; hops++) {
        const struct map_entry *e = map_get(&s->members, name);
        if (!e)
            return 1;
        const struct member *m = e->ptr;
        if (!m->link.n) {
            *ret = part_slice(&s->archive, m->offset, m->size);
            return 0;
        }
        name = m->link;
    }
    return 1;
}
