// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/strbuf.h"
#include "event/record_read.h"
#include "harness/test.h"
#include "source/names/names.h"

struct got {
    struct strbuf text; /* "user 0 root /root /bin/sh" and so on, lines */
    uint32_t mntns;
};

static int take(void *ctx, const struct record *r)
{
    struct got *g = ctx;
    CHECK_INT(record_check(r, r->size, NULL, NULL), 0);
    CHECK_INT(r->time_ns, 42);
    g->mntns = r->mntns;
    const struct record_block *name = record_find(r, RECORD_TEXT), *home = record_find(r, RECORD_HOME);
    struct str n = record_text(name), h = home ? record_text(home) : STR("-");
    strbuf_printf(&g->text, "%s %u %.*s %.*s\n", r->kind == RECORD_USER ? "user" : r->kind == RECORD_GROUP ? "group" : "host",
                  r->kind == RECORD_USER ? r->uid : r->gid, STR_ARG(n), STR_ARG(h));
    return 0;
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/etc/%s", folder, name);
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

TEST(the_machines_own_names)
{
    struct got g = {};
    char folder[] = "/tmp/davy-names-XXXXXX", path[64], command[64];
    CHECK(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/etc", folder);
    CHECK_INT(mkdir(path, 0700), 0);
    put(folder, "passwd", "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nno line\n:x:7:7::/:\nx:y:notanumber:0:::\nlast:x:9:9::/home/last:/bin/sh");
    put(folder, "group", "root:x:0:\nwheel:x:10:a,b\n");
    struct names_source *n = names_source_new(folder);
    CHECK_INT(names_source_machine(n, 42, take, &g), 5);
    /* the first line of an id is told last, so that it counts */
    CHECK_STR(strbuf_str(&g.text), "user 9 last /home/last\nuser 0 toor /\nuser 0 root /root\ngroup 10 wheel -\ngroup 0 root -\n");
    CHECK_INT(g.mntns, 0);
    names_source_free(n);
    strbuf_done(&g.text);
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    CHECK_INT(system(command), 0);
}

TEST(names_of_a_mount_namespace_come_by_the_stream)
{
    struct got g = {};
    struct names_source *n = names_source_new("/nonexistent");
    const struct record about = {.pid = getpid(), .mntns = 4026531840U};
    CHECK_INT(names_source_machine(n, 42, take, &g), 0);
    names_source_ask(n, &about);
    names_source_ask(n, &about);
    for (int i = 0; i < 100'000 && !g.text.n; i++) {
        CHECK(names_source_take(n, 42, take, &g) >= 0);
        (void)nanosleep(&(struct timespec){.tv_nsec = 1'000'000}, NULL);
    }
    CHECK(str_has(strbuf_str(&g.text), STR("user 0 root ")));
    CHECK_INT(g.mntns, 4026531840U);
    ptrdiff_t first = str_find(strbuf_str(&g.text), STR("user 0 root "), 0);
    CHECK(str_find(strbuf_str(&g.text), STR("user 0 root "), (size_t)first + 1) < 0); /* asked once */
    names_source_free(n);
    strbuf_done(&g.text);
}

TEST(the_name_of_an_address)
{
    struct got g = {};
    struct names_source *n = names_source_new("");
    uint8_t loopback[16] = {127, 0, 0, 1};
    names_source_ask_host(n, loopback, false);
    for (int i = 0; i < 100'000 && !g.text.n; i++) {
        CHECK(names_source_take(n, 42, take, &g) >= 0);
        (void)nanosleep(&(struct timespec){.tv_nsec = 1'000'000}, NULL);
    }
    names_source_free(n);
    bool was_found = str_starts(strbuf_str(&g.text), STR("host 0 localhost"));
    strbuf_done(&g.text);
    if (!was_found)
        test_skip("this machine has no name for 127.0.0.1");
}

TEST(what_nobody_waits_for_is_bounded)
{
    struct names_source *n = names_source_new("");
    for (uint32_t i = 1; i < 100'000; i++)
        names_source_ask(n, &(struct record){.pid = INT32_MAX, .mntns = i});
    names_source_free(n);
}
