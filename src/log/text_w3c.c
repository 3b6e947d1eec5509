// SPDX-License-Identifier: Apache-2.0
/* Access logs whose first lines name their columns (IIS, CloudFront): https://www.w3.org/TR/WD-logfile.html */
#include "base/cleanup.h"
#include "log/text.h"

static const struct {
    struct str name;
    enum text_id id;
} COLUMNS[] = {
#define W3C_COLUMN(name, id) {STR(name), TEXT_##id},
#include "log/text_w3c.def"
#undef W3C_COLUMN
};

static uint8_t column_of(struct str name)
{
    static const struct {
        struct str name;
        uint8_t is;
    } own[] = {{STR("date"), W3C_DATE}, {STR("time"), W3C_TIME}, {STR("cs-uri-query"), W3C_QUERY}};
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (str_eq_nocase(name, own[i].name))
            return own[i].is;
    for (size_t i = 0; i < ARRAY_SIZE(COLUMNS); i++)
        if (str_eq_nocase(name, COLUMNS[i].name))
            return (uint8_t)COLUMNS[i].id;
    return W3C_OTHER;
}

static bool take_word(struct str *s, struct str *ret)
{
    while (s->n && (s->p[0] == ' ' || s->p[0] == '\t'))
        *s = str_sub(*s, 1, s->n);
    size_t n = 0;
    while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
        n++;
    *ret = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return n > 0;
}

bool text_w3c_header(struct str line, struct w3c_columns *ret)
{
    static const struct str begin = {"#Fields:", 8};
    struct str s = str_trim(line), name;
    struct w3c_columns c = {};
    bool has_client = false, has_request = false;
    if (s.n < begin.n || !str_eq_nocase(str_sub(s, 0, begin.n), begin))
        return false;
    s = str_sub(s, begin.n, s.n);
    while (c.n < W3C_COLUMNS_MAX && take_word(&s, &name)) {
        c.of[c.n] = column_of(name);
        has_client = has_client || c.of[c.n] == TEXT_IP;
        has_request = has_request || c.of[c.n] == TEXT_HTTP_URL;
        const size_t room = sizeof(c.names) - c.name[c.n], kept = c.of[c.n] == W3C_OTHER && name.n <= room ? name.n : 0;
        memcpy(c.names + c.name[c.n], name.p, kept);
        c.name[c.n + 1] = (uint16_t)(c.name[c.n] + kept);
        c.n++;
    }
    if (!has_client || !has_request)
        return false;
    *ret = c;
    return true;
}

bool text_w3c_line(struct str line, const struct w3c_columns *columns, struct text *t, struct str *ret_query, struct str *words)
{
    struct str s = str_sub(line, 0, TEXT_LINE_MAX), word, date = STR_NULL, time = STR_NULL;
    unsigned n = 0;
    text_reset(t);
    *ret_query = STR_NULL;
    for (; n < columns->n && take_word(&s, &word); n++) {
        const uint8_t is = columns->of[n];
        if (words)
            words[n] = word;
        if (is == W3C_DATE)
            date = word;
        else if (is == W3C_TIME)
            time = word;
        else if (is == W3C_QUERY)
            *ret_query = str_eq(word, STR("-")) ? STR_NULL : word;
        else if (is == TEXT_IP)
            (void)text_ip(t, TEXT_IP, word);
        else if (is < TEXT__N && text_type(is) == VALUE_UINT)
            (void)text_u64(t, is, word);
        else if (is < TEXT__N && !text_has(t, is))
            text_str(t, is, word);
    }
    if (!n || n != columns->n)
        return false;
    /* in UTC */
    char both[32];
    if (date.n && time.n && date.n + 1 + time.n < sizeof(both)) {
        memcpy(both, date.p, date.n);
        both[date.n] = ' ';
        memcpy(both + date.n + 1, time.p, time.n);
        struct str when = str_n(both, date.n + 1 + time.n);
        (void)text_time_iso(&when, NULL, &t->time_ns);
    }
    return true;
}
