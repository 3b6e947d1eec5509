// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include "base/digest.h"
#include "base/text.h"
#include "finding/case_key.h"

enum { WORDS_MAX = 32, NOBODY = 4294967295 }; /* words of a command line that may name a file; loginuid of who never logged in */
#define HOUR_NS (3600 * 1'000'000'000ULL)

static const struct {
    uint64_t window_ns;
    bool is_work;
} TIES[CASE_TIE__N] = {
    [CASE_TIE_PROCESS] = {24 * HOUR_NS, true}, [CASE_TIE_KIN] = {HOUR_NS, true},
    [CASE_TIE_CONTAINER] = {24 * HOUR_NS, false}, [CASE_TIE_LOGIN] = {HOUR_NS / 6, false},
    [CASE_TIE_FILE] = {24 * HOUR_NS, true}, [CASE_TIE_PEER] = {HOUR_NS, false},
    [CASE_TIE_MEMBER] = {24 * HOUR_NS, true}, [CASE_TIE_SHARED] = {24 * HOUR_NS, true},
};

uint64_t case_tie_window(enum case_tie tie)
{
    return TIES[tie].window_ns;
}

bool case_tie_is_work(enum case_tie tie)
{
    return TIES[tie].is_work;
}

struct keys {
    const struct case_finding *f;
    struct case_key *v;
    size_t n;
    struct strbuf text;
};

/* The text that was gathered becomes a key. */
static void add(struct keys *k, enum case_tie tie, bool sets, bool asks)
{
    uint8_t digest[SHA256_BYTES];
    if (k->n == CASE_KEYS_MAX)
        return;
    sha256_once(strbuf_str(&k->text).p, k->text.n, digest);
    struct case_key *key = &k->v[k->n++];
    *key = (struct case_key){.tie = tie, .sets = sets, .asks = asks};
    memcpy(key->id, digest, CASE_KEY_BYTES);
}

static void begin(struct keys *k, struct str host)
{
    strbuf_clear(&k->text);
    strbuf_printf(&k->text, "%zu:", host.n);
    strbuf_add(&k->text, host);
}

static void add_process(struct keys *k, const struct alert_process *p, enum case_tie tie, bool sets)
{
    begin(k, k->f->host);
    strbuf_printf(&k->text, "/%lld/%llu", (long long)p->pid, (unsigned long long)p->start_ns);
    add(k, tie, sets, true);
}

static bool is_somebody(const struct alert_process *p)
{
    return p->pid > 1 && p->start_ns;
}

static void add_processes(struct keys *k)
{
    const struct alert_ties *t = &k->f->ties;
    bool is_kin = true;
    for (size_t i = 0; i < t->n_line; i++) {
        const struct alert_process *p = &t->line[i];
        is_kin = is_kin && p->session > 1 && p->session == t->line[0].session;
        if (!is_somebody(p))
            continue;
        add_process(k, p, CASE_TIE_PROCESS, i == 0);
        if (is_kin)
            add_process(k, p, CASE_TIE_KIN, true);
    }
}

static void add_container(struct keys *k)
{
    if (!k->f->subject.container_id.n)
        return;
    begin(k, k->f->host);
    strbuf_add(&k->text, k->f->subject.container_id);
    add(k, CASE_TIE_CONTAINER, true, true);
}

static void add_login(struct keys *k)
{
    const int64_t uid = k->f->subject.loginuid;
    if (uid <= 0 || uid == NOBODY || k->f->subject.container_id.n)
        return;
    begin(k, k->f->host);
    strbuf_printf(&k->text, "%lld", (long long)uid);
    add(k, CASE_TIE_LOGIN, true, true);
}

static void add_file(struct keys *k, struct str folder, struct str path, bool sets)
{
    begin(k, k->f->host);
    strbuf_printf(&k->text, "%zu:", k->f->subject.container_id.n);
    strbuf_add(&k->text, k->f->subject.container_id);
    strbuf_add(&k->text, folder);
    if (folder.n && !str_ends(folder, STR("/")))
        strbuf_addc(&k->text, '/');
    strbuf_add(&k->text, path);
    add(k, CASE_TIE_FILE, sets, !sets);
}

static void add_files(struct keys *k)
{
    const struct alert_ties *t = &k->f->ties;
    for (size_t i = 0; i < t->n_written; i++)
        add_file(k, STR_NULL, t->written[i], true);
    for (size_t i = 0; i < t->n_line; i++)
        if (t->line[i].exe.n)
            add_file(k, STR_NULL, t->line[i].exe, false);
    struct str rest = k->f->subject.cmdline, word;
    for (int i = 0; i < WORDS_MAX && str_split(&rest, ' ', &word); i++)
        if (word.n && word.p[0] == '/')
            add_file(k, STR_NULL, word, false);
        else if (word.n && word.p[0] != '-' && t->cwd.n)
            add_file(k, t->cwd, str_starts(word, STR("./")) ? str_sub(word, 2, word.n) : word, false);
}

enum reach { REACH_NONE, REACH_PRIVATE, REACH_WORLD };

static enum reach reach_of4(uint32_t ip)
{
    const unsigned a = ip >> 24, b = ip >> 16 & 255;
    if (!a || a == 127 || a >= 224 || (a == 169 && b == 254))
        return REACH_NONE;
    return a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) || (a == 100 && b >= 64 && b < 128) ? REACH_PRIVATE : REACH_WORLD;
}

static enum reach reach_of(const char *text)
{
    struct in_addr v4;
    struct in6_addr v6;
    static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff}, LOOP[16] = {[15] = 1}, ANY[16] = {};
    if (inet_pton(AF_INET, text, &v4) == 1)
        return reach_of4(ntohl(v4.s_addr));
    if (inet_pton(AF_INET6, text, &v6) != 1)
        return REACH_NONE;
    const uint8_t *b = v6.s6_addr;
    if (!memcmp(b, MAPPED, sizeof(MAPPED)))
        return reach_of4((uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 | b[15]);
    if (!memcmp(b, LOOP, 16) || !memcmp(b, ANY, 16) || b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80))
        return REACH_NONE;
    return (b[0] & 0xfe) == 0xfc ? REACH_PRIVATE : REACH_WORLD;
}

static void add_peer(struct keys *k)
{
    enum { DNS = 53 }; /* everybody asks the resolver */
    char text[INET6_ADDRSTRLEN];
    const struct alert_ties *t = &k->f->ties;
    if (!t->peer.n || t->peer.n >= sizeof(text) || t->peer_port == DNS)
        return;
    memcpy(text, t->peer.p, t->peer.n);
    text[t->peer.n] = 0;
    const enum reach reach = reach_of(text);
    if (reach == REACH_NONE)
        return;
    begin(k, reach == REACH_WORLD ? STR_NULL : k->f->host);
    strbuf_add(&k->text, t->peer);
    if (reach == REACH_PRIVATE)
        strbuf_printf(&k->text, ":%u", t->peer_port);
    add(k, CASE_TIE_PEER, true, true);
}

static void add_shared(struct keys *k)
{
    for (size_t i = 0; i < k->f->ties.n_shared; i++) {
        begin(k, STR_NULL);
        strbuf_add(&k->text, k->f->ties.shared[i]);
        add(k, CASE_TIE_SHARED, true, true);
    }
}

static void add_member(struct keys *k, uint64_t num, struct str time, bool sets)
{
    begin(k, k->f->host);
    strbuf_printf(&k->text, "#%llu@", (unsigned long long)num);
    strbuf_add(&k->text, time);
    add(k, CASE_TIE_MEMBER, sets, !sets);
}

static void add_members(struct keys *k)
{
    struct strbuf time = {};
    text_add_time(&time, k->f->time_ns, 9);
    if (k->f->has_subject)
        add_member(k, k->f->num, strbuf_str(&time), true);
    strbuf_done(&time);
    for (size_t i = 0; i < k->f->n_members; i++)
        add_member(k, k->f->members[i].num, k->f->members[i].time, false);
}

size_t case_keys(const struct case_finding *f, struct case_key ret[CASE_KEYS_MAX])
{
    struct keys k = {.f = f, .v = ret};
    add_processes(&k);
    add_container(&k);
    add_login(&k);
    add_peer(&k);
    add_files(&k);
    add_shared(&k);
    add_members(&k);
    strbuf_done(&k.text);
    return k.n;
}
