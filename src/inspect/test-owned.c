// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "inspect/capability.h"
#include "inspect/owned.h"
#include "inspect/path_facts.h"
#include "inspect/system_file.h"
#include "inspect/test-look.h"

static struct facts facts;
static struct owned *owned;

static struct str digest_of(enum digest_kind kind, const char *content, struct arena *a)
{
    uint8_t bytes[DIGEST_BYTES_MAX];
    digest_once(kind, content, strlen(content), bytes);
    return hex_encode(a, bytes, digest_bytes(kind));
}

/* A file as the walk tells it: state "" for one of no layer. */
static void meet(const char *path, const char *content, const char *state, unsigned layer)
{
    static const char *const only[] = {"package_files", NULL};
    _cleanup_(inspector_freep) struct inspector *in = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(inspector_new(&(struct inspect_options){.only = only}, &in, &err), 0);
    facts_done(&facts);
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    path_facts(&facts, str_from(path));
    facts_bool(&facts, F_FILE_IS_EXEC, !strstr(path, "/lib/"));
    facts_str(&facts, F_FILE_ORIGIN, STR("layer"));
    if (*state) {
        facts_str(&facts, F_LAYER_STATE, str_from(state));
        facts_uint(&facts, F_LAYER_INDEX, layer);
        facts_uint(&facts, F_LAYER_COUNT, 3);
        facts_str(&facts, F_LAYER_CREATED_BY, STR("RUN x"));
    }
    CHECK_INT(inspector_bytes(in, str_from(content), &facts), 0);
    owned_see(owned, &facts);
}

static void md5sums(const char *package, const char *const *pairs, const char *state)
{
    struct arena a = {};
    struct strbuf b = {}, path = {};
    for (; *pairs; pairs += 2)
        strbuf_printf(&b, "%.*s  %s\n", STR_ARG(digest_of(DIGEST_MD5, pairs[1], &a)), pairs[0]);
    strbuf_printf(&path, "/var/lib/dpkg/info/%s.md5sums", package);
    strbuf_addc(&path, 0);
    meet(path.p, b.p, state, 1);
    strbuf_done(&b);
    strbuf_done(&path);
    arena_done(&a);
}

/* Paths that are told, each with "+" and its package when it was changed. */
static const char *told(struct strbuf *b)
{
    strbuf_clear(b);
    while (owned_next(owned, &facts) == 0) {
        strbuf_printf(b, " %.*s", STR_ARG(facts_get_str(&facts, F_FILE_PATH)));
        if (facts_get(&facts, F_FILE_PACKAGE_CHANGED)->b)
            strbuf_printf(b, "+%.*s", STR_ARG(facts_get_str(&facts, F_FILE_PACKAGE)));
        CHECK(facts_has(&facts, F_FILE_PACKAGE_CHANGED) != facts_has(&facts, F_FILE_PACKAGE_NONE));
        CHECK_INT(facts_get_str(&facts, F_FILE_SHA256).n, SHA256_HEX);
    }
    strbuf_addc(b, 0);
    owned = owned_free(owned);
    owned = owned_new(0);
    return b->p;
}

TEST(what_differs_is_told_with_its_package)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    owned = owned_new(0);
    meet("/usr/bin/ps", "another", "effective", 3);
    meet("/usr/bin/top", "top", "effective", 1);
    md5sums("procps:amd64", (const char *[]){"usr/bin/ps", "ps", "usr/bin/top", "top", "usr/bin/gone", "gone", NULL}, "effective");
    CHECK_INT(owned_next(owned, &facts), 0);
    CHECK_STR(facts_get_str(&facts, F_FILE_PATH), "/usr/bin/ps");
    CHECK_STR(facts_get_str(&facts, F_FILE_PACKAGE), "procps");
    CHECK_STR(facts_get_str(&facts, F_LAYER_STATE), "effective");
    CHECK_STR(facts_get_str(&facts, F_LAYER_CREATED_BY), "RUN x");
    CHECK_INT(facts_get(&facts, F_LAYER_INDEX)->u, 3);
    CHECK(str_starts(facts_get_str(&facts, F_FILE_PACKAGE_DIGEST), STR("md5:")));
    CHECK_CSTR(told(&b), "");
}

TEST(the_final_file_system_counts)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    owned = owned_new(0);
    meet("/usr/bin/ps", "new", "effective", 3);
    meet("/usr/bin/ps", "old", "shadowed", 1);
    meet("/usr/bin/rm", "x", "deleted", 1);
    md5sums("procps", (const char *[]){"usr/bin/ps", "old", "usr/bin/rm", "rm", NULL}, "shadowed");
    md5sums("procps", (const char *[]){"usr/bin/ps", "new", "usr/bin/rm", "rm", NULL}, "effective");
    CHECK_CSTR(told(&b), "");
}

TEST(links_into_usr_are_the_same_place)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    owned = owned_new(0);
    meet("/usr/bin/ls", "ls", "", 0);
    meet("/usr/sbin/x", "bad", "", 0);
    meet("/lib/x86_64-linux-gnu/libc.so.6", "bad", "", 0);
    md5sums("coreutils", (const char *[]){"bin/ls", "ls", "sbin/x", "x", "usr/lib/x86_64-linux-gnu/libc.so.6", "c", NULL}, "");
    CHECK_CSTR(told(&b), " /usr/sbin/x+coreutils /lib/x86_64-linux-gnu/libc.so.6+coreutils");
    /* where they are no links, each is judged by its own record */
    meet("/bin/ls", "one", "", 0);
    meet("/usr/bin/ls", "two", "", 0);
    md5sums("a", (const char *[]){"bin/ls", "one", "usr/bin/ls", "two", NULL}, "");
    CHECK_CSTR(told(&b), "");
}

TEST(diversions_and_files_that_two_packages_recorded)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    owned = owned_new(0);
    meet("/usr/bin/sh", "mine", "", 0);
    meet("/usr/bin/sh.distrib", "sh", "", 0);
    meet("/usr/bin/local", "admin", "", 0);
    meet("/usr/bin/both", "second", "", 0);
    meet("/var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\nbash\n/usr/bin/local\n/usr/bin/local.real\n:\n", "", 0);
    md5sums("dash", (const char *[]){"bin/sh", "sh", "usr/bin/local", "local", NULL}, "");
    md5sums("bash", (const char *[]){"bin/sh", "mine", "usr/bin/both", "first", NULL}, "");
    md5sums("other", (const char *[]){"usr/bin/both", "second", NULL}, "");
    CHECK_CSTR(told(&b), "");
    /* the diverted file itself is compared too */
    meet("/usr/bin/sh.distrib", "changed", "", 0);
    meet("/var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\nbash\n", "", 0);
    md5sums("dash", (const char *[]){"bin/sh", "sh", NULL}, "");
    CHECK_CSTR(told(&b), " /usr/bin/sh.distrib+dash");
}

TEST(nobodys_files_are_told_where_there_is_a_database)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    owned = owned_new(0);
    meet("/usr/bin/mine", "x", "", 0);
    CHECK_CSTR(told(&b), "");
    meet("/usr/bin/mine", "x", "", 0);
    meet("/usr/local/bin/mine", "x", "", 0);
    meet("/usr/lib/x/data.bin", "x", "", 0);
    md5sums("a", (const char *[]){"usr/bin/a", "a", "etc/a", "a", NULL}, "");
    CHECK_CSTR(told(&b), " /usr/bin/mine");
}

TEST(apk_records_digests_of_its_own)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct arena a = {};
    uint8_t sha1[20], sha256[32];
    digest_once(DIGEST_SHA1, "ls", 2, sha1);
    digest_once(DIGEST_SHA256, "cat", 3, sha256);
    struct str one = base64_encode_unpadded(&a, sha1, sizeof(sha1)), two = base64_encode_unpadded(&a, sha256, sizeof(sha256));
    struct str db = arena_printf(&a, "P:busybox\nV:1\nF:bin\nR:ls\na:0:0:755\nZ:Q1%.*s=\nR:cat\nZ:Q2%.*s=\nR:nosum\n\nP:musl\nF:usr/bin\nR:ldd\nZ:Q1%.*s=\n\n",
                                 STR_ARG(one), STR_ARG(two), STR_ARG(one));
    owned = owned_new(0);
    meet("/bin/ls", "ls", "", 0);
    meet("/bin/cat", "cat", "", 0);
    meet("/usr/bin/ldd", "changed", "", 0);
    meet("/lib/apk/db/installed", db.p, "", 0);
    CHECK_CSTR(told(&b), " /usr/bin/ldd+musl");
    meet("/bin/cat", "dog", "", 0);
    meet("/lib/apk/db/installed", db.p, "", 0);
    CHECK_CSTR(told(&b), " /bin/cat+busybox");
    arena_done(&a);
}

TEST(what_is_no_record_is_none)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    owned = owned_new(0);
    meet("/usr/bin/ps", "x", "", 0);
    meet("/var/lib/dpkg/info/a.md5sums", "\n  \nzz  usr/bin/ps\n0123456789abcdef0123456789abcdef usr/bin/ps\n0123456789abcdef0123456789abcdeg  usr/bin/ps\n", "", 0);
    meet("/var/lib/dpkg/info/a b.md5sums", "0123456789abcdef0123456789abcdef  usr/bin/ps\n", "", 0);
    meet("/backup/var/lib/dpkg/info/a.md5sums", "0123456789abcdef0123456789abcdef  usr/bin/ps\n", "", 0);
    meet("/lib/apk/db/installed", "R:ps\nZ:Q1\n\nP:\nF:usr/bin\nR:ps\nZ:Q1AAAA\nZ:Q3AAAA\nP:a\nZ:\n:\n", "", 0);
    meet("/var/lib/dpkg/diversions", "/bin/a\n/bin/b\n", "", 0);
    CHECK_CSTR(told(&b), "");
    /* a program that a process runs may lie in a container; a jail's files are not the target's */
    md5sums("procps", (const char *[]){"usr/bin/ps", "ps", NULL}, "");
    facts_reset(&facts, EVENT_FILE, 0);
    path_facts(&facts, STR("/usr/bin/ps"));
    facts_bool(&facts, F_FILE_IS_EXEC, true);
    facts_str(&facts, F_FILE_MD5, STR("0123456789abcdef0123456789abcdef"));
    facts_str(&facts, F_FILE_ORIGIN, STR("process"));
    owned_see(owned, &facts);
    CHECK_CSTR(told(&b), "");
}

TEST(a_database_that_was_cut_says_nothing_of_nobodys_files)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, db = {};
    owned = owned_new(0);
    for (int i = 0; i < FACTS_LONG_LIST_MAX + 10; i++)
        strbuf_printf(&db, "%032x  usr/bin/p%d\n", i, i);
    meet("/usr/bin/mine", "x", "", 0);
    meet("/usr/bin/p5", "x", "", 0);
    meet("/var/lib/dpkg/info/a.md5sums", db.p, "", 0);
    CHECK_CSTR(told(&b), " /usr/bin/p5+a");
}

TEST(places_of_programs)
{
    static const char *const IN[] = {"/bin/x", "/usr/sbin/x.sh", "/lib64/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu/security/pam_unix.so",
                                     "/usr/lib/openssh/sftp-server", "/usr/libexec/x/y", "/lib/systemd/systemd"};
    static const char *const OUT[] = {"/usr/local/bin/x", "/opt/bin/x", "/usr/lib/python3/os.py", "/lib/modules/6.1/x.ko", "/etc/bin", "/usr/share/x", "/binary", ""};
    for (size_t i = 0; i < ARRAY_SIZE(IN); i++)
        CHECK(system_file_place(str_from(IN[i])));
    for (size_t i = 0; i < ARRAY_SIZE(OUT); i++)
        CHECK(!system_file_place(str_from(OUT[i])));
}

static const char *capabilities(struct str value)
{
    facts_done(&facts);
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    capability_facts(&facts, value);
    return facts_has(&facts, F_FILE_CAPABILITIES) ? "some" : "none";
}

TEST(capabilities_of_each_revision)
{
    capabilities(str_n("\1\0\0\2\x80\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0", 20)); /* setuid+ep, checkpoint_restore+p */
    CHECK(facts_list(&facts, F_FILE_CAPABILITIES, "CAP_SETUID") && facts_list(&facts, F_FILE_CAPABILITIES, "CAP_CHECKPOINT_RESTORE"));
    CHECK(facts_get(&facts, F_FILE_CAPABILITIES_EFFECTIVE)->b);
    CHECK(!facts_has(&facts, F_FILE_CAPABILITIES_INHERITABLE) && !facts_has(&facts, F_FILE_CAPABILITIES_ROOTID));
    capabilities(str_n("\0\0\0\1\0\x04\0\0\x02\0\0\0", 12));
    CHECK(facts_list(&facts, F_FILE_CAPABILITIES, "CAP_NET_BIND_SERVICE") && facts_list(&facts, F_FILE_CAPABILITIES_INHERITABLE, "CAP_DAC_OVERRIDE"));
    CHECK(!facts_get(&facts, F_FILE_CAPABILITIES_EFFECTIVE)->b);
    capabilities(str_n("\1\0\0\3\0\0\x20\0\0\0\0\0\0\0\0\x80\0\0\0\0\xe8\3\0\0", 24));
    CHECK(facts_list(&facts, F_FILE_CAPABILITIES, "CAP_SYS_ADMIN") && facts_list(&facts, F_FILE_CAPABILITIES, "CAP_63"));
    CHECK_INT(facts_get(&facts, F_FILE_CAPABILITIES_ROOTID)->u, 1000);
    CHECK(!strcmp(capabilities(str_n("\1\0\0\2\x80\0\0\0\0\0\0\0\0\1\0\0\0\0\0", 19)), "none"));
    CHECK(!strcmp(capabilities(str_n("\1\0\0\4\x80\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0", 20)), "none"));
    CHECK(!strcmp(capabilities(STR("\1\0")), "none"));
    CHECK(!strcmp(capabilities(STR_NULL), "none"));
}
