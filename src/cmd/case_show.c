// SPDX-License-Identifier: Apache-2.0
/* davy case show and export: one case, in each form. */
#include <errno.h>
#include <fcntl.h>

#include "base/intl.h"
#include "cmd/case.h"

static int write_case(const struct case_options *o, int format, struct case_loaded *c, FILE *out, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    const bool is_screen = out == stdout;
    const struct sink_options look = {.output = sink_output_file(out), .width = is_screen ? cmd_columns(STDOUT_FILENO) : 100,
                                      .colour = is_screen && cmd_colour(STDOUT_FILENO), .utf8 = cmd_utf8()};
    (void)o;
    if (format == CASE_HTML)
        return case_view_html(&c->view, &look, err);
    if (format == CASE_JSON) {
        case_view_json(&text, &c->view, true);
        strbuf_addc(&text, '\n');
    } else {
        case_view_text(&text, &c->view, &look);
    }
    return fwrite(text.p, 1, text.n, out) == text.n ? 0 : error_errno(err, -errno, "cannot write the case");
}

/* A new file for the owner alone: a case names secrets. */
static FILE *open_output(const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f && errno == EEXIST)
        (void)error_set(err, -EEXIST, "%s is there already, and nothing is written over; name another file", path);
    else if (!f)
        (void)error_errno(err, -errno, "cannot make %s", path);
    return f;
}

static int run(const struct case_options *o, const char *program, int format, char **operands, size_t n)
{
    _cleanup_(case_store_closep) struct case_store *s = NULL;
    _cleanup_(case_loaded_done) struct case_loaded c = {};
    struct error err = ERROR_NULL;
    if (n != 1) {
        cmd_error(program, "takes one number of a case, and was given %zu operands", n);
        return EXIT_USAGE;
    }
    const int64_t id = case_number(program, operands[0]);
    if (!id)
        return EXIT_USAGE;
    int code = case_open(o, program, CASE_STORE_READ, &s);
    if (code)
        return code;
    intl_pause(format == CASE_JSON); /* the same for programs in every language */
    case_rules_load(&c);
    int r = case_load(o, s, id, &c, &err);
    FILE *out = r ? NULL : o->output ? open_output(o->output, &err) : stdout;
    if (out)
        r = write_case(o, format, &c, out, &err);
    intl_pause(false);
    if (out && (out == stdout ? fflush(out) : fclose(out)) && !r)
        r = error_errno(&err, -errno, "cannot write the case");
    if (r < 0 && out && out != stdout) /* half a case is none, and would stand in the way of the next try */
        (void)unlink(o->output);
    if (r < 0 || !out) {
        cmd_error(program, "%s", err.text);
        return EXIT_CANNOT;
    }
    return EXIT_NOTHING;
}

int case_show(const struct case_options *o, char **operands, size_t n)
{
    return run(o, "davy case show", o->format < 0 ? CASE_TEXT : o->format, operands, n);
}

int case_export(const struct case_options *o, char **operands, size_t n)
{
    return run(o, "davy case export", o->format < 0 ? CASE_JSON : o->format, operands, n);
}
