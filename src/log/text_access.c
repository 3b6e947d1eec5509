// SPDX-License-Identifier: Apache-2.0
/* Access logs of web servers. */
#include "log/text.h"

bool text_take_field(struct str *s, struct str *ret)
{
    while (s->n && (s->p[0] == ' ' || s->p[0] == '\t'))
        *s = str_sub(*s, 1, s->n);
    if (!s->n)
        return false;
    const char open = s->p[0], close = open == '"' ? '"' : open == '[' ? ']' : ' ';
    const size_t from = close == ' ' ? 0 : 1;
    size_t end = from;
    while (end < s->n && s->p[end] != close && !(close == ' ' && s->p[end] == '\t'))
        end += s->p[end] == '\\' && close == '"' && end + 1 < s->n ? 2 : 1;
    if (end > s->n || (end == s->n && close != ' '))
        return false;
    *ret = str_sub(*s, from, end);
    *s = str_sub(*s, end + (close != ' '), s->n);
    return true;
}

void text_request(struct text *t, struct str s)
{
    const ptrdiff_t first = str_find(s, STR(" "), 0);
    ptrdiff_t last = -1;
    for (size_t at = s.n; at-- > 0 && last < 0;)
        last = s.p[at] == ' ' && str_starts(str_sub(s, at + 1, s.n), STR("HTTP/")) ? (ptrdiff_t)at : last;
    bool is_method = first > 0 && first < 24;
    for (ptrdiff_t i = 0; is_method && i < first; i++)
        is_method = (s.p[i] >= 'A' && s.p[i] <= 'Z') || s.p[i] == '-' || s.p[i] == '_' || (s.p[i] >= 'a' && s.p[i] <= 'z');
    if (!is_method) {
        text_str(t, TEXT_HTTP_URL, s);
        return;
    }
    text_str(t, TEXT_HTTP_METHOD, str_sub(s, 0, (size_t)first));
    text_str(t, TEXT_HTTP_URL, str_sub(s, (size_t)first + 1, last > first ? (size_t)last : s.n));
    if (last >= first)
        text_str(t, TEXT_HTTP_VERSION, str_sub(s, (size_t)last + 6, s.n));
}

/* HOST IDENT USER [time] "request" status bytes …, where in front of HOST one more field may stand. */
bool text_access_line(struct str line, struct text *t)
{
    enum { FRONT_MAX = 5 };
    struct str s = str_sub(line, 0, TEXT_LINE_MAX), front[FRONT_MAX], field;
    unsigned n = 0;
    text_reset(t);
    while (n < FRONT_MAX && s.n) {
        struct str before = s;
        if (!text_take_field(&s, &front[n]))
            return false;
        const char *p = before.p;
        while (*p == ' ' || *p == '\t')
            p++;
        if (*p == '[' && n) {
            struct str when = front[n];
            if (!text_time_clf(&when, &t->time_ns) && !text_time_iso(&when, NULL, &t->time_ns))
                return false;
            break;
        }
        n++;
    }
    if (!t->time_ns || n < 3)
        return false;
    /* combined with the virtual host in front: HOST[:PORT] ADDRESS - - */
    const unsigned client = n > 3 && !text_ip(t, TEXT_IP, front[0]) ? 1 : 0;
    if (!client && !text_has(t, TEXT_IP) && !text_ip(t, TEXT_IP, front[0]))
        text_str(t, TEXT_HOST, front[0]); /* a name that the server looked up */
    if (client) {
        text_str(t, TEXT_HTTP_HOST, front[0]);
        if (!text_ip(t, TEXT_IP, front[1]))
            return false;
    }
    text_str(t, TEXT_HTTP_USER, front[n - 1]);
    struct str rest = s;
    if (!str_starts(str_trim(s), STR("\"")) || !text_take_field(&rest, &field))
        return false;
    text_request(t, field);
    text_split_url(t); /* of a proxy */
    if (!text_take_field(&rest, &field) || field.n != 3 || !text_u64(t, TEXT_HTTP_STATUS, field))
        return false;
    if (!text_take_field(&rest, &field))
        return true;
    (void)text_u64(t, TEXT_HTTP_BYTES, field);
    const char *after = rest.p;
    while (rest.n && after < rest.p + rest.n && *after == ' ')
        after++;
    if (!rest.n || after == rest.p + rest.n || *after != '"' || !text_take_field(&rest, &field))
        return true;
    text_str(t, TEXT_HTTP_REFERRER, field);
    if (text_take_field(&rest, &field))
        text_str(t, TEXT_HTTP_AGENT, field);
    return true;
}
