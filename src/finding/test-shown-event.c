// SPDX-License-Identifier: Apache-2.0
#include "event/facts.h"
#include "finding/shown_event.h"
#include "harness/test.h"

static struct str text(const struct event *e, enum field_id id)
{
    struct value v = {};
    return event_get(e, &(struct field_ref){.id = id}, &v) == 1 && v.type == VALUE_STRING ? v.s : STR_NULL;
}

TEST(secrets_are_not_shown_and_all_else_is)
{
    struct facts f;
    struct arena arena = {};
    struct shown_event s;
    struct value list = {};
    facts_init(&f);
    facts_reset(&f, EVENT_EXECVE, 42);
    facts_str(&f, F_PROC_CMDLINE, STR("mysql --password=hunter2"));
    facts_str(&f, F_PROC_NAME, STR("password=x"));
    facts_str(&f, F_EVT_ARGS, STR("res=0 exe=mysql args=--password.hunter2.-h.db. tid=4"));
    facts_int(&f, F_PROC_PID, 7);
    (void)facts_add(&f, F_PROC_ACMDLINE, STR("sh -c x"));
    (void)facts_add(&f, F_PROC_ACMDLINE, STR("run --token=abc"));
    shown_event_init(&s, &f.event, &arena);
    CHECK_STR(text(&s.event, F_PROC_CMDLINE), "mysql --password=…");
    CHECK_STR(text(&s.event, F_PROC_NAME), "password=x");
    CHECK_STR(text(&s.event, F_EVT_ARGS), "res=0 exe=mysql args=--password.….-h.db. tid=4");
    CHECK_STR(text(&f.event, F_PROC_CMDLINE), "mysql --password=hunter2");
    CHECK_INT(s.event.type, EVENT_EXECVE);
    CHECK_INT(event_get(&s.event, &(struct field_ref){.id = F_PROC_ACMDLINE}, &list), 1);
    CHECK(list.type == VALUE_LIST && list.list.n == 2);
    CHECK_STR(list.list.v[0].s, "sh -c x");
    CHECK_STR(list.list.v[1].s, "run --token=…");
    arena_done(&arena);
    facts_done(&f);
}
