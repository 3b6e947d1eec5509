// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the files of this room share. */
#include "base/map.h"
#include "base/vec.h"
#include "source/proc/fs.h"
#include "source/proc/proc.h"
#include "source/proc/socket.h"

enum {
    PROC_PROCESSES_MAX = 1 << 22, /* the kernel's own ceiling of process ids */
    PROC_TEXT_MAX = 64 << 10,     /* stat, status, cgroup */
    PROC_CMDLINE_MAX = 64 << 10,  /* of a command line; the kernel allows 6 MiB */
    PROC_ENVIRON_MAX = 256 << 10,
    PROC_MAPS_MAX = 32 << 20, /* 65530 mappings of about 100 bytes are the kernel's default limit */
    PROC_FDS_MAX = 65536,     /* descriptors looked at per process */
    PROC_THREADS_MAX = 4096,  /* threads looked at per process */
    PROC_ANCESTORS_MAX = 64,
};

/* One process of the list that was made when the source was opened. */
struct proc_entry {
    int64_t pid, ppid;
    struct str comm; /* in the source's arena */
    uint64_t children;
    bool hidden; /* the listing of /proc does not show it */
};

struct proc_account {
    struct str name, home, shell;
};

struct proc_source {
    int root, proc;
    bool is_live; /* root is this machine's own: processes may be probed with signal 0 */
    int64_t only;
    const int64_t *pids; /* only these, ascending; NULL: all */
    size_t n_pids;
    VEC(struct proc_entry) list; /* by pid */
    size_t next;
    int64_t current; /* pid given last, 0 before the first */
    double uptime;   /* seconds */
    long ticks;      /* per second */
    unsigned cpus;
    bool users_read;
    struct map users, groups; /* decimal id to struct proc_account, to name */
    struct socket_cache sockets;
    struct arena arena;
    struct strbuf a, b; /* scratch */
};

/* The process of that id, NULL when it is not listed. */
const struct proc_entry *proc_find(const struct proc_source *ps, int64_t pid);
/* Opens /proc/PID; -1 when it is gone. */
int proc_open_dir(const struct proc_source *ps, int64_t pid);
/* Fills in the process event of an entry; false when the process has gone. */
bool proc_fill(struct proc_source *ps, const struct proc_entry *e, struct facts *facts);
/* Reads /etc/passwd and /etc/group of the root once. */
void proc_read_users(struct proc_source *ps);
