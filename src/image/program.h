// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Running one other program with fixed arguments, never through a shell: credential helpers, podman, ctr. Its output is
 * bounded and what it says when it fails is kept for the error.
 */
#include "base/error.h"
#include "base/strbuf.h"

struct program {
    const char *const *argv; /* argv[0] is looked for in PATH; ends with NULL */
    struct str input;        /* for its standard input */
    size_t output_max;       /* bytes of standard output that are kept; more is an error */
    unsigned seconds;        /* it is killed after that long */
    /* Called about four times a second while it runs; may be NULL. */
    void (*tick)(void *ctx);
    void *ctx;
};

/*
 * Runs it to its end: the exit status (0 … 255) and its standard output in *output. -ENOENT when there is no such program,
 * -ETIMEDOUT, -EFBIG, -EINTR when a signal ended it. After a status that is not 0 `err` holds the last line of its
 * standard error, or of its output.
 */
int program_run(const struct program *p, struct strbuf *output, struct error *err);
