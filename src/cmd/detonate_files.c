// SPDX-License-Identifier: Apache-2.0
/* What a run left: files that it made or changed, and memory of its processes, looked at as davy scan looks at files. */
#include <sys/stat.h>

#include "base/intl.h"
#include "cmd/detonate.h"
#include "sandbox/group.h"
#include "sandbox/memory.h"

enum { PROCESSES_MAX = 256 };
#define RANDOM_ENTROPY 7.5 /* bits a byte; compressed and encrypted content has more, programs and texts less */

/* Formats whose content is compressed are as random as what is encrypted. */
static bool looks_random(const struct facts *f)
{
    const struct value *entropy = facts_get(f, F_FILE_ENTROPY), *size = facts_get(f, F_FILE_SIZE);
    return entropy->type == VALUE_DOUBLE && entropy->d >= RANDOM_ENTROPY && size->type == VALUE_UINT && size->u >= 512 && str_is(facts_get_str(f, F_FILE_KIND), "data");
}

/* For scan.want: of all that lies over the image, what is newer than the run's start. */
static bool want(struct scan *s, struct facts *f)
{
    struct detonate *d = s->hook_ctx;
    const struct value *changed = facts_get(f, F_FILE_CTIME);
    if (f->event.type != EVENT_FILE || (changed->type == VALUE_TIME && changed->u < d->run->started_ns))
        return false;
    if (facts_get_str(f, F_FILE_TYPE).n && !str_is(facts_get_str(f, F_FILE_TYPE), "regular"))
        return false;
    struct str path = facts_get_str(f, F_FILE_PATH);
    f->event.time_ns = changed->type == VALUE_TIME ? changed->u : f->event.time_ns;
    facts_bool(f, F_SANDBOX_DROPPED, true);
    facts_str(f, F_SANDBOX_COMMAND, d->run->command);
    d->tally.dropped++;
    d->tally.random += looks_random(f);
    report_moment(d->run, f->event.time_ns, "dropped", path, 0);
    return true;
}

int detonate_look_at_files(struct detonate *d)
{
    struct scan *s = &d->scan;
    struct error err = ERROR_NULL;
    char path[400];
    const bool was_host = s->is_host;
    jail_upper(d->jail, path, sizeof(path));
    const struct worker_job job = {.target = path, .origin = "sandbox", .no_accounts = true};
    s->is_host = true; /* what is opened now is not the target itself */
    s->want = want;
    const int r = scan_walk(s, &job, &err);
    s->want = NULL;
    s->is_host = was_host;
    if (r)
        report_unread(s->target, STR(N_("what the run left")), str_from(err.text));
    return r < 0 ? r : 0;
}

static int on_region(void *ctx, const struct memory_region *r)
{
    struct detonate *d = ctx;
    struct scan *s = &d->scan;
    struct facts *f = &s->facts;
    struct error err = ERROR_NULL;
    uint64_t bytes = 0;
    int error = 0;
    facts_reset(f, EVENT_FILE, d->run->started_ns + d->run->wall_ns);
    facts_str(f, F_FILE_PATH, arena_printf(&f->arena, "/proc/%d/map_files/%llx-%llx", r->pid, (unsigned long long)r->begin, (unsigned long long)r->end));
    facts_str(f, F_FILE_ORIGIN, STR("memory"));
    facts_str(f, F_FILE_TYPE, STR("regular"));
    facts_uint(f, F_FILE_SIZE, r->end - r->begin);
    facts_str(f, F_SANDBOX_MEMORY, arena_printf(&f->arena, "%s(%d): %s", r->name, r->pid, r->what));
    facts_str(f, F_SANDBOX_COMMAND, d->run->command);
    if (workers_file(s->workers, r->fd, f, &bytes, &error, &err) < 0)
        return -1;
    scan_judge(s, f);
    return 0;
}

void detonate_look_at_memory(struct detonate *d)
{
    pid_t pids[PROCESSES_MAX];
    const size_t n = group_processes(d->jail->group, pids, ARRAY_SIZE(pids));
    if (memory_each(pids, n, on_region, d) < 0)
        report_unread(d->scan.target, STR(N_("memory of the run")), STR(N_("no worker could be started")));
}
