// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The content of an open file, for inspector_file(). Inside the room only. */
#include <stdatomic.h>

#include "inspect/inspect.h"

struct fd_content {
    int fd;                /* borrowed */
    _Atomic uint64_t *beat; /* raised with each piece; may be NULL */
    uint64_t n;            /* bytes read */
    int error;             /* -errno once reading failed */
    uint8_t buffer[256 << 10];
};

/* content_source.read */
int fd_content_read(void *ctx, const uint8_t **ret, size_t *ret_n);
