// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "fleet/private.h"

enum { ACK_TRIES = 5 };
static const int64_t SECOND = 1'000'000'000;

struct fleet_job {
    natsMsg *message;
    uint64_t times, number;
};

static int make(struct fleet *f, const char *name, const char *subject, jsRetentionPolicy retention, struct error *err)
{
    jsStreamConfig c;
    const char *subjects[] = {subject};
    (void)jsStreamConfig_Init(&c);
    c.Name = name;
    c.Subjects = subjects;
    c.SubjectsLen = 1;
    c.Retention = retention;
    c.Storage = js_FileStorage;
    c.Duplicates = FLEET_TWICE_SECONDS * SECOND;
    return fleet_stream_make(f, &c, err);
}

int fleet_queue_make(struct fleet *f, const struct fleet_queue *q, struct error *err)
{
    int r = make(f, q->stream, q->subject, js_WorkQueuePolicy, err);
    return r ? r : make(f, q->dead_stream, q->dead_subject, js_LimitsPolicy, err);
}

int fleet_queue_put(struct fleet *f, const struct fleet_queue *q, const char *id, struct str job, struct error *err)
{
    jsPubOptions o;
    jsPubAck *ack = NULL;
    jsErrCode code = 0;
    if (job.n > FLEET_JOB_MAX)
        return error_set(err, -EMSGSIZE, "a job of %zu bytes is too large", job.n);
    (void)jsPubOptions_Init(&o);
    o.MsgId = id;
    o.ExpectStream = q->stream;
    natsStatus s = js_Publish(&ack, f->js, q->subject, job.p, (int)job.n, &o, &code);
    const bool was_there = s == NATS_OK && ack->Duplicate;
    jsPubAck_Destroy(ack);
    return s == NATS_OK ? was_there : fleet_say(s, code, N_("a job cannot be put"), err);
}

static int count(struct fleet *f, const char *stream, uint64_t *ret, struct error *err)
{
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus s = js_GetStreamInfo(&info, f->js, stream, NULL, &code);
    if (s == NATS_OK)
        *ret = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return fleet_say(s, code, stream, err);
}

int fleet_queue_left(struct fleet *f, const struct fleet_queue *q, uint64_t *ret, uint64_t *ret_new, struct error *err)
{
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    int r = count(f, q->stream, ret, err);
    if (r || !ret_new)
        return r;
    natsStatus s = js_GetConsumerInfo(&info, f->js, q->stream, q->consumer, NULL, &code);
    if (s == NATS_NOT_FOUND || code == JSConsumerNotFoundErr)
        *ret_new = *ret; /* nobody took any */
    else if (s == NATS_OK)
        *ret_new = info->NumPending;
    else
        r = fleet_say(s, code, q->consumer, err);
    jsConsumerInfo_Destroy(info);
    return r;
}

int fleet_queue_sweep(struct fleet *f, const struct fleet_queue *q, bool (*is_done)(void *ctx, struct str job), void *ctx, struct error *err)
{
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus s = js_GetStreamInfo(&info, f->js, q->stream, NULL, &code);
    const uint64_t first = s == NATS_OK ? info->State.FirstSeq : 0, last = s == NATS_OK && info->State.Msgs ? info->State.LastSeq : 0;
    jsStreamInfo_Destroy(info);
    for (uint64_t i = first; s == NATS_OK && i && i <= last && i < first + FLEET_SWEEP_MAX; i++) {
        natsMsg *m = NULL;
        s = js_GetMsg(&m, f->js, q->stream, i, NULL, &code);
        if (s == NATS_OK && is_done(ctx, str_n(natsMsg_GetData(m), (size_t)natsMsg_GetDataLength(m))))
            s = js_DeleteMsg(f->js, q->stream, i, NULL, &code);
        natsMsg_Destroy(m);
        if (s == NATS_NOT_FOUND || code == JSNoMessageFoundErr || code == JSSequenceNotFoundErr)
            s = NATS_OK; /* it went meanwhile */
    }
    return fleet_say(s, code, q->stream, err);
}

/* The consumer is one for all who take; it stays when they go, and lies where the stream does. */
static int subscribe(struct fleet *f, const struct fleet_queue *q, struct error *err)
{
    jsSubOptions o;
    jsErrCode code = 0;
    (void)jsSubOptions_Init(&o);
    o.Stream = q->stream;
    o.Config.AckPolicy = js_AckExplicit;
    o.Config.AckWait = (q->ack_seconds ? q->ack_seconds : FLEET_ACK_SECONDS) * SECOND;
    o.Config.MaxDeliver = -1; /* who takes it counts, and says why it is dead */
    o.Config.MaxAckPending = 100'000;
    natsStatus s = js_PullSubscribe(&f->pulling, f->js, q->subject, q->consumer, NULL, &o, &code);
    return fleet_say(s, code, q->consumer, err);
}

int fleet_queue_take(struct fleet *f, const struct fleet_queue *q, int milliseconds, struct fleet_job **ret, struct error *err)
{
    natsMsgList list = {};
    jsErrCode code = 0;
    jsMsgMetaData *meta = NULL;
    int r = f->pulling ? 0 : subscribe(f, q, err);
    if (r < 0)
        return r;
    natsStatus s = natsSubscription_Fetch(&list, f->pulling, 1, milliseconds, &code);
    /* while the library connects again in the background, nothing comes as from an empty queue */
    if ((s == NATS_TIMEOUT || s == NATS_NOT_FOUND) && natsConnection_Status(f->connection) != NATS_CONN_STATUS_CONNECTED)
        return error_set(err, -ENOTCONN, "NATS: no server of the queue is there");
    if (s == NATS_TIMEOUT || s == NATS_NOT_FOUND)
        return 1;
    if (s == NATS_INVALID_SUBSCRIPTION) {
        natsSubscription_Destroy(f->pulling);
        f->pulling = NULL;
    }
    if (s != NATS_OK)
        return fleet_say(s, code, N_("no job can be taken"), err);
    struct fleet_job *j = xnew(struct fleet_job);
    j->message = list.Msgs[0];
    list.Msgs[0] = NULL;
    natsMsgList_Destroy(&list);
    s = natsMsg_GetMetaData(&meta, j->message);
    if (s == NATS_OK) {
        j->times = meta->NumDelivered;
        j->number = meta->Sequence.Stream;
    }
    jsMsgMetaData_Destroy(meta);
    if (s != NATS_OK) {
        fleet_job_free(j);
        return fleet_say(s, 0, N_("a job without its number"), err);
    }
    *ret = j;
    return 0;
}

struct str fleet_job_bytes(const struct fleet_job *j)
{
    return str_n(natsMsg_GetData(j->message), (size_t)natsMsg_GetDataLength(j->message));
}

uint64_t fleet_job_times(const struct fleet_job *j)
{
    return j->times;
}

uint64_t fleet_job_number(const struct fleet_job *j)
{
    return j->number;
}

int fleet_job_keep(struct fleet_job *j)
{
    return fleet_say(natsMsg_InProgress(j->message, NULL), 0, "a job cannot be kept", NULL);
}

int fleet_job_done(struct fleet_job *j, struct error *err)
{
    natsStatus s = NATS_OK;
    jsErrCode code = 0;
    for (int i = 0; i < ACK_TRIES; i++) {
        s = natsMsg_AckSync(j->message, NULL, &code);
        if (s == NATS_OK)
            return 0;
    }
    return fleet_say(s, code, N_("a job cannot be ended"), err);
}

int fleet_job_again(struct fleet_job *j, unsigned seconds)
{
    return fleet_say(natsMsg_NakWithDelay(j->message, seconds * 1000LL, NULL), 0, "a job cannot be given back", NULL);
}

int fleet_job_die(struct fleet *f, const struct fleet_queue *q, struct fleet_job *j, const char *why, struct error *err)
{
    natsMsg *m = NULL;
    jsPubOptions o;
    jsErrCode code = 0;
    char id[32];
    struct str bytes = fleet_job_bytes(j);
    (void)jsPubOptions_Init(&o);
    (void)snprintf(id, sizeof(id), "dead-%llu", (unsigned long long)j->number); /* once, also when its end is not heard */
    o.MsgId = id;
    natsStatus s = natsMsg_Create(&m, q->dead_subject, NULL, bytes.p, (int)bytes.n);
    if (s == NATS_OK)
        s = natsMsgHeader_Set(m, "Davy-Why", why);
    if (s == NATS_OK)
        s = js_PublishMsg(NULL, f->js, m, &o, &code);
    natsMsg_Destroy(m);
    return s == NATS_OK ? fleet_job_done(j, err) : fleet_say(s, code, q->dead_subject, err);
}

struct fleet_job *fleet_job_free(struct fleet_job *j)
{
    if (!j)
        return NULL;
    natsMsg_Destroy(j->message);
    free(j);
    return NULL;
}
