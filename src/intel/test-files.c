// SPDX-License-Identifier: Apache-2.0
/* Lists as files and folders. */
#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "intel/intel.h"
#include "intel/lines.h"

static char folder[] = "/tmp/davy-intel-XXXXXX";

static const char *put(struct arena *a, const char *name, const char *text)
{
    if (strstr(folder, "XXXXXX") && !mkdtemp(folder))
        abort();
    const char *path = arena_printf(a, "%s/%s", folder, name).p;
    _cleanup_fclose_ FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0);
    return path;
}

static void take_away(struct arena *a)
{
    CHECK_INT(system(arena_printf(a, "rm -rf %s", folder).p), 0);
    (void)snprintf(folder, sizeof(folder), "/tmp/davy-intel-XXXXXX");
}

TEST(lines_of_any_length_come_whole)
{
    struct arena a = {};
    struct strbuf text = {};
    for (int i = 0; i < 40000; i++)
        strbuf_printf(&text, "line %d of a file longer than one read\n", i);
    strbuf_pad(&text, 'x', 600000);
    strbuf_adds(&text, "\r\nlast");
    struct error err = ERROR_NULL;
    struct lines l = {.fd = -1};
    CHECK_INT(lines_open(&l, put(&a, "long.txt", text.p), NULL, &err), 0);
    struct str line;
    for (int i = 0; i < 40000; i++) {
        CHECK_INT(lines_next(&l, &line), 0);
        CHECK_STR(line, arena_printf(&a, "line %d of a file longer than one read", i).p);
    }
    CHECK_INT(lines_next(&l, &line), 0);
    CHECK(l.is_cut && !line.n);
    CHECK_INT(lines_next(&l, &line), 0);
    CHECK(!l.is_cut);
    CHECK_STR(line, "last");
    CHECK_INT(l.number, 40002);
    CHECK_INT(lines_next(&l, &line), 1);
    lines_done(&l);
    lines_done(&l);
    CHECK_INT(lines_open(&l, "/", NULL, &err), -EISDIR);
    lines_done(&l);
    strbuf_done(&text);
    take_away(&a);
    arena_done(&a);
}

TEST(a_folder_of_digests)
{
    struct arena a = {};
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *in = intel_new(0);
    (void)put(&a, "a.hdb", "900150983cd24fb0d6963f7d28e17f72:3:A\n");
    (void)put(&a, "README.md", "not a list\n");
    (void)put(&a, ".hidden.hdb", "nonsense\n");
    (void)put(&a, "SHA256SUMS", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  x\n");
    CHECK_INT(intel_add_digests(in, folder, &err), 0);
    intel_seal(in);
    CHECK_INT(intel_totals(in).digests, 2);
    take_away(&a);
    arena_done(&a);
}

/* A container of ClamAV's with what lies in the folder: `pack` makes the tar, `md5` what the header says of it. */
static const char *put_container(struct arena *a, const char *name, const char *pack, const char *md5)
{
    const char *path = arena_printf(a, "%s/%s", folder, name).p;
    CHECK_INT(system(arena_printf(a, "cd %s && tar -c%sf body main.* && sum=$(%s) && printf '%%-512s' \"ClamAV-VDB:28 Nov 2026 10-00 +0000:1:4:90:$sum:X:davy:1\" > new && "
                                     "cat new body > c && rm new body && mv c %s",
                                  folder, pack, md5, name).p), 0);
    return path;
}

static const struct intel_list *list_called(const struct intel *in, const char *end)
{
    size_t n;
    const struct intel_list *lists = intel_lists(in, &n);
    for (size_t i = 0; i < n; i++)
        if (str_ends(lists[i].file, str_from(end)))
            return &lists[i];
    return NULL;
}

/* What users of ClamAV have: .cvd as it is fetched, .cld after updates, .cud as sigtool makes it. */
TEST(containers_of_clamav)
{
    static const char *const PACKS[][3] = {{"c.cvd", "z", "md5sum < body | cut -c1-32"}, {"c.cld", "", "echo X"}, {"c.cud", "z", "echo"}};
    for (size_t i = 0; i < ARRAY_SIZE(PACKS); i++) {
        struct arena a = {};
        struct error err = ERROR_NULL;
        _cleanup_(intel_freep) struct intel *in = intel_new(0);
        (void)put(&a, "main.hdb", "900150983cd24fb0d6963f7d28e17f72:3:A\r\n# comment\n");
        (void)put(&a, "main.hsb", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad:*:B:73\n");
        (void)put(&a, "main.fp", "b10a8db164e0754105b7a99be72e3fe5:11:C\n");
        (void)put(&a, "main.ndb", "D:0:*:44415659\nE:0:*:44415658\n");
        (void)put(&a, "main.info", "ClamAV-VDB\n");
        const char *path = put_container(&a, PACKS[i][0], PACKS[i][1], PACKS[i][2]);
        if (intel_add_digests(in, path, &err) < 0)
            test_fail(__FILE__, __LINE__, "%s: %s", PACKS[i][0], err.text);
        CHECK_INT(intel_totals(in).digests, 3);
        CHECK_INT(list_called(in, "!main.hdb")->digests, 1);
        CHECK_INT(list_called(in, "!main.fp")->role, LIST_ALLOWED);
        CHECK_STR(list_called(in, PACKS[i][0])->left_out, "main.ndb (patterns, 2)");
        take_away(&a);
        arena_done(&a);
    }
}

/* Signatures that were taken back, as ClamAV's own and its users' lists have them; the order of the files says nothing. */
TEST(signatures_that_are_ignored)
{
    struct arena a = {};
    struct error err = ERROR_NULL;
    uint8_t md5[DIGEST_BYTES_MAX];
    (void)put(&a, "main.hdb", "900150983cd24fb0d6963f7d28e17f72:3:A\nb10a8db164e0754105b7a99be72e3fe5:11:B\n0cc175b9c0f1b6a831c399e269772661:1:C\n");
    (void)put(&a, "main.ign2", "# taken back\nA:0123456789abcdef0123456789abcdef\nB2\n");
    (void)put(&a, "main.ign", "main.hdb:3:C\n");
    const char *paths[] = {folder, put_container(&a, "c.cvd", "z", "echo X")};
    for (size_t i = 0; i < 2; i++) {
        static const struct {
            const char *hex;
            uint64_t size;
            bool bad;
        } KNOWN[] = {{"900150983cd24fb0d6963f7d28e17f72", 3, false}, {"b10a8db164e0754105b7a99be72e3fe5", 11, true}, {"0cc175b9c0f1b6a831c399e269772661", 1, false}};
        _cleanup_(intel_freep) struct intel *in = intel_new(0);
        CHECK_INT(intel_add_digests(in, paths[i], &err), 0);
        intel_seal(in);
        for (size_t k = 0; k < ARRAY_SIZE(KNOWN); k++) {
            struct intel_known known = {};
            CHECK(hex_decode(str_from(KNOWN[k].hex), md5));
            intel_know(in, DIGEST_MD5, md5, KNOWN[k].size, &known);
            CHECK_INT(known.bad, KNOWN[k].bad);
        }
    }
    take_away(&a);
    arena_done(&a);
}

TEST(damaged_containers_and_those_without_digests)
{
    struct arena a = {};
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *in = intel_new(0);
    (void)put(&a, "main.hdb", "900150983cd24fb0d6963f7d28e17f72:3:A\n");
    const char *path = put_container(&a, "c.cvd", "z", "echo d41d8cd98f00b204e9800998ecf8427e");
    CHECK_INT(intel_add_digests(in, path, &err), -EINVAL);
    CHECK(strstr(err.text, "its MD5 is not the one that its header says"));
    path = put_container(&a, "c.cvd", "z", "echo X");
    CHECK_INT(truncate(path, 560), 0);
    CHECK_INT(intel_add_digests(in, path, &err), -EINVAL);
    CHECK(strstr(err.text, "c.cvd: a damaged container of ClamAV's"));
    CHECK_INT(truncate(path, 300), 0);
    CHECK_INT(intel_add_digests(in, path, &err), -EINVAL);
    CHECK(strstr(err.text, "it ends within its header"));
    take_away(&a);

    (void)put(&a, "main.ldb", "A;Target:0;0;44415659\n");
    path = put_container(&a, "c.cld", "", "echo X");
    CHECK_INT(intel_add_digests(in, path, &err), -EINVAL);
    CHECK(strstr(err.text, "c.cld: holds no list of digests of files (.hdb, .hsb), only main.ldb (logical signatures, 1); clamscan reads the rest"));
    /* In a folder it is one among others, and so is what lies beside it. */
    (void)put(&a, "own.hdb", "900150983cd24fb0d6963f7d28e17f72:3:A\n");
    _cleanup_(intel_freep) struct intel *all = intel_new(0);
    CHECK_INT(intel_add_digests(all, folder, &err), 0);
    CHECK_INT(intel_totals(all).digests, 1);
    CHECK_STR(list_called(all, "c.cld")->left_out, "main.ldb (logical signatures, 1)");
    CHECK_STR(list_called(all, folder)->left_out, "main.ldb (logical signatures)");
    CHECK_INT(intel_add_digests(in, arena_printf(&a, "%s/main.ldb", folder).p, &err), -EINVAL);
    CHECK(strstr(err.text, "main.ldb: logical signatures of ClamAV's, which are not read here"));
    take_away(&a);
    arena_done(&a);
}

TEST(a_folder_of_names_by_file_name)
{
    struct arena a = {};
    struct error err = ERROR_NULL;
    const struct intel_list *lists[NAMES_HITS_MAX];
    _cleanup_(intel_freep) struct intel *in = intel_new(0);
    (void)put(&a, "x.mining.txt", "a.example\n");
    (void)put(&a, "y.malware.netset", "192.0.2.0/24\n");
    (void)put(&a, "LICENSE", "words\n");
    CHECK_INT(intel_add_folder(in, folder, &err), 0);
    intel_seal(in);
    CHECK_INT(intel_find_name(in, STR("a.example"), lists), 1);
    CHECK_STR(lists[0]->category, "mining");
    CHECK_INT(intel_find_address(in, STR("192.0.2.4"), lists), 1);
    CHECK_STR(lists[0]->category, "malware");
    (void)put(&a, "z.txt", "b.example\n");
    _cleanup_(intel_freep) struct intel *again = intel_new(0);
    CHECK_INT(intel_add_folder(again, folder, &err), -EINVAL);
    CHECK(strstr(err.text, "z.txt: nothing says what"));
    take_away(&a);
    arena_done(&a);
}

TEST(a_manifest_names_the_lists)
{
    struct arena a = {};
    struct error err = ERROR_NULL;
    const struct intel_list *lists[NAMES_HITS_MAX];
    _cleanup_(intel_freep) struct intel *in = intel_new(UINT64_C(20'785) * 86400 * 1'000'000'000U);
    (void)put(&a, "x.txt", "a.example\n");
    (void)put(&a, "not-named.txt", "b.example\n");
    (void)put(&a, "lists.toml",
              "[[list]]\nfile = \"x.txt\"\ncategory = \"c2\"\nkind = \"context\"\nsource = \"acme\"\nexpires = 2026-11-01\n");
    CHECK_INT(intel_add_folder(in, folder, &err), 0);
    intel_seal(in);
    CHECK_INT(intel_find_name(in, STR("a.example"), lists), 1);
    CHECK_STR(lists[0]->category, "c2");
    CHECK_STR(lists[0]->source, "acme");
    CHECK(lists[0]->is_context && lists[0]->is_expired);
    CHECK_INT(intel_find_name(in, STR("b.example"), lists), 0);

    static const char *const wrong[][2] = {
        {"x = 1\n", "lists.toml: names no list"},
        {"[[list]]\nfile = \"x.txt\"\nkind = \"odd\"\n", "lists.toml:3:8: a kind is threat or context"},
        {"[[list]]\nfile = \"x.txt\"\ncolour = \"red\"\n", "lists.toml:3:10: a list has file, category"},
        {"[[list]]\nfile = \"../x.txt\"\n", "a list names its file, which lies in the same folder"},
        {"[[list]]\nfile = \"x.txt\"\nexpires = \"soon\"\n", "lists.toml:3:11: a day is written YYYY-MM-DD"},
        {"[[list]\n", "lists.toml:1:"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        _cleanup_(intel_freep) struct intel *bad = intel_new(0);
        (void)put(&a, "lists.toml", wrong[i][0]);
        CHECK_INT(intel_add_folder(bad, folder, &err), -EINVAL);
        if (!strstr(err.text, wrong[i][1]))
            test_fail(__FILE__, __LINE__, "got \"%s\", want \"%s\"", err.text, wrong[i][1]);
    }
    take_away(&a);
    arena_done(&a);
}
