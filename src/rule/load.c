// SPDX-License-Identifier: Apache-2.0
/* From a file to items: what each kind of item may hold. Every problem is reported; a wrong item is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/day.h"
#include "base/intl.h"
#include "base/io.h"
#include "rule/limits.h"
#include "rule/load.h"
#include "rule/sigma.h"

/* The line, or nothing when a copy of it for each of many problems would cost too much. */
static struct str shown_line(const struct source *source, uint32_t line, uint32_t column)
{
    enum { BEHIND = 200 }; /* bytes after the caret that can still be shown */
    struct str text = source_line(source, line);
    if (text.n > RULE_SHOWN_BYTES)
        return column > RULE_SHOWN_BYTES ? STR_NULL : str_sub(text, 0, column + BEHIND);
    return text;
}

void load_report(struct diags *diags, enum diag_code code, struct str label, const struct yaml_node *node,
                 size_t at, const char *message, const char *cure)
{
    struct diag d = {.code = code, .item = label, .message = str_from(message), .cure = str_from(cure)};
    if (node) {
        source_place(node->source, yaml_offset(node, at), &d.line, &d.column);
        d.file = node->source->name;
        d.source = shown_line(node->source, d.line, d.column);
    }
    diags_add(diags, &d);
}

int load_say(struct loader *l, enum diag_code code, const struct yaml_node *node, size_t at, const char *cure,
             const char *fmt, ...)
{
    va_list ap;
    _cleanup_(strbuf_done) struct strbuf message = {};
    va_start(ap, fmt);
    strbuf_vprintf(&message, intl_text(fmt), ap);
    va_end(ap);
    load_report(l->diags, code, l->label, node, at, message.p, cure);
    return diag_code_is_error(code) ? -EINVAL : 0;
}

const struct yaml_node *load_scalar(struct loader *l, const struct yaml_node *map, const char *key)
{
    const struct yaml_node *v = yaml_get(map, key);
    if (!v)
        (void)load_say(l, DIAG_ERR_YAML_VALIDATE, map, 0, N_("add it"), "the key \"%s\" is missing", key);
    else if (v->kind != YAML_SCALAR)
        (void)load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("write a single value"),
                       "the value of \"%s\" is no text", key);
    else if (yaml_is_null(v) || !v->text.n)
        (void)load_say(l, DIAG_ERR_YAML_VALIDATE, yaml_key(map, key), 0,
                       N_("write its value, or take the key away"), "the key \"%s\" has no value", key);
    else if (v->text.n > RULE_TEXT_BYTES)
        (void)load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("split it"),
                       "the value of \"%s\" is longer than %d bytes", key, RULE_TEXT_BYTES);
    else
        return v;
    return NULL;
}

int load_check_size(struct loader *l, const char *key, const struct node_list *parts)
{
    size_t n = 0;
    for (size_t i = 0; i < parts->n; i++)
        n += parts->v[i]->text.n;
    if (n <= RULE_TEXT_BYTES && parts->n <= RULE_TEXT_PARTS)
        return 0;
    return load_say(
        l, DIAG_ERR_VALIDATE, parts->v[parts->n - 1], 0, N_("append less"),
        "the value of \"%s\" is longer than %d bytes or of more than %d parts once this is appended", key,
        RULE_TEXT_BYTES, RULE_TEXT_PARTS);
}

int load_bool(struct loader *l, const struct yaml_node *map, const char *key, bool *ret)
{
    const struct yaml_node *v = yaml_get(map, key);
    if (!v || yaml_bool(v, ret))
        return 0;
    return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("write true or false"),
                    "the value of \"%s\" is neither true nor false", key);
}

int load_scalars(struct loader *l, const struct yaml_node *map, const char *key, struct node_list *ret)
{
    const struct yaml_node *v = yaml_get(map, key);
    if (!v)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, map, 0, N_("add it"), "the key \"%s\" is missing", key);
    if (v->kind != YAML_SEQUENCE)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, yaml_is_null(v) ? yaml_key(map, key) : v, 0, N_("write [a, b], or one item a line after \"- \""),
                        "the value of \"%s\" is no sequence", key);
    for (size_t i = 0; i < v->n; i++) {
        if (v->v[i]->kind != YAML_SCALAR || yaml_is_null(v->v[i]))
            return load_say(l, DIAG_ERR_YAML_VALIDATE, v->v[i], 0, N_("items are words, numbers or quoted texts"),
                            "an item of \"%s\" is no text", key);
        vec_add(ret, v->v[i]);
    }
    return 0;
}

static bool is_listed(struct str key, const char *const *known)
{
    while (*known && !str_is(key, *known))
        known++;
    return *known;
}

void load_check_keys(struct loader *l, const struct yaml_node *map, const char *const *known,
                     const char *what)
{
    for (size_t i = 0; i + 1 < map->n; i += 2) {
        const struct str key = map->v[i]->text;
        const char *nearest = NULL;
        size_t best = 3;
        if (is_listed(key, known))
            continue;
        for (const char *const *k = known; *k; k++) {
            size_t d = str_distance(key, str_from(*k), best);
            if (d < best) {
                best = d;
                nearest = *k;
            }
        }
        _cleanup_(strbuf_done) struct strbuf cure = {};
        if (str_is(key, "<<"))
            strbuf_adds(&cure, _("nothing is merged into a map, by Falco neither: write the keys out, or give each value an anchor"));
        else if (nearest)
            strbuf_printf(&cure, _("did you mean \"%s\"?"), nearest);
        else
            strbuf_adds(&cure, _("take it away; it has no effect"));
        (void)load_say(l, DIAG_UNKNOWN_KEY, map->v[i], 0, cure.p, "%s has no key \"%.*s\"", _(what), STR_ARG(key));
    }
}

/* The values that `override` may ask for a key. */
static int read_override(struct loader *l, const struct yaml_node *key, const struct yaml_node *how,
                         struct override_key *keys)
{
    struct override_key *k = keys;
    while (k->name && !str_is(key->text, k->name))
        k++;
    bool append = how->kind == YAML_SCALAR && str_is(how->text, "append");
    bool replace = how->kind == YAML_SCALAR && str_is(how->text, "replace");
    if (!append && !replace)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, how, 0, N_("write append or replace"),
                        "\"%.*s\" cannot be overridden in this way", STR_ARG(key->text));
    if (!k->name)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, key, 0, N_("name a key of this item that can be overridden"),
                        "\"%.*s\" cannot be overridden", STR_ARG(key->text));
    if (append && !k->may_append)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, key, 0, N_("use replace"), "\"%s\" cannot be appended to",
                        k->name);
    if (!yaml_get(l->item, k->name))
        return load_say(l, DIAG_ERR_YAML_VALIDATE, key, 0, N_("add the key, or take it out of override"),
                        "\"%s\" is to be overridden, but the item does not have it", k->name);
    k->asked = append ? OVERRIDE_APPEND : OVERRIDE_REPLACE;
    return 0;
}

int load_override(struct loader *l, struct override_key *keys, bool *ret_append)
{
    const struct yaml_node *override = yaml_get(l->item, "override");
    bool append = false;
    int result = load_bool(l, l->item, "append", &append);
    if (result)
        return result;
    if (append)
        (void)load_say(l, DIAG_DEPRECATED_ITEM, yaml_key(l->item, "append"), 0,
                       N_("write override: {key: append} instead, with each key that is to be appended"),
                       "\"append\" is deprecated");
    *ret_append = append;
    if (!override || yaml_is_null(override))
        return 0;
    if (override->kind != YAML_MAP)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, override, 0,
                        N_("write override: {key: append} or {key: replace}"),
                        "the value of \"override\" is no map");
    if (append)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, yaml_key(l->item, "override"), 0, N_("take \"append\" away"),
                        "\"override\" and \"append\" cannot stand together");
    for (size_t i = 0; i + 1 < override->n; i += 2)
        if (read_override(l, override->v[i], override->v[i + 1], keys))
            result = -EINVAL;
    for (struct override_key *k = keys; !result && override->n && k->name; k++)
        if (k->asked == OVERRIDE_NONE && yaml_get(l->item, k->name))
            result = load_say(l, DIAG_ERR_YAML_VALIDATE, yaml_key(l->item, k->name), 0,
                              N_("name it in override too, or take it away"),
                              "\"%s\" is here, but override does not say what to do with it", k->name);
    return result;
}

const struct yaml_node *load_name(struct loader *l, const char *kind)
{
    l->label = str_from(kind);
    const struct yaml_node *name = load_scalar(l, l->item, kind);
    if (name)
        l->label = arena_printf(&l->rs->load, "%s %.*s", kind, STR_ARG(name->text));
    return name;
}

static bool is_list_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (strchr("()\"'=, \t\n\r\v\f", s.p[i]))
            return false;
    return true;
}

static bool is_macro_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool letter = (s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z';
        if (!letter && (!i || (s.p[i] != '_' && (s.p[i] < '0' || s.p[i] > '9'))))
            return false;
    }
    return true;
}

struct definition definition_new(struct loader *l, const struct yaml_node *name,
                                 const struct definition *previous)
{
    uint32_t id = l->rs->n_items++;
    return (struct definition){.name = name->text,
                               .node = l->item,
                               .index = previous ? previous->index : id,
                               .visible = id,
                               .is_used = previous && previous->is_used};
}

int definition_missing(struct loader *l, const char *kind)
{
    static const char cure[] = N_("define it before, in this file or an earlier one; check the name");
    if (!strcmp(kind, "rule"))
        return load_say(l, DIAG_ERR_VALIDATE, l->item, 0, cure,
                        "there is no rule of this name to append to or override");
    if (!strcmp(kind, "correlation"))
        return load_say(l, DIAG_ERR_VALIDATE, l->item, 0, cure, "there is no correlation of this name to override");
    return load_say(l, DIAG_ERR_VALIDATE, l->item, 0, cure, "there is no %s of this name to append to", kind);
}

/* An optional day; our own key, of which Falco warns and goes on. */
static int load_day(struct loader *l, const char *key, uint16_t *ret)
{
    const struct yaml_node *v = yaml_get(l->item, key);
    if (!v || (v->kind == YAML_SCALAR && day_parse(v->text, ret)))
        return 0;
    return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, "write YYYY-MM-DD", "the value of \"%s\" is no day", key);
}

int load_list(struct loader *l)
{
    static const char *const known[] = {"list", "items", "append", "override", "source", "reviewed", "expires", NULL};
    struct override_key keys[] = {{"items", true, OVERRIDE_NONE}, {}};
    struct node_list items = {};
    bool append = false;
    const struct yaml_node *name = load_name(l, "list");
    if (!name)
        return -EINVAL;
    load_check_keys(l, l->item, known, "a list");
    if (!is_list_name(name->text))
        (void)load_say(l, DIAG_INVALID_LIST_NAME, name, 0, N_("leave out blanks and ( ) \" ' = ,"),
                       "the name of this list is not one word");
    uint16_t reviewed = 0, expires = 0;
    if (load_override(l, keys, &append) || load_scalars(l, l->item, "items", &items) || load_day(l, "reviewed", &reviewed) ||
        load_day(l, "expires", &expires)) {
        vec_done(&items);
        return -EINVAL;
    }
    append |= keys[0].asked == OVERRIDE_APPEND;
    struct map_entry *e = map_get(&l->rs->lists, name->text);
    struct list *list = e ? e->ptr : NULL;
    if (!list && append) {
        vec_done(&items);
        return definition_missing(l, "list");
    }
    if (!list) {
        list = arena_new(&l->rs->load, struct list);
        map_put(&l->rs->lists, name->text, NULL)->ptr = list;
        list->def = definition_new(l, name, NULL);
        if (!is_list_name(name->text))
            vec_add(&l->rs->wide_lists, list);
    } else {
        list->def = definition_new(l, name, &list->def);
    }
    if (!append || expires)
        list->expires = expires;
    if (!append)
        vec_clear(&list->items);
    for (size_t i = 0; i < items.n; i++)
        vec_add(&list->items, items.v[i]);
    vec_done(&items);
    return 0;
}

int load_macro(struct loader *l)
{
    static const char *const known[] = {"macro", "condition", "append", "override", NULL};
    struct override_key keys[] = {{"condition", true, OVERRIDE_NONE}, {}};
    bool append = false;
    const struct yaml_node *name = load_name(l, "macro");
    if (!name)
        return -EINVAL;
    load_check_keys(l, l->item, known, "a macro");
    if (!is_macro_name(name->text))
        (void)load_say(l, DIAG_INVALID_MACRO_NAME, name, 0, N_("begin with a letter, then letters, digits and _"),
                       "a condition cannot name this macro");
    const struct yaml_node *condition = load_scalar(l, l->item, "condition");
    if (!condition || load_override(l, keys, &append))
        return -EINVAL;
    append |= keys[0].asked == OVERRIDE_APPEND;
    struct map_entry *e = map_get(&l->rs->macros, name->text);
    struct macro *macro = e ? e->ptr : NULL;
    if (!macro && append)
        return definition_missing(l, "macro");
    if (!macro) {
        macro = arena_new(&l->rs->load, struct macro);
        map_put(&l->rs->macros, name->text, NULL)->ptr = macro;
        macro->def = definition_new(l, name, NULL);
    } else {
        macro->def = definition_new(l, name, &macro->def);
    }
    if (!append)
        vec_clear(&macro->condition);
    vec_add(&macro->condition, condition);
    return load_check_size(l, "condition", &macro->condition);
}

static int load_item(struct loader *l)
{
    static const struct {
        const char *key;
        int (*load)(struct loader *l);
    } kinds[] = {
        {"required_engine_version", load_engine_version},
        {"required_plugin_versions", load_plugin_versions},
        {"list", load_list},
        {"macro", load_macro},
        {"rule", load_rule},
        {"correlation", load_correlation},
    };
    l->label = STR_NULL;
    if (l->item->kind != YAML_MAP)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, l->item, 0,
                        N_("begin it with \"rule:\", \"correlation:\", \"macro:\" or \"list:\""),
                        "an item of a rule file is a map");
    if (l->rs->n_items >= RULE_ITEMS)
        return load_say(l, DIAG_ERR_VALIDATE, l->item, 0, N_("load fewer files"), "more than %d items",
                        RULE_ITEMS);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (yaml_get(l->item, kinds[i].key))
            return kinds[i].load(l);
    return load_say(l, DIAG_UNKNOWN_ITEM, l->item, 0,
                    N_("known are rule, correlation, macro, list, required_engine_version and required_plugin_versions"),
                    "this item is nothing that a rule file holds");
}

enum file_kind { FILE_OF_RULES, FILE_OF_SIGMA, FILE_OF_PIPELINE };

static int load_document(struct loader *l, const struct yaml_node *root)
{
    int result = 0;
    l->label = STR_NULL;
    if (yaml_is_null(root))
        return 0;
    if (root->kind != YAML_SEQUENCE) {
        l->rs->n_left_out++;
        return load_say(l, DIAG_ERR_YAML_VALIDATE, root, 0,
                        N_("begin each rule, macro and list with \"- \" at the margin"),
                        "a rule file is a sequence of items");
    }
    for (size_t i = 0; i < root->n; i++) {
        l->item = root->v[i];
        if (yaml_is_null(l->item) || !load_item(l))
            continue;
        result = -EINVAL;
        l->rs->n_left_out++;
        if (l->rs->is_lenient && yaml_get(l->item, "required_engine_version")) /* what follows says something else than we would read */
            break;
    }
    return result;
}

/* What a file holds. */
static int (*const DOCUMENTS[])(struct loader *l, const struct yaml_node *root) = {
    [FILE_OF_RULES] = load_document,
    [FILE_OF_SIGMA] = sigma_document_load,
    [FILE_OF_PIPELINE] = sigma_pipeline_load,
};

static bool is_strict(const struct ruleset *rs)
{
    return rs->sigma && rs->sigma->is_strict;
}

/* A file of Sigma that is no YAML is left out as its rules are. */
static enum diag_code parse_code(const struct ruleset *rs, enum file_kind kind)
{
    return kind == FILE_OF_SIGMA && !is_strict(rs) ? DIAG_SIGMA_SKIPPED : DIAG_ERR_YAML_PARSE;
}

static int load_source(struct ruleset *rs, const struct source *source, enum file_kind kind, struct diags *diags)
{
    struct loader l = {.rs = rs, .diags = diags, .source = source};
    struct yaml_documents documents = {}, repeated = {};
    struct yaml_problem problem = {};
    int result = yaml_parse(source, &rs->load, &documents, kind == FILE_OF_RULES ? &repeated : NULL, &problem);
    if (result) {
        struct diag d = {.code = parse_code(rs, kind),
                         .file = source->name,
                         .message = problem.message,
                         .cure = problem.cure};
        source_place(source, problem.offset, &d.line, &d.column);
        d.source = shown_line(source, d.line, d.column);
        diags_add(diags, &d);
        rs->n_sigma_refused += kind == FILE_OF_SIGMA;
        rs->n_left_out += kind == FILE_OF_RULES;
        result = diag_code_is_error(d.code) ? result : 0;
    } else {
        for (size_t i = 0; i < repeated.n; i++)
            (void)load_say(&l, DIAG_UNKNOWN_KEY, repeated.v[i], 0, N_("keep one of them; the first one counts, as with Falco"),
                           "the key \"%.*s\" is given twice", STR_ARG(repeated.v[i]->text));
        for (size_t i = 0; i < documents.n; i++)
            if (DOCUMENTS[kind](&l, documents.v[i]))
                result = -EINVAL;
    }
    vec_done(&documents);
    vec_done(&repeated);
    return kind == FILE_OF_RULES && rs->is_lenient ? 0 : result;
}

/* Reports about the file as a whole. */
static int fail_file(struct ruleset *rs, const char *name, struct diags *diags, int code, const char *message,
                     const char *cure)
{
    diags_add(diags, &(struct diag){.code = DIAG_ERR_FILE_READ,
                                    .file = arena_str(&rs->arena, str_from(name)).p,
                                    .message = str_from(message),
                                    .cure = str_from(cure)});
    rs->has_errors = true;
    return code;
}

static int load_memory(struct ruleset *rs, const char *name, struct str yaml, enum file_kind kind, struct diags *diags)
{
    uint64_t size = yaml.n;
    if (yaml.n > RULE_FILE_BYTES)
        return fail_file(rs, name, diags, -EINVAL, N_("the file is larger than 16 MiB"), N_("split it"));
    sha256_add(rs->hash, &size, sizeof(size));
    sha256_add(rs->hash, yaml.p, yaml.n);
    if (kind != FILE_OF_RULES)
        sha256_add(rs->hash, &kind, sizeof(kind));
    struct source *source = arena_new(&rs->load, struct source);
    source_init(source, &rs->load, arena_str(&rs->arena, str_from(name)).p, arena_str(&rs->load, yaml));
    int result = load_source(rs, source, kind, diags);
    rs->has_errors |= result != 0;
    return result;
}

static int load_file(struct ruleset *rs, const char *path, enum file_kind kind, struct diags *diags)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    _cleanup_(strbuf_done) struct strbuf bytes = {};
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        int code = -errno;
        return fail_file(rs, path, diags, code, error_words(code), N_("check the path and the permissions"));
    }
    if (!S_ISREG(st.st_mode))
        return fail_file(rs, path, diags, -EINVAL, N_("this is no file"), N_("name a file of rules"));
    if (st.st_size > RULE_FILE_BYTES)
        return fail_file(rs, path, diags, -EINVAL, N_("the file is larger than 16 MiB"), N_("split it"));
    const int code = io_read_up_to(fd, (size_t)st.st_size + 1, &bytes);
    if (code < 0)
        return fail_file(rs, path, diags, code, error_words(code), N_("check the file system"));
    return load_memory(rs, path, strbuf_str(&bytes), kind, diags);
}

int ruleset_load_memory(struct ruleset *rs, const char *name, struct str yaml, struct diags *diags)
{
    return load_memory(rs, name, yaml, FILE_OF_RULES, diags);
}

int ruleset_load_sigma_memory(struct ruleset *rs, const char *name, struct str yaml, struct diags *diags)
{
    return load_memory(rs, name, yaml, FILE_OF_SIGMA, diags);
}

int ruleset_load_pipeline_memory(struct ruleset *rs, const char *name, struct str yaml, struct diags *diags)
{
    return load_memory(rs, name, yaml, FILE_OF_PIPELINE, diags);
}

int ruleset_load_file(struct ruleset *rs, const char *path, struct diags *diags)
{
    const bool had_errors = rs->has_errors;
    const int result = load_file(rs, path, FILE_OF_RULES, diags);
    if (!result || !rs->is_lenient)
        return result;
    rs->has_errors = had_errors;
    rs->n_left_out++;
    return 0;
}

int ruleset_load_sigma_file(struct ruleset *rs, const char *path, struct diags *diags)
{
    return load_file(rs, path, FILE_OF_SIGMA, diags);
}

int ruleset_load_sigma_found(struct ruleset *rs, const char *path, struct diags *diags)
{
    const bool had_errors = rs->has_errors;
    const int result = load_file(rs, path, FILE_OF_SIGMA, diags);
    if (!result || is_strict(rs)) /* without strictness nothing that a file of Sigma says is an error */
        return result;
    rs->has_errors = had_errors;
    rs->n_unread++;
    return 0;
}

int ruleset_sigma_unread(struct ruleset *rs, const char *path, int code, struct diags *diags)
{
    const bool had_errors = rs->has_errors;
    (void)fail_file(rs, path, diags, code, error_words(code), N_("check the path and the permissions"));
    if (is_strict(rs))
        return code;
    rs->has_errors = had_errors;
    rs->n_unread++;
    return 0;
}

size_t ruleset_unread(const struct ruleset *rs)
{
    return rs->n_unread;
}

int ruleset_load_pipeline_file(struct ruleset *rs, const char *path, struct diags *diags)
{
    return load_file(rs, path, FILE_OF_PIPELINE, diags);
}
