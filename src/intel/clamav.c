// SPDX-License-Identifier: Apache-2.0
#include "intel/clamav.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "base/intl.h"

enum {
    HEADER_BYTES = 512,
    READ_BYTES = 64 << 10,
    MEMBERS_MAX = 200,       /* main.cvd has 20 */
    IGNORED_MAX = 100'000,   /* names of signatures that were taken back; ClamAV's own are some hundred */
    FIELD_MD5 = 5,           /* of the header's, which colons part: of what follows it */
};
static const uint64_t MEMBERS_BYTES_MAX = 8ULL << 30; /* unpacked in all; main.cvd unpacks to 0.5 GB */

static const struct str MAGIC = STR("ClamAV-VDB:");

const char *clamav_other_kind(struct str name)
{
    static const struct {
        const char *ending, *what;
    } KINDS[] = {
        {".ndb", N_("patterns")}, {".ndu", N_("patterns")}, {".ldb", N_("logical signatures")}, {".ldu", N_("logical signatures")}, {".db", N_("patterns")},
        {".mdb", N_("digests of sections of Windows programs")}, {".mdu", N_("digests of sections of Windows programs")},
        {".msb", N_("digests of sections of Windows programs")}, {".msu", N_("digests of sections of Windows programs")},
        {".imp", N_("digests of import tables")}, {".cbc", N_("programs for ClamAV's own machine")}, {".idb", N_("likenesses of icons")},
        {".cdb", N_("signatures of archives' members")}, {".zmd", N_("signatures of archives' members")}, {".rmd", N_("signatures of archives' members")},
        {".pdb", N_("lists of phished names")}, {".gdb", N_("lists of phished addresses")}, {".wdb", N_("lists of phished names")},
        {".crb", N_("certificates")}, {".cat", N_("certificates")}, {".yar", N_("YARA rules")}, {".yara", N_("YARA rules")},
    };
    for (size_t i = 0; i < ARRAY_SIZE(KINDS); i++)
        if (str_ends(name, str_from(KINDS[i].ending)))
            return KINDS[i].what;
    return NULL;
}

bool clamav_is_container(struct str start)
{
    return str_starts(start, MAGIC);
}

bool clamav_is_ignore_list(struct str name)
{
    return str_ends(name, STR(".ign2")) || str_ends(name, STR(".ign"));
}

int clamav_read_ignored(struct intel *in, const char *name, struct lines *lines, struct error *err)
{
    const bool is_old = str_ends(str_from(name), STR(".ign"));
    struct str line, field = {};
    int r;
    while (!(r = lines_next(lines, &line))) {
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        for (int i = 0; i < (is_old ? 3 : 1); i++)
            if (!str_split(&line, ':', &field))
                field = STR_NULL;
        if (field.n && in->ignored.n < IGNORED_MAX)
            (void)map_put(&in->ignored, arena_str(&in->arena, field), NULL);
    }
    return r < 0 ? error_errno(err, r, "cannot read %s", name) : 0;
}

static bool is_digest_list(struct str name)
{
    static const char *const ENDINGS[] = {".hdb", ".hsb", ".hdu", ".hsu", ".fp", ".sfp"};
    for (size_t i = 0; i < ARRAY_SIZE(ENDINGS); i++)
        if (str_ends(name, str_from(ENDINGS[i])))
            return true;
    return false;
}

void clamav_note(struct intel *in, const char *name, struct str left_out)
{
    vec_add(&in->lists, (struct intel_list){.file = arena_str(&in->arena, str_from(name)), .left_out = arena_str(&in->arena, left_out)});
}

struct container {
    struct intel *in;
    const char *name;
    const struct intel_list *given;
    struct lines *lines;
    struct digest *md5;
    struct archive *a;
    struct error *err;
    struct strbuf left_out;
    uint64_t bytes; /* unpacked so far */
    unsigned lists; /* of digests */
};

static la_ssize_t give(struct archive *a, void *ctx, const void **ret)
{
    struct container *c = ctx;
    struct str piece;
    int r = lines_take(c->lines, &piece);
    if (r < 0) {
        archive_set_error(a, -r, "%s", strerror(-r));
        return -1;
    }
    digest_add(c->md5, piece.p, piece.n);
    *ret = piece.p;
    return (la_ssize_t)piece.n;
}

static int damaged(struct container *c, const char *why)
{
    return error_set(c->err, -EINVAL, "%s: a damaged container of ClamAV's (%s); fetch it again with freshclam", c->name, why ? why : "?");
}

/* Takes bytes of the member at hand, for its lines. */
static ssize_t member_pull(void *ctx, void *to, size_t n)
{
    struct container *c = ctx;
    la_ssize_t got = archive_read_data(c->a, to, n);
    if (got < 0)
        return -EBADMSG;
    c->bytes += (uint64_t)got;
    return c->bytes > MEMBERS_BYTES_MAX ? -EFBIG : got;
}

static int read_member(struct container *c, struct str name)
{
    _cleanup_(lines_done) struct lines lines;
    _cleanup_(arena_done) struct arena a = {};
    lines_pull(&lines, member_pull, c);
    c->lists += !clamav_is_ignore_list(name);
    return intel_add_lines(c->in, arena_printf(&a, "%s!%.*s", c->name, STR_ARG(name)).p, c->given, &lines, true, c->err);
}

/* Reads a member that is not used, and says how many lines of what it held. */
static int count_member(struct container *c, struct str name, const char *what)
{
    _cleanup_(lines_done) struct lines lines;
    struct str line;
    uint64_t n = 0;
    int r;
    lines_pull(&lines, member_pull, c);
    while (!(r = lines_next(&lines, &line)))
        n += line.n && line.p[0] != '#';
    if (r < 0)
        return r;
    if (n)
        strbuf_printf(&c->left_out, "%s%.*s (%s, %llu)", c->left_out.n ? ", " : "", STR_ARG(name), _(what), (unsigned long long)n);
    return 0;
}

static int read_members(struct container *c)
{
    struct archive_entry *e;
    int r = 0, status;
    unsigned n = 0;
    while (!r && (status = archive_read_next_header(c->a, &e)) != ARCHIVE_EOF) {
        const char *path = status == ARCHIVE_OK ? archive_entry_pathname(e) : NULL;
        if (!path)
            return damaged(c, archive_error_string(c->a));
        if (++n > MEMBERS_MAX)
            return error_set(c->err, -EFBIG, "%s: more than %d files in it", c->name, MEMBERS_MAX);
        struct str name = str_basename(str_from(path));
        const char *what = clamav_other_kind(name);
        if (archive_entry_filetype(e) != AE_IFREG)
            continue;
        if ((is_digest_list(name) || clamav_is_ignore_list(name)) && archive_entry_size(e) > 0)
            r = read_member(c, name);
        else if (what)
            r = count_member(c, name, what);
        if (r == -EBADMSG)
            r = damaged(c, archive_error_string(c->a));
        else if (r == -EFBIG && !c->err->text[0])
            r = error_set(c->err, r, "%s: unpacks to more than 8 GiB", c->name);
    }
    return r;
}

/* Takes the header's bytes; the MD5 that it says of the rest, empty when it says none (.cld, .cud). */
static int read_header(struct container *c, char ret_md5[33])
{
    char header[HEADER_BYTES + 1];
    size_t n = 0;
    ret_md5[0] = 0;
    while (n < HEADER_BYTES) {
        struct str piece;
        int r = lines_take_up_to(c->lines, HEADER_BYTES - n, &piece);
        if (r < 0)
            return error_errno(c->err, r, "cannot read %s", c->name);
        if (!piece.n)
            return damaged(c, _("it ends within its header"));
        memcpy(header + n, piece.p, piece.n);
        n += piece.n;
    }
    struct str rest = str_n(header, n), field = {};
    for (int i = 0; i <= FIELD_MD5; i++)
        if (!str_split(&rest, ':', &field))
            return 0;
    uint8_t bytes[DIGEST_BYTES_MAX];
    if (field.n == 32 && hex_decode(field, bytes))
        (void)snprintf(ret_md5, 33, "%.*s", STR_ARG(field));
    return 0;
}

static int check_md5(struct container *c, const char *want)
{
    uint8_t sum[DIGEST_BYTES_MAX];
    _cleanup_(arena_done) struct arena a = {};
    struct str piece = {};
    int r;
    while (!(r = lines_take(c->lines, &piece)) && piece.n) /* behind the end of the tar */
        digest_add(c->md5, piece.p, piece.n);
    if (r < 0)
        return error_errno(c->err, r, "cannot read %s", c->name);
    digest_end(c->md5, sum);
    if (!want[0] || str_eq_nocase(hex_encode(&a, sum, digest_bytes(DIGEST_MD5)), str_from(want)))
        return 0;
    return damaged(c, _("its MD5 is not the one that its header says"));
}

int clamav_read(struct intel *in, const char *name, const struct intel_list *given, struct lines *lines, bool alone, struct error *err)
{
    struct container c = {.in = in, .name = name, .given = given, .lines = lines, .err = err};
    char md5[33];
    int r = read_header(&c, md5);
    if (r < 0)
        return r;
    c.md5 = digest_new(DIGEST_MD5);
    c.a = archive_read_new();
    if (!c.a) {
        (void)digest_free(c.md5);
        return error_set(err, -ENOMEM, "not enough memory for %s", name);
    }
    (void)archive_read_support_filter_gzip(c.a);
    (void)archive_read_support_format_tar(c.a);
    r = archive_read_open(c.a, &c, NULL, give, NULL) == ARCHIVE_OK ? read_members(&c) : damaged(&c, archive_error_string(c.a));
    if (!r)
        r = check_md5(&c, md5);
    if (!r && !c.lists && alone && c.left_out.n)
        r = error_set(err, -EINVAL, "%s: holds no list of digests of files (.hdb, .hsb), only %s; clamscan reads the rest", name, c.left_out.p);
    else if (!r && !c.lists && alone)
        r = error_set(err, -EINVAL, "%s: holds no list of digests of files (.hdb, .hsb)", name);
    if (!r && c.left_out.n)
        clamav_note(in, name, strbuf_str(&c.left_out));
    strbuf_done(&c.left_out);
    (void)archive_read_free(c.a);
    (void)digest_free(c.md5);
    return r;
}
