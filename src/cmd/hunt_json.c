// SPDX-License-Identifier: Apache-2.0
/* The study for programs: schema davy.hunt/1. */
#include "base/json.h"
#include "cmd/hunt_study.h"

#include "sink/json_object.h"

static void put_time(json_t *j, const char *key, uint64_t ns)
{
    if (ns)
        json_put_time(j, key, ns);
}

/* A list with an object for each item of a vector, which the block fills. */
#define LIST_OF(list, v, x, j)                                                                                                 \
    json_t *list = json_array();                                                                                               \
    vec_each(x, (v)) for (json_t *j = json_object(); j; (void)json_array_append_new(list, j), j = NULL)

static json_t *sources_json(struct study *s)
{
    static const char *const STATES[] = {[HUNT_WALKING] = "walking", [HUNT_WALKED] = "walked", [HUNT_WALK_FAILED] = "failed"};
    LIST_OF(list, &s->sources, x, j)
    {
        json_put(j, "name", x->name);
        json_put(j, "state", str_from(STATES[x->state]));
        json_put_count(j, "repositories", (uint64_t)x->repositories);
        json_put_count(j, "tags", (uint64_t)x->tags);
        put_time(j, "started", x->started_ns);
        put_time(j, "ended", x->ended_ns);
        json_put_any(j, "error", x->error);
    }
    return list;
}

static json_t *counts_json(struct study *s)
{
    json_t *j = json_object();
    json_put_count(j, "references", s->totals.references);
    json_put_count(j, "repositories", s->totals.repositories);
    json_put_count(j, "images", s->counts.images);
    json_put_count(j, "judged", s->counts.judged);
    json_put_count(j, "failed", s->counts.failed);
    json_put_count(j, "waiting", s->counts.images - s->counts.judged - s->counts.failed);
    json_put_count(j, "lost_references", s->counts.lost);
    json_put_count(j, "detonated", s->totals.detonated);
    json_put_count(j, "not_run", s->totals.not_run);
    json_put_count(j, "not_whole", s->totals.not_whole);
    json_put_count(j, "findings", s->counts.findings);
    json_put_count(j, "image_bytes", s->counts.bytes);
    json_put_count(j, "layers", s->totals.layers);
    json_put_count(j, "layer_bytes", s->totals.layer_bytes);
    json_put_count(j, "shared_layers", s->totals.shared_layers);
    json_put_count(j, "shared_bytes_saved", s->totals.shared_bytes_saved);
    return j;
}

static json_t *categories_json(struct study *s)
{
    LIST_OF(list, &s->categories, c, j)
    {
        json_put(j, "name", c->name);
        json_put(j, "title", c->title);
        if (c->parent)
            json_put(j, "part_of", c->parent->name);
        json_put_count(j, "images", c->images);
        if (c->cited)
            json_put_count(j, "cited", c->cited);
        json_put_any(j, "needs", c->needs);
    }
    return list;
}

static json_t *verdicts_json(struct study *s)
{
    LIST_OF(list, &s->verdicts, v, j)
    {
        json_put(j, "word", v->word);
        json_put_count(j, "images", v->images);
        json_put_count(j, "bytes", v->bytes);
    }
    return list;
}

static json_t *repositories_json(struct study *s)
{
    LIST_OF(list, &s->worst, r, j)
    {
        json_put(j, "name", r->name);
        json_put_count(j, "references", r->references);
        json_put_count(j, "images", r->images);
        json_put_count(j, "malicious", r->malicious);
        json_put_count(j, "unwanted", r->unwanted);
        json_put_count(j, "exposed", r->exposed);
        json_put(j, "purposes", r->purposes);
        json_put(j, "example", r->example);
    }
    return list;
}

static json_t *rules_json(struct study *s)
{
    LIST_OF(list, &s->spoke, r, j)
    {
        json_put(j, "rule", r->name);
        json_put(j, "kind", r->kind);
        json_put_count(j, "images", r->images);
    }
    return list;
}

static json_t *layers_json(struct study_shared *from)
{
    LIST_OF(list, from, l, j)
    {
        json_put(j, "digest", l->digest);
        json_put_count(j, "images", l->images);
        json_put_count(j, "size", l->size);
        json_put_any(j, "rule", l->rule);
    }
    return list;
}

static json_t *look_alikes_json(struct study *s)
{
    LIST_OF(list, &s->look_alikes, l, j)
    {
        json_put(j, "name", l->name);
        json_put(j, "like", l->like);
        json_put(j, "how", l->how);
        json_put_count(j, "images", l->images);
        json_put_count(j, "malicious", l->malicious);
    }
    return list;
}

static json_t *failures_json(struct study *s)
{
    LIST_OF(list, &s->failures, w, j)
    {
        json_put(j, "why", w->why);
        json_put_count(j, "count", w->n);
        json_put(j, "example", w->example);
    }
    return list;
}

void study_json(struct study *s, struct strbuf *b)
{
    json_t *j = json_object();
    json_put(j, "schema", STR("davy.hunt/1"));
    json_put(j, "rules", s->rules);
    put_time(j, "first_judged", s->totals.first_ns);
    put_time(j, "last_judged", s->totals.last_ns);
    json_put_new(j, "sources", sources_json(s));
    json_put_new(j, "counts", counts_json(s));
    json_put_new(j, "verdicts", verdicts_json(s));
    json_put_new(j, "categories", categories_json(s));
    json_put_new(j, "repositories", repositories_json(s));
    json_put_new(j, "rules_that_spoke", rules_json(s));
    json_put_new(j, "shared_layers", layers_json(&s->shared));
    json_put_new(j, "layers_with_findings", layers_json(&s->shared_bad));
    json_put_new(j, "look_alikes", look_alikes_json(s));
    json_put_count(j, "look_alikes_total", s->n_look_alikes);
    json_put_new(j, "failures", failures_json(s));
    json_add(b, j, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    strbuf_addc(b, '\n');
    json_decref(j);
}
