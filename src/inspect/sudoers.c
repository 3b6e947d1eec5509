// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "inspect/sudoers.h"

enum { ALIAS_DEPTH_MAX = 8, ALIASES_MAX = 16384 };

struct spec {
    struct str users;    /* the list as written */
    struct str commands; /* all after the first '=' */
    size_t offset, size;
    unsigned text;
};

struct sudoers {
    struct arena arena;
    struct map users, commands; /* alias to a str: its members */
    VEC(struct spec) specs;
    VEC(struct str) unasked; /* user lists of `Defaults:users !authenticate`, "ALL" for all */
    VEC(struct sudo_grant) grants;
    unsigned texts, steps;
};

struct sudoers *sudoers_new(void)
{
    return xnew(struct sudoers);
}

struct sudoers *sudoers_free(struct sudoers *s)
{
    if (!s)
        return NULL;
    map_done(&s->users);
    map_done(&s->commands);
    vec_done(&s->specs);
    vec_done(&s->unasked);
    vec_done(&s->grants);
    arena_done(&s->arena);
    free(s);
    return NULL;
}

/* doas(1) has a file of its own; Alpine's also a folder. */
static bool is_of_doas(struct str path)
{
    return str_is(str_basename(path), "doas.conf") || str_ends(str_dirname(path), STR("doas.d"));
}

bool sudoers_reads(struct str path)
{
    const struct str name = str_basename(path);
    return is_of_doas(path) || !str_ends(str_dirname(path), STR("sudoers.d")) ||
           (!memchr(name.n ? name.p : "", '.', name.n) && !str_ends(name, STR("~")));
}

static struct str word(struct str *s)
{
    size_t n = 0;
    *s = str_trim(*s);
    while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
        n++;
    const struct str w = str_sub(*s, 0, n);
    *s = str_trim(str_sub(*s, n, s->n));
    return w;
}

/* Takes a list off *s: it ends at a blank that no comma stands beside. */
static struct str take_list(struct str *s)
{
    *s = str_trim(*s);
    size_t n = 0;
    bool comma = false, quoted = false;
    for (; n < s->n; n++) {
        const char c = s->p[n];
        if (c == '"')
            quoted = !quoted;
        if (quoted || (c != ' ' && c != '\t')) {
            comma = c == ',';
            continue;
        }
        size_t next = n;
        while (next < s->n && (s->p[next] == ' ' || s->p[next] == '\t'))
            next++;
        if (!comma && (next >= s->n || s->p[next] != ','))
            break;
        n = next - 1;
    }
    const struct str list = str_sub(*s, 0, n);
    *s = str_trim(str_sub(*s, n, s->n));
    return list;
}

/* One element of a list, quotes taken off. */
static bool take_member(struct str *list, struct str *ret)
{
    struct str m;
    if (!str_split(list, ',', &m))
        return false;
    m = str_trim(m);
    if (m.n >= 2 && m.p[0] == '"' && m.p[m.n - 1] == '"')
        m = str_sub(m, 1, m.n - 1);
    *ret = m;
    return true;
}

/* "NAME = a, b : OTHER = c" */
static void add_aliases(struct sudoers *s, struct map *aliases, struct str rest)
{
    struct str one, name;
    while (str_split(&rest, ':', &one)) {
        if (aliases->n >= ALIASES_MAX || !one.n || !memchr(one.p, '=', one.n) || !str_split(&one, '=', &name))
            continue;
        struct str *members = map_put(aliases, arena_str(&s->arena, str_trim(name)), NULL)->ptr =
            arena_new(&s->arena, struct str);
        *members = arena_str(&s->arena, str_trim(one));
    }
}

/* "Defaults", "Defaults:users" and its settings; what it says of hosts, commands and runas users does not
 * matter here. */
static void add_defaults(struct sudoers *s, struct str line)
{
    struct str head = word(&line), setting, who = STR("ALL");
    if (head.n > strlen("Defaults")) {
        if (head.p[strlen("Defaults")] != ':')
            return;
        who = str_sub(head, strlen("Defaults:"), head.n);
    }
    while (str_split(&line, ',', &setting))
        if (s->unasked.n < SUDOERS_GRANTS_MAX && str_is(str_trim(setting), "!authenticate"))
            vec_add(&s->unasked, arena_str(&s->arena, who));
}

static void add_line(struct sudoers *s, struct str line, size_t offset, size_t size)
{
    struct str rest = line;
    const struct str first = word(&rest);
    if (!first.n || first.p[0] == '@')
        return;
    if (str_starts(first, STR("Defaults")) && (first.n == 8 || memchr(":@!>", first.p[8], 4))) {
        add_defaults(s, line);
    } else if (str_is(first, "User_Alias")) {
        add_aliases(s, &s->users, rest);
    } else if (str_is(first, "Cmnd_Alias") || str_is(first, "Cmd_Alias")) {
        add_aliases(s, &s->commands, rest);
    } else if (!str_is(first, "Host_Alias") && !str_is(first, "Runas_Alias")) {
        rest = line;
        const struct str users = take_list(&rest);
        struct str hosts;
        if (!rest.n || !memchr(rest.p, '=', rest.n) || !str_split(&rest, '=', &hosts) ||
            s->specs.n >= SUDOERS_GRANTS_MAX)
            return;
        vec_add(&s->specs, (struct spec){arena_str(&s->arena, users), arena_str(&s->arena, rest), offset,
                                         size, s->texts});
    }
}

/* Passes the options of a rule of doas.conf(5) by, and gives the word behind them. */
static struct str doas_options(struct str *rest, bool *ret_unasked)
{
    static const char *const OPTIONS[] = {"nopass", "persist", "keepenv", "nolog", NULL};
    struct str w;
    for (w = word(rest); str_is_any(w, OPTIONS) || str_is(w, "setenv"); w = word(rest)) {
        *ret_unasked |= str_is(w, "nopass");
        if (!str_is(w, "setenv"))
            continue;
        const char *close = rest->n ? memchr(rest->p, '}', rest->n) : NULL; /* of { names } */
        *rest = close ? str_sub(*rest, (size_t)(close - rest->p) + 1, rest->n) : STR_NULL;
    }
    return w;
}

/* What such a rule permits, as the line of sudoers that permits the same: permit [options] who [as root] */
static void add_doas(struct sudoers *s, struct str line, size_t offset, size_t size)
{
    struct str rest = line;
    bool unasked = false;
    if (!str_is(word(&rest), "permit"))
        return;
    const struct str who = doas_options(&rest, &unasked);
    const bool is_group = who.n > 1 && who.p[0] == ':';
    if (str_starts(rest, STR("as ")))
        rest = str_trim(str_sub(rest, 3, rest.n));
    if (!who.n || (rest.n && !str_is(rest, "root"))) /* one command, or another user */
        return;
    add_line(s, arena_printf(&s->arena, "%s%.*s ALL=(root) %sALL", is_group ? "%" : "", STR_ARG(is_group ? str_sub(who, 1, who.n) : who), unasked ? "NOPASSWD: " : ""),
             offset, size);
}

/* Where a comment begins: '#', except before a number (a user id) and in "#include". */
static size_t comment_at(struct str line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] != '#' || (i && line.p[i - 1] == '\\'))
            continue;
        const bool begins = !i || memchr(" \t,%(:!", line.p[i - 1], 7);
        if (!(begins && i + 1 < line.n && line.p[i + 1] >= '0' && line.p[i + 1] <= '9'))
            return i;
    }
    return line.n;
}

void sudoers_add(struct sudoers *s, struct str path, struct str text)
{
    void (*const add)(struct sudoers *, struct str, size_t, size_t) = is_of_doas(path) ? add_doas : add_line;
    struct strbuf joined = {};
    size_t start = 0, at = 0;
    while (at < text.n) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        const size_t to = end ? (size_t)(end - text.p) : text.n;
        struct str line = str_sub(text, at, to);
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        const bool continues = line.n && line.p[line.n - 1] == '\\';
        if (continues)
            line.n--;
        if (!joined.n)
            start = at;
        strbuf_add(&joined, str_sub(line, 0, comment_at(line)));
        strbuf_addc(&joined, ' ');
        at = to + 1;
        if (continues)
            continue;
        add(s, str_trim(strbuf_str(&joined)), start, (to < text.n ? to : text.n) - start);
        strbuf_clear(&joined);
    }
    if (joined.n)
        add(s, str_trim(strbuf_str(&joined)), start, text.n - start);
    strbuf_done(&joined);
    s->texts++;
}

static bool is_all_command(struct sudoers *s, struct str command, unsigned depth)
{
    struct str member;
    if (str_is(command, "ALL"))
        return true;
    const struct map_entry *e = map_get(&s->commands, command);
    if (!e || depth >= ALIAS_DEPTH_MAX)
        return false;
    struct str members = *(const struct str *)e->ptr;
    while (s->steps++ < SUDOERS_STEPS_MAX && take_member(&members, &member))
        if (is_all_command(s, member, depth + 1))
            return true;
    return false;
}

/* Whether "(users:groups)" lets one be root. */
static bool runas_root(struct str inner)
{
    struct str users, one;
    if (!str_split(&inner, ':', &users))
        return false;
    while (take_member(&users, &one))
        if (str_is(one, "ALL") || str_is(one, "root") || str_is(one, "#0"))
            return true;
    return false;
}

static bool is_upper_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || s.p[i] == '_'))
            return false;
    return s.n;
}

struct granted {
    bool all, all_unasked;
};

/*
 * Reads "[(runas)] [TAG:]… command, … [: hosts = …]". Runas and tags hold on for the commands after them.
 */
static struct granted read_commands(struct sudoers *s, struct str rest)
{
    struct granted g = {};
    bool root = true, unasked = false;
    while (rest.n) {
        rest = str_trim(rest);
        if (!rest.n)
            break;
        if (rest.p[0] == ',') {
            rest = str_sub(rest, 1, rest.n);
        } else if (rest.p[0] == '(') {
            const char *end = memchr(rest.p, ')', rest.n);
            if (!end)
                break;
            root = runas_root(str_n(rest.p + 1, (size_t)(end - rest.p - 1)));
            rest = str_sub(rest, (size_t)(end - rest.p) + 1, rest.n);
        } else if (rest.p[0] == ':') {
            struct str hosts;
            if (!memchr(rest.p, '=', rest.n) || !str_split(&rest, '=', &hosts))
                break;
            root = true;
            unasked = false;
        } else {
            size_t n = 0;
            while (n < rest.n && !memchr(" \t,:", rest.p[n], 4))
                n++;
            const struct str w = str_sub(rest, 0, n);
            struct str after = str_trim(str_sub(rest, n, rest.n));
            if (after.n && after.p[0] == ':' && is_upper_word(w) && !str_is(w, "ALL") &&
                !map_has(&s->commands, w)) {
                if (str_is(w, "NOPASSWD"))
                    unasked = true;
                else if (str_is(w, "PASSWD"))
                    unasked = false;
                rest = str_sub(after, 1, after.n);
                continue;
            }
            if (w.n && memchr(w.p, '=', w.n) && w.p[0] >= 'A' && w.p[0] <= 'Z') {
                rest = after; /* an option such as CWD=/ */
                continue;
            }
            if (root && is_all_command(s, w, 0)) {
                g.all = true;
                g.all_unasked |= unasked;
            }
            /* the command's arguments go up to the next comma or host list */
            n = 0;
            while (n < after.n && after.p[n] != ',' && after.p[n] != ':')
                n += after.p[n] == '\\' && n + 1 < after.n ? 2 : 1;
            rest = str_sub(after, n, after.n);
        }
    }
    return g;
}

static void grant(struct sudoers *s, const struct spec *spec, struct str users, struct granted g,
                  unsigned depth)
{
    struct str who;
    while (s->steps++ < SUDOERS_STEPS_MAX && s->grants.n < SUDOERS_GRANTS_MAX && take_member(&users, &who)) {
        const struct map_entry *alias = map_get(&s->users, who);
        if (alias && depth < ALIAS_DEPTH_MAX)
            grant(s, spec, *(const struct str *)alias->ptr, g, depth + 1);
        else if (!alias && who.n && who.p[0] != '!')
            vec_add(&s->grants,
                    (struct sudo_grant){who, g.all_unasked, spec->offset, spec->size, spec->text});
    }
}

/* Whether `Defaults` spares this user the question. */
static bool is_unasked(struct sudoers *s, struct str who)
{
    vec_each(list, &s->unasked)
    {
        struct str rest = *list, one;
        while (s->steps++ < SUDOERS_STEPS_MAX && take_member(&rest, &one)) {
            if (str_is(one, "ALL") || str_eq(one, who))
                return true;
            const struct map_entry *alias = map_get(&s->users, one);
            struct str members = alias ? *(const struct str *)alias->ptr : STR_NULL, member;
            while (s->steps++ < SUDOERS_STEPS_MAX && take_member(&members, &member))
                if (str_eq(member, who))
                    return true;
        }
    }
    return false;
}

size_t sudoers_grants(struct sudoers *s, const struct sudo_grant **ret)
{
    vec_clear(&s->grants);
    s->steps = 0;
    vec_each(spec, &s->specs)
    {
        const struct granted g = read_commands(s, spec->commands);
        if (g.all)
            grant(s, spec, spec->users, g, 0);
    }
    vec_each(g, &s->grants) g->nopasswd |= is_unasked(s, g->who);
    *ret = s->grants.v;
    return s->grants.n;
}
