// SPDX-License-Identifier: Apache-2.0
/*
 * Packed programs. UPX is known by its structure: behind the program headers stand a loader record {checksum,
 * "UPX!", size, version, format}, a program record {id, size, block size} and the first block's record {size
 * unpacked, size packed, method}. Whoever wants to keep `upx -d` out changes the name, so the sizes are what
 * counts. Other packers are told only as "unknown", and only when several signs meet that honest linkers do
 * not give together.
 */
#include "inspect/elf_view.h"

enum {
    UPX_L_INFO = 12,
    UPX_P_INFO = 12,
    UPX_B_INFO = 12,
    UPX_HEAD = 4096,     /* the records stand within this many bytes */
    UPX_TRAILER = 64,    /* the pack header stands within the last bytes of the packed part */
    UPX_METHOD_MIN = 2,  /* NRV2B */
    UPX_METHOD_MAX = 16, /* zstd */
    UPX_LOADS_MAX = 4,
    FEW_IMPORTS = 4,
    ENTROPY_BYTES = 4096, /* of a segment, for its entropy to count */
};

static const double HIGH_EXEC = 7.2; /* x86 and ARM code lies between 5.5 and 6.7 bits per byte */
static const double HIGH_DATA = 7.6;

struct signs {
    bool magic, structure, stub, no_sections, rwx, high_entropy, high_data, inflating, entry_last,
        few_imports, overlay;
};

/* Whether the records from `at` (the loader record) on hold together. */
static bool is_upx_structure(const struct elf_view *v, uint64_t at)
{
    uint64_t p_info = at + UPX_L_INFO, b_info = p_info + UPX_P_INFO;
    if (b_info + UPX_B_INFO > v->data.n)
        return false;
    uint32_t size = elf_u32(v, p_info + 4), block = elf_u32(v, p_info + 8);
    uint32_t unpacked = elf_u32(v, b_info), packed = elf_u32(v, b_info + 4);
    uint8_t method = (uint8_t)v->data.p[b_info + 8], version = (uint8_t)v->data.p[at + 10],
            format = (uint8_t)v->data.p[at + 11];
    return size >= 512 && block && block <= size && size / 2 < UINT32_MAX / 4 && unpacked &&
           unpacked <= block && packed && packed <= unpacked && packed < v->data.n &&
           method >= UPX_METHOD_MIN && method <= UPX_METHOD_MAX && version && version < 32 && format &&
           format < 160;
}

static bool is_name(struct str s, size_t at)
{
    return at + 4 <= s.n && !memcmp(s.p + at, "UPX!", 4);
}

static void look_upx(const struct elf_view *v, struct signs *s)
{
    uint64_t table = v->phoff + (uint64_t)v->usable_segments * v->phentsize;
    struct str head = str_sub(v->data, 0, UPX_HEAD);
    s->structure = table < UPX_HEAD && is_upx_structure(v, table);
    for (size_t at = 4; at + 4 <= head.n && !s->magic; at += 4)
        if (is_name(head, at) && is_upx_structure(v, at - 4))
            s->magic = s->structure = true;
    if (!s->no_sections || s->magic)
        return;
    /* Sizes blanked but the name left: in its place behind the headers, or in the pack header at the end. */
    if (table < UPX_HEAD && is_name(v->data, table + 4))
        s->magic = true;
    for (size_t at = v->data.n > UPX_TRAILER ? v->data.n - UPX_TRAILER : 0;
         v->is_whole && at + 4 <= v->data.n; at++)
        s->magic |= is_name(v->data, at);
    /* The stub's own last words, in programs without sections: whoever analyses packers has sections. */
    s->stub = str_has(v->data, STR("PROT_EXEC|PROT_WRITE failed.")) || str_has(v->data, STR("$Id: UPX "));
}

static void state_signs(const struct signs *s, struct facts *facts)
{
    const struct {
        bool seen;
        struct str name;
    } NAMES[] = {
        {s->magic, STR("upx-magic")},
        {s->structure, STR("upx-structure")},
        {s->stub, STR("upx-stub")},
        {s->no_sections, STR("no-sections")},
        {s->rwx, STR("rwx")},
        {s->high_entropy, STR("high-entropy")},
        {s->high_data, STR("high-entropy-data")},
        {s->inflating, STR("inflating")},
        {s->entry_last, STR("entry-in-last-segment")},
        {s->few_imports, STR("few-imports")},
        {s->overlay, STR("high-entropy-overlay")},
    };
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (NAMES[i].seen)
            facts_add(facts, F_ELF_PACKER_SIGNS, NAMES[i].name);
}

void elf_look_packer(const struct elf_view *v, const struct elf_summary *sum, struct facts *facts)
{
    /* Objects, cores and files of debugging symbols are not what runs. */
    if ((v->type != ELF_T_EXEC && v->type != ELF_T_DYN) || !sum->n_loads || !sum->most_bytes)
        return;
    struct signs s = {
        .no_sections = v->n_sections == 0,
        .rwx = sum->is_rwx,
        .high_entropy = sum->entropy_exec > HIGH_EXEC && sum->most_bytes >= ENTROPY_BYTES,
        .high_data = sum->entropy_most > HIGH_DATA && sum->most_bytes >= ENTROPY_BYTES &&
                     sum->most_bytes > v->data.n / 2,
        .inflating = sum->is_inflating,
        .entry_last = sum->entry_in_last && sum->is_program,
        .few_imports = sum->is_program && sum->has_dynamic && sum->n_needed && sum->n_imports < FEW_IMPORTS,
        .overlay = sum->overlay >= ENTROPY_BYTES && sum->overlay_entropy > HIGH_DATA,
    };
    look_upx(v, &s);
    state_signs(&s, facts);
    unsigned others = (unsigned)s.rwx + s.inflating + s.entry_last + s.few_imports;
    bool shape = s.no_sections && sum->n_loads <= UPX_LOADS_MAX;
    bool packed = s.high_entropy || s.high_data;
    if (s.magic)
        facts_str(facts, F_ELF_PACKER, STR("upx"));
    else if (shape && ((s.structure && packed) || s.stub))
        facts_str(facts, F_ELF_PACKER, STR("upx-patched"));
    else if ((s.no_sections && packed && others >= 1) || (s.high_entropy && s.rwx && others >= 2))
        facts_str(facts, F_ELF_PACKER, STR("unknown"));
}
