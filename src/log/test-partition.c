// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
#include "log/partition.h"

static bool has_id(void *ctx, struct str name)
{
    (void)ctx;
    return str_eq_nocase(name, STR("id"));
}

static void gives(const char *path, const char *row, const char *want)
{
    struct partition p = {};
    struct strbuf b = {};
    partition_read(&p, str_from(path), has_id, NULL);
    CHECK(p.is_known);
    strbuf_adds(&b, row);
    partition_add(&p, &b);
    CHECK_STR(strbuf_str(&b), want);
    strbuf_done(&b);
    partition_done(&p);
}

TEST(folders_give_columns)
{
    gives("/x/region=eu-west-1/day=02/f.parquet", "{\"a\":1}", "{\"a\":1,\"day\":\"02\",\"region\":\"eu-west-1\"}");
    gives("region=eu/f.csv", "{}", "{\"region\":\"eu\"}");
    gives("f.parquet", "{}", "{}");
    gives("a=b.parquet", "{}", "{}"); /* a file is no folder */
    gives("/", "{}", "{}");
    gives("/x/y/f", "{\"a\":1}", "{\"a\":1}");
    /* what the table has itself, in any case, and of two the nearer */
    gives("ID=7/k=1/K=2/f", "{}", "{\"K\":\"2\"}");
    /* absent; no name; an = in the value */
    gives("a=__HIVE_DEFAULT_PARTITION__/b=/=c/d=e=f/f", "{}", "{\"d\":\"e=f\"}");
    /* what is written with percent signs, also quotes, and what only looks so */
    gives("t%20x=a%2Fb%22%0A/u=%zz%4/f", "{}", "{\"u\":\"%zz%4\",\"t x\":\"a/b\\\"\\n\"}");
}

TEST(folders_are_bounded)
{
    struct strbuf path = {}, long_name = {};
    struct partition p = {};
    for (int i = 0; i < 40; i++)
        strbuf_printf(&path, "k%d=v/", i);
    strbuf_adds(&path, "f");
    partition_read(&p, strbuf_str(&path), has_id, NULL);
    CHECK(str_starts(strbuf_str(&p.members), STR("\"k39\":\"v\",\"k38\":\"v\"")));
    CHECK(str_ends(strbuf_str(&p.members), STR("\"k24\":\"v\"")));
    strbuf_pad(&long_name, 'n', 200);
    strbuf_adds(&long_name, "=v/f");
    partition_read(&p, strbuf_str(&long_name), has_id, NULL);
    CHECK_INT(p.members.n, 0);
    strbuf_done(&path);
    strbuf_done(&long_name);
    partition_done(&p);
}
