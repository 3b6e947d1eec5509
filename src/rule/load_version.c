// SPDX-License-Identifier: Apache-2.0
/* What a rule file asks of the engine. */
#include <errno.h>

#include "base/intl.h"
#include "rule/load.h"

/* The version of Falco's engine whose language this is (docs/writing-rules.md): same major, and not older than what
 * is asked. */
enum { ENGINE_MAJOR = 0, ENGINE_MINOR = 63, ENGINE_PATCH = 0 };

struct version {
    uint64_t major, minor, patch;
};

/* "1.2.3", with "-pre" or "+build" after it. */
static bool read_version(struct str s, struct version *ret)
{
    uint64_t *parts[] = {&ret->major, &ret->minor, &ret->patch};
    struct str piece;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '-' || s.p[i] == '+')
            s.n = i;
    for (int i = 0; i < 3; i++)
        if (!str_split(&s, '.', &piece) || !str_to_u64(piece, parts[i]))
            return false;
    return !s.n;
}

static bool is_newer(struct version a, struct version b)
{
    if (a.minor != b.minor)
        return a.minor > b.minor;
    return a.patch > b.patch;
}

int load_engine_version(struct loader *l)
{
    const struct version ours = {ENGINE_MAJOR, ENGINE_MINOR, ENGINE_PATCH};
    static const char *const known[] = {"required_engine_version", NULL};
    struct version asked = {};
    l->label = STR("required_engine_version");
    const struct yaml_node *v = load_scalar(l, l->item, "required_engine_version");
    if (!v)
        return -EINVAL;
    load_check_keys(l, l->item, known, "this item");
    if (!str_to_u64(v->text, &asked.minor) && !read_version(v->text, &asked))
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0,
                        N_("write a number N for 0.N.0, or three numbers such as 0.57.0"),
                        "\"%.*s\" is no version", STR_ARG(v->text));
    if (asked.major != ours.major || is_newer(asked, ours))
        return load_say(l, DIAG_ERR_VALIDATE, v, 0, N_("update this program, or ask for less"),
                        "the rules need engine %llu.%llu.%llu, this one is %d.%d.%d",
                        (unsigned long long)asked.major, (unsigned long long)asked.minor,
                        (unsigned long long)asked.patch, ENGINE_MAJOR, ENGINE_MINOR, ENGINE_PATCH);
    return 0;
}

/* A plugin or an alternative: {name, version}. NULL after a report. */
static const struct yaml_node *load_requirement(struct loader *l, const struct yaml_node *node,
                                                const char *what)
{
    struct version version;
    if (node->kind != YAML_MAP) {
        (void)load_say(l, DIAG_ERR_YAML_VALIDATE, node, 0, N_("write {name: …, version: …}"), "%s is no map",
                       _(what));
        return NULL;
    }
    const struct yaml_node *name = load_scalar(l, node, "name");
    const struct yaml_node *v = name ? load_scalar(l, node, "version") : NULL;
    if (!v)
        return NULL;
    if (!read_version(v->text, &version)) {
        (void)load_say(l, DIAG_ERR_VALIDATE, v, 0, N_("write three numbers such as 0.4.0"),
                       "\"%.*s\" is no version", STR_ARG(v->text));
        return NULL;
    }
    return name;
}

/* What these plugins of Falco give, the program gives itself. */
static bool is_present(struct str plugin)
{
    static const char *const OURS[] = {"container", "json", "cloudtrail", "k8saudit", "k8saudit-eks", "k8saudit-gke", "k8saudit-aks",
                                       "k8saudit-ovh", "gcpaudit", "okta"};
    for (size_t i = 0; i < ARRAY_SIZE(OURS); i++)
        if (str_is(plugin, OURS[i]))
            return true;
    return false;
}

static int load_plugin(struct loader *l, const struct yaml_node *node)
{
    static const char *const known[] = {"name", "version", "alternatives", NULL};
    static const char *const known_alternative[] = {"name", "version", NULL};
    const struct yaml_node *name = load_requirement(l, node, "a required plugin");
    const struct yaml_node *others = yaml_get(node, "alternatives");
    if (!name)
        return -EINVAL;
    load_check_keys(l, node, known, "a required plugin");
    bool present = is_present(name->text);
    if (others && others->kind != YAML_SEQUENCE)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, others, 0, N_("write - {name: …, version: …}"),
                        "the value of \"alternatives\" is no sequence");
    struct map seen = {};
    int result = 0;
    map_put(&seen, name->text, NULL);
    for (size_t i = 0; others && !result && i < others->n; i++) {
        bool is_new = false;
        const struct yaml_node *other = load_requirement(l, others->v[i], "an alternative");
        if (!other) {
            result = -EINVAL;
            break;
        }
        load_check_keys(l, others->v[i], known_alternative, "an alternative");
        map_put(&seen, other->text, &is_new);
        present |= is_present(other->text);
        if (!is_new)
            result =
                load_say(l, DIAG_ERR_VALIDATE, other, 0, N_("keep one of them"),
                         "the plugin \"%.*s\" is named twice among its alternatives", STR_ARG(other->text));
    }
    map_done(&seen);
    if (!result && !present)
        (void)load_say(l, DIAG_UNKNOWN_SOURCE, name, 0, N_("rules for its events are skipped"),
                       "the plugin \"%.*s\" is not here", STR_ARG(name->text));
    return result;
}

int load_plugin_versions(struct loader *l)
{
    static const char *const known[] = {"required_plugin_versions", NULL};
    const struct yaml_node *v = yaml_get(l->item, "required_plugin_versions");
    int result = 0;
    l->label = STR("required_plugin_versions");
    load_check_keys(l, l->item, known, "this item");
    if (v->kind != YAML_SEQUENCE)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("write - {name: …, version: …}"),
                        "the value of \"required_plugin_versions\" is no sequence");
    for (size_t i = 0; i < v->n; i++)
        if (load_plugin(l, v->v[i]))
            result = -EINVAL;
    return result;
}
