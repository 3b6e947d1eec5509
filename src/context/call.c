// SPDX-License-Identifier: Apache-2.0
#include "context/call.h"

#include "event/record_kind.h"

static const struct param params[] = {
#define PARAM(event, position, name, kind, words, from)                                                                \
    {name, EVENT_##event, position, sizeof(name) - 1, PARAM_##kind, WORDS_##words, FROM_##from},
#include "event/param.def"
#undef PARAM
};
enum { N_PARAMS = sizeof(params) / sizeof(params[0]) };

static const struct {
    uint16_t type;
    uint8_t category, flags;
} rows[] = {
#define CALL(event, category, flags) {EVENT_##event, CATEGORY_##category, flags},
#include "context/call.def"
#undef CALL
};
enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

struct str call_category_word(enum call_category c)
{
    static const char *const words[CATEGORY__N] = {
        [CATEGORY_OTHER] = "other",     [CATEGORY_FILE] = "file",         [CATEGORY_NET] = "net",
        [CATEGORY_IPC] = "IPC",         [CATEGORY_MEMORY] = "memory",     [CATEGORY_PROCESS] = "process",
        [CATEGORY_SLEEP] = "sleep",     [CATEGORY_SYSTEM] = "system",     [CATEGORY_SIGNAL] = "signal",
        [CATEGORY_USER] = "user",       [CATEGORY_TIME] = "time",         [CATEGORY_WAIT] = "wait",
        [CATEGORY_INTERNAL] = "internal", [CATEGORY_IO_READ] = "unknown", [CATEGORY_IO_WRITE] = "unknown",
        [CATEGORY_IO_OTHER] = "unknown",
    };
    return str_from(words[c]);
}

static void add_param(struct call *c, const struct param *p)
{
    if (!c->n_params)
        c->params = p;
    c->n_params++;
    if (p->words == WORDS_OPEN)
        c->open_flags = (int8_t)p->position;
    if (p->kind == PARAM_OCT32)
        c->open_mode = (int8_t)p->position;
    if (p->kind != PARAM_FSPATH && p->kind != PARAM_FSRELPATH)
        return;
    /* The program's path of an exec is the kernel's word for it: no path that the call was given. */
    if (p->from != FROM_BLOCK)
        return;
    unsigned which = c->path[0] >= 0;
    if (c->path[which] >= 0)
        return;
    c->path[which] = (int8_t)p->position;
    /* The descriptor of a relative path stands before it. */
    if (p->kind == PARAM_FSRELPATH)
        c->dir[which] = (int8_t)(p->position - 1);
}

void calls_init(struct call calls[EVENT__N])
{
    for (int t = 0; t < EVENT__N; t++) {
        int kind = record_kind_of((enum event_type)t);
        calls[t] = (struct call){
            .path = {-1, -1}, .dir = {-1, -1}, .open_flags = -1, .open_mode = -1, .traits = (uint8_t)record_kind_traits((enum event_type)t)};
        if (kind >= 0 && kind < RECORD_KIND_OTHER)
            calls[t].flags = CALL_IS_SYSCALL;
    }
    for (int i = 0; i < N_ROWS; i++) {
        calls[rows[i].type].category = rows[i].category;
        calls[rows[i].type].flags |= rows[i].flags;
    }
    for (int i = 0; i < N_PARAMS; i++)
        add_param(&calls[params[i].type], &params[i]);
}

const struct param *call_param(const struct call *c, struct str name)
{
    for (unsigned i = 0; i < c->n_params; i++)
        if (c->params[i].name_n == name.n && !memcmp(c->params[i].name, name.p, name.n))
            return &c->params[i];
    return NULL;
}
