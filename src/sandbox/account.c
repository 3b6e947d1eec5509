// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "base/io.h"
#include "base/strbuf.h"
#include "sandbox/account.h"

enum { FIELDS_MAX = 7, IDS = 65536 };

/* A file of the tree, links followed as the jail will see them; empty when it cannot be read. */
static void read_within(int tree, const char *path, struct strbuf *b)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    _cleanup_close_ int fd = (int)syscall(SYS_openat2, tree, path, &how, sizeof(how));
    if (fd >= 0)
        (void)io_read_up_to(fd, ACCOUNT_FILE_MAX, b);
}

static size_t fields_of(struct str line, struct str f[FIELDS_MAX])
{
    size_t n = 0;
    while (n < FIELDS_MAX && str_split(&line, ':', &f[n]))
        n++;
    return n;
}

static bool to_id(struct str s, uint32_t *ret)
{
    uint64_t n;
    if (!str_to_u64(s, &n) || n >= IDS)
        return false;
    *ret = (uint32_t)n;
    return true;
}

/* By name or number; the name it has in the file. */
static bool find_user(struct str file, struct str user, struct account *a, struct str *ret_name)
{
    struct str line, f[FIELDS_MAX];
    uint32_t wanted = 0, id;
    const bool is_number = to_id(user, &wanted);
    a->uid = wanted;
    while (str_split(&file, '\n', &line))
        if (fields_of(line, f) >= 6 && to_id(f[2], &id) && (str_eq(f[0], user) || (is_number && id == wanted))) {
            a->uid = id;
            (void)to_id(f[3], &a->gid);
            if (f[5].n && f[5].n < sizeof(a->home))
                (void)snprintf(a->home, sizeof(a->home), "%.*s", STR_ARG(f[5]));
            *ret_name = f[0];
            return true;
        }
    return is_number;
}

static bool find_group(struct str file, struct str group, uint32_t *ret)
{
    struct str line, f[FIELDS_MAX];
    if (to_id(group, ret))
        return true;
    while (str_split(&file, '\n', &line))
        if (fields_of(line, f) >= 3 && str_eq(f[0], group) && to_id(f[2], ret))
            return true;
    return false;
}

static void add_groups(struct str file, struct str name, struct account *a)
{
    struct str line, f[FIELDS_MAX], member;
    while (name.n && a->n_groups < ACCOUNT_GROUPS_MAX && str_split(&file, '\n', &line)) {
        uint32_t id;
        if (fields_of(line, f) < 4 || !to_id(f[2], &id) || id == a->gid)
            continue;
        while (str_split(&f[3], ',', &member))
            if (str_eq(member, name)) {
                a->groups[a->n_groups++] = id;
                break;
            }
    }
}

static bool is_number_beyond(struct str s)
{
    uint64_t n;
    return str_to_u64(s, &n) && n >= IDS;
}

int account_find(int tree, struct str user, struct account *ret, struct error *err)
{
    struct account a = {.home = "/"};
    struct str group = STR_NULL, name = STR_NULL;
    _cleanup_(strbuf_done) struct strbuf users = {}, groups = {};
    const ptrdiff_t colon = str_find(user, STR(":"), 0);
    if (colon >= 0) {
        group = str_sub(user, (size_t)colon + 1, user.n);
        user = str_sub(user, 0, (size_t)colon);
    }
    read_within(tree, "etc/passwd", &users);
    read_within(tree, "etc/group", &groups);
    if (!user.n)
        user = STR("0");
    if (!find_user(strbuf_str(&users), user, &a, &name)) {
        if (is_number_beyond(user))
            return error_set(err, -ERANGE, "the image runs as the user %.*s, and a jail has users up to %d only", STR_ARG(user), IDS - 1);
        return error_set(err, -ENOENT, "the image runs as the user %.*s, whom its /etc/passwd does not know", STR_ARG(user));
    }
    if (!group.n)
        add_groups(strbuf_str(&groups), name, &a);
    else if (!find_group(strbuf_str(&groups), group, &a.gid))
        return error_set(err, -ENOENT, "the image runs in the group %.*s, which its /etc/group does not know", STR_ARG(group));
    *ret = a;
    return 0;
}
