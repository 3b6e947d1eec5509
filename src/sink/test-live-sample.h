// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Alerts for tests, with everything a stranger chooses filled in by hand. DAVY TEST IMITATION. */
#include "sink/live.h"

struct live_sample {
    struct rule rule;
    struct str tags[4], rows[1], techniques[1];
    struct value list[2];
    struct net net;
    struct output_field fields[8], evidence[1];
    struct alert alert;
};

static inline struct alert *live_sample(struct live_sample *s)
{
    *s = (struct live_sample){
        .tags = {STR("kind:threat"), STR("axis:intent"), STR("row:18"), STR("T1098.004")},
        .rows = {STR("18")},
        .techniques = {STR("T1098.004")},
        .net = {.prefix = 32, .bytes = {192, 0, 2, 7}},
    };
    s->rule = (struct rule){.name = STR("Keys replaced"), .output = STR("%proc.name wrote %fd.name")};
    s->list[0] = VALUE_OF_STR(STR("sh"));
    s->list[1] = VALUE_OF_STR(STR("cron"));
    s->fields[0] = (struct output_field){STR("proc.name"), VALUE_OF_STR(STR("bash"))};
    s->fields[1] = (struct output_field){STR("fd.name"), VALUE_OF_STR(STR("/root/.ssh/\x1b[31mkeys\xff"))};
    s->fields[2] = (struct output_field){STR("fd.lport"), {.type = VALUE_PORT, .u = 22}};
    s->fields[3] = (struct output_field){STR("fd.sip"), {.type = VALUE_IP, .net = &s->net}};
    s->fields[4] = (struct output_field){STR("evt.is_open_write"), VALUE_OF_BOOL(true)};
    s->fields[5] = (struct output_field){STR("proc.aname"), {.type = VALUE_LIST, .list = {s->list, 2}}};
    s->fields[6] = (struct output_field){STR("container.id"), VALUE_OF_STR(STR("web7f"))};
    s->fields[7] = (struct output_field){STR("container.name"), {}};
    s->evidence[0] = (struct output_field){STR("fd.name"), VALUE_OF_STR(STR("/root/.ssh/keys"))};
    s->alert = (struct alert){
        .time_ns = 1'700'000'000'123'456'789, .num = 41, .rule = &s->rule, .name = s->rule.name,
        .priority = PRIORITY_CRITICAL, .kind = FINDING_THREAT, .intent = true,
        .rows = s->rows, .n_rows = 1, .techniques = s->techniques, .n_techniques = 1, .tags = s->tags, .n_tags = 4,
        .type = EVENT_OPENAT, .hostname = STR("db-3"), .output = STR("bash wrote /root/.ssh/\x1b[31mkeys\xff"),
        .fields = s->fields, .n_fields = 8, .evidence = s->evidence, .n_evidence = 1,
        .subject = {.process = STR("bash"), .parent = STR("cron"), .pid = 4121, .ppid = 612, .uid = 0, .loginuid = -1,
                    .user = STR("root"), .container_id = STR("web7f")},
    };
    return &s->alert;
}
