// SPDX-License-Identifier: Apache-2.0
/*
 * Go build information, as the format is described in Go's debug/buildinfo package: a magic of 14 bytes,
 * aligned to 16, in writable data, then pointer size and flags. Since Go 1.18 the strings follow inline
 * behind a length; before, two pointers lead to string headers.
 */
#include <stdio.h>

#include "inspect/elf_view.h"

enum {
    GO_ALIGN = 16,
    GO_HEADER = 32,
    GO_POINTERS_BIG = 1, /* flag: pointers are big endian */
    GO_INLINE = 2,       /* flag: strings follow inline */
    GO_SENTINEL = 16,    /* bytes around the module list */
    GO_TRIES = 16,       /* places with the magic that are tried */
    GO_LINES = 4096,
};

static const struct str MAGIC = {"\xff Go buildinf:", 14};

static struct str inline_string(const struct elf_view *v, uint64_t *at)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        struct str b = elf_bytes(v, (*at)++, 1);
        if (!b.n)
            return STR_NULL;
        n |= (uint64_t)((uint8_t)b.p[0] & 0x7f) << shift;
        if (!((uint8_t)b.p[0] & 0x80))
            break;
    }
    struct str s = elf_bytes(v, *at, n);
    *at += s.n;
    return s.n == n ? s : STR_NULL;
}

static uint64_t pointer(const struct elf_view *v, uint64_t at, unsigned size, bool big)
{
    struct elf_view turned = *v;
    turned.is_big = big;
    return size == 8 ? elf_u64(&turned, at) : elf_u32(&turned, at);
}

/* The string behind a pointer to a Go string header {pointer, length}. */
static struct str pointed_string(const struct elf_view *v, uint64_t at, unsigned size, bool big)
{
    uint64_t header, text;
    if (!elf_offset(v, pointer(v, at, size, big), &header) ||
        !elf_offset(v, pointer(v, header, size, big), &text))
        return STR_NULL;
    uint64_t n = pointer(v, header + size, size, big);
    struct str s = elf_bytes(v, text, n);
    return s.n == n ? s : STR_NULL;
}

/* A module with its version, as `package.list` writes it; the program's own often has none. */
static void look_module(struct str word, struct str path, struct str rest, struct facts *facts)
{
    char text[512];
    struct str version;
    facts_add(facts, F_ELF_GO_MODULES, path);
    facts_add(facts, F_PACKAGE_NAMES, path);
    if (!str_split(&rest, '\t', &version) || str_is(version, "(devel)"))
        version = STR("");
    int n = snprintf(text, sizeof(text), "%.*s%s%.*s", STR_ARG(path), version.n ? " " : "", STR_ARG(version));
    if (n <= 0 || (size_t)n >= sizeof(text) || memchr(path.p, ' ', path.n) || str_is(word, "=>"))
        return; /* what replaces a module stands beside it, and is often a folder */
    facts_str(facts, F_PACKAGE_ECOSYSTEM, STR("golang"));
    facts_add(facts, F_PACKAGE_LIST, str_n(text, (size_t)n));
}

static void look_modules(struct str list, struct facts *facts)
{
    struct str line;
    for (unsigned i = 0; i < GO_LINES && str_split(&list, '\n', &line); i++) {
        struct str word, path;
        if (!str_split(&line, '\t', &word) || !str_split(&line, '\t', &path) || !path.n)
            continue;
        if (str_is(word, "path"))
            facts_str(facts, F_ELF_GO_PATH, path);
        else if (str_is(word, "mod") || str_is(word, "dep") || str_is(word, "=>"))
            look_module(word, path, line, facts);
    }
}

static bool look_at(const struct elf_view *v, uint64_t at, struct facts *facts)
{
    struct str header = elf_bytes(v, at, GO_HEADER), version, modules;
    if (header.n < GO_HEADER)
        return false;
    unsigned size = (uint8_t)header.p[14], flags = (uint8_t)header.p[15];
    if (flags & GO_INLINE) {
        uint64_t text = at + GO_HEADER;
        version = inline_string(v, &text);
        modules = inline_string(v, &text);
    } else {
        if (size != 4 && size != 8)
            return false;
        version = pointed_string(v, at + 16, size, flags & GO_POINTERS_BIG);
        modules = pointed_string(v, at + 16 + size, size, flags & GO_POINTERS_BIG);
    }
    if (version.n > 256 || (!str_starts(version, STR("go")) && !str_starts(version, STR("devel"))))
        return false;
    facts_str(facts, F_ELF_GO_VERSION, version);
    if (modules.n >= 2 * GO_SENTINEL + 1 && modules.p[modules.n - GO_SENTINEL - 1] == '\n')
        look_modules(str_sub(modules, GO_SENTINEL, modules.n - GO_SENTINEL), facts);
    return true;
}

void elf_look_go(const struct elf_view *v, struct facts *facts)
{
    uint64_t budget = v->data.n;
    unsigned tries = 0;
    for (uint32_t i = 0; i < v->usable_segments; i++) {
        struct elf_segment p = elf_segment(v, i);
        if (p.type != ELF_P_LOAD || !(p.flags & ELF_P_W))
            continue;
        struct str data = elf_bytes(v, p.offset, p.filesz);
        if (data.n > budget)
            return;
        budget -= data.n;
        for (ptrdiff_t at = 0; tries < GO_TRIES && (at = str_find(data, MAGIC, (size_t)at)) >= 0;
             at++, tries++)
            if ((p.offset + (uint64_t)at) % GO_ALIGN == 0 && look_at(v, p.offset + (uint64_t)at, facts))
                return;
    }
}
