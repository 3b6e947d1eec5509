// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/io.h"
#include "store/feed_folder.h"
#include "store/feed_json.h"

enum { PIECE = 256 << 10 };
_Static_assert((size_t)PIECE > FEED_LINE_MAX, "a piece holds a line");

struct feed_folder {
    struct feed_folder_options o;
    struct feed_head head;
    struct strbuf added;
    struct arena arena;
    uint64_t signed_bytes; /* of the log as it lies there */
    int dir, log;
};

static int take_line(struct feed_chain *c, struct str line, struct arena *a, int (*take)(void *ctx, const struct feed_line *l), void *ctx,
                     struct error *err)
{
    struct feed_line l;
    arena_reset(a);
    int r = feed_chain_line(c, line, a, &l, err);
    return r || !take ? r : take(ctx, &l);
}

/* Takes the whole lines off the front of the buffer; *ret_taken: how many bytes they are. */
static int take_lines(struct feed_chain *c, struct str text, struct arena *a, int (*take)(void *ctx, const struct feed_line *l), void *ctx,
                      size_t *ret_taken, struct error *err)
{
    size_t at = 0;
    const char *end;
    while (at < text.n && (end = memchr(text.p + at, '\n', text.n - at))) {
        int r = take_line(c, str_n(text.p + at, (size_t)(end - text.p) - at), a, take, ctx, err);
        if (r)
            return r;
        at = (size_t)(end - text.p) + 1;
    }
    *ret_taken = at;
    return 0;
}

int feed_log_walk(int fd, struct feed_chain *c, uint64_t bytes, int (*take)(void *ctx, const struct feed_line *l), void *ctx,
                  struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_free_ char *room = xalloc(PIECE);
    size_t have = 0;
    uint64_t at = c->bytes;
    while (at < bytes) {
        size_t want = bytes - at < PIECE - have ? (size_t)(bytes - at) : PIECE - have, taken;
        ssize_t n = pread(fd, room + have, want, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, -errno, "cannot read the log");
        if (!n)
            break;
        at += (uint64_t)n;
        have += (size_t)n;
        int r = take_lines(c, str_n(room, have), &a, take, ctx, &taken, err);
        if (r)
            return r;
        have -= taken;
        memmove(room, room + taken, have);
        if (have > FEED_LINE_MAX)
            return error_set(err, -EFBIG, "entry %llu is longer than %d bytes", (unsigned long long)c->n, FEED_LINE_MAX);
    }
    if (have)
        return error_set(err, -EBADMSG, "the last line of the log is not whole: it is being published at this moment, or was cut off");
    return 0;
}

static int read_feed(struct feed_folder *f, const char *path, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct feed_chain c;
    int r = file_read(path, FEED_HEAD_MAX, &text, err);
    if (!r)
        r = feed_head_parse(strbuf_str(&text), &f->arena, &f->head, err);
    if (r < 0)
        return error_wrap(err, r, "%s", path);
    if (!feed_public_eq(&f->head.key, feed_key_public(f->o.key)))
        return error_set(err, -EKEYREJECTED, "%s: this feed is signed by another key; name it with --key-file", f->o.path);
    feed_chain_init(&c, NULL, NULL);
    r = feed_log_walk(f->log, &c, f->head.bytes, f->o.take, f->o.ctx, err);
    if (!r)
        r = feed_chain_end(&c, &f->head, err);
    f->signed_bytes = f->head.bytes;
    return r < 0 ? error_wrap(err, r, "%s/%s", f->o.path, FEED_LOG_FILE) : r;
}

static int begin_feed(struct feed_folder *f, struct error *err)
{
    if (!feed_name_is_good(f->o.name))
        return error_set(err, -EINVAL, "`%.*s` is no name for a feed: 1 to %d letters, digits, dots, dashes and underscores", STR_ARG(f->o.name),
                         FEED_NAME_MAX);
    f->head.name = arena_str(&f->arena, f->o.name);
    f->head.key = *feed_key_public(f->o.key);
    return 0;
}

static int lock_log(struct feed_folder *f, bool is_there, struct error *err)
{
    f->log = openat(f->dir, FEED_LOG_FILE, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | (is_there ? 0 : O_CREAT), 0644);
    if (f->log < 0)
        return error_errno(err, -errno, "%s/%s", f->o.path, FEED_LOG_FILE);
    if (flock(f->log, LOCK_EX | LOCK_NB) < 0)
        return error_set(err, -EBUSY, "%s: another program is publishing there at this moment", f->o.path);
    return 0;
}

int feed_folder_open(const struct feed_folder_options *o, struct feed_folder **ret, struct error *err)
{
    _cleanup_(feed_folder_closep) struct feed_folder *f = xnew(struct feed_folder);
    f->o = *o;
    f->dir = f->log = -1;
    if (o->name.n && mkdir(o->path, 0755) < 0 && errno != EEXIST)
        return error_errno(err, -errno, "cannot make %s", o->path);
    f->dir = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->dir < 0)
        return errno == ENOENT ? error_set(err, -ENOENT, "there is no feed at %s; --name begins one", o->path)
                               : error_errno(err, -errno, "%s", o->path);
    bool is_there = !faccessat(f->dir, FEED_HEAD_FILE, F_OK, 0);
    if (!is_there && !o->name.n)
        return error_set(err, -ENOENT, "there is no feed at %s; --name begins one", o->path);
    if (is_there && o->name.n)
        return error_set(err, -EEXIST, "there is a feed at %s already; --name is for one that begins", o->path);
    int r = lock_log(f, is_there, err);
    if (!r)
        r = is_there ? read_feed(f, arena_printf(&f->arena, "%s/%s", o->path, FEED_HEAD_FILE).p, err) : begin_feed(f, err);
    if (r)
        return r;
    *ret = TAKE_PTR(f);
    return 0;
}

struct feed_folder *feed_folder_close(struct feed_folder *f)
{
    if (!f)
        return NULL;
    if (f->log >= 0)
        (void)close(f->log);
    if (f->dir >= 0)
        (void)close(f->dir);
    strbuf_done(&f->added);
    arena_done(&f->arena);
    free(f);
    return NULL;
}

const struct feed_head *feed_folder_head(const struct feed_folder *f)
{
    return &f->head;
}

static void append(struct feed_folder *f, struct feed_line *l)
{
    size_t start = f->added.n;
    l->n = f->head.length;
    l->time_s = f->o.now_s;
    memcpy(l->prev, f->head.hash, sizeof(l->prev));
    feed_line_write(&f->added, l);
    sha256_once(f->added.p + start, f->added.n - start - 1, f->head.hash);
    if (!f->head.length++)
        memcpy(f->head.id, f->head.hash, sizeof(f->head.id));
    f->head.bytes = f->signed_bytes + f->added.n;
}

void feed_folder_add(struct feed_folder *f, struct feed_line l)
{
    if (!f->head.length) {
        struct feed_line begin = {.op = FEED_OP_BEGIN, .name = f->head.name, .key = f->head.key, .entry.approved_by = l.entry.approved_by};
        append(f, &begin);
    }
    append(f, &l);
}

void feed_folder_change_key(struct feed_folder *f, const struct feed_key *to, const struct feed_entry *approval)
{
    uint8_t signature[FEED_SIGNATURE_BYTES];
    struct feed_line l = {.op = FEED_OP_KEY, .key = *feed_key_public(to), .entry = *approval, .signature = {(char *)signature, sizeof(signature)}};
    feed_key_sign(f->o.key, feed_key_message(&f->arena, f->head.id, f->head.hash, &f->head.key, &l.key), signature);
    append(f, &l);
    f->o.key = to;
    f->head.key = l.key;
}

static int put_file(struct feed_folder *f, const char *name, struct str text, struct error *err)
{
    const int r = io_replace(f->dir, str_from(name), text, 0644, IO_REPLACE_SYNC);
    return r < 0 ? error_errno(err, r, "cannot write %s/%s", f->o.path, name) : 0;
}

static int write_log(struct feed_folder *f, struct error *err)
{
    int r = ftruncate(f->log, (off_t)f->signed_bytes) < 0 ? -errno : io_write_at(f->log, strbuf_str(&f->added), f->signed_bytes);
    if (!r && fsync(f->log) < 0)
        r = -errno;
    return r < 0 ? error_errno(err, r, "cannot write %s/%s", f->o.path, FEED_LOG_FILE) : 0;
}

int feed_folder_sign(struct feed_folder *f, unsigned days, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf head = {}, key = {};
    if (f->head.bytes > FEED_LOG_MAX)
        return error_set(err, -EFBIG, "%s: the log would be larger than readers take; begin another feed", f->o.path);
    f->head.time_s = f->o.now_s > f->head.time_s ? f->o.now_s : f->head.time_s;
    f->head.expires_s = f->head.time_s + (uint64_t)days * FEED_DAY_S;
    int r = write_log(f, err);
    if (r < 0)
        return r;
    feed_head_write(&head, &f->head, f->o.key);
    strbuf_printf(&key, "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", feed_public_text(&f->arena, &f->head.key).p);
    r = put_file(f, FEED_HEAD_FILE, strbuf_str(&head), err);
    if (!r)
        r = put_file(f, FEED_KEY_FILE, strbuf_str(&key), err);
    if (r < 0)
        return r;
    f->signed_bytes = f->head.bytes;
    strbuf_clear(&f->added);
    return 0;
}
