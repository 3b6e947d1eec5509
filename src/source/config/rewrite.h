// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a file holds that was written anew or that replaced another, as facts for rules about those who encrypt for a ransom: how even its
 * bytes are, and whether its format is one of encrypted content.
 */
#include "base/str.h"

enum {
    REWRITE_BYTES = 4096, /* of a piece; the first is the file's beginning */
    REWRITE_LEAST = 512,  /* fewer tell nothing */
    REWRITE_WINDOW = 1024, /* of later pieces: encryptors that leave parts of a file as they are take blocks of this size or larger */
    REWRITE_NEXT = 16,    /* pieces behind the beginning of a text, one after another */
    REWRITE_FAR = 16,     /* and behind these, spread evenly over the rest */
};

struct rewrite_fact {
    double entropy; /* bits per byte */
    bool is_random; /* as even as random bytes are, and no beginning of a known format that holds compressed data; or `format` is there */
    bool is_text;   /* text of any encoding: what follows can be told from it */
    bool is_7z;     /* the file's end says whether it is encrypted */
    const char *format; /* of encrypted content, as rewrite.format has it; NULL: none */
};
/* The file's beginning, REWRITE_BYTES or all of it. False: there are too few bytes. */
bool rewrite_look(struct str bytes, struct rewrite_fact *ret);
/* A later piece of what began as a text: whether a part of it is random. */
bool rewrite_is_random_piece(struct str bytes);
/* The end of an archive of 7z: whether it names the encryption. */
bool rewrite_is_7z_encrypted(struct str end);
