// SPDX-License-Identifier: Apache-2.0
#include "log/text.h"

#include "base/cleanup.h"

static const struct {
    const char *name;
    enum value_type type;
} TEXTS[TEXT__N] = {
#define TEXT(id, name, type) [TEXT_##id] = {name, VALUE_##type},
#include "log/text.def"
#undef TEXT
};

const char *text_name(enum text_id id)
{
    return TEXTS[id].name;
}

enum value_type text_type(enum text_id id)
{
    return TEXTS[id].type;
}

void text_reset(struct text *t)
{
    memset(t->v, 0, sizeof(t->v));
    t->url = t->server = STR_NULL;
    t->time_ns = 0;
    t->repeat = 1;
    t->n_nets = 0;
}

void text_str(struct text *t, enum text_id id, struct str s)
{
    if (s.n && !str_eq(s, STR("-")))
        t->v[id] = VALUE_OF_STR(s);
}

void text_uint(struct text *t, enum text_id id, uint64_t v)
{
    t->v[id] = (struct value){.type = TEXTS[id].type, .u = v};
}

bool text_ip(struct text *t, enum text_id id, struct str s)
{
    struct net net;
    if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
        s = str_sub(s, 1, s.n - 1);
    /* of a link: fe80::1%eth0 */
    const ptrdiff_t zone = str_find(s, STR("%"), 0);
    s = zone > 0 ? str_sub(s, 0, (size_t)zone) : s;
    static const struct str mapped = {"::ffff:", 7};
    if (s.n > mapped.n && str_eq_nocase(str_sub(s, 0, mapped.n), mapped) && str_has(s, STR(".")))
        s = str_sub(s, mapped.n, s.n);
    if (t->n_nets == ARRAY_SIZE(t->nets) || str_has(s, STR("/")) || !net_from_str(s, &net))
        return false;
    t->nets[t->n_nets] = net;
    t->v[id] = (struct value){.type = VALUE_IP, .net = &t->nets[t->n_nets++]};
    return true;
}

bool text_u64(struct text *t, enum text_id id, struct str s)
{
    uint64_t u;
    if (!str_to_u64(s, &u) || (TEXTS[id].type == VALUE_PORT && u > 65535))
        return false;
    text_uint(t, id, u);
    return true;
}
