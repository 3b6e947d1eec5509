// SPDX-License-Identifier: Apache-2.0
#include "image/image.h"

const char *image_problem_name(enum image_problem_bit bit)
{
    static const char *const NAMES[] = {
#define IMAGE_PROBLEM(id, name, help) [IMAGE_PROBLEM_BIT_##id] = name,
#include "image/problem.def"
#undef IMAGE_PROBLEM
    };
    return NAMES[bit];
}

const char *layer_state_name(enum layer_state s)
{
    static const char *const NAMES[] = {
        [LAYER_EFFECTIVE] = "effective",
        [LAYER_SHADOWED] = "shadowed",
        [LAYER_DELETED] = "deleted",
    };
    return NAMES[s];
}

const char *entry_type_name(enum entry_type t)
{
    static const char *const NAMES[] = {
        [ENTRY_REGULAR] = "regular",
        [ENTRY_DIRECTORY] = "directory",
        [ENTRY_SYMLINK] = "symlink",
        [ENTRY_HARDLINK] = "hardlink",
        [ENTRY_FIFO] = "fifo",
        [ENTRY_SOCKET] = "socket",
        [ENTRY_CHAR_DEVICE] = "char-device",
        [ENTRY_BLOCK_DEVICE] = "block-device",
    };
    return NAMES[t];
}
