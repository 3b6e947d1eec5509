// SPDX-License-Identifier: Apache-2.0
/*
 * What Zeek saw on the network: connections, questions, requests, names of TLS, logins by SSH; in lines of columns with a head, and as JSON. Of other logs in columns every value is log.value[NAME].
 * https://docs.zeek.org/en/master/log-formats.html, …/logs/conn.html, dns.html, http.html, ssl.html, ssh.html
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "log/record.h"
#include "log/text_values.h"

enum zeek_id {
#define ZEEK(id, name) ZEEK_##id,
#include "log/zeek.def"
#undef ZEEK
    ZEEK__N,
};

static const struct str NAMES[ZEEK__N] = {
#define ZEEK(id, name) [ZEEK_##id] = {name, sizeof(name) - 1},
#include "log/zeek.def"
#undef ZEEK
};

/* What a record says under these names; empty: nothing. */
struct zeek {
    struct str v[ZEEK__N];
    struct node answers; /* of JSON, a list; else v[ZEEK_ANSWERS] with commas */
};

_Static_assert((int)ZEEK__N < (int)UINT8_MAX, "the id of a column takes a byte");
static uint8_t id_of(struct str name)
{
    for (uint8_t i = 0; i < ZEEK__N; i++)
        if (str_eq(NAMES[i], name))
            return i;
    return ZEEK__N;
}

/* ---- what it says ---- */

/* 12.345: whole seconds, and the nanoseconds of all of it; false when it is no number of less than a year. */
static bool duration_of(struct str s, uint64_t *ret_ns)
{
    enum { LONGEST = 31, YEAR_S = 366 * 86400 };
    char text[LONGEST + 1], *end;
    if (!s.n || s.n > LONGEST)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    const double d = strtod(text, &end);
    if (*end || !(d >= 0 && d < YEAR_S))
        return false;
    *ret_ns = (uint64_t)(d * 1e9);
    return true;
}

/* What came to nothing: refused, or nobody answered. */
static bool is_refused(struct str state)
{
    return str_is(state, "REJ") || str_is(state, "S0") || str_is(state, "SH") || str_is(state, "RSTOS0");
}

static void set_flow(struct log_values *v, const struct zeek *z)
{
    static struct text t;
    uint64_t took;
    text_reset(&t);
    (void)text_ip(&t, TEXT_FLOW_SRC, z->v[ZEEK_ORIG_H]);
    (void)text_ip(&t, TEXT_FLOW_DST, z->v[ZEEK_RESP_H]);
    (void)text_u64(&t, TEXT_FLOW_SPORT, z->v[ZEEK_ORIG_P]);
    (void)text_u64(&t, TEXT_FLOW_DPORT, z->v[ZEEK_RESP_P]);
    text_str(&t, TEXT_FLOW_PROTOCOL, z->v[ZEEK_PROTO].n ? z->v[ZEEK_PROTO] : z->v[ZEEK_SERVER_NAME].n ? STR("tcp") : STR_NULL);
    text_str(&t, TEXT_FLOW_SNI, z->v[ZEEK_SERVER_NAME]);
    if (z->v[ZEEK_CONN_STATE].n) {
        const bool has_took = duration_of(z->v[ZEEK_DURATION], &took) && v->time_ns < UINT64_MAX - took;
        if (!text_u64(&t, TEXT_FLOW_BYTES, z->v[ZEEK_ORIG_BYTES]))
            (void)text_u64(&t, TEXT_FLOW_BYTES, z->v[ZEEK_ORIG_IP_BYTES]);
        (void)text_u64(&t, TEXT_FLOW_PACKETS, z->v[ZEEK_ORIG_PKTS]);
        text_str(&t, TEXT_FLOW_ACTION, is_refused(z->v[ZEEK_CONN_STATE]) ? STR("REJECT") : STR("ACCEPT"));
        if (v->time_ns) {
            text_uint(&t, TEXT_FLOW_START, v->time_ns);
            text_uint(&t, TEXT_FLOW_END, v->time_ns + (has_took ? took : 0));
        }
        if (has_took)
            text_uint(&t, TEXT_FLOW_SECONDS, took / 1'000'000'000);
    }
    text_values_set(v, &t, F_FLOW_SRC);
}

static void set_dns(struct log_values *v, const struct zeek *z)
{
    enum { ANSWERS_MAX = 64 };
    struct value *answers = arena_array(v->arena, struct value, ANSWERS_MAX);
    struct str rest = z->v[ZEEK_ANSWERS], piece;
    size_t n = 0;
    v->type = EVENT_DNS_LOG;
    text_values_question(v, z->v[ZEEK_QUERY]);
    log_set_str(v, F_DNS_TYPE, z->v[ZEEK_QTYPE_NAME]);
    log_set_str(v, F_DNS_RCODE, z->v[ZEEK_RCODE_NAME]);
    log_set_bool(v, F_DNS_IS_ANSWER, z->v[ZEEK_RCODE_NAME].n != 0);
    log_set_ip(v, F_DNS_CLIENT, z->v[ZEEK_ORIG_H]);
    for (struct node_each e = node_each(z->answers); node_kind(z->answers) == NODE_ARRAY && n < ANSWERS_MAX && node_next(&e);)
        if (node_str(e.value).n)
            answers[n++] = VALUE_OF_STR(node_str(e.value));
    while (!node_is(z->answers) && n < ANSWERS_MAX && str_split(&rest, ',', &piece))
        if (piece.n)
            answers[n++] = VALUE_OF_STR(piece);
    text_values_list(v, F_DNS_ANSWERS, answers, n);
}

static void set_http(struct log_values *v, const struct zeek *z)
{
    static struct text t;
    v->type = EVENT_WEB_ACCESS;
    text_reset(&t);
    (void)text_ip(&t, TEXT_IP, z->v[ZEEK_ORIG_H]);
    text_str(&t, TEXT_HTTP_METHOD, z->v[ZEEK_METHOD]);
    text_str(&t, TEXT_HTTP_URL, z->v[ZEEK_URI]);
    text_str(&t, TEXT_HTTP_HOST, z->v[ZEEK_HOST]);
    text_str(&t, TEXT_HTTP_REFERRER, z->v[ZEEK_REFERRER]);
    text_str(&t, TEXT_HTTP_AGENT, z->v[ZEEK_USER_AGENT]);
    text_str(&t, TEXT_HTTP_VERSION, z->v[ZEEK_VERSION]);
    text_str(&t, TEXT_HTTP_USER, z->v[ZEEK_USERNAME]);
    (void)text_u64(&t, TEXT_HTTP_STATUS, z->v[ZEEK_STATUS_CODE]);
    (void)text_u64(&t, TEXT_HTTP_BYTES, z->v[ZEEK_BODY_LEN]);
    text_split_url(&t);
    text_values_set(v, &t, F_HTTP_IP);
}

/* Whether somebody came in is found out by the sizes of what was sent; where it could not be, it is a probe. */
static void set_ssh(struct log_values *v, const struct zeek *z)
{
    static struct text t;
    const struct str success = z->v[ZEEK_AUTH_SUCCESS];
    v->type = EVENT_AUTH;
    text_reset(&t);
    (void)text_ip(&t, TEXT_IP, z->v[ZEEK_ORIG_H]);
    (void)text_u64(&t, TEXT_PORT, z->v[ZEEK_ORIG_P]);
    text_str(&t, TEXT_ACTION, success.n ? STR("login") : STR("probe"));
    text_str(&t, TEXT_OUTCOME, !success.n ? STR_NULL : str_is(success, "T") || str_is(success, "true") ? STR("success") : STR("failure"));
    text_str(&t, TEXT_HOST, z->v[ZEEK_RESP_H]);
    text_values_set(v, &t, F_LOGIN_IP);
}

/* Which log a record is of that does not say so, by what only that log has. Zeek's own JSON is one file for each, and says nothing within. */
static struct str path_of(const struct zeek *z)
{
    return z->v[ZEEK_QUERY].n && z->v[ZEEK_QTYPE_NAME].n                ? STR("dns")
           : z->v[ZEEK_URI].n || z->v[ZEEK_STATUS_CODE].n                ? STR("http")
           : z->v[ZEEK_AUTH_ATTEMPTS].n                                 ? STR("ssh")
           : z->v[ZEEK_CONN_STATE].n                                    ? STR("conn")
           : z->v[ZEEK_SERVER_NAME].n                                   ? STR("ssl")
                                                                        : STR_NULL;
}

static void set_all(struct log_values *v, const struct zeek *z, struct str path)
{
    log_set_str(v, F_LOG_PROGRAM, STR("zeek"));
    if (!path.n)
        path = path_of(z);
    if (path.n) {
        log_set_named(v, NAMES[ZEEK_PATH], path);
        log_set_named(v, STR("path"), path); /* logs of files that were shared have a column of this name, which stays */
    }
    if (str_is(path, "dns")) {
        set_dns(v, z);
    } else if (str_is(path, "http")) {
        set_http(v, z);
    } else if (str_is(path, "ssh")) {
        set_ssh(v, z);
    } else {
        const bool is_flow = str_is(path, "conn") || str_is(path, "ssl");
        v->type = is_flow ? EVENT_FLOW_LOG : EVENT_LOG;
        log_set_str(v, F_LOG_MESSAGE, z->v[ZEEK_MSG]);
        set_flow(v, z);
    }
}

/* ---- JSON ---- */

static bool zeek_is(struct node root)
{
    /* certificates, files and notices are of no connection */
    return node_is(node_get(root, STR("ts"))) && (node_is(node_get(root, STR("id.orig_h"))) || node_get_str(root, NAMES[ZEEK_PATH]).n);
}

static void zeek_begin(struct log_record *r)
{
    struct zeek z = {.answers = node_get(r->root, STR("answers"))};
    for (struct node_each e = node_each(r->root); node_next(&e);) {
        const enum node_kind kind = node_kind(e.value);
        if (kind == NODE_NULL || kind == NODE_ARRAY || kind == NODE_OBJECT || !e.name.n)
            continue;
        const struct str text = node_text(e.value, &r->arena);
        const uint8_t id = id_of(e.name);
        if (id < ZEEK__N && !z.v[id].n)
            z.v[id] = text;
        if (text.n && id != ZEEK_PATH)
            log_set_named(&r->values, e.name, text);
    }
    r->values.time_ns = log_node_time(node_get(r->root, STR("ts")));
    set_all(&r->values, &z, z.v[ZEEK_PATH]);
}

const struct log_format_ops LOG_ZEEK_JSON_OPS = {.type = EVENT_FLOW_LOG, .is_json = zeek_is, .begin = zeek_begin};

/* ---- columns ---- */

enum { COLUMNS_MAX = 128, PATH_MAX_BYTES = 64 };
struct zeek_state {
    char separator; /* 0: not told yet, a tab */
    char path[PATH_MAX_BYTES];
    uint8_t of[COLUMNS_MAX]; /* enum zeek_id, or ZEEK__N */
    bool is_bool[COLUMNS_MAX]; /* T and F stand for true and false, as JSON has them */
    unsigned n;
    struct strbuf header;
    uint32_t at[COLUMNS_MAX + 1]; /* of the names in it */
};

static void zeek_done(void *state)
{
    strbuf_done(&((struct zeek_state *)state)->header);
}

static char separator_of(const struct zeek_state *s)
{
    return s->separator ? s->separator : '\t';
}

/* "\x09" */
static void take_separator(struct zeek_state *s, struct str word)
{
    unsigned code;
    char text[3] = {};
    if (word.n != 4 || word.p[0] != '\\' || word.p[1] != 'x')
        return;
    memcpy(text, word.p + 2, 2);
    char *end;
    code = (unsigned)strtoul(text, &end, 16);
    if (!*end && code && code < 0x80)
        s->separator = (char)code;
}

static void take_fields(struct zeek_state *s, struct str names)
{
    struct str name;
    s->n = 0;
    memset(s->is_bool, 0, sizeof(s->is_bool));
    strbuf_clear(&s->header);
    while (s->n < COLUMNS_MAX && str_split(&names, separator_of(s), &name)) {
        s->of[s->n] = id_of(name);
        s->at[s->n++] = (uint32_t)s->header.n;
        strbuf_add(&s->header, name);
    }
    s->at[s->n] = (uint32_t)s->header.n;
}

/* #separator, #path, #fields, #types; what else begins so says nothing here. */
static void take_head(struct zeek_state *s, struct str line)
{
    struct str word;
    if (str_starts(line, STR("#separator "))) {
        take_separator(s, str_sub(line, strlen("#separator "), line.n));
        return;
    }
    if (!str_split(&line, separator_of(s), &word))
        return;
    if (str_is(word, "#path") && line.n < PATH_MAX_BYTES) {
        if (line.n)
            memcpy(s->path, line.p, line.n);
        s->path[line.n] = 0;
    } else if (str_is(word, "#fields")) {
        take_fields(s, line);
    } else if (str_is(word, "#types")) {
        for (unsigned i = 0; i < s->n && str_split(&line, separator_of(s), &word); i++)
            s->is_bool[i] = str_is(word, "bool");
    }
}

static unsigned zeek_sniff(struct str head)
{
    struct str line;
    unsigned n = 0;
    const bool is_told = str_starts(head, STR("#separator \\x"));
    while (n++ < 8 && str_split(&head, '\n', &line))
        if (str_starts(line, STR("#fields\tts\t")) || (is_told && str_starts(line, STR("#fields"))))
            return 98;
        else if (!str_starts(line, STR("#")))
            break;
    return 0;
}

static enum log_next zeek_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    struct zeek_state *s = state;
    struct zeek z = {};
    struct str line, value;
    unsigned n = 0;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!line.n || line.p[0] == '#') {
        take_head(s, str_sub(line, 0, TEXT_LINE_MAX));
        return LOG_NOTHING;
    }
    struct str rest = str_sub(line, 0, TEXT_LINE_MAX);
    for (; n < s->n && str_split(&rest, separator_of(s), &value); n++) {
        const bool says = value.n && !str_is(value, "-") && !str_is(value, "(empty)");
        if (s->is_bool[n])
            value = str_is(value, "T") ? STR("true") : str_is(value, "F") ? STR("false") : value;
        if (says && s->of[n] < ZEEK__N)
            z.v[s->of[n]] = value;
        if (says)
            log_set_named(v, str_n(s->header.p + s->at[n], s->at[n + 1] - s->at[n]), value);
    }
    if (!n || n != s->n || rest.n)
        return LOG_BROKEN;
    (void)text_time_any(z.v[ZEEK_TS], NULL, &v->time_ns);
    set_all(v, &z, str_from(s->path));
    return LOG_RECORD;
}

const struct log_format_ops LOG_ZEEK_OPS = {.type = EVENT_FLOW_LOG, .sniff = zeek_sniff, .state_size = sizeof(struct zeek_state), .done = zeek_done, .next = zeek_next};
