// SPDX-License-Identifier: Apache-2.0
/*
 * Events take no memory while they are made and asked: the linker puts counters in front of the allocator (--wrap, see meson.build).
 * What changes what is remembered (births, programs, names) takes some, and a warm table gives it back.
 */
#include "context/test-samples.h"
#include "harness/test.h"

static size_t n_calls;
void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n)
{
    n_calls++;
    return __real_malloc(n);
}
void *__wrap_calloc(size_t count, size_t size)
{
    n_calls++;
    return __real_calloc(count, size);
}
void *__wrap_realloc(void *p, size_t n)
{
    n_calls++;
    return __real_realloc(p, n);
}

static bool changes_memory(const struct record *r)
{
    const enum event_type t = record_kind_type(r->kind);
    /* A relative path tells the working folder. */
    return r->kind >= RECORD_CONFIG || t == EVENT_EXECVE || t == EVENT_PROCEXIT || t == EVENT_DNS || record_find(r, RECORD_BASE);
}

/* All fields, those of the machine's local time left out: the C library reads the time zone when it likes. */
static size_t ask_all(const struct event *e)
{
    size_t given = 0;
    for (int id = 0; id < FIELD__N; id++) {
        struct value v;
        if (id == F_EVT_TIME || id == F_EVT_TIME_S || id == F_EVT_DATETIME || id == F_EVT_DATETIME_S || id == F_EVT_OUTPUTTIME)
            continue;
        given += (size_t)event_get(e, &(struct field_ref){.id = (enum field_id)id, .arg = STR("flags")}, &v);
    }
    return given;
}

TEST(events_take_no_memory)
{
    struct stream s;
    size_t given = 0;
    stream_init(&s, (struct context_options){.keep_env = true});
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < N_SAMPLES; i++) {
            SAMPLES[i](&s);
            s.e = NULL;
            const size_t before = n_calls;
            if (context_take(s.c, s.w.record, &s.e))
                given += ask_all(live_event(s.e));
            /* The first of its sort may make room that later ones find. */
            if (round && !changes_memory(s.w.record))
                CHECK_INT(n_calls, before);
        }
    CHECK(given > 1000);
    stream_done(&s);
}
