// SPDX-License-Identifier: Apache-2.0
/*
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html, https://coredns.io/plugins/log, dnsmasq(8) --log-queries, unbound.conf(5) log-queries and log-replies, and the
 * category "queries" of BIND's manual.
 */
#include "log/text_dns.h"

#include "base/cleanup.h"
#include "event/value.h"
#include "log/text_values.h"

enum { NAME_BYTES = 1024 }; /* of a name as written: 255 with each byte as \DDD */

static struct str take_word(struct str *s)
{
    size_t from = 0, end;
    while (from < s->n && s->p[from] == ' ')
        from++;
    for (end = from; end < s->n && s->p[end] != ' ';)
        end++;
    const struct str word = str_sub(*s, from, end);
    *s = str_sub(*s, end, s->n);
    return word;
}

static bool is_address(struct str s)
{
    struct net ip;
    return s.n && !str_has(s, STR("/")) && net_from_str(s, &ip);
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ')
            return false;
    return s.n && s.n <= NAME_BYTES;
}

/* A, NSEC3, TYPE65; dnsmasq has type=65. */
static bool is_type(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(i && s.p[i] >= '0' && s.p[i] <= '9') && !(i && s.p[i] == '-'))
            return str_starts(s, STR("type=")) && s.n > 5 && s.n < 12;
    return s.n && s.n <= 12;
}

static bool is_class(struct str s)
{
    return str_is(s, "IN") || str_is(s, "CH") || str_is(s, "HS") || str_is(s, "ANY") || (str_starts(s, STR("CLASS")) && s.n < 11);
}

static bool set(struct text_dns *d, struct str client, struct str name, struct str type, struct str rcode)
{
    if (!is_address(client) || !is_name(name) || !is_type(type))
        return false;
    d->client = client;
    d->name = name;
    d->type = type;
    d->rcode = rcode;
    return d->is_question = true;
}

static bool set_answer(struct text_dns *d, struct str name, struct str type, struct str rcode, struct str answer)
{
    if (!is_name(name) || (type.n && !is_type(type)))
        return false;
    d->name = name;
    d->type = type;
    d->rcode = rcode;
    d->answer = answer;
    return d->is_answer = true;
}

/* NXDOMAIN, SERVFAIL; dnsmasq adds -IPv4 and -IPv6 */
static bool is_rcode(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 'A' || s.p[i] > 'Z')
            return false;
    return s.n >= 6 && s.n <= 12;
}

/* NAME is VALUE, of dnsmasq's "reply", "cached", "config", "/etc/hosts" and their like, and of Pi-hole's "gravity blocked". The name of an address is no question as it was put. */
static bool take_dnsmasq_answer(struct str first, struct str s, struct text_dns *d)
{
    static const char *const ONE[] = {"reply", "cached", "cached-stale", "config", "DHCP", "auth"}, *const TWO[] = {"gravity", "regex", "exactly"};
    bool is_one = str_starts(first, STR("/")), is_two = false;
    struct net ip;
    for (size_t i = 0; i < ARRAY_SIZE(ONE); i++)
        is_one |= str_is(first, ONE[i]);
    for (size_t i = 0; i < ARRAY_SIZE(TWO); i++)
        is_two |= str_is(first, TWO[i]);
    if (is_two)
        (void)take_word(&s);
    const struct str name = take_word(&s), is = take_word(&s), value = str_trim(s);
    if (!(is_one || is_two) || !str_is(is, "is") || !value.n || is_address(name) || str_is(name, "error"))
        return false;
    if (is_address(value) && net_from_str(value, &ip))
        return set_answer(d, name, ip.v6 ? STR("AAAA") : STR("A"), STR("NOERROR"), value);
    if (value.p[0] == '<')
        return set_answer(d, name, str_is(value, "<CNAME>") ? STR_NULL : str_sub(value, 1, value.n - str_ends(value, STR(">"))), STR("NOERROR"), STR_NULL);
    const bool is_v4 = str_ends(value, STR("-IPv4")), is_v6 = str_ends(value, STR("-IPv6"));
    const struct str word = str_sub(value, 0, value.n - (is_v4 || is_v6 ? strlen("-IPv4") : 0)), type = is_v4 ? STR("A") : is_v6 ? STR("AAAA") : STR_NULL;
    if (is_rcode(word))
        return set_answer(d, name, type, str_is(word, "NODATA") ? STR("NOERROR") : word, STR_NULL);
    return set_answer(d, name, STR_NULL, STR("NOERROR"), value);
}

/* query[A] NAME from ADDRESS; with more to tell them apart: NUMBER ADDRESS/PORT query[A] … */
static bool take_dnsmasq(struct str s, struct text_dns *d)
{
    struct str first = take_word(&s);
    if (first.n && first.p[0] >= '0' && first.p[0] <= '9') {
        (void)take_word(&s);
        first = take_word(&s);
    }
    if (!str_starts(first, STR("query[")) || !str_ends(first, STR("]")))
        return take_dnsmasq_answer(first, s, d);
    const struct str name = take_word(&s), from = take_word(&s), client = take_word(&s);
    return str_is(from, "from") && set(d, client, name, str_sub(first, strlen("query["), first.n - 1), STR_NULL);
}

/* [queries: info: ]client [@0x…] ADDRESS#PORT (NAME): [view V: ]query: NAME IN A +E(0)K (SERVER) */
static bool take_bind(struct str s, struct text_dns *d)
{
    static const struct str query = STR("query: ");
    const ptrdiff_t begin = str_find(s, STR("client "), 0), at = begin >= 0 ? str_find(s, query, (size_t)begin) : -1;
    if (at < 0 || begin > 64)
        return false;
    struct str front = str_sub(s, (size_t)begin + strlen("client "), (size_t)at), rest = str_sub(s, (size_t)at + query.n, s.n);
    struct str client = take_word(&front);
    if (str_starts(client, STR("@0x")))
        client = take_word(&front);
    const ptrdiff_t hash = str_find(client, STR("#"), 0);
    if (hash < 0)
        return false;
    if (str_starts(rest, query)) /* the module's name stands there too */
        rest = str_sub(rest, query.n, rest.n);
    const struct str name = take_word(&rest), class = take_word(&rest), type = take_word(&rest), flags = take_word(&rest);
    return is_class(class) && flags.n && (flags.p[0] == '+' || flags.p[0] == '-') && set(d, str_sub(client, 0, (size_t)hash), name, type, STR_NULL);
}

/* [[PID:THREAD] ][info: ][query: |reply: ]ADDRESS NAME A IN[ NOERROR SECONDS CACHED SIZE] */
static bool take_unbound(struct str s, struct text_dns *d)
{
    struct str client = take_word(&s);
    if (str_starts(client, STR("[")))
        client = take_word(&s);
    if (str_is(client, "info:"))
        client = take_word(&s);
    if (str_is(client, "query:") || str_is(client, "reply:"))
        client = take_word(&s);
    const struct str name = take_word(&s), type = take_word(&s), class = take_word(&s), rcode = take_word(&s);
    return is_class(class) && set(d, client, name, type, rcode);
}

/* ADDRESS:PORT - ID "A IN NAME udp 40 false 512" NOERROR qr,rd,ra 90 0.02s */
static bool take_coredns(struct str s, struct text_dns *d)
{
    struct str client = take_word(&s);
    const struct str dash = take_word(&s), id = take_word(&s);
    uint64_t number;
    s = str_trim(s);
    if (!str_is(dash, "-") || !str_to_u64(id, &number) || number > UINT16_MAX || !str_starts(s, STR("\"")))
        return false;
    size_t colon = client.n;
    while (colon && client.p[colon - 1] != ':')
        colon--;
    if (!colon)
        return false;
    client = str_sub(client, 0, colon - 1);
    if (str_starts(client, STR("[")) && str_ends(client, STR("]")))
        client = str_sub(client, 1, client.n - 1);
    const ptrdiff_t end = str_find(s, STR("\""), 1);
    if (end < 0)
        return false;
    struct str asked = str_sub(s, 1, (size_t)end), rest = str_sub(s, (size_t)end + 1, s.n);
    const struct str type = take_word(&asked), class = take_word(&asked), name = take_word(&asked), rcode = take_word(&rest);
    return is_class(class) && set(d, client, name, type, str_is(rcode, "-") ? STR_NULL : rcode);
}

/* NAME CLASS TYPE, and what is behind it. */
static bool take_key(struct str *s, struct str *ret_name, struct str *ret_type)
{
    *ret_name = take_word(s);
    const struct str class = take_word(s);
    *ret_type = take_word(s);
    while (ret_type->n && strchr(".>", ret_type->p[ret_type->n - 1]))
        ret_type->n--;
    return is_class(class) && is_name(*ret_name) && is_type(*ret_type);
}

/*
 * What systemd-resolved says when its log level is debug: Looking up RR for NAME IN A. · Transaction 7 for <NAME IN A> on scope dns on eth0 now complete with <success> from network (…). ·
 * Added NXDOMAIN cache entry for NAME IN A 60s … · NXDOMAIN cache hit for NAME IN A
 */
static bool take_resolved(struct str s, struct text_dns *d)
{
    static const struct str asked = STR("Looking up RR for "), of = STR("Transaction "), begin = STR(" for <"), done = STR(" now complete with <");
    static const struct {
        struct str head, rcode;
    } CACHE[] = {{STR("Added NXDOMAIN cache entry for "), STR("NXDOMAIN")}, {STR("NXDOMAIN cache hit for "), STR("NXDOMAIN")}, {STR("NODATA cache hit for "), STR("NOERROR")}, {STR("Positive cache hit for "), STR("NOERROR")}};
    struct str name, type;
    if (str_starts(s, asked)) {
        s = str_sub(s, asked.n, s.n);
        if (!take_key(&s, &name, &type))
            return false;
        d->name = name;
        d->type = type;
        return d->is_question = true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(CACHE); i++)
        if (str_starts(s, CACHE[i].head)) {
            s = str_sub(s, CACHE[i].head.n, s.n);
            return take_key(&s, &name, &type) && set_answer(d, name, type, CACHE[i].rcode, STR_NULL);
        }
    const ptrdiff_t at = str_starts(s, of) ? str_find(s, begin, of.n) : -1, end = at > 0 ? str_find(s, done, (size_t)at) : -1;
    if (end < 0)
        return false;
    struct str key = str_sub(s, (size_t)at + begin.n, s.n);
    const struct str how = str_sub(s, (size_t)end + done.n, s.n);
    /* of failures the line says no code */
    return take_key(&key, &name, &type) && set_answer(d, name, type, str_starts(how, STR("success>")) ? STR("NOERROR") : STR_NULL, STR_NULL);
}

static const struct {
    const char *program;
    bool (*take)(struct str message, struct text_dns *d);
} SERVERS[] = {{"dnsmasq", take_dnsmasq}, {"pihole-FTL", take_dnsmasq}, {"named", take_bind}, {"unbound", take_unbound}, {"coredns", take_coredns}, {"systemd-resolved", take_resolved}};

bool text_dns_message(struct str program, struct str message, struct text_dns *ret)
{
    *ret = (struct text_dns){};
    for (size_t i = 0; i < ARRAY_SIZE(SERVERS); i++)
        if (str_is(program, SERVERS[i].program)) {
            if (str_starts(message, STR("[INFO] ")))
                message = str_sub(message, strlen("[INFO] "), message.n);
            return SERVERS[i].take(message, ret);
        }
    return false;
}

/* ---- files of their own ---- */

/* VERSION TIME ZONE NAME TYPE RCODE PROTOCOL EDGE RESOLVER SUBNET */
static bool take_route53(struct str s, struct text_dns *d)
{
    const struct str version = take_word(&s);
    struct str time = take_word(&s);
    const struct str zone = take_word(&s), name = take_word(&s), type = take_word(&s), rcode = take_word(&s), protocol = take_word(&s), place = take_word(&s), client = take_word(&s),
                     subnet = take_word(&s);
    if (version.n < 3 || version.n > 8 || version.p[1] != '.' || !str_starts(zone, STR("Z")) || !subnet.n || str_trim(s).n || !(str_is(protocol, "UDP") || str_is(protocol, "TCP")) ||
        !text_time_iso(&time, NULL, &d->time_ns))
        return false;
    d->zone = zone;
    d->protocol = protocol;
    d->place = place;
    d->subnet = str_is(subnet, "-") ? STR_NULL : subnet;
    return set(d, client, name, type, rcode);
}

/* 30-Nov-2026 06:55:46.123, as BIND writes it; of the machine's own time zone, which it does not say. */
static bool take_bind_time(struct str *s, uint64_t *ret)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[] = "YYYY-MM-DDTHH:MM:SS.mmmZ";
    const char *p = s->p;
    if (s->n < 24 || p[2] != '-' || p[6] != '-' || p[11] != ' ' || p[20] != '.' || p[24 - 1] == ' ')
        return false;
    const char *month = NULL;
    for (unsigned i = 0; i < 12 && !month; i++)
        if (!memcmp(months + 3UL * i, p + 3, 3)) {
            month = months + 3UL * i;
            text[5] = (char)('0' + (i + 1) / 10);
            text[6] = (char)('0' + (i + 1) % 10);
        }
    memcpy(text, p + 7, 4);
    memcpy(text + 8, p, 2);
    memcpy(text + 11, p + 12, 12);
    struct str t = str_from(text);
    if (!month || !text_time_iso(&t, NULL, ret) || t.n)
        return false;
    *s = str_sub(*s, 24, s->n);
    return true;
}

/* [1700000000] unbound[123:0] */
static bool take_unbound_head(struct str *s, uint64_t *ret_ns)
{
    struct str rest = *s;
    const struct str time = take_word(&rest), tag = take_word(&rest);
    uint64_t seconds;
    if (time.n < 3 || time.p[0] != '[' || time.p[time.n - 1] != ']' || !str_to_u64(str_sub(time, 1, time.n - 1), &seconds) || seconds > UINT32_MAX || !str_starts(tag, STR("unbound[")) || !str_ends(tag, STR("]")))
        return false;
    *ret_ns = seconds * 1'000'000'000;
    *s = str_trim(rest);
    return true;
}

/* [INFO] and its like, with the time before it when CoreDNS was told to write one. */
static bool take_coredns_head(struct str *s, uint64_t *ret_ns)
{
    static const char *const levels[] = {"[INFO]", "[ERROR]", "[WARNING]", "[DEBUG]", "[FATAL]"};
    struct str rest = *s;
    if (text_time_iso(&rest, NULL, ret_ns))
        rest = str_trim(rest);
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
        if (str_starts(rest, str_from(levels[i])) && rest.n > strlen(levels[i]) && rest.p[strlen(levels[i])] == ' ') {
            *s = str_trim(str_sub(rest, strlen(levels[i]), rest.n));
            return true;
        }
    return false;
}

bool text_dns_line(struct str line, struct text_dns *ret)
{
    struct str s = str_sub(line, 0, TEXT_LINE_MAX);
    *ret = (struct text_dns){};
    if (take_route53(s, ret))
        return true;
    *ret = (struct text_dns){};
    if (take_unbound_head(&s, &ret->time_ns)) {
        ret->program = STR("unbound");
        (void)take_unbound(s, ret);
    } else if (take_bind_time(&s, &ret->time_ns)) {
        ret->program = STR("named");
        (void)take_bind(s, ret);
    } else if (take_coredns_head(&s, &ret->time_ns)) {
        ret->program = STR("coredns");
        (void)take_coredns(s, ret);
    } else {
        return (str_starts(s, STR("client ")) && take_bind(s, ret)) || take_coredns(s, ret);
    }
    ret->message = str_trim(s);
    return true;
}

bool text_dns_is_sure(const struct text_dns *d)
{
    return d->is_question || !str_is(d->program, "coredns");
}

void text_dns_set(struct log_values *v, const struct text_dns *d)
{
    v->time_ns = v->time_ns ? v->time_ns : d->time_ns;
    v->type = EVENT_DNS_LOG;
    text_values_question(v, d->name);
    log_set_str(v, F_DNS_TYPE, d->type);
    log_set_str(v, F_DNS_RCODE, d->rcode);
    log_set_bool(v, F_DNS_IS_ANSWER, d->is_answer || d->rcode.n != 0);
    log_set_bool(v, F_DNS_IS_ANSWER_ONLY, d->is_answer);
    if (d->answer.n) {
        struct value *one = arena_array(v->arena, struct value, 1);
        *one = VALUE_OF_STR(d->answer);
        text_values_list(v, F_DNS_ANSWERS, one, 1);
    }
    log_set_ip(v, F_DNS_CLIENT, d->client);
    if (!d->zone.n)
        return;
    log_set_str(v, F_CLOUD_PROVIDER, STR("aws"));
    log_set_named(v, STR("hosted_zone_id"), d->zone);
    log_set_named(v, STR("edge_location"), d->place);
    log_set_named(v, STR("protocol"), d->protocol);
    if (d->subnet.n)
        log_set_named(v, STR("edns_client_subnet"), d->subnet);
}
