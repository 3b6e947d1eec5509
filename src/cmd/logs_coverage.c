// SPDX-License-Identifier: Apache-2.0
#include "cmd/logs.h"
int logs_coverage(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return EXIT_USAGE;
}
