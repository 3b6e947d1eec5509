// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the files of the room share. Inside the room only. */
#include <nats/nats.h>

#include "fleet/fleet.h"

struct fleet {
    natsConnection *connection;
    jsCtx *js;
    natsSubscription *pulling; /* of the one queue that jobs are taken from */
};

/* From a status of NATS and JetStream to an error, with what was being done. */
int fleet_say(natsStatus s, jsErrCode code, const char *what, struct error *err);
/* Makes the stream with as many copies as there are nodes for, or leaves the one that is there. */
int fleet_stream_make(struct fleet *f, jsStreamConfig *config, struct error *err);
