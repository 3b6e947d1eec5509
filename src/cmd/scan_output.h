// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Where the reports of a run go: each has a format and a file, or standard output.
 *
 *     -f text -f sarif=scan.sarif        two reports
 *     -f json -o report.json             --output names the file of the last one that has none
 *
 * Files are opened before the scan, so that a mistake does not cost the work of an hour, and appear under their name when
 * they are whole: whoever watches a folder (node_exporter does) never reads half a report.
 */
#include "base/vec.h"
#include "sink/sink.h"

struct scan_output {
    const struct sink_ops *ops;
    const char *path; /* NULL: standard output */
    FILE *file;       /* NULL for standard output, and until outputs_open() */
    char *temporary;  /* the name until the report is whole; NULL: it has none yet, or it is written in place (a pipe, a device, a link) */
    bool is_unnamed;  /* the file gets a name when it is whole */
};

struct scan_outputs {
    VEC(struct scan_output) list;
    const char *path; /* --output */
};

/* How a report is drawn where it is text. */
struct scan_look {
    const char *colour; /* auto, always, never */
    bool verbose;
};

/* Takes "FORMAT" or "FORMAT=FILE" of --format; "-" is standard output. -EINVAL with text. */
int outputs_add(struct scan_outputs *o, const char *value, struct error *err);
/* After the options: text when no format was chosen, --output given to the last report without file. -EINVAL with text. */
int outputs_settle(struct scan_outputs *o, struct error *err);
/* Opens every file. -errno with text. */
int outputs_open(struct scan_outputs *o, struct error *err);
/* Whether a format wants the list of files and packages. */
bool outputs_want_list(const struct scan_outputs *o);
/* Whether every report is for people, so that texts may be in their language from the start. */
bool outputs_for_people(const struct scan_outputs *o);
/* Writes one report after another, all of them even when one fails. -errno of the first that failed, with text. */
int outputs_write(struct scan_outputs *o, const struct scan_look *look, const struct report *r, struct error *err);
/* Closes and removes what was not finished; may run twice. */
void outputs_done(struct scan_outputs *o);
