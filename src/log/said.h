// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a record of an audit log says, in the words that all providers share: for formats whose own names no field has. */
#include "log/record.h"

struct log_said {
    struct str provider, account, region, service, action, principal, name, type, ip, agent, id, resource, error, error_message, key;
    bool is_failure, is_denied, is_login, is_person, is_readonly;
    bool is_open; /* what comes of it is not said here: neither an outcome nor a login */
};

/* cloud.principal.type of a person or a program. */
struct str log_said_type(bool is_person);
/* 203.0.113.9 of 203.0.113.9:1234, 2001:db8::1 of [2001:db8::1]:1234; what is neither stays. */
struct str log_without_port(struct str s);
/* cloud.*, and login.* of a login; texts borrow from the record. */
void log_said_set(struct log_record *r, const struct log_said *s);
