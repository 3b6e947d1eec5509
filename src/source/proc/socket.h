// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Sockets by inode, one table per network namespace, read once each. */
#include "base/arena.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "source/proc/parse.h"

struct socket_entry {
    uint64_t inode;
    struct proc_endpoint local, remote;
    bool udp, listens, connected;
};
struct socket_table {
    struct socket_entry *v; /* by inode */
    size_t n, capacity;
};
struct socket_cache {
    struct map tables; /* "net:[4026531840]" to struct socket_table; its keys lie in arena */
    struct arena arena;
};

enum {
    SOCKET_TABLES_MAX = 4096,   /* network namespaces looked into; one per container is usual */
    SOCKET_TEXT_MAX = 64 << 20, /* bytes of one table of the kernel, 150 per socket */
};

/* The table of the namespace that the process whose folder is open as `pid_dir` lives in; NULL when it cannot
 * be read. */
const struct socket_table *socket_cache_get(struct socket_cache *c, int pid_dir, struct strbuf *scratch);
const struct socket_entry *socket_table_find(const struct socket_table *t, uint64_t inode);
/* "127.0.0.1:22/tcp", "[::]:53/udp" */
struct str socket_text(struct arena *a, const struct proc_endpoint *e, bool udp);
void socket_cache_done(struct socket_cache *c);
