// SPDX-License-Identifier: Apache-2.0
#include "log/parquet_meta.h"

#include <errno.h>

#include "base/intl.h"
#include "log/parquet_file.h"

enum { TAIL = 8, MAGIC = 4 };

/* ---- the tree of columns ---- */

static const struct {
    uint8_t sense, digits;
    bool is_utc;
} OLD_SENSES[] = {
    /* ConvertedType, by its number */
    [0] = {PARQUET_TEXT, 0, false},      [4] = {PARQUET_TEXT, 0, false},      [5] = {PARQUET_DECIMAL, 0, false}, [6] = {PARQUET_DATE, 0, false},
    [7] = {PARQUET_TIME, 3, true},       [8] = {PARQUET_TIME, 6, true},       [9] = {PARQUET_TIMESTAMP, 3, true}, [10] = {PARQUET_TIMESTAMP, 6, true},
    [11] = {PARQUET_UNSIGNED, 0, false}, [12] = {PARQUET_UNSIGNED, 0, false}, [13] = {PARQUET_UNSIGNED, 0, false}, [14] = {PARQUET_UNSIGNED, 0, false},
    [19] = {PARQUET_TEXT, 0, false},
};

static void take_old_sense(struct parquet_node *n, int64_t converted)
{
    enum { MAP = 1, MAP_KEY_VALUE = 2, LIST = 3 };
    n->is_list = n->is_list || converted == LIST;
    n->is_map = n->is_map || converted == MAP || converted == MAP_KEY_VALUE;
    if (converted >= 0 && converted < (int64_t)ARRAY_SIZE(OLD_SENSES) && n->sense == PARQUET_PLAIN) {
        n->sense = OLD_SENSES[converted].sense;
        n->digits = OLD_SENSES[converted].digits;
        n->is_utc = OLD_SENSES[converted].is_utc;
    }
}

/* TIME and TIMESTAMP: 1 whether it is UTC, 2 its unit: a union whose member is the unit. */
static void take_unit(struct thrift *t, struct parquet_node *n)
{
    struct thrift_field f = {};
    n->digits = 3;
    while (thrift_next(t, &f)) {
        if (f.id == 1 && (f.type == THRIFT_TRUE || f.type == THRIFT_FALSE)) {
            n->is_utc = f.type == THRIFT_TRUE;
        } else if (f.id == 2 && f.type == THRIFT_STRUCT) {
            struct thrift_field unit = {};
            while (thrift_next(t, &unit)) {
                n->digits = unit.id == 2 ? 6 : unit.id == 3 ? 9 : 3;
                thrift_skip(t, unit.type);
            }
        } else {
            thrift_skip(t, f.type);
        }
    }
}

/* DECIMAL: 1 scale. INTEGER: 2 whether it has a sign. */
static void take_number_sense(struct thrift *t, struct parquet_node *n, bool is_decimal)
{
    struct thrift_field f = {};
    n->sense = is_decimal ? PARQUET_DECIMAL : PARQUET_PLAIN;
    while (thrift_next(t, &f)) {
        if (is_decimal && f.id == 1 && f.type == THRIFT_I32)
            n->scale = (int32_t)thrift_int(t);
        else if (!is_decimal && f.id == 2 && f.type == THRIFT_FALSE)
            n->sense = PARQUET_UNSIGNED;
        else
            thrift_skip(t, f.type);
    }
}

static void take_sense(struct thrift *t, struct parquet_node *n)
{
    enum { STRING = 1, MAP, LIST, ENUM, DECIMAL, DATE, TIME, TIMESTAMP, INTEGER = 10, JSON = 12, UUID = 14, FLOAT16 = 15 };
    struct thrift_field f = {};
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case STRING:
        case ENUM:
        case JSON:
            n->sense = PARQUET_TEXT;
            break;
        case MAP:
            n->is_map = true;
            break;
        case LIST:
            n->is_list = true;
            break;
        case DATE:
            n->sense = PARQUET_DATE;
            break;
        case UUID:
            n->sense = PARQUET_UUID;
            break;
        case FLOAT16:
            n->sense = PARQUET_FLOAT16;
            break;
        default:
            break;
        }
        if (f.type == THRIFT_STRUCT && (f.id == TIME || f.id == TIMESTAMP)) {
            n->sense = f.id == TIME ? PARQUET_TIME : PARQUET_TIMESTAMP;
            take_unit(t, n);
        } else if (f.type == THRIFT_STRUCT && (f.id == DECIMAL || f.id == INTEGER)) {
            take_number_sense(t, n, f.id == DECIMAL);
        } else {
            thrift_skip(t, f.type);
        }
    }
}

/* What only holds for certain types means nothing for others. */
static void check_sense(struct parquet_node *n)
{
    enum { UUID_SIZE = 16, HALF = 2, TWELVE = 12 };
    const bool is_whole = n->type == PARQUET_INT32 || n->type == PARQUET_INT64, is_bytes = n->type == PARQUET_BYTES || n->type == PARQUET_FIXED;
    const bool fits = n->sense == PARQUET_TEXT      ? is_bytes
                      : n->sense == PARQUET_UNSIGNED || n->sense == PARQUET_TIME || n->sense == PARQUET_TIMESTAMP ? is_whole
                      : n->sense == PARQUET_DATE    ? n->type == PARQUET_INT32
                      : n->sense == PARQUET_DECIMAL ? is_whole || is_bytes
                      : n->sense == PARQUET_UUID    ? n->type == PARQUET_FIXED && n->size == UUID_SIZE
                      : n->sense == PARQUET_FLOAT16 ? n->type == PARQUET_FIXED && n->size == HALF
                                                    : true;
    if (!fits)
        n->sense = PARQUET_PLAIN;
    if (n->type == PARQUET_INT96)
        n->size = TWELVE;
}

/* One element of the schema; *ret_children is how many stand below it. */
static bool take_node(struct thrift *t, struct parquet_node *n, int64_t *ret_children)
{
    struct thrift_field f = {};
    int64_t type = -1, size = 0, repetition = PARQUET_REQUIRED, converted = -1, children = 0, scale = 0;
    while (thrift_next(t, &f)) {
        const bool is_int = f.type == THRIFT_I32;
        if (f.id == 1 && is_int)
            type = thrift_int(t);
        else if (f.id == 2 && is_int)
            size = thrift_int(t);
        else if (f.id == 3 && is_int)
            repetition = thrift_int(t);
        else if (f.id == 4 && f.type == THRIFT_BINARY)
            n->name = thrift_str(t);
        else if (f.id == 5 && is_int)
            children = thrift_int(t);
        else if (f.id == 6 && is_int)
            converted = thrift_int(t);
        else if (f.id == 7 && is_int)
            scale = thrift_int(t);
        else if (f.id == 10 && f.type == THRIFT_STRUCT)
            take_sense(t, n);
        else
            thrift_skip(t, f.type);
    }
    take_old_sense(n, converted);
    n->scale = n->scale ? n->scale : (int32_t)scale;
    n->is_leaf = children <= 0 && type >= 0;
    n->repetition = (uint8_t)repetition;
    n->type = (uint8_t)type;
    n->size = (uint32_t)size;
    *ret_children = children;
    if (t->w.bad || repetition < PARQUET_REQUIRED || repetition > PARQUET_REPEATED || children < 0 || children > PARQUET_NODES_MAX || n->name.n > PARQUET_NAME_MAX ||
        (n->is_leaf && (type >= PARQUET_TYPE__N || size < 0 || size > INT32_MAX || (type == PARQUET_FIXED && !size))) || n->scale < 0 || n->scale > 76)
        return false;
    if (n->is_leaf)
        check_sense(n);
    return true;
}

/* The element at hand and all below it. */
static bool take_tree(struct parquet_meta *m, struct thrift *t, size_t *elements, unsigned depth, uint8_t def, uint8_t rep)
{
    struct parquet_node n = {};
    int64_t children;
    if (!*elements || depth > PARQUET_DEPTH || m->nodes.n == PARQUET_NODES_MAX || !take_node(t, &n, &children))
        return false;
    --*elements;
    if (depth) { /* what the outermost says of itself counts for nothing */
        n.max_def = (uint8_t)(def + (n.repetition != PARQUET_REQUIRED));
        n.max_rep = (uint8_t)(rep + (n.repetition == PARQUET_REPEATED));
    } else {
        n.is_leaf = false;
    }
    const uint32_t at = (uint32_t)m->nodes.n;
    n.leaf = (uint32_t)m->leaves.n;
    vec_add(&m->nodes, n);
    if (n.is_leaf)
        vec_add(&m->leaves, at);
    for (int64_t i = 0; i < children; i++)
        if (!take_tree(m, t, elements, depth + 1, n.max_def, n.max_rep))
            return false;
    m->nodes.v[at].end = (uint32_t)m->nodes.n;
    m->nodes.v[at].n_leaves = (uint32_t)m->leaves.n - n.leaf;
    return true;
}

/* ---- the footer ---- */

static bool take_schema(struct parquet_meta *m, struct thrift *t)
{
    uint8_t of;
    size_t n = thrift_list(t, &of);
    return of == THRIFT_STRUCT && !m->nodes.n && take_tree(m, t, &n, 0, 0, 0) && !n && m->leaves.n;
}

static bool take_groups(struct parquet_meta *m, struct thrift *t)
{
    uint8_t of;
    size_t n = thrift_list(t, &of);
    if (n && of != THRIFT_STRUCT)
        return false;
    for (; n && !t->w.bad; n--) {
        vec_add(&m->groups, (uint32_t)(t->w.left.p - m->bytes.p));
        thrift_skip(t, THRIFT_STRUCT);
    }
    return true;
}

static int take_footer(struct parquet_meta *m, struct error *err)
{
    struct thrift t = {.w = {.left = m->bytes}};
    struct thrift_field f = {};
    bool is_good = true;
    int64_t rows = 0;
    while (is_good && thrift_next(&t, &f)) {
        if (f.id == 2 && f.type == THRIFT_LIST)
            is_good = take_schema(m, &t);
        else if (f.id == 3 && f.type == THRIFT_I64)
            rows = thrift_int(&t);
        else if (f.id == 4 && f.type == THRIFT_LIST)
            is_good = take_groups(m, &t);
        else
            thrift_skip(&t, f.type);
    }
    if (!is_good || t.w.bad || !m->nodes.n || rows < 0)
        return error_set(err, -EBADMSG, "this is Parquet whose footer makes no sense, or has more than %d columns or %d groups within groups", PARQUET_NODES_MAX, PARQUET_DEPTH);
    m->rows = (uint64_t)rows;
    return 0;
}

int parquet_meta_read(struct parquet_meta *m, int fd, uint64_t size, struct error *err)
{
    uint8_t tail[TAIL];
    uint32_t n;
    if (size < TAIL + MAGIC || parquet_pread(fd, tail, TAIL, size - TAIL) < 0)
        return error_set(err, -ENODATA, "this is Parquet that is cut, or not written to its end yet: it has no footer");
    if (!memcmp(tail + MAGIC, "PARE", MAGIC))
        return error_set(err, -ENOTSUP, "this is Parquet whose footer is encrypted, which is not read: have it written without encryption, or decrypt it with the key that it was written with");
    if (memcmp(tail + MAGIC, "PAR1", MAGIC) != 0)
        return error_set(err, -ENODATA, "this is Parquet that is cut, or not written to its end yet: it has no footer");
    n = (uint32_t)tail[0] | (uint32_t)tail[1] << 8 | (uint32_t)tail[2] << 16 | (uint32_t)tail[3] << 24;
    if (n > size - TAIL - MAGIC)
        return error_set(err, -EBADMSG, "this is Parquet that is damaged: its footer is larger than the file");
    if (n > PARQUET_FOOTER_MAX)
        return error_set(err, -E2BIG, "the footer of this Parquet file has %u bytes; the most is %d: write it as several files", n, PARQUET_FOOTER_MAX);
    m->footer = xrealloc(NULL, n + 1, 1);
    m->bytes = str_n(m->footer, n);
    const int r = parquet_pread(fd, m->footer, n, size - TAIL - n);
    return r < 0 ? error_errno(err, r, "cannot be read") : take_footer(m, err);
}

void parquet_meta_done(struct parquet_meta *m)
{
    free(m->footer);
    vec_done(&m->nodes);
    vec_done(&m->leaves);
    vec_done(&m->groups);
    *m = (struct parquet_meta){};
}

/* ---- row groups ---- */

static bool take_chunk_meta(struct thrift *t, uint64_t size, struct parquet_chunk *c)
{
    struct thrift_field f = {};
    int64_t values = -1, packed = -1, data = -1, dictionary = 0;
    while (thrift_next(t, &f)) {
        if (f.id == 1 && f.type == THRIFT_I32)
            c->type = thrift_int(t);
        else if (f.id == 4 && f.type == THRIFT_I32)
            c->codec = thrift_int(t);
        else if (f.id == 5 && f.type == THRIFT_I64)
            values = thrift_int(t);
        else if (f.id == 7 && f.type == THRIFT_I64)
            packed = thrift_int(t);
        else if (f.id == 9 && f.type == THRIFT_I64)
            data = thrift_int(t);
        else if (f.id == 11 && f.type == THRIFT_I64)
            dictionary = thrift_int(t);
        else
            thrift_skip(t, f.type);
    }
    /* some writers give 0 for a dictionary that is not there */
    const int64_t at = dictionary > 0 && dictionary < data ? dictionary : data;
    if (values < 0 || packed < 0 || at < 0 || (uint64_t)at > size || (uint64_t)packed > size - (uint64_t)at)
        return false;
    c->at = (uint64_t)at;
    c->end = (uint64_t)at + (uint64_t)packed;
    c->values = (uint64_t)values;
    return true;
}

static void take_chunk(struct thrift *t, uint64_t size, struct parquet_chunk *c)
{
    struct thrift_field f = {};
    bool is_whole = false, is_encrypted = false, is_elsewhere = false;
    *c = (struct parquet_chunk){.codec = -1, .type = -1};
    while (thrift_next(t, &f)) {
        is_encrypted = is_encrypted || f.id == 8 || f.id == 9;
        if (f.id == 1 && f.type == THRIFT_BINARY)
            is_elsewhere = thrift_str(t).n != 0;
        else if (f.id == 3 && f.type == THRIFT_STRUCT)
            is_whole = take_chunk_meta(t, size, c);
        else
            thrift_skip(t, f.type);
    }
    if (is_encrypted)
        c->why = N_("encrypted: have it written without encryption, or decrypt it with its key");
    else if (is_elsewhere)
        c->why = N_("in another file");
    else if (!is_whole)
        c->why = N_("said to lie where the file has no such bytes");
}

bool parquet_group(const struct parquet_meta *m, size_t group, uint64_t size, struct parquet_chunk *chunks, uint64_t *ret_rows)
{
    struct thrift t = {.w = {.left = str_sub(m->bytes, m->groups.v[group], m->bytes.n)}};
    struct thrift_field f = {};
    bool has_chunks = false;
    int64_t rows = -1;
    while (thrift_next(&t, &f)) {
        uint8_t of;
        if (f.id == 1 && f.type == THRIFT_LIST) {
            const size_t n = thrift_list(&t, &of);
            if (of != THRIFT_STRUCT || n != m->leaves.n || has_chunks)
                return false;
            for (size_t i = 0; i < n; i++)
                take_chunk(&t, size, &chunks[i]);
            has_chunks = true;
        } else if (f.id == 3 && f.type == THRIFT_I64) {
            rows = thrift_int(&t);
        } else {
            thrift_skip(&t, f.type);
        }
    }
    if (t.w.bad || !has_chunks || rows < 0)
        return false;
    *ret_rows = (uint64_t)rows;
    return true;
}

/* ---- pages ---- */

static void take_data_head(struct thrift *t, struct parquet_page *p)
{
    struct thrift_field f = {};
    while (thrift_next(t, &f)) {
        int64_t *to = f.id == 1 ? &p->values : f.id == 2 ? &p->encoding : f.id == 3 ? &p->def_encoding : f.id == 4 ? &p->rep_encoding : NULL;
        if (to && f.type == THRIFT_I32)
            *to = thrift_int(t);
        else
            thrift_skip(t, f.type);
    }
}

static void take_data_head_2(struct thrift *t, struct parquet_page *p)
{
    struct thrift_field f = {};
    while (thrift_next(t, &f)) {
        int64_t *to = f.id == 1 ? &p->values : f.id == 4 ? &p->encoding : f.id == 5 ? &p->def_bytes : f.id == 6 ? &p->rep_bytes : NULL;
        if (to && f.type == THRIFT_I32)
            *to = thrift_int(t);
        else if (f.id == 7 && (f.type == THRIFT_TRUE || f.type == THRIFT_FALSE))
            p->is_packed = f.type == THRIFT_TRUE;
        else
            thrift_skip(t, f.type);
    }
}

bool parquet_page_head(struct str bytes, struct parquet_page *ret, size_t *ret_used)
{
    struct thrift t = {.w = {.left = bytes}};
    struct thrift_field f = {};
    struct parquet_page p = {.kind = -1, .unpacked = -1, .packed = -1, .encoding = -1, .is_packed = true};
    while (thrift_next(&t, &f)) {
        int64_t *to = f.id == 1 ? &p.kind : f.id == 2 ? &p.unpacked : f.id == 3 ? &p.packed : NULL;
        if (to && f.type == THRIFT_I32)
            *to = thrift_int(&t);
        else if ((f.id == 5 || f.id == 7) && f.type == THRIFT_STRUCT)
            take_data_head(&t, &p); /* that of a dictionary begins the same */
        else if (f.id == 8 && f.type == THRIFT_STRUCT)
            take_data_head_2(&t, &p);
        else
            thrift_skip(&t, f.type);
    }
    if (t.w.bad || p.kind < 0 || p.unpacked < 0 || p.packed < 0 || p.values < 0 || p.values > INT32_MAX || p.def_bytes < 0 || p.rep_bytes < 0)
        return false;
    *ret = p;
    *ret_used = (size_t)(t.w.left.p - bytes.p);
    return true;
}
