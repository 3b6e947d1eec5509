// SPDX-License-Identifier: Apache-2.0
/* What pipelines do: the facts of a shell script, from the words that the reader gives. */
#include <ctype.h>

#include "base/cleanup.h"
#include "inspect/miner.h"
#include "inspect/script_act.h"
#include "inspect/script_text.h"

enum {
    DOWNLOADED_MAX = 64,
    CODE_DEPTH_MAX = 4, /* of text in which a program on a command line is still looked at */
};

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
        if (known && sh_is_option(&a.v[i])) {
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
                sh_see_written(s, &target);
            }
            continue;
        }
        bool bare =
            known && !sh_is_option(&a.v[i]) && w.n > 3 && (memchr(w.p, '.', w.n) || memchr(w.p, '/', w.n));
        if (!sh_is_url(w) && !bare)
            continue;
        any = true;
        url = w;
        sh_see_each(s, F_SCRIPT_DOWNLOADS, &a.v[i]);
        if (str_find_nocase(url_file(w), STR("uninst"), 0) >= 0)
            sh_see(s, F_SCRIPT_STOPS, w, &a.v[i]);
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

/* Text that was folded up before: once the script is read it is shown to all analyzers. */
static void show(struct look *l, struct str how, struct str text)
{
    struct sh *s = l->sh;
    if (s->unfolded.n >= SH_UNFOLDED_MAX || s->unfolded_bytes + text.n > SH_UNFOLDED_BYTES_MAX)
        return;
    s->unfolded_bytes += text.n;
    vec_add(&s->unfolded, (struct sh_unfolded){arena_str(&s->keep, how), arena_str(&s->keep, text)});
}

/* The same of text that is run. */
static void unfolded(struct look *l, struct str how, struct str text)
{
    facts_bool(l->sh->facts, F_SCRIPT_DECODE_RUN, true);
    show(l, how, text);
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

bool script_has_other_name(struct str path)
{
    struct str name = str_basename(path);
    const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
    return dot && sh_in(str_sub(name, (size_t)(dot - name.p) + 1, name.n),
                        "png jpg jpeg gif bmp ico webp svg woff woff2 ttf otf eot pdf mp3 mp4 wav css");
}

/* A file that the script runs, sources or gives to an interpreter; programs of the system say nothing of where its parts are. */
static void see_run(struct sh *s, const struct sh_word *w)
{
    static const char *const SYSTEM[] = {"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/dev/", "/proc/"};
    for (size_t i = 0; i < ARRAY_SIZE(SYSTEM); i++)
        if (str_starts(w->text, str_from(SYSTEM[i])))
            return;
    if (!sh_is_url(w->text) && !w->is_list)
        (void)sh_see(s, F_SCRIPT_RUNS, w->text, w);
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
        bool is_code = sh_is_option(&a.v[i]) && a.v[i].text.p[1] != '-' &&
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
        if (is_code && i + 1 < a.n && s->content && s->depth < CODE_DEPTH_MAX) /* a program in the interpreter's own language */
            script_look_calls(a.v[i + 1].text, sh_interpreter(name), s->content, s->facts);
        has_code |= is_code;
        if (!sh_is_option(&a.v[i])) {
            if (a.v[i].is_process && !a.v[i].is_dynamic && a.v[i].origin.how.n) {
                look_fed_text(l, a.v[i].text, sources ? STR("sh") : name, STR_NULL);
                unfolded(l, a.v[i].origin.how, a.v[i].text);
            }
            if (!has_code && !evals && is_downloaded(s, a.v[i].text))
                facts_bool(s->facts, F_SCRIPT_DOWNLOAD_RUN, true);
            if (!has_code && !evals && !sources && script_has_other_name(a.v[i].text))
                (void)sh_see(s, F_SCRIPT_DISGUISED, a.v[i].text, &a.v[i]);
            if (!has_code && !evals && !a.v[i].is_process && (sources || sh_is_interpreter(name)))
                see_run(s, &a.v[i]);
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
    } else if (sh_is_interpreter(name) && !sh_is_shell(name) && a.n > 2 && sh_is_option(&a.v[1]) &&
               sh_decodes(name, a) &&
               (str_has(a.v[2].text, STR("exec")) || str_has(a.v[2].text, STR("eval")) ||
                str_has(a.v[2].text, STR("system")))) {
        facts_bool(s->facts, F_SCRIPT_DECODE_RUN, true);
    }
}

/* Arguments that are decoded on the way: a pool, a wallet, a key. What is printed may be anything. */
static void look_folded(struct look *l, struct str name, struct sh_args a)
{
    if (sh_in(name, "echo printf cat test [ [[ read export declare local readonly eval") || sh_is_interpreter(name))
        return;
    for (size_t i = 1; i < a.n; i++)
        if (a.v[i].origin.how.n && !a.v[i].is_dynamic) {
            show(l, a.v[i].origin.how, join(l->sh, a, 0));
            return;
        }
}

static void look_redirects(struct look *l, struct str name, struct sh_args a, const struct sh_command *c)
{
    for (uint32_t i = 0; i < c->n_redirects; i++) {
        const struct sh_redirect *r = &l->p->redirects.v[c->redirect + i];
        if (r->op != SH_WRITE)
            continue;
        sh_see_written(l->sh, &r->target);
        /* Emptied: "> file" alone, or with an echo of nothing, or /dev/null copied over it. */
        bool empties = !a.n || str_is(name, ":") || str_is(name, "true") ||
                       (str_is(name, "echo") && a.n == 1) ||
                       (str_is(name, "cat") && a.n == 2 && str_is(a.v[1].text, "/dev/null")) ||
                       (a.n == 2 && sh_in(name, "echo printf") && !a.v[1].text.n);
        if (empties && r->target.text.n > 2 && !str_starts(r->target.text, STR("/dev/")))
            sh_see_each(l->sh, F_SCRIPT_REMOVES, &r->target);
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

/* Programs on the command line of tools that are no shells: awk 'BEGIN{system("…")}', pwsh -EncodedCommand …. */
static void look_program(struct sh *s, struct str name, struct sh_args a)
{
    bool is_awk = sh_in(name, "awk gawk mawk nawk"), is_power = sh_in(name, "pwsh powershell");
    for (size_t i = 1; (is_awk || is_power) && s->content && s->depth < CODE_DEPTH_MAX && i < a.n; i++) {
        struct str w = a.v[i].text;
        if (is_awk && str_has(w, STR("system")))
            script_look_calls(w, STR("awk"), s->content, s->facts);
        if (is_power && i + 1 < a.n && (str_eq_nocase(w, STR("-EncodedCommand")) || str_eq_nocase(w, STR("-enc")) || str_eq_nocase(w, STR("-e")) || str_eq_nocase(w, STR("-ec"))))
            facts_bool(s->facts, F_SCRIPT_DECODE_RUN, true);
        if (is_power && i + 1 < a.n && (str_eq_nocase(w, STR("-Command")) || str_eq_nocase(w, STR("-c"))))
            script_look_calls(a.v[i + 1].text, STR("pwsh"), s->content, s->facts);
    }
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
        sh_see(s, F_SCRIPT_COMMANDS, name, &a.v[0]);
    if (str_has(a.v[0].text, STR("/")))
        see_run(s, &a.v[0]);
    struct map_entry *real = map_get(&s->renamed, name);
    if (real)
        name = *(struct str *)real->ptr;
    if (str_is(name, "read") && a.n > 1) {
        struct sh_word w = {.is_dynamic = true};
        sh_assign(s, a.v[a.n - 1].text, STR("$(…)"), &w);
        s->loop = l->from_before;
    }
    look_assignments(s, name, a);
    sh_look_acts(l, name, a, xargs);
    look_run(l, name, a, c, xargs);
    look_program(s, name, a);
    look_folded(l, name, a);
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
        sh_see_killed(s, &l.from_before, &p->words.v[0]);
    if (!l.lists && p->commands.n == 1)
        l.from_before.pattern_from = l.from_before.pattern_to = 0; /* a grep in a file looks for no process */
    look_constant(&l);
    sh_join(&ret->origin, &l.from_before);
    sh_join(&s->group, &l.from_before);
}
