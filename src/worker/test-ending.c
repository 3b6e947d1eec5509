// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/test.h"
#include "worker/ending.h"

enum { ITEM = 7 };

static uint8_t content[QUEUE_CHANNEL_BYTES * 2];

static struct desk *desk_at(enum walk_phase phase)
{
    struct desk *d = desk_memory(sizeof(*d));
    CHECK(d != NULL);
    atomic_store(&d->item, ITEM);
    atomic_store(&d->phase, phase);
    return d;
}

/* What follows from an end in that phase, with the queue as it is. The desk is given back. */
static struct plan plan_of(struct desk *d, struct queue *q, enum queue_share expected)
{
    struct plan plan = {};
    enum queue_share share = ending_share(d, &q, 1);
    CHECK_INT(share, expected);
    ending_note(&plan, d, share, "parser-died");
    (void)munmap(d, sizeof(*d));
    return plan;
}

static void check_passed_by(struct plan plan)
{
    CHECK_INT(plan.done, ITEM);
    CHECK_INT(plan.steps.n, 1);
    CHECK_INT(plan.steps.v[0].kind, PLAN_DEAD);
    CHECK_INT(plan.steps.v[0].item, ITEM);
    vec_done(&plan.steps);
}

/* It is told by the helper: to tell it as one that ended its worker too would be one time too many, and untrue. */
static void check_left_to_helper(struct plan plan)
{
    CHECK_INT(plan.done, ITEM + 1);
    CHECK_INT(plan.steps.n, 0);
    vec_done(&plan.steps);
}

TEST(who_ends_over_a_file_is_followed_past_it)
{
    struct queue *q = queue_new();
    check_passed_by(plan_of(desk_at(WALK_INSPECT), q, QUEUE_NOTHING));
    queue_fill(q, ITEM - 1, STR("facts"), STR("content"));
    check_passed_by(plan_of(desk_at(WALK_INSPECT), q, QUEUE_NOTHING));
    queue_free(q);
}

TEST(who_did_two_things_is_followed_by_one_that_does_them_in_turn)
{
    const enum walk_phase phases[] = {WALK_INSPECT, WALK_READ, WALK_NEXT};
    struct queue *q = queue_new();
    for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
        struct desk *d = desk_at(phases[i]);
        atomic_store(&d->unpacks_aside, true);
        struct plan plan = plan_of(d, q, QUEUE_NOTHING);
        CHECK(plan.in_line);
        CHECK_INT(plan.done, ITEM + (phases[i] == WALK_NEXT));
        CHECK_INT(plan.steps.n, 0);
        CHECK_INT(plan.last_end, 0);
    }
    queue_free(q);
}

TEST(what_was_handed_over_is_told_by_who_has_it)
{
    struct queue *q = queue_new();
    struct queue_large large = {};
    queue_fill(q, ITEM, STR("facts"), STR("content"));
    check_left_to_helper(plan_of(desk_at(WALK_INSPECT), q, QUEUE_ALL));
    queue_pop(q, &large); /* whatever became of it meanwhile */
    check_left_to_helper(plan_of(desk_at(WALK_INSPECT), q, QUEUE_ALL));
    queue_reset(q);
    check_passed_by(plan_of(desk_at(WALK_INSPECT), q, QUEUE_NOTHING));
    queue_free(q);
}

TEST(what_flows_is_told_by_who_has_all_of_it)
{
    struct queue *q = queue_new();
    queue_begin(q, ITEM, STR("facts"));
    CHECK_INT(queue_send(q, STR("a piece")), 7);
    check_passed_by(plan_of(desk_at(WALK_INSPECT), q, QUEUE_SOME));
    queue_end(q, &(struct queue_ending){});
    check_left_to_helper(plan_of(desk_at(WALK_INSPECT), q, QUEUE_ALL));
    queue_free(q);
}

/* The walker ends while it sends: what is in the channel is not all. */
TEST(large_content_that_was_cut_is_not_handed_over)
{
    struct queue *q = queue_new();
    struct desk *d = desk_at(WALK_INSPECT);
    pid_t pid = fork();
    if (!pid) {
        queue_fill(q, ITEM, STR("facts"), str_n(content, sizeof(content)));
        for (;;)
            (void)queue_send(q, str_n(content, sizeof(content)));
    }
    while (atomic_load(&q->sent) < QUEUE_CHANNEL_BYTES)
        usleep(1000);
    CHECK(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
    queue_cut(q);
    check_passed_by(plan_of(d, q, QUEUE_SOME));
    queue_free(q);
}

TEST(unpacking_is_given_up_when_it_ends_there_again)
{
    struct plan plan = {};
    struct desk *d = desk_at(WALK_NEXT);
    ending_note(&plan, d, QUEUE_NOTHING, "parser-died");
    CHECK_INT(plan.done, ITEM + 1);
    CHECK_INT(plan.steps.n, 0);
    ending_note(&plan, d, QUEUE_NOTHING, "parser-died");
    CHECK_INT(plan.steps.n, 1);
    CHECK_INT(plan.steps.v[0].kind, PLAN_ABANDON);
    CHECK_INT(plan.steps.v[0].item, ITEM + 1);
    vec_done(&plan.steps);
    (void)munmap(d, sizeof(*d));
}
