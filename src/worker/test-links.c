// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include "base/strbuf.h"
#include "event/facts_codec.h"
#include "harness/test.h"
#include "worker/links.h"

static const char DIGEST[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void state(struct facts *f, const char *type, const char *path, uint64_t layer)
{
    facts_reset(f, EVENT_FILE, 1);
    facts_str(f, F_FILE_PATH, str_from(path));
    facts_str(f, F_FILE_TYPE, str_from(type));
    facts_uint(f, F_FILE_SIZE, 0);
    facts_uint(f, F_FILE_MODE, 0644);
    facts_bool(f, F_FILE_IS_EXEC, false);
    facts_uint(f, F_LAYER_INDEX, layer);
}

static void see(struct links *l, struct facts *f)
{
    struct strbuf b = {};
    facts_encode(f, &b);
    links_see(l, f, strbuf_str(&b));
    strbuf_done(&b);
}

static void see_file(struct links *l, struct facts *f, const char *path, uint64_t layer)
{
    state(f, "regular", path, layer);
    facts_uint(f, F_FILE_SIZE, 70);
    facts_bool(f, F_FILE_IS_EXEC, true);
    facts_str(f, F_FILE_SHA256, STR(DIGEST));
    facts_str(f, F_LAYER_STATE, STR("deleted"));
    facts_uint(f, F_LAYER_HIDDEN_BY, 9);
    facts_str(f, F_PERSIST_KIND, STR("web-root"));
    (void)facts_add(f, F_PERSIST_COMMANDS, STR("run"));
    (void)facts_add(f, F_MINER_POOLS, STR("pool.example:1"));
    facts_note(f, &(struct note){.field = F_MINER_POOLS, .value = STR("pool.example:1"), .line = 4});
    see(l, f);
}

static void see_link(struct links *l, struct facts *f, const char *path, const char *target, uint64_t layer)
{
    state(f, "hardlink", path, layer);
    facts_str(f, F_FILE_LINK_TARGET, str_from(target));
    facts_str(f, F_LAYER_STATE, STR("effective"));
    see(l, f);
}

static bool has_content(const struct facts *f)
{
    return facts_has(f, F_FILE_SHA256);
}

TEST(a_link_has_the_content_of_its_file_and_its_own_place)
{
    struct links l = {.is_wanted = true};
    struct facts f;
    facts_init(&f);
    see_file(&l, &f, "/srv/www/a", 2);
    see_link(&l, &f, "/etc/cron.d/b", "./srv//www/a", 2);
    CHECK_STR(facts_get_str(&f, F_FILE_PATH), "/etc/cron.d/b");
    CHECK_STR(facts_get_str(&f, F_FILE_TYPE), "hardlink");
    CHECK_STR(facts_get_str(&f, F_FILE_SHA256), DIGEST);
    CHECK_INT(facts_get(&f, F_FILE_SIZE)->u, 70);
    CHECK(facts_get(&f, F_FILE_IS_EXEC)->b);
    CHECK_STR(facts_get(&f, F_MINER_POOLS)->list.v[0].s, "pool.example:1");
    CHECK_INT(f.n_notes, 1);
    CHECK_INT(f.notes[0].line, 4);
    /* What the file's place and layers said of it is not said of the link's. */
    CHECK_STR(facts_get_str(&f, F_LAYER_STATE), "effective");
    CHECK(!facts_has(&f, F_LAYER_HIDDEN_BY) && !facts_has(&f, F_PERSIST_COMMANDS));
    CHECK_STR(facts_get_str(&f, F_PERSIST_KIND), "cron");
    see_link(&l, &f, "/opt/c", "etc/cron.d/b", 2); /* a link to a link */
    CHECK(has_content(&f) && !facts_has(&f, F_PERSIST_KIND));
    facts_done(&f);
    links_done(&l);
    links_done(&l);
}

TEST(what_is_not_known_stays_as_it_is)
{
    struct links l = {.is_wanted = true};
    struct facts f;
    facts_init(&f);
    see_file(&l, &f, "/a", 2);
    see_link(&l, &f, "/b", "/other", 2);
    CHECK(!has_content(&f));
    see_link(&l, &f, "/b", "a", 1); /* another layer's file of that name */
    CHECK(!has_content(&f));
    see_link(&l, &f, "/b", "a", 2); /* which is forgotten by now */
    CHECK(!has_content(&f));
    see_file(&l, &f, "/a", 2);
    state(&f, "symlink", "/b", 2);
    facts_str(&f, F_FILE_LINK_TARGET, STR("/a"));
    see(&l, &f);
    CHECK(!has_content(&f));
    l.is_wanted = false;
    see_link(&l, &f, "/b", "a", 2);
    CHECK(!has_content(&f));
    facts_done(&f);
    links_done(&l);
}

TEST(a_link_waits_for_the_file_of_a_lower_layer)
{
    struct links l = {.is_wanted = true};
    struct facts f;
    facts_init(&f);
    see_link(&l, &f, "/etc/cron.d/d", "c", 4); /* a link to a link of another layer */
    see_link(&l, &f, "/c", "./a", 3);
    see_link(&l, &f, "/b", "/a", 3);
    see_link(&l, &f, "/e", "a", 2); /* before its file, in one layer */
    see_file(&l, &f, "/other", 2);
    CHECK(!links_next(&l, &f));
    see_file(&l, &f, "/a", 2);
    const char *const want[] = {"/b 3", "/c 3", "/etc/cron.d/d 4"};
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        char is[32];
        CHECK(links_next(&l, &f));
        (void)snprintf(is, sizeof(is), "%s %d", facts_get_str(&f, F_FILE_PATH).p, (int)facts_get(&f, F_LAYER_INDEX)->u);
        CHECK_STR(str_from(is), want[i]);
        CHECK(has_content(&f));
        CHECK_STR(facts_get_str(&f, F_LAYER_STATE), "effective");
    }
    CHECK_STR(facts_get_str(&f, F_PERSIST_KIND), "cron");
    CHECK(!links_next(&l, &f));
    see_file(&l, &f, "/a", 1); /* it is the next one below that a link names */
    CHECK(!links_next(&l, &f));
    facts_done(&f);
    links_done(&l);
}

static void count_lost(void *ctx, struct str what, struct str why)
{
    (void)what;
    CHECK(str_has(why, STR("hard links to files of lower layers")));
    ++*(int *)ctx;
}

TEST(links_that_wait_are_bounded)
{
    struct links l = {.is_wanted = true};
    struct facts f;
    int told = 0;
    facts_init(&f);
    see_link(&l, &f, "/b", "/0", 2);
    links_tell_lost(&l, count_lost, &told);
    CHECK_INT(told, 0);
    for (int i = 0; i < 100000; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "/%d", i);
        see_link(&l, &f, "/b", path, 2);
        CHECK(l.waiting_arena.bytes <= LINKS_WAITING_BYTES_MAX);
    }
    links_tell_lost(&l, count_lost, &told);
    CHECK_INT(told, 1);
    see_file(&l, &f, "/0", 1);
    CHECK(links_next(&l, &f) && links_next(&l, &f) && !links_next(&l, &f));
    facts_done(&f);
    links_done(&l);
}

TEST(members_of_archives_are_no_files_of_the_layer)
{
    struct links l = {.is_wanted = true};
    struct facts f;
    facts_init(&f);
    state(&f, "regular", "/a", 1);
    facts_str(&f, F_FILE_SHA256, STR(DIGEST));
    facts_str(&f, F_FILE_CONTAINER, STR("/x.zip"));
    see(&l, &f);
    see_link(&l, &f, "/b", "a", 1);
    CHECK(!has_content(&f));
    facts_done(&f);
    links_done(&l);
}

TEST(memory_is_bounded)
{
    struct links l = {.is_wanted = true};
    struct facts f;
    struct strbuf b = {};
    facts_init(&f);
    state(&f, "regular", "/large", 1);
    strbuf_pad(&b, 'x', 1 << 20);
    facts_str(&f, F_SCRIPT_INTERPRETER, strbuf_str(&b));
    strbuf_clear(&b);
    facts_encode(&f, &b);
    for (int i = 0; i < 200; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "/%d", i);
        facts_str(&f, F_FILE_PATH, str_from(path));
        links_see(&l, &f, strbuf_str(&b));
        CHECK(l.arena.bytes <= LINKS_BYTES_MAX + (1 << 20));
    }
    see_link(&l, &f, "/b", "199", 1);
    CHECK(facts_has(&f, F_SCRIPT_INTERPRETER));
    strbuf_done(&b);
    facts_done(&f);
    links_done(&l);
}

TEST(folders_are_not_listened_to)
{
    struct links l = {};
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    links_opened(&l, IMAGE_ROOTFS, folder);
    CHECK(!l.is_wanted);
    links_opened(&l, IMAGE_ROOTFS, file); /* a tar of one */
    CHECK(l.is_wanted);
    links_opened(&l, IMAGE_OCI_LAYOUT, folder);
    CHECK(l.is_wanted);
    (void)close(folder);
    (void)close(file);
}
