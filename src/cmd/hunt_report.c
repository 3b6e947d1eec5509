// SPDX-License-Identifier: Apache-2.0
/* davy hunt report: the study or the report of an image, and where it goes. */
#include <errno.h>

#include "base/intl.h"
#include "cmd/hunt_study.h"

static int write_out(const struct hunt_options *o, struct str text)
{
    FILE *f = o->output ? fopen(o->output, "we") : stdout;
    bool is_good = f && fwrite(text.p, 1, text.n, f) == text.n;
    if (f == stdout)
        is_good = !fflush(f) && is_good;
    else if (f)
        is_good = !fclose(f) && is_good;
    if (!is_good)
        cmd_error(HUNT, "cannot write %s: %s", o->output ? o->output : _("the study"), error_words(errno));
    return is_good ? EXIT_NOTHING : EXIT_CANNOT;
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

static int show_study(const struct hunt_options *o, struct hunt_store *store)
{
    _cleanup_(study_done) struct study s = {};
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct error err = ERROR_NULL;
    if (study_gather(store, o, &s, &err) < 0) {
        cmd_error(HUNT, "%s", err.text);
        return EXIT_CANNOT;
    }
    intl_pause(o->format == HUNT_JSON);
    if (o->format == HUNT_TEXT)
        study_text(&s, &b);
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
    return o->image ? show_image(o, store) : show_study(o, store);
}
