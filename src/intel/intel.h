// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What other people know: lists of digests of files, and lists of host names and addresses with what being named there
 * means. Load, then intel_seal(), then only look up: from then on nothing changes, so that processes forked later share the
 * memory.
 *
 *     struct intel *in = intel_new(now_ns);
 *     intel_add_digests(in, "main.hdb", &err);             ClamAV, sha256sum, CSV, JSON: told by the content
 *     intel_add_names(in, "nocoin.txt", STR("mining"), &err);
 *     intel_seal(in);
 */
#include "intel/digests.h"
#include "intel/list.h"
#include "intel/names.h"
#include "intel/nets.h"

struct intel;
/* `now_ns` since the epoch decides which lists are past their last day. */
struct intel *intel_new(uint64_t now_ns);
struct intel *intel_free(struct intel *in);
DEFINE_CLEANUP(struct intel *, intel_free)

enum {
    INTEL_LISTS_MAX = 60000,     /* files; an entry names its list in 16 bits */
    INTEL_JSON_BYTES = 64 << 20, /* of a list that is one JSON document; larger ones come as lines */
};

/*
 * Reads a list of digests (intel/digest_list.h) from a file, or from the files of a folder whose names end as such lists do,
 * by name. Lines that are not understood are counted in the list. -EINVAL when a file holds no digest at all, with the first
 * reason and the cure; -errno when it cannot be read.
 */
int intel_add_digests(struct intel *in, const char *path, struct error *err);
/*
 * Reads a list of names and addresses (intel/name_list.h). `category` may be empty: the list's own header says it then,
 * else its name, as in nocoin.mining.txt. Errors as above; -EINVAL too when nothing says the category.
 */
int intel_add_names(struct intel *in, const char *path, struct str category, struct error *err);
/*
 * Reads each list of names in a folder: those that its lists.toml names (a [[list]] for each, with file, category and
 * whatever else a header can say) where there is one, else every file but hidden ones and *.md.
 */
int intel_add_folder(struct intel *in, const char *folder, struct error *err);
/*
 * Reads a list of hashes of secrets that were stolen or published, in the same forms (of a folder, all files with such names); also
 * HASH:COUNT, as lists of leaked passwords have it, and SHA256:BASE64, as OpenSSH writes the fingerprint of a key. Such a list has no
 * secrets in it, and none can be had from it.
 */
int intel_add_leaked(struct intel *in, const char *path, struct error *err);
int intel_add_leaked_text(struct intel *in, const char *name, struct str text, struct error *err);
/* The same from memory; `name` decides what a file's name would. */
int intel_add_digests_text(struct intel *in, const char *name, struct str text, struct error *err);
int intel_add_names_text(struct intel *in, const char *name, struct str category, struct str text, struct error *err);
/* One digest that somebody told, and why. */
struct intel_told {
    const uint8_t *sha256;
    struct str reason, source; /* copied, LIST_TEXT_MAX bytes of each up to one of zero */
    uint16_t last_day;         /* as base/day.h counts; 0: it counts for ever */
};
/* Begins a list that is told entry by entry: its number for intel_tell(), or -EFBIG with text when there are too many lists. */
int intel_begin(struct intel *in, const char *name, enum list_role role, struct error *err);
/* 0, or -EFBIG with text when there are too many entries. */
int intel_tell(struct intel *in, int list, const struct intel_told *told, struct error *err);
/* Makes everything ready to be looked up; no list may follow. */
void intel_seal(struct intel *in);

/* The lists in the order they were read; an array of *ret_n, valid as long as `in`. */
const struct intel_list *intel_lists(const struct intel *in, size_t *ret_n);
struct intel_totals {
    uint64_t digests, names; /* entries: names include addresses and networks */
};
struct intel_totals intel_totals(const struct intel *in);
/* SHA-256 over all that was read, and the day where single entries expire, lower-case hex, owned by `in`: for caches of what was found. */
struct str intel_digest(const struct intel *in);

/* Digests, of which a file or image is known. */
struct intel_known {
    bool bad, unwanted; /* on such a list; both false where an allow list takes it back */
    bool expired;       /* only on lists, or in entries, past their last day */
    bool allowed;       /* on an allow list, which takes the rest back */
    size_t n;
    struct {
        struct str name;   /* as the list calls it; may be empty */
        struct str source; /* who says so, else the list's file */
    } v[8];
};
/* Whether content of that size (DIGEST_ANY_SIZE: not known yet) can be listed under a digest of that kind. */
bool intel_wants(const struct intel *in, enum digest_kind kind, uint64_t size);
/* Adds what is known of a digest to *known, which begins zeroed. Size DIGEST_ANY_SIZE: it is not compared. */
void intel_know(const struct intel *in, enum digest_kind kind, const uint8_t *digest, uint64_t size,
                struct intel_known *known);
/* Adds what is known of a part, such as a layer or a member of an archive, to what is known of the whole: what an allow list
 * takes back of a part says nothing of the rest. */
void intel_known_add(struct intel_known *whole, const struct intel_known *part);

/* Whether any list of leaked secrets was read. */
bool intel_has_leaked(const struct intel *in);
/* As intel_know(), of the digest of a secret; `bad`: it is known as leaked. */
void intel_know_leaked(const struct intel *in, enum digest_kind kind, const uint8_t *digest, struct intel_known *known);

/* The lists that hold a host name (any case) or a domain above it; the nearest first. `in` may be NULL. Returns how many. */
size_t intel_find_name(const struct intel *in, struct str host, const struct intel_list *ret[NAMES_HITS_MAX]);
/* The lists that hold an address, written without port; the narrowest network first. `in` may be NULL. */
size_t intel_find_address(const struct intel *in, struct str address, const struct intel_list *ret[NETS_HITS_MAX]);
