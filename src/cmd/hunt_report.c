// SPDX-License-Identifier: Apache-2.0
/* davy hunt report: the study or the report of an image, and where it goes. */
#include <errno.h>

#include "base/argument.h"
#include "base/intl.h"
#include "cmd/hunt_study.h"

static int write_out(const struct hunt_options *o, struct str text)
{
    int r = 0;
    if (o->output)
        r = cmd_replace_file(o->output, text);
    else if (fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout))
        r = -errno;
    if (r < 0)
        cmd_error(HUNT, "cannot write %s: %s", o->output ? o->output : _("the study"), error_words(r));
    return r < 0 ? EXIT_CANNOT : EXIT_NOTHING;
}

static int show_image(const struct hunt_options *o, struct hunt_store *store)
{
    _cleanup_(strbuf_done) struct strbuf rules = {}, digest = {}, report = {};
    struct error err = ERROR_NULL;
    int r = hunt_study_rules(store, &rules, &err);
    if (!r)
        r = hunt_store_report(store, strbuf_str(&rules), str_from(o->image), &digest, &report, &err);
    if (r > 0 && o->queue)
        r = hunt_fetch_report(o, strbuf_str(&digest), strbuf_str(&rules), &report, &err);
    if (r > 0)
        r = error_set(&err, -ENOENT, "%s has no report here: it waits, failed, or workers put it where --queue NATS tells", digest.p);
    if (r < 0) {
        cmd_error(HUNT, "%s", err.text);
        return EXIT_CANNOT;
    }
    strbuf_addc(&report, '\n');
    return write_out(o, strbuf_str(&report));
}

/* ---- all reports of a verdict ---- */

struct writing {
    const struct hunt_options *options;
    struct str rules;
    FILE *to;
    uint64_t away;
    struct error *err;
};

static int write_one(void *ctx, struct str digest, struct str report)
{
    struct writing *w = ctx;
    _cleanup_(strbuf_done) struct strbuf fetched = {};
    int r = 0;
    if (!report.n && w->options->queue) {
        r = hunt_fetch_report(w->options, digest, w->rules, &fetched, w->err);
        report = strbuf_str(&fetched);
    }
    if (r < 0)
        return r;
    w->away += !report.n;
    if (report.n && (fwrite(report.p, 1, report.n, w->to) != report.n || fputc('\n', w->to) == EOF))
        return error_errno(w->err, -errno, "cannot write");
    return 0;
}

static int show_reports(const struct hunt_options *o, struct hunt_store *store)
{
    _cleanup_(strbuf_done) struct strbuf rules = {};
    struct error err = ERROR_NULL;
    FILE *f = o->output ? fopen(o->output, "we") : stdout;
    int r = f ? hunt_study_rules(store, &rules, &err) : error_errno(&err, -errno, "cannot write %s", o->output);
    struct writing w = {.options = o, .rules = strbuf_str(&rules), .to = f, .err = &err};
    if (!r)
        r = hunt_store_reports(store, w.rules, str_from(o->reports), write_one, &w, &err);
    if (f && (f == stdout ? fflush(f) : fclose(f)) && !r)
        r = error_errno(&err, -errno, "cannot write");
    if (r < 0)
        cmd_error(HUNT, "%s", err.text);
    if (w.away)
        cmd_error(HUNT, "%llu reports are not here: workers put them where --queue NATS tells", (unsigned long long)w.away);
    return r < 0 || w.away ? EXIT_CANNOT : EXIT_NOTHING;
}

/* What --store has to say for a shell; a password in an address of a server stays out of it. NULL: it was not given. */
static const char *store_in_commands(const struct hunt_options *o, struct strbuf *name)
{
    struct strbuf shown = {};
    if (!o->store)
        return NULL;
    (void)argument_add_line(&shown, str_from(o->store), ' ');
    const bool is_plain = !str_from(shown.p).p[strcspn(shown.p, " '\"\\$`&|;<>()*?[]#~!{}")];
    strbuf_printf(name, is_plain ? "%s" : "'%s'", shown.p);
    strbuf_done(&shown);
    return name->p;
}

static int show_study(const struct hunt_options *o, struct hunt_store *store)
{
    _cleanup_(study_done) struct study s = {};
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct error err = ERROR_NULL;
    if (study_gather(store, o, &s, &err) < 0) {
        cmd_error(HUNT, "%s", err.text);
        return EXIT_CANNOT;
    }
    _cleanup_(strbuf_done) struct strbuf name = {};
    const struct study_look look = {.utf8 = cmd_utf8(), .colour = !o->output && cmd_colour(STDOUT_FILENO), .store = store_in_commands(o, &name)};
    intl_pause(o->format == HUNT_JSON);
    if (o->format == HUNT_TEXT)
        study_text(&s, &look, &b);
    else if (o->format == HUNT_JSON)
        study_json(&s, &b);
    else
        study_html(&s, &b);
    intl_pause(false);
    return write_out(o, strbuf_str(&b));
}

int hunt_report(const struct hunt_options *o)
{
    _cleanup_(hunt_store_closep) struct hunt_store *store = NULL;
    struct error err = ERROR_NULL;
    if (hunt_store_open(hunt_store_of(o), HUNT_READ, &store, &err) < 0) {
        cmd_error(HUNT, "%s", err.text);
        return EXIT_CANNOT;
    }
    if (o->reports && hunt_verdict_rank(str_from(o->reports)) < 0) {
        cmd_error(HUNT, "`%s` is no verdict; --reports takes malicious, unwanted, suspicious, exposed, authorised or clean", o->reports);
        return EXIT_USAGE;
    }
    return o->image ? show_image(o, store) : o->reports ? show_reports(o, store) : show_study(o, store);
}
