// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "harness/test.h"
#include "inspect/inspect.h"
#include "inspect/scan_facts.h"
#include "worker/file_note.h"

static const char DIGEST[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* An entry that has something to tell for every field. */
static void state(struct facts *f)
{
    static const struct str XATTRS[] = {{"user.x", 6}};
    static const struct image_layer LAYER = {.index = 2, .digest = {"sha256:1", 8}, .diff_id = {"sha256:2", 8}};
    const struct image_info info = {.ref = STR("a/b:c"), .manifest_digest = STR("sha256:3"), .config_digest = STR("sha256:4"),
                                    .os = STR("linux"), .arch = STR("amd64")};
    const struct image_entry e = {
        .path = STR("/opt/.x/run.sh"),
        .type = ENTRY_REGULAR,
        .size = 7,
        .mode = 06755,
        .uid = 1000,
        .gid = 100,
        .mtime_ns = 5,
        .ctime_ns = 9,
        .is_immutable = true,
        .is_append_only = true,
        .link_target = STR("elsewhere"),
        .xattrs = XATTRS,
        .n_xattrs = 1,
        .layer = &LAYER,
        .state = LAYER_DELETED,
        .hidden_by = 3,
    };
    facts_reset(f, EVENT_FILE, 1);
    scan_facts_image_short(f, &info, info.ref);
    scan_facts_entry(f, &e, "layer");
    scan_facts_layer(f, &e, 3, STR("COPY . /"));
}

TEST(a_note_holds_what_was_found_and_nothing_of_the_entry)
{
    struct facts f, back;
    struct strbuf b = {}, members = {};
    facts_init(&f);
    facts_init(&back);
    state(&f);
    facts_str(&f, F_FILE_SHA256, STR(DIGEST));
    facts_bool(&f, F_FILE_PARTIAL, false);
    CHECK(file_note_is_worth(&f));
    facts_str(&f, F_SCRIPT_INTERPRETER, STR("sh"));
    facts_note(&f, &(struct note){.field = F_SCRIPT_INTERPRETER, .value = STR("sh"), .line = 1});
    file_note_add(&b, &f, STR_NULL);
    CHECK_INT(file_note_take(strbuf_str(&b), STR("/opt/.x/run.sh"), STR(DIGEST), &back, &members), 0);
    CHECK_INT(members.n, 0);
    size_t n = 0;
    for (int i = 0; i < FIELD__N; i++)
        n += back.values[i].type != VALUE_NONE;
    CHECK_INT(n, 4); /* path, digest, partial, interpreter */
    CHECK_STR(facts_get_str(&back, F_SCRIPT_INTERPRETER), "sh");
    CHECK_INT(back.n_notes, 1);
    /* of another file, or of other content */
    CHECK(file_note_take(strbuf_str(&b), STR("/opt/.x/run"), STR(DIGEST), &back, &members) < 0);
    CHECK(file_note_take(strbuf_str(&b), STR("/opt/.x/run.sh"), STR("0"), &back, &members) < 0);
    CHECK(file_note_take(str_sub(strbuf_str(&b), 0, b.n - 1), STR("/opt/.x/run.sh"), STR(DIGEST), &back, &members) < 0);
    strbuf_addc(&b, 0); /* no members, whatever it is */
    CHECK(file_note_take(strbuf_str(&b), STR("/opt/.x/run.sh"), STR(DIGEST), &back, &members) < 0);
    strbuf_clear(&b);
    file_note_add(&b, &f, STR("x"));
    CHECK_INT(file_note_take(strbuf_str(&b), STR("/opt/.x/run.sh"), STR(DIGEST), &back, &members), 0);
    struct str no_member = strbuf_str(&members);
    CHECK_STR(no_member, "x");
    CHECK(file_note_member(&no_member, STR("/opt/.x/run.sh"), &back) < 0);
    strbuf_done(&b);
    strbuf_done(&members);
    facts_done(&f);
    facts_done(&back);
}

/* A member of /opt/.x/run.sh, as far as this test goes. */
static void state_member(struct facts *f, const char *name)
{
    state(f);
    facts_str(f, F_FILE_PATH, arena_printf(&f->arena, "/opt/.x/run.sh!%s", name));
    facts_str(f, F_FILE_CONTAINER, STR("/opt/.x/run.sh"));
    facts_bool(f, F_FILE_PARTIAL, false);
}

TEST(members_follow_their_archive)
{
    struct facts f, back;
    struct strbuf b = {}, own = {}, unpacked = {};
    struct str path = STR("/opt/.x/run.sh");
    facts_init(&f);
    facts_init(&back);
    for (int i = 0; i < 2; i++) {
        state_member(&f, i ? "b/c" : "a");
        CHECK(file_note_is_worth(&f));
        file_note_add_member(&own, &f);
    }
    state(&f);
    facts_str(&f, F_FILE_SHA256, STR(DIGEST));
    file_note_add(&b, &f, strbuf_str(&own));
    CHECK_INT(file_note_take(strbuf_str(&b), path, STR(DIGEST), &back, NULL), 0);
    CHECK_INT(file_note_take(strbuf_str(&b), path, STR(DIGEST), &back, &unpacked), 0);
    CHECK(!facts_has(&back, F_FILE_MODE));
    CHECK(str_eq(strbuf_str(&unpacked), strbuf_str(&own)));
    const struct str all = strbuf_str(&unpacked);
    struct str members = all;
    CHECK_INT(file_note_member(&members, path, &back), 0);
    CHECK_STR(facts_get_str(&back, F_FILE_PATH), "/opt/.x/run.sh!a");
    CHECK_INT(facts_get(&back, F_FILE_MODE)->u, 06755); /* its own, in the archive */
    CHECK(!facts_has(&back, F_FILE_ORIGIN) && !facts_has(&back, F_LAYER_INDEX) && !facts_has(&back, F_IMAGE_REF));
    CHECK_INT(file_note_member(&members, path, &back), 0);
    CHECK_STR(facts_get_str(&back, F_FILE_PATH), "/opt/.x/run.sh!b/c");
    CHECK_INT(file_note_member(&members, path, &back), 1);
    /* of another archive, or cut */
    members = all;
    CHECK(file_note_member(&members, STR("/opt/.x/run"), &back) < 0);
    members = str_sub(all, 0, all.n - 1);
    CHECK_INT(file_note_member(&members, path, &back), 0);
    CHECK(file_note_member(&members, path, &back) < 0);
    /* packed bytes that are cut, and more of them than there are */
    CHECK(file_note_take(str_sub(strbuf_str(&b), 0, b.n - 1), path, STR(DIGEST), &back, &unpacked) < 0);
    strbuf_addc(&b, 0);
    CHECK(file_note_take(strbuf_str(&b), path, STR(DIGEST), &back, &unpacked) < 0);
    strbuf_done(&b);
    strbuf_done(&own);
    strbuf_done(&unpacked);
    facts_done(&f);
    facts_done(&back);
}

TEST(a_key_stands_for_all_that_analyzers_ask_for)
{
    struct facts f;
    uint8_t first[SHA256_BYTES], other[SHA256_BYTES];
    facts_init(&f);
    state(&f);
    CHECK(!file_note_key(&f, STR("x86_64"), first));
    facts_str(&f, F_FILE_SHA256, STR(DIGEST));
    CHECK(file_note_key(&f, STR("x86_64"), first));
    facts_uint(&f, F_FILE_MTIME, 77);
    CHECK(file_note_key(&f, STR("x86_64"), other) && !memcmp(first, other, sizeof(first)));
    CHECK(file_note_key(&f, STR("aarch64"), other) && memcmp(first, other, sizeof(first)) != 0);
    CHECK(file_note_key_of_head(&f, STR("x86_64"), first, other) && memcmp(first, other, sizeof(first)) != 0);
    uint8_t head[SHA256_BYTES];
    CHECK(file_note_key_of_head(&f, STR("x86_64"), other, head) && memcmp(head, other, sizeof(head)) != 0);
    facts_uint(&f, F_FILE_UID, 0);
    CHECK(file_note_key(&f, STR("x86_64"), other) && memcmp(first, other, sizeof(first)) != 0);
    facts_done(&f);
}

TEST(what_depends_on_more_is_not_worth_a_note)
{
    struct facts f;
    facts_init(&f);
    state(&f);
    CHECK(!file_note_is_worth(&f)); /* nobody says that it was read whole */
    facts_bool(&f, F_FILE_PARTIAL, true);
    CHECK(!file_note_is_worth(&f));
    facts_bool(&f, F_FILE_PARTIAL, false);
    CHECK(file_note_is_worth(&f));
    facts_uint(&f, F_ARCHIVE_MEMBERS, 1);
    CHECK(file_note_is_worth(&f));
    facts_add(&f, F_ARCHIVE_PROBLEMS, STR("absolute-path"));
    CHECK(file_note_is_worth(&f)); /* of the same bytes as true next time */
    facts_add(&f, F_ARCHIVE_PROBLEMS, STR("time")); /* elsewhere there might have been enough for all of it */
    CHECK(!file_note_is_worth(&f));
    state(&f);
    facts_uint(&f, F_FILE_SIZE, INSPECT_WINDOW_BYTES + 1); /* its windows are where they always are */
    facts_bool(&f, F_FILE_PARTIAL, true);
    CHECK(file_note_is_worth(&f));
    facts_uint(&f, F_FILE_HOLES, 4096);
    CHECK(!file_note_is_worth(&f));
    state(&f);
    facts_bool(&f, F_FILE_PARTIAL, false);
    facts_add(&f, F_FILE_PROBLEMS, STR("yara-timeout"));
    CHECK(!file_note_is_worth(&f));
    facts_done(&f);
}
