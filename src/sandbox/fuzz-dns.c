// SPDX-License-Identifier: Apache-2.0
/* Queries from a stranger: each gets one whole answer to the same question, or none. */
#include <arpa/nameser.h>
#include <stdlib.h>

#include "sandbox/dns.h"
#include "sandbox/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct phonebook names = {};
    struct dns_question q;
    struct strbuf answer = {};
    struct exchange e;
    ns_msg m;
    ns_rr rr;
    if (dns_answer(str_n(data, size), &names, &q, &answer)) {
        if (ns_initparse((const uint8_t *)answer.p, (int)answer.n, &m) < 0 || !ns_msg_getflag(m, ns_f_qr) || ns_parserr(&m, ns_s_qd, 0, &rr) < 0)
            abort();
        for (int i = 0; i < ns_msg_count(m, ns_s_an); i++)
            if (ns_parserr(&m, ns_s_an, i, &rr) < 0)
                abort();
    } else if (answer.n) {
        abort();
    }
    strbuf_done(&answer);
    phonebook_done(&names);
    (void)exchange_read(str_n(data, size), &e);
    return 0;
}
