/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The filter (event/filter.h): which events no rule can want. Facts are asked first, which costs little; only where a clause then
 * hangs on the path, that is looked at.
 *
 *     struct facts f = facts_of_call(s);
 *     fact(&f, FILTER_PACKET, domain == AF_PACKET);
 *     u64 want = filter_ask(s->call.kind, &f);
 *     if (!want) return filtered(s);           (and for calls with paths: filter_paths(), below)
 */
#include "dispatch.bpf.h"
#include "fd.bpf.h"

#define FILTER_PASS (~0ULL) /* passes whatever its path */
#define FACT(which) (1ULL << (which))

/* What may be true and what is for sure; what is in neither is for sure not true. */
struct facts {
    u64 may, sure;
};

static __always_inline void fact(struct facts *f, int which, bool is)
{
    if (is) {
        f->may |= FACT(which);
        f->sure |= FACT(which);
    }
}

static __always_inline void fact_unknown(struct facts *f, int which)
{
    f->may |= FACT(which);
}

static __always_inline struct facts facts_of_res(s64 res)
{
    struct facts f = {};
    fact(&f, FILTER_OK, res >= 0);
    fact(&f, FILTER_FAILED, res < 0);
    fact(&f, FILTER_RES_STDIO, res >= 0 && res <= 2);
    fact_unknown(&f, FILTER_HOST);
    fact_unknown(&f, FILTER_LOOPBACK);
    fact_unknown(&f, FILTER_PRIVATE);
    return f;
}

/* Nothing is known of the descriptor: it is not open, or it is one of a call that has many. */
static __always_inline void facts_of_no_file(struct facts *f)
{
    f->may |= FACT(FILTER_FILE) | FACT(FILTER_DIRECTORY) | FACT(FILTER_IPV4) | FACT(FILTER_IPV6) | FACT(FILTER_UNIX) | FACT(FILTER_OTHER_FD) |
              FACT(FILTER_TCP) | FACT(FILTER_UDP) | FACT(FILTER_OTHER_L4) | FACT(FILTER_CONNECTED);
}

/* The protocol of an IP socket, which rules are told once it is connected or listens. */
static __always_inline void fact_l4(struct facts *f, u32 protocol, bool has_role)
{
    int which = protocol == 6 ? FILTER_TCP : protocol == 17 ? FILTER_UDP : FILTER_OTHER_L4;
    fact_unknown(f, which);
    fact(f, which, has_role);
}

/* What kind of thing an open file is to rules (fd.typechar and so on). */
static __always_inline void facts_of_file(struct facts *f, struct file *file)
{
    if (!file) {
        facts_of_no_file(f);
        return;
    }
    struct sock *sk = sock_of(file);
    if (!sk) {
        struct inode *inode = READ(file, f_inode);
        u32 mode = READ(inode, i_mode) & S_IFMT;
        fact(f, FILTER_DIRECTORY, mode == S_IFDIR);
        fact(f, FILTER_OTHER_FD, mode == S_IFIFO);
        fact(f, FILTER_FILE, mode == S_IFCHR || mode == S_IFBLK);
        if (mode != S_IFDIR && mode != S_IFIFO && mode != S_IFCHR && mode != S_IFBLK) /* memfds and what has no inode of its own are no files */
            f->may |= FACT(FILTER_FILE) | FACT(FILTER_OTHER_FD);
        return;
    }
    u16 family = READ(sk, __sk_common.skc_family);
    if (family == AF_INET6) /* it may carry IPv4: its addresses tell */
        f->may |= FACT(FILTER_IPV4) | FACT(FILTER_IPV6);
    fact(f, FILTER_IPV4, family == AF_INET);
    fact(f, FILTER_UNIX, family == AF_UNIX);
    fact(f, FILTER_OTHER_FD, family != AF_INET && family != AF_INET6 && family != AF_UNIX);
    if (family == AF_INET || family == AF_INET6)
        fact_l4(f, READ(sk, sk_protocol), READ(sk, __sk_common.skc_state) == TCP_LISTEN || (family == AF_INET && READ(sk, __sk_common.skc_daddr)));
    fact_unknown(f, FILTER_CONNECTED);
}

/*
 * 0: no clause can hold. FILTER_PASS: one holds. Anything else: one holds when the path is in one of these classes, which whoever
 * does not know its path takes for FILTER_PASS.
 */
__noinline u64 filter_ask_of(u32 kind, u64 may, u64 sure)
{
    u32 generation = settings.generation & 1, key = generation * FILTER_KINDS + kind;
    u64 want = 0;
    if (kind >= FILTER_KINDS || !(settings.kinds[kind] & KIND_FILTERED))
        return FILTER_PASS;
    struct filter_kind *k = bpf_map_lookup_elem(&filters, &key);
    if (!k)
        return FILTER_PASS;
    if (!k->n)
        return k->wanted ? FILTER_PASS : 0;
    for (u32 i = 0; i < FILTER_CLAUSES_MAX; i++) {
        if (i >= k->n)
            break;
        const struct filter_clause *c = &k->clauses[i];
        if ((c->yes & ~may) | (c->no & sure))
            continue;
        if (!c->paths)
            return FILTER_PASS;
        want |= c->paths;
    }
    return want & settings.of[generation].everything ? FILTER_PASS : want;
}
static __always_inline u64 filter_ask(u32 kind, const struct facts *f)
{
    return filter_ask_of(kind, f->may, f->sure);
}

static __always_inline int filtered(struct scratch *s)
{
    s->counters.filtered++;
    return scratch_give(s);
}

/* ---- what a path is ---- */

static __always_inline u64 path_classes(u64 hash, u32 fit, u32 generation)
{
    struct path_key key = {.hash = hash, .fit = fit, .generation = generation};
    u64 *classes = bpf_map_lookup_elem(&paths, &key);
    return classes ? *classes : 0;
}

/* Classes by entries that begin the text. */
static __always_inline u64 prefix_classes(struct scratch *s, struct text *t, u32 generation)
{
    u64 n = t->n, at = t->at;
    KEEP(n);
    KEEP(at);
    if (n > FILTER_PATH_MAX)
        n = FILTER_PATH_MAX;
    if (at > WALK_MAX)
        return 0;
    s->prefix.bits = 8 + n * 8;
    s->prefix.generation = generation;
    bpf_probe_read_kernel(s->prefix.bytes, n, &t->bytes[at]);
    u64 *classes = bpf_map_lookup_elem(&prefixes, &s->prefix);
    return classes ? *classes : 0;
}

/* Adds the classes of a hash to s->classes. A function of its own, so that the verifier sees one way through it in the loop below. */
__noinline int classes_add(u32 key, u64 hash, u32 fit)
{
    struct scratch *s = scratch_of(key);
    if (s)
        s->classes |= path_classes(hash, fit, settings.generation & 1);
    return 0;
}

/* Classes of the whole text in s->resolved. */
__noinline u64 text_classes(u32 key)
{
    struct scratch *s = scratch_of(key);
    if (!s)
        return FILTER_PASS;
    struct text *t = &s->resolved;
    u32 generation = settings.generation & 1;
    u64 hash = settings.seed, n = t->n;
    volatile u32 *named = &t->part; /* in memory: the verifier would follow its values through the loop */
    *named = false;
    s->classes = prefix_classes(s, t, generation);
    for (u32 i = 0; i <= FILTER_PATH_MAX; i++) {
        u64 at = WALK_MAX - 1 - i;
        if (i >= n) {
            if (i)
                classes_add(key, hash, FILTER_IS);
            break;
        }
        u8 c = t->bytes[at];
        if (c == '/' && !*named) {
            classes_add(key, hash, FILTER_NAMED);
            *named = true;
        }
        hash = (hash + c + 1) * FILTER_HASH;
        u32 length = i + 1;
        if (settings.of[generation].suffix[(length / 64) & 1] & 1ULL << (length & 63) || length == 128)
            classes_add(key, hash, FILTER_ENDS);
    }
    return s->classes;
}

/* The same of all paths in a folder, whose text ends in '/', by entries that BEGINS; s->deep as in struct folder. */
__noinline u64 folder_classes(u32 key)
{
    struct scratch *s = scratch_of(key);
    if (!s)
        return FILTER_PASS;
    struct text *t = &s->resolved;
    u32 generation = settings.generation & 1;
    u64 classes = prefix_classes(s, t, generation), hash = settings.seed, n = t->n;
    s->deep = 0;
    if (n > FILTER_PATH_MAX)
        return classes;
    for (u32 i = 0; i < FILTER_PATH_MAX; i++) {
        if (i >= n)
            break;
        hash = (hash + t->bytes[WALK_MAX - 1 - i] + 1) * FILTER_HASH;
    }
    s->deep = path_classes(hash, FIT_STEM, generation);
    return classes;
}

/* The end of a name, for a look at whether any entry ends so. */
struct tail {
    u64 eight; /* its last eight bytes, first one lowest; of no meaning unless is_long */
    u32 four;
    bool is_long;
};

static __always_inline bool tail_bit(const u64 *bits, u64 bit)
{
    return bits[(bit / 64) & (TAIL_BITS / 64 - 1)] & 1ULL << (bit & 63);
}

static __always_inline bool tail_known(const struct tail *t)
{
    struct tails *known = &tails[settings.generation & 1];
    if (settings.of[settings.generation & 1].short_suffix)
        return true;
    if (!t->is_long)
        return tail_bit(known->all, FILTER_TAIL(t->four));
    return tail_bit(known->shorter, FILTER_TAIL(t->four)) || tail_bit(known->longer, FILTER_TAIL8(t->eight));
}

/* Changes when anything that was remembered may be wrong. */
static __always_inline u64 now_when(void)
{
    return settings.moves << 1 | (settings.generation & 1);
}

/* ---- the path as the kernel resolved it ---- */

static __always_inline struct folder *folder_of(struct scratch *s, struct dentry *d, struct vfsmount *vfs)
{
    u64 bits = (address_of(s, d) >> 6 ^ address_of(s, vfs) >> 4) * FILTER_HASH >> 40;
    u32 key = bpf_get_smp_processor_id() * FOLDERS + (bits & (FOLDERS - 1));
    return bpf_map_lookup_elem(&folders, &key);
}

/* The end of a dentry's name, with the '/' before it where it is that short; false when it is shorter still. */
static __always_inline bool name_tail(struct dentry *d, struct tail *ret)
{
    u64 n = READ(d, d_name.len);
    const unsigned char *name = READ(d, d_name.name);
    ret->is_long = n >= 7;
    if (n >= 8) {
        ret->eight = LOAD64(name + n - 8);
        ret->four = ret->eight >> 32;
    } else if (n >= 4) {
        /* Names have room for their NUL and more, so that this reads no page that is not there. */
        u64 bytes = LOAD64(name);
        ret->eight = bytes << 8 | '/';
        ret->four = bytes >> (n - 4) * 8;
    } else if (n == 3) {
        u32 bytes = 0;
        PEEK(bytes, name);
        ret->four = bytes << 8 | '/';
    } else {
        return false;
    }
    return true;
}

/* May an entry that BEGINS go on with these four bytes? */
static __always_inline bool starts_known(u64 deep, u32 four)
{
    return deep >> FILTER_START(four) & 1;
}

static __always_inline bool name_starts(u64 deep, struct dentry *d)
{
    return deep && starts_known(deep, LOAD64(READ(d, d_name.name)));
}

/* The text of a folder: its path with '/' at its end. */
static __always_inline void folder_begin(struct text *t)
{
    text_clear(t);
    t->at = WALK_MAX - 1;
    t->bytes[WALK_MAX - 1] = '/';
}

static __always_inline bool path_passes(struct scratch *s, u64 vfs, u64 d, u64 want)
{
    text_clear(&s->resolved);
    if (walk_on(s->key, vfs, d, 0, 0) == WALK_CUT)
        return true;
    return text_classes(s->key) & want;
}

/* filter_resolved() below. */
__noinline int filter_resolved_of(u32 key, u64 vfs_address, u64 d_address, u64 want)
{
    struct scratch *s = scratch_of(key);
    struct dentry *d = CAST(struct dentry, d_address);
    struct vfsmount *vfs = CAST(struct vfsmount, vfs_address);
    if (!s)
        return true;
    struct dentry *folder = READ(d, d_parent);
    u64 when = now_when();
    struct tail tail = {};
    struct folder *e = folder_of(s, folder, vfs);
    if (!e || folder == d || d == READ(vfs, mnt_root) || settings.no_cache)
        return path_passes(s, vfs_address, d_address, want);
    struct inode *inode = READ(folder, d_inode);
    u64 parent = address_of(s, READ(folder, d_parent)), name = READ(folder, d_name.hash_len), ino = READ(inode, i_ino);
    u64 self = address_of(s, folder);
    if (e->dentry == self && e->mount == vfs_address && e->parent == parent && e->name == name && e->ino == ino && e->when == when) {
        s->counters.path_hit++;
    } else {
        s->counters.path_miss++;
        e->dentry = 0;
        folder_begin(&s->resolved);
        if (walk_on(key, vfs_address, self, 0, 0) != WALK_ROOT)
            return path_passes(s, vfs_address, d_address, want);
        e->classes = folder_classes(key);
        e->deep = s->deep;
        e->mount = vfs_address;
        e->parent = parent;
        e->name = name;
        e->ino = ino;
        e->when = when;
        e->dentry = self;
    }
    if (e->classes & want)
        return true;
    if (!name_starts(e->deep, d) && name_tail(d, &tail) && !tail_known(&tail))
        return false;
    return path_passes(s, vfs_address, d_address, want);
}

/* May the file's path, as the kernel resolved it, be in one of these classes? */
static __always_inline bool filter_resolved(struct scratch *s, struct vfsmount *vfs, struct dentry *d, u64 want)
{
    return filter_resolved_of(s->key, address_of(s, vfs), address_of(s, d), want);
}

/* ---- the path as it was written ---- */

#define EACH(byte) (0x0101010101010101ULL * (byte))
/* The high bit of each byte of w that is `byte`. */
static __always_inline u64 bytes_that_are(u64 w, u8 byte)
{
    u64 x = w ^ EACH(byte), low = EACH(0x7f);
    return ~(((x & low) + low) | x | low);
}

/* Reads the path that a call was given. False when it cannot be read. */
static __always_inline bool written_read(struct scratch *s, u64 address)
{
    struct written *w = &s->written;
    s64 n = bpf_probe_read_user_str(w->bytes, RECORD_PATH_MAX, (const void *)address);
    if (n <= 0) {
        w->n = 0;
        return false;
    }
    w->n = n - 1;
    w->absolute = w->bytes[0] == '/';
    return true;
}

/* What the filter needs of it: eight bytes at a time. */
__noinline int written_scan_of(u32 key)
{
    struct scratch *s = scratch_of(key);
    if (!s)
        return 0;
    /* volatile: in memory, so that the verifier does not follow where the last '/' may be */
    volatile struct written *w = &s->written;
    u64 hash = settings.seed, n = w->n, carry = 0, dots = 0;
    w->slashes = 0;
    w->name = 0;
    w->hard = n > FILTER_PATH_MAX || n < 3;
    w->dotdot = 0;
    if (w->hard)
        return 0;
    for (u32 i = 0; i < FILTER_PATH_MAX / 8; i++) {
        if (i * 8 >= n)
            break;
        u64 bytes = *(u64 *)&w->bytes[i * 8], left = n - i * 8;
        if (left < 8)
            bytes &= (1ULL << left * 8) - 1;
        u64 found = bytes_that_are(bytes, '/'), dot = bytes_that_are(bytes, '.');
        dots |= (dot & dot << 8) | (carry & dot);
        carry = dot >> 56;
        if (found) {
            w->before = hash;
            w->word = bytes;
            w->slashes = found;
            w->where = i;
        }
        hash = (hash ^ bytes) * FILTER_HASH;
        hash ^= hash >> 29;
    }
    w->dotdot = dots != 0;
    w->folder = settings.seed;
    u64 slashes = w->slashes, word = w->word;
    if (slashes) {
        u64 b = 0;
        if (slashes >> 32) {
            b += 4;
            slashes >>= 32;
        }
        if (slashes >> 16) {
            b += 2;
            slashes >>= 16;
        }
        if (slashes >> 8)
            b += 1;
        if (b < 7)
            word &= (1ULL << (b + 1) * 8) - 1;
        w->name = w->where * 8 + b + 1;
        w->folder = (w->before ^ word) * FILTER_HASH + w->name;
    }
    u64 length = n - w->name, first = *(u64 *)&w->bytes[w->name & (FILTER_PATH_MAX - 1)];
    w->start = first;
    w->long_name = length >= 7;
    KEEP(n);
    if (length < 3) {
        w->hard = 1;
    } else if (length == 3) {
        w->tail = first << 8 | '/';
    } else if (n >= 4 && n <= FILTER_PATH_MAX) {
        w->tail = *(u32 *)&w->bytes[n - 4];
        w->tail8 = first << 8 | '/';
        if (length >= 8 && n >= 8)
            w->tail8 = *(u64 *)&w->bytes[n - 8];
    }
    return 0;
}

static __always_inline void written_scan(struct scratch *s)
{
    written_scan_of(s->key);
}

enum part { PART_START, PART_KEPT, PART_LEFT };

/*
 * Puts the first n bytes of what was written before what t holds, without "//", "." and "..". What ".." takes away of what is before
 * them is left in t->skip. State is kept in memory: the verifier would follow each of its values through the loop.
 */
__noinline int written_plain(u32 key, u64 n)
{
    struct scratch *s = scratch_of(key);
    if (!s)
        return WALK_CUT;
    struct written *w = &s->written;
    struct text *t = &s->resolved;
    t->part = PART_START;
    t->skip = 0;
    KEEP(n);
    if (n > FILTER_PATH_MAX)
        return WALK_CUT;
    for (u32 i = 0; i < FILTER_PATH_MAX; i++) {
        u64 j = n - 1 - i, at = t->at;
        if (i >= n)
            break;
        KEEP(j);
        KEEP(at);
        if (j >= FILTER_PATH_MAX || at < 2 || at > WALK_MAX)
            break;
        u8 c = w->bytes[j];
        if (c == '/') {
            if (t->part == PART_KEPT) {
                t->bytes[at - 1] = '/';
                t->at = at - 1;
            }
            t->part = PART_START;
            continue;
        }
        if (t->part == PART_START) {
            u8 c1 = j > 0 ? w->bytes[j - 1] : '/', c2 = j > 1 ? w->bytes[j - 2] : '/';
            t->part = PART_KEPT;
            if (c == '.' && c1 == '/') {
                t->part = PART_LEFT;
            } else if (c == '.' && c1 == '.' && c2 == '/') {
                t->part = PART_LEFT;
                t->skip++;
            } else if (t->skip) {
                t->part = PART_LEFT;
                t->skip--;
            }
        }
        if (t->part == PART_KEPT) {
            t->bytes[at - 1] = c;
            t->at = at - 1;
        }
    }
    u64 at = t->at;
    KEEP(at);
    if (t->part == PART_KEPT && at > 1 && at <= WALK_MAX) {
        at--;
        t->bytes[at] = '/';
    }
    t->at = at;
    t->n = WALK_MAX - at;
    return WALK_ROOT;
}

/* Makes the first n bytes of what was written absolute, before what s->resolved holds. */
static __always_inline bool written_absolute(struct scratch *s, u64 n, const struct base *b)
{
    struct text *t = &s->resolved;
    if (written_plain(s->key, n) != WALK_ROOT)
        return false;
    if (!s->written.absolute)
        return walk_on(s->key, address_of(s, b->vfs), address_of(s, b->d), address_of(s, b->root_vfs), address_of(s, b->root)) == WALK_ROOT;
    if (!t->n) {
        t->bytes[WALK_MAX - 1] = '/';
        t->at = WALK_MAX - 1;
        t->n = 1;
    }
    return true;
}

static __always_inline struct written_folder *written_folder_of(u64 hash)
{
    u32 key = bpf_get_smp_processor_id() * WRITTENS + (hash >> 40 & (WRITTENS - 1));
    return bpf_map_lookup_elem(&writtens, &key);
}

static __always_inline bool written_passes(struct scratch *s, const struct base *b, u64 want)
{
    text_clear(&s->resolved);
    return !written_absolute(s, s->written.n, b) || text_classes(s->key) & want;
}

/* filter_written() below. */
__noinline int filter_written_of(u32 key, u64 task_address, s32 dirfd, u64 want)
{
    struct scratch *s = scratch_of(key);
    struct base b = {};
    if (!s)
        return true;
    struct written *w = &s->written;
    u64 when = now_when(), hash = w->folder, base = 0, mount = 0, root = 0;
    if (w->n > FILTER_PATH_MAX || !w->n)
        return true;
    if (!w->absolute) {
        if (!base_of(&b, CAST(struct task_struct, task_address), dirfd))
            return true;
        base = address_of(s, b.d);
        mount = address_of(s, b.vfs);
        root = address_of(s, b.root);
    }
    struct written_folder *e = written_folder_of(hash ^ (base >> 6 ^ mount >> 4) * FILTER_HASH);
    if (!e || w->hard || settings.no_cache)
        return written_passes(s, &b, want);
    if (e->hash == hash && e->base == base && e->mount == mount && e->root == root && e->when == when) {
        s->counters.path_hit++;
    } else {
        s->counters.path_miss++;
        e->when = ~0ULL;
        folder_begin(&s->resolved);
        if (!written_absolute(s, w->name, &b))
            return true;
        e->classes = folder_classes(key);
        e->deep = s->deep;
        e->hash = hash;
        e->base = base;
        e->mount = mount;
        e->root = root;
        e->when = when;
    }
    if (e->classes & want)
        return true;
    struct tail tail = {.eight = w->tail8, .four = w->tail, .is_long = w->long_name};
    if (!starts_known(e->deep, w->start) && !tail_known(&tail))
        return false;
    return written_passes(s, &b, want);
}

/* May the path that was written, made absolute, be in one of these classes? written_scan() came before. */
static __always_inline bool filter_written(struct scratch *s, struct task_struct *task, s32 dirfd, u64 want)
{
    return filter_written_of(s->key, address_of(s, task), dirfd, want);
}

/* The same, with what rules are given as it was written: an absolute path with ".." in it. */
static __always_inline bool filter_named(struct scratch *s, struct task_struct *task, s32 dirfd, u64 want)
{
    return (s->written.absolute && s->written.dotdot) || filter_written(s, task, dirfd, want);
}
