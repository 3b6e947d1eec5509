// SPDX-License-Identifier: Apache-2.0
/* The pretend internet without sockets: what is asked, what is answered, what is told. */
#include <arpa/inet.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "harness/test.h"
#include "sandbox/dns.h"
#include "sandbox/talk.h"

struct heard {
    struct arena arena;
    struct strbuf told; /* "protocol verb host object|…" of each exchange */
    struct str wallet, agent, algorithm, decoy, data;
    bool is_listed;
    unsigned n;
};

static void take(void *ctx, const struct exchange *e)
{
    struct heard *h = ctx;
    strbuf_printf(&h->told, "%s%.*s %.*s %.*s %.*s", h->n++ ? "|" : "", STR_ARG(e->text[EXCHANGE_PROTOCOL]), STR_ARG(e->text[EXCHANGE_VERB]),
                  STR_ARG(e->text[EXCHANGE_HOST]), STR_ARG(e->text[EXCHANGE_OBJECT]));
    h->wallet = arena_str(&h->arena, e->text[EXCHANGE_WALLET]);
    h->agent = arena_str(&h->arena, e->text[EXCHANGE_AGENT]);
    h->algorithm = arena_str(&h->arena, e->text[EXCHANGE_ALGORITHM]);
    h->data = arena_str(&h->arena, e->text[EXCHANGE_DATA]);
    if (e->text[EXCHANGE_DECOY].n)
        h->decoy = arena_str(&h->arena, e->text[EXCHANGE_DECOY]);
    h->is_listed = e->is_listed;
}

static void heard_done(struct heard *h)
{
    arena_done(&h->arena);
    strbuf_done(&h->told);
}

/* What is answered to the words at that port, byte by byte; in the arena. */
static struct str ask(struct heard *h, struct talk_world *w, const char *address, uint16_t port, const char *words)
{
    struct talk t;
    talk_init(&t, w, address, address, port, false);
    for (const char *p = words; *p; p++)
        talk_take(&t, str_n(p, 1));
    talk_end(&t);
    struct str s = arena_str(&h->arena, strbuf_str(&t.out));
    talk_done(&t);
    return s;
}

static const struct {
    uint16_t port;
    const char *says, *told, *answer;
} TALKS[] = {
    {80, "GET /x.sh HTTP/1.1\r\nHost: a.example\r\n\r\n", "http GET a.example /x.sh", "#!/bin/sh"},
    {8080, "GET http://b.example/p HTTP/1.0\r\n\r\n", "http GET b.example /p", "200 OK"},
    {80, "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n", "http POST 1.2.3.4 /a|http GET 1.2.3.4 /b", "200 OK"},
    {80, "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "http POST 1.2.3.4 /a", "200 OK"},
    {2375, "POST /v1.24/containers/create HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "docker POST 1.2.3.4 /v1.24/containers/create", "201 Created"},
    {8088, "POST /ws/v1/cluster/apps/new-application HTTP/1.1\r\n\r\n", "yarn POST 1.2.3.4 /ws/v1/cluster/apps/new-application", "application-id"},
    {80, "GET /tor/status-vote/current/consensus HTTP/1.0\r\n\r\n", "tor GET 1.2.3.4 /tor/status-vote/current/consensus", "503"},
    {80, "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "http data 1.2.3.4 ", "400"},
    {3333, "{\"id\":1,\"method\":\"login\",\"params\":{\"login\":\"W\"}}\n", "stratum login 1.2.3.4 ", "\"job_id\""},
    {3333, "{\"id\":1,\"method\":\"mining.authorize\",\"params\":[\"W\",\"x\"]}\n", "stratum mining.authorize 1.2.3.4 ", "mining.notify"},
    {3333, "{\"id\":2,\"method\":\"eth_getWork\",\"params\":[]}\n", "stratum eth_getWork 1.2.3.4 ", "0x"},
    {9000, "{\"hello\":1}\n", "json  1.2.3.4 ", "true"},
    {9000, "{ no json\n", "tcp  1.2.3.4 ", ""},
    {6667, "NICK n\r\nUSER a b c d\r\nJOIN #c\r\n", "irc NICK 1.2.3.4 n|irc USER 1.2.3.4 a b c d|irc JOIN 1.2.3.4 #c", "JOIN #c"},
    {25, "EHLO x\r\nMAIL FROM:<a>\r\nDATA\r\nhi\r\n.\r\n", "smtp EHLO 1.2.3.4 x|smtp MAIL 1.2.3.4 FROM:<a>|smtp DATA 1.2.3.4 |smtp message 1.2.3.4 ", "queued"},
    {21, "USER u\r\nPASS p\r\n", "ftp USER 1.2.3.4 u|ftp PASS 1.2.3.4 ", "230"},
    {6379, "*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$3\r\ndir\r\n$4\r\n/tmp\r\n", "redis CONFIG 1.2.3.4 SET", "+OK"},
    {6379, "PING\r\n", "redis PING 1.2.3.4 ", "+PONG"},
    {6379, "*99999999999\r\n", "redis data 1.2.3.4 ", ""},
    {22, "SSH-2.0-libssh_0.9.6\r\n", "ssh banner 1.2.3.4 ", "SSH-2.0-OpenSSH"},
    {4444, "\001\002", "tcp data 1.2.3.4 ", ""},
    {4444, "", "tcp connect 1.2.3.4 ", ""},
};

TEST(each_protocol_is_told_and_answered)
{
    for (size_t i = 0; i < ARRAY_SIZE(TALKS); i++) {
        struct heard h = {};
        struct talk_world w;
        talk_world_init(&w, take, &h);
        struct str answer = ask(&h, &w, "1.2.3.4", TALKS[i].port, TALKS[i].says);
        CHECK_STR(strbuf_str(&h.told), TALKS[i].told);
        CHECK(str_has(answer, str_from(TALKS[i].answer)));
        heard_done(&h);
    }
}

TEST(a_miner_says_who_it_is)
{
    struct heard h = {};
    struct talk_world w;
    talk_world_init(&w, take, &h);
    (void)ask(&h, &w, "1.2.3.4", 443,
              "{\"id\":1,\"method\":\"login\",\"params\":{\"login\":\"WALLET\",\"agent\":\"m/1\",\"algo\":[\"rx/0\",\"cn/r\"]}}\n");
    CHECK_STR(h.wallet, "WALLET");
    CHECK_STR(h.agent, "m/1");
    CHECK_STR(h.algorithm, "rx/0 cn/r");
    heard_done(&h);
}

TEST(hosts_of_a_list_are_known_again)
{
    struct heard h = {};
    struct talk_world w;
    char words[160];
    talk_world_init(&w, take, &h);
    (void)snprintf(words, sizeof(words), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", w.listed[3]);
    (void)ask(&h, &w, "1.2.3.4", 80, words);
    CHECK(!h.is_listed); /* nobody had the list yet */
    struct str list = ask(&h, &w, "1.2.3.4", 80, "GET /targets.txt HTTP/1.1\r\nHost: l.example\r\n\r\n");
    CHECK(str_has(list, str_from(w.listed[3])));
    (void)ask(&h, &w, "1.2.3.4", 80, words);
    CHECK(h.is_listed);
    heard_done(&h);
}

/* Whoever fetches it by TLS is sent on to servers that speak it. */
TEST(a_list_over_tls_names_tls)
{
    static const char WORDS[] = "GET /targets.txt HTTP/1.1\r\nHost: l.example\r\n\r\n";
    struct heard h = {};
    struct talk_world w;
    struct talk t;
    char line[160];
    talk_world_init(&w, take, &h);
    talk_init(&t, &w, "1.2.3.4", "l.example", 443, true);
    talk_take(&t, str_from(WORDS));
    (void)snprintf(line, sizeof(line), "https://%s/\n", w.listed[0]);
    CHECK(str_has(strbuf_str(&t.out), str_from(line)));
    talk_done(&t);
    heard_done(&h);
}

TEST(decoys_are_handed_out_and_seen_again)
{
    static const struct {
        const char *path, *provider, *part;
    } PATHS[] = {
        {"/latest/meta-data/iam/security-credentials/ec2-default-role", "aws", "SecretAccessKey"},
        {"/computeMetadata/v1/instance/service-accounts/default/token", "gcp", "access_token"},
        {"/metadata/identity/oauth2/token?api-version=2018-02-01", "azure", "access_token"},
        {"/latest/meta-data/ram/security-credentials/role", "alibaba", "AccessKeySecret"},
        {"/openstack/latest/securitykey", "huawei", "securitytoken"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(PATHS); i++) {
        struct heard h = {};
        struct talk_world w;
        struct talk_world other;
        char words[256];
        talk_world_init(&w, take, &h);
        talk_world_init(&other, take, &h);
        (void)snprintf(words, sizeof(words), "GET %s HTTP/1.1\r\nConnection: close\r\n\r\n", PATHS[i].path);
        struct str answer = ask(&h, &w, "169.254.169.254", 80, words);
        CHECK(str_has(answer, str_from(PATHS[i].part)));
        CHECK(!h.decoy.n);
        const ptrdiff_t body = str_find(answer, STR("\r\n\r\n"), 0);
        CHECK(body > 0);
        struct str keys = str_sub(answer, (size_t)body + 4, answer.n);
        (void)ask(&h, &w, "1.2.3.4", 80,
                  arena_printf(&h.arena, "POST /in HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%.*s", keys.n, STR_ARG(keys)).p);
        CHECK_STR(h.decoy, PATHS[i].provider);
        /* of another run they mean nothing */
        CHECK(!decoy_find(&other.decoys, keys));
        heard_done(&h);
    }
}

TEST(decoys_are_found_in_base64)
{
    static const char *const BEFORE[] = {"", "x", "xy", "xyz"};
    struct decoys d;
    decoys_make(&d);
    for (size_t i = 0; i < ARRAY_SIZE(BEFORE); i++) {
        struct strbuf plain = {}, encoded = {};
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        strbuf_printf(&plain, "%s%s and more", BEFORE[i], d.of[DECOY_AWS].secret);
        for (size_t k = 0; k + 2 < plain.n; k += 3) {
            const uint32_t three = (uint32_t)(uint8_t)plain.p[k] << 16 | (uint32_t)(uint8_t)plain.p[k + 1] << 8 | (uint8_t)plain.p[k + 2];
            for (int shift = 18; shift >= 0; shift -= 6)
                strbuf_addc(&encoded, letters[three >> shift & 63]);
        }
        CHECK_STR(str_from(decoy_find(&d, strbuf_str(&encoded))), "aws");
        strbuf_done(&plain);
        strbuf_done(&encoded);
    }
}

TEST(names_have_stable_addresses)
{
    struct phonebook p = {};
    struct in_addr a, b, c;
    struct in6_addr a6, b6, c6, mapped = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    phonebook_address(&p, STR("One.example"), &a, &a6);
    phonebook_address(&p, STR("two.example"), &b, &b6);
    phonebook_address(&p, STR("one.EXAMPLE"), &c, &c6);
    CHECK(a.s_addr == c.s_addr && a.s_addr != b.s_addr);
    CHECK_STR(phonebook_name(&p, &a6), "one.example");
    memcpy(mapped.s6_addr + 12, &b, 4);
    CHECK_STR(phonebook_name(&p, &mapped), "two.example");
    phonebook_address(&p, STR("metadata.google.internal"), &a, &a6);
    CHECK_INT(ntohl(a.s_addr), 0xa9fea9fe);
    for (int i = 0; i < NAMES_MAX + 10; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "n%d.example", i);
        phonebook_address(&p, str_from(name), &a, &a6);
    }
    CHECK_INT(p.list.n, NAMES_MAX);
    phonebook_done(&p);
}

TEST(queries_are_answered)
{
    static const uint8_t query[] = {0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1};
    struct phonebook p = {};
    struct dns_question q;
    struct strbuf answer = {};
    struct in_addr a;
    struct in6_addr a6;
    CHECK(dns_answer(str_n(query, sizeof(query)), &p, &q, &answer));
    CHECK_STR(str_from(q.name), "a.example");
    CHECK_STR(str_from(q.type), "A");
    CHECK((uint8_t)answer.p[0] == 0xab && (uint8_t)answer.p[2] == 0x81 && answer.p[7] == 1);
    phonebook_address(&p, STR("a.example"), &a, &a6);
    CHECK(!memcmp(answer.p + answer.n - 4, &a, 4));
    /* an answer is no query, and neither is half of one */
    CHECK(!dns_answer(strbuf_str(&answer), &p, &q, &answer));
    CHECK(!dns_answer(str_n(query, 14), &p, &q, &answer));
    strbuf_done(&answer);
    phonebook_done(&p);
}
