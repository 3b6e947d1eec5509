// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Pictures, sounds, documents and archives that have an end of their own, and what hides in them. Text that was spread over
 * the lowest bits of pixels is out of scope: it cannot be told from noise without the picture's original.
 */
#include "inspect/kind.h"

/*
 * Where content of that kind truly ends, by its own structure; 0 when it is truncated, damaged or of a kind
 * without such an end. Linear in the content.
 */
size_t media_end(enum file_kind kind, struct str data);

/* How a program's bytes were changed. */
enum scramble {
    SCRAMBLE_NONE,
    SCRAMBLE_XOR, /* with a key of 1 to MEDIA_KEY_MAX bytes */
    SCRAMBLE_ADD, /* a number to every byte */
    SCRAMBLE_ROL, /* every byte rotated left by so many bits */
    /* At the beginning of a content alone: */
    SCRAMBLE_GROWS,  /* XOR with key[0], which grows by key[1] with each byte */
    SCRAMBLE_CHAIN,  /* XOR with the scrambled byte before */
    SCRAMBLE_BEFORE, /* XOR with the plain byte before */
    SCRAMBLE_SKIPS,  /* XOR with one byte, but zeros and bytes that would become zero stay */
    SCRAMBLE_TURNS,  /* the last byte comes first */
};
enum {
    MEDIA_KEY_ANYWHERE = 8, /* bytes of a key that is found wherever it is: an ELF header has a run of eight zeros */
    MEDIA_KEY_MAX = 64,     /* of one that zeros show because they are the most of a program */
};

struct embedded {
    enum file_kind kind; /* ELF, PE or SCRIPT */
    enum scramble how;
    uint8_t key[MEDIA_KEY_MAX];
    unsigned n_key;
    size_t at;
};
/*
 * The next program in data at or after `from`: an ELF or PE header whose fields hold together, plain or scrambled, or a
 * script's first line XORed with one byte (a plain one may be quoted in a document). One pass for all keys: what stays equal
 * under each way of scrambling is compared, 16 places at a time. False at the end.
 */
bool media_find_program(struct str data, size_t from, struct embedded *ret);
/*
 * Whether the data as a whole is a scrambled program, in one of all these ways; plain ones are not told. `long_keys`: keys of more than
 * MEDIA_KEY_ANYWHERE bytes are looked for too, which costs a pass over the first kilobytes for each length.
 */
bool media_is_program(struct str data, bool long_keys, struct embedded *ret);
/* What stands behind e->at, `data`, with the scrambling taken away; `out` has room for as many bytes. */
void media_unscramble(const struct embedded *e, struct str data, uint8_t *out);

/* A part of a picture that is no picture. */
struct media_part {
    const char *how; /* comment, text, exif, chunk; static */
    struct str data;
    struct str name;  /* of a PNG chunk of no known type */
    bool is_deflated; /* behind its keyword stands a zlib stream */
};
/*
 * The next part at or after *at, which the caller starts at 0 and does not touch: comments and text of GIF, PNG and JPEG,
 * chunks of unknown type. False at the end. `data` lies in the content but for GIF comments, whose length bytes are in it.
 */
bool media_next_part(enum file_kind kind, struct str data, size_t *at, struct media_part *ret);
