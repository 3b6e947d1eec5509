// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Questions as servers of DNS write them down: dnsmasq, BIND, Unbound and CoreDNS, by way of syslog, the journal or a file of their own; and the public zones of Route 53.
 * Also what dnsmasq and systemd-resolved say of answers, each of
 * which has a line of its own. Each looks at one line and allocates nothing; texts borrow from it. What is neither says nothing here.
 */
#include "log/values.h"

struct text_dns {
    uint64_t time_ns;              /* 0: the line says none */
    struct str client, name, type; /* who asked, without a port; as written; A, AAAA, TYPE65 */
    struct str rcode;              /* empty: of a question, not of what came of it */
    struct str zone, place, subnet, protocol; /* of Route 53 */
    struct str answer;             /* an address, or a text */
    bool is_question;
    bool is_answer;                /* and only that: the question stood before it */
    struct str program, message;   /* of a line in a file of the server's own */
};

/* What a program says: true when it is one of these servers and says that somebody asked, or what was answered. */
bool text_dns_message(struct str program, struct str message, struct text_dns *ret);
/* A line of a file: true when it begins as one of these servers writes; ret->is_question and ret->is_answer tell whether somebody asked or was answered, and program and message are set when not. */
bool text_dns_line(struct str line, struct text_dns *ret);
/* Whether nothing else writes such a line: what CoreDNS says besides begins as many others do. */
bool text_dns_is_sure(const struct text_dns *d);
/* As fields of a record. */
void text_dns_set(struct log_values *v, const struct text_dns *d);
