// SPDX-License-Identifier: Apache-2.0
/* Members of an object: what is read plainly is read as simdjson reads it. */
#include <stdlib.h>

#include "log/test-plain-twice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reading r[2];
    bool is_plain;
    if (size < LOG_RECORD_MAX / 2 && !read_twice(r, str_n(data, size), &is_plain))
        abort();
    return 0;
}
