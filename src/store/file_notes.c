// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/mask.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "store/file_notes.h"
#include "store/private.h"

enum { SUM_BYTES = 16, HEAD_BYTES = SHA256_BYTES + SUM_BYTES, DAY = 86400, TRIES = 3 };

/* In the index; the numbers are this machine's. */
struct row {
    uint64_t hint; /* of the key: its first bytes */
    uint64_t at;   /* of key, sum and notes */
    uint32_t n;    /* bytes of the notes */
    uint32_t day;  /* they were made, since the epoch */
};

struct generation {
    const char *notes, *index; /* paths */
    const uint8_t *map;
    size_t map_n;
    struct row *rows;
    size_t n;
    uint32_t *table; /* row plus one by hint; 0: free */
    size_t mask;
};

enum { NOW, OLD, GENERATIONS };

struct file_notes {
    struct arena arena;
    struct generation of[GENERATIONS];
    uint32_t today;
    struct strbuf pending;
    struct strbuf found; /* the last notes, without their mask */
    VEC(struct row) added; /* places are in `pending` */
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

static void add_to_table(struct generation *g, size_t row)
{
    size_t slot = hash_bytes(&g->rows[row].hint, sizeof(uint64_t)) & g->mask;
    while (g->table[slot])
        slot = (slot + 1) & g->mask;
    g->table[slot] = (uint32_t)row + 1;
}

static void make_table(const struct file_notes *f, struct generation *g)
{
    size_t room = 16;
    while (room < g->n * 2)
        room *= 2;
    g->table = xalloc(room * sizeof(*g->table));
    memset(g->table, 0, room * sizeof(*g->table));
    g->mask = room - 1;
    for (size_t i = g->n; i-- > 0;) /* the newest of a key is found first */
        if (is_fresh(f, &g->rows[i]))
            add_to_table(g, i);
}

static void load(const struct file_notes *f, struct generation *g)
{
    struct stat st;
    _cleanup_close_ int index = open_private(g->index, O_RDONLY, &st);
    size_t n = index < 0 ? 0 : (size_t)st.st_size / sizeof(struct row);
    _cleanup_close_ int notes = open_private(g->notes, O_RDONLY, &st);
    if (!n || n > FILE_NOTES_MAX || notes < 0 || st.st_size <= 0 || st.st_size > FILE_NOTES_BYTES)
        return;
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, notes, 0);
    if (map == MAP_FAILED)
        return;
    g->map = map;
    g->map_n = (size_t)st.st_size;
    g->rows = xalloc(n * sizeof(*g->rows));
    if (!io_read(index, g->rows, n * sizeof(*g->rows)))
        g->n = n;
    make_table(f, g);
}

int file_notes_open(const char *folder, uint64_t now_s, struct file_notes **ret, struct error *err)
{
    static const char *const NAMES[GENERATIONS][2] = {{"files.notes", "files.index"}, {"files-old.notes", "files-old.index"}};
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
        load(f, &f->of[i]);
    *ret = TAKE_PTR(f);
    return 0;
}

size_t file_notes_count(const struct file_notes *f)
{
    return f->of[NOW].n + f->of[OLD].n;
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

static bool find_in(const struct generation *g, const uint8_t key[SHA256_BYTES], struct strbuf *found)
{
    uint64_t hint = hint_of(key);
    if (!g->n)
        return false;
    for (size_t slot = hash_bytes(&hint, sizeof(hint)) & g->mask; g->table[slot]; slot = (slot + 1) & g->mask) {
        const struct row *r = &g->rows[g->table[slot] - 1];
        if (r->hint == hint && is_right(g, r, key, found))
            return true;
    }
    return false;
}

bool file_notes_find(struct file_notes *f, const uint8_t key[SHA256_BYTES], struct str *ret)
{
    if (!find_in(&f->of[NOW], key, &f->found) && !find_in(&f->of[OLD], key, &f->found))
        return false;
    *ret = strbuf_str(&f->found);
    return true;
}

void file_notes_add(struct file_notes *f, const uint8_t key[SHA256_BYTES], struct str notes, bool replaces)
{
    uint8_t sum[SHA256_BYTES];
    bool is_there = find_in(&f->of[NOW], key, &f->found) && (!replaces || str_eq(strbuf_str(&f->found), notes));
    if (notes.n > FILE_NOTE_BYTES_MAX || f->pending.n + HEAD_BYTES + notes.n > FILE_NOTES_PENDING ||
        f->added.n >= FILE_NOTES_MAX || is_there)
        return;
    vec_add(&f->added, (struct row){hint_of(key), f->pending.n, (uint32_t)notes.n, f->today});
    sum_of(key, notes.p, notes.n, sum);
    strbuf_add(&f->pending, str_n(key, SHA256_BYTES));
    strbuf_add(&f->pending, str_n(sum, SUM_BYTES));
    strbuf_add(&f->pending, notes);
    mask_bytes(f->pending.p + f->pending.n - notes.n, notes.n, 0, key);
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

/* Writes behind what is there: 0, 1 when that would be too much, -1. */
static int append(struct file_notes *f, int fd, const struct stat *st)
{
    struct stat rows;
    _cleanup_close_ int index = open_private(f->of[NOW].index, O_RDWR | O_CREAT, &rows);
    if (index < 0)
        return -1;
    uint64_t at = (uint64_t)st->st_size, n = (uint64_t)rows.st_size / sizeof(struct row);
    if (at + f->pending.n > FILE_NOTES_BYTES || n + f->added.n > FILE_NOTES_MAX)
        return 1;
    vec_each(row, &f->added) row->at += at;
    /* the index last: what it does not name is not there */
    bool good = !io_write_at(fd, strbuf_str(&f->pending), at) &&
                !io_write_at(index, str_n(f->added.v, f->added.n * sizeof(struct row)), n * sizeof(struct row));
    return good ? 0 : -1;
}

static void flush(struct file_notes *f)
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

struct file_notes *file_notes_close(struct file_notes *f)
{
    if (!f)
        return NULL;
    if (f->added.n)
        flush(f);
    for (int i = 0; i < GENERATIONS; i++) {
        if (f->of[i].map)
            (void)munmap((void *)f->of[i].map, f->of[i].map_n);
        free(f->of[i].rows);
        free(f->of[i].table);
    }
    strbuf_done(&f->pending);
    strbuf_done(&f->found);
    vec_done(&f->added);
    arena_done(&f->arena);
    free(f);
    return NULL;
}
