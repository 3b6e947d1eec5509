// SPDX-License-Identifier: Apache-2.0
/* npm: package.json's scripts that run at installation, and commands that binding.gyp runs while it is read. */
#include <jansson.h>

#include "inspect/package.h"

/* npm runs the first three for every package, the others for one that is installed from its sources. */
static const char *const HOOKS[] = {"preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare", "prepublish"};

static struct str text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
}

static size_t place_of(const struct content *c, const char *key)
{
    char quoted[32];
    (void)snprintf(quoted, sizeof(quoted), "\"%s\"", key);
    ptrdiff_t at = str_find(c->data, str_from(quoted), 0);
    return at < 0 ? 0 : (size_t)at;
}

static void look_description(const struct content *c, struct facts *facts)
{
    json_t *root = json_loadb(c->data.p, c->data.n, 0, NULL);
    if (!json_is_object(root) || (!json_object_get(root, "name") && !json_object_get(root, "scripts"))) {
        json_decref(root);
        return;
    }
    package_state(facts, "npm", text_of(root, "name"), text_of(root, "version"));
    const json_t *scripts = json_object_get(root, "scripts");
    for (size_t i = 0; i < ARRAY_SIZE(HOOKS); i++) {
        struct str command = text_of(scripts, HOOKS[i]);
        if (command.n)
            package_command(c, HOOKS[i], command, place_of(c, HOOKS[i]), facts);
    }
    json_decref(root);
}

/* "<!(command)" and "<!@(command)": run when the file is read, before anything is built. */
static void look_gyp(const struct content *c, struct facts *facts)
{
    struct str t = c->data;
    package_state(facts, "npm", STR_NULL, STR_NULL);
    size_t at = 0;
    for (int n = 0; n < PACKAGE_COMMANDS_MAX; n++) {
        ptrdiff_t found = str_find(t, STR("<!"), at);
        if (found < 0)
            return;
        at = (size_t)found + 2;
        if (at < t.n && t.p[at] == '@')
            at++;
        if (at >= t.n || t.p[at] != '(')
            continue;
        size_t from = at + 1, open = 1;
        for (at = from; at < t.n && open && t.p[at] != '\n'; at++)
            open += (t.p[at] == '(') - (t.p[at] == ')');
        if (!open && at - 1 > from)
            package_command(c, "gyp", str_sub(t, from, at - 1), from, facts);
    }
}

bool package_look_npm(const struct content *c, struct str name, struct facts *facts)
{
    if (str_is(name, "package.json"))
        look_description(c, facts);
    else if (str_is(name, "binding.gyp"))
        look_gyp(c, facts);
    else
        return false;
    return true;
}
