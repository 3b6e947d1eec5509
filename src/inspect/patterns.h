// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The one pass over content: the fixed strings that all analyzers ask for stand in one vectorscan database. An
 * analyzer subscribes when the inspector starts (analyzer.h); before the first of them looks at a content, the
 * inspector runs the pass, and each place goes to whoever asked for the string.
 */
#include "inspect/analyzer.h"
#include "inspect/literals.h"

struct patterns;

struct patterns *patterns_new(void);
struct patterns *patterns_free(struct patterns *p);
DEFINE_CLEANUP(struct patterns *, patterns_free)
/* The string that was subscribed to as `number` ends before c->data.p[end]; ends do not decrease during a pass. */
typedef void patterns_hit(void *state, unsigned number, const struct content *c, size_t end);
/* Whether the strings that are added from here on are also wanted in packed bytes whose members are looked at by themselves. */
void patterns_for(struct patterns *p, bool packed_too);
/* `once`: only the first place is wanted (more may come when somebody else wants them all). The text is copied. */
void patterns_add(struct patterns *p, struct str text, bool nocase, bool once, patterns_hit *hit, void *state,
                  unsigned number);
/* Makes the database, or takes it from `cache` (may be NULL). -EINVAL with vectorscan's reason. */
int patterns_compile(struct patterns *p, struct cache *cache, struct error *err);
/* The pass, over packed bytes or others; 0, or -EIO when vectorscan refuses. */
int patterns_scan(struct patterns *p, const struct content *c, bool packed);
