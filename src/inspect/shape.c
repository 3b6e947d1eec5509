// SPDX-License-Identifier: Apache-2.0
#include "inspect/shape.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"
#include "inspect/script.h"

/* Keys of the numbers: they are written to files, so they must not change. */
static const uint64_t KEY[2] = {0x6461767973686170, 0x65206f6620727573};

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Letters that stand for something, and marks: without a command or option they say nothing. */
static bool says_something(struct str token)
{
    return token.n > 1 && (token.p[0] == '-' || (token.p[0] >= 'a' && token.p[0] <= 'z') || token.p[0] == '.');
}

void shape_add(struct shape *s, struct str tokens)
{
    struct str last[SHAPE_RUN] = {}, token;
    while (s->runs.n < SHAPE_RUNS_MAX && str_split(&tokens, ' ', &token)) {
        if (!token.n)
            continue;
        bool says = says_something(token);
        for (size_t i = 0; i + 1 < SHAPE_RUN; i++) {
            last[i] = last[i + 1];
            says |= last[i].n && says_something(last[i]);
        }
        last[SHAPE_RUN - 1] = token;
        if (!last[0].n || !says)
            continue;
        struct str run = str_n(last[0].p, (size_t)(token.p + token.n - last[0].p));
        vec_add(&s->runs, (uint32_t)hash_keyed(run.p, run.n, KEY[0], KEY[1]));
    }
    if (!s->runs.n)
        return;
    qsort(s->runs.v, s->runs.n, sizeof(*s->runs.v), compare);
    size_t n = 1;
    for (size_t i = 1; i < s->runs.n; i++)
        if (s->runs.v[i] != s->runs.v[n - 1])
            s->runs.v[n++] = s->runs.v[i];
    s->runs.n = n;
}

void shape_done(struct shape *s)
{
    vec_done(&s->runs);
}

static size_t common(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    size_t both = 0;
    for (size_t i = 0, j = 0; i < n && j < m;) {
        both += a[i] == b[j];
        uint32_t x = a[i], y = b[j];
        i += x <= y;
        j += y <= x;
    }
    return both;
}

double shape_contained(const struct shape *known, const struct shape *s)
{
    if (known->runs.n < SHAPE_RUNS_MIN)
        return 0;
    return (double)common(known->runs.v, known->runs.n, s->runs.v, s->runs.n) / (double)known->runs.n;
}

double shape_overlap(const struct shape *a, const struct shape *b)
{
    if (a->runs.n < SHAPE_RUNS_MIN || b->runs.n < SHAPE_RUNS_MIN)
        return 0;
    size_t both = common(a->runs.v, a->runs.n, b->runs.v, b->runs.n);
    return (double)both / (double)(a->runs.n + b->runs.n - both);
}

/* ---- sketches ---- */

void shape_sketch(const struct shape *s, struct shape_sketch *ret)
{
    ret->n = s->runs.n < SHAPE_RUNS_MIN ? 0 : s->runs.n < SHAPE_SKETCH ? (unsigned)s->runs.n : SHAPE_SKETCH;
    if (ret->n)
        memcpy(ret->v, s->runs.v, ret->n * sizeof(*ret->v));
}

void shape_sketch_text(const struct shape_sketch *k, char *text)
{
    *text = 0;
    for (unsigned i = 0; i < k->n; i++)
        sprintf(text + (size_t)8 * i, "%08x", k->v[i]);
}

bool shape_sketch_parse(struct str text, struct shape_sketch *ret)
{
    struct shape_sketch k = {.n = (unsigned)(text.n / 8)};
    uint8_t bytes[SHAPE_SKETCH * 4];
    if (text.n % 8 || text.n > sizeof(bytes) * 2 || !text.n || !hex_decode(text, bytes))
        return false;
    for (unsigned i = 0; i < k.n; i++) {
        const uint8_t *p = bytes + 4 * i;
        k.v[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        if (i && k.v[i] <= k.v[i - 1])
            return false;
    }
    *ret = k;
    return true;
}

/* Of the lowest numbers of both sets together, the part that is in both. */
double shape_sketch_overlap(const struct shape_sketch *a, const struct shape_sketch *b)
{
    unsigned i = 0, j = 0, both = 0, seen = 0;
    unsigned most = a->n == SHAPE_SKETCH || b->n == SHAPE_SKETCH ? SHAPE_SKETCH : a->n + b->n;
    while (seen < most && (i < a->n || j < b->n)) {
        bool take_a = i < a->n && (j >= b->n || a->v[i] <= b->v[j]), take_b = j < b->n && (i >= a->n || b->v[j] <= a->v[i]);
        both += take_a && take_b;
        i += take_a;
        j += take_b;
        seen++;
    }
    return a->n && b->n && seen ? (double)both / seen : 0;
}

/* ---- index ---- */

enum {
    INDEX_KEYS = 12, /* lowest numbers under which a script is filed: variants that are half alike miss all with 2^-12 */
    INDEX_SLOTS = 1 << 17,
    INDEX_CHAIN_MAX = 256, /* scripts compared under one number */
};

struct shape_index {
    struct arena names;
    struct indexed {
        struct shape_sketch sketch;
        struct str name;
    } * v;
    size_t n, capacity;
    struct link {
        uint32_t key, script, next;
    } * links; /* 1-based through slots and next */
    size_t n_links, links_capacity;
    uint32_t slots[INDEX_SLOTS];
};

struct shape_index *shape_index_new(void)
{
    return xnew(struct shape_index);
}

struct shape_index *shape_index_free(struct shape_index *x)
{
    if (x) {
        arena_done(&x->names);
        free(x->v);
        free(x->links);
        free(x);
    }
    return NULL;
}

static unsigned n_keys(const struct shape_sketch *k)
{
    return k->n < INDEX_KEYS ? k->n : INDEX_KEYS;
}

struct str shape_index_nearest(const struct shape_index *x, const struct shape_sketch *k, double least, double *ret_overlap)
{
    struct str best = {};
    double most = least;
    for (unsigned i = 0; i < n_keys(k); i++) {
        unsigned tried = 0;
        for (uint32_t at = x->slots[k->v[i] % INDEX_SLOTS]; at && tried < INDEX_CHAIN_MAX; at = x->links[at - 1].next) {
            const struct link *l = &x->links[at - 1];
            if (l->key != k->v[i])
                continue;
            tried++;
            double o = shape_sketch_overlap(k, &x->v[l->script].sketch);
            if (o > most || (o == most && !best.n)) {
                most = o;
                best = x->v[l->script].name;
            }
        }
    }
    if (best.n && ret_overlap)
        *ret_overlap = most;
    return best;
}

bool shape_index_add(struct shape_index *x, const struct shape_sketch *k, struct str name)
{
    if (x->n >= SHAPE_INDEX_MAX || !k->n)
        return false;
    if (x->n == x->capacity) {
        x->capacity = x->capacity ? x->capacity * 2 : 64;
        x->v = xrealloc(x->v, x->capacity, sizeof(*x->v));
    }
    if (x->n_links + INDEX_KEYS > x->links_capacity) {
        x->links_capacity = x->links_capacity ? x->links_capacity * 2 : (size_t)64 * INDEX_KEYS;
        x->links = xrealloc(x->links, x->links_capacity, sizeof(*x->links));
    }
    x->v[x->n] = (struct indexed){*k, arena_str(&x->names, name)};
    for (unsigned i = 0; i < n_keys(k); i++) {
        uint32_t *slot = &x->slots[k->v[i] % INDEX_SLOTS];
        x->links[x->n_links] = (struct link){k->v[i], (uint32_t)x->n, *slot};
        *slot = (uint32_t)++x->n_links;
    }
    x->n++;
    return true;
}

/* ---- known shapes ---- */

static int add_known(struct shapes *s, const char *path, unsigned line, struct str name, struct str text, struct error *err)
{
    if (s->n >= SHAPES_MAX)
        return error_set(err, -EINVAL, "%s:%u: more than %d shapes: take some out", path, line, SHAPES_MAX);
    struct shape shape = {};
    script_shape(text, &shape);
    if (shape.runs.n < SHAPE_RUNS_MIN) {
        shape_done(&shape);
        return error_set(err, -EINVAL, "%s:%u: [%.*s] is alike to others by chance: write more of what it does", path, line,
                         STR_ARG(name));
    }
    s->v = xrealloc(s->v, s->n + 1, sizeof(*s->v));
    s->v[s->n].name = xstrndup(name.p, name.n);
    s->v[s->n++].shape = shape;
    return 0;
}

int shapes_add_file(struct shapes *s, const char *path, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf bytes = {};
    int r = file_read(path, SHAPE_FILE_MAX, &bytes, err);
    if (r < 0)
        return r;
    struct str text = strbuf_str(&bytes), rest = text, line, name = {};
    const char *from = NULL;
    unsigned number = 0, begun = 0;
    while (str_split(&rest, '\n', &line)) {
        number++;
        struct str word = str_trim(line);
        bool is_head = word.n > 2 && word.p[0] == '[' && word.p[word.n - 1] == ']' && word.p[1] != '[' && word.p[1] != ' ';
        if (!is_head && !name.n && word.n && word.p[0] != '#')
            return error_set(err, -EINVAL, "%s:%u: text before the first [name]: put the name above it", path, number);
        if (!is_head)
            continue;
        if (name.n && (r = add_known(s, path, begun, name, str_n(from, (size_t)(line.p - from)), err)) < 0)
            return r;
        name = str_sub(word, 1, word.n - 1);
        from = line.p + line.n + (line.p + line.n < text.p + text.n);
        begun = number;
    }
    return name.n ? add_known(s, path, begun, name, str_n(from, (size_t)(text.p + text.n - from)), err) : 0;
}

void shapes_done(struct shapes *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->v[i].name);
        shape_done(&s->v[i].shape);
    }
    free(s->v);
    *s = (struct shapes){};
}

const struct known_shape *shapes_nearest(const struct shapes *known, const struct shape *s, double *ret_part)
{
    const struct known_shape *best = NULL;
    double most = 0.5;
    for (size_t i = 0; i < known->n; i++) {
        double part = shape_contained(&known->v[i].shape, s);
        if (part >= most) {
            most = part;
            best = &known->v[i];
        }
    }
    if (best)
        *ret_part = most;
    return best;
}
