// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Decoy credentials: what cloud metadata services of the pretend internet hand out. Made anew for each run, so that seeing one again
 * means that it was read in this run. They open nothing anywhere.
 */
#include <stdbool.h>

#include "base/str.h"

enum decoy_provider { DECOY_AWS, DECOY_GCP, DECOY_AZURE, DECOY_ALIBABA, DECOY_HUAWEI, DECOY__N };

struct decoy {
    char id[48], secret[48], token[96];
};
struct decoys {
    struct decoy of[DECOY__N];
    char imds_token[64]; /* of AWS' second version */
};

void decoys_make(struct decoys *d);
/* Whose credential stands in the bytes, as it is or in base64; NULL: none. */
const char *decoy_find(const struct decoys *d, struct str bytes);

struct strbuf;
/* Appends what a metadata service answers to a path, in the form of the provider whose path it is; false: nothing is there. */
bool decoy_metadata(const struct decoys *d, struct str verb, struct str path, struct strbuf *body, const char **ret_type);
