// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "fleet/private.h"

enum { SERVERS_MAX = 64, RECONNECT_MS = 250, STEP_MS = 500 };

static void sleep_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&t, NULL);
}

const char *fleet_name(const char *urls, char *buf, size_t size)
{
    size_t n = 0;
    buf[0] = 0;
    for (const char *p = urls; *p && n + 1 < size;) {
        const char *end = strchr(p, ','), *slashes = strstr(p, "://");
        const size_t length = end ? (size_t)(end - p) : strlen(p);
        const char *at = memrchr(p, '@', length), *from = slashes && at && slashes < at ? slashes + 3 : p;
        const char *colon = at ? memchr(from, ':', (size_t)(at - from)) : NULL;
        /* one word before the @ is a token, and as secret as a password */
        const int written = at ? snprintf(buf + n, size - n, "%.*s…%.*s", (int)((colon ? colon + 1 : from) - p), p, (int)(p + length - at), at)
                               : snprintf(buf + n, size - n, "%.*s", (int)length, p);
        n += written > 0 ? (size_t)written : 0;
        p += length;
        if (*p == ',' && n + 1 < size) {
            buf[n++] = *p++;
            buf[n] = 0;
        }
    }
    return buf;
}

int fleet_say(natsStatus s, jsErrCode code, const char *what, struct error *err)
{
    what = _(what);
    switch (s) {
    case NATS_OK:
        return 0;
    case NATS_TIMEOUT:
        return error_set(err, -ETIMEDOUT, "NATS: %s: no answer in time", what);
    case NATS_NO_SERVER:
    case NATS_CONNECTION_CLOSED:
    case NATS_CONNECTION_DISCONNECTED:
    case NATS_IO_ERROR:
        return error_set(err, -ENOTCONN, "NATS: %s: no server answers (%s)", what, natsStatus_GetText(s));
    case NATS_NO_RESPONDERS:
        return error_set(err, code ? -EIO : -ENOTCONN, "NATS: %s: nobody answers; is JetStream on (`nats-server --jetstream`)?", what);
    default:
        if (code == JSNotEnabledErr || code == JSNotEnabledForAccountErr)
            return error_set(err, -ENOTSUP, "NATS: %s: the server has no JetStream; start it with --jetstream", what);
        return error_set(err, code == JSClusterNotAvailErr || code == JSClusterNotLeaderErr ? -ENOTCONN : -EIO, "NATS: %s: %s (%d)", what,
                         natsStatus_GetText(s), (int)code);
    }
}

/* NATS takes a list of addresses. */
static natsStatus set_servers(natsOptions *o, const char *urls)
{
    _cleanup_free_ char *text = xstrdup(urls);
    const char *servers[SERVERS_MAX];
    int n = 0;
    for (char *state = NULL, *one = strtok_r(text, ", ", &state); one && n < SERVERS_MAX; one = strtok_r(NULL, ", ", &state))
        servers[n++] = one;
    return n ? natsOptions_SetServers(o, servers, n) : NATS_INVALID_ARG;
}

static natsStatus make_options(natsOptions **ret, const char *urls, const char *name)
{
    natsOptions *o = NULL;
    natsStatus s = natsOptions_Create(&o);
    if (s == NATS_OK)
        s = set_servers(o, urls);
    if (s == NATS_OK)
        s = natsOptions_SetName(o, name);
    if (s == NATS_OK)
        s = natsOptions_SetMaxReconnect(o, -1);
    if (s == NATS_OK)
        s = natsOptions_SetReconnectWait(o, RECONNECT_MS);
    if (s == NATS_OK)
        s = natsOptions_SetTimeout(o, FLEET_CALL_MS);
    if (s == NATS_OK)
        *ret = o;
    else
        natsOptions_Destroy(o);
    return s;
}

int fleet_open(const char *urls, const char *name, struct fleet **ret, struct error *err)
{
    char shown[256];
    natsOptions *o = NULL;
    struct fleet *f = xnew(struct fleet);
    natsStatus s = make_options(&o, urls, name);
    if (s != NATS_OK) {
        fleet_close(f);
        return error_set(err, -EINVAL, "`%s` names no NATS server; write nats://HOST:4222, several parted by commas", fleet_name(urls, shown, sizeof(shown)));
    }
    for (int waited = 0;; waited += STEP_MS) {
        s = natsConnection_Connect(&f->connection, o);
        if (s == NATS_OK || s == NATS_INVALID_ARG || s == NATS_CONNECTION_AUTH_FAILED || waited >= FLEET_OPEN_SECONDS * 1000)
            break;
        sleep_ms(STEP_MS);
    }
    natsOptions_Destroy(o);
    if (s == NATS_OK) {
        jsOptions js;
        (void)jsOptions_Init(&js);
        js.Wait = FLEET_CALL_MS;
        s = natsConnection_JetStream(&f->js, f->connection, &js);
    }
    if (s != NATS_OK) {
        fleet_close(f);
        return error_set(err, -ENOTCONN, "NATS: %s: %s", fleet_name(urls, shown, sizeof(shown)), natsStatus_GetText(s));
    }
    *ret = f;
    return 0;
}

struct fleet *fleet_close(struct fleet *f)
{
    if (!f)
        return NULL;
    natsSubscription_Destroy(f->pulling);
    jsCtx_Destroy(f->js);
    natsConnection_Destroy(f->connection);
    free(f);
    return NULL;
}

/* Of the cluster, as far as they are known: the servers tell each client of all. */
static int count_servers(struct fleet *f)
{
    char **servers = NULL;
    int n = 0;
    if (natsConnection_GetDiscoveredServers(f->connection, &servers, &n) != NATS_OK)
        return 1;
    for (int i = 0; i < n; i++)
        free(servers[i]);
    free(servers);
    if (natsConnection_GetServers(f->connection, &servers, &n) != NATS_OK)
        return 1;
    for (int i = 0; i < n; i++)
        free(servers[i]);
    free(servers);
    return n;
}

/* A cluster that is being started has no leader for some seconds. */
static bool may_pass(natsStatus s, jsErrCode code)
{
    return s == NATS_TIMEOUT || s == NATS_NO_RESPONDERS || s == NATS_CONNECTION_DISCONNECTED || code == JSClusterNotAvailErr || code == JSClusterNotLeaderErr ||
           code == JSClusterNoPeersErr || code == JSInsufficientResourcesErr;
}

int fleet_stream_make(struct fleet *f, jsStreamConfig *config, struct error *err)
{
    natsStatus s = NATS_OK;
    jsErrCode code = 0;
    config->Replicas = count_servers(f) >= FLEET_COPIES ? FLEET_COPIES : 1;
    for (int waited = 0; waited < FLEET_OPEN_SECONDS * 1000; waited += STEP_MS) {
        jsStreamInfo *info = NULL;
        code = 0;
        s = js_GetStreamInfo(&info, f->js, config->Name, NULL, &code);
        jsStreamInfo_Destroy(info);
        if (s == NATS_OK)
            return 0;
        if (s == NATS_NOT_FOUND || code == JSStreamNotFoundErr) {
            code = 0;
            s = js_AddStream(NULL, f->js, config, NULL, &code);
            if (code == JSStreamReplicasNotSupportedErr)
                config->Replicas = 1;
            else if (s == NATS_OK)
                return 0;
            else if (code != JSStreamNameExistErr && !may_pass(s, code))
                break;
        } else if (!may_pass(s, code)) {
            break;
        }
        sleep_ms(STEP_MS);
    }
    return fleet_say(s, code, config->Name, err);
}
