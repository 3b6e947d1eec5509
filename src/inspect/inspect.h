// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a file is: analyzers look at bytes and state facts (fields and notes). They never judge.
 *
 *     struct inspector *in;
 *     inspector_new(&options, &in, &err);                    loads YARA rules, secret rules; one per thread
 *     inspector_file(in, &source, facts);                    facts already hold file.path, file.size and the like
 */
#include "base/cache.h"
#include "base/error.h"
#include "event/facts.h"

/* Where the content comes from, and where the members of archives in it go. */
struct content_source {
    void *ctx;
    /* Called until it returns non-zero: 0 and a piece (valid until the next call), 1 at the end, negative when the rest
     * cannot be read. */
    int (*read)(void *ctx, const uint8_t **ret, size_t *ret_n);
    /*
     * Takes a member of an archive in the content, with all that was found in it, as a file event of its own: file.path is
     * "archive!member", file.container the file's path, image.*, layer.* and file.origin are the file's. Called in the
     * order the members stand in, those of an inner archive before that archive's own event, all before inspector_file()
     * returns with the facts of the file. `member` is valid and may be changed during the call; it must not be kept. 0, or
     * negative to end the look (which inspector_file() then returns). NULL: members are not looked at and counted in
     * archive.refused.
     */
    int (*member)(void *ctx, struct facts *member);
    /*
     * Asks, before the first read(), that pieces stay valid until release() and follow one another in memory where they can,
     * so that nobody copies them: true when there is room for n bytes. NULL: never.
     */
    bool (*hold)(void *ctx, uint64_t n);
    void (*release)(void *ctx);
    /*
     * Asked at the end: bytes of the file that read() left out where it should have stood, such as holes of sparse files.
     * What lacks any is not the file, so that no digest is told of it. NULL: none.
     */
    uint64_t (*left_out)(void *ctx);
    struct sha256 *beside; /* a digest that waits for ours to come along (base/digest.h); may be NULL */
};

struct intel;
struct inspect_options {
    const char *const *yara_paths;   /* files or folders of YARA rules, NULL-terminated; may be NULL */
    const char *const *yara_defines; /* NAME=VALUE of external variables of YARA rules, NULL-terminated; may be NULL */
    size_t yara_own;                 /* how many of them, from the first, are Davy's own: files */
    const char *const *secret_paths; /* files in gitleaks' format, NULL-terminated; may be NULL */
    size_t secret_own;               /* how many of them, from the first, are Davy's own: no comment in a file silences these */
    int secret_decode_depth;         /* decoding passes of the search for secrets; 0: the default, negative: none */
    const char *const *sign_paths;   /* lists of strings that miners, browser miners and flooders carry (inspect/signs.h) */
    const char *const *shape_paths;  /* shapes of known scripts (inspect/shape.h), NULL-terminated; may be NULL */
    const char *machine;             /* elf.machine of the image or host, for elf.is_foreign; NULL: not asked */
    size_t window_bytes;             /* 0: INSPECT_WINDOW_BYTES */
    const char *const *only;         /* names of the analyzers to run, NULL-terminated; NULL: all */
    const struct intel *intel;       /* lists of digests and names, sealed; NULL: none. Must outlive the inspector */
    struct cache *cache;             /* where compiled rules are kept between runs; NULL: nowhere */
    unsigned yara_seconds;           /* that libyara may spend on one content; 0: its default */
    bool no_entropy;                 /* leave file.entropy out: nobody asks for it, and counting every byte costs */
};

enum {
    INSPECT_WINDOW_BYTES = 64 << 20,  /* content up to this size is looked at whole; larger in windows */
    INSPECT_OVERLAP_BYTES = 64 << 10, /* two windows share this much, so that nothing shorter is cut in two */
    INSPECT_MEMBERS_HELD = 64 << 20,  /* of members at every depth together, beside the window of the file itself */
};

struct inspector;
/* -EINVAL with file, line and cure when a rule file is wrong. */
int inspector_new(const struct inspect_options *options, struct inspector **ret, struct error *err);
struct inspector *inspector_free(struct inspector *in);
DEFINE_CLEANUP(struct inspector *, inspector_free)
/* Changes the machine that foreign programs are told from. */
void inspector_set_machine(struct inspector *in, const char *machine);
/* Counts of loaded rules, for reports. */
struct inspector_info {
    size_t yara_rules, secret_rules, signs;
    const struct str *warnings; /* what the loaders could live with, each with its place; the inspector's */
    size_t n_warnings;
    const struct str *yara_left_out; /* files of folders of YARA rules that libyara refuses, each with place and reason */
    size_t n_yara_left_out;
};
/* How many rules of each kind were loaded. */
struct inspector_info inspector_info(const struct inspector *in);
/*
 * Reads the content to its end, sets file.sha256 (and other digests where a list asks for them), file.kind and whatever the analyzers find. `facts` must already hold
 * file.path (analyzers of persistence go by it); where they hold file.sha256 too, that of this content, it is not digested again. Returns 0; 1 when the content could not be read to its end (what was
 * read has been looked at, file.partial is set, and file.holes where bytes were left out); negative on failures of our own.
 */
int inspector_file(struct inspector *in, const struct content_source *source, struct facts *facts);
/* The same for bytes in memory; nobody takes members. */
int inspector_bytes(struct inspector *in, struct str content, struct facts *facts);
/* The same with somebody who takes members: of the source only ctx and member are used. */
int inspector_held(struct inspector *in, struct str content, const struct content_source *sink, struct facts *facts);
/*
 * Looks at a text that is no file, such as a command line: states what the analyzers find in it and nothing of file.*.
 * A secret in the text is taken out of all that the facts hold, the text itself among it.
 */
int inspector_text(struct inspector *in, struct str text, struct facts *facts);
/* A digest of the analyzers' sources, in hex: what others told of a content is not what these would tell. */
const char *inspector_sources(void);
