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
    TIME_OF_CASES = 1'700'000'000, /* s: a fixed day, so that rules about age give the same every day */
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
    default:
        if (!is_unsigned(FIELDS[id].type))
            return rules_case_error(err, v, "a case cannot state the field %s", FIELDS[id].name);
        if (!number(v->text, &u))
            return bad_value(v, id, err);
        facts_uint(facts, id, u);
        return 0;
    }
}

static int set_fields(struct facts *facts, const struct yaml_node *fields, struct error *err)
{
    if (fields->kind != YAML_MAP)
        return rules_case_error(err, fields, "`fields` is a map of field names and values");
    for (size_t i = 0; i + 1 < fields->n; i += 2) {
        const struct yaml_node *key = fields->v[i], *v = fields->v[i + 1];
        enum field_id id = field_from(key->text);
        int r = 0;
        if (id == FIELD__INVALID) {
            const char *near = field_nearest(key->text);
            return near ? rules_case_error(err, key, "there is no field \"%.*s\", did you mean \"%s\"?", STR_ARG(key->text), near)
                        : rules_case_error(err, key, "there is no field \"%.*s\"", STR_ARG(key->text));
        }
        if (!(FIELDS[id].flags & FIELD_LIST))
            r = set_scalar(facts, id, v, err);
        else if (v->kind != YAML_SEQUENCE)
            return rules_case_error(err, v, "the field %s is a list: write [a, b]", FIELDS[id].name);
        for (size_t j = 0; !r && (FIELDS[id].flags & FIELD_LIST) && j < v->n; j++)
            r = add_element(facts, id, v->v[j], err);
        if (r)
            return r;
    }
    return 0;
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

int rules_case_facts(const struct yaml_node *c, const char *folder, struct inspector *in, struct facts *facts,
                     struct error *err)
{
    static const char *const known[] = {"name", "event", "fields", "file"};
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
        return rules_case_error(err, c, "a case needs `fields`, `file` or both");
    if (!event && !file)
        return rules_case_error(err, c, "a case without `file` needs `event`");
    if (event && (event->kind != YAML_SCALAR || (type = event_type_from(event->text)) == EVENT__INVALID))
        return rules_case_error(err, event, "there is no event type of this name");
    facts_reset(facts, type, TIME_OF_CASES * UINT64_C(1'000'000'000));
    int r = file ? set_file(facts, file, folder, in, err) : 0;
    return !r && fields ? set_fields(facts, fields, err) : r;
}
