// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "event/filter.h"
#include "harness/test.h"

#define BIT(fact) (1ULL << (fact))

static struct filter_path entry(enum filter_fit fit, const char *text, record_u64 classes)
{
    struct filter_path p = {.fit = fit, .n = (record_u32)strlen(text), .classes = classes};
    memcpy(p.bytes, text, p.n);
    return p;
}

TEST(normal_texts)
{
    static const char *const normal[] = {"/", "/a", "/a/..b", "/.a/b.", "a", "a/b", "..."};
    static const char *const others[] = {"", "//", "/a/", "/a//b", "/./a", "/a/..", "/a/../b", ".", "..", "./a", "a/", "../a"};
    for (size_t i = 0; i < sizeof(normal) / sizeof(*normal); i++)
        if (!filter_is_normal(str_from(normal[i])))
            test_fail(__FILE__, __LINE__, "%s is normal", normal[i]);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (filter_is_normal(str_from(others[i])))
            test_fail(__FILE__, __LINE__, "%s is not normal", others[i]);
}

TEST(classes_are_the_or_of_what_fits)
{
    struct filter_path paths[] = {
        entry(FILTER_IS, "/etc/shadow", 1),  entry(FILTER_BEGINS, "/etc/", 2), entry(FILTER_ENDS, "ow", 4),
        entry(FILTER_NAMED, "shadow", 8),    entry(FILTER_PORT, "\x0d\x05", 16), entry(FILTER_NET4, "\x0a\x01", 32),
        entry(FILTER_NET6, "\x20\x01", 128),
    };
    paths[5].n = 12; /* 10.0.0.0/12 would be written so */
    paths[5].bytes[1] = 0;
    paths[6].n = 16;
    struct filter f = {.paths = paths, .n_paths = sizeof(paths) / sizeof(*paths), .everything = 64};
    struct str text = STR("/etc/shadow");
    struct filter_event e = {.texts = &text, .n_texts = 1};
    CHECK_INT(filter_classes(&f, &e), 1 | 2 | 4 | 8 | 64);
    text = STR("/etc/shadow-");
    CHECK_INT(filter_classes(&f, &e), 2 | 64);
    text = STR("/home/shadow");
    CHECK_INT(filter_classes(&f, &e), 4 | 8 | 64);
    text = STR("/etc");
    CHECK_INT(filter_classes(&f, &e), 64);
    text = STR("shadow");
    CHECK_INT(filter_classes(&f, &e), 4 | 8 | 64);
    text = STR("/etc/../x");
    CHECK_INT(filter_classes(&f, &e), ~0ULL);
    text = STR_NULL;
    CHECK_INT(filter_classes(&f, &e), ~0ULL);
    struct str two[] = {STR("/etc/hosts"), STR("/home/shadow")};
    e = (struct filter_event){.texts = two, .n_texts = 2};
    CHECK_INT(filter_classes(&f, &e), 2 | 4 | 8 | 64);

    const record_u16 ports[] = {40000, 3333};
    struct net ends[2];
    CHECK(net_from_str(STR("10.16.0.1"), &ends[0]) && net_from_str(STR("2001::1"), &ends[1]));
    e = (struct filter_event){.ports = ports, .n_ports = 2, .addresses = ends, .n_addresses = 2};
    CHECK_INT(filter_classes(&f, &e), 16 | 64 | 128);
    CHECK(net_from_str(STR("10.15.0.1"), &ends[0]));
    e.n_ports = e.n_addresses = 1;
    CHECK_INT(filter_classes(&f, &e), 32 | 64);
    e.are_ends_untold = true;
    CHECK_INT(filter_classes(&f, &e), ~0ULL);
}

TEST(clauses)
{
    struct filter_path paths[] = {entry(FILTER_BEGINS, "/etc/", 2)};
    _cleanup_free_ struct filter *f = xnew(struct filter);
    *f = (struct filter){.paths = paths, .n_paths = 1};
    f->kinds[2] = (struct filter_kind){
        .wanted = 1, .n = 2, .clauses = {{BIT(FILTER_WRITE), BIT(FILTER_FAILED), 2}, {BIT(FILTER_DOTDOT), 0, 0}}};
    f->kinds[3] = (struct filter_kind){.wanted = 1};
    struct str etc = STR("/etc/x"), tmp = STR("/tmp/x");
    CHECK(filter_pass(f, &(struct filter_event){2, BIT(FILTER_WRITE), 0, &etc, 1}));
    CHECK(!filter_pass(f, &(struct filter_event){2, BIT(FILTER_WRITE), 0, &tmp, 1}));
    CHECK(!filter_pass(f, &(struct filter_event){2, BIT(FILTER_READ), 0, &etc, 1}));
    CHECK(!filter_pass(f, &(struct filter_event){2, BIT(FILTER_WRITE) | BIT(FILTER_FAILED), 0, &etc, 1}));
    CHECK(filter_pass(f, &(struct filter_event){2, BIT(FILTER_DOTDOT), 0, &tmp, 1}));
    /* What cannot be told is no obstacle. */
    CHECK(filter_pass(f, &(struct filter_event){2, BIT(FILTER_FAILED), BIT(FILTER_FAILED) | BIT(FILTER_WRITE), &etc, 1}));
    CHECK(filter_pass(f, &(struct filter_event){3, 0, 0, &tmp, 1}));
    CHECK(!filter_pass(f, &(struct filter_event){4, ~0ULL, ~0ULL, &etc, 1}));
    CHECK(filter_pass(f, &(struct filter_event){RECORD_USER}));
}
