// SPDX-License-Identifier: Apache-2.0
/* Protocols of lines: IRC, SMTP, FTP; and Redis, whose requests are counted strings or lines. */
#include "base/cleanup.h"
#include "sandbox/talk.h"

enum { LINE_BYTES_MAX = 8 << 10, REDIS_WORDS = 32 };
#define IRC_SERVER "irc.example"

static void tell(struct talk *t, struct str verb, struct str object, struct str data)
{
    struct exchange e = talk_exchange(t, NULL);
    e.text[EXCHANGE_VERB] = verb;
    e.text[EXCHANGE_OBJECT] = object;
    e.text[EXCHANGE_DATA] = data;
    talk_tell(t, &e);
}

static struct str safe_word(struct str s)
{
    size_t n = 0;
    while (n < s.n && n < 63 && (unsigned char)s.p[n] > 0x20 && (unsigned char)s.p[n] < 0x7f)
        n++;
    return str_sub(s, 0, n);
}

/* ---- IRC ---- */

static void irc(struct talk *t, struct str verb, struct str rest)
{
    struct str word = safe_word(rest);
    const char *nick = t->nick[0] ? t->nick : "guest";
    if (str_eq_nocase(verb, STR("NICK"))) {
        (void)snprintf(t->nick, sizeof(t->nick), "%.*s", STR_ARG(word));
    } else if (str_eq_nocase(verb, STR("USER"))) {
        strbuf_printf(&t->out, ":" IRC_SERVER " 001 %s :Welcome\r\n:" IRC_SERVER " 376 %s :End of /MOTD command.\r\n", nick, nick);
    } else if (str_eq_nocase(verb, STR("PING"))) {
        strbuf_printf(&t->out, ":" IRC_SERVER " PONG " IRC_SERVER " :%.*s\r\n", STR_ARG(word));
    } else if (str_eq_nocase(verb, STR("JOIN"))) {
        strbuf_printf(&t->out, ":%s!u@host.example JOIN %.*s\r\n:" IRC_SERVER " 366 %s %.*s :End of /NAMES list.\r\n", nick, STR_ARG(word), nick,
                      STR_ARG(word));
    } else if (str_eq_nocase(verb, STR("CAP"))) {
        strbuf_adds(&t->out, ":" IRC_SERVER " CAP * LS :\r\n");
    } else if (str_eq_nocase(verb, STR("QUIT"))) {
        t->is_over = true;
    }
    tell(t, verb, rest, STR_NULL);
}

/* ---- SMTP, FTP ---- */

static void smtp_data(struct talk *t, struct str line)
{
    if (!str_is(line, "."))
        return;
    t->in_data = false;
    strbuf_adds(&t->out, "250 2.0.0 Ok: queued as 4F1B2C3D4E\r\n");
    tell(t, STR("message"), STR_NULL, str_n(t->first, t->first_n));
}

static void smtp(struct talk *t, struct str verb, struct str rest)
{
    if (str_eq_nocase(verb, STR("EHLO"))) {
        strbuf_adds(&t->out, "250-mx1.mail.example\r\n250-SIZE 10240000\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n");
    } else if (str_eq_nocase(verb, STR("DATA"))) {
        t->in_data = true;
        strbuf_adds(&t->out, "354 End data with <CR><LF>.<CR><LF>\r\n");
    } else if (str_eq_nocase(verb, STR("AUTH"))) {
        strbuf_adds(&t->out, "235 2.7.0 Authentication successful\r\n");
    } else if (str_eq_nocase(verb, STR("QUIT"))) {
        strbuf_adds(&t->out, "221 2.0.0 Bye\r\n");
        t->is_over = true;
    } else {
        strbuf_adds(&t->out, "250 2.1.0 Ok\r\n");
    }
    tell(t, verb, str_eq_nocase(verb, STR("AUTH")) ? STR_NULL : rest, STR_NULL);
}

static void ftp(struct talk *t, struct str verb, struct str rest)
{
    const bool is_secret = str_eq_nocase(verb, STR("PASS"));
    if (str_eq_nocase(verb, STR("USER"))) {
        strbuf_adds(&t->out, "331 Password required.\r\n");
    } else if (is_secret) {
        strbuf_adds(&t->out, "230 User logged in.\r\n");
    } else if (str_eq_nocase(verb, STR("QUIT"))) {
        strbuf_adds(&t->out, "221 Goodbye.\r\n");
        t->is_over = true;
    } else {
        strbuf_adds(&t->out, "502 Command not implemented.\r\n");
    }
    tell(t, verb, is_secret ? STR_NULL : rest, STR_NULL);
}

void talk_lines(struct talk *t)
{
    struct str line;
    size_t used;
    while (!t->is_over && talk_line(t, &line, &used)) {
        struct str rest = line, verb = STR_NULL;
        (void)str_split(&rest, ' ', &verb);
        if (t->protocol == TALK_SMTP && t->in_data)
            smtp_data(t, line);
        else if (t->protocol == TALK_SMTP)
            smtp(t, verb, rest);
        else if (t->protocol == TALK_FTP)
            ftp(t, verb, rest);
        else
            irc(t, verb, rest);
        talk_used(t, used);
    }
    t->is_over |= t->in.n > LINE_BYTES_MAX;
}

/* ---- Redis ---- */

static void redis(struct talk *t, const struct str *words, size_t n)
{
    struct str verb = words[0];
    if (str_eq_nocase(verb, STR("PING")))
        strbuf_adds(&t->out, "+PONG\r\n");
    else if (str_eq_nocase(verb, STR("CONFIG")) && n > 1 && str_eq_nocase(words[1], STR("GET")))
        strbuf_adds(&t->out, "*2\r\n$3\r\ndir\r\n$14\r\n/var/lib/redis\r\n");
    else if (str_eq_nocase(verb, STR("INFO")))
        strbuf_adds(&t->out, "$36\r\n# Server\r\nredis_version:5.0.7\r\nos:x86\r\n");
    else if (str_eq_nocase(verb, STR("GET")) || str_eq_nocase(verb, STR("DBSIZE")))
        strbuf_adds(&t->out, "$-1\r\n");
    else
        strbuf_adds(&t->out, "+OK\r\n");
    tell(t, verb, n > 1 ? words[1] : STR_NULL, n > 2 ? words[n - 1] : STR_NULL);
    t->is_over |= str_eq_nocase(verb, STR("QUIT"));
}

/* "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n": its bytes; 0: it is not whole yet, SIZE_MAX: it is none. */
static size_t counted(struct str in, struct str words[REDIS_WORDS], size_t *n)
{
    uint64_t count, length;
    size_t at = 0;
    struct str rest = in, line;
    *n = 0;
    ptrdiff_t end = str_find(in, STR("\r\n"), 0);
    if (end < 0)
        return in.n > 32 ? SIZE_MAX : 0;
    if (!str_to_u64(str_sub(in, 1, (size_t)end), &count) || !count || count > REDIS_WORDS)
        return SIZE_MAX;
    at = (size_t)end + 2;
    for (uint64_t i = 0; i < count; i++) {
        rest = str_sub(in, at, in.n);
        end = str_find(rest, STR("\r\n"), 0);
        if (end < 0)
            return rest.n > 32 ? SIZE_MAX : 0;
        line = str_sub(rest, 0, (size_t)end);
        if (!line.n || line.p[0] != '$' || !str_to_u64(str_sub(line, 1, line.n), &length) || length > TALK_IN_MAX)
            return SIZE_MAX;
        at += (size_t)end + 2;
        if (in.n - at < length + 2)
            return 0;
        words[(*n)++] = str_sub(in, at, at + (size_t)length);
        at += (size_t)length + 2;
    }
    return at;
}

static size_t one_line(struct talk *t, struct str words[REDIS_WORDS], size_t *n)
{
    struct str line, word;
    size_t used;
    *n = 0;
    if (!talk_line(t, &line, &used))
        return 0;
    while (*n < REDIS_WORDS && str_split(&line, ' ', &word))
        if (word.n)
            words[(*n)++] = word;
    return used;
}

void talk_redis(struct talk *t)
{
    while (t->in.n && !t->is_over) {
        struct str words[REDIS_WORDS];
        size_t n;
        const size_t used = t->in.p[0] == '*' ? counted(strbuf_str(&t->in), words, &n) : one_line(t, words, &n);
        if (!used)
            return;
        if (used == SIZE_MAX) {
            t->is_over = true;
            return;
        }
        if (n)
            redis(t, words, n);
        talk_used(t, used);
    }
}
