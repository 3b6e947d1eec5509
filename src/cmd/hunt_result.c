// SPDX-License-Identifier: Apache-2.0
/* What a report says of an image, as the store keeps it: the verdict, and one row per rule that spoke. */
#include <errno.h>

#include "base/clock.h"
#include "base/intl.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/hunt.h"
#include "finding/verdict.h"
#include "rule/ruleset.h"

enum { EXAMPLE_MAX = 300, DETAIL_MAX = 400, LEAST = 99 };

void hunt_read_done(struct hunt_read *r)
{
    vec_done(&r->findings);
}

static struct str text_of(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return str_n(json_string_value(v), json_string_length(v));
}

static uint64_t number_of(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_integer(v) && json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
}

static uint64_t milliseconds_of(const json_t *o, const char *key)
{
    const double s = json_number_value(json_object_get(o, key));
    return s > 0 && s < 1e9 ? (uint64_t)(s * 1000) : 0;
}

/* The texts of a list, parted by blanks; blanks within one become `_`. */
static struct str words_of(const json_t *list, struct arena *a)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < json_array_size(list) && b.n < HUNT_TEXT_MAX; i++) {
        const char *word = json_string_value(json_array_get(list, i));
        strbuf_adds(&b, b.n && word ? " " : "");
        for (; word && *word; word++)
            strbuf_addc(&b, *word == ' ' ? '_' : *word);
    }
    return arena_str(a, strbuf_str(&b));
}

/* Adds the words of `more`, parted by blanks or commas, that are not there yet. */
static struct str join_words(struct str have, struct str more, struct arena *a)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str rest = more, part, word, seen;
    strbuf_add(&b, have);
    while (str_split(&rest, ',', &part))
        while (str_split(&part, ' ', &word)) {
            bool is_there = !word.n;
            for (struct str s = strbuf_str(&b); !is_there && str_split(&s, ' ', &seen);)
                is_there = str_eq(seen, word);
            if (is_there || b.n + word.n > DETAIL_MAX)
                continue;
            strbuf_adds(&b, b.n ? " " : "");
            strbuf_add(&b, word);
        }
    return arena_str(a, strbuf_str(&b));
}

/* What categories of the study go by beside the rule: words of the finding's fields, or of what was found where. */
static struct str detail_of(const json_t *finding, struct arena *a)
{
    static const char *const FIELDS_THAT_TELL[] = {"secret.kinds", "content.categories"};
    static const struct {
        const char *list, *name, *text;
    } PLACES[] = {{"fields", "name", "text"}, {"notes", "field", "value"}};
    struct str r = STR_NULL;
    for (size_t p = 0; p < ARRAY_SIZE(PLACES); p++) {
        const json_t *list = json_object_get(finding, PLACES[p].list);
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *f = json_array_get(list, i);
            struct str text = text_of(f, PLACES[p].text);
            if (str_starts(text, STR("(")) && str_ends(text, STR(")")))
                text = str_sub(text, 1, text.n - 1);
            for (size_t k = 0; k < ARRAY_SIZE(FIELDS_THAT_TELL); k++)
                if (str_is(text_of(f, PLACES[p].name), FIELDS_THAT_TELL[k]))
                    r = join_words(r, text, a);
        }
    }
    return r;
}

static struct str example_of(const json_t *finding, struct arena *a)
{
    struct str subject = text_of(json_object_get(finding, "subject"), "name"), output = text_of(finding, "output");
    struct str whole = arena_printf(a, "%.*s%s%.*s", STR_ARG(subject), subject.n && output.n ? ": " : "", STR_ARG(output));
    return text_cut(whole, EXAMPLE_MAX);
}

static struct hunt_finding *finding_of(struct hunt_read *r, struct str rule)
{
    vec_each(f, &r->findings) if (str_eq(f->rule, rule)) return f;
    return NULL;
}

static void add_finding(struct hunt_read *r, const json_t *j, struct arena *a)
{
    struct str rule = arena_str(a, text_of(j, "rule")), layer = text_of(json_object_get(j, "subject"), "layer_digest");
    const int priority = priority_from(text_of(j, "priority"));
    struct hunt_finding *f = finding_of(r, rule);
    if (!f) {
        if (!rule.n || r->findings.n == HUNT_FINDINGS_MAX)
            return;
        vec_add(&r->findings, (struct hunt_finding){.rule = rule,
                                                    .kind = arena_str(a, text_of(j, "kind")),
                                                    .tags = words_of(json_object_get(j, "tags"), a),
                                                    .priority = priority < 0 ? LEAST : priority,
                                                    .example = example_of(j, a)});
        f = &r->findings.v[r->findings.n - 1];
    }
    f->count += 1 + number_of(j, "repeats");
    if (!f->layer.n)
        f->layer = arena_str(a, layer);
    f->detail = join_words(f->detail, detail_of(j, a), a);
    if (!str_is(f->kind, "context") && !json_object_get(j, "authorised") && f->priority < r->result.worst)
        r->result.worst = f->priority;
}

int hunt_result_read(struct str json, struct arena *a, struct hunt_read *ret, struct error *err)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    int r = json_parse(json, &root, err);
    if (r < 0)
        return error_wrap(err, r, "the report of the image");
    const json_t *t = json_array_get(json_object_get(root, "targets"), 0);
    t = t ? t : root;
    struct hunt_read x = {.failure = arena_str(a, text_of(t, "failure")), .digest = arena_str(a, text_of(t, "digest"))};
    struct str verdict = text_of(json_object_get(t, "verdict"), "word");
    if (!x.failure.n && !verdict.n)
        return error_set(err, -EINVAL, "the report of the image has no verdict");
    x.result = (struct hunt_result){
        .verdict = arena_str(a, verdict),
        .purposes = words_of(json_object_get(json_object_get(t, "verdict"), "purposes"), a),
        .worst = LEAST,
        .unread = number_of(json_object_get(t, "unread"), "total"),
        .judged_ns = clock_ns(CLOCK_REALTIME),
        .cpu_ms = milliseconds_of(t, "cpu_seconds"),
        .wall_ms = milliseconds_of(t, "wall_seconds"),
    };
    const json_t *findings = json_object_get(t, "findings");
    for (size_t i = 0; i < json_array_size(findings); i++)
        add_finding(&x, json_array_get(findings, i), a);
    x.result.findings = x.findings.v;
    x.result.n_findings = x.findings.n;
    *ret = x;
    return 0;
}

int hunt_verdict_rank(struct str verdict)
{
    for (int w = VERDICT__N - 1; w >= 0; w--)
        if (str_is(verdict, verdict_name((enum verdict_word)w)))
            return w;
    return -1;
}

void hunt_result_add(struct hunt_read *to, const struct hunt_read *more, struct arena *a)
{
    if (hunt_verdict_rank(more->result.verdict) > hunt_verdict_rank(to->result.verdict))
        to->result.verdict = more->result.verdict;
    to->result.purposes = join_words(to->result.purposes, more->result.purposes, a);
    to->result.worst = more->result.worst < to->result.worst ? more->result.worst : to->result.worst;
    to->result.cpu_ms += more->result.cpu_ms;
    to->result.wall_ms += more->result.wall_ms;
    to->result.detonated = HUNT_DETONATED;
    for (size_t i = 0; i < more->findings.n && to->findings.n < HUNT_FINDINGS_MAX; i++)
        if (!finding_of(to, more->findings.v[i].rule))
            vec_add(&to->findings, more->findings.v[i]);
    to->result.findings = to->findings.v;
    to->result.n_findings = to->findings.n;
}

struct str hunt_report_of(struct str scan, struct str detonation, struct str why_not, struct arena *a)
{
    json_t *why = why_not.n ? json_stringn(why_not.p, why_not.n) : NULL;
    char *text = why ? json_dumps(why, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;
    struct str r = arena_printf(a, "{\"schema\":\"davy.hunt-image/1\",\"scan\":%.*s,\"detonation\":%.*s%s%s}", STR_ARG(scan),
                                STR_ARG(detonation.n ? detonation : STR("null")), text ? ",\"detonation_failure\":" : "", text ? text : "");
    free(text);
    json_decref(why);
    return r;
}

bool hunt_wants_detonation(const struct hunt_options *o, struct str verdict)
{
    return o->detonate == DETONATE_ALL || (o->detonate == DETONATE_SUSPICIOUS && hunt_verdict_rank(verdict) >= VERDICT_SUSPICIOUS);
}
