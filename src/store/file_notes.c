// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/io.h"
#include "base/mask.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "store/file_notes.h"
#include "store/private.h"

enum { SUM_BYTES = 16, HEAD_BYTES = SHA256_BYTES + SUM_BYTES, DAY = 86400, TRIES = 3 };

/*
 * The index is a table in a file: a head, and rows where the hint of their key leads to, or within TABLE_PROBES behind it. So looking for one
 * key reads one or two pages of it, however many there are. It grows with holes and is never cut: others may look at it.
 */
struct head {
    uint64_t magic, n; /* rows that are taken */
    uint64_t reserved;
};

/* The numbers are this machine's. */
struct row {
    uint64_t hint; /* of the key: its first bytes */
    uint64_t at;   /* of key, sum and notes */
    uint32_t n;    /* bytes of the notes */
    uint32_t day;  /* they were made, since the epoch; 0: the row is free */
};

enum {
    TABLE_ROWS = 2 * FILE_NOTES_MAX, /* half of them at most are taken: the way to a row is short */
    TABLE_PROBES = 64,               /* who makes files whose keys meet in one place gains nothing but that they are not kept */
};
#define TABLE_MAGIC UINT64_C(0x31656c6266797664)
#define TABLE_BYTES (sizeof(struct head) + TABLE_ROWS * sizeof(struct row))

struct generation {
    const char *notes, *index; /* paths */
    const uint8_t *map;
    size_t map_n;
    const struct head *head; /* of the index, and its rows; NULL: there is none */
    const struct row *rows;
};

enum { NOW, OLD, GENERATIONS };

struct file_notes {
    struct arena arena;
    struct generation of[GENERATIONS];
    uint32_t today;
    struct strbuf pending;
    struct strbuf found; /* the last notes, without their mask */
    VEC(struct row) added; /* places are in `pending` */
    bool is_behind;        /* more was written than what is mapped shows */
};

static void sum_of(const uint8_t *key, const void *notes, size_t n, uint8_t ret[SHA256_BYTES])
{
    struct sha256 *h = sha256_new();
    sha256_add(h, key, SHA256_BYTES);
    sha256_add(h, notes, n);
    sha256_end(h, ret);
    sha256_free(h);
}

static uint64_t hint_of(const uint8_t *key)
{
    uint64_t hint;
    memcpy(&hint, key, sizeof(hint));
    return hint;
}

/* Opens a file of ours: a descriptor, or -errno. */
static int open_private(const char *path, int flags, struct stat *st)
{
    struct error ignored = ERROR_NULL;
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return -errno;
    if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || private_check(st, path, &ignored) < 0) {
        (void)close(fd);
        return -EPERM;
    }
    return fd;
}

static bool is_fresh(const struct file_notes *f, const struct row *r)
{
    return r->day <= f->today && f->today - r->day < FILE_NOTES_DAYS;
}

/* The index may be written while it is read: what is half there finds nothing. */
static bool is_index(int fd, const struct stat *st)
{
    struct head head;
    return st->st_size == (off_t)TABLE_BYTES && !io_read(fd, &head, sizeof(head)) && head.magic == TABLE_MAGIC;
}

static void unload(struct generation *g)
{
    if (g->map)
        (void)munmap((void *)g->map, g->map_n);
    if (g->head)
        (void)munmap((void *)g->head, TABLE_BYTES);
    *g = (struct generation){.notes = g->notes, .index = g->index};
}

static void load(struct generation *g)
{
    struct stat st, rows;
    unload(g);
    _cleanup_close_ int index = open_private(g->index, O_RDONLY, &rows);
    _cleanup_close_ int notes = index < 0 ? -1 : open_private(g->notes, O_RDONLY, &st);
    if (notes < 0 || !is_index(index, &rows) || st.st_size <= 0 || st.st_size > FILE_NOTES_BYTES)
        return;
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, notes, 0);
    if (map == MAP_FAILED)
        return;
    g->map = map;
    g->map_n = (size_t)st.st_size;
    void *table = mmap(NULL, TABLE_BYTES, PROT_READ, MAP_SHARED, index, 0);
    if (table == MAP_FAILED)
        return;
    g->head = table;
    g->rows = (const struct row *)(g->head + 1);
}

int file_notes_open(const char *folder, uint64_t now_s, struct file_notes **ret, struct error *err)
{
    static const char *const NAMES[GENERATIONS][2] = {{"files.notes", "files.table"}, {"files-old.notes", "files-old.table"}};
    _cleanup_(file_notes_closep) struct file_notes *f = xnew(struct file_notes);
    f->today = (uint32_t)(now_s / DAY);
    for (int i = 0; i < GENERATIONS; i++) {
        f->of[i].notes = arena_printf(&f->arena, "%s/%s", folder, NAMES[i][0]).p;
        f->of[i].index = arena_printf(&f->arena, "%s/%s", folder, NAMES[i][1]).p;
    }
    int r = private_folder_of(f->of[NOW].notes, err);
    if (r < 0)
        return r;
    for (int i = 0; i < GENERATIONS; i++)
        load(&f->of[i]);
    *ret = TAKE_PTR(f);
    return 0;
}

size_t file_notes_count(const struct file_notes *f)
{
    size_t n = 0;
    for (int i = 0; i < GENERATIONS; i++)
        n += f->of[i].head ? f->of[i].head->n : 0;
    return n;
}

static bool is_right(const struct generation *g, const struct row *r, const uint8_t key[SHA256_BYTES], struct strbuf *found)
{
    uint8_t sum[SHA256_BYTES];
    if (r->n > FILE_NOTE_BYTES_MAX || r->at > g->map_n || g->map_n - r->at < HEAD_BYTES + (size_t)r->n)
        return false;
    const uint8_t *p = g->map + r->at;
    if (memcmp(p, key, SHA256_BYTES) != 0)
        return false;
    strbuf_clear(found);
    strbuf_add(found, str_n(p + HEAD_BYTES, r->n));
    mask_bytes(found->p, found->n, 0, key);
    sum_of(key, found->p, found->n, sum);
    return !memcmp(sum, p + SHA256_BYTES, SUM_BYTES);
}

static bool find_in(const struct file_notes *f, const struct generation *g, const uint8_t key[SHA256_BYTES], struct strbuf *found)
{
    const uint64_t hint = hint_of(key);
    for (size_t i = 0; g->rows && i < TABLE_PROBES; i++) {
        const struct row r = g->rows[(hint + i) % TABLE_ROWS];
        if (!r.day)
            return false;
        if (r.hint == hint && is_fresh(f, &r) && is_right(g, &r, key, found))
            return true;
    }
    return false;
}

bool file_notes_has(struct file_notes *f, const uint8_t key[SHA256_BYTES])
{
    return find_in(f, &f->of[NOW], key, &f->found);
}

bool file_notes_find(struct file_notes *f, const uint8_t key[SHA256_BYTES], struct str *ret)
{
    if (!find_in(f, &f->of[NOW], key, &f->found) && !find_in(f, &f->of[OLD], key, &f->found))
        return false;
    *ret = strbuf_str(&f->found);
    return true;
}

/* The current file of notes, locked: nobody else grows it or makes it the old one. */
static int lock(const struct generation *g, struct stat *st)
{
    struct stat there;
    for (int i = 0; i < TRIES; i++) {
        _cleanup_close_ int fd = open_private(g->notes, O_RDWR | O_CREAT, st);
        if (fd < 0 || flock(fd, LOCK_EX) < 0)
            return -1;
        if (!stat(g->notes, &there) && there.st_ino == st->st_ino && there.st_dev == st->st_dev && !fstat(fd, st))
            return TAKE_FD(fd);
    }
    return -1;
}

/* An index without rows, under a name of its own until it is whole: whoever looks at another one keeps that. -1 when it cannot be. */
static int make_index(const char *path)
{
    const struct head head = {.magic = TABLE_MAGIC};
    char name[PATH_MAX];
    if (snprintf(name, sizeof(name), "%s.XXXXXX", path) >= (int)sizeof(name))
        return -1;
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)TABLE_BYTES) < 0 || io_write_at(fd, str_n(&head, sizeof(head)), 0) < 0 || rename(name, path) < 0) {
        (void)unlink(name);
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* The current index, to be written: a descriptor, or -1. Whoever holds the lock on the notes is alone here. */
static int open_index(const struct generation *g, struct head *ret)
{
    struct stat st;
    int fd = open_private(g->index, O_RDWR, &st);
    if (fd >= 0 && !is_index(fd, &st)) {
        (void)close(fd);
        fd = -ENOENT;
    }
    if (fd == -ENOENT)
        fd = make_index(g->index);
    if (fd >= 0 && pread(fd, ret, sizeof(*ret), 0) == sizeof(*ret))
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* Whether the row that is there is of the same key: it is written over, and what it led to is lost. */
static bool is_of(int notes, const struct row *there, const uint8_t *key)
{
    uint8_t other[SHA256_BYTES];
    return pread(notes, other, sizeof(other), (off_t)there->at) == sizeof(other) && !memcmp(other, key, sizeof(other));
}

/* The row's place in the file: its key's own one, else one that is free or old. 0: there is none. */
static off_t place_of(const struct file_notes *f, const struct row *rows, int notes, const struct row *row, const uint8_t *key, bool *ret_free)
{
    off_t place = 0;
    for (size_t i = 0; i < TABLE_PROBES; i++) {
        const uint64_t n = (row->hint + i) % TABLE_ROWS;
        const off_t at = (off_t)(sizeof(struct head) + n * sizeof(struct row));
        const struct row there = rows[n];
        const bool is_free = !there.day;
        if (!place && (is_free || !is_fresh(f, &there))) {
            place = at;
            *ret_free = is_free;
        }
        if (is_free)
            return place;
        if (there.hint == row->hint && is_of(notes, &there, key)) {
            *ret_free = false;
            return at;
        }
    }
    return place;
}

/* Writes behind what is there: 0, 1 when that would be too much, -1. */
static int append(struct file_notes *f, int fd, const struct stat *st)
{
    struct head head;
    _cleanup_close_ int index = open_index(&f->of[NOW], &head);
    const uint64_t end = (uint64_t)st->st_size;
    if (index < 0)
        return -1;
    if (end + f->pending.n > FILE_NOTES_BYTES || head.n + f->added.n > FILE_NOTES_MAX)
        return 1;
    /* the index last: what it does not name is not there */
    if (io_write_at(fd, strbuf_str(&f->pending), end) < 0)
        return -1;
    const struct head *table = mmap(NULL, TABLE_BYTES, PROT_READ, MAP_SHARED, index, 0); /* sees what is written below */
    if (table == MAP_FAILED)
        return -1;
    int r = 0;
    vec_each(row, &f->added)
    {
        bool is_free = false;
        const struct row there = {row->hint, row->at + end, row->n, row->day};
        const off_t at = place_of(f, (const struct row *)(table + 1), fd, row, (const uint8_t *)f->pending.p + row->at, &is_free);
        if (at && (r = io_write_at(index, str_n(&there, sizeof(there)), (uint64_t)at)) < 0)
            break;
        head.n += at && is_free;
    }
    (void)munmap((void *)table, TABLE_BYTES);
    return r < 0 || io_write_at(index, str_n(&head, sizeof(head)), 0) < 0 ? -1 : 0;
}

static void write_pending(struct file_notes *f)
{
    for (int i = 0; i < 2; i++) {
        struct stat st;
        _cleanup_close_ int fd = lock(&f->of[NOW], &st);
        if (fd < 0 || append(f, fd, &st) <= 0)
            return;
        /* An index that does not fit its notes finds nothing in them: keys and sums differ. */
        if (rename(f->of[NOW].index, f->of[OLD].index) < 0 || rename(f->of[NOW].notes, f->of[OLD].notes) < 0)
            return;
    }
}

/* Nothing is pending after it, written or not. */
static void flush(struct file_notes *f)
{
    if (f->added.n)
        write_pending(f);
    f->is_behind |= f->added.n;
    strbuf_clear(&f->pending);
    vec_clear(&f->added);
}

void file_notes_add(struct file_notes *f, const uint8_t key[SHA256_BYTES], struct str notes, bool replaces)
{
    uint8_t sum[SHA256_BYTES];
    bool is_there = file_notes_has(f, key) && (!replaces || str_eq(strbuf_str(&f->found), notes));
    if (notes.n > FILE_NOTE_BYTES_MAX || is_there)
        return;
    if (f->pending.n + HEAD_BYTES + notes.n > FILE_NOTES_PENDING || f->added.n >= FILE_NOTES_MAX)
        flush(f);
    vec_add(&f->added, (struct row){hint_of(key), f->pending.n, (uint32_t)notes.n, f->today});
    sum_of(key, notes.p, notes.n, sum);
    strbuf_add(&f->pending, str_n(key, SHA256_BYTES));
    strbuf_add(&f->pending, str_n(sum, SUM_BYTES));
    strbuf_add(&f->pending, notes);
    mask_bytes(f->pending.p + f->pending.n - notes.n, notes.n, 0, key);
}

void file_notes_refresh(struct file_notes *f)
{
    flush(f);
    for (int i = 0; f->is_behind && i < GENERATIONS; i++)
        load(&f->of[i]);
    f->is_behind = false;
}

struct file_notes *file_notes_close(struct file_notes *f)
{
    if (!f)
        return NULL;
    flush(f);
    for (int i = 0; i < GENERATIONS; i++)
        unload(&f->of[i]);
    strbuf_done(&f->pending);
    strbuf_done(&f->found);
    vec_done(&f->added);
    arena_done(&f->arena);
    free(f);
    return NULL;
}
