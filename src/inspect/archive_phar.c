// SPDX-License-Identifier: Apache-2.0
#include "inspect/archive_phar.h"

#include <errno.h>

#include "base/cleanup.h"
#include "inspect/archive_step.h"
#include "inspect/unwrap.h"

enum {
    ENTRY_NUMBERS = 24, /* behind a name: size, time, packed size, CRC-32, flags, length of what PHP keeps */
    FLAG_DEFLATED = 0x1000,
    FLAG_BZIP2 = 0x2000,
    FLAG_MODE = 0x1ff,
};

static bool take(struct str *s, size_t n, struct str *ret)
{
    if (n > s->n)
        return false;
    *ret = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return true;
}

static bool take_u32(struct str *s, uint32_t *ret)
{
    struct str bytes;
    if (!take(s, 4, &bytes))
        return false;
    const uint8_t *p = (const uint8_t *)bytes.p;
    *ret = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    return true;
}

bool phar_begins(struct str data, struct phar *ret)
{
    static const struct str HALT = STR("__HALT_COMPILER();"), SIGNED = STR("GBMB");
    uint32_t length, flags, alias, kept;
    struct str rest, manifest, unused;
    if (!str_ends(data, SIGNED))
        return false;
    ptrdiff_t at = str_find(data, HALT, 0);
    if (at < 0)
        return false;
    rest = str_sub(data, (size_t)at + HALT.n, data.n);
    if (str_starts(rest, STR(" ?>")) || str_starts(rest, STR("\n?>")))
        rest = str_sub(rest, 3, rest.n);
    else if (str_starts(rest, STR("?>")))
        rest = str_sub(rest, 2, rest.n);
    if (str_starts(rest, STR("\r\n")))
        rest = str_sub(rest, 2, rest.n);
    else if (str_starts(rest, STR("\n")))
        rest = str_sub(rest, 1, rest.n);
    if (!take_u32(&rest, &length) || !take(&rest, length, &manifest) || !take_u32(&manifest, &ret->left) || !take(&manifest, 2, &unused) ||
        !take_u32(&manifest, &flags) || !take_u32(&manifest, &alias) || !take(&manifest, alias, &unused) || !take_u32(&manifest, &kept) ||
        !take(&manifest, kept, &unused))
        return false;
    ret->entries = manifest;
    ret->body = rest;
    return ret->left > 0;
}

int phar_next(struct phar *p, struct phar_file *ret)
{
    uint32_t n, packed, sum, flags, kept;
    struct str unused;
    if (!p->left)
        return 1;
    if (!take_u32(&p->entries, &n) || !take(&p->entries, n, &ret->name) || p->entries.n < ENTRY_NUMBERS || !take_u32(&p->entries, &ret->size) ||
        !take_u32(&p->entries, &ret->mtime_s) || !take_u32(&p->entries, &packed) || !take_u32(&p->entries, &sum) || !take_u32(&p->entries, &flags) ||
        !take_u32(&p->entries, &kept) || !take(&p->entries, kept, &unused) || !take(&p->body, packed, &ret->packed))
        return -EBADMSG;
    p->left--;
    ret->mode = flags & FLAG_MODE;
    ret->is_deflated = flags & FLAG_DEFLATED;
    ret->is_bzip2 = flags & FLAG_BZIP2;
    return 0;
}

/* The content of a file, handed out as one piece. */
static int on_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct str *rest = ctx;
    *ret = (const uint8_t *)rest->p;
    *ret_n = rest->n;
    *rest = STR_NULL;
    return *ret_n ? 0 : 1;
}

static void look_at(struct walk *w, const struct phar_file *f)
{
    _cleanup_(strbuf_done) struct strbuf out = {};
    const size_t room = f->size < PHAR_FILE_MAX ? f->size : PHAR_FILE_MAX;
    struct str content = f->packed;
    bool more;
    if (!walk_counts(w) || str_ends(f->name, STR("/")))
        return;
    if (f->is_deflated || f->is_bzip2) {
        if (f->is_deflated ? !unwrap_deflate(f->packed, room, &out) : !unwrap_inflate(KIND_BZIP2, f->packed, room, &out, &more)) {
            walk_refuse(w, "corrupt");
            return;
        }
        content = strbuf_str(&out);
    }
    if (f->size > PHAR_FILE_MAX)
        walk_refuse(w, "too-large");
    w->in->budget->unpacked += content.n;
    const struct member m = {
        .name = member_name(f->name, walk_summary(w)),
        .has_mode = true,
        .mode = f->mode,
        .mtime_ns = (uint64_t)f->mtime_s * 1'000'000'000U,
        .has_size = true,
        .size = content.n,
    };
    walk_look_at(w, m, on_read, &content);
}

void walk_phar(struct walk *w, struct phar *p)
{
    struct phar_file f;
    int r = 0;
    walk_set_kind(w, KIND_PHAR, NULL);
    while (w->in->error >= 0 && !walk_spent(w->in->budget) && !(r = phar_next(p, &f)))
        look_at(w, &f);
    if (r < 0)
        walk_refuse(w, "corrupt");
}
