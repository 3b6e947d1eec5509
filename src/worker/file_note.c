// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <zstd.h>

#include "event/facts_codec.h"
#include "inspect/inspect.h"
#include "worker/file_note.h"
#include "worker/notes.h"

enum { LEVEL = 3 }; /* what members say is alike: most of it is their digests */

bool file_note_is_of_entry(enum field_id id)
{
    switch (id) {
    case F_FILE_NAME:
    case F_FILE_DIR:
    case F_FILE_EXT:
    case F_FILE_IS_HIDDEN:
    case F_FILE_ORIGIN:
    case F_FILE_TYPE:
    case F_FILE_SIZE:
    case F_FILE_MODE:
    case F_FILE_UID:
    case F_FILE_GID:
    case F_FILE_MTIME:
    case F_FILE_CTIME:
    case F_FILE_CTIME_AHEAD:
    case F_FILE_IS_EXEC:
    case F_FILE_IS_SUID:
    case F_FILE_IS_SGID:
    case F_FILE_IS_IMMUTABLE:
    case F_FILE_IS_APPEND_ONLY:
    case F_FILE_LINK_TARGET:
    case F_FILE_XATTRS:
    case F_FILE_CAPABILITIES:
    case F_FILE_CAPABILITIES_EFFECTIVE:
    case F_FILE_CAPABILITIES_INHERITABLE:
    case F_FILE_CAPABILITIES_ROOTID:
        return true;
    default:
        break;
    }
    return notes_is_around(id);
}

static bool key_of(const struct facts *f, struct str machine, struct str digest, uint8_t ret[SHA256_BYTES])
{
    const struct value *uid = facts_get(f, F_FILE_UID), *size = facts_get(f, F_FILE_SIZE);
    struct str path = facts_get_str(f, F_FILE_PATH);
    if (!path.n || !digest.n || uid->type != VALUE_UINT || size->type != VALUE_UINT)
        return false;
    struct strbuf b = {};
    wire_add_str(&b, machine);
    wire_add_str(&b, path);
    wire_add_u64(&b, uid->u);
    wire_add_u64(&b, size->u);
    wire_add_str(&b, digest);
    sha256_once(b.p, b.n, ret);
    strbuf_done(&b);
    return true;
}

bool file_note_key(const struct facts *f, struct str machine, uint8_t ret[SHA256_BYTES])
{
    struct str digest = facts_get_str(f, F_FILE_SHA256);
    return digest.n == SHA256_HEX && key_of(f, machine, digest, ret);
}

/* Bytes are no digits: the two kinds of keys are never the same. */
bool file_note_key_of_head(const struct facts *f, struct str machine, const uint8_t head[SHA256_BYTES], uint8_t ret[SHA256_BYTES])
{
    return key_of(f, machine, str_n(head, SHA256_BYTES), ret);
}

/*
 * An archive that took too long or too much, or that a library could not read, which may have lacked memory for it: another look at the same
 * bytes may tell more. What else is wrong with an archive, its bytes tell each time.
 */
static bool was_in_a_mood(const struct facts *f)
{
    static const char *const MOODS[] = {"time", "memory", "corrupt", NULL};
    const struct value *v = facts_get(f, F_ARCHIVE_PROBLEMS);
    bool was = false;
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        was |= str_is_any(v->list.v[i].s, MOODS);
    return was;
}

bool file_note_is_worth(const struct facts *f)
{
    const struct value *partial = facts_get(f, F_FILE_PARTIAL), *size = facts_get(f, F_FILE_SIZE);
    bool in_windows = size->type == VALUE_UINT && size->u > INSPECT_WINDOW_BYTES && !facts_has(f, F_FILE_HOLES);
    return f->event.type == EVENT_FILE && str_is(facts_get_str(f, F_FILE_TYPE), "regular") && partial->type == VALUE_BOOL &&
           (!partial->b || in_windows) && !facts_has(f, F_FILE_PROBLEMS) && !was_in_a_mood(f);
}

void file_note_add(struct strbuf *b, const struct facts *f, struct str members)
{
    facts_encode_without(f, file_note_is_of_entry, b);
    wire_add_u64(b, members.n);
    if (!members.n)
        return;
    const size_t most = ZSTD_compressBound(members.n);
    strbuf_reserve(b, most);
    b->n += ZSTD_compress(b->p + b->n, most, members.p, members.n, LEVEL); /* with so much room it does not fail */
}

/* What a member has of the file that it came from. */
static bool is_of_file(enum field_id id)
{
    return id == F_FILE_ORIGIN || notes_is_around(id);
}

void file_note_add_member(struct strbuf *b, const struct facts *f)
{
    facts_encode_without(f, is_of_file, b);
}

/* What is left of the note is members that take n bytes, or nothing. */
static int unpack(struct str packed, uint64_t n, struct strbuf *ret)
{
    strbuf_clear(ret);
    if (n > FILE_NOTE_MEMBERS_BYTES)
        return -EBADMSG;
    strbuf_reserve(ret, n);
    if (n && ZSTD_decompress(ret->p, n, packed.p, packed.n) != n)
        return -EBADMSG;
    ret->n = n;
    return 0;
}

int file_note_take(struct str note, struct str path, struct str sha256, struct facts *f, struct strbuf *ret_members)
{
    struct wire w = {.left = note};
    int r = facts_decode(f, &w);
    if (r < 0)
        return r;
    const uint64_t n = wire_u64(&w);
    if (w.bad || (!n && w.left.n) || (ret_members && unpack(w.left, n, ret_members) < 0))
        return -EBADMSG;
    bool same = f->event.type == EVENT_FILE && str_eq(facts_get_str(f, F_FILE_PATH), path) &&
                str_eq(facts_get_str(f, F_FILE_SHA256), sha256);
    return same ? 0 : -EBADMSG;
}

int file_note_member(struct str *members, struct str path, struct facts *f)
{
    struct wire w = {.left = *members};
    if (!members->n)
        return 1;
    int r = facts_decode(f, &w);
    if (r < 0)
        return r;
    *members = w.left;
    bool is_its = f->event.type == EVENT_FILE && str_eq(facts_get_str(f, F_FILE_CONTAINER), path) && !facts_has(f, F_LAYER_INDEX);
    return is_its ? 0 : -EBADMSG;
}
