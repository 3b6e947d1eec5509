// SPDX-License-Identifier: Apache-2.0
/*
 * What the dynamic loader would read: interpreter, needed libraries, names in and out. It goes by the dynamic
 * segment and not by sections, because the loader does, and because removed or false sections are what
 * programs in hiding have.
 */
#include "inspect/elf_view.h"

enum {
    DT_NEEDED_ = 1,
    DT_HASH_ = 4,
    DT_STRTAB_ = 5,
    DT_SYMTAB_ = 6,
    DT_STRSZ_ = 10,
    DT_SONAME_ = 14,
    DT_GNU_HASH_ = 0x6ffffef5,
    DT_FLAGS_1_ = 0x6ffffffb,
    FLAGS_1_PIE = 0x08000000,
    DYNAMIC_MAX = 4096,   /* entries looked at */
    SYMBOLS_MAX = 200000, /* symbols looked at; the largest C++ libraries have about 60,000 */
    NAME_MAX_ = 1024,     /* mangled names are long; a longer one is no import worth listing */
};

struct dynamic {
    uint64_t strtab, strsz, symtab, hash, gnu_hash, flags_1;
    bool has_symtab, has_hash, has_gnu_hash;
};

static void look_interpreter(const struct elf_view *v, const struct elf_segment *p, struct elf_summary *s,
                             struct facts *facts)
{
    s->has_interpreter = true;
    struct str name = elf_string(v, p->offset, p->filesz < 4096 ? p->filesz : 4096);
    if (name.n)
        facts_str(facts, F_ELF_INTERPRETER, name);
    else if (v->is_whole && p->filesz)
        facts_add(facts, F_ELF_PROBLEMS, STR("bad-interpreter"));
}

static struct str name_at(const struct elf_view *v, const struct dynamic *d, uint64_t strtab_offset,
                          uint64_t at)
{
    uint64_t where;
    if (at >= d->strsz || __builtin_add_overflow(strtab_offset, at, &where))
        return STR_NULL;
    return elf_string(v, where, NAME_MAX_);
}

/* The highest symbol of a GNU hash table, found by walking the chain of the last bucket to its end. */
static uint64_t count_by_gnu_hash(const struct elf_view *v, uint64_t at)
{
    uint32_t n_buckets = elf_u32(v, at), first = elf_u32(v, at + 4), n_bloom = elf_u32(v, at + 8), last = 0;
    uint64_t buckets = at + 16 + (uint64_t)n_bloom * (v->is64 ? 8 : 4),
             chains = buckets + (uint64_t)n_buckets * 4;
    if (chains >= v->data.n)
        return 0;
    for (uint32_t i = 0; i < n_buckets; i++) {
        uint32_t b = elf_u32(v, buckets + (uint64_t)i * 4);
        last = b > last ? b : last;
    }
    if (last < first)
        return first; /* nothing is exported: only the imports before it */
    for (uint64_t i = last; i < SYMBOLS_MAX; i++) {
        uint64_t chain = chains + (i - first) * 4;
        if (chain + 4 > v->data.n || elf_u32(v, chain) & 1)
            return i + 1;
    }
    return SYMBOLS_MAX;
}

static uint64_t count_symbols(const struct elf_view *v, const struct dynamic *d, uint64_t symtab,
                              uint64_t strtab)
{
    uint64_t at, n = 0;
    if (d->has_hash && elf_offset(v, d->hash, &at)) {
        /* Alpha and s390x have tables of 64-bit words; their first word then is the high half of a count. */
        bool wide = v->is64 && (v->machine == 22 || v->machine == 0x9026);
        n = wide ? elf_u64(v, at + 8) : elf_u32(v, at + 4);
    } else if (d->has_gnu_hash && elf_offset(v, d->gnu_hash, &at)) {
        n = count_by_gnu_hash(v, at);
    } else if (strtab > symtab) {
        n = (strtab - symtab) / (v->is64 ? 24 : 16); /* linkers put the names behind the symbols */
    }
    return n < SYMBOLS_MAX ? n : SYMBOLS_MAX;
}

static void look_symbols(const struct elf_view *v, const struct dynamic *d, struct elf_summary *s,
                         struct facts *facts)
{
    uint64_t symtab, strtab;
    unsigned size = v->is64 ? 24 : 16, imports = 0, exports = 0;
    if (!d->has_symtab || !elf_offset(v, d->symtab, &symtab) || !elf_offset(v, d->strtab, &strtab))
        return;
    uint64_t n = count_symbols(v, d, symtab, strtab);
    for (uint64_t i = 1; i < n; i++) {
        uint64_t at = symtab + i * size;
        if (at + size > v->data.n)
            break;
        uint8_t info = (uint8_t)v->data.p[at + (v->is64 ? 4 : 12)],
                other = (uint8_t)v->data.p[at + (v->is64 ? 5 : 13)];
        uint16_t section = elf_u16(v, at + (v->is64 ? 6 : 14));
        unsigned bind = info >> 4, type = info & 15, visibility = other & 3;
        if (bind != 1 && bind != 2) /* global, weak */
            continue;
        bool is_export = section && (type == 2 || type == 10) && (visibility == 0 || visibility == 3);
        if (section && !is_export)
            continue;
        s->n_imports += !section;
        if ((is_export ? exports : imports) >= FACTS_LIST_MAX)
            continue;
        struct str name = name_at(v, d, strtab, elf_u32(v, at));
        if (!name.n)
            continue;
        if (is_export)
            exports += facts_add(facts, F_ELF_EXPORTS, name);
        else
            imports += facts_add(facts, F_ELF_IMPORTS, name);
    }
}

static void look_table(const struct elf_view *v, const struct elf_segment *p, struct elf_summary *s,
                       struct facts *facts)
{
    unsigned size = v->is64 ? 16 : 8;
    uint64_t strtab, soname = 0, n = p->filesz / size;
    struct dynamic d = {};
    /* .debug files keep the header of the segment without its bytes. */
    if (!p->filesz || p->offset >= v->data.n) {
        if (v->is_whole && p->filesz)
            facts_add(facts, F_ELF_PROBLEMS, STR("bad-dynamic"));
        return;
    }
    n = n < DYNAMIC_MAX ? n : DYNAMIC_MAX;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t tag = elf_word(v, p->offset + i * size),
                 value = elf_word(v, p->offset + i * size + size / 2);
        if (!tag)
            break;
        switch (tag) {
        case DT_NEEDED_:
            s->n_needed++;
            break;
        case DT_HASH_:
            d.hash = value;
            d.has_hash = true;
            break;
        case DT_STRTAB_:
            d.strtab = value;
            break;
        case DT_SYMTAB_:
            d.symtab = value;
            d.has_symtab = true;
            break;
        case DT_STRSZ_:
            d.strsz = value;
            break;
        case DT_SONAME_:
            soname = value;
            s->has_soname = true;
            break;
        case DT_GNU_HASH_:
            d.gnu_hash = value;
            d.has_gnu_hash = true;
            break;
        case DT_FLAGS_1_:
            s->is_pie_flagged = value & FLAGS_1_PIE;
            break;
        }
    }
    if (!elf_offset(v, d.strtab, &strtab)) {
        if (v->is_whole && s->n_needed)
            facts_add(facts, F_ELF_PROBLEMS, STR("bad-dynamic"));
        return;
    }
    for (uint64_t i = 0, listed = 0; i < n && listed < FACTS_LIST_MAX; i++) {
        uint64_t tag = elf_word(v, p->offset + i * size);
        if (!tag)
            break;
        struct str name = tag == DT_NEEDED_
                              ? name_at(v, &d, strtab, elf_word(v, p->offset + i * size + size / 2))
                              : STR_NULL;
        if (name.n)
            listed += facts_add(facts, F_ELF_NEEDED, name);
    }
    struct str name = s->has_soname ? name_at(v, &d, strtab, soname) : STR_NULL;
    if (name.n)
        facts_str(facts, F_ELF_SONAME, name);
    look_symbols(v, &d, s, facts);
}

void elf_look_dynamic(const struct elf_view *v, struct elf_summary *s, struct facts *facts)
{
    for (uint32_t i = 0; i < v->usable_segments; i++) {
        struct elf_segment p = elf_segment(v, i);
        if (p.type == ELF_P_INTERP && !s->has_interpreter)
            look_interpreter(v, &p, s, facts);
        if (p.type == ELF_P_DYNAMIC && !s->has_dynamic) {
            s->has_dynamic = true;
            look_table(v, &p, s, facts);
        }
    }
    if (s->has_dynamic)
        facts_uint(facts, F_ELF_IMPORTS_COUNT, s->n_imports);
}
