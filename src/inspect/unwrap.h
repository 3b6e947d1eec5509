// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Decoders of the unwrap analyzer. */
#include "base/strbuf.h"
#include "inspect/kind.h"

/*
 * Whether decoded bytes are worth a look: text (UTF-8 without control characters) or the beginning of
 * something known. Pictures are known and left out: data URIs are full of them. Keys, certificates, hashes
 * are noise here.
 */
bool unwrap_is_worth(struct str decoded);
/*
 * Unpacks gzip, bzip2, xz, zstd, lz4 (every member) into `out` up to `room` bytes. True when something came
 * out; *ret_more when there was more than room.
 */
bool unwrap_inflate(enum file_kind kind, struct str packed, size_t room, struct strbuf *out, bool *ret_more);
/* A zlib stream at the start of the bytes, as Python's zlib.compress() makes them. */
bool unwrap_is_zlib(struct str s);
/* *out becomes what it unpacks to, `room` bytes at most; false when fewer than 8 bytes come out. */
bool unwrap_zlib(struct str packed, size_t room, struct strbuf *out);
/* The same of a bare deflate stream, as PHP's gzdeflate() makes them; nothing tells such a stream from noise but its end. */
bool unwrap_deflate(struct str packed, size_t room, struct strbuf *out);

/* The runs of text that decoders take: each call looks from *at on, gives the next run and moves *at behind
 * it. */
struct unwrap_run {
    struct str encoded;
    bool is_reversed; /* base64 with its padding in front */
};
bool unwrap_next_base64(struct str text, bool reversed_too, size_t *at, struct unwrap_run *ret);
/* Base32: capital letters and 2 to 7. Other text has such runs too, so only where something names the encoding. */
bool unwrap_next_base32(struct str text, size_t *at, struct unwrap_run *ret);
bool unwrap_next_hex(struct str text, size_t *at, struct unwrap_run *ret);
bool unwrap_next_escapes(struct str text, size_t *at, struct unwrap_run *ret);
bool unwrap_next_percent(struct str text, size_t *at, struct unwrap_run *ret);
/* Decode one run; false when it is noise (told from its first bytes, before the rest is decoded). */
bool unwrap_base64(const struct unwrap_run *run, struct strbuf *out);
/* Whatever comes out, noise or not. */
void unwrap_base64_any(const struct unwrap_run *run, struct strbuf *out);
bool unwrap_base32(const struct unwrap_run *run, struct strbuf *out);
bool unwrap_hex(const struct unwrap_run *run, struct strbuf *out);
bool unwrap_escapes(const struct unwrap_run *run, struct strbuf *out);
bool unwrap_percent(const struct unwrap_run *run, struct strbuf *out);
