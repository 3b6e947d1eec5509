// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/intl.h"
#include "cmd/common.h"
#include "cmd/scan_output.h"

static void add_names(struct strbuf *b)
{
    for (size_t i = 0; sink_at(i); i++) {
        strbuf_adds(b, !i ? "" : sink_at(i + 1) ? ", " : _(" or "));
        strbuf_adds(b, sink_at(i)->name);
    }
}

int outputs_add(struct scan_outputs *o, const char *value, struct error *err)
{
    struct str rest = str_from(value), name = STR_NULL;
    (void)str_split(&rest, '=', &name);
    const char *path = name.n < strlen(value) ? rest.p : NULL;
    const struct sink_ops *ops = NULL;
    for (size_t i = 0; !ops && sink_at(i); i++)
        if (str_is(name, sink_at(i)->name))
            ops = sink_at(i);
    if (!ops) {
        _cleanup_(strbuf_done) struct strbuf names = {};
        add_names(&names);
        return error_set(err, -EINVAL, _("there is no format `%.*s`; --format takes %s"), STR_ARG(name), names.p);
    }
    if (path && !*path)
        return error_set(err, -EINVAL, _("--format %s names no file; write %s=FILE, or %s alone for standard output"), value,
                         ops->name, ops->name);
    vec_add(&o->list, (struct scan_output){.ops = ops, .path = path});
    return 0;
}

static bool is_stdout(const char *path)
{
    return !path || !strcmp(path, "-");
}

int outputs_settle(struct scan_outputs *o, struct error *err)
{
    struct scan_output *first = NULL;
    if (!o->list.n)
        vec_add(&o->list, (struct scan_output){.ops = &SINK_TEXT});
    for (size_t i = o->list.n; i-- > 0 && o->path;)
        if (!o->list.v[i].path) {
            o->list.v[i].path = o->path;
            o->path = NULL;
        }
    if (o->path)
        return error_set(err, -EINVAL, _("every --format has its file already; --output %s is of none"), o->path);
    for (size_t i = 0; i < o->list.n; i++) {
        struct scan_output *x = &o->list.v[i];
        if (is_stdout(x->path)) {
            x->path = NULL;
            if (first)
                return error_set(err, -EINVAL, _("two reports, %s and %s, would go to standard output; name a file: --format %s=FILE"),
                                 first->ops->name, x->ops->name, x->ops->name);
            first = x;
        }
        for (size_t k = 0; k < i; k++)
            if (x->path && o->list.v[k].path && !strcmp(x->path, o->list.v[k].path))
                return error_set(err, -EINVAL, _("two reports, %s and %s, would go to %s"), o->list.v[k].ops->name,
                                 x->ops->name, x->path);
    }
    return 0;
}

/* Without a name until it is whole: so nothing is left of a scan that was ended, whatever ended it. Not every file system has that. */
static int open_unnamed(struct scan_output *x)
{
    _cleanup_(strbuf_done) struct strbuf folder = {};
    const struct str dir = str_dirname(str_from(x->path));
    strbuf_add(&folder, dir.n ? dir : STR("."));
    strbuf_pad(&folder, 0, 1);
    if (access("/proc/self/fd", F_OK) < 0)
        return -errno;
    _cleanup_close_ int fd = open(folder.p, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0 || !(x->file = fdopen(fd, "w")))
        return -errno;
    (void)TAKE_FD(fd);
    x->is_unnamed = true;
    return 0;
}

/* Gives it a name beside the file, from which it goes on like any other. */
static int name_it(struct scan_output *x)
{
    enum { ATTEMPTS = 16 };
    char from[40];
    int r = -EEXIST;
    (void)snprintf(from, sizeof(from), "/proc/self/fd/%d", fileno(x->file));
    for (int i = 0; r == -EEXIST && i < ATTEMPTS; i++) {
        uint64_t random = 0;
        struct strbuf name = {};
        if (getrandom(&random, sizeof(random), 0) < 0)
            return -errno;
        strbuf_printf(&name, "%s.%06llx", x->path, (unsigned long long)random & 0xffffff);
        r = linkat(AT_FDCWD, from, AT_FDCWD, name.p, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
        if (!r)
            x->temporary = name.p;
        else
            strbuf_done(&name);
    }
    return r;
}

/* A new name beside the file; the report takes its name when it is whole, with the rights that a new file would have. */
static int open_temporary(struct scan_output *x)
{
    struct strbuf name = {};
    strbuf_printf(&name, "%s.XXXXXX", x->path);
    x->temporary = name.p;
    _cleanup_close_ int fd = mkostemp(x->temporary, O_CLOEXEC);
    if (fd < 0) {
        free(x->temporary);
        x->temporary = NULL;
        return -errno;
    }
    mode_t mask = umask(0);
    (void)umask(mask);
    if (fchmod(fd, 0666 & ~mask) < 0 || !(x->file = fdopen(fd, "w")))
        return -errno;
    (void)TAKE_FD(fd);
    return 0;
}

static int open_one(struct scan_output *x)
{
    struct stat st;
    bool is_new = lstat(x->path, &st) < 0 && errno == ENOENT;
    if (is_new || S_ISREG(st.st_mode)) {
        if (!is_new && access(x->path, W_OK) < 0)
            return -errno;
        int r = open_unnamed(x);
        if (r < 0)
            r = open_temporary(x);
        if (r != -EACCES || is_new)
            return r;
        /* the folder takes no new file, but this one may be written */
    }
    x->file = fopen(x->path, "we");
    return x->file ? 0 : -errno;
}

int outputs_open(struct scan_outputs *o, struct error *err)
{
    for (size_t i = 0; i < o->list.n; i++) {
        int r = o->list.v[i].path ? open_one(&o->list.v[i]) : 0;
        if (r < 0)
            return error_errno(err, r, _("cannot write %s"), o->list.v[i].path);
    }
    return 0;
}

bool outputs_want_list(const struct scan_outputs *o)
{
    for (size_t i = 0; i < o->list.n; i++)
        if (o->list.v[i].ops->wants_list)
            return true;
    return false;
}

static int finish(struct scan_output *x)
{
    int r = fflush(x->file ? x->file : stdout) ? -errno : 0;
    if (!r && x->is_unnamed)
        r = name_it(x);
    if (x->file && fclose(TAKE_PTR(x->file)) && !r)
        r = -errno;
    if (!r && x->temporary && rename(x->temporary, x->path) < 0)
        r = -errno;
    if (!r) {
        free(x->temporary);
        x->temporary = NULL;
    }
    return r;
}

static int write_one(struct scan_output *x, const struct scan_look *look, const struct report *r, struct error *err)
{
    bool is_terminal = !x->file && cmd_colour(STDOUT_FILENO);
    struct sink *sink = x->ops->open(&(struct sink_options){
        .output = sink_output_file(x->file ? x->file : stdout),
        .width = cmd_columns(STDOUT_FILENO),
        .colour = !strcmp(look->colour, "always") || (!strcmp(look->colour, "auto") && is_terminal),
        .utf8 = cmd_utf8(),
        .verbose = look->verbose,
    });
    int code = x->ops->report(sink, r, err);
    (void)x->ops->close(sink);
    if (code < 0)
        return code;
    code = finish(x);
    return code < 0 ? error_errno(err, code, _("cannot write %s"), x->path ? x->path : _("the report")) : 0;
}

bool outputs_for_people(const struct scan_outputs *o)
{
    for (size_t i = 0; i < o->list.n; i++)
        if (!o->list.v[i].ops->for_people)
            return false;
    return true;
}

int outputs_write(struct scan_outputs *o, const struct scan_look *look, const struct report *r, struct error *err)
{
    int first = 0;
    for (size_t i = 0; i < o->list.n; i++) {
        struct error one = ERROR_NULL;
        intl_pause(!o->list.v[i].ops->for_people);
        int code = write_one(&o->list.v[i], look, r, &one);
        intl_pause(false);
        if (code < 0 && !first) {
            first = code;
            if (err)
                *err = one;
        }
    }
    return first;
}

void outputs_done(struct scan_outputs *o)
{
    for (size_t i = 0; i < o->list.n; i++) {
        struct scan_output *x = &o->list.v[i];
        if (x->file)
            (void)fclose(TAKE_PTR(x->file));
        if (x->temporary)
            (void)unlink(x->temporary);
        free(x->temporary);
        x->temporary = NULL;
    }
    vec_done(&o->list);
}
