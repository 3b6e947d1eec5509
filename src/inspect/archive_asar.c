// SPDX-License-Identifier: Apache-2.0
#include "inspect/archive_asar.h"

#include <errno.h>

#include "base/json.h"
#include "base/strbuf.h"

/* Lengths in front of the JSON: of the value that is a length, of the directory with its own lengths, of it without the first, of the
 * JSON. */
enum { AT_FOUR, AT_DIRECTORY = 4, AT_PAYLOAD = 8, AT_TEXT = 12, HEAD_BYTES = 16 };

static uint32_t le32_at(struct str s, size_t at)
{
    const uint8_t *p = (const uint8_t *)s.p + at;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool asar_begins(struct str d)
{
    static const struct str BEGIN = STR("{\"files\":");
    if (d.n < HEAD_BYTES + BEGIN.n || le32_at(d, AT_FOUR) != 4)
        return false;
    uint32_t directory = le32_at(d, AT_DIRECTORY), payload = le32_at(d, AT_PAYLOAD), text = le32_at(d, AT_TEXT);
    return directory >= 8 && payload == directory - 4 && text <= payload - 4 && str_starts(str_sub(d, HEAD_BYTES, d.n), BEGIN);
}

struct reading {
    struct asar *a;
    struct strbuf path;
    size_t paths; /* bytes of all paths */
    int error;
};

/* Offsets are decimal digits in a string, since they may be larger than JavaScript's numbers. */
static bool read_offset(const json_t *v, uint64_t *ret)
{
    if (json_is_integer(v) && json_integer_value(v) >= 0) {
        *ret = (uint64_t)json_integer_value(v);
        return true;
    }
    return json_is_string(v) && str_to_u64(str_n(json_string_value(v), json_string_length(v)), ret);
}

static void read_file_entry(struct reading *r, const json_t *entry)
{
    const json_t *size = json_object_get(entry, "size");
    struct asar_file f = {.is_exec = json_is_true(json_object_get(entry, "executable"))};
    if (json_is_true(json_object_get(entry, "unpacked")) || json_object_get(entry, "link"))
        return; /* beside the archive; another member's name */
    if (!json_is_integer(size) || json_integer_value(size) < 0 || !read_offset(json_object_get(entry, "offset"), &f.offset) ||
        __builtin_add_overflow(f.offset, r->a->base, &f.offset)) {
        r->error = -EBADMSG;
        return;
    }
    f.size = (uint64_t)json_integer_value(size);
    r->paths += r->path.n;
    if (r->a->files.n >= ASAR_FILES_MAX || r->paths > ASAR_PATHS_BYTES) {
        r->error = -E2BIG;
        return;
    }
    f.path = arena_str(&r->a->arena, strbuf_str(&r->path));
    vec_add(&r->a->files, f);
}

/* Folders lie in each other at most as deep as json_parse() lets brackets (two for each folder). */
static void read_folder(struct reading *r, json_t *files)
{
    const char *name;
    json_t *entry;
    size_t n = r->path.n;
    json_object_foreach(files, name, entry)
    {
        if (n)
            strbuf_addc(&r->path, '/');
        strbuf_adds(&r->path, name);
        json_t *inner = json_object_get(entry, "files");
        if (json_is_object(inner))
            read_folder(r, inner);
        else if (json_is_object(entry))
            read_file_entry(r, entry);
        r->path.n = n;
        if (r->error == -E2BIG)
            return;
    }
}

static int by_offset(const void *a, const void *b)
{
    const struct asar_file *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size); /* empty ones first: they share their place with the next */
}

int asar_read(struct str d, struct asar *ret)
{
    _cleanup_(json_decrefp) json_t *j = NULL;
    *ret = (struct asar){};
    if (!asar_begins(d) || (uint64_t)le32_at(d, AT_DIRECTORY) + 8 > d.n)
        return -EBADMSG;
    ret->base = (uint64_t)le32_at(d, AT_DIRECTORY) + 8;
    if (json_parse(str_sub(d, HEAD_BYTES, HEAD_BYTES + le32_at(d, AT_TEXT)), &j, NULL) < 0)
        return -EBADMSG;
    json_t *files = json_object_get(j, "files");
    struct reading r = {.a = ret};
    if (!json_is_object(files))
        return -EBADMSG;
    read_folder(&r, files);
    strbuf_done(&r.path);
    if (ret->files.n)
        qsort(ret->files.v, ret->files.n, sizeof(*ret->files.v), by_offset);
    return r.error;
}

void asar_done(struct asar *a)
{
    vec_done(&a->files);
    arena_done(&a->arena);
}
