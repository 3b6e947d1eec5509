// SPDX-License-Identifier: Apache-2.0
/* Walks archives: which reader, which members, how far; what a member is called stands in archive_member.c. */
#include "inspect/archive_walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <time.h>

#include "inspect/archive_member.h"
#include "inspect/archive_rpm.h"
#include "inspect/archive_zip.h"
#include "inspect/package.h"

/* One archive on its way through a reader. */
struct walk {
    struct inspection *in;     /* of the content that the archive is or lies in */
    const struct content *c;   /* NULL: it streams */
    struct feed *feed;         /* where the rest comes from when it streams */
    size_t skipped;            /* bytes in front of the archive in the first piece of the feed */
    bool has_begun;            /* the first piece was handed out */
    struct archive *a;
    struct archive_entry *entry;
    struct strbuf kind;        /* archive.kind */
    struct member member;      /* at hand */
    uint64_t holes;            /* zeros still to be given for a hole of the member */
    struct str piece;          /* of the member, behind the hole */
    uint64_t at;               /* bytes of the member given so far */
    bool is_damaged;           /* the member at hand could not be read to its end */
    bool is_complete;
};

static const uint8_t ZEROS[64 << 10];

static struct facts *summary(const struct walk *w)
{
    return w->in->facts;
}

static void problem(const struct walk *w, const char *what)
{
    (void)facts_add(summary(w), F_ARCHIVE_PROBLEMS, str_from(what));
}

/* One more that was not looked at, or not to its end. */
static void refuse(struct walk *w, const char *why)
{
    facts_count(summary(w), F_ARCHIVE_REFUSED);
    if (why)
        problem(w, why);
    w->is_complete = false;
    w->in->is_unpacked = false; /* of an archive that streams: from here on its own bytes are looked at */
}

static uint64_t cpu_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1'000'000'000U + (uint64_t)t.tv_nsec;
}

static bool is_bomb(const struct budget *b)
{
    return b->unpacked > ARCHIVE_BYTES_MAX ||
           (b->unpacked > ARCHIVE_FREE_BYTES && b->unpacked / ARCHIVE_RATIO_MAX > b->packed);
}

/* The word for what has run out; NULL while the next member may be looked at. */
static const char *spent(struct budget *b)
{
    if (!b->spent && is_bomb(b))
        b->spent = "bomb";
    if (!b->spent && b->members >= ARCHIVE_MEMBERS_MAX)
        b->spent = "too-many-members";
    if (!b->spent && cpu_now() > b->cpu_end_ns)
        b->spent = "time";
    return b->spent;
}

/* What libarchive reads: first what the feed holds, then piece by piece. */
static la_ssize_t on_read(struct archive *a, void *ctx, const void **ret)
{
    struct walk *w = ctx;
    struct str piece;
    if (!w->has_begun) {
        w->has_begun = true;
        piece = feed_held(w->feed);
        piece = str_sub(piece, w->skipped, piece.n);
    } else {
        int r = feed_more(w->feed, &piece);
        if (r < 0) {
            archive_set_error(a, -r, "read");
            return -1;
        }
        if (r)
            return 0;
    }
    *ret = piece.p;
    return (la_ssize_t)piece.n;
}

/* The content of the member at hand, holes filled; for struct content_source. */
static int on_member_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct walk *w = ctx;
    struct budget *b = w->in->budget;
    if (is_bomb(b)) {
        b->spent = "bomb";
        w->is_damaged = true;
        return -1;
    }
    while (!w->holes && !w->piece.n) {
        const void *p;
        size_t n;
        la_int64_t offset;
        int r = archive_read_data_block(w->a, &p, &n, &offset);
        if (r == ARCHIVE_EOF)
            return 1;
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
            w->is_damaged = true;
            return -1;
        }
        if (offset < 0 || (uint64_t)offset < w->at)
            continue;
        w->holes = (uint64_t)offset - w->at;
        w->piece = str_n(p, n);
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
        .nest = in->nest + 1,
        .place = place,
    };
    int r = inspection_member(m, &(struct content_source){.ctx = ctx, .read = read});
    if (r >= 0)
        r = in->sink->member(in->sink->ctx, &level->facts);
    if (r < 0 && !in->error)
        in->error = r;
    facts_uint(summary(w), F_ARCHIVE_BYTES, facts_get(summary(w), F_ARCHIVE_BYTES)->u + in->budget->unpacked - before);
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
    facts_count(summary(w), F_ARCHIVE_MEMBERS);
    if (spent(w->in->budget)) {
        refuse(w, spent(w->in->budget));
        return;
    }
    w->member = (struct member){
        .name = name,
        .kind = strbuf_str(&w->kind),
        .via = w->c ? w->c->via : STR_NULL,
        .has_size = true,
        .size = data.n,
    };
    w->in->budget->unpacked += data.n;
    look_at_member(w, on_bytes_read, &b);
}

static struct str raw_name(struct archive_entry *e)
{
    const char *name = archive_entry_pathname(e);
    if (!name)
        name = archive_entry_pathname_utf8(e);
    return name && *name ? str_from(name) : STR("(no name)");
}

static void describe(struct walk *w, bool is_raw)
{
    struct archive_entry *e = w->entry;
    struct str outer = w->in->place;
    w->member = (struct member){
        .name = is_raw ? member_unpacked_name(&summary(w)->arena, outer) : member_name(raw_name(e), summary(w)),
        .kind = strbuf_str(&w->kind),
        .via = w->c ? w->c->via : STR_NULL,
        .is_packed_whole = is_raw,
        .has_mode = !is_raw,
        .mode = (uint32_t)archive_entry_mode(e),
        .uid = (uint64_t)archive_entry_uid(e),
        .gid = (uint64_t)archive_entry_gid(e),
        .has_size = !is_raw && archive_entry_size_is_set(e) && archive_entry_size(e) >= 0,
        .size = (uint64_t)archive_entry_size(e),
    };
    if (!is_raw && archive_entry_mtime_is_set(e) && archive_entry_mtime(e) > 0)
        w->member.mtime_ns = (uint64_t)archive_entry_mtime(e) * 1'000'000'000U;
    w->holes = w->at = 0;
    w->piece = STR_NULL;
    w->is_damaged = false;
}

/* The entry that the reader has come to. */
static void look_at_entry(struct walk *w, bool is_raw)
{
    if (archive_entry_filetype(w->entry) != AE_IFREG || archive_entry_hardlink(w->entry))
        return;
    facts_count(summary(w), F_ARCHIVE_MEMBERS);
    if (archive_entry_is_data_encrypted(w->entry)) {
        facts_count(summary(w), F_ARCHIVE_ENCRYPTED);
        refuse(w, NULL);
        return;
    }
    const char *why = spent(w->in->budget);
    if (why) {
        refuse(w, why);
        return;
    }
    describe(w, is_raw);
    look_at_member(w, on_member_read, w);
    if (w->is_damaged)
        refuse(w, w->in->budget->spent ? w->in->budget->spent : "corrupt");
}

/* archive.kind, once the reader knows what is in a compressed file. */
static bool settle_kind(struct walk *w, enum file_kind kind)
{
    int format = archive_format(w->a) & ARCHIVE_FORMAT_BASE_MASK;
    if (archive_packs(kind) && format == ARCHIVE_FORMAT_TAR)
        strbuf_adds(&w->kind, "tar+");
    else if (archive_packs(kind) && format == ARCHIVE_FORMAT_CPIO && !w->kind.n)
        strbuf_adds(&w->kind, "cpio+");
    if (kind == KIND_AR && archive_entry_pathname(w->entry) && !strcmp(archive_entry_pathname(w->entry), "debian-binary"))
        strbuf_adds(&w->kind, "deb");
    else if (kind != KIND_RPM)
        strbuf_adds(&w->kind, kind_name(kind));
    facts_str(summary(w), F_ARCHIVE_KIND, strbuf_str(&w->kind));
    return format == ARCHIVE_FORMAT_RAW;
}

/* Goes through the archive; true when its end was reached. Members beyond a limit are counted as far as their names can
 * be read without unpacking much. */
static bool walk_entries(struct walk *w, enum file_kind kind)
{
    bool is_raw = false, is_first = true;
    for (;;) {
        int r = archive_read_next_header(w->a, &w->entry);
        if (r == ARCHIVE_EOF)
            return true;
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
            if (r == ARCHIVE_RETRY && !w->in->budget->spent && !is_first)
                continue;
            problem(w, "corrupt");
            return false;
        }
        if (is_first)
            is_raw = settle_kind(w, kind);
        is_first = false;
        look_at_entry(w, is_raw);
        /* To skip members of a compressed archive costs as much as to read them. */
        if (w->in->error < 0 || (w->in->budget->spent && kind != KIND_ZIP) || (w->is_damaged && is_raw))
            return false;
        if (w->in->budget->spent && facts_get(summary(w), F_ARCHIVE_REFUSED)->u >= ARCHIVE_MEMBERS_MAX)
            return false;
    }
}

static void close_archive(struct walk *w)
{
    (void)archive_read_free(w->a);
    w->a = NULL;
}

/* Reads one archive from memory; *ret_used: its bytes. */
static bool read_bytes(struct walk *w, enum file_kind kind, struct str data, size_t *ret_used)
{
    w->a = archive_read_new();
    archive_support(w->a, kind, false);
    bool ok = archive_read_open_memory(w->a, data.p, data.n) == ARCHIVE_OK && walk_entries(w, kind);
    int64_t used = archive_filter_bytes(w->a, -1);
    *ret_used = used > 0 && (uint64_t)used < data.n ? (size_t)used : data.n;
    if (!ok && !facts_has(summary(w), F_ARCHIVE_KIND))
        facts_str(summary(w), F_ARCHIVE_KIND, str_from(kind_name(kind)));
    close_archive(w);
    return ok;
}

static bool is_too_large(struct walk *w, enum file_kind kind, struct str data)
{
    if (kind != KIND_XZ || archive_xz_dictionary(data) <= ARCHIVE_DICTIONARY_MAX)
        return false;
    facts_str(summary(w), F_ARCHIVE_KIND, str_from(kind_name(kind)));
    refuse(w, "memory");
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
        strbuf_clear(&w->kind);
        ok &= read_bytes(w, kind, data, &used);
        data = str_sub(data, used, data.n);
        if (is_zero(data))
            return ok;
        /* cpio archives are padded to what follows them */
        size_t skip = 0;
        while (skip < data.n && !data.p[skip])
            skip++;
        data = str_sub(data, skip, data.n);
        enum file_kind next = kind_sniff(data, false, STR_NULL);
        if (!ok || i + 1 >= ARCHIVE_CHAIN_MAX || !archive_is(next) || archive_is_unread(next)) {
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
        (void)walk_entries(w, KIND_ZIP);
    close_archive(w);
    strbuf_clear(&w->kind);
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
    bool ok = !z.entries || read_bytes(w, KIND_ZIP, z.body, &used);
    if (!facts_has(summary(w), F_ARCHIVE_KIND))
        facts_str(summary(w), F_ARCHIVE_KIND, STR("zip"));
    for (size_t i = 0; i < z.n_gaps; i++) {
        strbuf_clear(&w->kind);
        read_gap(w, z.gaps[i]);
    }
    return ok && z.is_whole;
}

/* The scripts that run at installation stand in the header; then comes a compressed cpio archive. */
static void look_at_rpm_header(struct walk *w, const struct rpm *r)
{
    strbuf_clear(&w->kind);
    strbuf_adds(&w->kind, "rpm");
    facts_str(summary(w), F_ARCHIVE_KIND, STR("rpm"));
    package_state(summary(w), "rpm", r->name, r->version);
    for (size_t i = 0; i < r->n_scripts; i++)
        look_at_bytes(w, arena_printf(&summary(w)->arena, "(%.*s)", STR_ARG(r->scripts[i].kind)), r->scripts[i].text);
    if (r->too_many)
        refuse(w, "too-many-members");
}

static bool read_rpm(struct walk *w, struct str data)
{
    struct rpm r;
    bool ok = rpm_read(data, &r);
    look_at_rpm_header(w, &r);
    if (!ok) {
        problem(w, "corrupt");
        return false;
    }
    data = str_sub(data, r.payload, data.n);
    enum file_kind kind = kind_sniff(data, false, STR_NULL);
    if (!archive_packs(kind) && kind != KIND_CPIO) {
        problem(w, data.n ? "corrupt" : "bad-header");
        return false;
    }
    size_t used;
    if (is_too_large(w, kind, data))
        return false;
    strbuf_clear(&w->kind);
    strbuf_adds(&w->kind, "rpm+");
    ok = read_bytes(w, kind, data, &used);
    facts_str(summary(w), F_ARCHIVE_KIND, STR("rpm"));
    return ok;
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
    if (!archive_is_unread(kind) && in->sink && in->sink->member && depth < INSPECT_DEPTH_MAX)
        return true;
    facts_str(summary(w), F_ARCHIVE_KIND, str_from(kind_name(kind)));
    refuse(w, archive_is_unread(kind) ? "unread-format" : depth >= INSPECT_DEPTH_MAX ? "depth" : NULL);
    return false;
}

static bool read_whole(struct walk *w, enum file_kind kind, struct str data)
{
    switch (kind) {
    case KIND_ZIP:
        return read_zip(w, data);
    case KIND_RPM:
        return read_rpm(w, data);
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

/* Takes what lies in front of the archive proper off the first piece; false when there is none. */
static bool begin_stream(struct walk *w, enum file_kind *kind)
{
    struct str held = feed_held(w->feed);
    if (*kind == KIND_RPM) {
        struct rpm r;
        bool ok = rpm_read(held, &r);
        look_at_rpm_header(w, &r);
        struct str payload = str_sub(held, r.payload, held.n);
        *kind = kind_sniff(payload, false, STR_NULL);
        if (!ok || (!archive_packs(*kind) && *kind != KIND_CPIO)) {
            problem(w, "corrupt");
            return false;
        }
        w->skipped = r.payload;
        held = payload;
        strbuf_clear(&w->kind);
        strbuf_adds(&w->kind, "rpm+");
    }
    return !is_too_large(w, *kind, held);
}

bool archive_look_stream(struct inspection *in, struct feed *feed, enum file_kind kind)
{
    struct walk w = {.in = in, .feed = feed, .is_complete = true};
    if (!may_look(&w, kind))
        return false;
    bool is_rpm = kind == KIND_RPM, ok = begin_stream(&w, &kind);
    if (ok) {
        in->is_unpacked = true;
        w.a = archive_read_new();
        archive_support(w.a, kind, true);
        ok = archive_read_open(w.a, &w, NULL, on_read, NULL) == ARCHIVE_OK && walk_entries(&w, kind);
        close_archive(&w);
    }
    if (is_rpm || !facts_has(in->facts, F_ARCHIVE_KIND))
        facts_str(in->facts, F_ARCHIVE_KIND, is_rpm ? STR("rpm") : str_from(kind_name(kind)));
    strbuf_done(&w.kind);
    return ok && w.is_complete;
}
