// SPDX-License-Identifier: Apache-2.0
#include "inspect/capability.h"

#include <linux/capability.h>

#include "base/capability.h"
#include "base/cleanup.h"

static uint32_t word(struct str value, size_t i)
{
    const uint8_t *p = (const uint8_t *)value.p + 4 * i;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void add_set(struct facts *f, enum field_id field, uint64_t set)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        if (!(set >> bit & 1))
            continue;
        const char *name = capability_name(bit);
        (void)facts_add(f, field, name ? str_from(name) : arena_printf(&f->arena, "CAP_%u", bit));
    }
}

void capability_facts(struct facts *f, struct str value)
{
    if (value.n < XATTR_CAPS_SZ_1)
        return;
    const uint32_t magic = word(value, 0), revision = magic & VFS_CAP_REVISION_MASK;
    const size_t size = revision == VFS_CAP_REVISION_1   ? XATTR_CAPS_SZ_1
                        : revision == VFS_CAP_REVISION_2 ? XATTR_CAPS_SZ_2
                        : revision == VFS_CAP_REVISION_3 ? XATTR_CAPS_SZ_3
                                                         : 0;
    if (!size || value.n != size)
        return;
    uint64_t permitted = word(value, 1), inheritable = word(value, 2);
    if (revision != VFS_CAP_REVISION_1) {
        permitted |= (uint64_t)word(value, 3) << 32;
        inheritable |= (uint64_t)word(value, 4) << 32;
    }
    add_set(f, F_FILE_CAPABILITIES, permitted);
    add_set(f, F_FILE_CAPABILITIES_INHERITABLE, inheritable);
    facts_bool(f, F_FILE_CAPABILITIES_EFFECTIVE, magic & VFS_CAP_FLAGS_EFFECTIVE);
    if (revision == VFS_CAP_REVISION_3)
        facts_uint(f, F_FILE_CAPABILITIES_ROOTID, word(value, 5));
}
