// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The record: one thing that happened, as the kernel side writes it, the ring carries it and a capture keeps it. This header
 * is shared with the programs in bpf/ and holds the layout alone; event/record_read.h checks and reads it.
 *
 *     ┌────────┬───────┬───────┬─────
 *     │ header │ block │ block │ …        all parts start at a multiple of 8
 *     └────────┴───────┴───────┴─────
 *
 * The header tells when, what came of it, and who did it, read from the kernel's own structures in that moment. Blocks
 * tell the rest; a reader skips tags it does not know. A record needs no other one to be understood but for what the
 * process is (its command line, its parents), which the process table remembers: no table of descriptors is needed,
 * because the kernel side resolves a descriptor to its path or its addresses when it writes the record.
 *
 * Numbers are those of the machine that made the record (little endian on all we support); times count nanoseconds of
 * CLOCK_BOOTTIME; ids are those of the initial namespaces unless a name says otherwise.
 */
#ifdef __bpf__
typedef unsigned char record_u8;
typedef unsigned short record_u16;
typedef unsigned int record_u32;
typedef int record_s32;
typedef unsigned long long record_u64;
typedef long long record_s64;
#else
#include <stdint.h>
typedef uint8_t record_u8;
typedef uint16_t record_u16;
typedef uint32_t record_u32;
typedef int32_t record_s32;
typedef uint64_t record_u64;
typedef int64_t record_s64;
#endif

enum {
    RECORD_ALIGN = 8,
    RECORD_BYTES_MAX = 64 * 1024, /* header and blocks; the kernel side's scratch room */
    RECORD_PATH_MAX = 4096,       /* bytes of one path, as PATH_MAX */
    RECORD_ARGS_MAX = 16 * 1024,  /* bytes of a command line that are kept; more is cut (RECORD_CUT) */
    RECORD_ENV_MAX = 8 * 1024,    /* of an environment */
    RECORD_DATA_MAX = 1024,       /* of what was read or written, where a rule asks for it */
    RECORD_PARAMS_MAX = 32,
};

/*
 * Kinds are stable numbers, because captures hold them: below RECORD_KIND_OTHER it is the number of a system call of
 * x86-64 whatever the machine (32-bit calls and io_uring operations are given the number of the call they stand for).
 */
enum record_kind {
    RECORD_KIND_OTHER = 1024,
    RECORD_FORK = RECORD_KIND_OTHER, /* a process or thread began; the header is the child's */
    RECORD_PROCEXIT,      /* a thread ended; res is the exit code as wait(2) gives it */
    RECORD_SIGNAL,        /* the thread sends a signal to another process */
    RECORD_TCP_STATE,     /* a TCP socket changed its state */
    RECORD_DNS,           /* a question or an answer of the domain name system passed */
    RECORD_FLOW,          /* bytes that a process sent to and received from a peer since the last such record */
    RECORD_USAGE,         /* processor time and memory of a process since the last such record */
    RECORD_INODE_FLAGS,   /* attributes of an inode (immutable, append only) were set */
    RECORD_BLOCK_WRITE,   /* a block device was opened for writing, or written, past its file system */
    RECORD_IO_URING,      /* an io_uring operation that stands for no system call */
    RECORD_GREETING,      /* the first bytes that went out over a TCP connection, by who began it */
    RECORD_CONFIG = RECORD_KIND_OTHER + 32, /* what a file of keys, accounts or rights says now: a RECORD_TEXT for each entry; the header is of who touched it */
    RECORD_LOGIN,         /* a line of a login log: a RECORD_PARAM for what it says (context/login.h), RECORD_NET with the peer; no process: pid 0, uid UINT32_MAX */
    RECORD_HIDDEN,        /* a process that /proc does not list: RECORD_PARAM 0 says how it is hidden; the header is that process's */
    RECORD_REWRITE,       /* a file that was written anew: RECORD_PARAM 0 path, 1 entropy in thousandths of a bit per byte, 2 whether that is as of
                             random bytes, 3 its inode, 4 its format where it is one of encrypted content; the header is of who opened or renamed it,
                             or did away with the file that it replaces */
    /* What is learned outside the kernel's stream; no events for rules. */
    RECORD_PROCESS = 2048, /* a process that was there before watching began */
    RECORD_USER,
    RECORD_GROUP,
    RECORD_CONTAINER,
    RECORD_HOSTNAME,      /* the name that an address has (reverse look-up) */
    RECORD_DROPS,         /* records that could not be delivered, by reason */
    RECORD_MACHINE,       /* host name; RECORD_PARAM 0 the offset of CLOCK_BOOTTIME to the epoch, 1 how far the clock was set since (absent: it was not) */
};

enum record_flags {
    RECORD_IS_COMPAT = 1 << 0,   /* a 32-bit system call */
    RECORD_IS_URING = 1 << 1,    /* asked by io_uring */
    RECORD_IS_TRUSTED = 1 << 2,  /* paths and addresses come from the kernel's objects, not from memory that another thread may rewrite */
    RECORD_CUT = 1 << 3,         /* something was longer than its limit */
    RECORD_UNREAD = 1 << 4,      /* something could not be read (a page was not there) */
    RECORD_IS_THREAD = 1 << 5,   /* FORK: a thread of its process; PROCEXIT: others of its process live on */
    RECORD_IS_LAST = 1 << 6,     /* PROCEXIT: the process is gone */
};

struct record {
    record_u32 size; /* of all, this header included; a multiple of 8 */
    record_u16 kind;
    record_u16 flags;
    record_u64 time_ns;
    record_s64 res;       /* what the call returned */
    record_u64 cgroup;    /* id in the unified hierarchy, 0 without one */
    record_u64 start_ns;  /* when the process began: with pid it names a process for good */
    record_u64 pstart_ns; /* the same of its parent */
    record_u64 cap_effective, cap_permitted, cap_inheritable;
    record_s32 tid, pid, ppid;
    record_s32 vtid, vpid; /* in the innermost pid namespace */
    record_s32 pgid, vpgid, sid;
    record_u32 uid, gid, euid, loginuid; /* loginuid: UINT32_MAX for none */
    record_u32 tty;        /* device number of the controlling terminal, 0 for none */
    record_u32 pidns, mntns, userns; /* inode numbers */
    record_u32 cpu;
    record_u32 upid;       /* reserved, 0 */
    char comm[16];         /* of the thread, NUL at its end */
};

/* A block: this, then `size` bytes, then zeros up to a multiple of 8. Numbers of 32 bits need no bytes: they are `value`. */
struct record_block {
    record_u16 tag;
    record_u16 size;
    record_u32 value;
};

enum record_tag {
    /* Parameter i of the event type, as event/param.def counts: text without NUL, bytes, or a number (size 8: in the
     * bytes, size 0: `value`). What the header or another block says anyway is not repeated. */
    RECORD_PARAM = 0,
    RECORD_FD = RECORD_PARAM + RECORD_PARAMS_MAX, /* struct record_fd, then its name: what fd.* speaks of */
    RECORD_FD_OTHER,     /* the same of a second descriptor (dup's new one before it was closed, sendfile's input) */
    RECORD_BASE,         /* folder that the first path parameter is relative to; absent when that is absolute */
    RECORD_BASE_OTHER,   /* the same for the second */
    RECORD_RESOLVED,     /* the first path as the kernel resolved it, links and mounts followed */
    RECORD_RESOLVED_OTHER,
    RECORD_EXE,          /* struct record_exe, then the program's path: EXEC, PROCESS */
    RECORD_ARGS,         /* command line with a NUL after each word */
    RECORD_ENV,
    RECORD_CWD,
    RECORD_CGROUP,       /* path of the control group: unified hierarchy, or the first other one that is not "/" */
    RECORD_STDIO,        /* struct record_fd and name of descriptor `value` (0 to 2): EXEC, PROCESS */
    RECORD_TARGET,       /* struct record_target: whom a signal, ptrace, pidfd call is meant for */
    RECORD_NET,          /* struct record_net: TCP_STATE, FLOW, DNS, GREETING */
    RECORD_DNS_PACKET,   /* the message, at most 512 bytes */
    RECORD_USAGE_DATA,   /* struct record_usage */
    RECORD_DATA,         /* what was read or written, at most RECORD_DATA_MAX bytes: evt.buffer */
    RECORD_JSON,         /* what CONTAINER tells */
    RECORD_TEXT,         /* name: of USER, GROUP, HOSTNAME, MACHINE */
    RECORD_HOME, RECORD_SHELL,
    RECORD_ROOT,         /* root folder of the process where it is not "/" of its mount namespace */
    RECORD_LOADER,       /* EXEC: the script's interpreter or the loader as the kernel ran it (bprm->interp) */
    RECORD_DROP,         /* struct record_drop */
    RECORD_ROOTED,       /* the first path where the process's root folder shows the file, when it was reached by another mount of it */
    RECORD_TAGS__N,      /* not a tag: how many there are */
};

enum record_fd_type {
    RECORD_FD_UNKNOWN,
    RECORD_FD_FILE, RECORD_FD_DIRECTORY, RECORD_FD_BLOCK, RECORD_FD_CHAR, RECORD_FD_FIFO,
    RECORD_FD_IPV4, RECORD_FD_IPV6, RECORD_FD_UNIX, RECORD_FD_NETLINK, RECORD_FD_PACKET, RECORD_FD_SOCKET, /* of another family */
    RECORD_FD_MEMFD, RECORD_FD_EVENTFD, RECORD_FD_EPOLL, RECORD_FD_TIMERFD, RECORD_FD_INOTIFY, RECORD_FD_FANOTIFY,
    RECORD_FD_SIGNALFD, RECORD_FD_URING, RECORD_FD_BPF, RECORD_FD_PIDFD, RECORD_FD_USERFAULTFD, RECORD_FD_ANON,
};
enum record_fd_flags {
    RECORD_FD_CONNECTED = 1 << 0,    /* the socket has a peer that stays */
    RECORD_FD_NAME_CHANGED = 1 << 1, /* this call gave the descriptor another peer */
    RECORD_FD_SERVER = 1 << 2,       /* accepted or listening: the local end is the server's */
    RECORD_FD_UPPER = 1 << 3,        /* the file lies in the upper layer of an overlay */
    RECORD_FD_LOWER = 1 << 4,
    RECORD_FD_DELETED = 1 << 5,      /* no name leads to it any more */
    RECORD_FD_TRUSTED = 1 << 6,      /* the name comes from the kernel's object */
    RECORD_FD_CREATED = 1 << 7,      /* this call made the file */
};
struct record_fd {
    record_s32 num;   /* -1: none (a failed call) */
    record_u8 type;   /* enum record_fd_type */
    record_u8 l4proto; /* IPPROTO_… of a socket */
    record_u16 flags; /* enum record_fd_flags */
    record_u64 ino;
    record_u32 dev;   /* as stat(2) gives it: major << 8 and so on (new_encode_dev) */
    record_u32 oflags; /* O_… as it was opened, kernel's bits */
    record_u32 mode;  /* of the inode */
    record_u16 lport, rport; /* host order */
    record_u8 laddr[16], raddr[16]; /* network order; the first 4 bytes of IPv4 */
    record_u32 links, pad;
    /* then the name: path, "memfd:x", path of a unix socket; no NUL; its length is the block's less this */
};

enum record_exe_flags {
    RECORD_EXE_WRITABLE = 1 << 0, /* for the user who ran it */
    RECORD_EXE_UPPER = 1 << 1, RECORD_EXE_LOWER = 1 << 2,
    RECORD_EXE_MEMFD = 1 << 3, RECORD_EXE_DELETED = 1 << 4,
    RECORD_EXE_SETID = 1 << 5,    /* set-user-id or set-group-id */
};
struct record_exe {
    record_u64 ino, ctime_ns, mtime_ns; /* times since the epoch */
    record_u32 dev, flags, mode, uid;   /* of the program's inode */
    record_u64 fdlimit;
    record_u64 pgft_maj, pgft_min;
    record_u32 vm_size, vm_rss, vm_swap, pad; /* KiB */
    record_u64 pidns_start_ns;          /* when the first process of the pid namespace began */
};

struct record_target {
    record_s32 pid, tid;
    record_u64 start_ns;
    record_u32 uid, signal;
    char comm[16];
};

struct record_net {
    record_u8 family, l4proto, old_state, state;
    record_u16 lport, rport;
    record_u8 laddr[16], raddr[16];
    record_u32 ifindex, flags; /* flags: 1 outgoing */
    record_u64 sent, received; /* bytes */
    record_u64 cookie;         /* of the socket */
};

struct record_usage {
    record_u64 period_ns, user_ns, system_ns;
    record_u64 vm_kib, rss_kib, huge_kib, locked_kib;
    record_u32 threads, busy_threads; /* busy: more than half of the period on a processor */
};

struct record_drop {
    record_u64 count;
    record_u32 kind, reason; /* enum record_drop_reason */
};
enum record_drop_reason { RECORD_DROP_FULL, RECORD_DROP_SHED, RECORD_DROP_LONG, RECORD_DROP_MAP, RECORD_DROP_KILLED };
