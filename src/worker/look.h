// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The look at the content of one entry: read, digested where it may be known or given away, told from its note, handed over, let flow,
 * or looked at here. The walk (walk.c) tells which entry, and owns everything. Inside the room only.
 */
#include "base/digest.h"
#include "base/strbuf.h"
#include "inspect/account.h"
#include "worker/known_layer.h"
#include "worker/walk.h"

struct look {
    const struct walk_options *o;
    const struct outlet *out;
    struct inspector *inspector;
    struct worker_counts *counts;
    struct image *img;
    const struct image_info *info;
    struct str ref; /* of the image; empty for what is none */
    const char *origin;
    struct str *created_by; /* per layer, without secrets */
    struct known_layer *known; /* per layer; NULL: nothing is noted or known */
    struct str machine;        /* that facts about programs depend on */
    struct sha256 *hash;       /* of content that may be known or given away; NULL: none is */
    bool knows_files;
    uint32_t layer;            /* of the last entry */
    struct strbuf note;
    struct accounts *accounts;
    struct arena arena; /* as long as the walk */
    struct facts facts;
    uint64_t item;
    struct error why; /* of content that could not be read */
    struct strbuf aside;
    struct strbuf head; /* the first pieces of large content */
    struct strbuf members; /* what is noted of them */
    const struct image_entry *entry; /* whose content is looked at */
    bool keep; /* the content in `aside`, because it defines accounts */
};

/* Facts of an entry anew: what is known before its content is read. */
void look_begin_facts(struct look *l, const struct image_entry *e);
/* content_source.read over the current entry; ctx is the look. */
int look_read(void *ctx, const uint8_t **ret, size_t *ret_n);
/* The entry's content, with facts begun: 0 when they are complete, 1 when somebody else looks at it and tells the event, negative. */
int look_at_content(struct look *l, const struct image_entry *e);
