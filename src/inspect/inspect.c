// SPDX-License-Identifier: Apache-2.0
/*
 * The inspector: brings content to the analyzers. Content up to a window is looked at whole; larger content
 * window by window with an overlap. Reading, hashing and byte statistics happen once, here.
 */
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "inspect/archive_walk.h"
#include "inspect/archive_zip.h"
#include "inspect/content_digest.h"
#include "inspect/patterns.h"

static const struct analyzer *const ANALYZERS[] = {
#define ANALYZER(name) &analyzer_##name,
#include "inspect/analyzer.def"
#undef ANALYZER
    NULL,
};

enum {
    N_ANALYZERS = ARRAY_SIZE(ANALYZERS), /* the NULL too: one slot more than needed */
    WINDOW_BYTES_MIN = 1 << 20,          /* of a member, however much its archives hold already */
    BUFFER_KEPT = 4 << 20,               /* of a member's window, for the next one */
    WINDOW_KEPT = 16 << 20,              /* the same, of a file's */
    LARGE_BYTES = 1 << 20, /* content from which room is made beforehand */
};

struct inspector {
    void *states[N_ANALYZERS];
    bool runs[N_ANALYZERS];
    struct patterns *patterns;
    char *machine;
    size_t window, overlap;
    bool no_entropy;
    const struct intel *intel;
    bool unpacks; /* the unwrap analyzer runs */
    struct level levels[INSPECT_DEPTH_MAX + 1];
};

static bool is_listed(const char *const *list, const char *name)
{
    for (; list && *list; list++)
        if (!strcmp(*list, name))
            return true;
    return !list;
}

static size_t overlap_of(size_t window)
{
    return window / 4 < INSPECT_OVERLAP_BYTES ? window / 4 : INSPECT_OVERLAP_BYTES;
}

int inspector_new(const struct inspect_options *options, struct inspector **ret, struct error *err)
{
    _cleanup_(inspector_freep) struct inspector *in = xnew(struct inspector);
    in->window = options->window_bytes ? options->window_bytes : INSPECT_WINDOW_BYTES;
    in->overlap = overlap_of(in->window);
    in->no_entropy = options->no_entropy;
    in->intel = options->intel;
    inspector_set_machine(in, options->machine);
    for (size_t i = 0; ANALYZERS[i]; i++) {
        const struct analyzer *a = ANALYZERS[i];
        if (!is_listed(options->only, a->name))
            continue;
        int r = a->init ? a->init(options, &in->states[i], err) : 0;
        if (r < 0)
            return r;
        in->runs[i] = true;
        in->unpacks |= a == &analyzer_unwrap;
    }
    in->patterns = patterns_new();
    for (size_t i = 0; ANALYZERS[i]; i++)
        if (in->runs[i] && ANALYZERS[i]->subscribe) {
            patterns_for(in->patterns, ANALYZERS[i]->wants_packed);
            ANALYZERS[i]->subscribe(in->states[i], in->patterns);
        }
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
    for (size_t i = 0; i < ARRAY_SIZE(in->levels); i++) {
        strbuf_done(&in->levels[i].buffer);
        sha256_free(in->levels[i].hash);
        for (int kind = 0; kind < DIGEST__N; kind++)
            (void)digest_free(in->levels[i].others[kind]);
        facts_done(&in->levels[i].facts);
    }
    patterns_free(in->patterns);
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

struct level *inspector_level(struct inspector *in, unsigned nest)
{
    struct level *level = &in->levels[nest];
    if (!level->hash)
        level->hash = sha256_new();
    if (!level->facts.event.ops && nest)
        facts_init(&level->facts);
    return level;
}

static void fail(struct inspection *in, int r)
{
    if (r < 0 && !in->error)
        in->error = r;
}

/* Packed bytes whose members were all looked at say nothing to analyzers that did not ask for them. */
static void run_analyzers(struct inspection *in, const struct content *c, bool is_unpacked)
{
    struct content empty = *c;
    empty.data.n = 0;
    bool has_passed = false;
    for (size_t i = 0; ANALYZERS[i]; i++) {
        const struct analyzer *a = ANALYZERS[i];
        const struct content *shown = is_unpacked && !a->wants_packed ? &empty : c;
        if (!in->inspector->runs[i] || (a->wants && !a->wants(shown)))
            continue;
        if (a->subscribe && !has_passed)
            fail(in, patterns_scan(in->inspector->patterns, c, is_unpacked));
        has_passed |= a->subscribe != NULL;
        fail(in, a->look(in->inspector->states[i], in, shown, in->facts));
    }
}

/* Programs and scripts that unpack themselves have a zip at their end; media are asked by their own analyzer. */
static bool may_end_with_zip(enum file_kind kind)
{
    return kind == KIND_ELF || kind == KIND_PE || kind == KIND_MACHO || kind == KIND_SCRIPT || kind == KIND_DATA;
}

/* Members come first, so that whoever takes them has them before the file that they lie in. */
static void look_at(struct inspection *in, const struct content *c)
{
    bool is_unpacked = in->is_unpacked;
    if (in->inspector->unpacks && c->first && c->kind == KIND_ELF && !c->depth)
        archive_look_behind(in, c);
    if (in->inspector->unpacks && c->first && c->last) {
        /* What was compressed within a text is no file: the unwrap analyzer adds it to the text's own facts. */
        bool is_file = !c->depth || !archive_packs(c->kind);
        if (archive_is(c->kind) && is_file)
            is_unpacked = archive_look(in, c);
        else if (may_end_with_zip(c->kind) && zip_ends(c->data))
            (void)archive_look(in, c);
        if (!is_unpacked && !c->is_text)
            archive_look_php(in, c);
    }
    run_analyzers(in, c, is_unpacked);
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
        .look = in,
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
        .place = in->place,
        .lines = &lines,
    };
    look_at(in, &c);
    in->window_offset += data.n - in->overlap; /* of no meaning after the last */
}

/* `size` is what is known of it before reading, DIGEST_ANY_SIZE: nothing. */
static void begin(struct inspection *in, struct inspector *inspector, const struct content_source *sink,
                  struct budget *budget, uint64_t size, struct facts *facts)
{
    *budget = (struct budget){.cpu_end_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ARCHIVE_CPU_SECONDS * UINT64_C(1'000'000'000)};
    *in = (struct inspection){
        .inspector = inspector,
        .facts = facts,
        .sink = sink,
        .budget = budget,
        .intel = inspector->intel,
        .place = facts_get_str(facts, F_FILE_PATH),
        .window = inspector->window,
        .overlap = inspector->overlap,
    };
    content_digest_begin(in, size);
}

static int end(struct inspection *in, bool partial)
{
    if (in->left_out)
        facts_uint(in->facts, F_FILE_HOLES, in->left_out);
    else
        content_digest_end(in);
    if (!in->inspector->no_entropy)
        facts_double(in->facts, F_FILE_ENTROPY, histogram_entropy(&in->histogram));
    facts_bool(in->facts, F_FILE_PARTIAL, partial);
    if (!facts_has(in->facts, F_FILE_SIZE))
        facts_uint(in->facts, F_FILE_SIZE, in->read);
    return in->error;
}

static void budget_done(struct budget *b)
{
    map_done(&b->archives);
    arena_done(&b->arena);
}

int inspector_held(struct inspector *inspector, struct str content, const struct content_source *sink, struct facts *facts)
{
    struct inspection in;
    _cleanup_(budget_done) struct budget budget;
    begin(&in, inspector, sink, &budget, content.n, facts);
    budget.packed = content.n;
    content_digest_add(&in, content, NULL);
    size_t at = 0, fresh = content.n < in.window ? content.n : in.window;
    while (content.n - at > in.window) {
        look_at_window(&in, str_sub(content, at, at + in.window), fresh, false);
        at += in.window - in.overlap;
        size_t left = content.n - at;
        fresh = (left < in.window ? left : in.window) - in.overlap;
    }
    look_at_window(&in, str_sub(content, at, content.n), fresh, true);
    return end(&in, at > 0);
}

int inspector_bytes(struct inspector *inspector, struct str content, struct facts *facts)
{
    return inspector_held(inspector, content, NULL, facts);
}

int inspector_text(struct inspector *inspector, struct str text, struct facts *facts)
{
    struct budget budget = {};
    struct inspection in = {
        .inspector = inspector, .facts = facts, .budget = &budget, .kind = KIND_TEXT, .is_text = true};
    struct line_cache lines = {};
    const struct content c = {
        .look = &in,
        .data = text,
        .size = text.n,
        .first = true,
        .last = true,
        .kind = KIND_TEXT,
        .is_text = true,
        .path = STR(""),
        .place = STR(""),
        .via = STR(""),
        .lines = &lines,
    };
    run_analyzers(&in, &c, false);
    return in.error;
}

static struct strbuf *buffer_of(const struct feed *f)
{
    return &f->in->inspector->levels[f->in->nest].buffer;
}

struct str feed_held(const struct feed *f)
{
    return strbuf_str(buffer_of(f));
}

/* Reads the next piece; what comes then is in f->next or f->result. */
static bool feed_read(struct feed *f)
{
    const uint8_t *piece;
    size_t n;
    if (!f->result)
        f->result = f->source->read(f->source->ctx, &piece, &n);
    if (f->result)
        return false;
    f->next = str_n(piece, n);
    content_digest_add(f->in, f->next, f->source->beside);
    if (!f->in->nest)
        f->in->budget->packed += n;
    return true;
}

/* Takes what was read into the buffer and looks at each window that is full. */
static void feed_take(struct feed *f)
{
    struct inspection *in = f->in;
    struct strbuf *b = buffer_of(f);
    while (f->next.n) {
        /* Only a byte beyond the window shows that this window is not the last. */
        if (b->n == in->window) {
            look_at_window(in, strbuf_str(b), b->n - f->old, false);
            f->old = in->overlap;
            memmove(b->p, b->p + b->n - f->old, f->old);
            b->n = f->old;
        }
        size_t part = in->window - b->n < f->next.n ? in->window - b->n : f->next.n;
        strbuf_add(b, str_sub(f->next, 0, part));
        f->next = str_sub(f->next, part, f->next.n);
    }
}

int feed_more(struct feed *f, struct str *ret)
{
    if (!f->next.n && !feed_read(f))
        return f->result;
    *ret = f->next;
    feed_take(f);
    return 0;
}

/* Whether the content turns out larger than its window with the piece that was read, and nothing was looked at yet. */
static bool overflows(const struct feed *f)
{
    return !f->in->window_offset && buffer_of(f)->n + f->next.n > f->in->window;
}

/*
 * Room for content of that size, in huge pages where the kernel gives them: thousands of page faults less, and no growing
 * by copies. What is only promised costs address space alone.
 */
static void make_room(struct strbuf *b, uint64_t size, size_t window)
{
    const size_t page = 2 << 20, want = size < window ? (size_t)size : window;
    if (want < LARGE_BYTES || b->capacity > want)
        return;
    strbuf_done(b); /* so that nothing is copied: it is empty */
    strbuf_reserve(b, want + 1);
    uintptr_t from = ((uintptr_t)b->p + page - 1) & ~(uintptr_t)(page - 1),
              to = ((uintptr_t)b->p + want) & ~(uintptr_t)(page - 1);
    if (from < to)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

static int finish(struct feed *f, bool is_cut)
{
    f->in->left_out = f->source->left_out ? f->source->left_out(f->source->ctx) : 0;
    int e = end(f->in, is_cut || f->result < 0 || f->in->left_out);
    return e < 0 ? e : f->result < 0;
}

/* Takes content window by window into the buffer. */
static int look_at_windows(struct feed *f)
{
    struct inspection *in = f->in;
    struct strbuf *b = buffer_of(f);
    bool is_streamed = false;
    while (f->next.n || feed_read(f)) {
        if (overflows(f) && !is_streamed && in->inspector->unpacks) {
            enum file_kind kind = kind_sniff(strbuf_str(b), false, STR_NULL);
            is_streamed = true;
            if (archive_is(kind))
                in->is_unpacked = archive_look_stream(in, f, kind);
        }
        feed_take(f);
    }
    look_at_window(in, strbuf_str(b), b->n - f->old, true);
    return finish(f, f->old > 0);
}

/*
 * Looks at content where it lies: as long as its pieces follow one another, they are one. What does not go as promised goes
 * through the buffer.
 */
static int look_at_held(struct feed *f, uint64_t most)
{
    struct str held = {};
    while (feed_read(f) && (!held.n || f->next.p == held.p + held.n) && held.n + f->next.n <= most) {
        held = str_n(held.n ? held.p : f->next.p, held.n + f->next.n);
        f->next = STR_NULL;
    }
    if (!f->next.n) {
        look_at_window(f->in, held, held.n, true);
        return finish(f, false);
    }
    struct str last = f->next;
    make_room(buffer_of(f), most, f->in->window);
    f->next = held;
    feed_take(f);
    f->next = last;
    return look_at_windows(f);
}

/* A buffer is kept for the next content, but not a large one. */
static void give_back(struct strbuf *b, size_t most)
{
    if (b->capacity > most)
        strbuf_done(b);
}

static int look_at_source(struct inspection *in, const struct content_source *source, uint64_t size)
{
    struct feed f = {.in = in, .source = source};
    strbuf_clear(buffer_of(&f));
    if (!size || size > in->window || !source->hold || !source->hold(source->ctx, size)) {
        make_room(buffer_of(&f), size == DIGEST_ANY_SIZE ? 0 : size, in->window);
        return look_at_windows(&f);
    }
    int r = look_at_held(&f, size);
    source->release(source->ctx);
    return r;
}

int inspector_file(struct inspector *inspector, const struct content_source *source, struct facts *facts)
{
    struct inspection in;
    _cleanup_(budget_done) struct budget budget;
    const struct value *size = facts_get(facts, F_FILE_SIZE);
    uint64_t n = size->type == VALUE_UINT ? size->u : DIGEST_ANY_SIZE;
    begin(&in, inspector, source, &budget, n, facts);
    const int r = look_at_source(&in, source, n);
    give_back(&inspector->levels[0].buffer, WINDOW_KEPT);
    return r;
}

/* What the levels below hold is theirs until this member is done; the file's own window does not count. */
static size_t member_window(const struct inspection *in)
{
    size_t held = 0;
    for (unsigned i = 1; i < in->nest; i++)
        held += in->inspector->levels[i].buffer.n;
    size_t left = held < INSPECT_MEMBERS_HELD ? INSPECT_MEMBERS_HELD - held : 0;
    size_t window = left < in->inspector->window ? left : in->inspector->window;
    return window > WINDOW_BYTES_MIN || window == in->inspector->window ? window : WINDOW_BYTES_MIN;
}

int inspection_member(struct inspection *in, const struct content_source *source)
{
    struct strbuf *b = &in->inspector->levels[in->nest].buffer;
    in->window = member_window(in);
    in->overlap = overlap_of(in->window);
    content_digest_begin(in, DIGEST_ANY_SIZE); /* what an archive says of sizes is a stranger's word */
    int r = look_at_source(in, source, DIGEST_ANY_SIZE);
    give_back(b, BUFFER_KEPT);
    return r;
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
    return in->nest + parent->depth >= INSPECT_DEPTH_MAX || in->n_unwrapped >= INSPECT_UNWRAP_CONTENTS ||
                   in->budget->spent
               ? 0
               : INSPECT_UNWRAP_BYTES - in->unwrapped;
}

void inspection_refuse(struct inspection *in)
{
    facts_count(in->facts, F_UNWRAP_REFUSED);
}

void inspection_unwrap(struct inspection *in, const struct content *parent, const char *how, struct str data)
{
    /* What is encoded in a program mostly is of it; a page and a command hold anything. */
    const char *outer = parent->language;
    inspection_unwrap_code(in, parent, how, data, outer && strcmp(outer, "html") && strcmp(outer, "sh") ? outer : NULL);
}

void inspection_unwrap_code(struct inspection *in, const struct content *parent, const char *how, struct str data, const char *language)
{
    if (!data.n || is_seen(in, data))
        return;
    unsigned depth = parent->depth + 1;
    for (const char *step = how; (step = strchr(step, '>')); step++)
        depth++; /* several at once: "rev>base64" */
    if (data.n > inspection_room(in, parent) || in->nest + depth > INSPECT_DEPTH_MAX) {
        inspection_refuse(in);
        return;
    }
    in->unwrapped += data.n;
    in->budget->unpacked += data.n;
    in->n_unwrapped++;
    bool text = is_text(data);
    struct line_cache lines = {};
    struct content c = {
        .look = in,
        .data = data,
        .size = data.n,
        .first = true,
        .last = true,
        .kind = kind_sniff(data, text, STR_NULL),
        .is_text = text,
        .path = parent->path,
        .place = parent->place,
        .via = parent->via.n ? arena_printf(&in->facts->arena, "%.*s>%s", STR_ARG(parent->via), how)
                             : arena_str(&in->facts->arena, str_from(how)),
        .depth = depth,
        .language = language,
        .lines = &lines,
    };
    const struct value *layers = facts_get(in->facts, F_UNWRAP_LAYERS);
    if (layers->type == VALUE_NONE || layers->u < c.depth)
        facts_uint(in->facts, F_UNWRAP_LAYERS, c.depth);
    facts_add(in->facts, F_UNWRAP_CHAINS, c.via);
    if (in->intel)
        content_digest_part(in, data, c.via);
    look_at(in, &c);
}
