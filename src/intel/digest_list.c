// SPDX-License-Identifier: Apache-2.0
/*
 * Lists of digests, line by line, each told by its own form:
 *
 *     44d88612fea8a8f36de82e1278abb02f:68:Name[:level[:level]]    ClamAV .hdb .hsb .hdu .hsu .fp .sfp; size may be *
 *     <hex>  file      <hex> *file     SHA256 (file) = <hex>      sha256sum, md5sum, sha1sum and their BSD form
 *     sha256:<hex>     <hex>           <hex>;comment              one a line, with or without words behind it
 *     digest,type,reason,source,…                                 CSV with a first line that names its columns
 *     {"digest":"sha256:…","reason":"…","expiry":"…"}             JSON lines, or a JSON array of those or of strings
 *
 * and, of leaked secrets alone:
 *
 *     <hex>:<count>                                               lists of leaked passwords
 *     [bits] SHA256:<base64> [comment]                            fingerprints of keys, as ssh-keygen -l writes them
 *
 * Comments begin with # or ; or //.
 */
#include <errno.h>
#include <jansson.h>

#include "base/intl.h"
#include "intel/internal.h"
#include "intel/sharing.h"

enum {
    /* Functionality level of ClamAV 1.4.6, whose meaning of the levels behind a signature is followed. */
    CLAMAV_LEVEL = 216,
    CLAMAV_LEVEL_ANY_SIZE = 73, /* from which on a size may be * */
};

static const char NOT_HEX[] = N_("no MD5, SHA-1 or SHA-256 in hex (32, 40 or 64 digits)");

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Digits of hex at the start. */
static size_t hex_run(struct str s)
{
    size_t n = 0;
    while (n < s.n && is_hex(s.p[n]))
        n++;
    return n;
}

/* A digest that fills the text, with its algorithm's name before it or without. */
static bool parse_digest(struct str s, struct digest_given *ret)
{
    static const struct str prefixes[] = {{"md5:", 4}, {"sha1:", 5}, {"sha256:", 7}};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (s.n > prefixes[i].n && str_eq_nocase(str_sub(s, 0, prefixes[i].n), prefixes[i])) {
            s = str_sub(s, prefixes[i].n, s.n);
            if (s.n != 2 * digest_bytes((enum digest_kind)i))
                return false;
        }
    for (int kind = 0; kind < DIGEST__N; kind++)
        if (s.n == 2 * digest_bytes((enum digest_kind)kind) && hex_decode(s, ret->bytes)) {
            ret->kind = (enum digest_kind)kind;
            return true;
        }
    return false;
}

static void add(struct reading *r, struct digest_given *given)
{
    given->list = r->number;
    given->name = str_sub(given->name, 0, LIST_TEXT_MAX);
    given->source = str_sub(given->source, 0, LIST_TEXT_MAX);
    if (memchr(given->name.n ? given->name.p : "", 0, given->name.n) ||
        memchr(given->source.n ? given->source.p : "", 0, given->source.n)) {
        reading_bad(r, N_("a NUL byte in a name"));
        return;
    }
    int e = digests_add(r->list.role == LIST_LEAKED ? &r->intel->leaked : &r->intel->digests, given);
    if (e < 0)
        r->result = e;
    else
        r->list.digests++;
    r->intel->entries_expire |= given->expires;
}

/* What follows the digest of a ClamAV signature: size, name and levels. */
static void add_clamav(struct reading *r, struct digest_given *given, struct str rest)
{
    struct str size = {}, level = {};
    uint64_t from = 0, to = UINT64_MAX;
    bool ok = str_split(&rest, ':', &size) && str_split(&rest, ':', &given->name) && given->name.n;
    if (ok && str_split(&rest, ':', &level) && level.n)
        ok = str_to_u64(level, &from);
    if (ok && str_split(&rest, ':', &level) && level.n)
        ok = str_to_u64(level, &to);
    if (!ok || rest.n) {
        reading_bad(r, N_("a signature is digest:size:name, with functionality levels behind it or without"));
        return;
    }
    given->size = DIGEST_ANY_SIZE;
    if (str_is(size, "*") ? from < CLAMAV_LEVEL_ANY_SIZE : !str_to_u64(size, &given->size)) {
        reading_bad(r, str_is(size, "*") ? N_("a size of * needs a functionality level of 73 or more behind the name")
                                         : N_("the size is no number of bytes"));
        return;
    }
    if (from > CLAMAV_LEVEL || to < CLAMAV_LEVEL)
        r->list.passed++;
    else
        add(r, given);
}

/* A mixed one holds addresses and names as well, which are no mistakes. */
enum column { COLUMN_NONE, COLUMN_MD5, COLUMN_SHA1, COLUMN_SHA256, COLUMN_ANY, COLUMN_NAME, COLUMN_SOURCE, COLUMN_EXPIRES, COLUMN_MIXED };

/* What a column, or a key of JSON, of that name holds. */
static enum column column_of(struct str name)
{
    static const struct {
        const char *name;
        enum column column;
    } known[] = {
        {"md5", COLUMN_MD5},           {"md5_hash", COLUMN_MD5},       {"sha1", COLUMN_SHA1},
        {"sha1_hash", COLUMN_SHA1},    {"sha256", COLUMN_SHA256},      {"sha256_hash", COLUMN_SHA256},
        {"digest", COLUMN_ANY},        {"hash", COLUMN_ANY},           {"value", COLUMN_ANY},
        {"ioc_value", COLUMN_MIXED},   {"indicator", COLUMN_MIXED},    {"malware_printable", COLUMN_NAME},
        {"reason", COLUMN_NAME},       {"name", COLUMN_NAME},          {"signature", COLUMN_NAME},
        {"comment", COLUMN_NAME},      {"malware", COLUMN_NAME},       {"source", COLUMN_SOURCE},
        {"reporter", COLUMN_SOURCE},   {"expiry", COLUMN_EXPIRES},     {"expires", COLUMN_EXPIRES},
        {"valid_until", COLUMN_EXPIRES},
    };
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (str_eq_nocase(name, str_from(known[i].name)))
            return known[i].column;
    return COLUMN_NONE;
}

/* Takes the line as the names of the columns when one of them holds digests. */
static bool take_csv_header(struct reading *r, struct str line, char separator)
{
    struct csv_columns c = {.known = true, .separator = separator, .digest = {-1, -1, -1},
                            .any = -1, .name = -1, .source = -1, .expires = -1};
    struct str field;
    int n = 0;
    for (; csv_field(&line, separator, &field); n++)
        switch (column_of(field)) {
        case COLUMN_MD5:
        case COLUMN_SHA1:
        case COLUMN_SHA256:
            c.digest[column_of(field) - COLUMN_MD5] = n;
            break;
        case COLUMN_ANY:
        case COLUMN_MIXED:
            c.any = n;
            c.is_mixed = column_of(field) == COLUMN_MIXED;
            break;
        case COLUMN_NAME:
            c.name = c.name < 0 ? n : c.name;
            break;
        case COLUMN_SOURCE:
            c.source = c.source < 0 ? n : c.source;
            break;
        case COLUMN_EXPIRES:
            c.expires = n;
            break;
        case COLUMN_NONE:
            break;
        }
    if (n < 2 || (c.any < 0 && c.digest[0] < 0 && c.digest[1] < 0 && c.digest[2] < 0))
        return false;
    r->csv = c;
    return true;
}

static bool is_csv_header(struct reading *r, struct str line)
{
    static const char separators[] = {',', ';', '\t'};
    for (size_t i = 0; i < sizeof(separators); i++)
        if (memchr(line.p, separators[i], line.n) && take_csv_header(r, line, separators[i]))
            return true;
    return false;
}

/* The strongest digest of a row, and what else it says. `values` by enum column. */
static void add_row(struct reading *r, const struct str values[COLUMN_MIXED + 1])
{
    static const enum column order[] = {COLUMN_SHA256, COLUMN_ANY, COLUMN_SHA1, COLUMN_MD5};
    struct digest_given given = {.size = DIGEST_ANY_SIZE, .name = values[COLUMN_NAME], .source = values[COLUMN_SOURCE]};
    struct str expires = values[COLUMN_EXPIRES];
    bool ok = false;
    for (size_t i = 0; i < ARRAY_SIZE(order) && !ok; i++)
        ok = values[order[i]].n && parse_digest(values[order[i]], &given);
    if (!ok && r->csv.is_mixed)
        r->list.passed++;
    else if (!ok)
        reading_bad(r, NOT_HEX);
    else if (expires.n && !day_parse(expires, &given.expires))
        reading_bad(r, N_("the expiry is no day written YYYY-MM-DD"));
    else
        add(r, &given);
}

static void add_csv(struct reading *r, struct str line)
{
    const struct csv_columns *c = &r->csv;
    struct str values[COLUMN_MIXED + 1] = {}, field;
    for (int n = 0; csv_field(&line, c->separator, &field); n++) {
        for (int kind = 0; kind < DIGEST__N; kind++)
            if (n == c->digest[kind])
                values[COLUMN_MD5 + kind] = field;
        if (n == c->any)
            values[COLUMN_ANY] = field;
        if (n == c->name)
            values[COLUMN_NAME] = field;
        if (n == c->source)
            values[COLUMN_SOURCE] = field;
        if (n == c->expires)
            values[COLUMN_EXPIRES] = field;
    }
    add_row(r, values);
}

/* An object, or a string that is the digest itself. */
static void add_json(struct reading *r, const json_t *j)
{
    struct str values[COLUMN_MIXED + 1] = {};
    const char *key;
    json_t *value;
    if (json_is_string(j))
        values[COLUMN_ANY] = str_n(json_string_value(j), json_string_length(j));
    json_object_foreach((json_t *)j, key, value)
    {
        struct str *into = &values[column_of(str_from(key))];
        if (json_is_string(value) && !into->n)
            *into = str_n(json_string_value(value), json_string_length(value));
    }
    values[COLUMN_NONE] = STR_NULL;
    add_row(r, values);
}

/* The entries of an array, or of an object's `list`; else the value itself. */
static void add_json_all(struct reading *r, const json_t *j, bool is_document)
{
    const json_t *list = json_is_array(j) ? j : json_object_get(j, "list");
    json_t *item;
    size_t i;
    if (!json_is_array(list))
        add_json(r, j);
    json_array_foreach((json_t *)list, i, item)
    {
        if (is_document)
            r->line = (uint32_t)i + 1;
        add_json(r, item);
    }
}

/* One indicator of a bundle of STIX or an event of MISP. */
static void add_shared(void *ctx, const struct sharing_entry *entry)
{
    struct reading *r = ctx;
    struct digest_given given = {.size = DIGEST_ANY_SIZE, .name = entry->name};
    r->line++;
    if (entry->kind != SHARING_DIGEST)
        r->list.passed++;
    else if (!parse_digest(entry->value, &given))
        reading_bad(r, NOT_HEX);
    else if (entry->expires.n && !day_parse(entry->expires, &given.expires))
        reading_bad(r, N_("the expiry is no day written YYYY-MM-DD"));
    else
        add(r, &given);
}

static void add_json_line(struct reading *r, struct str line)
{
    json_error_t e;
    json_t *j = json_loadb(line.p, line.n, JSON_ALLOW_NUL, &e);
    if (j && sharing_is(j))
        sharing_each(j, add_shared, r);
    else if (j)
        add_json_all(r, j, false);
    else
        reading_bad(r, N_("no JSON object on one line"));
    json_decref(j);
}

/* SHA256 (file) = <hex> */
static bool take_bsd(struct reading *r, struct str line)
{
    struct digest_given given = {.size = DIGEST_ANY_SIZE};
    const char *equals = line.n ? memrchr(line.p, '=', line.n) : NULL;
    if (!equals || !str_has(line, STR(" (")) ||
        !parse_digest(str_trim(str_sub(line, (size_t)(equals - line.p) + 1, line.n)), &given))
        return false;
    add(r, &given);
    return true;
}

/* SHA256:<43 digits of base64>, with the bits of the key before it or without. */
static bool take_fingerprint(struct reading *r, struct str line)
{
    enum { BASE64 = 43 };
    _cleanup_(arena_done) struct arena a = {};
    struct digest_given given = {.kind = DIGEST_SHA256, .size = DIGEST_ANY_SIZE};
    struct str rest = line, first, bytes;
    uint64_t bits;
    if (str_split(&rest, ' ', &first) && str_to_u64(first, &bits))
        line = str_trim(rest);
    if (!str_starts(line, STR("SHA256:")) || line.n < 7 + BASE64 || (line.n > 7 + BASE64 && !is_blank(line.p[7 + BASE64])) ||
        !base64_decode(&a, str_sub(line, 7, 7 + BASE64), &bytes) || bytes.n != digest_bytes(DIGEST_SHA256))
        return false;
    memcpy(given.bytes, bytes.p, bytes.n);
    add(r, &given);
    return true;
}

/* A line that begins with its digest. */
static void add_plain(struct reading *r, struct str line)
{
    struct digest_given given = {.size = DIGEST_ANY_SIZE};
    size_t prefix = 0;
    if (line.n && (line.p[0] == '"' || line.p[0] == '\\')) /* CSV without a first line; sha256sum of an odd name */
        line = str_sub(line, 1, line.n);
    for (size_t i = 3; i <= 6 && i < line.n; i++)
        if (line.p[i] == ':' && (line.p[0] == 'm' || line.p[0] == 'M' || line.p[0] == 's' || line.p[0] == 'S'))
            prefix = i + 1;
    size_t end = prefix + hex_run(str_sub(line, prefix, line.n));
    struct str rest = str_sub(line, end, line.n);
    if (!parse_digest(str_sub(line, 0, end), &given) || (rest.n && !strchr(" \t:;,|\"", rest.p[0]))) {
        size_t n = end - prefix;
        reading_bad(r, n == 128 || n == 96 ? N_("SHA-512 and SHA-384 are not compared: give the SHA-256") : NOT_HEX);
        return;
    }
    if (rest.n && rest.p[0] == ':' && r->list.role != LIST_LEAKED) {
        add_clamav(r, &given, str_sub(rest, 1, rest.n));
        return;
    }
    /* Behind a digest stands the file it was made of, which says nothing, or words after ; or , which do. */
    if (rest.n && rest.p[0] == '"')
        rest = str_sub(rest, 1, rest.n);
    if (rest.n && !is_blank(rest.p[0]) && rest.p[0] != ':')
        given.name = str_trim(str_sub(rest, 1, rest.n));
    add(r, &given);
}

static void take_line(struct reading *r, struct str line)
{
    line = str_trim(line);
    if (!line.n)
        return;
    if (line.p[0] == '#' || line.p[0] == ';' || str_starts(line, STR("//"))) {
        size_t from = 1;
        while (from < line.n && (line.p[from] == '#' || line.p[from] == '/' || is_blank(line.p[from])))
            from++;
        struct str comment = str_sub(line, from, line.n);
        if (!r->csv.known && comment.n && is_csv_header(r, comment))
            return;
        reading_comment(r, comment);
        return;
    }
    if (line.p[0] == '{') {
        add_json_line(r, line);
    } else if (r->csv.known) {
        add_csv(r, line);
    } else if (r->list.role == LIST_LEAKED && take_fingerprint(r, line)) {
        /* taken */
    } else if (!(r->in_header && is_csv_header(r, line)) && !take_bsd(r, line)) {
        add_plain(r, line);
    }
    r->in_header = false;
}

static int read_document(struct reading *r, struct str text, struct error *err)
{
    json_error_t e;
    json_t *j = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &e);
    if (!j)
        return error_set(err, -EINVAL, "%.*s:%d:%d: %s", STR_ARG(r->list.file), e.line, e.column, e.text);
    if (sharing_is(j))
        sharing_each(j, add_shared, r);
    else
        add_json_all(r, j, true);
    json_decref(j);
    return 0;
}

/* One JSON document over several lines rather than one on each line. */
static bool is_document(struct str start)
{
    start = str_trim(start);
    const char *end = start.n ? memchr(start.p, '\n', start.n) : NULL;
    struct str first = str_trim(end ? str_sub(start, 0, (size_t)(end - start.p)) : start);
    return start.n && (start.p[0] == '[' || (start.p[0] == '{' && (first.n > LINE_BYTES_MAX || first.p[first.n - 1] != '}')));
}

int digest_list_read(struct reading *r, struct lines *lines, struct error *err)
{
    struct str line;
    int e = lines_peek(lines, &line);
    if (!e && is_document(line)) {
        _cleanup_(strbuf_done) struct strbuf text = {};
        e = lines_rest(lines, INTEL_JSON_BYTES, &text);
        if (e < 0)
            return error_errno(err, e, "cannot read %.*s whole", STR_ARG(r->list.file));
        return read_document(r, strbuf_str(&text), err);
    }
    while (!e && !r->result && !(e = lines_next(lines, &line))) {
        r->line = lines->number;
        if (lines->is_cut)
            reading_bad(r, N_("longer than 16 KiB"));
        else
            take_line(r, line);
    }
    return e < 0 ? error_errno(err, e, "cannot read %.*s", STR_ARG(r->list.file)) : 0;
}
