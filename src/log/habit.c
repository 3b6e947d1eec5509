// SPDX-License-Identifier: Apache-2.0
/* What a key and its account are known for, and who else is at an address. */
#include "base/cleanup.h"
#include "log/state_private.h"

#define DAY_NS (86400 * 1'000'000'000ULL)

const char *log_trait_name(enum log_trait t)
{
    static const char *const names[] = {"network", "agent", "region", "service", "action", "country", "asn", "cloud"};
    return names[t];
}

static size_t network_bytes(const struct net *ip)
{
    return ip->v6 ? 6 : 3;
}

struct net log_network(const struct net *ip)
{
    struct net n = *ip;
    const size_t kept = network_bytes(ip);
    n.prefix = (uint8_t)(8 * kept);
    memset(n.bytes + kept, 0, sizeof(n.bytes) - kept);
    return n;
}

static struct str bytes_of(const struct net *n)
{
    return str_n(n->bytes, n->v6 ? 16 : 4);
}

unsigned log_size_vcpus(struct str type)
{
    const ptrdiff_t dot = str_find(type, STR("."), 0);
    const struct str size = dot >= 0 ? str_sub(type, (size_t)dot + 1, type.n) : STR_NULL;
    static const struct {
        const char *size;
        unsigned vcpus;
    } known[] = {{"nano", 2}, {"micro", 2}, {"small", 2}, {"medium", 2}, {"large", 2}, {"xlarge", 4}, {"metal", 96}};
    uint64_t times;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (str_is(size, known[i].size))
            return known[i].vcpus;
    if (str_starts(size, STR("metal-"))) /* of which how many: metal-24xl */
        return str_to_u64(str_sub(size, 6, size.n > 8 ? size.n - 2 : 6), &times) && times <= 224 ? (unsigned)times * 4 : 96;
    const ptrdiff_t x = str_find(size, STR("xlarge"), 0);
    return x > 0 && str_to_u64(str_sub(size, 0, (size_t)x), &times) && times <= 224 ? (unsigned)times * 4 : 0;
}

/* ---- clients ---- */

static bool has(struct str s, const char *word)
{
    return str_find_nocase(s, str_from(word), 0) >= 0;
}

void log_agent_family(struct str agent, char ret[64])
{
    /* what wraps a library says more than the library */
    static const char *const wrappers[] = {"terraform", "pulumi", "opentofu", "ansible", "cloudformation", "kubectl", "helm", "eksctl", "packer", "powershell", "gcloud",
                                           "gsutil", "azurecli", "console.amazonaws.com", "signin.amazonaws.com", "aws-cli", "boto3", "botocore", "rclone", "s3cmd"};
    static const char *const browsers[] = {"Edg/", "OPR/", "Firefox/", "Chrome/", "Safari/"};
    static const char *const systems[][2] = {{"kali", "kali"}, {"parrot", "parrot"}, {"pentoo", "pentoo"}, {"windows", "windows"}, {"darwin", "macos"}, {"macos", "macos"},
                                             {"mac os", "macos"}, {"android", "android"}, {"iphone", "ios"}, {"linux", "linux"}};
    struct str kind = STR_NULL;
    const char *system = NULL;
    ret[0] = 0;
    if (!agent.n)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(wrappers) && !kind.n; i++)
        kind = has(agent, wrappers[i]) ? str_from(wrappers[i]) : kind;
    for (size_t i = 0; i < ARRAY_SIZE(browsers) && !kind.n && str_starts(agent, STR("Mozilla/")); i++)
        kind = str_has(agent, str_from(browsers[i])) ? str_n(browsers[i], strlen(browsers[i]) - 1) : kind;
    if (!kind.n) { /* its first word */
        struct str s = agent;
        while (s.n && (s.p[0] == '[' || s.p[0] == '"' || s.p[0] == ' '))
            s = str_sub(s, 1, s.n);
        size_t end = 0;
        while (end < s.n && s.p[end] != '/' && s.p[end] != ' ' && s.p[end] != ',' && s.p[end] != ';' && s.p[end] != '(')
            end++;
        kind = str_sub(s, 0, end);
    }
    for (size_t i = 0; i < ARRAY_SIZE(systems) && !system; i++)
        system = has(agent, systems[i][0]) ? systems[i][1] : NULL;
    size_t n = 0;
    for (size_t i = 0; i < kind.n && n < 40; i++) {
        const char c = kind.p[i];
        ret[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c >= ' ' && c < 0x7f ? c : '?';
    }
    if (system) {
        memcpy(ret + n, " on ", 4);
        n += 4;
        memcpy(ret + n, system, strlen(system));
        n += strlen(system);
    }
    ret[n] = 0;
}

/* ---- habits ---- */

/* What an actor is known for: `values` are digests, 0 where there is none, `known` their keys beside it. */
static void see_traits(struct log_state *s, struct log_actor *a, const uint64_t values[TRAIT__N], struct log_who_known *known, uint64_t t, struct log_habit *h)
{
    *h = (struct log_habit){.is = true, .days = t > a->first_ns ? (t - a->first_ns) / DAY_NS : 0, .events = a->events, .idle_ns = a->last_ns && t > a->last_ns ? t - a->last_ns : 0};
    memcpy(h->traits, a->traits, sizeof(h->traits));
    for (unsigned i = 0; i < TRAIT__N; i++) {
        if (!values[i])
            continue;
        struct log_known *k = LOG_TAKE_AT(s, known, known->keys[i], t, &known->at[i]);
        if (k->first_ns)
            continue;
        k->first_ns = t ? t : 1;
        h->is_new[i] = true;
        a->traits[i] += a->traits[i] < UINT32_MAX;
    }
    a->events++;
    a->last_ns = a->last_ns > t ? a->last_ns : t;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* Countries and autonomous systems, likewise; each other one once. */
static void see_places(const struct log_actor *a, const struct log_who *w, uint64_t t, struct log_now *now)
{
    char countries[ARRAY_SIZE(a->recent)][2] = {};
    uint32_t asns[ARRAY_SIZE(a->recent)] = {};
    uint64_t newest_country = 0, newest_asn = 0;
    now->countries_at_once = w->country[0] != 0;
    now->asns_at_once = w->asn != 0;
    if (!now->countries_at_once && !now->asns_at_once)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(a->recent); i++) {
        const struct log_recent *r = &a->recent[i];
        const uint64_t away = distance(r->ns, t);
        if (!r->ns)
            continue;
        if (now->countries_at_once && r->country[0] && memcmp(r->country, w->country, 2) != 0 && away <= LOG_TRAVEL_NS) {
            bool is_new = true;
            for (size_t k = 0; k < i; k++)
                is_new &= memcmp(countries[k], r->country, 2) != 0;
            memcpy(countries[i], r->country, 2);
            now->countries_at_once += is_new;
            if (r->ns >= newest_country) {
                newest_country = r->ns;
                memcpy(now->other_country, r->country, 2);
                now->other_country[2] = 0;
            }
        }
        if (now->asns_at_once && r->asn && r->asn != w->asn && away <= LOG_AT_ONCE_NS) {
            bool is_new = true;
            for (size_t k = 0; k < i; k++)
                is_new &= asns[k] != r->asn;
            asns[i] = r->asn;
            now->asns_at_once += is_new;
            if (r->ns >= newest_asn) {
                newest_asn = r->ns;
                now->other_asn = r->asn;
            }
        }
    }
}

/* Addresses that the key was used from within minutes. */
static void see_addresses(struct log_actor *a, const struct log_who *w, uint64_t t, struct log_now *now)
{
    const size_t kept = network_bytes(&w->ip);
    unsigned n = 0;
    uint64_t newest = 0;
    struct log_recent *mine = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(a->recent); i++) {
        struct log_recent *r = &a->recent[i];
        if (!r->ns)
            continue;
        if (r->ip.v6 == w->ip.v6 && !memcmp(r->ip.bytes, w->ip.bytes, kept)) {
            mine = r;
            continue;
        }
        /* the two families of one machine are no two places */
        if (r->ip.v6 != w->ip.v6 || distance(r->ns, t) > LOG_AT_ONCE_NS)
            continue;
        n++;
        if (r->ns < newest)
            continue;
        newest = r->ns;
        now->other = r->ip;
        now->has_other = true;
    }
    now->at_once = n + 1;
    if (!mine) {
        mine = &a->recent[a->next % ARRAY_SIZE(a->recent)];
        a->next++;
    }
    *mine = (struct log_recent){.ns = t ? t : 1, .ip = w->ip, .asn = w->asn};
    memcpy(mine->country, w->country, sizeof(mine->country));
}

/* Who else is there. */
static void see_place(struct log_state *s, struct log_who *w, uint64_t t, struct log_now *now)
{
    struct log_place *p = LOG_TAKE_AT(s, places, w->place, t, &w->place_at);
    struct log_guest *mine = NULL, *oldest = &p->guests[0];
    for (size_t i = 0; i < ARRAY_SIZE(p->guests); i++) {
        struct log_guest *g = &p->guests[i];
        oldest = g->ns < oldest->ns ? g : oldest;
        if (g->who == w->actor)
            mine = g;
        else if (g->who && distance(g->ns, t) <= LOG_PLACE_NS) {
            now->neighbours++;
            now->has_person |= g->is_person != 0;
        }
    }
    mine = mine ? mine : oldest;
    *mine = (struct log_guest){w->actor, t, w->is_person};
}

bool log_key_lasts(struct str provider, struct str key)
{
    return key.n && (key.n < 4 || memcmp(key.p, "ASIA", 4) != 0 || !str_is(provider, "aws"));
}

/* The same as log_agent_family(), remembered. */
static void family_of(struct log_state *s, struct str agent, char ret[64])
{
    const uint64_t key = log_digest(s, agent) | 1;
    struct log_agent *a = &s->agents[key / 2 % ARRAY_SIZE(s->agents)];
    if (a->key != key) {
        log_agent_family(agent, a->family);
        a->key = key;
    }
    memcpy(ret, a->family, sizeof(a->family));
}

/* Files of several regions are read one after the other. */
static void begin_at(struct log_actor *a, uint64_t t)
{
    if (!a->first_ns || t < a->first_ns)
        a->first_ns = t ? t : 1;
}

/* Keys of what an actor is known for, but of what belongs to the act. */
static void join_known(const struct log_state *s, uint64_t actor, const uint64_t values[TRAIT__N], struct log_who_known *ret)
{
    for (unsigned i = 0; i < TRAIT__N; i++)
        ret->keys[i] = values[i] ? log_join(s, LOG_KEY_TRAIT + i, actor, values[i]) : 0;
}

static uint64_t digest_of(const struct log_state *s, struct str value)
{
    return value.n ? log_digest(s, value) | 1 : 0;
}

void log_state_who(struct log_state *s, const struct log_act *act, struct log_who *ret)
{
    struct net network = {};
    *ret = (struct log_who){.is_person = act->is_person, .asn = act->asn};
    family_of(s, act->agent, ret->agent);
    if (act->country.n == 2)
        memcpy(ret->country, act->country.p, sizeof(ret->country));
    if (act->ip) {
        network = log_network(act->ip);
        ret->ip = *act->ip;
        ret->has_ip = true;
        ret->place = log_key(s, LOG_KEY_PLACE, bytes_of(act->ip), STR_NULL, STR_NULL);
    }
    const struct str values[TRAIT__N] = {
        [TRAIT_NETWORK] = act->ip ? bytes_of(&network) : STR_NULL, [TRAIT_AGENT] = str_from(ret->agent), [TRAIT_REGION] = act->region, [TRAIT_COUNTRY] = act->country,
        [TRAIT_ASN] = act->asn ? str_n(&act->asn, sizeof(act->asn)) : STR_NULL,
        [TRAIT_CLOUD] = act->cloud.n ? act->cloud : act->ip && act->knows_clouds ? STR("-") : STR_NULL};
    for (unsigned i = 0; i < TRAIT__N; i++)
        ret->values[i] = digest_of(s, values[i]);
    const struct str who = log_key_lasts(act->provider, act->key) ? act->key : act->principal;
    if (who.n) {
        ret->actor = log_key(s, LOG_KEY_ACTOR, act->provider, act->account, who);
        join_known(s, ret->actor, ret->values, &ret->known);
    }
    if (act->account.n) {
        ret->account = log_key(s, LOG_KEY_ACCOUNT, act->provider, act->account, STR_NULL);
        join_known(s, ret->account, ret->values, &ret->known_of_account);
    }
}

/* The same of what was done. Where its entries are is another place each time. */
static void join_done(const struct log_state *s, uint64_t actor, const uint64_t values[TRAIT__N], struct log_who_known *known)
{
    for (unsigned i = TRAIT_SERVICE; i <= TRAIT_ACTION; i++)
        known->keys[i] = values[i] ? log_join(s, LOG_KEY_TRAIT + i, actor, values[i]) : 0;
}

void log_state_did(struct log_state *s, struct log_who *w, uint64_t t, struct str service, struct str action, struct log_now *now)
{
    uint64_t values[TRAIT__N];
    memcpy(values, w->values, sizeof(values));
    values[TRAIT_SERVICE] = digest_of(s, service);
    values[TRAIT_ACTION] = action.n ? log_join(s, LOG_KEY_TRAIT, digest_of(s, action), values[TRAIT_SERVICE]) : 0;
    memcpy(now->agent, w->agent, sizeof(now->agent));
    if (w->actor) {
        struct log_actor *a = LOG_TAKE_AT(s, actors, w->actor, t, &w->actor_at);
        begin_at(a, t);
        if (w->has_ip) {
            see_places(a, w, t, now);
            see_addresses(a, w, t, now);
            see_place(s, w, t, now);
        }
        join_done(s, w->actor, values, &w->known);
        see_traits(s, a, values, &w->known, t, &now->habit);
    }
    if (w->account) {
        struct log_actor *a = LOG_TAKE_AT(s, actors, w->account, t, &w->account_at);
        begin_at(a, t);
        join_done(s, w->account, values, &w->known_of_account);
        see_traits(s, a, values, &w->known_of_account, t, &now->account);
    }
}

void log_state_act(struct log_state *s, const struct log_act *act, struct log_now *now)
{
    struct log_who who;
    log_state_who(s, act, &who);
    log_state_did(s, &who, act->time_ns, act->service, act->action, now);
}
