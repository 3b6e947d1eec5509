// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One case of a rule as facts: docs/writing-rules.md describes the form. What is wrong with a case is a `struct
 * error` that names the case file and the line.
 */
#include "event/facts.h"
#include "inspect/inspect.h"
#include "rule/yaml.h"

/* When a case happens that does not say so: a fixed day, so that rules about age give the same every day. */
#define RULES_CASE_TIME_NS (UINT64_C(1'700'000'000) * 1'000'000'000)

/*
 * Fills `facts` with the event of the case: `fields` states facts, `file` gives bytes that run through the
 * inspector first. `folder` is the one of the case file, for path_on_disk. 0, or negative with *err.
 */
int rules_case_facts(const struct yaml_node *c, const char *folder, struct inspector *in, struct facts *facts,
                     struct error *err);
/* Sets further facts of the event, or others in their place, from a map like `fields`. */
int rules_case_more(const struct yaml_node *fields, struct facts *facts, struct error *err);
/* Says where in its file a node stands, before the message. Returns -EINVAL. */
int rules_case_error(struct error *err, const struct yaml_node *node, const char *fmt, ...) _printf_(3, 4);
