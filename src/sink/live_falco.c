// SPDX-License-Identifier: Apache-2.0
/* Falco's line: "14:02:11.123456789: Warning message", the time that of this machine's zone. */
#include <time.h>

#include "base/intl.h"
#include "base/text.h"
#include "sink/live_private.h"

enum { NS = 1'000'000'000 };

void live_add_clock(struct strbuf *b, uint64_t time_ns, unsigned digits)
{
    time_t seconds = (time_t)(time_ns / NS);
    struct tm tm = {};
    (void)localtime_r(&seconds, &tm);
    strbuf_printf(b, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (digits)
        strbuf_printf(b, ".%09u", (unsigned)(time_ns % NS));
}

/* Falco adds these to every output about a system call that does not have them, under a name without a dot. A record of a log has none. */
static void add_container(struct strbuf *b, const struct alert *a, const char *field, const char *name)
{
    struct strbuf text = {};
    if (!a->rule || a->rule->source != SOURCE_SYSCALL || str_has(a->rule->output, str_from(field)))
        return;
    for (size_t i = 0; i < a->n_fields; i++)
        if (str_is(a->fields[i].name, field)) {
            value_add_text(&text, &a->fields[i].value);
            strbuf_printf(b, " %s=", name);
            text_add_safe(b, strbuf_str(&text));
            break;
        }
    strbuf_done(&text);
}

/* The output as Falco prints it, the container behind it, made safe for a line; without time and priority. */
static void live_add_message(struct strbuf *b, const struct alert *a)
{
    if (a->withheld) {
        strbuf_printf(b, "%llu more of \"", (unsigned long long)a->withheld);
        text_add_safe(b, a->name);
        strbuf_adds(b, "\" were not shown: the rule found more than its rate since ");
        live_add_clock(b, a->since_ns, 9);
        return;
    }
    text_add_safe(b, a->output);
    add_container(b, a, "container.id", "container_id");
    add_container(b, a, "container.name", "container_name");
    if (a->repeats) {
        strbuf_printf(b, " (%llu more since ", (unsigned long long)a->repeats);
        live_add_clock(b, a->since_ns, 9);
        strbuf_addc(b, ')');
    }
}

size_t live_add_line(struct strbuf *b, const struct alert *a)
{
    live_add_clock(b, a->time_ns, 9);
    strbuf_adds(b, ": ");
    strbuf_adds(b, priority_name(a->priority));
    strbuf_addc(b, ' ');
    const size_t message = b->n;
    live_add_message(b, a);
    return message;
}

static void add(struct strbuf *b, const struct alert *a, const struct live_look *look)
{
    (void)look;
    (void)live_add_line(b, a);
    strbuf_addc(b, '\n');
}

const struct live_format LIVE_FALCO = {
    .name = "falco", .help = N_("a line for each finding, as Falco writes it"), .type = "text/plain; charset=utf-8", .add = add};
