// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The text formats of /proc as bytes in, values out; no I/O. Names in them were chosen by strangers. Strings
 * point into the text. See proc(5) for the formats.
 */
#include "base/str.h"

struct proc_stat {
    struct str comm; /* raw bytes, may hold blanks and brackets */
    char state;
    int64_t ppid, pgid, sid, tty;
    uint64_t flags;          /* PF_… of the kernel */
    uint64_t utime, stime;   /* clock ticks */
    uint64_t start;          /* clock ticks after boot */
    uint64_t threads, vsize; /* bytes */
};
enum { PROC_PF_KTHREAD = 0x00200000 };
/* /proc/PID/stat; false when it is cut short. */
bool proc_parse_stat(struct str text, struct proc_stat *ret);

/* The value of a "Name:\tvalue" line of /proc/PID/status and files like it, trimmed; p == NULL when there is
 * none. */
struct str proc_status_get(struct str text, const char *name);
/* The number that such a value begins with; 0 when there is none. */
uint64_t proc_status_number(struct str text, const char *name);
/* Whether a "0-3,8" list of processors names exactly one. */
bool proc_one_cpu(struct str list);

struct proc_map {
    uint64_t from, to, inode;
    bool r, w, x;
    struct str path; /* with " (deleted)" where the kernel says so; empty for anonymous memory */
};
/* Takes the next mapping off a /proc/PID/maps text, passing over lines that are none. */
bool proc_map_next(struct str *text, struct proc_map *ret);
/* Whether no file is behind a mapping: the heap, stacks, named anonymous memory, shared and huge anonymous
 * memory. */
bool proc_map_is_anonymous(const struct proc_map *m);

enum proc_socket_state { PROC_SOCKET_ESTABLISHED = 1, PROC_SOCKET_UNCONNECTED = 7, PROC_SOCKET_LISTEN = 10 };
struct proc_endpoint {
    uint8_t bytes[16]; /* network order, 4 or 16 */
    bool v6;           /* false for IPv4 in IPv6 too */
    uint16_t port;
};
struct proc_socket {
    struct proc_endpoint local, remote;
    unsigned state;
    uint64_t inode;
};
/* Takes the next socket off a /proc/net/{tcp,tcp6,udp,udp6} text. */
bool proc_socket_next(struct str *text, struct proc_socket *ret);
/* Every address, or one that the internet can route to: not loopback, link-local, private, shared or
 * documentation. */
bool proc_endpoint_is_open(const struct proc_endpoint *e);

/* Routes that discard: type blackhole, prohibit or unreachable, of /proc/net/route. */
uint64_t proc_blackholes_v4(struct str text);
/* The same of /proc/net/ipv6_route, without the kernel's own catch-all entry. */
uint64_t proc_blackholes_v6(struct str text);
