// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cmd/common.h"
#include "cmd/rule_files.h"
#include "cmd/scan_notes.h"
#include "config.h"
#include "event/facts_codec.h"
#include "intel/intel.h"
#include "store/file_notes.h"
#include "store/notes_store.h"
#include "worker/worker.h"

enum { RULE_FILE_MAX = 256 << 20 };

struct scan_notes {
    struct notes_store *store;
    struct file_notes *files; /* NULL: not opened, or of no use */
    bool was_opened;          /* or it was tried */
    uint64_t now_s;
    struct str identity;
    struct sha256 *hash; /* of keys: of each file one or two */
    struct arena arena;
};

/*
 * Adds a rule file, or those below a folder, to the digest. False when a file takes in others, which the digest does not
 * cover.
 */
static bool add_rule_file(struct sha256 *h, const char *path)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct stat st;
    if (stat(path, &st) < 0)
        return false;
    if (S_ISDIR(st.st_mode)) {
        _cleanup_(arena_done) struct arena names = {};
        bool good = true;
        for (const char **f = rule_files_in(&names, path, "", ""); good && *f; f++)
            good = add_rule_file(h, *f);
        return good;
    }
    if (file_read(path, RULE_FILE_MAX, &text, NULL) < 0)
        return false;
    uint64_t n = text.n;
    sha256_add(h, &n, sizeof(n));
    sha256_add(h, text.p, text.n);
    return !str_has(strbuf_str(&text), STR("include \"")) && !str_has(strbuf_str(&text), STR("[extend"));
}

struct str scan_content_identity(struct arena *a, const struct inspect_options *o)
{
    const char *const *const LISTS[] = {o->yara_paths, o->secret_paths, o->sign_paths, o->shape_paths};
    struct sha256 *h = sha256_new();
    bool good = true;
    for (size_t i = 0; i < ARRAY_SIZE(LISTS); i++)
        for (const char *const *p = LISTS[i]; good && p && *p; p++)
            good = add_rule_file(h, *p);
    for (const char *const *p = o->yara_defines; p && *p; p++)
        sha256_add(h, *p, strlen(*p) + 1);
    sha256_add(h, &o->yara_own, sizeof(o->yara_own));
    sha256_add(h, &o->secret_own, sizeof(o->secret_own));
    sha256_add(h, &o->no_entropy, sizeof(o->no_entropy));
    sha256_add(h, &o->secret_decode_depth, sizeof(o->secret_decode_depth));
    if (o->intel)
        sha256_add(h, intel_digest(o->intel).p, intel_digest(o->intel).n);
    struct str hex = sha256_end_hex(h, a);
    sha256_free(h);
    return good ? hex : STR_NULL;
}

struct scan_notes *scan_notes_new(const struct inspect_options *options, uint64_t now_ns)
{
    struct error ignored = ERROR_NULL;
    struct scan_notes *n = xnew(struct scan_notes);
    n->now_s = now_ns / 1'000'000'000U;
    n->hash = sha256_new();
    struct str path = arena_printf(&n->arena, "%s/notes.db", cmd_cache_dir()),
               identity = scan_content_identity(&n->arena, options);
    n->identity = arena_printf(&n->arena, "%s %s %016llx %.*s", DAVY_VERSION, inspector_sources(), (unsigned long long)facts_codec_version(),
                               STR_ARG(identity));
    if (!*cmd_cache_dir() || !identity.n || notes_store_open(path.p, n->now_s, &n->store, &ignored) < 0)
        return scan_notes_free(n);
    return n;
}

struct scan_notes *scan_notes_free(struct scan_notes *n)
{
    if (!n)
        return NULL;
    n->store = notes_store_close(n->store);
    n->files = file_notes_close(n->files);
    sha256_free(n->hash);
    arena_done(&n->arena);
    free(n);
    return NULL;
}

static void key_of(const struct scan_notes *n, struct str digest, struct str machine, uint8_t ret[SHA256_BYTES])
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    wire_add_u64(&b, WORKER_NOTES_FORM);
    wire_add_str(&b, n->identity);
    wire_add_str(&b, machine);
    wire_add_str(&b, digest);
    sha256_once(b.p, b.n, ret);
}

bool scan_notes_has(struct scan_notes *n, struct str digest, struct str machine)
{
    uint8_t key[SHA256_BYTES];
    key_of(n, digest, machine, key);
    return notes_store_has(n->store, key);
}

int scan_notes_known(void *ctx, struct str digest, struct str machine)
{
    const struct scan *s = ctx;
    uint8_t key[SHA256_BYTES];
    key_of(s->notes, digest, machine, key);
    return notes_store_get(s->notes->store, key);
}

void scan_notes_note(void *ctx, struct str piece)
{
    const struct scan *s = ctx;
    notes_store_add(s->notes->store, piece);
}

void scan_notes_learned(void *ctx, struct str digest, struct str machine, struct str head)
{
    const struct scan *s = ctx;
    uint8_t key[SHA256_BYTES];
    if (!head.n) {
        notes_store_drop(s->notes->store);
        return;
    }
    key_of(s->notes, digest, machine, key);
    notes_store_put(s->notes->store, key, head);
}

/* That a blob is what its digest promises depends on no rule. */
static void seal_key_of(struct str digest, struct str seal, uint8_t ret[SHA256_BYTES])
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    wire_add_str(&b, digest);
    wire_add_str(&b, seal);
    sha256_once(b.p, b.n, ret);
}

bool scan_notes_is_sealed(void *ctx, struct str digest, struct str seal)
{
    const struct scan *s = ctx;
    uint8_t key[SHA256_BYTES];
    seal_key_of(digest, seal, key);
    return notes_store_is_sealed(s->notes->store, key);
}

void scan_notes_sealed(void *ctx, struct str digest, struct str seal)
{
    const struct scan *s = ctx;
    uint8_t key[SHA256_BYTES];
    seal_key_of(digest, seal, key);
    notes_store_seal(s->notes->store, key);
}

bool scan_notes_has_files(struct scan_notes *n)
{
    struct error ignored = ERROR_NULL;
    if (!n->was_opened)
        (void)file_notes_open(cmd_cache_dir(), n->now_s, &n->files, &ignored);
    else if (n->files)
        file_notes_refresh(n->files);
    n->was_opened = true;
    return n->files && file_notes_count(n->files);
}

static void file_key_of(const struct scan_notes *n, const uint8_t key[SHA256_BYTES], uint8_t ret[SHA256_BYTES])
{
    sha256_reset(n->hash);
    sha256_add(n->hash, n->identity.p, n->identity.n);
    sha256_add(n->hash, key, SHA256_BYTES);
    sha256_end(n->hash, ret);
}

bool scan_notes_file_known(void *ctx, const uint8_t key[SHA256_BYTES], struct str *ret)
{
    const struct scan *s = ctx;
    uint8_t ours[SHA256_BYTES];
    file_key_of(s->notes, key, ours);
    return file_notes_find(s->notes->files, ours, ret);
}

bool scan_notes_file_kept(void *ctx, const uint8_t key[SHA256_BYTES])
{
    const struct scan *s = ctx;
    uint8_t ours[SHA256_BYTES];
    file_key_of(s->notes, key, ours);
    return s->notes->files && file_notes_has(s->notes->files, ours);
}

void scan_notes_file_learned(void *ctx, const uint8_t key[SHA256_BYTES], struct str notes, bool replaces)
{
    const struct scan *s = ctx;
    uint8_t ours[SHA256_BYTES];
    file_key_of(s->notes, key, ours);
    if (s->notes->files)
        file_notes_add(s->notes->files, ours, notes, replaces);
}
