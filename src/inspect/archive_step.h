// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The running walk through one archive: what the readers of its formats share. Inside the room only. */
#include "inspect/archive_member.h"
#include "inspect/archive_walk.h"

/* One archive on its way through a reader. */
struct walk {
    struct inspection *in;     /* of the content that the archive is or lies in */
    const struct content *c;   /* NULL: it streams */
    struct feed *feed;         /* where the rest comes from when it streams */
    struct str begin;          /* its first piece; all of it when it is held whole */
    bool has_begun;            /* the first piece was handed out */
    struct codec_state *codec; /* of a compressed file */
    uint8_t *out;              /* what it unpacks into */
    struct str ahead;          /* unpacked and not handed out yet */
    uint64_t codec_problems;
    bool is_rpm;
    struct archive *a;
    struct archive_entry *entry;
    struct squash *squash;     /* in place of the two */
    struct strbuf kind;        /* archive.kind */
    struct member member;      /* at hand */
    uint64_t holes;            /* zeros still to be given for a hole of the member */
    struct str piece;          /* of the member, behind the hole */
    uint64_t at;               /* bytes of the member given or passed over so far */
    bool is_sparse;            /* the archive says where the member has holes */
    uint64_t zeros, passed_over; /* bytes of its holes, given and not */
    bool is_damaged;           /* the member at hand could not be read to its end */
    bool is_complete;
};

/* Facts of the file that the archive is, or lies in. */
struct facts *walk_summary(const struct walk *w);
/* A member, or what may have been some, was not looked at; `why` as archive.problems has it, NULL: that was told. */
void walk_refuse(struct walk *w, const char *why);
/* What of the budget ran out, NULL while there is enough. */
const char *walk_spent(struct budget *b);
/* Whether so much came out of so little that only an attack explains it. */
bool walk_is_bomb(const struct budget *b);
/* States archive.kind. */
void walk_set_kind(struct walk *w, enum file_kind kind, const char *packer);
/* The archive's own bytes, piece by piece: 0, 1 at the end, negative. `ctx` is the walk. */
int walk_next_stored(void *ctx, const uint8_t **ret, size_t *ret_n);
/* One more member; false, and it is refused, when nothing is left to look at it with. */
bool walk_counts(struct walk *w);
/* Looks at a member as an index describes it; one that cannot be read to its end is refused. */
void walk_look_at(struct walk *w, struct member m, int (*read)(void *ctx, const uint8_t **, size_t *), void *ctx);

/* Formats with an index of their own (archive_index.c): true when all of it was read. */
bool walk_squash(struct walk *w, struct str data);
bool walk_asar(struct walk *w, struct str data);
struct phar;
/* One of PHP's (archive_phar.c): what is left of it. */
void walk_phar(struct walk *w, struct phar *p);
