// SPDX-License-Identifier: Apache-2.0
/* Where a finding is, in SARIF's terms; and text that is safe in a SARIF viewer. */
#include "base/intl.h"
#include "base/text.h"
#include "sink/json_object.h"
#include "sink/sarif.h"

/* Ends the text at SARIF_TEXT_MAX characters, "…" among them. */
static void cut_characters(struct strbuf *b)
{
    struct str rest = strbuf_str(b);
    uint32_t c;
    size_t at = 0;
    for (size_t n = 0; rest.n; n++) {
        if (n == SARIF_TEXT_MAX - 1)
            at = (size_t)(rest.p - b->p);
        if (n == SARIF_TEXT_MAX) {
            b->n = at;
            strbuf_adds(b, "…");
            return;
        }
        size_t step = text_decode(rest, &c);
        rest = str_sub(rest, step ? step : 1, rest.n);
    }
}

json_t *sarif_message(struct str text)
{
    struct strbuf safe = {}, out = {};
    text_add_safe(&safe, str_sub(text, 0, 16 * SARIF_TEXT_MAX));
    for (size_t i = 0; i < safe.n; i++) {
        char c = safe.p[i], next = i + 1 < safe.n ? safe.p[i + 1] : 0;
        strbuf_addc(&out, c);
        /* "[words](target)" would be a link, "{0}" a placeholder: a blank inside makes neither. */
        if ((c == ']' && next == '(') || (c == '{' && next >= '0' && next <= '9'))
            strbuf_addc(&out, ' ');
    }
    cut_characters(&out);
    json_t *j = json_object();
    json_put_new(j, "text", json_text(strbuf_str(&out)));
    strbuf_done(&safe);
    strbuf_done(&out);
    return j;
}

/* A path as a relative URI reference, byte by byte percent-encoded where it must be; "." when nothing is left. */
static struct str sarif_uri(struct arena *a, struct str path)
{
    struct strbuf b = {};
    while (path.n && path.p[0] == '/')
        path = str_sub(path, 1, path.n);
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/", c ? c : '%'))
            strbuf_addc(&b, (char)c);
        else
            strbuf_printf(&b, "%%%02X", c);
    }
    struct str uri = b.n ? arena_str(a, strbuf_str(&b)) : STR(".");
    strbuf_done(&b);
    return uri;
}

/* The file that a subject is, or the one that tells of it. */
static struct str path_of(struct arena *a, const struct report_target *t, const struct subject *s)
{
    if (s->path.n)
        return s->path;
    switch (s->type) {
    case EVENT_ACCOUNT:
        return STR("/etc/passwd");
    case EVENT_PROCESS:
        return arena_printf(a, "/proc/%lld", (long long)s->pid);
    case EVENT_IMAGE:
        return t->name;
    default:
        return STR("/");
    }
}

static json_t *region(const struct note *n)
{
    if (n->via.n) /* it counts in what was unwrapped, not in the file */
        return NULL;
    json_t *j = json_object();
    if (n->line) {
        json_put_count(j, "startLine", n->line);
        if (n->column)
            json_put_count(j, "startColumn", n->column);
        if (n->excerpt.n)
            json_put_new(j, "snippet", sarif_message(n->excerpt));
    } else {
        json_put_count(j, "byteOffset", n->offset);
        if (n->value.n && n->offset)
            json_put_count(j, "byteLength", n->value.n);
    }
    return j;
}

/* `base`: what the path is relative to; NULL: nothing. */
static json_t *artifact_at(struct str path, const char *base)
{
    _cleanup_(arena_done) struct arena a = {};
    json_t *j = json_object(), *artifact = json_object();
    json_put_new(artifact, "uri", json_text(sarif_uri(&a, path)));
    if (base)
        json_put_new(artifact, "uriBaseId", json_string(base));
    json_put_new(j, "artifactLocation", artifact);
    return j;
}

static json_t *physical(const struct report_target *t, const struct finding *f, const char *base, const struct note *n)
{
    _cleanup_(arena_done) struct arena a = {};
    json_t *j = artifact_at(path_of(&a, t, &f->subject), f->subject.type == EVENT_IMAGE ? NULL : base);
    json_t *place = n ? region(n) : NULL;
    if (place)
        json_put_new(j, "region", place);
    return j;
}

static json_t *named(struct str name, const char *kind, struct str full)
{
    json_t *j = json_object();
    json_put_new(j, "name", json_text(name));
    json_put_new(j, "kind", json_string(kind));
    if (full.n)
        json_put_new(j, "fullyQualifiedName", json_text(full));
    return j;
}

/* What a path does not say: the process, account or image, and the layer with its state. */
static json_t *logical(const struct subject *s)
{
    _cleanup_(arena_done) struct arena a = {};
    json_t *list = json_array();
    if (s->type != EVENT_FILE)
        json_add_new(list, named(s->name, event_type_name(s->type), STR_NULL));
    if (s->layer) {
        json_t *j = named(arena_printf(&a, "layer %u of %u", s->layer, s->layer_count), "layer", s->layer_digest), *p = json_object();
        json_put_count(p, "index", s->layer);
        json_put_any(p, "state", s->layer_state);
        if (s->hidden_by)
            json_put_count(p, "hiddenBy", s->hidden_by);
        if (s->created_by.n)
            json_put_new(p, "createdBy", json_text(s->created_by));
        json_put_new(j, "properties", p);
        json_add_new(list, j);
    }
    return list;
}

/* The place to open first: the first note in the file itself with a line, else with an offset. */
static const struct note *first_place(const struct finding *f)
{
    const struct note *best = NULL;
    for (size_t i = 0; i < f->n_notes; i++) {
        const struct note *n = &f->notes[i];
        if (!n->via.n && n->line)
            return n;
        if (!n->via.n && n->offset && !best)
            best = n;
    }
    return best;
}

json_t *sarif_location(const struct report_target *t, const struct finding *f, const char *base)
{
    json_t *j = json_object(), *l = logical(&f->subject);
    json_put_new(j, "physicalLocation", physical(t, f, base, f->subject.type == EVENT_FILE ? first_place(f) : NULL));
    if (json_array_size(l))
        json_put_new(j, "logicalLocations", l);
    else
        json_decref(l);
    return j;
}

static void add_also(json_t *list, const struct finding *f, const char *base)
{
    _cleanup_(arena_done) struct arena a = {};
    for (size_t i = 0; i < f->n_also; i++) {
        json_t *j = json_object();
        json_put_count(j, "id", f->n_notes + i + 1);
        json_put_new(j, "physicalLocation", artifact_at(f->also[i], base));
        json_put_new(j, "message", sarif_message(arena_printf(&a, _("also at %.*s"), STR_ARG(f->also[i]))));
        json_add_new(list, j);
    }
}

json_t *sarif_related(const struct report_target *t, const struct finding *f, const char *base)
{
    if (!f->n_notes && !f->n_also)
        return NULL;
    json_t *list = json_array();
    struct strbuf text = {};
    for (size_t i = 0; i < f->n_notes; i++) {
        const struct note *n = &f->notes[i];
        json_t *j = json_object();
        strbuf_clear(&text);
        strbuf_printf(&text, "%s: %.*s", FIELDS[n->field].name, STR_ARG(n->value));
        if (n->via.n)
            strbuf_printf(&text, " (%.*s, byte %llu)", STR_ARG(n->via), (unsigned long long)n->offset);
        json_put_count(j, "id", i + 1);
        json_put_new(j, "physicalLocation", physical(t, f, base, f->subject.type == EVENT_FILE ? n : NULL));
        json_put_new(j, "message", sarif_message(strbuf_str(&text)));
        json_add_new(list, j);
    }
    strbuf_done(&text);
    add_also(list, f, base);
    return list;
}
