// SPDX-License-Identifier: Apache-2.0
/* What pipelines do: the facts of a shell script, from the words that the reader gives. */
#include <ctype.h>

#include "base/cleanup.h"
#include "inspect/miner.h"
#include "inspect/script_text.h"

enum {
    VALUE_BYTES_MAX = 1024,
    PATTERNS_MAX = 16384,
    DOWNLOADED_MAX = 64,
    LOCKS_PENDING_MAX = 256,
};

/* One pipeline being looked at. */
struct look {
    struct sh *sh;
    struct sh_pipeline *p;
    struct sh_result *result;
    struct sh_origin from_before; /* of the commands before this one in the pipeline */
    bool kills;                   /* something in it kills what the rest names */
    bool lists;                   /* something in it lists processes */
    size_t at;                    /* of its first word, for nested text */
};

static bool see(struct sh *s, enum field_id field, struct str value, const struct sh_word *w)
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
static void see_each(struct sh *s, enum field_id field, const struct sh_word *w)
{
    struct str rest = w->text, piece;
    if (!w->is_list) {
        see(s, field, w->text, w);
        return;
    }
    while (str_split(&rest, ' ', &piece))
        see(s, field, piece, w);
}

static bool is_option(const struct sh_word *w)
{
    return w->text.n > 1 && w->text.p[0] == '-';
}

static void see_written(struct sh *s, const struct sh_word *w)
{
    if (str_is(w->text, "-") || str_is(w->text, "/dev/null") || str_starts(w->text, STR("/dev/std")) ||
        str_starts(w->text, STR("/dev/fd/")) ||
        (w->text.n && isdigit((unsigned char)w->text.p[0]) && w->text.n < 3))
        return;
    see_each(s, F_SCRIPT_WRITES, w);
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

static void see_killed(struct sh *s, const struct sh_origin *o, const struct sh_word *w)
{
    for (uint32_t i = o->pattern_from; i < o->pattern_to && i < s->patterns.n; i++) {
        struct str name = s->patterns.v[i];
        bool added = see(s, F_SCRIPT_KILLS, name, w), is_new = false;
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
            if (!is_option(&a.v[i]))
                add_patterns(s, &l->from_before, &a.v[i]);
    } else if (sh_in(name, "grep egrep fgrep")) {
        for (size_t i = 1; i < a.n; i++) {
            struct str w = a.v[i].text;
            if (is_option(&a.v[i]) && w.p[1] != '-' && memchr(w.p, 'v', w.n))
                return;
            if (!is_option(&a.v[i])) {
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
            if (is_option(&a.v[i])) {
                i += sh_in(a.v[i].text, "-s --signal -u -t -P -g");
                continue;
            }
            add_patterns(l->sh, &o, &a.v[i]);
            see_killed(l->sh, &o, &a.v[i]);
        }
        return;
    }
    if (!str_is(name, "kill"))
        return;
    l->kills = true;
    for (size_t i = 1; i < a.n; i++)
        see_killed(l->sh, &a.v[i].origin, &a.v[i]);
    if (a.n > 1 && a.v[a.n - 1].is_dynamic)
        see_killed(l->sh, &l->sh->loop, &a.v[a.n - 1]);
}

/* A unit, service or package: "aegis.service" is "aegis". */
static void see_stopped(struct sh *s, const struct sh_word *w)
{
    struct sh_word named = *w;
    if (str_ends(named.text, STR(".service")))
        named.text.n -= 8;
    if (!is_option(w) && named.text.n && named.text.p[0] != '$')
        see_each(s, F_SCRIPT_STOPS, &named);
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
    } else if (str_is(name, "ufw") && any_word(a, "disable")) {
        see_stopped(s, &a.v[0]);
    }
    /* The vendor's own way out: run by path, by a shell, or fetched. */
    const struct sh_word *script =
        sh_is_shell(name) && a.n > 1 ? &a.v[a.n > 2 && is_option(&a.v[1]) ? 2 : 1] : &a.v[0];
    if (str_find_nocase(str_basename(script->text), STR("uninst"), 0) >= 0 && !is_option(script))
        see(s, F_SCRIPT_STOPS, script->text, script);
}

static void look_remove(struct sh *s, struct str name, struct sh_args a, bool xargs)
{
    if (sh_in(name, "rm unlink shred rmdir wipe srm")) {
        for (size_t i = 1; i < a.n; i++)
            if (is_option(&a.v[i]) && str_is(name, "shred") && sh_in(a.v[i].text, "-n -s"))
                i++;
            else if (!is_option(&a.v[i]) && !(xargs && str_is(a.v[i].text, "{}")))
                see_each(s, F_SCRIPT_REMOVES, &a.v[i]);
    } else if (str_is(name, "truncate")) {
        for (size_t i = 1; i < a.n; i++)
            if (sh_in(a.v[i].text, "-s --size"))
                i++;
            else if (!is_option(&a.v[i]))
                see_each(s, F_SCRIPT_REMOVES, &a.v[i]);
    } else if (str_is(name, "find") &&
               (any_word(a, "-delete") || (any_word(a, "-exec -execdir") && any_word(a, "rm")))) {
        for (size_t i = 1; i < a.n && !is_option(&a.v[i]); i++)
            see_each(s, F_SCRIPT_REMOVES, &a.v[i]);
    } else if (str_is(name, "mv") && a.n == 3 && str_is(a.v[2].text, "/dev/null")) {
        see_each(s, F_SCRIPT_REMOVES, &a.v[1]);
    }
}

static void look_write(struct sh *s, struct str name, struct sh_args a)
{
    if (str_is(name, "tee")) {
        for (size_t i = 1; i < a.n; i++)
            if (!is_option(&a.v[i]))
                see_written(s, &a.v[i]);
    } else if (str_is(name, "dd")) {
        for (size_t i = 1; i < a.n; i++) {
            struct sh_word w = a.v[i];
            if (!str_starts(w.text, STR("of=")))
                continue;
            w.text = str_sub(w.text, 3, w.text.n);
            see_written(s, &w);
        }
    } else if (sh_in(name, "cp mv ln install") && a.n >= 3 && !is_option(&a.v[a.n - 1])) {
        see_written(s, &a.v[a.n - 1]);
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
                see_written(s, &a.v[a.n - 1]);
                return;
            }
    }
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
        else if (!is_option(&a.v[i]))
            return;
    if (!spec || (!is_chattr && sh_has_own_options(name)))
        return;
    bool sure =
        is_chattr || map_has(&s->lockers, name) || (a.v[spec].text.p[0] != '-' && spec + 1 < a.n) ||
        (a.v[spec].text.n > 2 && str_has(STR("-ia -ai -iau -aui -iua -aiu -eia -iae"), a.v[spec].text));
    for (size_t i = spec + 1; i < a.n; i++) {
        if (is_option(&a.v[i]) || sh_is_flag_spec(a.v[i].text) ||
            (!is_chattr && !looks_like_path(a.v[i].text)))
            continue;
        if (sure) {
            see_each(s, F_SCRIPT_LOCKS, &a.v[i]);
            if (s->lockers.n < SH_VARS_MAX && !map_has(&s->lockers, name))
                map_put(&s->lockers, arena_str(&s->keep, name), NULL);
        } else if (s->locks_pending.n < LOCKS_PENDING_MAX) {
            vec_add(&s->locks_pending,
                    (struct sh_lock){arena_str(&s->keep, name), arena_str(&s->keep, a.v[i].text), a.v[i].at,
                                     a.v[i].end});
        }
    }
}

void sh_finish(struct sh *s)
{
    vec_each(lock, &s->locks_pending)
    {
        struct sh_word w = {.at = lock->at, .end = lock->end};
        if (map_has(&s->lockers, lock->tool))
            see(s, F_SCRIPT_LOCKS, lock->path, &w);
    }
}

static void remember_download(struct sh *s, struct str path)
{
    path = str_starts(path, STR("./")) ? str_sub(path, 2, path.n) : path;
    if (path.n && path.n < 512 && s->downloaded.n < DOWNLOADED_MAX && !str_is(path, "-") &&
        !str_starts(path, STR("/dev/")))
        vec_add(&s->downloaded, arena_str(&s->keep, path));
}

static bool is_downloaded(const struct sh *s, struct str path)
{
    path = str_starts(path, STR("./")) ? str_sub(path, 2, path.n) : path;
    bool by_place = path.n && memchr(path.p, '/', path.n);
    for (size_t i = 0; i < s->downloaded.n; i++) {
        struct str d = s->downloaded.v[i];
        if (str_eq(d, path) || (by_place && str_eq(str_basename(d), str_basename(path))))
            return true;
    }
    return false;
}

/* The name under which a URL is saved when nobody gives one. */
static struct str url_file(struct str url)
{
    const char *query = url.n ? memchr(url.p, '?', url.n) : NULL;
    return str_basename(query ? str_sub(url, 0, (size_t)(query - url.p)) : url);
}

static void look_download(struct look *l, struct str name, struct sh_args a, const struct sh_command *c)
{
    struct sh *s = l->sh;
    bool known = sh_is_downloader(name), any = false, has_output = false,
         is_wget = str_starts(name, STR("wget"));
    if (!known && sh_names_urls(name))
        return;
    struct str url = STR_NULL;
    for (size_t i = 1; i < a.n; i++) {
        struct str w = a.v[i].text;
        bool output = false;
        if (known && is_option(&a.v[i])) {
            struct str file = STR_NULL;
            if (sh_download_option(name, w, &output) && i + 1 < a.n) {
                file = output ? a.v[++i].text : STR_NULL;
                i += !output;
            } else if (str_starts(w, STR("--output-document=")) || str_starts(w, STR("--output="))) {
                file = str_sub(w, (size_t)str_find(w, STR("="), 0) + 1, w.n);
            } else if (is_wget && w.p[1] != '-' && str_has(w, STR("O"))) {
                file = str_sub(w, (size_t)str_find(w, STR("O"), 0) + 1, w.n);
            } else if (!is_wget && str_is(w, "-O")) {
                has_output = true; /* under the URL's own name */
                continue;
            }
            if (file.n) {
                struct sh_word target = a.v[i];
                target.text = file;
                has_output = true;
                remember_download(s, file);
                see_written(s, &target);
            }
            continue;
        }
        bool bare =
            known && !is_option(&a.v[i]) && w.n > 3 && (memchr(w.p, '.', w.n) || memchr(w.p, '/', w.n));
        if (!sh_is_url(w) && !bare)
            continue;
        any = true;
        url = w;
        see_each(s, F_SCRIPT_DOWNLOADS, &a.v[i]);
        if (str_find_nocase(url_file(w), STR("uninst"), 0) >= 0)
            see(s, F_SCRIPT_STOPS, w, &a.v[i]);
    }
    if (!any && !known)
        return;
    l->from_before.downloads = true;
    for (uint32_t i = 0; i < c->n_redirects; i++)
        if (l->p->redirects.v[c->redirect + i].op == SH_WRITE)
            remember_download(s, l->p->redirects.v[c->redirect + i].target.text);
    if (any && (!has_output || !is_wget))
        remember_download(s, url_file(url));
}

/* A crontab's lines: five fields of time or @word, the user in system files, then the command. */
static void look_crontab(struct look *l, struct str text, bool has_user)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        unsigned fields = (line.p[0] == '@' ? 1 : 5) + has_user;
        while (fields-- && line.n) {
            size_t i = 0;
            while (i < line.n && !isspace((unsigned char)line.p[i]))
                i++;
            line = str_trim(str_sub(line, i, line.n));
        }
        struct sh_result r = {};
        sh_nested(l->sh, line, l->at, &r);
    }
}

/* Text that goes into a shell, a crontab or a script file, told from an echo or a here document. */
static void look_fed_text(struct look *l, struct str text, struct str to_name, struct str to_path)
{
    struct sh_result r = {};
    if (sh_is_shell(to_name)) {
        sh_nested(l->sh, text, l->at, &r);
        if (r.origin.downloads)
            l->from_before.downloads = true;
    } else if (str_is(to_name, "crontab") || str_has(to_path, STR("/spool/cron"))) {
        look_crontab(l, text, false);
    } else if (str_starts(to_path, STR("/etc/cron"))) {
        look_crontab(l, text, str_is(to_path, "/etc/crontab") || str_has(to_path, STR("/cron.d/")));
    } else if (str_starts(text, STR("#!")) && str_has(str_sub(text, 0, 64), STR("sh"))) {
        sh_nested(l->sh, text, l->at, &r);
    }
}

static struct str join(struct sh *s, struct sh_args a, size_t from)
{
    struct strbuf b = {};
    for (size_t i = from; i < a.n && b.n < 65536; i++) {
        if (b.n)
            strbuf_addc(&b, ' ');
        strbuf_add(&b, a.v[i].text);
    }
    struct str joined = arena_str(&s->scratch, strbuf_str(&b));
    strbuf_done(&b);
    return joined;
}

static void runs(struct look *l, const struct sh_origin *o)
{
    if (o->downloads)
        facts_bool(l->sh->facts, F_SCRIPT_DOWNLOAD_RUN, true);
    if (o->decodes)
        facts_bool(l->sh->facts, F_SCRIPT_DECODE_RUN, true);
}

/* Text is run that was folded up before: once the script is read it is shown to all analyzers. */
static void unfolded(struct look *l, struct str how, struct str text)
{
    struct sh *s = l->sh;
    facts_bool(s->facts, F_SCRIPT_DECODE_RUN, true);
    if (s->unfolded.n >= SH_UNFOLDED_MAX || s->unfolded_bytes + text.n > SH_UNFOLDED_BYTES_MAX)
        return;
    s->unfolded_bytes += text.n;
    vec_add(&s->unfolded, (struct sh_unfolded){arena_str(&s->keep, how), arena_str(&s->keep, text)});
}

/* The ways in which the words from there on were folded up; empty for plain ones. */
static struct str folds(struct sh_args a, size_t from)
{
    enum { SPELLED_MIN = 3, SEAMS_MIN = 4 }; /* fewer stand in honest text */
    unsigned spelled = 0, seams = 0;
    for (size_t i = from; i < a.n; i++) {
        if (a.v[i].origin.how.n)
            return a.v[i].origin.how;
        spelled += a.v[i].spelled;
        seams += a.v[i].seams;
    }
    return spelled >= SPELLED_MIN ? STR("escapes") : seams >= SEAMS_MIN ? STR("pieces") : STR_NULL;
}

/* A tool's name that is put together, spelled in numbers or decoded: nobody writes honest commands so. */
static void look_name(struct look *l, struct sh_args a)
{
    const struct sh_word *w = &a.v[0];
    struct str name = str_basename(w->text), how = w->origin.how;
    if (!how.n && w->spelled >= 2)
        how = STR("escapes");
    if (!how.n && w->seams && (sh_is_downloader(name) || sh_is_interpreter(name) ||
                               sh_in(name, "eval base64 chmod chattr crontab pkill nohup nc ncat socat sudo")))
        how = STR("pieces");
    if (how.n)
        unfolded(l, how, join(l->sh, a, 0));
}

/* Whatever makes text run: interpreters fed by a pipe, eval, sh -c, source, a program that was downloaded
 * before. */
static void look_run(struct look *l, struct str name, struct sh_args a, const struct sh_command *c,
                     bool xargs)
{
    struct sh *s = l->sh;
    if (is_downloaded(s, a.v[0].text) && !sh_is_downloader(name) && !sh_is_interpreter(name))
        facts_bool(s->facts, F_SCRIPT_DOWNLOAD_RUN, true);
    runs(l, &a.v[0].origin);
    look_name(l, a);
    bool sources = str_is(name, "source") || str_is(name, "."), evals = str_is(name, "eval");
    if (!sources && !evals && !sh_is_interpreter(name) && !str_is(name, "su"))
        return;
    bool from_pipe = sources ? a.n > 1 && str_is(a.v[1].text, "/dev/stdin")
                             : sh_is_interpreter(name) && sh_runs_stdin(sh_interpreter(name), a) && !xargs;
    if (from_pipe)
        runs(l, &l->from_before);
    for (uint32_t i = 0; i < c->n_redirects; i++) {
        const struct sh_redirect *r = &l->p->redirects.v[c->redirect + i];
        runs(l, &r->target.origin);
        if (r->op == SH_READ && is_downloaded(s, r->target.text))
            facts_bool(s->facts, F_SCRIPT_DOWNLOAD_RUN, true);
        if (r->op == SH_HERE_DOC)
            look_fed_text(l, r->body, name, STR_NULL);
        if (r->op == SH_HERE_STRING || (r->op == SH_READ && r->target.is_process && !r->target.is_dynamic)) {
            struct str how = folds((struct sh_args){&r->target, 1}, 0);
            look_fed_text(l, r->target.text, sources ? STR("sh") : name, STR_NULL);
            if (how.n)
                unfolded(l, how, r->target.text);
        }
    }
    bool has_code = false;
    for (size_t i = 1; i < a.n; i++) {
        bool is_code = is_option(&a.v[i]) && a.v[i].text.p[1] != '-' &&
                       memchr(a.v[i].text.p, sh_is_shell(name) || str_is(name, "su") ? 'c' : a.v[i].text.p[1],
                              a.v[i].text.n);
        runs(l, &a.v[i].origin);
        if (is_code && i + 1 < a.n && (sh_is_shell(name) || str_is(name, "su"))) {
            struct sh_result r = {};
            struct str how = folds((struct sh_args){a.v + i + 1, 1}, 0);
            runs(l, &a.v[i + 1].origin);
            sh_nested(s, a.v[i + 1].text, l->at, &r);
            if (how.n)
                unfolded(l, how, a.v[i + 1].text);
            return;
        }
        has_code |= is_code;
        if (!is_option(&a.v[i])) {
            if (a.v[i].is_process && !a.v[i].is_dynamic && a.v[i].origin.how.n) {
                look_fed_text(l, a.v[i].text, sources ? STR("sh") : name, STR_NULL);
                unfolded(l, a.v[i].origin.how, a.v[i].text);
            }
            if (!has_code && !evals && is_downloaded(s, a.v[i].text))
                facts_bool(s->facts, F_SCRIPT_DOWNLOAD_RUN, true);
            break;
        }
    }
    if (evals) {
        struct sh_result r = {};
        for (size_t i = 1; i < a.n; i++)
            runs(l, &a.v[i].origin);
        struct str how = folds(a, 1);
        sh_nested(s, join(s, a, 1), l->at, &r);
        if (how.n)
            unfolded(l, how, join(s, a, 1));
    } else if (sh_is_interpreter(name) && !sh_is_shell(name) && a.n > 2 && is_option(&a.v[1]) &&
               sh_decodes(name, a) &&
               (str_has(a.v[2].text, STR("exec")) || str_has(a.v[2].text, STR("eval")) ||
                str_has(a.v[2].text, STR("system")))) {
        facts_bool(s->facts, F_SCRIPT_DECODE_RUN, true);
    }
}

static void look_redirects(struct look *l, struct str name, struct sh_args a, const struct sh_command *c)
{
    for (uint32_t i = 0; i < c->n_redirects; i++) {
        const struct sh_redirect *r = &l->p->redirects.v[c->redirect + i];
        if (r->op != SH_WRITE)
            continue;
        see_written(l->sh, &r->target);
        /* Emptied: "> file" alone, or with an echo of nothing, or /dev/null copied over it. */
        bool empties = !a.n || str_is(name, ":") || str_is(name, "true") ||
                       (str_is(name, "echo") && a.n == 1) ||
                       (str_is(name, "cat") && a.n == 2 && str_is(a.v[1].text, "/dev/null")) ||
                       (a.n == 2 && sh_in(name, "echo printf") && !a.v[1].text.n);
        if (empties && r->target.text.n > 2 && !str_starts(r->target.text, STR("/dev/")))
            see_each(l->sh, F_SCRIPT_REMOVES, &r->target);
        if (sh_in(name, "echo printf"))
            look_fed_text(l, join(l->sh, a, 1), STR_NULL, r->target.text);
        for (uint32_t k = 0; k < c->n_redirects; k++)
            if (l->p->redirects.v[c->redirect + k].op == SH_HERE_DOC)
                look_fed_text(l, l->p->redirects.v[c->redirect + k].body, STR_NULL, r->target.text);
    }
}

static bool is_command_name(struct str s)
{
    if (!s.n || s.n > 64 || s.p[0] == '-' || s.p[0] == '=')
        return false;
    bool letter = false;
    for (size_t i = 0; i < s.n; i++) {
        if (!isalnum((unsigned char)s.p[i]) && !strchr("_.+-[]:@", s.p[i]))
            return false;
        letter |= isalpha((unsigned char)s.p[i]) != 0;
    }
    return letter || str_is(s, ".") || str_is(s, "[");
}

/* {curl,-s,URL} as a command: the braces stand for its words. */
static struct sh_args expand_braces(struct sh *s, struct sh_args a)
{
    struct str t = a.v[0].text;
    if (t.n < 4 || t.p[0] != '{' || t.p[t.n - 1] != '}' || !memchr(t.p, ',', t.n) || a.v[0].is_quoted)
        return a;
    struct str rest = str_sub(t, 1, t.n - 1), piece;
    struct sh_word *words = arena_array(&s->scratch, struct sh_word, 64 + a.n);
    size_t n = 0;
    while (n < 64 && str_split(&rest, ',', &piece)) {
        words[n] = a.v[0];
        words[n++].text = piece;
    }
    for (size_t i = 1; i < a.n; i++)
        words[n++] = a.v[i];
    return (struct sh_args){words, n};
}

/* Takes keywords and assignments off the front. Loops give their variables values. */
static struct sh_args strip(struct look *l, struct sh_args a)
{
    struct sh *s = l->sh;
    while (a.n) {
        const struct sh_word *w = &a.v[0];
        if (!w->is_quoted && sh_in(w->text, "if elif else while until ! time coproc esac function")) {
            a = (struct sh_args){a.v + 1, a.n - 1};
        } else if (!w->is_quoted && sh_in(w->text, "{ do then")) {
            s->group = (struct sh_origin){};
            a = (struct sh_args){a.v + 1, a.n - 1};
        } else if (!w->is_quoted && sh_in(w->text, "} done fi")) {
            if (str_is(w->text, "done"))
                s->loop = (struct sh_origin){};
            sh_join(&l->from_before, &s->group);
            a = (struct sh_args){a.v + 1, a.n - 1};
        } else if (!w->is_quoted && sh_in(w->text, "for select") && a.n >= 2) {
            struct sh_word list = {.at = w->at, .is_list = true};
            for (size_t i = 3; i < a.n; i++) {
                list.is_dynamic |= a.v[i].is_dynamic;
                sh_join(&list.origin, &a.v[i].origin);
            }
            sh_assign(s, a.v[1].text, join(s, a, a.n > 3 ? 3 : a.n), &list);
            a.n = 0;
        } else if (!w->is_quoted && str_is(w->text, "case")) {
            a.n = 0;
        } else if (w->assign) {
            struct str name = str_sub(w->text, 0, w->assign - 1);
            sh_assign(s, name, str_sub(w->text, w->assign, w->text.n), w);
            a = (struct sh_args){a.v + 1, a.n - 1};
        } else {
            break;
        }
    }
    return a;
}

static void look_assignments(struct sh *s, struct str name, struct sh_args a)
{
    if (!sh_in(name, "export local declare readonly typeset"))
        return;
    for (size_t i = 1; i < a.n; i++)
        if (a.v[i].assign)
            sh_assign(s, str_sub(a.v[i].text, 0, a.v[i].assign - 1),
                      str_sub(a.v[i].text, a.v[i].assign, a.v[i].text.n), &a.v[i]);
}

/* A miner's command line as it comes out once variables are filled in. */
static void look_mining(struct sh *s, struct sh_args a)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    bool is_worth = false;
    for (size_t i = 1; i < a.n; i++)
        is_worth |= sh_in(a.v[i].text, "-o -u --url --user --pool") || str_has(a.v[i].text, STR("stratum")) ||
                    str_starts(a.v[i].text, STR("--url=")) || str_starts(a.v[i].text, STR("--user="));
    if (!is_worth || !s->content)
        return;
    for (size_t i = 0; i < a.n && b.n < SH_WORD_MAX; i++) {
        if (i)
            strbuf_addc(&b, ' ');
        strbuf_add(&b, a.v[i].text);
    }
    miner_look_command(strbuf_str(&b), s->content, s->facts);
}

static void look_command(struct look *l, const struct sh_command *c)
{
    struct sh *s = l->sh;
    struct sh_args a = strip(l, (struct sh_args){l->p->words.v + c->word, c->n_words});
    bool xargs = false;
    if (a.n)
        a = expand_braces(s, a);
    a = sh_unwrap_command(a, &xargs);
    if (!a.n) {
        look_redirects(l, STR_NULL, a, c);
        return;
    }
    struct str name = str_basename(a.v[0].text);
    if (!a.v[0].is_dynamic && is_command_name(name) && !map_has(&s->functions, name))
        see(s, F_SCRIPT_COMMANDS, name, &a.v[0]);
    struct map_entry *real = map_get(&s->renamed, name);
    if (real)
        name = *(struct str *)real->ptr;
    if (str_is(name, "read") && a.n > 1) {
        struct sh_word w = {.is_dynamic = true};
        sh_assign(s, a.v[a.n - 1].text, STR("$(…)"), &w);
        s->loop = l->from_before;
    }
    look_assignments(s, name, a);
    look_search(l, name, a);
    look_kill(l, name, a);
    look_stop(s, name, a);
    look_remove(s, name, a, xargs);
    look_write(s, name, a);
    look_lock(s, name, a);
    look_run(l, name, a, c, xargs);
    look_redirects(l, name, a, c);
    look_download(l, name, a, c);
    look_mining(s, a);
    if (sh_decodes(name, a))
        l->from_before.decodes = true;
    for (size_t i = 1; i < a.n; i++) /* echo "$(curl …)" | sh */
        if (sh_in(name, "echo printf cat")) {
            l->from_before.downloads |= a.v[i].origin.downloads;
            l->from_before.decodes |= a.v[i].origin.decodes;
        }
}

/* What a here document or string brings in; false when there is none. */
static bool take_here(struct look *l, const struct sh_command *c, struct sh_text *t)
{
    for (uint32_t k = 0; k < c->n_redirects; k++) {
        const struct sh_redirect *r = &l->p->redirects.v[c->redirect + k];
        if (r->op != SH_HERE_DOC && r->op != SH_HERE_STRING)
            continue;
        strbuf_clear(&t->text);
        strbuf_clear(&t->how);
        strbuf_add(&t->text, r->op == SH_HERE_DOC ? r->body : r->target.text);
        t->is_known = t->text.n <= SH_TEXT_MAX;
        t->is_dynamic = r->op == SH_HERE_STRING ? r->target.is_dynamic || r->target.text.n >= SH_WORD_MAX
                                                : memchr(t->text.p, '$', t->text.n) != NULL;
        strbuf_add(&t->how, r->op == SH_HERE_STRING ? r->target.origin.how : STR(""));
        return true;
    }
    return false;
}

/* Whether the command's output goes into a file; 2>/dev/null does not count. */
static bool goes_elsewhere(const struct look *l, const struct sh_command *c)
{
    for (uint32_t k = 0; k < c->n_redirects; k++) {
        const struct sh_redirect *r = &l->p->redirects.v[c->redirect + k];
        if (r->op == SH_WRITE && !str_is(r->target.text, "/dev/null"))
            return true;
    }
    return false;
}

static void feed(struct look *l, const struct sh_text *t, struct sh_args to)
{
    struct str name = str_basename(to.v[0].text), text = strbuf_str(&t->text);
    bool runs_it = sh_is_interpreter(name) && sh_runs_stdin(sh_interpreter(name), to);
    if (!text.n || (!runs_it && !str_is(name, "crontab")))
        return;
    look_fed_text(l, text, name, STR_NULL);
    if (t->how.n)
        unfolded(l, strbuf_str(&t->how), text);
}

/* echo TEXT | sh, echo TEXT | base64 -d | sh, echo TEXT | crontab -; and what a substitution gives where it is the same on every machine. */
static void look_texts(struct look *l)
{
    struct sh *s = l->sh;
    size_t n = l->p->commands.n;
    if (n == 1 && !s->depth)
        return;
    _cleanup_(sh_text_done) struct sh_text t = {};
    for (size_t i = 0; i < n; i++) {
        const struct sh_command *c = &l->p->commands.v[i];
        bool xargs, here;
        struct sh_args a = sh_unwrap_command((struct sh_args){l->p->words.v + c->word, c->n_words}, &xargs);
        if (!a.n)
            return;
        struct str name = str_basename(a.v[0].text);
        if (i && t.is_known)
            feed(l, &t, a);
        here = take_here(l, c, &t);
        if (s->expansion + t.text.n > SH_EXPANSION_MAX)
            return;
        struct str before = here ? arena_str(&s->scratch, strbuf_str(&t.text)) : STR_NULL;
        sh_text_through(&t, name, a);
        if (i || !str_is(name, "echo"))
            s->expansion += t.text.n;
        if (here && !t.is_known) { /* a tool that nobody knows passes most of it on */
            strbuf_clear(&t.text);
            strbuf_add(&t.text, before);
            t.is_known = t.is_dynamic = true;
        }
        t.is_known &= !goes_elsewhere(l, c);
    }
    struct str text = strbuf_str(&t.text);
    while (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    if (!s->depth || !t.is_known || t.is_dynamic || text.n > SH_WORD_MAX)
        return;
    l->result->constant = arena_str(&s->scratch, text);
    if (!t.how.n)
        return;
    l->from_before.decodes = true;
    l->from_before.how = arena_str(&s->keep, strbuf_str(&t.how));
}

/* which NAME, command -v NAME: taken for the name itself. */
static void look_constant(struct look *l)
{
    const struct sh_command *c = &l->p->commands.v[0];
    struct sh_args a = {l->p->words.v + c->word, c->n_words};
    if (l->p->commands.n != 1 || c->n_redirects || a.n < 2)
        return;
    if (!str_is(a.v[0].text, "which") && !(str_is(a.v[0].text, "command") && str_is(a.v[1].text, "-v")))
        return;
    for (size_t i = 1; i < a.n; i++)
        if (a.v[i].is_dynamic)
            return;
    l->result->constant = a.v[a.n - 1].text;
}

void sh_look(struct sh *s, struct sh_pipeline *p, struct sh_result *ret)
{
    struct look l = {.sh = s, .p = p, .result = ret, .from_before = s->carried};
    s->carried = (struct sh_origin){};
    l.at = s->depth ? s->at : p->words.n ? p->words.v[0].at : s->base;
    for (size_t i = 0; i < p->commands.n; i++)
        look_command(&l, &p->commands.v[i]);
    ret->constant = STR_NULL;
    look_texts(&l);
    if (l.kills && p->words.n)
        see_killed(s, &l.from_before, &p->words.v[0]);
    if (!l.lists && p->commands.n == 1)
        l.from_before.pattern_from = l.from_before.pattern_to = 0; /* a grep in a file looks for no process */
    look_constant(&l);
    sh_join(&ret->origin, &l.from_before);
    sh_join(&s->group, &l.from_before);
}
