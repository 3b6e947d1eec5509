// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <pthread.h>

#include "base/map.h"
#include "event/type.h"

static const struct {
    const char *name;
    enum event_source source;
} TYPES[EVENT__N] = {
#define EVENT_TYPE(id, name, source, help) [EVENT_##id] = {name, source},
#include "event/type.def"
#undef EVENT_TYPE
};

static const char *const SOURCES[SOURCE__N] = {[SOURCE_SYSCALL] = "syscall", [SOURCE_SCAN] = "scan"};

static struct map by_name;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void index_names(void)
{
    for (int i = 0; i < EVENT__N; i++)
        map_put(&by_name, str_from(TYPES[i].name), NULL)->u64 = (uint64_t)i;
}

const char *event_type_name(enum event_type t)
{
    return TYPES[t].name;
}

enum event_source event_type_source(enum event_type t)
{
    return TYPES[t].source;
}

enum event_type event_type_from(struct str name)
{
    (void)pthread_once(&once, index_names);
    struct map_entry *e = map_get(&by_name, name);
    return e ? (enum event_type)e->u64 : EVENT__INVALID;
}

const char *event_source_name(enum event_source s)
{
    return SOURCES[s];
}

int event_source_from(struct str name)
{
    for (int i = 0; i < SOURCE__N; i++)
        if (str_is(name, SOURCES[i]))
            return i;
    return -EINVAL;
}
