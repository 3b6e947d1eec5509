// SPDX-License-Identifier: Apache-2.0
/* What servers write about themselves, as a format: lines of log/text_servers.h, and those below one that belong to it, such as where an exception came from. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "log/format.h"
#include "log/text_servers.h"
#include "log/text_values.h"

enum {
    SURE = 93, /* before lines of syslog, questions of DNS and what servers of data say, which some of these look like */
    LIKELY = 84,
    PROGRAM_MAX = 32,
};

struct servers_state {
    struct text_clock clock;
    uint64_t time_ns; /* of the line that the next ones may belong to */
    char program[PROGRAM_MAX];
    size_t n_program;
    bool has_begun;
};

/* Lines that go on what another began. */
static bool is_further(struct str line)
{
    return !str_trim(line).n || line.p[0] == ' ' || line.p[0] == '\t' || str_starts(line, STR("Caused by: ")) || str_starts(line, STR("Traceback ")) || line.p[0] == '}' ||
           str_is(line, "[stacktrace]") || str_starts(line, STR("\"}")) || (line.p[0] == '#' && line.n > 2 && line.p[1] >= '0' && line.p[1] <= '9');
}

static unsigned servers_sniff(struct str head)
{
    enum { LOOK = 20 };
    static struct text_server s;
    struct text_clock clock = {};
    unsigned lines = 0, hits = 0, sure = 0;
    struct str line;
    (void)text_clock_now(&clock);
    while (lines < LOOK && str_split(&head, '\n', &line)) {
        if (is_further(line))
            continue;
        if (!head.n && lines) /* may be cut */
            break;
        lines++;
        if (!text_server_line(line, &clock, &s))
            continue;
        hits++;
        sure += s.is_sure;
    }
    return !hits || hits * 3 < lines ? 0 : (sure * 2 >= hits ? SURE : LIKELY) * hits / lines;
}

/* \" and \n of a text in quotes. */
static struct str unescape(struct str s, struct arena *arena)
{
    if (!str_has(s, STR("\\")))
        return s;
    char *out = arena_alloc(arena, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i], next = c == '\\' && i + 1 < s.n ? s.p[++i] : 0;
        out[n++] = !next ? c : next == 'n' ? '\n' : next == 't' ? '\t' : next;
    }
    return str_n(out, n);
}

static enum log_next servers_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    struct servers_state *st = state;
    static struct text_server s;
    struct str line;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!st->clock.base_ns)
        (void)text_clock_now(&st->clock);
    if (!str_trim(line).n)
        return LOG_NOTHING;
    if (!text_server_line(line, &st->clock, &s)) {
        if (!st->has_begun)
            return LOG_BROKEN;
        /* it belongs to the one before */
        v->time_ns = v->time_ns ? v->time_ns : st->time_ns;
        log_set_str(v, F_LOG_PROGRAM, arena_str(v->arena, str_n(st->program, st->n_program)));
        log_set_str(v, F_LOG_MESSAGE, str_trim(str_sub(line, 0, TEXT_LINE_MAX)));
        return LOG_RECORD;
    }
    for (unsigned i = 0; i < s.n_pairs; i++) {
        const struct text_pair *p = &s.pairs[i];
        const struct str text = p->is_quoted ? unescape(p->text, v->arena) : p->text;
        log_set_named(v, p->name, text);
        if (p->is_quoted && text_has(&s.t, TEXT_MESSAGE) && p->text.p == s.t.v[TEXT_MESSAGE].s.p)
            text_str(&s.t, TEXT_MESSAGE, text);
    }
    const struct str program = text_has(&s.t, TEXT_PROGRAM) ? s.t.v[TEXT_PROGRAM].s : STR_NULL;
    st->has_begun = true;
    st->time_ns = s.t.time_ns;
    st->n_program = program.n < PROGRAM_MAX ? program.n : 0;
    if (st->n_program)
        memcpy(st->program, program.p, st->n_program);
    const bool is_request = text_has(&s.t, TEXT_HTTP_URL), is_flow = text_has(&s.t, TEXT_FLOW_SRC);
    v->type = text_has(&s.t, TEXT_ACTION) ? EVENT_AUTH : is_request ? EVENT_WEB_ACCESS : is_flow ? EVENT_FLOW_LOG : EVENT_JOURNAL;
    text_values_set(v, &s.t, is_request ? F_HTTP_IP : F_LOGIN_IP);
    return LOG_RECORD;
}

const struct log_format_ops LOG_SERVERS_OPS = {.type = EVENT_JOURNAL, .sniff = servers_sniff, .state_size = sizeof(struct servers_state), .next = servers_next};
