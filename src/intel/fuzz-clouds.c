// SPDX-License-Identifier: Apache-2.0
/* Lists of networks from strangers: refused with words, or each network that stands alone on a line is found, unless a narrower one lies in it. */
#include "intel/clouds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(clouds_done) struct clouds c = {};
    struct error err = ERROR_NULL;
    struct str text = str_n(data, size), line;
    uint64_t n = 0;
    if (size > 1 << 16)
        return 0;
    if (clouds_add_text(&c, STR("one"), "x", text, &n, &err) < 0) {
        if (!err.text[0])
            __builtin_trap();
        return 0;
    }
    if (!n)
        __builtin_trap();
    clouds_seal(&c);
    const bool is_json = str_starts(str_trim(text), STR("{")) || str_starts(str_trim(text), STR("["));
    while (str_split(&text, '\n', &line)) {
        struct net net;
        if (!net_from_str(line, &net))
            continue;
        const struct cloud_place place = clouds_find(&c, &net);
        if (!is_json && !str_is(place.provider, "one"))
            __builtin_trap();
        if (place.region.n > CLOUDS_WORD)
            __builtin_trap();
    }
    return 0;
}
