// SPDX-License-Identifier: Apache-2.0
/* Where packages are fetched from: settings of pip, npm, yarn, gem, cargo, Maven and the wrappers of Maven and Gradle; of apt and yum where no
 * signature is asked for. */
#include "inspect/package.h"

enum { URL_MAX = 2048 };

static const struct setting {
    const char *manager;
    const char *names; /* of files, separated by blanks */
    const char *keys;  /* what a line begins with in front of "=" or a blank, or ends with (@scope:registry) */
} SETTINGS[] = {
    {"pip", "pip.conf pip.ini requirements.txt", "index-url extra-index-url find-links --index-url --extra-index-url -i --find-links"},
    {"npm", ".npmrc npmrc", "registry"},
    {"maven", "maven-wrapper.properties", "distributionUrl wrapperUrl"},
    {"gradle", "gradle-wrapper.properties", "distributionUrl"},
    {"npm", ".yarnrc .yarnrc.yml", "registry npmRegistryServer:"},
    {"gem", ".gemrc gemrc", "-"}, /* the list of :sources: */
};

static bool is_listed(struct str word, const char *list)
{
    struct str rest = str_from(list), one;
    while (str_split(&rest, ' ', &one))
        if (str_eq(word, one) || (word.n > one.n && str_ends(word, one) && word.p[word.n - one.n - 1] == ':'))
            return true;
    return false;
}

/* Without a name and a password in front of the host: the secret analyzer is there for them. */
static void add_url(const struct content *c, struct str url, struct facts *facts)
{
    ptrdiff_t scheme = str_find(url, STR("://"), 0);
    if (scheme < 2 || url.n > URL_MAX)
        return;
    size_t host = (size_t)scheme + 3, end = host;
    scheme -= url.p[scheme - 1] == '\\'; /* properties escape the colon */
    while (end < url.n && url.p[end] != '/')
        end++;
    struct str authority = str_sub(url, host, end);
    const char *at = authority.n ? memrchr(authority.p, '@', authority.n) : NULL;
    if (at)
        authority = str_sub(authority, (size_t)(at - authority.p) + 1, authority.n);
    struct str clean = arena_printf(&facts->arena, "%.*s://%.*s%.*s", STR_ARG(str_sub(url, 0, (size_t)scheme)),
                                    STR_ARG(authority), STR_ARG(str_sub(url, end, url.n)));
    size_t from = (size_t)(authority.p - c->data.p);
    inspection_see(facts, F_PACKAGE_INDEXES, clean, c, from, from + authority.n);
}

static void look_lines(const struct content *c, const struct setting *s, struct facts *facts)
{
    struct str rest = c->data, line;
    while (str_split(&rest, '\n', &line)) {
        struct str t = str_trim(line);
        size_t key = 0;
        while (key < t.n && t.p[key] != '=' && t.p[key] != ' ' && t.p[key] != '\t')
            key++;
        if (!is_listed(str_sub(t, 0, key), s->keys))
            continue;
        while (key < t.n && strchr("= \t\"'", t.p[key]))
            key++;
        size_t end = key;
        while (end < t.n && !strchr(" \t\"'#", t.p[end]))
            end++;
        if (end > key)
            add_url(c, str_sub(t, key, end), facts);
    }
}

/* <mirror><url>…</url></mirror> of Maven's settings. */
static void look_mirrors(const struct content *c, struct facts *facts)
{
    enum { MIRRORS_MAX = 64 };
    unsigned n = 0;
    for (ptrdiff_t at = str_find(c->data, STR("<mirror>"), 0); at >= 0 && n < MIRRORS_MAX; n++) {
        ptrdiff_t url = str_find(c->data, STR("<url>"), (size_t)at);
        const char *from = url < 0 ? NULL : c->data.p + url + strlen("<url>");
        const char *end = from ? memchr(from, '<', c->data.n - (size_t)(from - c->data.p)) : NULL;
        if (!end)
            return;
        add_url(c, str_trim(str_n(from, (size_t)(end - from))), facts);
        at = str_find(c->data, STR("<mirror>"), (size_t)(end - c->data.p));
    }
}

/* Sources of apt whose signatures are not asked for: others may come over any connection. */
static void look_unsigned(const struct content *c, struct facts *facts)
{
    struct str rest = c->data, line;
    while (str_split(&rest, '\n', &line)) {
        struct str t = str_trim(line);
        ptrdiff_t at = str_starts(t, STR("deb")) && (str_has(t, STR("trusted=yes")) || str_has(t, STR("allow-insecure=yes"))) ? str_find(t, STR("http"), 0) : -1;
        size_t end = at < 0 ? 0 : (size_t)at;
        while (at >= 0 && end < t.n && t.p[end] != ' ')
            end++;
        if (at >= 0)
            add_url(c, str_sub(t, (size_t)at, end), facts);
    }
}

/* Settings whose places or values tell them from others of that name. */
static const char *look_other(const struct content *c, struct str name, struct facts *facts)
{
    static const struct setting CARGO = {"cargo", NULL, "registry index"}, YUM = {"yum", NULL, "baseurl"};
    if (str_is(name, "settings.xml") && str_has(c->data, STR("<mirrors>"))) {
        look_mirrors(c, facts);
        return "maven";
    }
    if (str_has(c->place, STR("/.cargo/config"))) {
        look_lines(c, &CARGO, facts);
        return "cargo";
    }
    if (str_ends(name, STR(".repo")) && str_has(c->data, STR("gpgcheck=0"))) {
        look_lines(c, &YUM, facts);
        return "yum";
    }
    if (str_ends(name, STR(".list")) && str_has(c->place, STR("/apt/sources.list"))) {
        look_unsigned(c, facts);
        return "apt";
    }
    return NULL;
}

bool package_look_index(const struct content *c, struct str name, struct facts *facts)
{
    for (size_t i = 0; i < ARRAY_SIZE(SETTINGS); i++)
        if (is_listed(name, SETTINGS[i].names)) {
            look_lines(c, &SETTINGS[i], facts);
            if (facts_has(facts, F_PACKAGE_INDEXES))
                package_state(facts, SETTINGS[i].manager, STR_NULL, STR_NULL);
            return true;
        }
    const char *manager = look_other(c, name, facts);
    if (manager && facts_has(facts, F_PACKAGE_INDEXES))
        package_state(facts, manager, STR_NULL, STR_NULL);
    return manager;
}
