// SPDX-License-Identifier: Apache-2.0
/*
 * The ELF analyzer: header, sections, build id here; the other subjects in elf_*.c. Facts are those of the
 * first ELF in a file: the file itself when it is one, else the first one unwrapped from it.
 */
#include "base/digest.h"
#include "inspect/elf_view.h"
#include "inspect/kind.h"

static const struct machine {
    uint16_t id;
    const char *little, *big, *little64, *big64; /* by byte order and class; NULL: as little */
} MACHINES[] = {
    {2, "sparc"},
    {3, "i386"},
    {4, "m68k"},
    {8, "mipsel", "mips", "mips64el", "mips64"},
    {15, "parisc"},
    {18, "sparc"},
    {20, "ppcle", "ppc", "ppc64le", "ppc64"},
    {21, "ppc64le", "ppc64", "ppc64le", "ppc64"},
    {22, "s390", "s390", "s390x", "s390x"},
    {40, "arm", "armeb"},
    {42, "sh"},
    {43, "sparc64"},
    {50, "ia64"},
    {62, "x86_64"},
    {83, "avr"},
    {92, "or1k"},
    {93, "arc"},
    {94, "xtensa"},
    {164, "hexagon"},
    {183, "aarch64", "aarch64_be", "aarch64", "aarch64_be"},
    {189, "microblaze"},
    {190, "cuda"},
    {195, "arc"},
    {224, "amdgpu"},
    {243, "riscv32", "riscv32", "riscv64", "riscv64"},
    {247, "bpf"},
    {252, "csky"},
    {258, "loongarch32", "loongarch32", "loongarch64", "loongarch64"},
    {0x9026, "alpha"},
};

static const char *machine_name(const struct elf_view *v)
{
    for (const struct machine *m = MACHINES; m < MACHINES + ARRAY_SIZE(MACHINES); m++) {
        if (m->id != v->machine)
            continue;
        const char *name = v->is64 ? (v->is_big ? m->big64 : m->little64) : (v->is_big ? m->big : m->little);
        return name ? name : m->little;
    }
    return NULL;
}

/* Machines whose kernels also run the second: 32-bit programs on their 64-bit successors, and BPF everywhere.
 */
static bool runs_on(const char *program, const char *machine)
{
    static const struct {
        const char *machine, *program;
    } ALSO[] = {{"x86_64", "i386"}, {"aarch64", "arm"}, {"mips64", "mips"},  {"mips64el", "mipsel"},
                {"ppc64", "ppc"},   {"s390x", "s390"},  {"sparc64", "sparc"}};
    if (!strcmp(program, machine) || !strcmp(program, "bpf"))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(ALSO); i++)
        if (!strcmp(ALSO[i].machine, machine) && !strcmp(ALSO[i].program, program))
            return true;
    return false;
}

static void look_machine(const struct elf_view *v, const char *host, struct facts *facts)
{
    const char *name = machine_name(v);
    facts_uint(facts, F_ELF_CLASS, v->is64 ? 64 : 32);
    if (name)
        facts_str(facts, F_ELF_MACHINE, str_from(name));
    else
        facts_str(facts, F_ELF_MACHINE, arena_printf(&facts->arena, "0x%x", v->machine));
    if (host)
        facts_bool(facts, F_ELF_IS_FOREIGN, !name || !runs_on(name, host));
}

/*
 * Position-independent programs and libraries have one type in the header. The linker flags the former; older
 * and packed ones are told by an interpreter without a library name (libc.so.6 has both), or by having no
 * dynamic segment at all.
 */
static bool is_pie(const struct elf_view *v, const struct elf_summary *s)
{
    if (v->type != ELF_T_DYN)
        return false;
    if (s->is_pie_flagged || (s->has_interpreter && !s->has_soname))
        return true;
    return !s->has_dynamic && v->entry && v->usable_segments;
}

static void look_type(const struct elf_view *v, struct elf_summary *s, struct facts *facts)
{
    bool pie = is_pie(v, s);
    s->is_program = pie || v->type == ELF_T_EXEC;
    switch (v->type) {
    case ELF_T_REL:
        facts_str(facts, F_ELF_TYPE, STR("rel"));
        break;
    case ELF_T_EXEC:
        facts_str(facts, F_ELF_TYPE, STR("exec"));
        break;
    case ELF_T_DYN:
        facts_str(facts, F_ELF_TYPE, pie ? STR("pie") : STR("dyn"));
        break;
    case ELF_T_CORE:
        facts_str(facts, F_ELF_TYPE, STR("core"));
        break;
    default:
        facts_add(facts, F_ELF_PROBLEMS, STR("bad-type"));
    }
    facts_bool(facts, F_ELF_IS_STATIC, s->is_program && !s->has_interpreter && !s->n_needed);
}

/* Notes are records {name size, description size, type, name, description}, each part padded to four bytes.
 */
static bool find_build_id(const struct elf_view *v, uint64_t at, uint64_t size, struct facts *facts)
{
    uint64_t end = at < v->data.n ? at + (size < v->data.n - at ? size : v->data.n - at) : 0;
    for (unsigned i = 0; i < 64 && at + 12 <= end; i++) {
        uint64_t n_name = elf_u32(v, at), n_desc = elf_u32(v, at + 4);
        uint64_t desc = at + 12 + ((n_name + 3) & ~3ull);
        if (desc > end || n_desc > end - desc)
            return false;
        if (elf_u32(v, at + 8) == 3 && n_name == 4 && !memcmp(v->data.p + at + 12, "GNU", 4) && n_desc &&
            n_desc <= 64) {
            facts_str(facts, F_ELF_BUILD_ID, hex_encode(&facts->arena, v->data.p + desc, n_desc));
            return true;
        }
        at = desc + ((n_desc + 3) & ~3ull);
    }
    return false;
}

static void look_build_id(const struct elf_view *v, struct facts *facts)
{
    for (uint32_t i = 0; i < v->usable_segments; i++) {
        struct elf_segment s = elf_segment(v, i);
        if (s.type == ELF_P_NOTE && find_build_id(v, s.offset, s.filesz, facts))
            return;
    }
    for (uint32_t i = 0; i < v->usable_sections; i++) {
        struct elf_section s = elf_section(v, i);
        if (s.type == ELF_S_NOTE && find_build_id(v, s.offset, s.size, facts))
            return;
    }
}

static void look_sections(const struct elf_view *v, struct facts *facts)
{
    bool has_symbols = false;
    unsigned listed = 0;
    for (uint32_t i = 1; i < v->usable_sections; i++) {
        struct elf_section s = elf_section(v, i);
        has_symbols |= s.type == ELF_S_SYMTAB;
        struct str name = listed < FACTS_LIST_MAX ? elf_section_name(v, &s) : STR_NULL;
        if (name.n)
            listed += facts_add(facts, F_ELF_SECTIONS, name);
    }
    facts_uint(facts, F_ELF_SECTIONS_COUNT, v->n_sections);
    /* Of a file larger than the window the section headers, which stand at its end, are not in hand: unknown.
     */
    if (v->is_whole || v->usable_sections == v->n_sections)
        facts_bool(facts, F_ELF_IS_STRIPPED, !has_symbols);
}

static void unwrap_overlay(struct inspection *in, const struct content *c, const struct elf_summary *s)
{
    if (!s->overlay || s->overlay > c->data.n || !c->last)
        return;
    struct str tail = str_sub(c->data, c->data.n - s->overlay, c->data.n);
    struct histogram h = {};
    histogram_add(&h, tail);
    enum file_kind kind = kind_sniff(tail, kind_is_text(tail, &h), STR_NULL);
    /* A file system behind a table of sections was looked into as an archive before. */
    if (kind != KIND_DATA && kind != KIND_EMPTY && (kind != KIND_SQUASHFS || !elf_table_end(c->data)))
        inspection_unwrap(in, c, "overlay", tail);
}

static bool wants(const struct content *c)
{
    return c->kind == KIND_ELF && c->first;
}

static int look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)state;
    struct elf_view v;
    struct elf_summary s = {};
    if (facts_has(facts, F_ELF_CLASS) || !elf_open(c, &v, facts))
        return 0;
    look_machine(&v, inspection_machine(in), facts);
    elf_look_dynamic(&v, &s, facts);
    look_type(&v, &s, facts);
    look_sections(&v, facts);
    look_build_id(&v, facts);
    elf_look_segments(&v, c, &s, facts);
    elf_look_go(&v, facts);
    elf_look_functions(&v, facts);
    elf_look_packer(&v, &s, facts);
    unwrap_overlay(in, c, &s);
    return 0;
}

const struct analyzer analyzer_elf = {.name = "elf", .wants = wants, .look = look};
