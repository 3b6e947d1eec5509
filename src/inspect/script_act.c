// SPDX-License-Identifier: Apache-2.0
/* What commands do to what is there: processes killed, services stopped, files removed, written and locked. */
#include <ctype.h>

#include "base/cleanup.h"
#include "inspect/script_act.h"

enum {
    VALUE_BYTES_MAX = 1024,
    PATTERNS_MAX = 16384,
    LOCKS_PENDING_MAX = 256,
};

bool sh_see(struct sh *s, enum field_id field, struct str value, const struct sh_word *w)
{
    if (!value.n || value.n > VALUE_BYTES_MAX)
        return false;
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f)
            return false;
    size_t before = facts_get(s->facts, field)->type == VALUE_LIST ? facts_get(s->facts, field)->list.n : 0;
    if (s->content)
        inspection_see(s->facts, field, value, s->content, w->at, w->end > w->at ? w->end : w->at);
    else
        facts_add(s->facts, field, value);
    return facts_get(s->facts, field)->list.n > before;
}

/* Lists (loop variables, arrays) stand for each of their words. */
void sh_see_each(struct sh *s, enum field_id field, const struct sh_word *w)
{
    struct str rest = w->text, piece;
    if (!w->is_list) {
        sh_see(s, field, w->text, w);
        return;
    }
    while (str_split(&rest, ' ', &piece))
        sh_see(s, field, piece, w);
}

bool sh_is_option(const struct sh_word *w)
{
    return w->text.n > 1 && w->text.p[0] == '-';
}

void sh_see_written(struct sh *s, const struct sh_word *w)
{
    if (str_is(w->text, "-") || str_is(w->text, "/dev/null") || str_starts(w->text, STR("/dev/std")) ||
        str_starts(w->text, STR("/dev/fd/")) ||
        (w->text.n && isdigit((unsigned char)w->text.p[0]) && w->text.n < 3))
        return;
    sh_see_each(s, F_SCRIPT_WRITES, w);
}

/* Process names: patterns of grep and arguments of pkill, freed from what only makes them regular
 * expressions. */
static void add_pattern(struct sh *s, struct sh_origin *o, struct str pattern)
{
    char clean[128];
    size_t n = 0;
    for (size_t i = 0; i < pattern.n && n < sizeof(clean); i++) {
        char c = pattern.p[i];
        if (c == '^' || c == '$' || c == '\\' || c == '"' || c == '\'')
            continue;
        if (c == '[' && i + 2 < pattern.n &&
            pattern.p[i + 2] == ']') { /* [x]mrig: so that grep does not find itself */
            c = pattern.p[i + 1];
            i += 2;
        }
        clean[n++] = c;
    }
    struct str name = str_trim(str_n(clean, n));
    if (name.n < 2 || s->patterns.n >= PATTERNS_MAX || str_is(name, "grep") || str_is(name, "awk") ||
        memchr(name.p, '(', name.n))
        return;
    if (o->pattern_to != s->patterns.n || o->pattern_from == o->pattern_to)
        o->pattern_from = (uint32_t)s->patterns.n;
    vec_add(&s->patterns, arena_str(&s->keep, name));
    o->pattern_to = (uint32_t)s->patterns.n;
}

static void add_patterns(struct sh *s, struct sh_origin *o, const struct sh_word *w)
{
    struct str rest = w->text, piece, name;
    while (str_split(&rest, w->is_list ? ' ' : '|', &piece)) /* alternatives */
        while (str_split(&piece, '|', &name))
            add_pattern(s, o, name);
}

void sh_see_killed(struct sh *s, const struct sh_origin *o, const struct sh_word *w)
{
    for (uint32_t i = o->pattern_from; i < o->pattern_to && i < s->patterns.n; i++) {
        struct str name = s->patterns.v[i];
        bool added = sh_see(s, F_SCRIPT_KILLS, name, w), is_new = false;
        if (s->killed.n < PATTERNS_MAX)
            map_put(&s->killed, name, &is_new);
        if (added || (is_new && facts_get(s->facts, F_SCRIPT_KILLS)->list.n >= FACTS_LIST_MAX))
            facts_count(s->facts, F_SCRIPT_KILLS_COUNT);
    }
}

/* grep PATTERN, pgrep -f PATTERN, awk '/PATTERN/ …': what the pipeline looks for. */
static void look_search(struct look *l, struct str name, struct sh_args a)
{
    struct sh *s = l->sh;
    if (sh_in(name, "ps top netstat ss lsof pstree")) {
        l->lists = true;
    } else if (sh_in(name, "pgrep pidof")) {
        l->lists = true;
        for (size_t i = 1; i < a.n; i++)
            if (!sh_is_option(&a.v[i]))
                add_patterns(s, &l->from_before, &a.v[i]);
    } else if (sh_in(name, "grep egrep fgrep")) {
        for (size_t i = 1; i < a.n; i++) {
            struct str w = a.v[i].text;
            if (sh_is_option(&a.v[i]) && w.p[1] != '-' && memchr(w.p, 'v', w.n))
                return;
            if (!sh_is_option(&a.v[i])) {
                add_patterns(s, &l->from_before, &a.v[i]);
                return;
            }
        }
    } else if (sh_in(name, "awk gawk mawk")) {
        for (size_t i = 1; i < a.n; i++) {
            struct str w = a.v[i].text;
            l->kills |= str_has(w, STR("kill "));
            if (w.n > 2 && w.p[0] == '/' && l->lists) {
                const char *end = memchr(w.p + 1, '/', w.n - 1);
                struct sh_word part = a.v[i];
                part.text = str_sub(w, 1, end ? (size_t)(end - w.p) : w.n);
                add_patterns(s, &l->from_before, &part);
            }
        }
    }
}

static void look_kill(struct look *l, struct str name, struct sh_args a)
{
    struct sh_origin o = {};
    if (sh_in(name, "pkill killall skill")) {
        for (size_t i = 1; i < a.n; i++) {
            if (sh_is_option(&a.v[i])) {
                i += sh_in(a.v[i].text, "-s --signal -u -t -P -g");
                continue;
            }
            add_patterns(l->sh, &o, &a.v[i]);
            sh_see_killed(l->sh, &o, &a.v[i]);
        }
        return;
    }
    if (!str_is(name, "kill"))
        return;
    l->kills = true;
    for (size_t i = 1; i < a.n; i++)
        sh_see_killed(l->sh, &a.v[i].origin, &a.v[i]);
    if (a.n > 1 && a.v[a.n - 1].is_dynamic)
        sh_see_killed(l->sh, &l->sh->loop, &a.v[a.n - 1]);
}

/* A unit, service or package: "aegis.service" is "aegis". */
static void see_stopped(struct sh *s, const struct sh_word *w)
{
    struct sh_word named = *w;
    if (str_ends(named.text, STR(".service")))
        named.text.n -= 8;
    if (!sh_is_option(w) && named.text.n && named.text.p[0] != '$')
        sh_see_each(s, F_SCRIPT_STOPS, &named);
}

static bool any_word(struct sh_args a, const char *list)
{
    for (size_t i = 1; i < a.n; i++)
        if (sh_in(a.v[i].text, list))
            return true;
    return false;
}

static void see_stopped_but(struct sh *s, struct sh_args a, size_t from, const char *verbs)
{
    for (size_t i = from; i < a.n; i++)
        if (!sh_in(a.v[i].text, verbs))
            see_stopped(s, &a.v[i]);
}

static void look_stop(struct sh *s, struct str name, struct sh_args a)
{
    struct str path = a.v[0].text;
    if (str_is(name, "systemctl")) {
        if (any_word(a, "stop disable mask kill"))
            see_stopped_but(s, a, 1, "stop disable mask kill");
    } else if (sh_in(name, "service rc-service initctl invoke-rc.d")) {
        if (any_word(a, "stop"))
            see_stopped_but(s, a, 1, "stop");
    } else if (sh_in(name, "stop") && a.n == 2) {
        see_stopped(s, &a.v[1]);
    } else if (str_starts(path, STR("/etc/init.d/")) || str_starts(path, STR("/etc/rc.d/init.d/"))) {
        struct sh_word w = a.v[0];
        w.text = name;
        if (any_word(a, "stop"))
            see_stopped(s, &w);
    } else if (str_is(name, "chkconfig")) {
        if (any_word(a, "off --del"))
            see_stopped_but(s, a, 1, "off");
    } else if (str_is(name, "update-rc.d")) {
        if (any_word(a, "remove disable"))
            see_stopped_but(s, a, 1, "remove disable defaults");
    } else if (str_is(name, "rc-update")) {
        if (any_word(a, "del delete"))
            see_stopped_but(s, a, 1, "del delete default");
    } else if (sh_in(name, "apt apt-get aptitude yum dnf zypper apk tdnf microdnf")) {
        if (any_word(a, "remove purge erase del rm"))
            see_stopped_but(s, a, 1, "remove purge erase del rm");
    } else if (str_is(name, "rpm")) {
        if (any_word(a, "-e --erase -ev -evh"))
            see_stopped_but(s, a, 1, "");
    } else if (str_is(name, "dpkg")) {
        if (any_word(a, "-r -P --purge --remove"))
            see_stopped_but(s, a, 1, "");
    } else if (str_is(name, "setenforce") && any_word(a, "0 Permissive permissive")) {
        struct sh_word w = a.v[0];
        w.text = STR("selinux");
        see_stopped(s, &w);
    } else if (path.n && path.p[0] == '/' && str_ends(name, STR(".script")) && any_word(a, "stop remove")) {
        see_stopped(s, &a.v[0]); /* how some clouds' agents are steered */
    } else if (str_is(name, "ln") && a.n > 2 && str_is(a.v[a.n - 2].text, "/dev/null") && str_ends(a.v[a.n - 1].text, STR(".service"))) {
        struct sh_word w = a.v[a.n - 1]; /* as systemctl mask does it */
        w.text = str_basename(w.text);
        see_stopped(s, &w);
    } else if (str_is(name, "ufw") && any_word(a, "disable")) {
        see_stopped(s, &a.v[0]);
    }
    /* The vendor's own way out: run by path, by a shell, or fetched. */
    const struct sh_word *script =
        sh_is_shell(name) && a.n > 1 ? &a.v[a.n > 2 && sh_is_option(&a.v[1]) ? 2 : 1] : &a.v[0];
    if (str_find_nocase(str_basename(script->text), STR("uninst"), 0) >= 0 && !sh_is_option(script))
        sh_see(s, F_SCRIPT_STOPS, script->text, script);
}

static void look_remove(struct sh *s, struct str name, struct sh_args a, bool xargs)
{
    if (sh_in(name, "rm unlink shred rmdir wipe srm")) {
        for (size_t i = 1; i < a.n; i++)
            if (sh_is_option(&a.v[i]) && str_is(name, "shred") && sh_in(a.v[i].text, "-n -s"))
                i++;
            else if (!sh_is_option(&a.v[i]) && !(xargs && str_is(a.v[i].text, "{}")))
                sh_see_each(s, F_SCRIPT_REMOVES, &a.v[i]);
    } else if (str_is(name, "truncate")) {
        for (size_t i = 1; i < a.n; i++)
            if (sh_in(a.v[i].text, "-s --size"))
                i++;
            else if (!sh_is_option(&a.v[i]))
                sh_see_each(s, F_SCRIPT_REMOVES, &a.v[i]);
    } else if (str_is(name, "find") &&
               (any_word(a, "-delete") || (any_word(a, "-exec -execdir") && any_word(a, "rm")))) {
        struct str which = STR_NULL;
        for (size_t i = 1; i + 1 < a.n; i++)
            if (sh_in(a.v[i].text, "-name -iname"))
                which = a.v[i + 1].text;
        for (size_t i = 1; i < a.n && !sh_is_option(&a.v[i]); i++) {
            struct sh_word w = a.v[i];
            if (which.n)
                w.text = arena_printf(&s->keep, "%.*s/%.*s", STR_ARG(w.text), STR_ARG(which));
            sh_see_each(s, F_SCRIPT_REMOVES, &w);
        }
    } else if (str_is(name, "mv") && a.n == 3 && str_is(a.v[2].text, "/dev/null")) {
        sh_see_each(s, F_SCRIPT_REMOVES, &a.v[1]);
    }
}

static void look_write(struct sh *s, struct str name, struct sh_args a)
{
    if (str_is(name, "tee")) {
        for (size_t i = 1; i < a.n; i++)
            if (!sh_is_option(&a.v[i]))
                sh_see_written(s, &a.v[i]);
    } else if (str_is(name, "dd")) {
        bool is_whole = true;
        for (size_t i = 1; i < a.n; i++)
            is_whole &= !str_starts(a.v[i].text, STR("count="));
        for (size_t i = 1; i < a.n; i++) {
            struct sh_word w = a.v[i];
            if (!str_starts(w.text, STR("of=")))
                continue;
            w.text = str_sub(w.text, 3, w.text.n);
            sh_see_written(s, &w);
            if (is_whole && str_starts(w.text, STR("/dev/")) && any_word(a, "if=/dev/zero if=/dev/urandom if=/dev/random")) /* nothing is left of what was there */
                sh_see_each(s, F_SCRIPT_REMOVES, &w);
        }
    } else if (sh_in(name, "cp mv ln install") && a.n >= 3 && !sh_is_option(&a.v[a.n - 1])) {
        sh_see_written(s, &a.v[a.n - 1]);
        /* A tool under another name is that tool still. */
        struct str from = str_basename(a.v[a.n - 2].text), to = str_basename(a.v[a.n - 1].text);
        if (to.n && to.n < 64 && s->renamed.n < SH_VARS_MAX && !str_eq(from, to) &&
            sh_in(from, "chattr curl wget rm kill pkill killall crontab base64 bash sh")) {
            struct map_entry *e = map_put(&s->renamed, arena_str(&s->keep, to), NULL);
            e->ptr = arena_new(&s->keep, struct str);
            *(struct str *)e->ptr = arena_str(&s->keep, from);
        }
    } else if (str_is(name, "sed") && a.n >= 3) {
        for (size_t i = 1; i < a.n; i++)
            if (str_starts(a.v[i].text, STR("-i")) || str_starts(a.v[i].text, STR("--in-place"))) {
                sh_see_written(s, &a.v[a.n - 1]);
                return;
            }
    }
}

/* A module of the kernel by its path. */
static void look_module(struct sh *s, struct str name, struct sh_args a)
{
    if (str_is(name, "insmod") && a.n > 1 && sh_see(s, F_LOADS_PATHS, a.v[1].text, &a.v[1]))
        (void)facts_add(s->facts, F_LOADS_BY, STR("insmod"));
}

static bool looks_like_path(struct str s)
{
    return s.n && (memchr(s.p, '/', s.n) || s.p[0] == '.' || s.p[0] == '~' || s.p[0] == '$');
}

/*
 * chattr is recognised by what it is told, not by its name: intruders rename it. "+i PATH" is nobody else's;
 * "-i PATH" is many tools' own option, so for an unknown tool it counts only once the same name has set flags
 * unmistakably.
 */
static void look_lock(struct sh *s, struct str name, struct sh_args a)
{
    bool is_chattr = str_is(name, "chattr");
    size_t spec = 0;
    for (size_t i = 1; i < a.n && !spec; i++)
        if (sh_is_flag_spec(a.v[i].text) && !a.v[i].is_quoted)
            spec = i;
        else if (!sh_is_option(&a.v[i]))
            return;
    if (!spec || (!is_chattr && sh_has_own_options(name)))
        return;
    bool sure =
        is_chattr || map_has(&s->lockers, name) || (a.v[spec].text.p[0] != '-' && spec + 1 < a.n) ||
        (a.v[spec].text.n > 2 && str_has(STR("-ia -ai -iau -aui -iua -aiu -eia -iae"), a.v[spec].text));
    for (size_t i = spec + 1; i < a.n; i++) {
        if (sh_is_option(&a.v[i]) || sh_is_flag_spec(a.v[i].text) ||
            (!is_chattr && !looks_like_path(a.v[i].text)))
            continue;
        if (sure) {
            sh_see_each(s, F_SCRIPT_LOCKS, &a.v[i]);
            if (s->lockers.n < SH_VARS_MAX && !map_has(&s->lockers, name))
                map_put(&s->lockers, arena_str(&s->keep, name), NULL);
        } else if (s->locks_pending.n < LOCKS_PENDING_MAX) {
            vec_add(&s->locks_pending,
                    (struct sh_lock){arena_str(&s->keep, name), arena_str(&s->keep, a.v[i].text), a.v[i].at,
                                     a.v[i].end});
        }
    }
}

void sh_look_acts(struct look *l, struct str name, struct sh_args a, bool xargs)
{
    look_search(l, name, a);
    look_kill(l, name, a);
    look_stop(l->sh, name, a);
    look_remove(l->sh, name, a, xargs);
    look_write(l->sh, name, a);
    look_lock(l->sh, name, a);
    look_module(l->sh, name, a);
}

void sh_finish(struct sh *s)
{
    vec_each(lock, &s->locks_pending)
    {
        struct sh_word w = {.at = lock->at, .end = lock->end};
        if (map_has(&s->lockers, lock->tool))
            sh_see(s, F_SCRIPT_LOCKS, lock->path, &w);
    }
}
