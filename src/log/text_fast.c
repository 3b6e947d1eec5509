// SPDX-License-Identifier: Apache-2.0
/*
 * Alerts of Snort and Suricata, one on a line (fast.log, alert_fast): https://docs.suricata.io/en/latest/output/eve/eve-json-output.html names the same things.
 * 03/02/2026-10:15:30.123456  [Drop] [**] [1:2024792:4] NAME [**] [Classification: C] [Priority: 2] {TCP} 10.0.1.10:51234 -> 203.0.113.9:3333
 */
#include "log/text_server_form.h"

#include "base/cleanup.h"

/* 03/02/2026-10:15:30.123456, of Snort also 03/02-10:15:30.123456 and 26/03/02-10:15:30.123456: month and day have two digits each. */
static bool take_time(struct str *s, const struct text_clock *clock, uint64_t *ret)
{
    enum { SHORT = 5, LONG = 10, CENTURY = 8 };
    char year[4];
    const ptrdiff_t dash = str_find(str_sub(*s, 0, LONG + 1), STR("-"), 0), blank = str_find(str_sub(*s, 0, 40), STR(" "), 0);
    if ((dash != SHORT && dash != LONG && dash != CENTURY) || blank < dash)
        return false;
    struct str date = str_sub(*s, dash == CENTURY ? 3 : 0, (size_t)dash), number = STR_NULL;
    uint64_t day;
    if (date.n < SHORT || date.p[2] != '/' || !str_to_u64(str_sub(date, 3, SHORT), &day))
        return false;
    if (dash == LONG) {
        number = str_sub(date, SHORT + 1, LONG);
    } else if (dash == CENTURY) {
        memcpy(year, "20", 2);
        memcpy(year + 2, s->p, 2);
        number = str_n(year, sizeof(year));
    }
    if (!text_server_time_number(str_sub(date, 0, 2), str_sub(date, 3, SHORT), number, str_sub(*s, (size_t)dash + 1, (size_t)blank), clock, ret))
        return false;
    *s = str_trim(str_sub(*s, (size_t)blank, s->n));
    return true;
}

/* [NAME: text] or [NAME:text] in front. */
static struct str take_bracket(struct str *s, struct str name)
{
    const ptrdiff_t close = str_find(*s, STR("]"), 0);
    if (!str_starts(*s, name) || close < 0)
        return STR_NULL;
    const struct str text = str_trim(str_sub(*s, name.n, (size_t)close));
    *s = str_trim(str_sub(*s, (size_t)close + 1, s->n));
    return text;
}

static bool take_end(struct text_server *r, enum text_id ip, enum text_id port, struct str s)
{
    return text_endpoint(&r->t, ip, port, s) || text_ip(&r->t, ip, s);
}

bool text_server_fast(struct str s, const struct text_clock *clock, struct text_server *r)
{
    struct str rule, id;
    if (s.n < 48 || s.p[2] != '/' || !take_time(&s, clock, &r->t.time_ns))
        return false;
    const bool is_dropped = take_bracket(&s, STR("[Drop")).p || take_bracket(&s, STR("[wDrop")).p;
    if (!str_starts(s, STR("[**] [")))
        return false;
    s = str_sub(s, strlen("[**] "), s.n);
    rule = take_bracket(&s, STR("["));
    const ptrdiff_t end = str_find(s, STR(" [**]"), 0), brace = str_find(s, STR(" {"), 0), arrow = brace >= 0 ? str_find(s, STR(" -> "), (size_t)brace) : -1;
    if (end < 0 || arrow < 0)
        return false;
    const struct str signature = str_unquoted(str_trim(str_sub(s, 0, (size_t)end)));
    struct str behind = str_trim(str_sub(s, (size_t)end + strlen(" [**]"), s.n));
    const struct str category = take_bracket(&behind, STR("[Classification:")), severity = take_bracket(&behind, STR("[Priority:"));
    const ptrdiff_t close = str_find(s, STR("} "), (size_t)brace);
    if (close < 0 || close > arrow)
        return false;
    const struct str protocol = str_sub(s, (size_t)brace + 2, (size_t)close);
    if (!take_end(r, TEXT_FLOW_SRC, TEXT_FLOW_SPORT, str_trim(str_sub(s, (size_t)close + 1, (size_t)arrow))) || !take_end(r, TEXT_FLOW_DST, TEXT_FLOW_DPORT, str_trim(str_sub(s, (size_t)arrow + strlen(" -> "), s.n))))
        return false;
    (void)(str_split(&rule, ':', &id) && str_split(&rule, ':', &id)); /* generator, number, revision */
    text_server_say(r, STR("suricata"), signature);
    text_server_pair(r, STR("event_type"), STR("alert"));
    text_server_pair(r, STR("signature"), signature);
    text_server_pair(r, STR("signature_id"), id);
    text_server_pair(r, STR("category"), category);
    text_server_pair(r, STR("severity"), severity);
    text_str(&r->t, TEXT_FLOW_PROTOCOL, str_is(protocol, "TCP") ? STR("tcp") : str_is(protocol, "UDP") ? STR("udp") : str_is(protocol, "ICMP") ? STR("icmp") : protocol);
    text_str(&r->t, TEXT_FLOW_ACTION, is_dropped ? STR("REJECT") : STR("ACCEPT"));
    return true;
}
