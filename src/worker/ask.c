// SPDX-License-Identifier: Apache-2.0
/* Single questions: a text or an open file goes to a serving worker, facts come back. */
#include <errno.h>
#include <poll.h>

#include "base/alloc.h"
#include "base/stop.h"
#include "event/facts_codec.h"
#include "worker/fd_content.h"
#include "worker/private.h"
#include "worker/request.h"

static int start_server(struct workers *ws)
{
    struct role role;
    int socket;
    int r = child_start(&ws->server, &ws->options, true, &role, &socket);
    if (r > 0)
        role_serve(&role, socket);
    return r;
}

/* Reads until the answer is there. 0; 1 when the worker ended over the question; negative. */
static int await_answer(struct workers *ws, struct facts *facts, uint64_t numbers[3])
{
    struct record record;
    for (;;) {
        int r = inbox_take(&ws->server.in, &record);
        struct wire w = {.left = record.body};
        if (r < 0)
            return r;
        if (!r && record.kind == RECORD_END) {
            for (size_t i = 0; i < 3; i++)
                numbers[i] = wire_u64(&w);
            return w.bad ? -EBADMSG : -(int)(numbers[0] < 4096 ? numbers[0] : EIO);
        }
        if (!r && record.kind == RECORD_EVENT) {
            if (facts_decode(facts, &w) < 0)
                return -EBADMSG;
            continue;
        }
        if (!r)
            return -EBADMSG;
        struct pollfd p = {.fd = ws->server.in.fd, .events = POLLIN};
        if (poll(&p, 1, WORKERS_TICK_MS) < 0 && errno != EINTR)
            return -errno;
        if (p.revents && inbox_read(&ws->server.in, WORKERS_READ_BYTES)) {
            (void)child_ended(&ws->server);
            return 1;
        }
        if (stop_signal())
            return -EINTR;
        child_watch(&ws->server, true, ws->options.stall_seconds);
    }
}

static int ask(struct workers *ws, struct str text, int fd, struct facts *facts, uint64_t numbers[3], struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf encoded = {};
    int r = ws->server.pid ? 0 : start_server(ws);
    if (r < 0)
        return error_errno(err, r, "cannot start a worker");
    facts_encode(facts, &encoded);
    r = request_send(ws->server.socket, &(struct request){.facts = strbuf_str(&encoded), .text = text, .fd = fd});
    if (!r)
        r = await_answer(ws, facts, numbers);
    else
        r = 1;
    if (r > 0) {
        struct wire w = {.left = strbuf_str(&encoded)};
        const char *problem = ws->server.problem ? ws->server.problem : "parser-died";
        child_stop(&ws->server);
        r = facts_decode(facts, &w);
        (void)facts_add(facts, F_FILE_PROBLEMS, str_from(problem));
        numbers[2] = EIO;
    }
    if (r < 0) /* its answer may still come, and belongs to no later question */
        child_stop(&ws->server);
    return r < 0 ? error_errno(err, r, "a worker") : 0;
}

int workers_text(struct workers *ws, struct str text, struct facts *facts, struct error *err)
{
    uint64_t numbers[3] = {};
    if (ws->options.in_process)
        return inspector_text(ws->options.inspector, text, facts);
    return ask(ws, text, -1, facts, numbers, err);
}

int workers_file(struct workers *ws, int fd, struct facts *facts, uint64_t *ret_bytes, int *ret_error, struct error *err)
{
    uint64_t numbers[3] = {};
    int r;
    if (ws->options.in_process) {
        _cleanup_free_ struct fd_content *content = xnew(struct fd_content);
        content->fd = fd;
        r = inspector_file(ws->options.inspector, &(struct content_source){content, fd_content_read}, facts);
        *ret_bytes = content->n;
        *ret_error = content->error;
        return r < 0 ? r : 0;
    }
    r = ask(ws, STR_NULL, fd, facts, numbers, err);
    *ret_bytes = numbers[1];
    *ret_error = -(int)(numbers[2] < 4096 ? numbers[2] : EIO);
    return r;
}
