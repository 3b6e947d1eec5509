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
