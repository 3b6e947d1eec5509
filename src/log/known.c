// SPDX-License-Identifier: Apache-2.0
#include "log/known.h"

#include <assert.h>

#include "base/cleanup.h"
#include "log/entry.h"
#include "log/services.h"
#include "log/shape.h"
#include "log/unwrap.h"

_Static_assert((int)LOG_FORMAT__N <= 64, "a format is a bit");

#define F(id) (UINT64_C(1) << LOG_##id)
#define G(id) (1U << KNOWN_##id)

static const struct {
    struct str name;
    struct known known;
} LISTED[] = {
#define KNOWN(name, formats, groups) {{name, sizeof(name) - 1}, {formats, groups}},
#include "log/known.def"
#undef KNOWN
};

enum { SLOTS = 1024 }; /* a power of two, several times as many as there are names */

static struct slot {
    struct str name; /* of which nothing: it is free */
    struct known known;
} slots[SLOTS];
static size_t n_names;

static size_t hash_of(struct str name)
{
    const struct shape_name n = shape_name(name.p, name.n);
    return ((n.first ^ n.last * 31 ^ n.n) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % SLOTS;
}

static void add(struct str name, struct known known)
{
    size_t at = hash_of(name);
    while (slots[at].name.n && !str_eq(slots[at].name, name))
        at = (at + 1) % SLOTS;
    n_names += !slots[at].name.n;
    assert(n_names < SLOTS / 2);
    slots[at].name = name;
    slots[at].known.formats |= known.formats;
    slots[at].known.groups |= known.groups;
}

static void add_group(struct str name, enum known_group group)
{
    add(name, (struct known){.groups = 1U << group});
}

static void add_format(struct str name, enum log_format f)
{
    add(name, (struct known){.formats = UINT64_C(1) << f});
}

static void fill(void)
{
    services_names(add_format);
    for (size_t i = 0; i < ARRAY_SIZE(LISTED); i++)
        add(LISTED[i].name, LISTED[i].known);
    log_unwrap_names(add_group);
    entry_names(add_group);
}

struct known known_names(struct node object)
{
    /* what needs no name: nothing is known of it but that it is an object */
    struct known k = {.formats = F(JSON)};
    if (!n_names)
        fill();
    if (node_kind(object) != NODE_OBJECT)
        return k;
    for (struct node_each e = node_each(object); node_next(&e);) {
        if (!e.name.n)
            continue;
        for (size_t at = hash_of(e.name); slots[at].name.n; at = (at + 1) % SLOTS)
            if (str_eq(slots[at].name, e.name)) {
                k.formats |= slots[at].known.formats;
                k.groups |= slots[at].known.groups;
                break;
            }
        if (e.name.n >= 5 && !memcmp(e.name.p + e.name.n - 5, "ethod", 5)) /* method, however it is spelled */
            k.groups |= G(WEB);
    }
    return k;
}
