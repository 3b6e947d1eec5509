// SPDX-License-Identifier: Apache-2.0
/* The package analyzer: tells by its name which family a file belongs to, and states what is common to them. */
#include "inspect/package.h"

#include "inspect/script.h"

enum { WORD_MAX = 256 }; /* of a name or version: registries allow 214 bytes */

static void state(struct facts *f, enum field_id id, struct str s)
{
    if (s.n && s.n <= WORD_MAX)
        facts_str(f, id, s);
}

void package_state(struct facts *f, const char *manager, struct str name, struct str version)
{
    facts_str(f, F_PACKAGE_MANAGER, str_from(manager));
    state(f, F_PACKAGE_NAME, name);
    state(f, F_PACKAGE_VERSION, version);
}

/* Names of files of the package that the command hands to an interpreter. */
static void see_files(struct str command, struct facts *facts)
{
    static const char *const ENDS[] = {".js", ".cjs", ".mjs", ".ts", ".sh", ".py", ".rb", ".pl"};
    struct str word;
    for (int n = 0; n < PACKAGE_COMMANDS_MAX && str_split(&command, ' ', &word); n++)
        for (size_t i = 0; i < ARRAY_SIZE(ENDS); i++)
            if (word.n <= WORD_MAX && word.n && word.p[0] != '-' && str_ends(word, str_from(ENDS[i])) &&
                !str_has(word, STR("://")))
                (void)facts_add(facts, F_PACKAGE_SCRIPT_FILES, word);
}

void package_command(const struct content *c, const char *kind, struct str command, size_t at, struct facts *facts)
{
    struct str shown = str_sub(command, 0, PACKAGE_COMMAND_MAX);
    (void)facts_add(facts, F_PACKAGE_SCRIPT_KINDS, str_from(kind));
    inspection_see(facts, F_PACKAGE_SCRIPTS, shown, c, at, at + 1 < c->data.n ? at + 1 : c->data.n);
    see_files(shown, facts);
    package_code(c, command, at, facts);
    package_look_command(c, command, at, facts);
}

void package_look_command(const struct content *c, struct str command, size_t at, struct facts *facts)
{
    script_look_command(command, c, at, facts);
    if (str_has(command, STR("node -e ")) || str_has(command, STR("node --eval")))
        script_look_calls(command, STR("node"), c, facts);
    if (str_has(command, STR("python")) && str_has(command, STR(" -c ")))
        script_look_calls(command, STR("python"), c, facts);
}

static bool wants(const struct content *c)
{
    return c->first && !c->depth && c->data.n && (c->is_text || c->kind == KIND_CLASS || c->kind == KIND_SCRIPT);
}

static int look(void *state_, struct inspection *in, const struct content *c, struct facts *facts)
{
    static bool (*const FAMILIES[])(const struct content *, struct str, struct facts *) = {
        package_look_npm, package_look_python, package_look_system, package_look_java, package_look_index, package_look_source,
    };
    struct content cut = *c;
    (void)state_, (void)in;
    cut.data = str_sub(c->data, 0, PACKAGE_TEXT_MAX);
    for (size_t i = 0; i < ARRAY_SIZE(FAMILIES); i++)
        if (FAMILIES[i](&cut, str_basename(c->place), facts))
            break;
    return 0;
}

const struct analyzer analyzer_package = {.name = "package", .wants = wants, .look = look};
