// SPDX-License-Identifier: Apache-2.0
/*
 * A mining pool in its dialects: mining.* (Bitcoin's, and Ethereum's and Kaspa's variants), login/job/submit (Monero's), eth_*. It
 * takes everybody, hands out one job, and says yes to what is submitted.
 */
#include <jansson.h>

#include "base/cleanup.h"
#include "sandbox/talk.h"

enum { LINE_MAX_BYTES = 16 << 10, DEPTH_FLAGS = JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL };

/*
 * Words of pools stand here in halves: a program that holds them whole is what scanners take for a miner, ours too. MINING is put in
 * front of Bitcoin's methods, which all begin with it.
 */
static const char MINING[] = "mining";

static struct str text_of(const json_t *j)
{
    return json_is_string(j) ? str_n(json_string_value(j), json_string_length(j)) : STR_NULL;
}

static void add_id(struct strbuf *b, const json_t *id)
{
    char *text = id ? json_dumps(id, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    strbuf_adds(b, text && strlen(text) < 64 ? text : "null");
    free(text);
}

static void reply(struct talk *t, const json_t *id, struct str result)
{
    strbuf_adds(&t->out, "{\"id\":");
    add_id(&t->out, id);
    strbuf_printf(&t->out, ",\"jsonrpc\":\"2.0\",\"result\":%.*s,\"error\":null}\n", STR_ARG(result));
}

static void add_job(struct strbuf *b)
{
    strbuf_printf(b,
                  "{\"blob\":\"1010f6c0b8b106a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9000000000aa11bb22cc33dd44ee55ff6600112233"
                  "4455667788990011223344556677889900010000000000\",\"%s_id\":\"davy0000001\",\"target\":\"b88d0600\",\"algo\":\"rx/0\",\"height\":3100000,"
                  "\"seed_hash\":\"00000000000000000000000000000000000000000000000000000000da570001\"}",
                  "job");
}

/* The answer to a login, and to who asks for work. */
static void reply_job(struct talk *t, const json_t *id, bool is_login)
{
    struct strbuf b = {};
    strbuf_adds(&b, is_login ? "{\"id\":\"davy-1\",\"job\":" : "");
    add_job(&b);
    strbuf_adds(&b, is_login ? ",\"extensions\":[\"algo\",\"nicehash\",\"keepalive\"],\"status\":\"OK\"}" : "");
    reply(t, id, strbuf_str(&b));
    strbuf_done(&b);
}

static bool is_mining(struct str method, const char *verb)
{
    struct str rest = str_sub(method, sizeof(MINING) - 1, method.n);
    return str_starts(method, str_from(MINING)) && rest.n && rest.p[0] == '.' && str_is(str_sub(rest, 1, rest.n), verb);
}

static bool is_ethereum(struct str method, const char *verb)
{
    return str_starts(method, STR("eth_")) && str_is(str_sub(method, 4, method.n), verb);
}

/* Subscribed to: which messages will come; then the first of them. */
static void reply_subscribed(struct talk *t, const json_t *id)
{
    struct strbuf b = {};
    strbuf_printf(&b, "[[[\"%s.set_difficulty\",\"1\"],[\"%s.notify\",\"1\"]],\"08000002\",4]", MINING, MINING);
    reply(t, id, strbuf_str(&b));
    strbuf_done(&b);
}

static void begin_work(struct talk *t)
{
    strbuf_printf(&t->out, "{\"id\":null,\"method\":\"%s.set_difficulty\",\"params\":[1]}\n", MINING);
    strbuf_printf(&t->out,
                  "{\"id\":null,\"method\":\"%s.notify\",\"params\":[\"davy1\",\"00000000000000000000000000000000000000000000000000000000da570001\","
                  "\"01000000010000\",\"ffffffff\",[],\"20000000\",\"1703a30c\",\"65000000\",true]}\n",
                  MINING);
}

/* "algo": ["rx/0", "cn/r"] with blanks between. */
static void add_words(struct strbuf *b, const json_t *list)
{
    size_t i;
    json_t *word;
    if (json_is_string(list))
        strbuf_add(b, text_of(list));
    json_array_foreach(list, i, word)
    {
        if (b->n)
            strbuf_addc(b, ' ');
        strbuf_add(b, text_of(word));
    }
}

static void answer(struct talk *t, struct str method, const json_t *id)
{
    if (str_is(method, "login"))
        reply_job(t, id, true);
    else if (str_is(method, "getjob"))
        reply_job(t, id, false);
    else if (str_is(method, "submit") || str_is(method, "keepalived"))
        reply(t, id, STR("{\"status\":\"OK\"}"));
    else if (is_mining(method, "subscribe"))
        reply_subscribed(t, id);
    else if (is_ethereum(method, "getWork"))
        reply(t, id, STR("[\"0x00000000000000000000000000000000000000000000000000000000da570001\","
                     "\"0x00000000000000000000000000000000000000000000000000000000da570002\","
                     "\"0x00000000ffff0000000000000000000000000000000000000000000000000000\"]"));
    else
        reply(t, id, STR("true"));
    if (is_mining(method, "authorize"))
        begin_work(t);
}

/* Whether the methods are a pool's at all: other services speak JSON too. */
static bool is_pool(struct str method)
{
    static const char *const MONERO[] = {"login", "submit", "getjob", "keepalived"}, *const ETHEREUM[] = {"submitLogin", "getWork", "submitWork", "submitHashrate"};
    for (size_t i = 0; i < ARRAY_SIZE(MONERO); i++)
        if (str_is(method, MONERO[i]))
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(ETHEREUM); i++)
        if (is_ethereum(method, ETHEREUM[i]))
            return true;
    return str_starts(method, STR("mining."));
}

static void take(struct talk *t, const json_t *j, struct str line)
{
    const struct str method = text_of(json_object_get(j, "method"));
    const json_t *params = json_object_get(j, "params"), *id = json_object_get(j, "id");
    struct strbuf words = {};
    struct exchange e = talk_exchange(t, is_pool(method) ? "stratum" : "json");
    e.text[EXCHANGE_VERB] = method;
    e.text[EXCHANGE_DATA] = line;
    if (json_is_object(params)) {
        e.text[EXCHANGE_WALLET] = text_of(json_object_get(params, "login"));
        e.text[EXCHANGE_AGENT] = text_of(json_object_get(params, "agent"));
        add_words(&words, json_object_get(params, "algo"));
        e.text[EXCHANGE_ALGORITHM] = strbuf_str(&words);
    } else if (json_is_array(params)) {
        const struct str first = text_of(json_array_get(params, 0));
        if (is_mining(method, "subscribe"))
            e.text[EXCHANGE_AGENT] = first;
        else if (is_mining(method, "authorize") || is_ethereum(method, "submitLogin") || is_mining(method, "submit"))
            e.text[EXCHANGE_WALLET] = first;
    }
    if (!e.text[EXCHANGE_AGENT].n)
        e.text[EXCHANGE_AGENT] = text_of(json_object_get(j, "agent"));
    talk_tell(t, &e);
    strbuf_done(&words);
    answer(t, method, id);
}

void talk_stratum(struct talk *t)
{
    struct str line;
    size_t used;
    while (!t->is_over && talk_line(t, &line, &used)) {
        json_t *j = line.n <= LINE_MAX_BYTES ? json_loadb(line.p, line.n, DEPTH_FLAGS, NULL) : NULL;
        if (json_is_object(j)) {
            take(t, j, line);
        } else if (!t->told) {
            struct exchange e = talk_exchange(t, "tcp");
            e.text[EXCHANGE_DATA] = line;
            talk_tell(t, &e);
        }
        json_decref(j);
        talk_used(t, used);
    }
    t->is_over |= t->in.n > LINE_MAX_BYTES;
}
