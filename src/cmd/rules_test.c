// SPDX-License-Identifier: Apache-2.0
/* davy rules test: runs the cases beside rules through the facts, the analyzers and the evaluator that a scan
 * uses. */
#include "base/file.h"
#include "base/intl.h"
#include "base/map.h"
#include "base/mask.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/intel_files.h"
#include "cmd/rules.h"
#include "cmd/rules_story.h"

static const char NAME[] = "davy rules test";

enum { CASE_FILE_BYTES = 16 << 20 };

/* What was seen of one rule. */
struct tally {
    const struct rule *rule;
    size_t hits, near_misses;
};

/* Where rules are installed their cases lie under a mask (tools/mask-cases): what they quote would be found there. */
#define MASKED_ENDING ".cases"
static const uint8_t MASK[SHA256_BYTES] = "davycase";

/* A file of cases; it stays, because steps of correlations name hits of others. */
struct case_file {
    struct strbuf text, folder;
    struct arena arena;
    struct source source;
    struct yaml_documents documents;
};

struct run {
    struct rules_loaded rules;
    struct evaluator *evaluator;
    struct intel *intel;
    struct inspector *inspector;
    struct facts facts;
    struct rules_record record;
    struct map tallies; /* by rule name → struct tally */
    struct map hits;    /* by rule name → struct story_hit, the first */
    VEC(struct case_file *) files;
    struct story story;
    struct strbuf out;
    size_t passed, failed;
};

struct match {
    const struct rule *wanted;
    bool found;
};

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    struct match *m = ctx;
    (void)event;
    m->found |= rule == m->wanted;
    return 0;
}

/* Every fact of the event, one a line. */
static void add_facts(struct strbuf *b, const struct facts *facts)
{
    struct strbuf value = {};
    strbuf_printf(b, "    evt.type = %s\n", event_type_name(facts->event.type));
    for (int i = 0; i < FIELD__N; i++) {
        if (!facts_has(facts, (enum field_id)i))
            continue;
        strbuf_clear(&value);
        value_add_text(&value, facts_get(facts, (enum field_id)i));
        strbuf_printf(b, "    %s = ", FIELDS[i].name);
        text_add_fit(b, strbuf_str(&value), 160, cmd_utf8());
        strbuf_addc(b, '\n');
    }
    strbuf_done(&value);
}

static void add_case_name(struct strbuf *b, const struct yaml_node *c, const struct rule *rule, bool is_hit)
{
    const struct yaml_node *name = yaml_get(c, "name");
    uint32_t line, column;
    source_place(c->source, c->start, &line, &column);
    text_add_safe(b, str_from(c->source->name));
    strbuf_printf(b, ":%u: ", line);
    text_add_safe(b, rule->name);
    strbuf_printf(b, ": %s", is_hit ? _("hit") : _("near miss"));
    if (name && name->kind == YAML_SCALAR) {
        strbuf_adds(b, " \"");
        text_add_safe(b, name->text);
        strbuf_addc(b, '"');
    }
}

/* A case of a correlation. */
static int run_story(struct run *r, const struct yaml_node *c, const char *folder, const struct rule *rule, bool is_hit)
{
    struct error err = ERROR_NULL;
    bool found = false;
    if (rules_story_run(&r->story, c, folder, rule, &found, &err) < 0) {
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    if (found == is_hit) {
        r->passed++;
        return 0;
    }
    r->failed++;
    add_case_name(&r->out, c, rule, is_hit);
    strbuf_adds(&r->out, is_hit ? _(" does not match. What its steps match:\n") : _(" matches. What its steps match:\n"));
    strbuf_add(&r->out, strbuf_str(&r->story.told));
    return 0;
}

static int run_case(struct run *r, const struct yaml_node *c, const char *folder, const struct rule *rule,
                    bool is_hit)
{
    struct error err = ERROR_NULL;
    struct match m = {.wanted = rule};
    if (c->kind != YAML_MAP) {
        (void)rules_case_error(&err, c, "a case is a map with name, and fields, file or record");
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    if (rule->correlation)
        return run_story(r, c, folder, rule, is_hit);
    if (yaml_get(c, "at") || yaml_get(c, "times") || yaml_get(c, "each")) {
        (void)rules_case_error(&err, c, "`at`, `times` and `each` belong to the steps of a correlation's case");
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    struct event *event;
    if (rules_case_event(c, folder, r->inspector, &r->facts, &r->record, &event, &err) < 0) {
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    (void)evaluator_run(r->evaluator, event, on_match, &m);
    if (m.found == is_hit) {
        r->passed++;
        return 0;
    }
    r->failed++;
    add_case_name(&r->out, c, rule, is_hit);
    strbuf_adds(&r->out, is_hit ? _(" does not match. Its facts:\n") : _(" matches. Its facts:\n"));
    if (r->record.record)
        rules_record_add(&r->out, &r->record);
    else
        add_facts(&r->out, &r->facts);
    return 0;
}

static int run_cases(struct run *r, const struct yaml_node *cases, const char *folder, struct tally *t,
                     bool is_hit)
{
    struct error err = ERROR_NULL;
    if (!cases || yaml_is_null(cases))
        return 0;
    if (cases->kind != YAML_SEQUENCE) {
        (void)rules_case_error(&err, cases, "`%s` is a sequence of cases", is_hit ? "hit" : "near_miss");
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    int code = 0;
    for (size_t i = 0; i < cases->n; i++) {
        int c = run_case(r, cases->v[i], folder, t->rule, is_hit);
        code = c ? c : code;
        *(is_hit ? &t->hits : &t->near_misses) += 1;
    }
    return code;
}

/* The cases of one rule. */
static int run_item(struct run *r, const struct yaml_node *item, const char *folder)
{
    struct error err = ERROR_NULL;
    const struct yaml_node *name = yaml_get(item, "rule");
    struct map_entry *e = name && name->kind == YAML_SCALAR ? map_get(&r->tallies, name->text) : NULL;
    if (!e) {
        (void)rules_case_error(&err, name ? name : item, "there is no rule of this name among those loaded");
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    for (size_t i = 0; i + 1 < item->n; i += 2) {
        const struct str key = item->v[i]->text;
        if (str_is(key, "rule") || str_is(key, "hit") || str_is(key, "near_miss"))
            continue;
        (void)rules_case_error(&err, item->v[i],
                               "cases have no key \"%.*s\": known are rule, hit and near_miss", STR_ARG(key));
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    struct tally *t = e->ptr;
    if (!t->rule->enabled)
        return 0;
    int hits = run_cases(r, yaml_get(item, "hit"), folder, t, true);
    int misses = run_cases(r, yaml_get(item, "near_miss"), folder, t, false);
    return hits ? hits : misses;
}

/* The first hit of each rule, for steps that are like it. */
static void note_hits(struct run *r, const struct case_file *f, const struct yaml_node *item)
{
    const struct yaml_node *name = yaml_get(item, "rule"), *hits = yaml_get(item, "hit");
    if (!name || name->kind != YAML_SCALAR || !hits || hits->kind != YAML_SEQUENCE || !hits->n || map_has(&r->hits, name->text))
        return;
    struct story_hit *hit = arena_new(&r->rules.arena, struct story_hit);
    *hit = (struct story_hit){.node = hits->v[0], .folder = f->folder.p};
    map_put(&r->hits, name->text, NULL)->ptr = hit;
}

static int load_file(struct run *r, const char *path)
{
    struct case_file *f = xnew(struct case_file);
    struct yaml_problem problem = {};
    uint32_t line, column;
    struct error err = ERROR_NULL;
    vec_add(&r->files, f);
    if (file_read(path, CASE_FILE_BYTES, &f->text, &err) < 0) {
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    if (str_ends(str_from(path), STR(MASKED_ENDING)))
        mask_bytes(f->text.p, f->text.n, 0, MASK);
    strbuf_add(&f->folder, str_dirname(str_from(path)));
    if (!f->folder.n)
        strbuf_addc(&f->folder, '.');
    source_init(&f->source, &f->arena, path, strbuf_str(&f->text));
    if (yaml_parse(&f->source, &f->arena, &f->documents, NULL, &problem)) {
        source_place(&f->source, problem.offset, &line, &column);
        cmd_error(NAME, "%s:%u:%u: %.*s", path, line, column, STR_ARG(problem.message));
        return EXIT_CANNOT;
    }
    for (size_t i = 0; i < f->documents.n; i++)
        for (size_t j = 0; j < f->documents.v[i]->n && f->documents.v[i]->kind == YAML_SEQUENCE; j++)
            note_hits(r, f, f->documents.v[i]->v[j]);
    return 0;
}

static int run_file(struct run *r, const struct case_file *f)
{
    int code = 0;
    for (size_t i = 0; i < f->documents.n; i++)
        for (size_t j = 0; j < f->documents.v[i]->n && f->documents.v[i]->kind == YAML_SEQUENCE; j++) {
            int c = run_item(r, f->documents.v[i]->v[j], f->folder.p);
            code = c ? c : code;
        }
    return code;
}

static void case_file_free(struct case_file *f)
{
    vec_done(&f->documents);
    arena_done(&f->arena);
    strbuf_done(&f->text);
    strbuf_done(&f->folder);
    free(f);
}

static int start(struct run *r)
{
    struct error err = ERROR_NULL;
    struct arena *a = &r->rules.arena;
    if (intel_files_load(NULL, 0, &r->intel, &err) < 0) { /* at no day, so that cases hold on every day */
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    struct inspect_options options = {
        .yara_paths = rule_files_in(a, arena_printf(a, "%s/rules/yara", cmd_data_dir()).p, "", ".yar"),
        .secret_paths = rule_files_in(a, arena_printf(a, "%s/rules/secrets", cmd_data_dir()).p, "", ".toml"),
        .sign_paths = rule_files_in(a, arena_printf(a, "%s/rules/intel", cmd_data_dir()).p, "signs-", ".txt"),
        .shape_paths = rule_files_in(a, arena_printf(a, "%s/rules/intel", cmd_data_dir()).p, "shapes-", ".txt"),
        .intel = r->intel,
    };
    while (options.yara_paths[options.yara_own])
        options.yara_own++;
    while (options.secret_paths[options.secret_own])
        options.secret_own++;
    if (inspector_new(&options, &r->inspector, &err) < 0) {
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    r->evaluator = evaluator_new(r->rules.rs, RULE_MATCHING_ALL);
    facts_init(&r->facts);
    r->story = (struct story){
        .rs = r->rules.rs, .evaluator = r->evaluator, .inspector = r->inspector, .facts = &r->facts, .record = &r->record, .hits = &r->hits};
    for (size_t i = 0; i < ruleset_count(r->rules.rs); i++) {
        struct tally *t = arena_new(a, struct tally);
        t->rule = ruleset_get(r->rules.rs, i);
        map_put(&r->tallies, t->rule->name, NULL)->ptr = t;
    }
    return 0;
}

static void finish(struct run *r)
{
    strbuf_done(&r->out);
    strbuf_done(&r->story.told);
    for (size_t i = 0; i < r->files.n; i++)
        case_file_free(r->files.v[i]);
    vec_done(&r->files);
    map_done(&r->tallies);
    map_done(&r->hits);
    if (r->inspector)
        facts_done(&r->facts);
    rules_record_done(&r->record);
    evaluator_free(r->evaluator);
    inspector_free(r->inspector);
    intel_free(r->intel);
    rules_loaded_done(&r->rules);
}

/* Rules that nothing shows to match, or nothing shows to leave alone what it should. */
static void check_coverage(struct run *r)
{
    for (size_t i = 0; i < r->tallies.n; i++) {
        const struct tally *t = r->tallies.v[i].ptr;
        if (!t->rule->enabled || (t->hits && t->near_misses))
            continue;
        r->failed++;
        text_add_safe(&r->out, str_from(t->rule->file));
        strbuf_printf(&r->out, ":%u: ", t->rule->line);
        text_add_safe(&r->out, t->rule->name);
        strbuf_printf(&r->out, ": %s\n",
                      t->hits          ? _("has no near miss")
                      : t->near_misses ? _("has no hit")
                                       : _("has no hit and no near miss"));
    }
}

/* NAME.cases.yaml of NAME.yaml, or NAME.cases, which is it under a mask; NULL when there is none. */
static const char *cases_of(struct arena *a, const char *rules)
{
    struct str path = str_from(rules);
    struct str ending = str_ends(path, STR(".yml")) ? STR(".yml") : STR(".yaml");
    if (!str_ends(path, ending))
        return NULL;
    const char *cases =
        arena_printf(a, "%.*s.cases%.*s", (int)(path.n - ending.n), path.p, STR_ARG(ending)).p;
    if (!access(cases, F_OK))
        return cases;
    cases = arena_printf(a, "%.*s" MASKED_ENDING, (int)(path.n - ending.n), path.p).p;
    return access(cases, F_OK) ? NULL : cases;
}

int rules_test(const struct rules_options *o, char **operands, size_t n)
{
    struct run r = {};
    int code = rules_load_or_say(&r.rules, NAME, &o->sigma, operands, n);
    if (!code)
        code = start(&r);
    for (const char **f = r.rules.files; !code && *f; f++) {
        const char *cases = cases_of(&r.rules.arena, *f);
        code = cases ? load_file(&r, cases) : 0;
    }
    for (size_t i = 0; !code && i < r.files.n; i++)
        code = run_file(&r, r.files.v[i]);
    if (!code) {
        check_coverage(&r);
        strbuf_printf(&r.out, _("%zu passed, %zu failed\n"), r.passed, r.failed);
    }
    if (rules_print(&r.out))
        code = EXIT_CANNOT;
    if (!code && r.failed)
        code = EXIT_FINDINGS;
    finish(&r);
    return code;
}
