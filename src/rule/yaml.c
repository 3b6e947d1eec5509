// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <libfyaml.h>

#include "base/cleanup.h"
#include "base/intl.h"
#include "base/map.h"
#include "base/text.h"
#include "rule/limits.h"
#include "rule/yaml.h"

struct reader {
    const struct source *source;
    struct arena *arena;
    struct fy_parser *fy;
    struct fy_diag *diag;
    struct map anchors; /* name → node, of the current document */
    struct yaml_problem *problem;
    struct yaml_documents *repeated; /* NULL: no key may be */
    unsigned depth;
    size_t nodes; /* made so far */
};

/* Says what is wrong; always -EINVAL. */
static int fail(struct reader *r, size_t offset, const char *cure, struct str message)
{
    *r->problem = (struct yaml_problem){.offset = offset, .message = message, .cure = str_from(cure)};
    return -EINVAL;
}

/* What libfyaml complained about first. */
static int fail_syntax(struct reader *r)
{
    void *previous = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(r->diag, &previous);
    size_t offset = 0;
    struct str message = STR(N_("the file is not YAML"));
    if (e) {
        size_t line = e->line > 0 ? (size_t)e->line : 1;
        offset = line <= r->source->n_lines ? r->source->lines[line - 1] : r->source->content.n;
        offset += e->column > 0 ? (size_t)e->column - 1 : 0;
        message = arena_printf(r->arena, _("not YAML: %s"), e->msg);
    }
    return fail(r, offset, N_("check indentation, quotes and brackets around this place"), message);
}

static size_t mark_offset(const struct reader *r, const struct fy_mark *mark)
{
    return mark && mark->input_pos < r->source->content.n ? mark->input_pos : r->source->content.n;
}

static struct yaml_node *new_node(struct reader *r, enum yaml_kind kind, struct fy_token *token)
{
    struct yaml_node *n = arena_new(r->arena, struct yaml_node);
    n->kind = kind;
    n->source = r->source;
    n->start = (uint32_t)mark_offset(r, token ? fy_token_start_mark(token) : NULL);
    n->end = (uint32_t)mark_offset(r, token ? fy_token_end_mark(token) : NULL);
    n->weight = 1;
    return n;
}

static void set_anchor(struct reader *r, struct fy_token *token, struct yaml_node *n)
{
    size_t length = 0;
    const char *name = token ? fy_token_get_text(token, &length) : NULL;
    if (name)
        map_put(&r->anchors, arena_str(r->arena, str_n(name, length)), NULL)->ptr = n;
}

static int read_scalar(struct reader *r, struct fy_event *e, const struct yaml_node **ret)
{
    struct fy_token *token = e->scalar.value;
    struct yaml_node *n = new_node(r, YAML_SCALAR, token);
    size_t length = 0;
    const char *text = token ? fy_token_get_text(token, &length) : NULL;
    n->text = arena_str(r->arena, str_n(text ? text : "", text ? length : 0));
    n->bytes = n->text.n;
    switch (token ? fy_token_scalar_style(token) : FYSS_PLAIN) {
    case FYSS_SINGLE_QUOTED:
        n->style = YAML_SINGLE;
        break;
    case FYSS_DOUBLE_QUOTED:
        n->style = YAML_DOUBLE;
        break;
    case FYSS_LITERAL:
    case FYSS_FOLDED:
        n->style = YAML_BLOCK;
        break;
    default:
        n->style = YAML_PLAIN;
    }
    yaml_add_marks(n, r->arena);
    set_anchor(r, e->scalar.anchor, n);
    *ret = n;
    return 0;
}

static int read_alias(struct reader *r, struct fy_event *e, const struct yaml_node **ret)
{
    size_t length = 0;
    struct fy_token *token = e->alias.anchor;
    const char *name = token ? fy_token_get_text(token, &length) : NULL;
    struct str key = str_n(name ? name : "", name ? length : 0);
    size_t at = mark_offset(r, token ? fy_token_start_mark(token) : NULL);
    struct map_entry *found = map_get(&r->anchors, key);
    if (!found)
        return fail(r, at ? at - 1 : 0, /* the token begins after the asterisk */
                    "an anchor (&name) must stand complete before its alias (*name)",
                    arena_printf(r->arena, _("there is no anchor \"%.*s\""), STR_ARG(key)));
    *ret = found->ptr;
    return 0;
}

static int read_node(struct reader *r, struct fy_event *e, const struct yaml_node **ret);

/* Keys of a map are words. One that is there already is kept for the caller, or wrong. */
static int check_keys(struct reader *r, const struct yaml_node *n)
{
    struct map seen = {};
    int result = 0;
    for (size_t i = 0; !result && i + 1 < n->n; i += 2) {
        bool is_new = true;
        if (n->v[i]->kind != YAML_SCALAR)
            result =
                fail(r, n->v[i]->start, N_("write a word before the colon"), STR(N_("a key must be a plain word")));
        else
            (void)map_put(&seen, n->v[i]->text, &is_new);
        if (!is_new && r->repeated)
            vec_add(r->repeated, n->v[i]);
        else if (!is_new)
            result = fail(r, n->v[i]->start, N_("keep one of them"),
                          arena_printf(r->arena, _("the key \"%.*s\" is given twice"), STR_ARG(n->v[i]->text)));
    }
    map_done(&seen);
    return result;
}

/* Items until the end event of the collection. */
static int read_collection(struct reader *r, struct fy_event *e, enum yaml_kind kind,
                           const struct yaml_node **ret)
{
    bool is_map = kind == YAML_MAP;
    struct fy_token *token = is_map ? e->mapping_start.mapping_start : e->sequence_start.sequence_start;
    struct fy_token *anchor = is_map ? e->mapping_start.anchor : e->sequence_start.anchor;
    struct yaml_node *n = new_node(r, kind, token);
    VEC(const struct yaml_node *) items = {};
    if (++r->depth > RULE_YAML_DEPTH)
        return fail(r, n->start, N_("a rule file needs a handful of levels"),
                    arena_printf(r->arena, _("nested more than %d deep"), RULE_YAML_DEPTH));
    int result = 0;
    for (bool open = true; open && !result;) {
        struct fy_event *next = fy_parser_parse(r->fy);
        const struct yaml_node *item = NULL;
        if (!next)
            result = fail_syntax(r);
        else if (next->type == FYET_SEQUENCE_END || next->type == FYET_MAPPING_END)
            open = false;
        else
            result = read_node(r, next, &item);
        fy_parser_event_free(r->fy, next);
        if (!item)
            continue;
        if (!items.n && is_map)
            n->start = item->start;
        vec_add(&items, item);
        if (!size_add(n->weight, item->weight, &n->weight) || n->weight > RULE_YAML_NODES ||
            !size_add(n->bytes, item->bytes, &n->bytes) || n->bytes > RULE_YAML_BYTES)
            result = fail(
                r, n->start, N_("split the file; write out what aliases repeat"),
                arena_printf(r->arena,
                             _("more than %d values or %d MiB of text, aliases counted as what they stand for"),
                             RULE_YAML_NODES, RULE_YAML_BYTES >> 20));
    }
    if (!result) {
        n->v = arena_array(r->arena, const struct yaml_node *, items.n);
        if (items.n)
            memcpy(n->v, items.v, items.n * sizeof(*items.v));
        n->n = items.n;
        result = is_map ? check_keys(r, n) : 0;
    }
    vec_done(&items);
    r->depth--;
    if (!result) {
        set_anchor(r, anchor, n);
        *ret = n;
    }
    return result;
}

static int read_node(struct reader *r, struct fy_event *e, const struct yaml_node **ret)
{
    if (++r->nodes > RULE_YAML_NODES)
        return fail(r, r->source->content.n, N_("split the file"),
                    arena_printf(r->arena, _("more than %d values"), RULE_YAML_NODES));
    switch (e->type) {
    case FYET_SCALAR:
        return read_scalar(r, e, ret);
    case FYET_ALIAS:
        return read_alias(r, e, ret);
    case FYET_SEQUENCE_START:
        return read_collection(r, e, YAML_SEQUENCE, ret);
    case FYET_MAPPING_START:
        return read_collection(r, e, YAML_MAP, ret);
    default:
        return fail_syntax(r);
    }
}

static int read_documents(struct reader *r, struct yaml_documents *ret)
{
    for (int result = 0;;) {
        struct fy_event *e = fy_parser_parse(r->fy);
        const struct yaml_node *root = NULL;
        bool last = !e || e->type == FYET_STREAM_END;
        if (!e && fy_parser_get_stream_error(r->fy))
            return fail_syntax(r);
        if (e && e->type == FYET_DOCUMENT_START)
            map_clear(&r->anchors);
        else if (e && !last && e->type != FYET_STREAM_START && e->type != FYET_DOCUMENT_END)
            result = read_node(r, e, &root);
        fy_parser_event_free(r->fy, e);
        if (root)
            vec_add(ret, root);
        if (result || last)
            return result;
    }
}

/* libfyaml would read on after a NUL byte or stray bytes; a text file has neither. */
static int check_bytes(struct reader *r)
{
    const struct str s = r->source->content;
    uint32_t c;
    for (size_t i = 0; i < s.n;) {
        if (s.p[i] && (unsigned char)s.p[i] < 0x80) { /* ASCII, as most is */
            i++;
            continue;
        }
        size_t n = text_decode(str_sub(s, i, s.n), &c);
        if (!n || !c)
            return fail(r, i, N_("save the file as UTF-8 text"),
                        arena_printf(r->arena, _("the byte 0x%02x does not belong into UTF-8 text"),
                                     (unsigned char)s.p[i]));
        i += n;
    }
    return 0;
}

static void print_nothing(struct fy_diag *diag, void *user, const char *text, size_t n)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)n;
}

int yaml_parse(const struct source *source, struct arena *arena, struct yaml_documents *ret, struct yaml_documents *repeated,
               struct yaml_problem *problem)
{
    struct reader r = {.source = source, .arena = arena, .problem = problem, .repeated = repeated};
    int result = check_bytes(&r);
    if (result || !source->content.n)
        return result;
    const struct fy_diag_cfg diag_cfg = {.output_fn = print_nothing, .level = FYET_ERROR, .module_mask = ~0U};
    r.diag = fy_diag_create(&diag_cfg);
    const struct fy_parse_cfg cfg = {.diag = r.diag,
                                     .flags = FYPCF_DISABLE_MMAP_OPT | FYPCF_SLOPPY_FLOW_INDENTATION};
    r.fy = r.diag ? fy_parser_create(&cfg) : NULL;
    if (r.diag)
        fy_diag_set_collect_errors(r.diag, true);
    if (!r.fy || fy_parser_set_string(r.fy, source->content.p, source->content.n))
        result = fail(&r, 0, NULL, STR(N_("the YAML reader could not be started")));
    else
        result = read_documents(&r, ret);
    fy_parser_destroy(r.fy);
    fy_diag_destroy(r.diag);
    map_done(&r.anchors);
    return result;
}

static size_t find(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i + 1 < map->n; i += 2)
        if (str_is(map->v[i]->text, key))
            return i;
    return SIZE_MAX;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    size_t i = find(map, key);
    return i == SIZE_MAX ? NULL : map->v[i + 1];
}

const struct yaml_node *yaml_key(const struct yaml_node *map, const char *key)
{
    size_t i = find(map, key);
    return i == SIZE_MAX ? NULL : map->v[i];
}

bool yaml_is_null(const struct yaml_node *n)
{
    return n->kind == YAML_SCALAR && n->style == YAML_PLAIN &&
           (!n->text.n || str_is(n->text, "~") || str_is(n->text, "null") || str_is(n->text, "Null") ||
            str_is(n->text, "NULL"));
}

bool yaml_bool(const struct yaml_node *n, bool *ret)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "n", "y"};
    for (size_t i = 0; n->kind == YAML_SCALAR && i < ARRAY_SIZE(words); i++)
        if (str_eq_nocase(n->text, str_from(words[i]))) {
            *ret = i % 2;
            return true;
        }
    return false;
}
