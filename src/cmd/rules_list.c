// SPDX-License-Identifier: Apache-2.0
/* davy rules list, explain and fields: what there is. */
#include <fnmatch.h>
#include <jansson.h>

#include "base/intl.h"
#include "base/text.h"
#include "cmd/rules.h"
#include "event/field.h"
#include "rule/correlation.h"
#include "rule/prefilter.h"

static bool has_tag(const struct rule *r, const char *tag)
{
    for (size_t i = 0; i < r->n_tags; i++)
        if (str_eq_nocase(r->tags[i], str_from(tag)))
            return true;
    return false;
}

static bool is_wanted(const struct rules_options *o, const struct rule *r)
{
    for (size_t i = 0; i < o->tags.n; i++)
        if (!has_tag(r, o->tags.v[i]))
            return false;
    return !o->source || !strcmp(o->source, event_source_name(r->source));
}

static json_t *correlation_json(const struct correlation *c)
{
    json_t *group_by = json_array(), *rules = json_array();
    struct str rest = c->rules, line;
    for (size_t i = 0; i < c->n_group_by; i++)
        json_array_append_new(group_by, rules_json_str(c->group_by[i]));
    while (str_split(&rest, '\n', &line))
        json_array_append_new(rules, rules_json_str(line));
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "type", correlation_type_name(c->type), "rules", rules, "group_by", group_by, "timespan",
                     rules_json_str(c->timespan), "condition", rules_json_str(c->condition));
}

static json_t *rule_json(const struct rule *r)
{
    json_t *tags = json_array();
    for (size_t i = 0; i < r->n_tags; i++)
        json_array_append_new(tags, rules_json_str(r->tags[i]));
    return json_pack("{s:o, s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:i, s:o*}", "rule", rules_json_str(r->name), "priority",
                     priority_name(r->priority), "source", event_source_name(r->source), "enabled",
                     r->enabled, "silent", r->is_silent, "desc", rules_json_str(r->desc), "next", rules_json_str(r->next), "falsepositives",
                     rules_json_str(r->falsepositives), "tags", tags, "file",
                     rules_json_str(str_from(r->file)), "line", (int)r->line, "correlation",
                     r->correlation ? correlation_json(r->correlation) : NULL);
}

/* What is particular about a rule, behind its name. */
static void add_marks(struct strbuf *b, const struct rule *r)
{
    if (r->correlation)
        strbuf_printf(b, _(" (correlation, %s)"), correlation_type_name(r->correlation->type));
    if (r->is_silent)
        strbuf_adds(b, _(" (silent)"));
    if (!r->enabled)
        strbuf_adds(b, _(" (disabled)"));
}

static void add_tags(struct strbuf *b, const struct rule *r)
{
    for (size_t i = 0; i < r->n_tags; i++) {
        strbuf_adds(b, i ? " " : "");
        text_add_safe(b, r->tags[i]);
    }
}

int rules_list(const struct rules_options *o, char **operands, size_t n)
{
    struct rules_loaded l;
    struct strbuf b = {};
    int code = rules_load_or_say(&l, "davy rules list", &o->sigma, operands, n);
    json_t *all = json_array();
    size_t shown = 0;
    for (size_t i = 0; !code && i < ruleset_count(l.rs); i++) {
        const struct rule *r = ruleset_get(l.rs, i);
        if (!is_wanted(o, r))
            continue;
        shown++;
        if (o->json) {
            json_array_append_new(all, rule_json(r));
            continue;
        }
        strbuf_printf(&b, "%-13s %-7s ", priority_name(r->priority), event_source_name(r->source));
        text_add_safe(&b, r->name);
        add_marks(&b, r);
        strbuf_addc(&b, '\n');
        if (r->n_tags) {
            strbuf_pad(&b, ' ', 22);
            add_tags(&b, r);
            strbuf_addc(&b, '\n');
        }
    }
    if (!code && o->json) {
        code = rules_print_json(json_incref(all));
    } else if (!code) {
        strbuf_printf(&b, _("%zu of %zu rules\n"), shown, ruleset_count(l.rs));
        code = rules_print_page(&b);
    }
    json_decref(all);
    strbuf_done(&b);
    rules_loaded_done(&l);
    return code;
}

/* The rule of that name; any case will do when the very name is not there. */
static const struct rule *find_rule(const struct ruleset *rs, struct str name)
{
    const struct rule *found = NULL;
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        const struct rule *r = ruleset_get(rs, i);
        if (str_eq(r->name, name))
            return r;
        if (str_eq_nocase(r->name, name))
            found = r;
    }
    return found;
}

static int no_rule(const struct ruleset *rs, const char *name)
{
    struct strbuf near = {};
    for (size_t i = 0; i < ruleset_count(rs); i++)
        if (str_find_nocase(ruleset_get(rs, i)->name, str_from(name), 0) >= 0)
            strbuf_printf(&near, "\n  %.*s", STR_ARG(ruleset_get(rs, i)->name));
    if (near.n)
        cmd_error("davy rules explain", "there is no rule `%s`; these have it in their names:%s", name,
                  near.p);
    else
        cmd_error("davy rules explain", "there is no rule `%s`; `davy rules list` shows all", name);
    strbuf_done(&near);
    return EXIT_CANNOT;
}

static void add_label(struct strbuf *b, const char *label)
{
    enum { COLUMNS = 11 };
    cmd_add_padded(b, label, COLUMNS);
}

static void add_line(struct strbuf *b, const char *label, struct str text)
{
    if (!text.n)
        return;
    add_label(b, label);
    text_add_safe(b, text);
    strbuf_addc(b, '\n');
}

static void add_lines(struct strbuf *b, struct str text)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        strbuf_adds(b, "\n  ");
        text_add_safe(b, line);
    }
}

/* The correlations that a rule is a member of. */
static struct str correlations_of(const struct ruleset *rs, const struct rule *r, struct strbuf *names)
{
    const struct rule *const *about;
    const size_t n = ruleset_correlations(rs, r, &about);
    for (size_t i = 0; i < n; i++) {
        strbuf_adds(names, i ? " · " : "");
        strbuf_add(names, about[i]->name);
    }
    return strbuf_str(names);
}

static void add_correlation(struct strbuf *b, const struct correlation *c)
{
    struct strbuf group_by = {};
    for (size_t i = 0; i < c->n_group_by; i++)
        strbuf_printf(&group_by, "%s%.*s", i ? ", " : "", STR_ARG(c->group_by[i]));
    add_line(b, _("type"), str_from(correlation_type_name(c->type)));
    add_line(b, _("group-by"), strbuf_str(&group_by));
    add_line(b, _("timespan"), c->timespan);
    add_line(b, _("condition"), c->condition);
    strbuf_done(&group_by);
}

static void add_rule(struct strbuf *b, const struct ruleset *rs, const struct rule *r)
{
    struct strbuf names = {};
    text_add_safe(b, r->name);
    if (intl_rule(r->name).p != r->name.p)
        strbuf_printf(b, "\n%.*s", STR_ARG(intl_rule(r->name)));
    add_marks(b, r);
    strbuf_adds(b, "\n\n");
    add_line(b, _("why"), intl_rule(r->desc));
    add_line(b, _("next"), intl_rule(r->next));
    add_line(b, _("honest"), intl_rule(r->falsepositives));
    add_line(b, _("priority"), str_from(priority_name(r->priority)));
    add_line(b, _("source"), str_from(event_source_name(r->source)));
    add_label(b, _("tags"));
    add_tags(b, r);
    strbuf_addc(b, '\n');
    add_label(b, _("file"));
    text_add_safe(b, str_from(r->file));
    strbuf_printf(b, ":%u\n", r->line);
    add_line(b, _("output"), r->output);
    add_line(b, _("correlated"), correlations_of(rs, r, &names));
    strbuf_done(&names);
    if (r->correlation)
        add_correlation(b, r->correlation);
    strbuf_printf(b, "\n%s", r->correlation ? _("rules") : _("condition"));
    add_lines(b, r->correlation ? r->correlation->rules : r->condition);
    strbuf_printf(b, "\n\n%s\n", _("fields"));
    for (size_t i = 0; i < r->n_fields; i++)
        strbuf_printf(b, "  %-28s %s\n", FIELDS[r->fields[i]].name, FIELDS[r->fields[i]].help);
    strbuf_printf(b, "\n%s\n", _("program"));
    ruleset_explain(rs, r, b);
}

/* Without a rule, or with a file in its place, the summary of all rules. */
static int explain_kernel(struct strbuf *b, const struct rules_options *o, char **operands, size_t n)
{
    struct rules_loaded l;
    const bool is_all = !n || access(operands[0], F_OK) == 0;
    int code = rules_load_or_say(&l, "davy rules explain", &o->sigma, operands + !is_all, n - !is_all);
    const struct rule *r = code || is_all ? NULL : find_rule(l.rs, str_from(operands[0]));
    if (!code && !is_all && !r)
        code = no_rule(l.rs, operands[0]);
    if (!code && r)
        prefilter_explain_rule(l.rs, r, b);
    else if (!code)
        prefilter_explain(l.rs, b);
    rules_loaded_done(&l);
    return code;
}

int rules_explain(const struct rules_options *o, char **operands, size_t n)
{
    struct rules_loaded l;
    struct strbuf b = {};
    if (o->kernel) {
        int done = explain_kernel(&b, o, operands, n);
        done = done ? done : rules_print_page(&b);
        strbuf_done(&b);
        return done;
    }
    if (!n) {
        cmd_error("davy rules explain", "name a rule; `davy rules list` shows all");
        return EXIT_USAGE;
    }
    int code = rules_load_or_say(&l, "davy rules explain", &o->sigma, operands + 1, n - 1);
    const struct rule *r = code ? NULL : find_rule(l.rs, str_from(operands[0]));
    if (!code && !r)
        code = no_rule(l.rs, operands[0]);
    if (!code) {
        add_rule(&b, l.rs, r);
        code = rules_print_page(&b);
    }
    strbuf_done(&b);
    rules_loaded_done(&l);
    return code;
}

static bool matches(const struct field *f, const char *pattern)
{
    if (!pattern)
        return true;
    if (strpbrk(pattern, "*?["))
        return !fnmatch(pattern, f->name, FNM_CASEFOLD);
    return str_find_nocase(str_from(f->name), str_from(pattern), 0) >= 0 ||
           str_find_nocase(str_from(f->help), str_from(pattern), 0) >= 0;
}

static const char *argument_of(const struct field *f)
{
    return f->flags & FIELD_ARG_REQUIRED ? "[…]" : f->flags & FIELD_ARG_ALLOWED ? "[…]?" : "";
}

static void add_sources(struct strbuf *b, const struct field *f)
{
    bool first = true;
    for (int s = 0; s < SOURCE__N; s++) {
        if (!(f->sources >> s & 1))
            continue;
        strbuf_adds(b, first ? "" : ", ");
        strbuf_adds(b, event_source_name((enum event_source)s));
        first = false;
    }
}

static json_t *field_json(const struct field *f)
{
    json_t *sources = json_array();
    for (int s = 0; s < SOURCE__N; s++)
        if (f->sources >> s & 1)
            json_array_append_new(sources, json_string(event_source_name((enum event_source)s)));
    const char *argument = f->flags & FIELD_ARG_REQUIRED  ? "required"
                           : f->flags & FIELD_ARG_ALLOWED ? "optional"
                                                          : "none";
    return json_pack("{s:s, s:s, s:b, s:s, s:b, s:o, s:s}", "name", f->name, "type", value_type_name(f->type),
                     "list", (f->flags & FIELD_LIST) != 0, "argument", argument, "deprecated",
                     (f->flags & FIELD_DEPRECATED) != 0, "sources", sources, "help", f->help);
}

int rules_fields(const struct rules_options *o, char **operands, size_t n)
{
    struct strbuf b = {};
    json_t *all = json_array();
    size_t shown = 0;
    if (n > 1) {
        json_decref(all);
        cmd_error("davy rules fields", "one pattern at a time");
        return EXIT_USAGE;
    }
    for (int i = 0; i < FIELD__N; i++) {
        const struct field *f = &FIELDS[i];
        if ((f->flags & FIELD_TABLE_ONLY) || !matches(f, n ? operands[0] : NULL))
            continue;
        shown++;
        if (o->json) {
            json_array_append_new(all, field_json(f));
            continue;
        }
        strbuf_printf(&b, "%s%s  (%s%s; ", f->name, argument_of(f), f->flags & FIELD_LIST ? "list of " : "",
                      value_type_name(f->type));
        add_sources(&b, f);
        strbuf_printf(&b, "%s)\n    %s\n", f->flags & FIELD_DEPRECATED ? "; deprecated" : "", f->help);
    }
    int code;
    if (o->json) {
        code = rules_print_json(json_incref(all));
    } else {
        strbuf_printf(&b, _("%zu of %d fields\n"), shown, FIELD__N);
        code = rules_print_page(&b);
    }
    json_decref(all);
    strbuf_done(&b);
    return code;
}
