// SPDX-License-Identifier: Apache-2.0
#include "log/parquet_column.h"

#include <sys/mman.h>

#include "base/intl.h"
#include "log/limits.h"
#include "log/parquet_file.h"

enum {
    PLAIN = 0, PLAIN_DICTIONARY = 2, RLE = 3, BIT_PACKED = 4, DELTA_NUMBERS = 5, DELTA_LENGTHS = 6, DELTA_TEXTS = 7, RLE_DICTIONARY = 8, SPLIT = 9,
    LENGTH = 4,       /* bytes of a length in front of something */
    PAGE_WORK = 1024, /* an empty page is work too: so many bytes of it */
};

#define TOO_LARGE N_("a page is too large: have it written with pages of 1 MiB")

static bool fail(struct parquet_column *c, const char *why)
{
    c->why = c->why ? c->why : why;
    c->has = false;
    return false;
}

static bool damaged(struct parquet_column *c)
{
    return fail(c, N_("damaged"));
}

static uint32_t little(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* ---- memory ---- */

static bool hold(struct parquet_column *c, size_t was, size_t is)
{
    if (is > was && is - was > PARQUET_HOLD_MAX - c->source->held)
        return fail(c, N_("pages of all columns take more than 48 MiB at once: have it written with pages of 1 MiB"));
    c->source->held += is - was;
    return true;
}

static void release(struct parquet_column *c, struct parquet_buffer *b)
{
    if (b->is_aside) {
        c->source->aside -= b->n;
        (void)munmap(b->p, b->n);
    } else {
        c->source->held -= b->capacity;
        free(b->p);
    }
    *b = (struct parquet_buffer){};
}

static bool reserve(struct parquet_column *c, struct parquet_buffer *b, size_t n)
{
    const size_t want = n + 1;
    if (b->is_aside)
        release(c, b);
    b->n = n;
    if (b->p && want <= b->capacity)
        return true;
    if (!hold(c, b->capacity, want))
        return false;
    b->p = xrealloc(b->p, want, 1);
    b->capacity = want;
    return true;
}

/* Room for a text that is put together. */
static bool reserve_text(struct parquet_column *c, size_t n)
{
    const size_t was = c->text.capacity;
    if (n < was)
        return true;
    if (!hold(c, 0, 2 * n + 2)) /* it may double */
        return false;
    c->source->held -= 2 * n + 2;
    strbuf_reserve(&c->text, n - c->text.n);
    c->source->held += c->text.capacity - was;
    return true;
}

static void release_text(struct parquet_column *c)
{
    c->source->held -= c->text.capacity;
    strbuf_done(&c->text);
}

static void release_offsets(struct parquet_column *c)
{
    c->source->held -= c->n_offsets * sizeof(*c->offsets);
    free(TAKE_PTR(c->offsets));
    c->n_offsets = 0;
}

void parquet_column_begin(struct parquet_column *c, const struct parquet_chunk *chunk)
{
    const uint64_t most = c->source->size * PARQUET_VALUES_PER_BYTE + PARQUET_VALUES_LEAST;
    release(c, &c->page);
    release(c, &c->dictionary);
    release_offsets(c);
    c->chunk = *chunk;
    c->why = chunk->why ? chunk->why : parquet_codec_lacks(chunk->codec);
    if (!c->why && chunk->type != c->node->type)
        c->why = N_("of another type than the schema says");
    c->left = chunk->values;
    if (!c->why && (chunk->values > most || c->source->values > most - chunk->values))
        c->why = N_("stands for more values than so few bytes can, which no log does");
    else
        c->source->values += chunk->values;
    c->in_page = 0;
    c->n_dictionary = 0;
    c->has = false;
    release_text(c);
    c->p = c->end = NULL;
}

void parquet_column_done(struct parquet_column *c)
{
    release(c, &c->page);
    release(c, &c->dictionary);
    release_offsets(c);
    release_text(c);
}

/* ---- pages ---- */

static bool read_head(struct parquet_column *c, struct parquet_page *p)
{
    enum { FIRST = 512 };
    struct parquet_source *s = c->source;
    const uint64_t there = c->chunk.end - c->chunk.at;
    for (size_t n = FIRST;; n *= 8) {
        size_t used;
        n = n > there ? (size_t)there : n;
        if (!reserve(c, &s->packed, n))
            return false;
        if (parquet_pread(s->fd, s->packed.p, n, c->chunk.at) < 0)
            return false;
        if (parquet_page_head(str_n(s->packed.p, n), p, &used)) {
            c->chunk.at += used;
            return true;
        }
        if (n == there || n >= PARQUET_HEAD_MAX)
            return false;
    }
}

struct aside {
    struct parquet_spool spool;
    bool is_full;
};

static bool put_aside(void *ctx, struct str piece)
{
    struct aside *a = ctx;
    a->is_full = parquet_spool_add(&a->spool, piece, NULL) < 0;
    return !a->is_full;
}

/* As it stands in the file, from there to there. */
static bool copy_aside(struct parquet_column *c, uint64_t at, size_t n, struct aside *a)
{
    enum { PIECE = 1 << 20 };
    if (!reserve(c, &c->source->packed, PIECE))
        return false;
    for (size_t k; n; n -= k, at += k) {
        k = n < PIECE ? n : PIECE;
        if (parquet_pread(c->source->fd, c->source->packed.p, k, at) < 0 || !put_aside(a, str_n(c->source->packed.p, k)))
            return false;
    }
    return true;
}

/* The packed bytes are in memory, what comes of them is put aside. */
static bool unpack_aside(struct parquet_column *c, uint64_t at, size_t packed, size_t plain, size_t unpacked, struct aside *a)
{
    struct parquet_source *s = c->source;
    if (packed > PARQUET_PACKED_MAX || !parquet_codec_has_pieces(c->chunk.codec))
        return fail(c, TOO_LARGE);
    if (!reserve(c, &s->packed, packed) || parquet_pread(s->fd, s->packed.p, packed, at) < 0)
        return false;
    const struct str bytes = str_n(s->packed.p, packed);
    return put_aside(a, str_sub(bytes, 0, plain)) && parquet_unpack_pieces(s->unpacker, c->chunk.codec, str_sub(bytes, plain, packed), unpacked - plain, put_aside, a);
}

/* A page too large for memory goes into a file piece by piece, and is mapped: what is read of it comes and goes. */
static bool read_aside(struct parquet_column *c, uint64_t at, const struct parquet_page *p, size_t plain, bool is_packed, struct parquet_buffer *to)
{
    struct parquet_source *s = c->source;
    const size_t n = (size_t)p->unpacked;
    struct aside a = {};
    release(c, to);
    if (n > PARQUET_PAGE_MAX || n > PARQUET_ASIDE_MAX - s->aside)
        return fail(c, TOO_LARGE);
    const bool is_good = is_packed ? unpack_aside(c, at, (size_t)p->packed, plain, n, &a) : copy_aside(c, at, n, &a);
    release(c, &s->packed);
    void *mapped = is_good && a.spool.size == n ? mmap(NULL, n, PROT_READ, MAP_SHARED, a.spool.fd, 0) : MAP_FAILED;
    parquet_spool_done(&a.spool);
    if (mapped == MAP_FAILED)
        return a.is_full ? fail(c, N_("a page is too large for memory, and there is no room in TMPDIR or /tmp to put it aside")) : damaged(c);
    *to = (struct parquet_buffer){.p = mapped, .n = n, .is_aside = true};
    s->aside += n;
    c->passed = 0;
    return true;
}

/* What was read of a page aside need not be in memory. */
static void pass_aside(struct parquet_column *c)
{
    enum { STEP = 64 << 10 };
    const size_t at = (size_t)(c->p - (const uint8_t *)c->page.p);
    if (at < c->passed + 2 * STEP)
        return;
    const size_t n = (at - c->passed) / STEP * STEP - STEP; /* the value at hand may lie before */
    (void)madvise(c->page.p + c->passed, n, MADV_DONTNEED);
    c->passed += n;
}

/* The bytes of a page at hand: its `plain` first ones as they are, the rest unpacked. */
static bool read_page(struct parquet_column *c, const struct parquet_page *p, size_t plain, struct parquet_buffer *to)
{
    struct parquet_source *s = c->source;
    const size_t packed = (size_t)p->packed, unpacked = (size_t)p->unpacked;
    const int64_t codec = p->is_packed ? c->chunk.codec : PARQUET_UNPACKED;
    if (packed > c->chunk.end - c->chunk.at || plain > packed || plain > unpacked || (codec == PARQUET_UNPACKED && packed != unpacked))
        return damaged(c);
    s->unpacked += unpacked;
    s->read += packed;
    s->work += unpacked + packed + PAGE_WORK;
    if (s->work / PARQUET_GROWTH > s->size && s->work > PARQUET_UNPACKED_LEAST)
        return fail(c, N_("unpacks to more than a thousand times what the file has, which no log does"));
    const uint64_t at = c->chunk.at;
    c->chunk.at += packed;
    const bool is_full = s->held + unpacked + packed > PARQUET_HOLD_MAX && (codec == PARQUET_UNPACKED || parquet_codec_has_pieces(codec));
    if (unpacked > PARQUET_PAGE_HELD || (is_full && unpacked))
        return read_aside(c, at, p, plain, codec != PARQUET_UNPACKED, to);
    if (packed > PARQUET_PACKED_MAX)
        return fail(c, TOO_LARGE);
    if (!reserve(c, to, unpacked))
        return false;
    if (codec == PARQUET_UNPACKED)
        return parquet_pread(s->fd, to->p, packed, at) == 0 || damaged(c);
    if (!reserve(c, &s->packed, packed))
        return false;
    if (parquet_pread(s->fd, s->packed.p, packed, at) < 0)
        return damaged(c);
    const struct str bytes = str_n(s->packed.p, packed);
    memcpy(to->p, bytes.p, plain);
    return parquet_unpack(s->unpacker, codec, str_sub(bytes, plain, packed), to->p + plain, unpacked - plain) || damaged(c);
}

static bool take_dictionary(struct parquet_column *c, const struct parquet_page *p)
{
    const size_t n = (size_t)p->values, bytes = (size_t)p->unpacked;
    if (c->n_dictionary || (p->encoding != PLAIN && p->encoding != PLAIN_DICTIONARY) || !read_page(c, p, 0, &c->dictionary))
        return damaged(c);
    static const uint8_t sizes[PARQUET_TYPE__N] = {[PARQUET_INT32] = 4, [PARQUET_INT64] = 8, [PARQUET_INT96] = 12, [PARQUET_FLOAT] = 4, [PARQUET_DOUBLE] = 8};
    const struct parquet_node *node = c->node;
    c->n_dictionary = n;
    if (node->type == PARQUET_BOOLEAN)
        return damaged(c);
    if (node->type != PARQUET_BYTES)
        return n <= bytes / (node->type == PARQUET_FIXED ? node->size : sizes[node->type]) || damaged(c);
    if (n > bytes / LENGTH)
        return damaged(c);
    release_offsets(c);
    if (!hold(c, 0, n * sizeof(*c->offsets)))
        return false;
    c->offsets = xrealloc(NULL, n + 1, sizeof(*c->offsets));
    c->n_offsets = n;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (bytes - at < LENGTH)
            return damaged(c);
        const size_t length = little((const uint8_t *)c->dictionary.p + at);
        if (length > bytes - at - LENGTH)
            return damaged(c);
        c->offsets[i] = (uint32_t)at;
        at += LENGTH + length;
    }
    return true;
}

static unsigned bits_for(uint8_t most)
{
    unsigned n = 0;
    while (most >> n)
        n++;
    return n;
}

/* Levels at the front of a page of the first kind. */
static bool take_levels(struct parquet_column *c, struct runs *r, uint8_t most, int64_t encoding, uint64_t values)
{
    const size_t have = (size_t)(c->end - c->p);
    const unsigned width = bits_for(most);
    if (!most)
        return true;
    if (encoding == BIT_PACKED) {
        const uint64_t n = (values * width + 7) / 8;
        if (n > have)
            return damaged(c);
        runs_begin_backwards(r, str_n(c->p, n), width, values);
        c->p += n;
        return true;
    }
    if (encoding != RLE || have < LENGTH || little(c->p) > have - LENGTH)
        return damaged(c);
    const size_t n = little(c->p);
    runs_begin(r, str_n(c->p + LENGTH, n), width);
    c->p += LENGTH + n;
    return true;
}

/* Makes the values of the page ready for its encoding. */
static bool begin_values(struct parquet_column *c, int64_t encoding)
{
    const struct str bytes = str_n(c->p, (size_t)(c->end - c->p));
    const uint8_t type = c->node->type;
    const bool is_text = type == PARQUET_BYTES || type == PARQUET_FIXED;
    const uint8_t *after;
    c->encoding = encoding;
    switch (encoding) {
    case PLAIN:
        if (type == PARQUET_BOOLEAN) { /* bits, as a run without a head */
            c->indices = (struct runs){.end = c->end, .width = 1, .is_packed = true, .packed = c->p, .left = (uint64_t)bytes.n * 8, .p = c->end};
        }
        return true;
    case PLAIN_DICTIONARY:
    case RLE_DICTIONARY:
        c->encoding = RLE_DICTIONARY;
        if (!bytes.n) { /* nothing but nulls */
            runs_begin(&c->indices, bytes, 0);
            return true;
        }
        if (c->p[0] > 32)
            return damaged(c);
        runs_begin(&c->indices, str_sub(bytes, 1, bytes.n), c->p[0]);
        return true;
    case RLE:
        if (type != PARQUET_BOOLEAN || bytes.n < LENGTH || little(c->p) > bytes.n - LENGTH)
            return damaged(c);
        runs_begin(&c->indices, str_sub(bytes, LENGTH, LENGTH + little(c->p)), 1);
        return true;
    case DELTA_NUMBERS:
        return ((type == PARQUET_INT32 || type == PARQUET_INT64) && (!bytes.n || deltas_begin(&c->lengths, bytes))) || damaged(c);
    case DELTA_LENGTHS:
        if (!bytes.n)
            return true;
        if (type != PARQUET_BYTES || !deltas_begin(&c->lengths, bytes) || !deltas_end(c->lengths, &after))
            return damaged(c);
        c->p = after;
        return true;
    case DELTA_TEXTS:
        strbuf_clear(&c->text);
        if (!bytes.n)
            return true;
        if (!is_text || !deltas_begin(&c->prefixes, bytes) || !deltas_end(c->prefixes, &after) || !deltas_begin(&c->lengths, str_n(after, (size_t)(c->end - after))) ||
            !deltas_end(c->lengths, &after))
            return damaged(c);
        c->p = after;
        return true;
    case SPLIT: {
        const size_t width = type == PARQUET_INT32 || type == PARQUET_FLOAT ? 4 : type == PARQUET_INT64 || type == PARQUET_DOUBLE ? 8 : type == PARQUET_FIXED ? c->node->size : 0;
        c->n_split = c->at_split = 0;
        if (!width || bytes.n % width)
            return damaged(c);
        if (!bytes.n)
            return true;
        strbuf_clear(&c->text);
        if (!reserve_text(c, width))
            return false;
        strbuf_pad(&c->text, 0, width);
        c->n_split = bytes.n / width;
        return true;
    }
    default:
        return fail(c, N_("of an encoding that is not known here"));
    }
}

static bool take_data(struct parquet_column *c, const struct parquet_page *p)
{
    const bool is_second = p->kind == PARQUET_DATA_PAGE_2;
    const uint8_t max_def = c->node->max_def, max_rep = c->node->max_rep;
    if ((uint64_t)p->values > c->left || (is_second && (p->def_bytes > p->unpacked || p->rep_bytes > p->unpacked - p->def_bytes)))
        return damaged(c);
    const size_t reps = is_second ? (size_t)p->rep_bytes : 0, defs = is_second ? (size_t)p->def_bytes : 0;
    if (!read_page(c, p, reps + defs, &c->page))
        return false;
    c->p = (const uint8_t *)c->page.p;
    c->end = c->p + p->unpacked;
    c->left -= (uint64_t)p->values;
    c->in_page = (uint64_t)p->values;
    c->lengths = c->prefixes = (struct deltas){};
    if (is_second) {
        runs_begin(&c->reps, str_n(c->p, reps), bits_for(max_rep));
        runs_begin(&c->defs, str_n(c->p + reps, defs), bits_for(max_def));
        c->p += reps + defs;
    } else if (!take_levels(c, &c->reps, max_rep, p->rep_encoding, c->in_page) || !take_levels(c, &c->defs, max_def, p->def_encoding, c->in_page)) {
        return false;
    }
    return begin_values(c, p->encoding);
}

/* The next page that has values; false at the end of the chunk, or with c->why. */
static bool next_page(struct parquet_column *c)
{
    while (!c->in_page) {
        struct parquet_page p;
        if (!c->left)
            return fail(c, NULL);
        if (c->chunk.at >= c->chunk.end || !read_head(c, &p))
            return damaged(c);
        if (p.kind == PARQUET_DICTIONARY_PAGE) {
            if (!take_dictionary(c, &p))
                return false;
        } else if (p.kind == PARQUET_DATA_PAGE || p.kind == PARQUET_DATA_PAGE_2) {
            if (!take_data(c, &p))
                return false;
        } else if ((uint64_t)p.packed > c->chunk.end - c->chunk.at) {
            return damaged(c);
        } else {
            c->chunk.at += (uint64_t)p.packed;
        }
    }
    return true;
}

/* ---- values ---- */

/* A value as it stands in memory, at p; false when it does not fit. *ret_n: how many bytes it has. */
static inline bool give_plain(struct parquet_column *c, const uint8_t *p, const uint8_t *end, size_t *ret_n)
{
    const size_t have = (size_t)(end - p);
    struct parquet_value *v = &c->value;
    size_t n = 8;
    switch (c->node->type) {
    case PARQUET_INT32:
    case PARQUET_FLOAT:
        n = 4;
        if (have < n)
            return false;
        if (c->node->type == PARQUET_INT32) {
            v->i = (int32_t)little(p);
        } else {
            float f;
            memcpy(&f, p, sizeof(f));
            v->d = f;
        }
        break;
    case PARQUET_INT64:
        if (have < n)
            return false;
        memcpy(&v->i, p, n);
        break;
    case PARQUET_DOUBLE:
        if (have < n)
            return false;
        memcpy(&v->d, p, n);
        break;
    case PARQUET_BYTES:
        if (have < LENGTH || little(p) > have - LENGTH)
            return false;
        v->s = str_n(p + LENGTH, little(p));
        n = LENGTH + v->s.n;
        break;
    default: /* of a fixed length */
        n = c->node->size;
        if (have < n)
            return false;
        v->s = str_n(p, n);
        break;
    }
    *ret_n = n;
    return true;
}

static bool give_of_dictionary(struct parquet_column *c)
{
    static const uint8_t sizes[PARQUET_TYPE__N] = {[PARQUET_INT32] = 4, [PARQUET_INT64] = 8, [PARQUET_INT96] = 12, [PARQUET_FLOAT] = 4, [PARQUET_DOUBLE] = 8};
    const uint8_t *base = (const uint8_t *)c->dictionary.p;
    uint32_t i;
    size_t n;
    if (!runs_next(&c->indices, &i) || i >= c->n_dictionary)
        return false;
    const size_t at = c->node->type == PARQUET_BYTES ? c->offsets[i] : (size_t)i * (c->node->type == PARQUET_FIXED ? c->node->size : sizes[c->node->type]);
    return give_plain(c, base + at, base + c->dictionary.n, &n);
}

/* The beginning of the text before, and what is its own. */
static bool give_joined(struct parquet_column *c)
{
    int64_t prefix, length;
    if (!deltas_next(&c->prefixes, &prefix) || !deltas_next(&c->lengths, &length) || prefix < 0 || (uint64_t)prefix > c->text.n || length < 0 || length > c->end - c->p ||
        prefix + length > LOG_RECORD_MAX || !reserve_text(c, (size_t)(prefix + length)))
        return false;
    c->text.n = (size_t)prefix;
    strbuf_add(&c->text, str_n(c->p, (size_t)length));
    c->p += length;
    c->value.s = strbuf_str(&c->text);
    return c->node->type != PARQUET_FIXED || c->value.s.n == c->node->size;
}

static bool give(struct parquet_column *c)
{
    size_t n;
    int64_t length;
    uint32_t bit;
    switch (c->encoding) {
    case PLAIN:
        if (c->node->type == PARQUET_BOOLEAN)
            break;
        if (!give_plain(c, c->p, c->end, &n))
            return false;
        c->p += n;
        return true;
    case RLE_DICTIONARY:
        return give_of_dictionary(c);
    case DELTA_NUMBERS:
        if (!deltas_next(&c->lengths, &c->value.i))
            return false;
        if (c->node->type == PARQUET_INT32)
            c->value.i = (int32_t)(uint32_t)(uint64_t)c->value.i;
        return true;
    case DELTA_LENGTHS:
        if (!deltas_next(&c->lengths, &length) || length < 0 || length > c->end - c->p)
            return false;
        c->value.s = str_n(c->p, (size_t)length);
        c->p += length;
        return true;
    case DELTA_TEXTS:
        return give_joined(c);
    case SPLIT:
        if (c->at_split >= c->n_split)
            return false;
        for (size_t i = 0; i < c->text.n; i++)
            c->text.p[i] = (char)c->p[i * c->n_split + c->at_split];
        c->at_split++;
        return give_plain(c, (const uint8_t *)c->text.p, (const uint8_t *)c->text.p + c->text.n, &n);
    default:
        break;
    }
    if (!runs_next(&c->indices, &bit))
        return false;
    c->value.i = bit;
    return true;
}

bool parquet_column_next(struct parquet_column *c)
{
    uint32_t rep = 0, def = 0;
    if (c->why || (!c->in_page && !next_page(c)))
        return c->has = false;
    c->in_page--;
    if (c->page.is_aside)
        pass_aside(c);
    if ((c->node->max_rep && !runs_next(&c->reps, &rep)) || (c->node->max_def && !runs_next(&c->defs, &def)) || rep > c->node->max_rep || def > c->node->max_def)
        return damaged(c);
    c->rep = (uint8_t)rep;
    c->def = (uint8_t)def;
    c->has = true;
    return def != c->node->max_def || give(c) || damaged(c);
}
