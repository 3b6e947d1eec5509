// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "base/text.h"
#include "intel/clamav.h"

enum { FOUND_MAX = 64 }; /* entries of one digest that are looked at */

struct intel *intel_new(uint64_t now_ns)
{
    struct intel *in = xnew(struct intel);
    in->today = day_of(now_ns);
    in->hash = digest_new(DIGEST_SHA256);
    return in;
}

struct intel *intel_free(struct intel *in)
{
    if (!in)
        return NULL;
    vec_done(&in->lists);
    digests_done(&in->digests);
    digests_done(&in->leaked);
    names_done(&in->names);
    nets_done(&in->nets);
    map_done(&in->ignored);
    (void)digest_free(in->hash);
    arena_done(&in->arena);
    free(in);
    return NULL;
}

void reading_bad(struct reading *r, const char *why)
{
    list_bad(&r->list, &r->intel->arena, r->line, why);
}

void reading_comment(struct reading *r, struct str comment)
{
    const char *why;
    if (r->in_header && !list_header(&r->list, &r->intel->arena, comment, r->category_fixed, &why))
        reading_bad(r, why);
}

/* The word between the last two dots of a file's name, as in nocoin.mining.txt. */
static struct str name_category(struct str name)
{
    name = str_basename(name);
    const char *last = name.n ? memrchr(name.p, '.', name.n) : NULL;
    if (!last)
        return STR_NULL;
    name = str_sub(name, 0, (size_t)(last - name.p));
    const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
    return dot ? str_sub(name, (size_t)(dot - name.p) + 1, name.n) : STR_NULL;
}

static enum list_role role_of(struct str name)
{
    if (str_ends(name, STR(".fp")) || str_ends(name, STR(".sfp")))
        return LIST_ALLOWED;
    return str_ends(name, STR(".hdu")) || str_ends(name, STR(".hsu")) ? LIST_UNWANTED : LIST_BAD;
}

/* As what the bytes were read is part of the sum, beside the bytes themselves. */
static void add_to_sum(struct intel *in, const struct intel_list *list)
{
    _cleanup_(arena_done) struct arena a = {};
    struct str text = arena_printf(&a, "|%.*s|%u|%u;", STR_ARG(list->category), (unsigned)list->role,
                                   (unsigned)(list->is_context | list->is_expired << 1));
    digest_add(in->hash, text.p, text.n);
}

static void reading_done(struct reading *r)
{
    strbuf_done(&r->origin);
}

/* Reads one list and keeps it when it holds anything. */
static int read_list(struct intel *in, struct reading *r, struct lines *lines, bool digests, struct error *err)
{
    if (in->lists.n >= INTEL_LISTS_MAX)
        return error_set(err, -EFBIG, "%.*s: more than %d lists", STR_ARG(r->list.file), INTEL_LISTS_MAX);
    r->intel = in;
    r->number = (uint16_t)in->lists.n;
    r->in_header = true;
    int e = digests ? digest_list_read(r, lines, err) : name_list_read(r, lines, err);
    if (e < 0)
        return e;
    if (r->result < 0)
        return error_set(err, r->result, "%.*s:%u: more entries than can be kept", STR_ARG(r->list.file), r->line);
    if (!digests && !r->list.category.n)
        return error_set(err, -EINVAL,
                         "%.*s: nothing says what being on this list means; give it as CATEGORY=FILE, name the file "
                         "NAME.CATEGORY.txt, or begin it with a line `# category: mining`",
                         STR_ARG(r->list.file));
    if (!r->list.digests && !r->list.names && !r->list.nets && !r->list.passed)
        return error_set(err, -EINVAL, "%.*s: %s%s%.*s", STR_ARG(r->list.file),
                         digests ? _("holds no digest; ClamAV's .hdb and .hsb, sha256sum's output, one digest a line, CSV, "
                                     "JSON lines, events of MISP and bundles of STIX are understood")
                                 : _("holds no name and no address; names or addresses one a line, hosts files, block lists "
                                     "of browsers, zones, dnsmasq's and unbound's settings, CSV with a line that names its columns, JSON lines, MISP's JSON and "
                                       "bundles of STIX are understood"),
                         r->list.bad ? "; " : "", STR_ARG(r->list.bad_shown));
    r->list.is_expired = r->list.expires && r->list.expires < in->today;
    add_to_sum(in, &r->list);
    vec_add(&in->lists, r->list);
    return 0;
}

int intel_add_lines(struct intel *in, const char *name, const struct intel_list *given, struct lines *lines, bool digests,
                    struct error *err)
{
    if (digests && clamav_is_ignore_list(str_from(name)))
        return clamav_read_ignored(in, name, lines, err);
    _cleanup_(reading_done) struct reading r = {.list = given ? *given : (struct intel_list){}};
    struct str file = arena_str(&in->arena, str_from(name)), category = r.list.category;
    r.list.file = file;
    r.category_fixed = category.n > 0;
    r.list.category = STR_NULL;
    if (digests)
        r.list.role = r.list.role == LIST_LEAKED ? LIST_LEAKED : role_of(file);
    else if (!category.n)
        (void)category_parse(&in->arena, name_category(file), &r.list.category);
    else if (!category_parse(&in->arena, category, &r.list.category))
        return error_set(err, -EINVAL, "`%.*s` is no category: one word of letters, digits and dashes, such as mining",
                         STR_ARG(category));
    const char *other = digests ? clamav_other_kind(file) : NULL;
    if (other)
        return error_set(err, -EINVAL, "%s: %s of ClamAV's, which are not read here; of its files .hdb and .hsb hold digests of files, "
                         "rules of YARA go to --yara, and clamscan reads the rest", name, _(other));
    return read_list(in, &r, lines, digests, err);
}

static const struct intel_list LEAKED = {.role = LIST_LEAKED};

int intel_add_digests_text(struct intel *in, const char *name, struct str text, struct error *err)
{
    _cleanup_(lines_done) struct lines lines;
    lines_from(&lines, text, in->hash);
    if (clamav_is_container(text))
        return clamav_read(in, name, NULL, &lines, true, err);
    return intel_add_lines(in, name, NULL, &lines, true, err);
}

int intel_add_leaked_text(struct intel *in, const char *name, struct str text, struct error *err)
{
    _cleanup_(lines_done) struct lines lines;
    lines_from(&lines, text, in->hash);
    return intel_add_lines(in, name, &LEAKED, &lines, true, err);
}

int intel_begin(struct intel *in, const char *name, enum list_role role, struct error *err)
{
    if (in->lists.n >= INTEL_LISTS_MAX)
        return error_set(err, -EFBIG, "%s: more than %d lists", name, INTEL_LISTS_MAX);
    vec_add(&in->lists, (struct intel_list){.file = arena_str(&in->arena, str_from(name)), .role = role});
    add_to_sum(in, &in->lists.v[in->lists.n - 1]);
    return (int)in->lists.n - 1;
}

static struct str told_text(struct str s)
{
    s = text_cut(s, LIST_TEXT_MAX);
    const char *zero = s.n ? memchr(s.p, 0, s.n) : NULL;
    return zero ? str_sub(s, 0, (size_t)(zero - s.p)) : s;
}

int intel_tell(struct intel *in, int list, const struct intel_told *told, struct error *err)
{
    struct intel_list *to = &in->lists.v[list];
    struct digest_given given = {
        .kind = DIGEST_SHA256,
        .size = DIGEST_ANY_SIZE,
        .name = told_text(told->reason),
        .source = told_text(told->source),
        .list = (uint16_t)list,
        .expires = told->last_day,
    };
    memcpy(given.bytes, told->sha256, SHA256_BYTES);
    int r = digests_add(to->role == LIST_LEAKED ? &in->leaked : &in->digests, &given);
    if (r < 0)
        return error_set(err, r, "%.*s: more entries than can be kept", STR_ARG(to->file));
    to->digests++;
    in->entries_expire |= given.expires;
    const uint64_t sizes[] = {given.name.n, given.source.n, given.expires};
    digest_add(in->hash, told->sha256, SHA256_BYTES);
    digest_add(in->hash, sizes, sizeof(sizes));
    digest_add(in->hash, given.name.p, given.name.n);
    digest_add(in->hash, given.source.p, given.source.n);
    return 0;
}

int intel_add_names_text(struct intel *in, const char *name, struct str category, struct str text, struct error *err)
{
    _cleanup_(lines_done) struct lines lines;
    lines_from(&lines, text, in->hash);
    return intel_add_lines(in, name, &(struct intel_list){.category = category}, &lines, false, err);
}

int intel_add_file(struct intel *in, const char *path, const struct intel_list *given, bool digests, bool alone, struct error *err)
{
    _cleanup_(lines_done) struct lines lines = {.fd = -1};
    struct str start = {};
    int r = lines_open(&lines, path, in->hash, err);
    if (!r && digests && lines_peek(&lines, &start) < 0)
        start = STR_NULL; /* the reader below says why */
    if (!r && clamav_is_container(start))
        return clamav_read(in, path, given, &lines, alone, err);
    return r < 0 ? r : intel_add_lines(in, path, given, &lines, digests, err);
}

int intel_add_names(struct intel *in, const char *path, struct str category, struct error *err)
{
    return intel_add_file(in, path, &(struct intel_list){.category = category}, false, true, err);
}

void intel_seal(struct intel *in)
{
    uint8_t sum[DIGEST_BYTES_MAX];
    digests_seal(&in->digests);
    digests_seal(&in->leaked);
    names_seal(&in->names);
    nets_seal(&in->nets);
    if (in->entries_expire) /* what is found differs from day to day */
        digest_add(in->hash, &in->today, sizeof(in->today));
    digest_end(in->hash, sum);
    in->digest = hex_encode(&in->arena, sum, digest_bytes(DIGEST_SHA256));
}

const struct intel_list *intel_lists(const struct intel *in, size_t *ret_n)
{
    *ret_n = in->lists.n;
    return in->lists.v;
}

struct intel_totals intel_totals(const struct intel *in)
{
    return (struct intel_totals){.digests = digests_count(&in->digests) + digests_count(&in->leaked), .names = in->names.n + nets_count(&in->nets)};
}

struct str intel_digest(const struct intel *in)
{
    return in->digest;
}

bool intel_wants(const struct intel *in, enum digest_kind kind, uint64_t size)
{
    return in && digests_want(&in->digests, kind, size);
}

static void add_known(struct intel_known *known, struct str name, struct str source)
{
    for (size_t i = 0; i < known->n; i++)
        if (str_eq(known->v[i].name, name) && str_eq(known->v[i].source, source))
            return;
    if (known->n < ARRAY_SIZE(known->v)) {
        known->v[known->n].name = name;
        known->v[known->n++].source = source;
    }
}

static void know(const struct intel *in, const struct digests *set, enum digest_kind kind, const uint8_t *digest, uint64_t size,
                 struct intel_known *known)
{
    struct digest_found found[FOUND_MAX];
    size_t n = set ? digests_find(set, kind, digest, size, found, FOUND_MAX) : 0;
    for (size_t i = 0; i < n; i++) {
        const struct intel_list *list = &in->lists.v[found[i].list];
        if (in->ignored.n && found[i].name.n && map_get(&in->ignored, found[i].name))
            continue;
        bool expired = list->is_expired || (found[i].expires && found[i].expires < in->today);
        if (list->role == LIST_ALLOWED) {
            known->allowed |= !expired; /* a permission that is over permits nothing */
            continue;
        }
        known->expired |= expired;
        known->bad |= !expired && (list->role == LIST_BAD || list->role == LIST_LEAKED);
        known->unwanted |= !expired && list->role == LIST_UNWANTED;
        add_known(known, found[i].name, found[i].source.n ? found[i].source : list->source.n ? list->source : list->file);
    }
}

void intel_know(const struct intel *in, enum digest_kind kind, const uint8_t *digest, uint64_t size, struct intel_known *known)
{
    know(in, in ? &in->digests : NULL, kind, digest, size, known);
}

bool intel_has_leaked(const struct intel *in)
{
    return in && digests_count(&in->leaked);
}

void intel_know_leaked(const struct intel *in, enum digest_kind kind, const uint8_t *digest, struct intel_known *known)
{
    know(in, in ? &in->leaked : NULL, kind, digest, DIGEST_ANY_SIZE, known);
}

void intel_known_add(struct intel_known *whole, const struct intel_known *part)
{
    if (part->allowed)
        return;
    whole->bad |= part->bad;
    whole->unwanted |= part->unwanted;
    whole->expired |= part->expired;
    for (size_t i = 0; i < part->n; i++)
        add_known(whole, part->v[i].name, part->v[i].source);
}

static size_t to_lists(const struct intel *in, const uint16_t *hits, size_t n, const struct intel_list **ret)
{
    for (size_t i = 0; i < n; i++)
        ret[i] = &in->lists.v[hits[i]];
    return n;
}

size_t intel_find_name(const struct intel *in, struct str host, const struct intel_list *ret[NAMES_HITS_MAX])
{
    uint16_t hits[NAMES_HITS_MAX];
    char normal[NAME_BYTES_MAX];
    size_t n = in && in->names.n ? name_normal(host, normal) : 0;
    return n ? to_lists(in, hits, names_find(&in->names, str_n(normal, n), hits), ret) : 0;
}

size_t intel_find_address(const struct intel *in, struct str address, const struct intel_list *ret[NETS_HITS_MAX])
{
    uint16_t hits[NETS_HITS_MAX];
    struct net net;
    if (!in || !nets_count(&in->nets) || !net_from_str(address, &net))
        return 0;
    return to_lists(in, hits, nets_find(&in->nets, &net, hits), ret);
}
