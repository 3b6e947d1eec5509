// SPDX-License-Identifier: Apache-2.0
#include "log/archived.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "log/limits.h"

enum { CHUNK = 64 << 10, TAR_AT = 257 };

struct log_archive {
    struct archive *a;
    int fd;
    unsigned members;
    bool is_stopped;
    uint64_t given, limit; /* bytes that came out, those that nobody wanted included */
    size_t at, n; /* of front that was not given yet */
    char *front;
    char chunk[CHUNK];
};

bool log_archive_is_tar(struct str head)
{
    return head.n > TAR_AT && str_starts(str_sub(head, TAR_AT, head.n), STR("ustar"));
}

bool log_archive_is(struct str head)
{
    static const struct str magics[] = {{"PK\x03\x04", 4}, {"PK\x05\x06", 4},        {"\xfd" "7zXZ\0", 6}, {"BZh", 3},
                                        {"\x1f\x9d", 2},   {"7z\xbc\xaf\x27\x1c", 6}, {"\x04\x22\x4d\x18", 4}};
    for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
        if (str_starts(head, magics[i]))
            return true;
    return log_archive_is_tar(head);
}

static la_ssize_t give(struct archive *a, void *ctx, const void **ret)
{
    struct log_archive *l = ctx;
    ssize_t got;
    if (l->at < l->n) {
        *ret = l->front + l->at;
        got = (ssize_t)(l->n - l->at);
        l->at = l->n;
        return got;
    }
    while ((got = read(l->fd, l->chunk, sizeof(l->chunk))) < 0 && errno == EINTR)
        ;
    if (got < 0)
        archive_set_error(a, errno, "%s", strerror(errno));
    *ret = l->chunk;
    return got;
}

static int wrong(struct log_archive *l, struct error *err)
{
    const char *text = archive_error_string(l->a);
    return error_set(err, -EBADMSG, "what is packed in the file cannot be unpacked: %s", text ? text : "?");
}

bool log_archive_is_bomb(uint64_t unpacked, uint64_t raw, uint64_t limit)
{
    return unpacked > limit && unpacked / LOG_UNPACKED_TIMES > raw;
}

int log_archive_say_bomb(struct error *err)
{
    return error_set(err, -EFBIG, "what is packed in the file becomes more than %d times as large, as no log does; the rest is left out: unpack it and look at it",
                     LOG_UNPACKED_TIMES);
}

void log_archive_stop(struct log_archive *l)
{
    l->is_stopped = true;
}

int log_archive_open(int fd, struct str front, bool is_whole_front, uint64_t limit, struct log_archive **ret, struct error *err)
{
    struct log_archive *l = xnew(struct log_archive);
    l->limit = limit;
    const bool is_sought = lseek(fd, 0, SEEK_SET) == 0;
    l->fd = fd;
    if (!is_sought && !is_whole_front) {
        log_archive_free(l);
        return error_set(err, -ESPIPE, "this is an archive, which is not read through a pipe: name the file");
    }
    if (!is_sought) {
        l->front = xrealloc(NULL, front.n + 1, 1);
        memcpy(l->front, front.p, front.n);
        l->n = front.n;
    }
    if (!(l->a = archive_read_new())) {
        log_archive_free(l);
        return error_set(err, -ENOMEM, "not enough memory");
    }
    /* each filter by its name: others may run a program */
    (void)archive_read_support_filter_gzip(l->a);
    (void)archive_read_support_filter_bzip2(l->a);
    (void)archive_read_support_filter_xz(l->a);
    (void)archive_read_support_filter_lz4(l->a);
    (void)archive_read_support_filter_zstd(l->a);
    (void)archive_read_support_filter_compress(l->a);
    (void)archive_read_support_format_tar(l->a);
    (void)archive_read_support_format_zip(l->a);
    (void)archive_read_support_format_7zip(l->a);
    (void)archive_read_support_format_raw(l->a);
    const int r = is_sought ? archive_read_open_fd(l->a, fd, CHUNK) : archive_read_open(l->a, l, NULL, give, NULL);
    if (r != ARCHIVE_OK) {
        const int e = wrong(l, err);
        log_archive_free(l);
        return e;
    }
    *ret = l;
    return 0;
}

struct log_archive *log_archive_free(struct log_archive *l)
{
    if (!l)
        return NULL;
    if (l->a)
        (void)archive_read_free(l->a);
    free(l->front);
    free(l);
    return NULL;
}

/* The rest of a member that nobody wants. Where all members are packed together it is unpacked all the same, and counts. */
static int skip_rest(struct log_archive *l, struct error *err)
{
    la_ssize_t got = 1;
    if (!l->members || archive_filter_count(l->a) < 2) /* the file itself is one */
        return 0;
    while (got > 0) {
        got = archive_read_data(l->a, l->chunk, sizeof(l->chunk));
        l->given += got > 0 ? (uint64_t)got : 0;
        if (log_archive_is_bomb(l->given, log_archive_raw(l), l->limit)) {
            l->is_stopped = true;
            return log_archive_say_bomb(err);
        }
    }
    return 0; /* what is damaged, the next header says */
}

int log_archive_next(struct log_archive *l, const char **ret, struct error *err)
{
    struct archive_entry *entry;
    for (;;) {
        const int e = l->is_stopped ? 0 : skip_rest(l, err);
        if (e < 0 || l->is_stopped)
            return e;
        const int r = archive_read_next_header(l->a, &entry);
        if (r == ARCHIVE_EOF)
            return 0;
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
            return wrong(l, err);
        if (++l->members > LOG_FILES_MAX)
            return error_set(err, -E2BIG, "the archive has more than %d members", LOG_FILES_MAX);
        const bool is_raw = archive_format(l->a) == ARCHIVE_FORMAT_RAW;
        if (!is_raw && archive_entry_filetype(entry) != AE_IFREG)
            continue;
        const char *name = archive_entry_pathname(entry);
        *ret = is_raw ? NULL : name ? name : "?";
        return 1;
    }
}

ssize_t log_archive_read(struct log_archive *l, void *to, size_t n, struct error *err)
{
    const la_ssize_t got = archive_read_data(l->a, to, n);
    l->given += got > 0 ? (uint64_t)got : 0;
    return got < 0 ? wrong(l, err) : got;
}

uint64_t log_archive_raw(const struct log_archive *l)
{
    const la_int64_t n = archive_filter_bytes(l->a, -1);
    return n > 0 ? (uint64_t)n : 0;
}
