// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as what a scanner says of an image, and then as what the jail says of it (parted by a NUL): what is taken has a verdict or says
 * why not, keeps to its limits, and a run never makes a verdict milder.
 */
#include "cmd/hunt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_one(struct str text, struct arena *a, struct hunt_read *ret)
{
    struct error err = ERROR_NULL;
    int r = hunt_result_read(text, a, ret, &err);
    if (r < 0 && !err.text[0])
        __builtin_trap();
    if (!r && ((!ret->failure.n && !ret->result.verdict.n) || ret->findings.n > HUNT_FINDINGS_MAX || ret->result.n_findings != ret->findings.n))
        __builtin_trap();
    return !r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_done) struct arena a = {};
    struct hunt_read scan = {}, run = {};
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    const size_t first = nul ? (size_t)(nul - data) : size;
    if (read_one(str_n(data, first), &a, &scan) && nul && read_one(str_n(nul + 1, size - first - 1), &a, &run)) {
        const int before = hunt_verdict_rank(scan.result.verdict);
        hunt_result_add(&scan, &run, &a);
        if (hunt_verdict_rank(scan.result.verdict) < before || scan.findings.n > HUNT_FINDINGS_MAX)
            __builtin_trap();
    }
    hunt_read_done(&scan);
    hunt_read_done(&run);
    return 0;
}
