// SPDX-License-Identifier: Apache-2.0
/* What runs when a package is built or installed from its sources: composer, cargo, gem, cpan, luarocks, and the recipes of rpm, pacman,
 * apk and dpkg. */
#include <ctype.h>
#include <jansson.h>

#include "inspect/package.h"
#include "inspect/script.h"

static bool in(struct str word, const char *const *list)
{
    for (; *list; list++)
        if (str_is(word, *list))
            return true;
    return false;
}

/* One entry of composer's: a command, or a name of a method or of another entry. "@php" is the interpreter that composer runs under. */
static void look_entry(const struct content *c, const char *key, const json_t *v, struct facts *facts)
{
    struct str command = json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
    bool is_php = str_starts(command, STR("@php "));
    command = str_sub(command, is_php || str_starts(command, STR("@putenv ")) ? 1 : 0, command.n);
    if (!command.n || command.p[0] == '@' || (str_has(command, STR("::")) && !memchr(command.p, ' ', command.n)))
        return;
    ptrdiff_t at = str_find(c->data, str_from(key), 0);
    package_command(c, key, command, at < 0 ? 0 : (size_t)at, facts);
    if (is_php)
        script_look_calls(command, STR("php"), c, facts);
}

static void look_composer(const struct content *c, struct facts *facts)
{
    static const char *const HOOKS[] = {"pre-install-cmd",     "post-install-cmd",     "pre-update-cmd",          "post-update-cmd",
                                        "pre-autoload-dump",   "post-autoload-dump",   "post-root-package-install", "post-create-project-cmd",
                                        "pre-package-install", "post-package-install", "post-package-update",     "pre-command-run"};
    json_t *root = json_loadb(c->data.p, c->data.n, 0, NULL);
    const json_t *name = json_object_get(root, "name"), *scripts = json_object_get(root, "scripts");
    if (json_is_object(root))
        package_state(facts, "composer", json_is_string(name) ? str_n(json_string_value(name), json_string_length(name)) : STR_NULL, STR_NULL);
    for (size_t i = 0; i < ARRAY_SIZE(HOOKS); i++) {
        const json_t *v = json_object_get(scripts, HOOKS[i]);
        look_entry(c, HOOKS[i], v, facts);
        for (size_t k = 0; k < json_array_size(v) && k < PACKAGE_COMMANDS_MAX; k++)
            look_entry(c, HOOKS[i], json_array_get(v, k), facts);
    }
    json_decref(root);
}

/* A program that runs as a whole, in a language whose calls the script analyzer knows. */
static void look_program(const struct content *c, const char *manager, const char *kind, const char *language, struct facts *facts)
{
    package_state(facts, manager, STR_NULL, STR_NULL);
    (void)facts_add(facts, F_PACKAGE_SCRIPT_KINDS, str_from(kind));
    package_code(c, c->data, 0, facts);
    if (!str_is(facts_get_str(facts, F_SCRIPT_INTERPRETER), language)) /* else the script analyzer has been here */
        script_look_calls(c->data, str_from(language), c, facts);
}

/* The same of shell text. */
static void look_shell(const struct content *c, const char *manager, const char *kind, struct str text, struct facts *facts)
{
    size_t at = (size_t)(text.p - c->data.p);
    package_state(facts, manager, STR_NULL, STR_NULL);
    (void)facts_add(facts, F_PACKAGE_SCRIPT_KINDS, str_from(kind));
    package_code(c, text, at, facts);
    if (!facts_has(facts, F_SCRIPT_INTERPRETER))
        script_look_command(text, c, at, facts);
}

/* A section's name at the start of a line: "%post -p /bin/sh". */
static struct str section_of(struct str line)
{
    size_t n = 1;
    if (!line.n || line.p[0] != '%')
        return STR_NULL;
    while (n < line.n && (isalpha((unsigned char)line.p[n]) || line.p[n] == '_'))
        n++;
    return n < line.n && !isspace((unsigned char)line.p[n]) ? STR_NULL : str_sub(line, 1, n);
}

/* rpm's recipe: what it runs while it builds, and at installation. */
static bool look_spec(const struct content *c, struct facts *facts)
{
    static const char *const RUN[] = {"prep", "build", "install", "check", "pre", "post", "preun", "postun", "pretrans", "posttrans", "verifyscript", NULL};
    static const char *const SECTIONS[] = {"description", "files", "changelog", "package", "clean", "sourcelist", "patchlist", "generate_buildrequires", NULL};
    struct str rest = c->data, line, kind = {};
    size_t from = 0;
    if (!str_starts(rest, STR("Name:")) && !str_has(rest, STR("\nName:")))
        return false;
    for (unsigned n = 0; n < PACKAGE_COMMANDS_MAX;) {
        bool more = str_split(&rest, '\n', &line);
        struct str section = more ? section_of(line) : STR_NULL;
        if (more && !in(section, RUN) && !in(section, SECTIONS))
            continue;
        size_t at = more ? (size_t)(line.p - c->data.p) : c->data.n;
        if (kind.n && at > from) {
            char name[16] = "";
            memcpy(name, kind.p, kind.n < sizeof(name) - 1 ? kind.n : sizeof(name) - 1);
            look_shell(c, "rpm", arena_str(&facts->arena, str_from(name)).p, str_sub(c->data, from, at), facts);
            n++;
        }
        if (!more)
            break;
        kind = in(section, RUN) ? section : STR_NULL;
        from = at + line.n + 1 < c->data.n ? at + line.n + 1 : c->data.n;
    }
    return true;
}

/* build = { type = "command", build_command = "…" } */
static void look_rockspec(const struct content *c, struct facts *facts)
{
    static const char *const KEYS[] = {"build_command", "install_command"};
    package_state(facts, "luarocks", STR_NULL, STR_NULL);
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++) {
        ptrdiff_t found = str_find(c->data, str_from(KEYS[i]), 0);
        size_t at = found < 0 ? c->data.n : (size_t)found + strlen(KEYS[i]);
        while (at < c->data.n && (isspace((unsigned char)c->data.p[at]) || c->data.p[at] == '='))
            at++;
        char quote = at < c->data.n ? c->data.p[at] : 0;
        const char *end = quote == '"' || quote == '\'' ? memchr(c->data.p + at + 1, quote, c->data.n - at - 1) : NULL;
        if (end)
            package_command(c, KEYS[i], str_n(c->data.p + at + 1, (size_t)(end - c->data.p) - at - 1), at, facts);
    }
}

/* NAME.postinst in a folder that a package of Debian is made of. */
static bool look_debian(const struct content *c, struct str name, struct facts *facts)
{
    static const char *const KINDS[] = {"preinst", "postinst", "prerm", "postrm", "config", NULL};
    const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
    struct str kind = dot ? str_sub(name, (size_t)(dot - name.p) + 1, name.n) : name;
    if ((!str_has(c->place, STR("/DEBIAN/")) && !str_has(c->place, STR("/debian/"))) || !in(kind, KINDS) || !str_starts(c->data, STR("#!")))
        return false;
    look_shell(c, "dpkg", arena_str(&facts->arena, kind).p, c->data, facts);
    return true;
}

bool package_look_source(const struct content *c, struct str name, struct facts *facts)
{
    if (str_is(name, "composer.json"))
        look_composer(c, facts);
    else if (str_is(name, "build.rs"))
        look_program(c, "cargo", "build.rs", "rust", facts);
    else if (str_ends(name, STR(".gemspec")))
        look_program(c, "gem", "gemspec", "ruby", facts);
    else if (str_is(name, "Makefile.PL") || str_is(name, "Build.PL"))
        look_program(c, "cpan", str_is(name, "Build.PL") ? "Build.PL" : "Makefile.PL", "perl", facts);
    else if (str_is(name, "PKGBUILD"))
        look_shell(c, "pacman", "build", c->data, facts);
    else if (str_is(name, "APKBUILD"))
        look_shell(c, "apk", "build", c->data, facts);
    else if (str_ends(name, STR(".install")) && str_has(c->data, STR("_install()")))
        look_shell(c, "pacman", "install", c->data, facts);
    else if (str_ends(name, STR(".post-install")) || str_ends(name, STR(".pre-install")) || str_ends(name, STR(".post-upgrade")))
        look_shell(c, "apk", str_ends(name, STR(".pre-install")) ? "pre-install" : "post-install", c->data, facts);
    else if (str_ends(name, STR(".rockspec")))
        look_rockspec(c, facts);
    else
        return (str_ends(name, STR(".spec")) && look_spec(c, facts)) || look_debian(c, name, facts);
    return true;
}
