// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which YARA rules may still match content of which only some things are known: which strings may be in it, its
 * first bytes, its size. Each condition's byte code (yara/exec.h) is run over values that are known, undefined or
 * open; what cannot be followed leaves the rule open. A rule that is not open does not match, whatever libyara
 * would find.
 */
#include <yara.h>

#include "inspect/analyzer.h"

struct yara_conditions;

/* `may[i]`: string i of the rules may be found in any content, because nothing tells where it cannot be. */
struct yara_conditions *yara_conditions_new(const YR_RULES *rules, const bool *may);
struct yara_conditions *yara_conditions_free(struct yara_conditions *y);
/* Number of rules that may match content without any string; for tests and reports. */
size_t yara_conditions_loose(const struct yara_conditions *y);
/*
 * Runs the conditions for a content. `may[i]`: string i may be there; `touched` are the rules that have such a
 * string (beyond those that may be found anywhere), in any order, repeats allowed. The rules that may match are left in
 * yara_conditions_open(). True when there is one that is not
 * private.
 */
bool yara_conditions_run(struct yara_conditions *y, const struct content *c, const bool *may, const uint32_t *touched,
                         size_t n_touched);
/* Whether a rule was left open by the last run. */
bool yara_conditions_open(const struct yara_conditions *y, uint32_t rule);
/* Whether one of the open rules asks for the deprecated `entrypoint`, which libyara works out while it searches. */
bool yara_conditions_ask_entry(const struct yara_conditions *y);
/* Whether a condition reads the variable or module of that name. */
bool yara_conditions_ask(const struct yara_conditions *y, const char *name);
