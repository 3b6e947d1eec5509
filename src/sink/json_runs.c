// SPDX-License-Identifier: Apache-2.0
#include "sink/json_object.h"
#include "sink/json_runs.h"

static json_t *moment_json(const struct report_moment *m)
{
    json_t *j = json_object();
    json_put_time(j, "time", m->time_ns);
    json_put(j, "what", str_from(m->what));
    json_put(j, "text", m->text);
    if (m->count > 1)
        json_put_count(j, "count", m->count);
    if (m->finding)
        json_put_count(j, "finding", m->finding);
    return j;
}

static json_t *run_json(const struct report_run *run)
{
    json_t *j = json_object(), *list = json_array();
    json_put(j, "command", run->command);
    json_put_time(j, "started", run->started_ns);
    json_put_new(j, "seconds", json_real((double)run->wall_ns / 1e9));
    if (run->fast) {
        json_put_count(j, "fast", run->fast);
        json_put_new(j, "clock_seconds", json_real((double)(run->wall_ns + run->ahead_ns) / 1e9));
    }
    json_put_new(j, "cpu_seconds", json_real((double)run->cpu_ns / 1e9));
    json_put(j, "ended", run->ended);
    json_put(j, "network", run->is_pretend ? STR("pretend") : STR("none"));
    json_put_count(j, "exchanges", run->exchanges);
    json_put_count(j, "dropped", run->dropped);
    json_put_count(j, "events", run->events);
    json_put_count(j, "events_lost", run->lost);
    json_put_any(j, "output", run->output);
    for (size_t i = 0; i < run->moments.n; i++)
        json_add_new(list, moment_json(&run->moments.v[i]));
    json_put_new(j, "timeline", list);
    json_put_count(j, "timeline_left_out", run->moments_left_out);
    return j;
}

json_t *json_runs(const struct report_target *t)
{
    json_t *list = json_array();
    for (size_t i = 0; i < t->runs.n; i++)
        json_add_new(list, run_json(t->runs.v[i]));
    return list;
}
