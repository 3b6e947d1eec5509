// SPDX-License-Identifier: Apache-2.0
/* Files of keys, accounts and rights: the first byte chooses the file; what comes of it is a sound record. */
#include <stdlib.h>

#include "event/record_read.h"
#include "source/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const PATHS[] = {"/root/.ssh/authorized_keys", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers.d/x"};
    struct record_writer w = {};
    if (!n)
        return 0;
    (void)record_begin(&w, RECORD_CONFIG);
    if (!config_add_entries(&w, str_from(PATHS[data[0] % 5]), 0, str_n(data + 1, n - 1), 7) ||
        record_check(w.record, w.record->size, NULL, NULL))
        abort();
    record_writer_done(&w);
    return 0;
}
