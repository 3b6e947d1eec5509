// SPDX-License-Identifier: Apache-2.0
/* What is loaded: entropy, permissions and growth of segments, and the bytes that no header describes. */
#include "base/entropy.h"
#include "inspect/elf_view.h"

enum {
    ENTROPY_MIN = 4096,     /* shorter segments say nothing about entropy */
    INFLATE_TIMES = 8,      /* memory to file bytes from which a segment counts as inflating */
    INFLATE_MIN = 64 << 10, /* and the memory it must take */
};

static void look_one(const struct elf_view *v, const struct elf_segment *p, uint64_t *budget,
                     struct elf_summary *s, double *max, struct facts *facts)
{
    bool is_exec = p->flags & ELF_P_X;
    s->is_rwx |= is_exec && p->flags & ELF_P_W;
    s->is_inflating |= is_exec && p->memsz > INFLATE_MIN && p->memsz / INFLATE_TIMES >= p->filesz;
    uint64_t end;
    if (v->is_whole && (__builtin_add_overflow(p->offset, p->filesz, &end) || end > v->data.n))
        facts_add(facts, F_ELF_PROBLEMS, STR("truncated"));
    struct str bytes = elf_bytes(v, p->offset, p->filesz);
    if (!bytes.n)
        return;
    /* Segments hardly overlap in honest files; many that all cover the same bytes would cost without end. */
    if (bytes.n > *budget) {
        facts_add(facts, F_ELF_PROBLEMS, STR("overlapping-segments"));
        return;
    }
    *budget -= bytes.n;
    double e = entropy_estimate(bytes);
    if (is_exec && e > s->entropy_exec)
        s->entropy_exec = e;
    if (bytes.n >= ENTROPY_MIN && e > *max)
        *max = e;
    if (bytes.n > s->most_bytes) {
        s->most_bytes = bytes.n;
        s->entropy_most = e;
    }
}

static void raise_end(uint64_t *end, uint64_t offset, uint64_t size)
{
    uint64_t e;
    if (size && !__builtin_add_overflow(offset, size, &e) && e > *end)
        *end = e;
}

/* Where the bytes end that headers, segments and sections describe. */
static uint64_t described_end(const struct elf_view *v)
{
    uint64_t end = v->is64 ? 64 : 52;
    raise_end(&end, v->phoff, (uint64_t)v->n_segments * v->phentsize);
    raise_end(&end, v->shoff, (uint64_t)v->n_sections * v->shentsize);
    for (uint32_t i = 0; i < v->usable_segments; i++) {
        struct elf_segment p = elf_segment(v, i);
        raise_end(&end, p.offset, p.filesz);
    }
    for (uint32_t i = 0; i < v->usable_sections; i++) {
        struct elf_section s = elf_section(v, i);
        if (s.type != ELF_S_NOBITS)
            raise_end(&end, s.offset, s.size);
    }
    return end;
}

static void look_overlay(const struct elf_view *v, const struct content *c, struct elf_summary *s,
                         struct facts *facts)
{
    if (v->usable_segments < v->n_segments || v->usable_sections < v->n_sections ||
        (!v->usable_segments && !v->usable_sections))
        return;
    uint64_t end = described_end(v);
    if (!c->size || end > c->size)
        return;
    s->overlay = c->size - end;
    facts_uint(facts, F_ELF_OVERLAY_SIZE, s->overlay);
    if (!s->overlay || !v->is_whole)
        return;
    s->overlay_entropy = entropy_estimate(elf_bytes(v, end, s->overlay));
    facts_double(facts, F_ELF_OVERLAY_ENTROPY, s->overlay_entropy);
}

static void look_entry(const struct elf_view *v, struct elf_summary *s, struct facts *facts)
{
    uint32_t holder = 0, last = 0;
    for (uint32_t i = 0; i < v->usable_segments; i++) {
        struct elf_segment p = elf_segment(v, i);
        if (p.type != ELF_P_LOAD)
            continue;
        last = i + 1;
        if (v->entry >= p.vaddr && v->entry - p.vaddr < p.memsz && p.flags & ELF_P_X)
            holder = i + 1;
    }
    s->entry_in_last = holder && holder == last && s->n_loads > 1;
    if (!holder && s->is_program && v->usable_segments)
        facts_add(facts, F_ELF_PROBLEMS, STR("bad-entry"));
}

void elf_look_segments(const struct elf_view *v, const struct content *c, struct elf_summary *s,
                       struct facts *facts)
{
    uint64_t budget = 2 * (uint64_t)v->data.n;
    double max = 0;
    /* A core file's segments are the memory of a process: their numbers say nothing about a program. */
    bool is_loaded = v->type != ELF_T_CORE;
    for (uint32_t i = 0; i < v->usable_segments && is_loaded; i++) {
        struct elf_segment p = elf_segment(v, i);
        if (p.type != ELF_P_LOAD)
            continue;
        s->n_loads++;
        look_one(v, &p, &budget, s, &max, facts);
    }
    if (s->n_loads) {
        facts_uint(facts, F_ELF_SEGMENTS_COUNT, s->n_loads);
        facts_double(facts, F_ELF_ENTROPY_EXEC, s->entropy_exec);
        facts_double(facts, F_ELF_ENTROPY_MAX, max);
        facts_bool(facts, F_ELF_IS_RWX, s->is_rwx);
        facts_bool(facts, F_ELF_IS_INFLATING, s->is_inflating);
        look_entry(v, s, facts);
    }
    look_overlay(v, c, s, facts);
}
