// SPDX-License-Identifier: Apache-2.0
/* The first byte chooses a path or a whole text, and whether the process is isolated; the rest is the text. */
#include <stdlib.h>

#include "context/cgroup_container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cgroup_container c;
    if (!size)
        return 0;
    struct str text = str_n(data + 1, size - 1);
    bool isolated = data[0] & 1;
    bool is = data[0] & 2 ? cgroup_container_from_text(text, isolated, &c) : cgroup_container_from_path(text, isolated, &c);
    must(strnlen(c.id, sizeof(c.id)) < sizeof(c.id) && strnlen(c.pod_uid, sizeof(c.pod_uid)) < sizeof(c.pod_uid));
    must(is == (c.id[0] != 0) && is == (c.type != CONTAINER_HOST) && c.type < CONTAINER__N);
    must(!c.is_unnamed || isolated);
    must(!strpbrk(c.id, "/\n"));
    must(container_short_id(c.type, str_from(c.id)).n <= strlen(c.id));
    return 0;
}
