// SPDX-License-Identifier: Apache-2.0
/* A container that runs or stands still, in whichever store has it. */
#include "image/local/internal.h"

int local_container_id(struct str name, char ret[LOCAL_ID_MAX])
{
    if (!local_name_is_safe(name) || memchr(name.p, '/', name.n))
        return 1;
    int r = docker_container_id(name, ret);
    return r ? podman_container_id(name, ret) : 0;
}
