// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "harness/test.h"
#include "inspect/literals.h"
#include "inspect/signs.h"

static void check_error(const char *text, const char *want)
{
    struct error err = ERROR_NULL;
    struct signs s = {};
    CHECK_INT(signs_add(&s, str_from(text), "s.txt", &err), -EINVAL);
    signs_done(&s);
    if (!strstr(err.text, want))
        test_fail(__FILE__, __LINE__, "got \"%s\", want \"%s\"", err.text, want);
}

TEST(a_list_is_read)
{
    struct signs s = {};
    CHECK_INT(
        signs_add(
            &s,
            STR("# why\n[miner.signs]\n  --donate-level  \n\\x23tag\n[ddos.signs] nocase\n\\[flood\\\\\n"),
            "s.txt", NULL),
        0);
    CHECK_INT(s.v.n, 3);
    CHECK_STR(s.v.v[0].text, "--donate-level");
    CHECK_STR(s.v.v[1].text, "#tag");
    CHECK(!s.v.v[1].nocase && s.v.v[1].field == F_MINER_SIGNS);
    CHECK_STR(s.v.v[2].text, "[flood\\");
    CHECK(s.v.v[2].nocase && s.v.v[2].field == F_DDOS_SIGNS);
    signs_done(&s);
}

TEST(wrong_lists_say_where)
{
    check_error("text\n", "s.txt:1: a string before the first section");
    check_error("[miner.signs]\nabc\n", "s.txt:2: shorter than 4");
    check_error("\n[file.path]\n", "s.txt:2: a section is");
    check_error("[miner.signs\n", "s.txt:1: a section is");
    check_error("[miner.signs]\nab\\qcd\n", "s.txt:2: longer than 255 bytes, or a wrong escape");
}

struct hits {
    unsigned n, number[16];
    size_t end[16];
};

static int on_hit(void *ctx, unsigned number, size_t end)
{
    struct hits *h = ctx;
    h->number[h->n] = number;
    h->end[h->n++] = end;
    return h->n == 16;
}

TEST(literals_are_found_with_and_without_case)
{
    _cleanup_(literals_freep) struct literals *l = literals_new();
    unsigned exact = literals_add(l, STR("AbC"), false, false),
             any = literals_add(l, STR("AbC"), true, false);
    unsigned once = literals_add(l, STR("xy\0z"), false, true);
    CHECK_INT(literals_add(l, STR("AbC"), false, false), exact);
    CHECK(exact != any && any != once);
    CHECK_INT(literals_compile(l, NULL), 0);
    struct hits h = {};
    CHECK_INT(literals_scan(l, STR("abc.AbC.xy\0z.xy\0z"), on_hit, &h), 0);
    CHECK_INT(h.n, 4);
    CHECK_INT(h.end[0], 3);
    CHECK_INT(h.number[0], any);
    CHECK_INT(h.end[1], 7);
    CHECK_INT(h.end[2], 7);
    CHECK_INT(h.end[3], 12);
}

static struct inspector *shipped(void)
{
    static const char *const only[] = {"strings", NULL};
    static const char *const paths[] = {DAVY_SOURCE_ROOT "/rules/intel/signs-miner.txt",
                                        DAVY_SOURCE_ROOT "/rules/intel/signs-webminer.txt",
                                        DAVY_SOURCE_ROOT "/rules/intel/signs-ddos.txt", NULL};
    struct inspector *in;
    struct error err = ERROR_NULL;
    if (inspector_new(&(struct inspect_options){.only = only, .sign_paths = paths}, &in, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK(inspector_info(in).signs > 50);
    return in;
}

static uint64_t count(const struct facts *f, enum field_id id)
{
    return facts_has(f, id) ? facts_get(f, id)->u : 0;
}

TEST(shipped_lists_count_each_sign_once)
{
    struct inspector *in = shipped();
    struct facts f;
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    CHECK_INT(inspector_bytes(in,
                              STR("\x7f"
                                  "ELF\0DAVY TEST IMITATION --donate-level mining.subscribe --donate-level "
                                  "VERSONEX LS1kb25hdGUtbGV2ZWw9"),
                              &f),
              0);
    CHECK_INT(count(&f, F_MINER_SIGNS_COUNT), 3);
    CHECK_INT(facts_get(&f, F_MINER_SIGNS)->list.n, 3);
    CHECK_INT(count(&f, F_DDOS_SIGNS_COUNT), 1);
    facts_reset(&f, EVENT_FILE, 0);
    CHECK_INT(inspector_bytes(
                  in,
                  STR("<html><!-- DAVY TEST IMITATION --><script src=//x.example/CoinHive.min.js></script>\n"
                      "<script>new CoinHive.Anonymous('k').start()</script></html>\n"),
                  &f),
              0);
    CHECK_INT(count(&f, F_WEBMINER_SIGNS_COUNT), 2);
    facts_reset(&f, EVENT_FILE, 0);
    CHECK_INT(
        inspector_bytes(
            in, STR("a list of hosts to block\ncrypto-loot.com\ncoinhive.min.js\nstratum of rock\n"), &f),
        0);
    CHECK_INT(count(&f, F_WEBMINER_SIGNS_COUNT), 0);
    CHECK_INT(count(&f, F_MINER_SIGNS_COUNT), 0);
    facts_done(&f);
    inspector_free(in);
}
