// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "base/map.h"
#include "base/text.h"
#include "cmd/feed_json.h"
#include "cmd/feed_report.h"

enum {
    WORDS_MAX = 32,     /* names and classes of one part that are kept: more make no better reason */
    HOLDS = 2,          /* kinds of evidence, as of a verdict */
    CATEGORY_MAX = 100, /* bytes of one purpose */
};

struct words {
    struct str *v;
    size_t n, capacity;
};

/* What findings say of the image, a layer or a file. */
struct part {
    uint8_t digest[SHA256_BYTES];
    enum feed_type type;
    uint64_t size; /* 0: not known */
    struct words rules, purposes;
    struct axis {
        bool conclusive;
        struct words classes, rules;
    } axes[2];
};

struct reading {
    struct feed_report *report;
    const char *name;
    struct str rules, engine;
    struct map seen; /* digest -> index of the entry plus one */
    /* of the target at hand */
    size_t target;
    struct map by_digest; /* -> struct part */
    VEC(struct part *) parts;
    struct error *err;
};

/* Hostile reports have any number of different words: only the first ones count. */
static void add_word(struct words *w, struct str s)
{
    for (size_t i = 0; i < w->n; i++)
        if (str_eq(w->v[i], s))
            return;
    if (s.n && w->n < WORDS_MAX)
        vec_add(w, s);
}

static void part_free(struct part *p)
{
    vec_done(&p->rules);
    vec_done(&p->purposes);
    for (size_t i = 0; i < ARRAY_SIZE(p->axes); i++) {
        vec_done(&p->axes[i].classes);
        vec_done(&p->axes[i].rules);
    }
    free(p);
}

static void target_done(struct reading *r)
{
    vec_each(p, &r->parts)
        part_free(*p);
    vec_done(&r->parts);
    map_done(&r->by_digest);
}

static bool holds(const struct part *p)
{
    for (size_t i = 0; i < ARRAY_SIZE(p->axes); i++) {
        const struct axis *a = &p->axes[i];
        if (a->conclusive || (a->classes.n >= HOLDS && a->rules.n >= HOLDS))
            return true;
    }
    return false;
}

static int wrong(struct reading *r, const char *what)
{
    return error_set(r->err, -EINVAL, "%s: targets[%zu]: %s; a report comes from `davy scan --format json`", r->name, r->target,
                     _(what));
}

/* 0 a SHA-256, 1 nothing or another algorithm, -EINVAL. `plain`: without the algorithm's name. */
static int take_digest(struct reading *r, struct str s, bool plain, uint8_t ret[SHA256_BYTES])
{
    if (!s.n)
        return 1;
    if (plain ? s.n == SHA256_HEX : str_starts(s, STR("sha256:")))
        return feed_digest_parse(s, ret) ? 0 : wrong(r, N_("a digest that is no SHA-256 in hex"));
    if (plain)
        return wrong(r, N_("a digest that is no SHA-256 in hex"));
    r->report->other_digests++;
    return 1;
}

/* Of an empty file: everybody has it. */
static bool is_empty_content(const uint8_t digest[SHA256_BYTES])
{
    uint8_t empty[SHA256_BYTES];
    sha256_once("", 0, empty);
    return !memcmp(digest, empty, sizeof(empty));
}

/* The part with that digest; NULL when it has none that can be listed. */
static int part_of(struct reading *r, struct str digest, enum feed_type type, struct part **ret)
{
    uint8_t bytes[SHA256_BYTES];
    int e = take_digest(r, digest, type == FEED_FILE, bytes);
    *ret = NULL;
    if (e || is_empty_content(bytes))
        return e < 0 ? e : 0;
    bool is_new;
    struct map_entry *m = map_put(&r->by_digest, feed_digest_text(&r->report->arena, bytes), &is_new);
    if (is_new) {
        struct part *p = m->ptr = xnew(struct part);
        memcpy(p->digest, bytes, sizeof(bytes));
        p->type = type;
        vec_add(&r->parts, p);
    }
    *ret = m->ptr;
    return 0;
}

static uint64_t size_of(const json_t *o)
{
    const json_t *v = json_object_get(o, "size");
    return json_is_integer(v) && json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
}

/* Of layers, which findings only name. */
static void take_sizes(struct reading *r, const json_t *target)
{
    const json_t *layers = json_object_get(target, "layers"), *l;
    uint8_t digest[SHA256_BYTES];
    size_t i;
    json_array_foreach((json_t *)layers, i, l)
    {
        const bool is_known = feed_digest_parse(feed_json_str(l, "digest"), digest);
        const struct map_entry *e = is_known ? map_get(&r->by_digest, feed_digest_text(&r->report->arena, digest)) : NULL;
        struct part *p = e ? e->ptr : NULL;
        if (p && p->type == FEED_LAYER)
            p->size = size_of(l);
    }
}

static bool list_has(const json_t *list, const char *word)
{
    const json_t *item;
    size_t i;
    json_array_foreach((json_t *)list, i, item)
        if (json_is_string(item) && !strcmp(json_string_value(item), word))
            return true;
    return false;
}

static void add_words(struct words *w, const json_t *list)
{
    const json_t *item;
    size_t i;
    json_array_foreach((json_t *)list, i, item)
        if (json_is_string(item))
            add_word(w, str_n(json_string_value(item), json_string_length(item)));
}

static void add_finding(struct part *p, const json_t *f)
{
    static const char *const AXES[] = {"intent", "harm"};
    struct str rule = feed_json_str(f, "rule");
    if (!p)
        return;
    add_word(&p->rules, rule);
    add_words(&p->purposes, json_object_get(f, "purposes"));
    for (size_t i = 0; i < ARRAY_SIZE(AXES); i++) {
        struct axis *a = &p->axes[i];
        if (!list_has(json_object_get(f, "axes"), AXES[i]))
            continue;
        a->conclusive |= json_is_true(json_object_get(f, "conclusive"));
        add_words(&a->classes, json_object_get(f, "by"));
        add_word(&a->rules, rule);
    }
}

/* Place, name, account and behaviour say nothing of what the bytes are: a shell that was misused is still a shell. */
static bool is_about_content(const json_t *f)
{
    static const char *const CLASSES[] = {"config", "content", "shape", "key", "digest"};
    const json_t *by = json_object_get(f, "by");
    for (size_t i = 0; i < ARRAY_SIZE(CLASSES); i++)
        if (list_has(by, CLASSES[i]))
            return true;
    return false;
}

static int take_finding(struct reading *r, const json_t *f, struct part *whole)
{
    const json_t *subject = json_object_get(f, "subject");
    struct part *layer = NULL, *file = NULL;
    if (!feed_json_str(f, "kind").n || !feed_json_str(f, "rule").n || !json_is_object(subject))
        return wrong(r, N_("a finding without kind, rule or subject"));
    if (!str_is(feed_json_str(f, "kind"), "threat") || json_object_get(f, "authorised"))
        return 0;
    int e = part_of(r, feed_json_str(subject, "layer_digest"), FEED_LAYER, &layer);
    if (!e && is_about_content(f))
        e = part_of(r, feed_json_str(subject, "sha256"), FEED_FILE, &file);
    if (e < 0)
        return e;
    if (file)
        file->size = size_of(subject);
    add_finding(whole, f);
    add_finding(layer, f);
    add_finding(file, f);
    return 0;
}

/* A text of one line that fits an entry. */
static struct str line_of(struct arena *a, struct str s)
{
    struct str copy = arena_str(a, text_cut(s, FEED_TEXT_MAX));
    for (char *p = (char *)copy.p; p < copy.p + copy.n; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return copy;
}

static struct str join(struct arena *a, const struct words *w, const char *between, const char *rest)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < w->n; i++) {
        if (b.n + w->v[i].n + strlen(between) + strlen(rest) > FEED_TEXT_MAX) {
            strbuf_adds(&b, rest);
            break;
        }
        strbuf_adds(&b, b.n ? between : "");
        strbuf_add(&b, w->v[i]);
    }
    return line_of(a, strbuf_str(&b));
}

static struct str categories_of(struct arena *a, const struct words *purposes)
{
    struct words kept = {};
    for (size_t i = 0; i < purposes->n; i++)
        if (purposes->v[i].n <= CATEGORY_MAX && !memchr(purposes->v[i].p, ',', purposes->v[i].n))
            vec_add(&kept, purposes->v[i]);
    struct str s = join(a, &kept, ",", "");
    vec_done(&kept);
    return s;
}

/* Where two targets speak of one digest, the worse verdict stays. */
static void give(struct reading *r, const struct feed_entry *e)
{
    bool is_new;
    struct map_entry *m = map_put(&r->seen, feed_digest_text(&r->report->arena, e->digest), &is_new);
    if (is_new) {
        vec_add(&r->report->entries, *e);
        m->u64 = r->report->entries.n - 1;
    } else if (e->verdict < r->report->entries.v[m->u64].verdict) {
        r->report->entries.v[m->u64] = *e;
    }
}

static struct feed_entry entry_of(struct reading *r, const json_t *target, enum feed_verdict verdict, const struct part *p)
{
    struct arena *a = &r->report->arena;
    struct str name = feed_json_str(target, "reference");
    name = name.n ? name : feed_json_str(target, "name");
    return (struct feed_entry){
        .verdict = verdict,
        .reason = p->rules.n ? join(a, &p->rules, "; ", "; …") : STR("nothing was found"),
        .categories = categories_of(a, &p->purposes),
        .source = line_of(a, arena_printf(a, "scan report %s: %.*s", r->name, STR_ARG(name))),
        .rules = r->rules,
        .engine = r->engine,
    };
}

/* The name that the image had by its tag: what comes behind is its digest. Empty when it was named by its digest alone. */
static struct str tagged(struct arena *a, struct str reference)
{
    const ptrdiff_t at = str_find(reference, STR("@"), 0);
    struct str name = at < 0 ? reference : str_sub(reference, 0, (size_t)at);
    return at < 0 || memchr(str_basename(name).n ? str_basename(name).p : "", ':', str_basename(name).n) ? line_of(a, name) : STR_NULL;
}

static int give_image(struct reading *r, const json_t *target, const struct feed_entry *whole)
{
    static const char *const KEYS[] = {"digest", "config_digest"};
    for (size_t i = 0; i < (whole->verdict == FEED_CLEAN ? 1 : ARRAY_SIZE(KEYS)); i++) {
        struct feed_entry e = *whole;
        e.type = i ? FEED_CONFIG : FEED_MANIFEST;
        e.image = tagged(&r->report->arena, feed_json_str(target, "reference"));
        int found = take_digest(r, feed_json_str(target, KEYS[i]), false, e.digest);
        if (found < 0)
            return found;
        if (!found)
            give(r, &e);
    }
    return 0;
}

static int give_parts(struct reading *r, const json_t *target, enum feed_verdict verdict, struct part *whole)
{
    struct feed_entry image = entry_of(r, target, verdict, whole);
    int e = give_image(r, target, &image);
    vec_each(p, &r->parts)
    {
        if (e < 0 || !holds(*p))
            continue;
        struct feed_entry part = entry_of(r, target, verdict, *p);
        memcpy(part.digest, (*p)->digest, sizeof(part.digest));
        part.type = (*p)->type;
        part.size = (*p)->size;
        give(r, &part);
    }
    return e;
}

static int take_bad(struct reading *r, const json_t *target, enum feed_verdict verdict)
{
    const json_t *findings = json_object_get(target, "findings"), *f;
    struct part *whole = xnew(struct part);
    int e = json_is_array(findings) ? 0 : wrong(r, N_("no list of findings"));
    size_t i;
    json_array_foreach((json_t *)findings, i, f)
        if (!e)
            e = take_finding(r, f, whole);
    take_sizes(r, target);
    if (!e)
        e = give_parts(r, target, verdict, whole);
    part_free(whole);
    target_done(r);
    return e;
}

static int take_target(struct reading *r, const json_t *target, bool with_clean)
{
    if (!json_is_object(target) || !feed_json_str(target, "name").n)
        return wrong(r, N_("no target"));
    if (feed_json_str(target, "failure").n)
        return 0;
    struct str word = feed_json_str(json_object_get(target, "verdict"), "word");
    int verdict = str_is(word, "authorised") ? FEED_SUSPICIOUS : feed_verdict_from(word);
    if (verdict < 0)
        return wrong(r, N_("no verdict that Davy gives"));
    if (feed_verdict_is_bad((enum feed_verdict)verdict)) {
        r->report->bad++;
        return take_bad(r, target, (enum feed_verdict)verdict);
    }
    if (verdict != FEED_CLEAN || !with_clean)
        return 0;
    struct feed_entry e = entry_of(r, target, FEED_CLEAN, &(struct part){});
    return give_image(r, target, &e);
}

/* Of an image that was hunted, what the run in the jail told when there was one: it holds what the look told, too. */
static const json_t *report_of(const json_t *root)
{
    if (!str_is(feed_json_str(root, "schema"), "davy.hunt-image/1"))
        return root;
    const json_t *run = json_object_get(root, "detonation");
    return json_is_object(run) ? run : json_object_get(root, "scan");
}

int feed_report_read(const char *name, struct str text, bool with_clean, struct feed_report *ret, struct error *err)
{
    _cleanup_(feed_json_freep) json_t *root = NULL;
    int e = feed_json_parse(name, text, &root, err);
    if (e < 0)
        return e;
    const json_t *report = report_of(root), *targets = json_object_get(report, "targets"), *target;
    if (!str_is(feed_json_str(report, "schema"), "davy.report/1") || !json_is_array(targets))
        return error_set(err, -EINVAL, "%s is no report; `davy scan --format json` writes one, and `davy hunt report --image`", name);
    struct reading r = {
        .report = ret,
        .name = name,
        .rules = line_of(&ret->arena, feed_json_str(json_object_get(report, "rules"), "digest")),
        .engine = line_of(&ret->arena, feed_json_str(report, "version")),
        .err = err,
    };
    size_t i;
    json_array_foreach((json_t *)targets, i, target)
    {
        r.target = i;
        if (!e)
            e = take_target(&r, target, with_clean);
    }
    ret->targets += json_array_size(targets);
    map_done(&r.seen);
    return e;
}

void feed_report_done(struct feed_report *r)
{
    vec_done(&r->entries);
    arena_done(&r->arena);
}
