// SPDX-License-Identifier: Apache-2.0
/* davy rules: checks, lists, explains and tests rules. */
#include <errno.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/day.h"
#include "base/intl.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/intel_files.h"
#include "cmd/rules.h"
#include "rule/prefilter.h"

#define FORMAT_OPTION                                                                                        \
    {                                                                                                        \
        "format", 'f', "FORMAT", N_("text (the default) or json")                                           \
    }
#define LAST_OPTIONS                                                                                         \
    {"help", 'h', NULL, N_("this text")}, {"version", 'V', NULL, N_("the version")},                        \
    {                                                                                                        \
    }

static const struct cmd_option JSON_OPTIONS[] = {FORMAT_OPTION, LAST_OPTIONS};
static const struct cmd_option CHECK_OPTIONS[] = {FORMAT_OPTION, SIGMA_OPTIONS, LAST_OPTIONS};
static const struct cmd_option TEST_OPTIONS[] = {SIGMA_OPTIONS, LAST_OPTIONS};
static const struct cmd_option LIST_OPTIONS[] = {
    FORMAT_OPTION,
    {"tag", 't', "TAG", N_("only rules with this tag, such as row:18 or T1496; repeated: with all of them")},
    {"source", 's', "SOURCE", N_("only rules for this source: scan, syscall, log or one of the log's own, such as aws_cloudtrail")},
    SIGMA_OPTIONS,
    LAST_OPTIONS,
};

static const struct cmd_option EXPLAIN_OPTIONS[] = {
    {"kernel", 'k', NULL, N_("what the kernel decides about its events, and what is left to user space; without RULE a summary of all rules")},
    SIGMA_OPTIONS,
    LAST_OPTIONS,
};

static int take(void *ctx, const struct cmd_option *option, const char *value);

static const struct command {
    struct cmd_program program;
    const char *line; /* for the list of subcommands */
    int (*run)(const struct rules_options *o, char **operands, size_t n);
} COMMANDS[] = {
    {{"davy rules check", "[OPTION…] [FILE|FOLDER…]",
      N_("Loads and compiles rule files in the order given (the shipped ones when none is named) and prints "
      "every error and "
      "warning with its place and a cure. Exits with 1 when there is an error."),
      CHECK_OPTIONS, "  davy rules check mine.yaml\n  davy rules check --sigma sigma/rules/linux\n", take},
     N_("say what is wrong with rule files"),
     rules_check},
    {{"davy rules list", "[OPTION…] [FILE|FOLDER…]", N_("Lists rules with priority, source and tags."),
      LIST_OPTIONS, "  davy rules list --tag purpose:mining\n", take},
     N_("list rules with priority, source and tags"),
     rules_list},
    {{"davy rules explain", "[OPTION…] RULE [FILE|FOLDER…]",
      N_("Shows a rule: what it says, its condition, the fields that it reads, and the program that the "
      "condition becomes, one "
      "instruction a line."),
      EXPLAIN_OPTIONS,
      "  davy rules explain 'Miner configuration'\n  davy rules explain --kernel mine.yaml\n", take},
     N_("show a rule, its fields and its program"),
     rules_explain},
    {{"davy rules fields", "[OPTION…] [PATTERN]",
      N_("Lists the fields that rules can use, with type, source and meaning. PATTERN is a part of the name or "
      "the meaning, or a "
      "shell pattern for the name."),
      JSON_OPTIONS, "  davy rules fields 'elf.*'\n", take},
     N_("list the fields that rules can use"),
     rules_fields},
    {{"davy rules test", "[OPTION…] [FILE|FOLDER…]",
      N_("Runs the cases beside rules (NAME.cases.yaml beside NAME.yaml): hits must match, near misses must "
      "not, and each rule "
      "needs at least one of both. Exits with 1 when one fails."),
      TEST_OPTIONS, "  davy rules test\n  davy rules test lists.yaml mine.yaml\n", take},
     N_("run the cases that stand beside rules"),
     rules_test},
};

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct rules_options *o = ctx;
    if (sigma_files_take(&o->sigma, option->name, value))
        return 0;
    if (!strcmp(option->name, "tag")) {
        vec_add(&o->tags, value);
    } else if (!strcmp(option->name, "kernel")) {
        o->kernel = true;
    } else if (!strcmp(option->name, "source")) {
        if (event_source_from(str_from(value)) < 0) {
            cmd_error("davy rules list", "there is no source `%s`; --source takes scan, syscall, log or one of the log's own, such as aws_cloudtrail", value);
            return -EINVAL;
        }
        o->source = value;
    } else if (strcmp(value, "json") && strcmp(value, "text")) {
        cmd_error("davy rules", "there is no format `%s`; --format takes text or json", value);
        return -EINVAL;
    } else {
        o->json = !strcmp(value, "json");
    }
    return 0;
}

static void help(FILE *out)
{
    (void)fputs(_("Usage: davy rules COMMAND [OPTION…] …\n\nChecks, lists, explains and tests the rules that "
                  "Davy judges by.\n\n"
                  "Commands:\n"),
                out);
    for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
        (void)fprintf(out, "  %-8s %s\n", COMMANDS[i].program.name + strlen("davy rules "), _(COMMANDS[i].line));
    (void)fputs(_("\n`davy rules COMMAND --help` says more; so do davy-rules(1) and davy-rules(5).\n"), out);
}

int rules_load(struct rules_loaded *l, const char *program, const struct sigma_files *sigma, char **paths, size_t n, bool today)
{
    struct error err = ERROR_NULL;
    *l = (struct rules_loaded){.now_ns = today ? clock_ns(CLOCK_REALTIME) / CLOCK_SECOND * CLOCK_SECOND : 0};
    const bool is_sigma_alone = !n && sigma->paths.n;
    l->files = is_sigma_alone ? arena_array(&l->arena, const char *, 1) : rule_files(&l->arena, (const char *const *)paths, n, RULES_ALL, &err);
    if (!l->files) {
        cmd_error(program, "%s", err.text);
        return EXIT_CANNOT;
    }
    l->rs = ruleset_new();
    if (today) /* whoever asks what is wrong wants to hear of all at once */
        ruleset_set_lenient(l->rs);
    l->result = rule_files_load_sigma(l->rs, l->files, sigma, l->now_ns, &l->diags, &err);
    if (!err.text[0])
        return 0;
    cmd_error(program, "%s", err.text);
    return EXIT_CANNOT;
}

int rules_load_or_say(struct rules_loaded *l, const char *program, const struct sigma_files *sigma, char **paths, size_t n)
{
    int code = rules_load(l, program, sigma, paths, n, false);
    struct strbuf b = {};
    for (size_t i = 0; i < l->diags.n; i++)
        if (diag_code_is_error(l->diags.v[i].code))
            diag_render(&b, &l->diags.v[i]);
    if (b.n)
        (void)fputs(b.p, stderr);
    strbuf_done(&b);
    return code ? code : l->result ? EXIT_FINDINGS : EXIT_NOTHING;
}

void rules_loaded_done(struct rules_loaded *l)
{
    diags_done(&l->diags);
    ruleset_free(l->rs);
    arena_done(&l->arena);
}

json_t *rules_json_str(struct str s)
{
    struct strbuf b = {};
    text_add_safe(&b, s);
    json_t *json = json_stringn(b.p ? b.p : "", b.n);
    strbuf_done(&b);
    return json;
}

int rules_print_json(json_t *json)
{
    (void)json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)); /* a stream that failed remembers it */
    (void)fputc('\n', stdout);
    json_decref(json);
    return cmd_flush("davy rules");
}

int rules_print_page(struct strbuf *b)
{
    return cmd_print_page("davy rules", b);
}

int rules_print(const struct strbuf *b)
{
    return cmd_print("davy rules", b);
}

static json_t *diag_json(const struct diag *d)
{
    return json_pack("{s:o, s:i, s:i, s:s, s:s, s:o, s:o, s:o}", "file", rules_json_str(str_from(d->file)),
                     "line", (int)d->line, "column", (int)d->column, "severity",
                     diag_code_is_error(d->code) ? "error" : "warning", "code", diag_code_name(d->code),
                     "item", rules_json_str(d->item), "message", rules_json_str(d->message), "cure",
                     rules_json_str(d->cure));
}

/* The shipped lists of names are no rule files; what is wrong or old in them is said beside the rules' diagnostics. */
static int check_names(struct rules_loaded *l)
{
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *in = NULL;
    size_t n;
    if (intel_files_load(NULL, l->now_ns, &in, &err) < 0) {
        cmd_error("davy rules check", "%s", err.text);
        return EXIT_CANNOT;
    }
    const struct intel_list *lists = intel_lists(in, &n);
    for (size_t i = 0; i < n; i++) {
        struct diag d = {.code = DIAG_EXPIRED_LIST, .file = arena_str(&l->arena, lists[i].file).p, .item = STR("names"),
                         .cure = STR(N_("review it, and give it a new day"))};
        if (lists[i].bad)
            d.message = arena_printf(&l->arena, _("%llu lines are not understood: %.*s"), (unsigned long long)lists[i].bad,
                                     STR_ARG(lists[i].bad_shown));
        else if (lists[i].is_expired)
            d.message = arena_printf(&l->arena, _("good until %.*s: what is found through it counts as context"),
                                     STR_ARG(day_text(&l->arena, lists[i].expires)));
        if (d.message.n)
            diags_add(&l->diags, &d);
    }
    return 0;
}

/* Rules that are loaded without a fault and wait for something that no event is: a list that is empty, a field that the event does not have. */
static void check_vain(struct rules_loaded *l)
{
    for (size_t i = 0; !l->result && i < ruleset_count(l->rs); i++) {
        const struct rule *r = ruleset_get(l->rs, i);
        if (r->source == SOURCE_SYSCALL && r->enabled && !r->correlation && prefilter_is_vain(l->rs, r))
            diags_add(&l->diags, &(struct diag){.code = DIAG_COMPILE_CONDITION, .file = r->file, .line = r->line, .item = arena_printf(&l->arena, "rule %.*s", STR_ARG(r->name)),
                                                .message = STR(N_("no event can meet the condition: the rule never matches")),
                                                .cure = arena_printf(&l->arena, _("davy rules explain --kernel \"%.*s\" says what is asked of each event"), STR_ARG(r->name))});
    }
}

/* A load that is strict ends at the first files that are wrong. So it is none, and what it leaves out becomes an error behind it: all are told at once. */
static void be_strict(struct diags *diags)
{
    for (size_t i = 0; i < diags->n; i++)
        if (diags->v[i].code == DIAG_SIGMA_SKIPPED) {
            diags->v[i].code = DIAG_ERR_SIGMA;
            diags->n_errors++;
        }
}

int rules_check(const struct rules_options *o, char **operands, size_t n)
{
    struct rules_loaded l;
    struct strbuf b = {};
    struct sigma_files sigma = o->sigma;
    sigma.is_strict = false;
    intl_pause(o->json); /* the same for programs in every language */
    int code = rules_load(&l, "davy rules check", &sigma, operands, n, true), printed;
    if (code) {
        rules_loaded_done(&l);
        return code;
    }
    if (!n && !o->sigma.paths.n)
        code = check_names(&l);
    check_vain(&l);
    if (o->sigma.is_strict)
        be_strict(&l.diags);
    json_t *all = json_array();
    size_t n_warnings = 0;
    for (size_t i = 0; i < l.diags.n; i++) {
        if (l.diags.v[i].code == DIAG_ERR_FILE_READ)
            code = EXIT_CANNOT;
        n_warnings += !diag_code_is_error(l.diags.v[i].code);
        if (o->json)
            json_array_append_new(all, diag_json(&l.diags.v[i]));
        else
            diag_render(&b, &l.diags.v[i]);
    }
    const bool is_wrong = l.result || ruleset_left_out(l.rs) || (o->sigma.is_strict && ruleset_sigma_refused(l.rs));
    if (!code && is_wrong)
        code = EXIT_FINDINGS;
    if (o->json) {
        printed = rules_print_json(json_pack("{s:i, s:i, s:i, s:i, s:o}", "rules", (int)(ruleset_count(l.rs) - ruleset_skipped(l.rs)), "left_out",
                                             (int)ruleset_sigma_refused(l.rs), "errors", (int)l.diags.n_errors, "warnings", (int)n_warnings,
                                             "diagnostics", all));
    } else {
        json_decref(all);
        if (is_wrong)
            strbuf_printf(&b, _("errors: %zu, warnings: %zu\n"), l.diags.n_errors, n_warnings);
        else if (l.diags.n_errors)
            strbuf_printf(&b, _("rules: %zu, errors: %zu, warnings: %zu\n"), ruleset_count(l.rs) - ruleset_skipped(l.rs), l.diags.n_errors, n_warnings);
        else
            strbuf_printf(&b, _("rules: %zu, errors: 0, warnings: %zu\n"), ruleset_count(l.rs) - ruleset_skipped(l.rs), n_warnings);
        if (ruleset_sigma_refused(l.rs))
            strbuf_printf(&b, _("Sigma rules left out: %zu\n"), ruleset_sigma_refused(l.rs));
        printed = rules_print(&b);
    }
    strbuf_done(&b);
    rules_loaded_done(&l);
    return printed ? printed : code;
}

int main(int argc, char **argv)
{
    struct rules_options options = {};
    int code;
    const int at = cmd_choose(&(struct cmd_commands){"davy rules", COMMANDS, ARRAY_SIZE(COMMANDS), sizeof(*COMMANDS), help}, argc, argv, &code);
    if (at < 0)
        return code;
    int first = cmd_parse(&COMMANDS[at].program, argc - 1, argv + 1, &options);
    code = first < 0 ? EXIT_USAGE : COMMANDS[at].run(&options, argv + 1 + first, (size_t)(argc - 1 - first));
    vec_done(&options.tags);
    sigma_files_done(&options.sigma);
    return code;
}
