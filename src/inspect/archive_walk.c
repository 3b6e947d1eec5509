// SPDX-License-Identifier: Apache-2.0
/* Walks archives: which reader, which members, how far; what a member is called stands in archive_member.c, formats with an index of their own in archive_index.c. */
#include "base/clock.h"
#include "inspect/archive_walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "base/alloc.h"
#include "inspect/archive_member.h"
#include "inspect/archive_rpm.h"
#include "inspect/archive_phar.h"
#include "inspect/archive_squash.h"
#include "inspect/archive_step.h"
#include "inspect/archive_zip.h"
#include "inspect/elf_view.h"
#include "inspect/package.h"

enum { UNPACKED_BYTES = 256 << 10 }; /* unpacked at a time */
static const uint8_t ZEROS[64 << 10];

struct facts *walk_summary(const struct walk *w)
{
    return w->in->facts;
}

static void problem(const struct walk *w, const char *what)
{
    (void)facts_add(walk_summary(w), F_ARCHIVE_PROBLEMS, str_from(what));
}

/* One more that was not looked at, or not to its end. */
void walk_refuse(struct walk *w, const char *why)
{
    facts_count(walk_summary(w), F_ARCHIVE_REFUSED);
    if (why)
        problem(w, why);
    w->is_complete = false;
    w->in->is_unpacked = false; /* of an archive that streams: from here on its own bytes are looked at */
}

bool walk_is_bomb(const struct budget *b)
{
    return b->unpacked > ARCHIVE_BYTES_MAX ||
           (b->unpacked > ARCHIVE_FREE_BYTES && b->unpacked / ARCHIVE_RATIO_MAX > b->packed);
}

/* The word for what has run out; NULL while the next member may be looked at. */
const char *walk_spent(struct budget *b)
{
    if (!b->spent && walk_is_bomb(b))
        b->spent = "bomb";
    if (!b->spent && b->members >= ARCHIVE_MEMBERS_MAX)
        b->spent = "too-many-members";
    if (!b->spent && clock_ns(CLOCK_THREAD_CPUTIME_ID) > b->cpu_end_ns)
        b->spent = "time";
    return b->spent;
}

/* The bytes of the archive as they are stored; a codec_input. */
int walk_next_stored(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct walk *w = ctx;
    struct str piece = w->begin;
    if (w->has_begun) {
        int r = w->feed ? feed_more(w->feed, &piece) : 1;
        if (r)
            return r;
    }
    w->has_begun = true;
    *ret = (const uint8_t *)piece.p;
    *ret_n = piece.n;
    return 0;
}

/* The same, unpacked where they are compressed. */
static int next_plain(struct walk *w, const uint8_t **ret, size_t *ret_n)
{
    if (!w->codec)
        return walk_next_stored(w, ret, ret_n);
    *ret = w->out;
    *ret_n = w->ahead.n;
    if (w->ahead.n) {
        w->ahead = STR_NULL;
        return 0;
    }
    return codec_next(w->codec, w->out, UNPACKED_BYTES, ret_n, &w->codec_problems);
}

/* What libarchive reads. */
static la_ssize_t on_read(struct archive *a, void *ctx, const void **ret)
{
    const uint8_t *p = NULL;
    size_t n = 0;
    int r = next_plain(ctx, &p, &n);
    if (r < 0)
        archive_set_error(a, -r, "read");
    *ret = p;
    return r < 0 ? -1 : r ? 0 : (la_ssize_t)n;
}

/* The content of a compressed file that is no archive; for struct content_source. */
static int on_unpacked_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct walk *w = ctx;
    struct budget *b = w->in->budget;
    if (walk_is_bomb(b))
        b->spent = "bomb";
    int r = b->spent ? -1 : next_plain(w, ret, ret_n);
    w->is_damaged = r < 0;
    b->unpacked += r ? 0 : *ret_n;
    return r;
}

/* The hole that the member goes on with: zeros while they are few; no archive grows by a longer one, so that none is a bomb. */
static void take_hole(struct walk *w, uint64_t n)
{
    struct budget with = *w->in->budget;
    with.unpacked += n;
    if (n > ARCHIVE_HOLE_BYTES - w->zeros || walk_is_bomb(&with)) {
        w->passed_over += n;
        w->at += n;
    } else {
        w->zeros += n;
        w->holes = n;
    }
}

/* The content of the member at hand, short holes filled; for struct content_source. */
static int on_member_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct walk *w = ctx;
    struct budget *b = w->in->budget;
    if (walk_is_bomb(b)) {
        b->spent = "bomb";
        w->is_damaged = true;
        return -1;
    }
    while (!w->holes && !w->piece.n) {
        const void *p;
        size_t n;
        la_int64_t offset;
        int r = archive_read_data_block(w->a, &p, &n, &offset);
        if (r == ARCHIVE_EOF && (!w->is_sparse || w->at >= w->member.size))
            return 1;
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN && r != ARCHIVE_EOF) {
            w->is_damaged = true;
            return -1;
        }
        w->piece = r == ARCHIVE_EOF ? STR_NULL : str_n(p, n);
        if (r == ARCHIVE_EOF)
            offset = (la_int64_t)w->member.size; /* it ends with a hole */
        if (offset < 0 || (uint64_t)offset < w->at) {
            w->piece = STR_NULL;
            continue;
        }
        take_hole(w, (uint64_t)offset - w->at);
    }
    if (w->holes) {
        *ret = ZEROS;
        *ret_n = w->holes < sizeof(ZEROS) ? w->holes : sizeof(ZEROS);
        w->holes -= *ret_n;
    } else {
        *ret = (const uint8_t *)w->piece.p;
        *ret_n = w->piece.n;
        w->piece = STR_NULL;
    }
    w->at += *ret_n;
    b->unpacked += *ret_n;
    return 0;
}

static uint64_t holes_of_member(void *ctx)
{
    return ((struct walk *)ctx)->passed_over;
}

/* Looks at one member: what it is called and how long it may be is in w->member. */
static void look_at_member(struct walk *w, int (*read)(void *ctx, const uint8_t **, size_t *), void *ctx)
{
    struct inspection *in = w->in;
    struct level *level = inspector_level(in->inspector, in->nest + 1);
    struct str place = member_begin(in, &w->member, &level->facts);
    uint64_t before = in->budget->unpacked;
    in->budget->members++;
    struct inspection *m = arena_new(&level->facts.arena, struct inspection); /* too large for a stack eight deep */
    *m = (struct inspection){
        .inspector = in->inspector,
        .facts = &level->facts,
        .sink = in->sink,
        .budget = in->budget,
        .intel = in->intel,
        .nest = in->nest + 1,
        .place = place,
    };
    int r = inspection_member(m, &(struct content_source){
                                      .ctx = ctx, .read = read, .left_out = read == on_member_read ? holes_of_member : NULL});
    if (r >= 0)
        r = in->sink->member(in->sink->ctx, &level->facts);
    if (r < 0 && !in->error)
        in->error = r;
    facts_uint(walk_summary(w), F_ARCHIVE_BYTES, facts_get(walk_summary(w), F_ARCHIVE_BYTES)->u + in->budget->unpacked - before);
}

bool walk_counts(struct walk *w)
{
    const char *why = walk_spent(w->in->budget);
    facts_count(walk_summary(w), F_ARCHIVE_MEMBERS);
    if (why)
        walk_refuse(w, why);
    return !why;
}

void walk_look_at(struct walk *w, struct member m, int (*read)(void *ctx, const uint8_t **, size_t *), void *ctx)
{
    m.kind = strbuf_str(&w->kind);
    m.via = w->c ? w->c->via : STR_NULL;
    w->member = m;
    w->is_damaged = false;
    look_at_member(w, read, ctx);
    if (w->is_damaged)
        walk_refuse(w, w->in->budget->spent ? w->in->budget->spent : "corrupt");
}

struct bytes {
    struct str rest;
};

static int on_bytes_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct bytes *b = ctx;
    *ret = (const uint8_t *)b->rest.p;
    *ret_n = b->rest.n;
    b->rest = STR_NULL;
    return *ret_n ? 0 : 1;
}

/* A member that the archive holds beside its files, such as a script in a package's header. */
static void look_at_bytes(struct walk *w, struct str name, struct str data)
{
    struct bytes b = {data};
    if (!walk_counts(w))
        return;
    w->in->budget->unpacked += data.n;
    walk_look_at(w, (struct member){.name = name, .has_size = true, .size = data.n}, on_bytes_read, &b);
}

static struct str raw_name(struct archive_entry *e)
{
    const char *name = archive_entry_pathname(e);
    if (!name)
        name = archive_entry_pathname_utf8(e);
    return name && *name ? str_from(name) : STR("(no name)");
}

static void describe(struct walk *w)
{
    struct archive_entry *e = w->entry;
    w->member = (struct member){
        .name = member_name(raw_name(e), walk_summary(w)),
        .kind = strbuf_str(&w->kind),
        .via = w->c ? w->c->via : STR_NULL,
        .has_mode = true,
        .mode = (uint32_t)archive_entry_mode(e),
        .uid = (uint64_t)archive_entry_uid(e),
        .gid = (uint64_t)archive_entry_gid(e),
        .has_size = archive_entry_size_is_set(e) && archive_entry_size(e) >= 0,
        .size = (uint64_t)archive_entry_size(e),
    };
    if (archive_entry_mtime_is_set(e) && archive_entry_mtime(e) > 0)
        w->member.mtime_ns = (uint64_t)archive_entry_mtime(e) * 1'000'000'000U;
    w->holes = w->at = w->zeros = w->passed_over = 0;
    w->is_sparse = w->member.has_size && archive_entry_sparse_count(e) > 0;
    w->piece = STR_NULL;
    w->is_damaged = false;
}

/* The index of symbols and the table of long names that ar keeps as members: no file is called so, and their bytes are plain in the archive's own. */
static bool is_index_of_ar(struct walk *w)
{
    const char *name = archive_entry_pathname(w->entry);
    return (archive_format(w->a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_AR && name && *name == '/';
}

/* The entry that the reader has come to. */
static void look_at_entry(struct walk *w)
{
    unsigned type = archive_entry_filetype(w->entry); /* ar files may leave it out */
    if ((type && type != AE_IFREG) || archive_entry_hardlink(w->entry) || is_index_of_ar(w))
        return;
    facts_count(walk_summary(w), F_ARCHIVE_MEMBERS);
    if (archive_entry_is_data_encrypted(w->entry)) {
        facts_count(walk_summary(w), F_ARCHIVE_ENCRYPTED);
        walk_refuse(w, NULL);
        return;
    }
    const char *why = walk_spent(w->in->budget);
    if (why) {
        walk_refuse(w, why);
        return;
    }
    describe(w);
    look_at_member(w, on_member_read, w);
    if (w->is_damaged)
        walk_refuse(w, w->in->budget->spent ? w->in->budget->spent : "corrupt");
}

void walk_set_kind(struct walk *w, enum file_kind kind, const char *packer)
{
    bool is_deb = kind == KIND_AR && archive_entry_pathname(w->entry) &&
                  !strcmp(archive_entry_pathname(w->entry), "debian-binary");
    strbuf_clear(&w->kind);
    strbuf_printf(&w->kind, "%s%s%s", w->is_rpm ? "rpm" : is_deb ? "deb" : kind_name(kind), packer ? "+" : "",
                  packer ? packer : "");
    facts_str(walk_summary(w), F_ARCHIVE_KIND, w->is_rpm ? STR("rpm") : strbuf_str(&w->kind));
}

/* What follows cannot be told: because even the names are encrypted, or because it is damaged. */
static void refuse_rest(struct walk *w, enum file_kind kind)
{
    if (archive_read_has_encrypted_entries(w->a) > 0) {
        facts_count(walk_summary(w), F_ARCHIVE_ENCRYPTED);
        walk_refuse(w, NULL);
    } else if (archive_is_container(kind)) {
        walk_refuse(w, "corrupt");
    } else {
        problem(w, "corrupt");
    }
}

/*
 * Goes through the archive; true when its end was reached. When a limit is reached, members of a zip are still counted:
 * to skip those of a stream costs as much as to read them.
 */
static bool walk_entries(struct walk *w, enum file_kind kind, const char *packer)
{
    for (bool is_first = true;; is_first = false) {
        int r = archive_read_next_header(w->a, &w->entry);
        if (r == ARCHIVE_EOF && is_first && kind == KIND_RAR) /* its reader calls garbage an end; no such archive is empty */
            r = ARCHIVE_FATAL;
        if (r == ARCHIVE_EOF)
            return true;
        if (r == ARCHIVE_RETRY && !w->in->budget->spent && !is_first)
            continue;
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
            refuse_rest(w, kind);
            return false;
        }
        if (is_first)
            walk_set_kind(w, kind, packer);
        look_at_entry(w);
        if (w->in->error < 0 ||
            (w->in->budget->spent &&
             (kind != KIND_ZIP || facts_get(walk_summary(w), F_ARCHIVE_REFUSED)->u >= ARCHIVE_MEMBERS_MAX)))
            return false;
    }
}

static void close_archive(struct walk *w)
{
    (void)archive_read_free(w->a);
    w->a = NULL;
}

/* The one content of a compressed file. */
static bool look_at_unpacked(struct walk *w, enum file_kind kind)
{
    facts_count(walk_summary(w), F_ARCHIVE_MEMBERS);
    const char *why = walk_spent(w->in->budget);
    if (!why) {
        walk_set_kind(w, kind, NULL);
        w->member = (struct member){
            .name = member_unpacked_name(&walk_summary(w)->arena, w->in->place),
            .kind = strbuf_str(&w->kind),
            .via = w->c ? w->c->via : STR_NULL,
            .is_packed_whole = true,
        };
        look_at_member(w, on_unpacked_read, w);
        if (!w->is_damaged)
            return true;
        why = w->in->budget->spent ? w->in->budget->spent : "corrupt";
    }
    walk_refuse(w, why);
    return false;
}

/* An archive in a compressed file, or the file as such; what it is, its first bytes tell once unpacked. */
static bool read_packed(struct walk *w, enum file_kind kind)
{
    const uint8_t *p;
    size_t n;
    bool ok = false;
    w->out = xalloc(UNPACKED_BYTES);
    w->codec = codec_new(archive_codec(kind), walk_next_stored, w);
    w->codec_problems = 0;
    if (next_plain(w, &p, &n) == 0) {
        w->ahead = str_n(p, n);
        enum file_kind inner = kind_sniff(w->ahead, false, STR_NULL);
        if (inner == KIND_TAR || inner == KIND_CPIO) {
            w->a = archive_read_new();
            archive_support(w->a, inner, true);
            ok = archive_read_open(w->a, w, NULL, on_read, NULL) == ARCHIVE_OK && walk_entries(w, inner, kind_name(kind));
            close_archive(w);
        } else {
            ok = look_at_unpacked(w, kind);
        }
    } else if (w->codec_problems) {
        problem(w, "corrupt");
    }
    if (w->codec_problems & IMAGE_PROBLEM_MASK(TRAILING_DATA))
        problem(w, "trailing-data");
    w->codec = codec_free(w->codec);
    free(w->out);
    w->out = NULL;
    return ok && !w->codec_problems;
}

/* Reads the archive that w->begin begins; *ret_used: its bytes, as far as that can be told. */
static bool read_archive(struct walk *w, enum file_kind kind, size_t *ret_used)
{
    bool ok;
    w->has_begun = false;
    *ret_used = w->begin.n;
    if (archive_packs(kind)) {
        ok = read_packed(w, kind);
    } else {
        w->a = archive_read_new();
        archive_support(w->a, kind, w->feed);
        ok = (w->feed ? archive_read_open(w->a, w, NULL, on_read, NULL)
                      : archive_read_open_memory(w->a, w->begin.p, w->begin.n)) == ARCHIVE_OK &&
             walk_entries(w, kind, NULL);
        int64_t used = archive_is_container(kind) ? 0 : archive_filter_bytes(w->a, -1);
        if (used > 0 && (uint64_t)used < w->begin.n)
            *ret_used = (size_t)used;
        close_archive(w);
    }
    if (!facts_has(walk_summary(w), F_ARCHIVE_KIND))
        facts_str(walk_summary(w), F_ARCHIVE_KIND, str_from(kind_name(kind)));
    return ok;
}

/* Refuses what would take more memory than a scan may. */
static bool is_too_large(struct walk *w, enum file_kind kind, struct str data)
{
    if (kind != KIND_XZ || archive_xz_dictionary(data) <= ARCHIVE_DICTIONARY_MAX)
        return false;
    facts_str(walk_summary(w), F_ARCHIVE_KIND, str_from(kind_name(kind)));
    walk_refuse(w, "memory");
    return true;
}

static bool is_zero(struct str s)
{
    return !s.n || (!s.p[0] && !memcmp(s.p, s.p + 1, s.n - 1));
}

/* Archives one behind the other, as in an initial RAM disk: true when nothing else lies between and behind. */
static bool read_chain(struct walk *w, enum file_kind kind, struct str data)
{
    bool ok = true;
    for (unsigned i = 0;; i++) {
        size_t used;
        if (is_too_large(w, kind, data))
            return false;
        w->begin = data;
        ok &= read_archive(w, kind, &used);
        data = str_sub(data, used, data.n);
        if (!ok || is_zero(data))
            return ok;
        /* cpio archives are padded to what follows them */
        size_t skip = 0;
        while (skip < data.n && !data.p[skip])
            skip++;
        data = str_sub(data, skip, data.n);
        enum file_kind next = kind_sniff(data, false, STR_NULL);
        if (i + 1 >= ARCHIVE_CHAIN_MAX || !archive_is(next) || next == KIND_SQUASHFS) {
            problem(w, "trailing-data");
            return false;
        }
        if (kind != KIND_CPIO)
            problem(w, "trailing-data");
        kind = next;
    }
}

/* Members that only readers by the headers in front of them see. */
static void read_gap(struct walk *w, struct str gap)
{
    w->a = archive_read_new();
    (void)archive_read_support_format_zip_streamable(w->a);
    if (archive_read_open_memory(w->a, gap.p, gap.n) == ARCHIVE_OK)
        (void)walk_entries(w, KIND_ZIP, NULL);
    close_archive(w);
}

static bool read_zip(struct walk *w, struct str data)
{
    struct zip_shape z;
    size_t used;
    zip_shape(data, &z);
    const struct {
        bool is_so;
        const char *what;
    } PROBLEMS[] = {
        {!z.has_directory, "no-directory"}, {z.prepended, "prepended-data"}, {z.trailing.n > 0, "trailing-data"},
        {z.overlap, "overlap"},             {z.duplicate, "duplicate"},      {z.differs, "local-differs"},
        {z.n_gaps > 0, "hidden-member"},    {z.multi_volume, "multi-volume"}, {z.truncated, "bad-header"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(PROBLEMS); i++)
        if (PROBLEMS[i].is_so)
            problem(w, PROBLEMS[i].what);
    if (!z.has_directory) {
        read_gap(w, data);
        return false;
    }
    w->begin = z.body;
    bool ok = !z.entries || read_archive(w, KIND_ZIP, &used);
    if (!facts_has(walk_summary(w), F_ARCHIVE_KIND))
        facts_str(walk_summary(w), F_ARCHIVE_KIND, STR("zip"));
    for (size_t i = 0; i < z.n_gaps; i++)
        read_gap(w, z.gaps[i]);
    return ok && z.is_whole;
}

/* The scripts that run at installation stand in the header; a cpio archive, mostly compressed, follows. */
static bool read_rpm(struct walk *w, struct str data)
{
    struct rpm r;
    size_t used;
    bool ok = rpm_read(data, &r);
    w->is_rpm = true;
    walk_set_kind(w, KIND_RPM, NULL);
    package_state(walk_summary(w), "rpm", r.name, r.version);
    for (size_t i = 0; i < r.n_scripts; i++)
        look_at_bytes(w, arena_printf(&walk_summary(w)->arena, "(%.*s)", STR_ARG(r.scripts[i].kind)), r.scripts[i].text);
    if (r.too_many)
        walk_refuse(w, "too-many-members");
    w->begin = str_sub(data, ok ? r.payload : data.n, data.n);
    enum file_kind kind = kind_sniff(w->begin, false, STR_NULL);
    if (!archive_packs(kind) && kind != KIND_CPIO) {
        problem(w, "corrupt");
        return false;
    }
    return !is_too_large(w, kind, w->begin) && read_archive(w, kind, &used);
}

/* Whether nobody has looked at this archive within the same file yet: what holds itself has no end. */
static bool is_new(struct walk *w, struct str data)
{
    uint8_t digest[SHA256_BYTES];
    struct budget *b = w->in->budget;
    bool fresh;
    if (!w->in->nest)
        return true;
    sha256_once(data.p, data.n, digest);
    (void)map_put(&b->archives, arena_str(&b->arena, str_n(digest, sizeof(digest))), &fresh);
    return fresh;
}

static bool may_look(struct walk *w, enum file_kind kind)
{
    const struct inspection *in = w->in;
    unsigned depth = in->nest + (w->c ? w->c->depth : 0);
    bool is_too_long = w->feed && !archive_streams(kind);
    if (!is_too_long && in->sink && in->sink->member && depth < INSPECT_DEPTH_MAX)
        return true;
    facts_str(walk_summary(w), F_ARCHIVE_KIND, str_from(kind_name(kind)));
    walk_refuse(w, is_too_long ? "too-large" : depth >= INSPECT_DEPTH_MAX ? "depth" : NULL);
    return false;
}

static bool read_whole(struct walk *w, enum file_kind kind, struct str data)
{
    switch (kind) {
    case KIND_SQUASHFS:
        return walk_squash(w, data);
    case KIND_ZIP:
        return read_zip(w, data);
    case KIND_RPM:
        return read_rpm(w, data);
    case KIND_ASAR:
        return walk_asar(w, data);
    default:
        return read_chain(w, kind, data);
    }
}

bool archive_look(struct inspection *in, const struct content *c)
{
    struct walk w = {.in = in, .c = c, .is_complete = true};
    enum file_kind kind = archive_is(c->kind) ? c->kind : KIND_ZIP;
    if (!may_look(&w, kind))
        return false;
    if (!is_new(&w, c->data)) {
        facts_str(in->facts, F_ARCHIVE_KIND, str_from(kind_name(kind)));
        problem(&w, "repeated");
        return true; /* where it was first met it was looked at */
    }
    bool ok = read_whole(&w, kind, c->data);
    strbuf_done(&w.kind);
    return ok && w.is_complete;
}

void archive_look_behind(struct inspection *in, const struct content *c)
{
    struct walk w = {.in = in, .c = c, .is_complete = true};
    uint64_t end = elf_table_end(c->data);
    size_t n;
    if (!end || end >= c->data.n || !squash_begins(str_sub(c->data, end, c->data.n), &n))
        return;
    if (!c->last) {
        walk_set_kind(&w, KIND_SQUASHFS, NULL);
        walk_refuse(&w, "too-large");
    } else if (may_look(&w, KIND_SQUASHFS)) {
        (void)walk_squash(&w, str_sub(c->data, end, c->data.n));
    }
    strbuf_done(&w.kind);
}

void archive_look_php(struct inspection *in, const struct content *c)
{
    struct walk w = {.in = in, .c = c, .is_complete = true};
    struct phar p;
    if (!phar_begins(c->data, &p) || !may_look(&w, KIND_PHAR))
        return;
    if (is_new(&w, c->data))
        walk_phar(&w, &p);
    else
        problem(&w, "repeated");
    strbuf_done(&w.kind);
}

bool archive_look_stream(struct inspection *in, struct feed *feed, enum file_kind kind)
{
    struct walk w = {.in = in, .feed = feed, .begin = feed_held(feed), .is_complete = true};
    size_t used;
    if (!may_look(&w, kind))
        return false;
    in->is_unpacked = true;
    bool ok = kind == KIND_RPM    ? read_rpm(&w, w.begin)
              : kind == KIND_ASAR ? walk_asar(&w, w.begin)
                                  : !is_too_large(&w, kind, w.begin) && read_archive(&w, kind, &used);
    strbuf_done(&w.kind);
    return ok && w.is_complete;
}
