// SPDX-License-Identifier: Apache-2.0
/*
 * Hostile programs: whatever the verifier lets through must load, explain itself and run on events of every kind without
 * harm, and give the same answer twice.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "rule/index.h"
#include "rule/prefilter.h"
#include "rule/test-sample.h"

#define PROCESS_EVENT                                                                                                  \
    "evt.type=execve; proc.name=bash; proc.pname=sshd; proc.aname=bash|sshd|systemd; proc.cmdline=bash -i -c id; "     \
    "proc.args=-i -c aWQ=; fd.num=3; fd.name=/etc/shadow; fd.types=file|ipv4; user.uid=0; user.loginuid=-1; "          \
    "proc.is_exe_writable=true; evt.arg.flags=EXE_WRITABLE; evt.arg.mode=#511; evt.buffer=xAB; thread.cpu=0.5"
#define NETWORK_EVENT                                                                                                  \
    "evt.type=connect; fd.sip=10.0.0.1; fd.cip=fe80::1; fd.ip=10.0.0.1|1.1.1.1; fd.net=10.0.0.1|8.8.8.8; "             \
    "fd.port=22|40000; fd.sport=22; evt.res=SUCCESS; proc.duration=5"
static const char *const EVENTS[] = {PROCESS_EVENT, NETWORK_EVENT, "evt.type=file"};

static const struct filter_event UNTOLD_CONNECT = {.kind = 42, .untold = UINT64_MAX, .are_ends_untold = true};

static struct filter *filter_of(const struct program *p)
{
    _cleanup_free_ bool *is_on = xalloc(p->n_rules);
    memset(is_on, true, p->n_rules);
    return prefilter_of_program(p, is_on);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program *p;
    struct strbuf b = {};
    uint64_t types[TYPE_WORDS];
    if (program_load(data, size, &p, NULL) < 0)
        return 0;
    struct eval *ev = eval_new(p);
    struct filter *filter = filter_of(p);
    for (size_t i = 0; i < p->n_rules; i++) {
        program_explain(p, i, &b);
        index_types(p, i, types);
    }
    for (size_t e = 0; e < sizeof(EVENTS) / sizeof(EVENTS[0]); e++) {
        struct sample s;
        if (!sample_init(&s, EVENTS[e]))
            abort();
        for (size_t i = 0; i < p->n_rules; i++) {
            eval_begin(ev, &s.event);
            bool first = eval_rule(ev, i);
            /* What the index leaves out must not match. */
            index_types(p, i, types);
            if (first && event_type_source(s.event.type) == p->rules[i].source &&
                !(types[s.event.type / 64] >> (s.event.type % 64) & 1))
                abort();
            /* What the kernel side is not told it must let pass. */
            if (first && s.event.type == EVENT_CONNECT && p->rules[i].source == SOURCE_SYSCALL &&
                !filter_pass(filter, &UNTOLD_CONNECT))
                abort();
            eval_begin(ev, &s.event);
            if (eval_rule(ev, i) != first)
                abort();
        }
        sample_done(&s);
    }
    eval_free(ev);
    filter_free(filter);
    program_free(p);
    strbuf_done(&b);
    return 0;
}
