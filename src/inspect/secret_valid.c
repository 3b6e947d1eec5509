// SPDX-License-Identifier: Apache-2.0
/* What can be told of tokens. */
#include <jansson.h>
#include <time.h>
#include <zlib.h>

#include "base/digest.h"
#include "base/text.h"
#include "inspect/secret_valid.h"

enum weight {
    OPEN,
    LIVE,
    DEAD,
};

static const struct {
    const char *name;
    enum weight weight;
} STATES[] = {
#define STATE(id, name, weight) {name, weight},
#include "inspect/secret_state.def"
#undef STATE
};

enum {
    JWT_BYTES_MAX = 16 << 10, /* of one part; servers refuse headers of that size */
    DETAIL_MAX = 120,
};

const char *secret_state_name(enum secret_state s)
{
    return STATES[s].name;
}

static bool any(const struct secret_validity *v, enum weight weight)
{
    for (unsigned i = 0; i < SECRET_STATE__N; i++)
        if (v->states >> i & 1 && STATES[i].weight == weight)
            return true;
    return false;
}

bool secret_is_live(const struct secret_validity *v)
{
    return any(v, LIVE) && !any(v, DEAD);
}

bool secret_is_dead(const struct secret_validity *v)
{
    return any(v, DEAD);
}

static void add(struct secret_validity *v, enum secret_state s)
{
    v->states |= 1U << s;
}

/*
 * The tokens of GitHub (and npm's, of the same make) end in six base62 digits of the CRC-32 of what stands between the
 * prefix and them. Source of the scheme: GitHub's engineering blog of 2021-04-05.
 */
bool secret_crc32_holds(struct str s)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *at = s.n ? memrchr(s.p, '_', s.n) : NULL;
    if (!at || s.n - (size_t)(at - s.p) < 8)
        return false;
    struct str body = str_sub(s, (size_t)(at - s.p) + 1, s.n - 6);
    uint32_t sum = (uint32_t)crc32(0, (const Bytef *)body.p, (uInt)body.n);
    for (size_t i = 0; i < 6; i++, sum /= 62)
        if (s.p[s.n - 1 - i] != digits[sum % 62])
            return false;
    return true;
}

static void examine_checksum(struct str s, struct secret_validity *v)
{
    static const char *const PREFIXES[] = {"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"};
    for (size_t i = 0; i < sizeof(PREFIXES) / sizeof(PREFIXES[0]) && s.n == 40; i++)
        if (str_starts(s, str_from(PREFIXES[i])))
            add(v, secret_crc32_holds(s) ? SECRET_CHECKSUM_OK : SECRET_CHECKSUM_WRONG);
    /* Of fine-grained tokens the scheme is not published: only that it holds tells something. */
    if (str_starts(s, STR("github_pat_")) && secret_crc32_holds(s))
        add(v, SECRET_CHECKSUM_OK);
}

static void compare_time(int64_t expires, uint64_t now_ns, struct secret_validity *v)
{
    if (now_ns)
        add(v, expires <= (int64_t)(now_ns / 1'000'000'000U) ? SECRET_EXPIRED : SECRET_NOT_EXPIRED);
}

static json_t *jwt_part(struct str part, struct arena *a)
{
    struct str text;
    if (!part.n || part.n > JWT_BYTES_MAX || !base64_decode(a, part, &text))
        return NULL;
    json_t *j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(j)) {
        json_decref(j);
        return NULL;
    }
    return j;
}

/* A name that may be shown, in full or not at all. */
static struct str shown(struct arena *a, const char *what, struct str name)
{
    if (!name.n || name.n > DETAIL_MAX)
        return STR_NULL;
    for (size_t i = 0; i < name.n; i++)
        if ((uint8_t)name.p[i] <= 0x20 || (uint8_t)name.p[i] > 0x7e)
            return STR_NULL;
    return arena_printf(a, "%s%.*s", what, STR_ARG(name));
}

/* RFC 7519; who a service account of Kubernetes is stands in `sub`. */
static void examine_jwt(struct str s, uint64_t now_ns, struct arena *a, struct secret_validity *v)
{
    struct str rest = s, head, payload;
    if (!str_starts(s, STR("eyJ")) || !str_split(&rest, '.', &head) || !str_split(&rest, '.', &payload))
        return;
    json_t *h = jwt_part(head, a), *p = jwt_part(payload, a);
    if (h && p && json_object_get(h, "alg")) {
        json_t *exp = json_object_get(p, "exp");
        const char *sub = json_string_value(json_object_get(p, "sub"));
        const char *name = json_string_value(json_object_get(p, "name"));
        if (!exp)
            add(v, SECRET_NO_EXPIRY);
        else if (json_is_number(exp) && json_number_value(exp) > 0 && json_number_value(exp) < 1e12)
            compare_time((int64_t)json_number_value(exp), now_ns, v);
        if (sub && !strncmp(sub, "system:serviceaccount:", 22))
            v->detail = shown(a, "service account ", str_from(sub + 22));
        if (sub && name && !strcmp(sub, "1234567890") && (!strcmp(name, "John Doe") || !strcmp(name, "Jane Doe")))
            add(v, SECRET_EXAMPLE); /* of jwt.io */
    }
    json_decref(h);
    json_decref(p);
}

/*
 * Key ids of AWS made since 2019 carry their account: the letters behind the prefix are base32, the account is bits 1 to 40
 * from the top of the first 48. Source: T. Be'ery, "A short note on AWS KEY ID", 2023. Older ids have I or J there.
 */
static void examine_aws(struct str s, struct arena *a, struct secret_validity *v)
{
    if (s.n != 20 || (!str_starts(s, STR("AKIA")) && !str_starts(s, STR("ASIA"))) || s.p[4] == 'I' || s.p[4] == 'J')
        return;
    uint64_t bits = 0;
    for (size_t i = 4; i < 14; i++) {
        char c = s.p[i];
        unsigned d = c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A') : c >= '2' && c <= '7' ? (unsigned)(c - '2' + 26) : 32U;
        if (d > 31)
            return;
        bits = bits << 5 | d;
    }
    bits >>= 2; /* 50 bits to 48 */
    v->detail = arena_printf(a, "account %012llu", (unsigned long long)((bits & 0x7fff'ffff'ff80) >> 7));
}

static void examine_mode(struct str s, struct secret_validity *v)
{
    static const struct {
        const char *prefix;
        enum secret_state state;
    } MODES[] = {
        {"sk_live_", SECRET_LIVE_KEY},       {"rk_live_", SECRET_LIVE_KEY},         {"sk_test_", SECRET_TEST_KEY},
        {"rk_test_", SECRET_TEST_KEY},       {"pk_test_", SECRET_TEST_KEY},         {"access_token$sandbox$", SECRET_TEST_KEY},
        {"access_token$production$", SECRET_LIVE_KEY}, {"sandbox-sq0", SECRET_TEST_KEY}, {"access-sandbox-", SECRET_TEST_KEY},
        {"access-production-", SECRET_LIVE_KEY}, {"FLWSECK_TEST", SECRET_TEST_KEY}, {"FLWPUBK_TEST", SECRET_TEST_KEY},
        {"EZTK", SECRET_TEST_KEY},
    };
    for (size_t i = 0; i < sizeof(MODES) / sizeof(MODES[0]); i++)
        if (str_starts(s, str_from(MODES[i].prefix)))
            add(v, MODES[i].state);
}

/* What makers publish in their manuals, in whole or by what it holds. */
static void examine_example(struct str s, struct secret_validity *v)
{
    static const char *const WHOLE[] = {
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "sk_test_BQokikJOvBiI2HlWgH4olfQ2", /* Stripe */
        "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy",                   /* Slack */
    };
    static const char *const PART[] = {
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq", /* Azure's storage emulator */
        "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw",  /* Azure Cosmos DB's */
    };
    if (((str_starts(s, STR("AKIA")) || str_starts(s, STR("ASIA"))) && str_ends(s, STR("EXAMPLE"))) ||
        (s.n == 40 && str_ends(s, STR("EXAMPLEKEY"))))
        add(v, SECRET_EXAMPLE);
    for (size_t i = 0; i < sizeof(WHOLE) / sizeof(WHOLE[0]); i++)
        if (str_is(s, WHOLE[i]))
            add(v, SECRET_EXAMPLE);
    for (size_t i = 0; i < sizeof(PART) / sizeof(PART[0]); i++)
        if (str_has(s, str_from(PART[i])))
            add(v, SECRET_EXAMPLE);
}

/* The time in `se` of a signed address of Azure storage, with its colons as they are or as %3A. */
static void examine_sas(struct str match, uint64_t now_ns, struct secret_validity *v)
{
    if (!str_has(match, STR("sig=")))
        return;
    ptrdiff_t at = str_starts(match, STR("se=")) ? 0 : str_find(match, STR("&se="), 0);
    if (at < 0)
        return;
    char text[32];
    size_t n = 0;
    struct str s = str_sub(match, (size_t)at + (match.p[at] == '&' ? 4 : 3), match.n);
    for (size_t i = 0; i < s.n && n < sizeof(text) - 1 && s.p[i] != '&'; i++) {
        bool colon = str_eq_nocase(str_sub(s, i, i + 3), STR("%3A"));
        text[n++] = colon ? ':' : s.p[i];
        i += colon ? 2 : 0;
    }
    text[n] = 0;
    struct tm tm = {};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (!end)
        return;
    if (*end == 'T' && !strptime(end, "T%H:%M", &tm))
        return;
    time_t t = timegm(&tm);
    if (t > 0)
        compare_time(t, now_ns, v);
}

/* A string member, looked for as text: what is cut or not quite JSON tells it too. */
static struct str member(struct str around, const char *quoted)
{
    ptrdiff_t at = str_find(around, str_from(quoted), 0);
    if (at < 0)
        return STR_NULL;
    struct str s = str_sub(around, (size_t)at + strlen(quoted), around.n), value;
    size_t i = 0;
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == ':' || s.p[i] == '\t'))
        i++;
    if (i >= s.n || s.p[i] != '"')
        return STR_NULL;
    s = str_sub(s, i + 1, s.n);
    return str_find(s, STR("\""), 0) > 0 && str_split(&s, '"', &value) ? value : STR_NULL;
}

/* Whom a key file of Google Cloud is for. */
static void examine_google(struct str match, struct str around, struct arena *a, struct secret_validity *v)
{
    if (!str_has(match, STR("private_key")) && !str_has(match, STR("PRIVATE KEY")))
        return;
    struct str mail = member(around, "\"client_email\"");
    if (str_ends(mail, STR(".gserviceaccount.com")))
        v->detail = shown(a, "service account ", mail);
}

/* Whose password HTTP's basic authentication, or a registry's, carries; a token in the place of the name is not shown. */
static void examine_basic(struct str s, struct arena *a, struct secret_validity *v)
{
    enum { NAME_MAX_BYTES = 20 };
    struct str plain;
    if (s.n < 12 || s.n > 4096 || s.n % 4 || !base64_decode(a, s, &plain))
        return;
    ptrdiff_t colon = str_find(plain, STR(":"), 0);
    if (colon < 1 || colon > NAME_MAX_BYTES || plain.n - (size_t)colon < 4)
        return;
    for (size_t i = 0; i < plain.n; i++)
        if ((uint8_t)plain.p[i] < 0x20 || (uint8_t)plain.p[i] > 0x7e)
            return;
    for (size_t i = 0; i < (size_t)colon; i++)
        if (!(plain.p[i] >= 'a' && plain.p[i] <= 'z') && !strchr("0123456789-.@", plain.p[i]))
            return;
    v->detail = shown(a, "user ", str_sub(plain, 0, (size_t)colon));
}

struct secret_validity secret_validity_of(struct str secret, struct str match, struct str around, uint64_t now_ns,
                                          struct arena *a)
{
    struct secret_validity v = {};
    examine_checksum(secret, &v);
    examine_jwt(secret, now_ns, a, &v);
    examine_aws(secret, a, &v);
    examine_mode(secret, &v);
    examine_example(secret, &v);
    examine_sas(match, now_ns, &v);
    if (str_has(match, STR("-----BEGIN")))
        secret_examine_key(match, a, &v);
    if (!v.detail.n || str_has(match, STR("PRIVATE KEY")))
        examine_google(match, around, a, &v);
    if (!v.detail.n)
        examine_basic(secret, a, &v);
    return v;
}
