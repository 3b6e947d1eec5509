// SPDX-License-Identifier: Apache-2.0
/* Files parted by a byte 0xff; each begins with a letter that says which it is. */
#include "inspect/account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        char letter;
        const char *path;
    } FILES[] = {{'p', "/etc/passwd"},
                 {'s', "/etc/shadow"},
                 {'g', "/etc/group"},
                 {'u', "/etc/sudoers"},
                 {'d', "/etc/sudoers.d/x"},
                 {'o', "/etc/doas.conf"},
                 {'k', "/root/.ssh/authorized_keys"},
                 {'e', "/etc/ssh/authorized_keys/root"}};
    struct str rest = str_n(data, size), file;
    struct facts f;
    struct accounts *a = accounts_new(1700000000ull * 1000000000ull);
    facts_init(&f);
    while (str_split(&rest, (char)0xff, &file))
        for (size_t i = 0; file.n && i < sizeof(FILES) / sizeof(FILES[0]); i++)
            if (file.p[0] == FILES[i].letter)
                accounts_add(a, str_from(FILES[i].path), str_sub(file, 1, file.n));
    while (accounts_next(a, &f) == 0)
        ;
    facts_done(&f);
    accounts_free(a);
    return 0;
}
