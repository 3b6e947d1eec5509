// SPDX-License-Identifier: Apache-2.0
#include "context/path.h"

bool path_is_clean(struct str path)
{
    if (!path.n || path.p[0] != '/')
        return false;
    if (path.n == 1)
        return true;
    const char *const end = path.p + path.n;
    for (const char *slash = path.p, *next; slash; slash = next) {
        const char *name = slash + 1;
        next = memchr(name, '/', (size_t)(end - name));
        size_t n = (size_t)((next ? next : end) - name);
        if (!n || (name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.'))))
            return false;
    }
    return true;
}

void path_jot(struct jot *j, struct str base, struct str path)
{
    const size_t from = jot_begin(j);
    struct str name;
    if (path.n && path.p[0] == '/')
        base = STR_NULL;
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    jot_add(j, base);
    while (str_split(&path, '/', &name)) {
        if (!name.n || str_is(name, "."))
            continue;
        if (!str_is(name, "..")) {
            jot_char(j, '/');
            jot_add(j, name);
            continue;
        }
        while (j->used > from && j->p[--j->used] != '/')
            ;
    }
    if (j->used == from)
        jot_char(j, '/');
}
