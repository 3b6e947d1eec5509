// SPDX-License-Identifier: Apache-2.0
/* Archives that describe their members in an index and are read by it: file systems of squashfs, asar. */
#include <errno.h>

#include "inspect/archive_asar.h"
#include "inspect/archive_squash.h"
#include "inspect/archive_step.h"

static int on_squash_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct walk *w = ctx;
    struct budget *b = w->in->budget;
    if (walk_is_bomb(b))
        b->spent = "bomb";
    int r = b->spent ? -1 : squash_read(w->squash, ret, ret_n);
    w->is_damaged = r < 0;
    b->unpacked += r ? 0 : *ret_n;
    return r;
}

static void look_at_squashed(struct walk *w, const struct squash_file *f)
{
    if (!walk_counts(w))
        return;
    const struct member m = {
        .name = member_name(f->path, walk_summary(w)),
        .has_mode = true,
        .mode = f->mode,
        .uid = f->uid,
        .gid = f->gid,
        .mtime_ns = f->mtime_s * 1'000'000'000U,
        .has_size = true,
        .size = f->size,
    };
    walk_look_at(w, m, on_squash_read, w);
}

/* The file system of an image of Snap, of an AppImage, of a live system. */
bool walk_squash(struct walk *w, struct str data)
{
    _cleanup_(squash_freep) struct squash *s = NULL;
    struct squash_file f;
    int r = squash_open(data, &s);
    walk_set_kind(w, KIND_SQUASHFS, NULL);
    if (r < 0) {
        walk_refuse(w, r == -ENOTSUP ? "unread-format" : "corrupt");
        return false;
    }
    w->squash = s;
    while ((r = squash_next(s, &f)) != 1) {
        if (!r)
            look_at_squashed(w, &f);
        else
            walk_refuse(w, r == -E2BIG ? "too-many-members" : "corrupt");
        if (w->in->error < 0 || w->in->budget->spent || r == -E2BIG || walk_spent(w->in->budget))
            break;
    }
    w->squash = NULL;
    return r == 1;
}

/* The bytes of an asar archive, as far as they were handed out. */
struct asar_bytes {
    struct walk *w;
    struct str piece; /* begins at `at` */
    uint64_t at;
    uint64_t left; /* of the member at hand */
};

/* 0 with a piece that is not empty, 1 at the end of the bytes, negative. */
static int asar_piece(struct asar_bytes *b)
{
    while (!b->piece.n) {
        const uint8_t *p;
        size_t n;
        int r = walk_next_stored(b->w, &p, &n);
        if (r)
            return r;
        b->piece = str_n((const char *)p, n);
    }
    return 0;
}

static void asar_skip(struct asar_bytes *b, uint64_t n)
{
    b->piece = str_sub(b->piece, (size_t)n, b->piece.n);
    b->at += n;
}

/* Goes to a place; backwards only where the archive is held whole. */
static bool asar_go(struct asar_bytes *b, uint64_t to)
{
    if (to < b->at && b->w->feed)
        return false;
    if (to < b->at) {
        b->piece = str_sub(b->w->begin, (size_t)to, b->w->begin.n);
        b->at = to;
    }
    while (b->at < to && !asar_piece(b))
        asar_skip(b, to - b->at < b->piece.n ? to - b->at : b->piece.n);
    return b->at == to;
}

static int on_asar_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct asar_bytes *b = ctx;
    struct budget *budget = b->w->in->budget;
    if (walk_is_bomb(budget))
        budget->spent = "bomb";
    if (!budget->spent && !b->left)
        return 1;
    if (budget->spent || asar_piece(b)) {
        b->w->is_damaged = true;
        return -1;
    }
    *ret = (const uint8_t *)b->piece.p;
    *ret_n = b->left < b->piece.n ? (size_t)b->left : b->piece.n;
    b->left -= *ret_n;
    budget->unpacked += *ret_n;
    asar_skip(b, *ret_n);
    return 0;
}

static void look_at_asar_file(struct asar_bytes *b, const struct asar_file *f)
{
    struct walk *w = b->w;
    if (!walk_counts(w))
        return;
    if (!asar_go(b, f->offset)) {
        walk_refuse(w, f->offset < b->at ? "overlap" : "corrupt");
        return;
    }
    b->left = f->size;
    const struct member m = {
        .name = member_name(f->path, walk_summary(w)),
        .has_mode = true,
        .mode = f->is_exec ? 0755 : 0644,
        .has_size = true,
        .size = f->size,
    };
    walk_look_at(w, m, on_asar_read, b);
}

/* Bytes that no member covers are looked at with the archive's own. */
bool walk_asar(struct walk *w, struct str data)
{
    struct asar a;
    int r = asar_read(data, &a);
    uint64_t end = a.base;
    struct asar_bytes b = {.w = w};
    walk_set_kind(w, KIND_ASAR, NULL);
    if (r < 0)
        walk_refuse(w, r == -E2BIG ? "too-many-members" : "corrupt");
    w->begin = data;
    w->has_begun = false;
    for (size_t i = 0; i < a.files.n && w->in->error >= 0; i++) {
        const struct asar_file *f = &a.files.v[i];
        if (f->offset > end) {
            w->is_complete = false;
            w->in->is_unpacked = false;
        }
        look_at_asar_file(&b, f);
        if (f->size <= UINT64_MAX - f->offset && f->offset + f->size > end)
            end = f->offset + f->size;
    }
    if (!w->feed && end < data.n)
        w->is_complete = false;
    asar_done(&a);
    return r == 0;
}
