// SPDX-License-Identifier: Apache-2.0
/* Machines of systemd-machined: systemd-nspawn's, and others that register with it. */
#include "source/container/internal.h"
#include "source/proc/fs.h"

static struct str value_of(struct str text, const char *key)
{
    struct str line, k = str_from(key);
    while (str_split(&text, '\n', &line))
        if (line.n > k.n && str_starts(line, k) && line.p[k.n] == '=')
            return str_sub(line, k.n + 1, line.n);
    return STR_NULL;
}

struct container_info *find_machine(struct finder *f)
{
    uint64_t start = 0;
    struct str path = arena_printf(&f->arena, "/run/systemd/machines/%.*s", STR_ARG(f->id));
    struct container_info *c = container_info_new(CONTAINER_NSPAWN, f->id);
    container_set(c, &c->name, f->id);
    if (!fs_read_beneath(f->stores->root, path.p, STORE_FILE_MAX, &f->text))
        return c;
    struct str text = strbuf_str(&f->text);
    if (str_is(value_of(text, "CLASS"), "vm"))
        return container_info_free(c);
    container_set(c, &c->image, value_of(text, "ROOT")); /* the folder or file it was started from */
    if (str_to_u64(value_of(text, "REALTIME"), &start) && start < UINT64_MAX / 1000)
        c->created_ns = c->started_ns = start * 1000;
    return c;
}
