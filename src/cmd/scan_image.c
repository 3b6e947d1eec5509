// SPDX-License-Identifier: Apache-2.0
/* Container images, folders and files: workers look, the rules judge what they tell. */
#include "base/intl.h"
#include "base/vec.h"
#include "cmd/scan.h"
#include "cmd/scan_notes.h"
#include "cmd/scan_source.h"

enum { STARTED_MAX = 4096 }; /* programs remembered because something starts them */

/* Remembers the programs that this file makes somebody start, to be looked at as well. */
static void remember_started(struct scan *s, const struct facts *facts)
{
    static const enum field_id FIELDS_OF_COMMANDS[] = {F_PERSIST_COMMANDS, F_PRELOAD_LIBS};
    for (size_t k = 0; k < ARRAY_SIZE(FIELDS_OF_COMMANDS); k++) {
        const struct value *v = facts_get(facts, FIELDS_OF_COMMANDS[k]);
        for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++) {
            struct str rest = v->list.v[i].s, word;
            while (s->started.n < STARTED_MAX && str_split(&rest, ' ', &word)) {
                word = str_trim(word);
                if (word.n > 1 && word.p[0] == '/')
                    vec_add(&s->started, arena_str(&s->arena, word).p);
            }
        }
    }
}

static int on_event(void *ctx, struct facts *facts)
{
    struct scan *s = ctx;
    if (scan_is_own(s, facts) || (s->want && !s->want(s, facts)))
        return 0;
    if (s->follow_started)
        remember_started(s, facts);
    if (facts->event.type == EVENT_IMAGE)
        listed_image(s->intel, facts);
    scan_judge(s, facts);
    return 0;
}

static void on_unread(void *ctx, struct str what, struct str why)
{
    struct scan *s = ctx;
    report_unread(s->target, what, why);
}

static bool is_image(enum image_kind kind)
{
    return kind == IMAGE_DOCKER_ARCHIVE || kind == IMAGE_OCI_LAYOUT || kind == IMAGE_OCI_ARCHIVE;
}

static void on_opened(void *ctx, const struct worker_opened *o)
{
    struct scan *s = ctx;
    struct report_target *t = s->target;
    if (s->is_host)
        return;
    t->kind = o->artifact.n ? STR("artifact") : is_image(o->kind) ? STR("image") : o->kind == IMAGE_ROOTFS ? STR("rootfs") : STR("file");
    if (!is_image(o->kind))
        return;
    t->artifact = arena_str(&s->arena, o->artifact);
    t->reference = arena_str(&s->arena, o->ref);
    t->digest = arena_str(&s->arena, o->digest);
    t->config_digest = arena_str(&s->arena, o->config_digest);
    if (o->os.n)
        t->platform = arena_printf(&s->arena, "%.*s/%.*s%s%.*s", STR_ARG(o->os), STR_ARG(o->arch), o->variant.n ? "/" : "",
                                   STR_ARG(o->variant));
    t->counts.history = o->history;
    findings_set_image(t->findings, o->ref.n ? t->reference : t->name, t->digest);
    t->layers = arena_array(&s->arena, struct report_layer, o->layers);
    s->layers_max = o->layers;
}

static void on_layer(void *ctx, const struct worker_layer *l)
{
    struct scan *s = ctx;
    struct report_target *t = s->target;
    if (t->n_layers >= s->layers_max)
        return;
    t->layers[t->n_layers++] = (struct report_layer){
        .index = l->index,
        .digest = arena_str(&s->arena, l->digest),
        .created_by = arena_str(&s->arena, l->created_by),
        .size = l->size,
        .unpacked = l->unpacked,
        .entries = l->entries,
    };
    t->counts.bytes_stored += l->size;
    t->counts.layers_known += l->was_known;
}

static void on_progress(void *ctx, const struct worker_progress *p)
{
    struct scan *s = ctx;
    progress_at(&s->progress, _("reading"), p->bytes_done, p->bytes_total, p->entries, p->path);
}

int scan_walk(struct scan *s, const struct worker_job *job, struct error *err)
{
    struct worker_counts c;
    struct worker_sink sink = {s, on_opened, on_event, on_unread, on_layer, on_progress};
    if (s->notes) {
        sink.known = scan_notes_known;
        sink.note = scan_notes_note;
        sink.learned = scan_notes_learned;
        sink.is_sealed = scan_notes_is_sealed;
        sink.sealed = scan_notes_sealed;
        sink.file_known = scan_notes_has_files(s->notes) ? scan_notes_file_known : NULL;
        sink.file_kept = scan_notes_file_kept;
        sink.file_learned = scan_notes_file_learned;
    }
    s->layers_max = 0;
    int r = workers_target(s->workers, job, &sink, &c, err);
    struct report_counts *to = &s->target->counts;
    to->files += c.files;
    to->directories += c.directories;
    to->symlinks += c.symlinks;
    to->hardlinks += c.hardlinks;
    to->specials += c.specials;
    to->whiteouts += c.whiteouts;
    to->bytes += c.bytes;
    to->files_known += c.known;
    to->accounts += c.accounts;
    return r;
}

int scan_image(struct scan *s, const char *path)
{
    struct error err = ERROR_NULL;
    struct worker_job job = {
        .target = path,
        .ref = str_from(s->options->name),
        .image.platform = s->options->platform,
        .may_lack_known = s->fetched && s->fetched->may_lack_known,
    };
    scan_target_begin(s, path, "file");
    int r = scan_walk(s, &job, &err);
    if (r > 0)
        report_failure(s->target, str_from(err.text));
    else if (r < 0 && err.code)
        report_unread(s->target, STR(N_("the rest")), str_from(err.text));
    if (!r && s->after)
        r = s->after(s, path);
    scan_target_end(s);
    return r < 0 ? r : 0;
}
