// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The running look at one content: what inspect.c and the archive reader share. Inside the room only; analyzers see
 * inspect/analyzer.h.
 */
#include "base/digest.h"
#include "base/entropy.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "inspect/kind.h"
#include "intel/intel.h"

/* The last line that was counted, so that counting goes on from there. */
enum { LINE_MARKS = 64 };

struct line_cache {
    size_t offset; /* of the window, up to where newlines were counted */
    size_t lines;  /* newlines before it */
    size_t start;  /* offset of the first byte of that line */
    unsigned n;    /* the last mark that is known */
    uint32_t marks[LINE_MARKS]; /* newlines before places that are equally far apart: places are asked for in any order */
};

/* What one step of nesting needs: 0 is the file itself, 1 a member of it, and so on. Kept for the next file. */
struct level {
    struct strbuf buffer; /* the window */
    struct sha256 *hash;
    struct digest *others[DIGEST__N]; /* MD5 and SHA-1, once a list asked for them */
    struct facts facts; /* of a member; level 0 has the caller's */
};

/* What one file may cost together with all that is packed in it. */
struct budget {
    uint64_t packed;     /* bytes of the file itself so far */
    uint64_t unpacked;   /* bytes that came out of it so far, at every depth */
    uint64_t members;    /* looked at so far */
    uint64_t cpu_end_ns; /* processor time of this thread at which looking at members ends */
    const char *spent;   /* the word of archive.problems for what ran out; NULL while there is enough */
    struct arena arena;
    struct map archives; /* SHA-256 of the archives within it that were looked at */
};

enum { SEEN_MAX = 1024 }; /* unwrapped contents remembered per event, so that the same one is not looked at twice */

struct inspection {
    struct inspector *inspector;
    struct facts *facts;
    const struct content_source *sink; /* whose member() takes members; NULL: nobody does */
    struct budget *budget;
    const struct intel *intel; /* NULL: no lists */
    unsigned nest;    /* of this content: index of its level */
    struct str place; /* where it lies once unpacked */
    size_t window, overlap;
    struct histogram histogram; /* of the whole content so far, unless nobody asks for its entropy */
    uint64_t read;              /* bytes hashed so far */
    uint64_t left_out;          /* bytes of it that the source did not give */
    bool is_digested;           /* its SHA-256 was stated beforehand */
    bool wants[DIGEST__N];      /* digests beside SHA-256 that a list can name this content by */
    struct intel_known parts;   /* what lists say of contents unwrapped from it */
    uint64_t window_offset;     /* of the next window */
    enum file_kind kind;
    bool is_text;
    bool is_unpacked;        /* so far, everything in this streaming archive was given to members */
    int error;               /* first failure of an analyzer or of the sink */
    size_t unwrapped;        /* bytes of the budget for encodings that are spent */
    unsigned n_unwrapped;    /* contents looked at */
    unsigned n_seen;
    uint64_t seen[SEEN_MAX]; /* hashes of unwrapped contents, 0 = free */
};

/* The content of one level on its way from the source into the buffer, window by window. */
struct feed {
    struct inspection *in;
    const struct content_source *source;
    size_t old;      /* bytes at the front of the buffer that the last window held too */
    struct str next; /* read and not yet in the buffer */
    int result;      /* 0 while more may come, 1 at the end, negative when the rest cannot be read */
};

/* Takes the next piece into the buffer and gives it, valid until the next call; else feed.result. */
int feed_more(struct feed *f, struct str *ret);
/* What is in the buffer; nothing was looked at yet when this is asked before the first feed_more(). */
struct str feed_held(const struct feed *f);

/* The level, ready for use; nest <= INSPECT_DEPTH_MAX. */
struct level *inspector_level(struct inspector *in, unsigned nest);
/* Looks at a member as an event of its own: `in` says where it stands, its facts already hold path and size. */
int inspection_member(struct inspection *in, const struct content_source *source);
