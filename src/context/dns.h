// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A message of the domain name system (RFC 1035), as far as it is there: packets are cut at 512 bytes, and what was cut off is
 * missing from the answers without a word. Names are read by the C library.
 */
#include "base/str.h"

enum {
    DNS_NAME_MAX = 1025,   /* NS_MAXDNAME: every byte escaped, and a NUL */
    DNS_RECORDS_MAX = 32,  /* of 512 bytes, with compressed names, no more are of use */
};

struct dns_message {
    bool is_answer;
    uint8_t rcode;
    uint16_t type;            /* of the question; 0 without one */
    char question[DNS_NAME_MAX]; /* lower case, no dot at its end; "." for the root, empty without a question */
    unsigned n_records;
    struct dns_record {
        uint16_t type;
        uint16_t data_n;
        const uint8_t *data;  /* borrowed from the packet */
    } records[DNS_RECORDS_MAX]; /* of the answer section */
};

/* False when it is no message. */
bool dns_read(struct str packet, struct dns_message *ret);
/*
 * The text of a record of the message: an address, a name, the texts of TXT; "type:size" for one of another type. Ends in NUL,
 * cut at `size`. Returns its bytes; 0 when its data are damaged.
 */
size_t dns_record_text(struct str packet, const struct dns_record *record, char *ret, size_t size);
/* "AAAA", "NXDOMAIN"; empty for a number without a name. Static. */
struct str dns_type_word(uint16_t type);
struct str dns_rcode_word(uint8_t rcode);
