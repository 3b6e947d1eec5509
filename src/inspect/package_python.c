// SPDX-License-Identifier: Apache-2.0
/* Python and Ruby: what runs at installation (setup.py, a build backend of the package's own, extconf.rb) and at every
 * start of the interpreter (*.pth, sitecustomize). */
#include "inspect/package.h"
#include "inspect/script.h"

static void look_program(const struct content *c, const char *manager, const char *kind, struct facts *facts)
{
    package_state(facts, manager, STR_NULL, STR_NULL);
    (void)facts_add(facts, F_PACKAGE_SCRIPT_KINDS, str_from(kind));
    package_code(c, c->data, 0, facts);
}

/* Lines that begin with `import` are run, the others are paths. */
static void look_pth(const struct content *c, struct facts *facts)
{
    struct str rest = c->data, line;
    package_state(facts, "pip", STR_NULL, STR_NULL);
    for (int n = 0; n < PACKAGE_COMMANDS_MAX && str_split(&rest, '\n', &line);) {
        if (!str_starts(line, STR("import ")) && !str_starts(line, STR("import\t")))
            continue;
        size_t at = (size_t)(line.p - c->data.p);
        n++;
        (void)facts_add(facts, F_PACKAGE_SCRIPT_KINDS, STR("pth"));
        inspection_see(facts, F_PACKAGE_SCRIPTS, str_sub(line, 0, PACKAGE_COMMAND_MAX), c, at, at + line.n);
        package_code(c, line, at, facts);
        script_look_calls(line, STR("python"), c, facts);
    }
}

/* A backend that lies in the package runs at installation like setup.py; one that is named is a package of its own. */
static void look_pyproject(const struct content *c, struct facts *facts)
{
    struct str rest = c->data, line;
    while (str_split(&rest, '\n', &line))
        if (str_starts(str_trim(line), STR("backend-path"))) {
            size_t at = (size_t)(line.p - c->data.p);
            package_state(facts, "pip", STR_NULL, STR_NULL);
            (void)facts_add(facts, F_PACKAGE_SCRIPT_KINDS, STR("build-backend"));
            inspection_see(facts, F_PACKAGE_SCRIPTS, str_sub(str_trim(line), 0, PACKAGE_COMMAND_MAX), c, at, at + line.n);
        }
}

/* Compiled modules: command lines among their texts, which stand behind a letter for their kind and their length. */
static void look_compiled(const struct content *c, struct facts *facts)
{
    enum { COMMANDS_LOOKED = 64 };
    struct str t = c->data;
    unsigned looked = 0;
    /* a name of what starts programs, by its length and letters: in other texts the words mean nothing */
    static const struct str NAMES[] = {{"\6system", 7}, {"\5popen", 6}, {"\12subprocess", 11}, {"\6execvp", 7}, {"\5execl", 6}};
    bool starts = false;
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        starts |= str_has(t, NAMES[i]);
    if (!starts)
        return;
    for (size_t i = 0; i + 2 < t.n && looked < COMMANDS_LOOKED; i++) {
        const uint8_t *p = (const uint8_t *)t.p + i;
        char kind = (char)(p[0] & 0x7f);
        bool is_short = kind == 'z' || kind == 'Z', is_long = (kind == 'a' || kind == 'A' || kind == 'u' || kind == 's') && i + 5 < t.n;
        size_t n = is_short ? p[1] : is_long && !p[3] && !p[4] ? p[1] | (size_t)p[2] << 8 : 0, from = i + (is_short ? 2 : 5), k = 0;
        struct str s = n && from + n <= t.n ? str_sub(t, from, from + n) : STR_NULL;
        while (k < s.n && ((uint8_t)s.p[k] >= ' ' || s.p[k] == '\t')) /* whole scripts mostly are for other machines */
            k++;
        if (!s.n || k < s.n)
            continue;
        if (package_is_command(s)) {
            looked++;
            inspection_see(facts, F_PACKAGE_SCRIPTS, str_sub(s, 0, PACKAGE_COMMAND_MAX), c, from, from + s.n);
            script_look_command(s, c, from, facts);
        }
        i = from + n - 1;
    }
}

bool package_look_python(const struct content *c, struct str name, struct facts *facts)
{
    if (c->kind == KIND_PYC) {
        look_compiled(c, facts);
        return true;
    }
    if (str_is(name, "setup.py"))
        look_program(c, "pip", "setup.py", facts);
    else if (str_is(name, "sitecustomize.py") || str_is(name, "usercustomize.py"))
        look_program(c, "pip", "sitecustomize", facts);
    else if (str_is(name, "extconf.rb"))
        look_program(c, "gem", "extconf", facts);
    else if (str_ends(name, STR(".pth")))
        look_pth(c, facts);
    else if (str_is(name, "pyproject.toml"))
        look_pyproject(c, facts);
    else
        return false;
    return true;
}
