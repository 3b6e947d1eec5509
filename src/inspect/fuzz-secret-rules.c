// SPDX-License-Identifier: Apache-2.0
/* Rule files from strangers: the loader must say what is wrong or give rules that can be searched with. */
#include "inspect/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    _cleanup_(secret_rules_freep) struct secret_rules *rules = secret_rules_new();
    struct error err = ERROR_NULL;
    if (secret_rules_add(rules, str_n(data, size), "fuzz.toml", &err) < 0) {
        if (!err.text[0])
            __builtin_trap();
        return 0;
    }
    /* The rules look at their own text. */
    _cleanup_(secret_search_freep) struct secret_search *s = secret_search_new(rules);
    struct content c = {
        .data = str_n(data, size), .first = true, .last = true, .is_text = true, .path = STR("/x.toml")};
    struct facts f;
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    for (unsigned k = 0; k < rules->keywords.n; k++) {
        ptrdiff_t at = str_find_nocase(c.data, rules->keywords.v[k].text, 0);
        if (at >= 0)
            secret_search_hit(s, k, (size_t)at + rules->keywords.v[k].text.n);
    }
    secret_search_run(s, &c, &f);
    facts_done(&f);
    return 0;
}
