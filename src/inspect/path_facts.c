// SPDX-License-Identifier: Apache-2.0
#include "inspect/path_facts.h"

enum { EXTENSION_MAX = 15 };

static bool is_hidden(struct str path)
{
    for (size_t i = 0; i + 1 < path.n; i++)
        if ((path.p[i] == '/' || path.p[i] == '!') && path.p[i + 1] == '.')
            return true;
    return false;
}

static void state_name(struct facts *f, struct str name)
{
    facts_str(f, F_FILE_NAME, name);
    const char *dot = name.n > 1 ? memrchr(name.p + 1, '.', name.n - 1) : NULL;
    char ext[EXTENSION_MAX];
    size_t n = dot ? (size_t)(name.p + name.n - dot - 1) : 0;
    if (!n || n > sizeof(ext))
        return;
    for (size_t i = 0; i < n; i++)
        ext[i] = (char)(dot[1 + i] >= 'A' && dot[1 + i] <= 'Z' ? dot[1 + i] | 0x20 : dot[1 + i]);
    facts_str(f, F_FILE_EXT, str_n(ext, n));
}

void path_facts(struct facts *f, struct str path)
{
    facts_str(f, F_FILE_PATH, path);
    state_name(f, str_basename(path));
    facts_str(f, F_FILE_DIR, str_dirname(path));
    facts_bool(f, F_FILE_IS_HIDDEN, is_hidden(path));
}

void path_facts_member(struct facts *f, struct str archive, struct str member)
{
    struct str path = arena_printf(&f->arena, "%.*s!%.*s", STR_ARG(archive), STR_ARG(member));
    struct str name = str_basename(member), dir = str_sub(member, 0, member.n - name.n);
    facts_str(f, F_FILE_PATH, path);
    state_name(f, name);
    facts_str(f, F_FILE_DIR, dir.n ? str_sub(path, 0, path.n - name.n - 1) : archive);
    facts_bool(f, F_FILE_IS_HIDDEN, is_hidden(path));
}

bool path_ends_in(struct str path, const char *const *ends)
{
    for (; *ends; ends++) {
        size_t n = strlen(*ends);
        if (path.n >= n && str_eq_nocase(str_sub(path, path.n - n, path.n), str_n(*ends, n)))
            return true;
    }
    return false;
}
