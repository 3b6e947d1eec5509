// SPDX-License-Identifier: Apache-2.0
#include "event/event.h"

int event_get(const struct event *e, const struct field_ref *ref, struct value *ret)
{
    switch (ref->id) {
    case F_EVT_NUM:
        *ret = VALUE_OF_UINT(e->num);
        return 1;
    case F_EVT_TYPE:
        *ret = VALUE_OF_STR(str_from(event_type_name(e->type)));
        return 1;
    case F_EVT_SOURCE:
        *ret = VALUE_OF_STR(str_from(event_source_name(event_type_source(e->type))));
        return 1;
    default:
        return e->ops->get(e, ref, ret);
    }
}
