// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include "base/cleanup.h"
#include "sandbox/phonebook.h"

enum { FIRST = 16 }; /* of the network's addresses */
static const uint8_t V4_NET[4] = {198, 18, 0, 0};
static const uint8_t V6_NET[6] = {0x20, 0x01, 0x00, 0x02, 0x00, 0x00};

/* Names that mean an address of their own, wherever they are asked for. */
static const struct {
    const char *name, *address;
} KNOWN[] = {{"metadata.google.internal", "169.254.169.254"}, {"metadata", "169.254.169.254"}, {"localhost", "127.0.0.1"}};

void phonebook_done(struct phonebook *n)
{
    map_done(&n->by_name);
    vec_done(&n->list);
    arena_done(&n->arena);
}

static struct str folded(struct phonebook *n, struct str name)
{
    char *p = arena_alloc(&n->arena, name.n + 1);
    for (size_t i = 0; i < name.n; i++)
        p[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + ('a' - 'A') : name.p[i]);
    return str_n(p, name.n);
}

static size_t index_of(struct phonebook *n, struct str name)
{
    bool is_new;
    struct map_entry *e = map_get(&n->by_name, name);
    if (e)
        return (size_t)e->u64;
    if (n->list.n >= NAMES_MAX)
        return NAMES_MAX - 1;
    e = map_put(&n->by_name, name, &is_new);
    e->u64 = n->list.n;
    vec_add(&n->list, name);
    return n->list.n - 1;
}

void phonebook_address(struct phonebook *n, struct str name, struct in_addr *v4, struct in6_addr *v6)
{
    const struct str key = folded(n, str_sub(name, 0, NAME_BYTES_MAX));
    uint8_t bytes[4];
    memset(v6, 0, sizeof(*v6));
    for (size_t i = 0; i < ARRAY_SIZE(KNOWN); i++)
        if (str_is(key, KNOWN[i].name)) {
            (void)inet_pton(AF_INET, KNOWN[i].address, v4);
            v6->s6_addr[10] = v6->s6_addr[11] = 0xff;
            memcpy(v6->s6_addr + 12, v4, 4);
            return;
        }
    const uint32_t at = (uint32_t)index_of(n, key) + FIRST;
    memcpy(bytes, V4_NET, 4);
    bytes[1] = (uint8_t)(bytes[1] + (at >> 16));
    bytes[2] = (uint8_t)(at >> 8);
    bytes[3] = (uint8_t)at;
    memcpy(v4, bytes, 4);
    memcpy(v6->s6_addr, V6_NET, sizeof(V6_NET));
    v6->s6_addr[14] = (uint8_t)(at >> 8);
    v6->s6_addr[15] = (uint8_t)at;
}

struct str phonebook_name(const struct phonebook *n, const struct in6_addr *address)
{
    const uint8_t *b = address->s6_addr;
    uint32_t at = UINT32_MAX;
    if (IN6_IS_ADDR_V4MAPPED(address) && b[12] == V4_NET[0] && b[13] == V4_NET[1])
        at = (uint32_t)b[14] << 8 | b[15];
    else if (!memcmp(b, V6_NET, sizeof(V6_NET)))
        at = (uint32_t)b[14] << 8 | b[15];
    return at >= FIRST && at - FIRST < n->list.n ? n->list.v[at - FIRST] : STR_NULL;
}
