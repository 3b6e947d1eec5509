// SPDX-License-Identifier: Apache-2.0
/*
 * The parent's side. The walker's stream gives the order; where it says that an item was handed over, the records of that
 * item are taken from the helper's stream, which has its items in the same order. So nothing is sorted and little is kept.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "base/intl.h"
#include "base/stop.h"
#include "event/facts_codec.h"
#include "inspect/scan_facts.h"
#include "worker/ending.h"
#include "worker/file_note.h"
#include "worker/links.h"
#include "worker/notes.h"
#include "worker/private.h"
#include "worker/request.h"

enum {
    BUFFER_BYTES = 16 << 20, /* kept of a stream whose turn has not come: beyond it its worker has to wait */
    MEMBERS_KEPT_BYTES = 1 << 20, /* of the memory for one archive's members, for the next */
    FILE_NOTES_MAX_BYTES = 48 << 20, /* kept until the end of the target; files beyond it are not noted */
    OPENINGS_MAX = 3,        /* whatever ended the first worker may have had another reason than the target */
};

/* One target on its way. */
struct run {
    struct workers *ws;
    const struct worker_job *job;
    const struct worker_sink *sink;
    struct plan plan;
    const struct walk_options *walk;
    struct error *err;
    unsigned restarts, openings;
    uint64_t awaited; /* item whose records come from helpers[from]; 0: the walker's turn */
    size_t from;
    uint64_t noted; /* bytes of notes of the layer that is being read */
    bool no_notes;  /* something was missed: they are worth nothing */
    struct strbuf files; /* notes of single files, each as key, note, and whether it replaces another */
    struct strbuf note;
    struct strbuf members; /* of the archive that is `members_item`, noted as they are told */
    uint64_t members_item;
    bool no_members;       /* one of them is not worth a note, or they are too many: neither is their archive */
    uint8_t head[SHA256_BYTES]; /* of the large file that is `head_item`: digest of its first bytes */
    uint64_t head_item;
    struct str machine; /* that their keys hold */
    struct links links;
    bool was_opened, over;
    int result;
};

static int start_helper(struct workers *ws, size_t i, const char *problem)
{
    struct role role;
    int ignored;
    int r = child_start(&ws->helpers[i], &ws->options, false, &role, &ignored);
    if (r > 0)
        role_help(&role, ws->queues[i], problem);
    return r;
}

static int start_walker(struct run *run)
{
    struct workers *ws = run->ws;
    struct role role;
    int socket;
    int r = child_start(&ws->walker, &ws->options, run->sink->known, &role, &socket);
    if (r > 0)
        role_walk(&role, socket, run->walk, &run->plan, ws->queues, ws->n_helpers);
    return r;
}

/* --- taking records --- */

static void keep_file(struct run *run, const uint8_t key[SHA256_BYTES], struct str note, bool replaces)
{
    wire_add_str(&run->files, str_n(key, SHA256_BYTES));
    wire_add_str(&run->files, note);
    wire_add_u64(&run->files, replaces);
}

static void note_member(struct run *run, const struct facts *f)
{
    run->no_members |= !file_note_is_worth(f) || run->members.n > FILE_NOTE_MEMBERS_BYTES;
    if (!run->no_members)
        file_note_add_member(&run->members, f);
}

/* Notes what was found in a file. They are given away when all went well: a walker that died may have said anything before. */
static void note_file(struct run *run, uint64_t item, const struct facts *f)
{
    uint8_t key[SHA256_BYTES];
    if (!run->sink->file_learned || run->files.n > FILE_NOTES_MAX_BYTES)
        return;
    if (run->members_item != item) {
        strbuf_clear(&run->members);
        run->members_item = item;
        run->no_members = false;
    }
    if (facts_has(f, F_FILE_CONTAINER)) {
        note_member(run, f);
        return;
    }
    if (run->no_members || !file_note_is_worth(f) || !file_note_key(f, run->machine, key))
        return;
    if (!run->sink->file_kept || !run->sink->file_kept(run->sink->ctx, key)) {
        strbuf_clear(&run->note);
        file_note_add(&run->note, f, strbuf_str(&run->members));
        keep_file(run, key, strbuf_str(&run->note), false);
    }
    if (run->members.capacity > MEMBERS_KEPT_BYTES)
        strbuf_done(&run->members);
    if (run->head_item == item && file_note_key_of_head(f, run->machine, run->head, key))
        keep_file(run, key, facts_get_str(f, F_FILE_SHA256), true);
}

static void give_files(struct run *run)
{
    struct wire w = {.left = strbuf_str(&run->files)};
    while (w.left.n && !w.bad && !run->restarts && !run->result) {
        struct str key = wire_str(&w), note = wire_str(&w);
        bool replaces = wire_u64(&w);
        if (key.n == SHA256_BYTES)
            run->sink->file_learned(run->sink->ctx, (const uint8_t *)key.p, note, replaces);
    }
}

static void take_note(struct run *run, struct str piece)
{
    run->noted += piece.n;
    run->no_notes |= !run->sink->note || run->noted > NOTES_MAX;
    if (!run->no_notes)
        run->sink->note(run->sink->ctx, piece);
}

static int give_event(struct run *run, const struct record *record)
{
    struct wire w = {.left = record->body};
    int r = facts_decode(&run->ws->facts, &w);
    if (r < 0)
        return r;
    note_file(run, record->item, &run->ws->facts);
    links_see(&run->links, &run->ws->facts, record->body);
    if (facts_has(&run->ws->facts, F_LAYER_INDEX) && !run->no_notes) {
        strbuf_clear(&run->note);
        notes_add_facts(&run->note, &run->ws->facts);
        take_note(run, strbuf_str(&run->note));
    }
    do
        r = run->sink->event(run->sink->ctx, &run->ws->facts);
    while (!r && links_next(&run->links, &run->ws->facts));
    return r;
}

/* Sends the notes of a layer that the walker asks for. */
static int answer_known(struct run *run, struct str body)
{
    struct wire w = {.left = body};
    struct str digest = wire_str(&w), machine = wire_str(&w);
    if (w.bad || !run->sink->known)
        return -EBADMSG;
    _cleanup_close_ int fd = run->sink->known(run->sink->ctx, digest, machine);
    /* a walker that is gone by now is noticed where its stream ends */
    (void)request_send(run->ws->walker.socket, &(struct request){.fd = fd});
    return 0;
}

static int answer_is_sealed(struct run *run, struct str body)
{
    struct wire w = {.left = body};
    struct str digest = wire_str(&w), seal = wire_str(&w);
    if (w.bad || !run->sink->known)
        return -EBADMSG;
    const bool is = run->sink->is_sealed && run->sink->is_sealed(run->sink->ctx, digest, seal);
    (void)request_send(run->ws->walker.socket, &(struct request){.fd = -1, .text = is ? STR("sealed") : STR_NULL});
    return 0;
}

static int give_sealed(struct run *run, struct str body)
{
    struct wire w = {.left = body};
    struct str digest = wire_str(&w), seal = wire_str(&w);
    if (!w.bad && run->sink->sealed && !run->restarts)
        run->sink->sealed(run->sink->ctx, digest, seal);
    return w.bad ? -EBADMSG : 0;
}

/* Ends the notes of a layer, by its head; an empty one when they are worth nothing. */
static void end_notes(struct run *run, struct str digest, struct str machine, struct str head)
{
    if (run->sink->note && (head.n || run->noted))
        run->sink->learned(run->sink->ctx, digest, machine, head);
    run->noted = 0;
    run->no_notes = false;
}

static int give_learnt(struct run *run, struct str body)
{
    struct wire w = {.left = body};
    struct str digest = wire_str(&w), machine = wire_str(&w);
    uint64_t unpacked = wire_u64(&w);
    struct str unpacked_digest = wire_str(&w);
    bool whole = wire_below(&w, 2);
    strbuf_clear(&run->note);
    if (whole && !w.bad && !run->no_notes && !run->restarts && !run->plan.no_heads)
        notes_add_head(&run->note, unpacked, unpacked_digest);
    end_notes(run, digest, machine, strbuf_str(&run->note));
    return w.bad ? -EBADMSG : 0;
}

static int give_unread(struct run *run, struct str body)
{
    struct wire w = {.left = body};
    struct str what = wire_str(&w), why = wire_str(&w);
    if (w.bad)
        return -EBADMSG;
    run->sink->unread(run->sink->ctx, what, why);
    run->no_notes = true;
    return 0;
}

static int give_opened(struct run *run, struct str body)
{
    struct wire w = {.left = body};
    struct worker_opened o = {.kind = (enum image_kind)wire_below(&w, IMAGE_FILE + 1)};
    o.ref = wire_str(&w);
    o.digest = wire_str(&w);
    o.config_digest = wire_str(&w);
    o.os = wire_str(&w);
    o.arch = wire_str(&w);
    o.variant = wire_str(&w);
    o.artifact = wire_str(&w);
    o.history = wire_u64(&w);
    o.layers = wire_below(&w, UINT16_MAX + 1);
    if (w.bad)
        return -EBADMSG;
    bool is_image = o.kind != IMAGE_ROOTFS && o.kind != IMAGE_FILE;
    links_opened(&run->links, o.kind, run->walk->fd);
    run->machine = str_from(is_image ? scan_machine(o.arch) : run->job->machine);
    if (!run->was_opened) /* a walker that follows another says it again */
        run->sink->opened(run->sink->ctx, &o);
    run->was_opened = true;
    return 0;
}

static int give_layer(struct run *run, struct str body)
{
    struct wire w = {.left = body};
    struct worker_layer l = {.index = (uint32_t)wire_below(&w, UINT16_MAX + 1)};
    l.digest = wire_str(&w);
    l.created_by = wire_str(&w);
    l.size = wire_u64(&w);
    l.unpacked = wire_u64(&w);
    l.entries = wire_u64(&w);
    l.was_known = wire_below(&w, 2);
    if (w.bad)
        return -EBADMSG;
    run->sink->layer(run->sink->ctx, &l);
    return 0;
}

static int end_by_itself(struct run *run, const struct record *record)
{
    struct wire w = {.left = record->body};
    run->over = true;
    if (record->kind == RECORD_FAILED) {
        run->result = 1;
        (void)error_set(run->err, -EINVAL, "%.*s", STR_ARG(record->body));
    } else {
        run->result = -(int)wire_below(&w, 4096);
    }
    return 0;
}

static int take_head(struct run *run, const struct record *record)
{
    if (record->body.n != sizeof(run->head))
        return -EBADMSG;
    memcpy(run->head, record->body.p, sizeof(run->head));
    run->head_item = record->item;
    return 0;
}

/* Once in a target: the next walker looks at every large file. Layers that are walked twice leave no notes. */
static int begin_again(struct run *run, uint64_t item)
{
    if (run->plan.no_heads)
        return -EBADMSG;
    run->plan.no_heads = true;
    run->plan.done = item;
    child_stop(&run->ws->walker);
    return start_walker(run);
}

static int take_from_walker(struct run *run, const struct record *record)
{
    struct wire w = {.left = record->body};
    switch (record->kind) {
    case RECORD_OPENED:
        return give_opened(run, record->body);
    case RECORD_EVENT:
        return give_event(run, record);
    case RECORD_UNREAD:
        return give_unread(run, record->body);
    case RECORD_LAYER:
        return give_layer(run, record->body);
    case RECORD_HANDED:
        run->from = wire_below(&w, run->ws->n_helpers);
        run->awaited = record->item;
        return w.bad ? -EBADMSG : 0;
    case RECORD_NOTE:
        take_note(run, record->body);
        return 0;
    case RECORD_LEARNT:
        return give_learnt(run, record->body);
    case RECORD_VOID: /* void_unfinished() */
        return 0;
    case RECORD_HEAD:
        return take_head(run, record);
    case RECORD_AGAIN:
        return begin_again(run, record->item);
    case RECORD_ASK:
        return answer_known(run, record->body);
    case RECORD_SEALED:
        return give_sealed(run, record->body);
    case RECORD_IS_SEALED:
        return answer_is_sealed(run, record->body);
    case RECORD_END:
    case RECORD_FAILED:
        return end_by_itself(run, record);
    default:
        return -EBADMSG;
    }
}

static int take_from_helper(struct run *run, const struct record *record)
{
    if (record->kind == RECORD_FAILED)
        return error_set(run->err, -EPERM, "%.*s", STR_ARG(record->body));
    if (record->item != run->awaited) /* told twice by workers that followed each other */
        return 0;
    switch (record->kind) {
    case RECORD_EVENT:
        return give_event(run, record);
    case RECORD_UNREAD:
        return give_unread(run, record->body);
    case RECORD_DONE:
    case RECORD_VOID:
        run->awaited = 0;
        return 0;
    default:
        return -EBADMSG;
    }
}

/* Everything whose turn has come. */
static int take_records(struct run *run)
{
    struct record record;
    int r = 0;
    while (!run->over && !r) {
        bool helper = run->awaited;
        r = inbox_take(helper ? &run->ws->helpers[run->from].in : &run->ws->walker.in, &record);
        if (!r)
            r = helper ? take_from_helper(run, &record) : take_from_walker(run, &record);
    }
    return r < 0 ? r : 0;
}

/* --- workers that end --- */

/* The rest of the target cannot be looked at. */
static int give_up(struct run *run, const char *why)
{
    run->sink->unread(run->sink->ctx, STR(N_("the rest")), str_from(why));
    run->over = true;
    return 0;
}

/* The target could not even be opened without ending its worker: it is a finding about the target. */
static int end_while_opening(struct run *run, const char *problem)
{
    struct facts *f = &run->ws->facts;
    facts_reset(f, EVENT_FILE, run->ws->options.now_ns);
    facts_str(f, F_FILE_PATH, str_from(run->walk->path));
    facts_str(f, F_FILE_NAME, str_basename(str_from(run->walk->path)));
    facts_str(f, F_FILE_TYPE, STR("regular"));
    facts_str(f, F_FILE_ORIGIN, STR("file"));
    (void)facts_add(f, F_FILE_PROBLEMS, str_from(problem));
    run->over = true;
    run->result = 1;
    (void)error_set(run->err, -EIO, "%s: the worker that read it ended (%s)", run->job->target, problem);
    return run->sink->event(run->sink->ctx, f);
}

/*
 * What the walker said that it hands over, and did not. Its words may still wait behind records of a helper, as may those of the walkers
 * before it: it is taken back where it stands. Of what came only in part the helper says that it is void.
 */
static void void_unfinished(struct run *run, struct child *walker)
{
    uint64_t item = ending_item(walker->desk);
    inbox_take_back(&walker->in, RECORD_HANDED, item);
    if (run->awaited == item)
        run->awaited = 0;
}

static int walker_ended(struct run *run)
{
    struct child *c = &run->ws->walker;
    if (child_ended(c))
        return 0;
    for (size_t i = 0; i < run->ws->n_helpers; i++)
        queue_cut(run->ws->queues[i]);
    enum queue_share share = ending_share(c->desk, run->ws->queues, run->ws->n_helpers);
    if (share == QUEUE_NOTHING)
        void_unfinished(run, c);
    int r = take_records(run);
    if (r < 0 || run->over)
        return r;
    bool opening = atomic_load(&c->desk->phase) == WALK_OPEN;
    if (opening && ++run->openings == OPENINGS_MAX)
        return end_while_opening(run, c->problem);
    if (++run->restarts > WORKER_RESTARTS_MAX)
        return give_up(run, N_("too many workers ended over this target"));
    if (!opening)
        ending_note(&run->plan, c->desk, share, c->problem);
    return start_walker(run);
}

static int helper_ended(struct run *run, size_t i)
{
    struct child *c = &run->ws->helpers[i];
    (void)child_ended(c);
    if (++run->restarts > WORKER_RESTARTS_MAX)
        return give_up(run, N_("too many workers ended over this target"));
    return start_helper(run->ws, i, atomic_load(&c->desk->item) ? c->problem : NULL);
}

/* --- the loop --- */

static size_t waiting_bytes(const struct inbox *in)
{
    return in->bytes.n - in->at;
}

static void tell_progress(const struct run *run)
{
    const struct desk *d = run->ws->walker.desk;
    char path[DESK_PATH_BYTES];
    if (!run->sink->progress)
        return;
    memcpy(path, d->path, sizeof(path));
    path[sizeof(path) - 1] = 0;
    struct worker_progress p = d->progress;
    p.path = path;
    run->sink->progress(run->sink->ctx, &p);
}

/* A worker whose stream is full waits for us, a helper with an empty queue for work: neither can be blamed. */
static void watch(struct run *run)
{
    struct workers *ws = run->ws;
    unsigned limit = ws->options.stall_seconds;
    child_watch(&ws->walker, waiting_bytes(&ws->walker.in) < BUFFER_BYTES, limit);
    for (size_t i = 0; i < ws->n_helpers; i++)
        child_watch(&ws->helpers[i], queue_peek(ws->queues[i]) && waiting_bytes(&ws->helpers[i].in) < BUFFER_BYTES, limit);
}

/* Waits for bytes from those whose streams are not full, and reads them. */
static int read_streams(struct run *run)
{
    struct workers *ws = run->ws;
    struct pollfd fds[1 + WORKERS_MAX];
    for (size_t i = 0; i <= ws->n_helpers; i++) {
        const struct inbox *in = i ? &ws->helpers[i - 1].in : &ws->walker.in;
        bool turn = run->awaited ? i && run->from == i - 1 : !i;
        fds[i] = (struct pollfd){.fd = turn || waiting_bytes(in) < BUFFER_BYTES ? in->fd : -1, .events = POLLIN};
    }
    if (poll(fds, 1 + ws->n_helpers, WORKERS_TICK_MS) < 0)
        return errno == EINTR ? 0 : -errno;
    for (size_t i = 0; i <= ws->n_helpers; i++) {
        if (fds[i].fd < 0 || !fds[i].revents)
            continue;
        int r = inbox_read(i ? &ws->helpers[i - 1].in : &ws->walker.in, WORKERS_READ_BYTES);
        if (r)
            r = i ? helper_ended(run, i - 1) : walker_ended(run);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The program was asked to stop: what the walker has told by now counts, and nothing more. */
static int stop_here(struct run *run)
{
    struct child *c = &run->ws->walker;
    if (c->pid) {
        (void)kill(c->pid, SIGKILL);
        while (!inbox_read(&c->in, WORKERS_READ_BYTES))
            ;
        (void)child_ended(c);
    }
    (void)take_records(run);
    return -EINTR;
}

static int follow(struct run *run)
{
    int r = start_walker(run);
    while (!r && !(r = take_records(run)) && !run->over) {
        r = stop_signal() ? stop_here(run) : read_streams(run);
        if (!r) {
            watch(run);
            tell_progress(run);
        }
        /* a walker that ended well without a word is none of ours */
        if (!r && !run->over && !run->ws->walker.pid && !run->awaited && !waiting_bytes(&run->ws->walker.in))
            r = -EPROTO;
    }
    return r;
}

int run_target(struct workers *ws, const struct worker_job *job, const struct walk_options *walk,
               const struct worker_sink *sink, struct error *err)
{
    struct run run = {.ws = ws, .job = job, .walk = walk, .sink = sink, .err = err};
    int r = 0;
    for (size_t i = 0; i < ws->n_helpers; i++) {
        queue_reset(ws->queues[i]);
        if (!r && !ws->helpers[i].pid)
            r = start_helper(ws, i, NULL);
    }
    if (!r)
        r = follow(&run);
    if (r < 0 || run.restarts > WORKER_RESTARTS_MAX) /* whoever still works does it for nothing */
        for (size_t i = 0; i < ws->n_helpers; i++)
            child_stop(&ws->helpers[i]);
    child_stop(&ws->walker);
    if (!r)
        give_files(&run);
    links_tell_lost(&run.links, sink->unread, sink->ctx);
    end_notes(&run, STR_NULL, STR_NULL, STR_NULL); /* of a layer whose end was not reached */
    vec_done(&run.plan.steps);
    strbuf_done(&run.files);
    strbuf_done(&run.note);
    strbuf_done(&run.members);
    links_done(&run.links);
    return r < 0 ? r : run.result;
}
