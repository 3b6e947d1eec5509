// SPDX-License-Identifier: Apache-2.0
/* A list of names as a registry sends it: the Link header in the first line, the JSON behind it. */
#include <stdlib.h>

#include "image/registry/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_n(data, size), link = STR_NULL;
    (void)str_split(&rest, '\n', &link);
    for (int are_tags = 0; are_tags < 2; are_tags++) {
        struct registry_names names = {};
        struct error err = ERROR_NULL;
        (void)registry_names_parse(rest, are_tags, STR("https://registry.example"), link, &names, &err);
        /* whatever is asked next is on the same registry, and a name is one that may stand in an address */
        if (names.next.n && !str_starts(names.next, STR("/v2/")))
            abort();
        vec_each(n, &names.names) for (size_t i = 0; i < n->n; i++) if ((unsigned char)n->p[i] <= ' ' || n->p[i] == '?' || n->p[i] == '#') abort();
        registry_names_done(&names);
    }
    return 0;
}
