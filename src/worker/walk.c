// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "inspect/scan_facts.h"
#include "worker/look.h"

static void look_done(struct look *l)
{
    accounts_free(l->accounts);
    for (size_t i = 0; l->known && i < l->info->n_layers; i++)
        known_layer_done(&l->known[i]);
    image_free(l->img);
    sha256_free(l->hash);
    strbuf_done(&l->note);
    strbuf_done(&l->aside);
    strbuf_done(&l->head);
    strbuf_done(&l->members);
    facts_done(&l->facts);
    arena_done(&l->arena);
}

static bool is_image(const struct image_info *info)
{
    return info->kind == IMAGE_DOCKER_ARCHIVE || info->kind == IMAGE_OCI_LAYOUT || info->kind == IMAGE_OCI_ARCHIVE;
}

static void count(struct worker_counts *c, const struct image_entry *e)
{
    c->whiteouts += e->is_whiteout;
    c->files += e->type == ENTRY_REGULAR && !e->is_whiteout;
    c->directories += e->type == ENTRY_DIRECTORY;
    c->symlinks += e->type == ENTRY_SYMLINK;
    c->hardlinks += e->type == ENTRY_HARDLINK;
    c->specials += e->type >= ENTRY_FIFO;
}

/* Accounts are told at the end of the walk, so a walk that begins again has to gather them again. */
static void gather_accounts(struct look *l, const struct image_entry *e)
{
    const uint8_t *p;
    size_t n;
    l->keep = l->accounts && e->type == ENTRY_REGULAR && e->state == LAYER_EFFECTIVE && accounts_wants(e->path);
    l->why = ERROR_NULL;
    strbuf_clear(&l->aside);
    while (l->keep && !look_read(l, &p, &n))
        ;
    if (l->keep && l->aside.n)
        accounts_add(l->accounts, e->path, strbuf_str(&l->aside));
}

/* A worker ended over what the facts are about. */
static int tell_of_end(struct look *l, struct str what, const char *problem)
{
    (void)facts_add(&l->facts, F_FILE_PROBLEMS, str_from(problem));
    l->out->unread(l->out->ctx, what, str_from(problem));
    return l->out->event(l->out->ctx, &l->facts);
}

static int look_at_entry(struct look *l, const struct image_entry *e)
{
    if (e->is_whiteout && !e->problems)
        return 0;
    if (e->type == ENTRY_DIRECTORY && !e->problems && !e->error)
        return 0;
    if (e->error) {
        l->out->unread(l->out->ctx, e->path, str_from(error_words(e->error)));
        return 0;
    }
    look_begin_facts(l, e);
    int r = e->type == ENTRY_REGULAR && !e->is_whiteout ? look_at_content(l, e) : 0;
    if (r)
        return r < 0 ? r : 0;
    scan_facts_problems(&l->facts, F_FILE_PROBLEMS, e->problems); /* some are met only while reading */
    return l->out->event(l->out->ctx, &l->facts);
}

/* Tells what the notes have of an entry, as if it had been looked at. */
static int tell_known(struct look *l, const struct image_entry *e, struct notes *notes, bool silent)
{
    enum note_kind kind;
    int r = 0;
    while (!r && !notes_peek(notes, &kind) && kind != NOTE_ENTRY) {
        if (kind == NOTE_ACCOUNTS) {
            struct str content = notes_accounts(notes);
            if (l->accounts && e->state == LAYER_EFFECTIVE)
                accounts_add(l->accounts, e->path, content);
            continue;
        }
        r = notes_facts(notes, &l->facts);
        if (r < 0 || silent)
            continue;
        l->facts.event.time_ns = l->o->worker->now_ns;
        scan_facts_image_short(&l->facts, l->info, l->ref);
        scan_facts_layer(&l->facts, e, l->info->n_layers, l->created_by[e->layer->index - 1]);
        scan_facts_problems(&l->facts, F_FILE_PROBLEMS, e->problems);
        r = l->out->event(l->out->ctx, &l->facts);
    }
    return r;
}

static bool has_trouble(const struct look *l, uint32_t layer)
{
    const struct image_trouble *troubles;
    size_t n = image_troubles(l->img, &troubles);
    for (size_t i = 0; i < n; i++)
        if (troubles[i].layer == layer)
            return true;
    return false;
}

/* A blob that was found right is not read again as long as its file stays as it is. */
static void tell_right(struct look *l, uint32_t layer)
{
    struct str seal = l->info->layers[layer - 1].seal;
    if (seal.n && l->out->sealed)
        l->out->sealed(l->out->ctx, l->known[layer - 1].key, seal);
}

static bool was_right(struct look *l, uint32_t layer)
{
    struct str seal = image_blob_seal(l->img, layer);
    return seal.n && l->out->is_sealed(l->out->ctx, l->known[layer - 1].key, seal);
}

/* Between two layers (`to` 0: behind the last): what was noted of the one that is through may be kept. */
static void leave_layer(struct look *l, uint32_t to)
{
    if (!l->known || l->layer == to)
        return;
    if (l->layer) {
        struct str key = l->known[l->layer - 1].key;
        const struct image_layer *layer = &l->info->layers[l->layer - 1];
        /*
         * Of a known layer the pieces are its notes told again: worth nothing, and not to be taken for the next layer's. That it is one file
         * was told by its manifest too: another one may call the same bytes something else.
         */
        bool whole = key.n && !l->known[l->layer - 1].is_known && !layer->is_file && !has_trouble(l, l->layer);
        l->out->learnt(l->out->ctx, key, l->machine, layer->unpacked, layer->unpacked_digest, whole);
        if (whole)
            tell_right(l, l->layer);
    }
    l->layer = to;
}

static void note_entry(struct look *l, const struct image_entry *e)
{
    if (!l->known || !e->layer || l->known[e->layer->index - 1].is_known)
        return;
    strbuf_clear(&l->note);
    notes_add_entry(&l->note, e);
    l->out->note(l->out->ctx, strbuf_str(&l->note));
}

static int take_entry(struct look *l, const struct image_entry *e)
{
    struct known_layer *known = l->known && e->layer ? &l->known[e->layer->index - 1] : NULL;
    leave_layer(l, e->layer ? e->layer->index : 0);
    const char *problem;
    enum walk_verdict verdict = l->out->item(l->out->ctx, l->item, &problem);
    l->out->phase(l->out->ctx, WALK_INSPECT);
    count(l->counts, e);
    if (known && known->is_known)
        return tell_known(l, e, &known->notes, verdict == WALK_SKIP);
    note_entry(l, e);
    switch (verdict) {
    case WALK_SKIP:
        gather_accounts(l, e);
        return 0;
    case WALK_DEAD:
        look_begin_facts(l, e);
        return tell_of_end(l, e->path, problem);
    default:
        return look_at_entry(l, e);
    }
}

static int walk_entries(struct look *l)
{
    struct error err = ERROR_NULL;
    const struct image_entry *e;
    const char *why;
    int r;
    for (;;) {
        l->item++;
        for (unsigned n = l->out->abandon(l->out->ctx, l->item, &why); n; n--)
            image_abandon(l->img, why);
        l->out->phase(l->out->ctx, WALK_NEXT);
        r = image_next(l->img, &e, &err);
        if (r)
            break;
        r = take_entry(l, e);
        if (r < 0)
            return r;
    }
    l->item--; /* the last was none */
    leave_layer(l, 0);
    l->out->phase(l->out->ctx, WALK_INSPECT);
    if (r < 0)
        l->out->unread(l->out->ctx, STR(N_("the rest")), str_from(err.text));
    const struct image_trouble *troubles;
    size_t n = image_troubles(l->img, &troubles);
    for (size_t i = 0; i < n; i++) {
        struct str what = troubles[i].layer ? arena_printf(&l->arena, _("layer %u"), troubles[i].layer) : STR(N_("image"));
        l->out->unread(l->out->ctx, what, troubles[i].text);
    }
    return 0;
}

static int tell_accounts(struct look *l)
{
    const char *problem;
    while (l->accounts && accounts_next(l->accounts, &l->facts) == 0) {
        l->counts->accounts++;
        if (l->out->item(l->out->ctx, ++l->item, &problem) != WALK_DO)
            continue;
        if (is_image(l->info))
            scan_facts_image_short(&l->facts, l->info, l->ref);
        int r = l->out->event(l->out->ctx, &l->facts);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The text without secrets: for what is shown beside findings, such as a line of the build history. */
static struct str without_secrets(struct look *l, struct str text)
{
    facts_reset(&l->facts, EVENT_FILE, l->o->worker->now_ns);
    facts_str(&l->facts, F_LAYER_CREATED_BY, text);
    if (inspector_text(l->inspector, text, &l->facts) < 0)
        return STR("(could not be looked at)");
    return arena_str(&l->arena, facts_get_str(&l->facts, F_LAYER_CREATED_BY));
}

/* A text that the image has beside its files, looked at like one of them. */
static int look_at_text(struct look *l, struct str text, const char *path, const char *what)
{
    const char *problem;
    enum walk_verdict verdict = l->out->item(l->out->ctx, ++l->item, &problem);
    if (!text.n || verdict == WALK_SKIP)
        return 0;
    l->out->phase(l->out->ctx, WALK_INSPECT);
    facts_reset(&l->facts, EVENT_FILE, l->o->worker->now_ns);
    scan_facts_image_short(&l->facts, l->info, l->ref);
    scan_facts_path(&l->facts, str_from(path));
    facts_str(&l->facts, F_FILE_ORIGIN, STR("image-config"));
    facts_str(&l->facts, F_FILE_TYPE, STR("regular"));
    facts_uint(&l->facts, F_FILE_SIZE, text.n);
    facts_str(&l->facts, F_LAYER_STATE, STR("effective"));
    if (verdict == WALK_DEAD)
        return tell_of_end(l, str_from(what), problem);
    int r = inspector_bytes(l->inspector, text, &l->facts);
    return r < 0 ? r : l->out->event(l->out->ctx, &l->facts);
}

/* The configuration is text like any file: a key in an environment variable is found by the same analyzers. So are annotations. */
static int look_at_config(struct look *l)
{
    int r = look_at_text(l, l->info->config, "(image configuration)", N_("image configuration"));
    return r ? r : look_at_text(l, l->info->annotations, "(image annotations)", N_("image annotations"));
}

static void tell_opened(struct look *l)
{
    const struct image_info *info = l->info;
    l->out->opened(l->out->ctx, &(struct worker_opened){
                                    .kind = info->kind,
                                    .ref = l->ref,
                                    .digest = info->manifest_digest,
                                    .config_digest = info->config_digest,
                                    .os = info->os,
                                    .arch = info->arch,
                                    .variant = info->variant,
                                    .artifact = info->artifact,
                                    .history = info->n_history,
                                    .layers = info->n_layers,
                                });
}

static void tell_layers(struct look *l)
{
    for (size_t i = 0; i < l->info->n_layers; i++) {
        const struct image_layer *from = &l->info->layers[i];
        l->out->layer(l->out->ctx, &(struct worker_layer){from->index, from->digest, l->created_by[i], from->size,
                                                          from->unpacked, from->entries,
                                                          l->known && l->known[i].is_known});
    }
}

static void set_machine(struct look *l, const char *machine)
{
    inspector_set_machine(l->inspector, machine);
    if (l->out->machine)
        l->out->machine(l->out->ctx, machine);
}

/* Last: digests and sizes were checked as the layers went by. */
static int tell_image(struct look *l)
{
    const char *problem;
    enum walk_verdict verdict = l->out->item(l->out->ctx, ++l->item, &problem);
    facts_reset(&l->facts, EVENT_IMAGE, l->o->worker->now_ns);
    scan_facts_image(&l->facts, l->info, l->ref, l->o->worker->names);
    int r = verdict == WALK_DO ? inspector_text(l->inspector, l->info->config, &l->facts) : 0;
    return r < 0 ? r : l->out->event(l->out->ctx, &l->facts);
}

/* Asks for the notes of each layer. Those of a blob that is here and is another are not used. */
static void ask_for_notes(struct look *l)
{
    if (!l->out->known)
        return;
    l->known = arena_array(&l->arena, struct known_layer, l->info->n_layers);
    for (size_t i = 0; i < l->info->n_layers; i++) {
        const struct image_layer *layer = &l->info->layers[i];
        l->known[i].key = layer->digest.n ? layer->digest : layer->diff_id;
        int fd = l->known[i].key.n ? l->out->known(l->out->ctx, l->known[i].key, l->machine) : -1;
        if (fd < 0 || known_layer_open(&l->known[i], fd) < 0)
            continue;
        enum image_blob blob = IMAGE_BLOB_RIGHT;
        if (!was_right(l, layer->index)) {
            blob = image_check_blob(l->img, layer->index);
            if (blob == IMAGE_BLOB_RIGHT)
                tell_right(l, layer->index);
        }
        l->known[i].is_known = blob == IMAGE_BLOB_RIGHT || (blob == IMAGE_BLOB_MISSING && l->o->job->may_lack_known);
        if (l->known[i].is_known)
            image_replay_layer(l->img, layer->index, &l->known[i].replay);
    }
}

static int look_at_image(struct look *l)
{
    const struct image_info *info = l->info;
    set_machine(l, scan_machine(info->arch));
    l->machine = str_from(scan_machine(info->arch));
    ask_for_notes(l);
    int r = look_at_config(l);
    if (!r)
        r = walk_entries(l);
    if (!r)
        r = tell_accounts(l);
    if (r >= 0)
        r = tell_image(l);
    tell_layers(l);
    return r < 0 ? r : 0;
}

static void prepare(struct look *l)
{
    const struct worker_job *job = l->o->job;
    l->info = image_info(l->img);
    bool image = is_image(l->info);
    l->ref = job->ref.n ? job->ref : image ? l->info->ref : STR_NULL;
    l->origin = job->origin ? job->origin : image ? "layer" : l->info->kind == IMAGE_FILE ? "file" : "folder";
    l->created_by = arena_array(&l->arena, struct str, l->info->n_layers);
    for (size_t i = 0; i < l->info->n_layers; i++)
        l->created_by[i] = without_secrets(l, l->info->layers[i].created_by);
    l->knows_files = l->o->sink && l->o->sink->file_known;
    if (l->knows_files || l->out->hand_over)
        l->hash = sha256_new();
    image_work_aside(l->img, l->o->aside, l->o->unpacker);
    if (!job->no_accounts)
        l->accounts = accounts_new(l->o->worker->now_ns);
}

int walk_target(const struct walk_options *o, struct worker_counts *counts, struct error *err)
{
    _cleanup_(look_done) struct look l = {
        .o = o, .out = o->out, .inspector = o->worker->inspector, .counts = counts};
    *counts = (struct worker_counts){};
    facts_init(&l.facts);
    l.out->phase(l.out->ctx, WALK_OPEN);
    int r = image_open_fd(o->fd, o->path, o->name, &o->job->image, &l.img, err);
    if (r < 0)
        return 1;
    prepare(&l);
    tell_opened(&l);
    if (is_image(l.info))
        return look_at_image(&l);
    set_machine(&l, o->job->machine);
    l.machine = str_from(o->job->machine);
    r = walk_entries(&l);
    return r < 0 ? r : tell_accounts(&l);
}
