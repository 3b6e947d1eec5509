// SPDX-License-Identifier: Apache-2.0
#include "base/digest_aside.h"
#include "inspect/scan_facts.h"
#include "worker/file_note.h"
#include "worker/look.h"

enum {
    ACCOUNT_FILE_MAX = 1 << 20, /* of passwd and the like: more accounts than that are not read by anybody */
    ASIDE_BYTES = 128 << 10,    /* content from which a digest is worth handing to a thread, and the wait for it */
};

static void tell_progress(struct look *l)
{
    if (!l->out->progress)
        return;
    struct image_progress p = image_progress(l->img);
    l->out->progress(l->out->ctx, &(struct worker_progress){p.bytes_done, p.bytes_total, p.entries,
                                                            facts_get_str(&l->facts, F_FILE_PATH).p});
}

/* What lies around an entry, and around members that come from it. */
static void state_around(struct look *l, const struct image_entry *e)
{
    if (l->info->n_layers)
        scan_facts_image_short(&l->facts, l->info, l->ref);
    if (e->layer)
        scan_facts_layer(&l->facts, e, l->info->n_layers, l->created_by[e->layer->index - 1]);
}

/* What is known of an entry before its content is read. */
static void state_entry(struct look *l, const struct image_entry *e)
{
    state_around(l, e);
    scan_facts_entry(&l->facts, e, l->origin);
}

void look_begin_facts(struct look *l, const struct image_entry *e)
{
    facts_reset(&l->facts, EVENT_FILE, l->o->worker->now_ns);
    state_entry(l, e);
}

/* content_source over the current entry: unpacking and looking take turns, and whoever watches is told which it is. */
int look_read(void *ctx, const uint8_t **ret, size_t *ret_n)
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
        .read = look_read,
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
        return rest->result ? rest->result : look_read(rest->look, ret, ret_n);
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

/* Facts as the note has them, when it is right to its end; else they are as they were. `digest` is not in them. */
static bool read_note(struct look *l, const struct image_entry *e, struct str note, struct str digest)
{
    struct str left = {};
    int r = file_note_take(note, e->path, digest, &l->facts, &l->members);
    if (!r)
        left = strbuf_str(&l->members);
    while (!r && left.n)
        r = file_note_member(&left, e->path, &l->facts);
    if (!r && l->members.n)
        r = file_note_take(note, e->path, digest, &l->facts, NULL); /* members took its place */
    if (!r)
        return true;
    look_begin_facts(l, e);
    facts_str(&l->facts, F_FILE_SHA256, digest);
    return false;
}

/* Tells what was noted of members, as if they had been looked at. */
static int tell_members(struct look *l, const struct image_entry *e)
{
    struct str members = strbuf_str(&l->members);
    int r = 0;
    while (!r && !file_note_member(&members, e->path, &l->facts)) {
        l->facts.event.time_ns = l->o->worker->now_ns;
        state_around(l, e);
        facts_str(&l->facts, F_FILE_ORIGIN, str_from(l->origin));
        r = l->out->event(l->out->ctx, &l->facts);
    }
    return r;
}

/* What was noted of a file with this content: 0 when the facts are complete, 1 when nothing was, negative. */
static int take_note(struct look *l, const struct image_entry *e)
{
    uint8_t key[SHA256_BYTES];
    char hex[SHA256_HEX];
    struct str note, digest = facts_get_str(&l->facts, F_FILE_SHA256);
    const struct worker_sink *sink = l->o->sink;
    if (!file_note_key(&l->facts, l->machine, key) || !sink->file_known(sink->ctx, key, &note))
        return 1;
    memcpy(hex, digest.p, sizeof(hex));
    digest = str_n(hex, sizeof(hex));
    if (!read_note(l, e, note, digest))
        return 1;
    if (l->members.n) {
        int r = tell_members(l, e);
        if (r < 0)
            return r;
        (void)file_note_take(note, e->path, digest, &l->facts, NULL); /* as read_note() did */
    }
    l->facts.event.time_ns = l->o->worker->now_ns;
    state_entry(l, e);
    l->counts->known++;
    return 0;
}

/* Content that lies at hand. As look_at_content(). */
static int look_at_hand(struct look *l, const struct image_entry *e, struct str content)
{
    int known = l->knows_files ? take_note(l, e) : 1;
    if (known <= 0) {
        end_content(l, e);
        return known;
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
    while ((r = look_read(l, &p, &n)) == 0 && n <= e->size - have.n && (!have.n || (const char *)p == have.p + have.n)) {
        if (by == ASIDE)
            digest_aside_add(l->o->aside, l->hash, p, n);
        else if (by == HERE)
            sha256_add_beside(l->hash, p, n, image_digest(l->img));
        have = str_n(have.n ? have.p : (const char *)p, have.n + n);
    }
    if (by == ASIDE)
        digest_aside_wait(l->o->aside, digest_aside_mark(l->o->aside));
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
    while (!(r = look_read(l, &p, &n)))
        out->flow(out->ctx, str_n(p, n));
    out->flow_end(out->ctx, e, r < 0);
    end_content(l, e);
    return true;
}

/* Reads the first pieces of large content, and says what they are. As look_read(). */
static int read_head(struct look *l, uint8_t ret[SHA256_BYTES])
{
    const uint8_t *p;
    size_t n;
    int r = 0;
    strbuf_clear(&l->head);
    while (l->head.n < FILE_NOTE_HEAD_BYTES && !(r = look_read(l, &p, &n)))
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
    look_begin_facts(l, l->entry);
    return false;
}

/*
 * Digests the rest of large content that is held to be known, and tells what its note says. It cannot be looked at any more when it turns
 * out to be something else: then the walk begins again.
 */
static int take_large_note(struct look *l, const struct image_entry *e)
{
    struct digest_aside *aside = e->layer ? l->o->aside : NULL; /* only there pieces stay until they are digested */
    uint8_t digest[SHA256_BYTES], expected[SHA256_BYTES];
    const uint8_t *p = (const uint8_t *)l->head.p;
    size_t n = l->head.n;
    int r = 0;
    if (l->out->busy)
        l->out->busy(l->out->ctx);
    sha256_reset(l->hash);
    for (; !r; r = look_read(l, &p, &n)) {
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
    r = is_same ? take_note(l, e) : 1;
    if (r > 0)
        l->out->again(l->out->ctx);
    return r;
}

/* Content that nobody can hold. As look_at_content(). */
static int look_at_large(struct look *l, const struct image_entry *e)
{
    uint8_t head[SHA256_BYTES];
    int r = read_head(l, head);
    if (!r && is_known_by_head(l, head)) {
        r = take_large_note(l, e);
        end_content(l, e);
        return r;
    }
    if (!r && let_flow(l, e))
        return 1;
    return look_at_rest(l, e, strbuf_str(&l->head), STR_NULL, r);
}

int look_at_content(struct look *l, const struct image_entry *e)
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
