// SPDX-License-Identifier: Apache-2.0
#include "cmd/scan_stdin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/intl.h"
#include "base/io.h"
#include "base/stop.h"
#include "cmd/scan.h"
#include "cmd/scan_source.h"
#include "cmd/scan_spool.h"

/* Another name for descriptor 0, which a file behind it can be opened by anew, whatever its name is. */
#define STDIN_PATH "/dev/stdin"

/* All of standard input into the file. */
static int copy(struct scan *s, int to, const struct spool *spool, struct error *err)
{
    enum { PIECE = 1 << 20 };
    _cleanup_free_ char *piece = xalloc(PIECE);
    uint64_t done = 0;
    for (;;) {
        const ssize_t n = stop_signal() ? -1 : read(STDIN_FILENO, piece, PIECE);
        if (stop_signal())
            return error_errno(err, -EINTR, "cannot read standard input");
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, -errno, "cannot read standard input");
        if (!n)
            return 0;
        const int r = io_write(to, str_n(piece, (size_t)n));
        if (r < 0)
            return error_errno(err, r, "cannot keep what comes through standard input in %s; XDG_CACHE_HOME names another place", spool->path);
        done += (uint64_t)n;
        progress_at(&s->progress, _("receiving"), done, 0, 0, NULL);
    }
}

/* Puts a file in the place of the pipe. */
static int keep(struct scan *s, struct spool *spool, struct error *err)
{
    int r = spool_open(spool, STR_NULL, s->options->keep, err);
    if (r < 0)
        return r;
    _cleanup_close_ int fd = openat(spool->dir, "stdin", O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, -errno, "%s", spool->path);
    progress_start_next(&s->progress, !s->options->quiet);
    r = copy(s, fd, spool, err);
    progress_end(&s->progress);
    if (!r && dup2(fd, STDIN_FILENO) < 0)
        r = error_errno(err, -errno, "standard input");
    return r;
}

int scan_stdin(struct scan *s)
{
    struct fetched f = {.shown = "-"};
    struct spool spool = SPOOL_NULL;
    struct error err = ERROR_NULL;
    struct stat st;
    int r = 0;
    if (s->options->stream)
        r = error_set(&err, -EINVAL, "standard input gives the targets here; name a file");
    else if (isatty(STDIN_FILENO))
        r = error_set(&err, -EINVAL, "standard input is a terminal; pipe something into it: docker save IMAGE | davy scan -");
    else if (fstat(STDIN_FILENO, &st) < 0)
        r = error_errno(&err, -errno, "standard input");
    else if (!S_ISREG(st.st_mode))
        r = keep(s, &spool, &err);
    s->fetched = &f;
    if (r < 0) {
        scan_target_begin(s, "-", "file");
        report_failure(s->target, str_from(err.text));
        scan_target_end(s);
        r = stop_signal() ? -EINTR : 0;
    } else {
        r = scan_image(s, STDIN_PATH);
    }
    s->fetched = NULL;
    spool_done(&spool, false);
    return r;
}
