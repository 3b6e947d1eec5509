// SPDX-License-Identifier: Apache-2.0
#include "inspect/system_file.h"

static struct str without_usr(struct str path)
{
    static const struct str usr = {"/usr", 4};
    return str_starts(path, usr) ? str_sub(path, usr.n, path.n) : path;
}

static bool is_library(struct str name)
{
    return str_ends(name, STR(".so")) || str_has(name, STR(".so."));
}

bool system_file_place(struct str path)
{
    struct str rest = without_usr(path), name = str_basename(path);
    if (str_starts(rest, STR("/bin/")) || str_starts(rest, STR("/sbin/")))
        return true;
    return str_starts(rest, STR("/lib")) && (is_library(name) || !memchr(name.p, '.', name.n));
}

bool system_file_is(const struct facts *facts)
{
    struct str path = facts_get_str(facts, F_FILE_PATH);
    const struct value *size = facts_get(facts, F_FILE_SIZE);
    if (size->type == VALUE_UINT && size->u > SYSTEM_FILE_BYTES_MAX)
        return false;
    return system_file_place(path) && (facts_get(facts, F_FILE_IS_EXEC)->b || is_library(str_basename(path)));
}

bool system_file_lasts(const struct facts *facts)
{
    struct str state = facts_get_str(facts, F_LAYER_STATE);
    /* What a process runs may lie in a container's file system, and what a jail wrote was not there before it ran. */
    const bool is_elsewhere = str_is(facts_get_str(facts, F_FILE_ORIGIN), "process") || facts_has(facts, F_SANDBOX_DROPPED) || facts_has(facts, F_FILE_CONTAINER);
    return facts->event.type == EVENT_FILE && !is_elsewhere && (!state.n || str_is(state, "effective"));
}

struct str system_file_alias(struct str path, struct arena *a)
{
    struct str rest = without_usr(path);
    return rest.n < path.n ? rest : arena_printf(a, "/usr%.*s", STR_ARG(path));
}
