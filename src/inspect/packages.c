// SPDX-License-Identifier: Apache-2.0
/*
 * Packages that the target's own databases name: dpkg's status (one file, or one a package as in distroless images), apk's
 * installed, Python's METADATA and PKG-INFO, package.json below node_modules; and os-release, which says whose packages
 * they are. An rpm database is binary and is only named. Go's modules stand in the program itself: elf_go.c.
 */
#include <jansson.h>

#include "inspect/analyzer.h"

enum {
    METADATA_BYTES = 64 << 10, /* the headers of a Python package stand at its start; its description follows */
    JSON_BYTES_MAX = 1 << 20,  /* of a package.json; larger ones are data that happen to have the name */
    WORD_MAX = 256,            /* bytes of a name or version; longer ones name nothing that exists */
};

/* The keys of a stanza of `Key: value` lines. Where `installed` is set, only stanzas whose `status` ends with it count. */
struct format {
    const char *ecosystem, *name, *version, *arch, *status, *installed;
};
static const struct format DPKG = {"deb", "Package: ", "Version: ", "Architecture: ", "Status: ", " installed"};
static const struct format APK = {"apk", "P:", "V:", "A:", NULL, NULL};
static const struct format PYTHON = {"pypi", "Name: ", "Version: ", NULL, NULL, NULL};

static bool is_rpm(struct str path)
{
    static const char *const names[] = {"/rpmdb.sqlite", "/Packages.db", "/Packages"};
    if (!str_starts(path, STR("/var/lib/rpm/")) && !str_starts(path, STR("/usr/lib/sysimage/rpm/")))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_ends(path, str_from(names[i])))
            return true;
    return false;
}

static bool is_os_release(struct str path)
{
    return str_is(path, "/etc/os-release") || str_is(path, "/usr/lib/os-release");
}

static bool is_package_json(struct str path)
{
    return str_ends(path, STR("/package.json")) && str_has(path, STR("/node_modules/"));
}

static const struct format *format_of(struct str path)
{
    if (str_is(path, "/var/lib/dpkg/status") ||
        (str_is(str_dirname(path), "/var/lib/dpkg/status.d") && !str_ends(path, STR(".md5sums"))))
        return &DPKG;
    if (str_is(path, "/lib/apk/db/installed") || str_is(path, "/usr/lib/apk/db/installed"))
        return &APK;
    if (str_ends(path, STR(".dist-info/METADATA")) || str_ends(path, STR(".egg-info/PKG-INFO")) ||
        str_ends(path, STR(".egg-info")))
        return &PYTHON;
    return NULL;
}

static bool wants(const struct content *c)
{
    return !c->depth && c->first && c->path.n &&
           (format_of(c->path) || is_package_json(c->path) || is_os_release(c->path) || is_rpm(c->path));
}

/* A name or version: words of the package's author, of which only those that can be one are kept. */
static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f)
            return false;
    return s.n && s.n <= WORD_MAX;
}

static void see_package(struct facts *f, const char *ecosystem, struct str name, struct str version, struct str arch)
{
    char text[3 * WORD_MAX + 4];
    if (!is_word(name))
        return;
    bool has_version = is_word(version), has_arch = has_version && is_word(arch);
    int n = snprintf(text, sizeof(text), "%.*s%s%.*s%s%.*s", STR_ARG(name), has_version ? " " : "",
                     STR_ARG(has_version ? version : STR_NULL), has_arch ? " " : "", STR_ARG(has_arch ? arch : STR_NULL));
    facts_str(f, F_PACKAGE_ECOSYSTEM, str_from(ecosystem));
    if (facts_get(f, F_PACKAGE_NAMES)->type != VALUE_LIST || facts_get(f, F_PACKAGE_NAMES)->list.n < FACTS_LIST_MAX)
        facts_add(f, F_PACKAGE_NAMES, name);
    facts_add(f, F_PACKAGE_LIST, str_n(text, (size_t)n));
}

static bool take_value(struct str line, const char *key, struct str *ret)
{
    if (!key || !str_starts(line, str_from(key)))
        return false;
    if (!ret->n) /* the first counts */
        *ret = str_trim(str_sub(line, strlen(key), line.n));
    return true;
}

/* Stanzas end at empty lines; of a Python package only the first one counts. */
static void look_stanzas(const struct format *format, struct str text, struct facts *f)
{
    struct str line, name = STR_NULL, version = STR_NULL, arch = STR_NULL, status = STR_NULL;
    bool more = true;
    if (format == &PYTHON)
        text = str_sub(text, 0, METADATA_BYTES);
    while (more) {
        more = str_split(&text, '\n', &line);
        if (more && str_trim(line).n) {
            (void)(take_value(line, format->name, &name) || take_value(line, format->version, &version) ||
                   take_value(line, format->arch, &arch) || take_value(line, format->status, &status));
            continue;
        }
        if (!status.n || str_ends(status, str_from(format->installed)))
            see_package(f, format->ecosystem, name, version, arch);
        if (format == &PYTHON)
            return;
        name = version = arch = status = STR_NULL;
    }
}

static struct str string_at(const json_t *o, const char *key)
{
    const json_t *j = json_object_get(o, key);
    return json_is_string(j) ? str_n(json_string_value(j), json_string_length(j)) : STR_NULL;
}

static void look_package_json(struct str text, struct facts *f)
{
    json_t *j = text.n <= JSON_BYTES_MAX ? json_loadb(text.p, text.n, 0, NULL) : NULL;
    struct str name = string_at(j, "name"), version = string_at(j, "version");
    if (name.n && version.n) /* folders inside a package have files of that name without them */
        see_package(f, "npm", name, version, STR_NULL);
    json_decref(j);
}

static void look_os_release(struct str text, struct facts *f)
{
    struct str line, id = STR_NULL, version = STR_NULL;
    while (str_split(&text, '\n', &line))
        (void)(take_value(line, "ID=", &id) || take_value(line, "VERSION_ID=", &version));
    if (is_word(str_unquoted(id)))
        facts_str(f, F_OS_RELEASE_ID, str_unquoted(id));
    if (is_word(str_unquoted(version)))
        facts_str(f, F_OS_RELEASE_VERSION, str_unquoted(version));
}

static int look(void *, struct inspection *, const struct content *c, struct facts *f)
{
    const struct format *format = format_of(c->path);
    if (format)
        look_stanzas(format, c->data, f);
    else if (is_package_json(c->path))
        look_package_json(c->data, f);
    else if (is_os_release(c->path))
        look_os_release(c->data, f);
    else
        facts_str(f, F_PACKAGE_ECOSYSTEM, STR("rpm"));
    return 0;
}

const struct analyzer analyzer_packages = {.name = "packages", .wants = wants, .look = look};
