// SPDX-License-Identifier: Apache-2.0
/*
 * What applications of the web write of themselves in their frameworks' own words: https://api.rubyonrails.org/classes/ActiveSupport/TaggedLogging.html · https://github.com/Seldaek/monolog (Laravel, Symfony) ·
 * https://docs.djangoproject.com/en/stable/ref/logging/
 */
#include "log/text_server_form.h"

#include "base/cleanup.h"

/* Started GET "/path?query" for 203.0.113.9 at 2026-03-02 10:15:30 +0000 */
static bool take_started(struct str s, const struct text_clock *clock, struct text_server *r)
{
    struct str method, target;
    if (!str_starts(s, STR("Started ")))
        return false;
    s = str_sub(s, strlen("Started "), s.n);
    if (!str_split(&s, ' ', &method) || !text_take_field(&s, &target) || !str_starts(str_trim(s), STR("for ")))
        return false;
    s = str_sub(str_trim(s), strlen("for "), str_trim(s).n);
    const ptrdiff_t at = str_find(s, STR(" at "), 0);
    if (at <= 0 || !text_ip(&r->t, TEXT_IP, str_sub(s, 0, (size_t)at)))
        return false;
    s = str_sub(s, (size_t)at + strlen(" at "), s.n);
    struct str when = s;
    uint64_t time_ns;
    if (!text_server_iso(&when, clock, &time_ns))
        return false;
    r->t.time_ns = r->t.time_ns ? r->t.time_ns : time_ns;
    text_str(&r->t, TEXT_HTTP_METHOD, str_unquoted(method));
    text_str(&r->t, TEXT_HTTP_URL, target);
    return true;
}

/*
 * I, [2026-03-02T10:15:30.123456 #1234]  INFO -- : [request] Started GET … of Ruby's Logger, and the same without what stands in front (development.log).
 * What a request is followed by belongs to it.
 */
bool text_server_rails(struct str s, const struct text_clock *clock, struct text_server *r)
{
    static const char *const FURTHER[] = {"Processing by ", "Completed ", "Redirected to ", "Filter chain halted "};
    if (s.n > 40 && s.p[1] == ',' && str_starts(str_sub(s, 2, s.n), STR(" [")) && strchr("DIWEFA", s.p[0])) {
        struct str front = str_sub(s, 4, s.n);
        const ptrdiff_t close = str_find(str_sub(s, 0, 64), STR("]"), 0), dashes = str_find(str_sub(s, 0, 160), STR(" -- "), 0);
        if (close < 0 || dashes < close || !text_time_iso(&front, clock, &r->t.time_ns))
            return false;
        const ptrdiff_t number = str_find(str_sub(s, 0, (size_t)close), STR("#"), 0), colon = str_find(s, STR(": "), (size_t)dashes);
        const struct str level = str_trim(str_sub(s, (size_t)close + 1, (size_t)dashes));
        if (colon < 0 || !(text_server_is_level(level) || str_is(level, "ANY")))
            return false;
        if (number > 0)
            (void)text_u64(&r->t, TEXT_PID, str_sub(s, (size_t)number + 1, (size_t)close));
        text_server_pair(r, STR("level"), level);
        s = str_trim(str_sub(s, (size_t)colon + 2, s.n));
        struct str said = s;
        while (said.n && said.p[0] == '[' && str_find(said, STR("] "), 0) > 0)
            said = str_trim(str_sub(said, (size_t)str_find(said, STR("] "), 0) + 2, said.n));
        text_server_say(r, STR("rails"), said.n ? said : s);
        (void)take_started(said, clock, r);
        return text_has(&r->t, TEXT_MESSAGE);
    }
    if (take_started(s, clock, r)) {
        text_server_say(r, STR("rails"), s);
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(FURTHER); i++)
        if (str_starts(s, str_from(FURTHER[i])) && (i > 1 || str_has(s, STR(" as ")) || str_has(s, STR("ms")))) {
            text_server_say(r, STR("rails"), s);
            return true;
        }
    return false;
}

/* [2026-03-02T10:15:30.123456+00:00] channel.LEVEL: message {"context":…} [] */
bool text_server_monolog(struct str s, const struct text_clock *clock, struct text_server *r)
{
    enum { CHANNEL = 64 };
    if (s.n < 28 || s.p[0] != '[')
        return false;
    s = str_sub(s, 1, s.n);
    if (!text_time_iso(&s, clock, &r->t.time_ns) || !str_starts(s, STR("] ")))
        return false;
    s = str_sub(s, 2, s.n);
    const ptrdiff_t colon = str_find(str_sub(s, 0, CHANNEL), STR(": "), 0), point = str_find(str_sub(s, 0, CHANNEL), STR("."), 0);
    if (point <= 0 || colon < point || str_has(str_sub(s, 0, (size_t)colon), STR(" ")))
        return false;
    struct str level = str_sub(s, (size_t)point + 1, (size_t)colon);
    if (str_is(level, "EMERGENCY"))
        level = STR("emerg");
    if (!text_server_is_level(level))
        return false;
    text_server_say(r, STR("php"), str_sub(s, (size_t)colon + 2, s.n));
    text_server_pair(r, STR("channel"), str_sub(s, 0, (size_t)point));
    text_server_pair(r, STR("level"), level);
    return text_has(&r->t, TEXT_MESSAGE);
}

/* WARNING 2026-03-02 10:15:30,123 log 7 140 Not Found: /x, which Django's documentation offers; [02/Mar/2026 10:15:30] "GET /x HTTP/1.1" 404 179 of its own server. */
bool text_server_django(struct str s, const struct text_clock *clock, struct text_server *r)
{
    enum { DATE = 11, WHOLE = 20, WORDS = 3 };
    struct str level, when, request, word;
    if (s.n > WHOLE + 6 && s.p[0] == '[' && s.p[3] == '/' && s.p[7] == '/' && s.p[DATE + 1] == ' ') {
        if (!text_take_field(&s, &when) || when.n != WHOLE || !text_server_time(str_sub(when, 3, 6), str_sub(when, 0, 2), str_sub(when, 7, DATE), str_sub(when, DATE + 1, WHOLE), clock, &r->t.time_ns))
            return false;
        s = str_trim(s);
        if (!s.n || s.p[0] != '"' || !text_take_field(&s, &request))
            return false;
        text_request(&r->t, request);
        s = str_trim(s);
        if (!str_split(&s, ' ', &word) || !text_u64(&r->t, TEXT_HTTP_STATUS, word))
            return false;
        text_str(&r->t, TEXT_PROGRAM, STR("django"));
        (void)text_u64(&r->t, TEXT_HTTP_BYTES, str_trim(s));
        return true;
    }
    if (!str_split(&s, ' ', &level) || !text_server_is_level(level) || !text_time_iso(&s, clock, &r->t.time_ns) || s.n < 8)
        return false;
    s = str_trim(s);
    for (size_t i = 0; i < WORDS; i++) { /* module, process, thread */
        struct str rest = s;
        uint64_t n;
        if (!str_split(&rest, ' ', &word) || (i && !str_to_u64(word, &n)))
            return false;
        if (!i)
            text_server_pair(r, STR("module"), word);
        s = rest;
    }
    text_server_pair(r, STR("level"), level);
    text_server_say(r, STR("django"), s);
    return text_has(&r->t, TEXT_MESSAGE);
}
