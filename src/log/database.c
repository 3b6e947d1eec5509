// SPDX-License-Identifier: Apache-2.0
/* Logs of servers of data as formats: lines (log/text_database.h), and what MongoDB writes as JSON (https://www.mongodb.com/docs/manual/reference/log-messages/). */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "log/record.h"
#include "log/text_database.h"
#include "log/text_values.h"

static bool is_line(struct str line)
{
    static struct text t;
    struct text_clock c = {};
    struct str words;
    return text_database_line(line, text_clock_now(&c), &t, &words);
}

/* Lines that go on: the text of a statement, what MySQL and Redis show when they start. */
static bool is_further(struct str line)
{
    return !str_trim(line).n || line.p[0] == '\t' || line.p[0] == ' ';
}

static unsigned database_sniff(struct str head)
{
    enum { LOOK = 20, SURE = 89 };
    unsigned lines = 0, hits = 0;
    struct str line;
    while (lines < LOOK && str_split(&head, '\n', &line)) {
        if (is_further(line))
            continue;
        if (!head.n && lines) /* may be cut */
            break;
        lines++;
        hits += is_line(str_sub(line, 0, line.n - (line.p[line.n - 1] == '\r')));
    }
    return lines && hits * 2 > lines ? SURE * hits / lines : 0;
}

/* "config" "set" "dir" "/tmp": words between quotes, with \" and \xHH within, become words between blanks. */
static struct str without_quotes(struct str s, struct arena *arena)
{
    char *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    bool is_open = false;
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        if (c == '\\' && i + 1 < s.n && is_open) {
            const char next = s.p[++i];
            out[n++] = next == 'n' || next == 'r' || next == 't' ? ' ' : next;
        } else if (c == '"') {
            is_open = !is_open;
        } else {
            out[n++] = c;
        }
    }
    return str_n(out, n);
}

static enum log_next database_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    struct text_clock *clock = state;
    static struct text t;
    struct str line, words;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!clock->base_ns)
        (void)text_clock_now(clock);
    if (!text_database_line(line, clock, &t, &words))
        return is_further(line) ? LOG_NOTHING : LOG_BROKEN;
    if (words.n) {
        text_str(&t, TEXT_MESSAGE, without_quotes(words, v->arena));
        log_set_named(v, STR("cmdline"), t.v[TEXT_MESSAGE].s);
    }
    v->type = text_has(&t, TEXT_ACTION) ? EVENT_AUTH : EVENT_JOURNAL;
    text_values_set(v, &t, F_LOGIN_IP);
    return LOG_RECORD;
}

const struct log_format_ops LOG_DATABASE_OPS = {.type = EVENT_JOURNAL, .sniff = database_sniff, .state_size = sizeof(struct text_clock), .next = database_next};

/* ---- MongoDB ---- */

static bool mongo_is(struct node root)
{
    return node_is(NODE(root, "t", "$date")) && node_get_str(root, STR("c")).n && node_get_str(root, STR("msg")).n;
}

static void mongo_begin(struct log_record *r)
{
    static const char *const FAILED[] = {"Authentication failed", "Failed to authenticate", "SASL authentication failed", "Supported SASL mechanisms requested for unknown user", NULL};
    static const char *const PASSED[] = {"Successfully authenticated", "Authentication succeeded", NULL};
    static struct text t;
    const struct str message = node_get_str(r->root, STR("msg"));
    const bool is_failure = str_is_any(message, FAILED), is_success = str_is_any(message, PASSED);
    text_reset(&t);
    text_str(&t, TEXT_PROGRAM, STR("mongod"));
    text_str(&t, TEXT_MESSAGE, message);
    if (is_failure || is_success) {
        text_str(&t, TEXT_ACTION, STR("login"));
        text_str(&t, TEXT_OUTCOME, is_success ? STR("success") : STR("failure"));
        text_str(&t, TEXT_USER, str_sub(log_first(r, "attr/principalName", "attr/user", "attr/user/user", NULL), 0, TEXT_NAME_MAX));
        text_str(&t, TEXT_METHOD, log_first(r, "attr/mechanism", NULL));
        (void)text_endpoint(&t, TEXT_IP, TEXT_PORT, log_first(r, "attr/remote", "attr/client", NULL));
    }
    r->values.type = text_has(&t, TEXT_ACTION) ? EVENT_AUTH : EVENT_JOURNAL;
    r->values.time_ns = log_node_time(NODE(r->root, "t", "$date"));
    log_set_named(&r->values, STR("component"), node_get_str(r->root, STR("c")));
    text_values_set(&r->values, &t, F_LOGIN_IP);
}

const struct log_format_ops LOG_MONGO_OPS = {.type = EVENT_JOURNAL, .is_json = mongo_is, .begin = mongo_begin};

/* ---- PostgreSQL with log_destination = jsonlog: https://www.postgresql.org/docs/current/runtime-config-logging.html ---- */

static bool postgres_is(struct node root)
{
    return node_get_str(root, STR("error_severity")).n && node_get_str(root, STR("message")).n && node_get_str(root, STR("timestamp")).n;
}

static void postgres_begin(struct log_record *r)
{
    static struct text t;
    const struct node n = r->root;
    const struct str message = node_get_str(n, STR("message")), level = node_get_str(n, STR("error_severity"));
    const bool is_refused = str_is(level, "FATAL") && str_is(node_get_str(n, STR("ps")), "authentication"), is_let_in = str_starts(message, STR("connection authorized: "));
    text_reset(&t);
    text_str(&t, TEXT_PROGRAM, STR("postgres"));
    text_str(&t, TEXT_MESSAGE, message);
    if (is_refused || is_let_in) {
        text_str(&t, TEXT_ACTION, STR("login"));
        text_str(&t, TEXT_OUTCOME, is_let_in ? STR("success") : STR("failure"));
        text_str(&t, TEXT_USER, str_sub(node_get_str(n, STR("user")), 0, TEXT_NAME_MAX));
    }
    (void)text_ip(&t, TEXT_IP, node_get_str(n, STR("remote_host")));
    r->values.type = text_has(&t, TEXT_ACTION) ? EVENT_AUTH : EVENT_JOURNAL;
    r->values.time_ns = log_time(node_get_str(n, STR("timestamp")));
    log_set_named(&r->values, STR("level"), level);
    text_values_set(&r->values, &t, F_LOGIN_IP);
}

const struct log_format_ops LOG_POSTGRES_OPS = {.type = EVENT_JOURNAL, .is_json = postgres_is, .begin = postgres_begin};
