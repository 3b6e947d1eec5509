// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/hash.h"
#include "image/limits.h"
#include "image/state.h"

static const uint64_t MARKS = 15;

/* Never 0 and without the low bits, which fresh slots use for marks. */
static uint64_t key_of(struct str path)
{
    return (hash_str(path) & ~MARKS) | (1ULL << 63);
}

/* Spreads a key over a table of any size by multiplication; the top bit is always set, so it is shifted out.
 */
static size_t home_of(uint64_t key, size_t capacity)
{
    return (size_t)(((unsigned __int128)(key << 1) * capacity) >> 64);
}

/* Seven eighths full at most; half as much again when it grows. */
static bool is_crowded(size_t n, size_t capacity)
{
    return n + 1 > capacity - capacity / 8;
}
static size_t grown(size_t capacity)
{
    return capacity ? capacity + capacity / 2 : 1024;
}

static uint64_t *fresh_slot(const struct state_fresh *f, uint64_t key)
{
    size_t i = home_of(key, f->capacity);
    while (f->v[i] && (f->v[i] & ~MARKS) != key)
        i = i + 1 == f->capacity ? 0 : i + 1;
    return &f->v[i];
}

static uint64_t *fresh_put(struct state_fresh *f, uint64_t key)
{
    if (!f->capacity || is_crowded(f->n, f->capacity)) {
        struct state_fresh bigger = {.n = f->n, .capacity = grown(f->capacity)};
        bigger.v = xalloc(bigger.capacity * sizeof(*bigger.v));
        for (size_t i = 0; i < f->capacity; i++)
            if (f->v[i])
                *fresh_slot(&bigger, f->v[i] & ~MARKS) = f->v[i];
        free(f->v);
        *f = bigger;
    }
    uint64_t *slot = fresh_slot(f, key);
    if (!*slot) {
        *slot = key;
        f->n++;
    }
    return slot;
}

bool state_add(struct state *s, struct str path, enum state_mark mark)
{
    uint64_t *slot = fresh_put(&s->fresh, key_of(path));
    uint64_t before = *slot & MARKS;
    *slot |= 1ULL << mark;
    if (mark == STATE_DIRECTORY)
        return !(before & 1ULL << STATE_OTHER);
    if (mark == STATE_OTHER)
        return !(before & (1ULL << STATE_OTHER | 1ULL << STATE_DIRECTORY));
    return true;
}

static struct state_path *path_slot(struct state_path *v, size_t capacity, uint64_t key)
{
    size_t i = home_of(key, capacity);
    while (v[i].hash && v[i].hash != key)
        i = i + 1 == capacity ? 0 : i + 1;
    return &v[i];
}

/*
 * Room for `more` paths at once. The fresh table is merged in the order of its hashes, which is this table's
 * order too: a table that grew on the way would fill from its start and probe ever longer runs.
 */
static void reserve(struct state *s, size_t more)
{
    size_t want = s->n + more < IMAGE_STATE_PATHS_MAX ? s->n + more : IMAGE_STATE_PATHS_MAX;
    if (s->capacity && !is_crowded(want, s->capacity))
        return;
    size_t capacity = want + want / 4 + 1024;
    struct state_path *v = xalloc(capacity * sizeof(*v));
    for (size_t i = 0; i < s->capacity; i++)
        if (s->v[i].hash)
            *path_slot(v, capacity, s->v[i].hash) = s->v[i];
    free(s->v);
    s->v = v;
    s->capacity = capacity;
}

static struct state_path *path_put(struct state *s, uint64_t key)
{
    struct state_path *slot = path_slot(s->v, s->capacity, key);
    if (slot->hash)
        return slot;
    if (s->n == IMAGE_STATE_PATHS_MAX) {
        s->is_full = true;
        return NULL;
    }
    slot->hash = key;
    s->n++;
    return slot;
}

void state_commit(struct state *s, uint32_t layer, bool is_last)
{
    if (!is_last && s->fresh.n)
        reserve(s, s->fresh.n);
    for (size_t i = 0; i < s->fresh.capacity && !is_last; i++) {
        uint64_t f = s->fresh.v[i];
        struct state_path *p = f ? path_put(s, f & ~MARKS) : NULL;
        for (unsigned mark = 0; p && mark < 4; mark++)
            if (f & 1ULL << mark)
                p->layer[mark] = (uint16_t)layer;
    }
    /* a table made for a large layer is not dragged through many small ones */
    free(s->fresh.v);
    s->fresh = (struct state_fresh){};
    s->has_folder = false;
}

/* Takes `layer` when it is nearer than what was found so far; at the same layer the later call wins. */
static void consider(uint16_t layer, enum layer_state as, uint16_t *nearest, enum layer_state *state)
{
    if (layer && (!*nearest || layer <= *nearest)) {
        *nearest = layer;
        *state = as;
    }
}

static const struct state_path *look_up(const struct state *s, struct str path)
{
    const struct state_path *p = path_slot(s->v, s->capacity, key_of(path));
    return p->hash ? p : NULL;
}

/* What hides everything below `folder`: the folder's own marks and those of the folders above it. */
static void look_above(struct state *s, struct str folder)
{
    uint64_t key = key_of(folder);
    if (s->has_folder && s->folder_hash == key)
        return;
    uint16_t nearest = 0;
    enum layer_state state = LAYER_EFFECTIVE;
    for (struct str f = folder;; f = str_dirname(f)) {
        const struct state_path *p = look_up(s, f);
        if (p) {
            consider(p->layer[STATE_OTHER], LAYER_SHADOWED, &nearest, &state);
            consider(p->layer[STATE_WHITEOUT], LAYER_DELETED, &nearest, &state);
            consider(p->layer[STATE_OPAQUE], LAYER_DELETED, &nearest, &state);
        }
        if (f.n <= 1)
            break;
    }
    s->folder_hash = key;
    s->has_folder = true;
    s->folder_layer = nearest;
    s->folder_deleted = state == LAYER_DELETED;
}

enum layer_state state_get(struct state *s, struct str path, uint32_t *ret_layer)
{
    *ret_layer = 0;
    if (!s->n)
        return LAYER_EFFECTIVE;
    uint16_t nearest = 0;
    enum layer_state state = LAYER_EFFECTIVE;
    if (path.n > 1) {
        look_above(s, str_dirname(path));
        nearest = s->folder_layer;
        if (nearest)
            state = s->folder_deleted ? LAYER_DELETED : LAYER_SHADOWED;
    }
    const struct state_path *p = look_up(s, path);
    if (p) {
        consider(p->layer[STATE_WHITEOUT], LAYER_DELETED, &nearest, &state);
        consider(p->layer[STATE_DIRECTORY], LAYER_SHADOWED, &nearest, &state);
        consider(p->layer[STATE_OTHER], LAYER_SHADOWED, &nearest, &state);
    }
    *ret_layer = nearest;
    return state;
}

void state_done(struct state *s)
{
    free(s->fresh.v);
    free(s->v);
    *s = (struct state){};
}
