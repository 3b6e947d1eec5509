// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a record says, as fields with values: how decoders of text answer, and decoders of JSON whose formats have few fields.
 * A decoder fills it once for each record; strings borrow from the record's bytes or from its arena.
 */
#include "base/arena.h"
#include "event/field.h"
#include "log/limits.h"

struct log_values {
    struct arena *arena;     /* for texts that do not stand in the record as they are; reset with each record */
    enum event_type type;    /* the format's, unless the decoder knows better (a line of sshd in a journal is EVENT_AUTH) */
    uint64_t time_ns;        /* since the epoch; 0: the record tells no time */
    unsigned n, n_named;
    enum field_id ids[LOG_VALUES_MAX];
    struct value values[LOG_VALUES_MAX];
    struct str names[LOG_NAMED_MAX], texts[LOG_NAMED_MAX];
};

/* Sets a field; the first value stays. Beyond LOG_VALUES_MAX fields the rest is left out. */
void log_set(struct log_values *v, enum field_id id, struct value value);
/* Empty text is absent. */
void log_set_str(struct log_values *v, enum field_id id, struct str s);
void log_set_bool(struct log_values *v, enum field_id id, bool b);
/* A field of type IP; text that is no address is left out. */
void log_set_ip(struct log_values *v, enum field_id id, struct str s);
/* log.value[name]. */
void log_set_named(struct log_values *v, struct str name, struct str text);
/* The value of a field: 1 or 0. */
int log_values_get(const struct log_values *v, const struct field_ref *ref, struct value *ret);
