// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "base/intl.h"
#include "event/facts_codec.h"
#include "image/limits.h"
#include "image/path.h"
#include "inspect/persist.h"
#include "worker/file_note.h"
#include "worker/links.h"

void links_opened(struct links *l, enum image_kind kind, int fd)
{
    struct stat st;
    bool is_folder = fstat(fd, &st) < 0 || S_ISDIR(st.st_mode);
    l->is_wanted = !is_folder || (kind != IMAGE_ROOTFS && kind != IMAGE_FILE);
}

struct links_waiting {
    struct str encoded; /* without its problems */
    uint64_t layer;
    struct links_waiting *next;
};

static void forget(struct links *l)
{
    map_clear(&l->files);
    arena_reset(&l->arena);
}

/* Whether so much more has room. An entry of the map and its slots take some 64 bytes. */
static bool has_room(const struct links *l, size_t n)
{
    return l->arena.bytes + n + (l->files.n + 1) * 64 <= LINKS_BYTES_MAX;
}

static struct str *remember(struct links *l, struct str path, struct str encoded)
{
    if (!has_room(l, path.n + encoded.n))
        forget(l);
    struct str *kept = arena_new(&l->arena, struct str);
    *kept = arena_str(&l->arena, encoded);
    map_put(&l->files, arena_str(&l->arena, path), NULL)->ptr = kept;
    return kept;
}

/* A link may name a link. */
static void remember_as(struct links *l, struct str path, struct str *kept)
{
    if (has_room(l, path.n))
        map_put(&l->files, arena_str(&l->arena, path), NULL)->ptr = kept;
}

/* What the place says, not the content, and what analyzers say of the content because of its place. */
static bool is_of_place(enum field_id id)
{
    return id == F_FILE_PATH || file_note_is_of_entry(id) || str_starts(str_from(FIELDS[id].name), STR("persist."));
}

static void add_bool(struct facts *f, enum field_id id, const struct facts *target, unsigned bits)
{
    const struct value *v = facts_get(target, id), *mode = facts_get(f, F_FILE_MODE);
    facts_bool(f, id, (v->type == VALUE_BOOL && v->b) || (mode->type == VALUE_UINT && mode->u & bits));
}

static void add_place(struct facts *f)
{
    struct persist_place place;
    struct str path = facts_get_str(f, F_FILE_PATH);
    if (!persist_place(path, &place))
        return;
    facts_str(f, F_PERSIST_KIND, str_from(persist_kind_name(place.kind, path)));
    if (place.user.n)
        facts_str(f, F_PERSIST_USER, place.user);
}

static void add_content(struct facts *f, struct str encoded)
{
    struct facts target;
    struct strbuf content = {};
    struct wire w = {.left = encoded};
    facts_init(&target);
    if (!facts_decode(&target, &w)) {
        const struct value *size = facts_get(&target, F_FILE_SIZE);
        if (size->type == VALUE_UINT)
            facts_uint(f, F_FILE_SIZE, size->u);
        add_bool(f, F_FILE_IS_EXEC, &target, 0111); /* one file has one mode: that of the entry that set it last */
        add_bool(f, F_FILE_IS_SUID, &target, 04000);
        add_bool(f, F_FILE_IS_SGID, &target, 02000);
        facts_encode_without(&target, is_of_place, &content);
        w = (struct wire){.left = strbuf_str(&content)};
        if (!facts_decode(&target, &w))
            facts_merge(f, &target);
        add_place(f);
    }
    strbuf_done(&content);
    facts_done(&target);
}

static bool is_problem(enum field_id id)
{
    return id == F_FILE_PROBLEMS;
}

/* A file of a layer below may have that name. */
static void wait_for(struct links *l, struct str target, const struct facts *f)
{
    struct strbuf encoded = {};
    facts_encode_without(f, is_problem, &encoded);
    if (l->waiting_arena.bytes + encoded.n + target.n + (l->waiting.n + 1) * 64 > LINKS_WAITING_BYTES_MAX) {
        l->n_lost++;
    } else {
        struct map_entry *e = map_put(&l->waiting, arena_str(&l->waiting_arena, target), NULL);
        struct links_waiting *w = arena_new(&l->waiting_arena, struct links_waiting);
        *w = (struct links_waiting){arena_str(&l->waiting_arena, strbuf_str(&encoded)), l->layer, e->ptr};
        e->ptr = w;
    }
    strbuf_done(&encoded);
}

/* What waits for that name has waited long enough. */
static void take_waiting(struct links *l, struct str path)
{
    struct map_entry *e = l->waiting.n ? map_get(&l->waiting, path) : NULL;
    struct links_waiting **end = e ? (struct links_waiting **)&e->ptr : NULL;
    if (!e || !e->ptr)
        return;
    while (*end)
        end = &(*end)->next;
    *end = l->due;
    l->due = e->ptr;
    e->ptr = NULL;
}

static void see_content(struct links *l, struct str path, struct str *kept)
{
    l->due_content = kept;
    take_waiting(l, path);
}

static void see_link(struct links *l, struct facts *f, struct str path)
{
    uint64_t problems = 0;
    struct arena scratch = {};
    struct str target = path_clean(&scratch, facts_get_str(f, F_FILE_LINK_TARGET), &IMAGE_LIMITS_DEFAULT, &problems);
    const struct map_entry *e = map_get(&l->files, target);
    if (e) {
        struct str *kept = e->ptr;
        add_content(f, *kept);
        remember_as(l, path, kept);
        see_content(l, path, kept);
    } else if (l->layer > 1) {
        wait_for(l, target, f);
    }
    arena_done(&scratch);
}

void links_see(struct links *l, struct facts *f, struct str encoded)
{
    l->due = NULL;
    if (!l->is_wanted || f->event.type != EVENT_FILE || facts_has(f, F_FILE_CONTAINER))
        return;
    const struct value *layer = facts_get(f, F_LAYER_INDEX);
    uint64_t index = layer->type == VALUE_UINT ? layer->u : 0;
    if (index != l->layer)
        forget(l);
    l->layer = index;
    struct str type = facts_get_str(f, F_FILE_TYPE), path = facts_get_str(f, F_FILE_PATH);
    bool is_link = str_is(type, "hardlink");
    if (str_is(type, "regular") || (is_link && facts_has(f, F_FILE_SHA256))) /* which has its content from notes of the layer */
        see_content(l, path, remember(l, path, encoded));
    else if (is_link)
        see_link(l, f, path);
}

bool links_next(struct links *l, struct facts *f)
{
    while (l->due && l->due->layer <= l->layer) /* a link that came before its file in one layer: nothing unpacks that */
        l->due = l->due->next;
    if (!l->due)
        return false;
    struct wire w = {.left = l->due->encoded};
    l->due = l->due->next;
    if (facts_decode(f, &w))
        return false;
    add_content(f, *l->due_content);
    take_waiting(l, facts_get_str(f, F_FILE_PATH));
    return true;
}

void links_tell_lost(const struct links *l, void (*unread)(void *ctx, struct str what, struct str why), void *ctx)
{
    struct arena a = {};
    if (l->n_lost)
        unread(ctx, STR(N_("the rest")),
               arena_printf(&a, intl_plural("%llu hard link to files of lower layers: too many to be held against them",
                                            "%llu hard links to files of lower layers: too many to be held against them", l->n_lost),
                            (unsigned long long)l->n_lost));
    arena_done(&a);
}

void links_done(struct links *l)
{
    map_done(&l->files);
    arena_done(&l->arena);
    map_done(&l->waiting);
    arena_done(&l->waiting_arena);
}
