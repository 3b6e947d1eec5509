// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/digest.h"
#include "base/json.h"
#include "finding/case.h"

/* A text in which bytes that are not UTF-8 are escaped. */
static struct str word_of(const json_t *o, const char *key, struct arena *a)
{
    size_t wrong = 0;
    return json_get_str(o, key, a, &wrong);
}

static struct str text_of(const json_t *o, const char *key, struct arena *a)
{
    char exact_key[64];
    struct str exact = STR_NULL;
    (void)snprintf(exact_key, sizeof(exact_key), "%s_base64", key);
    struct str encoded = word_of(o, exact_key, a);
    if (encoded.n && base64_decode(a, encoded, &exact))
        return exact;
    return word_of(o, key, a);
}

static int64_t number_of(const json_t *o, const char *key)
{
    const json_t *j = json_object_get(o, key);
    return json_is_integer(j) && json_integer_value(j) >= 0 ? json_integer_value(j) : -1;
}

static uint64_t count_of(const json_t *o, const char *key)
{
    const int64_t n = number_of(o, key);
    return n > 0 ? (uint64_t)n : 0;
}

static size_t list_of(const json_t *o, const char *key, struct arena *a, const struct str **ret)
{
    size_t wrong = 0;
    const size_t n = json_get_list(o, key, a, ret, &wrong);
    return n < CASE_LIST_MAX ? n : CASE_LIST_MAX;
}

static bool has_word(const json_t *o, const char *key, const char *word)
{
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(o, key), i, one)
        if (json_is_string(one) && !strcmp(json_string_value(one), word))
            return true;
    return false;
}

static void read_subject(const json_t *o, struct arena *a, struct alert_subject *s)
{
    const struct {
        struct str *text;
        const char *key;
    } texts[] = {{&s->process, "process"},
                 {&s->exe, "exe"},
                 {&s->cmdline, "cmdline"},
                 {&s->parent, "parent"},
                 {&s->user, "user"},
                 {&s->container_id, "container_id"},
                 {&s->container_name, "container_name"},
                 {&s->image, "image"},
                 {&s->pod, "pod"},
                 {&s->namespace, "namespace"}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i].text = text_of(o, texts[i].key, a);
    s->pid = number_of(o, "pid");
    s->ppid = number_of(o, "ppid");
    s->uid = number_of(o, "uid");
    s->loginuid = number_of(o, "loginuid");
}

static void read_ties(const json_t *o, struct arena *a, struct alert_ties *t)
{
    const json_t *line = json_object_get(o, "line"), *one;
    const struct str *written;
    size_t i;
    t->line = arena_array(a, struct alert_process, ALERT_LINE_MAX);
    json_array_foreach(line, i, one) {
        if (i == ALERT_LINE_MAX || !json_is_object(one))
            break;
        t->line[t->n_line++] = (struct alert_process){.pid = number_of(one, "pid"), .session = number_of(one, "session"),
                                                      .start_ns = count_of(one, "start"), .name = text_of(one, "name", a),
                                                      .exe = text_of(one, "exe", a)};
    }
    const size_t n = list_of(o, "written", a, &written);
    for (; t->n_written < n && t->n_written < ALERT_WRITTEN_MAX; t->n_written++)
        t->written[t->n_written] = written[t->n_written];
    const struct str *shared;
    const size_t n_shared = list_of(o, "shared", a, &shared);
    for (; t->n_shared < n_shared && t->n_shared < ALERT_SHARED_MAX; t->n_shared++)
        t->shared[t->n_shared] = shared[t->n_shared];
    t->cwd = text_of(o, "cwd", a);
    t->peer = text_of(o, "peer", a);
    t->peer_port = (unsigned)(count_of(o, "peer_port") & UINT16_MAX);
}

static void read_load(const json_t *o, struct alert_load *load)
{
    const double processors = json_number_value(json_object_get(o, "processors"));
    if (processors > 0 && processors < CASE_PROCESSORS_MAX)
        *load = (struct alert_load){.processors = processors, .observed_ns = count_of(o, "observed")};
}

static void read_members(const json_t *o, struct arena *a, struct case_finding *f)
{
    const json_t *list = json_object_get(json_object_get(o, "correlation"), "members"), *one;
    size_t i;
    f->members = arena_array(a, struct case_member, CASE_LIST_MAX);
    json_array_foreach(list, i, one) {
        if (f->n_members == CASE_LIST_MAX)
            break;
        f->members[f->n_members++] = (struct case_member){.num = count_of(one, "num"), .time = word_of(one, "time", a)};
    }
}

static enum finding_kind kind_of(struct str word)
{
    return str_is(word, "exposure") ? FINDING_EXPOSURE : str_is(word, "context") ? FINDING_CONTEXT : FINDING_THREAT;
}

/* evt.time holds the nanoseconds, which "time" has as text. */
static uint64_t time_of(const json_t *o)
{
    return count_of(json_object_get(o, "output_fields"), "evt.time");
}

static struct str file_of(const json_t *o, struct arena *a)
{
    static const char *const PLACES[] = {"evidence", "output_fields"}, *const NAMES[] = {"fd.name", "fs.path.name"};
    struct str file = STR_NULL;
    for (size_t i = 0; i < ARRAY_SIZE(PLACES) && !file.n; i++)
        for (size_t k = 0; k < ARRAY_SIZE(NAMES) && !file.n; k++)
            file = text_of(json_object_get(o, PLACES[i]), NAMES[k], a);
    return file;
}

/* Falco names the container behind every message; where there is none, that says nothing. */
static struct str message_of(const json_t *o, struct arena *a)
{
    const struct str none = STR(" container_id=host container_name=host");
    const struct str s = text_of(o, "message", a);
    return str_ends(s, none) ? str_sub(s, 0, s.n - none.n) : s;
}

static void read_all(const json_t *o, struct arena *a, struct case_finding *f)
{
    const int priority = severity_or_priority_from(word_of(o, "priority", a));
    const json_t *subject = json_object_get(o, "subject");
    const uint64_t repeats = count_of(o, "repeats");
    *f = (struct case_finding){
        .time_ns = time_of(o),
        .count = repeats ? repeats : 1,
        .withheld = count_of(o, "withheld"),
        .num = count_of(o, "num"),
        .rule = text_of(o, "rule", a),
        .host = text_of(o, "hostname", a),
        .message = message_of(o, a),
        .event = word_of(o, "event", a),
        .priority = priority < 0 ? PRIORITY_NOTICE : (enum priority)priority,
        .kind = kind_of(word_of(o, "kind", a)),
        .intent = has_word(o, "axes", "intent"),
        .harm = has_word(o, "axes", "harm"),
        .conclusive = json_is_true(json_object_get(o, "conclusive")),
        .has_subject = json_is_object(subject),
        .file = file_of(o, a),
        .subject = {.pid = -1, .ppid = -1, .uid = -1, .loginuid = -1},
    };
    f->last_ns = f->time_ns;
    f->n_by = list_of(o, "by", a, &f->by);
    f->n_purposes = list_of(o, "purposes", a, &f->purposes);
    f->n_rows = list_of(o, "rows", a, &f->rows);
    f->n_techniques = list_of(o, "techniques", a, &f->techniques);
    if (f->has_subject)
        read_subject(subject, a, &f->subject);
    read_ties(json_object_get(o, "ties"), a, &f->ties);
    read_load(json_object_get(o, "load"), &f->load);
    read_members(o, a, f);
}

int case_finding_read(struct str json, struct arena *a, struct case_finding *ret, struct error *err)
{
    json_t *o = NULL;
    struct case_finding f = {};
    if (json.n > CASE_LINE_MAX)
        return error_set(err, -EFBIG, "a finding of %zu bytes is longer than any of davy watch", json.n);
    int r = json_parse(json, &o, err);
    if (r < 0)
        return r;
    if (json_is_object(o))
        read_all(o, a, &f);
    if (!json_is_object(o) || !f.rule.n || !f.time_ns)
        r = error_set(err, -EINVAL, "this is no finding: it has no rule, or no evt.time among its output_fields; `davy watch --format json` "
                                    "writes findings");
    else
        *ret = f;
    json_decref(o);
    return r;
}

static struct value value_of(const json_t *j, struct arena *a, bool is_base64)
{
    struct str exact;
    struct str text = json_is_string(j) ? str_n(json_string_value(j), json_string_length(j)) : STR_NULL;
    if (json_is_string(j))
        return VALUE_OF_STR(is_base64 && base64_decode(a, text, &exact) ? exact : arena_str(a, text));
    if (json_is_integer(j))
        return VALUE_OF_INT(json_integer_value(j));
    if (json_is_real(j))
        return (struct value){.type = VALUE_DOUBLE, .d = json_real_value(j)};
    return json_is_boolean(j) ? VALUE_OF_BOOL(json_is_true(j)) : (struct value){};
}

static struct value list_value_of(const json_t *j, struct arena *a)
{
    const size_t n = json_array_size(j) < ALERT_LIST_MAX ? json_array_size(j) : ALERT_LIST_MAX;
    struct value *v = arena_array(a, struct value, n);
    for (size_t i = 0; i < n; i++)
        v[i] = value_of(json_array_get(j, i), a, false);
    return (struct value){.type = VALUE_LIST, .list = {v, n}};
}

static void take_value(const char *key, const json_t *j, struct arena *a, struct output_field *v, size_t *n)
{
    const struct str exact = STR("_base64");
    struct str name = str_from(key);
    const bool is_base64 = str_ends(name, exact);
    size_t i = 0;
    if (is_base64)
        name = str_sub(name, 0, name.n - exact.n);
    while (i < *n && !str_eq(v[i].name, name))
        i++;
    if (i == *n) {
        v[(*n)++].name = arena_str(a, name);
        v[i].value = (struct value){};
    }
    if (is_base64 || v[i].value.type == VALUE_NONE)
        v[i].value = json_is_array(j) ? list_value_of(j, a) : value_of(j, a, is_base64);
}

size_t case_finding_values(struct str json, struct arena *a, struct output_field **ret)
{
    json_t *o = NULL, *one;
    const char *key;
    size_t n = 0;
    if (json.n > CASE_LINE_MAX || json_parse(json, &o, NULL) < 0)
        return 0;
    json_t *fields = json_object_get(o, "output_fields");
    *ret = arena_array(a, struct output_field, json_object_size(fields));
    json_object_foreach(fields, key, one)
        take_value(key, one, a, *ret, &n);
    json_decref(o);
    return n;
}

static bool has(const struct str *v, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(v[i], word))
            return true;
    return false;
}

bool case_finding_has_row(const struct case_finding *f, const char *row)
{
    return has(f->rows, f->n_rows, row);
}

bool case_finding_has_technique(const struct case_finding *f, const char *technique)
{
    const size_t n = strlen(technique);
    for (size_t i = 0; i < f->n_techniques; i++)
        if (str_starts(f->techniques[i], str_n(technique, n)) && (f->techniques[i].n == n || f->techniques[i].p[n] == '.'))
            return true;
    return false;
}

static void add(struct sha256 *h, struct str s)
{
    sha256_add(h, &s.n, sizeof(s.n));
    sha256_add(h, s.p, s.n);
}

void case_finding_fold(const struct case_finding *f, uint8_t ret[CASE_FOLD_BYTES])
{
    uint8_t digest[SHA256_BYTES];
    struct sha256 *h = sha256_new();
    add(h, f->rule);
    add(h, f->subject.process);
    add(h, f->subject.exe);
    add(h, f->ties.peer);
    for (size_t i = 0; i < f->ties.n_written; i++)
        add(h, f->ties.written[i]);
    for (size_t i = 0; i < f->message.n; i++)
        if (f->message.p[i] < '0' || f->message.p[i] > '9')
            sha256_add(h, &f->message.p[i], 1);
    sha256_end(h, digest);
    sha256_free(h);
    memcpy(ret, digest, CASE_FOLD_BYTES);
}
