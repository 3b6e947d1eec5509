// SPDX-License-Identifier: Apache-2.0
/* davy drill: the report for programs. */
#include <jansson.h>

#include "cmd/drill.h"

static json_t *text(struct str s)
{
    json_t *j = json_stringn(s.p ? s.p : "", s.n);
    return j ? j : json_string("");
}

static json_t *expected_json(const struct drill_expected *e)
{
    json_t *o = json_pack("{s:s, s:b, s:b}", "rule", e->name, "loaded", e->rule != NULL, "seen", e->seconds >= 0);
    if (e->seconds >= 0)
        (void)json_object_set_new(o, "seconds", json_real(e->seconds));
    return o;
}

static json_t *outcome_json(const struct drill_outcome *o)
{
    json_t *expected = json_array(), *more = json_array();
    for (size_t i = 0; i < o->n_expected; i++)
        (void)json_array_append_new(expected, expected_json(&o->expected[i]));
    for (size_t i = 0; i < o->more.n; i++)
        (void)json_array_append_new(more, text(o->more.v[i]));
    json_t *j = json_pack("{s:s, s:b, s:b, s:i, s:o, s:o}", "act", o->act->name, "seen", drill_is_seen(o), "skipped", drill_is_skipped(o), "status", o->status, "expected", expected,
                          "also", more);
    if (o->said.n)
        (void)json_object_set_new(j, "said", text(strbuf_str(&o->said)));
    return j;
}

static json_t *rules_json(const struct drill_report *r)
{
    static const char *const COVERS[] = {
        [DRILL_SEEN] = "seen", [DRILL_UNSEEN] = "unseen", [DRILL_NOT_RUN] = "not-run", [DRILL_NO_ACT] = "no-act"};
    json_t *all = json_array();
    for (size_t i = 0; i < ruleset_count(r->rules); i++) {
        const struct rule *rule = ruleset_get(r->rules, i);
        if (!drill_is_live(rule))
            continue;
        json_t *tags = json_array();
        for (size_t j = 0; j < rule->n_tags; j++)
            (void)json_array_append_new(tags, text(rule->tags[j]));
        json_t *j = json_pack("{s:o, s:b, s:s, s:o}", "rule", text(rule->name), "enabled", rule->enabled, "cover",
                              COVERS[drill_cover_of(r, rule)], "tags", tags);
        const char *why = drill_gap_of(rule->name);
        if (why)
            (void)json_object_set_new(j, "why", json_string(why));
        (void)json_array_append_new(all, j);
    }
    return all;
}

static json_t *matrix_json(const struct drill_report *r)
{
    drill_matrix m = {};
    json_t *all = json_array();
    drill_make_matrix(r, &m);
    for (size_t i = 0; i < m.n; i++) {
        const struct drill_cell *c = &m.v[i];
        (void)json_array_append_new(all, json_pack("{s:o, s:i, s:i, s:i, s:i}", "tag", text(c->tag), "seen", c->rules[DRILL_SEEN], "unseen",
                                                   c->rules[DRILL_UNSEEN], "not_run", c->rules[DRILL_NOT_RUN], "no_act",
                                                   c->rules[DRILL_NO_ACT]));
    }
    vec_done(&m);
    return all;
}

void drill_add_json(struct strbuf *b, struct drill_report *r)
{
    json_t *acts = json_array(), *losses = json_array();
    for (size_t i = 0; i < r->outcomes.n; i++)
        (void)json_array_append_new(acts, outcome_json(&r->outcomes.v[i]));
    for (size_t i = 0; i < r->losses.n; i++)
        (void)json_array_append_new(losses, text(r->losses.v[i]));
    json_t *all = json_pack("{s:s, s:s, s:i, s:i, s:i, s:o, s:o, s:o, s:o}", "schema", "davy.drill/1", "label", r->token, "acts_skipped",
                            (int)drill_count_skipped(r), "acts_done",
                            (int)r->outcomes.n, "acts_seen", (int)drill_count_seen(r), "acts", acts, "rules", rules_json(r), "matrix",
                            matrix_json(r), "losses", losses);
    char *dump = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
    strbuf_adds(b, dump ? dump : "");
    strbuf_addc(b, '\n');
    free(dump);
    json_decref(all);
}
