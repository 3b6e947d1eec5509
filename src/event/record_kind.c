// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "event/record_kind.h"

/* The words of the table. */
enum {
    NOTHING = RECORD_HAS_NOTHING,
    FD = RECORD_HAS_FD,
    SOCKET = RECORD_HAS_SOCKET,
    PATH = RECORD_HAS_PATH,
    OPEN = RECORD_IS_OPEN,
    UNTOLD = RECORD_IS_UNTOLD,
};

static const struct {
    bool is_there;
    uint16_t kind;
    uint8_t traits;
} BY_TYPE[EVENT__N] = {
#define RECORD_KIND(type, kind, traits) [EVENT_##type] = {true, kind, traits},
#include "event/record_kind.def"
#undef RECORD_KIND
};

/* The type plus one. Two kinds for one number do not compile: gcc and clang warn of a designator that comes twice. */
static const uint16_t BY_KIND[] = {
#define RECORD_KIND(type, kind, traits) [kind] = EVENT_##type + 1,
#include "event/record_kind.def"
#undef RECORD_KIND
};
enum { KINDS = sizeof(BY_KIND) / sizeof(BY_KIND[0]) };

int record_kind_of(enum event_type t)
{
    return BY_TYPE[t].is_there ? BY_TYPE[t].kind : -ENOENT;
}

enum event_type record_kind_type(unsigned kind)
{
    return kind < KINDS && BY_KIND[kind] ? (enum event_type)(BY_KIND[kind] - 1) : EVENT__INVALID;
}

unsigned record_kind_traits(enum event_type t)
{
    return BY_TYPE[t].traits;
}
