// SPDX-License-Identifier: Apache-2.0
/* davy drill: benign acts, and whether a watcher sees them. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/drill.h"
#include "cmd/rule_files.h"

enum {
    ACT_SECONDS = 20,   /* of an act at most; most take less than half a second */
    BESIDE_SECONDS = 60, /* of one that is done beside others: the longest takes half of that */
    WAIT_SECONDS = 10,  /* for a finding: they come within half a second on a machine that is not full */
    LINGER_MS = 50,     /* after the last expected finding, for what else speaks of the act */
};
#define SOON_SECONDS 0.5 /* until the next act begins; what comes later still counts */

static const struct cmd_option OPTIONS[] = {
    {"all", 'a', NULL, N_("every act")},
    {"list", 'l', NULL, N_("show the acts and the rules that they are for")},
    {"watch-output", 'w', "FILE", N_("look into this file, to which a davy watch that runs writes its findings as JSON lines, instead of starting one")},
    {"rules", 'r', "PATH", N_("rules instead of the shipped ones: a file or a folder; may be repeated. With --watch-output: those that it runs with")},
    {"wait", 0, "SECONDS", N_("how long to wait for a finding, 1 to 600; 10 without it")},
    {"format", 'f', "FORMAT", N_("text (the default) or json; names with --list")},
    {"output", 'o', "FILE", N_("file for the report instead of standard output")},
    {"quiet", 'q', NULL, N_("no word of acts while they are done")},
    {"help", 'h', NULL, N_("show this help")},
    {"version", 'V', NULL, N_("show the version")},
    {},
};

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct drill_options *o = ctx;
    uint64_t seconds;
    if (!strcmp(option->name, "all")) {
        o->all = true;
    } else if (!strcmp(option->name, "list")) {
        o->list = true;
    } else if (!strcmp(option->name, "quiet")) {
        o->quiet = true;
    } else if (!strcmp(option->name, "watch-output")) {
        o->watch_output = value;
    } else if (!strcmp(option->name, "output")) {
        o->output = value;
    } else if (!strcmp(option->name, "rules")) {
        vec_add(&o->rules, value);
    } else if (!strcmp(option->name, "wait")) {
        if (!str_to_u64(str_from(value), &seconds) || !seconds || seconds > 600) {
            cmd_error("davy drill", "--wait takes seconds, 1 to 600, not `%s`", value);
            return -EINVAL;
        }
        o->wait_seconds = (unsigned)seconds;
    } else if (!strcmp(option->name, "format")) {
        static const char *const FORMATS[] = {[DRILL_TEXT] = "text", [DRILL_JSON] = "json", [DRILL_NAMES] = "names"};
        for (size_t i = 0; i < ARRAY_SIZE(FORMATS); i++)
            if (!strcmp(value, FORMATS[i])) {
                o->format = (enum drill_format)i;
                return 0;
            }
        cmd_error("davy drill", "--format takes text, json, or names with --list, not `%s`", value);
        return -EINVAL;
    }
    return 0;
}

static const struct cmd_program PROGRAM = {
    .name = "davy drill",
    .usage = "[OPTION…] [NAME…]",
    .summary = N_("Does benign acts that look like what intruders do, each in a scratch of its own (namespaces with their own files, users, "
                  "keys, schedules and network), while davy watch runs, and tells which were seen, by which rule, and how soon; and what "
                  "of the rows of threats and ATT&CK's techniques that covers. Nothing of this machine is changed, and what was made ends "
                  "with the drill, however that ends. Needs root."),
    .options = OPTIONS,
    .examples = N_("  davy drill --all\n"
                   "  davy drill keys-added miner-name\n"
                   "  davy drill --list\n"
                   "  davy drill --all -f json -o drill.json\n"
                   "  davy drill --all -w /var/log/davy/findings.json\n"),
    .take = take,
};

static const struct rule *find_rule(const struct ruleset *rs, const char *name)
{
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        const struct rule *r = ruleset_get(rs, i);
        if (r->enabled && drill_is_live(r) && str_is(r->name, name))
            return r;
    }
    return NULL;
}

static int load_rules(struct drill_report *r)
{
    struct error err = ERROR_NULL;
    struct diags diags = {};
    const char **files = rule_files(&r->arena, r->options->rules.v, r->options->rules.n, RULES_OF_MACHINES, &err);
    if (!files) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_CANNOT;
    }
    r->rules = ruleset_new();
    int code = rule_files_load(r->rules, files, 0, &diags) < 0 ? EXIT_CANNOT : 0;
    if (code)
        cmd_error(PROGRAM.name, "the rules have mistakes; davy rules check shows them");
    diags_done(&diags);
    return code;
}

/* Whose finding it is: the act's label stands in it, or it is of the act's shell or of a child of that. */
static struct drill_outcome *outcome_of(struct drill_report *r, struct str line, const json_t *finding)
{
    const json_t *subject = json_object_get(finding, "subject");
    const json_int_t pid = json_integer_value(json_object_get(subject, "pid")), ppid = json_integer_value(json_object_get(subject, "ppid"));
    for (size_t i = r->outcomes.n; i-- > 0;) {
        struct drill_outcome *o = &r->outcomes.v[i];
        if (str_has(line, str_from(o->label)) || (o->pid > 0 && (pid == o->pid || ppid == o->pid)))
            return o;
    }
    return NULL;
}

static bool note_expected(struct drill_outcome *o, const char *rule)
{
    for (size_t i = 0; i < o->n_expected; i++)
        if (!strcmp(o->expected[i].name, rule)) {
            if (o->expected[i].seconds < 0 && o->expected[i].rule)
                o->expected[i].seconds = clock_seconds() - o->start;
            return true;
        }
    return false;
}

static void note(struct drill_report *r, struct drill_outcome *o, const char *rule)
{
    if (note_expected(o, rule))
        return;
    for (size_t i = 0; i < o->more.n; i++)
        if (str_is(o->more.v[i], rule))
            return;
    vec_add(&o->more, arena_str(&r->arena, str_from(rule)));
}

static void take_line(void *ctx, struct str line)
{
    struct drill_report *r = ctx;
    json_t *finding = json_loadb(line.p, line.n, 0, NULL);
    const char *rule = json_string_value(json_object_get(finding, "rule"));
    struct drill_outcome *o = rule ? outcome_of(r, line, finding) : NULL;
    if (o) {
        /* rules that tell nothing by themselves are told as members of a correlation */
        size_t i;
        const json_t *member;
        json_array_foreach (json_object_get(json_object_get(finding, "correlation"), "members"), i, member) {
            const char *of = json_string_value(json_object_get(member, "rule"));
            if (of)
                (void)note_expected(o, of);
        }
        note(r, o, rule);
    }
    json_decref(finding);
}

static bool is_running(void)
{
    sigset_t pending;
    return sigpending(&pending) < 0 || !(sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM));
}

/* Whether there is still a rule that could speak of one of the acts from `first` on. */
static bool may_come(const struct drill_report *r, size_t first)
{
    for (size_t i = first; i < r->outcomes.n; i++)
        for (size_t j = 0; j < r->outcomes.v[i].n_expected; j++) {
            const struct drill_expected *e = &r->outcomes.v[i].expected[j];
            if (e->rule && e->seconds < 0 && !drill_is_skipped(&r->outcomes.v[i]))
                return true;
        }
    return false;
}

/* Reads findings until all that was expected of these acts came, or time is up; negative when the watcher has ended. */
static int look_for(struct drill_report *r, struct drill_watch *w, size_t first, double seconds)
{
    const double until = clock_seconds() + seconds;
    int e = 0;
    while (e >= 0 && may_come(r, first) && clock_seconds() < until && is_running())
        e = drill_watch_read(w, 100, take_line, r);
    return e < 0 ? e : drill_watch_read(w, LINGER_MS, take_line, r);
}

/* Starts one; false: it could not be. */
static bool begin_act(struct drill_report *r, struct drill_scratch *s, const struct drill_act *act)
{
    struct error err = ERROR_NULL;
    struct drill_outcome *o = vec_push(&r->outcomes);
    (void)snprintf(o->label, sizeof(o->label), "DAVY-DRILL-%s-%s-", r->token, act->name);
    o->act = act;
    for (const char *const *rule = act->rules; *rule; rule++)
        o->expected[o->n_expected++] = (struct drill_expected){find_rule(r->rules, *rule), *rule, -1};
    o->start = clock_seconds();
    o->status = drill_start(s, act, o->label, &o->run, &err);
    if (o->status < 0) {
        strbuf_adds(&o->said, err.text);
        return false;
    }
    o->pid = o->run.pid;
    return true;
}

static int do_act(struct drill_report *r, struct drill_scratch *s, struct drill_watch *w, const struct drill_act *act)
{
    if (!begin_act(r, s, act))
        return 0;
    struct drill_outcome *o = &r->outcomes.v[r->outcomes.n - 1];
    o->status = drill_wait(&o->run, ACT_SECONDS, &o->said);
    return look_for(r, w, r->outcomes.n - 1, SOON_SECONDS);
}

static void begin_beside(struct drill_report *r, struct drill_scratch *s, const struct drill_act **acts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (acts[i]->flags & DRILL_BESIDE)
            (void)begin_act(r, s, acts[i]);
}

/* Reads findings meanwhile, so that the watcher never waits for its reader. */
static int end_beside(struct drill_report *r, struct drill_watch *w)
{
    int e = 0;
    for (size_t i = 0; i < r->outcomes.n; i++) {
        struct drill_outcome *o = &r->outcomes.v[i];
        if (!(o->act->flags & DRILL_BESIDE) || o->pid <= 0)
            continue;
        const double until = o->start + BESIDE_SECONDS;
        while (e >= 0 && is_running() && clock_seconds() < until && !drill_ended(&o->run))
            e = drill_watch_read(w, 100, take_line, r);
        o->status = drill_wait(&o->run, 1, &o->said);
    }
    return e;
}

static int do_acts(struct drill_report *r, struct drill_scratch *s, struct drill_watch *w, const struct drill_act **acts, size_t n)
{
    begin_beside(r, s, acts, n);
    for (size_t i = 0; i < n && is_running(); i++) {
        if (acts[i]->flags & DRILL_BESIDE)
            continue;
        if (!r->options->quiet && isatty(STDERR_FILENO))
            (void)fprintf(stderr, "\r\033[K %zu/%zu %s", i + 1, n, acts[i]->name);
        if (do_act(r, s, w, acts[i]) < 0) {
            cmd_error(PROGRAM.name, "davy watch ended during the drills");
            return EXIT_CANNOT;
        }
    }
    if (!r->options->quiet && isatty(STDERR_FILENO))
        (void)fputs("\r\033[K", stderr);
    if (end_beside(r, w) < 0 || look_for(r, w, 0, r->options->wait_seconds) < 0) {
        cmd_error(PROGRAM.name, "davy watch ended during the drills");
        return EXIT_CANNOT;
    }
    drill_watch_losses(w, r);
    if (is_running())
        return 0;
    cmd_error(PROGRAM.name, "interrupted; everything that was made is gone");
    return EXIT_CANNOT;
}

static int write_report(struct drill_report *r)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const char *path = r->options->output;
    if (r->options->format == DRILL_JSON)
        drill_add_json(&b, r);
    else
        drill_add_text(&b, r);
    const int r_file = path ? cmd_replace_file(path, strbuf_str(&b)) : 0, code = path ? EXIT_NOTHING : cmd_print(PROGRAM.name, &b);
    if (r_file < 0)
        cmd_error(PROGRAM.name, "cannot write %s: %s", path, error_words(r_file));
    if (r_file < 0 || code)
        return EXIT_CANNOT;
    return drill_count_seen(r) + drill_count_skipped(r) == r->outcomes.n ? EXIT_NOTHING : EXIT_FINDINGS;
}

/* The watcher starts first: its process is one of the machine's, not of the scratch. */
static int drill(struct drill_report *r, const struct drill_act **acts, size_t n)
{
    char program[PATH_MAX];
    struct error err = ERROR_NULL;
    struct drill_watch *w = NULL;
    struct drill_scratch *s = NULL;
    uint64_t random = 0;
    int code = load_rules(r);
    (void)snprintf(program, sizeof(program), "%s/davy-drill-act", cmd_program_dir());
    (void)!getrandom(&random, sizeof(random), 0);
    (void)snprintf(r->token, sizeof(r->token), "%08llx", (unsigned long long)random & 0xffffffff);
    if (!code && geteuid() != 0) {
        cmd_error(PROGRAM.name, "drills need root: for namespaces of their own, and for davy watch");
        code = EXIT_CANNOT;
    }
    if (!code)
        code = drill_watch_open(r->options, &w);
    if (!code && drill_scratch_new(program, &s, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        code = EXIT_CANNOT;
    }
    if (!code)
        code = do_acts(r, s, w, acts, n);
    drill_scratch_free(s);
    drill_watch_close(w);
    return code ? code : write_report(r);
}

static void report_done(struct drill_report *r)
{
    for (size_t i = 0; i < r->outcomes.n; i++) {
        vec_done(&r->outcomes.v[i].more);
        strbuf_done(&r->outcomes.v[i].said);
    }
    vec_done(&r->outcomes);
    vec_done(&r->losses);
    ruleset_free(r->rules);
    arena_done(&r->arena);
}

/* The acts that were named, or all. */
static int choose(const struct drill_options *o, char **names, size_t n, const struct drill_act **ret, size_t *ret_n)
{
    size_t all, m = 0;
    const struct drill_act *acts = drill_acts(&all);
    for (size_t i = 0; o->all && i < all; i++)
        ret[m++] = &acts[i];
    for (size_t i = 0; !o->all && i < n; i++) {
        if (!(ret[m] = drill_act_find(str_from(names[i])))) {
            cmd_error(PROGRAM.name, "there is no act `%s`; davy drill --list shows them", names[i]);
            return EXIT_USAGE;
        }
        m++;
    }
    *ret_n = m;
    if (m && !(o->all && n))
        return 0;
    cmd_error(PROGRAM.name, "name acts, or say --all; davy drill --list shows them");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    cmd_language();
    struct drill_options o = {.wait_seconds = WAIT_SECONDS};
    struct drill_report r = {.options = &o};
    int first = cmd_parse(&PROGRAM, argc, argv, &o), code = EXIT_USAGE;
    if (first >= 0 && o.format == DRILL_NAMES && !o.list) {
        cmd_error(PROGRAM.name, "--format names is for --list");
    } else if (first >= 0 && o.list) {
        code = drill_list(&o);
    } else if (first >= 0) {
        size_t all, n = 0;
        (void)drill_acts(&all);
        const size_t given = (size_t)(argc - first);
        const struct drill_act **acts = xalloc((all + given) * sizeof(*acts));
        code = choose(&o, argv + first, given, acts, &n);
        if (!code) {
            sigset_t ends;
            (void)sigemptyset(&ends);
            (void)sigaddset(&ends, SIGINT);
            (void)sigaddset(&ends, SIGTERM);
            (void)sigprocmask(SIG_BLOCK, &ends, NULL);
            (void)signal(SIGPIPE, SIG_IGN);
            code = drill(&r, acts, n);
        }
        free(acts);
    }
    report_done(&r);
    vec_done(&o.rules);
    return code;
}
