// SPDX-License-Identifier: Apache-2.0
/* What a worker that was taken over may send, and notes that were altered: records, facts, entries of layers. */
#include <assert.h>

#include "event/facts_codec.h"
#include "worker/desk.h"
#include "worker/file_note.h"
#include "worker/notes.h"

static void read_records(struct str bytes, struct facts *facts)
{
    struct inbox in = {.fd = -1};
    struct record r;
    strbuf_add(&in.bytes, bytes);
    while (!inbox_take(&in, &r)) {
        struct wire w = {.left = r.body};
        if (r.kind == RECORD_EVENT)
            (void)facts_decode(facts, &w);
        assert(r.body.n <= bytes.n);
    }
    inbox_done(&in);
}

static void read_notes(struct str bytes, struct facts *facts)
{
    struct notes n;
    enum note_kind kind;
    if (notes_open(&n, bytes) < 0)
        return;
    while (!notes_peek(&n, &kind)) {
        struct image_entry e = {};
        if (kind == NOTE_ENTRY)
            notes_entry(&n, &e);
        else if (kind == NOTE_ACCOUNTS)
            (void)notes_accounts(&n);
        else if (notes_facts(&n, facts) < 0)
            return;
    }
}

/* Notes of a file with members, and the members. */
static void read_file_note(struct str bytes, struct facts *facts)
{
    struct strbuf members = {};
    if (!file_note_take(bytes, STR("/a.jar"), STR(""), facts, &members))
        for (struct str left = strbuf_str(&members); left.n && !file_note_member(&left, STR("/a.jar"), facts);)
            ;
    strbuf_done(&members);
}

/* Facts that were read are written and read again as the same bytes. */
static void read_facts(struct str bytes, struct facts *facts)
{
    struct strbuf once = {}, twice = {};
    struct wire w = {.left = bytes};
    if (facts_decode(facts, &w) == 0) {
        facts_encode(facts, &once);
        w = (struct wire){.left = strbuf_str(&once)};
        assert(facts_decode(facts, &w) == 0 && !w.left.n);
        facts_encode(facts, &twice);
        assert(str_eq(strbuf_str(&once), strbuf_str(&twice)));
    }
    strbuf_done(&once);
    strbuf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct facts facts;
    facts_init(&facts);
    read_records(str_n(data, n), &facts);
    read_notes(str_n(data, n), &facts);
    read_facts(str_n(data, n), &facts);
    read_file_note(str_n(data, n), &facts);
    facts_done(&facts);
    return 0;
}
