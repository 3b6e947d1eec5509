// SPDX-License-Identifier: Apache-2.0
#include "log/values.h"

void log_set(struct log_values *v, enum field_id id, struct value value)
{
    for (unsigned i = 0; i < v->n; i++)
        if (v->ids[i] == id)
            return;
    if (v->n == LOG_VALUES_MAX)
        return;
    v->ids[v->n] = id;
    v->values[v->n++] = value;
}

void log_set_str(struct log_values *v, enum field_id id, struct str s)
{
    if (s.n)
        log_set(v, id, VALUE_OF_STR(s));
}

void log_set_bool(struct log_values *v, enum field_id id, bool b)
{
    log_set(v, id, VALUE_OF_BOOL(b));
}

void log_set_ip(struct log_values *v, enum field_id id, struct str s)
{
    struct net net;
    if (memchr(s.p ? s.p : "", '/', s.n) || !net_from_str(s, &net))
        return;
    struct net *copy = arena_new(v->arena, struct net);
    *copy = net;
    log_set(v, id, (struct value){.type = VALUE_IP, .net = copy});
}

void log_set_named(struct log_values *v, struct str name, struct str text)
{
    if (v->n_named == LOG_NAMED_MAX)
        return;
    v->names[v->n_named] = name;
    v->texts[v->n_named++] = text;
}

int log_values_get(const struct log_values *v, const struct field_ref *ref, struct value *ret)
{
    if (ref->id == F_LOG_VALUE) {
        for (unsigned i = 0; i < v->n_named; i++)
            if (str_eq(v->names[i], ref->arg)) {
                *ret = VALUE_OF_STR(v->texts[i]);
                return 1;
            }
        return 0;
    }
    for (unsigned i = 0; i < v->n; i++)
        if (v->ids[i] == ref->id) {
            *ret = v->values[i];
            return 1;
        }
    return 0;
}
