// SPDX-License-Identifier: Apache-2.0
/* What lists say becomes facts: set where a list names something, unset where none does. */
#include "harness/test.h"
#include "inspect/inspect.h"
#include "inspect/listed.h"

#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"
#define SHA1_ABC "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

enum { DAY = 86400 };

struct look {
    struct intel *intel;
    struct inspector *in;
    struct facts f;
};

static void look_done(struct look *l)
{
    facts_done(&l->f);
    inspector_free(l->in);
    intel_free(l->intel);
}

static void look_init(struct look *l, const char *digests_name, const char *digests, const char *category, const char *names)
{
    struct error err = ERROR_NULL;
    l->intel = intel_new(UINT64_C(20'785) * DAY * 1'000'000'000U); /* 2026-11-28 */
    if ((digests && intel_add_digests_text(l->intel, digests_name, str_from(digests), &err) < 0) ||
        (names && intel_add_names_text(l->intel, "n", str_from(category), str_from(names), &err) < 0))
        test_fail(__FILE__, __LINE__, "%s", err.text);
    intel_seal(l->intel);
    if (inspector_new(&(struct inspect_options){.intel = l->intel}, &l->in, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    facts_init(&l->f);
}

static void look_at(struct look *l, struct str content)
{
    facts_reset(&l->f, EVENT_FILE, 0);
    facts_str(&l->f, F_FILE_PATH, STR("/x"));
    CHECK_INT(inspector_bytes(l->in, content, &l->f), 0);
}

static bool list_has(const struct facts *f, enum field_id id, const char *text)
{
    const struct value *v = facts_get(f, id);
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        if (str_is(v->list.v[i].s, text))
            return true;
    return false;
}

TEST(a_listed_file_is_told_and_its_neighbour_is_not)
{
    _cleanup_(look_done) struct look l = {};
    look_init(&l, "a.hdb", MD5_ABC ":3:Test.Name\n", NULL, NULL);
    look_at(&l, STR("abc"));
    CHECK_STR(facts_get_str(&l.f, F_FILE_LISTED), "bad");
    CHECK_STR(facts_get_str(&l.f, F_FILE_MD5), MD5_ABC);
    CHECK(list_has(&l.f, F_FILE_LISTED_NAMES, "Test.Name") && list_has(&l.f, F_FILE_LISTED_SOURCES, "a.hdb"));
    CHECK(!facts_has(&l.f, F_FILE_ALLOWED) && !facts_has(&l.f, F_FILE_SHA1));
    look_at(&l, STR("abd"));
    CHECK(!facts_has(&l.f, F_FILE_LISTED) && !facts_has(&l.f, F_FILE_LISTED_NAMES) && !facts_has(&l.f, F_FILE_LISTED_SOURCES));
    CHECK(facts_has(&l.f, F_FILE_MD5)); /* of the size that the list asks for */
    look_at(&l, STR("abcd"));
    CHECK(!facts_has(&l.f, F_FILE_MD5)); /* no entry has that size: not computed */
}

TEST(digests_over_many_windows)
{
    _cleanup_(look_done) struct look l = {};
    struct error err = ERROR_NULL;
    struct strbuf text = {};
    strbuf_pad(&text, 'a', 1'000'000); /* FIPS 180-2, appendix A.3 */
    look_init(&l, "a.hsb", "34aa973cd4c4daa4f61eeb2bdbad27316534016f:1000000:A.Million\n", NULL, NULL);
    inspector_free(l.in);
    CHECK_INT(inspector_new(&(struct inspect_options){.intel = l.intel, .window_bytes = 100'000}, &l.in, &err), 0);
    look_at(&l, strbuf_str(&text));
    CHECK_STR(facts_get_str(&l.f, F_FILE_LISTED), "bad");
    CHECK_STR(facts_get_str(&l.f, F_FILE_SHA1), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    strbuf_done(&text);
}

TEST(an_allow_list_takes_back)
{
    _cleanup_(look_done) struct look l = {};
    look_init(&l, "a.fp", SHA256_ABC ":3:fine\n", NULL, NULL);
    look_at(&l, STR("abc"));
    CHECK(facts_get(&l.f, F_FILE_ALLOWED)->b && !facts_has(&l.f, F_FILE_LISTED));
}

TEST(what_is_unwrapped_is_known_too)
{
    _cleanup_(look_done) struct look l = {};
    /* sha256 of "DAVY TEST IMITATION of an inner text that is listed\n" */
    struct strbuf list = {};
    struct arena a = {};
    static const char inner[] = "DAVY TEST IMITATION of an inner text that is listed\n";
    uint8_t digest[SHA256_BYTES];
    sha256_once(inner, sizeof(inner) - 1, digest);
    strbuf_printf(&list, "%.*s;inner\n", STR_ARG(hex_encode(&a, digest, sizeof(digest))));
    look_init(&l, "a.txt", list.p, NULL, NULL);
    struct str text = arena_printf(&a, "#!/bin/sh\necho %.*s | base64 -d | sh\n",
                                   STR_ARG(base64_encode_unpadded(&a, inner, sizeof(inner) - 1)));
    look_at(&l, text);
    CHECK_STR(facts_get_str(&l.f, F_FILE_LISTED), "bad");
    bool noted = false;
    for (size_t i = 0; i < l.f.n_notes; i++)
        noted |= l.f.notes[i].field == F_FILE_LISTED_NAMES && str_is(l.f.notes[i].via, "base64");
    CHECK(noted);
    look_at(&l, STR("#!/bin/sh\necho nothing\n"));
    CHECK(!facts_has(&l.f, F_FILE_LISTED));
    strbuf_done(&list);
    arena_done(&a);
}

TEST(listed_names_stand_where_they_were_seen)
{
    _cleanup_(look_done) struct look l = {};
    look_init(&l, NULL, NULL, "mining", "pool.listed.example\n203.0.114.0/24\n");
    look_at(&l, STR("#!/bin/sh\ncurl http://honest.example/x\ncurl http://eu.pool.listed.example:3333/\ncurl http://203.0.114.9/\n"));
    CHECK(list_has(&l.f, F_CONTENT_LISTED, "eu.pool.listed.example (mining)") && list_has(&l.f, F_CONTENT_LISTED, "203.0.114.9 (mining)"));
    CHECK(list_has(&l.f, F_CONTENT_CATEGORIES, "mining") && !facts_has(&l.f, F_CONTENT_CONTEXT));
    CHECK_INT(facts_get(&l.f, F_CONTENT_LISTED_COUNT)->u, 2);
    unsigned lines = 0;
    for (size_t i = 0; i < l.f.n_notes; i++)
        if (l.f.notes[i].field == F_CONTENT_LISTED)
            lines = lines * 10 + l.f.notes[i].line;
    CHECK_INT(lines, 34);
    look_at(&l, STR("#!/bin/sh\ncurl http://pool.listed.example.org/ http://203.0.115.9/\n"));
    CHECK(!facts_has(&l.f, F_CONTENT_LISTED) && !facts_has(&l.f, F_CONTENT_LISTED_COUNT) && !facts_has(&l.f, F_CONTENT_CATEGORIES));
}

TEST(lists_that_are_context_or_old_are_kept_apart)
{
    _cleanup_(look_done) struct look context = {}, old = {};
    look_init(&context, NULL, NULL, "dynamic-dns", "# kind: context\nlisted.example\n");
    look_at(&context, STR("see http://a.listed.example/\n"));
    CHECK(list_has(&context.f, F_CONTENT_CONTEXT, "dynamic-dns") && !facts_has(&context.f, F_CONTENT_CATEGORIES));
    look_init(&old, NULL, NULL, "mining", "# expires: 2026-11-27\nlisted.example\n");
    look_at(&old, STR("see http://a.listed.example/\n"));
    CHECK(list_has(&old.f, F_CONTENT_CONTEXT, "mining") && !facts_has(&old.f, F_CONTENT_CATEGORIES));
}

TEST(images_are_known_at_every_level)
{
    static const struct {
        enum field_id field;
        bool is_list;
    } levels[] = {{F_IMAGE_DIGEST, false}, {F_IMAGE_CONFIG_DIGEST, false}, {F_IMAGE_LAYER_DIGESTS, true}, {F_IMAGE_DIFF_IDS, true}};
    _cleanup_(look_done) struct look l = {};
    look_init(&l, "a.txt", "# source: acme\nsha256:" SHA256_ABC "\n", "c2", "registry.listed.example\n");
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        facts_reset(&l.f, EVENT_IMAGE, 0);
        if (levels[i].is_list) {
            (void)facts_add(&l.f, levels[i].field, STR("sha256:00"));
            (void)facts_add(&l.f, levels[i].field, STR("sha256:" SHA256_ABC));
        } else {
            facts_str(&l.f, levels[i].field, STR("sha256:" SHA256_ABC));
        }
        listed_image(l.intel, &l.f);
        CHECK_STR(facts_get_str(&l.f, F_IMAGE_LISTED), "bad");
        CHECK(list_has(&l.f, F_IMAGE_LISTED_SOURCES, "acme") && list_has(&l.f, F_IMAGE_LISTED_NAMES, "a digest"));
    }
    facts_reset(&l.f, EVENT_IMAGE, 0);
    facts_str(&l.f, F_IMAGE_DIGEST, STR("sha256:" "ca7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    facts_str(&l.f, F_IMAGE_REGISTRY, STR("registry.listed.example"));
    listed_image(l.intel, &l.f);
    CHECK(!facts_has(&l.f, F_IMAGE_LISTED) && !facts_has(&l.f, F_IMAGE_LISTED_NAMES) && !facts_has(&l.f, F_IMAGE_LISTED_SOURCES));
    CHECK(list_has(&l.f, F_CONTENT_CATEGORIES, "c2"));
    listed_image(NULL, &l.f);
}

TEST(peers_of_processes)
{
    _cleanup_(look_done) struct look l = {}, context = {};
    look_init(&l, NULL, NULL, "sinkhole", "192.0.2.0/24\n2001:db8::/32\n");
    facts_reset(&l.f, EVENT_PROCESS, 0);
    (void)facts_add(&l.f, F_PROC_PEERS, STR("198.51.100.1:443/tcp"));
    listed_peers(l.intel, &l.f);
    CHECK(!facts_has(&l.f, F_PROC_PEERS_LISTED) && !facts_has(&l.f, F_PROC_PEERS_CATEGORIES) && !facts_has(&l.f, F_PROC_PEERS_CONTEXT));
    (void)facts_add(&l.f, F_PROC_PEERS, STR("192.0.2.9:443/tcp"));
    (void)facts_add(&l.f, F_PROC_PEERS, STR("[2001:db8::7]:80/tcp"));
    listed_peers(l.intel, &l.f);
    CHECK(list_has(&l.f, F_PROC_PEERS_LISTED, "192.0.2.9 (sinkhole)") && list_has(&l.f, F_PROC_PEERS_LISTED, "2001:db8::7 (sinkhole)"));
    CHECK(list_has(&l.f, F_PROC_PEERS_CATEGORIES, "sinkhole"));
    look_init(&context, NULL, NULL, "tor", "# kind: context\n192.0.2.9\n");
    facts_reset(&context.f, EVENT_PROCESS, 0);
    (void)facts_add(&context.f, F_PROC_PEERS, STR("192.0.2.9:443/tcp"));
    listed_peers(context.intel, &context.f);
    CHECK(list_has(&context.f, F_PROC_PEERS_CONTEXT, "tor") && !facts_has(&context.f, F_PROC_PEERS_CATEGORIES));
}
