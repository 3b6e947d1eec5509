// SPDX-License-Identifier: Apache-2.0
#include "finding/verdict.h"

/* Evidence on one axis while it is gathered. Room for all findings is taken once: classes and rules are few.
 */
struct tray {
    struct axis *axis;
    size_t off; /* of `bool` in struct finding */
    const struct rule **rules;
    size_t n_rules;
    bool conclusive, has_threat;
};

static bool counts(const struct finding *f, enum finding_kind kind, size_t off)
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

static void add_evidence(struct tray *t, const struct finding *f, size_t classes_room)
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

static void weigh(const struct findings *fs, struct arena *a, struct axis *axis, size_t off)
{
    size_t n = findings_count(fs), classes = 1;
    for (size_t i = 0; i < n; i++)
        classes += findings_get(fs, i)->n_by;
    struct tray t = {.axis = axis, .off = off, .rules = arena_array(a, const struct rule *, n)};
    axis->evidence = arena_array(a, uint32_t, n);
    axis->classes = arena_array(a, struct str, classes);
    for (size_t i = 0; i < n; i++) {
        const struct finding *f = findings_get(fs, i);
        if (!counts(f, FINDING_THREAT, off))
            continue;
        t.has_threat = true;
        t.conclusive |= f->conclusive;
        add_evidence(&t, f, classes);
    }
    for (size_t i = 0; t.has_threat && i < n; i++)
        if (counts(findings_get(fs, i), FINDING_CONTEXT, off))
            add_evidence(&t, findings_get(fs, i), classes);
    size_t kinds = axis->n_classes < t.n_rules ? axis->n_classes : t.n_rules;
    axis->strength = t.conclusive || kinds >= 3 ? STRENGTH_STRONG : (unsigned)kinds;
}

static void add_purposes(struct verdict *v, const struct finding *f)
{
    for (size_t i = 0; i < f->n_purposes; i++) {
        bool is_new = true;
        for (size_t k = 0; is_new && k < v->n_purposes; k++)
            is_new = !str_eq(v->purposes[k], f->purposes[i]);
        if (is_new)
            v->purposes[v->n_purposes++] = f->purposes[i];
    }
}

static void gather_purposes(const struct findings *fs, struct arena *a, struct verdict *v)
{
    size_t n = 0;
    for (size_t i = 0; i < findings_count(fs); i++)
        n += findings_get(fs, i)->n_purposes;
    v->purposes = arena_array(a, struct str, n);
    for (int p = 0; p < PRIORITY__N; p++)
        for (size_t i = 0; i < findings_count(fs); i++) {
            const struct finding *f = findings_get(fs, i);
            if (f->kind == FINDING_THREAT && !f->authorised && (int)f->rule->priority == p)
                add_purposes(v, f);
        }
}

void verdict_of(const struct findings *fs, struct arena *a, struct verdict *ret)
{
    bool threat = false, exposure = false, authorised = false;
    *ret = (struct verdict){};
    for (size_t i = 0; i < findings_count(fs); i++) {
        const struct finding *f = findings_get(fs, i);
        authorised |= f->authorised && f->kind != FINDING_CONTEXT;
        threat |= !f->authorised && f->kind == FINDING_THREAT;
        exposure |= !f->authorised && f->kind == FINDING_EXPOSURE;
    }
    weigh(fs, a, &ret->intent, offsetof(struct finding, intent));
    weigh(fs, a, &ret->harm, offsetof(struct finding, harm));
    gather_purposes(fs, a, ret);
    int holding = axis_holds(&ret->intent) + axis_holds(&ret->harm);
    ret->word = holding == 2 ? VERDICT_MALICIOUS
                : holding    ? VERDICT_UNWANTED
                : threat     ? VERDICT_SUSPICIOUS
                : exposure   ? VERDICT_EXPOSED
                : authorised ? VERDICT_AUTHORISED
                             : VERDICT_CLEAN;
}
