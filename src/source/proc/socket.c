// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include "base/vec.h"
#include "source/proc/fs.h"
#include "source/proc/socket.h"

static int by_inode(const void *a, const void *b)
{
    const uint64_t x = ((const struct socket_entry *)a)->inode, y = ((const struct socket_entry *)b)->inode;
    return x < y ? -1 : x > y;
}

static void read_table(struct socket_table *t, int pid_dir, const char *path, bool udp,
                       struct strbuf *scratch)
{
    struct proc_socket s;
    if (!fs_read(pid_dir, path, SOCKET_TEXT_MAX, scratch))
        return;
    struct str text = strbuf_str(scratch);
    while (proc_socket_next(&text, &s)) {
        const bool listens =
            udp ? s.state == PROC_SOCKET_UNCONNECTED && s.local.port : s.state == PROC_SOCKET_LISTEN;
        const bool connected = s.state == PROC_SOCKET_ESTABLISHED;
        if (!s.inode || (!listens && !connected))
            continue;
        vec_add(t, (struct socket_entry){.inode = s.inode,
                                         .local = s.local,
                                         .remote = s.remote,
                                         .udp = udp,
                                         .listens = listens,
                                         .connected = connected});
    }
}

const struct socket_table *socket_cache_get(struct socket_cache *c, int pid_dir, struct strbuf *scratch)
{
    static const struct {
        const char *path;
        bool udp;
    } FILES[] = {{"net/tcp", false}, {"net/tcp6", false}, {"net/udp", true}, {"net/udp6", true}};

    /* A recorded tree without the link holds one namespace. */
    const struct str ns = fs_link(pid_dir, "ns/net", scratch) ? strbuf_str(scratch) : STR("");
    struct map_entry *e = map_get(&c->tables, ns);
    if (e)
        return e->ptr;
    if (c->tables.n >= SOCKET_TABLES_MAX)
        return NULL;
    e = map_put(&c->tables, arena_str(&c->arena, ns), NULL);
    struct socket_table *t = e->ptr = xnew(struct socket_table);
    for (size_t i = 0; i < ARRAY_SIZE(FILES); i++)
        read_table(t, pid_dir, FILES[i].path, FILES[i].udp, scratch);
    if (t->n)
        qsort(t->v, t->n, sizeof(*t->v), by_inode);
    return t;
}

const struct socket_entry *socket_table_find(const struct socket_table *t, uint64_t inode)
{
    const struct socket_entry key = {.inode = inode};
    return t->n ? bsearch(&key, t->v, t->n, sizeof(*t->v), by_inode) : NULL;
}

struct str socket_text(struct arena *a, const struct proc_endpoint *e, bool udp)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(e->v6 ? AF_INET6 : AF_INET, e->bytes, text, sizeof(text));
    return arena_printf(a, e->v6 ? "[%s]:%u/%s" : "%s:%u/%s", text, e->port, udp ? "udp" : "tcp");
}

void socket_cache_done(struct socket_cache *c)
{
    for (size_t i = 0; i < c->tables.n; i++) {
        struct socket_table *t = c->tables.v[i].ptr;
        vec_done(t);
        free(t);
    }
    map_done(&c->tables);
    arena_done(&c->arena);
    *c = (struct socket_cache){};
}
