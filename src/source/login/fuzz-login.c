// SPDX-License-Identifier: Apache-2.0
/* What strangers write into logs of logins: the first byte chooses the log; what comes of it are sound records. */
#include <stdlib.h>

#include "event/feed_path.h"
#include "event/record_read.h"
#include "source/login/login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct strbuf found = {};
    if (!n)
        return 0;
    struct login_logs *l = login_logs_new();
    const struct str path = str_from(feed_path_at(FEED_LOGIN_LOGS, data[0] % 5)), text = str_n((const char *)data + 1, n - 1);
    if (str_ends(path, STR("tmp")))
        login_logs_utmp(l, text, path, 1'700'000'000, &found);
    else
        login_logs_lines(l, text, path, 1'700'000'000, &found);
    for (size_t at = 0; at < found.n;) {
        const struct record *r = (const struct record *)(found.p + at);
        if (record_check(r, found.n - at, NULL, NULL))
            abort();
        at += r->size;
    }
    strbuf_done(&found);
    login_logs_free(l);
    return 0;
}
