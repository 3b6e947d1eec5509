// SPDX-License-Identifier: Apache-2.0
/* Lists of names from strangers: each is refused with words, or finds the names that stand alone on a line. */
#include "intel/intel.h"

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && s.p[i] != '.')
            return false;
    return s.n > 0;
}

/* Whether the list may take names back, so that one that stands alone need not be found. */
static bool has_exempt(struct str text)
{
    return str_has(text, STR("@@")) || str_has(text, STR("passthru"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_NULL;
    if (size > 1 << 16)
        return 0;
    _cleanup_(intel_freep) struct intel *in = intel_new(UINT64_C(1'764'288'000) * 1'000'000'000U);
    struct str text = str_n(data, size), line;
    if (intel_add_names_text(in, "x", STR("c"), text, &err) < 0) {
        if (!err.text[0])
            __builtin_trap();
        return 0;
    }
    intel_seal(in);
    const struct intel_list *lists[NAMES_HITS_MAX];
    bool is_lines = text.n && text.p[0] != '{' && text.p[0] != '[' && !str_has(text, STR("(")) && !has_exempt(text);
    while (str_split(&text, '\n', &line)) {
        char normal[NAME_BYTES_MAX];
        size_t n = intel_find_name(in, line, lists);
        if (is_lines && !n && is_plain(line) && name_normal(line, normal) && line.p[0] != '.')
            __builtin_trap();
        if (line.n < 64)
            (void)intel_find_address(in, line, lists);
        for (size_t i = 0; i < n; i++)
            if (!str_is(lists[i]->category, "c"))
                __builtin_trap();
    }
    return 0;
}
