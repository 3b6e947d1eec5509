// SPDX-License-Identifier: Apache-2.0
#include "image/path.h"
#include "image/limits.h"

bool path_component(struct str *rest, struct str *ret)
{
    struct str piece;
    while (str_split(rest, '/', &piece))
        if (piece.n && !str_is(piece, ".")) {
            *ret = piece;
            return true;
        }
    return false;
}

struct str path_clean(struct arena *a, struct str raw, const struct image_limits *limits, uint64_t *problems)
{
    if (!raw.n)
        *problems |= IMAGE_PROBLEM_MASK(BAD_NAME);
    else if (raw.p[0] == '/')
        *problems |= IMAGE_PROBLEM_MASK(ABSOLUTE_PATH);
    if (raw.n > limits->path_bytes) {
        *problems |= IMAGE_PROBLEM_MASK(BAD_NAME);
        raw = str_sub(raw, 0, limits->path_bytes);
    }
    char *p = arena_alloc(a, raw.n + 2);
    size_t n = 0, depth = 0;
    struct str c;
    while (path_component(&raw, &c)) {
        if (str_is(c, "..")) {
            if (!n)
                *problems |= IMAGE_PROBLEM_MASK(PATH_TRAVERSAL);
            else
                depth--;
            while (n && p[--n] != '/')
                ;
            continue;
        }
        if (c.n > IMAGE_COMPONENT_BYTES || ++depth > limits->depth || memchr(c.p, 0, c.n))
            *problems |= IMAGE_PROBLEM_MASK(BAD_NAME);
        p[n++] = '/';
        memcpy(p + n, c.p, c.n);
        n += c.n;
    }
    if (!n)
        p[n++] = '/';
    return str_n(p, n);
}

bool path_symlink_escapes(struct str path, struct str target)
{
    int64_t depth = 0;
    struct str c;
    if (!target.n || target.p[0] != '/') {
        while (path_component(&path, &c))
            depth++;
        depth--; /* the link itself */
    }
    while (path_component(&target, &c)) {
        depth += str_is(c, "..") ? -1 : 1;
        if (depth < 0)
            return true;
    }
    return false;
}

enum path_whiteout path_whiteout(struct str path, struct str *ret_name)
{
    struct str name = str_basename(path);
    if (!str_starts(name, STR(".wh.")))
        return PATH_NO_WHITEOUT;
    if (str_is(name, ".wh..wh..opq"))
        return PATH_WHITEOUT_OPAQUE;
    if (str_starts(name, STR(".wh..wh.")))
        return PATH_WHITEOUT_INTERNAL;
    *ret_name = str_sub(name, 4, name.n);
    if (!ret_name->n || str_is(*ret_name, ".") || str_is(*ret_name, ".."))
        return PATH_WHITEOUT_BAD;
    return PATH_WHITEOUT;
}
