// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A typed value of a field. It borrows whatever it points to from the event (or rule) that gave it.
 */
#include "base/str.h"

enum value_type {
    VALUE_NONE, /* absent */
    VALUE_BOOL,
    VALUE_INT,
    VALUE_UINT,
    VALUE_DOUBLE,
    VALUE_STRING,
    VALUE_BYTES,
    VALUE_PORT,     /* u */
    VALUE_TIME,     /* u, nanoseconds since the epoch */
    VALUE_DURATION, /* u, nanoseconds */
    VALUE_IP,       /* net, prefix 32 or 128 */
    VALUE_NET,      /* net */
    VALUE_LIST,     /* of values of one type, none of them lists */
    VALUE_DYNAMIC,  /* in the field table only: the type depends on the argument (evt.arg) */
};

struct net {
    uint8_t v6;        /* 0: the first 4 bytes count, 1: 16 */
    uint8_t prefix;    /* significant bits */
    uint8_t bytes[16]; /* network order */
};

struct value;
struct value_list {
    const struct value *v;
    size_t n;
};

struct value {
    enum value_type type;
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double d;
        struct str s;
        const struct net *net;
        struct value_list list;
    };
};

#define VALUE_OF_BOOL(x) ((struct value){.type = VALUE_BOOL, .b = (x)})
#define VALUE_OF_INT(x) ((struct value){.type = VALUE_INT, .i = (x)})
#define VALUE_OF_UINT(x) ((struct value){.type = VALUE_UINT, .u = (x)})
#define VALUE_OF_STR(x) ((struct value){.type = VALUE_STRING, .s = (x)})

struct strbuf;
/*
 * Appends the value as text as Falco prints it: decimal numbers, true/false, addresses, lists as (a,b); TIME and DURATION
 * in nanoseconds. Absent gives "<NA>".
 */
void value_add_text(struct strbuf *b, const struct value *v);
const char *value_type_name(enum value_type t);
/* Parses "10.0.0.0/8", "::1", "1.2.3.4" into *ret; false when it is no address. */
bool net_from_str(struct str s, struct net *ret);
/* Whether `address` lies in `net`; families must agree. */
bool net_contains(const struct net *net, const struct net *address);
