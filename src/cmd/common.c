// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/common.h"
#include "config.h"

/* The first of the variables that says something; "" when none does. */
static const char *environment(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value && *value)
            return value;
    }
    return "";
}

/* The name of a locale, such as ja_JP.UTF-8, up to the first of `ends`. */
static struct str name_before(struct str name, const char *ends)
{
    size_t n = 0;
    while (n < name.n && !strchr(ends, name.p[n]))
        n++;
    return str_sub(name, 0, n);
}

static bool is_c(struct str language)
{
    return str_is(language, "C") || str_is(language, "POSIX");
}

/* Whether a locale's name means UTF-8: ja_JP and ja_JP.UTF-8 do, ja_JP.eucJP and C do not. */
static bool means_utf8(struct str name)
{
    struct str language = name_before(name, ".@"), codeset = name_before(str_sub(name, language.n, name.n), "@");
    if (!codeset.n)
        return !is_c(language);
    return str_eq_nocase(codeset, STR(".UTF-8")) || str_eq_nocase(codeset, STR(".utf8"));
}

/*
 * Characters as the user's locale has them; its name tells where it is not generated, as in most containers. Numbers and
 * dates stay those of the C locale, since programs read them too.
 */
static void choose_characters(const char *languages)
{
    const char *name = environment((const char *const[]){"LC_ALL", "LC_CTYPE", "LANG", NULL});
    if (setlocale(LC_CTYPE, "") && *name)
        return;
    if (*name ? means_utf8(str_from(name)) : *languages != 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* Opens the catalogue of one language; NULL when there is none. What is wrong with one that is there is said. */
static const struct catalogue *catalogue_in(struct str language, const char *build, const char *domain)
{
    char path[2 * PATH_MAX];
    struct catalogue *c = NULL;
    struct error err = ERROR_NULL;
    (void)snprintf(path, sizeof(path), "%s/%s/%.*s/LC_MESSAGES/%s.mo", cmd_program_dir(), build, STR_ARG(language), domain);
    if (access(path, R_OK))
        (void)snprintf(path, sizeof(path), "%s/%.*s/LC_MESSAGES/%s.mo", cmd_installed_dir(DAVY_LOCALE), STR_ARG(language),
                       domain);
    if (!access(path, R_OK) && catalogue_open(path, &c, &err) < 0)
        cmd_error("davy", "%s", err.text);
    return c;
}

/* Speaks the language when there is a catalogue for it. Kept as long as the process: texts point into it. */
static bool speak(struct str language)
{
    for (size_t i = 0; i < language.n; i++)
        if (!isalnum((unsigned char)language.p[i]) && language.p[i] != '_')
            return false;
    const struct catalogue *program = catalogue_in(language, "po", "davy");
    if (program)
        intl_use(program, catalogue_in(language, "po/rules", "davy-rules"));
    return program;
}

void cmd_language(void)
{
    const char *languages = environment((const char *const[]){"LANGUAGE", NULL});
    const char *name = environment((const char *const[]){"LC_ALL", "LC_MESSAGES", "LANG", NULL});
    choose_characters(languages);
    /* C means English whatever LANGUAGE says, as everywhere; C.UTF-8 is what people have whose locale is not generated. */
    if (!cmd_utf8() || is_c(str_from(name)))
        return;
    struct str rest = str_from(*languages ? languages : name), one;
    while (str_split(&rest, ':', &one)) {
        struct str region = name_before(one, ".@"), language = name_before(one, "_.@");
        if (is_c(language) || str_is(language, "en") || (language.n && (speak(region) || speak(language))))
            return;
    }
}

void cmd_add_wrapped(struct strbuf *b, struct str text, unsigned at, unsigned indent, unsigned width)
{
    struct str rest = text;
    bool first = true;
    while (rest.n) {
        bool blank = rest.p[0] == ' ';
        rest = str_sub(rest, blank, rest.n);
        struct str piece = text_next_piece(&rest);
        unsigned w = (unsigned)text_width(piece);
        if (!first && at + blank + w > width) {
            strbuf_addc(b, '\n');
            strbuf_pad(b, ' ', indent);
            at = indent;
            first = true;
        }
        blank &= !first;
        strbuf_adds(b, blank ? " " : "");
        strbuf_add(b, piece);
        at += w + blank;
        first = false;
    }
    strbuf_addc(b, '\n');
}

static void wrap(FILE *out, const char *text, unsigned at, unsigned width)
{
    struct strbuf b = {};
    cmd_add_wrapped(&b, str_from(text), at, at, width);
    (void)fputs(b.p, out);
    strbuf_done(&b);
}

void cmd_help(const struct cmd_program *program, FILE *out)
{
    enum { WIDTH = 80, HELP_COLUMN = 26 };
    (void)fprintf(out, _("Usage: %s %s\n\n"), program->name, program->usage);
    wrap(out, _(program->summary), 0, WIDTH);
    if (program->examples)
        (void)fprintf(out, _("\nExamples:\n%s"), _(program->examples));
    (void)fputs(_("\nOptions:\n"), out);
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
        wrap(out, _(o->help), HELP_COLUMN, WIDTH);
    }
}

int cmd_choose(const struct cmd_commands *commands, int argc, char **argv, int *ret_code)
{
    cmd_language();
    *ret_code = EXIT_USAGE;
    if (argc < 2) {
        commands->help(stderr);
        return -1;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        commands->help(stdout);
        *ret_code = fflush(stdout) ? EXIT_CANNOT : EXIT_NOTHING;
        return -1;
    }
    for (size_t i = 0; i < commands->n; i++) {
        const struct cmd_program *row = (const void *)((const char *)commands->rows + i * commands->size);
        if (!strcmp(argv[1], row->name + strlen(commands->name) + 1))
            return (int)i;
    }
    cmd_error(commands->name, "there is no command `%s`; `%s --help` lists them", argv[1], commands->name);
    return -1;
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
            cmd_error(program->name, c == ':' ? _("option %s needs a value; see --help") : _("there is no option %s; see --help"),
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

void cmd_add_padded(struct strbuf *b, const char *text, size_t columns)
{
    const size_t width = text_width(str_from(text));
    strbuf_adds(b, text);
    strbuf_pad(b, ' ', width < columns ? columns - width : 1);
}

void cmd_error(const char *program, const char *fmt, ...)
{
    va_list ap;
    struct strbuf raw = {}, safe = {};
    va_start(ap, fmt);
    strbuf_vprintf(&raw, intl_text(fmt), ap);
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

const char *cmd_feed_path(const char *given)
{
    static char path[PATH_MAX];
    const char *from_user = getenv("DAVY_FEED"), *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    path[0] = 0;
    if (given)
        return given;
    if (from_user && *from_user)
        (void)snprintf(path, sizeof(path), "%s", from_user);
    else if (!geteuid())
        (void)snprintf(path, sizeof(path), "/var/lib/davy/feed.db");
    else if (xdg && xdg[0] == '/')
        (void)snprintf(path, sizeof(path), "%s/davy/feed.db", xdg);
    else if (home && home[0] == '/')
        (void)snprintf(path, sizeof(path), "%s/.local/share/davy/feed.db", home);
    return path;
}
