// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/day.h"
#include "base/intl.h"
#include "rule/exception.h"
#include "rule/lint.h"
#include "rule/list.h"
#include "rule/resolve.h"
#include "rule/sigma.h"

struct ruleset *ruleset_new(void)
{
    struct ruleset *rs = xnew(struct ruleset);
    rs->hash = sha256_new();
    rs->only = -1;
    rs->least = PRIORITY_DEBUG;
    return rs;
}

/* What the files said: not needed once the rules are compiled. */
static void forget_files(struct ruleset *rs)
{
    load_rules_done(rs);
    load_correlations_done(rs);
    for (size_t i = 0; i < rs->lists.n; i++)
        vec_done(&((struct list *)rs->lists.v[i].ptr)->items);
    for (size_t i = 0; i < rs->macros.n; i++)
        vec_done(&((struct macro *)rs->macros.v[i].ptr)->condition);
    for (size_t i = 0; i < rs->texts.n; i++) {
        pieces_done(rs->texts.v[i]);
        free(rs->texts.v[i]);
    }
    vec_done(&rs->texts);
    sigma_done(rs);
    vec_done(&rs->wide_lists);
    map_done(&rs->lists);
    map_done(&rs->macros);
    map_done(&rs->rules);
    map_done(&rs->correlations);
    rs->lists = rs->macros = rs->rules = rs->correlations = (struct map){};
    arena_done(&rs->load);
}

struct ruleset *ruleset_free(struct ruleset *rs)
{
    if (!rs)
        return NULL;
    forget_files(rs);
    compiled_free(rs->compiled);
    sha256_free(rs->hash);
    arena_done(&rs->arena);
    free(rs);
    return NULL;
}

static struct str joined(struct ruleset *rs, const struct node_list *nodes)
{
    struct pieces p = {};
    pieces_join(&p, nodes);
    struct str s = arena_str(&rs->arena, str_trim(strbuf_str(&p.text)));
    pieces_done(&p);
    return s;
}

/* Tags without repetition, in the order they were given. */
static void set_tags(struct ruleset *rs, const struct node_list *nodes, struct rule *r)
{
    struct map seen = {};
    struct str *tags = arena_array(&rs->arena, struct str, nodes->n);
    for (size_t i = 0; i < nodes->n; i++) {
        bool is_new = false;
        map_put(&seen, nodes->v[i]->text, &is_new);
        if (is_new)
            tags[r->n_tags++] = arena_str(&rs->arena, nodes->v[i]->text);
    }
    map_done(&seen);
    r->tags = tags;
}

static void fill_rule(struct ruleset *rs, const struct rule_definition *d, struct rule *r)
{
    uint32_t column;
    r->name = arena_str(&rs->arena, d->def.name);
    r->desc = joined(rs, &d->desc);
    r->output = joined(rs, &d->output);
    r->condition = d->written ? arena_str(&rs->arena, strbuf_str(&d->written->text)) : joined(rs, &d->condition);
    r->next = joined(rs, &d->next);
    r->falsepositives = joined(rs, &d->falsepositives);
    r->priority = d->priority;
    r->source = d->source;
    r->enabled = d->enabled;
    set_tags(rs, &d->tags, r);
    r->file = d->def.node->source->name;
    source_place(d->def.node->source, d->def.node->start, &r->line, &column);
}

/* The report of the seam (rule/compiled.h). */
static void report(void *ctx, struct diags *diags, enum diag_code code, const struct place *place,
                   bool in_output, const char *message, const char *cure)
{
    const struct rule_definition *d = ctx;
    struct str label = arena_printf(&d->rs->load, "%s %.*s", d->kind, STR_ARG(d->def.name));
    code = load_code(d, code);
    if (!place) {
        load_report(diags, code, label, d->def.node, 0, message, cure);
        return;
    }
    struct place at = *place;
    if (in_output)
        at = (struct place){d->output_text, place->offset + (uint32_t)d->output_trimmed};
    text_report(d->rs, diags, code, label, at, message, cure);
}

/* The text of the output for reports: as the rule has it, but not trimmed. */
static void add_output_text(struct ruleset *rs, struct rule_definition *d)
{
    struct pieces *p = xnew(struct pieces);
    pieces_join(p, &d->output);
    struct str all = strbuf_str(&p->text);
    d->output_trimmed = (size_t)(str_trim(all).p - all.p);
    d->output_text = text_add(rs, p);
}

struct rule *ruleset_add(struct ruleset *rs, struct rule_definition *d, struct rule_input *in)
{
    struct rule *r = &rs->v[rs->n];
    r->index = (uint32_t)rs->n++;
    fill_rule(rs, d, r);
    r->enabled &= r->priority <= rs->least;
    add_output_text(rs, d);
    *in = (struct rule_input){.rule = r,
                              .origin = {.ctx = d, .report = report},
                              .skip_if_unknown_filter = d->skip_if_unknown_filter,
                              .is_lenient = d->is_lenient |= rs->is_lenient && !d->is_of_sigma,
                              .warn_evttypes = d->warn_evttypes};
    return r;
}

/* One rule up to its tree. */
static int build(struct ruleset *rs, struct rule_definition *d, struct ast **ret, bool *ret_stale, struct diags *diags)
{
    struct pieces written = {};
    struct str label = arena_printf(&rs->load, "rule %.*s", STR_ARG(d->def.name));
    if (d->written)
        return resolve_written(rs, TAKE_PTR(d->written), label, ret, diags);
    int result = exception_apply(d, label, &written, diags);
    if (!result)
        result = resolve_condition(rs, &written, label, ret, ret_stale, diags);
    pieces_done(&written);
    return result;
}

/* A rule for a source that is not here: only what it uses counts, so that its lists and macros do not seem
 * unused. */
static void note_uses(struct ruleset *rs, struct rule_definition *d)
{
    struct diags unheard = {};
    struct ast *tree = NULL;
    bool is_stale;
    (void)build(rs, d, &tree, &is_stale, &unheard);
    diags_done(&unheard);
}

static void warn_unused(struct ruleset *rs, struct diags *diags)
{
    for (size_t i = 0; i < rs->macros.n; i++) {
        const struct definition *d = &((struct macro *)rs->macros.v[i].ptr)->def;
        if (!d->is_used)
            load_report(diags, DIAG_UNUSED_MACRO, arena_printf(&rs->load, "macro %.*s", STR_ARG(d->name)),
                        d->node, 0, N_("no rule or macro uses it"), N_("take it away, or use it"));
    }
    for (size_t i = 0; i < rs->lists.n; i++) {
        const struct definition *d = &((struct list *)rs->lists.v[i].ptr)->def;
        if (!d->is_used)
            load_report(diags, DIAG_UNUSED_LIST, arena_printf(&rs->load, "list %.*s", STR_ARG(d->name)),
                        d->node, 0, N_("no rule, macro or list uses it"), N_("take it away, or use it"));
    }
}

bool ruleset_is_wanted(const struct ruleset *rs, enum event_source s)
{
    if (rs->only < 0 || event_source_is_beside(s, (enum event_source)rs->only))
        return true;
    /* who watches follows the logs of logins too: those are the only ones of a live stream */
    return rs->only == SOURCE_SYSCALL && (s == SOURCE_AUTH || s == SOURCE_LOG);
}

/* Builds what the back compiles; returns how many rules, or -EINVAL when any is wrong. */
static int build_all(struct ruleset *rs, struct rule_input *inputs, struct diags *diags)
{
    int result = 0;
    for (size_t i = 0; i < rs->rules.n; i++) {
        struct rule_definition *d = rs->rules.v[i].ptr;
        if (!d->is_source_known || !ruleset_is_wanted(rs, d->source)) {
            note_uses(rs, d);
            continue;
        }
        struct rule_input *in = &inputs[rs->n];
        struct rule *r = ruleset_add(rs, d, in);
        const size_t said = diags->n_errors;
        if (build(rs, d, &in->condition, &r->is_stale, diags)) {
            in->is_skipped = in->is_wrong = d->is_lenient;
            result = d->is_lenient ? result : -EINVAL;
            if (rs->is_lenient && !d->is_of_sigma && diags->n_errors == said)
                load_report(diags, DIAG_ERR_VALIDATE, arena_printf(&rs->load, "rule %.*s", STR_ARG(r->name)), d->def.node, 0, N_("a macro that it uses is wrong"), N_("look at what is said about that macro"));
        } else
            lint_condition(rs, in->condition, arena_printf(&rs->load, "rule %.*s", STR_ARG(r->name)), diags);
    }
    return result;
}

void ruleset_limit(struct ruleset *rs, enum event_source source, enum priority least)
{
    rs->only = (int)source;
    rs->least = least;
}

void ruleset_set_today(struct ruleset *rs, uint64_t now_ns)
{
    rs->today = day_of(now_ns);
}

/* Says which lists are past their last day, and lets it count for what the rules say. */
static void note_expired(struct ruleset *rs, struct diags *diags)
{
    rs->expired = arena_array(&rs->arena, struct ruleset_expired, rs->lists.n);
    for (size_t i = 0; i < rs->lists.n; i++) {
        const struct list *l = rs->lists.v[i].ptr;
        if (!l->expires || l->expires >= rs->today)
            continue;
        struct ruleset_expired *e = &rs->expired[rs->n_expired++];
        *e = (struct ruleset_expired){
            .list = arena_str(&rs->arena, l->def.name),
            .day = day_text(&rs->arena, l->expires),
            .file = l->def.node->source->name,
        };
        sha256_add(rs->hash, e->list.p, e->list.n + 1);
        load_report(diags, DIAG_EXPIRED_LIST, arena_printf(&rs->load, "list %.*s", STR_ARG(e->list)), l->def.node, 0,
                    arena_printf(&rs->load, _("good until %.*s: what is found through it counts as context"), STR_ARG(e->day)).p,
                    N_("review it, and give it a new day"));
    }
}

size_t ruleset_expired(const struct ruleset *rs, const struct ruleset_expired **ret)
{
    *ret = rs->expired;
    return rs->n_expired;
}

int ruleset_compile(struct ruleset *rs, struct diags *diags)
{
    if (rs->has_errors || rs->is_compiled)
        return -EINVAL;
    rs->is_compiled = true;
    note_expired(rs, diags);
    rs->digest = sha256_end_hex(rs->hash, &rs->arena);
    if (rs->sigma && sigma_build(rs, diags))
        return -EINVAL;
    const size_t most = rs->rules.n + rs->correlations.n;
    rs->v = arena_array(&rs->arena, struct rule, most);
    struct rule_input *inputs = arena_array(&rs->load, struct rule_input, most);
    int result = list_expand_all(rs, diags);
    if (!result) {
        const size_t n = resolve_macros(rs, diags);
        rs->n_left_out += n;
        result = n && !rs->is_lenient ? -EINVAL : 0;
    }
    if (!result)
        result = build_all(rs, inputs, diags);
    if (!result)
        result = correlations_build(rs, inputs, diags);
    if (!result)
        result = compiled_new(inputs, rs->n, &rs->arena, diags, &rs->compiled);
    if (!result)
        warn_unused(rs, diags);
    for (size_t i = 0; !result && i < rs->n; i++) {
        rs->v[i].enabled &= !inputs[i].is_skipped;
        const struct rule_definition *d = inputs[i].origin.ctx;
        rs->n_skipped += inputs[i].is_wrong && d->is_of_sigma;
        rs->n_left_out += inputs[i].is_wrong && !d->is_of_sigma;
    }
    if (!result)
        correlations_finish(rs, inputs);
    forget_files(rs);
    return result;
}

size_t ruleset_count(const struct ruleset *rs)
{
    return rs->compiled ? rs->n : 0;
}

void ruleset_set_lenient(struct ruleset *rs)
{
    rs->is_lenient = true;
}

size_t ruleset_left_out(const struct ruleset *rs)
{
    return rs->n_left_out;
}

size_t ruleset_skipped(const struct ruleset *rs)
{
    return rs->n_skipped;
}

const struct rule *ruleset_get(const struct ruleset *rs, size_t i)
{
    return &rs->v[i];
}

bool ruleset_reads(const struct ruleset *rs, enum field_id first, enum field_id last)
{
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        const struct rule *r = ruleset_get(rs, i);
        for (size_t k = 0; r->enabled && k < r->n_fields; k++)
            if (r->fields[k] >= first && r->fields[k] <= last)
                return true;
    }
    return false;
}

struct str ruleset_digest(const struct ruleset *rs)
{
    return rs->digest;
}

const struct compiled *ruleset_compiled(const struct ruleset *rs)
{
    return rs->compiled;
}

bool ruleset_key(const struct ruleset *rs, uint32_t operand, const struct event *event, struct strbuf *ret)
{
    return compiled_key(rs->compiled, operand, event, ret);
}

bool ruleset_number(const struct ruleset *rs, uint32_t operand, const struct event *event, double *ret)
{
    return compiled_number(rs->compiled, operand, event, ret);
}

size_t ruleset_correlations(const struct ruleset *rs, const struct rule *rule, const struct rule *const **ret)
{
    *ret = rs->correlated ? rs->correlated[rule->index].v : NULL;
    return rs->correlated ? rs->correlated[rule->index].n : 0;
}

void ruleset_explain(const struct ruleset *rs, const struct rule *r, struct strbuf *ret)
{
    compiled_explain(rs->compiled, r, ret);
}

void rule_format_output(const struct ruleset *rs, const struct rule *rule, const struct event *event,
                        struct strbuf *ret)
{
    compiled_format(rs->compiled, rule, event, ret);
}
