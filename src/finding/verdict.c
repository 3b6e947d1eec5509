// SPDX-License-Identifier: Apache-2.0
#include "finding/verdict.h"

/* Evidence on one axis while it is gathered. Room for all findings is taken once: classes and rules are few.
 */
struct tray {
    struct axis *axis;
    size_t off; /* of `bool` in struct verdict_item */
    const void **rules;
    size_t n_rules;
    bool conclusive, has_threat;
};

static bool counts(const struct verdict_item *f, enum finding_kind kind, size_t off)
{
    return f->kind == kind && !f->authorised && *(const bool *)((const char *)f + off);
}

static void add_class(struct axis *axis, struct str class, size_t room)
{
    for (size_t i = 0; i < axis->n_classes; i++)
        if (str_eq(axis->classes[i], class))
            return;
    if (axis->n_classes < room)
        axis->classes[axis->n_classes++] = class;
}

static void add_evidence(struct tray *t, const struct verdict_item *f, size_t classes_room)
{
    bool is_new = true;
    t->axis->evidence[t->axis->n_evidence++] = f->id;
    for (size_t i = 0; is_new && i < t->n_rules; i++)
        is_new = t->rules[i] != f->rule;
    if (!is_new)
        return; /* the rule's classes are in */
    t->rules[t->n_rules++] = f->rule;
    for (size_t i = 0; i < f->n_by; i++)
        add_class(t->axis, f->by[i], classes_room);
    if (!f->n_by)
        add_class(t->axis, STR("other"), classes_room);
}

static void weigh(const struct verdict_item *v, size_t n, struct arena *a, struct axis *axis, size_t off)
{
    size_t classes = 1;
    for (size_t i = 0; i < n; i++)
        classes += v[i].n_by;
    struct tray t = {.axis = axis, .off = off, .rules = arena_array(a, const void *, n)};
    axis->evidence = arena_array(a, uint32_t, n);
    axis->classes = arena_array(a, struct str, classes);
    for (size_t i = 0; i < n; i++) {
        if (!counts(&v[i], FINDING_THREAT, off))
            continue;
        t.has_threat = true;
        t.conclusive |= v[i].conclusive;
        add_evidence(&t, &v[i], classes);
    }
    for (size_t i = 0; t.has_threat && i < n; i++)
        if (counts(&v[i], FINDING_CONTEXT, off))
            add_evidence(&t, &v[i], classes);
    size_t kinds = axis->n_classes < t.n_rules ? axis->n_classes : t.n_rules;
    axis->strength = t.conclusive || kinds >= 3 ? STRENGTH_STRONG : (unsigned)kinds;
}

static void add_purposes(struct verdict *v, const struct verdict_item *f)
{
    for (size_t i = 0; i < f->n_purposes; i++) {
        bool is_new = true;
        for (size_t k = 0; is_new && k < v->n_purposes; k++)
            is_new = !str_eq(v->purposes[k], f->purposes[i]);
        if (is_new)
            v->purposes[v->n_purposes++] = f->purposes[i];
    }
}

static void gather_purposes(const struct verdict_item *v, size_t n, struct arena *a, struct verdict *ret)
{
    size_t room = 0;
    for (size_t i = 0; i < n; i++)
        room += v[i].n_purposes;
    ret->purposes = arena_array(a, struct str, room);
    for (int p = 0; p < PRIORITY__N; p++)
        for (size_t i = 0; i < n; i++)
            if (v[i].kind == FINDING_THREAT && !v[i].authorised && (int)v[i].priority == p)
                add_purposes(ret, &v[i]);
}

void verdict_weigh(const struct verdict_item *v, size_t n, struct arena *a, struct verdict *ret)
{
    bool threat = false, exposure = false, authorised = false;
    *ret = (struct verdict){};
    for (size_t i = 0; i < n; i++) {
        authorised |= v[i].authorised && v[i].kind != FINDING_CONTEXT;
        threat |= !v[i].authorised && v[i].kind == FINDING_THREAT;
        exposure |= !v[i].authorised && v[i].kind == FINDING_EXPOSURE;
    }
    weigh(v, n, a, &ret->intent, offsetof(struct verdict_item, intent));
    weigh(v, n, a, &ret->harm, offsetof(struct verdict_item, harm));
    gather_purposes(v, n, a, ret);
    int holding = axis_holds(&ret->intent) + axis_holds(&ret->harm);
    ret->word = holding == 2 ? VERDICT_MALICIOUS
                : holding    ? VERDICT_UNWANTED
                : threat     ? VERDICT_SUSPICIOUS
                : exposure   ? VERDICT_EXPOSED
                : authorised ? VERDICT_AUTHORISED
                             : VERDICT_CLEAN;
}

void verdict_of(const struct findings *fs, struct arena *a, struct verdict *ret)
{
    const size_t n = findings_count(fs);
    struct verdict_item *v = arena_array(a, struct verdict_item, n);
    for (size_t i = 0; i < n; i++) {
        const struct finding *f = findings_get(fs, i);
        v[i] = (struct verdict_item){.id = f->id, .rule = f->rule, .kind = f->kind, .priority = f->rule->priority, .intent = f->intent,
                                     .harm = f->harm, .conclusive = f->conclusive, .authorised = f->authorised, .by = f->by, .n_by = f->n_by,
                                     .purposes = f->purposes, .n_purposes = f->n_purposes};
    }
    verdict_weigh(v, n, a, ret);
}
