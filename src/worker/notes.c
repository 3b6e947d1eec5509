// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "event/facts_codec.h"
#include "worker/notes.h"

bool notes_is_around(enum field_id id)
{
    struct str name = str_from(FIELDS[id].name);
    return str_starts(name, STR("image.")) || str_starts(name, STR("layer.")) || str_starts(name, STR("target."));
}

void notes_add_head(struct strbuf *b, uint64_t unpacked, struct str unpacked_digest)
{
    wire_add_u64(b, unpacked);
    wire_add_str(b, unpacked_digest);
}

void notes_add_entry(struct strbuf *b, const struct image_entry *e)
{
    wire_add_u64(b, NOTE_ENTRY);
    wire_add_str(b, e->path);
    wire_add_u64(b, e->type);
}

void notes_add_accounts(struct strbuf *b, struct str content)
{
    wire_add_u64(b, NOTE_ACCOUNTS);
    wire_add_str(b, content);
}

void notes_add_facts(struct strbuf *b, const struct facts *f)
{
    wire_add_u64(b, NOTE_FACTS);
    facts_encode_without(f, notes_is_around, b);
}

int notes_open(struct notes *n, struct str bytes)
{
    *n = (struct notes){.left.left = bytes};
    n->unpacked = wire_u64(&n->left);
    n->unpacked_digest = wire_str(&n->left);
    return n->left.bad ? -EBADMSG : 0;
}

int notes_peek(struct notes *n, enum note_kind *ret)
{
    if (!n->has_next && (n->left.bad || !n->left.left.n))
        return 1;
    if (!n->has_next)
        n->next = (enum note_kind)wire_below(&n->left, NOTE__N);
    n->has_next = !n->left.bad;
    *ret = n->next;
    return n->has_next ? 0 : 1;
}

void notes_entry(struct notes *n, struct image_entry *e)
{
    n->has_next = false;
    e->raw_path = wire_str(&n->left);
    e->type = (enum entry_type)wire_below(&n->left, ENTRY_BLOCK_DEVICE + 1);
}

struct str notes_accounts(struct notes *n)
{
    n->has_next = false;
    return wire_str(&n->left);
}

int notes_facts(struct notes *n, struct facts *f)
{
    n->has_next = false;
    return facts_decode(f, &n->left);
}
