// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cmd/common.h"
#include "config.h"

/* Writes text from column `at`, breaking at blanks before `width` and going on at `indent`. */
static void wrap(FILE *out, const char *text, unsigned at, unsigned indent, unsigned width)
{
    struct str rest = str_from(text), word;
    bool first = true;
    while (str_split(&rest, ' ', &word)) {
        unsigned w = (unsigned)text_width(word);
        if (!first && at + 1 + w > width) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        (void)fprintf(out, "%s%.*s", first ? "" : " ", STR_ARG(word));
        at += w + !first;
        first = false;
    }
    (void)fputc('\n', out);
}

void cmd_help(const struct cmd_program *program, FILE *out)
{
    enum { WIDTH = 80, HELP_COLUMN = 26 };
    (void)fprintf(out, "Usage: %s %s\n\n", program->name, program->usage);
    wrap(out, program->summary, 0, 0, WIDTH);
    if (program->examples)
        (void)fprintf(out, "\nExamples:\n%s", program->examples);
    (void)fputs("\nOptions:\n", out);
    for (const struct cmd_option *o = program->options; o->name; o++) {
        char left[64];
        char letter[8] = "    ";
        if (o->letter)
            (void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
        int n = snprintf(left, sizeof(left), "  %s--%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        (void)fputs(left, out);
        if (n < HELP_COLUMN - 1)
            (void)fprintf(out, "%*s", HELP_COLUMN - n, "");
        else
            (void)fprintf(out, "\n%*s", HELP_COLUMN, "");
        wrap(out, o->help, HELP_COLUMN, HELP_COLUMN, WIDTH);
    }
}

int cmd_parse(const struct cmd_program *program, int argc, char **argv, void *ctx)
{
    size_t n = 0;
    while (program->options[n].name)
        n++;
    _cleanup_free_ struct option *longs = xalloc((n + 1) * sizeof(*longs));
    _cleanup_free_ char *shorts = xalloc(2 * n + 2);
    char *s = shorts;
    *s++ = ':';
    for (size_t i = 0; i < n; i++) {
        const struct cmd_option *o = &program->options[i];
        longs[i] = (struct option){.name = o->name, .has_arg = o->arg ? required_argument : no_argument, .val = 256 + (int)i};
        if (o->letter) {
            *s++ = o->letter;
            if (o->arg)
                *s++ = ':';
        }
    }

    opterr = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        const struct cmd_option *option = NULL;
        if (c == '?' || c == ':') {
            const char *given = argv[optind - 1];
            cmd_error(program->name, c == ':' ? "option %s needs a value; see --help" : "there is no option %s; see --help",
                      given);
            return -EINVAL;
        }
        if (c >= 256)
            option = &program->options[c - 256];
        for (size_t i = 0; !option && i < n; i++)
            if (program->options[i].letter == c)
                option = &program->options[i];
        if (str_is(str_from(option->name), "help")) {
            cmd_help(program, stdout);
            exit(fflush(stdout) == 0 ? EXIT_NOTHING : EXIT_CANNOT);
        }
        if (str_is(str_from(option->name), "version")) {
            (void)printf("davy %s\n", DAVY_VERSION);
            exit(fflush(stdout) == 0 ? EXIT_NOTHING : EXIT_CANNOT);
        }
        int r = program->take(ctx, option, optarg);
        if (r < 0)
            return r;
    }
    return optind;
}

void cmd_error(const char *program, const char *fmt, ...)
{
    va_list ap;
    struct strbuf raw = {}, safe = {};
    va_start(ap, fmt);
    strbuf_vprintf(&raw, fmt, ap);
    va_end(ap);
    struct str rest = strbuf_str(&raw), line;
    while (str_split(&rest, '\n', &line)) {
        if (safe.n)
            strbuf_addc(&safe, '\n');
        text_add_safe(&safe, line);
    }
    (void)fprintf(stderr, "%s: %s\n", program, safe.p ? safe.p : "");
    strbuf_done(&raw);
    strbuf_done(&safe);
}

const char *cmd_program_dir(void)
{
    static char dir[PATH_MAX];
    if (!dir[0]) {
        ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
        dir[n > 0 ? n : 0] = 0;
        char *slash = strrchr(dir, '/');
        if (slash)
            *slash = 0;
    }
    return dir;
}

const char *cmd_installed_dir(const char *below)
{
    static const char *const HOMES[] = {"/" DAVY_BIN, "/" DAVY_LIBEXEC};
    static char dir[PATH_MAX + 64];
    struct str here = str_from(cmd_program_dir()), prefix = STR(DAVY_PREFIX);
    for (size_t i = 0; i < ARRAY_SIZE(HOMES); i++)
        if (str_ends(here, str_from(HOMES[i])))
            prefix = str_n(here.p, here.n - strlen(HOMES[i]));
    (void)snprintf(dir, sizeof(dir), "%.*s/%s", STR_ARG(prefix), below);
    return dir;
}

const char *cmd_data_dir(void)
{
    static char dir[PATH_MAX + 64];
    if (dir[0])
        return dir;
    const char *from_user = getenv("DAVY_DATA");
    if (from_user && *from_user) {
        (void)snprintf(dir, sizeof(dir), "%s", from_user);
        return dir;
    }
    char probe[PATH_MAX + 32];
    (void)snprintf(probe, sizeof(probe), "%s/../rules", cmd_program_dir());
    _cleanup_free_ char *beside = realpath(probe, NULL);
    if (beside)
        (void)snprintf(dir, sizeof(dir), "%.*s", (int)(strlen(beside) - strlen("/rules")), beside);
    else
        (void)snprintf(dir, sizeof(dir), "%s", cmd_installed_dir(DAVY_SHARE));
    return dir;
}

unsigned cmd_columns(int fd)
{
    uint64_t columns = 80;
    struct winsize size;
    const char *from_user = getenv("COLUMNS");
    if (!from_user || !str_to_u64(str_from(from_user), &columns))
        columns = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
    return columns < 40 ? 40 : columns > 200 ? 200 : (unsigned)columns;
}

bool cmd_utf8(void)
{
    return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

bool cmd_colour(int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

const char *cmd_cache_dir(void)
{
    static char path[PATH_MAX];
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    path[0] = 0;
    if (xdg && xdg[0] == '/')
        (void)snprintf(path, sizeof(path), "%s/davy", xdg);
    else if (!geteuid())
        (void)snprintf(path, sizeof(path), "/var/cache/davy");
    else if (home && home[0] == '/')
        (void)snprintf(path, sizeof(path), "%s/.cache/davy", home);
    return path;
}
