// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Notes of layers and of single files for a scan: what was told of them under the same rules for content is told again; the
 * layer is not read, the file not looked at. Rules for behaviour judge it anew, so they may change.
 */
#include "base/digest.h"
#include "cmd/scan.h"

struct scan_notes;

/* Everything that facts about content depend on beside the content, in the arena; empty when it cannot be told. */
struct str scan_content_identity(struct arena *a, const struct inspect_options *options);
/*
 * Notes go by the digest of everything that facts about content depend on: the rule files of `options`, this version.
 * NULL when nothing can be kept here (no place for a cache, rules that take in files which the digest does not cover):
 * nobody asked for it, so nobody is told.
 */
struct scan_notes *scan_notes_new(const struct inspect_options *options, uint64_t now_ns);
struct scan_notes *scan_notes_free(struct scan_notes *n);
/* Whether notes of the layer are there. */
bool scan_notes_has(struct scan_notes *n, struct str digest, struct str machine);
/* As struct worker_sink wants them, with those of files below; ctx is the struct scan. */
int scan_notes_known(void *ctx, struct str digest, struct str machine);
void scan_notes_note(void *ctx, struct str piece);
void scan_notes_learned(void *ctx, struct str digest, struct str machine, struct str head);
bool scan_notes_is_sealed(void *ctx, struct str digest, struct str seal);
void scan_notes_sealed(void *ctx, struct str digest, struct str seal);
/* Whether notes of any single file are there, those of earlier targets among them. The first call opens them. */
bool scan_notes_has_files(struct scan_notes *n);
bool scan_notes_file_known(void *ctx, const uint8_t key[SHA256_BYTES], struct str *ret);
bool scan_notes_file_kept(void *ctx, const uint8_t key[SHA256_BYTES]);
void scan_notes_file_learned(void *ctx, const uint8_t key[SHA256_BYTES], struct str notes, bool replaces);
