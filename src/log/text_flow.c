// SPDX-License-Identifier: Apache-2.0
/* Flow logs: columns by their header. */
#include "base/cleanup.h"
#include "log/text.h"

#define SECOND_NS 1'000'000'000ULL

static const struct {
    struct str name;
    enum text_id id;
} COLUMNS[] = {
#define FLOW_COLUMN(name, id) {{name, sizeof(name) - 1}, TEXT_##id},
#include "log/text_flow.def"
#undef FLOW_COLUMN
};

static bool is_between(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == '\r';
}

static bool take_column(struct str *s, struct str *ret)
{
    size_t from = 0;
    while (from < s->n && is_between(s->p[from]))
        from++;
    size_t end = from;
    while (end < s->n && !is_between(s->p[end]))
        end++;
    if (end == from)
        return false;
    *ret = str_sub(*s, from, end);
    *s = str_sub(*s, end, s->n);
    if (ret->n > 1 && ret->p[0] == '"' && ret->p[ret->n - 1] == '"')
        *ret = str_sub(*ret, 1, ret->n - 1);
    return true;
}

/* account_id, account-id, ${account-id} */
static bool is_name(struct str word, struct str name)
{
    if (word.n == name.n + 3 && str_starts(word, STR("${")) && str_ends(word, STR("}")))
        word = str_sub(word, 2, word.n - 1);
    if (word.n != name.n)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        const char c = word.p[i] == '_' ? '-' : word.p[i] >= 'A' && word.p[i] <= 'Z' ? (char)(word.p[i] | 0x20) : word.p[i];
        if (c != (name.p[i] == '_' ? '-' : name.p[i]))
            return false;
    }
    return true;
}

/* The column of that name; TEXT__N: none is known. Names come again with every record, so those that came last are remembered. */
static enum text_id column_of(struct str name)
{
    enum { KNOWN = 128, LONGEST = 32 };
    static struct {
        uint8_t n, id;
        char name[LONGEST];
    } known[KNOWN]; /* by their first, their last letter and their length */
    enum text_id id = TEXT__N;
    if (!name.n || name.n > LONGEST)
        return id;
    typeof(&known[0]) k = &known[((unsigned char)name.p[0] * 5U + (unsigned char)name.p[name.n - 1] * 31U + (unsigned char)name.p[name.n / 2] + name.n * 7U) % KNOWN];
    if (k->n == name.n && !memcmp(k->name, name.p, name.n))
        return (enum text_id)k->id;
    for (size_t i = 0; i < ARRAY_SIZE(COLUMNS) && id == TEXT__N; i++)
        id = is_name(name, COLUMNS[i].name) ? COLUMNS[i].id : id;
    k->n = (uint8_t)name.n;
    k->id = (uint8_t)id;
    memcpy(k->name, name.p, name.n);
    return id;
}

void text_flow_default(struct flow_columns *ret)
{
    static const uint8_t order[] = {TEXT__N, TEXT_FLOW_ACCOUNT, TEXT_FLOW_INTERFACE, TEXT_FLOW_SRC, TEXT_FLOW_DST, TEXT_FLOW_SPORT, TEXT_FLOW_DPORT,
                                    TEXT_FLOW_PROTOCOL, TEXT_FLOW_PACKETS, TEXT_FLOW_BYTES, TEXT_FLOW_START, TEXT_FLOW_END, TEXT_FLOW_ACTION, TEXT_FLOW_STATUS};
    *ret = (struct flow_columns){.n = ARRAY_SIZE(order)};
    memcpy(ret->of, order, sizeof(order));
}

/* ---- columns by what they hold ---- */

static bool is_ip(struct str s)
{
    struct net ip;
    return s.n > 1 && net_from_str(s, &ip) && !str_has(s, STR("/"));
}

static bool is_up_to(struct str s, uint64_t most)
{
    uint64_t n;
    return str_to_u64(s, &n) && n <= most;
}

/* 2001 to 2286 */
static bool is_epoch(struct str s)
{
    return s.n == 10 && is_up_to(s, UINT64_MAX);
}

/* From the address of the source to what was done: no other log has ten such words in a row. */
static bool is_core(const struct str *w)
{
    return is_ip(w[0]) && is_ip(w[1]) && is_up_to(w[2], UINT16_MAX) && is_up_to(w[3], UINT16_MAX) && is_up_to(w[4], UINT8_MAX) && is_up_to(w[5], UINT64_MAX) && is_up_to(w[6], UINT64_MAX) &&
           is_epoch(w[7]) && is_epoch(w[8]) && (str_is(w[9], "ACCEPT") || str_is(w[9], "REJECT"));
}

/* eu-west-1, us-gov-east-1 */
static bool is_region(struct str s)
{
    const ptrdiff_t dash = str_find(s, STR("-"), 0);
    return dash == 2 && s.n > 6 && s.n < 20 && s.p[s.n - 1] >= '1' && s.p[s.n - 1] <= '9' && s.p[s.n - 2] == '-';
}

static enum text_id guess_one(const struct str *w, unsigned at, unsigned n)
{
    static const struct {
        const char *begin;
        enum text_id id;
    } begins[] = {{"eni-", TEXT_FLOW_INTERFACE}, {"vpc-", TEXT_FLOW_VPC}, {"subnet-", TEXT_FLOW_SUBNET}, {"i-", TEXT_FLOW_INSTANCE}};
    for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
        if (str_starts(w[at], str_from(begins[i].begin)))
            return begins[i].id;
    if (str_is(w[at], "-") && at && str_starts(w[at - 1], STR("subnet-"))) /* an interface without a machine */
        return TEXT_FLOW_INSTANCE;
    if (w[at].n == 12 && is_up_to(w[at], UINT64_MAX))
        return TEXT_FLOW_ACCOUNT;
    if (str_is(w[at], "ingress") || str_is(w[at], "egress"))
        return TEXT_FLOW_DIRECTION;
    if (at + 1 < n && is_up_to(w[at], UINT8_MAX) && str_starts(w[at + 1], STR("IPv")))
        return TEXT_FLOW_TCP_FLAGS;
    return is_region(w[at]) ? TEXT_FLOW_REGION : TEXT__N;
}

bool text_flow_guess(struct str line, struct flow_columns *ret)
{
    enum { CORE = 10 };
    static const uint8_t core[CORE + 1] = {TEXT_FLOW_SRC, TEXT_FLOW_DST, TEXT_FLOW_SPORT, TEXT_FLOW_DPORT, TEXT_FLOW_PROTOCOL, TEXT_FLOW_PACKETS, TEXT_FLOW_BYTES, TEXT_FLOW_START, TEXT_FLOW_END, TEXT_FLOW_ACTION,
                                           TEXT_FLOW_STATUS};
    struct str w[FLOW_COLUMNS_MAX], s = str_sub(line, 0, TEXT_LINE_MAX);
    unsigned n = 0, at = 0;
    bool has[TEXT__N] = {};
    while (n < FLOW_COLUMNS_MAX && take_column(&s, &w[n]))
        n++;
    while (at + CORE <= n && !is_core(&w[at]))
        at++;
    if (at + CORE > n)
        return false;
    *ret = (struct flow_columns){.n = n};
    const unsigned behind = at + CORE + (at + CORE < n && str_is(w[at + CORE], "OK"));
    for (unsigned i = 0; i < n; i++) {
        const bool is_in_core = i >= at && i < behind, is_pair = !is_in_core && i >= behind && i + 1 < n && !has[TEXT_FLOW_PKT_SRC] && is_ip(w[i]) && is_ip(w[i + 1]);
        enum text_id id = is_in_core ? (enum text_id)core[i - at] : is_pair ? TEXT_FLOW_PKT_SRC : guess_one(w, i, n);
        id = id != TEXT__N && has[id] ? TEXT__N : id;
        ret->of[i] = (uint8_t)id;
        if (id != TEXT__N)
            has[id] = true;
        if (is_pair) {
            ret->of[++i] = TEXT_FLOW_PKT_DST;
            has[TEXT_FLOW_PKT_DST] = true;
        }
    }
    return true;
}

bool text_flow_is_gap(struct str line)
{
    return str_has(line, STR("NODATA")) || str_has(line, STR("SKIPDATA"));
}

bool text_flow_header(struct str line, struct flow_columns *ret)
{
    struct flow_columns c = {};
    struct str s = str_sub(line, 0, TEXT_LINE_MAX), word;
    unsigned ends = 0;
    while (take_column(&s, &word)) {
        if (c.n == FLOW_COLUMNS_MAX || (word.p[0] >= '0' && word.p[0] <= '9'))
            return false;
        const uint8_t id = (uint8_t)column_of(word);
        ends |= id == TEXT_FLOW_SRC || id == TEXT_FLOW_PKT_SRC ? 1 : id == TEXT_FLOW_DST || id == TEXT_FLOW_PKT_DST ? 2 : 0;
        c.of[c.n++] = id;
    }
    if (ends != 3)
        return false;
    *ret = c;
    return true;
}

static bool set_column(struct text *t, enum text_id id, struct str s)
{
    if (str_eq(s, STR("-")))
        return true;
    switch (text_type(id)) {
    case VALUE_IP:
        return text_ip(t, id, s);
    case VALUE_TIME: {
        uint64_t ns;
        if (!text_time_any(s, NULL, &ns))
            return false;
        text_uint(t, id, ns);
        return true;
    }
    case VALUE_UINT:
    case VALUE_PORT:
        return text_u64(t, id, s);
    default:
        text_str(t, id, s);
        return true;
    }
}

static const char *protocol_name(struct str s)
{
    static const struct {
        struct str number;
        const char *name;
    } known[] = {{STR("6"), "tcp"}, {STR("17"), "udp"}, {STR("1"), "icmp"}, {STR("58"), "icmpv6"}, {STR("47"), "gre"}, {STR("50"), "esp"}};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (str_eq(s, known[i].number))
            return known[i].name;
    return NULL;
}

static struct str word_of_action(struct str s)
{
    return str_eq_nocase(s, STR("accept")) ? STR("ACCEPT") : str_eq_nocase(s, STR("reject")) || str_eq_nocase(s, STR("drop")) ? STR("REJECT") : s;
}

static struct str word_of_direction(struct str s)
{
    return str_eq_nocase(s, STR("in")) || str_eq_nocase(s, STR("ingress")) ? STR("ingress") : str_eq_nocase(s, STR("out")) || str_eq_nocase(s, STR("egress")) ? STR("egress") : s;
}

static bool flow_is_whole(const struct text *t)
{
    const struct value *v = t->v;
    const bool has_ends = (v[TEXT_FLOW_SRC].type || v[TEXT_FLOW_PKT_SRC].type) && (v[TEXT_FLOW_DST].type || v[TEXT_FLOW_PKT_DST].type);
    const bool is_gap = v[TEXT_FLOW_STATUS].type && (str_is(v[TEXT_FLOW_STATUS].s, "NODATA") || str_is(v[TEXT_FLOW_STATUS].s, "SKIPDATA"));
    return has_ends || is_gap;
}

void text_flow_value(struct text *t, struct str name, struct str value)
{
    const enum text_id id = value.n ? column_of(name) : TEXT__N;
    if (id != TEXT__N)
        (void)set_column(t, id, value);
}

void text_flow_finish(struct text *t)
{
    struct value *v = t->v;
    if (v[TEXT_FLOW_PROTOCOL].type && protocol_name(v[TEXT_FLOW_PROTOCOL].s))
        v[TEXT_FLOW_PROTOCOL].s = str_from(protocol_name(v[TEXT_FLOW_PROTOCOL].s));
    if (v[TEXT_FLOW_ACTION].type)
        v[TEXT_FLOW_ACTION].s = word_of_action(v[TEXT_FLOW_ACTION].s);
    if (v[TEXT_FLOW_DIRECTION].type)
        v[TEXT_FLOW_DIRECTION].s = word_of_direction(v[TEXT_FLOW_DIRECTION].s);
    t->time_ns = v[TEXT_FLOW_START].type ? v[TEXT_FLOW_START].u : v[TEXT_FLOW_END].type ? v[TEXT_FLOW_END].u : 0;
}

bool text_flow_line(struct str line, const struct flow_columns *columns, struct text *t)
{
    struct str s = str_sub(line, 0, TEXT_LINE_MAX), word;
    text_reset(t);
    unsigned n = 0;
    for (; take_column(&s, &word); n++) {
        if (n == columns->n)
            return false;
        const enum text_id id = columns->of[n];
        if (id != TEXT__N && !set_column(t, id, word))
            return false;
    }
    if (n != columns->n)
        return false;
    text_flow_finish(t);
    return flow_is_whole(t);
}

/* ---- balancers ---- */

bool text_endpoint(struct text *t, enum text_id ip, enum text_id port, struct str s)
{
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    if (!colon || !text_ip(t, ip, str_sub(s, 0, (size_t)(colon - s.p))))
        return false;
    (void)text_u64(t, port, str_sub(s, (size_t)(colon - s.p) + 1, s.n));
    return true;
}

/*
 * tls VERSION TIME BALANCER LISTENER CLIENT TARGET ms ms RECEIVED SENT ALERT CERTIFICATE SERIAL CIPHER PROTOCOL GROUP NAME …
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html
 */
bool text_flow_balancer(struct str line, struct text *t)
{
    enum { TYPE, VERSION, TIME, NAME, LISTENER, CLIENT, TARGET, TOOK, HANDSHAKE, RECEIVED, SENT, ALERT, CERTIFICATE, SERIAL, CIPHER, PROTOCOL, GROUP, SNI, N };
    struct str s = str_sub(line, 0, TEXT_LINE_MAX), f[N];
    uint64_t ms, end;
    text_reset(t);
    if (!str_starts(s, STR("tls ")))
        return false;
    for (unsigned i = 0; i < N; i++)
        if (!str_split(&s, ' ', &f[i]) || !f[i].n)
            return false;
    struct str time = f[TIME];
    if (!text_time_iso(&time, NULL, &end) || time.n || !text_endpoint(t, TEXT_FLOW_SRC, TEXT_FLOW_SPORT, f[CLIENT]))
        return false;
    (void)text_endpoint(t, TEXT_FLOW_DST, TEXT_FLOW_DPORT, f[TARGET]);
    (void)text_u64(t, TEXT_FLOW_BYTES, f[RECEIVED]);
    text_str(t, TEXT_FLOW_INTERFACE, f[NAME]);
    text_str(t, TEXT_FLOW_SNI, f[SNI]);
    text_str(t, TEXT_FLOW_PROTOCOL, STR("tcp"));
    text_str(t, TEXT_FLOW_DIRECTION, STR("ingress"));
    text_str(t, TEXT_FLOW_ACTION, STR("ACCEPT"));
    if (!str_to_u64(f[TOOK], &ms) || ms > end / 1'000'000)
        ms = 0;
    text_uint(t, TEXT_FLOW_SECONDS, ms / 1000);
    text_uint(t, TEXT_FLOW_START, end - ms * 1'000'000);
    text_uint(t, TEXT_FLOW_END, end);
    t->time_ns = end;
    return true;
}
