// SPDX-License-Identifier: Apache-2.0
/* Names of users and groups by number, from the files of the root that is looked at (the C library would ask
 * this machine). */
#include "source/proc/internal.h"

enum { USERS_FILE_MAX = 16 << 20 };

static void read_file(struct proc_source *ps, const char *path,
                      void (*line)(struct proc_source *, struct str *field, size_t n))
{
    struct strbuf text = {};
    if (fs_read_beneath(ps->root, path, USERS_FILE_MAX, &text)) {
        struct str rest = strbuf_str(&text), one;
        while (str_split(&rest, '\n', &one)) {
            struct str field[7];
            size_t n = 0;
            while (n < ARRAY_SIZE(field) && str_split(&one, ':', &field[n]))
                n++;
            line(ps, field, n);
        }
    }
    strbuf_done(&text);
}

static void passwd_line(struct proc_source *ps, struct str *f, size_t n)
{
    uint64_t id;
    bool is_new;
    if (n < 4 || !str_to_u64(f[2], &id))
        return;
    struct map_entry *e =
        map_put(&ps->users, arena_printf(&ps->arena, "%llu", (unsigned long long)id), &is_new);
    if (!is_new)
        return; /* the first name of an id is the one the C library gives */
    struct proc_account *a = e->ptr = arena_new(&ps->arena, struct proc_account);
    a->name = arena_str(&ps->arena, f[0]);
    if (n > 5)
        a->home = arena_str(&ps->arena, f[5]);
    if (n > 6)
        a->shell = arena_str(&ps->arena, f[6]);
}

static void group_line(struct proc_source *ps, struct str *f, size_t n)
{
    uint64_t id;
    bool is_new;
    if (n < 3 || !str_to_u64(f[2], &id))
        return;
    struct map_entry *e =
        map_put(&ps->groups, arena_printf(&ps->arena, "%llu", (unsigned long long)id), &is_new);
    if (is_new) {
        struct str *name = e->ptr = arena_new(&ps->arena, struct str);
        *name = arena_str(&ps->arena, f[0]);
    }
}

void proc_read_users(struct proc_source *ps)
{
    if (ps->users_read)
        return;
    ps->users_read = true;
    read_file(ps, "/etc/passwd", passwd_line);
    read_file(ps, "/etc/group", group_line);
}
