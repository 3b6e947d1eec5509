// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What tests of the formats share: software in a target, and a report in which everything that comes from a target is as
 * bad as it can be.
 */
#include "finding/sample.h"

/* Folders, programs and packages for the lists and pictures. */
static inline void sample_software(struct report_target *t)
{
    static const char *const packages[] = {"bash 5.2.15-2+b7 amd64", "libc6 2.36-9+deb12u4 amd64", "unversioned"};
    struct facts f;
    facts_init(&f);
    sample_file(&f, "/usr/bin/bash", SAMPLE_SHA256, 1);
    facts_str(&f, F_FILE_KIND, STR("elf"));
    facts_bool(&f, F_FILE_IS_EXEC, true);
    inventory_add(&t->inventory, &f, true);
    sample_file(&f, "/usr/share/doc/x/README", SAMPLE_SHA256, 1);
    facts_str(&f, F_FILE_KIND, STR("text"));
    inventory_add(&t->inventory, &f, true);
    sample_file(&f, "/opt/.cache/run", SAMPLE_SHA256, 4);
    facts_str(&f, F_FILE_KIND, STR("script"));
    facts_str(&f, F_LAYER_STATE, STR("shadowed"));
    inventory_add(&t->inventory, &f, true);
    sample_file(&f, "/usr/lib/os-release", SAMPLE_SHA256, 1);
    facts_str(&f, F_FILE_KIND, STR("text"));
    facts_str(&f, F_OS_RELEASE_ID, STR("debian"));
    facts_str(&f, F_OS_RELEASE_VERSION, STR("12"));
    inventory_add(&t->inventory, &f, true);
    sample_file(&f, "/var/lib/dpkg/status", SAMPLE_SHA256, 1);
    facts_str(&f, F_FILE_KIND, STR("text"));
    facts_str(&f, F_PACKAGE_ECOSYSTEM, STR("deb"));
    for (size_t i = 0; i < ARRAY_SIZE(packages); i++)
        facts_add(&f, F_PACKAGE_LIST, str_from(packages[i]));
    inventory_add(&t->inventory, &f, true);
    sample_file(&f, "/srv/node_modules/@a/b/package.json", SAMPLE_SHA256, 4);
    facts_str(&f, F_FILE_KIND, STR("json"));
    facts_str(&f, F_PACKAGE_ECOSYSTEM, STR("npm"));
    facts_add(&f, F_PACKAGE_LIST, STR("@a/b 1.0.0"));
    inventory_add(&t->inventory, &f, true);
    facts_done(&f);
}

enum { HOSTILE_VALUE = 1 << 20 };

/* `arena` holds what the report borrows. */
static inline void sample_hostile_report(struct report *r, struct arena *a)
{
    static const char marks[] = "</script><script>alert(1)</script>]]><!-- --> \"'&amp;<b onx=1> [x](http://y) {0} \\ %s %n \xe2\x80\xae\xe2\x81\xa6 "
                                "\xff\xc0\x80\xed\xa0\x80 \x1b[31m\x1b]8;;http://x\a \n\r\t \x7f ../../etc \xe2\x80\xa8 \xf0\x9f\xa6\xa4";
    char *bytes = arena_alloc(a, HOSTILE_VALUE);
    struct facts f;
    for (size_t i = 0; i < HOSTILE_VALUE; i++)
        bytes[i] = i < 256 ? (char)i : marks[i % (sizeof(marks) - 1)];
    struct str all = str_n(bytes, HOSTILE_VALUE), some = str_n(bytes, 512), mark = STR(marks);
    r->version = STR("0.1.0");
    r->started_ns = 1'764'000'000'000'000'000;
    r->ended_ns = r->started_ns + 5;
    r->fail_on = PRIORITY_DEBUG;
    for (int k = 0; k < 2; k++) {
        struct report_target *t = report_add_target(r, mark, k ? mark : STR("image"));
        t->platform = t->digest = t->config_digest = t->reference = k ? some : mark;
        t->n_layers = 3;
        t->layers = arena_array(a, struct report_layer, 3);
        for (uint32_t i = 0; i < 3; i++)
            t->layers[i] = (struct report_layer){.index = i + 1, .digest = some, .created_by = all, .size = UINT64_MAX >> 8};
        t->counts.bytes = UINT64_MAX;
        t->wall_ns = UINT64_MAX;
        t->findings = findings_new(&(struct findings_options){});
        struct report_run *run = report_add_run(t, all);
        run->ended = mark;
        run->output = str_sub(all, 0, REPORT_OUTPUT_MAX);
        run->wall_ns = k ? UINT64_MAX : 0;
        run->fast = (unsigned)k;
        for (uint32_t i = 0; i < 600; i++)
            report_moment(run, i * UINT64_C(1'000'000'000'000'000), i % 2 ? "found" : "asked", i % 3 ? arena_printf(a, "%u %.*s", i, STR_ARG(mark)) : all, i % 50);
        report_run_end(run);
        facts_init(&f);
        for (uint32_t i = 0; i < 40; i++) {
            struct rule *rule = sample_rule(a, i / 2, arena_str(a, mark).p, (enum priority)(i % PRIORITY__N),
                                            i % 3 ? "axis:intent axis:harm by:</script> purpose:\x1b[m row:\" T1000<" : "kind:exposure");
            rule->desc = some;
            rule->next = mark;
            sample_file(&f, arena_printf(a, "/%u/%.*s", i, STR_ARG(mark)).p, i % 2 ? SAMPLE_SHA256 : NULL, 1 + i % 5);
            facts_str(&f, F_FILE_PATH, i % 4 ? str_sub(all, i, i + 300) : all);
            facts_str(&f, F_LAYER_STATE, i % 2 ? STR("deleted") : mark);
            facts_uint(&f, F_LAYER_HIDDEN_BY, i);
            facts_str(&f, F_LAYER_CREATED_BY, all);
            facts_str(&f, F_LAYER_DIGEST, some);
            facts_note(&f, &(struct note){.field = F_FILE_PATH, .value = all, .excerpt = some, .via = i % 2 ? mark : STR_NULL, .line = i, .column = UINT32_MAX});
            facts_note(&f, &(struct note){.field = F_FILE_PATH, .value = mark, .excerpt = mark, .offset = UINT64_MAX});
            (void)findings_keep(t->findings, rule, &f, all);
            facts_str(&f, F_FILE_KIND, mark);
            facts_bool(&f, F_FILE_IS_EXEC, true);
            facts_str(&f, F_FILE_SHA256, str_from(SAMPLE_SHA256));
            facts_str(&f, F_LAYER_STATE, STR("effective"));
            facts_str(&f, F_PACKAGE_ECOSYSTEM, mark);
            facts_str(&f, F_OS_RELEASE_ID, mark);
            facts_str(&f, F_OS_RELEASE_VERSION, some);
            facts_add(&f, F_PACKAGE_LIST, all);
            facts_add(&f, F_PACKAGE_LIST, arena_printf(a, "%u %.*s", i, STR_ARG(mark)));
            inventory_add(&t->inventory, &f, true);
        }
        facts_reset(&f, EVENT_PROCESS, 0);
        facts_str(&f, F_PROC_NAME, mark);
        facts_int(&f, F_PROC_PID, 7);
        (void)findings_keep(t->findings, sample_rule(a, 100, "process", PRIORITY_ERROR, "axis:harm"), &f, mark);
        facts_reset(&f, EVENT_ACCOUNT, 0);
        facts_str(&f, F_ACCOUNT_NAME, mark);
        (void)findings_keep(t->findings, sample_rule(a, 101, "account", PRIORITY_ERROR, "kind:context"), &f, mark);
        facts_done(&f);
        for (int i = 0; i < REPORT_GAPS_MAX + 10; i++)
            report_unread(t, i % 100 ? mark : all, i % 100 ? STR("why") : all);
        report_skipped(t, STR(""), STR(""));
    }
    report_failure(report_add_target(r, STR("gone\xff"), STR("image")), mark);
    report_judge(r);
}
