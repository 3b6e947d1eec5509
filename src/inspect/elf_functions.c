// SPDX-License-Identifier: Apache-2.0
/*
 * What Go and Rust leave in stripped programs. Go's runtime needs the names of all functions (the table that its linker
 * calls pclntab, in the layouts of Go 1.2, 1.16, 1.18 and 1.20); Rust's panics name the source file, and with it the crate.
 */
#include <ctype.h>

#include "inspect/elf_view.h"

enum {
    TRIES = 64,             /* places with the magic that are tried */
    FUNCTIONS_MAX = 500000, /* names read; large programs have about 200,000 */
    NAME_BYTES_MAX = 256,
    CRATE_BYTES_MAX = 64,
};

struct table {
    const struct elf_view *v;
    uint64_t at;      /* file offset */
    unsigned pointer; /* bytes of an address */
};

static uint64_t word(const struct table *t, unsigned i)
{
    uint64_t at = t->at + 8 + (uint64_t)i * t->pointer;
    return t->pointer == 8 ? elf_u64(t->v, at) : elf_u32(t->v, at);
}

/* Functions of package main, as its author wrote them: what the compiler makes of closures is left out. */
static void see_function(struct str name, struct facts *facts)
{
    if (!str_starts(name, STR("main.")) || name.n > NAME_BYTES_MAX || str_is(name, "main.main") || str_is(name, "main.init"))
        return;
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] <= 0x20 || name.p[i] == 0x7f)
            return;
    ptrdiff_t closure = str_find(name, STR(".func"), 5);
    if (closure >= 0 && (size_t)closure + 5 < name.n && isdigit((unsigned char)name.p[closure + 5]))
        return;
    if (str_starts(name, STR("main.init.")) || str_ends(name, STR("-fm")))
        return;
    const struct value *v = facts_get(facts, F_ELF_GO_FUNCTIONS);
    if (v->type != VALUE_LIST || v->list.n < FACTS_LIST_MAX)
        (void)facts_add(facts, F_ELF_GO_FUNCTIONS, name);
}

/* Since 1.16 the names stand together, each with a NUL behind it. */
static bool look_names(const struct table *t, uint64_t from, uint64_t to, struct facts *facts)
{
    struct str names = to > from ? elf_bytes(t->v, t->at + from, to - from) : STR_NULL, name;
    if (names.n < 2 || (!str_has(str_sub(names, 0, 1 << 20), STR("runtime.")) && !str_has(names, STR("main.main"))))
        return false;
    for (unsigned i = 0; i < FUNCTIONS_MAX && str_split(&names, 0, &name); i++)
        see_function(name, facts);
    return true;
}

/* Before, a table of addresses leads to each function's record, and that to its name. */
static bool look_records(const struct table *t, struct facts *facts)
{
    uint64_t n = word(t, 0), seen = 0;
    if (!n || n > FUNCTIONS_MAX)
        return false;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t record = word(t, (unsigned)(2 + 2 * i));
        uint32_t name = elf_u32(t->v, t->at + record + t->pointer);
        struct str s = record && name ? elf_string(t->v, t->at + name, NAME_BYTES_MAX) : STR_NULL;
        if (!s.n && i == 0)
            return false;
        seen += s.n > 0;
        see_function(s, facts);
    }
    return seen > 0;
}

static bool look_table(const struct elf_view *v, uint64_t at, struct facts *facts)
{
    struct str head = elf_bytes(v, at, 8);
    if (head.n < 8 || head.p[4] || head.p[5] || (head.p[7] != 4 && head.p[7] != 8) || !strchr("\1\2\4", head.p[6]) || !head.p[6])
        return false;
    struct table t = {v, at, (unsigned)head.p[7]};
    switch (elf_u32(v, at)) {
    case 0xfffffffb:
        return look_records(&t, facts);
    case 0xfffffffa:
        return look_names(&t, word(&t, 2), word(&t, 3), facts);
    case 0xfffffff0:
    case 0xfffffff1:
        return look_names(&t, word(&t, 3), word(&t, 4), facts);
    default:
        return false;
    }
}

static bool look_go(const struct elf_view *v, struct facts *facts)
{
    for (uint32_t i = 0; i < v->usable_sections; i++) {
        struct elf_section s = elf_section(v, i);
        if (str_ends(elf_section_name(v, &s), STR(".gopclntab")) && look_table(v, s.offset, facts))
            return true;
    }
    if (!facts_has(facts, F_ELF_GO_VERSION) && v->n_sections)
        return false;
    /* Sections were removed, or lie: by the magic, which both orders of bytes share but for its place. */
    unsigned tries = 0;
    for (ptrdiff_t at = 0; tries < TRIES && (at = str_find(v->data, STR("\xff\xff\xff\0\0"), (size_t)at)) >= 0; at++, tries++)
        if (at > 0 && look_table(v, (uint64_t)at - 1, facts))
            return true;
    return false;
}

static size_t digits(struct str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.n && isdigit((unsigned char)s.p[at + n]))
        n++;
    return n;
}

/* NAME-1.2.3/: the name, empty when it is something else. */
static struct str crate(struct str s)
{
    for (size_t i = 1; i < s.n && i < CRATE_BYTES_MAX; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '-' && digits(s, i + 1) && i + 1 + digits(s, i + 1) < s.n && s.p[i + 1 + digits(s, i + 1)] == '.')
            return str_sub(s, 0, i);
        if (!isalnum(c) && c != '-' && c != '_')
            break;
    }
    return STR_NULL;
}

/* Paths of crates: …/registry/src/INDEX-HASH/NAME-VERSION/src/…; of the compiler's own library: /rustc/HASH/library/…. */
static bool look_rust(struct str s, struct facts *facts)
{
    bool found = str_has(s, STR("/rustc/")) && (str_has(s, STR("/library/std/src/")) || str_has(s, STR("/library/core/src/")) ||
                                                str_has(s, STR("/library/alloc/src/")));
    for (ptrdiff_t at = 0; (at = str_find(s, STR("/registry/src/"), (size_t)at)) >= 0; at++) {
        struct str rest = str_sub(s, (size_t)at + 14, (size_t)at + 14 + 256);
        const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
        struct str name = slash ? crate(str_sub(rest, (size_t)(slash - rest.p) + 1, rest.n)) : STR_NULL;
        const struct value *v = facts_get(facts, F_ELF_RUST_CRATES);
        if (name.n && isalpha((unsigned char)name.p[0]) && (v->type != VALUE_LIST || v->list.n < FACTS_LIST_MAX))
            (void)facts_add(facts, F_ELF_RUST_CRATES, name);
        found |= name.n > 0;
    }
    return found;
}

void elf_look_functions(const struct elf_view *v, struct facts *facts)
{
    if (look_go(v, facts) || facts_has(facts, F_ELF_GO_VERSION)) {
        facts_str(facts, F_ELF_LANGUAGE, STR("go"));
        return;
    }
    bool rust = false;
    uint64_t budget = v->data.n;
    for (uint32_t i = 0; i < v->usable_segments; i++) {
        struct elf_segment p = elf_segment(v, i);
        struct str data = elf_bytes(v, p.offset, p.filesz);
        if (p.type != ELF_P_LOAD || p.flags & ELF_P_X || data.n > budget)
            continue;
        budget -= data.n;
        rust |= look_rust(data, facts);
    }
    if (rust)
        facts_str(facts, F_ELF_LANGUAGE, STR("rust"));
}
