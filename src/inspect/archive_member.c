// SPDX-License-Identifier: Apache-2.0
#include "inspect/archive_member.h"

#include "inspect/archive_walk.h"
#include "inspect/path_facts.h"

/* What is true of the archive's file is true of what lies in it. */
static const enum field_id SHARED[] = {
    F_IMAGE_REF,   F_IMAGE_DIGEST, F_IMAGE_CONFIG_DIGEST, F_IMAGE_OS,       F_IMAGE_ARCH,  F_LAYER_INDEX, F_LAYER_COUNT,
    F_LAYER_DIGEST, F_LAYER_DIFF_ID, F_LAYER_CREATED_BY,   F_LAYER_STATE,    F_LAYER_HIDDEN_BY, F_FILE_ORIGIN,
};

struct str member_name(struct str raw, struct facts *archive)
{
    struct str name = raw, rest, part;
    if (name.n && name.p[0] == '/')
        (void)facts_add(archive, F_ARCHIVE_PROBLEMS, STR("absolute-path"));
    for (;;) {
        if (str_starts(name, STR("/")))
            name = str_sub(name, 1, name.n);
        else if (str_starts(name, STR("./")))
            name = str_sub(name, 2, name.n);
        else
            break;
    }
    rest = name;
    while (str_split(&rest, '/', &part))
        if (str_is(part, ".."))
            (void)facts_add(archive, F_ARCHIVE_PROBLEMS, STR("path-traversal"));
    if (name.n > ARCHIVE_NAME_MAX) {
        (void)facts_add(archive, F_ARCHIVE_PROBLEMS, STR("long-name"));
        name.n = ARCHIVE_NAME_MAX;
    }
    return name;
}

struct str member_unpacked_name(struct arena *a, struct str path)
{
    static const struct {
        struct str packed, plain;
    } ENDS[] = {
        {STR(".gz"), STR("")},       {STR(".bz2"), STR("")},     {STR(".xz"), STR("")},
        {STR(".zst"), STR("")},      {STR(".lz4"), STR("")},     {STR(".tgz"), STR(".tar")},
        {STR(".tbz2"), STR(".tar")}, {STR(".txz"), STR(".tar")}, {STR(".svgz"), STR(".svg")},
    };
    struct str name = str_basename(path);
    for (size_t i = 0; i < ARRAY_SIZE(ENDS); i++)
        if (name.n > ENDS[i].packed.n && str_ends(name, ENDS[i].packed))
            return arena_printf(a, "%.*s%.*s", STR_ARG(str_sub(name, 0, name.n - ENDS[i].packed.n)),
                                STR_ARG(ENDS[i].plain));
    return name.n ? name : STR("content");
}

static void share(const struct facts *archive, struct facts *facts)
{
    for (size_t i = 0; i < ARRAY_SIZE(SHARED); i++) {
        const struct value *v = facts_get(archive, SHARED[i]);
        if (v->type == VALUE_STRING)
            facts_str(facts, SHARED[i], v->s);
        else if (v->type == VALUE_UINT)
            facts_uint(facts, SHARED[i], v->u);
    }
}

static void state_inode(const struct member *m, struct facts *f)
{
    facts_str(f, F_FILE_TYPE, STR("regular"));
    if (m->has_size)
        facts_uint(f, F_FILE_SIZE, m->size);
    if (m->mtime_ns)
        facts_uint(f, F_FILE_MTIME, m->mtime_ns);
    if (!m->has_mode)
        return;
    facts_uint(f, F_FILE_MODE, m->mode & 07777);
    facts_uint(f, F_FILE_UID, m->uid);
    facts_uint(f, F_FILE_GID, m->gid);
    facts_bool(f, F_FILE_IS_EXEC, m->mode & 0111);
    facts_bool(f, F_FILE_IS_SUID, m->mode & 04000);
    facts_bool(f, F_FILE_IS_SGID, m->mode & 02000);
}

struct str member_begin(const struct inspection *archive, const struct member *m, struct facts *f)
{
    const struct facts *outer = archive->facts;
    struct str outer_path = facts_get_str(outer, F_FILE_PATH);
    facts_reset(f, EVENT_FILE, outer->event.time_ns);
    share(outer, f);
    path_facts_member(f, outer_path, m->name);
    state_inode(m, f);

    bool is_nested = facts_has(outer, F_FILE_CONTAINER);
    struct str inner = facts_get_str(outer, F_MEMBER_PATH), via = facts_get_str(outer, F_MEMBER_VIA);
    facts_str(f, F_FILE_CONTAINER, is_nested ? facts_get_str(outer, F_FILE_CONTAINER) : outer_path);
    facts_str(f, F_MEMBER_PATH, is_nested ? arena_printf(&f->arena, "%.*s!%.*s", STR_ARG(inner), STR_ARG(m->name)) : m->name);
    facts_str(f, F_MEMBER_VIA,
              arena_printf(&f->arena, "%.*s%s%.*s%s%.*s", STR_ARG(via), via.n ? ">" : "", STR_ARG(m->via),
                           m->via.n ? ">" : "", STR_ARG(m->kind)));
    facts_uint(f, F_MEMBER_DEPTH, is_nested ? facts_get(outer, F_MEMBER_DEPTH)->u + 1 : 1);
    if (!m->is_packed_whole)
        return arena_printf(&f->arena, "/%.*s", STR_ARG(m->name));
    struct str dir = str_sub(archive->place, 0, archive->place.n - str_basename(archive->place).n);
    return arena_printf(&f->arena, "%.*s%.*s", STR_ARG(dir), STR_ARG(m->name));
}
