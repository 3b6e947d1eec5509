// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Containers as records of the stream: the context asks about a control group that it knows nothing of
 * (context_ask.container), and what is found becomes a record that the loop puts into the stream, for the
 * context and for the capture alike.
 *
 *     context_options.ask = {.container = container_records_ask, .ctx = records, …}
 *     poll(container_records_fd(records)) → container_records_take(records, now, give, ctx)
 */
#include "event/record.h"
#include "source/container/asker.h"

struct container_records;

/* Keeps a copy of *stores, whose descriptors stay the caller's. -errno with text. */
int container_records_new(const struct container_stores *stores, struct container_records **ret,
                          struct error *err);
struct container_records *container_records_free(struct container_records *c);
DEFINE_CLEANUP(struct container_records *, container_records_free)

/*
 * For context_ask.container; ctx is the struct container_records. Asks, unless it was asked a second ago of
 * the stream's time, and returns NULL: the answer comes by the stream. Never waits; cheap enough for every
 * event.
 */
const struct record *container_records_ask(void *ctx, const struct record *about, struct str cgroup);
/*
 * Asks about a process that begins a program or was there before watching began (a record with RECORD_CGROUP), so that its
 * container is known before its first event. Once for each control group; the answer is waited for up to wait_ms, and every few of
 * them `meanwhile` (NULL: nothing) is called. True: there is one, which container_records_take() gives, or there will be none.
 */
bool container_records_ahead(struct container_records *c, const struct record *process, unsigned wait_ms, void (*meanwhile)(void *ctx), void *ctx);
/*
 * The same of one whose turn has not come: asks and does not wait. Of containers that start in a burst each is then looked for when it starts, and not
 * when those before it are done, by when it may be over.
 */
void container_records_notice(struct container_records *c, const struct record *process);
/* Readable while there are answers. */
int container_records_fd(const struct container_records *c);
/*
 * Gives what was found as RECORD_CONTAINER (RECORD_CGROUP where it is known, RECORD_JSON), each valid until
 * the function returns. Returns how many, or what the function returned when that was not 0. time_ns is the
 * stream's time now (CLOCK_BOOTTIME).
 */
int container_records_take(struct container_records *c, uint64_t time_ns,
                           int (*give)(void *ctx, const struct record *r), void *ctx);
struct container_asker_stats container_records_stats(struct container_records *c);
