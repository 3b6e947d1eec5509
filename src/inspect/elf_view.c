// SPDX-License-Identifier: Apache-2.0
#include "inspect/elf_view.h"

static uint64_t number(const struct elf_view *v, uint64_t at, unsigned n)
{
    if (at > v->data.n || v->data.n - at < n)
        return 0;
    const uint8_t *p = (const uint8_t *)v->data.p + at;
    uint64_t x = 0;
    for (unsigned i = 0; i < n; i++)
        x |= (uint64_t)p[i] << 8 * (v->is_big ? n - 1 - i : i);
    return x;
}

uint16_t elf_u16(const struct elf_view *v, uint64_t at)
{
    return (uint16_t)number(v, at, 2);
}

uint32_t elf_u32(const struct elf_view *v, uint64_t at)
{
    return (uint32_t)number(v, at, 4);
}

uint64_t elf_u64(const struct elf_view *v, uint64_t at)
{
    return number(v, at, 8);
}

uint64_t elf_word(const struct elf_view *v, uint64_t at)
{
    return number(v, at, v->is64 ? 8 : 4);
}

struct str elf_bytes(const struct elf_view *v, uint64_t at, uint64_t size)
{
    if (at >= v->data.n)
        return STR_NULL;
    uint64_t left = v->data.n - at;
    return str_n(v->data.p + at, size < left ? size : left);
}

struct str elf_string(const struct elf_view *v, uint64_t at, size_t max)
{
    struct str s = elf_bytes(v, at, max);
    const char *nul = s.n ? memchr(s.p, 0, s.n) : NULL;
    return nul ? str_n(s.p, (size_t)(nul - s.p)) : STR_NULL;
}

uint64_t elf_table_end(struct str data)
{
    const struct str magic = STR("\x7f" "ELF");
    if (data.n < 64 || !str_starts(data, magic))
        return 0;
    const struct elf_view v = {.data = data, .is64 = data.p[4] == 2, .is_big = data.p[5] == 2};
    uint64_t at = elf_word(&v, v.is64 ? 40 : 32), end;
    uint32_t size = elf_u16(&v, v.is64 ? 58 : 46), n = elf_u16(&v, v.is64 ? 60 : 48);
    return !at || __builtin_add_overflow(at, (uint64_t)size * n, &end) ? 0 : end;
}

struct elf_segment elf_segment(const struct elf_view *v, uint32_t i)
{
    uint64_t at = v->phoff + (uint64_t)i * v->phentsize;
    if (v->is64)
        return (struct elf_segment){
            .type = elf_u32(v, at),
            .flags = elf_u32(v, at + 4),
            .offset = elf_u64(v, at + 8),
            .vaddr = elf_u64(v, at + 16),
            .filesz = elf_u64(v, at + 32),
            .memsz = elf_u64(v, at + 40),
        };
    return (struct elf_segment){
        .type = elf_u32(v, at),
        .offset = elf_u32(v, at + 4),
        .vaddr = elf_u32(v, at + 8),
        .filesz = elf_u32(v, at + 16),
        .memsz = elf_u32(v, at + 20),
        .flags = elf_u32(v, at + 24),
    };
}

struct elf_section elf_section(const struct elf_view *v, uint32_t i)
{
    uint64_t at = v->shoff + (uint64_t)i * v->shentsize, w = v->is64 ? 8 : 4;
    return (struct elf_section){
        .name = elf_u32(v, at),
        .type = elf_u32(v, at + 4),
        .flags = elf_word(v, at + 8),
        .addr = elf_word(v, at + 8 + w),
        .offset = elf_word(v, at + 8 + 2 * w),
        .size = elf_word(v, at + 8 + 3 * w),
        .link = elf_u32(v, at + 8 + 4 * w),
        .entsize = elf_word(v, at + 16 + 5 * w),
    };
}

struct str elf_section_name(const struct elf_view *v, const struct elf_section *s)
{
    if (v->shstrndx >= v->usable_sections)
        return STR_NULL;
    struct elf_section names = elf_section(v, v->shstrndx);
    uint64_t at;
    if (names.type == ELF_S_NOBITS || s->name >= names.size ||
        __builtin_add_overflow(names.offset, s->name, &at))
        return STR_NULL;
    return elf_string(v, at, 256);
}

bool elf_offset(const struct elf_view *v, uint64_t vaddr, uint64_t *ret)
{
    for (uint32_t i = 0; i < v->usable_segments; i++) {
        struct elf_segment s = elf_segment(v, i);
        if (s.type == ELF_P_LOAD && vaddr >= s.vaddr && vaddr - s.vaddr < s.filesz)
            return !__builtin_add_overflow(s.offset, vaddr - s.vaddr, ret) && *ret < v->data.n;
    }
    return false;
}

/* How many of `n` entries of `size` bytes from `at` on are in hand. */
static uint32_t usable(const struct elf_view *v, uint64_t at, uint32_t n, uint32_t size, uint32_t max)
{
    if (at >= v->data.n || !size)
        return 0;
    uint64_t fit = (v->data.n - at) / size;
    n = n < fit ? n : (uint32_t)fit;
    return n < max ? n : max;
}

static void open_sections(struct elf_view *v, uint64_t at, struct facts *facts)
{
    v->shentsize = elf_u16(v, at + 10);
    v->n_sections = elf_u16(v, at + 12);
    v->shstrndx = elf_u16(v, at + 14);
    if (!v->shoff) {
        v->n_sections = 0;
        return;
    }
    if (v->shentsize != (v->is64 ? 64 : 40)) {
        if (v->n_sections)
            facts_add(facts, F_ELF_PROBLEMS, STR("bad-shdr"));
        v->n_sections = 0;
        return;
    }
    /* Counts that do not fit 16 bits stand in the first section header. */
    if (usable(v, v->shoff, 1, v->shentsize, 1)) {
        struct elf_section zero = elf_section(v, 0);
        if (!v->n_sections && !zero.type)
            v->n_sections = zero.size < UINT32_MAX ? (uint32_t)zero.size : 0;
        if (v->shstrndx == 0xffff)
            v->shstrndx = zero.link;
        if (v->n_segments == 0xffff)
            v->n_segments = elf_u32(v, v->shoff + (v->is64 ? 44 : 28));
    }
    v->usable_sections = usable(v, v->shoff, v->n_sections, v->shentsize, ELF_SECTIONS_MAX);
    if (v->is_whole && v->usable_sections < v->n_sections && v->n_sections <= ELF_SECTIONS_MAX)
        facts_add(facts, F_ELF_PROBLEMS, STR("bad-shdr"));
}

bool elf_open(const struct content *c, struct elf_view *v, struct facts *facts)
{
    const uint8_t *id = (const uint8_t *)c->data.p;
    *v = (struct elf_view){.data = c->data, .is_whole = c->first && c->last};
    if (c->data.n < 20 || memcmp(id,
                                 "\x7f"
                                 "ELF",
                                 4))
        return false;
    /* The kernel goes by the machine and ignores a false byte order or class here; so do droppers. Take x86
     * as it is. */
    v->is64 = id[4] == 2;
    v->is_big = id[5] == 2;
    if (id[4] < 1 || id[4] > 2 || id[5] < 1 || id[5] > 2) {
        facts_add(facts, F_ELF_PROBLEMS, STR("bad-ident"));
        uint16_t little = (uint16_t)(id[18] | id[19] << 8);
        v->is_big = id[5] != 1 && id[5] != 2 ? id[18] == 0 && id[19] : v->is_big;
        if (id[4] < 1 || id[4] > 2)
            v->is64 = little == 62 || little == 183;
    }
    v->type = elf_u16(v, 16);
    v->machine = elf_u16(v, 18);
    if (c->data.n < (v->is64 ? 64u : 52u)) {
        facts_add(facts, F_ELF_PROBLEMS, STR("truncated"));
        return true;
    }
    uint64_t at = v->is64 ? 48 : 36; /* e_flags */
    v->entry = elf_word(v, 24);
    v->phoff = elf_word(v, v->is64 ? 32 : 28);
    v->shoff = elf_word(v, v->is64 ? 40 : 32);
    v->phentsize = elf_u16(v, at + 6);
    v->n_segments = elf_u16(v, at + 8);
    open_sections(v, at, facts);
    if (!v->n_segments)
        return true;
    if (v->phentsize != (v->is64 ? 56 : 32)) {
        facts_add(facts, F_ELF_PROBLEMS, STR("bad-phdr"));
        return true;
    }
    v->usable_segments = usable(v, v->phoff, v->n_segments, v->phentsize, ELF_SEGMENTS_MAX);
    if (v->is_whole && v->usable_segments < v->n_segments && v->n_segments <= ELF_SEGMENTS_MAX)
        facts_add(facts, F_ELF_PROBLEMS, STR("bad-phdr"));
    return true;
}
