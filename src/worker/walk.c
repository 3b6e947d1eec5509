// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <unistd.h>

#include "base/digest_aside.h"
#include "base/intl.h"
#include "base/strbuf.h"
#include "inspect/account.h"
#include "inspect/scan_facts.h"
#include "worker/file_note.h"
#include "worker/known_layer.h"
#include "worker/walk.h"

enum {
    ACCOUNT_FILE_MAX = 1 << 20, /* of passwd and the like: more accounts than that are not read by anybody */
    ASIDE_BYTES = 128 << 10,    /* content from which a digest is worth handing to a thread, and the wait for it */
};

struct look {
    const struct walk_options *o;
    const struct outlet *out;
    struct inspector *inspector;
    struct worker_counts *counts;
    struct image *img;
    const struct image_info *info;
    struct str ref; /* of the image; empty for what is none */
    const char *origin;
    struct str *created_by; /* per layer, without secrets */
    struct known_layer *known; /* per layer; NULL: nothing is noted or known */
    struct str machine;        /* that facts about programs depend on */
    struct sha256 *hash;       /* of content that may be known or given away; NULL: none is */
    bool knows_files;
    uint32_t layer;            /* of the last entry */
    struct strbuf note;
    struct accounts *accounts;
    struct arena arena; /* as long as the walk */
    struct facts facts;
    uint64_t item;
    struct error why; /* of content that could not be read */
    struct strbuf aside;
    struct strbuf head; /* the first pieces of large content */
    const struct image_entry *entry; /* whose content is looked at */
    bool keep; /* the content in `aside`, because it defines accounts */
};

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
    facts_done(&l->facts);
    arena_done(&l->arena);
}

static bool is_image(const struct image_info *info)
{
    return info->kind == IMAGE_DOCKER_ARCHIVE || info->kind == IMAGE_OCI_LAYOUT || info->kind == IMAGE_OCI_ARCHIVE;
}

static void tell_progress(struct look *l)
{
    if (!l->out->progress)
        return;
    struct image_progress p = image_progress(l->img);
    l->out->progress(l->out->ctx, &(struct worker_progress){p.bytes_done, p.bytes_total, p.entries,
                                                            facts_get_str(&l->facts, F_FILE_PATH).p});
}

/* What is known of an entry before its content is read. */
static void state_entry(struct look *l, const struct image_entry *e)
{
    if (l->info->n_layers)
        scan_facts_image_short(&l->facts, l->info, l->ref);
    scan_facts_entry(&l->facts, e, l->origin);
    if (e->layer)
        scan_facts_layer(&l->facts, e, l->info->n_layers, l->created_by[e->layer->index - 1]);
}

static void begin_facts(struct look *l, const struct image_entry *e)
{
    facts_reset(&l->facts, EVENT_FILE, l->o->worker->now_ns);
    state_entry(l, e);
}

/* content_source over the current entry: unpacking and looking take turns, and whoever watches is told which it is. */
static int read_content(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct look *l = ctx;
    l->out->phase(l->out->ctx, WALK_READ);
    int r = image_read(l->img, ret, ret_n, &l->why);
    if (!r) {
        l->counts->bytes += *ret_n;
        if (l->keep && l->aside.n + *ret_n <= ACCOUNT_FILE_MAX)
            strbuf_add(&l->aside, str_n(*ret, *ret_n));
        tell_progress(l);
    }
    l->out->phase(l->out->ctx, WALK_INSPECT);
    return r;
}

static bool hold_content(void *ctx, uint64_t n)
{
    return image_hold(((struct look *)ctx)->img, n);
}

static uint64_t holes_of_content(void *ctx)
{
    return ((struct look *)ctx)->entry->hole_bytes;
}

static void release_content(void *ctx)
{
    image_release(((struct look *)ctx)->img);
}

/* A member of an archive is an event like any file, before the archive's own. */
static int take_member(void *ctx, struct facts *member)
{
    struct look *l = ctx;
    return l->out->event(l->out->ctx, member);
}

static void end_content(struct look *l, const struct image_entry *e)
{
    if (l->keep && l->aside.n && e->state == LAYER_EFFECTIVE)
        accounts_add(l->accounts, e->path, strbuf_str(&l->aside));
    if (l->keep && l->known && e->layer) {
        struct strbuf without = {};
        strbuf_clear(&l->note);
        accounts_without_passwords(e->path, strbuf_str(&l->aside), &without);
        notes_add_accounts(&l->note, strbuf_str(&without));
        l->out->note(l->out->ctx, strbuf_str(&l->note));
        strbuf_done(&without);
    }
    if (l->why.code < 0)
        l->out->unread(l->out->ctx, e->path, str_from(l->why.text));
}

static int look_myself(struct look *l, const struct image_entry *e)
{
    const struct content_source source = {
        .ctx = l,
        .read = read_content,
        .member = take_member,
        .hold = hold_content,
        .release = release_content,
        .left_out = holes_of_content,
        .beside = image_digest(l->img),
    };
    if (l->out->busy)
        l->out->busy(l->out->ctx);
    int r = inspector_file(l->inspector, &source, &l->facts);
    end_content(l, e);
    return r < 0 ? r : 0;
}

/* What was read already, then whatever follows. */
struct rest {
    struct look *look;
    struct str have;
    int result; /* of the last read; 0: there is more */
};

static int read_rest(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct rest *rest = ctx;
    if (!rest->have.n)
        return rest->result ? rest->result : read_content(rest->look, ret, ret_n);
    *ret = (const uint8_t *)rest->have.p;
    *ret_n = rest->have.n;
    rest->have = STR_NULL;
    return 0;
}

static uint64_t holes_of_rest(void *ctx)
{
    return holes_of_content(((struct rest *)ctx)->look);
}

static int take_rest_member(void *ctx, struct facts *member)
{
    return take_member(((struct rest *)ctx)->look, member);
}

/* What was read before something did not go as promised, the piece that was read then, and what follows it. */
static int look_at_rest(struct look *l, const struct image_entry *e, struct str have, struct str piece, int result)
{
    _cleanup_(strbuf_done) struct strbuf all = {};
    strbuf_add(&all, have);
    strbuf_add(&all, piece);
    struct rest rest = {l, strbuf_str(&all), result};
    const struct content_source source = {
        .ctx = &rest,
        .read = read_rest,
        .member = take_rest_member,
        .left_out = holes_of_rest,
        .beside = image_digest(l->img),
    };
    if (l->out->busy)
        l->out->busy(l->out->ctx);
    int r = inspector_file(l->inspector, &source, &l->facts);
    end_content(l, e);
    return r < 0 ? r : 0;
}

/* What was noted of a file with this content: 0 when the facts are complete. */
static int take_note(struct look *l, const struct image_entry *e)
{
    uint8_t key[SHA256_BYTES];
    struct str note, path = e->path, digest = facts_get_str(&l->facts, F_FILE_SHA256);
    char hex[SHA256_HEX];
    const struct worker_sink *sink = l->o->sink;
    if (!file_note_key(&l->facts, l->machine, key) || !sink->file_known(sink->ctx, key, &note))
        return 1;
    memcpy(hex, digest.p, sizeof(hex));
    digest = str_n(hex, sizeof(hex));
    if (file_note_take(note, path, digest, &l->facts)) {
        begin_facts(l, e);
        facts_str(&l->facts, F_FILE_SHA256, digest);
        return 1;
    }
    l->facts.event.time_ns = l->o->worker->now_ns;
    state_entry(l, e);
    l->counts->known++;
    return 0;
}

/* Content that lies at hand. As look_at_content(). */
static int look_at_hand(struct look *l, const struct image_entry *e, struct str content)
{
    if (l->knows_files && !take_note(l, e)) {
        end_content(l, e);
        return 0;
    }
    if (l->out->hand_over && l->out->hand_over(l->out->ctx, &l->facts, content))
        return 1;
    if (l->out->busy)
        l->out->busy(l->out->ctx);
    int r = inspector_held(l->inspector, content, &(struct content_source){.ctx = l, .member = take_member}, &l->facts);
    end_content(l, e);
    return r < 0 ? r : 0;
}

/* Who takes the digest of the content: nobody yet, when it is small and may as well be digested by whoever looks at it. */
enum digester { NOBODY, HERE, ASIDE };
static enum digester digester(const struct look *l, const struct image_entry *e)
{
    if (l->o->aside && e->size >= ASIDE_BYTES)
        return ASIDE;
    return l->knows_files ? HERE : NOBODY;
}

/* Meanwhile what comes next is unpacked. */
static void await_digest(struct look *l)
{
    uint64_t mark = digest_aside_mark(l->o->aside);
    while (!digest_aside_is_done(l->o->aside, mark) && image_ahead(l->img))
        ;
    digest_aside_wait(l->o->aside, mark);
}

/* Reads the content first, and digests it, since it may be known or given away. As look_at_content(); the content is held. */
static int look_at_held(struct look *l, const struct image_entry *e)
{
    enum digester by = digester(l, e);
    uint8_t digest[SHA256_BYTES];
    struct str have = {};
    const uint8_t *p;
    size_t n = 0;
    int r;
    sha256_reset(l->hash);
    while ((r = read_content(l, &p, &n)) == 0 && n <= e->size - have.n && (!have.n || (const char *)p == have.p + have.n)) {
        if (by == ASIDE)
            digest_aside_add(l->o->aside, l->hash, p, n);
        else if (by == HERE)
            sha256_add_beside(l->hash, p, n, image_digest(l->img));
        have = str_n(have.n ? have.p : (const char *)p, have.n + n);
    }
    if (by == ASIDE)
        await_digest(l);
    if (r != 1 || have.n != e->size || e->problems)
        return look_at_rest(l, e, have, r ? STR_NULL : str_n(p, n), r);
    if (by != NOBODY) {
        sha256_end(l->hash, digest);
        facts_str(&l->facts, F_FILE_SHA256, hex_encode(&l->facts.arena, digest, sizeof(digest)));
    }
    return look_at_hand(l, e, have);
}

/* Content that nobody can hold, of which the head was read, to somebody who looks at it as it comes; false when nobody has time. */
static bool let_flow(struct look *l, const struct image_entry *e)
{
    const struct outlet *out = l->out;
    const uint8_t *p;
    size_t n;
    int r;
    if (!out->flow_begin || !out->flow_begin(out->ctx, &l->facts))
        return false;
    out->flow(out->ctx, strbuf_str(&l->head));
    while (!(r = read_content(l, &p, &n)))
        out->flow(out->ctx, str_n(p, n));
    out->flow_end(out->ctx, e, r < 0);
    end_content(l, e);
    return true;
}

/* Reads the first pieces of large content, and says what they are. As read_content(). */
static int read_head(struct look *l, uint8_t ret[SHA256_BYTES])
{
    const uint8_t *p;
    size_t n;
    int r = 0;
    strbuf_clear(&l->head);
    while (l->head.n < FILE_NOTE_HEAD_BYTES && !(r = read_content(l, &p, &n)))
        strbuf_add(&l->head, str_n(p, n));
    sha256_once(l->head.p, l->head.n < FILE_NOTE_HEAD_BYTES ? l->head.n : FILE_NOTE_HEAD_BYTES, ret);
    if (l->out->head)
        l->out->head(l->out->ctx, ret);
    return r;
}

/* Whether a file that began so is known. The facts then have its digest, which is still to be proved. */
static bool is_known_by_head(struct look *l, const uint8_t head[SHA256_BYTES])
{
    const struct worker_sink *sink = l->o->sink;
    uint8_t key[SHA256_BYTES];
    struct str note;
    if (!l->knows_files || !l->out->again || !file_note_key_of_head(&l->facts, l->machine, head, key) ||
        !sink->file_known(sink->ctx, key, &note))
        return false;
    facts_str(&l->facts, F_FILE_SHA256, note);
    if (file_note_key(&l->facts, l->machine, key) && sink->file_known(sink->ctx, key, &note))
        return true;
    begin_facts(l, l->entry);
    return false;
}

/*
 * Digests the rest of large content that is held to be known, and tells what its note says. It cannot be looked at any more when it turns
 * out to be something else: then the walk begins again.
 */
static void take_large_note(struct look *l, const struct image_entry *e)
{
    struct digest_aside *aside = e->layer ? l->o->aside : NULL; /* only there pieces stay until they are digested */
    uint8_t digest[SHA256_BYTES], expected[SHA256_BYTES];
    const uint8_t *p = (const uint8_t *)l->head.p;
    size_t n = l->head.n;
    int r = 0;
    if (l->out->busy)
        l->out->busy(l->out->ctx);
    sha256_reset(l->hash);
    for (; !r; r = read_content(l, &p, &n)) {
        if (aside)
            digest_aside_add(aside, l->hash, p, n);
        else
            sha256_add_beside(l->hash, p, n, image_digest(l->img));
    }
    if (aside)
        digest_aside_wait(aside, digest_aside_mark(aside));
    sha256_end(l->hash, digest);
    bool is_same = r == 1 && !e->problems && !e->hole_bytes && hex_decode(facts_get_str(&l->facts, F_FILE_SHA256), expected) &&
                   !memcmp(digest, expected, sizeof(digest));
    if (!is_same || take_note(l, e))
        l->out->again(l->out->ctx);
}

/* Content that nobody can hold. As look_at_content(). */
static int look_at_large(struct look *l, const struct image_entry *e)
{
    uint8_t head[SHA256_BYTES];
    int r = read_head(l, head);
    if (!r && is_known_by_head(l, head)) {
        take_large_note(l, e);
        end_content(l, e);
        return 0;
    }
    if (!r && let_flow(l, e))
        return 1;
    return look_at_rest(l, e, strbuf_str(&l->head), STR_NULL, r);
}

/* 0, 1 when somebody else looks at it and tells the event, negative. */
static int look_at_content(struct look *l, const struct image_entry *e)
{
    l->entry = e;
    l->why = ERROR_NULL;
    strbuf_clear(&l->aside);
    l->keep = l->accounts && (e->state == LAYER_EFFECTIVE || l->known) && accounts_wants(e->path);
    bool is_plain = e->size && !l->keep && !e->problems;
    bool is_window = e->size <= INSPECT_WINDOW_BYTES; /* larger archives are unpacked as they come */
    if (is_plain && is_window && l->hash && image_hold(l->img, e->size)) {
        int r = look_at_held(l, e);
        image_release(l->img);
        return r;
    }
    if (is_plain && !is_window)
        return look_at_large(l, e);
    return look_myself(l, e);
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
    while (l->keep && !read_content(l, &p, &n))
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
    begin_facts(l, e);
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
    if (l->layer && !l->known[l->layer - 1].is_known) {
        struct str key = l->known[l->layer - 1].key;
        const struct image_layer *layer = &l->info->layers[l->layer - 1];
        /* that it is one file was told by its manifest too: another one may call the same bytes something else */
        bool whole = key.n && !layer->is_file && !has_trouble(l, l->layer);
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
        begin_facts(l, e);
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

/* The configuration is text like any file: a key in an environment variable is found by the same analyzers. */
static int look_at_config(struct look *l)
{
    const struct image_info *info = l->info;
    const char *problem;
    enum walk_verdict verdict = l->out->item(l->out->ctx, ++l->item, &problem);
    if (!info->config.n || verdict == WALK_SKIP)
        return 0;
    l->out->phase(l->out->ctx, WALK_INSPECT);
    facts_reset(&l->facts, EVENT_FILE, l->o->worker->now_ns);
    scan_facts_image_short(&l->facts, info, l->ref);
    scan_facts_path(&l->facts, STR("(image configuration)"));
    facts_str(&l->facts, F_FILE_ORIGIN, STR("image-config"));
    facts_str(&l->facts, F_FILE_TYPE, STR("regular"));
    facts_uint(&l->facts, F_FILE_SIZE, info->config.n);
    facts_str(&l->facts, F_LAYER_STATE, STR("effective"));
    if (verdict == WALK_DEAD)
        return tell_of_end(l, STR(N_("image configuration")), problem);
    int r = inspector_bytes(l->inspector, info->config, &l->facts);
    return r < 0 ? r : l->out->event(l->out->ctx, &l->facts);
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
    image_digest_aside(l->img, l->o->aside);
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
