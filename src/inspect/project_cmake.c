// SPDX-License-Identifier: Apache-2.0
/* Lists of CMake as one shell text: what execute_process() and its kin run, and what is fetched for them. */
#include <ctype.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "inspect/project.h"
#include "inspect/script.h"

enum {
    ARGUMENTS_MAX = 4096, /* of one command */
    DEPTH_MAX = 2,        /* install(CODE "…") within */
};

struct argument {
    struct str text; /* as it is written, quotes taken away */
    bool is_quoted;
};

struct cmake {
    struct arena arena;
    VEC(struct argument) arguments;
    struct strbuf out;
    size_t bytes; /* gone through */
};

/* "[==[" at i: the bytes of it and how many signs it has; 0 for none. */
static size_t bracket(struct str t, size_t i)
{
    size_t n = 1;
    while (i + n < t.n && t.p[i + n] == '=')
        n++;
    return i + n < t.n && t.p[i + n] == '[' ? n + 1 : 0;
}

/* Where the bracket that takes n bytes to open is closed. */
static size_t bracket_end(struct str t, size_t i, size_t n)
{
    for (; i + n <= t.n; i++) {
        size_t k = 1;
        if (t.p[i] != ']')
            continue;
        while (k < n - 1 && t.p[i + k] == '=')
            k++;
        if (k == n - 1 && t.p[i + k] == ']')
            return i;
    }
    return t.n;
}

/* Passes by blanks and comments. */
static size_t skip(struct str t, size_t i)
{
    while (i < t.n) {
        if (isspace((unsigned char)t.p[i])) {
            i++;
        } else if (t.p[i] == '#') {
            size_t n = i + 1 < t.n && t.p[i + 1] == '[' ? bracket(t, i + 1) : 0;
            const char *nl = memchr(t.p + i, '\n', t.n - i);
            i = n ? bracket_end(t, i + 1 + n, n) + n : nl ? (size_t)(nl - t.p) : t.n;
        } else {
            return i;
        }
    }
    return t.n;
}

static size_t quoted(struct cmake *m, struct str t, size_t i)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (i++; i < t.n && t.p[i] != '"'; i++) {
        if (t.p[i] == '\\' && i + 1 < t.n) {
            i++;
            if (t.p[i] == 'n')
                strbuf_addc(&b, '\n');
            else if (t.p[i] == '$') /* the shell's, not CMake's */
                strbuf_adds(&b, "\\$");
            else if (t.p[i] != '\n')
                strbuf_addc(&b, t.p[i]);
        } else {
            strbuf_addc(&b, t.p[i]);
        }
    }
    if (m->arguments.n < ARGUMENTS_MAX)
        vec_add(&m->arguments, (struct argument){arena_str(&m->arena, strbuf_str(&b)), true});
    return i + 1;
}

/* The arguments up to the closing parenthesis; where it stands. */
static size_t read_arguments(struct cmake *m, struct str t, size_t i)
{
    unsigned depth = 1;
    m->arguments.n = 0;
    while ((i = skip(t, i)) < t.n) {
        size_t n = t.p[i] == '[' ? bracket(t, i) : 0;
        if (t.p[i] == '(' || t.p[i] == ')') {
            depth += t.p[i] == '(' ? 1U : -1U;
            if (!depth)
                return i;
            i++;
        } else if (t.p[i] == '"') {
            i = quoted(m, t, i);
        } else if (n) {
            size_t end = bracket_end(t, i + n, n);
            if (m->arguments.n < ARGUMENTS_MAX)
                vec_add(&m->arguments, (struct argument){str_sub(t, i + n, end), true});
            i = end + n;
        } else {
            size_t from = i;
            while (i < t.n && !isspace((unsigned char)t.p[i]) && !strchr("()\"#", t.p[i]))
                i += t.p[i] == '\\' && i + 1 < t.n ? 2 : 1;
            i = i == from ? i + 1 : i;
            if (m->arguments.n < ARGUMENTS_MAX)
                vec_add(&m->arguments, (struct argument){str_sub(t, from, i), false});
        }
    }
    return t.n;
}

/* Whether the argument is a word of CMake's that ends a command. */
static bool is_keyword(const struct argument *a)
{
    static const char *const WORDS[] = {"COMMAND", "WORKING_DIRECTORY", "TIMEOUT", "RESULT_VARIABLE", "RESULTS_VARIABLE", "OUTPUT_VARIABLE", "ERROR_VARIABLE",
        "INPUT_FILE", "OUTPUT_FILE", "ERROR_FILE", "OUTPUT_QUIET", "ERROR_QUIET", "COMMAND_ECHO", "COMMAND_ERROR_IS_FATAL", "OUTPUT_STRIP_TRAILING_WHITESPACE",
        "ERROR_STRIP_TRAILING_WHITESPACE", "ENCODING", "DEPENDS", "OUTPUT", "BYPRODUCTS", "COMMENT", "VERBATIM", "SOURCES", "MAIN_DEPENDENCY", "USES_TERMINAL",
        "COMMAND_EXPAND_LISTS", "DEPFILE", "JOB_POOL", "APPEND", "TARGET", "PRE_BUILD", "PRE_LINK", "POST_BUILD", "IMPLICIT_DEPENDS", NULL};
    return !a->is_quoted && str_is_any(a->text, WORDS);
}

/* A word for the shell: variables of CMake, which are the shell's here, stay. */
static void add_word(struct strbuf *b, struct str word)
{
    if (!str_has(word, STR("${"))) {
        script_add_word(b, word);
        return;
    }
    if (b->n)
        strbuf_addc(b, ' ');
    strbuf_addc(b, '"');
    for (size_t i = 0; i < word.n; i++) {
        if (strchr("\"`", word.p[i]) && word.p[i])
            strbuf_addc(b, '\\');
        strbuf_addc(b, word.p[i]);
    }
    strbuf_addc(b, '"');
}

/* COMMAND a b COMMAND c: a pipeline of execute_process(), one behind the other elsewhere. */
static void add_commands(struct cmake *m, bool is_pipeline)
{
    _cleanup_(strbuf_done) struct strbuf one = {};
    bool any = false;
    for (size_t i = 0; i < m->arguments.n;) {
        if (!str_is(m->arguments.v[i].text, "COMMAND") || m->arguments.v[i].is_quoted) {
            i++;
            continue;
        }
        strbuf_clear(&one);
        for (i++; i < m->arguments.n && !is_keyword(&m->arguments.v[i]); i++)
            if (!str_is(m->arguments.v[i].text, "ARGS"))
                add_word(&one, m->arguments.v[i].text);
        if (!one.n)
            continue;
        if (any)
            strbuf_adds(&m->out, is_pipeline ? " | " : "\n");
        strbuf_add(&m->out, strbuf_str(&one));
        any = true;
    }
    if (any)
        strbuf_addc(&m->out, '\n');
}

static void read_list(struct cmake *m, struct str t, unsigned depth);

static void look_command(struct cmake *m, struct str name, unsigned depth)
{
    const struct argument *a = m->arguments.v;
    size_t n = m->arguments.n;
    _cleanup_(strbuf_done) struct strbuf words = {};
    if (str_eq_nocase(name, STR("execute_process"))) {
        add_commands(m, true);
    } else if (str_eq_nocase(name, STR("add_custom_command")) || str_eq_nocase(name, STR("add_custom_target"))) {
        add_commands(m, false);
    } else if (str_eq_nocase(name, STR("exec_program"))) {
        for (size_t i = 0; i < n; i++)
            if (!str_is(a[i].text, "ARGS"))
                add_word(&words, a[i].text);
        strbuf_add(&m->out, strbuf_str(&words));
        strbuf_addc(&m->out, '\n');
    } else if (str_eq_nocase(name, STR("set")) && n >= 2) {
        add_word(&words, a[1].text);
        strbuf_add(&m->out, a[0].text);
        strbuf_addc(&m->out, '=');
        strbuf_add(&m->out, strbuf_str(&words));
        strbuf_addc(&m->out, '\n');
    } else if (str_eq_nocase(name, STR("file")) && n >= 3 && str_is(a[0].text, "DOWNLOAD")) {
        add_word(&words, STR("curl"));
        add_word(&words, STR("-o"));
        add_word(&words, a[2].text);
        add_word(&words, a[1].text);
        strbuf_add(&m->out, strbuf_str(&words));
        strbuf_addc(&m->out, '\n');
    } else if (str_eq_nocase(name, STR("install")) && n >= 2 && str_is(a[0].text, "CODE") && depth < DEPTH_MAX) {
        read_list(m, a[1].text, depth + 1);
    }
}

/* name(arguments) one behind the other. */
static void read_list(struct cmake *m, struct str t, unsigned depth)
{
    m->bytes += t.n;
    for (size_t i = 0; (i = skip(t, i)) < t.n && m->out.n < PROJECT_BYTES_MAX && m->bytes < PROJECT_BYTES_MAX;) {
        size_t from = i;
        while (i < t.n && (isalnum((unsigned char)t.p[i]) || t.p[i] == '_'))
            i++;
        struct str name = str_sub(t, from, i);
        while (i < t.n && (t.p[i] == ' ' || t.p[i] == '\t'))
            i++;
        if (!name.n || i >= t.n || t.p[i] != '(') {
            i = i == from ? i + 1 : i;
            continue;
        }
        i = read_arguments(m, t, i + 1);
        look_command(m, name, depth);
        i++;
    }
}

void project_read_cmake(struct project *p)
{
    struct cmake m = {};
    read_list(&m, p->c->data, 0);
    project_script(p, strbuf_str(&m.out), 0);
    strbuf_done(&m.out);
    vec_done(&m.arguments);
    arena_done(&m.arena);
}
