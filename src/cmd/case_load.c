// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "cmd/case.h"
#include "cmd/rule_files.h"

struct loading {
    struct case_loaded *to;
    struct case_row row;
    bool is_there;
};

void case_loaded_done(struct case_loaded *c)
{
    map_done(&c->rule_by_name);
    (void)ruleset_free(c->rules);
    vec_done(&c->findings);
    vec_done(&c->notes);
    arena_done(&c->arena);
}

void case_rules_load(struct case_loaded *c)
{
    _cleanup_(arena_done) struct arena a = {};
    struct diags diags = {};
    if (!strcmp(_("en"), "en")) /* messages are in English as they are */
        return;
    const char **files = rule_files(&a, NULL, 0, RULES_ALL, NULL);
    c->rules = ruleset_new();
    if (files)
        (void)rule_files_load(c->rules, files, 0, &diags); /* what cannot be loaded is not translated */
    diags_done(&diags);
    for (size_t i = 0; i < ruleset_count(c->rules); i++)
        map_put(&c->rule_by_name, ruleset_get(c->rules, i)->name, NULL)->u64 = i + 1;
}

static void translate(struct case_loaded *c, struct str line, struct case_finding *f)
{
    const struct map_entry *m = map_get(&c->rule_by_name, f->rule);
    struct output_field *fields;
    if (!m)
        return;
    const size_t n = case_finding_values(line, &c->arena, &fields);
    if (n)
        case_translate(f, ruleset_get(c->rules, m->u64 - 1)->output, fields, n, &c->arena);
}

static int take_finding(void *ctx, const struct case_kept *k)
{
    struct case_loaded *c = ctx;
    struct case_finding f;
    if (case_finding_read(k->line, &c->arena, &f, NULL) < 0) {
        c->view.unreadable++;
        return 0;
    }
    f.id = k->id;
    f.time_ns = k->time_ns;
    f.last_ns = k->last_ns;
    f.count = k->count;
    f.withheld = k->withheld;
    translate(c, k->line, &f);
    vec_add(&c->findings, f);
    return 0;
}

static int take_note(void *ctx, const struct case_note *n)
{
    struct case_loaded *c = ctx;
    vec_add(&c->notes,
            (struct case_view_note){.time_ns = n->time_ns, .who = arena_str(&c->arena, n->who), .text = arena_str(&c->arena, n->text)});
    return 0;
}

static void fill_whole(const struct case_options *o, struct case_loaded *c)
{
    struct case_cost_facts facts;
    struct strbuf cost = {};
    struct case_view *v = &c->view;
    case_story_of(v->findings, v->n_findings, &c->arena, &v->story);
    case_cost_facts(v->findings, v->n_findings, &v->story, &facts);
    if (case_cost_line(&facts, &c->arena, &cost, &v->curve))
        v->cost = arena_str(&c->arena, strbuf_str(&cost));
    strbuf_done(&cost);
    case_risk_look(o, c);
    case_steps(c);
}

int case_load_row(const struct case_options *o, struct case_store *s, const struct case_row *row, bool whole, struct case_loaded *ret,
                  struct error *err)
{
    struct case_view *v = &ret->view;
    struct arena *a = &ret->arena;
    *v = (struct case_view){.id = row->id, .follows = row->follows, .is_open = row->status == CASE_OPEN, .host = arena_str(a, row->host),
                            .place = arena_str(a, row->place), .image = arena_str(a, row->image), .reason = arena_str(a, row->reason),
                            .first_ns = row->first_ns, .last_ns = row->last_ns, .closed_ns = row->closed_ns, .seen = row->findings,
                            .not_kept = row->not_kept};
    int r = whole ? case_store_findings(s, row->id, take_finding, ret, err) : case_store_rules(s, row->id, take_finding, ret, err);
    if (!r && whole)
        r = case_store_notes(s, row->id, take_note, ret, err);
    v->findings = ret->findings.v;
    v->n_findings = ret->findings.n;
    v->notes = ret->notes.v;
    v->n_notes = ret->notes.n;
    if (!r && whole)
        fill_whole(o, ret);
    else if (!r)
        case_verdict(v->findings, v->n_findings, a, &v->story.verdict);
    return r;
}

static int take_row(void *ctx, const struct case_row *row)
{
    struct loading *l = ctx;
    struct arena *a = &l->to->arena;
    l->row = *row;
    struct str *const texts[] = {&l->row.host, &l->row.place, &l->row.image, &l->row.reason};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = arena_str(a, *texts[i]);
    l->is_there = true;
    return 0;
}

int case_load(const struct case_options *o, struct case_store *s, int64_t id, struct case_loaded *ret, struct error *err)
{
    struct loading l = {.to = ret};
    int r = case_store_cases(s, id, 1, take_row, &l, err);
    if (!r && !l.is_there)
        return error_set(err, -ENOENT, "there is no case %lld; `davy case list` tells which there are", (long long)id);
    if (!r && l.row.status == CASE_MERGED)
        return error_set(err, -ENOENT, "case %lld has become part of case %lld", (long long)id, (long long)l.row.merged_into);
    return r ? r : case_load_row(o, s, &l.row, true, ret, err);
}
