// SPDX-License-Identifier: Apache-2.0
/* What events say together with those before them (event/field_state.def). */
#include "base/kthread.h"
#include "context/field_live.h"
#include "context/protocol.h"
#include "context/tls.h"

static int give_double(struct value *ret, double d)
{
    *ret = (struct value){.type = VALUE_DOUBLE, .d = d};
    return 1;
}

/* ---- files of keys, accounts and rights ---- */

static int give_entries(struct live_event *e, enum config_side side, struct value *ret)
{
    enum { MAX = 64 };
    struct str texts[MAX];
    struct value *v = jot_values(&e->jot, MAX);
    size_t n = config_entries(&e->config, side, texts, MAX);
    n = n < MAX ? n : MAX;
    for (size_t i = 0; v && i < n; i++)
        v[i] = VALUE_OF_STR(texts[i]);
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return v && n;
}

int live_config(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    if (e->event.type != EVENT_CONFIG_CHANGE)
        return 0;
    switch (ref->id) {
    case F_CONFIG_PATH:
        return give_str(ret, config_path(e->record));
    case F_CONFIG_KIND:
        return give_str(ret, config_kind(e->record));
    case F_CONFIG_ADDED:
        return give_entries(e, CONFIG_ADDED, ret);
    case F_CONFIG_REMOVED:
        return give_entries(e, CONFIG_REMOVED, ret);
    case F_CONFIG_CHANGED:
        return give_entries(e, CONFIG_CHANGED, ret);
    case F_CONFIG_ROOTS:
        return give_entries(e, CONFIG_ROOTS, ret);
    case F_CONFIG_N_ADDED:
        return give_uint(ret, config_entries(&e->config, CONFIG_ADDED, NULL, 0));
    case F_CONFIG_N_REMOVED:
        return give_uint(ret, config_entries(&e->config, CONFIG_REMOVED, NULL, 0));
    default:
        return give_uint(ret, config_entries(&e->config, CONFIG_KEPT, NULL, 0));
    }
}

/* ---- programs ---- */

int live_download(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct state_download *d = &e->state.download;
    if (!e->state.is_downloaded)
        return 0;
    return ref->id == F_EXEC_DOWNLOAD_BY ? give_str(ret, str_from(d->by)) : give_u(ret, VALUE_DURATION, d->age_ns);
}

int live_script(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct state_download *d = &e->state.script;
    if (!e->state.script_path.n)
        return 0;
    return ref->id == F_EXEC_SCRIPT      ? give_str(ret, e->state.script_path)
           : ref->id == F_EXEC_SCRIPT_BY ? give_str(ret, str_from(d->by))
                                         : give_u(ret, VALUE_DURATION, d->age_ns);
}

/* A thread of the kernel has neither program nor command line. */
int live_kthread(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = e->process ? e->process->command : NULL;
    (void)ref;
    if (!c || !c->exepath_n)
        return 0;
    return give_bool(ret, kthread_like(str_from(e->process->comm), command_exe(c)));
}

/* What was read or written, at most its first RECORD_DATA_MAX bytes. */
int live_data_protocol(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct str data = live_text(e, RECORD_DATA);
    const struct str word = data.n ? protocol_of(data) : STR_NULL;
    (void)ref;
    return word.n ? give_str(ret, word) : 0;
}

/* ---- processor time ---- */

int live_cpu(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct state_cpu *c = e->state.cpu;
    if (!c)
        return 0;
    const uint64_t observed = c->last_ns - c->first_ns;
    switch (ref->id) {
    case F_CPU_OBSERVED:
        return give_u(ret, VALUE_DURATION, observed);
    case F_CPU_MEAN:
        return give_double(ret, 100.0 * (double)c->used_ns / (double)observed);
    case F_CPU_ACTIVE:
        return give_double(ret, 100.0 * (double)c->active_ns / (double)observed);
    case F_CPU_BURSTS:
        return give_uint(ret, c->bursts);
    default:
        return c->bursts ? give_u(ret, VALUE_DURATION, c->active_ns / c->bursts) : 0;
    }
}

/* ---- peers ---- */

int live_peer(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const bool is_upload = ref->id == F_UPLOAD_COUNT || ref->id == F_UPLOAD_MEAN || ref->id == F_UPLOAD_SPREAD;
    const struct state_peer *p = is_upload ? e->state.upload : e->state.beacon;
    if (!p)
        return 0;
    switch (ref->id) {
    case F_BEACON_COUNT:
    case F_UPLOAD_COUNT:
        return give_uint(ret, p->of.n);
    case F_BEACON_INTERVAL:
        return p->of.n ? give_u(ret, VALUE_DURATION, (uint64_t)p->of.mean) : 0;
    case F_UPLOAD_MEAN:
        return give_uint(ret, (uint64_t)p->of.mean);
    default:
        return p->of.n > 1 ? give_double(ret, running_spread(&p->of)) : 0;
    }
}

int live_dns_known(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return e->state.is_question ? give_u(ret, VALUE_DURATION, e->state.known_for_ns) : 0;
}

/* ---- renames ---- */

int live_renames(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct state_renames *n = e->state.renames;
    if (!n)
        return 0;
    switch (ref->id) {
    case F_RENAMES_COUNT:
        return give_uint(ret, n->n);
    case F_RENAMES_SAME:
        return give_uint(ret, n->same);
    default:
        return n->ending[0] ? give_str(ret, str_from(n->ending)) : 0;
    }
}

/* ---- processes that are hidden ---- */

int live_hidden(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct str how = e->event.type == EVENT_HIDDEN_PROCESS ? live_text(e, RECORD_PARAM) : STR_NULL;
    (void)ref;
    return how.n ? give_str(ret, how) : 0;
}

/* ---- keys ---- */

int live_keys(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct state_keys *k = e->state.keys;
    if (!k)
        return 0;
    switch (ref->id) {
    case F_KEYS_READ_PATH:
        return give_str(ret, str_from(k->path));
    case F_KEYS_READ_BY:
        return give_str(ret, str_from(k->by));
    case F_KEYS_READ_IS_SELF:
        return give_bool(ret, e->state.keys_is_self);
    default:
        return give_u(ret, VALUE_DURATION, e->record->time_ns > k->at_ns ? e->record->time_ns - k->at_ns : 0);
    }
}

/* ---- files written anew ---- */

int live_rewrite(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    enum { ENTROPY = 1, RANDOM = 2, FORMAT = 4 };
    if (e->event.type != EVENT_REWRITE)
        return 0;
    const struct str path = live_text(e, RECORD_PARAM);
    const struct record_block *entropy = e->index.v[RECORD_PARAM + ENTROPY], *random = e->index.v[RECORD_PARAM + RANDOM];
    switch (ref->id) {
    case F_REWRITE_PATH:
        return path.n ? give_str(ret, path) : 0;
    case F_REWRITE_ENTROPY:
        return entropy ? give_double(ret, (double)record_number(entropy) / 1000) : 0;
    case F_REWRITE_IS_RANDOM:
        return random ? give_bool(ret, record_number(random) != 0) : 0;
    case F_REWRITE_FORMAT: {
        const struct str format = live_text(e, RECORD_PARAM + FORMAT);
        return format.n ? give_str(ret, format) : 0;
    }
    case F_REWRITE_BY:
        return e->state.made_by ? give_str(ret, str_from(e->state.made_by)) : 0;
    case F_REWRITE_REPLACED:
        return give_uint(ret, e->state.replaced);
    case F_REWRITE_COUNT:
        return give_uint(ret, e->state.rewritten);
    default:
        return give_uint(ret, e->state.random);
    }
}

/* ---- TLS ---- */

int live_tls(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct tls_hello h;
    const struct str data = live_text(e, RECORD_DATA);
    if (!data.n || !tls_hello_read(data, &h))
        return 0;
    if (ref->id == F_TLS_HAS_ALPN)
        return h.has_alpn || h.is_whole ? give_bool(ret, h.has_alpn) : 0;
    if (!h.sni.n)
        return 0;
    const size_t from = jot_begin(&e->jot);
    for (size_t i = 0; i < h.sni.n; i++)
        jot_char(&e->jot, h.sni.p[i] >= 'A' && h.sni.p[i] <= 'Z' ? (char)(h.sni.p[i] | 0x20) : h.sni.p[i]);
    const struct str name = jot_end(&e->jot, from);
    return ref->id == F_TLS_SNI ? give_str(ret, name) : give_bool(ret, state_is_asked(e->context->state, name, e->record->time_ns));
}
