// SPDX-License-Identifier: Apache-2.0
#include "context/protocol.h"

#include "context/tls.h"

static bool is_word_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool has_any(struct str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_has(s, str_from(words[i])))
            return true;
    return false;
}
#define HAS_ANY(s, words) has_any((s), (words), sizeof(words) / sizeof((words)[0]))

static struct str first_line(struct str s)
{
    const char *end = s.n ? memchr(s.p, '\n', s.n) : NULL;
    return end ? str_n(s.p, (size_t)(end - s.p)) : s;
}

/* Empty lines before what is said are overlooked by whom it is said to. */
static struct str without_blanks(struct str s)
{
    while (s.n && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r')))
        s = str_sub(s, 1, s.n);
    return s;
}

/* A line, and as many more as it takes until no brace is open. */
static struct str first_object(struct str s)
{
    long depth = 0; /* as if no text held a brace */
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' && depth <= 0)
            return str_n(s.p, i);
        depth += (s.p[i] == '{') - (s.p[i] == '}');
    }
    return s;
}

/* By their halves: a program that holds them whole is what scanners take for a miner, ours too. */
static bool has_pool_method(struct str line)
{
    static const struct {
        const char *family, *verbs[8];
    } METHODS[] = {
        {"\"mining.", {"subscribe\"", "authorize\"", "submit\"", "notify\"", "set_difficulty\"", "configure\"", "extranonce.subscribe\""}},
        {"\"eth_", {"submitLogin\"", "getWork\"", "submitWork\""}},
    };
    for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
        const struct str family = str_from(METHODS[i].family);
        for (ptrdiff_t at = 0; (at = str_find(line, family, (size_t)at)) >= 0; at++)
            for (const char *const *verb = METHODS[i].verbs; *verb; verb++)
                if (str_starts(str_sub(line, (size_t)at + family.n, line.n), str_from(*verb)))
                    return true;
    }
    return false;
}

static bool is_stratum(struct str s)
{
    /* `login`, `job` and `submit` are words of others too: with what comes with them */
    static const char *const PLAIN[] = {"\"login\"", "\"job\"", "\"submit\"", "\"keepalived\""};
    static const char *const BESIDE[] = {"\"agent\"", "\"algo\"", "\"blob\"", "\"nonce\"", "\"rigid\"", "\"seed_hash\""};
    const struct str line = first_object(s);
    if (!line.n || line.p[0] != '{' || !str_has(line, STR("\"method\"")))
        return false;
    return has_pool_method(line) || (HAS_ANY(line, PLAIN) && HAS_ANY(line, BESIDE));
}

/* A word of the protocol, a blank and something behind it, in a line that ends as lines do there. */
static bool is_irc(struct str s)
{
    static const char *const COMMANDS[] = {"NICK ", "USER ", "JOIN #", "JOIN &", "PRIVMSG #", "PRIVMSG &", "PONG :", "PING :", "CAP LS", "CAP REQ"};
    const struct str line = first_line(s);
    if (line.n == s.n || line.n < 6) /* no end of a line */
        return false;
    for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++) {
        const struct str command = str_from(COMMANDS[i]);
        if (!str_starts(line, command) || line.n <= command.n)
            continue;
        /* FTP and POP3 begin with USER as well, and give one word: here four come */
        struct str rest = line, word;
        size_t words = 0;
        while (str_split(&rest, ' ', &word))
            words += word.n != 0;
        return str_starts(command, STR("USER")) ? words >= 5 : true;
    }
    return false;
}

static bool is_socks(struct str s)
{
    const uint8_t *b = (const uint8_t *)s.p;
    /* version 5, as many methods as there are bytes; version 4, a request with an address and a name that ends */
    if (s.n >= 3 && b[0] == 5 && b[1] && b[1] <= 8 && s.n == 2U + b[1]) {
        for (size_t i = 2; i < s.n; i++)
            if (b[i] > 9 && b[i] < 0x80)
                return false;
        return true;
    }
    return s.n >= 9 && s.n < 300 && b[0] == 4 && (b[1] == 1 || b[1] == 2) && !b[s.n - 1];
}

static bool is_tls(struct str s)
{
    const uint8_t *b = (const uint8_t *)s.p;
    return s.n >= 6 && b[0] == 0x16 && b[1] == 3 && b[2] <= 4 && b[5] == 1;
}

static bool is_tor(struct str s)
{
    struct tls_hello h;
    return tls_hello_read(s, &h) && tls_is_tor(&h);
}

static bool is_http(struct str s)
{
    const struct str line = first_line(s);
    size_t n = 0;
    while (n < line.n && n < 16 && is_word_char(line.p[n]))
        n++;
    const ptrdiff_t version = str_find(line, STR(" HTTP/1."), n);
    return n >= 3 && version >= (ptrdiff_t)n;
}

static bool is_njrat(struct str s)
{
    static const char *const WORDS[] = {"ll", "inf", "kl", "proc", "rss", "CAP", "P", "un", "up", "RG", "act", "inv", "ret", "msg"};
    size_t n = 0;
    uint64_t length;
    while (n < s.n && n < 7 && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    if (!n || n >= s.n || s.p[n] || !str_to_u64(str_n(s.p, n), &length) || !length)
        return false;
    const struct str body = str_sub(s, n + 1, s.n);
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        const struct str word = str_from(WORDS[i]);
        if (str_starts(body, word) && (body.n == word.n ? body.n == length : !is_word_char(body.p[word.n])))
            return true;
    }
    return false;
}

struct str protocol_of(struct str s)
{
    const struct str text = without_blanks(s);
    return is_tls(s)                   ? is_tor(s) ? STR("tor") : STR("tls")
           : is_stratum(text)          ? STR("stratum")
           : str_starts(s, STR("SSH-2.0-")) ? STR("ssh")
           : is_http(text)             ? STR("http")
           : is_irc(text)              ? STR("irc")
           : is_njrat(s)               ? STR("njrat")
           : is_socks(s)               ? STR("socks")
                                       : STR_NULL;
}
