// SPDX-License-Identifier: Apache-2.0
/*
 * What correlations remember, kept in a file: each time the whole, beside the old one and then in its place. It is given to
 * the disk only at the end: after a crash of the program the file is there, and after one of the machine the processes that
 * it tells of are gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/intl.h"
#include "base/io.h"
#include "cmd/watch.h"

enum { KEEP_SECONDS = 10 };

static int cannot(const struct watch *w, const char *what, int code)
{
    cmd_error(w->options->program, "cannot %s the state %s: %s", what, w->options->state, error_words(code));
    return EXIT_CANNOT;
}

static int open_folder(struct watch *w)
{
    struct strbuf folder = {};
    const struct str path = str_from(w->options->state), dir = str_dirname(path);
    strbuf_add(&folder, dir.n ? dir : STR("."));
    w->state.name = str_basename(path);
    w->state.folder = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    strbuf_done(&folder);
    if (w->state.folder >= 0 && w->state.name.n)
        return 0;
    int code = w->state.folder < 0 ? errno : EISDIR;
    w->state.folder = 0;
    return cannot(w, _("keep"), code);
}

int watch_state_open(struct watch *w)
{
    struct strbuf bytes = {};
    struct error err = ERROR_NULL;
    struct stat st;
    if (!w->options->state)
        return 0;
    int code = open_folder(w);
    if (!code && fstatat(w->state.folder, w->state.name.p, &st, 0) == 0 && st.st_size) {
        if (file_read(w->options->state, CORRELATOR_STATE_BYTES, &bytes, &err) < 0 ||
            correlator_restore(w->rules->correlator, strbuf_str(&bytes), &err) < 0)
            cmd_error(w->options->program, "%s: %s; correlations begin anew", w->options->state, err.text);
        if (w->boot_ns)
            correlator_forget_later(w->rules->correlator, w->boot_ns + watch_clock(CLOCK_BOOTTIME));
    }
    strbuf_done(&bytes);
    w->state.matches = UINT64_MAX;
    return code;
}

static void keep(struct watch *w, bool is_last)
{
    const uint64_t matches = correlator_stats(w->rules->correlator).matches;
    if (matches == w->state.matches)
        return;
    struct strbuf bytes = {};
    correlator_save(w->rules->correlator, &bytes);
    const int r = io_replace(w->state.folder, w->state.name, strbuf_str(&bytes), 0600, is_last ? IO_REPLACE_SYNC : 0);
    if (!r)
        w->state.matches = matches;
    if (r && !w->state.is_said && watch_can_say())
        (void)cannot(w, _("write"), -r);
    w->state.is_said = r;
    strbuf_done(&bytes);
}

void watch_state_keep(struct watch *w, uint64_t now_ns)
{
    if (!w->state.folder || now_ns < w->state.next_ns)
        return;
    w->state.next_ns = now_ns + KEEP_SECONDS * UINT64_C(1'000'000'000);
    keep(w, false);
}

void watch_state_close(struct watch *w)
{
    if (!w->state.folder)
        return;
    keep(w, true);
    (void)close(w->state.folder);
    w->state.folder = 0;
}
