// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which rules are worth trying on an event. A rule is *guarded* when it can only match if one of some leaves holds that groups
 * judge together (rule/program.h): one look-up of the name of a request then says which of 500 rules may be meant, and the others
 * cost nothing. Read off the verified code: with the true branches of those leaves cut, `hit` cannot be reached.
 */
#include "rule/index.h"

/*
 * From how many guarded rules of an event type on they are looked up; with fewer, trying them one by one is cheaper. Instructions that
 * callgrind counts are in docs/sigma.md.
 */
enum { GUARD_RULES_MIN = 24, GUARD_RULES_PER_GROUP = 4 };
/* From how many fields on. Of CloudTrail the kind costs as much as three or four of them. */
enum { GUARD_KIND_MIN = 4 };

struct guards {
    uint32_t n_words;      /* of a set of rules, by place in program.rules */
    uint32_t *from, *rules; /* of leaf l: rules[from[l]] … rules[from[l + 1] - 1] are guarded by it */
    struct guard_type {
        bool is_on;
        uint64_t *all, *always; /* rules of the type; those of them that nothing guards */
        uint32_t *groups;       /* to be judged */
        uint32_t n_groups;
        uint32_t *operands;     /* the fields that they look at, those last that follow from an event's kind (event_ops.kind) */
        uint32_t n_operands, n_beside_kind;
        unsigned families;      /* of those beside the kind; an event that lacks them all, and tells the rest in brief, has none of them to read: */
        bool has_others;        /* unless there are some of no family, and not in brief */
        bool asks_kind;         /* so many follow that the kind is worth being asked for */
        enum field_brief briefs[BRIEF__N]; /* that the type's rules look at */
        uint32_t n_briefs;
    } types[EVENT__N];
    uint8_t classes[BRIEF__N][256]; /* of what is told in brief: to values of one class the rules say the same */
};

/*
 * Whether a rule can match when known() says of some leaves that they hold (1) or do not (0), and of the others that they may (-1).
 * `reach` has room for its instructions.
 */
bool guard_can_hit(const struct program_range *r, int (*known)(void *ctx, uint32_t leaf), void *ctx, bool *reach);
/* The memory is the arena's. */
void guards_init(struct guards *g, const struct program *p, const struct index *x, struct arena *arena);
