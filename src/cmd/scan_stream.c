// SPDX-License-Identifier: Apache-2.0
/* davy scan --stream: one target after another from standard input, and the report of each at once. */
#include <errno.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/stop.h"
#include "cmd/common.h"
#include "cmd/scan.h"
#include "cmd/scan_stream.h"

static int say(struct str line)
{
    if (fwrite(line.p, 1, line.n, stdout) != line.n || putchar('\n') == EOF || fflush(stdout))
        return -EPIPE;
    return 0;
}

/* What judges, before the first target: whoever reads results of several scanners sees whether they judge alike. */
static int say_who(const struct scan *s)
{
    json_t *j = json_pack("{s:s, s:s%, s:s%, s:s%}", "schema", "davy.stream/1", "version", s->report.version.p, s->report.version.n, "identity",
                          s->identity.p, s->identity.n, "rules", s->report.rules.digest.p, s->report.rules.digest.n);
    _cleanup_free_ char *text = j ? json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(j);
    return text ? say(str_from(text)) : -ENOMEM;
}

/* Line ends of the report stand between its values only: within texts they are escaped. */
static int say_report(struct scan *s)
{
    struct strbuf b = {};
    struct sink *sink = SINK_JSON.open(&(struct sink_options){.output = sink_output_strbuf(&b)});
    int r = SINK_JSON.report(sink, &s->report, NULL);
    (void)SINK_JSON.close(sink);
    size_t n = 0;
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] != '\n')
            b.p[n++] = b.p[i];
    if (!r)
        r = say(str_n(b.p, n));
    strbuf_done(&b);
    return r;
}

/* The state of one target, on top of what was loaded for all; its report and texts go with it. */
static int one_line(struct scan *s, char *line, scan_stream_one one)
{
    const struct scan_options *options = s->options;
    const struct report loaded = s->report;
    const struct arena arena = s->arena;
    _cleanup_free_ struct scan_options *own = xnew(struct scan_options);
    *own = *options;
    char *tab = strchr(line, '\t');
    if (tab) {
        *tab = 0;
        own->platform = tab + 1;
    }
    s->options = own;
    s->arena = (struct arena){};
    s->report.arena = (struct arena){};
    s->report.started_ns = clock_ns(CLOCK_REALTIME);
    int r = one(s, line);
    report_judge(&s->report);
    int said = r < 0 ? r : stop_signal() ? -EINTR : say_report(s);
    s->report.rules = (struct report_rules){}; /* it belongs to `loaded` */
    report_done(&s->report);
    arena_done(&s->arena);
    s->report = loaded;
    s->arena = arena;
    s->options = options;
    return said;
}

int scan_stream(struct scan *s, scan_stream_one one)
{
    _cleanup_free_ char *line = NULL;
    size_t room = 0;
    int r = say_who(s);
    for (ssize_t n; !r && (n = getline(&line, &room, stdin)) >= 0;) {
        if (n && line[n - 1] == '\n')
            line[--n] = 0;
        if (n)
            r = one_line(s, line, one);
    }
    return stop_signal() ? -EINTR : r;
}
