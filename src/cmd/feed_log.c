// SPDX-License-Identifier: Apache-2.0
/* davy feed log: what a published feed says, in its order, and who approved it. */
#include <errno.h>

#include "base/intl.h"
#include "base/text.h"
#include "cmd/feed.h"
#include "cmd/feed_fetch.h"
#include "store/feed_folder.h"

static const char NAME[] = "davy feed log";
enum { NS_A_SECOND = 1'000'000'000 };

struct listing {
    const struct feed_options *o;
    struct strbuf out;
    size_t shown;
};

static void add_part(struct strbuf *b, const char *label, struct str s)
{
    if (!s.n)
        return;
    strbuf_printf(b, "    %s", label);
    text_add_safe(b, s);
    strbuf_addc(b, '\n');
}

static void show_text(struct strbuf *b, const struct feed_line *l)
{
    static const char *const WORDS[] = {N_("begins"), N_("lists"), N_("withdraws"), N_("changes the key to")};
    _cleanup_(arena_done) struct arena a = {};
    uint8_t fingerprint[SHA256_BYTES];
    feed_public_fingerprint(&l->key, fingerprint);
    strbuf_printf(b, "%llu  ", (unsigned long long)l->n);
    text_add_time(b, l->time_s * NS_A_SECOND, 0);
    strbuf_printf(b, "  %s ", _(WORDS[l->op]));
    if (l->op == FEED_OP_BEGIN)
        strbuf_printf(b, "%.*s  %s\n", STR_ARG(l->name), feed_digest_text(&a, fingerprint).p);
    else
        strbuf_printf(b, "%s\n", feed_digest_text(&a, l->op == FEED_OP_KEY ? fingerprint : l->entry.digest).p);
    if (l->op == FEED_OP_LIST)
        strbuf_printf(b, "    %s, %s\n", feed_verdict_name(l->entry.verdict), feed_type_name(l->entry.type));
    add_part(b, "", l->entry.reason);
    add_part(b, _("from "), l->entry.source);
    add_part(b, _("approved by "), l->entry.approved_by);
    add_part(b, _("by what right: "), l->entry.basis);
    add_part(b, _("for: "), l->entry.scope);
    add_part(b, _("told before: "), l->entry.notified);
}

static void show_json(struct strbuf *b, const struct feed_line *l)
{
    _cleanup_(strbuf_done) struct strbuf line = {};
    feed_line_write(&line, l);
    strbuf_add(b, str_sub(strbuf_str(&line), 0, line.n - 1));
}

static int take(void *ctx, const struct feed_line *l)
{
    struct listing *s = ctx;
    if (s->o->format == FEED_JSON) {
        strbuf_adds(&s->out, s->shown ? ",\n" : "\n");
        show_json(&s->out, l);
    } else {
        show_text(&s->out, l);
    }
    s->shown++;
    return 0;
}

static int read_log(struct listing *s, const struct feed_place *place, struct arena *a, struct feed_head *h, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf head = {};
    _cleanup_close_ int fd = -1;
    struct feed_chain c;
    bool from_start;
    uint8_t fingerprint[SHA256_BYTES];
    if (s->o->key && !feed_digest_parse(str_from(s->o->key), fingerprint))
        return error_set(err, -EINVAL, "`%s` is no fingerprint of a key: sha256: and 64 digits of hex", s->o->key);
    int r = feed_fetch_head(place, &head, err);
    if (!r)
        r = feed_head_parse(strbuf_str(&head), a, h, err);
    if (!r)
        r = feed_fetch_log(place, 0, h->bytes, &fd, &from_start, err);
    feed_chain_init(&c, s->o->key ? fingerprint : NULL, NULL);
    if (!r)
        r = feed_log_walk(fd, &c, h->bytes, take, s, err);
    return r ? r : feed_chain_end(&c, h, err);
}

int feed_log(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(arena_done) struct arena a = {};
    struct listing s = {.o = o};
    struct feed_head h;
    struct error err = ERROR_NULL;
    uint8_t fingerprint[SHA256_BYTES];
    if (n != 1) {
        cmd_error(NAME, "name the folder or the address of one feed");
        return EXIT_USAGE;
    }
    if (o->format == FEED_JSON)
        strbuf_adds(&s.out, "{\"schema\":\"davy.feed-log/1\",\"log\":[");
    if (read_log(&s, &(struct feed_place){.where = operands[0], .ca_file = o->ca_file}, &a, &h, &err) < 0) {
        cmd_error(NAME, "%s: %s", operands[0], err.text);
        strbuf_done(&s.out);
        return EXIT_CANNOT;
    }
    feed_public_fingerprint(&h.key, fingerprint);
    if (o->format == FEED_JSON) {
        strbuf_adds(&s.out, "]}\n");
    } else {
        strbuf_printf(&s.out, _("the chain holds; signed by %s, until "), feed_digest_text(&a, fingerprint).p);
        text_add_time(&s.out, h.expires_s * NS_A_SECOND, 0);
        strbuf_adds(&s.out, h.expires_s <= o->now_s ? _(" (expired)\n") : "\n");
    }
    return feed_print(&s.out);
}
