// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Lists of digests and names: the shipped ones (rules/intel/names-*.txt) and those that the user names.
 */
#include "intel/intel.h"

/* What the options said; arrays of strings that outlive the call. */
struct intel_options {
    const char *const *hashes;  /* --hashes: file or folder */
    const char *const *leaked;  /* --leaked: likewise */
    const char *const *lists;   /* --list: CATEGORY=FILE, each as intel_list_is_given() wants it */
    const char *const *folders; /* --lists */
    size_t n_hashes, n_leaked, n_lists, n_folders;
    int (*more)(void *ctx, struct intel *in, struct error *err); /* adds further lists; NULL: there are none */
    void *more_ctx;
    bool no_shipped;
};

/* Whether it reads CATEGORY=FILE. */
bool intel_list_is_given(const char *given);
/* Loads all of it; *ret is sealed. `options` may be NULL: only what is shipped. -errno with what is wrong and the cure. */
int intel_files_load(const struct intel_options *options, uint64_t now_ns, struct intel **ret, struct error *err);
