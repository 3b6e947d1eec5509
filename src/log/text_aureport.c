// SPDX-License-Identifier: Apache-2.0
/*
 * Reports of logins that aureport prints (-l, -au): a title, a line of signs, the columns' names, then numbered lines. https://man7.org/linux/man-pages/man8/aureport.8.html
 * 1. 03/02/2026 10:15:30 root 203.0.113.9 ssh /usr/sbin/sshd no 1234
 */
#include "base/cleanup.h"
#include "log/format.h"
#include "log/text_server_form.h"
#include "log/text_values.h"

enum { COLUMNS = 9, SURE = 97 };

struct aureport_state {
    struct text_clock clock;
};

/* date time auid host term exe success event, and the same of -au with acct. */
static bool is_names(struct str line)
{
    return str_starts(line, STR("# date time ")) && str_has(line, STR(" host term exe success event"));
}

static bool is_frame(struct str line)
{
    return str_ends(line, STR(" Report")) || str_starts(line, STR("====")) || str_is(line, "<no events of interest were found>");
}

static bool take(struct str line, const struct text_clock *clock, struct text *t)
{
    struct str c[COLUMNS];
    unsigned n = 0;
    uint64_t number;
    text_reset(t);
    while (n < COLUMNS && str_split(&line, ' ', &c[n]))
        n += c[n].n > 0;
    if (n != COLUMNS || c[0].n < 2 || !str_ends(c[0], STR(".")) || !str_to_u64(str_sub(c[0], 0, c[0].n - 1), &number))
        return false;
    /* 03/02/2026, where the locale is C */
    if (c[1].n != 10 || c[1].p[2] != '/' || c[1].p[5] != '/' ||
        !text_server_time_number(str_sub(c[1], 0, 2), str_sub(c[1], 3, 5), str_sub(c[1], 6, 10), c[2], clock, &t->time_ns))
        return false;
    const bool is_success = str_is(c[7], "yes");
    if (!is_success && !str_is(c[7], "no"))
        return false;
    text_str(t, TEXT_ACTION, STR("login"));
    text_str(t, TEXT_OUTCOME, is_success ? STR("success") : STR("failure"));
    text_str(t, TEXT_USER, str_is(c[3], "?") || str_is(c[3], "(unknown)") ? STR_NULL : str_sub(c[3], 0, TEXT_NAME_MAX));
    (void)text_ip(t, TEXT_IP, c[4]);
    text_str(t, TEXT_TTY, str_is(c[5], "?") ? STR_NULL : c[5]);
    text_str(t, TEXT_PROGRAM, str_basename(c[6]));
    return true;
}

static unsigned aureport_sniff(struct str head)
{
    struct str line;
    for (unsigned i = 0; i < 8 && str_split(&head, '\n', &line); i++) {
        line = str_trim(line);
        if (is_names(line))
            return SURE;
        if (line.n && !is_frame(line))
            return 0;
    }
    return 0;
}

static enum log_next aureport_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    static struct text t;
    struct aureport_state *st = state;
    struct str line;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!st->clock.base_ns)
        (void)text_clock_now(&st->clock);
    line = str_trim(line);
    if (!line.n || is_frame(line) || is_names(line))
        return LOG_NOTHING;
    if (line.n > TEXT_LINE_MAX || !take(line, &st->clock, &t))
        return LOG_BROKEN;
    text_values_set(v, &t, F_LOGIN_IP);
    return LOG_RECORD;
}

const struct log_format_ops LOG_AUREPORT_OPS = {.type = EVENT_AUTH, .sniff = aureport_sniff, .state_size = sizeof(struct aureport_state), .next = aureport_next};
