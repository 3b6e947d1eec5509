// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Lines of text that servers and networks write, taken apart: login logs of Linux (auth.log, secure, what journald exports), access
 * logs of web servers, flow logs of clouds. Each decoder looks at one line, allocates nothing, and gives what the line says as
 * values that borrow from it; it knows nothing of files and nothing of what is good or bad.
 */
#include "event/value.h"

enum {
    TEXT_LINE_MAX = 64 << 10,  /* bytes of a line: web servers cut requests at 8 KiB, rsyslog messages at 8 KiB; more is no log line */
    TEXT_NAME_MAX = 256,       /* bytes of a user's, host's or program's name that are kept; Linux allows 32, LDAP 256 */
    TEXT_REPEAT_MAX = 1000,    /* "message repeated n times": what rsyslog folds within a minute */
    FLOW_COLUMNS_MAX = 96,     /* columns of a flow log's header: AWS defines 40, Alibaba 30 */
};

enum text_id {
#define TEXT(id, name, type) TEXT_##id,
#include "log/text.def"
#undef TEXT
    TEXT__N,
};

/* One line, taken apart. Strings borrow from the line or are static. */
struct text {
    uint64_t time_ns;          /* 0: the line says none */
    uint32_t repeat;           /* how many times it happened, at least 1 */
    struct value v[TEXT__N];   /* VALUE_NONE: the line does not say */
    struct str url;            /* the whole of a URL that was asked for with its host; empty: there was a path */
    struct str server;         /* whom a proxy asked, by its address or name; empty: nobody, or it is not said */
    struct net nets[4];        /* behind values of the type IP */
    unsigned n_nets;
};

/* Name and type of a value: "login.user". */
const char *text_name(enum text_id id);
enum value_type text_type(enum text_id id);
/* Forgets the last line. */
void text_reset(struct text *t);
/* Sets a value; an empty string and "-" say nothing. An address must be one, or nothing is set: false. */
void text_str(struct text *t, enum text_id id, struct str s);
void text_uint(struct text *t, enum text_id id, uint64_t v);
bool text_ip(struct text *t, enum text_id id, struct str s);
bool text_u64(struct text *t, enum text_id id, struct str s);
static inline bool text_has(const struct text *t, enum text_id id)
{
    return t->v[id].type != VALUE_NONE;
}

/*
 * What dates without a year and without a zone mean. Such a date is taken for the last one that is not more than a day after `base`;
 * `offset_s` is added to UTC on the machine that wrote it (3600 in Berlin in winter).
 */
struct text_clock {
    uint64_t base_ns; /* when the log was written last, or now */
    int32_t offset_s;
};
/* Of a log that is being written. Gives c. */
const struct text_clock *text_clock_now(struct text_clock *c);

/*
 * Times as logs write them; each takes what it read off the front of *s and gives nanoseconds since the epoch; false (and *s as it
 * was) when there is no such time.
 */
bool text_time_syslog(struct str *s, const struct text_clock *clock, uint64_t *ret_ns); /* Dec 10 06:55:46 */
bool text_time_iso(struct str *s, const struct text_clock *clock, uint64_t *ret_ns);    /* 2026-11-29T06:55:46.123456+09:00, and with a blank */
bool text_time_clf(struct str *s, uint64_t *ret_ns);                                    /* 10/Oct/2000:13:55:36 -0700 */
/* The same of a whole text: seconds, milliseconds, microseconds or nanoseconds by their size, or a date as above. */
bool text_time_any(struct str s, const struct text_clock *clock, uint64_t *ret_ns);
/* Days from the epoch to a day of the calendar; months and days count from 1. */
int64_t text_days(int64_t year, unsigned month, unsigned day);

/*
 * A line of a login log: the head that rsyslog writes (either date), then the message. true when it is such a line; where the message
 * says nothing about logins only head and message are set.
 */
bool text_auth_line(struct str line, const struct text_clock *clock, struct text *ret);
/* The message alone, for journald and others that have the head as fields: fills what it says about logins. true when it says something. */
bool text_auth_message(struct str program, struct str message, struct text *ret);
/* The same of what is no shell: Dovecot, Postfix, ProFTPD, vsftpd, Webmin, xrdp, OpenVPN, strongSwan; and of doas and pkexec. */
bool text_service_message(struct str program, struct str message, struct text *ret);

/* Entries of binary logs, utmp(5): what file they are of, which tells failures; of a file without a name the entries themselves have to. */
enum text_utmp_kind { TEXT_UTMP_ANY, TEXT_UTMP_WTMP, TEXT_UTMP_BTMP };
/* An entry of text_utmp_size() bytes, at any address. true when it says that somebody came in or failed to; texts borrow from it. */
bool text_utmp(struct str entry, enum text_utmp_kind kind, struct text *ret);
size_t text_utmp_size(void);
/* Whether these bytes begin with what can be an entry. */
bool text_utmp_is(struct str entry);

/*
 * A line of an access log: common, combined, either with the host's name in front or with more fields behind, as Apache httpd, nginx
 * and their like write it. true when it is one.
 */
bool text_access_line(struct str line, struct text *ret);
/* The same as load balancers of AWS write it, and buckets of S3. */
bool text_access_balancer(struct str line, struct text *ret);
bool text_access_bucket(struct str line, struct text *ret);
/* The same as HAProxy writes it (behind the head of syslog), and Envoy and Istio. */
bool text_access_haproxy(struct str line, struct text *ret);
bool text_access_envoy(struct str line, struct text *ret);
/* The same as Squid writes it, Uvicorn (without a time), and CloudFront in real time, in the order in which its console offers all fields. */
bool text_access_squid(struct str line, struct text *ret);
bool text_access_uvicorn(struct str line, struct text *ret);
bool text_access_realtime(struct str line, struct text *ret);
/* 203.0.113.9:2817 in TEXT_IP, or another address and its port; false when there is no address. */
bool text_endpoint(struct text *t, enum text_id ip, enum text_id port, struct str s);
/* The next field of such a line: between quotes (with \" inside), between brackets, or up to a blank. false at the end, or when it does not end. */
bool text_take_field(struct str *s, struct str *ret);
/* Of https://HOST[:PORT]/PATH in TEXT_HTTP_URL the path stays, the host is TEXT_HTTP_HOST, and all of it is `url`. */
void text_split_url(struct text *t);
/* "GET /x HTTP/1.1"; what is no request (a TLS hello, nothing) is given as URL, because that is what somebody sent. */
void text_request(struct text *t, struct str line);

/* The columns of an access log that names them itself (W3C): of[] is an enum text_id or one of these. */
enum {
    W3C_COLUMNS_MAX = 96, /* IIS has 24, CloudFront 33; others add their own */
    W3C_NAMES_MAX = 2048, /* bytes of the names of other columns */
    W3C_OTHER = UINT8_MAX,
    W3C_DATE = UINT8_MAX - 1,
    W3C_TIME = UINT8_MAX - 2,
    W3C_QUERY = UINT8_MAX - 3,
};
_Static_assert((int)TEXT__N < (int)W3C_QUERY, "the ids of values and of columns are apart");
struct w3c_columns {
    uint8_t of[W3C_COLUMNS_MAX];
    unsigned n;
    uint16_t name[W3C_COLUMNS_MAX + 1]; /* of column i in names[]: up to where the next one begins; empty for those that are known, and for what there is no room for */
    char names[W3C_NAMES_MAX];
};
/* "#Fields: date time c-ip cs-uri-stem …". true when the line is one that names a client and what it asked for. */
bool text_w3c_header(struct str line, struct w3c_columns *ret);
/*
 * A line below that header; *ret_query is what stood behind the question mark, words[i] what stands in column i (W3C_COLUMNS_MAX of them; NULL: nobody asks).
 * true when it has as many columns.
 */
bool text_w3c_line(struct str line, const struct w3c_columns *columns, struct text *ret, struct str *ret_query, struct str *words);
static inline struct str text_w3c_name(const struct w3c_columns *c, unsigned i)
{
    return str_n(c->names + c->name[i], (size_t)(c->name[i + 1] - c->name[i]));
}

/* The columns of a flow log. */
struct flow_columns {
    uint8_t of[FLOW_COLUMNS_MAX]; /* enum text_id, or TEXT__N for columns that are left out */
    unsigned n;
};
/* The default order of AWS's version 2, for logs without a header. */
void text_flow_default(struct flow_columns *ret);
/*
 * What the columns of a line without a header are, when it has the ones of version 2 from the address to the action in AWS's order, with others before or behind them that show what they are
 * (eni-…, vpc-…, ingress). False: they cannot be told; a time without flows tells none.
 */
bool text_flow_guess(struct str line, struct flow_columns *ret);
/* Whether the line may be of a time without flows, or of which they are lost. */
bool text_flow_is_gap(struct str line);
/*
 * Reads a header: names of columns, of AWS or Alibaba Cloud, with blanks, tabs or commas between. true when the line is one: it names both ends, and
 * nothing in it is a figure.
 */
bool text_flow_header(struct str line, struct flow_columns *ret);
/* A line below that header. true when it has as many columns and both ends make sense, or says NODATA or SKIPDATA. */
bool text_flow_line(struct str line, const struct flow_columns *columns, struct text *ret);
/* A connection as a balancer of AWS for TCP writes it (NLB, access log of TLS): a flow from the client to the target. true when it is one. */
bool text_flow_balancer(struct str line, struct text *ret);
/* One column by its name, and what is made of all of them in the end: for flows that are written as JSON. A value that makes no sense is left out. */
void text_flow_value(struct text *t, struct str name, struct str value);
void text_flow_finish(struct text *t);
