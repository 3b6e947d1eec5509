// SPDX-License-Identifier: Apache-2.0
#include "context/services.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/vec.h"

enum {
    ENTRY_BYTES = 4096,
    ENTRIES_MAX = 2 * UINT16_MAX, /* every port of both protocols */
};

struct service {
    uint16_t port;
    uint8_t l4proto;
    struct str name;
};

struct services {
    struct arena arena;
    VEC(struct service) all;
};

struct services *services_new(void)
{
    struct services *s = xnew(struct services);
    struct servent entry, *found;
    char room[ENTRY_BYTES];
    setservent(1);
    while (s->all.n < ENTRIES_MAX && !getservent_r(&entry, room, sizeof(room), &found) && found) {
        uint8_t l4proto = !strcmp(entry.s_proto, "tcp") ? IPPROTO_TCP : !strcmp(entry.s_proto, "udp") ? IPPROTO_UDP : 0;
        uint16_t port = ntohs((uint16_t)entry.s_port);
        /* Of two names the first counts, as for getservbyport(3). */
        if (l4proto && !services_name(s, port, l4proto).n)
            vec_add(&s->all, ((struct service){port, l4proto, arena_str(&s->arena, str_from(entry.s_name))}));
    }
    endservent();
    return s;
}

struct services *services_free(struct services *s)
{
    if (!s)
        return NULL;
    arena_done(&s->arena);
    vec_done(&s->all);
    free(s);
    return NULL;
}

struct str services_name(const struct services *s, uint16_t port, uint8_t l4proto)
{
    for (size_t i = 0; i < s->all.n; i++)
        if (s->all.v[i].port == port && s->all.v[i].l4proto == l4proto)
            return s->all.v[i].name;
    return STR_NULL;
}
