// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A case whose event is a record of a log as it stands in a file (`record`): it goes through the decoders of davy logs, so that a rule is tested
 * together with them. What the case states in `fields` counts before what the record says.
 */
#include "cmd/rules_case.h"
#include "log/reader.h"

struct rules_record {
    struct event event; /* first: the ops find the record by it */
    const struct facts *facts;
    const struct log_record *record;
    struct log_reader *reader; /* made when it is needed */
};

void rules_record_done(struct rules_record *r);
/*
 * Fills the event of a case, from its record when it has one, else from facts (rules_case_facts()). *ret is valid until the next case, and
 * the caller may give it another number and time. 0, or negative with *err.
 */
int rules_case_event(const struct yaml_node *c, const char *folder, struct inspector *in, struct facts *facts, struct rules_record *r, struct event **ret, struct error *err);
/* What the record at hand says, one field a line, for whoever wonders why a rule holds or not. */
void rules_record_add(struct strbuf *b, const struct rules_record *r);
