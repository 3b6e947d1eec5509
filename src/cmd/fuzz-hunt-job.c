// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as a job of the queue: what is taken names an image by its digest, can be handed to a scanner as one line, and written reads the
 * same again.
 */
#include "cmd/hunt_fleet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_one_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '\x7f')
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct error err = ERROR_NULL;
    struct hunt_job j = {}, again = {};
    struct str rules = STR_NULL, rules_again = STR_NULL;
    if (hunt_job_read(str_n(data, size), &a, &j, &rules, &err) < 0) {
        if (!err.text[0])
            __builtin_trap();
        return 0;
    }
    if (!digest_is_known(j.digest) || !j.pull.n || !is_one_word(j.pull) || !is_one_word(j.platform) || !rules.n)
        __builtin_trap();
    hunt_job_write(&text, &j, rules);
    if (hunt_job_read(strbuf_str(&text), &a, &again, &rules_again, &err) < 0 || !str_eq(j.digest, again.digest) || !str_eq(j.pull, again.pull) ||
        !str_eq(j.platform, again.platform) || !str_eq(rules, rules_again))
        __builtin_trap();
    return 0;
}
