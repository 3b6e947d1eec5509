// SPDX-License-Identifier: Apache-2.0
/* Loads what judges, opens and closes the look at one target, and takes each event to the rules. */
#include <errno.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/intl.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/common.h"
#include "cmd/rule_files.h"
#include "cmd/scan.h"
#include "cmd/scan_notes.h"
#include "config.h"

enum { OWN_FILE_MAX = 16 << 20 };

static uint64_t rusage_ns(int who)
{
    struct rusage u;
    (void)getrusage(who, &u);
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1'000'000'000U +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000U;
}

/* Of this process and its workers, those that ended and those that live. */
static uint64_t cpu_now(const struct scan *s)
{
    return rusage_ns(RUSAGE_SELF) + rusage_ns(RUSAGE_CHILDREN) + workers_cpu_ns(s->workers);
}

/*
 * Errors always, warnings of a user's own files when asked: the shipped ones have macros that only other commands use.
 */
static void show_diags(const struct scan *s, const struct diags *diags)
{
    for (size_t i = 0; i < diags->n; i++) {
        bool shipped = diags->v[i].file && str_starts(str_from(diags->v[i].file), str_from(cmd_data_dir()));
        if (!diag_code_is_error(diags->v[i].code) && (!s->options->verbose || shipped))
            continue;
        struct strbuf text = {}, safe = {};
        diag_render(&text, &diags->v[i]);
        struct str rest = strbuf_str(&text), line;
        while (str_split(&rest, '\n', &line)) {
            text_add_safe(&safe, line);
            strbuf_addc(&safe, '\n');
        }
        (void)fputs(safe.p, stderr);
        strbuf_done(&text);
        strbuf_done(&safe);
    }
}

static int load_rules(struct scan *s)
{
    struct error err = ERROR_NULL;
    struct diags diags = {};
    const enum rule_use use = s->options->with_live ? RULES_OF_MACHINES : RULES_OF_CONTENT;
    const char **files = rule_files(&s->arena, s->options->rules.v, s->options->rules.n, use, &err);
    if (!files) {
        cmd_error(s->options->program, "%s", err.text);
        return -EINVAL;
    }
    s->rules = ruleset_new();
    if (!s->options->with_live)
        ruleset_limit(s->rules, SOURCE_SCAN, PRIORITY_DEBUG);
    int r = rule_files_load(s->rules, files, s->report.started_ns, &diags);
    show_diags(s, &diags);
    diags_done(&diags);
    if (r < 0)
        return r;
    if (!ruleset_count(s->rules)) {
        if (s->options->rules.n)
            cmd_error(s->options->program, "no rule with `source: scan` in what --rules names: rules for live events judge no files");
        else
            cmd_error(s->options->program, "no rules in %s; name some with --rules, or set DAVY_DATA", cmd_data_dir());
        return -EINVAL;
    }
    s->evaluator = evaluator_new(s->rules, RULE_MATCHING_ALL);
    return 0;
}

/* How many of the paths that with_shipped() gives are shipped ones. */
static size_t count_shipped(const char *const *paths, const struct paths *more)
{
    size_t n = 0;
    while (paths[n])
        n++;
    return n - more->n;
}

/* The texts in the order given, NULL-terminated. */
static const char *const *listed(struct scan *s, const struct paths *texts)
{
    const char **v = arena_array(&s->arena, const char *, texts->n + 1);
    if (texts->n)
        memcpy(v, texts->v, texts->n * sizeof(*v));
    return v;
}

/* The shipped files of rules/<folder> with such names, then the user's. */
static const char *const *with_shipped(struct scan *s, const char *folder, const char *prefix, const char *suffix,
                                       const struct paths *more)
{
    struct paths all = {};
    const char *dir = arena_printf(&s->arena, "%s/rules/%s", cmd_data_dir(), folder).p;
    for (const char **f = rule_files_in(&s->arena, dir, prefix, suffix); *f; f++)
        vec_add(&all, *f);
    for (size_t i = 0; more && i < more->n; i++)
        vec_add(&all, more->v[i]);
    const char *const *v = listed(s, &all);
    vec_done(&all);
    return v;
}

static bool rule_asks(const struct rule *rule, enum field_id field)
{
    for (size_t i = 0; i < rule->n_fields; i++)
        if (rule->fields[i] == field)
            return true;
    return str_has(rule->output, str_from(FIELDS[field].name));
}

static bool rules_ask(const struct ruleset *rules, enum field_id field)
{
    for (size_t i = 0; i < ruleset_count(rules); i++)
        if (rule_asks(ruleset_get(rules, i), field))
            return true;
    return false;
}

/* NULL: none is named, and there is none at the usual place. */
static const char *policy_path(const struct scan *s)
{
    static const char usual[] = "/etc/davy/policy.yaml";
    return s->options->policy ? s->options->policy : !access(usual, F_OK) ? usual : NULL;
}

static void add_text(struct sha256 *h, struct str text)
{
    sha256_add(h, &text.n, sizeof(text.n));
    sha256_add(h, text.p, text.n);
}

/* This version, rules for behaviour and for content, lists, and what the owner authorises. */
static struct str identity(struct scan *s, const struct inspect_options *options)
{
    _cleanup_(strbuf_done) struct strbuf policy = {};
    struct sha256 *h = sha256_new();
    if (policy_path(s))
        (void)file_read(policy_path(s), OWN_FILE_MAX, &policy, NULL);
    add_text(h, STR(DAVY_VERSION));
    add_text(h, ruleset_digest(s->rules));
    add_text(h, scan_content_identity(&s->arena, options));
    add_text(h, strbuf_str(&policy));
    struct str hex = sha256_end_hex(h, &s->arena);
    sha256_free(h);
    return hex;
}

static int load_inspector(struct scan *s)
{
    struct error err = ERROR_NULL;
    struct inspect_options options = {
        .yara_paths = with_shipped(s, "yara", "", ".yar", &s->options->yara),
        .yara_defines = listed(s, &s->options->yara_defines),
        .secret_paths = with_shipped(s, "secrets", "", ".toml", &s->options->secrets),
        .secret_decode_depth = s->options->decode_depth,
        .sign_paths = with_shipped(s, "intel", "signs-", ".txt", NULL),
        .shape_paths = with_shipped(s, "intel", "shapes-", ".txt", NULL),
        .intel = s->intel,
        .no_entropy = !s->options->entropy && !rules_ask(s->rules, F_FILE_ENTROPY),
    };
    options.yara_own = count_shipped(options.yara_paths, &s->options->yara);
    options.secret_own = count_shipped(options.secret_paths, &s->options->secrets);
    s->identity = identity(s, &options);
    options.cache = cache_open(cmd_cache_dir()); /* compiled rules: with --no-cache too, since they say nothing of what is scanned */
    int r = inspector_new(&options, &s->inspector, &err);
    options.cache = cache_close(options.cache);
    if (!r && !s->options->no_cache && !s->options->no_notes && !s->options->unconfined)
        s->notes = scan_notes_new(&options, clock_ns(CLOCK_REALTIME));
    const char *names = arena_printf(&s->arena, "%s/rules/intel/official-images.txt", cmd_data_dir()).p;
    if (!r)
        r = imitate_new(names, &s->names, &err);
    if (r < 0)
        cmd_error(s->options->program, "%s", err.text);
    return r;
}

/* What is wrong with the user's rules for content but can be lived with. */
static void show_warnings(const struct scan *s, const struct inspector_info *info)
{
    for (size_t i = 0; i < info->n_yara_left_out; i++) {
        _cleanup_(strbuf_done) struct strbuf safe = {};
        text_add_safe(&safe, info->yara_left_out[i]);
        cmd_error(s->options->program, "warning: this file of YARA rules is left out: %s", safe.p);
    }
    for (size_t i = 0; i < info->n_warnings; i++) {
        _cleanup_(strbuf_done) struct strbuf safe = {};
        text_add_safe(&safe, info->warnings[i]);
        cmd_error(s->options->program, "warning: %s", safe.p);
    }
}

static int load_policy(struct scan *s)
{
    struct error err = ERROR_NULL;
    const char *path = policy_path(s);
    int r = path ? policy_load_file(path, &s->policy, &err) : 0;
    if (r < 0)
        cmd_error(s->options->program, "%s", err.text);
    return r;
}

/* Remembers what the shipped rule files are, to know them again in a target. */
static void remember_own_files(struct scan *s)
{
    static const char *const folders[] = {"behaviour", "cloud", "intel", "secrets", "sigma", "study", "yara"};
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        const char *dir = arena_printf(&s->arena, "%s/rules/%s", cmd_data_dir(), folders[i]).p;
        for (const char **f = rule_files_in(&s->arena, dir, "", ""); *f; f++) {
            struct strbuf content = {};
            uint8_t digest[SHA256_BYTES];
            if (!file_read(*f, OWN_FILE_MAX, &content, NULL)) {
                sha256_once(content.p, content.n, digest);
                (void)map_put(&s->own_files, hex_encode(&s->arena, digest, sizeof(digest)), NULL);
            }
            strbuf_done(&content);
        }
    }
}

/* Last: they inherit what was loaded. */
static int load_workers(struct scan *s)
{
    struct error err = ERROR_NULL;
    struct worker_options options = {
        .inspector = s->inspector,
        .names = s->names,
        .now_ns = s->report.started_ns,
        .jobs = s->options->jobs,
        .stall_seconds = s->options->stall_seconds,
        .in_process = s->options->unconfined,
    };
    int r = workers_new(&options, &s->workers, &err);
    if (r < 0)
        cmd_error(s->options->program, "%s", err.text);
    return r;
}

int scan_load(struct scan *s)
{
    s->report.started_ns = clock_ns(CLOCK_REALTIME);
    int r = load_rules(s);
    remember_own_files(s);
    if (!r)
        r = scan_load_intel(s);
    if (!r)
        r = load_inspector(s);
    if (!r)
        r = load_policy(s);
    if (r < 0)
        return r;
    struct inspector_info info = inspector_info(s->inspector);
    show_warnings(s, &info);
    s->report.version = STR(DAVY_VERSION);
    s->report.fail_on = s->options->fail_on;
    s->report.never_fails = s->options->never_fail;
    s->report.policy = s->policy;
    s->report.rules = (struct report_rules){
        .digest = ruleset_digest(s->rules),
        .behaviour = ruleset_count(s->rules),
        .yara = info.yara_rules,
        .secrets = info.secret_rules,
        .signs = info.signs,
    };
    scan_count_intel(s);
    facts_init(&s->facts);
    return load_workers(s);
}

void scan_unload(struct scan *s)
{
    (void)workers_free(s->workers);
    s->notes = scan_notes_free(s->notes);
    report_done(&s->report);
    (void)policy_free(s->policy);
    (void)imitate_free(s->names);
    (void)inspector_free(s->inspector);
    (void)intel_free(s->intel);
    (void)evaluator_free(s->evaluator);
    (void)ruleset_free(s->rules);
    facts_done(&s->facts);
    map_done(&s->own_files);
    arena_done(&s->arena);
}

void scan_target_begin(struct scan *s, const char *name, const char *kind)
{
    if (s->fetched)
        name = s->fetched->shown;
    s->target = report_add_target(&s->report, str_from(name), str_from(kind));
    for (size_t i = 0; s->fetched && i < s->fetched->unread.n; i++)
        report_unread(s->target, STR("image"), s->fetched->unread.v[i]);
    s->target->findings = findings_new(&(struct findings_options){
        .policy = s->policy,
        .now_ns = s->report.started_ns,
        .image = str_from(name),
    });
    s->owned = owned_new(s->report.started_ns);
    s->target->wall_ns = progress_now();
    s->target->cpu_ns = cpu_now(s);
    progress_start_next(&s->progress, !s->options->quiet);
}

bool scan_is_own(struct scan *s, const struct facts *facts)
{
    struct str digest = facts_get_str(facts, F_FILE_SHA256);
    if (!digest.n || !map_has(&s->own_files, digest))
        return false;
    report_skipped(s->target, facts_get_str(facts, F_FILE_PATH), STR(N_("one of Davy's own rule files, byte for byte")));
    return true;
}

struct judging {
    struct scan *scan;
    const struct facts *facts;
};

static int on_match(void *ctx, const struct rule *rule, const struct event *)
{
    const struct judging *j = ctx;
    (void)findings_add(j->scan->target->findings, j->scan->rules, rule, j->facts);
    return 0;
}

static bool has_problem(const struct facts *facts, const char *word)
{
    const struct value *v = facts_get(facts, F_ARCHIVE_PROBLEMS);
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        if (str_is(v->list.v[i].s, word))
            return true;
    return false;
}

/* What is in an archive and was not looked at belongs to the report, whatever the rules say. */
static void tell_refused(struct scan *s, const struct facts *facts)
{
    if (!facts_has(facts, F_ARCHIVE_REFUSED))
        return;
    struct strbuf why = {};
    strbuf_adds(&why, _("not all in the archive was looked at"));
    if (facts_has(facts, F_ARCHIVE_PROBLEMS)) {
        strbuf_addc(&why, ' ');
        value_add_text(&why, facts_get(facts, F_ARCHIVE_PROBLEMS));
    }
    if (facts_has(facts, F_ARCHIVE_ENCRYPTED))
        strbuf_adds(&why, _(": it needs a password"));
    if (has_problem(facts, "too-large") || has_problem(facts, "unread-format"))
        strbuf_adds(&why, _(": unpack it, and scan the folder"));
    report_skipped(s->target, facts_get_str(facts, F_FILE_PATH), strbuf_str(&why));
    strbuf_done(&why);
}

static void tell_holes(struct scan *s, const struct facts *facts)
{
    if (!facts_has(facts, F_FILE_HOLES))
        return;
    _cleanup_(strbuf_done) struct strbuf size = {}, why = {};
    text_add_size(&size, facts_get(facts, F_FILE_HOLES)->u);
    strbuf_printf(&why, _("%.*s of holes, which hold nothing; what is stored was looked at"), STR_ARG(strbuf_str(&size)));
    report_skipped(s->target, facts_get_str(facts, F_FILE_PATH), strbuf_str(&why));
}

static void judge(struct scan *s, struct facts *facts)
{
    facts_str(facts, F_TARGET_NAME, s->target->name);
    facts_str(facts, F_TARGET_KIND, s->target->kind);
    (void)evaluator_run(s->evaluator, &facts->event, on_match, &(struct judging){s, facts});
}

void scan_judge(struct scan *s, struct facts *facts)
{
    tell_refused(s, facts);
    tell_holes(s, facts);
    owned_see(s->owned, facts);
    inventory_add(&s->target->inventory, facts, outputs_want_list(&s->options->outputs));
    judge(s, facts);
}

void scan_target_end(struct scan *s)
{
    while (owned_next(s->owned, &s->facts) == 0)
        judge(s, &s->facts);
    s->owned = owned_free(s->owned);
    progress_end(&s->progress);
    s->target->wall_ns = progress_now() - s->target->wall_ns;
    s->target->cpu_ns = cpu_now(s) - s->target->cpu_ns;
    s->target = NULL;
    s->report.ended_ns = clock_ns(CLOCK_REALTIME);
}
