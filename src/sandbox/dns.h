// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The resolver of the pretend internet: every name has an address. */
#include "base/strbuf.h"
#include "sandbox/phonebook.h"

enum { DNS_ANSWER_MAX = 512 };

struct dns_question {
    char name[1025];  /* as text, dots between the labels, odd bytes as \DDD */
    char type[16];    /* "A", "AAAA", "TXT", … */
};

/*
 * Answers a query with A, AAAA, PTR, MX and TXT records, and with none for other types. Appends to ret_answer. False when the bytes are
 * no query of one question: nothing is answered then.
 */
bool dns_answer(struct str query, struct phonebook *names, struct dns_question *ret, struct strbuf *ret_answer);
