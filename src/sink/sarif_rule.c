// SPDX-License-Identifier: Apache-2.0
/* Rules as SARIF's reportingDescriptors, and ATT&CK as a taxonomy. */
#include "base/intl.h"
#include "base/text.h"
#include "sink/json_object.h"
#include "sink/sarif.h"

static const char ATTACK[] = "MITRE ATT&CK";

const char *sarif_level(enum priority p)
{
    switch (severity_of(p)) {
    case SEVERITY_CRITICAL:
    case SEVERITY_HIGH:
        return "error";
    case SEVERITY_MEDIUM:
        return "warning";
    default:
        return "note";
    }
}

/* GitHub's scale: over 9 critical, 7 high, 4 medium, below low. */
static const char *security_severity(enum priority p)
{
    static const char *const scores[SEVERITY__N] = {
        [SEVERITY_CRITICAL] = "9.5", [SEVERITY_HIGH] = "8.0", [SEVERITY_MEDIUM] = "5.5",
        [SEVERITY_LOW] = "2.0",      [SEVERITY_INFO] = "0.1",
    };
    return scores[severity_of(p)];
}

/* "Miner configuration" becomes "miner-configuration": an id that stays when only the words' case changes. */
static struct str slug_of(struct arena *a, struct str name)
{
    enum { SLUG_MAX = 120 };
    struct strbuf b = {};
    for (size_t i = 0; i < name.n && b.n < SLUG_MAX; i++) {
        char c = name.p[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            strbuf_addc(&b, c);
        else if (b.n && b.p[b.n - 1] != '-')
            strbuf_addc(&b, '-');
    }
    while (b.n && b.p[b.n - 1] == '-')
        b.n--;
    struct str slug = b.n ? arena_str(a, strbuf_str(&b)) : STR("rule");
    strbuf_done(&b);
    return slug;
}

/* "Miner configuration" becomes "MinerConfiguration": the form that viewers expect of a rule's name. */
static json_t *pascal_name(struct str slug)
{
    struct strbuf b = {};
    bool start = true;
    for (size_t i = 0; i < slug.n; i++) {
        char c = slug.p[i];
        if (c != '-')
            strbuf_addc(&b, start && c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c);
        start = c == '-';
    }
    json_t *j = json_text(strbuf_str(&b));
    strbuf_done(&b);
    return j;
}

static struct str new_id(struct sarif_rules *rules, struct str name)
{
    struct str slug = slug_of(&rules->arena, name), id = slug;
    bool fresh;
    for (unsigned n = 2;; n++) {
        (void)map_put(&rules->ids, id, &fresh);
        if (fresh)
            return id;
        id = arena_printf(&rules->arena, "%.*s-%u", STR_ARG(slug), n);
    }
}

size_t sarif_rules_add(struct sarif_rules *rules, const struct finding *f)
{
    bool fresh;
    char key[16];
    int n = snprintf(key, sizeof(key), "%u", f->rule->index);
    struct map_entry *e = map_get(&rules->by_index, str_n(key, (size_t)n));
    if (e)
        return e->u64;
    e = map_put(&rules->by_index, arena_str(&rules->arena, str_n(key, (size_t)n)), NULL);
    e->u64 = rules->first.n;
    vec_add(&rules->first, f);
    vec_add(&rules->slugs, new_id(rules, f->rule->name));
    for (size_t i = 0; i < f->n_techniques; i++)
        map_put(&rules->techniques, f->techniques[i], &fresh)->u64++;
    return rules->first.n - 1;
}

void sarif_rules_done(struct sarif_rules *rules)
{
    map_done(&rules->by_index);
    map_done(&rules->ids);
    map_done(&rules->techniques);
    vec_done(&rules->first);
    vec_done(&rules->slugs);
    arena_done(&rules->arena);
    *rules = (struct sarif_rules){};
}

static json_t *rule_properties(const struct finding *f)
{
    json_t *j = json_object(), *tags = json_array();
    json_add_new(tags, json_string("security"));
    for (size_t i = 0; i < f->rule->n_tags && json_array_size(tags) < SARIF_TAGS_MAX; i++)
        json_add_new(tags, json_text(f->rule->tags[i]));
    json_put_new(j, "tags", tags);
    json_put_list(j, "rows", f->rows, f->n_rows);
    json_put_list(j, "techniques", f->techniques, f->n_techniques);
    json_put_list(j, "purposes", f->purposes, f->n_purposes);
    json_put_new(j, "kind", json_string(finding_kind_name(f->kind)));
    json_put_new(j, "priority", json_string(priority_name(f->rule->priority)));
    json_put_new(j, "severity", json_string(severity_name(severity_of(f->rule->priority))));
    json_put_new(j, "precision", json_string(f->conclusive ? "very-high" : f->kind == FINDING_CONTEXT ? "low" : "medium"));
    if (f->kind != FINDING_CONTEXT)
        json_put_new(j, "security-severity", json_string(security_severity(f->rule->priority)));
    json_put_new(j, "file", json_text(str_from(f->rule->file)));
    json_put_count(j, "line", f->rule->line);
    return j;
}

static json_t *relationships(const struct finding *f)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->n_techniques; i++) {
        json_t *j = json_object(), *target = json_object(), *component = json_object(), *kinds = json_array();
        json_put_new(component, "name", json_string(ATTACK));
        json_put_count(component, "index", 0);
        json_put_new(target, "id", json_text(f->techniques[i]));
        json_put_new(target, "toolComponent", component);
        json_put_new(j, "target", target);
        json_add_new(kinds, json_string("relevant"));
        json_put_new(j, "kinds", kinds);
        json_add_new(list, j);
    }
    return list;
}

/* Why, and what next, as text and as Markdown. */
static json_t *help_json(const struct rule *rule)
{
    struct strbuf text = {}, safe = {};
    json_t *j = json_object();
    text_add_safe(&safe, rule->desc.n ? rule->desc : rule->name);
    strbuf_add(&text, strbuf_str(&safe));
    if (rule->next.n) {
        strbuf_clear(&safe);
        text_add_safe(&safe, rule->next);
        strbuf_printf(&text, "\n\n%s: %s", _("What next"), safe.p);
    }
    json_put_new(j, "text", json_text(strbuf_str(&text)));
    strbuf_done(&text);
    strbuf_done(&safe);
    return j;
}

json_t *sarif_rule(const struct sarif_rules *rules, size_t i)
{
    const struct finding *f = rules->first.v[i];
    const struct rule *rule = f->rule;
    json_t *j = json_object(), *level = json_object();
    json_put_new(j, "id", json_text(rules->slugs.v[i]));
    json_put_new(j, "name", pascal_name(rules->slugs.v[i]));
    json_put_new(j, "shortDescription", sarif_message(rule->name));
    json_put_new(j, "fullDescription", sarif_message(rule->desc.n ? rule->desc : rule->name));
    json_put_new(j, "help", help_json(rule));
    json_put_new(level, "level", json_string(f->kind == FINDING_CONTEXT ? "note" : sarif_level(rule->priority)));
    json_put_new(j, "defaultConfiguration", level);
    if (f->n_techniques)
        json_put_new(j, "relationships", relationships(f));
    json_put_new(j, "properties", rule_properties(f));
    return j;
}

json_t *sarif_taxonomy(const struct sarif_rules *rules)
{
    json_t *j = json_object(), *taxa = json_array();
    json_put_new(j, "name", json_string(ATTACK));
    json_put_new(j, "organization", json_string("MITRE"));
    json_put_new(j, "informationUri", json_string("https://attack.mitre.org/"));
    json_put_new(j, "isComprehensive", json_false());
    json_put_new(j, "shortDescription", sarif_message(str_from(_("Techniques of attackers; only those that a finding names"))));
    for (size_t i = 0; i < rules->techniques.n; i++) {
        json_t *taxon = json_object();
        json_put_new(taxon, "id", json_text(rules->techniques.v[i].key));
        json_put_new(taxon, "name", json_text(rules->techniques.v[i].key));
        json_add_new(taxa, taxon);
    }
    json_put_new(j, "taxa", taxa);
    return j;
}
