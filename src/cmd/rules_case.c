// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/intl.h"
#include "base/strbuf.h"
#include "cmd/rules_case.h"
#include "inspect/scan_facts.h"

enum {
    DISK_BYTES_MAX = 256 << 20,    /* of a path_on_disk */
};

int rules_case_error(struct error *err, const struct yaml_node *node, const char *fmt, ...)
{
    uint32_t line, column;
    struct strbuf b = {};
    va_list ap;
    va_start(ap, fmt);
    strbuf_vprintf(&b, intl_text(fmt), ap);
    va_end(ap);
    source_place(node->source, node->start, &line, &column);
    (void)error_set(err, -EINVAL, "%s:%u:%u: %s", node->source->name, line, column, b.p);
    strbuf_done(&b);
    return -EINVAL;
}

/* A number: decimal, 0x…, or octal with a leading 0 as modes are written. */
static bool number(struct str s, uint64_t *ret)
{
    char text[32], *end;
    if (!s.n || s.n >= sizeof(text) || s.p[0] < '0' || s.p[0] > '9')
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    errno = 0;
    *ret = strtoull(text, &end, 0);
    return !errno && !*end;
}

static bool is_unsigned(enum value_type t)
{
    return t == VALUE_UINT || t == VALUE_PORT || t == VALUE_TIME || t == VALUE_DURATION;
}

static int bad_value(const struct yaml_node *v, enum field_id id, struct error *err)
{
    return rules_case_error(err, v, "the field %s takes a %s", FIELDS[id].name,
                            value_type_name(FIELDS[id].type));
}

static int add_element(struct facts *facts, enum field_id id, const struct yaml_node *v, struct error *err)
{
    uint64_t u;
    if (v->kind == YAML_SCALAR && FIELDS[id].type == VALUE_STRING) {
        (void)facts_add(facts, id, v->text);
        return 0;
    }
    if (v->kind != YAML_SCALAR || !is_unsigned(FIELDS[id].type) || !number(v->text, &u))
        return bad_value(v, id, err);
    (void)facts_add_uint(facts, id, u);
    return 0;
}

static int set_double(struct facts *facts, enum field_id id, const struct yaml_node *v, struct error *err)
{
    char text[64], *end;
    if (!v->text.n || v->text.n >= sizeof(text))
        return bad_value(v, id, err);
    memcpy(text, v->text.p, v->text.n);
    text[v->text.n] = 0;
    double d = strtod(text, &end);
    if (*end)
        return bad_value(v, id, err);
    facts_double(facts, id, d);
    return 0;
}

static int set_scalar(struct facts *facts, enum field_id id, const struct yaml_node *v, struct error *err)
{
    bool b, negative = v->text.n && v->text.p[0] == '-';
    uint64_t u;
    if (v->kind != YAML_SCALAR)
        return bad_value(v, id, err);
    switch (FIELDS[id].type) {
    case VALUE_STRING:
        facts_str(facts, id, v->text);
        return 0;
    case VALUE_BOOL:
        if (!yaml_bool(v, &b))
            return bad_value(v, id, err);
        facts_bool(facts, id, b);
        return 0;
    case VALUE_INT:
        if (!number(str_sub(v->text, negative, v->text.n), &u) || u > INT64_MAX)
            return bad_value(v, id, err);
        facts_int(facts, id, negative ? -(int64_t)u : (int64_t)u);
        return 0;
    case VALUE_DOUBLE:
        return set_double(facts, id, v, err);
    case VALUE_IP:
    case VALUE_NET: {
        struct net net;
        if (!net_from_str(v->text, &net))
            return bad_value(v, id, err);
        facts_net(facts, id, &net);
        return 0;
    }
    default:
        if (!is_unsigned(FIELDS[id].type))
            return rules_case_error(err, v, "a case cannot state the field %s", FIELDS[id].name);
        if (!number(v->text, &u))
            return bad_value(v, id, err);
        facts_uint(facts, id, u);
        return 0;
    }
}

/* name[arg], and name.arg where the field allows that. */
static enum field_id field_with_arg(struct str key, struct str *ret_arg)
{
    ptrdiff_t at = str_find(key, STR("["), 0);
    if (at > 0 && key.p[key.n - 1] == ']') {
        enum field_id id = field_from(str_sub(key, 0, (size_t)at));
        *ret_arg = str_sub(key, (size_t)at + 1, key.n - 1);
        return id >= 0 && FIELDS[id].flags & (FIELD_ARG_ALLOWED | FIELD_ARG_REQUIRED) ? id : FIELD__INVALID;
    }
    for (size_t n = key.n; n-- > 1;) {
        if (key.p[n] != '.')
            continue;
        enum field_id id = field_from(str_sub(key, 0, n));
        *ret_arg = str_sub(key, n + 1, key.n);
        if (id >= 0)
            return FIELDS[id].flags & FIELD_ARG_DOT && ret_arg->n ? id : FIELD__INVALID;
    }
    return FIELD__INVALID;
}

/* A parameter as the kernel gave it may be a number; all else that takes an argument is stated as text. */
static int set_arg(struct facts *facts, enum field_id id, struct str arg, const struct yaml_node *v, struct error *err)
{
    struct value value = VALUE_OF_STR(v->text);
    uint64_t u;
    if (v->kind == YAML_SEQUENCE && FIELDS[id].flags & FIELD_LIST && FIELDS[id].type == VALUE_STRING) {
        struct value *items = arena_array(&facts->arena, struct value, v->n + 1);
        for (size_t i = 0; i < v->n; i++)
            items[i] = VALUE_OF_STR(arena_str(&facts->arena, v->v[i]->text));
        facts_arg(facts, id, arg, &(struct value){.type = VALUE_LIST, .list = {items, v->n}});
        return 0;
    }
    if (v->kind != YAML_SCALAR || (FIELDS[id].type != VALUE_STRING && FIELDS[id].type != VALUE_DYNAMIC))
        return rules_case_error(err, v, "a case cannot state the field %s", FIELDS[id].name);
    if (id == F_EVT_RAWARG && number(v->text, &u))
        value = VALUE_OF_UINT(u);
    facts_arg(facts, id, arg, &value);
    return 0;
}

static int set_elements(struct facts *facts, enum field_id id, const struct yaml_node *v, struct error *err)
{
    int r = 0;
    for (size_t i = 0; !r && i < v->n; i++)
        r = add_element(facts, id, v->v[i], err);
    return r;
}

static int no_field(const struct yaml_node *key, struct error *err)
{
    const char *near = field_nearest(key->text);
    return near ? rules_case_error(err, key, "there is no field \"%.*s\", did you mean \"%s\"?", STR_ARG(key->text), near)
                : rules_case_error(err, key, "there is no field \"%.*s\"", STR_ARG(key->text));
}

static int set_field(struct facts *facts, const struct yaml_node *key, const struct yaml_node *v, struct error *err)
{
    struct str arg = STR_NULL;
    enum field_id id = field_from(key->text);
    if (id == FIELD__INVALID && (id = field_with_arg(key->text, &arg)) == FIELD__INVALID)
        return no_field(key, err);
    if (arg.p)
        return set_arg(facts, id, arg, v, err);
    if (FIELDS[id].flags & FIELD_ANY && v->kind == YAML_SEQUENCE)
        return set_elements(facts, id, v, err);
    if (!(FIELDS[id].flags & FIELD_LIST))
        return set_scalar(facts, id, v, err);
    if (v->kind != YAML_SEQUENCE)
        return rules_case_error(err, v, "the field %s is a list: write [a, b]", FIELDS[id].name);
    return set_elements(facts, id, v, err);
}

static int set_fields(struct facts *facts, const struct yaml_node *fields, struct error *err)
{
    int r = 0;
    if (fields->kind != YAML_MAP)
        return rules_case_error(err, fields, "`fields` is a map of field names and values");
    for (size_t i = 0; !r && i + 1 < fields->n; i += 2)
        r = set_field(facts, fields->v[i], fields->v[i + 1], err);
    return r;
}

/* What a live event that a case does not describe further is like: a call on the host that succeeded. */
static void live_defaults(struct facts *facts)
{
    facts_bool(facts, F_EVT_FAILED, false);
    facts_str(facts, F_EVT_RES, STR("SUCCESS"));
    facts_int(facts, F_EVT_RAWRES, 0);
    facts_str(facts, F_CONTAINER_ID, STR("host"));
}

/* What follows from what the case says, unless it says that too. */
static void live_derived(struct facts *facts)
{
    const struct str path = facts_get_str(facts, F_FD_NAME);
    const struct value *kin = facts_get(facts, F_PROC_ANAME);
    if (path.n && path.p[0] == '/' && !facts_has(facts, F_FD_DIRECTORY))
        facts_str(facts, F_FD_DIRECTORY, str_dirname(path));
    if (path.n && path.p[0] == '/' && !facts_has(facts, F_FD_FILENAME))
        facts_str(facts, F_FD_FILENAME, str_basename(path));
    if (kin->type == VALUE_LIST && kin->list.n && !facts_has(facts, F_PROC_PNAME))
        facts_str(facts, F_PROC_PNAME, kin->list.v[0].s);
    else if (kin->type == VALUE_NONE && facts_has(facts, F_PROC_PNAME))
        (void)facts_add(facts, F_PROC_ANAME, facts_get_str(facts, F_PROC_PNAME));
    kin = facts_get(facts, F_PROC_AEXEPATH);
    if (kin->type == VALUE_LIST && kin->list.n && !facts_has(facts, F_PROC_PEXEPATH))
        facts_str(facts, F_PROC_PEXEPATH, kin->list.v[0].s);
    else if (kin->type == VALUE_NONE && facts_has(facts, F_PROC_PEXEPATH))
        (void)facts_add(facts, F_PROC_AEXEPATH, facts_get_str(facts, F_PROC_PEXEPATH));
}

/* The bytes of path_on_disk, relative to the folder of the case file. */
static int read_disk(struct arena *arena, const struct yaml_node *node, const char *folder, struct str *ret,
                     struct error *err)
{
    const char *path = arena_printf(arena, "%s/%.*s", folder, STR_ARG(node->text)).p;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return rules_case_error(err, node, "%s: %s", path, error_words(errno));
    if (!S_ISREG(st.st_mode) || st.st_size > DISK_BYTES_MAX)
        return rules_case_error(err, node, "%s is no file of up to 256 MiB", path);
    char *bytes = arena_alloc(arena, (size_t)st.st_size);
    size_t n = 0;
    for (ssize_t got; n < (size_t)st.st_size && (got = read(fd, bytes + n, (size_t)st.st_size - n)) != 0;
         n += (size_t)got)
        if (got < 0)
            return rules_case_error(err, node, "%s: %s", path, error_words(errno));
    *ret = str_n(bytes, n);
    return 0;
}

/* The content that the case gives in one of three ways. */
static int read_content(struct arena *arena, const struct yaml_node *file, const char *folder,
                        struct str *ret, struct error *err)
{
    const struct yaml_node *content = yaml_get(file, "content"), *base64 = yaml_get(file, "base64");
    const struct yaml_node *disk = yaml_get(file, "path_on_disk");
    if (!!content + !!base64 + !!disk != 1)
        return rules_case_error(err, file, "a file has one of content, base64 and path_on_disk");
    const struct yaml_node *given = content ? content : base64 ? base64 : disk;
    if (given->kind != YAML_SCALAR)
        return rules_case_error(err, given, "the content is a text");
    if (content)
        *ret = content->text;
    else if (base64 && !base64_decode(arena, base64->text, ret))
        return rules_case_error(err, base64, "this is no base64");
    return disk ? read_disk(arena, disk, folder, ret, err) : 0;
}

/* A regular file of an image's top layer, as a scan would see it. */
static int set_file(struct facts *facts, const struct yaml_node *file, const char *folder,
                    struct inspector *in, struct error *err)
{
    static const char *const known[] = {"path", "mode", "content", "base64", "path_on_disk"};
    _cleanup_(arena_done) struct arena arena = {};
    struct str content = STR_NULL;
    uint64_t mode = 0644;
    if (file->kind != YAML_MAP)
        return rules_case_error(err, file, "`file` is a map with path, mode and content");
    for (size_t i = 0; i + 1 < file->n; i += 2) {
        size_t k = 0;
        while (k < ARRAY_SIZE(known) && !str_is(file->v[i]->text, known[k]))
            k++;
        if (k == ARRAY_SIZE(known))
            return rules_case_error(err, file->v[i], "a file of a case has no key \"%.*s\"",
                                    STR_ARG(file->v[i]->text));
    }
    const struct yaml_node *path = yaml_get(file, "path"), *m = yaml_get(file, "mode");
    if (!path || path->kind != YAML_SCALAR || !path->text.n || path->text.p[0] != '/')
        return rules_case_error(err, path ? path : file, "a file needs an absolute path");
    if (m && (m->kind != YAML_SCALAR || !number(m->text, &mode)))
        return rules_case_error(err, m, "a mode is an octal number such as 0644");
    int r = read_content(&arena, file, folder, &content, err);
    if (r < 0)
        return r;
    const struct image_entry entry = {
        .path = path->text, .raw_path = path->text, .type = ENTRY_REGULAR, .size = content.n, .mode = mode};
    scan_facts_entry(facts, &entry, "layer");
    facts_str(facts, F_LAYER_STATE, STR("effective"));
    r = inspector_bytes(in, content, facts);
    return r < 0 ? rules_case_error(err, file, "the inspector: %s", error_words(r)) : 0;
}

int rules_case_more(const struct yaml_node *fields, struct facts *facts, struct error *err)
{
    return set_fields(facts, fields, err);
}

int rules_case_facts(const struct yaml_node *c, const char *folder, struct inspector *in, struct facts *facts,
                     struct error *err)
{
    /* the last three are of steps (rules_story.c) */
    static const char *const known[] = {"name", "event", "fields", "file", "at", "times", "each"};
    const struct yaml_node *event = yaml_get(c, "event"), *fields = yaml_get(c, "fields"),
                           *file = yaml_get(c, "file");
    enum event_type type = EVENT_FILE;
    for (size_t i = 0; i + 1 < c->n; i += 2) {
        size_t k = 0;
        while (k < ARRAY_SIZE(known) && !str_is(c->v[i]->text, known[k]))
            k++;
        if (k == ARRAY_SIZE(known))
            return rules_case_error(err, c->v[i], "a case has no key \"%.*s\"", STR_ARG(c->v[i]->text));
    }
    if (!fields && !file)
        return rules_case_error(err, c, "a case needs `fields`, `file`, both, or `record`");
    if (!event && !file)
        return rules_case_error(err, c, "a case without `file` needs `event`");
    if (event && (event->kind != YAML_SCALAR || (type = event_type_from(event->text)) == EVENT__INVALID))
        return rules_case_error(err, event, "there is no event type of this name");
    facts_reset(facts, type, RULES_CASE_TIME_NS);
    const bool is_live = event_type_source(type) == SOURCE_SYSCALL;
    if (is_live)
        live_defaults(facts);
    int r = file ? set_file(facts, file, folder, in, err) : 0;
    if (!r && fields)
        r = set_fields(facts, fields, err);
    if (!r && is_live)
        live_derived(facts);
    return r;
}
