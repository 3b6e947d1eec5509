// SPDX-License-Identifier: Apache-2.0
/* A state from a file that anybody may have written, and then a few records. */
#include <stdlib.h>

#include "log/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct log_state *s;
    static struct log_now now;
    const struct net ip = {.prefix = 32, .bytes = {203, 0, 113, 9}};
    s = s ? s : log_state_new();
    (void)log_state_restore(s, str_n(data, size), NULL);
    const uint64_t t = 1795953600'000'000'000;
    log_now_reset(&now);
    log_state_act(s, &(struct log_act){.time_ns = t, .provider = STR("aws"), .account = STR("1"), .key = STR("AKIA"), .ip = &ip, .region = STR("r")}, &now);
    log_state_spend(s, t, STR("p"), 1, 2, &now);
    log_state_volume(s, t, STR("a"), STR("b"), 10, &now);
    log_state_zone(s, t, STR("z"), STR("n"), STR("A"), 60, STR("1"), &now);
    log_state_stream(s, t, STR("s"), &now);
    if (!now.habit.is || strnlen(now.zone.before, sizeof(now.zone.before)) == sizeof(now.zone.before) || now.at_once > 5)
        abort();
    return 0;
}
