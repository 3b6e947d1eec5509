// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "finding/policy.h"
#include "finding/subject.h"
#include "finding/tags.h"

/* What is known of one rule; index 1 of the counters is for what the policy authorises. */
struct tally {
    struct rule_tags *tags; /* NULL: the rule has not matched yet */
    uint64_t kept[2], not_kept[2];
};

struct findings {
    struct findings_options options;
    struct arena arena;
    struct arena scratch; /* of the match at hand */
    struct strbuf text;
    VEC(struct finding *) list;
    VEC(struct tally) tallies; /* by rule->index */
    struct map by_key;         /* of kept findings: exact and content keys */
    uint64_t not_kept;
};

struct findings *findings_new(const struct findings_options *options)
{
    struct findings *fs = xnew(struct findings);
    fs->options = *options;
    if (!fs->options.per_rule)
        fs->options.per_rule = FINDINGS_PER_RULE_DEFAULT;
    if (!fs->options.bytes)
        fs->options.bytes = FINDINGS_BYTES_DEFAULT;
    findings_set_image(fs, options->image, options->image_digest);
    return fs;
}

struct findings *findings_free(struct findings *fs)
{
    if (!fs)
        return NULL;
    arena_done(&fs->arena);
    arena_done(&fs->scratch);
    strbuf_done(&fs->text);
    vec_done(&fs->list);
    vec_done(&fs->tallies);
    map_done(&fs->by_key);
    free(fs);
    return NULL;
}

void findings_set_image(struct findings *fs, struct str image, struct str image_digest)
{
    fs->options.image = arena_str(&fs->arena, image);
    fs->options.image_digest = arena_str(&fs->arena, image_digest);
}

static struct tally *tally_of(struct findings *fs, const struct rule *rule)
{
    while (fs->tallies.n <= rule->index)
        vec_push(&fs->tallies);
    struct tally *t = &fs->tallies.v[rule->index];
    if (!t->tags)
        t->tags = tags_parse(&fs->arena, rule);
    return t;
}

static struct finding from_tags(const struct rule *rule, const struct rule_tags *t)
{
    return (struct finding){
        .rule = rule,
        .kind = t->kind,
        .intent = t->intent,
        .harm = t->harm,
        .conclusive = t->conclusive,
        .by = t->by,
        .n_by = t->n_by,
        .purposes = t->purposes,
        .n_purposes = t->n_purposes,
        .rows = t->rows,
        .n_rows = t->n_rows,
        .techniques = t->techniques,
        .n_techniques = t->n_techniques,
    };
}

static void key_add(struct strbuf *key, const void *p, size_t n)
{
    strbuf_add(key, str_n(&n, sizeof(n))); /* lengths, so that no two lists of parts give one key */
    strbuf_add(key, str_n(p, n));
}

/* The key under which equal findings fold: of the same subject, or of the same content wherever it lies in
 * the layer in the same state: what a container sees is not told beneath what was deleted. */
static struct str key_of(struct strbuf *key, const struct finding *f, bool by_content)
{
    const struct subject *s = &f->subject;
    const uint64_t numbers[] = {by_content, f->rule->index, f->policy_entry, s->type, s->layer, s->hidden_by, (uint64_t)s->pid};
    strbuf_clear(key);
    key_add(key, numbers, sizeof(numbers));
    key_add(key, s->sha256.p, s->sha256.n);
    key_add(key, s->layer_state.p, s->layer_state.n);
    if (!by_content)
        key_add(key, s->name.p, s->name.n);
    return strbuf_str(key);
}

static struct finding *kept_under(struct findings *fs, struct str key)
{
    struct map_entry *e = map_get(&fs->by_key, key);
    return e ? e->ptr : NULL;
}

static void keep_under(struct findings *fs, struct str key, struct finding *f)
{
    if (!map_has(&fs->by_key, key))
        map_put(&fs->by_key, arena_str(&fs->arena, key), NULL)->ptr = f;
}

static struct str *also_list(struct findings *fs, struct finding *f)
{
    if (!f->also)
        f->also = arena_array(&fs->arena, struct str, FINDING_ALSO_MAX);
    return (struct str *)f->also;
}

static void add_path(struct findings *fs, struct finding *f, struct str path)
{
    for (size_t i = 0; i < f->n_also; i++)
        if (str_eq(f->also[i], path)) {
            f->repeats++;
            return;
        }
    if (f->n_also_seen++ >= FINDING_ALSO_MAX)
        return;
    also_list(fs, f)[f->n_also++] = shown_text(&fs->arena, path, NULL);
}

/* What was the subject stands first; where the list is full, its last is counted only. */
static void add_path_first(struct findings *fs, struct finding *f, struct str path)
{
    struct str *also = also_list(fs, f);
    size_t kept = f->n_also < FINDING_ALSO_MAX ? f->n_also : FINDING_ALSO_MAX - 1;
    memmove(also + 1, also, kept * sizeof(*also));
    also[0] = path;
    f->n_also = kept + 1;
    f->n_also_seen++;
}

/* A file that starts something, or lies where such files do, tells more than one that may be executed, and that more than a copy. */
static unsigned telling(const struct facts *facts)
{
    const struct value *exec = facts_get(facts, F_FILE_IS_EXEC);
    return 2 * !!facts_get_str(facts, F_PERSIST_KIND).n + (exec->type == VALUE_BOOL && exec->b);
}

/* What of a finding depends on the place. */
static void tell_place(struct findings *fs, struct finding *f, const struct facts *facts, struct str output)
{
    f->telling = telling(facts);
    subject_fill(&f->subject, facts, &fs->arena);
    f->n_fields = f->n_notes = f->n_notes_seen = 0;
    shown_fill(f, facts, &fs->arena);
    f->output = shown_text(&fs->arena, output, NULL);
}

/* The same content under a path that tells more becomes the subject; what was it stands in its list. */
static void add_place(struct findings *fs, struct finding *f, const struct facts *facts, struct str path, struct str output)
{
    struct str before = f->subject.path;
    if (telling(facts) <= f->telling) {
        add_path(fs, f, path);
        return;
    }
    tell_place(fs, f, facts, output);
    add_path_first(fs, f, before);
    keep_under(fs, key_of(&fs->text, f, false), f);
}

const struct finding *findings_keep(struct findings *fs, const struct rule *rule, const struct facts *facts,
                                    struct str output)
{
    struct tally *tally = tally_of(fs, rule);
    struct finding f = from_tags(rule, tally->tags), *earlier;
    arena_reset(&fs->scratch);
    subject_fill(&f.subject, facts, &fs->scratch);
    if (fs->options.policy)
        policy_apply(fs->options.policy, &f, fs->options.image, fs->options.image_digest, fs->options.now_ns);

    if ((earlier = kept_under(fs, key_of(&fs->text, &f, false)))) {
        earlier->repeats++;
        return earlier;
    }
    /* Empty files are all alike and say nothing about each other. */
    bool folds = f.subject.type == EVENT_FILE && f.subject.sha256.n && facts_get(facts, F_FILE_SIZE)->u;
    if (folds && (earlier = kept_under(fs, key_of(&fs->text, &f, true)))) {
        add_place(fs, earlier, facts, f.subject.path, output);
        return earlier;
    }
    bool is_full = tally->kept[f.authorised] >= fs->options.per_rule || fs->arena.bytes >= fs->options.bytes;
    if (is_full && tally->kept[f.authorised]) {
        tally->not_kept[f.authorised]++;
        fs->not_kept++;
        return NULL;
    }

    tally->kept[f.authorised]++;
    struct finding *kept = arena_new(&fs->arena, struct finding);
    *kept = f;
    kept->id = (uint32_t)fs->list.n + 1;
    kept->time_ns = facts->event.time_ns;
    tell_place(fs, kept, facts, output);
    keep_under(fs, key_of(&fs->text, kept, false), kept);
    if (folds)
        keep_under(fs, key_of(&fs->text, kept, true), kept);
    vec_add(&fs->list, kept);
    return kept;
}

size_t findings_count(const struct findings *fs)
{
    return fs->list.n;
}

const struct finding *findings_get(const struct findings *fs, size_t i)
{
    return fs->list.v[i];
}

uint64_t findings_not_kept(const struct findings *fs, const struct rule *rule, bool authorised)
{
    return rule->index < fs->tallies.n ? fs->tallies.v[rule->index].not_kept[authorised] : 0;
}

uint64_t findings_not_kept_total(const struct findings *fs)
{
    return fs->not_kept;
}
