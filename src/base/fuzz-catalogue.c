// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/catalogue.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(catalogue_freep) struct catalogue *c = NULL;
    struct error err = {};
    int r = catalogue_from("fuzz.mo", str_n(data, size), &c, &err);
    if ((r == 0) != (c != NULL) || (r < 0) != (err.text[0] != 0))
        abort();
    /* What it promises: text in UTF-8 that ends in NUL, for every number. */
    static const char *const asked[] = {"", "file", "%zu file", "nothing", "zzz"};
    for (size_t i = 0; i < ARRAY_SIZE(asked); i++)
        for (uint64_t n = 0; n < 3; n++) {
            struct str s = n ? catalogue_plural(c, str_from(asked[i]), n) : catalogue_get(c, str_from(asked[i]));
            if (s.p && (strlen(s.p) != s.n || !text_is_utf8(s)))
                abort();
        }
    return 0;
}
