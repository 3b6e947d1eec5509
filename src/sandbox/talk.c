// SPDX-License-Identifier: Apache-2.0
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sandbox/talk.h"

static const char *const PROTOCOLS[] = {
    [TALK_UNKNOWN] = "tcp", [TALK_HTTP] = "http",   [TALK_STRATUM] = "stratum", [TALK_IRC] = "irc",   [TALK_SMTP] = "smtp",
    [TALK_FTP] = "ftp",     [TALK_REDIS] = "redis", [TALK_SSH] = "ssh",         [TALK_OTHER] = "tcp",
};

/* Where a server speaks first. */
static const struct {
    uint16_t port;
    enum talk_protocol protocol;
    const char *says;
} FIRST[] = {
    {21, TALK_FTP, "220 ProFTPD Server ready.\r\n"},
    {22, TALK_SSH, "SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6\r\n"},
    {2222, TALK_SSH, "SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6\r\n"},
    {25, TALK_SMTP, "220 mx1.mail.example ESMTP Postfix\r\n"},
    {465, TALK_SMTP, "220 mx1.mail.example ESMTP Postfix\r\n"},
    {587, TALK_SMTP, "220 mx1.mail.example ESMTP Postfix\r\n"},
};

void talk_world_init(struct talk_world *w, exchange_fn tell, void *ctx)
{
    static const char *const WORDS[TALK_LISTED] = {"shop", "news", "bank", "mail", "portal", "forum", "cdn", "api", "city", "school", "clinic", "press"};
    uint32_t random[TALK_LISTED] = {};
    *w = (struct talk_world){.tell = tell, .ctx = ctx};
    decoys_make(&w->decoys);
    (void)getrandom(random, sizeof(random), 0);
    for (size_t i = 0; i < TALK_LISTED; i++)
        (void)snprintf(w->listed[i], sizeof(w->listed[i]), "%s-%06x.example", WORDS[i], random[i] & 0xffffff);
}

/* Whether the host stands in a list that was handed out. */
static bool talk_is_listed(const struct talk_world *w, struct str host)
{
    for (size_t i = 0; w->has_listed && i < TALK_LISTED; i++)
        if (str_eq_nocase(host, str_from(w->listed[i])))
            return true;
    return false;
}

struct exchange talk_exchange(const struct talk *t, const char *protocol)
{
    struct exchange e = {.time_ns = clock_ns(CLOCK_REALTIME), .connection = t->connection, .bytes = t->bytes, .port = t->port, .tls = t->tls};
    e.text[EXCHANGE_PROTOCOL] = str_from(protocol ? protocol : PROTOCOLS[t->protocol]);
    e.text[EXCHANGE_ADDRESS] = str_from(t->address);
    e.text[EXCHANGE_HOST] = str_from(t->host);
    return e;
}

void talk_tell(struct talk *t, struct exchange *e)
{
    if (t->told++ >= TALK_TOLD_MAX)
        return;
    for (size_t i = 0; i < EXCHANGE_TEXTS; i++)
        e->text[i] = str_sub(e->text[i], 0, EXCHANGE_TEXT_MAX);
    e->is_listed = talk_is_listed(t->world, e->text[EXCHANGE_HOST]);
    if (t->decoy && !e->text[EXCHANGE_DECOY].n) {
        e->text[EXCHANGE_DECOY] = str_from(t->decoy);
        t->decoy = NULL;
    }
    t->world->tell(t->world->ctx, e);
}

void talk_init(struct talk *t, struct talk_world *world, const char *address, const char *host, uint16_t port, bool tls)
{
    *t = (struct talk){.world = world, .connection = ++world->connections, .port = port, .tls = tls};
    (void)snprintf(t->address, sizeof(t->address), "%s", address);
    (void)snprintf(t->host, sizeof(t->host), "%s", host);
    for (size_t i = 0; i < ARRAY_SIZE(FIRST); i++)
        if (FIRST[i].port == port) {
            t->protocol = FIRST[i].protocol;
            strbuf_adds(&t->out, FIRST[i].says);
        }
}

void talk_used(struct talk *t, size_t n)
{
    memmove(t->in.p, t->in.p + n, t->in.n - n);
    t->in.n -= n;
}

bool talk_line(struct talk *t, struct str *ret, size_t *ret_used)
{
    struct str in = strbuf_str(&t->in);
    const ptrdiff_t end = str_find(in, STR("\n"), 0);
    if (end < 0)
        return false;
    *ret_used = (size_t)end + 1;
    *ret = str_sub(in, 0, (size_t)end);
    if (ret->n && ret->p[ret->n - 1] == '\r')
        ret->n--;
    return true;
}

/* ---- what is spoken? ---- */

static bool begins_with_any(struct str in, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_starts(in, str_from(words[i])))
            return true;
    return false;
}
#define BEGINS(in, ...)                                                                       \
    begins_with_any(in, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static enum talk_protocol tell_protocol(struct str in)
{
    if (BEGINS(in, "GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "PROPFIND "))
        return TALK_HTTP;
    if (in.p[0] == '{')
        return TALK_STRATUM;
    if (BEGINS(in, "NICK ", "USER ", "CAP ", "PASS ", "JOIN "))
        return TALK_IRC;
    if (BEGINS(in, "EHLO ", "HELO "))
        return TALK_SMTP;
    if (in.p[0] == '*' || BEGINS(in, "PING\r", "INFO\r", "CONFIG ", "SLAVEOF ", "FLUSHALL", "AUTH "))
        return TALK_REDIS;
    if (BEGINS(in, "SSH-"))
        return TALK_SSH;
    return in.n >= 9 || memchr(in.p, '\n', in.n) || (unsigned char)in.p[0] < 0x20 ? TALK_OTHER : TALK_UNKNOWN;
}

static void tell_first(struct talk *t, const char *verb)
{
    struct exchange e = talk_exchange(t, NULL);
    e.text[EXCHANGE_VERB] = str_from(verb);
    e.text[EXCHANGE_DATA] = str_n(t->first, t->first_n);
    talk_tell(t, &e);
}

/* The client's name for itself is all that is wanted: what follows is a key exchange. */
static void talk_ssh(struct talk *t)
{
    struct str line;
    size_t used;
    if (!talk_line(t, &line, &used))
        return;
    struct exchange e = talk_exchange(t, NULL);
    e.text[EXCHANGE_VERB] = STR("banner");
    e.text[EXCHANGE_AGENT] = line;
    talk_tell(t, &e);
    t->is_over = true;
}

static void go_on(struct talk *t)
{
    switch (t->protocol) {
    case TALK_HTTP:
        talk_http(t);
        break;
    case TALK_STRATUM:
        talk_stratum(t);
        break;
    case TALK_IRC:
    case TALK_SMTP:
    case TALK_FTP:
        talk_lines(t);
        break;
    case TALK_REDIS:
        talk_redis(t);
        break;
    case TALK_SSH:
        talk_ssh(t);
        break;
    case TALK_OTHER:
        if (!t->told)
            tell_first(t, "data");
        strbuf_clear(&t->in);
        break;
    case TALK_UNKNOWN:
        break;
    }
}

void talk_take(struct talk *t, struct str bytes)
{
    const size_t room = sizeof(t->first) - t->first_n, n = bytes.n < room ? bytes.n : room;
    if (t->is_over || !bytes.n)
        return;
    t->bytes += bytes.n;
    memcpy(t->first + t->first_n, bytes.p, n);
    t->first_n += n;
    strbuf_add(&t->in, bytes);
    const char *decoy = decoy_find(&t->world->decoys, strbuf_str(&t->in));
    if (decoy)
        t->decoy = decoy;
    if (t->protocol == TALK_UNKNOWN)
        t->protocol = tell_protocol(strbuf_str(&t->in));
    go_on(t);
    if (t->in.n > TALK_IN_MAX) {
        t->is_over = true;
        strbuf_clear(&t->in);
    }
}

void talk_end(struct talk *t)
{
    if (!t->told)
        tell_first(t, t->first_n ? "data" : "connect");
    else if (t->decoy)
        tell_first(t, "data");
}

void talk_done(struct talk *t)
{
    strbuf_done(&t->in);
    strbuf_done(&t->out);
}
