// SPDX-License-Identifier: Apache-2.0
#include "inspect/content_digest.h"
#include "inspect/listed.h"
#include "inspect/system_file.h"

void content_digest_begin(struct inspection *in, uint64_t size)
{
    struct level *level = inspector_level(in->inspector, in->nest);
    in->is_digested = !in->nest && facts_has(in->facts, F_FILE_SHA256);
    sha256_reset(level->hash);
    const bool is_system = !in->nest && system_file_is(in->facts); /* compared with what packages recorded (owned.h) */
    for (int kind = 0; kind < DIGEST_SHA256; kind++) {
        in->wants[kind] = is_system || intel_wants(in->intel, (enum digest_kind)kind, size);
        if (!in->wants[kind])
            continue;
        if (level->others[kind])
            digest_reset(level->others[kind]);
        else
            level->others[kind] = digest_new((enum digest_kind)kind);
    }
}

void content_digest_add(struct inspection *in, struct str data, struct sha256 *beside)
{
    struct level *level = inspector_level(in->inspector, in->nest);
    if (!in->is_digested)
        sha256_add_beside(level->hash, data.p, data.n, beside);
    for (int kind = 0; kind < DIGEST_SHA256; kind++)
        if (in->wants[kind])
            digest_add(level->others[kind], data.p, data.n);
}

void content_digest_end(struct inspection *in)
{
    static const enum field_id fields[] = {F_FILE_MD5, F_FILE_SHA1};
    const struct level *level = inspector_level(in->inspector, in->nest);
    const struct intel *intel = in->intel;
    struct arena *arena = &in->facts->arena;
    struct intel_known known = {};
    uint8_t digest[DIGEST_BYTES_MAX];
    if (!in->is_digested) {
        sha256_end(level->hash, digest);
        facts_str(in->facts, F_FILE_SHA256, hex_encode(arena, digest, SHA256_BYTES));
    } else if (!hex_decode(facts_get_str(in->facts, F_FILE_SHA256), digest)) {
        return;
    }
    if (intel)
        intel_know(intel, DIGEST_SHA256, digest, in->read, &known);
    for (int kind = 0; kind < DIGEST_SHA256; kind++) {
        if (!in->wants[kind])
            continue;
        digest_end(level->others[kind], digest);
        facts_str(in->facts, fields[kind], hex_encode(arena, digest, digest_bytes((enum digest_kind)kind)));
        if (intel)
            intel_know(intel, (enum digest_kind)kind, digest, in->read, &known);
    }
    if (!intel)
        return;
    intel_known_add(&known, &in->parts);
    listed_file(in->facts, &known);
}

void content_digest_part(struct inspection *in, struct str data, struct str via)
{
    const struct intel *intel = in->intel;
    struct intel_known known = {};
    for (int kind = 0; kind < DIGEST__N; kind++) {
        uint8_t digest[DIGEST_BYTES_MAX];
        if (!intel_wants(intel, (enum digest_kind)kind, data.n))
            continue;
        digest_once((enum digest_kind)kind, data.p, data.n, digest);
        intel_know(intel, (enum digest_kind)kind, digest, data.n, &known);
    }
    for (size_t i = 0; i < known.n && !known.allowed; i++)
        facts_note(in->facts, &(struct note){.field = F_FILE_LISTED_NAMES, .value = known.v[i].name, .via = via});
    intel_known_add(&in->parts, &known);
}
