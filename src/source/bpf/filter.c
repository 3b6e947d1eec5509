// SPDX-License-Identifier: Apache-2.0
/*
 * Puts the filter into the kernel. Its tables are there twice; what is written is the half that is not in use, and one number turns
 * the programs to it. Only when no program can still be looking at the old half it is emptied.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "source/bpf/internal.h"
#include "source/bpf/more.h"

/* Calls that may give folders other paths without being an event themselves. */
static const record_u16 moves[] = {SYS_rename, SYS_renameat, SYS_renameat2, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_move_mount};

bool bpf_filter_wants(const struct filter *filter, record_u32 kind)
{
    if (more_is_help(kind))
        return more_wants_help(filter, kind);
    return kind < FILTER_KINDS && (!filter || filter->kinds[kind].wanted);
}

record_u64 bpf_path_hash(record_u64 seed, const char *p, size_t n)
{
    record_u64 h = seed;
    while (n-- > 0)
        h = (h + (unsigned char)p[n] + 1) * FILTER_HASH;
    return h;
}

/* Adds classes to what the table holds of a key. */
static int put_path(int map, record_u64 hash, record_u32 fit, record_u32 generation, record_u64 classes)
{
    struct path_key key = {.hash = hash, .fit = fit, .generation = generation};
    record_u64 before = 0;
    (void)bpf_map_lookup_elem(map, &key, &before);
    classes |= before;
    return bpf_map_update_elem(map, &key, &classes, BPF_ANY) ? -errno : 0;
}

static int put_prefix(int map, const struct filter_path *p, record_u32 generation, record_u64 classes)
{
    struct prefix_key key = {.bits = 8 + p->n * 8, .generation = (record_u8)generation};
    memcpy(key.bytes, p->bytes, p->n);
    return bpf_map_update_elem(map, &key, &classes, BPF_ANY) ? -errno : 0;
}

/* The folder whose names an entry goes into, if it ends within a name. */
static int put_stem(int map, record_u64 seed, const struct filter_path *p, record_u32 generation)
{
    record_u32 at = p->n;
    while (at && p->bytes[at - 1] != '/')
        at--;
    if (!at || at == p->n)
        return 0;
    record_u64 deep = ~0ULL; /* less than four bytes more: whatever follows them */
    if (p->n - at >= 4) {
        record_u32 four;
        memcpy(&four, p->bytes + at, 4);
        deep = 1ULL << FILTER_START(four);
    }
    return put_path(map, bpf_path_hash(seed, p->bytes, at), FIT_STEM, generation, deep);
}

static int by_bytes(const void *a, const void *b)
{
    const struct filter_path *x = *(const struct filter_path *const *)a, *y = *(const struct filter_path *const *)b;
    return str_cmp(str_n(x->bytes, x->n), str_n(y->bytes, y->n));
}

/* In byte order all entries that a longer one begins with come before it, and each begins with the one before: a stack. */
static int put_prefixes(struct source_bpf *b, int map, int paths, const struct filter *filter, record_u32 generation)
{
    _cleanup_free_ const struct filter_path **sorted = xalloc((filter->n_paths + 1) * sizeof(*sorted));
    record_u64 classes[FILTER_PATH_MAX + 1];
    const struct filter_path *stack[FILTER_PATH_MAX + 1];
    size_t n = 0, depth = 0;
    for (size_t i = 0; i < filter->n_paths; i++)
        if (filter->paths[i].fit == FILTER_BEGINS)
            sorted[n++] = &filter->paths[i];
    qsort(sorted, n, sizeof(*sorted), by_bytes);
    for (size_t i = 0; i < n; i++) {
        const struct filter_path *p = sorted[i];
        while (depth && !str_starts(str_n(p->bytes, p->n), str_n(stack[depth - 1]->bytes, stack[depth - 1]->n)))
            depth--;
        if (depth && stack[depth - 1]->n == p->n)
            depth--;
        record_u64 all = p->classes | (depth ? classes[depth - 1] : 0);
        stack[depth] = p;
        classes[depth++] = all;
        int r = put_prefix(map, p, generation, all);
        if (!r)
            r = put_stem(paths, b->settings->seed, p, generation);
        if (r)
            return r;
    }
    return 0;
}

static void set_bit(record_u64 *bits, record_u64 bit)
{
    bits[bit / 64] |= 1ULL << bit % 64;
}

static void set_tail(struct tails *t, const unsigned char four[4], bool is_short)
{
    record_u32 value;
    memcpy(&value, four, 4);
    set_bit(t->all, FILTER_TAIL(value));
    if (is_short)
        set_bit(t->shorter, FILTER_TAIL(value));
}

/*
 * Marks the end of an entry as struct tails wants it. A name or whole path stands behind a '/', which counts; what ENDS may have any
 * byte before it.
 */
static void put_tail(struct source_bpf *b, const struct filter_path *p, record_u32 generation)
{
    struct tails *t = &b->tails[generation];
    unsigned char end[9] = {'/'};
    record_u32 n = p->n, at = 1;
    if (n < 3) {
        /* Names of one and two bytes are always looked at; whole paths of that length have such a name. */
        b->settings->of[generation].short_suffix |= p->fit == FILTER_ENDS;
        return;
    }
    if (n >= 8) {
        record_u64 eight;
        memcpy(&eight, p->bytes + n - 8, 8);
        set_bit(t->longer, FILTER_TAIL8(eight));
        set_tail(t, (const unsigned char *)p->bytes + n - 4, false);
        return;
    }
    memcpy(end + at, p->bytes, n);
    for (unsigned first = 0; first < 256; first++) {
        if (n == 3 && p->fit == FILTER_ENDS)
            end[0] = (unsigned char)first;
        set_tail(t, end + at + n - 4, true);
        if (n != 3 || p->fit != FILTER_ENDS)
            break;
    }
}

static int put_paths(struct source_bpf *b, const struct filter *filter, record_u32 generation)
{
    struct bpf_object *object = b->loads[0].object;
    int paths = bpf_object__find_map_fd_by_name(object, "paths");
    typeof(b->settings->of[0]) *of = &b->settings->of[generation];
    memset(of, 0, sizeof(*of));
    memset(&b->tails[generation], 0, sizeof(b->tails[generation]));
    of->everything = filter->everything;
    for (size_t i = 0; i < filter->n_paths; i++) {
        const struct filter_path *p = &filter->paths[i];
        if (!p->n || p->n > FILTER_PATH_MAX || p->fit >= FILTER_FITS__N)
            return -EINVAL;
        if (p->fit > FILTER_NAMED) {
            /* Ports and networks are not looked for. */
            of->everything |= p->classes;
            continue;
        }
        if (p->fit == FILTER_BEGINS)
            continue;
        put_tail(b, p, generation);
        if (p->fit == FILTER_ENDS)
            of->suffix[p->n / 64] |= 1ULL << p->n % 64;
        int r = put_path(paths, bpf_path_hash(b->settings->seed, p->bytes, p->n), p->fit, generation, p->classes);
        if (r)
            return r;
    }
    return put_prefixes(b, bpf_object__find_map_fd_by_name(object, "prefixes"), paths, filter, generation);
}

static int put_kinds(struct source_bpf *b, const struct filter *filter, record_u32 generation)
{
    int map = bpf_object__find_map_fd_by_name(b->loads[0].object, "filters");
    for (record_u32 kind = 0; kind < FILTER_KINDS; kind++) {
        record_u32 key = generation * FILTER_KINDS + kind;
        if (filter->kinds[kind].n > FILTER_CLAUSES_MAX)
            return -EINVAL;
        if (bpf_map_update_elem(map, &key, &filter->kinds[kind], BPF_ANY))
            return -errno;
    }
    return 0;
}

static record_u8 kind_bits(const struct source_bpf *b, const struct filter *filter, record_u32 kind)
{
    record_u8 bits = 0;
    if (kind == CALL_FCHMODAT2)
        kind = SYS_fchmodat;
    if (bpf_kind_loaded(b, kind) && bpf_filter_wants(filter, kind)) {
        bits = (record_u8)(KIND_WANTED | bpf_shed_of(kind) << KIND_SHED_SHIFT);
        if (filter && filter->kinds[kind].n)
            bits |= KIND_FILTERED;
        for (record_u32 i = 0; filter && i < filter->kinds[kind].n; i++)
            if ((filter->kinds[kind].clauses[i].yes | filter->kinds[kind].clauses[i].no) & 1ULL << FILTER_DOTDOT)
                bits |= KIND_DOTDOT;
        if (!filter || filter->kinds[kind].wanted & FILTER_WANTS_DATA)
            bits |= KIND_DATA;
    }
    if (more_wants_other(filter, kind))
        bits |= KIND_OTHER;
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (moves[i] == kind)
            bits |= KIND_MOVES;
    return bits;
}

/* Takes all keys of a generation out of a map whose key holds it at `at`. */
static void empty(int map, size_t key_size, record_u32 generation, size_t at)
{
    unsigned char key[sizeof(struct prefix_key)], next[sizeof(struct prefix_key)];
    bool more = !bpf_map_get_next_key(map, NULL, next);
    while (more) {
        memcpy(key, next, key_size);
        more = !bpf_map_get_next_key(map, key, next);
        if (key[at] == generation)
            (void)bpf_map_delete_elem(map, key);
    }
}

static void empty_generation(struct source_bpf *b, record_u32 generation)
{
    struct bpf_object *object = b->loads[0].object;
    empty(bpf_object__find_map_fd_by_name(object, "paths"), sizeof(struct path_key), generation, offsetof(struct path_key, generation));
    empty(bpf_object__find_map_fd_by_name(object, "prefixes"), sizeof(struct prefix_key), generation,
          offsetof(struct prefix_key, generation));
}

int bpf_filter_put(struct source_bpf *b, const struct filter *filter, struct error *err)
{
    struct settings *s = b->settings;
    record_u32 old = s->generation, generation = old ^ 1;
    int r = filter ? put_paths(b, filter, generation) : 0;
    if (!r && filter)
        r = put_kinds(b, filter, generation);
    if (r) {
        empty_generation(b, generation);
        return error_errno(err, r, "the filter cannot be put into the kernel");
    }
    s->uring_by_mark = b->uring_by_mark;
    for (record_u32 kind = 0; kind < FILTER_KINDS; kind++)
        s->kinds[kind] |= kind_bits(b, filter, kind);
    __atomic_store_n(&s->generation, generation, __ATOMIC_SEQ_CST);
    for (record_u32 kind = 0; kind < FILTER_KINDS; kind++)
        __atomic_store_n(&s->kinds[kind], kind_bits(b, filter, kind), __ATOMIC_SEQ_CST);
    (void)syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
    empty_generation(b, old);
    return 0;
}
