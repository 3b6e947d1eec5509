// SPDX-License-Identifier: Apache-2.0
/*
 * Opens the object, loads the programs of the wanted kinds and attaches them. What a kernel can do is found out by trying: the first
 * object that loads is taken, and of that one a program that the kernel refuses is left out and the rest is tried again.
 */
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "source/bpf/internal.h"
#include "source/bpf/late.h"
#include "source/bpf/more.h"

#include "bpf/davy_direct.skel.h"
#include "bpf/davy_probe.skel.h"

enum { LEFT_OUT_MAX = 16 }; /* programs that a kernel may refuse before we give up: each costs one more loading */

static const struct program {
    record_u16 kind;
    const char *name;
    record_u8 shed;
    bool point, needed;
} programs[] = {
#define CALL(kind, program, shed) {kind, #program, shed, false, false},
#define POINT(kind, program, shed, needed) {kind, #program, shed, true, needed},
#include "source/bpf/programs.def"
#define PLAIN(call, shed, ...) {SYS_##call, "call_plain", shed, false, false},
#include "source/bpf/plain.def"
#undef PLAIN
#undef CALL
#undef POINT
};

_Static_assert(ARRAY_SIZE(programs) <= PROGRAMS_MAX, "PROGRAMS_MAX");

/* What libbpf says goes here while an object is loaded: rooms do not print. One thread loads at a time. */
static _Thread_local struct strbuf *said;

_printf_(2, 0) static int listen_to_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
    if (level == LIBBPF_WARN && said && said->n < 64 * 1024)
        strbuf_vprintf(said, fmt, ap);
    return 0;
}

/* The program that the kernel refused, as libbpf named it; empty when it was something else. */
struct str bpf_refused(struct str text)
{
    ptrdiff_t end = str_find(text, STR("': failed to load"), 0), begin = -1;
    for (ptrdiff_t at = 0; end >= 0 && (at = str_find(text, STR("prog '"), (size_t)at)) >= 0 && at < end; at++)
        begin = at + 6;
    return begin < 0 ? STR_NULL : str_sub(text, (size_t)begin, (size_t)end);
}

/* The last line but those that every failure ends in. */
static struct str reason(struct str text)
{
    struct str line, best = STR_NULL;
    while (str_split(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.n && !str_has(line, STR("failed to load")) && !str_has(line, STR("processed ")) && !str_has(line, STR("LOG")))
            best = line;
    }
    return best;
}

int bpf_load_said(struct bpf_object *object, struct strbuf *text)
{
    strbuf_clear(text);
    said = text;
    libbpf_print_fn_t before = libbpf_set_print(listen_to_libbpf);
    int r = bpf_object__load(object);
    libbpf_set_print(before);
    said = NULL;
    return r;
}

unsigned bpf_shed_of(record_u32 kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        if (programs[i].kind == kind)
            return programs[i].shed;
    return 0;
}

/* Whether the row is what its kind is listed by: the first of it, and no helper. */
static bool is_listed(size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (programs[i].kind == programs[row].kind)
            return false;
    return !more_is_hidden(programs[row].kind);
}

/* -1 after the last. */
static int listed_kind(size_t i)
{
    for (size_t row = 0; row < ARRAY_SIZE(programs); row++)
        if (is_listed(row) && i-- == 0)
            return programs[row].kind;
    return more_kind(i);
}

static bool is_refused(const struct source_bpf *b, size_t row)
{
    return b->failed[row] || more_is_unfit(b, programs[row].name);
}

/* The first row that makes the kind here; one that this kernel refused when there is no better. */
static size_t row_of(const struct source_bpf *b, record_u32 kind)
{
    size_t best = ARRAY_SIZE(programs);
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        if (programs[i].kind == more_made_by(kind) && (best == ARRAY_SIZE(programs) || is_refused(b, best)))
            best = i;
    return best;
}

bool bpf_program_refused(const struct source_bpf *b, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        if (!strcmp(programs[i].name, name) && b->failed[i])
            return true;
    return false;
}

bool source_bpf_kind(const struct source *source, size_t i, struct source_bpf_kind *ret)
{
    const struct source_bpf *b = (const struct source_bpf *)source;
    const int listed = listed_kind(i);
    if (listed < 0)
        return false;
    const record_u32 kind = (record_u32)listed;
    const size_t row = row_of(b, kind);
    const struct program *p = &programs[row];
    struct bpf_program *program = bpf_object__find_program_by_name(b->loads[0].object, p->point ? p->name : "dispatch");
    const char *hook = NULL;
    bool has_hook = bpf_hook_of(b, kind, &hook);
    *ret = (struct source_bpf_kind){.kind = kind, .program = p->name, .loaded = bpf_kind_loaded(b, kind),
                                    .provider = is_refused(b, row) ? NULL : kind == RECORD_USAGE ? "/proc" : hook ? hook : bpf_program__section_name(program),
                                    .lost = more_lost(b, kind)};
    if (has_hook && !hook && ret->loaded && !ret->lost)
        ret->lost = N_("what a call was given is read when it returns: another thread may have written over it");
    return true;
}

bool bpf_kind_loaded(const struct source_bpf *b, record_u32 kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        if (programs[i].kind == more_made_by(kind) && b->loaded[i])
            return true;
    return false;
}

static bool is_wanted(const struct source_bpf *b, size_t i, const struct filter *filter)
{
    const struct program *p = &programs[i];
    return !b->loaded[i] && !b->failed[i] && !more_is_unfit(b, p->name) &&
           (p->needed || bpf_filter_wants(filter, p->kind) || more_wants_other(filter, p->kind));
}

bool bpf_wants_more(const struct source_bpf *b, const struct filter *filter)
{
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        if (is_wanted(b, i, filter))
            return true;
    return false;
}

static const struct program *by_name(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        if (str_is(name, programs[i].name))
            return &programs[i];
    return NULL;
}

static struct bpf_object *open_object(bool direct)
{
    size_t size;
    const void *elf = direct ? davy_direct__elf_bytes(&size) : davy_probe__elf_bytes(&size);
    LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "davy");
    return bpf_object__open_mem(elf, size, &opts);
}

static void choose_programs(struct source_bpf *b, struct bpf_object *object, const struct filter *filter)
{
    struct bpf_program *program;
    bpf_object__for_each_program(program, object)
        (void)bpf_program__set_autoload(program, false);
    if (!b->n_loads) /* the first; later ones only add programs */
        (void)bpf_program__set_autoload(bpf_object__find_program_by_name(object, "dispatch"), true);
    if (!b->n_loads && (program = bpf_object__find_program_by_name(object, "snapshot")))
        (void)bpf_program__set_autoload(program, true);
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        if (is_wanted(b, i, filter) && (program = bpf_object__find_program_by_name(object, programs[i].name)))
            (void)bpf_program__set_autoload(program, true);
}

static size_t ring_bytes(size_t asked)
{
    size_t size = SOURCE_BPF_RING_MIN;
    if (!asked)
        asked = SOURCE_BPF_RING_DEFAULT;
    while (size < asked && size < SOURCE_BPF_RING_MAX)
        size *= 2;
    return size;
}

int bpf_share_maps(struct source_bpf *b, struct bpf_object *object)
{
    struct bpf_map *map;
    bpf_object__for_each_map(map, object) {
        struct bpf_map *first = bpf_object__find_map_by_name(b->loads[0].object, bpf_map__name(map));
        int r = first && !more_is_small(first) ? bpf_map__reuse_fd(map, bpf_map__fd(first)) : 0;
        if (r)
            return r;
    }
    return 0;
}

/* Sizes of the first object's maps, or the maps of the first for a later one. */
static int choose_maps(struct source_bpf *b, struct bpf_object *object, const struct source_bpf_options *o, const struct filter *filter)
{
    unsigned n = (unsigned)b->processors;
    if (b->n_loads)
        return bpf_share_maps(b, object);
    more_maps(object, filter);
    (void)bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "scratches"), n * SCRATCH_LEVELS);
    (void)bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "folders"), n * FOLDERS);
    (void)bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "writtens"), n * WRITTENS);
    (void)bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "drops"), n * FILTER_KINDS * DROP_REASONS);
    return bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "ring"), (unsigned)ring_bytes(o->ring_bytes));
}

static int load_once(struct source_bpf *b, struct bpf_load *load, const struct source_bpf_options *o, const struct filter *filter)
{
    load->object = open_object(load->direct);
    if (!load->object)
        return -errno;
    choose_programs(b, load->object, filter);
    int r = choose_maps(b, load->object, o, filter);
    return r ? r : bpf_object__load(load->object);
}

/* Loads what the kernel takes; programs it refuses are left out. */
static int load_object(struct source_bpf *b, struct bpf_load *load, const struct source_bpf_options *o, const struct filter *filter,
                       struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    bool failed[PROGRAMS_MAX];
    int r = -EINVAL;
    memcpy(failed, b->failed, sizeof(failed));
    for (int left_out = 0; left_out <= LEFT_OUT_MAX; left_out++) {
        strbuf_clear(&text);
        said = &text;
        libbpf_print_fn_t before = libbpf_set_print(listen_to_libbpf);
        r = load_once(b, load, o, filter);
        libbpf_set_print(before);
        said = NULL;
        if (!r)
            return 0;
        bpf_object__close(load->object);
        load->object = NULL;
        const struct program *p = by_name(bpf_refused(strbuf_str(&text)));
        if (!p || p->needed)
            break;
        for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
            if (!strcmp(programs[i].name, p->name))
                b->failed[i] = true;
    }
    memcpy(b->failed, failed, sizeof(failed));
    struct str why = reason(strbuf_str(&text));
    return why.n ? error_set(err, r, "the kernel refuses to load the programs: %.*s", STR_ARG(why))
                 : error_errno(err, r, "the kernel refuses to load the programs");
}

static int attach(struct bpf_load *load, const char *name, struct error *err)
{
    struct bpf_program *program = bpf_object__find_program_by_name(load->object, name);
    struct bpf_link *link = NULL;
    for (size_t i = 0; i < load->n_links; i++)
        if (!strcmp(load->attached[i], name)) /* a program may make several kinds */
            return 0;
    if (!program || bpf_program__fd(program) < 0 || load->n_links == ARRAY_SIZE(load->links))
        return 0;
    int r = more_attach(program, &link, err);
    if (r == -ENOENT && !(link = bpf_program__attach(program)))
        return error_errno(err, -errno, "%s cannot be attached", bpf_program__section_name(program));
    if (r && r != -ENOENT)
        return r;
    load->attached[load->n_links] = bpf_program__name(program);
    load->links[load->n_links++] = link;
    return 0;
}

/* A program that runs already for another kind runs for this one too. */
static void share_programs(struct source_bpf *b)
{
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        for (size_t j = 0; j < ARRAY_SIZE(programs) && programs[i].point; j++)
            b->loaded[i] |= b->loaded[j] && !strcmp(programs[i].name, programs[j].name);
}

/* Puts the programs of calls into the table, attaches those of points. */
static int start_programs(struct source_bpf *b, struct bpf_load *load, const struct filter *filter, struct error *err)
{
    int table = bpf_object__find_map_fd_by_name(b->loads[0].object, "programs");
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
        const struct program *p = &programs[i];
        struct bpf_program *program = bpf_object__find_program_by_name(load->object, p->name);
        int fd = program ? bpf_program__fd(program) : -1, r = 0;
        uint32_t kind = p->kind;
        if (fd < 0 || !is_wanted(b, i, filter))
            continue;
        if (p->point)
            r = attach(load, p->name, err);
        else if (bpf_map_update_elem(table, &kind, &fd, BPF_ANY))
            r = error_errno(err, -errno, "%s cannot be put into the table of programs", p->name);
        if (r && p->point && !p->needed) {
            b->failed[i] = true; /* the kinds it makes are not seen here: --plan tells */
            continue;
        }
        if (r)
            return r;
        b->loaded[i] = true;
    }
    return 0;
}

static void *map_memory(struct bpf_object *object, const char *name, size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_object__find_map_fd_by_name(object, name), 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Maps what is read while it runs: that needs no right later. */
static int map_all(struct source_bpf *b, const struct source_bpf_options *o, struct error *err)
{
    struct bpf_object *object = b->loads[0].object;
    b->settings = map_memory(object, ".data.settings", sizeof(struct settings));
    b->tails = map_memory(object, ".data.tails", 2 * sizeof(struct tails));
    b->scratch_bytes = bpf_map__value_size(bpf_object__find_map_by_name(object, "scratches"));
    b->scratches = map_memory(object, "scratches", b->processors * SCRATCH_LEVELS * b->scratch_bytes);
    b->drops = map_memory(object, "drops", b->processors * FILTER_KINDS * DROP_REASONS * sizeof(record_u64));
    if (!b->settings || !b->tails || !b->scratches || !b->drops)
        return error_errno(err, -ENOMEM, "the tables of the kernel's programs cannot be mapped");
    b->settings->cgroup = o->cgroup; /* before the first program runs: what others do is not told even now */
    int r = bpf_ring_map(&b->ring, bpf_object__find_map_fd_by_name(object, "ring"), ring_bytes(o->ring_bytes));
    return r ? error_errno(err, r, "the ring of records cannot be mapped") : 0;
}

int bpf_load(struct source_bpf *b, const struct source_bpf_options *o, const struct filter *filter, struct error *err)
{
    bool first = !b->n_loads;
    if (b->n_loads == ARRAY_SIZE(b->loads))
        return error_set(err, -E2BIG, "the filter was changed too often to other kinds of events; start again");
    struct bpf_load *load = &b->loads[b->n_loads];
    int r = -ENOTSUP;
    share_programs(b);
    more_learn(b);
    if (first && o->objects == SOURCE_BPF_DIRECT && !b->has_casts)
        return error_set(err, -ENOTSUP, "this kernel has no bpf_rdonly_cast(): fields can be read by helpers only");
    if (first ? o->objects != SOURCE_BPF_PROBE && b->has_casts : b->loads[0].direct) {
        load->direct = true;
        r = load_object(b, load, o, filter, err);
    }
    if (r && (first ? o->objects != SOURCE_BPF_DIRECT : !b->loads[0].direct)) {
        load->direct = false;
        r = load_object(b, load, o, filter, err);
    }
    if (r)
        return r;
    b->n_loads++;
    if (first && (r = map_all(b, o, err)))
        return r;
    r = start_programs(b, load, filter, err);
    if (r)
        return r;
    bpf_hooks_load(b);
    return first ? attach(load, "dispatch", err) : 0;
}

void bpf_unload(struct source_bpf *b)
{
    bpf_hooks_unload(b);
    for (size_t i = b->n_loads; i-- > 0;) {
        struct bpf_load *load = &b->loads[i];
        while (load->n_links)
            (void)bpf_link__destroy(load->links[--load->n_links]);
    }
    bpf_ring_unmap(&b->ring);
    if (b->settings)
        (void)munmap(b->settings, sizeof(struct settings));
    if (b->tails)
        (void)munmap(b->tails, 2 * sizeof(struct tails));
    if (b->scratches)
        (void)munmap(b->scratches, b->processors * SCRATCH_LEVELS * b->scratch_bytes);
    if (b->drops)
        (void)munmap(b->drops, b->processors * FILTER_KINDS * DROP_REASONS * sizeof(record_u64));
    while (b->n_loads)
        bpf_object__close(b->loads[--b->n_loads].object);
}
