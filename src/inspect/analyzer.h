// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The contract of an analyzer. One analyzer knows one subject and lives in one file, src/inspect/<name>.c;
 * the list is inspect/analyzer.def. For each window of content the inspector calls every analyzer whose
 * `wants` agrees, in the order of the list. Analyzers state facts through facts_*(), never allocate without a
 * bound, and take no time that is not linear in the window.
 */
#include "inspect/inspect.h"

/* What the content is, told by its first bytes (inspect/kind.h). */
enum file_kind {
#define FILE_KIND(id, name, extensions) KIND_##id,
#include "inspect/kind.def"
#undef FILE_KIND
    KIND__N,
};

struct inspection; /* the running look at one file: budget of unwrapping, facts, per-file state */

/* One window of a file's content, or one unwrapped text. */
struct content {
    struct inspection *look; /* that it is shown in */
    struct str data;     /* the bytes of this window */
    uint64_t offset;     /* of the window in the content */
    uint64_t size;       /* of the whole content, 0 while not known */
    bool first, last;    /* window: a small file is one window that is both */
    enum file_kind kind; /* of the whole content, from its first window */
    bool is_text;
    struct str path;          /* file.path */
    struct str place;         /* where it would lie: the path, of a member of an archive the path once unpacked */
    struct str via;           /* encodings between the file and this content; empty for the file itself */
    unsigned depth;           /* number of encodings */
    const char *language;     /* of unwrapped code, as script.interpreter names it, "html" of a page; NULL where nobody said so */
    struct line_cache *lines; /* the inspector's; content_line() only */
};

struct patterns;
struct line_cache; /* the last line that was counted, so that counting goes on from there */

struct analyzer {
    const char *name;
    /* Makes the state shared by all files (compiled rules, databases); *ret may be NULL. May be NULL: no
     * state. */
    int (*init)(const struct inspect_options *options, void **ret, struct error *err);
    void (*done)(void *state);
    /*
     * Asks for strings in the pass that all share (inspect/patterns.h); NULL: none. It is called once, after init. The
     * pass runs before the first analyzer with a `subscribe` looks: they stand together in analyzer.def, and only the last
     * of them unwraps, since what it unwraps has a pass of its own.
     */
    void (*subscribe)(void *state, struct patterns *patterns);
    /* Whether this content is worth the call; NULL: always. */
    bool (*wants)(const struct content *c);
    /* Looks at one window; 0 or a negative code of our own failure (never for bad content). */
    int (*look)(void *state, struct inspection *in, const struct content *c, struct facts *facts);
    /* Adds to the counts of loaded rules; NULL: none are loaded. */
    void (*info)(const void *state, struct inspector_info *info);
    /*
     * Also looks at the bytes of an archive whose members were all looked at by themselves; the others see such content
     * without data.
     */
    bool wants_packed;
};

#define ANALYZER(name) extern const struct analyzer analyzer_##name;
#include "inspect/analyzer.def"
#undef ANALYZER

/*
 * Hands an unwrapped content (decoded base64, the tail of a picture, …) back to the inspector, which looks at
 * it with all analyzers under `via` + ">" + `how`; members of an archive become events of their own. Refused silently (and counted) beyond depth
 * INSPECT_DEPTH_MAX or the budget INSPECT_UNWRAP_BYTES per file; the caller need not check. The bytes must
 * stay valid during the call.
 */
void inspection_unwrap(struct inspection *in, const struct content *parent, const char *how, struct str data);
/* The same of code whose language is known: a page has code of the browser and of the server. */
void inspection_unwrap_code(struct inspection *in, const struct content *parent, const char *how, struct str data, const char *language);
/* Bytes that may still be unwrapped below `parent`, 0 at the depth limit: decoders bound their output by it.
 */
size_t inspection_room(const struct inspection *in, const struct content *parent);
/* Counts content that a decoder could not hand over for want of room, in unwrap.refused. */
void inspection_refuse(struct inspection *in);
/* Machine that foreign programs are told from, in terms of elf.machine; NULL when nobody asked. */
const char *inspection_machine(const struct inspection *in);
enum {
    INSPECT_DEPTH_MAX = 8,
    INSPECT_UNWRAP_BYTES = 32 << 20,
    INSPECT_UNWRAP_CONTENTS = 512, /* contents per file: each costs the start-up of every analyzer */
};

/* Adds a list element and, when it is new, a note with place and a safe one-line excerpt around [from, to) of
 * c->data. */
void inspection_see(struct facts *facts, enum field_id field, struct str value, const struct content *c,
                    size_t from, size_t to);
/* The note alone, for one more place of a value that is in the list already. */
void inspection_note(struct facts *facts, enum field_id field, struct str value, const struct content *c,
                     size_t from, size_t to);
/* Line (from 1) and column of an offset in the window; for windows after the first, and content that
 * is no text, both are 0. Calls with rising offsets cost no more than the bytes between them. */
void content_line(const struct content *c, size_t offset, uint32_t *ret_line, uint32_t *ret_column);
