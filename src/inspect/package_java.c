// SPDX-License-Identifier: Apache-2.0
/* Java: what a manifest starts, and classes that start commands of the shell. */
#include <ctype.h>

#include "inspect/package.h"
#include "inspect/script.h"

enum {
    CONSTANT_UTF8 = 1,
    CONSTANTS_LOOKED = 64, /* commands of one class */
    COMMAND_MIN = 8,
};

/* Attributes that make a virtual machine run a class of the archive, and our word for each. */
static const struct {
    struct str attribute;
    const char *kind;
} STARTS[] = {
    {STR("Main-Class:"), "main"},
    {STR("Premain-Class:"), "premain"},
    {STR("Agent-Class:"), "agent"},
    {STR("Launcher-Agent-Class:"), "launcher-agent"},
};

static void look_manifest(const struct content *c, struct facts *facts)
{
    struct str rest = c->data, line;
    struct str title = STR_NULL, version = STR_NULL;
    while (str_split(&rest, '\n', &line)) {
        struct str whole = str_trim(line);
        for (size_t i = 0; i < ARRAY_SIZE(STARTS); i++) {
            struct str a = STARTS[i].attribute;
            if (!str_starts(whole, a))
                continue;
            struct str value = str_trim(str_sub(whole, a.n, whole.n));
            size_t at = (size_t)(value.p - c->data.p);
            (void)facts_add(facts, F_PACKAGE_SCRIPT_KINDS, str_from(STARTS[i].kind));
            inspection_see(facts, F_PACKAGE_SCRIPTS, str_sub(value, 0, PACKAGE_COMMAND_MAX), c, at, at + value.n);
        }
        if (str_starts(whole, STR("Implementation-Title:")))
            title = str_trim(str_sub(whole, strlen("Implementation-Title:"), whole.n));
        if (str_starts(whole, STR("Implementation-Version:")))
            version = str_trim(str_sub(whole, strlen("Implementation-Version:"), whole.n));
    }
    package_state(facts, "jar", title, version);
}

bool package_is_command(struct str s)
{
    static const char *const PARTS[] = {"curl ", "wget ", "|sh", "| sh", "|bash", "| bash", "bash -c", "sh -c", "/dev/tcp/", "base64 -d"};
    if (s.n < COMMAND_MIN)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(PARTS); i++)
        if (str_has(s, str_from(PARTS[i])))
            return true;
    return false;
}

/* The text constants of the class, which stand one behind the other behind its head. */
static void look_class(const struct content *c, struct facts *facts)
{
    /* bytes behind the tag; 0: no such constant */
    static const uint8_t SIZES[] = {[3] = 4, [4] = 4, [5] = 8, [6] = 8, [7] = 2, [8] = 2, [9] = 4, [10] = 4,
                                    [11] = 4, [12] = 4, [15] = 3, [16] = 2, [17] = 4, [18] = 4, [19] = 2, [20] = 2};
    struct str d = c->data;
    const uint8_t *p = (const uint8_t *)d.p;
    unsigned looked = 0;
    for (size_t at = 10; at + 3 <= d.n && looked < CONSTANTS_LOOKED;) {
        uint8_t tag = p[at++];
        if (tag == CONSTANT_UTF8) {
            size_t n = (size_t)p[at] << 8 | p[at + 1];
            struct str s = str_sub(d, at + 2, at + 2 + n);
            if (package_is_command(s)) {
                looked++;
                inspection_see(facts, F_PACKAGE_SCRIPTS, str_sub(s, 0, PACKAGE_COMMAND_MAX), c, at + 2, at + 2 + s.n);
                script_look_command(s, c, at + 2, facts);
            }
            at += 2 + n;
        } else if (tag < ARRAY_SIZE(SIZES) && SIZES[tag]) {
            at += SIZES[tag];
        } else {
            return;
        }
    }
}

static bool starts_programs(struct str class)
{
    return str_has(class, STR("java/lang/Runtime")) || str_has(class, STR("java/lang/ProcessBuilder"));
}

bool package_look_java(const struct content *c, struct str name, struct facts *facts)
{
    if (c->kind == KIND_CLASS) {
        if (starts_programs(c->data)) {
            (void)facts_add(facts, F_PACKAGE_CODE, STR("process"));
            look_class(c, facts);
        }
        return true;
    }
    if (!str_is(name, "MANIFEST.MF"))
        return false;
    look_manifest(c, facts);
    return true;
}
