// SPDX-License-Identifier: Apache-2.0
/* davy feed check: are these listed? */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/intl.h"
#include "base/text.h"
#include "cmd/feed.h"
#include "cmd/feed_layout.h"
#include "cmd/feed_lines.h"

static const char NAME[] = "davy feed check";
enum { READ_BYTES = 1 << 18 };

struct check {
    const struct feed_options *options;
    struct feed_store *store;
    struct strbuf out;
    size_t checked, listed, shown;
    bool trouble;
};

static void say(struct check *c, const struct error *err)
{
    cmd_error(NAME, "%s", err->text);
    c->trouble = true;
}

static void show(struct check *c, const struct feed_entry *e, const char *asked)
{
    const struct feed_options *o = c->options;
    c->listed += feed_entry_is_bad(e, o->now_s);
    c->shown++;
    if (o->format == FEED_TEXT) {
        feed_show(&c->out, e, asked, o->now_s);
        return;
    }
    _cleanup_(strbuf_done) struct strbuf safe = {};
    text_add_safe(&safe, str_from(asked));
    json_t *j = feed_entry_json(e, o->now_s);
    (void)json_object_set_new(j, "asked", json_stringn(strbuf_str(&safe).p, safe.n));
    (void)json_object_set_new(j, "bad", json_boolean(feed_entry_is_bad(e, o->now_s)));
    strbuf_adds(&c->out, c->shown > 1 ? ",\n" : "\n");
    feed_add_json(&c->out, j);
}

static void ask(struct check *c, const uint8_t digest[SHA256_BYTES], const char *asked)
{
    _cleanup_(arena_done) struct arena a = {};
    struct feed_entry e;
    struct error err = ERROR_NULL;
    int r = feed_store_get(c->store, digest, &a, &e, &err);
    c->checked++;
    if (r < 0)
        say(c, &err);
    else if (!r)
        show(c, &e, asked);
}

static int hash_file(int fd, const char *path, uint8_t ret[SHA256_BYTES], struct error *err)
{
    _cleanup_free_ uint8_t *room = xalloc(READ_BYTES);
    struct sha256 *h = sha256_new();
    ssize_t n;
    while ((n = read(fd, room, READ_BYTES)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            sha256_add(h, room, (size_t)n);
    int r = n < 0 ? error_errno(err, -errno, "cannot read %s", path) : 0;
    if (!r)
        sha256_end(h, ret);
    (void)sha256_free(h);
    return r;
}

static int ask_layout(struct check *c, const char *path, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    struct feed_digests all = {};
    int r = feed_layout_read(path, &a, &all, err);
    for (size_t i = 0; !r && i < all.n; i++)
        ask(c, all.v[i].digest, arena_printf(&a, "%s (%s)", path, feed_type_name(all.v[i].type)).p);
    vec_done(&all);
    return r;
}

static int ask_path(struct check *c, const char *path, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    uint8_t digest[SHA256_BYTES];
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_errno(err, -errno, "`%s` is no SHA-256 in hex, and cannot be read as a file", path);
    if (S_ISDIR(st.st_mode))
        return ask_layout(c, path, err);
    if (!S_ISREG(st.st_mode))
        return error_set(err, -EINVAL, "%s is no file and no folder", path);
    int r = hash_file(fd, path, digest, err);
    if (!r)
        ask(c, digest, path);
    return r;
}

static void ask_digest(void *ctx, const uint8_t digest[SHA256_BYTES], struct str name)
{
    _cleanup_(arena_done) struct arena a = {};
    ask(ctx, digest, arena_str(&a, name).p);
}

static void say_line(void *ctx, size_t number)
{
    struct error err = ERROR_NULL;
    (void)error_set(&err, -EINVAL, "standard input:%zu: no SHA-256 and no line of sha256sum", number);
    say(ctx, &err);
}

static void ask_input(struct check *c)
{
    const size_t before = c->checked;
    struct error err = ERROR_NULL;
    const int r = feed_lines_read(&(struct feed_lines){c, ask_digest, say_line});
    if (r < 0)
        (void)error_errno(&err, r, "cannot read standard input");
    else if (c->checked == before && !c->trouble) /* the program before it in the pipe may have failed */
        (void)error_set(&err, -ENODATA, "standard input has no digest: nothing was checked");
    if (err.code)
        say(c, &err);
}

static void ask_operand(struct check *c, const char *operand)
{
    uint8_t digest[SHA256_BYTES];
    struct error err = ERROR_NULL;
    if (!strcmp(operand, "-"))
        ask_input(c);
    else if (feed_digest_parse(str_from(operand), digest))
        ask(c, digest, operand);
    else if (ask_path(c, operand, &err) < 0)
        say(c, &err);
}

static int finish(struct check *c)
{
    if (c->options->format == FEED_JSON)
        strbuf_printf(&c->out, "],\"checked\":%zu,\"listed\":%zu}\n", c->checked, c->listed);
    else
        strbuf_printf(&c->out, _("%zu of %zu listed\n"), c->listed, c->checked);
    int code = feed_print(&c->out);
    return code ? code : c->listed ? EXIT_FINDINGS : c->trouble ? EXIT_CANNOT : EXIT_NOTHING;
}

int feed_check(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    if (!n) {
        cmd_error(NAME, "name digests, files or OCI layouts, or - for standard input");
        return EXIT_USAGE;
    }
    int code = feed_open(o, NAME, FEED_READ, &s);
    if (code)
        return code;
    struct check c = {.options = o, .store = s};
    if (o->format == FEED_JSON)
        strbuf_adds(&c.out, "{\"schema\":\"davy.feed-check/1\",\"entries\":[");
    for (size_t i = 0; i < n; i++)
        ask_operand(&c, operands[i]);
    return finish(&c);
}
