// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The filter: what the kernel side asks of an event before it makes a record. It is a superset of what the rules can
 * match: whatever it cannot decide it lets pass. rule/prefilter.h makes it from the compiled rules, source/bpf loads it,
 * the programs in bpf/ run it; this header is the form in which they share it, and filter_pass() says what it means.
 *
 * An event of a kind passes when one of the kind's clauses holds. A clause holds when
 *   - no fact of `yes` is known to be false,
 *   - no fact of `no` is known to be true,
 *   - and, when `paths` is not 0, the event has one of these classes.
 *
 * A *fact* is true, false, or cannot be told. It may be called true or false only when it is exactly what the event's field
 * will say to the rules; what the kernel side did not look at, could not read or does not know for sure cannot be told, and
 * passes. Each fact below says when it is true; when it is neither that nor untold, it is false: FILTER_FILE is false for a
 * call without a descriptor.
 *
 * A *class* stands for a set of names, ports and networks that rules ask for: the entries that carry its bit. The classes of
 * an event are the or over all entries that fit one of its texts, ports or addresses, and filter.everything. All of them
 * count together, since rules ask "one of":
 *   - texts: every path of the call, in every form: as the program wrote it, made absolute with the folder it is relative
 *     to (a symbolic link's target: as written), and as the kernel resolved it where the record tells that; and the path of
 *     the descriptor that fd.* speaks of (RECORD_FD's name).
 *   - the ports and addresses of both ends of the descriptor's socket.
 * What cannot be told has every class: a path that could not be read or has more bytes than the kernel side looks at, a form
 * that is not normal (below) and that the kernel side does not make normal, a symbolic link's target that is relative, the name of
 * a descriptor that is neither a path nor tested as the text that fd.name will give, ends of a socket that are not known. So
 * has a path that was written absolute with ".." in it, unless the call opens a file and tells FILTER_DOTDOT: evt.arg gives
 * it as it was written. A call that has no path and no socket has no class of its own; paths of a call that the kernel side
 * does not look at cannot be told.
 *
 * A text is *normal* when it is not empty, has no "//", no component "." or "..", and no "/" at its end ("/" itself is normal). Entries
 * speak of normal texts only.
 */
#include "event/record.h"

enum filter_fact {
    FILTER_OK,            /* res >= 0 */
    FILTER_FAILED,        /* res < 0 */
    FILTER_READ,          /* evt.is_open_read */
    FILTER_WRITE,         /* evt.is_open_write */
    FILTER_CREATED,       /* evt.is_open_create */
    FILTER_EXECUTABLE,    /* evt.is_open_exec */
    FILTER_TRUNC,         /* evt.arg.flags has O_TRUNC: the call asked for it, whatever came of it */
    FILTER_FILE,          /* fd.typechar f, fd.type file; like the five below it cannot be told for an open that failed */
    FILTER_DIRECTORY,     /* d, directory */
    FILTER_IPV4, FILTER_IPV6, /* 4, ipv4 and 6, ipv6 */
    FILTER_UNIX,          /* u, unix */
    FILTER_OTHER_FD,      /* any other type */
    FILTER_TCP, FILTER_UDP, FILTER_OTHER_L4, /* fd.l4proto is tcp, is udp, is another protocol; a socket without a role (neither
                             connected nor listening, see context) has no such word: that cannot be told or is false */
    FILTER_CONNECTED,     /* fd.connected */
    FILTER_NAME_CHANGED,  /* fd.name_changed */
    FILTER_RES_STDIO,     /* res is 0, 1 or 2 */
    FILTER_DOTDOT,        /* open, openat, openat2, creat: the path as written has ".." somewhere in it; asked of no other call */
    FILTER_HOST,          /* container.id is host, as user space will find: what user space has not said itself cannot be told */
    FILTER_PACKET,        /* evt.arg.domain: AF_PACKET */
    FILTER_LOOPBACK,      /* the address of either end lies in 127.0.0.0/8 (IPv4) */
    FILTER_PRIVATE,       /* the server's address (fd.sip) lies in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16; for connect the
                             server is the remote end, elsewhere it may not be known */
    FILTER_FACTS__N,
};

enum {
    FILTER_CLAUSES_MAX = 16,   /* of one kind; the maker joins clauses until they fit */
    FILTER_CLASSES_MAX = 64,
    FILTER_KINDS = RECORD_KIND_OTHER + 64, /* kinds from here on are not filtered */
    FILTER_PATH_MAX = 128,     /* bytes of a path entry; what is longer becomes a shorter prefix or suffix */
    FILTER_SUFFIX_LENGTHS = 8, /* different lengths of suffix entries; what has another length becomes a shorter suffix */
    FILTER_PATHS_MAX = 4096,   /* entries; classes of what does not fit become part of `everything` */
};

struct filter_clause {
    record_u64 yes, no; /* bits of enum filter_fact */
    record_u64 paths;   /* classes, of which one is enough */
};

enum filter_wanted {
    FILTER_WANTED = 1 << 0,
    FILTER_WANTS_DATA = 1 << 1, /* a rule asks what was read or written (evt.buffer, evt.arg.data); without it RECORD_DATA is left out */
};
struct filter_kind {
    record_u32 wanted; /* enum filter_wanted; 0: no rule can match, nothing is made */
    record_u32 n;      /* 0 with wanted: everything passes */
    struct filter_clause clauses[FILTER_CLAUSES_MAX];
};

/*
 * How an entry fits. A loader that does not look for one of these puts the classes of its entries into `everything`. The
 * longest entry is enough for BEGINS and NET: it has the classes of all shorter ones that fit where it fits.
 */
enum filter_fit {
    FILTER_IS,      /* the whole text */
    FILTER_BEGINS,  /* bytes at its start */
    FILTER_ENDS,    /* bytes at its end */
    FILTER_NAMED,   /* the whole last component: what follows the last '/', or the text if it has none */
    FILTER_PORT,    /* port of either end: 2 bytes, network order */
    FILTER_NET4, FILTER_NET6, /* network that the address of either end lies in: n counts bits, `bytes` holds 4 or 16 bytes, 0 behind
                                 the prefix */
    FILTER_FITS__N,
};
struct filter_path {
    record_u32 fit; /* enum filter_fit */
    record_u32 n;   /* bytes, of networks bits */
    record_u64 classes;
    char bytes[FILTER_PATH_MAX]; /* 0 behind the end */
};

#ifndef __bpf__
#include "base/cleanup.h"
#include "event/value.h"

struct filter {
    struct filter_kind kinds[FILTER_KINDS]; /* by record kind */
    struct filter_path *paths;              /* every (fit, bytes) once */
    size_t n_paths;
    record_u64 everything;  /* classes that every event has */
};

/* NULL is fine. Returns NULL. */
struct filter *filter_free(struct filter *f);
DEFINE_CLEANUP(struct filter *, filter_free)

/* What is known of an event when the filter is asked. */
struct filter_event {
    unsigned kind;
    record_u64 facts;       /* those that are true */
    record_u64 untold;      /* those that cannot be told */
    const struct str *texts; /* every form of every path; a NULL pointer in one: it cannot be told */
    size_t n_texts;
    const record_u16 *ports; /* of the ends, host order */
    size_t n_ports;
    const struct net *addresses; /* of the ends */
    size_t n_addresses;
    bool are_ends_untold;   /* there is a socket and its ends are not known */
};
/* What the filter means, written to be understood: the kernel side must let pass whatever this lets pass. */
bool filter_pass(const struct filter *f, const struct filter_event *e);
/* The classes of an event, as above. */
record_u64 filter_classes(const struct filter *f, const struct filter_event *e);
/* Whether a text is normal, as above. */
bool filter_is_normal(struct str text);
#endif
