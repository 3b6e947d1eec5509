// SPDX-License-Identifier: Apache-2.0
#include "context/dns.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <stdio.h>

enum {
    HEAD_BYTES = 12, QUESTION_FIXED = 4, RECORD_FIXED = 10,
    FLAG_ANSWER = 0x80, RCODE = 0x0f,
    TYPE_HTTPS = 65, TYPE_SVCB = 64,
};

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* The name at `at`, in lower case; the bytes that it takes there, 0 when it is damaged. */
static size_t read_name(struct str packet, size_t at, char *ret, size_t size)
{
    const uint8_t *p = (const uint8_t *)packet.p;
    int n = at < packet.n ? dn_expand(p, p + packet.n, p + at, ret, (int)size) : -1;
    if (n <= 0)
        return 0;
    for (char *c = ret; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c += 'a' - 'A';
    if (!ret[0] && size > 1)
        memcpy(ret, ".", 2);
    return (size_t)n;
}

bool dns_read(struct str packet, struct dns_message *ret)
{
    const uint8_t *p = (const uint8_t *)packet.p;
    char skipped[DNS_NAME_MAX];
    size_t at = HEAD_BYTES, n;
    *ret = (struct dns_message){};
    if (packet.n < HEAD_BYTES)
        return false;
    ret->is_answer = p[2] & FLAG_ANSWER;
    ret->rcode = p[3] & RCODE;
    const unsigned questions = u16(p + 4), answers = u16(p + 6);
    for (unsigned i = 0; i < questions; i++) {
        char *name = i ? skipped : ret->question;
        n = read_name(packet, at, name, DNS_NAME_MAX);
        if (!n || packet.n - at - n < QUESTION_FIXED) {
            name[0] = 0;
            return i > 0;
        }
        if (!i)
            ret->type = u16(p + at + n);
        at += n + QUESTION_FIXED;
    }
    for (unsigned i = 0; i < answers && ret->n_records < DNS_RECORDS_MAX; i++) {
        n = read_name(packet, at, skipped, sizeof(skipped));
        if (!n || packet.n - at - n < RECORD_FIXED)
            break;
        const uint8_t *fixed = p + at + n;
        const uint16_t size = u16(fixed + 8);
        at += n + RECORD_FIXED;
        if (size > packet.n - at)
            break;
        ret->records[ret->n_records++] = (struct dns_record){u16(fixed), size, p + at};
        at += size;
    }
    return true;
}

/* Strings of a length and that many bytes; what is not printable is escaped as in zone files. */
static size_t texts(const struct dns_record *r, char *ret, size_t size)
{
    size_t n = 0;
    for (size_t at = 0; at < r->data_n;) {
        size_t end = at + 1 + r->data[at];
        for (at++; at < end && at < r->data_n && n + 5 < size; at++) {
            const uint8_t c = r->data[at];
            n += (size_t)snprintf(ret + n, size - n, c < 0x20 || c > 0x7e ? "\\%03u" : "%c", c);
        }
        at = end;
    }
    ret[n < size ? n : size - 1] = 0;
    return n;
}

size_t dns_record_text(struct str packet, const struct dns_record *r, char *ret, size_t size)
{
    const size_t at = (size_t)((const char *)r->data - packet.p);
    size_t before = 0;
    ret[0] = 0;
    switch (r->type) {
    case ns_t_a:
        return r->data_n == 4 && inet_ntop(AF_INET, r->data, ret, (socklen_t)size) ? strlen(ret) : 0;
    case ns_t_aaaa:
        return r->data_n == 16 && inet_ntop(AF_INET6, r->data, ret, (socklen_t)size) ? strlen(ret) : 0;
    case ns_t_txt:
        return texts(r, ret, size);
    case ns_t_mx:
        before = 2;
        break;
    case ns_t_srv:
        before = 6;
        break;
    case ns_t_cname:
    case ns_t_ns:
    case ns_t_ptr:
    case ns_t_soa:
    case ns_t_dname:
        break;
    default: {
        int n = snprintf(ret, size, "%u:%u", r->type, r->data_n);
        return n > 0 && (size_t)n < size ? (size_t)n : 0;
    }
    }
    return r->data_n > before && read_name(packet, at + before, ret, size) ? strlen(ret) : 0;
}

struct str dns_type_word(uint16_t type)
{
    static const struct {
        uint16_t type;
        const char *word;
    } words[] = {
        {ns_t_a, "A"}, {ns_t_ns, "NS"}, {ns_t_cname, "CNAME"}, {ns_t_soa, "SOA"}, {ns_t_null, "NULL"}, {ns_t_ptr, "PTR"},
        {ns_t_mx, "MX"}, {ns_t_txt, "TXT"}, {ns_t_aaaa, "AAAA"}, {ns_t_srv, "SRV"}, {ns_t_naptr, "NAPTR"}, {ns_t_dname, "DNAME"},
        {ns_t_ds, "DS"}, {ns_t_rrsig, "RRSIG"}, {ns_t_nsec, "NSEC"}, {ns_t_dnskey, "DNSKEY"}, {TYPE_SVCB, "SVCB"},
        {TYPE_HTTPS, "HTTPS"}, {ns_t_axfr, "AXFR"}, {ns_t_any, "ANY"},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].type == type)
            return str_from(words[i].word);
    return STR_NULL;
}

struct str dns_rcode_word(uint8_t rcode)
{
    static const char *const words[] = {
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
    };
    return rcode < sizeof(words) / sizeof(words[0]) ? str_from(words[rcode]) : STR_NULL;
}
