// SPDX-License-Identifier: Apache-2.0
#include "base/capability.h"

#include <stddef.h>

static const char *const NAMES[] = {
#define CAPABILITY(bit, name) [bit] = name,
#include "base/capability.def"
#undef CAPABILITY
};

const char *capability_name(unsigned bit)
{
    return bit < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[bit] : NULL;
}
