// SPDX-License-Identifier: Apache-2.0
/* Files of logins and answers of helpers: nothing that is taken can end a header or name another program's path. */
#include "image/registry/auth_file.h"
#include <stdlib.h>

static void check(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const REFERENCES[] = {"nginx", "quay.io/acme/tools:1", "127.0.0.1:5000/a"};
    struct arena a = {};
    for (size_t i = 0; i < sizeof(REFERENCES) / sizeof(REFERENCES[0]); i++) {
        struct reference r;
        struct credential c = {};
        struct error err = ERROR_NULL;
        if (reference_parse(str_from(REFERENCES[i]), &a, &r, NULL))
            abort();
        int e = auth_file_find(str_n(data, size), &r, &a, &c, &err);
        if (e < 0 && !err.code)
            abort();
        if (!e) {
            check(c.user);
            check(c.password);
            check(c.identity_token);
            check(c.registry_token);
            if (memchr(c.helper.p ? c.helper.p : "", '/', c.helper.n))
                abort();
        }
    }
    struct credential c = {};
    if (!auth_helper_answer(str_n(data, size), &a, &c, NULL)) {
        check(c.user);
        check(c.password);
        check(c.identity_token);
    }
    arena_done(&a);
    return 0;
}
