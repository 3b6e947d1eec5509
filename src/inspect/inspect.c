// SPDX-License-Identifier: Apache-2.0
/*
 * The inspector: brings content to the analyzers. Content up to a window is looked at whole; larger content
 * window by window with an overlap. Reading, hashing and byte statistics happen once, here.
 */
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/hash.h"
#include "base/text.h"
#include "inspect/kind.h"
#include "inspect/patterns.h"

static const struct analyzer *const ANALYZERS[] = {
#define ANALYZER(name) &analyzer_##name,
#include "inspect/analyzer.def"
#undef ANALYZER
    NULL,
};

enum {
    N_ANALYZERS = ARRAY_SIZE(ANALYZERS), /* the NULL too: one slot more than needed */
    SEEN_MAX = 1024, /* unwrapped contents remembered per file, so that the same one is not looked at twice */
    LARGE_BYTES = 1 << 20, /* content from which room is made beforehand */
    EXCERPT_SIDE = 40, /* bytes shown at either side of what was seen */
    EXCERPT_MAX = 160, /* bytes shown of what was seen itself */
};

struct inspector {
    void *states[N_ANALYZERS];
    bool runs[N_ANALYZERS];
    struct patterns *patterns;
    char *machine;
    size_t window, overlap;
    bool no_entropy;
    struct strbuf buffer; /* grows to a window and is kept for the next file */
    struct sha256 *hash;
};

struct line_cache {
    size_t offset; /* of the window, up to where newlines were counted */
    size_t lines;  /* newlines before it */
    size_t start;  /* offset of the first byte of that line */
};

struct inspection {
    struct inspector *inspector;
    struct facts *facts;
    struct histogram histogram; /* of the whole file so far, unless nobody asks for its entropy */
    uint64_t read;              /* bytes looked at so far */
    uint64_t window_offset;     /* of the next window */
    enum file_kind kind;
    bool is_text;
    int error;               /* first failure of an analyzer */
    size_t unwrapped;        /* bytes of the budget that are spent */
    uint64_t seen[SEEN_MAX]; /* hashes of unwrapped contents, 0 = free */
    unsigned n_seen;
    unsigned n_unwrapped; /* contents looked at */
};

static bool is_listed(const char *const *list, const char *name)
{
    for (; list && *list; list++)
        if (!strcmp(*list, name))
            return true;
    return !list;
}

int inspector_new(const struct inspect_options *options, struct inspector **ret, struct error *err)
{
    _cleanup_(inspector_freep) struct inspector *in = xnew(struct inspector);
    in->window = options->window_bytes ? options->window_bytes : INSPECT_WINDOW_BYTES;
    in->overlap = in->window / 4 < INSPECT_OVERLAP_BYTES ? in->window / 4 : INSPECT_OVERLAP_BYTES;
    in->hash = sha256_new();
    in->no_entropy = options->no_entropy;
    inspector_set_machine(in, options->machine);
    for (size_t i = 0; ANALYZERS[i]; i++) {
        const struct analyzer *a = ANALYZERS[i];
        if (!is_listed(options->only, a->name))
            continue;
        int r = a->init ? a->init(options, &in->states[i], err) : 0;
        if (r < 0)
            return r;
        in->runs[i] = true;
    }
    in->patterns = patterns_new();
    for (size_t i = 0; ANALYZERS[i]; i++)
        if (in->runs[i] && ANALYZERS[i]->subscribe)
            ANALYZERS[i]->subscribe(in->states[i], in->patterns);
    int r = patterns_compile(in->patterns, options->cache, err);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(in);
    return 0;
}

struct inspector *inspector_free(struct inspector *in)
{
    if (!in)
        return NULL;
    for (size_t i = 0; ANALYZERS[i]; i++)
        if (in->runs[i] && ANALYZERS[i]->done)
            ANALYZERS[i]->done(in->states[i]);
    strbuf_done(&in->buffer);
    patterns_free(in->patterns);
    sha256_free(in->hash);
    free(in->machine);
    free(in);
    return NULL;
}

void inspector_set_machine(struct inspector *in, const char *machine)
{
    free(in->machine);
    in->machine = machine ? xstrdup(machine) : NULL;
}

struct inspector_info inspector_info(const struct inspector *in)
{
    struct inspector_info info = {};
    for (size_t i = 0; ANALYZERS[i]; i++)
        if (in->runs[i] && ANALYZERS[i]->info)
            ANALYZERS[i]->info(in->states[i], &info);
    return info;
}

const char *inspection_machine(const struct inspection *in)
{
    return in->inspector->machine;
}

static void fail(struct inspection *in, int r)
{
    if (r < 0 && !in->error)
        in->error = r;
}

static void run_analyzers(struct inspection *in, const struct content *c)
{
    bool has_passed = false;
    for (size_t i = 0; ANALYZERS[i]; i++) {
        const struct analyzer *a = ANALYZERS[i];
        if (!in->inspector->runs[i] || (a->wants && !a->wants(c)))
            continue;
        if (a->subscribe && !has_passed)
            fail(in, patterns_scan(in->inspector->patterns, c));
        has_passed |= a->subscribe != NULL;
        fail(in, a->look(in->inspector->states[i], in, c, in->facts));
    }
}

/* Whether the data is text; a NUL, as nearly every binary file has one near its start, spares counting. */
static bool is_text(struct str data)
{
    if (!data.n || memchr(data.p, 0, data.n))
        return false;
    struct histogram h = {};
    histogram_add(&h, data);
    return kind_is_text(data, &h);
}

/* What the first window tells about the file itself. */
static void state_kind(struct inspection *in, struct str data)
{
    struct str path = facts_get_str(in->facts, F_FILE_PATH);
    in->is_text = in->inspector->no_entropy ? is_text(data) : kind_is_text(data, &in->histogram);
    in->kind = kind_sniff(data, in->is_text, path);
    enum file_kind expected = kind_expected(path);
    facts_str(in->facts, F_FILE_KIND, str_from(kind_name(in->kind)));
    facts_bool(in->facts, F_FILE_IS_TEXT, in->is_text);
    if (expected != KIND_DATA)
        facts_str(in->facts, F_FILE_KIND_EXPECTED, str_from(kind_name(expected)));
    facts_bool(in->facts, F_FILE_KIND_MISMATCH, kind_mismatch(expected, in->kind, data));
}

/* One window: `fresh` is the part that no window before held. */
static void look_at_window(struct inspection *in, struct str data, size_t fresh, bool last)
{
    bool first = in->window_offset == 0;
    struct str added = str_sub(data, data.n - fresh, data.n);
    if (!in->inspector->no_entropy)
        histogram_add(&in->histogram, added);
    in->read += fresh;
    if (first)
        state_kind(in, data);
    const struct value *size = facts_get(in->facts, F_FILE_SIZE);
    struct line_cache lines = {};
    struct content c = {
        .data = data,
        .offset = in->window_offset,
        .size = last                                             ? in->read
                : size->type == VALUE_UINT && size->u > in->read ? size->u
                                                                 : 0,
        .first = first,
        .last = last,
        .kind = in->kind,
        .is_text = in->is_text,
        .path = facts_get_str(in->facts, F_FILE_PATH),
        .lines = &lines,
    };
    run_analyzers(in, &c);
    in->window_offset += data.n - in->inspector->overlap; /* of no meaning after the last */
}

static void begin(struct inspection *in, struct inspector *inspector, struct facts *facts)
{
    *in = (struct inspection){.inspector = inspector, .facts = facts};
    sha256_reset(inspector->hash);
}

static int end(struct inspection *in, bool partial)
{
    struct str hex = sha256_end_hex(in->inspector->hash, &in->facts->arena);
    facts_str(in->facts, F_FILE_SHA256, hex);
    if (!in->inspector->no_entropy)
        facts_double(in->facts, F_FILE_ENTROPY, histogram_entropy(&in->histogram));
    facts_bool(in->facts, F_FILE_PARTIAL, partial);
    if (!facts_has(in->facts, F_FILE_SIZE))
        facts_uint(in->facts, F_FILE_SIZE, in->read);
    return in->error;
}

int inspector_bytes(struct inspector *inspector, struct str content, struct facts *facts)
{
    struct inspection in;
    begin(&in, inspector, facts);
    sha256_add(inspector->hash, content.p, content.n);
    size_t at = 0, fresh = content.n < inspector->window ? content.n : inspector->window;
    while (content.n - at > inspector->window) {
        look_at_window(&in, str_sub(content, at, at + inspector->window), fresh, false);
        at += inspector->window - inspector->overlap;
        size_t left = content.n - at;
        fresh = (left < inspector->window ? left : inspector->window) - inspector->overlap;
    }
    look_at_window(&in, str_sub(content, at, content.n), fresh, true);
    return end(&in, at > 0);
}

int inspector_text(struct inspector *inspector, struct str text, struct facts *facts)
{
    struct inspection in = {.inspector = inspector, .facts = facts, .kind = KIND_TEXT, .is_text = true};
    struct line_cache lines = {};
    const struct content c = {
        .data = text,
        .size = text.n,
        .first = true,
        .last = true,
        .kind = KIND_TEXT,
        .is_text = true,
        .path = STR(""),
        .via = STR(""),
        .lines = &lines,
    };
    run_analyzers(&in, &c);
    return in.error;
}

/*
 * Room for content of that size, in huge pages where the kernel gives them: thousands of page faults less, and no growing
 * by copies. What is only promised costs address space alone.
 */
static void make_room(struct inspector *in, uint64_t size)
{
    struct strbuf *b = &in->buffer;
    const size_t page = 2 << 20, want = size < in->window ? (size_t)size : in->window;
    if (want < LARGE_BYTES || b->capacity > want)
        return;
    strbuf_reserve(b, want + 1);
    uintptr_t from = ((uintptr_t)b->p + page - 1) & ~(uintptr_t)(page - 1), to = ((uintptr_t)b->p + want) & ~(uintptr_t)(page - 1);
    if (from < to)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

/* Content that came in one piece is looked at where it lies. */
static int look_at_piece(struct inspection *in, const struct content_source *source, struct str piece)
{
    bool more = false;
    int r;
    look_at_window(in, piece, piece.n, true);
    while (!(r = source->read(source->ctx, &(const uint8_t *){NULL}, &(size_t){0})))
        more = true; /* not what was promised, and not looked at */
    int e = end(in, more || r < 0);
    return e < 0 ? e : r < 0;
}

int inspector_file(struct inspector *inspector, const struct content_source *source, struct facts *facts)
{
    struct inspection in;
    struct strbuf *b = &inspector->buffer;
    size_t old = 0; /* bytes at the front of the buffer that the last window held too */
    const struct value *promised = facts_get(facts, F_FILE_SIZE);
    begin(&in, inspector, facts);
    strbuf_clear(b);
    make_room(inspector, promised->type == VALUE_UINT ? promised->u : 0);
    const uint8_t *piece;
    size_t n;
    int r;
    while (!(r = source->read(source->ctx, &piece, &n))) {
        sha256_add_beside(inspector->hash, piece, n, source->beside);
        if (!b->n && n == source->exact && n <= inspector->window)
            return look_at_piece(&in, source, str_n(piece, n));
        while (n) {
            /* Only a byte beyond the window shows that this window is not the last. */
            if (b->n == inspector->window) {
                look_at_window(&in, strbuf_str(b), b->n - old, false);
                old = inspector->overlap;
                memmove(b->p, b->p + b->n - old, old);
                b->n = old;
            }
            size_t part = inspector->window - b->n < n ? inspector->window - b->n : n;
            strbuf_add(b, str_n(piece, part));
            piece += part;
            n -= part;
        }
    }
    look_at_window(&in, strbuf_str(b), b->n - old, true);
    int e = end(&in, old > 0 || r < 0);
    return e < 0 ? e : r < 0;
}

/* Remembers the content; true when it was there before. A full table remembers no more: the budget still
 * bounds the work. */
static bool is_seen(struct inspection *in, struct str data)
{
    uint64_t h = hash_str(data) | 1;
    for (unsigned i = (unsigned)(h >> 1) % SEEN_MAX;; i = (i + 1) % SEEN_MAX) {
        if (in->seen[i] == h)
            return true;
        if (in->seen[i])
            continue;
        if (in->n_seen < SEEN_MAX / 2) {
            in->seen[i] = h;
            in->n_seen++;
        }
        return false;
    }
}

size_t inspection_room(const struct inspection *in, const struct content *parent)
{
    return parent->depth >= INSPECT_DEPTH_MAX || in->n_unwrapped >= INSPECT_UNWRAP_CONTENTS
               ? 0
               : INSPECT_UNWRAP_BYTES - in->unwrapped;
}

void inspection_refuse(struct inspection *in)
{
    facts_count(in->facts, F_UNWRAP_REFUSED);
}

void inspection_unwrap(struct inspection *in, const struct content *parent, const char *how, struct str data)
{
    if (!data.n || is_seen(in, data))
        return;
    if (data.n > inspection_room(in, parent)) {
        inspection_refuse(in);
        return;
    }
    in->unwrapped += data.n;
    in->n_unwrapped++;
    bool text = is_text(data);
    struct line_cache lines = {};
    struct content c = {
        .data = data,
        .size = data.n,
        .first = true,
        .last = true,
        .kind = kind_sniff(data, text, STR_NULL),
        .is_text = text,
        .path = parent->path,
        .via = parent->via.n ? arena_printf(&in->facts->arena, "%.*s>%s", STR_ARG(parent->via), how)
                             : arena_str(&in->facts->arena, str_from(how)),
        .depth = parent->depth + 1,
        .lines = &lines,
    };
    const struct value *layers = facts_get(in->facts, F_UNWRAP_LAYERS);
    if (layers->type == VALUE_NONE || layers->u < c.depth)
        facts_uint(in->facts, F_UNWRAP_LAYERS, c.depth);
    facts_add(in->facts, F_UNWRAP_CHAINS, c.via);
    run_analyzers(in, &c);
}

void content_line(const struct content *c, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
    *ret_line = *ret_column = 0;
    if (!c->first || !c->is_text || !c->lines || offset > c->data.n)
        return;
    struct line_cache *l = c->lines;
    if (offset < l->offset)
        *l = (struct line_cache){};
    const char *p = c->data.p;
    for (size_t at = l->offset; at < offset;) {
        const char *nl = memchr(p + at, '\n', offset - at);
        if (!nl)
            break;
        at = (size_t)(nl - p) + 1;
        l->lines++;
        l->start = at;
    }
    l->offset = offset;
    *ret_line = (uint32_t)(l->lines + 1);
    *ret_column = (uint32_t)(offset - l->start + 1);
}

void inspection_see(struct facts *facts, enum field_id field, struct str value, const struct content *c,
                    size_t from, size_t to)
{
    if (facts_add(facts, field, value))
        inspection_note(facts, field, value, c, from, to);
}

void inspection_note(struct facts *facts, enum field_id field, struct str value, const struct content *c,
                     size_t from, size_t to)
{
    struct note n = {.field = field, .value = value, .via = c->via, .offset = c->offset + from};
    content_line(c, from, &n.line, &n.column);
    size_t end_at = to - from > EXCERPT_MAX ? from + EXCERPT_MAX : to;
    size_t a = from > EXCERPT_SIDE ? from - EXCERPT_SIDE : 0, z = end_at + EXCERPT_SIDE;
    if (z > c->data.n)
        z = c->data.n;
    if (c->is_text) { /* one line */
        const char *nl = memrchr(c->data.p + a, '\n', from - a);
        if (nl)
            a = (size_t)(nl - c->data.p) + 1;
        nl = end_at < z ? memchr(c->data.p + end_at, '\n', z - end_at) : NULL;
        if (nl)
            z = (size_t)(nl - c->data.p);
    }
    _cleanup_(strbuf_done) struct strbuf b = {};
    text_add_safe(&b, str_sub(c->data, a, z));
    n.excerpt = strbuf_str(&b);
    facts_note(facts, &n);
}
