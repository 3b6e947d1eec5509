// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "harness/test.h"

TEST(arena_gives_zeroed_memory_also_after_reset)
{
    _cleanup_(arena_done) struct arena a = {};
    for (int round = 0; round < 3; round++) {
        for (size_t n = 1; n < 40000; n = n * 3 + 1) {
            unsigned char *p = arena_alloc(&a, n);
            for (size_t i = 0; i < n; i++)
                CHECK(p[i] == 0);
            memset(p, 0xee, n);
        }
        arena_reset(&a);
        CHECK_INT(a.bytes, 0);
    }
    CHECK_STR(arena_printf(&a, "%s-%d", "x", 7), "x-7");
}

TEST(map_keeps_what_was_put_in_order)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(map_done) struct map m = {};
    for (uint64_t i = 0; i < 5000; i++) {
        bool fresh;
        map_put(&m, arena_printf(&a, "key-%llu", (unsigned long long)i), &fresh)->u64 = i;
        CHECK(fresh);
    }
    bool fresh = true;
    CHECK_INT(map_put(&m, STR("key-17"), &fresh)->u64, 17);
    CHECK(!fresh);
    CHECK_INT(m.n, 5000);
    for (uint64_t i = 0; i < 5000; i++)
        CHECK_INT(m.v[i].u64, i);
    CHECK(!map_get(&m, STR("key-5000")));
    map_clear(&m);
    CHECK(!map_get(&m, STR("key-1")));
}

TEST(vector_grows)
{
    VEC(int) v = {};
    for (int i = 0; i < 1000; i++)
        vec_add(&v, i);
    int sum = 0;
    vec_each(x, &v) sum += *x;
    CHECK_INT(sum, 499500);
    vec_done(&v);
}

TEST(strbuf_grows_and_terminates)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    CHECK_STR(strbuf_str(&b), "");
    for (int i = 0; i < 100; i++)
        strbuf_printf(&b, "%d,", i);
    CHECK_INT(b.n, 290);
    CHECK_INT(strlen(b.p), 290);
    strbuf_clear(&b);
    strbuf_pad(&b, '-', 3);
    CHECK_STR(strbuf_str(&b), "---");
}

TEST(errors_gather_context)
{
    struct error e = ERROR_NULL;
    CHECK_INT(error_errno(&e, -ENOENT, "open `%s`", "x.yaml"), -ENOENT);
    CHECK_INT(error_wrap(&e, -EIO, "reading the policy"), -ENOENT);
    CHECK_CSTR(e.text, "reading the policy: open `x.yaml`: No such file or directory");
    CHECK_INT(error_set(NULL, -EINVAL, "dropped"), -EINVAL);
}
