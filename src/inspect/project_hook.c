// SPDX-License-Identifier: Apache-2.0
/*
 * Settings of the system and of its tools that run commands whenever something happens: packages are installed, logs turned over, a module
 * loaded, a session opened, a container made. And what they load beside.
 */
#include <ctype.h>

#include <jansson.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "inspect/loads.h"
#include "inspect/project.h"
#include "inspect/script.h"
#include "inspect/script_tools.h"

enum {
    WORDS_MAX = 64,   /* of one hook's arguments, runtimes of a daemon */
    FORM_MAX = 4096,  /* bytes of one call of Lisp */
    FORMS_MAX = 1024, /* of a file */
};

static void command(struct project *p, struct str s)
{
    project_command(p, str_unquoted(s), (size_t)(s.p - p->c->data.p));
}

void project_read_directives(struct project *p)
{
    struct str rest = p->c->data, line;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        size_t n = 0;
        while (n < s.n && (isalnum((unsigned char)s.p[n]) || s.p[n] == '-' || s.p[n] == '_'))
            n++;
        struct str key = str_sub(s, 0, n), value = str_trim(str_sub(s, n, s.n)), list = str_from(p->keys), one;
        if (value.n && value.p[0] == '=')
            value = str_trim(str_sub(value, 1, value.n));
        while (n && str_split(&list, ' ', &one))
            if (str_eq_nocase(key, one))
                command(p, value);
    }
}

/* DPkg::Post-Invoke {"command"; "command";}; and the same key by key. */
static void read_apt(struct project *p, struct str key)
{
    struct str t = p->c->data;
    for (ptrdiff_t at = 0; (at = str_find(t, key, (size_t)at)) >= 0;) {
        size_t i = (size_t)at;
        bool in_braces = false;
        while (i < t.n && t.p[i] != '"' && t.p[i] != ';' && t.p[i] != '\n')
            in_braces |= t.p[i++] == '{';
        while (i < t.n) {
            while (i < t.n && (isspace((unsigned char)t.p[i]) || (in_braces && strchr(";{", t.p[i]))))
                i++;
            const char *end = i < t.n && t.p[i] == '"' ? memchr(t.p + i + 1, '"', t.n - i - 1) : NULL;
            if (!end)
                break;
            project_command(p, str_n(t.p + i + 1, (size_t)(end - t.p) - i - 1), i);
            i = (size_t)(end - t.p) + 1;
        }
        at = (ptrdiff_t)(i > (size_t)at ? i : (size_t)at + 1);
    }
}

void project_read_apt(struct project *p)
{
    read_apt(p, STR("-Invoke"));
    read_apt(p, STR("Pre-Install-Pkgs"));
}

/* Lines of fields: the command is what stands behind so many of them. */
static void read_fields(struct project *p, char separator, unsigned skip, const char *first)
{
    struct str rest = p->c->data, line, unused;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        bool ok = s.n && s.p[0] != '#';
        for (unsigned i = 0; ok && i < skip; i++) {
            if (separator == ' ')
                unused = project_word(&s);
            else
                ok = memchr(s.p, separator, s.n) && str_split(&s, separator, &unused);
            ok = ok && (i || !first || str_is(unused, first));
        }
        if (ok && s.n)
            command(p, s);
    }
}

void project_read_modprobe(struct project *p)
{
    read_fields(p, ' ', 2, "install");
}

void project_read_incron(struct project *p)
{
    read_fields(p, ' ', 2, NULL);
}

void project_read_dnf(struct project *p)
{
    read_fields(p, ':', 2, NULL);
}

/* What stands between postrotate and its kin, and endscript. */
void project_read_logrotate(struct project *p)
{
    struct str rest = p->c->data, line;
    size_t from = 0;
    bool is_script = false;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        size_t at = (size_t)(line.p - p->c->data.p);
        if (is_script && str_is(s, "endscript"))
            project_script(p, str_sub(p->c->data, from, at), from);
        if (is_script ? str_is(s, "endscript") : sh_in(s, "postrotate prerotate firstaction lastaction preremove")) {
            is_script = !is_script;
            from = at + line.n;
        }
    }
}

/* callback:packages:direction:options:command of libdnf5. */
void project_read_actions(struct project *p)
{
    read_fields(p, ':', 4, NULL);
}

/* extend NAME command, and its kin of snmpd. */
void project_read_snmp(struct project *p)
{
    static const char *const KEYS[] = {"extend", "extend-sh", "exec", "sh", "pass", "pass_persist"};
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++)
        read_fields(p, ' ', 2, KEYS[i]);
}

/* Folders of the loader, one a line. */
void project_read_loader(struct project *p)
{
    struct str rest = p->c->data, line;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        const char *hash = s.n ? memchr(s.p, '#', s.n) : NULL;
        s = hash ? str_sub(s, 0, (size_t)(hash - s.p)) : s;
        if (!str_starts(s, STR("include ")) && !str_starts(s, STR("hwcap ")))
            loads_paths(p->c, "ld.so.conf", s, (size_t)(s.p - p->c->data.p), p->facts);
    }
}

/* KEY = value, KEY: value, KEY value: paths in the values of keys that name code. */
void project_read_loads(struct project *p)
{
    struct str rest = p->c->data, line;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line), list = str_from(p->keys), one;
        size_t n = 0;
        while (n < s.n && (isalnum((unsigned char)s.p[n]) || s.p[n] == '-' || s.p[n] == '_'))
            n++;
        while (n && str_split(&list, ' ', &one))
            if (str_eq(str_sub(s, 0, n), one))
                loads_paths(p->c, arena_str(&p->facts->arena, one).p, str_sub(s, n, s.n), (size_t)(s.p - p->c->data.p) + n, p->facts);
    }
}

/* What cargo runs in place of the compiler: a command, and where it lies. */
void project_read_cargo(struct project *p)
{
    project_read_settings(p);
    project_read_loads(p);
}

/* Keywords of sshd's configuration that say who comes in and how. */
static const char SSHD_KEYWORDS[] = "permitrootlogin permitemptypasswords passwordauthentication kbdinteractiveauthentication challengeresponseauthentication "
                                    "permituserenvironment hostbasedauthentication ignorerhosts strictmodes usepam";

/* Of a keyword the first value counts, in each Match block anew. */
static void read_sshd_settings(struct project *p)
{
    enum { SETTINGS_MAX = 64, VALUE_MAX = 256 };
    struct str rest = p->c->data, line, match = STR_NULL;
    uint64_t seen = 0;
    for (unsigned n = 0; n < SETTINGS_MAX && str_split(&rest, '\n', &line);) {
        struct str s = str_trim(line), key, list = str_from(SSHD_KEYWORDS), one;
        size_t end = 0;
        while (end < s.n && isalpha((unsigned char)s.p[end]))
            end++;
        key = str_sub(s, 0, end);
        while (end < s.n && strchr(" \t=", s.p[end]))
            end++;
        struct str value = str_sub(str_unquoted(str_sub(s, end, s.n)), 0, VALUE_MAX);
        if (str_eq_nocase(key, STR("match"))) {
            match = value;
            seen = 0;
        }
        for (uint64_t bit = 1; key.n && value.n && str_split(&list, ' ', &one); bit <<= 1) {
            if (!str_eq_nocase(key, one) || seen & bit)
                continue;
            seen |= bit;
            n++;
            size_t word = 0;
            while (word < value.n && !isspace((unsigned char)value.p[word]))
                word++;
            struct str text = arena_printf(&p->facts->arena, "%s%.*s%s%.*s %.*s", match.n ? "match " : "", STR_ARG(match), match.n ? ": " : "",
                                           STR_ARG(one), STR_ARG(str_unquoted(str_sub(value, 0, word))));
            size_t at = (size_t)(s.p - p->c->data.p);
            inspection_see(p->facts, F_SSHD_SETTINGS, text, p->c, at, at + s.n);
        }
    }
}

/* Services of every database: a word that is no [NOTFOUND=return] makes programs load libnss_WORD.so.2. */
void project_read_nss(struct project *p)
{
    enum { SERVICES_MAX = 128, SERVICE_MAX = 64 };
    struct str rest = p->c->data, line;
    for (unsigned n = 0; str_split(&rest, '\n', &line);) {
        struct str s = str_trim(line);
        const char *hash = s.n ? memchr(s.p, '#', s.n) : NULL;
        s = hash ? str_sub(s, 0, (size_t)(hash - s.p)) : s;
        const char *colon = s.n ? memchr(s.p, ':', s.n) : NULL;
        for (size_t i = colon ? (size_t)(colon - s.p) + 1 : s.n; i < s.n && n < SERVICES_MAX; i++) {
            size_t from = i;
            if (s.p[i] == '[') {
                while (i < s.n && s.p[i] != ']')
                    i++;
                continue;
            }
            while (i < s.n && (isalnum((unsigned char)s.p[i]) || s.p[i] == '_' || s.p[i] == '-'))
                i++;
            if (i == from || i - from > SERVICE_MAX)
                continue;
            struct str module = arena_printf(&p->facts->arena, "libnss_%.*s.so.2", STR_ARG(str_sub(s, from, i)));
            size_t at = (size_t)(s.p - p->c->data.p);
            inspection_see(p->facts, F_NSS_MODULES, module, p->c, at + from, at + i);
            n++;
        }
    }
}

/* What sshd runs at a login, and the files whose keys it admits. */
void project_read_sshd(struct project *p)
{
    struct project keys = *p;
    keys.keys = "AuthorizedKeysFile TrustedUserCAKeys";
    project_read_directives(p);
    project_read_loads(&keys);
    read_sshd_settings(p);
}

/* Commands that mail is handed to: NAME: "|command", |command */
void project_read_pipes(struct project *p)
{
    struct str rest = p->c->data, line;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        const char *bar = s.n && s.p[0] != '#' ? memchr(s.p, '|', s.n) : NULL;
        size_t at = bar ? (size_t)(bar - s.p) : 0;
        if (!bar || (at && !strchr("\"': ,\t", s.p[at - 1])))
            continue;
        struct str text = str_sub(s, at + 1, s.n);
        if (at && s.p[at - 1] == '"' && text.n && text.p[text.n - 1] == '"')
            text.n--;
        project_command(p, text, (size_t)(text.p - p->c->data.p));
    }
}

/* A program in the language that the family's keys name: the start files of its interpreter. */
void project_read_code(struct project *p)
{
    script_look_calls(p->c->data, str_from(p->keys), p->c, p->facts);
    if (facts_has(p->facts, F_SCRIPT_DOWNLOADS) || facts_has(p->facts, F_SCRIPT_COMMANDS) || facts_has(p->facts, F_SCRIPT_DECODE_RUN)) {
        facts_str(p->facts, F_PROJECT_TOOL, str_from(p->tool));
        (void)facts_add(p->facts, F_PROJECT_WHEN, str_from(p->when));
    }
}

/* Vim: calls of system(), and lines that hand what is behind "!" to the shell. */
void project_read_vim(struct project *p)
{
    struct str rest = p->c->data, line;
    project_read_code(p);
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        const char *mark = s.n && s.p[0] != '"' ? memchr(s.p, '!', s.n) : NULL;
        while (mark && mark > s.p && !strchr(" :|", mark[-1])) /* "silent!" and "function!" are words */
            mark = memchr(mark + 1, '!', s.n - (size_t)(mark + 1 - s.p));
        struct str text = mark ? str_sub(s, (size_t)(mark - s.p) + 1, s.n) : STR_NULL;
        if (text.n && (isalnum((unsigned char)text.p[0]) || text.p[0] == '/'))
            command(p, text);
    }
}

/* The texts of one call of Lisp, up to its last parenthesis. */
static void look_form(struct project *p, struct str form, bool is_shell)
{
    _cleanup_(strbuf_done) struct strbuf words = {}, word = {};
    unsigned open = 1;
    for (size_t i = 0; i < form.n && open; i++) {
        open = form.p[i] == '(' ? open + 1 : form.p[i] == ')' ? open - 1 : open;
        if (form.p[i] != '"')
            continue;
        strbuf_clear(&word);
        for (i++; i < form.n && form.p[i] != '"'; i++) {
            i += form.p[i] == '\\' && i + 1 < form.n;
            strbuf_addc(&word, form.p[i]);
        }
        if (!is_shell)
            script_add_word(&words, strbuf_str(&word));
    }
    project_command(p, is_shell ? strbuf_str(&word) : strbuf_str(&words), (size_t)(form.p - p->c->data.p));
}

/* Emacs: calls that start programs; the text for the shell is the last one, words of others begin behind names of process and buffer. */
void project_read_emacs(struct project *p)
{
    static const struct {
        struct str name;
        bool is_shell;
    } CALLS[] = {
        {STR("(shell-command "), true}, {STR("(shell-command-to-string "), true}, {STR("(async-shell-command "), true},
        {STR("(start-process-shell-command "), true}, {STR("(call-process-shell-command "), true}, {STR("(call-process "), false},
    };
    struct str t = p->c->data;
    unsigned n = 0;
    for (size_t k = 0; k < ARRAY_SIZE(CALLS); k++)
        for (ptrdiff_t at = 0; n < FORMS_MAX && (at = str_find(t, CALLS[k].name, (size_t)at)) >= 0; n++) {
            at += (ptrdiff_t)CALLS[k].name.n;
            look_form(p, str_sub(t, (size_t)at, (size_t)at + FORM_MAX), CALLS[k].is_shell);
        }
}

static struct str text_of(const json_t *v)
{
    return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
}

static size_t place_of(const struct project *p, struct str text)
{
    ptrdiff_t at = text.n ? str_find(p->c->data, text, 0) : -1;
    return at < 0 ? 0 : (size_t)at;
}

/* A hook that runtimes of containers run on the machine itself: its path, and arguments of which the first is its name. */
void project_read_container_hook(struct project *p)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    _cleanup_(json_decrefp) json_t *root = NULL;
    struct error err = ERROR_NULL;
    if (json_parse(p->c->data, &root, &err) < 0)
        return;
    const json_t *hook = json_object_get(root, "hook"), *args = json_object_get(hook, "args");
    struct str path = text_of(json_object_get(hook, "path"));
    script_add_word(&b, path);
    for (size_t i = 1; i < json_array_size(args) && i < WORDS_MAX; i++)
        script_add_word(&b, text_of(json_array_get(args, i)));
    if (path.n)
        project_command(p, strbuf_str(&b), place_of(p, path));
}

/* Docker's daemon: the programs that make its containers. */
void project_read_docker(struct project *p)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    struct error err = ERROR_NULL;
    const char *name;
    json_t *runtime;
    if (json_parse(p->c->data, &root, &err) < 0)
        return;
    json_object_foreach(json_object_get(root, "runtimes"), name, runtime)
    {
        struct str path = text_of(json_object_get(runtime, "path"));
        loads_paths(p->c, "runtimes", path, place_of(p, path), p->facts);
    }
}
