// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/confine.h"
#include "base/digest_aside.h"
#include "base/stop.h"
#include "event/facts_codec.h"
#include "image/unpack_aside.h"
#include "inspect/scan_facts.h"
#include "worker/fd_content.h"
#include "worker/request.h"
#include "worker/roles.h"

struct told { /* ctx of the outlets below */
    const struct role *role;
    struct outbox box;
    const struct plan *plan;
    struct queue *const *queues;
    size_t n_queues, offered; /* the queue that has the place that was offered */
    int socket;               /* of a walker that asks for notes, else -1 */
    struct strbuf facts;
    struct queue_large content; /* of a helper: what is too large for a place */
};

/* The result of a role that cannot even begin. */
static void fail(struct told *t, const struct error *err)
{
    outbox_add(&t->box, RECORD_FAILED, 0, str_from(err->text));
    outbox_flush(&t->box);
    _exit(0);
}

static void confine_with(struct told *t, struct confine_options o)
{
    struct error err = ERROR_NULL;
    unsigned walls;
    o.memory = WORKER_MEMORY;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    stop_leave_to_parent();
    (void)signal(SIGPIPE, SIG_IGN);
    if (confine_self(&o, &walls, &err) < 0)
        fail(t, &err);
}

static void confine(struct told *t, const int *keep, size_t n_keep)
{
    confine_with(t, (struct confine_options){.keep = keep, .n_keep = n_keep, .folder = -1});
}

static struct told begin(const struct role *role)
{
    return (struct told){.role = role, .box = {.desk = role->desk, .fd = role->out}};
}

static void live(struct desk *d)
{
    atomic_fetch_add_explicit(&d->beat, 1, memory_order_relaxed);
}

/* --- walking --- */

static void on_phase(void *ctx, enum walk_phase phase)
{
    struct told *t = ctx;
    atomic_store_explicit(&t->role->desk->phase, phase, memory_order_relaxed);
    live(t->role->desk);
}

static enum walk_verdict on_item(void *ctx, uint64_t item, const char **ret_problem)
{
    struct told *t = ctx;
    atomic_store(&t->role->desk->item, item);
    for (size_t i = 0; i < t->plan->steps.n; i++) {
        const struct plan_step *s = &t->plan->steps.v[i];
        if (s->kind == PLAN_DEAD && s->item == item && item >= t->plan->done) {
            *ret_problem = s->problem;
            return WALK_DEAD;
        }
    }
    return item < t->plan->done ? WALK_SKIP : WALK_DO;
}

static unsigned on_abandon(void *ctx, uint64_t item, const char **ret_why)
{
    struct told *t = ctx;
    unsigned n = 0;
    for (size_t i = 0; i < t->plan->steps.n; i++) {
        const struct plan_step *s = &t->plan->steps.v[i];
        if (s->kind == PLAN_ABANDON && s->item == item) {
            *ret_why = s->problem;
            n++;
        }
    }
    return n;
}

static void on_opened(void *ctx, const struct worker_opened *o)
{
    struct told *t = ctx;
    struct strbuf *b = &t->box.body;
    strbuf_clear(b);
    wire_add_u64(b, o->kind);
    wire_add_str(b, o->ref);
    wire_add_str(b, o->digest);
    wire_add_str(b, o->config_digest);
    wire_add_str(b, o->os);
    wire_add_str(b, o->arch);
    wire_add_str(b, o->variant);
    wire_add_str(b, o->artifact);
    wire_add_u64(b, o->history);
    wire_add_u64(b, o->layers);
    outbox_add(&t->box, RECORD_OPENED, 0, strbuf_str(b));
}

static uint64_t now_at(const struct told *t)
{
    return atomic_load(&t->role->desk->item);
}

static int on_event(void *ctx, struct facts *facts)
{
    struct told *t = ctx;
    strbuf_clear(&t->box.body);
    facts_encode(facts, &t->box.body);
    outbox_add(&t->box, RECORD_EVENT, now_at(t), strbuf_str(&t->box.body));
    live(t->role->desk);
    return 0;
}

static void on_unread(void *ctx, struct str what, struct str why)
{
    struct told *t = ctx;
    strbuf_clear(&t->box.body);
    wire_add_str(&t->box.body, what);
    wire_add_str(&t->box.body, why);
    outbox_add(&t->box, RECORD_UNREAD, now_at(t), strbuf_str(&t->box.body));
}

static void on_layer(void *ctx, const struct worker_layer *l)
{
    struct told *t = ctx;
    struct strbuf *b = &t->box.body;
    strbuf_clear(b);
    wire_add_u64(b, l->index);
    wire_add_str(b, l->digest);
    wire_add_str(b, l->created_by);
    wire_add_u64(b, l->size);
    wire_add_u64(b, l->unpacked);
    wire_add_u64(b, l->entries);
    wire_add_u64(b, l->was_known);
    outbox_add(&t->box, RECORD_LAYER, 0, strbuf_str(b));
}

static void on_progress(void *ctx, const struct worker_progress *p)
{
    struct told *t = ctx;
    struct desk *d = t->role->desk;
    size_t n = p->path ? strnlen(p->path, sizeof(d->path) - 1) : 0;
    d->progress = *p;
    d->progress.path = NULL;
    if (n)
        memcpy(d->path, p->path, n);
    d->path[n] = 0;
}

/* A queue with room for the content, or NULL. */
static struct queue *find_queue(struct told *t, uint64_t n)
{
    for (t->offered = 0; t->offered < t->n_queues; t->offered++) {
        struct queue *q = t->queues[t->offered];
        if (n == QUEUE_FLOWS ? queue_has_way(q) : queue_has_room(q, n))
            return q;
    }
    return NULL;
}

/*
 * Says that an item goes to the queue that was found. That goes before the place is filled: a walker that is ended between the
 * two leaves a mark that the queue says was not followed, never a file that nobody waits for.
 */
static bool mark_handed(struct told *t, const struct facts *facts)
{
    strbuf_clear(&t->facts);
    facts_encode(facts, &t->facts);
    if (t->facts.n > QUEUE_FACTS_BYTES)
        return false;
    strbuf_clear(&t->box.body);
    wire_add_u64(&t->box.body, t->offered);
    outbox_add(&t->box, RECORD_HANDED, now_at(t), strbuf_str(&t->box.body));
    return true;
}

/* Whoever waits for a helper is not to blame for the wait. */
static void on_flow(void *ctx, struct str content)
{
    struct told *t = ctx;
    while (content.n) {
        size_t n = queue_send(t->queues[t->offered], content);
        content = str_n(content.p + n, content.n - n);
        live(t->role->desk);
    }
}

/*
 * The mark is sent at once where the walker may have to wait: an archive may have more to tell than the parent keeps of a stream whose
 * turn has not come, and then the helper waits for the parent, and the walker for the helper.
 */
static bool on_hand_over(void *ctx, const struct facts *facts, struct str content)
{
    struct told *t = ctx;
    struct queue *q = find_queue(t, content.n);
    if (!q || !mark_handed(t, facts))
        return false;
    bool flows = content.n > QUEUE_PLACE_BYTES;
    if (flows)
        outbox_flush(&t->box);
    queue_fill(q, now_at(t), strbuf_str(&t->facts), content);
    if (flows)
        on_flow(t, content);
    return true;
}


static bool on_flow_begin(void *ctx, const struct facts *facts)
{
    struct told *t = ctx;
    struct queue *q = find_queue(t, QUEUE_FLOWS);
    if (!q || !mark_handed(t, facts))
        return false;
    outbox_flush(&t->box);
    queue_begin(q, now_at(t), strbuf_str(&t->facts));
    return true;
}

static void on_flow_end(void *ctx, const struct image_entry *e, bool is_bad)
{
    struct told *t = ctx;
    queue_end(t->queues[t->offered], &(struct queue_ending){e->problems, e->hole_bytes, is_bad});
}

static void on_busy(void *ctx)
{
    struct told *t = ctx;
    for (size_t i = 0; i < t->n_queues; i++)
        queue_wake(t->queues[i]);
}

static void on_machine(void *ctx, const char *machine)
{
    struct told *t = ctx;
    for (size_t i = 0; i < t->n_queues; i++)
        (void)snprintf(t->queues[i]->machine, sizeof(t->queues[i]->machine), "%s", machine ? machine : "");
}

static void on_note(void *ctx, struct str note)
{
    struct told *t = ctx;
    outbox_add(&t->box, RECORD_NOTE, now_at(t), note);
}

static void on_head(void *ctx, const uint8_t digest[SHA256_BYTES])
{
    struct told *t = ctx;
    outbox_add(&t->box, RECORD_HEAD, now_at(t), str_n(digest, SHA256_BYTES));
}

static void on_again(void *ctx)
{
    struct told *t = ctx;
    outbox_add(&t->box, RECORD_AGAIN, now_at(t), STR_NULL);
    outbox_flush(&t->box);
    _exit(0);
}

/* What a layer or blob goes by: its digest, and a machine or a seal. */
static void add_names(struct strbuf *b, struct str digest, struct str other)
{
    strbuf_clear(b);
    wire_add_str(b, digest);
    wire_add_str(b, other);
}

static void on_learnt(void *ctx, struct str digest, struct str machine, uint64_t unpacked, struct str unpacked_digest, bool whole)
{
    struct told *t = ctx;
    add_names(&t->box.body, digest, machine);
    wire_add_u64(&t->box.body, unpacked);
    wire_add_str(&t->box.body, unpacked_digest);
    wire_add_u64(&t->box.body, whole);
    outbox_add(&t->box, RECORD_LEARNT, now_at(t), strbuf_str(&t->box.body));
}

/* Asks the parent, and waits. As request_receive(). */
static int ask(struct told *t, enum record_kind kind, struct str digest, struct str other, struct request *answer)
{
    add_names(&t->box.body, digest, other);
    outbox_add(&t->box, kind, 0, strbuf_str(&t->box.body));
    outbox_flush(&t->box);
    return request_receive(t->socket, answer);
}

static int on_known(void *ctx, struct str digest, struct str machine)
{
    _cleanup_(request_free) struct request answer = {.fd = -1};
    return ask(ctx, RECORD_ASK, digest, machine, &answer) ? -1 : TAKE_FD(answer.fd);
}

static bool on_is_sealed(void *ctx, struct str digest, struct str seal)
{
    _cleanup_(request_free) struct request answer = {.fd = -1};
    return !ask(ctx, RECORD_IS_SEALED, digest, seal, &answer) && answer.text.n;
}

static void on_sealed(void *ctx, struct str digest, struct str seal)
{
    struct told *t = ctx;
    add_names(&t->box.body, digest, seal);
    outbox_add(&t->box, RECORD_SEALED, now_at(t), strbuf_str(&t->box.body));
}

/* What is started with all walls but that of system calls up. */
struct start {
    const struct told *told;
    struct walk_options *o;
};

static void start_aside(void *ctx)
{
    const struct start *s = ctx;
    (void)mallopt(M_ARENA_MAX, 1); /* what a thread takes would else come from an arena of its own, of 128 MiB of address space */
    s->o->aside = digest_aside_new();
    if (s->o->aside && !s->told->plan->in_line)
        s->o->unpacker = unpack_aside_new(&s->told->role->desk->unpacks_aside);
}

void role_walk(const struct role *role, int socket, const struct walk_options *walk, const struct plan *plan, struct queue *const *queues,
               size_t n)
{
    struct told t = begin(role);
    t.plan = plan;
    t.queues = queues;
    t.n_queues = n;
    t.socket = socket;
    struct outlet out = {
        .ctx = &t,
        .phase = on_phase,
        .item = on_item,
        .abandon = on_abandon,
        .opened = on_opened,
        .event = on_event,
        .unread = on_unread,
        .layer = on_layer,
        .progress = on_progress,
        .hand_over = n ? on_hand_over : NULL,
        .flow_begin = n ? on_flow_begin : NULL,
        .flow = on_flow,
        .flow_end = on_flow_end,
        .busy = on_busy,
        .machine = on_machine,
        .note = on_note,
        .learnt = on_learnt,
        .head = on_head,
        .again = plan->no_heads ? NULL : on_again,
        .known = socket >= 0 ? on_known : NULL,
        .is_sealed = socket >= 0 ? on_is_sealed : NULL,
        .sealed = on_sealed,
    };
    struct walk_options mine = *walk;
    struct error err = ERROR_NULL;
    struct stat st;
    int keep[] = {walk->fd, role->out, socket};
    bool folder = !fstat(walk->fd, &st) && S_ISDIR(st.st_mode);
    confine_with(&t, (struct confine_options){.keep = keep,
                                              .n_keep = ARRAY_SIZE(keep) - (socket < 0),
                                              .folder = folder ? walk->fd : -1,
                                              .start = n ? start_aside : NULL,
                                              .ctx = &(struct start){&t, &mine}});
    mine.out = &out;
    int r = walk_target(&mine, &role->desk->counts, &err);
    on_busy(&t);
    if (r > 0)
        fail(&t, &err);
    strbuf_clear(&t.box.body);
    wire_add_u64(&t.box.body, (uint64_t)-r);
    outbox_add(&t.box, RECORD_END, 0, strbuf_str(&t.box.body));
    outbox_flush(&t.box);
    _exit(0);
}

/* --- helping --- */

static void use_machine(struct inspector *in, const struct queue *q, char used[32])
{
    char machine[32];
    memcpy(machine, q->machine, sizeof(machine));
    machine[sizeof(machine) - 1] = 0;
    if (!strcmp(machine, used))
        return;
    memcpy(used, machine, sizeof(machine));
    inspector_set_machine(in, machine[0] ? machine : NULL);
}

/* content_source over content that flows. */
struct flow {
    struct told *told;
    struct queue *queue;
    size_t taken;
    enum queue_flow state;
};

static int flow_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct flow *f = ctx;
    struct str piece = {};
    while ((f->state = queue_next(f->queue, &f->taken, &piece)) == QUEUE_FLOW_NONE)
        live(f->told->role->desk);
    live(f->told->role->desk);
    if (f->state == QUEUE_FLOW_END)
        return 1;
    if (f->state != QUEUE_FLOW_MORE)
        return -EIO;
    *ret = (const uint8_t *)piece.p;
    *ret_n = piece.n;
    return 0;
}

static uint64_t flow_left_out(void *ctx)
{
    return atomic_load(&((struct flow *)ctx)->queue->left_out);
}

static int flow_member(void *ctx, struct facts *member)
{
    return on_event(((struct flow *)ctx)->told, member);
}

static void pass_by(struct flow *f)
{
    const uint8_t *p;
    size_t n;
    while (!flow_read(f, &p, &n))
        ;
}

/* A file that an earlier helper ended over. */
static void state_end(struct told *t, struct facts *facts, const char *problem)
{
    (void)facts_add(facts, F_FILE_PROBLEMS, str_from(problem));
    on_unread(t, facts_get_str(facts, F_FILE_PATH), str_from(problem));
}

/*
 * Nothing is told of a file before all of its content is here: when the walker ends on the way, another one comes to the
 * same file again, and only then it counts. Of what flows, that is the file's own event, which comes last.
 */
static void help_with(struct told *t, struct queue *q, const struct queue_place *p, struct facts *facts, const char *problem)
{
    struct flow flow = {.told = t, .queue = q};
    struct str content = {};
    bool flows = p->n == QUEUE_FLOWS;
    if (!flows && queue_take(q, p, problem ? NULL : &t->content, &content)) {
        outbox_add(&t->box, RECORD_VOID, p->item, STR_NULL);
        return;
    }
    struct wire w = {.left = str_n(p->facts, p->facts_n < QUEUE_FACTS_BYTES ? p->facts_n : QUEUE_FACTS_BYTES)};
    int r = facts_decode(facts, &w);
    struct inspector *in = t->role->options->inspector;
    if (r == 0 && problem)
        state_end(t, facts, problem);
    else if (r == 0 && flows)
        r = inspector_file(in, &(struct content_source){.ctx = &flow, .read = flow_read, .member = flow_member, .left_out = flow_left_out}, facts);
    else if (r == 0)
        r = inspector_held(in, content, &(struct content_source){t, NULL, on_event}, facts);
    if (flows) {
        pass_by(&flow);
        if (flow.state == QUEUE_FLOW_CUT) {
            outbox_add(&t->box, RECORD_VOID, p->item, STR_NULL);
            return;
        }
        scan_facts_problems(facts, F_FILE_PROBLEMS, atomic_load(&q->problems));
    }
    if (r >= 0)
        (void)on_event(t, facts);
    else
        on_unread(t, facts_get_str(facts, F_FILE_PATH), str_from(error_words(r)));
    outbox_add(&t->box, RECORD_DONE, p->item, STR_NULL);
}

void role_help(const struct role *role, struct queue *q, const char *problem)
{
    struct told t = begin(role);
    struct facts facts;
    char machine[32] = "";
    inspector_set_machine(role->options->inspector, NULL);
    confine(&t, &role->out, 1);
    facts_init(&facts);
    for (;;) {
        const struct queue_place *p = queue_peek(q);
        if (!p) {
            atomic_store(&role->desk->item, 0);
            outbox_flush(&t.box);
            queue_wait(q);
            continue;
        }
        atomic_store(&role->desk->item, p->item);
        live(role->desk);
        use_machine(role->options->inspector, q, machine);
        help_with(&t, q, p, &facts, problem);
        problem = NULL;
        queue_pop(q, &t.content);
    }
}

/* --- serving --- */

static void answer(struct told *t, const struct request *q, struct facts *facts, struct fd_content *content)
{
    struct wire w = {.left = q->facts};
    struct inspector *in = t->role->options->inspector;
    content->fd = q->fd;
    content->beat = &t->role->desk->beat;
    content->n = 0;
    content->error = 0;
    int r = facts_decode(facts, &w);
    if (r == 0 && q->fd >= 0)
        r = inspector_file(in, &(struct content_source){content, fd_content_read}, facts);
    else if (r == 0)
        r = inspector_text(in, q->text, facts);
    if (r >= 0)
        (void)on_event(t, facts);
    strbuf_clear(&t->box.body);
    wire_add_u64(&t->box.body, r < 0 ? (uint64_t)-r : 0);
    wire_add_u64(&t->box.body, content->n);
    wire_add_u64(&t->box.body, (uint64_t)-content->error);
    outbox_add(&t->box, RECORD_END, 0, strbuf_str(&t->box.body));
    outbox_flush(&t->box);
}

void role_serve(const struct role *role, int socket)
{
    struct told t = begin(role);
    struct facts facts;
    struct request q = {};
    struct fd_content *content = xnew(struct fd_content);
    int keep[] = {socket, role->out};
    confine(&t, keep, ARRAY_SIZE(keep));
    facts_init(&facts);
    for (;;) {
        atomic_store(&role->desk->item, 0);
        if (request_receive(socket, &q))
            _exit(0);
        atomic_store(&role->desk->item, 1);
        live(role->desk);
        answer(&t, &q, &facts, content);
        request_done(&q);
    }
}
