// SPDX-License-Identifier: Apache-2.0
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "sandbox/decoy.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define MIXED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789ab"

static const char *const NAMES[DECOY__N] = {"aws", "gcp", "azure", "alibaba", "huawei"};

/* `letters` has 32 or 64 of them. */
static void draw(char *to, size_t size, const char *prefix, const char *letters, size_t n)
{
    uint8_t random[96] = {};
    const size_t mask = strlen(letters) - 1;
    size_t at = (size_t)snprintf(to, size, "%s", prefix);
    (void)getrandom(random, sizeof(random), 0);
    for (size_t i = 0; i < n && i < sizeof(random) && at + 1 < size; i++)
        to[at++] = letters[random[i] & mask];
    to[at] = 0;
}

void decoys_make(struct decoys *d)
{
    static const struct {
        const char *id, *secret, *token;
        size_t id_n, secret_n, token_n;
    } FORMS[DECOY__N] = {
        [DECOY_AWS] = {"ASIA", "", "IQoJb3JpZ2luX2VjE", 16, 40, 64},
        [DECOY_GCP] = {"", "", "ya29.c.b0Aaekm1", 21, 40, 72},
        [DECOY_AZURE] = {"", "", "eyJ0eXAiOiJKV1Qi.", 24, 40, 70},
        [DECOY_ALIBABA] = {"STS.N", "", "CAISz", 24, 40, 70},
        [DECOY_HUAWEI] = {"HST3", "", "hQpjbi1ub3J0aC00", 16, 40, 64},
    };
    for (size_t i = 0; i < DECOY__N; i++) {
        draw(d->of[i].id, sizeof(d->of[i].id), FORMS[i].id, i == DECOY_AWS || i == DECOY_HUAWEI ? UPPER : MIXED, FORMS[i].id_n);
        draw(d->of[i].secret, sizeof(d->of[i].secret), FORMS[i].secret, MIXED, FORMS[i].secret_n);
        draw(d->of[i].token, sizeof(d->of[i].token), FORMS[i].token, MIXED, FORMS[i].token_n);
    }
    draw(d->imds_token, sizeof(d->imds_token), "AQAEA", MIXED, 50);
}

/* ---- finding them again ---- */

/*
 * What stands for the text in base64 wherever in a longer one it begins: for each of three places, without the letters at either end
 * that neighbours change.
 */
static size_t in_base64(const char *text, unsigned place, char *to)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t n = strlen(text), all = n + place;
    size_t at = 0;
    for (size_t i = 0; i + 2 < all; i += 3) {
        uint32_t three = 0;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (i + k < place ? 0 : (uint8_t)text[i + k - place]);
        for (int shift = 18; shift >= 0; shift -= 6)
            to[at++] = letters[three >> shift & 63];
    }
    to[at] = 0;
    return at;
}

static bool has(struct str bytes, const char *text)
{
    char encoded[256];
    if (strlen(text) < 16)
        return false;
    if (str_has(bytes, str_from(text)))
        return true;
    for (unsigned place = 0; place < 3; place++) {
        const size_t n = in_base64(text, place, encoded), skip = place ? 4 : 0;
        if (n > skip + 12 && str_has(bytes, str_n(encoded + skip, n - skip)))
            return true;
    }
    return false;
}

const char *decoy_find(const struct decoys *d, struct str bytes)
{
    for (size_t i = 0; i < DECOY__N; i++)
        if (has(bytes, d->of[i].id) || has(bytes, d->of[i].secret) || has(bytes, d->of[i].token))
            return NAMES[i];
    return NULL;
}

/* ---- metadata services ---- */

static void add_keys(struct strbuf *b, const char *format, const struct decoy *d)
{
    for (const char *p = format; *p; p++)
        if (*p != '@')
            strbuf_addc(b, *p);
        else if (*++p == '@')
            strbuf_addc(b, '@');
        else if (*p == 'i')
            strbuf_adds(b, d->id);
        else if (*p == 's')
            strbuf_adds(b, d->secret);
        else
            strbuf_adds(b, d->token);
}

/* @i, @s and @t stand for id, secret and token. The first path that fits counts. */
static const struct {
    enum decoy_provider provider;
    bool is_whole; /* the path is this, not only begins so */
    const char *path, *type, *body;
} ANSWERS[] = {
    {DECOY_AWS, false, "/latest/meta-data/iam/security-credentials/ec2-", "text/plain",
     "{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : \"2026-01-01T00:00:00Z\",\n  \"Type\" : \"AWS-HMAC\",\n  \"AccessKeyId\" : \"@i\",\n"
     "  \"SecretAccessKey\" : \"@s\",\n  \"Token\" : \"@t\",\n  \"Expiration\" : \"2036-01-01T00:00:00Z\"\n}"},
    {DECOY_AWS, false, "/latest/meta-data/iam/security-credentials", "text/plain", "ec2-default-role"},
    {DECOY_AWS, false, "/latest/dynamic/instance-identity/document", "text/plain",
     "{\n  \"accountId\" : \"123456789012\",\n  \"architecture\" : \"x86_64\",\n  \"imageId\" : \"ami-0abcdef1234567890\",\n"
     "  \"instanceId\" : \"i-0123456789abcdef0\",\n  \"instanceType\" : \"c5.4xlarge\",\n  \"region\" : \"us-east-1\"\n}"},
    {DECOY_AWS, true, "/latest/meta-data/instance-id", "text/plain", "i-0123456789abcdef0"},
    {DECOY_AWS, true, "/latest/meta-data/instance-type", "text/plain", "c5.4xlarge"},
    {DECOY_AWS, true, "/latest/meta-data/placement/region", "text/plain", "us-east-1"},
    {DECOY_AWS, true, "/latest/meta-data/placement/availability-zone", "text/plain", "us-east-1a"},
    {DECOY_AWS, true, "/latest/user-data", "text/plain", "#cloud-config\n"},
    {DECOY_HUAWEI, false, "/openstack/latest/securitykey", "application/json",
     "{\"credential\": {\"access\": \"@i\", \"secret\": \"@s\", \"securitytoken\": \"@t\", \"expires_at\": \"2036-01-01T00:00:00.000000Z\"}}"},
    {DECOY_HUAWEI, false, "/openstack/latest/meta_data.json", "application/json",
     "{\"uuid\": \"d8e02d56-2648-49a3-bf97-6be8f1204f38\", \"availability_zone\": \"cn-north-4a\", \"name\": \"ecs-01\", \"region_id\": \"cn-north-4\"}"},
    {DECOY_ALIBABA, false, "/latest/meta-data/ram/security-credentials/", "text/plain",
     "{\n  \"AccessKeyId\" : \"@i\",\n  \"AccessKeySecret\" : \"@s\",\n  \"Expiration\" : \"2036-01-01T00:00:00Z\",\n  \"SecurityToken\" : \"@t\",\n"
     "  \"LastUpdated\" : \"2026-01-01T00:00:00Z\",\n  \"Code\" : \"Success\"\n}"},
    {DECOY_GCP, false, "/computeMetadata/v1/instance/service-accounts/default/token", "application/json",
     "{\"access_token\":\"@t\",\"expires_in\":3599,\"token_type\":\"Bearer\"}"},
    {DECOY_GCP, false, "/computeMetadata/v1/instance/service-accounts/default/email", "application/text",
     "123456789012-compute@@developer.gserviceaccount.com"},
    {DECOY_GCP, false, "/computeMetadata/v1/instance/service-accounts", "application/text", "default/\n"},
    {DECOY_GCP, false, "/computeMetadata/v1/project/project-id", "application/text", "quiet-harbor-412018"},
    {DECOY_GCP, false, "/computeMetadata/v1", "application/text", "instance/\nproject/\n"},
    {DECOY_AZURE, false, "/metadata/identity/oauth2/token", "application/json",
     "{\"access_token\":\"@t\",\"client_id\":\"@i\",\"expires_in\":\"86399\",\"resource\":\"https://management.azure.com/\",\"token_type\":\"Bearer\"}"},
    {DECOY_AZURE, false, "/metadata/instance", "application/json",
     "{\"compute\":{\"azEnvironment\":\"AzurePublicCloud\",\"location\":\"westeurope\",\"name\":\"vm-01\",\"vmSize\":\"Standard_D8s_v5\"}}"},
    {DECOY_AWS, true, "/latest/meta-data/", "text/plain", "ami-id\nhostname\niam/\ninstance-id\ninstance-type\nlocal-ipv4\nmac\nplacement/\nsecurity-groups"},
    {DECOY_AWS, true, "/latest/meta-data", "text/plain", "ami-id\nhostname\niam/\ninstance-id\ninstance-type\nlocal-ipv4\nmac\nplacement/\nsecurity-groups"},
    {DECOY_AWS, true, "/", "text/plain", "1.0\n2021-07-15\nlatest\n"},
};

bool decoy_metadata(const struct decoys *d, struct str verb, struct str path, struct strbuf *body, const char **ret_type)
{
    const ptrdiff_t query = str_find(path, STR("?"), 0);
    struct str plain = query >= 0 ? str_sub(path, 0, (size_t)query) : path;
    *ret_type = "text/plain";
    if (str_is(verb, "PUT") && str_is(plain, "/latest/api/token")) {
        strbuf_adds(body, d->imds_token);
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(ANSWERS); i++) {
        struct str wanted = str_from(ANSWERS[i].path);
        if (ANSWERS[i].is_whole ? !str_eq(plain, wanted) : !str_starts(plain, wanted))
            continue;
        *ret_type = ANSWERS[i].type;
        add_keys(body, ANSWERS[i].body, &d->of[ANSWERS[i].provider]);
        return true;
    }
    return false;
}
