// SPDX-License-Identifier: Apache-2.0
#include "inspect/package.h"

enum { WORD_MAX = 256 }; /* of a name or version: registries allow 214 bytes */

static void state(struct facts *f, enum field_id id, struct str s)
{
    if (s.n && s.n <= WORD_MAX)
        facts_str(f, id, s);
}

void package_state(struct facts *f, const char *manager, struct str name, struct str version)
{
    facts_str(f, F_PACKAGE_MANAGER, str_from(manager));
    state(f, F_PACKAGE_NAME, name);
    state(f, F_PACKAGE_VERSION, version);
}
