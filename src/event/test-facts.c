// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "event/facts.h"
#include "harness/test.h"

static int get(const struct facts *f, enum field_id id, struct value *v)
{
    return event_get(&f->event, &(struct field_ref){.id = id}, v);
}

TEST(facts_answer_as_an_event)
{
    struct facts f;
    struct value v;
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 5);
    facts_str(&f, F_FILE_PATH, STR("/etc/passwd"));
    CHECK(facts_add(&f, F_SECRET_KINDS, STR("a")));
    CHECK(!facts_add(&f, F_SECRET_KINDS, STR("a")));
    CHECK(facts_add(&f, F_SECRET_KINDS, STR("b")));
    facts_count(&f, F_SECRET_COUNT);
    facts_count(&f, F_SECRET_COUNT);

    CHECK_INT(get(&f, F_FILE_PATH, &v), 1);
    CHECK_STR(v.s, "/etc/passwd");
    CHECK_INT(get(&f, F_SECRET_KINDS, &v), 1);
    CHECK_INT(v.list.n, 2);
    CHECK_INT(get(&f, F_SECRET_COUNT, &v), 1);
    CHECK_INT(v.u, 2);
    CHECK_INT(get(&f, F_FILE_SIZE, &v), 0);
    CHECK_INT(get(&f, F_EVT_TYPE, &v), 1);
    CHECK_STR(v.s, "file");
    CHECK_INT(
        event_get(
            &f.event,
            &(struct field_ref){.id = F_SECRET_KINDS, .has_arg = true, .arg_is_index = true, .index = 1}, &v),
        1);
    CHECK_STR(v.s, "b");

    facts_reset(&f, EVENT_IMAGE, 6);
    CHECK_INT(f.event.num, 2);
    CHECK_INT(get(&f, F_FILE_PATH, &v), 0);
    facts_done(&f);
}

TEST(lists_and_notes_are_bounded)
{
    struct facts f;
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    for (uint64_t i = 0; i < FACTS_LIST_MAX + 10; i++)
        facts_add(&f, F_CONTENT_HOSTS, arena_printf(&f.arena, "h%llu", (unsigned long long)i));
    for (uint64_t i = 0; i < FACTS_NOTES_MAX + 5; i++)
        facts_note(&f, &(struct note){.field = F_CONTENT_HOSTS, .offset = i});
    CHECK_INT(facts_get(&f, F_CONTENT_HOSTS)->list.n, FACTS_LIST_MAX);
    CHECK_STR(facts_get(&f, F_CONTENT_HOSTS)->list.v[200].s, "h200");
    CHECK_INT(f.n_notes, FACTS_NOTES_MAX);
    CHECK_INT(f.notes[300].offset, 300);
    CHECK_INT(f.n_lost, 15);
    for (uint64_t i = 0; i < FACTS_LIST_MAX + 10; i++)
        facts_add(&f, F_PACKAGE_LIST, STR("same 1"));
    CHECK_INT(facts_get(&f, F_PACKAGE_LIST)->list.n, FACTS_LIST_MAX + 10); /* FIELD_LONG */
    CHECK_INT(f.n_lost, 15);
    facts_done(&f);
}

TEST(merging_adds_only_what_is_missing)
{
    struct facts a, b;
    struct value v;
    facts_init(&a);
    facts_init(&b);
    facts_reset(&a, EVENT_PROCESS, 0);
    facts_reset(&b, EVENT_FILE, 0);
    facts_str(&a, F_FILE_PATH, STR("mine"));
    facts_str(&b, F_FILE_PATH, STR("theirs"));
    facts_add(&b, F_MINER_SIGNS, STR("one"));
    facts_add(&b, F_MINER_SIGNS, STR("two"));
    facts_add(&b, F_MINER_SIGNS, STR("three"));
    facts_note(&b, &(struct note){.field = F_MINER_SIGNS, .value = STR("one")});
    facts_note(&b, &(struct note){.field = F_FILE_PATH, .value = STR("theirs")});
    facts_merge(&a, &b);
    facts_done(&b);
    CHECK_INT(get(&a, F_FILE_PATH, &v), 1);
    CHECK_STR(v.s, "mine");
    CHECK_INT(get(&a, F_MINER_SIGNS, &v), 1);
    CHECK_STR(v.list.v[2].s, "three");
    CHECK_INT(a.n_notes, 1);
    for (int i = 0; i < 20; i++)
        CHECK(facts_add(&a, F_MINER_SIGNS, arena_printf(&a.arena, "more-%d", i)));
    CHECK_INT(get(&a, F_MINER_SIGNS, &v), 1);
    CHECK_INT(v.list.n, 23);
    CHECK_STR(v.list.v[22].s, "more-19");
    facts_done(&a);
}

static int get_arg(const struct facts *f, enum field_id id, const char *key, uint32_t index, struct value *v)
{
    struct field_ref ref = {
        .id = id, .has_arg = true, .arg_is_index = !key, .index = index, .arg = str_from(key)};
    return event_get(&f->event, &ref, v);
}

TEST(arguments_reach_ancestors_words_and_variables)
{
    struct facts f;
    struct value v;
    facts_init(&f);
    facts_reset(&f, EVENT_PROCESS, 0);
    facts_add(&f, F_PROC_ANAME, STR("bash"));
    facts_add(&f, F_PROC_ANAME, STR("bash"));
    facts_add(&f, F_PROC_ANAME, STR("sshd"));
    facts_str(&f, F_PROC_ENV, STR("HOME=/root LD_PRELOAD=/x.so"));
    facts_str(&f, F_PROC_ARGS, STR("-c ls"));
    CHECK_INT(get_arg(&f, F_PROC_ANAME, NULL, 0, &v), 0);
    CHECK_INT(get_arg(&f, F_PROC_ANAME, NULL, 3, &v), 1);
    CHECK_STR(v.s, "sshd");
    CHECK_INT(get_arg(&f, F_PROC_ANAME, NULL, 4, &v), 0);
    CHECK_INT(get_arg(&f, F_PROC_ENV, "LD_PRELOAD", 0, &v), 1);
    CHECK_STR(v.s, "/x.so");
    CHECK_INT(get_arg(&f, F_PROC_ENV, "PRELOAD", 0, &v), 0);
    CHECK_INT(get_arg(&f, F_PROC_ARGS, NULL, 1, &v), 1);
    CHECK_STR(v.s, "ls");
    facts_done(&f);
}

TEST(times_of_an_event)
{
    struct facts f;
    struct value v;
    facts_init(&f);
    f.run.start_ns = 1'000'000'000;
    facts_reset(&f, EVENT_FILE, 90'061'000'000'005);
    CHECK_INT(get(&f, F_EVT_TIME_ISO8601, &v), 1);
    CHECK_STR(v.s, "1970-01-02T01:01:01.000000005Z");
    CHECK_INT(get(&f, F_EVT_RAWTIME_S, &v), 1);
    CHECK_INT(v.u, 90061);
    CHECK_INT(get(&f, F_EVT_RAWTIME_NS, &v), 1);
    CHECK_INT(v.u, 5);
    CHECK_INT(get(&f, F_EVT_RELTIME_S, &v), 1);
    CHECK_INT(v.u, 90060);
    CHECK_INT(get_arg(&f, F_EVT_TYPE_IS, "file", 0, &v), 1);
    CHECK_INT(v.u, 1);
    CHECK_INT(get_arg(&f, F_EVT_TYPE_IS, "image", 0, &v), 1);
    CHECK_INT(v.u, 0);
    CHECK_INT(get(&f, F_EVT_TIME_S, &v), 1);
    CHECK_INT(v.s.n, 8);
    facts_done(&f);
}

TEST(a_secret_is_taken_out_of_values_and_notes)
{
    _cleanup_(facts_done) struct facts f = {};
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    facts_add(&f, F_CONTENT_URLS, STR("http://u:hunter22@x.example/hunter22"));
    facts_note(&f, &(struct note){.field = F_CONTENT_URLS,
                                  .value = STR("http://u:hunter22@x.example/"),
                                  .excerpt = STR("hunter22")});
    facts_redact(&f, F_CONTENT_URLS, STR("hunter22"), STR("hu…"));
    CHECK_STR(facts_get(&f, F_CONTENT_URLS)->list.v[0].s, "http://u:hu…@x.example/hu…");
    CHECK_STR(f.notes[0].value, "http://u:hu…@x.example/");
    CHECK_STR(f.notes[0].excerpt, "hu…");
}

TEST(fields_with_an_argument_and_addresses_can_be_stated)
{
    struct facts f;
    struct value v;
    struct net net;
    facts_init(&f);
    facts_reset(&f, EVENT_OPENAT, 0);
    facts_arg(&f, F_EVT_ARG, STR("flags"), &VALUE_OF_STR(STR("O_RDONLY")));
    facts_arg(&f, F_EVT_RAWARG, STR("mode"), &VALUE_OF_UINT(0644));
    facts_arg(&f, F_EVT_ARG, STR("flags"), &VALUE_OF_STR(STR("O_WRONLY")));
    CHECK_INT(get_arg(&f, F_EVT_ARG, "flags", 0, &v), 1);
    CHECK_STR(v.s, "O_WRONLY"); /* the last one counts */
    CHECK_INT(get_arg(&f, F_EVT_RAWARG, "mode", 0, &v), 1);
    CHECK_INT(v.u, 0644);
    CHECK_INT(get_arg(&f, F_EVT_RAWARG, "flags", 0, &v), 0);
    /* Beside the value without an argument, which words are taken from else. */
    facts_str(&f, F_PROC_ENV, STR("A=1 B=2"));
    facts_arg(&f, F_PROC_ENV, STR("B"), &VALUE_OF_STR(STR("3 4")));
    CHECK_INT(get_arg(&f, F_PROC_ENV, "A", 0, &v), 1);
    CHECK_STR(v.s, "1");
    CHECK_INT(get_arg(&f, F_PROC_ENV, "B", 0, &v), 1);
    CHECK_STR(v.s, "3 4");
    CHECK(net_from_str(STR("169.254.169.254"), &net));
    facts_net(&f, F_FD_RIP, &net);
    net.bytes[0] = 0;
    CHECK_INT(get(&f, F_FD_RIP, &v), 1);
    CHECK_INT(v.net->bytes[0], 169);
    facts_reset(&f, EVENT_OPENAT, 0);
    CHECK_INT(get_arg(&f, F_EVT_ARG, "flags", 0, &v), 0);
    CHECK_INT(get(&f, F_FD_RIP, &v), 0);
    facts_done(&f);
}
