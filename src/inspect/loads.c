// SPDX-License-Identifier: Apache-2.0
#include "inspect/loads.h"

#include <ctype.h>

#include "inspect/script.h"
#include "inspect/script_tools.h"

enum {
    PATHS_MAX = 64,        /* taken from one value */
    VALUE_MAX = 16384,     /* bytes of a value that are read */
    ASSIGNMENTS_MAX = 4096, /* of variables that matter, in one file */
};

/* What a variable's value is. */
enum value_kind {
    VALUE_PATHS,   /* one path or more */
    VALUE_LIBS,    /* libraries that are preloaded */
    VALUE_PROGRAM, /* a command line */
    VALUE_SHELL,   /* a command line that the shell runs by itself */
    VALUE_OPTIONS, /* options, of which some name code */
};

static const struct variable {
    struct str name;
    enum value_kind kind;
    const char *options; /* those that name code, separated by blanks */
} VARIABLES[] = {
    {STR("LD_PRELOAD"), VALUE_LIBS, NULL},
    {STR("LD_AUDIT"), VALUE_LIBS, NULL},
    {STR("LD_LIBRARY_PATH"), VALUE_PATHS, NULL},
    {STR("GCONV_PATH"), VALUE_PATHS, NULL},
    {STR("OPENSSL_ENGINES"), VALUE_PATHS, NULL},
    {STR("OPENSSL_MODULES"), VALUE_PATHS, NULL},
    {STR("BASH_ENV"), VALUE_PATHS, NULL},
    {STR("ENV"), VALUE_PATHS, NULL},
    {STR("ZDOTDIR"), VALUE_PATHS, NULL},
    {STR("PYTHONPATH"), VALUE_PATHS, NULL},
    {STR("PYTHONSTARTUP"), VALUE_PATHS, NULL},
    {STR("PYTHONHOME"), VALUE_PATHS, NULL},
    {STR("PERL5LIB"), VALUE_PATHS, NULL},
    {STR("PERL5OPT"), VALUE_OPTIONS, "-I -Mlib= -d"},
    {STR("RUBYLIB"), VALUE_PATHS, NULL},
    {STR("RUBYOPT"), VALUE_OPTIONS, "-r -I --require"},
    {STR("NODE_PATH"), VALUE_PATHS, NULL},
    {STR("NODE_OPTIONS"), VALUE_OPTIONS, "--require -r --import --loader --experimental-loader"},
    {STR("JAVA_TOOL_OPTIONS"), VALUE_OPTIONS, "-javaagent -agentpath -Xbootclasspath/a -Xbootclasspath"},
    {STR("_JAVA_OPTIONS"), VALUE_OPTIONS, "-javaagent -agentpath -Xbootclasspath/a -Xbootclasspath"},
    {STR("JDK_JAVA_OPTIONS"), VALUE_OPTIONS, "-javaagent -agentpath -Xbootclasspath/a -Xbootclasspath"},
    {STR("CATALINA_OPTS"), VALUE_OPTIONS, "-javaagent -agentpath -Xbootclasspath/a -Xbootclasspath"},
    {STR("GOFLAGS"), VALUE_OPTIONS, "-toolexec"},
    {STR("RUSTC_WRAPPER"), VALUE_PATHS, NULL},
    {STR("LUA_INIT"), VALUE_PATHS, NULL},
    {STR("LUA_PATH"), VALUE_PATHS, NULL},
    {STR("LUA_CPATH"), VALUE_PATHS, NULL},
    {STR("PHPRC"), VALUE_PATHS, NULL},
    {STR("PHP_INI_SCAN_DIR"), VALUE_PATHS, NULL},
    {STR("DOTNET_STARTUP_HOOKS"), VALUE_PATHS, NULL},
    {STR("CORECLR_PROFILER_PATH"), VALUE_PATHS, NULL},
    {STR("PROMPT_COMMAND"), VALUE_SHELL, NULL},
    {STR("GIT_SSH_COMMAND"), VALUE_SHELL, NULL},
    {STR("GIT_SSH"), VALUE_PROGRAM, NULL},
    {STR("GIT_ASKPASS"), VALUE_PROGRAM, NULL},
    {STR("SSH_ASKPASS"), VALUE_PROGRAM, NULL},
    {STR("SUDO_ASKPASS"), VALUE_PROGRAM, NULL},
    {STR("LESSOPEN"), VALUE_SHELL, NULL},
    {STR("PAGER"), VALUE_PROGRAM, NULL},
    {STR("EDITOR"), VALUE_PROGRAM, NULL},
    {STR("VISUAL"), VALUE_PROGRAM, NULL},
};

static bool parts(char c)
{
    return isspace((unsigned char)c) || (c && strchr("\"'`,;:=|<>()[]{}@", c));
}

static void see(const struct content *c, enum field_id field, struct str value, size_t at, struct facts *facts)
{
    at = at < c->data.n ? at : 0;
    inspection_see(facts, field, value, c, at, at + value.n < c->data.n ? at + value.n : c->data.n);
}

void loads_paths(const struct content *c, const char *by, struct str value, size_t at, struct facts *facts)
{
    value = str_sub(value, 0, VALUE_MAX);
    for (size_t i = 0, n = 0; i < value.n && n < PATHS_MAX;) {
        size_t from = i;
        while (i < value.n && !parts(value.p[i]))
            i++;
        struct str word = str_sub(value, from, i++);
        if (word.n < 2 || word.p[0] != '/' || word.p[1] == '/') /* "//" is what stands behind the scheme of a URL */
            continue;
        see(c, F_LOADS_PATHS, word, at + from, facts);
        (void)facts_add(facts, F_LOADS_BY, str_from(by));
        n++;
    }
}

/* Words in front of what really runs: sh -x, exec, nohup, env. */
static bool is_wrapper(struct str word)
{
    struct str name = str_basename(word);
    return word.n && (word.p[0] == '-' ? !str_is(word, "-c") : sh_is_interpreter(name) || sh_in(name, "env exec nohup setsid sudo nice timeout"));
}

void loads_program(const struct content *c, const char *by, struct str command, size_t at, struct facts *facts)
{
    enum { WRAPPERS_MAX = 8 };
    struct str word = {};
    size_t i = 0, from = 0;
    for (int n = 0; n < WRAPPERS_MAX; n++) {
        while (i < command.n && (parts(command.p[i]) || command.p[i] == '!'))
            i++;
        from = i;
        while (i < command.n && !parts(command.p[i]))
            i++;
        word = str_sub(command, from, i);
        loads_paths(c, by, word, at + from, facts);
        if (!is_wrapper(word))
            break;
    }
}

/* Of options only those that name code: -javaagent:/a.jar, --require /a.js, -I/a. */
static void see_options(const struct content *c, const struct variable *v, struct str value, size_t at, struct facts *facts)
{
    struct str rest = str_sub(value, 0, VALUE_MAX), word;
    bool takes_next = false;
    while (str_split(&rest, ' ', &word)) {
        struct str list = str_from(v->options), one, code = takes_next ? word : STR_NULL;
        takes_next = false;
        while (!code.n && str_split(&list, ' ', &one))
            if (str_starts(word, one)) {
                code = str_sub(word, one.n, word.n);
                takes_next = !code.n;
                break;
            }
        loads_paths(c, v->name.p, code, at + (size_t)(word.p - value.p), facts);
    }
}

static void see_libs(const struct content *c, struct str value, size_t at, struct facts *facts)
{
    size_t n = 0;
    while (n < value.n && !strchr(" \t\r\n\"';", value.p[n]))
        n++;
    if (n)
        see(c, F_PRELOAD_LIBS, str_sub(value, 0, n), at, facts);
}

void loads_variable(const struct content *c, struct str name, struct str value, size_t at, struct facts *facts)
{
    const struct variable *v = NULL;
    for (size_t i = 0; name.n && i < ARRAY_SIZE(VARIABLES) && !v; i++)
        if (VARIABLES[i].name.n == name.n && VARIABLES[i].name.p[0] == name.p[0] && str_eq(VARIABLES[i].name, name))
            v = &VARIABLES[i];
    if (!v || !value.n)
        return;
    switch (v->kind) {
    case VALUE_LIBS:
        see_libs(c, value, at, facts);
        return;
    case VALUE_PATHS:
        loads_paths(c, v->name.p, value, at, facts);
        return;
    case VALUE_OPTIONS:
        see_options(c, v, value, at, facts);
        return;
    case VALUE_SHELL:
        script_look_command(value, c, at, facts);
        loads_program(c, v->name.p, value, at, facts);
        return;
    case VALUE_PROGRAM:
        loads_program(c, v->name.p, value, at, facts);
        return;
    }
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The name in front of `end`, blanks between; pam_env has DEFAULT= and OVERRIDE= behind the name. */
static struct str name_before(struct str t, size_t end)
{
    for (int tries = 0; tries < 2; tries++) {
        while (end && (t.p[end - 1] == ' ' || t.p[end - 1] == '\t'))
            end--;
        size_t from = end;
        while (from && is_name(t.p[from - 1]))
            from--;
        struct str name = str_sub(t, from, end);
        if (!str_is(name, "DEFAULT") && !str_is(name, "OVERRIDE"))
            return name;
        end = from;
    }
    return STR_NULL;
}

static bool is_comment(struct str t, size_t at)
{
    const char *nl = at ? memrchr(t.p, '\n', at) : NULL;
    struct str before = str_trim(str_sub(t, nl ? (size_t)(nl - t.p) + 1 : 0, at));
    return before.n && (before.p[0] == '#' || before.p[0] == ';');
}

void loads_variables(const struct content *c, struct str text, struct facts *facts)
{
    unsigned n = 0;
    for (const char *sign = text.p, *end = text.p + text.n;
         n < ASSIGNMENTS_MAX && sign < end && (sign = memchr(sign, '=', (size_t)(end - sign))); sign++) {
        size_t at = (size_t)(sign - text.p), from = at + 1;
        struct str name = name_before(text, at);
        if (!name.n || name.p[0] < 'A' || name.p[0] > '_' || is_comment(text, (size_t)(name.p - text.p)))
            continue;
        char quote = from < text.n && (text.p[from] == '"' || text.p[from] == '\'') ? text.p[from] : 0;
        from += quote != 0;
        size_t to = from;
        while (to < text.n && text.p[to] != '\n' && to - from < VALUE_MAX &&
               (quote ? text.p[to] != quote : !strchr(" \t\r\"';", text.p[to])))
            to++;
        n++;
        loads_variable(c, name, str_sub(text, from, to), from, facts);
    }
}
