// SPDX-License-Identifier: Apache-2.0
#include <arpa/nameser.h>
#include <resolv.h>

#include "base/cleanup.h"
#include "sandbox/dns.h"

enum { TTL = 300, POINTER_TO_QUESTION = 0xc00c, MX_PREFERENCE = 10 };

static void name_type(unsigned type, char *ret, size_t size)
{
    static const struct {
        unsigned type;
        const char *name;
    } KNOWN[] = {{ns_t_a, "A"},     {ns_t_aaaa, "AAAA"}, {ns_t_txt, "TXT"}, {ns_t_mx, "MX"},   {ns_t_ptr, "PTR"},  {ns_t_ns, "NS"},
                 {ns_t_soa, "SOA"}, {ns_t_cname, "CNAME"}, {ns_t_srv, "SRV"}, {ns_t_any, "ANY"}, {ns_t_null, "NULL"}, {65, "HTTPS"}};
    (void)snprintf(ret, size, "TYPE%u", type);
    for (size_t i = 0; i < ARRAY_SIZE(KNOWN); i++)
        if (KNOWN[i].type == type)
            (void)snprintf(ret, size, "%s", KNOWN[i].name);
}

static void add16(struct strbuf *b, unsigned v)
{
    strbuf_addc(b, (char)(v >> 8));
    strbuf_addc(b, (char)v);
}

/* The start of a record of the question's name. */
static void begin(struct strbuf *b, unsigned type, size_t length)
{
    add16(b, POINTER_TO_QUESTION);
    add16(b, type);
    add16(b, ns_c_in);
    add16(b, 0);
    add16(b, TTL);
    add16(b, (unsigned)length);
}

static void add_text(struct strbuf *b, const char *text)
{
    begin(b, ns_t_txt, strlen(text) + 1);
    strbuf_addc(b, (char)strlen(text));
    strbuf_adds(b, text);
}

/* Bytes of a name in its wire form. */
static int wire_length(const uint8_t *wire, size_t size)
{
    size_t n = 0;
    while (n < size && wire[n])
        n += wire[n] + 1U;
    return n < size ? (int)n + 1 : -1;
}

/* A name in its wire form: at most 255 bytes. */
static void add_name(struct strbuf *b, unsigned type, const char *prefix, size_t prefix_n, const char *name)
{
    uint8_t wire[NS_MAXCDNAME];
    const int n = ns_name_pton(name, wire, sizeof(wire));
    const int length = n < 0 ? -1 : wire_length(wire, sizeof(wire));
    if (length < 0)
        return;
    begin(b, type, prefix_n + (size_t)length);
    strbuf_add(b, str_n(prefix, prefix_n));
    strbuf_add(b, str_n(wire, (size_t)length));
}

/* True when a record was added. */
static bool add_record(struct strbuf *b, unsigned type, const char *name, struct phonebook *names)
{
    struct in_addr v4;
    struct in6_addr v6;
    const size_t before = b->n;
    static const char preference[2] = {0, MX_PREFERENCE};
    if (type == ns_t_a || type == ns_t_aaaa)
        phonebook_address(names, str_from(name), &v4, &v6);
    if (type == ns_t_a) {
        begin(b, type, sizeof(v4));
        strbuf_add(b, str_n(&v4, sizeof(v4)));
    } else if (type == ns_t_aaaa && !IN6_IS_ADDR_V4MAPPED(&v6)) {
        begin(b, type, sizeof(v6));
        strbuf_add(b, str_n(&v6, sizeof(v6)));
    } else if (type == ns_t_txt) {
        add_text(b, "v=spf1 -all");
    } else if (type == ns_t_mx) {
        add_name(b, type, preference, sizeof(preference), name);
    } else if (type == ns_t_ptr) {
        add_name(b, type, "", 0, "host.example");
    }
    return b->n > before;
}

bool dns_answer(struct str query, struct phonebook *names, struct dns_question *ret, struct strbuf *ret_answer)
{
    ns_msg m;
    ns_rr rr;
    struct strbuf records = {};
    if (query.n > 4096 || ns_initparse((const uint8_t *)query.p, (int)query.n, &m) < 0 || ns_msg_getflag(m, ns_f_qr) ||
        ns_msg_getflag(m, ns_f_opcode) != ns_o_query || ns_msg_count(m, ns_s_qd) != 1 || ns_parserr(&m, ns_s_qd, 0, &rr) < 0)
        return false;
    (void)snprintf(ret->name, sizeof(ret->name), "%s", ns_rr_name(rr));
    name_type(ns_rr_type(rr), ret->type, sizeof(ret->type));
    const bool has_record = ns_rr_class(rr) == ns_c_in && add_record(&records, ns_rr_type(rr), ret->name, names);
    uint8_t wire[NS_MAXCDNAME];
    const int length = ns_name_pton(ret->name, wire, sizeof(wire)) < 0 ? -1 : wire_length(wire, sizeof(wire));
    if (length < 0) {
        strbuf_done(&records);
        return false;
    }
    add16(ret_answer, ns_msg_id(m));
    add16(ret_answer, 0x8180); /* an answer, recursion wanted and there */
    add16(ret_answer, 1);
    add16(ret_answer, has_record);
    add16(ret_answer, 0);
    add16(ret_answer, 0);
    strbuf_add(ret_answer, str_n(wire, (size_t)length));
    add16(ret_answer, ns_rr_type(rr));
    add16(ret_answer, ns_rr_class(rr));
    strbuf_add(ret_answer, strbuf_str(&records));
    strbuf_done(&records);
    return true;
}
