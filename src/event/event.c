// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "event/event.h"

enum { NS = 1'000'000'000 };

/* Rows of event_run.times. */
enum { TEXT_TIME, TEXT_TIME_S, TEXT_ISO8601, TEXT_DATETIME, TEXT_DATETIME_S };

void event_run_init(struct event_run *run, uint64_t start_ns)
{
    *run = (struct event_run){.start_ns = start_ns};
    if (gethostname(run->hostname, sizeof(run->hostname) - 1) < 0)
        run->hostname[0] = 0;
    tzset();
}

static int get_time_text(const struct event *e, unsigned row, struct value *ret)
{
    if (!e->run)
        return 0;
    const uint64_t told_ns = event_told_ns(e, e->time_ns);
    time_t seconds = (time_t)(told_ns / NS);
    struct tm tm;
    if (!(row == TEXT_ISO8601 ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)))
        return 0;
    char *text = e->run->times[row];
    const size_t room = sizeof(e->run->times[row]);
    size_t n = 0;
    if (row == TEXT_ISO8601)
        n = strftime(text, room, "%Y-%m-%dT", &tm);
    else if (row == TEXT_DATETIME || row == TEXT_DATETIME_S)
        n = strftime(text, room, "%Y-%m-%d ", &tm);
    n += strftime(text + n, room - n, "%H:%M:%S", &tm);
    if (row != TEXT_TIME_S && row != TEXT_DATETIME_S)
        n += (size_t)snprintf(text + n, room - n, ".%09" PRIu64 "%s", told_ns % NS,
                              row == TEXT_ISO8601 ? "Z" : "");
    *ret = VALUE_OF_STR(str_n(text, n));
    return 1;
}

static int get_u64(enum value_type type, uint64_t u, struct value *ret)
{
    *ret = (struct value){.type = type, .u = u};
    return 1;
}

static int get_reltime(const struct event *e, enum field_id id, struct value *ret)
{
    if (!e->run || e->time_ns < e->run->start_ns)
        return 0;
    uint64_t ns = e->time_ns - e->run->start_ns;
    return get_u64(VALUE_DURATION, id == F_EVT_RELTIME ? ns : id == F_EVT_RELTIME_S ? ns / NS : ns % NS, ret);
}

int event_get_common(const struct event *e, const struct field_ref *ref, struct value *ret)
{
    switch (ref->id) {
    case F_EVT_NUM:
        return get_u64(VALUE_UINT, e->num, ret);
    case F_EVT_TYPE:
        *ret = VALUE_OF_STR(str_from(event_type_name(e->type)));
        return 1;
    case F_EVT_TYPE_IS:
        return get_u64(VALUE_UINT, str_is(ref->arg, event_type_name(e->type)), ret);
    case F_EVT_SOURCE:
        *ret = VALUE_OF_STR(str_from(event_source_name(event_type_source(e->type))));
        return 1;
    case F_EVT_IS_ASYNC:
        *ret = VALUE_OF_BOOL(e->type == EVENT_CONTAINER);
        return 1;
    case F_EVT_ASYNCTYPE:
        if (e->type != EVENT_CONTAINER)
            return 0;
        *ret = VALUE_OF_STR(STR("container"));
        return 1;
    case F_EVT_HOSTNAME:
        if (!e->run || !e->run->hostname[0])
            return 0;
        *ret = VALUE_OF_STR(str_from(e->run->hostname));
        return 1;
    case F_EVT_TIME:
        return get_time_text(e, TEXT_TIME, ret);
    case F_EVT_TIME_S:
        return get_time_text(e, TEXT_TIME_S, ret);
    case F_EVT_TIME_ISO8601:
        return get_time_text(e, TEXT_ISO8601, ret);
    case F_EVT_DATETIME:
        return get_time_text(e, TEXT_DATETIME, ret);
    case F_EVT_DATETIME_S:
        return get_time_text(e, TEXT_DATETIME_S, ret);
    case F_EVT_RAWTIME:
        return get_u64(VALUE_TIME, event_told_ns(e, e->time_ns), ret);
    case F_EVT_RAWTIME_S:
        return get_u64(VALUE_TIME, event_told_ns(e, e->time_ns) / NS, ret);
    case F_EVT_RAWTIME_NS:
        return get_u64(VALUE_TIME, event_told_ns(e, e->time_ns) % NS, ret);
    case F_EVT_RELTIME:
    case F_EVT_RELTIME_S:
    case F_EVT_RELTIME_NS:
        return get_reltime(e, ref->id, ret);
    case F_EVT_PLUGINNAME:
    case F_EVT_PLUGININFO:
        return 0;
    default:
        return e->ops->get(e, ref, ret);
    }
}
