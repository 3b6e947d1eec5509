// SPDX-License-Identifier: Apache-2.0
#include "inspect/inspect_sources.h" /* made by the build */
#include "inspect/inspect.h"

const char *inspector_sources(void)
{
    return INSPECT_SOURCES;
}
