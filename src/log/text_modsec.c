// SPDX-License-Identifier: Apache-2.0
/*
 * ModSecurity's serial audit log: a transaction is several sections, each with a letter, between lines that begin with the same random word.
 * https://github.com/owasp-modsecurity/ModSecurity/wiki/ModSecurity-2-Data-Formats
 * --a1b2c3d4-A--: when, who; B: the request and its headers; C: its body; F: the answer's headers; H: what the rules said; Z: the end. Version 3 writes ---abc---A--.
 */
#include "base/cleanup.h"
#include "log/format.h"
#include "log/text.h"
#include "log/text_values.h"

enum {
    BOUNDARY_MIN = 8,
    BOUNDARY_MAX = 80,
    TAIL = 3,               /* "A--" */
    BODY_MAX = 8 << 10,     /* of what somebody sent that rules look at; ModSecurity itself keeps up to 128 KiB */
    HEADERS_MAX = 100,      /* httpd takes as many */
};

/* What a line is the border of: its letter, and the word that stands in front in *ret. 0: it is none. */
static char border(struct str line, struct str *ret)
{
    if (line.n < BOUNDARY_MIN || line.n > BOUNDARY_MAX || !str_starts(line, STR("--")) || !str_ends(line, STR("--")))
        return 0;
    const char letter = line.p[line.n - TAIL];
    if (letter < 'A' || letter > 'Z' || line.p[line.n - TAIL - 1] != '-')
        return 0;
    *ret = str_sub(line, 0, line.n - TAIL);
    return letter;
}

/* The next line without its end. */
static bool take_line(struct str *s, struct str *ret)
{
    if (!str_split(s, '\n', ret))
        return false;
    if (ret->n && ret->p[ret->n - 1] == '\r')
        ret->n--;
    return true;
}

static void tell(struct log_values *v, struct str name, struct str text)
{
    if (text.n)
        log_set_named(v, name, text);
}

/* NAME: text */
static bool header(struct str line, struct str name, struct str *ret)
{
    if (line.n <= name.n || line.p[name.n] != ':' || !str_eq_nocase(str_sub(line, 0, name.n), name))
        return false;
    *ret = str_trim(str_sub(line, name.n + 1, line.n));
    return true;
}

/* [02/Mar/2026:10:15:30 +0000] ID 203.0.113.9 51234 10.0.1.10 80; from 2.9 on the time may have a fraction behind the second. */
static void section_a(struct text *t, struct log_values *v, struct str s)
{
    struct str line, when, id, source;
    if (!take_line(&s, &line) || !text_take_field(&line, &when))
        return;
    const ptrdiff_t point = str_find(when, STR("."), 0), blank = str_find(when, STR(" "), 0);
    if (point > 0 && blank > point) {
        char text[BOUNDARY_MAX];
        const struct str zone = str_sub(when, (size_t)blank, when.n);
        if ((size_t)point + zone.n < sizeof(text)) {
            memcpy(text, when.p, (size_t)point);
            memcpy(text + point, zone.p, zone.n);
            struct str whole = str_n(text, (size_t)point + zone.n);
            (void)text_time_clf(&whole, &t->time_ns);
        }
    } else {
        (void)text_time_clf(&when, &t->time_ns);
    }
    line = str_trim(line);
    if (!str_split(&line, ' ', &id) || !str_split(&line, ' ', &source))
        return;
    tell(v, STR("id"), id);
    (void)text_ip(t, TEXT_IP, source);
}

static void section_b(struct text *t, struct str s)
{
    struct str line, text;
    if (take_line(&s, &line))
        text_request(t, line);
    for (unsigned i = 0; i < HEADERS_MAX && take_line(&s, &line) && line.n; i++) {
        if (header(line, STR("Host"), &text))
            text_str(t, TEXT_HTTP_HOST, text);
        else if (header(line, STR("User-Agent"), &text))
            text_str(t, TEXT_HTTP_AGENT, text);
        else if (header(line, STR("Referer"), &text))
            text_str(t, TEXT_HTTP_REFERRER, text);
    }
}

/* HTTP/1.1 403 Forbidden */
static void section_f(struct text *t, struct str s)
{
    struct str line, version, status;
    if (take_line(&s, &line) && str_split(&line, ' ', &version) && str_starts(version, STR("HTTP")) && str_split(&line, ' ', &status))
        (void)text_u64(t, TEXT_HTTP_STATUS, status);
}

/* [NAME "text"] within what a rule said. */
static struct str tagged(struct str s, struct str name)
{
    const ptrdiff_t at = str_find(s, name, 0);
    if (at < 0)
        return STR_NULL;
    const struct str rest = str_sub(s, (size_t)at + name.n, s.n);
    const ptrdiff_t close = str_find(rest, STR("\"]"), 0);
    return close > 0 ? str_sub(rest, 0, (size_t)close) : STR_NULL;
}

/* What the rules said. The message is the first that has a severity, else the first; whether anything kept the request out. */
static void section_h(struct log_values *v, struct str s)
{
    struct str line, text, message = STR_NULL;
    bool is_kept_out = false;
    while (take_line(&s, &line)) {
        if (header(line, STR("Action"), &text))
            is_kept_out |= str_starts(text, STR("Intercepted"));
        if (!header(line, STR("Message"), &text) && !header(line, STR("ModSecurity"), &text))
            continue;
        is_kept_out |= str_starts(text, STR("Access denied"));
        if (!message.n || (str_has(text, STR("[severity \"")) && !str_has(message, STR("[severity \""))))
            message = text;
    }
    log_set_str(v, F_LOG_MESSAGE, message);
    tell(v, STR("rule_id"), tagged(message, STR("[id \"")));
    tell(v, STR("signature"), tagged(message, STR("[msg \"")));
    tell(v, STR("severity"), tagged(message, STR("[severity \"")));
    tell(v, STR("action"), message.n ? is_kept_out ? STR("blocked") : STR("allowed") : STR_NULL);
}

/* Where the next border of the transaction begins; of all that is left when there is none. */
static size_t section_end(struct str s, struct str word)
{
    struct str other;
    for (size_t from = 0; from < s.n;) {
        const ptrdiff_t at = str_find(s, word, from);
        if (at < 0)
            break;
        const ptrdiff_t end = str_find(s, STR("\n"), (size_t)at);
        struct str line = str_sub(s, (size_t)at, end < 0 ? s.n : (size_t)end);
        line = str_trim(line);
        if ((!at || s.p[at - 1] == '\n') && border(line, &other))
            return (size_t)at;
        from = (size_t)at + 1;
    }
    return s.n;
}

static unsigned modsec_sniff(struct str head)
{
    struct str line, word;
    while (str_split(&head, '\n', &line))
        if (str_trim(line).n)
            return border(str_trim(line), &word) == 'A' && str_starts(str_trim(head), STR("[")) ? 98 : 0;
    return 0;
}

/* A transaction, from its A to its Z. */
static enum log_next modsec_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    static struct text t;
    struct str line, word;
    (void)state;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!str_trim(line).n)
        return LOG_NOTHING;
    char letter = border(str_trim(line), &word);
    if (letter != 'A')
        return LOG_BROKEN;
    text_reset(&t);
    size_t at = *ret_used;
    while (letter != 'Z') {
        const struct str rest = str_sub(bytes, at, bytes.n);
        const size_t n = section_end(rest, word);
        const ptrdiff_t line_end = n < rest.n ? str_find(rest, STR("\n"), n) : -1;
        if (line_end < 0 && !is_end)
            return LOG_MORE;
        const struct str section = str_sub(rest, 0, n);
        if (letter == 'A')
            section_a(&t, v, section);
        else if (letter == 'B')
            section_b(&t, section);
        else if (letter == 'C')
            tell(v, STR("body"), str_trim(str_sub(section, 0, BODY_MAX)));
        else if (letter == 'F')
            section_f(&t, section);
        else if (letter == 'H')
            section_h(v, section);
        if (n == rest.n) { /* the file ends before the transaction does */
            at = bytes.n;
            break;
        }
        letter = border(str_trim(str_sub(rest, n, line_end < 0 ? rest.n : (size_t)line_end)), &word);
        if (letter == 'A') { /* of the next one: this one has no end */
            at += n;
            break;
        }
        at += line_end < 0 ? rest.n : (size_t)line_end + 1;
    }
    *ret_used = at;
    if (!text_has(&t, TEXT_HTTP_URL))
        return LOG_BROKEN;
    text_split_url(&t);
    text_str(&t, TEXT_PROGRAM, STR("modsecurity"));
    text_values_set(v, &t, F_HTTP_IP);
    return LOG_RECORD;
}

const struct log_format_ops LOG_MODSEC_OPS = {.type = EVENT_WEB_ACCESS, .sniff = modsec_sniff, .next = modsec_next};
