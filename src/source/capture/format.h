// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The form of a capture file (docs/capture.md): a header, then frames of zstd, each with its checksum and whole records
 * (event/record.h). Whatever is damaged costs its frame; a file that was cut is good up to the cut.
 */
#include "event/record.h"

enum {
    CAPTURE_VERSION = 1,
    CAPTURE_HEADER_BYTES = 256,
    CAPTURE_LITTLE_ENDIAN = 1,
    /*
     * Bytes of records in one frame: what a damaged place costs, and what a reader holds. Large enough that frames
     * compress as well as a stream does.
     */
    CAPTURE_FRAME_BYTES = 1 << 20,
    /* Bytes of a frame in the file: what does not shrink grows by less than this. */
    CAPTURE_STORED_BYTES = CAPTURE_FRAME_BYTES + (64 << 10),
    CAPTURE_WINDOW_LOG_MAX = 21, /* of the compression's window, so that a frame cannot ask a reader for more memory */
};
#define CAPTURE_MAGIC "DAVYCAP\n"

/* Numbers in the order of the machine that wrote it; texts end in NUL, and are cut to fit. */
struct capture_header {
    char magic[8];
    uint16_t version;      /* CAPTURE_VERSION */
    uint16_t bytes;        /* CAPTURE_HEADER_BYTES */
    uint16_t record_bytes; /* of struct record */
    uint16_t order;        /* CAPTURE_LITTLE_ENDIAN */
    uint64_t started_ns;   /* when the file was begun, since the epoch */
    uint64_t boot_ns;      /* what makes a record's time one since the epoch, when it is added */
    char hostname[72];
    char kernel[72];       /* as uname -r */
    char machine[24];      /* as uname -m */
    char writer[32];       /* "davy 0.1.0" */
    uint8_t reserved[24];  /* 0 */
};
_Static_assert(sizeof(struct capture_header) == CAPTURE_HEADER_BYTES, "the form of a file does not change");
