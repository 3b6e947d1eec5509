// SPDX-License-Identifier: Apache-2.0
/* The commands in crontabs, units, udev rules and the like: one reader per format, each takes a line. */
#include "base/cleanup.h"
#include "inspect/persist.h"

enum { UDEV_LINE_MAX = 16384 }; /* what udev itself reads of a line */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct str skip_blanks(struct str s)
{
    while (s.n && is_blank(s.p[0]))
        s = str_sub(s, 1, s.n);
    return s;
}

/* Takes the next word off *s and the blanks after it. */
static struct str take_word(struct str *s)
{
    size_t n = 0;
    *s = skip_blanks(*s);
    while (n < s->n && !is_blank(s->p[n]))
        n++;
    const struct str word = str_sub(*s, 0, n);
    *s = skip_blanks(str_sub(*s, n, s->n));
    return word;
}

/* Whether a crontab line sets a variable: NAME = value. */
static bool is_assignment(struct str line)
{
    size_t i = 0;
    while (i < line.n &&
           (line.p[i] == '_' || line.p[i] == '"' || ((line.p[i] | 32) >= 'a' && (line.p[i] | 32) <= 'z') ||
            (i && line.p[i] >= '0' && line.p[i] <= '9')))
        i++;
    while (i < line.n && is_blank(line.p[i]))
        i++;
    return i && i < line.n && line.p[i] == '=';
}

/* Digits and signs, names of three letters (jan, mon), or one of the letters that some crons know. */
static bool is_time_field(struct str s)
{
    size_t letters = 0;
    for (size_t i = 0; i <= s.n; i++) {
        const char c = i < s.n ? s.p[i] : 0;
        if ((c | 32) >= 'a' && (c | 32) <= 'z') {
            letters++;
            continue;
        }
        if (letters == 1 ? !memchr("LWH", s.p[i - 1], 3) : letters && letters != 3)
            return false;
        letters = 0;
        if (i < s.n && !(c >= '0' && c <= '9') && !memchr("*/,-?#~", c, 7))
            return false;
    }
    return s.n;
}

static bool cron_line(struct str line, bool with_user, struct persist_command *ret)
{
    line = str_trim(line);
    if (!line.n || line.p[0] == '#' || is_assignment(line))
        return false;
    if (line.p[0] == '@') {
        (void)take_word(&line);
    } else {
        for (int i = 0; i < 5; i++)
            if (!is_time_field(take_word(&line)))
                return false;
    }
    *ret = (struct persist_command){};
    if (with_user)
        ret->user = take_word(&line);
    ret->command = line;
    return line.n;
}

static bool anacron_line(struct str line, struct persist_command *ret)
{
    line = str_trim(line);
    if (!line.n || line.p[0] == '#' || is_assignment(line))
        return false;
    for (int i = 0; i < 3; i++)
        (void)take_word(&line);
    *ret = (struct persist_command){.command = line};
    return line.n;
}

/* ExecStart= and its kin; the signs before the program change how it is started, not what. */
static bool unit_line(struct str line, struct persist_command *ret)
{
    static const char *const KEYS[] = {"ExecStart",  "ExecStartPre", "ExecStartPost", "ExecCondition",
                                       "ExecReload", "ExecStop",     "ExecStopPost"};
    struct str key;
    if (!line.n || line.p[0] == '#' || line.p[0] == ';' || !memchr(line.p, '=', line.n) ||
        !str_split(&line, '=', &key))
        return false;
    key = str_trim(key);
    line = str_trim(line);
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++) {
        if (!str_is(key, KEYS[i]))
            continue;
        while (line.n && memchr("@-:+!|", line.p[0], 6))
            line = str_sub(line, 1, line.n);
        *ret = (struct persist_command){.command = line};
        return line.n;
    }
    return false;
}

/* id:runlevels:action:process */
static bool inittab_line(struct str line, struct persist_command *ret)
{
    struct str part;
    line = str_trim(line);
    if (!line.n || line.p[0] == '#')
        return false;
    for (int i = 0; i < 3; i++)
        if (!str_split(&line, ':', &part))
            return false;
    line = str_trim(line);
    if (line.n && (line.p[0] == '-' || line.p[0] == '+'))
        line = str_sub(line, 1, line.n);
    *ret = (struct persist_command){.command = line};
    return line.n;
}

static bool desktop_line(struct str line, struct persist_command *ret)
{
    struct str key;
    if (!line.n || !memchr(line.p, '=', line.n) || !str_split(&line, '=', &key) ||
        !str_is(str_trim(key), "Exec"))
        return false;
    *ret = (struct persist_command){.command = str_trim(line)};
    return ret->command.n;
}

/* … pam_exec.so [options] program [arguments] */
static bool pam_line(struct str line, struct persist_command *ret)
{
    line = str_trim(line);
    const ptrdiff_t at = str_find(line, STR("pam_exec.so"), 0);
    if (at < 0 || line.p[0] == '#')
        return false;
    line = skip_blanks(str_sub(line, (size_t)at + strlen("pam_exec.so"), line.n));
    while (line.n && line.p[0] != '/') {
        const struct str before = line;
        (void)take_word(&line);
        if (before.n == line.n)
            return false;
    }
    *ret = (struct persist_command){.command = line};
    return line.n;
}

/* service type protocol wait user program arguments: what runs is the program under the name that its arguments begin with. */
static bool inetd_line(struct str line, struct persist_command *ret)
{
    struct str user = {};
    line = str_trim(line);
    if (!line.n || line.p[0] == '#')
        return false;
    for (int i = 0; i < 5; i++)
        user = take_word(&line);
    const struct str whole = line, program = take_word(&line);
    struct str rest = line;
    const struct str name = take_word(&rest);
    const bool is_wrapper = str_is(str_basename(program), "tcpd");
    if (!program.n || str_is(program, "internal"))
        return false;
    *ret = (struct persist_command){
        .command = is_wrapper || str_eq(str_basename(program), str_basename(name)) ? line : whole,
        .user = user,
    };
    return ret->command.n;
}

/* key = value, key += value */
static bool take_setting(struct str line, struct str *ret_key, struct str *ret_value)
{
    const char *sign = line.n ? memchr(line.p, '=', line.n) : NULL;
    if (!sign)
        return false;
    *ret_key = str_trim(str_sub(line, 0, (size_t)(sign - line.p)));
    *ret_value = str_trim(str_sub(line, (size_t)(sign - line.p) + 1, line.n));
    if (ret_key->n && memchr("+-", ret_key->p[ret_key->n - 1], 2))
        *ret_key = str_trim(str_sub(*ret_key, 0, ret_key->n - 1));
    return true;
}

bool persist_service_next(struct str *text, struct persist_service *ret)
{
    struct str line, key, value;
    bool is_disabled = false;
    *ret = (struct persist_service){};
    while (str_split(text, '\n', &line)) {
        line = str_trim(line);
        if (line.n && line.p[0] == '}') {
            if (ret->server.n && !is_disabled)
                return true;
            *ret = (struct persist_service){};
            is_disabled = false;
        }
        if (!line.n || line.p[0] == '#' || !take_setting(line, &key, &value))
            continue;
        if (str_is(key, "server"))
            ret->server = value;
        else if (str_is(key, "server_args"))
            ret->arguments = value;
        else if (str_is(key, "user"))
            ret->user = value;
        else if (str_is(key, "disable"))
            is_disabled = str_is(value, "yes");
    }
    return false;
}

/* The next RUN+="…", PROGRAM=="…" or IMPORT{program}="…" of a udev line; *line goes on behind it. */
static bool udev_part(struct str *line, struct persist_command *ret)
{
    static const char *const KEYS[] = {"RUN", "PROGRAM", "IMPORT{program}"};
    while (line->n) {
        /* key, operator, value in quotes */
        const char *quote = memchr(line->p, '"', line->n);
        if (!quote)
            return false;
        const size_t at = (size_t)(quote - line->p);
        const char *end = memchr(quote + 1, '"', line->n - at - 1);
        if (!end)
            return false;
        struct str key = str_trim(str_sub(*line, 0, at));
        while (key.n && memchr("=+-:! \t", key.p[key.n - 1], 7))
            key.n--;
        while (key.n && (key.p[0] == ',' || is_blank(key.p[0])))
            key = str_sub(key, 1, key.n);
        const struct str value = str_n(quote + 1, (size_t)(end - quote - 1));
        *line = str_sub(*line, (size_t)(end - line->p) + 1, line->n);
        if (str_is(key, "RUN{program}"))
            key = STR("RUN");
        for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++)
            if (str_is(key, KEYS[i]) && value.n) {
                *ret = (struct persist_command){.command = value};
                return true;
            }
    }
    return false;
}

/* A line with those that a backslash at the end adds to it; the text is not changed, so the joints stay in
 * it. */
static bool take_line(struct str *text, bool continues, struct str *ret)
{
    size_t n = 0;
    if (!text->n)
        return false;
    for (;;) {
        const char *end = memchr(text->p + n, '\n', text->n - n);
        n = end ? (size_t)(end - text->p) : text->n;
        if (!end || !continues || !n || text->p[n - 1] != '\\')
            break;
        n++;
    }
    *ret = str_sub(*text, 0, n);
    *text = str_sub(*text, n + 1, text->n);
    return true;
}

bool persist_command_next(enum persist_format format, struct str *text, struct persist_command *ret)
{
    const bool continues = format == FORMAT_UNIT || format == FORMAT_PAM_RULES;
    struct str line;
    bool found = false;
    while (!found && text->n) {
        if (format == FORMAT_UDEV_RULES) {
            /* one line may hold several: what is left of it goes on next time */
            const char *end = memchr(text->p, '\n', text->n);
            const size_t whole = end ? (size_t)(end - text->p) : text->n,
                         n = whole < UDEV_LINE_MAX ? whole : UDEV_LINE_MAX;
            line = str_sub(*text, 0, n);
            const struct str start = str_trim(line);
            found = start.n && start.p[0] != '#' && udev_part(&line, ret);
            *text = str_sub(*text, found ? (size_t)(line.p - text->p) : n < whole ? n : n + 1, text->n);
            continue;
        }
        if (!take_line(text, continues, &line))
            return false;
        switch (format) {
        case FORMAT_CRONTAB:
            found = cron_line(line, false, ret);
            break;
        case FORMAT_CRONTAB_WITH_USER:
            found = cron_line(line, true, ret);
            break;
        case FORMAT_ANACRONTAB:
            found = anacron_line(line, ret);
            break;
        case FORMAT_UNIT:
            found = unit_line(line, ret);
            break;
        case FORMAT_INITTAB:
            found = inittab_line(line, ret);
            break;
        case FORMAT_DESKTOP:
            found = desktop_line(line, ret);
            break;
        case FORMAT_PAM_RULES:
            found = pam_line(line, ret);
            break;
        case FORMAT_INETD:
            found = inetd_line(line, ret);
            break;
        default:
            return false;
        }
    }
    return found;
}

bool persist_pam_next(struct str *text, bool has_service, struct str *ret)
{
    struct str line;
    while (take_line(text, true, &line)) {
        line = str_trim(line);
        if (has_service && line.n && line.p[0] != '#')
            (void)take_word(&line);
        *ret = line;
        if (line.n && line.p[0] != '#' && line.p[0] != '@')
            return true;
    }
    return false;
}
