// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "harness/test.h"
#include "intel/intel.h"

#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"
#define SHA1_ABC "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

enum { DAY = 86400 };
static const uint64_t NOW = UINT64_C(20'785) * DAY * 1'000'000'000U; /* 2026-11-28 */

/* What a list says of "abc"; its size is 3. */
static struct intel_known know_abc(struct intel *in, uint64_t size)
{
    struct intel_known known = {};
    for (int kind = 0; kind < DIGEST__N; kind++) {
        uint8_t digest[DIGEST_BYTES_MAX];
        digest_once((enum digest_kind)kind, "abc", 3, digest);
        if (intel_wants(in, (enum digest_kind)kind, size))
            intel_know(in, (enum digest_kind)kind, digest, size, &known);
    }
    return known;
}

static const struct intel_list *first(const struct intel *in)
{
    size_t n;
    const struct intel_list *lists = intel_lists(in, &n);
    CHECK(n > 0);
    return lists;
}

/* One list in, what it says of "abc" out. */
static struct intel *load(const char *name, const char *text)
{
    struct error err = ERROR_NULL;
    struct intel *in = intel_new(NOW);
    if (intel_add_digests_text(in, name, str_from(text), &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    intel_seal(in);
    return in;
}

static void check_names(const char *name, const char *text, const char *want)
{
    _cleanup_(intel_freep) struct intel *in = load(name, text);
    struct intel_known known = know_abc(in, 3);
    if (known.n != 1)
        test_fail(__FILE__, __LINE__, "%s: %zu names for: %s", name, known.n, text);
    CHECK_STR(known.v[0].name, want);
    CHECK(known.bad && !known.allowed && !known.expired);
    CHECK_INT(first(in)->bad, 0);
}

static void check_bad(const char *text, const char *want)
{
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *in = intel_new(NOW);
    CHECK_INT(intel_add_digests_text(in, "x.hdb", str_from(text), &err), -EINVAL);
    if (!strstr(err.text, want))
        test_fail(__FILE__, __LINE__, "got \"%s\", want \"%s\"", err.text, want);
}

/* Of an indicator that names several digests of one file the strongest counts; of several files each. */
TEST(digests_that_are_shared)
{
    static const struct {
        const char *text;
        unsigned digests, passed;
    } CASES[] = {
        {"{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\",\"name\":\"Mirai\",\"pattern_type\":\"stix\",\"pattern\":\"[file:hashes.MD5 = '" MD5_ABC "' AND file:hashes.'SHA-256' = '" SHA256_ABC "']\"}]}\n", 1, 0},
        {"{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\",\"pattern_type\":\"stix\",\"pattern\":\"[file:hashes.MD5 = '" MD5_ABC "' OR file:hashes.'SHA-256' = '" SHA256_ABC "']\"},{\"type\":\"domain-name\",\"value\":\"a.example\"}]}\n", 2, 1},
        {"{\"Event\":{\"info\":\"x\",\"Attribute\":[{\"type\":\"sha256\",\"value\":\"" SHA256_ABC "\"},{\"type\":\"filename|md5\",\"value\":\"a.bin|" MD5_ABC "\"},{\"type\":\"url\",\"value\":\"http://u.example/\"}]}}", 2, 1},
        {"# \"first_seen_utc\",\"ioc_value\",\"ioc_type\"\n\"2026-11-28\",\"" SHA256_ABC "\",\"sha256_hash\"\n\"2026-11-28\",\"bad.example\",\"domain\"\n", 1, 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        struct error err = ERROR_NULL;
        _cleanup_(intel_freep) struct intel *in = intel_new(NOW);
        size_t n;
        if (intel_add_digests_text(in, "x.json", str_from(CASES[i].text), &err) < 0)
            test_fail(__FILE__, __LINE__, "case %zu: %s", i, err.text);
        const struct intel_list *list = intel_lists(in, &n);
        CHECK_INT(list->digests, CASES[i].digests);
        CHECK_INT(list->passed, CASES[i].passed);
        CHECK_INT(list->bad, 0);
    }
}

TEST(every_form_of_a_digest_is_read)
{
    check_names("a.hdb", MD5_ABC ":3:Test.Md5\n", "Test.Md5");
    check_names("a.hsb", SHA1_ABC ":3:Test.Sha1\r\n", "Test.Sha1");
    check_names("a.hsb", SHA256_ABC ":*:Test.Sha256:73\n", "Test.Sha256");
    check_names("a.hsb", SHA256_ABC ":3:Test.Levels:51:255\n", "Test.Levels");
    check_names("a.sha256", SHA256_ABC "  file\n", "");
    check_names("a.sha256", SHA256_ABC " *file\n", "");
    check_names("a.sha256", "\\" SHA256_ABC "  fi\\\\le\n", "");
    check_names("a.txt", "SHA256 (some file) = " SHA256_ABC "\n", "");
    check_names("a.txt", "# why\n\n  sha256:" SHA256_ABC " # a layer\n", "");
    check_names("a.txt", "SHA1:" SHA1_ABC, "");
    check_names("a.txt", "; loki\n" MD5_ABC ";A miner of 2019\n", "A miner of 2019");
    check_names("a.csv", MD5_ABC ",67a1-uuid\n", "67a1-uuid");
    check_names("a.csv", "digest,type,reason,source,first_seen,expiry\nsha256:" SHA256_ABC ",layer,\"mines, and more\",acme,2026-01-01,2027-01-01\n",
                "mines, and more");
    check_names("a.csv",
                "# exported\n# \"first_seen_utc\",\"sha256_hash\",\"md5_hash\",\"signature\"\n"
                "\"2026-01-01\",\"" SHA256_ABC "\",\"" MD5_ABC "\",\"Mirai\"\n",
                "Mirai");
    check_names("a.jsonl", "{\"digest\":\"sha256:" SHA256_ABC "\",\"type\":\"file\",\"reason\":\"mines\",\"source\":\"acme\",\"expiry\":\"2027-01-01T00:00:00Z\"}\n",
                "mines");
    check_names("a.json", "[\"" SHA256_ABC "\"]", "");
    check_names("a.json", "{\n \"name\": \"x\",\n \"list\": [{\"sha256\": \"" SHA256_ABC "\", \"comment\": \"c\"}]\n}", "c");
}

TEST(sizes_are_compared_where_given)
{
    _cleanup_(intel_freep) struct intel *in = load("a.hdb", MD5_ABC ":4:Other.Size\n" MD5_ABC ":3:This.Size\n00000000000000000000000000000000:9:Else\n");
    struct intel_known known = know_abc(in, 3);
    CHECK_INT(known.n, 1);
    CHECK_STR(known.v[0].name, "This.Size");
    CHECK(intel_wants(in, DIGEST_MD5, 9));
    CHECK(!intel_wants(in, DIGEST_MD5, 5)); /* no entry of that size: MD5 need not be computed */
    CHECK(intel_wants(in, DIGEST_MD5, DIGEST_ANY_SIZE));
    CHECK(!intel_wants(in, DIGEST_SHA1, 3));
    CHECK_INT(intel_totals(in).digests, 3);
}

TEST(what_clamav_would_not_load_is_passed_over)
{
    _cleanup_(intel_freep) struct intel *in = load("a.hsb", SHA256_ABC ":3:Retired:51:99\n" SHA1_ABC ":3:Later:9999\n" MD5_ABC ":3:Now\n");
    struct intel_known known = know_abc(in, 3);
    CHECK_INT(known.n, 1);
    CHECK_STR(known.v[0].name, "Now");
    CHECK_INT(first(in)->passed, 2);
}

TEST(allow_lists_take_back)
{
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *in = intel_new(NOW);
    CHECK_INT(intel_add_digests_text(in, "a.hsb", STR(SHA256_ABC ":3:Bad:73\n"), &err), 0);
    CHECK_INT(intel_add_digests_text(in, "a.fp", STR(MD5_ABC ":3:known good\n"), &err), 0);
    intel_seal(in);
    CHECK(know_abc(in, 3).allowed);
    struct intel_known part = know_abc(in, 3), whole = {};
    intel_known_add(&whole, &part);
    CHECK(!whole.bad && !whole.n);
}

TEST(roles_follow_the_name_of_the_file)
{
    _cleanup_(intel_freep) struct intel *in = load("a.hdu", MD5_ABC ":3:PUA.Tool\n");
    struct intel_known known = know_abc(in, 3);
    CHECK(known.unwanted && !known.bad);
}

TEST(lists_and_entries_expire)
{
    _cleanup_(intel_freep) struct intel *in = load("a.txt", "# source: acme\n# expires: 2026-11-27\n" SHA256_ABC "\n");
    struct intel_known known = know_abc(in, 3);
    CHECK(known.expired && !known.bad);
    CHECK_STR(known.v[0].source, "acme");
    CHECK(first(in)->is_expired);

    _cleanup_(intel_freep) struct intel *entry = load("a.csv", "digest,expiry\n" SHA256_ABC ",2026-11-27\n" MD5_ABC ",2026-11-28\n");
    known = know_abc(entry, 3);
    CHECK(known.expired && known.bad); /* the second counts on its last day */
    CHECK(!first(entry)->is_expired);
}

TEST(wrong_lines_are_counted_and_shown)
{
    _cleanup_(intel_freep) struct intel *in =
        load("a.hdb", MD5_ABC ":3:Good\nhello\n" MD5_ABC ":x:Size\n" MD5_ABC ":*:No.Level\n" MD5_ABC ":3\n");
    CHECK_INT(first(in)->digests, 1);
    CHECK_INT(first(in)->bad, 4);
    CHECK_STR(first(in)->bad_shown,
              "line 2: no MD5, SHA-1 or SHA-256 in hex (32, 40 or 64 digits); line 3: the size is no number of bytes; "
              "line 4: a size of * needs a functionality level of 73 or more behind the name");
}

TEST(a_file_without_a_digest_is_an_error)
{
    check_bad("", "x.hdb: holds no digest; ClamAV's");
    check_bad("hello\n", "line 1: no MD5, SHA-1 or SHA-256 in hex");
    check_bad("00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\n",
              "SHA-512 and SHA-384 are not compared");
    check_bad("{\"digest\": 5\n", "x.hdb:");
    check_bad("digest,expiry\n" SHA256_ABC ",soon\n", "line 2: the expiry is no day");
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *in = intel_new(NOW);
    CHECK_INT(intel_add_digests_text(in, "x.mdb", STR("8:" MD5_ABC ":N\n"), &err), -EINVAL);
    CHECK(strstr(err.text, "sections of Windows programs"));
    CHECK_INT(intel_add_digests(in, "/nowhere/x.hdb", &err), -ENOENT);
    CHECK(strstr(err.text, "cannot read /nowhere/x.hdb"));
}

TEST(many_digests_are_all_found)
{
    struct strbuf text = {};
    struct arena a = {};
    uint8_t digest[DIGEST_BYTES_MAX];
    enum { N = 20000 };
    for (uint32_t i = 0; i < N; i++) {
        uint32_t seed = i % 15000; /* some twice */
        sha256_once(&seed, sizeof(seed), digest);
        strbuf_printf(&text, "%.*s\n", STR_ARG(hex_encode(&a, digest, SHA256_BYTES)));
    }
    _cleanup_(intel_freep) struct intel *in = load("a.txt", text.p);
    CHECK_INT(intel_totals(in).digests, N);
    for (uint32_t i = 0; i < 20000; i++) {
        struct intel_known known = {};
        sha256_once(&i, sizeof(i), digest);
        intel_know(in, DIGEST_SHA256, digest, 1, &known);
        CHECK(known.bad == (i < 15000));
    }
    strbuf_done(&text);
    arena_done(&a);
}

TEST(the_sum_tells_lists_apart)
{
    _cleanup_(intel_freep) struct intel *one = load("a.txt", SHA256_ABC "\n"), *same = load("b.txt", SHA256_ABC "\n");
    _cleanup_(intel_freep) struct intel *other = load("a.txt", SHA1_ABC "\n"), *allowed = load("a.fp", SHA256_ABC "\n");
    CHECK(str_eq(intel_digest(one), intel_digest(same)));
    CHECK(!str_eq(intel_digest(one), intel_digest(other)));
    CHECK(!str_eq(intel_digest(one), intel_digest(allowed)));
}

/* What a list of leaked secrets says of "abc". */
static bool is_leaked(const char *text)
{
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *in = intel_new(NOW);
    if (intel_add_leaked_text(in, "leaked", str_from(text), &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    intel_seal(in);
    struct intel_known known = {};
    uint8_t digest[DIGEST_BYTES_MAX];
    for (int kind = 0; kind < DIGEST__N; kind++) {
        digest_once((enum digest_kind)kind, "abc", 3, digest);
        intel_know_leaked(in, (enum digest_kind)kind, digest, &known);
    }
    CHECK_INT(know_abc(in, 3).n, 0); /* no file is known by it */
    CHECK(intel_has_leaked(in));
    return known.bad;
}

/* A list of "abc" that was told, with that reason. */
static struct intel *tell_abc(enum list_role role, struct str reason, uint16_t last_day)
{
    struct error err = ERROR_NULL;
    uint8_t digest[DIGEST_BYTES_MAX];
    struct intel *in = intel_new(NOW);
    digest_once(DIGEST_SHA256, "abc", 3, digest);
    int list = intel_begin(in, "the feed", role, &err);
    CHECK_INT(list, 0);
    CHECK_INT(intel_tell(in, list, &(struct intel_told){digest, reason, STR("feed: eve"), last_day}, &err), 0);
    intel_seal(in);
    return in;
}

TEST(entries_that_are_told)
{
    const uint16_t today = (uint16_t)(NOW / 1'000'000'000U / DAY);
    _cleanup_(intel_freep) struct intel *bad = tell_abc(LIST_BAD, STR("a\0b"), 0), *unwanted = tell_abc(LIST_UNWANTED, STR("a"), today),
                                        *over = tell_abc(LIST_BAD, STR_NULL, today - 1), *leaked = tell_abc(LIST_LEAKED, STR("a"), 0);
    struct intel_known known = know_abc(bad, 3);
    CHECK_INT(known.n, 1);
    CHECK(known.bad && !known.unwanted && !known.expired);
    CHECK_STR(known.v[0].name, "a");
    CHECK_STR(known.v[0].source, "feed: eve");
    CHECK_INT(first(bad)->digests, 1);
    CHECK_STR(first(bad)->file, "the feed");
    known = know_abc(unwanted, 3);
    CHECK(known.unwanted && !known.bad && !known.expired);
    known = know_abc(over, 3);
    CHECK(known.expired && !known.bad);
    CHECK_INT(know_abc(leaked, 3).n, 0);
    CHECK(intel_has_leaked(leaked));
    /* each is a set of its own to caches */
    CHECK(!str_eq(intel_digest(bad), intel_digest(unwanted)) && !str_eq(intel_digest(bad), intel_digest(leaked)) &&
          !str_eq(intel_digest(bad), intel_digest(over)));
}

TEST(hashes_of_leaked_secrets)
{
    CHECK(is_leaked(SHA256_ABC "\n"));
    CHECK(is_leaked(SHA1_ABC ":1720\n")); /* with how often it was seen */
    CHECK(is_leaked("A9993E364706816ABA3E25717850C26C9CD0D89D:3\n"));
    CHECK(is_leaked("256 SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0 root@example (ED25519)\n"));
    CHECK(is_leaked("SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0\n"));
    CHECK(is_leaked("{\"digest\":\"sha256:" SHA256_ABC "\",\"reason\":\"published\"}\n"));
    CHECK(!is_leaked("# expires: 2020-01-01\n" SHA256_ABC "\n"));
    CHECK(!is_leaked("SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFb0\n" SHA256_ABC "x\n"));
    _cleanup_(intel_freep) struct intel *files = load("a.txt", SHA256_ABC "\n");
    CHECK(!intel_has_leaked(files));
    CHECK(!intel_has_leaked(NULL));
}
