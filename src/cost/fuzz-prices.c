// SPDX-License-Identifier: Apache-2.0
/* Tables of prices from strangers: refused with words, or every sum made of them is a number that is not negative. */
#include <math.h>

#include "cost/case.h"
#include "cost/pressure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_NULL;
    struct prices p;
    struct cost_pressure pressure;
    struct cost_ticks ticks;
    const struct str text = str_n(data, size);
    if (size > 1 << 16)
        return 0;
    if (cost_pressure_parse(&pressure, text, NULL) >= 0 && !(pressure.some10 >= 0))
        __builtin_trap();
    if (cost_ticks_parse(&ticks, text, NULL) >= 0 && ticks.busy > ticks.all)
        __builtin_trap();
    if (prices_parse(&p, text, "fuzz.toml", &err) < 0) {
        if (!err.text[0])
            __builtin_trap();
        return 0;
    }
    _cleanup_(strbuf_done) struct strbuf line = {};
    const struct cost_case c = {.cpu_share = 0.5, .cores = 4, .duration_ns = UINT64_C(3'600'000'000'000), .egress_bytes = 1 << 30};
    struct cost_case_sum sum;
    if (cost_of_case(&c, &p, 20000, &sum) >= 0) {
        if (!(sum.usd >= 0) || !(sum.ratio.low >= 0))
            __builtin_trap();
        cost_case_line(&line, &c, &sum);
    }
    prices_done(&p);
    return 0;
}
