// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "rule/prefilter_pack.h"

/* A class in the making: the sets of places that it stands for, joined. */
struct class {
    uint32_t set;
    uint32_t became; /* the class that took it in; itself when none did */
};

struct pack {
    struct spots *spots;
    VEC(struct class) classes;
    VEC(uint32_t) class_of; /* by set; UINT32_MAX: none yet */
    struct filter *f;
    VEC(struct filter_path) paths;
    struct map by_entry; /* fit and bytes → place in paths */
    struct arena arena;
};

static uint32_t *slot(struct pack *p, uint32_t set)
{
    while (p->class_of.n <= set)
        vec_add(&p->class_of, UINT32_MAX);
    return &p->class_of.v[set];
}

static void add_class(struct pack *p, uint32_t set)
{
    uint32_t *at = slot(p, set);
    if (*at != UINT32_MAX)
        return;
    *at = (uint32_t)p->classes.n;
    vec_add(&p->classes, (struct class){set, *at});
}

/* The class that stands for a set of a term now. */
static uint32_t class_of(const struct pack *p, uint32_t set)
{
    uint32_t c = p->class_of.v[set];
    while (p->classes.v[c].became != c)
        c = p->classes.v[c].became;
    return c;
}

/* Joins the two classes in which the least lies, until there are few enough. */
static void limit_classes(struct pack *p)
{
    size_t alive = p->classes.n;
    for (; alive > FILTER_CLASSES_MAX; alive--) {
        struct class *a = NULL, *b = NULL; /* the least and the next */
        uint64_t x = 0, y = 0;
        vec_each (c, &p->classes) {
            if (c->became != (uint32_t)(c - p->classes.v))
                continue;
            const uint64_t breadth = spots_breadth(p->spots, c->set);
            if (!a || breadth < x) {
                b = a;
                y = x;
                a = c;
                x = breadth;
            } else if (!b || breadth < y) {
                b = c;
                y = breadth;
            }
        }
        b->set = spots_join(p->spots, a->set, b->set);
        a->became = (uint32_t)(b - p->classes.v);
    }
}

static void add_path(struct pack *p, const struct spot *e, uint64_t classes)
{
    char room[2 + FILTER_PATH_MAX] = {(char)e->fit, (char)e->n};
    memcpy(room + 2, e->bytes.p, e->bytes.n);
    const struct str key = str_n(room, 2 + e->bytes.n);
    struct map_entry *known = map_get(&p->by_entry, key);
    if (known) {
        p->paths.v[known->u64].classes |= classes;
        return;
    }
    map_put(&p->by_entry, arena_str(&p->arena, key), NULL)->u64 = p->paths.n;
    struct filter_path *path = vec_push(&p->paths);
    *path = (struct filter_path){.fit = e->fit, .n = e->n, .classes = classes};
    memcpy(path->bytes, e->bytes.p, e->bytes.n);
}

/* To what each length of a suffix is cut, so that few lengths are left; the shortest stays. */
static void choose_lengths(const size_t count[FILTER_PATH_MAX + 1], uint32_t ret[FILTER_PATH_MAX + 1])
{
    size_t n[FILTER_PATH_MAX + 1], lengths = 0;
    memcpy(n, count, sizeof(n));
    for (uint32_t i = 0; i <= FILTER_PATH_MAX; i++) {
        ret[i] = i;
        lengths += n[i] > 0;
    }
    for (; lengths > FILTER_SUFFIX_LENGTHS; lengths--) {
        uint32_t best = 0, to = 0, before = 0;
        size_t least = SIZE_MAX;
        for (uint32_t i = 1; i <= FILTER_PATH_MAX; i++) {
            if (!n[i])
                continue;
            if (before && n[i] * (i - before) < least) {
                least = n[i] * (i - before);
                best = i;
                to = before;
            }
            before = i;
        }
        n[to] += n[best];
        n[best] = 0;
        for (uint32_t i = best; i <= FILTER_PATH_MAX; i++)
            if (ret[i] == best)
                ret[i] = to;
    }
}

static void shorten_suffixes(struct pack *p)
{
    size_t count[FILTER_PATH_MAX + 1] = {};
    uint32_t to[FILTER_PATH_MAX + 1];
    vec_each (path, &p->paths)
        count[path->n] += path->fit == FILTER_ENDS;
    choose_lengths(count, to);
    typeof(p->paths) old = p->paths;
    p->paths = (typeof(p->paths)){};
    map_clear(&p->by_entry);
    vec_each (path, &old) {
        struct str bytes = str_n(path->bytes, path->fit == FILTER_NET4 ? 4 : path->fit == FILTER_NET6 ? 16 : path->n);
        const uint32_t cut = path->fit == FILTER_ENDS ? path->n - to[path->n] : 0;
        bytes = str_sub(bytes, cut, bytes.n);
        add_path(p, &(struct spot){(enum filter_fit)path->fit, bytes, path->n - cut}, path->classes);
    }
    vec_done(&old);
}

/* Takes the entries of whole classes out, the largest first, until the rest fits. */
static void limit_paths(struct pack *p)
{
    while (p->paths.n > FILTER_PATHS_MAX) {
        size_t count[FILTER_CLASSES_MAX] = {}, kept = 0;
        unsigned largest = 0;
        vec_each (path, &p->paths)
            for (uint64_t rest = path->classes; rest; rest &= rest - 1)
                count[__builtin_ctzll(rest)]++;
        for (unsigned c = 1; c < FILTER_CLASSES_MAX; c++)
            if (count[c] > count[largest])
                largest = c;
        p->f->everything |= 1ULL << largest;
        vec_each (path, &p->paths) {
            path->classes &= ~(1ULL << largest);
            if (path->classes)
                p->paths.v[kept++] = *path;
        }
        p->paths.n = kept;
    }
}

static bool is_longer(const struct filter_path *a, const struct filter_path *b)
{
    if (a->fit != b->fit || a->n <= b->n)
        return false;
    if (a->fit == FILTER_BEGINS)
        return !memcmp(a->bytes, b->bytes, b->n);
    if (a->fit != FILTER_NET4 && a->fit != FILTER_NET6)
        return false;
    const unsigned whole = b->n / 8, bits = b->n % 8;
    return !memcmp(a->bytes, b->bytes, whole) &&
           (!bits || !(((uint8_t)a->bytes[whole] ^ (uint8_t)b->bytes[whole]) >> (8 - bits)));
}

static int compare(const void *x, const void *y)
{
    const struct filter_path *a = x, *b = y;
    if (a->fit != b->fit)
        return a->fit < b->fit ? -1 : 1;
    const int order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

/* In order, what an entry is longer than stands before it, the nearest of them last: a chain of those that still fit. */
static void add_classes_of_shorter(struct pack *p)
{
    struct filter_path *open[FILTER_PATH_MAX + 1];
    size_t n = 0;
    if (p->paths.n)
        qsort(p->paths.v, p->paths.n, sizeof(*p->paths.v), compare);
    vec_each (path, &p->paths) {
        while (n && !is_longer(path, open[n - 1]))
            n--;
        if (n)
            path->classes |= open[n - 1]->classes;
        if (path->fit == FILTER_BEGINS || path->fit == FILTER_NET4 || path->fit == FILTER_NET6)
            open[n++] = path;
    }
}

static void add_entries(struct pack *p, const uint8_t *bits)
{
    vec_each (c, &p->classes) {
        const size_t i = (size_t)(c - p->classes.v);
        size_t n;
        if (c->became != i)
            continue;
        if (!c->set) { /* joined with too much */
            p->f->everything |= 1ULL << bits[i];
            continue;
        }
        const uint32_t *entries = spots_entries(p->spots, c->set, &n);
        for (size_t k = 0; k < n; k++)
            add_path(p, spots_entry(p->spots, entries[k]), 1ULL << bits[i]);
    }
    shorten_suffixes(p);
    limit_paths(p);
    add_classes_of_shorter(p);
}

struct filter *pack_filter(struct spots *spots, struct pack_kind *kinds, size_t n)
{
    struct pack p = {.spots = spots, .f = xnew(struct filter)};
    for (size_t i = 0; i < n; i++) {
        dnf_widen(&kinds[i].terms, spots, FILTER_CLAUSES_MAX);
        for (uint32_t t = 0; t < kinds[i].terms.n; t++)
            if (kinds[i].terms.v[t].spots)
                add_class(&p, kinds[i].terms.v[t].spots);
    }
    limit_classes(&p);
    _cleanup_free_ uint8_t *bits = xalloc(p.classes.n);
    uint8_t next = 0;
    for (size_t i = 0; i < p.classes.n; i++)
        if (p.classes.v[i].became == i)
            bits[i] = next++;
    for (size_t i = 0; i < n; i++) {
        struct filter_kind *k = &p.f->kinds[kinds[i].kind];
        k->wanted = FILTER_WANTED | (kinds[i].wants_data ? FILTER_WANTS_DATA : 0);
        if (dnf_is_always(&kinds[i].terms))
            continue;
        for (uint32_t t = 0; t < kinds[i].terms.n; t++) {
            const struct term *term = &kinds[i].terms.v[t];
            k->clauses[k->n++] = (struct filter_clause){
                term->yes, term->no, term->spots ? 1ULL << bits[class_of(&p, term->spots)] : 0};
        }
    }
    add_entries(&p, bits);
    p.f->n_paths = p.paths.n;
    p.f->paths = p.paths.v;
    vec_done(&p.classes);
    vec_done(&p.class_of);
    map_done(&p.by_entry);
    arena_done(&p.arena);
    return p.f;
}
