// SPDX-License-Identifier: Apache-2.0
/* davy feed key: the keys that feeds are signed with. */
#include <errno.h>
#include <sys/stat.h>

#include "base/intl.h"
#include "base/text.h"
#include "cmd/feed.h"
#include "store/feed_key.h"

static const char NAME[] = "davy feed key";

/* The folder that the key lies in by default may not be there yet. */
static void make_folder(const char *path)
{
    _cleanup_(arena_done) struct arena a = {};
    const char *folder = arena_str(&a, str_dirname(str_from(path))).p, *above = arena_str(&a, str_dirname(str_from(folder))).p;
    if (*above)
        (void)mkdir(above, 0700);
    if (*folder)
        (void)mkdir(folder, 0700);
}

static void add_key(struct strbuf *b, const char *path, const struct feed_public *k, enum feed_format format)
{
    _cleanup_(arena_done) struct arena a = {};
    uint8_t fingerprint[SHA256_BYTES];
    feed_public_fingerprint(k, fingerprint);
    struct str text = feed_digest_text(&a, fingerprint), public = feed_public_text(&a, k);
    if (format == FEED_JSON) {
        json_t *j = json_object();
        (void)json_object_set_new(j, "schema", json_string("davy.feed-key/1"));
        (void)json_object_set_new(j, "fingerprint", json_stringn(text.p, text.n));
        (void)json_object_set_new(j, "key", json_stringn(public.p, public.n));
        feed_add_json(b, j);
        strbuf_addc(b, '\n');
        return;
    }
    strbuf_adds(b, _("file         "));
    text_add_safe(b, str_from(path));
    strbuf_printf(b, _("\npublic key   %s\nfingerprint  %s\n"), public.p, text.p);
}

int feed_key(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(feed_key_freep) struct feed_key *k = NULL;
    struct error err = ERROR_NULL;
    struct strbuf b = {};
    const bool is_new = n && !strcmp(operands[0], "new");
    if (!n || n > 2 || (!is_new && strcmp(operands[0], "show") != 0)) {
        cmd_error(NAME, "say new or show, and the file if it is another than the default");
        return EXIT_USAGE;
    }
    const char *path = n == 2 ? operands[1] : feed_key_path(o, &a);
    if (is_new && n < 2 && !o->key_file)
        make_folder(path);
    if ((is_new && feed_key_make(path, &err) < 0) || feed_key_load(path, &k, &err) < 0) {
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    add_key(&b, path, feed_key_public(k), o->format);
    return feed_print(&b);
}
