// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

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

static void remember(struct links *l, struct str path, struct str encoded)
{
    if (!has_room(l, path.n + encoded.n))
        forget(l);
    struct str *kept = arena_new(&l->arena, struct str);
    *kept = arena_str(&l->arena, encoded);
    map_put(&l->files, arena_str(&l->arena, path), NULL)->ptr = kept;
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

void links_see(struct links *l, struct facts *f, struct str encoded)
{
    if (!l->is_wanted || f->event.type != EVENT_FILE || facts_has(f, F_FILE_CONTAINER))
        return;
    const struct value *layer = facts_get(f, F_LAYER_INDEX);
    uint64_t index = layer->type == VALUE_UINT ? layer->u : 0;
    if (index != l->layer)
        forget(l);
    l->layer = index;
    struct str type = facts_get_str(f, F_FILE_TYPE), path = facts_get_str(f, F_FILE_PATH);
    if (str_is(type, "regular")) {
        remember(l, path, encoded);
        return;
    }
    if (!str_is(type, "hardlink") || facts_has(f, F_FILE_SHA256)) /* it has its content from notes of the layer */
        return;
    uint64_t problems = 0;
    struct arena scratch = {};
    const struct map_entry *e =
        map_get(&l->files, path_clean(&scratch, facts_get_str(f, F_FILE_LINK_TARGET), &IMAGE_LIMITS_DEFAULT, &problems));
    struct str *kept = e ? e->ptr : NULL;
    if (kept) {
        add_content(f, *kept);
        remember_as(l, path, kept);
    }
    arena_done(&scratch);
}

void links_done(struct links *l)
{
    map_done(&l->files);
    arena_done(&l->arena);
}
