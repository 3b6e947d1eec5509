// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/intl.h"
#include "rule/check.h"
#include "rule/compile.h"
#include "rule/eval.h"
#include "rule/format.h"
#include "rule/guard.h"
#include "rule/index.h"

/* Falco warns above this number of event types. */
enum { EVENT_TYPES_MANY = 100 };

struct compiled_rule {
    const struct rule *rule;
    struct format format;
    enum event_type *types;
    unsigned n_types;
};

struct compiled {
    struct program *program;
    struct compiled_rule *rules; /* as in program->rules */
    uint32_t *places;            /* rule.index → place in `rules`, PROGRAM_NONE where there is none */
    size_t n_places;
    struct index index;
    struct guards guards;
};

struct output_context {
    struct compiler *compiler;
    struct rule_input *rule;
    struct diags *diags;
    bool has_error;
};

static uint32_t on_output_operand(void *ctx, const struct operand *o)
{
    struct output_context *c = ctx;
    return compiler_add_operand(c->compiler, o, USE_OUTPUT);
}

static void on_output_problem(void *ctx, uint32_t offset, enum format_problem problem, struct str message,
                              struct str cure)
{
    struct output_context *c = ctx;
    enum diag_code code = problem == FORMAT_WARNING ? DIAG_COMPILE_CONDITION : DIAG_ERR_COMPILE_OUTPUT;
    if (problem == FORMAT_UNKNOWN && c->rule->skip_if_unknown_filter) {
        code = DIAG_UNKNOWN_FILTER;
        c->rule->is_skipped = true;
    }
    c->has_error |= diag_code_is_error(code);
    _cleanup_free_ char *m = xstrndup(message.p, message.n), *cu = cure.n ? xstrndup(cure.p, cure.n) : NULL;
    c->rule->origin.report(c->rule->origin.ctx, c->diags, code, &(struct place){.offset = offset}, true, m,
                           cu);
}

struct key_context {
    struct compiler *compiler;
    struct rule_input *rule;
    struct rule_key *key;
    struct diags *diags;
};

static uint32_t on_key_operand(void *ctx, const struct operand *o)
{
    struct key_context *c = ctx;
    return c->key->operand = compiler_add_operand(c->compiler, o, USE_OUTPUT);
}

/* The format begins with a percent sign that was not written. */
static void on_key_problem(void *ctx, uint32_t offset, enum format_problem problem, struct str message, struct str cure)
{
    struct key_context *c = ctx;
    _cleanup_free_ char *m = xstrndup(message.p, message.n), *cu = cure.n ? xstrndup(cure.p, cure.n) : NULL;
    c->key->report(c->key, c->rule->origin.ctx, c->diags, problem == FORMAT_WARNING ? DIAG_COMPILE_CONDITION : DIAG_ERR_COMPILE_CONDITION,
                   offset ? offset - 1 : 0, m, cu);
}

/* The keys of a correlation, each as an output of one field and nothing else. */
static int compile_keys(struct compiler *c, struct rule_input *r, struct arena *arena, struct diags *diags)
{
    int result = 0;
    for (size_t i = 0; i < r->n_keys; i++) {
        struct key_context context = {.compiler = c, .rule = r, .key = &r->keys[i], .diags = diags};
        struct format format = {};
        const struct str text = arena_printf(arena, "%%%.*s", STR_ARG(r->keys[i].text));
        int parsed = format_parse(&(struct format_parser){.source = r->rule->source,
                                                          .arena = arena,
                                                          .on_operand = on_key_operand,
                                                          .on_problem = on_key_problem,
                                                          .n_problems = diags ? diags->n : 0,
                                                          .ctx = &context},
                                  text, &format);
        const bool is_field = format.n_parts == 1 && format.parts[0].operand != PROGRAM_NONE && !format.parts[0].width;
        if (!parsed && !is_field) {
            r->keys[i].report(&r->keys[i], r->origin.ctx, diags, DIAG_ERR_COMPILE_CONDITION, 0, N_("this is no field"),
                              N_("write the name of a field; davy rules fields lists them"));
            parsed = -EINVAL;
        }
        result = parsed ? -EINVAL : result;
    }
    return result;
}

static int compile_rule(struct compiler *c, struct rule_input *r, uint32_t number, struct arena *arena,
                        struct diags *diags, struct format *ret_format)
{
    struct output_context context = {.compiler = c, .rule = r, .diags = diags};
    int ret = r->condition ? check_condition(r, arena, diags) : compile_keys(c, r, arena, diags);
    if (r->is_skipped)
        return 0;
    (void)format_parse(&(struct format_parser){.source = r->rule->source,
                                               .arena = arena,
                                               .on_operand = on_output_operand,
                                               .on_problem = on_output_problem,
                                               .n_problems = diags ? diags->n : 0,
                                               .ctx = &context},
                       r->rule->output, ret_format);
    if ((ret < 0 || context.has_error) && r->is_lenient) {
        r->is_skipped = r->is_wrong = true;
        return 0;
    }
    if (ret < 0 || context.has_error)
        return -EINVAL;
    if (r->is_skipped)
        return 0;
    if (r->condition)
        compiler_add_rule(c, number, r->rule->source, r->condition);
    return 0;
}

static void collect_fields(const struct operand *o, bool *seen)
{
    if (o->transformer == TR_NONE && !o->is_literal)
        seen[o->ref.id] = true;
    for (size_t i = 0; i < o->n_args; i++)
        collect_fields(o->args[i], seen);
}

static void list_fields(struct rule *rule, const bool *seen, struct arena *arena)
{
    const bool *const end = seen + FIELD__N;
    enum field_id fields[FIELD__N];
    size_t n = 0;
    /* few of very many */
    for (const bool *at = seen; at < end && (at = memchr(at, 1, (size_t)(end - at))); at++)
        fields[n++] = (enum field_id)(at - seen);
    enum field_id *kept = arena_array(arena, enum field_id, n);
    if (n)
        memcpy(kept, fields, n * sizeof(*fields));
    rule->fields = kept;
    rule->n_fields = n;
}

static void set_fields(struct rule *rule, const struct program *p, const struct program_range *r,
                       struct arena *arena)
{
    bool seen[FIELD__N] = {};
    for (uint32_t pc = 0; pc < r->n_code; pc++) {
        const enum opcode op = code_opcode(r->code[pc]);
        if (op != OPCODE_JT && op != OPCODE_JF)
            continue;
        const struct leaf *l = &p->leaves[code_leaf(r->code[pc])];
        collect_fields(&p->operands[l->left], seen);
        if (l->right != PROGRAM_NONE)
            collect_fields(&p->operands[l->right], seen);
    }
    list_fields(rule, seen, arena);
}

static void set_types(struct compiled_rule *cr, const struct program *p, size_t at, struct arena *arena)
{
    uint64_t types[TYPE_WORDS];
    index_types(p, at, types);
    cr->types = arena_array(arena, enum event_type, index_count(types));
    for (unsigned t = 0; t < EVENT__N; t++)
        if (types[t / 64] >> (t % 64) & 1)
            cr->types[cr->n_types++] = (enum event_type)t;
}

static void warn_types(const struct compiled_rule *cr, struct rule_input *r, struct arena *arena,
                       struct diags *diags)
{
    if (!r->warn_evttypes)
        return;
    if (cr->n_types > EVENT_TYPES_MANY)
        r->origin.report(r->origin.ctx, diags, DIAG_NO_EVTTYPE, &r->condition->place, false,
                         arena_printf(arena, _("the rule is tried on %u event types"), cr->n_types).p,
                         N_("name the event types: evt.type in (…) and …"));
    if (!cr->n_types)
        r->origin.report(r->origin.ctx, diags, DIAG_COMPILE_CONDITION, &r->condition->place, false,
                         N_("no event type can meet the condition: the rule never matches"),
                         N_("look at what it asks of evt.type"));
}

/* They stand behind the rules that have a program. */
static void finish_correlations(struct compiled *c, const struct rule_input *rules, size_t n, const struct format *formats,
                                struct arena *arena)
{
    uint32_t at = (uint32_t)c->program->n_rules;
    for (size_t i = 0; i < n; i++) {
        if (rules[i].condition || rules[i].is_skipped)
            continue;
        bool seen[FIELD__N] = {};
        for (size_t k = 0; k < rules[i].n_keys; k++)
            collect_fields(&c->program->operands[rules[i].keys[k].operand], seen);
        list_fields(rules[i].rule, seen, arena);
        c->places[rules[i].rule->index] = at;
        c->rules[at++] = (struct compiled_rule){.rule = rules[i].rule, .format = formats[i]};
    }
}

/* Formats and checks are done: loads what was compiled and fills in what the rules tell about themselves. */
static int finish(struct compiled *c, struct compiler *compiler, struct rule_input *rules, size_t n,
                  struct format *formats, struct arena *arena, struct diags *diags)
{
    struct strbuf buffer = {};
    struct error err = ERROR_NULL;
    int r = compiler_finish(compiler, &buffer);
    if (r < 0)
        (void)error_set(&err, r, "the rules together are too large");
    else
        r = program_load(buffer.p, buffer.n, &c->program, &err);
    strbuf_done(&buffer);
    if (r < 0) {
        rules[0].origin.report(rules[0].origin.ctx, diags, DIAG_ERR_COMPILE_CONDITION, NULL, false, err.text,
                               NULL);
        return -EINVAL;
    }
    const struct program *p = c->program;
    c->rules = arena_array(arena, struct compiled_rule, c->n_places);
    _cleanup_free_ bool *is_on = xalloc(p->n_rules);
    for (size_t i = 0; i < p->n_rules; i++) {
        struct rule_input *input = &rules[p->rules[i].number];
        c->rules[i] = (struct compiled_rule){.rule = input->rule, .format = formats[p->rules[i].number]};
        c->places[input->rule->index] = (uint32_t)i;
        is_on[i] = input->rule->enabled;
        set_fields(input->rule, p, &p->rules[i], arena);
        set_types(&c->rules[i], p, i, arena);
        warn_types(&c->rules[i], input, arena, diags);
    }
    index_init(&c->index, p, is_on, arena);
    guards_init(&c->guards, p, &c->index, arena);
    finish_correlations(c, rules, n, formats, arena);
    return 0;
}

int compiled_new(struct rule_input *rules, size_t n, struct arena *arena, struct diags *diags,
                 struct compiled **ret)
{
    _cleanup_(compiler_freep) struct compiler *compiler = compiler_new();
    _cleanup_free_ struct format *formats = xalloc(n * sizeof(*formats));
    struct compiled *c = arena_new(arena, struct compiled);
    int r = 0;
    for (size_t i = 0; i < n; i++) {
        if (rules[i].rule->index >= c->n_places)
            c->n_places = (size_t)rules[i].rule->index + 1;
        if (compile_rule(compiler, &rules[i], (uint32_t)i, arena, diags, &formats[i]) < 0)
            r = -EINVAL;
    }
    if (r < 0)
        return r;
    c->places = arena_array(arena, uint32_t, c->n_places);
    memset(c->places, 0xff, c->n_places * sizeof(*c->places));
    r = finish(c, compiler, rules, n, formats, arena, diags);
    if (r == 0)
        *ret = c;
    return r;
}

struct compiled *compiled_free(struct compiled *c)
{
    if (c)
        c->program = program_free(c->program);
    return NULL;
}

const struct program *compiled_program(const struct compiled *c)
{
    return c->program;
}

/* In c->rules, where correlations stand behind the rules of the program. */
static uint32_t place_of(const struct compiled *c, const struct rule *rule)
{
    return rule->index < c->n_places ? c->places[rule->index] : PROGRAM_NONE;
}

uint32_t compiled_place(const struct compiled *c, const struct rule *rule)
{
    const uint32_t at = place_of(c, rule);
    return at < c->program->n_rules ? at : PROGRAM_NONE;
}

static const struct compiled_rule *find(const struct compiled *c, const struct rule *rule)
{
    const uint32_t at = place_of(c, rule);
    return at == PROGRAM_NONE ? NULL : &c->rules[at];
}

unsigned compiled_event_types(const struct compiled *c, const struct rule *rule, const enum event_type **ret)
{
    const struct compiled_rule *r = find(c, rule);
    *ret = r ? r->types : NULL;
    return r ? r->n_types : 0;
}

void compiled_explain(const struct compiled *c, const struct rule *rule, struct strbuf *ret)
{
    const struct compiled_rule *r = find(c, rule);
    if (!r) {
        strbuf_adds(ret, "skipped\n");
        return;
    }
    if (rule->correlation) {
        strbuf_adds(ret, _("none: it is judged when a rule that it names matches\n"));
        return;
    }
    strbuf_printf(ret, "source %s; %u event %s:", event_source_name(rule->source), r->n_types, r->n_types == 1 ? "type" : "types");
    enum { SHOWN = 24 };
    for (unsigned i = 0; i < r->n_types && i < SHOWN; i++)
        strbuf_printf(ret, " %s", event_type_name(r->types[i]));
    strbuf_adds(ret, r->n_types > SHOWN ? " …\n" : "\n");
    program_explain(c->program, (size_t)(r - c->rules), ret);
}

/* Room for transformers in outputs, taken only when one is there. */
static void take_scratch(const struct compiled *c, const struct format *f, struct scratch *s)
{
    for (size_t i = 0; i < f->n_parts; i++)
        if (f->parts[i].operand != PROGRAM_NONE &&
            c->program->operands[f->parts[i].operand].transformer != TR_NONE) {
            s->size = EVAL_VALUE_BYTES;
            return;
        }
}

void compiled_format(const struct compiled *c, const struct rule *rule, const struct event *event,
                     struct strbuf *ret)
{
    const struct compiled_rule *r = find(c, rule);
    struct scratch scratch = {};
    if (!r)
        return;
    take_scratch(c, &r->format, &scratch);
    _cleanup_free_ char *room = xalloc(scratch.size);
    scratch.p = room;
    for (size_t i = 0; i < r->format.n_parts; i++) {
        const struct format_part *part = &r->format.parts[i];
        if (part->operand == PROGRAM_NONE) {
            strbuf_add(ret, part->text);
            continue;
        }
        const struct operand *o = &c->program->operands[part->operand];
        struct value v;
        scratch.used = 0;
        format_add_value(ret, eval_read(o, event, &scratch, &v) ? &v : NULL, typing_is_any(o), part->width);
    }
}

/* The value is valid as long as *room, which is the caller's to free, and the event. */
static bool read_operand(const struct operand *o, const struct event *event, char **room, struct value *ret)
{
    struct scratch scratch = {.size = o->transformer == TR_NONE ? 0 : EVAL_VALUE_BYTES};
    scratch.p = *room = scratch.size ? xalloc(scratch.size) : NULL;
    return eval_read(o, event, &scratch, ret);
}

bool compiled_key(const struct compiled *c, uint32_t operand, const struct event *event, struct strbuf *ret)
{
    const struct operand *o = &c->program->operands[operand];
    _cleanup_free_ char *room = NULL;
    struct value v;
    if (!read_operand(o, event, &room, &v))
        return false;
    format_add_value(ret, &v, typing_is_any(o), 0);
    return true;
}

bool compiled_number(const struct compiled *c, uint32_t operand, const struct event *event, double *ret)
{
    const struct operand *o = &c->program->operands[operand];
    _cleanup_free_ char *room = NULL;
    struct value v;
    if (!read_operand(o, event, &room, &v))
        return false;
    switch (v.type) {
    case VALUE_INT:
        *ret = (double)v.i;
        return true;
    case VALUE_UINT:
    case VALUE_PORT:
    case VALUE_DURATION:
        *ret = (double)v.u;
        return true;
    case VALUE_DOUBLE:
        *ret = v.d;
        return isfinite(v.d);
    case VALUE_STRING:
        return typing_double(v.s, ret);
    default:
        return false;
    }
}

static bool is_listed(const struct output_field *fields, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(fields[i].name, name))
            return true;
    return false;
}

size_t rule_output_fields(const struct ruleset *rs, const struct rule *rule, const struct event *event,
                          struct arena *arena, struct output_field **ret)
{
    const struct compiled *c = ruleset_compiled(rs);
    const struct compiled_rule *r = find(c, rule);
    struct scratch scratch = {};
    size_t n = 0;
    *ret = NULL;
    if (!r)
        return 0;
    take_scratch(c, &r->format, &scratch);
    scratch.p = arena_alloc(arena, scratch.size);
    struct output_field *fields = arena_array(arena, struct output_field, r->format.n_parts);
    for (size_t i = 0; i < r->format.n_parts; i++) {
        const struct format_part *part = &r->format.parts[i];
        if (part->operand == PROGRAM_NONE || is_listed(fields, n, part->name))
            continue;
        fields[n].name = part->name;
        if (!eval_read(&c->program->operands[part->operand], event, &scratch, &fields[n].value))
            fields[n].value = (struct value){};
        n++;
    }
    *ret = fields;
    return n;
}

/* The evaluator */

struct evaluator {
    const struct compiled *compiled;
    struct eval *eval;
    enum rule_matching matching;
    struct evaluator_stats stats;
    uint32_t every, left; /* one event of `every` is measured, `left` ones until then; 0: none is */
    uint64_t *rule_ns;    /* by place of the rule, of the measured events */
};

struct evaluator *evaluator_new(const struct ruleset *rs, enum rule_matching matching)
{
    struct evaluator *ev = xnew(struct evaluator);
    ev->compiled = ruleset_compiled(rs);
    ev->eval = eval_new(ev->compiled->program);
    ev->matching = matching;
    return ev;
}

struct evaluator *evaluator_free(struct evaluator *ev)
{
    if (!ev)
        return NULL;
    eval_free(ev->eval);
    free(ev->rule_ns);
    free(ev);
    return NULL;
}

void evaluator_measure(struct evaluator *ev, uint32_t every)
{
    ev->every = ev->left = every;
    ev->rule_ns = xalloc(ev->compiled->program->n_rules * sizeof(*ev->rule_ns));
}

uint64_t evaluator_rule_ns(const struct evaluator *ev, const struct rule *rule)
{
    const uint32_t at = ev->rule_ns ? compiled_place(ev->compiled, rule) : PROGRAM_NONE;
    return at != PROGRAM_NONE ? ev->rule_ns[at] * ev->every : 0;
}

static bool eval_measured(struct evaluator *ev, uint32_t rule)
{
    const uint64_t begin = clock_ns(CLOCK_MONOTONIC);
    const bool matches = eval_rule(ev->eval, rule);
    ev->rule_ns[rule] += clock_ns(CLOCK_MONOTONIC) - begin;
    return matches;
}

/* One rule: 0 to go on; else to stop with *ret. */
static inline bool try_rule(struct evaluator *ev, uint32_t rule, const struct event *event, bool is_measured, evaluator_match_fn on_match, void *ctx,
                            int *ret)
{
    if (!(is_measured ? eval_measured(ev, rule) : eval_rule(ev->eval, rule)))
        return false;
    ev->stats.matches++;
    *ret = on_match(ctx, ev->compiled->rules[rule].rule, event);
    return *ret || ev->matching == RULE_MATCHING_FIRST;
}

static int run_guarded(struct evaluator *ev, const struct event *event, bool is_measured, evaluator_match_fn on_match, void *ctx)
{
    const struct guards *g = &ev->compiled->guards;
    const uint64_t *candidates = eval_candidates(ev->eval, g);
    int ret = 0;
    for (uint32_t w = 0; w < g->n_words; w++)
        for (uint64_t left = candidates[w]; left; left &= left - 1)
            if (try_rule(ev, w * 64 + (uint32_t)__builtin_ctzll(left), event, is_measured, on_match, ctx, &ret))
                return ret;
    return 0;
}

int evaluator_run(struct evaluator *ev, const struct event *event, evaluator_match_fn on_match, void *ctx)
{
    const struct index *x = &ev->compiled->index;
    ev->stats.events++;
    eval_begin(ev->eval, event);
    const bool is_measured = ev->every && !--ev->left;
    if (is_measured)
        ev->left = ev->every;
    if (ev->compiled->guards.types[event->type].is_on)
        return run_guarded(ev, event, is_measured, on_match, ctx);
    int ret = 0;
    for (uint32_t i = x->from[event->type]; i < x->from[event->type + 1]; i++)
        if (try_rule(ev, x->rules[i], event, is_measured, on_match, ctx, &ret))
            return ret;
    return 0;
}

struct evaluator_stats evaluator_stats(const struct evaluator *ev)
{
    struct evaluator_stats s = ev->stats;
    s.instructions = eval_instructions(ev->eval);
    return s;
}
