// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A checked view of an ELF file: header, segments and sections of either class and byte order. Our own
 * reader, because what matters most here (packed, section-less, truncated and deliberately damaged programs)
 * is what libelf refuses to open. Every read is bounded by the bytes in hand; nothing is trusted and nothing
 * is copied.
 */
#include "inspect/analyzer.h"

enum {
    ELF_SEGMENTS_MAX = 1024, /* segments looked at; programs have about ten */
    ELF_SECTIONS_MAX =
        65536, /* sections looked at; objects built with one section per function have thousands */
};

enum elf_type { ELF_T_REL = 1, ELF_T_EXEC = 2, ELF_T_DYN = 3, ELF_T_CORE = 4 };
enum elf_segment_type { ELF_P_LOAD = 1, ELF_P_DYNAMIC = 2, ELF_P_INTERP = 3, ELF_P_NOTE = 4 };
enum elf_segment_flags { ELF_P_X = 1, ELF_P_W = 2, ELF_P_R = 4 };
enum elf_section_type { ELF_S_SYMTAB = 2, ELF_S_NOTE = 7, ELF_S_NOBITS = 8, ELF_S_DYNSYM = 11 };

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, filesz, memsz;
};

struct elf_section {
    uint32_t name, type, link;
    uint64_t flags, addr, offset, size, entsize;
};

struct elf_view {
    struct str data; /* of the file, as far as it is in hand */
    bool is_whole;   /* data is the whole file: what lies beyond does not exist */
    bool is64, is_big;
    uint16_t type, machine, phentsize, shentsize;
    uint64_t entry, phoff, shoff;
    uint32_t n_segments, n_sections, shstrndx; /* as the header counts them, extended numbering resolved */
    uint32_t usable_segments, usable_sections; /* that lie inside data and under our limits */
};

/* False when the identification or the header itself cannot be read. Damaged tables are stated in
 * elf.problems. */
bool elf_open(const struct content *c, struct elf_view *ret, struct facts *facts);
/* Where a program ends by the table that linkers put last, the one of its sections; 0 for what is no program or has none. */
uint64_t elf_table_end(struct str data);
/* Segment i < usable_segments, section i < usable_sections. */
struct elf_segment elf_segment(const struct elf_view *v, uint32_t i);
struct elf_section elf_section(const struct elf_view *v, uint32_t i);
/* Numbers in the file's byte order; 0 outside the data. `elf_word` is as wide as an address. */
uint16_t elf_u16(const struct elf_view *v, uint64_t at);
uint32_t elf_u32(const struct elf_view *v, uint64_t at);
uint64_t elf_u64(const struct elf_view *v, uint64_t at);
uint64_t elf_word(const struct elf_view *v, uint64_t at);
/* The part [at, at + size) that is in hand; empty when none of it is. */
struct str elf_bytes(const struct elf_view *v, uint64_t at, uint64_t size);
/* The NUL-terminated string at `at`, of at most `max` bytes; empty when it does not end. */
struct str elf_string(const struct elf_view *v, uint64_t at, size_t max);
struct str elf_section_name(const struct elf_view *v, const struct elf_section *s);
/* File offset behind an address by the loadable segments; false when none holds it. */
bool elf_offset(const struct elf_view *v, uint64_t vaddr, uint64_t *ret);

/* What the parts of the analyzer find out and others of them need. */
struct elf_summary {
    bool has_interpreter, has_dynamic, is_pie_flagged, has_soname;
    size_t n_needed;
    uint64_t n_imports;
    bool is_program; /* exec or pie */
    unsigned n_loads;
    bool is_rwx, is_inflating, entry_in_last;
    double entropy_exec; /* of executable segments */
    double entropy_most; /* of the loadable segment with most bytes in the file */
    uint64_t most_bytes; /* in that segment */
    uint64_t overlay;    /* bytes */
    double overlay_entropy;
};

/* elf_dynamic.c: interpreter, needed, soname, imports, exports. */
void elf_look_dynamic(const struct elf_view *v, struct elf_summary *s, struct facts *facts);
/* elf_segments.c: entropy, permissions, growth, what lies after the described end. */
void elf_look_segments(const struct elf_view *v, const struct content *c, struct elf_summary *s,
                       struct facts *facts);
/* elf_go.c: the build information of the Go linker. */
void elf_look_go(const struct elf_view *v, struct facts *facts);
/* elf_functions.c: functions of Go programs, crates of Rust programs, the language that either shows. */
void elf_look_functions(const struct elf_view *v, struct facts *facts);
/* elf_packer.c: names the packer by its structure, lists the signs of packing. */
void elf_look_packer(const struct elf_view *v, const struct elf_summary *s, struct facts *facts);
