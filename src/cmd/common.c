// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/io.h"
#include "base/stop.h"
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
    _cleanup_(strbuf_done) struct strbuf shown = {};
    strbuf_add(&shown, text);
    cmd_plain(&shown); /* before it is measured: an ellipsis becomes three dots */
    struct str rest = strbuf_str(&shown);
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

void cmd_plain(struct strbuf *b)
{
    static const struct {
        struct str from;
        const char *to;
    } SIGNS[] = {{STR("…"), "..."}, {STR("·"), "-"}, {STR("→"), "->"}, {STR("×"), "x"}};
    struct strbuf plain = {};
    struct str rest = strbuf_str(b);
    if (cmd_utf8())
        return;
    while (rest.n) {
        size_t i = 0;
        while (i < ARRAY_SIZE(SIGNS) && !str_starts(rest, SIGNS[i].from))
            i++;
        if (i < ARRAY_SIZE(SIGNS))
            strbuf_adds(&plain, SIGNS[i].to);
        else
            strbuf_addc(&plain, rest.p[0]);
        rest = str_sub(rest, i < ARRAY_SIZE(SIGNS) ? SIGNS[i].from.n : 1, rest.n);
    }
    strbuf_done(b);
    *b = plain;
}

/*
 * Where the last column of a line begins, its text: behind the last two blanks that leave it room; else behind the line's own indent. In bytes.
 */
static size_t last_column(struct str line, unsigned width)
{
    size_t begin = 0;
    while (begin < line.n && line.p[begin] == ' ')
        begin++;
    for (size_t i = line.n; i > begin + 2; i--)
        if (line.p[i - 1] != ' ' && line.p[i - 2] == ' ' && line.p[i - 3] == ' ' && text_width(str_sub(line, 0, i - 1)) <= width - width / 5)
            return i - 1;
    return begin;
}

void cmd_fold(struct strbuf *b, unsigned width)
{
    struct strbuf folded = {};
    struct str rest = strbuf_str(b);
    while (rest.n) {
        const ptrdiff_t end = str_find(rest, STR("\n"), 0);
        const struct str line = str_sub(rest, 0, end < 0 ? rest.n : (size_t)end);
        if (text_width(line) <= width || str_has(line, STR("\x1b"))) {
            strbuf_add(&folded, line);
            strbuf_adds(&folded, end < 0 ? "" : "\n");
        } else {
            const size_t begin = last_column(line, width);
            const unsigned at = (unsigned)text_width(str_sub(line, 0, begin));
            const bool is_plain = !begin || line.p[begin - 1] != ' ' || at < 6; /* what goes on stands a little deeper than where a sentence began */
            strbuf_add(&folded, str_sub(line, 0, begin));
            cmd_add_wrapped(&folded, str_sub(line, begin, line.n), at, at + (is_plain ? 2 : 0), width);
            folded.n -= end < 0;
        }
        rest = str_sub(rest, line.n + (end >= 0), rest.n);
    }
    strbuf_pad(&folded, 0, 1); /* ends with a zero byte, as every buffer of text */
    folded.n--;
    strbuf_done(b);
    *b = folded;
}

/* Prints the help on standard output. Exit code. */
static int cmd_help(const struct cmd_program *program)
{
    enum { WIDTH = 80, HELP_COLUMN = 26 };
    struct strbuf b = {};
    strbuf_printf(&b, _("Usage: %s %s\n\n"), program->name, program->usage);
    cmd_add_wrapped(&b, str_from(_(program->summary)), 0, 0, WIDTH);
    if (program->examples)
        strbuf_printf(&b, _("\nExamples:\n%s"), _(program->examples));
    strbuf_adds(&b, _("\nOptions:\n"));
    for (const struct cmd_option *o = program->options; o->name; o++) {
        char left[64];
        char letter[8] = "    ";
        if (o->letter)
            (void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
        int n = snprintf(left, sizeof(left), "  %s--%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        strbuf_adds(&b, left);
        if (n < HELP_COLUMN - 1)
            strbuf_pad(&b, ' ', HELP_COLUMN - (size_t)n);
        else
            strbuf_printf(&b, "\n%*s", HELP_COLUMN, "");
        cmd_add_wrapped(&b, str_from(_(o->help)), HELP_COLUMN, HELP_COLUMN, WIDTH);
    }
    cmd_plain(&b);
    const int code = cmd_print(program->name, &b);
    strbuf_done(&b);
    return code;
}

/* The one of `n` names that is spelt most like the word, for "did you mean"; NULL when none is near. */
static const char *cmd_nearest(const char *word, const char *const *names, size_t n)
{
    const size_t most = strlen(word) < 4 ? 1 : 2; /* letters that may be wrong */
    size_t best = most + 1;
    const char *found = NULL;
    for (size_t i = 0; i < n; i++) {
        const size_t d = str_distance(str_from(word), str_from(names[i]), most);
        if (d < best) {
            best = d;
            found = names[i];
        }
    }
    return found;
}

void cmd_no_command(const char *program, const char *word, const char *const *names, size_t n)
{
    const char *near = cmd_nearest(word, names, n);
    if (near)
        cmd_error(program, "there is no command `%s`; did you mean `%s %s`?", word, program, near);
    else
        cmd_error(program, "there is no command `%s`; `%s --help` lists them", word, program);
}

int cmd_flush(const char *program)
{
    errno = 0;
    if (!fflush(stdout) && !ferror(stdout))
        return EXIT_NOTHING;
    if (!errno) /* it failed before, when a buffer was full */
        cmd_error(program, "cannot write to standard output");
    else if (errno != EPIPE)
        cmd_error(program, "cannot write to standard output: %s", error_words(errno));
    return EXIT_CANNOT;
}

int cmd_print(const char *program, const struct strbuf *b)
{
    if (b->n && fwrite(b->p, 1, b->n, stdout) != b->n && errno != EPIPE)
        cmd_error(program, "cannot write to standard output: %s", error_words(errno));
    else
        return cmd_flush(program);
    return EXIT_CANNOT;
}

int cmd_print_page(const char *program, struct strbuf *b)
{
    cmd_plain(b);
    if (isatty(STDOUT_FILENO))
        cmd_fold(b, cmd_columns(STDOUT_FILENO));
    return cmd_print(program, b);
}

static int write_in_place(const char *path, struct str text)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? -errno : io_write(fd, text);
}

int cmd_replace_file(const char *path, struct str text)
{
    struct stat st;
    const bool is_new = lstat(path, &st) < 0;
    if (is_new && errno != ENOENT)
        return -errno;
    if (!is_new && !S_ISREG(st.st_mode)) /* a device, a pipe, a link to somewhere */
        return write_in_place(path, text);
    if (!is_new && access(path, W_OK) < 0)
        return -errno;
    _cleanup_(strbuf_done) struct strbuf folder = {};
    const struct str dir = str_dirname(str_from(path));
    strbuf_add(&folder, dir.n ? dir : STR("."));
    strbuf_pad(&folder, 0, 1);
    _cleanup_close_ int fd = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int r = fd < 0 ? -errno : io_replace(fd, str_basename(str_from(path)), text, 0666, IO_REPLACE_SYNC);
    return r == -EACCES && !is_new ? write_in_place(path, text) : r; /* the folder takes no new file, but this one may be written */
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
        *ret_code = cmd_flush(commands->name);
        return -1;
    }
    _cleanup_free_ const char **names = xalloc((commands->n + 1) * sizeof(*names));
    for (size_t i = 0; i < commands->n; i++) {
        const struct cmd_program *row = (const void *)((const char *)commands->rows + i * commands->size);
        names[i] = row->name + strlen(commands->name) + 1;
        if (!strcmp(argv[1], names[i]))
            return (int)i;
    }
    cmd_no_command(commands->name, argv[1], names, commands->n);
    return -1;
}

/* Other spellings of --colour, as other programs have it. */
static const struct {
    const char *name;
    int has_arg;
    const char *value; /* NULL: that of the command line */
} COLOURS[] = {{"color", required_argument, NULL}, {"no-color", no_argument, "never"}, {"no-colour", no_argument, "never"}};

enum { OPTION_VALUES = 256, COLOUR_VALUES = 100'000 }; /* what getopt gives for long options */

/* The long name that may be meant by one that is not there, "--quite=1"; NULL: none is near. */
static const char *nearest_option(const struct cmd_program *program, const char *given)
{
    const size_t n = strcspn(given, "=");
    char word[64];
    size_t n_names = 0;
    if (n < 4 || n - 2 >= sizeof(word) || strncmp(given, "--", 2) != 0)
        return NULL;
    (void)snprintf(word, sizeof(word), "%.*s", (int)n - 2, given + 2);
    while (program->options[n_names].name)
        n_names++;
    _cleanup_free_ const char **names = xalloc((n_names + 1) * sizeof(*names));
    for (size_t i = 0; i < n_names; i++)
        names[i] = program->options[i].name;
    return cmd_nearest(word, names, n_names);
}

static void say_no_option(const struct cmd_program *program, const char *given)
{
    const char *near = nearest_option(program, given);
    if (near)
        cmd_error(program->name, "there is no option %s; did you mean --%s?", given, near);
    else
        cmd_error(program->name, "there is no option %s; see --help", given);
}

/* What getopt is told of them: longs has room for n, those of COLOURS and an end, shorts for two bytes each and two more. */
static void list_options(const struct cmd_option *options, size_t n, struct option *longs, char *shorts)
{
    *shorts++ = ':';
    for (size_t i = 0; i < n; i++) {
        const struct cmd_option *o = &options[i];
        *longs++ = (struct option){.name = o->name, .has_arg = o->arg ? required_argument : no_argument, .val = OPTION_VALUES + (int)i};
        if (o->letter) {
            *shorts++ = o->letter;
            if (o->arg)
                *shorts++ = ':';
        }
        for (size_t k = 0; k < ARRAY_SIZE(COLOURS) && !strcmp(o->name, "colour"); k++)
            *longs++ = (struct option){.name = COLOURS[k].name, .has_arg = COLOURS[k].has_arg, .val = COLOUR_VALUES + (int)k};
    }
}

/* The option that getopt gave; *value is changed where the spelling says it. */
static const struct cmd_option *find_option(const struct cmd_option *options, int c, const char **value)
{
    if (c >= OPTION_VALUES && c < COLOUR_VALUES)
        return &options[c - OPTION_VALUES];
    while (c >= COLOUR_VALUES ? strcmp(options->name, "colour") != 0 : options->letter != c)
        options++;
    if (c >= COLOUR_VALUES && COLOURS[c - COLOUR_VALUES].value)
        *value = COLOURS[c - COLOUR_VALUES].value;
    return options;
}

int cmd_parse(const struct cmd_program *program, int argc, char **argv, void *ctx)
{
    size_t n = 0;
    while (program->options[n].name)
        n++;
    _cleanup_free_ struct option *longs = xalloc((n + ARRAY_SIZE(COLOURS) + 1) * sizeof(*longs));
    _cleanup_free_ char *shorts = xalloc(2 * n + 2);
    list_options(program->options, n, longs, shorts);

    opterr = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        const char *given = argv[optind - 1], *value = optarg;
        if (c == ':')
            cmd_error(program->name, "option %s needs a value; see --help", given);
        else if (c == '?')
            say_no_option(program, given);
        if (c == ':' || c == '?')
            return -EINVAL;
        const struct cmd_option *option = find_option(program->options, c, &value);
        if (str_is(str_from(option->name), "help"))
            exit(cmd_help(program));
        if (str_is(str_from(option->name), "version")) {
            (void)printf("davy %s\n", DAVY_VERSION);
            exit(cmd_flush(program->name));
        }
        int r = program->take(ctx, option, value);
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

void cmd_end_by(int signal)
{
    stop_raise(signal);
    _exit(128 + signal);
}

void cmd_error(const char *program, const char *fmt, ...)
{
    va_list ap;
    struct strbuf raw = {}, safe = {}, said = {};
    va_start(ap, fmt);
    strbuf_vprintf(&raw, intl_text(fmt), ap);
    va_end(ap);
    struct str rest = strbuf_str(&raw), line;
    while (str_split(&rest, '\n', &line)) {
        if (safe.n)
            strbuf_addc(&safe, '\n');
        text_add_safe(&safe, line);
    }
    strbuf_printf(&said, "%s: %s\n", program, safe.p ? safe.p : "");
    cmd_plain(&said);
    if (isatty(STDERR_FILENO)) /* a log keeps it on its line */
        cmd_fold(&said, cmd_columns(STDERR_FILENO));
    (void)fputs(said.p, stderr);
    strbuf_done(&said);
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
