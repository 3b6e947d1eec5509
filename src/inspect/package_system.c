// SPDX-License-Identifier: Apache-2.0
/* Scripts that the package managers of distributions run: dpkg, rpm, apk, pacman. */
#include "inspect/package.h"
#include "inspect/script.h"

static bool in(struct str word, const char *const *list)
{
    for (; *list; list++)
        if (str_is(word, *list))
            return true;
    return false;
}

static void look_script(const struct content *c, const char *manager, struct str package, struct str kind, struct facts *facts)
{
    package_state(facts, manager, package, STR_NULL);
    (void)facts_add(facts, F_PACKAGE_SCRIPT_KINDS, kind);
    package_code(c, c->data, 0, facts);
    /* rpm's scripts name their interpreter elsewhere, and it is the shell; a first line says so otherwise. */
    if (c->is_text && !facts_has(facts, F_SCRIPT_INTERPRETER))
        script_look_command(c->data, c, 0, facts);
}

/* "NAME.KIND" in dpkg's database, "KIND" in the control archive of a package. */
static bool look_dpkg(const struct content *c, struct str name, struct facts *facts)
{
    static const char *const KINDS[] = {"preinst", "postinst", "prerm", "postrm", NULL};
    struct str via = facts_get_str(facts, F_MEMBER_VIA), package = STR_NULL, kind = name;
    if (str_has(c->place, STR("/var/lib/dpkg/info/"))) {
        const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
        if (!dot)
            return false;
        package = str_sub(name, 0, (size_t)(dot - name.p));
        kind = str_sub(name, package.n + 1, name.n);
    } else if (!str_has(via, STR("deb>tar"))) {
        return false;
    }
    if (!in(kind, KINDS))
        return false;
    look_script(c, "dpkg", package, kind, facts);
    return true;
}

static bool look_rpm(const struct content *c, struct str name, struct facts *facts)
{
    if (!str_is(facts_get_str(facts, F_MEMBER_VIA), "rpm") && !str_ends(facts_get_str(facts, F_MEMBER_VIA), STR(">rpm")))
        return false;
    if (name.n < 3 || name.p[0] != '(' || name.p[name.n - 1] != ')')
        return false;
    look_script(c, "rpm", STR_NULL, str_sub(name, 1, name.n - 1), facts);
    return true;
}

/* ".post-install" in a package, "NAME-VERSION.HASH.post-install" in the database of what is installed. */
static bool look_apk(const struct content *c, struct str name, struct facts *facts)
{
    static const char *const KINDS[] = {"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall",
                                        "post-deinstall", NULL};
    const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
    if (!dot || !facts_has(facts, F_MEMBER_VIA))
        return false;
    size_t at = (size_t)(dot - name.p);
    struct str kind = str_sub(name, at + 1, name.n);
    if (!in(kind, KINDS))
        return false;
    look_script(c, "apk", str_sub(name, 0, at), kind, facts);
    return true;
}

static bool look_pacman(const struct content *c, struct str name, struct facts *facts)
{
    if (!str_is(name, ".INSTALL") || !facts_has(facts, F_MEMBER_VIA))
        return false;
    look_script(c, "pacman", STR_NULL, STR("install"), facts);
    return true;
}

bool package_look_system(const struct content *c, struct str name, struct facts *facts)
{
    return look_dpkg(c, name, facts) || look_rpm(c, name, facts) || look_apk(c, name, facts) ||
           look_pacman(c, name, facts);
}
