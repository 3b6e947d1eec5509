// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Platforms in OCI's words: "linux/arm64/v8". */
#include "base/str.h"

struct platform {
    struct str os, arch, variant; /* variant may be empty */
};

/* Splits the text, which the result borrows. Parts that are missing are empty. */
struct platform platform_parse(struct str text);
/* Whether an image for `have` is what `want` asks for; the variant counts only when both have one. */
bool platform_fits(struct platform have, struct platform want);
/* This machine's, such as "linux/amd64". Static. */
const char *platform_own(void);
