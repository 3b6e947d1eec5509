// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/cleanup.h"
#include "event/facts_codec.h"
#include "harness/test.h"

static void fill(struct facts *f)
{
    facts_reset(f, EVENT_FILE, 77);
    facts_str(f, F_FILE_PATH, STR("/a\0\xff"));
    facts_str(f, F_FILE_NAME, STR_NULL);
    facts_bool(f, F_FILE_IS_EXEC, true);
    facts_uint(f, F_FILE_SIZE, UINT64_MAX);
    facts_uint(f, F_FILE_MTIME, 12345678901234567U);
    facts_double(f, F_FILE_ENTROPY, 7.25);
    for (size_t i = 0; i < FACTS_LIST_MAX + 5; i++) {
        char host[32];
        (void)snprintf(host, sizeof(host), "h%zu.example", i);
        facts_add(f, F_CONTENT_HOSTS, str_from(host));
    }
    facts_add_uint(f, F_HOST_HIDDEN_PIDS, 4);
    facts_add(f, F_PROC_ANAME, STR("sh"));
    facts_add(f, F_PROC_ANAME, STR("sh"));
    facts_note(f, &(struct note){.field = F_FILE_PATH, .value = STR("v"), .excerpt = STR("e"), .via = STR("base64"),
                                 .offset = 1ULL << 40, .line = 3, .column = 9});
}

TEST(facts_come_back_as_they_were)
{
    _cleanup_(facts_done) struct facts a = {}, b = {};
    _cleanup_(strbuf_done) struct strbuf bytes = {}, again = {};
    facts_init(&a);
    facts_init(&b);
    fill(&a);
    facts_encode(&a, &bytes);
    struct wire w = {.left = strbuf_str(&bytes)};
    CHECK_INT(facts_decode(&b, &w), 0);
    CHECK(!w.left.n);
    CHECK_INT(b.event.type, EVENT_FILE);
    CHECK_INT(b.event.time_ns, 77);
    CHECK(str_eq(facts_get_str(&b, F_FILE_PATH), STR("/a\0\xff")));
    CHECK(facts_has(&b, F_FILE_NAME));
    CHECK(!facts_has(&b, F_FILE_MODE));
    CHECK(facts_get(&b, F_FILE_ENTROPY)->d == 7.25);
    CHECK_INT(facts_get(&b, F_CONTENT_HOSTS)->list.n, FACTS_LIST_MAX);
    CHECK_INT(facts_get(&b, F_PROC_ANAME)->list.n, 2);
    CHECK_INT(b.n_lost, 5);
    CHECK_INT(b.n_notes, 1);
    CHECK_STR(b.notes[0].via, "base64");
    facts_encode(&b, &again);
    CHECK(str_eq(strbuf_str(&bytes), strbuf_str(&again)));
    /* and they can be added to */
    CHECK(facts_add(&b, F_PROC_ANAME, STR("sshd")));
    CHECK(facts_add_uint(&b, F_HOST_HIDDEN_PIDS, 5));
}

/* Any prefix is refused; any other single byte gives facts or is refused, and nothing worse. */
TEST(damaged_bytes_do_no_harm)
{
    _cleanup_(facts_done) struct facts a = {}, b = {};
    _cleanup_(strbuf_done) struct strbuf bytes = {};
    facts_init(&a);
    facts_init(&b);
    facts_reset(&a, EVENT_FILE, 1);
    facts_str(&a, F_FILE_PATH, STR("/etc/passwd"));
    facts_add(&a, F_SECRET_KINDS, STR("k"));
    facts_note(&a, &(struct note){.field = F_SECRET_KINDS, .value = STR("k")});
    facts_encode(&a, &bytes);
    for (size_t n = 0; n < bytes.n; n++) {
        struct wire w = {.left = str_sub(strbuf_str(&bytes), 0, n)};
        CHECK_INT(facts_decode(&b, &w), -EBADMSG);
    }
    size_t refused = 0;
    for (size_t i = 0; i < bytes.n; i++)
        for (int x = 1; x < 256; x++) {
            bytes.p[i] = (char)(bytes.p[i] ^ x);
            struct wire w = {.left = strbuf_str(&bytes)};
            refused += facts_decode(&b, &w) < 0;
            bytes.p[i] = (char)(bytes.p[i] ^ x);
        }
    CHECK(refused > bytes.n * 100);
}

TEST(values_must_have_their_fields_type)
{
    _cleanup_(facts_done) struct facts f = {};
    _cleanup_(strbuf_done) struct strbuf b = {};
    facts_init(&f);
    /* a list for a field that is none */
    wire_add_u64(&b, EVENT_FILE);
    wire_add_u64(&b, 0);
    wire_add_u64(&b, 1);
    wire_add_u64(&b, F_FILE_SIZE * 2 + 1);
    wire_add_u64(&b, 0);
    wire_add_u64(&b, 0);
    wire_add_u64(&b, 0);
    struct wire w = {.left = strbuf_str(&b)};
    CHECK_INT(facts_decode(&f, &w), -EBADMSG);
    CHECK(facts_codec_version() == facts_codec_version());
}
