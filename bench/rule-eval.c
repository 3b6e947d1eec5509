// SPDX-License-Identifier: Apache-2.0
/*
 * Events per second through the rules of the files given, on one core: `build/src/rule/rule-eval [-n ROUNDS]
 * FILE…` (few rounds for callgrind). The events are made up but shaped like a busy server's: mostly opens and
 * writes that nobody minds, some programs started, few that match. What a source needs to read the fields is
 * not measured, only the judging.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rule/test-sample.h"

#define COMMON                                                                                               \
    "proc.pname=systemd; proc.aname=systemd; proc.exepath=/usr/sbin/nginx; proc.tty=0; user.loginuid=-1; "   \
    "user.uid=33; "                                                                                          \
    "user.name=www-data; container.id=host; proc.aname[2]=systemd; proc.sname=nginx; evt.res=SUCCESS; "      \
    "evt.rawres=3; "

static const char *const EVENTS[] = {
    "evt.type=openat; proc.name=nginx; proc.cmdline=nginx -g daemon; fd.name=/var/log/nginx/access.log; "
    "fd.num=3; "
    "fd.typechar=f; evt.is_open_read=false; evt.is_open_write=true; fd.directory=/var/log/nginx; " COMMON,
    "evt.type=openat; proc.name=nginx; proc.cmdline=nginx -g daemon; "
    "fd.name=/usr/share/nginx/html/index.html; fd.num=7; "
    "fd.typechar=f; evt.is_open_read=true; evt.is_open_write=false; "
    "fd.directory=/usr/share/nginx/html; " COMMON,
    "evt.type=write; proc.name=nginx; proc.cmdline=nginx -g daemon; fd.num=7; fd.typechar=4; " COMMON,
    "evt.type=execve; proc.name=date; proc.cmdline=date +%s; proc.args=+%s; proc.is_exe_upper_layer=false; "
    "proc.is_exe_from_memfd=false; proc.exe=date; evt.arg.flags=EXE_LOWER_LAYER; " COMMON,
    "evt.type=connect; proc.name=curl; proc.cmdline=curl https://example.org; fd.typechar=4; fd.l4proto=tcp; "
    "fd.sip=93.184.216.34; "
    "fd.cip=10.0.0.5; fd.ip=93.184.216.34|10.0.0.5; fd.net=93.184.216.34|10.0.0.5; fd.sport=443; "
    "fd.lport=41000; "
    "fd.rport=443; " COMMON,
    "evt.type=openat; proc.name=cat; proc.cmdline=cat /etc/shadow; fd.name=/etc/shadow; fd.num=3; "
    "fd.typechar=f; "
    "evt.is_open_read=true; evt.is_open_write=false; fd.directory=/etc; " COMMON,
};
/* How often each comes up in a round. */
static const unsigned SHARES[] = {20, 40, 30, 6, 3, 1};

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    (void)ctx;
    (void)rule;
    (void)event;
    return 0;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int usage(struct diags *diags)
{
    struct strbuf b = {};
    for (size_t i = 0; i < diags->n; i++)
        diag_render(&b, &diags->v[i]);
    (void)fprintf(stderr, "usage: rule-eval [-n ROUNDS] RULE-FILE...\n%s", b.p ? b.p : "");
    strbuf_done(&b);
    return 2;
}

int main(int argc, char **argv)
{
    enum { KINDS = sizeof(EVENTS) / sizeof(EVENTS[0]) };
    int rounds = 20000, first = 1;
    static struct sample samples[KINDS];
    struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    double start = now();
    if (argc > 2 && !strcmp(argv[1], "-n")) {
        rounds = atoi(argv[2]);
        first = 3;
    }
    for (int i = first; i < argc; i++)
        if (ruleset_load_file(rs, argv[i], &diags) < 0)
            return usage(&diags);
    if (argc <= first || rounds < 1 || ruleset_compile(rs, &diags) < 0)
        return usage(&diags);
    printf("%zu rules loaded and compiled in %.1f ms\n", ruleset_count(rs), (now() - start) * 1e3);
    for (size_t k = 0; k < KINDS; k++)
        if (!sample_init(&samples[k], EVENTS[k]))
            return 3;
    struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_FIRST);
    for (size_t k = 0; k < KINDS; k++) {
        start = now();
        for (int i = 0; i < rounds; i++)
            (void)evaluator_run(ev, &samples[k].event, on_match, NULL);
        printf("  %-8s %8.0f ns per event\n", event_type_name(samples[k].event.type),
               (now() - start) * 1e9 / rounds);
    }
    struct evaluator_stats before = evaluator_stats(ev);
    start = now();
    for (int i = 0; i < rounds; i++)
        for (size_t k = 0; k < KINDS; k++)
            for (unsigned n = 0; n < SHARES[k]; n++)
                (void)evaluator_run(ev, &samples[k].event, on_match, NULL);
    double took = now() - start;
    struct evaluator_stats after = evaluator_stats(ev);
    const double events = (double)(after.events - before.events);
    printf("mixed: %.2f million events/s, %.1f instructions per event, %.2f %% match\n", events / took / 1e6,
           (double)(after.instructions - before.instructions) / events,
           100 * (double)(after.matches - before.matches) / events);
    evaluator_free(ev);
    ruleset_free(rs);
    for (size_t k = 0; k < KINDS; k++)
        sample_done(&samples[k]);
    diags_done(&diags);
    return 0;
}
